"""How sure a number is: what differs between the runs of a study, and the range that may be read from them.

Draws vary what is not known (base data, parameters); seeds vary random numbers alone. A range over draws is
an interval of uncertainty, a range over the seeds of one draw never is. Ranges are order statistics: of n runs the
k-th from either end, k = floor((n + 1) / 10), which holds a new one with probability (n + 1 - 2 k) / (n + 1): 80 % of
9, 19, 39 or 199 runs, up to 89 % of others. Of fewer than nine runs they are the smallest and the largest.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from outputs.words import say

HELD = 0.8  # share of new runs that the range of enough runs holds at least
FEW = 9  # runs below which the range is that of all
INTERVAL, FEW_DRAWS, CHANCE, ALONE, NOTHING = "interval", "few", "chance", "alone", "nothing"


@dataclass(frozen=True)
class Basis:
    """What a range rests on: numbers of runs (or pairs) and of different draws among them."""

    runs: int
    draws: int

    @property
    def kind(self) -> str:
        """An interval over draws, the range of few draws, chance alone, a single run, or nothing."""
        if self.runs < 2:
            return ALONE if self.runs else NOTHING
        if self.draws < 2:
            return CHANCE
        return INTERVAL if self.draws >= FEW else FEW_DRAWS

    @property
    def seeds(self) -> float:
        """Runs a draw, on average."""
        return self.runs / self.draws if self.draws else 0.0


def basis(draws: ArrayLike) -> Basis:
    """What runs with these labels of draws [run] rest on."""
    labels = np.asarray(draws)
    return Basis(len(labels), len(np.unique(labels)))


def rank(runs: int) -> int:
    """Which of the runs, from either end, bounds the range."""
    return max(1, int((1 - HELD) / 2 * (runs + 1) + 1e-9))


def held(runs: int) -> int:
    """The share of new runs that the range of so many runs holds, in whole per cent: what texts call it."""
    return round(100 * (runs + 1 - 2 * rank(runs)) / (runs + 1))


def words_of(rests: Basis, lang: str) -> str:
    """What ranges are that rest on so many runs and draws, as figures and tables call them."""
    return say(f"words_of_ranges_{rests.kind}", lang, n=rests.runs, m=rests.draws, share=held(rests.runs))


def bounds(values: NDArray[np.floating], share: float = HELD) -> tuple[NDArray, NDArray]:
    """Lower and upper end over the first axis [run, ...]; nan of a single run."""
    runs = len(values)
    if runs < 2:
        blank = np.full(values.shape[1:], np.nan)
        return blank, blank.copy()
    place = max(1, int((1 - share) / 2 * (runs + 1) + 1e-9)) if runs >= FEW else 1
    ordered = np.sort(values, axis=0)
    return ordered[place - 1], ordered[runs - place]


def paired(scenario: ArrayLike, reference: ArrayLike, draws: ArrayLike) -> dict[str, float]:
    """Median, range and sign of the paired differences; arrays [pair], with the draw of each pair.

    Only pairs of which both values are known are used: `pairs` counts them, `draws` their draws, `lower` those with a
    difference below zero, `equal` those without one. `mean`, `median`, `low`, `high` are in the unit of the values,
    `*_percent` in % of the reference of the same pair; `above_zero` is a share in which ties count half;
    `between_draws` the share of the variance that lies between draws, nan where a draw has one seed.
    """
    one, other = np.asarray(scenario, dtype=float), np.asarray(reference, dtype=float)
    known = np.isfinite(one) & np.isfinite(other)
    one, other, draws = one[known], other[known], np.asarray(draws)[known]
    apart, number = one - other, len(one)
    with np.errstate(divide="ignore", invalid="ignore"):
        relative = np.where(apart == 0, 0.0, 100 * apart / np.abs(other))
    low, high = bounds(apart)
    low_percent, high_percent = bounds(relative)
    below, equal = int(np.sum(apart < 0)), int(np.sum(apart == 0))

    def middle(values, how=np.median):
        return float(how(values)) if number else np.nan

    return {
        "pairs": number, "draws": len(np.unique(draws)), "lower": below, "equal": equal,
        "reference": middle(other), "value": middle(one), "mean": middle(apart, np.mean), "median": middle(apart),
        "low": float(low), "high": float(high), "above_zero": (number - below - 0.5 * equal) / number
        if number else np.nan, "median_percent": middle(relative), "low_percent": float(low_percent),
        "high_percent": float(high_percent), "between_draws": between_draws(relative, draws),
    }


def between_draws(values: NDArray[np.floating], draws: NDArray) -> float:
    """Share of the variance of values [run] that lies between their draws, the rest being chance (one-way analysis of
    variance, 0 where chance explains all); nan where no draw has two runs, or there is one draw."""
    labels = np.unique(draws)
    groups = [values[draws == label] for label in labels]
    spare = len(values) - len(labels)
    if len(labels) < 2 or spare < 1 or not np.isfinite(values).all():
        return np.nan
    inside = sum(float(((group - group.mean()) ** 2).sum()) for group in groups) / spare
    sizes = np.array([float(len(group)) for group in groups])
    means = np.array([group.mean() for group in groups])
    outside = float((sizes * (means - values.mean()) ** 2).sum()) / (len(labels) - 1)
    total = float(sizes.sum())
    usual = (total - float((sizes**2).sum()) / total) / (len(labels) - 1)
    found = max(0.0, (outside - inside) / usual)
    return float(found / (found + inside)) if found + inside > 0 else np.nan


def least_correlation(draws: int, tried: int, chance: float = 0.05) -> float:
    """The size that none of `tried` rank correlations over `draws` reaches by chance but in `chance` of studies
    (Student's t, Bonferroni's bound; with 19 draws and 300 correlations 8 % of studies reach it instead of 5 %)."""
    if draws < 3:
        return 1.0
    from scipy.special import stdtrit  # here, for a tenth of what a comparison waits for before it begins

    t = float(stdtrit(draws - 2, 1.0 - chance / (2.0 * tried)))
    return t / math.sqrt(draws - 2 + t * t)
