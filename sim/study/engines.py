"""Execution of blocks of runs, in separate processes or on dask.

`carry_out` is the task function of all engines: it runs a block, writes its file and reports; markers are written by
the parent only. An engine takes tasks and yields reports in order of completion. Runs are never executed in the batch's
own process, so that a crash (out of memory, a fault of a library) does not stop the batch.

A block whose process died is rerun one run at a time, each in a fresh process, so that the failing run is identified
and only it is lost. When a batch is interrupted, its workers write their finished runs.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import multiprocessing.connection
import os
import signal
import sys
import threading
import traceback
import types
import warnings
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, NamedTuple, cast

import numpy as np
from numpy.typing import NDArray

from sim.core.declare import Card, Fault, UserError, printable
from sim.core.files import first_line, refusal
from sim.core.toml_file import quoted
from sim.study import container
from sim.study.runnable import Plan, Runnable
from sim.study.store import Folder, Marker, Run, worker_at

LIBRARY_THREADS = (
    "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "BLIS_NUM_THREADS", "VECLIB_MAXIMUM_THREADS",
    "NUMEXPR_NUM_THREADS", "NUMBA_NUM_THREADS",
)
PATIENCE = 10.0  # seconds in which a scheduler answers
STARTED_BY = "fork" if sys.platform == "linux" else "spawn"  # copies of this process, or new ones
STOP = getattr(signal, "SIGUSR1", None)  # asks a worker to write its finished runs and to exit

OnRuns = Callable[[int], object]
"""Called with the number of runs that have ended (negative if some must be rerun)."""


class Planned(NamedTuple):
    """A run to be executed, and its position in its block."""

    place: int
    run: Run
    plan: Plan
    draw: Mapping[str, float]


@dataclass(frozen=True)
class Block:
    """Runs of a block as a task, with their common settings; `kept` are the finished runs of the block."""

    folder: str
    number: int
    runs: tuple[Planned, ...]
    kept: Marker | None
    weight: int
    until: int
    keep: str
    labels: container.Labels
    hashes: Mapping[str, str]
    model: Runnable


@dataclass
class Report:
    """The outcome of a block: the marker of its new file, the failed runs (position -> sentence, cause), or why nothing
    could be written.
    """

    number: int
    marker: Marker | None = None
    failed: dict[int, tuple[str, str]] = field(default_factory=dict)
    unwritten: str = ""
    refused: str = ""


class Stopped(BaseException):
    """A run is aborted because the batch was interrupted."""


class Stop:
    """Whether a worker was asked to stop; a run in progress is aborted at once, a file being written is completed."""

    def __init__(self) -> None:
        self.asked = self._in_a_run = False

    def heard(self, *_: object) -> None:
        """Signal handler."""
        self.asked = True
        if self._in_a_run:
            raise Stopped

    @contextlib.contextmanager
    def breaks_off(self) -> Iterator[None]:
        """Context of a run that may be aborted."""
        self._in_a_run = True
        try:
            yield
        finally:
            self._in_a_run = False


def carry_out(task: Block, on_runs: OnRuns = lambda runs: None, stop: Stop | None = None) -> Report:
    """Run a block and write its file. A failed run is omitted, the others continue.

    It holds a worker's share of the folder lock, so that a new batch waits for the workers of a killed one.
    """
    report = Report(task.number)
    for name, text in task.model.hashes().items():
        if text != task.hashes.get(name):
            report.refused = f"a worker has another {name.replace('_', ' ')} than this batch"
            return report
    with contextlib.ExitStack() as held:
        try:
            held.enter_context(worker_at(Path(task.folder)))
        except OSError as reason:
            report.unwritten = refusal(reason)
            return report
        _run_and_write(task, report, on_runs, stop or Stop())
    return report


def _run_and_write(task: Block, report: Report, on_runs: OnRuns, stop: Stop) -> None:
    """The runs of a block, and its file if any of them has finished."""
    cards = {name: card for name, card in task.model.cards().items() if card.kept(task.keep)}
    finished: dict[int, tuple[Run, Mapping[str, NDArray]]] = {}
    for planned in task.runs:
        if stop.asked:
            break
        try:
            with stop.breaks_off():
                made = task.model.run_arrays(planned.plan, planned.run.seed, task.model.draw_of(planned.draw),
                                             task.weight, task.until, task.keep)
            finished[planned.place] = planned.run, _checked(made, cards, task.labels)
        except Stopped:
            break
        except Exception as reason:  # any exception ends this run only
            report.failed[planned.place] = sentence_of(reason), cause_of(reason)
        on_runs(1)
    if not finished:
        return
    try:
        finished |= _kept(task, cards)
        runs = {place: finished[place][0] for place in sorted(finished)}
        about = {name: [getattr(run, name) for run in runs.values()] for name in container.ABOUT_RUNS}
        arrays = {name: np.stack([finished[place][1][name] for place in runs]) for name in cards}
        content = container.encode(cards, task.labels, about, arrays)
        report.marker = Folder(task.folder).write_container(task.number, runs, content)
    except OSError as reason:
        report.unwritten = refusal(reason)
    except UserError as reason:
        report.unwritten = sentence_of(reason)


def _checked(made: Mapping[str, NDArray], cards: Mapping[str, Card], labels: container.Labels) -> dict[str, NDArray]:
    """The arrays of a run as stored; ValueError if a shape differs from the declaration."""
    sizes = {dim: len(words) for dim, words in labels}
    for name, card in cards.items():
        shape = tuple(sizes[dim] for dim in ("year", *card.dims))
        if made[name].shape != shape:
            raise ValueError(f"{name} has shape {made[name].shape}, declared is {shape}")
    return {name: made[name].astype(card.dtype) for name, card in cards.items()}


def _kept(task: Block, cards: Mapping[str, Card]) -> dict[int, tuple[Run, Mapping[str, NDArray]]]:
    """The previously finished runs of a block, read from its file."""
    if task.kept is None:
        return {}
    arrays = Folder(task.folder).read(task.kept, cards)
    return {place: (task.kept.runs[place], {name: values[row] for name, values in arrays.items()})
            for row, place in enumerate(sorted(task.kept.runs))}


def sentence_of(reason: BaseException) -> str:
    """The error on one line."""
    text = " / ".join(line.strip() for line in str(reason).splitlines() if line.strip())
    kind = "" if isinstance(reason, UserError) else type(reason).__name__
    return printable(": ".join(filter(None, (kind, text[:400]))))


def cause_of(reason: BaseException) -> str:
    """The full traceback, without paths of this machine."""
    text = "".join(traceback.format_exception(reason))
    root = Path(__file__).resolve().parents[2]
    for place, short in ((root, ""), (Path(sys.prefix), "python"), (Path(sys.base_prefix), "python")):
        text = text.replace(f"{place}{os.sep}", f"{short}{os.sep}" if short else "")
    return text


# --- processes


class Processes:
    """Blocks in separate processes.

    Where forking is available, processes are copies of this one after it has prepared the shared parts, and so have the
    kernels and the base population. Otherwise they start afresh, each with one library thread, while this one prepares,
    and get their first block afterwards.
    """

    def __init__(self, workers: int, started_by: str | None = None):
        self.workers, self.started_by = workers, started_by or STARTED_BY
        self.stopping = False
        self._crew: dict[multiprocessing.connection.Connection, _Worker] = {}
        self._left: deque[Block] = deque()
        self._alone: deque[deque[Block]] = deque()  # blocks to be rerun one run at a time

    def close(self) -> None:
        """Nothing to do: no resources are kept between studies."""

    def reports(self, tasks: Sequence[Block], on_runs: OnRuns, prepare: Callable[[], object],
                alone: bool = False) -> Generator[Report, None, None]:
        """Execute all tasks; `alone`: one run at a time, each in a fresh process."""
        if alone:
            self._alone.extend(map(_one_by_one, tasks))
        else:
            self._left.extend(tasks)
        try:
            if self.started_by == "fork":
                prepare()
            for _ in range(min(self.workers, len(tasks))):
                self._hire()
            if self.started_by != "fork":
                prepare()
            with _interrupts(self.stop):
                while self._crew:
                    for line in multiprocessing.connection.wait(list(self._crew)):
                        yield from self._hear(self._crew[cast(Connection, line)], on_runs)
        finally:
            for worker in self._crew.values():
                worker.process.terminate()
            for worker in self._crew.values():
                worker.process.join()
        if self.stopping:
            raise KeyboardInterrupt

    def stop(self) -> None:
        """Stop soon: workers write their finished runs."""
        self.stopping = True
        self._left.clear()
        self._alone.clear()
        for worker in list(self._crew.values()):
            worker.stop()

    def _hire(self) -> None:
        """Start another process if there is work for it: for a single run, or for the remaining blocks."""
        if self.stopping or not (self._alone or self._left):
            return
        alone = self._alone.popleft() if self._alone else None
        like = alone[0] if alone else self._left[0]
        worker = _Worker(like, self._crew, self.started_by, alone)
        self._crew[worker.line] = worker

    def _hear(self, worker: _Worker, on_runs: OnRuns) -> Iterator[Report]:
        """Handle a message of a worker: started, run or block ended, or terminated."""
        try:
            message = worker.line.recv()
        except (EOFError, OSError):
            yield from self._lost(worker, on_runs)
            return
        if isinstance(message, int):
            worker.ran += message
            on_runs(message)
            return
        if worker.alone is None and not self.stopping:
            worker.give(self._left.popleft() if self._left else None)
        elif worker.alone and not isinstance(message, Report) and not self.stopping:
            worker.give(worker.alone.popleft())
        else:
            worker.give(None)
        if isinstance(message, Report) and message.marker is not None:
            worker.kept = message.marker
        if worker.task is None:
            del self._crew[worker.line]
            worker.line.close()
            worker.process.join()
            self._replace(worker)
        if isinstance(message, Report):
            yield message

    def _replace(self, worker: _Worker) -> None:
        """Replace a process that has ended; the new one continues a block that is run one by one."""
        if worker.alone and not self.stopping:
            worker.alone[0] = replace(worker.alone[0], kept=worker.kept)
            self._alone.append(worker.alone)
        self._hire()

    def _lost(self, worker: _Worker, on_runs: OnRuns) -> Iterator[Report]:
        """Handle a dead worker: its block is rerun one by one; if it had a single run, that run has failed."""
        del self._crew[worker.line]
        worker.process.join()
        if self.stopping:
            return
        if not worker.ready:
            raise UserError(Fault("", f"a worker process ended before its first run ({worker.how_it_ended()})",
                                  "is there enough memory? try fewer workers"))
        task = worker.task
        if task is not None and worker.alone is None:
            on_runs(-worker.ran)
            self._alone.append(_one_by_one(task))
        self._replace(worker)
        if task is not None and worker.alone is not None:
            place = task.runs[0].place
            on_runs(1 - worker.ran)
            sentence = f"its process was ended from outside ({worker.how_it_ended()}); was there enough memory?"
            yield Report(task.number, failed={place: (sentence, "")})


def _one_by_one(task: Block) -> deque[Block]:
    """A block as tasks of one run each, each building on the finished runs of the previous one."""
    return deque(replace(task, runs=(planned,)) for planned in task.runs)


class _Worker:
    """A worker process and its connection. `alone`: it executes a single one of the remaining runs."""

    def __init__(self, like: Block, others: Iterable[multiprocessing.connection.Connection], started_by: str,
                 alone: deque[Block] | None):
        context: Any = multiprocessing.get_context(started_by)  # type stubs declare Process only for each context
        self.line, theirs = context.Pipe()
        copied = (self.line, *others) if started_by == "fork" else ()
        self.process = context.Process(target=_work, args=(theirs, like.folder, like.model, copied), daemon=True)
        self.alone, self.ready, self.ran = alone, False, 0
        self.task: Block | None = None
        self.kept: Marker | None = None
        with _as_a_copy() if started_by == "fork" else _anew(), _deaf_to_interrupts():
            self.process.start()
        theirs.close()

    def give(self, task: Block | None) -> None:
        """Send the next block, or None."""
        self.task, self.ready, self.ran = task, True, 0
        if task is not None:
            self.kept = task.kept
            with contextlib.suppress(OSError):  # it has just died, which is noticed at the next poll
                self.line.send(task)

    def stop(self) -> None:
        """Ask it to write its finished runs; without any it simply exits."""
        if self.ready and self.task is not None and STOP is not None:
            with contextlib.suppress(OSError):
                os.kill(self.process.pid, STOP)
        else:
            self.process.terminate()

    def how_it_ended(self) -> str:
        """The signal or exit code."""
        code = self.process.exitcode
        return f"signal {-code}" if code is not None and code < 0 else f"exit code {code}"


def _work(line, folder: str, model: Runnable, copied: Sequence[multiprocessing.connection.Connection]) -> None:
    """Main loop of a worker: receive a block, run it, report, until the connection is closed.

    A fork also inherits the parent's ends of all connections, and closes them.
    """
    stop = Stop()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    if STOP is not None:
        signal.signal(STOP, stop.heard)
    for end in copied:
        end.close()
    threading.Thread(target=_leave_with_parent, daemon=True).start()
    with worker_at(Path(folder)), contextlib.suppress(EOFError, OSError):
        model.cards()  # imports the model before the first block
        line.send("ready")
        while True:
            line.send(carry_out(line.recv(), line.send, stop))


def _leave_with_parent() -> None:
    """Exit at once when the parent has died, as no markers would be written."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


@contextlib.contextmanager
def _interrupts(stop: Callable[[], object]) -> Iterator[None]:
    """The first Ctrl-C requests a stop, the second ends at once. Not installed outside the main thread, or if the
    caller has its own handler.
    """
    if threading.current_thread() is not threading.main_thread() or (
            signal.getsignal(signal.SIGINT) is not signal.default_int_handler):
        yield
        return

    def heard(*_: object) -> None:
        signal.signal(signal.SIGINT, signal.default_int_handler)
        stop()

    signal.signal(signal.SIGINT, heard)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@contextlib.contextmanager
def _as_a_copy() -> Iterator[None]:
    """Suppress Python's warning that a fork of a process with threads may deadlock. Workers acquire none of its locks:
    they compute and write to files and the connection, and the allocator, Python and HDF5 are reinitialised in a fork.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        yield


@contextlib.contextmanager
def _anew() -> Iterator[None]:
    """Processes started here use one thread in every numeric library, and do not import the caller's script.

    Otherwise they would execute it again, and a script without `if __name__ == "__main__":` would start a batch within
    the batch. Workers need nothing from it.
    """
    before = {name: os.environ.get(name) for name in LIBRARY_THREADS}
    main = sys.modules["__main__"]
    os.environ.update(dict.fromkeys(LIBRARY_THREADS, "1"))
    sys.modules["__main__"] = types.ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = main
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


@contextlib.contextmanager
def _deaf_to_interrupts() -> Iterator[None]:
    """Processes started here ignore Ctrl-C, even during start-up; the parent tells them when to stop."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


# --- dask


def _reach(address: str) -> None:
    """Connect to an address and let it go; whatever is wrong with it is raised."""
    import asyncio

    from distributed.comm import connect
    from distributed.security import Security

    async def reach() -> None:
        line = await connect(address, timeout=PATIENCE, **Security().get_connection_args("client"))
        await line.close()

    asyncio.run(reach())


class Dask:
    """Blocks as tasks of a dask scheduler whose workers share the folder.

    dask reassigns the block of a dead worker; if its successors die too, it is run here, one run at a time.
    """

    def __init__(self, address: str):
        """Connect to the scheduler; UserError if there is no answer."""
        try:
            from distributed import Client
        except ImportError:
            raise UserError(Fault("--scheduler", "dask is not installed", "install the extra 'cluster'")) from None
        try:
            if "://" not in address and ":" not in address:
                raise ValueError("an address is HOST:PORT")
            _reach(address)  # a client that fails half made waits for itself when it is let go
            self.client = Client(address, timeout=PATIENCE, set_as_default=False)
        except Exception as reason:  # various exceptions, depending on the transport of the address
            if isinstance(reason, TypeError) and address.startswith(("tls:", "wss:")):
                raise UserError(Fault("--scheduler", f"{quoted(address)} requires TLS keys",
                                      "docs/cluster.md says which variables name them")) from reason
            raise UserError(Fault("--scheduler", f"no scheduler answers at {quoted(address)} ({first_line(reason)})",
                                  "start one, or leave --scheduler out")) from reason

    def close(self) -> None:
        """End the connection."""
        self.client.close()

    def reports(self, tasks: Sequence[Block], on_runs: OnRuns,
                prepare: Callable[[], object]) -> Generator[Report, None, None]:
        """Execute all tasks."""
        from distributed import as_completed

        futures: dict = {}
        try:
            prepare()
            futures = {self.client.submit(carry_out, task, pure=False): task for task in tasks}
            for future in as_completed(futures, loop=self.client.loop):
                task = futures[future]
                if future.exception() is None:
                    on_runs(len(task.runs))
                    yield future.result()
                else:
                    yield from Processes(1, "spawn").reports([task], on_runs, lambda: None, alone=True)
                future.release()
        finally:
            with contextlib.suppress(Exception):
                self.client.cancel(list(futures))
