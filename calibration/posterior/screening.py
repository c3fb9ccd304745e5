"""Which parameters are worth learning: those that move the statistics most, against the errors of these.

All parameters vary at once in the design, so its runs screen as well: at each step the parameter is taken that explains
most of what is left of all statistics together (forward selection, orthogonal matching pursuit), each statistic counted
by the part of its variance that its error does not drown. What luck would explain is told by the same runs in another
order. One at a time (Morris 1991) would need a thousand runs more before any is learned from.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
LEAST, MOST = 8, 12
SHUFFLES, CHANCE = 40, 0.95
WORTH = 0.003  # share of all below which a parameter is not worth learning, however sure that is


class Screened(NamedTuple):
    """Columns chosen, in order; the share of all that each explains; what the best explains by luck at that step."""

    chosen: tuple[int, ...]
    share: tuple[float, ...]
    luck: tuple[float, ...]


def screened(places: Array, statistics: Array, error: Array, least: int = LEAST, most: int = MOST,
             seed: int = 0) -> Screened:
    """The columns of places [run, parameter] that tell most of statistics [run, statistic] with errors [statistic].

    At least `least` of them, more while each tells more than luck does (one chance in twenty), at most `most`.
    """
    rng = np.random.default_rng(seed)
    left = (statistics - statistics.mean(axis=0)) / np.sqrt(statistics.var(axis=0) + error**2)
    total = max(float((left**2).sum()), 1e-300)
    x = places - places.mean(axis=0)
    chosen: list[int] = []
    shares: list[float] = []
    luck: list[float] = []
    for step in range(min(most, places.shape[1])):
        gain = _explained(x, left)
        gain[chosen] = -1.0
        best = int(np.argmax(gain))
        by_luck = float(np.quantile([np.max(_explained(x, left[rng.permutation(len(left))]))
                                     for _ in range(SHUFFLES)], CHANCE))
        if step >= least and gain[best] <= max(by_luck, WORTH * total):
            break
        chosen.append(best)
        shares.append(float(gain[best]) / total)
        luck.append(by_luck / total)
        direction = x[:, best] / np.linalg.norm(x[:, best])
        left = left - np.outer(direction, direction @ left)
        x = x - np.outer(direction, direction @ x)
    return Screened(tuple(chosen), tuple(shares), tuple(luck))


def _explained(x: Array, left: Array) -> Array:
    """Sum of squares of all statistics that each column explains [parameter]."""
    size = (x**2).sum(axis=0)
    return ((x.T @ left) ** 2).sum(axis=1) / np.where(size > 1e-9, size, np.inf)
