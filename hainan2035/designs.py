"""Verbs that run a designed study and print what it was designed for."""

from __future__ import annotations

import json
import os
from pathlib import Path

from hainan2035.arguments import language, of_a_study, whole
from hainan2035.line import Parser, verb
from hainan2035.shared import show
from hainan2035.studies import run_study
from sim.core.declare import Fault, UserError
from sim.words import MOST_DRAWS


def screen_arguments(one: Parser) -> None:
    one.add_argument("what", nargs="?", default="screening", metavar="STUDY",
                     help="a study with a factorial design (default screening)")
    of_a_study(one)
    language(one)
    one.set_defaults(draws=None)


@verb("study", screen_arguments, examples=("screen --dry-run", "screen --seeds 2 --weight 1000 --to 2025"))
def screen(options) -> int:
    """How provisions interact: the effect of each one, and which pairs achieve more or less than their sum."""
    from functools import partial

    from outputs import screening, style
    from outputs.tables import write_all
    from sim.core.dataset import writing
    from sim.study.batch import open_results
    from sim.study.studies import load_study

    design = load_study(options.what).design
    if design is None or "factorial" not in design.kinds:
        raise UserError(Fault(str(options.what), "has no factorial design", '[design] with kind = "factorial"'))
    outcome = run_study(options.what, options)
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


def assumptions_arguments(one: Parser) -> None:
    one.add_argument("what", nargs="?", default="opinions", metavar="STUDY",
                     help="a study with one contrast (default opinions)")
    one.add_argument("--draws", type=whole(2, MOST_DRAWS), default=200, metavar="N",
                     help="draws of all parameters (default 200)")
    of_a_study(one)


@verb("study", assumptions_arguments, examples=("assumptions --dry-run", "assumptions --draws 100 --weight 1000"))
def assumptions(options) -> int:
    """What the effect of the Opinions depends on: effects over draws of all parameters, and which change its sign."""
    from calibration import spread
    from outputs import hangs_on
    from outputs.spread import least_correlation
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
        raise UserError(Fault("--draws", f"{options.draws} are too few to show what the effects depend on",
                              f"at least {hangs_on.FEWEST}"))
    cards = spread.ranged()
    least = least_correlation(options.draws, len(cards))
    options.draws = spread.spread(options.draws)
    outcome = run_study(options.what, options)
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
