"""Monitoring (9.2): what is published, and how red lights are answered."""

from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim import simulate
from sim.agents.province import answered
from sim.core.bind import contract
from sim.indicators import registry
from sim.mechanisms import monitoring
from sim.mechanisms.monitoring import answer, people_under_red
from sim.names import bound
from sim.scenario import load_scenario
from tests.rules import do, world

WEIGHT, UNTIL, START = 1000, 2024, 2019  # a plain number stands from the year of the Opinions
NO_POLICY = load_scenario("no_policy")


def test_people_under_a_red_light_of_any_kind_are_counted_once():
    levels = np.array([[3.0, 0.0, 3.0], [3.0, 2.0, np.nan]])
    assert people_under_red(levels, np.array([10, 80, 10])) == pytest.approx(0.2)


def test_the_answer_is_the_gain_times_the_people_within_the_bound():
    assert answer(0.15, 0.3, 0.2) == pytest.approx(0.045)
    assert answer(0.5, 1.0, 0.2) == pytest.approx(0.2)
    assert answer(0.0, 1.0, 0.2) == 0.0


@given(red=st.floats(0, 1), gain=st.floats(0, 1), bound=st.floats(0.05, 0.5), share=st.floats(0, 0.55))
@settings(max_examples=50, deadline=None)
def test_a_share_moves_by_no_more_than_the_bound_and_never_above_one(red, gain, bound, share):
    raised = answered(share, answer(red, gain, bound))
    assert share <= raised <= min(1.0, share * (1 + bound)) * (1 + 1e-12)


def test_without_feedback_a_share_is_the_same_to_the_last_bit():
    for share in (0.1, 0.4, 0.43, 1 / 3):
        assert answered(share, 0.0) == share


# ---- the whole model ------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def runs():
    """No policy; monitored; with feedback; with much feedback: paired by seed."""
    plans = {
        "none": NO_POLICY, "monitor": NO_POLICY.with_levers(monitor="full"),
        "some": NO_POLICY.with_levers(feedback=0.3), "full": NO_POLICY.with_levers(feedback=1.0),
    }
    return {name: simulate.run_arrays(plan, seed=1, weight=WEIGHT, until=UNTIL) for name, plan in plans.items()}


def test_publishing_changes_what_is_known_and_nothing_else(runs):
    plain, published = runs["none"], runs["monitor"]
    differing = [name for name in plain if not np.array_equal(plain[name], published[name])]
    assert differing == ["warnings"]
    assert plain["warnings"].sum() == 0
    assert published["warnings"][2020 - 2010:].sum() > 0 and published["warnings"][:2019 - 2010].sum() == 0


def test_nothing_is_answered_when_feedback_is_off(runs):
    assert np.all(runs["none"]["warning_answer"] == 0) and np.all(runs["monitor"]["warning_answer"] == 0)
    assert runs["none"]["red_gaps"].max() > 0  # though there was something to answer


def test_red_lights_of_a_year_raise_the_pool_of_the_next(runs):
    plain, full = runs["none"], runs["full"]
    first = START - 2010
    assert np.array_equal(plain["transfer_equalisation"][:first + 1], full["transfer_equalisation"][:first + 1])
    red, raised = full["red_gaps"][first], full["warning_answer"][first]
    assert red > 0 and raised == pytest.approx(min(red, 0.2), rel=1e-6)
    pools = [run["transfer_equalisation"][first + 1].sum() for run in (plain, full)]
    assert pools[1] / pools[0] == pytest.approx(1 + raised, rel=1e-5)  # the gaps are larger than the pool
    assert np.all((full["warning_answer"] >= 0) & (full["warning_answer"] <= 0.2 + 1e-7))


def test_what_the_pool_gains_the_earmarked_transfers_lose(runs):
    plain, full = (runs[name] for name in ("none", "full"))
    year = START + 1 - 2010
    names = ("transfer_equalisation", "transfer_earmarked")
    gain, loss = (full[name][year].sum() - plain[name][year].sum() for name in names)
    assert gain > 0 and loss == pytest.approx(-gain, rel=1e-4)


def test_the_quota_of_the_next_year_leans_to_poor_counties(runs):
    plain, full = (runs[name] for name in ("none", "full"))
    year = START + 1 - 2010
    income = plain["disposable_income"][year].sum(axis=1) / np.maximum(plain["population"][year], 1)
    poor = (income > 0) & (income < np.median(income[income > 0]))
    change = full["quota"][year] - plain["quota"][year]
    assert change[poor].sum() > 0 and abs(change.sum()) < 1e-2


def test_a_smaller_gain_answers_less(runs):
    year = START - 2010
    assert 0 < runs["some"]["warning_answer"][year] < runs["full"]["warning_answer"][year]
    assert runs["some"]["warning_answer"][year] == pytest.approx(0.3 * runs["some"]["red_gaps"][year], rel=1e-6)


def test_compensation_is_told_by_its_least_covered_section(runs):
    assert np.all(runs["none"]["compensation_covered"] == 0)
    plan = NO_POLICY.with_levers(eco_comp=2.0)
    covered = simulate.run_arrays(plan, seed=1, weight=WEIGHT, until=2020)["compensation_covered"]
    assert covered[2018 - 2010] == 0 and covered[2019 - 2010] == 1  # all that is due; border sections may stay open


def test_a_rule_reads_the_columns_on_which_the_lights_rest():
    derived = {"persons_zone": "population_zone", f"population@-{monitoring.WINDOW}": "population_lagged",
               "population_mid": "population_at_start"}
    rest_on = {derived.get(name, name) for name in registry.sources(monitoring.LIGHT_NAMES)}
    assert rest_on <= set(contract(monitoring.light).reads)


def test_sections_that_were_due_are_watched_by_the_least_covered():
    model = world()
    for stage, covered, found in ((1, 0.4, 0.4), (2, 0.3, 0.3), (3, 0.2, 1.0), (0, 0.1, 1.0)):
        model.reaches.reach_stage[:], model.reaches.reach_covered[:] = stage, covered
        do(monitoring.settle, monitoring.measure_coverage, on=model)
        assert model.watch.compensation_covered == found


def test_lights_of_the_year_are_those_of_the_results():
    """One function: what is published in the year is what readers compute from the results."""
    from sim.model import HainanModel

    model = HainanModel("no_policy", seed=1, weight=WEIGHT, until=2016)
    while model.running:
        model.step()
    model.now = SimpleNamespace(**vars(model.now) | {"monitor": 1.0})
    within = bound(monitoring.light)(model)
    ds = simulate.as_dataset(simulate.record(model), model.plan, 1, WEIGHT, 2016)
    assert {"light_income", "light_services", "light_population", "light_leverage"} <= set(within)
    for name in monitoring.LIGHT_NAMES:
        if name in within:
            assert np.array_equal(within[name], ds[name].sel(year=2016).values, equal_nan=True), name
