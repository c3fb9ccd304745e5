"""What is believed of each parameter before any of this: a triangular distribution on its declared range.

The central value is the most likely one. A place is the share of the distribution that lies below a value, so places of
a parameter are equally likely between 0 and 1: designs, emulators and posteriors work with places.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from calibration.spread import ranged, triangular, written

Array = NDArray[np.float64]


class Prior(NamedTuple):
    """The distribution of a parameter; `whole`: it takes whole numbers only."""

    name: str
    low: float
    mode: float
    high: float
    whole: bool = False

    @property
    def mean(self) -> float:
        """Expected value."""
        return (self.low + self.mode + self.high) / 3.0

    @property
    def spread(self) -> float:
        """Standard deviation."""
        a, b, c = self.low, self.mode, self.high
        return float(np.sqrt(max(a * a + b * b + c * c - a * b - a * c - b * c, 0.0) / 18.0))

    def values(self, places: Array) -> Array:
        """Values at places between 0 and 1, to six digits."""
        found = triangular(np.asarray(places, dtype=float), self.low, self.mode, self.high)
        return written(found, self.low, self.high, self.whole)

    def places(self, values: Array) -> Array:
        """The share of the distribution below values."""
        x = np.clip(np.asarray(values, dtype=float), self.low, self.high)
        width, left, right = self.high - self.low, self.mode - self.low, self.high - self.mode
        below = (x - self.low) ** 2 / (width * left) if left > 0 else np.zeros_like(x)
        above = 1.0 - (self.high - x) ** 2 / (width * right) if right > 0 else np.ones_like(x)
        return np.where(x < self.mode, below, above)


def priors() -> tuple[Prior, ...]:
    """The priors of all parameters that are one number with a range, in the order of their files."""
    return tuple(Prior(name, float(card.bounds[0]), float(str(card.default)), float(card.bounds[1]),
                       isinstance(card.default, int)) for name, card in ranged().items())


def columns(chosen: Sequence[Prior], places: Array) -> dict[str, list[float]]:
    """Values by name of places [row, prior]; whole numbers as int."""
    found = {}
    for prior, column in zip(chosen, np.asarray(places).T, strict=True):
        values = prior.values(column).tolist()
        found[prior.name] = [int(value) for value in values] if prior.whole else values
    return found
