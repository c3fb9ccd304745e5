"""What places are worth to whom: rules on two or three counties, limiting cases, the choice written out (B.2)."""

import copy
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.agents import place_choice as m
from sim.levers import REGISTRY
from sim.model import HainanModel
from sim.scenario import load_scenario
from tests.choices import (
    CLOSED,
    alternatives,
    everybody,
    expected,
    flow_of,
    flows_of,
    person,
    place,
    probabilities,
    tables,
    varied,
    weighed,
    year_world,
)
from tests.rules import do, world

# ---- formulas ---------------------------------------------------------------------------------------------------


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
    assert m.cost_by_age(np.array([16, 30, 45, 60, 90]), 1.8).tolist() == pytest.approx([1, 1, 1.4, 1.8, 1.8])


def test_an_hour_costs_ln_2_times_the_decay():
    assert m.distance_cost(np.array([0.0, 60.0, 180.0]), 1.5) == pytest.approx([0, 1.5 * np.log(2), 1.5 * np.log(4)])


def test_utility_of_a_place_adds_income_services_crowding_and_amenity():
    """1.2 ln 2 + .4 ln 3 - .15 ln 4 + .1 in town; without the crowd in the country."""
    town, country = (m.place_utility(2.0, 3.0, 4.0, urban, 1.2, 0.4, 0.15, 0.1) for urban in (1.0, 0.0))
    assert country == pytest.approx(1.2 * np.log(2) + 0.4 * np.log(3) + 0.1)
    assert town == pytest.approx(country - 0.15 * np.log(4))


def test_the_outside_is_worth_its_income_its_services_and_its_networks():
    """1.2 ln 2 + .4 ln 3 + .2 ln 1.5 + .1: the same weights as inside."""
    found = m.utility_outside(2.0, 3.0, 1.5, 1.2, 0.4, 0.2, 0.1)
    assert found == pytest.approx(1.2 * np.log(2) + 0.4 * np.log(3) + 0.2 * np.log(1.5) + 0.1)


def test_networks_and_entitlement_add_to_utility():
    """Nine per cent of one's people there, half entitled: .3 ln 10 + .4 ln .5."""
    assert m.origin_utility(9.0, 0.5, 0.3, 0.4) == pytest.approx(0.3 * np.log(10) + 0.4 * np.log(0.5))


def test_two_equal_zones_are_worth_the_dissimilarity_times_ln_2_more_than_one():
    assert m.nest_value(1.0, 1.0, 0.6) == pytest.approx(1 + 0.6 * np.log(2))
    assert m.nest_value(1.0, CLOSED, 0.6) == pytest.approx(1.0)


# ---- one person, two counties -----------------------------------------------------------------------------------


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


# ---- against the oracle -----------------------------------------------------------------------------------------


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


# ---- limiting cases ---------------------------------------------------------------------------------------------


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


# ---- direction --------------------------------------------------------------------------------------------------

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


# ---- the tables of a year ---------------------------------------------------------------------------------------


def choices_of(model, *persons):
    """Expected flows of persons by the tables of the year."""
    t = weighed(model)
    return [np.concatenate([moves.ravel() for moves in flows_of(t, p)]) for p in persons]


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
    t = weighed(year_world(entitlement=0.6), 0.0)
    expected_home = np.where(np.eye(3) > 0, 1.0, 0.6**0.4)
    np.testing.assert_allclose(t.own_home, expected_home)


def test_the_right_to_services_grows_in_hainan_alone():
    """Entitled to .6 outside as ever, to all in Hainan: ties of .4 ln .6 outside, none inside."""
    t = weighed(year_world(entitlement=1.0, entitlement_outside=0.6), 0.0)
    np.testing.assert_allclose(t.own_home, [[1, 1, 0.6**0.4], [1, 1, 0.6**0.4], [1, 1, 1]])
    np.testing.assert_allclose(t.home_out, [0.6**0.4, 0.6**0.4, 1])


OUTSIDE = ("outside_value", "choice_outside", "choice_home_out")


def outside_tables(model):
    """All that a person weighs of the world outside, and what the way out and back costs."""
    choices, settled = model.choices, model.settled
    return [getattr(choices, name) for name in OUTSIDE] + [
        choices.home_tie[:, -1], choices.choice_own_home[:, -1], settled.leaving_weight_base,
        settled.insurance_weight_base]


@pytest.fixture(scope="module")
def standing():
    """The model as it stands in the base year, of which only levers are changed."""
    return HainanModel("no_policy", seed=0, weight=1000, until=2011)


@pytest.mark.parametrize("name", list(REGISTRY))
def test_no_lever_changes_what_the_world_outside_offers(standing, name):
    """The same state under each end of the range of each lever: the tables of the outside are the same bits."""
    do(*m.WEIGH, on=standing)
    before = [array.copy() for array in outside_tables(standing)]
    for end in REGISTRY[name].range:
        plan = standing.plan.with_levers(**{name: end})
        other = copy.copy(standing)
        other.now = other.before = plan.at(2035)
        do(*m.WEIGH, on=other)
        for now, then in zip(outside_tables(other), before, strict=True):
            np.testing.assert_array_equal(now, then)


@pytest.mark.parametrize("plan", ["baseline", "full"])
def test_no_plan_changes_what_the_world_outside_offers(standing, plan):
    do(*m.WEIGH, on=standing)
    before = [array.copy() for array in outside_tables(standing)]
    other = copy.copy(standing)
    other.now = load_scenario(plan).at(2035)
    do(*m.WEIGH, on=other)
    for now, then in zip(outside_tables(other), before, strict=True):
        np.testing.assert_array_equal(now, then)
    assert not np.array_equal(other.choices.leaving_weight, other.settled.leaving_weight_base)


def test_the_way_out_and_back_costs_what_it_did_in_the_base_year():
    """Costs of ln 4 at 30 and ln 2 of insurance; parks take half of the first, portability all of the second."""
    model = world(1, parameters=dict(moving_cost=np.log(4), portability_cost=np.log(2)),
                  now=dict(hr_parks=1.0, portability=0.0))
    model.settled.age_cost[:] = 1.0
    do(m.weigh_leaving, m.settle_leaving, on=model)
    model.now.hr_parks, model.now.portability = 0.5, 1.0
    do(m.weigh_leaving, on=model)
    assert model.choices.leaving_weight[30] == pytest.approx(1 / 2) and model.choices.insurance_weight == 1.0
    assert model.settled.leaving_weight_base[30] == pytest.approx(1 / 4)
    assert model.settled.insurance_weight_base == pytest.approx(1 / 2)


def test_services_networks_and_incomes_that_grow_alike_inside_and_outside_move_nobody():
    one, other = year_world(), year_world()
    other.counties.service_zone *= 3.0
    other.outside.outside_service *= 3.0
    other.counties.network_coverage *= 1.2
    other.outlook["national_coverage"][1:] *= 1.2
    other.counties.expected_income *= 2.0
    other.counties.pension_level *= 2.0
    other.outside.expected_outside_income *= 2.0
    for model in (one, other):
        model.settled.out_barrier[...] = 0.5
    everyone = [*registered_anywhere(0, m.RURAL), *registered_anywhere(1, m.URBAN), person(2, 0, 0)]
    for now, then in zip(choices_of(other, *everyone), choices_of(one, *everyone), strict=True):
        np.testing.assert_allclose(now, then, rtol=1e-12)


def test_services_that_grow_in_the_nation_alone_draw_people_out():
    """Services three times as good outside: 3^.4 times the odds of leaving."""
    one, other = year_world(), year_world()
    other.outside.outside_service *= 3.0
    odds = []
    for model in (one, other):
        moves, _ = flows_of(weighed(model), person(0, m.URBAN, 0))
        odds.append(moves[0, 2] / (1.0 - moves[0, 2]))
    assert odds[1] / odds[0] == pytest.approx(3**0.4)


def test_newcomers_pay_their_barrier_and_nobody_else_does():
    model = year_world()
    before = weighed(model)
    home = before.home.copy()
    model.settled.newcomer_barrier[:] = [0.0, np.log(3)]
    after = weighed(model)
    np.testing.assert_allclose(after.home / home, [[1, 1], [1, 1], [1, 1 / 3]])
    np.testing.assert_allclose(after.own_home, before.own_home)


def test_the_barrier_of_registration_falls_as_the_county_opens():
    t = weighed(year_world(openness=(0.0, 0.75)), 0.0)
    np.testing.assert_allclose(t.home, np.exp([[0, -0.2], [-0.8, 0], [-0.8, -0.2]]))


def test_networks_are_the_shares_of_ones_people_who_live_there():
    """Of those registered in county 0: 60, 30 and 10 per cent; of outsiders in Hainan 75 and 25."""
    t = weighed(year_world(network_elasticity=1.0), 0.0)
    np.testing.assert_allclose(t.own_home, [[61, 31, 11], [21, 71, 11], [76, 26, 101]])


def test_the_way_out_is_the_time_to_the_outside():
    model = year_world()
    t = weighed(model, 0.0)
    np.testing.assert_allclose(-np.log(t.distance), 1.3 * np.log1p(np.array([[0, 90], [90, 0], [300, 360]]) / 60))
    ratio = np.log(t.outside[0, 0] / t.outside[0, 1])
    assert ratio == pytest.approx(1.3 * (np.log(7) - np.log(6)))


def test_a_place_is_worth_what_its_income_buys_its_services_and_its_room():
    """First county: prices as in 2010, rent up by 300 / 250 in town, 50 against 40 persons a hectare."""
    model = year_world()
    model.settled.amenity[:] = [[0.1, 0.2], [0.0, 0.0]]
    do(m.value_places, on=model)
    value = model.choices.place_value
    wage = model.counties.expected_income[0, :, 2]
    town = 1.2 * np.log(wage[0] * 1.2**-0.2) + 0.4 * np.log(1.2) - 0.15 * np.log(50 / 40) + 0.1
    assert value[2, 0] == pytest.approx([town, 1.2 * np.log(wage[1]) + 0.4 * np.log(0.8) + 0.2])
    retired = 1.2 * np.log(1e3 * 1.2**-0.3) + 0.4 * np.log(0.7)
    assert value[m.RETIRED, 1, m.RURAL] == pytest.approx(retired)  # prices of services up by a fifth, nobody crowds


def test_counties_without_persons_draw_nobody():
    model = year_world()
    model.active = np.array([True, False])
    assert choices_of(model, person(0, 0))[0].reshape(-1)[1] == 0.0


# ---- expectations -----------------------------------------------------------------------------------------------


def test_expected_income_goes_half_the_way_to_income_a_year():
    """From 100 towards 200 at a speed of one half: 150, 175; the base year starts from income itself."""
    model = world(1, parameters=dict(expectation_speed=0.5))
    model.counties.income_skill[:] = model.outside.outside_income[:] = 100
    do(m.settle_expectations, on=model)
    assert model.counties.expected_income[0, 0, 0] == model.outside.expected_outside_income[0] == 100
    model.counties.income_skill[:] = model.outside.outside_income[:] = 200
    for wanted in (150, 175):  # at home and outside alike
        do(m.update_expectations, on=model)
        assert model.counties.expected_income[0, 0, 0] == model.outside.expected_outside_income[0] == wanted
