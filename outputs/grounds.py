"""What the report rests on: history and its coverage, what is assumed, how to make it again."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape

import pandas as pd

from outputs import answers, skill, verdict
from outputs.markup import folded, html_table, paragraphs
from outputs.numbers import listed, number, signed
from outputs.origins import ORIGINS, TAKEN_BACK, taken_back
from outputs.view import View
from outputs.words import bracketed, say, term

RESIDENTS = "residents_2020"  # the target that the chapter on history tells


def history_section(view: View, how_far: Mapping[str, pd.DataFrame] | None, lang: str) -> str:
    """Scores beside naive forecasts, patterns, and what history holds."""
    if not how_far:
        return f"<p>{escape(say('how_far_none', lang))}</p>"
    if ORIGINS in how_far:
        of_policy = taken_back(how_far.get(TAKEN_BACK, pd.DataFrame()), lang)
        return paragraphs([answers.trust(None, lang, how_far[ORIGINS]), *([of_policy] if of_policy else [])])
    scores = how_far.get("scores", pd.DataFrame())
    parts = [paragraphs([answers.trust(scores, lang), *_history(view, how_far, lang),
                         say("how_far_lead", lang, scenario=view.called(view.focus, lang))])]
    if len(scores):
        rows, head, words = skill.html_rows(scores, lang)
        parts += [f"<p>{escape(skill.counted(scores, lang))}</p>",
                  folded(say("skill_table", lang, n=len(rows)),
                         f"<p class='note'>{escape(say('skill_reading', lang))}</p>{html_table(rows, head, text=words)}"
                         f"<p>{escape(say('skill_none', lang))}</p>")]
        lacking = [list(one) for one in skill.left_out(scores, lang)]
        if lacking:
            table = html_table(lacking, [say("skill_target", lang), say("reason", lang)], text=2)
            parts.append(folded(say("skill_lacking", lang, n=len(lacking)), table))
    patterns = how_far.get("patterns", pd.DataFrame())
    if len(patterns):
        head = [say(k, lang) for k in ("pattern", "asked", "seen", "model", "met")]
        rows = [[r.pattern, r.asked, r.observed, r.model, term(r.met, lang)] for r in patterns.itertuples()]
        parts.append(folded(say("patterns", lang), html_table(rows, head, text=5)))
    return "".join(parts)


def _history(view: View, how_far, lang: str) -> list[str]:
    scores = (how_far or {}).get("scores")
    if scores is None or scores.empty:
        return []
    rows = scores[(scores.target == RESIDENTS) & scores.ratio.notna()]
    if rows.empty:
        return []
    row = rows.iloc[0]
    return [say("story_history", lang, scenario=view.called(view.focus, lang), own=number(100 * row.model_error),
                naive=number(100 * row.naive_error), verdict=term(row.verdict, lang))]


def coverage_section(how_far: Mapping[str, pd.DataFrame] | None, lang: str) -> str:
    """How many values history holds, by trust."""
    table = (how_far or {}).get("coverage", pd.DataFrame())
    if table.empty:
        return ""
    head = [say(k, lang) for k in ("variable", "says", "first", "last", "official", "secondary", "flag_derived",
                                   "recalled", "flag_imputed")]
    says = "says_zh" if lang == "zh" else "says"
    kinds = ("official", "secondary", "derived", "recalled", "imputed")
    rows = [[r["variable"], r[says], r["first"], r["last"], *(r[kind] for kind in kinds)]
            for r in table.to_dict("records")]
    counted = say("coverage_counted", lang, n=len(table), **{kind: f"{int(table[kind].sum()):,}" for kind in kinds})
    return (f"<p>{escape(counted)} {escape(say('coverage_lead', lang))}</p>"
            + folded(bracketed(say("coverage", lang), str(len(table)), lang), html_table(rows, head, 2)))


def assumptions_section(view: View, levers: pd.DataFrame, parameters: pd.DataFrame, lang: str) -> str:
    """Which assumptions the verdict leans on; levers and parameters with range, source, confidence."""
    parts = [paragraphs(answers.assumptions_that_turn(view, lang))]
    leaning = verdict.leaning(view)
    if len(leaning):
        known = parameters.set_index("name")["says"].to_dict() if len(parameters) else {}
        head = [say(k, lang) for k in ("name", "says", "lowest", "highest", "rank_correlation", "when_low", "when_high",
                                       "turns")]
        rows = [[r.name, known.get(r.name, ""), f"{r.lowest:.4g}", f"{r.highest:.4g}", signed(r.rank_correlation, 2),
                 signed(r.when_low), signed(r.when_high), say("yes" if r.turns else "no", lang)]
                for r in leaning.itertuples(index=False)]
        parts.append(folded(say("caption_leaning", lang), html_table(rows, head, 2)))
    parts.append(f"<p>{escape(say('assumptions_lead', lang))}</p>")
    settings = ("none", "baseline", "full", "range", "source", "confidence")
    for key, table, columns in (
        ("levers", levers, ("section", "name", "kind", "says", "unit", *settings)),
        ("parameters", parameters, ("name", "says", "unit", "default", "range", "source", "confidence")),
    ):
        if len(table):
            known = [column for column in columns if column in table]
            shown = html_table(table[known].to_numpy().tolist(), [say(c, lang) for c in known], len(known))
            parts.append(folded(say(key, lang, n=len(table)), shown))
    return "".join(parts)


def provenance_section(view: View, lang: str) -> str:
    """How to make it again, and the hashes and numbers that made the results."""
    keys = ("study", "weight", "until", "code_hash", "data_hash", "pack_hash", "overlay_hash", "lock_hash",
            "format")
    rows = [[key, str(view.results.attrs[key])] for key in keys if view.results.attrs.get(key) not in (None, "")]
    counts = listed([say("runs_line", lang, scenario=view.called(s, lang), n=view.count(s))
                     for s in view.scenarios], lang)
    return (f"<p>{escape(say('how_lead', lang))}</p><pre>{escape(say('how_commands', lang, language=lang))}</pre>"
            f"<p>{escape(counts)}{'。' if lang == 'zh' else '.'}</p>{html_table(rows, [say('name', lang), ''], 2)}")
