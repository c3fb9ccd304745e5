"""Carbon: emissions by sector, the duty of large emitters to offset, and the market of certified sinks (B.7 E9).

Forest counties sell certified sinks to emitters in Hainan at the clearing price, and what is left to the national
market at its price; emitters buy what is lacking outside at a premium. Sections 3.3, 6.1.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

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
    carbon_price: float = parameter(92.0, unit="CNY per t", bounds=(60, 120), source="national market 2024, recalled",
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


def duty(emissions, threshold, share):
    """Offsets owed by large emitters: oc max(0, em - cap) (E9)."""
    return share * np.maximum(0.0, emissions - threshold)


def sinks_offered(certified, price, full_price, elasticity):
    """Certified sinks offered at a price: all of them at the full price, fewer below."""
    return certified * min(1.0, price / full_price) ** elasticity


def trade(owed, certified, price, premium, elasticity):
    """The market of sinks of a year: price, bought and sold by county, bought and sold outside.

    Hainan is small: nobody sells below the national price, nobody pays more than the price outside.
    """
    ceiling = premium * price
    offered = lambda p: sinks_offered(certified, p, ceiling, elasticity)  # noqa: E731
    market = clear_market(offered, owed, floor=price, ceiling=ceiling)
    paid = market.price if market.amount > 0.0 else price
    spare = np.where(paid <= price, offered(price) - market.sold, 0.0)
    lacking = owed - market.bought
    return paid, market.bought, market.sold, lacking, np.maximum(0.0, spare)


# ---- verbs ----------------------------------------------------------------------------------------------------


def settle(model) -> None:
    """Emission factors that give the emissions of the base year."""
    p, base, counties = model.parameters, model.base, model.counties
    plain = counties.value_added * np.asarray(p.emission_factors)
    base.emission_unit = p.emissions_2010 / plain.sum()
    counties.industry_limit[:] = NO_LIMIT
    emit(model)


def emit(model) -> None:
    """What is emitted this year, and the industrial capacity of 2019 that the cap of Yangpu refers to."""
    p, base, counties = model.parameters, model.base, model.counties
    fall = np.exp(-p.carbon_intensity_decline * max(0.0, model.year - p.carbon_decline_from))
    emitted = base.emission_unit * fall * counties.value_added * np.asarray(p.emission_factors)
    counties.emissions[:], counties.emissions_industry[:] = emitted.sum(axis=1), emitted[:, I]
    if model.year <= CAP_YEAR:
        counties.industry_reference[:] = counties.capital[:, I]
    counties.net_emissions[:] = counties.emissions
    model.account.province_emission_intensity[...] = counties.emissions.sum() / counties.gdp.sum()


def offset(model) -> None:
    """Emissions are counted; large emitters buy sinks; counties and their villages sell them."""
    emit(model)
    p, now, base, counties, account = model.parameters, model.now, model.base, model.counties, model.account
    limit = (1.0 + now.yangpu_cap) * counties.industry_reference
    counties.industry_limit[:] = np.where(base.petrochemical, limit, NO_LIMIT)
    owed = duty(counties.emissions_industry, p.offset_threshold, now.carbon_offset)
    certified = now.carbon_market * p.sequestration_rate * (counties.land_forest + counties.land_forest_park)
    price = p.carbon_price * (1.0 + p.carbon_price_growth) ** (model.year - PRICE_YEAR)
    paid, bought, sold, lacking, spare = trade(owed, certified, price, p.offset_premium, p.sink_supply_elasticity)
    outside = p.offset_premium * price
    counties.offsets_bought[:], counties.offsets_sold[:] = bought + lacking, sold + spare
    counties.offset_cost[:] = (paid * bought + outside * lacking) / 1e6
    revenue = (paid * sold + price * spare) / 1e6
    counties.carbon_income[:] = p.carbon_household_share * revenue
    counties.carbon_budget[:] = revenue - counties.carbon_income
    counties.net_emissions[:] = counties.emissions - counties.offsets_bought
    account.carbon_price[...] = paid
    account.offsets_from_outside[...], account.offsets_to_outside[...] = lacking.sum(), spare.sum()
    account.offset_money_outside[...] = (price * spare.sum() - outside * lacking.sum()) / 1e6
    account.province_emission_intensity[...] = counties.net_emissions.sum() / counties.gdp.sum()
