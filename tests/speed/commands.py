"""Whole commands, as a user starts them: seconds of processor time from a warm cache, files written included.

With another checkout beside this one, such as `git worktree add ../before COMMIT`, both are measured in turn, so that a
machine busy with other work is busy for both. Each uses its own cache folder and this Python.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]
SCENARIOS = ("no_policy", "baseline", "full")


class Command(NamedTuple):
    """A command: what it is, and its words; `{out}` is a folder that is new each time, `{study}` a finished study."""

    says: str
    words: tuple[str, ...]


class Times(NamedTuple):
    """Seconds of processor time of each turn, of this code and of the other (none where there is no other)."""

    ours: list[float]
    others: list[float]

    @property
    def ratio(self) -> float:
        """Ours against the other's, medians; nan where there is no other."""
        return median(self.ours) / median(self.others) if self.others else float("nan")


def commands(seeds: int) -> tuple[Command, ...]:
    """The commands that are measured; the study holds so many runs of three scenarios."""
    runs = f"{len(SCENARIOS)} x {seeds} runs"
    return (
        Command("`run --help`", ("run", "--help")),
        Command("`run baseline`, history followed", ("run", "baseline", "--out", "{out}/run.nc")),
        Command("`run baseline --central`", ("run", "baseline", "--central", "--out", "{out}/run.nc")),
        Command(f"`compare`, {runs}", ("compare", "{study}", "--out", "{out}")),
    )


def measured(turns: int = 5, seeds: int = 20, weight: int = 1000, other: Path | None = None) -> dict[str, Times]:
    """Seconds of every command by what it is; the first turn of each fills the caches and is not counted."""
    houses = [ROOT, *([Path(other).resolve()] if other else [])]
    found: dict[str, Times] = {}
    with tempfile.TemporaryDirectory() as folder:
        studies = [Path(folder) / f"study{place}" for place in range(len(houses))]
        for house, study in zip(houses, studies, strict=True):
            _carried_out(house, ["batch", *SCENARIOS, "--seeds", str(seeds), "--weight", str(weight), "--out", study])
        for command in commands(seeds):
            times: list[list[float]] = [[] for _ in houses]
            for turn in range(turns + 1):
                for place, house in enumerate(houses):
                    with tempfile.TemporaryDirectory(dir=folder) as out:
                        words = [word.format(out=out, study=studies[place]) for word in command.words]
                        seconds = _carried_out(house, words)
                    if turn:
                        times[place].append(seconds)
            found[command.says] = Times(times[0], times[1] if other else [])
    return found


def _carried_out(house: Path, words: list) -> float:
    """Seconds of processor time of a command of a checkout, and of the processes it starts."""
    import resource  # there is none on Windows, where the page is not written

    drop = ("HAINAN_CACHE", "PYTHONDONTWRITEBYTECODE", "PYTHONPATH")
    environment = {name: value for name, value in os.environ.items() if name not in drop}
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run([sys.executable, "-m", "hainan2035", *map(str, words)], cwd=house, env=environment,
                          stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"{' '.join(map(str, words))}: {done.stderr[-2000:]}")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def lines(found: dict[str, Times]) -> list[str]:
    """The section of docs/speed.md."""
    with_other = any(times.others for times in found.values())
    more = ["before: median", "least", "now / before, medians"] if with_other else []
    rows = [["command", "median", "least", *more], ["---"] * (3 + len(more))]
    for says, times in found.items():
        others = [f"{median(times.others):.2f}", f"{min(times.others):.2f}", f"{times.ratio:.2f}"] if with_other else []
        rows.append([says, f"{median(times.ours):.2f}", f"{min(times.ours):.2f}", *others])
    return ["## Whole commands, seconds of processor time from a warm cache", "",
            *("| " + " | ".join(row) + " |" for row in rows)]


if __name__ == "__main__":
    print("\n".join(lines(measured(other=Path(sys.argv[1]) if len(sys.argv) > 1 else None))))
