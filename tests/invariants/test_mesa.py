"""Mesa's own tools work on the model: agents, DataCollector, batch_run."""

import functools
import multiprocessing

import mesa
import numpy as np
import pytest

from sim.agents.county import County
from sim.model import HainanModel

HAIKOU, QIONGHAI = 460100, 469002


class Collected(HainanModel):
    """The model with a collector of a user's own."""

    def __init__(self, plan="baseline", seed=0, until=2035):
        super().__init__(plan, seed=seed, weight=1000, until=until)
        self.datacollector = mesa.DataCollector(
            model_reporters={"year": "year", "residents": lambda m: int(m.counties.population.sum())},
            agenttype_reporters={type(self.county[HAIKOU]): {"debt": "debt", "code": "code"}})
        self.datacollector.collect(self)  # the base year; the model collects every year after


@pytest.fixture
def model():
    return HainanModel(seed=0, weight=1000, until=2012)


def test_the_model_is_a_mesa_model_whose_agents_are_counties_the_province_and_the_outside(model):
    assert isinstance(model, mesa.Model)
    kinds = [type(agent).__name__ for agent in model.agents]
    assert kinds.count("County") == model.n and kinds.count("Province") == kinds.count("Outside") == 1
    assert [c.code for c in model.county.values()] == model.codes.tolist()


def test_mesa_counts_the_steps_of_the_model(model):
    model.step()
    assert model.steps == 1 and model.year == 2011


def test_mesas_run_model_goes_to_the_horizon(model):
    model.run_model()
    assert model.year == 2012 and model.steps == 2


def test_what_is_written_to_an_agent_reaches_its_table(model):
    park, reach = next(iter(model.park.values())), next(iter(model.reach.values()))
    park.area, reach.reach_covered = 7.0, 0.25
    assert model.parks.area[park.row] == 7.0 and model.reaches.reach_covered[reach.row] == 0.25
    park.remark = "seen"  # what is no column is the agent's own
    assert park.remark == "seen" and "remark" not in vars(model.parks)


def test_the_province_and_the_world_outside_are_windows_on_their_accounts(model):
    assert model.province.province_balance == float(model.account.province_balance)
    np.testing.assert_array_equal(model.province.province_poverty, model.watch.province_poverty)  # by zone
    assert model.province.quota_price == float(model.prices.quota_price)
    model.province.carbon_price = 92.0
    assert model.prices.carbon_price == 92.0
    model.outside_world.wage_index = 1.5
    assert model.outside.wage_index == 1.5 and model.outside_world.outside_income.shape == (3,)


def test_a_county_reads_its_row(model):
    county, row = model.county[QIONGHAI], model.county[QIONGHAI].row
    assert model.codes[row] == QIONGHAI and county.name_en == model.names[row] == "Qionghai"
    assert county.debt == model.counties.debt[row]
    assert county.population == model.counties.population[row] and isinstance(county.population, int)
    np.testing.assert_array_equal(county.population_zone, model.counties.population_zone[row])
    model.step()
    assert county.debt == model.counties.debt[row]
    assert "Qionghai" in repr(county)
    with pytest.raises(AttributeError, match="dept"):
        _ = county.dept


def test_a_county_window_writes_its_row_and_no_other(model):
    county = model.county[QIONGHAI]
    before = model.counties.debt.copy()
    county.window.debt = 5.0
    county.window.capital[0] = 7.0
    assert county.debt == model.counties.debt[county.row] == 5.0
    assert model.counties.capital[county.row, 0] == 7.0
    assert (np.delete(model.counties.debt, county.row) == np.delete(before, county.row)).all()


def test_the_province_and_the_outside_read_their_accounts(model):
    model.step()
    assert model.province.province_central_transfer == model.account.province_central_transfer.item() > 0
    np.testing.assert_array_equal(model.outside_world.outside_income, model.outside.outside_income)
    for agent in (model.province, model.outside_world):
        with pytest.raises(AttributeError):
            _ = agent.purse


def test_agent_sets_select_and_sum_counties(model):
    counties = model.agents_by_type[type(model.county[HAIKOU])]
    assert sum(counties.get("population")) == model.counties.population.sum()
    coast = counties.select(lambda c: c.gdp > 0)
    assert len(coast) == model.active.sum()


def test_a_data_collector_collects_every_year():
    model = Collected(seed=0, until=2013)
    model.run_model()
    table = model.datacollector.get_model_vars_dataframe()
    assert table["year"].tolist() == [2010, 2011, 2012, 2013]
    np.testing.assert_array_equal(table["residents"], model.record["population"].sum(axis=1))
    counties = model.datacollector.get_agenttype_vars_dataframe(type(model.county[HAIKOU]))
    assert len(counties) == 4 * model.n


def test_the_models_own_collector_holds_headlines_of_every_year(model):
    model.run_model()
    table = model.datacollector.get_model_vars_dataframe()
    assert table["year"].tolist() == [2010, 2011, 2012]
    np.testing.assert_array_equal(table["population"], model.record["population"].sum(axis=1))
    assert (table["theil_gdp_pc"] > 0).all()


def test_a_county_attribute_writes_its_row(model):
    county = model.county[QIONGHAI]
    county.debt = 5.0
    assert model.counties.debt[county.row] == 5.0


@pytest.fixture
def batch_run():
    """Mesa's batch_run in this process; it changes how others are started, which is put back."""
    method = multiprocessing.get_start_method(allow_none=True)
    yield functools.partial(mesa.batch_run, number_processes=1, display_progress=False)
    multiprocessing.set_start_method(method, force=True)


def test_mesas_batch_run_runs_scenarios_and_seeds(batch_run):
    rows = batch_run(Collected, {"plan": ["no_policy", "baseline"], "until": 2012}, rng=[0, 1])
    final = {(row["plan"], row["seed"]): row["residents"] for row in rows}
    assert set(final) == {(plan, seed) for plan in ("no_policy", "baseline") for seed in (0, 1)}
    assert {row["year"] for row in rows} == {2012}
    assert final["no_policy", 0] == final["baseline", 0] != final["no_policy", 1]


def test_mesas_batch_run_without_a_seed_is_paired_and_the_same_every_time_and_says_so(batch_run):
    """Full less no policy in 2018, before any lever differs, is nought to the last bit."""
    asked = {"plan": ["no_policy", "full"], "weight": 1000, "until": 2018, "seed": [0, 1]}
    with pytest.warns(UserWarning, match=r"rng=range\(5\)"):
        rows, again = (batch_run(HainanModel, asked) for _ in range(2))
    assert rows == again and len({row["gdp"] for row in rows}) == 1


def test_mesas_batch_run_sweeps_levers_and_sections_as_plain_keywords(batch_run):
    rows = batch_run(HainanModel, {"hukou_open": [0.0, 1.0], "section_2_1": [0.0, 0.5], "weight": 1000, "until": 2021},
                     rng=[4])
    assert len({row["gdp"] for row in rows}) == 4
    alone = HainanModel(seed=4, weight=1000, until=2021, hukou_open=1.0, section_2_1=0.5)
    alone.run_model()
    assert rows[-1]["gdp"] == alone.counties.gdp.sum()


def test_mesas_collector_keeps_counties_under_their_codes(model):
    model.datacollector = mesa.DataCollector(agenttype_reporters={County: {"debt": "debt"}})
    model.datacollector.collect(model)
    table = model.datacollector.get_agenttype_vars_dataframe(County)
    assert table.index.get_level_values("AgentID").tolist() == model.codes.tolist()
    assert len({agent.unique_id for agent in model.agents}) == len(model.agents)
