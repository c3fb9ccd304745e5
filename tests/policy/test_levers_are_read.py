"""Each lever is read where its policy file says, and nothing is read that is not declared; found in the source text."""

import ast
from collections import defaultdict
from pathlib import Path

import pytest

from sim import schedule
from sim.levers import GOVERNANCE, REGISTRY

SIM = Path(schedule.__file__).parent
HOMES = sorted([*(SIM / "mechanisms").glob("*.py"), *(SIM / "agents").glob("*.py")])
ACTIVE = [name for name in REGISTRY if name not in GOVERNANCE]


def reads(text: str) -> list[tuple[str, int]]:
    """Levers read in a source text, with the line: `now.x`, `model.now.x`, `model.before.x`, `model.lever("x")`."""
    found = []
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Attribute) and _is_year_of_levers(node.value):
            found.append((node.attr, node.lineno))
        elif (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "lever"
              and node.args and isinstance(node.args[0], ast.Constant)):
            found.append((node.args[0].value, node.lineno))
    return found


def _is_year_of_levers(node) -> bool:
    return (isinstance(node, ast.Name) and node.id == "now") or (
        isinstance(node, ast.Attribute) and node.attr in ("now", "before") and isinstance(node.value, ast.Name))


def readers() -> dict[str, list[tuple[str, int]]]:
    """By lever: the files (stems) and lines that read it."""
    found = defaultdict(list)
    for path in HOMES:
        for name, line in reads(path.read_text(encoding="utf-8")):
            found[name].append((path.stem, line))
    return dict(found)


READERS = readers()


def test_reads_are_found_in_all_their_forms():
    text = 'a = now.x\nb = model.now.y - model.before.y\nc = model.lever("z")\nd = then.w'
    assert sorted(reads(text)) == [("x", 1), ("y", 2), ("y", 2), ("z", 3)]


@pytest.mark.parametrize("name", ACTIVE)
def test_a_lever_is_read_by_the_mechanism_its_policy_file_names(name):
    assert name in READERS, f"{REGISTRY[name].file}: no mechanism reads {name}"
    files = sorted({stem for stem, _ in READERS[name]})
    assert REGISTRY[name].mechanism.split(", ") == files, f"{REGISTRY[name].file}: {name} is read by {READERS[name]}"


def test_every_lever_that_is_read_is_declared():
    undeclared = {name: places for name, places in READERS.items() if name not in REGISTRY and name != "year"}
    assert undeclared == {}


def test_lag_capacity_and_persistence_act_through_other_levers_alone():
    assert not set(GOVERNANCE) & set(READERS)
    assert all(REGISTRY[name].mechanism == "levers" for name in GOVERNANCE)


@pytest.mark.parametrize("name", ACTIVE)
def test_a_step_of_the_year_serves_the_section_of_the_lever(name):
    """The schedule, sorted by section, is the contents page: a step whose file reads a lever names its section."""
    served = {section for step in schedule.SCHEDULE for section in step.sections.split()
              if step.verb.__module__.rsplit(".", 1)[-1] in {stem for stem, _ in READERS[name]}}
    assert REGISTRY[name].section in served


def test_the_base_year_is_settled_without_policy():
    """Levers stand at none in 2010, so no read of them can enter a settled constant."""
    from sim.scenario import load_scenario

    for scenario in ("no_policy", "baseline", "full"):
        first = load_scenario(scenario).at(2010)
        assert {name: getattr(first, name) for name in ACTIVE} == {name: REGISTRY[name].none for name in ACTIVE}
