"""Verbs that hand results to other programs, or draw one of their variables."""

from __future__ import annotations

from pathlib import Path

from hainan2035.arguments import language, names
from hainan2035.line import Parser, verb
from hainan2035.shared import show
from sim.core.declare import Fault, UserError


def export_arguments(one: Parser) -> None:
    one.add_argument("folder", type=Path, metavar="DIR", help="folder of a study")
    kinds = one.add_mutually_exclusive_group(required=True)
    kinds.add_argument("--netcdf", type=Path, metavar="FILE.nc", help="one NetCDF file")
    kinds.add_argument("--zarr", type=Path, metavar="DIR.zarr", help="a Zarr store (format 2, consolidated)")
    kinds.add_argument("--long", type=Path, metavar="FILE.csv", help="a long table: one row per run, year and county")
    kinds.add_argument("--iamc", type=Path, metavar="FILE.csv", help="medians and ranges in IAMC format")
    one.add_argument("--variables", type=names, metavar="NAME,NAME", help="only these variables (default: all)")


@verb("look", export_arguments, examples=("export runs/demo --netcdf demo.nc",
                                          "export runs/demo --long demo.csv --variables gdp_pc,population"))
def export(options) -> int:
    """Write the results of a study, with indicators, as NetCDF, Zarr, a long table or an IAMC table (CSV)."""
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


def plot_arguments(one: Parser) -> None:
    one.add_argument("folder", type=Path, metavar="DIR | FILE.nc", help="folder of a study, or file of a run")
    one.add_argument("variable", metavar="VARIABLE", help="a variable or indicator; a part of it as NAME:PART")
    one.add_argument("county", nargs="*", metavar="COUNTY", help="counties by name or code (default: the province)")
    one.add_argument("--out", type=Path, metavar="FILE", help="FILE.svg, FILE.png, or both where no ending is given "
                                                              "(default figures/plot-VARIABLE in the folder)")
    language(one)


@verb("look", plot_arguments, examples=("plot runs/demo theil_gdp_pc",
                                        "plot runs/demo gdp_pc 海口 Sanya --out two.svg"))
def plot(options) -> int:
    """Plot one variable of a study, or of a run's file, over the years: the province, or counties by name or code."""
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
