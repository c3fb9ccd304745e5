"""The emulator on functions whose answers are known."""

import pickle

import numpy as np
import pytest
from scipy.stats import qmc
from sklearn.gaussian_process import GaussianProcessRegressor

from calibration import emulator
from sim.core.declare import UserError


def points(n, k, seed=1):
    return qmc.LatinHypercube(k, seed=seed).random(n)


def ishigami(x):
    """Ishigami and Homma 1990, on -pi..pi, from points on 0..1; its variance is 13.84."""
    a, b, c = (np.pi * (2 * x - 1)).T
    return np.sin(a) + 7 * np.sin(b) ** 2 + 0.1 * c**4 * np.sin(a)


@pytest.fixture(scope="module")
def noisy():
    """A linear output with luck of .3, one without luck, and one that never varies; parameters in their own units."""
    x = points(60, 3) * [10, 1, 0.1] + [0, 5, -0.05]
    luck = 0.3 * np.random.default_rng(2).normal(size=60)
    y = np.column_stack([x @ [0.2, 1, 3] + luck, 4 - x[:, 0], np.full(60, 7.0)])
    return x, y, emulator.fit(x, y, ("noisy", "plain", "still"))


def test_a_linear_output_is_predicted_to_rounding_and_luck_is_told_apart(noisy):
    found = noisy[2]
    new = points(50, 3, 5) * [10, 1, 0.1] + [0, 5, -0.05]
    mean, sd = found.predict(new)
    assert mean[:, 1] == pytest.approx(4 - new[:, 0], abs=0.02)
    assert mean[:, 0] == pytest.approx(new @ [0.2, 1, 3], abs=0.6)
    assert mean[:, 2].tolist() == [7.0] * 50 and sd[:, 2].tolist() == [0.0] * 50
    assert 0.2 < found.noise[0] < 0.4 and found.noise[1] < 0.01 and found.noise[2] == 0
    assert (sd[:, 0] < found.noise[0]).all()
    assert found.mean(new) == pytest.approx(mean)
    assert found.q2[1] > 0.999 and found.q2[2] == 1 and 0.6 < found.q2[0] < 0.95


def test_ishigami_is_predicted_where_no_run_was_made():
    x = points(240, 3)
    found = emulator.fit(x, ishigami(x)[:, None], ["ishigami"], ranges=[[0, 1]] * 3)
    new = points(400, 3, 9)
    mean, sd = found.predict(new)
    missed = mean[:, 0] - ishigami(new)
    assert 1 - np.mean(missed**2) / 13.84 > 0.95
    assert found.q2[0] == pytest.approx(1 - np.mean(missed**2) / 13.84, abs=0.03)
    assert np.mean(np.abs(missed) < 2 * sd[:, 0]) > 0.85


def test_pure_luck_is_not_predicted_and_is_refused_with_what_would_help():
    x = points(60, 2)
    rng = np.random.default_rng(3)
    wild = np.sin(40 * x[:, 0]) * np.cos(37 * x[:, 1])
    found = emulator.fit(x, np.column_stack([rng.normal(size=60), wild, x[:, 0]]), ["luck", "wild", "easy"])
    assert found.q2[0] < 0.2 and found.q2[1] < 0.5 and found.q2[2] > 0.99
    with pytest.raises(UserError) as refused:
        found.require(0.9)
    assert [fault.where for fault in refused.value.faults] == ["luck", "wild"]
    assert "more seeds" in refused.value.faults[0].mend
    found_easy = emulator.fit(x, x[:, :1], ["easy"])
    assert found_easy.require(0.9) is None


def test_the_same_runs_and_seed_give_the_same_emulator(noisy):
    x, y, found = noisy
    again = emulator.fit(x, y, ("noisy", "plain", "still"))
    assert again.theta.tolist() == found.theta.tolist() and again.q2.tolist() == found.q2.tolist()
    other = emulator.fit(x, y, ("noisy", "plain", "still"), seed=1)
    assert other.q2[0] != found.q2[0]


def test_an_emulator_goes_through_a_file_and_through_pickle(noisy, tmp_path):
    x, _, found = noisy
    found.save(tmp_path / "emulator.npz")
    stored = emulator.load(tmp_path / "emulator.npz")
    assert stored.names == found.names and stored.noise.tolist() == found.noise.tolist()
    for other in (stored, pickle.loads(pickle.dumps(found))):
        assert other.mean(x).tolist() == found.mean(x).tolist()


def test_its_likelihood_and_slope_are_those_of_scikit_learn():
    x, rng = 2 * points(30, 4) - 1, np.random.default_rng(4)
    target = rng.normal(size=30)
    theta = np.log([0.7, 0.5, 1.0, 2.0, 4.0, 0.3, 0.2])
    process = GaussianProcessRegressor(emulator._of(theta), alpha=emulator.JITTER, optimizer=None).fit(x, target)
    value, slope = process.log_marginal_likelihood(theta, eval_gradient=True)
    squares = np.stack([(column[:, None] - column) ** 2 for column in x.T]).reshape(4, -1)
    own, own_slope = emulator._unlikely(theta, squares, 1 + x @ x.T, target)
    assert own == pytest.approx(-value) and own_slope == pytest.approx(-slope)


def test_the_slope_of_what_is_searched_is_its_slope():
    x, rng = 2 * points(20, 2) - 1, np.random.default_rng(4)
    theta, target = np.log([0.7, 0.5, 4.0, 0.3, 0.2]), rng.normal(size=20)
    squares = np.stack([(column[:, None] - column) ** 2 for column in x.T]).reshape(2, -1)
    about = (squares, 1 + x @ x.T, target)
    steps = 1e-6 * np.eye(5)
    measured = [(emulator._loss(theta + step, *about)[0] - emulator._loss(theta - step, *about)[0]) / 2e-6
                for step in steps]
    assert emulator._loss(theta, *about)[1] == pytest.approx(measured, rel=1e-4, abs=1e-6)


def test_more_runs_than_are_fitted_to_are_all_used():
    n = emulator.FITTED_ON + 60
    x = points(n, 2)
    y = np.sin(3 * x[:, :1]) + x[:, 1:]
    found = emulator.fit(x, y, ["y"])
    mean, sd = found.predict(x)
    assert mean == pytest.approx(y, abs=1e-3) and sd.max() < 1e-2


@pytest.mark.parametrize(("x", "y", "where"), [
    (points(5, 3), np.ones((5, 1)), "emulator"),
    (points(20, 3), np.full((20, 1), np.nan), "y"),
    (np.full((20, 1), np.inf), np.ones((20, 1)), "emulator"),
])
def test_runs_it_cannot_be_fitted_to_are_refused(x, y, where):
    with pytest.raises(UserError) as refused:
        emulator.fit(x, y, ["y"])
    assert refused.value.faults[0].where == where


def test_points_of_another_number_of_parameters_are_a_fault_of_the_caller(noisy):
    with pytest.raises(ValueError, match="3 finite parameters"):
        noisy[2].mean(np.zeros((2, 4)))
