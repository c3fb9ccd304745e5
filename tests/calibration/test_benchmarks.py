"""Naive forecasts by hand, and the errors they make on the real data."""

import numpy as np
import pytest

from calibration import benchmarks as naive
from calibration import scores
from sim.region.pack import load_pack

BRANCHES = ("primary", "secondary", "tertiary")
HOLD_OUT = (2018, 2019, 2020, 2021)


def test_constant_shares_follow_the_total():
    assert naive.constant_share([10.0, 30.0], 100.0, np.array([200.0, 50.0])).tolist() == [[20, 60], [5, 15]]


def test_constant_branch_shares_follow_each_branch():
    # half of farming and a tenth of industry; farming doubles to 20, industry stays 100
    forecast = naive.constant_branch_shares([[5.0, 10.0]], [10.0, 100.0], [20.0, 100.0])
    assert forecast == pytest.approx([20.0])


def test_a_share_that_rose_rises_on_and_all_shares_sum_to_one():
    # shares .5 -> .6 and .5 -> .4: carried .72 and .32, of 1.04
    forecast = naive.carried_share_change([50.0, 50.0], [60.0, 40.0], 1.0)
    assert forecast == pytest.approx([0.72 / 1.04, 0.32 / 1.04])


def test_growth_goes_on_at_the_same_rate():
    assert naive.carried_growth(100.0, 200.0, span=5, ahead=10) == pytest.approx(800.0)


def test_the_mean_of_forecasts_is_geometric():
    assert naive.mean_of(np.array([1.0]), np.array([4.0])) == pytest.approx([2.0])


def test_carrying_on_share_changes_misses_the_census_by_four_percent():
    pack = load_pack()
    c2000, c2010, c2020 = (pack.values("population", "resident_census", y) for y in (2000, 2010, 2020))
    there = pack.active
    forecast = naive.carried_share_change(c2000, c2010, c2020[there].sum(), members=there)
    assert scores.mean_absolute(scores.log_error(forecast, c2020)[there]) == pytest.approx(0.040, abs=5e-4)


def observed_units(pack):
    known = [np.isfinite(pack.values("economy", "gdp", y)) for y in range(2010, 2022)]
    return np.all(known, axis=0)


def test_constant_shares_of_provincial_output_miss_the_hold_out_by_four_point_two_percent():
    pack = load_pack()
    units = observed_units(pack)
    assert units.sum() == 7
    total = pack.province("gdp", file="economy-province")
    base = pack.values("economy", "gdp", 2017)[units]
    forecast = naive.constant_share(base, total[2017], total[list(HOLD_OUT)])
    truth = np.array([pack.values("economy", "gdp", y)[units] for y in HOLD_OUT])
    assert scores.mean_absolute(scores.log_error(forecast, truth)) == pytest.approx(0.042, abs=5e-4)


def test_constant_shares_of_provincial_branches_miss_the_hold_out_by_three_point_one_percent():
    pack = load_pack()
    units = observed_units(pack)
    total = np.array([pack.province(f"gdp_{b}_prelim", file="economy-province")[[2017, *HOLD_OUT]] for b in BRANCHES]).T
    base = np.array([pack.values("economy", f"gdp_{b}", 2017)[units] for b in BRANCHES]).T
    forecast = naive.constant_branch_shares(base, total[0], total[1:])
    truth = np.array([pack.values("economy", "gdp", y)[units] for y in HOLD_OUT])
    assert scores.mean_absolute(scores.log_error(forecast, truth)) == pytest.approx(0.031, abs=5e-4)
