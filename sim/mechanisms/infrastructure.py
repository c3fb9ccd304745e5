"""Infrastructure: travel times, borders between counties, access, networks to villages, gateways (B.9).

Sections 2.1, 3.2, 4.1, 4.2, 4.3, 9.1.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.core.cache import either, kernel
from sim.core.declare import parameter
from sim.region.geography import integration

WRITES = ("counties.minutes", "counties.minutes_effective", "counties.minutes_goods", "counties.border_minutes",
          "counties.access", "counties.outside_access", "counties.market_link", "counties.network_coverage",
          "account.gateway_capacity")
CAPACITY_YEAR = 2019  # the year for which the capacity of the gateways is declared


@dataclass(frozen=True)
class Parameters:
    outside_market_weight: float = parameter(3.0, unit="population of Hainan", bounds=(1, 8), source="assumed",
                                             confidence="low", says="market outside, seen from a gateway (Wout)")
    gateway_wait_air: float = parameter(90.0, unit="minutes", bounds=(45, 150), source="assumed", confidence="low",
                                        says="wait and boarding at an airport (wait)")
    gateway_wait_port: float = parameter(120.0, unit="minutes", bounds=(60, 240), source="assumed", confidence="low",
                                         says="wait at Yangpu port (wait); the strait's wait is lever `strait`")
    outside_minutes: float = parameter(240.0, unit="minutes", bounds=(120, 480), source="assumed", confidence="low",
                                       says="from a gateway to the places where migrants live outside")
    access_decay: float = parameter(0.03, unit="1/minute", bounds=(0.01, 0.06), source="as spillovers (ph)",
                                    confidence="low", says="decay of market access with travel time")
    network_speed_urban: float = parameter(0.10, unit="1/year", bounds=(0.05, 0.2), source="assumed", confidence="low",
                                           says="part of the missing urban coverage closed a year (an); rural: lever")
    network_ceiling: float = parameter(1.0, unit="share", bounds=(0.9, 1.0), source="definition", confidence="high",
                                       says="coverage at which nothing is missing (NWmax)")
    network_rural_gap: float = parameter(3.0, unit="ratio", bounds=(1.5, 6), source="assumed", confidence="low",
                                         says="households without network, rural against urban, in the 2020 census")
    network_first_gap: float = parameter(0.85, unit="share", bounds=(0.6, 0.95), source="guard", confidence="low",
                                         says="largest missing coverage in the base year")
    gateway_capacity_2019: float = parameter(
        120.0, unit="million visits a year", bounds=(100, 150), confidence="low",
        source="design of Meilan, Phoenix and the strait ports, some 97 million passengers a year (recalled), against "
               "some 65 million carried for 97 million visits in 2024; .85 of it usable over the seasons, assumed",
        says="visits the airports, ports and ferries can carry once what was begun by 2019 is in service (GW)")


# ---- formulas -------------------------------------------------------------------------------------------------


@either
def effective_time(minutes, border, integration):
    """tau' = tau + b (1 - iota) between different counties (I2)."""
    return minutes + border * (1.0 - integration)


@kernel
def gateway_time(to_gateways, waits, used):
    """tau_gw = min over the gateways in use of tau + wait (I5); to_gateways [gateway, county]."""
    shortest = np.full(to_gateways.shape[1], np.inf)
    for g in range(used.size):
        if used[g]:
            for c in range(shortest.size):
                shortest[c] = min(shortest[c], to_gateways[g, c] + waits[g])
    return shortest


def market_access(population, minutes, decay):
    """The part of ACC inside the island: sum pop e^(-ph tau) (I3)."""
    return np.einsum("cd,d->c", np.exp(-decay * minutes), population)


def outside_market(minutes, weight, strait_minutes, strait_weight, decay):
    """The part of ACC outside, in populations of Hainan: Wout e^(-ph tau_gw) + Wlz e^(-ph tau_strait) (I3, I5)."""
    return weight * np.exp(-decay * minutes) + strait_weight * np.exp(-decay * strait_minutes)


def network_renewed(coverage, ceiling, speed):
    """NW' = NW + an (NWmax - NW) (I4); [county, zone]."""
    return coverage + np.asarray(speed) * (ceiling - coverage)


@either
def market_link(inside, outside, linked):
    """What closer links with the mainland add to market access: (inside + outside linked) / (inside + outside).

    `inside` and `outside` are the two parts of market access (I3); `linked` multiplies Wout. At linked = 1 it is 1.
    """
    return (inside + outside * linked) / (inside + outside)


def network_carried_back(covered, urban_share, rural_gap, speed, years, largest_gap):
    """Coverage by zone some years before a census that tells households covered, not their zone; [county, zone].

    The missing part is `rural_gap` times as large in the rural zone, and was closed at the speeds of I4 since.
    """
    missing = 1.0 - covered
    urban = missing / (urban_share + rural_gap * (1.0 - urban_share))
    gap = np.stack([urban, rural_gap * urban], axis=-1) / (1.0 - np.asarray(speed)) ** years
    return 1.0 - np.minimum(gap, largest_gap)


@kernel
def _add_borders(minutes, border, rings, shares, pairs, partners, effective, border_minutes):
    """Times with borders, and what borders add to the ways to the other counties, on the mean."""
    integrated = integration(rings, shares)
    for c in range(minutes.shape[0]):
        added = 0.0
        for d in range(minutes.shape[1]):
            effective[c, d] = minutes[c, d]
            if c != d:
                effective[c, d] = effective_time(minutes[c, d], border, integrated[c, d])
            if pairs[c, d]:
                added += effective[c, d] - minutes[c, d]
        border_minutes[c] = added / partners[c]


@kernel
def _compare_access(active, inside, outside, people, linked, unit, first_outside, access, link, outside_access):
    """Access against the province's mean of the base year, with the links of the year; the market outside against
    each county's own."""
    for c in range(access.size):
        access[c], link[c], outside_access[c] = 0.0, 1.0, 1.0
        if active[c]:
            beyond = outside[c] * people
            access[c] = (inside[c] + beyond * linked) / unit
            if inside[c] + beyond > 0.0:
                link[c] = market_link(inside[c], beyond, linked)
            outside_access[c] = outside[c] / first_outside[c]


# ---- verbs ----------------------------------------------------------------------------------------------------


def settle(model) -> None:
    """Times, access and networks of the base year, and what later years compare with."""
    p, base, counties = model.parameters, model.base, model.counties
    people, outside = _connect(model)
    reach = market_access(people, counties.minutes[:, : model.n], p.access_decay) + outside * people.sum()
    base.access_unit = (reach * people).sum() / people.sum()
    base.outside_market = outside
    _measure_access(model, people, outside)
    urban = counties.population_zone[:, 0] / np.maximum(counties.population_zone.sum(axis=1), 1)
    counties.network_coverage[:] = network_carried_back(
        base.network_covered, urban, p.network_rural_gap, (p.network_speed_urban, model.now.rural_net),
        base.network_census - base.year, p.network_first_gap)
    base.network_coverage = counties.network_coverage.copy()
    model.account.gateway_capacity[...] = p.gateway_capacity_2019


def open_links(model) -> None:
    """Roads and railways in service, borders and gateways set travel times and access; networks reach villages."""
    p, now, counties, account = model.parameters, model.now, model.counties, model.account
    people, outside = _connect(model)
    _measure_access(model, people, outside)
    counties.network_coverage[:] = network_renewed(counties.network_coverage, p.network_ceiling,
                                                   (p.network_speed_urban, now.rural_net))
    if model.year > CAPACITY_YEAR:
        account.gateway_capacity *= 1.0 + now.gateway


def _connect(model):
    """Times between counties, to the outside for persons and goods; residents and the market outside each county."""
    p, now, counties, base = model.parameters, model.now, model.counties, model.base
    minutes, gates = base.travel(model.year, now.five_net)
    border = float(model.account.border_time)
    # Levers that integrate pairs of counties, in the order of their groups in `base.rings`.
    shares = np.array([now.circle_N, now.circle_S, now.circle_E, now.circle_W, now.coast_belt, now.one_island])
    over, by_air, by_port = (base.gateways[kind] for kind in ("strait", "air", "port"))
    # Yangpu has its own administration until the merger: its port lies behind a border (9.1)
    waits = np.where(over, now.strait, np.where(by_air, p.gateway_wait_air,
                                                p.gateway_wait_port + border * (1.0 - now.merge_yangpu)))
    persons, goods, strait, any_way = (gateway_time(gates, waits, way)
                                       for way in (~by_port, ~by_air, over, over | by_air | by_port))
    counties.minutes[:, :-1] = minutes
    _add_borders(minutes, border, base.rings, shares, base.pairs, base.partners, counties.minutes_effective,
                 counties.border_minutes)
    counties.minutes[:, -1] = counties.minutes_effective[:, -1] = persons + p.outside_minutes
    counties.minutes_goods[:] = goods + p.outside_minutes
    people = np.where(model.active, counties.population, 0).astype(float)
    outside = outside_market(any_way, p.outside_market_weight, strait, now.leizhou * p.outside_market_weight,
                             p.access_decay)
    return people, outside


def _measure_access(model, people, outside) -> None:
    """Market access against the province's mean of the base year; the market outside against each county's own.

    Links with the mainland multiply the market outside (2.1); what they add to access goes to prices and sales.
    """
    p, counties, base, active = model.parameters, model.counties, model.base, model.active
    linked = model.now.national_link
    inside = market_access(people, counties.minutes[:, : model.n], p.access_decay)
    _compare_access(active, inside, outside, people.sum(), linked, base.access_unit, base.outside_market,
                    counties.access, counties.market_link, counties.outside_access)
