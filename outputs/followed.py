"""How closely a study that follows history meets it in the last year followed: the median run of the scenario in focus
beside what was observed of each county."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from outputs.numbers import number
from outputs.view import OBSERVED, View
from outputs.words import say
from sim.scenario.follow import choice_of_text

FOLLOWED = (("gdp", "output", ("gdp_branch", "gdp")), ("population", "residents", ("population",)))


class Met(NamedTuple):
    """Of so many counties observed: the error of the middle one and the largest, in %, and the row of that county."""

    what: str
    counties: int
    middle: float
    most: float
    where: int


def met(view: View, year: int) -> Iterator[Met]:
    """What was observed of counties in a year and asked for, and how far the median run is off."""
    choice = choice_of_text(str(view.results.attrs.get("follow", "")))
    codes = [int(code) for code in view.results["county"].values]
    for name, what, series in FOLLOWED:
        errors = {}
        asked = view.members & np.any([choice.mask(one, [year], codes)[0] for one in series], axis=0)
        for row in np.flatnonzero(asked) if view.has(name) else ():
            seen = _observed(view, name, int(row), year)
            if seen:
                errors[int(row)] = 100 * abs(float(np.median(view.runs(name, view.focus)[:, view.at(year), row])) / seen
                                             - 1)
        if errors:
            where = max(errors, key=errors.__getitem__)
            yield Met(what, len(errors), float(np.median(list(errors.values()))), errors[where], where)


def _observed(view: View, name: str, row: int, year: int) -> float:
    """The observed value of a county in a year; 0 where there is none."""
    past = view.past(name, row)
    if past is None:
        return 0.0
    return float(sum(past.values[(past.years == year) & (past.trust == OBSERVED)]))


def sentence(view: View, lang: str) -> str:
    """How near the runs are to what was observed in the last year followed; nothing of a study that follows none."""
    year = int(view.results.attrs.get("history_until") or 0)
    if not view.first <= year <= view.last:
        return ""
    told = [say("followed_part", lang, what=say(f"followed_{one.what}", lang), n=one.counties,
                middle=number(one.middle, 1), most=number(one.most, 1), county=view.names(lang)[one.where])
            for one in met(view, year)]
    return say("followed", lang, year=year, parts=say("clause_join", lang).join(told)) if told else ""
