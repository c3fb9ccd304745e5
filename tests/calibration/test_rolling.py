"""Skill from rolling origins: nothing is scored that was seen, and the rule is applied as written."""

import dataclasses

import numpy as np
import pytest

from calibration import rolling
from calibration.comparison import compare
from calibration.stacked import stacked
from calibration.targets import by_name
from calibration.view import CONDITIONAL, UNCONDITIONAL

ORIGIN = 2018


@pytest.fixture(scope="module")
def found():
    return list(rolling.forecasts((ORIGIN,), members=3, weight=1000, names=("gdp", "province_gdp", "own_revenue")))


def test_nothing_up_to_the_origin_is_scored(found):
    table = rolling.cells(found)
    assert len(table) and (table["year"] > ORIGIN).all() and (table["lead"] == table["year"] - ORIGIN).all()
    assert set(table["information"]) == {CONDITIONAL, UNCONDITIONAL}


def test_forecasts_start_from_what_was_observed(found):
    case = next(one.case for one in found if one.case.target.name == "gdp")
    assert case.target.origin == ORIGIN and case.years == (2019, 2020, 2021)
    spread = case.model.std(axis=0)
    assert (spread[-1] > spread[0]).mean() > 0.5  # residuals wander


def test_what_a_fitting_saw_is_marked(found):
    table = rolling.cells(found)
    seen = table[table["target"] == "province_gdp"]["seen"]
    assert seen.all() == (by_name("province_gdp").seen >= 2021)
    assert not table[table["target"] == "gdp"]["seen"].any()


def test_an_unconditional_outlook_knows_nothing_after_its_origin():
    plan = rolling.plan_at(2015, UNCONDITIONAL)
    assert plan.name == "as_of_2015"
    path = plan.outlook["national_growth"]
    assert path != rolling.plan_at(2015, CONDITIONAL).outlook.get("national_growth")


def test_the_table_counts_every_cell_once(found):
    table, summary = rolling.cells(found), rolling.summary(found)
    whole = summary[(summary["target"] == "gdp") & (summary["first_lead"] == 1) & (summary["last_lead"] == 4)]
    by_lead = summary[(summary["target"] == "gdp") & (summary["last_lead"] != 4) | (summary["first_lead"] == 3)]
    by_lead = by_lead[by_lead["target"] == "gdp"]
    assert whole["n"].sum() == by_lead["n"].sum() == (table["target"] == "gdp").sum()


GOOD = {"ratio": 0.8, "support": 0.9, "coverage_80": 0.8, "width": 0.1, "naive_width": 0.12}


@pytest.mark.parametrize(("name", "value"), [("ratio", 0.9), ("support", 0.7), ("coverage_80", 0.95),
                                             ("coverage_80", 0.6), ("width", 0.2), ("ratio", np.nan)])
def test_each_part_of_the_rule_can_fail_it(name, value):
    assert rolling.meets_rule(GOOD) and not rolling.meets_rule(GOOD | {name: value})


def test_scores_are_those_of_the_comparison(found):
    cases = [one.case for one in found if (one.case.target.name, one.information) == ("gdp", CONDITIONAL)]
    made = stacked(cases)
    (whole,) = compare(made.forecast, made.rival, made.observed, [(1, made.observed.shape[1])])
    line = rolling.summary([one for one in found if one.case.target.name == "gdp"], [(1, 4)]).iloc[0]
    assert line["ratio"] == whole.ratio and line["coverage_80"] == whole.covered and line["n"] == whole.cases


def test_where_no_naive_forecast_has_a_spread_the_model_is_told_alone(found):
    bare = [one._replace(case=dataclasses.replace(one.case, naive=one.case.naive._replace(members=None)))
            for one in found if one.case.target.name == "gdp"]
    line = rolling.summary(bare, [(1, 4)]).iloc[0]
    assert np.isnan(line["ratio"]) and np.isfinite(line["model_error"]) and np.isfinite(line["coverage_80"])
    assert not line["skill"]
