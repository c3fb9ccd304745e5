"""Verbs on one run: run it, read its bulletin."""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

from sim.core.declare import Fault, UserError
from verbs.shared import compile_first, show, with_levers, years

SHOWN_YEARS = (2010, 2015, 2020, 2025, 2030, 2035)
SHOWN_INDICES = ("theil_gdp_pc", "cv_gdp_pc", "maxmin_gdp_pc", "theil_inc_pc", "theil_svc")


def run(options) -> int:
    """One run, a scenario and a seed, to a NetCDF file."""
    from sim import simulate
    from sim.core.dataset import save
    from sim.core.parts import usable_cores

    plan = with_levers(simulate.load_plan(options.scenario), options.set)
    out = options.out or Path("runs") / f"{plan.name}-seed{options.seed}.nc"
    for path in filter(None, (out, options.people)):
        _make_room(path)
    compile_first()
    start = time.perf_counter()
    with years(options.to) as bar:
        model = simulate.simulated(plan, options.seed, 0, options.weight, options.to, on_year=lambda year: bar.update(),
                                   threads=options.threads or usable_cores())
    cost = {"seconds": round(time.perf_counter() - start, 1), "rows": len(model.persons), "peak_mb": _peak_memory()}
    results = simulate.as_dataset(simulate.record(model), plan, options.seed, options.weight, options.to)
    save(results, out)
    if options.people:
        save(_people(model.persons, results.attrs), options.people)
    show(options, {"scenario": plan.name, "seed": options.seed, "out": str(out), "cost": cost,
                   "indices": _indices(results)},
         [*_index_lines(results), _cost_line(cost), f"written to {out}"])
    return 0


def monitor(options) -> int:
    """The yearly bulletin of section 9.2, of a scenario or of history: indices, lights, warnings, milestones."""
    from outputs.bulletin import bulletin, lines
    from sim import simulate

    if options.scenario == "history":
        from sim.region.history import history

        ds = simulate.with_indicators(history())
    else:
        plan = with_levers(simulate.load_plan(options.scenario), options.set)
        compile_first()
        with years(options.to) as bar:
            ds = simulate.run(plan, options.seed, options.weight, options.to, on_year=lambda year: bar.update())
    found = bulletin(ds, options.year)
    show(options, {"of": options.scenario, **found}, lines(found, options.lang))
    return 0


def _peak_memory() -> int | None:
    """Megabytes this process held at most; None where the system does not say."""
    try:
        import resource
    except ImportError:
        return None
    unit = 2**20 if sys.platform == "darwin" else 2**10
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // unit


def _cost_line(cost) -> str:
    memory = f", {cost['peak_mb']:,} MB at most" if cost["peak_mb"] else ""
    return f"{cost['rows']:,} rows of persons at the end, {cost['seconds']:,} s{memory}"


def _people(persons, attributes):
    """The persons of one run as a Dataset, with the words of their columns."""
    import xarray as xr

    from sim.agents.persons import LUCKS

    about = persons.columns()
    return xr.Dataset({name: ("person", values, {"units": about[name].unit, "long_name": about[name].says})
                       for name, values in persons.arrays().items() if name not in LUCKS}, attrs=dict(attributes))


def _indices(results) -> dict[str, dict[int, float]]:
    """The headline gaps of a run in round years."""
    years = [year for year in SHOWN_YEARS if year in results["year"]]
    return {name: {year: round(float(results[name].sel(year=year)), 6) for year in years}
            for name in SHOWN_INDICES if name in results}


def _index_lines(results) -> list[str]:
    """The headline gaps as a small table."""
    found = _indices(results)
    years = next(iter(found.values()), {})
    rows = [f"{name:16}" + "".join(f"{value:10.4f}" for value in values.values()) for name, values in found.items()]
    return ["index           " + "".join(f"{year:10}" for year in years), *rows] if found else []


def _make_room(path: Path) -> None:
    """The folder of a file to be written, made and tried before a long run, not after it."""
    from sim.core.dataset import writing

    if path.is_dir():
        raise UserError(Fault(str(path), "is a folder", "name a file, such as results.nc"))
    with writing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=path.parent):
            pass
