"""Tables of runs: each row gives a scenario, a draw and a seed, for designs other than all combinations.

From a CSV file or from Python, with the same checks. The columns are `scenario`, `draw` and `seed` (default 0); `row`
and `key`, which the table in a study's folder also has, are ignored.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from sim.core.declare import Fault, Limits, UserError, nearest, plain_number
from sim.core.toml_file import MAX_FAULTS, quoted, shown
from sim.study.draws import lines_of
from sim.words import LARGEST_SEED, MOST_DRAWS, MOST_RUNS

COLUMNS, PASSED_OVER = ("scenario", "draw", "seed"), ("row", "key")
NUMBERS = {"draw": Limits(0, MOST_DRAWS, whole=True), "seed": Limits(0, LARGEST_SEED, whole=True)}


class Named(NamedTuple):
    """A run by scenario, draw and seed."""

    scenario: str
    draw: int = 0
    seed: int = 0


Runs = str | Path | Sequence[Mapping[str, object]]
"""A CSV file, or rows."""


def read_runs(path: Path) -> tuple[Named, ...]:
    """The runs of a CSV file with a header; UserError with the line of every fault."""
    name = shown(path)
    lines = [(number, line) for number, line in enumerate(lines_of(path, name), 1) if line]
    if not lines:
        raise UserError(Fault(name, "holds no runs", ",".join(COLUMNS)))
    (first, header), *body = lines
    header = [column.strip() for column in header]
    whole = {True: "", False: f"not {len(header)} values"}
    rows = [(f"{name}:{number}", dict(zip(header, line)), whole[len(line) == len(header)]) for number, line in body]
    return _checked(header, rows, f"{name}:{first}")


def checked_runs(rows: Sequence[Mapping[str, object]], where: str = "runs") -> tuple[Named, ...]:
    """The runs of a table from Python; UserError with all faults."""
    header = list(rows[0]) if rows else []
    same = {True: "", False: "has other columns than the first"}
    return _checked(header, [(f"{where}: row {number}", row, same[list(row) == header])
                             for number, row in enumerate(rows, 1)], where)


def _checked(header: Sequence[str], rows: Sequence[tuple[str, Mapping[str, object], str]],
             where: str) -> tuple[Named, ...]:
    faults = [Fault(where, f"{quoted(column)} is not a column of a table of runs",
                    nearest(column, COLUMNS) or ", ".join(COLUMNS))
              for column in header if column not in (*COLUMNS, *PASSED_OVER)]
    if "scenario" not in header or len(set(header)) < len(header):
        faults.append(Fault(where, "expected each column once, scenario included", ",".join(COLUMNS)))
    if not 1 <= len(rows) <= MOST_RUNS:
        faults.append(Fault(where, f"{len(rows):,} runs", f"1 to {MOST_RUNS:,} rows"))
    if faults:
        raise UserError(*faults[:MAX_FAULTS])
    found: dict[Named, str] = {}
    for spot, row, wrong in rows:
        if wrong:
            faults.append(Fault(spot, wrong))
            continue
        run = Named(str(row["scenario"]).strip(), *(_number(row.get(name, 0), name, spot, faults) for name in NUMBERS))
        if run in found:
            faults.append(Fault(spot, f"{run.scenario}, draw {run.draw}, seed {run.seed} is listed twice"))
        found[run] = spot
    if faults:
        raise UserError(*faults[:MAX_FAULTS])
    return tuple(found)


def _number(value: object, name: str, spot: str, faults: list[Fault]) -> int:
    """An integer from a table or Python, or a fault."""
    text = str(value).strip()
    if text.isdecimal() and len(text) < 30 and NUMBERS[name].admit(int(text)):
        return int(text)
    number = plain_number(text)
    if NUMBERS[name].admit(number) and number < 2**53:
        return int(number)
    faults.append(Fault(f"{spot}: {name}", f"{quoted(value)} is not {NUMBERS[name]}"))
    return 0
