"""What keeping runs costs: files, seconds to write, to open and to read, beside the seconds of the runs themselves.

A few real runs are replayed, so that a thousand can be kept without being computed: `python -m tests.speed.store 1000`.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
import xarray  # noqa: F401  (its import is not what is measured)

from sim.simulate import HAINAN, Hainan
from sim.study.batch import open_results, run_study, status

RECORDED = 4  # real runs, replayed in turn
HEADLINE = "gdp"
INDICATOR = "theil_gdp_pc"
_tape: list[dict[str, np.ndarray]] = []  # copied into the workers, which start as copies


class Replay(Hainan):
    """The model of Hainan, which has all been played before."""

    def run_arrays(self, plan, seed, draw, weight, until, keep) -> dict[str, np.ndarray]:
        """The arrays of a recorded run."""
        return dict(_tape[seed % len(_tape)])


class Cost(NamedTuple):
    """Seconds of processor time, and what lies on disk."""

    runs: int
    run: float
    write: float
    files: int
    megabytes: float
    one: float
    indicator: float
    everything: float
    status: float
    verify: float

    @property
    def overhead(self) -> float:
        """What keeping a run costs against the run itself, both on one processor."""
        return self.write / self.runs / self.run


def measured(runs: int, weight: int = 100, until: int = 2035, keep: str = "county") -> Cost:
    """Keep so many runs with one worker, then look at them."""
    HAINAN.prepare(weight)
    plan = HAINAN.load_plan("baseline")
    HAINAN.run_arrays(plan, 0, 0, weight, until, keep)  # the base year of a draw is settled once
    start = time.process_time()
    _tape[:] = [HAINAN.run_arrays(plan, seed, 0, weight, until, keep) for seed in range(RECORDED)]
    run = (time.process_time() - start) / RECORDED
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "s"
        model = Replay()
        write = _seconds(lambda: run_study("baseline", seeds=runs, weight=weight, until=until, workers=1, out=folder,
                                           keep=keep, progress=False, model=model))
        files = [path for path in folder.rglob("*") if path.is_file()]
        return Cost(
            runs, run, write, len(files), sum(path.stat().st_size for path in files) / 1e6,
            _seconds(lambda: open_results(folder, variables=[HEADLINE])[HEADLINE].mean().item()),
            _seconds(lambda: open_results(folder, variables=[INDICATOR])[INDICATOR].mean().item()),
            _seconds(lambda: open_results(folder)), _seconds(lambda: status(folder)),
            _seconds(lambda: status(folder, verify=True)))


def _seconds(call: Callable[[], object]) -> float:
    """Seconds of processor time, of this process and of those it has started; a busy machine does not move them."""
    start = sum(os.times()[:4])
    call()
    return sum(os.times()[:4]) - start


def table(cost: Cost) -> str:
    """The costs, a line each."""
    rows = [("runs", f"{cost.runs}"), ("a run alone", f"{cost.run:.3f} s"),
            ("keeping a run (its process, its file, its marker)", f"{cost.write / cost.runs:.4f} s"),
            ("overhead", f"{cost.overhead:.1%}"), ("files", f"{cost.files}"), ("on disk", f"{cost.megabytes:.0f} MB"),
            (f"{HEADLINE} of all runs", f"{cost.one:.2f} s"), (f"{INDICATOR} of all runs", f"{cost.indicator:.2f} s"),
            ("everything with all indicators", f"{cost.everything:.2f} s"), ("status", f"{cost.status:.2f} s"),
            ("status --verify", f"{cost.verify:.2f} s")]
    return "\n".join(f"{name:52s} {value:>10s}" for name, value in rows)


if __name__ == "__main__":
    print(table(measured(int(sys.argv[1]) if len(sys.argv) > 1 else 1000)))
