"""Business environment and factor mobility: what administrations make of the same market (B.10).

A better environment acts in exactly three places: user cost of capital (P11), catching up (P15), and the time an
administrative border costs (I2). Beside it stand what a county gains from others' technology (cooperation, P15) and how
open registration is. Sections 2.1, 3.1, 3.2, 4.2, 5.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.agents.province import poorest_third
from sim.core.cache import either, kernel
from sim.core.declare import parameter

WRITES = ("counties.business_env", "counties.helped", "counties.cooperation", "counties.hukou_openness",
          "account.border_time")


@dataclass(frozen=True)
class Parameters:
    business_env_2018: tuple = parameter(
        (0.65, 0.55, 0.45), unit="share", bounds=(0.35, 0.75), source="assumed", confidence="low",
        says="business environment before the lever: Haikou, the coast, the landlocked (BE_2018)")
    business_env_target_before: float = parameter(
        0.55, unit="share", bounds=(0.55, 0.55), source="the target without policy: from it a target is counted",
        confidence="high", says="provincial target that asks nothing of the counties")
    business_env_speed: float = parameter(0.15, unit="1/year", bounds=(0.05, 0.3), source="assumed", confidence="low",
                                          says="speed at which the environment moves to its target (vb)")
    administrative_border_time: float = parameter(20.0, unit="minutes", bounds=(0, 45), source="assumed",
                                                  confidence="low", says="what a county border costs (b0)")
    border_be_response: float = parameter(
        1.0, unit="share per business environment", bounds=(0, 2), source="assumed", confidence="low",
        says="border time saved per rise of the mean business environment (mB)")
    hukou_openness_2018: tuple = parameter(
        (0.3, 0.6), unit="share", bounds=(0.1, 0.8), source="assumed", confidence="low",
        says="openness of registration before the lever: Haikou and Sanya, the others (open0)")


# ---- formulas -------------------------------------------------------------------------------------------------


@either
def county_target(start, target, before):
    """What the provincial target asks of a county that started elsewhere: the same part of its distance to 1.

    BEt_c = BE_2018 + (1 - BE_2018) max(0, BEt - before) / (1 - before), BEt at most 1 (B.10).
    """
    return start + (1.0 - start) * np.maximum(0.0, np.minimum(target, 1.0) - before) / (1.0 - before)


@either
def improved(environment, target, speed, exchange, mean):
    """BE' = BE + vb (BEt - BE) + cadres max(0, mean - BE): exchanged cadres bring what the mean county does (B.10)."""
    return environment + speed * (target - environment) + exchange * np.maximum(0.0, mean - environment)


def border_time(before, response, gain):
    """b = b0 max(0, 1 - mB (mean BE - mean BE_2018)) (B.10)."""
    return before * max(0.0, 1.0 - response * gain)


def cooperation_factor(technology, bay_area, help_factor, helped):
    """coop = technology x Bay Area x (help where a county is helped) (P15)."""
    return technology * bay_area * (1.0 + (help_factor - 1.0) * helped)


def openness(before, opened):
    """open = open0 + (1 - open0) hk (B.10)."""
    return before + (1.0 - before) * opened


@kernel
def _improve(start, target, before, speed, exchange, mean, environment):
    """The environment of every county moves towards what the province asks of it."""
    for c in range(start.size):
        asked = county_target(start[c], target, before)
        environment[c] = improved(environment[c], asked, speed, exchange, mean)


# ---- verbs ----------------------------------------------------------------------------------------------------


def settle(model) -> None:
    """Business environment of the base year, by kind of county; borders cost their full time."""
    p, base, counties = model.parameters, model.base, model.counties
    base.business_env = np.where(base.tax_units[0], p.business_env_2018[0],
                                 np.where(base.coast, p.business_env_2018[1], p.business_env_2018[2]))
    base.mean_business_env = base.business_env[model.active].mean()
    base.hukou_openness = np.where(base.big_cities, p.hukou_openness_2018[0], p.hukou_openness_2018[1])
    counties.business_env[:] = base.business_env
    model.account.border_time[...] = p.administrative_border_time
    counties.cooperation[:] = 1.0
    _open_registration(model)


def update(model) -> None:
    """Administrations improve, borders cost less, help and technology are assigned, registration opens."""
    p, now, counties, base, active = model.parameters, model.now, model.counties, model.base, model.active
    _improve(base.business_env, now.be_target + now.copy_ftz, p.business_env_target_before, p.business_env_speed,
             now.cadres, counties.business_env[active].mean(), counties.business_env)
    gain = counties.business_env[active].mean() - base.mean_business_env
    model.account.border_time[...] = border_time(p.administrative_border_time, p.border_be_response, gain)
    income = counties.last_disposable_income / np.maximum(counties.population, 1)
    counties.helped[active] = poorest_third(income[active])
    counties.cooperation[:] = cooperation_factor(now.tech_allocation, now.bay_area, now.paired_help_cooperation,
                                                 counties.helped)
    _open_registration(model)


def _open_registration(model) -> None:
    model.counties.hukou_openness[:] = openness(model.base.hukou_openness, model.lever("hukou_open"))
