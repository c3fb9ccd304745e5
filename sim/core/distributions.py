"""Distributions that are drawn by the inverse of their distribution function, so that one uniform gives one number."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.core.arrays import Floats, Number
from sim.core.cache import kernel

NEGLIGIBLE = 1e-20  # against the chance of the mode: what is smaller changes no sum


def poisson_quantile(luck: Floats, mean: Number) -> NDArray[np.int64]:
    """The least whole numbers [row] whose Poisson distribution function reaches `luck` [row]; `mean` alike or one."""
    found = np.empty(luck.size, dtype=np.int64)
    _each(luck, mean if np.shape(mean) == luck.shape else np.full(luck.shape, mean), found)
    return found


@kernel
def _each(luck, mean, found):
    for i in range(luck.size):
        found[i] = poisson_count(luck[i], mean[i])


@kernel
def poisson_count(luck: float, mean: float) -> np.int64:
    """The least whole number whose Poisson distribution function reaches `luck`, looked for from the mode.

    Chances are reckoned against that of the mode and divided by their sum: exact for large means too.
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
    while reached < luck and chance > 0.0:
        count += 1.0
        chance *= mean / count
        reached += chance
    while count > 0.0 and reached - chance >= luck:
        reached -= chance
        chance *= count / mean
        count -= 1.0
    return np.int64(count)
