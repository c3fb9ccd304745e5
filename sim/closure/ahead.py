"""Damping of the model's own changes after the last year followed, by their past validity (F.15).

A model that follows history reproduces output and incomes year by year through its residuals. Without them, its own
changes of a county relative to the province may be too large or have the wrong sign. Their validity in the past is the
slope of observed on modelled changes, shrunk towards a prior; after the last year followed the rest is removed:
residuals of all branches of a county are adjusted each year such that its share of provincial output changes by that
fraction only, and those of pay likewise for incomes per head relative to the province. The adjustment is computed with
reference runs of `baseline` under a draw's parameters and outlook, without shocks, and is the same in every scenario
and seed, so that the effects of policies and shocks are unaffected.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.closure.incomes import in_pay, paid_out
from sim.closure.law import LEFT_OUT, slope
from sim.closure.output import happen, parts, put_back, remembered
from sim.mechanisms.past import BRANCH_KINDS, DAMPED, PAY_KINDS, History
from sim.model import HainanModel
from sim.words import BASE_YEAR

Floats = NDArray[np.float64]
ROUNDS = 3  # iterations within a year: output of a county responds almost one to one to its residuals
_WHOLE = np.ones(DAMPED)


class Learnt(NamedTuple):
    """Past validity of the model's own changes: `worth` [part], their realised share, for shares of output, urban and
    rural incomes per head; `taken` [year, county, part], the yearly adjustments of residuals of output and pay that
    would have removed the rest, logs, zero in the first year.
    """

    worth: Floats
    taken: Floats


def learnt(residuals: Floats, made: Floats, incomes: Floats, bill: Floats, wages: Floats, told: NDArray[np.bool_],
           expected: float, number: float) -> Learnt:
    """What runs under `residuals` [year, county, kind] tell of their own changes between years.

    `made` [year, county, branch]: output. `incomes`, `bill`, `wages` [year, county, zone]: incomes per head and of all,
    and the part of them in proportion to pay. `told` [year after the first, county, part]: whether the change from the
    year before is printed. Left out are the change from the base year, whose output the model does not meet, and the
    years of the pandemic. `expected`: worth before any change is seen, which counts as much as `number` of them.
    """
    calm = ~np.isin(BASE_YEAR + 1 + np.arange(len(made) - 1), LEFT_OUT)
    seen = told & calm[:, None, None]
    seen[0] = False

    def worth(own: Floats, whole: Floats, part: int) -> float:
        x, y = own[seen[..., part]], whole[seen[..., part]]
        return float(np.clip(slope(x, y, expected, number * float(np.mean(x**2)) if len(x) else 0.0), 0.0, 1.0))

    total, moves = made.sum(axis=-1), np.diff(residuals, axis=0)
    size = total / total.sum(axis=1, keepdims=True)
    branches = made / np.where(total > 0, total, 1.0)[..., None]
    whole = _changes(total, size)
    own = whole - _beside((branches[1:] * moves[..., BRANCH_KINDS]).sum(axis=-1), size)
    parts_of = [worth(own, whole, 0)]
    taken = [(parts_of[0] - 1.0) * own]
    unexpected = whole - parts_of[0] * own
    for zone in range(incomes.shape[-1]):
        earned = bill[..., zone]
        weight = earned / earned.sum(axis=1, keepdims=True)
        share = (wages[..., zone] / np.where(earned > 0, earned, 1.0))[1:]
        whole = _changes(incomes[..., zone], weight)
        own = whole - share * _beside(moves[..., PAY_KINDS][..., zone], weight)
        there = seen[..., 1 + zone]
        own = own - slope(unexpected[there], own[there]) * unexpected  # what incomes have of output is told with it
        parts_of.append(worth(own, whole, 1 + zone))
        taken.append((parts_of[-1] - 1.0) * own / np.where(share > 0, share, np.inf))
    found = np.where((total[1:] > 0)[..., None], np.stack(taken, axis=-1), 0.0)
    return Learnt(np.array(parts_of), np.concatenate([np.zeros_like(found[:1]), found]))


def _changes(values: Floats, weights: Floats) -> Floats:
    """Log changes of values [year, county] relative to the province; zero where undefined."""
    return _beside(np.diff(np.log(np.where(values > 0, values, 1.0)), axis=0), weights)


def _beside(moved: Floats, weights: Floats) -> Floats:
    """Changes [year after the first, county] minus their weighted mean, with weights [year, county]."""
    return moved - (weights[1:] * moved).sum(axis=1, keepdims=True)


def damping(models: Sequence[HainanModel], history: History) -> Floats:
    """What residuals gain [year after the last one followed, county, part], logs, so that counties change against the
    province by what is worth it of the model's own changes. `models` are new runs to the last year wanted; they are
    used up.
    """
    quiet = history.undamped()._replace(law=history.law.without_shocks())
    years = max(models[0].until - history.until, 0)
    found = np.zeros((years, len(history.people), DAMPED))
    for model in models:
        model.history = quiet
        while model.year < min(history.until, model.until) - 1:
            model.step()
    stood = _year(models)[0]
    for row in range(years):
        stood, found[row] = _year(models, stood, history.law.worth, history.law.spread[:, PAY_KINDS])
    return found


def _mean(models: Sequence[HainanModel], name: str) -> Floats:
    return np.mean([getattr(model.counties, name) for model in models], axis=0, dtype=float)


def _shares(models: Sequence[HainanModel]) -> Floats:
    """Log shares of counties in output, mean of the runs; zero without output."""
    made = _mean(models, "gdp_branch").sum(axis=-1)
    return np.log(np.where(made > 0, made / made.sum(), 1.0))


def _incomes(models: Sequence[HainanModel]) -> Floats:
    """Log incomes per head relative to the province [county, zone]; zero where undefined."""
    people, bill = _mean(models, "population_zone"), _mean(models, "disposable_income")
    there = (people > 0) & (bill > 0)
    head = np.where(there, bill, 1.0) / np.where(there, people, 1.0)
    return np.where(there, np.log(head * people.sum(axis=0) / bill.sum(axis=0)), 0.0)


def _year(models: Sequence[HainanModel], before: Floats | None = None, part: Floats = _WHOLE,
          most: Floats | float = np.inf) -> tuple[Floats, Floats]:
    """A year of the runs in which counties change against the province [county, part] by a part of what they would
    from where they stood before; nothing said: as they would. Where they stand after it, and what residuals gained.

    Pay gains no more than `most` [county, zone], a shock of its law: incomes of other kinds are not made up for by it
    whatever they are.
    """
    year = parts()
    for model in models:
        model.begin_year()
        happen(year.before, model)
    stood = [remembered(model) for model in models]
    law = [(model.counties.output_residual.copy(), model.counties.pay_residual.copy()) for model in models]

    def produce(gained: Floats) -> Floats:
        for model, state, (residual, _) in zip(models, stood, law, strict=True):
            put_back(model, state)
            model.counties.output_residual[:] = residual + gained[:, None]
            happen(year.making, model)
        return _shares(models)

    def pay(gained: Floats) -> Floats:
        for model, (_, residual) in zip(models, law, strict=True):
            model.counties.pay_residual[:] = residual + gained
            happen(year.incomes, model)
        return _incomes(models)

    of_output, of_incomes = (None, None) if before is None else (before[:, 0], before[:, 1:])
    made = produce(np.zeros(len(law[0][0])))
    shares, output = _damped(produce, made, of_output, part[0], np.ones(len(made)), np.inf)
    for model in models:
        happen(year.to_incomes, model)
    earned = pay(np.zeros(law[0][1].shape))
    bill, mine = (np.mean([of(model.counties) for model in models], axis=0) for of in (paid_out, in_pay))
    answers = np.where(bill > 0, np.maximum(mine, 0.0) / np.where(bill > 0, bill, 1.0), 0.0)
    incomes, wages = _damped(pay, earned, of_incomes, part[1:], answers, most)
    for model in models:
        for steps in (year.to_taxes, year.to_budgets, year.budgets):
            happen(steps, model)
        model.end_year()
    return np.column_stack([shares, incomes]), np.column_stack([output, wages])


def _damped(happens: Callable[[Floats], Floats], now: Floats, before: Floats | None, part: Floats, answers: Floats,
            most: Floats | float) -> tuple[Floats, Floats]:
    """Where counties stand, and what residuals gain for it: of the way from `before` to `now` a part.

    `happens` gives where they stand with what residuals gain, no more than `most`; `answers`: how far they move with
    it.
    """
    gained = np.zeros(now.shape)
    if before is None:
        return now, gained
    wanted = before + part * (now - before)
    for _ in range(ROUNDS):
        lacks = np.where(answers > 0, (wanted - now) / np.where(answers > 0, answers, 1.0), 0.0)
        gained = np.clip(gained + lacks, -most, most)
        now = happens(gained)
    return now, gained
