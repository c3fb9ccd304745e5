"""Local services: where households buy, where visitors go, what is captured of local demand."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.mechanisms import local_services
from sim.mechanisms.local_services import (
    capture,
    captured,
    carried,
    drawn_slowly,
    huff_shares,
    local_demand,
    made_here,
    sold,
    visitor_growth,
    visitor_shares,
)
from sim.words import INDUSTRY, LOCAL_SERVICES
from tests.rules import do, world

HALF_IN_TEN = np.log(2) / 10
positive = st.floats(0.1, 100)
three = st.lists(positive, min_size=3, max_size=3).map(np.array)


def test_households_buy_near_home():
    # a big town 30 sold, a small one 10, 20 minutes apart, attraction halves every 10 minutes:
    # at home in the big town 30 against 10 / 4; in the small town 30 / 4 against 10
    minutes = np.array([[0.0, 20.0], [20.0, 0.0]])
    shares = huff_shares(np.array([30.0, 10.0]), minutes, HALF_IN_TEN)
    assert shares == pytest.approx(np.array([[30 / 32.5, 2.5 / 32.5], [7.5 / 17.5, 10 / 17.5]]))


def test_distance_without_weight_leaves_size_alone():
    shares = huff_shares(np.array([30.0, 10.0]), np.array([[0.0, 99.0], [99.0, 0.0]]), 0.0)
    assert shares == pytest.approx(np.array([[0.75, 0.25], [0.75, 0.25]]))


def test_a_unit_that_sells_nothing_attracts_nobody():
    shares = huff_shares(np.array([30.0, 0.0]), np.array([[0.0, 5.0], [5.0, 0.0]]), 0.03)
    assert shares == pytest.approx(np.array([[1.0, 0.0], [1.0, 0.0]]))


@given(attraction=three, distance=st.lists(st.floats(0, 300), min_size=3, max_size=3), decay=st.floats(0, 0.08))
@settings(max_examples=50, deadline=None)
def test_what_households_spend_is_what_shops_receive(attraction, distance, decay):
    a, b, c = distance
    minutes = np.array([[0, a, b], [a, 0, c], [b, c, 0]])
    shares = huff_shares(attraction, minutes, decay)
    assert shares.sum(axis=1) == pytest.approx(np.ones(3))
    spending = np.array([5.0, 7.0, 11.0])
    assert np.einsum("dc,d->c", shares, spending).sum() == pytest.approx(23.0)


def test_visitors_avoid_distance_and_high_prices():
    # equal sights; the second is 10 minutes further (half) and at double price with elasticity 1 (half again)
    shares = visitor_shares(np.array([1.0, 1.0]), np.array([0.0, 10.0]), np.array([1.0, 2.0]), HALF_IN_TEN, 1.0)
    assert shares == pytest.approx([0.8, 0.2])


@given(sights=three, price=three, elasticity=st.floats(0.5, 3), dearer=st.floats(1.01, 3))
@settings(max_examples=50, deadline=None)
def test_visitor_shares_add_to_one_and_a_dearer_county_loses(sights, price, elasticity, dearer):
    minutes = np.array([10.0, 60.0, 120.0])
    before = visitor_shares(sights, minutes, price, 0.002, elasticity)
    after = visitor_shares(sights, minutes, price * [dearer, 1, 1], 0.002, elasticity)
    assert before.sum() == pytest.approx(1.0) and after.sum() == pytest.approx(1.0)
    assert after[0] < before[0] and np.all(after[1:] > before[1:])


def test_the_attraction_that_is_settled_reproduces_the_observed_shares():
    observed, minutes = np.array([0.7, 0.2, 0.1]), np.array([90.0, 150.0, 240.0])
    attraction = observed * np.exp(0.002 * minutes)
    assert visitor_shares(attraction, minutes, np.ones(3), 0.002, 1.5) == pytest.approx(observed)


def test_visitors_go_a_part_of_the_way_to_where_they_are_drawn():
    # half of the way from (.8, .2) to (.2, .8) in logarithms: equal parts
    assert drawn_slowly(np.array([0.8, 0.2]), np.array([0.2, 0.8]), 0.5) == pytest.approx([0.5, 0.5])
    # no speed: they stay; a county that nobody visits stays without visitors
    assert drawn_slowly(np.array([0.8, 0.2]), np.array([0.2, 0.8]), 0.0) == pytest.approx([0.8, 0.2])
    assert drawn_slowly(np.array([1.0, 0.0]), np.array([1.0, 0.0]), 0.3) == pytest.approx([1.0, 0.0])


def test_visitor_spending_follows_income_drift_and_the_free_port():
    # elasticity 1.2 on 5 %, drift 1 %, policy 2 %: 6 + 1 + 2
    assert visitor_growth(0.05, 1.2, 0.01, 0.02) == pytest.approx(0.09)


def test_demand_beyond_what_is_made_is_imported():
    share, outside = capture(np.array([200.0]), np.array([150.0]))
    assert share == pytest.approx([0.75]) and outside == pytest.approx([0.0])


def test_what_is_made_beyond_demand_is_sold_outside():
    share, outside = capture(np.array([100.0]), np.array([150.0]))
    assert share == pytest.approx([1.0]) and outside == pytest.approx([50.0])


@given(demand=st.floats(0.01, 1e4), value=st.floats(0, 1e4))
@settings(max_examples=50, deadline=None)
def test_captured_demand_and_sales_outside_are_what_is_made(demand, value):
    share, outside = capture(demand, value)
    assert 0 <= share <= 1 and outside >= 0
    assert share * demand + outside == pytest.approx(value, rel=1e-9, abs=1e-9)


def test_without_demand_all_is_sold_outside():
    share, outside = capture(np.array([0.0]), np.array([3.0]))
    assert share[0] == 0.0 and outside[0] == 3.0


def test_gateways_carry_what_they_can_and_turn_the_rest_away():
    # 300 spent at 3 a visit: 100 visits wanted; a capacity of 80 lets 240 be spent, one of 120 all
    assert carried(300.0, 3.0, 80.0) == pytest.approx((100.0, 240.0))
    assert carried(300.0, 3.0, 120.0) == pytest.approx((100.0, 300.0))


def test_local_demand_is_countable():
    # 40 of shopping, .3 of 10 of seasonal residents, .1 of 200 made by others, 7 of visitors
    assert local_demand(40.0, 10.0, 200.0, 7.0, 0.3, 0.1) == pytest.approx(40 + 3 + 20 + 7)


def test_of_public_purchases_a_county_makes_the_part_of_services_that_it_captures():
    # half of 100 is local services, of which .6 are made here
    assert made_here(100.0, 0.5, 0.6) == pytest.approx(30.0)


# ---- rules on two counties -------------------------------------------------------------------------------------

SETTLE = (local_services.settle_visitors, local_services.guess_last_year, local_services.shop, local_services.settle)
BUY = (local_services.receive_visitors, local_services.spread_visitors, local_services.shop, local_services.demand)


def two_counties():
    """The base year of two counties: the first sells more than is demanded there, the second less."""
    model = world(
        n=2, parameters={"base_year_growth": 0.1, "trend_fade_years": 8.0, "service_threshold_elasticity": 0.0},
        observed={"visitor_share": np.array([0.75, 0.25])}, outlook={"visitors": 2.0, "national_growth": 0.0},
        now={"ftp_tourism": 0.0, "intl_platforms": 0.0, "coast_cluster": 0.0, "green_value": 0.0, "national_link": 1.0})
    c = model.counties
    model.outlook["visitor_shock"] = np.ones(60)
    model.prices.service_taste[...] = 1.0
    c.value_added[:, LOCAL_SERVICES], c.value_added[:, INDUSTRY], c.gdp[:] = [200.0, 10.0], [50.0, 80.0], [250.0, 90.0]
    c.disposable_income[:], c.construction[:], c.investment[:, INDUSTRY] = [[60.0, 20], [50, 50]], [9.0, 3.0], [33, 22]
    c.minutes[:] = c.minutes_effective[:] = [[0.0, 30.0, 90.0], [30.0, 0.0, 120.0]]
    c.outside_access[:] = c.service_price[:] = 1.0
    c.capital[:, LOCAL_SERVICES] = [300.0, 100.0]
    model.prices.gateway_capacity[...] = 4.0
    do(*SETTLE, on=model)
    return model


def test_visitors_of_the_base_year_are_as_observed():
    model = two_counties()
    # .075 of 340 spent in two million visits, half of what gateways carry
    assert model.outside.visitor_total == pytest.approx(25.5)
    assert model.settled.visit_spending_base == pytest.approx(12.75)
    assert model.counties.visitor_spending == pytest.approx([0.75 * 25.5, 0.25 * 25.5])
    assert model.watch.gateway_use == pytest.approx(0.5)


def test_in_a_year_like_the_base_year_what_was_sold_is_demanded_again():
    model = two_counties()
    model.parameters.tourism_demand_drift = 0.0
    model.year += 1
    do(*BUY, on=model)
    c, settled = model.counties, model.settled
    assert c.service_demand == pytest.approx(c.value_added[:, LOCAL_SERVICES])
    assert c.construction == pytest.approx([9.0, 3.0])
    assert settled.local_capture[0] == 1.0 and settled.local_capture[1] < 1.0
    assert settled.sales_outside_base[0] > 0 and settled.sales_outside_base[1] == 0.0


def test_what_governments_bought_last_year_is_demanded_here_as_far_as_it_is_captured():
    model = two_counties()
    c, settled = model.counties, model.settled
    before = c.service_demand.copy()
    model.parameters.tourism_demand_drift = 0.0
    model.year += 1
    c.last_public_purchases[:] = [20.0, 20.0]
    do(*BUY, on=model)
    assert c.purchases_local == pytest.approx(0.5 * 20.0 * settled.local_capture)
    assert c.purchases_local + c.purchases_imported == pytest.approx([20.0, 20.0])
    assert c.service_demand - before == pytest.approx(c.purchases_local)


def test_a_county_captures_more_of_a_larger_market_and_one_that_lacks_nothing_no_more():
    # of 36 % that are missing a half is left where the market is four times as large, at an elasticity of one half
    assert captured(0.64, 400.0, 100.0, 0.5) == pytest.approx(1 - 0.36 / 2)
    assert captured(1.0, 400.0, 100.0, 0.5) == captured(1.0, 25.0, 100.0, 0.5) == 1.0
    assert captured(0.64, 0.0, 100.0, 0.5) == 0.0  # no part is negative


def test_services_of_a_county_that_lacks_them_grow_faster_than_the_demand_for_them():
    """Governments buy so much more that the market of the second county grows by a fifth."""
    model = two_counties()
    c, settled, p = model.counties, model.settled, model.parameters
    p.service_threshold_elasticity, p.tourism_demand_drift, p.service_replacement_share = 1.0, 0.0, 0.0
    model.year += 1
    c.last_public_purchases[:] = 0.2 * settled.local_demand_base / p.public_purchase_share
    do(*BUY, on=model)
    assert 0 < settled.local_capture[1] < 1 == settled.local_capture[0]
    served = 1 - (1 - settled.local_capture) / 1.2
    assert c.service_demand - c.construction - settled.sales_outside_base == pytest.approx(
        served * 1.2 * settled.local_demand_base)


def test_what_a_county_comes_to_make_itself_the_sellers_lose():
    """The same world where all, and none, of what is newly captured was bought from others here."""
    of_all, of_none = two_counties(), two_counties()
    for model, share in ((of_all, 1.0), (of_none, 0.0)):
        p, c = model.parameters, model.counties
        p.service_threshold_elasticity, p.tourism_demand_drift, p.service_replacement_share = 1.0, 0.0, share
        model.year += 1
        c.last_public_purchases[:] = 0.2 * model.settled.local_demand_base / p.public_purchase_share
        do(*BUY, on=model)
    settled = of_all.settled
    gained = (1 - settled.local_capture[1]) * (1 - 1 / 1.2) * 1.2 * settled.local_demand_base[1]
    assert of_none.counties.service_demand - of_all.counties.service_demand == pytest.approx([gained, 0.0])
    assert sold(np.array([4.0, 1.0]), 10.0).tolist() == [0.0, 0.0]


def test_purchases_of_the_base_year_leave_what_is_made_as_it_is():
    """The more governments buy, the less of all demand is captured and sold outside: nothing is negative."""
    for bought in (0.0, 20.0, 2000.0):
        model = two_counties()
        c, settled = model.counties, model.settled
        c.public_purchases[:] = bought
        do(*SETTLE, on=model)
        assert np.all(settled.local_capture > 0) and np.all(settled.sales_outside_base >= 0)
        assert c.private_demand + c.purchases_local == pytest.approx(c.value_added[:, LOCAL_SERVICES])
    assert settled.sales_outside_base == pytest.approx([0.0, 0.0])


def test_without_visitors_nobody_spends_and_demand_is_that_of_the_others():
    model = two_counties()
    model.parameters.tourism_demand_drift = 0.0
    model.year, with_them = model.year + 1, model.counties.service_demand.copy()
    model.outside.visitor_total[...] = 0.0
    was = model.counties.visitor_spending.copy()
    do(*BUY, on=model)
    c = model.counties
    assert not c.visitor_spending.any()
    assert with_them - c.service_demand == pytest.approx(model.settled.local_capture * was)


def test_a_dearer_county_loses_visitors_by_and_by():
    model = two_counties()
    model.parameters.tourism_demand_drift, model.parameters.visitor_adjustment = 0.0, 0.25
    model.parameters.tourism_price_elasticity = 2.0
    model.counties.service_price[:] = [2.0, 1.0]
    ratios = []
    for _ in range(3):
        model.year += 1
        do(*BUY, on=model)
        ratios.append(model.counties.visitor_part[0] / model.counties.visitor_part[1])
    # drawn to 3 / 4 as many as the other instead of three times: each year a quarter of what is left of ln 4
    assert np.log(np.array(ratios) / 0.75) == pytest.approx(np.log(4) * 0.75 ** np.arange(1, 4))


def test_homes_are_paid_for_where_they_stand_and_the_rest_where_there_is_room_to_sell():
    """Of 100 consumed in each .2 goes for homes; .3 is shopped with three times as much room here, half an hour away at
    ln 2 / 30 a minute: of the first 3 : .5 stays, of the second 1 : 1.5."""
    model = two_counties()
    c, p = model.counties, model.parameters
    p.saving_rate, p.urban_rent_share, p.local_service_expenditure_share, p.huff_decay = 0.5, 0.2, 0.5, np.log(2) / 30
    c.last_disposable_income[:] = 200.0
    do(local_services.shop, on=model)
    assert c.shopping == pytest.approx([20 + 30 * (3 / 3.5 + 1.5 / 2.5), 20 + 30 * (0.5 / 3.5 + 1 / 2.5)])
    assert c.shopping.sum() == pytest.approx(100.0)


def test_the_world_outside_buys_more_as_it_grows_and_comes_closer():
    model = two_counties()
    model.outlook["national_growth"][1] = 0.05
    model.parameters.tourism_demand_drift = model.parameters.tourism_income_elasticity = 0.0
    model.year, model.now.national_link = model.year + 1, 1.2
    do(*BUY, on=model)
    c = model.counties
    more = c.service_demand - c.value_added[:, LOCAL_SERVICES]
    assert more == pytest.approx(model.settled.sales_outside_base * (1.05 * 1.2 - 1.0))


def test_this_year_looks_back_to_the_income_and_investment_of_the_last():
    model = two_counties()
    c = model.counties
    c.housing_investment[:], c.spending_capital[:] = 4.0, [1.0, 2.0]
    do(local_services.remember, on=model)
    assert c.last_disposable_income == pytest.approx([80.0, 100.0])
    assert c.last_investment == pytest.approx([33 + 4 + 1, 22 + 4 + 2])


def test_the_part_of_spending_that_goes_to_services_grows_until_trends_fade():
    here = turning(drift=0.05, year=2015)
    # odds of .4 in .8 are 1, and grow by e^(.05 / (1 - .4 / .8)) = e^.1
    assert np.isclose(here.prices.service_taste * 0.4, 0.8 * np.exp(0.1) / (1 + np.exp(0.1)))
    taste, here.year = float(here.prices.service_taste), 2040
    do(local_services.turn_to_services, on=here)
    assert np.isclose(here.prices.service_taste, taste)


def turning(drift, year=2015, taste=1.0):
    here = world(1, year=year, parameters={
        "service_spending_drift": drift, "trend_fade_years": 8.0, "local_service_expenditure_share": 0.4,
        "service_share_ceiling": 0.8})
    here.prices.service_taste[...] = taste
    do(local_services.turn_to_services, on=here)
    return here


def test_spending_on_services_nears_its_ceiling_and_never_passes_it():
    slight = turning(1e-6)
    assert np.isclose(np.log(slight.prices.service_taste), 1e-6, rtol=1e-4)  # at the start it grows by the drift
    assert turning(0.05, taste=1.9).prices.service_taste / 1.9 < turning(0.05).prices.service_taste
    high = turning(5.0)
    for _ in range(9):
        do(local_services.turn_to_services, on=high)
    assert 0.799 < 0.4 * high.prices.service_taste <= 0.8
    assert np.isclose(turning(0.0, taste=1.3).prices.service_taste, 1.3)
