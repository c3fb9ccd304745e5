"""What each part of a plan contributes to its effect, by the orders in which the parts may come (S19).

`contributions` reads the attribution of a study, whose pairs of draw and seed have orders of their own; `shares` the
scenarios of a study whose design follows declared orders.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from outputs import spread, verdict
from outputs.assumptions import kinds_in_words
from outputs.spread import Basis
from outputs.view import View, once
from sim.indicators import runs
from sim.indicators.registry import GAP_MEASURES
from sim.indicators.shapley import along_orders, sampling_error, shapley
from sim.levers import ASSUMED, CAUSAL, MONITORED, REGISTRY, SCALAR, SECTIONS, kinds_of
from sim.study.designs import Part, letters

WHOLE = "all"
"""The row of all parts together, which is high less low."""
LEVELS = ("province_gdp_volume", "province_real_inc_pc", "province_population")
MORE, LESS = "more", "less"


def by_pair(orders: xr.Dataset, variable: str, year: int | None = None) -> tuple[NDArray, NDArray, NDArray]:
    """Contributions of the parts [part, pair, ...], what the variable is without any [pair, ...], and the pairs' draws.

    In the variable's unit, over the pairs of draw and seed all of whose runs are there; in one year, or in all.
    """
    values = orders[variable] if year is None else orders[variable].sel(year=year)
    ahead = ("step", "draw", "seed")
    found = values.transpose(*ahead, *(dim for dim in values.dims if dim not in ahead)).values.astype(float)
    number = orders.sizes["part"] + 1
    found = found.reshape(-1, number, orders.sizes["draw"] * orders.sizes["seed"], *found.shape[3:])
    comes = orders["comes"].transpose(*ahead).values.reshape(-1, number, found.shape[2])[:, 1:]
    draws = np.repeat(orders["draw"].values, orders.sizes["seed"])
    there = np.isfinite(found).any(axis=tuple(range(3, found.ndim))).all(axis=(0, 1))  # a county may have no value
    return along_orders(found[:, :, there], comes[:, :, there]), found[0, 0, there], draws[there]


def percent(added: NDArray, low: NDArray) -> NDArray[np.float64]:
    """Contributions [part, ...] in % of what the variable is without the plan; nan where that is nothing."""
    with np.errstate(divide="ignore", invalid="ignore"):
        found = np.where(added == 0, 0.0, 100 * added / np.abs(low))
    return np.where(np.isfinite(found), found, np.nan)


def told(view: View) -> Iterator[tuple[str, str, str, int]]:
    """The outputs that are shared out: quantity, measure, variable, and 1 or -1 where a rise widens or narrows a gap,
    0 for what is not a gap."""
    held = () if view.orders is None else view.orders
    for quantity, of in verdict.quantities(view):
        for measure, sign in GAP_MEASURES.items():
            if f"{measure}_{of}" in held:
                yield quantity, measure, f"{measure}_{of}", sign
    for name in LEVELS:
        if name in held:
            yield "", "", name, 0


@once
def contributions(view: View, year: int | None = None) -> pd.DataFrame:
    """A row for each output and part, and for all parts together: the mean contribution over pairs of draw and seed in
    % of the output without the plan, the range of the pairs, the standard error of the mean. Of gaps, positive is
    wider. The parts' means add up to that of all."""
    rows: list[dict[str, object]] = []
    at = view.at(year or view.last)
    for quantity, measure, name, sign in told(view):
        assert view.orders is not None
        added, low, draws = by_pair(view.orders, name, int(view.years[at]))
        if not len(draws):
            continue
        shared = percent(added, low) * (sign or 1)
        about = {"variable": name, "quantity": quantity, "measure": measure, "year": int(view.years[at]),
                 "pairs": len(draws), "draws": len(np.unique(draws)), "orders": int(view.orders["order"].max()) + 1}
        for part, values in [*zip(parts(view), shared), (WHOLE, shared.sum(axis=0))]:
            rows.append({"part": part, "levers": levers_of(part), **about, **_told(values, sign)})
    return pd.DataFrame(rows)


def parts(view: View) -> list[str]:
    """The names of the parts."""
    return [] if view.orders is None else [str(name) for name in view.orders["part"].values]


def _told(values: NDArray, sign: int) -> dict[str, object]:
    """Mean, range and standard error over pairs [pair], and on which side of zero the whole range lies."""
    low, high = (float(end) for end in spread.bounds(values))
    error = float(values.std(ddof=1) / np.sqrt(len(values))) if len(values) > 1 else np.nan
    ends = (low, high) if len(values) > 1 else (float(values[0]),) * 2
    sides = (verdict.WIDER, verdict.NARROWER) if sign else (MORE, LESS)
    word = (verdict.SAME if not values.any() else sides[0] if ends[0] > 0 else sides[1] if ends[1] < 0
            else verdict.UNDECIDED)
    return {"percent": float(values.mean()), "percent_low": low, "percent_high": high, "percent_error": error,
            "above_zero": float(np.mean(values > 0) + 0.5 * np.mean(values == 0)), "verdict": word}


def basis(table: pd.DataFrame) -> Basis:
    """What the ranges rest on: pairs, and draws among them."""
    return Basis(int(table["pairs"].min()), int(table["draws"].min())) if len(table) else Basis(0, 0)


def levers_of(part: str, lang: str = "en") -> str:
    """The kinds of the levers of a part that is a provision, in words; empty of others."""
    section = SECTIONS.get(part.replace("_", "."))
    return kinds_in_words(section, lang) if section else ""


def kind_of(part: str) -> str:
    """The kind of a part as figures colour it: `causal` where all levers act through the model, `assumed size` where
    the size of some is assumed, `governance scalar` or `monitored` where any is; empty of what is no provision."""
    section = SECTIONS.get(part.replace("_", "."))
    kinds = kinds_of(section, REGISTRY) if section else {}
    return next((kind for kind in (SCALAR, MONITORED, ASSUMED, CAUSAL) if kind in kinds), "")


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
