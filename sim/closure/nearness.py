"""How closely what is observed is met, where an error of its measurement is stated.

A residual goes on as it was, give or take a yearly spread q; what is observed is off by an error of standard deviation
r, and tells of the residual as far as the two say: of the way from what the residual of the year before gives to what
is observed, the gain K = P / (P + r^2) is gone, with P the variance of the residual before it is observed (Kalman
1960; q^2 more each year, (1 - K) P of it left by an observation). Without an error K is one and all is met. The
larger the error, the more a single year counts as chance, until the series is hardly met.

A possible history (`measuring`) is a draw of what residuals may have been. Errors that are drawn are therefore
stretched, such that what is met has the spread that is left: of the part K of the error, and of the part 1 - K of
what residuals moved since they were last observed (the analysis of perturbed observations, Burgers et al. 1998).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
UNKNOWN = 1e6  # variance of a log of which nothing is known


class Gains(NamedTuple):
    """Of the way to what is observed, the part that is gone, by the series of `Targets`; 1 where all is met."""

    cells: Floats  # [year, county]
    totals: Floats
    province: Floats  # [year, 1]
    revenue: Floats
    spending: Floats
    incomes: Floats  # [year, county, zone]
    province_incomes: Floats  # [year, zone]


def gain(told: NDArray[np.bool_], error: float | None, spread: float, from_nothing: bool = False,
         ) -> tuple[Floats, Floats]:
    """The gain of each year, and by what an error that is drawn is stretched [year, ...].

    `told` [year, ...]: whether anything is observed; `error`, `spread` (q): relative. The variance starts as years that
    are all observed leave it; `from_nothing` where the base year says nothing of a residual, which the first year
    observed then says alone.
    """
    gains, stretch = np.ones(told.shape), np.ones(told.shape)
    if not error:
        return gains, stretch
    moved, off = spread**2, error**2
    watched = 0.5 * (np.sqrt(moved**2 + 4.0 * moved * off) - moved)
    left = np.full(told.shape[1:], UNKNOWN if from_nothing else watched)
    since = np.zeros(told.shape[1:])  # what residuals moved since they were last observed
    for row in range(1, len(told)):
        before, since = left + moved, since + moved
        gains[row] = before / (before + off)
        stretch[row] = np.sqrt(gains[row]**2 + (1.0 - gains[row])**2 * since / off) / gains[row]
        left = np.where(told[row], (1.0 - gains[row]) * before, before)
        since = np.where(told[row], 0.0, since)
    return gains, stretch


def toward(made: Floats, wanted: Floats, gains: Floats) -> Floats:
    """What is asked, in logs a part of the way from what is made to what is wanted; all of it where the gain is 1."""
    there = (gains < 1.0) & (made > 0)
    from_here = np.where(there, made, 1.0)
    return np.where(there, from_here ** (1.0 - gains) * np.where(there, wanted, 1.0) ** gains, wanted)


def spreads(parameters: Mapping[str, float]) -> dict[str, float]:
    """The yearly spread of the residual behind a series that is expected before any is seen."""
    county, province, budgets, pay = (float(parameters[name]) for name in (
        "residual_spread_prior", "residual_common_prior", "budget_spread_prior", "pay_spread_prior"))
    return {"gdp_branch": county, "gdp": county, "province_gdp_branch": province, "own_revenue": budgets,
            "budget_spending": budgets, "inc_u": pay, "inc_r": pay, "province_inc_u": pay, "province_inc_r": pay}
