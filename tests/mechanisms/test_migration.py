"""Where people choose to live: rules on two or three counties, limiting cases, a slow oracle (B.2).

The oracle below writes the choice of one person out, alternative by alternative, as (M2)-(M6) say it; the kernels of
the model must agree with it in probability and in frequency.
"""

import math
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.agents.persons import by_place
from sim.core.randomness import LUCK, uniforms
from sim.mechanisms import migration as m
from tests.luck import luck_falls

YEAR = 2015
CLOSED = m.NOWHERE
GENEROUS_Z = 4.5


# ---- a world on a page --------------------------------------------------------------------------------------------


def place(n, utility=0.0, home=0.0, ethnic=0.0, distance=0.0, hukou_cost=0.0, out=CLOSED, out_barrier=0.0,
          zone_cost=0.0, land_cost=0.0, lam=1.0, gain=0.0):
    """What a choice depends on; row n is outside. No costs, no differences and nobody outside, if nothing is said."""
    full = lambda x, *shape: np.broadcast_to(np.asarray(x, dtype=float), shape).copy()  # noqa: E731
    return SimpleNamespace(
        n=n, utility=full(utility, 4, n, 2), home=full(home, n + 1, n + 1), ethnic=full(ethnic, n),
        distance=full(distance, n + 1, n), hukou_cost=full(hukou_cost, n + 1, n), out=full(out, 4, n + 1),
        out_barrier=out_barrier, zone_cost=zone_cost, land_cost=land_cost, lam=lam, gain=gain)


def tables(w):
    return m.choice_tables(w.utility, w.home, w.ethnic, w.distance, w.hukou_cost, w.out, w.out_barrier, w.zone_cost,
                           w.land_cost, w.lam, w.gain)


def sums(t):
    return m._elsewhere(t.n, t.inside, t.home, t.ethnic, t.distance)


def person(o=0, y=0, h=0, e=0, minority=0, land=False, cost=0.0):
    """What a choice knows of a person: county, zone, registration, class, minority, land rights, cost of a move."""
    return SimpleNamespace(o=o, y=y, h=h, e=e, minority=minority, land=land, cost=cost)


def expected(w, *persons, counts=None, evaluation=1.0):
    """Expected moves by the kernel: flows [origin, destination], zone moves [county, up / down]."""
    t = tables(w)
    flows, zones = np.zeros((w.n + 1, w.n + 1)), np.zeros((w.n, 2))
    column = lambda name: np.array([getattr(p, name) for p in persons])  # noqa: E731
    m._expected(w.n, np.array(counts or [1.0] * len(persons), dtype=float), column("o"), column("y"), column("h"),
                column("e"), column("minority"), column("land"), np.exp(-column("cost")),
                np.full(len(persons), evaluation), *m._kernel_tables(t), sums(t), flows, zones)
    return flows, zones


def moved(persons, w, seed=0, year=YEAR, evaluation=1.0, cost=0.0, insured=0.0, export=0.0, retire=(55.0, 60.0)):
    """Let persons move by the kernel; evaluation and cost may be given by age."""
    t = tables(w)
    moves, zones = np.zeros((w.n + 1, w.n + 1), dtype=np.int64), np.zeros(w.n, dtype=np.int64)
    net, before = np.zeros((w.n + 1, 2), dtype=np.int64), places(persons, w.n)
    stays = np.ones(len(persons), dtype=np.bool_)
    ages = lambda x: np.broadcast_to(np.asarray(x, dtype=float), 101).copy()  # noqa: E731
    q = luck_falls(persons, year, seed)
    m._move(0, len(q), np.uint64(seed), year, w.n, q.uid, q.born, q.sex, q.skill, q.minority, q.hukou_county,
            q.hukou_rural, q.res_county, q.res_zone, q.sector, q.arrived, q.low_income, q.luck_place, ages(evaluation),
            np.exp(-ages(cost)), np.exp(-insured), np.exp(export), *retire, *m._kernel_tables(t),
            sums(t), moves, zones, net, stays)
    np.testing.assert_array_equal(places(persons, w.n), before + net)
    return moves, zones, stays


def places(persons, n):
    """Persons by place, those outside too: [n + 1, zone]."""
    return by_place(persons.res_county, persons.res_zone, n + 1)


# ---- the oracle ---------------------------------------------------------------------------------------------------


def alternatives(w, p):
    """V - C of every place a person may choose, {(county, zone): value}, outside being (n, 0): (M2), (M3), (M5)."""
    values = {}
    leaves_land = w.land_cost if p.land and p.y == m.RURAL and p.o == p.h else 0.0
    for d in range(w.n):
        for z in (m.URBAN, m.RURAL):
            value = w.utility[p.e, d, z] + w.home[p.h, d] + p.minority * w.ethnic[d]
            if d != p.o:
                value -= p.cost + w.distance[p.o, d] + w.hukou_cost[p.h, d] + leaves_land
                value += w.gain if d == p.h else 0.0
            if p.o < w.n and z != p.y:
                value -= w.zone_cost
                value -= leaves_land if d == p.o else 0.0
            values[d, z] = value
    out = w.out[p.e, p.o] + w.home[p.h, w.n]
    if p.o < w.n:
        out -= p.cost + w.out_barrier + leaves_land
        out += w.gain if p.h == w.n else 0.0
    values[w.n, m.URBAN] = out
    return values


def probabilities(w, p):
    """P(d) P(z | d) of the nested logit (M4), in plain arithmetic."""
    values = alternatives(w, p)
    inclusive, within = {}, {}
    for d in range(w.n + 1):
        nest = {z: v for (c, z), v in values.items() if c == d}
        lam = w.lam if d < w.n else 1.0
        top = max(nest.values())
        weights = {z: math.exp((v - top) / lam) for z, v in nest.items()}
        total = sum(weights.values())
        inclusive[d] = top + lam * math.log(total)
        within |= {(d, z): weight / total for z, weight in weights.items()}
    top = max(inclusive.values())
    total = sum(math.exp(v - top) for v in inclusive.values())
    return {(d, z): math.exp(inclusive[d] - top) / total * share for (d, z), share in within.items()}


def gumbel_max(w, p, rng, times):
    """How often each place is the best of V - C + Gumbel luck: the multinomial logit drawn literally (lam = 1)."""
    values = alternatives(w, p)
    won = dict.fromkeys(values, 0)
    for _ in range(times):
        luck = {place: value - math.log(-math.log(rng.random())) for place, value in values.items()}
        won[max(luck, key=luck.get)] += 1
    return won


def flow_of(w, p):
    """Chances of a person by the oracle: of every destination, and of changing zone at home."""
    chance = probabilities(w, p)
    to = np.array([sum(x for (d, _), x in chance.items() if d == county) for county in range(w.n + 1)])
    change = chance[p.o, 1 - p.y] if p.o < w.n else 0.0
    return to, change


def varied(seed, lam=0.6, n=3):
    """A world in which everything matters."""
    rng = np.random.default_rng(seed)
    return place(
        n, utility=rng.normal(0, 1, (4, n, 2)), home=rng.normal(0, 0.3, (n + 1, n + 1)), ethnic=rng.uniform(0, 1, n),
        distance=rng.uniform(0, 2, (n + 1, n)), hukou_cost=rng.uniform(0, 1, (n + 1, n)) * (1 - np.eye(n + 1, n)),
        out=rng.normal(0, 1, (4, n + 1)), out_barrier=0.7, zone_cost=0.9, land_cost=0.4, lam=lam, gain=0.8)


def everybody(n):
    """One person of every kind that can be."""
    return [person(o, y, h, e, minority, land, cost=0.5)
            for o in range(n + 1) for y in ((0, 1) if o < n else (0,)) for h in range(n + 1) for e in range(4)
            for minority in (0, 1) for land in ((False, True) if o == h and o < n else (False,))
            if not (o == n and h == n)]


def chi_square(found, wanted):
    """Chi-square of counts against expected counts, and its degrees of freedom, small cells put together."""
    found, wanted = np.asarray(found, dtype=float), np.asarray(wanted, dtype=float)
    small = wanted < 5
    if small.any():
        found = np.append(found[~small], found[small].sum())
        wanted = np.append(wanted[~small], wanted[small].sum())
    keep = wanted > 1e-9
    assert found[~keep].sum() == 0
    return ((found[keep] - wanted[keep]) ** 2 / wanted[keep]).sum(), keep.sum() - 1


def not_rejected(chi, freedom):
    return chi < freedom + GENEROUS_Z * math.sqrt(2 * freedom) + 6


# ---- formulas -----------------------------------------------------------------------------------------------------


def test_mobility_peaks_at_1_and_children_do_not_move():
    ages = np.arange(101)
    curve = m.mobility_by_age(ages, 20, 0.4, 0.1, 0.1)
    assert curve.max() == 1.0 and curve[:16].max() == 0.0 and curve[16:].min() > 0
    assert ages[curve.argmax()] == 23  # mu + ln(lambda / alpha) / lambda = 20 + ln 4 / .4 = 23.5


def test_mobility_of_the_old_is_the_constant_over_the_peak():
    """Far from the peak the curve is its constant: .1 / (1 + .1)."""
    curve = m.mobility_by_age(np.arange(101), 20, 0.4, 0.15, 0.1)
    assert curve[100] == pytest.approx(0.1 / 1.1, rel=1e-3)


def test_moving_costs_rise_straight_from_30_to_60():
    assert m.age_cost(np.array([16, 30, 45, 60, 90]), 1.8).tolist() == pytest.approx([1, 1, 1.4, 1.8, 1.8])


def test_an_hour_costs_ln_2_times_the_decay():
    assert m.distance_cost(np.array([0.0, 60.0, 180.0]), 1.5) == pytest.approx([0, 1.5 * np.log(2), 1.5 * np.log(4)])


def test_utility_of_a_place_adds_income_services_crowding_and_amenity():
    """1.2 ln 2 + .4 ln 3 - .15 ln 4 + .1 in town; without the crowd in the country."""
    town, country = (m.place_utility(2.0, 3.0, 4.0, urban, 1.2, 0.4, 0.15, 0.1) for urban in (1.0, 0.0))
    assert country == pytest.approx(1.2 * np.log(2) + 0.4 * np.log(3) + 0.1)
    assert town == pytest.approx(country - 0.15 * np.log(4))


def test_networks_and_entitlement_add_to_utility():
    """Nine per cent of one's people there, half entitled: .3 ln 10 + .4 ln .5."""
    assert m.origin_utility(9.0, 0.5, 0.3, 0.4) == pytest.approx(0.3 * np.log(10) + 0.4 * np.log(0.5))


def test_two_equal_zones_are_worth_the_dissimilarity_times_ln_2_more_than_one():
    assert m.nest_value(1.0, 1.0, 0.6) == pytest.approx(1 + 0.6 * np.log(2))
    assert m.nest_value(1.0, CLOSED, 0.6) == pytest.approx(1.0)


def test_inflow_grows_with_the_pool_with_talent_policy_and_with_what_hainan_offers_beyond_the_outside():
    """1000 x 1.1 x 1.2 x (1 + .5) x e^(.5 (.3 - .1))."""
    assert m.inflow(1000.0, 1.1, 1.2, 0.5, 0.5, 0.3, 0.1) == pytest.approx(1000 * 1.1 * 1.2 * 1.5 * np.exp(0.1))


def test_places_become_urban_by_new_land_times_density_within_the_cap():
    """10 ha x 20 a hectare x .5 = 100 persons; 100 ha would be 1000, but two per cent of 20 000 are 400."""
    found = m.reclassified_persons(np.array([20e3, 20e3]), np.array([10.0, 100.0]), np.array([20.0, 20.0]), 0.5, 0.02)
    assert found.tolist() == [100, 400]


# ---- two counties, three persons ------------------------------------------------------------------------------------


def test_nobody_moves_when_distance_is_unbearable(make_persons):
    persons = make_persons(3, res_county=[0, 0, 1])
    moves, _, _ = moved(persons, place(2, distance=800.0))
    assert moves.sum() == 0 and persons.res_county.tolist() == [0, 0, 1]


def test_everybody_moves_to_the_one_place_worth_living_in(make_persons):
    persons = make_persons(3, res_county=[0, 0, 1], sector=2)
    moves, _, stays = moved(persons, place(2, utility=[[[0, 0], [900.0, 0]]] * 4))
    assert moves[0, 1] == 2 and moves.sum() == 2
    assert persons.res_county.tolist() == [1, 1, 1] and persons.res_zone.tolist() == [0, 0, 0] and stays.all()
    assert persons.arrived.tolist() == [YEAR, YEAR, 2000]
    assert persons.sector.tolist() == [-1, -1, 2]  # who moves looks for work anew


def test_nobody_moves_without_considering_it(make_persons):
    persons = make_persons(3)
    moves, zones, _ = moved(persons, place(2, utility=[[[0, 0], [900.0, 0]]] * 4), evaluation=0.0)
    assert moves.sum() == zones.sum() == 0 and persons.res_county.tolist() == [0, 0, 0]


def test_children_do_not_consider_moving(make_persons):
    persons = make_persons(3, born=[YEAR - 15, YEAR - 16, YEAR - 17], skill=[0, 0, 0])
    moved(persons, place(2, utility=[[[0, 0], [900.0, 0]]] * 4))
    assert persons.res_county.tolist() == [0, 1, 1]


def test_equal_counties_without_costs_get_an_equal_chance():
    """Two counties of two zones each: a quarter a place."""
    flows, zones = expected(place(2), person(0, 0))
    assert flows[0, 1] == pytest.approx(0.5) and zones[0, 0] == pytest.approx(0.25)


def test_a_utility_of_ln_3_more_draws_three_times_as_many():
    """Weights 1 and 3 of the counties (rural closed)."""
    w = place(2, utility=[[[0, CLOSED], [np.log(3), CLOSED]]] * 4)
    assert expected(w, person(0))[0][0, 1] == pytest.approx(0.75)


def test_costs_of_a_move_are_paid_by_movers_alone():
    """Cost ln 4 (moving) + ln 2 (distance) + ln 5 (registration): weights 1 and 1/40."""
    w = place(2, utility=[[[0, CLOSED], [0, CLOSED]]] * 4, distance=np.log(2), hukou_cost=np.log(5))
    assert expected(w, person(0, cost=np.log(4)))[0][0, 1] == pytest.approx(1 / 41)


def test_those_without_registration_pay_the_barrier_and_those_coming_home_do_not():
    w = place(2, utility=[[[0, CLOSED], [0, CLOSED]]] * 4, hukou_cost=[[0, 1.0], [1.0, 0], [1.0, 1.0]])
    home, away = (expected(w, person(0, h=h))[0][0, 1] for h in (1, 0))
    assert home == pytest.approx(1 / 2) and away == pytest.approx(np.exp(-1) / (1 + np.exp(-1)))


def test_coming_home_saves_part_of_the_cost():
    """Cost 2, of which 2 are saved: as likely as staying."""
    w = place(2, utility=[[[0, CLOSED], [0, CLOSED]]] * 4, gain=2.0)
    assert expected(w, person(0, h=1, cost=2.0))[0][0, 1] == pytest.approx(1 / 2)


def test_land_ties_those_who_would_leave_the_rural_zone_of_their_own_county():
    """All four places worth the same, land worth ln 3: staying weighs 1, each of the others a third."""
    w = place(2, land_cost=np.log(3))
    flows, zones = expected(w, person(0, m.RURAL, land=True))
    assert zones[0, m.RURAL] == pytest.approx((1 / 3) / (1 + 3 / 3)) and flows[0, 1] == pytest.approx((2 / 3) / 2)
    for free in (person(0, m.URBAN, land=True), person(0, m.RURAL, h=1)):
        flows, zones = expected(w, free)
        assert flows[0, 1] == pytest.approx(1 / 2) and zones.sum() == pytest.approx(1 / 4)


def test_a_change_of_zone_has_its_cost_in_every_county():
    """Cost ln 3 of urban life to a villager: weights 1 and 1/3 here, 1 and 1/3 there."""
    flows, zones = expected(place(2, zone_cost=np.log(3)), person(0, m.RURAL))
    assert zones[0, m.RURAL] == pytest.approx(1 / 8) and flows[0, 1] == pytest.approx(1 / 2)


def test_minorities_are_drawn_to_minority_counties():
    w = place(2, utility=[[[0, CLOSED], [0, CLOSED]]] * 4, ethnic=[0.0, np.log(3)])
    assert expected(w, person(0, minority=1))[0][0, 1] == pytest.approx(3 / 4)
    assert expected(w, person(0, minority=0))[0][0, 1] == pytest.approx(1 / 2)


def test_zone_moves_are_counted_net_from_rural_to_urban(make_persons):
    persons = make_persons(3, res_zone=[1, 1, 0])
    _, zones, _ = moved(persons, place(1, utility=[[[900.0, 0]]] * 4))
    assert zones.tolist() == [2] and persons.res_zone.tolist() == [0, 0, 0]
    _, zones, _ = moved(persons, place(1, utility=[[[0, 300.0]]] * 4))
    assert zones.tolist() == [-3] and persons.res_zone.tolist() == [1, 1, 1]


def test_those_who_leave_hainan_are_followed_if_they_are_registered_here(make_persons):
    persons = make_persons(2, hukou_county=[0, 2], res_zone=1)
    moves, _, stays = moved(persons, place(2, out=300.0))
    assert moves[0, 2] == 2 and stays.tolist() == [True, False]
    assert persons.res_county.tolist() == [2, 2] and persons.res_zone.tolist() == [0, 0]


def test_those_outside_come_back_when_hainan_is_worth_it(make_persons):
    persons = make_persons(2, res_county=2, hukou_county=[0, 1])
    moves, _, stays = moved(
        persons, place(2, out=[[0.0, 0.0, -300.0]] * 4, home=[[300, 0, 0], [0, 300, 0], [0] * 3]))
    assert moves[2].tolist() == [1, 1, 0] and persons.res_county.tolist() == [0, 1] and stays.all()


def test_job_matching_outside_reaches_low_income_villagers_of_18_to_55(make_persons):
    said = dict(low_income=[1, 0, 1, 1, 1], res_zone=[1, 1, 0, 1, 1], hukou_county=0,
                born=[1980, 1980, 1980, YEAR - 17, YEAR - 56])
    persons = make_persons(5, **said)
    moved(persons, place(1, out=[[-9.0, CLOSED]] * 4, zone_cost=50.0), export=300.0, retire=(90.0, 90.0))
    assert persons.res_county.tolist() == [1, 0, 0, 0, 0]


def test_the_insured_pay_for_leaving_their_insurance(make_persons):
    """Urban workers and the skilled are insured; a villager without schooling and a jobless townswoman are not."""
    persons = make_persons(4, sector=[2, -1, 2, -1], skill=[1, 1, 1, 2], res_zone=[0, 0, 1, 1])
    moved(persons, place(2, utility=[[[0, 0], [90.0, 90.0]]] * 4), insured=900.0)
    assert persons.res_county.tolist() == [0, 1, 1, 0]


def test_each_class_of_movers_looks_at_its_own_income(make_persons):
    """Junior, senior, college and the retired each have one county of four worth living in; pupils go with juniors."""
    utility = np.where(np.eye(4)[:, :, None] > 0, 900.0, 0.0) * np.ones(2)
    persons = make_persons(6, skill=[1, 2, 3, 3, 0, 3], born=[1980, 1980, 1980, YEAR - 60, YEAR - 16, YEAR - 60],
                           sex=[0, 0, 0, 0, 0, 1])
    moved(persons, place(4, utility=utility), retire=(55.0, 61.0))
    assert persons.res_county.tolist() == [0, 1, 2, 3, 0, 2]


def test_the_choice_follows_the_persons_number_not_her_place(make_persons):
    w, order = varied(3), np.random.default_rng(0).permutation(200)
    one, other = make_persons(200), make_persons(200, uid=1 + order)
    moved(one, w), moved(other, w)
    for name in ("res_county", "res_zone", "arrived"):
        np.testing.assert_array_equal(getattr(other, name), getattr(one, name)[order])


# ---- children follow, or stay behind ------------------------------------------------------------------------------


def follow(persons, n=2, follow_share=(1.0, 0.0), seed=0):
    moves, zones, net = (np.zeros(shape, dtype=np.int64) for shape in ((n + 1, n + 1), n, (n + 1, 2)))
    q, before, stays = persons, places(persons, n), np.ones(len(persons), dtype=np.bool_)
    m._follow(0, len(q), np.uint64(seed), YEAR, n, q.uid, q.born, q.hukou_county, q.res_county, q.res_zone, q.arrived,
              q.mother, np.array(follow_share), moves, zones, net, stays)
    np.testing.assert_array_equal(places(persons, n), before + net)
    return moves, stays


def test_children_follow_a_mother_who_moved_this_year_where_schools_are_open_to_them(make_persons):
    """Mother in county 1 since this year; children in county 0: registered there, and here."""
    persons = make_persons(3, born=[1980, 2010, 2010], res_county=[1, 0, 0], res_zone=[1, 0, 0], hukou_county=[1, 1, 0],
                           mother=[-1, 0, 0], arrived=[YEAR, 2010, 2010])
    moves, _ = follow(persons)
    assert persons.res_county.tolist() == [1, 1, 0] and persons.res_zone.tolist() == [1, 1, 0]
    assert persons.arrived.tolist() == [YEAR, YEAR, 2010] and moves[0, 1] == moves.sum() == 1


def test_children_left_behind_stay_and_those_of_16_decide_for_themselves(make_persons):
    persons = make_persons(3, born=[1975, 2010, YEAR - 16], res_county=[1, 0, 0], hukou_county=1, mother=[-1, 0, 0],
                           arrived=[2014, 2010, 2000])
    moves, _ = follow(persons, follow_share=(1.0, 1.0))
    assert persons.res_county.tolist() == [1, 0, 0] and moves.sum() == 0


def test_children_change_zone_with_their_mother(make_persons):
    persons = make_persons(2, born=[1980, 2010], res_zone=[0, 1], mother=[-1, 0])
    moves, _ = follow(persons, follow_share=(0.0, 0.0))
    assert persons.res_zone.tolist() == [0, 0] and moves.sum() == 0


def test_children_of_other_provinces_leave_hainan_with_their_mother_and_are_no_longer_followed(make_persons):
    persons = make_persons(
        2, born=[1980, 2010], res_county=[2, 0], hukou_county=2, mother=[-1, 0], arrived=[YEAR, 2010])
    moves, stays = follow(persons)
    assert moves[0, 2] == 1 and stays.tolist() == [True, False]


def test_half_the_children_follow_where_half_are_entitled(make_persons):
    k = 2000
    persons = make_persons(2 * k, born=np.repeat([1980, 2010], k), res_county=np.repeat([1, 0], k), hukou_county=0,
                           mother=np.concatenate([np.full(k, -1), np.arange(k)]), arrived=np.repeat([YEAR, 2010], k))
    moves, _ = follow(persons, follow_share=(1.0, 0.5))
    assert abs(moves[0, 1] - k / 2) < 4 * math.sqrt(k / 4)


# ---- places become urban ------------------------------------------------------------------------------------------


def test_nobody_moves_when_a_place_becomes_urban(make_persons):
    persons = make_persons(4, res_zone=[1, 0, 1, 1], res_county=[0, 0, 1, 2])
    counted = np.zeros(2, dtype=np.int64)
    q = luck_falls(persons, YEAR)
    m._reclassify(0, 4, 2, q.res_county, q.res_zone, q.luck_place, np.array([1.0, 0.0]), counted)
    assert persons.res_zone.tolist() == [0, 0, 1, 1] and persons.res_county.tolist() == [0, 0, 1, 2]
    assert counted.tolist() == [1, 0]


def test_new_urban_land_makes_as_many_rural_residents_urban_as_live_on_it(make_persons):
    """1000 rural residents on 50 ha, 10 ha of new urban land, factor 1: 200, within the luck of the draw."""
    model = SimpleNamespace(
        parameters=SimpleNamespace(reclassification_factor=1.0, reclassification_cap=0.5), n=2, seed=0, threads=1,
        year=YEAR, weight=1, persons=luck_falls(make_persons(1000, res_zone=1), YEAR), counties=SimpleNamespace(
            population_zone=np.array([[0, 1000], [0, 0]]), land_rural=np.array([50.0, 0.0]),
            new_urban=np.array([10.0, 5.0]), reclassified=np.zeros(2, dtype=np.int64)))
    m.reclassify(model)
    assert abs(model.counties.reclassified[0] - 200) < 4 * math.sqrt(1000 * 0.2 * 0.8)
    assert model.counties.reclassified[1] == 0
    assert (model.persons.res_zone == 0).sum() == model.counties.reclassified[0]


# ---- the record ---------------------------------------------------------------------------------------------------


def test_moves_are_recorded_by_county_of_origin_and_of_destination():
    """From 0: 3 to 1, 5 outside; from 1: 2 to 0; from outside: 7 to 1."""
    counties = SimpleNamespace(**{name: np.zeros(2) for name in (
        "departures_internal", "arrivals_internal", "departures_outside", "arrivals_outside", "zone_moves")},
        moved=np.zeros((2, 3)), zone_migration=np.zeros((2, 2)))
    m.record_moves(counties, np.array([[0, 3, 5], [2, 0, 0], [0, 7, 0]]), np.array([1, -1]), np.array([[2, 0], [0, 1]]))
    assert counties.moved.tolist() == [[0, 3, 5], [2, 0, 0]]
    assert counties.departures_internal.tolist() == [3, 2] and counties.arrivals_internal.tolist() == [2, 3]
    assert counties.departures_outside.tolist() == [5, 0] and counties.arrivals_outside.tolist() == [0, 7]
    assert counties.zone_moves.tolist() == [1, -1] and counties.zone_migration.tolist() == [[2, 0], [0, 1]]


# ---- the kernels against the oracle -------------------------------------------------------------------------------


@pytest.mark.parametrize("lam", [1.0, 0.6, 0.3])
def test_expected_flows_are_the_nested_logit_written_out(lam):
    w = varied(1, lam)
    for p in everybody(w.n):
        to, change = flow_of(w, p)
        flows, zones = expected(w, p)
        away = np.arange(w.n + 1) != p.o
        np.testing.assert_allclose(flows[p.o][away], to[away], rtol=1e-11, atol=1e-15, err_msg=str(p))
        assert zones.sum() == pytest.approx(change, rel=1e-11), p
        assert flows.sum() + to[p.o] == pytest.approx(1.0, abs=1e-12)


def cell(make_persons, rows, p):
    """Rows of one kind of person; nobody is insured, and the class comes from skill or age."""
    return make_persons(
        rows, res_county=p.o, res_zone=p.y, hukou_county=p.h, minority=p.minority, hukou_rural=int(p.land), skill=1,
        born=YEAR - 70 if p.e == m.RETIRED else 1985)


CELLS = [person(0, 1, 0, land=True, cost=0.5), person(1, 0, 0, minority=1, cost=0.5), person(2, 1, 3, cost=0.5),
         person(3, 0, 1, cost=0.5), person(1, 1, 2, e=m.RETIRED, minority=1, cost=0.5),
         person(0, 0, 0, land=True, cost=0.5)]


@pytest.mark.parametrize("p", CELLS, ids=lambda p: f"from{p.o}{'ur'[p.y]}-hukou{p.h}-class{p.e}")
def test_persons_choose_as_often_as_the_oracle_says(make_persons, p):
    """LC10: a cell of 20 000 equal persons against the nested logit written out, place by place."""
    w, rows = varied(2), 20_000
    persons = cell(make_persons, rows, p)
    moved(persons, w, cost=0.5)
    places = probabilities(w, p)
    found = {place: int(((persons.res_county == place[0]) & (persons.res_zone == place[1])).sum()) for place in places}
    assert sum(found.values()) == rows
    assert not_rejected(*chi_square(list(found.values()), [rows * x for x in places.values()])), found


@pytest.mark.parametrize("p", CELLS[:4], ids=lambda p: f"from{p.o}{'ur'[p.y]}-hukou{p.h}")
def test_persons_choose_as_often_as_gumbel_luck_would_let_them(make_persons, p):
    """LC10: the kernel against the best of V - C + luck, drawn literally (two samples, lam = 1)."""
    w, rows = varied(4, lam=1.0), 4_000
    drawn = gumbel_max(w, p, np.random.default_rng(7), rows)
    persons = cell(make_persons, rows, p)
    moved(persons, w, seed=1, cost=0.5)
    one = np.array(list(drawn.values()), dtype=float)
    other = np.array([((persons.res_county == d) & (persons.res_zone == z)).sum() for d, z in drawn], dtype=float)
    seen = one + other > 0
    chi = ((one - other)[seen] ** 2 / (one + other)[seen]).sum()
    assert not_rejected(chi, seen.sum() - 1), (one, other)


def test_over_two_hundred_seeds_agents_scatter_about_expected_flows_as_a_multinomial(make_persons):
    """LC10: the sum of chi-squares has its mean and spread, and each flow its binomial variance."""
    w, rows, seeds, p = varied(5), 500, 200, person(0, 1, 0, cost=0.5)
    to, _ = flow_of(w, p)
    counts = np.empty((seeds, w.n + 1))
    for seed in range(seeds):
        persons = cell(make_persons, rows, p)
        moved(persons, w, seed=seed, cost=0.5)
        counts[seed] = np.bincount(persons.res_county, minlength=w.n + 1)
    chi = ((counts - rows * to) ** 2 / (rows * to)).sum()
    freedom = seeds * w.n
    assert abs(chi - freedom) < 4 * math.sqrt(2 * freedom)
    ratio = counts.var(axis=0) / (rows * to * (1 - to))
    np.testing.assert_allclose(ratio, 1.0, atol=4.5 * math.sqrt(2 / seeds))


def test_only_a_share_considers_moving(make_persons):
    """Evaluation .25 and a better place that nobody resists: a quarter goes."""
    persons = make_persons(4000)
    moves, _, _ = moved(persons, place(2, utility=[[[0, 0], [900.0, 0]]] * 4), evaluation=0.25)
    assert abs(moves[0, 1] - 1000) < 4 * math.sqrt(4000 * 0.25 * 0.75)
    np.testing.assert_array_equal(persons.res_county == 1, uniforms(0, LUCK, YEAR, persons.uid)[:, 1] < 0.25)


# ---- limiting cases -----------------------------------------------------------------------------------------------


def test_without_costs_people_spread_as_the_softmax_of_utility(make_persons):
    """LC5: everybody considers, nothing costs: shares = softmax(V), wherever they come from."""
    utility = np.random.default_rng(6).normal(0, 1, (3, 2))
    w = place(3, utility=np.broadcast_to(utility, (4, 3, 2)))
    softmax = np.exp(utility) / np.exp(utility).sum()
    persons = make_persons(30_000)
    for year in (2015, 2016):
        moved(persons, w, year=year)
        found = np.bincount(persons.res_county * 2 + persons.res_zone, minlength=6)
        assert not_rejected(*chi_square(found, 30_000 * softmax.ravel())), year
    np.testing.assert_allclose(expected(w, person(0), person(1))[0].sum(axis=0)[:3] + [0, 0, 0], [
        softmax[0].sum(), softmax[1].sum(), 2 * softmax[2].sum()])


def test_gravity_returns_the_distance_decay():
    """LC7: ln M_od = origin + destination - b_d ln(1 + tau / 60) exactly, for lam = 1."""
    n, decay = 6, 1.37
    rng = np.random.default_rng(8)
    minutes = rng.uniform(20, 300, (n + 1, n))
    w = place(n, utility=np.broadcast_to(rng.normal(0, 1, (n, 2)), (4, n, 2)), distance=m.distance_cost(minutes, decay),
              out=-1.0)
    flows, _ = expected(w, *[person(o, h=0, cost=2.0) for o in range(n)], counts=list(rng.uniform(100, 1000, n)))
    origin, destination = np.nonzero(~np.eye(n, dtype=bool))
    matrix = np.zeros((origin.size, 2 * n + 1))
    matrix[np.arange(origin.size), origin] = 1
    matrix[np.arange(origin.size), n + destination] = 1
    matrix[:, -1] = np.log1p(minutes[origin, destination] / 60)
    found, *_ = np.linalg.lstsq(matrix, np.log(flows[origin, destination]), rcond=None)
    assert found[-1] == pytest.approx(-decay, abs=1e-8)


def test_with_dissimilarity_1_the_nests_vanish():
    """LC8: a multinomial logit over all places."""
    w = varied(9, lam=1.0)
    for p in everybody(w.n)[::7]:
        values = alternatives(w, p)
        top = max(values.values())
        total = sum(math.exp(v - top) for v in values.values())
        to = [sum(math.exp(v - top) for (d, _), v in values.items() if d == c) / total for c in range(w.n + 1)]
        np.testing.assert_allclose(np.delete(expected(w, p)[0][p.o], p.o), np.delete(to, p.o), rtol=1e-10)


def test_without_dissimilarity_the_best_zone_takes_all_of_its_county():
    """LC8: lam -> 0."""
    urban, rural = np.array([0.0, 0.3]), np.array([0.1, 0.0])
    assert m.urban_share(urban, rural, 0.002) == pytest.approx([0, 1], abs=1e-12)
    assert m.nest_value(urban, rural, 0.002) == pytest.approx([0.1, 0.3])


zone_utility = st.lists(st.floats(-3, 3), min_size=2, max_size=2).map(np.array)
dissimilarities = st.floats(0.3, 1.0)


@settings(max_examples=50, deadline=None)
@given(zone_utility, dissimilarities)
def test_the_slope_of_a_log_sum_is_the_share_of_the_place(utility, lam):
    """LC9: dI/dV_z = P(z | nest), by central differences."""
    step = 1e-5
    urban, rural = utility
    slope = (m.nest_value(urban + step, rural, lam) - m.nest_value(urban - step, rural, lam)) / (2 * step)
    assert slope == pytest.approx(m.urban_share(urban, rural, lam), abs=1e-6)


def test_inside_a_county_the_odds_of_its_zones_ignore_all_other_counties():
    """LC9: independence of irrelevant alternatives inside a nest."""
    w = varied(10)
    before = tables(w).urban[:, :, 0]
    w.utility[:, 1:] += 3.0
    np.testing.assert_allclose(tables(w).urban[:, :, 0], before, rtol=1e-12)


def chain(w):
    """Chances of a yearly move between places: [place, place], a place being a county and a zone."""
    n = w.n
    matrix = np.empty((2 * n, 2 * n))
    for o in range(n):
        for y in (0, 1):
            chance = probabilities(w, person(o, y, h=n, cost=0.5))
            matrix[2 * o + y] = [chance[d, z] for d in range(n) for z in (0, 1)]
    return matrix


def test_under_constant_chances_people_settle_at_the_left_eigenvector(make_persons):
    """LC12: forty years of the same chances, from one crowded place."""
    w = varied(11)
    w.out[:] = CLOSED
    matrix = chain(w)
    np.testing.assert_allclose(matrix.sum(axis=1), 1.0)
    values, vectors = np.linalg.eig(matrix.T)
    stationary = np.abs(vectors[:, values.real.argmax()].real)
    stationary /= stationary.sum()
    rows = 10_000
    persons = make_persons(rows, hukou_county=w.n)
    for year in range(2015, 2055):
        moved(persons, w, year=year, cost=0.5, retire=(200.0, 200.0))
    found = np.bincount(persons.res_county.astype(int) * 2 + persons.res_zone, minlength=2 * w.n)
    assert not_rejected(*chi_square(found, rows * stationary))


def test_the_weight_of_a_row_changes_no_expectation(make_persons):
    """LC30: half the weight and twice the rows: the same expected flows, and the same flows within their error."""
    w, p = varied(12), person(0, 1, 0, cost=0.5)
    few, many = (expected(w, p, counts=[rows])[0] for rows in (100.0, 200.0))
    np.testing.assert_allclose(10 * many, 20 * few, rtol=1e-12)
    flows = {}
    for weight, rows in ((20, 5_000), (10, 10_000)):
        moves, _, _ = moved(cell(make_persons, rows, p), w, cost=0.5)
        flows[weight] = weight * moves[0]
    error = np.sqrt(20.0 * flows[20] + 10.0 * flows[10])
    assert np.all(np.abs(flows[20] - flows[10])[1:] < 4.5 * error[1:])


def test_a_small_gain_at_a_destination_draws_p_times_one_minus_p():
    """LC33: change of the expected flow o -> d = pe N P (1 - P) dV, for lam = 1."""
    w, people, considering, gain = varied(13, lam=1.0), 5000.0, 0.2, 1e-5
    p = person(0, 0, 0, cost=0.5)
    chance = flow_of(w, p)[0][1]
    flow = []
    for sign in (1, -1):
        w.utility[:, 1] += sign * gain
        flow.append(expected(w, p, counts=[people], evaluation=considering)[0][0, 1])
        w.utility[:, 1] -= sign * gain
    assert (flow[0] - flow[1]) / (2 * gain) == pytest.approx(considering * people * chance * (1 - chance), rel=1e-6)


# ---- direction ----------------------------------------------------------------------------------------------------

seeds = st.integers(0, 10_000)
PROPERTY = settings(max_examples=40, deadline=None)


@PROPERTY
@given(seeds, st.floats(0.3, 1.0))
def test_chances_are_between_0_and_1_and_add_to_1(seed, lam):
    w = varied(seed, lam)
    for p in everybody(w.n)[seed % 5 :: 11]:
        flows, zones = expected(w, p)
        to, _ = flow_of(w, p)
        assert np.all((flows >= 0) & (flows <= 1)) and zones.min() >= 0
        assert flows.sum() + to[p.o] == pytest.approx(1.0)


@PROPERTY
@given(seeds, st.floats(0.01, 2))
def test_higher_income_somewhere_draws_people_there_and_from_everywhere_else(seed, more):
    w = varied(seed)
    before = expected(w, person(0, 1, 0, cost=0.5))[0][0]
    w.utility[:, 2] += 1.2 * np.log1p(more)
    after = expected(w, person(0, 1, 0, cost=0.5))[0][0]
    assert after[2] > before[2] and after[1] < before[1] and after[3] < before[3]


@PROPERTY
@given(seeds, st.floats(1, 300))
def test_a_longer_way_draws_fewer(seed, minutes):
    w = varied(seed)
    before = expected(w, person(0, 1, 0, cost=0.5))[0][0]
    w.distance[0, 2] += m.distance_cost(minutes, 1.3)
    after = expected(w, person(0, 1, 0, cost=0.5))[0][0]
    assert after[2] < before[2] and after[1] > before[1]


@PROPERTY
@given(seeds, st.floats(0.01, 3), st.sampled_from(["cost", "land", "hukou"]))
def test_a_higher_cost_keeps_people_where_they_are(seed, more, which):
    w, p = varied(seed), person(0, m.RURAL, 0, land=True, cost=0.5)
    before, before_zone = expected(w, p)
    if which == "cost":
        p.cost += more
    elif which == "land":
        w.land_cost += more
    else:
        w.hukou_cost[:, 1:] += more * (1 - np.eye(4, 3))[:, 1:]
    after, after_zone = expected(w, p)
    assert after[0, 1:3].sum() < before[0, 1:3].sum()
    if which == "land":
        assert after_zone.sum() < before_zone.sum()


@PROPERTY
@given(seeds, st.floats(0.01, 3))
def test_a_dearer_change_of_zone_keeps_people_in_their_zone(seed, more):
    w, p = varied(seed), person(0, m.RURAL, 0, land=True, cost=0.5)
    before = probabilities(w, p)
    w.zone_cost += more
    after = probabilities(w, p)
    assert sum(after[d, m.URBAN] for d in range(3)) < sum(before[d, m.URBAN] for d in range(3))
    assert after[0, m.RURAL] > before[0, m.RURAL]


@PROPERTY
@given(seeds, st.floats(0.01, 2))
def test_better_pay_outside_draws_people_out(seed, more):
    w = varied(seed)
    before = expected(w, person(0, 1, 0, cost=0.5))[0][0, 3]
    w.out[:, :3] += more
    assert expected(w, person(0, 1, 0, cost=0.5))[0][0, 3] > before


# ---- the tables of a year -----------------------------------------------------------------------------------------


def year_world(entitlement=1.0, openness=(1.0, 1.0), network_elasticity=0.0, homestead=1.0, gain=0.0, barrier=0.8):
    """Two counties and what `tables_now` reads of a model; row 2 is outside."""
    n = 2
    parameters = SimpleNamespace(
        network_elasticity=network_elasticity, migration_service_elasticity=0.4, hukou_barrier=barrier, ethnic_tie=0.5,
        migration_distance_decay=1.3, migration_income_elasticity=1.2, congestion_disamenity=0.15, land_tie=0.4,
        zone_change_cost=3.0, nest_dissimilarity=0.6, home_return_gain=gain, pension_replacement_urban=0.5,
        local_service_price_weight=0.3, portability_cost=0.2, coverage_amenity=0.2, water_amenity=0.05,
        housing_expenditure_share=0.2)
    counties = SimpleNamespace(
        service_price=np.array([1.0, 1.2]), pension_level=np.array([[9e3, 1e3], [9e3, 1e3]]),
        expected_income=np.random.default_rng(0).lognormal(10, 0.3, (n, 2, 3)), urban_density=np.array([50.0, 60.0]),
        service_zone=np.array([[1.2, 0.8], [0.9, 0.7]]), hukou_openness=np.array(openness),
        house_rent=np.array([300.0, 200.0]), water_index=np.array([0.4, 0.3]),
        minutes_effective=np.array([[0.0, 90.0, 300.0], [90.0, 0.0, 360.0]]), network_coverage=np.full((n, 2), 0.8))
    people = SimpleNamespace(network=np.array([[60, 30, 10], [20, 70, 10], [30, 10, 0]]), minorities=np.array([10, 50]),
                             by_zone=np.array([[60, 40], [50, 50]]))
    return SimpleNamespace(
        parameters=parameters, counties=counties, people=people, n=n, active=np.ones(n, dtype=bool),
        now=SimpleNamespace(local_urban=1.0, homestead=homestead, portability=1.0),
        account=SimpleNamespace(nonlocal_entitlement=np.array(entitlement)),
        base=SimpleNamespace(urban_density=np.array([40.0, 60.0]), house_rent=np.array([250.0, 200.0]),
                             water_index=np.array([0.4, 0.3]), network_coverage=np.full((n, 2), 0.8), year=YEAR),
        year=YEAR, outlook={"network_pull": np.ones(41)},
        outside=SimpleNamespace(outside_income=np.array([2e4, 3e4, 5e4])))


def choices_of(model, *persons):
    """Expected flows of persons by the tables of the year."""
    t = m.tables_now(model, np.zeros((2, 2)), 0.0, 0.5)
    total, n = sums(t), model.n
    out = []
    for p in persons:
        flows, zones = np.zeros((n + 1, n + 1)), np.zeros((n, 2))
        m._expected(n, np.ones(1), *(np.array([v]) for v in (p.o, p.y, p.h, p.e, p.minority, p.land)),
                    np.exp(-np.array([p.cost])), np.ones(1), *m._kernel_tables(t), total, flows, zones)
        out.append(np.concatenate([flows.ravel(), zones.ravel()]))
    return out


def registered_anywhere(o, y):
    return [person(o, y, h, land=(h == o and y == m.RURAL)) for h in range(3)]


def test_registration_has_no_effect_where_everything_is_open():
    """LC32: entitlement, openness, portability and homesteads at 1, no networks: hukou changes no chance.

    What a return home saves (home_return_gain) is a tie to the place of registration too, so it is 0 here.
    """
    for o in range(2):
        for y in (0, 1):
            one, *others = choices_of(year_world(), *registered_anywhere(o, y))
            for other in others:
                np.testing.assert_allclose(other, one, rtol=1e-12)


@pytest.mark.parametrize("tie", [dict(entitlement=0.6), dict(openness=(0.5, 0.5)), dict(network_elasticity=0.3),
                                 dict(homestead=0.0), dict(gain=1.0)], ids=lambda tie: next(iter(tie)))
def test_each_tie_of_registration_alone_changes_choices(tie):
    chances = choices_of(year_world(**tie), *registered_anywhere(0, m.RURAL))
    assert any(np.abs(other - chances[0]).max() > 1e-3 for other in chances[1:])


def test_the_right_to_services_is_whole_where_one_is_registered_and_partial_elsewhere():
    """Entitlement .6 with elasticity .4 costs .4 ln .6 off home."""
    t = m.tables_now(year_world(entitlement=0.6), np.zeros((2, 2)), 0.0, 0.0)
    expected_home = np.where(np.eye(3) > 0, 1.0, 0.6**0.4)
    np.testing.assert_allclose(t.own_home, expected_home)


def test_the_barrier_of_registration_falls_as_the_county_opens():
    t = m.tables_now(year_world(openness=(0.0, 0.75)), np.zeros((2, 2)), 0.0, 0.0)
    np.testing.assert_allclose(t.home, np.exp([[0, -0.2], [-0.8, 0], [-0.8, -0.2]]))


def test_networks_are_the_shares_of_ones_people_who_live_there():
    """Of those registered in county 0: 60, 30 and 10 per cent; of outsiders in Hainan 75 and 25."""
    t = m.tables_now(year_world(network_elasticity=1.0), np.zeros((2, 2)), 0.0, 0.0)
    np.testing.assert_allclose(t.own_home, [[61, 31, 11], [21, 71, 11], [76, 26, 101]])


def test_the_way_out_is_the_time_to_the_outside():
    model = year_world()
    t = m.tables_now(model, np.zeros((2, 2)), 0.0, 0.0)
    np.testing.assert_allclose(-np.log(t.distance), 1.3 * np.log1p(np.array([[0, 90], [90, 0], [300, 360]]) / 60))
    ratio = np.log(t.outside[0, 0] / t.outside[0, 1])
    assert ratio == pytest.approx(1.3 * (np.log(7) - np.log(6)))


def test_a_place_is_worth_what_its_income_buys_its_services_and_its_room():
    """First county: prices as in 2010, rent up by 300 / 250 in town, 50 against 40 persons a hectare."""
    model = year_world()
    value = m.utilities(model, np.array([[0.1, 0.2], [0.0, 0.0]]))
    wage = model.counties.expected_income[0, :, 2]
    town = 1.2 * np.log(wage[0] * 1.2**-0.2) + 0.4 * np.log(1.2) - 0.15 * np.log(50 / 40) + 0.1
    assert value[2, 0] == pytest.approx([town, 1.2 * np.log(wage[1]) + 0.4 * np.log(0.8) + 0.2])
    retired = 1.2 * np.log(1e3 * 1.2**-0.3) + 0.4 * np.log(0.7)
    assert value[m.RETIRED, 1, m.RURAL] == pytest.approx(retired)  # prices of services up by a fifth, nobody crowds


def test_counties_without_persons_draw_nobody():
    model = year_world()
    model.active = np.array([True, False])
    assert choices_of(model, person(0, 0))[0].reshape(-1)[1] == 0.0


# ---- newcomers ----------------------------------------------------------------------------------------------------


def inflow_world(base=(2000.0, 3000.0, 5000.0), talent=0.0, weight=10, seed=0, value=None):
    model = year_world()
    t = m.tables_now(model, np.zeros((2, 2)), 0.0, 0.5)
    model.parameters.inflow_scale, model.parameters.inflow_sensitivity = 1.0, 1.0
    model.parameters.person_productivity_sd = 0.4
    model.base.inflow, model.base.year = np.array(base), 2010
    model.base.inflow_value = m._inflow_values(t) if value is None else value
    model.outside.outside_pool = np.ones(3)
    model.now = SimpleNamespace(talent=talent)
    model.seed, model.weight, model.year = seed, weight, YEAR
    return model, t


def test_newcomers_come_in_the_numbers_of_the_base_year_while_nothing_has_changed():
    """2000, 3000 and 5000 persons at ten a row: 200, 300 and 500 rows, as a Poisson draw."""
    found = []
    for seed in range(40):
        model, t = inflow_world(seed=seed)
        found.append(np.bincount(m.immigrants(model, t, np.ones(101))["skill"], minlength=4)[1:])
    mean = np.mean(found, axis=0)
    np.testing.assert_allclose(mean, [200, 300, 500], atol=4 * math.sqrt(500 / 40))
    assert np.var(found, axis=0) == pytest.approx([200, 300, 500], rel=0.8)


def test_talent_policy_draws_college_graduates_alone():
    numbers = {}
    for talent in (0.0, 1.0):
        model, t = inflow_world(talent=talent)
        numbers[talent] = np.bincount(m.immigrants(model, t, np.ones(101))["skill"], minlength=4)
    assert numbers[1.0][1:3].tolist() == numbers[0.0][1:3].tolist()
    assert numbers[1.0][3] == pytest.approx(2 * numbers[0.0][3], rel=0.2)


def test_newcomers_are_adults_of_other_provinces_new_here_and_without_work():
    model, t = inflow_world()
    new = m.immigrants(model, t, np.where(np.arange(101) >= 16, 0.1, 0.0))
    age = YEAR - new["born"]
    assert age.min() >= 16 and age.max() <= 65
    assert set(new["hukou_county"]) == {2} and set(new["sector"]) == {-1} and set(new["arrived"]) == {YEAR}
    assert set(new["mother"]) == {-1} and set(new["res_county"]) == {0, 1} and set(new["hukou_rural"]) == {0}
    assert np.unique(new["uid"]).size == new["uid"].size


def test_newcomers_choose_counties_and_zones_by_the_logit():
    model, t = inflow_world(base=(0.0, 0.0, 200_000.0))
    new = m.immigrants(model, t, np.ones(101))
    rows = new["uid"].size
    county = m._inflow_shares(t)[2]
    urban = t.urban[2, m.NO_ZONE]
    wanted = np.stack([county * urban, county * (1 - urban)], axis=1).ravel()
    found = np.bincount(new["res_county"] * 2 + new["res_zone"], minlength=4)
    assert not_rejected(*chi_square(found, rows * wanted))
    weights = np.array([t.inside[2, m.NO_ZONE, d] * t.home[2, d] * t.distance[2, d] for d in (0, 1)])
    np.testing.assert_allclose(county, weights / weights.sum())


def test_more_newcomers_leave_the_identity_of_the_first_ones_alone():
    few, t = inflow_world(base=(0.0, 0.0, 1000.0))
    many, _ = inflow_world(base=(0.0, 0.0, 9000.0))
    first, all_of_them = (m.immigrants(model, t, np.ones(101)) for model in (few, many))
    k = first["uid"].size
    assert 0 < k < all_of_them["uid"].size
    for name in ("uid", "born", "sex", "res_county", "productivity", "participation"):
        np.testing.assert_array_equal(all_of_them[name][:k], first[name], err_msg=name)


def test_a_better_hainan_draws_more_and_an_equally_better_outside_draws_no_more():
    """Value of Hainan up by .5 against the outside: e^.5 times the newcomers."""
    model, t = inflow_world()
    model.base.inflow_value = model.base.inflow_value - 0.5
    more = m.immigrants(model, t, np.ones(101))["uid"].size
    same = m.immigrants(inflow_world()[0], t, np.ones(101))["uid"].size
    assert more == pytest.approx(np.exp(0.5) * same, rel=0.12)
    richer = year_world()
    richer.counties.expected_income = richer.counties.expected_income * 2
    richer.counties.pension_level = richer.counties.pension_level * 2
    richer.outside.outside_income = richer.outside.outside_income * 2
    after = m._inflow_values(m.tables_now(richer, np.zeros((2, 2)), 0.0, 0.5))
    np.testing.assert_allclose(after, m._inflow_values(t), atol=1e-9)


# ---- expectations -------------------------------------------------------------------------------------------------


def test_expected_income_goes_half_the_way_to_income_a_year():
    """From 100 towards 200 at a speed of one half: 150, 175; the base year starts from income itself."""
    model = SimpleNamespace(
        year=2010, base=SimpleNamespace(year=2010), parameters=SimpleNamespace(expectation_speed=0.5),
        counties=SimpleNamespace(expected_income=np.zeros((1, 2, 3)), income_skill=np.full((1, 2, 3), 100.0)))
    m.update_expectations(model)
    assert model.counties.expected_income[0, 0, 0] == 100
    model.counties.income_skill[:] = 200
    for year, wanted in ((2011, 150), (2012, 175)):
        model.year = year
        m.update_expectations(model)
        assert model.counties.expected_income[0, 0, 0] == wanted
