"""Counties: the window through which one is seen."""

from types import SimpleNamespace

import pytest

from sim import words
from sim.agents.county import Counties, County
from sim.core.table import Window

SIZES = words.SIZES | {"county": 2, "destination": 3}


def test_a_county_is_a_window_on_its_row():
    counties = Counties(SIZES)
    window = Window(counties, 1)
    counties.debt[:] = [1.0, 2.0]
    assert window.debt == 2.0
    window.debt = 5.0
    assert counties.debt.tolist() == [1.0, 5.0]
    with pytest.raises(AttributeError, match="no such column: depth"):
        window.depth  # noqa: B018


def test_every_recorded_column_has_a_unit_and_a_name_in_two_languages():
    bare = [card.name for card in Counties.cards().values() if not (card.unit and card.long_name)]
    shown = [card for card in Counties.cards().values() if card.keep in ("headline", "county")]
    assert bare == [] and [card.name for card in shown if not card.long_name_zh] == []


def test_a_county_says_which_one_it_is():
    assert County.__repr__(SimpleNamespace(code=460100, name_en="Haikou")) == "County(460100 Haikou)"
