"""History matching and the posterior on a model whose posterior is known: linear, with normal errors."""

from dataclasses import dataclass

import numpy as np
import pytest
from scipy.special import ndtri

from calibration.emulator import fit
from calibration.posterior import recovery
from calibration.posterior.abc import bank, equally_weighted, posterior
from calibration.posterior.match import Evidence, implausibility, plausible
from calibration.posterior.screening import screened


@dataclass(frozen=True)
class Linear:
    """Statistics that are linear in the normal scores of the places, so that prior and posterior are normal."""

    slopes: np.ndarray  # [statistic, parameter]
    noise: np.ndarray

    def predict(self, x):
        return ndtri(x) @ self.slopes.T, np.zeros((len(x), len(self.slopes)))


SLOPES = np.array([[1.0, 0.0, 0.0], [0.5, 1.0, 0.0], [0.0, -1.0, 0.0]])
LINEAR = Linear(SLOPES, np.full(3, 0.3))
ERROR, OBSERVED = np.array([0.4, 0.4, 0.4]), np.array([0.8, -0.2, 0.5])


def exact():
    """Mean and covariance of the normal scores given the statistics (Bayes, conjugate)."""
    noise = np.diag(LINEAR.noise**2 + ERROR**2)
    covariance = np.linalg.inv(np.eye(3) + SLOPES.T @ np.linalg.inv(noise) @ SLOPES)
    return covariance @ SLOPES.T @ np.linalg.inv(noise) @ OBSERVED, covariance


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_the_posterior_of_a_linear_normal_model_is_found(seed):
    found = posterior(bank(LINEAR, 3, ERROR, seed), OBSERVED)
    scores = ndtri(found.places)
    mean = found.weights @ scores
    covariance = (scores - mean).T @ (found.weights[:, None] * (scores - mean))
    wanted, spread = exact()
    assert mean == pytest.approx(wanted, abs=0.06)
    assert covariance == pytest.approx(spread, abs=0.06)
    assert np.sqrt(np.diag(covariance))[2] == pytest.approx(1.0, abs=0.05)  # no statistic tells of it: it stays


def test_draws_of_equal_weight_have_the_mean_of_the_posterior():
    found = posterior(bank(LINEAR, 3, ERROR, 0), OBSERVED)
    drawn = equally_weighted(found, 199)
    assert drawn.shape == (199, 3)
    assert drawn.mean(axis=0) == pytest.approx(found.weights @ found.places, abs=0.03)
    assert np.array_equal(drawn, equally_weighted(found, 199))


def test_a_point_is_ruled_out_by_its_second_worst_statistic():
    places = np.full((1, 3), 0.5)
    far = implausibility(LINEAR, places, Evidence(np.array([9.0, 1.0, 0.0]), ERROR))
    assert far[0] == pytest.approx([18.0, 2.0, 0.0])
    assert plausible(far).all() and not plausible(far, cut=1.9).any() and not plausible(far, rank=1).any()


def test_where_nothing_is_plausible_there_is_no_posterior():
    impossible = np.array([0.0, 8.0, 8.0])  # the second parameter would have to be high and low at once
    assert not posterior(bank(LINEAR, 3, ERROR, 0), impossible).told


def test_known_truths_are_recovered_as_often_as_intervals_say():
    rng = np.random.default_rng(5)
    places = rng.random((120, 3))
    made = ndtri(places) @ SLOPES.T + 0.3 * rng.standard_normal((120, 3))
    emulator = fit(places, made, ["a", "b", "c"], np.tile([0.0, 1.0], (3, 1)))
    found = recovery.recovered(emulator, places, ERROR, truths=100)
    assert found.lost == 0 and found.ranks.shape == (100, 3)
    assert 0.85 <= found.pooled(0.9) <= 0.95
    low, high = found.band(0.9)
    assert ((found.covered(0.9) >= low) & (found.covered(0.9) <= high)).all()
    assert found.histogram().sum(axis=1).tolist() == [100, 100, 100]
    with pytest.raises(ValueError, match="50"):
        recovery.recovered(emulator, places[:40], ERROR)


def test_a_posterior_that_is_too_sure_is_seen_in_its_coverage():
    ranks = np.clip(np.random.default_rng(0).normal(0.5, 0.6, (200, 2)), 0, 1)  # truths at the ends of the posterior
    found = recovery.Recovery(ranks, 0)
    assert found.pooled(0.9) < found.band(0.9)[0]
    assert (found.flat() < 0.01).all()


def test_the_screening_names_what_moves_the_statistics():
    rng = np.random.default_rng(1)
    x = rng.random((150, 60))
    y = np.column_stack([2 * x[:, 7] - x[:, 3], x[:, 3] + 0.5 * x[:, 40], rng.standard_normal(150)])
    y[:, :2] += 0.1 * rng.standard_normal((150, 2))
    found = screened(x, y, np.array([0.2, 0.2, 0.2]), least=1)
    assert set(found.chosen) == {7, 3, 40}
    assert found.share[0] > found.luck[0]


def test_a_statistic_that_its_error_drowns_names_nothing():
    rng = np.random.default_rng(2)
    x = rng.random((150, 30))
    y = np.column_stack([x[:, 5], x[:, 9]])
    found = screened(x, y, np.array([0.1, 100.0]), least=1)
    assert found.chosen[0] == 5 and 9 not in found.chosen
