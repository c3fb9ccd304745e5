"""Tables of single places: every breach between their rows is found, and what a pack does not say is said for it."""

import ast
import re
from pathlib import Path

import pytest

from sim import words
from sim.region import schema
from sim.region.pack import check_pack, load_pack
from tests.tiny_pack import write_tiny_pack

ROOT = Path(words.__file__).parents[1]
READERS = ("calibration", "outputs", "hainan2035")
MODULES = sorted(path for package in ("sim", *READERS) for path in (ROOT / package).rglob("*.py"))
COUNTY_CODE = re.compile(r"\b(?:4601|4602|4603|4604|4690)\d\d\b")


def shown(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def series(text: str) -> list[int]:
    """Lines on which a text holds a table of numbers by year: three years or more."""
    def year(key) -> bool:
        return isinstance(key, ast.Constant) and isinstance(key.value, int) and 1950 <= key.value <= 2050

    def number(value) -> bool:
        return isinstance(value, ast.Constant) and isinstance(value.value, int | float)

    return [node.lineno for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Dict)
            and sum(map(year, node.keys)) >= 3 and all(map(number, node.values))]


@pytest.mark.parametrize("path", MODULES, ids=shown)
def test_no_module_knows_a_county_by_its_code(path):
    """Facts of a county stand in the pack."""
    assert COUNTY_CODE.findall(path.read_text(encoding="utf-8")) == []


def test_what_reads_results_holds_no_series_of_its_own():
    """What was observed year by year stands in the pack, with its source."""
    held = {shown(path): series(path.read_text(encoding="utf-8")) for path in MODULES
            if path.relative_to(ROOT).parts[0] in READERS}
    assert {path: lines for path, lines in held.items() if lines} == {}


def test_a_code_or_a_series_would_be_found():
    assert COUNTY_CODE.findall("HAIKOU, QIONGHAI = 460100, 469002") == ["460100", "469002"]
    assert not COUNTY_CODE.findall("PROVINCE, TIER = 460000, 460001")
    assert series("a = 1\nYUAN = {2010: 6.77, 2011: 6.46, 2012: 6.31}") == [2]
    assert series("LAST = {2010: 'a', 2011: 'b', 2012: 'c'}; ENDS = {2010: 1, 2020: 2}") == []


BREACHES = {
    "a value outside its own range": ("parks", 0, {"share": "0.9"}, "share", "outside its own range 0.05 to 0.15"),
    "a project that ends before it begins": ("projects", 0, {"last_year": "2018"}, "last_year", "ends before"),
    "a group nobody asks for": ("groups", 0, {"name": "haikuo"}, "name", "'haikuo' is not declared"),
    "a quantity nobody reads": ("places", 0, {"variable": "home_prise_2010"}, "variable",
                                "'home_prise_2010' is not declared"),
    "a unit of its own": ("places", 0, {"unit": "yuan/mu"}, "unit", "unit 'yuan/mu' is not allowed"),
    "a river unheard of": ("reaches", 0, {"river": "Nandou"}, "river", "no river 'Nandou'"),
    "a river that flows uphill": ("reaches", 2, {"flows_to": "nandu_baisha"}, "flows_to", "no reach 'nandu_baisha'"),
    "a drain without a reach": ("drains", 0, {"reach": "nandu_bai"}, "reach", "no reach 'nandu_bai'"),
    "a section without its class": ("reaches", 0, {"target": ""}, "stage", "a section needs its stage and target"),
    "a pool of no reach": ("pools", 0, {"reach": "chitian"}, "reach", "no reach 'chitian'"),
    "another name of a county": ("drains", -1, {"adcode": "460200", "county": "Sanja"}, "county", "'Sanja' is not"),
    "a park of no county": ("parks", 0, {"adcode": "469099", "county": ""}, "adcode", "no area has the code 469099"),
}


@pytest.mark.parametrize("case", BREACHES)
def test_a_breach_is_found_where_it_stands(case, tmp_path):
    file, row, change, column, what = BREACHES[case]

    def edit(tables):
        tables[file][row] |= change

    found = check_pack(write_tiny_pack(tmp_path / "pack", edit))
    here = [f.what for f in found if f.where.startswith(f"{file}.csv:") and f.where.endswith(f": {column}")]
    assert any(what in said for said in here), found


def test_a_planned_link_ends_somewhere(tmp_path):
    def link(to):
        about = {"minutes": 40, "low": 30, "high": 50, "opens": 2030, "source": "a test", "confidence": "assumed"}
        row = {"name": "bridge", "origin_adcode": 460100, "destination": to, **about}
        return lambda tables: tables["links"].append(row)

    assert not check_pack(write_tiny_pack(tmp_path / "whole", link("air_sanya")))
    fault, = check_pack(write_tiny_pack(tmp_path / "broken", link("air_sania")))
    assert fault.where == "links.csv:2: destination" and "air_sanya" in fault.mend


def test_a_pack_without_these_tables_has_no_parks_and_no_groups(tmp_path):
    folder = write_tiny_pack(tmp_path / "pack")
    for name in schema.PLACE_TABLES:
        (folder / f"{name}.csv").unlink()
    pack = load_pack(folder)
    assert pack.active.all() and not pack.group("haikou").any() and pack.table("parks").empty


def test_every_row_says_its_source_and_range():
    pack = load_pack()
    for name in schema.PLACE_TABLES:
        table = pack.table(name)
        assert len(table) and table["source"].str.len().min() > 5
        if "low" in table:
            assert (table["low"] < table["high"]).all()


def test_a_misspelt_quantity_of_places_is_a_mistake():
    with pytest.raises(KeyError, match="home_price_2010"):
        load_pack().of_places("home_price_2011", 0.0)
