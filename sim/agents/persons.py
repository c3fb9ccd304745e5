"""Persons: the weighted synthetic population, in columns; each row stands for `weight` persons.

`res_county` and `hukou_county` are rows of the county table; its length stands for "outside Hainan". Only persons
registered in Hainan are followed outside. Year of birth is kept, not age, so that nobody is touched by a birthday.
"""

from __future__ import annotations

from collections import namedtuple
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.core.bind import InOut, Out
from sim.core.cache import either, inlined, kernel
from sim.core.declare import column, parameter
from sim.core.parts import in_parts
from sim.core.randomness import LUCK, draw
from sim.core.table import Constants, Table
from sim.words import ADULT_AGE, AGES, FARMING, INDUSTRY, RURAL, SECTORS, URBAN

SPARE = 1.1  # room made when columns must become longer
LUCKS = ("luck_status", "luck_place", "luck_work", "luck_life")
COUNTED_AS = ("cell", "units", "right")
OF_THE_YEAR = LUCKS + COUNTED_AS
"""Columns that every year writes anew; nothing about a person stands in them."""


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
    luck_status = column(unit="word", says="Random number of the year: low, is trained; high, registers here",
                         dtype="uint32")
    luck_place = column(unit="word", dtype="uint32",
                        says="Random number of the year: low, considers moving; high, the place turns urban")
    luck_work = column(unit="word", says="Random number of the year: low, reconsiders the sector", dtype="uint32")
    luck_life = column(unit="word", says="Random number of the year: low, dies; high, bears a child", dtype="uint32")
    cell = column(unit="place", says="Counted last as: of [place, kind, level] (agents/counts)", dtype="uint16")
    units = column(unit="1/65536 of an efficiency unit", says="Counted last as: labour without the zone's efficiency",
                   dtype="int32")
    right = column(unit="place", says="Counted last as: right to land, of [registered, here or away, member]",
                   dtype="uint16")

    def __init__(self, columns: dict[str, np.ndarray]):
        self.rooms: dict[str, np.ndarray] = {}
        rows = len(columns["uid"])
        for name, declared in self.columns().items():
            given = columns[name] if name in columns or name not in OF_THE_YEAR else np.zeros(rows)
            setattr(self, name, np.ascontiguousarray(given, dtype=declared.dtype))
        self.seekers = np.empty(0, dtype=np.int32)  # rows of those who look for work, until they have chosen

    def __len__(self) -> int:
        return self.uid.size

    def copied(self) -> Persons:
        """The same persons with arrays of their own."""
        return Persons({name: array.copy() for name, array in self.arrays().items()})

    def rows(self) -> Rows:
        """All columns as the group that kernels take; valid until a renewal."""
        return Rows(**self.arrays())

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


Rows = namedtuple("Rows", Persons.columns())
"""The columns of persons, by name."""


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


class Settled(Constants):
    efficiency_by_age = column("single_age", unit="index",
                               says="Efficiency of work by age, against the years 35-50 (ep)")
    efficiency_by_zone = column("zone", "sector", unit="ratio", says=(
        "Efficiency of work by zone, against urban non-farm and rural farm work"))


REFORM_START, REFORM_END = 2025, 2040


def retirement_ages(year: int, women: float, men: float, reform_years: float) -> tuple[float, float]:
    """Statutory pension ages of women and men in a year: constant to 2024, then rising straight to 2040."""
    added = reform_years * min(max((year - REFORM_START + 1) / (REFORM_END - REFORM_START), 0.0), 1.0)
    return women + added, men + added


def age_efficiency(at_18: float, at_60: float) -> NDArray[np.float64]:
    """Efficiency of work by age 0..100, ep(a): straight between 18, 35, 50 and 60, constant after."""
    return np.interp(np.arange(AGES), [ADULT_AGE, 35, 50, 60], [at_18, 1.0, 1.0, at_60])


def efficiency_in_zones(urban_farm: float, rural_nonfarm: float) -> NDArray[np.float64]:
    """Efficiency of work by zone and sector, against urban non-farm and rural farm work: [zone, sector]."""
    table = np.ones((2, SECTORS))
    table[URBAN, FARMING], table[RURAL, INDUSTRY:] = urban_farm, rural_nonfarm
    return table


def settle_efficiency(efficiency_at_18, efficiency_at_60, urban_farm_efficiency, rural_nonfarm_efficiency,
                      efficiency_by_age: Out, efficiency_by_zone: Out) -> None:
    """Efficiency of work by age and by zone, for all years."""
    efficiency_by_age[:] = age_efficiency(efficiency_at_18, efficiency_at_60)
    efficiency_by_zone[:] = efficiency_in_zones(urban_farm_efficiency, rural_nonfarm_efficiency)


@either
def kept_of_wage(contribution: float, zone: int, sector: int) -> float:
    """What is left of a wage after social contributions: urban workers outside farming pay them (Y2)."""
    return 1.0 - contribution if zone == URBAN and sector != FARMING else 1.0


@inlined
def age_at(year: np.int16, born: np.int16) -> np.uint8:
    """Age in a year, 0 to 100, in one byte; year as int16, so that many fit in a vector."""
    return np.uint8(min(max(np.int16(0), np.int16(year - born)), np.int16(AGES - 1)))


def draw_luck(persons: InOut, seed, year, threads) -> None:
    """The luck of the year falls: four words a person."""
    q, seed = persons, np.uint64(seed)
    in_parts(len(q), threads, lambda first, last: draw(
        first, last, seed, LUCK, year, q.uid, q.luck_status, q.luck_place, q.luck_work, q.luck_life))
