"""Infrastructure: travel times, administrative borders, market access, rural networks, gateways (B.9).

Sections 2.1, 3.2, 4.1, 4.2, 4.3, 9.1.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from sim.core.arrays import Flags, Floats, Number
from sim.core.bind import InOut, Out
from sim.core.cache import either, kernel
from sim.core.declare import column, parameter
from sim.core.table import Constants
from sim.region.base_year import Travel
from sim.region.geography import integration
from sim.words import BASE_YEAR, URBAN

CAPACITY_YEAR = 2019  # year for which gateway capacity is declared


@dataclass(frozen=True)
class Parameters:
    outside_market_weight: float = parameter(3.0, unit="population of Hainan", bounds=(1, 8), source="assumed",
                                             confidence="low", says="market outside, seen from a gateway (Wout)")
    gateway_wait_air: float = parameter(90.0, unit="minutes", bounds=(45, 150), source="assumed", confidence="low",
                                        says="wait and boarding at an airport (wait)")
    gateway_wait_port: float = parameter(120.0, unit="minutes", bounds=(60, 240), source="assumed", confidence="low",
                                         says="wait at Yangpu port (wait); the strait's wait is lever `strait`")
    outside_minutes: float = parameter(240.0, unit="minutes", bounds=(120, 480), source="assumed", confidence="low",
                                       says="travel time from a gateway to the places where migrants live outside")
    access_decay: float = parameter(0.03, unit="1/minute", bounds=(0.01, 0.06), source="as spillovers (ph)",
                                    confidence="low", says="decay of market access with travel time")
    network_speed_urban: float = parameter(0.10, unit="1/year", bounds=(0.05, 0.2), source="assumed", confidence="low",
                                           says="share of missing urban coverage closed per year (an); rural: lever")
    network_ceiling: float = parameter(1.0, unit="share", bounds=(0.9, 1.0), source="definition", confidence="high",
                                       says="full coverage (NWmax)")
    network_rural_gap: float = parameter(3.0, unit="ratio", bounds=(1.5, 6), source="assumed", confidence="low",
                                         says="households without networks, rural over urban, in the 2020 census")
    network_first_gap: float = parameter(0.85, unit="share", bounds=(0.6, 0.95), source="guard", confidence="low",
                                         says="largest missing coverage in the base year")
    gateway_capacity_2019: float = parameter(
        120.0, unit="million visits a year", bounds=(100, 150), confidence="low",
        source="design of Meilan, Phoenix and the strait ports, some 97 million passengers a year (recalled), against "
               "some 65 million carried for 97 million visits in 2024; .85 of it usable over the seasons, assumed",
        says="visits that airports, ports and ferries can carry once projects begun by 2019 are in service (GW)")


class Settled(Constants):
    access_unit = column(unit="persons", says="Market access of the base year, resident mean")
    market_outside_base = column("county", unit="population of Hainan",
                                 says="Market outside Hainan discounted by travel time, in the base year")
    network_coverage_base = column("county", "zone", unit="share",
                                   says="Share of households with the five networks in the base year")


# ---- formulas -------------------------------------------------------------------------------------------------


@either
def effective_time(minutes: Number, border: Number, integration: Number) -> Number:
    """tau' = tau + b (1 - iota) between different counties (I2)."""
    return minutes + border * (1.0 - integration)


@kernel
def gateway_time(to_gateways: Floats, waits: Floats, used: Flags) -> Floats:
    """tau_gw = min over the gateways in use of tau + wait (I5); to_gateways [gateway, county]."""
    shortest = np.full(to_gateways.shape[1], np.inf)
    for g in range(used.size):
        if used[g]:
            for c in range(shortest.size):
                shortest[c] = min(shortest[c], to_gateways[g, c] + waits[g])
    return shortest


def market_access(population: Floats, minutes: Floats, decay: float) -> Floats:
    """Component of ACC inside the island: sum pop e^(-ph tau) (I3)."""
    return np.einsum("cd,d->c", np.exp(-decay * minutes), population)


def outside_market(minutes: Number, weight: Number, strait_minutes: Number, strait_weight: Number,
                   decay: Number) -> Number:
    """Component of ACC outside, in populations of Hainan: Wout e^(-ph tau_gw) + Wlz e^(-ph tau_strait) (I3, I5)."""
    return weight * np.exp(-decay * minutes) + strait_weight * np.exp(-decay * strait_minutes)


def network_renewed(coverage: Floats, ceiling: float, speed: tuple[float, float]) -> Floats:
    """NW' = NW + an (NWmax - NW) (I4); [county, zone]."""
    return coverage + np.asarray(speed) * (ceiling - coverage)


@either
def linked_market(inside: Number, outside: Number, linked: Number) -> Number:
    """Effect of closer links with the mainland on market access: (inside + outside linked) / (inside + outside).

    `inside` and `outside` are the two parts of market access (I3); `linked` multiplies Wout. At linked = 1 it is 1.
    """
    return (inside + outside * linked) / (inside + outside)


def network_carried_back(covered: Floats, urban_share: Floats, rural_gap: float, speed: tuple[float, float],
                         years: int, largest_gap: float) -> Floats:
    """Coverage by zone some years before a census that reports covered households without their zone; [county, zone].

    Missing coverage is `rural_gap` times as large in the rural zone, and was reduced at the speeds of I4 since then.
    """
    missing = 1.0 - covered
    urban = missing / (urban_share + rural_gap * (1.0 - urban_share))
    gap = np.stack([urban, rural_gap * urban], axis=-1) / (1.0 - np.asarray(speed)) ** years
    return 1.0 - np.minimum(gap, largest_gap)


# ---- rules: times, borders and markets ------------------------------------------------------------------------


def connect(year, travel: Travel, gateways: Mapping[str, Flags], five_net, border_time, merge_yangpu, strait, leizhou,
            gateway_wait_air, gateway_wait_port, outside_minutes, outside_market_weight, access_decay, minutes: Out,
            minutes_goods: Out, market_outside: Out) -> None:
    """Travel times between counties and to the outside, for persons and goods; market outside by county."""
    between, gates = travel(year, five_net)
    over, by_air, by_port = (gateways[kind] for kind in ("strait", "air", "port"))
    # Yangpu has its own administration until the merger, so its port lies behind a border (9.1)
    waits = np.where(over, strait, np.where(by_air, gateway_wait_air,
                                            gateway_wait_port + border_time * (1.0 - merge_yangpu)))
    persons, goods, ferry, any_way = (gateway_time(gates, waits, way)
                                      for way in (~by_port, ~by_air, over, over | by_air | by_port))
    minutes[:, :-1] = between
    minutes[:, -1] = persons + outside_minutes
    minutes_goods[:] = goods + outside_minutes
    market_outside[:] = outside_market(any_way, outside_market_weight, ferry, leizhou * outside_market_weight,
                                       access_decay)


@kernel
def cross_borders(minutes, border_time, circle_N, circle_S, circle_E, circle_W, coast_belt, one_island, rings, pairs,
                  partners, minutes_effective: Out, border_minutes: Out) -> None:
    """Travel times including borders, and the mean border time to other counties (I2).

    The levers are in the order of the groups of counties in `rings`.
    """
    integrated = integration(rings, np.array([circle_N, circle_S, circle_E, circle_W, coast_belt, one_island]))
    n = border_minutes.size
    for c in range(n):
        added = 0.0
        for d in range(n):
            minutes_effective[c, d] = minutes[c, d]
            if c != d:
                minutes_effective[c, d] = effective_time(minutes[c, d], border_time, integrated[c, d])
            if pairs[c, d]:
                added += minutes_effective[c, d] - minutes[c, d]
        minutes_effective[c, n] = minutes[c, n]
        border_minutes[c] = added / partners[c]


def count_market(n, active, population, minutes, access_decay, market_inside: Out) -> None:
    """Residents of the island discounted by travel time (I3)."""
    people = np.where(active, population, 0).astype(float)
    market_inside[:] = market_access(people, minutes[:, :n], access_decay)


@kernel
def measure_access(active, population, market_inside, market_outside, national_link, access_unit, market_outside_base,
                   access: Out, market_link: Out, outside_access: Out) -> None:
    """Market access relative to the provincial base-year mean; outside market relative to each county's base year.

    Links with the mainland multiply the outside market (2.1); their effect on access enters prices and sales.
    """
    people = 0.0
    for c in range(access.size):
        people += population[c] if active[c] else 0
    for c in range(access.size):
        access[c], market_link[c], outside_access[c] = 0.0, 1.0, 1.0
        if active[c]:
            beyond = market_outside[c] * people
            access[c] = (market_inside[c] + beyond * national_link) / access_unit
            if market_inside[c] + beyond > 0.0:
                market_link[c] = linked_market(market_inside[c], beyond, national_link)
            outside_access[c] = market_outside[c] / market_outside_base[c]


def settle_access(active, population, market_inside, market_outside, access_unit: Out,
                  market_outside_base: Out) -> None:
    """Market access of the base year, the reference of later years."""
    people = np.where(active, population, 0).astype(float)
    reach = market_inside + market_outside * people.sum()
    access_unit[...] = (reach * people).sum() / people.sum()
    market_outside_base[:] = market_outside


# ---- rules: networks and gateways -----------------------------------------------------------------------------


def settle_networks(population_zone, network_covered, network_census, network_rural_gap, network_speed_urban, rural_net,
                    network_first_gap, gateway_capacity_2019, network_coverage: Out, network_coverage_base: Out,
                    gateway_capacity: Out) -> None:
    """Networks and gateways of the base year."""
    urban = population_zone[:, URBAN] / np.maximum(population_zone.sum(axis=1), 1)
    network_coverage[:] = network_carried_back(
        network_covered, urban, network_rural_gap, (network_speed_urban, rural_net), network_census - BASE_YEAR,
        network_first_gap)
    network_coverage_base[:] = network_coverage
    gateway_capacity[...] = gateway_capacity_2019


def extend_networks(network_ceiling, network_speed_urban, rural_net, network_coverage: InOut) -> None:
    """Extension of networks, at a fixed speed in urban zones and at the lever's speed in rural zones (I4)."""
    network_coverage[:] = network_renewed(network_coverage, network_ceiling, (network_speed_urban, rural_net))


def enlarge_gateways(year, gateway, gateway_capacity: InOut) -> None:
    """Capacity of airports, ports and ferries, growing once projects under way are in service (4.3)."""
    if year > CAPACITY_YEAR:
        gateway_capacity *= 1.0 + gateway
