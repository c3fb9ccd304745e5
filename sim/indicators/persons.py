"""The distribution of incomes over persons (D.1, D.2), on counts and sums by bins of income: [..., bin].

Bins are whole numbers, 32 to a doubling (at most 3 % wide), and counts and sums are whole too: whatever the order of
persons, the same numbers come out. Within a bin all have its mean: the Gini index is short by some ten-thousandths.
"""

from __future__ import annotations

import numpy as np

BINS_A_DOUBLING = 32
BINS = 28 * BINS_A_DOUBLING


def lower_edges() -> np.ndarray:
    """The least income of each bin, and of one more behind the last."""
    places = np.arange(BINS + 1)
    doublings = np.maximum(places // BINS_A_DOUBLING - 1, 0)
    return (places - doublings * BINS_A_DOUBLING).astype(float) * 2.0**doublings


def poorest_mean(counts, sums, share):
    """Mean income of the poorest `share` of persons; nan where there is nobody."""
    counts, sums = np.asarray(counts, dtype=float), np.asarray(sums, dtype=float)
    wanted = share * counts.sum(axis=-1, keepdims=True)
    taken = np.clip(wanted - (np.cumsum(counts, axis=-1) - counts), 0.0, counts)
    means = np.divide(sums, counts, out=np.zeros_like(sums), where=counts > 0)
    return _over(np.sum(taken * means, axis=-1), wanted[..., 0])


def median(counts):
    """The income that half of the persons reach; straight within the bin; nan where there is nobody."""
    counts = np.asarray(counts, dtype=float)
    half = counts.sum(axis=-1, keepdims=True) / 2
    up_to = np.cumsum(counts, axis=-1)
    place = np.argmax(up_to >= half, axis=-1)[..., None]
    inside = np.take_along_axis(counts, place, axis=-1)
    below = np.take_along_axis(up_to, place, axis=-1) - inside
    edges = lower_edges()
    value = edges[place] + (edges[place + 1] - edges[place]) * _over(half - below, inside)
    return value[..., 0]


def gini(counts, sums):
    """Gini index of persons: one less twice the area under the Lorenz curve."""
    people, income = _shares(counts), _shares(sums)
    up_to = np.cumsum(income, axis=-1)
    return 1.0 - np.sum(people * (2.0 * up_to - income), axis=-1)


def _shares(values):
    values = np.asarray(values, dtype=float)
    return _over(values, values.sum(axis=-1, keepdims=True))


def _over(above, below):
    above, below = np.broadcast_arrays(np.asarray(above, dtype=float), np.asarray(below, dtype=float))
    return np.where(below > 0, above / np.where(below > 0, below, 1.0), np.nan)
