"""History matching: parameters that no plausible error makes agree with history are ruled out (Vernon et al. 2010)."""

from __future__ import annotations

from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
CUT = 3.0
RANK = 2  # the second largest: one statistic with an emulator that errs rules nothing out


class Surrogate(Protocol):
    """A fast stand-in for the runs: statistics expected at places of the parameters."""

    @property
    def noise(self) -> Array:
        """Standard deviation of a statistic that the places do not tell [statistic]."""
        ...

    def predict(self, x: Array) -> tuple[Array, Array]:
        """Expected statistics at places [point, parameter], and how far off they may be, both [point, statistic]."""
        ...


class Evidence(NamedTuple):
    """What history says: `observed` statistics and the standard deviation of their `error`, both [statistic]."""

    observed: Array
    error: Array


def implausibility(surrogate: Surrogate, places: Array, evidence: Evidence) -> Array:
    """Distance from history in standard deviations of all that could explain it [point, statistic]."""
    mean, sd = surrogate.predict(places)
    return np.abs(mean - evidence.observed) / np.sqrt(sd**2 + surrogate.noise**2 + evidence.error**2)


def plausible(far: Array, cut: float = CUT, rank: int = RANK) -> NDArray[np.bool_]:
    """Points [point] whose implausibility of rank `rank` (2: the second largest) is within the cut."""
    rank = min(rank, far.shape[1])
    return np.sort(far, axis=1)[:, -rank] <= cut
