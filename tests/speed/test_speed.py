"""The measurements can be made, and their ratios are of the right size; no test asserts seconds."""

import numpy as np
import pytest

from sim.study.store import block_rows
from tests.speed import commands, in_numpy, in_starsim, store
from tests.speed.measure import Sizes, exponent, measured, page, ratios
from tests.speed.stage import enlarged, watched


@pytest.mark.slow
def test_all_measures_side_by_side():
    found = measured(Sizes(rows=(10**4, 10**5), mesa_rows=5000, runs=4, thread_weight=100, workers=False, turns=1,
                           compared=2))
    r, text = ratios(found), page(found)
    print(text)
    for of_rows in found["migration"].values():
        assert of_rows.get("same as c", True)
    assert r["migration against mesa"] > 100
    assert r["whole against mesa"] > 20
    assert found["migration"][10**5]["numpy"] > found["migration"][10**5]["ours"]
    assert "## Against the targets" in text and "| `run baseline --central` |" in text
    assert all(0.0 < least < 60.0 for times in found["commands"].values() for least in times.ours)
    if not np.isnan(r["against c"]):
        assert r["against c"] < 2.0


@pytest.mark.slow
def test_a_study_is_two_files_a_block_and_its_costs_can_be_measured():
    cost = store.measured(100, weight=1000, until=2012)
    print(store.table(cost))
    assert cost.files <= 2 * -(-100 // block_rows(1000)) + 10
    assert cost.everything > cost.one > 0.0


def test_starsim_says_the_same_rule():
    pytest.importorskip("starsim")
    _, calls = watched(1000)
    call, rows = calls["_move"], 50_000
    sim = in_starsim.simulated(call, rows, years=1)
    sim.run_one_step()
    arguments = enlarged(call, rows)
    in_numpy.move(*arguments)
    ours = arguments[call.names.index("tally")].moved.sum()
    theirs = next(module for module in sim.modules if hasattr(module, "moved")).moved.sum()
    assert abs(ours - theirs) < 4 * np.sqrt(2 * ours)


def test_an_exponent_of_one_is_a_cost_that_is_the_same_for_everybody():
    assert exponent({10**5: 4.0, 10**6: 4.0}) == 1.0
    assert exponent({10**4: 9.0, 10**5: 4.0, 10**6: 40.0}) == 2.0


def test_a_command_is_shown_beside_what_it_was_before_where_that_was_measured():
    """Of 2, 4 and 3 seconds against 6, 5 and 9 the medians are 3 and 6."""
    before, alone = commands.Times([2.0, 4.0, 3.0], [6.0, 5.0, 9.0]), commands.Times([2.0, 4.0, 3.0], [])
    assert commands.lines({"`run`": before})[-1] == "| `run` | 3.00 | 2.00 | 6.00 | 5.00 | 0.50 |"
    assert commands.lines({"`run`": alone})[2:] == ["| command | median | least |", "| --- | --- | --- |",
                                                    "| `run` | 3.00 | 2.00 |"]
