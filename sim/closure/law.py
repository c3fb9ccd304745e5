"""The law of motion of residuals, estimated on the historical years (F.15 R8).

r' = rho r + shock. rho is the value from a small grid that would have forecast the residuals best; shocks have the
spread of yearly changes net of errors of measurement, with a part common to the province (the change of the whole
branch) and a part of each county, larger for smaller ones. County shocks are estimated on published county figures
only, within one definition of the accounts; the pandemic years are excluded. Kinds that respond to others (spending to
revenue) are estimated on the remainder.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.mechanisms.past import DAMPED, Law
from sim.words import BASE_YEAR

Floats = NDArray[np.float64]
PERSISTENCE = (0.0, 0.5, 0.8, 0.9, 1.0)
LEADS = (1, 2, 3, 4)
LEFT_OUT = (2020, 2021)
FEWEST_PAIRS = 12  # minimum number of residuals to estimate persistence
FEWEST_CHANGES = 40  # minimum number to estimate the effect of size
LARGEST_EXPONENT = 0.5  # of size: independent parts of a branch would give as much
FEWEST_YEARS = 4  # minimum number of provincial changes to estimate correlations
ENOUGH_OF_ALL = 0.5  # part of the province that tells its change where it prints none
SMALLEST_EIGENVALUE = 0.02
LEAST_REAL = 0.25  # minimum share of the variance of changes, regardless of errors of measurement


class Prior(NamedTuple):
    """What is expected before any change is seen: yearly spread of a county's residual and of that of the province, and
    how many changes of counties, and years, that is worth; one number for all kinds or
    one each."""

    spread: float | Floats
    common: float | Floats
    changes: float
    years: float


class Answer(NamedTuple):
    """A kind that answers shocks of others: `weights` [county, kind of shock] make one of them, `expected` is the part
    of it that the kind takes off before any is seen."""

    kind: int
    weights: Floats
    expected: float


class Known(NamedTuple):
    """What is known of the residuals: [year, county, kind] whether a county prints what they are of, [year, county,
    kind] whether the year stands on the definition of the one before (the first row is not read), [year, kind] whether
    it is printed of the whole province."""

    printed: NDArray[np.bool_]
    same: NDArray[np.bool_]
    province: NDArray[np.bool_]


def law(residuals: Floats, known: Known, sizes: Floats, noise: Floats | float, prior: Prior,
        answers: Sequence[Answer] = (), groups: Sequence[int] | None = None) -> Law:
    """The law of residuals [year from the base year on, county, kind] with what is known of them.

    `sizes` [county, kind]: what they are of, million CNY. `noise` [year, county, kind]: variance of the error of
    measurement of a year alone. Shocks hang together among kinds of one of the `groups` [kind]; nothing said: among
    all.
    """
    noise = np.broadcast_to(noise, residuals.shape)
    kinds = residuals.shape[-1]
    prior = prior._replace(spread=np.broadcast_to(prior.spread, kinds), common=np.broadcast_to(prior.common, kinds))
    years = BASE_YEAR + np.arange(len(residuals))
    calm = ~np.isin(years[1:], LEFT_OUT)
    usable = known.printed[1:] & known.printed[:-1] & known.same[1:] & calm[:, None, None]
    change = np.diff(residuals, axis=0)
    answered, moved_by = np.zeros(kinds), np.zeros((residuals.shape[1], kinds, kinds))
    for one in answers:
        shock = np.einsum("ycj,cj->yc", change, one.weights)
        usable[..., one.kind] &= usable[...,
                                        (one.weights > 0).any(axis=0)].all(axis=-1)  # its shock must be observed too
        answered[one.kind] = _answer(one, shock, change[..., one.kind], usable[..., one.kind], prior)
        moved_by[:, one.kind] = one.weights
    change = change + answered * np.einsum("ckj,ycj->yck", moved_by, change)
    parts = sizes / sizes.sum(axis=0)
    common, told = _common(change, parts, usable, known, calm)
    own = np.where(usable, change - np.nan_to_num(common)[:, None], np.nan)
    seen = noise[1:] + noise[:-1]
    of_province = (parts**2 * seen).sum(axis=1)
    relative = _relative(sizes)
    exponent = _exponent(own, relative)
    spread, of_all, counts = np.empty(kinds), np.empty(kinds), np.empty(kinds, dtype=np.int64)
    for b in range(kinds):
        there = np.isfinite(own[..., b])
        scale = np.broadcast_to(relative[:, b] ** -exponent, there.shape)[there]
        square = (own[..., b][there] / scale) ** 2
        counts[b] = len(square)
        variance = (max(square.mean() - (seen[..., b][there] / scale**2).mean(), LEAST_REAL * square.mean())
                    if counts[b] else 0.0)
        spread[b] = np.sqrt((prior.changes * prior.spread[b]**2 + counts[b] * variance) / (prior.changes + counts[b]))
        of_years = np.nan_to_num(common[:, b]) ** 2
        real = max(of_years.sum() - of_province[told[:, b], b].sum(), LEAST_REAL * of_years.sum())
        of_all[b] = np.sqrt((prior.years * prior.common[b]**2 + real) / (prior.years + told[:, b].sum()))
    persistence = np.array([_persistence(residuals[..., b], usable[..., b]) for b in range(kinds)])
    groups = np.zeros(kinds, dtype=int) if groups is None else np.asarray(groups)
    return Law(persistence, spread * relative**-exponent, of_all, _mix(own, FEWEST_PAIRS, groups),
               _mix(common, FEWEST_YEARS, groups), parts, answered, moved_by, counts, np.ones(DAMPED))


def _answer(one: Answer, shock: Floats, change: Floats, there: NDArray[np.bool_], prior: Prior) -> float:
    """Share of a shock [year, county] offset by a kind, shrunk towards a prior."""
    leaning = prior.changes * float(np.mean((one.weights**2 * prior.spread**2).sum(axis=1)))
    return float(np.clip(-slope(shock[there], change[there], -one.expected, leaning), 0.0, 1.0))


def slope(x: Floats, y: Floats, expected: float = 0.0, leaning: float = 0.0) -> float:
    """Least squares of `y` on `x` without constant, shrunk towards a prior with the weight of a sum of squares; the
    prior where nothing is known.
    """
    squares = leaning + float(x @ x)
    return float((leaning * expected + x @ y) / squares) if squares > 0 else expected


def _common(change: Floats, parts: Floats, usable: NDArray[np.bool_], known: Known,
            calm: NDArray[np.bool_]) -> tuple[Floats, NDArray[np.bool_]]:
    """Change of the province [year, kind], nan where unknown, and a mask of known values.

    From provincial figures, or from published counties that make up at least half of the province.
    """
    whole = known.province[1:] & known.province[:-1] & known.same[1:].any(axis=1)
    seen = np.where(usable, parts, 0.0)
    part = seen.sum(axis=1)
    of_some = (seen * np.where(usable, change, 0.0)).sum(axis=1) / np.where(part > 0, part, 1.0)
    told = (whole | (part >= ENOUGH_OF_ALL)) & calm[:, None]
    return np.where(told, np.where(whole, (parts * change).sum(axis=1), of_some), np.nan), told


def _relative(sizes: Floats) -> Floats:
    """Sizes relative to their geometric mean; 1 where zero."""
    logs = np.log(np.where(sizes > 0, sizes, np.nan))
    return np.exp(np.nan_to_num(logs - np.nanmean(logs, axis=0)))


def _exponent(own: Floats, relative: Floats) -> float:
    """Exponent of size in the spread of shocks, spread ~ size^-exponent, by least squares on log absolute changes."""
    there = np.isfinite(own) & (own != 0)
    if there.sum() < FEWEST_CHANGES:
        return 0.0
    far, size, branch = (np.broadcast_to(values, own.shape)[there] for values in (
        np.log(np.abs(np.where(there, own, 1.0))), np.log(relative), np.arange(own.shape[-1])))
    for b in np.unique(branch):
        far, size = (np.where(branch == b, values - values[branch == b].mean(), values) for values in (far, size))
    return float(np.clip(-(far @ size) / max(size @ size, 1e-12), 0.0, LARGEST_EXPONENT))


def _persistence(residuals: Floats, usable: NDArray[np.bool_]) -> float:
    """Of a few values the one with which residuals [year, county] would have been forecast best, one to four years on.

    With few observations residuals are taken as constant.
    """
    best, least = 1.0, np.inf
    for rho in reversed(PERSISTENCE):
        missed = []
        for lead in LEADS[:len(usable)]:
            joined = np.all([usable[k: k + len(residuals) - lead] for k in range(lead)], axis=0)
            if joined.any():
                ahead = residuals[lead:] - rho**lead * residuals[:-lead]
                missed.append(np.abs(ahead[joined]))
        pairs = sum(map(len, missed))
        if pairs < FEWEST_PAIRS:
            return 1.0
        loss = float(np.mean([part.mean() for part in missed]))
        if loss < least - 1e-12:
            best, least = rho, loss
    return best


def _mix(changes: Floats, fewest: int, groups: NDArray[np.int64]) -> Floats:
    """Lower triangle whose product with itself is the correlation of changes [..., kind].

    A pair of kinds of a group is used where both are known, with at least `fewest` changes.
    """
    flat = changes.reshape(-1, changes.shape[-1])
    kinds = flat.shape[1]
    found = np.eye(kinds)
    for a in range(kinds):
        for b in range(a):
            both = flat[np.isfinite(flat[:, a]) & np.isfinite(flat[:, b])][:, [a, b]]
            size = np.sqrt((both**2).sum(axis=0))
            if groups[a] == groups[b] and len(both) >= fewest and size.all():
                kept = 1.0 - 1.0 / np.sqrt(len(both))  # shrink correlations based on few changes
                found[a, b] = found[b, a] = kept * (both[:, 0] @ both[:, 1]) / size.prod()
    least = np.linalg.eigvalsh(found)[0]
    if least < SMALLEST_EIGENVALUE:  # pairwise estimates may not be positive definite
        found = (found + (SMALLEST_EIGENVALUE - least) * np.eye(kinds)) / (1.0 + SMALLEST_EIGENVALUE - least)
    return np.linalg.cholesky(found)
