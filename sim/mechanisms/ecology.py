"""Ecology: loads to rivers, their transport, and the costs of abatement and protection (B.7 E1-E4, E6-E8, E10).

Loads are ammonia-nitrogen equivalents. Towns and plants discharge below the county seat, villages and fields over the
whole catchment. Rivers affect the attractiveness of places, but not production. Sections 2.2, 3.3, 6.1, 6.2, 9.1.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from sim.core.arrays import Floats, Number
from sim.core.bind import InOut, Out
from sim.core.cache import either, kernel
from sim.core.declare import column, parameter
from sim.core.randomness import RESETTLE, WATER, block, lognormal, normal, uniforms, unit
from sim.core.table import Constants
from sim.region.rivers import SEA, Rivers
from sim.words import BASE_YEAR, CNY_PER_MILLION, FARMING, FROM_LAND, FROM_TOWNS, QUARTERS, RURAL, URBAN

CLASS_LIMITS = (0.15, 0.5, 1.0, 1.5, 2.0)
"""Ammonia nitrogen, mg/L, upper bounds of classes I to V (GB 3838-2002)."""
CLASS_III = CLASS_LIMITS[2]
BOUNDS = np.array(CLASS_LIMITS) / CLASS_III
TONNES_PER_KG = 1e-3
LEAST_LOAD = 1e-300  # t; avoids division by zero in a county without load
LEAST_HECTARES, LEAST_COST = 1e-9, 1e-12  # the same for a county without land or without a cost (million CNY)
WORTHLESS = -1e9  # lower bound of the logarithm of load over cost
HALVES_OF_A_YEAR = 2
SECOND_HALF = np.uint64(1) << np.uint64(40)  # separate random-number address of a reach's second pair of quarters
HALVINGS, WIDEST = 100, 30.0  # search for the unit cost of abatement: number of steps, and largest logarithm
TREATED_FROM, TREATED_UNTIL = BASE_YEAR, 2018  # years for which the treated share of urban load is declared


@dataclass(frozen=True)
class Parameters:
    load_town: float = parameter(3.0, unit="kg per urban resident a year", bounds=(2.0, 4.0), confidence="medium",
                                 source="about 8 g of ammonia nitrogen per head and day, discharge statistics",
                                 says="load of an urban resident before treatment (eu)")
    load_village: float = parameter(0.35, unit="kg per rural resident a year", bounds=(0.15, 0.7), confidence="low",
                                    source="assumed: a tenth of the load generated reaches a river",
                                    says="load of a rural resident that reaches a river (er)")
    load_field: float = parameter(2.5, unit="kg per ha a year", bounds=(1.0, 5.0), source="assumed: field studies",
                                  confidence="low", says="load of cultivated land that reaches a river (ea)")
    load_sector: tuple = parameter(
        (0.02, 0.02, 0.002, 0.03, 0.002, 0.0), unit="t per million CNY", bounds=(0.0, 0.06), confidence="low",
        source="national pollution survey of 2010 by industry; livestock in farming, ponds in marine",
        says="load per value added by sector (es)")
    sea_outfall: float = parameter(
        0.6, unit="share", bounds=(0.2, 0.8), source="outfalls of Haikou and Sanya; assumed", confidence="low",
        says="share of the load of coastal towns and plants discharged into the open sea")
    natural_level: float = parameter(
        0.1, unit="mg/L", bounds=(0.05, 0.14), source="headwaters of the great rivers are class I", confidence="low",
        says="natural concentration of ammonia nitrogen")
    load_intensity_decline: float = parameter(0.03, unit="1/year", bounds=(0.0, 0.06), source="assumed",
                                              confidence="low", says="yearly decline of load per value added (ge)")
    river_decay: float = parameter(0.01, unit="1/km", bounds=(0.003, 0.03), source="river models",
                                   says="decay of load along a river (kd)")
    good_sections_2010: float = parameter(
        0.92, unit="share", bounds=(0.85, 0.97),
        source="environment bulletins 2010-2018: at least nine in ten sections (recalled)",
        says="share of reaches at class III or better in the base year, on which the level of loads is settled")
    water_test_cv: float = parameter(0.25, unit="ratio", bounds=(0.1, 0.5), source="assumed", confidence="low",
                                     says="coefficient of variation of quarterly tests around the yearly mean (cq)")
    treatment_2010: float = parameter(
        0.55, unit="share", bounds=(0.4, 0.7), source="sewage treatment of towns, recalled", confidence="low",
        says="urban load removed by sewage works in 2010 (tr)")
    treatment_2018: float = parameter(
        0.80, unit="share", bounds=(0.7, 0.9), source="sewage treatment of towns, recalled", confidence="low",
        says="urban load removed by sewage works in 2018 (tr)")
    treatment_works_cost: float = parameter(
        3000.0, unit="CNY per urban resident", bounds=(1500, 5000), source="assumed: pipes and works", confidence="low",
        says="ecology spending per additional urban resident connected")
    abatement_2010: float = parameter(
        0.3, unit="share", bounds=(0.1, 0.5), source="assumed", confidence="low",
        says="load abated by past ecology spending in the base year, on which the cost of abatement is settled")
    abatement_effect: float = parameter(1.0, unit="ratio", bounds=(0.5, 1.5), source="normalisation of the cost",
                                        confidence="low",
                                        says="log reduction of load per unit of spending at the settled cost (ya)")
    abatement_decay: float = parameter(0.03, unit="1/year", bounds=(0.01, 0.08), source="assumed", confidence="low",
                                       says="depreciation of past abatement (del_ab)")
    abatement_scale: float = parameter(
        0.2, unit="elasticity", bounds=(0.0, 0.35), source="cost functions of treatment works", confidence="medium",
        says="elasticity with which the cost per tonne abated falls with the load of a county")
    park_cost_per_hectare: float = parameter(
        600.0, unit="CNY per ha a year", bounds=(300, 1000), confidence="low",
        source="28 yuan/mu for public forest and two rangers per 1000 ha",
        says="management cost of park land, at base-year costs")
    park_centre_part: float = parameter(0.5, unit="share", bounds=(0.2, 0.8), source="assumed", confidence="low",
                                        says="central share of the park's cost borne by centre and province")
    park_resettlement: float = parameter(
        1885.0, unit="persons", bounds=(0, 5000), source="470 households of eleven villages in the core (press)",
        confidence="medium", says="persons resettled when the park is fully protected (rel_np)")
    park_resettlement_cost: float = parameter(150_000.0, unit="CNY per person", bounds=(80_000, 300_000),
                                              source="assumed", confidence="low",
                                              says="resettlement cost of persons from the park")


class Settled(Constants):
    ecology_cost_level = column(unit="million CNY per standard user", says=(
        "Unit cost of counties in the base year, the reference for later costs of park and abatement"))
    national_park_share = column("county", unit="share", says="National park in the area of the county")
    river_stays = column("reach", unit="share", says="Share of upstream load that passes the reach, e^(-kd km)")
    drained = column("way", "reach", "county", unit="share",
                     says="Share of a county's load that enters a reach, by pathway")
    great_share = column("way", "county", unit="share",
                         says="Share of a county's load that enters the three great basins, by pathway")
    sea_share = column("way", "county", unit="share", says="Share of a county's load not discharged into the open sea")
    lived_at = column("reach", "county", unit="share", says="Share of a county's residents living at a reach")
    reaches_in = column("county", unit="reaches", says="Number of reaches in the county, at least one")
    reach_limit = column("reach", unit="class III limit = 1",
                         says="Highest concentration that meets the target of the section")
    load_scale = column(unit="ratio", says=(
        "Scale of loads relative to the declared rates, settled on the share of good reaches"))
    mean_load = column(unit="t/year", says="Mean load of a county before abatement, at the declared rates")
    abatement_factor = column("county", unit="ratio", says="Cost of abatement relative to the coast (cf)")
    abatement_unit_cost = column(unit="million CNY per t", says=(
        "Cost per tonne and log unit of reduction at the mean load, settled on base-year abatement"))
    water_index_base = column("county", unit="class III limit = 1",
                              says="Mean river quality where people live, in the base year")


# ---- formulas -------------------------------------------------------------------------------------------------


@either
def treated(reached: float, gap: float, year: int) -> float:
    """Treated share of urban load: the target, less a gap of 2010 that closes linearly to 2018 (tr)."""
    left = min(max((TREATED_UNTIL - year) / (TREATED_UNTIL - TREATED_FROM), 0.0), 1.0)
    return reached - gap * left


@either
def quality(load: Number, flow: Number, natural: Number) -> Number:
    """Concentration over the limit of class III: the natural level and load over flow; t a million m3 is mg/L (E3)."""
    return (natural + load / flow) / CLASS_III


@either
def quality_class(index: Number) -> Number:
    """Class 1 to 5, 6 for worse, by the concentration (E3)."""
    return 1.0 + np.searchsorted(BOUNDS, index)


@either
def test_spread(cv: Number) -> Number:
    """Standard deviation of the logarithm of a lognormal number with that coefficient of variation."""
    return np.sqrt(np.log1p(cv * cv))


@either
def kept_out(abatement: Number, folds: Number, decay: Number) -> Number:
    """ab' = (1 - del)(1 - (1 - ab) e^-folds) (E6)."""
    return (1.0 - decay) * (1.0 - (1.0 - abatement) * np.exp(-folds))


def steady_abatement(folds: Number, decay: Number) -> Number:
    """The stationary level of `kept_out`."""
    left = np.exp(-folds)
    return (1.0 - decay) * (1.0 - left) / (1.0 - (1.0 - decay) * left)


@either
def fold_cost(unit: Number, load: Number, factor: Number, scale_elasticity: Number, mean_load: Number) -> Number:
    """Million CNY that reduce a county's load by a factor of e; the cost per tonne falls with size (cost_c)."""
    return unit * factor * load * (np.maximum(load, LEAST_LOAD) / mean_load) ** -scale_elasticity


@either
def for_rivers(spending: Number, park: Number, works: Number) -> Number:
    """Ecology spending available for abatement after the park and new sewage works."""
    return np.maximum(0.0, spending - park - works)


def traded_folds(load: Floats, cost: Floats, money: float) -> Floats:
    """Log reduction by county when `money` is spent where a tonne costs least (E10).

    Spending goes to the highest load per cost until marginal costs are equal: folds = max(0, ln(load/cost) - l) with
    the sum of folds times cost = money.
    """
    worth = np.full(load.size, WORTHLESS)
    for c in range(load.size):
        if load[c] > 0 and cost[c] > 0:
            worth[c] = np.log(load[c] / cost[c])
    level, spent, valued = np.inf, 0.0, 0.0
    for c in np.argsort(-worth, kind="mergesort"):
        spent += cost[c]
        valued += cost[c] * worth[c]
        level_with = (valued - money) / max(spent, LEAST_LOAD)
        if level < np.inf and worth[c] <= level_with:
            break
        level = level_with
    return np.maximum(0.0, worth - level)


def shared_park_cost(cost: Floats, share: float, centre: float) -> Floats:
    """Payments of county, province and centre for the park: [3, county] (6.2)."""
    return np.array([(1.0 - share) * cost, share * (1.0 - centre) * cost, share * centre * cost])


# ---- rules: the river network and its drainage ----------------------------------------------------------------


def lay_out(rivers: Rivers, reach_county: Out, reach_below: Out, reach_payer: Out, reach_stage: Out, reach_flow: Out,
            reach_great: Out, reach_uid: Out) -> None:
    """Set county, downstream reach and section of each reach."""
    reach_county[:], reach_below[:], reach_payer[:] = rivers.county, rivers.downstream, rivers.payer
    reach_stage[:], reach_flow[:], reach_great[:], reach_uid[:] = rivers.stage, rivers.flow, rivers.great, rivers.uid


def settle_shares(rivers: Rivers, n, county_area, land_forest_park, river_decay, sea_outfall, river_stays: Out,
                  national_park_share: Out, drained: Out, great_share: Out, lived_at: Out, reaches_in: Out,
                  sea_share: Out, reach_limit: Out) -> None:
    """Drainage: shares of a county's load by pathway, in the great basins, and of residents by reach; decay along
    reaches.
    """
    river_stays[:] = np.exp(-river_decay * rivers.km)
    national_park_share[:] = np.where(
        county_area > 0, land_forest_park / np.maximum(county_area, LEAST_HECTARES), 0.0)
    drained[:] = rivers.land_share, rivers.town_share
    great_share[:] = np.einsum("wrc,r->wc", drained, rivers.great.astype(float))
    lived_at[:] = drained.mean(axis=0)
    reaches_in[:] = np.maximum(1.0, np.bincount(rivers.county, minlength=n))
    sea_share[:] = np.ones(n), 1.0 - sea_outfall * rivers.seaside
    reach_limit[:] = BOUNDS[rivers.target - 1]


def settle_levels(unit_cost, ecology_cost_level: Out, load_scale: Out) -> None:
    """Base-year costs, and loads at the declared rates, from which the level of loads is settled."""
    ecology_cost_level[...], load_scale[...] = unit_cost, 1.0


def settle_abatement(load_made, spending_ecology, national_park_cost, treatment_cost, mountains, active,
                     cost_factor_mountain, abatement_scale, abatement_effect, abatement_decay, abatement_2010,
                     mean_load: Out, abatement_factor: Out, abatement_unit_cost: Out, abatement: Out) -> None:
    """Cost of abatement at which base-year spending sustains the base-year share abated."""
    effort = for_rivers(spending_ecology, national_park_cost, treatment_cost)
    abatement_factor[:] = np.where(mountains, cost_factor_mountain, 1.0)
    mean_load[...] = load_made[active].mean()
    plain = fold_cost(1.0, load_made, abatement_factor, abatement_scale, mean_load)
    folds = np.where(plain > 0, effort / np.maximum(plain, LEAST_COST), 0.0)
    low, high = -WIDEST, WIDEST  # log of the unit cost
    for _ in range(HALVINGS):
        middle = 0.5 * (low + high)
        reached = steady_abatement(abatement_effect * folds * np.exp(-middle), abatement_decay)
        enough = (reached * load_made).sum() > abatement_2010 * load_made.sum()
        low, high = (middle, high) if enough else (low, middle)
    abatement_unit_cost[...] = np.exp(high)
    abatement[:] = np.where(
        active, steady_abatement(abatement_effect * folds / abatement_unit_cost, abatement_decay), 0.0)


def settle_loads(reach_load_through, reach_flow, natural_level, good_sections_2010, load_scale: Out,
                 abatement_unit_cost: InOut) -> None:
    """The level of loads that reproduces the share of good reaches; the cost per tonne is rescaled accordingly."""
    load_scale[...] = (CLASS_III - natural_level) / np.quantile(reach_load_through / reach_flow, good_sections_2010)
    abatement_unit_cost /= load_scale


def settle_water(water_index, water_index_base: Out) -> None:
    """Water quality of the base year, the reference of later years."""
    water_index_base[:] = water_index


# ---- rules: loads and water quality of the year ---------------------------------------------------------------


@kernel
def treat(year, elapsed, active, basin_infra, treatment_2010, treatment_2018, treatment_works_cost, population_zone,
          treatment: InOut, treatment_cost: Out) -> None:
    """Sewage works for newly connected residents; in the base year at the rate of the years to 2018."""
    gap = treatment_2018 - treatment_2010
    reached = treated(basin_infra, gap, year)
    for c in range(treatment.size):
        last, treatment[c] = treatment[c], reached * active[c]
        grown = gap / (TREATED_UNTIL - TREATED_FROM) * active[c]
        if elapsed > 0:
            grown = max(0.0, treatment[c] - last)
        treatment_cost[c] = treatment_works_cost / CNY_PER_MILLION * grown * population_zone[c, URBAN]


@kernel
def discharge(elapsed, population_zone, land_cultivated, treatment, value_added, load_town, load_village, load_field,
              load_sector, load_intensity_decline, load_scale, sea_share, load_people: Out, load_sectors: Out,
              load_made: Out) -> None:
    """Loads to rivers before abatement, from residents and fields and from sectors, by pathway.
    """
    fall = math.exp(-load_intensity_decline * elapsed)
    for c in range(land_cultivated.size):
        from_land, from_towns = load_scale * sea_share[FROM_LAND, c], load_scale * sea_share[FROM_TOWNS, c]
        load_people[c, FROM_LAND] = from_land * (
            TONNES_PER_KG * (load_village * population_zone[c, RURAL] + load_field * land_cultivated[c]))
        load_people[c, FROM_TOWNS] = from_towns * (
            TONNES_PER_KG * load_town * (1.0 - treatment[c]) * population_zone[c, URBAN])
        in_towns = 0.0
        for s in range(FARMING + 1, load_sector.size):
            in_towns += value_added[c, s] * load_sector[s] * fall
        load_sectors[c, FROM_LAND] = from_land * (value_added[c, FARMING] * load_sector[FARMING] * fall)
        load_sectors[c, FROM_TOWNS] = from_towns * in_towns
        load_made[c] = (load_people[c, FROM_LAND] + load_sectors[c, FROM_LAND]) + (
            load_people[c, FROM_TOWNS] + load_sectors[c, FROM_TOWNS])


@kernel
def drain(load_people, load_sectors, abatement, basin_std, great_share, reach_great, drained, water_load: Out,
          reach_load: Out) -> None:
    """Loads after abatement enter the reaches and are attributed to counties (E1, E7)."""
    for c in range(abatement.size):
        water_load[c] = 0.0
        for way in range(drained.shape[0]):
            entering = load_people[c, way] + load_sectors[c, way] * (1.0 - basin_std * great_share[way, c])
            water_load[c] += (1.0 - abatement[c]) * entering
    for r in range(reach_load.size):
        of_people, of_sectors = 0.0, 0.0
        for way in range(drained.shape[0]):
            for c in range(abatement.size):
                of_people += drained[way, r, c] * ((1.0 - abatement[c]) * load_people[c, way])
                of_sectors += drained[way, r, c] * ((1.0 - abatement[c]) * load_sectors[c, way])
        reach_load[r] = of_people + (1.0 - basin_std * reach_great[r]) * of_sectors


@kernel
def run_down(reach_below, river_stays, reach_load, reach_load_through: Out, reach_load_lost: Out) -> None:
    """Load at the end of each reach and decay along it, in one pass downstream (E2).

    Local load enters at the end of the reach; a share e^(-kd km) of the upstream load remains. Upstream reaches come
    first.
    """
    arriving = np.zeros(reach_load.size)
    for r in range(reach_load.size):
        reach_load_through[r] = arriving[r] * river_stays[r] + reach_load[r]
        reach_load_lost[r] = arriving[r] * (1.0 - river_stays[r])
        if reach_below[r] != SEA:
            arriving[reach_below[r]] += reach_load_through[r]


@kernel
def test_sections(seed, year, reach_uid, reach_load_through, reach_flow, natural_level, water_test_cv, reach_limit,
                  reach_quality: Out, reach_class: Out, reach_tests_passed: Out, province_tests_passed: Out) -> None:
    """Quality of the year at the end of every reach, and the number of its four tests that meet the target (E3, E4).

    A test is the yearly mean times a random factor of the quarter. Province-wide, tests at class III are counted.
    """
    spread, good = test_spread(water_test_cv), 0
    for r in range(reach_uid.size):
        reach_quality[r] = quality(reach_load_through[r], reach_flow[r], natural_level)
        reach_class[r], reach_tests_passed[r] = quality_class(reach_quality[r]), 0
        for half in range(HALVES_OF_A_YEAR):
            far, further, turn, next_turn = block(
                np.uint64(seed), WATER, year, reach_uid[r] ^ (np.uint64(half) * SECOND_HALF))
            for luck in (normal(unit(far), unit(turn)), normal(unit(further), unit(next_turn))):
                test = reach_quality[r] * lognormal(luck, spread)
                reach_tests_passed[r] += test <= reach_limit[r]
                good += test <= 1.0
    province_tests_passed[()] = good / (QUARTERS * reach_uid.size)


@kernel
def judge_water(reach_county, reach_quality, lived_at, reaches_in, water_good: Out, water_worst: Out, water_index: Out,
                province_water_good: Out) -> None:
    """Water quality of counties: share of good reaches, the worst reach, and the mean where people live."""
    water_good[:], water_worst[:], water_index[:] = 0.0, 0.0, 0.0
    everywhere = 0
    for r in range(reach_county.size):
        home = reach_county[r]
        water_good[home] += (reach_quality[r] <= 1.0) / reaches_in[home]
        everywhere += reach_quality[r] <= 1.0
        water_worst[home] = max(water_worst[home], reach_quality[r])
        for c in range(water_index.size):
            water_index[c] += lived_at[r, c] * reach_quality[r]
    province_water_good[()] = everywhere / reach_county.size


def sum_load(reach_load, province_water_load: Out) -> None:
    """Total load of the province."""
    province_water_load[...] = reach_load.sum()


# ---- rules: the national park ---------------------------------------------------------------------------------


def bar_industry(park_protect_by_county, national_park_share, industry_open: Out) -> None:
    """Protection of the park restricts industrial growth to the rest of the county's land."""
    industry_open[:] = 1.0 - park_protect_by_county * national_park_share


def plan_resettlement(park_protect, park_protect_before, park_resettlement, population_zone, land_forest_park,
                      resettlement_planned: Out) -> None:
    """Planned resettlement from the core as the park is protected, by park land of counties with villages (E8)."""
    newly = max(0.0, park_protect - park_protect_before)
    land = np.where(population_zone[:, RURAL] > 0, land_forest_park, 0.0)
    resettlement_planned[:] = park_resettlement * newly * land / max(land.sum(), LEAST_HECTARES)


def charge_park(unit_cost, ecology_cost_level, park_cost_per_hectare, park_resettlement_cost, park_centre_part,
                park_fiscal, land_forest_park, resettlement_planned, national_park_cost: Out,
                province_national_park_cost: Out) -> None:
    """Costs of park management and resettlement, shared by county, province and centre (6.2).

    Costs are indexed to the unit cost of counties once it is settled.
    """
    level = unit_cost / ecology_cost_level if ecology_cost_level > 0.0 else 1.0
    cost = (park_cost_per_hectare * level * land_forest_park
            + park_resettlement_cost * resettlement_planned) / CNY_PER_MILLION
    county, province, _ = shared_park_cost(cost, park_fiscal, park_centre_part)
    national_park_cost[:] = county
    province_national_park_cost[...] = province.sum()


def resettle(persons: InOut, n, seed, year, weight, population_zone, resettlement_planned, resettled: Out) -> None:
    """Move the planned number of rural residents of park counties to the urban zone of their county, chosen at random.
    """
    resettled[:] = 0
    if not resettlement_planned.any():
        return
    share = resettlement_planned / np.maximum(population_zone[:, RURAL], 1)
    rural = np.flatnonzero((persons.res_county < n) & (persons.res_zone == RURAL))
    rural = rural[share[persons.res_county[rural]] > 0]
    luck = uniforms(seed, RESETTLE, year, persons.uid[rural])[:, 0] / share[persons.res_county[rural]]
    moved = rural[np.argsort(luck, kind="stable")[: int(np.rint(resettlement_planned.sum() / weight))]]
    persons.res_zone[moved] = URBAN
    resettled[:] = np.bincount(persons.res_county[moved].astype(np.int64), minlength=n)[:n] * weight


# ---- rules: abatement -----------------------------------------------------------------------------------------


@kernel
def spend_on_rivers(load_made, spending_ecology, national_park_cost, treatment_cost, unit_cost, ecology_cost_level,
                    abatement_unit_cost, abatement_factor, abatement_scale, mean_load, load_scale, abatement_effect,
                    basin_plan, permit_trade, cost_of_fold: Out, load_folds: Out, abatement_money: Out) -> None:
    """Log reduction of load from untraded abatement spending; effective spending of all counties (E6)."""
    unit_price = abatement_unit_cost * unit_cost / ecology_cost_level
    mean, effect, at_home, money = mean_load * load_scale, abatement_effect * basin_plan, 1.0 - permit_trade, 0.0
    for c in range(load_made.size):
        effort = effect * for_rivers(spending_ecology[c], national_park_cost[c], treatment_cost[c])
        cost_of_fold[c] = fold_cost(unit_price, load_made[c], abatement_factor[c], abatement_scale, mean)
        load_folds[c] = at_home * effort / cost_of_fold[c] if cost_of_fold[c] > 0 else 0.0
        money += effort
    abatement_money[()] = money


def trade_permits(permit_trade, abatement_money, load_made, abatement, cost_of_fold, load_folds: InOut) -> None:
    """Tradable permits direct spending to where a tonne costs least (E10)."""
    if permit_trade > 0.0:
        left = load_made * (1.0 - abatement) * np.exp(-load_folds)
        load_folds += traded_folds(left, cost_of_fold, permit_trade * abatement_money)


def abate(active, abatement_decay, load_folds, abatement: InOut) -> None:
    """Update abatement: depreciation of past abatement plus this year's reduction (E6)."""
    abatement[:] = kept_out(abatement, load_folds, abatement_decay) * active
