"""The chapters of the report: what the study found, in sentences and tables made of its numbers."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape

import numpy as np
import pandas as pd

from outputs import answers, attribution, contrast, growth, money, surprises, tables, verdict, watched
from outputs.assumptions import kinds_moved
from outputs.markup import folded, html_table, paragraphs
from outputs.measured import Measured
from outputs.numbers import listed, number, percent, signed, to
from outputs.view import View, short_name
from outputs.words import bracketed, factor, followed_by, say
from sim.indicators import INDICATORS
from sim.indicators.coordination import class_of

COUNTY_COLUMNS = (("population", "persons_thousand", 1), ("gdp_volume_pc", "cny_thousand", 1),
                  ("real_inc_pc", "cny_thousand", 1), ("svc", None, 2), ("old", "percent", 1),
                  ("transfer_share", "percent", 0))
MEASURED_ON = ("theil_inc_pc", "theil_gdp_pc", "theil_svc")


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
            parts.append(folded(title, gap_rows(view, rows, lang)))
    return "".join(parts)


def gap_rows(view: View, table: pd.DataFrame, lang: str) -> str:
    """A line for each gap and measure, a column for each scenario."""
    scenarios = list(dict.fromkeys(table.scenario))
    head = [say("quantity", lang), say("measure", lang), *(view.called(name, lang) for name in scenarios)]
    rows = []
    for (quantity, _), group in table.groupby(["quantity", "measure"], sort=False):
        by = {row["scenario"]: row for row in group.to_dict("records")}
        cells = [followed_by(answers.value_words(by[name], lang), say("is_" + by[name]["verdict"], lang), lang)
                 if name in by else "–" for name in scenarios]
        rows.append([say(f"gap_{quantity}", lang), answers.measure_name(group.iloc[0].to_dict(), lang), *cells])
    return html_table(rows, head, text=2)


def who_section(view: View, lang: str) -> str:
    """Who gains and loses: counties named, groups with their ranges."""
    table = verdict.who_gains(view)
    parts = [paragraphs(_gains(view, lang))]
    if len(table):
        head = [say("scenario", lang), say("variable", lang), say("group", lang), _in_percent("median_cell", lang),
                _in_percent("range_cell", lang), say("n_pairs", lang)]
        shown = table[~table.scenario.isin(set(verdict.provisions(view).get("scenario", ())))]
        rows = [[view.called(r.scenario, lang), say(answers.WHO[r.variable], lang), say(f"group_{r.group}", lang),
                 signed(r.median_percent), _range(r.low_percent, r.high_percent, lang), str(r.pairs)]
                for r in shown.itertuples()]
        title = say("caption_who", lang, last=view.last, reference=view.called(view.reference, lang))
        parts.append(folded(title, html_table(rows, head, 3)))
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
                return listed([bracketed(short_name(getattr(r, f"name_{lang}"), lang),
                                         percent(r.median_percent, lang), lang) for r in rows.itertuples()], lang)
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
                _in_percent("median_cell", lang), _in_percent("range_cell", lang), say("verdict", lang)]
        rows = [[answers.part_name(view, r["scenario"], lang), kinds_moved(r["scenario"], lang),
                 say(f"kind_{r['kind']}", lang), say(f"gap_{r['quantity']}", lang), answers.measure_name(r, lang),
                 signed(r["gap_percent"]), _range(r["gap_low"], r["gap_high"], lang),
                 say(f"is_{r['verdict']}", lang)] for r in table.to_dict("records")]
        parts.append(folded(bracketed(say("chapter_thanks", lang), str(len(rows)), lang), html_table(rows, head, 5)))
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
    title = say("attribution_table", lang, year=view.last, low=ends["low"])
    return paragraphs(told) + folded(title, html_table(rows, head, 2))


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
    head = [say("part", lang), say("kind", lang), say("measure", lang), _in_percent("mean_cell", lang),
            _in_percent("range_cell", lang)]
    rows = [[answers.part_name_of(one.subject, lang), kinds_moved(f"only_{one.subject}", lang),
             INDICATORS[one.variable].card.long_name_zh if lang == "zh" else INDICATORS[one.variable].card.long_name,
             signed(surprises.percent(one)),
             to(surprises.percent(one, one.low), surprises.percent(one, one.high), lang)] for one in found]
    return folded(say("measured_title", lang, n=len(rows)), html_table(rows, head, 3)) if rows else ""


def province_section(view: View, lang: str) -> str:
    """Growth of the province and what the scenarios change of its totals."""
    table = contrast.effects(view)
    parts = [paragraphs([*_growth(view, lang), *_levels(view, table, lang)])]
    if len(table):
        title = say("table_effects", lang, reference=view.called(view.reference, lang), year=view.last)
        parts.append(folded(title, effects_section(view, lang), "effects"))
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


def _in_percent(key: str, lang: str) -> str:
    return followed_by(say(key, lang), "%", lang, ",")


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


def causes_section(view: View, lang: str) -> str:
    """How much money flows to the counties; people and land are told by figures."""
    told = money.sentences(view, lang)
    return f"<p>{escape((' ' if lang == 'en' else '').join(told))}</p>" if told else ""


def watched_section(view: View, lang: str) -> str:
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
    return paragraphs(out) + milestones_section(view, lang)


def milestones_section(view: View, lang: str) -> str:
    """Milestones by scenario: probability, conditions, what was found, why not computed."""
    table = watched.milestone_table(view)
    head = [say(k, lang) for k in ("milestone", "says", "conditions")]
    head += [followed_by(say("probability_met", lang), view.called(s, lang), lang) for s in view.scenarios]
    head += [say("found", lang), say("reason", lang)]
    rows = []
    for name, group in table.groupby("milestone", sort=False):
        by = group.set_index("scenario")
        one = by.loc[view.focus]
        rows.append([name, one["says_zh" if lang == "zh" else "says"], one["conditions"],
                     *(number(by.loc[s, "probability"], 2) for s in view.scenarios), one["found"], one["reason"]])
    return (f"<p class='note'>{escape(say('milestones_lead', lang))}</p>"
            + folded(say("milestones", lang), html_table(rows, head, text=3), "milestones"))


def county_section(view: View, lang: str) -> str:
    """Counties in three years, in the scenario in focus: medians."""
    years = tables.years_of(view)
    shown = [one for one in COUNTY_COLUMNS if view.has(one[0])]
    head = [say("county", lang)]
    for name, unit, _ in shown:
        label = bracketed(view.label(name, lang), say(unit, lang), lang) if unit else view.label(name, lang)
        head += [f"{label}{year}年" if lang == "zh" else f"{label} {year}" for year in years]
    rows = []
    for row in np.flatnonzero(view.members):
        cells = [view.names(lang)[row]]
        for name, unit, digits in shown:
            middle = np.median(view.runs(name, view.focus)[:, :, row], axis=0) * (factor(unit, lang) if unit else 1.0)
            more = lang == "zh" and unit == "cny_thousand"  # ten thousand yuan need one digit more
            cells += [number(middle[view.at(year)], digits + more) for year in years]
        rows.append(cells)
    title = say("table_county", lang, years=listed([str(year) for year in years], lang),
                scenario=view.called(view.focus, lang))
    return folded(title, html_table(rows, head))
