"""Milestones (D.5): conditions by hand, probabilities over runs, and reasons where nothing can be computed."""

import numpy as np
import pytest

from sim.indicators import cards
from sim.indicators import milestones as ind
from sim.indicators.milestones import MILESTONES, Condition, Milestone, outcome

YEARS = list(range(2018, 2026))


def milestone(*conditions, year=2025):
    return Milestone("M", year, "1", "a test", "测试", conditions)


def rising(*starts):
    """Runs that rise by one a year from where they start."""
    return np.array(starts, dtype=float)[:, None] + np.arange(len(YEARS))


def test_a_bound_is_met_by_some_runs():
    found = outcome(milestone(Condition("svc", ">=", 10.0)), {"svc": rising(1, 2, 3, 4)}, YEARS)  # 8 9 10 11 in 2025
    assert found.probability == 0.5 and found.runs == 4 and found.values == (9.5,)


def test_a_ratio_is_taken_to_the_year_it_is_against():
    found = outcome(milestone(Condition("svc", "<", 2.0, 2019)), {"svc": rising(1, 10)}, YEARS)  # 8/2, 17/11
    assert found.probability == 0.5


def test_all_conditions_must_hold_in_the_same_run():
    both = milestone(Condition("a", ">", 8.5), Condition("b", "<", 8.5))
    found = outcome(both, {"a": rising(1, 2, 3), "b": rising(1, 1, 3)}, YEARS)  # a: 8 9 10, b: 8 8 10
    assert found.probability == pytest.approx(1 / 3)


def test_what_is_not_there_is_not_computed_and_says_why():
    found = outcome(milestone(Condition("water", ">=", 0.95)), {}, YEARS, lambda name: f"no column {name}")
    assert np.isnan(found.probability) and not found.computed and found.reason == "water is not there (no column water)"


def test_a_run_that_ends_before_is_not_computed():
    found = outcome(milestone(Condition("svc", ">", 0), year=2035), {"svc": rising(1)}, YEARS)
    assert found.reason == "no 2035 in the years 2018-2025"


def test_values_not_known_in_the_year_are_not_passed():
    values = rising(1, 2)
    values[:, -1] = np.nan
    found = outcome(milestone(Condition("svc", ">", 0)), {"svc": values}, YEARS)
    assert found.reason == "svc is not known in 2025" and np.isnan(found.probability)


def test_a_run_that_is_missing_is_not_counted():
    values = rising(1, 9)
    values[0] = np.nan
    found = outcome(milestone(Condition("svc", ">", 10)), {"svc": values}, YEARS)
    assert found.probability == 1.0 and found.runs == 1


def test_milestones_rest_on_variables_of_the_house():
    from sim.agents.county import Counties
    from sim.agents.province import PROVINCE_CARDS

    known = {**cards(), **Counties.cards(), **PROVINCE_CARDS}
    assert all(known[name].dims == () for name in ind.NEEDED)


def test_every_milestone_has_an_aim_a_section_and_words():
    assert [m.id for m in MILESTONES] == sorted({m.id for m in MILESTONES})
    for m in MILESTONES:
        assert m.year in ind.AIMS and m.section and m.says and m.says_zh and m.conditions
    assert 2050 in ind.AIMS and not any(m.year == 2050 for m in MILESTONES)  # reported, no pass mark


def test_the_goals_of_chapter_one_point_to_the_milestones():
    from sim.levers import SECTION_IDS, SECTIONS

    targets = next(entry for entry in SECTIONS["1"].monitored if entry.name == "targets")
    assert MILESTONES[0].id in targets.reason and MILESTONES[-1].id in targets.reason
    assert {m.section for m in MILESTONES} <= set(SECTION_IDS)
