"""Who moves, where to and who comes along: persons one by one, as often as the choice written out says (B.2)."""

import math

import numpy as np
import pytest

from sim.agents.place_choice import inflow_values
from sim.core.randomness import LUCK, uniforms
from sim.mechanisms import migration as m
from tests.choices import (
    CLOSED,
    YEAR,
    chi_square,
    expected,
    flow_of,
    gumbel_max,
    not_rejected,
    person,
    place,
    probabilities,
    tables,
    varied,
    weighed,
    year_world,
)
from tests.luck import luck_falls
from tests.rules import do, world


def moved(persons, w, seed=0, year=YEAR, evaluation=1.0, cost=0.0, insured=0.0, export=0.0, exported=(18.0, 55.0),
          retire=(55.0, 60.0), crossing=None, crossing_insured=None):
    """Let persons move by the kernel; evaluation and cost may be given by age. Out and back as inside if not said."""
    crossing, crossing_insured = (here if there is None else there
                                  for here, there in ((cost, crossing), (insured, crossing_insured)))
    t = tables(w)
    tally, before = m.move_tally(w.n), places(persons, w.n)
    stays = np.ones(len(persons), dtype=np.bool_)
    ages = lambda x: np.broadcast_to(np.asarray(x, dtype=float), 101).copy()  # noqa: E731
    q = luck_falls(persons, year, seed)
    rules = m.MoveRules(ages(evaluation), np.exp(-ages(cost)), np.exp(-insured), np.exp(-ages(crossing)),
                        np.exp(-crossing_insured), np.exp(export), *exported, *retire)
    m._move(0, len(q), np.uint64(seed), year, q.rows(), rules, t, tally, stays)
    np.testing.assert_array_equal(places(persons, w.n), before + tally.net)
    return tally.moved, tally.zone_moves, stays


def places(persons, n):
    """Persons by place, those outside too: [n + 1, zone]."""
    found = np.zeros((n + 1, 2), dtype=np.int64)
    np.add.at(found, (persons.res_county, persons.res_zone), 1)
    return found


# ---- formulas ---------------------------------------------------------------------------------------------------


def test_inflow_grows_with_the_pool_with_talent_policy_and_with_what_hainan_offers_beyond_the_outside():
    """1000 x 1.1 x 1.2 x (1 + .5) x e^(.5 (.3 - .1))."""
    assert m.inflow(1000.0, 1.1, 1.2, 0.5, 0.5, 0.3 - 0.1) == pytest.approx(1000 * 1.1 * 1.2 * 1.5 * np.exp(0.1))


def test_places_become_urban_by_new_land_times_density_within_the_cap():
    """10 ha x 20 a hectare x .5 = 100 persons; 100 ha would be 1000, but two per cent of 20 000 are 400."""
    found = m.reclassified_persons(np.array([20e3, 20e3]), np.array([10.0, 100.0]), np.array([20.0, 20.0]), 0.5, 0.02)
    assert found.tolist() == [100, 400]


# ---- two counties, three persons --------------------------------------------------------------------------------


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


def test_what_eases_moves_between_counties_leaves_the_way_out_and_back_alone(make_persons):
    """County and outside worth the same: an easy way inside fills the county, an easy way out the outside."""
    w = place(2, utility=[[[CLOSED, CLOSED], [90.0, CLOSED]]] * 4, out=[[90.0, 90.0, CLOSED]] * 4)
    for costs, where in ((dict(cost=0.0, crossing=800.0), 1), (dict(cost=800.0, crossing=0.0), 2)):
        persons = make_persons(3, skill=1)
        moved(persons, w, **costs)
        assert persons.res_county.tolist() == [where] * 3
    for costs, where in ((dict(crossing_insured=800.0), 1), (dict(insured=800.0, crossing_insured=0.0), 2)):
        persons = make_persons(3, skill=2)
        moved(persons, w, **costs)
        assert persons.res_county.tolist() == [where] * 3


def test_who_lives_outside_pays_the_way_back_as_it_was(make_persons):
    """Hainan worth 90 more to two who live outside: they come while the way back is free, dear moves inside or not."""
    w = place(2, utility=90.0, out=0.0)
    for costs, where in ((dict(cost=800.0, crossing=0.0), {0, 1}), (dict(cost=0.0, crossing=800.0), {2})):
        persons = make_persons(2, res_county=2, hukou_county=[0, 1])
        moved(persons, w, **costs)
        assert set(persons.res_county.tolist()) <= where


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


# ---- children follow, or stay behind ----------------------------------------------------------------------------


def follow(persons, n=2, follow_share=(1.0, 0.0), seed=0):
    tally, before, stays = m.move_tally(n), places(persons, n), np.ones(len(persons), dtype=np.bool_)
    chances = np.array([*follow_share, follow_share[-1]][:3])
    m._follow(0, len(persons), np.uint64(seed), YEAR, persons.rows(), chances, tally, stays)
    np.testing.assert_array_equal(places(persons, n), before + tally.net)
    return tally.moved, stays


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


def test_children_who_leave_hainan_follow_at_a_chance_of_their_own(make_persons):
    """Mothers in county 1 and outside since this year, children registered in county 0 whose schools are open in 1."""
    persons = make_persons(4, born=[1980, 1980, 2010, 2010], res_county=[1, 2, 0, 0], hukou_county=0,
                           mother=[-1, -1, 0, 1], arrived=[YEAR, YEAR, 2010, 2010])
    follow(persons, follow_share=(1.0, 1.0, 0.0))
    assert persons.res_county.tolist() == [1, 2, 1, 0]


def test_half_the_children_follow_where_half_are_entitled(make_persons):
    k = 2000
    persons = make_persons(2 * k, born=np.repeat([1980, 2010], k), res_county=np.repeat([1, 0], k), hukou_county=0,
                           mother=np.concatenate([np.full(k, -1), np.arange(k)]), arrived=np.repeat([YEAR, 2010], k))
    moves, _ = follow(persons, follow_share=(1.0, 0.5))
    assert abs(moves[0, 1] - k / 2) < 4 * math.sqrt(k / 4)


# ---- places become urban ----------------------------------------------------------------------------------------


def test_nobody_moves_when_a_place_becomes_urban(make_persons):
    persons = make_persons(4, res_zone=[1, 0, 1, 1], res_county=[0, 0, 1, 2])
    counted = np.zeros(2, dtype=np.int64)
    q = luck_falls(persons, YEAR)
    m._reclassify(0, 4, 2, q.res_county, q.res_zone, q.random_place, np.array([1.0, 0.0]), counted)
    assert persons.res_zone.tolist() == [0, 0, 1, 1] and persons.res_county.tolist() == [0, 0, 1, 2]
    assert counted.tolist() == [1, 0]


def test_new_urban_land_makes_as_many_rural_residents_urban_as_live_on_it(make_persons):
    """1000 rural residents on 50 ha, 10 ha of new urban land, factor 1: 200, within the luck of the draw."""
    model = world(2, YEAR, parameters=dict(reclassification_factor=1.0, reclassification_cap=0.5),
                  persons=luck_falls(make_persons(1000, res_zone=1), YEAR))
    model.counties.population_zone[:] = [[0, 1000], [0, 0]]
    model.counties.land_rural[:], model.counties.new_urban[:] = [50.0, 0.0], [10.0, 5.0]
    do(m.share_made_urban, m.reclassify, on=model)
    assert abs(model.counties.reclassified[0] - 200) < 4 * math.sqrt(1000 * 0.2 * 0.8)
    assert model.counties.reclassified[1] == 0
    assert (model.persons.res_zone == 0).sum() == model.counties.reclassified[0]


# ---- the record -------------------------------------------------------------------------------------------------


def test_moves_are_recorded_by_county_of_origin_and_of_destination():
    """Rows of ten persons. From 0: 3 to 1, 5 outside; from 1: 2 to 0; from outside: 7 to 1."""
    model = world(2, weight=10)
    model.choices.rows_moved[:], model.choices.rows_between_zones[:] = [[0, 3, 5], [2, 0, 0], [0, 7, 0]], [1, -1]
    model.choices.rows_net[:2] = [[2, 0], [0, 1]]
    do(m.record_moves, on=model)
    counties = model.counties
    assert counties.moved.tolist() == [[0, 30, 50], [20, 0, 0]]
    assert counties.departures_internal.tolist() == [30, 20] and counties.arrivals_internal.tolist() == [20, 30]
    assert counties.departures_outside.tolist() == [50, 0] and counties.arrivals_outside.tolist() == [0, 70]
    assert counties.zone_moves.tolist() == [10, -10] and counties.zone_migration.tolist() == [[20, 0], [0, 10]]


# ---- as often as the choice written out says --------------------------------------------------------------------


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


# ---- limiting cases ---------------------------------------------------------------------------------------------


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


# ---- newcomers --------------------------------------------------------------------------------------------------


def inflow_world(base=(2000.0, 3000.0, 5000.0), talent=0.0, weight=10, seed=0):
    """Two counties in a year in which nothing has changed since people came from outside in these numbers."""
    model = year_world()
    t = weighed(model)
    model.parameters.inflow_scale, model.parameters.inflow_sensitivity = 1.0, 1.0
    model.settled.inflow_base[:], model.settled.inflow_value_base[:] = base, inflow_values(t)
    model.outside.outside_pool[:], model.now.talent = 1.0, talent
    model.now.institutes = 0.0
    model.seed, model.weight = seed, weight
    return model, t


def come(model, evaluation):
    """Columns of those who come this year, by their number, place and age."""
    do(m.expect_newcomers, on=model)
    chosen = model.choices
    expected_now = m.Expected(chosen.rows_expected, np.cumsum(evaluation[:m.OLDEST_NEWCOMER + 1]), chosen.inflow_up_to,
                              chosen.choice_urban)
    return m.immigrants(model.n, model.year, model.seed, expected_now, 0.4)


GROWN = np.where(np.arange(101) >= 18, 1.0, 0.0)  # all but children consider moving


def test_a_year_of_many_newcomers_has_them_in_all_skills():
    usual, many = (inflow_world()[0] for _ in range(2))
    many.prices.newcomers_shock[...] = np.log(2.0)
    for model in (usual, many):
        do(m.expect_newcomers, on=model)
    ratio = many.choices.rows_expected / usual.choices.rows_expected
    assert ratio == pytest.approx([2.0] * 3, rel=0.25)  # Poisson numbers of 200 to 500 and twice as many


def test_newcomers_come_in_the_numbers_of_the_base_year_while_nothing_has_changed():
    """2000, 3000 and 5000 persons at ten a row: 200, 300 and 500 rows, as a Poisson draw."""
    found = []
    for seed in range(40):
        model, _ = inflow_world(seed=seed)
        found.append(np.bincount(come(model, GROWN)["skill"], minlength=4)[1:])
    mean = np.mean(found, axis=0)
    np.testing.assert_allclose(mean, [200, 300, 500], atol=4 * math.sqrt(500 / 40))
    assert np.var(found, axis=0) == pytest.approx([200, 300, 500], rel=0.8)


def test_talent_policy_draws_college_graduates_alone():
    numbers = {}
    for talent in (0.0, 1.0):
        model, _ = inflow_world(talent=talent)
        numbers[talent] = np.bincount(come(model, GROWN)["skill"], minlength=4)
    assert numbers[1.0][1:3].tolist() == numbers[0.0][1:3].tolist()
    assert numbers[1.0][3] == pytest.approx(2 * numbers[0.0][3], rel=0.2)


def test_newcomers_are_adults_of_other_provinces_new_here_and_without_work():
    model, _ = inflow_world()
    new = come(model, np.where(np.arange(101) >= 16, 0.1, 0.0))
    age = YEAR - new["born"]
    assert age.min() >= 16 and age.max() <= 65
    assert set(new["hukou_county"]) == {2} and set(new["sector"]) == {-1} and set(new["arrived"]) == {YEAR}
    assert set(new["mother"]) == {-1} and set(new["res_county"]) == {0, 1} and set(new["hukou_rural"]) == {0}
    assert np.unique(new["uid"]).size == new["uid"].size


def test_newcomers_under_18_are_at_school_still():
    model, _ = inflow_world()
    new = come(model, np.where(np.arange(101) >= 16, 0.1, 0.0))
    young = YEAR - new["born"] < 18
    assert 0 < young.sum() < young.size
    assert set(new["skill"][young]) == {0} and set(new["skill"][~young]) == {1, 2, 3}


def test_newcomers_choose_counties_and_zones_by_the_logit():
    model, t = inflow_world(base=(0.0, 0.0, 200_000.0))
    new = come(model, np.ones(101))
    rows = new["uid"].size
    county = t.inflow[2] / t.inflow[2].sum()
    urban = t.urban[2, m.NO_ZONE]
    wanted = np.stack([county * urban, county * (1 - urban)], axis=1).ravel()
    found = np.bincount(new["res_county"] * 2 + new["res_zone"], minlength=4)
    assert not_rejected(*chi_square(found, rows * wanted))
    weights = np.array([t.inside[2, m.NO_ZONE, d] * t.home[2, d] * t.distance[2, d] for d in (0, 1)])
    np.testing.assert_allclose(county, weights / weights.sum())


def test_more_newcomers_leave_the_identity_of_the_first_ones_alone():
    few, _ = inflow_world(base=(0.0, 0.0, 1000.0))
    many, _ = inflow_world(base=(0.0, 0.0, 9000.0))
    first, all_of_them = (come(model, np.ones(101)) for model in (few, many))
    k = first["uid"].size
    assert 0 < k < all_of_them["uid"].size
    for name in ("uid", "born", "sex", "res_county", "productivity", "participation"):
        np.testing.assert_array_equal(all_of_them[name][:k], first[name], err_msg=name)


def test_a_better_hainan_draws_more_and_an_equally_better_outside_draws_no_more():
    """Value of Hainan up by .5 against the outside: e^.5 times the newcomers."""
    model, t = inflow_world()
    model.settled.inflow_value_base -= 0.5
    more = come(model, np.ones(101))["uid"].size
    same = come(inflow_world()[0], np.ones(101))["uid"].size
    assert more == pytest.approx(np.exp(0.5) * same, rel=0.12)
    richer = year_world()
    richer.counties.expected_income *= 2
    richer.counties.pension_level *= 2
    richer.outside.expected_outside_income *= 2
    np.testing.assert_allclose(inflow_values(weighed(richer)), inflow_values(t), atol=1e-9)


def test_staff_of_institutes_come_on_top_and_to_where_these_settle():
    """5,000 graduates a year in all counties and 40,000 to the first make 45,000."""
    plain, _ = inflow_world()
    do(m.expect_newcomers, on=plain)
    some, _ = inflow_world()
    place = np.zeros(some.n)
    place[0] = 40_000.0
    some.lever = lambda name: place
    do(m.expect_newcomers, on=some)
    was, now = plain.choices.inflow_up_to[2], some.choices.inflow_up_to[2]
    number = [one.choices.rows_expected[2] * one.weight for one in (plain, some)]
    assert number[1] - number[0] == pytest.approx(40_000, rel=0.05)
    share = np.diff(now, prepend=0.0) / now[-1]
    assert share[0] == pytest.approx((40_000 + was[0] / was[-1] * 5000) / 45_000)
