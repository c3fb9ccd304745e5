"""Shapley shares: the mean contribution of each part of a plan over the orders in which the parts can be added.

v(S) is an output when the parts of a coalition S are implemented; the share of a part is the mean over orders of
v(S and the part) - v(S), S being the parts before it. Shares sum to v(all) - v(none) in every order, so in the mean.
Values may have any shape (seeds, years, counties).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

Coalition = frozenset


def coalitions(orders: Sequence[Sequence[str]]) -> set[Coalition]:
    """All coalitions along the orders, including the empty and the full one."""
    return {Coalition(order[:k]) for order in orders for k in range(len(order) + 1)}


def marginal(values: Mapping[Coalition, np.ndarray], order: Sequence[str]) -> dict[str, np.ndarray]:
    """The contribution of each part in this order."""
    steps = [np.asarray(values[Coalition(order[:k])], dtype=float) for k in range(len(order) + 1)]
    return {part: after - before for part, before, after in zip(order, steps[:-1], steps[1:], strict=True)}


def shapley(values: Mapping[Coalition, np.ndarray], orders: Sequence[Sequence[str]]) -> dict[str, np.ndarray]:
    """Mean contribution of each part over the orders."""
    added = [marginal(values, order) for order in orders]
    return {part: np.mean([one[part] for one in added], axis=0) for part in orders[0]}


def along_orders(values: NDArray[np.floating], comes: NDArray[np.integer]) -> NDArray[np.float64]:
    """Mean contribution of each part over the orders [part, pair, ...].

    `values` [order, position, pair, ...]: the output with no part, the first part of the order, ... all parts. `comes`
    [order, step, pair]: the part (from 0) added at each step, one fewer than positions. Each pair may have its own
    orders. The contributions of a pair sum to its last value minus its first.
    """
    added = np.diff(np.asarray(values, dtype=float), axis=1)
    steps = np.argsort(comes, axis=1, kind="stable")  # the step at which each part is added
    steps = steps.reshape(*steps.shape, *[1] * (added.ndim - steps.ndim))
    return np.take_along_axis(added, steps, axis=1).mean(axis=0)


def sampling_error(values: Mapping[Coalition, np.ndarray], orders: Sequence[Sequence[str]]) -> dict[str, np.ndarray]:
    """Standard error of each share due to the choice of orders; an order and its reverse count as one draw."""
    added = [marginal(values, order) for order in orders]
    paired = len(orders) % 2 == 0 and all(
        tuple(b) == tuple(a)[::-1] for a, b in zip(orders[::2], orders[1::2], strict=True))
    draws = ([{part: (a[part] + b[part]) / 2 for part in a} for a, b in zip(added[::2], added[1::2], strict=True)]
             if paired else added)
    if len(draws) < 2:
        return {part: np.full_like(np.asarray(share, dtype=float), np.nan) for part, share in draws[0].items()}
    return {part: np.std([one[part] for one in draws], axis=0, ddof=1) / np.sqrt(len(draws)) for part in orders[0]}
