"""Where growth comes from: that of the province in volume beside the nation's, and its parts.

premium = labour + private capital + land + nearness + trend + catching up + policy + shocks + rest - nation. All are
logarithms a year, means over the years; the parts are those the model counts each year (Tornqvist), the rest is what
moved between sectors and what was not made in both years.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import pandas as pd

from outputs.view import View, band
from sim.indicators.windows import FORECAST_FROM

PARTS = ("labour", "capital", "land", "nearness", "trend", "catch_up", "policy", "shock")


class Spread(NamedTuple):
    """A rate over runs: median, and the range that the number of runs allows (5-95 % or all)."""

    middle: float
    low: float
    high: float


class Growth(NamedTuple):
    """Yearly growth over the years after `first` to `last`, as logarithms."""

    first: int
    last: int
    volume: Spread
    value: Spread
    nation: Spread
    premium: Spread
    parts: Mapping[str, Spread]


def _spread(runs: np.ndarray) -> Spread:
    found = band(runs[:, None])
    return Spread(*(float(side[0]) for side in (found.centre, found.low, found.high)))


def decomposed(view: View, scenario: str, first: int | None = None, last: int | None = None) -> Growth | None:
    """Growth of a scenario between two years, by default from the last year of history on; none where the results lack
    its parts or the years."""
    needs = ("province_gdp_volume", "province_gdp", "province_growth_nation", *(f"province_growth_{p}" for p in PARTS))
    first, last = first or FORECAST_FROM - 1, last or view.last
    if not view.has(*needs) or not view.first <= first < last <= view.last:
        return None
    span = slice(view.at(first) + 1, view.at(last) + 1)

    def rate(name):
        values = view.runs(name, scenario)
        return np.log(values[:, view.at(last)] / values[:, view.at(first)]) / (last - first)

    volume, nation = rate("province_gdp_volume"), view.runs("province_growth_nation", scenario)[:, span].mean(axis=1)
    parts = {name: view.runs(f"province_growth_{name}", scenario)[:, span].mean(axis=1) for name in PARTS}
    parts["rest"] = volume - sum(parts.values())
    return Growth(first, last, _spread(volume), _spread(rate("province_gdp")), _spread(nation),
                  _spread(volume - nation), {name: _spread(runs) for name, runs in parts.items()})


def table(view: View, periods: tuple[tuple[int, int], ...]) -> pd.DataFrame:
    """Growth, premium and parts of every scenario by period, % a year: median, low and high over the runs."""
    rows = []
    for scenario in view.scenarios:
        for first, last in periods:
            found = decomposed(view, scenario, first, last)
            if found is not None:
                named = {"volume": found.volume, "value": found.value, "nation": found.nation,
                         "premium": found.premium, **found.parts}
                rows += [{"scenario": scenario, "first": first, "last": last, "part": part,
                          **{side: 100 * getattr(spread, side) for side in Spread._fields}}
                         for part, spread in named.items()]
    return pd.DataFrame(rows)
