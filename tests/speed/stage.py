"""The kernels of the model with the arguments of a real year, and as many persons as wanted.

One year of the model is run with the kernels watched: what each is called with is kept. Persons are then repeated until
they are as many as wanted, each copy with identities of its own, so that kernels alone can be timed with the tables of
a real year. The order of rows matters for memory: take a model of nearly as many persons.
"""

from __future__ import annotations

import time
from typing import NamedTuple

import numpy as np

from sim.agents import counts
from sim.agents import persons as people
from sim.core import randomness
from sim.mechanisms import demography, labour, living, migration, skills
from sim.model import HainanModel

WATCHED = (
    (living, "_gather"), (people, "draw"), (skills, "_upgrade"), (migration, "_reclassify"), (migration, "_move"),
    (migration, "_follow"), (labour, "_look"), (labour, "_choose"), (demography, "_live"), (counts, "_count"),
)
COPY = 1 << 40  # apart in identity: more than there are persons


class Call(NamedTuple):
    """A kernel and what it was called with, arrays and groups of them; `rows`: of persons."""

    kernel: object
    arguments: tuple
    rows: int
    names: tuple[str, ...]

    def named(self, of_persons: bool = True) -> dict[str, object]:
        """Arguments and members of groups by name; without `of_persons` only what has no row a person."""
        found = {}
        for name, argument in zip(self.names, self.arguments, strict=False):
            found |= argument._asdict() if is_group(argument) else {name: argument}
        return {name: a for name, a in found.items() if of_persons or not has_rows(a, self.rows)}


def is_group(argument) -> bool:
    """Whether an argument is a named tuple."""
    return hasattr(argument, "_fields")


def has_rows(argument, rows: int) -> bool:
    """Whether an argument has a row a person."""
    return isinstance(argument, np.ndarray) and argument.ndim == 1 and argument.size == rows


def copied(argument):
    """An argument that shares nothing with this one."""
    if is_group(argument):
        return type(argument)(*map(copied, argument))
    return argument.copy() if isinstance(argument, np.ndarray) else argument


def watched(weight: int = 100) -> tuple[HainanModel, dict[str, Call]]:
    """A model after its second year, and the calls of that year."""
    model = HainanModel("full", seed=1, weight=weight, until=2012)
    model.step()
    calls: dict[str, Call] = {}
    before = [(module, name, getattr(module, name)) for module, name in WATCHED]

    def watching(name, kernel):
        def call(*arguments):
            rows = len(model.persons)
            calls[name] = Call(kernel, tuple(map(copied, arguments)), rows, kernel.py_func.__code__.co_varnames)
            return kernel(*arguments)
        return call

    try:
        for module, name, kernel in before:
            setattr(module, name, watching(name, kernel))
        model.step()
    finally:
        for module, name, kernel in before:
            setattr(module, name, kernel)
    return model, calls


def enlarged(call: Call, rows: int) -> list:
    """The arguments with persons repeated to so many rows."""
    return [_enlarged(name, argument, call.rows, rows)
            for name, argument in zip(call.names, call.arguments, strict=False)]


def _enlarged(name: str, argument, size: int, rows: int):
    times = -(-rows // size)
    if is_group(argument):
        return type(argument)(*(_enlarged(field, member, size, rows)
                                for field, member in zip(argument._fields, argument, strict=True)))
    if has_rows(argument, size):
        copies = [argument] * times
        if name == "uid":
            copies = [argument + np.uint64(k * COPY) for k in range(times)]
        elif name == "mother":
            copies = [np.where(argument >= 0, argument + k * size, -1) for k in range(times)]
            copies = [np.where(c < rows, c, -1).astype(argument.dtype) for c in copies]
        return np.concatenate(copies)[:rows]
    if name == "rows":
        argument = np.concatenate([argument + k * size for k in range(times)])
        return argument[argument < rows].astype(np.int32)
    if name in ("first", "last"):
        return 0 if name == "first" else rows
    if name in ("start", "number"):
        return argument * rows // size
    if name == "purse":
        return np.zeros(argument.size * rows // size + 1, dtype=argument.dtype)
    return argument


def seconds(function, arguments, repeats: int = 5) -> float:
    """The best of some calls, each with arguments of its own."""
    best = np.inf
    for _ in range(repeats):
        fresh = list(map(copied, arguments))
        start = time.perf_counter()
        function(*fresh)
        best = min(best, time.perf_counter() - start)
    return best


def renewal_seconds(model: HainanModel, rows: int, share: float = 0.015) -> float:
    """One renewal of so many persons, of whom a share goes and as many come."""
    columns = {name: np.resize(array, rows) for name, array in model.persons.arrays().items()}
    columns["mother"] = np.where(columns["mother"] < rows, columns["mother"], -1)
    stays = randomness.uniforms(7, 99, 1, np.arange(rows))[:, 0] >= share
    coming = rows - np.count_nonzero(stays)
    new = {name: array[:coming].copy() for name, array in columns.items()}
    persons = people.Persons(columns)
    best = np.inf
    for _ in range(4):  # the first one makes room
        start = time.perf_counter()
        persons.renew(stays, new)
        best = min(best, time.perf_counter() - start)
    return best
