"""Capital and productivity: user cost, the way capital follows its target, the frontier that others approach."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.mechanisms import capital
from sim.mechanisms.capital import (
    accumulated,
    beside_the_park,
    frontier,
    invested_by_market,
    productivity_growth,
    user_cost,
    wanted_capital,
)
from sim.words import FARMING, HIGH_TECH, INDUSTRY, LOCAL_SERVICES
from tests.rules import do, world

rate = st.floats(0.02, 0.15)
tax_rate = st.floats(0.0, 0.4)


def test_without_taxes_and_frictions_capital_costs_return_and_wear():
    assert user_cost(0.08, 0.09, 0.0, 0.7, 0.3, 1.0) == pytest.approx(0.17)


def test_user_cost_by_hand():
    # (.08 + .12) (1 - .25 x .8) / (1 - .25) (1 + .5 x (1 - .6)) (1 - .1) = .2 x .8 / .75 x 1.2 x .9
    assert user_cost(0.08, 0.12, 0.25, 0.8, 0.5, 0.6, 0.1) == pytest.approx(0.2 * 0.8 / 0.75 * 1.2 * 0.9)


def test_full_depreciation_at_once_makes_the_tax_neutral():
    assert user_cost(0.08, 0.09, 0.25, 1.0, 0.3, 1.0) == pytest.approx(0.17)


@given(tax=tax_rate, cut=st.floats(0.01, 0.2), environment=st.floats(0, 0.9))
@settings(max_examples=50, deadline=None)
def test_a_lower_tax_and_a_better_environment_make_capital_cheaper(tax, cut, environment):
    cost = user_cost(0.08, 0.09, tax + cut, 0.7, 0.3, environment)
    assert user_cost(0.08, 0.09, tax, 0.7, 0.3, environment) < cost
    assert user_cost(0.08, 0.09, tax + cut, 0.7, 0.3, environment + 0.1) < cost


def test_capital_is_wanted_until_it_earns_its_cost():
    # .4 x 100 / .2 = 200
    assert wanted_capital(0.4, 100.0, 0.2, 1.0) == pytest.approx(200.0)


def test_investment_replaces_wear_and_closes_part_of_the_gap():
    # .1 x 100 + .2 x (150 - 100)
    assert invested_by_market(0.1, 100.0, 150.0, 0.2) == pytest.approx(20.0)


def test_capital_is_not_dismantled():
    assert invested_by_market(0.1, 100.0, 0.0, 0.5) == 0.0


def test_capital_wears_and_is_built():
    assert accumulated(100.0, 0.1, 20.0) == pytest.approx(110.0)
    assert accumulated(100.0, 0.1, 20.0, damage=0.5) == pytest.approx(65.0)


def test_park_land_bars_its_part_of_growth_and_nothing_of_decline():
    # 100 wanted to be 140 with three quarters open: 130; wanted to shrink to 80: 80
    assert beside_the_park(np.array([140.0, 80.0]), np.array([100.0, 100.0]), 0.75) == pytest.approx([130.0, 80.0])


@given(capital=st.floats(1, 1e4), wear=rate, speed=st.floats(0.05, 1.0), wanted=st.floats(0, 1e4))
@settings(max_examples=50, deadline=None)
def test_capital_moves_toward_its_target_and_not_beyond(capital, wear, speed, wanted):
    after = accumulated(capital, wear, invested_by_market(wear, capital, wanted, speed))
    low, high = min(capital, wanted), max(capital, wanted)
    assert low - 1e-9 * high <= after <= high + 1e-9 * high


@given(al=st.floats(0.1, 0.6), speed=st.floats(0.05, 1.0), wear=rate)
@settings(max_examples=50, deadline=None)
def test_the_gap_of_capital_shrinks_at_the_speed_that_output_leaves_it(al, speed, wear):
    """Fixed labour and prices: ln K - ln K* shrinks by 1 - lK (1 - al) a year, without overshooting (LC14)."""
    cost, steady = 0.2, 50.0
    made = lambda k: cost * steady ** (1 - al) / al * k**al  # noqa: E731  output at which `steady` is wanted
    assert wanted_capital(al, made(steady), cost, 1.0) == pytest.approx(steady)

    def next_year(capital):
        wanted = wanted_capital(al, made(capital), cost, 1.0)
        return accumulated(capital, wear, invested_by_market(wear, capital, wanted, speed))

    gap = 1e-6
    after = next_year(steady * np.exp(-gap))
    assert np.log(after / steady) / -gap == pytest.approx(1 - speed * (1 - al), abs=1e-4)
    capital = 0.3 * steady
    for _ in range(100):
        capital = next_year(capital)
        assert capital <= steady * (1 + 1e-9)


def test_the_frontier_is_where_the_productive_tenth_begins():
    # ten equal counties: nine tenths of the weight are reached at the ninth
    level = np.arange(1.0, 11.0)[:, None]
    assert frontier(level, np.ones((10, 1))) == pytest.approx([9.0])
    # one county employs 95 of 100: it is the frontier, the tiny better one is not
    assert frontier(np.array([[1.0], [5.0], [9.0]]), np.array([[2.0], [95.0], [3.0]])) == pytest.approx([5.0])


def test_each_sector_has_its_own_frontier():
    level = np.array([[1.0, 4.0], [2.0, 3.0]])
    assert frontier(level, np.array([[1.0, 1.0], [1.0, 1.0]])) == pytest.approx([2.0, 4.0])


@given(level=st.lists(st.floats(-3, 3), min_size=5, max_size=5, unique=True), order=st.permutations(range(5)))
@settings(max_examples=50, deadline=None)
def test_the_frontier_does_not_depend_on_the_order_of_counties(level, order):
    level, weight = np.array(level)[:, None], np.array([1.0, 2, 3, 4, 5])[:, None]
    assert frontier(level, weight) == frontier(level[list(order)], weight[list(order)])


def test_productivity_grows_by_trend_premium_and_a_part_of_the_gap():
    # .02 + .01 x .5 x 1 x .6 + .003
    assert productivity_growth(0.02, 0.01, 0.5, 1.0, 0.6, 0.003) == pytest.approx(0.026)


def test_who_stands_at_the_frontier_has_nothing_to_catch_up():
    assert productivity_growth(0.02, 0.01, 0.5, 1.0, 0.0, 0.0) == pytest.approx(0.02)


def test_duty_free_shops_are_taxed_as_firms_in_parks_are():
    """A fifth of local services: of a rate of .25 and one of .15, .23."""
    on = world(1, now={"ftp_cit": 0.15, "bay_area_capital": 0.0, "flex_tenure": 0.0, "services_open": 0.0,
                       "exchange": 0.0}, parameters={"corporate_tax_rate": 0.25})
    on.counties.value_added[0, LOCAL_SERVICES], on.counties.duty_free_value[0] = 50.0, 10.0
    on.counties.business_env[:] = 1.0
    do(capital.price_capital, on=on)
    p = on.parameters
    expected = [user_cost(p.required_return, p.depreciation_rate, rate, p.depreciation_allowance, 0.3, 1.0)
                for rate in (0.23, 0.25)]
    assert on.counties.capital_cost[0, [LOCAL_SERVICES, INDUSTRY]] == pytest.approx(expected)


def test_enterprises_and_institutes_build_with_money_from_outside_and_own_what_is_built():
    """60 of a list at half, and 20 researchers at .5 each; of 100 held outside a tenth wears."""
    nothing, soe = np.zeros((1, 1, 5)), np.zeros((1, 1, 5))
    soe[0, 0, INDUSTRY] = 60.0
    on = world(1, parameters={"institute_capital": 0.5, "depreciation_rate": 0.1},
               observed={"hub_projects_planned": nothing, "soe_invest_planned": soe},
               now={"hub_projects": 1.0, "soe_invest": 0.5, "institutes": 20.0})
    c = on.counties
    c.capital_outside[0, INDUSTRY] = 100.0
    do(capital.carry_out_projects, capital.own_from_outside, on=on)
    assert c.project_investment[0, [INDUSTRY, HIGH_TECH]] == pytest.approx([30, 10])
    assert c.capital_outside[0, [INDUSTRY, HIGH_TECH]] == pytest.approx([90 + 30, 10])


def test_after_history_wanted_capital_takes_the_factor_that_history_left():
    def invested(residual):
        here = world(1, year=2030, parameters={"capital_target_later": 1.0})
        here.counties.value_added[:] = here.counties.capital[:] = 100.0
        here.counties.capital_cost[:], here.settled.share_capital[:], here.settled.capital_scale[:] = 1.0, 1.0, 1.0
        here.counties.industry_open[:], here.counties.industry_limit[:] = 1.0, 1e9
        here.counties.capital_residual[:] = residual
        do(capital.invest, on=here)
        return here.counties.investment[0, FARMING]

    speed = 0.10  # of the way from 100 to 150 in a year
    assert invested(np.log(1.5)) - invested(0.0) == pytest.approx(speed * 50.0)
