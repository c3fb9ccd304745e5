"""Persons: the weighted synthetic population, in columns; each row stands for `weight` persons.

`res_county` and `hukou_county` are rows of the county table; its length stands for "outside Hainan". Only persons
registered in Hainan are followed outside. Year of birth is kept, not age, so that nobody is touched by a birthday.
"""

from __future__ import annotations

import functools
import itertools
from dataclasses import dataclass
from types import SimpleNamespace

import numpy as np

from sim.core.cache import either, inlined, kernel
from sim.core.declare import column, parameter
from sim.core.parts import BLOCK, block_size, in_parts
from sim.core.randomness import LUCK, draw
from sim.core.table import Table

URBAN, RURAL = 0, 1
NO_SECTOR, FARMING = -1, 0
AGE_GROUPS = 18  # 0-4, 5-9, ..., 85 and over, as the census prints them
WORK_AGE, ADULT_AGE = 16, 18
AGES = 101  # 0 to 100 and over
SPARE = 1.1  # room made when columns must become longer
FIXED_POINT = 65536.0  # efficiency is summed in whole numbers of 1/65536: exact, so independent of order


WRITES = ("persons.luck_status", "persons.luck_place", "persons.luck_work", "persons.luck_life")
LUCKS = ("luck_status", "luck_place", "luck_work", "luck_life")


class Persons(Table):
    """One row a weighted person.

    Whether anything happens to a person in a process of the year is decided by one word of luck, drawn for all at
    once before people decide: its low end for one event, its high end for another that excludes the first. Only those
    it touches draw more words for the process. Who is born this year is touched by nothing until the next.
    """

    row_dim = "person"

    uid = column(unit="1", says="Permanent identity", dtype="uint64")
    born = column(unit="year", says="Year of birth", dtype="int16")
    sex = column(unit="0 female, 1 male", says="Sex", dtype="uint8")
    skill = column(unit="0 under 18, 1 junior, 2 senior or vocational, 3 college", says="Skill", dtype="uint8")
    minority = column(unit="0 or 1", says="Li, Miao or other minority", dtype="uint8")
    hukou_county = column(unit="row", says="County of registration", dtype="uint8")
    hukou_rural = column(unit="0 or 1", says="Member of a rural collective", dtype="uint8")
    res_county = column(unit="row", says="County of residence", dtype="uint8")
    res_zone = column(unit="0 urban, 1 rural", says="Zone of residence", dtype="uint8")
    sector = column(unit="-1 none, 0..5", says="Sector of work", dtype="int8")
    arrived = column(unit="year", says="Year of the last move between counties", dtype="int16")
    mother = column(unit="row", says="Row of the mother of a child, or -1", dtype="int32")
    productivity = column(unit="index", says="Permanent productivity, mean 1", dtype="float32")
    participation = column(unit="share", says="Stable uniform that decides on taking part in work", dtype="float32")
    low_income = column(unit="0 or 1", says="Registered poor, later monitored low income", dtype="uint8")
    luck_status = column(unit="word", says="Luck of the year: low, is trained; high, registers here", dtype="uint32")
    luck_place = column(unit="word", says="Luck of the year: low, considers moving; high, the place turns urban",
                        dtype="uint32")
    luck_work = column(unit="word", says="Luck of the year: low, reconsiders the sector", dtype="uint32")
    luck_life = column(unit="word", says="Luck of the year: low, dies; high, bears a child", dtype="uint32")

    def __init__(self, columns: dict[str, np.ndarray]):
        self.rooms: dict[str, np.ndarray] = {}
        rows = len(columns["uid"])
        for name, declared in self.columns().items():
            given = columns[name] if name in columns or name not in LUCKS else np.zeros(rows)
            setattr(self, name, np.ascontiguousarray(given, dtype=declared.dtype))

    def __len__(self) -> int:
        return self.uid.size

    def copied(self) -> dict[str, np.ndarray]:
        """Independent arrays of all columns."""
        return {name: array.copy() for name, array in self.arrays().items()}

    def scratch(self, name: str, dtype) -> np.ndarray:
        """Room for a number a person beside the columns, the same memory from year to year; holds what was left."""
        room = self.rooms.get(name)
        if room is None or room.size < len(self):
            room = self.rooms[name] = np.empty(int(len(self) * SPARE), dtype=dtype)
        return room[:len(self)]

    def renew(self, stays: np.ndarray, newcomers: dict[str, np.ndarray]) -> None:
        """Let the rows go that do not stay, and take newcomers in; rows that stay keep their place.

        Newcomers take the rows of those who go, then new ones at the end; where fewer come than go, the last rows
        fill the gaps. So a year costs what changes, not what there is. A newcomer's `mother` is given as a row before
        the renewal; mothers' rows are carried along, and a child whose mother goes has none.
        """
        before, gone, coming = len(self), np.flatnonzero(~stays), newcomers["uid"].size
        size = before - gone.size + coming
        mother = np.asarray(newcomers["mother"], dtype=np.int32)
        known = mother >= 0
        known[known] = stays[mother[known]]
        newcomers = newcomers | {"mother": np.where(known, mother, -1)}
        if gone.size:
            _forget(self.mother, stays)
        rows = np.concatenate([gone[:coming], np.arange(before, size)])
        if size > before:
            self._lengthen(size)
        for name, array in self.arrays().items():
            array[rows] = newcomers.get(name, 0)  # no luck for those who come when the year's luck is spent
        if size < before:
            last = size + np.flatnonzero(stays[size:])
            self._fill(gone[coming:][:last.size], last, size)

    def _lengthen(self, size: int) -> None:
        """Longer columns; where room is made, it is made for some years to come."""
        for name, array in self.arrays().items():
            room = self.rooms.get(name)
            if room is None or array.base is not room or room.size < size:
                room = self.rooms[name] = np.empty(int(size * SPARE), dtype=array.dtype)
                room[:array.size] = array
            setattr(self, name, room[:size])

    def _fill(self, gaps: np.ndarray, last: np.ndarray, size: int) -> None:
        """Move the last rows into gaps, and shorten the columns."""
        row = np.full(len(self) - size, -1, dtype=np.int32)
        row[last - size] = gaps
        moved = self.mother >= size
        self.mother[moved] = row[self.mother[moved] - size]
        for name, array in self.arrays().items():
            array[gaps] = array[last]
            setattr(self, name, array[:size])


@kernel
def _forget(mother, stays):
    """Children whose mother goes have none."""
    for i in range(mother.size):
        if mother[i] >= 0 and not stays[mother[i]]:
            mother[i] = -1


@dataclass(frozen=True)
class Parameters:
    efficiency_at_18: float = parameter(0.7, unit="index", bounds=(0.5, 0.9), source="age-earnings profiles",
                                        says="efficiency of work at 18 against the years 35-50 (ep)")
    efficiency_at_60: float = parameter(0.85, unit="index", bounds=(0.7, 1.0), source="age-earnings profiles",
                                        says="efficiency of work at 60 against the years 35-50 (ep)")
    rural_nonfarm_efficiency: float = parameter(
        0.6, unit="ratio", bounds=(0.4, 0.9), source="rural against urban wages, household surveys", confidence="low",
        says="efficiency of non-farm work of rural residents against urban")
    urban_farm_efficiency: float = parameter(
        2.0, unit="ratio", bounds=(1.0, 3.0), source="state-farm against village incomes", confidence="low",
        says="efficiency of farm work of urban residents (mostly state farms) against rural")
    retirement_age_women: float = parameter(55, unit="year", bounds=(50, 60), source="statute before 2025",
                                            confidence="high", says="statutory pension age of women")
    retirement_age_men: float = parameter(60, unit="year", bounds=(60, 65), source="statute before 2025",
                                          confidence="high", says="statutory pension age of men")
    retirement_reform_years: float = parameter(
        3.0, unit="year", bounds=(0, 5), source="statutory reform of 2024: to 58 and 63 in fifteen years from 2025",
        confidence="high", says="years added to both pension ages by the reform")


REFORM_START, REFORM_END = 2025, 2040


def retirement_ages(p, year) -> tuple[float, float]:
    """Statutory pension ages of women and men in a year: constant to 2024, then rising straight to 2040."""
    added = p.retirement_reform_years * min(max((year - REFORM_START + 1) / (REFORM_END - REFORM_START), 0.0), 1.0)
    return p.retirement_age_women + added, p.retirement_age_men + added


def age_efficiency(p) -> np.ndarray:
    """Efficiency of work by age 0..100, ep(a): straight between 18, 35, 50 and 60, constant after."""
    return _age_efficiency(p.efficiency_at_18, p.efficiency_at_60)


@functools.lru_cache(maxsize=16)
def _age_efficiency(at_18: float, at_60: float) -> np.ndarray:
    return np.interp(np.arange(101), [18, 35, 50, 60], [at_18, 1.0, 1.0, at_60])


def zone_efficiency(p) -> np.ndarray:
    """Efficiency of work by zone and sector, against urban non-farm and rural farm work: [zone, 6]."""
    table = np.ones((2, 6))
    table[URBAN, FARMING], table[RURAL, 1:] = p.urban_farm_efficiency, p.rural_nonfarm_efficiency
    return table


@either
def kept_of_wage(contribution, zone, sector):
    """What is left of a wage after social contributions: urban workers outside farming pay them (Y2)."""
    return 1.0 - contribution if zone == URBAN and sector != FARMING else 1.0


@inlined
def age_at(year, born):
    """Age in a year, 0 to 100, in one byte; year as int16, so that many fit in a vector."""
    return np.uint8(min(max(np.int16(0), np.int16(year - born)), np.int16(AGES - 1)))


def draw_luck(model) -> None:
    """The luck of the year falls: four words a person."""
    q, seed = model.persons, np.uint64(model.seed)
    in_parts(len(q), model.threads, lambda first, last: draw(
        first, last, seed, LUCK, model.year, q.uid, q.luck_status, q.luck_place, q.luck_work, q.luck_life))


# Tallies are flat: ages in classes that no rule of the model divides; six sectors beside those who do not work; four
# skills, of which the first (under 18) works as the second. Several numbers of a cell lie in one, in bits of their own:
# one place of memory is touched, not three.
CLASS_STARTS = np.array([0, 3, 5, 10, 15, 16, 18, *range(20, 90, 5)])
AGE_CLASS = (np.searchsorted(CLASS_STARTS, np.arange(AGES), side="right") - 1).astype(np.uint16)
CLASSES = CLASS_STARTS.size
NEITHER, PENSIONED, CHILD, KINDS = 6, 7, 8, 9
LEVELS = 4
WORKER_UNTIL = 60
MOST_ROWS = 2**21 - 1  # rows counted in one go: as many as 21 bits hold
_MINORITY, _POOR, _ROW = 21, 42, 42  # where these numbers begin: in a cell of ages, and above labour in one of works
_LABOUR = 2**_ROW - 1


def kinds(p, year) -> np.ndarray:
    """Places of kinds of persons by sector (first those without), sex and age: LEVELS times the number of the kind.

    A kind is a sector, or what a person without work is: a child, pensioned, or neither; [7, 2, AGES].
    """
    return _kinds(*retirement_ages(p, year))


@functools.lru_cache(maxsize=64)
def _kinds(women: float, men: float) -> np.ndarray:
    ages, retire = np.arange(AGES), np.array([women, men])
    idle = np.where(ages < WORK_AGE, CHILD, np.where(ages >= retire[:, None], PENSIONED, NEITHER))
    at_work = np.broadcast_to(np.arange(NEITHER)[:, None, None], (NEITHER, 2, AGES))
    return LEVELS * np.concatenate([idle[None], at_work]).astype(np.uint16)


@kernel
def _count(first, last, year, n, born, sex, skill, minority, hukou_county, hukou_rural, res_county, res_zone, sector,
           productivity, low_income, efficiency, age_class, kind, ages, works, homes, outside_workers, cell, units,
           right):
    """Tallies: ages [place, local / other county / other province, class]: rows, minority, poor; works [place, kind,
    level]: rows, labour in units; homes [registered, place, member of working age]; outside_workers [registered,
    rural, level]. A place is a county and a zone. Writes the cell of works, the units of labour and the right to land
    [registered, here or away, member] of each person.

    efficiency [age] in units of labour; `kind` as `kinds` gives it, without its shape.
    """
    this_year, outside, places = np.int16(year), np.uint8(n), np.uint32(2 * (n + 1))
    old = np.empty(BLOCK, dtype=np.uint8)
    group, work = np.empty(BLOCK, dtype=np.uint16), np.empty(BLOCK, dtype=np.uint16)
    state, home = np.empty(BLOCK, dtype=np.uint16), np.empty(BLOCK, dtype=np.uint32)
    gone = np.uint64(2 * n * KINDS * LEVELS)
    for begin in range(first, last, BLOCK):
        start, size = np.uint64(begin), block_size(begin, last)
        for j in range(size):  # arithmetic alone
            i = start + j
            age, h = age_at(this_year, born[i]), hukou_county[i]
            place = np.uint16(2) * np.uint16(res_county[i]) + np.uint16(res_zone[i])
            away = np.uint16(h != res_county[i])
            member = np.uint16(hukou_rural[i] & np.uint8(age >= np.uint8(WORK_AGE)))
            old[j] = age
            group[j] = (np.uint16(3) * place + away + np.uint16(h == outside)) * np.uint16(CLASSES)
            work[j] = np.uint16(KINDS * LEVELS) * place + np.uint16(skill[i])
            state[j] = np.uint16(2 * AGES) * np.uint16(sector[i] + 1) + np.uint16(AGES) * np.uint16(sex[i]) + age
            home[j] = np.uint32(2) * (places * np.uint32(h) + place) + member
            right[i] = np.uint16(4) * np.uint16(h) + np.uint16(2) * away + member
        for j in range(size):  # tables of ages
            age = np.uint64(old[j])
            units[start + j] = np.int64(productivity[start + j] * efficiency[age])
            work[j] += kind[np.uint64(state[j])]
            group[j] += age_class[age]
        for j in range(size):  # tallies
            i, at = start + j, np.uint64(work[j])
            cell[i] = work[j]
            ages[np.uint64(group[j])] += 1 + (np.int64(minority[i]) << _MINORITY) + (np.int64(low_income[i]) << _POOR)
            works[at] += (np.int64(1) << _ROW) + units[i]
            homes[np.uint64(home[j])] += 1
            if at >= gone:
                h, rural = np.uint64(hukou_county[i]), np.uint64(hukou_rural[i])
                employable = (old[j] >= WORK_AGE) & (old[j] < WORKER_UNTIL)
                outside_workers[np.uint64(LEVELS) * (np.uint64(2) * h + rural) + np.uint64(skill[i])] += employable


@kernel
def _lay_out(ages, works, homes, class_starts, units, by_zone, by_age, by_skill, by_home, by_sector, by_sector_zone,
             rights, adults, retired, minorities, poor, school, health, network):
    """Add tallies to what the year asks for; units: labour [place, skill, sector] in whole numbers."""
    n, field = by_zone.shape[0], np.int64(MOST_ROWS)
    for c in range(n):
        for z in range(2):
            for home in range(3):
                local = min(home, 1)
                for k in range(class_starts.size):
                    found, age = ages[c, z, home, k], class_starts[k]
                    rows = found & field
                    minorities[c] += (found >> _MINORITY) & field
                    poor[c] += found >> _POOR
                    by_zone[c, z] += rows
                    by_home[c, home] += rows
                    by_age[c, min(age // 5, AGE_GROUPS - 1)] += rows
                    health[c, local, 0 if age < 50 else (1 if age < 70 else 2)] += rows
                    if 3 <= age < ADULT_AGE:
                        school[c, local] += rows
                    if age >= WORK_AGE:
                        adults[c, z, local] += rows
            for kind in range(KINDS):
                for level in range(LEVELS):
                    found, e = works[c, z, kind, level], max(0, level - 1)
                    rows = found >> _ROW
                    if level > 0:
                        by_skill[c, e] += rows
                    if kind == PENSIONED:
                        retired[c, z] += rows
                    if kind < NEITHER:
                        by_sector_zone[c, z, e, kind] += rows
                        by_sector[c, kind] += rows
                        units[c, z, e, kind] += found & _LABOUR
    for h in range(n + 1):
        for c in range(n + 1):
            for z in range(2):
                network[h, c] += homes[h, c, z, 0] + homes[h, c, z, 1]
                if h < n:
                    rights[h, c, z] += homes[h, c, z, 1]


def count(persons: Persons, year: int, n: int, p, threads: int = 1):
    """Everything a year needs to know of persons, in rows (not yet times weight), by county; `p`: parameters.

    Returns a namespace: by_zone [c, zone], by_age [c, 18], by_skill [c, 3] of those who have one, by_home [c, local /
    other county / other province], by_sector [c, 6], by_sector_zone [c, zone, skill, 6], labour [c, zone, 6, skill] in
    efficiency units, rights [registered c, resident c + outside, zone] of rural members 16+, adults [c, zone, local /
    other], retired [c, zone], minorities [c], poor [c], school [c, local / other],
    health [c, local / other, age under 50 / 50-69 / 70+],
    outside_workers [registered c, rural member, level], network [registered c + outside, resident c + outside]; and as
    what each person was counted: cell of [place, kind, level], units of labour, right of [registered, here / away,
    member], valid until persons change.
    """
    q, efficiency, kind = persons, age_efficiency(p) * FIXED_POINT, kinds(p, year).reshape(-1)
    shapes = ((n + 1, 2, 3, CLASSES), (n + 1, 2, KINDS, LEVELS), (n + 1, n + 1, 2, 2), (n + 1, 2, LEVELS))
    cell, units, right = q.scratch("cell", np.uint16), q.scratch("units", np.int32), q.scratch("right", np.uint16)

    def tally(first, last):
        found = []
        for start in range(first, last, MOST_ROWS):
            found.append([np.zeros(shape, dtype=np.int64) for shape in shapes])
            _count(start, min(start + MOST_ROWS, last), year, n, q.born, q.sex, q.skill, q.minority, q.hukou_county,
                   q.hukou_rural, q.res_county, q.res_zone, q.sector, q.productivity, q.low_income, efficiency,
                   AGE_CLASS, kind, *(array.reshape(-1) for array in found[-1]), cell, units, right)
        return found

    zeros = lambda *shape: np.zeros(shape, dtype=np.int64)  # noqa: E731
    found = SimpleNamespace(
        by_zone=zeros(n, 2), by_age=zeros(n, AGE_GROUPS), by_skill=zeros(n, 3), by_home=zeros(n, 3),
        by_sector=zeros(n, NEITHER), by_sector_zone=zeros(n, 2, 3, NEITHER), rights=zeros(n, n + 1, 2),
        adults=zeros(n, 2, 2), retired=zeros(n, 2), minorities=zeros(n), poor=zeros(n), school=zeros(n, 2),
        health=zeros(n, 2, 3), network=zeros(n + 1, n + 1))
    labour, outside_workers = zeros(n, 2, 3, NEITHER), zeros(*shapes[-1])
    for ages, works, homes, outside in itertools.chain.from_iterable(in_parts(len(q), threads, tally)):
        _lay_out(ages, works, homes, CLASS_STARTS, labour, *vars(found).values())
        outside_workers += outside
    found.labour = (labour / FIXED_POINT * zone_efficiency(p)[:, None]).swapaxes(2, 3)
    found.outside_workers = outside_workers
    found.cell, found.units, found.right = cell, units, right
    return found
