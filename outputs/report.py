"""The report: one HTML file without a network. The answer first, then chapters with figures and what is assumed.

Every sentence is made of numbers of the study, from the same tables that figures and CSV files show. All text from
files passes through `escape`; the page carries a Content-Security-Policy that forbids everything but its own styles
and inline images.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from html import escape

import numpy as np
import pandas as pd

from outputs import answers, attribution, contrast, growth, skill, surprises, tables, verdict, watched
from outputs.assumptions import kinds_moved
from outputs.beside import HIDDEN, REPORT
from outputs.measured import Measured
from outputs.numbers import listed, number, percent, signed, to
from outputs.origins import ORIGINS, TAKEN_BACK, taken_back
from outputs.view import View, short_name
from outputs.words import say, term
from sim.indicators import INDICATORS
from sim.indicators.coordination import class_of

POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"
STYLE = """
:root { color-scheme: light; }
* { box-sizing: border-box; }
body { font: 15px/1.5 system-ui, "Noto Sans", "Noto Sans CJK SC", "Microsoft YaHei", "PingFang SC",
  sans-serif; color: #222; background: #fff; max-width: 1180px; margin: 0 auto; padding: 1rem; }
h1 { font-size: 1.05rem; line-height: 1.3; margin: 0 0 .4rem; color: #555; font-weight: 600; }
h1 a { margin-left: .8rem; color: #0059a8; font-weight: 400; font-size: .95rem; }
h2 { font-size: 1.25rem; margin-top: 2.4rem; border-bottom: 1px solid #ddd; }
h3 { font-size: 1rem; margin: .7rem 0 .1rem; }
p { margin: .3rem 0 .7rem; }
.verdict { font-size: 1.5rem; line-height: 1.25; font-weight: 700; margin: 0 0 .3rem; }
.first { display: grid; grid-template-columns: minmax(0, 1.5fr) minmax(0, 1fr); gap: 0 1.3rem; align-items: start; }
.first figure { margin: 0; } .first .answers { font-size: .84rem; line-height: 1.38; }
.first .answers p { margin: 0 0 .25rem; } .first h3 { margin-top: .45rem; font-size: .9rem; }
.answers h3:first-child { margin-top: 0; }
code { font: .85em ui-monospace, "DejaVu Sans Mono", monospace; background: #f4f4f4; padding: 0 .2em;
  overflow-wrap: anywhere; }
pre { background: #f4f4f4; padding: .6rem; overflow-x: auto; }
figure { margin: 1.2rem 0; overflow-x: auto; } figure svg { max-width: 100%; height: auto; display: block; }
.narrow { display: none; }
figcaption { color: #555; font-size: .88rem; }
table { border-collapse: collapse; font-size: .8rem; margin: .6rem 0; }
th, td { padding: .18rem .5rem; text-align: right; vertical-align: top; border-bottom: 1px solid #eee; }
th { border-bottom: 1px solid #999; font-weight: 600; }
td.text, th.text { text-align: left; }
.wide { overflow-x: auto; } .note { color: #555; font-size: .88rem; }
.bad { color: #a33f00; } details > summary { cursor: pointer; font-weight: 600; margin: .5rem 0; }
nav { font-size: .88rem; border-top: 1px solid #ddd; margin-top: .9rem; padding-top: .4rem; }
nav a { margin-right: 1rem; color: #0059a8; } li { margin: .25rem 0; }
@media (max-width: 860px) { .first { grid-template-columns: minmax(0, 1fr); } }
@media (max-width: 640px) {
  body { padding: .7rem; } .verdict { font-size: 1.25rem; }
  figure svg { max-width: none; width: 640px; } .has-narrow .broad { display: none; }
  .has-narrow .narrow { display: block; } .narrow svg { width: 100%; max-width: 440px; }
  td.text { min-width: 6.5rem; }
}
@media print {
  body { max-width: none; padding: 0; font-size: 10pt; } nav { display: none; }
  .first { display: block; } figure, tr { break-inside: avoid; } h2, h3 { break-after: avoid; }
  figure, .wide { overflow: visible; } table { font-size: 7.5pt; }
}
"""
RESIDENTS = "residents_2020"  # the target that the chapter on history tells
COUNTY_COLUMNS = (("population", 1e-3, 1), ("gdp_volume_pc", 1e-3, 1), ("real_inc_pc", 1e-3, 1), ("svc", 1, 2),
                  ("old", 100, 1), ("transfer_share", 100, 0))
COUNTY_UNITS = {"population": "persons_thousand", "gdp_volume_pc": "cny_thousand", "real_inc_pc": "cny_thousand",
                "svc": None, "old": "percent", "transfer_share": "percent"}
FIRST = "gaps"
MEASURED_ON = ("theil_inc_pc", "theil_gdp_pc", "theil_svc")
CHAPTERS: Mapping[str, Sequence[str]] = {
    "gaps": ("gap_paths",), "who": ("who", "ranking", "map_effects"),
    "thanks": ("attribution", "attribution_levels", "provisions"),
    "province": ("effects", "province"), "causes": ("output_and_people", "people_by_source", "land_account",
                                                    "transfers_by_county"),
    "watched": ("milestones", "composite", "lights"),
    "counties": ("map_levels", "population_by_county", "gdp_per_head_by_county", "income_per_head_by_county",
                 "ageing_by_county"),
}
"""The figures of each chapter; those of the chapter on counties are folded."""
Figures = Sequence[tuple[str, str, str]]


def html_table(rows: Sequence[Sequence[str]], head: Sequence[str], text: int = 1) -> str:
    """A table; the first `text` columns are words, the rest numbers. Everything is escaped."""
    def cells(values, tag):
        kind = (' class="text"' if i < text else "" for i in range(len(values)))
        return "".join(f"<{tag}{k}>{escape(str(v))}</{tag}>" for k, v in zip(kind, values))

    body = "".join(f"<tr>{cells(row, 'td')}</tr>" for row in rows)
    return f'<div class="wide"><table><thead><tr>{cells(head, "th")}</tr></thead><tbody>{body}</tbody></table></div>'


def inline(svg: str) -> str:
    """An SVG for use inside a page: without its prolog."""
    return re.sub(r"^.*?(?=<svg)", "", svg, count=1, flags=re.DOTALL)


def worded(text: str) -> str:
    """A sentence as HTML; what stands between backquotes is a command."""
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(text))


def paragraphs(sentences: Sequence[str]) -> str:
    """Sentences, each a paragraph."""
    return "".join(f"<p>{worded(one)}</p>" for one in sentences)


# --- the first screen


def first_screen(view: View, figure: str, narrow: str, how_far: Mapping[str, pd.DataFrame] | None, lang: str,
                 measured: Measured | None = None) -> str:
    """The verdict in a word and a sentence, the figure of the effects, and one answer to each of four questions."""
    tested = how_far or {}
    told = answers.answers(view, tested.get("scores"), lang, measured, tested.get(ORIGINS))
    lines = "".join(f"<h3>{escape(say(f'ask_{key}', lang))}</h3><p id='answer-{key}'>{worded(text)}</p>"
                    for key, text in told.lines.items())
    slim = f"<div class='narrow'>{inline(narrow)}</div>" if narrow else ""
    shown = (f"<figure id='figure-{FIRST}' class='{'has-narrow' if narrow else ''}'><div class='broad'>{inline(figure)}"
             f"</div>{slim}</figure>") if figure else ""
    missing = view.results.attrs.get("missing")
    return (f"<p class='verdict'>{escape(say('ask_gaps', lang))} {escape(told.word)}</p>"
            f"<p id='verdict'>{worded(told.sentence)}</p>"
            f"<div class='first'>{shown}<div class='answers'>{lines}</div></div>"
            + (f"<p class='bad'>{escape(say('missing', lang, missing=missing))}</p>" if missing else ""))


# --- the chapters


def gap_section(view: View, lang: str) -> str:
    """Every gap by every measure: effects of all scenarios, and the change over time."""
    table = verdict.gaps(view)
    if table.empty:
        return ""
    parts = [paragraphs(answers.over_time(view, lang)), paragraphs(answers.other_scenarios(view, lang)),
             paragraphs(_between(view, lang))]
    apart = set(verdict.provisions(view).get("scenario", ()))
    for kind, key in ((verdict.POLICY, "measures_title"), (verdict.TIME, "measures_time")):
        rows = table[(table.kind == kind) & ~table.scenario.isin(apart)]
        if len(rows):
            title = say(key, lang, year=view.last, start=verdict.start_of(view),
                        reference=view.called(view.reference, lang))
            parts.append(f"<details><summary>{escape(title)}</summary>{gap_rows(view, rows, lang)}</details>")
    return "".join(parts)


def gap_rows(view: View, table: pd.DataFrame, lang: str) -> str:
    """A line for each gap and measure, a column for each scenario."""
    scenarios = list(dict.fromkeys(table.scenario))
    head = [say("quantity", lang), say("measure", lang), *(view.called(name, lang) for name in scenarios)]
    rows = []
    for (quantity, _), group in table.groupby(["quantity", "measure"], sort=False):
        by = {row["scenario"]: row for row in group.to_dict("records")}
        cells = [f"{answers.value_words(by[name], lang)}: {say('is_' + by[name]['verdict'], lang)}"
                 if name in by else "–" for name in scenarios]
        rows.append([say(f"gap_{quantity}", lang), answers.measure_name(group.iloc[0].to_dict(), lang), *cells])
    return html_table(rows, head, text=2)


def who_section(view: View, lang: str) -> str:
    """Who gains and loses: counties named, groups with their ranges."""
    table = verdict.who_gains(view)
    parts = [paragraphs(_gains(view, lang))]
    if len(table):
        head = [say("scenario", lang), say("variable", lang), say("group", lang), say("median_cell", lang) + ", %",
                say("range_cell", lang) + ", %", say("n_pairs", lang)]
        shown = table[~table.scenario.isin(set(verdict.provisions(view).get("scenario", ())))]
        rows = [[view.called(r.scenario, lang), say(answers.WHO[r.variable], lang), say(f"group_{r.group}", lang),
                 signed(r.median_percent), _range(r.low_percent, r.high_percent, lang), str(r.pairs)]
                for r in shown.itertuples()]
        title = escape(say("caption_who", lang, last=view.last, reference=view.called(view.reference, lang)))
        parts.append(f"<details><summary>{title}</summary>{html_table(rows, head, 3)}</details>")
    return "".join(parts)


def _gains(view: View, lang: str) -> list[str]:
    """The counties that gain most and least in each scenario told, and how many lose residents."""
    table, out = contrast.county_effects(view), []
    if table.empty:
        return []
    name = next((n for n in ("real_inc_pc", "inc_pc") if view.has(n)), None)
    for scenario in dict.fromkeys(s for s in (view.headline, view.strongest) if s in view.others):
        same = contrast.same_as_reference(view, scenario)
        called = {"scenario": view.called(scenario, lang), "reference": view.called(view.reference, lang)}
        if same:
            pairs = int(table[table.scenario == scenario].pairs.max())
            out.append(say(f"story_{same}", lang, year=view.last, pairs=pairs, **called))
            continue
        mine = table[(table.scenario == scenario) & table.median_percent.notna()]
        income = mine[mine.variable == name].sort_values(["median_percent", "county"], ascending=[False, True])
        if len(income) >= 6:
            def named(rows):
                return listed([f"{short_name(getattr(r, f'name_{lang}'), lang)} ({percent(r.median_percent, lang)})"
                               for r in rows.itertuples()], lang)
            out.append(say("story_gain", lang, what=_what(str(name), lang), year=view.last,
                           winners=named(income.head(3)), losers=named(income.tail(3).iloc[::-1]), **called))
        people = mine[mine.variable == "population"]
        if len(people):
            out.append(say("story_people", lang, up=int((people["median"] > 0).sum()), n=len(people),
                           down=int((people["median"] < 0).sum()), **called))
    return out


def _what(name: str, lang: str) -> str:
    words = say(name, lang)
    return words if words.startswith("GDP") or lang == "zh" else words[0].lower() + words[1:]


def thanks_section(view: View, lang: str, measured: Measured | None = None) -> str:
    """What each part of the plan does, as far as the study says."""
    table = verdict.provisions(view)
    parts = [paragraphs([answers.thanks(view, lang, measured)]), _shared_out(view, lang)]
    if table.empty and view.orders is None and measured is not None:
        parts.append(_measured_table(measured, lang))
    if len(table):
        head = [say("part", lang), say("kind", lang), say("how_run", lang), say("quantity", lang), say("measure", lang),
                say("median_cell", lang) + ", %", say("range_cell", lang) + ", %", say("verdict", lang)]
        rows = [[answers.part_name(view, r["scenario"], lang), kinds_moved(r["scenario"], lang),
                 say(f"kind_{r['kind']}", lang), say(f"gap_{r['quantity']}", lang), answers.measure_name(r, lang),
                 signed(r["gap_percent"]), _range(r["gap_low"], r["gap_high"], lang),
                 say(f"is_{r['verdict']}", lang)] for r in table.to_dict("records")]
        parts.append(f"<details><summary>{escape(say('chapter_thanks', lang))} ({len(rows)})</summary>"
                     f"{html_table(rows, head, 5)}</details>")
    return "".join(parts)


def _shared_out(view: View, lang: str) -> str:
    """How the effect is shared out, and what every part contributes to gaps and totals; nothing without that."""
    table = attribution.contributions(view)
    if table.empty or view.orders is None:
        return ""
    ends = {end: view.called(str(view.orders.attrs[end]), lang) for end in ("low", "high")}
    shown = table[table["measure"].isin(["theil", ""])]
    names = {row.variable: say(f"gap_{row.quantity}" if row.quantity else row.variable, lang)
             for row in shown.itertuples()}
    head = [say("part", lang), say("kind", lang), *names.values()]
    rows = []
    for part in [*attribution.parts(view), attribution.WHOLE]:
        mine = {row["variable"]: row for row in shown[shown["part"] == part].to_dict("records")}
        title = say("attribution_all", lang) if part == attribution.WHOLE else answers.part_of_plan(view, part, lang)
        rows.append([title, attribution.levers_of(part, lang),
                     *(_with_range(mine[name], lang) for name in names)])
    missing = int(view.orders.attrs.get("runs_missing", 0) or 0)
    told = [say("attribution_note", lang, orders=int(table["orders"].max()), **ends)]
    told += [say("attribution_missing", lang, missing=missing)] if missing else []
    title = escape(say("attribution_table", lang, year=view.last, low=ends["low"]))
    return f"{paragraphs(told)}<details><summary>{title}</summary>{html_table(rows, head, 2)}</details>"


def _with_range(row: Mapping, lang: str) -> str:
    """A mean with its range in brackets, in per cent."""
    middle = signed(row["percent"], 2)
    if not np.isfinite(row["percent_low"]):
        return middle
    brackets = "（{}）" if lang == "zh" else " ({})"
    return middle + brackets.format(to(row["percent_low"], row["percent_high"], lang, 2))


def _measured_table(measured: Measured, lang: str) -> str:
    """Every provision as it was measured apart from this study, on each Theil index."""
    found = [one for name in MEASURED_ON for one in answers.of_provisions(measured, name)]
    head = [say("part", lang), say("kind", lang), say("measure", lang), say("mean_cell", lang) + ", %",
            say("range_cell", lang) + ", %"]
    rows = [[answers.part_name_of(one.subject, lang), kinds_moved(f"only_{one.subject}", lang),
             INDICATORS[one.variable].card.long_name_zh if lang == "zh" else INDICATORS[one.variable].card.long_name,
             signed(surprises.percent(one)),
             to(surprises.percent(one, one.low), surprises.percent(one, one.high), lang)] for one in found]
    return "" if not rows else (f"<details><summary>{escape(say('measured_title', lang, n=len(rows)))}</summary>"
                                f"{html_table(rows, head, 3)}</details>")


def province_section(view: View, lang: str) -> str:
    """Growth of the province and what the scenarios change of its totals."""
    table = contrast.effects(view)
    parts = [paragraphs([*_growth(view, lang), *_levels(view, table, lang)])]
    if len(table):
        title = escape(say("table_effects", lang, reference=view.called(view.reference, lang), year=view.last))
        parts.append(f"<details id='effects'><summary>{title}</summary>{effects_section(view, lang)}</details>")
    return "".join(parts)


def _growth(view: View, lang: str) -> list[str]:
    """Growth of the scenario in focus beside the nation's, in volume, and where it comes from."""
    found = growth.decomposed(view, view.focus)
    if found is None:
        return []
    points = {name: signed(100 * value.middle, 2) for name, value in found.parts.items()}
    return [say("story_growth", lang, scenario=view.called(view.focus, lang), what=_what("province_gdp_volume", lang),
                first=found.first, last=found.last, growth=number(100 * found.volume.middle, 2),
                nation=number(100 * found.nation.middle, 2), value=number(100 * found.value.middle, 2),
                premium=signed(100 * found.premium.middle, 2), low=signed(100 * found.premium.low, 2),
                high=signed(100 * found.premium.high, 2)),
            say("story_growth_parts", lang, **points)]


def _levels(view: View, table: pd.DataFrame, lang: str) -> list[str]:
    """What the scenarios told change of output in volume and of residents."""
    out = []
    for scenario in dict.fromkeys(s for s in (view.headline, view.strongest) if s in view.others):
        rows = table[table.scenario == scenario].set_index("variable") if len(table) else table
        output = "province_gdp_volume" if "province_gdp_volume" in rows.index else "province_gdp"
        if {output, "province_population"} <= set(rows.index) and not contrast.same_as_reference(view, scenario):
            out.append(say("story_level", lang, scenario=view.called(scenario, lang), year=view.last,
                           reference=view.called(view.reference, lang), what=_what(output, lang),
                           gdp=signed(rows.loc[output].median_percent),
                           people=signed(rows.loc["province_population"].median_percent)))
    return out


def effects_section(view: View, lang: str) -> str:
    """Effects of all scenarios with range and sign."""
    table = contrast.effects(view)
    if table.empty:
        return ""
    head = [say(key, lang) for key in ("scenario", "variable", "reference_mean", "mean", "relative", "interval_percent",
                                       "probability", "n_pairs")]
    rows = []
    for r in table.itertuples():
        interval = _range(r.low_percent, r.high_percent, lang)
        rows.append([view.called(r.scenario, lang), view.label(r.variable, lang), _short(r.reference),
                     _short(r.median, True), signed(r.median_percent), interval, number(r.above_zero, 2), str(r.pairs)])
    kinds = [kinds_moved(scenario, lang) for scenario in table.scenario]
    if any(kinds):  # a provision moved alone, or left out: what kind of statement its effect is
        head.insert(1, say("kind", lang))
        for row, kind in zip(rows, kinds, strict=True):
            row.insert(1, kind)
    return html_table(rows, head, text=2 + any(kinds))


def _range(low: float, high: float, lang: str) -> str:
    return to(low, high, lang) if np.isfinite(low) else "–"


def _short(value: float, sign: bool = False) -> str:
    """Four digits, whatever the size."""
    if not np.isfinite(value):
        return "–"
    digits = max(0, 3 - int(np.floor(np.log10(abs(value))))) if value else 0
    return signed(value, min(digits, 6)) if sign else number(value, min(digits, 6))


def _between(view: View, lang: str) -> list[str]:
    if not view.has("theil_between_gdp_pc", "theil_gdp_pc"):
        return []
    part = np.median(view.runs("theil_between_gdp_pc", view.focus) / view.runs("theil_gdp_pc", view.focus), axis=0)
    return [say("story_between", lang, start=number(100 * part[0], 0), end=number(100 * part[-1], 0), first=view.first,
                last=view.last, scenario=view.called(view.focus, lang))]


def _watched(view: View, lang: str) -> list[str]:
    """The composite index, lights and milestones of the scenario in focus; lights as the figure and the table show
    them."""
    out, called = [], view.called(view.focus, lang)
    if view.has("rci", "coordination"):
        index, degree = (np.median(view.runs(name, view.focus), axis=0) for name in ("rci", "coordination"))
        known = np.flatnonzero(np.isfinite(index))
        if len(known) > 1:
            first, last = known[0], known[-1]
            out.append(say("story_composite", lang, scenario=called, start=number(index[first]),
                           end=number(index[last]), first=int(view.years[first]), last=int(view.years[last]),
                           words=class_of(degree[last], lang)))
    lit = watched.light_table(view)
    lit = lit[(lit.scenario == view.focus) & (lit.year == view.last)] if len(lit) else lit
    if len(lit):
        out.append(say("story_lights", lang, scenario=called, year=view.last, red=int((lit["median"] == 3).sum()),
                       orange=int((lit["median"] == 2).sum()), n=len(lit)))
    found = watched.outcomes(view, view.focus)
    chances = [o.probability for o in found if o.computed]
    if chances:
        out.append(say("story_milestones", lang, scenario=called, met=sum(p > 0.5 for p in chances),
                       known=len(chances), missed=sum(p == 0 for p in chances), lacking=len(found) - len(chances)))
    return out


def milestones_section(view: View, lang: str) -> str:
    """Milestones by scenario: probability, conditions, what was found, why not computed."""
    table = watched.milestone_table(view)
    head = [say(k, lang) for k in ("milestone", "says", "conditions")]
    head += [f"{say('probability_met', lang)}: {view.called(s, lang)}" for s in view.scenarios]
    head += [say("found", lang), say("reason", lang)]
    rows = []
    for name, group in table.groupby("milestone", sort=False):
        by = group.set_index("scenario")
        one = by.loc[view.focus]
        rows.append([name, one["says_zh" if lang == "zh" else "says"], one["conditions"],
                     *(number(by.loc[s, "probability"], 2) for s in view.scenarios), one["found"], one["reason"]])
    return (f"<p class='note'>{escape(say('milestones_lead', lang))}</p><details id='milestones'><summary>"
            f"{escape(say('milestones', lang))}</summary>{html_table(rows, head, text=3)}</details>")


def county_section(view: View, lang: str) -> str:
    """Counties in three years, in the scenario in focus: medians."""
    years = tables.years_of(view)
    shown = [(name, scale, digits) for name, scale, digits in COUNTY_COLUMNS if view.has(name)]
    head = [say("county", lang)]
    for name, _, _ in shown:
        unit = COUNTY_UNITS[name]
        label = view.label(name, lang) + (f" ({say(unit, lang)})" if unit else "")
        head += [f"{label} {year}" for year in years]
    rows = []
    for row in np.flatnonzero(view.members):
        cells = [view.names(lang)[row]]
        for name, scale, digits in shown:
            middle = np.median(view.runs(name, view.focus)[:, :, row], axis=0) * scale
            cells += [number(middle[view.at(year)], digits) for year in years]
        rows.append(cells)
    title = say("table_county", lang, years=listed([str(year) for year in years], lang),
                scenario=view.called(view.focus, lang))
    return f"<details><summary>{escape(title)}</summary>{html_table(rows, head)}</details>"


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
        parts.append(f"<p>{escape(skill.counted(scores, lang))}</p><details><summary>"
                     f"{escape(say('skill_table', lang, n=len(rows)))}</summary>"
                     f"<p class='note'>{escape(say('skill_reading', lang))}</p>{html_table(rows, head, text=words)}"
                     f"<p>{escape(say('skill_none', lang))}</p></details>")
        lacking = [list(one) for one in skill.left_out(scores, lang)]
        if lacking:
            table = html_table(lacking, [say("skill_target", lang), say("reason", lang)], text=2)
            parts.append(f"<details><summary>{escape(say('skill_lacking', lang, n=len(lacking)))}</summary>{table}"
                         "</details>")
    patterns = how_far.get("patterns", pd.DataFrame())
    if len(patterns):
        head = [say(k, lang) for k in ("pattern", "asked", "seen", "model", "met")]
        rows = [[r.pattern, r.asked, r.observed, r.model, term(r.met, lang)] for r in patterns.itertuples()]
        parts.append(f"<details><summary>{escape(say('patterns', lang))}</summary>{html_table(rows, head, text=5)}"
                     "</details>")
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
    title = escape(say("coverage", lang))
    return (f"<p>{escape(counted)} {escape(say('coverage_lead', lang))}</p>"
            f"<details><summary>{title} ({len(table)})</summary>{html_table(rows, head, 2)}</details>")


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
        parts.append(f"<details><summary>{escape(say('caption_leaning', lang))}</summary>{html_table(rows, head, 2)}"
                     "</details>")
    parts.append(f"<p>{escape(say('assumptions_lead', lang))}</p>")
    settings = ("none", "baseline", "full", "range", "source", "confidence")
    for key, table, columns in (
        ("levers", levers, ("section", "name", "kind", "says", "unit", *settings)),
        ("parameters", parameters, ("name", "says", "unit", "default", "range", "source", "confidence")),
    ):
        if len(table):
            known = [column for column in columns if column in table]
            shown = html_table(table[known].to_numpy().tolist(), [say(c, lang) for c in known], len(known))
            parts.append(f"<details><summary>{escape(say(key, lang, n=len(table)))}</summary>{shown}</details>")
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


def method(view: View, lang: str) -> str:
    """The method in one paragraph, with the numbers of this study."""
    scenario, kind = verdict.scenario_told(view)
    table = verdict.gaps(view)
    return say("method", lang, counties=len(view.members), compared=int(view.members.sum()), weight=_weight(view),
               scenarios=len(view.scenarios), first=view.first, last=view.last,
               runs=sum(view.count(s) for s in view.scenarios), scenario=view.called(scenario, lang),
               pairs=verdict.rests_on(table, scenario, kind).runs if kind == verdict.POLICY else 0,
               measures=len(verdict.MEASURES)) + " " + say("reading_text", lang)


def _weight(view: View) -> str:
    weight = view.results.attrs.get("weight")
    return f"{weight:,}" if isinstance(weight, int | float | np.number) else "–"


# --- the page


def page(view: View, figures: Figures, how_far: Mapping[str, pd.DataFrame] | None,
         assumed: tuple[pd.DataFrame, pd.DataFrame], lang: str, narrow: str = "",
         measured: Measured | None = None) -> str:
    """The whole report; `figures` are (stem, caption, svg), `narrow` the first figure for a small screen."""
    title = say("title", lang, last=view.last, n=len(view.scenarios))
    svgs = {stem: svg for stem, _, svg in figures}
    drawn = {stem: f"<figure id='figure-{escape(stem)}'>{inline(svg)}<figcaption>{escape(words)}</figcaption></figure>"
             for stem, words, svg in figures}
    chapters = {
        "gaps": gap_section(view, lang), "who": who_section(view, lang) if view.others else "",
        "thanks": thanks_section(view, lang, measured), "province": province_section(view, lang), "causes": "",
        "watched": paragraphs(_watched(view, lang)) + milestones_section(view, lang),
        "counties": county_section(view, lang),
    }
    body, contents = [], []
    for chapter, text in chapters.items():
        shown = "".join(drawn[stem] for stem in CHAPTERS[chapter] if stem in drawn)
        if chapter == "counties" and shown:
            shown = f"<details><summary>{escape(say('figures', lang))}</summary>{shown}</details>"
        if text or shown:
            body.append(_chapter(chapter, say(f"chapter_{chapter}", lang), text, shown))
            contents.append((chapter, say(f"chapter_{chapter}", lang)))
    for key, words, text in (
        ("history", "how_far", drawn.get("how_far", "") + history_section(view, how_far, lang)),
        ("coverage", "coverage", coverage_section(how_far, lang)),
        ("assumptions", "assumptions", drawn.get("leaning", "") + assumptions_section(view, *assumed, lang)),
        ("provenance", "chapter_how", provenance_section(view, lang)),
        ("method", "chapter_method", f"<p>{escape(method(view, lang))}</p>"),
    ):
        if text:
            body.append(_chapter(key, say(words, lang), text, ""))
            contents.append((key, say(words, lang)))
    links = "".join(f"<a href='#{key}'>{escape(words)}</a>" for key, words in contents)
    language = "zh-CN" if lang == "zh" else "en"
    first = first_screen(view, svgs.get(FIRST, ""), narrow, how_far, lang, measured)
    explorer = f"{HIDDEN[REPORT]}{escape(say('to_explorer', lang))}</a>"
    head = f"<header id='story'><h1>{escape(title)} {explorer}</h1>{first}"
    return (f'<!doctype html>\n<html lang="{language}"><head><meta charset="utf-8">'
            f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
            f'<meta name="viewport" content="width=device-width, initial-scale=1"><title>{escape(title)}</title>'
            f"<style>{STYLE}</style></head><body>\n{head}<nav>{links}</nav></header>\n" + "\n".join(body)
            + "\n</body></html>\n")


def _chapter(key: str, title: str, text: str, figures: str) -> str:
    return f"<section><h2 id='{key}'>{escape(title)}</h2>{text}{figures}</section>"
