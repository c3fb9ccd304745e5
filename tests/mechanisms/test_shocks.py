"""Shocks: how often storms come, what they take, and that luck is an address."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.mechanisms import shocks
from sim.mechanisms.shocks import destroyed, storms, together
from sim.words import MARKET
from tests.rules import do, world

CODES = np.array([460100, 460200, 469030])
share = st.floats(0, 1)


def test_no_storm_takes_nothing_and_the_median_storm_its_share():
    # half of the storms take less than mean e^(-s^2/2)
    assert destroyed(np.array([0.0, 1.0]), 0.5, 0.02, 0.8, 0.3) == pytest.approx([0.0, 0.02 * np.exp(-0.32)])


def test_two_storms_take_from_what_is_left():
    one = float(destroyed(1.0, 0.5, 0.1, 0.5, 0.9))
    assert destroyed(2.0, 0.5, 0.1, 0.5, 0.9) == pytest.approx(1.0 - (1.0 - one) ** 2)
    assert together(0.5, 0.5) == pytest.approx(0.75)


def test_the_mean_of_many_storms_is_the_mean_damage():
    u = (np.arange(100_000) + 0.5) / 100_000
    assert destroyed(1.0, u, 0.02, 0.8, 1.0).mean() == pytest.approx(0.02, rel=0.01)


def test_storms_come_as_often_as_the_hazard_says():
    u = (np.arange(100_000) + 0.5) / 100_000
    assert storms(u, 0.05).mean() == pytest.approx(0.05, rel=0.01)
    assert storms(u, 0.0).max() == 0.0


@given(number=st.integers(0, 5), uniform=st.floats(1e-9, 1 - 1e-9), mean=st.floats(0.005, 0.05), other=share)
@settings(max_examples=50, deadline=None)
def test_what_storms_take_stays_a_share(number, uniform, mean, other):
    taken = float(destroyed(float(number), uniform, mean, 0.8, 0.3))
    assert 0.0 <= taken <= 0.3 and taken <= together(taken, other) <= 1.0 + 1e-12


STORMS = (shocks.strike, shocks.count_damage)


def three_counties(seed=0, year=2015, forced=0.0, hazard=1.0, **changed):
    """Three counties, of which the first lies in the north-east and the last has no persons."""
    model = world(
        year=year, parameters={"building_cost": 3000.0} | changed, seed=seed, codes=CODES, province_code=460000,
        active=np.array([True, True, False]), observed={"north_east": np.array([True, False, False])},
        outlook={"typhoon_forced": forced, "typhoon_hazard": hazard})
    model.counties.capital[:, MARKET], model.counties.housing_stock[:] = 100.0, 1e6
    return model


def test_a_named_typhoon_strikes_the_north_east_only():
    model = three_counties(forced=1.0, hazard=0.0)
    do(*STORMS, on=model)
    assert model.counties.typhoon_damage == pytest.approx([0.04, 0.0, 0.0])
    # 4 % of capital 500, and of homes worth 3,000 million a three-tenths part of that share
    assert model.counties.damage_value == pytest.approx([0.04 * (500.0 + 0.3 * 3000.0), 0.0, 0.0])


def test_without_hazard_the_sky_is_clear():
    for year in range(2015, 2030):
        model = three_counties(year=year, hazard=0.0)
        do(*STORMS, on=model)
        assert np.all(model.counties.typhoon_damage == 0.0)


def test_a_unit_without_persons_has_nothing_to_lose():
    model = three_counties(hazard=3.0, typhoon_hazard_rate=(5.0, 5.0))
    do(*STORMS, on=model)
    assert np.all(model.counties.typhoon_damage[:2] > 0.0) and model.counties.typhoon_damage[2] == 0.0


def test_the_same_seed_meets_the_same_storms_whatever_else_happens():
    one, same, other = (three_counties(seed=s, typhoon_hazard_rate=(2.0, 2.0)) for s in (1, 1, 2))
    same.counties.capital *= 7.0
    for model in (one, same, other):
        do(*STORMS, on=model)
    assert np.array_equal(one.counties.typhoon_damage, same.counties.typhoon_damage)
    assert not np.array_equal(one.counties.typhoon_damage, other.counties.typhoon_damage)


def test_more_hazard_is_never_less_damage():
    calm = three_counties(typhoon_hazard_rate=(1.0, 1.0))
    wild = three_counties(hazard=3.0, typhoon_hazard_rate=(1.0, 1.0))
    for model in (calm, wild):
        do(*STORMS, on=model)
    assert np.all(wild.counties.typhoon_damage >= calm.counties.typhoon_damage)


def test_the_common_shock_fades_and_reaches_all_alike():
    model = three_counties(county_tfp_shock_sd=0.0, province_tfp_sd=0.0)
    model.prices.common_productivity_shock[...] = 0.04
    do(shocks.shake, on=model)
    # half of .04 is left, so productivity falls back by .02 everywhere
    assert model.prices.common_productivity_shock == pytest.approx(0.02)
    assert model.counties.productivity_shock == pytest.approx([-0.02] * 3)


def test_storms_and_productivity_draw_from_different_luck():
    model = three_counties()
    u = shocks.uniforms(0, shocks.STORM, 2015, CODES)
    v = shocks.uniforms(0, shocks.SHOCK, 2015, CODES)
    assert not np.any(u == v)
    do(shocks.shake, on=model)
    assert np.ptp(model.counties.productivity_shock) > 0.0


def test_as_many_come_as_in_a_mean_year_and_as_history_says_while_it_is_followed():
    drawn = []
    for seed in range(400):
        model = three_counties(newcomers_sd=0.3)
        model.seed = seed
        do(shocks.vary_inflow, on=model)
        drawn.append(float(model.prices.newcomers_shock))
    assert np.exp(drawn).mean() == pytest.approx(1.0, abs=0.06) and np.std(drawn) == pytest.approx(0.3, abs=0.04)
    model.history = model.history._replace(until=model.year)
    do(shocks.vary_inflow, on=model)
    assert model.prices.newcomers_shock == 0.0


# ---- in the whole model ----------------------------------------------------------------------------------------


def test_the_years_of_rammasun_and_yagi_destroy_capital_in_the_north_east(run):
    model = run(until=2024)
    damage = model.record["typhoon_damage"]
    struck = model.observed.north_east
    for year in (2014, 2024):
        assert np.all(damage[year - 2010, struck] >= 0.04 - 1e-6)
    lost = model.record["damage_value"][2014 - 2010].sum()
    assert 0.005 < lost / model.record["capital"][2013 - 2010].sum() < 0.05
