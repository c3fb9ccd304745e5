"""Adding seeds to a study until the requested effects reach a target precision.

An effect is a scenario minus the study's reference, by draw and seed; its mean over draws is one number per seed, whose
spread is due to random numbers alone. Seeds are added until the standard error of every effect in the last year meets
the target, or the maximum number of seeds is reached.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from sim.core.dataset import make
from sim.core.declare import Fault, UserError, nearest
from sim.core.toml_file import quoted
from sim.indicators.runs import reference_of
from sim.simulate import HAINAN
from sim.study.batch import Outcome, run_study
from sim.study.request import Request, Seeds, resolve
from sim.study.results import open_results
from sim.study.runnable import Runnable
from sim.words import MOST_SEEDS

if TYPE_CHECKING:
    import xarray as xr

USUAL_MOST = 200
LEAST_SEEDS = 4  # minimum number to estimate a spread
GROWTH = 2  # maximum growth factor per round, as the spread of few seeds is uncertain
SPARE = 1.1  # safety margin on the estimated number of seeds


class Reached(NamedTuple):
    """The precision of an effect: its standard error, the target, and the number of seeds."""

    scenario: str
    name: str
    error: float
    asked: float
    seeds: int

    @property
    def met(self) -> bool:
        """Whether the standard error is within the target."""
        return self.error <= self.asked

    def __str__(self) -> str:
        how = "met" if self.met else "not met"
        return (f"{self.name}, {self.scenario}: standard error {self.error:.3g} with {self.seeds} seeds "
                f"(asked {self.asked:g}: {how})")


def run_to_precision(scenarios: object, precision: Mapping[str, float], most_seeds: int = USUAL_MOST, *,
                     seeds: Seeds | None = None, model: Runnable = HAINAN, **asked: Any) -> Outcome:
    """Run a study like `run_study`, with as many seeds as the target standard errors of its effects require.

    `precision`: standard errors by the names of variables or indicators, in their own units; for a variable by county,
    of the worst county. `seeds` are run first. The lines of the outcome report the result.
    """
    named = ("draws", "weight", "until", "keep", "history_until", "runs", "attribute", "follow")
    said = {name: asked.get(name) for name in named}
    request = resolve(scenarios, model, seeds=seeds, **said)
    _check(request, model, precision, most_seeds)
    these = _lengthened(request.seeds, min(LEAST_SEEDS, most_seeds))
    first: Outcome | None = None
    done = 0
    while True:
        outcome = run_study(scenarios, seeds=these, model=model, **asked)
        first = first or outcome
        done += outcome.done
        if asked.get("dry_run"):
            return outcome
        found = reached(open_results(outcome.folder, model=model), precision)
        wanted = min(most_seeds, _seeds_needed(found, len(these)))
        if outcome.failed or wanted <= len(these):
            break
        these = _lengthened(these, wanted)
    outcome.before, outcome.done = first.before, done
    outcome.lines += map(str, found)
    if not all(effect.met for effect in found):
        outcome.lines.append("runs failed: no seeds were added" if outcome.failed else
                             f"{most_seeds} seeds are the most that were allowed")
    return outcome


def reached(results: xr.Dataset, precision: Mapping[str, float]) -> list[Reached]:
    """The precision of all effects on the named variables in the last year."""
    reference, found = reference_of(results), []
    for name, asked in precision.items():
        if name not in results:
            raise UserError(Fault("precision", f"{name} is not among the results",
                                  nearest(name, map(str, results.data_vars)) or "ask for a higher level of detail"))
        last = results[name].isel(year=-1).astype(float)
        for scenario in map(str, results["scenario"].values):
            if scenario != reference:
                apart = (last.sel(scenario=scenario) - last.sel(scenario=reference)).mean("draw", skipna=False)
                values = apart.transpose("seed", ...).values.reshape(apart.sizes["seed"], -1)
                there = values[~np.isnan(values).all(axis=1)]
                found.append(Reached(scenario, name, standard_error(there), float(asked), len(there)))
    return found


def standard_error(values: ArrayLike) -> float:
    """The largest standard error of the mean over the first axis; infinite for fewer than two values."""
    values = np.asarray(values, dtype=float)
    if len(values) < 2:
        return math.inf
    errors = values.std(axis=0, ddof=1) / math.sqrt(len(values))
    errors = errors[~np.isnan(errors)]
    return float(np.max(errors)) if errors.size else math.inf


def _seeds_needed(found: list[Reached], seeds: int) -> int:
    """Number of seeds required by the estimated spread, at most a multiple of the present number."""
    worst = max((effect.error / effect.asked for effect in found), default=0.0)
    if worst <= 1.0:
        return seeds
    return max(seeds + 1, min(GROWTH * seeds, math.ceil(SPARE * seeds * min(worst, 1e3) ** 2)))


def _lengthened(seeds: tuple[int, ...], number: int) -> tuple[int, ...]:
    """The seeds, extended by the next free numbers to the given number."""
    free = (seed for seed in range(len(seeds) + number) if seed not in set(seeds))
    return (*seeds, *(next(free) for _ in range(number - len(seeds))))


def _check(request: Request, model: Runnable, precision: Mapping[str, float], most_seeds: int) -> None:
    """UserError for an invalid request, before anything is written."""
    faults = []
    if len(request.plans) < 2:
        faults.append(Fault("precision", "an effect needs two scenarios", "name the reference too"))
    if request.runs is not None:
        faults.append(Fault("precision", "adds seeds, but a table of runs fixes them", "leave one of them out"))
    if not precision:
        faults.append(Fault("precision", "names no variable", "write NAME=STANDARD_ERROR"))
    offered = _offered(request, model) if precision else set()
    for name, error in precision.items():
        if not isinstance(error, int | float) or not 0.0 < error < math.inf:
            faults.append(Fault("precision", f"{quoted(name)}: {quoted(error)} is not a standard error",
                                "write a number above 0"))
        if name not in offered:
            faults.append(Fault("precision", f"{quoted(name)} is not among the results (keep = {request.keep})",
                                nearest(name, offered) or "ask for a higher level of detail"))
    if not len(request.seeds) <= most_seeds <= MOST_SEEDS:
        faults.append(Fault("most seeds", f"{quoted(most_seeds)} is not between the {len(request.seeds)} seeds asked "
                                          f"for and {MOST_SEEDS:,}"))
    if faults:
        raise UserError(*faults)


def _offered(request: Request, model: Runnable) -> set[str]:
    """The variables and indicators that the results will contain, determined on a Dataset of ones."""
    labels = model.coordinates(request.until)
    cards = {name: card for name, card in model.cards().items() if card.kept(request.keep)}
    axes: dict[str, list] = {"scenario": ["one", "other"], "draw": [0], "seed": [0]}
    ones = {name: np.ones((2, 1, 1, *(len(labels[dim]) for dim in ("year", *card.dims))))
            for name, card in cards.items()}
    results = make(ones, cards, {**labels, **axes}, lead=(*axes, "year"))
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return set(map(str, model.with_indicators(results).data_vars))
