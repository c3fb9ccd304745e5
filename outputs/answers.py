"""The answers of the report's first screen, in sentences made of the one table of gaps (`verdict`).

Whether the gaps narrow, how sure that is and why, thanks to which provisions, who gains and who loses, and how far the
model is to be trusted. Each is a function of a view (and of the scores against history) and returns words.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from outputs import attribution, contrast, followed, origins, overturns, skill, spread, surprises, verdict
from outputs.assumptions import kinds_moved
from outputs.measured import Effect, Measured
from outputs.numbers import listed, listed_and, number, percent, signed, to
from outputs.verdict import NARROWER, SAME, TIME, UNDECIDED, UNKNOWN, WIDER, Judgement
from outputs.view import View, cut, short_name
from outputs.words import bracketed, say
from sim.levers import SECTIONS

STRONGEST, LONGEST_PART = 2, 42
MEASURED = "theil_inc_pc"  # the gap by which provisions measured apart are told


class Answers(NamedTuple):
    """The first screen: a word and a sentence of verdict, then one answer to each question, in order."""

    word: str
    sentence: str
    lines: dict[str, str]


def answers(view: View, scores: pd.DataFrame | None, lang: str, measured: Measured | None = None,
            skill_from_origins: pd.DataFrame | None = None) -> Answers:
    """All answers of a study; `skill_from_origins` says how far to trust one that follows history."""
    scenario, kind = verdict.scenario_told(view)
    judgements = verdict.judged(verdict.gaps(view), scenario, kind)
    word = _word(judgements, lang)
    kind_of_range = verdict.rests_on(verdict.gaps(view), scenario, kind).kind
    if kind_of_range in (spread.CHANCE, spread.ALONE, spread.FEW_DRAWS):
        word += say(f"word_by_{kind_of_range}", lang)
    tested = trust(scores, lang, skill_from_origins)
    return Answers(
        word, sentence(view, scenario, kind, lang) + since(view, scenario, kind, lang),
        {"sure": sure(view, scenario, kind, lang), "thanks": thanks(view, lang, measured), "who": who(view, lang),
         "trust": followed.sentence(view, lang) + tested})


# --- do the gaps narrow


def _word(judgements: Sequence[Judgement], lang: str) -> str:
    """What all measures of all gaps say together; where only some speak, how many of how many."""
    both = verdict.together(judgements)
    sides = {verdict.MOSTLY_NARROWER: NARROWER, verdict.MOSTLY_WIDER: WIDER}
    k = sum(one.count(sides[both]) for one in judgements) if both in sides else 0
    return say(f"word_{both}", lang, k=k, n=sum(one.number for one in judgements))


def measure_name(row: Mapping, lang: str) -> str:
    """The name of a measure; the county left out is named."""
    name = f"measure_{row['measure']}"
    if row["measure"] != verdict.WITHOUT:
        return say(name, lang)
    county = row.get(f"without_name_{lang}")
    return say(name, lang, county=short_name(county, lang)) if county else say(f"{name}_any", lang)


def value_words(row: Mapping, lang: str) -> str:
    """The change of a gap with its range, where it has one."""
    middle = percent(row["gap_percent"], lang)
    if not np.isfinite(row["gap_low"]):
        return middle
    return say("value_range", lang, middle=middle, range=to(row["gap_low"], row["gap_high"], lang))


def sentence(view: View, scenario: str, kind: str, lang: str, year: int | None = None) -> str:
    """The verdict on the gaps of a scenario in one sentence."""
    table = verdict.gaps(view) if year is None else verdict.gaps(view, year)
    judgements = [one for one in verdict.judged(table, scenario, kind) if one.word != UNKNOWN]
    if not judgements:
        return say("no_gap", lang)
    clauses = _clauses(judgements, lang)
    return say(f"verdict_{kind}", lang, year=year or view.last, start=verdict.start_of(view), clauses=clauses,
               scenario=view.called(scenario, lang), reference=view.called(view.reference, lang))


def _clauses(judgements: Sequence[Judgement], lang: str) -> str:
    """What is said of each gap; where no measure decides any, that once and the values of all."""
    if len(judgements) > 1 and all(one.count(UNDECIDED) == one.number for one in judgements):
        values = [say("clause_value", lang, what=say(f"gap_{one.quantity}", lang),
                      first=_first(one.by[UNDECIDED][0], lang)) for one in judgements]
        return say("clause_none_decided", lang, n=sum(one.number for one in judgements),
                   values=say("value_join", lang).join(values))
    return say("clause_join", lang).join(clause(one, lang) for one in judgements)


def since(view: View, scenario: str, kind: str, lang: str) -> str:
    """What becomes of the gaps over time in the scenario whose effects the verdict tells, by the first measure."""
    if kind == TIME or view.last <= verdict.start_of(view):
        return ""
    judgements = [one for one in verdict.judged(verdict.gaps(view), scenario, TIME) if one.word not in (UNKNOWN, SAME)]
    told = []
    for one in judgements:
        row = next((row for rows in one.by.values() for row in rows if row["measure"] == verdict.THEIL), None)
        if row is not None:
            told.append(say("since_value", lang, what=say(f"gap_{one.quantity}", lang), value=value_words(row, lang),
                            verdict=say(f"is_{row['verdict']}", lang)))
    return say("since", lang, start=verdict.start_of(view), year=view.last,
               values=say("clause_join", lang).join(told)) if told else ""


def clause(one: Judgement, lang: str) -> str:
    """What the measures of one gap say: all of them, or which say narrower, wider, undecided."""
    what = say(f"gap_{one.quantity}", lang)
    if one.word == SAME:
        return say("clause_same", lang, what=what)
    parts = [_said(one, verdict_word, lang) for verdict_word in (NARROWER, WIDER) if one.count(verdict_word)]
    if one.count(UNDECIDED):
        rows = one.by[UNDECIDED]
        parts.append(say("clause_undecided_all", lang, n=one.number, first=_first(rows[0], lang))
                     if len(rows) == one.number else
                     say("clause_undecided", lang, k=len(rows), n=one.number))
    if one.count(SAME):
        parts.append(say("clause_equal", lang, k=one.count(SAME), n=one.number))
    return say("clause", lang, what=what, parts=say("part_join", lang).join(parts))


def _said(one: Judgement, verdict_word: str, lang: str) -> str:
    rows = one.by[verdict_word]
    word = say(f"is_{verdict_word}", lang)
    if len(rows) == one.number:
        return say("clause_all", lang, verdict=word, n=one.number, first=_first(rows[0], lang))
    names = [say("clause_valued", lang, name=measure_name(rows[0], lang), value=value_words(rows[0], lang))]
    return say("clause_some", lang, verdict=word,
               names=listed_and([*names, *(measure_name(row, lang) for row in rows[1:])], lang))


def _first(row: Mapping, lang: str) -> str:
    return say("clause_first", lang, name=measure_name(row, lang), value=value_words(row, lang))


# --- how sure


def varied_words(view: View, lang: str) -> str:
    """What differs between the draws."""
    numbers = [name for name in view.varied if name not in ("imputation", "observation")]
    parts = [say("varied_data", lang)] if {"imputation", "observation"} & set(view.varied) else []
    parts += [say("varied_numbers", lang, n=len(numbers))] if numbers else []
    return say("varied_and", lang).join(parts) or say("varied_nothing", lang)


def sure(view: View, scenario: str, kind: str, lang: str) -> str:
    """What the ranges rest on, and how much of them is chance."""
    table = verdict.gaps(view)
    rests = verdict.rests_on(table, scenario, kind) if len(table) else view.basis
    between = ""
    rows = table[(table.scenario == scenario) & (table.kind == kind) & (table.measure == "theil")] if len(table) \
        else table
    if len(rows) and np.isfinite(rows.iloc[0].between_draws):
        first = rows.iloc[0]
        between = say("sure_between", lang, what=say(f"gap_{first.quantity}", lang),
                      share=number(100 * first.between_draws, 0))
    words = say(f"sure_{rests.kind}", lang, pairs=rests.runs, draws=rests.draws, varied=varied_words(view, lang),
                share=spread.held(rests.runs), between=between) + what_turns(view, lang)
    missing = int(view.results.attrs.get("runs_missing", 0) or 0)
    return words + (say("sure_missing", lang, missing=missing) if missing else "")


def ranges_words(view: View, lang: str) -> str:
    """What the ranges of a figure or table are."""
    return spread.words_of(view.basis, lang)


# --- thanks to which provisions


def part_name(view: View, scenario: str, lang: str) -> str:
    """A part of the plan: number and title of a provision, else the title of its scenario."""
    return part_name_of(scenario.partition("_")[2].replace("_", "."), lang) or view.called(scenario, lang)


def part_name_of(provision: str, lang: str) -> str:
    """Number and title of a provision; empty for what is none."""
    section = SECTIONS.get(provision)
    if section is None:
        return ""
    return f"{section.id} {cut(section.title_zh if lang == 'zh' else section.title, LONGEST_PART)}"


def part_of_plan(view: View, part: str, lang: str) -> str:
    """A part to which an effect is shared out: number and title of a provision, else its own title."""
    known = part_name_of(part.replace("_", "."), lang)
    if known or view.orders is None:
        return known or part
    place = attribution.parts(view).index(part)
    title = str(view.orders["part_title_zh" if lang == "zh" else "part_title"].values[place])
    return cut(title or part, LONGEST_PART)


def shared_ranges(table: pd.DataFrame, lang: str) -> str:
    """What the means and ranges of contributions rest on."""
    rests = attribution.basis(table)
    return say(f"attribution_ranges_{rests.kind}", lang, n=rests.runs, m=rests.draws, share=spread.held(rests.runs),
               orders=int(table["orders"].max()))


def shared_value(row: Mapping, lang: str) -> str:
    """A mean contribution with its range, where it has one."""
    middle = percent(row["percent"], lang)
    if not np.isfinite(row["percent_low"]):
        return middle
    return say("value_range", lang, middle=middle, range=to(row["percent_low"], row["percent_high"], lang))


def _as_shared_out(view: View, lang: str) -> str:
    """Which parts contribute most to the effect on the first gap, and to the next one; nothing without an
    attribution."""
    table = attribution.contributions(view)
    table = table[table["measure"] == "theil"] if len(table) else table
    if table.empty:
        return ""
    rests, out = attribution.basis(table), []
    assert view.orders is not None
    ends = {end: view.called(str(view.orders.attrs[end]), lang) for end in ("low", "high")}
    for place, (quantity, rows) in enumerate(table.groupby("quantity", sort=False)):
        whole = rows[rows["part"] == attribution.WHOLE].iloc[0]
        rows = rows[rows["part"] != attribution.WHOLE]
        told = {}
        for word, side in ((NARROWER, "narrow"), (WIDER, "wide")):
            mine = rows[rows["verdict"] == word]
            mine = mine.reindex(mine["percent"].abs().sort_values(ascending=False, kind="stable").index)
            names = [say("thanks_part" if place == 0 else "thanks_part_short", lang,
                         part=part_of_plan(view, row["part"], lang), value=shared_value(row, lang),
                         kinds=attribution.levers_of(row["part"], lang) or say("thanks_no_kind", lang))
                     for row in mine.head(STRONGEST if place == 0 else 1).to_dict("records")]
            told[side] = say(f"thanks_{side}", lang, parts=say("clause_join", lang).join(names)) if names \
                else say(f"thanks_no_{side}", lang)
        if whole["verdict"] == SAME and not told_any(rows):
            continue
        out.append(say("thanks_shared" if place == 0 else "thanks_shared_next", lang, **told, **ends,
                       what=say(f"gap_{quantity}", lang), whole=percent(whole["percent"], lang), n=len(rows),
                       median=_median_beside(view, str(quantity), whole["percent"], lang),
                       rest=int((~rows["verdict"].isin([NARROWER, WIDER])).sum()), pairs=rests.runs,
                       draws=rests.draws))
    if not out:
        return say("thanks_shared_same", lang, **ends)
    basis = say(f"thanks_shared_{rests.kind}", lang, pairs=rests.runs, draws=rests.draws, share=spread.held(rests.runs))
    return (" " if lang == "en" else "").join([*out[:2], basis])


def _median_beside(view: View, quantity: str, mean: float, lang: str) -> str:
    """The median of the whole effect where its sign is not that of the mean; contributions add up in means alone."""
    assert view.orders is not None
    table, ends = verdict.gaps(view), view.orders.attrs
    rows = table[(table.scenario == ends["high"]) & (table.against == ends["low"]) & (table.quantity == quantity)
                 & (table.measure == verdict.THEIL)]
    if rows.empty or rows.iloc[0].gap_percent * mean >= 0:
        return ""
    return say("thanks_median", lang, median=percent(rows.iloc[0].gap_percent, lang))


def told_any(rows: pd.DataFrame) -> bool:
    """Whether any part contributes anything."""
    return bool((rows["verdict"] != SAME).any())


def thanks(view: View, lang: str, measured: Measured | None = None) -> str:
    """What each part of the plan contributes, where the study shares its effect out; else what each does alone or left
    out, where it runs that; else what was measured apart, and how to find out."""
    shared = _as_shared_out(view, lang)
    if shared:
        return shared
    table = verdict.provisions(view)
    table = table[table["measure"] == "theil"] if len(table) else table
    if table.empty:
        known = _as_measured(view, measured, lang)
        return known + say("thanks_over_draws", lang) if known else say("thanks_none", lang)
    first = table[table["quantity"] == table["quantity"].iloc[0]]
    kind = first["kind"].iloc[0]
    first = first[first["kind"] == kind]
    told = {}
    for word, side, ascending in ((NARROWER, "narrow", True), (WIDER, "wide", False)):
        rows = first[first["verdict"] == word].sort_values("gap_percent", ascending=ascending, kind="stable")
        names = [say("thanks_part", lang, part=part_name(view, row["scenario"], lang), value=value_words(row, lang),
                     kinds=kinds_moved(row["scenario"], lang) or say("thanks_no_kind", lang))
                 for row in rows.head(STRONGEST).to_dict("records")]
        told[side] = say(f"thanks_{side}", lang, parts=say("clause_join", lang).join(names)) if names \
            else say(f"thanks_no_{side}", lang)
    rest = int((~first["verdict"].isin([NARROWER, WIDER])).sum())
    return say(f"thanks_{kind}", lang, what=say(f"gap_{first['quantity'].iloc[0]}", lang), rest=rest, n=len(first),
               **told)


def of_provisions(measured: Measured, variable: str) -> list[Effect]:
    """The effects of the provisions on a variable of the province, from the one that lowers it most."""
    found = [one for one in measured.effects
             if (one.kind, one.variable, one.place) == ("provision", variable, "all")]
    return sorted(found, key=lambda one: (surprises.percent(one), one.subject))


def _as_measured(view: View, measured: Measured | None, lang: str) -> str:
    """What the provisions did where each was measured apart from this study, from none to full; chance alone."""
    found = of_provisions(measured, MEASURED) if measured is not None else []
    if measured is None or not found:
        return ""

    def told(side, effects):
        words = [say("thanks_part", lang, part=part_name_of(one.subject, lang), value=_measured_value(one, lang),
                     kinds=kinds_moved(f"only_{one.subject}", lang)) for one in effects[:STRONGEST]]
        return say(f"thanks_{side}", lang, parts=say("clause_join", lang).join(words)) if words \
            else say(f"thanks_no_{side}", lang)

    clear = [one for one in found if one.clear]
    same = str(view.results.attrs.get("code_hash", "")).startswith(measured.about.get("code", "-"))
    return say("thanks_measured", lang, seeds=measured.about.get("seeds", "–"),
               version="" if same else say("thanks_other_code", lang), n=len(found), rest=len(found) - len(clear),
               narrow=told("narrow", [one for one in clear if one.mean < 0]),
               wide=told("wide", [one for one in reversed(clear) if one.mean > 0]))


def _measured_value(one: Effect, lang: str) -> str:
    low, middle, high = (surprises.percent(one, value) for value in (one.low, one.mean, one.high))
    return say("value_range", lang, middle=percent(middle, lang), range=to(low, high, lang))


# --- who gains and who loses


WHO = {"real_inc_pc": "who_income", "inc_pc": "inc_pc", "gdp_volume_pc": "who_output", "gdp_pc": "gdp_pc",
       "population": "who_population"}


def who(view: View, lang: str) -> str:
    """Effects on rich and poor, coast and centre, in real income and output, and how many counties gain."""
    scenario = view.headline
    if scenario is None:
        return say("who_none", lang)
    if contrast.same_as_reference(view, scenario):
        return say("who_same", lang)
    table = verdict.who_gains(view)
    mine = table[(table["scenario"] == scenario) & (table["variable"] != "population")] if len(table) else table
    lead = say("who_lead", lang, scenario=view.called(scenario, lang), year=view.last,
               reference=view.called(view.reference, lang))
    out = [lead]
    for name, rows in mine.groupby("variable", sort=False) if len(mine) else ():
        space = " " if lang == "en" else ""
        parts = [f"{say('group_' + row.group, lang)}{space}{_effect(row, lang)}" for row in rows.itertuples()]
        out.append(say("who_line", lang, what=say(WHO[str(name)], lang), parts=say("part_join", lang).join(parts)))
    counties = contrast.county_effects(view)
    income = next((n for n in ("real_inc_pc", "inc_pc") if view.has(n)), None)
    rows = counties[(counties.scenario == scenario) & (counties.variable == income)] if len(counties) else counties
    if len(rows):
        out.append(say("who_counties", lang, n=len(rows), up=int((rows["median"] > 0).sum()),
                       down=int((rows["median"] < 0).sum()), what=say(WHO[str(income)], lang)))
    return (" " if lang == "en" else "").join(out) if len(out) > 1 else say("who_none", lang)


def _effect(row, lang: str) -> str:
    """An effect in per cent; whether its range leaves the sign open is said."""
    middle = percent(row.median_percent, lang)
    open_sign = np.isfinite(row.low_percent) and row.low_percent < 0 < row.high_percent
    return middle + (say("who_undecided", lang) if open_sign else "")


# --- how far to trust it


def trust(scores: pd.DataFrame | None, lang: str, skill_from_origins: pd.DataFrame | None = None) -> str:
    """The skill against history in a few words, counted over the targets that can be tested.

    A study that follows history cannot be held against it: the skill from rolling origins is told instead.
    """
    if skill_from_origins is not None and len(skill_from_origins):
        stands = origins.standing(skill_from_origins)
        return say("trust_origins", lang, word=_stands(stands, lang), even=stands.series - stands.better - stands.worse,
                   **stands._asdict())
    if scores is None or scores.empty:
        return say("trust_none", lang)
    tested, better, worse = skill.tally(scores)
    if not tested:
        return say("trust_none", lang)
    return say("trust_line", lang, word=_compared(better, worse, lang), n=tested, better=better, worse=worse,
               chance=number(skill.CHANCE * tested, 0))


def _stands(stands: origins.Standing, lang: str) -> str:
    """The skill in a few words; most series have to be better, or worse, for that to be said."""
    if 2 * max(stands.better, stands.worse) > stands.series:
        return _compared(stands.better, stands.worse, lang)
    return say("trust_word_mostly_even", lang)


def _compared(better: int, worse: int, lang: str) -> str:
    word = "better" if better > worse else "worse" if worse > better else "even"
    return say(f"trust_word_{word}", lang)


# --- what the chapters say besides


def over_time(view: View, lang: str) -> list[str]:
    """How the gaps change under each scenario since the start year."""
    if verdict.scenario_told(view)[1] == TIME or view.last <= verdict.start_of(view):
        return []
    return [sentence(view, scenario, TIME, lang) for scenario in (view.focus, view.reference)
            if scenario in view.scenarios][:2 if view.focus != view.reference else 1]


def other_scenarios(view: View, lang: str, most: int = 3) -> list[str]:
    """The verdict on the other scenarios against the reference; what is the same is said."""
    told, parts = verdict.scenario_told(view)[0], set(verdict.provisions(view).get("scenario", ()))
    rest = [name for name in view.others if name != told and name not in parts][:most]
    return [sentence(view, name, verdict.POLICY, lang) for name in rest]


def assumptions_that_turn(view: View, lang: str) -> list[str]:
    """Which numbers the verdict leans on, and which turn it around."""
    if view.overturns is not None:
        return overturns.sentences(view.overturns, lang)
    table = verdict.leaning(view)
    if table.empty:
        return [say("leaning_none", lang)]
    told = {"draws": int(table["draws"].iloc[0]), "n": len(table), "what": say(f"gap_{_first_gap(view)}", lang),
            "chance": number(table["by_chance"].iloc[0], 2)}
    beyond = _beyond(table)
    if beyond.empty:
        return [say("leaning_nothing", lang, names=_correlations(table.head(1), lang), **told)]
    turning = [bracketed(row.name, f"{percent(row.when_low, lang)} / {percent(row.when_high, lang)}", lang)
               for row in table[table["turns"]].itertuples(index=False)]
    return [say("leaning_beyond", lang, names=_correlations(beyond, lang), **told),
            say("leaning_turns", lang, names=listed(turning, lang)) if turning
            else say("leaning_none_turns", lang)]


def what_turns(view: View, lang: str) -> str:
    """In a clause, which assumptions overturn the verdict or move it most; nothing where no draw varies any."""
    if view.overturns is not None:
        turned = view.overturns[view.overturns["state"] == overturns.CONFIRMED].sort_values("distance", kind="stable")
        if turned.empty:
            return say("sure_not_overturned", lang)
        gaps = turned.drop_duplicates(["quantity", "measure"])
        leaning = gaps["verdict"].isin(list(overturns.LEANS.values())).all()
        return say("sure_leaning_overturned" if leaning else "sure_overturned", lang,
                   names=overturns.named(turned, lang), n=len(gaps))
    table = verdict.leaning(view)
    if table.empty:
        return ""
    beyond = _beyond(table)
    if beyond.empty:
        return say("sure_leans_on_none", lang, n=len(table))
    return say("sure_leans_on", lang, names=_correlations(beyond.head(STRONGEST), lang),
               what=say(f"gap_{_first_gap(view)}", lang))


def _first_gap(view: View) -> str:
    return next(verdict.quantities(view))[0]


def _beyond(table: pd.DataFrame) -> pd.DataFrame:
    """The numbers that the effect follows more closely than chance would make any of them look."""
    return table[table["rank_correlation"].abs() > table["by_chance"]]


def _correlations(table: pd.DataFrame, lang: str) -> str:
    return listed([bracketed(row.name, signed(row.rank_correlation, 2), lang)
                   for row in table.itertuples(index=False)], lang)
