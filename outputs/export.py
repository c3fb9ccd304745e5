"""Results as plain files for other programs: one NetCDF file, or one Zarr store. Nothing is written over."""

from __future__ import annotations

import os
import shutil
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

from sim.core.dataset import plain, save
from sim.core.declare import Fault, UserError
from sim.core.files import ELSEWHERE, kind_of, writing

if TYPE_CHECKING:
    import xarray as xr


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
    with writing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with warnings.catch_warnings():
                warnings.filterwarnings("ignore", message=".*Consolidated metadata.*")
                plain(results).to_zarr(half, mode="w-", zarr_format=2, consolidated=True)
            os.rename(half, path)
        finally:
            shutil.rmtree(half, ignore_errors=True)
    return path


def _refuse_what_is_there(path: Path) -> None:
    with writing(path):
        kind = kind_of(path)
    if kind:
        raise UserError(Fault(str(path), f"is there already (a {kind})", ELSEWHERE.replace(" with --out", "")))
