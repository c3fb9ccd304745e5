"""History: what was observed, as a Dataset with the names, dims and units of results.

The printed values stay in the pack; here they are brought once to million CNY or CNY at 2020 prices (one deflator,
that of provincial GDP), persons and shares. Every variable has a companion `<name>_flag`. The flag speaks of the
printed value: changing units, deflating, or adding up printed parts keeps it (a sum takes its least trusted part);
any other arithmetic makes it derived, and a value that rests on an assumption is imputed. Series on different
definitions are different variables and never joined; the attribute `comment` names the breaks.
"""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable, Iterable
from typing import NamedTuple

import numpy as np
import xarray as xr

from sim.agents.county import Counties
from sim.agents.province import ProvinceAccount
from sim.core import dataset
from sim.core.declare import Card
from sim.indicators.registry import INDICATORS
from sim.region import margins
from sim.region.pack import DERIVED, IMPUTED, MISSING, Pack, load_pack
from sim.region.schema import AGE_LABELS
from sim.words import BASE_YEAR

FIRST_YEAR, LAST_YEAR = 2000, 2024
YEARS = tuple(range(FIRST_YEAR, LAST_YEAR + 1))
CENSUS_YEARS = (2000, 2010, 2020)
CENSUS_MOMENT = 10 / 12  # 1 November, as a part of the year
OLD_BASIS_YEARS = range(2011, 2020)  # residents between two censuses, before they were revised
REVISED_FROM = 2020
FUNCTIONS_FROM = 2011  # spending by function is complete from here on
HALF_YEAR = 2018
MILLION_PER_PRINTED = 100.0  # 1e8 CNY in million CNY
AGE_PARTS = (("0", "1_4"), *((a,) for a in AGE_LABELS[2:]))
BRANCHES = ("primary", "secondary", "tertiary")
SERVICES = ("education", "health", "culture", "social_security")


class Panel(NamedTuple):
    """Values with their flags, year first."""

    values: np.ndarray
    flags: np.ndarray

    def scaled(self, factor) -> Panel:
        """In another unit or other prices; the flag keeps."""
        return Panel(self.values * _lift(factor, self.values.ndim), self.flags)

    def flagged(self, least: int) -> Panel:
        """At best of this flag."""
        flags = np.where(self.flags == MISSING, MISSING, np.maximum(self.flags, least))
        return Panel(self.values, flags.astype(np.uint8))

    def only(self, years: Iterable[int]) -> Panel:
        """The values of some years; the others are missing."""
        keep = _lift(np.isin(YEARS, tuple(years)), self.values.ndim)
        return Panel(np.where(keep, self.values, np.nan), np.where(keep, self.flags, MISSING).astype(np.uint8))

    def without(self, rows: np.ndarray) -> Panel:
        """Without some counties [county]."""
        return Panel(np.where(rows, np.nan, self.values), np.where(rows, MISSING, self.flags).astype(np.uint8))

    def or_else(self, other: Panel) -> Panel:
        """The other's value where this has none."""
        gap = self.flags == MISSING
        return Panel(np.where(gap, other.values, self.values), np.where(gap, other.flags, self.flags).astype(np.uint8))


def _lift(by_year, ndim: int) -> np.ndarray:
    """A factor by year (or one for all) with trailing axes."""
    array = np.asarray(by_year, dtype=None)
    return array if array.ndim == 0 else array.reshape(array.shape[:1] + (1,) * (ndim - 1))


def combined(function: Callable, *panels: Panel, least: int = 0) -> Panel:
    """Arithmetic on panels: known where all parts are, with the flag of the least trusted one."""
    with np.errstate(divide="ignore", invalid="ignore"):
        values = function(*(p.values for p in panels))
    flags = np.max(np.stack(np.broadcast_arrays(*(p.flags for p in panels))), axis=0)
    known = np.all(np.stack(np.broadcast_arrays(*(p.flags != MISSING for p in panels))), axis=0) & np.isfinite(values)
    return Panel(np.where(known, values, np.nan), np.where(known, np.maximum(flags, least), MISSING).astype(np.uint8))


def total(*panels: Panel) -> Panel:
    """Sum of printed parts."""
    return combined(lambda *parts: np.sum(parts, axis=0), *panels)


def stacked(*panels: Panel) -> Panel:
    """Panels side by side on a last axis."""
    return Panel(np.stack([p.values for p in panels], -1), np.stack([p.flags for p in panels], -1))


# --- reading the pack


def counties(pack: Pack, variable: str, file: str = "population") -> Panel:
    """A printed variable of the counties [year, county]."""
    return Panel(np.stack([pack.values(file, variable, year) for year in YEARS]),
                 np.stack([pack.flags(file, variable, year) for year in YEARS]))


def province(pack: Pack, variable: str, file: str) -> Panel:
    """A printed variable of the province [year]."""
    return Panel(pack.province(variable, file=file).reindex(YEARS).to_numpy(np.float64),
                 pack.province_flags(variable, file=file).reindex(YEARS, fill_value=MISSING).to_numpy(np.uint8))


def prices(pack: Pack) -> np.ndarray:
    """What a yuan of the year is worth at 2020 prices [year]; nan before the deflator begins."""
    return 1.0 / pack.deflator.reindex(YEARS).to_numpy(np.float64)


def _million(pack: Pack, panel: Panel) -> Panel:
    """1e8 CNY of the year in million CNY at 2020 prices."""
    return _known(panel.scaled(MILLION_PER_PRINTED * prices(pack)))


def _per_head(pack: Pack, panel: Panel) -> Panel:
    """CNY of the year at 2020 prices."""
    return _known(panel.scaled(prices(pack)))


def _known(panel: Panel) -> Panel:
    return Panel(panel.values, np.where(np.isfinite(panel.values), panel.flags, MISSING).astype(np.uint8))


# --- people


def population(pack: Pack) -> Panel:
    """Residents: censuses, and year ends on the basis of the 2020 census."""
    census = counties(pack, "resident_census").only(CENSUS_YEARS)
    return census.or_else(counties(pack, "resident_yearend").only(range(REVISED_FROM + 1, LAST_YEAR + 1)))


def population_old_basis(pack: Pack) -> Panel:
    """Residents at year end before the revision by the 2020 census."""
    printed = counties(pack, "resident_yearend").or_else(counties(pack, "resident_yearend", "economy"))
    return printed.only(OLD_BASIS_YEARS)


def population_mid(pack: Pack) -> Panel:
    """Residents at mid-year, on a line of constant growth between two counts of `population`."""
    counted = population(pack).only((*CENSUS_YEARS[1:], *range(REVISED_FROM + 1, LAST_YEAR + 1)))
    before = population(pack).only(CENSUS_YEARS[:1])
    points = counted.or_else(before)
    moments = np.array([y + (CENSUS_MOMENT if y in CENSUS_YEARS else 1.0) for y in YEARS])
    middles = np.array(YEARS) + 0.5
    values = np.full(points.values.shape, np.nan)
    for row in range(values.shape[1]):
        known = points.flags[:, row] != MISSING
        if known.sum() > 1:
            line = np.log(np.maximum(points.values[known, row], 1.0))
            values[:, row] = np.exp(np.interp(middles, moments[known], line, left=np.nan, right=np.nan))
    near = np.isin(YEARS, CENSUS_YEARS)[:, None]
    flags = np.where(np.isnan(values), MISSING, np.where(near, DERIVED, IMPUTED)).astype(np.uint8)
    return Panel(values, flags)


def population_zone(pack: Pack) -> Panel:
    """Urban and rural residents of the censuses."""
    return stacked(counties(pack, "urban_population"), counties(pack, "rural_population")).only(CENSUS_YEARS)


def population_age(pack: Pack) -> Panel:
    """Residents by census age group, both sexes."""
    groups = [[counties(pack, f"{sex}_age_{a}") for sex in ("male", "female") for a in ages] for ages in AGE_PARTS]
    return stacked(*(total(*parts) for parts in groups)).only(CENSUS_YEARS)


def schooling(pack: Pack) -> Panel:
    """Residents by schooling in three classes, of the ages each census asked."""
    low = [counties(pack, f"education_{level}") for level in ("none", "primary", "junior_secondary")]
    preschool = counties(pack, "education_preschool")
    known = (preschool.flags != MISSING) | (low[0].flags == MISSING)
    none_there = Panel(np.where(known, preschool.values, 0.0), np.where(known, preschool.flags, low[0].flags))
    college = [counties(pack, f"education_{level}") for level in ("junior_college", "bachelor_plus")]
    senior = counties(pack, "education_senior_secondary")
    return stacked(total(none_there, *low), senior, total(*college)).only(CENSUS_YEARS)


def population_skill(pack: Pack) -> Panel:
    """Residents of 18 and over with college; the lower classes of 18 and over are not printed."""
    college = schooling(pack)
    unknown = np.array([True, True, False])
    return college.without(unknown).flagged(DERIVED)


def registered(pack: Pack) -> Panel:
    """Registered population: the count of the 2010 census, then police year ends."""
    later = counties(pack, "hukou_population").only(range(CENSUS_YEARS[1] + 1, LAST_YEAR + 1))
    return counties(pack, "hukou_population_census").only(CENSUS_YEARS[1:2]).or_else(later)


def residents_other_province(pack: Pack) -> Panel:
    """Residents registered in another province."""
    return counties(pack, "migrants_hukou_other_province").only(CENSUS_YEARS)


def residents_local(pack: Pack) -> Panel:
    """Residents registered in the county: registered less the absent; not known of cities with districts."""
    return combined(np.subtract, registered(pack), counties(pack, "registered_absent_est"), least=DERIVED)


def residents_other_county(pack: Pack) -> Panel:
    """Residents registered in another county: the closure residents - local - other province."""
    return combined(lambda all_of_them, local, other: all_of_them - local - other,
                    population(pack), residents_local(pack), residents_other_province(pack), least=DERIVED)


def printed_other_county(pack: Pack) -> Panel:
    """The printed class, with moves between the districts of Haikou and of Sanya."""
    return counties(pack, "migrants_hukou_other_county").only(CENSUS_YEARS)


def branch_workers(pack: Pack) -> Panel:
    """Shares of the branches in employed residents; in 2020 from the industries of the long form."""
    printed = stacked(*(counties(pack, f"employed_{b}_share") for b in BRANCHES)).scaled(0.01)
    industry = {name: counties(pack, f"lf_ind_{name}").only(CENSUS_YEARS[2:]) for name in _industries(pack)}
    secondary = ("mining", "manufacturing", "utilities", "construction")
    if not set(secondary) <= industry.keys():
        return printed
    filled = {name: _zero_where_unprinted(panel, industry["agriculture"]) for name, panel in industry.items()}
    parts = (filled["agriculture"], total(*(filled[n] for n in secondary)),
             total(*(p for n, p in filled.items() if n not in ("agriculture", *secondary))))
    everyone = total(*parts)
    return printed.or_else(stacked(*(combined(np.divide, p, everyone, least=DERIVED) for p in parts)))


def _industries(pack: Pack) -> tuple[str, ...]:
    names = (v for v in pack.variables("population") if v.startswith("lf_ind_"))
    return tuple(v.removeprefix("lf_ind_") for v in names)


def _zero_where_unprinted(panel: Panel, beside: Panel) -> Panel:
    """An industry nobody of the sample works in is not printed: no worker, where the county has a long form."""
    gap = (panel.flags == MISSING) & (beside.flags != MISSING)
    return Panel(np.where(gap, 0.0, panel.values), np.where(gap, beside.flags, panel.flags).astype(np.uint8))


def employed(pack: Pack) -> Panel:
    """Employed residents by sector: industries of the long form, raised by its share of households."""
    values = np.full((len(YEARS), pack.n, len(margins.SECTOR_LETTERS)), np.nan)
    for year in CENSUS_YEARS[1:]:
        by_industry = _workers_of(pack, year)
        if by_industry is not None:
            there = pack.active & (by_industry.sum(0) > 0)
            made = margins.sectors(by_industry, pack.group("coast"))
            values[YEARS.index(year)] = np.where(there[:, None], made, np.nan)
    trust = np.where([s == "M" for s in margins.SECTOR_LETTERS], IMPUTED, DERIVED)
    return Panel(values, np.where(np.isnan(values), MISSING, trust).astype(np.uint8))


def _workers_of(pack: Pack, year: int) -> np.ndarray | None:
    """Workers [industry, county] of a census year, raised from the sample; None where the long form is not there."""
    households, everyone = (margins.census(pack, name, year) for name in ("lf_households", "households_family"))
    needed = [households, everyone, margins.census(pack, "lf_ind_agriculture", year)]
    if np.isnan(needed).any():
        return None
    if year == BASE_YEAR:
        sample = margins.workers(pack)
    else:
        sample = np.stack([np.nan_to_num(margins.census(pack, f"lf_ind_{i.name}", year)) for i in margins.INDUSTRIES])
    rate = np.where(everyone > 0, households / np.where(everyone > 0, everyone, 1.0), 1.0)
    return sample / rate


# --- economy and public finance


def gdp(pack: Pack) -> Panel:
    """Gross domestic product; Danzhou with Yangpu."""
    return _million(pack, counties(pack, "gdp", "economy"))


def gdp_branch(pack: Pack, suffix: str = "") -> Panel:
    """Value added of the three branches."""
    return _million(pack, stacked(*(counties(pack, f"gdp_{b}{suffix}", "economy") for b in BRANCHES)))


def gdp_half_year(pack: Pack) -> Panel:
    """Gross domestic product of January to June 2018 [county]."""
    at = YEARS.index(HALF_YEAR)
    panel = _million(pack, counties(pack, "gdp_h1", "economy"))
    return Panel(panel.values[at], panel.flags[at])


def spending_services(pack: Pack) -> Panel:
    """Budget spending on the four services, from the year in which functions are complete."""
    printed = (counties(pack, f"gpb_exp_{name}", "fiscal") for name in SERVICES)
    return _million(pack, stacked(*printed)).only(range(FUNCTIONS_FROM, LAST_YEAR + 1))


def _fiscal(variable: str, first: int = FIRST_YEAR) -> Callable[[Pack], Panel]:
    return lambda pack: _million(pack, counties(pack, variable, "fiscal")).only(range(first, LAST_YEAR + 1))


def _income(variable: str, first: int = FIRST_YEAR, last: int = LAST_YEAR) -> Callable[[Pack], Panel]:
    return lambda pack: _per_head(pack, counties(pack, variable, "economy")).only(range(first, last + 1))


# --- province


def _provincial(variable: str, file: str, factor: float = 1.0, years: Iterable[int] = YEARS) -> Callable[[Pack], Panel]:
    return lambda pack: province(pack, variable, file).scaled(factor).only(years)


def _provincial_money(variable: str, file: str = "fiscal") -> Callable[[Pack], Panel]:
    return lambda pack: _million(pack, province(pack, variable, file))


def _provincial_income(variable: str) -> Callable[[Pack], Panel]:
    return lambda pack: _per_head(pack, province(pack, variable, "economy-province"))


def province_population(pack: Pack) -> Panel:
    """Residents at year end, revised series, the finer print first."""
    return province(pack, "resident_yearend_2dp", "population-province").or_else(
        province(pack, "resident_yearend", "population-province"))


def province_gdp(pack: Pack) -> Panel:
    """Gross domestic product, revised; the last year as first published."""
    revised = province(pack, "gdp", "economy-province")
    last = max((year for year, flag in zip(YEARS, revised.flags, strict=True) if flag != MISSING), default=LAST_YEAR)
    first = province(pack, "gdp_prelim", "economy-province").only(range(last + 1, LAST_YEAR + 1))
    return _million(pack, revised.or_else(first))


def province_gdp_branch(pack: Pack) -> Panel:
    """Branches: first-published shares on the revised total."""
    parts = [province(pack, f"gdp_{b}_prelim", "economy-province") for b in BRANCHES]
    everything, revised = total(*parts), province_gdp(pack)
    return stacked(*(combined(lambda p, e, r: p / e * r, p, everything, revised, least=DERIVED) for p in parts))


def _vital(counted: str, rate: str) -> Callable[[Pack], Panel]:
    """Printed counts, else the printed rate on the mean of two year ends."""
    def make(pack: Pack) -> Panel:
        residents = province_population(pack)
        earlier = Panel(np.r_[np.nan, residents.values[:-1]], np.r_[np.uint8(MISSING), residents.flags[:-1]])
        mean = combined(lambda a, b: (a + b) / 2, earlier, residents)
        made = combined(lambda r, m: r / 1000 * m, province(pack, rate, "population-province"), mean, least=DERIVED)
        return province(pack, counted, "population-province").or_else(made)
    return make


def province_own_revenue(pack: Pack) -> Panel:
    """Revenue of the provincial tier: its share of part of a year on the year's local revenue."""
    share = province(pack, "province_level_share_of_local_revenue", "fiscal")
    revenue = province(pack, "gpb_revenue", "fiscal")
    return _million(pack, combined(np.multiply, share, revenue, least=DERIVED))


def province_old(pack: Pack) -> Panel:
    """Share of residents of 65 and over."""
    counted = combined(np.divide, province(pack, "age_65plus", "population-province"), province_population(pack),
                       least=DERIVED)
    return province(pack, "age_65plus_share", "population-province").scaled(0.01).or_else(counted)


# --- the declared variables


class Series(NamedTuple):
    """A variable of history: its card, how it is made, and the breaks a user must respect."""

    card: Card
    make: Callable[[Pack], Panel]
    comment: str = ""


COLUMNS = Counties.columns()
ACCOUNT = ProvinceAccount.columns()


def _model(name: str, make: Callable[[Pack], Panel], comment: str = "") -> Series:
    """A variable under the card of results."""
    if name in COLUMNS:
        return Series(COLUMNS[name].card("county"), make, comment)
    if name in ACCOUNT:
        return Series(ACCOUNT[name].card(None), make, comment)
    return Series(INDICATORS[name].card, make, comment)


def _own(name: str, dims: tuple[str, ...], unit: str, says: str, says_zh: str, make, comment: str = "",
         kind: str = "flow", section: str = "") -> Series:
    """A variable that only history has."""
    return Series(Card(name, dims, unit, says, says_zh, kind, section), make, comment)


OLD_BASIS = "Year ends of 2011-2019 stand on the basis before the 2020 census: never join them to the censuses."
MONEY = "Deflated with the implicit deflator of provincial GDP, 2020 = 1."
GDP_BREAKS = (
    f"{MONEY} Levels jump at the economic censuses (2004/05, 2013/14, 2018/19: rows to 2018 are not revised) and in "
    "2011 where state farms were taken in; Sanya before 2009 is not usable. Single years from reports are "
    "first-published, 1 to 3 % from final values. "
)
YANGPU = "Danzhou is with Yangpu here; without Yangpu it is a variable of its own."
INCOME = f"{MONEY} To 2013 the old urban survey, from 2014 the integrated survey."
FUNCTIONS = f"{MONEY} From {FUNCTIONS_FROM}: before, functions are incomplete."
DISTRICTS = "Haikou and Sanya count moves between their own districts as other county, so this is not known of them."

SERIES = (
    _model("population", population, f"Censuses (2010 revised), from 2021 year ends on the basis of 2020. {OLD_BASIS}"),
    _own("population_old_basis", ("county",), "persons", "Residents at year end, basis before the 2020 census",
         "常住人口（普查修订前口径）", population_old_basis, OLD_BASIS, "stock"),
    _model("population_mid", population_mid,
           "Between two counts on a line of constant growth: imputed, near a census derived; a denominator only."),
    _model("population_zone", population_zone),
    _model("population_age", population_age),
    _model("population_skill", population_skill,
           "Only college is comparable to residents of 18 and over; schooling is printed of 6 and over (2010) and of 3 "
           "and over (2020)."),
    _own("population_schooling", ("county", "skill"), "persons", "Residents by schooling, of the ages the census asked",
         "分受教育程度人口（普查口径）", schooling, "Ages 6 and over in 2010, 3 and over in 2020 (with preschool).",
         "stock", "7"),
    _model("registered", registered, "2010: count of the census; from 2011 police year ends, never joined to 2010."),
    _own("registered_police", ("county",), "persons", "Registered population, police year end", "户籍人口（公安年报）",
         lambda pack: counties(pack, "hukou_population"), "", "stock", "3.2"),
    _model("residents_local", residents_local, f"Registered less absent; 2020 mixes dates. {DISTRICTS}"),
    _model("residents_other_county", residents_other_county, f"Residents - local - other province. {DISTRICTS}"),
    _own("residents_other_county_printed", ("county",), "persons",
         "Residents registered in another county or another district of the same city",
         "户籍在省内其他县（市、区）人口", printed_other_county,
         "Haikou and Sanya: with moves between own districts.", "stock", "3.2"),
    _model("residents_other_province", residents_other_province),
    _model("employed", employed,
           "Industries of the long form raised by its share of family households: shares are firmer than levels. "
           "Industries not printed in 2010 are split like those of 2020; the marine sector is a share by assumption."),
    _own("employed_branch_share", ("county", "branch"), "share", "Share of the branches in employed residents",
         "三次产业就业比重", branch_workers, "2010 printed; 2020 from the industries of the long form.", "stock"),
    _model("gdp", gdp, GDP_BREAKS + YANGPU),
    _model("gdp_branch", gdp_branch, GDP_BREAKS + YANGPU),
    _own("gdp_excl_yangpu", ("county",), "million CNY", "Gross domestic product of Danzhou without Yangpu",
         "儋州地区生产总值（不含洋浦）",
         lambda pack: _million(pack, counties(pack, "gdp_excl_yangpu", "economy")), GDP_BREAKS),
    _own("gdp_branch_excl_yangpu", ("county", "branch"), "million CNY",
         "Value added of Danzhou without Yangpu by branch", "儋州三次产业增加值（不含洋浦）",
         lambda pack: gdp_branch(pack, "_excl_yangpu"), GDP_BREAKS),
    _own("gdp_growth", ("county",), "share", "Real growth of gross domestic product as printed", "地区生产总值实际增速",
         lambda pack: counties(pack, "gdp_growth_real", "economy").scaled(0.01),
         "County growth is at local comparable prices: not the growth of `gdp`."),
    _model("inc_u", _income("income_urban"), INCOME),
    _model("inc_r", _income("income_rural", first=2014),
           f"{MONEY} Disposable income, from 2014; before, see inc_r_net."),
    _own("inc_r_net", ("county",), "CNY", "NET income per rural resident", "农村居民人均纯收入",
         _income("income_rural_net", last=2013), f"{MONEY} Another definition than inc_r: never chain the two.",
         "flow", "3.2"),
    _own("wage_average", ("county",), "CNY", "Average wage in urban units", "城镇单位平均工资",
         lambda pack: _per_head(pack, counties(pack, "wage_avg", "economy")),
         f"{MONEY} Danzhou includes Yangpu from 2021."),
    _model("own_revenue", _fiscal("gpb_revenue"),
           f"{MONEY} General budget; breaks 2015 (funds moved in), 2016 (business tax to VAT), 2018 (new sharing)."),
    _own("budget_spending", ("county",), "million CNY", "General budget spending", "一般公共预算支出",
         _fiscal("gpb_expenditure"), MONEY, "flow", "8.2"),
    _own("budget_gap", ("county",), "million CNY", "Spending less own revenue", "收支差额",
         _fiscal("gpb_gap_expenditure_minus_revenue"),
         f"{MONEY} An upper proxy of transfers received: it holds borrowing and carry-over.", "flow", "8.2"),
    _model("spending_services", spending_services, FUNCTIONS),
    _model("spending_ecology", _fiscal("gpb_exp_environment", FUNCTIONS_FROM), FUNCTIONS),
    _own("gov_fund_revenue", ("county",), "million CNY", "Government-fund revenue", "政府性基金收入",
         _fiscal("gov_fund_revenue"), f"{MONEY} Gross, mostly land; derived of five counties, with other items.",
         "flow", "3.2"),
    _own("night_lights", ("county",), "radiance sum", "Sum of night lights", "夜间灯光总量",
         lambda pack: counties(pack, "nightlight_sum", "economy"),
         "A proxy: good across units, poor as yearly growth of small units."),
    _model("province_population", province_population, "Year ends, revised series."),
    _own("province_population_old_basis", (), "persons",
         "Residents of the province at year end, before the 2020 census", "全省常住人口（普查修订前）",
         _provincial("resident_yearend_prerevision", "population-province"), OLD_BASIS, "stock"),
    _own("province_registered", (), "persons", "Registered population of the province", "全省户籍人口",
         _provincial("hukou_population", "population-province"), "", "stock"),
    _model("province_urb", _provincial("urbanisation_rate", "population-province", 0.01,
                                       (2000, 2010, *range(REVISED_FROM, LAST_YEAR + 1))),
           "Census years and the basis of 2020; other years are province_urb_old_basis."),
    _own("province_urb_old_basis", (), "share", "Urban share of the province, before the 2020 census",
         "全省城镇化率（普查修订前）", _provincial("urbanisation_rate", "population-province", 0.01,
                                    (*range(2001, 2010), *OLD_BASIS_YEARS)), OLD_BASIS, "stock"),
    _model("province_old", province_old),
    _own("province_births", (), "persons", "Births in the province", "全省出生人数", _vital("births", "birth_rate"),
         "Printed from 2021; before, the printed rate on mean residents."),
    _own("province_deaths", (), "persons", "Deaths in the province", "全省死亡人数", _vital("deaths", "death_rate"),
         "Printed from 2021; before, the printed rate on mean residents. 2024 is inferred: treat with care."),
    _own("province_net_migration", (), "persons", "Net migration of the province, a residual", "全省净迁移（推算）",
         _provincial("net_migration_residual", "population-province"), "Rounding makes 2011-2019 uncertain by 10 000."),
    _model("province_gdp", province_gdp, f"{MONEY} Revised series to 2023; 2024 as first published."),
    _model("province_gdp_branch", province_gdp_branch, f"{MONEY} First-published shares on the revised total."),
    _own("province_gdp_growth", (), "share", "Real growth of the province as printed", "全省地区生产总值实际增速",
         _provincial("gdp_growth_real", "economy-province", 0.01), "First-published growth."),
    _own("province_gdp_rest", (), "million CNY", "Gross domestic product of Danzhou with Yangpu and ten thin counties",
         "儋州及十县合计地区生产总值", _provincial_money("gdp_rest_danzhou_and_10_counties", "economy-province"),
         f"{MONEY} Province less seven complete units; a bound on their sum, with the gap of revision."),
    _model("province_inc_u", _provincial_income("income_urban"), INCOME),
    _model("province_inc_r", _provincial_income("income_rural"), f"{MONEY} From 2014; before, see province_inc_r_net."),
    _own("province_inc_r_net", (), "CNY", "NET income per rural resident of the province", "全省农村居民人均纯收入",
         _provincial_income("income_rural_net"),
         f"{MONEY} Another definition than province_inc_r: never chain the two."),
    _model("province_revenue", _provincial_money("gpb_revenue"), f"{MONEY} Province and counties together."),
    _model("province_own_revenue", province_own_revenue,
           f"{MONEY} The provincial tier alone: its share in 5 months of 2015 and 8 of 2022 on the year's revenue."),
    _own("province_spending", (), "million CNY", "Local general budget spending, province and counties",
         "全省一般公共预算支出", _provincial_money("gpb_expenditure"), MONEY, "flow", "8.2"),
    _own("province_spending_education", (), "million CNY", "Local spending on education", "全省教育支出",
         _provincial_money("gpb_exp_education"), MONEY, "flow", "7"),
    _own("province_fund_revenue", (), "million CNY", "Government-fund revenue of the province", "全省政府性基金收入",
         _provincial_money("gov_fund_revenue"), MONEY, "flow", "3.2"),
    _own("province_debt", (), "million CNY", "Government debt of the province", "全省政府债务余额",
         _provincial_money("gov_debt_balance"), f"{MONEY} Recalled.", "stock", "8.3"),
    _model("province_central_transfer", _provincial_money("transfers_received_central"), MONEY),
    _own("province_visitors", (), "person-times", "Visitors of the province", "全省接待游客",
         _provincial("tourists_total", "economy-province", 1e4), "", "flow", "2.1"),
)
HALF_YEAR_SERIES = _own(
    f"gdp_h1_{HALF_YEAR}", ("county",), "million CNY", "Gross domestic product of January to June 2018",
    "2018年上半年地区生产总值", gdp_half_year,
    f"{MONEY} The one full cross-section. Half-year shares are not yearly: the year is 1.9 to 2.6 times the half. "
    f"{YANGPU}",
)
NAMES = (*(series.card.name for series in SERIES), HALF_YEAR_SERIES.card.name)


def history(pack: Pack | None = None) -> xr.Dataset:
    """Observed history in the schema of results: dims year (2000-2024), county and those of each card, flags beside."""
    return _history(pack or load_pack()).copy(deep=True)


def observed(ds: xr.Dataset, name: str) -> xr.DataArray:
    """The values of a variable that are observations (official or secondary); derived, recalled and imputed are nan."""
    return ds[name].where(dataset.observed(ds, name))


def coordinates(pack: Pack) -> dict[str, object]:
    """Labels of the dimensions, those of results."""
    on_counties = {"name_en": pack.names_en, "name_zh": pack.names_zh, "active": pack.active,
                   "coast": pack.group("coast")}
    return {"year": list(YEARS), "county": pack.codes, **dataset.LABELS,
            **{name: ("county", np.asarray(values)) for name, values in on_counties.items()}}


@functools.lru_cache(maxsize=4)
def _history(pack: Pack) -> xr.Dataset:
    attrs = {"title": "observed history of Hainan", "title_zh": "海南历史数据", "data_hash": pack.hash}
    yearly = _dressed(pack, SERIES, attrs, ("year",))
    once = _dressed(pack, (HALF_YEAR_SERIES,), attrs, ())
    return yearly.assign(once.data_vars)


def _dressed(pack: Pack, series: tuple[Series, ...], attrs: dict, lead: tuple[str, ...]) -> xr.Dataset:
    """Panels as a Dataset with flags and comments; counts are floats here, for a missing one is nan."""
    panels = {s.card.name: s.make(pack) for s in series}
    cards = {s.card.name: dataclasses.replace(s.card, dtype="float64") for s in series}
    out = dataset.make({n: p.values for n, p in panels.items()}, cards, coordinates(pack), attrs, lead)
    for s in series:
        out = dataset.with_flags(out, s.card.name, panels[s.card.name].flags)
        if s.comment:
            out[s.card.name].attrs["comment"] = s.comment
    return out
