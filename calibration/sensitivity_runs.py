"""The runs behind an analysis of sensitivity: three designs, each a study in a folder of its own, which can be resumed.

    morris/    trajectories over all parameters, one seed, free from the base year on
    design/    a Latin hypercube over the parameters retained, with several seeds, history followed
    switches/  structural switches one at a time with history followed, and free/, the central world without

All of them run the same two scenarios with the same draws and seeds, so each draw gives a paired effect. Where history
is followed its residuals are solved once a draw, for all seeds and both scenarios: that costs as much as some twenty
runs, so there are several seeds a draw, and the many draws of the screening run freely. Parameters that a design does
not vary are at their central values (`calibration.priors.centre`).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from calibration import emulator, overturn, sensitivity
from calibration.finished import finished
from calibration.outcomes import EFFECT, HEADLINE, VERDICTS, Outcome, named, values
from calibration.priors import Prior, centre, priors
from calibration.sensitivity import Indices
from sim.core.declare import Fault, UserError
from sim.core.parts import usable_cores
from sim.simulate import HAINAN
from sim.study.batch import open_results, run_study
from sim.study.runnable import Runnable
from sim.study.store import digest
from sim.words import LAST_FOLLOWED

Array = NDArray[np.float64]

MORRIS, DESIGN, SWITCHES, FREE, CONFIRM = "morris", "design", "switches", "free", "confirm"
KEEP = "county"  # services are compared by county
SWITCH_SEEDS = 8
YEARS = (2025, 2035)


@dataclass(frozen=True)
class Asked:
    """What is to be analysed, and how large the designs are.

    `scenario`, `reference`: scenarios of `scenarios`; `runs`: draws of the design; `retained`: parameters in it;
    `parameters`: names to screen, all with a range but sizes of chance where it is empty.
    """

    scenarios: Sequence[Any]
    scenario: str
    reference: str
    trajectories: int = 4
    runs: int = 200
    retained: int = 16
    seeds: int = 4
    weight: int = 400
    until: int = 2035
    parameters: tuple[str, ...] = ()
    q2_least: float = sensitivity.Q2_LEAST
    history_until: int | None = LAST_FOLLOWED
    workers: int | None = None
    progress: bool = True
    model: Runnable = HAINAN

    def screened(self) -> tuple[Prior, ...]:
        """The parameters that are screened."""
        if self.parameters:
            return priors(self.parameters)
        return tuple(prior for prior in priors() if prior.name not in sensitivity.SIZES_OF_CHANCE)

    @property
    def years(self) -> list[int]:
        """The years looked at: 2025 and 2035, and the last one where the runs end before."""
        return sorted({year for year in YEARS if year < self.until} | {min(self.until, YEARS[-1])})


@dataclass(frozen=True)
class Found:
    """Tables of an analysis; `morris` and `switches` are empty where only finished runs were analysed."""

    morris: pd.DataFrame
    indices: Indices
    switches: pd.DataFrame
    parameters: tuple[Prior, ...]


class Part(NamedTuple):
    """One of the designs: its runs, how many are there already, and draws whose history is to be solved."""

    name: str
    runs: int
    done: int
    solved: int


def cost(asked: Asked, folder: Path) -> list[str]:
    """How many runs are asked for, how many of them the folder holds, and about how long the rest takes; a run and the
    residuals of one draw are timed, after one that is not."""
    known = asked.screened()
    chosen, switches = min(asked.retained, len(known)), len(sensitivity.SWITCHES) + 1
    draws = {MORRIS: asked.trajectories * (len(known) + 1), DESIGN: asked.runs, SWITCHES: switches, FREE: 1}
    seeds = {MORRIS: 1, DESIGN: asked.seeds, SWITCHES: SWITCH_SEEDS, FREE: SWITCH_SEEDS}
    done = {name: finished(folder / name, asked.model.hashes()) for name in draws}
    parts = [Part(name, 2 * number * seeds[name], done[name],
                  0 if name in (MORRIS, FREE) else number - done[name] // (2 * seeds[name]))
             for name, number in draws.items()]
    left, there = sum(part.runs - part.done for part in parts), sum(done.values())
    return [f"screening of {len(known)} parameters, free: {parts[0].runs:,} runs; design over {chosen}, history "
            f"followed to {asked.history_until}: {parts[1].runs:,} runs of {asked.runs:,} draws, each solved once; "
            f"switches: {parts[2].runs + parts[3].runs:,} runs of {switches} draws"
            + (f"; {there:,} runs are done" if there else ""), minutes(asked, left, sum(part.solved for part in parts))]


def minutes(asked: Asked, runs: int, solved: int) -> str:
    """About how long runs take, for which the residuals of so many draws are to be solved: a sentence of every verb."""
    run, solve = seconds(asked)
    crew = asked.workers or usable_cores()
    return (f"about {(runs * run + solved * solve) / crew / 60:.0f} minutes on {crew} free processors ({run:.2f} s a "
            f"run, {solve:.1f} s to solve a draw); finished runs are kept, rerun to resume")


def seconds(asked: Asked) -> tuple[float, float]:
    """Processor time of a run, and of solving the residuals of a draw."""
    known = asked.screened()
    first, other = map(asked.model.draw_of, sensitivity.design_rows(known[:1], 2))
    model = asked.model.following(asked.history_until, asked.model.follow)
    plan = asked.model.load_plan(asked.scenarios[0])
    asked.model.run_arrays(plan, 0, first, asked.weight, asked.until, KEEP)  # what is read or compiled once
    marks = [time.process_time()]
    for seed, of in ((1, asked.model), (0, model)):
        of.run_arrays(plan, seed, other, asked.weight, asked.until, KEEP)
        marks.append(time.process_time())
    run, both = np.diff(marks)
    return float(run), max(float(both - run), 0.0)


def carry_out(asked: Asked, folder: Path, announce: Callable[[str], object] = print) -> Found:
    """Run what is not there yet, and analyse it. The same call goes on where an earlier one was stopped."""
    known, usual = asked.screened(), centre()
    places = sensitivity.morris_places(known, asked.trajectories)
    announce("screening")
    screened = _run(asked, folder / MORRIS, sensitivity.morris_rows(known, places, usual), 1)
    outcomes = named(screened, HEADLINE, asked.years)
    table = sensitivity.morris(known, places, values(screened, outcomes, asked.scenario, asked.reference), outcomes)
    kept = sensitivity.retained(table, asked.retained)
    announce(f"design over {', '.join(kept)}")
    chosen = tuple(prior for prior in known if prior.name in kept)
    rows = sensitivity.design_rows(chosen, asked.runs, others=usual)
    designed = _run(asked, folder / DESIGN, rows, asked.seeds, asked.history_until)
    announce("switches")
    switches = _switched(asked, folder, usual)
    announce("emulators and indices")
    indices, held = indices_of(designed, chosen, asked), sensitivity.held(table, kept)
    told = [held.get(Outcome(row.variable, row.year, row.kind), np.nan) for row in indices.quality.itertuples()]
    return Found(table, indices._replace(quality=indices.quality.assign(held=told)), switches, chosen)


def indices_of(results: xr.Dataset, known: Sequence[Prior], asked: Asked) -> Indices:
    """Sobol's indices from the runs of a design, for the headline outcomes and all measures that have a verdict."""
    outcomes = named(results, (*HEADLINE, *VERDICTS), asked.years)
    x = np.column_stack([results[prior.name].values.astype(float) for prior in known])
    y = values(results, outcomes, asked.scenario, asked.reference)
    return sensitivity.sobol(known, x, y, outcomes, asked.q2_least)


def of_folder(folder: Path, asked: Asked) -> Found:
    """The analysis of the finished runs of another study: parameters that differ between its draws."""
    results = open_results(folder, model=asked.model)
    known = _varied(results, folder)
    return Found(pd.DataFrame(), indices_of(results, known, asked), pd.DataFrame(), known)


def _varied(results: xr.Dataset, folder: Path) -> tuple[Prior, ...]:
    """Priors of the parameters that differ between the draws of a study; UserError where none does."""
    varied = [str(name) for name in results.coords if results[name].dims == ("draw",) and name not in ("draw",
              "imputation") and len(np.unique(results[name].values)) > 1]
    cards = {prior.name: prior for prior in priors()}
    known = tuple(cards[name] for name in varied if name in cards)
    if not known:
        raise UserError(Fault(str(folder), "no parameter differs between its draws",
                              "run `sensitivity` without a folder: it makes designs of its own"))
    return known


def overturned(folder: Path, verdicts: Sequence[overturn.Verdict], asked: Asked, seeds: int,
               announce: Callable[[str], object] = print) -> pd.DataFrame:
    """What overturns each verdict, by the design in the folder of an analysis, confirmed by runs in its confirm/.

    UserError where the folder holds no design.
    """
    if not (folder / DESIGN).is_dir():
        raise UserError(Fault(str(folder), "holds no design of an analysis of sensitivity",
                              f"run `sensitivity --out {folder}` first"))
    results = open_results(folder / DESIGN, model=asked.model)
    known = _varied(results, folder)
    held = [one for one in verdicts if one.variable in results]
    outcomes = [Outcome(one.variable, min(asked.until, int(results["year"][-1])), EFFECT) for one in held]
    if not outcomes:
        return overturn.table([], asked.until)
    y = values(results, outcomes, asked.scenario, asked.reference)
    whole = np.isfinite(y).all(axis=(1, 2))
    x = np.column_stack([results[prior.name].values.astype(float) for prior in known])[whole]
    made = emulator.fit(x, y[whole].mean(axis=1), [str(one) for one in outcomes],
                        ranges=[[prior.low, prior.high] for prior in known])
    turns = [turn for place, verdict in enumerate(held)
             for turn in overturn.search(made, place, verdict, known, asked.q2_least)]
    claimed = [turn for turn in turns if turn.state == overturn.CLAIMED]
    if claimed:
        rows = overturn.rows(claimed, known, centre())
        count = 2 * seeds * len(rows)
        announce(f"{len(claimed)} claims of the emulator are tried by {count} runs of {len(rows)} draws, "
                 + minutes(asked, count, len(rows)))
        runs = _run(asked, folder / CONFIRM / digest(rows)[:8], rows, seeds, asked.history_until)
        found = values(runs, [Outcome(turn.verdict.variable, outcomes[0].year, EFFECT) for turn in claimed],
                       asked.scenario, asked.reference)
        seen = iter(overturn.judged(claimed, found))
        turns = [next(seen) if turn.state == overturn.CLAIMED else turn for turn in turns]
    return overturn.table(turns, outcomes[0].year)


def _run(asked: Asked, folder: Path, draws: Sequence[Mapping[str, float]], seeds: int,
         history_until: int | None = None) -> xr.Dataset:
    """Run one design to its end and open it; UserError where runs failed."""
    study = SimpleNamespace(name=f"sensitivity-{folder.name}", title="Sensitivity", title_zh="敏感性分析",
                            scenarios=tuple(asked.scenarios), reference=asked.reference)
    outcome = run_study(study, seeds=seeds, draws=draws, weight=asked.weight, until=asked.until,
                        workers=asked.workers, out=folder, progress=asked.progress, keep=KEEP, model=asked.model,
                        history_until=history_until)
    if len(outcome.failed) > outcome.named // 10:
        raise UserError(*(Fault(str(run), why) for run, why in list(outcome.failed.items())[:3]),
                        Fault(str(folder), f"{len(outcome.failed)} of {outcome.named} runs failed",
                              "mend the cause, then run the same command again"))
    return open_results(folder, model=asked.model)


def _switched(asked: Asked, folder: Path, usual: Mapping[str, float]) -> pd.DataFrame:
    rows = sensitivity.switch_rows(usual)
    followed = _run(asked, folder / SWITCHES, rows, SWITCH_SEEDS, asked.history_until)
    free = _run(asked, folder / FREE, rows[:1], SWITCH_SEEDS)
    outcomes = named(followed, (*HEADLINE, *VERDICTS), asked.years)
    one, other = (values(results, outcomes, asked.scenario, asked.reference) for results in (followed, free))
    return sensitivity.switched(one, other[0], outcomes)
