"""Shapley shares: countable by hand, adding to the whole, fair to equals."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.indicators.shapley import Coalition, along_orders, coalitions, marginal, sampling_error, shapley

PARTS = ("a", "b", "c")
ALL_ORDERS = list(itertools.permutations(PARTS))
QUICK = settings(max_examples=50, deadline=None)


def subsets():
    return [Coalition(s) for k in range(4) for s in itertools.combinations(PARTS, k)]


def glove(coalition):
    """A left glove (a) and two right gloves (b, c): a pair is worth 1."""
    return float("a" in coalition and len(coalition) > 1)


def test_orders_pass_through_their_beginnings():
    assert coalitions([("a", "b")]) == {Coalition(), Coalition("a"), Coalition("ab")}
    assert coalitions(ALL_ORDERS) == set(subsets())


def test_what_a_part_adds_depends_on_what_came_before():
    values = {s: glove(s) for s in subsets()}
    assert marginal(values, ("b", "a", "c")) == {"b": 0.0, "a": 1.0, "c": 0.0}
    assert marginal(values, ("a", "b", "c")) == {"a": 0.0, "b": 1.0, "c": 0.0}


def test_the_rare_glove_takes_two_thirds():
    shares = shapley({s: glove(s) for s in subsets()}, ALL_ORDERS)
    assert shares == pytest.approx({"a": 2 / 3, "b": 1 / 6, "c": 1 / 6})


numbers = st.lists(st.floats(-100, 100), min_size=8, max_size=8)


@QUICK
@given(numbers=numbers)
def test_shares_add_to_the_whole_in_any_set_of_orders(numbers):
    values = dict(zip(subsets(), numbers, strict=True))
    whole = values[Coalition(PARTS)] - values[Coalition()]
    for orders in (ALL_ORDERS, ALL_ORDERS[:1], ALL_ORDERS[2:5]):
        assert sum(shapley(values, orders).values()) == pytest.approx(whole, abs=1e-9)


@QUICK
@given(worth=st.lists(st.floats(-10, 10), min_size=3, max_size=3))
def test_parts_that_only_add_get_what_they_add_without_error(worth):
    alone = dict(zip(PARTS, worth, strict=True))
    values = {s: sum(alone[p] for p in sorted(s)) for s in subsets()}
    assert shapley(values, ALL_ORDERS[:2]) == pytest.approx(alone, abs=1e-9)
    assert sampling_error(values, ALL_ORDERS[:2]) == pytest.approx(dict.fromkeys(PARTS, 0.0), abs=1e-9)


def test_values_may_be_arrays_and_reversed_pairs_count_once():
    values = {s: np.array([glove(s), 2 * glove(s)]) for s in subsets()}
    orders = [("a", "b", "c"), ("c", "b", "a"), ("b", "a", "c"), ("c", "a", "b")]
    assert shapley(values, orders)["a"] == pytest.approx([0.75, 1.5])
    # pair one: a adds 0 and 1, pair two: 1 and 1; means .5 and 1, standard error .25
    assert sampling_error(values, orders)["a"] == pytest.approx([0.25, 0.5])


def test_along_orders_each_pair_has_orders_of_its_own():
    # two pairs, an order and its reverse; three parts; v counts 1, 2, 4, and the first two add 10 only together
    def value(inside):
        return sum(2.0**part for part in inside) + 10.0 * ({0, 1} <= set(inside))

    orders = {0: [(0, 1, 2), (2, 1, 0)], 1: [(1, 2, 0), (0, 2, 1)]}
    comes = np.array([[[orders[pair][order][step] for pair in (0, 1)] for step in range(3)] for order in (0, 1)])
    values = np.array([[[value(orders[pair][order][:place]) for pair in (0, 1)] for place in range(4)]
                       for order in (0, 1)])
    found = along_orders(values, comes)
    assert found[:, 0] == pytest.approx([6, 7, 4]) and found[:, 1] == pytest.approx([6, 7, 4])
    assert found.sum(axis=0) == pytest.approx(values[0, -1] - values[0, 0])
    years = along_orders(np.stack([values, 2 * values], axis=-1), comes)
    assert years.shape == (3, 2, 2) and years[..., 1] == pytest.approx(2 * found)
