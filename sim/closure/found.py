"""The solution of a draw that follows history: its residuals, their fit, and the values that cannot be met."""

from __future__ import annotations

from typing import NamedTuple

from sim.mechanisms.past import History


class Unmet(NamedTuple):
    """A value that no residual reproduces: output of a branch, million CNY, or urban or rural income per head, CNY."""

    year: int
    county: str
    of: str
    wanted: float
    made: float


class Misfit(NamedTuple):
    """Largest relative deviation of modelled from observed values."""

    output: float
    revenue: float
    people: float
    spending: float = 0.0
    incomes: float = 0.0
    debt: float = 0.0


class Cost(NamedTuple):
    """Approximate cost of solving the residuals of a draw: reference runs, processor seconds."""

    runs: int
    seconds: float


class Followed(NamedTuple):
    """The residuals of a draw, and their fit to history.

    `misfit`: of the mean of the reference runs, for output and incomes that can be met; `unmet`: those that cannot.
    """

    history: History
    misfit: Misfit
    unmet: tuple[Unmet, ...]
