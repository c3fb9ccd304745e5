"""Tables of draws: a header of names, a row of numbers each. A fault says in which line and column it stands."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from sim import levers as registry
from sim.core.declare import Fault, UserError, nearest
from sim.core.toml_file import MAX_FAULTS, quoted, shown
from sim.scenario import plan

MAX_DRAWS = 1_000_000
MAX_BYTES = 64_000_000
MAX_ROWS = 200_000
WHOLE = ("draw", "imputation")

Range = tuple[float, float]
Ranges = Callable[[Sequence[str]], Mapping[str, Range]]
"""ranges(header): every name that may stand in a table, and the range of its numbers."""


def read_draws(path: Path, ranges: Ranges | None = None) -> tuple[Mapping[str, float], ...]:
    """The rows of a table of draws. `draw` counts from 1 and `imputation` is 0 where they are not given.

    With `ranges` the names and numbers are those it knows; without, any name and any finite number.
    """
    name = shown(path)
    rows = [(line, row) for line, row in enumerate(_lines(path, name), 1) if row]
    if len(rows) < 2 or len(rows) > MAX_ROWS:
        raise UserError(Fault(name, f"{max(0, len(rows) - 1)} draws", f"a header and 1 to {MAX_ROWS:,} rows"))
    (line, header), *body = rows
    header = [column.strip() for column in header]
    known = None if ranges is None else ranges(header)
    faults = _header_faults(header, known, f"{name}:{line}")
    if faults:
        raise UserError(*faults)
    limits = {column: known[column] if known else (0, math.inf) if column in WHOLE else (-math.inf, math.inf)
              for column in header}
    table = [_draw(row, n, header, limits, f"{name}:{line}", faults) for n, (line, row) in enumerate(body, 1)]
    if faults:
        raise UserError(*faults[:MAX_FAULTS])
    if len({row["draw"] for row in table}) < len(table):
        raise UserError(Fault(name, "a draw number stands twice"))
    return tuple(table)


def declared(header: Sequence[str]) -> dict[str, Range]:
    """Ranges of levers, and of parameters and outlook series where the header names any."""
    known = {name: (0, MAX_DRAWS) for name in WHOLE} | {n: one.range for n, one in registry.REGISTRY.items()}
    if any(column not in known for column in header):
        known |= {n: tuple(s.bounds) for n, s in plan.outlook_series().items()}
        known |= {n: tuple(c.bounds) for n, c in plan.parameter_cards().items() if isinstance(c.default, int | float)}
    return known


def _lines(path: Path, name: str) -> list[list[str]]:
    try:
        return list(csv.reader(io.StringIO(path.read_bytes().decode("utf-8-sig"), newline=""), strict=True))
    except OSError as error:
        raise UserError(Fault(name, f"cannot be read ({error.strerror})")) from None
    except (UnicodeDecodeError, csv.Error) as error:
        raise UserError(Fault(name, f"not a CSV file in UTF-8 ({quoted(error)})")) from None


def _header_faults(header: list[str], known: Mapping[str, Range] | None, where: str) -> list[Fault]:
    """Names that stand twice, or that nothing has."""
    faults = []
    for place, column in enumerate(header):
        spot = f"{where}: column {place + 1} ({quoted(column)})"
        if header.index(column) < place:
            faults.append(Fault(spot, "stands twice"))
        elif known is not None and column not in known:
            faults.append(Fault(spot, "no parameter, lever or outlook series", nearest(column, known)))
    return faults


def _draw(row: list[str], count: int, header: list[str], limits: Mapping[str, Range], where: str,
          faults: list[Fault]) -> dict:
    """One row as numbers."""
    if len(row) != len(header):
        faults.append(Fault(where, f"{len(row)} values under {len(header)} names"))
        return {"draw": -count}
    found: dict = {"draw": count, "imputation": 0}
    for column, text in zip(header, row):
        value = _number(text)
        low, high = limits[column]
        whole = column in WHOLE
        if value is None or not low <= value <= high or (whole and value != int(value)):
            kind = "whole number" if whole else "number"
            span = f" from {low:g} to {high:g}" if math.isfinite(high) else ""
            faults.append(Fault(f"{where}: {quoted(column)}", f'"{quoted(text)}" is no {kind}{span}'))
        else:
            found[column] = int(value) if whole else value
    return found


def _number(text: str) -> float | None:
    """A finite number of at most 64 characters, or None."""
    try:
        value = float(text) if len(text) <= 64 else math.nan
    except ValueError:
        return None
    return value if math.isfinite(value) else None
