"""Shifts: an amount that is added to a series of the outlook, in files, tables of draws and as a keyword."""

import functools

import numpy as np
import pytest

from sim import outlook
from sim.core.declare import UserError
from sim.model import HainanModel
from sim.region import exogenous
from sim.region.pack import load_pack
from sim.scenario import describe, diff, load_scenario
from sim.scenario.files import scenario_of_text
from sim.simulate import HAINAN
from sim.study.request import resolve

PAST = {name: values for name, values in exogenous.observed(load_pack()).items() if name in outlook.SERIES}
paths = functools.partial(outlook.paths, observed=PAST,
                          names=["national_growth", "outside_wage_growth", "national_spending"])


def test_a_shift_is_added_from_the_first_year_after_the_data_and_moves_what_follows():
    plain, moved = paths(range(2010, 2036)), paths(range(2010, 2036), shifts=slower())
    growth, wages = (moved[name] - plain[name] for name in ("national_growth", "outside_wage_growth"))
    assert not growth[:15].any() and growth[15:] == pytest.approx(-0.01)
    assert wages[15:] == pytest.approx(-0.01)  # wages outside follow the nation
    ratio = moved["national_spending"] / plain["national_spending"]
    assert ratio[14] == 1.0 and (np.diff(ratio[14:]) < 0).all()


def slower():
    return load_scenario("no_policy").with_shifts(national_growth=-0.01).shifted


def test_a_shift_of_a_level_is_the_same_in_all_years():
    plain = paths(range(2010, 2036))["national_spending"]
    moved = paths(range(2010, 2036), shifts={"national_spending": dict.fromkeys(range(2025, 2051), 500.0)})
    assert (moved["national_spending"] - plain)[15:] == pytest.approx(500.0)


def test_a_shift_that_leaves_the_range_is_refused_with_its_year():
    with pytest.raises(UserError, match=r"shifts\.national_growth: 0\.2 makes it 0.248 in 2025; -0.1 to 0.15"):
        paths(range(2010, 2036), shifts={"national_growth": {2025: 0.2, 2026: 0.2}})


def test_a_file_a_draw_and_a_keyword_say_the_same_shift(tmp_path):
    (tmp_path / "mine.toml").write_text('inherits = "no_policy"\n[shifts]\nnational_growth = -0.01\n')
    plan = load_scenario(tmp_path / "mine.toml")
    (row,) = resolve("no_policy", draws=[{"shift:national_growth": -0.01}]).draws
    drawn = load_scenario("no_policy").with_settings(shifts=HAINAN.draw_of(row)["shifts"])
    model = HainanModel("no_policy", weight=1000, shift_national_growth=-0.01)
    assert plan.hash == drawn.hash == model.plan.hash != load_scenario("no_policy").hash
    assert model.outlook["national_growth"][15] == pytest.approx(0.038)
    assert scenario_of_text(plan.to_toml(), "mine").hash == plan.hash
    assert "shifts" in describe(plan) and "national_growth = -0.01" in describe(plan)
    assert diff(load_scenario("no_policy"), plan) == [
        "outlook national_growth: -0.01 is added from 2025 on instead of 0"]


def test_shifts_from_a_later_year_are_stages(tmp_path):
    (tmp_path / "mine.toml").write_text(
        'inherits = "no_policy"\nsince = 2028\n[shifts]\nnational_growth = 0.01\n')
    plan = load_scenario(tmp_path / "mine.toml").with_settings()
    assert min(plan.shifted["national_growth"]) == 2028
    again = scenario_of_text(plan.to_toml(), "mine")
    assert again.shifted == plan.shifted and again.hash == plan.hash


@pytest.mark.parametrize(("column", "word"), [
    ({"shift:national_growth": 0.2}, "is not a number from -0.13 to 0.102"), ({"shift:nation": 0.0}, "shift"),
    ({"shift:province_gdp_growth": 0.0}, "no parameter")])
def test_a_shift_in_a_table_of_draws_is_checked_before_any_run(column, word):
    with pytest.raises(UserError, match=word):
        resolve("no_policy", draws=[column])


@pytest.mark.parametrize("value", [
    "0.1", True, [{"to": 0.01}], [{"to": 0.01, "since": 2030}, {"to": 0.0, "since": 2026}],
    [{"to": 0.01, "since": 2060}], 0.5])
def test_what_is_no_shift_is_refused(value):
    with pytest.raises(UserError, match=r"shifts\.national_growth"):
        load_scenario("no_policy").with_shifts(national_growth=value)


def test_outlook_values_are_shown_as_a_file_would_write_them():
    plan = load_scenario("no_policy").with_outlook(national_growth=0.02)
    assert "national_growth = 0.02  [command line]" in describe(plan)
