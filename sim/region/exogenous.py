"""External conditions of Hainan by year: the past from the data pack, the future from the outlook.

`observed` converts published series to the model's units (million CNY at 2020 prices, million visits, persons); `flags`
tells for each number whether it was published, derived or filled. `path` joins past, projection and the changes of a
scenario into plain arrays over 2010..2050.

Central transfers are published for 2014-2016 and 2020-2022. For other years they are estimated as the gap of the
provincial budget (spending less revenue, published every year) times the share covered by transfers, log-linear between
the published years and constant before them; `transfer_check` compares this with plain log-linear interpolation.
Visitors are published from 2015; before, they follow the growth of overnight visitors.
The visitor shock is visitors relative to the trend of (P7) from the last undisturbed year.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from sim import outlook
from sim.core.declare import parameter
from sim.region import vital
from sim.region.pack import DERIVED, FLAGS, IMPUTED, Pack
from sim.words import BASE_YEAR, LAST_YEAR

MILLION_PER_1E8 = 100.0
MILLION_PER_1E4 = 0.01
LAST_UNDISTURBED = 2019
LAST_FILLED_TRANSFER = 2022
OUTLOOK_FILE = "outlook"  # the table of the pack with outlook series in units of the model


@dataclass(frozen=True)
class Parameters:
    visitor_trend_elasticity: float = parameter(
        1.2, unit="-", bounds=(0.8, 1.8), source="central value of tourism_income_elasticity (P7)",
        says="growth of visitors per growth of national income in an undisturbed year, for the measured shock")
    visitor_trend_drift: float = parameter(
        0.008, unit="1/year", bounds=(0.0, 0.05), source="central value of tourism_demand_drift (P7)",
        says="growth of visitors beyond income in an undisturbed year, for the measured shock")


CENTRAL = Parameters()

# province series for history and comparison, not part of the outlook: name -> (table, variable, factor, in prices?)
PROVINCE_SERIES = {
    "province_revenue": ("fiscal", "gpb_revenue", MILLION_PER_1E8, True),
    "province_spending": ("fiscal", "gpb_expenditure", MILLION_PER_1E8, True),
    "province_fund_revenue": ("fiscal", "gov_fund_revenue", MILLION_PER_1E8, True),
    "province_gdp": ("economy-province", "gdp", MILLION_PER_1E8, True),
    "province_population": ("population-province", "resident_yearend", 1.0, False),
    "province_net_migration": ("population-province", "net_migration_residual", 1.0, False),
}


# -- formulas ---------------------------------------------------------------------------------------------------------


def filled_by_guide(known: Mapping[int, float], guide: Mapping[int, float], until: int) -> dict[int, float]:
    """A series where known; elsewhere the guide times the ratio known/guide, log-linear between known years.

    Before the first known year and after the last (to `until`) the ratio is constant.
    """
    knots = sorted(set(known) & set(guide))
    if not knots:
        return dict(known)
    share = [math.log(known[y] / guide[y]) for y in knots]
    years = [y for y in sorted(guide) if y <= until]
    made = {y: guide[y] * math.exp(float(np.interp(y, knots, share))) for y in years}
    return {y: known.get(y, v) for y, v in made.items()}


def log_straight(known: Mapping[int, float], years: Iterable[int]) -> dict[int, float]:
    """Log-linear interpolation through the known years; beyond them the slope of the nearest pair is continued."""
    knots = sorted(known)
    logs = [math.log(known[y]) for y in knots]

    def at(year):
        if year < knots[0]:
            return logs[0] - (knots[0] - year) * (logs[1] - logs[0]) / (knots[1] - knots[0])
        if year > knots[-1]:
            return logs[-1] + (year - knots[-1]) * (logs[-1] - logs[-2]) / (knots[-1] - knots[-2])
        return float(np.interp(year, knots, logs))

    return {y: math.exp(at(y)) for y in years}


def visitor_shock(visitors: Mapping[int, float], growth: Mapping[int, float], elasticity: float, drift: float,
                  last_undisturbed: int = LAST_UNDISTURBED) -> dict[int, float]:
    """sh_T: visitors over the trend exp(eN gnat + gT) per year from the last undisturbed year (P7)."""
    if last_undisturbed not in visitors:
        return {}
    trend, out = visitors[last_undisturbed], {}
    for year in sorted(y for y in visitors if y > last_undisturbed):
        trend *= math.exp(elasticity * growth[year] + drift)
        out[year] = visitors[year] / trend
    return out


# -- the past ---------------------------------------------------------------------------------------------------------


def observed(pack: Pack, parameters: Parameters = CENTRAL) -> dict[str, dict[int, float]]:
    """The past by series and year: outlook series with a past in the pack, and other provincial series."""
    return {name: dict(values) for name, (values, _) in _past(pack, parameters).items()}


def flags(pack: Pack, parameters: Parameters = CENTRAL) -> dict[str, dict[int, int]]:
    """Flags of the same numbers (`pack.FLAGS`): official, secondary, derived, recalled, or imputed where filled."""
    return {name: dict(marks) for name, (_, marks) in _past(pack, parameters).items()}


@functools.lru_cache(maxsize=8)
def _past(pack, parameters: Parameters) -> dict[str, tuple[dict[int, float], dict[int, int]]]:
    rates = vital.vital_rates(pack)
    out = {name: _province(pack, *how) for name, how in PROVINCE_SERIES.items()}
    growth, marks = _province(pack, "economy-province", "gdp_growth_real", 0.01, False)
    out["province_gdp_growth"] = growth, marks
    out["central_transfer"] = _central_transfer(pack)
    out |= {name: _stored(pack, name) for name in pack.variables(OUTLOOK_FILE)}
    out["visitors"], out["visitor_growth"] = _visitors(pack, *out["visitor_growth"])
    national = out["national_growth"][0]
    shock = visitor_shock(
        out["visitors"][0], national, parameters.visitor_trend_elasticity, parameters.visitor_trend_drift)
    out["visitor_shock"] = shock, dict.fromkeys(shock, DERIVED)
    years = rates.years[:len(rates.births)].tolist()
    ratio = vital.sex_ratio_at_birth(pack)
    for name, values in {
        "total_fertility_rate": dict(zip(years, rates.tfr)), "sex_ratio_at_birth": ratio,
        "province_births": dict(zip(years, rates.births)), "province_deaths": dict(zip(years, rates.deaths)),
    }.items():
        out[name] = {int(y): float(v) for y, v in values.items()}, dict.fromkeys(map(int, values), DERIVED)
    out["province_deaths"][1].update(
        (year, IMPUTED) for year, assumed in zip(years, rates.assumed, strict=True) if assumed)
    return out


def _province(pack, table: str, variable: str, factor: float, in_prices: bool):
    """A provincial series from 2010 in the model's units, with its flags."""
    values = pack.province(variable, file=table)
    marks = pack.province_flags(variable, file=table)
    years = [int(y) for y in values.index if y >= BASE_YEAR]
    price = pack.deflator if in_prices else dict.fromkeys(years, 1.0)
    return ({y: float(values[y] * factor / price[y]) for y in years if y in price},
            {y: int(marks[y]) for y in years if y in price})


def _stored(pack, name: str):
    """An outlook series of the pack, of the province or of China, with its flags by year."""
    rows = pack.table(OUTLOOK_FILE)
    rows = rows[rows["variable"] == name].sort_values("year")
    years = rows["year"].astype(int).tolist()
    return (dict(zip(years, rows["value"].astype(float).tolist(), strict=True)),
            dict(zip(years, map(FLAGS.index, rows["confidence"]), strict=True)))


def _central_transfer(pack):
    """Central transfers, million CNY at 2020 prices, published or estimated from the budget gap."""
    known, marks = _province(pack, "fiscal", "transfers_received_central", MILLION_PER_1E8, True)
    values = filled_by_guide(known, budget_gap(pack), until=max(known, default=LAST_FILLED_TRANSFER))
    return values, {y: marks.get(y, IMPUTED) for y in values}


def budget_gap(pack: Pack) -> dict[int, float]:
    """Spending less revenue of the provincial general budget, all levels, million CNY at 2020 prices."""
    spending, revenue = (_province(pack, *PROVINCE_SERIES[n])[0] for n in ("province_spending", "province_revenue"))
    return {y: spending[y] - revenue[y] for y in sorted(spending.keys() & revenue.keys())}


def transfer_check(pack: Pack) -> pd.DataFrame:
    """Central transfers by year with the budget gap and plain log-linear interpolation (million CNY at 2020 prices)."""
    values, marks = _central_transfer(pack)
    known = {y: v for y, v in values.items() if marks[y] != IMPUTED}
    gap = budget_gap(pack)
    table = pd.DataFrame({
        "transfer": values, "log_straight": log_straight(known, values), "budget_gap": {y: gap[y] for y in values}})
    table["share_of_gap"] = table["transfer"] / table["budget_gap"]
    table["printed"] = [y in known for y in table.index]
    table.index.name = "year"
    return table


def _visitors(pack, stored: Mapping[int, float], stored_marks: Mapping[int, int]):
    """Visitors (million) and their growth, with flags; years before the pack by the growth of overnight visitors.

    `stored`: growth in years without published visitors, and its flags.
    """
    values, marks = _province(pack, "economy-province", "tourists_total", MILLION_PER_1E4, False)
    growth = {y: values[y] / values[y - 1] - 1 for y in values if y - 1 in values}
    growth_marks = {**stored_marks, **{y: max(DERIVED, marks[y], marks[y - 1]) for y in growth}}
    growth = {**stored, **growth}
    if not values:
        return (values, marks), (growth, growth_marks)
    for year in range(min(values) - 1, BASE_YEAR - 1, -1):
        values[year] = values[year + 1] / (1 + stored[year + 1])
        marks[year] = IMPUTED
    for year in sorted(y for y in stored if y > max(values)):
        values[year] = values[year - 1] * (1 + stored[year])
        marks[year] = DERIVED
    ordered = sorted(values)
    return (({y: values[y] for y in ordered}, {y: marks[y] for y in ordered}), (growth, growth_marks))


# -- the whole path ---------------------------------------------------------------------------------------------------


def path(pack: Pack, overrides: Mapping[str, outlook.Override] | None = None,
         parameters: Parameters = CENTRAL, shifts: Mapping[str, Mapping[int, float]] | None = None,
         ) -> dict[str, np.ndarray]:
    """All outlook series as arrays over 2010..2050: a scenario's years, else the past, else the projection.

    An override is {year: value} or a function of the year (None or nan: no change); it acts only in the years it sets.
    `shifts` {year: amount} are added to the result.
    """
    past = {name: values for name, (values, _) in _past(pack, parameters).items() if name in outlook.SERIES}
    return outlook.paths(range(BASE_YEAR, LAST_YEAR + 1), past, overrides, shifts=shifts)


def path_flags(pack: Pack, parameters: Parameters = CENTRAL) -> dict[str, np.ndarray]:
    """Flags over 2010..2050 of the path without a scenario; 0 for projections."""
    marks = flags(pack, parameters)
    out = {}
    for name, one in outlook.SERIES.items():
        here = dict.fromkeys(one.defined, DERIVED) | marks.get(name, {})
        out[name] = np.array([here.get(y, 0) for y in range(BASE_YEAR, LAST_YEAR + 1)], dtype=np.uint8)
    return out
