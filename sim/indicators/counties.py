"""Indicators of counties and of the province (D.1): pure functions on arrays [..., county] with optional further dims,
followed by the tables that name them.

Inputs are in million CNY at 2020 prices, per-head results in CNY. Shares are fractions (0.03, not 3). An entry with
`gaps` also has every index of `registry.INDICES` between counties, such as `theil_gdp_pc`.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from sim.core.arrays import Floats
from sim.indicators.declared import indicator
from sim.words import RURAL, URBAN

MILLION = 1e6
OLD_FROM, YOUNG_UNTIL = 65, 15
HOME_AREA = 25.0  # m2 per person, about the urban mean of 2010; constant, so that the burden changes with rents alone
AGE_STEP = 5
STANDING_TRANSFERS = (
    "transfer_base", "transfer_equalisation", "transfer_ecology", "transfer_weak_area", "transfer_earmarked")
TRANSFERS = (*STANDING_TRANSFERS, "transfer_emergency")


def ratio(above: ArrayLike, below: ArrayLike) -> Floats:
    """above / below, nan where the denominator is zero."""
    above, below = np.asarray(above, dtype=float), np.asarray(below, dtype=float)
    return above / np.where(below > 0, below, np.nan)


def per_head(money: ArrayLike, persons: ArrayLike) -> Floats:
    """Million CNY over persons, in CNY per head; nan without persons."""
    return ratio(np.asarray(money, dtype=float) * MILLION, persons)


def income_per_head(disposable_income: Floats, persons_zone: Floats) -> Floats:
    """Disposable income of all residents over all residents (Y8); both [..., county, zone]."""
    return per_head(np.sum(disposable_income, axis=-1), np.sum(persons_zone, axis=-1))


def real_income_per_head(disposable_income: Floats, living_cost: Floats, persons_zone: Floats) -> Floats:
    """Disposable income of all residents at the cost of living of their place and zone, over all residents, CNY.

    All [..., county, zone] -> [..., county]; the cost of living has a base-year mean of one.
    """
    return income_per_head(np.asarray(disposable_income, dtype=float) / living_cost, persons_zone)


def income_urban(disposable_income: Floats, persons_zone: Floats) -> Floats:
    """Disposable income per urban resident, CNY; both [..., county, zone] -> [..., county]."""
    return per_head(disposable_income[..., URBAN], persons_zone[..., URBAN])


def income_rural(disposable_income: Floats, persons_zone: Floats) -> Floats:
    """Disposable income per rural resident, CNY; both [..., county, zone] -> [..., county]."""
    return per_head(disposable_income[..., RURAL], persons_zone[..., RURAL])


def effective_service(service_index: Floats, entitlement: Floats) -> Floats:
    """Service index that residents are entitled to: the mean of phi S (S5, S6)."""
    return service_index * entitlement


def urban_share(population_zone: Floats) -> Floats:
    """Urban residents over residents; [..., county, zone] -> [..., county]."""
    return ratio(population_zone[..., URBAN], np.sum(population_zone, axis=-1))


def _age_share(population_age, first, end):
    """Share of residents in the census groups [first, end); groups of five years from 0."""
    groups = slice(first // AGE_STEP, None if end is None else end // AGE_STEP)
    return ratio(np.sum(population_age[..., groups], axis=-1), np.sum(population_age, axis=-1))


def old_share(population_age: Floats) -> Floats:
    """Share of residents aged 65 and over; [..., county, age] -> [..., county]."""
    return _age_share(population_age, OLD_FROM, None)


def young_share(population_age: Floats) -> Floats:
    """Share of residents under 15; [..., county, age] -> [..., county]."""
    return _age_share(population_age, 0, YOUNG_UNTIL)


def net_migration_rate(arrivals_internal: Floats, departures_internal: Floats, arrivals_outside: Floats,
                       departures_outside: Floats, population_mid: Floats) -> Floats:
    """Arrivals less departures over the mean residents of the year."""
    net = (arrivals_internal - departures_internal) + (arrivals_outside - departures_outside)
    return ratio(net, population_mid)


def standard_heads(standard_need: Floats, population_mid: Floats) -> Floats:
    """Cost-adjusted standard persons: standard expenditure (F4) over the mean need of one resident."""
    known = np.isfinite(standard_need) & np.isfinite(population_mid)
    need = np.sum(np.where(known, standard_need, 0.0), axis=-1, keepdims=True)
    people = np.sum(np.where(known, population_mid, 0.0), axis=-1, keepdims=True)
    return standard_need * ratio(people, need)


def own_revenue_per_standard_head(own_revenue: Floats, standard_need: Floats, population_mid: Floats) -> Floats:
    """Own general budget revenue per cost-adjusted standard head, CNY."""
    return per_head(own_revenue, standard_heads(standard_need, population_mid))


def resources_per_standard_head(budget_resources: Floats, standard_need: Floats, population_mid: Floats) -> Floats:
    """Resources of the general budget per cost-adjusted standard head, CNY."""
    return per_head(budget_resources, standard_heads(standard_need, population_mid))


def leverage(debt: Floats, budget_resources: Floats, fund_resources: Floats) -> Floats:
    """LEV = B / (R + LandRev) (F13, F14); fund revenue net of deductions."""
    return ratio(debt, budget_resources + fund_resources)


def transfer_share(budget_resources: Floats, *transfers: Floats) -> Floats:
    """Provincial transfers over the resources of the general budget."""
    return ratio(sum(transfers), budget_resources)


def rent_burden(house_rent: Floats, inc_u: Floats) -> Floats:
    """Rent of 25 m2 over urban income per head."""
    return ratio(np.asarray(house_rent, dtype=float) * HOME_AREA, inc_u)


def price_to_income(house_price: Floats, inc_u: Floats) -> Floats:
    """Price of 25 m2 in years of urban income per head."""
    return ratio(np.asarray(house_price, dtype=float) * HOME_AREA, inc_u)


def homes_per_head(housing_stock: Floats, population_zone: Floats) -> Floats:
    """Floor area of urban homes, those of outside owners included, per urban resident."""
    return ratio(housing_stock, population_zone[..., URBAN])


def own_share(own_revenue: Floats, budget_resources: Floats) -> Floats:
    """Own revenue over the resources of the general budget."""
    return ratio(own_revenue, budget_resources)


def resident_mean(by_zone: Floats, persons_zone: Floats) -> Floats:
    """Resident-weighted mean of zone values of a county; both [..., county, zone]."""
    return ratio(np.sum(by_zone * persons_zone, axis=-1), np.sum(persons_zone, axis=-1))


def same(values: ArrayLike) -> Floats:
    """The column itself, under the name of the indicator."""
    return np.asarray(values, dtype=float)


def total(values: ArrayLike) -> Floats:
    """Sum over counties; [..., county] -> [...]."""
    return np.sum(np.asarray(values, dtype=float), axis=-1)


def mean_of_years(stock: ArrayLike, before: ArrayLike) -> Floats:
    """Mean of the stocks at the end of this and the previous year; the stock itself in the first year."""
    stock, before = np.asarray(stock, dtype=float), np.asarray(before, dtype=float)
    return np.where(np.isnan(before), stock, (stock + before) / 2)


# ---- the tables -----------------------------------------------------------------------------------------------


COUNTY_INDICATORS = (
    indicator("gdp_pc", per_head, ("gdp", "population_mid"), "CNY", "GDP per head", "人均地区生产总值", "1",
              keep="headline", gaps=True),
    indicator("gdp_volume_pc", per_head, ("gdp_volume", "population_mid"), "CNY",
              "GDP per head in volume", "人均地区生产总值（可比价）", "1", keep="headline", gaps=True),
    indicator("real_inc_pc", real_income_per_head, ("disposable_income", "living_cost", "persons_zone"),
              "CNY", "Disposable income per head at the local cost of living",
              "居民人均可支配收入（按当地生活成本）", "1", keep="headline", gaps=True),
    indicator("inc_pc", income_per_head, ("disposable_income", "persons_zone"), "CNY",
              "Disposable income per head", "居民人均可支配收入", "1", keep="headline", gaps=True),
    indicator("inc_u", income_urban, ("disposable_income", "persons_zone"), "CNY",
              "Disposable income per urban resident", "城镇居民人均可支配收入", "3.2"),
    indicator("inc_r", income_rural, ("disposable_income", "persons_zone"), "CNY",
              "Disposable income per rural resident", "农村居民人均可支配收入", "3.2"),
    indicator("ur_ratio", ratio, ("inc_u", "inc_r"), "ratio", "Urban over rural income per head",
              "城乡居民收入比", "3.2"),
    indicator("svc", effective_service, ("service_index", "entitlement"), "base-year mean = 1",
              "Service index residents are entitled to", "居民实享公共服务指数", "7", keep="headline",
              gaps=("public services", "公共服务")),
    indicator("urb", urban_share, ("population_zone",), "share", "Urban share of residents",
              "常住人口城镇化率", "3.2"),
    indicator("old", old_share, ("population_age",), "share", "Share of residents aged 65 and over",
              "65岁及以上人口比重", "7"),
    indicator("young", young_share, ("population_age",), "share", "Share of residents under 15",
              "0-14岁人口比重", "7"),
    indicator("netmig", net_migration_rate,
              ("arrivals_internal", "departures_internal", "arrivals_outside", "departures_outside",
               "population_mid"),
              "share per year", "Net migration rate", "净迁移率", "5"),
    indicator("fis_own", own_revenue_per_standard_head, ("own_revenue", "standard_need", "population_mid"),
              "CNY", "Own revenue per cost-adjusted standard head", "标准人均一般公共预算收入", "8.2"),
    indicator("fis_pc", resources_per_standard_head,
              ("budget_resources", "standard_need", "population_mid"), "CNY",
              "Budget resources per cost-adjusted standard head", "标准人均可用财力", "8.2"),
    indicator("lev", leverage, ("debt", "budget_resources", "fund_resources"), "ratio",
              "Debt over yearly resources", "债务率", "8.3"),
    indicator("transfer_share", transfer_share, ("budget_resources", *TRANSFERS), "share",
              "Share of transfers in the resources of the general budget", "转移支付占可用财力比重", "8.2"),
    indicator("rent_burden", rent_burden, ("house_rent", "inc_u"), "share",
              "Rent of 25 m2 over urban income per head", "租金收入比（25平方米）", "3.2"),
    indicator("price_to_income", price_to_income, ("house_price", "inc_u"), "years",
              "Price of 25 m2 in years of urban income per head", "房价收入比（25平方米）", "3.2"),
    indicator("housing_per_head", homes_per_head, ("housing_stock", "population_zone"), "m2",
              "Urban homes per urban resident, outside owners' included", "城镇人均住房存量", "3.2", kind="stock"),
    indicator("acc", same, ("access",), "base-year mean = 1", "Market access", "交通可达性", "4.1"),
    indicator("net", resident_mean, ("network_coverage", "population_zone"), "share",
              "Share of residents with the five networks", "五网覆盖人口比重", "3.2"),
    indicator("net_r", lambda coverage: coverage[..., RURAL], ("network_coverage",), "share",
              "Share of rural residents with the five networks", "农村五网覆盖率", "3.2"),
)

PROVINCE_INDICATORS = (
    indicator("province_population", total, ("population",), "persons", "Residents of the province",
              "全省常住人口", "1", dims=(), keep="headline", kind="stock"),
    indicator("province_gdp", total, ("gdp",), "million CNY", "GDP of the province", "全省地区生产总值", "1",
              dims=(), keep="headline", kind="flow"),
    indicator("province_gdp_branch", lambda branches: np.sum(branches, axis=-2), ("gdp_branch",), "million CNY",
              "Value added of the province by branch", "全省三次产业增加值", "1", dims=("branch",), kind="flow"),
    indicator("province_inc_pc", lambda income, persons: per_head(
                  np.sum(income, axis=(-2, -1)), np.sum(persons, axis=(-2, -1))),
              ("disposable_income", "persons_zone"), "CNY", "Disposable income per head of the province",
              "全省居民人均可支配收入", "1", dims=(), keep="headline"),
    indicator("province_real_inc_pc", lambda income, cost, persons: per_head(
                  np.sum(np.divide(income, cost), axis=(-2, -1)), np.sum(persons, axis=(-2, -1))),
              ("disposable_income", "living_cost", "persons_zone"), "CNY",
              "Disposable income per head of the province at the local cost of living",
              "全省居民人均可支配收入（按当地生活成本）", "1", dims=(), keep="headline"),
    indicator("province_inc_u", lambda income, persons: per_head(
                  *(np.sum(a[..., URBAN], axis=-1) for a in (income, persons))),
              ("disposable_income", "persons_zone"), "CNY", "Urban disposable income per head of the province",
              "全省城镇居民人均可支配收入", "3.2", dims=()),
    indicator("province_inc_r", lambda income, persons: per_head(
                  *(np.sum(a[..., RURAL], axis=-1) for a in (income, persons))),
              ("disposable_income", "persons_zone"), "CNY", "Rural disposable income per head of the province",
              "全省农村居民人均可支配收入", "3.2", dims=()),
    indicator("province_ur_ratio", ratio, ("province_inc_u", "province_inc_r"), "ratio",
              "Urban over rural income per head of the province", "全省城乡居民收入比", "3.2", dims=(),
              keep="headline"),
    indicator("province_revenue", lambda county, province: np.sum(county, axis=-1) + province,
              ("own_revenue", "province_own_revenue"), "million CNY",
              "Local general budget revenue, province and counties", "全省地方一般公共预算收入", "8.2", dims=(),
              kind="flow"),
    indicator("province_urb", lambda zones: urban_share(np.sum(zones, axis=-2)), ("population_zone",),
              "share", "Urban share of the province's residents", "全省常住人口城镇化率", "3.2", dims=()),
    indicator("province_old", lambda ages: old_share(np.sum(ages, axis=-2)), ("population_age",), "share",
              "Residents of 65 and over in the province", "全省65岁及以上人口比重", "7", dims=()),
)
