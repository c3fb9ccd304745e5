"""Where the milliseconds of a year go, step by step, persons' kernels apart: `python -m tests.speed.profile`."""

from __future__ import annotations

import argparse
import time
from collections import defaultdict
from typing import NamedTuple

import numpy as np

import sim.model
from sim import schedule
from sim.model import HainanModel
from tests.speed.stage import WATCHED

FIRST, LAST = 2012, 2035
ACCOUNTS, RECORD, REST = "accounts are audited", "year is recorded", "start of the year, Mesa"
COUNTY_PART, PERSONS = "county part of a year", "persons' kernels"


class Row(NamedTuple):
    """Milliseconds of a part of a year without persons' kernels: the median and the least of the years."""

    step: str
    ms: float
    least: float


def profile(weight: int = 1000, scenario: str = "full") -> list[Row]:
    """Every step, the accounts, the record, dearest first; then the sum of them, and persons' kernels."""
    clock = _Clock()
    model = HainanModel(scenario, seed=1, weight=weight, until=LAST)
    while model.year < FIRST - 1:
        model.step()
    years: list[dict[str, float]] = []
    whole = schedule.SCHEDULE, sim.model.audit, model._record, [getattr(module, name) for module, name in WATCHED]
    try:
        schedule.SCHEDULE = tuple(_timed(step, clock) for step in whole[0])
        sim.model.audit, model._record = clock.timed(ACCOUNTS, whole[1]), clock.timed(RECORD, whole[2])
        for (module, name), kernel in zip(WATCHED, whole[3], strict=True):
            setattr(module, name, clock.timed(PERSONS, kernel))
        while model.running:
            clock.spent.clear()
            clock.timed(REST, model.step)()
            years.append(dict(clock.spent))
    finally:
        schedule.SCHEDULE, sim.model.audit, model._record = whole[:3]
        for (module, name), kernel in zip(WATCHED, whole[3], strict=True):
            setattr(module, name, kernel)
    return _rows(years)


def _timed(step: schedule.Step, clock: _Clock) -> schedule.Step:
    happen = clock.timed(step.says, step.happen)
    return step._replace(rules=lambda model: happen(model))


class _Clock:
    """Seconds spent by name; what is called within a call is not counted twice."""

    def __init__(self):
        self.spent: dict[str, float] = defaultdict(float)
        self.all = 0.0

    def timed(self, name: str, function):
        def call(*arguments):
            before, start = self.all, time.perf_counter()
            out = function(*arguments)
            own = time.perf_counter() - start - (self.all - before)
            self.spent[name] += own
            self.all += own
            return out
        return call


def _rows(years: list[dict[str, float]]) -> list[Row]:
    each = {name: 1e3 * np.array([year[name] for year in years]) for name in years[0]}
    persons = each.pop(PERSONS)
    parts = sorted((Row(name, float(np.median(ms)), float(ms.min())) for name, ms in each.items()),
                   key=lambda row: -row.ms)
    last = [Row(name, float(np.median(ms)), float(ms.min()))
            for name, ms in ((COUNTY_PART, sum(each.values())), (PERSONS, persons))]
    return [*parts, *last]


def main() -> None:
    asks = argparse.ArgumentParser(description=__doc__)
    asks.add_argument("--weight", type=int, default=1000, help="persons a row stands for")
    asks.add_argument("--scenario", default="full")
    said = asks.parse_args()
    print(f"{'ms of a year':50s}{'median':>8s}{'least':>8s}")
    for row in profile(said.weight, said.scenario):
        print(f"{row.step:50s}{row.ms:8.3f}{row.least:8.3f}")


if __name__ == "__main__":
    main()
