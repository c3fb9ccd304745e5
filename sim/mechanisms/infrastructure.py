"""Infrastructure: travel times from dated links, administrative borders, access (B.9 I1-I3, I5).

Sections 2.1, 4.1, 4.3.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.core.declare import parameter

WRITES = ("counties.minutes", "counties.minutes_effective", "counties.access", "counties.hukou_openness",
          "counties.business_env")


@dataclass(frozen=True)
class Parameters:
    administrative_border_time: float = parameter(20.0, unit="minutes", bounds=(0, 45), source="assumed",
                                                  confidence="low", says="what a county border costs a mover (b0)")
    outside_market_weight: float = parameter(3.0, unit="population of Hainan", bounds=(1, 8), source="assumed",
                                             confidence="low", says="market outside, seen from a gateway (Wout)")
    gateway_wait: tuple = parameter((150.0, 90.0, 90.0, 120.0), unit="minutes", bounds=(20, 240), source="assumed",
                                    confidence="low",
                                    says="wait and crossing by gateway: strait, Meilan, Phoenix, Yangpu (wait)")
    outside_minutes: float = parameter(240.0, unit="minutes", bounds=(120, 480), source="assumed", confidence="low",
                                       says="from a gateway to the places where migrants live outside")
    access_decay: float = parameter(0.03, unit="1/minute", bounds=(0.01, 0.06), source="as spillovers (ph)",
                                    confidence="low", says="decay of market access with travel time")
    hukou_openness_2018: tuple = parameter(
        (0.3, 0.6), unit="share", bounds=(0.1, 0.8), source="assumed", confidence="low",
        says="openness of registration before the lever: Haikou and Sanya, the others (open0)")
    business_env_2018: tuple = parameter(
        (0.65, 0.55, 0.45), unit="share", bounds=(0.35, 0.75), source="assumed", confidence="low",
        says="business environment before the lever: Haikou, the coast, the landlocked (BE_2018)")


# ---- formulas -------------------------------------------------------------------------------------------------


def effective_time(minutes, border, integration):
    """tau' = tau + b (1 - iota) between different counties (I2)."""
    different = 1.0 - np.eye(minutes.shape[-1])
    return minutes + border * (1.0 - integration) * different


def gateway_time(to_gateways, wait):
    """tau_gw = min over gateways of tau + wait (I5); to_gateways [gateway, county]."""
    return (to_gateways + np.asarray(wait)[:, None]).min(axis=0)


def market_access(population, minutes, gateway, decay, outside):
    """ACC = sum pop e^(-ph tau) + Wout e^(-ph tau_gw) (I3); outside in persons."""
    return np.einsum("cd,d->c", np.exp(-decay * minutes), population) + outside * np.exp(-decay * gateway)


def openness(before, opened):
    """open = open0 + (1 - open0) hk (B.10)."""
    return before + (1.0 - before) * opened


# ---- verbs ----------------------------------------------------------------------------------------------------


def open_links(model) -> None:
    """Roads and railways in service this year set travel times; registration is as open as the rules make it."""
    p, counties, base, _n = model.parameters, model.counties, model.base, model.n
    minutes, gates = base.travel(model.year)
    out = gateway_time(gates, p.gateway_wait) + p.outside_minutes
    counties.minutes[:] = np.concatenate([minutes, out[:, None]], axis=1)
    counties.minutes_effective[:] = np.concatenate(
        [effective_time(minutes, p.administrative_border_time, 0.0), out[:, None]], axis=1)
    people = np.where(model.active, counties.population, 0).astype(float)
    reach = market_access(people, minutes, gateway_time(gates, p.gateway_wait), p.access_decay,
                          p.outside_market_weight * people.sum())
    if model.year == base.year:
        base.access_unit = (reach * people).sum() / people.sum()
    counties.access[:] = np.where(model.active, reach / base.access_unit, 0.0)
    closed = np.where(base.big_cities, p.hukou_openness_2018[0], p.hukou_openness_2018[1])
    counties.hukou_openness[:] = openness(closed, model.lever("hukou_open"))


def settle(model) -> None:
    """Business environment of the base year."""
    p, base = model.parameters, model.base
    model.counties.business_env[:] = np.where(
        base.tax_units[0], p.business_env_2018[0], np.where(base.coast, p.business_env_2018[1], p.business_env_2018[2]))
