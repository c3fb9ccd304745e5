"""Two studies side by side: what made them differ, and what each says of the gaps (`compare DIR --against DIR`)."""

from __future__ import annotations

import pandas as pd

from outputs import answers, verdict
from outputs.view import View
from outputs.words import say
from sim.core.declare import Fault, UserError

MADE_BY = ("code_hash", "data_hash", "overlay_hash", "lock_hash", "weight", "until", "history_until", "follow_hash")
HASH = 12
SIDES = ("first", "second")
VALUES = ("gap_percent", "gap_low", "gap_high")


def made_differently(first: View, second: View) -> dict[str, tuple[str, str]]:
    """What differs between the makings of two studies: hashes, weight, horizon, draws, seeds, plans of scenarios."""
    pairs: dict[str, tuple[str, str]] = {}
    for name in MADE_BY:
        pairs[name] = _shown(first.results.attrs.get(name)), _shown(second.results.attrs.get(name))
    for axis in ("draw", "seed"):
        pairs[f"{axis}s"] = str(first.results.sizes[axis]), str(second.results.sizes[axis])
    pairs["varied"] = ", ".join(first.varied), ", ".join(second.varied)
    plans = [dict(word.rpartition("=")[::2] for word in str(v.results.attrs.get("scenario_hash", "")).split())
             for v in (first, second)]
    for name in (s for s in first.scenarios if s in second.scenarios):
        pairs[f"scenario {name}"] = _shown(plans[0].get(name)), _shown(plans[1].get(name))
    return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}


def _shown(value: object) -> str:
    return "" if value is None else str(value)[:HASH]


def table(first: View, second: View) -> pd.DataFrame:
    """The change of every gap by measure in both studies, for scenarios that both compare with the same reference."""
    if first.reference != second.reference:
        raise UserError(Fault(second.reference, f"the first study compares with {first.reference}",
                              "compare studies of one reference"))
    keys = ["kind", "scenario", "quantity", "measure"]
    sides = [verdict.gaps(view) for view in (first, second)]
    if any(side.empty for side in sides):
        return pd.DataFrame()
    shown = [side[[*keys, "year", "of", "gap_percent", "gap_low", "gap_high", "pairs", "draws", "verdict",
                   "without_name_en", "without_name_zh"]] for side in sides]
    both = shown[0].merge(shown[1], on=keys, suffixes=[f"_{side}" for side in SIDES], sort=False)
    both["differs"] = both["verdict_first"] != both["verdict_second"]
    return both


def lines(first: View, second: View, lang: str = "en") -> list[str]:
    """What differs, then each gap in both studies; those with another verdict are marked."""
    found = table(first, second)
    made = made_differently(first, second)
    out = [say("two_made", lang, name=name, first=pair[0] or "–", second=pair[1] or "–") for name, pair in made.items()]
    out = out or [say("two_same_making", lang)]
    policy = found[found["kind"] == verdict.POLICY] if len(found) else found
    if policy.empty:
        return [*out, say("two_nothing", lang)]
    out.append(say("two_counted", lang, differ=int(policy["differs"].sum()), n=len(policy)))
    for row in policy.to_dict("records"):
        told = [answers.value_words({name: row[f"{name}_{side}"] for name in VALUES}, lang) for side in SIDES]
        name = answers.measure_name({"measure": row["measure"], "without_name_en": row["without_name_en_first"],
                                     "without_name_zh": row["without_name_zh_first"]}, lang)
        out.append(say("two_line", lang, mark="*" if row["differs"] else " ", name=name,
                       scenario=first.called(row["scenario"], lang), what=say(f"gap_{row['quantity']}", lang),
                       first=told[0], second=told[1], one=say(f"is_{row['verdict_first']}", lang),
                       other=say(f"is_{row['verdict_second']}", lang)))
    return [line.replace("\u00a0", " ") for line in out]
