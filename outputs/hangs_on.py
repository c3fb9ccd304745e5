"""What the effect of a plan hangs on: its paired effect over draws of parameters, and which parameters turn its sign.

Scenarios of a draw share its parameters, imputation and random numbers, so each draw gives one effect (the mean over
its seeds). A parameter matters where the effect follows it in rank order over draws; it decides a sign where
effects with low and with high values of it (the lower and the upper third of draws) have means of opposite signs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from sim.core.declare import Fault, UserError
from sim.indicators.runs import present

Array = NDArray[np.float64]

NARROWS = {"theil": -1, "cvu": -1, "top3bottom3": -1, "landcoast": 1, "poorest": 1}
"""Five measures of a gap between counties, and the sign of a change that narrows it: weighted, unweighted, ends alone,
place, and persons at the bottom."""
OF = ("real_inc_pc", "inc_pc", "gdp_volume_pc")
GAPS = tuple(f"{index}_{of}" for of in OF for index in NARROWS)
LEVELS = ("province_gdp_volume", "province_real_inc_pc", "province_population")
TOLD = 5
FEWEST = 9


def effects(results: xr.Dataset, variable: str, scenario: str, reference: str, year: int | None = None) -> Array:
    """Effects on a variable by draw, in % of the reference (log points x 100), [draw, seed]; nan where a run lacks."""
    year = int(results["year"][-1]) if year is None else year
    there = present(results)
    one, other = (results[variable].sel(year=year, scenario=name).where(there.sel(scenario=name))
                  .transpose("draw", "seed").values.astype(float) for name in (scenario, reference))
    with np.errstate(invalid="ignore", divide="ignore"):
        return 100.0 * np.log(one / other)


def summary(results: xr.Dataset, scenario: str, reference: str, year: int | None = None) -> pd.DataFrame:
    """A row for each gap and level: mean effect, 5-95 % of draws, the share that narrows a gap or raises a level.

    `chance` is the part of the variance over runs that seeds make within draws (nan of one seed).
    """
    rows = []
    for variable in (name for name in (*GAPS, *LEVELS) if name in results):
        values = effects(results, variable, scenario, reference, year)
        whole = np.isfinite(values).all(axis=1)
        values = values[whole]
        _refuse_few(len(values))
        means = values.mean(axis=1)
        wanted = NARROWS.get(variable.partition("_")[0], 1)
        low, high = np.quantile(means, (0.05, 0.95))
        rows.append({"variable": variable, "draws": len(means), "mean": means.mean(), "low": low, "high": high,
                     "wanted": wanted, "as_wanted": float(np.mean(wanted * means > 0)), "chance": _within(values)})
    return pd.DataFrame(rows)


def _refuse_few(number: int) -> None:
    if number < FEWEST:
        raise UserError(Fault("results", f"{number} draws have all their runs", f"at least {FEWEST}"))


def _within(values: Array) -> float:
    """Mean variance over the seeds of a draw, as a part of the variance over all runs."""
    if values.shape[1] < 2:
        return np.nan
    return float(np.mean(np.var(values, axis=1, ddof=1)) / np.var(values, ddof=1))


def decisive(results: xr.Dataset, scenario: str, reference: str, parameters: Mapping[str, str], least: float,
             year: int | None = None, variables: Sequence[str] = (*GAPS, *LEVELS), told: int = TOLD) -> pd.DataFrame:
    """The parameters that an effect follows most, for each variable: rank correlation, and means where they are low
    and high.

    `parameters`: what each of them is, by name; those that the results do not bear are left out. `clear`: the rank
    correlation (Spearman) is at least `least` in size. `turns`: clear, and the means of the lower and the upper third
    of draws differ in sign.
    """
    known = [name for name in parameters if name in results.coords]
    rows = []
    for variable in (name for name in variables if name in results):
        values = effects(results, variable, scenario, reference, year)
        whole = np.isfinite(values).all(axis=1)
        means = values[whole].mean(axis=1)
        _refuse_few(len(means))
        drawn = {name: results[name].values[whole].astype(float) for name in known}
        found = {name: rank_correlation(drawn[name], means) for name in known}
        for name in sorted(known, key=lambda one: -abs(found[one]))[:told]:
            order, third = np.argsort(drawn[name], kind="stable"), len(means) // 3
            low, high = float(means[order[:third]].mean()), float(means[order[-third:]].mean())
            clear = abs(found[name]) >= least
            rows.append({"variable": variable, "parameter": name, "says": parameters[name],
                         "correlation": found[name], "clear": clear, "mean_low": low, "mean_high": high,
                         "turns": clear and low * high < 0})
    return pd.DataFrame(rows)


def rank_correlation(x: Array, y: Array) -> float:
    """Spearman's correlation, equal values at their mean rank; 0 where one of them does not vary."""
    one, other = (pd.Series(values).rank().to_numpy() for values in (x, y))
    spread = one.std() * other.std()
    return float(np.mean((one - one.mean()) * (other - other.mean())) / spread) if spread else 0.0


def lines(summed: pd.DataFrame, found: pd.DataFrame, least: float) -> list[str]:
    """Both tables for a terminal: an effect a line, below it the parameters that it clearly follows."""
    out = []
    for row in summed.itertuples():
        word = "narrows" if row.variable in GAPS else "rises"
        seeds = "" if np.isnan(row.chance) else f", {100 * row.chance:.0f} % of the variance is chance"
        out.append(f"{row.variable}: {row.mean:+.2f} % (5-95 %: {row.low:+.2f} to {row.high:+.2f}), {word} in "
                   f"{100 * row.as_wanted:.0f} % of {row.draws} draws{seeds}")
        clear = found[(found.variable == row.variable) & found.clear] if len(found) else found
        out += [f"    {one.parameter} (rank correlation {one.correlation:+.2f}): {one.mean_low:+.2f} where low, "
                f"{one.mean_high:+.2f} where high{', turns the sign' if one.turns else ''}"
                for one in clear.itertuples()]
    return [*out, f"parameters with a rank correlation of at least {least:.2f} are named; chance reaches it once in "
                  "twenty studies"]
