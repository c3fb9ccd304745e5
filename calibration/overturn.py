"""Overturning verdicts: for each verdict, the smallest change of assumptions that reverses it.

An emulator of the paired effects is searched, one assumption at a time and then in pairs, the others at their central
values. Distance is counted in standard deviations of the prior. Candidates must be confirmed by pairs of
runs; otherwise points further out on the same line are tried.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from calibration.emulator import Emulator
from calibration.priors import Prior, rows_at

Array = NDArray[np.float64]

STEPS, STEPS_OF_PAIRS = 161, 41  # of a grid over a range
SURE = 1.0  # standard deviations of the emulator that a turned effect must be beyond nought
FARTHER = (1.0, 1.25, 1.6, 2.0)  # of the distance found, tried by runs
BEYOND_LUCK = 2.0  # standard errors of the mean over pairs of runs
NOT_TOLD, HOLDS, CENTRAL, CLAIMED, CONFIRMED, NOT_CONFIRMED = (
    "not_told", "holds", "not_at_central_values", "claimed", "confirmed", "not_confirmed")
COLUMNS = ("quantity", "measure", "variable", "year", "verdict", "state", "parameters", "central", "values", "distance",
           "places", "effect_central", "effect_there", "error_there", "seeds", "q2")


@dataclass(frozen=True)
class Verdict:
    """A verdict of a report: which gap by which measure, and whether the effect on the variable is above nought."""

    quantity: str
    measure: str
    variable: str
    verdict: str
    positive: bool


@dataclass(frozen=True)
class Turn:
    """Where a verdict turns: values of one or two assumptions, how far they are from the centre, and what is found.

    `state`: one of the words above. `effect_central`, `effect_there`: of the emulator, of the runs once they are made.
    """

    verdict: Verdict
    state: str
    parameters: tuple[Prior, ...] = ()
    values: tuple[float, ...] = ()
    distance: float = float("nan")
    effect_central: float = float("nan")
    effect_there: float = float("nan")
    error_there: float = float("nan")
    seeds: int = 0
    q2: float = float("nan")

    def farther(self, part: float) -> tuple[float, ...]:
        """Values at a multiple of the distance, within the ranges."""
        return tuple(
            float(prior.written(np.clip(prior.central + part * (value - prior.central), prior.low, prior.high)))
            for prior, value in zip(self.parameters, self.values, strict=True))


def search(made: Emulator, output: int, verdict: Verdict, priors: Sequence[Prior], q2_least: float) -> list[Turn]:
    """The nearest turn by one assumption, and that by two where it is nearer still; else one entry that says why."""
    q2 = float(made.q2[output])
    if q2 < q2_least:
        return [Turn(verdict, NOT_TOLD, q2=q2)]
    made = made.of([made.names[output]])
    centre = np.array([prior.central for prior in priors])
    at_centre = float(made.mean(centre)[0, 0])
    if (at_centre > 0) != verdict.positive:
        return [Turn(verdict, CENTRAL, effect_central=at_centre, q2=q2)]
    found: list[Turn] = []
    for size, steps in ((1, STEPS), (2, STEPS_OF_PAIRS)):
        nearest = min((turn for places in combinations(range(len(priors)), size)
                       if (turn := _nearest(made, verdict, priors, places, steps)) is not None),
                      key=lambda turn: turn.distance, default=None)
        if nearest is not None and (not found or nearest.distance < found[0].distance):
            found.append(replace(nearest, effect_central=at_centre, q2=q2))
    return found or [Turn(verdict, HOLDS, effect_central=at_centre, q2=q2)]


def _nearest(made: Emulator, verdict: Verdict, priors: Sequence[Prior], places: tuple[int, ...],
             steps: int) -> Turn | None:
    """The nearest point of a grid over some assumptions at which the effect, the one output, has surely the other
    sign."""
    chosen = tuple(priors[place] for place in places)
    sides = [np.unique(prior.spaced(np.linspace(0.0, 1.0, steps))) for prior in chosen]
    grid = np.stack(np.meshgrid(*sides, indexing="ij"), axis=-1).reshape(-1, len(places))
    away = np.sqrt(sum(((grid[:, k] - prior.central) / max(prior.spread, 1e-300))**2 for k, prior in enumerate(chosen)))
    points = np.tile([prior.central for prior in priors], (len(grid), 1))
    points[:, places] = grid
    sign = 1.0 if verdict.positive else -1.0
    effect = made.mean(points)[:, 0]
    near = np.flatnonzero(sign * effect < 0)
    near = near[np.argsort(away[near], kind="stable")][:200]  # the deviation costs more: asked of the nearest alone
    if not len(near):
        return None
    mean, sd = made.predict(points[near])
    sure = near[sign * mean[:, 0] + SURE * sd[:, 0] < 0]
    if not len(sure):
        return None
    best = int(sure[0])
    return Turn(verdict, CLAIMED, chosen, tuple(map(float, grid[best])), float(away[best]),
                effect_there=float(effect[best]))


# ---- runs that confirm


def rows(turns: Sequence[Turn], priors: Sequence[Prior],
         others: Mapping[str, float] | None = None) -> list[dict[str, float]]:
    """A table of draws: the central world (draw 1), then every turn at its distance and farther out; `others` are the
    same in all of them."""
    names = [prior.name for prior in priors]
    points = [[prior.central for prior in priors]]
    for turn in turns:
        for part in FARTHER:
            point = list(points[0])
            for prior, value in zip(turn.parameters, turn.farther(part), strict=True):
                point[names.index(prior.name)] = value
            points.append(point)
    return rows_at(priors, np.array(points), others)


def judged(turns: Sequence[Turn], effects: Array) -> list[Turn]:
    """Candidates as evaluated by runs. effects: [draw, seed, turn], of the draws of `rows`; nan where a run lacks."""
    out = []
    for place, turn in enumerate(turns):
        sign = 1.0 if turn.verdict.positive else -1.0
        central, _, _ = _mean(effects[0, :, place])
        found = [_mean(effects[1 + place * len(FARTHER) + step, :, place]) for step in range(len(FARTHER))]
        good = [step for step, (mean, error, _) in enumerate(found) if sign * mean + BEYOND_LUCK * error < 0]
        step = good[0] if good else 0
        state = CONFIRMED if good else NOT_CONFIRMED
        if sign * central <= 0:
            state = CENTRAL
        values = turn.farther(FARTHER[step])
        away = sum(((value - prior.central) / prior.spread)**2
                   for prior, value in zip(turn.parameters, values, strict=True))
        mean, error, seeds = found[step]
        out.append(replace(turn, state=state, values=values, distance=float(np.sqrt(away)), effect_central=central,
                           effect_there=mean, error_there=error, seeds=seeds))
    return out


def _mean(values: Array) -> tuple[float, float, int]:
    """Mean, its standard error and the number of values that are there."""
    there = values[np.isfinite(values)]
    if len(there) < 2:
        return float("nan"), float("nan"), len(there)
    return float(there.mean()), float(there.std(ddof=1) / np.sqrt(len(there))), len(there)


def table(turns: Sequence[Turn], year: int) -> pd.DataFrame:
    """A row a turn; several assumptions, their values and places in their distributions are parted by spaces."""
    found = [{
        "quantity": turn.verdict.quantity, "measure": turn.verdict.measure, "variable": turn.verdict.variable,
        "year": year, "verdict": turn.verdict.verdict, "state": turn.state,
        "parameters": " ".join(prior.name for prior in turn.parameters),
        "central": " ".join(f"{prior.central:.6g}" for prior in turn.parameters),
        "values": " ".join(f"{value:.6g}" for value in turn.values), "distance": turn.distance,
        "places": " ".join(f"{prior.place(value):.3f}" for prior, value in zip(turn.parameters, turn.values,
                                                                            strict=True)),
        "effect_central": turn.effect_central, "effect_there": turn.effect_there, "error_there": turn.error_there,
        "seeds": turn.seeds, "q2": turn.q2} for turn in turns]
    return pd.DataFrame(found, columns=list(COLUMNS))
