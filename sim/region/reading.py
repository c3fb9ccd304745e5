"""Reading a data pack, optionally with a folder of added rows, and finding all faults in it.

A fault names the file, the line as an editor counts it, and the column. A byte-order mark and CRLF are accepted.
A folder of rows supplements the tidy tables: a row with a new key is added, one with an existing key replaces that of
the pack, and every such change is listed. Added rows are subject to the same checks as the pack itself.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from sim.core.declare import Fault, nearest
from sim.region import checking, schema
from sim.region.checking import Table, where
from sim.region.schema import Column


class Change(NamedTuple):
    """The effect of a folder of rows on one cell of a pack: `old` is nan if the pack had none."""

    place: str
    file: str
    adcode: int
    year: int
    variable: str
    unit: str
    old: float
    new: float

    @property
    def kind(self) -> str:
        """added, the same, or another value: a conflict."""
        if self.old != self.old:
            return "added"
        return "same" if self.old == self.new else "conflict"


@dataclass
class Read:
    """A pack read: tables, polygons, every fault, and what rows laid over it change."""

    tables: dict[str, pd.DataFrame] = field(default_factory=dict)
    geojson: dict = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)


def read(path: Path, overlay: Path | None = None) -> Read:
    """Read a pack, and a folder of added rows, and find all faults in them."""
    path, out = Path(path), Read()
    if not path.is_dir():
        out.faults.append(Fault(path.name, "no such folder", "name a folder that holds a data pack"))
        return out
    tables = {name: _table(path, name, out.faults) for name in schema.TABLES}
    tables = {name: table for name, table in tables.items() if table is not None}
    if overlay is not None:
        for name, rows in _overlay(Path(overlay), tables, out.faults).items():
            tables[name] = _laid_over(tables[name], rows, out.changes)
    checking.check(tables, out.faults)
    out.geojson = _polygons(path, tables.get("counties"), out.faults)
    out.tables = {name: table.frame for name, table in tables.items()}
    return out


# --- rows over a pack


def overlay_files(folder: Path) -> list[Path]:
    """The tables of a folder of rows, by name."""
    return sorted(path for path in Path(folder).glob("*.csv") if path.is_file())


def _overlay(folder: Path, tables: dict[str, Table], faults: list[Fault]) -> dict[str, Table]:
    """The tables of a folder of rows; one that may not lie over a pack is a fault."""
    known = ", ".join(f"{name}.csv" for name in schema.OVERLAID)
    if not folder.is_dir():
        faults.append(Fault(folder.name, "no such folder", f"name a folder with rows in {known}"))
        return {}
    files = overlay_files(folder)
    if not files:
        faults.append(Fault(folder.name, "holds no rows", f"it may hold {known}"))
    found = {}
    for file in files:
        name = file.name.removesuffix(".csv")
        if name not in schema.OVERLAID:
            mend = nearest(name, schema.OVERLAID) or f"copy the pack to change it; rows can be added to {known}"
            faults.append(Fault(f"{folder.name}/{file.name}", "is not a table to which rows can be added", mend))
            continue
        table = _table(folder, name, faults, f"{folder.name}/")
        if table is not None and name in tables:
            checking.check_keys(table, faults)
            found[name] = table
    return found


def _laid_over(table: Table, rows: Table, changes: list[Change]) -> Table:
    """A table with added rows: new keys are added, existing keys replace the pack's rows."""
    key = list(schema.KEYS[table.name[:-4]])
    before = {k: row for row, k in enumerate(checking.keys(table, key))}
    taken = [before.get(k) for k in checking.keys(rows, key)]
    if "value" in table.frame:
        old = table.frame["value"].to_numpy()
        columns = zip(*(rows.frame[c] for c in ("adcode", "year", "variable", "unit", "value")), strict=True)
        for place, row, (code, year, variable, unit, value) in zip(rows.places, taken, columns, strict=True):
            if code == code and year == year:  # another cell is already a fault
                was = np.nan if row is None else float(old[row])
                changes.append(Change(place, table.name, int(code), int(year), variable, unit, was, float(value)))
    kept = np.setdiff1d(np.arange(len(table.frame)), [row for row in taken if row is not None])
    frame = pd.concat([table.frame.iloc[kept], rows.frame], ignore_index=True) if len(kept) else rows.frame
    return Table(table.name, frame, np.concatenate([table.places[kept], rows.places]))


# --- files


def _content(path: Path, name: str, faults: list[Fault], label: str = "") -> str | None:
    """The text of a file, or None with a fault."""
    file, name = path / name, label + name
    try:
        if not file.is_file():
            faults.append(Fault(name, "the file is missing", "a pack holds " + ", ".join(schema.REQUIRED_FILES)))
            return None
        if file.stat().st_size > schema.MAXIMUM_BYTES:
            faults.append(Fault(name, f"larger than {schema.MAXIMUM_BYTES} bytes"))
            return None
        raw = file.read_bytes()
    except OSError as error:
        faults.append(Fault(name, f"cannot be read ({error.strerror})"))
        return None
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        faults.append(Fault(where(name, line), "not UTF-8 text", "save the file as UTF-8"))
        return None


def _records(text: str) -> Iterable[tuple[int, list[str]]]:
    """Rows with the line on which they start; a quoted cell may contain line breaks."""
    reader, start = csv.reader(io.StringIO(text, newline=""), strict=True), 1
    for row in reader:
        if row:
            yield start, row
        start = reader.line_num + 1


def _table(path: Path, name: str, faults: list[Fault], label: str = "") -> Table | None:
    """Read a table; cells that do not fit their column are faults. `label` precedes its name in faults."""
    columns, file = schema.TABLES[name], f"{name}.csv"
    if name in schema.OPTIONAL and not (path / file).exists():
        return Table(file, pd.DataFrame({c.name: _typed(c, ()) for c in columns}), np.array([], dtype=object))
    text = _content(path, file, faults, label)
    if text is None:
        return None
    return _parsed(label + file, text, columns, faults, name in schema.OPTIONAL)


def _parsed(file: str, text: str, columns: tuple[Column, ...], faults: list[Fault], may_be_empty: bool) -> Table | None:
    """The rows of a table's text; cells that do not fit their column are faults."""
    lines, rows, header = [], [], None
    try:
        for line, row in _records(text):
            if header is None:
                header = [cell.strip() for cell in row]
            elif len(row) != len(header):
                faults.append(Fault(where(file, line), f"{len(row)} cells, the header has {len(header)}",
                                    "quote cells that hold a comma"))
            else:
                lines.append(line)
                rows.append(row)
    except csv.Error as error:
        at = (lines[-1] if lines else 0) + 1
        faults.append(Fault(where(file, at), f"not a CSV table from here on ({error})", "check the quotes"))
    if header is None:
        faults.append(Fault(file, "the file is empty"))
        return None
    missing = [c for c in columns if c.name not in header and not c.optional]
    unknown = [h for h in header if h not in {c.name for c in columns}]
    for c in missing:
        faults.append(Fault(where(file, 1, c.name), "the column is missing", f"it holds: {c.says}"))
    for h in unknown:
        faults.append(Fault(where(file, 1, h), "no such column", nearest(h, [c.name for c in missing])))
    if len(set(header)) != len(header):
        faults.append(Fault(where(file, 1), "a column appears twice"))
        return None
    if missing:
        return None
    if not rows and not may_be_empty:
        faults.append(Fault(file, "the table has no rows"))
    cells = dict(zip(header, zip(*rows, strict=True) if rows else ((),) * len(header), strict=True))
    places = np.array([where(file, line) for line in lines], dtype=object)
    blank = ("",) * len(rows)
    frame = pd.DataFrame({c.name: _column(c, cells.get(c.name, blank), places, faults) for c in columns})
    return Table(file.rsplit("/", 1)[-1], frame, places)


def _typed(column: Column, cells: tuple[str, ...]):
    """Cells as text, or as numbers with nan for non-numbers."""
    if column.kind == "text":
        return pd.Series(cells, dtype=object)
    return np.array(pd.to_numeric(np.array(cells, dtype=object), errors="coerce"), dtype=np.float64)


def _column(column: Column, cells: tuple[str, ...], places: np.ndarray, faults: list[Fault]):
    """The values of a column; faults for cells of a wrong type, not permitted to be empty, or out of range."""
    def add_fault(rows, what: str, mend: str = ""):
        for row in rows:
            faults.append(Fault(f"{places[row]}: {column.name}", what.format(cell=cells[row][:80]), mend))

    cells = tuple(map(str.strip, cells))
    empty = np.array([not cell for cell in cells], dtype=bool)
    if not column.empty:
        add_fault(np.flatnonzero(empty), "the cell is empty", f"it holds: {column.says}")
    if column.kind == "text":
        if column.choices:
            wrong = [i for i, cell in enumerate(cells) if cell and cell not in column.choices]
            add_fault(wrong, "{cell!r} is not allowed", "one of " + ", ".join(column.choices))
        return _typed(column, cells)
    values = _typed(column, cells)
    good = np.isfinite(values)
    add_fault(np.flatnonzero(~good & ~empty), "{cell!r} is not a finite number")
    values[~good] = np.nan
    if column.kind != "number":
        whole = np.mod(values, 1) == 0
        add_fault(np.flatnonzero(good & ~whole), "{cell!r} is not a whole number")
        good &= whole
    low, high = {"year": schema.YEARS, "mark": (0, 1)}.get(column.kind, (column.low, column.high))
    outside = good & ((values < low) | (values > high))
    add_fault(np.flatnonzero(outside), "{cell} is outside its range", f"{low:g} to {high:g}")
    whole_column = column.kind != "number" and not column.empty and bool(np.all(good))
    return values.astype(np.int64) if whole_column else values


# --- polygons


def _polygons(path: Path, counties: Table | None, faults: list[Fault]) -> dict:
    """The GeoJSON: one readable polygon for every county."""
    text = _content(path, schema.BOUNDARIES, faults)
    if text is None:
        return {}
    try:
        document = json.loads(text)
    except (json.JSONDecodeError, RecursionError, ValueError) as error:
        line = getattr(error, "lineno", None)
        faults.append(Fault(where(schema.BOUNDARIES, line), f"not JSON ({getattr(error, 'msg', 'too deep')})"))
        return {}
    features = document.get("features") if isinstance(document, dict) else None
    if not isinstance(features, list):
        faults.append(Fault(schema.BOUNDARIES, "not a FeatureCollection", 'it has a list "features"'))
        return {}
    seen: dict[int, int] = {}
    for place, feature in enumerate(features):
        code, problem = _feature(feature)
        place_of = where(schema.BOUNDARIES, None, f"features[{place}]")
        if problem:
            faults.append(Fault(place_of, problem))
        elif code in seen:
            faults.append(Fault(place_of, f"{code} is drawn twice"))
        seen[code] = place
    if counties is not None:
        codes = counties.frame["adcode"].dropna().astype(int).tolist()
        faults += [Fault(schema.BOUNDARIES, f"no polygon for {code}") for code in codes if code not in seen]
        faults += [Fault(where(schema.BOUNDARIES, None, f"features[{seen[code]}]"), f"no county has the code {code}")
                   for code in seen if code is not None and code not in codes]
    return document


def _feature(feature: object) -> tuple[int | None, str]:
    """Code and problem of one feature."""
    try:
        code = feature["properties"]["adcode"]
    except (TypeError, KeyError):
        return None, "no properties.adcode"
    if isinstance(code, str) and code.isascii() and code.isdecimal() and len(code) <= 12:
        code = int(code)
    if isinstance(code, bool) or not isinstance(code, int):
        return None, "properties.adcode is not a whole number"
    try:
        shape = feature["geometry"]
        if shape["type"] not in ("Polygon", "MultiPolygon"):
            raise ValueError
        polygons = [shape["coordinates"]] if shape["type"] == "Polygon" else shape["coordinates"]
        if not polygons or not all(polygons):
            return code, "the polygon is empty"
        for polygon in polygons:
            for ring in polygon:
                points = np.asarray(ring, dtype=float)
                problem = _ring_problem(points)
                if problem:
                    return code, problem
    except (TypeError, KeyError, ValueError, OverflowError):
        return code, "geometry is not a Polygon or MultiPolygon of numbers"
    return code, ""


def _ring_problem(points: np.ndarray) -> str:
    """The fault of a ring of points [point, lon and lat], if any."""
    if points.ndim != 2 or points.shape[1] != 2 or len(points) < 4:
        return "a ring needs four points of longitude and latitude"
    if not np.isfinite(points).all():
        return "a coordinate is not finite"
    if (points[0] != points[-1]).any():
        return "a ring is not closed"
    inside = [(low <= points[:, axis]).all() and (points[:, axis] <= high).all()
              for axis, (low, high) in enumerate((schema.LONGITUDE, schema.LATITUDE))]
    return "" if all(inside) else "a coordinate lies outside the region"
