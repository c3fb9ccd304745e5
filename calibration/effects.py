"""Effects of single levers and provisions: runs from none to full, paired by seed with a no-policy run.

A lever is changed with all others at none, a provision with all its levers, a pair of provisions together; for a pair
also the effect beyond the sum of both. Plans are measured as implemented fully, without delay and permanently
(capacity, lag and persistence at full; they act on plans only, so the no-policy run is unaffected). Results are stored
in docs/policy_effects.csv with code version, seeds and weight, and shown by outputs/policy.py.
"""

from __future__ import annotations

import csv
import functools
import io
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NamedTuple

import numpy as np
import xarray as xr

from sim.core.declare import Fault, UserError
from sim.core.files import write_whole
from sim.indicators.runs import effect
from sim.scenario import Scenario

ROOT = Path(__file__).resolve().parents[1]
FILE = ROOT / "docs" / "policy_effects.csv"
SEEDS, WEIGHT, UNTIL = 10, 400, 2035
BEFORE = 2018
"""The last year before the Opinions, which determines the poorest counties."""

HEADLINE = ("province_gdp_volume", "province_real_inc_pc", "province_gdp", "province_population", "province_inc_pc",
            "province_ur_ratio", "theil_gdp_pc", "theil_inc_pc", "theil_svc", "lev", "province_basic_living",
            "province_water_good", "rci")
LOCAL = ("gdp_volume_pc", "real_inc_pc", "gdp_pc", "inc_pc", "svc", "population")
"""Read in every measurement: of the province, and of the counties a lever is for. What the model does not have yet is
left out."""

PAIRS = (("6.1", "8.2"), ("3.2", "7"), ("2.1", "8.2"), ("4.1", "9.1"), ("5", "8.2"))
WORLDS: Mapping[str, Mapping[str, Mapping[str, object]]] = {
    "lev_warning": {"parameters": {"capital_spending_target": 0.12}},
    "enclave_share": {"levers": {"enclave": "full"}},
    "eco_comp_scale": {"levers": {"eco_comp": "baseline"}},
}
"""A warning of high debt needs counties in debt, a share in the taxes of enclaves needs enclaves, a scale of
compensation needs sections that are covered: such levers are moved in a world that has them."""

LABELLED = ("zone", "sector", "branch", "skill", "service")
"""Dimensions of which every entry is an output of its own; others (age, destination) are summed."""
INTENSIVE = ("share", "ratio", "index", "CNY", "minutes", "years", "log", "log points", "elasticity", "0 or 1")
"""Units averaged over counties; all others are summed."""

ROUNDING = 1e-6
"""Stored numbers have seven digits: a relative difference below it is none."""
T_95 = (12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.160, 2.145, 2.131, 2.120,
        2.110, 2.101, 2.093, 2.086, 2.080, 2.074, 2.069, 2.064, 2.060, 2.056, 2.052, 2.048, 2.045)
"""Student's t, two-sided 95 %, from 1 to 29 degrees of freedom."""


NUMBERS = ("reference", "mean", "low", "high", "above_zero", "stands_out")


class Effect(NamedTuple):
    """One number measured: none to full, `mean` of the paired differences with interval and share above zero.

    `kind`: lever, provision, pair, or beyond (what a pair does beyond the sum of its two). `place`: the counties it is
    read in. `stands_out`: a mean below it is indistinguishable from noise (95 %, Student's t of the
    pairs).
    """

    kind: str
    subject: str
    variable: str
    label: str
    place: str
    years: str
    unit: str
    reference: float
    mean: float
    low: float
    high: float
    above_zero: float
    stands_out: float

    @property
    def clear(self) -> bool:
        """Whether the interval excludes zero and the mean is distinguishable from noise."""
        return (self.low > 0 or self.high < 0) and abs(self.mean) > self.stands_out


@dataclass(frozen=True)
class Measured:
    """Effects with what made them: hashes of code, data and levers; seeds, weight, horizon."""

    about: Mapping[str, str]
    effects: tuple[Effect, ...]

    def of(self, kind: str, subject: str, variable: str | None = None, place: str | None = None) -> list[Effect]:
        """The effects of a subject, of one variable or one place if said."""
        return [e for e in self._by_subject.get((kind, subject), ()) if variable in (None, e.variable)
                and place in (None, e.place)]

    def world(self, lever: str) -> str:
        """The world in which a lever was moved, in words; empty for the common one."""
        return world_words(lever)

    @property
    def _by_subject(self) -> Mapping[tuple[str, str], list[Effect]]:
        found = self.__dict__.get("_found")
        if found is None:
            found = {}
            for one in self.effects:
                found.setdefault((one.kind, one.subject), []).append(one)
            object.__setattr__(self, "_found", found)
        return found


@dataclass(frozen=True)
class Subject:
    """What is moved: the scenario in which it is at full and the one in which it is at none; what is read, and where.

    `reads`: (variable, place). `parts`: of a pair, the names of its two scenarios alone.
    """

    kind: str
    name: str
    full: Scenario
    none: Scenario
    reads: tuple[tuple[str, str], ...]
    parts: tuple[Scenario, ...] = ()


# ---- scenarios ---------------------------------------------------------------------------------------------------


@functools.cache
def world(lever: str) -> Scenario:
    """The scenario in which a lever is moved, the lever itself at none."""
    from sim.levers import GOVERNANCE
    from sim.scenario import load_scenario

    if lever in GOVERNANCE:  # they act on plans, so there must be some
        return load_scenario("baseline").with_levers(**{lever: "none"})
    needed = WORLDS.get(lever, {})
    return load_scenario("no_policy").with_parameters(**needed.get("parameters", {})).with_levers(
        **needed.get("levers", {}))


def world_words(lever: str) -> str:
    """The world of a lever in words, if not the common one."""
    from sim.levers import GOVERNANCE

    if lever in GOVERNANCE:
        return "all other levers at baseline"
    needed = {**WORLDS.get(lever, {}).get("parameters", {}), **WORLDS.get(lever, {}).get("levers", {})}
    return ", ".join(f"{name} = {value}" for name, value in needed.items())


def at_full(scenario: Scenario, levers: Sequence[str]) -> Scenario:
    """A scenario with some levers at full, implemented fully, without delay and permanently."""
    from sim.levers import GOVERNANCE

    steering = () if levers and set(levers) <= set(GOVERNANCE) else GOVERNANCE
    return scenario.with_levers(**dict.fromkeys((*steering, *levers), "full"))


def subjects() -> list[Subject]:
    """Every lever, every provision with a lever, and the declared pairs."""
    from sim.levers import GOVERNANCE, REGISTRY, SECTIONS

    common = world("")
    made = []
    for name, lever in REGISTRY.items():
        places = dict.fromkeys(("all", aimed_at(lever.where)))
        steer = () if lever.where == "all" else (lever.where,)
        reads = [(output, place) for output in lever.outputs for place in places]
        reads += [(output, "all") for output in HEADLINE]
        reads += [(output, place) for output in LOCAL for place in ("poorest_third", *steer)]
        none = world(name)
        if "levers" in WORLDS.get(name, {}):  # what its world plans is carried out in both
            none = at_full(none, ())
        made.append(Subject("lever", name, _named(at_full(none, [name]), f"lever-{name}"),
                            _named(none, "no_policy" if none == common else f"world-{name}"),
                            tuple(dict.fromkeys(reads))))
    summary = (*((output, "all") for output in HEADLINE), *((output, "poorest_third") for output in LOCAL))
    for section in (s for s in SECTIONS.values() if s.levers):
        governing = set(section.levers) <= set(GOVERNANCE)
        none = world(section.levers[0]) if governing else common
        outputs = dict.fromkeys((output, "all") for name in section.levers for output in REGISTRY[name].outputs)
        made.append(Subject("provision", section.id, _named(at_full(none, section.levers), _slug(section.id)),
                            _named(none, f"world-{section.levers[0]}" if governing else "no_policy"),
                            tuple(dict.fromkeys((*outputs, *summary)))))
    for pair in PAIRS:
        levers = [SECTIONS[i].levers for i in pair]
        if all(levers):
            parts = tuple(_named(at_full(common, own), _slug(i)) for i, own in zip(pair, levers, strict=True))
            both = _named(at_full(common, [*levers[0], *levers[1]]), _slug(*pair))
            made.append(Subject("pair", "+".join(pair), both, _named(common, "no_policy"), summary, parts))
    return made


def aimed_at(where: str) -> str:
    """The counties of a lever; for levers of all counties, the third with the lowest incomes."""
    return "poorest_third" if where == "all" else where


def _slug(*sections: str) -> str:
    return "-".join(("provision" if len(sections) == 1 else "pair", *(i.replace(".", "_") for i in sections)))


def _named(scenario: Scenario, name: str) -> Scenario:
    return replace(scenario, name=name, title=name, title_zh="")


def scenarios(wanted: Sequence[Subject]) -> list[Scenario]:
    """The scenarios of some subjects, each once."""
    found: dict[str, Scenario] = {}
    for one in wanted:
        for scenario in (one.none, one.full, *one.parts):
            found.setdefault(scenario.name, scenario)
    return list(found.values())


# ---- running and reading -----------------------------------------------------------------------------------------


def measure(seeds: int | None = None, weight: int | None = None, workers: int | None = None,
            out: str | Path | None = None, until: int = UNTIL, wanted: Sequence[Subject] | None = None,
            progress: bool = True) -> Measured:
    """Run the measurements (resuming finished ones) and read the effects."""
    from sim.study.batch import open_results, run_study

    seeds, weight = seeds or SEEDS, weight or WEIGHT
    wanted = subjects() if wanted is None else wanted
    about = {**state(), "seeds": str(seeds), "weight": str(weight), "until": str(until)}
    folder = Path(out) if out else Path("runs") / f"policy-{about['code']}-weight{weight}"
    study = SimpleNamespace(name="policy", title="What each lever does alone", title_zh="各项政策单独的效果",
                            scenarios=scenarios(wanted), reference=wanted[0].none.name)
    outcome = run_study(study, seeds=seeds, draws=0, weight=weight, until=until, workers=workers, out=folder,
                        progress=progress, keep="all")
    if outcome.failed:
        raise UserError(*(Fault(str(run), why) for run, why in list(outcome.failed.items())[:5]),
                        Fault(str(folder), f"{len(outcome.failed)} runs failed, no effect is written",
                              "fix the cause, then run the same command again"))
    names = {output for one in wanted for output, _ in one.reads} | {"inc_pc"}
    results = open_results(folder, variables=sources(names, stored(folder)))
    return Measured(about, tuple(sorted(effects_of(results, wanted, places(results)))))


def state() -> dict[str, str]:
    """Inputs of the effects: hashes of code, data and levers."""
    from sim import simulate
    from sim.scenario import load_scenario

    hashes = simulate.hashes()
    made = {"code": hashes["code_hash"], "data": hashes["data_hash"], "levers": load_scenario("full").hash}
    return {name: text[:12] for name, text in made.items()}


def stored(folder: Path) -> list[str]:
    """What a study has stored."""
    from sim.study.store import Folder

    return list(Folder(folder).manifest()["variables"])


def sources(names: set[str], variables: Sequence[str]) -> list[str]:
    """The stored variables that some outputs are, or are computed from."""
    from sim import simulate

    found = set().union(*({name.partition("@")[0]} | simulate.sources(name) for name in names))
    return [name for name in variables if name in found]


def places(results: xr.Dataset) -> dict[str, np.ndarray]:
    """Masks [county] of all groups that a lever may be for, and of the third of counties with the lowest incomes."""
    from sim.agents.province import poorest_third
    from sim.levers import REGISTRY
    from sim.region.pack import load_pack
    from sim.region.parks import park_share, parks

    pack = load_pack()
    active = np.flatnonzero(pack.active)
    income = results["inc_pc"].sel(scenario=results["scenario"][0], year=min(BEFORE, int(results["year"][-1])))
    poorest = np.zeros(pack.n, dtype=bool)
    poorest[active[poorest_third(income.mean(("draw", "seed")).values[active])]] = True
    hosts = park_share(pack.codes, int(results["year"][-1]), parks(pack)) > 0
    own = {"all": pack.active, "poorest_third": poorest, "park": hosts & pack.active}
    return own | {lever.where: pack.group(lever.where) & pack.active
                  for lever in REGISTRY.values() if lever.where not in own}


def effects_of(results: xr.Dataset, wanted: Sequence[Subject], where: Mapping[str, np.ndarray]) -> Iterator[Effect]:
    """All effects of some subjects; a variable that is not there is left out."""
    read = _Reader(results, where)
    for one in wanted:
        for variable, place in one.reads:
            if variable in results:
                yield from read.effects(one.kind, one.name, variable, place, one.full.name, one.none.name)
                if one.parts:
                    yield from read.beyond(one, variable, place)


class _Reader:
    """Results as arrays [scenario, pair, year, ...], each brought into memory once."""

    def __init__(self, results, where: Mapping[str, np.ndarray]):
        self.results, self.where = results, where
        self.years = [int(year) for year in results["year"].values]
        self.rows = {str(name): row for row, name in enumerate(results["scenario"].values)}
        self.arrays: dict[tuple[str, str], tuple[list[str], np.ndarray]] = {}

    def effects(self, kind: str, subject: str, variable: str, place: str, full: str, none: str) -> Iterator[Effect]:
        """The effect of one scenario relative to another on a variable, by its labelled dimensions."""
        labels, values = self.at(variable, place)
        yield from self._written(kind, subject, variable, place, labels, values[self.rows[full]],
                                 values[self.rows[none]])

    def beyond(self, pair: Subject, variable: str, place: str) -> Iterator[Effect]:
        """The effect of a pair beyond the sum of its two single effects."""
        labels, values = self.at(variable, place)
        none, both, one, other = (values[self.rows[s.name]] for s in (pair.none, pair.full, *pair.parts))
        yield from self._written("beyond", pair.name, variable, place, labels, both - one - other + 2.0 * none, none)

    def _written(self, kind, subject, variable, place, labels, full, none) -> Iterator[Effect]:
        about = self.results[variable].attrs
        for column, label in enumerate(labels):
            years, left, right = _at_the_end(full[..., column], none[..., column], self.years,
                                             about.get("kind") == "flow")
            found = effect(left, right)
            if not math.isnan(found["mean"]):
                yield Effect(kind, subject, variable, label, place, years, str(about.get("units", "")),
                             found["reference"], found["mean"], found["low"], found["high"], found["above_zero"],
                             stands_out(left - right))

    def at(self, variable: str, place: str) -> tuple[list[str], np.ndarray]:
        """Labels, and values [scenario, pair, year, label], of a variable in the counties of a place."""
        if (variable, place) not in self.arrays:
            self.arrays[variable, place] = self._at(self.results[variable], place)
        return self.arrays[variable, place]

    def _at(self, found, place: str) -> tuple[list[str], np.ndarray]:
        about, labelled = found.attrs, [dim for dim in found.dims if dim in LABELLED]
        plain = [dim for dim in found.dims if dim not in ("scenario", "draw", "seed", "year", "county", *labelled)]
        if "county" in found.dims:
            found = found.isel(county=np.flatnonzero(self.where[place]))
        over = [*(["county"] if "county" in found.dims else []), *plain]
        found = found.astype(float)
        if over:  # of a run that is missing there is neither a mean nor a sum
            intensive = is_intensive(about.get("units", ""), about.get("kind", ""))
            found = found.mean(over) if intensive else found.sum(over, min_count=1)
        values = found.transpose("scenario", "draw", "seed", "year", *labelled).values
        labels = ["/".join(map(str, one)) for one in _product([found[dim].values for dim in labelled])]
        return labels, values.reshape(values.shape[0], -1, values.shape[3], len(labels))


def _product(lists: Sequence[Sequence]) -> list[tuple]:
    made: list[tuple] = [()]
    for one in lists:
        made = [(*before, entry) for before in made for entry in one]
    return made


def is_intensive(unit: str, kind: str) -> bool:
    """Whether counties have a mean of it, not a sum."""
    return kind == "index" or unit in INTENSIVE or " per " in unit or "=" in unit


def _at_the_end(full: np.ndarray, none: np.ndarray, years: Sequence[int], is_flow: bool):
    """Values of the last year; of a flow that has ended by then, its yearly mean since the Opinions; [pair, year]."""
    since = next((place for place, year in enumerate(years) if year > BEFORE), 0)
    full = _without_rounding(full, none)
    known = np.isfinite(full) & np.isfinite(none)
    differ = known & (full != none)
    over = np.any(differ[:, since:]) and not np.any(differ[:, -1])
    if is_flow and over:
        return f"{years[since]}-{years[-1]}", full[:, since:].mean(axis=1), none[:, since:].mean(axis=1)
    return str(years[-1]), full[:, -1], none[:, -1]


def _without_rounding(full: np.ndarray, none: np.ndarray) -> np.ndarray:
    """Values of a run in which what differs by the rounding of stored numbers alone does not differ."""
    return np.where(np.abs(full - none) <= ROUNDING * np.abs(none), none, full)


def stands_out(apart: np.ndarray) -> float:
    """Smallest significant mean of paired differences: t(95 %) s / sqrt(n)."""
    apart = apart[np.isfinite(apart)]
    number = len(apart)
    if number < 2:
        return math.inf
    t = T_95[number - 2] if number - 1 <= len(T_95) else 1.96
    return t * float(np.std(apart, ddof=1)) / math.sqrt(number)


# ---- on disk -----------------------------------------------------------------------------------------------------


def write(measured: Measured, path: Path = FILE) -> Path:
    """The effects as CSV: what made them in the first line, then sorted, six significant digits."""
    text = io.StringIO()
    text.write("# " + " ".join(f"{name}={value}" for name, value in measured.about.items()) + "\n")
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(Effect._fields)
    for one in sorted(measured.effects):
        rows.writerow(f"{value:.6g}" if isinstance(value, float) else value for value in one)
    write_whole(path, text.getvalue())
    return path


def read(path: Path = FILE) -> Measured:
    """The latest measured effects; None if there are none.

    UserError where a file holds anything else, or ends within a line.
    """
    if not path.is_file():
        return Measured({}, ())
    try:
        return _parsed(path.read_text(encoding="utf-8"))
    except (ValueError, TypeError, KeyError, csv.Error):
        mend = "name a CSV that policy --measure wrote"
        raise UserError(Fault(str(path), "is not a complete table of measured effects", mend)) from None


def _parsed(text: str) -> Measured:
    """Effects from the text of a table; ValueError, TypeError or KeyError where it is none."""
    if not text.startswith("#") or not text.endswith("\n"):
        raise ValueError
    head, *lines = text.splitlines()
    about = dict(word.partition("=")[::2] for word in head.removeprefix("#").split())
    rows: Iterator[dict[str, Any]] = csv.DictReader(lines)
    return Measured(about, tuple(Effect(**row | {name: float(row[name]) for name in NUMBERS}) for row in rows))
