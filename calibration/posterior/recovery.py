"""Whether the method finds what it should: known truths, and a history that another model made.

Truths are points of the design: the statistics of a point's own runs, with errors of history drawn, stand for a history
that parameters known to us have made, at one weight with the runs that are fitted to it. The emulator is conditioned on
the other points alone (its length scales, and the choice of parameters, have seen all).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binom, chisquare

from calibration.emulator import Emulator
from calibration.posterior.abc import Posterior, bank, posterior
from calibration.posterior.match import CUT

Array = NDArray[np.float64]
TRUTHS, FOLDS, TRIED = 200, 10, 5_000
FEWEST = 50
BINS = 10
BAND = 0.99


class Recovery(NamedTuple):
    """ranks [truth, parameter]: the share of the posterior below the truth; `lost`: truths that were ruled out."""

    ranks: Array
    lost: int

    def covered(self, share: float) -> Array:
        """How often the central interval of a share holds the truth [parameter]."""
        away = np.abs(self.ranks - 0.5) <= share / 2.0
        return away.mean(axis=0)

    def pooled(self, share: float) -> float:
        """The same over all parameters."""
        return float(self.covered(share).mean())

    def band(self, share: float) -> tuple[float, float]:
        """Coverage of one parameter that luck allows in 99 of 100 cases."""
        number = len(self.ranks)
        low, high = binom.interval(BAND, number, share)
        return float(low) / number, float(high) / number

    def histogram(self) -> NDArray[np.int64]:
        """Counts of ranks in tenths [parameter, bin]; flat where the posterior is what it says."""
        return np.stack([np.histogram(column, BINS, (0.0, 1.0))[0] for column in self.ranks.T])

    def flat(self) -> Array:
        """Chance of ranks as uneven as these where they are uniform [parameter]."""
        return np.array([float(chisquare(counts).pvalue) for counts in self.histogram()])


def recovered(emulator: Emulator, places: Array, error: Array, truths: int = TRUTHS, cut: float = CUT,
              seed: int = 0, tried: int = TRIED) -> Recovery:
    """Ranks of known truths [point, parameter] among the posteriors that their own statistics give.

    `places`: of the runs of the emulator, the first ones drawn from the prior. ValueError with fewer than 50 points.
    """
    if len(places) < FEWEST:
        raise ValueError(f"{len(places)} points, at least {FEWEST} known truths are needed")
    rng = np.random.default_rng(seed)
    chosen = np.sort(rng.permutation(len(places))[:truths])
    ranks, lost = np.full((len(chosen), places.shape[1]), np.nan), 0
    for fold in range(FOLDS):
        rows = np.arange(len(chosen))[fold::FOLDS]
        if not len(rows):
            continue
        others = emulator.without(chosen[rows].tolist())
        drawn = bank(others, places.shape[1], error, seed + 1 + fold, tried)
        for row in rows:
            truth = chosen[row]
            observed = emulator.y[truth] + error * rng.standard_normal(len(error))
            found = posterior(drawn, observed, cut)
            if found.told:
                ranks[row] = rank_of(found, places[truth])
            else:
                lost += 1
    return Recovery(ranks[np.isfinite(ranks).all(axis=1)], lost)


def rank_of(found: Posterior, truth: Array) -> Array:
    """The share of the posterior below a truth [parameter]."""
    below = found.places < truth
    share = (found.weights[:, None] * (below + 0.5 * (found.places == truth))).sum(axis=0)
    return np.clip(share, 0.0, 1.0)
