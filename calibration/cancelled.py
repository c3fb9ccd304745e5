"""Policy and residuals: whether residuals of 2019-21 cancel the assumed effects of provisions.

Residuals of these years contain the pandemic and, with negative sign, every error in an assumed effect. For each
provision history is followed again with its levers half and twice as far from none as in the baseline: residuals of
output shift by the change of the assumed effect. In addition, the share of the assumed effect cancelled by the baseline
residuals is estimated: the weighted regression over counties of their change since 2018 on the effect, with reversed
sign. Shares of one half or more are reported; they do not disprove a provision, since the pandemic affected the same
places in the same years. The error of the regression is large where an effect is small relative to other changes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sim import closure, levers
from sim.mechanisms.past import History
from sim.model import HainanModel
from sim.region.pack import load_pack
from sim.scenario import load_scenario
from sim.scenario.plan import Now
from sim.words import BASE_YEAR, LAST_FOLLOWED

Array = NDArray[np.float64]
BEFORE = 2018  # the last year without the Opinions
HALF, TWICE = 0.5, 2.0
SEEDS, WEIGHT = (0, 1), 200
LEAST_EFFECT = 1e-3  # log, mean over counties: smaller effects count as zero
NAMED_FROM = 0.5  # share of an effect cancelled by residuals


@dataclass(frozen=True)
class Stretched:
    """A modified model: levers of a provision at a multiple of their planned distance from none."""

    section: str
    times: float

    def __call__(self, model: HainanModel) -> None:
        """Replace the model's plan by one that differs in these levers only."""
        plan: Any = _Plan(model.plan, levers.SECTIONS[self.section].levers, self.times)
        model.plan = plan


class _Plan:
    """A plan with some levers stretched, within their ranges."""

    def __init__(self, plan, names: Sequence[str], times: float):
        self._plan, self._names, self._times = plan, tuple(names), times

    def __getattr__(self, name: str):
        return getattr(self._plan, name)

    def at(self, year: int) -> Now:
        """The levers as the model reads them in a year."""
        now = self._plan.at(year)
        own = {name: getattr(now, name) for name in levers.REGISTRY}
        return Now(now.year, own | {name: stretched(own[name], levers.REGISTRY[name], self._times)
                                    for name in self._names})


def stretched(value: float, lever: levers.Lever, times: float) -> float:
    """A lever's value at a multiple of its distance from none, within its range."""
    low, high = lever.range
    return float(np.clip(lever.none + times * (value - lever.none), low, high))


def table(sections: Sequence[str] | None = None,
          tell: Callable[[str], object] | None = None) -> pd.DataFrame:
    """A row for each provision with levers changed by the baseline up to 2021.

    effect: of the baseline on output of 2021, mean of counties by output, log. half, twice: what residuals shift when
    the effect is halved and doubled, the same mean. taken_back: part of the effect that residuals take back, with its
    robust standard error; named: whether it is half or more of an effect that is not next to nothing.
    """
    plan = load_scenario("baseline")
    here = closure.followed(LAST_FOLLOWED, plan, last=None).history
    branches = _branches(here, None)
    whole = branches.sum(axis=1)
    share, parts = whole / whole.sum(), branches / whole[:, None]
    rows = []
    for section in sections or [one.id for one in levers.SECTIONS.values() if one.levers]:
        if not _moves(plan, section):
            continue
        if tell:
            tell(section)
        effect = np.log(whole / _branches(here, Stretched(section, 0.0)).sum(axis=1))
        stretched = (closure.followed(LAST_FOLLOWED, plan, change=Stretched(section, times), last=None).history
                     for times in (HALF, TWICE))
        shifts = [residual(one, parts) - residual(here, parts) for one in stretched]
        rows.append({"section": section, **_row(effect, shifts, asked(here, parts), share)})
    return pd.DataFrame(rows)


def _row(effect: Array, shifts: Sequence[Array], asked_for: Array, share: Array) -> dict[str, object]:
    mean, (back, error) = float(share @ effect), taken_back(asked_for, effect, share)
    size = float(share @ np.abs(effect))
    return {"effect": mean, "size": size, "half": float(share @ shifts[0]), "twice": float(share @ shifts[1]),
            "taken_back": back, "error": error, "named": bool(size >= LEAST_EFFECT and back >= NAMED_FROM)}


def taken_back(asked_for: Array, effect: Array, share: Array) -> tuple[float, float]:
    """Share of an effect [county] cancelled by residuals, and its robust standard error.

    Least squares without constant, weighted by output; nan without an effect.
    """
    size = float((share * effect) @ effect)
    if size == 0:
        return np.nan, np.nan
    part = -float((share * effect) @ asked_for) / size
    left = asked_for + part * effect
    return part, float(np.sqrt(((share * effect * left) ** 2).sum()) / size)


def residual(told: History, parts: Array, year: int = LAST_FOLLOWED) -> Array:
    """Residuals of output of a year as one of all output [active county], by parts of branches [active county, branch].
    """
    return (parts * told.output[year - BASE_YEAR, load_pack().active]).sum(axis=1)


def asked(told: History, parts: Array) -> Array:
    """Change of output residuals since the last year without the Opinions [active county]."""
    return residual(told, parts) - residual(told, parts, BEFORE)


def _moves(plan, section: str) -> bool:
    now = plan.at(LAST_FOLLOWED)
    return any(getattr(now, name) != levers.REGISTRY[name].none for name in levers.SECTIONS[section].levers)


def _branches(told: History, change: Callable[[HainanModel], None] | None) -> Array:
    """Output of the last year followed under given residuals [active county, branch], mean over seeds."""
    made = []
    for seed in SEEDS:
        model = HainanModel("baseline", seed=seed, weight=WEIGHT, until=LAST_FOLLOWED, history=told)
        if change:
            change(model)
        while model.running:
            model.step()
        made.append(model.counties.gdp_branch[model.active].copy())
    return np.mean(made, axis=0)
