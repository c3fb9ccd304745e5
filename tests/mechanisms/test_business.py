"""Business environment, cooperation and borders; and that each lever of space pushes what its section says."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.levers import REGISTRY
from sim.mechanisms import business
from sim.mechanisms.business import cooperation_factor, county_target, improved, time_at_border
from sim.scenario import load_scenario
from tests.rules import do, world

share = st.floats(0.05, 0.95)


def test_a_target_asks_the_same_part_of_each_county_s_distance_to_the_best():
    # .55 -> .775 is half of what is missing: .65 -> .825, .45 -> .725
    assert county_target(np.array([0.65, 0.45]), 0.775, 0.55) == pytest.approx([0.825, 0.725])


def test_the_target_without_policy_asks_nothing():
    start = np.array([0.65, 0.55, 0.45])
    assert np.array_equal(county_target(start, 0.55, 0.55), start)
    assert np.array_equal(improved(start, start, 0.15, 0.0, start.mean()), start)


def test_the_environment_moves_its_part_of_the_way_and_cadres_lift_who_lags():
    # .5 + .2 x (.7 - .5) = .54; cadres add .1 x (.6 - .5); who is above the mean gets nothing of them
    assert improved(np.array([0.5, 0.7]), 0.7, 0.2, 0.1, 0.6) == pytest.approx([0.55, 0.7])


@given(start=share, environment=share, target=st.floats(0.55, 1.2), speed=st.floats(0.05, 0.3),
       cadres=st.floats(0, 0.15), mean=share)
@settings(max_examples=50, deadline=None)
def test_the_environment_stays_a_share(start, environment, target, speed, cadres, mean):
    after = improved(environment, county_target(start, target, 0.55), speed, cadres, mean)
    assert 0.0 < after <= 1.0


def test_a_border_costs_less_where_administrations_serve():
    # ten points better at response 1: a tenth of 20 minutes saved; never below nothing
    assert time_at_border(20.0, 1.0, 0.1) == pytest.approx(18.0)
    assert time_at_border(20.0, 2.0, 0.6) == 0.0 and time_at_border(20.0, 1.0, 0.0) == 20.0


def test_cooperation_multiplies_and_help_reaches_the_helped_alone():
    assert cooperation_factor(1.5, 1.2, 1.3, np.array([0, 1])) == pytest.approx([1.8, 2.34])
    assert np.array_equal(cooperation_factor(1.0, 1.0, 1.0, np.array([0, 1])), np.ones(2))


def test_the_third_with_the_lowest_income_per_head_is_helped():
    model = world(n=4)
    model.active[3] = False
    model.counties.last_disposable_income[:], model.counties.population[:] = [[30.0, 10.0, 20.0, 1.0], 10]
    do(business.help_poorest, on=model)
    assert model.counties.helped.tolist() == [0, 1, 0, 0]


def test_a_better_environment_lowers_the_time_of_borders_in_the_same_year():
    # the target asks .55 + .45 / 2 of all; a fifth of the way there is .045, which saves .045 of 20 minutes
    model = world(parameters={"business_env_speed": 0.2, "border_be_response": 1.0, "administrative_border_time": 20.0},
                  now={"be_target": 0.775, "copy_ftz": 0.0, "cadres": 0.0})
    model.settled.business_env_base[:] = model.counties.business_env[:] = 0.55
    do(business.improve, on=model)
    assert model.counties.business_env == pytest.approx([0.595] * 3)
    assert model.prices.border_time == pytest.approx(20.0 * (1 - 0.045))


# ---- levers: each moved alone from none to full -----------------------------------------------------------------


def test_without_policy_environment_borders_and_cooperation_stand_still(run):
    record = run("no_policy", until=2022).record
    for name in ("business_env", "border_minutes", "cooperation"):
        assert np.array_equal(record[name][0], record[name][-1])


@pytest.fixture(scope="module")
def effect(run):
    """A function: what a lever at full changes of a recorded variable against no policy, the same seed."""
    plain, done = load_scenario("no_policy"), {}

    def record(name, until):
        if (name, until) not in done:
            plan = plain.with_levers(**{name: "full"}) if name else plain
            done[name, until] = run(plan, until=until)
        return done[name, until]

    def changed(name, output, until=2025):
        with_it, without = record(name, until), record("", until)
        return (with_it.record[output][-1].astype(float) - without.record[output][-1])[with_it.active]

    return changed


def _inside(model_group):
    from sim.region.pack import load_pack

    pack = load_pack()
    return pack.group(model_group)[pack.active]


def test_a_higher_target_improves_all_and_lowers_borders_and_raises_output(effect):
    assert np.all(effect("be_target", "business_env") > 0.03) and np.all(effect("be_target", "border_minutes") < 0)
    assert effect("be_target", "gdp", until=2035).sum() > 0
    assert np.all(effect("copy_ftz", "business_env") > 0)


def test_cadres_lift_the_landlocked_and_leave_haikou(effect):
    change = effect("cadres", "business_env")
    assert np.all(change[_inside("landlocked")] > 0.01) and change[0] == 0.0


def test_cooperation_raises_output_of_those_behind(effect):
    for name in ("tech_allocation", "bay_area", "paired_help_cooperation"):
        assert effect(name, "cooperation").max() > 0.05 and effect(name, "gdp", until=2035).sum() > 0
    helped = effect("paired_help_cooperation", "cooperation") > 0
    assert helped.sum() == 6


def test_cheaper_capital_is_invested(effect):
    assert effect("bay_area_capital", "investment").sum() > 0
    opened = effect("services_open", "investment").sum(axis=0)
    assert opened[2] > 0 and opened[4] > 0


def test_goods_that_leave_more_cheaply_raise_output(effect):
    assert effect("ecommerce", "gdp", until=2035).sum() > 0 and effect("strait", "gdp", until=2035).sum() > 0
    assert np.all(effect("strait", "outside_access") >= 0) and effect("strait", "outside_access").max() > 0.2


def test_leizhou_is_a_market_for_the_north(effect):
    change = effect("leizhou", "outside_access")
    assert np.all(change > 0) and np.all(effect("leizhou", "access") > 0)


@pytest.mark.parametrize("name", ["circle_N", "circle_S", "circle_E", "circle_W", "coast_belt", "one_island"])
def test_integration_lowers_borders_inside_the_group_alone(effect, name):
    group = {"coast_belt": "coast", "one_island": "active"}.get(name, name)
    change, inside = effect(name, "border_minutes"), _inside(group)
    assert np.all(change[inside] < 0) and np.all(change[~inside] == 0)


def test_planned_links_bring_the_mountains_nearer(effect):
    change = effect("five_net", "access", until=2035)
    assert change.sum() > 0 and change[_inside("centre")].min() > 0


def test_villages_get_their_networks_sooner(effect):
    change = effect("rural_net", "network_coverage")
    assert np.all(change[:, 1] > 0) and np.all(change[:, 0] == 0)


def test_gateways_that_grow_leave_room_for_visitors(run):
    plain = load_scenario("no_policy")
    few, many = (run(plain.with_levers(gateway=word), until=2030).record for word in ("none", "full"))
    assert many["gateway_capacity"][-1] > few["gateway_capacity"][-1]
    assert many["gateway_use"][-1] < few["gateway_use"][-1]
    assert np.array_equal(many["gateway_capacity"][:10], few["gateway_capacity"][:10])


def test_where_gateways_are_full_new_ones_bring_visitors(run):
    small = load_scenario("no_policy").with_parameters(gateway_capacity_2019=100.0)
    few, many = (run(small.with_levers(gateway=word), until=2032).record for word in ("none", "full"))
    assert many["visitor_spending"][-1].sum() > few["visitor_spending"][-1].sum()
    assert many["visits_turned_away"][-1] < few["visits_turned_away"][-1]


def test_yangpu_joined_brings_its_port_nearer_to_the_west(effect):
    change = effect("merge_yangpu", "outside_access")
    assert np.all(change >= 0) and change.max() > 0 and effect("merge_yangpu", "gdp", until=2035).sum() > 0


def test_shared_services_narrow_the_gap_of_their_region(effect, run):
    plain = run("no_policy", until=2025).record["service_level"][-1].astype(float)
    for name, service in (("health_consortia", 1), ("culture_share", 2)):
        change = effect(name, "service_level")[:, service]
        level = plain[np.flatnonzero(run("no_policy", until=2011).active), service]
        assert np.std(level + change) < np.std(level) and change.max() > 0 > change.min()


def test_circles_share_services_inside_alone(effect):
    change = np.abs(effect("circle_N", "service_level")).sum(axis=1)
    assert np.all(change[_inside("circle_N")] > 0)


def test_regional_centres_are_built_up(effect):
    change, inside = effect("subcentres_services", "service_stock"), _inside("subcentres")
    assert np.all(change[inside] > 0) and inside.sum() == 2


SPACE = ("be_target", "services_open", "tech_allocation", "ecommerce", "rural_net", "circle_N", "circle_S", "circle_E",
         "circle_W", "coast_belt", "five_net", "subcentres_services", "strait", "leizhou", "bay_area",
         "bay_area_capital", "copy_ftz", "gateway", "cadres", "paired_help_cooperation", "health_consortia",
         "culture_share", "one_island", "merge_yangpu")


@pytest.mark.parametrize("name", SPACE)
def test_before_2019_the_levers_of_space_stand_at_none(name):
    assert getattr(load_scenario("full").at(2018), name) == REGISTRY[name].none
