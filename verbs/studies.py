"""Verbs on studies: run one, see how far it is, run a sample of it again, look at it."""

from __future__ import annotations

import contextlib
import json
import os
import sys
from pathlib import Path
from types import SimpleNamespace

from sim.core.declare import Fault, UserError
from verbs.shared import ROOT, compile_first, model_of, show, with_levers

DEMO = ROOT / "scenarios" / "studies" / "demo.toml"


def demo(options) -> int:
    """The flagship study, small: three scenarios, five seeds; its tables, figures and report."""
    options.out = options.out or ROOT / "runs" / "demo"
    outcome = _run_study(DEMO, options)
    return max(_compare(outcome.folder, outcome.folder, options, explorer_too=True), outcome.code)


def batch(options) -> int:
    """A study, or scenarios: all scenarios x draws x seeds. The same command again goes on where it was."""
    outcome = _run_study(options.what, options)
    show(options, {"folder": str(outcome.folder), "named": outcome.named, "before": outcome.before,
                   "done": outcome.done, "failed": {str(run): why for run, why in outcome.failed.items()},
                   "dry_run": options.dry_run},
         outcome.lines if options.dry_run else
         [*(outcome.lines if options.precision else ()),
          f"{outcome.before + outcome.done} of {outcome.named} runs are in {outcome.folder}"])
    return outcome.code


def status(options) -> int:
    """How far a study is: runs done, failed (with why) and left; with --verify, what is damaged."""
    from sim.study.batch import status as how_far_it_is

    found = how_far_it_is(options.folder, verify=options.verify)
    damaged = found.get("damaged", {})
    lines = [f"{found['study']}: {found['done']} of {found['named']} done, {len(found['failed'])} failed, "
             f"{found['left']} left", *(f"failed: {run}: {why}" for run, why in found["failed"].items()),
             *(f"damaged: {what}: {why}" for what, why in damaged.items())]
    if damaged:
        lines.append("run the same batch again: what is damaged is computed anew")
    elif options.verify:
        lines.append("every file is what was written")
    show(options, found, lines)
    return 1 if found["failed"] or damaged else 0


def reproduce(options) -> int:
    """Run a sample of a study again, from its own folder, and compare bytes."""
    from sim.study.batch import reproduce as run_again
    from sim.study.store import Folder

    if Folder(options.folder).exists:  # what is wrong with another is said at once
        compile_first()
    found = run_again(options.folder, options.sample, options.seed, model_of(options))
    lines = [f"{run}: {', '.join(found['differing'].get(run, [])) or 'the same bytes'}" for run in found["runs"]]
    lines += [f"made by another {name.removesuffix('_hash')}" for name in found["other"]]
    show(options, found, lines)
    return 0 if found["same"] else 1


def compare(options) -> int:
    """Tables, figures and the report of a study; with --against what two studies say of the gaps, side by side."""
    if options.against is not None:
        if options.out is not None:
            raise UserError(Fault("--out", "--against prints and writes nothing", "leave out the one or the other"))
        return _two_studies(options)
    return _compare(options.folder, options.out or options.folder, options)


def _two_studies(options) -> int:
    from outputs import two_studies

    first, second = map(_view_of, (options.folder, options.against))
    found = two_studies.table(first, second)
    show(options, {"made": two_studies.made_differently(first, second),
                   "gaps": json.loads(found.to_json(orient="records"))}, two_studies.lines(first, second, options.lang))
    return 0


def _view_of(folder: Path):
    """The view of a study; what is wrong with its results names the folder, for there is another one."""
    from outputs.view import View
    from sim.study.batch import open_results

    try:
        return View(open_results(folder))
    except UserError as error:
        raise UserError(*(fault._replace(where=str(folder)) if fault.where == "results" else fault
                          for fault in error.faults)) from None


def explorer(options) -> int:
    """One page of a study to play with: map, lines, effects, ranking and moves by scenario and year; no network."""
    from outputs.explorer.page import NAME, write
    from sim.region.history import history
    from sim.study.batch import open_results
    from sim.study.store import Folder

    path = options.out or options.folder / NAME
    Folder(options.folder).manifest()  # what is wrong with the folder is said before it is held
    _refuse_another_page(path)
    inside = os.path.realpath(path.parent) == os.path.realpath(options.folder)
    with Folder(options.folder).locked() if inside else contextlib.nullcontext():
        write(open_results(options.folder), history(), path, options.lang)
    show(options, {"folder": str(options.folder), "explorer": str(path), "bytes": path.stat().st_size},
         [f"the explorer: {path}"])
    return 0


def screen(options) -> int:
    """What each provision does on average over the others, and which pairs do more or less than their sum."""
    from functools import partial

    from outputs import screening, style
    from outputs.tables import write_all
    from sim.core.dataset import writing
    from sim.study.batch import open_results
    from sim.study.studies import load_study

    design = load_study(options.what).design
    if design is None or "factorial" not in design.kinds:
        raise UserError(Fault(str(options.what), "has no factorial design", '[design] with kind = "factorial"'))
    outcome = _run_study(options.what, options)
    if options.dry_run or outcome.failed:
        show(options, {"folder": str(outcome.folder), "failed": {str(run): why for run, why in outcome.failed.items()}},
             outcome.lines)
        return outcome.code
    results = open_results(outcome.folder)
    table = screening.screened(results.isel(year=[-1]), design)
    folder = Path(outcome.folder)
    with writing(folder):
        write_all({"screening": table}, folder / "tables")
        (folder / "figures").mkdir(exist_ok=True)
        style.write(partial(screening.figure, table), folder / "figures", "screening", options.lang)
    show(options, json.loads(table.to_json(orient="records")),
         [*screening.lines(table, options.lang), f"all effects: {folder / 'tables' / 'screening.csv'}"])
    return 0


def assumptions(options) -> int:
    """What the effect of the Opinions hangs on: its effects over draws of all parameters, and which decide a sign."""
    from calibration import spread
    from outputs import hangs_on
    from outputs.tables import write_all
    from sim.core.dataset import writing
    from sim.study.batch import open_results
    from sim.study.studies import load_study

    study = load_study(options.what)
    if len(study.contrasts) != 1:
        raise UserError(Fault(str(options.what), f"registers {len(study.contrasts)} contrasts where one is expected",
                              'opinions = ["baseline", "no_policy"] below [contrasts]'))
    scenario, reference = next(iter(study.contrasts.values()))
    if options.draws < hangs_on.FEWEST:
        raise UserError(Fault("--draws", f"{options.draws} are too few to tell what effects hang on",
                              f"at least {hangs_on.FEWEST}"))
    cards = spread.ranged()
    least = spread.least_correlation(options.draws, len(cards))
    options.draws = spread.spread(options.draws)
    outcome = _run_study(options.what, options)
    if options.dry_run:
        show(options, {"folder": str(outcome.folder)}, outcome.lines)
        return 0
    results = open_results(outcome.folder).isel(year=[-1])
    summed = hangs_on.summary(results, scenario, reference)
    found = hangs_on.decisive(results, scenario, reference, {name: card.says for name, card in cards.items()}, least)
    folder = Path(outcome.folder) / "tables"
    with writing(folder):
        write_all({"effects_over_draws": summed, "effects_hang_on": found}, folder)
    show(options, {"effects": json.loads(summed.to_json(orient="records")),
                   "hang_on": json.loads(found.to_json(orient="records"))},
         [*hangs_on.lines(summed, found, least), f"both tables: {folder}{os.sep}effects_*.csv",
          *(f"failed: {run}: {why}" for run, why in outcome.failed.items())])
    return outcome.code


def limits(options) -> int:
    """Limiting cases of the whole model: no transfers, no visitors, no debt market ..., beside what is expected."""
    from calibration import limiting_cases

    compile_first()
    found = limiting_cases.measure(options.case or tuple(limiting_cases.CASES), options.seeds, options.weight)
    show(options, found.to_dict("records"), limiting_cases.lines(found))
    return 0


def hindcast(options) -> int:
    """How far a study is from history, against naive forecasts: one line a target, all scores as CSV in its tables/."""
    from calibration.hindcast import how_far, looks
    from outputs import skill
    from outputs.tables import write_all
    from sim.core.dataset import writing
    from sim.region.history import history
    from sim.study.batch import open_results

    results = open_results(options.folder)
    tables = how_far(results, history())
    folder = Path(options.folder) / "tables"
    with writing(folder):
        written = write_all({f"how_far_{name}": table for name, table in tables.items() if len(table)}, folder)
        if options.write:
            written.append(skill.write(tables, results, looks()))
    lines = [*skill.lines(tables), f"all scores: {folder}{os.sep}how_far_*.csv"]
    lines += [f"written: {skill.PAGE.relative_to(ROOT)}"] if options.write else []
    show(options, {name: json.loads(table.to_json(orient="records")) for name, table in tables.items()}, lines)
    return 0


def skill(options) -> int:
    """Skill from rolling origins: follow history to each year, forecast, and score against naive forecasts."""
    from calibration import dynamics, naive, rolling
    from calibration.targets import TARGETS
    from outputs import origins
    from outputs.tables import write_all
    from sim.core.dataset import writing
    from sim.simulate import hashes

    folder = options.out or ROOT / "runs" / "origins"
    _made_ready(folder)
    compile_first()
    first, last = options.origins
    asked = [origin for origin in rolling.ORIGINS if first <= origin <= last]
    number = len(asked) * len(rolling.INFORMATION) * options.members
    print(f"hainan2035: {number} runs from {len(asked)} origins, residuals solved {2 * len(asked)} times",
          file=sys.stderr, flush=True)
    table = rolling.cells(rolling.forecasts(asked, options.members, options.weight))
    summary = rolling.summary(table)
    says = {target.name: ("province: " if target.level == "province" else "") + target.says for target in TARGETS}
    told = origins.named(summary, naive.WORDS, says)
    with writing(folder):
        written = write_all({"origins_scores": summary, "origins_cells": table}, folder)
        if options.write:
            changes = dynamics.scores(dynamics.changes(weight=options.weight))
            about = {"first": asked[0], "last": asked[-1], "members": options.members, "weight": options.weight,
                     **{name: value[:origins.HASH] for name, value in hashes().items()}}
            written.append(origins.write(told, changes, about))
    show(options, json.loads(told.to_json(orient="records")),
         [*origins.lines(told), f"all scores: {folder}{os.sep}origins_*.csv",
          *(["written: docs/origins.md"] if options.write else [])])
    return 0


def _made_ready(folder: Path) -> None:
    """A folder that takes files: what would fail after long work fails before it."""
    import tempfile

    from sim.core.files import writing

    with writing(folder):
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass


def _run_study(what, options):
    """Run a study, with what the command line says going before what the study says."""
    from sim.study.batch import run_study
    from sim.study.request import resolve

    said = {"seeds": options.seeds, "draws": options.draws, "weight": options.weight, "until": options.to,
            "runs": getattr(options, "runs", None)}
    if options.set:
        request = resolve(what, **said)
        what = SimpleNamespace(**vars(request), **request.extras)
        what.scenarios = [with_levers(plan, options.set) for plan in request.plans]
    if not options.dry_run:
        compile_first(find_faults=lambda: resolve(what, **said))
    said |= {"workers": options.workers, "out": options.out, "scheduler": options.scheduler,
             "dry_run": options.dry_run, "model": model_of(options)}
    if getattr(options, "precision", None):
        from sim.study.precision import run_to_precision

        return run_to_precision(what, dict(options.precision), options.most_seeds, **said)
    return run_study(what, **said)


def _compare(folder: Path, out: Path, options, explorer_too: bool = False) -> int:
    """Write what there is to see of a study into its folder, which is held meanwhile, or into another one."""
    from tqdm import tqdm

    from calibration import effects
    from calibration.hindcast import how_far
    from outputs.compare import PARTS, compare
    from outputs.style import INSTALL, png_language
    from sim.region.history import history
    from sim.study.batch import open_results
    from sim.study.store import Folder

    Folder(folder).manifest()  # what is wrong with the folder is said before it is held
    inside = os.path.realpath(folder) == os.path.realpath(out)
    if not inside:
        _refuse_another_folder(out)
    with Folder(folder).locked() if inside else contextlib.nullcontext():
        results, past = open_results(folder), history()
        # only the Opinions as they were carried out can be held against what happened
        against_history = how_far(results, past) if "baseline" in results["scenario"].values else None
        with tqdm(total=len(PARTS), unit="part", file=sys.stderr, leave=False) as bar:
            written = {"report": compare(results, past, out, options.lang, how_far=against_history,
                                         measured=effects.read(), on_part=lambda part: bar.update()).report}
        if explorer_too:
            from outputs.explorer.page import NAME, write

            written["explorer"] = write(results, past, out / NAME, options.lang)
    notes = [INSTALL] if png_language(options.lang) != options.lang else []
    show(options, {"folder": str(folder), **{what: str(path) for what, path in written.items()}, "notes": notes},
         [*(f"the {what}: {path}" for what, path in written.items()), *notes])
    return 0


def _refuse_another_page(path: Path) -> None:
    """The page is written anew, or over another one of its kind."""
    from outputs.explorer.page import is_explorer
    from sim.core.files import kind_of, writing

    if path.suffix != ".html":
        raise UserError(Fault(str(path), "is not the name of a page", f"write {path.stem or 'explorer'}.html"))
    with writing(path):
        kind = kind_of(path)
    if kind == "file" and not is_explorer(path):
        raise UserError(Fault(str(path), "is there already and is no explorer", "choose another place with --out"))


def _refuse_another_folder(out: Path) -> None:
    """A report is written into a new or an empty folder, or over another report."""
    from sim.core.files import STAGE, kind_of, writing
    from sim.study.store import HARMLESS

    with writing(out):
        if kind_of(out) == "":
            return
        there = sorted(entry.name for entry in os.scandir(out))
    known = {"report.html", "explorer.html", "tables", "figures", *HARMLESS}
    foreign = [name for name in there if name not in known and not STAGE.fullmatch(name)]
    if foreign or (there and not _is_report(out / "report.html") and not any(map(STAGE.fullmatch, there))):
        raise UserError(Fault(str(out), f"is not empty and holds no report (but {(foreign or there)[0]!r})",
                              "choose an empty or a new folder with --out"))


def _is_report(path: Path) -> bool:
    """Whether a file is a report of ours."""
    from outputs.report import POLICY
    from sim.core.files import kind_of

    with contextlib.suppress(OSError):
        if kind_of(path) == "file":
            with open(path, "rb") as file:
                return POLICY.encode() in file.read(4096).replace(b"&#x27;", b"'")
    return False
