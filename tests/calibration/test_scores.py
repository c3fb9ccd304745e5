"""Scores on ensembles of two and three members, what luck would do, and the words numbers earn."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from calibration import scores


def normal(*shape, key=1):
    return np.random.Generator(np.random.Philox(key=key)).standard_normal(shape)


def test_one_member_is_scored_by_its_absolute_error():
    """LC29."""
    assert scores.crps(np.array([[3.0]]), np.array([5.0])) == pytest.approx([2.0])


def test_a_perfect_forecast_scores_zero():
    """LC29."""
    assert scores.crps(np.array([[5.0], [5.0], [5.0]]), np.array([5.0])) == pytest.approx([0.0])


def test_a_wide_ensemble_is_scored_for_its_width():
    # members 0 and 2, truth 1: mean distance 1, half mean difference of the pair 2/2 = 1
    assert scores.crps(np.array([0.0, 2.0]), 1.0) == pytest.approx(0.0)
    assert scores.crps(np.array([0.0, 2.0]), 4.0) == pytest.approx(2.0)


@settings(max_examples=50, deadline=None)
@given(members=st.lists(st.floats(-100, 100), min_size=2, max_size=8), truth=st.floats(-100, 100))
def test_the_ordered_sum_is_the_double_sum(members, truth):
    x, number = np.array(members), len(members)
    double = np.abs(x[:, None] - x[None, :]).sum() / (2 * number * (number - 1))
    assert scores.crps(x, truth) == pytest.approx(np.abs(x - truth).mean() - double, abs=1e-9)


def test_an_ensemble_is_no_better_for_having_more_members():
    truth = normal(4000, key=2)
    few, many = (scores.crps(normal(number, 4000, key=number), truth).mean() for number in (5, 40))
    assert few == pytest.approx(many, rel=0.04)


def test_errors_in_logarithms_leave_unknown_values_out():
    error = scores.log_error([np.e, 1.0, 2.0], [1.0, np.nan, 2.0])
    assert scores.mean_absolute(error) == pytest.approx(0.5)
    assert np.isnan(scores.mean_absolute([np.nan]))


def test_the_energy_score_of_one_unit_is_its_crps_and_of_two_the_length():
    ensemble = np.array([[0.0, 0.0], [6.0, 8.0]])  # 10 apart
    assert scores.energy_score(ensemble[:, :1], np.array([3.0])) == pytest.approx(scores.crps(ensemble[:, 0], 3.0))
    # distances 5 and 5, less half the mean distance of the pair
    assert scores.energy_score(ensemble, np.array([3.0, 4.0])) == pytest.approx(5 - 10 / 2)
    assert scores.energy_score(ensemble, np.array([3.0, np.nan])) == pytest.approx(3 - 6 / 2)


@pytest.mark.parametrize(("members", "low", "high", "level"), [
    (19, 2, 18, 0.8), (39, 4, 36, 0.8), (199, 20, 180, 0.8), (9, 1, 9, 0.8), (5, 1, 5, 4 / 6), (2, 1, 2, 1 / 3)])
def test_bounds_are_order_statistics_that_hold_what_they_say(members, low, high, level):
    found = scores.interval(np.arange(1.0, members + 1))
    assert (found.low, found.high) == pytest.approx((low, high))
    assert found.level == pytest.approx(level)


def test_bounds_between_two_members_are_interpolated():
    # 10 members: the 1.1th from either end
    found = scores.interval(np.arange(1.0, 11.0))
    assert (found.low, found.high, found.level) == pytest.approx((1.1, 9.9, 0.8))


@pytest.mark.parametrize("members", [5, 10, 19])
def test_a_perfect_ensemble_of_any_size_covers_what_its_interval_holds(members):
    """Quantiles that ignore the number of members let a perfect ensemble of 5 cover .56 and of 10 cover .66."""
    found = scores.coverage(normal(members, 20_000, key=3), normal(20_000, key=4))
    assert found.share == pytest.approx(found.level, abs=0.015)
    assert scores.fits(found)


def test_coverage_counts_observations_inside():
    ensemble = np.tile(np.linspace(0, 1, 99)[:, None], (1, 4))
    assert scores.coverage(ensemble, np.array([0.05, 0.2, 0.5, 0.95])).share == pytest.approx(0.5)
    assert np.isnan(scores.coverage(ensemble[:1], np.array([0.05, 0.2, 0.5, 0.95])).share)


def test_coverage_fits_from_65_to_92_of_80():
    assert [scores.fits(scores.Covered(share, 0.8)) for share in (0.64, 0.66, 0.91, 0.93)] == [False, True, True, False]


def test_the_place_among_the_members():
    assert scores.pit(np.array([1.0, 2.0, 3.0]), 2.5) == pytest.approx(2.5 / 4)
    assert scores.pit(np.array([1.0, 2.0, 3.0]), 2.0) == pytest.approx(0.5)
    assert np.isnan(scores.pit(np.array([1.0, 2.0]), np.nan))


def test_rank_correlation_needs_an_order():
    assert scores.spearman([1, 2, 3, np.nan], [10, 20, 30, 1]) == pytest.approx(1.0)
    assert scores.spearman([1, 1, 1], [1, 2, 3]) == 0.0
    assert np.isnan(scores.spearman([1, 2], [1, 2]))
    tied = scores.rank_correlation(np.array([[1.0, 1, 2, 3], [4, 3, 2, 1]]), np.array([[1.0, 2, 3, 4], [1, 2, 3, 4]]))
    assert tied == pytest.approx([4.5 / np.sqrt(4.5 * 5), -1.0])


def test_ranks_of_equals_are_their_mean_along_the_last_axis():
    values = np.random.default_rng(3).integers(0, 4, (2, 3, 9)).astype(float)
    assert np.array_equal(scores._ranks(values), stats.rankdata(values, axis=-1))
    values[1, 2, 0] = np.nan
    assert np.array_equal(scores._ranks(values), stats.rankdata(values, axis=-1), equal_nan=True)


def test_independent_cases_are_worth_their_number():
    found = scores.clustered(normal(40, 50))
    assert found.cases == 2000
    assert found.effective == pytest.approx(2000, rel=0.35)  # the most careful of four estimates
    assert found.error == pytest.approx(1 / np.sqrt(2000), rel=0.25)


def test_years_of_one_unit_that_repeat_it_are_worth_one_case():
    by_unit = normal(1, 12)
    assert scores.clustered(np.repeat(by_unit, 4, axis=0)).effective == pytest.approx(12, rel=0.01)


def test_units_that_share_a_year_are_worth_one_case_a_year():
    assert scores.clustered(np.repeat(normal(4, 1), 12, axis=1)).effective == pytest.approx(4, rel=0.01)


def test_a_single_series_from_one_start_is_one_case():
    found = scores.clustered(np.array([[1.0], [2.0], [3.0]]))
    assert (found.cases, found.effective) == (3, 1.0) and np.isnan(found.error)


def test_a_small_example_by_hand():
    # two units, two years, each unit keeps its value: mean 0, square 4; pairs of a unit 4, products 1; pairs of a year
    # 4, products -1. Of one unit: V = (4 + 4) / (12 - 4) = 1; both: 4 / (12 - 8) = 1; none: 4 / 12
    found = scores.clustered([[1.0, -1.0], [1.0, -1.0]])
    assert (found.error, found.effective, found.units) == pytest.approx((1.0, 2.0, 2))


def test_the_smallest_gain_falls_with_cases_and_cannot_be_said_of_one():
    wide, narrow = scores.Mean(0.0, 0.02, 8, 4.0, 8), scores.Mean(0.0, 0.02, 80, 40.0, 60)
    assert scores.smallest_gain(wide, 0.1) == pytest.approx(2.353 * 0.02 / 0.1, rel=1e-3)
    assert scores.smallest_gain(narrow, 0.1) < scores.smallest_gain(wide, 0.1)
    assert scores.smallest_gain(narrow._replace(units=4), 0.1) == pytest.approx(scores.smallest_gain(wide, 0.1))
    assert np.isnan(scores.smallest_gain(scores.Mean(0.0, np.nan, 4, 1.0, 1), 0.1))


def test_luck_alone_goes_beyond_the_smallest_gain_in_one_case_of_twenty():
    beyond = 0
    for key in range(400):
        found = scores.clustered(normal(4, 18, key=key))
        beyond += found.mean > scores.smallest_gain(found, 1.0)
    assert 0.02 < beyond / 400 < 0.09


def test_the_robust_error_is_the_plain_one_without_autocorrelation_and_larger_with():
    plain = normal(400, key=7)
    assert scores.hac_error(plain, 0) == pytest.approx(plain.std(ddof=1) / 20)
    slow = np.cumsum(normal(400, key=8)) * 0.1
    assert scores.hac_error(slow) > 1.5 * scores.hac_error(slow, 0)
    assert np.isnan(scores.hac_error([1.0, 2.0]))


def test_two_forecasts_as_good_as_each_other_are_not_told_apart():
    first, second = np.abs(normal(60, key=1)), np.abs(normal(60, key=2))
    assert scores.diebold_mariano(first, second).p > 0.1
    better = scores.diebold_mariano(first, second + 0.5)
    assert better.statistic < 0 and better.p < 0.01


def test_the_test_of_two_forecasts_by_hand():
    # differences 1, 2, 3, 4: mean 2.5, spread 5 / 16; factor (4 + 1 - 2) / 4
    found = scores.diebold_mariano([1, 2, 3, 4], [0, 0, 0, 0])
    assert found.statistic == pytest.approx(np.sqrt(0.75) * 2.5 / np.sqrt(5 / 16))
    assert np.isnan(scores.diebold_mariano([1, 2, 3, 4], [0, 0, 0, 0], horizon=4).p)


def test_whole_units_are_drawn_again():
    drawn = scores.resampled_units(np.array([[1.0, 3.0], [1.0, 3.0]]), lambda t: t.mean(axis=(0, -1)), resamples=400)
    assert set(drawn) == {1.0, 2.0, 3.0}
    assert drawn.mean() == pytest.approx(2.0, abs=0.1)


def test_support_is_certain_when_every_county_gains_and_even_when_gains_cancel():
    assert scores.support(np.zeros((2, 5)), np.ones((2, 5))) == 1.0
    mixed = np.array([[1.0, -1, 1, -1, 1, -1]])
    assert 0.2 < scores.support(np.zeros_like(mixed), mixed) < 0.6
    assert np.isnan(scores.support(np.zeros((3, 1)), np.ones((3, 1))))


def test_the_words_follow_the_numbers():
    assert scores.verdict(0.7, 0.2) == "better than naive"
    assert scores.verdict(0.9, 0.2) == scores.verdict(1.1, 0.2) == "not told apart"
    assert scores.verdict(1.3, 0.2) == "worse than naive"
    assert scores.verdict(0.7, 0.2, seen=True) == "seen in fitting"
    assert scores.verdict(0.5, np.nan) == "no test possible"
    assert scores.verdict(np.nan, 0.1) == "nothing to compare"
    assert all(len(words.split()) == 3 for words in scores.VERDICTS)
