"""Runs of one scenario and history side by side, on the same counties and years."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from calibration.outlook_as_of import AS_OF
from sim.core import dataset
from sim.core.declare import Fault, UserError, nearest
from sim.indicators import add_indicators, compared_units, runs

Array = NDArray[np.float64]

SCORED = tuple(dataset.FLAGS.index(flag) for flag in ("official", "secondary", "derived"))
KNOWN = (*SCORED, dataset.FLAGS.index("recalled"))
"""Reliability grades from which a naive forecast may start, and those scored among provincial totals."""
CONDITIONAL, UNCONDITIONAL = "conditional", "unconditional"


@dataclass(frozen=True)
class RunsAndHistory:
    """The runs of one scenario with history; `members` are the compared counties."""

    results: xr.Dataset
    history: xr.Dataset
    scenario: str
    members: NDArray[np.bool_]
    _read: dict[str, Array] = field(default_factory=dict, repr=False)

    @property
    def information(self) -> str:
        """Whether the runs know what came from outside after the origin."""
        return UNCONDITIONAL if self.scenario.startswith(AS_OF) else CONDITIONAL

    @cached_property
    def years(self) -> NDArray[np.int64]:
        """The years of history."""
        return np.arange(int(self.history["year"].min()), int(self.history["year"].max()) + 1)

    def has(self, name: str) -> bool:
        """Whether both sides know the variable."""
        return name in self.results and name in self.history

    def model(self, name: str, years: Iterable[int]) -> Array:
        """[run, year, ...] of the given years, nan where the runs have none."""
        index = pd.Index(self.results["year"].values).get_indexer(list(years))
        if name not in self._read:
            self._read[name] = runs.ensemble(self.results, name, self.scenario)
        values = self._read[name][:, index]
        values[:, index < 0] = np.nan
        return values

    def observed(self, name: str, years: Iterable[int], flags: Sequence[int] = SCORED) -> Array:
        """[year, ...] of history, nan where not observed."""
        values = self._in_years(name, years, np.nan).astype(float)
        flag = f"{name}_flag"
        if flag in self.history:
            values = np.where(np.isin(self._in_years(flag, years, 0), flags), values, np.nan)
        return values

    def _in_years(self, name: str, years: Iterable[int], missing: float) -> NDArray[np.generic]:
        """A variable of history in these years, `missing` where it lacks one (`reindex` is ten times slower)."""
        variable = self.history.variables[name]
        axis = variable.get_axis_num("year")
        index = pd.Index(self.history.variables["year"].values).get_indexer(list(years))
        found = np.moveaxis(np.take(variable.values, index, axis), axis, 0)
        lacking = (index < 0).reshape(-1, *(1,) * (found.ndim - 1))
        return np.moveaxis(np.where(lacking, missing, found), 0, axis)


def view_of(results: xr.Dataset, history: xr.Dataset, scenario: str | None = None) -> RunsAndHistory:
    """The runs of a scenario beside history; UserError where the results have no such scenario.

    Nothing said: `baseline` (the Opinions as they were carried out), or the first scenario there is.
    """
    results = runs.canonical(add_indicators(results))
    history = add_indicators(history)
    names = runs.scenarios(results)
    if not names or (scenario and scenario not in names):
        raise UserError(Fault("results", f"no run of {scenario or 'any scenario'}", nearest(scenario or "", names)))
    chosen = scenario or (runs.BASELINE if runs.BASELINE in names else names[0])
    history = history.reindex(county=results["county"].values, fill_value={
        str(name): 0 for name in history.data_vars if str(name).endswith("_flag")})
    return RunsAndHistory(results, history, chosen, compared_units(results))
