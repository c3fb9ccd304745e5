"""What overturns a verdict, on planted effects whose turning points are known."""

import numpy as np
import pytest

from calibration import emulator, overturn
from calibration.overturn import CENTRAL, CLAIMED, CONFIRMED, HOLDS, NOT_CONFIRMED, NOT_TOLD, Verdict
from calibration.priors import Prior, latin

KNOWN = (Prior("near", 0.0, 5.0, 10.0), Prior("far", 0.0, 5.0, 10.0), Prior("inert", 0.0, 5.0, 10.0))
SPREAD = KNOWN[0].spread
NARROWER = Verdict("income", "theil", "theil_inc_pc", "narrower", False)


def planted(slopes, at_centre=-1.0, curve=0.0, seed=1):
    """The emulator of an effect that is linear in the parameters but for a product of the first two."""
    x = np.column_stack([prior.spaced(column) for prior, column in zip(KNOWN, latin(80, 3, seed).T)])
    away = x - 5.0
    return emulator.fit(x, (at_centre + away @ slopes + curve * away[:, 0] * away[:, 1])[:, None], ["effect"],
                        ranges=[[0, 10]] * 3)


def test_the_nearest_single_assumption_is_found_where_the_line_crosses_nought():
    found = overturn.search(planted([0.5, 0.25, 0.0]), 0, NARROWER, KNOWN, 0.9)
    first = found[0]
    assert first.state == CLAIMED and [prior.name for prior in first.parameters] == ["near"]
    assert first.values[0] == pytest.approx(7.0, abs=0.15)
    assert first.distance == pytest.approx(2.0 / SPREAD, abs=0.1)


def test_a_pair_is_told_where_it_is_nearer_than_one_alone():
    """With slopes .3 and .3 the plane crosses nought at 3.33 on an axis, and at 3.33 / sqrt 2 along the diagonal."""
    single, pair = overturn.search(planted([0.3, 0.3, 0.0]), 0, NARROWER, KNOWN, 0.9)
    assert single.distance == pytest.approx(3.33 / SPREAD, abs=0.1)
    assert {prior.name for prior in pair.parameters} == {"near", "far"}
    assert pair.distance == pytest.approx(3.33 / np.sqrt(2) / SPREAD, abs=0.15)


def test_a_pair_alone_may_turn_what_no_single_one_does():
    found = overturn.search(planted([0.1, 0.1, 0.0], curve=0.05), 0, NARROWER, KNOWN, 0.9)
    assert len(found) == 1 and len(found[0].parameters) == 2


@pytest.mark.parametrize(("slopes", "at_centre", "state"), [
    ([0.05, 0.05, 0.0], -1.0, HOLDS),
    ([0.5, 0.0, 0.0], 1.0, CENTRAL),
])
def test_what_holds_and_what_does_not_hold_even_at_the_centre(slopes, at_centre, state):
    found = overturn.search(planted(slopes, at_centre), 0, NARROWER, KNOWN, 0.9)
    assert [turn.state for turn in found] == [state]


def test_an_effect_that_is_not_predicted_is_not_searched():
    x = np.column_stack([prior.spaced(column) for prior, column in zip(KNOWN, latin(40, 3, 1).T)])
    luck = emulator.fit(x, np.random.default_rng(1).normal(size=(40, 1)), ["effect"])
    assert [turn.state for turn in overturn.search(luck, 0, NARROWER, KNOWN, 0.8)] == [NOT_TOLD]


def test_runs_confirm_at_the_first_distance_that_is_beyond_luck():
    claimed = overturn.search(planted([0.5, 0.0, 0.0]), 0, NARROWER, KNOWN, 0.9)[:1]
    table = overturn.rows(claimed, KNOWN)
    assert len(table) == 1 + len(overturn.FARTHER) and table[0]["near"] == 5.0
    assert [row["near"] for row in table[1:]] == sorted(row["near"] for row in table[1:])
    luck = np.array([-0.2, 0.0, 0.2, 0.0])
    true = np.array([-1.2 + 0.5 * (row["near"] - 5.0) for row in table])  # weaker than the emulator thinks
    (turn,) = overturn.judged(claimed, (true[:, None] + luck)[..., None])
    assert turn.state == CONFIRMED and turn.values[0] > claimed[0].values[0]
    assert turn.distance == pytest.approx((turn.values[0] - 5.0) / SPREAD)
    assert turn.effect_there > 0 > turn.effect_central and turn.seeds == 4
    (never,) = overturn.judged(claimed, (np.full(5, -1.0)[:, None] + luck)[..., None])
    assert never.state == NOT_CONFIRMED and never.values == claimed[0].values
    (other,) = overturn.judged(claimed, (np.full(5, 1.0)[:, None] + luck)[..., None])
    assert other.state == CENTRAL


def test_the_table_tells_pairs_in_one_row_with_their_places():
    turns = overturn.search(planted([0.3, 0.3, 0.0]), 0, NARROWER, KNOWN, 0.9)
    table = overturn.table(turns, 2035)
    assert table["parameters"].map(lambda text: len(text.split())).tolist() == [1, 2]
    assert table["central"].tolist()[1] == "5 5" and (table["year"] == 2035).all()
    assert all(0 < float(place) < 1 for place in table["places"][1].split())
