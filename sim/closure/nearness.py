"""How closely observations are followed when an error of measurement is stated.

A residual follows a random walk with yearly spread q; an observation has an error of standard deviation r. The residual
is moved from its prediction towards the observation by the gain K = P / (P + r^2), with P the variance of the residual
before the observation (Kalman 1960; P grows by q^2 each year and becomes (1 - K) P with an observation). Without an
error K is one and the observation is met exactly. The larger the error, the less a single year counts, until the series
is hardly followed.

A possible history (`measuring`) is a draw of the residuals. Drawn errors are therefore scaled such that the values met
have the posterior spread: the part K of the error, and the part 1 - K of the change of residuals since they were last
observed (perturbed observations, Burgers et al. 1998).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
EXACT = 1e-6  # relative: smaller errors count as none
UNKNOWN = 1e6  # variance of an unknown log


class Gains(NamedTuple):
    """Gains by the series of `Targets`: the fraction of the distance to the observation; 1 where met exactly."""

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
    if not error or error < EXACT:
        return gains, stretch
    moved, off = spread**2, error**2
    watched = 0.5 * (np.sqrt(moved**2 + 4.0 * moved * off) - moved)
    left = np.full(told.shape[1:], UNKNOWN if from_nothing else watched)
    since = np.zeros(told.shape[1:])  # change of residuals since they were last observed
    for row in range(1, len(told)):
        before, since = left + moved, since + moved
        gains[row] = before / (before + off)
        stretch[row] = np.sqrt(gains[row]**2 + (1.0 - gains[row])**2 * since / off) / gains[row]
        left = np.where(told[row], (1.0 - gains[row]) * before, before)
        since = np.where(told[row], 0.0, since)
    return gains, stretch


def toward(made: Floats, wanted: Floats, gains: Floats) -> Floats:
    """The target: in logs, the fraction `gain` of the distance from the modelled to the observed value."""
    there = (gains < 1.0) & (made > 0)
    from_here = np.where(there, made, 1.0)
    return np.where(there, from_here ** (1.0 - gains) * np.where(there, wanted, 1.0) ** gains, wanted)


def spreads(parameters: Mapping[str, float]) -> dict[str, float]:
    """The prior yearly spread of the residual of a series."""
    county, province, budgets, pay = (float(parameters[name]) for name in (
        "residual_spread_prior", "residual_common_prior", "budget_spread_prior", "pay_spread_prior"))
    return {"gdp_branch": county, "gdp": county, "province_gdp_branch": province, "own_revenue": budgets,
            "budget_spending": budgets, "inc_u": pay, "inc_r": pay, "province_inc_u": pay, "province_inc_r": pay}
