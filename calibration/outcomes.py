"""Outcomes that studies of sensitivity and uncertainty look at: levels of a scenario and paired effects of it.

An effect is a scenario against the reference under the same draw and seed, in log points x 100 where both are above
zero everywhere, else a difference in the outcome's own unit.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from sim.core.declare import Fault, UserError
from sim.indicators.registry import GAP_MEASURES
from sim.indicators.runs import RUN_DIMS, present

Array = NDArray[np.float64]

LEVEL, EFFECT = "level", "effect"
GAPS = ("theil_real_inc_pc", "theil_inc_pc", "theil_gdp_volume_pc", "theil_gdp_pc", "cv_svc", "theil_svc")
LEVELS = ("province_gdp_volume", "province_real_inc_pc", "province_population", "province_ur_ratio",
          "province_water_good")
HEADLINE = (*GAPS, *LEVELS)
OF_VERDICTS = ("real_inc_pc", "gdp_volume_pc", "svc")
VERDICTS = tuple(f"{measure}_{of}" for of in OF_VERDICTS for measure in GAP_MEASURES)
"""Every measure of every gap that the report gives a verdict on, but for the one that leaves out a county."""


class Outcome(NamedTuple):
    """One number of a pair of runs."""

    variable: str
    year: int
    kind: str

    def __str__(self) -> str:
        return f"{self.variable} {self.year} ({self.kind})"


def named(results: xr.Dataset, variables: Sequence[str], years: Iterable[int]) -> list[Outcome]:
    """The outcomes of these variables and years that the results hold; UserError where none is there."""
    held = {int(year) for year in results["year"].values}
    whole = [name for name in dict.fromkeys(variables)
             if name in results and not set(results[name].dims) - {*RUN_DIMS, "year"}]
    found = [Outcome(variable, year, kind) for variable in whole for year in years if year in held
             for kind in (LEVEL, EFFECT)]
    if not found:
        raise UserError(Fault("results", f"hold none of {', '.join(variables[:4])} ... in {list(years)}",
                              "ask for another year, or keep more in the study"))
    return found


def values(results: xr.Dataset, outcomes: Sequence[Outcome], scenario: str, reference: str) -> Array:
    """Values [draw, seed, outcome]; nan where a run of the pair is missing."""
    there = present(results)
    both = (there.sel(scenario=scenario) & there.sel(scenario=reference)).transpose("draw", "seed").values
    found = np.full((*both.shape, len(outcomes)), np.nan)
    rows = [results.indexes["scenario"].get_loc(name) for name in (scenario, reference)]
    for place, outcome in enumerate(outcomes):
        # a variable alone: a selection of an array takes its coordinates along, one a parameter
        of_year = results.variables[outcome.variable].isel(year=results.indexes["year"].get_loc(outcome.year))
        one, other = (of_year.isel(scenario=row).transpose("draw", "seed").values.astype(float) for row in rows)
        found[both, place] = one[both] if outcome.kind == LEVEL else effect(one[both], other[both])
    return found


def effect(one: Array, other: Array) -> Array:
    """Log points x 100 where both are above zero, else the difference."""
    if np.all(one > 0) and np.all(other > 0):
        return 100.0 * np.log(one / other)
    return one - other
