"""Inequality between counties (D.2, D.3): pure functions over the last axis, any leading axes.

`x` is a positive quantity per head [..., county], `weight` the persons behind it [..., county] (none: every county
counts equally), `members` a mask [county] of the units compared. A unit without a value makes the index nan: a gap
between some counties is never reported as the gap between all.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from sim.core.arrays import Flags, Floats
from sim.core.cache import kernel

Index = Callable[[ArrayLike, ArrayLike, Flags, ArrayLike | None], Floats]


class Decomposition(NamedTuple):
    """An index and its exact parts: total = between + within."""

    total: np.ndarray
    between: np.ndarray
    within: np.ndarray


class Convergence(NamedTuple):
    """Fit of growth on the initial level (Barro and Sala-i-Martin 1992)."""

    slope: np.ndarray
    speed: np.ndarray
    half_life: np.ndarray


def chosen(x: ArrayLike, weight: ArrayLike | None = None, members: ArrayLike | None = None) -> tuple[Floats, Floats]:
    """Values and shares m (summing to 1) of the compared units, both [..., member]; 1/n each without weights."""
    x = np.asarray(x, dtype=float)
    weight = np.ones_like(x) if weight is None else np.asarray(weight, dtype=float)
    if weight.shape != x.shape:
        weight = np.broadcast_to(weight, x.shape)
    if members is not None:
        members = np.asarray(members, dtype=bool)
        x, weight = x[..., members], weight[..., members]
    total = weight.sum(axis=-1, keepdims=True)
    return x, weight / np.where(total > 0, total, np.nan)


def mean(x: ArrayLike, weight: ArrayLike | None = None, members: ArrayLike | None = None) -> Floats:
    """Weighted mean, sum m x."""
    x, share = chosen(x, weight, members)
    return (share * x).sum(axis=-1)


def _times_log(a, b):
    """a ln(b), with 0 ln 0 = 0; nan where b is negative."""
    with np.errstate(divide="ignore", invalid="ignore"):
        product = a * np.log(b)
    return np.where((a == 0) & (b >= 0), 0.0, product)


def _relative(x, share):
    """x / mu, the value of a unit relative to the mean of all."""
    mu = (share * x).sum(axis=-1, keepdims=True)
    return x / np.where(mu > 0, mu, np.nan)


def theil_t(x: ArrayLike, weight: ArrayLike | None = None, members: ArrayLike | None = None) -> Floats:
    """Theil T = sum m (x/mu) ln(x/mu)."""
    return theils(x, weight, members)[0]


def theil_l(x: ArrayLike, weight: ArrayLike | None = None, members: ArrayLike | None = None) -> Floats:
    """Theil L = sum m ln(mu/x), the mean logarithmic deviation."""
    return theils(x, weight, members)[1]


def theils(x: ArrayLike, weight: ArrayLike | None = None, members: ArrayLike | None = None) -> Floats:
    """Theil T and L, which use the same logarithms; [2, ...] for x [..., county]."""
    x = np.asarray(x, dtype=float)
    weight = np.ones_like(x) if weight is None else np.asarray(weight, dtype=float)
    if weight.shape != x.shape:
        weight = np.broadcast_to(weight, x.shape)
    compared = np.ones(x.shape[-1], dtype=np.bool_) if members is None else np.asarray(members, dtype=np.bool_)
    found = np.zeros((2, *x.shape[:-1]))
    _add_up(x.reshape(-1, x.shape[-1]), weight.reshape(-1, x.shape[-1]), compared, found.reshape(2, -1))
    return found


@kernel
def _add_up(x, weight, compared, found):
    for row in range(x.shape[0]):
        total, sum_of_x = 0.0, 0.0
        for c in range(x.shape[1]):
            total += weight[row, c] if compared[c] else 0.0
        if not total > 0:
            total = np.nan
        for c in range(x.shape[1]):
            sum_of_x += weight[row, c] / total * x[row, c] if compared[c] else 0.0
        mu = sum_of_x if sum_of_x > 0 else np.nan
        for c in range(x.shape[1]):
            if compared[c]:
                share, ratio = weight[row, c] / total, x[row, c] / mu
                logarithm = np.log(ratio)
                found[0, row] += 0.0 if share * ratio == 0 else share * ratio * logarithm
                found[1, row] -= 0.0 if share == 0 and ratio >= 0 else share * logarithm


def _of_group(ratio, share, labels):
    """mu_g / mu of each unit's group."""
    out = np.zeros_like(ratio)
    for label in np.unique(labels):
        inside = labels == label
        people = share[..., inside].sum(axis=-1, keepdims=True)
        income = (share[..., inside] * ratio[..., inside]).sum(axis=-1, keepdims=True)
        with np.errstate(divide="ignore", invalid="ignore"):
            out[..., inside] = np.where(people == 0, 0.0, income / people)
    return out


def _prepared(x, groups, weight, members):
    """Shares, x/mu, mu_g/mu and x/mu_g of the compared units."""
    labels = np.asarray(groups)
    if members is not None:
        labels = labels[np.asarray(members, dtype=bool)]
    x, share = chosen(x, weight, members)
    ratio = _relative(x, share)
    group = _of_group(ratio, share, labels)
    with np.errstate(divide="ignore", invalid="ignore"):
        inner = np.where(group == 0, 0.0, ratio / group)
    return share, ratio, group, inner


def theil_t_by_group(x: ArrayLike, groups: ArrayLike, weight: ArrayLike | None = None,
                     members: ArrayLike | None = None) -> Decomposition:
    """Theil T = T_b + T_w; T_b = sum_g s_g ln(mu_g/mu), T_w = sum_g s_g T_g, s_g the income share of a group.

    `groups` [county] labels the units (a mask makes two groups).
    """
    share, ratio, group, inner = _prepared(x, groups, weight, members)
    return Decomposition(
        total=_times_log(share * ratio, ratio).sum(axis=-1),
        between=_times_log(share * group, group).sum(axis=-1),
        within=_times_log(share * ratio, inner).sum(axis=-1),
    )


def theil_l_by_group(x: ArrayLike, groups: ArrayLike, weight: ArrayLike | None = None,
                     members: ArrayLike | None = None) -> Decomposition:
    """Theil L = L_b + L_w, groups weighted with their population shares."""
    share, ratio, group, inner = _prepared(x, groups, weight, members)
    return Decomposition(
        total=-_times_log(share, ratio).sum(axis=-1),
        between=-_times_log(share, group).sum(axis=-1),
        within=-_times_log(share, inner).sum(axis=-1),
    )


def variation(x: ArrayLike, weight: ArrayLike | None = None, members: ArrayLike | None = None) -> Floats:
    """Coefficient of variation: weighted it is Williamson's Vw (1965), unweighted the plain CV (population sd)."""
    x, share = chosen(x, weight, members)
    ratio = _relative(x, share)
    return np.sqrt(np.sum(share * (ratio - 1) ** 2, axis=-1))


def williamson(x: ArrayLike, weight: ArrayLike, members: ArrayLike | None = None) -> Floats:
    """Vw = sqrt(sum m (x-mu)^2) / mu with population shares m (Williamson 1965)."""
    return variation(x, weight, members)


def gini(x: ArrayLike, weight: ArrayLike | None = None, members: ArrayLike | None = None) -> Floats:
    """Gini = sum_c sum_d m_c m_d |x_c - x_d| / (2 mu)."""
    x, share = chosen(x, weight, members)
    found = np.zeros(x.shape[:-1])
    _add_up_pairs(x.reshape(-1, x.shape[-1]), share.reshape(-1, x.shape[-1]), found.reshape(-1))
    return found[()]


@kernel
def _add_up_pairs(x, share, found):
    """Every pair is counted once, hence no factor of one half."""
    for row in range(x.shape[0]):
        mu, apart = 0.0, 0.0
        for c in range(x.shape[1]):
            mu += share[row, c] * x[row, c]
            for d in range(c):
                apart += share[row, c] * share[row, d] * abs(x[row, c] - x[row, d])
        found[row] = apart / mu if mu > 0 else np.nan


def atkinson(x: ArrayLike, aversion: float = 1.0, weight: ArrayLike | None = None,
             members: ArrayLike | None = None) -> Floats:
    """Atkinson = 1 - [sum m (x/mu)^(1-eps)]^(1/(1-eps)); eps = 1: 1 - exp(sum m ln(x/mu)); `aversion` is eps."""
    x, share = chosen(x, weight, members)
    ratio = _relative(x, share)
    if aversion == 1:
        return 1 - np.exp(_times_log(share, ratio).sum(axis=-1))
    with np.errstate(divide="ignore"):
        powers = np.where(share > 0, share * ratio ** (1 - aversion), 0 * share)
        return 1 - np.sum(powers, axis=-1) ** (1 / (1 - aversion))


def _over(upper, lower):
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(lower > 0, upper / lower, np.nan)


def max_over_min(x: ArrayLike, members: ArrayLike | None = None) -> Floats:
    """The highest value over the lowest."""
    x, _ = chosen(x, None, members)
    return _over(x.max(axis=-1), x.min(axis=-1))


def top_over_bottom(x: ArrayLike, number: int = 3, members: ArrayLike | None = None) -> Floats:
    """Mean of the `number` highest values over the mean of the `number` lowest."""
    x, _ = chosen(x, None, members)
    ordered = np.sort(x, axis=-1)
    whole = ~np.isnan(x).any(axis=-1)
    ratio = _over(ordered[..., -number:].mean(axis=-1), ordered[..., :number].mean(axis=-1))
    return np.where(whole, ratio, np.nan)


def p90_over_p10(x: ArrayLike, members: ArrayLike | None = None) -> Floats:
    """The 90th percentile of the units over the 10th (linear interpolation)."""
    x, _ = chosen(x, None, members)
    high, low = np.quantile(x, [0.9, 0.1], axis=-1)
    return _over(high, low)


def sigma(x: ArrayLike, members: ArrayLike | None = None) -> Floats:
    """Sigma: population standard deviation of ln x over units."""
    x, _ = chosen(x, None, members)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.log(x).std(axis=-1)


def group_ratio(x: ArrayLike, group: ArrayLike, weight: ArrayLike | None = None,
                members: ArrayLike | None = None) -> Floats:
    """Mean of the units of a group over the mean of the others (landlocked over coast, D.3)."""
    group = np.asarray(group, dtype=bool)
    members = np.ones_like(group) if members is None else np.asarray(members, dtype=bool)
    return _over(mean(x, weight, members & group), mean(x, weight, members & ~group))


def share_below(x: ArrayLike, weight: ArrayLike, line: float = 0.75, members: ArrayLike | None = None) -> Floats:
    """Population share of units below `line` times the mean (D.3)."""
    x, share = chosen(x, weight, members)
    ratio = _relative(x, share)
    below = np.sum(share * (ratio < line), axis=-1)
    return np.where(np.isnan(ratio).any(axis=-1), np.nan, below)


def poorest_over_mean(x: ArrayLike, weight: ArrayLike, part: float = 0.2, members: ArrayLike | None = None) -> Floats:
    """Mean of x over the poorest `part` of persons, counties ranked by x, over the mean of all.

    A county that straddles the cut-off counts with the share of its persons below it.
    """
    x, share = chosen(x, weight, members)
    order = np.argsort(x, axis=-1)
    x, share = np.take_along_axis(x, order, axis=-1), np.take_along_axis(share, order, axis=-1)
    below = np.cumsum(share, axis=-1) - share
    counted = np.clip(part - below, 0.0, share)
    return (counted * x).sum(axis=-1) / part / (share * x).sum(axis=-1)


def rank_correlation(x: ArrayLike, y: ArrayLike, members: ArrayLike | None = None) -> Floats:
    """Spearman's rank correlation of two quantities over counties: 1 for the same order, -1 for the reverse."""
    ranks = [np.argsort(np.argsort(chosen(values, None, members)[0], axis=-1), axis=-1).astype(float)
             for values in (x, y)]
    known = [np.isfinite(chosen(values, None, members)[0]).all(axis=-1) for values in (x, y)]
    first, second = (rank - rank.mean(axis=-1, keepdims=True) for rank in ranks)
    found = (first * second).sum(axis=-1) / np.sqrt((first**2).sum(axis=-1) * (second**2).sum(axis=-1))
    return np.where(known[0] & known[1], found, np.nan)


def poor_over_rich(x: ArrayLike, by: ArrayLike, weight: ArrayLike, part: float = 1 / 3,
                   members: ArrayLike | None = None) -> Floats:
    """Mean of x in the `part` of counties where `by` is lowest over that in the part where it is highest.

    Below 1, counties with low `by` have less of x; above 1, more.
    """
    x, share = chosen(x, weight, members)
    by = chosen(by, None, members)[0]
    order, number = np.argsort(by, axis=-1), max(1, round(part * x.shape[-1]))
    x, share = np.take_along_axis(x, order, axis=-1), np.take_along_axis(share, order, axis=-1)
    low, high = ((share[..., part] * x[..., part]).sum(axis=-1) / share[..., part].sum(axis=-1)
                 for part in (slice(None, number), slice(-number, None)))
    return np.where(np.isfinite(by).all(axis=-1), low / high, np.nan)


def least_without_one(index: Index, x: ArrayLike, weight: ArrayLike, members: ArrayLike | None = None,
                      groups: ArrayLike | None = None) -> Floats:
    """An index without the county that contributes most: the minimum over leaving out each county in turn.

    `index(x, weight, members, groups)` as declared in the registry. It shows how much of a gap is due to one county.
    """
    x = np.asarray(x, dtype=float)
    inside = np.ones(x.shape[-1], dtype=bool) if members is None else np.asarray(members, dtype=bool)
    found = []
    for left_out in np.flatnonzero(inside):
        rest = inside.copy()
        rest[left_out] = False
        found.append(index(x, weight, rest, groups))
    return np.min(np.stack(found), axis=0)


def absolute_gap(x: ArrayLike, members: ArrayLike | None = None) -> Floats:
    """The highest minus the lowest value, in the unit of x (D.3)."""
    x, _ = chosen(x, None, members)
    return x.max(axis=-1) - x.min(axis=-1)


def beta_convergence(initial: ArrayLike, final: ArrayLike, years: float,
                     members: ArrayLike | None = None) -> Convergence:
    """(1/T) ln(x_T/x_0) = a - ((1-e^{-bT})/T) ln x_0 by least squares; half-life ln2/b.

    The slope is negative when poorer units grow faster; speed b and half-life are nan where undefined.
    """
    initial, _ = chosen(initial, None, members)
    final, _ = chosen(final, None, members)
    start = np.log(initial)
    growth = (np.log(final) - start) / years
    apart = start - start.mean(axis=-1, keepdims=True)
    slope = _over(np.sum(apart * (growth - growth.mean(axis=-1, keepdims=True)), axis=-1), np.sum(apart**2, axis=-1))
    inside = 1 + slope * years
    speed = np.where(inside > 0, -np.log(np.where(inside > 0, inside, 1.0)) / years, np.nan)
    half_life = np.where(speed > 0, np.log(2) / np.where(speed > 0, speed, 1.0), np.nan)
    return Convergence(slope, speed, half_life)


def rank_mobility(before: ArrayLike, after: ArrayLike, members: ArrayLike | None = None) -> Floats:
    """Kendall's tau-b between two orders of the units: 1 for the same order, -1 for the reverse."""
    before, _ = chosen(before, None, members)
    after, _ = chosen(after, None, members)
    first = np.sign(before[..., :, None] - before[..., None, :])
    second = np.sign(after[..., :, None] - after[..., None, :])
    agreement = np.sum(first * second, axis=(-2, -1))
    pairs = np.sqrt(np.sum(first**2, axis=(-2, -1)) * np.sum(second**2, axis=(-2, -1)))
    return _over(agreement, pairs)


def moran(x: ArrayLike, nearness: ArrayLike, members: ArrayLike | None = None) -> Floats:
    """Moran's I with weights `nearness` [county, county] (1/travel time; the diagonal is left out)."""
    x, _ = chosen(x, None, members)
    near = np.array(nearness, dtype=float)
    if members is not None:
        near = near[np.ix_(*(np.asarray(members, dtype=bool),) * 2)]
    np.fill_diagonal(near, 0.0)
    apart = x - x.mean(axis=-1, keepdims=True)
    together = np.sum(near * apart[..., :, None] * apart[..., None, :], axis=(-2, -1)) / near.sum()
    variance = np.mean(apart**2, axis=-1)
    return np.where(variance > 0, together / np.where(variance > 0, variance, 1.0), np.nan)


def growth_split(output_before: ArrayLike, persons_before: ArrayLike, output_after: ArrayLike,
                 persons_after: ArrayLike) -> tuple[Floats, Floats, Floats]:
    """d ln(relative gdp_pc) = d ln(share of output) - d ln(share of people) (D.3); arrays [..., county].

    Returns the change of the relative level, the contribution of output and that of population (their difference).
    """
    def log_share(x):
        x = np.asarray(x, dtype=float)
        return np.log(x) - np.log(x.sum(axis=-1, keepdims=True))

    output = log_share(output_after) - log_share(output_before)
    people = log_share(persons_after) - log_share(persons_before)
    return output - people, output, people
