"""Persons: the weighted synthetic population, in columns; each row stands for `weight` persons.

`res_county` and `hukou_county` are rows of the county table; its length stands for "outside Hainan". Only persons
registered in Hainan are followed outside. Year of birth is kept, not age, so that nobody is touched by a birthday.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from types import SimpleNamespace

import numpy as np

from sim.core.cache import inlined, kernel
from sim.core.declare import column, parameter
from sim.core.parts import in_parts, summed
from sim.core.randomness import LUCK, draw
from sim.core.table import Table

URBAN, RURAL = 0, 1
NO_SECTOR = -1
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
    table[URBAN, 0], table[RURAL, 1:] = p.urban_farm_efficiency, p.rural_nonfarm_efficiency
    return table


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
# skills, of which the first (under 18) counts as the second. Row numbers are unsigned: a signed one is looked at, at
# each access, for counting from the end.
CLASS_STARTS = np.array([0, 3, 5, 10, 15, 16, 18, *range(20, 90, 5)])
CLASSES = np.uint64(CLASS_STARTS.size)
AGE_CLASS = np.searchsorted(CLASS_STARTS, np.arange(101), side="right").astype(np.uint64) - np.uint64(1)
NEITHER, PENSIONED, CHILD, KINDS = 6, 7, 8, 9
LOW_HALF = 2**32 - 1
WORKER_UNTIL = 60
_2, _3, _4 = (np.uint64(k) for k in (2, 3, 4))
_KINDS = np.uint64(KINDS)


def by_place(county, zone, n: int) -> np.ndarray:
    """Rows by county and zone of residence, without those outside; [n, zone]."""
    place = 2 * np.asarray(county, dtype=np.int64) + np.asarray(zone, dtype=np.int64)
    return np.bincount(place, minlength=2 * n)[:2 * n].reshape(n, 2)


def idle_kind(p, year) -> np.ndarray:
    """What a person without work is, by sex and age: a child, pensioned, or neither; [2, 101]."""
    return _idle_kind(*retirement_ages(p, year))


@functools.lru_cache(maxsize=64)
def _idle_kind(women: float, men: float) -> np.ndarray:
    ages, retire = np.arange(101), np.array([women, men])
    return np.where(ages < WORK_AGE, CHILD, np.where(ages >= retire[:, None], PENSIONED, NEITHER)).astype(np.uint64)


@kernel
def _count(first, last, year, n, born, sex, skill, minority, hukou_county, hukou_rural, res_county, res_zone, sector,
           productivity, low_income, efficiency, age_class, idle_kind,
           ages, works, labour, homes, outside_workers, marked):
    """Tallies: ages [place, local / other county / other province, class]; works [place, adult, skill, kind]; labour
    [place, skill, kind] in units; homes [registered, place, member of working age]; outside_workers [registered, rural,
    4 skills]; marked [county]: minority, and above 2**32 the poor. A place is a county and a zone.
    """
    for i in range(np.uint64(first), np.uint64(last)):
        c, h, rural, s = np.uint64(res_county[i]), np.uint64(hukou_county[i]), np.uint64(hukou_rural[i]), sector[i]
        place, age = _2 * c + np.uint64(res_zone[i]), np.uint64(min(max(0, year - born[i]), 100))
        grown, level = age >= WORK_AGE, np.uint64(skill[i])
        kind = np.uint64(s) if s >= 0 else idle_kind[sex[i], age]
        cell = _KINDS * (level - np.uint64(level > 0)) + kind
        from_where = np.uint64(h != c) + np.uint64((h == n) & (h != c))
        ages[(_3 * place + from_where) * CLASSES + age_class[age]] += 1
        works[_3 * _KINDS * (_2 * place + np.uint64(age >= ADULT_AGE)) + cell] += 1
        labour[_3 * _KINDS * place + cell] += np.int64(productivity[i] * efficiency[age] * FIXED_POINT)
        homes[_2 * (_2 * np.uint64(n + 1) * h + place) + (rural & np.uint64(grown))] += 1
        outside_workers[_4 * (_2 * h + rural) + level] += (c == n) & grown & (age < WORKER_UNTIL)
        marked[c] += np.int64(minority[i]) + (np.int64(low_income[i]) << 32)


@kernel
def _lay_out(ages, works, units, homes, marked, class_starts, factor, by_zone, by_age, by_skill, by_home, by_sector,
             by_sector_zone, labour, rights, adults, retired, minorities, poor, school, health, network):
    """The tallies as the year asks for them."""
    n = by_zone.shape[0]
    for c in range(n):
        for z in range(2):
            for home in range(3):
                local = min(home, 1)
                for k in range(class_starts.size):
                    rows, age = ages[c, z, home, k], class_starts[k]
                    by_zone[c, z] += rows
                    by_home[c, home] += rows
                    by_age[c, min(age // 5, AGE_GROUPS - 1)] += rows
                    health[c, local, 0 if age < 50 else (1 if age < 70 else 2)] += rows
                    if 3 <= age < ADULT_AGE:
                        school[c, local] += rows
                    if age >= WORK_AGE:
                        adults[c, z, local] += rows
            for e in range(3):
                for kind in range(KINDS):
                    by_skill[c, e] += works[c, z, 1, e, kind]
                retired[c, z] += works[c, z, 0, e, PENSIONED] + works[c, z, 1, e, PENSIONED]
                for s in range(NEITHER):
                    rows = works[c, z, 0, e, s] + works[c, z, 1, e, s]
                    by_sector_zone[c, z, e, s] = rows
                    by_sector[c, s] += rows
                    labour[c, z, e, s] = units[c, z, e, s] / FIXED_POINT * factor[z, s]
        minorities[c], poor[c] = marked[c] & LOW_HALF, marked[c] >> 32
    for h in range(n + 1):
        for c in range(n + 1):
            for z in range(2):
                network[h, c] += homes[h, c, z, 0] + homes[h, c, z, 1]
                if h < n:
                    rights[h, c, z] = homes[h, c, z, 1]


def count(persons: Persons, year: int, n: int, p, threads: int = 1):
    """Everything a year needs to know of persons, in rows (not yet times weight), by county; `p`: parameters.

    Returns a namespace: by_zone [c, zone], by_age [c, 18], by_skill [c, 3], by_home [c, local / other county / other
    province], by_sector [c, 6], by_sector_zone [c, zone, skill, 6], labour [c, zone, 6, skill] in efficiency units,
    rights [registered c, resident c + outside, zone] of rural members 16+, adults [c, zone, local / other],
    retired [c, zone], minorities [c], poor [c], school [c, local / other],
    health [c, local / other, age under 50 / 50-69 / 70+],
    outside_workers [registered c, rural member, skill], network [registered c + outside, resident c + outside].
    """
    q, efficiency, idle = persons, age_efficiency(p), idle_kind(p, year)
    shapes = ((n + 1, 2, 3, CLASS_STARTS.size), (n + 1, 2, 2, 3, KINDS), (n + 1, 2, 3, KINDS), (n + 1, n + 1, 2, 2),
              (n + 1, 2, 4), (n + 1,))
    kinds = (np.int32, np.int32, np.int64, np.int32, np.int32, np.int64)

    def tally(first, last):
        tallies = [np.zeros(shape, dtype=kind) for shape, kind in zip(shapes, kinds, strict=True)]
        _count(first, last, year, n, q.born, q.sex, q.skill, q.minority, q.hukou_county, q.hukou_rural, q.res_county,
               q.res_zone, q.sector, q.productivity, q.low_income, efficiency, AGE_CLASS, idle,
               *(array.reshape(-1) for array in tallies))
        return tallies

    ages, works, units, homes, outside_workers, marked = summed(in_parts(len(q), threads, tally))
    zeros = lambda *shape: np.zeros(shape, dtype=np.int64)  # noqa: E731
    found = SimpleNamespace(
        by_zone=zeros(n, 2), by_age=zeros(n, AGE_GROUPS), by_skill=zeros(n, 3), by_home=zeros(n, 3),
        by_sector=zeros(n, NEITHER), by_sector_zone=zeros(n, 2, 3, NEITHER), labour=np.empty((n, 2, 3, NEITHER)),
        rights=zeros(n, n + 1, 2), adults=zeros(n, 2, 2), retired=zeros(n, 2), minorities=zeros(n), poor=zeros(n),
        school=zeros(n, 2), health=zeros(n, 2, 3), network=zeros(n + 1, n + 1))
    _lay_out(ages, works, units, homes, marked, CLASS_STARTS, zone_efficiency(p), *vars(found).values())
    found.labour, found.outside_workers = found.labour.swapaxes(2, 3), outside_workers.astype(np.int64)
    return found
