"""The quota market and enclaves: construction quota moves to where a hectare is more valuable, in return for money or
for a share of taxes (B.6 L3, L4, L10).

A county values a hectare by its net sales revenue and future taxes; part of its quota may be sold at one provincial
price. A poor county may instead pass quota on to a park within reach. Section 3.2.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.core.bind import InOut, Out
from sim.core.cache import either, kernel
from sim.core.declare import parameter
from sim.core.market import clear_market
from sim.region.land_cover import MILLION_PER_HECTARE
from sim.words import MOVABLE_SECTORS

Floats = NDArray[np.float64]
SMALLEST_VALUE = 1e-3  # million CNY per ha: keeps the demand curve defined where land is worth nothing


@dataclass(frozen=True)
class Parameters:
    quota_demand_elasticity: float = parameter(1.5, unit="elasticity", bounds=(0.8, 3.0), source="assumed",
                                               confidence="low",
                                               says="elasticity of quota demand to value over price (eq)")
    tax_pv_factor: float = parameter(
        5.0, unit="year", bounds=(1.0, 12.0), confidence="low",
        source="assumed: the land share of output, three tenths, capitalised at six per cent",
        says="years of county tax per urban hectare credited to a new hectare")
    quota_price_reference: float = parameter(
        15.0, unit="10,000 CNY per mu", bounds=(8.0, 50.0),
        source="lowest price of surplus quota traded between provinces",
        confidence="low", says="assumed quota price before the first trade")
    enclave_reach: float = parameter(150.0, unit="minutes", bounds=(60.0, 240.0), source="assumed", confidence="low",
                                     says="maximum travel time to the host of an enclave")


# ---- formulas -------------------------------------------------------------------------------------------------


@either
def hectare_value(price: float, sold: float, cost_share: float, upstream: float, tax_per_hectare: float,
                  years: float) -> float:
    """v = (1 - cost)(1 - s_up) Pland sold + years of county tax per hectare (L3), before farmland is compensated.

    Million CNY per ha; `sold`: the share of a converted hectare that is sold.
    """
    return (1.0 - cost_share) * (1.0 - upstream) * price * sold + years * tax_per_hectare


@either
def quota_wanted(size: float, value: float, price: float, elasticity: float) -> float:
    """x = qh (v / p)^eq (L3): ha."""
    return size * (value / price) ** elasticity


@kernel
def hosts_for(origin: NDArray[np.bool_], host: NDArray[np.bool_], value: Floats, minutes: Floats,
              reach: float) -> NDArray[np.int64]:
    """Host chosen by each origin: the one within reach with the highest value of a hectare, if higher than at home
    (L10); -1 if there is none. Arrays [county], minutes [county, county or more].
    """
    best = np.full(value.size, -1)
    for c in range(value.size):
        most = value[c]
        for d in range(value.size):
            if origin[c] and host[d] and d != c and minutes[c, d] <= reach and value[d] > most:
                best[c], most = d, value[d]
    return best


@either
def enclave_account(enclaves: Floats, host_output: Floats, host_land: Floats, host_revenue: Floats,
                    share: float) -> tuple[Floats, Floats, Floats]:
    """Output on enclave land, county revenue from it, and the share paid by hosts to its owners (L10, AI18).

    `enclaves` [origin, host]: hectares; output and revenue are attributed in proportion to land area, at most the
    host's total for all its enclaves.
    """
    whole = np.maximum(host_land, enclaves.sum(axis=0))
    part = np.where(host_land > 0.0, enclaves / np.maximum(whole, 1e-12), 0.0)
    tax = part * host_revenue
    paid = share * tax
    return (part * host_output).sum(axis=1), tax.sum(axis=1), paid.sum(axis=1) - paid.sum(axis=0)


@either
def convertible(cultivated: float, others: float, cultivated_share: float) -> float:
    """Land that can be converted at the usual mix of cultivated and other land, ha."""
    return np.minimum(cultivated / cultivated_share, others / (1.0 - cultivated_share))


@either
def quota_offer(price: float, county: int, market: tuple) -> float:
    """Quota offered at any price: the tradable part, and reclaimed quota (L4)."""
    offered, _, _, _, _ = market
    return offered[county]


@either
def quota_wish(price: float, county: int, market: tuple) -> float:
    """Quota demanded beyond that kept, (v / p)^eq being v^eq / p^eq, within the land available (L3, L4)."""
    _, wanted, kept, most, elasticity = market
    return max(0.0, min(wanted[county] * price**-elasticity, most[county]) - kept[county])


# ---- rules ----------------------------------------------------------------------------------------------------


@kernel
def value_land(land_price, land_sold_share, infrastructure_share, county_land_cost_share, land_revenue_upstream,
               own_revenue, nontax_revenue, land_residential, land_industrial, tax_pv_factor, land_value: Out) -> None:
    """Value of a converted hectare to each county, at last year's prices and taxes (L3)."""
    sold = land_sold_share * (1.0 - infrastructure_share)
    for c in range(land_value.size):
        urban = land_residential[c] + land_industrial[c]
        tax = (own_revenue[c] - nontax_revenue[c]) / urban if urban > 0 else 0.0
        land_value[c] = hectare_value(land_price[c], sold, county_land_cost_share[c], land_revenue_upstream, tax,
                                      tax_pv_factor)


def bar(eco_ban_by_county, jiangdong_land_by_county, land_barred: Out) -> None:
    """Share of conversion barred: non-conforming conversion in key ecological zones, land control in Haikou (L5)."""
    np.maximum(eco_ban_by_county, jiangdong_land_by_county, out=land_barred)


@kernel
def pass_on(year, helped, park_host, park_start, land_value, minutes, enclave_reach, enclave, quota,
            enclave_right: Out, quota_enclave: Out) -> None:
    """The poorest third of counties pass part of their quota to a park within reach where it is more valuable (L10).

    Quota passed on by origin and host, and net receipts of counties.
    """
    enclave_right[:] = 0.0
    quota_enclave[:] = 0.0
    if enclave <= 0.0:
        return
    n = quota.size
    open_parks = np.zeros(n, dtype=np.bool_)
    for park in range(park_host.size):
        open_parks[park_host[park]] |= park_start[park] <= year
    hosts = hosts_for(helped > 0, open_parks, land_value, minutes, enclave_reach)
    for c in range(n):
        if hosts[c] >= 0:
            enclave_right[c, hosts[c]] = enclave * quota[c]
    for c in range(n):
        quota_enclave[c] = enclave_right[:, c].sum() - enclave_right[c].sum()


@kernel
def offer(quota, quota_enclave, quota_infrastructure, quota_reclaimed, quota_balance, quota_trade, land_residential,
          land_industrial, land_cultivated, land_garden, land_forest, land_other, land_value, land_barred,
          compensation_price, active, province_quota, cultivated_origin_share, available_share, quota_demand_elasticity,
          quota_offered: Out, quota_demand: Out, quota_kept: Out, land_convertible: Out) -> None:
    """Quota offered, kept, and demanded at a price of one by county, and land available (L3, L4)."""
    n, all_urban = quota.size, 0.0
    for c in range(n):
        all_urban += land_residential[c] + land_industrial[c] if active[c] else 0.0
    for c in range(n):
        tradable = quota_trade * max(0.0, quota[c] + min(quota_enclave[c], 0.0) - quota_infrastructure[c])
        quota_offered[c] = tradable + quota_reclaimed[c]
        quota_kept[c] = quota[c] + quota_enclave[c] + quota_balance[c] - tradable
        quota_demand[c], land_convertible[c] = 0.0, 0.0
        if active[c]:
            urban = land_residential[c] + land_industrial[c]
            size = (1.0 - land_barred[c]) * province_quota * urban / all_urban
            value = max(land_value[c] - cultivated_origin_share * compensation_price[c], SMALLEST_VALUE)
            quota_demand[c] = quota_wanted(size, value, 1.0, quota_demand_elasticity)
            others = land_garden[c] + land_forest[c] + land_other[c]
            land_convertible[c] = available_share * convertible(land_cultivated[c], others, cultivated_origin_share)


@kernel
def trade(quota_offered, quota_demand, quota_kept, land_convertible, quota_reclaimed, quota_demand_elasticity,
          quota_price_reference, wage_index, quota_traded: Out, quota_linked: Out, horizontal_quota: Out,
          quota_price: InOut, quota_volume: Out) -> None:
    """Sale of tradable and reclaimed quota to the counties with the highest values (L4).

    The price search starts from last year's price. Reclaimed quota comes with its own farmland compensation.
    """
    n, volume, last_price = quota_offered.size, 0.0, quota_price[()]
    quota_price[()] = 0.0
    if not quota_offered.any():
        quota_traded[:] = 0.0
        quota_linked[:] = 0.0
        horizontal_quota[:] = 0.0
        quota_volume[()] = 0.0
        return
    guess = last_price if last_price > 0.0 else MILLION_PER_HECTARE * quota_price_reference * wage_index
    market = quota_offered, quota_demand, quota_kept, land_convertible, quota_demand_elasticity
    price, bought, sold = clear_market(quota_offer, quota_wish, market, n, 0.0, np.inf, guess)
    from_villages, from_all = quota_reclaimed.sum(), max(quota_offered.sum(), 1e-12)
    for c in range(n):
        quota_traded[c] = bought[c] - sold[c]
        quota_linked[c] = bought[c] * from_villages / from_all
        horizontal_quota[c] = -price * quota_traded[c]
        volume += max(quota_traded[c], 0.0)
    quota_price[()], quota_volume[()] = price, volume


def share_taxes(n, enclave_land, factor_taxes, own_revenue, value_added, land_input, multi_plan, enclave_share,
                enclave_output: Out, enclave_tax: Out, horizontal_enclave: Out) -> None:
    """Hosts share the taxes of enclaves with the counties of origin (L10)."""
    if not enclave_land.any():
        enclave_output[:] = enclave_tax[:] = horizontal_enclave[:] = 0.0
        return
    built, taxes = list(MOVABLE_SECTORS), factor_taxes.sum(axis=1)
    revenue = factor_taxes[:, built].sum(axis=1) / np.maximum(taxes, 1e-12) * own_revenue
    enclave_output[:], enclave_tax[:], horizontal_enclave[:] = enclave_account(
        multi_plan * enclave_land[:, :n], value_added[:, built].sum(axis=1), land_input[:, built].sum(axis=1), revenue,
        enclave_share)
