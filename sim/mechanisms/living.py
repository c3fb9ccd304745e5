"""Living standards: personal income after sharing within households, and its inequality (D.1, D.2; B.4 Y2-Y8).

Personal incomes follow the accounts of the county-zone: wages by sector, skill, zone, efficiency and age; farm rent by
right; pensions of the retired; property income, remittances and other income equal for all adults of the zone. They sum
to the zone's disposable income. Incomes are then pooled within purses of household size: persons of a county-zone whose
hashed permanent identities are adjacent; a child belongs to its mother's purse. There is no household object, and no
choice depends on a purse. Section 1.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.agents.counts import CHILD, FIXED_POINT, KINDS, LEVELS, PENSIONED
from sim.agents.persons import Persons, kept_of_wage
from sim.core.bind import Out
from sim.core.cache import either, inlined, kernel
from sim.core.declare import parameter
from sim.core.parts import BLOCK, block_size, in_parts, summed
from sim.core.randomness import mix
from sim.indicators import inequality
from sim.indicators import persons as distribution
from sim.indicators.persons import BINS, BINS_A_DOUBLING
from sim.words import CNY_PER_MILLION, RURAL_MEMBER, SECTORS

MEMBER = 2**48  # unit of members in the integer of a purse, above all money: halves memory and time
MONEY = 16.0  # incomes are summed as integers in sixteenths of a yuan, hence exact and independent of order
POOREST = 0.2  # the poorest fifth
HERE, AWAY = range(2)  # residence of land rights holders
PURSE_SALT = 20  # hash constant for purses, used for no other ordering
TOP = BINS - 1
_LEVELS = np.uint64(LEVELS)


@dataclass(frozen=True)
class Parameters:
    purse_size: float = parameter(
        3.2, unit="persons", bounds=(2.5, 4.0),
        source="persons per family household, censuses 2010 (3.46), 2020 (3.06)",
        confidence="high", says="number of residents who pool their incomes")
    poverty_line: float = parameter(
        4000.0, unit="CNY per head and year", bounds=(3000, 8000),
        source="national rural line of 2,300 CNY at 2010 prices, about 4,000 in 2020", confidence="high",
        says="income per head of a purse below which its members are poor")


# ---- formulas -------------------------------------------------------------------------------------------------


@either
def rest_per_adult(disposable: float, accounted: float, adults: float, weight: float) -> float:
    """CNY per adult of the zone other than wage, farm rent and pension; inputs [county, zone] in million CNY."""
    return CNY_PER_MILLION * (disposable - accounted) / (np.maximum(adults, 1.0) * weight)


@either
def purses(residents: float, size: float) -> float:
    """Number of purses of a county-zone, at least one if it has residents."""
    return np.minimum(residents, np.maximum(1.0, np.rint(residents / size)))


@inlined
def _purse(uid, number):
    """Index of the purse of an identity among `number` purses."""
    return np.int64(np.float64(mix(uid, np.uint64(PURSE_SALT)) >> np.uint64(11)) * 2.0**-52 * number)


@inlined
def _bin(income):
    """Bin of an integer income, with 32 bins per doubling."""
    shift = 0
    for step in (16, 8, 4, 2, 1):  # finds the smallest shift below 32 that leaves less than two doublings
        if (income >> (shift + step - 1)) >= 2 * BINS_A_DOUBLING:
            shift += step
    return min(BINS_A_DOUBLING * shift + (income >> shift), TOP)


class Incomes(NamedTuple):
    """Income of a person by place, kind and level, in CNY; a place is a county, or outside Hainan, and a zone.
    """

    pay: NDArray[np.float64]  # [place, zone, kind, level] per unit of labour
    flat: NDArray[np.float64]  # [place, zone, kind] other income
    right: NDArray[np.float64]  # [registered, here / away, member] for a right to farmland


class Purses(NamedTuple):
    """Purses of the places, in sequence; outside Hainan there are none."""

    start: NDArray[np.int64]  # [place, zone] index of the first
    number: NDArray[np.int64]  # [place, zone] number


@kernel
def _gather(first, last, n, persons, incomes, opened, purse):
    """Income (sixteenths of a yuan) and members (times MEMBER) of every purse, packed into one integer.

    `incomes` and `opened`: tables without their shapes.
    """
    uid, mother, cell, units, rights = persons.uid, persons.mother, persons.cell, persons.units, persons.right
    pay, flat, right, start, number = incomes.pay, incomes.flat, incomes.right, opened.start, opened.number
    who, at, amount = np.empty(BLOCK, np.uint64), np.empty(BLOCK, np.uint64), np.empty(BLOCK, np.int64)
    place, child = np.empty(flat.size, dtype=np.uint64), np.empty(flat.size, dtype=np.bool_)
    for k in range(flat.size):
        place[k], child[k] = k // KINDS, k % KINDS == CHILD
    inside = np.uint64(2 * n)
    for begin in range(first, last, BLOCK):
        rows, size = np.uint64(begin), block_size(begin, last)
        for j in range(size):
            i, paid = rows + j, np.uint64(cell[rows + j])
            had = paid // _LEVELS
            income = units[i] * pay[paid] + flat[had] + right[np.uint64(rights[i])]
            amount[j] = np.int64(np.floor(income * MONEY + 0.5)) + MEMBER
            who[j], at[j] = uid[i], place[had]
        for j in range(size):
            if mother[rows + j] >= 0:
                m = np.uint64(mother[rows + j])
                if child[np.uint64(cell[rows + j]) // _LEVELS] and place[np.uint64(cell[m]) // _LEVELS] == at[j]:
                    who[j] = uid[m]
        for j in range(size):
            here = at[j]
            who[j] = start[here] + _purse(who[j], number[here])
        for j in range(size):  # memory locations of purses are scattered, so several are loaded at once
            if at[j] < inside:
                purse[who[j]] += amount[j]


@kernel
def _sort(opened, purse, line, counts, sums, poor):
    """Members and incomes of purses by bin, by county and in total (last row); members of poor purses."""
    n = poor.shape[0]
    for c in range(n):
        for z in range(2):
            for g in range(opened.start[c, z], opened.start[c, z] + opened.number[c, z]):
                members = (purse[g] + MEMBER // 2) // MEMBER
                total = purse[g] - members * MEMBER
                if members == 0:
                    continue
                if total < line * members:
                    poor[c, z] += members
                b = _bin(max(np.int64(1), total // members))
                counts[c, b] += members
                sums[c, b] += total
        for b in range(BINS):
            counts[n, b] += counts[c, b]
            sums[n, b] += sums[c, b]


@kernel
def _open(rows_by_zone, size, start, number):
    """Purses of county-zones, in sequence."""
    found = 0
    for c in range(rows_by_zone.shape[0]):
        for z in range(2):
            start[c, z], number[c, z] = found, np.int64(purses(rows_by_zone[c, z], size))
            found += number[c, z]


@kernel
def _bring_home(wage, pay_over_yield, efficiency, contribution, pay):
    """CNY per efficiency unit by place, kind and level: after contributions, with the factors of the zone."""
    for c in range(wage.shape[0]):
        for z in range(2):
            for s in range(SECTORS):
                factor = efficiency[z, s] * kept_of_wage(contribution, z, s) * np.exp(pay_over_yield[c, z])
                for level in range(LEVELS):
                    pay[c, z, s, level] = wage[c, s, max(0, level - 1)] * factor / FIXED_POINT


def income_tables(n: int, wage: NDArray[np.float64], pay_over_yield: NDArray[np.float64],
                  efficiency_by_zone: NDArray[np.float64], social_contribution_rate: float,
                  income_beside: NDArray[np.float64], pension_level: NDArray[np.float64],
                  farm_rent_per_right: NDArray[np.float64], away_rent_share: float) -> Incomes:
    """Incomes of persons by their cell in the count."""
    pay, flat, right = np.zeros((n + 1, 2, KINDS, LEVELS)), np.zeros((n + 1, 2, KINDS)), np.zeros((n + 1, 2, 2))
    _bring_home(wage, pay_over_yield, efficiency_by_zone, social_contribution_rate, pay)
    flat[:n, :, :CHILD] = income_beside[:, :, None]
    flat[:n, :, PENSIONED] = pension_level + income_beside
    right[:n, HERE, RURAL_MEMBER] = farm_rent_per_right
    right[:n, AWAY, RURAL_MEMBER] = away_rent_share * farm_rent_per_right
    return Incomes(pay, flat, right)


def open_purses(n: int, rows_by_zone: NDArray[np.int64], purse_size: float) -> Purses:
    """Purses of residents, as many as households of mean size."""
    opened = Purses(*(np.zeros((n + 1, 2), dtype=np.int64) for _ in range(2)))
    _open(rows_by_zone, purse_size, *opened)
    return opened


def filled(persons: Persons, threads: int, incomes: Incomes, opened: Purses) -> NDArray[np.int64]:
    """Members (times MEMBER) and incomes of each purse; [purse].

    Persons are those who earned the year's incomes, before this year's moves, ageing and deaths.
    """
    rows, n = persons.rows(), len(opened.number) - 1
    flat_incomes, flat_purses = Incomes(*map(np.ravel, incomes)), Purses(*map(np.ravel, opened))

    def part(first, last):
        purse = np.zeros(opened.number.sum(), dtype=np.int64)
        _gather(first, last, n, rows, flat_incomes, flat_purses, purse)
        return (purse,)

    return summed(in_parts(len(persons), threads, part))[0]


# ---- rules ----------------------------------------------------------------------------------------------------


@kernel
def find_rest(disposable_income, labour_income, social_contributions, farm_rent, pensions, rows_adult, weight,
              income_beside: Out) -> None:
    """Income of an adult other than wage, farm rent and pension: an equal share of the rest of the zone's income."""
    for c in range(disposable_income.shape[0]):
        for z in range(2):
            accounted = labour_income[c, z] - social_contributions[c, z] + farm_rent[c, z] + pensions[c, z]
            income_beside[c, z] = rest_per_adult(disposable_income[c, z], accounted, rows_adult[c, z].sum(), weight)


def share(persons, threads, n, wage, pay_over_yield, efficiency_by_zone, social_contribution_rate, income_beside,
          pension_level, farm_rent_per_right, away_rent_share, rows_by_zone, purse_size, poverty_line,
          rows_by_income: Out, income_by_bin: Out, rows_in_poverty: Out) -> None:
    """Pool incomes in purses, and count residents by the resulting income bin."""
    incomes = income_tables(n, wage, pay_over_yield, efficiency_by_zone, social_contribution_rate, income_beside,
                            pension_level, farm_rent_per_right, away_rent_share)
    opened = open_purses(n, rows_by_zone, purse_size)
    for tally in (rows_by_income, income_by_bin, rows_in_poverty):
        tally[:] = 0
    _sort(opened, filled(persons, threads, incomes, opened), np.int64(poverty_line * MONEY), rows_by_income,
          income_by_bin, rows_in_poverty)


def measure(rows_by_income, income_by_bin, rows_in_poverty, rows_by_zone, poorest_income: Out, basic_living: Out,
            poverty: Out, province_median_income: Out, province_basic_living: Out, province_poverty: Out,
            person_gini: Out, person_gini_between: Out) -> None:
    """Income of the poorest fifth, poverty and inequality of the year.

    The last row of the distributions covers all counties.
    """
    middle = distribution.median(rows_by_income[-1]) / MONEY
    poorest = distribution.poorest_mean(rows_by_income, income_by_bin, POOREST) / MONEY
    heads, money = rows_by_zone.sum(axis=1), income_by_bin[:-1].sum(axis=1) / MONEY
    poorest_income[:] = np.where(heads > 0, poorest[:-1], 0.0)
    basic_living[:] = poorest_income / middle
    poverty[:] = rows_in_poverty / np.maximum(rows_by_zone, 1)
    province_median_income[...] = middle
    province_basic_living[...] = poorest[-1] / middle
    province_poverty[:] = rows_in_poverty.sum(axis=0) / np.maximum(rows_by_zone.sum(axis=0), 1)
    person_gini[...] = distribution.gini(rows_by_income[-1], income_by_bin[-1])
    person_gini_between[...] = inequality.gini(money / np.maximum(heads, 1), heads)
