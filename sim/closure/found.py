"""What is found where a draw is made to follow history: its residuals, how near they come, and what none meets."""

from __future__ import annotations

from typing import NamedTuple

from sim.mechanisms.past import History


class Unmet(NamedTuple):
    """What no residual meets: output of a branch, million CNY, or income per head in towns or villages, CNY."""

    year: int
    county: str
    of: str
    wanted: float
    made: float


class Misfit(NamedTuple):
    """Largest relative distance of what is made from what was observed."""

    output: float
    revenue: float
    people: float
    spending: float = 0.0
    incomes: float = 0.0
    debt: float = 0.0


class Cost(NamedTuple):
    """About what it takes to solve the residuals of a draw: reference runs, seconds of a processor."""

    runs: int
    seconds: float


class Followed(NamedTuple):
    """The residuals of a draw, and how well they follow history.

    `misfit`: of the mean of the reference runs, of output and incomes where they can be met; `unmet`: where not.
    """

    history: History
    misfit: Misfit
    unmet: tuple[Unmet, ...]
