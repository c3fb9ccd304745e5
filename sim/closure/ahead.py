"""The model's own changes of county shares after the last year followed, taken for what they were worth before (F.15).

A model that passes through history is right about shares of output year by year because its residuals are. Without
them, its own change of a share may be too large or the wrong way. What a log change of its own was worth in the past is
the slope of what was printed on it, leaning on what is expected of it; after the last year followed the rest is taken
off: residuals of all branches of a county gain, in each year, what makes its share of the province's output change by
that part. Taken off is what reference runs of `baseline` under a draw's parameters and outlook say, without shocks, and
the same is taken off in every scenario and seed: the effects of policies and of shocks stand whole.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from sim.closure.law import LEFT_OUT
from sim.closure.output import happen, parts, put_back, remembered
from sim.mechanisms.past import History
from sim.model import HainanModel
from sim.words import BASE_YEAR

Floats = NDArray[np.float64]
ROUNDS = 3  # within a year: output of a county moves about as its residuals do


def own_changes(output: Floats, made: Floats) -> tuple[Floats, Floats]:
    """Changes of county shares in logs [year after the first, county]: whole, and without what residuals did of them.

    `output` [year, county, branch]: residuals. `made` [year, county, branch]: output of runs under them.
    """
    total = made.sum(axis=-1)
    size = total / total.sum(axis=1, keepdims=True)
    there = total > 0
    whole = np.diff(np.log(np.where(there, size, 1.0)), axis=0)
    parted = made / np.where(there, total, 1.0)[..., None]
    moved = (parted[1:] * np.diff(output, axis=0)).sum(axis=-1)
    moved -= (size[1:] * moved).sum(axis=1, keepdims=True)
    return whole, np.where(there[1:], whole - moved, 0.0)


def worth(output: Floats, made: Floats, told: NDArray[np.bool_], expected: float, changes: float) -> float:
    """Part of an own change that came true: least squares, leaning on `expected` with the weight of so many changes.

    `told` [year, county]: whether a county prints its output, on the definition of the year before. Left out are the
    change from the base year, whose output the model does not meet, and the years of the pandemic.
    """
    whole, own = own_changes(output, made)
    calm = ~np.isin(BASE_YEAR + 1 + np.arange(len(whole)), LEFT_OUT)
    seen = told[1:] & told[:-1] & calm[:, None]
    seen[0] = False
    x, y = own[seen], whole[seen]
    if not (x @ x) > 0:
        return expected
    leaning = changes * float(np.mean(x**2))
    return float(np.clip((leaning * expected + x @ y) / (leaning + x @ x), 0.0, 1.0))


def damping(models: Sequence[HainanModel], history: History, part: float) -> Floats:
    """What residuals of output gain [year after the last one followed, county], logs, for shares that change by `part`
    of the model's own changes. `models` are new runs to the last year wanted; they are used up.
    """
    law = history.law
    quiet = history._replace(law=law._replace(spread=np.zeros_like(law.spread), common=np.zeros_like(law.common)))
    years = max(models[0].until - history.until, 0)
    found = np.zeros((years, len(history.people)))
    for model in models:
        model.history = quiet
        while model.year < min(history.until, model.until):
            model.step()
    shares = _shares(models)
    for row in range(years):
        shares, found[row] = _year(models, shares, part)
    return found


def _shares(models: Sequence[HainanModel]) -> Floats:
    """Log shares of counties in output of the mean of the runs; nought where there is none."""
    made = np.mean([model.counties.gdp_branch for model in models], axis=0).sum(axis=-1)
    return np.log(np.where(made > 0, made / made.sum(), 1.0))


def _year(models: Sequence[HainanModel], before: Floats, part: float) -> tuple[Floats, Floats]:
    """A year of the runs in which shares change by a part of what they would: these, and what residuals gained."""
    year = parts()
    for model in models:
        model.begin_year()
        happen(year.before, model)
    stood = [remembered(model) for model in models]
    law = [model.counties.output_residual.copy() for model in models]
    gained = np.zeros(len(before))
    for number in range(ROUNDS + 1):
        for model, state, residual in zip(models, stood, law, strict=True):
            put_back(model, state)
            model.counties.output_residual[:] = residual + gained[:, None]
            happen(year.making, model)
        now = _shares(models)
        if number == 0:
            wanted = before + part * (now - before)
        if number < ROUNDS:
            gained = gained + wanted - now
    for model in models:
        for steps in (year.to_incomes, year.incomes, year.to_taxes, year.to_budgets, year.budgets):
            happen(steps, model)
        model.end_year()
    return now, gained
