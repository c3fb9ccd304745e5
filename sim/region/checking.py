"""Consistency checks between the rows of a pack: codes, keys, units, sums, roads in both directions."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from sim.core.declare import Fault, nearest
from sim.region import schema


@dataclass
class Table:
    """A parsed table: its rows, and the file and line of each."""

    name: str
    frame: pd.DataFrame
    places: np.ndarray


def where(name: str, line: int | None = None, column: str = "") -> str:
    """Location as file:line: column, as far as known."""
    place = name if line is None else f"{name}:{line}"
    return f"{place}: {column}" if column else place


def check(tables: dict[str, Table], faults: list[Fault]) -> None:
    """Find all inconsistencies between the rows of a pack's tables, by name."""
    areas = _areas(tables)
    for name, table in tables.items():
        _check_codes(table, areas, faults)
        check_keys(table, faults)
        if name in schema.TIDY_FILES:
            _check_variables(table, faults)
    _check_sums(tables, faults)
    _check_totals(tables, faults)
    _check_required(tables, faults)
    _check_travel(tables, faults)
    _check_adjacency(tables, faults)
    _check_segments(tables, faults)
    _check_parts(tables, faults)
    _check_ranges(tables, faults)
    _check_places(tables, faults)
    _check_links(tables, faults)
    _check_rivers(tables, areas, faults)


def _areas(tables: dict[str, Table]) -> dict[int, str] | None:
    """Code -> name of every area that may have rows; None if the counties could not be read."""
    if "counties" not in tables:
        return None
    found = dict(schema.AREAS)
    for name in {"areas", "counties"} & tables.keys():
        frame = tables[name].frame.dropna(subset=["adcode"])
        found |= dict(zip(frame["adcode"].astype(int), frame["name_en"], strict=True))
    return found


def _check_codes(table: Table, areas: dict[int, str] | None, faults: list[Fault]) -> None:
    """Every code is known, and matches the name beside it."""
    if areas is None:
        return
    for code_column, name_column in schema.CODE_NAMES.get(table.name[:-4], (("adcode", "county"),)):
        codes = table.frame[code_column].to_numpy()
        names = table.frame[name_column].to_numpy() if name_column else None
        for row, code in enumerate(codes.tolist()):
            if code != code:
                continue
            code, place = int(code), table.places[row]
            if code not in areas:
                faults.append(Fault(f"{place}: {code_column}", f"no area has the code {code}",
                                    nearest(str(code), map(str, areas))))
            elif names is not None and names[row] and names[row] != areas[code]:
                faults.append(Fault(f"{place}: {name_column}", f"{names[row]!r} is not the name of {code}",
                                    f"write {areas[code]}"))


def keys(table: Table, key: list[str]) -> list[tuple]:
    """The keys of a table's rows; an empty number is None, so that empty numbers are equal."""
    columns = (table.frame[k].tolist() for k in key)
    return [tuple(None if cell != cell else cell for cell in row) for row in zip(*columns, strict=True)]


def check_keys(table: Table, faults: list[Fault]) -> None:
    """No two rows have the same key."""
    key = list(schema.KEYS[table.name[:-4]])
    if not table.frame.duplicated(key, keep="first").to_numpy().any():
        return
    first: dict = {}
    for place, values in zip(table.places, keys(table, key), strict=True):
        if values in first:
            faults.append(Fault(f"{place}: {', '.join(key)}", f"the row repeats line {_line(first[values])}",
                                "keep one of them"))
        first.setdefault(values, place)


def _line(place: str) -> str:
    """The line number of a location."""
    return place.rsplit(":", 1)[-1]


def _check_variables(table: Table, faults: list[Fault]) -> None:
    """Every variable is declared, with its unit and range."""
    file, frame = table.name[:-4], table.frame
    values = frame["value"].to_numpy()

    def add_fault(places, column: str, what: Iterable[str], mend: str):
        for place, text in zip(places, what, strict=False):
            faults.append(Fault(f"{place}: {column}", text, mend))

    for (name, unit), rows in frame.groupby(["variable", "unit"], sort=False).indices.items():
        places = table.places[rows]
        variable = schema.declared(file, name)
        if not name or not unit:
            continue  # an empty cell is a fault already
        if variable is None:
            known = [v.name for v in schema.variables() if v.file == file]
            mend = nearest(name, known) or "declare it in variables.csv"
            add_fault(places, "variable", itertools.repeat(f"no variable {name!r}"), mend)
        elif unit not in variable.units:
            mend = f"{name} is printed in {' or '.join(variable.units)}"
            add_fault(places, "unit", itertools.repeat(f"unit {unit!r} is not allowed"), mend)
        else:
            low, high = schema.bounds(variable, unit)
            outside = (values[rows] < low) | (values[rows] > high)
            texts = (f"{name} = {value:g} is outside its range" for value in values[rows][outside])
            add_fault(places[outside], "value", texts, f"{low:g} to {high:g} {unit}")


def _cells(table: Table, names: Iterable[str]) -> dict[str, dict[tuple, tuple[float, str]]]:
    """variable -> (code, year) -> value and place."""
    wanted = table.frame["variable"].isin(set(names)).to_numpy()
    frame = table.frame[wanted]
    out: dict = {}
    columns = (frame[c].tolist() for c in ("variable", "adcode", "year", "value"))
    for name, code, year, value, place in zip(*columns, table.places[wanted], strict=True):
        if value == value:
            out.setdefault(name, {})[(code, year)] = (value, place)
    return out


def _check_sums(tables: dict[str, Table], faults: list[Fault]) -> None:
    """Parts sum to their total where all are present."""
    names: dict[str, set] = {}
    for rule in schema.SUMS:
        names.setdefault(rule.file, set()).update((rule.total, *rule.parts))
    found = {file: _cells(tables[file], wanted) for file, wanted in names.items() if file in tables}
    for rule in schema.SUMS:
        cells = found.get(rule.file, {})
        parts = [cells.get(part, {}) for part in rule.parts]
        for key, (total, place) in cells.get(rule.total, {}).items():
            if not all(key in part for part in parts):
                continue
            made = math.fsum(part[key][0] for part in parts)
            if abs(made - total) > rule.tolerance * abs(total) + 1e-6:
                what = f"{rule.total} is {total:g}, but {_listed(rule.parts)} add up to {made:g}"
                faults.append(Fault(f"{place}: value", what, _tolerance(rule.tolerance)))


def _listed(parts: tuple[str, ...]) -> str:
    return " + ".join(parts if len(parts) < 5 else (*parts[:2], "...", parts[-1]))


def _tolerance(share: float) -> str:
    return f"they must agree within {share:.2%}" if share else "they must agree exactly"


def _check_required(tables: dict[str, Table], faults: list[Fault]) -> None:
    """The required rows."""
    counties = tables.get("counties")
    codes = [] if counties is None else counties.frame["adcode"].dropna().astype(int).tolist()
    for file, name, years, of_counties in schema.REQUIRED:
        if file in tables:
            there = _cells(tables[file], [name]).get(name, {})
            missing = [(code, year) for code in (codes if of_counties else (schema.PROVINCE,)) for year in years
                       if (code, year) not in there]
            faults += [Fault(where(f"{file}.csv", None, "value"), f"no {name} of {code} in {year}", "add the row")
                       for code, year in missing]


def _check_totals(tables: dict[str, Table], faults: list[Fault]) -> None:
    """County values sum to the province in census years if every county has one."""
    counties = tables.get("counties")
    if counties is None:
        return
    codes = set(counties.frame["adcode"].tolist())
    for file, province_file, name in schema.TOTALS:
        if file not in tables or province_file not in tables:
            continue
        by_county = _cells(tables[file], [name]).get(name, {})
        for (code, year), (total, place) in _cells(tables[province_file], [name]).get(name, {}).items():
            values = [by_county[(c, year)][0] for c in codes if (c, year) in by_county]
            if code != schema.PROVINCE or year not in schema.TOTALS_YEARS or len(values) != len(codes):
                continue
            if abs(math.fsum(values) - total) > 1e-6:
                what = f"{name} {year} is {total:g}, but the counties add up to {math.fsum(values):g}"
                faults.append(Fault(f"{place}: value", what, _tolerance(0)))


def _check_travel(tables: dict[str, Table], faults: list[Fault]) -> None:
    """Every pair has a great-circle distance; roads and railways are symmetric in time and first year."""
    table, counties = tables.get("travel"), tables.get("counties")
    if table is None or counties is None:
        return
    file, frame = table.name, table.frame
    rows = list(zip(frame["origin_adcode"], frame["dest_adcode"], frame["mode"], frame["year_from"], frame["km"],
                    frame["minutes"], table.places.tolist(), strict=True))
    found = {row[:4]: row for row in rows}

    def add_fault(place: str, column: str, what: str, mend: str):
        faults.append(Fault(f"{place}: {column}", what, mend))

    for origin, destination, mode, year, km, minutes, place in rows:
        if origin == destination:
            add_fault(place, "dest_adcode", "a row leads from a county to itself", "remove it")
        back = found.get((destination, origin, mode, year))
        if back is None:
            what = f"{mode} from {destination:.0f} back to {origin:.0f} is missing"
            add_fault(place, "dest_adcode", what, "every row has its return")
        elif origin < destination and not (_same(km, back[4]) and _same(minutes, back[5])):
            add_fault(place, "minutes", f"the way back in line {_line(back[6])} differs", "make both ways equal")
        if mode != "great_circle" and minutes != minutes:
            add_fault(place, "minutes", f"a {mode} needs its minutes", "fill the cell")
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
    for a, b, place in zip(table.frame["adcode_a"], table.frame["adcode_b"], table.places, strict=True):
        if a >= b:
            what = "the smaller code stands first, and no county borders itself"
            faults.append(Fault(f"{place}: adcode_b", what))


def _check_segments(tables: dict[str, Table], faults: list[Fault]) -> None:
    """The segments of a series do not overlap and refer to an existing area."""
    table = tables.get("segments")
    if table is None:
        return
    areas = _areas(tables) or {}
    ends: dict[tuple, int] = {}
    columns = (table.frame[c] for c in ("series", "adcode", "first_year", "last_year"))
    rows = sorted(zip(*columns, table.places, strict=True), key=lambda row: (row[0], str(row[1]), row[2]))
    for series, code, first, last, place in rows:
        last = math.inf if last != last else last
        area = None if code != code else int(code)
        if area is not None and areas and area not in areas:
            faults.append(Fault(f"{place}: adcode", f"no area has the code {area}",
                                nearest(str(area), map(str, areas))))
        if last < first:
            faults.append(Fault(f"{place}: last_year", "the segment ends before it begins"))
        if first <= ends.get((series, area), -math.inf):
            faults.append(Fault(f"{place}: first_year", f"a segment of {series} overlaps the one before it"))
        ends[series, area] = last


def _check_parts(tables: dict[str, Table], faults: list[Fault]) -> None:
    """An area that is part of a county refers to a county of the pack."""
    if "areas" not in tables or "counties" not in tables:
        return
    table, counties = tables["areas"], set(tables["counties"].frame["adcode"].tolist())
    for county, place in zip(table.frame["part_of"], table.places, strict=True):
        if county == county and county not in counties:
            faults.append(Fault(f"{place}: part_of", f"no county has the code {county:.0f}",
                                nearest(f"{county:.0f}", [f"{code:.0f}" for code in counties])))


RANGED = {"places": "value", "parks": "share", "resources": "share", "projects": "total", "gateways": "minutes",
          "links": "minutes", "rivers": "runoff", "drains": "km2"}
"""The quantity to which the range of a row refers."""


def _check_ranges(tables: dict[str, Table], faults: list[Fault]) -> None:
    """A value lies within its own range; construction ends after it begins."""
    for name, column in RANGED.items():
        if name not in tables:
            continue
        frame, places = tables[name].frame, tables[name].places
        for low, value, high, place in zip(frame["low"], frame[column], frame["high"], places, strict=True):
            if value < low or value > high:
                faults.append(Fault(f"{place}: {column}", f"{value:g} is outside its own range {low:g} to {high:g}",
                                    "widen low and high, or correct the value"))
    for name in ("projects", "pools"):
        if name in tables:
            frame = tables[name].frame
            for first, last, place in zip(frame["first_year"], frame["last_year"], tables[name].places, strict=True):
                if last < first:
                    faults.append(Fault(f"{place}: last_year", "ends before it begins"))


def _check_places(tables: dict[str, Table], faults: list[Fault]) -> None:
    """Groups and quantities of places are declared, the latter with their unit."""
    for name, column, known in (("groups", "name", schema.NAMED_GROUPS), ("places", "variable", schema.PLACES)):
        if name not in tables:
            continue
        for word, place in zip(tables[name].frame[column], tables[name].places, strict=True):
            if word and word not in known:
                mend = nearest(word, known) or "one of " + ", ".join(known)
                faults.append(Fault(f"{place}: {column}", f"{word!r} is not declared", mend))
    if "places" in tables:
        frame = tables["places"].frame
        for word, unit, place in zip(frame["variable"], frame["unit"], tables["places"].places, strict=True):
            wanted = schema.PLACES[word].unit if word in schema.PLACES else unit
            if unit and unit != wanted:
                faults.append(Fault(f"{place}: unit", f"unit {unit!r} is not allowed", f"write {wanted}"))


def _check_links(tables: dict[str, Table], faults: list[Fault]) -> None:
    """A planned link ends in a county or at a gateway."""
    if not {"links", "gateways", "counties"} <= tables.keys():
        return
    known = [*(f"{code:.0f}" for code in tables["counties"].frame["adcode"]), *tables["gateways"].frame["name"]]
    for end, place in zip(tables["links"].frame["destination"], tables["links"].places, strict=True):
        if end and end not in known:
            faults.append(Fault(f"{place}: destination", f"no county or gateway {end!r}", nearest(end, known)))


def _check_rivers(tables: dict[str, Table], areas: dict[int, str] | None, faults: list[Fault]) -> None:
    """A reach lies on a known river and flows into a known reach further down the table; drains refer to a reach."""
    if not {"rivers", "reaches", "drains", "pools"} <= tables.keys():
        return
    reaches, drains = tables["reaches"].frame, tables["drains"].frame
    rivers, names = set(tables["rivers"].frame["river"]), reaches["name"].tolist()

    def add_fault(place, column: str, what: str, mend: str = ""):
        faults.append(Fault(f"{place}: {column}", what, mend))

    columns = (reaches[c] for c in ("name", "river", "flows_to", "section", "stage", "target"))
    drained = set(drains["reach"])
    for row, (name, river, to, section, stage, target) in enumerate(zip(*columns, strict=True)):
        place = tables["reaches"].places[row]
        if river and river not in rivers:
            add_fault(place, "river", f"no river {river!r}", nearest(river, rivers))
        if to and not to.startswith(schema.COAST_REACH) and to not in names[row + 1:]:
            add_fault(place, "flows_to", f"no reach {to!r} below this one", "upper reaches stand before lower ones")
        if name and name not in drained:
            add_fault(place, "name", f"nothing drains into {name!r}", "add its rows to drains.csv")
        if section and not (stage == stage and target == target):
            add_fault(place, "stage", "a section needs its stage and target", "fill the cells")
    for name in ("drains", "pools"):
        for reach, place in zip(tables[name].frame["reach"], tables[name].places, strict=True):
            if reach and reach not in names:
                add_fault(place, "reach", f"no reach {reach!r}", nearest(reach, names))
    for name in ("reaches", "drains"):
        for code, county, place in zip(*(tables[name].frame[c] for c in ("adcode", "county")), tables[name].places,
                                       strict=True):
            if areas and code in areas and county and county != areas[int(code)]:
                add_fault(place, "county", f"{county!r} is not the name of {code:.0f}", f"write {areas[int(code)]}")
