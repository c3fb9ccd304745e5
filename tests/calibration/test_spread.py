"""Draws that spread all parameters over their ranges."""

import numpy as np
import pytest

from calibration.spread import ranged, spread, triangular
from sim.core.declare import UserError
from sim.simulate import HAINAN
from sim.study.draws import checked_draws


def test_every_parameter_meets_every_part_of_its_range_once():
    rows, cards = spread(40), ranged()
    assert len(rows) == 40 and [row["draw"] for row in rows] == [row["imputation"] for row in rows] == [*range(1, 41)]
    for name, card in cards.items():
        values, (low, high) = np.array([row[name] for row in rows]), card.bounds
        assert low <= values.min() and values.max() <= high
        if isinstance(card.default, float):
            edges = triangular(np.arange(1, 40) / 40, low, card.default, high)
            close = np.abs(values[:, None] - edges).min(axis=1) < 1e-5 * max(abs(low), abs(high))  # six digits
            counted = np.bincount(np.searchsorted(edges, values[~close]), minlength=40)
            assert counted.max() <= 1, name


def test_draws_are_the_same_twice_and_what_a_study_takes():
    assert spread(5) == spread(5) != spread(5, seed=1)
    assert len(checked_draws(spread(5), HAINAN.draw_limits)) == 5
    assert all(isinstance(row["retirement_age_men"], int) for row in spread(5))


def test_quantiles_of_the_triangle():
    # below 2 lies a quarter of the triangle from 1 to 5 whose top is at 2
    assert triangular(np.array([0.0, 0.25, 1.0]), 1.0, 2.0, 5.0).tolist() == pytest.approx([1.0, 2.0, 5.0])
    assert triangular(np.array([0.0, 0.75, 1.0]), 0.0, 0.0, 1.0).tolist() == pytest.approx([0.0, 0.5, 1.0])


@pytest.mark.parametrize("number", [0, 1, 10**9])
def test_a_number_of_draws_that_cannot_be_is_refused(number):
    with pytest.raises(UserError, match="not a number of draws"):
        spread(number)
