"""Farmland compensation: converted cultivated land is replaced by reclaimed land, at home or through the provincial
pool, and the red line is respected (B.6 L7, L8).

Reclamation becomes more expensive as a county's reserve is used, and with wages. The pooled part of demand and supply
clears at one provincial price, the rest within each county; conversion without compensation does not take place.
Section 3.2.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.core.bind import InOut, Out
from sim.core.cache import either, kernel
from sim.core.declare import column, parameter
from sim.core.market import clear_market
from sim.core.table import Constants
from sim.region.land_cover import MILLION_PER_HECTARE
from sim.words import FARMING

Floats = NDArray[np.float64]
ANY_PRICE = 1e6  # in the base year conversion is as observed: compensation is matched at any price


@dataclass(frozen=True)
class Parameters:
    reclamation_elasticity: float = parameter(1.0, unit="elasticity", bounds=(0.5, 2.0), source="assumed",
                                              confidence="low", says="price elasticity of reclamation (er)")
    reclamation_cost: float = parameter(
        5.0, unit="10,000 CNY per mu", bounds=(3.0, 10.0), source="low end of prices for dry-land compensation",
        confidence="low", says="price of the pool in the base year (k0)")
    reclamation_limit: float = parameter(0.05, unit="share a year", bounds=(0.02, 0.1), source="assumed",
                                         confidence="low",
                                         says="maximum share of the reserve that can be reclaimed in a year")
    reclaimable_garden: float = parameter(0.15, unit="share", bounds=(0.05, 0.3), source="assumed", confidence="low",
                                          says="share of garden land that can be turned into cultivated land")
    reclaimable_other: float = parameter(0.30, unit="share", bounds=(0.1, 0.6), source="assumed", confidence="low",
                                         says="share of other land that can be turned into cultivated land")
    reclaimed_quality: float = parameter(0.9, unit="ratio", bounds=(0.7, 1.0), source="assumed", confidence="low",
                                         says="weight of a reclaimed hectare in the red line (ql)")
    cultivated_floor: float = parameter(
        481_170.0, unit="ha", bounds=(470_000, 500_000), confidence="high",
        source="State Council on the territorial plan 2021-2035 (721.75 wan mu)",
        says="cultivated land to be kept by the province; counties by their base-year share")


class Settled(Constants):
    redline = column("county", unit="ha", says="Red line: cultivated land to be kept by the county")
    reclamation_rate = column(unit="share a year", says="Share of the reserve reclaimed at the reference price")


# ---- formulas -------------------------------------------------------------------------------------------------


@either
def reclaimed_at(price: float, reserve: float, cost: float, elasticity: float) -> float:
    """Hectares reclaimed at a price: pot (p / k0)^er (L7)."""
    return reserve * (price / cost) ** elasticity


@either
def price_of(hectares: float, reserve: float, cost: float, elasticity: float) -> float:
    """Price at which an area is reclaimed, the inverse of `reclaimed_at`; 0 for no reclamation."""
    used = np.where(reserve > 0, hectares / np.maximum(reserve, 1e-12), 0.0)
    return cost * used ** (1.0 / elasticity)


@either
def spent_on(hectares: float, price: float, elasticity: float) -> float:
    """Cost of reclamation: the area under the supply curve up to its price, er / (1 + er) p rec."""
    return elasticity / (1.0 + elasticity) * hectares * price


@either
def within_red_line(need: Floats, spare: Floats, pooled: float) -> Floats:
    """Conversion of cultivated land permitted by the red line (L8): the county's own, and the common margin when
    pooled. Both the provincial and the county lines apply.

    `need`, `spare` (area above the line, negative below it): ha [county].
    """
    together = max(0.0, spare.sum())
    share = need / max(need.sum(), 1e-12)
    allowed = np.minimum(need, (1.0 - pooled) * np.maximum(spare, 0.0) + pooled * together * share)
    return allowed * min(1.0, together / max(allowed.sum(), 1e-12))


@either
def counted(cultivated: float, reclaimed: float, quality: float) -> float:
    """Cultivated land as counted for the red line, with reclaimed land at a lower weight (L8)."""
    return cultivated - (1.0 - quality) * reclaimed


@either
def against_red_line(hectares: float, redline: float) -> float:
    """Counted cultivated land over the red line; 1 without a red line."""
    return np.where(redline > 0, hectares / np.maximum(redline, 1e-9), 1.0)


@either
def own_match(need: float, reserve: float, most: float, worth: float, cost: float, elasticity: float) -> float:
    """Hectares reclaimed at home: the minimum of need, capacity, and the amount worth its price."""
    return np.minimum(need, np.minimum(most, reclaimed_at(worth, reserve, cost, elasticity)))


@either
def pool_offer(price: float, county: int, pool: tuple) -> float:
    """Supply of a county to the pool at a price, within its yearly capacity (L7)."""
    reserve, most, _, _, cost, elasticity = pool
    return min(reclaimed_at(price, reserve[county], cost, elasticity), most[county])


@either
def pool_wish(price: float, county: int, pool: tuple) -> float:
    """Demand of a county on the pool: its need, unless the price exceeds the value (L7)."""
    _, _, need, worth, _, _ = pool
    return need[county] if price <= worth[county] else 0.0


@either
def reserve_of(garden: float, other: float, from_garden: float, from_other: float) -> float:
    """Land that can be turned into cultivated land, ha."""
    return from_other * other + from_garden * garden


# ---- rules ----------------------------------------------------------------------------------------------------


def settle(land_cover, quota_guess, land_garden, land_other, cultivated_floor, cultivated_origin_share,
           reclaimable_garden, reclaimable_other, redline: Out, reclamation_rate: Out, land_reclaimable: Out,
           cultivated_planned: Out, cultivated_converted: Out, cultivated_to_match: Out, land_value: Out,
           spending_reclamation: Out) -> None:
    """The base-year reserve, settled such that the pool's price is the reference price."""
    cultivated = land_cover["land_cultivated"]
    redline[:] = cultivated_floor * cultivated / cultivated.sum()
    land_reclaimable[:] = reserve_of(land_garden, land_other, reclaimable_garden, reclaimable_other)
    need = cultivated_origin_share * quota_guess
    reclamation_rate[...] = need.sum() / land_reclaimable.sum()
    cultivated_planned[:] = cultivated_converted[:] = cultivated_to_match[:] = need
    land_value[:] = ANY_PRICE
    spending_reclamation[:] = 0.0


def settle_red_line(land_cultivated, land_reclaimed, redline, reclaimed_quality, land_value: Out,
                    redline_ratio: Out) -> None:
    """Red-line ratio of the base year, after its conversion has been compensated at any price."""
    land_value[:] = 0.0
    redline_ratio[:] = against_red_line(counted(land_cultivated, land_reclaimed, reclaimed_quality), redline)


def settle_costs(spending_reclamation, horizontal_compensation, sea_use_fees, land_cost_share, land_revenue: InOut,
                 county_land_cost_share: InOut) -> None:
    """In the base year the known cost share of land is net of sea-use fees and includes reclamation; the remainder is
    the other cost. Net land revenue of the base year is thus unaffected by these accounts.
    """
    gross = land_revenue / (1.0 - county_land_cost_share)
    paid = spending_reclamation - horizontal_compensation - sea_use_fees
    county_land_cost_share[:] = land_cost_share - np.where(gross > 0, paid / np.maximum(gross, 1e-12), 0.0)
    land_revenue[:] = (1.0 - county_land_cost_share) * gross


@kernel
def allow(active, cultivated_planned, land_cultivated, land_reclaimed, land_garden, land_other, redline,
          land_use_right, quota_linked, reclaimable_garden, reclaimable_other, reclaimed_quality, comp_pool,
          land_reclaimable: Out, cultivated_to_match: Out, cultivated_linked: Out) -> None:
    """Conversion permitted by the red line (L8): the part that still requires compensation, and the part on quota
    gained by reclamation, which comes with its own compensation.
    """
    spare, linked = np.zeros(active.size), np.zeros(active.size)
    for c in range(active.size):
        land_reclaimable[c] = reserve_of(land_garden[c], land_other[c], reclaimable_garden, reclaimable_other)
        if active[c]:
            above = counted(land_cultivated[c], land_reclaimed[c], reclaimed_quality) - redline[c]
            spare[c] = above / max(1.0 - reclaimed_quality, 1e-9)
        if land_use_right[c] > 0:
            linked[c] = min(1.0, quota_linked[c] / max(land_use_right[c], 1e-12))
    allowed = within_red_line(cultivated_planned, spare, comp_pool)
    cultivated_to_match[:] = (1.0 - linked) * allowed
    cultivated_linked[:] = linked * allowed


@kernel
def match(cultivated_to_match, land_reclaimable, reclamation_rate, reclamation_limit, land_value,
          cultivated_origin_share, comp_pool, reclamation_cost, wage_index, reclamation_elasticity,
          cultivated_matched: Out, cultivated_reclaimed: Out, horizontal_compensation: Out,
          spending_reclamation: InOut, compensation_price: Out, compensation_price_pool: InOut,
          compensation_pooled: Out) -> None:
    """Match cultivated land to be converted with reclaimed land, at home or through the pool; unmatched land is not
    converted (L7). The costs are added to those of reclaiming idle land.

    The cultivated part of a hectare is valued at the whole hectare, which cannot be built on without it.
    """
    n, rise, cost = land_value.size, reclamation_elasticity, MILLION_PER_HECTARE * reclamation_cost * wage_index
    reserve, most = reclamation_rate * land_reclaimable, reclamation_limit * land_reclaimable
    worth, share = land_value / cultivated_origin_share, comp_pool * reserve
    bought, sold, pool_price = np.zeros(n), np.zeros(n), 0.0
    if comp_pool > 0.0:
        last_price = compensation_price_pool[()]
        pool = share, comp_pool * most, comp_pool * cultivated_to_match, worth, cost, rise
        guess = last_price if last_price != 0.0 else cost
        pool_price, bought, sold = clear_market(pool_offer, pool_wish, pool, n, 0.0, np.inf, guess)
    for c in range(n):
        alone = (1.0 - comp_pool) * reserve[c]
        own = own_match((1.0 - comp_pool) * cultivated_to_match[c], alone, (1.0 - comp_pool) * most[c], worth[c], cost,
                        rise)
        at_home = price_of(own, alone, cost, rise)
        cultivated_matched[c], cultivated_reclaimed[c] = own + bought[c], own + sold[c]
        horizontal_compensation[c] = -pool_price * (bought[c] - sold[c])
        spending_reclamation[c] += (
            spent_on(own, at_home, rise) + spent_on(sold[c], price_of(sold[c], share[c], cost, rise), rise))
        bill = own * at_home + bought[c] * pool_price
        compensation_price[c] = bill / cultivated_matched[c] if cultivated_matched[c] > 0 else 0.0
    compensation_price_pool[()], compensation_pooled[()] = pool_price, bought.sum()


@kernel
def plough(cultivated_reclaimed, cultivated_linked, land_reclaimable, reclaimable_garden, reclaimable_other,
           reclaimed_quality, redline, cultivated_matched: InOut, land_garden: InOut, land_other: InOut,
           land_cultivated: InOut, land_reclaimed: InOut, land_input: InOut, redline_ratio: Out) -> None:
    """Conversion of garden and other land to cultivated land; red-line ratio (L8)."""
    for c in range(land_garden.size):
        part = cultivated_reclaimed[c] / land_reclaimable[c] if land_reclaimable[c] > 0 else 0.0
        ploughed = part * reclaimable_garden * land_garden[c]
        land_garden[c] -= ploughed
        land_other[c] -= part * reclaimable_other * land_other[c]
        land_cultivated[c] += cultivated_reclaimed[c]
        land_reclaimed[c] += cultivated_reclaimed[c]
        land_input[c, FARMING] += reclaimed_quality * cultivated_reclaimed[c] - ploughed
        cultivated_matched[c] += cultivated_linked[c]
        redline_ratio[c] = against_red_line(counted(land_cultivated[c], land_reclaimed[c], reclaimed_quality),
                                            redline[c])
