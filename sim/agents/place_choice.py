"""Choice of a place: what counties, zones and the world outside are worth to those who consider moving (B.2).

Nested logit with moving costs: a county first, then urban or rural within it; the world outside is a nest of its own.
What 2010 reveals of places is settled in mechanisms/amenities. Sections 3.2, 5, 7, 8.1.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from sim.core.cache import either, inlined, kernel
from sim.core.declare import parameter
from sim.words import RURAL, URBAN, WORK_AGE

WRITES = ("counties.expected_income",)
RETIRED = 3  # the fourth class of movers, beside the three skills: those past retirement age
NO_ZONE = 2  # origin without a zone cost: coming from outside
NOWHERE = -1e9  # utility of a unit without persons: its weight underflows to exactly 0


@dataclass(frozen=True)
class Parameters:
    migration_income_elasticity: float = parameter(
        1.2, unit="utility per log income", bounds=(0.6, 3), source="Tombe and Zhu 2019: about 1.5 for China",
        confidence="high", says="weight of real income (b_w)")
    migration_distance_decay: float = parameter(
        1.3, unit="utility per log hour", bounds=(0.6, 2.5), source="Zhang and Zhao 2011",
        says="weight of travel time (b_d)")
    migration_service_elasticity: float = parameter(
        0.4, unit="utility per log service level", bounds=(0, 1), source="assumed within the literature",
        says="weight of public services and of the right to them (b_s)")
    congestion_disamenity: float = parameter(
        0.15, unit="utility per log density", bounds=(0, 0.4), source="assumed", confidence="low",
        says="weight of urban residents per urban hectare against 2010 (b_g)")
    coverage_amenity: float = parameter(
        0.2, unit="utility per log coverage", bounds=(0, 0.4), source="assumed: half of public services",
        confidence="low", says="weight of the five networks (road, fibre, power, gas, water) of a zone (b_net)")
    network_elasticity: float = parameter(
        0.3, unit="utility per log network", bounds=(0.1, 0.6), source="Beine, Docquier and Ozden 2011",
        says="weight of people of the same origin already there (b_n)")
    ethnic_tie: float = parameter(0.5, unit="utility", bounds=(0, 1.5), source="assumed", confidence="low",
                                  says="weight of the minority share for minority persons (b_e)")
    hukou_barrier: float = parameter(
        0.8, unit="utility", bounds=(0, 2), source="Tombe and Zhu 2019; Bosker et al. 2014",
        says="cost of moving where one is not registered and registration is closed (kap_hk)")
    portability_cost: float = parameter(0.2, unit="utility", bounds=(0, 0.6), source="assumed", confidence="low",
                                        says="cost of leaving contributory insurance behind (kap_port)")
    water_amenity: float = parameter(0.05, unit="utility per log pollution", bounds=(0, 0.15), source="assumed",
                                     confidence="low", says="weight of river quality against the base year (xi_w)")
    land_tie: float = parameter(0.4, unit="utility", bounds=(0, 1), source="Ngai, Pissarides and Wang 2019",
                                says="cost of leaving one's rural land (kap_land)")
    moving_cost: float = parameter(
        2.4, unit="utility", bounds=(1.5, 6), source="set to the gross mobility that 2010 migrant stocks ask for",
        says="cost of any move between counties at 30 (C0)")
    zone_change_cost: float = parameter(3.0, unit="utility", bounds=(1.5, 5), source="fitted to urban growth",
                                        says="cost of changing between urban and rural life (Cz)")
    nest_dissimilarity: float = parameter(0.6, unit="1", bounds=(0.3, 1), source="assumed within (0, 1)",
                                          says="dissimilarity of zones within a county (lam)")
    evaluation_rate_max: float = parameter(
        0.25, unit="1/year", bounds=(0.25, 0.25), source="normalisation: not identified apart from C0",
        confidence="high", says="share of 22-year-olds who consider moving in a year (pe_max)")
    evaluation_peak_age: float = parameter(20, unit="year", bounds=(18, 26), source="Rogers and Castro 1981",
                                           confidence="high", says="location of the labour-force curve (mu)")
    evaluation_rise: float = parameter(0.4, unit="1/year", bounds=(0.2, 0.6), source="Rogers and Castro 1981",
                                       confidence="high", says="ascent of the labour-force curve (lambda)")
    evaluation_fall: float = parameter(0.1, unit="1/year", bounds=(0.05, 0.15), source="Rogers and Castro 1981",
                                       confidence="high", says="descent of the labour-force curve (alpha)")
    evaluation_floor: float = parameter(0.1, unit="share of the peak", bounds=(0.02, 0.2),
                                        source="Rogers and Castro 1981", says="constant of the mobility curve (c)")
    old_age_cost: float = parameter(1.8, unit="ratio", bounds=(1, 3), source="assumed", confidence="low",
                                    says="moving cost at 60 against age 30 (g)")
    local_service_price_weight: float = parameter(
        0.3, unit="share", bounds=(0.2, 0.4), source="household survey shares",
        says="weight of local service prices in the cost of living (s_T)")
    expectation_speed: float = parameter(0.5, unit="1/year", bounds=(0.2, 1), source="assumed",
                                         says="speed at which expected income follows income (le)")
    home_return_gain: float = parameter(
        1.2, unit="utility", bounds=(0, 2.5), source="set to the return rate of migrants outside", confidence="low",
        says="part of the moving cost that a move back to the county of registration saves")


# ---- formulas -------------------------------------------------------------------------------------------------


def mobility_by_age(ages, peak, rise, fall, floor):
    """Rogers-Castro labour-force curve with a constant, scaled to a maximum of 1 (M1); 0 below working age."""
    x = np.asarray(ages, dtype=float) - peak
    curve = np.exp(-fall * x - np.exp(-rise * x))
    curve = np.where(np.asarray(ages) >= WORK_AGE, curve / curve.max() + floor, 0.0)
    return curve / curve.max()


def age_cost(ages, at_60):
    """g(a): 1 to age 30, rising straight to its value at 60, constant after (M3)."""
    return np.interp(ages, [30, 60], [1.0, at_60])


@either
def distance_cost(minutes, decay):
    """b_d ln(1 + tau'/60) (M3); minutes [..., from, to]."""
    return decay * np.log1p(minutes / 60.0)


@either
def place_utility(real_income, service, density, is_urban, b_w, b_s, b_g, amenity):
    """V of a place without what depends on the person's origin (M2); arrays broadcast to [..., county, zone]."""
    return b_w * np.log(real_income) + b_s * np.log(service) - b_g * np.log(density) * is_urban + amenity


@either
def coverage_amenity(coverage, first, weight):
    """What the five networks add to a place against the base year: b_net ln(NW / NW_2010) (I4); [county, zone]."""
    return weight * np.log(coverage / first)


@either
def origin_utility(network_percent, entitlement, b_n, b_s):
    """What registration and networks add to V: b_n ln(1 + n) + b_s ln phi (M2, S6); [registered, destination]."""
    return b_n * np.log1p(network_percent) + b_s * np.log(entitlement)


@either
def utility_outside(income, b_w, amenity):
    """V of the world outside before the way there: b_w ln w_out and what else there is (M5)."""
    return b_w * np.log(income) + amenity


@either
def nest_value(urban, rural, dissimilarity):
    """Inclusive value of a county, lam ln sum exp(V / lam) over its zones (M4)."""
    u, r = urban / dissimilarity, rural / dissimilarity
    top = np.maximum(u, r)
    return dissimilarity * (top + np.log(np.exp(u - top) + np.exp(r - top)))


@either
def urban_share(urban, rural, dissimilarity):
    """P(urban | county) (M4)."""
    return 1.0 / (1.0 + np.exp(-(urban - rural) / dissimilarity))


@either
def inflow_value(weight, outside):
    """IVH_e: what Hainan's counties are worth together to somebody outside, against what there is outside (M9)."""
    return np.log(weight) - np.log(outside)


# ---- choice tables --------------------------------------------------------------------------------------------


@kernel
def _value_places(active, expected_income, pension, service_price, service_weight, rent, first_rent, housing_share,
                  service, density, first_density, coverage, first_coverage, water, first_water, b_w, b_s, b_g, b_net,
                  b_water, amenity, value):
    """What incomes buy, services, room, networks and clean rivers add up to; counties without persons stay nowhere."""
    for c in range(active.size):
        if not active[c]:
            continue
        price = service_price[c] ** -service_weight
        town = price * (rent[c] / first_rent[c]) ** -housing_share
        crowd, unclean = density[c] / first_density[c], b_water * np.log(water[c] / first_water[c])
        for z in range(2):
            worth, in_town = (town, 1.0) if z == URBAN else (price, 0.0)
            networks = coverage_amenity(coverage[c, z], first_coverage[c, z], b_net)
            for e in range(RETIRED + 1):
                income = (pension[c, z] if e == RETIRED else expected_income[c, z, e]) * worth
                value[e, c, z] = place_utility(income, service[c, z], crowd, in_town, b_w, b_s, b_g,
                                               amenity[c, z]) + networks - unclean


@kernel
def _tie_home(network, entitlement, pull, pull_outside, b_s, home):
    """Registration and people of the same origin, [registered, destination]; those outside pull others out."""
    n = network.shape[0] - 1
    for h in range(n + 1):
        people = network[h].sum() - (network[n, n] if h == n else 0)
        for d in range(n + 1):
            there = 100.0 if h == n and d == n else 100.0 * network[h, d] / max(1, people)
            home[h, d] = origin_utility(there, 1.0 if h == d else entitlement, pull_outside if d == n else pull, b_s)


@kernel
def _count_costs(minutes, openness, minorities, residents, decay, barrier, tie, distance, hukou_cost, ethnic):
    """Cost of the way and of closed registration, [origin, county] and [registered, county]; draw of one's own kind."""
    n = ethnic.size
    for d in range(n):
        closed = barrier * (1.0 - openness[d])
        for o in range(n + 1):
            distance[o, d] = distance_cost(minutes[o, d] if o < n else minutes[d, n], decay)
            hukou_cost[o, d] = 0.0 if o == d else closed
        ethnic[d] = tie * (minorities[d] / max(1, residents[d, URBAN] + residents[d, RURAL]))


@kernel
def _value_outside(earned, replacement, b_w, amenity, distance, out):
    """V of the world outside by class and county of origin, less the way there; who is outside has no way to go."""
    n = out.shape[1] - 1
    for e in range(RETIRED + 1):
        value = utility_outside(replacement * earned.mean() if e == RETIRED else earned[e], b_w, amenity)
        for o in range(n):
            out[e, o] = value - distance[n, o]
        out[e, n] = value


class Choices(NamedTuple):
    """Factored weights of the nested logit, all exp(value - top); class: three skills and the retired."""

    n: int  # counties; as origin, registration or destination it stands for outside
    inside: np.ndarray  # of a county to who comes from town, country or outside [class, 3, county]
    urban: np.ndarray  # share of its towns in it [class, 3, county]
    nest: np.ndarray  # of the own county by zone, without or with land there [class, county, zone, land]
    change: np.ndarray  # share of that which changes zone [class, county, zone, land]
    outside: np.ndarray  # of the world outside [class, origin]
    own_home: np.ndarray  # what registration adds where one is [registered, county or outside]
    home: np.ndarray  # what it adds where one may go [registered, county]
    home_out: np.ndarray  # what it adds outside [registered]
    ethnic: np.ndarray  # what one's own kind adds [minority, county]
    distance: np.ndarray  # what the way takes [origin, county]
    land_factor: float  # what leaving one's land takes
    total: np.ndarray  # of all other counties together [class, origin, 3, registered, minority]
    inflow: np.ndarray  # of counties to newcomers from outside [skill, county]


def choice_tables(utility, home, ethnic, distance, hukou_cost, out_utility, out_barrier, zone_cost, land_cost,
                  dissimilarity, return_gain):
    """Factored weights of the nested logit.

    utility [class 4, county, zone]; home [registered n+1, destination n+1]; ethnic [county]; distance and hukou_cost
    [origin n+1, county], [registered n+1, county]; out_utility [class, origin n+1], for those outside in the last
    place; out_barrier: what leaving Hainan costs beside.
    """
    n, classes = utility.shape[1], utility.shape[0]
    inside, urban, outside = np.empty((classes, 3, n)), np.empty((classes, 3, n)), np.empty((classes, n + 1))
    nest, change = np.empty((classes, n, 2, 2)), np.empty((classes, n, 2, 2))
    _weigh_places(utility, out_utility, out_barrier, zone_cost, land_cost, dissimilarity, inside, urban, nest, change,
                  outside)
    own_home, to_home, home_out = np.empty((n + 1, n + 1)), np.empty((n + 1, n)), np.empty(n + 1)
    kind, near = np.empty((2, n)), np.empty((n + 1, n))
    _weigh_ties(home, hukou_cost, return_gain, ethnic, distance, own_home, to_home, home_out, kind, near)
    return Choices(n, inside, urban, nest, change, outside, own_home, to_home, home_out, kind, near,
                   math.exp(-land_cost), _elsewhere(n, inside, to_home, kind, near),
                   inside[:3, NO_ZONE] * (to_home[n] * near[n]))


@kernel
def _weigh_places(utility, out_utility, out_barrier, zone_cost, land_cost, dissimilarity, inside, urban, nest, change,
                  outside):
    """Weights of the counties from each zone of origin and from none, of the own one, and of the world outside."""
    shift = utility.max()
    other_zone, off_land = np.exp(-zone_cost / dissimilarity), np.exp(-(zone_cost + land_cost) / dissimilarity)
    for e in range(utility.shape[0]):
        for d in range(utility.shape[1]):
            u, r = utility[e, d, URBAN] - shift, utility[e, d, RURAL] - shift
            for y in range(3):
                town, village = u - (zone_cost if y == RURAL else 0.0), r - (zone_cost if y == URBAN else 0.0)
                inside[e, y, d] = np.exp(nest_value(town, village, dissimilarity))
                urban[e, y, d] = urban_share(town, village, dissimilarity)
            town, village = np.exp(u / dissimilarity), np.exp(r / dissimilarity)
            for y in range(2):
                here, there = (village, town) if y == RURAL else (town, village)
                for land in range(2):
                    other = there * (off_land if y == RURAL and land == 1 else other_zone)
                    nest[e, d, y, land] = (here + other) ** dissimilarity
                    change[e, d, y, land] = other / (here + other)
            outside[e, d] = np.exp(out_utility[e, d] - shift - out_barrier)
        outside[e, -1] = np.exp(out_utility[e, -1] - shift)


@kernel
def _weigh_ties(home, hukou_cost, return_gain, ethnic, distance, own_home, to_home, home_out, kind, near):
    """What registration adds where one is, where one may go, and outside; what one's own kind adds, a way takes."""
    n = home.shape[0] - 1
    for h in range(n + 1):
        for d in range(n):
            own_home[h, d] = np.exp(home[h, d])
            to_home[h, d] = np.exp(home[h, d] - hukou_cost[h, d] + (return_gain if h == d else 0.0))
            near[h, d] = np.exp(-distance[h, d])
        own_home[h, n] = np.exp(home[h, n])
        home_out[h] = np.exp(home[h, n] + (return_gain if h == n else 0.0))
    for d in range(n):
        kind[0, d], kind[1, d] = 1.0, np.exp(ethnic[d])


@kernel
def _elsewhere(n, inside, home, ethnic, distance):
    """Summed weights of the other counties: [class, origin n+1, zone 3, registered n+1, minority 2]."""
    classes, kinds = inside.shape[0], 2 * (n + 1)
    total = np.zeros((classes, n + 1, 3, n + 1, 2))
    sums, weight, near = total.reshape((classes, n + 1, 3, kinds)), np.empty((n, kinds)), distance.copy()
    for o in range(n):
        near[o, o] = 0.0
    for e in range(classes):
        for y in range(3):
            for d in range(n):
                for h in range(n + 1):
                    for m in range(2):
                        weight[d, 2 * h + m] = inside[e, y, d] * home[h, d] * ethnic[m, d]
            for o in range(0, n - 2, 4):  # four origins at a time: a weight is fetched once for all of them
                s0, s1, s2, s3 = sums[e, o, y], sums[e, o + 1, y], sums[e, o + 2, y], sums[e, o + 3, y]
                for d in range(n):
                    n0, n1, n2, n3 = near[o, d], near[o + 1, d], near[o + 2, d], near[o + 3, d]
                    for k in range(kinds):
                        s0[k] += weight[d, k] * n0
                        s1[k] += weight[d, k] * n1
                        s2[k] += weight[d, k] * n2
                        s3[k] += weight[d, k] * n3
            for o in range((n + 1) // 4 * 4, n + 1):
                for d in range(n):
                    for k in range(kinds):
                        sums[e, o, y, k] += weight[d, k] * near[o, d]
    return total


@inlined
def staying(choices, e, o, y, h, m, land):
    """Weight of staying in the own nest and the share of it that changes zone."""
    if o == choices.n:
        return choices.outside[e, o] * choices.own_home[h, o], 0.0
    held = np.int64(land)
    return choices.nest[e, o, y, held] * choices.own_home[h, o] * choices.ethnic[m, o], choices.change[e, o, y, held]


# ---- verbs ----------------------------------------------------------------------------------------------------


def weigh(model) -> None:
    """Expected incomes follow incomes; places are weighed for all who consider moving."""
    base = model.base
    update_expectations(model)
    model.choices = tables_now(model, base.amenity, base.out_amenity, base.out_barrier)


def update_expectations(model) -> None:
    """Expected income follows the income that residents of the same zone and skill had (M8)."""
    counties, p = model.counties, model.parameters
    if model.year == model.base.year:
        counties.expected_income[:] = counties.income_skill
    else:
        counties.expected_income += p.expectation_speed * (counties.income_skill - counties.expected_income)


def utilities(model, amenity):
    """V of all places for the three skills and the retired: [class 4, county, zone]."""
    p, c, base = model.parameters, model.counties, model.base
    value = np.full((RETIRED + 1, model.n, 2), NOWHERE)
    _value_places(
        model.active, c.expected_income, c.pension_level, c.service_price, p.local_service_price_weight, c.house_rent,
        base.house_rent, p.housing_expenditure_share, c.service_zone, c.urban_density, base.urban_density,
        c.network_coverage, base.network_coverage, c.water_index, base.water_index, p.migration_income_elasticity,
        p.migration_service_elasticity, p.congestion_disamenity, p.coverage_amenity, p.water_amenity, amenity, value)
    return value


def tables_now(model, amenity, out_amenity, out_barrier):
    """Choice tables of the year from the state of the model."""
    p, now, n, counties, people = model.parameters, model.now, model.n, model.counties, model.people
    home, distance, hukou_cost = np.empty((n + 1, n + 1)), np.empty((n + 1, n)), np.empty((n + 1, n))
    ethnic, out = np.empty(n), np.empty((RETIRED + 1, n + 1))
    pull_outside = p.network_elasticity * model.outlook["network_pull"][model.year - model.base.year]
    _tie_home(people.network, float(model.prices.nonlocal_entitlement), p.network_elasticity, pull_outside,
              p.migration_service_elasticity, home)
    _count_costs(counties.minutes_effective, counties.hukou_open_reached, people.minorities, people.by_zone,
                 p.migration_distance_decay, p.hukou_barrier, p.ethnic_tie, distance, hukou_cost, ethnic)
    _value_outside(model.outside.outside_income, p.pension_replacement_urban, p.migration_income_elasticity,
                   out_amenity, distance, out)
    return choice_tables(
        utilities(model, amenity), home, ethnic, distance, hukou_cost, out, out_barrier,
        p.zone_change_cost * now.local_urban, p.land_tie * (1.0 - now.homestead), p.nest_dissimilarity,
        p.home_return_gain)


def settle_ages(model) -> None:
    """Who considers moving, and what a move costs against age 30, by age 0..100: the same in all years."""
    p, base, ages = model.parameters, model.base, np.arange(101)
    curve = mobility_by_age(ages, p.evaluation_peak_age, p.evaluation_rise, p.evaluation_fall, p.evaluation_floor)
    base.evaluation, base.age_cost = p.evaluation_rate_max * curve, age_cost(ages, p.old_age_cost)


def leaving(model):
    """Moving-cost weight by age 0..100."""
    return np.exp(-model.parameters.moving_cost * model.now.hr_parks * model.base.age_cost)


def leaving_insurance(model):
    """What leaving contributory insurance behind makes of that weight: e^(-kap_port (1 - portability)) (M3)."""
    return np.exp(-model.parameters.portability_cost * (1.0 - model.now.portability))


def inflow_shares(tables):
    """Where newcomers of each skill go."""
    return tables.inflow / tables.inflow.sum(axis=1, keepdims=True)


def inflow_values(tables):
    """IVH_e by skill (M9)."""
    return inflow_value(tables.inflow.sum(axis=1), tables.outside[:3, -1])
