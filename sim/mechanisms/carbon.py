"""Carbon: emissions by sector, the duty of large emitters to offset, and the market of certified sinks (B.7 E9).

Forest counties sell certified sinks to emitters in Hainan at the clearing price, and what is left to the national
market at its price; emitters buy what is lacking outside at a premium. Sections 3.3, 6.1.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from sim.core.cache import either, kernel
from sim.core.declare import parameter
from sim.core.market import clear_market

WRITES = (
    "counties.emissions", "counties.emissions_industry", "counties.industry_reference", "counties.net_emissions",
    "counties.offsets_bought", "counties.offsets_sold", "counties.offset_cost", "counties.carbon_budget",
    "counties.carbon_income", "counties.industry_limit", "account.carbon_price", "account.offsets_from_outside",
    "account.offsets_to_outside", "account.offset_money_outside", "account.province_emission_intensity",
)
I = 1
NO_LIMIT = 1e12  # million CNY of capital: more than there will ever be
CAP_YEAR = 2019
PRICE_YEAR = 2024


@dataclass(frozen=True)
class Parameters:
    emissions_2010: float = parameter(29e6, unit="t CO2", bounds=(24e6, 34e6), confidence="low",
                                      source="energy statistics of the province, recalled",
                                      says="emissions of the province in the base year")
    emission_factors: tuple = parameter(
        (0.1, 1.0, 0.22, 0.2, 0.1, 0.1), unit="industry = 1", bounds=(0.0, 1.5), confidence="low",
        source="energy use by sector, national", says="emissions per value added by sector, relative (ef)")
    carbon_intensity_decline: float = parameter(
        0.03, unit="1/year", bounds=(0.0, 0.06), source="assumed: national pledge", confidence="low",
        says="yearly fall of emissions per value added (gc)")
    carbon_decline_from: float = parameter(
        2018.0, unit="year", bounds=(2010, 2025), confidence="low",
        source="about 42 million t in 2018 (recalled): until then relative prices of industry fell as fast",
        says="year from which emissions per value added fall")
    sequestration_rate: float = parameter(5.0, unit="t CO2 per ha a year", bounds=(3, 8), source="forest studies",
                                          confidence="low", says="uptake of forest (sq)")
    carbon_price_national: float = parameter(92.0, unit="CNY per t", bounds=(60, 120),
                                             source="national market 2024, recalled",
                                             says="price at which sinks sell to the national market in 2024 (pf)")
    carbon_price_growth: float = parameter(0.04, unit="1/year", bounds=(0.0, 0.08), source="scenario", confidence="low",
                                           says="real growth of that price")
    offset_premium: float = parameter(1.5, unit="ratio", bounds=(1.0, 2.5), source="assumed", confidence="low",
                                      says="price at which emitters buy outside against the national price")
    sink_supply_elasticity: float = parameter(
        1.0, unit="elasticity", bounds=(0.3, 2.0), source="assumed", confidence="low",
        says="response of certified sinks to their price; at the outside price all are offered")
    offset_threshold: float = parameter(
        0.1e6, unit="t CO2", bounds=(0.0, 1e6), source="assumed: small emitters owe none", confidence="low",
        says="industrial emissions of a county that owe no offset (cap)")
    carbon_household_share: float = parameter(
        0.6, unit="share", bounds=(0.3, 0.8), source="assumed", confidence="low",
        says="part of sink revenue that rural residents receive; the rest is the county's")


# ---- formulas -------------------------------------------------------------------------------------------------


@either
def duty(emissions, threshold, share):
    """Offsets owed by large emitters: oc max(0, em - cap) (E9)."""
    return share * np.maximum(0.0, emissions - threshold)


@either
def sinks_offered(certified, price, full_price, elasticity):
    """Certified sinks offered at a price: all of them at the full price, fewer below."""
    return certified * min(1.0, price / full_price) ** elasticity


@either
def sink_offer(price, county, market):
    """Sinks a county offers at a price (E9)."""
    certified, _, ceiling, elasticity = market
    return sinks_offered(certified[county], price, ceiling, elasticity)


@either
def sink_wish(price, county, market):
    """Sinks that the emitters of a county ask for: what they owe, at any price (E9)."""
    _, owed, _, _ = market
    return owed[county]


@kernel
def trade(owed, certified, price, premium, elasticity):
    """The market of sinks of a year: price, bought and sold by county, bought and sold outside.

    Hainan is small: nobody sells below the national price, nobody pays more than the price outside.
    """
    paid, bought, sold, ceiling = 0.0, np.zeros(owed.size), np.zeros(owed.size), premium * price
    if owed.any():
        market = certified, owed, ceiling, elasticity
        paid, bought, sold = clear_market(sink_offer, sink_wish, market, owed.size, price, ceiling, price)
    if not bought.any():
        paid = price
    spare = np.zeros(owed.size)
    if paid <= price:
        spare = np.maximum(0.0, sinks_offered(certified, price, ceiling, elasticity) - sold)
    return paid, bought, sold, owed - bought, spare


@kernel
def _emit(value_added, factors, per_output, emissions, industry):
    """Emissions of counties by the factors of their sectors."""
    for c in range(emissions.size):
        emissions[c] = 0.0
        for s in range(factors.size):
            emissions[c] += per_output * value_added[c, s] * factors[s]
        industry[c] = per_output * value_added[c, I] * factors[I]


@kernel
def _offset(emissions, industry, forest, forest_park, uptake, threshold, share, price, premium, elasticity,
            to_households, bought, sold, cost, income, budget, net):
    """Emitters buy what they owe, in Hainan and outside; what sinks earn; gives the price, tonnes from and to outside.
    """
    owed = duty(industry, threshold, share)
    paid, here, sold_here, lacking, spare = trade(owed, uptake * (forest + forest_park), price, premium, elasticity)
    for c in range(owed.size):
        bought[c], sold[c] = here[c] + lacking[c], sold_here[c] + spare[c]
        cost[c] = (paid * here[c] + premium * price * lacking[c]) / 1e6
        revenue = (paid * sold_here[c] + price * spare[c]) / 1e6
        income[c] = to_households * revenue
        budget[c] = revenue - income[c]
        net[c] = emissions[c] - bought[c]
    return paid, lacking.sum(), spare.sum()


# ---- verbs ----------------------------------------------------------------------------------------------------


def settle(model) -> None:
    """Emission factors that give the emissions of the base year."""
    p, base, counties = model.parameters, model.base, model.counties
    plain = counties.value_added * np.asarray(p.emission_factors)
    base.emission_unit = p.emissions_2010 / plain.sum()
    counties.industry_limit[:] = NO_LIMIT
    emit(model)
    counties.net_emissions[:] = counties.emissions
    _measure_intensity(model)


def emit(model) -> None:
    """What is emitted this year, and the industrial capacity of 2019 that the cap of Yangpu refers to."""
    p, base, counties = model.parameters, model.base, model.counties
    fall = math.exp(-p.carbon_intensity_decline * max(0.0, model.year - p.carbon_decline_from))
    _emit(counties.value_added, np.asarray(p.emission_factors), base.emission_unit * fall, counties.emissions,
          counties.emissions_industry)
    if model.year <= CAP_YEAR:
        counties.industry_reference[:] = counties.capital[:, I]


def offset(model) -> None:
    """Emissions are counted; large emitters buy sinks; counties and their villages sell them."""
    emit(model)
    p, now, base, counties, account = model.parameters, model.now, model.base, model.counties, model.account
    limit = (1.0 + now.yangpu_cap) * counties.industry_reference
    counties.industry_limit[:] = np.where(base.petrochemical, limit, NO_LIMIT)
    price = p.carbon_price_national * (1.0 + p.carbon_price_growth) ** (model.year - PRICE_YEAR)
    account.carbon_price[...], lacking, spare = _offset(
        counties.emissions, counties.emissions_industry, counties.land_forest, counties.land_forest_park,
        now.carbon_market * p.sequestration_rate, p.offset_threshold, now.carbon_offset, price, p.offset_premium,
        p.sink_supply_elasticity, p.carbon_household_share, counties.offsets_bought, counties.offsets_sold,
        counties.offset_cost, counties.carbon_income, counties.carbon_budget, counties.net_emissions)
    account.offsets_from_outside[...], account.offsets_to_outside[...] = lacking, spare
    account.offset_money_outside[...] = (price * spare - p.offset_premium * price * lacking) / 1e6
    _measure_intensity(model)


def _measure_intensity(model) -> None:
    counties = model.counties
    model.account.province_emission_intensity[...] = counties.net_emissions.sum() / counties.gdp.sum()
