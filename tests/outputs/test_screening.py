"""Screening: effects of parts and pairs from the runs of a factorial, in numbers one can count."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from outputs import screening, style
from sim.core.declare import UserError
from sim.scenario import load_scenario
from sim.study.batch import open_results, run_study
from sim.study.designs import Design, Part, made, two_level
from tests.screened_model import ScreenedModel, parts

TWO = Design(("factorial",), "low", "high", tuple(Part(name, name.upper(), name, frozenset()) for name in ("x", "y")))


def results_of(values, seeds=(0.0,)):
    """gdp of 2035 by scenario: e to the value, in per cent, and the chance of each seed."""
    names = list(values)
    gdp = np.exp(np.array([[[[values[name] + chance] for chance in seeds]] for name in names]) / 100)
    return xr.Dataset({"gdp": (("scenario", "draw", "seed", "year"), gdp)},
                      {"scenario": names, "draw": [0], "seed": list(range(len(seeds))), "year": [2035]})


def screened(values, seeds=(0.0,)):
    return screening.screened(results_of(values, seeds), TWO, ("gdp",)).set_index(["first", "second"])


def test_effects_are_those_of_four_numbers():
    # x does 1 alone and 7 where y is there, y does 2 and 8: on average 4 and 5, together 6 beyond the sum
    table = screened({"low": 0.0, "with_a": 1.0, "with_b": 2.0, "high": 9.0}, seeds=(0.0, 5.0))
    assert table.effect.tolist() == pytest.approx([4.0, 5.0, 6.0])
    pair = table.loc["x", "y"]
    assert (pair.first_alone, pair.second_alone, pair.together) == pytest.approx((1.0, 2.0, 9.0))
    assert pair.says == "complement" and pair.kind == "pair"
    assert table.error.tolist() == pytest.approx([0.0, 0.0, 0.0], abs=1e-9)


def test_two_that_do_the_same_are_substitutes():
    pair = screened({"low": 0.0, "with_a": -3.0, "with_b": -3.0, "high": -4.0}).loc["x", "y"]
    assert pair.effect == pytest.approx(2.0) and pair.says == "substitute" and np.isnan(pair.error)


def test_the_error_is_that_of_the_mean_over_seeds():
    values = results_of({"low": 0.0, "with_a": 1.0, "with_b": 0.0, "high": 1.0}, seeds=(0.0, 0.0))
    values["gdp"].loc[{"scenario": ["with_a", "high"], "seed": 1}] *= np.exp(0.02)
    table = screening.screened(values, TWO, ("gdp",))
    # x does 1 with one seed and 3 with the other
    assert table.effect[0] == pytest.approx(2.0) and table.error[0] == pytest.approx(1.0)


def test_a_planted_interaction_is_found_in_a_study(tmp_path):
    low, high = load_scenario("no_policy"), load_scenario("full")
    design = Design(("factorial",), "no_policy", "full", parts())
    model = ScreenedModel()
    study = SimpleNamespace(name="screened", scenarios=[low, high, *made("factorial", low, high, parts()).values()])
    run_study(study, seeds=3, weight=16, until=2012, workers=1, out=tmp_path / "s", progress=False, model=model)
    results = open_results(tmp_path / "s", model=model)
    table = screening.screened(results.sum("county"), design, ("gdp",))
    clear = table[table.clear]
    assert sorted(zip(clear["first"], clear["second"])) == [
        ("part0", ""), ("part0", "part1"), ("part1", ""), ("part2", "")]
    largest = screening.largest(table, "gdp", "pair").iloc[0]
    assert (largest["first"], largest["second"], largest.says) == ("part0", "part1", "complement")
    assert largest.effect == pytest.approx(8.0, abs=0.1)
    assert largest[["first_alone", "second_alone", "together"]].tolist() == pytest.approx([2.0, 1.0, 11.0], abs=0.1)


def test_a_screening_without_all_its_runs_is_refused():
    with pytest.raises(UserError, match="no seed has every run"):
        screened({"low": 0.0, "with_a": 1.0, "high": 9.0})


def test_seeds_with_missing_runs_are_left_out():
    values = results_of({"low": 0.0, "with_a": 1.0, "with_b": 2.0, "high": 9.0}, seeds=(0.0, 0.0))
    values["gdp"].loc[{"scenario": "with_a", "seed": 1}] = np.nan
    assert screening.screened(values, TWO, ("gdp",)).effect.tolist() == pytest.approx([4.0, 5.0, 6.0])


@pytest.fixture
def many():
    """A table of 8 parts, chance alone but for one part and one pair, in two variables."""
    design = Design(("factorial",), "low", "high",
                    tuple(Part(f"{k}_1", f"{k}.1 part", f"{k}.1 部分", frozenset()) for k in range(1, 9)))
    runs = two_level(8)
    chance = np.random.Generator(np.random.Philox(key=7)).normal(0.0, 0.1, (len(runs), 4))
    found = [pd.DataFrame(screening.effects(5.0 * runs[:, :1] + 3.0 * runs[:, 1:2] * runs[:, 2:3] + chance, design))
             for _ in range(2)]
    return pd.concat([one.assign(variable=name, year=2035)
                      for one, name in zip(found, ("theil_inc_pc", "province_gdp_volume"))])


def test_of_chance_alone_nothing_stands_out(many):
    rows = many[many.variable == "theil_inc_pc"]
    assert len(rows) == 8 + 28
    assert set(zip(rows["first"][rows.clear], rows.second[rows.clear])) == {
        ("1_1", ""), ("2_1", ""), ("3_1", ""), ("2_1", "3_1")}


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_lines_and_figure_name_provisions_by_their_numbers(many, lang):
    assert any("2.1 x 3.1: +2.97" in line for line in screening.lines(many, lang))
    with style.drawing(lang):
        figure = screening.figure(many, lang)
        texts = [text.get_text() for ax in figure.axes for text in ax.get_yticklabels()]
        assert len(figure.axes) == 4 and "2.1 × 3.1" in texts and "8.1" in texts
        assert all(ax.get_title(loc="left") for ax in figure.axes[:2])
        assert all("%" in ax.get_xlabel() for ax in figure.axes[2:])
