"""Tables of draws: one row of named numbers per draw, from a CSV file or from Python, with the same checks.

`draw` numbers the rows (default: from 1), `imputation` selects the base data (default 0), `observation` one of the
histories consistent with measurement errors (default 0, as published). Tables of the library (scenarios/draws) are
referred to by name, "production", or "production:19" for their first rows.
"""

from __future__ import annotations

import csv
import hashlib
import io
import math
import numbers
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np

from sim.core.declare import Fault, Limits, UserError, nearest, plain_number
from sim.core.files import read_regular
from sim.core.toml_file import MAX_FAULTS, quoted, read_toml, shown
from sim.levers import LIBRARY
from sim.words import MOST_DRAWS

MAX_BYTES = 64_000_000
MAX_ROWS = 200_000
MAX_COLUMNS = 2_000
NUMBERED = {name: Limits(0, MOST_DRAWS, whole=True) for name in ("draw", "imputation", "observation")}
ANY_NUMBER = {name: Limits(0, math.inf, whole=True) for name in NUMBERED}

SHIPPED = LIBRARY / "draws"
CALIBRATED, CALIBRATED_ON = SHIPPED / "calibrated.toml", "draws_calibrated_on"
"""The file that says on which data the tables of the library were calibrated, and the attribute of results."""
NAMED = re.compile(r"(\w+)(?::(\d{1,6}))?")

LimitsOf = Callable[[Sequence[str]], Mapping[str, Limits]]
"""limits_of(names): all names permitted in a table other than draw and imputation, with the ranges of their numbers."""
Draw = Mapping[str, float]


def read_draws(path: Path, limits_of: LimitsOf | None = None, only: int | None = None) -> tuple[Draw, ...]:
    """The rows of a CSV file with a header, or the one in the place `only`.

    With `limits_of`, names and numbers are checked against it; without, any name and finite number is accepted.
    UserError with the line and column of every fault.
    """
    name = shown(path)
    rows = [(line, row) for line, row in enumerate(lines_of(path, name), 1) if row]
    if len(rows) < 2 or len(rows) > MAX_ROWS + 1:
        raise UserError(Fault(name, f"{max(0, len(rows) - 1)} draws", f"a header and 1 to {MAX_ROWS:,} rows"))
    (line, header), *body = rows
    header = [column.strip() for column in header]
    limits = _limits(header, limits_of, f"{name}:{line}")
    faults: list[Fault] = []
    table = []
    numbered = list(enumerate(body, 1))
    for count, (line, row) in numbered if only is None else numbered[only:only + 1]:
        if len(row) != len(header):
            faults.append(Fault(f"{name}:{line}", f"{len(row)} values under {len(header)} names"))
            continue
        values = {column: (plain_number(text), text) for column, text in zip(header, row)}
        table.append(_draw(values, count, limits, f"{name}:{line}", faults))
    return _whole_table(table, name, faults)


def shipped() -> list[str]:
    """The names of the tables of the library."""
    return sorted(path.stem for path in SHIPPED.glob("*.csv"))


def library_draws(said: str, limits_of: LimitsOf | None = None) -> tuple[Draw, ...] | None:
    """The rows of a table of the library, "production", or its first ones, "production:19"; None for other values.
    UserError if there is no such table, or if it has fewer rows.
    """
    named = NAMED.fullmatch(said)
    if named is None or said.isdigit():
        return None
    name, first = named.groups()
    if name not in shipped():
        raise UserError(Fault("draws", f"{quoted(name)} is not a table of the library",
                              nearest(name, shipped()) or f"known are {', '.join(shipped()) or 'none'}"))
    rows = read_draws(SHIPPED / f"{name}.csv", limits_of)
    if first is not None and not 1 <= int(first) <= len(rows):
        raise UserError(Fault("draws", f"{quoted(said)}: the table has {len(rows)} draws", f"{name}:{len(rows)}"))
    return rows if first is None else rows[:int(first)]


def usual_draw(name: str, limits_of: LimitsOf) -> Draw:
    """The draw of a table of the library that is nearest the mean of all.

    Its place is kept in the cache folder under the hash of the table and of the code: all others need not be read then.
    """
    from sim.core.cache import source_hash
    from sim.core.kept import kept

    path = SHIPPED / f"{name}.csv"

    def found() -> dict[str, np.ndarray]:
        rows = read_draws(path, limits_of)
        return {"place": np.array([rows.index(nearest_mean(rows))])}

    table = hashlib.sha256(read_regular(path, MAX_BYTES, follow=True)).hexdigest()
    place = kept(f"nearest-{table[:16]}-{source_hash()[:16]}.arrays", found)["place"]
    return read_draws(path, limits_of, only=int(place[0]))[0]


def table_of(rows: Sequence[Draw]) -> str:
    """The table of the library of which these rows are; nothing where they are of none."""
    if not rows or set(rows[0]) <= set(NUMBERED):
        return ""
    for name in shipped():
        known = {row["draw"]: row for row in read_draws(SHIPPED / f"{name}.csv")}
        if all(known.get(row["draw"]) == row for row in rows):
            return name
    return ""


def calibrated(table: str) -> dict[str, str]:
    """The hash of the data on which a table of the library was calibrated, as an attribute; nothing of another."""
    made = read_toml(CALIBRATED, shown(CALIBRATED)).data.get(table) if table else None
    return {CALIBRATED_ON: made} if isinstance(made, str) else {}


def calibrated_text(made: Mapping[str, str]) -> str:
    """That file, with the hashes of some tables made anew; the others stay."""
    known = {**read_toml(CALIBRATED, shown(CALIBRATED)).data, **made}
    return "# The hash of the data on which each table of draws was calibrated, written with the table.\n" + "".join(
        f'{name} = "{known[name]}"\n' for name in sorted(known))


def remark(table: str, data: str) -> str:
    """A sentence where a table was calibrated on other data than those of this hash; else nothing."""
    made = calibrated(table).get(CALIBRATED_ON, data)
    return "" if made == data else (
        f"the draws {table} were calibrated on other data (hash {made[:12]}) than those in use ({data[:12]}); they are "
        "used as they are, and `calibrate` estimates them anew")


def nearest_mean(rows: Sequence[Draw]) -> Draw:
    """The draw closest to the mean of all, with columns in standard deviations; identifiers are ignored."""
    names = [name for name in rows[0] if name not in NUMBERED]
    values = np.array([[float(row[name]) for name in names] for row in rows]).reshape(len(rows), len(names))
    spread = values.std(axis=0)
    apart = (values - values.mean(axis=0)) / np.where(spread > 0, spread, 1.0)
    return rows[int(np.argmin(np.square(apart).sum(axis=1)))]


def checked_draws(rows: Sequence[Mapping[str, object]], limits_of: LimitsOf, where: str = "draws") -> tuple[Draw, ...]:
    """The rows of a table from Python, with the same checks as for a file."""
    if not rows or len(rows) > MAX_ROWS:
        raise UserError(Fault(where, f"{len(rows)} draws", f"1 to {MAX_ROWS:,} rows"))
    header = list(rows[0])
    limits = _limits(header, limits_of, where)
    faults: list[Fault] = []
    table = []
    for count, row in enumerate(rows, 1):
        if list(row) != header:
            faults.append(Fault(where, f"row {count} has other columns than the first"))
            continue
        values = {column: (_real(value), value) for column, value in row.items()}
        table.append(_draw(values, count, limits, f"{where}: row {count}", faults))
    return _whole_table(table, where, faults)


def _real(value: object) -> float:
    """A number as float, nan otherwise."""
    return float(value) if isinstance(value, numbers.Real) and not isinstance(value, bool) else math.nan


def lines_of(path: Path, name: str) -> list[list[str]]:
    """The lines of a CSV file as lists of texts; UserError if it cannot be read, with `name` as its description."""
    try:
        text = read_regular(path, MAX_BYTES, follow=True).decode("utf-8-sig")
        return list(csv.reader(io.StringIO(text, newline=""), strict=True))
    except OSError as error:
        raise UserError(Fault(name, f"cannot be read ({error.strerror or error})")) from None
    except (UnicodeDecodeError, csv.Error) as error:
        raise UserError(Fault(name, f"not a CSV file in UTF-8 ({quoted(error)})")) from None


def _limits(header: Sequence[str], limits_of: LimitsOf | None, where: str) -> Mapping[str, Limits]:
    """The range of every column; UserError for duplicate or unknown names."""
    if len(header) > MAX_COLUMNS:
        raise UserError(Fault(where, f"{len(header)} columns", f"at most {MAX_COLUMNS:,}"))
    known = None if limits_of is None else {**NUMBERED, **limits_of([name for name in header if name not in NUMBERED])}
    faults: list[Fault] = []
    seen: set[str] = set()
    for place, column in enumerate(header, 1):
        spot = f"{where}: column {place} ({quoted(column)})"
        if column in seen:
            faults.append(Fault(spot, "is listed twice"))
        elif known is not None and column not in known and len(faults) < MAX_FAULTS:
            faults.append(Fault(spot, "no parameter, lever, section, outlook series or shift", nearest(column, known)))
        seen.add(column)
    if faults:
        raise UserError(*faults[:MAX_FAULTS])
    return {column: ANY_NUMBER.get(column, Limits()) if known is None else known[column] for column in header}


def _draw(values: Mapping[str, tuple[float, object]], count: int, limits: Mapping[str, Limits], where: str,
          faults: list[Fault]) -> Draw:
    """One row with its numbers checked; integers are int. `values`: number (or nan) and original text."""
    found: dict[str, float] = {"draw": count, "imputation": 0}
    for column, (value, written) in values.items():
        if limits[column].admit(value):
            found[column] = int(value) if limits[column].whole else value
        elif len(faults) < MAX_FAULTS:
            faults.append(Fault(f"{where}: {quoted(column)}", f'"{quoted(written)}" is not {limits[column]}'))
    return found


def _whole_table(table: Sequence[Draw], where: str, faults: Sequence[Fault]) -> tuple[Draw, ...]:
    if faults:
        raise UserError(*faults[:MAX_FAULTS])
    if len({row["draw"] for row in table}) < len(table):
        raise UserError(Fault(where, "a draw number is listed twice"))
    return tuple(table)
