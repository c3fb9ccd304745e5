"""The distribution of incomes over persons (D.1, D.2), on counts and sums by bins of income: [..., bin].

Bins are integers, 32 to a doubling (at most 3 % wide), and counts and sums are integers too, so results do not depend
on the order of persons. Within a bin the mean is used, which lowers the Gini index by a few ten-thousandths.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from sim.core.arrays import Floats
from sim.core.cache import kernel
from sim.words import INCOME_BINS, INCOME_BINS_A_DOUBLING

BINS, BINS_A_DOUBLING = INCOME_BINS, INCOME_BINS_A_DOUBLING


def lower_edges() -> np.ndarray:
    """The lower bound of each bin, and of one more after the last."""
    places = np.arange(BINS + 1)
    doublings = np.maximum(places // BINS_A_DOUBLING - 1, 0)
    return (places - doublings * BINS_A_DOUBLING).astype(float) * 2.0**doublings


EDGES = lower_edges()


def poorest_mean(counts: ArrayLike, sums: ArrayLike, share: float) -> Floats:
    """Mean income of the poorest `share` of persons, [...] in CNY; nan without persons."""
    return _by_row(_average_poorest, (counts, sums), share)


def median(counts: ArrayLike) -> Floats:
    """Median income, [...] in CNY, linear within the bin; nan without persons."""
    return _by_row(_reach_half, (counts,))


def gini(counts: ArrayLike, sums: ArrayLike) -> Floats:
    """Gini index of persons [...], 0 to 1: one minus twice the area under the Lorenz curve; nan without income."""
    return _by_row(_lay_areas, (counts, sums))


def _by_row(walk, distributions, *numbers):
    """Apply a walk along the bins to every row; distributions [..., bin]."""
    found = np.empty(np.shape(distributions[0])[:-1])
    walk(*(np.reshape(one, (-1, BINS)) for one in distributions), *numbers, found.reshape(-1))
    return found[()]


@kernel
def _average_poorest(counts, sums, share, mean):
    """Bin by bin from the poorest until the wanted number is reached; of the last bin only as many as needed."""
    for i in range(counts.shape[0]):
        wanted, below, income = share * counts[i].sum(), 0.0, 0.0
        for b in range(counts.shape[1]):
            if below >= wanted:
                break
            if counts[i, b] > 0:
                income += min(wanted - below, counts[i, b]) * (sums[i, b] / counts[i, b])
                below += counts[i, b]
        mean[i] = income / wanted if wanted > 0 else np.nan


@kernel
def _reach_half(counts, income):
    for i in range(counts.shape[0]):
        half, below, b = counts[i].sum() / 2, 0.0, 0
        while half > 0 and below + counts[i, b] < half:
            below += counts[i, b]
            b += 1
        income[i] = EDGES[b] + (EDGES[b + 1] - EDGES[b]) * ((half - below) / counts[i, b]) if half > 0 else np.nan


@kernel
def _lay_areas(counts, sums, index):
    """Sum over bins of people times twice the mean height of the Lorenz curve above them."""
    for i in range(counts.shape[0]):
        people, income = counts[i].sum(), sums[i].sum()
        up_to, area = 0.0, 0.0
        for b in range(counts.shape[1]):
            if counts[i, b] > 0:
                share = sums[i, b] / income
                up_to += share
                area += counts[i, b] / people * (2.0 * up_to - share)
        index[i] = 1.0 - area if people > 0 and income > 0 else np.nan
