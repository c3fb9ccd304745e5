"""The data pack: published data on the region, with a confidence grade for every number.

A pack is a folder of CSV tables and one GeoJSON file (docs/data.md). Values are those of the source, in its units and
prices; `sim.region.history` converts them to the model's units. A missing cell is nan and never imputed.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from sim.core.declare import Fault, UserError, nearest
from sim.region import parsed, reading, schema
from sim.region.reading import Change

DEFAULT_PATH = Path(__file__).parent / "hainan"
PROVINCE, COUNTRY = schema.PROVINCE, schema.CHINA
BASE_PRICE_YEAR = 2020
PROVINCE_FILES = ("economy-province", "population-province", "fiscal", "land", "services", "economy")

# flag of a value: its index in this tuple; smaller positive numbers are more reliable
FLAGS = ("missing", "official", "secondary", "derived", "recalled", "imputed")
MISSING, OFFICIAL, SECONDARY, DERIVED, RECALLED, IMPUTED = range(len(FLAGS))
OBSERVED = (OFFICIAL, SECONDARY)
GROUPS = {
    "all": "all units of the pack",
    "active": "units with simulated persons: all except no_persons",
    "coast": "units on the coast of the main island",
    "landlocked": "units without a coast: the inland lowland and the central mountains",
    "inland": "landlocked units outside the central mountains",
    "centre": "landlocked units of the central mountains",
    "mountains": "the same as centre",
    "ethnic": "units under minority policies: autonomous counties and those with equal status",
    "autonomous": "autonomous counties",
    "poverty": "counties on the national poverty list of 2012",
    "key_eco": "key ecological function zone of the national main-function plan",
    "national_park": "units with a share of the tropical rainforest national park",
    "circle_N": "Haikou, Chengmai, Wenchang",
    "circle_S": "Greater Sanya",
    "circle_E": "the eastern functional zone, around Qionghai",
    "circle_W": "the western functional zone, around Danzhou",
    "subcentres": "regional centres of the two wings: the health-centre city of the eastern and the western zone",
    "marine_coast": "the coast excluding the cities of the marine demonstrations",
    **schema.NAMED_GROUPS,
}


class Pack:
    """The tables of a pack, by county in the order of counties.csv (sorted by code)."""

    def __init__(self, path: Path, tables: Mapping[str, pd.DataFrame], geojson: dict, digest: str,
                 overlay: Path | None = None, overlay_digest: str = "", changes: Sequence[Change] = ()):
        self.path = path
        self.geojson = geojson
        self.hash = _both(digest, overlay_digest)
        self.own_hash, self.overlay_hash = digest, overlay_digest
        self.overlay, self.changes = overlay, tuple(changes)
        self.from_files = False  # then its hash tells all that it holds, and what is made of it may be kept
        self._tables = dict(tables)
        self.counties = self._tables["counties"].sort_values("adcode").reset_index(drop=True)
        self.codes = self.counties["adcode"].to_numpy(np.int64)
        self.names_en = tuple(self.counties["name_en"])
        self.names_zh = tuple(self.counties["name_zh"])
        self.active = ~self._members("no_persons")
        self._cells: dict[str, dict] = {}
        self._wide_files: dict[str, dict] = {}
        self.active.setflags(write=False)
        self.codes.setflags(write=False)

    def __repr__(self) -> str:
        return f"Pack({self.n} counties, {self.hash[:12]})"

    @property
    def n(self) -> int:
        """Number of county units, Sansha included."""
        return len(self.codes)

    def row(self, code: int) -> int:
        """The position of a county, by its code."""
        found = np.flatnonzero(self.codes == int(code))
        if not len(found):
            raise KeyError(f"no county {code} in this pack")
        return int(found[0])

    def table(self, file: str) -> pd.DataFrame:
        """A table of the pack (a copy)."""
        if file not in self._tables:
            raise KeyError(f"no table {file!r} in the pack; {nearest(file, self._tables)}".rstrip("; "))
        return self._tables[file].copy()

    def variables(self, file: str) -> tuple[str, ...]:
        """The variables of a tidy table."""
        return tuple(sorted(self._tables[file]["variable"].unique()))

    def years(self, file: str, variable: str) -> tuple[int, ...]:
        """The years with a value of the variable in any county."""
        return tuple(sorted(year for name, year in self._county_cells(file) if name == variable))

    def values(self, file: str, variable: str, year: int) -> np.ndarray:
        """Published values [county] of a year, nan where the pack has none; among several rows the most reliable."""
        return self._cell(file, variable, year)[0].copy()

    def flags(self, file: str, variable: str, year: int) -> np.ndarray:
        """Flags [county] of the same values (an index of `FLAGS`; 0 is missing)."""
        return self._cell(file, variable, year)[1].copy()

    def doubtful(self, file: str, variable: str, year: int) -> np.ndarray:
        """Which of the same values [county] are of low grade: kept in the pack, but excluded from history."""
        return self._cell(file, variable, year)[2].copy()

    def printed(self, file: str, variable: str, years: Iterable[int]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Values, flags and low grades, as given by the three methods above for a year; each [year, county]."""
        values, flags, doubtful = zip(*(self._cell(file, variable, year) for year in years), strict=True)
        return np.stack(values), np.stack(flags), np.stack(doubtful)

    def unit(self, file: str, variable: str) -> str:
        """The published unit; none for a variable published in several units."""
        table = self._tables[file]
        units = table.loc[table["variable"] == variable, "unit"].unique()
        if len(units) != 1:
            raise ValueError(f"{file}: {variable} has {len(units)} units")
        return units[0]

    def province(self, variable: str, year: int | None = None, file: str | None = None, unit: str | None = None) -> Any:
        """A provincial value (nan when missing) or, without a year, the Series over years, as published."""
        cells = self._wide_cells(PROVINCE, variable, file, unit)
        return _series(cells, "value", float) if year is None else cells.get(year, (np.nan, MISSING))[0]

    def province_flags(self, variable: str, file: str | None = None, unit: str | None = None) -> pd.Series:
        """Flags of a provincial series by year."""
        return _series(self._wide_cells(PROVINCE, variable, file, unit), "flag", np.uint8)

    def country(self, variable: str, file: str) -> pd.Series:
        """A national series by year, as published."""
        return _series(self._wide_cells(COUNTRY, variable, file, None), "value", float)

    def area(self, code: int, variable: str, file: str) -> pd.DataFrame:
        """Values and flags by year of an area that is not a county: columns `value` and `flag`."""
        cells = self._wide_cells(int(code), variable, file, None)
        return pd.DataFrame({name: _series(cells, name, kind) for name, kind in (("value", float), ("flag", np.uint8))})

    @functools.cached_property
    def areas(self) -> dict[int, str]:
        """Code -> English name of the areas that are not counties."""
        table = self._tables["areas"]
        return schema.AREAS | dict(zip(table["adcode"].astype(int), table["name_en"], strict=True))

    @functools.cached_property
    def parts(self) -> tuple[tuple[int, int], ...]:
        """(code of an area with separate accounts, row of its county), for series that combine both."""
        table = self._tables["areas"]
        table = table[(table["adds"] == 1).to_numpy(bool)]
        pairs = zip(table["adcode"], table["part_of"], strict=True)
        return tuple((int(code), self.row(county)) for code, county in pairs)

    def terms(self, source: str) -> str:
        """The terms of use of a source (a row's column `source`); empty if not listed in sources.csv."""
        known = self._terms
        names = [source] if source in known else [name.strip() for name in source.split(",")]
        return "; ".join(dict.fromkeys(known[name] for name in names if name in known))

    @functools.cached_property
    def _terms(self) -> dict[str, str]:
        table = self._tables["sources"]
        return dict(zip(table["source"], table["terms"], strict=True))

    @functools.cached_property
    def deflator(self) -> pd.Series:
        """Price level by year, 2020 = 1: the chained implicit deflator of provincial GDP.

        Where growth of the deflator is missing (2024), it is derived from first-published GDP and real growth.
        """
        growth = self.province("gdp_deflator_growth", file="economy-province") / 100
        nominal, first = (self.province(name, file="economy-province") for name in ("gdp", "gdp_prelim"))
        real = self.province("gdp_growth_real", file="economy-province") / 100
        start = int(growth.index.min()) - 1
        level = {start: 1.0}
        for year in range(start + 1, int(max(growth.index.max(), first.index.max())) + 1):
            if year in growth.index:
                step = growth[year]
            elif year in first.index and year in real.index and year - 1 in nominal.index:
                step = first[year] / nominal[year - 1] / (1 + real[year]) - 1
            else:
                break
            level[year] = level[year - 1] * (1 + step)
        series = pd.Series(level, name="deflator")
        series.index.name = "year"
        return series / series[BASE_PRICE_YEAR]

    def group(self, name: str) -> np.ndarray:
        """The counties of a named group as a mask [county]."""
        if name not in GROUPS:
            raise KeyError(f"no group {name!r}; {nearest(name, GROUPS) or 'one of ' + ', '.join(GROUPS)}")
        return self._groups[name].copy()

    @functools.cached_property
    def _groups(self) -> dict[str, np.ndarray]:
        table = self.counties

        def yes(column):
            return (table[column] == 1).to_numpy() & self.active

        named = {name: self._members(name) for name in schema.NAMED_GROUPS}
        coast = yes("coastal")
        landlocked = self.active & ~coast
        centre = landlocked & yes("key_eco_function_zone")
        zone = table["five_zone"].fillna("").to_numpy()
        return {
            "all": np.ones(self.n, bool), "active": self.active.copy(), "coast": coast, "landlocked": landlocked,
            "inland": landlocked & ~centre, "centre": centre, "mountains": centre,
            "ethnic": yes("minority_policy_area"), "autonomous": yes("autonomous_county"),
            "poverty": yes("poverty_national_2012"), "key_eco": yes("key_eco_function_zone"),
            "national_park": yes("national_park"), "circle_N": yes("hai_cheng_wen"), "circle_S": yes("greater_sanya"),
            "circle_E": zone == "east", "circle_W": zone == "west",
            "subcentres": yes("health_centre_city") & ((zone == "east") | (zone == "west")),
            "marine_coast": coast & ~named["marine_cities"],
            **named,
        }

    def _members(self, group: str) -> np.ndarray:
        """The counties of a group in groups.csv, as a mask [county]."""
        table = self._tables["groups"]
        return np.isin(self.codes, table.loc[table["name"] == group, "adcode"].to_numpy(float))

    def of_places(self, variable: str, other: float) -> np.ndarray:
        """A quantity of places.csv by county; `other` where the pack has none."""
        if variable not in schema.PLACES:
            raise KeyError(f"no quantity {variable!r} of places; {nearest(variable, schema.PLACES)}".rstrip("; "))
        table = self._tables["places"]
        rows = table[(table["variable"] == variable).to_numpy(bool)]
        known = dict(zip(rows["adcode"].astype(int), rows["value"], strict=True))
        return np.array([float(known.get(int(code), other)) for code in self.codes])

    def _cell(self, file: str, variable: str, year: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        found = self._county_cells(file).get((variable, int(year)))
        if found is None:
            self._known(file, variable)
            return self._nothing
        return found

    @functools.cached_property
    def _nothing(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        return self._missing()

    def _missing(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        return np.full(self.n, np.nan), np.zeros(self.n, np.uint8), np.zeros(self.n, bool)

    def _known(self, file: str, variable: str) -> None:
        """A misspelt variable is an error of the caller, not a missing value."""
        if not schema.declared(file, variable):
            raise KeyError(f"{file}: no variable {variable!r}; {nearest(variable, self.variables(file))}".rstrip("; "))

    def _county_cells(self, file: str) -> dict:
        """(variable, year) -> values and flags [county]; rows of other areas (districts, Yangpu) are omitted."""
        if file not in self._cells:
            table = _flagged(self._tables[file])
            place = {int(code): i for i, code in enumerate(self.codes)}
            cells: dict = {}
            columns = (table[c].tolist() for c in ("adcode", "variable", "year", "value", "flag", "grade"))
            for code, variable, year, value, flag, grade in zip(*columns, strict=True):
                row = place.get(code)
                if row is None:
                    continue
                if (variable, year) not in cells:
                    cells[variable, year] = self._missing()
                values, flags, doubtful = cells[variable, year]
                if flags[row] == MISSING:
                    values[row], flags[row], doubtful[row] = value, flag, grade == "low"
            self._cells[file] = cells
        return self._cells[file]

    def _wide_cells(self, code: int, variable: str, file: str | None, unit: str | None) -> dict[int, tuple]:
        """Value and flag of the province or the country by year, from the first table with the variable."""
        files = (file,) if file else PROVINCE_FILES
        for name in files:
            printed = self._wide(name).get((code, variable), {})
            if unit:
                printed = {unit: printed[unit]} if unit in printed else {}
            if len(printed) > 1:
                raise ValueError(f"{name}: {variable} is printed in {sorted(printed)}; say which unit")
            if printed:
                return next(iter(printed.values()))
        if not any(schema.declared(name, variable) for name in files):
            raise KeyError(f"no provincial variable {variable!r}")
        return {}

    def _wide(self, file: str) -> dict[tuple, dict[str, dict[int, tuple]]]:
        """(area that is not a county, variable) -> unit -> year -> value and flag of the most reliable row, by year."""
        if file not in self._wide_files:
            table = self._tables[file]
            table = _flagged(table[~table["adcode"].isin(self.codes)]).sort_values("year", kind="stable")
            found: dict = {}
            columns = (table[c].tolist() for c in ("adcode", "variable", "unit", "year", "value", "flag"))
            for code, variable, unit, year, value, flag in zip(*columns, strict=True):
                found.setdefault((code, variable), {}).setdefault(unit, {}).setdefault(year, (value, flag))
            self._wide_files[file] = found
        return self._wide_files[file]


def _series(cells: Mapping[int, tuple], name: str, kind) -> pd.Series:
    """The values or the flags of cells by year."""
    place = ("value", "flag").index(name)
    years = pd.Index(list(cells), dtype=np.int64, name="year")
    return pd.Series([cell[place] for cell in cells.values()], index=years, name=name, dtype=kind)


def _flagged(table: pd.DataFrame) -> pd.DataFrame:
    """A tidy table with flags, the most reliable rows first."""
    flag = table["confidence"].map(FLAGS.index).astype(np.uint8)
    return table.assign(flag=flag).sort_values("flag", kind="stable")


def pack_hash(path: Path) -> str:
    """Hash of the bytes of a pack's files, by name; subfolders are not included."""
    return _digest(Path(path) / name for name in sorted(schema.FILES))


def overlay_hash(folder: Path) -> str:
    """Hash of the bytes of a folder of rows, by name."""
    return _digest(reading.overlay_files(folder))


def _digest(files: Iterable[Path]) -> str:
    digest = hashlib.sha256()
    for file in files:
        if file.is_file():
            content = file.read_bytes()
            digest.update(f"{file.name} {len(content)}\n".encode())
            digest.update(content)
    return digest.hexdigest()


def _both(pack: str, overlay: str) -> str:
    """Combined hash of a pack and of the rows added to it."""
    return hashlib.sha256(f"{pack} {overlay}".encode()).hexdigest() if overlay else pack


def load_pack(path: str | Path | None = None, overlay: str | Path | None = None) -> Pack:
    """The pack of a folder (the shipped one by default), with a folder of rows over it where one is named.

    A broken pack is a `UserError` with every fault. What this process reads in place of the shipped pack (`use_pack`)
    and what it has laid over it (`lay_over`) goes for calls that name nothing.
    """
    if path is None and overlay is None:
        overlay = _stands.rows
    path = Path(path or _stands.pack or DEFAULT_PATH).resolve()
    over = Path(overlay).resolve() if overlay is not None else None
    return _load(path, over, _state(path, over))


@dataclass
class _Stands:
    """What this process reads: a pack in place of the shipped one, and a folder of rows over it."""

    pack: Path | None = None
    rows: Path | None = None


_stands = _Stands()


def use_pack(folder: str | Path | Pack | None) -> Pack:
    """Put another pack in the place of the shipped one, for all that is read in this process; None brings that back.

    A pack with rows over it brings them along; else rows that were laid before stay. A faulty pack is a `UserError`
    with every fault, and nothing changes.
    """
    path, over = _places(folder)
    pack = load_pack(path or DEFAULT_PATH, over or _stands.rows)
    _stands.pack, _stands.rows = path, over or _stands.rows
    return pack


def lay_over(folder: str | Path | None) -> Pack:
    """Lay a folder of rows over the pack, for all that is read in this process; None takes it off again.

    Faulty rows are a `UserError` and nothing is laid.
    """
    over = Path(folder).resolve() if folder is not None else None
    pack = load_pack(_stands.pack or DEFAULT_PATH, over)
    _stands.rows = over
    return pack


@contextlib.contextmanager
def laid_over(folder: str | Path | None, pack: str | Path | Pack | None = None) -> Iterator[None]:
    """A folder of rows over the pack for a while, and another pack where one is named; None leaves what stands."""
    before = _stands.pack, _stands.rows
    path, over = _places(pack)
    if folder is not None:
        over = Path(folder).resolve()
    try:
        if path is not None or over is not None:
            path, over = path or before[0], over or before[1]
            load_pack(path or DEFAULT_PATH, over)  # faults are said before anything changes
            _stands.pack, _stands.rows = path, over
        yield
    finally:
        _stands.pack, _stands.rows = before


def in_use() -> tuple[Path | None, Path | None]:
    """The folders that stand in place of the shipped pack and over it, for `take_over` in a process of one's own."""
    return _stands.pack, _stands.rows


def take_over(pack: Path | None, rows: Path | None) -> None:
    """Read in this process what another one had in use."""
    _stands.pack, _stands.rows = pack, rows


def _places(pack: str | Path | Pack | None) -> tuple[Path | None, Path | None]:
    """The folders of a pack and of the rows over it; None where there is none."""
    if isinstance(pack, Pack):
        if not pack.from_files:
            raise UserError(Fault("pack", "was made by hand, and no folder holds what it holds", "name a folder"))
        return pack.path, pack.overlay
    return (None if pack is None else Path(pack).resolve()), None


def read_pack(pack: str | Path | Pack | None) -> Pack:
    """The pack of a folder, with the rows that are laid over what this process reads; a pack as it is; None: the one
    in use."""
    if isinstance(pack, Pack):
        return pack
    with laid_over(None, pack):
        return load_pack()


def _state(path: Path, overlay: Path | None) -> tuple:
    """Size and time of each file: a pack edited since it was loaded is read again."""
    files = [path / name for name in schema.FILES] + (reading.overlay_files(overlay) if overlay else [])
    return tuple((f.name, f.stat().st_size, f.stat().st_mtime_ns) if f.is_file() else None for f in files)


@functools.lru_cache(maxsize=8)
def _load(path: Path, overlay: Path | None, state: tuple) -> Pack:
    if overlay is None:
        read, digest = parsed.read(path, pack_hash)
        pack = Pack(path, read.tables, read.geojson, digest)
    else:
        read = reading.read(path, overlay)
        if read.faults:
            raise UserError(*read.faults)
        pack = Pack(path, read.tables, read.geojson, pack_hash(path), overlay, overlay_hash(overlay), read.changes)
    pack.from_files = True
    return pack


def check_pack(path: str | Path | None = None, overlay: str | Path | None = None) -> list[Fault]:
    """All faults of a pack and of rows added to it: file, line and column, what is wrong and how to mend it."""
    path = Path(path or _stands.pack or DEFAULT_PATH)
    return list(reading.read(path, Path(overlay) if overlay is not None else None).faults)
