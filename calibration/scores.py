"""Scores of forecasts (F.8): errors in logarithms, CRPS of an ensemble, bootstrap support, and plain words for them."""

from __future__ import annotations

import numpy as np

SUPPORT = 0.8
RESAMPLES = 2000
CLOSE = 0.1
COVERAGE = (0.65, 0.92)
ENOUGH_MEMBERS = 10


def log_error(forecast, observed):
    """ln forecast - ln observed; nan where either is not positive or not known."""
    forecast, observed = np.asarray(forecast, dtype=float), np.asarray(observed, dtype=float)
    with np.errstate(divide="ignore", invalid="ignore"):
        error = np.log(forecast) - np.log(observed)
    return np.where(np.isfinite(error), error, np.nan)


def mean_absolute(error) -> float:
    """Mean absolute value of what is known; nan of nothing."""
    known = np.abs(np.asarray(error, dtype=float))
    known = known[np.isfinite(known)]
    return float(known.mean()) if known.size else np.nan


def crps(ensemble, observed):
    """CRPS = mean_i |X_i - y| - 1/(2M(M-1)) sum_ij |X_i - X_j| over the first axis (the fair estimator).

    With one member it is the absolute error.
    """
    ensemble, observed = np.asarray(ensemble, dtype=float), np.asarray(observed, dtype=float)
    members = len(ensemble)
    away = np.mean(np.abs(ensemble - observed), axis=0)
    if members == 1:
        return away
    # sum_ij |X_i - X_j| = 2 sum_i (2i - M - 1) X_(i) over the ordered members, i = 1..M
    ordered = np.sort(ensemble, axis=0)
    rank = (2 * np.arange(1, members + 1) - members - 1).reshape((-1,) + (1,) * (ordered.ndim - 1))
    return away - np.sum(rank * ordered, axis=0) / (members * (members - 1))


def coverage(ensemble, observed, share=0.8) -> float:
    """Part of the observed values inside the central interval of the ensemble that should hold `share` of them."""
    low, high = np.quantile(ensemble, [(1 - share) / 2, (1 + share) / 2], axis=0)
    known = np.isfinite(observed) & np.isfinite(low)
    return float(np.mean((observed >= low)[known] & (observed <= high)[known])) if known.any() else np.nan


def support(model, naive, resamples=RESAMPLES) -> float:
    """How often the model's mean score is the lower one when counties are drawn again; scores [..., county]."""
    gain = np.asarray(naive, dtype=float) - np.asarray(model, dtype=float)
    known = np.isfinite(gain)
    by_county = np.where(known, gain, 0.0).reshape(-1, gain.shape[-1]).sum(axis=0)
    by_county = by_county[known.reshape(-1, gain.shape[-1]).any(axis=0)]
    if by_county.size < 2:
        return np.nan
    luck = np.random.Generator(np.random.Philox(key=0))
    drawn = luck.integers(0, by_county.size, (resamples, by_county.size))
    return float(np.mean(by_county[drawn].sum(axis=1) > 0))


def verdict(ratio: float, supported: float, covered: float = np.nan, members: int = 1) -> str:
    """The plain words for a ratio of the model's error to that of the best naive forecast."""
    if not np.isfinite(ratio):
        return "not testable: nothing observed"
    if ratio > 1 + CLOSE:
        return "no skill: a naive forecast is better"
    if ratio > 1 - CLOSE or not (np.isnan(supported) or supported >= SUPPORT):
        return "no skill shown: no better than a naive forecast"
    if np.isnan(supported):
        return "closer than the naive forecasts (one series: no test)"
    if members < ENOUGH_MEMBERS:
        return "closer than the naive forecasts (too few runs to judge the interval)"
    low, high = COVERAGE
    return "skill shown" if low <= covered <= high else "closer than the naive forecasts, but intervals do not fit"
