"""Approximate Bayesian computation on the emulator, with regression adjustment (Beaumont, Zhang and Balding 2002).

Places of the parameters are drawn from the prior where history matching rules nothing out; statistics are simulated at
each: what the emulator expects, how far off it may be, the luck of a run and of the parameters that are not learned,
and the errors of history. Those nearest to history are kept and moved by a local linear regression of the places on the
statistics, with the weights of Epanechnikov. Places are regressed as normal scores, so that none leaves its range.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri
from scipy.stats import qmc

from calibration.posterior.match import CUT, Surrogate, plausible

Array = NDArray[np.float64]
TRIED, KEPT = 20_000, 0.15  # points drawn from the prior; share of the plausible ones that is kept
FEWEST = 50  # plausible points below which nothing is told
RIDGE = 1e-6


class Posterior(NamedTuple):
    """places [draw, parameter] with their weights [draw]; `share`: of the prior that is not ruled out. Empty where next
    to nothing is plausible."""

    places: Array
    weights: Array
    share: float

    @property
    def told(self) -> bool:
        """Whether there is a posterior at all."""
        return len(self.places) > 0


class Bank(NamedTuple):
    """Points of the prior: `places` [point, parameter]; statistics expected there (`mean`), what they may be off by
    (`spread`) and what one history would show (`simulated`), all [point, statistic]."""

    places: Array
    mean: Array
    spread: Array
    simulated: Array

    def inside(self, rows: NDArray[np.bool_]) -> Bank:
        """Some of the points."""
        return Bank(*(values[rows] for values in self))


def bank(surrogate: Surrogate, parameters: int, error: Array, seed: int = 0, tried: int = TRIED) -> Bank:
    """Points of the prior and what would be seen there, with errors of history [statistic]."""
    rng = np.random.default_rng(seed)
    places = qmc.LatinHypercube(parameters, rng=rng).random(tried)
    mean, sd = surrogate.predict(places)
    spread = np.sqrt(sd**2 + surrogate.noise**2 + error**2)
    return Bank(places, mean, spread, mean + spread * rng.standard_normal(mean.shape))


def posterior(drawn: Bank, observed: Array, cut: float = CUT) -> Posterior:
    """The posterior of the places of a bank given observed statistics [statistic]."""
    in_range = plausible(np.abs(drawn.mean - observed) / drawn.spread, cut)
    if in_range.sum() < FEWEST:
        return Posterior(np.zeros((0, drawn.places.shape[1])), np.zeros(0), float(in_range.mean()))
    near = drawn.inside(in_range)
    found, weights = adjusted(near.places, near.simulated, observed, near.spread.mean(axis=0))
    return Posterior(found, weights, float(in_range.mean()))


def adjusted(places: Array, simulated: Array, observed: Array, scale: Array,
             kept: float = KEPT) -> tuple[Array, Array]:
    """The nearest simulated points, moved to what is observed, and their weights (sum 1)."""
    far = np.sqrt((((simulated - observed) / scale) ** 2).sum(axis=1))
    number = int(np.clip(kept * len(far), min(len(far), 4 * (simulated.shape[1] + 1)), len(far)))
    near = np.argsort(far, kind="stable")[:number]
    width = far[near[-1]] * (1.0 + 1e-9)
    weights = 1.0 - (far[near] / width) ** 2 if width > 0 else np.ones(number)
    weights = np.maximum(weights, 1e-12)
    scores = ndtri(np.clip(places[near], 1e-6, 1.0 - 1e-6))
    away = (simulated[near] - observed) / scale
    by = np.column_stack([np.ones(number), away])
    gram = by.T @ (weights[:, None] * by)
    penalty = RIDGE * weights.sum() * np.eye(len(gram))
    slopes = np.linalg.solve(gram + penalty, by.T @ (weights[:, None] * scores))
    return ndtr(scores - away @ slopes[1:]), weights / weights.sum()


def equally_weighted(found: Posterior, number: int, seed: int = 0) -> Array:
    """`number` places [draw, parameter] of equal weight, by systematic resampling."""
    marks = (np.arange(number) + np.random.default_rng(seed).random()) / number
    order = np.random.default_rng(seed + 1).permutation(len(found.weights))
    rows = np.searchsorted(np.cumsum(found.weights[order]), marks * (1.0 - 1e-12))
    return found.places[order][np.minimum(rows, len(order) - 1)]
