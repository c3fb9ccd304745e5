"""Carbon: emissions by sector, offset obligations of large emitters, and the market for certified sinks (B.7 E9).

Forest counties sell certified sinks to emitters in Hainan at the clearing price and the remainder to the national
market at its price; emitters cover their deficit outside at a premium. Sections 3.3, 6.1.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from sim.core.arrays import Floats, Number
from sim.core.bind import InOut, Out
from sim.core.cache import either, kernel
from sim.core.declare import column, parameter
from sim.core.market import clear_market
from sim.core.table import Constants
from sim.words import CNY_PER_MILLION, INDUSTRY, MARKET_SECTORS

NO_LIMIT = 1e12  # million CNY of capital; effectively no cap
CAP_YEAR = 2019  # reference year of the cap on industrial capital
PRICE_YEAR = 2024  # the year for which the national price is declared


@dataclass(frozen=True)
class Parameters:
    emissions_2010: float = parameter(29e6, unit="t CO2", bounds=(24e6, 34e6), confidence="low",
                                      source="energy statistics of the province, recalled",
                                      says="emissions of the province in the base year")
    emission_factors: tuple = parameter(
        (0.1, 1.0, 0.22, 0.2, 0.1, 0.1), unit="industry = 1", bounds=(0.0, 1.5), confidence="low",
        source="energy use by sector, national", says="relative emissions per value added by sector (ef)")
    carbon_intensity_decline: float = parameter(
        0.03, unit="1/year", bounds=(0.0, 0.06), source="assumed: national pledge", confidence="low",
        says="yearly decline of emissions per value added (gc)")
    carbon_decline_from: float = parameter(
        2014.0, unit="year", bounds=(2010, 2025), confidence="low",
        source="set so that about 42 million t are emitted in 2018 (recalled)",
        says="year from which emissions per value added decline")
    sequestration_rate: float = parameter(5.0, unit="t CO2 per ha a year", bounds=(3, 8), source="forest studies",
                                          confidence="low", says="uptake of forest (sq)")
    carbon_price_national: float = parameter(92.0, unit="CNY per t", bounds=(60, 120),
                                             source="national market 2024, recalled",
                                             says="price of sinks on the national market in 2024 (pf)")
    carbon_price_growth: float = parameter(0.04, unit="1/year", bounds=(0.0, 0.08), source="scenario", confidence="low",
                                           says="real growth of that price")
    offset_premium: float = parameter(1.5, unit="ratio", bounds=(1.0, 2.5), source="assumed", confidence="low",
                                      says="price of offsets bought outside relative to the national price")
    sink_supply_elasticity: float = parameter(
        1.0, unit="elasticity", bounds=(0.3, 2.0), source="assumed", confidence="low",
        says="price elasticity of certified sinks; at the outside price all are offered")
    offset_threshold: float = parameter(
        0.1e6, unit="t CO2", bounds=(0.0, 1e6), source="assumed: small emitters are exempt", confidence="low",
        says="industrial emissions of a county exempt from offsets (cap)")
    carbon_household_share: float = parameter(
        0.6, unit="share", bounds=(0.3, 0.8), source="assumed", confidence="low",
        says="share of sink revenue received by rural residents; the rest goes to the county")


class Settled(Constants):
    emission_unit = column(unit="t CO2 per million CNY", says=(
        "Emissions per value added of a sector with factor one, settled on base-year emissions"))


# ---- formulas -------------------------------------------------------------------------------------------------


@either
def duty(emissions: Number, threshold: Number, share: Number) -> Number:
    """Offset obligation of large emitters: oc max(0, em - cap) (E9)."""
    return share * np.maximum(0.0, emissions - threshold)


@either
def sinks_offered(certified: Number, price: float, full_price: float, elasticity: float) -> Number:
    """Certified sinks offered at a price: all at the full price, fewer below."""
    return certified * min(1.0, price / full_price) ** elasticity


@either
def sink_offer(price: float, county: int, market: tuple) -> float:
    """Supply of sinks by a county at a price (E9)."""
    certified, _, ceiling, elasticity = market
    return sinks_offered(certified[county], price, ceiling, elasticity)


@either
def sink_wish(price: float, county: int, market: tuple) -> float:
    """Demand for sinks by the emitters of a county: their obligation, at any price (E9)."""
    _, owed, _, _ = market
    return owed[county]


@kernel
def trade(owed: Floats, certified: Floats, price: float, premium: float,
          elasticity: float) -> tuple[float, Floats, Floats, Floats, Floats]:
    """The year's market for sinks: price, purchases and sales by county, purchases and sales outside.

    Hainan is a price taker: the price lies between the national price and the price of offsets outside.
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


# ---- rules ----------------------------------------------------------------------------------------------------


def settle(value_added, emissions_2010, emission_factors, emission_unit: Out, industry_limit: Out) -> None:
    """Emission factors that reproduce base-year emissions; no cap on industry applies."""
    emission_unit[...] = emissions_2010 / (value_added * np.asarray(emission_factors)).sum()
    industry_limit[:] = NO_LIMIT


def settle_net(emissions, net_emissions: Out) -> None:
    """No offsets in the base year."""
    net_emissions[:] = emissions


@kernel
def emit(year, value_added, market_price, emission_factors, emission_unit, carbon_intensity_decline,
         carbon_decline_from, emissions: Out, emissions_industry: Out) -> None:
    """Emissions of the year by sector factors, based on quantities produced rather than their value."""
    per_output = emission_unit * math.exp(-carbon_intensity_decline * max(0.0, year - carbon_decline_from))
    for c in range(emissions.size):
        emissions[c] = 0.0
        for s in range(emission_factors.size):
            price = market_price[s] if s < MARKET_SECTORS else 1.0
            emissions[c] += per_output * value_added[c, s] / price * emission_factors[s]
        emissions_industry[c] = (per_output * value_added[c, INDUSTRY] / market_price[INDUSTRY]
                                 * emission_factors[INDUSTRY])


def cap_industry(year, capital, yangpu_cap, petrochemical, industry_reference: InOut, industry_limit: Out) -> None:
    """In refining counties, industrial capital is capped relative to that of 2019 (before 2019: to its current value).
    """
    if year <= CAP_YEAR:
        industry_reference[:] = capital[:, INDUSTRY]
    industry_limit[:] = np.where(petrochemical, (1.0 + yangpu_cap) * industry_reference, NO_LIMIT)


@kernel
def offset(year, emissions, emissions_industry, land_forest, land_forest_park, carbon_market, sequestration_rate,
           offset_threshold, carbon_offset, carbon_price_national, carbon_price_growth, offset_premium,
           sink_supply_elasticity, carbon_household_share, offsets_bought: Out, offsets_sold: Out, offset_cost: Out,
           carbon_income: Out, carbon_budget: Out, net_emissions: Out, carbon_price: Out, offsets_from_outside: Out,
           offsets_to_outside: Out, offset_money_outside: Out) -> None:
    """Large emitters buy sinks in Hainan and outside to meet their obligations; counties and villages sell them (E9).
    """
    price = carbon_price_national * (1.0 + carbon_price_growth) ** float(year - PRICE_YEAR)
    uptake = carbon_market * sequestration_rate
    owed = duty(emissions_industry, offset_threshold, carbon_offset)
    paid, here, sold_here, lacking, spare = trade(
        owed, uptake * (land_forest + land_forest_park), price, offset_premium, sink_supply_elasticity)
    outside = 0.0  # summed in the order of counties, so that payments cancel exactly
    for c in range(owed.size):
        outside += (price * spare[c] - offset_premium * price * lacking[c]) / CNY_PER_MILLION
        offsets_bought[c], offsets_sold[c] = here[c] + lacking[c], sold_here[c] + spare[c]
        offset_cost[c] = (paid * here[c] + offset_premium * price * lacking[c]) / CNY_PER_MILLION
        revenue = (paid * sold_here[c] + price * spare[c]) / CNY_PER_MILLION
        carbon_income[c] = carbon_household_share * revenue
        carbon_budget[c] = revenue - carbon_income[c]
        net_emissions[c] = emissions[c] - offsets_bought[c]
    carbon_price[()], offsets_from_outside[()], offsets_to_outside[()] = paid, lacking.sum(), spare.sum()
    offset_money_outside[()] = outside


def measure_intensity(net_emissions, gdp, province_emission_intensity: Out) -> None:
    """Net emissions of the province per unit of output."""
    province_emission_intensity[...] = net_emissions.sum() / gdp.sum()
