"""Counts drawn by the inverse of their distribution function."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import poisson

from sim.core.distributions import poisson_quantile

LEAST, MOST = 0.5 * 2.0**-32, 1.0 - 0.5 * 2.0**-32  # the ends of what a word of luck can say


def test_a_count_is_the_first_whose_chances_add_to_the_luck():
    """Mean 1: chances of none, one and two are .368, .368 and .184; they add to .368, .736 and .920."""
    luck = np.array([0.36, 0.37, 0.73, 0.74, 0.91, 0.93])
    assert poisson_quantile(luck, 1.0).tolist() == [0, 1, 1, 2, 2, 3]


def test_nothing_comes_where_nothing_is_expected():
    assert poisson_quantile(np.array([LEAST, 0.5, MOST]), 0.0).tolist() == [0, 0, 0]


@settings(max_examples=50, deadline=None)
@given(st.floats(1e-6, 5e4), st.lists(st.integers(0, 2**32 - 1), min_size=1, max_size=20))
def test_counts_are_the_quantiles_of_the_distribution_for_small_and_for_large_means(mean, words):
    """Where two counts are as good to twelve digits, rounding may decide."""
    luck = (np.array(words) + 0.5) * 2.0**-32
    count = poisson_quantile(luck, mean)
    assert np.all(poisson.cdf(count, mean) >= luck - 1e-12) and np.all(poisson.cdf(count - 1, mean) < luck + 1e-12)


def test_the_ends_of_luck_give_the_ends_of_the_distribution():
    for mean in (0.01, 7.0, 3000.0):
        found = poisson_quantile(np.array([LEAST, MOST]), np.full(2, mean))
        assert found.tolist() == poisson.ppf([LEAST, MOST], mean).astype(int).tolist()
