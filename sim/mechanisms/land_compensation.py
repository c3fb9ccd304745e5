"""Compensation of farmland: whoever builds on cultivated land has as much reclaimed, at home or through the provincial
pool, and never beyond the red line (B.6 L7, L8).

Reclaiming gets dearer the more of a county's reserve is used, and with wages. The pooled part of need and supply
clears at one price for the province, the rest in each county alone; what is not matched is not converted. Section 3.2.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

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


def reclaimed_at(price, reserve, cost, elasticity):
    """Hectares reclaimed at a price: pot (p / k0)^er (L7)."""
    return reserve * (price / cost) ** elasticity


def price_of(hectares, reserve, cost, elasticity):
    """Price at which so much is reclaimed, the inverse of `reclaimed_at`; 0 where nothing is."""
    used = np.where(reserve > 0, hectares / np.maximum(reserve, 1e-12), 0.0)
    return cost * used ** (1.0 / elasticity)


def spent_on(hectares, price, elasticity):
    """What reclaiming costs: the area under the supply curve up to its price, er / (1 + er) p rec."""
    return elasticity / (1.0 + elasticity) * hectares * price


def within_red_line(need, room, pooled):
    """Conversion of cultivated land that the red line leaves room for (L8): own room, and the common one when pooled.

    The province's line holds as well as the counties' do.
    """
    together = max(0.0, room.sum())
    share = need / np.maximum(need.sum(), 1e-12)
    allowed = np.minimum(need, (1.0 - pooled) * np.maximum(room, 0.0) + pooled * together * share)
    return allowed * min(1.0, together / max(allowed.sum(), 1e-12))


def own_match(need, reserve, most, worth, cost, elasticity):
    """Hectares a county has reclaimed at home: what it needs, can reclaim, and finds worth its price."""
    return np.minimum(need, np.minimum(most, reclaimed_at(worth, reserve, cost, elasticity)))


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
    _match(model, need, base.reclamation_rate * _reserve(model), p.reclamation_limit * _reserve(model), cost)
    counties.land_value[:] = 0.0
    counties.redline_ratio[:] = _redline(model)


def settle_costs(model) -> None:
    """In the base year the known cost of land is net of sea-use fees and includes reclaiming; what is left of the cost
    share is all else. So land leaves a county of the base year as much as without these accounts.
    """
    p, base, counties = model.parameters, model.base, model.counties
    gross = counties.land_revenue / (1.0 - base.land_cost_share)
    paid = counties.spending_reclamation - counties.horizontal_compensation - counties.sea_use_fees
    base.land_cost_share = p.land_cost_share - np.where(gross > 0, paid / np.maximum(gross, 1e-12), 0.0)
    counties.land_revenue[:] = (1.0 - base.land_cost_share) * gross


def _reserve(model):
    """Land of a county that can be turned into cultivated land."""
    p, counties = model.parameters, model.counties
    return p.reclaimable_other * counties.land_other + p.reclaimable_garden * counties.land_garden


def compensate(model) -> None:
    """Every hectare of cultivated land to be converted is matched by one reclaimed, or stays (L7, L8)."""
    p, base, counties, active = model.parameters, model.base, model.counties, model.active
    reserve = _reserve(model)
    linked = np.where(counties.land_use_right > 0,
                      np.minimum(1.0, counties.quota_linked / np.maximum(counties.land_use_right, 1e-12)), 0.0)
    counted = counties.land_cultivated - (1.0 - p.reclaimed_quality) * counties.land_reclaimed
    room = np.where(active, counted - base.redline, 0.0) / max(1.0 - p.reclaimed_quality, 1e-9)
    allowed = within_red_line(counties.cultivated_planned, room, model.now.comp_pool)
    _match(model, (1.0 - linked) * allowed, base.reclamation_rate * reserve, p.reclamation_limit * reserve,
           MILLION_PER_HECTARE * p.reclamation_cost * float(model.outside.wage_index))
    counties.cultivated_linked[:] = linked * allowed
    counties.cultivated_matched += counties.cultivated_linked
    _plough(model, counties.cultivated_reclaimed, reserve)
    counties.redline_ratio[:] = _redline(model)


def _match(model, need, reserve, most, cost) -> None:
    """Match need by reclaiming at home and through the pool; pay for both."""
    p, counties, account, pooled = model.parameters, model.counties, model.account, model.now.comp_pool
    rise = p.reclamation_elasticity
    worth = np.where(need > 0, counties.land_value / p.cultivated_origin_share, 0.0)
    alone = (1.0 - pooled) * reserve
    own = own_match((1.0 - pooled) * need, alone, (1.0 - pooled) * most, worth, cost, rise)
    share = pooled * reserve
    market = clear_market(lambda price: reclaimed_at(price, share, cost, rise),
                          lambda price: np.where(price <= worth, pooled * need, 0.0),
                          supply_cap=pooled * most, guess=float(account.compensation_price_pool) or cost)
    counties.cultivated_matched[:] = own + market.bought
    counties.cultivated_reclaimed[:] = own + market.sold
    counties.horizontal_compensation[:] = -market.paid
    at_home = price_of(own, alone, cost, rise)
    counties.spending_reclamation[:] = spent_on(own, at_home, rise) + spent_on(
        market.sold, price_of(market.sold, share, cost, rise), rise)
    bill = own * at_home + market.bought * market.price
    counties.compensation_price[:] = np.where(
        counties.cultivated_matched > 0, bill / np.maximum(counties.cultivated_matched, 1e-12), 0.0)
    account.compensation_price_pool[...], account.compensation_pooled[...] = market.price, market.amount


def _plough(model, hectares, reserve) -> None:
    """Garden and other land become cultivated land."""
    p, counties = model.parameters, model.counties
    part = np.where(reserve > 0, hectares / np.maximum(reserve, 1e-12), 0.0)
    garden = part * p.reclaimable_garden * counties.land_garden
    counties.land_garden -= garden
    counties.land_other -= part * p.reclaimable_other * counties.land_other
    counties.land_cultivated += hectares
    counties.land_reclaimed += hectares
    counties.land_input[:, 0] += p.reclaimed_quality * hectares - garden


def _redline(model):
    p, base, counties = model.parameters, model.base, model.counties
    counted = counties.land_cultivated - (1.0 - p.reclaimed_quality) * counties.land_reclaimed
    return np.where(base.redline > 0, counted / np.maximum(base.redline, 1e-9), 1.0)
