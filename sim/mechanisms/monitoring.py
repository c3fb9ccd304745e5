"""Monitoring: evaluate the year's indicators, publish warnings, and respond to red lights (9.2).

The lights are the indicators of results, evaluated on the arrays of the year. With `feedback`, the share of people
living under a red light for income or services raises next year's equalisation pool and the tilt of the land quota.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.core.arrays import Floats
from sim.core.bind import Out
from sim.core.cache import kernel
from sim.core.declare import column, parameter
from sim.core.table import Constants
from sim.indicators import lights, registry
from sim.indicators.monitored import LIGHT_NAMES, WINDOW

GAP_NAMES = tuple(f"light_{name}" for name in lights.GAPS)
DUE_STAGE = 2  # sections of the pilot, of rivers with basins of 500 km2 and more, and of drinking-water sources
PUBLISHED_FROM = 0.5  # monitoring is on or off: a lever counts as on from one half


@dataclass(frozen=True)
class Parameters:
    feedback_bound: float = parameter(
        0.2, unit="share", bounds=(0.05, 0.5), source="scenario", confidence="low",
        says="maximum change of the equalisation pool and the quota tilt due to warnings, up or down")


class Settled(Constants):
    due_sections = column("reach", unit="0 or 1", dtype="bool", says="Sections due for compensation by 2020")


# ---- formulas -------------------------------------------------------------------------------------------------


def people_under_red(levels: list[Floats], people: NDArray[np.int64]) -> float:
    """Population share of counties with a red light of any kind; levels [kind, county]."""
    red = (np.asarray(levels) == lights.RED).any(axis=0)
    return float((people * red).sum() / people.sum())


def answer(red: float, gain: float, bound: float) -> float:
    """Next year's increase: gain times the share of people under a red light, within the bound."""
    return min(max(gain * red, -bound), bound)


def colours(names: tuple[str, ...], arrays: Mapping[str, NDArray], members: NDArray[np.bool_]) -> dict[str, NDArray]:
    """The lights that can be computed from the arrays of a year, by name [county]; `members` are the counties compared.
    """
    made = registry.compute(arrays, members=members, names=names)
    return {name: made[name] for name in names if name in made}


# ---- rules ----------------------------------------------------------------------------------------------------


def settle(reach_stage, due_sections: Out) -> None:
    """The sections at which compensation is measured."""
    due_sections[:] = (reach_stage > 0) & (reach_stage <= DUE_STAGE)


@kernel
def measure_journeys(active, minutes, longest_journey: Out) -> None:
    """The longest travel time between two counties with residents."""
    found = 0.0
    for c in range(active.size):
        for d in range(active.size):
            if active[c] and active[d]:
                found = max(found, minutes[c, d])
    longest_journey[()] = found


def measure_coverage(reach_covered, due_sections, compensation_covered: Out) -> None:
    """The lowest coverage among the sections due for compensation by 2020."""
    compensation_covered[...] = reach_covered[due_sections].min(initial=1.0)


def light(active, monitor, population, population_at_start, population_zone, population_zone_at_start,
          population_lagged, budget_resources, debt, disposable_income, entitlement, fund_resources, house_rent,
          redline_ratio, service_index, water_worst, warnings: Out, red_gaps: Out) -> dict[str, NDArray]:
    """The lights of the year, by name; publish orange and red ones, and count people under red lights for gaps.

    The columns read are the inputs of the lights.
    """
    published = monitor > PUBLISHED_FROM
    arrays = {
        "population": population, "population_mid": 0.5 * (population_at_start + population),
        "persons_zone": 0.5 * (population_zone_at_start + population_zone), "budget_resources": budget_resources,
        "debt": debt, "disposable_income": disposable_income, "entitlement": entitlement,
        "fund_resources": fund_resources, "house_rent": house_rent, "redline_ratio": redline_ratio,
        "service_index": service_index, "water_worst": water_worst}
    if population_lagged is not None:
        arrays[f"population@-{WINDOW}"] = population_lagged
    found = colours(LIGHT_NAMES if published else GAP_NAMES, arrays, active)
    warnings[:] = (np.array([*found.values()]) >= lights.ORANGE).sum(axis=0) if published else 0
    red_gaps[...] = people_under_red([found[name] for name in GAP_NAMES], np.where(active, population, 0))
    return found


def answer_red(red_gaps, feedback, feedback_bound, warning_answer: Out) -> None:
    """Red lights for income and services raise next year's pool and tilt."""
    warning_answer[...] = answer(float(red_gaps), feedback, feedback_bound)
