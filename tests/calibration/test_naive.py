"""Naive forecasts by hand: what they know, how they are chosen, and how far they are said to err."""

import numpy as np
import pytest

from calibration import naive, scores

YEARS = np.arange(2000, 2012)


def series(values, years=YEARS, segments=None, **more):
    values = np.atleast_2d(np.asarray(values, dtype=float).T).T
    if segments is None:
        segments = np.zeros(values.shape, dtype=int)
    elif np.ndim(segments) == 1:
        segments = np.repeat(np.asarray(segments)[:, None], values.shape[1], axis=1)
    return naive.Series(np.asarray(years), values, segments, **more)


def point(made, name, origin, year):
    one = naive.candidates(made, made.row(origin))[name]
    return np.exp(one.ahead(made, made.row(origin), made.row(year)))


def luck(*shape, key=1):
    return np.random.Generator(np.random.Philox(key=key)).standard_normal(shape)


def test_the_last_value_and_the_trend_of_five_years_are_carried_on():
    made = series(100 * 1.1 ** (YEARS - 2000))
    assert point(made, "persistence", 2010, 2011) == pytest.approx(100 * 1.1**10)
    assert point(made, "trend", 2010, 2011) == pytest.approx(100 * 1.1**11)
    assert point(made, "damped", 2010, 2011) == pytest.approx(100 * 1.1**10.5)


def test_a_trend_takes_at_least_five_years():
    """Three years of growth before the origin say nothing of a trend, nor does a value of four years ago."""
    values = np.where(YEARS >= 2007, 100 * 1.1 ** (YEARS - 2007), np.nan)
    assert "trend" not in naive.candidates(series(values), 10)  # 2010: the first value is of 2007
    assert np.isnan(naive.trend(series(values), 11)).all()
    longer = np.where(YEARS >= 2005, 100 * 1.1 ** (YEARS - 2005), np.nan)
    assert naive.trend(series(longer), 10) == pytest.approx(np.log(1.1))


def test_a_census_of_ten_years_ago_gives_a_trend():
    values = np.where(np.isin(YEARS, (2000, 2010)), np.where(YEARS == 2000, 50.0, 100.0), np.nan)
    assert naive.trend(series(values), 10) == pytest.approx(np.log(2) / 10)


def test_no_trend_and_no_forecast_crosses_a_break():
    jump = np.where(YEARS >= 2008, 200.0, 100.0)
    broken = series(jump, segments=(YEARS >= 2008).astype(int))
    assert np.isnan(naive.trend(broken, 10)).all()
    before = naive.candidates(broken, 5)["persistence"].ahead(broken, 5, 10)
    assert np.isnan(before).all()
    assert np.isnan(naive.past_errors(broken, naive.carried(), 10, 5)[5, 2]).all()  # 2005 to 2008
    assert naive.past_errors(series(jump), naive.carried(), 10, 5)[5, 2] == pytest.approx(np.log(0.5))


def test_in_step_with_a_reference_takes_its_growth_as_known():
    nation = 1.05 ** (YEARS - 2000.0)
    made = series(100 * nation, references={"nation": nation})
    assert point(made, "nation", 2005, 2011) == pytest.approx(100 * 1.05**11)
    faster = series(100 * 1.08 ** (YEARS - 2000.0), references={"nation": nation})
    assert point(faster, "nation_trend", 2006, 2011) == pytest.approx(100 * 1.08**11)


def test_shift_share_follows_the_branches_of_the_province():
    # half of farming and a tenth of industry: 5 + 10 of 10 + 100; farming doubles, industry stays
    units = np.array([[[5.0, 10.0]], [[np.nan, np.nan]]])
    province = np.array([[10.0, 100.0], [20.0, 100.0]])
    level = series([15.0, np.nan], [2010, 2011], branches=(units, province))
    assert point(level, "shift_share", 2010, 2011) == pytest.approx(20.0)
    share = series([15 / 110, np.nan], [2010, 2011], branches=(units, province), is_share=True)
    assert point(share, "shift_share", 2010, 2011) == pytest.approx(20 / 120)


def test_shares_of_branches_that_miss_the_total_keep_its_level():
    units = np.array([[[5.0, 10.0]], [[np.nan, np.nan]]])
    made = series([30.0, np.nan], [2010, 2011], branches=(units, np.array([[10.0, 100.0], [20.0, 100.0]])))
    assert point(made, "shift_share", 2010, 2011) == pytest.approx(40.0)


def test_branches_of_two_definitions_give_no_shift_share():
    branches = (np.ones((12, 1, 2)), np.ones((12, 2)))
    whole = series(np.ones(12), branches=branches, is_share=True)
    broken = series(np.ones(12), branches=branches, is_share=True, branch_segments=(YEARS > 2010).astype(int))
    assert "shift_share" in naive.forecast(whole, 2010, [2011]).points
    assert "shift_share" not in naive.forecast(broken, 2010, [2011]).points


def test_the_best_is_chosen_on_earlier_origins_alone():
    steady = np.exp(0.08 * (YEARS - 2000.0))
    turned = np.where(YEARS > 2009, steady[9], steady)  # persistence would be right after the origin
    assert naive.choose(series(turned), 9, 2).name == "trend"
    changed = turned * np.where(YEARS > 2009, 7.0, 1.0)
    assert naive.choose(series(changed), 9, 2).past == naive.choose(series(turned), 9, 2).past


def test_without_a_past_to_judge_by_the_trend_is_taken():
    censuses = np.where(np.isin(YEARS, (2000, 2010)), np.where(YEARS == 2000, 50.0, 100.0), np.nan)
    found = naive.forecast(series(censuses, is_share=True), 2010, [2011])
    assert found.name == "share_trend" and found.members is None
    assert np.exp(found.point) == pytest.approx(100 * 2**0.1)
    assert np.exp(found.points["mean"]) == pytest.approx(100 * 2**0.05)  # none, half and all of a tenth


def test_ages_of_the_origin_grow_older():
    made = series(np.where(YEARS == 2010, 0.08, np.nan), is_share=True, cohort=np.array([0.11]))
    found = naive.forecast(made, 2010, [2011])
    assert found.name == "cohort" and np.exp(found.point) == pytest.approx(0.11)


def test_without_any_past_of_its_own_a_unit_is_in_proportion():
    unknown = np.where(YEARS == 2011, 1.0, np.nan)
    found = naive.forecast(series(unknown, is_share=True, proportion=np.array([0.25])), 2010, [2011])
    assert found.name == "proportion" and np.exp(found.point) == pytest.approx(0.25)
    assert naive.forecast(series(unknown), 2010, [2011]).name == ""


def test_drawn_errors_are_those_of_the_past_without_their_mean():
    errors = np.full((4, 1, 2), np.nan)
    errors[:3, 0] = [[0.1, 0.3], [0.0, 0.2], [0.2, 0.4]]  # mean .2
    drawn = naive.drawn_errors(errors, [1])
    assert set(np.round(drawn.ravel(), 12)) == {-0.1, 0.1, -0.2, 0.0, 0.2}
    together = np.abs(drawn[:, 0, 0] - drawn[:, 0, 1]) < 0.25  # both units from one origin
    assert together.all()


def test_few_origins_at_a_lead_are_filled_from_a_shorter_one_as_a_random_walk():
    errors = np.full((6, 4, 1), np.nan)
    errors[:5, 0, 0] = [-0.2, -0.1, 0.0, 0.1, 0.2]
    errors[:1, 3, 0] = 9.0
    drawn = naive.drawn_errors(errors, [1, 4])
    assert set(np.round(drawn[:, 1].ravel(), 12)) <= set(np.round(2 * errors[:5, 0, 0], 12))


def test_too_few_errors_give_no_distribution():
    errors = np.full((3, 2, 1), np.nan)
    errors[:2, 0, 0] = 0.1, 0.3
    assert naive.drawn_errors(errors, [1, 2]) is None


def test_a_random_walk_is_covered_as_its_distribution_says():
    years = np.arange(1990, 2015)
    covered, level = [], []
    for key in range(40):
        walk = np.exp(np.cumsum(0.05 * luck(len(years), 8, key=key), axis=0))
        found = naive.forecast(series(walk, years), 2010, range(2011, 2015))
        inside = scores.coverage(found.members, np.log(walk[-4:]))
        covered.append(inside.share)
        level.append(inside.level)
    assert np.mean(covered) == pytest.approx(level[0], abs=0.06)


def test_the_same_series_gives_the_same_distribution():
    walk = np.exp(np.cumsum(0.05 * luck(len(YEARS), 3), axis=0))
    first, again = (naive.forecast(series(walk), 2009, [2010, 2011]).members for _ in range(2))
    assert np.array_equal(first, again)


def test_what_may_fall_below_zero_is_taken_as_it_is():
    made = series(np.linspace(-0.02, 0.02, 12), linear=True)
    found = naive.forecast(made, 2009, [2010, 2011])
    assert found.points["persistence"] == pytest.approx(made.values[[9, 9]])
    assert found.points["trend"] == pytest.approx(made.values[[10, 11]])


def test_every_naive_forecast_has_its_words():
    made = series(np.ones(12), references={"nation": np.ones(12)}, cohort=np.ones(1),
                  branches=(np.ones((12, 1, 2)), np.ones((12, 2))))
    share = series(np.ones(12), is_share=True)
    found = {*naive.candidates(made, 10), *naive.candidates(share, 10)}
    assert found | {"proportion", "gravity", "mean"} == set(naive.WORDS)
