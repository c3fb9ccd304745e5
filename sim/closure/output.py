"""The residuals of a year's output: iterations of production, sales and pay until the reference runs match
observations.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim import names, schedule
from sim.closure.found import Unmet
from sim.closure.targets import Targets
from sim.closure.targets import goal as asked_of
from sim.core.bind import contract
from sim.model import HainanModel
from sim.words import FARMING, HIGH_TECH, INDUSTRY, LOCAL_SERVICES, MARINE

Floats = NDArray[np.float64]
ROUNDS, NEAR_ENOUGH = 40, 1e-5  # iterations within a year; relative tolerance of every cell
FARTHEST, LONGEST_STEP = 3.0, 0.7  # logs: bound of residuals; bound of a step
FAR_OFF = 1e-3  # relative: cells with larger deviations count as unmet
BRANCHES = ("primary", "secondary", "tertiary")
FIRST, LAST, INCOMES = "output", "factor incomes", "incomes of residents"
TAXES, BUDGETS = "taxes and land revenue", "county budgets and debt"


class Year(NamedTuple):
    """The steps of a year in order: those before output, those that make and pay it, those to incomes, incomes, those
    to taxes and with them, those to budgets, and budgets with all that follows."""

    before: tuple[schedule.Step, ...]
    making: tuple[schedule.Step, ...]
    to_incomes: tuple[schedule.Step, ...]
    incomes: tuple[schedule.Step, ...]
    to_taxes: tuple[schedule.Step, ...]
    to_budgets: tuple[schedule.Step, ...]
    budgets: tuple[schedule.Step, ...]


@functools.cache
def parts() -> Year:
    """The steps of a year, parted where residuals are found."""
    at = [step.says for step in schedule.SCHEDULE].index
    cuts = (0, at(FIRST), at(LAST) + 1, at(INCOMES), at(INCOMES) + 1, at(TAXES) + 1, at(BUDGETS), None)
    return Year(*(schedule.SCHEDULE[i:j] for i, j in itertools.pairwise(cuts)))


def happen(steps: Sequence[schedule.Step], model: HainanModel) -> None:
    """Run some steps of the year."""
    for step in steps:
        step.happen(model)


def meet(models: Sequence[HainanModel], making: Sequence[schedule.Step], wanted: Targets, row: int,
         residuals: Floats) -> tuple[float, list[Unmet]]:
    """Iterate production, sales and pay until the mean of the runs matches the year's targets."""
    first = models[0]
    stood = [remembered(model) for model in models]
    goal = None
    stuck = ~np.broadcast_to(first.active[:, None], residuals[row].shape)
    for _ in range(ROUNDS):
        for model, before in zip(models, stood, strict=True):
            put_back(model, before)
            model.counties.output_residual[:] = residuals[row]
            happen(making, model)
        made = np.mean([model.counties.gdp_branch for model in models], axis=0)
        if goal is None:
            goal = asked_of(made, wanted, row, first.active)
        miss = np.abs(made / np.where(goal > 0, goal, 1.0) - 1.0)
        if np.where(stuck, 0.0, miss).max() < NEAR_ENOUGH:
            break
        asked = residuals[row] + _correction(models, goal - made, stuck)
        residuals[row] = np.clip(asked, -FARTHEST, FARTHEST)
        stuck = stuck | (np.abs(asked) > FARTHEST)
    unmet = np.argwhere((miss > FAR_OFF) & first.active[:, None])
    shown = [Unmet(first.year, first.names[c], BRANCHES[b], float(goal[c, b]), float(made[c, b])) for c, b in unmet]
    return float(np.where(stuck, 0.0, miss).max()), shown


def _correction(models, lacking: Floats, stuck: NDArray[np.bool_]) -> Floats:
    """Increments of the residuals [county, branch]: a Newton step on the deviations of the branches.

    A residual moves its own sectors, and those it shares by the bridges of marine industry and high technology; pay of
    the public service answers none. Residuals at their bound are kept.
    """
    value, construction = (np.mean([getattr(model.counties, name) for model in models], axis=0)
                           for name in ("value_added", "construction"))
    p, n = models[0].parameters, lacking.shape[-1]
    own = np.stack([value[:, FARMING], value[:, INDUSTRY] + construction, value[:, LOCAL_SERVICES] - construction],
                   axis=1)
    moves = own[:, :, None] * np.eye(n)
    for sector, bridge in ((MARINE, p.marine_bridge), (HIGH_TECH, p.hightech_bridge)):
        moves += value[:, sector, None, None] * np.outer(bridge, bridge)
    free = ~stuck
    moves = np.where(free[:, :, None] & free[:, None, :], moves, 0.0) + np.where(stuck[:, :, None], np.eye(n), 0.0)
    moves += 1e-9 * np.eye(n)
    step = np.linalg.solve(moves, np.where(free, lacking, 0.0)[..., None])[..., 0]
    return np.clip(step, -LONGEST_STEP, LONGEST_STEP)


@functools.cache
def _written() -> tuple[tuple[str, str], ...]:
    """Table and column of all variables written by the steps of output."""
    writes = {name for step in parts().making for rule in step.each() for name in contract(rule).writes}
    return tuple((table, name) for table, kind in names.TABLES.items() for name in kind.columns() if name in writes)


def remembered(model: HainanModel) -> dict[tuple[str, str], np.ndarray]:
    """Copies of the variables before the steps of output write them."""
    return {(table, name): getattr(getattr(model, table), name).copy() for table, name in _written()}


def put_back(model: HainanModel, stood: Mapping[tuple[str, str], np.ndarray]) -> None:
    """Undo the steps of output."""
    for (table, name), array in stood.items():
        getattr(getattr(model, table), name)[...] = array
