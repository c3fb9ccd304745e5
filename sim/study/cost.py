"""What a batch that follows history costs, said before it starts: draws that are solved first, runs, minutes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from sim.study.engines import Planned
from sim.study.runnable import Runnable

MOST_LOOKED_AT = 60  # draws of scenarios whose residuals are looked for; of more the first ones tell
MOST_SECONDS = 100.0  # above, times are told in minutes


class Solved(NamedTuple):
    """What is solved before runs: how many times, by how many reference runs, in how many seconds of a processor."""

    times: float
    runs: float
    seconds: float


def sentence(left: Mapping[int, Iterable[Planned]], model: Runnable, weight: int, until: int, workers: int) -> str:
    """How many draws of the blocks that are left are solved first, and about how long all takes; empty where nothing
    is left. A draw is solved once in each process that runs it."""
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
    blocks: dict[tuple[str, int], set[int]] = {}  # in which runs of a scenario and a draw stand
    one_of: dict[tuple[str, int], Planned] = {}
    for number, block in left.items():
        for run in block:
            which = run.plan.name, int(run.draw["draw"])
            blocks.setdefault(which, set()).add(number)
            one_of.setdefault(which, run)
    shared: dict[str, set[int]] = {}  # blocks of what is solved as one
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
    """A time, for a person."""
    return f"{max(1.0, seconds):.0f} s" if seconds < MOST_SECONDS else f"{seconds / 60:,.0f} minutes"
