"""Whether the gaps between counties narrow: the one table that sentences, figures and files read.

A gap is measured in several ways, since the sign may hang on the measure. Every measure is turned so that more is
wider: where a ratio falls when a gap widens (landlocked over coast, the poorest fifth over the mean), its change
counts with the other sign. A verdict is given where the whole range of the runs lies on one side.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from outputs import spread
from outputs.spread import Basis
from outputs.view import View, once
from sim.indicators import inequality, runs
from sim.indicators.registry import GAP_MEASURES

QUANTITIES = (("income", ("real_inc_pc", "inc_pc")), ("output", ("gdp_volume_pc", "gdp_pc")), ("services", ("svc",)))
"""What counties are compared by: living standards at the local cost of living, output in volume, public services;
values where results hold no volumes."""
THEIL, WITHOUT = "theil", "theil_without"
MEASURES = {**GAP_MEASURES, WITHOUT: 1}
NARROWER, WIDER, UNDECIDED, SAME, UNKNOWN = "narrower", "wider", "undecided", "same", "unknown"
DISAGREE, MOSTLY_NARROWER, MOSTLY_WIDER = "disagree", "mostly_narrower", "mostly_wider"
POLICY, TIME = "policy", "time"
SINCE = 2019  # the year of the Opinions


@dataclass(frozen=True)
class Judgement:
    """What the measures of one gap say together."""

    quantity: str
    variable: str
    by: dict[str, list[dict]] = field(default_factory=dict)

    @property
    def number(self) -> int:
        """How many measures could be computed."""
        return sum(len(rows) for verdict, rows in self.by.items() if verdict != UNKNOWN)

    def count(self, verdict: str) -> int:
        """How many measures say so."""
        return len(self.by.get(verdict, ()))

    @property
    def word(self) -> str:
        """All narrower or wider, some and none against it, at odds, undecided, the same, or unknown."""
        narrow, wide, number = self.count(NARROWER), self.count(WIDER), self.number
        if not number:
            return UNKNOWN
        if self.count(SAME) == number:
            return SAME
        if narrow and wide:
            return DISAGREE
        if narrow:
            return NARROWER if narrow == number else MOSTLY_NARROWER
        if wide:
            return WIDER if wide == number else MOSTLY_WIDER
        return UNDECIDED


def start_of(view: View) -> int:
    """The year from which changes are told."""
    return SINCE if view.first <= SINCE < view.last else view.first


def quantities(view: View) -> Iterator[tuple[str, str]]:
    """The quantities compared, and the variable of each as far as the results go."""
    for quantity, names in QUANTITIES:
        found = next((name for name in names if view.has(f"theil_{name}")), None)
        if found:
            yield quantity, found


@once
def gaps(view: View, year: int | None = None) -> pd.DataFrame:
    """A row for each scenario, gap and measure: its paired difference from the reference in a year (kind policy), and
    its own change since the start year (kind time). `gap_*` are turned: positive is wider."""
    at, start = view.at(year or view.last), view.at(start_of(view))
    rows = []
    for quantity, of in quantities(view):
        without = _made_by(view, of, at)
        for measure, sign in MEASURES.items():
            values = _values(view, measure, of, without)
            if values is None:
                continue
            about = {"quantity": quantity, "measure": measure, "of": of, "year": int(view.years[at]),
                     "without": without if measure == WITHOUT else None}
            for scenario in view.others:
                one, other = (values(name, view.draws_of(scenario, view.reference), partner)[:, at] for name, partner
                              in ((scenario, view.reference), (view.reference, scenario)))
                rows.append(about | {"kind": POLICY, "scenario": scenario, "against": view.reference,
                                     **_turned(one, other, view.draws_of(scenario, view.reference), sign)})
            for scenario in view.scenarios if at > start else ():
                mine = values(scenario, None, None)
                rows.append(about | {"kind": TIME, "scenario": scenario, "against": str(int(view.years[start])),
                                     **_turned(mine[:, at], mine[:, start], view.draws_of(scenario), sign)})
    table = pd.DataFrame(rows)
    return _with_names(view, table) if len(table) else table


def _with_names(view: View, table: pd.DataFrame) -> pd.DataFrame:
    """The county left out by code and names."""
    known = [place is not None and place == place for place in table["without"]]
    for name in ("county", "name_en", "name_zh"):
        table[f"without_{name}"] = [view.county(int(place))[name] if there else ""
                                    for place, there in zip(table["without"], known, strict=True)]
    return table.drop(columns="without")


def _values(view: View, measure: str, of: str, without: int | None):
    """A function (scenario, _, partner) -> [run, year] of a measure; None where the results do not hold it."""
    if measure != WITHOUT:
        name = f"{measure}_{of}"
        if not view.has(name):
            return None
        return lambda scenario, _, partner: (
            view.runs(name, scenario) if partner is None else view.pairs(name, scenario, partner)[0])
    if without is None:
        return None
    rest = view.members.copy()
    rest[without] = False

    def theil(scenario, _, partner):
        x, weight = (view.runs(name, scenario) if partner is None
                     else view.pairs(name, scenario, partner)[0] for name in (of, "population_mid"))
        return inequality.theil_t(x, weight, rest)

    return theil


def _made_by(view: View, of: str, at: int) -> int | None:
    """The row of the county without which the Theil index is smallest in most runs of the reference."""
    if not view.has(of, "population_mid") or view.members.sum() < 3:
        return None
    x, weight = (view.runs(name, view.reference)[:, at] for name in (of, "population_mid"))
    places = np.flatnonzero(view.members)
    found = []
    for place in places:
        rest = view.members.copy()
        rest[place] = False
        found.append(inequality.theil_t(x, weight, rest))
    without = np.asarray(found)
    smallest = np.argmin(np.where(np.isfinite(without), without, np.inf), axis=0)
    return int(places[int(np.argmax(np.bincount(smallest, minlength=len(places))))])


def _turned(one: np.ndarray, other: np.ndarray, draws: np.ndarray, sign: int) -> dict[str, object]:
    """The paired difference of a measure, turned so that positive is wider, with the verdict."""
    effect = spread.paired(one, other, draws)
    low, high = sorted((sign * effect["low_percent"], sign * effect["high_percent"]))
    pairs, equal = effect["pairs"], effect["equal"]
    below = effect["lower"] if sign > 0 else pairs - effect["lower"] - equal
    middle = sign * effect["median_percent"]
    return {
        "pairs": pairs, "draws": effect["draws"], "reference": effect["reference"], "value": effect["value"],
        "gap_percent": middle, "gap_low": low, "gap_high": high, "narrower": below, "equal": equal,
        "between_draws": effect["between_draws"], "verdict": _verdict(middle, low, high, int(pairs), int(equal)),
    }


def _verdict(middle: float, low: float, high: float, pairs: int, equal: int) -> str:
    """Narrower or wider where the range lies on one side; of a single pair its direction."""
    if not pairs or not np.isfinite(middle):
        return UNKNOWN
    if equal == pairs:
        return SAME
    if pairs == 1:
        return NARROWER if middle < 0 else WIDER
    return NARROWER if high < 0 else WIDER if low > 0 else UNDECIDED


def judged(table: pd.DataFrame, scenario: str, kind: str = POLICY) -> list[Judgement]:
    """What the measures say of each gap in a scenario."""
    out = []
    mine = table[(table["scenario"] == scenario) & (table["kind"] == kind)] if len(table) else table
    for quantity, rows in mine.groupby("quantity", sort=False) if len(mine) else ():
        by: dict[str, list[dict]] = {}
        for row in rows.to_dict("records"):
            by.setdefault(row["verdict"], []).append(row)
        out.append(Judgement(str(quantity), str(rows["of"].iloc[0]), by))
    return out


def clear(table: pd.DataFrame, scenario: str, kind: str = POLICY) -> list[tuple[str, str, str, str, bool]]:
    """The verdicts of a scenario that say a direction, but for the measure that leaves out a county: quantity, measure,
    variable, verdict, and whether the effect on the variable is above nought."""
    mine = table[(table["scenario"] == scenario) & (table["kind"] == kind)] if len(table) else table
    return [(row["quantity"], row["measure"], f"{row['measure']}_{row['of']}", row["verdict"],
             (row["verdict"] == WIDER) == (MEASURES[row["measure"]] > 0))
            for row in mine.to_dict("records") if row["verdict"] in (NARROWER, WIDER) and row["measure"] != WITHOUT]


def together(judgements: Sequence[Judgement]) -> str:
    """One word for all gaps: what all say, at odds where any two speak against each other."""
    words = {one.word for one in judgements} - {UNKNOWN}
    if not words:
        return UNKNOWN
    narrow = bool(words & {NARROWER, MOSTLY_NARROWER})
    wide = bool(words & {WIDER, MOSTLY_WIDER})
    if DISAGREE in words or (narrow and wide):
        return DISAGREE
    if narrow or wide:
        one, mostly = (NARROWER, MOSTLY_NARROWER) if narrow else (WIDER, MOSTLY_WIDER)
        return one if words == {one} else mostly
    return SAME if words == {SAME} else UNDECIDED


def scenario_told(view: View) -> tuple[str, str]:
    """The scenario whose gaps are told first, and how: against the reference, or of a single scenario over time."""
    return (view.headline, POLICY) if view.headline else (view.focus, TIME)


def rests_on(table: pd.DataFrame, scenario: str, kind: str) -> Basis:
    """What the ranges of a scenario rest on."""
    mine = table[(table["scenario"] == scenario) & (table["kind"] == kind)] if len(table) else table
    return Basis(int(mine["pairs"].max()), int(mine["draws"].max())) if len(mine) else Basis(0, 0)


# --- who gains and who loses


GROUPED = (("real_inc_pc", "inc_pc"), ("gdp_volume_pc", "gdp_pc"), ("population",))
A_THIRD = 1 / 3
GROUPS = ("poor", "rich", "landlocked", "coast")


def groups(view: View) -> dict[str, np.ndarray]:
    """Masks [county]: the poorest and richest third of counties by income in the reference in the start year (median
    over its runs), landlocked and coastal ones; those that are known."""
    found: dict[str, np.ndarray] = {}
    income = next((name for name in GROUPED[0] if view.has(name)), None)
    if income and view.members.sum() >= 3:
        level = np.median(view.runs(income, view.reference)[:, view.at(start_of(view))], axis=0)
        places = np.flatnonzero(view.members)
        order = places[np.argsort(level[places], kind="stable")]
        third = max(1, round(len(order) * A_THIRD))
        for name, chosen in (("poor", order[:third]), ("rich", order[-third:])):
            found[name] = np.isin(np.arange(len(view.members)), chosen)
    if "coast" in view.results.coords:
        coast = view.results.coords["coast"].values.astype(bool)
        found |= {"landlocked": view.members & ~coast, "coast": view.members & coast}
    return {name: mask for name, mask in found.items() if mask.any()}


@once
def who_gains(view: View, year: int | None = None) -> pd.DataFrame:
    """Effects on groups of counties: means per head weighted by residents, residents summed; a row each scenario,
    variable and group."""
    at, rows = view.at(year or view.last), []
    shown = [next((name for name in names if view.has(name)), None) for names in GROUPED]
    if not view.has("population"):
        return pd.DataFrame()
    for name in filter(None, shown):
        for group, mask in groups(view).items():
            for scenario in view.others:
                values, people = (view.pairs(wanted, scenario, view.reference)
                                  for wanted in (name, "population"))
                one, other = (_of_group(values[k][:, at], people[k][:, at], mask, name) for k in (0, 1))
                rows.append({"scenario": scenario, "variable": name, "group": group, "counties": int(mask.sum()),
                             "year": int(view.years[at]), "unit": view.unit(name),
                             **spread.paired(one, other, view.draws_of(scenario, view.reference))})
    return pd.DataFrame(rows)


def _of_group(values: np.ndarray, people: np.ndarray, mask: np.ndarray, name: str) -> np.ndarray:
    """Total of people, or the mean per head over them, of a group of counties [run]."""
    if name == "population":
        return values[:, mask].sum(axis=1)
    weight = people[:, mask]
    return (values[:, mask] * weight).sum(axis=1) / weight.sum(axis=1)


# --- thanks to which provisions


ALONE, LEFT_OUT = "alone", "left_out"
PREFIXES = {"only_": ALONE, "without_": LEFT_OUT}


@once
def provisions(view: View, year: int | None = None) -> pd.DataFrame:
    """What each part of the plan does to the gaps, where the study runs it alone or leaves it out: a row for each part
    and measure, turned (positive is wider); of a part left out, what it does is the reverse of leaving it out."""
    at, rows = view.at(year or view.last), []
    for scenario in view.scenarios:
        kind = next((kind for prefix, kind in PREFIXES.items() if scenario.startswith(prefix)), None)
        if kind is None or (kind == LEFT_OUT and runs.BASELINE not in view.scenarios):
            continue
        against = view.reference if kind == ALONE else runs.BASELINE
        for quantity, of in quantities(view):
            for measure in ("theil", "landcoast"):
                name, sign = f"{measure}_{of}", MEASURES[measure]
                if not view.has(name):
                    continue
                one, other = (values[:, at] for values in view.pairs(name, scenario, against))
                first, second = (one, other) if kind == ALONE else (other, one)
                rows.append({"part": scenario.partition("_")[2], "scenario": scenario, "kind": kind,
                             "quantity": quantity, "of": of, "measure": measure, "year": int(view.years[at]),
                             **_turned(first, second, view.draws_of(scenario, against), sign)})
    return pd.DataFrame(rows)


# --- assumptions that overturn the verdict


@once
def leaning(view: View, measure: str = "theil") -> pd.DataFrame:
    """How the effect on the first gap leans on each number that differs between draws: rank correlation over draws, the
    median effect in the lower and in the upper half of the number, and whether its sign turns there; of many numbers
    some seem to turn it by chance, so only those count that the effect follows more closely than that."""
    scenario, first = view.headline, next(quantities(view), None)
    if scenario is None or first is None or not view.has(f"{measure}_{first[1]}"):
        return pd.DataFrame()
    one, other = (values[:, -1] for values in
                  view.pairs(f"{measure}_{first[1]}", scenario, view.reference))
    labels = view.draws_of(scenario, view.reference)
    draws = np.unique(labels)
    if len(draws) < spread.FEW:
        return pd.DataFrame()
    effect = np.array([np.median(MEASURES[measure] * 100 * (one / other - 1)[labels == draw]) for draw in draws])
    tried = [name for name in view.varied if name not in ("imputation", "observation")]
    least, rows = spread.least_correlation(len(draws), max(len(tried), 1)), []
    for name in tried:
        values = view.drawn[name].sel(draw=draws).values.astype(float)
        lower = values <= np.median(values)
        ends = float(np.median(effect[lower])), float(np.median(effect[~lower])) if (~lower).any() else np.nan
        follows = _rank_correlation(values, effect)
        rows.append({"name": name, "lowest": values.min(), "highest": values.max(),
                     "rank_correlation": follows, "when_low": ends[0], "when_high": ends[1], "by_chance": least,
                     "draws": len(draws),
                     "turns": bool(abs(follows) > least and np.isfinite(ends[1]) and ends[0] * ends[1] < 0)})
    table = pd.DataFrame(rows)
    return table if table.empty else table.reindex(
        table["rank_correlation"].abs().sort_values(ascending=False, kind="stable").index).reset_index(drop=True)


def _rank_correlation(x: np.ndarray, y: np.ndarray) -> float:
    """Spearman's, 0 where one of them does not vary."""
    ranks = pd.DataFrame({"x": x, "y": y}).rank()
    return float(np.nan_to_num(ranks["x"].corr(ranks["y"])))
