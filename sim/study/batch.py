"""Many runs: a study is scenarios x draws x seeds, carried out in processes or on dask, in one folder on disk.

Run again, a batch goes on where it was: what is to be done is what the study names less what is marked as finished. The
folder alone is enough to open the results (`open_results`), to see how far they are (`status`), and to run a sample of
them again and compare bytes (`reproduce`). The results are the same bytes for any number of workers and any engine.
"""

from __future__ import annotations

import contextlib
import functools
import itertools
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from sim.core.dataset import FORMAT, names_its_dimension, writing
from sim.core.declare import Card, Fault, UserError, printable
from sim.core.parts import usable_cores
from sim.simulate import HAINAN
from sim.study.engines import Block, Report, carry_out, in_processes, in_this_process
from sim.study.request import Request, resolve
from sim.study.results import open_results, reproduce, status
from sim.study.runnable import Plan, Runnable
from sim.study.store import RESUME, Folder, Run, block_rows, digest, shape_of

__all__ = ["Interrupted", "Outcome", "open_results", "reproduce", "run_batch", "run_study", "status"]


class Interrupted(KeyboardInterrupt):
    """A batch was stopped; what is finished is kept, and the same command goes on from there."""


@dataclass
class Outcome:
    """What came of a batch: its folder, how many runs it names, had already, did now; and which failed, with why."""

    folder: Path
    named: int
    before: int
    size: int
    done: int = 0
    failed: dict[Run, str] = field(default_factory=dict)
    lines: list[str] = field(default_factory=list)

    @property
    def code(self) -> int:
        """The exit code: 0 good, 1 some runs failed."""
        return 1 if self.failed else 0


def run_batch(scenarios, seeds=None, draws=None, weight: int | None = None, until: int | None = None,
              workers: int | None = None, out: str | Path | None = None, progress: bool = True,
              keep: str | None = None, scheduler: str | None = None):
    """Run a study and open its results; the parameters are those of `run_study`."""
    outcome = run_study(scenarios, seeds, draws, weight, until, workers, out, progress, keep, scheduler)
    return open_results(outcome.folder)


def run_study(scenarios, seeds=None, draws=None, weight: int | None = None, until: int | None = None,
              workers: int | None = None, out: str | Path | None = None, progress: bool = True,
              keep: str | None = None, scheduler: str | None = None, dry_run: bool = False,
              model: Runnable = HAINAN) -> Outcome:
    """Run a study, or what is left of it, into its folder.

    `scenarios`: a study (file or object), or scenarios (names, files, objects). What is not said is taken from the
    study, else: 5 seeds, draw 0, weight 100, until 2035, keep "county". `seeds`: a number or a list; `draws`: 0 for the
    central values, a number N for draws 1..N, a table of rows or a CSV file. `dry_run` writes nothing and says what
    would be run. `model` is what is run.
    """
    request = resolve(scenarios, model, seeds=seeds, draws=draws, weight=weight, until=until, keep=keep)
    batch = _Batch(request, Folder(out if out is not None else Path("runs") / request.name), model)
    workers = _workers(workers)
    if dry_run:
        batch.lay_out()
        batch.describe()
        return batch.outcome
    announce = _announce if progress else _silent
    with batch.folder.held(announce):
        batch.lay_out()
        batch.describe(announce)
        with writing(batch.folder.path, RESUME):
            batch.write_down()
        if batch.blocks:
            batch.carry_out(_engine(scheduler, workers, len(batch.blocks)), progress)
    return batch.outcome


def _announce(sentence: str) -> None:
    print(printable(sentence), file=sys.stderr, flush=True)


def _silent(sentence: str) -> None:
    pass


class _Batch:
    """What a study and its folder leave to do, and doing it."""

    def __init__(self, request: Request, folder: Folder, model: Runnable):
        self.request, self.folder, self.model = request, folder, model
        self.hashes = model.hashes()
        self.labels = model.coordinates(request.until)
        self.sizes = {name: len(labels) for name, labels in self.labels.items() if not names_its_dimension(labels)}
        self.cards: dict[str, Card] = {n: c for n, c in model.cards().items() if c.kept(request.keep)}
        self.block = block_rows(request.weight)
        self.wanted = list(self._wanted())
        self.rows: dict[int, Run] = {}
        self.blocks: list[tuple[int, list[int]]] = []

    def _wanted(self) -> Iterator[tuple[Run, Plan, Mapping]]:
        """All runs of the study, draw by draw: the constants of a base year serve all runs of their draw."""
        request = self.request
        for row, plan, seed in itertools.product(request.draws, request.plans, request.seeds):
            key = digest([plan.name, plan.hash, row, seed, request.weight, request.until, self.hashes["data_hash"],
                          self.hashes["code_hash"]])
            yield Run(plan.name, row["draw"], seed, key), plan, row

    def lay_out(self) -> None:
        """Give every run a row: its own where it is finished, else one of the first free blocks."""
        folder, finished, done = self.folder, set(), {}
        if folder.exists:
            self._refuse_another_shape(folder.manifest())
            finished, done = folder.finished_blocks(), folder.done()
        left = []
        for place, (run, _, _) in enumerate(self.wanted):
            if run.key in done:
                self.rows[done[run.key]] = run
            else:
                left.append(place)
        free = (number for number in itertools.count() if number not in finished)
        for start in range(0, len(left), self.block):
            number, places = next(free), left[start:start + self.block]
            self.blocks.append((number, places))
            self.rows.update({number * self.block + i: self.wanted[place][0] for i, place in enumerate(places)})
        size = sum(np.dtype(c.dtype).itemsize * int(np.prod(shape_of(c, self.sizes))) for c in self.cards.values())
        self.outcome = Outcome(folder.path, len(self.wanted), len(self.wanted) - len(left), size * len(self.wanted))
        self.unused = len(done) - self.outcome.before

    def _refuse_another_shape(self, manifest: Mapping) -> None:
        """Runs of one folder have one weight, one horizon and one level of detail."""
        request = self.request
        asked = {"weight": request.weight, "until": request.until, "keep": request.keep}
        faults = [Fault(str(self.folder.path), f"holds runs with {name} = {manifest.get(name)}, not {value}",
                        "choose another folder with --out")
                  for name, value in asked.items() if manifest.get(name) != value]
        if faults:
            raise UserError(*faults)

    def describe(self, announce: Callable[[str], object] = _silent) -> None:
        """Say how much there is to do and how large it will be, and keep that for the log."""
        request, outcome = self.request, self.outcome
        lines = [
            f"{request.name}: {outcome.named} runs ({len(request.plans)} scenarios x {len(request.draws)} draws x "
            f"{len(request.seeds)} seeds, weight {request.weight}, to {request.until}), {outcome.before} done, "
            f"{outcome.named - outcome.before} to do",
            f"about {_size(outcome.size)} of results before compression (keep = {request.keep})",
        ]
        if self.unused:
            lines.append(f"{self.unused} finished runs there are not named by this study, or come from other "
                         "scenarios, code or data: they stay, unused")
        outcome.lines += lines
        for line in lines:
            announce(line)

    def write_down(self) -> None:
        """Bring the folder to what is to be run, before the first run."""
        request, folder = self.request, self.folder
        plans = {p.name: {"hash": p.hash, "title": getattr(p, "title", ""), "title_zh": getattr(p, "title_zh", "")}
                 for p in request.plans}
        manifest = {
            "format": FORMAT, "study": request.name, "title": request.title, "title_zh": request.title_zh,
            "reference": request.reference, "weight": request.weight, "until": request.until, "keep": request.keep,
            "block": self.block, "seeds": list(request.seeds), "draws": [row["draw"] for row in request.draws],
            "scenarios": plans, "variables": sorted(self.cards), **request.extras, **self.hashes,
        }
        texts = {plan.name: plan.to_toml() for plan in request.plans}
        rows = max([folder.rows(), *(self.block * (number + 1) for number, _ in self.blocks)])
        folder.write_tables(self.rows, request.draws, texts, request.to_toml(), manifest)
        labels = {name: self.labels[name] for name in ("year", "county")}
        folder.create_arrays(self.cards, self.sizes, rows, self.block, labels)
        for run in (self.wanted[place][0] for _, places in self.blocks for place in places):
            folder.forget_failure(run)
        folder.log(*self.outcome.lines)

    def carry_out(self, engine: Callable[..., Iterator[Report]], progress: bool) -> None:
        """Run the blocks, mark each when it is written."""
        from tqdm import tqdm

        places, tasks = dict(self.blocks), [self._task(*block) for block in self.blocks]
        bar = tqdm(total=sum(map(len, places.values())), unit="run", file=sys.stderr, disable=not progress)
        try:
            with bar, contextlib.closing(engine(tasks, on_run=bar.update, prepare=self._prepare)) as reports:
                for report in reports:
                    self._record(report, [self.wanted[place][0] for place in places[report.number]], bar.write)
        except KeyboardInterrupt:
            outcome = self.outcome
            sentence = (f"interrupted: {outcome.before + outcome.done} of {outcome.named} runs are finished and kept; "
                        "run the same command again to go on")
            with contextlib.suppress(OSError):
                self.folder.log(sentence)
            raise Interrupted(sentence) from None
        with writing(self.folder.path, RESUME):
            self.folder.log(f"{self.outcome.done} done, {len(self.outcome.failed)} failed")

    def _prepare(self) -> None:
        """Make what all runs share; what fails here fails in the runs too, and they keep the cause."""
        with contextlib.suppress(Exception):
            self.model.prepare(self.request.weight)

    def _task(self, number: int, places: Sequence[int]) -> Block:
        runs = tuple((plan, row, run.seed) for run, plan, row in (self.wanted[place] for place in places))
        request = self.request
        return Block(str(self.folder.path.absolute()), number, self.block, runs, request.weight, request.until,
                     request.keep, self.sizes, self.hashes, self.model)

    def _record(self, report: Report, runs: Sequence[Run], write: Callable[..., object]) -> None:
        """Mark a block, keep the causes of its failed runs; stop where nothing can be written."""
        folder = self.folder
        if report.refused:
            raise UserError(Fault(str(folder.path), report.refused, "bring all machines to the same sources and lock"))
        if report.unwritten:
            raise UserError(Fault(str(folder.path), report.unwritten, f"make room, {RESUME}"))
        with writing(folder.path, f"make room, {RESUME}"):
            for place, (sentence, cause) in report.failed.items():
                run = runs[place]
                self.outcome.failed[run] = sentence
                folder.fail(run, sentence, cause)
                folder.log(f"failed: {run}: {sentence}")
                write(printable(f"failed: {run}: {sentence}"), file=sys.stderr)
            keys = [None if place in report.failed else run.key for place, run in enumerate(runs)]
            if any(keys):
                folder.mark(report.number, [*keys, *[None] * (self.block - len(keys))], report.arrays)
        self.outcome.done += len(runs) - len(report.failed)


def _workers(asked: int | None) -> int:
    """Processes to use: those asked for, else one a usable processor."""
    if asked is None:
        return usable_cores()
    if isinstance(asked, bool) or not isinstance(asked, int) or asked < 1:
        raise UserError(Fault("workers", f"{asked!r} is not a number of processes", "write 1 or more"))
    return asked


def _engine(scheduler: str | None, workers: int, blocks: int):
    """Where the blocks are carried out."""
    if scheduler:
        return functools.partial(_on_dask, address=scheduler)
    if workers == 1 or blocks == 1:
        return in_this_process
    return functools.partial(in_processes, workers=workers)


def _on_dask(tasks: Sequence[Block], address: str, on_run: Callable[..., object],
             prepare: Callable[[], object]) -> Iterator[Report]:
    """Blocks as tasks of a dask scheduler whose workers see the same folder."""
    try:
        from distributed import Client, as_completed
    except ImportError:
        raise UserError(Fault("--scheduler", "dask is not installed", "install the extra 'cluster'")) from None
    try:
        client = Client(address, timeout=10, set_as_default=False)
    except (OSError, ValueError) as reason:
        raise UserError(Fault("--scheduler", f"no scheduler answers at {address}",
                              "start one, or leave --scheduler out")) from reason
    futures: dict = {}
    try:
        prepare()
        futures = {client.submit(carry_out, task, pure=False): task for task in tasks}
        for future in as_completed(futures, loop=client.loop):
            task = futures[future]
            reason = future.exception()
            if reason is None:
                yield future.result()
            else:
                sentence = f"its dask worker ended without a report ({type(reason).__name__})"
                yield Report(task.number, {place: (sentence, str(reason)) for place in range(len(task.runs))})
            on_run(len(task.runs))
            future.release()
    finally:
        with contextlib.suppress(Exception):
            client.cancel(list(futures))
        client.close()


def _size(size: int) -> str:
    """Bytes, for a person."""
    for unit, factor in (("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if size >= factor:
            return f"{size / factor:.1f} {unit}"
    return f"{size} bytes"
