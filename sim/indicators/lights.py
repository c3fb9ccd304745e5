"""Early-warning lights by county and year (D.6), and the skill of the warnings.

0 green, 1 yellow, 2 orange, 3 red; nan where the quantity is unknown. A light for high values changes at or above a
threshold, one for low values below it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from sim.core.arrays import Floats
from sim.core.cache import kernel

GREEN, YELLOW, ORANGE, RED = 0, 1, 2, 3
COLOURS = (("green", "绿"), ("yellow", "黄"), ("orange", "橙"), ("red", "红"))


class Light(NamedTuple):
    """The monitored indicator, its thresholds, and whether high values are bad."""

    name: str
    watches: str
    borders: tuple[float, float, float]
    much_is_bad: bool
    section: str
    says: str
    says_zh: str


LIGHTS = (
    Light("leverage", "lev", (1.2, 2.0, 3.0), True, "8.3", "Debt over yearly resources", "债务率"),
    Light("income", "inc_rel", (0.85, 0.75, 0.65), False, "1", "Income per head over that of the province",
          "居民人均收入与全省之比"),
    Light("services", "svc_rel", (0.90, 0.80, 0.70), False, "7", "Public services over those of the province",
          "公共服务与全省之比"),
    Light("population", "pop_change5", (-0.02, -0.05, -0.10), False, "5", "Change of residents in five years",
          "五年常住人口变动"),
    Light("water", "water_worst", (0.5, 1.0, 1.5), True, "6.1", "Worst river section relative to the class III limit",
          "最差断面水质指数"),
    Light("farmland", "redline_ratio", (1.01, 1.00, 0.99), False, "3.2", "Cultivated land over its red line",
          "耕地与红线之比"),
    Light("rent", "rent_burden", (0.25, 0.30, 0.40), True, "3.2", "Rent of a typical home over urban income",
          "房租收入比"),
)
BY_NAME: Mapping[str, Light] = {light.name: light for light in LIGHTS}
GAPS = ("income", "services")  # lights for the gaps that the Opinions aim to close


def colour(x: ArrayLike, borders: tuple[float, float, float], much_is_bad: bool) -> Floats:
    """0 green to 3 red: the number of thresholds passed; nan stays nan."""
    x = np.asarray(x, dtype=float)
    found = np.empty(x.shape)
    _colour(x.reshape(-1), *borders, much_is_bad, found.reshape(-1))
    return found


@kernel
def _colour(x, yellow, orange, red, much_is_bad, found):
    for i in range(x.size):
        if much_is_bad:
            passed = (x[i] >= yellow) + (x[i] >= orange) + (x[i] >= red)
        else:
            passed = (x[i] < yellow) + (x[i] < orange) + (x[i] < red)
        found[i] = np.nan if np.isnan(x[i]) else passed


def worst(*lights: Floats) -> Floats:
    """The most severe of several lights; nan where none is known."""
    stacked = np.stack(np.broadcast_arrays(*lights))
    known = ~np.isnan(stacked).all(axis=0)
    return np.where(known, np.nanmax(np.where(np.isnan(stacked), -1.0, stacked), axis=0), np.nan)


def number(level: int, *lights: Floats) -> Floats:
    """Number of lights of a colour over all counties and kinds; nan where no light is known."""
    stacked = np.stack(np.broadcast_arrays(*lights))
    found = np.sum(stacked == level, axis=(0, -1)).astype(float)
    return np.where(np.isnan(stacked).all(axis=(0, -1)), np.nan, found)


class Skill(NamedTuple):
    """Skill of the warnings. Rates and lead are nan where there is nothing to count."""

    events: int
    warned: int
    alarms: int
    false: int
    hit_rate: float
    false_alarm_rate: float
    lead: float


def skill(warning: ArrayLike, event: ArrayLike, window: int = 5) -> Skill:
    """Skill of warnings [..., year, county] for events [..., year, county], both boolean by year.

    An event starts in a year that follows one without it; an alarm is the start of a warning. An event counts as warned
    if there was a warning in one of the `window` years before it; the lead is the number of years since the first of
    these. An alarm is false if no event occurs in its year or the `window` years after. Alarms of the last `window`
    years are not judged, nor are events of the first year, before which no warning was possible.
    """
    warning, event = (np.moveaxis(np.asarray(x, dtype=bool), -2, 0) for x in (warning, event))
    years = len(event)
    begins = [x & ~np.concatenate([np.zeros_like(x[:1]), x[:-1]]) for x in (warning, event)]
    events = warned = alarms = false = 0
    leads = []
    for t in range(1, years):
        early = warning[max(0, t - window):t]
        hit = begins[1][t] & early.any(axis=0)
        first = early.shape[0] - np.argmax(early, axis=0)
        events, warned = events + int(begins[1][t].sum()), warned + int(hit.sum())
        leads += first[hit].tolist()
    for t in range(max(0, years - window)):
        follows = event[t:t + window + 1].any(axis=0)
        alarms, false = alarms + int(begins[0][t].sum()), false + int((begins[0][t] & ~follows).sum())
    return Skill(events, warned, alarms, false, _rate(warned, events), _rate(false, alarms),
                 float(np.mean(leads)) if leads else float("nan"))


def _rate(part: int, whole: int) -> float:
    return part / whole if whole else float("nan")
