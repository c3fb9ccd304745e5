"""Ecology: what runs down a river and what is left of it, what cleaning costs, what the park asks."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.core.randomness import lognormal
from sim.mechanisms import ecology as e
from sim.region.rivers import SEA
from tests.rules import do, world

share = st.floats(0.0, 0.95)
loads = st.lists(st.floats(0.0, 1e4), min_size=4, max_size=4).map(np.array)
STRAIGHT = np.array([1, 2, 3, SEA])
FORKED = np.array([2, 2, 3, SEA])  # two headwaters meet in the third piece


def run_down(downstream, km, decay, load):
    """What passes the foot of each reach, and what decays along it."""
    through, lost = np.empty(len(load)), np.empty(len(load))
    e.run_down(downstream, np.exp(-decay * km), load, through, lost)
    return through, lost


# ---- running down -----------------------------------------------------------------------------------------------


def test_a_straight_river_carries_a_sum_of_exponentials():
    """LC22: constant load L along pieces of equal length d: L (1 + q + q^2 + q^3), q = e^(-kd d)."""
    kept = np.exp(-0.01 * 50)
    passed, _ = run_down(STRAIGHT, np.full(4, 50.0), 0.01, np.full(4, 10.0))
    assert passed[-1] == pytest.approx(10 * (1 - kept**4) / (1 - kept))


@given(loads)
@settings(max_examples=30, deadline=None)
def test_without_decay_all_that_enters_reaches_the_sea(load):
    passed, _ = run_down(FORKED, np.array([10.0, 20, 30, 40]), 0.0, load)
    assert passed[-1] == pytest.approx(load.sum())


def test_headwaters_meet_and_decay_on_the_way_below():
    # 100 and 60 enter at the feet of the headwaters; the third piece is ln 2 long and adds 20: half of 160 and 20
    passed, lost = run_down(FORKED, np.array([5.0, 5.0, np.log(2), 0.0]), 1.0, np.array([100.0, 60.0, 20.0, 0.0]))
    assert passed == pytest.approx([100, 60, 100, 100]) and lost == pytest.approx([0, 0, 80, 0])


@given(loads, st.floats(0.0, 0.05))
@settings(max_examples=30, deadline=None)
def test_what_enters_reaches_the_sea_or_decays(load, decay):
    """AI20 on a river: outlet and losses add to all loads."""
    passed, lost = run_down(FORKED, np.array([10.0, 20, 30, 40]), decay, load)
    assert passed[-1] + lost.sum() == pytest.approx(load.sum(), abs=1e-9)


# ---- quality and tests ------------------------------------------------------------------------------------------


def test_a_tonne_in_a_million_cubic_metres_is_a_milligram_in_a_litre():
    assert e.quality(np.array([0.0, 400.0]), np.array([1000.0, 1000.0]), 0.1) == pytest.approx([0.1, 0.5])


def test_classes_are_those_of_the_standard():
    assert e.quality_class(np.array([0.15, 0.16, 0.5, 1.0, 1.01, 2.0, 2.1])).tolist() == [1, 2, 2, 3, 4, 5, 6]


def test_quarterly_tests_spread_around_the_mean_of_the_year():
    luck = np.random.default_rng(0).standard_normal(200_000)
    factors = lognormal(luck, e.test_spread(0.25))
    assert factors.mean() == pytest.approx(1.0, abs=0.002) and factors.std() == pytest.approx(0.25, abs=0.002)
    assert lognormal(luck[:5], e.test_spread(0.0)) == pytest.approx(np.ones(5))


# ---- sewage works and abatement ---------------------------------------------------------------------------------


def test_sewage_works_catch_up_until_2018_and_then_follow_the_lever():
    assert [e.treated(0.8, 0.25, year) for year in (2010, 2014, 2018, 2030)] == pytest.approx([0.55, 0.675, 0.8, 0.8])
    assert e.treated(0.95, 0.25, 2030) == pytest.approx(0.95)


@given(share, st.floats(0.0, 3.0), st.floats(0.0, 0.2))
@settings(max_examples=50, deadline=None)
def test_abatement_stays_a_share_and_more_money_keeps_more_out(abatement, folds, decay):
    after = e.kept_out(abatement, folds, decay)
    assert 0.0 <= after < 1.0 and e.kept_out(abatement, folds + 0.1, decay) >= after


@given(st.floats(0.0, 3.0), st.floats(0.001, 0.2))
@settings(max_examples=50, deadline=None)
def test_steady_spending_keeps_abatement_where_it_is(folds, decay):
    steady = e.steady_abatement(folds, decay)
    assert e.kept_out(steady, folds, decay) == pytest.approx(steady)


def test_an_e_fold_costs_a_small_county_more_per_tonne():
    cost = e.fold_cost(2.0, np.array([100.0, 400.0]), np.array([1.0, 1.0]), 0.5, 100.0)
    # 2 x 100 at the mean size; 2 x 400 / sqrt(4)
    assert cost == pytest.approx([200.0, 400.0])
    assert e.fold_cost(2.0, np.zeros(1), np.ones(1), 0.5, 100.0) == pytest.approx([0.0])


# ---- traded permits ---------------------------------------------------------------------------------------------


def test_permit_money_goes_where_a_tonne_is_cheapest_until_all_stand_level():
    # load per cost 8 and 2: 10 x ln 4 = 13.86 brings the first level with the second; the rest is shared by cost
    load, cost = np.array([80.0, 20.0]), np.array([10.0, 10.0])
    assert e.traded_folds(load, cost, 10.0) == pytest.approx([1.0, 0.0])
    both = e.traded_folds(load, cost, 10 * np.log(4) + 20.0)
    assert both == pytest.approx([np.log(4) + 1.0, 1.0])


@given(st.lists(st.tuples(st.floats(1, 1e3), st.floats(1, 1e3)), min_size=1, max_size=8), st.floats(0.1, 1e4))
@settings(max_examples=50, deadline=None)
def test_permit_money_is_spent_exactly(pairs, money):
    load, cost = np.array(pairs).T
    folds = e.traded_folds(load, cost, money)
    assert np.all(folds >= 0.0) and (folds * cost).sum() == pytest.approx(money)


@given(st.lists(st.tuples(st.floats(1, 1e3), st.floats(1, 1e3)), min_size=2, max_size=8), st.floats(0.1, 1e3))
@settings(max_examples=50, deadline=None)
def test_no_other_split_of_permit_money_keeps_out_more(pairs, money):
    load, cost = np.array(pairs).T
    best = (load * np.exp(-e.traded_folds(load, cost, money))).sum()
    even = (load * np.exp(-money / len(load) / cost)).sum()
    assert best <= even * (1 + 1e-9)


def test_a_unit_without_load_gets_no_permit_money():
    assert e.traded_folds(np.array([50.0, 0.0]), np.array([10.0, 0.0]), 5.0) == pytest.approx([0.5, 0.0])


# ---- the park ---------------------------------------------------------------------------------------------------


def test_the_park_is_paid_by_county_province_and_centre():
    # .6 of 100 are above the county: half of it the centre
    assert e.shared_park_cost(np.array([100.0]), 0.6, 0.5)[:, 0] == pytest.approx([40.0, 30.0, 30.0])
    assert e.shared_park_cost(np.array([100.0]), 1.0, 0.5).sum() == pytest.approx(100.0)


def park_counties(protected, before=0.0):
    """Three counties with villages on 30, 10 and no hectares of park land; 40 persons leave the core in all."""
    model = world(parameters={"park_resettlement": 40.0, "park_cost_per_hectare": 1e6, "park_resettlement_cost": 1e6},
                  now={"park_protect": protected, "park_fiscal": 0.5}, before={"park_protect": before})
    model.counties.land_forest_park[:], model.counties.population_zone[:, 1] = [30.0, 10.0, 0.0], 1000
    return model


def test_who_leaves_the_park_leaves_by_park_land_and_only_as_protection_rises():
    model = park_counties(0.75, before=0.25)
    do(e.plan_resettlement, on=model)
    assert model.counties.resettlement_planned == pytest.approx([15.0, 5.0, 0.0])
    kept = park_counties(0.75, before=0.75)
    do(e.plan_resettlement, on=kept)
    assert not kept.counties.resettlement_planned.any()


def test_the_park_is_charged_by_hectare_and_by_person_at_the_costs_of_the_year():
    # a million a hectare at twice the base-year cost, a million a person: 60 + 15 and 20 + 5, half of it the county's
    model = park_counties(0.75, before=0.25)
    model.settled.ecology_cost_level[...], model.account.unit_cost[...] = 2.0, 4.0
    do(e.plan_resettlement, e.charge_park, on=model)
    assert model.counties.national_park_cost == pytest.approx([37.5, 12.5, 0.0])


def test_as_many_villagers_move_to_town_as_are_planned(make_persons):
    model = park_counties(1.0)
    model.persons = make_persons(300, res_county=np.repeat([0, 1, 2], 100), res_zone=1)
    do(e.plan_resettlement, e.resettle, on=model)
    assert model.counties.resettled.sum() == 40 and model.counties.resettled[2] == 0
    assert (model.persons.res_zone == 0).sum() == 40 and np.all(model.persons.res_zone[200:] == 1)


# ---- the settled base year and the record -----------------------------------------------------------------------


@pytest.fixture(scope="module")
def history(run):
    return run("no_policy", until=2018)


def test_nine_sections_in_ten_are_good_from_2010_to_2018_and_small_coastal_rivers_are_the_worst(history):
    """PO11."""
    good = history.record["province_water_good"]
    assert np.all(good >= 0.9)
    quality, tree = history.reaches.reach_quality, history.observed.rivers
    coastal = np.array([name.startswith("coast_") for name in tree.names])
    assert coastal[np.argsort(quality)[-3:]].all()
    assert np.median(quality[coastal]) > np.median(quality[~coastal])


def test_the_great_rivers_are_class_two(history):
    tree = history.observed.rivers
    assert np.median(history.reaches.reach_class[tree.great]) == 2


def test_the_base_year_has_kept_out_its_share_of_the_load(run):
    model = run("no_policy", until=2011)
    base = model.record["abatement"][0]
    do(e.treat, e.discharge, on=model)
    raw = model.counties.load_made
    assert (base * raw).sum() / raw.sum() == pytest.approx(model.parameters.abatement_2010, abs=0.02)


def test_abatement_of_the_base_year_stands_still_under_its_own_spending(run):
    """LC27 for rivers: what was spent in 2010 keeps the abatement of 2010."""
    model = run("no_policy", until=2011)
    first, second = model.record["abatement"][:2]
    assert np.abs(second - first)[model.active].max() < 0.02


def test_water_of_the_base_year_does_not_move_anybody(run):
    model = run("no_policy", until=2011)
    assert model.record["water_index"][0] == pytest.approx(model.settled.water_index_base, rel=1e-6)


def test_cleaner_rivers_make_a_county_more_attractive(run):
    from sim.agents.place_choice import value_places

    model = run("no_policy", until=2011)
    do(value_places, on=model)
    before = model.choices.place_value.copy()
    model.counties.water_index[:] = 0.5 * model.counties.water_index
    do(value_places, on=model)
    gain = model.choices.place_value - before
    assert gain[:, model.active] == pytest.approx(model.parameters.water_amenity * np.log(2))


# ---- what the levers do -----------------------------------------------------------------------------------------


def full(run, **levers):
    from sim.scenario import load_scenario

    return run(load_scenario("no_policy").with_levers(**levers), until=2026)


@pytest.fixture(scope="module")
def plain(run):
    return run("no_policy", until=2026)


def test_an_entry_standard_cuts_loads_in_the_great_basins_alone(run, plain):
    load = full(run, basin_std="full").record["water_load"][-1] - plain.record["water_load"][-1]
    great = plain.settled.great_share.sum(axis=0)
    assert load[great > 0].sum() < 0 and np.abs(load[great == 0]).max() < 0.02 * plain.record["water_load"][-1].max()


def test_sewage_works_are_paid_out_of_ecology_spending(run, plain):
    built = full(run, basin_infra="full")
    assert built.record["treatment_cost"].sum() > plain.record["treatment_cost"].sum()
    assert built.watch.province_water_load < plain.watch.province_water_load


def test_a_protected_park_slows_industry_where_it_lies_and_empties_its_core_once(run, plain):
    kept = full(run, park_protect="full")
    assert np.all(kept.counties.industry_open[kept.settled.national_park_share > 0] < 1.0)
    assert np.all(kept.counties.industry_open[kept.settled.national_park_share == 0] == 1.0)
    moved = kept.record["resettled"].sum(axis=1)
    protected = kept.now.park_protect  # as far as capacity attains it
    assert np.count_nonzero(moved) == 1 and moved.sum() == pytest.approx(1885 * protected, abs=500)
    assert plain.record["resettled"].sum() == 0


def test_a_larger_share_of_the_province_leaves_counties_more_for_their_rivers(run, plain):
    shared = full(run, park_fiscal="full")
    park = shared.settled.national_park_share > 0
    cost = [m.counties.national_park_cost[park] for m in (shared, plain)]
    assert np.all(cost[0] < cost[1]) and shared.account.province_national_park_cost > 0
    assert shared.counties.abatement[park].mean() > plain.counties.abatement[park].mean()


def test_traded_permits_keep_more_out_for_the_same_money(run, plain):
    traded = full(run, permit_trade="full")
    assert traded.watch.province_water_load < plain.watch.province_water_load
    spent = [m.record["spending_ecology"].sum() for m in (traded, plain)]
    assert spent[0] == pytest.approx(spent[1], rel=0.02)


def test_matched_plans_make_ecology_spending_go_further(run, plain):
    matched = full(run, basin_plan="full")
    assert np.all(matched.counties.abatement[matched.active] > plain.counties.abatement[matched.active] - 1e-3)
    assert matched.watch.province_water_load < plain.watch.province_water_load
