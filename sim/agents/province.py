"""The province: its tables, and what it decides: land quota and transfers (B.5 F4-F10, B.6 L1-L2).

Every decision is a pure formula over all counties; a verb applies it once. Sections 3.2, 8.1, 8.2.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.agents.table_agent import TableAgent
from sim.agents.users import service_users, standard_users
from sim.core.bind import InOut, Out
from sim.core.cache import either, kernel
from sim.core.declare import column, merged, parameter
from sim.core.table import Constants, Table

Floats, Flags = NDArray[np.float64], NDArray[np.bool_]
REFORM_YEAR = 2018  # before it tax shares differ by unit; published for 2012-2017, they are also used for earlier years
HELPED_SHARE = 1.0 / 3.0


@dataclass(frozen=True)
class Parameters:
    county_share_of_central: float = parameter(
        0.75, unit="share", bounds=(0.5, 0.8), source="scenario (mu); spending of seven counties in 2010",
        confidence="low",
        says="share of central transfers passed on to counties")
    pool_share_equalisation: float = parameter(
        0.30, unit="share", bounds=(0.20, 0.55), confidence="low",
        source="of .3, .4 and .5, the value whose transfers by county best match spending less own revenue, 2010-2017",
        says="share of equalisation in the transfers passed on (pi_eq)")
    pool_share_ecology: float = parameter(0.08, unit="share", bounds=(0.04, 0.15),
                                          source="scenario; 7.75 bn in 2013-17",
                                          confidence="medium",
                                          says="share of the ecology transfer in the transfers passed on (pi_eco)")
    pool_share_weak_area: float = parameter(0.05, unit="share", bounds=(0.02, 0.1), source="scenario", confidence="low",
                                            says="share of the weak-area transfer in the transfers passed on (pi_eth)")
    resident_based_weight_before: float = parameter(
        0.3, unit="share", bounds=(0, 1), source="assumed", confidence="low",
        says="weight of residents relative to registered persons in standard need before the lever (psi)")
    cost_factor_mountain: float = parameter(1.2, unit="ratio", bounds=(1.05, 1.5), source="scenario",
                                            confidence="medium",
                                            says="cost of services in the central mountains relative to the coast (cf)")
    administration_share: float = parameter(
        0.35, unit="share", bounds=(0.2, 0.5), source="provincial functions 2014-2017", confidence="medium",
        says="share of administration and other items in standard need, per person")
    small_county_need: float = parameter(
        0.40, unit="elasticity", bounds=(0.0, 0.5), source="economies of scale: central template's size factor",
        confidence="low", says="elasticity with which administrative need per person falls with county size")
    ecology_area_weight: float = parameter(0.85, unit="share", bounds=(0.5, 1.0), source="ecology rule of 2015",
                                           confidence="medium",
                                           says="weight of area relative to persons in the ecology transfer")
    weak_minority_weight: float = parameter(0.6, unit="share", bounds=(0, 1),
                                            source="assumed; no list of old-base areas",
                                            confidence="low",
                                            says="weight of minority persons in the weak-area transfer")
    weak_poor_weight: float = parameter(0.4, unit="share", bounds=(0, 1), source="assumed", confidence="low",
                                        says="weight of low-income persons in the weak-area transfer")
    earmarked_by_population: float = parameter(
        0.8, unit="share", bounds=(0.3, 0.9), source="rich counties receive large earmarked sums (Sanya 2020)",
        confidence="low", says="share of earmarked transfers distributed by population; the rest by shortfalls")
    growth_reward_share: float = parameter(0.5, unit="share", bounds=(0.3, 1.0), source="scenario (rho)",
                                           confidence="low",
                                           says="share of the reform gain returned according to growth of shared taxes")
    construction_quota_total: float = parameter(2500.0, unit="ha/year", bounds=(1500, 4500), source="scenario",
                                                confidence="low", says="new construction land a year (Q)")
    infrastructure_quota_2018: float = parameter(
        0.10, unit="share", bounds=(0.05, 0.2), source="assumed", confidence="low",
        says="quota guaranteed for cross-county infrastructure in 2018, allocated with the reserve for parks")
    quota_weight_population: float = parameter(0.5, unit="share", bounds=(0, 1), source="assumed", confidence="low",
                                               says="population relative to output in the untilted part (wN : wY)")
    province_reserve_share: float = parameter(
        0.01, unit="share of resources", bounds=(0, 0.05), source="budget law: reserve of 1-3 % of spending",
        says="share of provincial resources kept in reserve, from which emergency transfers are paid")


    programme_purchase_share: float = parameter(
        0.7, unit="share", bounds=(0.4, 0.9), confidence="low",
        source="assumed: the rest is debt service and spending outside Hainan",
        says="share of the province's own programmes purchased for its counties")


class Settled(Constants):
    mean_effort = column(unit="ratio", says="Mean tax effort of all counties in the base year")
    weak_places = column("county", unit="lists", says="Number of weak-area lists that include the county")
    in_ecology = column("county", unit="0 or 1", says="Eligible for the ecology transfer")
    ecology_area = column("county", unit="ha", says="Area used to distribute the ecology transfer")
    coast_area = column("county", unit="ha", says="Area used to distribute coastal restoration funds")


# ---- formulas -------------------------------------------------------------------------------------------------


@either
def part_of_all(amounts: Floats) -> Floats:
    """Each county's share of the total."""
    return amounts / amounts.sum()


@either
def quota_allotment(total: float, reserve: float, tilt: float, population: Floats, output: Floats, income: Floats,
                    park_land: Floats, population_weight: float) -> Floats:
    """New construction quota by county (L2).

    q = Q [ x rp + (1 - x)( wN n + wY y + wD d ) ], d ~ pop max(0, 1 - income / province); sums to Q. The weights rp
    need not sum to one.
    """
    mean = (income * population).sum() / population.sum()
    need = population * np.maximum(0.0, 1.0 - income / mean)
    need = part_of_all(need if need.sum() > 0 else population)
    plain = (1.0 - tilt) * (population_weight * part_of_all(population)
                            + (1.0 - population_weight) * part_of_all(output))
    return total * (reserve * part_of_all(park_land) + (1.0 - reserve) * (plain + tilt * need))


@either
def reserve_claims(parks: Floats, centres: Floats, area: Floats, centre_share: float, works_share: float) -> Floats:
    """Shares in the reserve [parks / regional centres / infrastructure, county] (L1); they sum to one.

    Cross-county infrastructure is allocated by area; of the rest, regional centres receive a fixed share by population
    and parks the remainder by output.
    """
    rest = 1.0 - works_share
    return np.stack((rest * (1.0 - centre_share) * part_of_all(parks), rest * centre_share * part_of_all(centres),
                     works_share * part_of_all(area)))


def answered(share: float, feedback: float) -> float:
    """A share raised in response to last year's warnings (9.2), at most one."""
    return min(1.0, share * (1.0 + float(feedback)))


@either
def standard_need(heads: float, unit_cost: float, cost_factor: float, population: float, size_elasticity: float,
                  administration: float, mean_size: float) -> float:
    """SE = sum of unit cost, users and cost factors, and administration per person with economies of scale (F4)."""
    size = (population / mean_size) ** -size_elasticity
    return cost_factor * unit_cost * ((1.0 - administration) * heads + administration * population * size)


@either
def counted_against(ecology: Floats, propensity: float, weak_area: Floats, earmarked: Floats,
                    tied: Floats) -> Floats:
    """Other transfers counted as fiscal capacity in equalisation (F5): the part of the ecology transfer not spent on
    ecology, the weak-area transfer, and earmarked transfers not `tied` to specific works.
    """
    return (1.0 - propensity) * ecology + weak_area + earmarked - tied


@either
def equalisation(need: Floats, capacity: Floats, pool: float, tilt: Floats) -> tuple[Floats, float]:
    """T_eq = coef Gap (1 + tilt), scaled to the pool; coef = min(1, pool / sum Gap) (F6).

    Returns payments and the coefficient; payments sum to min(pool, sum of gaps).
    """
    gap = np.maximum(0.0, need - capacity)
    total = gap.sum()
    if total <= 0.0:
        return np.zeros_like(gap), 0.0
    coefficient = min(1.0, pool / total)
    tilted = gap * (1.0 + tilt)
    return tilted * (coefficient * total / tilted.sum()), coefficient


@either
def shared(pool: float, weight: float, measure: Floats, other_weight: float, other: Floats) -> Floats:
    """Distribute a pool by two weighted criteria; weights are normalised, a criterion that is all zero drops out.

    If no weight is left, the remaining criteria count equally, so the pool is always paid out in full.
    """
    whole, whole_other = measure.sum(), other.sum()
    used, used_other = weight if whole > 0.0 else 0.0, other_weight if whole_other > 0.0 else 0.0
    if used + used_other <= 0.0:
        used, used_other = float(whole > 0.0), float(whole_other > 0.0)
    total = used + used_other
    if total <= 0.0:
        return np.zeros_like(measure)
    return (pool * used / total * measure / (whole if used > 0.0 else 1.0)
            + pool * used_other / total * other / (whole_other if used_other > 0.0 else 1.0))


def province_shares(year: int, before: Floats, general: float, prop: float, haikou: Flags, sanya: Flags,
                    only: float = 0.0) -> tuple[Floats, Floats]:
    """Provincial shares of shared and property taxes by county (F2): arrays [county] each.

    Up to 2017 the sharing ratio of the unit applies, and a part `only` of shared taxes belongs to the province alone.
    """
    if year < REFORM_YEAR:
        unit = np.where(haikou, before[0], np.where(sanya, before[1], before[2]))
        return only + (1.0 - only) * unit, unit
    return np.full(haikou.shape, general), np.full(haikou.shape, prop)


@either
def reform_gain(general: Floats, prop: Floats, before: Floats, after: Floats, central_share: float) -> Floats:
    """Gain of the province from the tax shares of 2018 compared with those up to 2017 (F2).

    `before`, `after`: the province's shares of shared and property taxes.
    """
    shared_general = (1.0 - central_share) * general
    return (after[0] * shared_general + after[1] * prop) - (before[0] * shared_general + before[1] * prop)


@either
def reform_return(gain: float, hold_harmless: Floats, growth: Floats, reward_share: float) -> Floats:
    """Amounts returned to counties by the 2018 reform (F2): the fixed base, and the province's further gains.

    hold_harmless is each county's loss at 2017 accounts; a county that gained pays its gain to the province (negative),
    so that the reform is neutral at the start. Later gains of the province are returned by growth and by base.
    """
    lost = np.maximum(hold_harmless, 0.0)
    rest = max(0.0, gain - hold_harmless.sum())
    if rest <= 0.0 or lost.sum() <= 0.0:
        return hold_harmless.copy()
    rise = growth if growth.sum() > 0 else lost
    return hold_harmless + rest * (reward_share * rise / rise.sum() + (1.0 - reward_share) * lost / lost.sum())


def poorest_third(income_per_head: Floats) -> Flags:
    """The third of counties with the lowest income per head, as a mask: those that receive help (5)."""
    order = np.argsort(income_per_head, kind="stable")
    mask = np.zeros(income_per_head.size, dtype=bool)
    mask[order[: round(income_per_head.size * HELPED_SHARE)]] = True
    return mask


class ProvinceAccount(Table):
    """Provincial finances of a year: revenue, transfer pools, own spending.

    Provincial values are arrays without dimensions, here and in the two tables below. Million CNY at 2020
    prices.
    """

    province_own_revenue = column(unit="million CNY", says="Provincial own revenue (taxes of the provincial tier)",
                                  says_zh="省本级一般公共预算收入", kind="flow", keep="county", section="8.2")
    province_central_transfer = column(unit="million CNY", says="Central transfers to Hainan", says_zh="中央转移支付",
                                       kind="flow", keep="county", section="8.2")
    unit_cost = column(unit="million CNY per standard user", says="Mean county spending per standard user last year",
                       kind="index", section="8.2")
    pool_projects = column(unit="million CNY", says="Earmarked for major projects", kind="flow", section="6.2")
    pool_repair = column(unit="million CNY", says="Earmarked for coastal restoration", kind="flow", section="2.3")
    pool_untied = column(unit="million CNY", says="Earmarked for other purposes", kind="flow", section="7")
    province_to_counties = column(unit="million CNY", says="Transfers of the province to counties",
                                  says_zh="省对市县转移支付", kind="flow", keep="county", section="8.2")
    pool_equalisation = column(unit="million CNY", says="Equalisation pool; the unused part is earmarked",
                               says_zh="均衡性转移支付资金池", kind="flow", keep="all", section="8.2")
    pool_ecology = column(unit="million CNY", says="Ecology transfer pool",
                          says_zh="重点生态功能区转移支付资金池", kind="flow", keep="all", section="8.2")
    pool_weak_area = column(unit="million CNY", says="Weak-area transfer pool",
                            says_zh="民族老区贫困地区转移支付资金池", kind="flow", keep="all", section="8.2")
    pool_earmarked = column(unit="million CNY",
                            says="Earmarked transfer pool, including major projects and coastal restoration",
                            says_zh="专项转移支付资金池", kind="flow", keep="all", section="7")
    province_social_subsidy = column(unit="million CNY", says="Subsidy of the province to social insurance",
                                     says_zh="省级社会保险补助", kind="flow", keep="county", section="7")
    province_programmes = column(unit="million CNY", says="Own programmes of the province", says_zh="省本级支出",
                                 kind="flow", keep="county", section="8.2")
    province_programmes_rest = column(unit="million CNY", says="Own programmes not attributed to counties",
                                      says_zh="省本级其他支出", kind="flow", keep="all", section="8.2")
    province_farm_support = column(unit="million CNY", says="Farm and forest subsidies, paid by the province",
                                   says_zh="省级农林补贴", kind="flow", keep="county", section="7")
    province_balance = column(unit="million CNY", says="Balance of the province", says_zh="省级结余", kind="stock",
                              keep="county", section="8.2")
    province_equalisation_coefficient = column(unit="share", says="Share of the fiscal gap filled by equalisation",
                                               says_zh="均衡性转移支付系数", kind="index", keep="county", section="8.2")
    province_aid_received = column(unit="million CNY", says="Paired assistance from outside Hainan for public services",
                                   says_zh="省外对口帮扶资金", kind="flow", keep="county", section="5")
    province_service_aid = column(unit="million CNY", kind="flow", keep="county", section="7",
                                  says_zh="实物公共服务支出",
                                  says="Last year's services in kind, billed to the province")
    province_awards = column(unit="million CNY", says="Provincial awards for clean rivers, net",
                             says_zh="省级流域生态补偿奖补", kind="flow", keep="county", section="6.1")
    province_national_park_cost = column(unit="million CNY", says="Provincial share of the cost of the national park",
                                says_zh="国家公园省级支出", kind="flow", keep="county", section="6.2")


class ProvincePrices(Table):
    """Prices and volumes of the markets that counties share, and terms common to all counties."""

    general_rate = column("market_sector", unit="share of value added", kind="index",
                          says="Shared taxes per value added, before county tax effort (t_s)", section="8.2")
    nontax_ratio = column(unit="ratio", kind="index", section="8.2",
                          says="Non-tax revenue per unit of tax kept by a county or the province")
    market_price = column("market_sector", unit="base year = 1", says_zh="岛外市场价格指数", kind="index", keep="all",
                          says="Price paid by outside markets for Hainan's output", section="2.1")
    service_taste = column(unit="base year = 1", says="Share of spending on local services", kind="index")
    living_service_share = column(unit="share", says="Share of local services in residents' spending last year")
    central_share = column(unit="share", says="Central share of the shared taxes (sC)", kind="index", section="8.2")
    equipment_duty_saved = column(unit="share", kind="index", section="2.1",
                                  says="Share of the price of capital goods removed by zero tariffs")
    input_duty_saved = column("market_sector", unit="share of value added", kind="index", section="2.1",
                              says="Saved duty on inputs that firms retain, per value added including duty")
    local_rate = column("market_sector", unit="share of value added", kind="index",
                        says="County-fixed taxes per value added, before county tax effort (t_loc)", section="6.2")
    carbon_price = column(unit="CNY per t", says="Price of certified sinks", says_zh="碳汇价格", kind="flow",
                          keep="county", section="3.3")
    offsets_from_outside = column(unit="t CO2", says="Offsets bought outside Hainan", says_zh="省外购入碳汇",
                                  kind="flow", keep="all", section="3.3")
    offsets_to_outside = column(unit="t CO2", says="Sinks sold outside Hainan", says_zh="售往省外碳汇", kind="flow",
                                keep="all", section="3.3")
    offset_money_outside = column(unit="million CNY", says="Receipts from outside for sinks, less payments for offsets",
                                  kind="flow", section="3.3")
    productivity_trend = column("market_sector", unit="1/year", says="Trend growth of productivity", kind="index")
    common_productivity_shock = column(unit="log", says="Common productivity shock", kind="index")
    newcomers_shock = column(unit="log", says="Shock to the inflow from outside", kind="index")
    nonlocal_entitlement = column(unit="share", says="Entitlement to services of residents registered elsewhere",
                                  kind="index", section="7")
    province_quota = column(unit="ha", says="New construction-land quota of the province",
                            says_zh="全省新增建设用地指标",
                            kind="flow", keep="county", section="3.2")
    quota_price = column(unit="million CNY per ha", says="Price of construction-land quota", says_zh="指标交易价格",
                         kind="flow", keep="county", section="3.2")
    quota_volume = column(unit="ha", says="Quota traded between counties", says_zh="指标交易量", kind="flow",
                          keep="county", section="3.2")
    compensation_price_pool = column(unit="million CNY per ha", says="Price of farmland compensation in the pool",
                                     says_zh="补充耕地指标价格", kind="flow", keep="county", section="3.2")
    compensation_pooled = column(unit="ha", says="Farmland compensation through the provincial pool",
                                 says_zh="省级统筹补充耕地量", kind="flow", keep="county", section="3.2")
    province_quota_reserve = column(unit="ha", says="Quota reserved by the province", says_zh="省级预留指标",
                                    kind="flow",
                                    keep="county", section="3.2")
    border_time = column(unit="minutes", says="Time an administrative border costs", says_zh="行政边界时间",
                         kind="index", keep="county", section="3.1")
    gateway_capacity = column(unit="million visits", says="Capacity of the gateways",
                              says_zh="口岸接待能力", kind="index", keep="county", section="4.3")


class ProvinceWatch(Table):
    """Monitored provincial values: incomes, warning lights, travel times, rivers, carbon, migration."""

    province_gdp_volume = column(
        unit="million CNY", says="GDP of the province, chained volume at base-year prices",
        says_zh="全省地区生产总值（可比价）", kind="flow", keep="headline", section="1")
    province_growth_labour = column(
        unit="1/year", says="Contribution of labour to output growth",
        says_zh="增长分解：劳动", kind="index", keep="headline", section="1")
    province_growth_capital = column(
        unit="1/year", says="Contribution of private capital to output growth",
        says_zh="增长分解：民间资本", kind="index", keep="headline", section="1")
    province_growth_land = column(
        unit="1/year", says="Contribution of land to output growth",
        says_zh="增长分解：土地", kind="index", keep="headline", section="1")
    province_growth_nearness = column(
        unit="1/year", says="Contribution of agglomeration and public capital to output growth",
        says_zh="增长分解：集聚与公共资本", kind="index", keep="headline", section="1")
    province_growth_trend = column(
        unit="1/year", says="Contribution of the productivity trend to output growth",
        says_zh="增长分解：生产率趋势", kind="index", keep="headline", section="1")
    province_growth_catch_up = column(
        unit="1/year", says="Contribution of productivity catch-up to output growth",
        says_zh="增长分解：生产率追赶", kind="index", keep="headline", section="5")
    province_growth_policy = column(
        unit="1/year", says="Contribution of programme premia to output growth",
        says_zh="增长分解：政策溢价", kind="index", keep="headline", section="1")
    province_growth_shock = column(
        unit="1/year", says="Contribution of productivity shocks to output growth",
        says_zh="增长分解：生产率冲击", kind="index", keep="headline", section="1")
    province_growth_nation = column(
        unit="1/year", says="National output growth, for comparison",
        says_zh="全国增长率", kind="index", keep="headline", section="1")
    person_gini = column(unit="index", says="Gini index of income over all residents", says_zh="居民收入基尼系数",
                         kind="flow", keep="headline", section="1")
    person_gini_between = column(unit="index", says="Between-county part of the Gini index of incomes",
                                 says_zh="居民收入基尼系数的市县间部分", kind="flow", keep="headline", section="1")
    province_median_income = column(unit="CNY", says="Median income of residents", says_zh="居民收入中位数",
                                    kind="flow", keep="county", section="1")
    province_basic_living = column(unit="ratio",
                                   says="Income of the poorest fifth of the province's residents over the median",
                                   says_zh="全省最低收入五分之一居民收入与中位数之比", kind="flow", keep="headline",
                                   section="1")
    province_poverty = column("zone", unit="share", says="Residents of the province below the poverty line",
                              says_zh="全省贫困发生率", kind="flow", keep="headline", section="1")
    leverage_yellow = column(unit="counties", says="Counties under a yellow debt light", says_zh="债务黄灯市县数",
                             kind="flow", keep="county", section="8.3", dtype="int64")
    leverage_orange = column(unit="counties", says="Counties under an orange debt light", says_zh="债务橙灯市县数",
                             kind="flow", keep="county", section="8.3", dtype="int64")
    leverage_red = column(unit="counties", says="Counties under a red debt light", says_zh="债务红灯市县数",
                          kind="flow", keep="county", section="8.3", dtype="int64")
    longest_journey = column(unit="minutes", says="Longest travel time between two counties",
                             says_zh="市县间最长通行时间", kind="index", keep="county", section="4.1")
    compensation_covered = column(unit="share", says="Lowest coverage among the sections due for compensation by 2020",
                                  says_zh="2020年应补偿断面的最低覆盖度", kind="index", keep="county", section="6.1")
    province_net_exports = column(unit="million CNY", says="Net exports of the province",
                                  says_zh="省外净流出", kind="flow", keep="county", section="1")
    unlikely_trade = column(unit="units",
                            says="Number of units (counties and the province) with implausibly large net exports",
                            says_zh="净流出超出合理范围的单位数", kind="flow", keep="county", section="1",
                            dtype="int64")
    red_gaps = column(unit="share", says="Share of residents in counties with a red light for income or services",
                      says_zh="差距红灯市县人口比重", kind="flow", keep="county", section="9.2")
    warning_answer = column(unit="share",
                            says="Increase of next year's equalisation pool and quota tilt in response to red lights",
                            says_zh="预警反馈对下一年均衡性转移支付与指标倾斜的加成", kind="index", keep="county",
                            section="9.2")
    province_water_load = column(unit="t/year", says="Load discharged to rivers, ammonia-nitrogen equivalent",
                                 says_zh="全省入河污染负荷（氨氮当量）", kind="flow", keep="county", section="6.1")
    province_water_good = column(unit="share", says="River sections at class III or better",
                                 says_zh="全省断面水质优良比例", kind="flow", keep="headline", section="6.1")
    province_tests_passed = column(unit="share", says="Quarterly river tests at class III or better",
                                   says_zh="全省断面季度达标率", kind="flow", keep="county", section="6.1")
    abatement_money = column(unit="million CNY", says="Effective ecology spending on abatement in all counties",
                             kind="flow", section="6.1")
    province_emission_intensity = column(unit="t CO2 per million CNY", says="Net emissions per unit of GDP",
                                         says_zh="单位生产总值净排放", kind="flow", keep="headline", section="6.1")
    newcomers = column(unit="persons", says="Arrivals from outside without registration in Hainan",
                       kind="flow", dtype="int64")
    outsiders_left = column(unit="persons", says="Departures from Hainan of persons registered outside", kind="flow",
                            dtype="int64")
    agglomeration_margin = column(unit="elasticity", says="Margin below full agglomeration in one place",
                                  says_zh="集聚弹性安全余量", kind="index", keep="all")
    gateway_use = column(unit="share", says="Demand for visits over gateway capacity",
                         says_zh="口岸能力利用率", kind="index", keep="county", section="4.3")
    visits_turned_away = column(unit="million visits", says="Visits not made for lack of gateway capacity",
                                says_zh="受限未成行游客", kind="flow", keep="county", section="4.3")


PROVINCE_TABLES: Mapping[str, type[Table]] = {
    "account": ProvinceAccount, "prices": ProvincePrices, "watch": ProvinceWatch}
"""Tables of the province by the attribute of the model that holds them."""
PROVINCE_COLUMNS = merged(*(table.columns() for table in PROVINCE_TABLES.values()))
PROVINCE_CARDS = merged(*(table.cards() for table in PROVINCE_TABLES.values()))
"""Cards of all recorded provincial variables."""


class Province(TableAgent):
    """The provincial government as an agent; attributes read and write its account, prices and monitored values."""

    def __init__(self, model):
        super().__init__(model, model.account, more=(model.prices, model.watch))


# ---- rules: land -----------------------------------------------------------------------------------------------


def allot_quota(active, population, gdp, last_disposable_income, park_share, subcentre, county_area, warning_answer,
                infra_land, quota_plan, quota_tilt, subcentres, infrastructure_quota_2018, construction_quota_total,
                quota_weight_population, quota: Out, quota_infrastructure: Out, province_quota: Out,
                province_quota_reserve: Out) -> None:
    """Allocate the year's new construction-land quota to counties (3.2, 8.1)."""
    guaranteed = max(0.0, infra_land - infrastructure_quota_2018)
    people, output = active * population.astype(float), active * gdp
    income = active * last_disposable_income / np.maximum(people, 1.0)
    claims = reserve_claims(park_share * output, subcentre * people, county_area, subcentres,
                            guaranteed / max(quota_plan, guaranteed, 1e-12))
    quota[:] = quota_allotment(construction_quota_total, quota_plan, answered(quota_tilt, warning_answer), people,
                               output, income, claims[0] + claims[1] + claims[2], quota_weight_population)
    quota_infrastructure[:] = construction_quota_total * quota_plan * claims[2]
    province_quota[...], province_quota_reserve[...] = construction_quota_total, quota_plan * construction_quota_total


# ---- rules: standard need and fiscal capacity --------------------------------------------------------------------


def settle(active, own_revenue, tax_effort, mountains, ethnic, poverty_counties, key_ecology, coast, county_area,
           mean_effort: Out, weak_places: Out, in_ecology: Out, ecology_area: Out, coast_area: Out,
           province_balance: Out) -> None:
    """Distribution keys that are constant over years, and the mean tax effort that capacity is measured at."""
    mean_effort[...] = own_revenue.sum() / (own_revenue / np.maximum(tax_effort, 1e-9))[active].sum()
    weak_places[:] = mountains.astype(float) + ethnic + poverty_counties
    in_ecology[:] = (key_ecology & active).astype(float)
    ecology_area[:], coast_area[:] = in_ecology * county_area, coast * county_area
    province_balance[...] = 0.0


@kernel
def assess(weight, rows_school_age, rows_by_health_age, rows_by_home, rows_adult, population, registered,
           seasonal_residents, active, mountains, own_revenue, collection_effort, mean_effort, resident_based,
           service_weights, health_weight_middle, health_weight_old, snowbird_health_use, seasonal_year,
           cost_factor_mountain, small_county_need, administration_share, standard_heads: Out,
           standard_capacity: Out, cost_factor: Out):
    """Standard users, on which standard need is based, and standard fiscal capacity by county (F4, F5).

    The cost factor is the cost of a user relative to one in a coastal county of mean size; services are produced with
    the same factor.
    """
    use_by_age = 1.0, health_weight_middle, health_weight_old
    users = service_users(rows_school_age, rows_by_health_age, rows_by_home, rows_adult, weight, 1.0, use_by_age)
    heads = standard_users(users, rows_by_home.sum() * float(weight), service_weights)
    seasonal_use = snowbird_health_use * seasonal_year
    persons, together = np.zeros(active.size), 0.0
    for c in range(active.size):
        if active[c]:
            served = population[c] + seasonal_use * seasonal_residents[c]
            persons[c] = resident_based * served + (1.0 - resident_based) * registered[c]
            together += persons[c]
    mean = together / active.sum()
    for c in range(active.size):
        served = heads[c] * persons[c] / max(population[c], 1)
        terrain = cost_factor_mountain if mountains[c] else 1.0
        size = max(persons[c], 1.0)
        standard_heads[c] = standard_need(served, 1.0, terrain, size, small_county_need, administration_share, mean)
        cost_factor[c] = standard_heads[c] / standard_need(served, 1.0, 1.0, size, 0.0, administration_share, mean)
        standard_capacity[c] = own_revenue[c] / max(collection_effort[c], 1e-9) * mean_effort
        if not active[c]:
            standard_heads[c], standard_capacity[c], cost_factor[c] = 0.0, 0.0, 1.0


def settle_unit_cost(own_revenue, central_transfer, county_share_of_central, standard_heads, unit_cost: Out) -> None:
    """In the base year, without a previous year, the cost per standard user is total county resources: own revenue and
    the transfers passed on by the province.
    """
    unit_cost[...] = (own_revenue.sum() + county_share_of_central * central_transfer) / standard_heads.sum()


def weigh_need(unit_cost, standard_heads, standard_need: Out) -> None:
    """Standard need: standard users at last year's mean spending (F4)."""
    standard_need[:] = unit_cost * standard_heads


# ---- rules: transfers ------------------------------------------------------------------------------------------


def pay_for_reform(year, tax_base_general, tax_base_property, province_tax_share, nontax_ratio, central_share,
                   growth_reward_share, last_tax_general: InOut, hold_harmless: InOut, transfer_base: Out) -> None:
    """From 2018, return the gain from the new tax shares: base subsidy fixed at 2017, rewards by growth (F2)."""
    growth = np.maximum(0.0, tax_base_general - last_tax_general)
    last_tax_general[:] = tax_base_general
    transfer_base[:] = 0.0
    if year < REFORM_YEAR - 1:
        return
    gain = reform_gain(tax_base_general, tax_base_property, *province_tax_share, central_share)
    if year == REFORM_YEAR - 1:
        hold_harmless[:] = gain
        return
    nontax = 1.0 + nontax_ratio
    transfer_base[:] = reform_return(nontax * gain.sum(), nontax * hold_harmless, growth, growth_reward_share)


def fill_pools(central_transfer, warning_answer, equal_pool, eco_pool, weak_area_pool, major_projects, coast_repair,
               county_share_of_central, pool_share_equalisation, pool_share_ecology, pool_share_weak_area,
               province_central_transfer: Out, pool_equalisation: Out, pool_ecology: Out, pool_weak_area: Out,
               pool_earmarked: Out, pool_projects: Out, pool_repair: Out, pool_untied: Out) -> None:
    """Divide the central transfers passed on among the pools (F6-F9).

    Earmarked funds for major projects are additional, from the province's own programmes (6.2); coastal restoration is
    paid from the earmarked pool (2.3).
    """
    province_central_transfer[...] = central_transfer
    passed = county_share_of_central * central_transfer
    extra = equal_pool * passed
    equal = answered(pool_share_equalisation + equal_pool, warning_answer) * passed
    ecology, weak = pool_share_ecology * eco_pool * passed, pool_share_weak_area * weak_area_pool * passed
    earmarked = max(0.0, passed + extra - (equal + ecology + weak))
    projects, repair = major_projects * earmarked, coast_repair * earmarked
    pool_equalisation[...], pool_ecology[...], pool_weak_area[...] = equal, ecology, weak
    pool_projects[...], pool_repair[...], pool_untied[...] = projects, repair, earmarked - repair
    pool_earmarked[...] = earmarked + projects


def pay_pools(active, population, standard_need, standard_capacity, transfer_base, counted_transfers, pool_equalisation,
              pool_ecology, pool_weak_area, weak_area, weak_places, in_ecology, ecology_area, ecology_area_weight,
              rows_minority, rows_poor, weak_minority_weight, weak_poor_weight, transfer_equalisation: Out,
              province_equalisation_coefficient: Out, transfer_ecology: Out, transfer_weak_area: Out) -> None:
    """Equalisation, ecology and weak-area transfers; each pool is spent exactly (F6-F8).

    Equalisation fills the gap that remains after last year's other transfers for the same needs.
    """
    means = standard_capacity + transfer_base + counted_transfers
    transfer_equalisation[:], province_equalisation_coefficient[...] = equalisation(
        standard_need, means, pool_equalisation, weak_area * weak_places)
    residents = active * population.astype(float)
    transfer_ecology[:] = shared(pool_ecology, ecology_area_weight, ecology_area, 1.0 - ecology_area_weight,
                                 in_ecology * residents)
    transfer_weak_area[:] = shared(pool_weak_area, weak_minority_weight, rows_minority, weak_poor_weight, rows_poor)


def share_earmarked(active, population, service_index, pool_projects, pool_repair, pool_untied, pool_equalisation,
                    transfer_equalisation, coast_area, earmarked_by_population, earmark_projects: Out,
                    earmark_repair: Out, transfer_earmarked: Out) -> None:
    """Earmarked transfers by residents and by their service shortfall; coastal restoration by area (F9).

    The unused part of the equalisation pool is distributed with them.
    """
    residents, part = active * population.astype(float), earmarked_by_population
    mean = (service_index * residents).sum() / residents.sum()
    shortfall = residents * np.maximum(0.0, 1.0 - service_index / mean)
    earmark_projects[:] = shared(pool_projects, part, residents, 1.0 - part, shortfall)
    earmark_repair[:] = shared(pool_repair, 1.0, coast_area, 0.0, coast_area)
    free = pool_untied + (pool_equalisation - transfer_equalisation.sum())
    transfer_earmarked[:] = shared(free, part, residents, 1.0 - part, shortfall) + (earmark_projects + earmark_repair)


def receive_aid(helped, paired_help, spending_services, transfer_aid: InOut, province_aid_received: Out) -> None:
    """Paired assistance from outside Hainan for public services of helped counties, as a share of their own spending on
    services last year; it passes through the provincial account (5).
    """
    own = np.maximum(0.0, spending_services.sum(axis=1) - transfer_aid)
    transfer_aid[:] = paired_help * own * helped
    province_aid_received[...] = transfer_aid.sum()


def charge_help_in_kind(service_aid, cost_factor, service_spending_efficiency, province_service_aid: Out) -> None:
    """Bill services in kind (schools brought in, services moved to regional centres) to the province a year later, at
    the cost of building them (4.1, 7).
    """
    province_service_aid[...] = (service_aid.sum(axis=1) * cost_factor).sum() / service_spending_efficiency


def close_account(transfer_base, transfer_equalisation, transfer_ecology, transfer_weak_area, transfer_earmarked,
                  earmark_projects, earmark_repair, ecology_transfer_propensity, social_subsidy, farm_support,
                  province_own_revenue, province_central_transfer, province_awards, province_national_park_cost,
                  province_service_aid, province_reserve_share, transfers: Out, counted_transfers: Out,
                  province_to_counties: Out,
                  province_social_subsidy: Out, province_farm_support: Out, province_programmes: Out,
                  province_balance: InOut) -> None:
    """Close the provincial account: after transfers, farm and forest subsidies, services in kind and social-insurance
    subsidies, the reserve is kept at its share and the rest is spent on own programmes (F10). Paired assistance passes
    through.
    """
    transfers[:] = transfer_base + transfer_equalisation + transfer_ecology + transfer_weak_area + transfer_earmarked
    counted_transfers[:] = counted_against(transfer_ecology, ecology_transfer_propensity, transfer_weak_area,
                                           transfer_earmarked, earmark_projects + earmark_repair)
    province_to_counties[...], province_social_subsidy[...] = transfers.sum(), social_subsidy.sum()
    province_farm_support[...] = farm_support.sum()
    resources = province_own_revenue + province_central_transfer
    kept = province_reserve_share * resources - float(province_balance)
    spent = float(province_to_counties + province_social_subsidy + province_farm_support + province_awards
                  + province_national_park_cost + province_service_aid)
    province_programmes[...] = resources - spent - kept
    province_balance += kept


def carry_out_programmes(active, population, province_programmes, programme_purchase_share, programmes_here: Out,
                         province_programmes_rest: Out) -> None:
    """Attribute the province's purchases for counties to them by residents; the rest of its programmes to none.

    A province whose obligations exceed its resources buys nothing and carries the deficit.
    """
    residents = active * population.astype(float)
    done = programme_purchase_share * max(0.0, float(province_programmes))
    programmes_here[:] = done * part_of_all(residents)
    province_programmes_rest[...] = province_programmes - done


# ---- rules: after the budgets of the counties -------------------------------------------------------------------


def cover_emergencies(transfer_emergency, province_balance: InOut) -> None:
    """Pay the shortfall of counties on their guarantees from the provincial reserve (F13)."""
    province_balance -= transfer_emergency.sum()


def measure_unit_cost(budget_resources, standard_heads, unit_cost: Out) -> None:
    """County resources per standard user, on which next year's need is based (F4)."""
    heads = standard_heads.sum()
    unit_cost[...] = (budget_resources.sum() / heads) if heads > 0 else 0.0
