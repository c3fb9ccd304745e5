"""The outlook: one registry, straight projections, followers, and changes that act in their years only."""

from __future__ import annotations

import ast
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim import outlook
from sim.core.declare import UserError
from sim.region import exogenous
from sim.region.pack import load_pack

YEARS = list(range(2010, 2051))
PAST = {name: values for name, values in exogenous.observed(load_pack()).items() if name in outlook.SERIES}


def of(name, past=PAST, **more):
    """A series by year."""
    return dict(zip(YEARS, outlook.paths(YEARS, past, names=[name], **more)[name], strict=True))


def test_every_series_says_what_it_is_in_two_languages_with_unit_source_and_bounds():
    for name, one in outlook.SERIES.items():
        assert name == one.name and one.unit and one.says and one.says_zh and one.source
        assert one.confidence in ("high", "medium", "low")
        assert one.bounds[0] < one.bounds[1]
        assert any("一" <= c <= "鿿" for c in one.says_zh)


def test_every_path_without_the_pack_stays_within_its_bounds():
    for one in outlook.SERIES.values():
        if not one.in_pack:
            path = one.path(YEARS)
            assert np.isfinite(path).all()
            assert (path >= one.bounds[0]).all() and (path <= one.bounds[1]).all()


def test_the_outlook_imports_the_core_and_the_words_alone():
    tree = ast.parse(Path(outlook.__file__).read_text(encoding="utf-8"))
    imported = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert {m for m in imported if m.startswith("sim")} == {"sim.core.cache", "sim.core.declare", "sim.words"}


def test_national_growth_falls_in_a_straight_line_after_the_data():
    growth = of("national_growth")
    assert growth[2024] == 0.050
    assert growth[2025] == pytest.approx(0.048)
    assert growth[2030] == pytest.approx(0.039)                               # halfway from 4.8 to 3.0
    assert growth[2035] == growth[2050] == pytest.approx(0.030)


def test_wages_outside_follow_national_growth_less_half_a_point():
    growth = of("outside_wage_growth")
    assert growth[2023] == 0.048                                              # observed
    assert growth[2030] == pytest.approx(0.034)


def test_a_scenario_that_slows_the_nation_slows_wages_outside_from_its_first_year():
    changed = outlook.paths(YEARS, PAST, {"national_growth": {y: 0.02 for y in range(2026, 2051)}})
    plain = outlook.paths(YEARS, PAST)
    wage, before = changed["outside_wage_growth"], plain["outside_wage_growth"]
    assert np.array_equal(wage[:16], before[:16])                             # to 2025
    assert wage[16] == pytest.approx(0.015)


def test_an_override_may_be_a_function_that_answers_only_from_its_year():
    changed = outlook.paths(YEARS, overrides={"snowbirds": lambda y: 2e6 if y >= 2030 else None})["snowbirds"]
    plain = outlook.paths(YEARS)["snowbirds"]
    assert np.array_equal(changed[:20], plain[:20]) and (changed[20:] == 2e6).all()


def test_a_nan_of_an_override_means_no_change():
    changed = outlook.paths(YEARS, overrides={"snowbirds": {2030: math.nan}})["snowbirds"]
    assert np.array_equal(changed, outlook.paths(YEARS)["snowbirds"])


def test_a_level_grows_from_its_past_by_the_growth_of_the_scenario():
    past = {"central_transfer": {2021: 90.0, 2022: 100.0}}
    flat = outlook.paths(YEARS, past, {"central_transfer_growth": dict.fromkeys(range(2027, 2051), 0.0)})
    path = dict(zip(YEARS, flat["central_transfer"], strict=True))
    assert path[2023] == pytest.approx(103.0)                                 # 100 x 1.03
    assert path[2026] == pytest.approx(100 * 1.03**4)
    assert path[2050] == path[2026]
    assert path[2020] == pytest.approx(90 / 1.03)                             # backward by the same growth


def test_a_named_level_goes_on_from_the_named_value():
    past = {"central_transfer": {2022: 100.0}}
    path = outlook.paths([2022, 2023, 2024], past, {"central_transfer": {2023: 50.0}})["central_transfer"]
    assert path.tolist() == pytest.approx([100.0, 50.0, 51.5])


def test_all_faults_of_the_overrides_are_said_at_once():
    with pytest.raises(UserError) as caught:
        outlook.paths(YEARS, overrides={"nationl_growth": {2030: 0.1}, "snowbirds": {2030: -5.0}})
    text = str(caught.value)
    assert len(caught.value.faults) == 2
    assert "did you mean national_growth?" in text and "out of range" in text


def test_a_series_of_the_pack_refuses_to_answer_without_it():
    for name in ("visitors", "national_growth"):
        with pytest.raises(LookupError, match="data pack"):
            outlook.value(name, 2020)


def test_what_was_observed_stands_in_the_pack_with_unit_source_and_flag():
    rows, marks = load_pack().table("outlook"), exogenous.path_flags(load_pack())
    for name, one in rows.groupby("variable"):
        series = outlook.SERIES[name]
        assert series.in_pack and not series.defined and (one["unit"] == series.unit).all()
        assert (one["source"] != "").all() and marks[name][one["year"].to_numpy() - 2010].all()
    assert {name for name, one in outlook.SERIES.items() if one.defined} == {
        f"outside_pool_{skill}" for skill in ("junior", "senior", "college")}   # one in 2010 by definition

def test_a_misspelt_series_says_what_was_meant():
    with pytest.raises(KeyError, match="snowbirds"):
        outlook.value("snowbird", 2020)


def test_severe_typhoons_stand_in_2014_and_2024_and_only_there():
    assert [year for year, strikes in of("typhoon_forced").items() if strikes] == [2014, 2024]


def test_purchase_rules_bite_in_2018_and_fade_to_2030():
    path = dict(zip(YEARS, outlook.SERIES["purchase_restriction"].path(YEARS), strict=True))
    assert path[2017] == 1.0 and path[2018] == 0.5
    assert path[2024] == pytest.approx(0.65) and path[2030] == pytest.approx(0.8) == path[2050]


def test_the_pool_outside_grows_more_schooled():
    pools = outlook.paths([2010, 2035], names=[f"outside_pool_{s}" for s in ("junior", "senior", "college")])
    assert [p[0] for p in pools.values()] == [1.0, 1.0, 1.0]
    assert pools["outside_pool_junior"][1] < 0.6 and pools["outside_pool_college"][1] > 2.5


def test_an_observed_only_series_claims_nothing_about_later_years():
    path = outlook.SERIES["province_gdp_growth"].path([2010, 2011, 2012], {2010: 0.16, 2011: 0.12})
    assert path[:2].tolist() == [0.16, 0.12] and np.isnan(path[2])


@settings(max_examples=50, deadline=None)
@given(last=st.floats(0, 3), goal=st.floats(0, 3), year=st.integers(2020, 2060))
def test_a_projection_stays_between_the_last_observation_and_its_goal(last, goal, year):
    made = outlook.projection([year], {2020: last}, {2035: goal})[year]
    assert min(last, goal) - 1e-12 <= made <= max(last, goal) + 1e-12
    if year >= 2035:
        assert made == pytest.approx(goal)


def test_fitted_trends_hold_to_2020_and_fade():
    """Over eight years: a quarter has faded by 2022, all of it by 2028."""
    assert [outlook.still_holds(year, 8.0) for year in (2010, 2020, 2022, 2028, 2040)] == [1.0, 1.0, 0.75, 0.0, 0.0]


def test_national_spending_is_the_record_and_then_grows_with_the_nation():
    """A head and year at 2020 prices: 8,530 CNY in 2010, 19,230 in 2024, a twentieth more in 2025."""
    path = of("national_spending")
    assert path[2010] == 8530 and path[2024] == 19230
    assert path[2025] == pytest.approx(19230 * 1.048)


def test_a_nation_that_slows_spends_less():
    assert of("national_spending", overrides={"national_growth": {2025: 0.0, 2026: 0.0}})[2026] == 19230
