"""Scores of forecasts (F.8), their significance, and the resulting verdicts.

Arrays of an ensemble have its members on the first axis; a table of cases is [year, unit], nan where nothing was
observed. Cases of one unit are correlated, as are those of one year: `clustered` determines the effective number
of independent cases, on which all errors of means are based.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy import special

Array = NDArray[np.float64]

SHARE = 0.8  # of the observations that an interval is to hold
COVERAGE = (-0.15, 0.12)  # how far coverage may lie from the level of the interval (.65 to .92 of .8)
RESAMPLES = 2000
ONE_SIDED = 0.95  # quantile beyond which a gain is significant

BETTER, WORSE, ALIKE = "better than naive", "worse than naive", "not told apart"
NOTHING, ALONE, SEEN = "nothing to compare", "no test possible", "seen in fitting"
VERDICTS = (BETTER, WORSE, ALIKE, NOTHING, ALONE, SEEN)


def log_error(forecast: ArrayLike, observed: ArrayLike) -> Array:
    """ln forecast - ln observed; nan where either is not positive or not known."""
    forecast, observed = np.asarray(forecast, dtype=float), np.asarray(observed, dtype=float)
    with np.errstate(divide="ignore", invalid="ignore"):
        error = np.log(forecast) - np.log(observed)
    return np.where(np.isfinite(error), error, np.nan)


def mean_absolute(error: ArrayLike) -> float:
    """Mean absolute value of what is known; nan of nothing."""
    return known_mean(np.abs(np.asarray(error, dtype=float)))


def known_mean(values: ArrayLike) -> float:
    """Mean of what is known; nan of nothing."""
    values = np.asarray(values, dtype=float)
    known = values[np.isfinite(values)]
    return float(known.mean()) if known.size else np.nan


# --- one ensemble and the observation


def crps(ensemble: ArrayLike, observed: ArrayLike, fair: bool = True) -> Array:
    """CRPS = mean_i |X_i - y| - 1/(2M(M-1)) sum_ij |X_i - X_j| over the first axis (the fair estimator).

    Fair: its mean does not depend on the number of members, so ensembles of different size may be compared (Ferro
    2014, Q. J. R. Meteorol. Soc. 140). Not fair: the members are the whole distribution, 1/(2M^2) in place of
    1/(2M(M-1)); never negative, and larger the fewer they are. With one member both are the absolute error.
    """
    ensemble, observed = np.asarray(ensemble, dtype=float), np.asarray(observed, dtype=float)
    members = len(ensemble)
    away = np.mean(np.abs(ensemble - observed), axis=0)
    if members == 1:
        return away
    # sum_ij |X_i - X_j| = 2 sum_i (2i - M - 1) X_(i) over the ordered members, i = 1..M
    ordered = np.sort(ensemble, axis=0)
    rank = (2 * np.arange(1, members + 1) - members - 1).reshape((-1,) + (1,) * (ordered.ndim - 1))
    return away - np.sum(rank * ordered, axis=0) / (members * (members - 1 if fair else members))


def energy_score(ensemble: ArrayLike, observed: ArrayLike) -> Array:
    """Energy score of a vector: the fair CRPS with the length of the last axis in place of the absolute value.

    ensemble [member, ..., unit], observed [..., unit] -> [...]; units not observed are left out.
    """
    ensemble, observed = np.asarray(ensemble, dtype=float), np.asarray(observed, dtype=float)
    members = len(ensemble)
    known = np.isfinite(observed)
    away = np.linalg.norm(np.where(known, ensemble - observed, 0.0), axis=-1).mean(axis=0)
    if members > 1:
        apart = sum(np.linalg.norm(np.where(known, ensemble - one, 0.0), axis=-1).sum(axis=0) for one in ensemble)
        away = away - apart / (2 * members * (members - 1))
    return np.where(known.any(axis=-1), away, np.nan)


class Interval(NamedTuple):
    """Bounds, and the share of observations that they hold if these come from where the members come from."""

    low: Array
    high: Array
    level: float


def interval(ensemble: ArrayLike, share: float = SHARE) -> Interval:
    """The central interval by order statistics.

    Of M members the k-th from either end hold (M + 1 - 2k) / (M + 1): 80 % are the 2nd and 18th of 19, the 4th and
    36th of 39. Between two order statistics bounds are interpolated; where k would be below 1, the interval is the
    whole range and its level is what the range holds.
    """
    ordered = np.sort(np.asarray(ensemble, dtype=float), axis=0)
    members = len(ordered)
    place = max((members + 1) * (1 - share) / 2, 1.0)
    whole, part = int(place + 1e-9), place - int(place + 1e-9)
    part = part if part > 1e-9 else 0.0
    inner = min(whole, members - 1)
    low = ordered[whole - 1] + part * (ordered[inner] - ordered[whole - 1])
    high = ordered[members - whole] + part * (ordered[members - 1 - inner] - ordered[members - whole])
    return Interval(low, high, max(1 - 2 * place / (members + 1), 0.0))


class Covered(NamedTuple):
    """Share of the observations inside the interval, and the share that it should hold."""

    share: float
    level: float


def coverage(ensemble: ArrayLike, observed: ArrayLike, share: float = SHARE) -> Covered:
    """How many observations lie inside the central interval of the ensemble; nan of fewer than two members."""
    observed = np.asarray(observed, dtype=float)
    if len(np.asarray(ensemble)) < 2:
        return Covered(np.nan, np.nan)
    low, high, level = interval(ensemble, share)
    known = np.isfinite(observed) & np.isfinite(low)
    inside = (observed >= low) & (observed <= high)
    return Covered(float(inside[known].mean()) if known.any() else np.nan, level)


def fits(covered: Covered) -> bool:
    """Whether coverage lies where F.8 asks for it (.65 to .92 of an interval of 80 %)."""
    return bool(COVERAGE[0] <= covered.share - covered.level <= COVERAGE[1])


def pit(ensemble: ArrayLike, observed: ArrayLike) -> Array:
    """Rank of the observation among the members, 0 to 1: uniform if the ensemble is calibrated.

    (members below + half of the equal ones + 1/2) / (M + 1); nan where not observed.
    """
    ensemble, observed = np.asarray(ensemble, dtype=float), np.asarray(observed, dtype=float)
    below = np.sum(ensemble < observed, axis=0) + 0.5 * np.sum(ensemble == observed, axis=0)
    return np.where(np.isfinite(observed), (below + 0.5) / (len(ensemble) + 1), np.nan)


def uniform(places: ArrayLike, members: int, effective: float, bins: int = 5) -> float:
    """p-value of a test for uniformity of the ranks (`pit`); nan for fewer than `bins`.

    Pearson's chi-square over equal bins, with shares of all cases counted as of the independent ones; a bin should hold
    what the places that there are put into it.
    """
    values = np.asarray(places, dtype=float)
    values = values[np.isfinite(values)]
    if values.size < bins or members + 1 < bins or not effective >= bins:
        return np.nan
    every = (np.arange(members + 1) + 0.5) / (members + 1)
    shares, due = (np.histogram(one, bins, (0.0, 1.0))[0] / one.size for one in (values, every))
    return float(special.chdtrc(bins - 1, effective * np.sum((shares - due) ** 2 / due)))


def spearman(first: ArrayLike, second: ArrayLike) -> float:
    """Rank correlation over the units both know; 0 where one side has no order, nan of fewer than three."""
    first, second = np.asarray(first, dtype=float), np.asarray(second, dtype=float)
    known = np.isfinite(first) & np.isfinite(second)
    return float(rank_correlation(first[known], second[known])) if known.sum() >= 3 else np.nan


def _ranks(values: Array) -> Array:
    """Ranks from 1 along the last axis, those of equal values their mean; nan all along where one is nan."""
    flat = values.reshape(-1, values.shape[-1])
    ranks = pd.DataFrame(flat).rank(axis=1).to_numpy(float)
    return np.where(np.isnan(flat).any(axis=1, keepdims=True), np.nan, ranks).reshape(values.shape)


def rank_correlation(first: Array, second: Array) -> Array:
    """Rank correlation along the last axis [..., unit] -> [...]; 0 where one side has no order."""
    ranks = [_ranks(np.asarray(one)) for one in (first, second)]
    away = [one - one.mean(axis=-1, keepdims=True) for one in ranks]
    spread = np.sqrt((away[0] ** 2).sum(axis=-1) * (away[1] ** 2).sum(axis=-1))
    return np.where(spread > 0, (away[0] * away[1]).sum(axis=-1) / np.where(spread > 0, spread, 1.0), 0.0)


# --- significance


class Mean(NamedTuple):
    """A mean with its standard error, the number of cases, the independent cases they are worth, and of units."""

    mean: float
    error: float
    cases: int
    effective: float
    units: int


def clustered(values: ArrayLike) -> Mean:
    """Mean over [year, unit] whose error counts what units share in a year and what a unit keeps over years.

    With away = value - mean, the variance of the mean is estimated from mean products of pairs of cases, corrected for
    the mean being taken from the same cases: V = (n s + P c) / (n^2 - n - P), s the mean square, P pairs that hang
    together and c their mean product. The largest V counts of four kinds of pairs: none, those of one unit, those of
    one year, both. A single series has no other unit to tell its years apart by, and errors that start from one year go
    on together: it counts as one case.
    """
    table = np.atleast_2d(np.asarray(values, dtype=float))
    known = np.isfinite(table)
    number, units = int(known.sum()), int(known.any(axis=0).sum())
    if number == 0:
        return Mean(np.nan, np.nan, 0, np.nan, 0)
    mean = float(table[known].mean())
    if units == 1:
        return Mean(mean, np.nan, number, 1.0, 1)
    away = np.where(known, table - mean, 0.0)
    square = float(np.sum(away**2))
    (unit_pairs, of_unit), (year_pairs, of_year) = (_hanging(away, known, axis) for axis in (0, 1))
    ways = ((0.0, 0.0), (unit_pairs, of_unit), (year_pairs, of_year), (unit_pairs + year_pairs, of_unit + of_year))
    free = float(number * (number - 1))
    found = max((square + products) / (free - pairs) for pairs, products in ways if free > pairs)
    if square == 0:
        return Mean(mean, 0.0, number, float(units), units)
    effective = (square / number + found) / found
    return Mean(mean, float(np.sqrt(found)), number, float(np.clip(effective, 1.0, number)), units)


def _hanging(away: Array, known: NDArray[np.bool_], axis: int) -> tuple[float, float]:
    """Ordered pairs of cases along the axis, and the sum of their products."""
    of_line = known.sum(axis=axis)
    return (float(np.sum(of_line * (of_line - 1))),
            float(np.sum(away.sum(axis=axis) ** 2 - (away**2).sum(axis=axis))))


def smallest_gain(difference: Mean, reference: float) -> float:
    """The smallest significant gain relative to a reference score; nan if undefined.

    The standard error times the 95 % quantile of Student's t, with as many degrees of freedom as effective cases less
    one, units less one at most.
    """
    freedom = min(difference.effective, difference.units) - 1
    if not np.isfinite(difference.error) or not reference > 0 or not freedom > 0:
        return np.nan
    return float(special.stdtrit(freedom, ONE_SIDED) * difference.error / reference)


def hac_error(values: ArrayLike, lags: int | None = None) -> float:
    """Standard error of the mean of a series with autocorrelation (Newey and West 1987), corrected for a small sample.

    Bartlett weights over `lags`, by default floor(4 (T/100)^(2/9)); nan of fewer than three values.
    """
    series = np.asarray(values, dtype=float)
    series = series[np.isfinite(series)]
    number = len(series)
    if number < 3:
        return np.nan
    lags = int(4 * (number / 100) ** (2 / 9)) if lags is None else lags
    away = series - series.mean()
    weights = {k: 1 - k / (lags + 1) for k in range(1, min(lags, number - 1) + 1)}
    total = away @ away + 2 * sum(weight * (away[k:] @ away[:-k]) for k, weight in weights.items())
    return float(np.sqrt(max(total, 0.0) / (number * (number - 1))))


class Outcome(NamedTuple):
    """A statistic and its two-sided p-value."""

    statistic: float
    p: float


def diebold_mariano(first: ArrayLike, second: ArrayLike, horizon: int = 1) -> Outcome:
    """Whether two series of scores have the same mean: below 0 where the first forecast is better.

    Diebold and Mariano (1995) with the small-sample factor and Student's t of Harvey, Leybourne and Newbold (1997):
    autocovariances up to `horizon` - 1 count, whole, or with Bartlett weights (`hac_error`) where whole they leave no
    variance. nan where the series is too short for the horizon, or nothing varies.
    """
    apart = np.asarray(first, dtype=float) - np.asarray(second, dtype=float)
    apart = apart[np.isfinite(apart)]
    number = len(apart)
    factor = (number + 1 - 2 * horizon + horizon * (horizon - 1) / number) / number if number else 0.0
    if number < 3 or factor <= 0:
        return Outcome(np.nan, np.nan)
    away = apart - apart.mean()
    spread = (away @ away + 2 * sum(away[k:] @ away[:-k] for k in range(1, min(horizon, number)))) / number**2
    if spread <= 0 < away @ away:
        spread = hac_error(apart, horizon - 1) ** 2 * (number - 1) / number
    if spread <= 1e-24 * float(apart @ apart):  # no more than rounding
        return Outcome(np.nan, np.nan)
    statistic = float(np.sqrt(factor) * apart.mean() / np.sqrt(spread))
    return Outcome(statistic, float(2 * special.stdtr(number - 1, -abs(statistic))))


def resampled_units(values: ArrayLike, statistic: Callable[[Array], Array], resamples: int = RESAMPLES) -> Array:
    """A statistic of [..., unit] when whole units, with all their years, are drawn again [resample].

    `statistic` takes [..., resample, unit] and gives [resample].
    """
    values = np.asarray(values, dtype=float)
    generator = np.random.Generator(np.random.Philox(key=0))
    drawn = generator.integers(0, values.shape[-1], (resamples, values.shape[-1]))
    return statistic(values[..., drawn])


def support(model: ArrayLike, naive: ArrayLike, resamples: int = RESAMPLES) -> float:
    """How often the model's mean score is the lower one when units are drawn again; scores [..., unit]."""
    gain = np.asarray(naive, dtype=float) - np.asarray(model, dtype=float)
    known = np.isfinite(gain)
    by_unit = np.where(known, gain, 0.0).reshape(-1, gain.shape[-1]).sum(axis=0)
    by_unit = by_unit[known.reshape(-1, gain.shape[-1]).any(axis=0)]
    if by_unit.size < 2:
        return np.nan
    generator = np.random.Generator(np.random.Philox(key=0))
    drawn = generator.integers(0, by_unit.size, (resamples, by_unit.size))
    return float(np.mean(by_unit[drawn].sum(axis=1) > 0))


def resampled_ratio(model: ArrayLike, rival: ArrayLike, resamples: int = RESAMPLES) -> Array:
    """Ratios of mean scores when whole units, with all their years, are drawn again [resample]; scores [..., unit].

    A block bootstrap whose blocks are units; empty of fewer than two units.
    """
    first, second = (np.asarray(one, dtype=float).reshape(-1, np.shape(one)[-1]) for one in (model, rival))
    known = np.isfinite(first) & np.isfinite(second)
    sums = [np.where(known, one, 0.0).sum(axis=0)[known.any(axis=0)] for one in (first, second)]
    if sums[0].size < 2:
        return np.empty(0)
    above, below = (resampled_units(one, lambda drawn: drawn.sum(axis=-1), resamples) for one in sums)
    return np.where(below > 0, above / np.where(below > 0, below, 1.0), np.nan)


def verdict(ratio: float, gain: float, seen: bool = False) -> str:
    """Verdict for a ratio of scores, given the smallest significant gain.

    Targets used in setting parameters are marked separately, whatever their ratio.
    """
    if not np.isfinite(ratio):
        return NOTHING
    if seen:
        return SEEN
    if not np.isfinite(gain):
        return ALONE
    if ratio < 1 - gain:
        return BETTER
    return WORSE if ratio > 1 + gain else ALIKE
