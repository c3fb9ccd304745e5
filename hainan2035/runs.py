"""Verbs on one run: run it, read its bulletin."""

from __future__ import annotations

import contextlib
import os
import re
import time
from pathlib import Path

from hainan2035.arguments import central, chosen, followed, language, one_run, whole
from hainan2035.line import Parser, verb
from hainan2035.shared import chosen_of, compile_first, show, table_of, usual_draw, with_levers, years
from hainan2035.talk import peak_memory, say
from sim.core.declare import Fault, UserError
from sim.words import BASE_YEAR

SHOWN_YEARS = (2010, 2015, 2020, 2025, 2030, 2035)
LONGEST_SETTINGS = 60  # characters of --set in the name of a file
MAX_NAME = 180
SHOWN_INDICES = ("theil_gdp_pc", "cv_gdp_pc", "maxmin_gdp_pc", "theil_inc_pc", "theil_svc")


def run_arguments(one: Parser) -> None:
    one.add_argument("scenario", metavar="SCENARIO", help="a scenario of the library, or a file")
    one_run(one)
    central(one)
    followed(one)
    chosen(one)
    one.add_argument("--threads", type=whole(1), metavar="N", help="threads (default: all cores)")
    one.add_argument("--people", type=Path, metavar="FILE.nc", help="also write the persons at the end of the run")
    one.add_argument("--out", type=Path, metavar="FILE.nc", help="file for the results (default "
                                                                  "runs/SCENARIO-seedN...nc)")
    one.add_argument("--force", action="store_true", help="overwrite another result, another file or a link")


@verb("run", run_arguments, examples=("run baseline", "run full --seed 1 --set hukou_open=0.5 --out half.nc"))
def run(options) -> int:
    """Write one run of a scenario as NetCDF.

    It takes its parameters from the posterior draw nearest the mean, and follows history before it forecasts.
    """
    from sim import settle, simulate
    from sim.core.dataset import as_netcdf
    from sim.core.parts import usable_cores
    from sim.study import draws

    plan = with_levers(simulate.load_plan(options.scenario), options.set)
    draw, until = usual_draw(plan, options)
    choice = simulate.chosen(chosen_of(options), until)
    out = options.out or Path("runs") / result_name(plan, options)
    with contextlib.ExitStack() as claims:
        question = _question(plan, options, draw, until, choice)
        written = [claims.enter_context(place) for place in _places(out, options, question)]
        compile_first()
        _say_cost(plan, options, draw, until, choice)
        if (told := draws.remark(table_of(options), simulate.data_hash())):
            say(told)
        start = time.perf_counter()
        with years(options.to) as bar, settle.keeping():
            model = simulate.simulated(plan, options.seed, draw, options.weight, options.to,
                                       on_year=lambda year: bar.update(), threads=options.threads or usable_cores(),
                                       history_until=until, follow=choice)
        cost = {"seconds": round(time.perf_counter() - start, 1), "rows": len(model.persons), "peak_mb": peak_memory()}
        results = simulate.as_dataset(simulate.record(model), plan, options.seed, options.weight, options.to, draw,
                                      until, choice).assign_attrs(draws.calibrated(table_of(options)))
        written[0].put(as_netcdf(results))
        if options.people:
            written[1].put(as_netcdf(_people(model.persons, results.attrs)))
    indices = _indices(results)
    show(options, {"scenario": plan.name, "seed": options.seed, "out": str(out), "cost": cost, "indices": indices},
         [*_index_lines(indices), *_followed_lines(plan, options, model, draw, until, choice), _cost_line(cost),
          f"written to {out}"])
    return 0


def _say_cost(plan, options, draw, until: int | None, choice) -> None:
    """What is solved before the run, where its residuals are not kept."""
    if until is None:
        return
    from sim import closure
    from sim.region.pack import load_pack

    last = closure.last_followed(load_pack()) if options.data or options.pack else until
    if options.history_until is None and last > until:
        say(f"with your data history can be followed to {last}; this run follows it to {until}: --history-until {last}")
    cost = closure.cost(until, plan, draw, choice, options.to)
    if cost is not None:
        say(f"history to {until} is solved for this draw first: {cost.runs} reference runs at weight "
            f"{closure.REFERENCE_WEIGHT}, about {max(1.0, cost.seconds):.0f} s; then 1 run to {options.to}")


def _followed_lines(plan, options, model, draw, until: int | None, choice) -> list[str]:
    """How well history was followed, where it was."""
    if until is None:
        return []
    from hainan2035 import followed
    from sim import closure

    last = min(until, options.to)  # a run may end before the year to which history is followed
    return followed.lines(closure.followed(until, plan, draw, last=None, follow=choice), model, last, choice)


def result_name(plan, options) -> str:
    """The default name of a result, by what is not the default: baseline-seed0-weight1000-hukou_open=0.5.nc."""
    usual = (("weight", options.weight, 100), ("to", options.to, 2035))
    parts = [plan.name, f"seed{options.seed}", *(f"{name}{value}" for name, value, other in usual if value != other)]
    if getattr(options, "central", False):
        parts.append("central")
    if getattr(options, "history_until", None):
        parts.append(f"history{options.history_until}")
    if getattr(options, "follow", None):
        parts.append(f"follow_{options.follow.stem}")
    folders = (("pack", getattr(options, "pack", None)), ("data", getattr(options, "data", None)))
    parts += [f"{what}_{folder.resolve().name}" for what, folder in folders if folder]
    levers = [re.sub(r"\s", "", setting) for setting in options.set]
    plain = sum(map(len, levers)) <= LONGEST_SETTINGS and all(re.fullmatch(r"\w+=[\w.]+", each) for each in levers)
    return "-".join([*parts, *(levers if plain else [f"set{plan.hash[:8]}"])])[:MAX_NAME] + ".nc"


def _question(plan, options, draw, until: int | None, choice) -> dict[str, object]:
    """What a result answers, in its attributes: two files that agree in them hold the same numbers."""
    from sim import simulate

    return {"scenario": plan.name, "scenario_hash": plan.hash, "seed": options.seed,
            "draw": simulate.named(draw), "weight": options.weight, "until": options.to,
            **simulate.followed_to(until), "follow_hash": choice.hash or None, **simulate.hashes()}


def _places(out: Path, options, question):
    """The files to be written, each refused before a long run where it would be refused after it."""
    from sim.core.files import claimed

    paths = {"results": out, **({"people": options.people} if options.people else {})}
    if options.people and os.path.realpath(out) == os.path.realpath(options.people):
        raise UserError(Fault(str(out), "is given for both the results and the persons", "name two files"))
    for what, path in paths.items():
        if path.suffix != ".nc":
            raise UserError(Fault(str(path), "does not end in .nc, as NetCDF does", f"write {path.stem or what}.nc"))
        if not options.force:
            _refuse_another(path, question, of_people=what == "people")
    return [claimed(path, replace_link=options.force) for path in paths.values()]


def _refuse_another(path: Path, question, of_people: bool) -> None:
    """A result is written over itself, over nothing else."""
    from sim.core.dataset import provenance
    from sim.core.files import kind_of, writing

    with writing(path):
        if kind_of(path) != "file":  # what else stands there is refused where the file is claimed
            return
    found = provenance(path)
    mend = "choose another place with --out (--people), or replace it with --force"
    if found is None:
        raise UserError(Fault(str(path), "already exists and is not a result", mend))
    attrs, dims = found
    if ("person" in dims) != of_people:
        raise UserError(Fault(str(path), f"holds {'results' if of_people else 'persons'}", mend))
    other = [name for name, value in question.items() if str(attrs.get(name)) != str(value)]
    if other:
        raise UserError(Fault(str(path), f"holds another result (its {', '.join(other)} differ)", mend))


def monitor_arguments(one: Parser) -> None:
    one.add_argument("scenario", metavar="SCENARIO | history", help="a scenario of the library, a file, or history")
    one.add_argument("--year", type=whole(2000, 2050), metavar="YEAR", help="year of the bulletin (default: the last)")
    one_run(one)
    central(one)
    language(one)


@verb("run", monitor_arguments, examples=("monitor history --year 2018", "monitor baseline --year 2030 --lang zh"))
def monitor(options) -> int:
    """The yearly bulletin of section 9.2, for a scenario or for history: indices, lights, warnings, milestones."""
    from outputs.bulletin import bulletin, lines
    from sim import simulate

    if options.scenario == "history":
        from sim.region.history import history

        if options.set:
            raise UserError(Fault("--set", "history is observed, and no lever changes it", "name a scenario"))
        ds = simulate.with_indicators(history())
    else:
        plan = with_levers(simulate.load_plan(options.scenario), options.set)
        draw, until = usual_draw(plan, options)
        if options.year is not None and not BASE_YEAR <= options.year <= options.to:
            raise UserError(Fault("--year", f"{options.year} is not among the years {BASE_YEAR}-{options.to}",
                                  "write a year in that range, or a later --to"))
        compile_first()
        with years(options.to) as bar:
            ds = simulate.run(plan, options.seed, options.weight, options.to, draw=draw,
                              on_year=lambda year: bar.update(), history_until=until)
    found = bulletin(ds, options.year)
    show(options, {"of": options.scenario, **found}, lines(found, options.lang))
    return 0


def _cost_line(cost) -> str:
    memory = f", {cost['peak_mb']:,} MB of memory" if cost["peak_mb"] else ""
    return f"{cost['rows']:,} simulated persons at the end, {cost['seconds']:,} s{memory}"


def _people(persons, attributes):
    """The persons of one run as a Dataset, with the words of their columns."""
    import xarray as xr

    from sim.agents.persons import OF_THE_YEAR

    about = persons.columns()
    return xr.Dataset({name: ("person", values, {"units": about[name].unit, "long_name": about[name].says})
                       for name, values in persons.arrays().items() if name not in OF_THE_YEAR}, attrs=dict(attributes))


def _indices(results) -> dict[str, dict[int, float]]:
    """The headline gaps of a run in round years."""
    rows = {year: row for row, year in enumerate(results["year"].values.tolist()) if year in SHOWN_YEARS}
    return {name: {year: round(float(results[name].values[row]), 6) for year, row in rows.items()}
            for name in SHOWN_INDICES if name in results}


def _index_lines(found: dict[str, dict[int, float]]) -> list[str]:
    """The headline gaps as a small table."""
    years = next(iter(found.values()), {})
    rows = [f"{name:16}" + "".join(f"{value:10.4f}" for value in values.values()) for name, values in found.items()]
    return ["index           " + "".join(f"{year:10}" for year in years), *rows] if found else []
