"""Equations between columns as text, evaluated all at once: "debt = debt@start + borrowing - repayment".

A side adds and subtracts columns by name. It is evaluated by row of the tables: further dimensions (zone, sector, age)
are summed. "in all:" before an equation also sums over rows, "by cell:" compares element by element. "<=" means that
the left side is at most the right one. Several equality signs make several equations with the same left side.
"""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.core.arrays import Floats
from sim.core.cache import kernel

SCOPES = ("by row", "in all", "by cell")
Term = tuple[float, str]


class Equation(NamedTuple):
    """Two sums of columns, with signs, by row, in all or by cell: equal, or the left at most the right (`<=`)."""

    scope: str
    left: tuple[Term, ...]
    sign: str
    right: tuple[Term, ...]


@dataclass(frozen=True, eq=False)
class Plan:
    """Indices of the terms of both sides in the concatenated columns, their signs, and the start of each sum.

    `pieces` says of each equation which of the sums are its own, and their shape, `edges` where they begin and the end;
    `at_most` says whether a sum is a bound.
    """

    index: np.ndarray
    signs: np.ndarray
    starts: np.ndarray
    pieces: tuple[tuple[slice, tuple[int, ...]], ...]
    edges: np.ndarray
    at_most: np.ndarray


def read(text: str) -> list[Equation]:
    """The equations of a line."""
    scope, _, sums = text.rpartition(":")
    scope = scope.strip() or SCOPES[0]
    if scope not in SCOPES:
        raise ValueError(f"{text!r}: no such scope, one of {', '.join(SCOPES)}")
    first, *others = re.split(r"(<?=)", sums)
    return [Equation(scope, _terms(first), sign, _terms(side))
            for sign, side in zip(others[::2], others[1::2], strict=True)]


def _terms(side: str) -> tuple[Term, ...]:
    return tuple((-1.0 if sign == "-" else 1.0, name) for sign, name in re.findall(r"([+-]?)\s*([\w@]+)", side))


class Ledger:
    """Equations, and the names of all columns they use, by table.

    `tables`: of each table the names that stand in it, and what they are called there where it is not their name; what
    none of them has stands in a last one. A name of two tables is the first one's.
    """

    def __init__(self, equations: Sequence[Equation], tables: Sequence[Mapping[str, str]] = ()):
        self.equations = tuple(equations)
        left = dict.fromkeys(name for e in self.equations for _, name in (*e.left, *e.right))
        drawers = [[name for name in tuple(left) if name in table and not left.pop(name)] for table in tables]
        drawers.append(list(left))
        self.names = tuple(name for drawer in drawers for name in drawer)
        called = [[table[name] for name in drawer] for drawer, table in zip(drawers, tables)] + drawers[-1:]
        self._fetched = [_fetching(names) for names in called]
        self._plans: dict[object, Plan] = {}

    def sides(self, tables: Sequence[Mapping[str, np.ndarray]], sizes: Hashable = ()
              ) -> tuple[Floats, Floats, Plan]:
        """Both sides of all equations, concatenated, with the plan that separates them.

        `tables`: columns by name; `sizes`: what the shapes of all columns follow from. Sides agree where the equations
        hold: a bound that is kept shows as what it bounds.
        """
        columns = [column for fetch, table in zip(self._fetched, tables, strict=True) for column in fetch(table)]
        plan = self._plans.get(sizes)
        if plan is None:
            plan = self._plans[sizes] = _plan(self, [np.shape(column) for column in columns])
        numbers, both = np.concatenate(columns, axis=None, dtype=float), np.empty((2, plan.at_most.size))
        _add_up(numbers, plan.index, plan.signs, plan.starts, plan.at_most, both)
        return *both, plan


def _fetching(names: list[str]):
    """A getter of these names from a table, in order."""
    return operator.itemgetter(*names) if len(names) > 1 else lambda table: [table[name] for name in names]


@kernel
def _add_up(numbers, index, signs, starts, at_most, both):
    """The sums of both sides; a bound that is kept shows as what it bounds."""
    sums = both.reshape(-1)
    for k in range(sums.size):
        sums[k] = 0.0
        for i in range(starts[k], starts[k + 1]):
            sums[k] += signs[i] * numbers[index[i]]
    for k in range(at_most.size):
        if at_most[k]:
            both[1, k] = min(both[0, k], both[1, k])


@kernel
def agree(left: Floats, right: Floats, starts: NDArray[np.int64], tolerance: Floats) -> bool:
    """Whether the numbers of every pair agree, to the tolerance of the pair: relative, and to a thousandth of it of the
    largest number of the pair."""
    for k in range(tolerance.size):
        largest = 1.0
        for i in range(starts[k], starts[k + 1]):
            largest = max(largest, abs(left[i]))
        for i in range(starts[k], starts[k + 1]):
            if not abs(left[i] - right[i]) <= tolerance[k] * max(abs(left[i]), 1e-3 * largest):  # nor what is no number
                return False
    return True


def _plan(ledger: Ledger, shapes: list[tuple[int, ...]]) -> Plan:
    sizes = [math.prod(shape) for shape in shapes]
    place = {name: np.arange(end - size, end).reshape(shape)
             for name, shape, size, end in zip(ledger.names, shapes, sizes, np.cumsum(sizes), strict=True)}
    pieces, at_most, done = [], [], 0
    for equation in ledger.equations:
        whole = place[equation.left[0][1]].shape
        shape = {"in all": (), "by row": whole[:1], "by cell": whole}[equation.scope]
        size = math.prod(shape)
        pieces.append((slice(done, done + size), shape))
        at_most += [equation.sign == "<="] * size
        done += size
    sums = [row for side in ("left", "right") for equation, (_, shape) in zip(ledger.equations, pieces, strict=True)
            for row in _sums(getattr(equation, side), place, math.prod(shape))]
    lengths = np.array([index.size for index, _ in sums])
    return Plan(np.concatenate([index for index, _ in sums]), np.concatenate([signs for _, signs in sums]),
                np.concatenate([[0], np.cumsum(lengths)]), tuple(pieces),
                np.array([0, *(piece.stop for piece, _ in pieces)]), np.array(at_most))


def _sums(terms: tuple[Term, ...], place, size: int) -> list[tuple[np.ndarray, np.ndarray]]:
    """Of each sum of a side: places of its numbers, and their signs."""
    places = np.concatenate([place[name].reshape(size, -1) for _, name in terms], axis=1)
    signs = np.concatenate([np.full(place[name].size // size, sign) for sign, name in terms])
    return [(row, signs) for row in places]
