"""Ecology: what reaches the rivers, how it runs down, and what cleaning and protecting cost (B.7 E1-E4, E6-E8, E10).

Loads are ammonia-nitrogen equivalents. Towns and plants discharge below the county seat, villages and fields over the
whole catchment. Rivers affect where people like to live, never production. Sections 2.2, 3.3, 6.1, 6.2, 9.1.
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
LEAST_LOAD = 1e-300  # t; keeps a county without load out of a division by nought
LEAST_HECTARES, LEAST_COST = 1e-9, 1e-12  # the same for a county without land, or without a cost (million CNY)
WORTHLESS = -1e9  # logarithm of load over cost below any there can be
HALVES_OF_A_YEAR = 2
SECOND_HALF = np.uint64(1) << np.uint64(40)  # a reach's second pair of quarters has an address of its own
HALVINGS, WIDEST = 100, 30.0  # search of the unit cost of abatement: steps, and its logarithm at most
TREATED_FROM, TREATED_UNTIL = BASE_YEAR, 2018  # the years for which the treated share of urban load is declared


@dataclass(frozen=True)
class Parameters:
    load_town: float = parameter(3.0, unit="kg per urban resident a year", bounds=(2.0, 4.0), confidence="medium",
                                 source="about 8 g of ammonia nitrogen per head and day, discharge statistics",
                                 says="load of an urban resident before treatment (eu)")
    load_village: float = parameter(0.35, unit="kg per rural resident a year", bounds=(0.15, 0.7), confidence="low",
                                    source="assumed: a tenth of what is made reaches a river",
                                    says="load of a rural resident that reaches a river (er)")
    load_field: float = parameter(2.5, unit="kg per ha a year", bounds=(1.0, 5.0), source="assumed: field studies",
                                  confidence="low", says="load of cultivated land that reaches a river (ea)")
    load_sector: tuple = parameter(
        (0.02, 0.02, 0.002, 0.03, 0.002, 0.0), unit="t per million CNY", bounds=(0.0, 0.06), confidence="low",
        source="national pollution survey of 2010 by industry; livestock in farming, ponds in marine",
        says="load per value added by sector (es)")
    sea_outfall: float = parameter(
        0.6, unit="share", bounds=(0.2, 0.8), source="outfalls of Haikou and Sanya; assumed", confidence="low",
        says="load of seaside towns and plants that is led into the open sea")
    natural_level: float = parameter(
        0.1, unit="mg/L", bounds=(0.05, 0.14), source="headwaters of the great rivers are class I", confidence="low",
        says="ammonia nitrogen of a river without people or fields")
    load_intensity_decline: float = parameter(0.03, unit="1/year", bounds=(0.0, 0.06), source="assumed",
                                              confidence="low", says="yearly fall of load per value added (ge)")
    river_decay: float = parameter(0.01, unit="1/km", bounds=(0.003, 0.03), source="river models",
                                   says="decay of load along a river (kd)")
    good_sections_2010: float = parameter(
        0.92, unit="share", bounds=(0.85, 0.97),
        source="environment bulletins 2010-2018: nine in ten sections and more (recalled)",
        says="share of reaches at class III or better in the base year, which the level of loads is settled on")
    water_test_cv: float = parameter(0.25, unit="ratio", bounds=(0.1, 0.5), source="assumed", confidence="low",
                                     says="spread of a quarterly test around the mean of the year (cq)")
    treatment_2010: float = parameter(
        0.55, unit="share", bounds=(0.4, 0.7), source="sewage treatment of towns, recalled", confidence="low",
        says="urban load taken out by sewage works in 2010 (tr)")
    treatment_2018: float = parameter(
        0.80, unit="share", bounds=(0.7, 0.9), source="sewage treatment of towns, recalled", confidence="low",
        says="urban load taken out by sewage works in 2018 (tr)")
    treatment_works_cost: float = parameter(
        3000.0, unit="CNY per urban resident", bounds=(1500, 5000), source="assumed: pipes and works", confidence="low",
        says="ecology spending that connects one more urban resident")
    abatement_2010: float = parameter(
        0.3, unit="share", bounds=(0.1, 0.5), source="assumed", confidence="low",
        says="load kept out by past ecology spending in the base year, which the cost of abatement is settled on")
    abatement_effect: float = parameter(1.0, unit="ratio", bounds=(0.5, 1.5), source="normalisation of the cost",
                                        confidence="low", says="e-folds of load per cost of an e-fold (ya)")
    abatement_decay: float = parameter(0.03, unit="1/year", bounds=(0.01, 0.08), source="assumed", confidence="low",
                                       says="decay of what past spending has reached (del_ab)")
    abatement_scale: float = parameter(
        0.2, unit="elasticity", bounds=(0.0, 0.35), source="cost functions of treatment works", confidence="medium",
        says="cost of abating a tonne falls with the load of a county by this elasticity")
    park_cost_per_hectare: float = parameter(
        600.0, unit="CNY per ha a year", bounds=(300, 1000), confidence="low",
        source="28 yuan/mu for public forest and two rangers per 1000 ha",
        says="cost of keeping park land, at base-year costs")
    park_centre_part: float = parameter(0.5, unit="share", bounds=(0.2, 0.8), source="assumed", confidence="low",
                                        says="part of the centre in what centre and province pay for the park")
    park_resettlement: float = parameter(
        1885.0, unit="persons", bounds=(0, 5000), source="470 households of eleven villages in the core (press)",
        confidence="medium", says="persons moved out of the park when it is fully protected (rel_np)")
    park_resettlement_cost: float = parameter(150_000.0, unit="CNY per person", bounds=(80_000, 300_000),
                                              source="assumed", confidence="low", says="homes for who leaves the park")


class Settled(Constants):
    ecology_cost_level = column(unit="million CNY per standard user", says=(
        "Unit cost of counties in the base year, which later costs of parks and abatement are compared with"))
    national_park_share = column("county", unit="share", says="National park in the area of the county")
    river_stays = column("reach", unit="share", says="Part of the load from above that passes the reach, e^(-kd km)")
    drained = column("way", "reach", "county", unit="share",
                     says="Part of a county's load that enters a reach, by the way it takes")
    great_share = column("way", "county", unit="share",
                         says="Part of a county's load that enters the three great basins, by the way it takes")
    sea_share = column("way", "county", unit="share", says="Part of a county's load that is not led into the open sea")
    lived_at = column("reach", "county", unit="share", says="Part of a county's people who live at a reach")
    reaches_in = column("county", unit="reaches", says="Reaches that lie in the county, at least one")
    reach_limit = column("reach", unit="class III limit = 1", says="Worst quality that meets the target of the section")
    load_scale = column(unit="ratio", says=(
        "Loads against those of the declared rates, so that the share of good reaches comes out"))
    mean_load = column(unit="t/year", says="Mean load of a county before abatement, at the declared rates")
    abatement_factor = column("county", unit="ratio", says="Cost of abatement against the coast (cf)")
    abatement_unit_cost = column(unit="million CNY per t", says=(
        "Cost of an e-fold per tonne at the mean load, at which base-year spending has kept out its share"))
    water_index_base = column("county", unit="class III limit = 1",
                              says="Mean quality of the rivers people live at in the base year")


# ---- formulas -------------------------------------------------------------------------------------------------


@either
def treated(reached: float, gap: float, year: int) -> float:
    """Treated share of urban load: what is aimed at, less a gap of 2010 that closes straight to 2018 (tr)."""
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
    """The abatement at which `kept_out` stands still."""
    left = np.exp(-folds)
    return (1.0 - decay) * (1.0 - left) / (1.0 - (1.0 - decay) * left)


@either
def fold_cost(unit: Number, load: Number, factor: Number, scale_elasticity: Number, mean_load: Number) -> Number:
    """Million CNY that lower a county's load by an e-fold: cost per tonne falls with size (cost_c)."""
    return unit * factor * load * (np.maximum(load, LEAST_LOAD) / mean_load) ** -scale_elasticity


@either
def for_rivers(spending: Number, park: Number, works: Number) -> Number:
    """Ecology spending left for abatement after the park and new sewage works."""
    return np.maximum(0.0, spending - park - works)


def traded_folds(load: Floats, cost: Floats, money: float) -> Floats:
    """E-folds by county when `money` is spent where a tonne costs least (E10).

    Spending goes to the highest load per cost until all that are served stand level: folds = max(0, ln(load/cost) - l)
    with sum of folds times cost = money.
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
    """What county, province and centre pay for the park: [3, county] (6.2)."""
    return np.array([(1.0 - share) * cost, share * (1.0 - centre) * cost, share * centre * cost])


# ---- rules: where rivers run and who drains into them ---------------------------------------------------------


def lay_out(rivers: Rivers, reach_county: Out, reach_below: Out, reach_payer: Out, reach_stage: Out, reach_flow: Out,
            reach_great: Out, reach_uid: Out) -> None:
    """Every reach learns where it lies, what it flows into and who meets at its section."""
    reach_county[:], reach_below[:], reach_payer[:] = rivers.county, rivers.downstream, rivers.payer
    reach_stage[:], reach_flow[:], reach_great[:], reach_uid[:] = rivers.stage, rivers.flow, rivers.great, rivers.uid


def settle_shares(rivers: Rivers, n, county_area, land_forest_park, river_decay, sea_outfall, river_stays: Out,
                  national_park_share: Out, drained: Out, great_share: Out, lived_at: Out, reaches_in: Out,
                  sea_share: Out, reach_limit: Out) -> None:
    """Who drains where: shares of a county's load by way, in the great basins, as lived at; what decays on the way."""
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
    """Costs of the base year, and loads at their declared rates, from which the level of loads is settled."""
    ecology_cost_level[...], load_scale[...] = unit_cost, 1.0


def settle_abatement(load_made, spending_ecology, national_park_cost, treatment_cost, mountains, active,
                     cost_factor_mountain, abatement_scale, abatement_effect, abatement_decay, abatement_2010,
                     mean_load: Out, abatement_factor: Out, abatement_unit_cost: Out, abatement: Out) -> None:
    """Cost of an e-fold at which the base year's spending has kept out its share of the load."""
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
    """The level of loads at which the share of good reaches comes out; an e-fold then costs less per tonne."""
    load_scale[...] = (CLASS_III - natural_level) / np.quantile(reach_load_through / reach_flow, good_sections_2010)
    abatement_unit_cost /= load_scale


def settle_water(water_index, water_index_base: Out) -> None:
    """The water that later years are compared with."""
    water_index_base[:] = water_index


# ---- rules: the year of a river -------------------------------------------------------------------------------


@kernel
def treat(year, elapsed, active, basin_infra, treatment_2010, treatment_2018, treatment_works_cost, population_zone,
          treatment: InOut, treatment_cost: Out) -> None:
    """Sewage works for those newly connected; in the base year at the rate of the years to 2018."""
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
    """Loads before abatement on their way to rivers, of people and fields and of sectors, from the land and from towns.
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
    """What is not kept out enters the reaches from their banks; counties are charged with theirs (E1, E7)."""
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
    """What passes the foot of each reach, and what decays along it: one pass down the tree (E2).

    Local load enters at the foot; of what comes from above a part stays, e^(-kd km) of the reach. Upper reaches stand
    before lower ones.
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
    """Quality of the year at every foot, and how many of its four tests meet the target (E3, E4).

    A test is the year's mean, spread by the luck of the quarter. Over the province, tests at class III are counted.
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
    """Water of counties: part of their reaches that is good, the worst of them, and the mean people live at."""
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
    """Load of the province."""
    province_water_load[...] = reach_load.sum()


# ---- rules: the national park ---------------------------------------------------------------------------------


def bar_industry(park_protect_by_county, national_park_share, industry_open: Out) -> None:
    """Where the park is protected, industry finds room on the rest of the county's land alone."""
    industry_open[:] = 1.0 - park_protect_by_county * national_park_share


def plan_resettlement(park_protect, park_protect_before, park_resettlement, population_zone, land_forest_park,
                      resettlement_planned: Out) -> None:
    """Who lives in the core leaves as the park comes under protection, by park land of counties with villages (E8)."""
    newly = max(0.0, park_protect - park_protect_before)
    land = np.where(population_zone[:, RURAL] > 0, land_forest_park, 0.0)
    resettlement_planned[:] = park_resettlement * newly * land / max(land.sum(), LEAST_HECTARES)


def charge_park(unit_cost, ecology_cost_level, park_cost_per_hectare, park_resettlement_cost, park_centre_part,
                park_fiscal, land_forest_park, resettlement_planned, national_park_cost: Out,
                province_national_park_cost: Out) -> None:
    """Keeping the park and moving people out, shared by county, province and centre (6.2).

    Costs follow those of the counties once these are known: the park is charged before they are settled.
    """
    level = unit_cost / ecology_cost_level if ecology_cost_level > 0.0 else 1.0
    cost = (park_cost_per_hectare * level * land_forest_park
            + park_resettlement_cost * resettlement_planned) / CNY_PER_MILLION
    county, province, _ = shared_park_cost(cost, park_fiscal, park_centre_part)
    national_park_cost[:] = county
    province_national_park_cost[...] = province.sum()


def resettle(persons: InOut, n, seed, year, weight, population_zone, resettlement_planned, resettled: Out) -> None:
    """As many rural residents of park counties as planned move to a town of their county, by the luck of the year."""
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


# ---- rules: what ecology spending reaches ---------------------------------------------------------------------


@kernel
def spend_on_rivers(load_made, spending_ecology, national_park_cost, treatment_cost, unit_cost, ecology_cost_level,
                    abatement_unit_cost, abatement_factor, abatement_scale, mean_load, load_scale, abatement_effect,
                    basin_plan, permit_trade, cost_of_fold: Out, load_folds: Out, abatement_money: Out) -> None:
    """E-folds of load that the part of the money kept at home buys; the money of all counties, as it works (E6)."""
    unit_price = abatement_unit_cost * unit_cost / ecology_cost_level
    mean, effect, at_home, money = mean_load * load_scale, abatement_effect * basin_plan, 1.0 - permit_trade, 0.0
    for c in range(load_made.size):
        effort = effect * for_rivers(spending_ecology[c], national_park_cost[c], treatment_cost[c])
        cost_of_fold[c] = fold_cost(unit_price, load_made[c], abatement_factor[c], abatement_scale, mean)
        load_folds[c] = at_home * effort / cost_of_fold[c] if cost_of_fold[c] > 0 else 0.0
        money += effort
    abatement_money[()] = money


def trade_permits(permit_trade, abatement_money, load_made, abatement, cost_of_fold, load_folds: InOut) -> None:
    """Traded permits send money where a tonne costs least (E10)."""
    if permit_trade > 0.0:
        left = load_made * (1.0 - abatement) * np.exp(-load_folds)
        load_folds += traded_folds(left, cost_of_fold, permit_trade * abatement_money)


def abate(active, abatement_decay, load_folds, abatement: InOut) -> None:
    """Ecology spending of the year keeps more load out, and what past spending has reached wears (E6)."""
    abatement[:] = kept_out(abatement, load_folds, abatement_decay) * active
