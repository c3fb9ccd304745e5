"""History followed: residuals of output are solved, meet what was observed, and are applied to other seeds."""

from types import SimpleNamespace

import numpy as np
import pytest

from sim import closure, simulate
from sim.closure import solve, targets
from sim.closure.incomes import Pay, lacking, meet_incomes
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


def test_the_slope_of_residents_leans_on_what_was_known_within_bounds():
    # .04 counts as what was known: a step of that size that tells .7 beside .5 gives the mean; none tells nothing
    found = solve._slope(np.full(4, 0.5), np.array([0.04, 0.4, 0.4, 0.0]), np.array([0.028, -0.4, 4.0, 1.0]))
    assert np.allclose(found, [0.6, *solve.SLOPES, 0.5])


def test_own_revenue_is_met_where_printed(solved):
    assert solved.misfit.revenue < 1e-3
    printed = np.isfinite(targets.targets(load_pack(), UNTIL).revenue)
    assert solved.history.revenue[1:][printed[1:]].all() and not solved.history.revenue[0].any()


def test_parts_of_spending_are_met_where_printed_and_add_to_nought(solved):
    assert solved.misfit.spending < 1e-3 and solved.history.spending[1:].any(axis=1).all()
    model = simulate.simulated(simulate.load_plan("baseline"), weight=1000, until=UNTIL, history_until=UNTIL)
    moved = model.record["allocation_asked"].astype(float)
    assert moved[1:].any(axis=1).all() and np.abs(moved.sum(axis=1)).max() < 1e-5 * np.abs(moved[1:]).sum(axis=1).min()


def test_incomes_are_met_where_printed_and_those_of_the_province_by_the_others(solved):
    assert solved.misfit.incomes < 2e-3
    pay, printed = solved.history.pay[1:], np.isfinite(targets.targets(load_pack(), UNTIL).incomes[1:])
    others = pay[:, load_pack().active & ~printed.any(axis=(0, 2))]
    assert np.ptp(others, axis=1).max() < 1e-12 and others.any(axis=(0, 1)).all() and printed.any()


def test_pay_is_asked_for_by_hand():
    # towns: one county prints 30 000 for 100, of 2 million paid 1.5 are pay: to rise to 2.5. The province prints 20 000
    # for 300: 3 million are left to the other, which has .5 beside pay of 2: 2.5. Villages print nothing.
    paid, kept = np.array([[2.0, 1.0], [2.5, 1.0]]), np.array([[1.5, 1.0], [2.0, 1.0]])
    printed = np.array([[30_000.0, NAN], [NAN, NAN]])
    step, common = lacking(paid, kept, np.array([[100, 50], [200, 50]]), printed, np.array([20_000.0, NAN]))
    assert np.allclose(step, [[np.log(2.5 / 1.5), 0.0], [np.log(2.5 / 2.0), 0.0]])
    assert np.allclose(common, [np.log(2.5 / 2.0), 0.0])


def test_incomes_are_met_for_the_persons_that_a_year_brings_from_where_it_starts():
    # 100 live here now, the walk before grew by 5 % within the year to those behind its incomes: of 105 each is to have
    # 20 000. 1 million is not pay: pay of 2 million at yield becomes 1.1
    here = SimpleNamespace(counties=SimpleNamespace(
        population_zone=np.array([[100.0, 0.0]]), pay_residual=np.zeros((1, 2)), social_contributions=np.zeros((1, 2)),
        talent_relief=np.zeros((1, 2)), labour_income=np.zeros((1, 2)), disposable_income=np.zeros((1, 2))))

    def happen(model):
        model.counties.labour_income[:, 0] = 2.0 * np.exp(model.counties.pay_residual[:, 0])
        model.counties.disposable_income[:] = model.counties.labour_income + [1.0, 0.0]

    wanted = SimpleNamespace(
        incomes=np.array([[[20_000.0, NAN]]]), province_incomes=np.full((1, 2), NAN),
        gains=SimpleNamespace(incomes=np.ones((1, 1, 2)), province_incomes=np.ones((1, 2))))
    pay, _ = meet_incomes([here], [SimpleNamespace(happen=happen)], wanted, 0,
                          Pay(np.zeros((1, 2)), np.zeros(2), np.array([[1.05, 1.0]])))
    assert pay[0] == pytest.approx([np.log(1.1 / 2.0), 0.0])


def test_incomes_of_which_pay_is_little_tell_nothing_of_pay():
    met, bill = np.array([True, True, False]), np.full(3, 10.0)
    assert solve._tells_pay(met, np.array([5.0, 1.0, 5.0]), bill).tolist() == [True, False, False]


def test_spending_is_parted_among_those_that_print_it_and_the_others_keep_theirs():
    # 30 and 10 are printed of counties that have 20 each: 30 and 10 of 40; of the others one is to have twice its part
    found = solve._parted(np.array([30.0, 10.0, NAN, NAN]), np.full(4, 20.0), np.array([9.0, 9.0, np.log(2.0), 0.0]))
    assert np.allclose(20 * np.exp(found), [30.0, 10.0, 40 * 2 / 3, 40 / 3])


def test_errors_that_are_drawn_do_not_shake_what_comes_after():
    drawn, printed = (solve.followed(UNTIL, draw={"observation": number}).history for number in (5, 0))
    assert not np.allclose(drawn.output, printed.output, atol=0.02)
    assert drawn.law.spread == pytest.approx(printed.law.spread, rel=0.02)


def test_what_the_base_year_misses_by_hand():
    found = solve._missed(np.array([20.0, np.nan, 5.0]), np.array([10.0, 3.0, 0.0]))
    assert found == pytest.approx([np.log(2.0), 0.0, 0.0])


def test_residents_are_met_where_they_were_counted():
    found = closure.followed(2020)
    assert found.misfit.people < 0.005 and found.history.people.any()
    assert found.misfit.debt < 1e-6 and found.history.debt[load_pack().active].all()
    before = closure.followed(UNTIL).history  # nobody was counted between 2010 and then, nor debt printed
    assert not before.people.any() and not before.debt.any()


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
    told = past.nothing_asked(2, 2011)._replace(
        output=np.log([[[1.0, 1.0, 1.0]] * 2, [[2.0, 1.0, 3.0], [1.0, 4.0, 1.0]]]))
    here = world(2, history=told, year=2011, codes=np.arange(2), province_code=460000)
    do(past.follow, on=here)
    assert np.allclose(np.exp(here.counties.output_residual), [[2.0, 1.0, 3.0], [1.0, 4.0, 1.0]])
    here.year = 2012
    do(past.follow, on=here)
    assert np.allclose(np.exp(here.counties.output_residual), [[2.0, 1.0, 3.0], [1.0, 4.0, 1.0]])


def test_what_is_asked_of_spending_is_given_by_the_others():
    # 10 and 30 with twice the weight on the first: 20 and 30 of 50, of 40 in all: 16 and 24
    here = world(2)
    here.counties.budget_resources[:], here.counties.spending_residual[0] = [10.0, 30.0], np.log(2.0)
    do(past.recompose, on=here)
    assert np.allclose(here.counties.allocation_asked, [6.0, -6.0])
    assert np.allclose(here.counties.budget_resources, [16.0, 24.0])


def test_without_history_nothing_is_asked_of_budgets():
    here = world(2)
    here.counties.budget_resources[:] = [10.0, 0.3]
    do(past.recompose, on=here)
    assert not here.counties.allocation_asked.any() and here.counties.budget_resources.tolist() == [10.0, 0.3]


def test_debt_is_restated_once_and_never_below_nought():
    # debt of 30 and 5: 10 more and, of 8 less, 5; in other years nothing
    told = past.nothing_asked(2, past.DEBT_PRINTED)._replace(debt=np.array([10.0, -8.0]))
    for year, wanted in ((past.DEBT_PRINTED - 1, [30.0, 5.0]), (past.DEBT_PRINTED, [40.0, 0.0])):
        here = world(2, history=told, year=year)
        here.counties.debt[:] = [30.0, 5.0]
        do(past.restate_debt, on=here)
        assert here.counties.debt.tolist() == wanted
        assert here.counties.debt_asked.tolist() == [wanted[0] - 30.0, wanted[1] - 5.0]
