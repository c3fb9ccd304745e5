"""The report: one HTML file without a network, the story in words with the figures inside.

All text from files passes through `escape`; the page carries a Content-Security-Policy that forbids everything but its
own styles and inline images.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from html import escape

import numpy as np
import pandas as pd

from outputs import contrast, growth, skill, tables, watched
from outputs.view import View, band
from outputs.words import say, term
from sim.indicators.coordination import class_of

POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"
STYLE = """
:root { color-scheme: light; }
body { font: 15px/1.55 system-ui, "Noto Sans", "Noto Sans CJK SC", "Microsoft YaHei", "PingFang SC",
  sans-serif; color: #222; background: #fff; max-width: 1020px; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.6rem; line-height: 1.25; }
h2 { font-size: 1.2rem; margin-top: 2.4rem; border-bottom: 1px solid #ddd; }
h3 { font-size: 1rem; margin-bottom: .3rem; }
figure { margin: 1.4rem 0; overflow-x: auto; } figure svg { max-width: 100%; height: auto; }
figcaption { color: #555; font-size: .88rem; }
table { border-collapse: collapse; font-size: .8rem; margin: .6rem 0; }
th, td { padding: .18rem .5rem; text-align: right; vertical-align: top; border-bottom: 1px solid #eee; }
th { border-bottom: 1px solid #999; font-weight: 600; }
td.text, th.text { text-align: left; }
.wide { overflow-x: auto; } .note { color: #555; font-size: .88rem; }
.good { color: #00694b; } .bad { color: #a33f00; } details > summary { cursor: pointer; font-weight: 600; }
nav a { margin-right: 1rem; } li { margin: .25rem 0; }
"""
SHOWN_SCENARIOS = 4
RESIDENTS = "residents_2020"  # the target that the story tells
COUNTY_COLUMNS = (("population", 1e-3, 1), ("gdp_pc", 1e-3, 1), ("inc_pc", 1e-3, 1), ("svc", 1, 2), ("old", 100, 1),
                  ("transfer_share", 100, 0))
COUNTY_UNITS = {"population": "persons_thousand", "gdp_pc": "cny_thousand", "inc_pc": "cny_thousand", "svc": None,
                "old": "percent", "transfer_share": "percent"}


def number(value: float, digits: int = 1) -> str:
    """A number for readers, with a real minus; a dash where there is none."""
    if value is None or not np.isfinite(value):
        return "–"
    text = f"{value:,.{digits}f}"
    return text.replace("-", "−") if float(text.replace(",", "")) else text.replace("-", "")


def signed(value: float, digits: int = 1) -> str:
    """A change, with its sign."""
    text = number(value, digits)
    return f"+{text}" if np.isfinite(value) and value > 0 and text.strip("0.,") else text


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


# --- the story


def story(view: View, how_far: Mapping[str, pd.DataFrame] | None, lang: str) -> list[str]:
    """What the runs say, in sentences with the numbers of this study."""
    table = contrast.effects(view)
    sentences = [*_growth(view, lang), *_paths(view, lang), *_effects(view, table, lang), *_gains(view, lang),
                 *_between(view, lang), *_watched(view, lang)]
    if view.runs_range[1] < 2:
        sentences.append(say("story_one_run", lang))
    return sentences + _history(view, how_far, lang)


def _paths(view: View, lang: str) -> list[str]:
    out = []
    for name in _told(view):
        if not view.has(f"theil_{name}"):
            continue
        around = band(view.runs(f"theil_{name}", view.focus))
        interval = say("story_interval", lang, low=number(around.low[-1], 4), high=number(around.high[-1], 4)) \
            if around.has_interval else ""
        out.append(say(
            "story_path", lang, scenario=view.focus, what=_what(name, lang), start=number(around.centre[0], 4),
            end=number(around.centre[-1], 4), first=view.first, last=view.last, n=around.runs, interval=interval))
    return out


def _growth(view: View, lang: str) -> list[str]:
    """Growth of the scenario in focus beside the nation's, in volume, and where it comes from."""
    found = growth.decomposed(view, view.focus)
    if found is None:
        return []
    points = {name: signed(100 * value.middle, 2) for name, value in found.parts.items()}
    return [say("story_growth", lang, scenario=view.focus, what=_what("province_gdp_volume", lang), first=found.first,
                last=found.last, growth=number(100 * found.volume.middle, 2),
                nation=number(100 * found.nation.middle, 2), value=number(100 * found.value.middle, 2),
                premium=signed(100 * found.premium.middle, 2), low=signed(100 * found.premium.low, 2),
                high=signed(100 * found.premium.high, 2)),
            say("story_growth_parts", lang, **points)]


TOLD = (("gdp_volume_pc", "gdp_pc"), ("real_inc_pc", "inc_pc"), ("svc",))
"""What growth and living standards are told by: volume and real income; values where results have no volumes."""


def _told(view: View) -> list[str]:
    """The names of what is told, as far as the results go."""
    return [next((name for name in names if view.has(name)), names[-1]) for names in TOLD]


def _what(name: str, lang: str) -> str:
    words = say(name, lang)
    return words if words.startswith("GDP") or lang == "zh" else words[0].lower() + words[1:]


def _effects(view: View, table: pd.DataFrame, lang: str) -> list[str]:
    out = []
    for scenario in view.others[:SHOWN_SCENARIOS] if len(table) else ():
        same = contrast.same_as_reference(view, scenario)
        if same:
            out.append(say(f"story_{same}", lang, scenario=scenario, reference=view.reference, year=view.last,
                           pairs=int(table[table.scenario == scenario].pairs.max())))
            continue
        rows = table[table.scenario == scenario].set_index("variable")
        for name in _told(view):
            if f"theil_{name}" in rows.index and rows.loc[f"theil_{name}"].pairs:
                row = rows.loc[f"theil_{name}"]
                interval = say("story_effect_interval", lang, low=signed(row.low_percent),
                               high=signed(row.high_percent)) if np.isfinite(row.low) else ""
                out.append(say(
                    "story_effect", lang, reference=view.reference, scenario=scenario, what=_what(name, lang),
                    year=view.last, mean=signed(row.mean_percent), interval=interval,
                    pairs=_sign_in_pairs(row, lang)))
        output = "province_gdp_volume" if "province_gdp_volume" in rows.index else "province_gdp"
        if {output, "province_population"} <= set(rows.index):
            out.append(say("story_level", lang, scenario=scenario, year=view.last, reference=view.reference,
                           what=_what(output, lang), gdp=signed(rows.loc[output].mean_percent),
                           people=signed(rows.loc["province_population"].mean_percent)))
    return out


def _sign_in_pairs(row, lang: str) -> str:
    """In how many of the pairs that are used a gap narrows, and in how many nothing differs."""
    pairs, lower, equal = int(row.pairs), int(row.lower), int(row.equal)
    if equal == pairs:
        return say("story_pairs_equal", lang, pairs=pairs)
    narrows = say("story_pairs_all" if lower == pairs else "story_pairs", lang, lower=lower, pairs=pairs)
    return narrows + (say("story_pairs_some_equal", lang, equal=equal) if equal else "")


def _gains(view: View, lang: str) -> list[str]:
    table = contrast.county_effects(view)
    if table.empty or contrast.same_as_reference(view, view.strongest):
        return []
    out = []
    mine = table[(table.scenario == view.strongest) & table.mean_percent.notna()]
    told = _told(view)[1]
    income = mine[mine.variable == told].sort_values(["mean_percent", "county"], ascending=[False, True])
    if len(income) >= 6:
        def named(rows):
            return ("、" if lang == "zh" else ", ").join(
                f"{getattr(r, f'name_{lang}')} ({signed(r.mean_percent)} %)" for r in rows.itertuples())
        out.append(say("story_gain", lang, scenario=view.strongest, what=_what(told, lang), year=view.last,
                       winners=named(income.head(3)),
                       losers=named(income.tail(3).iloc[::-1]), reference=view.reference))
    people = mine[mine.variable == "population"]
    if len(people):
        out.append(say("story_people", lang, up=int((people["mean"] > 0).sum()), down=int((people["mean"] < 0).sum()),
                       n=len(people), reference=view.reference))
    return out


def _between(view: View, lang: str) -> list[str]:
    if not view.has("theil_between_gdp_pc", "theil_gdp_pc"):
        return []
    part = np.median(view.runs("theil_between_gdp_pc", view.focus) / view.runs("theil_gdp_pc", view.focus), axis=0)
    return [say("story_between", lang, start=number(100 * part[0], 0), end=number(100 * part[-1], 0), first=view.first,
                last=view.last, scenario=view.focus)]


def _watched(view: View, lang: str) -> list[str]:
    """The composite index, lights and milestones of the scenario in focus."""
    out = []
    if view.has("rci", "coordination"):
        index, degree = (np.median(view.runs(name, view.focus), axis=0) for name in ("rci", "coordination"))
        known = np.flatnonzero(np.isfinite(index))
        if len(known) > 1:
            first, last = known[0], known[-1]
            out.append(say("story_composite", lang, scenario=view.focus, start=number(index[first]),
                           end=number(index[last]), first=int(view.years[first]), last=int(view.years[last]),
                           words=class_of(degree[last], lang)))
    if view.has("lights_red", "lights_orange"):
        red, orange = (np.median(view.runs(f"lights_{colour}", view.focus)[:, -1]) for colour in ("red", "orange"))
        if np.isfinite(red):
            out.append(say("story_lights", lang, scenario=view.focus, year=view.last, red=number(red, 0),
                           orange=number(orange, 0)))
    found = watched.outcomes(view, view.focus)
    chances = [o.probability for o in found if o.computed]
    if chances:
        out.append(say("story_milestones", lang, scenario=view.focus, met=sum(p > 0.5 for p in chances),
                       known=len(chances), missed=sum(p == 0 for p in chances), lacking=len(found) - len(chances)))
    return out


def milestones_section(view: View, lang: str) -> str:
    """Milestones by scenario: probability, conditions, what was found, why not computed."""
    table = watched.milestone_table(view)
    head = [say(k, lang) for k in ("milestone", "says", "conditions")]
    head += [f"{say('probability_met', lang)}: {s}" for s in view.scenarios] + [say("found", lang), say("reason", lang)]
    rows = []
    for name, group in table.groupby("milestone", sort=False):
        by = group.set_index("scenario")
        one = by.loc[view.focus]
        rows.append([name, one["says_zh" if lang == "zh" else "says"], one["conditions"],
                     *(number(by.loc[s, "probability"], 2) for s in view.scenarios), one["found"], one["reason"]])
    return f"<p>{escape(say('milestones_lead', lang))}</p>{html_table(rows, head, text=3)}"


def _history(view: View, how_far, lang: str) -> list[str]:
    scores = (how_far or {}).get("scores")
    if scores is None or scores.empty:
        return []
    rows = scores[(scores.target == RESIDENTS) & scores.ratio.notna()]
    if rows.empty:
        return []
    row = rows.iloc[0]
    return [say("story_history", lang, scenario=view.focus, own=number(100 * row.model_error),
                naive=number(100 * row.naive_error), verdict=term(row.verdict, lang))]


# --- the sections


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
    return html_table(rows, head)


def effects_section(view: View, lang: str) -> str:
    """Effects of all scenarios with interval and sign."""
    table = contrast.effects(view)
    if table.empty:
        return ""
    head = [say(key, lang) for key in ("scenario", "variable", "reference_mean", "mean", "relative", "interval_percent",
                                       "probability", "n_pairs")]
    rows = []
    for r in table.itertuples():
        interval = f"{signed(r.low_percent)} … {signed(r.high_percent)}" if np.isfinite(r.low) else "–"
        rows.append([r.scenario, view.label(r.variable, lang), _short(r.reference), _short(r.mean, True),
                     signed(r.mean_percent), interval, number(r.above_zero, 2), str(r.pairs)])
    return html_table(rows, head, text=2)


def _short(value: float, sign: bool = False) -> str:
    """Four digits, whatever the size."""
    if not np.isfinite(value):
        return "–"
    digits = max(0, 3 - int(np.floor(np.log10(abs(value))))) if value else 0
    return signed(value, min(digits, 6)) if sign else number(value, min(digits, 6))


def history_section(view: View, how_far: Mapping[str, pd.DataFrame] | None, lang: str) -> str:
    """Scores beside naive forecasts, patterns, and what history holds."""
    if not how_far:
        return f"<p>{escape(say('how_far_none', lang))}</p>"
    parts = [f"<p>{escape(say('how_far_lead', lang, scenario=view.focus))}</p>"]
    scores = how_far.get("scores", pd.DataFrame())
    if len(scores):
        rows, head, words = skill.html_rows(scores, lang)
        parts += [f"<p>{escape(say('skill_reading', lang))}</p>", html_table(rows, head, text=words),
                  f"<p>{escape(skill.counted(scores, lang))}</p>", f"<p>{escape(say('skill_none', lang))}</p>"]
        lacking = [list(one) for one in skill.left_out(scores, lang)]
        if lacking:
            table = html_table(lacking, [say("skill_target", lang), say("reason", lang)], text=2)
            parts.append(f"<details><summary>{escape(say('skill_lacking', lang, n=len(lacking)))}</summary>{table}"
                         "</details>")
    patterns = how_far.get("patterns", pd.DataFrame())
    if len(patterns):
        head = [say(k, lang) for k in ("pattern", "asked", "seen", "model", "met")]
        rows = [[r.pattern, r.asked, r.observed, r.model, term(r.met, lang)] for r in patterns.itertuples()]
        parts += [f"<h3>{escape(say('patterns', lang))}</h3>", html_table(rows, head, text=5)]
    return "".join(parts)


def coverage_section(how_far: Mapping[str, pd.DataFrame] | None, lang: str) -> str:
    """How many values history holds, by trust."""
    table = (how_far or {}).get("coverage", pd.DataFrame())
    if table.empty:
        return ""
    head = [say(k, lang) for k in ("variable", "says", "first", "last", "official", "secondary", "flag_derived",
                                   "recalled", "flag_imputed")]
    says = "says_zh" if lang == "zh" else "says"
    rows = [[r["variable"], r[says], r["first"], r["last"], r["official"], r["secondary"], r["derived"], r["recalled"],
             r["imputed"]] for r in table.to_dict("records")]
    title = escape(say("coverage", lang))
    return (f"<h2 id='coverage'>{title}</h2><p>{escape(say('coverage_lead', lang))}</p>"
            f"<details><summary>{title} ({len(table)})</summary>{html_table(rows, head, 2)}</details>")


def assumptions_section(levers: pd.DataFrame, parameters: pd.DataFrame, lang: str) -> str:
    """Levers and parameters with range, source, confidence."""
    parts = [f"<p>{escape(say('assumptions_lead', lang))}</p>"]
    settings = ("none", "baseline", "full", "range", "source", "confidence")
    for key, table, columns in (
        ("levers", levers, ("section", "name", "kind", "says", "unit", *settings)),
        ("parameters", parameters, ("name", "says", "unit", "default", "range", "source", "confidence")),
    ):
        if len(table):
            shown = html_table(table[list(columns)].to_numpy().tolist(), [say(c, lang) for c in columns], len(columns))
            parts.append(f"<details><summary>{escape(say(key, lang, n=len(table)))}</summary>{shown}</details>")
    return "".join(parts)


def provenance_section(view: View, lang: str) -> str:
    """Hashes and numbers that made the results."""
    keys = ("study", "weight", "until", "code_hash", "data_hash", "pack_hash", "overlay_hash", "lock_hash",
            "format")
    rows = [[key, str(view.results.attrs[key])] for key in keys if view.results.attrs.get(key) not in (None, "")]
    return html_table(rows, [say("name", lang), ""], 2)


def page(view: View, figures: Sequence[tuple[str, str, str]], how_far: Mapping[str, pd.DataFrame] | None,
         assumed: tuple[pd.DataFrame, pd.DataFrame], lang: str) -> str:
    """The whole report; `figures` are (stem, caption, svg) in the order of the page."""
    title = say("title", lang, last=view.last, n=len(view.scenarios))
    joined = "、" if lang == "zh" else ", "
    counts = joined.join(say("runs_line", lang, scenario=s, n=view.count(s)) for s in view.scenarios)
    names = joined.join(_titled(view, s, lang) for s in view.scenarios)
    lead = say("lead", lang, scenarios=names, reference=view.reference, runs=counts)
    missing = view.results.attrs.get("missing")
    sentences = "".join(f"<li>{escape(s)}</li>" for s in story(view, how_far, lang))
    drawn = {stem: f"<figure id='figure-{escape(stem)}'>{inline(svg)}<figcaption>{escape(words)}</figcaption></figure>"
             for stem, words, svg in figures}
    history_figure = drawn.pop("how_far", "")
    years = (", " if lang == "en" else "、").join(map(str, tables.years_of(view)))
    effects = effects_section(view, lang)
    against = escape(say("table_effects", lang, reference=view.reference, year=view.last))
    body = [
        f"<h1>{escape(title)}</h1><p>{escape(lead)}</p>",
        f"<p class='bad'>{escape(say('missing', lang, missing=missing))}</p>" if missing else "",
        f"<h2 id='story'>{escape(say('story', lang))}</h2><ul>{sentences}</ul>",
        f"<p class='note'>{escape(say('reading_text', lang))}</p>",
        f"<h2 id='figures'>{escape(say('figures', lang))}</h2>{''.join(drawn.values())}",
        f"<h2 id='effects'>{against}</h2>{effects}" if effects else "",
        f"<h2 id='counties'>{escape(say('table_county', lang, years=years, scenario=view.focus))}</h2>"
        f"{county_section(view, lang)}",
        f"<h2 id='milestones'>{escape(say('milestones', lang))}</h2>{milestones_section(view, lang)}",
        f"<h2 id='history'>{escape(say('how_far', lang))}</h2>{history_figure}{history_section(view, how_far, lang)}",
        coverage_section(how_far, lang),
        f"<h2 id='assumptions'>{escape(say('assumptions', lang))}</h2>{assumptions_section(*assumed, lang)}",
        f"<h2 id='provenance'>{escape(say('provenance', lang))}</h2>{provenance_section(view, lang)}",
    ]
    language = "zh-CN" if lang == "zh" else "en"
    return (f'<!doctype html>\n<html lang="{language}"><head><meta charset="utf-8">'
            f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
            f'<meta name="viewport" content="width=device-width, initial-scale=1"><title>{escape(title)}</title>'
            f"<style>{STYLE}</style></head><body>\n" + "\n".join(part for part in body if part) + "\n</body></html>\n")


def _titled(view: View, scenario: str, lang: str) -> str:
    title = view.scenario_title(scenario, lang)
    if title == scenario:
        return scenario
    return f"{scenario}（{title}）" if lang == "zh" else f"{scenario} ({title})"
