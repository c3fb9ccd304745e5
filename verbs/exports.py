"""Verbs that hand results to other programs, or draw one of their variables."""

from __future__ import annotations

from pathlib import Path

from sim.core.declare import Fault, UserError
from verbs.shared import show


def export(options) -> int:
    """The results of a study, with indicators, as NetCDF, Zarr, a long table (CSV) or an IAMC table (CSV)."""
    from outputs.export import to_iamc, to_long, to_netcdf, to_zarr
    from sim.study.batch import open_results

    results = open_results(options.folder, variables=options.variables)
    if not results.attrs["runs"]:
        raise UserError(Fault(str(options.folder), "no run is finished", "run the study first"))
    if options.variables:  # not what they are computed from
        results = results[options.variables]
    kinds = ((options.netcdf, to_netcdf), (options.zarr, to_zarr), (options.long, to_long), (options.iamc, to_iamc))
    path, write = next((path, write) for path, write in kinds if path)
    written = write(results, path)
    show(options, {"written": str(written), "variables": len(results.data_vars), "runs": results.attrs["runs"],
                   "runs_missing": results.attrs["runs_missing"]},
         [f"{len(results.data_vars)} variables of {results.attrs['runs']} runs are in {written}",
          *([f"{results.attrs['runs_missing']} runs are missing"] if results.attrs["runs_missing"] else [])])
    return 0


def plot(options) -> int:
    """One variable of a study, or of a run's file, over the years: of the province, or of counties by name or code."""
    from outputs import plot as plots
    from outputs.style import INSTALL, png_language
    from outputs.view import View
    from sim.region.history import history
    from sim.study.batch import open_results

    is_file = options.folder.is_file()
    results = _of_file(options.folder) if is_file else open_results(options.folder)
    results, name = plots.chosen(results, options.variable)
    view = View(results, history())
    rows = plots.counties(view, options.county)
    usual = options.folder.with_suffix("") if is_file else options.folder / "figures" / "plot"
    out = options.out or Path(f"{usual}-{name}")
    written = plots.write(view, name, options.lang, out, rows)
    notes = [INSTALL] if png_language(options.lang) != options.lang else []
    show(options, {"written": [str(path) for path in written], "notes": notes}, [*map(str, written), *notes])
    return 0


def _of_file(path: Path):
    """The results in a file, with indicators; persons, states of a model and other files hold none."""
    from sim.core.dataset import open_dataset
    from sim.indicators import add_indicators

    mend = "name a study's folder, or a file that run or export --netcdf wrote"
    try:
        found = open_dataset(path)
    except (KeyError, RuntimeError):  # what the library says of changed bytes
        raise UserError(Fault(str(path), "is damaged", mend)) from None
    if not {"year", "county"} <= set(found.dims):
        raise UserError(Fault(str(path), "holds no results by year and county", mend))
    return add_indicators(found)
