"""Production: nested labour, output, agglomeration, gate prices, settled shares, the price of services, factor pay."""

from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.agents.county import Counties
from sim.mechanisms import production
from sim.mechanisms.production import (
    agglomeration,
    branches,
    college_pay_share,
    composite_labour,
    gate_price,
    labour_shares,
    output,
    share_for_premium,
)
from sim.names import parameter_cards

SIZES = {"county": 2, "zone": 2, "sector": 6, "branch": 3, "skill": 3, "service": 4, "age": 18, "destination": 3}
T = 2
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


# ---- verbs on two counties ------------------------------------------------------------------------------------


def small_model():
    counties = Counties(SIZES)
    base = SimpleNamespace()
    base.be = np.array([[0.3, 0.3, 0.5, 0.3, 0.3], [0.4, 0.6, 0.5, 0.3, 0.3]])
    base.al, base.ga = 0.75 * (1 - base.be), 0.25 * (1 - base.be)
    counties.tax_rate[:] = np.tile([0.0, 0.2, 0.25, 0.1, 0.2, 0.0], (2, 1))
    base.skill_weight = np.full((2, 5), 0.4)
    counties.value_added[:, :5] = [[10, 20, 30, 0, 5], [40, 2, 8, 1, 0]]
    counties.labour[:] = 1.0 + np.arange(36.0).reshape(2, 6, 3)
    counties.labour[0, 3] = counties.labour[1, 4] = 0.0
    parameters = SimpleNamespace(**{name: card.default for name, card in parameter_cards().items()})
    model = SimpleNamespace(counties=counties, base=base, parameters=parameters)
    base.least_crew = production.least_crew(model)
    return model


def test_value_added_is_taxes_wages_capital_and_land():
    model = small_model()
    production.pay_factors(model)
    c = model.counties
    assert c.value_added == pytest.approx(c.factor_taxes + c.factor_wages + c.factor_capital + c.factor_land)
    # industry of the first county: 20 less tax 4 leaves 16, of which .3 wages
    assert c.factor_wages[0, 1] == pytest.approx(16 * 0.3)


def test_wages_times_labour_are_the_wage_bill():
    model = small_model()
    production.pay_factors(model)
    c = model.counties
    bill = np.einsum("cse,cse->cs", c.wage, c.labour) / 1e6
    assert bill == pytest.approx(c.factor_wages)


def test_public_service_costs_what_its_staff_earns():
    model = small_model()
    production.pay_factors(model)
    c, p = model.counties, model.parameters
    market = slice(1, 5)
    mean = c.factor_wages[:, market].sum(axis=1) / c.labour[:, market].sum(axis=(1, 2))
    assert c.value_added[:, 5] == pytest.approx(p.public_wage_ratio * mean * c.labour[:, 5].sum(axis=1))
    assert c.gdp == pytest.approx(c.value_added.sum(axis=1))


def test_demand_for_services_that_doubles_doubles_the_price_and_makes_no_more():
    """Quantity is made before it is sold: price and value double, the quantity of the year stands (LC16)."""
    model = small_model()
    c = model.counties
    c.quantity[:, T], c.service_demand[:] = [30.0, 8.0], [33.0, 8.0]
    production.price_services(model)
    price, value, made = c.service_price.copy(), c.value_added[:, T].copy(), c.quantity[:, T].copy()
    assert price == pytest.approx([1.1, 1.0])
    c.service_demand *= 2
    production.price_services(model)
    assert c.service_price == pytest.approx(2 * price) and c.value_added[:, T] == pytest.approx(2 * value)
    assert np.array_equal(c.quantity[:, T], made)


def test_a_county_that_makes_no_services_sells_none():
    model = small_model()
    c = model.counties
    c.quantity[:, T], c.service_demand[:] = [0.0, 8.0], [5.0, 8.0]
    production.price_services(model)
    assert c.value_added[0, T] == 0.0 and c.service_price[0] == 1.0
