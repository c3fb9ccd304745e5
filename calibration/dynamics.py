"""Validity of modelled county dynamics: changes of county shares from followed history relative to observed changes.

A run follows history up to an origin and continues without shocks, with constant residuals. The log change of a unit's
share of its branch (of output) in the province is compared with the observed one: `multiplier` is the regression
coefficient on the model's own changes (1: correct size; 0: uninformative; negative: wrong direction), `error` their
mean absolute error, `forecast` that of forecasts, which damp them by their validity before the origin
(`sim.closure.ahead`), and `constant` that of constant shares. No comparison crosses a break of a series.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from calibration.segments import labels
from sim import closure, simulate
from sim.closure.output import BRANCHES
from sim.mechanisms.past import History, held
from sim.model import HainanModel
from sim.region.history import history
from sim.region.pack import Pack, load_pack
from sim.scenario import load_scenario
from sim.words import BASE_YEAR, LAST_FOLLOWED

Array = NDArray[np.float64]
ORIGINS = (2011, 2012, 2013, 2015, 2016, 2017, 2018, 2019, 2020)
"""Years to which history is followed; branches of the province in 2014 are recalled."""
SEEDS, WEIGHT = (0, 1, 2, 3), 200
TOTAL = "total"


class Shares(NamedTuple):
    """Shares of the province in logarithms: observed [year, unit], made from an origin [year, unit]; and which years of
    which units stand on one definition (labels [year, unit])."""

    observed: Array
    made: Array
    label: NDArray[np.int64]


def changes(origins: Sequence[int] = ORIGINS, until: int = LAST_FOLLOWED, seeds: Iterable[int] = SEEDS,
            weight: int = WEIGHT, scenario: str = "baseline") -> pd.DataFrame:
    """Observed and modelled changes of shares since each origin, one row per unit, series, origin and year.

    Columns: series (a branch or total), unit, origin, year, horizon, observed, made, forecast (log changes).
    """
    seeds, rows = tuple(seeds), []
    for origin in origins:
        plan = load_scenario(scenario)
        own, forecast = (_shares([simulate.simulated(plan, seed, weight=weight, until=until, history=history)
                                  for seed in seeds], until) for history in _without_shocks(origin, scenario, until))
        for series, one in own.items():
            rows += _rows(series, one, forecast[series], origin, load_pack())
    return pd.DataFrame(rows)


def _without_shocks(origin: int, scenario: str, until: int) -> tuple[History, History]:
    """History to an origin: with residuals held, and as forecasts have it."""
    found = closure.followed(origin, scenario, last=until).history
    return found.undamped()._replace(law=held(*found.law.spread.shape)), found._replace(law=found.law.without_shocks())


def scores(table: pd.DataFrame, by: Sequence[str] = ("series",)) -> pd.DataFrame:
    """Multiplier, and errors of own changes, of forecasts and of constant shares, in per cent, by these columns of
    `changes`; n counts cells."""
    rows = []
    for key, part in table.groupby(list(by), sort=False):
        made, seen = part["made"].to_numpy(), part["observed"].to_numpy()
        rows.append(dict(zip(by, key, strict=True)) | {
            "n": len(part), "units": part["unit"].nunique(),
            "multiplier": float(made @ seen / max(made @ made, 1e-300)),
            "error": 100 * float(np.abs(made - seen).mean()),
            "forecast": 100 * float(np.abs(part["forecast"] - seen).mean()),
            "constant": 100 * float(np.abs(seen).mean()),
        })
    return pd.DataFrame(rows)


def left_out(table: pd.DataFrame, column: str) -> pd.DataFrame:
    """Scores of `changes` by series with each unit, origin or year left out in turn: whose changes make a multiplier.

    Columns of `scores`, and `without`: what is left out.
    """
    return pd.concat([scores(table[table[column] != value]).assign(without=value)
                      for value in sorted(table[column].unique())], ignore_index=True)


def _shares(models: Sequence[HainanModel], until: int) -> dict[str, Shares]:
    """Shares of the mean of the runs and of history; of totals those of the units that have a figure of their own."""
    pack = load_pack()
    past = history(pack)
    years = list(range(BASE_YEAR, until + 1))
    ds = past.sel(year=years)
    made = np.mean([model.record["gdp_branch"] for model in models], axis=0)
    cells, whole = ds["gdp_branch"].values, ds["province_gdp_branch"].values
    totals = ds["gdp"].values[:, pack.active]
    with np.errstate(divide="ignore", invalid="ignore"):
        found = {name: Shares(np.log(cells[:, pack.active, b] / whole[:, None, b]),
                              np.log(made[:, pack.active, b] / made[:, pack.active, b].sum(axis=1, keepdims=True)),
                              labels(past, "gdp_branch", years)[:, pack.active])
                 for b, name in enumerate(BRANCHES)}
        mine = made.sum(axis=-1)[:, pack.active]
        found[TOTAL] = Shares(np.log(totals / whole.sum(axis=1)[:, None]), np.log(mine / mine.sum(axis=1)[:, None]),
                              labels(past, "gdp", years)[:, pack.active])
    return found


def _rows(series: str, shares: Shares, forecast: Shares, origin: int, pack: Pack) -> list[dict]:
    at = origin - BASE_YEAR
    units = [name for name, active in zip(pack.names_en, pack.active, strict=True) if active]
    rows = []
    for row in range(at + 1, len(shares.made)):
        same = shares.label[row] == shares.label[at]
        seen = shares.observed[row] - shares.observed[at]
        for u in np.flatnonzero(same & np.isfinite(seen)):
            rows.append({"series": series, "unit": units[u], "origin": origin, "year": BASE_YEAR + row,
                         "horizon": row - at, "observed": float(seen[u]),
                         "made": float(shares.made[row, u] - shares.made[at, u]),
                         "forecast": float(forecast.made[row, u] - forecast.made[at, u])})
    return rows
