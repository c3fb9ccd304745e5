"""Verbs that say what answers depend on."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from types import SimpleNamespace

from hainan2035.arguments import language, names, of_a_study, rows, seeds, whole, workers
from hainan2035.line import Parser, verb
from hainan2035.shared import ROOT, compile_first, made_ready, model_of, show
from hainan2035.talk import say
from sim.core.declare import Fault, UserError
from sim.words import HORIZON, MOST_DRAWS

RUNS, TRAJECTORIES, SEEDS, RETAINED, WEIGHT, POINTS, CONFIRMED_BY, Q2 = 200, 4, 4, 16, 400, 20, 12, 0.5


def share(text: str) -> float:
    """A number from 0 to 1, as an argument's type."""
    import argparse

    from sim.core.declare import plain_number

    if not 0.0 <= plain_number(text) <= 1.0:
        raise argparse.ArgumentTypeError(f"{text[:30]!r} is not a number from 0 to 1")
    return plain_number(text)


def sensitivity_arguments(one: Parser) -> None:
    one.add_argument("what", nargs="?", default="opinions", metavar="STUDY | DIR",
                     help="a study with one contrast (default opinions), or the folder of a finished study whose draws "
                          "differ in parameters")
    one.add_argument("--parameters", type=names, default=[], metavar="NAME,NAME",
                     help="screen these only (default: all that have a range, but for sizes of chance)")
    one.add_argument("--trajectories", type=whole(2, 1000), default=TRAJECTORIES, metavar="N",
                     help=f"Morris' trajectories (default {TRAJECTORIES})")
    one.add_argument("--retain", type=whole(1, 40), default=RETAINED, metavar="N",
                     help=f"parameters kept for the design (default {RETAINED})")
    one.add_argument("--runs", type=whole(10, MOST_DRAWS), default=RUNS, metavar="N",
                     help=f"draws of the design (default {RUNS})")
    one.add_argument("--q2", type=share, default=Q2, metavar="SHARE",
                     help=f"smallest share of variance the emulator must predict (default {Q2})")
    of_a_study(one)
    language(one)
    one.add_argument("--write", action="store_true", help="also write the page docs/sensitivity.md")


@verb("study", sensitivity_arguments, examples=("sensitivity --dry-run", "sensitivity --runs 120 --trajectories 2",
                                                "sensitivity runs/opinions --q2 0.5"))
def sensitivity(options) -> int:
    """What outcomes and effects depend on: Morris' screening, Sobol's indices on an emulator, structural switches."""
    from calibration import sensitivity_runs as runs
    from sim.core.dataset import writing

    if options.write and Path(options.what).is_dir():
        raise UserError(Fault("--write", "the page tells of designs that this verb makes, not of another study's runs",
                              "leave it out, or name a study"))
    asked, finished = _asked(options)
    from outputs import sensitivity as told  # what draws comes after the faults of arguments: it takes a while to load
    from outputs.tables import write_all

    folder = options.out or (Path(options.what) if finished else ROOT / "runs" / "sensitivity")
    if finished:
        found = runs.of_folder(folder if options.out is None else Path(options.what), asked)
    else:
        if not options.dry_run:
            made_ready(folder)
        compile_first()
        lines = runs.cost(asked, folder)
        for line in lines:
            say(line)
        if options.dry_run:
            show(options, {"folder": str(folder)}, [f"runs would go to {folder}"])
            return 0
        found = runs.carry_out(asked, folder, say)
    tables = {"morris": found.morris, "indices": found.indices.table, "quality": found.indices.quality,
              "switches": found.switches}
    with writing(folder):
        written = write_all({f"sensitivity_{name}": table for name, table in tables.items() if len(table)},
                            folder / "tables")
        told.draw(folder / "figures", tables["indices"], tables["quality"], tables["switches"], options.lang)
        if options.write:
            written.append(told.write(tables, _about(asked, found, runs)))
    show(options, {name: json.loads(table.to_json(orient="records")) for name, table in tables.items()},
         [*told.lines(tables["morris"], tables["indices"], tables["quality"], tables["switches"]),
          *(f"written: {path}" for path in written)])
    return 0


def uncertainty_arguments(one: Parser) -> None:
    one.add_argument("what", nargs="?", default="uncertainty", metavar="STUDY | DIR",
                     help="a study whose design is added (default uncertainty), or the folder of a finished study")
    one.add_argument("--points", type=whole(2, 10_000), default=POINTS, metavar="N",
                     help=f"points of the design, six runs of every scenario each (default {POINTS})")
    of_a_study(one)
    language(one)
    one.add_argument("--write", action="store_true", help="write its part of the page docs/sensitivity.md as well")


@verb("study", uncertainty_arguments, examples=("uncertainty --dry-run", "uncertainty --points 8 --weight 1000",
                                                "uncertainty runs/uncertainty"))
def uncertainty(options) -> int:
    """Shares of chance, residual law, parameters, base data, outlook and scenario in every outcome, by year."""
    from calibration import components
    from calibration.outcomes import HEADLINE
    from outputs import uncertainty as told
    from sim.core.dataset import writing
    from sim.indicators.runs import reference_of
    from sim.study.batch import open_results

    folder = Path(options.what)
    if not folder.is_dir():
        outcome = _stars(options)
        if options.dry_run or outcome.failed:
            show(options, {"folder": str(outcome.folder),
                           "failed": {str(run): why for run, why in outcome.failed.items()}}, outcome.lines)
            return outcome.code
        folder = Path(outcome.folder)
    results = open_results(folder)
    table = components.components(results, HEADLINE, reference_of(results))
    counties = components.by_county(results, told.told_of(map(str, results["scenario"].values)))
    out = options.out or folder
    with writing(out):
        written = told.write(table, counties, results.attrs.get("history_until"), out, options.lang)
        if options.write:
            written.append(told.write_page(table, results.attrs.get("history_until"), _about_sources(results)))
    show(options, json.loads(table.to_json(orient="records")),
         [*told.lines(table, options.lang), *(f"all years: {path}" for path in written)])
    return 0


def _stars(options):
    """Run a study with the design of stars; finished runs stay."""
    from calibration import components
    from sim.simulate import HAINAN
    from sim.study.batch import run_study
    from sim.study.request import resolve

    request = resolve(options.what)
    if options.seeds is not None:
        raise UserError(Fault("--seeds", "the design has seeds of its own", "write --points N for more of them"))
    if request.runs is not None or len(request.draws) > 1:
        raise UserError(Fault(str(options.what), "has draws or runs of its own, and the design makes them",
                              "leave them out, or run it with `batch` and give its folder"))
    limits = HAINAN.draw_limits([f"shift:{name}" for name in components.OUTLOOK_SPREAD])
    made = components.stars(options.points, [plan.name for plan in request.plans], limits)
    followed = options.__dict__.get("history_until") or request.history_until
    study = SimpleNamespace(**(vars(request) | {"runs": None, "seeds": None, "scenarios": request.plans}))
    run = partial(run_study, study, draws=made.draws, runs=made.runs, weight=options.weight, until=options.to,
                  workers=options.workers, out=options.out or ROOT / "runs" / request.name, model=model_of(options),
                  history_until=followed)
    run(dry_run=True)  # its faults are said before anything is compiled or timed
    compile_first()
    say(_cost_of_stars(request, made, options, followed))
    return run(dry_run=options.dry_run)


def _cost_of_stars(request, made, options, followed: int | None) -> str:
    """How many runs the design has, and about how long they take."""
    from calibration.sensitivity_runs import Asked, minutes

    names = [plan.name for plan in request.plans]
    asked = Asked(tuple(request.plans), names[0], names[-1], weight=options.weight or request.weight,
                  until=options.to or request.until, history_until=followed, workers=options.workers,
                  model=model_of(options))
    draws = len(made.draws)
    return (f"{len(made.runs)} runs of {draws} draws" + (", whose residuals are solved once" if followed else "")
            + f"; {minutes(asked, len(made.runs), draws if followed else 0)}")


def _about_sources(results) -> dict[str, object]:
    from calibration import components
    from sim.indicators.runs import reference_of

    of = components.cells(results)
    return {"points": int(components.blocks(of).max()) + 1, "runs": len(of.places) * results.sizes["scenario"],
            "scenarios": ", ".join(f"`{name}`" for name in map(str, results["scenario"].values)),
            "reference": reference_of(results), "weight": results.attrs.get("weight"),
            "history_until": results.attrs.get("history_until"),
            **{name: str(results.attrs.get(name, ""))[:12] for name in ("code_hash", "data_hash")}}


def overturn_arguments(one: Parser) -> None:
    one.add_argument("folder", type=Path, metavar="DIR", help="folder of the study whose verdicts are tried")
    one.add_argument("--sensitivity", type=Path, default=ROOT / "runs" / "sensitivity", metavar="DIR",
                     help="folder of an analysis of sensitivity (default runs/sensitivity)")
    one.add_argument("--q2", type=share, default=Q2, metavar="SHARE",
                     help=f"smallest share of variance the emulator must predict (default {Q2})")
    one.add_argument("--seeds", type=seeds, default=CONFIRMED_BY, metavar="N",
                     help=f"pairs of runs that confirm a claim (default {CONFIRMED_BY})")
    one.add_argument("--workers", type=workers, metavar="N", help="worker processes (default: one a processor)")
    rows(one)
    language(one)
    one.add_argument("--write", action="store_true", help="write its part of the page docs/sensitivity.md as well")


@verb("study", overturn_arguments, examples=("overturn runs/demo", "overturn runs/demo --seeds 20"))
def overturn(options) -> int:
    """The smallest change of one or two assumptions that turns each verdict of a study around; its report shows it.

    Where a gap is undecided but goes one way in two thirds of the runs, what turns its mean effect around.
    """
    from calibration import sensitivity_runs as runs
    from calibration.overturn import Verdict
    from outputs import overturns, verdict
    from outputs.tables import write_all
    from outputs.view import View
    from sim.core.dataset import writing
    from sim.study.batch import open_results
    from sim.study.store import Folder

    view = View(open_results(options.folder))
    if view.headline is None:
        raise UserError(Fault(str(options.folder), "holds one scenario, and a verdict needs two"))
    _refuse_a_choice(options.folder, view.results.attrs.get("follow_hash"))
    table = verdict.gaps(view)
    verdicts = [Verdict(*one) for one in overturns.tried(table, view.headline)]
    design = options.sensitivity / runs.DESIGN
    if not design.is_dir():
        raise UserError(Fault(str(options.sensitivity), "holds no design of an analysis of sensitivity",
                              f"run `sensitivity --out {options.sensitivity}` first"))
    made, plans, model = Folder(design).manifest(), Folder(design), model_of(options)
    _refuse_another_basis(options.folder, Folder(options.folder).manifest(), options.sensitivity, made, model.hashes())
    pair = (view.headline, view.reference)
    lacking = [name for name in pair if name not in made["scenarios"]]
    if lacking:
        raise UserError(Fault(str(options.sensitivity), f"was made without {', '.join(lacking)}",
                              "run `sensitivity` on a study with this contrast"))
    compile_first()
    asked = runs.Asked(tuple(plans.scenario(name) for name in pair), *pair, weight=made["weight"], until=made["until"],
                       q2_least=options.q2, history_until=made.get("history_until"), workers=options.workers,
                       model=model)
    found = runs.overturned(options.sensitivity, verdicts, asked, options.seeds, say)
    with writing(options.folder):
        written = write_all({overturns.STEM: found}, options.folder / "tables")
        if options.write:
            written.append(overturns.write_page(found, options.folder.name, options.seeds))
    show(options, json.loads(found.to_json(orient="records")),
         [*overturns.sentences(found, options.lang), *(f"written: {path}" for path in written)])
    return 0


def _refuse_another_basis(study: Path, of_study: Mapping[str, object], analysis: Path,
                          of_analysis: Mapping[str, object], hashes: Mapping[str, str]) -> None:
    """UserError where a study and an analysis of sensitivity do not follow the same history, or are not both made on
    the data in use: what overturns a verdict in one need not in the other."""
    from sim.study.results import other_data

    faults = [*other_data(study, of_study, hashes), *other_data(analysis, of_analysis, hashes)]
    ends = [made.get("history_until") for made in (of_study, of_analysis)]
    if ends[0] != ends[1]:
        how = [f"follows history to {end}" if end else "runs freely" for end in ends]
        faults.append(Fault(str(analysis), f"{how[1]}, and the study {how[0]}", "run `sensitivity` on a study that "
                                                                              "follows history to the same year"))
    if of_study.get("follow", "") != of_analysis.get("follow", ""):
        faults.append(Fault(str(analysis), "follows other series of history than the study",
                            "run `sensitivity` on a study that follows the same"))
    if faults:
        raise UserError(*faults)


def _refuse_a_choice(study: object, chosen: object) -> None:
    """UserError where a study follows chosen series of history: the analysis follows all of them."""
    if chosen:
        raise UserError(Fault(str(study), "chooses what of history is followed, and an analysis of sensitivity follows "
                              "all that is observed", "use a study without `follow`"))


def _asked(options):
    """The analysis as the command line and the study say it, and whether the study is a folder with finished runs."""
    from calibration.priors import priors
    from calibration.sensitivity_runs import Asked
    from sim.study.studies import load_study

    finished, model = Path(options.what).is_dir(), model_of(options)
    priors(options.parameters)  # a name that is none is said before anything is compiled
    scenarios, contrast = (), ()
    if finished:
        contrast = _contrast_of_folder(Path(options.what))
    else:
        study = load_study(options.what)
        _refuse_a_choice(options.what, study.follow)
        model = model if study.pack is None else model.on_pack(study.pack)
        if len(study.contrasts) != 1:
            raise UserError(Fault(str(options.what),
                                  f"registers {len(study.contrasts)} contrasts where one is expected",
                                  'opinions = ["baseline", "no_policy"] below [contrasts]'))
        contrast = next(iter(study.contrasts.values()))
        scenarios = tuple(one for one in study.scenarios if one.name in contrast)
    return Asked(scenarios, *contrast, trajectories=options.trajectories, runs=options.runs, retained=options.retain,
                 seeds=options.seeds or SEEDS, weight=options.weight or WEIGHT, until=options.to or HORIZON,
                 parameters=tuple(options.parameters), q2_least=options.q2, workers=options.workers,
                 model=model), finished


def _contrast_of_folder(folder: Path) -> tuple[str, str]:
    """The scenario told first and the reference of a study's folder."""
    from outputs.view import View
    from sim.study.batch import open_results

    view = View(open_results(folder))
    if view.headline is None:
        raise UserError(Fault(str(folder), "holds one scenario, and an effect needs two"))
    _refuse_a_choice(folder, view.results.attrs.get("follow_hash"))
    return view.headline, view.reference


def _about(asked, found, runs) -> dict[str, object]:
    from calibration import priors
    from calibration.posterior.report import LEARNED
    from calibration.sensitivity import SIZES_OF_CHANCE
    from sim.simulate import hashes

    return {"weight": asked.weight, "last": asked.until, "scenario": asked.scenario, "reference": asked.reference,
            "screened": len(asked.screened()), "ranged": len(priors.priors()),
            "names": ", ".join(f"`{name}`" for name in asked.parameters) or "all but sizes of chance ("
            + ", ".join(f"`{name}`" for name in SIZES_OF_CHANCE) + "), whose effect over few seeds is chance",
            "trajectories": asked.trajectories, "retained": len(found.parameters),
            "runs": asked.runs, "seeds": asked.seeds, "q2_least": asked.q2_least,
            "history_until": asked.history_until, "switch_seeds": runs.SWITCH_SEEDS,
            "told": [name for name, share in priors.contraction().items() if share >= LEARNED], "learned": LEARNED,
            **{name: value[:12] for name, value in hashes().items()}}
