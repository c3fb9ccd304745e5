"""Causes of county change: attribution of the change in a window to causes, by reruns with the same random numbers.

A case is a scenario, a draw and a seed. It is run once to the first year of the window, and from there for every
coalition of free terms along the sampled orders, with all others held (`sim.holds`). The contribution of a term is the
change when it is freed, averaged over orders (Shapley 1953; sampled as in Castro, Gomez and Tejada 2009, each order
with its reverse). The change that remains with all terms held is called other; contributions and other sum to the total
change exactly in every county.
"""

from __future__ import annotations

import concurrent.futures
import copy
import hashlib
import io
import time
import zipfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from sim import closure, holds
from sim.core.declare import Fault, UserError
from sim.core.files import write_whole, writing
from sim.indicators.counties import per_head
from sim.indicators.shapley import Coalition, coalitions, sampling_error, shapley
from sim.levers import REGISTRY
from sim.model import HainanModel
from sim.region import exogenous
from sim.region.history import history
from sim.region.pack import in_use, load_pack, take_over
from sim.scenario import Scenario
from sim.scenario.follow import EVERYTHING, Choice
from sim.simulate import Draw, hashes
from sim.words import BASE_YEAR, LAST_YEAR

Floats = NDArray[np.float64]
OTHER = "other"
MEASURES: Mapping[str, tuple[str, str]] = {
    "output": ("output", "地区生产总值"), "income": ("income per resident", "居民人均可支配收入"),
    "residents": ("residents", "常住人口"), "services": ("service level", "公共服务水平")}
"""The measures attributed, in logarithms: gdp, disposable income over residents of the middle of the year,
residents of its end, service index."""
ORDER_SEED = 15  # of the orders that are sampled
LOG_POINTS = 100.0
RECORDED = ("gdp", "population_mid", "population", "service_index")


class Case(NamedTuple):
    """A seed and draw of a scenario, and the window. `history_until`: None for free runs; `follow`: the choice of
    series.
    """

    plan: Scenario
    row: int
    draw: Draw
    seed: int
    weight: int
    first: int
    last: int
    history_until: int | None
    follow: Choice = EVERYTHING


class Reruns(NamedTuple):
    """Logarithms [measure, county] at the start of the window, and at its end by coalition of free terms."""

    start: Floats
    values: Mapping[Coalition, Floats]


def terms_of(first: int, history_until: int | None) -> tuple[str, ...]:
    """Terms that can change after the first year; in free runs, of the residuals only that of output, through shocks.

    The residual attractiveness of places does not change after the base year.
    """
    residuals = ["residual_output"]
    if history_until is not None:
        residuals += ["residual_revenue", "residual_spending", "residual_pay",
                      *(["residual_people"] if first == BASE_YEAR else [])]
    return (*(term.name for term in holds.CAUSES), *residuals)


def sampled_orders(terms: Sequence[str], pairs: int, seed: int = ORDER_SEED) -> tuple[tuple[str, ...], ...]:
    """Orders of all terms, each followed by its reverse."""
    generator = np.random.default_rng(seed)
    found: list[tuple[str, ...]] = []
    for _ in range(pairs):
        order = tuple(terms[place] for place in generator.permutation(len(terms)))
        found += [order, order[::-1]]
    return tuple(found)


def ranked(orders: Sequence[Sequence[str]]) -> list[Coalition]:
    """Every coalition that the orders pass through, the smaller ones first."""
    return sorted(coalitions(orders), key=lambda one: (len(one), sorted(one)))


def last_common(one: Scenario, other: Scenario) -> int:
    """The last year up to which two scenarios are equal, so that their runs are identical.

    UserError where they differ in parameters, which hold in all years.
    """
    if dict(one.parameters) != dict(other.parameters):
        raise UserError(Fault(f"{one.name}, {other.name}", "differ in parameters, which hold from the base year on",
                              "compare scenarios that differ in levers or in the outlook"))
    pack = load_pack()
    paths = [exogenous.path(pack, plan.outlook, shifts=plan.shifted) for plan in (one, other)]

    def same(year: int) -> bool:
        levers = all(getattr(one.at(year), name) == getattr(other.at(year), name) for name in REGISTRY)
        at = year - BASE_YEAR
        return levers and all(np.array_equal(path[at], paths[1][name][at], equal_nan=True)
                              for name, path in paths[0].items())

    return next((year - 1 for year in range(BASE_YEAR + 1, LAST_YEAR + 1) if not same(year)), LAST_YEAR)


# ---- reruns -------------------------------------------------------------------------------------------------------


def logs(model: HainanModel, year: int) -> Floats:
    """The measures of a year, [measure, county]; nan for counties not compared."""
    gdp, persons, residents, services = (model.record[name][year - BASE_YEAR].astype(float) for name in RECORDED)
    income = model.record["disposable_income"][year - BASE_YEAR].astype(float).sum(axis=1)
    found = np.stack([gdp, per_head(income, persons), residents, services])
    return np.log(np.where(model.active & (found > 0), found, np.nan))


def rerun(case: Case, orders: Sequence[Sequence[str]]) -> Reruns:
    """Run a case for every coalition along the orders, with the other terms held from the first year of the window on.
    """
    history = None
    if case.history_until is not None:
        history = closure.followed(case.history_until, case.plan, case.draw, last=case.last,
                                   follow=case.follow).history
    model = HainanModel(case.plan, seed=case.seed, weight=case.weight, until=case.last, draw=case.draw,
                        history=history)
    while model.year < case.first:
        model.step()
    start, terms = logs(model, case.first), frozenset(orders[0])
    values = {}
    for free in ranked(orders):
        one = copy.deepcopy(model)
        one.hold(terms - free)
        while one.running:
            one.step()
        values[free] = logs(one, case.last)
    return Reruns(start, values)


def contributions(found: Reruns, orders: Sequence[Sequence[str]]) -> Floats:
    """The contribution of each term and, last, the change with all terms held: [term, measure, county]."""
    shares, terms = shapley(found.values, orders), _in_order(orders)
    return np.stack([*(shares[name] for name in terms), found.values[Coalition()] - found.start])


def errors(found: Reruns, orders: Sequence[Sequence[str]]) -> Floats:
    """Standard error of each contribution due to the choice of orders; zero for other."""
    wrong, terms = sampling_error(found.values, orders), _in_order(orders)
    return np.stack([*(wrong[name] for name in terms), np.zeros(found.start.shape)])


def _in_order(orders: Sequence[Sequence[str]]) -> list[str]:
    return [name for name in holds.TERMS if name in orders[0]]


# ---- many cases, kept ---------------------------------------------------------------------------------------------


def key(case: Case, orders: Sequence[Sequence[str]]) -> str:
    """The inputs of a case: scenario, draw, seed, weight, window, orders, code and data."""
    about = (case.plan.hash, repr(case.draw), *case[3:], tuple(map(tuple, orders)), sorted(hashes().items()))
    return hashlib.sha256(repr(about).encode()).hexdigest()[:32]


def kept(folder: Path, case: Case, orders: Sequence[Sequence[str]]) -> Reruns | None:
    """A case run before, from its file in the folder; None if there is no readable one."""
    try:
        with np.load(folder / f"{key(case, orders)}.npz") as file:
            start, values = file["start"], file["values"]
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        return None
    names = ranked(orders)
    return Reruns(start, dict(zip(names, values, strict=True))) if len(values) == len(names) else None


def keep(folder: Path, case: Case, orders: Sequence[Sequence[str]], found: Reruns) -> None:
    """Write a case into the folder, whole or not at all."""
    out = io.BytesIO()
    np.savez(out, start=found.start, values=np.stack([found.values[name] for name in ranked(orders)]))
    with writing(folder):
        folder.mkdir(parents=True, exist_ok=True)
        write_whole(folder / f"{key(case, orders)}.npz", out.getvalue())


def cost(cases: Sequence[Case], orders: Sequence[Sequence[str]]) -> tuple[int, int]:
    """Number of runs of the window, and number of solutions of historical residuals."""
    solved = {repr((case.history_until, case.draw, case.plan.parameters, case.plan.outlook_stages, case.plan.shifts))
              for case in cases if case.history_until is not None}
    return len(cases) * len(ranked(orders)), len(solved)


def timed(case: Case, runs: int) -> float:
    """Approximate seconds for runs of a case's window, from timing one run without history."""
    model = HainanModel(case.plan, seed=case.seed, weight=case.weight, until=case.last, draw=case.draw)
    model.step()  # what is loaded or compiled once
    began = time.perf_counter()
    while model.running:
        model.step()
    a_year = (time.perf_counter() - began) / max(1, case.last - BASE_YEAR - 1)
    return runs * a_year * (case.last - case.first)


def all_reruns(cases: Sequence[Case], orders: Sequence[Sequence[str]], folder: Path, workers: int = 1,
               on_case: Callable[[Case], object] = lambda case: None) -> list[Reruns]:
    """All cases, from the folder if stored, otherwise run and stored; `on_case` is called for each."""
    found: dict[int, Reruns] = {}
    lacking = []
    for place, case in enumerate(cases):
        known = kept(folder, case, orders)
        if known is None:
            lacking.append(place)
        else:
            found[place] = known
            on_case(case)

    def ready(place: int, made: Reruns) -> None:
        keep(folder, cases[place], orders, made)
        found[place] = made
        on_case(cases[place])

    if min(workers, len(lacking)) < 2:
        for place in lacking:
            ready(place, rerun(cases[place], orders))
    else:
        with concurrent.futures.ProcessPoolExecutor(min(workers, len(lacking)), initializer=take_over,
                                                    initargs=in_use()) as pool:
            asked = {pool.submit(rerun, cases[place], orders): place for place in lacking}
            for one in concurrent.futures.as_completed(asked):
                ready(asked[one], one.result())
    return [found[place] for place in range(len(cases))]


def together(cases: Sequence[Case], found: Iterable[Reruns], orders: Sequence[Sequence[str]]) -> xr.Dataset:
    """Contributions of all cases in log points x 100: scenario, draw, seed, term, measure, county.

    `contribution` adds up over terms (other is the last) to the change of the window; `order_error` is its standard
    error by the choice of orders. Cases are all combinations of their scenarios, draws and seeds.
    """
    runs = list(found)
    names = list(dict.fromkeys(case.plan.name for case in cases))
    rows, seeds = (list(dict.fromkeys(numbers)) for numbers in (
        [case.row for case in cases], [case.seed for case in cases]))
    terms = [*_in_order(orders), OTHER]
    pack = load_pack()
    shape = (len(names), len(rows), len(seeds), len(terms), len(MEASURES), pack.n)
    shared, wrong = np.full(shape, np.nan), np.full(shape, np.nan)
    for case, one in zip(cases, runs, strict=True):
        at = names.index(case.plan.name), rows.index(case.row), seeds.index(case.seed)
        shared[at], wrong[at] = contributions(one, orders), errors(one, orders)
    dims = ("scenario", "draw", "seed", "term", "measure", "county")
    first = cases[0]
    about = {"first": first.first, "last": first.last, "weight": first.weight, "orders": len(orders),
             "history_until": first.history_until or 0, **hashes()}
    attrs = {"unit": "log points x 100"}
    return xr.Dataset(
        {"contribution": (dims, LOG_POINTS * shared, attrs), "order_error": (dims, LOG_POINTS * wrong, attrs)},
        {"scenario": names, "draw": rows, "seed": seeds, "term": terms, "measure": list(MEASURES),
         "county": [int(code) for code in pack.codes], "name_en": ("county", list(pack.names_en)),
         "name_zh": ("county", list(pack.names_zh)),
         "title_en": ("scenario", [_titles(cases, name)[0] for name in names]),
         "title_zh": ("scenario", [_titles(cases, name)[1] for name in names])}, about)


def _titles(cases: Sequence[Case], name: str) -> tuple[str, str]:
    plan = next(case.plan for case in cases if case.plan.name == name)
    return plan.title or name, plan.title_zh or plan.title or name


# ---- historical residuals -----------------------------------------------------------------------------------------


class AskedByHistory(NamedTuple):
    """Historical residuals of counties at the end of the window: logs, utility for people; and the year of the largest
    change of each (none for people). Arrays [county, kind], see KINDS."""

    level: Floats
    year: NDArray[np.int64]


KINDS = ("primary", "secondary", "tertiary", "revenue", "spending", "pay_urban", "pay_rural", "people")


def asked_by_history(plan: Scenario, draw: Draw, until: int) -> AskedByHistory:
    """Residuals of the closure to a year, and when they moved."""
    told = closure.followed(until, plan, draw, last=None).history
    paths = np.dstack([told.output, told.revenue, told.spending, told.pay])
    moved = BASE_YEAR + 1 + np.abs(np.diff(paths, axis=0)).argmax(axis=0)
    return AskedByHistory(np.column_stack([paths[-1], told.people]),
                          np.column_stack([moved, np.full(len(moved), BASE_YEAR)]))


def parts_of_output(year: int) -> Floats:
    """Branches' parts of a county's observed output [county, branch]; those of the province where none is printed."""
    past = history().sel(year=year)
    cells, province = past["gdp_branch"].values, past["province_gdp_branch"].values
    whole = np.isfinite(cells).all(axis=-1, keepdims=True)
    cells = np.where(whole, cells, province)
    return cells / cells.sum(axis=-1, keepdims=True)
