"""The province: its account, and what it decides: land quota and transfers (B.5 F4-F10, B.6 L1-L2).

Every decision is a pure formula over all counties; a verb applies it once. Sections 3.2, 8.1, 8.2.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.agents.budget import service_users, standard_users, use_by_age
from sim.agents.seen import Seen
from sim.core.cache import either, kernel
from sim.core.declare import column, parameter
from sim.core.table import Table

WRITES = (
    "counties.quota", "counties.quota_infrastructure", "counties.standard_need", "counties.standard_capacity",
    "counties.transfer_base",
    "counties.transfer_equalisation", "counties.transfer_ecology", "counties.transfer_weak_area",
    "counties.transfer_earmarked", "counties.earmark_repair", "counties.earmark_projects", "counties.hold_harmless",
    "counties.last_tax_general", "account.*",
)
REFORM_YEAR = 2018  # before it ratios differ by unit; printed for 2012-2017, they are taken for earlier years as well
HELPED_SHARE = 1.0 / 3.0


@dataclass(frozen=True)
class Parameters:
    county_share_of_central: float = parameter(
        0.75, unit="share", bounds=(0.5, 0.8), source="scenario (mu); spending of seven counties in 2010",
        confidence="low",
        says="share of central transfers passed on to counties")
    pool_share_equalisation: float = parameter(0.40, unit="share", bounds=(0.25, 0.55), source="scenario",
                                               confidence="low", says="equalisation in what is passed on (pi_eq)")
    pool_share_ecology: float = parameter(0.08, unit="share", bounds=(0.04, 0.15),
                                          source="scenario; 7.75 bn in 2013-17",
                                          confidence="medium", says="ecology transfer in what is passed on (pi_eco)")
    pool_share_weak_area: float = parameter(0.05, unit="share", bounds=(0.02, 0.1), source="scenario", confidence="low",
                                            says="weak-area transfer in what is passed on (pi_eth)")
    resident_based_weight_before: float = parameter(
        0.3, unit="share", bounds=(0, 1), source="assumed", confidence="low",
        says="weight of residents against registered persons in standard need before the lever (psi)")
    cost_factor_mountain: float = parameter(1.2, unit="ratio", bounds=(1.05, 1.5), source="scenario",
                                            confidence="medium",
                                            says="cost of services in the central mountains against the coast (cf)")
    administration_share: float = parameter(
        0.35, unit="share", bounds=(0.2, 0.5), source="provincial functions 2014-2017", confidence="medium",
        says="share of standard need that is administration and other heads, by person")
    small_county_need: float = parameter(
        0.40, unit="elasticity", bounds=(0.0, 0.5), source="economies of scale: central template's size factor",
        confidence="low", says="need per person falls with county size by this elasticity (administration part)")
    ecology_area_weight: float = parameter(0.85, unit="share", bounds=(0.5, 1.0), source="ecology rule of 2015",
                                           confidence="medium",
                                           says="weight of area against persons in the ecology transfer")
    weak_minority_weight: float = parameter(0.6, unit="share", bounds=(0, 1),
                                            source="assumed; no list of old-base areas",
                                            confidence="low",
                                            says="weight of minority persons in the weak-area transfer")
    weak_poor_weight: float = parameter(0.4, unit="share", bounds=(0, 1), source="assumed", confidence="low",
                                        says="weight of low-income persons in the weak-area transfer")
    earmarked_by_population: float = parameter(
        0.8, unit="share", bounds=(0.3, 0.9), source="rich units receive large earmarked sums (Sanya 2020)",
        confidence="low", says="share of earmarked transfers that follows population; the rest follows shortfalls")
    growth_reward_share: float = parameter(0.5, unit="share", bounds=(0.3, 1.0), source="scenario (rho)",
                                           confidence="low",
                                           says="part of the reform gain returned by growth of shared taxes")
    construction_quota_total: float = parameter(2500.0, unit="ha/year", bounds=(1500, 4500), source="scenario",
                                                confidence="low", says="new construction land a year (Q)")
    infrastructure_quota_2018: float = parameter(
        0.10, unit="share", bounds=(0.05, 0.2), source="assumed", confidence="low",
        says="quota guaranteed for cross-county infrastructure in 2018, allotted with the reserve for parks")
    quota_weight_population: float = parameter(0.5, unit="share", bounds=(0, 1), source="assumed", confidence="low",
                                               says="population against output in the part not tilted (wN : wY)")
    province_reserve_share: float = parameter(
        0.01, unit="share of resources", bounds=(0, 0.05), source="budget law: reserve of 1-3 % of spending",
        says="share of provincial resources kept in reserve, from which emergencies are paid")


# ---- formulas -------------------------------------------------------------------------------------------------


@either
def part_of_all(amounts):
    """Each county's part of what all have."""
    return amounts / amounts.sum()


@either
def quota_allotment(total, reserve, tilt, population, output, income, park_land, population_weight):
    """New construction quota by county (L2).

    q = Q [ x rp + (1 - x)( wN n + wY y + wD d ) ], d ~ pop max(0, 1 - income / province); sums to Q. The weights rp
    need not add to one.
    """
    mean = (income * population).sum() / population.sum()
    need = population * np.maximum(0.0, 1.0 - income / mean)
    need = part_of_all(need if need.sum() > 0 else population)
    plain = (1.0 - tilt) * (population_weight * part_of_all(population)
                            + (1.0 - population_weight) * part_of_all(output))
    return total * (reserve * part_of_all(park_land) + (1.0 - reserve) * (plain + tilt * need))


@either
def reserve_claims(parks, centres, area, centre_share, works_share):
    """Shares in the reserve [parks / regional centres / infrastructure, county] (L1); all add to one.

    Cross-county infrastructure follows area; of the rest the regional centres have a fixed part by population, and
    parks what is left by their output.
    """
    rest = 1.0 - works_share
    return np.stack((rest * (1.0 - centre_share) * part_of_all(parks), rest * centre_share * part_of_all(centres),
                     works_share * part_of_all(area)))


def answered(share, feedback):
    """A share as it stands after the warnings of last year have been answered (9.2), never above one."""
    return min(1.0, share * (1.0 + float(feedback)))


@either
def standard_need(heads, unit_cost, cost_factor, population, size_elasticity, administration, mean_size):
    """SE = sum of unit cost, users and cost factors, and administration by person with economies of scale (F4)."""
    size = (population / mean_size) ** -size_elasticity
    return cost_factor * unit_cost * ((1.0 - administration) * heads + administration * population * size)


@either
def equalisation(need, capacity, pool, tilt):
    """T_eq = coef Gap (1 + tilt), scaled to the pool; coef = min(1, pool / sum Gap) (F6).

    Returns payments and the coefficient; payments add to min(pool, sum of gaps).
    """
    gap = np.maximum(0.0, need - capacity)
    total = gap.sum()
    if total <= 0.0:
        return np.zeros_like(gap), 0.0
    coefficient = min(1.0, pool / total)
    tilted = gap * (1.0 + tilt)
    return tilted * (coefficient * total / tilted.sum()), coefficient


@either
def shared(pool, weight, measure, other_weight, other):
    """A pool shared by two measures, each with its weight; weights are normalised, an empty measure drops out."""
    whole, whole_other = measure.sum(), other.sum()
    used, used_other = weight if whole > 0.0 else 0.0, other_weight if whole_other > 0.0 else 0.0
    total = used + used_other
    if total <= 0.0:
        return np.zeros_like(measure)
    return (pool * used / total * measure / (whole if used > 0.0 else 1.0)
            + pool * used_other / total * other / (whole_other if used_other > 0.0 else 1.0))


def province_shares(year, before, general, prop, haikou, sanya, only=0.0):
    """Provincial shares of shared and property taxes by county (F2): arrays [county] each.

    To 2017 the ratio of the unit holds, and a part `only` of shared taxes is the province's alone.
    """
    if year < REFORM_YEAR:
        unit = np.where(haikou, before[0], np.where(sanya, before[1], before[2]))
        return only + (1.0 - only) * unit, unit
    return np.full(haikou.shape, general), np.full(haikou.shape, prop)


@either
def reform_gain(general, prop, before, after, central_share):
    """What the shares from 2018 give the province of taxes collected, less what the shares to 2017 would (F2).

    `before`, `after`: its shares of shared and of property taxes.
    """
    shared_general = (1.0 - central_share) * general
    return (after[0] * shared_general + after[1] * prop) - (before[0] * shared_general + before[1] * prop)


@either
def reform_return(gain, hold_harmless, growth, reward_share):
    """What the 2018 reform returns to counties (F2): the fixed base, and what the province gains beyond it.

    hold_harmless is what each county lost at 2017 accounts; a county that won hands its gain up (negative), so nobody
    is better or worse off at the start. What the reform brings the province later goes back by growth and by base.
    """
    lost = np.maximum(hold_harmless, 0.0)
    rest = max(0.0, gain - hold_harmless.sum())
    if rest <= 0.0 or lost.sum() <= 0.0:
        return hold_harmless.copy()
    rise = growth if growth.sum() > 0 else lost
    return hold_harmless + rest * (reward_share * rise / rise.sum() + (1.0 - reward_share) * lost / lost.sum())


def poorest_third(income_per_head):
    """The third of the counties with the lowest income per head, as a mask: those that are helped (5)."""
    order = np.argsort(income_per_head, kind="stable")
    mask = np.zeros(income_per_head.size, dtype=bool)
    mask[order[: round(income_per_head.size * HELPED_SHARE)]] = True
    return mask


@kernel
def _assess(school, health, by_home, adults, weight, use_by_age, service_weights, population, registered, snowbirds,
            active, mountains, resident_based, seasonal_use, mountain_cost, size_elasticity, administration,
            own_revenue, tax_effort, mean_effort, capacity):
    """Standard capacity, and standard need in units of the mean cost of a standard user, which is returned (F4, F5)."""
    users = service_users(school, health, by_home, adults, weight, 1.0, use_by_age)
    heads = standard_users(users, by_home.sum() * float(weight), service_weights)
    persons, together = np.zeros(active.size), 0.0
    for c in range(active.size):
        if active[c]:
            served = population[c] + seasonal_use * snowbirds[c]
            persons[c] = resident_based * served + (1.0 - resident_based) * registered[c]
            together += persons[c]
    mean = together / active.sum()
    for c in range(active.size):
        served = heads[c] * persons[c] / max(population[c], 1)
        cost_factor = mountain_cost if mountains[c] else 1.0
        heads[c] = standard_need(served, 1.0, cost_factor, max(persons[c], 1.0), size_elasticity, administration, mean)
        capacity[c] = own_revenue[c] / max(tax_effort[c], 1e-9) * mean_effort
        if not active[c]:
            heads[c], capacity[c] = 0.0, 0.0
    return heads


class ProvinceAccount(Table):
    """The provincial account of a year; scalars as arrays without dimensions. Million CNY at 2020 prices."""

    local_rate = column("market_sector", unit="share of value added", kind="index",
                        says="Taxes per value added that stay in the county, before its effort (t_loc)", section="6.2")
    province_own_revenue = column(unit="million CNY", says="Provincial own revenue (taxes of the provincial tier)",
                                  says_zh="省本级一般公共预算收入", kind="flow", keep="county", section="8.2")
    province_central_transfer = column(unit="million CNY", says="Central transfers to Hainan", says_zh="中央转移支付",
                                       kind="flow", keep="county", section="8.2")
    unit_cost = column(unit="million CNY per standard user", says="Mean county spending per standard user last year",
                       kind="index", section="8.2")
    province_to_counties = column(unit="million CNY", says="Transfers of the province to counties",
                                  says_zh="省对市县转移支付", kind="flow", keep="county", section="8.2")
    pool_equalisation = column(unit="million CNY", says="Pool of equalisation; what it leaves is earmarked",
                               says_zh="均衡性转移支付资金池", kind="flow", keep="all", section="8.2")
    pool_ecology = column(unit="million CNY", says="Pool of the ecology transfer",
                          says_zh="重点生态功能区转移支付资金池", kind="flow", keep="all", section="8.2")
    pool_weak_area = column(unit="million CNY", says="Pool of the transfer to weak areas",
                            says_zh="民族老区贫困地区转移支付资金池", kind="flow", keep="all", section="8.2")
    pool_earmarked = column(unit="million CNY", says="Pool of earmarked transfers, with projects and coast repair",
                            says_zh="专项转移支付资金池", kind="flow", keep="all", section="7")
    province_social_subsidy = column(unit="million CNY", says="Subsidy of the province to social insurance",
                                     says_zh="省级社会保险补助", kind="flow", keep="county", section="7")
    province_programmes = column(unit="million CNY", says="Own programmes of the province", says_zh="省本级支出",
                                 kind="flow", keep="county", section="8.2")
    province_balance = column(unit="million CNY", says="Balance of the province", says_zh="省级结余", kind="stock",
                              keep="county", section="8.2")
    province_equalisation_coefficient = column(unit="share", says="Share of the fiscal gap filled by equalisation",
                                               says_zh="均衡性转移支付系数", kind="index", keep="county", section="8.2")
    person_gini = column(unit="index", says="Gini index of income over all residents", says_zh="居民收入基尼系数",
                         kind="flow", keep="headline", section="1")
    person_gini_between = column(unit="index", says="Part of the Gini index of persons that lies between counties",
                                 says_zh="居民收入基尼系数的市县间部分", kind="flow", keep="headline", section="1")
    province_median_income = column(unit="CNY", says="Median income of residents", says_zh="居民收入中位数",
                                    kind="flow", keep="county", section="1")
    province_basic_living = column(unit="ratio", says="Income of the poorest fifth of the province over the median",
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
    compensation_covered = column(unit="share", says="Least covered of the sections that compensation was to reach",
                                  says_zh="2020年应补偿断面的最低覆盖度", kind="index", keep="county", section="6.1")
    province_net_exports = column(unit="million CNY", says="Sold outside Hainan less bought there",
                                  says_zh="省外净流出", kind="flow", keep="county", section="1")
    unlikely_trade = column(unit="units", says="Counties, and the province, whose net exports are implausibly large",
                            says_zh="净流出超出合理范围的单位数", kind="flow", keep="county", section="1",
                            dtype="int64")
    red_gaps = column(unit="share", says="Residents of counties with a red light of income or services",
                      says_zh="差距红灯市县人口比重", kind="flow", keep="county", section="9.2")
    warning_answer = column(unit="share",
                            says="What red lights add to the equalisation pool and the quota tilt next year",
                            says_zh="预警反馈对下一年均衡性转移支付与指标倾斜的加成", kind="index", keep="county",
                            section="9.2")
    province_awards = column(unit="million CNY", says="Awards of the province for clean rivers, net",
                             says_zh="省级流域生态补偿奖补", kind="flow", keep="county", section="6.1")
    province_national_park_cost = column(unit="million CNY", says="Provincial part of keeping the national park",
                                says_zh="国家公园省级支出", kind="flow", keep="county", section="6.2")
    province_water_load = column(unit="t/year", says="Load discharged to rivers, ammonia-nitrogen equivalent",
                                 says_zh="全省入河污染负荷（氨氮当量）", kind="flow", keep="county", section="6.1")
    province_water_good = column(unit="share", says="River sections at class III or better",
                                 says_zh="全省断面水质优良比例", kind="flow", keep="headline", section="6.1")
    province_tests_passed = column(unit="share", says="Quarterly river tests at class III or better",
                                   says_zh="全省断面季度达标率", kind="flow", keep="county", section="6.1")
    abatement_money = column(unit="million CNY", says="Ecology spending on abatement in all counties, as it works",
                             kind="flow", section="6.1")
    province_emission_intensity = column(unit="t CO2 per million CNY", says="Net emissions per GDP",
                                         says_zh="单位生产总值净排放", kind="flow", keep="headline", section="6.1")
    carbon_price = column(unit="CNY per t", says="Price of certified sinks", says_zh="碳汇价格", kind="flow",
                          keep="county", section="3.3")
    offsets_from_outside = column(unit="t CO2", says="Offsets bought outside Hainan", says_zh="省外购入碳汇",
                                  kind="flow", keep="all", section="3.3")
    offsets_to_outside = column(unit="t CO2", says="Sinks sold outside Hainan", says_zh="售往省外碳汇", kind="flow",
                                keep="all", section="3.3")
    offset_money_outside = column(unit="million CNY", says="Money from outside for sinks, less money paid for offsets",
                                  kind="flow", section="3.3")
    newcomers = column(unit="persons", says="Persons who came from outside without registration in Hainan",
                       kind="flow", dtype="int64")
    outsiders_left = column(unit="persons", says="Persons registered outside who left Hainan", kind="flow",
                            dtype="int64")
    productivity_trend = column("market_sector", unit="1/year", says="Trend growth of productivity", kind="index")
    common_productivity_shock = column(unit="log", says="Common productivity shock", kind="index")
    agglomeration_margin = column(unit="elasticity", says="Room below the agglomeration that draws all to one place",
                                  says_zh="集聚弹性安全余量", kind="index", keep="all")
    nonlocal_entitlement = column(unit="share", says="Services a resident registered elsewhere is entitled to",
                                  kind="index", section="7")
    province_quota = column(unit="ha", says="New construction-land quota of the province",
                            says_zh="全省新增建设用地指标",
                            kind="flow", keep="county", section="3.2")
    quota_price = column(unit="million CNY per ha", says="Price of construction-land quota", says_zh="指标交易价格",
                         kind="flow", keep="county", section="3.2")
    quota_volume = column(unit="ha", says="Quota that changed counties", says_zh="指标交易量", kind="flow",
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
    gateway_capacity = column(unit="million visits", says="Visits the gateways can carry in a year",
                              says_zh="口岸接待能力", kind="index", keep="county", section="4.3")
    gateway_use = column(unit="share", says="Visits wanted over what the gateways can carry",
                         says_zh="口岸能力利用率", kind="index", keep="county", section="4.3")
    visits_turned_away = column(unit="million visits", says="Visits the gateways could not carry",
                                says_zh="受限未成行游客", kind="flow", keep="county", section="4.3")


class Province(Seen):
    """The provincial government: a window on its account."""

    def __init__(self, model):
        super().__init__(model, model.account)


# ---- verbs ----------------------------------------------------------------------------------------------------


def allot_quota(model) -> None:
    """The province allots the new construction-land quota of the year (3.2, 8.1)."""
    p, now, counties, base, account = model.parameters, model.now, model.counties, model.base, model.account
    guaranteed = max(0.0, now.infra_land - p.infrastructure_quota_2018)
    people, output = model.active * counties.population.astype(float), model.active * counties.gdp
    income = model.active * counties.last_disposable_income / np.maximum(people, 1.0)
    claims = reserve_claims(counties.park_share * output, base.subcentres * people, base.area, now.subcentres,
                            guaranteed / max(now.quota_plan, guaranteed, 1e-12))
    total, reserve = p.construction_quota_total, now.quota_plan
    tilt = answered(now.quota_tilt, account.warning_answer)
    counties.quota[:] = quota_allotment(total, reserve, tilt, people, output, income,
                                        claims[0] + claims[1] + claims[2], p.quota_weight_population)
    counties.quota_infrastructure[:] = total * reserve * claims[2]
    account.province_quota[...], account.province_quota_reserve[...] = total, reserve * total


def settle_spending(model) -> None:
    """What the counties of the base year have to spend: their own revenue and what the province passes on; the keys
    of pools that no year changes."""
    p, base, account = model.parameters, model.base, model.account
    base.weak_places = base.mountains.astype(float) + base.ethnic + base.poverty
    base.in_ecology = (base.key_ecology & model.active).astype(float)
    base.ecology_area, base.coast_area = base.in_ecology * base.area, base.coast * base.area
    passed = p.county_share_of_central * model.outlook["central_transfer"][0]
    base.county_spending_total = model.counties.own_revenue.sum() + passed
    base.mean_effort = _mean_effort(model)
    account.unit_cost[...] = 0.0
    account.province_balance[...] = 0.0


def _mean_effort(model):
    base, counties = model.base, model.counties
    return counties.own_revenue.sum() / (counties.own_revenue / np.maximum(base.tax_effort, 1e-9))[model.active].sum()


def assess(model) -> None:
    """Standard need and standard capacity of every county (F4, F5)."""
    p, counties, base, account, people = model.parameters, model.counties, model.base, model.account, model.people
    base.standard_heads = _assess(
        people.school, people.health, people.by_home, people.adults, model.weight, use_by_age(p), p.service_weights,
        counties.population, counties.registered, counties.seasonal_residents, model.active, base.mountains,
        model.now.resident_based, p.snowbird_health_use * p.seasonal_year, p.cost_factor_mountain, p.small_county_need,
        p.administration_share, counties.own_revenue, base.tax_effort, base.mean_effort, counties.standard_capacity)
    if account.unit_cost == 0.0:  # the base year has no year before
        account.unit_cost[...] = base.county_spending_total / base.standard_heads.sum()
    counties.standard_need[:] = account.unit_cost * base.standard_heads


def pay_transfers(model) -> None:
    """Central money and the province's own are passed on through the pools, each spent exactly (F6-F10).

    Earmarked money for major projects comes on top, from the province's own programmes (6.2); coast repair is taken out
    of the earmarked pool for coastal counties, by area (2.3).
    """
    p, now, counties, base, account, people = (
        model.parameters, model.now, model.counties, model.base, model.account, model.people)
    central = model.outlook["central_transfer"][model.year - base.year]
    account.province_central_transfer[...] = central
    assess(model)
    _pay_for_reform(model)
    passed = p.county_share_of_central * central
    extra = now.equal_pool * passed
    equal = answered(p.pool_share_equalisation + now.equal_pool, account.warning_answer) * passed
    ecology = p.pool_share_ecology * now.eco_pool * passed
    weak = p.pool_share_weak_area * now.weak_area_pool * passed
    earmarked = max(0.0, passed + extra - (equal + ecology + weak))
    projects, repair = now.major_projects * earmarked, now.coast_repair * earmarked
    account.pool_equalisation[...], account.pool_ecology[...] = equal, ecology
    account.pool_weak_area[...], account.pool_earmarked[...] = weak, earmarked + projects
    residents = model.active * counties.population.astype(float)
    counties.transfer_equalisation[:], account.province_equalisation_coefficient[...] = equalisation(
        counties.standard_need, counties.standard_capacity + counties.transfer_base, equal,
        now.weak_area * base.weak_places)
    counties.transfer_ecology[:] = shared(ecology, p.ecology_area_weight, base.ecology_area,
                                          1.0 - p.ecology_area_weight, base.in_ecology * residents)
    counties.transfer_weak_area[:] = shared(weak, p.weak_minority_weight, people.minorities, p.weak_poor_weight,
                                            people.poor)
    _share_earmarked(model, residents, projects, repair,
                     earmarked - repair + (equal - counties.transfer_equalisation.sum()))
    account.province_to_counties[...] = (
        counties.transfer_base + counties.transfer_equalisation + counties.transfer_ecology
        + counties.transfer_weak_area + counties.transfer_earmarked).sum()
    _close_account(model)


def _share_earmarked(model, residents, projects, repair, free) -> None:
    """Earmarked money by residents and by what they lack in services; what equalisation leaves is in what is free."""
    counties, part = model.counties, model.parameters.earmarked_by_population
    mean = (counties.service_index * residents).sum() / residents.sum()
    shortfall = residents * np.maximum(0.0, 1.0 - counties.service_index / mean)
    counties.earmark_projects[:] = shared(projects, part, residents, 1.0 - part, shortfall)
    counties.earmark_repair[:] = shared(repair, 1.0, model.base.coast_area, 0.0, model.base.coast_area)
    counties.transfer_earmarked[:] = shared(free, part, residents, 1.0 - part, shortfall) + (
        counties.earmark_projects + counties.earmark_repair)


def _close_account(model) -> None:
    """The province tops up social insurance, keeps its reserve at its share and spends the rest on its programmes."""
    account = model.account
    account.province_social_subsidy[...] = model.counties.social_subsidy.sum()
    resources = float(account.province_own_revenue + account.province_central_transfer)
    kept = model.parameters.province_reserve_share * resources - float(account.province_balance)
    spent = float(account.province_to_counties + account.province_social_subsidy + account.province_awards
                  + account.province_national_park_cost)
    account.province_programmes[...] = resources - spent - kept
    account.province_balance += kept


def _pay_for_reform(model) -> None:
    """From 2018 the gain of the new tax shares goes back: base subsidy fixed at 2017, rewards by growth (F2)."""
    p, base, counties = model.parameters, model.base, model.counties
    general, prop = counties.tax_base_general, counties.tax_base_property
    if model.year >= REFORM_YEAR:
        gain = reform_gain(general, prop, *base.province_tax_share, p.central_tax_share)
        nontax = 1.0 + base.nontax_ratio
        growth = np.maximum(0.0, general - counties.last_tax_general)
        counties.last_tax_general[:] = general
        counties.transfer_base[:] = reform_return(nontax * gain.sum(), nontax * counties.hold_harmless, growth,
                                                  p.growth_reward_share)
        return
    counties.last_tax_general[:] = general
    counties.transfer_base[:] = 0.0
    if model.year == REFORM_YEAR - 1:
        counties.hold_harmless[:] = reform_gain(general, prop, *base.province_tax_share, p.central_tax_share)
