"""Estimated cost of a batch that follows history, reported before it starts: draws to solve, runs, minutes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from sim.study.engines import Planned
from sim.study.runnable import Runnable

MOST_LOOKED_AT = 60  # maximum number of draws whose residuals are looked up; more are extrapolated
MOST_SECONDS = 100.0  # above this, times are given in minutes


class Solved(NamedTuple):
    """Solutions needed before runs: their number, reference runs, and processor seconds."""

    times: float
    runs: float
    seconds: float


def sentence(left: Mapping[int, Iterable[Planned]], model: Runnable, weight: int, until: int, workers: int) -> str:
    """A sentence on the number of draws to solve for the remaining blocks, and the approximate total time; empty if
    nothing remains. A draw is solved once in each process that runs it.
    """
    runs = sum(len(list(block)) for block in left.values())
    if not runs:
        return ""
    solved = _solved(left, model, until, workers)
    what = "the residuals of history are kept beside the draws: none are solved"
    if solved.times:
        what = (f"history is solved first, once for each draw and process: {solved.times:,.0f} x "
                f"{solved.runs / solved.times:,.0f} reference runs")
    spent = solved.seconds + runs * model.seconds(weight, until)
    return f"{what}; about {_time(spent / workers)} for {runs:,} runs on {workers} free processors"


def _solved(left: Mapping[int, Iterable[Planned]], model: Runnable, until: int, workers: int) -> Solved:
    blocks: dict[tuple[str, int], set[int]] = {}  # blocks with runs of a scenario and a draw
    one_of: dict[tuple[str, int], Planned] = {}
    for number, block in left.items():
        for run in block:
            which = run.plan.name, int(run.draw["draw"])
            blocks.setdefault(which, set()).add(number)
            one_of.setdefault(which, run)
    shared: dict[str, set[int]] = {}  # blocks that share a solution
    costs: dict[str, tuple[float, float]] = {}
    for which, run in list(one_of.items())[:MOST_LOOKED_AT]:
        found = model.solving(run.plan, model.draw_of(run.draw), until)
        if found is not None:
            name, *costs_of_it = found
            shared[name] = shared.get(name, set()) | blocks[which]
            costs[name] = costs_of_it[0], costs_of_it[1]
    more = max(1.0, len(one_of) / MOST_LOOKED_AT)
    times = {name: more * min(workers, len(there)) for name, there in shared.items()}
    return Solved(sum(times.values()), *(sum(times[name] * cost[part] for name, cost in costs.items())
                                         for part in (0, 1)))


def _time(seconds: float) -> str:
    """A duration in readable form."""
    return f"{max(1.0, seconds):.0f} s" if seconds < MOST_SECONDS else f"{seconds / 60:,.0f} minutes"
