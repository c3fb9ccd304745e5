"""Indicators that are computed when they are looked at: what is computed for them, and that it is what others get."""

import pickle

import numpy as np
import pytest
import xarray as xr

from sim.indicators import add_indicators, registry


@pytest.fixture
def results():
    """Two runs of one year: 30 and 10 million CNY of 100 persons each, then 20 and 20."""
    output = np.array([[[30.0, 10.0]], [[20.0, 20.0]]])
    return xr.Dataset({"gdp": (("seed", "year", "county"), output),
                       "population_mid": (("seed", "year", "county"), np.full((2, 1, 2), 100.0))},
                      coords={"seed": [0, 1], "year": [2010], "county": [1, 2], "coast": ("county", [True, False])})


@pytest.fixture
def computed(monkeypatch):
    """The names of the indicators that have been computed."""
    names, real = [], registry.Computation._computed

    def watched(self, one):
        names.append(one.name)
        return real(self, one)

    monkeypatch.setattr(registry.Computation, "_computed", watched)
    return names


def test_nothing_is_computed_until_it_is_looked_at_and_then_with_what_it_rests_on_once(results, computed):
    made = add_indicators(results, lazily=True)
    assert made["maxmin_gdp_pc"].sizes == {"seed": 2, "year": 1} and computed == []
    assert made["maxmin_gdp_pc"].values[:, 0].tolist() == [3.0, 1.0]  # 30 over 10, 20 over 20
    assert made["gdp_pc"].values[0, 0].tolist() == [300_000.0, 100_000.0]
    assert made["maxmin_gdp_pc"].sel(seed=0).item() == 3.0
    assert computed == ["maxmin_gdp_pc", "gdp_pc"]


def test_they_are_those_that_are_computed_at_once_in_the_same_order(results):
    made, at_once = add_indicators(results, lazily=True), add_indicators(results)
    assert list(made) == list(at_once) and len(made) > 10
    assert made.identical(at_once) and add_indicators(made, lazily=True) is made
    assert made.isel(seed=[1, 0], county=slice(None, None, -1)).identical(
        at_once.isel(seed=[1, 0], county=slice(None, None, -1)))


def test_they_travel_to_other_processes_before_and_after_they_are_computed(results):
    made, at_once = add_indicators(results, lazily=True), add_indicators(results)
    assert pickle.loads(pickle.dumps(made)).identical(at_once)
    made["gdp_pc"].load()
    assert pickle.loads(pickle.dumps(made)).identical(at_once)


def test_what_there_is_no_room_for_is_computed_again(results, computed, monkeypatch):
    monkeypatch.setattr(registry, "MOST_KEPT", 0)
    made = add_indicators(results, lazily=True)
    assert made["theil_gdp_pc"].identical(add_indicators(results)["theil_gdp_pc"])
    assert computed.count("gdp_pc") > 1


def test_no_indicator_is_offered_that_lacks_a_source(results):
    assert "gdp_pc" not in add_indicators(results.drop_vars("population_mid"), lazily=True)
    assert "theil_between_gdp_pc" not in add_indicators(results.drop_vars("coast"), lazily=True)
    assert [one.name for one in registry.possible(["gdp"])] == ["province_gdp"]
    assert "gdp_pc" in {one.name for one in registry.possible(["gdp", "population"])}
