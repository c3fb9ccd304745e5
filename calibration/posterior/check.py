"""Whether a history could be one that the model makes: a predictive check (Box 1980), part by part.

Every point of the first wave with errors of history drawn is a history that the model makes at parameters within their
ranges. A history is judged by its distance from all of these (Mahalanobis) in each part of the statistics: output,
incomes, budgets, people, moves. Statistics that no emulator tells take part, for what parameters hardly move tells most
of a wrong structure; by parts, lest a fault of one mechanism drown in what it does not touch. The chance of a history
of the model's own as far off in its worst part is told from histories of points that the distance has not seen. Sizes
of residuals take no part: what is asked of them is of the model's own making.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from calibration.posterior.statistics import RESIDUALS, Value

Array = NDArray[np.float64]
LEVEL = 0.05  # chance at which a history is taken for another model's
ENOUGH = 0.8  # share of the histories of a wrong model that have to be flagged (the usual power of a test)
HISTORIES = 400
OF_A_POINT, FOLDS = 10, 10


class Told(NamedTuple):
    """Chance of a history of the model's own that is as far off in its worst part [history], and in each part [history,
    part]."""

    whole: Array
    by_part: Array


class Check(NamedTuple):
    """What the model makes: statistics of points [point, statistic], errors of history [statistic], the part that each
    belongs to, and how far histories of its own are [history, part]."""

    made: Array
    error: Array
    of: tuple[str, ...]
    own: Array

    @property
    def parts(self) -> tuple[str, ...]:
        """The parts in their order."""
        return tuple(dict.fromkeys(self.of))

    def told(self, histories: Array) -> Told:
        """What is said of histories [history, statistic]."""
        by_part = _chance(self.own, _far(histories, self.made, self.error, self.of))
        least = np.sort(_chance(self.own, self.own).min(axis=1))
        whole = (1.0 + np.searchsorted(least, by_part.min(axis=1), side="right")) / (1.0 + len(least))
        return Told(np.minimum(whole, 1.0), by_part)

    def away(self, history: Array) -> Array:
        """How far each statistic of a history is from what the model makes, in standard deviations of that and of the
        errors."""
        return (history - self.made.mean(axis=0)) / np.sqrt(self.made.var(axis=0) + self.error**2)


def taking_part(values: Sequence[Value]) -> list[int]:
    """Rows of the statistics that are judged."""
    return [row for row, one in enumerate(values) if one.statistic.part_of != RESIDUALS]


def check(made: Array, error: Array, of: Sequence[str], seed: int = 0) -> Check:
    """The check by statistics of points of the prior [point, statistic] and errors of history [statistic], of the parts
    `of` [statistic]."""
    rng = np.random.default_rng(seed)
    own = []
    for fold in range(FOLDS):
        out = np.arange(len(made))[fold::FOLDS]
        if len(out):
            histories = np.repeat(made[out], OF_A_POINT, axis=0)
            histories = histories + error * rng.standard_normal(histories.shape)
            own.append(_far(histories, np.delete(made, out, axis=0), error, of))
    return Check(made, error, tuple(of), np.concatenate(own))


def found_out(one: Check, history: Array, seed: int = 0, histories: int = HISTORIES) -> tuple[float, dict[str, float]]:
    """Share of the histories of a model, with errors about its statistics [statistic], that are taken for another's at
    `LEVEL`, and the same of each part alone."""
    luck = np.random.default_rng(seed).standard_normal((histories, len(history)))
    told = one.told(history + one.error * luck)
    return (float((told.whole <= LEVEL).mean()),
            dict(zip(one.parts, (told.by_part <= LEVEL).mean(axis=0).tolist(), strict=True)))


def _far(histories: Array, made: Array, error: Array, of: Sequence[str]) -> Array:
    """Squared distances [history, part] from points made, their covariance and that of the errors together."""
    away, names, found = histories - made.mean(axis=0), np.array(of), []
    for part in dict.fromkeys(of):
        mine = np.flatnonzero(names == part)
        covariance = np.atleast_2d(np.cov(made[:, mine].T)) + np.diag(error[mine] ** 2)
        found.append((away[:, mine] * np.linalg.solve(covariance, away[:, mine].T).T).sum(axis=1))
    return np.column_stack(found)


def _chance(own: Array, far: Array) -> Array:
    """Share of the model's own histories that are at least as far [history, part]."""
    found = [1.0 - np.searchsorted(np.sort(mine), one, side="left") / (1.0 + len(mine))
             for mine, one in zip(own.T, far.T, strict=True)]
    return np.column_stack(found)
