"""Migration: who moves, where to, and who comes along (B.2).

Those who consider moving choose by the weights of places (agents/place_choice). Children follow their mothers or stay
behind; people come from outside; places turn urban around those who stay. Sections 3.2, 5, 7, 8.1.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from sim.agents.persons import LUCKS, age_at, retirement_ages
from sim.agents.place_choice import NO_ZONE, RETIRED, inflow_value, leaving, leaving_insurance, staying
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
from sim.words import ADULT_AGE, AGES, RURAL, URBAN, WORK_AGE

WRITES = (
    "persons.*", "counties.moved", "counties.arrivals_internal", "counties.departures_internal",
    "counties.arrivals_outside", "counties.departures_outside", "counties.zone_moves",
    "counties.zone_migration", "counties.reclassified", "watch.newcomers", "watch.outsiders_left",
)
OLDEST_NEWCOMER = 65
COLLEGE = 2  # the skill that talent policy draws
INFLOW_SALT = 0x48414E  # first word of an immigrant's identity


@dataclass(frozen=True)
class Parameters:
    child_follow_min: float = parameter(0.4, unit="share", bounds=(0.2, 0.7), source="assumed", confidence="low",
                                        says="share of children who follow without any school entitlement (pf0)")
    labour_export_shift: float = parameter(
        0.4, unit="utility", bounds=(0, 1), source="assumed", confidence="low",
        says="what full job matching adds to work outside for low-income rural persons (le)")
    inflow_sensitivity: float = parameter(
        0.4, unit="elasticity", bounds=(0.3, 2), source="assumed: the low end keeps inflow within the record",
        says="response of outsiders to the value of living in Hainan (th_in)")
    inflow_scale: float = parameter(
        1.3, unit="ratio", bounds=(0.6, 1.6), source="provincial net migration 2011-2017; the base closes 2000-2010",
        says="multiplies the inflow from outside after 2010 (m_in)")
    reclassification_factor: float = parameter(
        0.15, unit="ratio", bounds=(0, 2), source="urban growth 2000-2010 less moves and natural growth",
        confidence="low",
        says="rural residents who become urban per hectare of new urban land, against rural density (q_re)")
    reclassification_cap: float = parameter(0.02, unit="1/year", bounds=(0.01, 0.05), source="guard",
                                            says="largest share of rural residents reclassified in a year")


# ---- formulas -------------------------------------------------------------------------------------------------


@either
def inflow(base, scale, pool, talent, sensitivity, gain):
    """Persons of a skill who come from outside in a year (M9): base m_in Pool (1 + tal) exp(th gain).

    gain: rise since 2010 of what Hainan is worth against the world outside, IVH_e - b_w ln w_out.
    """
    return base * scale * pool * (1.0 + talent) * np.exp(sensitivity * gain)


@either
def reclassified_persons(rural, new_urban_hectares, rural_density, factor, cap):
    """Persons whose place becomes urban, min(cap popR, q new hectares density) (M11)."""
    return np.minimum(cap * rural, factor * new_urban_hectares * rural_density)


# ---- persons, one by one ---------------------------------------------------------------------------------------


@inlined
def _class_of(sex, skill, age, retire_f, retire_m):
    if age >= (retire_m if sex == 1 else retire_f):
        return RETIRED
    return max(0, skill - 1)


@kernel
def _move(first, last, seed, year, n, uid, born, sex, skill, minority, hukou_county, hukou_rural, res_county, res_zone,
          sector, arrived, low_income, luck, evaluation, cost, insured_factor, export_factor, retire_f, retire_m,
          choices, moved, zone_moves, net, stays):
    """First who considers moving at all, by a whole number; the choice for those only."""
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
            e = _class_of(sex[i], skill[i], age, retire_f, retire_m)
            land = hukou_rural[i] == 1 and h == o
            stay, change = staying(choices, e, o, y, h, m, land)
            zone = NO_ZONE if o == n else y
            leave = cost[min(age, 100)]
            if land and y == RURAL:
                leave *= choices.land_factor
            if (sector[i] >= 0 and y == URBAN and o < n) or skill[i] >= 2:
                leave *= insured_factor
            w_in = leave * choices.total[e, o, zone, h, m]
            w_out = 0.0
            if o < n:
                w_out = leave * choices.outside[e, o] * choices.home_out[h]
                if low_income[i] and y == RURAL and h < n and 18 <= age <= 55:
                    w_out *= export_factor
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
            res_county[i], arrived[i], sector[i] = d, year, -1
            if d < n:
                res_zone[i] = URBAN if unit(w_zone) < choices.urban[e, zone, d] else RURAL
            else:
                res_zone[i] = URBAN
                if h == n:
                    stays[i] = False
            net[o, y] -= 1
            net[d, res_zone[i]] += 1


@kernel
def _follow(first, last, seed, year, n, uid, born, hukou_county, res_county, res_zone, arrived, mother, follow, moved,
            zone_moves, net, stays):
    """Children under 16 go with a mother who moved between counties, or stay; inside a county they go along."""
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
            local = 0 if hukou_county[i] == d else 1
            if unit(block(seed, MOVE, year, uid[i])[0]) < follow[local]:
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


@kernel
def _arrive(seed, year, sd, rows, profile, cumulated, urban, uid, skill, born, sex, county, zone, productivity,
            participation):
    """So many of each skill: age by the profile, county by the cumulated weights, zone by the urban share there."""
    i = 0
    for e in range(rows.size):
        first = np.uint64(INFLOW_SALT * 1_000_000 + year * 10 + e)
        for k in range(rows[e]):
            uid[i] = mix(first, np.uint64(k))
            w_age, w_county, w_zone, w_sex = block(seed, INFLOW, year, uid[i])
            a, b, w_part, _ = block(seed, STATUS, year, uid[i])
            age, target = 0, unit(w_age) * profile[-1]
            while profile[age] <= target:
                age += 1
            c, target = 0, unit(w_county) * cumulated[e, -1]
            while cumulated[e, c] < target:
                c += 1
            born[i], county[i] = year - age, c
            skill[i] = e + 1 if age >= ADULT_AGE else 0  # at school still
            zone[i] = URBAN if unit(w_zone) < urban[e, NO_ZONE, c] else RURAL
            sex[i] = unit(w_sex) < 0.5
            productivity[i] = lognormal(normal(unit(a), unit(b)), sd)
            participation[i] = unit(w_part)
            i += 1


@kernel
def _share_made_urban(residents, land_rural, new_urban, factor, cap, share):
    """Share of a county's rural residents whose place becomes urban."""
    for c in range(share.size):
        rural = float(residents[c, RURAL])
        density = rural / land_rural[c] if land_rural[c] > 0.0 else 0.0
        share[c] = reclassified_persons(rural, new_urban[c], density, factor, cap) / rural if rural > 0.0 else 0.0


@kernel
def _expect(seed, year, weight, weights, outside, first_value, base, scale, pool, talent, sensitivity, rows, cumulated):
    """Rows of each skill that come from outside this year, and the weights of counties for them, added up."""
    for e in range(rows.size):
        total = 0.0
        for d in range(weights.shape[1]):
            total += weights[e, d]
            cumulated[e, d] = total
        gain = inflow_value(total, outside[e, -1]) - first_value[e]
        number = inflow(base[e], scale, pool[e], talent if e == COLLEGE else 0.0, sensitivity, gain)
        rows[e] = poisson_count(unit(block(seed, INFLOW, year, np.uint64(e + 1))[0]), number / weight)


@kernel
def _add_newcomers(county, zone, moved, net):
    for i in range(county.size):
        moved[-1, county[i]] += 1
        net[county[i], zone[i]] += 1


@kernel
def _record(moves, zone_moves, net, weight, moved, departures_internal, arrivals_internal, departures_outside,
            arrivals_outside, moved_up, zone_migration):
    """Moves in persons: from county to county and outside, their margins, between zones and their net effect."""
    n = moved.shape[0]
    departures_internal[:], arrivals_internal[:] = 0, 0
    for o in range(n):
        for d in range(n):
            moved[o, d] = moves[o, d] * weight
            departures_internal[o] += moved[o, d]
            arrivals_internal[d] += moved[o, d]
        moved[o, n] = departures_outside[o] = moves[o, n] * weight
        arrivals_outside[o] = moves[n, o] * weight
        moved_up[o] = zone_moves[o] * weight
        for z in range(2):
            zone_migration[o, z] = net[o, z] * weight


# ---- verbs ----------------------------------------------------------------------------------------------------


def reclassify(model) -> None:
    """Places around new urban land become urban; those who live there did not move (M11)."""
    p, counties, n = model.parameters, model.counties, model.n
    share = np.empty(n)
    _share_made_urban(counties.population_zone, counties.land_rural, counties.new_urban, p.reclassification_factor,
                      p.reclassification_cap, share)
    q = model.persons

    def part(first, last):
        counted = np.zeros(n, dtype=np.int64)
        _reclassify(first, last, n, q.res_county, q.res_zone, q.luck_place, share, counted)
        return (counted,)

    counties.reclassified[:] = summed(in_parts(len(q), model.threads, part))[0] * model.weight


def migrate(model) -> None:
    """Those who consider moving choose a county and a zone; children follow; people come from outside."""
    p, now, counties, base, n = model.parameters, model.now, model.counties, model.base, model.n
    q, seed, year = model.persons, np.uint64(model.seed), model.year
    tables, cost, insured = model.choices, leaving(model), leaving_insurance(model)
    retire_f, retire_m = retirement_ages(
        model.year, p.retirement_age_women, p.retirement_age_men, p.retirement_reform_years)
    stays = np.ones(len(q), dtype=np.bool_)
    exported = math.exp(p.labour_export_shift * now.labour_export)
    entitled = float(model.prices.nonlocal_entitlement)
    follow = np.array([1.0, p.child_follow_min + (1.0 - p.child_follow_min) * entitled])

    def tallies():
        """Moves from place to place, from rural to urban inside a county, and their net effect on zones."""
        return tuple(np.zeros(shape, dtype=np.int64) for shape in ((n + 1, n + 1), n, (n + 1, 2)))

    def adults(first, last):
        tally = tallies()
        _move(first, last, seed, year, n, q.uid, q.born, q.sex, q.skill, q.minority, q.hukou_county, q.hukou_rural,
              q.res_county, q.res_zone, q.sector, q.arrived, q.low_income, q.luck_place, base.evaluation,
              cost, insured, exported, retire_f, retire_m, tables, *tally, stays)
        return tally

    def children(first, last):
        tally = tallies()
        _follow(first, last, seed, year, n, q.uid, q.born, q.hukou_county, q.res_county, q.res_zone, q.arrived,
                q.mother, follow, *tally, stays)
        return tally

    of_adults = in_parts(len(q), model.threads, adults)
    moved, zone_moves, net = summed([*of_adults, *in_parts(len(q), model.threads, children)])
    newcomers = immigrants(model, tables, base.evaluation)
    model.watch.newcomers[...] = newcomers["uid"].size * model.weight
    model.watch.outsiders_left[...] = np.count_nonzero(~stays) * model.weight
    _add_newcomers(newcomers["res_county"], newcomers["res_zone"], moved, net)
    q.renew(stays, newcomers)
    record_moves(counties, moved, zone_moves, net, model.weight)


def record_moves(counties, moved, zone_moves, net, weight) -> None:
    """Write the moves of the year into the county tables; moved [n+1, n+1], net [n, zone], in rows of `weight`."""
    c = counties
    _record(moved, zone_moves, net, weight, c.moved, c.departures_internal, c.arrivals_internal, c.departures_outside,
            c.arrivals_outside, c.zone_moves, c.zone_migration)


def immigrants(model, tables, evaluation) -> dict[str, np.ndarray]:
    """Columns of the persons who come from outside this year (M9)."""
    p, now, base, n, year = model.parameters, model.now, model.base, model.n, model.year
    seed, rows, cumulated = np.uint64(model.seed), np.empty(3, dtype=np.int64), np.empty((3, n))
    _expect(seed, year, model.weight, tables.inflow, tables.outside, base.inflow_value, base.inflow, p.inflow_scale,
            model.outside.outside_pool, now.talent, p.inflow_sensitivity, rows, cumulated)
    size = int(rows.sum())
    whole = lambda: np.empty(size, dtype=np.int64)  # noqa: E731
    uid, skill, born, sex, county, zone = np.empty(size, dtype=np.uint64), whole(), whole(), whole(), whole(), whole()
    productivity, participation = np.empty(size), np.empty(size)
    _arrive(seed, year, p.person_productivity_sd, rows, np.cumsum(evaluation[:OLDEST_NEWCOMER + 1]), cumulated,
            tables.urban, uid, skill, born, sex, county, zone, productivity, participation)
    luck = [np.empty(size, dtype=np.uint32) for _ in range(4)]  # of what is still to come: work and life
    draw(0, size, seed, LUCK, year, uid, *luck)
    nobody = np.zeros(size, dtype=np.int64)
    return dict(
        uid=uid, born=born, sex=sex, skill=skill, minority=nobody, hukou_county=nobody + n, hukou_rural=nobody,
        res_county=county, res_zone=zone, sector=nobody - 1, arrived=nobody + year, mother=nobody - 1,
        productivity=productivity, participation=participation, low_income=nobody,
        **dict(zip(LUCKS, luck, strict=True)),
    )
