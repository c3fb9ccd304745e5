"""Rows laid over a pack: added or in the place of others, checked by its rules, named, and never written into it."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest

import hainan2035
from outputs import coverage
from sim import simulate
from sim.core.declare import UserError
from sim.region import pack as packs
from sim.region.history import history
from sim.region.pack import check_pack, laid_over, lay_over, load_pack
from sim.region.segments import growth
from tests.tiny_pack import HAIKOU, QIONGZHONG, SANYA, write_tiny_pack

SHIPPED = load_pack()
NAMES = {HAIKOU: "Haikou", SANYA: "Sanya", QIONGZHONG: "Qiongzhong", 469006: "Wanning", 460000: "Hainan"}
COLUMNS = ("adcode", "county", "year", "variable", "value", "unit", "source", "confidence", "note")


def row(code, year, variable, value, unit="1e8 yuan", confidence="official"):
    return dict(zip(COLUMNS, (code, NAMES[code], year, variable, value, unit, "mine", confidence, ""), strict=True))


def lay(folder: Path, *rows, file="economy", columns=COLUMNS) -> Path:
    """A folder with one table of rows."""
    folder.mkdir(exist_ok=True)
    with (folder / f"{file}.csv").open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, columns, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    return folder


@pytest.fixture
def tiny(tmp_path):
    return write_tiny_pack(tmp_path / "pack")


@pytest.fixture(autouse=True)
def nothing_laid():
    """What a test lays over the pack is taken off again."""
    yield
    lay_over(None)


# --- the loader


def test_rows_are_added_and_take_the_place_of_others(tiny, tmp_path):
    over = lay(tmp_path / "mine", row(HAIKOU, 2012, "gdp", 7.282), row(HAIKOU, 2024, "gdp", 20.0))
    before, after = load_pack(tiny), load_pack(tiny, over)
    assert after.values("economy", "gdp", 2012)[0] == 7.282 and after.values("economy", "gdp", 2024)[0] == 20.0
    assert (after.values("economy", "gdp", 2012)[1:] == before.values("economy", "gdp", 2012)[1:]).all()
    assert np.isnan(before.values("economy", "gdp", 2024)[0])
    kinds = {(c.variable, c.year): c.kind for c in after.changes}
    assert kinds == {("gdp", 2012): "conflict", ("gdp", 2024): "added"}
    conflict = next(c for c in after.changes if c.kind == "conflict")
    assert conflict.place == "mine/economy.csv:2" and conflict.new == 7.282
    assert conflict.old == before.values("economy", "gdp", 2012)[0]


def test_the_row_that_lies_above_is_read_whatever_its_confidence(tiny, tmp_path):
    over = lay(tmp_path / "mine", row(HAIKOU, 2012, "gdp", 7.282, confidence="recalled"))
    after = load_pack(tiny, over)
    assert after.values("economy", "gdp", 2012)[0] == 7.282
    assert after.flags("economy", "gdp", 2012)[0] == packs.RECALLED


def test_a_row_that_says_the_same_is_no_conflict(tiny, tmp_path):
    value = load_pack(tiny).values("economy", "gdp", 2012)[0]
    after = load_pack(tiny, lay(tmp_path / "mine", row(HAIKOU, 2012, "gdp", value)))
    assert [c.kind for c in after.changes] == ["same"]


def test_the_pack_is_not_edited_and_hashes_tell_both_apart(tiny, tmp_path):
    before = {file.name: file.read_bytes() for file in tiny.iterdir() if file.is_file()}
    over = lay(tmp_path / "mine", row(HAIKOU, 2024, "gdp", 20.0))
    bare, laid = load_pack(tiny), load_pack(tiny, over)
    assert {file.name: file.read_bytes() for file in tiny.iterdir() if file.is_file()} == before
    assert bare.overlay_hash == "" and bare.hash == bare.own_hash == laid.own_hash
    assert len(laid.overlay_hash) == len(laid.hash) == 64 and laid.hash != bare.hash
    lay(over, row(HAIKOU, 2024, "gdp", 21.0))
    assert load_pack(tiny, over).hash != laid.hash  # rows edited since are read again


def test_rows_may_have_a_grade_and_sources_and_segments_may_lie_over_too(tiny, tmp_path):
    over = lay(tmp_path / "mine", row(HAIKOU, 2024, "gdp", 20.0) | {"grade": "low"}, columns=(*COLUMNS, "grade"))
    lay(over, {"source": "mine", "says": "my notes", "terms": "mine alone"}, file="sources",
        columns=("source", "says", "terms"))
    lay(over, {"series": "gdp", "adcode": HAIKOU, "first_year": 2000, "last_year": 2012, "basis": "old", "says": "-"},
        {"series": "gdp", "adcode": HAIKOU, "first_year": 2013, "last_year": "", "basis": "new", "says": "-"},
        file="segments", columns=("series", "adcode", "first_year", "last_year", "basis", "says"))
    pack = load_pack(tiny, over)
    assert pack.doubtful("economy", "gdp", 2024)[0] and pack.terms("mine") == "mine alone"
    past = history(pack)
    assert np.isnan(past["gdp"].sel(county=HAIKOU, year=2024))
    with pytest.raises(UserError, match="fall under different definitions"):
        growth(past, "gdp", HAIKOU, 2012, 2013, pack)


@pytest.mark.parametrize(("change", "where", "what"), [
    ({"county": "Haiku"}, "mine/economy.csv:2: county", "is not the name of 460100"),
    ({"variable": "gpd"}, "mine/economy.csv:2: variable", "did you mean gdp"),
    ({"unit": "yuan"}, "mine/economy.csv:2: unit", "is not allowed"),
    ({"value": "much"}, "mine/economy.csv:2: value", "is not a finite number"),
    ({"value": 9e9}, "mine/economy.csv:2: value", "outside its range"),
    ({"adcode": 460999}, "mine/economy.csv:2: adcode", "no area has the code"),
    ({"year": ""}, "mine/economy.csv:2: year", "the cell is empty"),
    ({"confidence": "sure"}, "mine/economy.csv:2: confidence", "is not allowed"),
    ({"year": 2012, "variable": "gdp_primary"}, "economy.csv", "add up to"),  # no longer the sum of its branches
])
def test_rows_are_held_to_the_rules_of_the_pack(tiny, tmp_path, change, where, what):
    over = lay(tmp_path / "mine", row(HAIKOU, 2024, "gdp", 20.0) | change)
    faults = [str(fault) for fault in check_pack(tiny, over)]
    assert len(faults) == 1 and where in faults[0] and what in faults[0]
    with pytest.raises(UserError):
        load_pack(tiny, over)


def test_a_row_said_twice_in_the_rows_is_found(tiny, tmp_path):
    over = lay(tmp_path / "mine", row(HAIKOU, 2024, "gdp", 20.0), row(HAIKOU, 2024, "gdp", 21.0))
    assert any("repeats line 2" in str(fault) for fault in check_pack(tiny, over))


@pytest.mark.parametrize(("made", "what"), [
    (lambda folder: None, "no such folder"), (lambda folder: folder.mkdir(), "holds no rows"),
    (lambda folder: lay(folder, file="economi"), "did you mean economy"),
    (lambda folder: lay(folder, file="counties"), "is not a table to which rows can be added"),
])
def test_a_folder_that_is_none_of_rows_is_one_fault(tiny, tmp_path, made, what):
    made(tmp_path / "mine")
    faults = check_pack(tiny, tmp_path / "mine")
    assert len(faults) == 1 and what in str(faults[0])


# --- the shipped pack


@pytest.fixture
def next_year(tmp_path):
    """Two values that a yearbook might print next, invented here, and one in the place of another."""
    return lay(tmp_path / "mine", row(469006, 2022, "gdp", 123.4), row(469006, 2022, "gdp_growth_real", 1.5, "%"),
               row(469006, 2018, "gdp", 225.0))


def test_rows_lie_over_the_shipped_pack_while_they_are_laid(next_year):
    with laid_over(next_year):
        assert load_pack().overlay == next_year.resolve() and load_pack().hash != SHIPPED.hash
        assert history().attrs["overlay_hash"] == load_pack().overlay_hash
    assert load_pack().hash == SHIPPED.hash and "overlay_hash" not in history().attrs


def test_a_new_year_is_in_history_and_what_changes_is_named(next_year):
    pack = load_pack(overlay=next_year)
    past = history(pack)
    assert float(past["gdp"].sel(county=469006, year=2022)) == pytest.approx(123.4 * 100 / pack.deflator[2022])
    found = coverage.changes(pack).set_index(["series", "year"])
    assert {("gdp", 2022), ("gdp_first", 2022), ("gdp_growth", 2022), ("gdp_first", 2018)} <= set(found.index)
    # the ratio of 2018 moves what is scaled by it; the revised total of 2018 stays
    assert ("gdp", 2017) in found.index and ("gdp", 2018) not in found.index
    assert set(found["county"]) == {469006}
    said = "\n".join(coverage.change_lines(pack))
    assert "2 values added, 1 in the place of others" in said and "gdp 469006 2018: 224.33 becomes 225" in said


def test_faulty_rows_are_not_laid(tmp_path):
    with pytest.raises(UserError, match="did you mean gdp"):
        lay_over(lay(tmp_path / "mine", row(HAIKOU, 2022, "gpd", 1.0)))
    assert load_pack().hash == SHIPPED.hash


def test_the_model_of_a_study_carries_its_rows_with_it(next_year):
    bare, with_rows = simulate.HAINAN.hashes(), simulate.Hainan(next_year).hashes()
    assert set(bare) == {"code_hash", "data_hash", "lock_hash"}
    assert with_rows["pack_hash"] == bare["data_hash"] and len(with_rows["overlay_hash"]) == 64
    assert with_rows["data_hash"] == load_pack(overlay=next_year).hash != bare["data_hash"]
    assert simulate.HAINAN.hashes() == bare  # nothing is left behind


# --- the command line


def said(capsys, *words):
    code = hainan2035.main([*map(str, words)])
    out = capsys.readouterr()
    return code, out.out, out.err


def test_data_check_names_what_takes_the_place_of_what(next_year, capsys):
    code, out, _ = said(capsys, "data", "check", "--data", next_year)
    assert code == 0 and "2 values added, 1 replaced" in out
    assert "mine/economy.csv:4: gdp of 469006 in 2018: 224.33 becomes 225" in out


def test_data_check_finds_faults_of_the_rows(tmp_path, capsys):
    code, out, _ = said(capsys, "data", "check", "--data", lay(tmp_path / "mine", row(HAIKOU, 2022, "gpd", 1.0)))
    assert code == 2 and "mine/economy.csv:2: variable" in out


def test_history_shows_what_rows_change(next_year, capsys):
    code, out, _ = said(capsys, "history", "--no-figure", "--data", next_year, "--json")
    found = json.loads(out)
    assert code == 0 and len(found["rows"]) == 3 and len(found["overlay_hash"]) == 64
    assert {change["county"] for change in found["changes"]} == {469006}
    assert any(cell["series"] == "gdp" and cell["year"] == 2022 for cell in found["coverage"])
    assert load_pack().hash == SHIPPED.hash


def test_faulty_rows_are_a_fault_of_every_verb_that_takes_them(tmp_path, capsys):
    over = lay(tmp_path / "mine", row(HAIKOU, 2022, "gpd", 1.0))
    code, out, err = said(capsys, "history", "--no-figure", "--data", over)
    assert code == 2 and not out and "mine/economy.csv:2: variable: no variable 'gpd'" in err


def test_history_prints_a_series_by_unit_and_year(capsys):
    code, out, _ = said(capsys, "history", "--no-figure", "--series", "debt")
    assert code == 0 and "Haikou" in out and "20 21" in out and "o observed" in out
    code, _, err = said(capsys, "history", "--no-figure", "--series", "dept")
    assert code == 2 and "did you mean debt" in err


def test_history_writes_table_and_figure_the_same_bytes_twice(tmp_path, capsys):
    for name in "ab":
        assert said(capsys, "history", "--out", tmp_path / name)[0] == 0
    for ending in ("csv", "svg", "png"):
        first, second = ((tmp_path / name / f"coverage.{ending}").read_bytes() for name in "ab")
        assert first == second and len(first) > 1000
    assert b"<text" in (tmp_path / "a" / "coverage.svg").read_bytes()
