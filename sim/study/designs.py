"""Designs: scenarios that a study generates by setting parts of one scenario (`low`) as in another (`high`).

Parts are the provisions that have levers, or the rows of a CSV beside the study: part, title, title_zh, members
(provisions and levers, separated by spaces). A lever named in a row takes precedence over its provision. Kinds:

    alone            low with one part at high                       only_PART
    leave_one_out    high with one part at low                       without_PART
    orders           low, and part after part at high, in the        with_LETTERS (a: the first part, b: the second ...)
                     orders that a second CSV declares
    factorial        the combinations of a two-level fractional      with_LETTERS
                     factorial of resolution V: effects of parts
                     and of pairs of parts can be told apart
"""

from __future__ import annotations

import csv
import io
import string
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim import levers as registry
from sim.core.declare import Fault, UserError, nearest
from sim.core.toml_file import proper_name, quoted
from sim.scenario.plan import Scenario

KINDS = ("alone", "leave_one_out", "orders", "factorial")
PART_COLUMNS = ("part", "title", "title_zh", "members")
ORDER_COLUMNS = ("order", "parts")
MAX_BYTES = 4_000_000


class Part(NamedTuple):
    """A part of a plan: name, titles, and its levers."""

    name: str
    title: str
    title_zh: str
    levers: frozenset[str]


class Design(NamedTuple):
    """A design of a study: its kinds, the names of the two scenarios it combines, and the parts."""

    kinds: tuple[str, ...]
    low: str
    high: str
    parts: tuple[Part, ...]

    def coalition(self, inside: Iterable[str]) -> str:
        """The name of the scenario with these parts at high."""
        inside = set(inside)
        if not inside:
            return self.low
        return self.high if len(inside) == len(self.parts) else f"with_{letters(self.parts, inside)}"


def provisions() -> tuple[Part, ...]:
    """The provisions with levers, as parts: 2_1, 2_2, ...; titles include the kinds of their levers."""
    parts = []
    for one in registry.SECTIONS.values():
        kinds = registry.kinds_of(one, registry.REGISTRY)
        if one.levers:
            parts.append(Part(one.id.replace(".", "_"), f"{one.id} {one.title} ({registry.kind_words(kinds)})",
                              f"{one.id} {one.title_zh}（{registry.kind_words(kinds, 'zh')}）", frozenset(one.levers)))
    return tuple(parts)


def read_parts(path: Path) -> tuple[Part, ...]:
    """Parts from a CSV file; every lever of the registry must be in exactly one."""
    faults: list[Fault] = []
    rows = _rows(path, PART_COLUMNS)
    owner: dict[str, str] = {}
    for line, row in rows:
        if not proper_name(row["part"]):
            faults.append(Fault(f"{path.name}:{line}", f'"{quoted(row["part"])}" is not a name'))
        for member in row["members"].split():
            if member not in registry.REGISTRY and member not in registry.SECTIONS:
                faults.append(Fault(f"{path.name}:{line}", f'"{quoted(member)}" is neither a provision nor a lever',
                                    nearest(member, [*registry.REGISTRY, *registry.SECTIONS])))
            elif member in owner:
                faults.append(Fault(f"{path.name}:{line}", f"{member} is also in {owner[member]}"))
            owner[member] = row["part"]
    homes = {name: owner.get(name, owner.get(one.section)) for name, one in registry.REGISTRY.items()}
    faults += [Fault(path.name, f"lever {name} (section {registry.REGISTRY[name].section}) is in no part")
               for name, home in homes.items() if home is None]
    if len({row["part"] for _, row in rows}) < len(rows):
        faults.append(Fault(path.name, "a part is listed twice"))
    if len(rows) > len(string.ascii_lowercase):
        faults.append(Fault(path.name, f"{len(rows)} parts", f"at most {len(string.ascii_lowercase)}"))
    if faults:
        raise UserError(*faults)
    return tuple(Part(row["part"], row["title"], row["title_zh"],
                      frozenset(name for name, home in homes.items() if home == row["part"])) for _, row in rows)


def as_csv(parts: Sequence[Part]) -> str:
    """The parts as CSV text for `read_parts`."""
    text = io.StringIO(newline="")
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(PART_COLUMNS)
    rows.writerows([part.name, part.title, part.title_zh, " ".join(sorted(part.levers))] for part in parts)
    return text.getvalue()


def read_orders(path: Path, parts: Sequence[Part]) -> tuple[tuple[str, ...], ...]:
    """Orders of all parts from a CSV file: a number, and the names in order."""
    names, faults, orders = sorted(part.name for part in parts), [], []
    for line, row in _rows(path, ORDER_COLUMNS):
        order = tuple(row["parts"].split())
        if sorted(order) != names:
            faults.append(Fault(f"{path.name}:{line}", "does not list every part exactly once", " ".join(names)))
        orders.append(order)
    if faults:
        raise UserError(*faults)
    return tuple(orders)


def _rows(path: Path, columns: Sequence[str]) -> list[tuple[int, dict[str, str]]]:
    """Line numbers and rows of a small CSV file with exactly these columns."""
    try:
        if path.stat().st_size > MAX_BYTES:
            raise UserError(Fault(path.name, f"larger than {MAX_BYTES:,} bytes"))
        read = csv.DictReader(io.StringIO(path.read_bytes().decode("utf-8-sig"), newline=""), strict=True)
        rows = [(read.line_num, row) for row in read]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise UserError(Fault(path.name, f"not a CSV file in UTF-8 ({quoted(error)})")) from None
    good = tuple(read.fieldnames or ()) == tuple(columns) and all(None not in (*row, *row.values()) for _, row in rows)
    if not good or not rows:
        raise UserError(Fault(path.name, "columns or rows are missing", ",".join(columns)))
    return rows


def letters(parts: Sequence[Part], inside: Iterable[str]) -> str:
    """A coalition of parts as letters: a for the first part, b for the second, in order."""
    inside = set(inside)
    return "".join(letter for letter, part in zip(string.ascii_lowercase, parts) if part.name in inside)


def walsh_columns(number: int) -> tuple[int, ...]:
    """Indices of Walsh functions for the parts of a factorial: the smallest such that no product of up to four is one.

    Main effects and two-part interactions are then not aliased with each other (resolution V: Box, Hunter and Hunter
    1978, ch. 12). The product of two functions has the exclusive or of their indices.
    """
    found: list[int] = []
    taken, column = {0}, 0  # products of up to two columns, which a new column must not reproduce
    while len(found) < number:
        column += 1
        new = {column} | {column ^ one for one in found}
        if not new & taken:
            found.append(column)
            taken |= new
    return tuple(found)


def two_level(number: int) -> NDArray[np.bool_]:
    """Parts at high in each run of a factorial, [run, part]; none in the first run.

    The number of runs is the smallest power of two that accommodates the columns of all parts: 32 for six, 512 for 21.
    """
    columns = walsh_columns(number)
    runs = 1 << max(columns, default=0).bit_length()
    return np.array([[(run & column).bit_count() % 2 for column in columns] for run in range(runs)], dtype=bool)


def mixed(low: Scenario, high: Scenario, parts: Sequence[Part], inside: Iterable[str], name: str) -> Scenario:
    """`low` with the levers of some parts as in `high`; parameters and outlook are those of `high`."""
    named = set(inside)
    moving = [part for part in parts if part.name in named]
    moved = frozenset().union(*(part.levers for part in moving))
    still = [part for part in parts if part.name not in named]
    if len(still) < len(moving):  # the shorter of the two descriptions
        title = _titled(high.title, " without ", [part.title for part in still], ", ")
        title_zh = _titled(high.title_zh, "，不含", [part.title_zh for part in still], "、")
    else:
        title = _titled(low.title, " with ", [part.title for part in moving], ", ")
        title_zh = _titled(low.title_zh, "，加", [part.title_zh for part in moving], "、")
    return Scenario(
        name=name, title=title, title_zh=title_zh, since=None, sections={},
        levers={n: (high if n in moved else low).levers[n] for n in registry.REGISTRY},
        parameters=high.parameters, outlook_stages=high.outlook_stages, shifts=high.shifts,
        origins={n: (high if n in moved else low).origin(n) for n in registry.REGISTRY})


def _titled(start: str, word: str, titles: Sequence[str], between: str) -> str:
    """A title: the underlying scenario, and the parts added or removed."""
    whole = f"{start}{word}{between.join(titles)}" if titles else start
    return whole if len(whole) <= 160 else f"{whole[:157]}..."


def made(kind: str, low: Scenario, high: Scenario, parts: Sequence[Part],
         orders: Sequence[Sequence[str]] = ()) -> dict[str, Scenario]:
    """The scenarios of a design by name, without `low` and `high` themselves."""
    everything = {part.name for part in parts}
    if kind == "alone":
        wanted: Mapping[str, set[str]] = {f"only_{part.name}": {part.name} for part in parts}
    elif kind == "leave_one_out":
        wanted = {f"without_{part.name}": everything - {part.name} for part in parts}
    elif kind == "factorial":
        rows = ([part.name for part, high in zip(parts, row) if high] for row in two_level(len(parts)))
        wanted = {f"with_{letters(parts, row)}": set(row) for row in rows if 0 < len(row) < len(parts)}
    else:
        coalitions = {letters(parts, order[:k]): set(order[:k]) for order in orders for k in range(1, len(order))}
        wanted = {f"with_{name}": coalitions[name] for name in sorted(coalitions)}
    return {name: mixed(low, high, parts, inside, name) for name, inside in wanted.items()}
