"""Results are read when they are looked at: which files, which variables; the same numbers by every way of asking."""

import gc
import pickle
import warnings

import numpy as np
import pytest

from sim.core.declare import UserError
from sim.study import batch, container, lazy
from tests.small_model import SMALL, Plan


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Two scenarios of eight seeds in blocks of four; one run of the second failed."""
    folder = tmp_path_factory.mktemp("study") / "s"
    batch.run_study([Plan("one", 1.0), Plan("two", 2.0, fails_at_seed=5)], seeds=8, weight=16, until=2012, keep="all",
                    workers=2, out=folder, progress=False, model=SMALL)
    return folder


@pytest.fixture
def read(monkeypatch):
    """What has been read: (file, variable)."""
    seen, array_of = [], container.array_of

    def watched(file, name):
        seen.append((int(file["seed"][0]), name))
        return array_of(file, name)

    monkeypatch.setattr(container, "array_of", watched)
    return seen


class Bare(type(SMALL)):
    def with_indicators(self, dataset):
        return dataset


def test_nothing_is_read_until_it_is_looked_at_and_then_once(folder, read):
    results = batch.open_results(folder, model=Bare())
    assert read == [] and results["gdp"].sizes == {"scenario": 2, "draw": 1, "seed": 8, "year": 3, "county": 3}
    for _ in range(2):
        results["gdp"].values.sum()
    assert [name for _, name in read] == ["gdp"] * 4


def test_files_are_closed_when_nothing_looks_at_them_any_more(folder):
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always", ResourceWarning)
        results = batch.open_results(folder, model=SMALL)
        assert results["gdp"].max() > 0
        del results
        gc.collect()
    assert [str(one.message) for one in seen if "s/results" in str(one.message) or "unclosed" in str(one.message)] == []


def test_only_the_blocks_of_the_wanted_runs_are_read(folder, read):
    results = batch.open_results(folder, model=Bare())
    assert results["gdp"].sel(scenario="two", seed=6, draw=0)[0, 0].item() == 62.0
    assert read == [(4, "gdp")]


def test_the_names_of_indicators_open_what_they_are_computed_from(folder, read):
    results = batch.open_results(folder, variables=["gdp_pc"], model=SMALL)
    assert set(results.data_vars) == {"gdp", "population", "gdp_pc"}
    assert {name for _, name in read} == {"gdp", "population"}
    with pytest.raises(UserError, match="gdp_pd is not stored here"):
        batch.open_results(folder, variables=["gdp_pd"], model=SMALL)
    with pytest.raises(UserError, match=r"gdp_pc cannot be computed from what is stored \(keep = all\)"):
        batch.open_results(folder, variables=["gdp_pc"], model=Bare())


@pytest.mark.parametrize("name", ["gdp", "population", "moved"])
def test_every_way_of_asking_gives_the_same_numbers(folder, name):
    whole = batch.open_results(folder, model=Bare())[name].load()
    luck = np.random.default_rng(0)
    for _ in range(40):
        asked = {}
        for dim, size in whole.sizes.items():
            how = luck.integers(5)
            if how == 0:
                asked[dim] = int(luck.integers(size))
            elif how == 1:
                asked[dim] = slice(int(luck.integers(size)), None, int(luck.integers(1, 3)))
            elif how == 2:
                asked[dim] = luck.integers(0, size, 3)
            elif how == 3:
                asked[dim] = slice(None, None, -1)
        part = batch.open_results(folder, model=Bare())[name].isel(asked)
        assert part.identical(whole.isel(asked)), asked


def test_results_travel_to_other_processes(folder):
    results = batch.open_results(folder, model=Bare())
    results["gdp"].load()
    again = pickle.loads(pickle.dumps(results))
    assert again.identical(results)


def test_many_files_are_read_with_few_open(folder, monkeypatch):
    expected = batch.open_results(folder, model=Bare()).load()
    monkeypatch.setattr(lazy, "OPEN_FILES", 1)
    assert batch.open_results(folder, model=Bare()).load().identical(expected)


def test_indicators_of_runs_that_are_not_there_are_missing_and_not_computed_before_they_are_looked_at(folder, read):
    class Counting(type(SMALL)):
        def with_indicators(self, dataset):
            return dataset.assign(ones=(dataset["gdp"].dims, np.ones(dataset["gdp"].shape, int)))

    results = batch.open_results(folder, model=Counting())
    assert read == [] and results["ones"].dtype == float
    counted = results["ones"].sum(["draw", "year", "county"])  # 3 years x 3 counties
    assert counted.sel(scenario="one").values.tolist() == [9.0] * 8
    assert counted.sel(scenario="two").values.tolist() == [9.0] * 5 + [0.0] + [9.0] * 2
    assert np.isnan(results["ones"].sel(scenario="two", seed=5)).all()
