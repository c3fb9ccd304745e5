"""The distribution of incomes over persons: a few persons in bins, counted by eye."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.indicators import inequality
from sim.indicators import persons as ind
from sim.indicators.persons import BINS, lower_edges


def binned(incomes):
    """Counts and sums of whole incomes."""
    place = np.searchsorted(lower_edges(), incomes, side="right") - 1
    counts, sums = np.zeros(BINS, dtype=np.int64), np.zeros(BINS, dtype=np.int64)
    np.add.at(counts, place, 1)
    np.add.at(sums, place, incomes)
    return counts, sums


def test_edges_are_every_whole_number_first_and_32_a_doubling_after():
    edges = lower_edges()
    assert edges[:66].tolist() == [*range(64), 64, 66]
    assert edges[64 + 32] == 128 and edges[64 + 33] == 132
    assert np.all(np.diff(edges) > 0)
    assert np.all(np.diff(edges[64:]) / edges[64:-1] <= 1 / 32)


def test_the_poorest_fifth_of_five_is_the_poorest():
    counts, sums = binned(np.array([10, 20, 30, 40, 50]))
    assert ind.poorest_mean(counts, sums, 0.2) == pytest.approx(10)
    assert ind.poorest_mean(counts, sums, 0.3) == pytest.approx((10 + 0.5 * 20) / 1.5)
    assert ind.poorest_mean(counts, sums, 1.0) == pytest.approx(30)


def test_half_of_all_reach_the_median():
    counts, _ = binned(np.array([10, 20, 30, 40]))
    assert ind.median(counts) == pytest.approx(21)  # the second is whole: the end of its bin of one
    counts, _ = binned(np.full(4, 6400))
    assert 6400 <= ind.median(counts) <= 6400 * (1 + 1 / 32)


def test_one_of_n_who_owns_all_makes_a_gini_of_n_minus_one_over_n():
    counts, sums = binned(np.array([0, 0, 0, 1000]))
    assert ind.gini(counts, sums) == pytest.approx(0.75)


def test_two_equal_halves_make_a_gini_of_half_their_distance():
    counts, sums = binned(np.array([800, 800, 1200, 1200]))  # 1000 (1 - h), 1000 (1 + h), h = .2
    assert ind.gini(counts, sums) == pytest.approx(0.1)


def test_nobody_has_no_distribution():
    nothing = np.zeros((2, BINS))
    assert np.isnan(ind.poorest_mean(nothing, nothing, 0.2)).all()
    assert np.isnan(ind.median(nothing)).all() and np.isnan(ind.gini(nothing, nothing)).all()


@given(st.lists(st.integers(1, 10**6), min_size=2, max_size=60))
@settings(max_examples=50, deadline=None)
def test_the_gini_of_bins_is_that_of_persons_to_the_width_of_a_bin(incomes):
    incomes = np.array(incomes)
    counts, sums = binned(incomes)
    exact = inequality.gini(incomes.astype(float))
    assert exact - 1 / 32 <= ind.gini(counts, sums) <= exact + 1e-9
    assert abs(ind.gini(counts, sums) - exact) < 5e-3


@given(st.lists(st.integers(1, 10**6), min_size=5, max_size=60), st.floats(0.05, 0.95))
@settings(max_examples=50, deadline=None)
def test_the_poorest_have_no_more_than_the_mean(incomes, share):
    counts, sums = binned(np.array(incomes))
    assert ind.poorest_mean(counts, sums, share) <= np.mean(incomes) * (1 + 1e-9)
