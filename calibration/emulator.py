"""An emulator: a fast approximation of the model, fitted to runs at many parameter values.

Each output has a Gaussian process of its own (Rasmussen and Williams 2006; Kennedy and O'Hagan 2001): a linear mean
whose coefficients have a normal prior, a smooth departure from it (Matern covariance, nu = 5/2, with a length scale for
each parameter), and white noise for the random variation of a run. Parameters are scaled to -1..1 over their prior
ranges, outputs to mean 0 and variance 1. Length scales and variances maximise the marginal likelihood times a weak
prior of the length scales, on at most `FITTED_ON` of the runs; all runs are conditioned on. Without that prior, a
function with very short length scales would fit the random variation of few runs.

Its quality is measured by Q2, the share of an output's variance predicted for runs left out (k-fold). Random variation
of a run cannot be predicted; where it is large, Q2 stays below 1 for any number of runs.
"""

from __future__ import annotations

import io
import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.linalg.lapack import dpotrf, dpotri
from scipy.optimize import minimize
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import ConstantKernel, DotProduct, Matern, WhiteKernel
from threadpoolctl import threadpool_limits

from sim.core.declare import Fault, UserError
from sim.core.files import write_whole

Array = NDArray[np.float64]

FITTED_ON = 240
"""Runs that length scales and variances are fitted to: the cost grows with the cube of their number."""
FOLDS = 5
STEPS, STEPS_AGAIN = 60, 15  # of the search; the second in a fold, which starts from the fit to all runs
STARTS = ((1.0, 0.05), (4.0, 0.5))  # length scales and share of noise to start from
USUAL, WIDTH = math.log(2.0), 1.0
"""Prior of the logarithm of a length scale, normal; a parameter's range has the width 2."""
JITTER = 1e-9  # keeps the covariance invertible for runs with identical parameters and no noise
BOUNDS = {"signal": (1e-4, 1e3), "length": (0.1, 100.0), "linear": (1e-6, 1e2), "noise": (1e-6, 2.0)}
NOT_VARIED = 1e-9  # a spread below this part of its mean is rounding


@dataclass(frozen=True)
class Emulator:
    """Fitted processes, one per output.

    x: parameters of the runs scaled to -1..1 [n, k]; y: outputs of the runs [n, m], in their own units; names: of the
    outputs; low, high: the ranges x was scaled by [k]; theta: logarithms of the fitted variances and length scales
    [m, k + 3]; q2: share of variance predicted for runs left out [m] (1 for an output that never varies).
    """

    x: Array
    y: Array
    names: tuple[str, ...]
    low: Array
    high: Array
    theta: Array
    q2: Array
    _processes: tuple[GaussianProcessRegressor | None, ...] = field(repr=False, compare=False)

    @property
    def noise(self) -> Array:
        """Standard deviation of the random variation of a run [m], in the units of each output."""
        spread = np.array([_scale(column)[1] for column in self.y.T])
        return np.sqrt(np.exp(self.theta[:, -1])) * spread

    def mean(self, x: ArrayLike) -> Array:
        """The expected outputs [p, m] at parameters [p, k], in their own units; faster than `predict`."""
        points = self._scaled(x)
        return np.column_stack([self._one(place, points, False)[0] for place in range(len(self.names))])

    def predict(self, x: ArrayLike) -> tuple[Array, Array]:
        """Expected outputs and the standard deviations of these expectations, both [p, m], excluding random variation.
        """
        points = self._scaled(x)
        found = [self._one(place, points, True) for place in range(len(self.names))]
        return np.column_stack([mean for mean, _ in found]), np.column_stack([sd for _, sd in found])

    def require(self, q2_least: float) -> None:
        """UserError listing outputs with Q2 below `q2_least`."""
        noise = np.exp(self.theta[:, -1])
        faults = [Fault(name, f"the emulator predicts {q2:.2f} of its variance, less than {q2_least:g}",
                        _mend(share, q2_least)) for name, q2, share in zip(self.names, self.q2, noise, strict=True)
                  if not q2 >= q2_least]
        if faults:
            raise UserError(*faults)

    def of(self, names: Sequence[str]) -> Emulator:
        """The processes of selected outputs."""
        at = [self.names.index(name) for name in names]
        return replace(self, y=self.y[:, at], names=tuple(names), theta=self.theta[at], q2=self.q2[at],
                       _processes=tuple(self._processes[place] for place in at))

    def without(self, rows: Sequence[int]) -> Emulator:
        """The same variances and length scales, conditioned on all runs but those of `rows`."""
        kept = np.setdiff1d(np.arange(len(self.x)), rows)
        return replace(self, x=self.x[kept], y=self.y[kept],
                       _processes=_processes(self.x[kept], self.y[kept], self.theta))

    def save(self, path: Path) -> None:
        """Write what the emulator is made of (numbers and names, no code) to a file .npz."""
        content = io.BytesIO()
        np.savez_compressed(content, x=self.x, y=self.y, names=np.array(self.names, dtype=str), low=self.low,
                            high=self.high, theta=self.theta, q2=self.q2)
        write_whole(path, content.getvalue())

    def _scaled(self, x: ArrayLike) -> Array:
        points = np.atleast_2d(np.asarray(x, dtype=float))
        if points.shape[1] != len(self.low) or not np.isfinite(points).all():
            raise ValueError(f"points of {len(self.low)} finite parameters are needed, not {points.shape}")
        return _scaled(points, self.low, self.high)

    def _one(self, place: int, points: Array, with_sd: bool) -> tuple[Array, Array]:
        """Mean and standard deviation of one output at scaled points."""
        centre, spread = _scale(self.y[:, place])
        process = self._processes[place]
        if process is None:
            return np.full(len(points), centre), np.zeros(len(points))
        if not with_sd:
            return centre + spread * process.predict(points), np.zeros(len(points))
        mean, sd = process.predict(points, return_std=True)
        of_mean = np.maximum(sd**2 - np.exp(self.theta[place, -1]), 0.0)  # scikit-learn adds the white noise
        return centre + spread * mean, spread * np.sqrt(of_mean)


def fit(x: ArrayLike, y: ArrayLike, names: Sequence[str], ranges: ArrayLike | None = None, seed: int = 0) -> Emulator:
    """An emulator of outputs y [n, m], called `names`, at parameters x [n, k].

    ranges: lowest and highest value of each parameter [k, 2]; those of x if not said. The same runs and seed give the
    same emulator. UserError where there are fewer runs than parameters and folds ask for, or outputs are not finite.
    """
    x, y = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
    names = tuple(map(str, names))
    if x.ndim != 2 or y.shape != (len(x), len(names)):
        raise ValueError(f"x {x.shape} and y {y.shape} do not fit {len(names)} names")
    _check(x, y, names)
    low, high = (np.column_stack([x.min(axis=0), x.max(axis=0)]) if ranges is None
                 else np.asarray(ranges, dtype=float)).T
    scaled = _scaled(x, low, high)
    order = np.random.default_rng(seed).permutation(len(x))
    starts = [_kernel(x.shape[1], *start).theta for start in STARTS]
    theta, q2 = np.zeros((len(names), x.shape[1] + 3)), np.ones(len(names))
    with threadpool_limits(1):  # for small matrices several threads slow each other down
        for place, column in enumerate(y.T):
            centre, spread = _scale(column)
            if spread == 0:
                theta[place, -1] = -np.inf
                continue
            target = (column - centre) / spread
            rows = order[:FITTED_ON]
            theta[place] = _searched(scaled[rows], target[rows], starts, STEPS)
            q2[place] = _cross_validated(scaled, target, order, theta[place])
        return Emulator(x=scaled, y=y, names=names, low=low, high=high, theta=theta, q2=q2,
                        _processes=_processes(scaled, y, theta))


def load(path: Path) -> Emulator:
    """An emulator from a file that `Emulator.save` wrote."""
    with np.load(path, allow_pickle=False) as stored:
        kept = {name: stored[name] for name in ("x", "y", "low", "high", "theta", "q2")}
        names = tuple(map(str, stored["names"]))
    return Emulator(names=names, **kept, _processes=_processes(kept["x"], kept["y"], kept["theta"]))


def _check(x: Array, y: Array, names: Sequence[str]) -> None:
    least = max(x.shape[1] + 3, 2 * FOLDS)
    faults = [Fault("emulator", f"{len(x)} runs at values of {x.shape[1]} parameters",
                    f"at least {least} runs")] if len(x) < least else []
    faults += [Fault(name, "is not a finite number in every run", "leave it out, or the runs that lack it")
               for name, column in zip(names, y.T, strict=True) if not np.isfinite(column).all()]
    if not np.isfinite(x).all():
        faults.append(Fault("emulator", "a parameter is not a finite number in every run"))
    if faults:
        raise UserError(*faults)


def _mend(noise: float, q2_least: float) -> str:
    """Advice: more averaging if random variation is the limit, otherwise more runs or fewer parameters."""
    if 1.0 - noise < q2_least:
        return f"{noise:.2f} of it is random variation: more seeds a run, or a smaller weight"
    return "more runs, or fewer parameters"


def _scaled(x: Array, low: Array, high: Array) -> Array:
    """Parameters at -1 where lowest, 1 where highest; one that does not vary is 0."""
    width = high - low
    return np.where(width > 0, 2.0 * (x - low) / np.where(width > 0, width, 1.0) - 1.0, 0.0)


def _scale(column: Array) -> tuple[float, float]:
    """Mean and standard deviation of an output; a deviation of nought where it does not vary."""
    centre, spread = float(column.mean()), float(column.std())
    return centre, spread if spread > NOT_VARIED * abs(centre) else 0.0


def _kernel(parameters: int, length: float = 1.0, noise: float = 0.1):
    return (ConstantKernel(0.5, BOUNDS["signal"]) * Matern(np.full(parameters, length), BOUNDS["length"], nu=2.5)
            + ConstantKernel(0.5, BOUNDS["linear"]) * DotProduct(1.0, "fixed") + WhiteKernel(noise, BOUNDS["noise"]))


def _of(theta: Array):
    """The covariance with given logarithms of its variances and length scales."""
    return _kernel(len(theta) - 3).clone_with_theta(theta)


def _searched(x: Array, target: Array, starts: Sequence[Array], steps: int) -> Array:
    """Variances and length scales that some runs make most likely, the best of several starts."""
    squares = np.stack([(column[:, None] - column) ** 2 for column in x.T]).reshape(x.shape[1], -1)
    bounds = _kernel(x.shape[1]).bounds
    found = [minimize(_loss, start, (squares, 1.0 + x @ x.T, target), jac=True, method="L-BFGS-B", bounds=bounds,
                      options={"maxiter": steps}) for start in starts]
    return np.array(min(found, key=lambda one: one.fun).x)


def _loss(theta: Array, squares: Array, products: Array, target: Array) -> tuple[float, Array]:
    """Minus the logarithm of likelihood times prior, and its slope."""
    value, slope = _unlikely(theta, squares, products, target)
    off = (theta[1:-2] - USUAL) / WIDTH
    return value + 0.5 * float(off @ off), slope + np.concatenate([[0.0], off / WIDTH, [0.0, 0.0]])


def _unlikely(theta: Array, squares: Array, products: Array, target: Array) -> tuple[float, Array]:
    """Minus the logarithm of the marginal likelihood, and its slope (Rasmussen and Williams 2006, 5.8-5.9).

    The slope of scikit-learn builds an array [n, n, k] and takes some twenty times as long. squares: of the differences
    of each parameter [k, n * n]; products: 1 + x x' [n, n].
    """
    signal, lengths, linear, noise = np.exp(theta[0]), np.exp(theta[1:-2]), np.exp(theta[-2]), np.exp(theta[-1])
    n = len(target)
    near = np.sqrt(5.0 * (lengths**-2 @ squares)).reshape(n, n)
    decay = signal * np.exp(-near)
    smooth = (1.0 + near + near**2 / 3.0) * decay
    factor, info = dpotrf(smooth + linear * products + (noise + JITTER) * np.eye(n), lower=1, clean=1)
    if info:
        return 1e25, np.zeros_like(theta)
    inverse = dpotri(factor, lower=1)[0]
    inverse = np.tril(inverse) + np.tril(inverse, -1).T
    weights = inverse @ target
    pull = np.outer(weights, weights) - inverse
    slope = np.concatenate([[np.sum(pull * smooth)],
                            (5.0 / 3.0) * (squares @ (pull * decay * (1.0 + near)).ravel()) * lengths**-2,
                            [linear * np.sum(pull * products)], [noise * np.trace(pull)]])
    value = 0.5 * target @ weights + np.log(np.diag(factor)).sum() + 0.5 * n * np.log(2.0 * np.pi)
    return float(value), -0.5 * slope


def _cross_validated(x: Array, target: Array, order: NDArray[np.intp], theta: Array) -> float:
    """Q2: in each fold variances and length scales are fitted again, without the runs left out."""
    missed = np.zeros(len(x))
    for fold in range(FOLDS):
        out = order[fold::FOLDS]
        kept = np.delete(order, np.s_[fold::FOLDS])
        rows = kept[:FITTED_ON]
        own = _searched(x[rows], target[rows], [theta], STEPS_AGAIN)
        process = GaussianProcessRegressor(_of(own), alpha=JITTER, optimizer=None).fit(x[kept], target[kept])
        missed[out] = target[out] - process.predict(x[out])
    return float(1.0 - np.sum(missed**2) / np.sum((target - target.mean())**2))


def _processes(x: Array, y: Array, theta: Array) -> tuple[GaussianProcessRegressor | None, ...]:
    """A process for each output, conditioned on all runs; None for an output that never varies."""
    made: list[GaussianProcessRegressor | None] = []
    for column, own in zip(y.T, theta, strict=True):
        centre, spread = _scale(column)
        made.append(None if spread == 0 else GaussianProcessRegressor(_of(own), alpha=JITTER, optimizer=None)
                    .fit(x, (column - centre) / spread))
    return tuple(made)
