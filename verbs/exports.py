"""Verbs that hand results to other programs."""

from __future__ import annotations

from verbs.shared import show


def export(options) -> int:
    """The results of a study, with indicators, as one NetCDF file or one Zarr store; a missing run is NaN."""
    from outputs.export import to_netcdf, to_zarr
    from sim.study.batch import open_results

    results = open_results(options.folder, variables=options.variables)
    if options.variables:  # not what they are computed from
        results = results[options.variables]
    written = to_netcdf(results, options.netcdf) if options.netcdf else to_zarr(results, options.zarr)
    show(options, {"written": str(written), "variables": len(results.data_vars), "runs": results.attrs["runs"],
                   "runs_missing": results.attrs["runs_missing"]},
         [f"{len(results.data_vars)} variables of {results.attrs['runs']} runs are in {written}"])
    return 0
