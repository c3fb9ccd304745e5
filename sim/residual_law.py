"""The law of residuals: how what history asked of output goes on, estimated on the years followed alone (F.15 R8).

r' = rho r + shock. rho is that of a few values which would have forecast the residuals best; shocks have the spread of
yearly changes less what errors of measurement make of it, a part common to the province and a part of each county,
larger where the branch is small. Only branches that a county prints count, within one definition of the accounts; the
years of the pandemic are left out.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.mechanisms.past import Law
from sim.words import BASE_YEAR

Floats = NDArray[np.float64]
PERSISTENCE = (0.0, 0.5, 0.8, 0.9, 1.0)
LEADS = (1, 2, 3, 4)
LEFT_OUT = (2020, 2021)
MEASURED_BETTER = 2019  # from which output is printed in one revision
FEWEST_UNITS = 3  # of which a year's common change is a mean
FEWEST_PAIRS = 12  # from which residuals tell how they fade
FEWEST_CHANGES = 40  # from which they tell how size counts
LARGEST_EXPONENT = 0.5  # of size: independent parts of a branch would give as much
LEAST_REAL = 0.25  # of the variance of changes, whatever the errors of measurement


def law(residuals: Floats, known: NDArray[np.bool_], same: NDArray[np.bool_], sizes: Floats, error: tuple[float, float],
        prior: tuple[float, float]) -> Law:
    """The law of residuals [year from the base year on, county, branch] with what is known of them.

    `known` [year, county]: the branches are printed; `same` [year, county]: a year stands on the definition of the one
    before (its first row is not read). `sizes` [county, branch]: output. `error`: of measurement, before 2019 and from
    then on; `prior`: the spread expected before any change is seen, and how many changes it is worth.
    """
    years = BASE_YEAR + np.arange(len(residuals))
    usable = known[1:] & known[:-1] & same[1:] & ~np.isin(years[1:], LEFT_OUT)[:, None]
    change = np.where(usable[..., None], np.diff(residuals, axis=0), np.nan)
    common = _common(change)
    own = change - np.nan_to_num(common)[:, None]
    noise = np.where(years[1:] < MEASURED_BETTER, error[0], error[1]) ** 2 + np.where(
        years[:-1] < MEASURED_BETTER, error[0], error[1]) ** 2
    relative = _relative(sizes)
    exponent = _exponent(own, relative)
    branches = residuals.shape[-1]
    spread, of_all, counts = np.empty(branches), np.empty(branches), np.empty(branches, dtype=np.int64)
    for b in range(branches):
        there = np.isfinite(own[..., b])
        scale = np.broadcast_to(relative[:, b] ** -exponent, there.shape)[there]
        square = (own[..., b][there] / scale) ** 2
        seen = np.broadcast_to(noise[:, None], there.shape)[there] / scale**2
        counts[b] = len(square)
        variance = np.maximum(square.mean() - seen.mean(), LEAST_REAL * square.mean()) if counts[b] else 0.0
        spread[b] = np.sqrt((prior[1] * prior[0] ** 2 + counts[b] * variance) / (prior[1] + counts[b]))
        of_all[b] = _common_spread(common[:, b], own[..., b], prior)
    persistence = np.array([_persistence(residuals[..., b], usable) for b in range(branches)])
    return Law(persistence, spread * relative**-exponent, of_all, _mix(own), counts)


def _common(change: Floats) -> Floats:
    """Mean change of a year [year, branch]; nan where fewer than three counties tell it."""
    there = np.isfinite(change)
    count = there.sum(axis=1)
    mean = np.where(there, change, 0.0).sum(axis=1) / np.maximum(count, 1)
    return np.where(count >= FEWEST_UNITS, mean, np.nan)


def _relative(sizes: Floats) -> Floats:
    """Sizes against their geometric mean; 1 where there is nothing."""
    logs = np.log(np.where(sizes > 0, sizes, np.nan))
    return np.exp(np.nan_to_num(logs - np.nanmean(logs, axis=0)))


def _exponent(own: Floats, relative: Floats) -> float:
    """How much less large branches are shaken, spread ~ size^-exponent: least squares of log size of changes."""
    there = np.isfinite(own) & (own != 0)
    if there.sum() < FEWEST_CHANGES:
        return 0.0
    far, size, branch = (np.broadcast_to(values, own.shape)[there] for values in (
        np.log(np.abs(np.where(there, own, 1.0))), np.log(relative), np.arange(own.shape[-1])))
    for b in np.unique(branch):
        far, size = (np.where(branch == b, values - values[branch == b].mean(), values) for values in (far, size))
    return float(np.clip(-(far @ size) / max(size @ size, 1e-12), 0.0, LARGEST_EXPONENT))


def _common_spread(common: Floats, own: Floats, prior: tuple[float, float]) -> float:
    """Spread of the change that all counties share: of the yearly means, less what counties by themselves make of it.

    Before it is seen, half of a county's is expected; a year of it counts as one change.
    """
    told = np.isfinite(common)
    count = np.isfinite(own).sum(axis=1)[told]
    alone = np.nanmean(own**2) / np.maximum(count, 1) if told.any() else 0.0
    seen = np.maximum(common[told] ** 2 - alone, 0.0).sum() if told.any() else 0.0
    return float(np.sqrt((prior[1] * (0.5 * prior[0]) ** 2 + seen) / (prior[1] + told.sum())))


def _persistence(residuals: Floats, usable: NDArray[np.bool_]) -> float:
    """Of a few values the one with which residuals [year, county] would have been forecast best, one to four years on.

    With little to learn from they stay as they are.
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


def _mix(own: Floats) -> Floats:
    """Lower triangle whose product with itself is the correlation of a county's changes by branch."""
    flat = own.reshape(-1, own.shape[-1])
    flat = flat[np.isfinite(flat).all(axis=1)]
    if len(flat) < FEWEST_PAIRS:
        return np.eye(own.shape[-1])
    found = (flat.T @ flat) / len(flat)
    size = np.sqrt(np.diag(found))
    correlation = found / np.outer(size, size)
    kept = 1.0 - 1.0 / np.sqrt(len(flat))  # what few changes tell is taken with caution
    return np.linalg.cholesky(kept * correlation + (1.0 - kept) * np.eye(len(size)))
