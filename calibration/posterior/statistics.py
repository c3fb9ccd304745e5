"""What the runs of a design are judged by: few numbers, each linear in errors of forecasts where it can be.

(a) Errors one to four years after the origins: the change that a run makes of a series in logarithms less the observed
    one, as error a year (least squares through the origin over all origins, leads and units of a group). Nought is
    right. Counties are compared relative to the province, never across a break, and where they print.
(b) The size of yearly changes of residuals (logarithm of their root mean square, where both years are printed on one
    definition): smaller is better, so what is asked for is the smallest that the design comes to.
(c) What no residual meets and the census of 2020 alone tells: levels in 2020, in `production` only.

A statistic knows its error. Being linear, what errors of measurement and the luck of each year make of it is exact;
discrepancy is what the model may be off by for ever. The luck of a year is what the best naive forecast misses one year
ahead (docs/origins.md), so that no run is blamed for what nobody could have known.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from calibration import segments
from calibration.posterior.design import LAST, LEADS, PRODUCTION, TO_2017, origins
from calibration.view import KNOWN, SCORED
from sim.indicators import add_indicators
from sim.region.pack import Pack, load_pack
from sim.words import BASE_YEAR

Array = NDArray[np.float64]

CITIES, POORER = ("haikou", "sanya"), ("poverty",)
PRINTED = (*CITIES, *POORER)  # output and budgets of these are printed throughout
BOTH = " & "
CENSUS = 2020
BEST = 0.05  # quantile of the design that stands for the smallest size
SHARE_OF_RESIDENTS = "residents_share"  # logarithm of the share in the residents of all counties
RESIDUALS = "residuals"
PARTS = {
    "output": ("gdp", "gdp_branch"), "incomes": ("inc_u", "inc_r", "province_inc_u", "province_inc_r"),
    "budgets": ("own_revenue", "province_revenue", "budget_resources"),
    "people": ("population", "old_share", "young_share", "college_share", "farm_share"),
    "moves": ("net_migration", "registered", SHARE_OF_RESIDENTS, "urban_share", "other_county_share",
              "other_province_share"),
    RESIDUALS: ("output_residual", "revenue_residual")}
"""What parts of the model are judged by: variables of the design. Residents and net migration share the luck of their
years, so they stand in two parts."""


class Gone(Exception):
    """A statistic has nothing observed to stand on."""


@dataclass(frozen=True)
class Statistic:
    """One of them. `kind`: growth, rate, level or size. `made`, `seen`: variables of the design and of history; `part`:
    of their last axis. `units`: groups of the pack, whose mean is taken ("poverty & coast": counties of both); none
    for the province. `whole`: the provincial variable they are relative to (`made_whole` in the design; the sum of
    counties where that is empty), or "units" for all units of `among`. `against`: units whose mean is taken off.

    Errors, standard deviations: `measurement` of a printed value, `luck` of a year and unit, `discrepancy` of the
    statistic. `since`: the information set from which on it is used.
    """

    name: str
    says: str
    kind: str
    made: str
    seen: str
    measurement: float
    luck: float
    discrepancy: float
    part: int | None = None
    units: tuple[str, ...] = ()
    whole: str = ""
    made_whole: str = ""
    among: tuple[str, ...] = ()
    against: tuple[str, ...] = ()
    since: str = TO_2017

    @property
    def part_of(self) -> str:
        """The part of the model that it judges."""
        return next(part for part, names in PARTS.items() if self.made in names)


class Value(NamedTuple):
    """A statistic in numbers: of every run [draw, seed], what is observed, and its errors; `cells`: observations."""

    statistic: Statistic
    runs: Array
    observed: float
    measurement: float
    luck: float
    cells: int

    @property
    def replicate(self) -> float:
        """Standard deviation of the mean of the seeds of a draw; nought of one seed."""
        seeds = self.runs.shape[1]
        return float(np.sqrt(self.runs.var(axis=1, ddof=1).mean() / seeds)) if seeds > 1 else 0.0


def _province(name: str, says: str, made: str, seen: str, measurement: float, luck: float, **more) -> Statistic:
    return Statistic(f"province_{name}", f"province: {says}", more.pop("kind", "growth"), made, seen, measurement, luck,
                     more.pop("discrepancy", 0.005), **more)


def _share(name: str, says: str, made: str, seen: str, units: tuple[str, ...], measurement: float, luck: float,
           **more) -> Statistic:
    return Statistic(name, says, "growth", made, seen, measurement, luck, more.pop("discrepancy", 0.0125), units=units,
                     **more)


def _level(name: str, says: str, made: str, seen: str, discrepancy: float, **more) -> Statistic:
    return Statistic(f"{name}_2020", f"2020: {says}", "level", made, seen, more.pop("measurement", 0.005),
                     more.pop("luck", 0.01), discrepancy, since=PRODUCTION, **more)


def _rows(pack: Pack, unit: str) -> list[int]:
    """Rows of the counties of a group, or of all the groups that are joined by `BOTH`."""
    return np.flatnonzero(np.all([pack.group(group) for group in unit.split(BOTH)], axis=0)).tolist()


def _words(units: tuple[str, ...], joint: str = ", ") -> str:
    """The counties of some groups by name."""
    pack = load_pack()
    return joint.join(pack.names_en[row] for unit in units for row in _rows(pack, unit))


def _catalogue() -> tuple[Statistic, ...]:
    branches = ("primary", "secondary", "tertiary")
    group = {"haikou": ("haikou",), "sanya": ("sanya",), "inland": ("centre",)}
    cities = _words(CITIES, " and ")
    luck_of_branch, all_luck = (0.03, 0.08, 0.04), (0.02, 0.03, 0.025)
    found = [
        _province("gdp", "output", "gdp", "province_gdp", 0.01, 0.015),
        *(_province(branch, f"output, {branch} branch", "gdp_branch", "province_gdp_branch", 0.02, all_luck[b], part=b)
          for b, branch in enumerate(branches)),
        _province("residents", "residents", "population", "province_population", 0.003, 0.003, discrepancy=0.002),
        _province("net_migration", "net migration over residents", "net_migration", "province_net_migration", 0.001,
                  0.003, discrepancy=0.001, kind="rate"),
        _province("income_urban", "urban income", "province_inc_u", "province_inc_u", 0.01, 0.015),
        _province("income_rural", "rural income", "province_inc_r", "province_inc_r", 0.01, 0.018),
        _province("revenue", "local revenue", "province_revenue", "province_revenue", 0.005, 0.03, discrepancy=0.01),
        *(_share(f"output_{name}", f"share in output, {_words(units)}", "gdp", "gdp", units, 0.02, 0.025,
                 whole="province_gdp") for name, units in {**group, "poor_coast": (f"poverty{BOTH}coast",)}.items()),
        *(_share(f"{branch}_{name}", f"share in the {branch} branch, {_words(units)}", "gdp_branch", "gdp_branch",
                 units, 0.03, luck_of_branch[b], whole="province_gdp_branch", part=b)
          for b, branch in enumerate(branches) for name, units in group.items() if (branch, name) not in
          (("primary", "haikou"), ("primary", "sanya"))),
        _share("income_urban_inland", "urban income against the province, " + _words(POORER), "inc_u", "inc_u",
               POORER, 0.01, 0.015, whole="province_inc_u", made_whole="province_inc_u", discrepancy=0.005),
        _share("income_rural_inland", "rural income against the province, " + _words(POORER), "inc_r", "inc_r",
               POORER, 0.01, 0.02, whole="province_inc_r", made_whole="province_inc_r", discrepancy=0.005),
        *(_share(f"revenue_{name}", f"share in local revenue, {_words(units)}", "own_revenue", "own_revenue", units,
                 0.005, 0.12, whole="province_revenue", made_whole="province_revenue", discrepancy=0.02)
          for name, units in group.items()),
        *(_share(f"spending_{name}", f"share in budget spending, {_words(units)}", "budget_resources",
                 "budget_spending", units, 0.005, 0.10, whole="units", among=PRINTED, discrepancy=0.02)
          for name, units in group.items()),
        _share("registered_cities", f"share in registered population, {_words(CITIES)}", "registered", "registered",
               CITIES, 0.002, 0.006, whole="units", among=PRINTED, discrepancy=0.003),
        *(Statistic(f"size_{branch}", f"size of yearly changes of the residual, {branch} branch", "size",
                    "output_residual", "gdp_branch", 0.0, 1.0, 0.1, part=b) for b, branch in enumerate(branches)),
        Statistic("size_revenue", "size of yearly changes of the residual of revenue", "size", "revenue_residual",
                  "own_revenue", 0.0, 1.0, 0.1),
        _share("output_landlocked", "share in output since 2018, landlocked counties", "gdp", "gdp", ("landlocked",),
               0.01, 0.025, whole="province_gdp", since=PRODUCTION),
        _level("farm_workers", "farm share of the employed, mean of counties", "farm_share", "farm_share", 0.03),
        _level("farm_workers_cities", f"farm share of the employed, {cities} less the others", "farm_share",
               "farm_share", 0.04, units=CITIES, against=("*",)),
        _level("old", "share of 65 and over, mean of counties", "old_share", "old_share", 0.006, luck=0.003),
        _level("young", "share under 15, mean of counties", "young_share", "young_share", 0.01, luck=0.005),
        _level("college", "college among residents, mean of counties", "college_share", "college_share", 0.015),
        _level("college_cities", f"college among residents, {cities} less the others", "college_share",
               "college_share", 0.03, units=CITIES, against=("*",)),
        _level("urban", "urban share, mean of counties", "urban_share", "urban_share", 0.02),
        _level("residents_cities", f"logarithm of the share in residents, {cities} less the others", SHARE_OF_RESIDENTS,
               SHARE_OF_RESIDENTS, 0.04, units=CITIES, against=("*",)),
        _level("other_county", "residents from other counties, mean of counties", "other_county_share",
               "other_county_share", 0.015),
        _level("other_province", "residents from other provinces, mean of counties", "other_province_share",
               "other_province_share", 0.01),
        _level("other_province_cities", f"residents from other provinces, {cities} less the others",
               "other_province_share", "other_province_share", 0.03, units=CITIES, against=("*",)),
    ]
    return tuple(found)


CATALOGUE = _catalogue()


def of_information(information: str) -> tuple[Statistic, ...]:
    """The statistics that an information set holds."""
    return tuple(one for one in CATALOGUE if one.since == TO_2017 or information == PRODUCTION)


# --- the observed side


class Seen(NamedTuple):
    """A series: values [year from the base year, unit] (nan: not printed), labels of its definition [year, unit]."""

    values: Array
    label: NDArray[np.int64]


class Past:
    """History as statistics look at it, to a last year."""

    def __init__(self, history: xr.Dataset, last: int, pack: Pack | None = None):
        self.pack = pack or load_pack()
        self.years = np.arange(BASE_YEAR, last + 1)
        self.history = add_indicators(history)

    def rows(self, units: Sequence[str]) -> list[int]:
        """Rows of groups; of none named, of all that are compared; of "*" all but the cities."""
        if units == ("*",):
            return [row for row in self.rows(()) if row not in self.rows(CITIES)]
        return [row for unit in units or ("active",) for row in _rows(self.pack, unit)]

    def series(self, name: str, part: int | None, flags: Sequence[int]) -> Seen:
        """A variable of history [year, unit] where it is printed so; of the province one unit."""
        if name not in self.history:
            raise Gone(name)
        table = self.history[name].sel(year=self.years)
        values = table.values.astype(float)
        if f"{name}_flag" in self.history:
            mark = self.history[f"{name}_flag"].sel(year=self.years).values
            values = np.where(np.isin(mark, flags), values, np.nan)
        if part is not None:
            values = values[..., part]
        label = segments.labels(self.history, name, self.years)
        return Seen(values if values.ndim == 2 else values[:, None], label)

    def level(self, name: str) -> Array:
        """A share of the census by county [unit]; Gone where it is not printed."""
        ds = self.history.sel(year=CENSUS) if CENSUS in self.years else None
        if ds is None:
            raise Gone(name)
        people = ds["population"].values.astype(float)
        found = {
            "farm_share": lambda: ds["employed_branch_share"].values[:, 0],
            "old_share": lambda: ds["old"].values, "young_share": lambda: ds["young"].values,
            "college_share": lambda: ds["college_residents"].values / people,
            "urban_share": lambda: ds["urb"].values,
            "other_county_share": lambda: ds["residents_other_county"].values / people,
            "other_province_share": lambda: ds["residents_other_province"].values / people,
            SHARE_OF_RESIDENTS: lambda: _share_in_logs(people, self.rows(())),
        }
        try:
            return np.asarray(found[name](), dtype=float)
        except KeyError:
            raise Gone(name) from None


# --- values


def values(made: Mapping[str, Array], past: Past, information: str,
           chosen: Sequence[Statistic] | None = None, starts: Sequence[int] | None = None) -> list[Value]:
    """The statistics of runs [draw, seed, year, origin, ...] against history, of an information set.

    `starts`: the origins of the runs' axis. What has nothing observed to stand on is left out.
    """
    last = LAST[information]
    starts = tuple(starts or origins(max(LAST.values())))
    kinds = {"growth": _growth, "rate": _growth, "level": _level_of, "size": _size}
    found = []
    for one in chosen or of_information(information):
        try:
            found.append(kinds[one.kind](made, past, one, starts, last))
        except Gone:
            continue
    return found


def _of_runs(made: Mapping[str, Array], name: str, part: int | None) -> Array:
    """A variable of the design [draw, seed, year, origin, unit]; of the province one unit."""
    values = made["gdp_branch"].sum(axis=-1) if name == "gdp" else made[name]
    if part is not None:
        values = values[..., part]
    return values if values.ndim == 5 else values[..., None]


def _growth(made: Mapping[str, Array], past: Past, one: Statistic, starts: Sequence[int], last: int) -> Value:
    seen, runs = _related(made, past, one)
    first, weights, errors = [], [], []
    cells = _cells(seen, starts, last, one)
    if not cells:
        raise Gone(one.name)
    for at, row, year, unit in cells:
        model = runs[:, :, year, at, unit]
        if one.kind == "rate":
            errors.append(model - seen.values[year, unit])
            weights.append(1.0)
        else:
            before = runs[:, :, row, at, unit]
            errors.append((model - before) - (seen.values[year, unit] - seen.values[row, unit]))
            weights.append(float(year - row))
        first.append((row, year, unit))
    size = np.array(weights)
    share = size / ((size**2).sum() if one.kind == "growth" else size.sum())
    found = np.tensordot(share, np.stack(errors), axes=1)
    shape = seen.values.shape
    by_shock, by_value = np.zeros(shape), np.zeros(shape)
    for part, (row, year, unit) in zip(share, first, strict=True):
        by_value[year, unit] += part
        if one.kind == "rate":
            by_shock[year, unit] += part
        else:
            by_value[row, unit] -= part
            by_shock[row + 1: year + 1, unit] += part
    return Value(one, found, 0.0, one.measurement * float(np.sqrt((by_value**2).sum())),
                 one.luck * float(np.sqrt((by_shock**2).sum())), len(cells))


def _cells(seen: Seen, starts: Sequence[int], last: int, one: Statistic) -> list[tuple[int, int, int, int]]:
    """(position of the origin, its row, row of the year, unit) of all that can be compared."""
    found = []
    since = 2018 if one.since == PRODUCTION else 0
    for at, origin in enumerate(starts):
        if origin >= last or origin < since:
            continue
        row = origin - BASE_YEAR
        for year in range(row + 1, min(origin + LEADS, last) - BASE_YEAR + 1):
            for unit in range(seen.values.shape[1]):
                joined = seen.label[year, unit] == seen.label[row, unit] >= 0
                known = np.isfinite(seen.values[year, unit])
                if known and (one.kind == "rate" or (joined and np.isfinite(seen.values[row, unit]))):
                    found.append((at, row, year, unit))
    return found


def _related(made: Mapping[str, Array], past: Past, one: Statistic) -> tuple[Seen, Array]:
    """Both sides in the form of the statistic: logarithms relative to the whole, or points of a rate."""
    with np.errstate(divide="ignore", invalid="ignore"):
        if not one.units:
            seen = past.series(one.seen, one.part, KNOWN)
            runs = _of_runs(made, one.made, one.part)
            if one.kind == "rate":
                people = past.series("province_population", None, KNOWN).values
                return Seen(seen.values / people, seen.label), runs
            if runs.shape[-1] > 1:
                runs = np.nansum(runs, axis=-1, keepdims=True)
            return Seen(np.log(seen.values), seen.label), np.log(runs)
        rows = past.rows(one.units)
        seen, runs = past.series(one.seen, one.part, SCORED), _of_runs(made, one.made, one.part)
        if one.whole == "units":
            among = past.rows(one.among)
            whole, label = seen.values[:, among].sum(axis=1, keepdims=True), seen.label
            of_runs = runs[..., among].sum(axis=-1, keepdims=True)
        else:
            other = past.series(one.whole, one.part, KNOWN)
            whole, label = other.values, np.where(other.label >= 0, 1000 * seen.label + other.label, -1)
            of_runs = (_of_runs(made, one.made_whole, None) if one.made_whole
                       else np.nansum(runs, axis=-1, keepdims=True))
        return Seen(np.log(seen.values / whole)[:, rows], label[:, rows]), np.log(runs / of_runs)[..., rows]


def _level_of(made: Mapping[str, Array], past: Past, one: Statistic, starts: Sequence[int], last: int) -> Value:
    seen = past.level(one.seen)
    at = max(place for place, origin in enumerate(starts) if origin < min(CENSUS, last))
    if one.made == SHARE_OF_RESIDENTS:
        runs = _share_in_logs(made["population"][:, :, CENSUS - BASE_YEAR, at], past.rows(()))
    else:
        runs = made[one.made][:, :, CENSUS - BASE_YEAR, at]
    known = [row for row in past.rows(one.units) if np.isfinite(seen[row])]
    off = [row for row in past.rows(one.against) if np.isfinite(seen[row])] if one.against else []
    if not known or (one.against and not off):
        raise Gone(one.name)
    found = (runs - seen)[..., known].mean(axis=-1)
    parts = 1.0 / len(known)
    if off:
        found = found - (runs - seen)[..., off].mean(axis=-1)
        parts += 1.0 / len(off)
    return Value(one, found, 0.0, one.measurement * parts**0.5, one.luck * parts**0.5, len(known) + len(off))


def _share_in_logs(people: Array, among: Sequence[int]) -> Array:
    """Logarithm of shares in the sum of some counties [..., county]."""
    with np.errstate(divide="ignore"):
        return np.log(people / people[..., among].sum(axis=-1, keepdims=True))


def _size(made: Mapping[str, Array], past: Past, one: Statistic, starts: Sequence[int], last: int) -> Value:
    seen = past.series(one.seen, one.part, SCORED)
    longest = max(place for place, origin in enumerate(starts) if origin < last)
    until = starts[longest] - BASE_YEAR
    runs = _of_runs(made, one.made, one.part)[:, :, :, longest]
    known = np.isfinite(seen.values[: until + 1])
    label = seen.label[: until + 1]
    usable = known[1:] & known[:-1] & (label[1:] == label[:-1]) & past.pack.active
    number = int(usable.sum())
    if number < 4:
        raise Gone(one.name)
    change = np.diff(runs[:, :, : until + 1], axis=2)[:, :, usable]
    found = np.log(np.maximum(np.sqrt((change**2).mean(axis=-1)), 1e-6))
    least = float(np.quantile(found.mean(axis=1), BEST))
    return Value(one, found, least, 0.0, one.luck / np.sqrt(2.0 * number), number)
