"""History followed: residuals of output are solved, meet what was observed, and are applied to other seeds."""

import numpy as np
import pytest

from sim import closure, simulate
from sim.closure import solve, targets
from sim.closure.output import Unmet
from sim.core.declare import UserError
from sim.mechanisms import past
from sim.region.pack import load_pack
from tests.rules import do, world

UNTIL = 2013
NAN = np.nan


@pytest.fixture(scope="module")
def solved():
    return closure.followed(UNTIL)


# --- margins


def test_printed_cells_stand_and_the_rest_meets_the_province():
    # one county printed by branch; the other two share what is left of each branch in the model's proportions
    seed = np.array([[9.0, 9.0, 9.0], [1.0, 2.0, 3.0], [3.0, 2.0, 1.0]])
    cells = np.full((3, 3), NAN)
    cells[0] = 10.0, 20.0, 30.0
    out = targets.fitted(seed, cells, np.full(3, NAN), np.array([18.0, 28.0, 34.0]), np.ones(3, bool))
    assert out.tolist() == [[10.0, 20.0, 30.0], [2.0, 4.0, 3.0], [6.0, 4.0, 1.0]]


def test_totals_and_branches_are_met_together():
    seed = np.array([[1.0, 2.0, 3.0], [3.0, 2.0, 1.0]])
    totals, province = np.array([10.0, 20.0]), np.array([9.0, 10.0, 11.0])
    out = targets.fitted(seed, np.full((2, 3), NAN), totals, province, np.ones(2, bool))
    assert np.allclose(out.sum(axis=1), totals) and np.allclose(out.sum(axis=0), province)
    odds = out[0] / out[1] / (seed[0] / seed[1])  # rows and columns were multiplied, the pattern is kept
    assert np.allclose(odds, odds[0])


def test_a_gap_is_bridged_in_equal_steps_and_the_end_is_left():
    residuals = np.array([0.0, 9.0, 9.0, 0.6, 0.7])[:, None, None]
    own = np.array([False, False, False, True, False])[:, None]
    found = targets.bridged(residuals, own)[:, 0, 0]
    assert np.allclose(found[1:3], (0.2, 0.4)) and np.isnan(found[[0, 3, 4]]).all()


def test_what_is_observed_of_a_year_adds_up_to_the_province():
    wanted = targets.targets(load_pack(), 2021)
    every = np.isfinite(wanted.totals[:, load_pack().active]).all(axis=1)
    assert every[-3:].all() and not every[1:6].any()
    assert np.allclose(np.nansum(wanted.totals[every], axis=1), wanted.province[every].sum(axis=1))


# --- solving


def test_cells_that_no_residual_meets_and_unlikely_ones_are_named():
    history = past.nothing_followed(19, 3)._replace(until=2011, output=np.zeros((2, 19, 3)), revenue=np.zeros((2, 19)))
    history.output[1, 0, 1], history.revenue[1, 0] = np.log(4.0), np.log(0.25)
    found = closure.Followed(history, closure.Misfit(1e-6, 0.01, 0.0),
                             (Unmet(2011, "Lingao", "secondary", 100.0, 90.0),))
    assert closure.sayings(found)[1:] == [
        "not met: secondary branch of Lingao in 2011, 90 of 100 million CNY",
        "history asks Haikou for 4 times what its secondary branch makes by itself (2011-2011)",
        "history asks Haikou for 0.25 times what it collects by itself (2011-2011)"]


def test_the_slope_of_residents_is_what_they_answered_within_bounds():
    found = solve._slope(np.full(4, 0.5), np.array([0.1, 0.1, 0.1, 0.001]), np.array([0.08, -0.1, 1.0, 1.0]))
    assert np.allclose(found, [0.8, *solve.SLOPES, 0.5])


def test_own_revenue_is_met_where_printed(solved):
    assert solved.misfit.revenue < 1e-3
    printed = np.isfinite(targets.targets(load_pack(), UNTIL).revenue)
    assert solved.history.revenue[1:][printed[1:]].all() and not solved.history.revenue[0].any()


def test_residents_are_met_where_they_were_counted():
    found = closure.followed(2020)
    assert found.misfit.people < 0.01 and found.history.people.any()
    assert not closure.followed(UNTIL).history.people.any()  # nobody was counted between 2010 and then


def test_what_was_observed_is_met_by_the_mean_of_the_reference_runs(solved):
    assert solved.misfit.output < 1e-4 and solved.unmet == ()
    assert not solved.history.output[0].any() and solved.history.output[1:].any(axis=(1, 2)).all()


def test_a_run_of_other_luck_passes_near_what_was_observed(solved):
    free, following = (simulate.simulated(simulate.load_plan("baseline"), seed=11, weight=200, until=UNTIL,
                                          history_until=until) for until in (None, UNTIL))
    misses = [np.nanmean(np.abs(closure.misfit(model, UNTIL))) for model in (free, following)]
    assert misses[1] < 0.4 * misses[0]  # what is left is the luck of one run at this weight, 2 %


def test_residuals_go_on_by_their_law_and_hold_the_luck_of_productivity(solved):
    model = simulate.simulated(simulate.load_plan("baseline"), weight=1000, until=UNTIL + 2, history_until=UNTIL)
    kept, row = model.record["output_residual"], UNTIL - simulate.BASE_YEAR
    assert np.allclose(kept[row], solved.history.output[row], atol=1e-6)
    moved = (kept[row + 1] - solved.history.law.persistence[:3] * kept[row])[model.active]
    assert moved.any() and (np.abs(moved) < 5 * (solved.history.law.spread + solved.history.law.common).max()).all()
    assert not model.counties.productivity_shock.any()
    early = simulate.simulated(simulate.load_plan("baseline"), weight=1000, until=UNTIL, history_until=UNTIL)
    assert not early.counties.productivity_shock.any() and not early.record["typhoon_damage"][:row].any()


def test_other_levers_take_the_same_residuals_and_other_parameters_their_own(solved):
    assert closure.followed(UNTIL, "full").history is closure.followed(UNTIL, "no_policy").history
    other = simulate.load_plan("baseline").with_parameters(saving_rate=0.35)
    assert not np.array_equal(closure.followed(UNTIL, other).history.output, solved.history.output)


def test_a_year_that_cannot_be_followed_is_named():
    for year in (2010, 2022, "2015", True):
        with pytest.raises(UserError, match=f"{year!r} is not a year, 2011 to 2021"):
            closure.followed(year)


def test_the_result_says_what_it_followed():
    ds = simulate.run("baseline", weight=1000, until=2012, history_until=2012)
    assert ds.attrs["history_until"] == 2012 and "output_residual" in ds
    assert "history_until" not in simulate.run("baseline", weight=1000, until=2011).attrs
    assert simulate.HAINAN.following(2012).history_until == 2012 and simulate.HAINAN.history_until is None


# --- the rules


def test_the_residual_of_a_branch_multiplies_what_its_sectors_make():
    told = past.nothing_followed(2, 3)._replace(
        until=2011, revenue=np.zeros((2, 2)),
        output=np.log([[[1.0, 1.0, 1.0]] * 2, [[2.0, 1.0, 3.0], [1.0, 4.0, 1.0]]]))
    here = world(2, history=told, year=2011, codes=np.arange(2), province_code=460000)
    do(past.follow, on=here)
    assert np.allclose(np.exp(here.counties.output_residual), [[2.0, 1.0, 3.0], [1.0, 4.0, 1.0]])
    here.year = 2012
    do(past.follow, on=here)
    assert np.allclose(np.exp(here.counties.output_residual), [[2.0, 1.0, 3.0], [1.0, 4.0, 1.0]])
