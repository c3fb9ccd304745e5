"""Comparison of two probabilistic forecasts from many origins by lead: arrays in, one row per lead out.

`compare` takes ensembles [member, origin, lead, unit] of a forecast and of its rival and what was observed [origin,
lead, unit], nan where nothing was. It is independent of targets and models. Origins are a year apart, so errors at a
lead of h years are correlated over h - 1 origins; units of one origin share common shocks. All errors and tests below
allow for both; values that need more origins or units than available are nan.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from calibration import scores

Array = NDArray[np.float64]

BOUNDS = (0.05, 0.95)  # bounds of the ratio, by resampling whole units


class Comparison(NamedTuple):
    """How a forecast compares with its rival at one lead, or over several.

    cases, effective: observations, and the independent ones they are worth. ratio: mean CRPS over that of the rival,
    with its bounds when units are drawn again; support: how often it is below 1 then. smallest_gain: the gain that
    chance does not make (`scores.smallest_gain`). dm, dm_p: Diebold and Mariano on the means of successive origins.
    bias, bias_error: mean error of the median member and its robust standard error. covered, level: share inside the
    central interval, and the share that it should hold; width: its mean width. energy_ratio: energy score of all units
    together over the rival's. pit_mean: .5 of a calibrated ensemble; pit_p: whether places among members are uniform.
    """

    first_lead: int
    last_lead: int
    cases: int
    effective: float
    crps: float
    rival_crps: float
    ratio: float
    ratio_low: float
    ratio_high: float
    support: float
    smallest_gain: float
    dm: float
    dm_p: float
    bias: float
    bias_error: float
    covered: float
    level: float
    width: float
    rival_covered: float
    rival_width: float
    energy_ratio: float
    pit_mean: float
    pit_p: float


def compare(forecast: ArrayLike, rival: ArrayLike, observed: ArrayLike,
            leads: Sequence[tuple[int, int]] | None = None, fair: bool = True) -> list[Comparison]:
    """A row a span of leads (both ends included, 1 is the first), by default each lead alone and then all together.

    forecast and rival [member, origin, lead, unit], of any numbers of members; observed [origin, lead, unit]. A case
    counts where it was observed and all members of both are known. `fair`: whether CRPS is the fair one.
    """
    first, second, truth = (np.asarray(one, dtype=float) for one in (forecast, rival, observed))
    if first.ndim != 4 or first.shape[1:] != truth.shape or second.shape[1:] != truth.shape:
        raise ValueError(f"forecasts [member, origin, lead, unit] and what was observed [origin, lead, unit] differ: "
                         f"{first.shape}, {second.shape}, {truth.shape}")
    known = np.isfinite(truth) & np.isfinite(first).all(axis=0) & np.isfinite(second).all(axis=0)
    truth = np.where(known, truth, np.nan)
    last = truth.shape[1]
    spans = leads if leads is not None else [*((k, k) for k in range(1, last + 1)), *([(1, last)] if last > 1 else [])]
    return [_of_span(first, second, truth, span, fair) for span in spans]


def _of_span(forecast: Array, rival: Array, observed: Array, span: tuple[int, int], fair: bool) -> Comparison:
    inside = slice(span[0] - 1, span[1])
    first, second, truth = forecast[:, :, inside], rival[:, :, inside], observed[:, inside]
    model, other = (scores.crps(one, truth, fair) for one in (first, second))
    mean, best = scores.known_mean(model), scores.known_mean(other)
    # leads of one origin hang together as its units do: clusters are origins and units
    gained = _mean(_by_origin(other - model), span[1])
    error = np.median(first, axis=0) - truth
    bias = _mean(_by_origin(error), span[1])
    tested = scores.diebold_mariano(_of_origins(model), _of_origins(other), span[1])
    drawn = scores.resampled_ratio(model, other)
    covered, of_rival = scores.coverage(first, truth), scores.coverage(second, truth)
    places = scores.pit(first, truth)
    together = [scores.known_mean(scores.energy_score(one, truth)) for one in (first, second)]
    return Comparison(
        span[0], span[1], int(np.isfinite(truth).sum()), gained.effective, mean, best, _over(mean, best),
        *_bounds(drawn), scores.support(model, other), scores.smallest_gain(gained, best), tested.statistic, tested.p,
        bias.mean, float(np.fmax(bias.error, scores.hac_error(_of_origins(error), span[1] - 1))),
        covered.share, covered.level, _width(first, truth), of_rival.share, _width(second, truth), _over(*together),
        scores.known_mean(places), scores.uniform(places, len(first), gained.effective))


def _mean(table: Array, horizon: int) -> scores.Mean:
    """Mean over [origin, unit] with what hangs together; of a single unit by the autocorrelation of its origins."""
    found = scores.clustered(table)
    if found.units != 1:
        return found
    series = table[np.isfinite(table)]
    error = scores.hac_error(series, horizon - 1)
    worth = float(np.clip(series.var(ddof=1) / error**2, 1.0, len(series))) if error > 0 else 1.0
    return found._replace(error=error, effective=worth, units=len(series))


def _by_origin(table: Array) -> Array:
    """[origin, lead, unit] as [origin, unit]: the mean over the leads known."""
    known = np.isfinite(table)
    counts = known.sum(axis=1)
    return np.where(counts > 0, np.where(known, table, 0.0).sum(axis=1) / np.maximum(counts, 1), np.nan)


def _of_origins(table: Array) -> Array:
    """The mean of every origin, in their order."""
    return np.array([scores.known_mean(one) for one in table])


def _bounds(drawn: Array) -> tuple[float, float]:
    return (np.nan, np.nan) if drawn.size == 0 else (float(np.quantile(drawn, BOUNDS[0])),
                                                     float(np.quantile(drawn, BOUNDS[1])))


def _width(ensemble: Array, observed: Array) -> float:
    """Mean width of the central interval where something was observed; nan of fewer than two members."""
    if len(ensemble) < 2:
        return np.nan
    low, high, _ = scores.interval(ensemble)
    return scores.known_mean(np.where(np.isfinite(observed), high - low, np.nan))


def _over(first: float, second: float) -> float:
    return first / second if second > 0 else np.nan
