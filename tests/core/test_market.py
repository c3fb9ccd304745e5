"""One price, what is bought is what is sold, and payments add to zero."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.core.market import clear_market

amounts = st.lists(st.floats(0.0, 1e4), min_size=1, max_size=8).map(np.array)
values = st.floats(1e-3, 1e3)


class Outcome:
    """What a market has done: the price, and by trader what is bought and sold, had beyond what one had, and paid."""

    def __init__(self, price, bought, sold):
        self.price, self.bought, self.sold = price, bought, sold
        self.net, self.amount = bought - sold, float(bought.sum())
        self.paid = price * self.net


def cleared(supply, demand, supply_cap=None, demand_cap=None, floor=0.0, ceiling=math.inf, guess=1.0):
    """A market of sides that are amounts, or functions of the price that give them by trader, within caps."""
    def side(amounts, cap):
        def of(price, trader, _):
            amount = (amounts(price) if callable(amounts) else amounts)[trader]
            return amount if cap is None else min(amount, cap[trader])
        return of

    traders = (supply(guess) if callable(supply) else supply).size
    return Outcome(*clear_market(side(supply, supply_cap), side(demand, demand_cap), None, traders, floor, ceiling,
                                 guess))


def rising(potential, cost, elasticity=1.0):
    return lambda price: potential * (price / cost) ** elasticity


def falling(size, value, elasticity=1.5):
    return lambda price: size * (value / price) ** elasticity


def test_a_straight_supply_meets_a_fixed_demand_where_one_can_count_it():
    market = cleared(rising(np.array([10.0, 30.0]), 5.0), np.array([20.0, 0.0]))
    assert market.price == pytest.approx(2.5, rel=1e-12)
    assert market.bought == pytest.approx([20.0, 0.0]) and market.sold == pytest.approx([5.0, 15.0])
    assert market.paid == pytest.approx([37.5, -37.5])


def test_the_quota_price_without_caps_has_a_closed_form():
    size, value, quota = np.array([3.0, 5.0, 1.0]), np.array([2.0, 0.5, 7.0]), np.array([4.0, 4.0, 2.0])
    market = cleared(quota, falling(size, value))
    assert market.price == pytest.approx(((size * value**1.5).sum() / quota.sum()) ** (1 / 1.5), rel=1e-11)


def test_nobody_sells_what_it_wants_itself():
    """Quota in proportion to size times value^1.5: everyone buys back what it has offered."""
    size, value = np.array([3.0, 5.0, 1.0]), np.array([2.0, 0.5, 7.0])
    market = cleared(0.3 * size * value**1.5, falling(size, value))
    assert market.net == pytest.approx([0.0, 0.0, 0.0], abs=1e-9)


def test_no_supply_or_no_demand_is_no_trade():
    for supply, demand in ((np.zeros(2), np.ones(2)), (np.ones(2), np.zeros(2)), (np.zeros(2), np.zeros(2))):
        market = cleared(supply, demand, ceiling=9.0)
        assert market.price == 0.0 and market.amount == 0.0 and not market.paid.any()


def test_at_the_floor_sellers_share_what_is_wanted():
    market = cleared(np.array([6.0, 2.0]), np.array([3.0, 1.0]), floor=50.0)
    assert market.price == 50.0
    assert market.sold == pytest.approx([3.0, 1.0]) and market.bought == pytest.approx([3.0, 1.0])


def test_at_the_ceiling_buyers_share_what_is_offered():
    market = cleared(np.array([2.0, 0.0]), np.array([3.0, 1.0]), ceiling=50.0)
    assert market.price == 50.0 and market.bought == pytest.approx([1.5, 0.5])


def test_a_cap_on_a_buyer_leaves_more_to_the_others():
    size, value, quota = np.ones(2), np.ones(2), np.array([4.0, 4.0])
    market = cleared(quota, falling(size, value, 1.0), demand_cap=np.array([1.0, np.inf]))
    assert market.bought == pytest.approx([1.0, 7.0]) and market.price == pytest.approx(1.0 / 7.0)


def test_a_cap_on_a_seller_raises_the_price():
    free = cleared(rising(np.ones(2), 1.0), np.array([4.0, 0.0]))
    capped = cleared(rising(np.ones(2), 1.0), np.array([4.0, 0.0]), supply_cap=np.array([1.0, np.inf]))
    assert capped.price == pytest.approx(3.0) and capped.price > free.price == pytest.approx(2.0)


def test_on_a_step_all_who_gain_trade():
    """A seller from price 3 on, a seller at any price, a buyer of 4 at most up to price 3.5 and of 1 beyond."""
    market = cleared(lambda p: np.array([5.0 * (p >= 3.0), 0.5, 0.0]),
                          lambda p: np.array([0.0, 0.0, 4.0 if p <= 3.5 else 1.0]))
    assert market.price == pytest.approx(3.0) and market.amount == pytest.approx(4.0)
    scarce = cleared(np.array([2.0, 0.0]), lambda p: np.array([0.0, 4.0 if p <= 3.5 else 1.0]))
    assert scarce.price == pytest.approx(3.5) and scarce.bought == pytest.approx([0.0, 2.0])


def test_more_wanted_than_offered_at_any_price_asks_for_a_ceiling():
    with pytest.raises(ArithmeticError, match="give a ceiling"):
        cleared(np.array([1.0]), np.array([2.0]))


def test_more_offered_than_wanted_at_any_price_costs_next_to_nothing():
    market = cleared(np.array([2.0]), np.array([1.0]))
    assert market.price < 1e-50 and market.amount == pytest.approx(1.0)


@settings(max_examples=50, deadline=None)
@given(amounts, values, values, st.floats(0.3, 3.0), st.floats(0.3, 3.0), st.floats(0.01, 100.0), st.data())
def test_amounts_agree_payments_cancel_caps_hold(size, value, cost, rise, fall, guess, data):
    cap = np.array(data.draw(st.lists(st.floats(0.0, 1e4), min_size=size.size, max_size=size.size)))
    floor = data.draw(st.sampled_from([0.0, 0.5, 20.0]))
    market = cleared(rising(size, cost, rise), falling(size[::-1], value, fall), supply_cap=cap,
                          demand_cap=2 * cap, floor=floor, ceiling=1e6, guess=guess)
    assert math.isclose(market.bought.sum(), market.sold.sum(), rel_tol=1e-12, abs_tol=1e-12)
    assert abs(market.paid.sum()) <= 1e-9 * max(1.0, np.abs(market.paid).sum())
    assert np.all(market.sold <= cap * (1 + 1e-12)) and np.all(market.bought <= 2 * cap * (1 + 1e-12))
    assert np.all(market.sold >= 0.0) and np.all(market.bought >= 0.0)
    assert market.amount == 0.0 or floor <= market.price <= 1e6


@settings(max_examples=50, deadline=None)
@given(st.lists(st.floats(0.1, 100.0), min_size=2, max_size=8).map(np.array), values, st.floats(0.5, 2.5))
def test_more_on_offer_lowers_the_price_and_the_order_of_traders_does_not_matter(size, value, elasticity):
    supply = size[::-1].copy()
    market = cleared(supply, falling(size, value, elasticity))
    more = cleared(2.0 * supply, falling(size, value, elasticity))
    turned = cleared(supply[::-1], falling(size[::-1], value, elasticity))
    assert more.price < market.price
    assert turned.price == pytest.approx(market.price, rel=1e-10)
    assert turned.bought[::-1] == pytest.approx(market.bought)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.floats(0.1, 100.0), min_size=2, max_size=8).map(np.array),
       st.lists(st.floats(0.1, 100.0), min_size=2, max_size=8).map(np.array), st.floats(0.3, 3.0))
def test_a_pool_clears_between_the_prices_of_those_who_stand_alone(potential, need, elasticity):
    n = min(potential.size, need.size)
    potential, need = potential[:n], need[:n]
    alone = [cleared(rising(potential[[k]], 5.0, elasticity), need[[k]]).price for k in range(n)]
    pooled = cleared(rising(potential, 5.0, elasticity), need)
    assert min(alone) * (1 - 1e-9) <= pooled.price <= max(alone) * (1 + 1e-9)
