"""Living standards: what each resident has to live on, and how unequal that is (D.1, D.2; B.4 Y2-Y8).

Everybody brings home what the county-zone's accounts say: wages by sector, skill, zone, efficiency and age; farm rent
by right; pension when retired; property income, remittances and all else the same for every adult of the zone. The sum
is the disposable income of the zone. Incomes are then shared within purses of household size: persons of a county-zone
whose permanent identities lie next to each other after mixing; a child belongs to its mother's purse. There is no
household object, and no choice depends on a purse. Section 1.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.agents.counts import CHILD, FIXED_POINT, KINDS, LEVELS, PENSIONED
from sim.agents.persons import kept_of_wage, zone_efficiency
from sim.core.cache import either, inlined, kernel
from sim.core.declare import parameter
from sim.core.parts import BLOCK, block_size, in_parts, summed
from sim.core.randomness import mix
from sim.indicators import inequality
from sim.indicators import persons as distribution
from sim.indicators.persons import BINS, BINS_A_DOUBLING

WRITES = (
    "counties.poorest_income", "counties.basic_living", "counties.poverty", "watch.person_gini",
    "watch.person_gini_between", "watch.province_median_income", "watch.province_basic_living",
    "watch.province_poverty",
)
MEMBER = 2**48  # a member in a purse's number, above all money: half the memory, half the time
MONEY = 16.0  # incomes are summed in whole sixteenths of a yuan: exact, so independent of order
POOREST = 0.2
PURSE_SALT = 20  # makes purses of identities that have no other use of this order
TOP = BINS - 1
_LEVELS = np.uint64(LEVELS)


@dataclass(frozen=True)
class Parameters:
    purse_size: float = parameter(
        3.2, unit="persons", bounds=(2.5, 4.0), source="persons a family household, censuses 2010 (3.46), 2020 (3.06)",
        confidence="high", says="residents who share what they earn")
    poverty_line: float = parameter(
        4000.0, unit="CNY per head and year", bounds=(3000, 8000),
        source="national rural line of 2,300 CNY at 2010 prices, about 4,000 in 2020", confidence="high",
        says="income per head of a purse below which its members are poor")


# ---- formulas -------------------------------------------------------------------------------------------------


@either
def rest_per_adult(disposable, accounted, adults, weight):
    """CNY an adult of the zone has from all that is not wage, farm rent or pension; [county, zone] in million CNY."""
    return 1e6 * (disposable - accounted) / (np.maximum(adults, 1.0) * weight)


@either
def purses(residents, size):
    """Number of purses of a county-zone, at least one where somebody lives."""
    return np.minimum(residents, np.maximum(1.0, np.rint(residents / size)))


@inlined
def _purse(uid, number):
    """Place of the purse of an identity among `number` purses."""
    return np.int64(np.float64(mix(uid, np.uint64(PURSE_SALT)) >> np.uint64(11)) * 2.0**-52 * number)


@inlined
def _bin(income):
    """Place of a whole income among bins of 32 a doubling."""
    shift = 0
    for step in (16, 8, 4, 2, 1):  # finds the least shift below 32 that leaves less than two doublings
        if (income >> (shift + step - 1)) >= 2 * BINS_A_DOUBLING:
            shift += step
    return min(BINS_A_DOUBLING * shift + (income >> shift), TOP)


@kernel
def _gather(first, last, n, uid, mother, cell, units, rights, pay, flat, right, start, number, purse):
    """Income (sixteenths of a yuan) and members (times MEMBER) of every purse, in one whole number.

    cell, units, rights: as what persons were counted. Tables without their shapes: pay [place, kind, level] per unit,
    flat [place, kind] beside it, right [registered, here or away, member], start and number of purses [place].
    """
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
        for j in range(size):  # purses lie far apart, and are fetched side by side
            if at[j] < inside:
                purse[who[j]] += amount[j]


@kernel
def _open_purses(residents, size, start, number):
    """Purses of county-zones, one after the other; returns how many there are."""
    found = 0
    for c in range(residents.shape[0]):
        for z in range(2):
            start[c, z], number[c, z] = found, np.int64(purses(residents[c, z], size))
            found += number[c, z]
    return found


@kernel
def _bring_home(wage, efficiency, contribution, pay):
    """CNY per whole unit of efficiency by place, kind and level: after contributions, with the factor of the zone."""
    for c in range(wage.shape[0]):
        for z in range(2):
            for s in range(wage.shape[1]):
                factor = efficiency[z, s] * kept_of_wage(contribution, z, s)
                for level in range(LEVELS):
                    pay[c, z, s, level] = wage[c, s, max(0, level - 1)] * factor / FIXED_POINT


@kernel
def _have_beside(disposable, labour_income, contributions, farm_rent, pensions, adults, weight, pension, flat):
    """CNY beside wage and farm rent by place and kind: what is left of the zone's income, and the pension."""
    for c in range(disposable.shape[0]):
        for z in range(2):
            accounted = labour_income[c, z] - contributions[c, z] + farm_rent[c, z] + pensions[c, z]
            rest = rest_per_adult(disposable[c, z], accounted, adults[c, z, 0] + adults[c, z, 1], weight)
            for kind in range(CHILD):
                flat[c, z, kind] = pension[c, z] + rest if kind == PENSIONED else rest


@kernel
def _sort(start, number, purse, line, counts, sums, poor):
    """Members and incomes of purses by bin, of each county and in the last row of all; members of the poor ones."""
    n = number.shape[0]
    for c in range(n):
        for z in range(2):
            for g in range(start[c, z], start[c, z] + number[c, z]):
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


# ---- verbs ----------------------------------------------------------------------------------------------------


def measure(model) -> None:
    """What residents have to live on this year: the poorest, the poor, and inequality among all."""
    counties, watch = model.counties, model.watch
    everybody, income, poor = distributed(model)  # the last row: of all counties together
    middle = distribution.median(everybody[-1]) / MONEY
    poorest = distribution.poorest_mean(everybody, income, POOREST) / MONEY
    residents = model.people.by_zone
    heads, money = residents.sum(axis=1), income[:-1].sum(axis=1) / MONEY
    counties.poorest_income[:] = np.where(heads > 0, poorest[:-1], 0.0)
    counties.basic_living[:] = counties.poorest_income / middle
    counties.poverty[:] = poor / np.maximum(residents, 1)
    watch.province_median_income[...] = middle
    watch.province_basic_living[...] = poorest[-1] / middle
    watch.province_poverty[:] = poor.sum(axis=0) / np.maximum(residents.sum(axis=0), 1)
    watch.person_gini[...] = distribution.gini(everybody[-1], income[-1])
    watch.person_gini_between[...] = inequality.gini(money / np.maximum(heads, 1), heads)


def distributed(model) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Residents (rows) and their incomes (sixteenths of a yuan) by county, then of all, and bin; the poor by zone."""
    start, number, purse = shared(model)
    counts, sums = (np.zeros((model.n + 1, BINS), dtype=np.int64) for _ in range(2))
    poor = np.zeros((model.n, 2), dtype=np.int64)
    _sort(start, number, purse, np.int64(model.parameters.poverty_line * MONEY), counts, sums, poor)
    return counts, sums, poor


def shared(model) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Where the purses of a county-zone start, how many there are, and what is in each: members and incomes.

    Persons are those who earned the year's incomes: nobody has moved, aged or died since they were counted.
    """
    p, counties, people, q, n = model.parameters, model.counties, model.people, model.persons, model.n
    pay, flat, right = np.zeros((n + 1, 2, KINDS, LEVELS)), np.zeros((n + 1, 2, KINDS)), np.zeros((n + 1, 2, 2))
    _bring_home(counties.wage, zone_efficiency(p), p.social_contribution_rate, pay)
    _have_beside(counties.disposable_income, counties.labour_income, counties.social_contributions, counties.farm_rent,
                 counties.pensions, people.adults, model.weight, counties.pension_level, flat)
    right[:n, 0, 1], right[:n, 1, 1] = counties.farm_rent_per_right, p.away_rent_share * counties.farm_rent_per_right
    start, number = (np.zeros((n + 1, 2), dtype=np.int64) for _ in range(2))
    opened = _open_purses(people.by_zone, p.purse_size, start, number)
    tables = [table.ravel() for table in (pay, flat, right, start, number)]

    def part(first, last):
        purse = np.zeros(opened, dtype=np.int64)
        _gather(first, last, n, q.uid, q.mother, people.cell, people.units, people.right, *tables, purse)
        return (purse,)

    return start[:n], number[:n], summed(in_parts(len(q), model.threads, part))[0]
