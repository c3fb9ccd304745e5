"""Results as plain files for other programs: one NetCDF file, one Zarr store, a long table, or a table in the form of
the Integrated Assessment Modeling Consortium (IAMC). Nothing is written over.
"""

from __future__ import annotations

import os
import shutil
import warnings
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from outputs import spread
from sim.core.dataset import plain, save
from sim.core.declare import Fault, UserError
from sim.core.files import kind_of, writing
from sim.indicators import runs
from sim.indicators.runs import RUN_DIMS

if TYPE_CHECKING:
    import xarray as xr

ELSEWHERE = "choose another place"


def to_netcdf(results: xr.Dataset, path: str | Path) -> Path:
    """Write a Dataset as one NetCDF-4 file."""
    path = Path(path)
    _refuse_what_is_there(path)
    return save(results, path)


def to_zarr(results: xr.Dataset, path: str | Path) -> Path:
    """Write a Dataset as one Zarr store, a folder (format 2, which every reader knows, with consolidated metadata).

    It is written beside its place and then renamed, so there is a whole store or none.
    """
    path = Path(path)
    _refuse_what_is_there(path)
    half = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    with writing(path, ELSEWHERE):
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with warnings.catch_warnings():
                warnings.filterwarnings("ignore", message=".*Consolidated metadata.*")
                plain(results).to_zarr(half, mode="w-", zarr_format=2, consolidated=True)
            os.rename(half, path)
        finally:
            shutil.rmtree(half, ignore_errors=True)
    return path


def to_long(results: xr.Dataset, path: str | Path) -> Path:
    """Write a CSV with a row for every value that is known: scenario, draw, seed, year, county, part (a sector, zone,
    branch ...), variable, unit, value. Runs that are missing have no rows."""
    return _table(Path(path), (_long(results, str(name)) for name in results.data_vars), _encoding(results))


LONG = ("scenario", "draw", "seed", "year", "county", "name_en", "part", "variable", "unit", "value")


def _long(results: xr.Dataset, name: str) -> pd.DataFrame:
    """The values of one variable, a row each."""
    values = results[name]
    flat = values.reset_coords(drop=True).to_dataframe(name="value").reset_index().dropna(subset="value")
    parts = [str(dim) for dim in values.dims if dim not in (*RUN_DIMS, "year", "county")]
    flat["part"] = flat[parts].astype(str).agg("|".join, axis=1) if parts and len(flat) else ""
    if "county" in flat and "name_en" in results.coords:
        names = dict(zip(results["county"].values, results["name_en"].values, strict=True))
        flat["name_en"] = flat["county"].map(names)
    flat["variable"], flat["unit"] = name, str(values.attrs.get("units", ""))
    return flat.reindex(columns=list(LONG))


def to_iamc(results: xr.Dataset, path: str | Path) -> Path:
    """Write a CSV in the wide form of the IAMC: Model, Scenario, Region, Variable, Unit, and a column for each year.

    Values are medians over the runs of a scenario; where there are several, the ends of the range that holds 80 % of
    19 runs (80 to 89 % of other numbers) stand beside as `Variable|10th Percentile` and `Variable|90th Percentile`.
    Parts are written `Variable|part`.
    Regions are `Hainan` and `Hainan|COUNTY`.
    """
    found = runs.canonical(results)
    names = [str(name) for name, values in found.data_vars.items() if "year" in values.dims]
    return _table(Path(path), (_iamc(found, name) for name in names), _encoding(found))


MODEL, REGION = "hainan2035", "Hainan"
STATISTICS = ("", "|10th Percentile", "|90th Percentile")


def _iamc(results: xr.Dataset, name: str) -> pd.DataFrame:
    """Median and range of one variable, a row each scenario, region and part."""
    unit, years = str(results[name].attrs.get("units", "")), [int(year) for year in results["year"].values]
    behind = [str(dim) for dim in results[name].dims if dim not in (*RUN_DIMS, "year")]
    named = results["name_en" if "name_en" in results.coords else "county"].values if "county" in behind else ()
    mine, rows = results[[name, *_witness(results, name)]].transpose(*RUN_DIMS, "year", ...), []
    order = [str(dim) for dim in mine[name].dims[len(RUN_DIMS) + 1:]]
    for scenario in runs.scenarios(results):
        values = runs.ensemble(mine, name, scenario)
        sides = [np.median(values, axis=0), *(spread.bounds(values) if len(values) > 1 else ())]
        for place in np.ndindex(*values.shape[2:]):
            at = dict(zip(order, place, strict=True))
            region = f"{REGION}|{named[at['county']]}" if "county" in at else REGION
            part = "".join(f"|{results[dim].values[at[dim]]}" for dim in behind if dim != "county")
            for statistic, side in zip(STATISTICS, sides):
                rows.append([MODEL, scenario, region, f"{name}{part}{statistic}", unit, *side[(slice(None), *place)]])
    return pd.DataFrame(rows, columns=["Model", "Scenario", "Region", "Variable", "Unit", *years])


def _witness(results: xr.Dataset, name: str) -> list[str]:
    """A variable by which runs that are there are known, beside the one wanted."""
    return [one for one in runs.WITNESSES if one in results and one != name][:1]


def _encoding(results: xr.Dataset) -> str:
    """UTF-8, with a byte-order mark where names of scenarios are Chinese: spreadsheets recognise it by that."""
    return "utf-8" if all(str(name).isascii() for name in np.ravel(results.coords.get("scenario", ""))) else "utf-8-sig"


def _table(path: Path, parts: Iterable[pd.DataFrame], encoding: str) -> Path:
    """Write tables below each other as one CSV, beside its place and then renamed."""
    _refuse_what_is_there(path)
    half = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    with writing(path, ELSEWHERE):
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with open(half, "w", encoding=encoding, newline="") as file:
                for k, part in enumerate(parts):
                    part.to_csv(file, index=False, header=k == 0, lineterminator="\n", float_format="%.9g")
            os.rename(half, path)
        finally:
            half.unlink(missing_ok=True)
    return path


def _refuse_what_is_there(path: Path) -> None:
    with writing(path, ELSEWHERE):
        kind = kind_of(path)
    if kind:
        raise UserError(Fault(str(path), f"already exists (a {kind})", ELSEWHERE))
