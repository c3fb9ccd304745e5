"""Compensation of farmland: whoever builds on cultivated land has as much reclaimed, at home or through the provincial
pool, and never beyond the red line (B.6 L7, L8).

Reclaiming gets dearer the more of a county's reserve is used, and with wages. The pooled part of need and supply
clears at one price for the province, the rest in each county alone; what is not matched is not converted. Section 3.2.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.core.cache import either, kernel
from sim.core.declare import parameter
from sim.core.market import clear_market
from sim.region.land_cover import MILLION_PER_HECTARE

WRITES = (
    "counties.cultivated_matched", "counties.cultivated_linked", "counties.cultivated_reclaimed",
    "counties.compensation_price",
    "counties.horizontal_compensation", "counties.spending_reclamation", "counties.land_cultivated",
    "counties.land_garden", "counties.land_other", "counties.land_input", "counties.land_reclaimed",
    "counties.redline_ratio", "account.compensation_price_pool", "account.compensation_pooled",
)

ANY_PRICE = 1e6  # in the base year conversion is what it was: no price of compensation stops it


@dataclass(frozen=True)
class Parameters:
    reclamation_elasticity: float = parameter(1.0, unit="elasticity", bounds=(0.5, 2.0), source="assumed",
                                              confidence="low", says="response of reclamation to its price (er)")
    reclamation_cost: float = parameter(
        5.0, unit="10,000 CNY per mu", bounds=(3.0, 10.0), source="low end of prices for dry-land compensation",
        confidence="low", says="price of the pool in the base year (k0)")
    reclamation_limit: float = parameter(0.05, unit="share a year", bounds=(0.02, 0.1), source="assumed",
                                         confidence="low", says="most of the reserve that can be reclaimed in a year")
    reclaimable_garden: float = parameter(0.15, unit="share", bounds=(0.05, 0.3), source="assumed", confidence="low",
                                          says="part of garden land that can be turned into cultivated land")
    reclaimable_other: float = parameter(0.30, unit="share", bounds=(0.1, 0.6), source="assumed", confidence="low",
                                         says="part of other land that can be turned into cultivated land")
    reclaimed_quality: float = parameter(0.9, unit="ratio", bounds=(0.7, 1.0), source="assumed", confidence="low",
                                         says="what a reclaimed hectare counts for against the red line (ql)")
    cultivated_floor: float = parameter(
        481_170.0, unit="ha", bounds=(470_000, 500_000), confidence="high",
        source="State Council on the territorial plan 2021-2035 (721.75 wan mu)",
        says="cultivated land the province keeps; counties by their share of the base year")


# ---- formulas -------------------------------------------------------------------------------------------------


@either
def reclaimed_at(price, reserve, cost, elasticity):
    """Hectares reclaimed at a price: pot (p / k0)^er (L7)."""
    return reserve * (price / cost) ** elasticity


@either
def price_of(hectares, reserve, cost, elasticity):
    """Price at which so much is reclaimed, the inverse of `reclaimed_at`; 0 where nothing is."""
    used = np.where(reserve > 0, hectares / np.maximum(reserve, 1e-12), 0.0)
    return cost * used ** (1.0 / elasticity)


@either
def spent_on(hectares, price, elasticity):
    """What reclaiming costs: the area under the supply curve up to its price, er / (1 + er) p rec."""
    return elasticity / (1.0 + elasticity) * hectares * price


@either
def within_red_line(need, room, pooled):
    """Conversion of cultivated land that the red line leaves room for (L8): own room, and the common one when pooled.

    The province's line holds as well as the counties' do.
    """
    together = max(0.0, room.sum())
    share = need / max(need.sum(), 1e-12)
    allowed = np.minimum(need, (1.0 - pooled) * np.maximum(room, 0.0) + pooled * together * share)
    return allowed * min(1.0, together / max(allowed.sum(), 1e-12))


@either
def counted(cultivated, reclaimed, quality):
    """Cultivated land as it counts for the red line: a reclaimed hectare counts for less (L8)."""
    return cultivated - (1.0 - quality) * reclaimed


@either
def against_red_line(hectares, redline):
    """Cultivated land that counts, over the red line; 1 where there is none."""
    return np.where(redline > 0, hectares / np.maximum(redline, 1e-9), 1.0)


@either
def own_match(need, reserve, most, worth, cost, elasticity):
    """Hectares a county has reclaimed at home: what it needs, can reclaim, and finds worth its price."""
    return np.minimum(need, np.minimum(most, reclaimed_at(worth, reserve, cost, elasticity)))


@either
def pool_offer(price, county, pool):
    """What a county reclaims for the pool at a price, within what it can in a year (L7)."""
    reserve, most, _, _, cost, elasticity = pool
    return min(reclaimed_at(price, reserve[county], cost, elasticity), most[county])


@either
def pool_wish(price, county, pool):
    """What a county asks of the pool: what it needs, unless the price is more than that is worth (L7)."""
    _, _, need, worth, _, _ = pool
    return need[county] if price <= worth[county] else 0.0


@kernel
def _allow(planned, cultivated, reclaimed, redline, active, right, quota_linked, quality, pooled):
    """Conversion the red line leaves room for: without, and with farmland reclaimed for the quota it is built on."""
    room, linked = np.zeros(planned.size), np.zeros(planned.size)
    for c in range(planned.size):
        if active[c]:
            room[c] = (counted(cultivated[c], reclaimed[c], quality) - redline[c]) / max(1.0 - quality, 1e-9)
        if right[c] > 0:
            linked[c] = min(1.0, quota_linked[c] / max(right[c], 1e-12))
    allowed = within_red_line(planned, room, pooled)
    return (1.0 - linked) * allowed, linked * allowed


@kernel
def _match(need, all_reserve, rate, limit, land_value, origin_share, pooled, cost, rise, guess, matched, reclaimed,
           received, spent, price):
    """Reclaiming at home and through the pool; gives the price and amount of the pool. What both cost comes on top of
    what the reclaiming of idle land has cost.

    Of a hectare that is built on, the cultivated part is worth the whole: without it nothing is built.
    """
    reserve, most, worth = rate * all_reserve, limit * all_reserve, land_value / origin_share
    bought, sold, pool_price = np.zeros(need.size), np.zeros(need.size), 0.0
    share = pooled * reserve
    if pooled > 0.0:
        pool = share, pooled * most, pooled * need, worth, cost, rise
        pool_price, bought, sold = clear_market(pool_offer, pool_wish, pool, need.size, 0.0, np.inf, guess)
    for c in range(need.size):
        alone = (1.0 - pooled) * reserve[c]
        own = own_match((1.0 - pooled) * need[c], alone, (1.0 - pooled) * most[c], worth[c], cost, rise)
        at_home = price_of(own, alone, cost, rise)
        matched[c], reclaimed[c] = own + bought[c], own + sold[c]
        received[c] = -pool_price * (bought[c] - sold[c])
        spent[c] += spent_on(own, at_home, rise) + spent_on(sold[c], price_of(sold[c], share[c], cost, rise), rise)
        bill = own * at_home + bought[c] * pool_price
        price[c] = bill / matched[c] if matched[c] > 0 else 0.0
    return pool_price, bought.sum()


@kernel
def _plough(hectares, reserve, from_garden, from_other, quality, redline, garden, other, cultivated, reclaimed,
            land_input, ratio):
    """Garden and other land become cultivated land; how far the red line is kept."""
    for c in range(hectares.size):
        part = hectares[c] / reserve[c] if reserve[c] > 0 else 0.0
        ploughed = part * from_garden * garden[c]
        garden[c] -= ploughed
        other[c] -= part * from_other * other[c]
        cultivated[c] += hectares[c]
        reclaimed[c] += hectares[c]
        land_input[c, 0] += quality * hectares[c] - ploughed
        ratio[c] = against_red_line(counted(cultivated[c], reclaimed[c], quality), redline[c])


# ---- verbs ----------------------------------------------------------------------------------------------------


def settle(model) -> None:
    """The reserve of the base year: so large that the pool's price is the reference price."""
    p, base, counties = model.parameters, model.base, model.counties
    base.redline = p.cultivated_floor * base.land["land_cultivated"] / base.land["land_cultivated"].sum()
    need = p.cultivated_origin_share * base.quota_guess
    base.reclamation_rate = need.sum() / _reserve(model).sum()
    counties.land_value[:] = ANY_PRICE
    cost = MILLION_PER_HECTARE * p.reclamation_cost
    counties.cultivated_planned[:] = counties.cultivated_converted[:] = need
    counties.spending_reclamation[:] = 0.0
    _reclaim(model, need, _reserve(model), cost)
    counties.land_value[:] = 0.0
    counties.redline_ratio[:] = against_red_line(
        counted(counties.land_cultivated, counties.land_reclaimed, p.reclaimed_quality), base.redline)


def settle_costs(model) -> None:
    """In the base year the known cost of land is net of sea-use fees and includes reclaiming; what is left of the cost
    share is all else. So land leaves a county of the base year as much as without these accounts.
    """
    p, base, counties = model.parameters, model.base, model.counties
    gross = counties.land_revenue / (1.0 - base.county_land_cost_share)
    paid = counties.spending_reclamation - counties.horizontal_compensation - counties.sea_use_fees
    base.county_land_cost_share = p.land_cost_share - np.where(gross > 0, paid / np.maximum(gross, 1e-12), 0.0)
    counties.land_revenue[:] = (1.0 - base.county_land_cost_share) * gross


def _reserve(model):
    """Land of a county that can be turned into cultivated land."""
    p, counties = model.parameters, model.counties
    return p.reclaimable_other * counties.land_other + p.reclaimable_garden * counties.land_garden


def compensate(model) -> None:
    """Every hectare of cultivated land to be converted is matched by one reclaimed, or stays (L7, L8)."""
    p, base, counties = model.parameters, model.base, model.counties
    reserve = _reserve(model)
    need, counties.cultivated_linked[:] = _allow(
        counties.cultivated_planned, counties.land_cultivated, counties.land_reclaimed, base.redline, model.active,
        counties.land_use_right, counties.quota_linked, p.reclaimed_quality, model.now.comp_pool)
    _reclaim(model, need, reserve, MILLION_PER_HECTARE * p.reclamation_cost * float(model.outside.wage_index))
    counties.cultivated_matched += counties.cultivated_linked
    _plough(counties.cultivated_reclaimed, reserve, p.reclaimable_garden, p.reclaimable_other, p.reclaimed_quality,
            base.redline, counties.land_garden, counties.land_other, counties.land_cultivated, counties.land_reclaimed,
            counties.land_input, counties.redline_ratio)


def _reclaim(model, need, reserve, cost) -> None:
    """Need is matched by reclaiming at home and through the pool, and both are paid for."""
    p, base, counties, account = model.parameters, model.base, model.counties, model.account
    account.compensation_price_pool[...], account.compensation_pooled[...] = _match(
        need, reserve, base.reclamation_rate, p.reclamation_limit, counties.land_value, p.cultivated_origin_share,
        model.now.comp_pool, cost, p.reclamation_elasticity, float(account.compensation_price_pool) or cost,
        counties.cultivated_matched, counties.cultivated_reclaimed, counties.horizontal_compensation,
        counties.spending_reclamation, counties.compensation_price)
