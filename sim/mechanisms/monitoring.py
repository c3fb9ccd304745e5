"""Monitoring: the year is looked at as a reader would, warnings are published, and red lights are answered (9.2).

The lights are the indicators of results, called on the arrays of the year. When they are answered (`feedback`), the
people who live under a red light of income or services raise the equalisation pool and the tilt of the land quota of
next year.
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
DUE_STAGE = 2  # sections of the pilot, of rivers of 500 km2 and more, and of sources of drinking water
PUBLISHED_FROM = 0.5  # monitoring is in place or not: a lever on its way counts from half on


@dataclass(frozen=True)
class Parameters:
    feedback_bound: float = parameter(
        0.2, unit="share", bounds=(0.05, 0.5), source="scenario", confidence="low",
        says="most that warnings change the equalisation pool and the quota tilt, up or down")


class Settled(Constants):
    due_sections = column("reach", unit="0 or 1", dtype="bool", says="Sections that compensation was to reach by 2020")


# ---- formulas -------------------------------------------------------------------------------------------------


def people_under_red(levels: list[Floats], people: NDArray[np.int64]) -> float:
    """Share of people in counties with a red light of any of the kinds; levels [kind, county]."""
    red = (np.asarray(levels) == lights.RED).any(axis=0)
    return float((people * red).sum() / people.sum())


def answer(red: float, gain: float, bound: float) -> float:
    """What is added next year: gain times the share of people under a red light, within the bound."""
    return min(max(gain * red, -bound), bound)


def colours(names: tuple[str, ...], arrays: Mapping[str, NDArray], members: NDArray[np.bool_]) -> dict[str, NDArray]:
    """The lights that the arrays of a year allow, by name [county]; `members` are the counties that are compared."""
    made = registry.compute(arrays, members=members, names=names)
    return {name: made[name] for name in names if name in made}


# ---- rules ----------------------------------------------------------------------------------------------------


def settle(reach_stage, due_sections: Out) -> None:
    """The sections that compensation is measured at."""
    due_sections[:] = (reach_stage > 0) & (reach_stage <= DUE_STAGE)


@kernel
def measure_journeys(active, minutes, longest_journey: Out) -> None:
    """The longest way between two counties with residents."""
    found = 0.0
    for c in range(active.size):
        for d in range(active.size):
            if active[c] and active[d]:
                found = max(found, minutes[c, d])
    longest_journey[()] = found


def measure_coverage(reach_covered, due_sections, compensation_covered: Out) -> None:
    """The least covered section that compensation was to reach by 2020."""
    compensation_covered[...] = reach_covered[due_sections].min(initial=1.0)


def light(active, monitor, population, population_at_start, population_zone, population_zone_at_start,
          population_lagged, budget_resources, debt, disposable_income, entitlement, fund_resources, house_rent,
          redline_ratio, service_index, water_worst, warnings: Out, red_gaps: Out) -> dict[str, NDArray]:
    """The lights of the year, by name; orange and red ones are published, people under red gaps are counted.

    The columns read are those on which the lights rest.
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
    """Red lights of income and services raise pool and tilt of next year."""
    warning_answer[...] = answer(float(red_gaps), feedback, feedback_bound)
