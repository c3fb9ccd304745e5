"""Results as plain files: what any reader of NetCDF or Zarr sees, missing runs included."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr

import hainan2035
from outputs.export import LONG, to_iamc, to_long, to_netcdf, to_zarr
from sim.core.declare import UserError
from sim.study import batch
from tests.small_model import SMALL, Plan


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A study of six runs, one of which failed."""
    folder = tmp_path_factory.mktemp("study") / "s"
    batch.run_study([Plan("基准", fails_at_seed=1), Plan("full", 2.0)], seeds=3, weight=16, until=2012, workers=1,
                    out=folder, progress=False, model=SMALL)
    return folder


def read_netcdf(path):
    return xr.open_dataset(path, engine="h5netcdf")


def read_zarr(path):
    return xr.open_zarr(path, consolidated=True)


@pytest.mark.parametrize(("write", "read"), [(to_netcdf, read_netcdf), (to_zarr, read_zarr)])
def test_an_exported_study_is_the_same_results_and_a_missing_run_is_nan(folder, tmp_path, write, read):
    results = batch.open_results(folder, model=SMALL)
    path = write(results, tmp_path / "out")
    with read(path) as plain:
        for name in results.data_vars:
            assert np.array_equal(plain[name].values, results[name].values, equal_nan=True), name
            assert plain[name].attrs["units"] == results[name].attrs["units"]
            assert np.isnan(plain[name].sel(scenario="基准", seed=1)).all()
        assert plain["scenario"].values.tolist() == ["基准", "full"]
        assert plain["name_zh"].values.tolist() == ["海口市", "三亚市", "五指山市"]
        whole = results["population"].isel(seed=[0, 2]).mean("seed").sel(scenario="基准")
        assert np.array_equal(plain["population"].mean("seed").sel(scenario="基准"), whole)
        assert plain.attrs["runs_missing"] == 1


@pytest.mark.parametrize("write", [to_netcdf, to_zarr])
def test_nothing_is_written_over(folder, tmp_path, write):
    results = batch.open_results(folder, model=SMALL)
    (tmp_path / "file").write_text("mine")
    (tmp_path / "folder").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere")
    for name in ("file", "folder", "link"):
        with pytest.raises(UserError, match="already exists"):
            write(results, tmp_path / name)
    assert (tmp_path / "file").read_text() == "mine" and not (tmp_path / "elsewhere").exists()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "folder", "link"]


def test_the_verb_exports_the_variables_that_are_named(folder, tmp_path, monkeypatch, capsys):
    opened = batch.open_results
    monkeypatch.setattr(batch, "open_results", lambda folder, variables: opened(folder, variables, SMALL))
    assert hainan2035.main(["export", str(folder), "--netcdf", str(tmp_path / "x.nc"), "--variables", "gdp_pc"]) == 0
    assert capsys.readouterr().out == f"1 variables of 5 runs are in {tmp_path / 'x.nc'}\n1 runs are missing\n"
    with read_netcdf(tmp_path / "x.nc") as plain:
        assert set(plain.data_vars) == {"gdp_pc"} and plain.attrs["study"] == "batch"
    assert hainan2035.main(["export", str(folder)]) == 2
    assert hainan2035.main(["export", str(folder), "--zarr", str(tmp_path / "x.nc")]) == 2


def test_a_long_table_has_a_row_for_every_known_value(folder, tmp_path):
    results = batch.open_results(folder, model=SMALL)
    table = pd.read_csv(to_long(results[["population", "gdp"]], tmp_path / "long.csv"), dtype={"part": str})
    assert list(table.columns) == list(LONG)
    known = int(results["population"].notnull().sum())
    assert len(table[table.variable == "population"]) == known < results["population"].size  # a run failed
    row = table[(table.variable == "gdp") & (table.scenario == "full") & (table.seed == 2) & (table.year == 2012)
                & (table.county == results["county"].values[1])].iloc[0]
    assert row.value == pytest.approx(float(results["gdp"].sel(scenario="full", seed=2, year=2012)[0, 1]), rel=1e-6)
    assert row.unit == results["gdp"].attrs["units"]


def test_an_iamc_table_holds_medians_and_ranges_by_region(folder, tmp_path):
    results = batch.open_results(folder, model=SMALL)
    table = pd.read_csv(to_iamc(results[["population", "gdp"]], tmp_path / "iamc.csv"))
    assert list(table.columns[:5]) == ["Model", "Scenario", "Region", "Variable", "Unit"]
    assert list(table.columns[5:]) == [str(year) for year in results["year"].values]
    row = table[(table.Scenario == "full") & (table.Variable == "gdp")].iloc[0]
    values = results["gdp"].sel(scenario="full", year=2012).values.reshape(-1, results.sizes["county"])
    assert row["2012"] == pytest.approx(np.median(values[:, 0]), rel=1e-6) and row.Region.startswith("Hainan|")
    low = table[(table.Scenario == "基准") & (table.Variable == "gdp|10th Percentile")].iloc[0]
    there = results["gdp"].sel(scenario="基准", year=2012).values[0][[0, 2], 0]  # the second seed failed
    assert low["2012"] == pytest.approx(there.min(), rel=1e-6)


@pytest.mark.parametrize("kind", ["--long", "--iamc"])
def test_tables_are_written_by_the_verb_and_never_over_a_file(folder, tmp_path, monkeypatch, kind):
    monkeypatch.setattr(batch, "open_results", lambda folder, variables=None: batch_results(folder))
    out = tmp_path / "x.csv"
    assert hainan2035.main(["export", str(folder), kind, str(out), "--variables", "population"]) == 0
    before = out.read_bytes()
    assert hainan2035.main(["export", str(folder), kind, str(out)]) == 2 and out.read_bytes() == before


def batch_results(folder):
    from sim.study.results import open_results

    return open_results(folder, model=SMALL)


def test_an_iamc_table_of_the_province_alone_has_one_region(folder, tmp_path):
    results = batch.open_results(folder, model=SMALL)
    whole = results[["population"]].sum("county", keep_attrs=True, skipna=False)
    table = pd.read_csv(to_iamc(whole, tmp_path / "iamc.csv"))
    assert set(table.Region) == {"Hainan"} and set(table.Scenario) == {"基准", "full"}


def test_missing_runs_are_said_and_a_study_without_any_run_gives_no_file(folder, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(batch, "open_results", lambda folder, variables=None: batch_results(folder))
    assert hainan2035.main(["export", str(folder), "--long", str(tmp_path / "x.csv")]) == 0
    assert "1 runs are missing" in capsys.readouterr().out
    monkeypatch.setattr(batch, "open_results", lambda folder, variables=None: xr.Dataset(attrs={"runs": 0}))
    assert hainan2035.main(["export", str(folder), "--long", str(tmp_path / "y.csv")]) == 2
    assert "no run is finished" in capsys.readouterr().err and not (tmp_path / "y.csv").exists()


@pytest.mark.parametrize("write", [to_netcdf, to_zarr, to_long, to_iamc])
def test_a_place_that_is_none_is_one_sentence(folder, tmp_path, write):
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match="a file stands where a folder is needed"):
        write(batch.open_results(folder, model=SMALL), tmp_path / "file" / "x")



def test_a_csv_has_a_byte_order_mark_where_a_scenario_has_a_chinese_name(folder, tmp_path):
    results = batch.open_results(folder, model=SMALL)[["population", "gdp"]]
    plain = results.sel(scenario=["full"])
    for write in (to_long, to_iamc):
        for one, marked in ((results, True), (plain, False)):
            text = write(one, tmp_path / f"{write.__name__}_{marked}.csv").read_bytes()
            assert text.startswith(b"\xef\xbb\xbf") == marked and ("基准" in text.decode()) == marked
