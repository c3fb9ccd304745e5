"""The model: it holds the state, runs the schedule, audits and records each year."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import mesa
import numpy as np

from sim import arguments, holds, names, schedule, settle
from sim.agents.county import Counties, County
from sim.agents.outside import Outside
from sim.agents.park import Park
from sim.agents.province import PROVINCE_CARDS, PROVINCE_TABLES, Province
from sim.agents.reach import Reach, Reaches
from sim.audit import audit
from sim.core.cache import compiled_mark, sweep, used
from sim.core.compiling import compile_kernels
from sim.core.declare import Card
from sim.indicators import inequality
from sim.mechanisms.past import History, nothing_asked
from sim.region import base_year, exogenous
from sim.region.pack import Pack, load_pack, read_pack
from sim.region.parks import parks
from sim.region.schema import PROVINCE
from sim.scenario import Scenario
from sim.scenario.plan import Now
from sim.state import Continued
from sim.words import BASE_YEAR, HORIZON, USUAL_WEIGHT

PREPARED_YEAR = 2026  # by then every mechanism has run, so every kernel is compiled
COUNTY_CARDS = Counties.cards()
REACH_CARDS = Reaches.cards()
START_OF_YEAR_ACCOUNT = ("province_balance",)


def residents(model: HainanModel) -> int:
    """All residents at the end of the year."""
    return int(model.counties.population.sum())


def output(model: HainanModel) -> float:
    """Output of the year, million CNY at 2020 prices."""
    return float(model.counties.gdp.sum())


def output_gap(model: HainanModel) -> float:
    """Theil index of output per resident."""
    return gap(model, model.counties.gdp)


def income_gap(model: HainanModel) -> float:
    """Theil index of disposable income per resident."""
    return gap(model, model.counties.disposable_income.sum(axis=1))


def gap(model: HainanModel, total: np.ndarray) -> float:
    """Theil index over the active counties of a total per resident."""
    people = model.counties.population_mid[model.active]
    return float(inequality.theil_t(total[model.active] / people, people))


HEADLINE = {"year": "year", "population": residents, "gdp": output, "theil_gdp_pc": output_gap,
            "theil_inc_pc": income_gap}
"""Reporters for Mesa's DataCollector and batch_run; all other results are in `record`."""


class HainanModel(Continued, mesa.Model):
    """Hainan's counties, their people, governments and markets; each step is one year.

    `plan`: a Scenario, or the name or path of one. `seed`: the random seed; None means 0, with a warning. `rng`: a seed
    or a random generator, as in Mesa; takes precedence over `seed`. `weight`: residents that one simulated person
    represents. `until`: the last year. `draw`: 0 for central values, a number for an imputation of the missing
    base-year data, or a mapping with `imputation`, `sections`, `levers`, `parameters`, `outlook`. `threads`: how many
    share the work on persons; the results do not depend on it. `history`: residuals that make the run follow observed
    years (`sim.closure.followed`); without them the run is free from the base year. `held`: causes
    (`sim.holds.TERMS`) that keep their values from the end of the year `held_from` (default: the base year). `pack`: a
    data pack in place of the shipped one, as a folder or as `sim.region.pack.load_pack` gives it.

    Any other keyword is a lever, section, parameter or outlook series and overrides the scenario, with the same values
    as in a scenario file: `hukou_open=1.0` (a number is attained from 2019 on), `hukou_open="full"`, `section_2_1=0.5`
    (a share between none and full), `hukou_conversion_rate=0.1`.

    Raises UserError listing every invalid argument.

    `copy.deepcopy`, `pickle`, `save` and `load` give a model that continues exactly as this one would; `branch` gives a
    copy that continues under another scenario.

    After a step, `counties` and `persons` hold the state at the end of `year`; `account`, `prices` and `watch` hold
    that of the province; `county[code]` is one county; `record[name]` holds the recorded series, row t for year
    2010 + t.
    """

    def __init__(self, plan: Scenario | str = "baseline", seed: int | None = 0, weight: int = USUAL_WEIGHT,
                 until: int = HORIZON, draw: int | Mapping = 0, rng: object = None, threads: int = 1,
                 history: History | None = None, held: str | Iterable[str] = (), held_from: int | None = None,
                 pack: str | Path | Pack | None = None, **settings: object):
        given = arguments.checked(plan, seed, rng, draw, settings, history, weight=weight, until=until,
                                  threads=threads)
        super().__init__(rng=given.seed)
        self.plan, self.seed, self.weight, self.until, self.draw, self.threads = given
        self.pack = read_pack(pack)
        self.n, self.active, self.codes = self.pack.n, self.pack.active, np.asarray(self.pack.codes, dtype=np.int64)
        self.names, self.province_code = tuple(self.pack.names_en), PROVINCE
        self.history = history or nothing_asked(self.n)
        self._start_from(settle.base_year(self.pack, self.weight, self.draw, self.plan.parameters))
        self.held, self.held_from = holds.asked(held, held_from, self.until)
        self.when_held: dict[str, np.ndarray] = {}
        self.outlook = self.outlook_of(self.plan)
        self.county = {
            int(code): County(self, row, int(code), self.pack.names_en[row], self.pack.names_zh[row])
            for row, code in enumerate(self.codes)
        }
        self.province, self.outside_world = Province(self), Outside(self)
        self.park = {park.name: Park(self, row, park.name) for row, park in enumerate(parks(self.pack))}
        tree = self.observed.rivers
        self.reach = {name: Reach(self, row, name, tree.names_zh[row]) for row, name in enumerate(tree.names)}
        self.before = self.now
        self.open_record()
        self.counties.population_mid[:] = self.counties.population
        self._record()
        if self.held and self.year == self.held_from:
            self.hold(self.held)
        self.datacollector = mesa.DataCollector(model_reporters=HEADLINE)
        self.datacollector.collect(self)
        self.running = self.year < self.until

    def _start_from(self, settled: settle.BaseYear) -> None:
        self.parameters, self.observed, self.settled = settled.parameters, settled.observed, settled.settled
        for table in names.TABLES:
            setattr(self, table, getattr(settled, table).copied())
        self.persons = settled.persons.copied()
        self.year = BASE_YEAR
        self.now = self.plan.at(self.year)

    @staticmethod
    def cards() -> dict[str, Card]:
        """Cards of all recorded variables."""
        return COUNTY_CARDS | PROVINCE_CARDS | REACH_CARDS

    def lever(self, name: str) -> np.ndarray:
        """A lever's value this year by county: zero outside the group it acts on."""
        return settle.acts_in(self.pack, name) * getattr(self.now, name)

    def hold(self, terms: str | Iterable[str]) -> None:
        """Hold causes at their present values from the next year on; an empty list releases all.

        UserError for an unknown cause, or if no year is left.
        """
        self.held, self.held_from = holds.asked(terms, self.year, self.until)
        self.when_held = holds.remembered(self) if self.held else {}
        self.outlook = self.outlook_of(self.plan)

    def outlook_of(self, plan: Scenario) -> Mapping[str, np.ndarray]:
        """All outlook series from the base year on, under the plan and the held causes."""
        return holds.outlook(exogenous.path(self.pack, plan.outlook, shifts=plan.shifted), self.held, self.held_from)

    def levers_of(self, year: int) -> Now:
        """The levers of a year, given the held causes."""
        now = self.plan.at(year)
        return holds.levers(now, self.plan.at(self.held_from), self.held) if self.holds_in(year) else now

    def holds_in(self, year: int) -> bool:
        """Whether a cause is held in a year."""
        return bool(self.held) and year > self.held_from

    def step(self) -> None:
        """Simulate one year: levers, schedule, audit, record."""
        if not self.running:
            return
        self.begin_year()
        if self.holds_in(self.year):
            for rule in holds.year(self.held):
                rule(self)
        else:
            for step in schedule.SCHEDULE:
                step.happen(self)
        self.end_year()

    def begin_year(self) -> None:
        """Set the levers of the next year, and store values at its start."""
        self.year += 1
        self.before, self.now = self.now, self.levers_of(self.year)
        self.start = {name: getattr(self.counties, name).copy() for name in names.START_OF_YEAR}
        self.start_account = {name: getattr(self.account, name).copy() for name in START_OF_YEAR_ACCOUNT}

    def end_year(self) -> None:
        """Audit and record the year."""
        self.counties.population_mid[:] = 0.5 * (self.start["population"] + self.counties.population)
        audit(self)
        self._record()
        if self.held and self.year == self.held_from:
            self.hold(self.held)
        self.datacollector.collect(self)
        self.running = self.year < self.until

    def open_record(self) -> None:
        """An empty record for the current tables."""
        self.record, self._books = _books(self)

    def _record(self) -> None:
        row = self.year - BASE_YEAR
        for book, columns in self._books:
            np.concatenate(columns, out=book[row], casting="same_kind")


# ---- set-up ---------------------------------------------------------------------------------------------------


def _books(model) -> tuple[dict[str, np.ndarray], list]:
    """The record: one array per data type, with a row per year into which all columns are written in sequence.

    A variable of the record is a view of its array.
    """
    years = model.until - BASE_YEAR + 1
    of_province = [(getattr(model, name), table.cards()) for name, table in PROVINCE_TABLES.items()]
    tables = ((model.counties, COUNTY_CARDS), *of_province, (model.reaches, REACH_CARDS))
    record: dict[str, np.ndarray] = {}
    books = []
    for kind in ("float32", "int64"):
        columns = {name: getattr(table, name) for table, cards in tables for name, card in cards.items()
                   if card.dtype == kind}
        ends = np.cumsum([column.size for column in columns.values()])
        book = np.zeros((years, ends[-1]), dtype=kind)
        windows = np.split(book, ends[:-1], axis=1)
        record |= {name: window.reshape(years, *column.shape)
                   for (name, column), window in zip(columns.items(), windows, strict=True)}
        books.append((book, [column.reshape(-1) for column in columns.values()]))
    return {name: record[name] for name in model.cards()}, books


def prepare(weight: int, tell: Callable[[int, int], object] | None = None) -> None:
    """Build what all runs at this weight share: compiled kernels and the base population.

    `tell` is called with the number of kernels compiled and their total.
    """
    mark = compiled_mark()
    new = not used(mark)
    if new:
        compile_kernels(tell)
    _call_all_kernels(max(weight, 1000))
    if new:
        mark.touch()
        sweep()
    base_year.people(load_pack(), weight)


@functools.cache
def _call_all_kernels(weight: int) -> None:
    """Load them into this process, for its forks to inherit; compile the remaining ones, whose types are not stored."""
    model = HainanModel("full", seed=0, weight=weight, until=PREPARED_YEAR)
    while model.running:
        model.step()
