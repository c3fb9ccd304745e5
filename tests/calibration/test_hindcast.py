"""How far the model stands from history: a model that is history, one that is a naive forecast, and made-up runs."""

import numpy as np
import pytest

from calibration.hindcast import how_far
from sim.core.declare import UserError
from sim.region.history import history
from tests.outputs import synthetic


@pytest.fixture(scope="module")
def past():
    return history()


@pytest.fixture(scope="module")
def tables(past):
    return how_far(synthetic.results(seeds=3), past)


def taken_from(past, **changed):
    """Results that hold what history holds."""
    names = ["population", "gdp", "province_gdp", "gdp_branch", "province_gdp_branch", "province_population"]
    return past[names].sel(year=slice(2010, None)).assign(**changed).assign_attrs(scenario="baseline")


def row(tables, target, window, form=None):
    found = tables["scores"]
    found = found[(found.target == target) & found.window.str.startswith(window)]
    return (found[found.form == form] if form else found).iloc[0]


def test_a_model_that_is_history_makes_no_error(past):
    found = how_far(taken_from(past), past)["scores"]
    assert found[found["values"] > 0]["model_error"].max() < 1e-6
    assert row({"scores": found}, "residents by county", "census").verdict.startswith("closer than")


def test_a_model_that_stands_still_is_as_good_as_persistence(past):
    still = past["population"].sel(year=2010).drop_vars("year")
    years = past["year"].sel(year=slice(2010, None))
    found = how_far(taken_from(past, population=still.expand_dims(year=years)), past)
    persons = row(found, "residents by county", "census", "persons")
    assert persons.model_error == pytest.approx(persons.error_persistence)
    assert "no skill" in persons.verdict


def test_the_naive_errors_are_those_known_from_the_data(tables):
    share = row(tables, "residents by county", "census", "share of the province")
    assert share.error_carried_share == pytest.approx(0.040, abs=5e-4)
    later = tables["scores"][tables["scores"].window == "2018-2021, from 2017"].iloc[0]
    assert later.error_constant_share == pytest.approx(0.049, abs=5e-4)
    assert later.error_branch_shares == pytest.approx(0.039, abs=6e-4)
    assert later["values"] == 7 * 4


def test_every_row_of_the_scores_says_its_verdict_in_words(tables):
    assert (tables["scores"].verdict.str.len() > 10).all()
    assert {"province: residents", "province: GDP", "province: local budget revenue"} <= set(tables["scores"].target)


def test_sansha_is_not_compared(tables):
    assert len(tables["population_2020"]) == 18
    assert 460300 not in tables["population_2020"].county.values


def test_patterns_say_what_is_seen_and_whether_it_is_met(tables):
    found = tables["patterns"].set_index("pattern")
    assert set(found.index) == {"PO1", "PO2", "PO4", "PO6", "PO9", "PO10", "PO12", "PO13", "PO14"}
    assert set(found.met) <= {"yes", "no", "not testable"}
    assert found.loc["PO13", "observed"].startswith("3.1 %")


def test_a_pattern_without_its_variables_is_not_testable(past):
    found = how_far(taken_from(past), past)["patterns"].set_index("pattern")
    assert found.loc["PO14", "met"] == "not testable"
    assert found.loc["PO1", "met"] == "yes"


def test_missing_runs_do_not_count(past):
    found = how_far(synthetic.results(seeds=2, missing={(1, 0, 1)}), past)["scores"]
    assert (found.runs == 1).all()


def test_recalled_values_are_counted(tables):
    assert row(tables, "province: local budget revenue", "2018").recalled > 0
    assert row(tables, "residents by county", "census").recalled == 0


def test_imputed_values_are_not_scored(past):
    changed = past.copy(deep=True)
    changed["population_flag"][:] = 5
    found = how_far(synthetic.results(seeds=1), changed)["scores"]
    assert row({"scores": found}, "residents by county", "census")["values"] == 0


def test_an_unknown_scenario_is_a_users_fault(past):
    with pytest.raises(UserError, match="did you mean baseline"):
        how_far(synthetic.results(seeds=1), past, scenario="baselin")


def test_the_same_runs_give_the_same_tables(past, tables):
    again = how_far(synthetic.results(seeds=3), past)
    for name, table in tables.items():
        assert table.equals(again[name]), name


def test_shares_of_the_carried_forecast_sum_to_the_census(tables):
    table = tables["population_2020"]
    assert table.naive_carried_share.sum() == pytest.approx(table.observed_2020.sum())
    assert np.isfinite(table.log_error).all()
