"""Two forecasts of arrays compared: by hand, and on made-up ensembles of which the truth is known."""

import numpy as np
import pytest

from calibration import scores
from calibration.comparison import compare


def normal(*shape, key=1):
    return np.random.Generator(np.random.Philox(key=key)).standard_normal(shape)


def made(members=19, origins=40, leads=2, units=12, bias=0.0, wide=1.0):
    """A calibrated rival, and a forecast that knows half of what is to come, with a bias and a width of its own."""
    seen, unseen = normal(origins, leads, units, key=3), normal(origins, leads, units, key=4)
    rival = np.sqrt(2.0) * normal(members, origins, leads, units, key=5)
    forecast = seen + bias + wide * normal(members, origins, leads, units, key=6)
    return forecast, rival, seen + unseen


def test_a_small_example_by_hand():
    """Two members 0 and 2, rival 1 and 5, truth 4 in both units of three origins; the fair CRPS is 2 and 0."""
    shape = (3, 1, 2)
    forecast = np.stack([np.zeros(shape), np.full(shape, 2.0)])
    rival = np.stack([np.ones(shape), np.full(shape, 5.0)])
    (found,) = compare(forecast, rival, np.full(shape, 4.0))
    # forecast: (4 + 2) / 2 - 2 / 2; rival: (3 + 1) / 2 - 4 / 2
    assert (found.crps, found.rival_crps) == pytest.approx((2.0, 0.0)) and np.isnan(found.ratio)
    assert (found.cases, found.bias) == (6, -3.0)
    assert (found.covered, found.rival_covered, found.level) == pytest.approx((0.0, 1.0, 1 / 3))
    assert (found.width, found.rival_width) == (2.0, 4.0)
    assert found.pit_mean == pytest.approx(2.5 / 3)
    (plain,) = compare(forecast, rival, np.full(shape, 4.0), fair=False)
    # plain: 3 - (2 + 2) / (2 x 4); rival 2 - (4 + 4) / 8
    assert (plain.crps, plain.rival_crps, plain.ratio) == pytest.approx((2.5, 1.0, 2.5))


def test_a_forecast_that_knows_more_is_better_by_what_it_knows():
    """CRPS goes with the spread of the error: 1 over the root of 2."""
    each = compare(*made())
    assert [(one.first_lead, one.last_lead) for one in each] == [(1, 1), (2, 2), (1, 2)]
    for one in each:
        assert one.ratio == pytest.approx(np.sqrt(0.5), abs=0.06)
        assert one.energy_ratio == pytest.approx(np.sqrt(0.5), abs=0.06)
        assert one.cases == 40 * 12 * (1 + one.last_lead - one.first_lead) and one.effective <= 480
        assert one.ratio_low < one.ratio < one.ratio_high < 1 and one.support == 1.0
        assert one.dm < 0 and one.dm_p < 0.01
        assert one.covered == pytest.approx(one.level, abs=0.05) and one.width < one.rival_width
        assert abs(one.bias) < 3 * one.bias_error and one.pit_p > 0.01


def test_faults_of_a_forecast_are_told_apart():
    shifted, narrow = (compare(*made(**fault))[-1] for fault in ({"bias": 1.0}, {"wide": 0.3}))
    assert shifted.bias > 0.9 and shifted.bias > 5 * shifted.bias_error and shifted.pit_mean < 0.35
    assert narrow.covered < 0.5 < narrow.level and abs(narrow.pit_mean - 0.5) < 0.05 and narrow.pit_p < 1e-3


def test_two_forecasts_of_one_kind_are_not_told_apart():
    _, rival, truth = made()
    found = compare(np.sqrt(2.0) * normal(*rival.shape, key=9), rival, truth)[-1]
    assert abs(1 - found.ratio) < found.smallest_gain and found.dm_p > 0.05


def test_cases_that_were_not_observed_do_not_count():
    forecast, rival, truth = made(leads=1)
    few = truth.copy()
    few[:, :, 5:] = np.nan
    cut = compare(forecast[..., :5], rival[..., :5], truth[..., :5])[0]
    assert compare(forecast, rival, few)[0] == pytest.approx(cut, nan_ok=True)
    assert cut.cases == 200


def test_a_single_series_is_worth_what_its_origins_are():
    found = compare(*made(units=1, leads=1, origins=60))[0]
    assert 20 < found.effective <= 60 and np.isfinite(found.smallest_gain) and np.isnan(found.support)
    slow = np.cumsum(normal(60, key=8))[:, None, None]
    still = np.zeros((19, 60, 1, 1)) + normal(19, key=2)[:, None, None, None]
    assert compare(still, still + 0.5, slow, leads=[(1, 1)])[0].cases == 60


def test_shapes_that_differ_are_named():
    with pytest.raises(ValueError, match="differ"):
        compare(np.zeros((2, 3, 1, 4)), np.zeros((2, 3, 1, 5)), np.zeros((3, 1, 4)))


def test_the_plain_crps_is_that_of_the_members_as_the_whole_distribution():
    # members 0 and 2, truth 1: 1 - 4 / 8
    assert scores.crps(np.array([0.0, 2.0]), 1.0, fair=False) == pytest.approx(0.5)


def test_places_among_members_are_tested_against_the_places_there_are():
    """Of six members seven places: bins of five hold 1, 1, 1, 2 and 2 of them or so, and that is no fault."""
    every = (np.arange(7) + 0.5) / 7
    assert scores.uniform(np.tile(every, 30), 6, 210) == pytest.approx(1.0)
    assert scores.uniform(np.full(50, 0.9), 19, 50) < 1e-6
    assert np.isnan(scores.uniform(np.full(50, 0.9), 19, 3))


def test_where_autocovariances_leave_no_variance_they_are_weighted():
    """Differences 1, 2, 1, 2, 1, 3: whole, the first autocovariance makes the variance negative."""
    apart = np.array([1.0, 2, 1, 2, 1, 3])
    away = apart - apart.mean()
    assert away @ away + 2 * away[1:] @ away[:-1] < 0
    found = scores.diebold_mariano(apart, np.zeros(6), horizon=2)
    spread = (away @ away + away[1:] @ away[:-1]) / 36
    factor = (6 + 1 - 4 + 2 / 6) / 6
    assert found.statistic == pytest.approx(np.sqrt(factor) * apart.mean() / np.sqrt(spread))


def test_ratios_when_whole_units_are_drawn_again():
    drawn = scores.resampled_ratio(np.array([[1.0, 3.0]] * 4), np.array([[2.0, 2.0]] * 4), 400)
    assert set(drawn) == {0.5, 1.0, 1.5}
    assert scores.resampled_ratio(np.ones((3, 1)), np.ones((3, 1))).size == 0
