"""Scores on ensembles of two and three members, and the words they earn."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from calibration import scores


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


def test_errors_in_logarithms_leave_unknown_values_out():
    error = scores.log_error([np.e, 1.0, 2.0], [1.0, np.nan, 2.0])
    assert scores.mean_absolute(error) == pytest.approx(0.5)
    assert np.isnan(scores.mean_absolute([np.nan]))


def test_coverage_counts_observations_inside():
    ensemble = np.tile(np.linspace(0, 1, 101)[:, None], (1, 4))
    assert scores.coverage(ensemble, np.array([0.05, 0.2, 0.5, 0.95])) == pytest.approx(0.5)


def test_support_is_certain_when_every_county_gains_and_even_when_gains_cancel():
    assert scores.support(np.zeros((2, 5)), np.ones((2, 5))) == 1.0
    mixed = np.array([[1.0, -1, 1, -1, 1, -1]])
    assert 0.2 < scores.support(np.zeros_like(mixed), mixed) < 0.6
    assert np.isnan(scores.support(np.zeros((3, 1)), np.ones((3, 1))))


def test_the_words_follow_the_numbers():
    assert scores.verdict(1.5, 0.0) == "no skill: a naive forecast is better"
    assert scores.verdict(1.0, 0.5).startswith("no skill shown")
    assert scores.verdict(0.5, 0.6).startswith("no skill shown")
    assert scores.verdict(0.5, 0.9, covered=0.8, members=20) == "skill shown"
    assert "intervals do not fit" in scores.verdict(0.5, 0.9, covered=0.1, members=20)
    assert "too few runs" in scores.verdict(0.5, 0.9, members=5)
    assert scores.verdict(np.nan, np.nan).startswith("not testable")
