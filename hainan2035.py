"""The command line: one short function a verb, each a thin call of the function of that name.

`python3 run.py VERB` from a fresh clone, `python -m hainan2035 VERB` in the environment. Progress goes to stderr,
results to stdout. Exit 0 good, 1 some runs failed, 2 bad input, 130 interrupted (a batch started again goes on where it
was). The numeric stack is imported inside the verbs, so that `--help` answers at once.
"""

from __future__ import annotations

import argparse
import errno
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from types import SimpleNamespace

from sim.core.declare import Fault, UserError, nearest, printable

ROOT = Path(__file__).resolve().parent
DEMO = ROOT / "scenarios" / "studies" / "demo.toml"
SHOWN_YEARS = (2010, 2015, 2020, 2025, 2030, 2035)
SHOWN_INDICES = ("theil_gdp_pc", "cv_gdp_pc", "maxmin_gdp_pc", "theil_inc_pc", "theil_svc")
REFUSALS = {errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOSPC, errno.ENOTDIR, errno.EISDIR, errno.EEXIST,
            errno.ENAMETOOLONG, errno.ELOOP}


# --- the verbs -------------------------------------------------------------------------------------------------------


def demo(options) -> int:
    """The flagship study, small: three scenarios, five seeds; its tables, figures and report."""
    options.out = options.out or ROOT / "runs" / "demo"
    outcome = _run_study(DEMO, options)
    return max(_compare(outcome.folder, options), outcome.code)


def test(options) -> int:
    """The tests: all of them, or those below each PATH; without --slow those of the common round."""
    paths = [_test_path(path) for path in options.paths] or [str(ROOT / "tests")]
    one_file = len(paths) == 1 and ".py" in Path(paths[0]).name
    workers = options.workers if options.workers is not None else 1 if one_file else min(2, os.cpu_count() or 1)
    command = [sys.executable, "-m", "pytest", "-c", str(ROOT / "pyproject.toml"), "--rootdir", str(ROOT), *paths]
    command += ["-m", ""] if options.slow else []
    command += ["-k", options.k] if options.k else []
    command += ["-n", str(workers), "--dist", "loadfile"] if workers > 1 else []
    environment = {"HYPOTHESIS_STORAGE_DIRECTORY": str(ROOT / ".cache" / "hypothesis"), **os.environ}
    sys.stdout.flush()
    code = subprocess.call(command, cwd=ROOT, env=environment)
    return {0: 0, 4: 2, 5: 2}.get(code, 1)  # pytest: 4 is a wrong PATH, 5 is no test at all


def run(options) -> int:
    """One run, a scenario and a seed, to a NetCDF file."""
    from sim import simulate
    from sim.core.dataset import save
    from sim.core.parts import usable_cores

    plan = _with_levers(simulate.load_plan(options.scenario), options.set)
    out = options.out or Path("runs") / f"{plan.name}-seed{options.seed}.nc"
    for path in filter(None, (out, options.people)):
        _make_room(path)
    start = time.perf_counter()
    with _years(options.to) as bar:
        model = simulate.simulated(plan, options.seed, 0, options.weight, options.to, tell=lambda year: bar.update(),
                                   threads=options.threads or usable_cores())
    cost = {"seconds": round(time.perf_counter() - start, 1), "rows": len(model.persons), "peak_mb": _peak_memory()}
    results = simulate.as_dataset(simulate.record(model), plan, options.seed, options.weight, options.to)
    save(results, out)
    if options.people:
        save(_people(model.persons, results.attrs), options.people)
    _show(options, {"scenario": plan.name, "seed": options.seed, "out": str(out), "cost": cost,
                    "indices": _indices(results)},
          [*_index_lines(results), _cost_line(cost), f"written to {out}"])
    return 0


def batch(options) -> int:
    """A study, or scenarios: all scenarios x draws x seeds. The same command again goes on where it was."""
    outcome = _run_study(options.what, options)
    _show(options, {"folder": str(outcome.folder), "named": outcome.named, "before": outcome.before,
                    "done": outcome.done, "failed": {str(run): why for run, why in outcome.failed.items()},
                    "dry_run": options.dry_run},
          outcome.lines if options.dry_run else
          [*(outcome.lines if options.precision else ()),
           f"{outcome.before + outcome.done} of {outcome.named} runs are in {outcome.folder}"])
    return outcome.code


def status(options) -> int:
    """How far a study is: runs done, failed (with why) and left."""
    from sim.batch import status as how_far_it_is

    found = how_far_it_is(options.folder)
    lines = [f"{found['study']}: {found['done']} of {found['named']} done, {len(found['failed'])} failed, "
             f"{found['left']} left", *(f"failed: {run}: {why}" for run, why in found["failed"].items())]
    _show(options, found, lines)
    return 1 if found["failed"] else 0


def reproduce(options) -> int:
    """Run a sample of a study again, from its own folder, and compare bytes."""
    from sim.batch import reproduce as run_again

    found = run_again(options.folder, options.sample, options.seed)
    lines = [f"{run}: {', '.join(found['differing'].get(run, [])) or 'the same bytes'}" for run in found["runs"]]
    lines += [f"made by another {name.removesuffix('_hash')}" for name in found["other"]]
    _show(options, found, lines)
    return 0 if found["same"] else 1


def compare(options) -> int:
    """Tables, figures and the report of a study."""
    return _compare(options.folder, options)


def hindcast(options) -> int:
    """How far a study is from history, against naive forecasts."""
    from calibration.hindcast import how_far
    from sim.batch import open_results
    from sim.region.history import history

    tables = how_far(open_results(options.folder), history())
    _show(options, {name: json.loads(table.to_json(orient="records")) for name, table in tables.items()},
          [f"{name}\n{table.to_string(index=False)}\n" for name, table in tables.items()])
    return 0


def monitor(options) -> int:
    """The yearly bulletin of section 9.2, of a scenario or of history: indices, lights, warnings, milestones."""
    from outputs.bulletin import bulletin, lines
    from sim import simulate

    if options.scenario == "history":
        from sim.region.history import history

        ds = simulate.with_indicators(history())
    else:
        plan = _with_levers(simulate.load_plan(options.scenario), options.set)
        with _years(options.to) as bar:
            ds = simulate.run(plan, options.seed, options.weight, options.to, tell=lambda year: bar.update())
    found = bulletin(ds, options.year)
    _show(options, {"of": options.scenario, **found}, lines(found, options.lang))
    return 0


def scenario_list(options) -> int:
    """The scenarios of the library."""
    from sim.scenario import library

    found = library()
    _show(options, found, [f"{name:22} {title}" for name, title in found.items()])
    return 0


def scenario_show(options) -> int:
    """A scenario resolved: every value, and the file it came from."""
    from sim.scenario import describe, load_scenario

    plan = load_scenario(options.scenario)
    _show(options, plan.resolved(), [describe(plan)])
    return 0


def scenario_check(options) -> int:
    """Every fault of scenario and study files, all at once; nothing is run."""
    from sim.scenario import check

    faults = [fault for file in options.scenario for fault in check(file)]
    return _show_faults(options, faults, f"{len(options.scenario)} checked, no fault")


def scenario_diff(options) -> int:
    """What the second scenario does instead of what the first does, in words."""
    from sim.scenario import diff, load_scenario

    lines = diff(load_scenario(options.first), load_scenario(options.second))
    _show(options, lines, lines or ["no difference"])
    return 0


def policy(options) -> int:
    """The 22 provisions of the Opinions: status, levers, what each moves, and what it does from none to full."""
    from calibration import effects
    from outputs import policy as provisions

    written = {}
    if options.measure:
        measured = effects.measure(options.seeds, options.weight, options.workers, options.out)
        written["effects"] = str(effects.write(measured))
    measured = effects.read()
    if options.write:
        written["page"] = str(provisions.write(measured))
    if written:
        _show(options, written, [f"{what} written to {path}" for what, path in written.items()])
    elif options.csv:
        print(provisions.as_csv(measured), end="")
    elif options.json:
        _show(options, provisions.rows(measured), [])
    else:
        _show(options, None, provisions.lines(measured, effects.state()))
    return 0


def data_fit(options) -> int:
    """How well the synthetic population of the base year meets the census: errors by margin, in rows and shares."""
    from sim.region.pack import load_pack
    from sim.region.people import build_people, fit_report, fit_summary

    pack = load_pack()
    summary = fit_summary(fit_report(pack, build_people(pack, options.weight), options.weight), options.weight)
    _show(options, summary.reset_index().to_dict("records"), summary.to_string().splitlines())
    return 0


def data_check(options) -> int:
    """The data pack against its schema, with file, row and column of each fault."""
    from sim.region.pack import check_pack

    return _show_faults(options, check_pack(options.folder), "the data pack has no fault")


# --- what verbs share ------------------------------------------------------------------------------------------------


def _with_levers(plan, settings):
    """A scenario with the levers of `--set LEVER=VALUE`."""
    from sim.scenario import parse_set

    return plan.with_levers(**dict(map(parse_set, settings))) if settings else plan


def _run_study(what, options):
    """Run a study, with what the command line says going before what the study says."""
    from sim.batch import run_study

    said = {"seeds": options.seeds, "draws": options.draws, "weight": options.weight, "until": options.to}
    if options.set:
        from sim import simulate
        from sim.asked import everything

        asked = everything(what, simulate, **said)
        what = SimpleNamespace(**vars(asked), **asked.extras)
        what.scenarios = [_with_levers(plan, options.set) for plan in asked.plans]
    said |= {"workers": options.workers, "out": options.out, "scheduler": options.scheduler,
             "dry_run": options.dry_run}
    if getattr(options, "precision", None):
        from sim.precision import run_to_precision

        return run_to_precision(what, dict(options.precision), options.most_seeds, **said)
    return run_study(what, **said)


def _compare(folder: Path, options) -> int:
    """Write what there is to see of a study into its folder."""
    from calibration.hindcast import how_far
    from outputs.compare import compare
    from sim.batch import open_results
    from sim.region.history import history

    results, past = open_results(folder), history()
    # only the Opinions as they were carried out can be held against what happened
    against_history = how_far(results, past) if "baseline" in results["scenario"].values else None
    report = compare(results, past, folder, options.lang, how_far=against_history).report
    _show(options, {"folder": str(folder), "report": str(report)}, [f"the report: {report}"])
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


def _years(until: int):
    """A bar over the years of a run."""
    from tqdm import tqdm

    return tqdm(total=until - 2010, unit="year", file=sys.stderr, leave=False)


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


def _test_path(path: str) -> str:
    """A test's path, from the working directory or from the checkout; `file::test` is one too."""
    file, colons, name = path.partition("::")
    for base in (Path.cwd(), ROOT):
        if (base / file).exists():
            return f"{base / file}{colons}{name}"
    raise UserError(Fault(path, "no such test file or folder", "for example tests/test_command_line.py"))


def _make_room(path: Path) -> None:
    """The folder of a file to be written, made and tried before a long run, not after it."""
    from sim.core.dataset import writing

    if path.is_dir():
        raise UserError(Fault(str(path), "is a folder", "name a file, such as results.nc"))
    with writing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=path.parent):
            pass


def _show(options, data, lines) -> None:
    """Results on stdout: lines for a person, or JSON for a program."""
    if options.json:
        print(json.dumps(data, ensure_ascii=False, indent=2, default=str))
    else:
        print("\n".join(printable(str(line)) for line in lines))


def _show_faults(options, faults, good: str) -> int:
    """Faults as results: the verb that looks for them has found them."""
    _show(options, [fault._asdict() for fault in faults], faults or [good])
    return 2 if faults else 0


# --- arguments -------------------------------------------------------------------------------------------------------


class Parser(argparse.ArgumentParser):
    """A parser whose complaint is a fault like any other."""

    def __init__(self, **about):
        super().__init__(allow_abbrev=False, formatter_class=argparse.RawDescriptionHelpFormatter, **about)

    def error(self, message):
        raise UserError(Fault(self.prog, message, f"see {self.prog} --help"))


def whole(least: int, most: int | None = None):
    """A whole number within limits, as an argument's type."""
    def read(text: str) -> int:
        limits = f"a whole number of at least {least}" if most is None else f"a whole number, {least} to {most}"
        if not text.strip().lstrip("+-").isdecimal() or not least <= int(text) <= (most or int(text)):
            raise argparse.ArgumentTypeError(f"{text!r} is not {limits}")
        return int(text)
    return read


def standard_error(text: str) -> tuple[str, float]:
    """A variable and the standard error wanted of its effects, as an argument's type."""
    name, _, number = text.partition("=")
    try:
        return name.strip(), float(number)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not NAME=NUMBER, such as theil_gdp_pc=0.001") from None


def number_or_table(text: str):
    """A number of draws, or a CSV file with a row for each."""
    return Path(text) if text.endswith(".csv") else whole(0)(text)


def parser() -> Parser:
    """All verbs with their arguments."""
    top = Parser(prog="hainan2035", description="An agent-based model of regional coordination in Hainan, 2010-2035.",
                 epilog="Each verb has its own --help. Exit codes: 0 good, 1 some runs failed, 2 bad input, 130 "
                        "interrupted.")
    verbs = top.add_subparsers(metavar="VERB", title="verbs")

    def add(function, name: str = "", group=verbs) -> Parser:
        one = group.add_parser(name or function.__name__, help=function.__doc__, description=function.__doc__)
        one.set_defaults(verb=function, parser=one)
        one.add_argument("--json", action="store_true", help="results for a program")
        return one

    def add_group(name: str, says: str):
        group = verbs.add_parser(name, help=says, description=says)
        return group.add_subparsers(metavar="WHAT", required=True)

    def add_study_options(one: Parser) -> None:
        one.add_argument("--seeds", type=whole(1), metavar="N", help="seeds 0 to N-1")
        one.add_argument("--draws", type=number_or_table, metavar="N", help="draws 1 to N, or a CSV file; 0 is central")
        one.add_argument("--weight", type=whole(1), metavar="W", help="residents that one simulated person stands for")
        one.add_argument("--to", type=whole(2011, 2050), metavar="YEAR", help="the last year")
        one.add_argument("--set", action="append", default=[], metavar="LEVER=VALUE", help="in every scenario")
        one.add_argument("--workers", type=whole(1), metavar="N", help="processes; one a processor if not said")
        one.add_argument("--scheduler", metavar="ADDRESS", help="a dask scheduler instead of processes")
        one.add_argument("--out", type=Path, metavar="DIR", help="the study's folder; runs/NAME if not said")
        one.add_argument("--dry-run", action="store_true", help="say what would be run, and how large it is")

    def add_language(one: Parser) -> None:
        one.add_argument("--lang", choices=("en", "zh"), default="en", help="of the report and figures")

    one = add(demo)
    one.add_argument("--out", type=Path, metavar="DIR", help="the study's folder; runs/demo if not said")
    one.add_argument("--workers", type=whole(1), metavar="N", help="processes; one a processor if not said")
    add_language(one)
    one.set_defaults(seeds=None, draws=None, weight=None, to=None, set=[], scheduler=None, dry_run=False)

    one = add(test)
    one.add_argument("paths", nargs="*", metavar="PATH", help="a test file, a folder, or FILE::TEST")
    one.add_argument("--slow", action="store_true", help="the slow ones too")
    one.add_argument("-k", metavar="WORDS", help="only tests whose names match")
    one.add_argument("--workers", type=whole(1), metavar="N", help="processes; 2 if not said")

    one = add(run)
    one.add_argument("scenario", metavar="SCENARIO", help="a name of the library, or a file")
    one.add_argument("--seed", type=whole(0, 2**63 - 1), default=0, metavar="N", help="the luck; 0 if not said")
    one.add_argument("--weight", type=whole(1), default=100, metavar="W", help="residents a person stands for; 100")
    one.add_argument("--to", type=whole(2011, 2050), default=2035, metavar="YEAR", help="the last year; 2035")
    one.add_argument("--set", action="append", default=[], metavar="LEVER=VALUE", help="a lever, written anew")
    one.add_argument("--threads", type=whole(1), metavar="N", help="threads that share the persons; all cores")
    one.add_argument("--people", type=Path, metavar="FILE.nc", help="write the persons at the end, too")
    one.add_argument("--out", type=Path, metavar="FILE.nc", help="runs/SCENARIO-seedN.nc if not said")

    one = add(batch)
    one.add_argument("what", nargs="+", metavar="STUDY.toml | SCENARIO", help="a study, or scenarios by name or file")
    add_study_options(one)
    one.add_argument("--precision", type=standard_error, action="append", default=[], metavar="NAME=SE",
                     help="add seeds until the effect on NAME has this standard error in the last year")
    one.add_argument("--most-seeds", type=whole(2), default=200, metavar="N", help="with --precision; 200")

    add(status).add_argument("folder", type=Path, metavar="DIR", help="a study's folder")
    one = add(reproduce)
    one.add_argument("folder", type=Path, metavar="DIR", help="a study's folder")
    one.add_argument("--sample", type=whole(1), default=3, metavar="N", help="how many runs; 3 if not said")
    one.add_argument("--seed", type=whole(0), default=0, metavar="N", help="which runs; 0 if not said")
    one = add(compare)
    one.add_argument("folder", type=Path, metavar="DIR", help="a study's folder")
    add_language(one)
    add(hindcast).add_argument("folder", type=Path, nargs="?", default=ROOT / "runs" / "demo", metavar="DIR",
                               help="a study's folder; the demo's if not said")

    one = add(monitor)
    one.add_argument("scenario", metavar="SCENARIO | history", help="a name of the library, a file, or history")
    one.add_argument("--year", type=whole(2000, 2050), metavar="YEAR", help="of the bulletin; the last one if not said")
    one.add_argument("--seed", type=whole(0, 2**63 - 1), default=0, metavar="N", help="the luck; 0 if not said")
    one.add_argument("--weight", type=whole(1), default=100, metavar="W", help="residents a person stands for; 100")
    one.add_argument("--to", type=whole(2011, 2050), default=2035, metavar="YEAR", help="the last year; 2035")
    one.add_argument("--set", action="append", default=[], metavar="LEVER=VALUE", help="a lever, written anew")
    add_language(one)

    group = add_group("scenario", "Scenarios: list, show, check, diff.")
    add(scenario_list, "list", group)
    add(scenario_show, "show", group).add_argument("scenario", metavar="SCENARIO", help="a name, or a file")
    add(scenario_check, "check", group).add_argument("scenario", nargs="+", metavar="SCENARIO", help="names, or files")
    one = add(scenario_diff, "diff", group)
    one.add_argument("first", metavar="SCENARIO", help="a name, or a file")
    one.add_argument("second", metavar="SCENARIO", help="a name, or a file")
    one = add(policy)
    one.add_argument("--csv", action="store_true", help="the levers with their effects as CSV")
    one.add_argument("--measure", action="store_true", help="run each lever and provision alone, none to full; writes "
                                                            "docs/policy_effects.csv")
    one.add_argument("--write", action="store_true", help="bring docs/policy.md up to date")
    one.add_argument("--seeds", type=whole(1), metavar="N", help="of the measurement; 10 if not said")
    one.add_argument("--weight", type=whole(1), metavar="W", help="of the measurement; 400 if not said")
    one.add_argument("--workers", type=whole(1), metavar="N", help="processes; one a processor if not said")
    one.add_argument("--out", type=Path, metavar="DIR", help="the folder of the runs; runs/policy-... if not said")
    group = add_group("data", "The data pack: check, fit.")
    fit = add(data_fit, "fit", group)
    fit.add_argument("--weight", type=whole(1), default=100, metavar="W",
                     help="residents that one simulated person stands for")
    add(data_check, "check", group).add_argument("folder", type=Path, nargs="?", metavar="DIR", help="another pack")
    top.set_defaults(verbs=verbs.choices)
    return top


def parsed(arguments: list[str]):
    """The options of a verb; a misspelt verb or option is answered with the nearest one."""
    top = parser()
    known = top.get_default("verbs")
    if arguments and not arguments[0].startswith("-") and arguments[0] not in known:
        mend = nearest(arguments[0], known) or f"verbs are {', '.join(known)}"
        raise UserError(Fault(arguments[0], "no such verb", mend))
    options, rest = top.parse_known_args(arguments)
    if not hasattr(options, "verb"):
        raise UserError(Fault("hainan2035", "a verb is needed", f"one of {', '.join(known)}; see --help"))
    if rest:
        mend = nearest(rest[0].partition("=")[0], options.parser._option_string_actions)
        raise UserError(Fault(options.parser.prog, f"does not know {' '.join(rest)}",
                              mend or f"see {options.parser.prog} --help"))
    return options


def main(arguments: list[str] | None = None) -> int:
    """Carry out a verb; a user's fault is said in plain words, a traceback is a fault of ours."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    try:
        options = parsed(sys.argv[1:] if arguments is None else arguments)
        code = options.verb(options)
        sys.stdout.flush()
        return code
    except UserError as error:
        print(*error.faults, sep="\n", file=sys.stderr)
        return 2
    except BrokenPipeError:  # the reader has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt as stop:
        print(printable(str(stop)) or "interrupted", file=sys.stderr)
        return 130
    except OSError as refusal:
        if refusal.errno not in REFUSALS:
            raise
        print(Fault(str(refusal.filename or ""), refusal.strerror.lower(), "choose another place"), file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
