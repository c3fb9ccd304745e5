"""Rules bound by name: the signature of a rule lists what it reads and writes, and the call is generated from it.

A rule is a plain function or a compiled kernel whose arguments are registered names: columns of tables, parameters,
settled constants, levers, observations. An argument annotated `Out` is written, one annotated `InOut` is updated in
place, all others are read. As calls are generated, arrays of equal shape cannot be swapped by mistake, and the data
flow of a year is known without running it. Tests call a rule by keyword, with their own arrays.

    def collect(value_added, tax_rate, tax_effort, own_revenue: Out): ...

    collect_taxes = bind(collect, places)     # collect_taxes(model) fills model.counties.own_revenue
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated, NamedTuple

import numpy as np

from sim.core.declare import nearest

Out = Annotated[np.ndarray, "written"]
"""Annotation of an argument that a rule overwrites completely."""
InOut = Annotated[np.ndarray, "written"]
"""Annotation of an argument that a rule updates, depending on its previous values."""


class Place(NamedTuple):
    """The location of a name, as Python expressions of the model `m`.

    `read`: the value for readers, `write`: the array for writers (empty if read-only). `owner` is the
    table or kind (`counties`, `parameter`, `lever` ...).
    """

    owner: str
    read: str
    write: str = ""


class Contract(NamedTuple):
    """The names that a rule reads and writes; updated names are in both."""

    arguments: tuple[str, ...]
    reads: tuple[str, ...]
    writes: tuple[str, ...]


class Unbound(TypeError):
    """A rule uses an unknown name, or writes a read-only one."""


def plain(rule: Callable) -> Callable:
    """The Python function of a rule; for a kernel, the function that was compiled."""
    return getattr(rule, "py_func", rule)


def contract(rule: Callable) -> Contract:
    """The names that a rule reads and writes, from its signature."""
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
    """The rule as a function of the model, with a call generated from its signature.

    Unbound if the rule uses an unknown name, or writes a read-only one.
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
