"""One run as a Dataset: what simulate makes of a model's record, and what it tells a batch of the model."""

import sys
from types import ModuleType

import numpy as np
import pytest

from sim import simulate
from sim.core.declare import Card, UserError
from sim.scenario import load_scenario

CARDS = {
    "gdp": Card("gdp", ("county",), "million CNY", "Gross domestic product", "地区生产总值", "flow", "1", "headline"),
    "population": Card("population", ("county",), "persons", "Residents", "常住人口", keep="headline", dtype="int64"),
    "cash": Card("cash", ("county",), "million CNY", "Cash balance", "财政结余", keep="all"),
}


class ShortModel:
    """Two years of a model: gdp is the year, everywhere."""

    def __init__(self, plan, seed, draw, weight, until, threads=1, history=None):
        self.plan, self.seed, self.until, self.year = plan, seed, until, 2010
        shape = until - 2009, len(simulate.coordinates()["county"])
        self.record = {"gdp": np.full(shape, 2010, np.float32), "population": np.full(shape, 10),
                       "cash": np.zeros(shape)}

    @property
    def running(self):
        return self.year < self.until

    def step(self):
        self.year += 1
        self.record["gdp"][self.year - 2010] = self.year

    @staticmethod
    def cards():
        return CARDS


@pytest.fixture
def short_model(monkeypatch):
    module = ModuleType("sim.model")
    module.HainanModel = ShortModel
    monkeypatch.setitem(sys.modules, "sim.model", module)


def test_a_run_is_walked_to_its_horizon_and_tells_every_year(short_model):
    told = []
    made = simulate.run_arrays("baseline", seed=1, until=2012, on_year=told.append)
    assert told == [2011, 2012]
    assert made["gdp"][:, 0].tolist() == [2010, 2011, 2012]


def test_what_is_kept_follows_the_level_of_detail(short_model):
    assert set(simulate.run_arrays("baseline", until=2011, keep="headline")) == {"gdp", "population"}
    assert set(simulate.run_arrays("baseline", until=2011, keep="all")) == set(CARDS)


def test_a_run_is_a_dataset_with_indicators_and_provenance(short_model):
    made = simulate.run("baseline", seed=3, until=2012)
    assert made["gdp"].dims == ("year", "county")
    assert "gdp_pc" in made
    assert {name: made.attrs[name] for name in ("scenario", "seed", "draw", "weight", "until")} == {
        "scenario": "baseline", "seed": 3, "draw": 0, "weight": 100, "until": 2012}
    assert made.attrs["scenario_hash"] == load_scenario("baseline").hash
    assert len(made.attrs["code_hash"]) == len(made.attrs["data_hash"]) == len(made.attrs["lock_hash"]) == 64


def test_counties_are_those_of_the_pack_with_the_outside_after_them():
    labels = simulate.coordinates(2035)
    assert labels["year"][0] == 2010 and labels["year"][-1] == 2035
    assert labels["county"] == sorted(labels["county"])
    assert 460100 in labels["county"] and 460000 not in labels["county"]
    assert labels["destination"] == [*labels["county"], simulate.OUTSIDE]
    assert labels["name_zh"][1][0] == "海口市"
    assert not labels["active"][1][labels["county"].index(460300)]


def test_a_draw_without_numbers_of_its_own_is_its_imputation():
    assert simulate.draw_of({"draw": 0, "imputation": 0}) == 0
    assert simulate.draw_of({"draw": 7, "imputation": 7}) == 7
    assert simulate.draw_of({"draw": 7, "imputation": 2}) == {"imputation": 2}


def test_the_numbers_of_a_draw_find_their_place_by_their_names():
    row = {"draw": 1, "imputation": 1, "migration_income_elasticity": 1.5, "hukou_open": 0.4}
    assert simulate.draw_of(row) == {
        "imputation": 1, "parameters": {"migration_income_elasticity": 1.5}, "levers": {"hukou_open": 0.4}}


def test_a_misspelt_number_of_a_draw_is_a_fault():
    with pytest.raises(UserError, match=r"hukou_opn: no such argument, lever, .*; did you mean hukou_open"):
        simulate.draw_of({"draw": 1, "imputation": 1, "hukou_opn": 0.4})


def test_results_say_their_prices_the_last_years_of_the_data_and_what_they_knew_of_history():
    free, told = simulate.HAINAN.attributes(), simulate.HAINAN.following(2015).attributes()
    assert free["price_year"] == "2020" and free["data_vintage"] == "counties to 2022, province to 2024"
    assert "nothing later of counties" in free["information"] and "counties to 2015" in told["information"]
