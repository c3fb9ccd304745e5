"""Production: nested labour, output, agglomeration, gate prices, settled shares, the price of services, factor pay."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.mechanisms import production
from sim.mechanisms.production import (
    agglomeration,
    branches,
    carriage,
    college_pay_share,
    composite_labour,
    gate_price,
    labour_shares,
    output,
    share_for_premium,
    tied_pay,
)
from sim.words import FARMING, HIGH_TECH, INDUSTRY, LOCAL_SERVICES, MARINE, MARKET, NON_FARM, PUBLIC_SERVICE
from tests.rules import do, world

number = st.floats(0.1, 100)
share = st.floats(0.05, 0.95)
elasticity = st.floats(1.2, 4)


# ---- labour (P2, P8) ------------------------------------------------------------------------------------------


def test_labour_of_one_skill_is_weighed_by_its_share():
    # elasticity 2: rho = 1/2; (0.5 sqrt(4) + 0.5 sqrt(16))^2 = (1 + 2)^2 = 9
    assert composite_labour(16.0, 4.0, 0.5, 2.0) == pytest.approx(9.0)
    # nobody from college: (0.5 sqrt(16))^2 = 4
    assert composite_labour(16.0, 0.0, 0.5, 2.0) == pytest.approx(4.0)


def test_college_earns_its_part_of_the_nest():
    # 0.5 sqrt(4) = 1 against 0.5 sqrt(16) = 2: a third of the bill
    assert college_pay_share(16.0, 4.0, 0.5, 2.0) == pytest.approx(1 / 3)


def test_nobody_at_work_earns_nothing():
    assert college_pay_share(0.0, 0.0, 0.5, 2.0) == 0.0


def test_the_weight_that_yields_a_premium_of_two():
    # odds = 2 (4 / 16)^(1/2) = 1: weight one half; then a third of the bill on 4 units against two thirds on 16
    weight = share_for_premium(16.0, 4.0, 2.0, 2.0)
    assert weight == pytest.approx(0.5)
    assert (1 / 3 / 4) / (2 / 3 / 16) == pytest.approx(2.0)


@given(low=number, high=number, premium=st.floats(1.0, 3.0), sigma=elasticity)
@settings(max_examples=50, deadline=None)
def test_the_settled_weight_pays_college_the_premium_it_was_settled_on(low, high, premium, sigma):
    college = college_pay_share(low, high, share_for_premium(low, high, premium, sigma), sigma)
    assert (college / high) / ((1 - college) / low) == pytest.approx(premium, rel=1e-9)


@given(low=number, high=number, weight=share, sigma=elasticity, factor=st.floats(0.2, 5))
@settings(max_examples=50, deadline=None)
def test_twice_the_workers_are_twice_the_labour(low, high, weight, sigma, factor):
    once = composite_labour(low, high, weight, sigma)
    assert composite_labour(factor * low, factor * high, weight, sigma) == pytest.approx(factor * once, rel=1e-9)


@given(low=number, high=number)
@settings(max_examples=50, deadline=None)
def test_perfect_substitutes_add_up_and_earn_the_same(low, high):
    """sg -> infinity with equal weights: labour is the mean of the two, the premium is one (LC31)."""
    sigma = 1e9
    assert composite_labour(low, high, 0.5, sigma) == pytest.approx(0.5 * (low + high), rel=1e-6)
    college = college_pay_share(low, high, 0.5, sigma)
    assert (college / high) / ((1 - college) / low) == pytest.approx(1.0, rel=1e-6)


# ---- output (P1) ----------------------------------------------------------------------------------------------


def test_output_is_countable():
    # 2 x 1 x 4^(1/2) x 16^(1/4) x 81^(1/4) = 2 x 2 x 2 x 3
    assert output(2.0, 1.0, 4.0, 16.0, 81.0, 0.5, 0.25, 0.25) == pytest.approx(24.0)


shares_of_factors = st.tuples(share, share, share).map(lambda x: tuple(v / sum(x) for v in x))


@given(shares=shares_of_factors, factors=st.tuples(number, number, number), tax=st.floats(0, 0.5))
@settings(max_examples=50, deadline=None)
def test_taxes_and_factors_share_out_the_whole_of_value_added(shares, factors, tax):
    """Euler: with constant returns each factor's marginal product net of tax pays its share (LC15)."""
    al, be, ga = shares
    value = output(1.3, 1.1, *factors, al, be, ga)
    paid = tax * value
    for k, held in enumerate(factors):
        step = 1e-6 * held
        more, less = (output(1.3, 1.1, *(f + s * (i == k) for i, f in enumerate(factors)), al, be, ga)
                      for s in (step, -step))
        paid += (1 - tax) * (more - less) / (2 * step) * held
    assert paid == pytest.approx(value, rel=1e-6)


@given(low=number, high=number, weight=share, sigma=elasticity, tax=st.floats(0, 0.4))
@settings(max_examples=50, deadline=None)
def test_a_wage_is_the_marginal_product_net_of_tax(low, high, weight, sigma, tax):
    """w = (1 - t) dY/dH, numerically, for college labour inside the nest (LC15)."""
    def made(h):
        return output(1.0, 1.0, 5.0, composite_labour(low, h, weight, sigma), 2.0, 0.4, 0.5, 0.1)

    wage = (1 - tax) * 0.5 * made(high) * college_pay_share(low, high, weight, sigma) / high
    step = 1e-6 * high
    assert wage == pytest.approx((1 - tax) * (made(high + step) - made(high - step)) / (2 * step), rel=1e-5)


@given(z=st.floats(0, 0.2), al=st.floats(0.2, 0.5), ga=st.floats(0.02, 0.3))
@settings(max_examples=50, deadline=None)
def test_crowding_lowers_the_wage_of_a_place_as_long_as_land_weighs_more_than_agglomeration(z, al, ga):
    """With capital adjusted the wage moves with own employment by (z - ga) / (1 - al): no black hole while z < ga."""
    def wage(jobs):  # K = al Y / uc, so Y^(1 - al) = scale (al / uc)^al L^be T^ga, with uc = 0.2 and T = 3
        plain = output(1.0, jobs**z, al / 0.2, jobs, 3.0, al, 1 - al - ga, ga)
        return (1 - al - ga) * plain ** (1 / (1 - al)) / jobs

    elasticity_of_wage = (np.log(wage(10.1)) - np.log(wage(10.0))) / (np.log(10.1) - np.log(10.0))
    assert elasticity_of_wage == pytest.approx((z - ga) / (1 - al), abs=1e-9)


@given(saving=st.floats(0.2, 0.5), al=st.floats(0.2, 0.5), growth=st.floats(0.0, 0.03),
       depreciation=st.floats(0.04, 0.12))
@settings(max_examples=30, deadline=None)
def test_a_county_that_saves_a_constant_share_settles_where_solow_says(saving, al, growth, depreciation):
    """K/L -> (s A / (del + n))^(1/(1-al)); near it the log gap shrinks by 1 - (1-al)(del+n)/(1+n) a year (LC13)."""
    from sim.mechanisms.capital import accumulated

    productivity = 1.7
    steady = (saving * productivity / (depreciation + growth)) ** (1 / (1 - al))

    def after(per_head, years):
        capital, labour = per_head * 1.0, 1.0
        for _ in range(years):
            made = output(productivity, 1.0, capital, labour, 1.0, al, 1 - al, 0.0)
            capital, labour = accumulated(capital, depreciation, saving * made), labour * (1 + growth)
        return capital / labour

    assert after(0.3 * steady, 2000) == pytest.approx(steady, rel=1e-6)
    gap = 1e-5
    shrunk = np.log(after(steady * np.exp(gap), 1) / steady) / gap
    assert shrunk == pytest.approx(1 - (1 - al) * (depreciation + growth) / (1 + growth), abs=1e-4)


# ---- places (P3, P5) ------------------------------------------------------------------------------------------


def test_access_fades_with_travel_time():
    # halving every 10 minutes: 100 at home and 40 at 20 minutes, which count a quarter
    minutes = np.array([[0.0, 20.0], [20.0, 0.0]])
    assert agglomeration(np.array([100.0, 40.0]), minutes, np.log(2) / 10) == pytest.approx([110.0, 65.0])


def test_access_serves_all_years_at_once():
    minutes, jobs = np.array([[0.0, 20.0], [20.0, 0.0]]), np.array([[100.0, 40.0], [1.0, 2.0]])
    by_year = [agglomeration(j, minutes, 0.03) for j in jobs]
    assert agglomeration(jobs, np.stack([minutes, minutes]), 0.03) == pytest.approx(np.stack(by_year))


def test_a_faster_road_to_the_port_raises_the_price_at_the_gate():
    # 50 minutes saved at 0.002 a minute: e^0.1; no time saved: 1; a rate of zero: 1
    rate = np.array([0.002, 0.0])
    price = gate_price(np.array([[100.0], [80.0]]), np.array([[150.0], [80.0]]), rate, rate)
    assert price == pytest.approx(np.array([[np.exp(0.1), 1.0], [1.0, 1.0]]))


def test_cheaper_carriage_saves_on_the_whole_way():
    # the rate falls from .002 to .001 a minute over 100 minutes: e^.1; nothing changes where the way has no length
    price = gate_price(np.array([100.0, 0.0]), np.array([100.0, 0.0]), 0.001, 0.002)
    assert price == pytest.approx([np.exp(0.1), 1.0])


def test_carriage_is_time_by_the_day_and_freight_by_the_tonne_and_hour():
    # 1.44 % a day is .00001 a minute; 24 CNY an hour on 4,000 CNY a tonne is .006 an hour, .0001 a minute
    assert carriage(0.0144, 24.0, 4000.0) == pytest.approx(0.00011)
    # a day on the way takes 1.44 % of what is worth so much that freight is nothing
    assert 1440 * carriage(0.0144, 24.0, 1e15) == pytest.approx(0.0144)


def test_nothing_is_lost_on_a_way_that_costs_nothing():
    """Carriage 0: neither the way nor the lever that shortens it moves a price."""
    model = world(n=2, parameters={"time_cost_of_goods": (0.0,) * 5, "freight_rate": 0.0}, now={"ecommerce": 0.5})
    c = model.counties
    c.quantity[:, MARKET], c.minutes_goods[:], c.market_link[:] = 7.0, [100.0, 900.0], 1.0
    model.settled.minutes_goods_base[:], model.prices.market_price[:] = 500.0, 1.0
    do(production.sell, on=model)
    assert c.value_added[:, MARKET] == pytest.approx(7.0)


def test_vegetables_gain_more_than_chips_from_a_shorter_way():
    model = world(n=1, now={"ecommerce": 1.0})
    c = model.counties
    c.quantity[:, MARKET], c.minutes_goods[:], c.market_link[:] = 1.0, 400.0, 1.0
    model.settled.minutes_goods_base[:], model.prices.market_price[:] = 500.0, 1.0
    do(production.sell, on=model)
    gain = c.value_added[0, MARKET] - 1.0
    assert gain[FARMING] == pytest.approx(np.expm1(100 * (0.021 / 1440 + 24 / (60 * 4000))))
    assert gain[FARMING] > gain[INDUSTRY] > gain[HIGH_TECH] > 0.0 and gain[LOCAL_SERVICES] == 0.0
    assert c.goods_price[0] == pytest.approx(1.0 / (1.0 + gain[INDUSTRY]))  # what comes by it is cheaper


# ---- what is settled ------------------------------------------------------------------------------------------


def test_a_labour_share_is_the_wage_over_output_net_of_tax():
    # at mean output (1) the wage is the target .4: share .4 / .8 = .5; at four times the mean with half pass-through
    # the wage is .4 sqrt(4) = .8 and the share .8 / (.8 x 4) = .25
    assert labour_shares(0.4, np.array([1.0, 4.0]), 0.2, 0.5, 0.1, 0.8) == pytest.approx([0.5, 0.25])


def test_a_labour_share_stays_within_its_guards():
    assert labour_shares(0.4, np.array([1e-3, 1e6]), 0.0, 0.0, 0.1, 0.8) == pytest.approx([0.8, 0.1])


def test_full_pass_through_gives_every_county_the_same_share():
    assert labour_shares(0.4, np.array([0.2, 1.0, 7.0]), 0.0, 1.0, 0.1, 0.8) == pytest.approx([0.4, 0.4, 0.4])


def test_six_sectors_make_three_branches():
    # A 10, I 20, T 30, M 10 (half primary, half tertiary), H 8 (a quarter secondary), G 5; of T, 4 are construction
    made = branches(np.array([10.0, 20, 30, 10, 8, 5]), 4.0, (0.5, 0.0, 0.5), (0.0, 0.25, 0.75))
    assert made == pytest.approx([10 + 5, 20 + 2 + 4, 30 + 5 + 5 + 6 - 4])


@given(value=st.lists(number, min_size=6, max_size=6), building=st.floats(0, 20))
@settings(max_examples=50, deadline=None)
def test_branches_add_to_value_added(value, building):
    made = branches(np.array(value), building, (0.45, 0.25, 0.30), (0.0, 0.25, 0.75))
    assert sum(made) == pytest.approx(sum(value))


# ---- rules on two counties ------------------------------------------------------------------------------------


PAY = (production.share_out, production.pay_wages, production.serve_public)


def two_counties():
    """Factor shares, labour and value added of two counties, each without one sector; crews as they are settled."""
    model = world(n=2)
    counties, settled = model.counties, model.settled
    settled.share_labour[:] = [[0.3, 0.3, 0.5, 0.3, 0.3], [0.4, 0.6, 0.5, 0.3, 0.3]]
    settled.share_capital[:] = 0.75 * (1 - settled.share_labour)
    settled.share_land[:] = 0.25 * (1 - settled.share_labour)
    settled.college_weight[:] = 0.4
    counties.tax_rate[:] = [0.0, 0.2, 0.25, 0.1, 0.2, 0.0]
    counties.value_added[:, MARKET] = [[10, 20, 30, 0, 5], [40, 2, 8, 1, 0]]
    counties.labour[:] = 1.0 + np.arange(36.0).reshape(2, 6, 3)
    counties.labour[0, MARINE] = counties.labour[1, HIGH_TECH] = 0.0
    do(production.settle_crew, on=model)
    return model


def test_value_added_is_taxes_wages_capital_and_land():
    model = two_counties()
    do(*PAY, on=model)
    c = model.counties
    assert c.value_added == pytest.approx(c.factor_taxes + c.factor_wages + c.factor_capital + c.factor_land)
    # industry of the first county: 20 less tax 4 leaves 16, of which .3 wages
    assert c.factor_wages[0, INDUSTRY] == pytest.approx(16 * 0.3)


def test_wages_times_labour_are_the_wage_bill():
    model = two_counties()
    do(*PAY, on=model)
    c = model.counties
    bill = np.einsum("cse,cse->cs", c.wage, c.labour) / 1e6
    assert bill == pytest.approx(c.factor_wages)


def test_public_service_costs_what_its_staff_earns():
    model = two_counties()
    do(*PAY, on=model)
    c, p = model.counties, model.parameters
    mean = c.factor_wages[:, NON_FARM].sum(axis=1) / c.labour[:, NON_FARM].sum(axis=(1, 2))
    staff = c.labour[:, PUBLIC_SERVICE].sum(axis=1)
    everywhere = c.factor_wages[:, NON_FARM].sum() / c.labour[:, NON_FARM].sum()
    scale = mean ** (1 - p.common_public_pay) * everywhere**p.common_public_pay
    assert c.value_added[:, PUBLIC_SERVICE] == pytest.approx(p.public_wage_ratio * scale * staff)
    assert c.gdp == pytest.approx(c.value_added.sum(axis=1))


def test_public_pay_without_common_scales_is_the_countys_own():
    model = two_counties()
    model.parameters.common_public_pay = 0.0
    do(*PAY, on=model)
    c = model.counties
    mean = c.factor_wages[:, NON_FARM].sum(axis=1) / c.labour[:, NON_FARM].sum(axis=(1, 2))
    assert c.public_wage == pytest.approx(1e6 * model.parameters.public_wage_ratio * mean)


def test_public_service_in_volume_is_its_staff_at_the_pay_of_the_base_year():
    model = two_counties()
    model.settled.public_wage_base[:] = 2e5
    do(*PAY, on=model)
    staff = model.counties.labour[:, PUBLIC_SERVICE].sum(axis=1)
    assert model.counties.quantity[:, PUBLIC_SERVICE] == pytest.approx(0.2 * staff)


def test_pay_is_tied_to_the_province_by_its_part():
    # four times the pay of the base year, half common: half of it; no base year, no tie
    assert tied_pay(40.0, 10.0, 0.5) == pytest.approx(0.5)
    assert tied_pay(40.0, 0.0, 0.5) == 1.0


def alike(common):
    """Two counties that were alike in the base year; services of the first have grown fourfold since."""
    model = two_counties()
    model.parameters.common_pay, model.parameters.pay_wedge_limit = common, 1.0
    c = model.counties
    c.labour[:], c.tax_rate[:], c.value_added[:, MARKET] = 1.0, 0.0, 10.0
    model.settled.share_labour[:], model.settled.share_capital[:], model.settled.share_land[:] = 0.5, 0.4, 0.1
    do(production.share_out, production.settle_pay, on=model)
    c.value_added[0, LOCAL_SERVICES], c.value_added[0, FARMING] = 40.0, 40.0
    do(*PAY, on=model)
    return model


def test_common_pay_is_between_what_counties_make_and_leaves_the_wage_bill():
    """Half common: (20, 5) at the margin becomes (10, 5) times 25 / 15: ratio of pay 2 instead of 4, in all 25."""
    c = alike(0.5).counties
    wages = c.factor_wages[:, LOCAL_SERVICES]
    assert wages == pytest.approx([50 / 3, 25 / 3])
    assert c.pay_wedge[:, LOCAL_SERVICES] == pytest.approx([-10 / 3, 10 / 3])
    assert c.factor_capital[:, LOCAL_SERVICES] == pytest.approx([16 + 10 / 3, 4 - 10 / 3])
    assert c.factor_wages[:, FARMING] == pytest.approx([20.0, 5.0])  # a farm family lives on what its land yields


def test_pay_that_is_not_common_is_the_marginal_product():
    """eta = 0: the wages before."""
    c = alike(0.0).counties
    assert c.factor_wages[:, MARKET] == pytest.approx(0.5 * c.value_added[:, MARKET])
    assert not c.pay_wedge.any()


def test_owners_pay_no_more_than_they_have():
    model = alike(0.5)
    model.parameters.common_pay, model.parameters.pay_wedge_limit = 0.9, 0.5
    do(production.share_out, on=model)
    assert model.counties.pay_wedge[1, LOCAL_SERVICES] == pytest.approx(0.5 * 4.0)
    assert model.counties.factor_capital[1, LOCAL_SERVICES] == pytest.approx(2.0)


def test_demand_for_services_that_doubles_doubles_the_price_and_makes_no_more():
    """Quantity is made before it is sold: price and value double, the quantity of the year stands (LC16)."""
    model = two_counties()
    c = model.counties
    c.quantity[:, LOCAL_SERVICES], c.service_demand[:] = [30.0, 8.0], [33.0, 8.0]
    do(production.price_services, on=model)
    price, value, made = (
        x.copy() for x in (c.service_price, c.value_added[:, LOCAL_SERVICES], c.quantity[:, LOCAL_SERVICES]))
    assert price == pytest.approx([1.1, 1.0])
    c.service_demand *= 2
    do(production.price_services, on=model)
    assert c.service_price == pytest.approx(2 * price) and c.value_added[:, LOCAL_SERVICES] == pytest.approx(2 * value)
    assert np.array_equal(c.quantity[:, LOCAL_SERVICES], made)


def test_a_county_that_makes_no_services_sells_none():
    model = two_counties()
    c = model.counties
    c.quantity[:, LOCAL_SERVICES], c.service_demand[:] = [0.0, 8.0], [5.0, 8.0]
    do(production.price_services, on=model)
    assert c.value_added[0, LOCAL_SERVICES] == 0.0 and c.service_price[0] == 1.0


def test_the_six_sectors_of_the_base_year_make_the_published_branches():
    """What is carved out of a branch is in another sector: told by branch, output is as published (A.4)."""
    model = two_counties()
    c, published = model.counties, np.array([[50.0, 40.0, 90.0], [30.0, 1.0, 20.0]])
    model.observed.branch_value_added = published
    model.settled.investment_guess[:], c.public_wage[:] = [40.0, 4.0], 1e6
    do(production.settle_bridge, on=model)
    made = [branches(c.value_added[k], c.construction[k], model.parameters.marine_bridge,
                     model.parameters.hightech_bridge) for k in range(2)]
    assert np.array(made) == pytest.approx(published)
    assert np.all(c.value_added[0] >= 0) and c.construction == pytest.approx(c.construction.clip(0.0))


def test_no_sector_takes_more_of_a_branch_than_its_cap():
    """Public service would cost 1e6 a head: it gets three fifths of the tertiary branch; ports leave a tenth to farms.

    Of industry at least .3 of the secondary branch is left when marine and high technology would take more.
    """
    model = two_counties()
    c, p, published = model.counties, model.parameters, np.array([[50.0, 40.0, 90.0]] * 2)
    model.observed.branch_value_added = published
    p.marine_productivity, p.hightech_productivity, c.public_wage[:] = 1e6, 0.0, 1e12
    c.labour[:, MARINE] = 5.0
    do(production.settle_bridge, on=model)
    assert c.value_added[:, PUBLIC_SERVICE] == pytest.approx(0.6 * 90.0)
    # ports take .9 of 50 from farming, so 100 in all, 25 of them industry: less than .7 of 40 is left to be squeezed
    assert c.value_added[:, 0] == pytest.approx(50.0 - 0.45 * 100.0)
    published[:, 1] = 30.0  # of which marine would take 25 and leave 5, below .3 of 30: marine shrinks by 21 / 25
    do(production.settle_bridge, on=model)
    assert c.value_added[:, INDUSTRY] + c.construction == pytest.approx(9.0)


def test_output_that_productivity_was_settled_on_comes_out_again():
    model = two_counties()
    c, settled = model.counties, model.settled
    settled.sector_present[:] = c.value_added[:, MARKET] > 0
    c.capital[:], c.land_input[:], c.access[:], c.population[:] = 100.0, 50.0, 1.0, 10
    c.urban_access[:] = settled.urban_access_base[:] = 7.0
    before = c.value_added[:, MARKET].copy()
    do(production.settle_productivity, production.make, on=model)
    assert c.quantity[:, MARKET] == pytest.approx(before)


def test_nearness_to_jobs_serves_towns_and_not_fields():
    model = two_counties()
    c, settled, p = model.counties, model.settled, model.parameters
    c.productivity[:], c.capital[:], c.land_input[:], c.labour[:] = 1.0, 100.0, 50.0, 3.0
    settled.urban_access_base[:], c.urban_access[:] = 1.0, [1.0, 2.0]
    settled.share_labour[:], settled.share_capital[:], settled.share_land[:] = 0.5, 0.4, 0.1
    do(production.make, on=model)
    more = c.quantity[1, MARKET] / c.quantity[0, MARKET]
    z = p.agglomeration_elasticity
    assert more == pytest.approx([1.0, 2**z, 2**z, 2 ** (0.5 * z), 2**z])


def test_who_sells_twice_what_its_market_takes_sells_at_less():
    here = world(2, outlook={"national_growth": 0.0})
    here.settled.market_quantity_base[:] = 100.0
    here.outside.foreign_demand[...] = 1.0
    here.counties.quantity[:, :5] = 100.0  # two counties: twice the base year
    do(production.face_markets, on=here)
    elasticity = here.parameters.outside_price_elasticity
    price = here.prices.market_price
    assert price[LOCAL_SERVICES] == 1.0
    traded = np.arange(5) != LOCAL_SERVICES
    assert np.allclose(price[traded], 0.5 ** (1.0 / elasticity[traded]))


def test_a_market_that_grows_as_what_is_made_keeps_its_price():
    here = world(1, outlook={"national_growth": 0.5})
    here.settled.market_quantity_base[:] = 100.0
    here.outside.foreign_demand[...] = 1.0
    here.counties.quantity[:, :5] = 150.0
    do(production.face_markets, on=here)
    assert np.allclose(here.prices.market_price, 1.0)
