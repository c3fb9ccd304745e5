"""The one result type: names, units, labels, flags, and files that are the same bytes when made twice."""

import os
import time

import numpy as np
import pytest
import xarray as xr

from sim import simulate
from sim.core import dataset, files, netcdf
from sim.core.declare import Card, UserError

CARDS = {
    "gdp": Card("gdp", ("county",), "million CNY", "Gross domestic product", "地区生产总值", "flow", "1"),
    "population": Card("population", ("county", "zone"), "persons", "Residents", "常住人口", "stock", dtype="int64"),
}
COORDS = {
    "year": [2010, 2011], "county": [460100, 460200, 469001], "name_zh": ("county", ["海口市", "三亚市", "五指山市"]),
    "coast": ("county", [True, True, False]), "zone": dataset.LABELS["zone"], "age": dataset.LABELS["age"],
}


def small(**attrs) -> xr.Dataset:
    arrays = {"gdp": np.arange(6.0).reshape(2, 3), "population": np.ones((2, 3, 2), dtype=np.int32)}
    return dataset.make(arrays, CARDS, COORDS, {"seed": 0, "scenario_hash": "abc", **attrs})


def test_a_variable_carries_what_its_card_says():
    gdp = small()["gdp"]
    assert gdp.dims == ("year", "county")
    assert gdp.attrs == {
        "units": "million CNY", "long_name": "Gross domestic product", "long_name_zh": "地区生产总值", "provision": "1",
        "kind": "flow", "cell_methods": "year: sum",
    }


def test_counts_are_stored_as_integers_and_all_else_as_single_floats():
    made = small()
    assert made["population"].dtype == np.int64
    assert made["gdp"].dtype == np.float32


def test_counties_are_keyed_by_code_and_known_by_name():
    made = small()
    assert made["county"].dtype == np.int64
    assert made["gdp"].sel(county=469001, year=2010).item() == 2.0
    assert list(made["name_zh"].values) == ["海口市", "三亚市", "五指山市"]
    assert list(made["zone"].values) == ["urban", "rural"]


def test_labels_that_no_variable_has_are_left_out():
    assert "age" not in small().coords


def test_an_array_that_does_not_fit_its_card_is_refused():
    with pytest.raises(ValueError, match="gdp: 1 dimensions"):
        dataset.make({"gdp": np.zeros(3)}, CARDS, COORDS)


def test_leading_dims_of_a_batch_are_named():
    arrays = {"gdp": np.zeros((1, 2, 3))}
    made = dataset.make(arrays, CARDS, {**COORDS, "seed": [4]}, lead=("seed", "year"))
    assert made["gdp"].dims == ("seed", "year", "county")


def test_a_file_gives_back_what_was_saved(tmp_path):
    made = dataset.with_flags(small(), {"gdp": np.ones((2, 3))})
    opened = dataset.open_dataset(dataset.save(made, tmp_path / "a.nc"))
    assert opened.identical(made)
    assert opened["gdp"].encoding == {}


def test_files_made_twice_are_the_same_bytes(tmp_path):
    first = dataset.save(small(), tmp_path / "first.nc").read_bytes()
    time.sleep(1.1)  # a time stamp of seconds would differ now
    second = dataset.save(small(), tmp_path / "second.nc").read_bytes()
    again = dataset.save(dataset.open_dataset(tmp_path / "first.nc"), tmp_path / "again.nc").read_bytes()
    assert first == second == again


def test_a_file_says_nothing_of_its_machine(tmp_path):
    content = dataset.save(small(), tmp_path / "a.nc").read_bytes()
    for secret in (str(tmp_path), os.uname().nodename if hasattr(os, "uname") else "", time.strftime("%Y-%m-%d")):
        assert not secret or secret.encode() not in content


@pytest.mark.parametrize("place", ["file/a.nc", "folder"])
def test_a_place_that_cannot_be_written_is_one_sentence_and_leaves_nothing(tmp_path, place):
    (tmp_path / "file").write_text("x")
    (tmp_path / "folder").mkdir()
    with pytest.raises(UserError, match=r"stands where a|is a folder"):
        dataset.save(small(), tmp_path / place)
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["file", "folder"]


def test_a_failed_save_keeps_the_file_that_stood_there(tmp_path, monkeypatch):
    path = dataset.save(small(), tmp_path / "a.nc")
    before = path.read_bytes()

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(files.os, "replace", full)
    with pytest.raises(UserError, match="the disk is full"):
        dataset.save(small(seed=1), path)
    assert path.read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == ["a.nc"]


def test_files_that_are_no_results_are_refused(tmp_path):
    (tmp_path / "text.nc").write_text("hello")
    small().drop_attrs().to_netcdf(tmp_path / "other.nc", engine="h5netcdf")
    for name, sentence in {"text.nc": "cannot be read", "other.nc": "not a result", "none.nc": "no such file"}.items():
        with pytest.raises(UserError, match=sentence):
            dataset.open_dataset(tmp_path / name)


def test_whatever_is_damaged_in_a_file_reading_it_ends_in_a_sentence(tmp_path):
    whole = dataset.save(small(), tmp_path / "whole.nc").read_bytes()
    damaged, refused = tmp_path / "damaged.nc", 0
    for place in range(0, len(whole), max(1, len(whole) // 40)):
        content = bytearray(whole)
        content[place] ^= 1 << place % 8
        damaged.write_bytes(content)
        try:
            dataset.open_dataset(damaged)
        except UserError as error:
            refused += 1
            assert str(error).startswith(str(damaged)) and "\n" not in str(error)
        dataset.provenance(damaged)
    assert refused > 3


def test_flags_stand_beside_their_variable_and_tell_observed_from_imputed():
    flags = [[1, 2, 3], [4, 5, 0]]
    made = dataset.with_flags(small(), {"gdp": flags})
    assert made["gdp_flag"].attrs["flag_meanings"] == "missing official secondary derived recalled imputed"
    assert list(made["gdp_flag"].attrs["flag_values"]) == [0, 1, 2, 3, 4, 5]
    assert made["gdp"].attrs["ancillary_variables"] == "gdp_flag"
    assert dataset.observed(made, "gdp").values.tolist() == [[True, True, False], [False, False, False]]


@pytest.mark.parametrize("flags", [np.zeros(3), np.full((2, 3), 6)])
def test_flags_that_do_not_fit_are_refused(flags):
    with pytest.raises(ValueError, match="flag"):
        dataset.with_flags(small(), {"gdp": flags})


# --- the writer


def of_all_kinds():
    """A Dataset with what results, persons and states hold: numbers of all widths, truth values, texts, nothing."""
    return xr.Dataset(
        {"share": (("year", "county"), np.array([[0.5, np.nan], [1.0, 2.0]], dtype=np.float32), {"units": "1"}),
         "count": (("year",), np.array([2**62 + 1, -1]), {"valid_range": np.array([0, 5])}),
         "uid": (("person",), np.array([0, 2**64 - 1, 7], dtype=np.uint64)),
         "small": (("person",), np.int8([1, -1, 0])),
         "alone": ((), 3.25), "of_none": (("nobody",), np.empty(0, dtype=np.int32)),
         "without_labels": (("of_2",), np.array([1.0, 2.0]))},
        {"year": ("year", [2010, 2011], {"units": "year"}), "county": [460100, 460200],
         "name_zh": ("county", np.array(["海口市", "三亚"])), "active": ("county", [True, False]),
         "scenario": "baseline"},
        {"title": "各市县", "seed": 3, "empty": "", "ratio": 0.1, "words": ["a", "bc"]})


def test_a_file_holds_what_xarrays_own_writer_would_have_written(tmp_path):
    made = dataset.plain(of_all_kinds())
    (tmp_path / "ours.nc").write_bytes(netcdf.encode(made))
    made.to_netcdf(tmp_path / "theirs.nc", engine="h5netcdf")
    ours, theirs = (xr.load_dataset(tmp_path / f"{name}.nc", engine="h5netcdf") for name in ("ours", "theirs"))
    for read in (ours, theirs):
        assert read.equals(made) and sorted(map(str, read.coords)) == sorted(map(str, made.coords))
        assert read["active"].dtype == bool and read["uid"].dtype == np.uint64 and read["share"].dtype == np.float32
        assert read["share"].attrs == {"units": "1"} and read.attrs["title"] == "各市县" and read.attrs["empty"] == ""
    assert ours.attrs.keys() == theirs.attrs.keys() and list(ours.attrs["words"]) == ["a", "bc"]
    assert ours["share"].encoding["coordinates"].split() == ["active", "name_zh", "scenario"]


def test_what_is_no_number_truth_value_or_text_is_not_written():
    with pytest.raises(TypeError, match="when: datetime64"):
        netcdf.encode(xr.Dataset({"when": ("year", np.array(["2010-01-01"], dtype="datetime64[ns]"))}))


def test_writing_a_run_costs_less_than_half_of_what_xarrays_writer_costs():
    made = simulate.run("baseline", weight=1000, until=2012)
    spent = []
    for write in (netcdf.encode, lambda one: one.to_netcdf(None, engine="h5netcdf"), netcdf.encode):
        start = time.process_time()
        write(made)
        spent.append(time.process_time() - start)
    print(f"{len(made.variables)} variables as NetCDF: {spent[1]:.2f} s by xarray's writer, {spent[2]:.2f} s by ours")
    assert spent[2] < 0.5 * spent[1]
