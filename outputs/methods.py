"""How a study was made, in a paragraph for a paper, and how to cite it: runs, draws, what they have seen, history."""

from __future__ import annotations

import functools
import re
from pathlib import Path

import numpy as np

from outputs import verdict
from outputs.view import View
from outputs.words import say
from sim.scenario.follow import choice_of_text
from sim.study.draws import NUMBERED, SHIPPED, read_draws, shipped

CITATION = Path(__file__).resolve().parents[1] / "CITATION.cff"
HASH = 12
TOLD = ("production", "to2017")  # tables of the library, by what they have seen


def paragraph(view: View, lang: str) -> str:
    """The method with the numbers of this study."""
    scenario, kind = verdict.scenario_told(view)
    told = say("method", lang, counties=len(view.members), compared=int(view.members.sum()), weight=_weight(view),
               scenarios=len(view.scenarios), first=view.first, last=view.last,
               runs=sum(view.count(s) for s in view.scenarios), scenario=view.called(scenario, lang),
               pairs=verdict.rests_on(verdict.gaps(view), scenario, kind).runs if kind == verdict.POLICY else 0,
               measures=len(verdict.MEASURES), parameters=_parameters(view, lang), history=_history(view, lang))
    return told + " " + say("reading_text", lang)


def citation(view: View, lang: str) -> str:
    """How to cite the study: the model's own citation, the study, and the code and data that made it."""
    attrs = view.results.attrs
    return say("citation", lang, title=_cited("title"), version=_cited("version"),
               study=attrs.get("study") or ", ".join(view.scenarios),
               code=str(attrs.get("code_hash", ""))[:HASH] or "–", data=str(attrs.get("data_hash", ""))[:HASH] or "–")


@functools.cache
def _cited(key: str) -> str:
    """A line of CITATION.cff."""
    found = re.search(rf'^{key}: "?(.*?)"?$', CITATION.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return found.group(1) if found else ""


def _parameters(view: View, lang: str) -> str:
    """What parameters the runs have: draws of a posterior and what it has seen, draws of their own, or central ones."""
    draws = [int(number) for number in view.results["draw"].values] if "draw" in view.results.dims else []
    names = [name for name in view.varied if name not in NUMBERED]
    if not names:
        return say("method_one_set", lang)
    table = posterior_of(view, draws)
    if table:
        return say("method_posterior", lang, n=len(draws), table=table, seen=say(f"method_{table}", lang))
    return say("method_own_draws", lang, n=len(draws), names=len(names))


def posterior_of(view: View, draws: list[int]) -> str:
    """The table of the library that holds all draws of a study, with the same numbers; nothing where none does."""
    for table in (name for name in shipped() if name in TOLD):
        rows = {int(row["draw"]): row for row in read_draws(SHIPPED / f"{table}.csv")}
        same = [name for name in view.drawn if name in rows[min(rows)]]
        if set(draws) <= set(rows) and set(view.varied) <= set(same) and all(
                np.allclose(view.drawn[name].values, [float(rows[draw][name]) for draw in draws], rtol=1e-5)
                for name in same):
            return table
    return ""


def _history(view: View, lang: str) -> str:
    year = view.results.attrs.get("history_until")
    if not year:
        return say("method_free", lang, first=view.first)
    chosen = ", ".join(name for name, _ in choice_of_text(str(view.results.attrs.get("follow", ""))).differing)
    return say("method_followed", lang, year=year) + (say("method_chosen", lang, series=chosen) if chosen else "")


def _weight(view: View) -> str:
    weight = view.results.attrs.get("weight")
    return f"{weight:,}" if isinstance(weight, int | float | np.number) else "–"
