"""Multipliers of changes of county shares, on changes that are known."""

import pandas as pd
import pytest

from calibration import dynamics


def table(made, observed):
    return pd.DataFrame({"series": "total", "unit": [str(k) for k in range(len(made))], "origin": 2015, "year": 2016,
                         "horizon": 1, "made": made, "observed": observed, "forecast": 0.0})


def test_twice_too_large_a_change_has_multiplier_one_half():
    found = dynamics.scores(table([0.2, -0.4], [0.1, -0.2])).iloc[0]
    assert found["multiplier"] == pytest.approx(0.5) and found["error"] == pytest.approx(15.0)
    assert found["constant"] == found["forecast"] == pytest.approx(15.0)


def test_the_wrong_way_is_below_nought():
    assert dynamics.scores(table([0.1, -0.1], [-0.1, 0.1])).iloc[0]["multiplier"] == pytest.approx(-1.0)


def test_the_unit_that_turns_a_multiplier_is_told_by_leaving_it_out():
    found = dynamics.left_out(table([0.1, 0.1, 0.3], [0.1, 0.1, -0.3]), "unit").set_index("without")["multiplier"]
    assert found["2"] == pytest.approx(1.0) and found["0"] == found["1"] == pytest.approx((0.01 - 0.09) / 0.10)


def test_changes_from_followed_history_stay_within_one_definition():
    found = dynamics.changes(origins=(2017,), until=2019, seeds=(0,), weight=1000)
    assert set(found["series"]) == {"primary", "secondary", "tertiary", "total"}
    assert (found["year"] > 2017).all() and (found["horizon"] == found["year"] - 2017).all()
