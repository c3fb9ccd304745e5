"""Where blocks of runs are carried out: here, or in processes beside this one.

`carry_out` is the one task function of all engines: it runs a block, writes its chunks and reports; it never writes a
marker, which is the parent's. An engine takes tasks and yields reports in the order in which they end.
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
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from sim.core.dataset import refusal
from sim.core.declare import Fault, UserError, printable
from sim.study.runnable import Runnable
from sim.study.store import Folder, missing_value, shape_of, worker_at

LIBRARY_THREADS = (
    "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "BLIS_NUM_THREADS", "VECLIB_MAXIMUM_THREADS",
    "NUMEXPR_NUM_THREADS", "NUMBA_NUM_THREADS",
)
STARTED_BY = "fork" if sys.platform == "linux" else "spawn"  # how processes begin: as copies of this one, or anew


@dataclass(frozen=True)
class Block:
    """A block of runs as a task: (plan, row of draws, seed) for each row, and what all have in common."""

    folder: str
    number: int
    rows: int
    runs: tuple[tuple[object, Mapping, int], ...]
    weight: int
    until: int
    keep: str
    sizes: Mapping[str, int]
    hashes: Mapping[str, str]
    model: Runnable


@dataclass
class Report:
    """What came of a block: the runs that failed (place -> sentence, cause), or why nothing could be written."""

    number: int
    failed: dict[int, tuple[str, str]] = field(default_factory=dict)
    unwritten: str = ""
    refused: str = ""
    arrays: int = 0


def carry_out(task: Block, on_run: Callable[[], object] = lambda: None) -> Report:
    """Run a block and write its chunks. A run that fails leaves its row empty, the others go on.

    Wherever it runs, it holds a worker's share of the folder: a new batch waits for what a killed one left at work.
    """
    report = Report(task.number)
    for name, text in task.model.hashes().items():
        if text != task.hashes[name]:
            report.refused = f"a worker has another {name.replace('_', ' ')} than this batch"
            return report
    with contextlib.ExitStack() as held:
        try:
            held.enter_context(worker_at(Path(task.folder)))
        except OSError as reason:
            report.unwritten = refusal(reason)
            return report
        _run_and_write(task, report, on_run)
    return report


def _run_and_write(task: Block, report: Report, on_run: Callable[[], object]) -> None:
    """The runs of a block, and its chunks unless all have failed."""
    kept = {name: card for name, card in task.model.cards().items() if card.kept(task.keep)}
    arrays = {name: np.full((task.rows, *shape_of(card, task.sizes)), missing_value(card.dtype), dtype=card.dtype)
              for name, card in kept.items()}
    for place, (plan, row, seed) in enumerate(task.runs):
        try:
            made = task.model.run_arrays(plan, seed, task.model.draw_of(row), task.weight, task.until, task.keep)
            for name, array in arrays.items():
                if made[name].shape != array.shape[1:]:
                    raise ValueError(f"{name} has shape {made[name].shape}, declared is {array.shape[1:]}")
            for name, array in arrays.items():
                array[place] = made[name]
        except Exception as reason:  # whatever ends a run ends this run alone
            report.failed[place] = sentence_of(reason), cause_of(reason)
        on_run()
    if len(report.failed) < len(task.runs):
        try:
            Folder(task.folder).write_block(task.number, arrays)
            report.arrays = len(arrays)
        except OSError as reason:
            report.unwritten = refusal(reason)


def sentence_of(reason: BaseException) -> str:
    """What went wrong, on one line."""
    text = " / ".join(line.strip() for line in str(reason).splitlines() if line.strip())
    kind = "" if isinstance(reason, UserError) else type(reason).__name__
    return printable(": ".join(filter(None, (kind, text[:400]))))


def cause_of(reason: BaseException) -> str:
    """The whole cause, without the places where this machine keeps its files."""
    text = "".join(traceback.format_exception(reason))
    root = Path(__file__).resolve().parents[2]
    for place, short in ((root, ""), (Path(sys.prefix), "python"), (Path(sys.base_prefix), "python")):
        text = text.replace(f"{place}{os.sep}", f"{short}{os.sep}" if short else "")
    return text


# --- here


def in_this_process(tasks: Sequence[Block], on_run: Callable[[], object],
                    prepare: Callable[[], object]) -> Iterator[Report]:
    """One block after the other, without other processes."""
    prepare()
    for task in tasks:
        yield carry_out(task, on_run)


# --- processes


def in_processes(tasks: Sequence[Block], workers: int, on_run: Callable[[], object],
                 prepare: Callable[[], object]) -> Iterator[Report]:
    """Blocks in processes of their own. A process that dies fails its block, not the batch.

    Where processes can be copied they are copies of this one after it has prepared what all share: they have the
    kernels and the base population already. Elsewhere they start anew, each with one library thread, while this one
    prepares, and get their first block when that is done.
    """
    left = list(reversed(tasks))
    crew: dict[multiprocessing.connection.Connection, _Worker] = {}
    try:
        if STARTED_BY == "fork":
            prepare()
        for _ in range(min(workers, len(tasks))):
            worker = _Worker(tasks[0], crew)
            crew[worker.line] = worker
        if STARTED_BY != "fork":
            prepare()
        while crew:
            for line in multiprocessing.connection.wait(list(crew)):
                worker = crew[line]
                try:
                    said = line.recv()
                except (EOFError, OSError):
                    del crew[line]
                    report = worker.died()
                    if left:
                        another = _Worker(tasks[0], crew)
                        crew[another.line] = another
                    if worker.task:
                        yield report
                    continue
                if said == "ran":
                    on_run()
                    continue
                worker.ready = True
                task, worker.task = worker.task, None
                if left:
                    worker.give(left.pop())
                else:
                    line.close()
                    del crew[line]
                    worker.process.join()
                if task is not None:
                    yield said
    finally:
        for worker in crew.values():
            worker.process.terminate()
        for worker in crew.values():
            worker.process.join()


class _Worker:
    """A process that carries out blocks, and the line to it."""

    def __init__(self, like: Block, others: Iterable[multiprocessing.connection.Connection]):
        context = multiprocessing.get_context(STARTED_BY)
        self.line, theirs = context.Pipe()
        copied = (self.line, *others) if STARTED_BY == "fork" else ()
        self.process = context.Process(target=_work, args=(theirs, like.folder, like.model, copied), daemon=True)
        self.task: Block | None = None
        self.ready = False
        with _as_a_copy() if STARTED_BY == "fork" else _anew(), _deaf_to_interrupts():
            self.process.start()
        theirs.close()

    def give(self, task: Block) -> None:
        self.task = task
        with contextlib.suppress(OSError):  # it has just died: its line says so at the next look
            self.line.send(task)

    def died(self) -> Report:
        """The report of a block whose worker is gone."""
        self.process.join()
        code = self.process.exitcode
        how = f"signal {-code}" if code is not None and code < 0 else f"exit code {code}"
        if not self.ready:
            raise UserError(Fault("", f"a worker process ended before it began ({how})",
                                  "run with --workers 1 to see why"))
        sentence = f"the worker process was ended from outside ({how}); was there enough memory?"
        runs = range(len(self.task.runs)) if self.task else ()
        return Report(self.task.number if self.task else -1, {place: (sentence, "") for place in runs})


def _work(line, folder: str, model: Runnable, copied: Sequence[multiprocessing.connection.Connection]) -> None:
    """A worker's life: take a block, carry it out, report, until the line is closed.

    A copy of the parent has the parent's ends of all lines too, and lets go of them.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    for end in copied:
        end.close()
    threading.Thread(target=_leave_with_parent, daemon=True).start()
    with worker_at(Path(folder)), contextlib.suppress(EOFError, OSError):
        model.cards()  # brings in the model, before the first block asks for it
        line.send("ready")
        while True:
            line.send(carry_out(line.recv(), lambda: line.send("ran")))


def _leave_with_parent() -> None:
    """End at once when the parent has died: nobody would mark what is written now."""
    multiprocessing.parent_process().join()
    os._exit(1)


@contextlib.contextmanager
def _as_a_copy() -> Iterator[None]:
    """Python warns that a copy of a process with threads may wait for a lock that one of them held. Ours asks for none:
    it computes, writes files and its line, and what it calls (the allocator, Python, zarr) begins anew in a copy."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        yield


@contextlib.contextmanager
def _anew() -> Iterator[None]:
    """Processes started here have one thread in every numeric library, and do not import the caller's script.

    They would run it anew, and one without `if __name__ == "__main__":` would start a batch within the batch. Our
    workers need nothing from it.
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
    """Processes started here do not hear Ctrl-C, not even while they start; the parent tells them when to end."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
