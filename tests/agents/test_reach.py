"""Reaches: a river piece is seen through its window, and recorded by name."""

import pytest

from sim.agents.reach import Reaches


def test_a_reach_is_a_window_on_its_row(run):
    model = run("no_policy", until=2011)
    reach = model.reach["nandu_haikou"]
    assert reach.name_zh == "南渡江海口段" and repr(reach) == "Reach(nandu_haikou)"
    assert reach.reach_quality == pytest.approx(model.reaches.reach_quality[reach.row])
    with pytest.raises(AttributeError, match="no such column"):
        reach.depth  # noqa: B018


def test_what_is_recorded_of_a_reach_has_names_in_two_languages():
    cards = Reaches.cards()
    assert "reach_quality" in cards
    assert all(c.long_name and c.long_name_zh and c.dims == ("reach",) for c in cards.values())


def test_a_run_names_its_reaches():
    from sim import simulate

    found = simulate.run("no_policy", weight=1000, until=2011)
    assert found["reach_quality"].dims == ("year", "reach")
    assert "nandu_haikou" in found["reach_name"].values
