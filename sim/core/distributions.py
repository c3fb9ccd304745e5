"""Sampling by inversion of the distribution function, so that one uniform gives one number."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.core.arrays import Floats, Number
from sim.core.cache import kernel

NEGLIGIBLE = 1e-20  # relative to the probability of the mode; smaller terms do not change the sum


def poisson_quantile(uniform: Floats, mean: Number) -> NDArray[np.int64]:
    """The smallest integers [row] whose Poisson distribution function reaches `uniform` [row]; `mean` [row] or scalar.
    """
    found = np.empty(uniform.size, dtype=np.int64)
    _each(uniform, mean if np.shape(mean) == uniform.shape else np.full(uniform.shape, mean), found)
    return found


@kernel
def _each(uniform, mean, found):
    for i in range(uniform.size):
        found[i] = poisson_count(uniform[i], mean[i])


@kernel
def poisson_count(uniform: float, mean: float) -> np.int64:
    """The smallest integer whose Poisson distribution function reaches `uniform`, searched from the mode.

    Probabilities are computed relative to that of the mode and normalised, which is exact also for large means.
    """
    if not mean > 0.0:
        return np.int64(0)
    count = np.floor(mean)
    below, above, k, term = 0.0, 0.0, count, 1.0
    while k >= 0.0 and term > NEGLIGIBLE:
        below, term, k = below + term, term * k / mean, k - 1.0
    k, term = count + 1.0, mean / (count + 1.0)
    while term > NEGLIGIBLE:
        above, k = above + term, k + 1.0
        term *= mean / k
    chance = 1.0 / (below + above)
    reached = below * chance
    while reached < uniform and chance > 0.0:
        count += 1.0
        chance *= mean / count
        reached += chance
    while count > 0.0 and reached - chance >= uniform:
        reached -= chance
        chance *= count / mean
        count -= 1.0
    return np.int64(count)
