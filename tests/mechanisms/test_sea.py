"""The sea: what may be filled, who fills it, and what its use costs."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.mechanisms import sea
from sim.mechanisms.sea import fees, reclamation
from sim.words import MARINE
from tests.rules import do, world
from tests.whole_runs import without_policy


def test_the_sea_is_filled_where_land_is_worth_more_than_filling():
    # rent 1, 1, 2; price over cost 4, -1, 1: weights 4, 0, 2
    assert reclamation(60.0, np.array([1.0, 1.0, 2.0]), np.array([7.0, 2.0, 4.0]), 3.0) == pytest.approx([40, 0, 20])


def test_where_land_is_cheap_nobody_fills_the_sea():
    assert not reclamation(60.0, np.ones(2), np.ones(2), 3.0).any()


@settings(max_examples=30, deadline=None)
@given(st.floats(0, 500), st.lists(st.floats(0, 100), min_size=3, max_size=3).map(np.array),
       st.lists(st.floats(0, 100), min_size=3, max_size=3).map(np.array))
def test_the_cap_holds(cap, rent, price):
    assert reclamation(cap, rent, price, 3.0).sum() <= cap * (1 + 1e-9)


def test_fees_are_a_share_of_rent_and_rise_with_the_efficiency_of_marine_land():
    assert fees(0.1, 50.0, 1.0, 2.0) == pytest.approx(5.0)
    assert fees(0.1, 50.0, 1.1, 2.0) == pytest.approx(6.0)


def test_the_coast_fills_the_sea_up_to_its_cap_and_the_island_grows():
    model = without_policy(2018)
    c = model.counties
    assert c.sea_reclaimed.sum() == pytest.approx(200.0) and not c.land_sea[~model.observed.coast].any()
    assert c.land_sea.sum() == pytest.approx(8 * 200.0)


def test_what_the_sea_no_longer_gives_comes_from_the_land():
    closed, free = without_policy(2022, reclaim_cap=0.0), without_policy(2022)
    assert closed.counties.land_sea.sum() < free.counties.land_sea.sum()
    assert closed.record["cultivated_converted"].sum() > free.record["cultivated_converted"].sum()
    assert closed.record["converted"].sum() == pytest.approx(free.record["converted"].sum(), rel=1e-3)


def test_market_allocation_lifts_the_marine_sector_of_the_coast():
    model, plain = without_policy(2026, sea_market=1.25), without_policy(2026)
    more = model.counties.land_input[:, 3] / np.maximum(plain.counties.land_input[:, 3], 1e-9)
    coast = model.observed.coast & (plain.counties.land_input[:, 3] > 0)
    assert np.all(more[coast] > 1.15) and np.all(more[~coast & (plain.counties.land_input[:, 3] > 0)] < 1.05)
    assert model.counties.sea_use_fees.sum() > 1.4 * plain.counties.sea_use_fees.sum()
    assert model.counties.value_added[:, 3].sum() > plain.counties.value_added[:, 3].sum()


# ---- the rules on two counties ---------------------------------------------------------------------------------


def coast_and_mountains():
    model = world(
        n=2, parameters={"sea_reclamation_cost": 20.0, "sea_use_fee_share": 0.1, "sea_fee_response": 2.0},
        observed={"coast": np.array([True, False])},
        now={"reclaim_cap": 10.0, "sea_market": 1.1}, before={"sea_market": 1.0})
    c = model.counties
    model.outside.wage_index[...] = 1.0
    c.factor_land[:, MARINE], c.land_input[:, MARINE] = 50.0, 100.0
    c.land_price[:], c.land_use_right[:] = [7.0, 9.0], [4.0, 8.0]
    return model


def test_only_the_coast_fills_the_sea_and_within_what_it_may_convert():
    model = coast_and_mountains()
    do(sea.reclaim, on=model)
    c = model.counties
    # the cap of 10 ha goes to the coast, where land is dearer than 20 x .15; it may convert 4
    assert c.sea_reclaimed == pytest.approx([4.0, 0.0]) and c.land_sea == pytest.approx([4.0, 0.0])
    assert c.land_input[:, MARINE] == pytest.approx([110.0, 100.0])


def test_dearer_work_makes_filling_the_sea_dearer():
    model = coast_and_mountains()
    model.outside.wage_index[...] = 3.0
    do(sea.reclaim, on=model)
    assert not model.counties.sea_reclaimed.any()


def test_only_the_coast_pays_for_the_sea():
    model = coast_and_mountains()
    do(sea.charge, on=model)
    assert model.counties.sea_use_fees == pytest.approx([6.0, 0.0])  # a tenth of 50, and a fifth more
