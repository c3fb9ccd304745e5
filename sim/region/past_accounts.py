"""Public finance, services, investment, visitors and the province's own series, in the units of results."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np

from sim.region.pack import DERIVED, MISSING, Pack
from sim.region.panels import (
    FIRST_YEAR,
    LAST_PRINTED_YEAR,
    YEARS,
    Panel,
    combined,
    counties,
    first_of,
    million,
    per_head,
    province,
    stacked,
    with_parts,
)

FUNCTIONS_FROM = 2011  # first year with complete spending by function
SPENDING_FUNCTIONS = ("education", "health", "culture", "social_security")
BUDGET_FROM = 2007  # the current classification


def money(file: str, *variables: str, first: int = FIRST_YEAR,
          last: int = LAST_PRINTED_YEAR) -> Callable[[Pack], Panel]:
    """Money of the counties in million CNY at base prices; for each cell the first source with a value."""
    return lambda pack: million(pack, first_of(pack, file, *variables)).only(range(first, last + 1))


def number(file: str, *variables: str, factor: float = 1.0, least: int = 0) -> Callable[[Pack], Panel]:
    """A count of the counties, converted by the factor."""
    return lambda pack: first_of(pack, file, *variables).scaled(factor).flagged(least)


def with_zone(variable: str) -> Callable[[Pack], Panel]:
    """Money of a budget table, including areas with separate accounts."""
    return lambda pack: million(pack, with_parts(pack, variable, "fiscal"))


def income(variable: str, first: int = FIRST_YEAR, last: int = LAST_PRINTED_YEAR) -> Callable[[Pack], Panel]:
    """Income per head of the counties in CNY at base prices."""
    return lambda pack: per_head(pack, counties(pack, variable, "economy")).only(range(first, last + 1))


own_revenue = money("fiscal", "gpb_revenue_yb", "gpb_revenue", "gpb_revenue_ccy", first=BUDGET_FROM)
budget_spending = money("fiscal", "gpb_expenditure_yb", "gpb_expenditure", "gpb_expenditure_ccy", first=BUDGET_FROM)


def budget_gap(pack: Pack) -> Panel:
    """Spending less own revenue: as published, otherwise their difference."""
    printed = money("fiscal", "gpb_gap_expenditure_minus_revenue")(pack)
    return printed.or_else(combined(np.subtract, budget_spending(pack), own_revenue(pack), least=DERIVED))


def spending_services(pack: Pack) -> Panel:
    """Budget spending on the four services, from the first year with complete functions."""
    printed = (counties(pack, f"gpb_exp_{name}", "fiscal") for name in SPENDING_FUNCTIONS)
    return million(pack, stacked(*printed)).only(range(FUNCTIONS_FROM, LAST_PRINTED_YEAR + 1))


# --- province


def of_province(variable: str, file: str, factor: float = 1.0, years: Iterable[int] = YEARS) -> Callable[[Pack], Panel]:
    """A provincial series, converted by the factor."""
    return lambda pack: province(pack, variable, file).scaled(factor).only(years)


def province_money(*variables: str, file: str = "fiscal") -> Callable[[Pack], Panel]:
    """Provincial money in million CNY at base prices; for each year the first variable with a value."""
    def make(pack: Pack) -> Panel:
        found = [province(pack, name, file) for name in variables]
        out = found[0]
        for other in found[1:]:
            out = out.or_else(other)
        return million(pack, out)
    return make


def province_income(variable: str) -> Callable[[Pack], Panel]:
    """Provincial income per head in CNY at base prices."""
    return lambda pack: per_head(pack, province(pack, variable, "economy-province"))


def province_population(pack: Pack) -> Panel:
    """Residents at year end, revised series, preferring the more precise publication."""
    return province(pack, "resident_yearend_2dp", "population-province").or_else(
        province(pack, "resident_yearend", "population-province"))


def vital(counted: str, rate: str) -> Callable[[Pack], Panel]:
    """Published counts, otherwise the published rate times the mean of two year ends."""
    def make(pack: Pack) -> Panel:
        residents = province_population(pack)
        earlier = Panel(np.r_[np.nan, residents.values[:-1]], np.r_[np.uint8(MISSING), residents.flags[:-1]])
        mean = combined(lambda a, b: (a + b) / 2, earlier, residents)
        made = combined(lambda r, m: r / 1000 * m, province(pack, rate, "population-province"), mean, least=DERIVED)
        return province(pack, counted, "population-province").or_else(made)
    return make


def province_own_revenue(pack: Pack) -> Panel:
    """Revenue of the provincial tier: its share in part of a year applied to the year's local revenue."""
    share = province(pack, "province_level_share_of_local_revenue", "fiscal")
    revenue = province(pack, "gpb_revenue", "fiscal")
    return million(pack, combined(np.multiply, share, revenue, least=DERIVED))


def province_old(pack: Pack) -> Panel:
    """Share of residents of 65 and over."""
    counted = combined(np.divide, province(pack, "age_65plus", "population-province"), province_population(pack),
                       least=DERIVED)
    return province(pack, "age_65plus_share", "population-province").scaled(0.01).or_else(counted)
