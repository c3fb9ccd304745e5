"""Ecology: what reaches the rivers, how it runs down, and what cleaning and protecting cost (B.7 E1-E4, E6-E8, E10).

Loads are ammonia-nitrogen equivalents. Towns and plants discharge below the county seat, villages and fields over the
whole catchment. Rivers affect where people like to live, never production. Sections 2.2, 3.3, 6.1, 6.2, 9.1.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.agents.persons import RURAL, URBAN
from sim.core.cache import kernel
from sim.core.declare import parameter
from sim.core.randomness import RESETTLE, WATER, normals, uniforms
from sim.region.rivers import SEA, rivers

WRITES = (
    "reaches.*", "counties.water_load", "counties.water_index", "counties.water_worst", "counties.water_good",
    "counties.treatment", "counties.treatment_cost", "counties.abatement", "counties.national_park_cost",
    "counties.resettled", "counties.industry_open", "account.province_water_load", "account.province_water_good",
    "account.province_tests_passed", "account.province_national_park_cost", "persons.res_zone",
)
CLASS_LIMITS = (0.15, 0.5, 1.0, 1.5, 2.0)
"""Ammonia nitrogen, mg/L, upper bounds of classes I to V (GB 3838-2002)."""
CLASS_III = CLASS_LIMITS[2]
KILO = 1e-3
A = 0
SECOND_HALF = np.uint64(1) << np.uint64(40)  # a reach's second pair of quarters has an address of its own
HALVINGS = 100
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


def transport(downstream, km, decay):
    """Part of what enters reach u that passes the foot of r: one pass down the tree (E2); [r, u].

    Local load enters at the foot; what comes from above decays along the kilometres of the reach. Upper reaches stand
    before lower ones.
    """
    passed = np.eye(len(downstream))
    for reach, below in enumerate(downstream):
        if below != SEA:
            passed[below] += np.exp(-decay * km[below]) * passed[reach]
    return passed


def quality(load, flow, natural):
    """Concentration over the limit of class III: the natural level and load over flow; t a million m3 is mg/L (E3)."""
    return (natural + load / flow) / CLASS_III


def quality_class(index):
    """Class 1 to 5, 6 for worse, by the concentration (E3)."""
    return 1.0 + np.searchsorted(np.asarray(CLASS_LIMITS) / CLASS_III, index, side="left")


def test_factors(normal, cv):
    """Lognormal spread of quarterly tests with mean one (E4)."""
    sigma = np.sqrt(np.log1p(cv * cv))
    return np.exp(sigma * normal - 0.5 * sigma * sigma)


def kept_out(abatement, folds, decay):
    """ab' = (1 - del)(1 - (1 - ab) e^-folds) (E6)."""
    return (1.0 - decay) * (1.0 - (1.0 - abatement) * np.exp(-folds))


def steady_abatement(folds, decay):
    """The abatement at which `kept_out` stands still."""
    left = np.exp(-folds)
    return (1.0 - decay) * (1.0 - left) / (1.0 - (1.0 - decay) * left)


def fold_cost(unit, load, factor, scale_elasticity, mean_load):
    """Million CNY that lower a county's load by an e-fold: cost per tonne falls with size (cost_c)."""
    size = np.where(load > 0, load / mean_load, 1.0)
    return unit * factor * load * size**-scale_elasticity


def traded_folds(load, cost, money):
    """E-folds by county when `money` is spent where a tonne costs least (E10).

    Spending goes to the highest load per cost until all that are served stand level: folds = max(0, ln(load/cost) - l)
    with sum of folds times cost = money.
    """
    worth = np.where((load > 0) & (cost > 0), np.log(np.maximum(load, 1e-300) / np.maximum(cost, 1e-300)), -1e9)
    order = np.argsort(-worth, kind="stable")
    spent = np.cumsum(cost[order])
    level = (np.cumsum(cost[order] * worth[order]) - money) / np.maximum(spent, 1e-300)
    served = max(1, int(np.count_nonzero((worth[order] > level) & (spent > 0))))
    return np.maximum(0.0, worth - level[served - 1])


def shared_park_cost(cost, share, centre):
    """What county, province and centre pay for the park: [3, county] (6.2)."""
    return np.array([(1.0 - share) * cost, share * (1.0 - centre) * cost, share * centre * cost])


@kernel
def _discharge(residents, cultivated, treatment, value_added, per_town, per_village, per_field, per_value, fall,
               reaching, people, made):
    """Load of people and fields, and of sectors, on its way to rivers from the land and from towns; [way, county]."""
    for c in range(cultivated.size):
        people[0, c] = reaching[0, c] * (KILO * (per_village * residents[c, RURAL] + per_field * cultivated[c]))
        people[1, c] = reaching[1, c] * (KILO * per_town * (1.0 - treatment[c]) * residents[c, URBAN])
        in_towns = 0.0
        for s in range(A + 1, per_value.size):
            in_towns += value_added[c, s] * per_value[s] * fall
        made[0, c] = reaching[0, c] * (value_added[c, A] * per_value[A] * fall)
        made[1, c] = reaching[1, c] * in_towns


# ---- verbs ----------------------------------------------------------------------------------------------------


def settle_park(model) -> None:
    """What park land costs in the base year."""
    model.base.ecology_cost_level = 0.0
    _charge_park(model, np.zeros(model.n))


def settle(model) -> None:
    """The rivers of the base year: cost of abatement, level of loads, water that later years compare with."""
    p, base, counties = model.parameters, model.base, model.counties
    base.rivers = rivers(model.pack)
    base.transport = transport(base.rivers.downstream, base.rivers.km, p.river_decay)
    _settle_shares(model)
    base.national_park_share = np.where(base.area > 0, counties.land_forest_park / np.maximum(base.area, 1e-9), 0.0)
    base.ecology_cost_level, base.load_scale = float(model.account.unit_cost), 1.0
    _sources(model)
    _charge_works(model, counties.treatment)
    _settle_abatement(model)
    load, _ = _run_down(model)
    base.load_scale = (CLASS_III - p.natural_level) / np.quantile(load / base.rivers.flow, p.good_sections_2010)
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
    base.lies_in = (tree.county[:, None] == np.arange(model.n)).astype(float)
    base.reaches_in = np.maximum(1.0, base.lies_in.sum(axis=0))
    base.sea_share = np.array([np.ones(model.n), 1.0 - model.parameters.sea_outfall * tree.seaside])
    base.reach_limit = np.asarray(CLASS_LIMITS)[tree.target - 1] / CLASS_III
    base.tests = np.concatenate([tree.uid, tree.uid ^ SECOND_HALF])


def _settle_abatement(model) -> None:
    """Cost of an e-fold at which the base year's spending has kept out its share of the load."""
    p, base, counties = model.parameters, model.base, model.counties
    people, made = _sources(model)
    raw = (people + made).sum(axis=0)
    effort = _effort(model)
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
    counties.treatment[:] = np.where(model.active, treated(now.basin_infra, gap, model.year), 0.0)
    fall = np.exp(-p.load_intensity_decline * (model.year - base.year))
    people, made = np.empty((2, model.n)), np.empty((2, model.n))
    _discharge(counties.population_zone, counties.land_cultivated, counties.treatment, counties.value_added,
               p.load_town, p.load_village, p.load_field, p.load_sector, fall, base.load_scale * base.sea_share,
               people, made)
    return people, made


def _run_down(model):
    """Loads of all reaches, at their foot and from their own banks; counties are charged with theirs (E1, E2, E7)."""
    base, counties, tree = model.base, model.counties, model.base.rivers
    people, made = _sources(model)
    left = 1.0 - counties.abatement
    standard = model.now.basin_std
    counties.water_load[:] = left * (people + made * (1.0 - standard * base.great_share)).sum(axis=0)
    own = np.einsum("wrc,wc->r", base.drained, left * people)
    own += (1.0 - standard * tree.great) * np.einsum("wrc,wc->r", base.drained, left * made)
    return np.einsum("ru,u->r", base.transport, own), own


def route(model) -> None:
    """What is discharged this year runs down the rivers; sections are tested every quarter (E1-E4)."""
    p, base, counties, reaches, account = (
        model.parameters, model.base, model.counties, model.reaches, model.account)
    tree = base.rivers
    before = counties.treatment.copy()
    through, own = _run_down(model)
    reaches.reach_load[:], reaches.reach_load_through[:] = own, through
    reaches.reach_load_lost[:] = _lost(tree, through, p.river_decay)
    reaches.reach_quality[:] = quality(through, tree.flow, p.natural_level)
    reaches.reach_class[:] = quality_class(reaches.reach_quality)
    tests = _tests(model)
    reaches.reach_tests_passed[:] = (tests <= base.reach_limit[:, None]).sum(axis=1)
    good = reaches.reach_quality <= 1.0
    counties.water_good[:] = np.einsum("rc,r->c", base.lies_in, good.astype(float)) / base.reaches_in
    counties.water_worst[:] = (base.lies_in * reaches.reach_quality[:, None]).max(axis=0)
    counties.water_index[:] = np.einsum("rc,r->c", base.lived_at, reaches.reach_quality)
    account.province_water_load[...] = own.sum()
    account.province_water_good[...] = np.count_nonzero(good) / good.size
    account.province_tests_passed[...] = np.count_nonzero(tests <= 1.0) / tests.size
    _charge_works(model, before)
    counties.industry_open[:] = 1.0 - model.lever("park_protect") * base.national_park_share


def _charge_works(model, before) -> None:
    """Sewage works for those newly connected; in the base year at the rate of the years to 2018."""
    p, counties = model.parameters, model.counties
    usual = (p.treatment_2018 - p.treatment_2010) / (TREATED_UNTIL - TREATED_FROM) * model.active
    grown = np.maximum(0.0, counties.treatment - before) if model.year > model.base.year else usual
    counties.treatment_cost[:] = p.treatment_works_cost / 1e6 * grown * counties.population_zone[:, URBAN]


def _lost(tree, through, decay):
    """Load from above that decays along each reach."""
    flows_on = tree.downstream != SEA
    arriving = np.bincount(tree.downstream[flows_on], through[flows_on], minlength=tree.n)
    return arriving * (1.0 - np.exp(-decay * tree.km))


def _tests(model):
    """Quarterly quality of each reach: the year's mean, spread by the luck of the quarter; [reach, 4]."""
    tree = model.base.rivers
    luck = normals(model.seed, WATER, model.year, model.base.tests)
    factors = test_factors(np.concatenate([luck[: tree.n], luck[tree.n:]], axis=1), model.parameters.water_test_cv)
    return model.reaches.reach_quality[:, None] * factors


def protect(model) -> None:
    """The park is kept, and who lives in its core is given a home in a town of the county (E8)."""
    p, counties = model.parameters, model.counties
    newly = max(0.0, model.now.park_protect - model.before.park_protect)
    land = np.where(counties.population_zone[:, RURAL] > 0, counties.land_forest_park, 0.0)
    planned = p.park_resettlement * newly * land / max(land.sum(), 1e-9)
    _charge_park(model, planned)
    counties.resettled[:] = 0
    if newly > 0.0:
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


def _effort(model):
    """Ecology spending left for abatement after the park and new sewage works."""
    counties = model.counties
    return np.maximum(0.0, counties.spending_ecology - counties.national_park_cost - counties.treatment_cost)


def abate(model) -> None:
    """Ecology spending of the year keeps more load out; traded permits send it where a tonne costs least (E6, E10)."""
    p, now, base, counties = model.parameters, model.now, model.base, model.counties
    people, made = _sources(model)
    raw = (people + made).sum(axis=0)
    unit = base.abatement_unit_cost * model.account.unit_cost / base.ecology_cost_level
    cost = fold_cost(unit, raw, base.abatement_factor, p.abatement_scale, base.mean_load * base.load_scale)
    effort = p.abatement_effect * now.basin_plan * _effort(model)
    folds = (1.0 - now.permit_trade) * np.where(cost > 0, effort / np.maximum(cost, 1e-12), 0.0)
    traded = now.permit_trade * effort.sum()
    if traded > 0.0:
        folds = folds + traded_folds(raw * (1.0 - counties.abatement) * np.exp(-folds), cost, traded)
    counties.abatement[:] = np.where(model.active, kept_out(counties.abatement, folds, p.abatement_decay), 0.0)
