"""Where a lever is read: file, line and verb, found in the source text of mechanisms and agents."""

from __future__ import annotations

import ast
from collections.abc import Container
from pathlib import Path
from typing import NamedTuple

from sim.levers import REGISTRY

SIM = Path(__file__).resolve().parents[1] / "sim"
HOMES = ("mechanisms", "agents")
STEERING = SIM / "levers.py"


class Reader(NamedTuple):
    """One read of a lever: the file (below the checkout), the line, and the function in which it stands."""

    file: str
    line: int
    verb: str

    @property
    def stem(self) -> str:
        """The file as policy files name it."""
        return Path(self.file).stem


def reads(text: str, names: Container[str] = ()) -> list[tuple[str, int, str]]:
    """Levers read in a source text, with line and function.

    `now.x`, `model.now.x`, `model.before.x`, `model.lever("x")`; and "x" alone where it is one of the known names (a
    family of levers is read in a loop over its names).
    """
    found = set()

    def look(node, function: str) -> None:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.Attribute) and _is_year_of_levers(child.value):
                found.add((child.lineno, child.attr, function))
            elif isinstance(child, ast.Call) and _asks_for_a_lever(child):
                found.add((child.lineno, child.args[0].value, function))
            elif isinstance(child, ast.Constant) and isinstance(child.value, str) and child.value in names:
                found.add((child.lineno, child.value, function))
            look(child, child.name if isinstance(child, ast.FunctionDef) else function)

    look(ast.parse(text), "")
    return [(name, line, function) for line, name, function in sorted(found)]


def _asks_for_a_lever(call: ast.Call) -> bool:
    return (isinstance(call.func, ast.Attribute) and call.func.attr == "lever" and bool(call.args)
            and isinstance(call.args[0], ast.Constant))


def _is_year_of_levers(node) -> bool:
    return (isinstance(node, ast.Name) and node.id == "now") or (
        isinstance(node, ast.Attribute) and node.attr in ("now", "before") and isinstance(node.value, ast.Name))


def readers() -> dict[str, list[Reader]]:
    """By lever: where it is read, in the order of files and lines."""
    found: dict[str, list[Reader]] = {}
    for path in sorted(path for home in HOMES for path in (SIM / home).glob("*.py")):
        shown = path.relative_to(SIM.parent).as_posix()
        for name, line, verb in reads(path.read_text(encoding="utf-8"), REGISTRY):
            found.setdefault(name, []).append(Reader(shown, line, verb))
    return found


def steering() -> Reader:
    """Where lag, capacity and persistence act on all other levers."""
    for node in ast.parse(STEERING.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.FunctionDef) and node.name == "attained":
            return Reader(STEERING.relative_to(SIM.parent).as_posix(), node.lineno, node.name)
    raise LookupError("sim/levers.py has no function attained")
