"""The pack: what it holds adds up, and what is wrong with a pack is found, all at once, with file, line and column."""

import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sim.core import dataset
from sim.core.declare import UserError
from sim.region import pack as packs
from sim.region import schema
from sim.region.pack import DEFAULT_PATH, check_pack, load_pack
from tests.tiny_pack import CODES, HAIKOU, QIONGZHONG, write_tiny_pack

SHIPPED = load_pack()


@pytest.fixture
def folder(tmp_path):
    return write_tiny_pack(tmp_path / "pack")


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    return load_pack(write_tiny_pack(tmp_path_factory.mktemp("tiny") / "pack"))


def change(folder: Path, file: str, old: str, new: str, count: int = 1) -> int:
    """Replace text in a file; the line on which it stood."""
    text = (folder / file).read_text(encoding="utf-8")
    assert old in text, old
    (folder / file).write_text(text.replace(old, new, count), encoding="utf-8", newline="\n")
    return text[: text.index(old)].count("\n") + 1


def the_fault(folder: Path):
    """The only fault of a pack."""
    faults = check_pack(folder)
    assert len(faults) == 1, [str(f) for f in faults]
    return faults[0]


# --- the shipped pack


def test_the_shipped_pack_has_no_fault():
    assert check_pack() == []


def test_units_stand_in_the_order_of_their_codes_and_sansha_has_no_persons():
    assert SHIPPED.n == 19 and (np.diff(SHIPPED.codes) > 0).all()
    assert SHIPPED.names_en[2] == "Sansha" and SHIPPED.active.sum() == 18 and not SHIPPED.active[2]


@pytest.mark.parametrize(("variable", "year", "total"), [
    ("resident_census", 2000, 7_559_035),
    ("resident_census", 2010, 8_671_485),
    ("resident_census_first_bulletin", 2010, 8_671_518),
    ("resident_census", 2020, 10_081_232),
    ("resident_yearend", 2017, 9_257_600),
    ("male", 2020, 5_345_081),
    ("age_0_14", 2020, 2_013_725),
    ("age_15_59", 2020, 6_590_908),
    ("age_60plus", 2020, 1_476_599),
    ("age_65plus", 2020, 1_051_500),
    ("urban_population", 2020, 6_075_981),
    ("migrants_hukou_same_county", 2020, 1_006_606),
    ("migrants_hukou_other_county", 2020, 1_403_412),
    ("migrants_hukou_other_province", 2020, 1_088_143),
    ("hukou_population", 2020, 9_532_613),
])
def test_all_units_add_up_to_the_published_total(variable, year, total):
    assert SHIPPED.values("population", variable, year).sum() == total


def test_registered_in_another_province_misses_the_present_sansha_in_2010():
    known = np.nansum(SHIPPED.values("population", "migrants_hukou_other_province", 2010))
    assert known == 588_368 and SHIPPED.province("migrants_hukou_other_province", 2010) - known == 95


def test_the_first_half_of_2018_is_complete_but_for_sansha():
    half = SHIPPED.values("economy", "gdp_h1", 2018)
    assert np.isnan(half).tolist() == (~SHIPPED.active).tolist()
    assert np.nansum(half) == pytest.approx(2390.72, abs=0.011)


def test_residents_exceed_the_registered_by_half_a_million_in_2020():
    gap = SHIPPED.values("population", "resident_census", 2020) - SHIPPED.values("population", "hukou_population", 2020)
    assert gap.sum() == 548_619


def test_every_area_of_the_pack_adds_to_the_land_of_the_one_table():
    assert SHIPPED.counties["area_km2"].sum() == pytest.approx(34_214, abs=1)


def test_no_county_value_after_2021_is_in_the_pack_but_the_one_cross_section():
    for file in ("population", "economy", "fiscal", "services"):
        table = SHIPPED.table(file)
        late = table[table["adcode"].isin(SHIPPED.codes) & (table["year"] > 2021)]
        assert set(late["variable"]) <= {"gpb_revenue_jan_aug"}


def test_districts_and_yangpu_are_no_counties():
    assert SHIPPED.values("population", "resident_census", 2020)[0] == 2_873_358
    assert SHIPPED.values("economy", "gdp_h1", 2018)[SHIPPED.row(460400)] == pytest.approx(255.48)


def test_the_deflator_is_one_in_2020_and_chains_the_printed_growth():
    level = SHIPPED.deflator
    assert level[2020] == 1 and list(level.index) == list(range(2005, 2025))
    for year, growth in SHIPPED.province("gdp_deflator_growth").items():
        assert level[year] / level[year - 1] == pytest.approx(1 + growth / 100)
    assert level[2024] / level[2023] == pytest.approx(7935.69 / 7551.2 / 1.037)


def test_the_hash_speaks_of_the_bytes(folder):
    before = packs.pack_hash(folder)
    assert packs.pack_hash(folder) == before
    change(folder, "population.csv", "made for tests", "made for a test")
    assert packs.pack_hash(folder) != before


def test_flags_of_pack_and_dataset_are_one():
    assert packs.FLAGS == dataset.FLAGS


def test_groups_are_those_of_the_plan():
    def members(name):
        return {n for n, inside in zip(SHIPPED.names_en, SHIPPED.group(name), strict=True) if inside}

    assert members("centre") == members("mountains") == {"Wuzhishan", "Baoting", "Qiongzhong", "Baisha"}
    assert members("inland") == {"Ding'an", "Tunchang"}
    assert len(members("coast")) == 12 and members("landlocked") == members("centre") | members("inland")
    assert members("circle_N") == {"Haikou", "Chengmai", "Wenchang"}
    assert members("circle_S") == {"Sanya", "Lingshui", "Ledong", "Baoting"}
    assert members("poverty") == {"Wuzhishan", "Lingao", "Baisha", "Baoting", "Qiongzhong"}
    assert len(members("ethnic")) == len(members("national_park")) == 9 and len(members("all")) == 19
    with pytest.raises(KeyError, match="did you mean coast"):
        SHIPPED.group("coats")


def test_every_variable_is_declared_with_a_meaning_and_a_unit_known():
    for variable in schema.variables():
        assert variable.meaning and variable.file in schema.TIDY_FILES
        assert all(unit in schema.UNITS for unit in variable.units), variable


def test_no_declaration_is_left_over():
    for variable in schema.variables():
        rows = SHIPPED.table(variable.file)["variable"]
        fitting = [n for n in rows.unique() if schema.declared(variable.file, n) is variable]
        assert fitting, variable


def test_no_text_of_the_pack_points_outside_the_project():
    for name in schema.FILES:
        text = (DEFAULT_PATH / name).read_text(encoding="utf-8")
        assert not re.search(r"data/hainan|\(merged\)|/work|\.\./", text), name
        assert "\r" not in text and not text.startswith("\ufeff")


# --- reading


def test_values_are_by_county_and_missing_is_nan(tiny):
    assert tiny.values("population", "resident_census", 2010).tolist() == [15_000, 9_000, 6_000]
    assert tiny.flags("population", "resident_census", 2010).tolist() == [packs.OFFICIAL] * 3
    assert np.isnan(tiny.values("population", "resident_census", 2013)).all()
    assert tiny.flags("population", "resident_census", 2013).tolist() == [packs.MISSING] * 3


def test_a_misspelt_variable_is_no_missing_value(tiny):
    with pytest.raises(KeyError, match="did you mean resident_census"):
        tiny.values("population", "resident_censes", 2010)
    with pytest.raises(KeyError, match="no provincial variable"):
        tiny.province("gpd")


def test_what_is_handed_out_can_be_changed_without_harm(tiny):
    tiny.values("population", "resident_census", 2010)[:] = 0
    tiny.table("population").drop(columns="value", inplace=True)
    assert tiny.values("population", "resident_census", 2010).sum() == 30_000
    assert "value" in tiny.table("population")


def test_of_two_rows_the_most_trusted_one_is_read(tmp_path):
    def edit(tables):
        rows = tables["land"]
        first = next(r for r in rows if r["variable"] == "land_area" and r["adcode"] == HAIKOU)
        first["confidence"] = "recalled"
        rows.append({**first, "variable": "cultivated_land", "unit": "ha", "value": 7, "confidence": "recalled"})
        rows.append({**first, "variable": "cultivated_land", "unit": "1e3_ha", "value": 9, "confidence": "secondary"})

    pack = load_pack(write_tiny_pack(tmp_path / "pack", edit))
    assert pack.values("land", "cultivated_land", 2020)[0] == 9
    assert pack.flags("land", "cultivated_land", 2020).tolist() == [packs.SECONDARY, 0, 0]
    assert pack.flags("land", "land_area", 2020)[0] == packs.RECALLED
    with pytest.raises(ValueError, match="2 units"):
        pack.unit("land", "cultivated_land")


def test_a_province_has_a_value_or_a_series(tiny):
    assert tiny.province("gdp", 2010) == pytest.approx(10.5)
    assert np.isnan(tiny.province("gdp", 1990))
    assert tiny.province("gdp").index.tolist() == list(range(2005, 2024))


def test_a_pack_edited_after_loading_is_read_again(folder):
    assert load_pack(folder) is load_pack(folder)
    change(folder, "land.csv", ",land_area,1000,", ",land_area,1500,")
    assert load_pack(folder).values("land", "land_area", 2020)[0] == 1500


def test_a_mark_and_foreign_line_ends_are_welcome(folder):
    whole = load_pack(folder).table("population")
    for name in schema.FILES:
        text = (folder / name).read_text(encoding="utf-8")
        (folder / name).write_bytes(b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode())
    assert check_pack(folder) == []
    assert load_pack(folder).table("population").equals(whole)


# --- faults


def test_a_missing_folder_is_one_fault(tmp_path):
    assert "no such folder" in the_fault(tmp_path / "nowhere").what


def test_a_missing_file_is_named(folder):
    (folder / "services.csv").unlink()
    fault = the_fault(folder)
    assert fault.where == "services.csv" and "missing" in fault.what


def test_a_missing_column_is_named_with_its_meaning(folder):
    change(folder, "services.csv", ",note", ",remark")
    faults = check_pack(folder)
    assert [f.where for f in faults] == ["services.csv:1: note", "services.csv:1: remark"]
    assert "missing" in faults[0].what and "no such column" in faults[1].what


@pytest.mark.parametrize(("file", "old", "new", "column", "what"), [
    ("economy.csv", ",gdp,6.0,", ",gdp,six,", "value", "not a finite number"),
    ("economy.csv", ",nightlight_sum,300,", ",nightlight_sum,inf,", "value", "not a finite number"),
    ("economy.csv", ",nightlight_sum,300,", ",nightlight_sum,,", "value", "empty"),
    ("economy.csv", ",nightlight_sum,300,", ",nightlight_sum,-1,", "value", "outside its range"),
    ("economy.csv", ",nightlight_sum,", ",nightlight_sums,", "variable", "no variable"),
    ("economy.csv", ",radiance sum,", ",radiance,", "unit", "not allowed"),
    ("economy.csv", ",secondary,", ",hearsay,", "confidence", "not allowed"),
    ("economy.csv", "460100,Haikou,2001", "460199,Haikou,2001", "adcode", "no area has the code"),
    ("economy.csv", "460100,Haikou,2001", "460100,Haiku,2001", "county", "not the name"),
    ("economy.csv", "460100,Haikou,2001", "460100,Haikou,3001", "year", "outside its range"),
    ("economy.csv", "460100,Haikou,2001", "460100,Haikou,2001.5", "year", "not a whole number"),
    ("counties.csv", ",prefecture,", ",town,", "level", "not allowed"),
    ("travel.csv", ",120,200,", ",120,210,", "minutes", "differs"),
])
def test_a_wrong_cell_is_found_with_line_and_column(folder, file, old, new, column, what):
    line = change(folder, file, old, new)
    fault = check_pack(folder)[0]
    assert fault.where == f"{file}:{line}: {column}" and what in fault.what


def test_a_mark_is_nought_or_one(folder):
    change(folder, "counties.csv", ",城,110.0,20.0,1,", ",城,110.0,20.0,2,")
    assert the_fault(folder).where == "counties.csv:2: coastal"


def test_a_row_said_twice_is_found(folder):
    text = (folder / "land.csv").read_text(encoding="utf-8")
    row = text.splitlines()[1]
    (folder / "land.csv").write_text(text + row + "\n", encoding="utf-8", newline="\n")
    fault = the_fault(folder)
    assert fault.where.startswith(f"land.csv:{text.count(chr(10)) + 1}:") and "repeats line 2" in fault.what


def test_a_row_of_another_length_is_found(folder):
    line = change(folder, "land.csv", ",land_area,1000,", ",land_area,1,000,")
    assert the_fault(folder).where == f"land.csv:{line}"


def test_lines_are_counted_as_an_editor_does(folder):
    change(folder, "land.csv", "made for tests", '"made, over\ntwo lines"')
    line = change(folder, "land.csv", ",terrain_relief_rdls,1.0,", ",terrain_relief_rdls,steep,")
    assert the_fault(folder).where == f"land.csv:{line}: value"


@pytest.mark.parametrize(("file", "old", "new", "total"), [
    ("population.csv", ",male,7500,", ",male,7501,", "resident_census"),
    ("population.csv", ",male_age_5_9,525,", ",male_age_5_9,524,", "male"),
    ("population.csv", ",urban_population,10500,", ",urban_population,10501,", "resident_census"),
    ("population.csv", ",migrants_hukou_other_county,1500,", ",migrants_hukou_other_county,1501,",
     "migrants_hukou_elsewhere_total"),
    ("economy.csv", ",gdp,6.0,", ",gdp,6.1,", "gdp"),
    ("fiscal.csv", ",gpb_rev_tax,0.45,", ",gpb_rev_tax,0.55,", "gpb_revenue"),
])
def test_parts_that_do_not_add_up_are_found(folder, file, old, new, total):
    change(folder, file, old, new)
    assert any(f"{total} is " in fault.what and "add up to" in fault.what for fault in check_pack(folder))


def test_branches_may_differ_from_their_total_by_rounding(folder):
    change(folder, "economy.csv", ",gdp,6.0,", ",gdp,6.001,")
    assert check_pack(folder) == []


def test_counties_that_do_not_add_up_to_the_province_are_found(folder):
    line = change(folder, "population-province.csv", ",resident_census,30000,", ",resident_census,30001,")
    fault = the_fault(folder)
    assert fault.where == f"population-province.csv:{line}: value" and "30000" in fault.what


def test_a_missing_census_row_is_found(folder):
    change(folder, "population.csv", "460100,Haikou,2020,resident_census", "460100,Haikou,2019,resident_census")
    assert any(f"no resident_census of {HAIKOU} in 2020" in fault.what for fault in check_pack(folder))


def test_a_pair_without_a_way_is_found(tmp_path):
    def edit(tables):
        pair = {HAIKOU, QIONGZHONG}
        tables["travel"] = [r for r in tables["travel"]
                            if {r["origin_adcode"], r["dest_adcode"]} != pair or r["mode"] != "great_circle"]

    fault = the_fault(write_tiny_pack(tmp_path / "pack", edit))
    assert fault.where == "travel.csv" and f"{HAIKOU} and {QIONGZHONG}" in fault.what


def test_a_way_without_return_is_found(tmp_path):
    folder = write_tiny_pack(tmp_path / "pack", lambda tables: tables["travel"].pop())
    assert "is missing" in the_fault(folder).what


def test_a_map_without_a_county_is_found(folder):
    change(folder, "boundaries.geojson", str(QIONGZHONG), "469031")
    assert any(f"no polygon for {QIONGZHONG}" in f.what for f in check_pack(folder))


@pytest.mark.parametrize("text", ["", "{", "[]", '{"features": [{}]}', '{"features": 3}', "[" * 100_000])
def test_an_unreadable_map_is_a_fault(folder, text):
    (folder / "boundaries.geojson").write_text(text, encoding="utf-8")
    assert any(f.where.startswith("boundaries.geojson") for f in check_pack(folder))


@pytest.mark.parametrize(("code", "coordinates", "said"), [
    ("Infinity", "[[[110, 20], [111, 20], [111, 19], [110, 20]]]", "not a whole number"),
    ("460100.7", "[[[110, 20], [111, 20], [111, 19], [110, 20]]]", "not a whole number"),
    ("true", "[[[110, 20], [111, 20], [111, 19], [110, 20]]]", "not a whole number"),
    ("460100", "[]", "the polygon is empty"), ("460100", "[[]]", "needs four points"),
    ("460100", "null", "the polygon is empty"), ("460100", "[[[1, 2], 3]]", "not a Polygon"),
    ("460100", f"[[[{'9' * 400}, 20], [111, 20], [111, 19], [110, 20]]]", "not a Polygon"),
    ("460100", "[[[1e999, 20], [111, 20], [111, 19], [1e999, 20]]]", "not finite"),
])
def test_a_strange_polygon_is_one_fault(folder, code, coordinates, said):
    geometry = f'{{"type": "Polygon", "coordinates": {coordinates}}}'
    text = f'{{"features": [{{"properties": {{"adcode": {code}}}, "geometry": {geometry}}}]}}'
    (folder / "boundaries.geojson").write_text(text, encoding="utf-8")
    assert any(said in f.what for f in check_pack(folder) if f.where.startswith("boundaries.geojson: features[0]"))


@pytest.mark.parametrize("coordinates", ["[]", "[[]]", "[[[]]]"])
def test_an_empty_multipolygon_is_a_fault(folder, coordinates):
    geometry = f'{{"type": "MultiPolygon", "coordinates": {coordinates}}}'
    text = f'{{"features": [{{"properties": {{"adcode": 460100}}, "geometry": {geometry}}}]}}'
    (folder / "boundaries.geojson").write_text(text, encoding="utf-8")
    assert any(f.where.startswith("boundaries.geojson: features[0]") for f in check_pack(folder))


@pytest.mark.parametrize("content", [
    b"", b"\xff\xfe\x00a", b"\x00\x00\x00", b'"', b"a,b\n1,2\n", b"\xef\xbb\xbf", b"\n\n",
])
def test_an_unreadable_table_is_a_fault(folder, content):
    (folder / "population.csv").write_bytes(content)
    assert any(f.where.startswith("population.csv") for f in check_pack(folder))


def test_all_faults_come_at_once_and_loading_refuses_them(folder):
    (folder / "services.csv").unlink()
    change(folder, "economy.csv", ",gdp,6.0,", ",gdp,six,")
    change(folder, "counties.csv", ",prefecture,", ",town,")
    with pytest.raises(UserError) as caught:
        load_pack(folder)
    places = " ".join(f.where for f in caught.value.faults)
    assert "services.csv" in places and "economy.csv" in places and "counties.csv" in places


ODD = ("nan", "-inf", "1e999", '"', ",", "\n", "460100", "2010", "0", "")
CELL = st.one_of(st.text(max_size=12), st.sampled_from(ODD))


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(file=st.sampled_from(schema.FILES), line=st.integers(0, 60), cell=CELL, column=st.integers(0, 9))
def test_no_text_in_a_cell_breaks_the_check(tmp_path_factory, file, line, cell, column):
    folder = tmp_path_factory.getbasetemp() / "fuzzed"
    write_tiny_pack(folder)
    lines = (folder / file).read_text(encoding="utf-8").split("\n")
    cells = lines[line % len(lines)].split(",")
    cells[column % len(cells)] = cell
    lines[line % len(lines)] = ",".join(cells)
    (folder / file).write_bytes("\n".join(lines).encode("utf-8", "surrogatepass"))
    for fault in check_pack(folder):
        assert fault.where and fault.what and str(fault).replace("\n", " ").replace("\t", " ").isprintable()


def test_the_tiny_pack_is_what_it_says(tiny):
    assert tuple(tiny.codes) == CODES and tiny.active.all()
    assert tiny.group("coast").tolist() == [True, True, False]
    per_head = 1e8 * tiny.values("economy", "gdp", 2010) / tiny.values("population", "resident_census", 2010)
    assert per_head == pytest.approx([40_000, 40_000, 15_000])
    assert tiny.deflator[2010] == pytest.approx(1.02 ** -10)
