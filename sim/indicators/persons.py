"""The distribution of incomes over persons (D.1, D.2), on counts and sums by bins of income: [..., bin].

Bins are whole numbers, 32 to a doubling (at most 3 % wide), and counts and sums are whole too: whatever the order of
persons, the same numbers come out. Within a bin all have its mean: the Gini index is short by some ten-thousandths.
"""

from __future__ import annotations

import numpy as np

from sim.core.cache import kernel

BINS_A_DOUBLING = 32
BINS = 28 * BINS_A_DOUBLING


def lower_edges() -> np.ndarray:
    """The least income of each bin, and of one more behind the last."""
    places = np.arange(BINS + 1)
    doublings = np.maximum(places // BINS_A_DOUBLING - 1, 0)
    return (places - doublings * BINS_A_DOUBLING).astype(float) * 2.0**doublings


EDGES = lower_edges()


def poorest_mean(counts, sums, share):
    """Mean income of the poorest `share` of persons; nan where there is nobody."""
    wanted = share * np.asarray(counts).sum(axis=-1)
    taken = _by_row(_taken, counts, sums, wanted, np.zeros(np.shape(counts)))
    return _over(taken.sum(axis=-1), wanted)


def median(counts):
    """The income that half of the persons reach; straight within the bin; nan where there is nobody."""
    return _by_row(_reached, counts, np.empty(np.shape(counts)[:-1]))[()]


def gini(counts, sums):
    """Gini index of persons: one less twice the area under the Lorenz curve."""
    people, income = (np.asarray(a).sum(axis=-1) for a in (counts, sums))
    areas = _by_row(_areas, counts, sums, people, income, np.empty(np.shape(counts)))
    return np.where((people > 0) & (income > 0), 1.0 - areas.sum(axis=-1), np.nan)


def _by_row(walk, *arrays):
    """The last of the arrays, filled by a walk along every row; arrays [..., bin] and [...]."""
    most = np.ndim(arrays[0])
    walk(*(np.reshape(a, (-1, BINS) if np.ndim(a) == most else -1) for a in arrays))
    return arrays[-1]


def _over(above, below):
    return np.where(below > 0, above / np.where(below > 0, below, 1.0), np.nan)


@kernel
def _taken(counts, sums, wanted, income):
    """Income of those of a bin who are among so many of the poorest."""
    for i in range(counts.shape[0]):
        below = 0.0
        for b in range(counts.shape[1]):
            if below >= wanted[i]:
                break
            if counts[i, b] > 0:
                income[i, b] = min(wanted[i] - below, counts[i, b]) * (sums[i, b] / counts[i, b])
                below += counts[i, b]


@kernel
def _reached(counts, income):
    for i in range(counts.shape[0]):
        half, below, b = counts[i].sum() / 2, 0.0, 0
        while half > 0 and below + counts[i, b] < half:
            below += counts[i, b]
            b += 1
        income[i] = EDGES[b] + (EDGES[b + 1] - EDGES[b]) * ((half - below) / counts[i, b]) if half > 0 else np.nan


@kernel
def _areas(counts, sums, people, income, area):
    """Twice the area under the part of the Lorenz curve over each bin."""
    for i in range(counts.shape[0]):
        up_to = 0.0
        for b in range(counts.shape[1]):
            share = sums[i, b] / income[i]
            up_to += share
            area[i, b] = counts[i, b] / people[i] * (2.0 * up_to - share)
