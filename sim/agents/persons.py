"""Persons: the weighted synthetic population, in columns; each row stands for `weight` persons.

`res_county` and `hukou_county` are rows of the county table; its length stands for "outside Hainan". Only persons
registered in Hainan are followed outside. Year of birth is kept, not age, so that nobody is touched by a birthday.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import SimpleNamespace

import numpy as np

from sim.core.cache import kernel
from sim.core.declare import column, parameter
from sim.core.table import Table

URBAN, RURAL = 0, 1
NO_SECTOR = -1
AGE_GROUPS = 18  # 0-4, 5-9, ..., 85 and over, as the census prints them
WORK_AGE, ADULT_AGE = 16, 18
SPARE = 1.1  # room made when columns must become longer
FIXED_POINT = 65536.0  # efficiency is summed in whole numbers of 1/65536: exact, so independent of order


class Persons(Table):
    """One row a weighted person."""

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

    def __init__(self, columns: dict[str, np.ndarray]):
        self.rooms: dict[str, np.ndarray] = {}
        for name, declared in self.columns().items():
            setattr(self, name, np.ascontiguousarray(columns[name], dtype=declared.dtype))

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
        taken = gone[:coming]
        self._lengthen(max(size, before))
        for name, array in self.arrays().items():
            array[taken] = newcomers[name][:taken.size]
            array[before:] = newcomers[name][taken.size:]
        if size < before:
            last = size + np.flatnonzero(stays[size:])
            self._fill(gone[coming:][:last.size], last, size)

    def _lengthen(self, size: int) -> None:
        """Longer columns; where room is made, it is made for some years to come."""
        for name, array in self.arrays().items():
            room = self.rooms.get(name)
            if size > array.size and (room is None or array.base is not room or room.size < size):
                room = self.rooms[name] = np.empty(int(size * SPARE), dtype=array.dtype)
                room[:array.size] = array
            setattr(self, name, array if size == array.size else room[:size])

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
    added = p.retirement_reform_years * np.clip((year - REFORM_START + 1) / (REFORM_END - REFORM_START), 0.0, 1.0)
    return p.retirement_age_women + added, p.retirement_age_men + added


def age_efficiency(p) -> np.ndarray:
    """Efficiency of work by age 0..100, ep(a): straight between 18, 35, 50 and 60, constant after."""
    return np.interp(np.arange(101), [18, 35, 50, 60], [p.efficiency_at_18, 1.0, 1.0, p.efficiency_at_60])


def zone_efficiency(p) -> np.ndarray:
    """Efficiency of work by zone and sector, against urban non-farm and rural farm work: [zone, 6]."""
    table = np.ones((2, 6))
    table[URBAN, 0], table[RURAL, 1:] = p.urban_farm_efficiency, p.rural_nonfarm_efficiency
    return table


@kernel
def _count(year, n, uid, born, sex, skill, minority, hukou_county, hukou_rural, res_county, res_zone, sector,
           productivity, low_income, efficiency, retire_m, retire_f,
           by_zone, by_age, by_skill, by_home, by_sector, by_sector_zone, labour, rights, adults, retired,
           minorities, poor, school, health, outside_workers, network):
    for i in range(uid.size):
        c, z, h = res_county[i], res_zone[i], hukou_county[i]
        age = max(0, year - born[i])
        network[h, c] += 1
        if hukou_rural[i] and age >= WORK_AGE and h < n:
            rights[h, c, z] += 1
        if c == n:
            if 16 <= age < 60:
                outside_workers[h, hukou_rural[i], skill[i]] += 1
            continue
        by_zone[c, z] += 1
        by_age[c, min(age // 5, AGE_GROUPS - 1)] += 1
        if age >= ADULT_AGE:
            by_skill[c, max(1, skill[i]) - 1] += 1
        by_home[c, 0 if h == c else (2 if h == n else 1)] += 1
        local = 0 if h == c else 1
        if 3 <= age < 18:
            school[c, local] += 1
        health[c, local, 0 if age < 50 else (1 if age < 70 else 2)] += 1
        if age >= WORK_AGE:
            adults[c, z, local] += 1
        minorities[c] += minority[i]
        poor[c] += low_income[i]
        s = sector[i]
        if s >= 0:
            by_sector[c, s] += 1
            by_sector_zone[c, z, max(1, skill[i]) - 1, s] += 1
            labour[c, z, s, max(1, skill[i]) - 1] += np.int64(productivity[i] * efficiency[min(age, 100)] * FIXED_POINT)
        elif age >= (retire_m if sex[i] == 1 else retire_f):
            retired[c, z] += 1


def count(persons: Persons, year: int, n: int, p):
    """Everything a year needs to know of persons, in rows (not yet times weight), by county; `p`: parameters.

    Returns a namespace: by_zone [c, zone], by_age [c, 18], by_skill [c, 3], by_home [c, local / other county / other
    province], by_sector [c, 6], by_sector_zone [c, zone, skill, 6], labour [c, zone, 6, skill] in efficiency units,
    rights [registered c, resident c + outside, zone] of rural members 16+, adults [c, zone, local / other],
    retired [c, zone], minorities [c], poor [c], school [c, local / other],
    health [c, local / other, age under 50 / 50-69 / 70+],
    outside_workers [registered c, rural member, skill], network [registered c + outside, resident c + outside].
    """
    zeros = lambda *shape: np.zeros(shape, dtype=np.int64)  # noqa: E731
    out = SimpleNamespace(
        by_zone=zeros(n, 2), by_age=zeros(n, AGE_GROUPS), by_skill=zeros(n, 3), by_home=zeros(n, 3),
        by_sector=zeros(n, 6), by_sector_zone=zeros(n, 2, 3, 6), labour=zeros(n, 2, 6, 3), rights=zeros(n, n + 1, 2),
        adults=zeros(n, 2, 2), retired=zeros(n, 2), minorities=zeros(n), poor=zeros(n),
        school=zeros(n, 2), health=zeros(n, 2, 3), outside_workers=zeros(n + 1, 2, 4), network=zeros(n + 1, n + 1),
    )
    q = persons
    retire_f, retire_m = retirement_ages(p, year)
    _count(year, n, q.uid, q.born, q.sex, q.skill, q.minority, q.hukou_county, q.hukou_rural, q.res_county,
           q.res_zone, q.sector, q.productivity, q.low_income, age_efficiency(p), retire_m, retire_f,
           *vars(out).values())
    out.labour = out.labour / FIXED_POINT * zone_efficiency(p)[None, :, :, None]
    return out
