"""Verbs on studies: run one, see how far it is, run a sample of it again."""

from __future__ import annotations

from argparse import BooleanOptionalAction
from functools import partial
from pathlib import Path
from types import SimpleNamespace

from hainan2035.arguments import (
    a_weight,
    a_year,
    address,
    chosen,
    followed,
    language,
    number_or_table,
    rows,
    seeds,
    settings,
    standard_error,
    whole,
    workers,
)
from hainan2035.line import Parser, verb
from hainan2035.looks import write_what_there_is_to_see
from hainan2035.shared import ROOT, compile_first, model_of, show, with_levers
from sim.words import MOST_SEEDS

WORDS_OF = {"code_hash": "code", "data_hash": "data", "lock_hash": "packages"}
DEMO = ROOT / "scenarios" / "studies" / "demo.toml"


def demo_arguments(one: Parser) -> None:
    one.add_argument("--out", type=Path, metavar="DIR", help="folder of the study (default runs/demo)")
    one.add_argument("--workers", type=workers, metavar="N", help="worker processes (default: one per processor)")
    rows(one)
    language(one)
    one.set_defaults(seeds=None, draws=None, weight=None, to=None, set=[], scheduler=None, dry_run=False)


@verb("run", demo_arguments, examples=("demo", "demo --lang zh --out runs/demo-zh"))
def demo(options) -> int:
    """The main study at a small scale: three scenarios, 19 draws; with tables, figures, report and explorer."""
    options.out = options.out or ROOT / "runs" / "demo"
    outcome = run_study(DEMO, options)
    return max(write_what_there_is_to_see(outcome.folder, outcome.folder, options, explorer_too=True), outcome.code)


def batch_arguments(one: Parser) -> None:
    one.add_argument("what", nargs="+", metavar="STUDY.toml | SCENARIO", help="a study, or scenarios by name or file")
    one.add_argument("--seeds", type=seeds, metavar="N", help="seeds 0 to N-1")
    one.add_argument("--draws", type=number_or_table, metavar="N",
                     help="draws 1 to N; a table of the library or its first rows (production:19); or a CSV file with "
                          "one row per draw; 0 is the central draw")
    one.add_argument("--runs", type=Path, metavar="FILE.csv",
                     help="only the runs of this table (scenario, draw, seed), instead of every combination")
    one.add_argument("--weight", type=a_weight, metavar="W", help="residents that one simulated person represents")
    one.add_argument("--to", type=a_year, metavar="YEAR", help="last year")
    settings(one, "in every scenario, ")
    one.add_argument("--workers", type=workers, metavar="N", help="worker processes (default: one per processor)")
    one.add_argument("--scheduler", type=address, metavar="ADDRESS", help="a dask scheduler instead of processes")
    one.add_argument("--out", type=Path, metavar="DIR", help="folder of the study (default runs/NAME)")
    one.add_argument("--dry-run", action="store_true", help="print what would be run and how large it is, run nothing")
    one.add_argument("--precision", type=standard_error, action="append", default=[], metavar="NAME=SE",
                     help="add seeds until the effect on NAME has this standard error in the last year")
    one.add_argument("--most-seeds", type=whole(2, MOST_SEEDS), default=200, metavar="N",
                     help="with --precision, the most seeds (default 200)")
    one.add_argument("--attribute", action=BooleanOptionalAction, default=None,
                     help="attribute the effect of the Opinions to provisions, with 40 more runs per draw (default: as "
                          "in the study)")
    followed(one)
    chosen(one)
    rows(one)


@verb("study", batch_arguments, examples=("batch opinions --seeds 20 --dry-run",
                                          "batch baseline full --seeds 10 --weight 400 --out runs/first"))
def batch(options) -> int:
    """Run a study, or scenarios, with every draw and seed. Rerun the same command to resume."""
    outcome = run_study(options.what, options)
    show(options, {"folder": str(outcome.folder), "named": outcome.named, "before": outcome.before,
                   "done": outcome.done, "failed": {str(run): why for run, why in outcome.failed.items()},
                   "dry_run": options.dry_run},
         outcome.lines if options.dry_run else
         [*(outcome.lines if options.precision else ()),
          f"{outcome.before + outcome.done} of {outcome.named} runs are in {outcome.folder}"])
    return outcome.code


def status_arguments(one: Parser) -> None:
    one.add_argument("folder", type=Path, metavar="DIR", help="folder of a study")
    one.add_argument("--verify", action="store_true", help="compare every file with its hash; name what is damaged")


@verb("study", status_arguments, examples=("status runs/demo", "status runs/demo --verify --json"))
def status(options) -> int:
    """Progress of a study: runs done, failed (and why) and left; with --verify, damaged files."""
    from sim.study.batch import status as how_far_it_is

    found = how_far_it_is(options.folder, verify=options.verify)
    damaged = found.get("damaged", {})
    lines = [f"{found['study']}: {found['done']} of {found['named']} done, {len(found['failed'])} failed, "
             f"{found['left']} left", *(f"failed: {run}: {why}" for run, why in found["failed"].items()),
             *(f"damaged: {what}: {why}" for what, why in damaged.items())]
    if damaged:
        lines.append("rerun the same batch to recompute damaged files")
    elif options.verify:
        lines.append("every file is intact")
    show(options, found, lines)
    return 1 if found["failed"] or damaged else 0


def reproduce_arguments(one: Parser) -> None:
    one.add_argument("folder", type=Path, metavar="DIR", help="folder of a study")
    one.add_argument("--sample", type=whole(1), default=3, metavar="N", help="number of runs (default 3)")
    one.add_argument("--seed", type=whole(0), default=0, metavar="N", help="seed that chooses them (default 0)")
    followed(one)
    rows(one)


@verb("study", reproduce_arguments, examples=("reproduce runs/demo", "reproduce runs/demo --sample 10 --seed 1"))
def reproduce(options) -> int:
    """Rerun a sample of a study from its folder and compare the results byte for byte."""
    from sim.study.batch import reproduce as run_again
    from sim.study.store import Folder

    if Folder(options.folder).exists:  # what is wrong with another is said at once
        compile_first()
    found = run_again(options.folder, options.sample, options.seed, model_of(options))
    lines = [f"{run}: {', '.join(found['differing'].get(run, [])) or 'the same bytes'}" for run in found["runs"]]
    lines += [f"the study was made with other {WORDS_OF[name]}" for name in found["other"]]
    show(options, found, lines)
    return 0 if found["same"] else 1


def run_study(what, options):
    """Run a study, with what the command line says going before what the study says."""
    from sim.study.batch import run_study as runs_of
    from sim.study.request import resolve

    said = {"seeds": options.seeds, "draws": options.draws, "weight": options.weight, "until": options.to,
            "runs": getattr(options, "runs", None), "attribute": getattr(options, "attribute", None)}
    if options.set:
        request = resolve(what, **said)
        what = SimpleNamespace(**vars(request), **request.extras)
        what.scenarios = [with_levers(plan, options.set) for plan in request.plans]
    said |= {"workers": options.workers, "out": options.out, "scheduler": options.scheduler,
             "model": model_of(options)}
    if getattr(options, "precision", None):
        from sim.study.precision import run_to_precision

        run = partial(run_to_precision, what, dict(options.precision), options.most_seeds, **said)
    else:
        run = partial(runs_of, what, **said)
    if not options.dry_run:
        compile_first(find_faults=lambda: run(dry_run=True))
    return run(dry_run=options.dry_run)
