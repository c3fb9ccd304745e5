"""The predictive check: histories of a model's own pass, a fault of one part is found where errors do not drown it."""

import numpy as np
import pytest

from calibration.posterior.check import LEVEL, check, found_out

ERROR, PARTS = np.array([0.5, 0.5, 0.5, 0.5, 2.0, 2.0]), ("moves", "moves", "moves", "moves", "output", "output")
SPREAD = np.array([1.0, 0.5, 0.1, 0.1, 1.0, 1.0])


@pytest.fixture(scope="module")
def made():
    """Points of a model with two parameters, one of which moves the first two statistics together."""
    rng = np.random.default_rng(4)
    common = rng.standard_normal((240, 1))
    return SPREAD * np.where(np.arange(6) < 2, common, rng.standard_normal((240, 6)))


def test_a_twentieth_of_new_histories_of_the_model_is_flagged(made):
    rng = np.random.default_rng(5)
    common = rng.standard_normal((4000, 1))
    histories = SPREAD * np.where(np.arange(6) < 2, common, rng.standard_normal((4000, 6)))
    told = check(made, ERROR, PARTS).told(histories + ERROR * rng.standard_normal(histories.shape))
    assert (told.whole <= LEVEL).mean() == pytest.approx(LEVEL, abs=0.02)
    assert (told.by_part <= LEVEL).mean(axis=0) == pytest.approx([LEVEL, LEVEL], abs=0.02)


def test_a_fault_of_one_part_is_found_there_alone(made):
    """Five standard deviations in a statistic that parameters hardly move."""
    share, by_part = found_out(check(made, ERROR, PARTS), np.array([0.0, 0.0, 2.6, 0.0, 0.0, 0.0]))
    assert share > 0.95 and by_part["moves"] > 0.95 and by_part["output"] < 0.1


def test_what_errors_drown_is_not_found(made):
    one = check(made, ERROR, PARTS)
    history = np.array([0.0, 0.0, 0.1, 0.1, 0.5, 0.5])
    assert found_out(one, history)[0] < 0.1 and np.abs(one.away(history)).max() < 0.3


def test_what_parameters_do_together_they_do_not_do_apart(made):
    """The first two statistics move as one: a history in which they part is farther off than one in which both move."""
    one = check(made, ERROR, PARTS)
    together, apart = (one.told(np.array([[2.0, sign, 0, 0, 0, 0]])).whole[0] for sign in (1.0, -1.5))
    assert apart < 0.05 < together
