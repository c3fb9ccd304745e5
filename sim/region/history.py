"""History: observations as a Dataset with the names, dims and units of results.

Published values remain in the pack; here they are converted to million CNY or CNY at 2020 prices (with the deflator of
provincial GDP), persons and shares. Every variable has a companion `<name>_flag`. Series with different definitions are
separate variables and never joined; the attribute `comment` gives remarks, `breaks` the years in which the definition
changes (`sim.region.segments`).
"""

from __future__ import annotations

import dataclasses
import functools

import numpy as np
import pandas as pd
import xarray as xr

from sim.core import dataset
from sim.core.declare import Card
from sim.region import segments, trips
from sim.region.pack import DERIVED, FLAGS, MISSING, OBSERVED, Pack, load_pack
from sim.region.panels import FIRST_YEAR, LAST_PRINTED_YEAR, YEARS, Panel, combined
from sim.region.series import HALF_YEAR_SERIES, NAMES, SERIES, Series

__all__ = ["FIRST_YEAR", "HALF_YEAR_SERIES", "LAST_PRINTED_YEAR", "NAMES", "SERIES", "TRIPS", "YEARS", "Panel",
           "combined", "coverage", "history", "observed"]

TRIPS = Card("trips", ("origin", "destination"), "index", "Trips between units, 1-9 January 2020",
             "市县间出行（2020年1月1-9日）", "flow", "3.2")
TRIPS_SAY = "Shares of trips times a size index, mean of the records at both ends; not changes of residence."


def history(pack: Pack | None = None) -> xr.Dataset:
    """Observed history in the schema of results: dims year (2000-2024), county and those of each card, with flags.

    If the pack has a folder of trips, `trips` holds them by origin and destination.
    """
    pack = pack or load_pack()
    return _history(pack, trips.there(pack)).copy(deep=True)


def observed(ds: xr.Dataset, name: str) -> xr.DataArray:
    """The values of a variable that are observations (official or secondary); derived, recalled and imputed are nan."""
    return ds[name].where(dataset.observed(ds, name))


def coordinates(pack: Pack) -> dict[str, object]:
    """Labels of the dimensions, those of results."""
    on_counties = {"name_en": pack.names_en, "name_zh": pack.names_zh, "active": pack.active,
                   "coast": pack.group("coast")}
    codes = [int(code) for code in pack.codes]
    return {"year": list(YEARS), "county": pack.codes, "origin": [*codes, trips.OUTSIDE],
            "destination": [*codes, trips.OUTSIDE], **dataset.LABELS,
            **{name: ("county", np.asarray(values)) for name, values in on_counties.items()}}


@functools.lru_cache(maxsize=4)
def _history(pack: Pack, with_trips: bool) -> xr.Dataset:
    attrs = {"title": "observed history of Hainan", "title_zh": "海南历史数据", "data_hash": pack.hash}
    if pack.overlay_hash:
        attrs |= {"pack_hash": pack.own_hash, "overlay_hash": pack.overlay_hash}
    out = _dressed(pack, SERIES, attrs, ("year",))
    out = out.assign(_dressed(pack, (HALF_YEAR_SERIES,), attrs, ()).data_vars)
    if with_trips:
        told = trips.trips(pack)
        moved = Series(TRIPS, lambda _: Panel(told, np.where(np.isnan(told), MISSING, DERIVED)), TRIPS_SAY)
        out = out.merge(_dressed(pack, (moved,), attrs, ()))
    return out


def _dressed(pack: Pack, series: tuple[Series, ...], attrs: dict, lead: tuple[str, ...]) -> xr.Dataset:
    """Panels as a Dataset with flags, comments and breaks; counts are floats, since missing values are nan."""
    panels = {s.card.name: s.make(pack) for s in series}
    cards = {s.card.name: dataclasses.replace(s.card, dtype="float64") for s in series}
    out = dataset.make({n: p.values for n, p in panels.items()}, cards, coordinates(pack), attrs, lead)
    out = dataset.with_flags(out, {name: panel.flags for name, panel in panels.items()})
    for s in series:
        about = out.variables[s.card.name].attrs
        if s.comment:
            about["comment"] = s.comment
        if said := _breaks(pack, s.card.name):
            about["breaks"] = said
    return out


def _breaks(pack: Pack, name: str) -> str:
    """The breaks of a series as text, those of single counties with their code."""
    found = []
    for code in (None, *(int(c) for c in pack.codes)):
        declared = segments.segments(name, code, pack)
        if declared[0].code == code:
            found += [f"{s.first}: {s.basis}" + (f" ({code})" if code else "") for s in declared[1:]]
    return "; ".join(found)


# --- coverage


def coverage(ds: xr.Dataset) -> pd.DataFrame:
    """Coverage of history, one row per series, county (0: the province) and year with a value.

    Columns: series, county, year, flag (the least reliable of the cell's parts), says (`observed`, `derived`,
    `recalled` or `imputed`), and cells (the number of values in the cell: branches, ages).
    """
    frames = []
    for name in map(str, ds.data_vars):
        if f"{name}_flag" not in ds or "year" not in ds[name].dims:
            continue
        flags = ds[f"{name}_flag"]
        rest = [d for d in flags.dims if d not in ("year", "county")]
        known = flags != MISSING
        table = pd.DataFrame({"flag": flags.max(rest).to_series(), "cells": known.sum(rest).to_series()})
        table = table[table["flag"] != MISSING].reset_index()
        if "county" not in table:
            table["county"] = 0
        frames.append(table.assign(series=name)[["series", "county", "year", "flag", "cells"]])
    out = pd.concat(frames, ignore_index=True)
    return out.assign(says=[_word(flag) for flag in out["flag"]])


def _word(flag: int) -> str:
    """Official and secondary values are observed."""
    return "observed" if flag in OBSERVED else FLAGS[flag]
