"""Where a lever is read: file, line and rule, from the signatures of the rules of the year."""

from __future__ import annotations

import ast
from collections.abc import Container
from pathlib import Path
from typing import NamedTuple

from sim.core.bind import contract, plain
from sim.levers import REGISTRY
from sim.schedule import SCHEDULE

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
    found: set[tuple[int, str, str]] = set()

    def look(node: ast.AST, function: str) -> None:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.Attribute) and _is_year_of_levers(child.value):
                found.add((child.lineno, child.attr, function))
            elif isinstance(child, ast.Call) and (lever := _lever_asked_for(child)):
                found.add((child.lineno, lever, function))
            elif isinstance(child, ast.Constant) and isinstance(child.value, str) and child.value in names:
                found.add((child.lineno, child.value, function))
            look(child, child.name if isinstance(child, ast.FunctionDef) else function)

    look(ast.parse(text), "")
    return [(name, line, function) for line, name, function in sorted(found)]


def _lever_asked_for(call: ast.Call) -> str:
    """The name in `x.lever("name")`; empty where a call is another one."""
    if not (isinstance(call.func, ast.Attribute) and call.func.attr == "lever" and call.args):
        return ""
    name = call.args[0]
    return name.value if isinstance(name, ast.Constant) and isinstance(name.value, str) else ""


def _is_year_of_levers(node) -> bool:
    return (isinstance(node, ast.Name) and node.id == "now") or (
        isinstance(node, ast.Attribute) and node.attr in ("now", "before") and isinstance(node.value, ast.Name))


def lever_of(name: str) -> str | None:
    """The lever that an argument of a rule names, this year's or last year's, plain or by county; None for no lever."""
    for ending in ("", "_before", "_by_county"):
        if name.endswith(ending) and name.removesuffix(ending) in REGISTRY:
            return name.removesuffix(ending)
    return None


def in_signatures() -> dict[str, list[Reader]]:
    """By lever: the rules of the year that name it as an argument."""
    found: dict[str, list[Reader]] = {}
    for rule in dict.fromkeys(rule for step in SCHEDULE for rule in step.each()):
        named = [(name, lever) for name in contract(rule).reads if (lever := lever_of(name))]
        path = Path(plain(rule).__code__.co_filename)
        if not named or not path.is_relative_to(SIM):
            continue
        lines = {argument.arg: argument.lineno
                 for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
                 if isinstance(node, ast.FunctionDef) and node.name == rule.__name__ for argument in node.args.args}
        for name, lever in named:
            reader = Reader(path.relative_to(SIM.parent).as_posix(), lines[name], rule.__name__)
            found.setdefault(lever, []).append(reader)
    return found


def readers() -> dict[str, list[Reader]]:
    """By lever: where it is read, in the order of files and lines."""
    found = in_signatures()
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
