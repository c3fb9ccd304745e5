"""Choice of a place: the value of counties, zones and the world outside to persons who consider moving (B.2).

Nested logit with moving costs: a county first, then urban or rural within it; the world outside is a nest of its own.
Amenities revealed by the migration of 2010 are settled in mechanisms/amenities. Sections 3.2, 5, 7, 8.1.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.agents.choices import Choices
from sim.core.arrays import Number
from sim.core.bind import InOut, Out
from sim.core.cache import either, inlined, kernel
from sim.core.declare import column, parameter
from sim.core.table import Constants
from sim.words import AGES, RURAL, SKILLS, URBAN, WORK_AGE

RETIRED = SKILLS  # the fourth class of movers, besides the three skill groups: persons past retirement age
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
        says="weight of public services and of entitlement to them (b_s)")
    congestion_disamenity: float = parameter(
        0.15, unit="utility per log density", bounds=(0, 0.4), source="assumed", confidence="low",
        says="weight of urban residents per urban hectare relative to 2010 (b_g)")
    coverage_amenity: float = parameter(
        0.2, unit="utility per log coverage", bounds=(0, 0.4), source="assumed: half of public services",
        confidence="low", says="weight of the five networks (road, fibre, power, gas, water) of a zone (b_net)")
    network_elasticity: float = parameter(
        0.3, unit="utility per log network", bounds=(0.0, 0.6), source="Beine, Docquier and Ozden 2011",
        says="weight of people of the same origin already present (b_n)")
    ethnic_tie: float = parameter(0.5, unit="utility", bounds=(0, 1.5), source="assumed", confidence="low",
                                  says="weight of the minority share for minority persons (b_e)")
    hukou_barrier: float = parameter(
        0.8, unit="utility", bounds=(0, 2), source="Tombe and Zhu 2019; Bosker et al. 2014",
        says="cost of moving where one is not registered and registration is closed (kap_hk)")
    portability_cost: float = parameter(0.2, unit="utility", bounds=(0, 0.6), source="assumed", confidence="low",
                                        says="cost of leaving contributory insurance behind (kap_port)")
    water_amenity: float = parameter(0.05, unit="utility per log pollution", bounds=(0, 0.15), source="assumed",
                                     confidence="low", says="weight of river quality relative to the base year (xi_w)")
    land_tie: float = parameter(0.4, unit="utility", bounds=(0, 1), source="Ngai, Pissarides and Wang 2019",
                                says="cost of leaving one's rural land (kap_land)")
    moving_cost: float = parameter(
        2.4, unit="utility", bounds=(1.5, 6), source="set to the gross mobility implied by the migrant stocks of 2010",
        says="cost of any move between counties at 30 (C0)")
    zone_change_cost: float = parameter(3.0, unit="utility", bounds=(1.5, 5), source="fitted to urban growth",
                                        says="cost of changing between urban and rural life (Cz)")
    nest_dissimilarity: float = parameter(0.6, unit="1", bounds=(0.3, 1), source="assumed within (0, 1)",
                                          says="dissimilarity parameter of zones within a county (lam)")
    evaluation_rate_max: float = parameter(
        0.25, unit="1/year", bounds=(0.25, 0.25), source="normalisation: not identified separately from C0",
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
                                    says="moving cost at 60 relative to age 30 (g)")
    local_service_price_weight: float = parameter(
        0.3, unit="share", bounds=(0.2, 0.4), source="household survey shares",
        says="weight of local service prices in the cost of living (s_T)")
    expectation_speed: float = parameter(0.5, unit="1/year", bounds=(0.2, 1), source="assumed",
                                         says="speed at which expected income adjusts to income (le)")
    home_return_gain: float = parameter(
        1.2, unit="utility", bounds=(0, 2.5), source="set to the return rate of migrants outside", confidence="low",
        says="share of the moving cost saved by a return to the county of registration, for persons registered here")


class Settled(Constants):
    evaluation = column("single_age", unit="1/year", says="Share of persons of an age who consider moving in a year")
    age_cost = column("single_age", unit="ratio", says="Moving cost by age, relative to age 30 (g)")
    amenity = column("county", "zone", unit="utility",
                     says="Amenity: the value of a place not explained by the other terms")
    out_amenity = column(unit="utility", says="Value of the world outside not explained by the other terms")
    out_barrier = column(unit="utility", says="Cost of leaving Hainan, in addition to distance")
    leaving_weight_base = column("single_age", unit="factor", says=(
        "Weight factor of the moving cost by age in the base year; for moves from and to the outside in all years"))
    insurance_weight_base = column(unit="factor", says=(
        "Weight factor of losing contributory insurance in the base year; applies to the same moves in all years"))
    outsider_return_gain = column(unit="utility", says=(
        "Saving of a return move for people of other provinces, relative to any move out"))
    newcomer_barrier = column("county", unit="utility", says=(
        "Cost of coming to a county for people of other provinces, besides distance, where few came before"))


# ---- formulas -------------------------------------------------------------------------------------------------


def mobility_by_age(ages: NDArray, peak: float, rise: float, fall: float, floor: float) -> NDArray[np.float64]:
    """Rogers-Castro labour-force curve with a constant, scaled to a maximum of 1 (M1); 0 below working age."""
    x = np.asarray(ages, dtype=float) - peak
    curve = np.exp(-fall * x - np.exp(-rise * x))
    curve = np.where(np.asarray(ages) >= WORK_AGE, curve / curve.max() + floor, 0.0)
    return curve / curve.max()


def cost_by_age(ages: NDArray, at_60: float) -> NDArray[np.float64]:
    """g(a): 1 up to age 30, rising linearly to its value at 60, constant after (M3)."""
    return np.interp(ages, [30, 60], [1.0, at_60])


@either
def distance_cost(minutes: Number, decay: float) -> Number:
    """b_d ln(1 + tau'/60) (M3); minutes [..., from, to]."""
    return decay * np.log1p(minutes / 60.0)


@either
def place_utility(real_income: Number, service: Number, density: Number, is_urban: Number, b_w: float, b_s: float,
                  b_g: float, amenity: Number) -> Number:
    """V of a place without terms that depend on the person's origin (M2); arrays broadcast to [..., county, zone]."""
    return b_w * np.log(real_income) + b_s * np.log(service) - b_g * np.log(density) * is_urban + amenity


@either
def network_amenity(coverage: Number, first: Number, weight: float) -> Number:
    """Contribution of the five networks to V relative to the base year: b_net ln(NW / NW_2010) (I4); [county, zone]."""
    return weight * np.log(coverage / first)


@either
def origin_utility(network_percent: Number, entitlement: Number, b_n: float, b_s: float) -> Number:
    """Registration and migrant networks in V: b_n ln(1 + n) + b_s ln phi (M2, S6); [registered, destination]."""
    return b_n * np.log1p(network_percent) + b_s * np.log(entitlement)


@either
def utility_outside(income: Number, service: Number, coverage: Number, b_w: float, b_s: float, b_net: float,
                    amenity: float) -> Number:
    """V of the world outside before distance: b_w ln w_out + b_s ln S_out + b_net ln NW_out and the rest (M5).

    S_out and NW_out are relative to the base year, as networks are inside Hainan.
    """
    return b_w * np.log(income) + b_s * np.log(service) + b_net * np.log(coverage) + amenity


@either
def nest_value(urban: Number, rural: Number, dissimilarity: float) -> Number:
    """Inclusive value of a county, lam ln sum exp(V / lam) over its zones (M4)."""
    u, r = urban / dissimilarity, rural / dissimilarity
    top = np.maximum(u, r)
    return dissimilarity * (top + np.log(np.exp(u - top) + np.exp(r - top)))


@either
def urban_share(urban: Number, rural: Number, dissimilarity: float) -> Number:
    """P(urban | county) (M4)."""
    return 1.0 / (1.0 + np.exp(-(urban - rural) / dissimilarity))


@either
def inflow_value(weight: Number, outside: Number) -> Number:
    """IVH_e: inclusive value of Hainan's counties to a person outside, relative to the world outside (M9)."""
    return np.log(weight) - np.log(outside)


def inflow_values(choices: Choices) -> NDArray[np.float64]:
    """IVH_e by skill (M9)."""
    return inflow_value(choices.inflow.sum(axis=1), choices.outside[:SKILLS, -1])


@inlined
def staying(choices: Choices, e: int, o: int, y: int, h: int, m: int, land: int) -> tuple[float, float]:
    """Weight of staying in the own county and the share of it that changes zone."""
    if o == choices.n:
        return choices.outside[e, o] * choices.own_home[h, o], 0.0
    held = np.int64(land)
    return choices.nest[e, o, y, held] * choices.own_home[h, o] * choices.ethnic[m, o], choices.change[e, o, y, held]


# ---- rules ------------------------------------------------------------------------------------------------------


def settle_ages(evaluation_peak_age, evaluation_rise, evaluation_fall, evaluation_floor, evaluation_rate_max,
                old_age_cost, evaluation: Out, age_cost: Out) -> None:
    """Share of persons considering a move, and moving cost relative to age 30, by age; the same in all years."""
    ages = np.arange(AGES)
    curve = mobility_by_age(ages, evaluation_peak_age, evaluation_rise, evaluation_fall, evaluation_floor)
    evaluation[:], age_cost[:] = evaluation_rate_max * curve, cost_by_age(ages, old_age_cost)


def settle_expectations(income_skill, outside_income, expected_income: Out, expected_outside_income: Out) -> None:
    """In the base year expected incomes equal observed ones."""
    expected_income[:], expected_outside_income[:] = income_skill, outside_income


def update_expectations(income_skill, outside_income, expectation_speed, expected_income: InOut,
                        expected_outside_income: InOut) -> None:
    """Expected income adjusts to the income of persons of the same skill, by zone here and outside alike (M8)."""
    expected_income += expectation_speed * (income_skill - expected_income)
    expected_outside_income += expectation_speed * (outside_income - expected_outside_income)


def weigh_leaving(moving_cost, hr_parks, age_cost, portability_cost, portability, leaving_weight: Out,
                  insurance_weight: Out) -> None:
    """Weight factors of the moving cost by age, and of losing contributory insurance (M3)."""
    leaving_weight[:] = np.exp(-moving_cost * hr_parks * age_cost)
    insurance_weight[...] = np.exp(-portability_cost * (1.0 - portability))


def settle_leaving(leaving_weight, insurance_weight, leaving_weight_base: Out, insurance_weight_base: Out) -> None:
    """Keep base-year factors for moves out of and into Hainan; policy changes moves between its counties alone (M3)."""
    leaving_weight_base[:], insurance_weight_base[...] = leaving_weight, insurance_weight


@kernel
def value_places(
        active, expected_income, pension_level, service_price, local_service_price_weight, house_rent, house_rent_base,
        housing_expenditure_share, service_zone, urban_density, urban_density_base, network_coverage,
        network_coverage_base, water_index, water_index_base, migration_income_elasticity,
        migration_service_elasticity, congestion_disamenity, coverage_amenity, water_amenity, amenity, people_residual,
        place_value: Out):
    """Value of places: real income, services, density, networks, river quality; counties without persons get none."""
    place_value[:] = NOWHERE
    for c in range(active.size):
        if not active[c]:
            continue
        price = service_price[c] ** -local_service_price_weight
        town = price * (house_rent[c] / house_rent_base[c]) ** -housing_expenditure_share
        crowd = urban_density[c] / urban_density_base[c]
        unclean = water_amenity * np.log(water_index[c] / water_index_base[c])
        for z in range(amenity.shape[1]):
            worth, in_town = (town, 1.0) if z == URBAN else (price, 0.0)
            networks = network_amenity(network_coverage[c, z], network_coverage_base[c, z], coverage_amenity)
            for e in range(RETIRED + 1):
                income = (pension_level[c, z] if e == RETIRED else expected_income[c, z, e]) * worth
                place_value[e, c, z] = place_utility(
                    income, service_zone[c, z], crowd, in_town, migration_income_elasticity,
                    migration_service_elasticity, congestion_disamenity, amenity[c, z] + people_residual[c])
                place_value[e, c, z] += networks - unclean


@kernel
def tie_home(rows_by_registration, nonlocal_entitlement, nonlocal_entitlement_2018, network_elasticity, network_pull,
             migration_service_elasticity, home_tie: Out):
    """Ties to a place through registration and people of the same origin; migrants outside attract others.

    Entitlements that Hainan grants to residents registered elsewhere apply in Hainan only.
    """
    n, pull_outside = home_tie.shape[0] - 1, network_elasticity * network_pull
    for h in range(n + 1):
        people = rows_by_registration[h].sum() - (rows_by_registration[n, n] if h == n else 0)
        for d in range(n + 1):
            there = 100.0 if h == n and d == n else 100.0 * rows_by_registration[h, d] / max(1, people)
            elsewhere = nonlocal_entitlement_2018 if d == n else nonlocal_entitlement
            home_tie[h, d] = origin_utility(there, 1.0 if h == d else elsewhere,
                                            pull_outside if d == n else network_elasticity,
                                            migration_service_elasticity)


@kernel
def count_costs(minutes_effective, hukou_open_reached, rows_minority, rows_by_zone, migration_distance_decay,
                hukou_barrier, ethnic_tie, way_cost: Out, registration_cost: Out, ethnic_draw: Out):
    """Cost of distance by origin, and of closed registration for the non-registered; value of the minority share."""
    n = ethnic_draw.size
    for d in range(n):
        closed = hukou_barrier * (1.0 - hukou_open_reached[d])
        for o in range(n + 1):
            way_cost[o, d] = distance_cost(minutes_effective[o, d] if o < n else minutes_effective[d, n],
                                           migration_distance_decay)
            registration_cost[o, d] = 0.0 if o == d else closed
        ethnic_draw[d] = ethnic_tie * (rows_minority[d] / max(1, rows_by_zone[d, URBAN] + rows_by_zone[d, RURAL]))


@kernel
def value_outside(
        expected_outside_income, pension_replacement_urban, outside_service, national_coverage, national_coverage_path,
        migration_income_elasticity, migration_service_elasticity, coverage_amenity, out_amenity, way_cost,
        outside_value: Out):
    """V of the world outside by class and county of origin, net of distance, which is zero for persons outside.

    Its services and networks are the national ones, so Hainan attracts people only where it improves on the nation.
    """
    n, networks = outside_value.shape[1] - 1, national_coverage / national_coverage_path[0]
    for e in range(RETIRED + 1):
        income = (pension_replacement_urban * expected_outside_income.mean() if e == RETIRED
                  else expected_outside_income[e])
        value = utility_outside(income, outside_service, networks, migration_income_elasticity,
                                migration_service_elasticity, coverage_amenity, out_amenity)
        for o in range(n):
            outside_value[e, o] = value - way_cost[n, o]
        outside_value[e, n] = value


@kernel
def weigh_places(
        place_value, outside_value, out_barrier, zone_change_cost, local_urban, land_tie, homestead, nest_dissimilarity,
        choice_inside: Out, choice_urban: Out, choice_nest: Out, choice_change: Out, choice_outside: Out,
        choice_land_factor: Out):
    """Weights of counties from each zone of origin and from outside, of the own county, and of the world outside."""
    shift, zone_cost, land_cost = place_value.max(), zone_change_cost * local_urban, land_tie * (1.0 - homestead)
    other_zone = np.exp(-zone_cost / nest_dissimilarity)
    off_land = np.exp(-(zone_cost + land_cost) / nest_dissimilarity)
    choice_land_factor[()] = math.exp(-land_cost)
    for e in range(place_value.shape[0]):
        for d in range(place_value.shape[1]):
            u, r = place_value[e, d, URBAN] - shift, place_value[e, d, RURAL] - shift
            for y in range(NO_ZONE + 1):
                town, village = u - (zone_cost if y == RURAL else 0.0), r - (zone_cost if y == URBAN else 0.0)
                choice_inside[e, y, d] = np.exp(nest_value(town, village, nest_dissimilarity))
                choice_urban[e, y, d] = urban_share(town, village, nest_dissimilarity)
            town, village = np.exp(u / nest_dissimilarity), np.exp(r / nest_dissimilarity)
            for y in range(2):
                here, there = (village, town) if y == RURAL else (town, village)
                for land in range(2):
                    other = there * (off_land if y == RURAL and land == 1 else other_zone)
                    choice_nest[e, d, y, land] = (here + other) ** nest_dissimilarity
                    choice_change[e, d, y, land] = other / (here + other)
            choice_outside[e, d] = np.exp(outside_value[e, d] - shift - out_barrier)
        choice_outside[e, -1] = np.exp(outside_value[e, -1] - shift)


@kernel
def weigh_ties(home_tie, registration_cost, newcomer_barrier, home_return_gain, outsider_return_gain, ethnic_draw,
               way_cost, choice_own_home: Out, choice_home: Out, choice_home_out: Out, choice_ethnic: Out,
               choice_distance: Out):
    """Factors of registration at the residence, at destinations and outside, of the minority share and of distance."""
    n = home_tie.shape[0] - 1
    for h in range(n + 1):
        for d in range(n):
            choice_own_home[h, d] = np.exp(home_tie[h, d])
            saved = home_return_gain if h == d else -newcomer_barrier[d] if h == n else 0.0
            choice_home[h, d] = np.exp(home_tie[h, d] - registration_cost[h, d] + saved)
            choice_distance[h, d] = np.exp(-way_cost[h, d])
        choice_own_home[h, n] = np.exp(home_tie[h, n])
        choice_home_out[h] = np.exp(home_tie[h, n] + (outsider_return_gain if h == n else 0.0))
    for d in range(n):
        choice_ethnic[0, d], choice_ethnic[1, d] = 1.0, np.exp(ethnic_draw[d])


@kernel
def add_up(n, choice_inside, choice_home, choice_ethnic, choice_distance, choice_total: Out, choice_inflow: Out):
    """Summed weights of the other counties by origin and kind of person; weights for newcomers from outside."""
    _elsewhere(n, choice_inside, choice_home, choice_ethnic, choice_distance, choice_total)
    for e in range(choice_inflow.shape[0]):
        for d in range(n):
            choice_inflow[e, d] = choice_inside[e, NO_ZONE, d] * (choice_home[n, d] * choice_distance[n, d])


@kernel
def _elsewhere(n, inside, home, ethnic, distance, total):
    classes, kinds = inside.shape[0], 2 * (n + 1)
    total[:] = 0.0
    sums, weight, near = total.reshape((classes, n + 1, 3, kinds)), np.empty((n, kinds)), distance.copy()
    for o in range(n):
        near[o, o] = 0.0
    for e in range(classes):
        for y in range(3):
            for d in range(n):
                for h in range(n + 1):
                    for m in range(2):
                        weight[d, 2 * h + m] = inside[e, y, d] * home[h, d] * ethnic[m, d]
            for o in range(0, n - 2, 4):  # four origins at a time: a weight is loaded once for all four
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


WEIGH = (weigh_leaving, tie_home, count_costs, weigh_ties, value_places, value_outside, weigh_places, add_up)
"""Rules that compute the weights of places, in order; those from the fourth on depend on amenities."""
