"""One run that measures all of it side by side, and the page that shows it.

Ratios are of this run; the machine is said by the family of its processor and its number of cores alone.
"""

from __future__ import annotations

import os
import platform
import tempfile
import time
import tracemalloc
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import NamedTuple

import numpy as np

from sim.core.randomness import LUCK, draw
from sim.mechanisms import migration
from sim.model import HainanModel
from sim.simulate import load_plan, run_arrays
from sim.study.batch import run_study
from sim.words import BASE_YEAR
from tests.speed import commands, ensemble, in_c, in_mesa, in_numpy, in_starsim
from tests.speed.profile import COUNTY_PART, profile
from tests.speed.stage import copied, enlarged, renewal_seconds, seconds, watched

NANO = 1e9
ISLANDERS = 10**7  # so many rows stand for about this many persons together


class Sizes(NamedTuple):
    """How much is measured."""

    rows: tuple[int, ...] = (10**4, 10**5, 10**6)
    mesa_rows: int = 10**5
    runs: int = 40
    batch_weight: int = 1000
    thread_weight: int = 10
    workers: bool = True
    turns: int = 5
    compared: int = 20
    before: Path | None = None


def measured(sizes: Sizes) -> dict:
    """All measurements: nanoseconds a person and year by rows, milliseconds a year, seconds of batches."""
    found = {"sizes": sizes, "processes": {}, "migration": {}, "profile": profile()}
    with tempfile.TemporaryDirectory() as folder:
        in_c_too = in_c.compiled(Path(folder))
        for rows in sizes.rows:
            model, calls = watched(ISLANDERS // rows)
            found["migration"][rows] = _migration(calls["_move"], rows, in_c_too)
            each = {name: NANO / rows * seconds(call.kernel, enlarged(call, rows), 3) for name, call in calls.items()}
            found["processes"][rows] = each | {"renewal, twice": 2 * NANO / rows * renewal_seconds(model, rows)}
    model, calls = watched()
    found["starsim bytes"] = in_starsim.bytes_a_person(calls["_move"])
    found["bytes"] = sum(a.itemsize for a in model.persons.arrays().values())
    found |= _mesa(model, calls, sizes.mesa_rows)
    found["whole"] = _whole_model()
    found["threads"] = _threads(sizes.thread_weight)
    found["draw"] = {weight: _new_draw(weight) for weight in (1000, 100)}
    found["ensemble"] = ensemble.measured()
    found["batch"] = _batch(sizes)
    found["commands"] = commands.measured(sizes.turns, sizes.compared, other=sizes.before)
    return found


def _migration(call, rows: int, in_c_too) -> dict[str, float]:
    arguments = enlarged(call, rows)
    ours = _drawn_and_moved(rows)
    ways = {"numpy": in_numpy.move, "ours": ours} | ({"c": in_c_too} if in_c_too else {})
    found = {}
    for _ in range(2):  # in turns, so that a busy machine is busy for all
        for way, function in ways.items():
            best = NANO / rows * seconds(function, arguments, 3)
            found[way] = min(best, found.get(way, np.inf))
    found["starsim"] = in_starsim.nanoseconds(call, rows)
    if in_c_too:
        found["same as c"] = all(np.array_equal(one, other) for one, other in zip(
            _after(ours, arguments), _after(in_c_too, arguments), strict=True))
    return found


def _drawn_and_moved(rows: int):
    """The kernel `_move` after the luck of the year is drawn for it, all four words."""
    status, work, life = (np.empty(rows, dtype=np.uint32) for _ in range(3))

    def move(first, last, seed, year, persons, *rest):
        draw(first, last, seed, LUCK, year, persons.uid, status, persons.random_place, work, life)
        migration._move(first, last, seed, year, persons, *rest)

    return move


def _after(function, arguments) -> list[np.ndarray]:
    """Moves, moves of zone, what they change and who stays, after a call."""
    *fresh, tally, stays = map(copied, arguments)
    function(*fresh, tally, stays)
    return [*tally, stays]


def _mesa(model, calls, rows: int) -> dict:
    tables = in_mesa.tables(calls)
    call = calls["_move"]
    columns = {name: array[:rows] for name, array in model.persons.arrays().items()}
    tracemalloc.start()
    people = in_mesa.People(columns, tables, **{name: call.named()[name] for name in ("year", "n")})
    memory = tracemalloc.get_traced_memory()[0] / len(people.agents)
    tracemalloc.stop()
    size = len(people.agents)
    start = time.perf_counter()
    people.migrate()
    moving = time.perf_counter() - start
    start = time.perf_counter()
    people.live_a_year()
    return {"mesa rows": size, "mesa bytes": memory, "mesa move": NANO * moving / size,
            "mesa year": NANO * (time.perf_counter() - start) / size}


def _whole_model() -> dict[str, float]:
    """A year of the whole model with about 100,000 rows: county part, accounts and record included."""
    model = HainanModel("full", seed=1, weight=100, until=2020)
    model.step()
    years = []
    while model.running:
        start = time.perf_counter()
        model.step()
        years.append((time.perf_counter() - start) / len(model.persons))
    return {"rows": len(model.persons), "ns": NANO * min(years)}


def _threads(weight: int) -> dict[str, float]:
    """Milliseconds of a year of a large run with one thread and with two, in turns."""
    found = {"weight": weight}
    models = {threads: HainanModel("full", seed=1, weight=weight, until=2015, threads=threads) for threads in (1, 2)}
    while models[1].running:
        for threads, model in models.items():
            start = time.perf_counter()
            model.step()
            found[threads] = min(1e3 * (time.perf_counter() - start), found.get(threads, np.inf))
    return found | {"rows": len(models[1].persons)}


def _new_draw(weight: int) -> dict[str, float]:
    """Seconds that the base year of a new draw of parameters takes, and those of its run to 2035."""
    settling = running = np.inf
    for k in range(1, 4):
        plan = load_plan("baseline").with_parameters(migration_income_elasticity=1.2 + 0.01 * k)
        start = time.perf_counter()
        model = HainanModel(plan, seed=0, weight=weight)
        settling, start = min(settling, time.perf_counter() - start), time.perf_counter()
        while model.running:
            model.step()
        running = min(running, time.perf_counter() - start)
    return {"settling": settling, "running": running}


def _runs(runs: int, weight: int) -> float:
    """Seconds of so many bare runs in this process."""
    run_arrays(load_plan("full"), 0, 0, weight, until=BASE_YEAR + 1, keep="county")
    start = time.perf_counter()
    for seed in range(runs):
        run_arrays(load_plan("full"), seed, 0, weight, keep="county")
    return time.perf_counter() - start


def _second_core(weight: int, runs: int = 8) -> float:
    """How much more two processes get done than one: 2 where both cores are free, 1 where they share one."""
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        list(pool.map(_runs, (1, 1), (weight, weight)))
        alone = pool.submit(_runs, runs, weight).result()
        both = max(pool.map(_runs, (runs, runs), (weight, weight)))
    return 2.0 * alone / both


def _batch(sizes: Sizes) -> dict[str, float]:
    """The same runs bare, as a batch with one worker, and as one with two."""
    plans, weight = [load_plan("no_policy"), load_plan("full")], sizes.batch_weight
    seeds = max(1, sizes.runs // 2)
    run_arrays(plans[0], 0, 0, weight, keep="county")
    found = {"runs": 2 * seeds, "weight": weight}
    with tempfile.TemporaryDirectory() as folder:
        ways = {"one": 1} | ({"two": 2} if sizes.workers else {})
        start = time.perf_counter()
        for plan in plans:
            for seed in range(seeds):
                run_arrays(plan, seed, 0, weight, keep="county")
        found["bare"] = time.perf_counter() - start
        for way, workers in ways.items():
            start = time.perf_counter()
            run_study(plans, seeds=seeds, weight=weight, workers=workers, out=Path(folder) / way, progress=False)
            found[way] = time.perf_counter() - start
    if sizes.workers:
        found["second core"] = _second_core(weight)
    return found


# ---- the page ---------------------------------------------------------------------------------------------------


def machine() -> str:
    """Family of the processor and number of cores, and nothing else."""
    family = platform.machine()
    for line in Path("/proc/cpuinfo").read_text().splitlines() if Path("/proc/cpuinfo").is_file() else ():
        if line.startswith("model name"):
            family = " ".join(line.split(":")[1].split()[:2])
            break
    return f"{family} ({platform.machine()}), {os.cpu_count()} cores"


def exponent(times: dict[int, float]) -> float:
    """Exponent of cost against persons, from the least to the most of the sizes from 1e5."""
    rows = sorted(r for r in times if r >= 10**5) or sorted(times)
    first, last = rows[0], rows[-1]
    return 1.0 + np.log(times[last] / times[first]) / np.log(last / first) if last > first else 1.0


def ratios(found: dict) -> dict[str, float]:
    """What the targets speak of."""
    rows = sorted(found["migration"])
    at = 10**5 if 10**5 in rows else rows[-1]
    ours = {r: found["migration"][r]["ours"] for r in rows}
    year = {r: sum(found["processes"][r].values()) for r in rows}
    batch = found["batch"]
    out = {
        "against c": max(found["migration"][r]["ours"] / found["migration"][r]["c"] for r in rows if r >= at)
        if "c" in found["migration"][at] else np.nan,
        "year against migration": year[at] / ours[at], "exponent, migration": exponent(ours),
        "exponent, year": exponent(year), "whole against mesa": found["mesa year"] / found["whole"]["ns"],
        "migration against mesa": found["mesa move"] / ours[at],
        "county ms": next(row.least for row in found["profile"] if row.step == COUNTY_PART),
        "overhead": batch["one"] / batch["bare"] - 1.0, "two threads": found["threads"][1] / found["threads"][2],
    }
    if "c" in found["migration"][at]:
        out["exponent, c"] = exponent({n: found["migration"][n]["c"] for n in rows})
    if "two" in batch:
        out["two workers"] = batch["one"] / batch["two"]
    return out


def _row(*cells) -> str:
    return "| " + " | ".join(str(c) for c in cells) + " |"


def page(found: dict) -> str:
    """docs/speed.md."""
    r, batch = ratios(found), found["batch"]
    rows = sorted(found["migration"])
    lines = [
        "# Speed", "",
        "Written by `python -m tests.speed --write docs/speed.md` (`--large` adds ten million persons); one run, side",
        f"by side, on {machine()}. Read the ratios: times are of that machine, which may have been busy",
        "with other work.",
        "", *commands.lines(found["commands"]),
        "", "## Moving, nanoseconds a person and year", "",
        _row("persons", "Mesa, an object a person", "Starsim", "NumPy", "literal C loop", "ours", "Mesa / ours",
             "Starsim / ours", "NumPy / ours", "ours / C", "same moves as C"),
        _row(*["---"] * 11),
    ]
    for n in rows:
        m = found["migration"][n]
        c = m.get("c", np.nan)
        lines.append(_row(f"{n:.0e}", f"{found['mesa move']:,.0f}*", f"{m['starsim']:.1f}", f"{m['numpy']:.1f}",
                          f"{c:.1f}", f"{m['ours']:.2f}", f"{found['mesa move'] / m['ours']:,.0f}",
                          f"{m['starsim'] / m['ours']:.1f}", f"{m['numpy'] / m['ours']:.1f}", f"{m['ours'] / c:.2f}",
                          {True: "yes", False: "NO"}.get(m.get("same as c"), "no compiler")))
    lines += ["", f"\\* measured with {found['mesa rows']:,} agents; its cost a person depends little on their number.",
              "Starsim is measured where the extra `speed` is installed, else nan; mesa-frames as released (0.1.0a0)",
              "asks for a NumPy older than ours.",
              "", "## All processes of persons, nanoseconds a person and year", "",
              _row("process", *(f"{n:.0e}" for n in rows)), _row(*["---"] * (1 + len(rows)))]
    for name in found["processes"][rows[0]]:
        lines.append(_row(f"`{name}`" if name.startswith("_") else name,
                          *(f"{found['processes'][n][name]:.2f}" for n in rows)))
    lines += [
        _row("sum", *(f"{sum(found['processes'][n].values()):.1f}" for n in rows)), "",
        f"The whole model (counties, accounts and record too) takes {found['whole']['ns']:.0f} ns a person and year",
        f"with {found['whole']['rows']:,} rows; Mesa objects with the person rules alone {found['mesa year']:,.0f} ns.",
        f"Memory: {found['bytes']} bytes a person in columns, {found['mesa bytes']:,.0f} as a Mesa agent,",
        f"{found['starsim bytes']:,.0f} in a Starsim simulation of moving alone.",
        "", "## The year by step, milliseconds at weight 1000, persons' kernels apart", "",
        _row("step", "median of the years", "least"), _row("---", "---", "---"),
        *(_row(row.step, f"{row.ms:.3f}", f"{row.least:.3f}") for row in found["profile"]),
        "", f"## Batches, {batch['runs']} runs at weight {batch['weight']} to 2035", "",
        _row("way", "seconds", "ms a run"), _row("---", "---", "---"),
        *(_row(says, f"{batch[way]:.2f}", f"{1e3 * batch[way] / batch['runs']:.1f}") for way, says in (
            ("bare", "the runs alone, in a loop"), ("one", "a batch, one worker"),
            ("two", "a batch, two workers (their start included)")) if way in batch),
        *(["", f"Two processes at once get {batch['second core']:.2f} times as much done as one on this machine."]
          if "second core" in batch else []),
        "", "## Threads, and draws of parameters", "",
        f"A year of one run at weight {found['threads']['weight']} ({found['threads']['rows']:,} rows) takes"
        f" {found['threads'][1]:.0f} ms with one thread", f"and {found['threads'][2]:.0f} ms with two.", "",
        _row("weight", "settling the base year of a new draw, s", "its run to 2035, s"), _row("---", "---", "---"),
        *(_row(weight, f"{d['settling']:.2f}", f"{d['running']:.2f}") for weight, d in found["draw"].items()),
        "", f"## Many runs in one call ({ensemble.RUNS}): microseconds a run", "",
        _row("formula", "run by run", "in one call", "ratio"), _row("---", "---", "---", "---"),
        *(_row(name, f"{one:.2f}", f"{many:.2f}", f"{one / many:.1f}") for name, (one, many) in
          found["ensemble"].items()),
        "", "## Against the targets", "", _row("what", "target", "this run", ""), _row("---", "---", "---", "---"),
    ]
    goals = (
        ("migration kernel against a literal C loop, 1e5 persons and more", "against c", "<=", 1.0, "{:.2f} x"),
        ("all processes of persons against the migration kernel", "year against migration", "<=", 5.0, "{:.1f} x"),
        ("whole model against person rules in Mesa objects", "whole against mesa", ">=", 1000.0, "{:,.0f} x"),
        ("cost against persons from 1e5, migration: exponent", "exponent, migration", "<=", 1.08, "{:.2f}"),
        ("cost against persons from 1e5, all processes: exponent", "exponent, year", "<=", 1.08, "{:.2f}"),
        ("county part of a year, accounts and record included", "county ms", "<=", 5.0, "{:.1f} ms"),
        (f"batch overhead against {batch['runs']} runs at weight {batch['weight']}", "overhead", "<=", 0.10, "{:.1%}"),
        ("two workers against one", "two workers", ">=", 1.8, "{:.2f} x"),
    )
    for says, name, sense, goal, form in goals:
        if name in r and not np.isnan(r[name]):
            met = r[name] <= goal if sense == "<=" else r[name] >= goal
            lines.append(_row(says, f"{sense} {form.format(goal)}", form.format(r[name]), "met" if met else "**no**"))
    if "exponent, c" in r:
        lines += ["", f"The exponent of the C loop in this run is {r['exponent, c']:.2f}."]
    return "\n".join(lines) + NOTES


NOTES = """

Notes. Migration is the year's random numbers of all persons (four words, of which it uses one; the others serve the
other processes) and the rule for persons considering a move; the C loop draws and applies the rule person by person,
as a first version would. So ours can be faster than C with the same result, bit for bit. A thousand times Mesa would be
some 30 ns a person and year for everything, accounts of 19 counties included: twice what plain C takes for migration
alone.

Two workers use the second core fully: they are forked from a prepared process and begin at once
(where processes cannot be forked, each takes some seconds to start). Cost against persons rises in C too: at 1e5 rows
persons lie in the processor's cache, at 1e6 they do not, and mothers and purses are fetched from far apart; each
size is a model of that many rows, in its own order. `python -m tests.speed.profile` prints the year step by step.

The county part of the year before and after the mechanisms were corrected: processor time in milliseconds, the least of
eight profiles (of their medians over the years, and of single years), the code of 24 and of 29 November 2026 in turn on
the same machine. It was busy (load 7 on two cores), so single profiles lay up to twice as high; read the ratio.

| | 24 November: median, least | 29 November: median, least |
| --- | --- | --- |
| county part of a year | 3.47, 3.04 | 4.67, 3.75 |
| - accounts are audited | 0.36, 0.31 | 0.45, 0.41 |
| - moving | 0.27, 0.22 | 0.31, 0.25 |
| - incomes of residents | 0.07, 0.05 | 0.27, 0.12 |
| - set historical residuals | - | 0.15, 0.12 |
| - growth accounting, output in volume | - | 0.10, 0.09 |
| persons' kernels, for comparison | 0.38, 0.31 | 0.47, 0.37 |
"""
