"""Detection of wrong models: residuals and forecasts of models with a known error, compared with those of this model.

Any model fits followed history, so the fit is uninformative. A wrong model is detected by larger yearly changes of its
residuals (F.15, criterion b), or by larger errors after the last year followed. Both are measured by draw, for this
model and for each wrong one under the same draw; an error is detected if the mean deterioration of a measure exceeds
twice its spread over draws.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from calibration import rolling
from calibration.limiting_cases import no_moves
from sim import closure
from sim.closure.targets import targets
from sim.mechanisms.past import BRANCH_KINDS, PAY_KINDS, REVENUE_KIND, SPENDING_KIND, History, held
from sim.model import HainanModel
from sim.names import parameter_cards
from sim.region.pack import load_pack
from sim.scenario import Scenario, load_scenario
from sim.words import BASE_YEAR, LAST_FOLLOWED

Array = NDArray[np.float64]
ORIGIN = 2017  # from which a run goes on alone, to the census and the last year with output of all
COUNTED = 2020
CALM = 2019  # the last year whose changes count: what follows holds the pandemic
WEIGHT = 200
TWICE = 2.0


class Wrong(NamedTuple):
    """A model with a known error: what is done to a new one, and parameters by what they are multiplied with; `part`:
    of the statistics of a calibration, the one that the error is about."""

    says: str
    change: Callable[[HainanModel], None] | None = None
    times: Mapping[str, float] = {}
    part: str = ""


RIGHT = Wrong("as it is")
WRONG: Mapping[str, Wrong] = {
    "no_moves": Wrong("nobody moves", no_moves, part="moves"),
    "agglomeration": Wrong("agglomeration three times as strong", times={"agglomeration_elasticity": 3.0},
                           part="output"),
}
MEASURES = {
    "output": "changes of residuals: output", "revenue": "changes of residuals: own revenue",
    "spending": "changes of residuals: spending", "pay": "changes of residuals: pay",
    "people": "residual of residents, utility", "later_output": "error of shares of output, 2017 to 2021",
    "later_people": "error of shares of residents, census of 2020"}
"""What is measured, in the words of the page; logs but for utility."""


def measured(one: Wrong, draw: Mapping[str, object]) -> dict[str, float]:
    """The measures of a model under a draw."""
    plan, rest = as_asked(one, draw)
    whole = closure.followed(LAST_FOLLOWED, plan, rest, change=one.change, last=None).history
    before = closure.followed(ORIGIN, plan, rest, change=one.change, last=None).history
    return residual_sizes(whole) | _later(one, plan, rest, before._replace(law=held(*before.law.spread.shape)))


def residual_sizes(told: History) -> dict[str, float]:
    """Mean size of yearly changes of residuals in the calm years by kind, and of what places are worth to people."""
    active = load_pack().active
    moved = np.abs(np.diff(told.told[: CALM - BASE_YEAR + 1, active], axis=0))
    return {"output": float(moved[..., BRANCH_KINDS].mean()), "revenue": float(moved[..., REVENUE_KIND].mean()),
            "spending": float(moved[..., SPENDING_KIND].mean()), "pay": float(moved[..., PAY_KINDS].mean()),
            "people": float(np.abs(told.people[active]).mean())}


def as_asked(one: Wrong, draw: Mapping[str, object]) -> tuple[Scenario, dict[str, object]]:
    """The plan of a model under a draw, and what is left of the draw; a wrong parameter may lie outside its range."""
    parameters: Any = draw.get("parameters", {})
    plan = load_scenario("baseline").with_settings(parameters=parameters)
    central: dict[str, Any] = {name: parameter_cards()[name].default for name in one.times} | dict(plan.parameters)
    values = {name: central[name] * factor for name, factor in one.times.items()}
    return (dataclasses.replace(plan, parameters={**plan.parameters, **values}),
            {name: part for name, part in draw.items() if name != "parameters"})


def _later(one: Wrong, plan: Scenario, draw: Mapping[str, object], told: History) -> dict[str, float]:
    """Errors of a run that is left to itself at the origin, its residuals held; mean over seeds."""
    active, seen = load_pack().active, targets(load_pack(), LAST_FOLLOWED)
    start, end, count = (year - BASE_YEAR for year in (ORIGIN, LAST_FOLLOWED, COUNTED))
    gdp, people = [], []
    for seed in closure.REFERENCE_SEEDS:
        model = HainanModel(plan, seed=seed, weight=WEIGHT, until=LAST_FOLLOWED, draw=draw, history=told)
        if one.change:
            one.change(model)
        while model.running:
            model.step()
        gdp.append(model.record["gdp"][[start, end]].astype(float))
        people.append(model.record["population"][count].astype(float))
    made, counted = np.mean(gdp, axis=0), np.mean(people, axis=0)
    known = active & np.isfinite(seen.totals[start]) & np.isfinite(seen.totals[end])
    ratio, printed = (one[1, known] / one[0, known] for one in (made, seen.totals[[start, end]]))
    return {"later_output": _missed(ratio, printed),
            "later_people": _missed(counted[active], seen.people[count, active])}


def _missed(made: Array, seen: Array) -> float:
    """Mean absolute error in logs of what units have of their mean."""
    away = np.log(made / seen)
    return float(np.abs(away - away.mean()).mean())


def table(draws: Sequence[Mapping[str, object]] | None = None, names: Sequence[str] = tuple(WRONG)) -> pd.DataFrame:
    """A row for each wrong model and measure: of this model and of the wrong one (means over draws), what is worse and
    its spread over draws, and whether the error is seen."""
    draws = rolling.draws() if draws is None else draws
    right = pd.DataFrame([measured(RIGHT, draw) for draw in draws])
    return pd.concat([compared(right, pd.DataFrame([measured(WRONG[name], draw) for draw in draws]), name)
                      for name in names], ignore_index=True)


def compared(right: pd.DataFrame, wrong: pd.DataFrame, name: str) -> pd.DataFrame:
    """Measures of two models under the same draws, a row each."""
    worse = wrong - right
    spread = worse.std(ddof=1)
    return pd.DataFrame({
        "model": name, "measure": list(worse.columns), "right": right.mean().to_numpy(),
        "wrong": wrong.mean().to_numpy(), "worse": worse.mean().to_numpy(), "spread": spread.to_numpy(),
        "seen": (worse.mean() > TWICE * spread).to_numpy()})
