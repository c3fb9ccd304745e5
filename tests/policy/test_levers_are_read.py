"""Each lever is read where its policy file says, and nothing is read that is not declared."""

from pathlib import Path

import pytest

from outputs.readers import Reader, readers, reads, steering
from sim import schedule
from sim.levers import GOVERNANCE, REGISTRY

ROOT = Path(schedule.__file__).parents[1]
ACTIVE = [name for name in REGISTRY if name not in GOVERNANCE]


READERS = readers()


def test_reads_are_found_in_all_their_forms():
    text = 'a = now.x\ndef f():\n b = model.now.y - model.before.y\n def g():\n  model.lever("z")\nd = then.w'
    assert reads(text) == [("x", 1, ""), ("y", 3, "f"), ("z", 5, "g")]
    assert reads('RINGS = ("a", "b")', {"a"}) == [("a", 1, "")]


def test_a_reader_is_a_line_of_a_file_that_names_the_lever():
    for name in ACTIVE:
        for one in READERS[name]:
            assert name in (ROOT / one.file).read_text(encoding="utf-8").splitlines()[one.line - 1]
    assert steering() == Reader("sim/levers.py", steering().line, "attained")


@pytest.mark.parametrize("name", ACTIVE)
def test_a_lever_is_read_by_the_mechanism_its_policy_file_names(name):
    assert name in READERS, f"{REGISTRY[name].file}: no mechanism reads {name}"
    files = sorted({one.stem for one in READERS[name]})
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
              for rule in step.each()
              if rule.__module__.rsplit(".", 1)[-1] in {one.stem for one in READERS[name]}}
    assert REGISTRY[name].section in served


def test_the_base_year_is_settled_without_policy():
    """Levers stand at none in 2010, so no read of them can enter a settled constant."""
    from sim.scenario import load_scenario

    for scenario in ("no_policy", "baseline", "full"):
        first = load_scenario(scenario).at(2010)
        assert {name: getattr(first, name) for name in ACTIVE} == {name: REGISTRY[name].none for name in ACTIVE}
