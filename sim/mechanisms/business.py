"""Business environment and cooperation between counties (B.10).

A better environment acts in exactly three places: the user cost of capital (P11), catch-up (P15), and the time cost of
administrative borders (I2). Cooperation determines a county's gains from others' technology (P15). Sections 2.1, 3.1,
4.2, 5.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.agents.province import poorest_third
from sim.core.arrays import Floats, Number
from sim.core.bind import InOut, Out
from sim.core.cache import either
from sim.core.declare import column, parameter
from sim.core.table import Constants


@dataclass(frozen=True)
class Parameters:
    business_env_2018: tuple = parameter(
        (0.65, 0.55, 0.45), unit="share", bounds=(0.35, 0.75), source="assumed", confidence="low",
        says="business environment before the lever: Haikou, the coast, the landlocked (BE_2018)")
    business_env_target_before: float = parameter(
        0.55, unit="share", bounds=(0.55, 0.55), source="the target without policy, from which targets are measured",
        confidence="high", says="provincial target that requires no improvement of counties")
    business_env_speed: float = parameter(0.15, unit="1/year", bounds=(0.05, 0.3), source="assumed", confidence="low",
                                          says="speed of adjustment of the environment to its target (vb)")
    administrative_border_time: float = parameter(20.0, unit="minutes", bounds=(0, 45), source="assumed",
                                                  confidence="low", says="time cost of a county border (b0)")
    border_be_response: float = parameter(
        1.0, unit="share per business environment", bounds=(0, 2), source="assumed", confidence="low",
        says="border time saved per increase of the mean business environment (mB)")


class Settled(Constants):
    business_env_base = column("county", unit="share", says="Business environment in the base year (BE_2018)")


# ---- formulas -------------------------------------------------------------------------------------------------


@either
def county_target(start: Number, target: Number, before: Number) -> Number:
    """The provincial target for a county with another starting point: the same share of its distance to 1.

    BEt_c = BE_2018 + (1 - BE_2018) max(0, BEt - before) / (1 - before), BEt at most 1 (B.10).
    """
    return start + (1.0 - start) * np.maximum(0.0, np.minimum(target, 1.0) - before) / (1.0 - before)


@either
def improved(environment: Number, target: Number, speed: Number, exchange: Number, mean: Number) -> Number:
    """BE' = BE + vb (BEt - BE) + cadres max(0, mean - BE): exchanged cadres bring the practice of the mean county
    (B.10).
    """
    return environment + speed * (target - environment) + exchange * np.maximum(0.0, mean - environment)


def time_at_border(before: float, response: float, gain: float) -> float:
    """b = b0 max(0, 1 - mB (mean BE - mean BE_2018)) (B.10)."""
    return before * max(0.0, 1.0 - response * gain)


def cooperation_factor(technology: float, bay_area: float, help_factor: float, helped: NDArray[np.int64]) -> Floats:
    """coop = technology x Bay Area x (help where a county is helped) (P15)."""
    return technology * bay_area * (1.0 + (help_factor - 1.0) * helped)


# ---- rules ----------------------------------------------------------------------------------------------------


def settle(haikou, coast, business_env_2018, administrative_border_time, business_env_base: Out, business_env: Out,
           border_time: Out, cooperation: Out) -> None:
    """Business environment of the base year, by kind of county; borders cost their full time."""
    capital, seaside, inland = business_env_2018
    business_env_base[:] = np.where(haikou, capital, np.where(coast, seaside, inland))
    business_env[:] = business_env_base
    border_time[...] = administrative_border_time
    cooperation[:] = 1.0


def improve(active, business_env_base, be_target, copy_ftz, business_env_target_before, business_env_speed, cadres,
            administrative_border_time, border_be_response, business_env: InOut, border_time: Out) -> None:
    """The environment of each county adjusts to its provincial target; as it improves, borders cost less time."""
    asked = county_target(business_env_base, be_target + copy_ftz, business_env_target_before)
    business_env[:] = improved(business_env, asked, business_env_speed, cadres, business_env[active].mean())
    gain = business_env[active].mean() - business_env_base[active].mean()
    border_time[...] = time_at_border(administrative_border_time, border_be_response, gain)


def help_poorest(active, last_disposable_income, population, helped: InOut) -> None:
    """Select the third of counties with the lowest income per head for help (5)."""
    income = last_disposable_income / np.maximum(population, 1)
    helped[active] = poorest_third(income[active])


def cooperate(tech_allocation, bay_area, paired_help_cooperation, helped, cooperation: Out) -> None:
    """Gains of counties from the technology of others (P15)."""
    cooperation[:] = cooperation_factor(tech_allocation, bay_area, paired_help_cooperation, helped)
