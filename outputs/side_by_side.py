"""Work that is parted among the cores: jobs in copies of this process, their results as they come.

Copies see all that this process has read, so nothing but results travels. Whoever is free takes the next job, copies
from the front, this process from the back: the longest jobs belong at the front, and at the back those that use what
this process makes meanwhile. Where processes cannot begin as copies, or there is one core, it does all of them. A job
leaves no trace but its result.
"""

from __future__ import annotations

import contextlib
import gc
import multiprocessing
import os
import queue
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from multiprocessing.connection import Connection, wait
from typing import Any

from sim.core.parts import usable_cores

Job = Callable[[], Any]
SELDOM = (50_000, 20, 100)  # how rarely garbage is looked for meanwhile


@contextlib.contextmanager
def begun(jobs: Mapping[str, Job], workers: int | None = None) -> Iterator[Crew]:
    """Jobs that copies have begun to do, one copy less than there are `workers` (cores); none is left at the end."""
    usual = gc.get_threshold()
    gc.set_threshold(*SELDOM)  # figures are a million small objects, looked through for garbage again and again
    crew = Crew(jobs, usable_cores() if workers is None else workers)
    try:
        yield crew
    finally:
        crew.end()
        gc.set_threshold(*usual)


class Crew:
    """This process and its copies, who take jobs from one list."""

    def __init__(self, jobs: Mapping[str, Job], workers: int):
        self.jobs, self._names, self._left = jobs, list(jobs), set(jobs)
        self._heard: queue.SimpleQueue = queue.SimpleQueue()
        self._copies: dict[Connection, Any] = {}
        self._tokens = [_token() for _ in jobs]
        copies = min(len(jobs), workers - 1) if sys.platform == "linux" else 0
        for _ in range(copies):
            self._copy()
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()

    def _copy(self) -> None:
        context = multiprocessing.get_context("fork")
        mine, theirs = context.Pipe(duplex=False)
        given = theirs, self._tokens, self.jobs, [*self._copies, mine]
        process = context.Process(target=_do, args=given, daemon=True)
        process.start()
        theirs.close()
        self._copies[mine] = process

    def _listen(self) -> None:
        """Take in what copies send, so that none of them waits until this process has time."""
        doing: dict[Any, str] = {}
        lines = list(self._copies)
        while lines:
            for line in wait(lines):
                assert isinstance(line, Connection)
                try:
                    said = line.recv()
                except (EOFError, OSError):
                    lines.remove(line)
                    self._copies[line].join()
                    if line in doing:
                        self._heard.put((doing[line], None, RuntimeError(
                            f"a process ended before {doing[line]} was made (exit code "
                            f"{self._copies[line].exitcode})")))
                    continue
                if isinstance(said, str):
                    doing[line] = said
                else:
                    del doing[line]
                    self._heard.put(said)

    def so_far(self) -> Iterator[tuple[str, Any]]:
        """What copies have finished since they were last asked."""
        with contextlib.suppress(queue.Empty):
            while True:
                yield self._told(*self._heard.get_nowait())

    def results(self, joins: bool = True) -> Iterator[tuple[str, Any]]:
        """What is finished, in that order, until nothing is left; this process does its share where it `joins`."""
        while self._left:
            yield from self.so_far()
            name = next(self._mine(), None) if joins or not self._copies else None
            if name is not None:
                yield self._told(name, self.jobs[name](), None)
            elif self._left:
                joins = False
                yield self._told(*self._heard.get())

    def _mine(self) -> Iterator[str]:
        """Jobs that nobody has taken, the last one first."""
        return (name for name, token in zip(reversed(self._names), reversed(self._tokens)) if _taken(token))

    def _told(self, name: str, result: Any, raised: Exception | None) -> tuple[str, Any]:
        if raised is not None:
            raise raised
        self._left.discard(name)
        return name, result

    def end(self) -> None:
        """Stop the copies, whatever they do."""
        for process in self._copies.values():
            process.terminate()
            process.join()
        self._listener.join()
        for line in self._copies:
            line.close()
        for token in self._tokens:
            os.close(token)


def _token() -> int:
    """The end of a pipe from which one reader alone gets something."""
    reading, writing = os.pipe()
    os.write(writing, b"1")
    os.close(writing)
    return reading


def _taken(token: int) -> bool:
    """Whether it is this process that takes the job."""
    return bool(os.read(token, 1))


def _do(line: Connection, tokens: Sequence[int], jobs: Mapping[str, Job], others: Sequence[Connection]) -> None:
    """Take jobs, and send what comes of them; whoever asked and has gone is not told."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the first process is asked to stop, and stops its copies
    for other in others:  # while a copy holds these ends, no other one could see that the first process has gone
        other.close()
    try:
        for (name, job), token in zip(jobs.items(), tokens):
            if not _taken(token):
                continue
            line.send(name)
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
