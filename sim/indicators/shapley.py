"""Shapley shares: what each part of a plan adds on the mean over the orders in which the parts could have come.

v(S) is an output when the parts of a coalition S are carried out; the share of a part is the mean over orders of
v(S and the part) - v(S), S being what comes before it. Shares add to v(all) - v(none) in every order, so on the mean.
Values may have any shape (seeds, years, counties).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

Coalition = frozenset


def coalitions(orders: Sequence[Sequence[str]]) -> set[Coalition]:
    """Every coalition the orders pass through, nothing and everything included."""
    return {Coalition(order[:k]) for order in orders for k in range(len(order) + 1)}


def marginal(values: Mapping[Coalition, np.ndarray], order: Sequence[str]) -> dict[str, np.ndarray]:
    """What each part adds when it comes in this order."""
    steps = [np.asarray(values[Coalition(order[:k])], dtype=float) for k in range(len(order) + 1)]
    return {part: after - before for part, before, after in zip(order, steps[:-1], steps[1:], strict=True)}


def shapley(values: Mapping[Coalition, np.ndarray], orders: Sequence[Sequence[str]]) -> dict[str, np.ndarray]:
    """Mean of what each part adds over the orders."""
    added = [marginal(values, order) for order in orders]
    return {part: np.mean([one[part] for one in added], axis=0) for part in orders[0]}


def along_orders(values: NDArray[np.floating], comes: NDArray[np.integer]) -> NDArray[np.float64]:
    """What each part adds, mean over the orders in which it came [part, pair, ...].

    `values` [order, place, pair, ...]: an output with no part, the first part of the order, ... all of them. `comes`
    [order, step, pair]: the part (a number from 0) that comes at each step, one fewer than there are places. Each pair
    may have orders of its own. The parts of a pair sum to its last value less its first one.
    """
    added = np.diff(np.asarray(values, dtype=float), axis=1)
    steps = np.argsort(comes, axis=1, kind="stable")  # the step at which each part comes
    steps = steps.reshape(*steps.shape, *[1] * (added.ndim - steps.ndim))
    return np.take_along_axis(added, steps, axis=1).mean(axis=0)


def sampling_error(values: Mapping[Coalition, np.ndarray], orders: Sequence[Sequence[str]]) -> dict[str, np.ndarray]:
    """Standard error of each share by the choice of orders; pairs of an order and its reverse count as one draw."""
    added = [marginal(values, order) for order in orders]
    paired = len(orders) % 2 == 0 and all(
        tuple(b) == tuple(a)[::-1] for a, b in zip(orders[::2], orders[1::2], strict=True))
    draws = ([{part: (a[part] + b[part]) / 2 for part in a} for a, b in zip(added[::2], added[1::2], strict=True)]
             if paired else added)
    if len(draws) < 2:
        return {part: np.full_like(np.asarray(share, dtype=float), np.nan) for part, share in draws[0].items()}
    return {part: np.std([one[part] for one in draws], axis=0, ddof=1) / np.sqrt(len(draws)) for part in orders[0]}
