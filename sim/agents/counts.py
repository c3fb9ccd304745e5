"""Counts of persons, in rows, and efficiency labour by sector and skill.

Persons are counted once a year, at its end; the next year uses these counts.
"""

from __future__ import annotations

import functools
import itertools
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.agents.persons import age_at, retirement_ages
from sim.core.bind import InOut, Out
from sim.core.cache import kernel
from sim.core.declare import column
from sim.core.parts import BLOCK, block_size, in_parts
from sim.core.table import Table
from sim.words import ADULT_AGE, AGE_GROUPS, AGES, SECTORS, WORK_AGE

FIXED_POINT = 65536.0  # efficiency is summed in whole numbers of 1/65536: exact, so independent of order

# Tallies are flat: age classes that no rule of the model splits; six sectors and the non-employed; four skills, of
# which the first (under 18) works as the second. Several counts of a cell are packed into the bits of one integer, so
# that one memory location is touched instead of three.
CLASS_STARTS = np.array([0, 3, 5, 10, 15, 16, 18, *range(20, 90, 5)])
AGE_CLASS = (np.searchsorted(CLASS_STARTS, np.arange(AGES), side="right") - 1).astype(np.uint16)
CLASSES = CLASS_STARTS.size
NEITHER, PENSIONED, CHILD, KINDS = SECTORS, SECTORS + 1, SECTORS + 2, SECTORS + 3
LEVELS = 4
SCHOOL_FROM, WORKER_UNTIL = 3, 60
HEALTH_AGES = (50, 70)  # ages from which the use of health services rises
MOST_ROWS = 2**21 - 1  # rows counted in one pass: as many as 21 bits hold
_MINORITY, _POOR, _ROW = 21, 42, 42  # bit offsets of these counts in a cell of ages, and above labour in a cell of work
_LABOUR = 2**_ROW - 1


class Counted(Table):
    """Persons counted at the end of a year, in rows; multiply by `weight` for persons.

    A place is a county or, in the last position, outside Hainan (dimensions `registration` and `destination`).
    """

    rows_by_zone = column("county", "zone", unit="rows", says="Residents by zone", dtype="int64")
    rows_by_age = column("county", "age", unit="rows", says="Residents by age group", dtype="int64")
    rows_by_skill = column("county", "skill", unit="rows", says="Residents who have a skill", dtype="int64")
    rows_by_home = column("county", "home", unit="rows", dtype="int64", says=(
        "Residents registered here, in another county, in another province"))
    rows_by_sector = column("county", "sector", unit="rows", says="Residents at work by sector", dtype="int64")
    rows_at_work = column("county", "zone", "skill", "sector", unit="rows", says="Residents at work", dtype="int64")
    rows_with_rights = column("county", "destination", "zone", unit="rows", dtype="int64", says=(
        "Rural members of working age by county of registration and place of residence"))
    rows_adult = column("county", "zone", "local", unit="rows", dtype="int64", says=(
        "Residents of working age and over, registered here or elsewhere"))
    rows_retired = column("county", "zone", unit="rows", says="Residents past pension age, without work", dtype="int64")
    rows_minority = column("county", unit="rows", says="Residents of a minority", dtype="int64")
    rows_poor = column("county", unit="rows", says="Residents registered as poor", dtype="int64")
    rows_school_age = column("county", "local", unit="rows", dtype="int64",
                             says="Residents of 3 to 17, registered here or elsewhere")
    rows_by_health_age = column("county", "local", "health_age", unit="rows", dtype="int64", says=(
        "Residents under 50, of 50 to 69, of 70 and over, registered here or elsewhere"))
    rows_by_registration = column("registration", "destination", unit="rows", dtype="int64",
                                  says="Persons by place of registration and place of residence")
    rows_working_outside = column("registration", "member", "level", unit="rows", dtype="int64", says=(
        "Persons of 16 to 59 outside Hainan by registration, membership of a rural collective and skill, 0 under 18"))
    labour_by_zone = column("county", "zone", "skill", "sector", unit="efficiency units of a row",
                            says="Efficiency labour of residents")
    rows_by_income = column("county_or_all", "income_bin", unit="rows", dtype="int64", says=(
        "Residents by income bin: counties, then the province"))
    income_by_bin = column("county_or_all", "income_bin", unit="CNY / 16", dtype="int64", says=(
        "Income of these residents: counties, then the province"))
    rows_in_poverty = column("county", "zone", unit="rows", says="Residents below the poverty line", dtype="int64")
    rows_with_rights_at_payment = column("county", "destination", "zone", unit="rows", dtype="int64", says=(
        "Rural members of working age when the incomes of the year were paid"))
    rows_working_outside_at_payment = column("registration", "member", "level", unit="rows", dtype="int64", says=(
        "Persons at work outside Hainan when the incomes of the year were paid"))


class CountRules(NamedTuple):
    """Efficiency and count class of persons by age."""

    efficiency: NDArray[np.float64]  # [age] in units of labour
    age_class: NDArray[np.uint16]  # [age]
    kind: NDArray[np.uint16]  # as `kinds` gives it, flat


class CountTally(NamedTuple):
    """Tallies of a chunk of the persons, flat; a place is a county and a zone."""

    ages: NDArray[np.int64]  # [place, local / other county / other province, class]: rows, minority, poor
    works: NDArray[np.int64]  # [place, kind, level]: rows, labour in units
    homes: NDArray[np.int64]  # [registered, place, member of working age]
    outside_workers: NDArray[np.int64]  # [registered, rural, level]


class Laid(NamedTuple):
    """Unpacked tallies: columns of `Counted`, and units of labour as integers."""

    units: NDArray[np.int64]  # [county, zone, skill, sector]
    by_zone: NDArray[np.int64]
    by_age: NDArray[np.int64]
    by_skill: NDArray[np.int64]
    by_home: NDArray[np.int64]
    by_sector: NDArray[np.int64]
    at_work: NDArray[np.int64]
    with_rights: NDArray[np.int64]
    adult: NDArray[np.int64]
    retired: NDArray[np.int64]
    minority: NDArray[np.int64]
    poor: NDArray[np.int64]
    school_age: NDArray[np.int64]
    by_health_age: NDArray[np.int64]
    by_registration: NDArray[np.int64]


def kinds(women: float, men: float) -> NDArray[np.uint16]:
    """Offsets of kinds of persons by sector (first the non-employed), sex and age: LEVELS times the number of the kind.

    A kind is a sector or, without work, child, pensioner or neither; `women` and `men` are pension ages.
    [SECTORS + 1, 2, AGES], read-only.
    """
    return _kinds(float(women), float(men))


@functools.lru_cache(maxsize=64)
def _kinds(women: float, men: float) -> np.ndarray:
    ages, retire = np.arange(AGES), np.array([women, men])
    idle = np.where(ages < WORK_AGE, CHILD, np.where(ages >= retire[:, None], PENSIONED, NEITHER))
    at_work = np.broadcast_to(np.arange(NEITHER)[:, None, None], (NEITHER, 2, AGES))
    return LEVELS * np.concatenate([idle[None], at_work]).astype(np.uint16)


@kernel
def _count(first, last, year, n, persons, rules, tally):
    """Add persons to tallies, and record the cell in which each is counted.

    Three loops (arithmetic, look-ups by age, tallies), since they touch different memory.
    """
    born, sex, skill, minority, low_income = (
        persons.born, persons.sex, persons.skill, persons.minority, persons.low_income)
    hukou_county, hukou_rural, res_county, res_zone = (
        persons.hukou_county, persons.hukou_rural, persons.res_county, persons.res_zone)
    sector, productivity = persons.sector, persons.productivity
    ages, works, homes, outside_workers = tally.ages, tally.works, tally.homes, tally.outside_workers
    efficiency, age_class, kind = rules.efficiency, rules.age_class, rules.kind
    cell, units, right = persons.cell, persons.units, persons.right
    this_year, outside, places = np.int16(year), np.uint8(n), np.uint32(2 * (n + 1))
    old = np.empty(BLOCK, dtype=np.uint8)
    group, work = np.empty(BLOCK, dtype=np.uint16), np.empty(BLOCK, dtype=np.uint16)
    state, home = np.empty(BLOCK, dtype=np.uint16), np.empty(BLOCK, dtype=np.uint32)
    gone = np.uint64(2 * n * KINDS * LEVELS)
    for begin in range(first, last, BLOCK):
        start, size = np.uint64(begin), block_size(begin, last)
        for j in range(size):  # arithmetic only
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
def _lay_out(ages, works, homes, class_starts, laid):
    """Aggregate tallies into the columns of `Counted`."""
    n, field = laid.by_zone.shape[0], np.int64(MOST_ROWS)
    for c in range(n):
        for z in range(2):
            for home in range(3):
                local = min(home, 1)
                for k in range(class_starts.size):
                    found, age = ages[c, z, home, k], class_starts[k]
                    rows = found & field
                    laid.minority[c] += (found >> _MINORITY) & field
                    laid.poor[c] += found >> _POOR
                    laid.by_zone[c, z] += rows
                    laid.by_home[c, home] += rows
                    laid.by_age[c, min(age // 5, AGE_GROUPS - 1)] += rows
                    laid.by_health_age[c, local, int(age >= HEALTH_AGES[0]) + int(age >= HEALTH_AGES[1])] += rows
                    if SCHOOL_FROM <= age < ADULT_AGE:
                        laid.school_age[c, local] += rows
                    if age >= WORK_AGE:
                        laid.adult[c, z, local] += rows
            for kind in range(KINDS):
                for level in range(LEVELS):
                    found, e = works[c, z, kind, level], max(0, level - 1)
                    rows = found >> _ROW
                    if level > 0:
                        laid.by_skill[c, e] += rows
                    if kind == PENSIONED:
                        laid.retired[c, z] += rows
                    if kind < NEITHER:
                        laid.at_work[c, z, e, kind] += rows
                        laid.by_sector[c, kind] += rows
                        laid.units[c, z, e, kind] += found & _LABOUR
    for h in range(n + 1):
        for c in range(n + 1):
            for z in range(2):
                laid.by_registration[h, c] += homes[h, c, z, 0] + homes[h, c, z, 1]
                if h < n:
                    laid.with_rights[h, c, z] += homes[h, c, z, 1]


def count(persons: InOut, year, n, threads, efficiency_by_age, efficiency_by_zone, retirement_age_women,
          retirement_age_men, retirement_reform_years, rows_by_zone: Out, rows_by_age: Out, rows_by_skill: Out,
          rows_by_home: Out, rows_by_sector: Out, rows_at_work: Out, rows_with_rights: Out, rows_adult: Out,
          rows_retired: Out, rows_minority: Out, rows_poor: Out, rows_school_age: Out, rows_by_health_age: Out,
          rows_by_registration: Out, rows_working_outside: Out, labour_by_zone: Out) -> None:
    """Count persons by county, in rows, and record the cell in which each was counted."""
    ages = retirement_ages(year, retirement_age_women, retirement_age_men, retirement_reform_years)
    rules = CountRules(efficiency_by_age * FIXED_POINT, AGE_CLASS, kinds(*ages).reshape(-1))
    shapes = ((n + 1, 2, 3, CLASSES), (n + 1, 2, KINDS, LEVELS), (n + 1, n + 1, 2, 2), (n + 1, 2, LEVELS))
    rows = persons.rows()

    def tally(first, last):
        found = []
        for start in range(first, last, MOST_ROWS):
            found.append([np.zeros(shape, dtype=np.int64) for shape in shapes])
            _count(start, min(start + MOST_ROWS, last), year, n, rows, rules,
                   CountTally(*(array.reshape(-1) for array in found[-1])))
        return found

    laid = Laid(
        units=np.zeros(rows_at_work.shape, dtype=np.int64), by_zone=rows_by_zone, by_age=rows_by_age,
        by_skill=rows_by_skill, by_home=rows_by_home, by_sector=rows_by_sector, at_work=rows_at_work,
        with_rights=rows_with_rights, adult=rows_adult, retired=rows_retired, minority=rows_minority, poor=rows_poor,
        school_age=rows_school_age, by_health_age=rows_by_health_age, by_registration=rows_by_registration)
    for array in (*laid, rows_working_outside):
        array[...] = 0
    for by_age, by_work, by_home, outside in itertools.chain.from_iterable(in_parts(len(persons), threads, tally)):
        _lay_out(by_age, by_work, by_home, CLASS_STARTS, laid)
        rows_working_outside += outside
    labour_by_zone[:] = laid.units / FIXED_POINT * efficiency_by_zone[:, None]


def remember_paid(rows_with_rights, rows_working_outside, rows_with_rights_at_payment: Out,
                  rows_working_outside_at_payment: Out) -> None:
    """Keep the numbers of persons to whom the year's incomes were paid, before the next count."""
    rows_with_rights_at_payment[:] = rows_with_rights
    rows_working_outside_at_payment[:] = rows_working_outside
