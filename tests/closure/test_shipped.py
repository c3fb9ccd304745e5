"""Residuals kept beside the draws of the library: found where nothing differs, solved anew where anything does."""

import numpy as np
import pytest

from sim import closure, simulate
from sim.closure import shipped, solve
from sim.core.declare import UserError
from sim.mechanisms.past import SPENDING_KIND

UNTIL, DRAW = 2011, {"imputation": 1, "parameters": {"saving_rate": 0.33}}


@pytest.fixture(scope="module")
def solved():
    """The key and the residuals of a draw."""
    return solve.solved_anew(UNTIL, DRAW)


def forget():
    """Residuals that this process has found."""
    solve._plain.cache_clear()
    solve._damped.cache_clear()


@pytest.fixture
def table(solved, tmp_path, monkeypatch):
    path = shipped.keep(dict([solved]), tmp_path / "residuals.nc")
    monkeypatch.setattr(shipped, "TABLE", path)
    forget()
    yield path
    forget()


@pytest.fixture
def counted(monkeypatch):
    """The draws that are solved."""
    asked = []

    def count(pack, until, plan, draw, observation, change, choice):
        asked.append((until, draw))
        raise LookupError("is not kept")

    monkeypatch.setattr(solve, "_solved", count)
    return asked


def same(one, other) -> bool:
    left, right = shipped._arrays(one), shipped._arrays(other)
    return left.keys() == right.keys() and all(np.array_equal(left[name], right[name]) for name in left)


def test_what_is_kept_is_what_was_solved_and_is_not_solved_again(solved, table, counted):
    found = closure.followed(UNTIL, "baseline", DRAW)
    assert same(found, solved[1]) and found.unmet == solved[1].unmet and not counted
    assert closure.followed(UNTIL, "full", DRAW) is found  # levers do not count


@pytest.mark.parametrize(("until", "draw"), [
    (2012, DRAW), (UNTIL, DRAW | {"imputation": 2}), (UNTIL, DRAW | {"observation": 3}),
    (UNTIL, {"imputation": 1, "parameters": {"saving_rate": 0.34}}),
    (UNTIL, {"imputation": 1}),
])
def test_whatever_differs_is_solved_anew(table, counted, until, draw):
    with pytest.raises(LookupError):
        closure.followed(until, "baseline", draw)
    assert counted == [(until, draw["imputation"])]


def test_other_code_solves_anew(table, counted, monkeypatch):
    monkeypatch.setattr(shipped, "source_hash", lambda: "another")
    with pytest.raises(LookupError):
        closure.followed(UNTIL, "baseline", DRAW)
    assert counted


def test_a_run_is_the_same_bytes_whether_its_residuals_are_kept_or_solved(table):
    plan = simulate.load_plan("baseline")
    kept = simulate.run_arrays(plan, 0, DRAW, 1000, 2013, history_until=UNTIL)
    table.unlink()
    forget()
    anew = simulate.run_arrays(plan, 0, DRAW, 1000, 2013, history_until=UNTIL)
    assert all(kept[name].tobytes() == anew[name].tobytes() for name in kept)


def test_a_damaged_table_is_refused_in_a_sentence(table):
    content = bytearray(table.read_bytes())
    content[len(content) // 2] ^= 4
    table.write_bytes(content)
    with pytest.raises(UserError, match=r"residuals\.nc"):
        closure.followed(UNTIL, "baseline", DRAW)


def test_a_county_s_share_of_spending_comes_back(solved):
    assert solved[1].history.law.persistence[SPENDING_KIND] <= 0.9
