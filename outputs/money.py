"""How much money flows to the counties in the last year: transfers of the province by kind, and what counties pay each
other, under the scenario in focus beside the reference."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd

from outputs import spread
from outputs.numbers import listed, number, signed, to
from outputs.view import View, once
from outputs.words import say
from sim.indicators.counties import TRANSFERS

BETWEEN = ("water_received",)
WHOLE = "transfers"
SCALE = {"en": 1e-3, "zh": 1e-2}  # million CNY to billion CNY, and to 100 million yuan
MOST_NAMED = 3


class Flow(NamedTuple):
    """A flow to all counties in million CNY: median of the runs, and its median difference with the range."""

    name: str
    value: float
    apart: float
    low: float
    high: float


@once
def flows(view: View) -> list[Flow]:
    """All transfers together, each kind, and payments between counties, in the last year; empty without budgets."""
    kinds = [name for name in TRANSFERS if view.has(name)]
    if not kinds:
        return []
    groups = {WHOLE: kinds} | {name: [name] for name in (*kinds, *(n for n in BETWEEN if view.has(n)))}
    return [_flow(view, name, parts) for name, parts in groups.items()]


def _flow(view: View, name: str, parts: list[str]) -> Flow:
    value = float(np.median(sum(view.runs(part, view.focus)[:, -1].sum(axis=-1) for part in parts)))
    if view.headline is None or view.focus == view.reference:
        return Flow(name, value, np.nan, np.nan, np.nan)
    both = [view.pairs(part, view.focus, view.reference) for part in parts]
    one, other = (sum(pair[k][:, -1].sum(axis=-1) for pair in both) for k in (0, 1))
    found = spread.paired(one, other, view.draws_of(view.focus, view.reference))
    return Flow(name, value, found["median"], found["low"], found["high"])


def sentences(view: View, lang: str) -> list[str]:
    """How much flows, and which kinds of transfers differ most from the reference."""
    found = {flow.name: flow for flow in flows(view)}
    if not found:
        return []
    whole, scale = found[WHOLE], SCALE[lang]
    out = [say("money_whole", lang, year=view.last, scenario=view.called(view.focus, lang),
               value=number(whole.value * scale))]
    if np.isfinite(whole.apart):
        kinds = pd.Series({name: flow.apart for name, flow in found.items() if name in TRANSFERS and flow.apart})
        largest = kinds.reindex(kinds.abs().sort_values(ascending=False, kind="stable").index).head(MOST_NAMED)
        named = [say("money_kind", lang, what=view.label(str(name), lang), apart=signed(apart * scale))
                 for name, apart in largest.items()]
        out.append(say("money_apart", lang, reference=view.called(view.reference, lang),
                       apart=signed(whole.apart * scale), range=_range(whole, lang),
                       kinds=listed(named, lang) or say("is_same", lang)))
    out += [say("money_between", lang, value=number(found[name].value * scale, 2)) for name in BETWEEN if name in found]
    return out


def _range(flow: Flow, lang: str) -> str:
    if not np.isfinite(flow.low):
        return ""
    return say("money_range", lang, range=to(flow.low * SCALE[lang], flow.high * SCALE[lang], lang))
