"""Ecology: what reaches the rivers, how it runs down, and what cleaning and protecting cost (B.7 E1-E4, E6-E8, E10).

Loads are ammonia-nitrogen equivalents. Towns and plants discharge below the county seat, villages and fields over the
whole catchment. Rivers affect where people like to live, never production. Sections 2.2, 3.3, 6.1, 6.2, 9.1.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from sim.agents.persons import RURAL, URBAN
from sim.core.cache import either, kernel
from sim.core.declare import parameter
from sim.core.randomness import RESETTLE, WATER, block, lognormal, normal, uniforms, unit
from sim.region.rivers import SEA

WRITES = (
    "reaches.*", "counties.load_made", "counties.water_load", "counties.water_index", "counties.water_worst",
    "counties.water_good", "counties.treatment", "counties.treatment_cost", "counties.abatement",
    "counties.national_park_cost", "counties.resettled", "counties.industry_open", "account.province_water_load",
    "account.province_water_good", "account.province_tests_passed", "account.province_national_park_cost",
    "persons.res_zone",
)
CLASS_LIMITS = (0.15, 0.5, 1.0, 1.5, 2.0)
"""Ammonia nitrogen, mg/L, upper bounds of classes I to V (GB 3838-2002)."""
CLASS_III = CLASS_LIMITS[2]
BOUNDS = np.array(CLASS_LIMITS) / CLASS_III
KILO = 1e-3
LEAST_LOAD = 1e-300
A = 0
SECOND_HALF = np.uint64(1) << np.uint64(40)  # a reach's second pair of quarters has an address of its own
HALVINGS, QUARTERS = 100, 4
TREATED_FROM, TREATED_UNTIL = 2010, 2018


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


# ---- formulas -------------------------------------------------------------------------------------------------


def treated(reached, gap, year):
    """Treated share of urban load: what is aimed at, less a gap of 2010 that closes straight to 2018 (tr)."""
    left = min(max((TREATED_UNTIL - year) / (TREATED_UNTIL - TREATED_FROM), 0.0), 1.0)
    return reached - gap * left


@either
def quality(load, flow, natural):
    """Concentration over the limit of class III: the natural level and load over flow; t a million m3 is mg/L (E3)."""
    return (natural + load / flow) / CLASS_III


@either
def quality_class(index):
    """Class 1 to 5, 6 for worse, by the concentration (E3)."""
    return 1.0 + np.searchsorted(BOUNDS, index)


@either
def test_spread(cv):
    """Standard deviation of the logarithm of a lognormal number with that coefficient of variation."""
    return np.sqrt(np.log1p(cv * cv))


@either
def kept_out(abatement, folds, decay):
    """ab' = (1 - del)(1 - (1 - ab) e^-folds) (E6)."""
    return (1.0 - decay) * (1.0 - (1.0 - abatement) * np.exp(-folds))


def steady_abatement(folds, decay):
    """The abatement at which `kept_out` stands still."""
    left = np.exp(-folds)
    return (1.0 - decay) * (1.0 - left) / (1.0 - (1.0 - decay) * left)


@either
def fold_cost(unit, load, factor, scale_elasticity, mean_load):
    """Million CNY that lower a county's load by an e-fold: cost per tonne falls with size (cost_c)."""
    return unit * factor * load * (np.maximum(load, LEAST_LOAD) / mean_load) ** -scale_elasticity


@either
def for_rivers(spending, park, works):
    """Ecology spending left for abatement after the park and new sewage works."""
    return np.maximum(0.0, spending - park - works)


def traded_folds(load, cost, money):
    """E-folds by county when `money` is spent where a tonne costs least (E10).

    Spending goes to the highest load per cost until all that are served stand level: folds = max(0, ln(load/cost) - l)
    with sum of folds times cost = money.
    """
    worth = np.full(load.size, -1e9)
    for c in range(load.size):
        if load[c] > 0 and cost[c] > 0:
            worth[c] = np.log(load[c] / cost[c])
    level, spent, valued = np.inf, 0.0, 0.0
    for c in np.argsort(-worth, kind="mergesort"):
        spent += cost[c]
        valued += cost[c] * worth[c]
        level_with = (valued - money) / max(spent, 1e-300)
        if level < np.inf and worth[c] <= level_with:
            break
        level = level_with
    return np.maximum(0.0, worth - level)


def shared_park_cost(cost, share, centre):
    """What county, province and centre pay for the park: [3, county] (6.2)."""
    return np.array([(1.0 - share) * cost, share * (1.0 - centre) * cost, share * centre * cost])


@kernel
def _discharge(residents, cultivated, treatment, value_added, per_town, per_village, per_field, per_value, fall,
               reaching, people, made, whole):
    """Load of people and fields, and of sectors, on its way to rivers from the land and from towns; [way, county]."""
    for c in range(cultivated.size):
        people[0, c] = reaching[0, c] * (KILO * (per_village * residents[c, RURAL] + per_field * cultivated[c]))
        people[1, c] = reaching[1, c] * (KILO * per_town * (1.0 - treatment[c]) * residents[c, URBAN])
        in_towns = 0.0
        for s in range(A + 1, per_value.size):
            in_towns += value_added[c, s] * per_value[s] * fall
        made[0, c] = reaching[0, c] * (value_added[c, A] * per_value[A] * fall)
        made[1, c] = reaching[1, c] * in_towns
        whole[c] = (people[0, c] + made[0, c]) + (people[1, c] + made[1, c])


@kernel
def _reach_banks(people, made, abatement, standard, great_share, great, drained, charged, own):
    """What is not kept out enters the reaches from their banks; counties are charged with theirs (E1, E7)."""
    for c in range(abatement.size):
        charged[c] = 0.0
        for way in range(people.shape[0]):
            entering = people[way, c] + made[way, c] * (1.0 - standard * great_share[way, c])
            charged[c] += (1.0 - abatement[c]) * entering
    for r in range(own.size):
        of_people, of_sectors = 0.0, 0.0
        for way in range(people.shape[0]):
            for c in range(abatement.size):
                of_people += drained[way, r, c] * ((1.0 - abatement[c]) * people[way, c])
                of_sectors += drained[way, r, c] * ((1.0 - abatement[c]) * made[way, c])
        own[r] = of_people + (1.0 - standard * great[r]) * of_sectors


@kernel
def run_down(downstream, stays, own, through, lost):
    """What passes the foot of each reach, and what decays along it: one pass down the tree (E2).

    Local load enters at the foot; of what comes from above a part `stays`, e^(-kd km) of the reach. Upper reaches stand
    before lower ones.
    """
    arriving = np.zeros(own.size)
    for r in range(own.size):
        through[r] = arriving[r] * stays[r] + own[r]
        lost[r] = arriving[r] * (1.0 - stays[r])
        if downstream[r] != SEA:
            arriving[downstream[r]] += through[r]


@kernel
def _judge(seed, year, uid, through, flow, natural, cv, limit, found, found_class, passed):
    """Quality of the year at every foot, and how many of its four tests meet the target; returns tests at class III.

    A test is the year's mean, spread by the luck of the quarter (E3, E4).
    """
    spread, good = test_spread(cv), 0
    for r in range(uid.size):
        found[r] = quality(through[r], flow[r], natural)
        found_class[r], passed[r] = quality_class(found[r]), 0
        for half in range(2):
            far, further, turn, next_turn = block(seed, WATER, year, uid[r] ^ (np.uint64(half) * SECOND_HALF))
            for luck in (normal(unit(far), unit(turn)), normal(unit(further), unit(next_turn))):
                test = found[r] * lognormal(luck, spread)
                passed[r] += test <= limit[r]
                good += test <= 1.0
    return good


@kernel
def _count_by_county(county, found, lived_at, reaches_in, good, worst, index):
    """Water of counties: part of their reaches that is good, the worst of them, and the mean people live at."""
    good[:], worst[:], index[:] = 0.0, 0.0, 0.0
    everywhere = 0
    for r in range(county.size):
        good[county[r]] += (found[r] <= 1.0) / reaches_in[county[r]]
        everywhere += found[r] <= 1.0
        worst[county[r]] = max(worst[county[r]], found[r])
        for c in range(index.size):
            index[c] += lived_at[r, c] * found[r]
    return everywhere


@kernel
def _spend_at_home(load, spending, park, works, unit_cost, factor, scale, mean_load, effect, at_home, cost, folds):
    """E-folds of load that the part of the money kept at home buys; returns the money of all counties, as it works."""
    money = 0.0
    for c in range(load.size):
        effort = effect * for_rivers(spending[c], park[c], works[c])
        cost[c] = fold_cost(unit_cost, load[c], factor[c], scale, mean_load)
        folds[c] = at_home * effort / cost[c] if cost[c] > 0 else 0.0
        money += effort
    return money


# ---- verbs ----------------------------------------------------------------------------------------------------


def settle_park(model) -> None:
    """What park land costs in the base year."""
    model.base.ecology_cost_level = 0.0
    _charge_park(model, 0.0)


def settle(model) -> None:
    """The rivers of the base year: cost of abatement, level of loads, water that later years compare with."""
    p, base, counties = model.parameters, model.base, model.counties
    base.river_stays = np.exp(-p.river_decay * base.rivers.km)
    _settle_shares(model)
    base.national_park_share = np.where(base.area > 0, counties.land_forest_park / np.maximum(base.area, 1e-9), 0.0)
    base.ecology_cost_level, base.load_scale = float(model.account.unit_cost), 1.0
    _sources(model)
    _charge_works(model, counties.treatment)
    _settle_abatement(model)
    _discharge_all(model)
    base.load_scale = (CLASS_III - p.natural_level) / np.quantile(
        model.reaches.reach_load_through / base.rivers.flow, p.good_sections_2010)
    base.abatement_unit_cost /= base.load_scale
    counties.industry_open[:] = 1.0
    route(model)
    base.water_index = counties.water_index.copy()


def _settle_shares(model) -> None:
    """Who drains where: shares of a county's load by way in [way, reach, county], in the great basins, as lived at."""
    base, tree = model.base, model.base.rivers
    base.drained = np.stack([tree.land_share, tree.town_share])
    base.great_share = np.einsum("wrc,r->wc", base.drained, tree.great.astype(float))
    base.lived_at = base.drained.mean(axis=0)
    base.reaches_in = np.maximum(1.0, np.bincount(tree.county, minlength=model.n))
    base.sea_share = np.array([np.ones(model.n), 1.0 - model.parameters.sea_outfall * tree.seaside])
    base.reach_limit = BOUNDS[tree.target - 1]


def _settle_abatement(model) -> None:
    """Cost of an e-fold at which the base year's spending has kept out its share of the load."""
    p, base, counties = model.parameters, model.base, model.counties
    _sources(model)
    raw = counties.load_made
    effort = for_rivers(counties.spending_ecology, counties.national_park_cost, counties.treatment_cost)
    base.abatement_factor = np.where(base.mountains, p.cost_factor_mountain, 1.0)
    base.mean_load = raw[model.active].mean()
    plain = fold_cost(1.0, raw, base.abatement_factor, p.abatement_scale, base.mean_load)
    folds = np.where(plain > 0, effort / np.maximum(plain, 1e-12), 0.0)
    low, high = -30.0, 30.0  # log of the unit cost
    for _ in range(HALVINGS):
        middle = 0.5 * (low + high)
        reached = steady_abatement(p.abatement_effect * folds * np.exp(-middle), p.abatement_decay)
        low, high = (middle, high) if (reached * raw).sum() > p.abatement_2010 * raw.sum() else (low, middle)
    base.abatement_unit_cost = np.exp(high)
    counties.abatement[:] = np.where(
        model.active, steady_abatement(p.abatement_effect * folds / base.abatement_unit_cost, p.abatement_decay), 0.0)


def _sources(model):
    """Loads on rivers before abatement: of people and fields, of sectors, by way in (land, towns); t, [way, county]."""
    p, now, base, counties = model.parameters, model.now, model.base, model.counties
    gap = p.treatment_2018 - p.treatment_2010
    counties.treatment[:] = treated(now.basin_infra, gap, model.year) * model.active
    fall = math.exp(-p.load_intensity_decline * (model.year - base.year))
    people, made = np.empty((2, model.n)), np.empty((2, model.n))
    _discharge(counties.population_zone, counties.land_cultivated, counties.treatment, counties.value_added,
               p.load_town, p.load_village, p.load_field, p.load_sector, fall, base.load_scale * base.sea_share,
               people, made, counties.load_made)
    return people, made


def _discharge_all(model) -> None:
    """Loads of all reaches, from their own banks and at their foot, and what decays on the way (E1, E2, E7)."""
    base, counties, reaches, tree = model.base, model.counties, model.reaches, model.base.rivers
    people, made = _sources(model)
    _reach_banks(people, made, counties.abatement, model.now.basin_std, base.great_share, tree.great, base.drained,
                 counties.water_load, reaches.reach_load)
    run_down(tree.downstream, base.river_stays, reaches.reach_load, reaches.reach_load_through, reaches.reach_load_lost)


def route(model) -> None:
    """What is discharged this year runs down the rivers; sections are tested every quarter (E1-E4)."""
    p, base, counties, reaches, account = (
        model.parameters, model.base, model.counties, model.reaches, model.account)
    tree = base.rivers
    before = counties.treatment.copy()
    _discharge_all(model)
    good_tests = _judge(
        np.uint64(model.seed), model.year, tree.uid, reaches.reach_load_through, tree.flow, p.natural_level,
        p.water_test_cv, base.reach_limit, reaches.reach_quality, reaches.reach_class, reaches.reach_tests_passed)
    good = _count_by_county(tree.county, reaches.reach_quality, base.lived_at, base.reaches_in, counties.water_good,
                            counties.water_worst, counties.water_index)
    account.province_water_load[...] = reaches.reach_load.sum()
    account.province_water_good[...] = good / tree.n
    account.province_tests_passed[...] = good_tests / (QUARTERS * tree.n)
    _charge_works(model, before)
    counties.industry_open[:] = 1.0 - model.lever("park_protect") * base.national_park_share


def _charge_works(model, before) -> None:
    """Sewage works for those newly connected; in the base year at the rate of the years to 2018."""
    p, counties = model.parameters, model.counties
    if model.year > model.base.year:
        grown = np.maximum(0.0, counties.treatment - before)
    else:
        grown = (p.treatment_2018 - p.treatment_2010) / (TREATED_UNTIL - TREATED_FROM) * model.active
    counties.treatment_cost[:] = p.treatment_works_cost / 1e6 * grown * counties.population_zone[:, URBAN]


def protect(model) -> None:
    """The park is kept, and who lives in its core is given a home in a town of the county (E8)."""
    p, counties = model.parameters, model.counties
    newly = max(0.0, model.now.park_protect - model.before.park_protect)
    counties.resettled[:] = 0
    if newly == 0.0:
        _charge_park(model, 0.0)
        return
    land = np.where(counties.population_zone[:, RURAL] > 0, counties.land_forest_park, 0.0)
    planned = p.park_resettlement * newly * land / max(land.sum(), 1e-9)
    _charge_park(model, planned)
    _resettle(model, planned)


def _charge_park(model, persons) -> None:
    """Keeping the park and moving people out, shared by county, province and centre (6.2)."""
    p, base, account, counties = model.parameters, model.base, model.account, model.counties
    level = account.unit_cost / base.ecology_cost_level if base.ecology_cost_level > 0.0 else 1.0
    cost = (p.park_cost_per_hectare * level * counties.land_forest_park + p.park_resettlement_cost * persons) / 1e6
    county, province, _ = shared_park_cost(cost, model.now.park_fiscal, p.park_centre_part)
    counties.national_park_cost[:] = county
    account.province_national_park_cost[...] = province.sum()


def _resettle(model, planned) -> None:
    """As many rural residents of park counties as planned move to a town of their county, by the luck of the year."""
    q, n = model.persons, model.n
    share = planned / np.maximum(model.counties.population_zone[:, RURAL], 1)
    rural = np.flatnonzero((q.res_county < n) & (q.res_zone == RURAL))
    rural = rural[share[q.res_county[rural]] > 0]
    luck = uniforms(model.seed, RESETTLE, model.year, q.uid[rural])[:, 0] / share[q.res_county[rural]]
    moved = rural[np.argsort(luck, kind="stable")[: int(np.rint(planned.sum() / model.weight))]]
    q.res_zone[moved] = URBAN
    model.counties.resettled[:] = np.bincount(q.res_county[moved].astype(np.int64), minlength=n)[:n] * model.weight


def abate(model) -> None:
    """Ecology spending of the year keeps more load out; traded permits send it where a tonne costs least (E6, E10)."""
    p, now, base, counties = model.parameters, model.now, model.base, model.counties
    unit_cost = base.abatement_unit_cost * float(model.account.unit_cost) / base.ecology_cost_level
    cost, folds = np.empty(model.n), np.empty(model.n)
    money = _spend_at_home(
        counties.load_made, counties.spending_ecology, counties.national_park_cost, counties.treatment_cost, unit_cost,
        base.abatement_factor, p.abatement_scale, base.mean_load * base.load_scale,
        p.abatement_effect * now.basin_plan, 1.0 - now.permit_trade, cost, folds)
    if now.permit_trade > 0.0:
        left = counties.load_made * (1.0 - counties.abatement) * np.exp(-folds)
        folds += traded_folds(left, cost, now.permit_trade * money)
    counties.abatement[:] = kept_out(counties.abatement, folds, p.abatement_decay) * model.active
