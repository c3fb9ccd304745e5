"""Verbs that hold the model against history and against what is expected of it."""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hainan2035.arguments import a_weight, rows, seeds, span, whole
from hainan2035.line import Parser, verb
from hainan2035.shared import ROOT, compile_first, made_ready, show
from hainan2035.talk import say
from sim.core.declare import Fault, UserError
from sim.words import BASE_YEAR, LAST_FOLLOWED

USUAL = ROOT / "runs" / "skill"
FIRST_ORIGIN, LAST_ORIGIN = BASE_YEAR + 1, LAST_FOLLOWED - 1


def named_draws(text: str) -> str:
    """A table of the library or a CSV file, as an argument's type."""
    if not text.endswith(".csv"):
        from sim.study.draws import shipped

        if text not in shipped():
            raise argparse.ArgumentTypeError(f"{text[:30]!r} is neither a table of the library "
                                             f"({', '.join(shipped())}) nor a CSV file")
    return text


def hindcast_arguments(one: Parser) -> None:
    one.add_argument("folder", type=Path, nargs="?", default=USUAL, metavar="DIR",
                     help="folder of a study that runs freely (default runs/skill, of the study skill)")
    one.add_argument("--write", action="store_true", help="also write the page docs/skill.md")
    rows(one)


@verb("history", hindcast_arguments, examples=("hindcast", "hindcast runs/first --json"))
def hindcast(options) -> int:
    """Score a study against history and naive forecasts: one line per target, all scores as CSV in tables/."""
    from calibration.hindcast import how_far, looks
    from outputs import skill
    from outputs.tables import write_all
    from sim.core.dataset import writing
    from sim.region.history import history
    from sim.study.batch import open_results

    if options.folder == USUAL and not USUAL.exists():
        raise UserError(Fault(str(USUAL), "does not exist yet", f"run `batch skill --out {USUAL}` first, or name a "
                                                                "study that runs freely"))
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


def skill_arguments(one: Parser) -> None:
    one.add_argument("--origins", type=span(FIRST_ORIGIN, LAST_ORIGIN), metavar="YEAR-YEAR",
                     default=(FIRST_ORIGIN, LAST_ORIGIN),
                     help=f"years to forecast from (default {FIRST_ORIGIN}-{LAST_ORIGIN})")
    one.add_argument("--members", type=whole(2, 999), default=38, metavar="N", help="runs from each (default 38)")
    one.add_argument("--weight", type=a_weight, default=200, metavar="W",
                     help="residents that one simulated person represents (default 200)")
    one.add_argument("--out", type=Path, metavar="DIR", help="folder of the tables (default runs/origins)")
    one.add_argument("--wrong", action="store_true",
                     help="also measure whether a wrong model is detected (about five minutes)")
    one.add_argument("--policy", action="store_true",
                     help="also measure how much of the assumed effects the residuals of 2019-21 cancel (six minutes)")
    one.add_argument("--draws", type=named_draws, metavar="TABLE | FILE.csv",
                     help="also score draws of a posterior beside central values, by years after 2017 (to2017, or "
                          "a file of its kind; about five minutes)")
    one.add_argument("--write", action="store_true", help="also write the page docs/origins.md")
    rows(one)


@verb("history", skill_arguments, examples=("skill", "skill --origins 2013-2016 --members 5 --weight 1000",
                                            "skill --draws to2017 --write"))
def skill(options) -> int:
    """Skill from rolling origins: follow history to each year, forecast, and score against naive forecasts."""
    from calibration import dynamics, learnt, naive, rolling
    from calibration.targets import TARGETS
    from outputs import origins
    from outputs.tables import write_all
    from sim.core.dataset import writing
    from sim.simulate import hashes

    folder = options.out or ROOT / "runs" / "origins"
    made_ready(folder)
    if options.draws:
        learnt.draws(options.draws, 1)  # what is wrong with the table is said before long work
    compile_first()
    first, last = options.origins
    asked = [origin for origin in rolling.ORIGINS if first <= origin <= last]
    number = len(asked) * len(rolling.INFORMATION) * options.members
    say(f"{number} runs from {len(asked)} origins, residuals solved "
        f"{min(rolling.DRAWS, options.members) * len(asked)} times")
    found = list(rolling.forecasts(asked, options.members, options.weight))
    table, summary = rolling.cells(found), rolling.summary(found)
    says = {target.name: ("province: " if target.level == "province" else "") + target.says for target in TARGETS}
    told = origins.named(summary, naive.WORDS, says)
    tables, sections = _measured_apart(options, says)
    with writing(folder):
        written = write_all({"origins_scores": summary, "origins_cells": table, **tables}, folder)
        if options.write:
            changes = dynamics.scores(dynamics.changes(weight=options.weight))
            about = {"first": asked[0], "last": asked[-1], "members": options.members, "weight": options.weight,
                     "draws": min(rolling.DRAWS, options.members),
                     **{name: value[:origins.HASH] for name, value in hashes().items()}}
            written.append(origins.write(told, changes, about, sections))
            if options.policy:
                written.append(origins.write_policy(tables["origins_policy"]))
    show(options, json.loads(told.to_json(orient="records")),
         [*origins.lines(told), *(line for line in sections.get(origins.DRAWS_TITLE, "").splitlines()),
          f"all scores: {folder}{os.sep}origins_*.csv",
          *(["written: docs/origins.md"] if options.write else [])])
    return 0


def _measured_apart(options, says: Mapping[str, str]) -> tuple[dict[str, Any], dict[str, str]]:
    """Tables of what is asked for beside scores, and as sections of the page by title; `says`: targets in words."""
    from calibration import cancelled, learnt, rolling, wrong
    from outputs import origins
    from sim.simulate import code_hash

    tables, sections, code = {}, {}, code_hash()[:origins.HASH]
    if options.wrong:
        draws = rolling.draws(min(rolling.DRAWS, options.members))
        tables["origins_wrong"] = wrong.table(draws)
        sections[origins.WRONG_TITLE] = origins.wrong_section(
            tables["origins_wrong"], {name: one.says for name, one in wrong.WRONG.items()}, wrong.MEASURES,
            len(draws), code)
    if options.policy:
        tables["origins_policy"] = cancelled.table()
        sections[origins.POLICY_TITLE] = origins.policy_section(tables["origins_policy"], code)
    if options.draws:
        tables["origins_draws"] = learnt.table(options.draws, options.members, options.weight)
        sections[origins.DRAWS_TITLE] = origins.draws_section(
            tables["origins_draws"], says, learnt.gain(tables["origins_draws"]), learnt.SEEN, str(options.draws), code)
    return tables, sections


def limits_arguments(one: Parser) -> None:
    one.add_argument("--case", action="append", choices=("no_transfers", "own_transfers", "rich_outside", "no_moves",
                                                         "no_visitors", "no_debt"), help="one case (default: all)")
    one.add_argument("--seeds", type=seeds, default=2, metavar="N", help="seeds 0 to N-1 (default 2)")
    one.add_argument("--weight", type=a_weight, default=400, metavar="W",
                     help="residents that one simulated person represents (default 400)")
    rows(one)


@verb("history", limits_arguments, examples=("limits", "limits --case no_debt --case no_moves --weight 1000"))
def limits(options) -> int:
    """Limiting cases of the whole model (no transfers, no visitors, no debt market ...) against what is expected."""
    from calibration import limiting_cases

    compile_first()
    found = limiting_cases.measure(options.case or tuple(limiting_cases.CASES), options.seeds, options.weight)
    show(options, found.to_dict("records"), limiting_cases.lines(found))
    return 0
