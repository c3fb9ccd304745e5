"""The past of the outlook: units and prices once, gaps filled by rules one can count, flags on every number."""

from __future__ import annotations

import math

import numpy as np
import pytest

from sim import outlook
from sim.region import exogenous
from sim.region.pack import DERIVED, IMPUTED, OFFICIAL, load_pack


@pytest.fixture(scope="module")
def pack():
    return load_pack()


def test_a_guide_fills_with_the_share_of_its_neighbours():
    # shares .5 in 2012 and .8 in 2014; 2013 the geometric mean, 2011 as 2012, nothing after `until`
    guide = {2011: 80, 2012: 100, 2013: 100, 2014: 200, 2015: 300}
    made = exogenous.filled_by_guide({2012: 50, 2014: 160}, guide, 2014)
    assert made == pytest.approx({2011: 40, 2012: 50, 2013: 100 * math.sqrt(0.4), 2014: 160})


def test_log_straight_lines_go_on_with_the_nearest_slope():
    made = exogenous.log_straight({2012: 100, 2014: 400}, [2011, 2013, 2015])
    assert made == pytest.approx({2011: 50, 2013: 200, 2015: 800})


def test_the_shock_is_one_when_visitors_follow_their_trend():
    visitors = {2019: 100.0, 2020: 100 * math.exp(0.1), 2021: 50 * math.exp(0.2)}
    shock = exogenous.visitor_shock(visitors, {2020: 0.05, 2021: 0.05}, elasticity=1.6, drift=0.02)
    assert shock == pytest.approx({2020: 1.0, 2021: 0.5})


def test_central_transfers_are_printed_values_at_prices_of_2020(pack):
    transfers, marks = (f(pack)["central_transfer"] for f in (exogenous.observed, exogenous.flags))
    assert transfers[2020] == pytest.approx(99950)            # 999.5 of 1e8 CNY, prices of 2020
    assert transfers[2014] == pytest.approx(49235 / pack.deflator[2014])
    assert [y for y, f in marks.items() if f == OFFICIAL] == [2014, 2015, 2016, 2020, 2021, 2022]
    assert [y for y, f in marks.items() if f == IMPUTED] == [2010, 2011, 2012, 2013, 2017, 2018, 2019]


def test_filled_transfers_never_exceed_the_gap_they_help_to_close(pack):
    table = exogenous.transfer_check(pack)
    assert table.index.tolist() == list(range(2010, 2023))
    assert (table["share_of_gap"] < 1).all()
    assert (table["transfer"] / table["log_straight"]).between(0.85, 1.15).all()


def test_transfers_grow_by_three_per_cent_after_the_data(pack):
    path = exogenous.path(pack)["central_transfer"]
    assert path[13:] == pytest.approx(path[12] * 1.03 ** np.arange(1, 29))


def test_visitors_are_millions_and_meet_the_printed_growth_of_2023(pack):
    visitors = exogenous.observed(pack)["visitors"]
    assert visitors[2019] == pytest.approx(83.14)
    assert visitors[2023] / visitors[2022] - 1 == pytest.approx(0.499, abs=0.001)
    assert visitors[2024] == pytest.approx(97.2078, rel=0.001)                # read in the table of 2024
    marks = exogenous.flags(pack)["visitors"]
    assert all(marks[y] == IMPUTED for y in range(2010, 2015)) and marks[2024] == DERIVED


def test_the_pandemic_years_stand_below_their_trend(pack):
    path = exogenous.path(pack)["visitor_shock"]
    assert (path[:10] == 1.0).all()
    assert path[10:15] == pytest.approx([0.751, 0.844, 0.599, 0.837, 0.844], abs=0.002)
    assert (path[15:] == path[14]).all()


def test_the_path_has_every_series_of_the_outlook_over_forty_one_years(pack):
    path = exogenous.path(pack)
    assert set(path) == set(outlook.SERIES)
    for name, values in path.items():
        assert values.shape == (41,)
        if name != "province_gdp_growth":
            low, high = outlook.SERIES[name].bounds
            assert ((values >= low) & (values <= high)).all(), name


def test_fertility_of_a_scenario_acts_from_its_year_and_leaves_the_past(pack):
    plain = exogenous.path(pack)["total_fertility_rate"]
    low = {y: 1.0 for y in range(2030, 2051)}
    changed = exogenous.path(pack, {"total_fertility_rate": low})["total_fertility_rate"]
    assert np.array_equal(plain[:20], changed[:20]) and (changed[20:] == 1.0).all()
    assert plain[25] == pytest.approx(1.3)


def test_two_paths_are_the_same_numbers(pack):
    one, two = exogenous.path(pack), exogenous.path(pack)
    assert all(np.array_equal(one[k], two[k], equal_nan=True) for k in one)


def test_a_caller_cannot_spoil_the_past_of_the_next(pack):
    exogenous.observed(pack)["visitors"][2019] = -1.0
    assert exogenous.observed(pack)["visitors"][2019] == pytest.approx(83.14)


def test_provincial_accounts_are_real_and_flagged(pack):
    past, marks = exogenous.observed(pack), exogenous.flags(pack)
    assert past["province_spending"][2020] == pytest.approx(197246)
    assert set(past["province_revenue"]) >= set(range(2010, 2024))
    for name in past:
        assert set(past[name]) == set(marks[name]), name
        assert all(marks[name].values())
    assert marks["province_deaths"][2024] == IMPUTED and marks["province_deaths"][2023] == DERIVED


def test_projected_years_carry_no_flag(pack):
    marks = exogenous.path_flags(pack)
    assert set(marks) == set(outlook.SERIES)
    assert (marks["national_growth"][:15] > 0).all() and (marks["national_growth"][15:] == 0).all()
