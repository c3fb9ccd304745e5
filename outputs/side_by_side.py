"""Work that is parted among the cores: jobs in copies of this process, their results as they come.

Copies see all that this process has read, so nothing but results travels. Where processes cannot begin as copies, or
there is one core, jobs are done one after the other. A job leaves no trace but its result.
"""

from __future__ import annotations

import multiprocessing
import signal
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from multiprocessing.connection import Connection, wait
from typing import Any

from sim.core.parts import usable_cores

Job = Callable[[], Any]


def results_of(jobs: Mapping[str, Job], workers: int | None = None) -> Iterator[tuple[str, Any]]:
    """(name, result) of every job, in the order in which they are finished; what a job raises is raised here."""
    workers = min(len(jobs), usable_cores() if workers is None else workers)
    if workers < 2 or sys.platform != "linux":
        yield from ((name, job()) for name, job in jobs.items())
        return
    context = multiprocessing.get_context("fork")
    names, crew = list(jobs), {}
    try:
        for first in range(workers):
            mine, theirs = context.Pipe(duplex=False)
            share = [(name, jobs[name]) for name in names[first::workers]]
            process = context.Process(target=_do, args=(theirs, share), daemon=True)
            process.start()
            theirs.close()
            crew[mine] = process, [name for name, _ in share]
        while crew:
            for line in wait(list(crew)):
                yield from _heard(line, crew)
    finally:
        for process, _ in crew.values():
            process.terminate()
            process.join()


def _heard(line: Any, crew: dict) -> Iterator[tuple[str, Any]]:
    """What a copy has to say: a result, what a job raised, or that it has ended."""
    process, left = crew[line]
    try:
        name, result, raised = line.recv()
    except EOFError:
        del crew[line]
        process.join()
        if left:
            raise RuntimeError(f"a process ended before {left[0]} was made (exit code {process.exitcode})") from None
        return
    if raised is not None:
        raise raised
    left.remove(name)
    yield name, result


def _do(line: Connection, jobs: Sequence[tuple[str, Job]]) -> None:
    """Do jobs and send what comes of them; whoever asked and has gone is not told."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the first process is asked to stop, and stops its copies
    try:
        for name, job in jobs:
            said: tuple[str, Any, Exception | None]
            try:
                said = (name, job(), None)
            except Exception as error:
                said = (name, None, error)
            line.send(said)
            if said[2] is not None:
                return
    except OSError:  # nobody listens any more
        return
