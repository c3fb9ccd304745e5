"""Migration: movers, destinations and accompanying children (B.2).

Persons who consider moving choose by the weights of places (agents/place_choice). Children follow their mothers or stay
behind; people arrive from outside; places are reclassified as urban. Sections 3.2, 5, 7, 8.1.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.agents.persons import RANDOM_COLUMNS, age_at, retirement_ages
from sim.agents.place_choice import NO_ZONE, RETIRED, inflow_value, staying
from sim.core.arrays import Number
from sim.core.bind import InOut, Out
from sim.core.cache import either, inlined, kernel
from sim.core.declare import parameter
from sim.core.distributions import poisson_count
from sim.core.parts import BLOCK, block_size, chosen, in_parts, summed
from sim.core.randomness import (
    INFLOW,
    LUCK,
    MOVE,
    STATUS,
    block,
    draw,
    floor_of,
    limit,
    lognormal,
    mix,
    normal,
    unit,
    words,
)
from sim.words import ADULT_AGE, AGES, COLLEGE, MEN, NO_SECTOR, OLDEST, RURAL, SENIOR, URBAN, WORK_AGE

OLDEST_NEWCOMER = 65
INFLOW_SALT = 0x48414E  # first word of a newcomer's identity


@dataclass(frozen=True)
class Parameters:
    child_follow_min: float = parameter(0.4, unit="share", bounds=(0.2, 0.7), source="assumed", confidence="low",
                                        says="share of children who follow without school entitlement (pf0)")
    labour_export_shift: float = parameter(
        0.4, unit="utility", bounds=(0, 1), source="assumed", confidence="low",
        says="utility of work outside added by full job matching for low-income rural persons (le)")
    labour_export_first_age: float = parameter(
        18, unit="year", bounds=(16, 25), source="assumed: adults", confidence="low",
        says="minimum age for job matching for work outside")
    labour_export_last_age: float = parameter(
        55, unit="year", bounds=(45, 60), source="assumed: to the pension age of women", confidence="low",
        says="maximum age for job matching for work outside")
    inflow_sensitivity: float = parameter(
        0.4, unit="elasticity", bounds=(0.3, 2), source="assumed: the low end keeps inflow within the record",
        says="elasticity of arrivals from outside to the value of living in Hainan (th_in)")
    inflow_scale: float = parameter(
        1.7, unit="ratio", bounds=(0.6, 2.4),
        source="provincial net migration 2011-2017 and the residents of 2020; the base balances 2000-2010",
        says="factor on the inflow from outside after 2010 (m_in)")
    reclassification_factor: float = parameter(
        0.15, unit="ratio", bounds=(0, 2), source="urban growth 2000-2010 less moves and natural growth",
        confidence="low",
        says="rural residents reclassified as urban per hectare of new urban land, relative to rural density (q_re)")
    reclassification_cap: float = parameter(0.02, unit="1/year", bounds=(0.01, 0.05), source="guard",
                                            says="maximum share of rural residents reclassified in a year")


# ---- formulas -------------------------------------------------------------------------------------------------


@either
def inflow(base: Number, scale: float, pool: Number, talent: float, sensitivity: float, gain: Number) -> Number:
    """Arrivals from outside of a skill group in a year (M9): base m_in Pool (1 + tal) exp(th gain).

    gain: increase since 2010 of the value of Hainan relative to the world outside, IVH_e - b_w ln w_out.
    """
    return base * scale * pool * (1.0 + talent) * np.exp(sensitivity * gain)


@either
def reclassified_persons(rural: Number, new_urban_hectares: Number, rural_density: Number, factor: float,
                         cap: float) -> Number:
    """Persons reclassified as urban, min(cap popR, q new hectares density) (M11)."""
    return np.minimum(cap * rural, factor * new_urban_hectares * rural_density)


# ---- persons, one by one ---------------------------------------------------------------------------------------


@inlined
def _class_of(sex, skill, age, retire_f, retire_m):
    if age >= (retire_m if sex == MEN else retire_f):
        return RETIRED
    return max(0, skill - 1)


class MoveRules(NamedTuple):
    """Shares considering a move, and weight factors of the choice."""

    evaluation: NDArray[np.float64]  # [age] share considering a move
    leave: NDArray[np.float64]  # [age] weight factor of the cost of a move between counties
    leave_insurance: float  # weight factor of losing contributory insurance
    cross: NDArray[np.float64]  # [age] and the same for moves from and to the world outside
    cross_insurance: float
    export: float  # weight factor of job matching for work outside
    export_first_age: float
    export_last_age: float
    retire_women: float
    retire_men: float


class MoveTally(NamedTuple):
    """Counts of moved rows; a place is a county or outside."""

    moved: NDArray[np.int64]  # [origin, destination]
    zone_moves: NDArray[np.int64]  # [county] net rural to urban moves inside it
    net: NDArray[np.int64]  # [place, zone] arrivals less departures


def move_tally(n: int) -> MoveTally:
    """An empty tally of moves for `n` counties."""
    return MoveTally(*(np.zeros(shape, dtype=np.int64) for shape in ((n + 1, n + 1), n, (n + 1, 2))))


@kernel
def _move(first, last, seed, year, persons, rules, choices, tally, stays):
    """First pass: select persons considering a move; second pass: their choice."""
    n, uid, born, sex, skill, minority = (
        choices.n, persons.uid, persons.born, persons.sex, persons.skill, persons.minority)
    hukou_county, hukou_rural, res_county, res_zone = (
        persons.hukou_county, persons.hukou_rural, persons.res_county, persons.res_zone)
    sector, arrived, low_income, luck = persons.sector, persons.arrived, persons.low_income, persons.random_place
    evaluation, moved, zone_moves, net = rules.evaluation, tally.moved, tally.zone_moves, tally.net
    cost, cost_insurance, cross, cross_insurance = (
        rules.leave, rules.leave_insurance, rules.cross, rules.cross_insurance)
    export_first_age, export_last_age = rules.export_first_age, rules.export_last_age
    limits = np.zeros(AGES, dtype=np.uint64)
    for a in range(WORK_AGE, AGES):
        limits[a] = limit(evaluation[a])
    ages, mask, this_year = np.empty(BLOCK, dtype=np.uint8), np.empty(BLOCK, dtype=np.uint8), np.int16(year)
    considers, word = np.empty(BLOCK, dtype=np.int32), np.empty(4 * BLOCK, dtype=np.uint64)
    for begin in range(first, last, BLOCK):
        start, size = np.uint64(begin), block_size(begin, last)
        for j in range(size):
            ages[j] = age_at(this_year, born[start + j])
        for j in range(size):
            mask[j] = luck[start + j] < limits[np.uint64(ages[j])]
        some = considers[:chosen(mask, size, start, considers, np.uint64(0))]
        words(seed, MOVE, year, uid, some, word)
        for j in range(some.size):
            i = some[j]
            age = year - born[i]
            w_stay, w_dest, w_zone = word[BLOCK + j], word[2 * BLOCK + j], word[3 * BLOCK + j]
            o, y, h, m = res_county[i], res_zone[i], hukou_county[i], minority[i]
            e = _class_of(sex[i], skill[i], age, rules.retire_women, rules.retire_men)
            land = hukou_rural[i] == 1 and h == o
            stay, change = staying(choices, e, o, y, h, m, land)
            zone = NO_ZONE if o == n else y
            inside, out = cost[min(age, OLDEST)], cross[min(age, OLDEST)]
            if (sector[i] >= 0 and y == URBAN and o < n) or skill[i] >= SENIOR + 1:
                inside *= cost_insurance
                out *= cross_insurance
            if land and y == RURAL:
                inside *= choices.land_factor
                out *= choices.land_factor
            w_in = (inside if o < n else out) * choices.total[e, o, zone, h, m]
            w_out = 0.0
            if o < n:
                w_out = out * choices.outside[e, o] * choices.home_out[h]
                if low_income[i] and y == RURAL and h < n and export_first_age <= age <= export_last_age:
                    w_out *= rules.export
            u = unit(w_stay) * (stay + w_in + w_out)
            if u < stay:
                if o < n and unit(w_zone) < change:
                    res_zone[i] = 1 - y
                    zone_moves[o] += 1 if y == RURAL else -1
                    net[o, y] -= 1
                    net[o, 1 - y] += 1
                continue
            d = n
            if u < stay + w_in:
                target = unit(w_dest) * choices.total[e, o, zone, h, m]
                cumulated = 0.0
                for c in range(n):
                    if c != o:
                        weight = (choices.inside[e, zone, c] * choices.home[h, c] * choices.ethnic[m, c]
                                  * choices.distance[o, c])
                        if weight > 0.0:
                            d = c
                            cumulated += weight
                            if cumulated > target:
                                break
            moved[o, d] += 1
            res_county[i], arrived[i], sector[i] = d, year, NO_SECTOR
            if d < n:
                res_zone[i] = URBAN if unit(w_zone) < choices.urban[e, zone, d] else RURAL
            else:
                res_zone[i] = URBAN
                if h == n:
                    stays[i] = False
            net[o, y] -= 1
            net[d, res_zone[i]] += 1


@kernel
def _follow(first, last, seed, year, persons, follow, tally, stays):
    """Children under 16 follow a mother who moved between counties, or stay; inside a county they always follow.

    `follow`: probabilities for children registered at the destination, elsewhere in Hainan, and outside.
    """
    uid, born, mother, arrived = persons.uid, persons.born, persons.mother, persons.arrived
    hukou_county, res_county, res_zone = persons.hukou_county, persons.res_county, persons.res_zone
    moved, zone_moves, net = tally.moved, tally.zone_moves, tally.net
    n = zone_moves.size
    for i in range(np.uint64(first), np.uint64(last)):
        j = mother[i]
        if year - born[i] >= WORK_AGE or j < 0:
            continue
        o, d, y, z = res_county[i], res_county[j], res_zone[i], res_zone[j]
        if d == o:
            res_zone[i] = z
            if z != y and o < n:
                zone_moves[o] += 1 if y == RURAL else -1
                net[o, y] -= 1
                net[o, z] += 1
        elif arrived[j] == year:
            to = 0 if hukou_county[i] == d else 1 if d < n else 2
            if unit(block(seed, MOVE, year, uid[i])[0]) < follow[to]:
                moved[o, d] += 1
                net[o, y] -= 1
                net[d, z] += 1
                res_county[i], res_zone[i], arrived[i] = d, z, year
                if d == n and hukou_county[i] == n:
                    stays[i] = False


@kernel
def _reclassify(first, last, n, res_county, res_zone, luck, share, counted):
    turns, first_turn = np.full(n + 1, floor_of(0.0)), floor_of(0.0)
    for c in range(n):
        turns[c] = floor_of(share[c])
        first_turn = min(first_turn, turns[c])
    for i in range(np.uint64(first), np.uint64(last)):
        if luck[i] >= first_turn and luck[i] >= turns[res_county[i]] and res_zone[i] == RURAL:
            res_zone[i] = URBAN
            counted[res_county[i]] += 1


class Expected(NamedTuple):
    """Expected newcomers from outside this year."""

    rows: NDArray[np.int64]  # [skill]
    profile: NDArray[np.float64]  # [age] cumulative weights
    counties: NDArray[np.float64]  # [skill, county] cumulative weights
    urban: NDArray[np.float64]  # [class, zone of origin, county] urban share


class Newcomers(NamedTuple):
    """Individual attributes of newcomers: [newcomer]."""

    uid: NDArray[np.uint64]
    skill: NDArray[np.int64]
    born: NDArray[np.int64]
    sex: NDArray[np.int64]
    res_county: NDArray[np.int64]
    res_zone: NDArray[np.int64]
    productivity: NDArray[np.float64]
    participation: NDArray[np.float64]


@kernel
def _arrive(seed, year, sd, expected, new):
    """Draw newcomers by skill: age by the profile, county by the cumulative weights, zone by its urban share."""
    i, profile, cumulated = 0, expected.profile, expected.counties
    for e in range(expected.rows.size):
        first = np.uint64(INFLOW_SALT * 1_000_000 + year * 10 + e)
        for k in range(expected.rows[e]):
            new.uid[i] = mix(first, np.uint64(k))
            w_age, w_county, w_zone, w_sex = block(seed, INFLOW, year, new.uid[i])
            a, b, w_part, _ = block(seed, STATUS, year, new.uid[i])
            age, target = 0, unit(w_age) * profile[-1]
            while profile[age] <= target:
                age += 1
            c, target = 0, unit(w_county) * cumulated[e, -1]
            while cumulated[e, c] < target:
                c += 1
            new.born[i], new.res_county[i] = year - age, c
            new.skill[i] = e + 1 if age >= ADULT_AGE else 0  # still at school
            new.res_zone[i] = URBAN if unit(w_zone) < expected.urban[e, NO_ZONE, c] else RURAL
            new.sex[i] = unit(w_sex) < 0.5
            new.productivity[i] = lognormal(normal(unit(a), unit(b)), sd)
            new.participation[i] = unit(w_part)
            i += 1


@kernel
def _add_newcomers(county, zone, moved, net):
    for i in range(county.size):
        moved[-1, county[i]] += 1
        net[county[i], zone[i]] += 1


# ---- rules ------------------------------------------------------------------------------------------------------


@kernel
def share_made_urban(population_zone, land_rural, new_urban, reclassification_factor, reclassification_cap,
                     urban_turn: Out):
    """Share of a county's rural residents reclassified as urban with its new urban land (M11)."""
    for c in range(urban_turn.size):
        rural = float(population_zone[c, RURAL])
        density = rural / land_rural[c] if land_rural[c] > 0.0 else 0.0
        made = reclassified_persons(rural, new_urban[c], density, reclassification_factor, reclassification_cap)
        urban_turn[c] = made / rural if rural > 0.0 else 0.0


def reclassify(persons: InOut, n, threads, weight, urban_turn, reclassified: Out) -> None:
    """Reclassify residents around new urban land as urban, without a move (M11)."""
    q = persons

    def part(first, last):
        counted = np.zeros(n, dtype=np.int64)
        _reclassify(first, last, n, q.res_county, q.res_zone, q.random_place, urban_turn, counted)
        return (counted,)

    reclassified[:] = summed(in_parts(len(q), threads, part))[0] * weight


@kernel
def expect_newcomers(seed, year, weight, choice_inflow, choice_outside, inflow_value_base, inflow_base, inflow_scale,
                     outside_pool, talent, inflow_sensitivity, newcomers_shock, institutes_by_county,
                     rows_expected: Out, inflow_up_to: Out):
    """Rows arriving from outside this year by skill, and the cumulative weights of counties for them (M9).

    Arrivals include the shock of the year. Staff of national institutes are added where the institutes settle (5).
    """
    of_year = math.exp(newcomers_shock)
    for e in range(rows_expected.size):
        total = 0.0
        for d in range(choice_inflow.shape[1]):
            total += choice_inflow[e, d]
            inflow_up_to[e, d] = total
        gain = inflow_value(total, choice_outside[e, -1]) - inflow_value_base[e]
        number = of_year * inflow(inflow_base[e], inflow_scale, outside_pool[e], talent if e == COLLEGE else 0.0,
                                  inflow_sensitivity, gain)
        if e == COLLEGE:
            staff, of_one = 0.0, total / number if number > 0 else 1.0
            for d in range(choice_inflow.shape[1]):
                staff += institutes_by_county[d]
                inflow_up_to[e, d] += of_one * staff
            number += staff
        rows_expected[e] = poisson_count(
            unit(block(np.uint64(seed), INFLOW, year, np.uint64(e + 1))[0]), number / weight)


def migrate(persons: InOut, choices, n, year, seed, threads, weight, evaluation, leaving_weight, insurance_weight,
            leaving_weight_base, insurance_weight_base, labour_export, labour_export_shift, labour_export_first_age,
            labour_export_last_age, retirement_age_women, retirement_age_men, retirement_reform_years, child_follow_min,
            nonlocal_entitlement, nonlocal_entitlement_2018, rows_expected, inflow_up_to, person_productivity_sd,
            rows_moved: Out, rows_between_zones: Out, rows_net: Out, newcomers: Out, outsiders_left: Out) -> None:
    """Choice of county and zone by persons considering a move; children follow; newcomers arrive from outside."""
    retire = retirement_ages(year, retirement_age_women, retirement_age_men, retirement_reform_years)
    rules = MoveRules(evaluation, leaving_weight, insurance_weight, leaving_weight_base, float(insurance_weight_base),
                      math.exp(labour_export_shift * labour_export), float(labour_export_first_age),
                      float(labour_export_last_age), *retire)
    entitled = np.array([1.0, nonlocal_entitlement, nonlocal_entitlement_2018])  # there, elsewhere in Hainan, outside
    follow = child_follow_min + (1.0 - child_follow_min) * entitled
    rows, size, luck = persons.rows(), len(persons), np.uint64(seed)
    stays = np.ones(size, dtype=np.bool_)

    def adults(first, last):
        tally = move_tally(n)
        _move(first, last, luck, year, rows, rules, choices, tally, stays)
        return tally

    def children(first, last):
        tally = move_tally(n)
        _follow(first, last, luck, year, rows, follow, tally, stays)
        return tally

    # Children after all adults: a mother may be in another chunk.
    of_adults = in_parts(size, threads, adults)
    tally = MoveTally(*summed([*of_adults, *in_parts(size, threads, children)]))
    expected = Expected(rows_expected, np.cumsum(evaluation[:OLDEST_NEWCOMER + 1]), inflow_up_to, choices.urban)
    new = immigrants(n, year, seed, expected, person_productivity_sd)
    newcomers[...] = new["uid"].size * weight
    outsiders_left[...] = np.count_nonzero(~stays) * weight
    _add_newcomers(new["res_county"], new["res_zone"], tally.moved, tally.net)
    persons.renew(stays, new)
    rows_moved[:], rows_between_zones[:], rows_net[:] = tally


def immigrants(n: int, year: int, seed: int, expected: Expected, sd: float) -> dict[str, NDArray]:
    """Columns of this year's newcomers from outside (M9); `sd`: standard deviation of their log productivity."""
    size, luck = int(expected.rows.sum()), np.uint64(seed)
    kinds = {"uid": np.uint64, "productivity": np.float64, "participation": np.float64}
    new = Newcomers(*(np.empty(size, dtype=kinds.get(name, np.int64)) for name in Newcomers._fields))
    _arrive(luck, year, sd, expected, new)
    random_words = [np.empty(size, dtype=np.uint32) for _ in RANDOM_COLUMNS]  # for work and life, which come later
    draw(0, size, luck, LUCK, year, new.uid, *random_words)
    nobody = np.zeros(size, dtype=np.int64)
    return new._asdict() | dict(
        minority=nobody, hukou_county=nobody + n, hukou_rural=nobody, sector=nobody + NO_SECTOR,
        arrived=nobody + year, mother=nobody - 1, low_income=nobody,
        **dict(zip(RANDOM_COLUMNS, random_words, strict=True)))


@kernel
def record_moves(weight, rows_moved, rows_between_zones, rows_net, moved: Out, departures_internal: Out,
                 arrivals_internal: Out, departures_outside: Out, arrivals_outside: Out, zone_moves: Out,
                 zone_migration: Out):
    """Moves in persons: between counties and outside, their margins, between zones, and net arrivals."""
    n = moved.shape[0]
    departures_internal[:], arrivals_internal[:] = 0, 0
    for o in range(n):
        for d in range(n):
            moved[o, d] = rows_moved[o, d] * weight
            departures_internal[o] += moved[o, d]
            arrivals_internal[d] += moved[o, d]
        moved[o, n] = departures_outside[o] = rows_moved[o, n] * weight
        arrivals_outside[o] = rows_moved[n, o] * weight
        zone_moves[o] = rows_between_zones[o] * weight
        for z in range(2):
            zone_migration[o, z] = rows_net[o, z] * weight
