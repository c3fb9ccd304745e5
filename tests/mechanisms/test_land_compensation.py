"""Farmland that is built on is reclaimed elsewhere: at home or through the pool, and never beyond the red line."""

import copy

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.core.market import clear_market
from sim.mechanisms import land_compensation
from sim.mechanisms.land_compensation import (
    own_match,
    pool_offer,
    pool_wish,
    price_of,
    reclaimed_at,
    spent_on,
    within_red_line,
)
from sim.model import HainanModel
from sim.words import FARMING
from tests.rules import do, world
from tests.whole_runs import without_policy

COST = 0.75
amounts = st.lists(st.floats(0.1, 100.0), min_size=5, max_size=5).map(np.array)


def pool(need, reserve, elasticity):
    """Price, bought and sold where all of a year's reserve may be used and any price is worth paying."""
    any_amount = np.full(need.size, np.inf)
    sides = reserve, any_amount, need, any_amount, COST, elasticity
    return clear_market(pool_offer, pool_wish, sides, need.size, 0.0, np.inf, COST)


# ---- the supply of reclaimed land (L7) --------------------------------------------------------------------------


def test_at_the_reference_price_the_reserve_of_the_year_is_reclaimed():
    assert reclaimed_at(COST, 8.0, COST, 1.0) == pytest.approx(8.0)
    assert reclaimed_at(2 * COST, 8.0, COST, 2.0) == pytest.approx(32.0)


def test_the_price_of_an_amount_is_the_inverse_of_its_supply():
    assert price_of(np.array([16.0, 0.0]), np.array([8.0, 0.0]), COST, 1.0) == pytest.approx([2 * COST, 0.0])


def test_reclaiming_costs_the_area_under_the_supply_curve():
    # straight supply: the last of 16 ha costs 1.5, the mean half of it
    assert spent_on(16.0, price_of(np.array([16.0]), np.array([8.0]), COST, 1.0), 1.0) == pytest.approx([16.0 * 0.75])


def test_a_county_reclaims_what_it_needs_can_and_finds_worth_it():
    reserve, most = np.full(3, 10.0), np.array([100.0, 15.0, 100.0])
    match = own_match(np.full(3, 20.0), reserve, most, np.array([9.0, 9.0, COST]), COST, 1.0)
    assert match == pytest.approx([20.0, 15.0, 10.0])


# ---- the pool against each alone --------------------------------------------------------------------------------


@settings(max_examples=40, deadline=None)
@given(amounts, amounts, st.floats(0.5, 2.0))
def test_the_price_of_the_pool_lies_between_the_prices_of_those_alone(need, reserve, elasticity):
    """LC21."""
    alone, (price, _, _) = price_of(need, reserve, COST, elasticity), pool(need, reserve, elasticity)
    assert alone.min() * (1 - 1e-9) <= price <= alone.max() * (1 + 1e-9)


@settings(max_examples=40, deadline=None)
@given(amounts, amounts, st.floats(0.5, 2.0))
def test_the_pool_costs_no_more_than_all_alone(need, reserve, elasticity):
    """LC21."""
    _, _, sold = pool(need, reserve, elasticity)
    together, alone = (spent_on(hectares, price_of(hectares, reserve, COST, elasticity), elasticity).sum()
                       for hectares in (sold, need))
    assert together <= alone * (1 + 1e-9)


@settings(max_examples=30, deadline=None)
@given(st.floats(0.1, 100.0), st.floats(0.1, 100.0), st.floats(0.5, 2.0))
def test_counties_that_are_alike_do_not_trade(need, reserve, elasticity):
    """LC21."""
    _, bought, sold = pool(np.full(4, need), np.full(4, reserve), elasticity)
    assert np.abs(bought - sold).max() <= 1e-9 * need


# ---- the red line (L8) ------------------------------------------------------------------------------------------


def test_on_its_own_a_county_stays_within_its_own_line():
    allowed = within_red_line(np.array([5.0, 5.0]), np.array([2.0, 100.0]), 0.0)
    assert allowed == pytest.approx([2.0, 5.0])


def test_in_a_pool_the_line_of_the_province_counts():
    allowed = within_red_line(np.array([6.0, 2.0]), np.array([-50.0, 54.0]), 1.0)
    assert allowed == pytest.approx([3.0, 1.0])


def test_below_the_line_of_the_province_nobody_builds_on_farmland():
    assert not within_red_line(np.array([6.0, 2.0]), np.array([-50.0, 20.0]), 0.5).any()


@settings(max_examples=40, deadline=None)
@given(amounts, st.lists(st.floats(-50.0, 50.0), min_size=5, max_size=5).map(np.array), st.floats(0.0, 1.0))
def test_no_more_is_allowed_than_is_wanted_or_than_the_province_has_room_for(need, room, pooled):
    allowed = within_red_line(need, room, pooled)
    assert np.all(allowed >= 0) and np.all(allowed <= need * (1 + 1e-12))
    assert allowed.sum() <= max(0.0, room.sum()) * (1 + 1e-9)


# ---- the rules on two counties ---------------------------------------------------------------------------------


def two_counties(pooled):
    model = world(
        n=2, now={"comp_pool": pooled},
        parameters={"reclamation_limit": 1.0, "cultivated_origin_share": 0.3, "reclamation_cost": 5.0,
                    "reclamation_elasticity": 1.0, "reclaimable_garden": 0.5, "reclaimable_other": 0.5,
                    "reclaimed_quality": 0.9})
    c = model.counties
    model.outside.wage_index[...], model.settled.reclamation_rate[...] = 1.0, 0.5
    c.land_garden[:], c.land_other[:], c.land_reclaimable[:] = [16.0, 48.0], [16.0, 48.0], [16.0, 48.0]
    c.cultivated_to_match[:], c.land_value[:] = [8.0, 0.0], 100.0
    return model


def test_alone_a_county_pays_what_its_own_reserve_costs():
    model = two_counties(0.0)
    do(land_compensation.match, on=model)
    c = model.counties
    # a reserve of 8 a year: the eighth hectare costs .75, the mean half of it
    assert c.cultivated_matched == pytest.approx([8.0, 0.0]) and c.cultivated_reclaimed == pytest.approx([8.0, 0.0])
    assert c.compensation_price[0] == pytest.approx(COST) and c.spending_reclamation[0] == pytest.approx(8 * COST / 2)
    assert not c.horizontal_compensation.any()


def test_in_the_pool_it_buys_where_land_is_plentiful():
    model = two_counties(1.0)
    do(land_compensation.match, on=model)
    c = model.counties
    # a common reserve of 8 + 24 a year: a quarter of the price, and of the land as the reserves
    assert model.prices.compensation_price_pool == pytest.approx(COST / 4)
    assert model.prices.compensation_pooled == pytest.approx(8.0)
    assert c.cultivated_reclaimed == pytest.approx([2.0, 6.0])
    assert c.horizontal_compensation == pytest.approx([-6 * COST / 4, 6 * COST / 4])


def test_what_is_ploughed_comes_from_garden_and_other_land():
    model = two_counties(0.0)
    c = model.counties
    c.cultivated_reclaimed[:], c.land_cultivated[:], model.settled.redline[:] = [8.0, 0.0], 100.0, 100.0
    do(land_compensation.plough, on=model)
    # half the reserve: a quarter of garden and of other land
    assert c.land_garden == pytest.approx([12.0, 48.0]) and c.land_other == pytest.approx([12.0, 48.0])
    assert c.land_cultivated == pytest.approx([108.0, 100.0]) and c.redline_ratio == pytest.approx([1.072, 1.0])
    assert c.land_input[0, FARMING] == pytest.approx(0.9 * 8.0 - 4.0)


# ---- in a run ---------------------------------------------------------------------------------------------------


def test_the_pool_of_the_base_year_clears_at_the_reference_price():
    model = HainanModel("no_policy", weight=1000, until=2011)
    assert model.prices.compensation_price_pool == pytest.approx(COST, rel=1e-9)
    c = model.counties
    assert c.cultivated_reclaimed.sum() == pytest.approx(c.cultivated_converted.sum())


def test_the_base_year_leaves_the_funds_of_counties_what_land_left_them_before():
    """Reclaiming and sea-use fees are part of the known cost of land; they only get an account of their own."""
    model = HainanModel("no_policy", weight=1000, until=2011)
    p, c = model.parameters, model.counties
    gross = c.land_revenue / (1.0 - model.settled.county_land_cost_share)
    assert c.fund_resources == pytest.approx((1.0 - p.land_cost_share) * gross, rel=1e-9)
    assert np.all(model.settled.county_land_cost_share < 1.0)


def test_to_2018_quota_is_used_in_full_and_farmland_keeps_its_area():
    model = without_policy(2018)
    farmland = model.record["land_cultivated"].sum(axis=1)
    assert farmland == pytest.approx(farmland[0], rel=1e-5)
    assert model.record["converted"][1:].sum(axis=1) == pytest.approx(2500.0, rel=2e-3)


def test_the_pool_saves_what_reclaiming_costs_and_pays_those_who_have_land():
    alone, pooled = without_policy(2026, comp_pool=0.0), without_policy(2026, comp_pool=1.0)
    assert pooled.counties.spending_reclamation.sum() < alone.counties.spending_reclamation.sum()
    assert not alone.counties.horizontal_compensation.any()
    paid = pooled.counties.horizontal_compensation
    assert paid[pooled.pack.group("haikou")].sum() < 0 < paid[pooled.pack.group("mountains")].min()


def test_a_red_line_that_has_been_reached_stops_conversion_of_farmland():
    model = HainanModel("no_policy", seed=0, weight=1000, until=2012)
    model.settled = copy.deepcopy(model.settled)  # other models share it
    model.settled.redline *= 1.1
    model.step()
    assert np.all(model.counties.redline_ratio[model.active] < 1.0)
    assert not model.counties.cultivated_converted.any() and model.counties.converted.sum() > 0
