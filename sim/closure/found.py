"""What is found where a draw is made to follow history: its residuals, how near they come, and what none meets."""

from __future__ import annotations

from typing import NamedTuple

from sim.mechanisms.past import History


class Unmet(NamedTuple):
    """A cell that no residual meets."""

    year: int
    county: str
    branch: str
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

    `misfit`: of the mean of the reference runs, of output among the cells that can be met; `unmet`: those that cannot.
    """

    history: History
    misfit: Misfit
    unmet: tuple[Unmet, ...]
