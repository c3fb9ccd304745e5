"""The quota market and enclaves: construction quota goes where a hectare is worth more, for money or for a share in the
taxes (B.6 L3, L4, L10).

A county values a hectare by what its sale leaves and by the taxes it will bring; part of its quota may be sold at one
price for the province. A poor county may instead pass quota on to a park within reach. Section 3.2.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.core.cache import either, kernel
from sim.core.declare import parameter
from sim.core.market import clear_market
from sim.region.land_cover import MILLION_PER_HECTARE

WRITES = (
    "counties.land_value", "counties.land_barred", "counties.quota_traded", "counties.quota_linked",
    "counties.horizontal_quota",
    "counties.quota_enclave", "counties.enclave_right", "counties.enclave_output", "counties.enclave_tax",
    "counties.horizontal_enclave", "account.quota_price", "account.quota_volume",
)
PARK_SECTORS = (1, 4)  # industry and high technology
SMALLEST_VALUE = 1e-3  # million CNY per ha: keeps the demand curve defined where land is worth nothing


@dataclass(frozen=True)
class Parameters:
    quota_demand_elasticity: float = parameter(1.5, unit="elasticity", bounds=(0.8, 3.0), source="assumed",
                                               confidence="low",
                                               says="response of quota wanted to value over price (eq)")
    tax_pv_factor: float = parameter(
        5.0, unit="year", bounds=(1.0, 12.0), confidence="low",
        source="assumed: the land share of output, three tenths, capitalised at six per cent",
        says="years of county tax per urban hectare that a new hectare is credited with")
    quota_price_reference: float = parameter(
        15.0, unit="10,000 CNY per mu", bounds=(8.0, 50.0), source="lowest price of surplus quota between provinces",
        confidence="low", says="price that is reckoned with where no quota has been traded yet")
    enclave_reach: float = parameter(150.0, unit="minutes", bounds=(60.0, 240.0), source="assumed", confidence="low",
                                     says="travel time within which a county looks for the host of an enclave")


# ---- formulas -------------------------------------------------------------------------------------------------


@either
def hectare_value(price, sold, cost_share, upstream, tax_per_hectare, years):
    """v = (1 - cost)(1 - s_up) Pland sold + years of county tax per hectare (L3), before farmland is compensated."""
    return (1.0 - cost_share) * (1.0 - upstream) * price * sold + years * tax_per_hectare


@either
def quota_wanted(size, value, price, elasticity):
    """x = qh (v / p)^eq (L3)."""
    return size * (value / price) ** elasticity


@kernel
def hosts_for(origin, host, value, minutes, reach):
    """The host each origin turns to: the one within reach where a hectare is worth most, if worth more than at home
    (L10); -1 where there is none."""
    best = np.full(value.size, -1)
    for c in range(value.size):
        most = value[c]
        for d in range(value.size):
            if origin[c] and host[d] and d != c and minutes[c, d] <= reach and value[d] > most:
                best[c], most = d, value[d]
    return best


@either
def enclave_account(held, host_output, host_land, host_revenue, share):
    """Output on enclave land, the county revenue on it, and what its owners get from the hosts (L10, AI18).

    held [origin, host] hectares; land carries output and revenue in proportion to its area.
    """
    part = np.where(host_land > 0.0, held / np.maximum(host_land, 1e-12), 0.0)
    tax = part * host_revenue
    paid = share * tax
    return (part * host_output).sum(axis=1), tax.sum(axis=1), paid.sum(axis=1) - paid.sum(axis=0)


@either
def convertible(cultivated, others, cultivated_share):
    """Land that can be converted at the usual mix of cultivated and other land."""
    return np.minimum(cultivated / cultivated_share, others / (1.0 - cultivated_share))


@either
def quota_offer(price, county, market):
    """Quota is offered at any price: the tradable part, and what has been reclaimed (L4)."""
    offered, _, _, _, _ = market
    return offered[county]


@either
def quota_wish(price, county, market):
    """Quota wanted beyond what is kept, (v / p)^eq being v^eq / p^eq, within the land there is for it (L3, L4)."""
    _, wanted, kept, room, elasticity = market
    return max(0.0, min(wanted[county] * price**-elasticity, room[county]) - kept[county])


@kernel
def _sides(quota, enclave, works, reclaimed, balance, tradable_part, urban, cultivated, others, worth, barred,
           compensation, active, all_quota, cultivated_share, available, elasticity):
    """What each county offers, wants at a price of one, keeps, and has land for (L3, L4)."""
    n, all_urban = quota.size, 0.0
    for c in range(n):
        all_urban += urban[c] if active[c] else 0.0
    offered, wanted, kept, room = np.zeros(n), np.zeros(n), np.zeros(n), np.zeros(n)
    for c in range(n):
        tradable = tradable_part * max(0.0, quota[c] + min(enclave[c], 0.0) - works[c])
        offered[c] = tradable + reclaimed[c]
        kept[c] = quota[c] + enclave[c] + balance[c] - tradable
        if active[c]:
            size = (1.0 - barred[c]) * all_quota * urban[c] / all_urban
            value = max(worth[c] - cultivated_share * compensation[c], SMALLEST_VALUE)
            wanted[c] = quota_wanted(size, value, 1.0, elasticity)
            room[c] = available * convertible(cultivated[c], others[c], cultivated_share)
    return offered, wanted, kept, room


@kernel
def _trade(offered, wanted, kept, room, elasticity, guess, reclaimed, traded, linked, paid):
    """What the market makes of it; quota that was reclaimed brings its farmland. Gives price and volume."""
    n, price = offered.size, 0.0
    bought, sold = np.zeros(n), np.zeros(n)
    if offered.any():
        market = offered, wanted, kept, room, elasticity
        price, bought, sold = clear_market(quota_offer, quota_wish, market, n, 0.0, np.inf, guess)
    volume, from_villages, from_all = 0.0, reclaimed.sum(), max(offered.sum(), 1e-12)
    for c in range(n):
        traded[c] = bought[c] - sold[c]
        linked[c] = bought[c] * from_villages / from_all
        paid[c] = -price * traded[c]
        volume += max(traded[c], 0.0)
    return price, volume


@kernel
def _value(price, sold, cost_share, upstream, own_revenue, nontax, residential, industrial, years, value):
    """What a converted hectare is worth, at the prices and taxes of last year."""
    for c in range(value.size):
        urban = residential[c] + industrial[c]
        tax = (own_revenue[c] - nontax[c]) / urban if urban > 0 else 0.0
        value[c] = hectare_value(price[c], sold, cost_share[c], upstream, tax, years)


@kernel
def _pass_on(helped, park_host, park_start, year, value, minutes, reach, part, quota, right, net):
    """Quota passed on by origin and host, and what counties take in less what they let go."""
    n = quota.size
    open_parks = np.zeros(n, dtype=np.bool_)
    for park in range(park_host.size):
        open_parks[park_host[park]] |= park_start[park] <= year
    hosts = hosts_for(helped > 0, open_parks, value, minutes, reach)
    for c in range(n):
        if hosts[c] >= 0:
            right[c, hosts[c]] = part * quota[c]
    for c in range(n):
        net[c] = right[:, c].sum() - right[c].sum()


# ---- verbs ----------------------------------------------------------------------------------------------------


def value_land(model) -> None:
    """What a converted hectare is worth to each county, at the prices and taxes of last year (L3), and what part of
    conversion is barred: what does not conform in key ecological zones, land control in Haikou (L5)."""
    p, counties, base = model.parameters, model.counties, model.base
    sold = p.land_sold_share * (1.0 - p.infrastructure_share)
    _value(counties.land_price, sold, base.county_land_cost_share, p.land_revenue_upstream, counties.own_revenue,
           counties.nontax_revenue, counties.land_residential, counties.land_industrial, p.tax_pv_factor,
           counties.land_value)
    np.maximum(model.lever("eco_ban"), model.lever("jiangdong_land"), out=counties.land_barred)


def pass_on(model) -> None:
    """The poorest third pass part of their quota on to a park within reach where it is worth more (L10)."""
    p, now, counties, parks = model.parameters, model.now, model.counties, model.parks
    counties.enclave_right[:] = counties.quota_enclave[:] = 0.0
    if now.enclave > 0.0:
        _pass_on(counties.helped, parks.host, parks.start, model.year, counties.land_value,
                 counties.minutes, p.enclave_reach, now.enclave, counties.quota, counties.enclave_right,
                 counties.quota_enclave)


def trade(model) -> None:
    """The tradable part of quota and all that has been reclaimed are sold to whom they are worth most (L4)."""
    p, now, counties, account = model.parameters, model.now, model.counties, model.account
    if now.quota_trade == 0.0 and not counties.quota_reclaimed.any():
        counties.quota_traded[:] = counties.quota_linked[:] = counties.horizontal_quota[:] = 0.0
        account.quota_price[...] = account.quota_volume[...] = 0.0
        return
    sides = _sides(
        counties.quota, counties.quota_enclave, counties.quota_infrastructure, counties.quota_reclaimed,
        counties.quota_balance, now.quota_trade, counties.land_residential + counties.land_industrial,
        counties.land_cultivated, counties.land_garden + counties.land_forest + counties.land_other,
        counties.land_value, counties.land_barred, counties.compensation_price, model.active,
        float(account.province_quota), p.cultivated_origin_share, p.available_share, p.quota_demand_elasticity)
    account.quota_price[...], account.quota_volume[...] = _trade(
        *sides, p.quota_demand_elasticity, _expected_price(model), counties.quota_reclaimed, counties.quota_traded,
        counties.quota_linked, counties.horizontal_quota)


def _expected_price(model) -> float:
    known = float(model.account.quota_price)
    first = MILLION_PER_HECTARE * model.parameters.quota_price_reference * float(model.outside.wage_index)
    return known if known > 0.0 else first


def share_taxes(model) -> None:
    """Hosts share the taxes of enclaves with the counties the quota came from (L10)."""
    now, counties = model.now, model.counties
    if not counties.enclave_land.any():
        counties.enclave_output[:] = counties.enclave_tax[:] = counties.horizontal_enclave[:] = 0.0
        return
    park, taxes = list(PARK_SECTORS), counties.factor_taxes.sum(axis=1)
    revenue = counties.factor_taxes[:, park].sum(axis=1) / np.maximum(taxes, 1e-12) * counties.own_revenue
    counties.enclave_output[:], counties.enclave_tax[:], counties.horizontal_enclave[:] = enclave_account(
        now.multi_plan * counties.enclave_land[:, :model.n], counties.value_added[:, park].sum(axis=1),
        counties.land_input[:, park].sum(axis=1), revenue, now.enclave_share)
