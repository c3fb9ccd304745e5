"""What figures and tables look at: the runs of a study beside history, with names, groups and the reference."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, TypeVar

import numpy as np
import pandas as pd
import xarray as xr

from outputs import spread
from outputs.spread import Basis
from sim.core import dataset
from sim.core.declare import Fault, UserError, nearest
from sim.indicators import add_indicators, compared_units, county_group, runs
from sim.words import BASE_YEAR

if TYPE_CHECKING:
    from matplotlib.path import Path

    from sim.region.geography import Polygon

GRID, TEXT_ASPECT = 24, 3.0
LONGEST_TITLE = 44
MOST_SHOWN = 5
MOST_HELD = 2**30  # bytes of stored variables that are kept in memory
PARTS = ("only_", "without_", "with_")  # names of scenarios that a design makes of parts of a plan
SUFFIXES_ZH = ("黎族苗族自治县", "黎族自治县", "自治县", "市", "县")
OBSERVED, SOFT, IMPUTED = "observed", "derived", "imputed"
TRUST = {"official": OBSERVED, "secondary": OBSERVED, "derived": SOFT, "recalled": SOFT, "imputed": IMPUTED}


@dataclass(frozen=True)
class Band:
    """The middle of some runs and the interval around it; no interval of a single run."""

    centre: np.ndarray
    low: np.ndarray
    high: np.ndarray
    inner_low: np.ndarray
    inner_high: np.ndarray
    runs: int

    @property
    def has_interval(self) -> bool:
        """Whether there is more than one run."""
        return self.runs > 1

    @property
    def has_quantiles(self) -> bool:
        """Whether there are enough runs for a range that leaves out the outer ones."""
        return self.runs >= spread.FEW


Made = TypeVar("Made")
Rest = ParamSpec("Rest")


def once(
    make: Callable[Concatenate[View, Rest], Made],
) -> Callable[Concatenate[View, Rest], Made]:
    """Make a table of a view once and keep it, so that all texts and figures read the same numbers."""
    @functools.wraps(make)
    def kept(view: View, *rest: Rest.args, **named: Rest.kwargs) -> Made:
        key = (make.__module__, make.__qualname__, rest, tuple(sorted(named.items())))
        if key not in view.kept:
            view.kept[key] = make(view, *rest, **named)
        return view.kept[key]
    return kept


def band(values: np.ndarray) -> Band:
    """Median with the ranges that hold at least 80 % and 50 % over the first axis; of few runs their range."""
    low, high = spread.bounds(values)
    inner_low, inner_high = spread.bounds(values, 0.5)
    return Band(np.median(values, axis=0), low, high, inner_low, inner_high, len(values))


@dataclass(frozen=True)
class Past:
    """Observed values of one series: years, values and how far each can be trusted."""

    years: np.ndarray
    values: np.ndarray
    trust: np.ndarray


class View:
    """Results with their indicators, history with the same, and what every figure needs to know of them."""

    def __init__(self, results: xr.Dataset, history: xr.Dataset | None = None, reference: str | None = None,
                 polygons: Sequence[Polygon] | None = None, orders: xr.Dataset | None = None,
                 overturns: pd.DataFrame | None = None):
        results = runs.canonical(add_indicators(results))
        # what draws are made of is kept apart: every choice among results would carry hundreds of labels along
        draws = results["draw"].values if "draw" in results.dims else ()
        self.drawn = {str(name): xr.DataArray(label.values, {"draw": draws}, ("draw",))
                      for name, label in results.coords.items() if label.dims == ("draw",) and name != "draw"}
        results = results.drop_vars(self.drawn)
        self.results = results
        self.history = None if history is None else self._beside(history)
        self.scenarios = runs.scenarios(results)
        if not self.scenarios:
            raise UserError(Fault("results", "no finished run to look at", "run the study first"))
        self.reference = runs.reference_of(results, reference)
        self.others = [name for name in self.scenarios if name != self.reference]
        self.focus = runs.BASELINE if runs.BASELINE in self.scenarios else self.scenarios[-1]
        whole = [name for name in self.others if not name.startswith(PARTS)] or self.others
        self.strongest = "full" if "full" in self.others else (whole or [self.reference])[-1]
        self.years = results["year"].values
        self.first, self.last = int(self.years[0]), int(self.years[-1])
        self.members = compared_units(results)
        self.polygons = polygons
        self.orders = orders  # runs of an attribution, along its orders
        self.overturns = overturns  # what overturns its verdicts, where that was asked
        self._runs: dict[tuple[str, str], np.ndarray] = {}
        self._draws: dict[tuple[str, str | None], np.ndarray] = {}
        self._held: dict[str, int] = {}
        self.kept: dict[tuple, Any] = {}

    def _beside(self, history: xr.Dataset) -> xr.Dataset:
        """History with indicators, on the counties of the results, from the base year on."""
        groups = {name: self.results.coords[name].values for name in ("coast", "active") if name in self.results.coords}
        same = np.array_equal(history["county"].values, self.results["county"].values)
        if same and "coast" not in history.coords and groups:
            history = county_group(history, **groups)
        blank = {str(n): dataset.FLAGS.index("missing") for n in history.data_vars if str(n).endswith("_flag")}
        history = add_indicators(history).reindex(county=self.results["county"].values, fill_value=blank)
        return history.sel(year=history["year"] >= BASE_YEAR)

    def has(self, *names: str) -> bool:
        """Whether the results hold all these variables."""
        return all(name in self.results for name in names)

    def runs(self, name: str, scenario: str) -> np.ndarray:
        """[run, year, ...] of a scenario."""
        if (name, scenario) not in self._runs:
            self._hold(name)
            self._runs[name, scenario] = runs.ensemble(self.results, name, scenario)
        return self._runs[name, scenario]

    def pairs(self, name: str, scenario: str, reference: str) -> tuple[np.ndarray, np.ndarray]:
        """The runs of two scenarios that share draw and seed [pair, year, ...], in the same order."""
        self._hold(name)
        return runs.pairs(self.results, name, scenario, reference)

    def _hold(self, name: str) -> None:
        """Keep a variable in memory once it is asked for, while there is room: its files are read whole in less time
        than in parts."""
        variable = self.results.variables[name]
        if name not in self._held and sum(self._held.values()) + variable.nbytes <= MOST_HELD:
            self._held[name] = variable.nbytes
            variable.load()

    def at(self, year: int) -> int:
        """The place of a year; the last one where the horizon is nearer."""
        return int(np.searchsorted(self.years, min(year, self.last)))

    def count(self, scenario: str) -> int:
        """Number of runs of a scenario."""
        return runs.count(self.results, scenario)

    @cached_property
    def shapes(self) -> dict[int, tuple[Path, np.ndarray]]:
        """Outlines and places of names for maps, by county row; schematic units have none."""
        drawn = ((i, outline(p.rings)) for i, p in enumerate(self.polygons or ()) if not p.schematic)
        return {i: (path, widest_spot(path)) for i, path in drawn}

    @property
    def headline(self) -> str | None:
        """The scenario whose effect is told first: the Opinions as they are carried out, else the strongest one."""
        if not self.others:
            return None
        return runs.BASELINE if runs.BASELINE in self.others else self.strongest

    @cached_property
    def shown(self) -> list[str]:
        """The scenarios that figures draw side by side: all, or of many the reference, the one told first, the
        strongest and the first others, in the order of the study; parts of a plan only where there is nothing else."""
        if len(self.scenarios) <= MOST_SHOWN:
            return self.scenarios
        parts = [name for name in self.scenarios if name.startswith(PARTS)]
        rest = [name for name in self.scenarios if name not in parts]
        first = [name for name in (self.reference, self.headline, self.strongest) if name in rest]
        chosen = list(dict.fromkeys([*first, *rest, *(() if len(rest) > 1 else parts)]))[:MOST_SHOWN]
        return [name for name in self.scenarios if name in chosen]

    def draws_of(self, scenario: str, reference: str | None = None) -> np.ndarray:
        """The draw of every run of a scenario, or of every pair it has with a reference, in the order of both."""
        if (scenario, reference) not in self._draws:
            there = runs.present(self.results)
            mine = there.sel(scenario=scenario)
            mine = mine if reference is None else mine & there.sel(scenario=reference)
            labels = np.broadcast_to(self.results["draw"].values[:, None], mine.shape)
            self._draws[scenario, reference] = labels[mine.transpose("draw", "seed").values]
        return self._draws[scenario, reference]

    @cached_property
    def basis(self) -> Basis:
        """What ranges over the runs of a scenario rest on: those of the scenario with the fewest."""
        return min((spread.basis(self.draws_of(name)) for name in self.scenarios), key=lambda b: (b.draws, b.runs))

    @cached_property
    def varied(self) -> list[str]:
        """What differs between draws: `imputation` (base data), parameters, levers, outlook series."""
        return [name for name, values in self.drawn.items() if len(np.unique(values.values)) > 1]

    @cached_property
    def runs_range(self) -> tuple[int, int]:
        """The smallest and the largest number of runs a scenario has."""
        numbers = [self.count(name) for name in self.scenarios]
        return min(numbers), max(numbers)

    def names(self, lang: str) -> list[str]:
        """Short names of the counties."""
        coord = f"name_{lang}"
        if coord not in self.results.coords:
            return [str(code) for code in self.results["county"].values]
        return [short_name(str(name), lang) for name in self.results[coord].values]

    @cached_property
    def _counties(self) -> list[dict[str, object]]:
        codes = self.results["county"].values
        names = {name: self.results[name].values if name in self.results.coords else codes
                 for name in ("name_en", "name_zh")}
        return [{"county": int(code)} | {name: str(values[row]) for name, values in names.items()}
                for row, code in enumerate(codes)]

    def county(self, row: int) -> dict[str, object]:
        """Code and names of a county as results spell them, as columns of a table; figures shorten names."""
        return dict(self._counties[row])

    def unit(self, name: str) -> str:
        """The declared unit of a variable."""
        return str(self.results.variables[name].attrs.get("units", ""))

    def label(self, name: str, lang: str) -> str:
        """The declared name of a variable."""
        attrs = self.results.variables[name].attrs
        return str((attrs.get("long_name_zh") if lang == "zh" else "") or attrs.get("long_name", name))

    def scenario_title(self, name: str, lang: str) -> str:
        """The title of a scenario where the study gives one, else its name."""
        coord = "scenario_title_zh" if lang == "zh" else "scenario_title"
        if coord in self.results.coords:
            place = [str(s) for s in self.results["scenario"].values].index(name)
            return str(self.results[coord].values[place]) or name
        return name

    def called(self, name: str, lang: str, most: int = LONGEST_TITLE) -> str:
        """The title of a scenario as figures and sentences name it: cut where it is long."""
        return cut(" ".join(self.scenario_title(name, lang).split()), most)

    def past(self, name: str, county: int | None = None) -> Past | None:
        """A series of history (of one county row); None where nothing is known."""
        if self.history is None or name not in self.history or "year" not in self.history.variables[name].dims:
            return None
        there = self.history.variables  # without the labels that xarray looks up for each array it hands out
        values, flags, years = there[name], there.get(f"{name}_flag"), there["year"].values
        if county is not None:
            values = values.isel(county=county)
            flags = None if flags is None else flags.isel(county=county)
        known = np.isfinite(values.values)
        if values.ndim != 1 or not known.any():
            return None
        words = np.full(len(known), OBSERVED, dtype=object) if flags is None else np.array(
            [TRUST.get(dataset.FLAGS[int(flag)], IMPUTED) for flag in flags.values], dtype=object)
        inside = known & (years <= self.last)
        return Past(years[inside], values.values[inside], words[inside])


def cut(text: str, most: int) -> str:
    """A text of at most so many letters, with a sign where it is cut."""
    return text if len(text) <= most else f"{text[:most - 1].rstrip()}…"


def found_by_name(wanted: Sequence[str], known: Mapping[str, int]) -> list[int]:
    """The counties of these words, each once, by what they are known by, however it is written; UserError with all
    that name none."""
    folded = {name.casefold(): county for name, county in known.items()}
    faults = [Fault(word, "no such county", nearest(word, known) or f"by name or code: {', '.join(list(known)[:2])}")
              for word in wanted if word.casefold() not in folded]
    if faults:
        raise UserError(*faults)
    return list(dict.fromkeys(folded[word.casefold()] for word in wanted))


def short_name(name: str, lang: str) -> str:
    """A county's name without its rank (海口市 -> 海口)."""
    if lang == "zh":
        for suffix in SUFFIXES_ZH:
            if name.endswith(suffix) and len(name) > len(suffix) + 1:
                return name.removesuffix(suffix)
    return name


# --- places on a map


def outline(rings: Iterable[np.ndarray]) -> Path:
    """The rings of a county as one path."""
    from matplotlib.path import Path  # here, for those who read results without drawing them

    return Path.make_compound_path(*(Path(ring, closed=True) for ring in rings))


def widest_spot(path: Path) -> np.ndarray:
    """The point inside farthest from the border, for a line of text (distances sideways count less)."""
    corners = np.asarray(path.vertices)
    low, high = corners.min(axis=0), corners.max(axis=0)
    inner = (np.arange(GRID) + 0.5) / GRID
    points = low + np.stack(np.meshgrid(inner, inner), axis=-1).reshape(-1, 2) * (high - low)
    points = points[path.contains_points(points)]
    border = np.concatenate([_dense(np.asarray(ring)) for ring in path.to_polygons()])
    scale = np.array([1 / TEXT_ASPECT, 1.0])
    distance = np.min(np.sum(((points[:, None] - border[None]) * scale) ** 2, axis=-1), axis=1)
    return points[np.argmax(distance)] if len(points) else (low + high) / 2


def _dense(ring: np.ndarray, parts: int = 4) -> np.ndarray:
    """Points along a ring."""
    steps = np.arange(parts)[:, None, None] / parts
    return (ring[:-1] + steps * np.diff(ring, axis=0)).reshape(-1, 2)
