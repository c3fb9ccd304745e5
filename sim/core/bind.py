"""Rules bound by name: what a rule reads and writes is its signature, and the call is generated from it once.

A rule is a plain function or a compiled kernel whose arguments are names of the house: columns of tables, parameters,
settled constants, levers, what was observed. An argument annotated `Out` is written, one annotated `InOut` is updated
in place, all others are read. Nobody writes the call, so no two arrays of one shape can be swapped in it, and the data
flow of a year is known without running it. Tests call a rule by keyword, with arrays of their own.

    def collect(value_added, tax_rate, tax_effort, own_revenue: Out): ...

    collect_taxes = bind(collect, places)     # collect_taxes(model) fills model.counties.own_revenue
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated, NamedTuple

import numpy as np

from sim.core.declare import nearest

Out = Annotated[np.ndarray, "written"]
"""Annotation of an argument that a rule writes: all of it, whatever stood there."""
InOut = Annotated[np.ndarray, "written"]
"""Annotation of an argument that a rule updates: what it writes depends on what stood there."""


class Place(NamedTuple):
    """Where a name is found, as Python expressions of the model `m`.

    `read`: the value a reader gets, `write`: the array a writer gets (empty where nobody may write). `owner` is the
    table or kind (`counties`, `parameter`, `lever` ...).
    """

    owner: str
    read: str
    write: str = ""


class Contract(NamedTuple):
    """What a rule reads and writes, by name; a name that is updated is in both."""

    arguments: tuple[str, ...]
    reads: tuple[str, ...]
    writes: tuple[str, ...]


class Unbound(TypeError):
    """A rule that names something the house does not have, or writes what nobody may write."""


def plain(rule: Callable) -> Callable:
    """The Python function of a rule: of a kernel, what was compiled."""
    return getattr(rule, "py_func", rule)


def contract(rule: Callable) -> Contract:
    """What a rule reads and writes, from its signature."""
    arguments, reads, writes = [], [], []
    code, marks = plain(rule).__code__, plain(rule).__annotations__  # `inspect` takes ten times as long
    for name in code.co_varnames[:code.co_argcount + code.co_kwonlyargcount]:
        written, updated = (marks.get(name) in spelled for spelled in (("Out", Out), ("InOut", InOut)))
        arguments.append(name)
        if not written:
            reads.append(name)
        if written or updated:
            writes.append(name)
    return Contract(tuple(arguments), tuple(reads), tuple(writes))


def name_of(rule: Callable) -> str:
    """The name of a rule, with its file."""
    function = plain(rule)
    return f"{function.__module__.removeprefix('sim.')}.{function.__qualname__}"


def bind(rule: Callable, places: Mapping[str, Place]) -> Callable[[object], object]:
    """The rule as a function of the model: its call, written once from its signature.

    Unbound if the rule names something that has no place, or writes something that is only read.
    """
    found = contract(rule)
    faults = [f"{name} is unknown {nearest(name, places)}".rstrip() for name in found.arguments if name not in places]
    faults += [f"{name} may not be written" for name in found.writes if name in places and not places[name].write]
    if faults:
        raise Unbound(f"{name_of(rule)}: {'; '.join(faults)}")
    values = (places[name].write if name in found.writes else places[name].read for name in found.arguments)
    code = f"def bound(m):\n    return rule({', '.join(values)})\n"
    scope = {"rule": rule}
    exec(compile(code, f"<call of {name_of(rule)}>", "exec"), scope)
    bound = scope["bound"]
    bound.__name__ = bound.__qualname__ = plain(rule).__name__
    return bound
