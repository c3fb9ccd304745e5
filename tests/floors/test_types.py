"""What others call is typed and says what comes back.

The type checker holds the public face (`[tool.mypy]` in pyproject.toml). Of every other public function the signature
is complete, but for rules: the arguments of a rule are names of declared columns, parameters and levers, whose
declarations give type, unit and shape (`sim/core/bind.py`), so a rule types no argument but `Out` and `InOut`; and it
gives nothing back but what it writes.
"""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from sim import holds, schedule, settle
from sim.core.bind import plain

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = ("sim", "calibration", "outputs")
RULES_LIVE_IN = ("sim/agents/", "sim/mechanisms/")
Function = ast.FunctionDef | ast.AsyncFunctionDef


def public_functions(tree: ast.Module) -> Iterator[tuple[str, Function, bool]]:
    """Functions and methods without a leading underscore, by name, and whether they merely declare (body `...`)."""
    nodes: list[tuple[str, ast.stmt]] = [("", node) for node in tree.body]
    while nodes:
        prefix, node = nodes.pop(0)
        if isinstance(node, ast.ClassDef):
            nodes += [(f"{prefix}{node.name}.", inner) for inner in node.body]
        elif isinstance(node, Function) and not node.name.startswith("_"):
            last = node.body[-1]
            yield f"{prefix}{node.name}", node, len(node.body) == 1 and isinstance(last, ast.Expr) and isinstance(
                last.value, ast.Constant) and last.value.value is ...


def untyped_arguments(function: Function) -> list[str]:
    of = function.args
    every = [*of.posonlyargs, *of.args, *of.kwonlyargs, *(one for one in (of.vararg, of.kwarg) if one)]
    return [one.arg for one in every if one.annotation is None and one.arg not in ("self", "cls")]


def gives_something(function: Function) -> bool:
    return any(isinstance(node, ast.Return) and node.value is not None for node in ast.walk(function))


def faults(place: str, text: str, rules: frozenset[str] = frozenset()) -> list[str]:
    """Public functions of a file whose signature or docstring lacks something; `rules` are names of its rules."""
    found = []
    for name, function, declares in public_functions(ast.parse(text)):
        lacks = [] if name in rules else untyped_arguments(function)
        if function.returns is None and (name not in rules or gives_something(function)):
            lacks.append("what it returns")
        lacks += ["a docstring"] if ast.get_docstring(function) is None and not declares else []
        if lacks:
            found.append(f"{place}:{function.lineno}: {name} lacks {', '.join(lacks)}")
    return found


def rules_by_file() -> dict[str, frozenset[str]]:
    """The rules of the year and of the base year, by the file they stand in."""
    groups = [step.each() for step in schedule.SCHEDULE]
    groups += [(*term.instead.values(), *term.after.values()) for term in holds.TERMS.values()]
    groups += [value for value in vars(settle).values()
               if isinstance(value, tuple) and value and all(map(callable, value))]
    found: dict[str, set[str]] = {}
    for rule in (plain(rule) for group in groups for rule in group):
        found.setdefault(rule.__module__.replace(".", "/") + ".py", set()).add(rule.__qualname__)
    return {file: frozenset(names) for file, names in found.items()}


def test_the_public_face_passes_the_type_checker():
    done = subprocess.run([sys.executable, "-m", "mypy", "--no-error-summary"], cwd=ROOT, capture_output=True,
                          text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_public_function_says_what_it_takes_and_returns():
    rules = rules_by_file()
    found = []
    for path in (path for folder in FOLDERS for path in sorted((ROOT / folder).rglob("*.py"))):
        place = path.relative_to(ROOT).as_posix()
        found += faults(place, path.read_text(encoding="utf-8"), rules.get(place, frozenset()))
    assert found == [], "\n" + "\n".join(found)


def test_rules_are_found_where_they_live():
    rules = rules_by_file()
    assert all(file.startswith(RULES_LIVE_IN) for file in rules)
    assert "collect" in rules["sim/mechanisms/revenue.py"] and "settle" in rules["sim/mechanisms/revenue.py"]


@pytest.mark.parametrize(("text", "lacking"), [
    ("def f(x: int) -> int:\n    'Says.'\n", []),
    ("def f(x) -> int:\n    'Says.'\n", ["f lacks x"]),
    ("def f(x: int):\n    'Says.'\n", ["f lacks what it returns"]),
    ("class C:\n    def f(self) -> int:\n        return 1\n", ["C.f lacks a docstring"]),
    ("class C:\n    def f(self) -> int: ...\n", []),
    ("def rule(x):\n    'Says.'\n", []),
    ("def rule(x):\n    'Says.'\n    return x\n", ["rule lacks what it returns"]),
    ("def rule(x):\n    pass\n", ["rule lacks a docstring"]),
    ("def _own(x):\n    pass\n", []),
])
def test_what_is_lacking_is_found(text, lacking):
    assert [fault.partition(": ")[2] for fault in faults("here.py", text, frozenset({"rule"}))] == lacking
