"""Persons: the weighted synthetic population, in columns; each row stands for `weight` persons.

`res_county` and `hukou_county` are rows of the county table; its length stands for "outside Hainan". Only persons
registered in Hainan are followed outside. Year of birth is kept, not age, so that ageing changes no row.
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

SPARE = 1.1  # growth factor of column capacity
RANDOM_COLUMNS = ("random_status", "random_place", "random_work", "random_life")
COUNTED_AS = ("cell", "units", "right")
OF_THE_YEAR = RANDOM_COLUMNS + COUNTED_AS
"""Columns overwritten every year; they hold nothing about the person."""


class Persons(Table):
    """One row per weighted person.

    Whether an event happens to a person in a process is decided by one random number, drawn for everybody before
    decisions are made: its low end stands for one event, its high end for another that excludes the first. Only
    persons with an event draw further numbers. Newborns take part in no process until the next year.
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
    participation = column(unit="share", says="Fixed uniform number that decides on labour participation",
                           dtype="float32")
    low_income = column(unit="0 or 1", says="Registered poor, later monitored low income", dtype="uint8")
    random_status = column(unit="word",
                           says="Random number of the year: low values, training; high, registration here",
                           dtype="uint32")
    random_place = column(unit="word", dtype="uint32",
                          says="Random number of the year: low values, considering a move; high, becoming urban")
    random_work = column(unit="word", says="Random number of the year: low values, reconsidering the sector",
                         dtype="uint32")
    random_life = column(unit="word", says="Random number of the year: low values, death; high, giving birth",
                         dtype="uint32")
    cell = column(unit="place", says="Cell of the last count: [place, kind, level] (agents/counts)", dtype="uint16")
    units = column(unit="1/65536 of an efficiency unit", says="Labour in the last count, before the zone's efficiency",
                   dtype="int32")
    right = column(unit="place", says="Land right in the last count: [registered, here or away, member]",
                   dtype="uint16")

    def __init__(self, columns: dict[str, np.ndarray]):
        self.rooms: dict[str, np.ndarray] = {}
        rows = len(columns["uid"])
        for name, declared in self.columns().items():
            given = columns[name] if name in columns or name not in OF_THE_YEAR else np.zeros(rows)
            setattr(self, name, np.ascontiguousarray(given, dtype=declared.dtype))
        self.seekers = np.empty(0, dtype=np.int32)  # rows of job seekers, until they have chosen

    def __len__(self) -> int:
        return self.uid.size

    def copied(self) -> Persons:
        """A copy of the persons with its own arrays."""
        return Persons({name: array.copy() for name, array in self.arrays().items()})

    def rows(self) -> Rows:
        """All columns as the group passed to kernels; valid until the next renewal."""
        return Rows(**self.arrays())

    def renew(self, stays: np.ndarray, newcomers: dict[str, np.ndarray]) -> None:
        """Remove the rows that do not stay and insert newcomers; rows that stay keep their position.

        Newcomers take vacated rows, then new ones at the end; if there are fewer newcomers than vacated rows, the last
        rows fill the gaps. The cost is thus proportional to the change. A newcomer's `mother` is given as a row before
        the renewal; mothers' rows are updated, and a child whose mother leaves has none.
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
            array[rows] = newcomers.get(name, 0)  # newcomers after the draw have no random numbers this year
        if size < before:
            last = size + np.flatnonzero(stays[size:])
            self._fill(gone[coming:][:last.size], last, size)

    def _lengthen(self, size: int) -> None:
        """Lengthen the columns, with spare capacity for some years."""
        for name, array in self.arrays().items():
            room = self.rooms.get(name)
            if room is None or array.base is not room or room.size < size:
                room = self.rooms[name] = np.empty(int(size * SPARE), dtype=array.dtype)
                room[:array.size] = array
            setattr(self, name, room[:size])

    def _fill(self, gaps: np.ndarray, last: np.ndarray, size: int) -> None:
        """Move the last rows into the gaps, and shorten the columns."""
        row = np.full(len(self) - size, -1, dtype=np.int32)
        row[last - size] = gaps
        moved = self.mother >= size
        self.mother[moved] = row[self.mother[moved] - size]
        for name, array in self.arrays().items():
            array[gaps] = array[last]
            setattr(self, name, array[:size])


Rows = namedtuple("Rows", Persons.columns())
"""Columns of persons by name."""


@kernel
def _forget(mother, stays):
    """Children whose mother leaves have none."""
    for i in range(mother.size):
        if mother[i] >= 0 and not stays[mother[i]]:
            mother[i] = -1


@dataclass(frozen=True)
class Parameters:
    efficiency_at_18: float = parameter(0.7, unit="index", bounds=(0.5, 0.9), source="age-earnings profiles",
                                        says="efficiency of work at 18 relative to ages 35-50 (ep)")
    efficiency_at_60: float = parameter(0.85, unit="index", bounds=(0.7, 1.0), source="age-earnings profiles",
                                        says="efficiency of work at 60 relative to ages 35-50 (ep)")
    rural_nonfarm_efficiency: float = parameter(
        0.6, unit="ratio", bounds=(0.4, 0.9), source="rural relative to urban wages, household surveys",
        confidence="low",
        says="efficiency of non-farm work of rural relative to urban residents")
    urban_farm_efficiency: float = parameter(
        2.0, unit="ratio", bounds=(1.0, 3.0), source="state-farm relative to village incomes", confidence="low",
        says="efficiency of farm work of urban residents (mostly state farms) relative to rural")
    retirement_age_women: float = parameter(55, unit="year", bounds=(50, 60), source="statute before 2025",
                                            confidence="high", says="statutory pension age of women")
    retirement_age_men: float = parameter(60, unit="year", bounds=(60, 65), source="statute before 2025",
                                          confidence="high", says="statutory pension age of men")
    retirement_reform_years: float = parameter(
        3.0, unit="year", bounds=(0, 5), source="statutory reform of 2024: to 58 and 63 over fifteen years from 2025",
        confidence="high", says="years that the reform adds to both pension ages")


class Settled(Constants):
    efficiency_by_age = column("single_age", unit="index",
                               says="Efficiency of work by age relative to ages 35-50 (ep)")
    efficiency_by_zone = column("zone", "sector", unit="ratio", says=(
        "Efficiency of work by zone relative to urban non-farm and rural farm work"))


REFORM_START, REFORM_END = 2025, 2040


def retirement_ages(year: int, women: float, men: float, reform_years: float) -> tuple[float, float]:
    """Statutory pension ages of women and men in a year: constant to 2024, then rising linearly to 2040."""
    added = reform_years * min(max((year - REFORM_START + 1) / (REFORM_END - REFORM_START), 0.0), 1.0)
    return women + added, men + added


def age_efficiency(at_18: float, at_60: float) -> NDArray[np.float64]:
    """Efficiency of work by age 0..100, ep(a): linear between 18, 35, 50 and 60, constant after."""
    return np.interp(np.arange(AGES), [ADULT_AGE, 35, 50, 60], [at_18, 1.0, 1.0, at_60])


def efficiency_in_zones(urban_farm: float, rural_nonfarm: float) -> NDArray[np.float64]:
    """Efficiency of work by zone and sector relative to urban non-farm and rural farm work: [zone, sector]."""
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
    """Share of a wage left after social contributions, which urban workers outside farming pay (Y2)."""
    return 1.0 - contribution if zone == URBAN and sector != FARMING else 1.0


@inlined
def age_at(year: np.int16, born: np.int16) -> np.uint8:
    """Age in a year, 0 to 100, as one byte; year as int16, so that more values fit in a vector register."""
    return np.uint8(min(max(np.int16(0), np.int16(year - born)), np.int16(AGES - 1)))


def draw_random_numbers(persons: InOut, seed, year, threads) -> None:
    """Draw the year's random numbers: four words per person."""
    q, seed = persons, np.uint64(seed)
    in_parts(len(q), threads, lambda first, last: draw(
        first, last, seed, LUCK, year, q.uid, q.random_status, q.random_place, q.random_work, q.random_life))
