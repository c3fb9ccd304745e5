"""Skills and registration: schooling at 18, training of mountain labour, conversion of hukou (B.1 D5, B.2 M10, S7).

Sections 2.2, 3.2, 7.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.core.arrays import Number
from sim.core.bind import InOut, Out
from sim.core.cache import either, kernel
from sim.core.declare import column, parameter
from sim.core.parts import BLOCK, block_size, chosen, in_parts, summed
from sim.core.randomness import STATUS, floor_of, limit, unit, words
from sim.core.table import Constants
from sim.words import COLLEGE, EDUCATION, JUNIOR, RURAL, SENIOR

SCHOOL_END = 18
SETTLED_FROM, SETTLED_BEFORE = 20, 25  # ages on whose skills the base-year odds are settled


@dataclass(frozen=True)
class Parameters:
    education_service_effect: float = parameter(
        0.4, unit="log-odds per log service level", bounds=(0, 1), source="assumed", confidence="low",
        says="effect of the county's education services on the odds of college (kS)")
    education_nonlocal_penalty: float = parameter(
        0.3, unit="log-odds", bounds=(0, 1), source="assumed", confidence="low",
        says="reduction of the odds of college without entitlement (kN)")
    college_trend: float = parameter(
        0.06, unit="log-odds a year", bounds=(0.03, 0.09), source="national enrolment growth, 2010-2020",
        says="yearly rise of the odds of college (k3_t)")
    senior_trend: float = parameter(
        0.04, unit="log-odds a year", bounds=(0.0, 0.08), source="national enrolment growth, 2010-2020",
        confidence="low", says="yearly rise of the odds of senior or vocational school (k2_t)")
    schooling_trend_years: float = parameter(
        20.0, unit="year", bounds=(10, 25), source="assumed: expansion ends when enrolment is nearly universal",
        confidence="low", says="years after 2010 over which the schooling trends run")
    hukou_conversion_rate: float = parameter(
        0.12, unit="1/year", bounds=(0.01, 0.20), confidence="medium",
        source="residents registered in Hainan and in other provinces in the census of 2020",
        says="rate at which eligible residents register (rh)")
    hukou_residence_years: float = parameter(
        5.0, unit="year", bounds=(0, 6), source="rules before 2019, none once registration is open",
        says="years of residence required while registration is closed (hy)")
    training_first_age: float = parameter(18, unit="year", bounds=(16, 25), source="working age", confidence="high",
                                          says="minimum age of trainees")
    training_last_age: float = parameter(50, unit="year", bounds=(40, 60), source="working age", confidence="medium",
                                         says="maximum age of trainees")


class Settled(Constants):
    schooling_log_odds = column("schooling_level", unit="log-odds", says=(
        "Log-odds of senior school and college relative to junior school at 18, settled on the skills of ages 20-24"))


# ---- formulas -------------------------------------------------------------------------------------------------


@either
def schooling_odds(base_log_odds: Number, years: float, trend: float, service_log: Number, service_effect: float,
                   penalty: float, entitlement: float) -> Number:
    """Log-odds of a schooling level relative to junior school at 18 (D5)."""
    return base_log_odds + trend * years + service_effect * service_log - penalty * (1.0 - entitlement)


@either
def schooling_probabilities(log_odds_senior: Number, log_odds_college: Number) -> tuple[Number, Number, Number]:
    """Probabilities of junior, senior and college from the two log-odds."""
    senior, college = np.exp(log_odds_senior), np.exp(log_odds_college)
    everybody = 1.0 + senior + college
    return 1.0 / everybody, senior / everybody, college / everybody


@either
def conversion_probability(rate: float, openness: Number) -> Number:
    """Yearly probability that an eligible resident registers at the place of residence (M10)."""
    return 1.0 - np.exp(-rate * openness)


def residence_years(years: float, opened: float) -> float:
    """Years of residence required before registering, falling to zero as registration opens (hy)."""
    return years * (1.0 - opened)


# ---- persons, one by one ----------------------------------------------------------------------------------------


class StatusRules(NamedTuple):
    """Probabilities of the year, and the groups they apply to."""

    schooling: NDArray[np.float64]  # [county, local / elsewhere, skill] cumulative over skills
    training: NDArray[np.float64]  # [county]
    convert: NDArray[np.float64]  # [county] of registering here
    first_age: float  # of trainees
    last_age: float
    years_asked: float  # of residence required before registering
    keep_land: float  # probability of keeping rural land on registering


class StatusTally(NamedTuple):
    """Rows by county."""

    trained: NDArray[np.int64]
    hukou_in: NDArray[np.int64]
    hukou_out: NDArray[np.int64]


@kernel
def _upgrade(first, last, seed, year, n, persons, rules, tally):
    """First pass: select persons with a possible event; second pass: decide."""
    uid, born, skill, luck = persons.uid, persons.born, persons.skill, persons.random_status
    hukou_county, hukou_rural = persons.hukou_county, persons.hukou_rural
    res_county, res_zone, arrived = persons.res_county, persons.res_zone, persons.arrived
    schooling, training, convert = rules.schooling, rules.training, rules.convert
    trained, hukou_in, hukou_out = tally.trained, tally.hukou_in, tally.hukou_out
    first_age, last_age, years_asked, keep_land = rules.first_age, rules.last_age, rules.years_asked, rules.keep_land
    trains, converts = np.zeros(n + 1, dtype=np.uint64), np.full(n + 1, floor_of(0.0))
    most_train, most_convert, leaves_school = limit(0.0), floor_of(0.0), np.int16(year - SCHOOL_END)
    for c in range(n):
        trains[c], converts[c] = limit(training[c]), floor_of(convert[c])
        most_train, most_convert = max(most_train, trains[c]), min(most_convert, converts[c])
    mask, touched = np.empty(BLOCK, dtype=np.uint8), np.empty(BLOCK, dtype=np.int32)
    word = np.empty(4 * BLOCK, dtype=np.uint64)
    for begin in range(first, last, BLOCK):
        start, size = np.uint64(begin), block_size(begin, last)
        for j in range(size):
            i = start + j
            mask[j] = ((born[i] == leaves_school) | (luck[i] < most_train)
                       | ((hukou_county[i] != res_county[i]) & (luck[i] >= most_convert)))
        some = touched[:chosen(mask, size, start, touched, np.uint64(0))]
        words(seed, STATUS, year, uid, some, word)
        for j in range(some.size):
            i = some[j]
            age = year - born[i]
            c, h = res_county[i], hukou_county[i]
            place = c if c < n else h
            if age == SCHOOL_END:
                u = unit(word[j])
                local = 0 if h == place else 1
                skill[i] = 1 + (u >= schooling[place, local, JUNIOR]) + (u >= schooling[place, local, SENIOR])
            if (luck[i] < trains[c] and skill[i] == JUNIOR + 1 and res_zone[i] == RURAL
                    and first_age <= age <= last_age):
                skill[i] = SENIOR + 1
                trained[c] += 1
            if h != c and luck[i] >= converts[c] and (year - arrived[i] >= years_asked or skill[i] == COLLEGE + 1):
                hukou_in[c] += 1
                if h < n:
                    hukou_out[h] += 1
                hukou_county[i] = c
                if hukou_rural[i] and unit(word[BLOCK + j]) >= keep_land:
                    hukou_rural[i] = 0


# ---- rules ------------------------------------------------------------------------------------------------------


def settle(persons, year, schooling_log_odds: Out) -> None:
    """Log-odds of senior school and college at 18 that reproduce the skills of ages 20-24 in the base year."""
    age = year - persons.born
    young = persons.skill[(age >= SETTLED_FROM) & (age < SETTLED_BEFORE)]
    share = np.array([np.mean(young == skill + 1) for skill in (JUNIOR, SENIOR, COLLEGE)])
    schooling_log_odds[:] = np.log(share[1:] / share[0])


@kernel
def finish_school(active, elapsed, service_level, mean_education_level, schooling_log_odds, senior_trend, college_trend,
                  schooling_trend_years, vocational, education_service_effect, education_nonlocal_penalty,
                  nonlocal_entitlement, schooling_up_to: Out):
    """Schooling at 18 by county, for those registered there and elsewhere, follows services and entitlement (D5)."""
    years = min(float(elapsed), schooling_trend_years)
    for c in range(active.size):
        service = np.log((service_level[c, EDUCATION] if active[c] else 1.0) / mean_education_level)
        for elsewhere in range(2):
            entitled = nonlocal_entitlement if elsewhere else 1.0
            senior = schooling_odds(schooling_log_odds[0], years, senior_trend, service, education_service_effect,
                                    education_nonlocal_penalty, entitled) + vocational
            college = schooling_odds(schooling_log_odds[1], years, college_trend, service, education_service_effect,
                                     education_nonlocal_penalty, entitled)
            below, middle, above = schooling_probabilities(senior, college)
            schooling_up_to[c, elsewhere, JUNIOR] = below
            schooling_up_to[c, elsewhere, SENIOR] = below + middle
            schooling_up_to[c, elsewhere, COLLEGE] = below + middle + above


def upgrade(persons: InOut, n, year, seed, threads, weight, schooling_up_to, skill_training_by_county,
            training_first_age, training_last_age, hukou_conversion_rate, hukou_open_reached, hukou_residence_years,
            hukou_open, homestead, trained: Out, hukou_in: Out, hukou_out: Out) -> None:
    """End of schooling at 18, training, and transfers of registration to the place of residence."""
    rows, rules = persons.rows(), StatusRules(
        schooling_up_to, skill_training_by_county, conversion_probability(hukou_conversion_rate, hukou_open_reached),
        float(training_first_age), float(training_last_age), residence_years(hukou_residence_years, hukou_open),
        homestead)

    def part(first, last):
        tally = StatusTally(*(np.zeros(n, dtype=np.int64) for _ in StatusTally._fields))
        _upgrade(first, last, np.uint64(seed), year, n, rows, rules, tally)
        return tally

    of_training, came, went = summed(in_parts(len(persons), threads, part))
    trained[:], hukou_in[:], hukou_out[:] = of_training * weight, came * weight, went * weight
