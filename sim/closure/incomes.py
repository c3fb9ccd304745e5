"""The residuals of a year's pay over the yield of labour that reproduce published incomes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim import schedule
from sim.agents.county import Counties
from sim.closure.nearness import toward
from sim.closure.output import happen
from sim.closure.targets import Targets
from sim.model import HainanModel
from sim.words import CNY_PER_MILLION

Floats = NDArray[np.float64]
ROUNDS = 3  # iterations within a year: all but tax relief is proportional to pay
FARTHEST = 1.1  # log: larger residuals are implausible
ZONES = ("towns", "villages")
LEAST_KEPT = 1e-6  # million CNY; where other incomes exceed the published income, pay falls to its bound


class Pay(NamedTuple):
    """Residuals of pay to start from [county, zone], what of them is common to counties without an income of their own
    [zone], and the persons behind incomes as parts of those at the start of the year [county, zone] (nan: the same)."""

    residuals: Floats
    common: Floats
    growth: Floats


def meet_incomes(models: Sequence[HainanModel], incomes: Sequence[schedule.Step], wanted: Targets, row: int,
                 start: Pay) -> tuple[Floats, Floats]:
    """Residuals of pay [county, zone] with which the mean of the runs has the incomes of the year, and what is common
    [zone] to counties without one of their own; the runs have paid incomes by them."""
    residuals, common = start.residuals.copy(), start.common.copy()
    people = np.mean([model.counties.population_zone for model in models], axis=0, dtype=float)
    persons = people * np.where(np.isfinite(start.growth), start.growth, 1.0)
    for number in range(ROUNDS + 1):
        for model in models:
            model.counties.pay_residual[:] = residuals
            happen(incomes, model)
        if number < ROUNDS:
            paid, kept = (np.mean([one(model.counties) for model in models], axis=0) for one in (paid_out, in_pay))
            if number == 0:
                printed, of_province = _asked(paid, persons, wanted, row)
            step, common_step = lacking(paid, kept, persons, printed, of_province)
            residuals, common = np.clip(residuals + step, -FARTHEST, FARTHEST), common + common_step
    return residuals, common


def _asked(paid: Floats, persons: Floats, wanted: Targets, row: int) -> tuple[Floats, Floats]:
    """Target incomes per head of counties [county, zone] and of the province [zone], given modelled incomes `paid`."""
    made, whole = (CNY_PER_MILLION * money / np.maximum(heads, 1.0) for money, heads in (
        (paid, persons), (paid.sum(axis=0), persons.sum(axis=0))))
    return (toward(made, wanted.incomes[row], wanted.gains.incomes[row]),
            toward(whole, wanted.province_incomes[row], wanted.gains.province_incomes[row]))


def paid_out(counties: Counties) -> Floats:
    """Incomes [county, zone], million CNY."""
    return counties.disposable_income


def in_pay(counties: Counties) -> Floats:
    """Part of incomes that is proportional to pay [county, zone]."""
    return counties.labour_income - counties.social_contributions + counties.talent_relief


def lacking(paid: Floats, kept: Floats, persons: Floats, printed: Floats, province: Floats) -> tuple[Floats, Floats]:
    """What pay lacks, in logs [county, zone], and what is common [zone] to counties without an income of their own.

    `paid`, `kept` [county, zone]: incomes, and the part of them in proportion to pay, million CNY; `printed` [county,
    zone] and `province` [zone] CNY per head, nan where nothing is. What the province has beyond the printed is left to
    the others.
    """
    there = np.isfinite(printed) & (kept > 0)
    others = ~there & (kept > 0)
    asked = np.where(there, np.where(there, printed, 0.0) * persons / CNY_PER_MILLION, 0.0)
    own = np.log(np.maximum(np.where(there, asked - (paid - kept), 1.0), LEAST_KEPT) / np.where(there, kept, 1.0))
    left = province * persons.sum(axis=0) / CNY_PER_MILLION - asked.sum(axis=0)
    mine = np.where(others, kept, 0.0).sum(axis=0)
    free = left - np.where(there, 0.0, paid - np.where(others, kept, 0.0)).sum(axis=0)
    told = np.isfinite(free) & (mine > 0)
    common = np.where(told, np.log(np.maximum(np.where(told, free, 1.0), LEAST_KEPT) / np.where(told, mine, 1.0)), 0.0)
    return np.where(there, own, np.where(others, common, 0.0)), common
