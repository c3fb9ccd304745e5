"""Run the model for one scenario and one seed to its horizon, and return its record as a Dataset.

`HAINAN` is the model in the form required by studies (sim/study/runnable.py); its methods are the functions of this
file.
"""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from sim.core.dataset import Labels
from sim.core.declare import Card, Fault, Limits
from sim.words import BASE_YEAR, HORIZON, LAST_FOLLOWED, LAST_YEAR, USUAL_WEIGHT, WEIGHTS

if TYPE_CHECKING:  # imported on use: workers need some of them, readers of results none
    import xarray as xr

    from sim.mechanisms.past import History
    from sim.model import HainanModel
    from sim.region.pack import Pack
    from sim.scenario import Scenario
    from sim.scenario.follow import Choice

Draw = int | Mapping[str, object]
"""A draw: 0 for the central values, the number of an imputation, or a mapping with `imputation`, `observation` (a
possible history, if history is followed), `sections`, `levers`, `parameters`, `outlook`, `shifts`."""
ROOT = Path(__file__).resolve().parents[1]
SECONDS_OF_A_YEAR, SECONDS_OF_PERSONS = 0.006, 0.9  # of a run: of its counties, and of persons at weight one
PACK = "data_pack"  # the attribute that names a pack which is not the shipped one
OUTSIDE = 0  # code of the outside, as origin or destination


def run_arrays(plan: Scenario, seed: int = 0, draw: Draw = 0, weight: int = USUAL_WEIGHT, until: int = HORIZON,
               keep: str = "all", on_year: Callable[[int], object] | None = None,
               history_until: int | None = None, history: History | None = None,
               follow: str | Path | Choice | None = None) -> dict[str, np.ndarray]:
    """The record of one run as plain arrays [year, ...], of the variables kept at this level of detail.

    `on_year` is called with each simulated year; `history_until`, `history` and `follow` as in `simulated`.
    """
    return record(simulated(plan, seed, draw, weight, until, on_year, history_until=history_until, history=history,
                            follow=follow), keep)


def simulated(plan: Scenario, seed: int = 0, draw: Draw = 0, weight: int = USUAL_WEIGHT, until: int = HORIZON,
              on_year: Callable[[int], object] | None = None, threads: int = 1,
              history_until: int | None = None, history: History | None = None,
              follow: str | Path | Choice | None = None) -> HainanModel:
    """A model run to its horizon; the number of threads affects the run time, not the result.

    `history_until`: the last year of observed history to follow (`sim.closure`); None for a free run from the base
    year. `follow`: which series are followed and how closely, a TOML file or a choice (`sim.scenario.follow`); None for
    all observed series. `history`: residuals solved earlier, to be used instead.
    """
    from sim.model import HainanModel

    choice = chosen(follow, history_until)
    if history_until is not None:
        from sim import closure

        history = closure.followed(history_until, plan, draw, last=until, follow=choice).history
    model = HainanModel(plan=plan, seed=seed, draw=draw, weight=weight, until=until, threads=threads, history=history)
    while model.running:
        model.step()
        if on_year:
            on_year(model.year)
    return model


def record(model: HainanModel, keep: str = "all") -> dict[str, np.ndarray]:
    """The record of a model, for the variables kept at this level of detail."""
    return {name: model.record[name] for name, card in model.cards().items() if card.kept(keep)}


def run(scenario: str | Path | Scenario, seed: int = 0, weight: int = USUAL_WEIGHT, until: int = HORIZON,
        draw: Draw = 0, on_year: Callable[[int], object] | None = None, threads: int = 1,
        history_until: int | None = None, follow: str | Path | Choice | None = None,
        pack: str | Path | Pack | None = None) -> xr.Dataset:
    """One run as a Dataset [year, ...] with all indicators; `scenario` is a name, a path or a Scenario.

    `weight`: residents that one simulated person represents. `draw`: 0 for central values, a number for an imputation,
    or a mapping (see `HainanModel`). `on_year` is called with each simulated year. `history_until`: the last year of
    observed history to follow, `follow` a TOML file that chooses what of it is met. `pack`: a folder with a data pack
    in place of the shipped one. Raises UserError for an invalid file or argument, BrokenAccount where an accounting
    identity does not hold.
    """
    from sim.region.pack import laid_over

    with laid_over(None, pack):
        plan = load_plan(scenario)
        choice = chosen(follow, history_until)
        model = simulated(plan, seed, draw, weight, until, on_year, threads, history_until, follow=choice)
        return as_dataset(record(model), plan, seed, weight, until, draw, history_until, choice)


def as_dataset(arrays: Mapping[str, np.ndarray], plan: Scenario, seed: int, weight: int, until: int,
               draw: Draw = 0, history_until: int | None = None, choice: Choice | None = None) -> xr.Dataset:
    """The arrays of one run, with names, units, indicators and provenance."""
    from sim.core import dataset

    attrs = {
        "title": getattr(plan, "title", "") or plan.name, "scenario": plan.name, "scenario_hash": plan.hash,
        "seed": int(seed), "draw": named(draw), "weight": int(weight),
        "until": int(until), **followed_to(history_until, choice), **attributes(history_until, choice), **hashes(),
    }
    return with_indicators(dataset.make(arrays, cards(), coordinates(until), attrs))


def named(draw: Draw) -> int | str:
    """A draw as an attribute: its number, or all its settings."""
    return draw if isinstance(draw, int) else repr(draw)


def chosen(follow: str | Path | Choice | None, history_until: int | None) -> Choice:
    """The choice of historical series to follow; UserError with all faults of a file, or if no history is followed."""
    from sim.scenario.follow import load_choice, needs_a_year

    choice = load_choice(follow)
    needs_a_year(choice, history_until)
    return choice


def attributes(history_until: int | None = None, choice: Choice | None = None) -> dict[str, str]:
    """Attributes of results on prices, the last years of data, and the history that was followed."""
    from sim.region.pack import BASE_PRICE_YEAR, DEFAULT_PATH, PROVINCE, load_pack

    tables = map(load_pack().table, ("economy", "fiscal", "economy-province"))
    rows = [(code == PROVINCE, year) for table in tables for code, year in zip(table["adcode"], table["year"])]
    counties, province = (max(int(year) for of_province, year in rows if of_province == one) for one in (False, True))
    outlook = "the national and provincial series of the outlook"
    told = (f"base year {BASE_YEAR} and {outlook}; nothing later of counties" if history_until is None else
            f"observed accounts, incomes and residents of counties to {history_until}"
            f"{', as far as follow says' if choice else ''}, and {outlook}")
    here = load_pack()
    own = {} if here.path == DEFAULT_PATH.resolve() else {PACK: here.path.name}
    return {"prices": f"money at {BASE_PRICE_YEAR} prices by the implicit deflator of provincial GDP (price_level)",
            "price_year": str(BASE_PRICE_YEAR), "data_vintage": f"counties to {counties}, province to {province}",
            "information": told, **own}


def followed_to(history_until: int | None, choice: Choice | None = None) -> dict[str, int | str]:
    """The last year of followed history and the choice of series, as attributes; none for a free run."""
    return {} if history_until is None else {"history_until": int(history_until),
                                             **(choice.attributes() if choice else {})}


# --- the interface for studies


def cards() -> dict[str, Card]:
    """The cards of all recorded variables."""
    from sim.model import HainanModel

    return HainanModel.cards()


def coordinates(until: int = HORIZON) -> Labels:
    """The labels of every dimension of a result."""
    from sim.core.dataset import LABELS
    from sim.region.pack import load_pack
    from sim.region.rivers import rivers

    pack = load_pack()
    tree = rivers(pack)
    codes = [int(code) for code in pack.codes]
    on_counties = {
        "name_en": pack.names_en, "name_zh": pack.names_zh, "active": pack.active, "coast": pack.group("coast"),
    }
    return {
        "year": list(range(BASE_YEAR, until + 1)), "county": codes, "origin": [*codes, OUTSIDE],
        "destination": [*codes, OUTSIDE], "reach": list(range(tree.n)), "reach_name": ("reach", tree.names),
        "reach_name_zh": ("reach", tree.names_zh), **LABELS,
        **{name: ("county", np.asarray(values)) for name, values in on_counties.items()},
        "price_level": ("year", pack.deflator.reindex(range(BASE_YEAR, until + 1)).to_numpy(float)),
    }


def sources(indicator: str) -> set[str]:
    """An indicator and all variables it depends on, directly or indirectly; none if it is not an indicator."""
    from sim.indicators import INDICATORS

    left, found = [indicator] if indicator.partition("@")[0] in INDICATORS else [], set()
    while left:
        name = left.pop().partition("@")[0]
        if name not in found:
            found.add(name)
            left += [*INDICATORS[name].needs, *INDICATORS[name].joins] if name in INDICATORS else []
    return found


def with_indicators(dataset: xr.Dataset, lazily: bool = False) -> xr.Dataset:
    """The Dataset with all indicators that its variables allow; with `lazily` each is computed when it is looked at."""
    from sim.indicators import add_indicators

    return add_indicators(dataset, lazily=lazily)


def load_plan(scenario: str | Path | Scenario) -> Scenario:
    """A frozen Scenario, given by name, path or object; UserError with all faults of its files."""
    from sim.scenario import Scenario, load_scenario

    return scenario if isinstance(scenario, Scenario) else load_scenario(scenario)


def draw_of(row: Mapping[str, float]) -> Draw:
    """A row of the table of draws in the form used by the model: numbers sorted by what they change.

    A column `section:2.1` sets a whole section, as a share between none (0) and full (1); `shift:visitors` is added to
    that outlook series.

    UserError for an unknown name.
    """
    from sim.arguments import sorted_out
    from sim.core.declare import UserError

    number, imputation, observation = (int(row.get(name, 0)) for name in ("draw", "imputation", "observation"))
    scalars = {name: value for name, value in row.items() if name not in ("draw", "imputation", "observation")}
    if not scalars and imputation == number and not observation:
        return number
    faults: list[Fault] = []
    groups = sorted_out(scalars, faults)
    if faults:
        raise UserError(*(fault._replace(where=f"draws.csv: {fault.where}") for fault in faults))
    return {"imputation": imputation, **({"observation": observation} if observation else {}), **groups}


def remark_on(rows: Sequence[Mapping[str, object]]) -> str:
    """A sentence on the levers set by a table of draws, which are attained values; empty if it sets none."""
    from sim.levers import OPINIONS, REGISTRY

    named = [name for name in (rows[0] if rows else ()) if name in REGISTRY]
    return "" if not named else (
        f"the table of draws sets {', '.join(named)}: each number is taken as attained from {OPINIONS} (or the "
        "`since` of the scenario) on, regardless of capacity and delay; a column section:2.1 sets a plan between none "
        "and full")


def draw_limits(header: Sequence[str]) -> dict[str, Limits]:
    """The ranges of the numbers in a draw: of sections and levers, and of parameters, outlook series and shifts if the
    header names any.
    """
    from sim.levers import REGISTRY
    from sim.scenario import plan

    known = {name: Limits(*lever.range) for name, lever in REGISTRY.items()} | _section_limits()
    if any(name not in known for name in header):
        known |= {name: Limits(*series.bounds) for name, series in plan.outlook_series().items()}
        known |= _shift_limits() if any(name.startswith(plan.SHIFT) for name in header) else {}
        known |= {name: card.limits for name, card in plan.parameter_cards().items()
                  if isinstance(card.default, int | float)}
    return known


def _section_limits() -> dict[str, Limits]:
    """Ranges of section shares, for sections with levers, under the names of columns and of keywords."""
    from sim.levers import SECTIONS
    from sim.scenario.plan import SECTION

    ids = ["all", *(name for name, one in SECTIONS.items() if one.levers)]
    return {f"{SECTION}{sign}{name}": Limits(0.0, 1.0) for one in ids
            for sign, name in ((":", one), ("_", one.replace(".", "_")))}


def _shift_limits() -> dict[str, Limits]:
    """Permitted shifts of every outlook series, such that no year after the data leaves its range."""
    from sim.region import exogenous
    from sim.region.pack import load_pack
    from sim.scenario import plan

    found: dict[str, Limits] = {}
    for name, path in exogenous.path(load_pack()).items():
        (low, high), later = plan.outlook_series()[name].bounds, path[plan.PROJECTION - BASE_YEAR:]
        if np.isnan(later).all():  # for comparison only: no later values
            continue
        limits = Limits(float(low - np.nanmin(later)), float(high - np.nanmax(later)))
        found |= {f"{plan.SHIFT}:{name}": limits, f"{plan.SHIFT}_{name}": limits}
    return found


def prepare(weight: int, on_kernel: Callable[[int, int], object] | None = None) -> None:
    """Compile the kernels and build the base population once, before workers start.

    `on_kernel` is called with the number of kernels compiled and their total.
    """
    from sim import model

    model.prepare(weight, on_kernel)


# --- provenance


def hashes() -> dict[str, str]:
    """Provenance of a result: hashes of the code, the data and the locked libraries.

    If rows are added to the pack, `data_hash` covers both, and `pack_hash` and `overlay_hash` are those of each.
    """
    return {"code_hash": code_hash(), "data_hash": data_hash(), "lock_hash": lock_hash(), **_overlay_hashes()}


def _overlay_hashes() -> dict[str, str]:
    from sim.region.pack import load_pack

    pack = load_pack()
    return {"pack_hash": pack.own_hash, "overlay_hash": pack.overlay_hash} if pack.overlay_hash else {}


def code_hash() -> str:
    """Hash of all Python sources of the model."""
    from sim.core.cache import source_hash

    return source_hash()


def data_hash() -> str:
    """Hash of the data pack."""
    from sim.region.pack import load_pack

    return load_pack().hash


@functools.cache
def lock_hash() -> str:
    """Hash of the locked libraries; empty if the lock file is missing."""
    lock = ROOT / "requirements.lock"
    return hashlib.sha256(lock.read_bytes()).hexdigest() if lock.is_file() else ""


# --- the model as run by studies


class Hainan:
    """The model of Hainan as an object that studies can run (`sim.study.runnable.Runnable`).

    `pack` names a folder with a data pack in place of the shipped one, `data` one of rows over it
    (`sim.region.pack.use_pack`, `lay_over`): they travel with the object, so that the workers of a batch, wherever they
    are, read the same; the hash is compared before a block is run.
    `history_until` is the last year whose observed output is followed (`sim.closure`), `follow` what of it is met.
    """

    horizon, horizons = HORIZON, Limits(BASE_YEAR + 1, LAST_YEAR, whole=True)
    weight, weights = USUAL_WEIGHT, Limits(*WEIGHTS, whole=True)
    load_plan = staticmethod(load_plan)
    draw_of = staticmethod(draw_of)
    remark_on = staticmethod(remark_on)
    cards = staticmethod(cards)
    sources = staticmethod(sources)
    with_indicators = staticmethod(functools.partial(with_indicators, lazily=True))

    def __init__(self, data: str | Path | None = None, history_until: int | None = None,
                 follow: Choice | None = None, pack: str | Path | None = None):
        self.data, self.pack = (None if folder is None else Path(folder).resolve() for folder in (data, pack))
        self.history_until, self.follow = history_until, follow

    def coordinates(self, until: int = HORIZON) -> Labels:
        """The labels of every dimension of a result."""
        with self._over_the_pack():
            return coordinates(until)

    def draw_limits(self, header: Sequence[str]) -> dict[str, Limits]:
        """The ranges of the numbers that a draw may hold."""
        with self._over_the_pack():
            return draw_limits(header)

    def attributes(self) -> dict[str, str]:
        """Attributes of results on prices, data and the history that was followed."""
        with self._over_the_pack():
            return attributes(self.history_until, self.follow)

    def hashes(self) -> dict[str, str]:
        """Provenance of a result: code, data, locked libraries."""
        with self._over_the_pack():
            return hashes()

    def following(self, history_until: int | None, follow: Choice | None = None) -> Hainan:
        """This model, following observed history up to that year under a choice of series; UserError if impossible."""
        limits = Limits(BASE_YEAR + 1, LAST_FOLLOWED, whole=True)
        if (history_until, follow or None) == (self.history_until, self.follow or None):
            return self
        if history_until is not None and not (isinstance(history_until, int) and limits.admit(history_until)):
            from sim import closure  # the user's own rows may add years
            from sim.region.pack import load_pack

            with self._over_the_pack():
                closure.refuse_other_years(history_until, load_pack())
        return Hainan(self.data, history_until, follow, self.pack)

    def on_pack(self, pack: str | Path) -> Hainan:
        """This model on the data pack of a folder, unless it has a pack of its own; UserError with all its faults."""
        made = self if self.pack is not None else Hainan(self.data, self.history_until, self.follow, pack)
        with made._over_the_pack():
            return made

    def solving(self, plan: Scenario, draw: Draw, until: int) -> tuple[str, int, float] | None:
        """The solution required for a draw before its runs, if history is followed: name, reference runs, seconds."""
        if self.history_until is None:
            return None
        from sim import closure

        with self._over_the_pack():
            cost = closure.cost(self.history_until, plan, draw, self.follow, until)
        about = repr((draw, sorted(plan.parameters.items()), plan.outlook_stages, plan.shifts))
        return None if cost is None else (about, cost.runs, cost.seconds)

    def seconds(self, weight: int, until: int) -> float:
        """Approximate seconds per run on one processor of a typical server."""
        return (until - BASE_YEAR) * (SECONDS_OF_A_YEAR + SECONDS_OF_PERSONS / weight)

    def prepare(self, weight: int, on_kernel: Callable[[int, int], object] | None = None) -> None:
        """Compile the kernels and build the base population once."""
        with self._over_the_pack():
            prepare(weight, on_kernel)

    def run_arrays(self, plan: Scenario, seed: int = 0, draw: Draw = 0, weight: int = USUAL_WEIGHT,
                   until: int = HORIZON, keep: str = "all", on_year: Callable[[int], object] | None = None) -> dict[str,
                   np.ndarray]:
        """The record of one run as plain arrays."""
        with self._over_the_pack():
            return run_arrays(plan, seed, draw, weight, until, keep, on_year, self.history_until, follow=self.follow)

    def _over_the_pack(self):
        from sim.region.pack import laid_over

        return laid_over(self.data, self.pack)


HAINAN = Hainan()
"""The default model of studies."""
