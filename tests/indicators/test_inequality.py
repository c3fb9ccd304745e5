"""Indices of inequality on numbers one can count by eye, and the properties they must have."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from sim.indicators import inequality as iq

INDICES = {
    "theil_t": iq.theil_t,
    "theil_l": iq.theil_l,
    "variation": iq.variation,
    "gini": iq.gini,
    "atkinson_half": lambda x, w=None, m=None: iq.atkinson(x, 0.5, w, m),
    "atkinson_one": lambda x, w=None, m=None: iq.atkinson(x, 1.0, w, m),
    "atkinson_two": lambda x, w=None, m=None: iq.atkinson(x, 2.0, w, m),
}
incomes = arrays(float, st.integers(2, 12), elements=st.floats(1, 1e5))
quick = settings(max_examples=50, deadline=None)


@pytest.mark.parametrize("name", INDICES)
def test_equal_counties_have_no_inequality(name):
    """LC1: all units equal."""
    assert INDICES[name](np.full(18, 7.0)) == pytest.approx(0, abs=1e-12)
    assert INDICES[name](np.full(18, 7.0), np.arange(1.0, 19)) == pytest.approx(0, abs=1e-12)


def test_one_county_that_owns_all_gives_the_largest_values():
    """LC2: one of n = 4 owns all: T = ln n, Gini = (n - 1)/n, CV = sqrt(n - 1)."""
    x = np.array([0, 0, 0, 8.0])
    assert iq.theil_t(x) == pytest.approx(np.log(4))
    assert iq.gini(x) == pytest.approx(3 / 4)
    assert iq.variation(x) == pytest.approx(np.sqrt(3))
    assert iq.theil_l(x) == np.inf


def test_two_halves_at_one_plus_and_minus_h_give_the_closed_forms():
    """LC3: T = .5 [(1+h) ln(1+h) + (1-h) ln(1-h)], Gini = h/2, CV = h, Atkinson(2) = h^2."""
    h = 0.4
    x = 10 * np.array([1 + h, 1 + h, 1 - h, 1 - h])
    assert iq.theil_t(x) == pytest.approx(0.5 * ((1 + h) * np.log(1 + h) + (1 - h) * np.log(1 - h)))
    assert iq.gini(x) == pytest.approx(h / 2)
    assert iq.variation(x) == pytest.approx(h)
    assert iq.atkinson(x, 2.0) == pytest.approx(h**2)


def test_weights_count_people_not_counties():
    # 300 people with 10, 100 people with 30: mean 15; CV = sqrt(.75 * 25 + .25 * 225) / 15 = sqrt(75) / 15
    x, people = np.array([10.0, 30.0]), np.array([300.0, 100.0])
    assert iq.mean(x, people) == pytest.approx(15)
    assert iq.williamson(x, people) == pytest.approx(np.sqrt(75) / 15)
    assert iq.variation(x) == pytest.approx(0.5)
    assert iq.gini(x, people) == pytest.approx(0.75 * 0.25 * 20 / 15)


def test_a_theil_index_splits_into_two_groups_by_hand():
    # coast 20, 20; inland 5, 15: means 20 and 10, province 15; all counties alike
    x, coast = np.array([20.0, 20, 5, 15]), np.array([True, True, False, False])
    between = 2 / 3 * np.log(4 / 3) + 1 / 3 * np.log(2 / 3)
    within_inland = 0.5 * (0.5 * np.log(0.5) + 1.5 * np.log(1.5))
    split = iq.theil_t_by_group(x, coast)
    assert split.between == pytest.approx(between)
    assert split.within == pytest.approx(1 / 3 * within_inland)
    assert split.total == pytest.approx(iq.theil_t(x))


def test_extremes_and_ranks_can_be_counted():
    x = np.array([1.0, 2, 3, 4, 5, 20])
    assert iq.max_over_min(x) == 20
    assert iq.top_over_bottom(x) == pytest.approx(29 / 6)
    assert iq.top_over_bottom(x, number=1) == 20
    assert iq.p90_over_p10(np.arange(1.0, 12)) == pytest.approx(10 / 2)
    assert iq.absolute_gap(x) == 19
    assert iq.sigma(np.array([1.0, np.e**2])) == pytest.approx(1)
    assert iq.rank_mobility(x, x * 3) == pytest.approx(1)
    assert iq.rank_mobility(x, -x) == pytest.approx(-1)
    assert iq.rank_mobility(np.array([1.0, 2, 3]), np.array([1.0, 3, 2])) == pytest.approx(1 / 3)


def test_people_below_three_quarters_of_the_mean_are_counted():
    x, people = np.array([10.0, 20, 30]), np.array([100.0, 100, 200])  # mean 22.5, line 16.9
    assert iq.share_below(x, people) == pytest.approx(0.25)


def test_landlocked_over_coast_is_a_ratio_of_means():
    x, people = np.array([10.0, 20, 40]), np.array([1.0, 1, 3])
    assert iq.group_ratio(x, np.array([True, True, False]), people) == pytest.approx(15 / 40)


def test_catching_up_with_a_known_speed_is_found_again():
    speed, years = 0.03, 10
    start = np.array([1.0, 2, 4, 8])
    final = np.exp(0.5 + np.exp(-speed * years) * np.log(start))
    fit = iq.beta_convergence(start, final, years)
    assert fit.speed == pytest.approx(speed)
    assert fit.half_life == pytest.approx(np.log(2) / speed)
    assert fit.slope < 0


def test_diverging_counties_have_no_half_life():
    fit = iq.beta_convergence(np.array([1.0, 2]), np.array([1.0, 8]), 10)
    assert fit.slope > 0 and np.isnan(fit.half_life)


def test_neighbours_alike_have_a_positive_moran_index():
    line = np.abs(np.subtract.outer(np.arange(4), np.arange(4))) == 1
    assert iq.moran(np.array([1.0, 1, 5, 5]), line) > 0
    assert iq.moran(np.array([1.0, 5, 1, 5]), line) == pytest.approx(-1)


def test_a_rise_of_relative_output_is_output_share_less_people_share():
    # county 1 keeps a third of output while its people fall from a half to a quarter: relative level doubles
    change, output, people = iq.growth_split([1.0, 2], [5.0, 5], [2.0, 4], [2.0, 6])
    assert output[0] == pytest.approx(0)
    assert people[0] == pytest.approx(np.log(1 / 2))
    assert change[0] == pytest.approx(np.log(2))


@pytest.mark.parametrize("function", [*INDICES.values(), iq.max_over_min, iq.top_over_bottom,
                                      iq.p90_over_p10, iq.sigma])
def test_a_county_without_a_value_leaves_no_index(function):
    assert np.isnan(function(np.array([1.0, np.nan, 2, 3])))


def test_units_outside_the_mask_do_not_matter():
    x, people = np.array([10.0, np.nan, 30]), np.array([300.0, np.nan, 100])
    members = np.array([True, False, True])
    assert iq.williamson(x, people, members) == pytest.approx(np.sqrt(75) / 15)
    assert iq.theil_t_by_group(x, np.array([1, 1, 0]), people, members).within == pytest.approx(0)


@pytest.mark.parametrize("name", INDICES)
def test_leading_axes_are_years_and_runs(name):
    x = np.random.default_rng(1).uniform(1, 9, (2, 3, 5))
    people = np.arange(1.0, 6)
    together = INDICES[name](x, people)
    assert together.shape == (2, 3)
    assert together[1, 2] == pytest.approx(INDICES[name](x[1, 2], people))


@pytest.mark.parametrize("name", INDICES)
@quick
@given(x=incomes, factor=st.floats(0.01, 100))
def test_the_unit_of_money_does_not_matter(name, x, factor):
    """LC4: scaling."""
    assert INDICES[name](x * factor) == pytest.approx(INDICES[name](x), abs=1e-9)


@pytest.mark.parametrize("name", INDICES)
@quick
@given(x=incomes)
def test_every_county_twice_is_the_same_inequality(name, x):
    """LC4: replication."""
    assert INDICES[name](np.repeat(x, 2)) == pytest.approx(INDICES[name](x), abs=1e-9)
    assert INDICES[name](x, np.full(len(x), 2.0)) == pytest.approx(INDICES[name](x), abs=1e-9)


@pytest.mark.parametrize("name", INDICES)
@quick
@given(x=incomes, part=st.floats(0.01, 0.5))
def test_a_transfer_from_rich_to_poor_lowers_inequality(name, x, part):
    rich, poor = np.argmax(x), np.argmin(x)
    given_away = part * (x[rich] - x[poor])
    after = x.copy()
    after[rich] -= given_away
    after[poor] += given_away
    assert INDICES[name](after) <= INDICES[name](x) + 1e-9


@pytest.mark.parametrize("split", [iq.theil_t_by_group, iq.theil_l_by_group])
@quick
@given(x=arrays(float, 9, elements=st.floats(1, 1e5)), people=arrays(float, 9, elements=st.floats(1, 1e6)),
       groups=arrays(int, 9, elements=st.integers(0, 3)))
def test_between_and_within_add_up_exactly(split, x, people, groups):
    parts = split(x, groups, people)
    assert abs(parts.total - (parts.between + parts.within)) < 1e-12
    assert parts.between > -1e-12 and parts.within > -1e-12


@quick
@given(x=arrays(float, 6, elements=st.floats(1, 1e5)), order=st.permutations(range(6)))
def test_the_order_of_counties_does_not_matter(x, order):
    for index in INDICES.values():
        assert index(x[list(order)]) == pytest.approx(index(x), abs=1e-12)


# ---- who is below, who is served, and what one county makes -----------------------------------------------------


def test_the_poorest_fifth_takes_a_part_of_the_county_on_its_border():
    # persons 1, 2, 7; the poorest 20 % are the first county and half of the second: (1 x 10 + 1 x 20) / 2 = 15
    # the mean is (10 + 40 + 210) / 10 = 26
    assert iq.poorest_over_mean([10.0, 20.0, 30.0], [1, 2, 7], 0.2) == pytest.approx(15 / 26)
    assert iq.poorest_over_mean([30.0, 20.0, 10.0], [7, 2, 1], 0.2) == pytest.approx(15 / 26)


def test_ranks_are_compared_not_sizes():
    assert iq.rank_correlation([1.0, 2.0, 90.0], [3.0, 4.0, 5.0]) == pytest.approx(1.0)
    assert iq.rank_correlation([3.0, 2.0, 1.0], [1.0, 2.0, 9.0]) == pytest.approx(-1.0)
    # ranks 0 1 2 3 against 1 0 3 2: differences of one each, 1 - 6 x 4 / (4 x 15) = .6
    assert iq.rank_correlation([1.0, 2.0, 3.0, 4.0], [2.0, 1.0, 4.0, 3.0]) == pytest.approx(0.6)
    assert np.isnan(iq.rank_correlation([1.0, np.nan, 3.0], [1.0, 2.0, 3.0]))


def test_who_has_more_services_is_told_by_a_ratio_on_either_side_of_one():
    income, people = [5.0, 1.0, 9.0], [1.0, 2.0, 4.0]
    assert iq.poor_over_rich([7.0, 6.0, 3.0], income, people) == pytest.approx(2.0)
    assert iq.poor_over_rich([7.0, 3.0, 6.0], income, people) == pytest.approx(0.5)
    # two of four counties on each side, by persons: (1 x 2 + 3 x 6) / 4 over (1 x 4 + 1 x 6) / 2
    assert iq.poor_over_rich([2.0, 6.0, 4.0, 6.0], [1.0, 2.0, 3.0, 4.0], [1.0, 3.0, 1.0, 1.0],
                                     0.5) == pytest.approx(1.0)


def test_a_gap_that_one_county_makes_is_gone_without_it():
    def theil(x, w, m, g):
        return iq.theil_t(x, w, m)

    alike, people = np.array([2.0, 2.0, 2.0, 40.0]), np.array([3.0, 5.0, 1.0, 1.0])
    assert iq.theil_t(alike, people) > 0.5
    assert iq.least_without_one(theil, alike, people) == pytest.approx(0.0, abs=1e-12)
    inside = np.array([True, True, False, True])
    assert iq.least_without_one(theil, [1.0, 1.0, 99.0, 5.0], people, inside) == pytest.approx(0.0, abs=1e-12)
    # nobody makes it alone: what is left of two equal steps is a step
    assert iq.least_without_one(theil, [1.0, 2.0, 4.0], np.ones(3)) > 0.05
