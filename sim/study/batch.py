"""Many runs: a study is scenarios x draws x seeds, run in processes or on dask and stored in one folder.

A batch that is run again resumes with the runs of the study that are not yet marked as finished. The folder alone is
enough to open the results (`open_results`), to see its progress (`status`), and to rerun a sample and compare bytes
(`reproduce`). The results are the same bytes for any number of workers and any engine.
"""

from __future__ import annotations

import contextlib
import itertools
import math
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from sim.core.dataset import card_attributes, names_its_dimension
from sim.core.declare import Card, Fault, UserError, printable
from sim.core.files import writing
from sim.core.parts import usable_cores
from sim.core.toml_file import quoted
from sim.simulate import HAINAN
from sim.study import cost, draws, orders
from sim.study.engines import Block, Dask, Planned, Processes, Report
from sim.study.request import Draws, Follow, Request, Seeds, resolve
from sim.study.results import open_orders, open_results, other_data, reproduce, status
from sim.study.runnable import Plan, Runnable
from sim.study.store import RESUME, DamagedStudy, Folder, Marker, Run, block_rows, digest
from sim.study.tables import Runs
from sim.words import MOST_WORKERS

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["Interrupted", "Outcome", "open_orders", "open_results", "reproduce", "run_batch", "run_study", "status"]


class Interrupted(KeyboardInterrupt):
    """A batch was stopped; finished runs are kept, and the same command resumes it."""


@dataclass
class Outcome:
    """The outcome of a batch: its folder; runs requested, finished before, done now; failed runs with reasons."""

    folder: Path
    named: int
    before: int
    size: int
    done: int = 0
    failed: dict[Run, str] = field(default_factory=dict)
    lines: list[str] = field(default_factory=list)

    @property
    def code(self) -> int:
        """The exit code: 0 success, 1 some runs failed."""
        return 1 if self.failed else 0


def run_batch(scenarios: object, seeds: Seeds | None = None, draws: Draws | None = None, weight: int | None = None,
              until: int | None = None, workers: int | None = None, out: str | Path | None = None,
              progress: bool = True, keep: str | None = None, scheduler: str | None = None,
              model: Runnable = HAINAN, history_until: int | None = None, runs: Runs | None = None,
              attribute: bool | None = None, follow: Follow | None = None) -> xr.Dataset:
    """Run a study and open its results; takes the arguments of `run_study`."""
    outcome = run_study(scenarios, seeds, draws, weight, until, workers, out, progress, keep, scheduler, model=model,
                        history_until=history_until, runs=runs, attribute=attribute, follow=follow)
    return open_results(outcome.folder, model=model)


def run_study(scenarios: object, seeds: Seeds | None = None, draws: Draws | None = None, weight: int | None = None,
              until: int | None = None, workers: int | None = None, out: str | Path | None = None,
              progress: bool = True, keep: str | None = None, scheduler: str | None = None, dry_run: bool = False,
              model: Runnable = HAINAN, history_until: int | None = None, runs: Runs | None = None,
              attribute: bool | None = None, follow: Follow | None = None) -> Outcome:
    """Run a study, or its remaining runs, into its folder.

    `scenarios`: a study (file or object), or scenarios (names, files, objects). Arguments left at None are taken from
    the study; failing that, 5 seeds, draw 0, weight 100, until 2035, keep "county". `seeds`: a number or a list.
    `draws`: 0 for the central values, N for draws 1 to N, a table of rows, or a CSV file. `dry_run` writes nothing and
    reports what would be run. `model`: the model to run, free from its first year or following history to
    `history_until`, with the series selected by `follow` (a TOML file). `runs`: a table (rows, or a CSV file with
    scenario, draw, seed) of the runs, if not all combinations. `attribute`: whether the effect is attributed to
    provisions by sampled orders, in runs of their own (`open_orders`).
    """
    request = resolve(scenarios, model, seeds=seeds, draws=draws, weight=weight, until=until, keep=keep,
                      history_until=history_until, runs=runs, attribute=attribute, follow=follow)
    model = request.of(model)
    batch = _Batch(request, Folder(out if out is not None else Path("runs") / request.name), model)
    workers = _workers(workers)
    if dry_run:
        batch.folder.check()
        batch.lay_out()
        batch.describe(workers)
        return batch.outcome
    announce = _announce if progress else _silent
    with contextlib.closing(Processes(workers) if scheduler is None else Dask(scheduler)) as engine, \
            batch.folder.locked(announce):
        batch.lay_out()
        batch.describe(workers, announce)
        with writing(batch.folder.path, RESUME):
            batch.write_down()
        if batch.left:
            batch.carry_out(engine, progress)
    return batch.outcome


def _announce(sentence: str) -> None:
    print(printable(sentence), file=sys.stderr, flush=True)


def _silent(sentence: str) -> None:
    pass


class _Batch:
    """The remaining work of a study in its folder, and its execution."""

    def __init__(self, request: Request, folder: Folder, model: Runnable):
        self.request, self.folder, self.model = request, folder, model
        self.hashes = model.hashes()
        labels = model.coordinates(request.until)
        self.labels = tuple((name, tuple(_plain(words))) for name, words in labels.items()
                            if not names_its_dimension(words))
        self.cards: dict[str, Card] = {n: c for n, c in model.cards().items() if c.kept(request.keep)}
        self.block = block_rows(request.weight)
        self.wanted = [*self._runs_of(request.asked, request.keep), *self._staged()]
        self._sizes: dict[str, int] = {}
        self.rows: dict[int, Run] = {}
        self.kept: dict[int, Marker] = {}  # contents of the folder, by block
        self.left: dict[int, list[Planned]] = {}  # runs to do, by block

    def _runs_of(self, asked: Iterable[tuple[Mapping, Plan, int]], keep: str) -> Iterator[tuple[Run, Plan, Mapping]]:
        """Runs with their keys, draw by draw."""
        request = self.request
        common = [request.weight, request.until, keep, self.hashes["data_hash"], self.hashes["code_hash"]]
        common += [] if request.history_until is None else [f"history to {request.history_until}"]
        common += [request.follow.hash] if request.follow else []
        for row, plan, seed in asked:
            yield Run(plan.name, int(row["draw"]), seed, digest([plan.name, plan.hash, row, seed, *common])), plan, row

    def _staged(self) -> list[tuple[Run, Plan, Mapping]]:
        """The runs of the attribution, which have separate blocks."""
        asked = self.request.attribution
        return [] if asked is None else list(self._runs_of(self.request.staged, asked.keep))

    def lay_out(self) -> None:
        """Assign a row to every run: its previous one if finished or planned before, otherwise one in the first free
        blocks.

        A block whose planned runs are all finished is left unchanged, so its bytes on disk stay the same.
        """
        folder = self.folder
        planned: dict[str, int] = {}
        self.damaged: dict[int, str] = {}
        if folder.exists:
            planned = self._planned()
            self.kept, self.damaged = folder.markers(whole=True)
        done = {run.key: block * self.block + place for block, marker in self.kept.items()
                for place, run in marker.runs.items()}
        taken: set[int] = set(done.values())
        new: list[tuple[Run, Plan, Mapping]] = []
        for run, plan, draw in self.wanted:
            row = done.get(run.key)
            if row is None:
                row = planned.get(run.key)
                if row is None or row in taken:
                    new.append((run, plan, draw))
                    continue
                block, place = divmod(row, self.block)
                self.left.setdefault(block, []).append(Planned(place, run, plan, draw))
                taken.add(row)
            self.rows[row] = run
        for staged in (False, True):
            self._in_free_blocks([one for one in new if self._is_staged(one[0]) == staged])
        self.left = {block: sorted(self.left[block], key=lambda one: one.place) for block in sorted(self.left)}
        size = sum(self._bytes_of_a_run(self._keep(run)) for run, _, _ in self.wanted)
        before = len(self.wanted) - sum(map(len, self.left.values()))
        self.outcome = Outcome(folder.path, len(self.wanted), before, size)
        self.unused = len(done) - before

    def _planned(self) -> dict[str, int]:
        """The rows that an earlier batch assigned to its runs, by key; none if its tables are damaged and are to be
        repaired.
        """
        try:
            self._refuse_another_shape(self.folder.manifest())
            runs = self.folder.runs()
        except DamagedStudy:
            return {}
        return {run.key: row for row, run in runs.items()}

    def _in_free_blocks(self, new: Sequence[tuple[Run, Plan, Mapping]]) -> None:
        """Rows for new runs: in the first blocks that are empty and unplanned."""
        free = (number for number in itertools.count() if number not in self.kept and number not in self.left)
        for start, number in zip(range(0, len(new), self.block), free):
            runs = new[start:start + self.block]
            self.left[number] = [Planned(place, *one) for place, one in enumerate(runs)]
            self.rows |= {number * self.block + place: run for place, (run, _, _) in enumerate(runs)}

    def _is_staged(self, run: Run) -> bool:
        """Whether a run belongs to the attribution."""
        return self.request.attribution is not None and run.scenario.startswith(orders.PREFIX)

    def _keep(self, run: Run) -> str:
        """The level of detail at which a run is stored."""
        asked = self.request.attribution
        return asked.keep if asked is not None and self._is_staged(run) else self.request.keep

    def _bytes_of_a_run(self, keep: str) -> int:
        if keep not in self._sizes:
            sizes = {dim: len(words) for dim, words in self.labels}
            self._sizes[keep] = sum(
                np.dtype(card.dtype).itemsize * math.prod(sizes[dim] for dim in ("year", *card.dims))
                for card in self.model.cards().values() if card.kept(keep))
        return self._sizes[keep]

    def _refuse_another_shape(self, manifest: Mapping) -> None:
        """Runs of one folder share weight, horizon, level of detail, followed history and data pack."""
        request = self.request
        asked = {"weight": request.weight, "until": request.until, "keep": request.keep,
                 "history_until": request.history_until}
        faults = [Fault(str(self.folder.path), f"holds runs with {name} = {manifest.get(name)}, not {value}",
                        "choose another folder with --out")
                  for name, value in asked.items() if manifest.get(name) != value]
        if manifest.get("follow", "") != request.follow.text:
            faults.append(Fault(str(self.folder.path), "holds runs that follow other series of history",
                                "choose another folder with --out, or bring back the file of the choice (follow.toml "
                                "in that folder)" if manifest.get("follow") else "choose another folder with --out"))
        faults += other_data(self.folder.path, manifest, self.hashes, ", or choose another folder with --out")
        if faults:
            raise UserError(*faults)

    def describe(self, workers: int, announce: Callable[[str], object] = _silent) -> None:
        """Report the number of runs to do and their size, and keep the report for the log."""
        request, outcome = self.request, self.outcome
        lines = [
            f"{request.name}: {outcome.named} runs ({_extent(request)}), {outcome.before} done, "
            f"{outcome.named - outcome.before} to do",
            f"about {_size(outcome.size)} of results before compression (keep = {request.keep})",
        ]
        if request.attribution is not None:
            lines.insert(1, _extent_of_stage(request))
        if request.history_until is not None:
            told = cost.sentence(self.left, self.model, request.weight, request.until, workers)
            lines += [told] if told else []
        table = draws.table_of(request.draws)
        said = self.model.remark_on(request.draws), draws.remark(table, self.hashes["data_hash"])
        lines += [one for one in said if one]
        lines += [f"block {number} is damaged: {why}; its runs are computed again"
                  for number, why in self.damaged.items()]
        if self.unused:
            lines.append(f"{self.unused} finished runs there are not named by this study, or come from other "
                         "scenarios or code: they stay, unused")
        outcome.lines += lines
        for line in lines:
            announce(line)

    def write_down(self) -> None:
        """Prepare the folder before the first run."""
        request, folder = self.request, self.folder
        plans = {p.name: {"hash": p.hash, "title": getattr(p, "title", ""), "title_zh": getattr(p, "title_zh", "")}
                 for p in request.plans}
        variables = {name: {"dims": list(card.dims), "dtype": card.dtype, "attrs": card_attributes(card)}
                     for name, card in sorted(self.cards.items())}
        used = {"year", "county", *(dim for card in self.cards.values() for dim in card.dims)}
        manifest = {
            "study": request.name, "title": request.title, "title_zh": request.title_zh,
            "reference": request.reference, "weight": request.weight, "until": request.until, "keep": request.keep,
            "block": self.block, "seeds": list(request.seeds), "draws": [row["draw"] for row in request.draws],
            "scenarios": plans, "variables": variables,
            "labels": {dim: list(words) for dim, words in self.labels if dim in used}, **request.extras, **self.hashes,
            "attributes": {**self.model.attributes(), **draws.calibrated(draws.table_of(request.draws))},
            **({} if request.history_until is None else {"history_until": request.history_until}),
            **request.follow.attributes(), **self._attribution(),
        }
        texts = {plan.name: plan.to_toml() for plan in request.plans}
        folder.write_tables(self.rows, request.draws, texts, request.to_toml(), manifest, request.tables)
        for number in self.damaged:
            folder.drop(number)
        for planned in itertools.chain.from_iterable(self.left.values()):
            folder.forget_failure(planned.run)
        folder.log(*self.outcome.lines)

    def _attribution(self) -> dict[str, object]:
        """The manifest entry of the attribution."""
        asked = self.request.attribution
        if asked is None:
            return {}
        stored = [name for name, card in sorted(self.cards.items()) if card.kept(asked.keep)]
        return {"attribution": orders.written(asked, self.request.pairs, stored)}

    def carry_out(self, engine: Processes | Dask, progress: bool) -> None:
        """Run the blocks, marking each when it is written."""
        from tqdm import tqdm

        tasks = [self._task(number) for number in self.left]
        bar = tqdm(total=sum(map(len, self.left.values())), unit="run", file=sys.stderr, disable=not progress)
        try:
            with bar, contextlib.closing(engine.reports(tasks, bar.update, self._prepare)) as reports:
                for report in reports:
                    self._record(report, bar.write)
        except KeyboardInterrupt:
            outcome = self.outcome
            sentence = (f"interrupted: {outcome.before + outcome.done} of {outcome.named} runs are finished and kept; "
                        "rerun the same command to resume")
            with contextlib.suppress(OSError):
                self.folder.log(sentence)
            raise Interrupted(sentence) from None
        with writing(self.folder.path, RESUME):
            self.folder.log(f"{self.outcome.done} done, {len(self.outcome.failed)} failed")

    def _prepare(self) -> None:
        """Prepare what all runs share; a failure here recurs in the runs, which record the cause."""
        with contextlib.suppress(Exception):
            self.model.prepare(self.request.weight)

    def _task(self, number: int) -> Block:
        request = self.request
        return Block(str(self.folder.path.absolute()), number, tuple(self.left[number]), self.kept.get(number),
                     request.weight, request.until, self._keep(self.left[number][0].run), self.labels, self.hashes,
                     self.model)

    def _record(self, report: Report, write: Callable[..., object]) -> None:
        """Mark a block and record the causes of failed runs; stop if writing fails."""
        folder = self.folder
        if report.refused:
            raise UserError(Fault(str(folder.path), report.refused, "bring all machines to the same sources and lock"))
        if report.unwritten:
            raise UserError(Fault(str(folder.path), report.unwritten, f"make room, {RESUME}"))
        runs = {planned.place: planned.run for planned in self.left[report.number]}
        with writing(folder.path, f"make room, {RESUME}"):
            for place, (sentence, cause) in report.failed.items():
                run = runs[place]
                self.outcome.failed[run] = sentence
                folder.fail(run, sentence, cause)
                folder.log(f"failed: {run}: {sentence}")
                write(printable(f"failed: {run}: {sentence}"), file=sys.stderr)
            if report.marker is not None:
                before = self.kept.get(report.number)
                folder.mark(report.marker, before)
                self.kept[report.number] = report.marker
                self.outcome.done += len(report.marker.runs) - (len(before.runs) if before else 0)


def _extent_of_stage(request: Request) -> str:
    """The runs needed for the attribution in addition to the scenarios."""
    asked, pairs = request.attribution, request.pairs
    assert asked is not None
    return (f"of these {len(request.staged)} share {asked.high} less {asked.low} out to {len(asked.parts)} parts "
            f"({asked.orders} orders x {len(pairs)} pairs of draw and seed, keep = {asked.keep})")


def _extent(request: Request) -> str:
    """The numbers of scenarios, draws and seeds of a study, and their settings."""
    sizes = f"{len(request.plans)} scenarios x {len(request.draws)} draws x {len(request.seeds)} seeds"
    followed = "" if request.history_until is None else f", history followed to {request.history_until}"
    followed += " as chosen" if request.follow else ""
    return (f"{sizes if request.runs is None else f'a table of {sizes}'}, weight {request.weight}, to {request.until}"
            f"{followed}")


def _plain(words: Iterable) -> list:
    """Labels as plain numbers or words."""
    return [word if isinstance(word, str) else int(word) for word in words]


def _workers(asked: int | None) -> int:
    """Number of processes: as requested, otherwise one per usable processor."""
    if asked is None:
        return usable_cores()
    if isinstance(asked, bool) or not isinstance(asked, int) or not 1 <= asked <= MOST_WORKERS:
        raise UserError(Fault("workers", f"{quoted(asked)} is not a number of processes", f"1 to {MOST_WORKERS:,}"))
    return asked


def _size(size: int) -> str:
    """A number of bytes in readable form."""
    for unit, factor in (("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if size >= factor:
            return f"{size / factor:.1f} {unit}"
    return f"{size} bytes"
