"""State is declared and calls can be read: no bag of attributes, no call of many positions, one vocabulary."""

import ast
from pathlib import Path

import pytest

from sim import words

SIM = Path(words.__file__).parent
MOST_POSITIONAL = 10
FILES = sorted(path for path in SIM.rglob("*.py"))
VOCABULARY = {name for name in vars(words) if name.isupper()}


def shown(path: Path) -> str:
    return path.relative_to(SIM.parent).as_posix()


def positional(text: str) -> list[tuple[int, int, str]]:
    """Positional arguments of every call in a text: how many, in which line, of what; a starred one counts once."""
    return [(len(node.args), node.lineno, ast.unparse(node.func))
            for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Call)]


def test_no_hand_written_call_has_more_than_ten_positional_arguments():
    calls = sorted(((count, f"{shown(path)}:{line} {function}") for path in FILES
                    for count, line, function in positional(path.read_text(encoding="utf-8"))), reverse=True)
    print(f"the longest hand-written call: {calls[0][1]} with {calls[0][0]} positional arguments")
    assert [call for call in calls if call[0] > MOST_POSITIONAL] == []


def test_a_long_call_would_be_found():
    assert positional("f(1, 2, g(3), *rest, k=4)") == [(4, 1, "f"), (1, 1, "g")]


@pytest.mark.parametrize("path", FILES, ids=shown)
def test_no_state_is_a_bag_of_attributes(path):
    assert "SimpleNamespace" not in path.read_text(encoding="utf-8")


@pytest.mark.parametrize("path", [path for path in FILES if path.name != "words.py"], ids=shown)
def test_the_vocabulary_is_defined_once(path):
    """No other file gives one of its words a value, or another name to a year or limit of its own."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    given = {name.id for node in tree.body if isinstance(node, ast.Assign) for target in node.targets
             for name in ast.walk(target) if isinstance(name, ast.Name)}
    assert given & VOCABULARY == set()


def test_the_base_year_stands_in_the_code_once():
    """A constant of that value may mean something else (to which year a yearbook counts); a first year may not."""
    found = [f"{shown(path)}:{node.lineno}" for path in FILES if path.name != "words.py"
             for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.Assign)
             and isinstance(node.value, ast.Constant) and node.value.value == words.BASE_YEAR
             and any(word in ast.unparse(node.targets[0]) for word in ("FIRST", "BASE", "START"))]
    assert found == []
