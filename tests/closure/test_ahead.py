"""The model's own changes after history: what they were worth before, and what is taken off of them."""

import numpy as np
import pytest

from sim import closure
from sim.closure import ahead, solve
from sim.closure.law import slope
from sim.mechanisms import past
from sim.model import HainanModel
from sim.words import BASE_YEAR
from tests.rules import do, world

UNTIL, LAST, WEIGHT = 2012, 2016, 1000
YEARS = 6


def test_a_slope_leans_on_what_is_expected_by_hand():
    x, y = np.array([1.0, -1.0]), np.array([1.0, -1.0])
    assert slope(x, y) == 1.0 and slope(x, y, expected=0.5, leaning=2.0) == 0.75
    assert slope(np.zeros(0), np.zeros(0), expected=0.5) == 0.5


def past_of(own, printed):
    """Runs whose residuals turn their own yearly change of the share of the first of two counties into another."""
    counties = np.array([1.0, -1.0])
    years = np.arange(YEARS)[:, None]
    made = np.exp(years * printed * counties)
    made = np.repeat(made[..., None], 3, axis=-1) / 3.0
    residuals = np.zeros((YEARS, 2, past.KINDS))
    residuals[..., past.BRANCH_KINDS] = (years * (printed - own) * counties)[..., None]
    incomes = np.ones((YEARS, 2, 2))
    told = np.ones((YEARS - 1, 2, past.DAMPED), bool)
    return residuals, made, incomes, incomes, 0.8 * incomes, told


@pytest.mark.parametrize(("own", "printed", "worth"), [(0.02, 0.02, 1.0), (0.02, 0.01, 0.5), (0.02, -0.01, 0.0)])
def test_own_changes_are_worth_what_came_true_of_them(own, printed, worth):
    found = ahead.learnt(*past_of(own, printed), expected=0.9, number=1e-9)
    assert found.worth[0] == pytest.approx(worth, abs=0.02)
    assert np.allclose(found.taken[1:, :, 0], (worth - 1.0) * own * np.array([1.0, -1.0]), atol=1e-3)
    assert not found.taken[0].any()


def test_what_pay_made_up_for_is_no_change_of_incomes_and_is_taken_off():
    residuals, made, incomes, bill, wages, told = past_of(0.0, 0.0)
    falling = np.arange(YEARS)[:, None] * np.array([-0.01, 0.01])
    residuals[..., past.PAY_KINDS] = falling[..., None]  # incomes of the model alone drift apart, printed ones do not
    found = ahead.learnt(residuals, made, incomes, bill, wages, told, expected=0.5, number=1e-9)
    assert np.allclose(found.worth[1:], 0.0)
    assert np.allclose(found.taken[1:, :, 1:], np.array([-0.01, 0.01])[None, :, None], atol=1e-9)


def test_a_break_hides_the_change_across_it_and_no_other():
    known, same = np.array([True, True, True, True, False]), np.array([True, True, False, True, True])
    assert solve._changes_told(known, same).tolist() == [True, False, True, False]


def test_years_that_are_not_printed_tell_nothing():
    *runs, told = past_of(0.02, 0.01)
    assert ahead.learnt(*runs, told & False, expected=0.5, number=8.0).worth.tolist() == [0.5] * past.DAMPED


def test_residuals_gain_what_is_damped_beside_their_law_and_nothing_when_that_ends():
    gains = np.full((1, 2, past.DAMPED), 0.0)
    gains[0, 0] = [0.1, 0.02, 0.03]
    history = past.nothing_asked(2, 2011)._replace(damping=gains)
    here = world(2, history=history, year=2012, codes=np.arange(2), province_code=460000)
    for _ in range(2):
        do(past.follow, on=here)
        assert np.allclose(here.counties.output_residual, [[0.1] * 3, [0.0] * 3])
        assert np.allclose(here.counties.pay_residual, [[0.02, 0.03], [0.0, 0.0]])
        here.year += 1


def test_counties_that_keep_their_shares_leave_the_output_of_the_province_as_it_is():
    # shares of .5 and .5 have become .6 and .4, of which 5/6 and 5/4 are .5 and .5 of the same 1; the third makes none
    made = np.array([0.6, 0.4, 0.0])

    def happens(gained):
        now = made * np.exp(gained)
        return np.log(np.where(now > 0, now / now.sum(), 1.0))

    stands, gained = ahead._damped(happens, happens(np.zeros(3)), np.log([0.5, 0.5, 1.0]), 0.0, np.ones(3), np.inf)
    assert np.exp(gained) == pytest.approx([5 / 6, 5 / 4, 1.0]) and np.exp(stands) == pytest.approx([0.5, 0.5, 1.0])


def shares(history, plan="baseline", last=LAST):
    """Shares of output of the mean of the reference runs without shocks [year, active county]."""
    quiet = history._replace(law=history.law.without_shocks())
    runs = [HainanModel(plan, seed=seed, weight=closure.REFERENCE_WEIGHT, until=last, history=quiet)
            for seed in closure.REFERENCE_SEEDS]
    for run in runs:
        while run.running:
            run.step()
    made = np.mean([run.record["gdp"] for run in runs], axis=0, dtype=float)[:, runs[0].active]
    return made / made.sum(axis=1, keepdims=True)


def test_shares_change_by_what_own_changes_are_worth_and_effects_of_policy_stand():
    plain = closure.followed(UNTIL, last=None).history
    found = closure.followed(UNTIL, last=LAST).history
    assert plain.damping.shape[0] == 0 and found.damping.shape[0] == LAST - UNTIL
    assert np.array_equal(plain.output, found.output)
    free, kept = shares(plain), shares(found)
    row = UNTIL - BASE_YEAR
    moved, left = (np.abs(np.log(one[row + 1:] / one[row])).max() for one in (free, kept))
    assert found.law.worth[0] < 0.3 and moved > 0.03 and left < 0.35 * moved
    effects = [np.log(shares(history, "full", 2021)[-1] / shares(history, "no_policy", 2021)[-1])
               for history in (plain, closure.followed(UNTIL, last=2021).history)]
    assert np.abs(effects[0]).max() > 0.005
    assert np.allclose(*effects, atol=0.2 * np.abs(effects[0]).max())  # persons of four runs choose anew
    assert np.corrcoef(*effects)[0, 1] > 0.98


def test_a_shorter_run_is_the_beginning_of_a_longer_one():
    short, long = (closure.followed(UNTIL, last=last).history.damping for last in (LAST - 2, LAST))
    assert np.array_equal(short, long[:2])
