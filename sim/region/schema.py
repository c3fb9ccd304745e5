"""What a data pack must look like, declared, and the reader that finds every fault of one.

Files, columns and their types stand here; variables with unit, range and meaning in variables.csv beside this file.
A fault names the file, the line as an editor counts it, and the column. A byte-order mark and CRLF are welcome.
"""

from __future__ import annotations

import csv
import fnmatch
import functools
import io
import itertools
import json
import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from sim.core.declare import Fault, nearest

VARIABLES = Path(__file__).with_name("variables.csv")
BOUNDARIES = "boundaries.geojson"
MAXIMUM_BYTES = 50_000_000
YEARS = (1980, 2050)
LONGITUDE, LATITUDE = (105.0, 120.0), (3.0, 22.0)
CONFIDENCE = ("official", "secondary", "derived", "recalled")
MODES = ("road", "rail", "great_circle")
PROVINCE, CHINA = 460000, 100000

# areas that are no county of the pack but may have rows: code -> name
AREAS = {
    CHINA: "China", PROVINCE: "Hainan", 460400499: "Yangpu EDZ", 460105: "Haikou/Xiuying", 460106: "Haikou/Longhua",
    460107: "Haikou/Qiongshan", 460108: "Haikou/Meilan",
}

# plausible range of a value by its printed unit, where variables.csv gives no narrower one
UNITS = {
    "persons": (0, 2e7), "1e4_persons": (0, 2e3), "households": (0, 1e7), "persons in sample": (0, 1e6),
    "households in sample": (0, 1e6), "percent": (0, 100), "%": (-100, 300), "percent per year": (-20, 50),
    "per mille": (-20, 60), "per 100k persons": (0, 1e5), "ratio": (0, 10), "years": (0, 120), "m2": (0, 200),
    "rooms": (0, 20), "persons/km2": (0, 1e5), "males per 100 females": (50, 300), "males per female": (0.9, 1.4),
    "children per woman": (0, 10), "births per 1000 women": (0, 400), "deaths per person-year": (0, 1.5),
    "1e8 yuan": (0, 2e4), "1e8_yuan": (0, 1e4), "yuan/person": (0, 1e6), "yuan_per_person": (0, 1e6),
    "yuan/year": (0, 1e6), "yuan/month": (0, 1e5), "yuan/hour": (0, 1e3), "previous year = 100": (50, 150),
    "1e4 person-times": (0, 1e5), "radiance sum": (0, 1e7), "km": (0, 1e5), "km2": (0, 4e4), "ha": (0, 4e6),
    "1e3_ha": (0, 4e3), "1e4_mu": (0, 6e3), "index": (0, 100),
}


@dataclass(frozen=True)
class Column:
    """A column of a table: its kind is text, code, integer, number, year or mark (0 or 1)."""

    name: str
    kind: str
    says: str
    empty: bool = False
    low: float = -math.inf
    high: float = math.inf
    choices: tuple[str, ...] = ()


class Variable(NamedTuple):
    """A variable of the tidy tables: `name` may hold `*`."""

    file: str
    name: str
    units: tuple[str, ...]
    low: float | None
    high: float | None
    meaning: str


def _mark(name: str, says: str) -> Column:
    return Column(name, "mark", says, empty=True)


def _text(name: str, says: str, empty: bool = True, choices: tuple[str, ...] = ()) -> Column:
    return Column(name, "text", says, empty=empty, choices=choices)


SOURCED = (
    _text("source", "where it was read: an id of docs/data.md or the name of the text", empty=False),
    _text("confidence", "official, secondary, derived or recalled", empty=False, choices=CONFIDENCE),
)
TIDY = (
    Column("adcode", "code", "six-digit code of the area"),
    _text("county", "English name of the area; Haikou/... are districts", empty=False),
    Column("year", "year", "calendar year, of stocks: end of year or census day"),
    _text("variable", "name of the variable", empty=False),
    Column("value", "number", "value as printed"),
    _text("unit", "printed unit", empty=False),
    *SOURCED,
    _text("note", "remark, breaks"),
)
TIDY_FILES = ("population", "population-province", "economy", "economy-province", "fiscal", "land", "services")

TABLES: dict[str, tuple[Column, ...]] = {
    "counties": (
        Column("adcode", "code", "present six-digit code"),
        _text("adcode_2010", "code in 2010", empty=False),
        _text("name_zh", "Chinese name", empty=False),
        _text("name_en", "English name", empty=False),
        _text("level", "level of the unit", False, ("prefecture", "county_city", "county", "autonomous_county")),
        Column("area_km2", "number", "land area of one consistent table", low=0, high=4e4),
        Column("area_km2_government", "number", "land area usually printed locally", True, 0, 4e4),
        _text("area_km2_government_source", "its source"),
        Column("area_km2_polygon", "number", "area of the simplified polygon", True, 0, 4e4),
        _text("seat_zh", "seat"),
        Column("seat_lon", "number", "longitude of the seat", low=LONGITUDE[0], high=LONGITUDE[1]),
        Column("seat_lat", "number", "latitude of the seat", low=LATITUDE[0], high=LATITUDE[1]),
        Column("coastal", "mark", "on the coast"),
        Column("autonomous_county", "mark", "autonomous county"),
        Column("minority_policy_area", "mark", "under minority policies"),
        Column("key_eco_function_zone", "mark", "key ecological function zone"),
        Column("national_park", "mark", "has a share of the national park"),
        Column("national_park_share_of_county", "number", "share of the county in the park", True, 0, 1),
        Column("poverty_national_2012", "mark", "on the national poverty list of 2012"),
        Column("poverty_exit_year", "year", "year of leaving poverty", empty=True),
        Column("poverty_exit_announced", "year", "year in which this was announced", empty=True),
        _mark("poverty_national_2001", "on the national list of 2001"),
        _mark("poverty_provincial", "on the provincial list (not obtained)"),
        _mark("old_revolutionary_base", "old revolutionary base (not obtained)"),
        Column("hai_cheng_wen", "mark", "Haikou-Chengmai-Wenchang circle"),
        Column("greater_sanya", "mark", "Greater Sanya circle"),
        _text("wing_2019", "wing of the 2019 policy", True, ("east", "west")),
        _text("circle_2022", "circle of the 2022 policy"),
        _text("five_zone", "functional zone", False, ("north", "south", "east", "west", "central", "sea")),
        _text("stat_region", "region of statistical bulletins", False, ("east", "central", "west", "sea")),
        Column("health_centre_city", "mark", "seat of a regional health centre"),
        _text("health_region", "catchment of a health centre (derived)"),
        _text("hsr_line", "railway line"),
        Column("hsr_open_year", "year", "year of its opening", empty=True),
        _text("hsr_stations", "railway stations"),
        _text("expressway_open_year", "year of the first expressway"),
        _text("expressways", "expressways"),
        _text("basins", "river basins"),
    ),
    "adjacency": (
        Column("adcode_a", "code", "county"),
        _text("county_a", "its name", empty=False),
        Column("adcode_b", "code", "neighbour"),
        _text("county_b", "its name", empty=False),
        Column("border_km", "number", "length of the border", low=0, high=1e3),
        Column("border_km_alt", "number", "the same on a second set of polygons", True, 0, 1e3),
        *SOURCED,
        _text("note", "remark"),
    ),
    "travel": (
        Column("origin_adcode", "code", "from"),
        Column("dest_adcode", "code", "to"),
        Column("km", "number", "length", low=0, high=2e3),
        Column("minutes", "number", "travel time; rail: in the train, access not included", True, 0, 2e3),
        Column("year_from", "integer", "first year in which the row holds; 0: always", low=0, high=YEARS[1]),
        *SOURCED,
        _text("mode", "road, rail or great_circle", False, MODES),
    ),
    "basins": (
        _text("river", "river", empty=False),
        _text("river_zh", "Chinese name", empty=False),
        Column("order", "integer", "1 at the source, rising to the mouth; 0: whole river; from 90: tributaries only",
               low=0, high=999),
        Column("adcode", "code", "county, or the province for the whole river"),
        _text("county", "its name", empty=False),
        _mark("main_stem", "on the main stem"),
        _text("segment", "part of the river"),
        Column("basin_km2_in_county", "number", "catchment in the county", True, 0, 4e4),
        Column("basin_share", "number", "share of the basin", True, 0, 1),
        Column("total_length_km", "number", "length of the river", True, 0, 2e3),
        Column("total_basin_km2", "number", "basin", True, 0, 4e4),
        _text("reservoirs", "reservoirs"),
        *SOURCED,
        _text("note", "remark"),
    ),
    **{name: TIDY for name in TIDY_FILES},
}
KEYS = {
    "counties": ("adcode",), "adjacency": ("adcode_a", "adcode_b"), "basins": ("river", "adcode"),
    "travel": ("origin_adcode", "dest_adcode", "mode", "year_from"),
    **{name: ("adcode", "year", "variable", "unit") for name in TIDY_FILES},
}
CODE_NAMES = {"counties": (), "adjacency": (("adcode_a", "county_a"), ("adcode_b", "county_b")),
              "travel": (("origin_adcode", ""), ("dest_adcode", ""))}
FILES = (*(f"{name}.csv" for name in TABLES), BOUNDARIES)

AGE_LABELS = ("0", "1_4", *(f"{a}_{a + 4}" for a in range(5, 85, 5)), "85plus")


class Sum(NamedTuple):
    """Parts of a tidy table that must add up to a total, per area and year, within a relative tolerance."""

    file: str
    total: str
    parts: tuple[str, ...]
    tolerance: float


SUMS = (
    Sum("population", "resident_census", ("male", "female"), 0),
    Sum("population", "male", tuple(f"male_age_{a}" for a in AGE_LABELS), 0),
    Sum("population", "female", tuple(f"female_age_{a}" for a in AGE_LABELS), 0),
    Sum("population", "resident_census", ("age_0_14", "age_15_59", "age_60plus"), 0),
    Sum("population", "resident_census", ("age_0_14", "age_15_64", "age_65plus"), 1e-3),
    Sum("population", "resident_census", ("urban_population", "rural_population"), 0),
    Sum("population", "migrants_hukou_elsewhere_total", (
        "migrants_hukou_same_county", "migrants_hukou_other_county", "migrants_hukou_other_province"), 0),
    Sum("economy", "gdp", ("gdp_primary", "gdp_secondary", "gdp_tertiary"), 5e-4),
    Sum("economy", "gdp_excl_yangpu", (
        "gdp_primary_excl_yangpu", "gdp_secondary_excl_yangpu", "gdp_tertiary_excl_yangpu"), 5e-4),
    Sum("fiscal", "gpb_revenue", ("gpb_rev_tax", "gpb_rev_nontax"), 1e-3),
)
# county values that must add up to the provincial row where every county has one
TOTALS = (
    ("population", "population-province", "resident_census"),
    ("population", "population-province", "urban_population"),
    ("population", "population-province", "rural_population"),
    ("population", "population-province", "male"),
    ("population", "population-province", "female"),
    ("population", "population-province", "hukou_population"),
    ("population", "population-province", "migrants_hukou_same_county"),
    ("population", "population-province", "migrants_hukou_other_county"),
    ("population", "population-province", "migrants_hukou_other_province"),
)
TOTALS_YEARS = frozenset({2000, 2010, 2020})
# rows without which nothing can start: of every county, or of the province
REQUIRED = (
    ("population", "resident_census", (2010, 2020), True),
    ("economy-province", "gdp", (2010,), False),
    ("economy-province", "gdp_deflator_growth", tuple(range(2011, 2021)), False),
)


@functools.cache
def variables() -> tuple[Variable, ...]:
    """The declared variables, one entry a file they may stand in."""
    with VARIABLES.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    return tuple(
        Variable(file, row["variable"], tuple(row["unit"].split("|")), _bound(row["low"]), _bound(row["high"]),
                 row["meaning"])
        for row in rows for file in row["files"].split()
    )


def _bound(text: str) -> float | None:
    return float(text) if text else None


@functools.cache
def _declarations(file: str) -> dict[str, Variable]:
    """The variables and patterns of variables of a file by their names."""
    return {v.name: v for v in reversed(variables()) if v.file == file}


@functools.cache
def declared(file: str, name: str) -> Variable | None:
    """The declaration of a variable of a file: its own, or that of the pattern it fits."""
    known = _declarations(file)
    return known.get(name) or next((v for pattern, v in reversed(known.items())
                                    if "*" in pattern and fnmatch.fnmatchcase(name, pattern)), None)


def bounds(variable: Variable, unit: str) -> tuple[float, float]:
    """The plausible range of a value in its printed unit."""
    low, high = UNITS.get(unit, (-math.inf, math.inf))
    return (low if variable.low is None else variable.low), (high if variable.high is None else variable.high)


@dataclass
class Table:
    """A table read: its rows, their lines in the file, and the cells that could not be read."""

    name: str
    frame: pd.DataFrame
    lines: np.ndarray


@dataclass
class Read:
    """A pack read: tables, polygons, and every fault."""

    tables: dict[str, pd.DataFrame] = field(default_factory=dict)
    geojson: dict = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)


def read(path: Path) -> Read:
    """Read a pack and find every fault in it."""
    path, out = Path(path), Read()
    if not path.is_dir():
        out.faults.append(Fault(path.name, "no such folder", "name a folder that holds a data pack"))
        return out
    tables = {name: _table(path, name, columns, out.faults) for name, columns in TABLES.items()}
    tables = {name: table for name, table in tables.items() if table is not None}
    areas = _areas(tables.get("counties"))
    for name, table in tables.items():
        _check_codes(table, areas, out.faults)
        _check_keys(table, out.faults)
        if name in TIDY_FILES:
            _check_variables(table, out.faults)
    _check_sums(tables, out.faults)
    _check_totals(tables, out.faults)
    _check_required(tables, out.faults)
    _check_travel(tables, out.faults)
    _check_adjacency(tables, out.faults)
    out.geojson = _polygons(path, tables.get("counties"), out.faults)
    out.tables = {name: table.frame for name, table in tables.items()}
    return out


def _where(name: str, line: int | None = None, column: str = "") -> str:
    """file:line: column, as far as known."""
    place = name if line is None else f"{name}:{line}"
    return f"{place}: {column}" if column else place


def _content(path: Path, name: str, faults: list[Fault]) -> str | None:
    """The text of a file, or None with a fault."""
    file = path / name
    try:
        if not file.is_file():
            faults.append(Fault(name, "the file is missing", "a pack holds " + ", ".join(FILES)))
            return None
        if file.stat().st_size > MAXIMUM_BYTES:
            faults.append(Fault(name, f"larger than {MAXIMUM_BYTES} bytes"))
            return None
        raw = file.read_bytes()
    except OSError as error:
        faults.append(Fault(name, f"cannot be read ({error.strerror})"))
        return None
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        faults.append(Fault(_where(name, line), "not UTF-8 text", "save the file as UTF-8"))
        return None


def _records(text: str) -> Iterable[tuple[int, list[str]]]:
    """Rows with the line on which they start; a quoted cell may hold line breaks."""
    reader, start = csv.reader(io.StringIO(text, newline=""), strict=True), 1
    for row in reader:
        if row:
            yield start, row
        start = reader.line_num + 1


def _table(path: Path, name: str, columns: tuple[Column, ...], faults: list[Fault]) -> Table | None:
    """Read a table; every cell that does not fit its column is a fault."""
    file = f"{name}.csv"
    text = _content(path, file, faults)
    if text is None:
        return None
    lines, rows, header = [], [], None
    try:
        for line, row in _records(text):
            if header is None:
                header = [cell.strip() for cell in row]
            elif len(row) != len(header):
                faults.append(Fault(_where(file, line), f"{len(row)} cells, the header has {len(header)}",
                                    "quote cells that hold a comma"))
            else:
                lines.append(line)
                rows.append(row)
    except csv.Error as error:
        at = (lines[-1] if lines else 0) + 1
        faults.append(Fault(_where(file, at), f"not a CSV table from here on ({error})", "check the quotes"))
    if header is None:
        faults.append(Fault(file, "the file is empty"))
        return None
    missing = [c for c in columns if c.name not in header]
    unknown = [h for h in header if h not in {c.name for c in columns}]
    for c in missing:
        faults.append(Fault(_where(file, 1, c.name), "the column is missing", f"it holds: {c.says}"))
    for h in unknown:
        faults.append(Fault(_where(file, 1, h), "no such column", nearest(h, [c.name for c in missing])))
    if len(set(header)) != len(header):
        faults.append(Fault(_where(file, 1), "a column stands twice"))
        return None
    if missing:
        return None
    if not rows:
        faults.append(Fault(file, "the table has no rows"))
    cells = dict(zip(header, zip(*rows, strict=True) if rows else ((),) * len(header), strict=True))
    numbers = np.array(lines, dtype=np.int64)
    frame = pd.DataFrame({c.name: _column(file, c, cells[c.name], numbers, faults) for c in columns})
    return Table(file, frame, numbers)


def _column(file: str, column: Column, cells: tuple[str, ...], lines: np.ndarray, faults: list[Fault]):
    """The values of a column, faults for cells of a wrong type, empty where they may not be, or out of range."""
    def complain(rows, what: str, mend: str = ""):
        for row in rows:
            faults.append(Fault(_where(file, int(lines[row]), column.name), what.format(cell=cells[row][:80]), mend))

    cells = tuple(map(str.strip, cells))
    empty = np.array([not cell for cell in cells], dtype=bool)
    if not column.empty:
        complain(np.flatnonzero(empty), "the cell is empty", f"it holds: {column.says}")
    if column.kind == "text":
        if column.choices:
            wrong = [i for i, cell in enumerate(cells) if cell and cell not in column.choices]
            complain(wrong, "{cell!r} is not allowed", "one of " + ", ".join(column.choices))
        return pd.Series(cells, dtype=object)
    values = np.array(pd.to_numeric(np.array(cells, dtype=object), errors="coerce"), dtype=np.float64)
    good = np.isfinite(values)
    complain(np.flatnonzero(~good & ~empty), "{cell!r} is not a finite number")
    values[~good] = np.nan
    if column.kind != "number":
        whole = np.mod(values, 1) == 0
        complain(np.flatnonzero(good & ~whole), "{cell!r} is not a whole number")
        good &= whole
    low, high = {"year": YEARS, "mark": (0, 1)}.get(column.kind, (column.low, column.high))
    outside = good & ((values < low) | (values > high))
    complain(np.flatnonzero(outside), "{cell} is outside its range", f"{low:g} to {high:g}")
    whole_column = column.kind != "number" and not column.empty and bool(np.all(good))
    return values.astype(np.int64) if whole_column else values


def _areas(counties: Table | None) -> dict[int, str] | None:
    """Code -> name of every area that may have rows; None where the counties could not be read."""
    if counties is None:
        return None
    frame = counties.frame.dropna(subset=["adcode"])
    return AREAS | dict(zip(frame["adcode"].astype(int), frame["name_en"], strict=True))


def _check_codes(table: Table, areas: dict[int, str] | None, faults: list[Fault]) -> None:
    """Every code is known, and the name beside it is its name."""
    if areas is None:
        return
    for code_column, name_column in CODE_NAMES.get(table.name[:-4], (("adcode", "county"),)):
        codes = table.frame[code_column].to_numpy()
        names = table.frame[name_column].to_numpy() if name_column else None
        for row, code in enumerate(codes.tolist()):
            if code != code:
                continue
            code, line = int(code), int(table.lines[row])
            if code not in areas:
                faults.append(Fault(_where(table.name, line, code_column), f"no area has the code {code}",
                                    nearest(str(code), map(str, areas))))
            elif names is not None and names[row] and names[row] != areas[code]:
                faults.append(Fault(_where(table.name, line, name_column), f"{names[row]!r} is not the name of {code}",
                                    f"write {areas[code]}"))


def _check_keys(table: Table, faults: list[Fault]) -> None:
    """No two rows say the same thing twice."""
    key = list(KEYS[table.name[:-4]])
    twice = table.frame.duplicated(key, keep="first").to_numpy()
    if not twice.any():
        return
    first: dict = {}
    for row, values in enumerate(zip(*(table.frame[k] for k in key), strict=True)):
        if values in first:
            faults.append(Fault(_where(table.name, int(table.lines[row]), ", ".join(key)),
                                f"the row repeats line {first[values]}", "keep one of them"))
        first.setdefault(values, int(table.lines[row]))


def _check_variables(table: Table, faults: list[Fault]) -> None:
    """Every variable is declared, in its unit and range."""
    file, frame = table.name[:-4], table.frame
    values = frame["value"].to_numpy()
    def complain(lines, column: str, what: Iterable[str], mend: str):
        for line, text in zip(lines.tolist(), what, strict=False):
            faults.append(Fault(_where(table.name, line, column), text, mend))

    for (name, unit), rows in frame.groupby(["variable", "unit"], sort=False).indices.items():
        lines = table.lines[rows]
        variable = declared(file, name)
        if not name or not unit:
            continue  # an empty cell is a fault already
        if variable is None:
            mend = nearest(name, [v.name for v in variables() if v.file == file]) or "declare it in variables.csv"
            complain(lines, "variable", itertools.repeat(f"no variable {name!r}"), mend)
        elif unit not in variable.units:
            mend = f"{name} is printed in {' or '.join(variable.units)}"
            complain(lines, "unit", itertools.repeat(f"unit {unit!r} is not allowed"), mend)
        else:
            low, high = bounds(variable, unit)
            outside = (values[rows] < low) | (values[rows] > high)
            texts = (f"{name} = {value:g} is outside its range" for value in values[rows][outside])
            complain(lines[outside], "value", texts, f"{low:g} to {high:g} {unit}")


def _cells(table: Table, names: Iterable[str]) -> dict[str, dict[tuple, tuple[float, int]]]:
    """variable -> (code, year) -> value and line."""
    wanted = table.frame["variable"].isin(set(names)).to_numpy()
    frame = table.frame[wanted]
    out: dict = {}
    columns = (frame[c].tolist() for c in ("variable", "adcode", "year", "value"))
    for name, code, year, value, line in zip(*columns, table.lines[wanted].tolist(), strict=True):
        if value == value:
            out.setdefault(name, {})[(code, year)] = (value, line)
    return out


def _check_sums(tables: dict[str, Table], faults: list[Fault]) -> None:
    """Parts add up to their total wherever all of them are there."""
    names: dict[str, set] = {}
    for rule in SUMS:
        names.setdefault(rule.file, set()).update((rule.total, *rule.parts))
    found = {file: _cells(tables[file], wanted) for file, wanted in names.items() if file in tables}
    for rule in SUMS:
        cells = found.get(rule.file, {})
        parts = [cells.get(part, {}) for part in rule.parts]
        for key, (total, line) in cells.get(rule.total, {}).items():
            if not all(key in part for part in parts):
                continue
            made = math.fsum(part[key][0] for part in parts)
            if abs(made - total) > rule.tolerance * abs(total) + 1e-6:
                what = f"{rule.total} is {total:g}, but {_listed(rule.parts)} add up to {made:g}"
                faults.append(Fault(_where(f"{rule.file}.csv", line, "value"), what, _tolerance(rule.tolerance)))


def _listed(parts: tuple[str, ...]) -> str:
    return " + ".join(parts if len(parts) < 5 else (*parts[:2], "...", parts[-1]))


def _tolerance(share: float) -> str:
    return f"they must agree within {share:.2%}" if share else "they must agree exactly"


def _check_required(tables: dict[str, Table], faults: list[Fault]) -> None:
    """The rows without which nothing can start."""
    counties = tables.get("counties")
    codes = [] if counties is None else counties.frame["adcode"].dropna().astype(int).tolist()
    for file, name, years, of_counties in REQUIRED:
        if file in tables:
            there = _cells(tables[file], [name]).get(name, {})
            missing = [(code, year) for code in (codes if of_counties else (PROVINCE,)) for year in years
                       if (code, year) not in there]
            faults += [Fault(_where(f"{file}.csv", None, "value"), f"no {name} of {code} in {year}", "add the row")
                       for code, year in missing]


def _check_totals(tables: dict[str, Table], faults: list[Fault]) -> None:
    """County values add up to the province in census years where every county has one."""
    counties = tables.get("counties")
    if counties is None:
        return
    codes = set(counties.frame["adcode"].tolist())
    for file, province_file, name in TOTALS:
        if file not in tables or province_file not in tables:
            continue
        by_county = _cells(tables[file], [name]).get(name, {})
        for (code, year), (total, line) in _cells(tables[province_file], [name]).get(name, {}).items():
            values = [by_county[(c, year)][0] for c in codes if (c, year) in by_county]
            if code != PROVINCE or year not in TOTALS_YEARS or len(values) != len(codes):
                continue
            if abs(math.fsum(values) - total) > 1e-6:
                what = f"{name} {year} is {total:g}, but the counties add up to {math.fsum(values):g}"
                faults.append(Fault(_where(f"{province_file}.csv", line, "value"), what, _tolerance(0)))


def _check_travel(tables: dict[str, Table], faults: list[Fault]) -> None:
    """Every pair has its great circle, roads and rails lead both ways in the same time and from the same year."""
    table, counties = tables.get("travel"), tables.get("counties")
    if table is None or counties is None:
        return
    file, frame = table.name, table.frame
    rows = list(zip(frame["origin_adcode"], frame["dest_adcode"], frame["mode"], frame["year_from"], frame["km"],
                    frame["minutes"], table.lines.tolist(), strict=True))
    found = {row[:4]: row for row in rows}
    def complain(line: int, column: str, what: str, mend: str):
        faults.append(Fault(_where(file, line, column), what, mend))

    for origin, destination, mode, year, km, minutes, line in rows:
        if origin == destination:
            complain(line, "dest_adcode", "a row leads from a county to itself", "remove it")
        back = found.get((destination, origin, mode, year))
        if back is None:
            what = f"{mode} from {destination:.0f} back to {origin:.0f} is missing"
            complain(line, "dest_adcode", what, "every row has its return")
        elif origin < destination and not (_same(km, back[4]) and _same(minutes, back[5])):
            complain(line, "minutes", f"the way back in line {back[6]} differs", "make both ways equal")
        if mode != "great_circle" and minutes != minutes:
            complain(line, "minutes", f"a {mode} needs its minutes", "fill the cell")
    codes = sorted(set(counties.frame["adcode"].tolist()))
    have = {row[:3] for row in rows}
    roaded = {code for row in rows if row[2] == "road" for code in row[:2]}
    for i, origin in enumerate(codes):
        for destination in codes[i + 1:]:
            for mode in ("great_circle",) + (("road",) if {origin, destination} <= roaded else ()):
                if (origin, destination, mode) not in have and (destination, origin, mode) not in have:
                    pair = f"{origin:.0f} and {destination:.0f}"
                    faults.append(Fault(file, f"no {mode} between {pair}", "every pair needs one"))


def _same(a: float, b: float) -> bool:
    return a == b or (a != a and b != b)


def _check_adjacency(tables: dict[str, Table], faults: list[Fault]) -> None:
    """A border is listed once, with the smaller code first."""
    table = tables.get("adjacency")
    if table is None:
        return
    for a, b, line in zip(table.frame["adcode_a"], table.frame["adcode_b"], table.lines.tolist(), strict=True):
        if a >= b:
            what = "the smaller code stands first, and no county borders itself"
            faults.append(Fault(_where(table.name, line, "adcode_b"), what))


def _polygons(path: Path, counties: Table | None, faults: list[Fault]) -> dict:
    """The GeoJSON: one readable polygon for every county."""
    text = _content(path, BOUNDARIES, faults)
    if text is None:
        return {}
    try:
        document = json.loads(text)
    except (json.JSONDecodeError, RecursionError, ValueError) as error:
        line = getattr(error, "lineno", None)
        faults.append(Fault(_where(BOUNDARIES, line), f"not JSON ({getattr(error, 'msg', 'too deep')})"))
        return {}
    features = document.get("features") if isinstance(document, dict) else None
    if not isinstance(features, list):
        faults.append(Fault(BOUNDARIES, "not a FeatureCollection", 'it has a list "features"'))
        return {}
    seen: dict[int, int] = {}
    for place, feature in enumerate(features):
        code, problem = _feature(feature)
        where = _where(BOUNDARIES, None, f"features[{place}]")
        if problem:
            faults.append(Fault(where, problem))
        elif code in seen:
            faults.append(Fault(where, f"{code} is drawn twice"))
        seen[code] = place
    if counties is not None:
        codes = counties.frame["adcode"].dropna().astype(int).tolist()
        faults += [Fault(BOUNDARIES, f"no polygon for {code}") for code in codes if code not in seen]
        faults += [Fault(_where(BOUNDARIES, None, f"features[{seen[code]}]"), f"no county has the code {code}")
                   for code in seen if code is not None and code not in codes]
    return document


def _feature(feature: object) -> tuple[int | None, str]:
    """Code and problem of one feature."""
    try:
        code = int(feature["properties"]["adcode"])
    except (TypeError, KeyError, ValueError):
        return None, "no properties.adcode"
    try:
        shape = feature["geometry"]
        if shape["type"] not in ("Polygon", "MultiPolygon"):
            raise ValueError
        polygons = [shape["coordinates"]] if shape["type"] == "Polygon" else shape["coordinates"]
        for polygon in polygons:
            for ring in polygon:
                points = np.asarray(ring, dtype=float)
                problem = _ring_problem(points)
                if problem:
                    return code, problem
    except (TypeError, KeyError, ValueError):
        return code, "geometry is not a Polygon or MultiPolygon of numbers"
    return code, "" if polygons else "the polygon is empty"


def _ring_problem(points: np.ndarray) -> str:
    """What is wrong with a ring of points [point, lon and lat]."""
    if points.ndim != 2 or points.shape[1] != 2 or len(points) < 4:
        return "a ring needs four points of longitude and latitude"
    if not np.isfinite(points).all():
        return "a coordinate is not finite"
    if (points[0] != points[-1]).any():
        return "a ring is not closed"
    inside = [(low <= points[:, axis]).all() and (points[:, axis] <= high).all()
              for axis, (low, high) in enumerate((LONGITUDE, LATITUDE))]
    return "" if all(inside) else "a coordinate lies outside the region"

