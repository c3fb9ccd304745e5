"""Demography: deaths, births and ageing by single year of age (B.1).

Mortality and fertility are the provincial rates of `region.vital`. A newborn takes residence and registration from
the mother; some newborns of mothers from other provinces are registered at the place of birth. Units without persons
(Sansha) follow their census path.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.agents.persons import Persons, age_at
from sim.core.bind import InOut, Out
from sim.core.cache import kernel
from sim.core.declare import parameter
from sim.core.parts import BLOCK, block_size, chosen, in_parts, summed
from sim.core.randomness import LIFE, STATUS, block, floor_of, limit, lognormal, mix, normal, unit
from sim.words import AGES, NO_SECTOR

FIRST_BIRTH, LAST_BIRTH = 15, 49


@dataclass(frozen=True)
class Parameters:
    fertility_convergence: float = parameter(
        0.9, unit="share of the log ratio kept per year", bounds=(0.8, 1.0), source="assumed: county ratios fade",
        says="persistence of county differences in fertility", confidence="low")
    mortality_scale: float = parameter(
        1.0, unit="ratio", bounds=(0.9, 1.1), source="range of the provincial tables", confidence="high",
        says="factor on all death rates")
    newborn_local_share: float = parameter(
        0.5, unit="share", bounds=(0.0, 1.0), confidence="low",
        source="since 1998 a newborn may be registered with either parent (State Council, recalled); the share assumed",
        says="share of newborns of residents from other provinces registered at the place of birth (nl)")


# ---- formulas -------------------------------------------------------------------------------------------------


def county_fertility_rate(total: float, ratio: NDArray[np.float64], years: int,
                          convergence: float) -> NDArray[np.float64]:
    """TFR_c,t = TFR_t rel_c^(k^years) (D2): county differences fade by the factor k per year."""
    return total * ratio ** (convergence**years)


def death_probability(probability: NDArray[np.float64], scale: float) -> NDArray[np.float64]:
    """Probabilities with death rates multiplied by `scale`: q' = 1 - (1 - q)^scale (D1)."""
    return 1.0 - (1.0 - probability) ** scale


# ---- persons, one by one ----------------------------------------------------------------------------------------


class LifeRules(NamedTuple):
    """Probabilities of the year."""

    death: NDArray[np.float64]  # [sex, age]
    birth: NDArray[np.float64]  # [county, age]


class LifeTally(NamedTuple):
    """Rows by county: of residence, deaths outside by registration."""

    deaths: NDArray[np.int64]
    deaths_outside: NDArray[np.int64]
    births: NDArray[np.int64]


class LifeEvents(NamedTuple):
    """Who survives [person]; rows of mothers, and a uniform number for the sex of each child [as needed]."""

    stays: NDArray[np.bool_]
    mothers: NDArray[np.int32]
    boys: NDArray[np.float64]


@kernel
def _live(first, last, seed, year, n, persons, rules, tally, events):
    """First pass: select persons with a possible event by sex and age; second pass: decide. Returns the last mother.

    Mothers are written from `first` on.
    """
    uid, born, sex, luck = persons.uid, persons.born, persons.sex, persons.random_life
    res_county, hukou_county = persons.res_county, persons.hukou_county
    death, birth, deaths, deaths_outside, births = (
        rules.death, rules.birth, tally.deaths, tally.deaths_outside, tally.births)
    stays, mothers, boys = events.stays, events.mothers, events.boys
    dies, may_bear = np.zeros(2 * AGES, dtype=np.uint64), np.full(2 * AGES, floor_of(0.0))
    bears = np.full((n + 1, AGES), floor_of(0.0))
    for age in range(AGES):
        dies[age], dies[AGES + age] = limit(death[0, age]), limit(death[1, age])
    for c in range(n):
        for age in range(FIRST_BIRTH, LAST_BIRTH + 1):
            bears[c, age] = floor_of(birth[c, age])
            may_bear[age] = min(may_bear[age], bears[c, age])
    cell, mask, last_year = np.empty(BLOCK, dtype=np.uint8), np.empty(BLOCK, dtype=np.uint8), np.int16(year - 1)
    touched, found = np.empty(BLOCK, dtype=np.int32), first
    for begin in range(first, last, BLOCK):
        start, size = np.uint64(begin), block_size(begin, last)
        for j in range(size):
            cell[j] = age_at(last_year, born[start + j]) + np.uint8(AGES) * sex[start + j]
        for j in range(size):
            w, at = luck[start + j], np.uint64(cell[j])
            mask[j] = (w < dies[at]) | (w >= may_bear[at])
        for k in range(chosen(mask, size, start, touched, np.uint64(0))):
            i = touched[k]
            c, w, at = res_county[i], luck[i], np.uint64(cell[i - begin])
            if w < dies[at]:
                stays[i] = False
                if c < n:
                    deaths[c] += 1
                else:
                    deaths_outside[hukou_county[i]] += 1
            elif w >= bears[c, at]:
                mothers[found] = i
                boys[found] = unit(block(seed, LIFE, year, uid[i])[0])
                births[c] += 1
                found += 1
    return found


@kernel
def _newborns(seed, year, sd, mother_uid, uid, productivity, participation, local):
    for i in range(mother_uid.size):
        uid[i] = mix(mother_uid[i], np.uint64(year))
        a, b, c, d = block(seed, STATUS, year, uid[i])
        productivity[i] = lognormal(normal(unit(a), unit(b)), sd)
        participation[i], local[i] = unit(c), unit(d)


def newborn_columns(persons: Persons, mothers: NDArray[np.int32], boy_uniforms: NDArray[np.float64], male_share: float,
                    local_share: float, n: int, seed: int, year: int, sd: float) -> dict[str, object]:
    """Columns of the newborns of the given mothers (rows) in `n` counties; common values are scalars."""
    m = mothers
    uid, local = np.empty(m.size, dtype=np.uint64), np.empty(m.size)
    productivity, participation = np.empty(m.size, dtype=np.float32), np.empty(m.size, dtype=np.float32)
    _newborns(np.uint64(seed), year, sd, persons.uid[m], uid, productivity, participation, local)
    registered_here = (persons.hukou_county[m] == n) & (local < local_share)
    return dict(
        uid=uid, born=year, sex=boy_uniforms < male_share, skill=0, minority=persons.minority[m],
        hukou_county=np.where(registered_here, persons.res_county[m], persons.hukou_county[m]),
        hukou_rural=persons.hukou_rural[m], res_county=persons.res_county[m],
        res_zone=persons.res_zone[m], sector=NO_SECTOR, arrived=year, mother=m, productivity=productivity,
        participation=participation, low_income=persons.low_income[m],
    )


@kernel
def _tally(rows, res_county, res_zone, hukou_county, by_zone, registered):
    """Persons of the given rows by county and zone of residence, and by county of registration, in Hainan."""
    n = registered.size
    for i in rows:
        if res_county[i] < n:
            by_zone[res_county[i], res_zone[i]] += 1
        if hukou_county[i] < n:
            registered[hukou_county[i]] += 1


def _counted(persons, rows, n, weight):
    """Persons of the given rows by zone, and by registration."""
    by_zone, registered = np.zeros((n, 2), dtype=np.int64), np.zeros(n, dtype=np.int64)
    _tally(rows, persons.res_county, persons.res_zone, persons.hukou_county, by_zone, registered)
    return by_zone * weight, registered * weight


# ---- the rule ---------------------------------------------------------------------------------------------------


def renew(persons: InOut, n, year, elapsed, seed, threads, weight, vital, exogenous_residents, total_fertility_rate,
          fertility_convergence, mortality_scale, newborn_local_share, person_productivity_sd, births: Out, deaths: Out,
          deaths_outside: Out, zone_births: Out, zone_deaths: Out, registered_births: Out, registered_deaths: Out,
          exogenous_change: Out) -> None:
    """Deaths, ageing and births."""
    rates = county_fertility_rate(total_fertility_rate, vital.county_fertility, elapsed, fertility_convergence)
    rules = LifeRules(death_probability(vital.mortality[elapsed], mortality_scale),
                      rates[:, None] * vital.fertility_shape[elapsed][None, :])
    rows, size = persons.rows(), len(persons)
    events = LifeEvents(np.ones(size, dtype=np.bool_), np.empty(size, dtype=np.int32), np.empty(size))

    def part(first, last):
        tally = LifeTally(*(np.zeros(n, dtype=np.int64) for _ in LifeTally._fields))
        found = _live(first, last, np.uint64(seed), year, n, rows, rules, tally, events)
        return slice(first, found), *tally

    parts = in_parts(size, threads, part)
    died, died_outside, born = summed([tallies for _, *tallies in parts])
    mothers, boys = (np.concatenate([array[found] for found, *_ in parts]) for array in events[1:])
    newborns = newborn_columns(persons, mothers, boys, vital.male_share_at_birth[elapsed], newborn_local_share, n,
                               seed, year, person_productivity_sd)
    # Both are counted before the renewal, which reuses the rows of the deceased.
    zone_births[:], _ = _counted(persons, mothers, n, weight)
    registered_births[:] = np.bincount(newborns["hukou_county"], minlength=n + 1)[:n] * weight
    zone_deaths[:], registered_deaths[:] = _counted(persons, np.flatnonzero(~events.stays), n, weight)
    persons.renew(events.stays, newborns)
    births[:], deaths[:], deaths_outside[:] = born * weight, died * weight, died_outside * weight
    exogenous_change[:] = exogenous_residents[elapsed] - exogenous_residents[elapsed - 1]
