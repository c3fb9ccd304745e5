"""Tests that the documents name are there: a mend that is said to be held by a test is held by one."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
NAMED = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")


def named() -> list[tuple[str, str, str]]:
    """(page, file, test) of every test that a page names."""
    return [(page.name, *found) for page in sorted((ROOT / "docs").glob("*.md"))
            for found in NAMED.findall(page.read_text(encoding="utf-8"))]


def found_in(file: Path) -> set[str]:
    tree = ast.parse(file.read_text(encoding="utf-8")) if file.is_file() else ast.Module([], [])
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")}


@pytest.mark.parametrize("page, file, test", named())
def test_a_named_test_is_there(page, file, test):
    assert test in found_in(ROOT / file), f"{page} names {file}::{test}"


def test_the_table_of_findings_names_one_test_a_finding():
    page = (ROOT / "docs" / "decisions.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| ([AB]) (\d+) .*$", page, re.MULTILINE)
    assert [(a, int(n)) for a, n in rows] == [("A", n) for n in range(1, 14)] + [("B", n) for n in range(14, 22)]


def test_a_test_that_is_not_there_would_be_found():
    assert "test_a_named_test_is_there" in found_in(Path(__file__)) and not found_in(ROOT / "tests" / "no_such.py")
