"""Tables as CSV with a codebook: the same bytes twice, numbers as exact as results hold them (nine digits)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from outputs import accounts, attribution, contrast, verdict, watched
from outputs.view import View, band
from sim.indicators import cards

HowFar = Mapping[str, pd.DataFrame] | Callable[[], Mapping[str, pd.DataFrame] | None] | None
BY_COUNTY = (
    "population", "gdp", "gdp_volume", "gdp_pc", "gdp_volume_pc", "inc_pc", "real_inc_pc",
    "inc_u", "inc_r", "ur_ratio", "svc", "urb", "old", "young", "netmig",
    "fis_own", "fis_pc", "transfer_share", "lev", "acc",
)
YEARS = (2010, 2020, 2035)
PROVINCE = (
    "province_population", "province_gdp", "province_gdp_volume", "province_inc_pc", "province_real_inc_pc",
    "province_inc_u", "province_inc_r", "province_ur_ratio",
    "province_urb", "province_old", "province_revenue",
)
COLUMNS = {
    "scenario": ("", "name of the scenario"),
    "variable": ("", "name of the variable, see the rows of kind variable"),
    "unit": ("", "unit of the values"),
    "year": ("year", "flows of the year, stocks at its end"),
    "county": ("code", "six-digit code of the county (GB/T 2260)"),
    "name_en": ("", "name of the county"),
    "name_zh": ("", "name of the county in Chinese"),
    "runs": ("count", "number of runs (draws and seeds)"),
    "median": ("of the variable", "median over the runs; in tables of effects: over the pairs"),
    "low": ("of the variable", "lower end of the range that holds 80 % of 19 runs or pairs, 80 to 89 % of other "
            "numbers (order statistics); of fewer than nine the smallest value; empty of one"),
    "high": ("of the variable", "upper end of that range; of fewer than nine the largest value; empty of one"),
    "observed": ("of the variable", "value of history"),
    "trust": ("", "how far the observed value can be trusted: observed, derived (or recalled), imputed"),
    "pairs": ("count", "pairs of runs with the same draw and seed of which both values are known"),
    "lower": ("count", "pairs with a difference below zero"),
    "equal": ("count", "pairs without any difference"),
    "reference": ("of the variable", "mean of the reference scenario over the pairs"),
    "mean": ("of the variable", "mean difference scenario less reference over the pairs"),
    "above_zero": ("share", "share of pairs with a difference above zero (ties count half)"),
    "median_percent": ("%", "median over the pairs of the difference in % of the reference of the pair"),
    "low_percent": ("%", "lower end of the range of that"), "high_percent": ("%", "upper end of the range of that"),
    "draws": ("count", "different draws among the runs or pairs: with one, ranges are chance alone"),
    "value": ("of the variable", "median of the scenario over the pairs"),
    "between_draws": ("share", "variance between draws in the variance of the differences, the rest is chance; empty "
                      "where each draw has one seed"),
    "quantity": ("", "what counties are compared by: income, output, services"), "of": ("", "the variable of that"),
    "measure": ("", "measure of the gap; theil_without leaves out the county named beside it"),
    "kind": ("", "policy: against the reference; time: since the start year; alone, left_out: of a part of the plan"),
    "against": ("", "reference scenario, or start year"),
    "gap_percent": ("%", "median change of the gap, turned so that positive is wider"),
    "gap_low": ("%", "lower end of the range of that"), "gap_high": ("%", "upper end of the range of that"),
    "narrower": ("count", "pairs in which the gap is narrower"),
    "verdict": ("", "narrower or wider (of what is no gap: more or less) where the whole range lies on one side; "
                "undecided; same in all pairs; unknown"),
    "without_county": ("code", "county left out"), "without_name_en": ("", "its name"),
    "without_name_zh": ("", "its name in Chinese"),
    "group": ("", "poorest or richest third of counties by income in the start year, landlocked, coast"),
    "counties": ("count", "counties of the group"),
    "part": ("", "part of the plan that runs alone, is left out or contributes; all: the whole plan"),
    "levers": ("", "kinds of the levers of a part that is a provision"),
    "percent": ("%", "mean contribution of the part in % of the variable without the plan; of gaps turned so that "
                "positive is wider; the parts add up to the row all"),
    "percent_low": ("%", "lower end of its range over pairs of draw and seed, each with orders of its own"),
    "percent_high": ("%", "upper end of that range"),
    "percent_error": ("%", "standard error of that mean over the pairs, treated as independent"),
    "orders": ("count", "orders of each pair: random ones, each with its reverse"),
    "lowest": ("of the number", "smallest value over the draws"), "highest": ("of the number", "largest value"),
    "rank_correlation": ("-1 to 1", "of the number with the effect on the Theil index of the first gap, over draws"),
    "when_low": ("%", "median effect in the draws with the lower half of the number"),
    "when_high": ("%", "median effect in those with the upper half"),
    "turns": ("", "whether the sign differs and the correlation exceeds by_chance"),
    "by_chance": ("-1 to 1", "size that the largest of all these rank correlations exceeds by chance once in twenty "
                  "studies"),
    "milestone": ("", "milestone of chapter 1, made testable"),
    "probability": ("share", "share of the runs that meet the milestone; empty where it is not computed"),
    "conditions": ("", "what must hold: indicator, or its ratio to an earlier year, against a bound of ours"),
    "found": ("of the indicators", "medians of the quantities of the conditions"),
    "reason": ("", "why a milestone is not computed"),
    "light": ("0 green to 3 red", "kind of early-warning light"),
    "orange_or_red": ("share", "share of runs in which the light is orange or red"),
    "red": ("share", "share of runs in which the light is red"),
    "window": ("years", "within which a red light must follow an orange one"),
    "events": ("count", "times a light turned red"), "warned": ("count", "of these: after orange within the window"),
    "alarms": ("count", "times a light turned orange that can be judged"),
    "false": ("count", "of these: without red within the window"),
    "hit_rate": ("share", "warned over events; empty where no light turned red"),
    "false_alarm_rate": ("share", "false over alarms; empty where there was none"),
    "lead": ("years", "mean years from the first orange light in the window to the red one"),
    "from": ("year", "year from which a change is told"),
    "relative": ("log points x 100", "change of GDP per head relative to the compared counties: output less people"),
    "output_share": ("log points x 100", "change of the share in output"),
    "people_share": ("log points x 100", "change of the share in people"),
}


def write_csv(table: pd.DataFrame, path: Path) -> Path:
    """A table as CSV, the same bytes for the same table: nine digits, which is all that single precision holds, and
    UTF-8 with the byte-order mark by which spreadsheets recognise it."""
    table.to_csv(path, index=False, lineterminator="\n", float_format="%.9g", encoding="utf-8-sig")
    return path


def years_of(view: View) -> list[int]:
    """The years of the county table, with the horizon for the last one where it is another."""
    inside = [year for year in YEARS if view.first <= year <= view.last]
    return sorted({*inside, view.last})


def county_table(view: View) -> pd.DataFrame:
    """Every indicator by county in the years of the table, with its interval and what was observed."""
    rows, years = [], years_of(view)
    places = [view.at(year) for year in years]
    for variable in (v for v in BY_COUNTY if view.has(v)):
        spreads = {scenario: band(view.runs(variable, scenario)[:, places]) for scenario in view.scenarios}
        for row in map(int, np.flatnonzero(view.members)):
            past = view.past(variable, row)
            for place, year in enumerate(years):
                seen = [] if past is None else np.flatnonzero(past.years == year).tolist()
                for scenario, around in spreads.items():
                    known = around.has_interval
                    rows.append({
                        **view.county(row), "variable": variable, "unit": view.unit(variable), "year": year,
                        "scenario": scenario, "runs": around.runs, "median": float(around.centre[place, row]),
                        "low": float(around.low[place, row]) if known else np.nan,
                        "high": float(around.high[place, row]) if known else np.nan,
                        "observed": past.values[seen[0]] if past and seen else np.nan,
                        "trust": past.trust[seen[0]] if past and seen else "",
                    })
    return pd.DataFrame(rows)


def headline_table(view: View) -> pd.DataFrame:
    """Gap indices and totals of the province in every year."""
    gaps = [name for name, card in cards().items() if not card.dims and view.has(name)]
    frames = []
    for variable in dict.fromkeys([*gaps, *(name for name in PROVINCE if view.has(name))]):
        past = view.past(variable)
        observed = {} if past is None else dict(zip(past.years.tolist(), zip(past.values, past.trust)))
        for scenario in view.scenarios:
            around = band(view.runs(variable, scenario))
            blank = np.full(len(view.years), np.nan)
            frames.append(pd.DataFrame({
                "variable": variable, "unit": view.unit(variable), "scenario": scenario, "year": view.years,
                "runs": around.runs, "median": around.centre, "low": around.low if around.has_interval else blank,
                "high": around.high if around.has_interval else blank,
                "observed": [observed.get(int(y), (np.nan, ""))[0] for y in view.years],
                "trust": [observed.get(int(y), (np.nan, ""))[1] for y in view.years],
            }))
    return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame()


TABLES: Mapping[str, Callable[[View], pd.DataFrame]] = {
    "gaps": verdict.gaps, "who_gains": verdict.who_gains, "provisions": verdict.provisions,
    "attribution": attribution.contributions, "leaning": verdict.leaning, "counties": county_table,
    "headline": headline_table, "effects": contrast.effects, "effects_by_county": contrast.county_effects,
    "milestones": watched.milestone_table, "lights": watched.light_table, "lights_skill": watched.skill_table,
    "output_and_people": accounts.split_table,
}
NAMES = (*TABLES, "codebook")  # and how_far_*


def all_tables(view: View, how_far: HowFar = None,
               on_table: Callable[[str], object] | None = None) -> dict[str, pd.DataFrame]:
    """All tables of a study by file name, the codebook last; `on_table` is called with the name of each."""
    made = {}
    for name, make in TABLES.items():
        made[name] = make(view)
        (on_table or str)(name)
    made |= {f"how_far_{name}": table for name, table in (told(how_far) or {}).items()}
    made = {name: table for name, table in made.items() if not table.empty}
    return made | {"codebook": codebook(view, made)}


def told(how_far: HowFar) -> Mapping[str, pd.DataFrame] | None:
    """The tables of a comparison with history, which may be made when they are asked for."""
    return how_far() if callable(how_far) else how_far


def codebook(view: View, tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """What every column and every variable of the tables is."""
    rows = []
    for name, table in tables.items():
        for column in table.columns:
            unit, says = COLUMNS.get(column, ("", column.replace("_", " ")))
            rows.append({"table": f"{name}.csv", "kind": "column", "name": column, "unit": unit, "says": says,
                         "says_zh": "", "provision": ""})
    used = {v for table in tables.values() if "variable" in table for v in table["variable"]}
    for variable in sorted(v for v in used if view.has(v)):
        attrs = view.results[variable].attrs
        rows.append({"table": "", "kind": "variable", "name": variable, "unit": view.unit(variable),
                     "says": view.label(variable, "en"), "says_zh": view.label(variable, "zh"),
                     "provision": attrs.get("provision", "")})
    return pd.DataFrame(rows)


def write_all(tables: Mapping[str, pd.DataFrame], folder: Path) -> list[Path]:
    """Write the tables into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    return [write_csv(table, folder / f"{name}.csv") for name, table in tables.items()]
