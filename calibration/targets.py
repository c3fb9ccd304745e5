"""Targets for scoring: one row per target, with its form, its years, and the years used in fitting.

County values are compared relative to the province (a share of its total, or a ratio to its value), so that provincial
errors do not affect county scores; where the province prints no total, relative to the units that are observed in all
the years compared. `start` says whether the model's change since the origin is put on the value observed then, or its
own level is taken, after a free run from 2010.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.indicators import counties
from sim.indicators.windows import FITTED, HOLD_OUT
from sim.words import BASE_YEAR, COLLEGE, FARMING, PRIMARY_BRANCH, SECONDARY_BRANCH

Array = NDArray[np.float64]

COUNTY, PROVINCE = "county", "province"
SHARE, RATIO, LEVEL, POINTS, RANKS = "share", "ratio", "level", "points", "ranks"
CHANGE, OWN_LEVEL = "change", "level"
ORIGIN, YEARS = FITTED[1], tuple(range(HOLD_OUT[0], HOLD_OUT[1] + 1))
CENSUS = 2020


@dataclass(frozen=True)
class Target:
    """One line of the table.

    `observed` names the variable of history, `model` that of results or of `MADE` (the same where it is empty);
    `part` picks the last axis of both, `over` divides both by another variable. `whole` is the provincial variable a
    county is compared with (none: the units themselves). `origin` is the last year known of the target, `seen` the
    last year of it that entered the setting of parameters. `complete` keeps to the units observed in every year from
    that one on. `lacks` says what the data pack does not hold, where there is nothing to compare with.

    What a naive forecast may lean on: the `nation`'s growth, the `branches` of output, a variable to which units are in
    `proportion` where they have no past, and the lowest age (`cohort`) of those counted, who are known at the origin.
    """

    name: str
    says: str
    says_zh: str
    level: str
    observed: str
    form: str
    model: str = ""
    part: int | None = None
    over: str = ""
    whole: str = ""
    origin: int = ORIGIN
    years: tuple[int, ...] = YEARS
    start: str = CHANGE
    seen: int = FITTED[1]
    nation: bool = False
    branches: bool = False
    proportion: str = ""
    cohort: int = 0
    complete: int = 0
    note: str = ""
    lacks: str = ""

    @property
    def modelled(self) -> str:
        """The variable of results."""
        return self.model or self.observed


def _county(name, says, says_zh, observed, form=SHARE, **more) -> Target:
    return Target(name, says, says_zh, COUNTY, observed, form, **more)


def _province(name, says, says_zh, observed, form=LEVEL, nation=True, **more) -> Target:
    return Target(name, says, says_zh, PROVINCE, observed, form, nation=nation, **more)


def _census(name, says, says_zh, observed, form=RATIO, **more) -> Target:
    return _county(name, says, says_zh, observed, form, **({"origin": BASE_YEAR, "years": (CENSUS,)} | more))


def _by_branch(make: Callable, name: str, says: str, says_zh: str, **more) -> tuple[Target, ...]:
    words = (("primary", "primary branch", "第一产业"), ("secondary", "secondary branch", "第二产业"),
             ("tertiary", "tertiary branch", "第三产业"))
    return tuple(make(f"{name}_{key}", f"{says}{en}", f"{says_zh}{zh}", part=part, **more)
                 for part, (key, en, zh) in enumerate(words))


FULL_PANEL = 2018
"""The year from which output of all units is printed in one revision."""
BRANCHES_FROM = 2019
"""The year from which branches stand on the census of the economy of 2018."""

PEOPLE = (
    _census("residents_2020", "residents", "常住人口", "population", SHARE),
    _county("residents_old_basis", "residents before the census", "普查前常住人口", "population_old_basis", SHARE,
            model="population", origin=2017, years=(2018, 2019)),
    _county("residents_2021", "residents since the census", "普查后常住人口", "population", SHARE, origin=CENSUS,
            years=(2021,)),
    _census("urban_share", "urban share", "城镇化率", "urb"),
    _census("old_share", "share of 65 and over", "65岁及以上比重", "old", cohort=65),
    _census("young_share", "share under 15", "0-14岁比重", "young"),
    _census("college_share", "college among residents", "大专及以上比重", "college_residents",
            model="population_skill", part=COLLEGE, over="population"),
    _census("farm_workers", "farm share of the employed", "务农比重", "employed_branch_share", part=PRIMARY_BRANCH,
            model="farm_employment", note="the province's share of 2020 was seen"),
    _census("from_other_provinces", "residents from other provinces", "外省户籍常住人口", "residents_other_province",
            SHARE),
    _census("from_other_counties", "residents from other counties", "省内其他市县户籍常住人口",
            "residents_other_county", SHARE),
    _county("registered", "registered population", "户籍人口", "registered", SHARE),
)
OUTPUT = (
    _county("gdp_long", "GDP, units known since 2010", "地区生产总值（2010年起有值）", "gdp", whole="province_gdp",
            branches=True, complete=BASE_YEAR),
    _county("gdp_long_level", "GDP, units known since 2010", "地区生产总值（2010年起有值）", "gdp",
            whole="province_gdp", branches=True, complete=BASE_YEAR, start=OWN_LEVEL),
    _county("gdp", "GDP", "地区生产总值", "gdp", whole="province_gdp", branches=True, origin=FULL_PANEL,
            years=YEARS[1:]),
    _county("gdp_level", "GDP", "地区生产总值", "gdp", whole="province_gdp", start=OWN_LEVEL,
            note="output of half of 2018 helps to impute the base year of units not observed then"),
    *_by_branch(_county, "gdp", "GDP, ", "地区生产总值：", observed="gdp_branch", whole="province_gdp_branch",
                origin=BRANCHES_FROM, years=YEARS[2:]),
    _county("investment", "fixed investment", "固定资产投资", "fixed_investment_yearbook", model="capital_formation",
            origin=BASE_YEAR, years=(2011,), start=OWN_LEVEL, seen=BASE_YEAR, proportion="fixed_investment_urban",
            note="without rural households; the naive forecast from urban investment of 2010"),
    _county("visitors", "hotel guests, January to November", "1-11月住宿游客", "visitors_hotel_11m",
            model="visitor_spending", origin=2006, years=(2016,), start=OWN_LEVEL, seen=BASE_YEAR,
            note="spending of visitors against guests; their shares of 2006 are an input"),
)
INCOMES = (
    _county("income_urban", "urban income", "城镇居民收入", "inc_u", RATIO, whole="province_inc_u"),
    _county("income_urban_level", "urban income", "城镇居民收入", "inc_u", RATIO, whole="province_inc_u",
            start=OWN_LEVEL),
    _county("income_rural", "rural income", "农村居民收入", "inc_r", RATIO, whole="province_inc_r",
            note="disposable income, from 2014"),
    _county("income_ratio", "urban over rural income", "城乡收入比", "ur_ratio", RATIO, whole="province_ur_ratio"),
)
BUDGETS = (
    _county("own_revenue", "own revenue", "一般公共预算收入", "own_revenue", whole="province_revenue",
            origin=FULL_PANEL, years=YEARS[1:]),
    _county("own_revenue_2017", "own revenue", "一般公共预算收入", "own_revenue", whole="province_revenue"),
    _county("spending", "budget spending", "一般公共预算支出", "budget_spending", model="budget_resources",
            whole="province_spending", origin=FULL_PANEL, years=YEARS[1:],
            note="resources of the budget against spending"),
    _county("spending_2017", "budget spending", "一般公共预算支出", "budget_spending", model="budget_resources",
            whole="province_spending", note="resources of the budget against spending"),
    _county("debt", "government debt", "政府债务", "debt", SHARE, years=(2020, 2021), start=OWN_LEVEL,
            proportion="population"),
    _county("debt_change", "government debt", "政府债务", "debt", SHARE, origin=2020, years=(2021,)),
    _county("revenue_2022", "own revenue, January to August 2022", "2022年1-8月一般公共预算收入",
            "gpb_revenue_jan_aug", RANKS, model="own_revenue", years=(2022,), proportion="own_revenue"),
    _county("transfers", "transfers in the budget of 2021", "2021年预算转移支付", "transfers_budgeted", RANKS,
            model="transfers", years=(2021,), proportion="budget_spending", note="a plan, so ranks only"),
)
PROVINCIAL = (
    _province("province_residents", "residents", "常住人口", "province_population"),
    _province("province_gdp", "GDP", "地区生产总值", "province_gdp", seen=2023),
    *_by_branch(_province, "province", "GDP, ", "地区生产总值：", observed="province_gdp_branch", origin=BRANCHES_FROM,
                years=YEARS[2:]),
    _province("province_industry", "industry without construction", "工业增加值", "province_industry",
              model="industry_without_construction",
              lacks="the data pack holds the secondary branch of the province whole, industry and building not apart"),
    _province("province_income_urban", "urban income", "城镇居民收入", "province_inc_u"),
    _province("province_income_rural", "rural income", "农村居民收入", "province_inc_r",
              note="disposable income, from 2014"),
    _province("province_income_ratio", "urban over rural income", "城乡收入比", "province_ur_ratio", nation=False),
    _province("province_revenue", "local budget revenue", "一般公共预算收入", "province_revenue"),
    _province("province_debt", "government debt", "政府债务", "province_debt", model="debt_of_all", origin=FULL_PANEL,
              years=YEARS[1:]),
    _province("province_net_migration", "net migration", "净迁移", "province_net_migration", POINTS,
              model="net_migration_rate", nation=False, start=OWN_LEVEL, over="province_population"),
    _province("province_urban_share", "urban share before the census", "普查前城镇化率", "province_urb_old_basis",
              model="province_urb", nation=False, origin=2015, years=(2018, 2019)),
    _province("province_urban_share_2020", "urban share", "城镇化率", "province_urb", nation=False, origin=BASE_YEAR,
              years=(CENSUS,), seen=CENSUS),
    _province("province_old_share", "share of 65 and over", "65岁及以上比重", "province_old", nation=False,
              origin=BASE_YEAR, years=(CENSUS,)),
)
PLACES = (
    _county("moves", "moves between units against trips", "市县间迁移与出行", "trips", RANKS, model="moved",
            years=(2020,)),
    _county("sections", "classes of river sections", "河流断面水质类别", "section_class", RANKS, model="reach_class",
            lacks="the data pack holds no class of a section, of any year"),
)
TARGETS: tuple[Target, ...] = (*PEOPLE, *OUTPUT, *INCOMES, *BUDGETS, *PROVINCIAL, *PLACES)


def by_name(name: str) -> Target:
    """The target of a name."""
    return next(one for one in TARGETS if one.name == name)


# --- what results do not hold under the name that history prints


def _net_migration(read) -> Array:
    """Arrivals from outside less departures, over the residents at the end of the year [run, year]."""
    arrived, left = read("arrivals_outside").sum(-1), read("departures_outside").sum(-1)
    return (arrived - left) / read("population").sum(-1)


MADE: Mapping[str, Callable] = {
    "net_migration_rate": _net_migration,
    "transfers": lambda read: sum(read(name) for name in counties.TRANSFERS),
    "debt_of_all": lambda read: read("debt").sum(-1),
    "industry_without_construction": lambda read: read("gdp_branch")[..., SECONDARY_BRANCH].sum(-1)
    - read("construction").sum(-1),
    "farm_employment": lambda read: counties.ratio(read("employed")[..., FARMING], read("employed").sum(-1)),
    "province_spending": lambda read: read("budget_resources").sum(-1),
}
"""Variables made from those of results; `read` gives one of them [run, year, ...]."""
