"""Shares of the parts of a plan in its effect, from the runs of a study whose design follows orders (S19)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import xarray as xr

from sim.indicators import runs
from sim.indicators.shapley import sampling_error, shapley
from sim.study.designs import Part, letters


def shares(results: xr.Dataset, variable: str, year: int, parts: tuple[Part, ...], orders: Sequence[Sequence[str]],
           low: str, high: str) -> pd.DataFrame:
    """Shapley share of every part in high less low for one output in one year: mean over pairs of draw and seed,
    the error by the orders drawn, and the share in per cent of the whole."""
    names = [part.name for part in parts]
    at = list(results["year"].values).index(year)
    values = {}
    for order in orders:
        for k in range(len(order) + 1):
            inside = frozenset(order[:k])
            scenario = low if not inside else high if len(inside) == len(parts) else f"with_{letters(parts, inside)}"
            if inside not in values:
                values[inside] = runs.ensemble(results, variable, scenario)[:, at].mean(axis=0)
    share, error = shapley(values, orders), sampling_error(values, orders)
    whole = values[frozenset(names)] - values[frozenset()]
    return pd.DataFrame({
        "part": names, "title": [part.title for part in parts], "title_zh": [part.title_zh for part in parts],
        "share": [float(share[name]) for name in names], "error": [float(error[name]) for name in names],
        "percent": [100.0 * float(share[name] / whole) if whole else np.nan for name in names],
    })
