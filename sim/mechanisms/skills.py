"""Skills and registration: schooling at 18, training of mountain labour, conversion of hukou (B.1 D5, B.2 M10, S7).

Sections 2.2, 3.2, 7.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.core.cache import either, kernel
from sim.core.declare import parameter
from sim.core.parts import BLOCK, block_size, chosen, in_parts, summed
from sim.core.randomness import STATUS, floor_of, limit, unit, words

WRITES = ("persons.skill", "persons.hukou_county", "persons.hukou_rural", "counties.hukou_in", "counties.hukou_out",
          "counties.trained")
SCHOOL_END = 18


@dataclass(frozen=True)
class Parameters:
    education_service_effect: float = parameter(
        0.4, unit="log-odds per log service level", bounds=(0, 1), source="assumed", confidence="low",
        says="how education services of the county move the odds of college (kS)")
    education_nonlocal_penalty: float = parameter(
        0.3, unit="log-odds", bounds=(0, 1), source="assumed", confidence="low",
        says="odds of college lost where a child is not entitled (kN)")
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
        0.05, unit="1/year", bounds=(0.01, 0.15), source="growth of registered population", confidence="medium",
        says="rate at which eligible residents register (rh)")
    hukou_residence_years: float = parameter(
        5.0, unit="year", bounds=(0, 6), source="rules before 2019, none once registration is open",
        says="years of residence asked while registration is closed (hy)")
    training_first_age: float = parameter(18, unit="year", bounds=(16, 25), source="working age", confidence="high",
                                          says="youngest trainee")
    training_last_age: float = parameter(50, unit="year", bounds=(40, 60), source="working age", confidence="medium",
                                         says="oldest trainee")


@either
def schooling_odds(base_log_odds, years, trend, service_log, service_effect, penalty, entitlement):
    """Log-odds of a schooling level against junior school at 18 (D5)."""
    return base_log_odds + trend * years + service_effect * service_log - penalty * (1.0 - entitlement)


@either
def schooling_probabilities(log_odds_senior, log_odds_college):
    """Probabilities of junior, senior and college from the two log-odds."""
    senior, college = np.exp(log_odds_senior), np.exp(log_odds_college)
    everybody = 1.0 + senior + college
    return 1.0 / everybody, senior / everybody, college / everybody


@either
def conversion_probability(rate, openness):
    """Yearly probability that an eligible resident registers where she lives (M10)."""
    return 1.0 - np.exp(-rate * openness)


def residence_years(years, opened):
    """Residence asked before registering: fades to none as registration opens (hy)."""
    return years * (1.0 - opened)


@kernel
def _finish_school(level, mean_level, active, log_odds, trends, extra, years, service_effect, penalty, entitlement,
                   schooling):
    """Schooling at 18 by county, local or registered elsewhere, and level, added up over levels."""
    for c in range(active.size):
        service = np.log((level[c] if active[c] else 1.0) / mean_level)
        for elsewhere in range(2):
            entitled = entitlement if elsewhere else 1.0
            senior = schooling_odds(log_odds[0], years, trends[0], service, service_effect, penalty, entitled) + extra
            college = schooling_odds(log_odds[1], years, trends[1], service, service_effect, penalty, entitled)
            below, middle, above = schooling_probabilities(senior, college)
            schooling[c, elsewhere, 0] = below
            schooling[c, elsewhere, 1] = below + middle
            schooling[c, elsewhere, 2] = below + middle + above


@kernel
def _upgrade(first, last, seed, year, n, uid, born, skill, hukou_county, hukou_rural, res_county, res_zone, arrived,
             luck, schooling, training, first_age, last_age, convert, years_asked, keep_land,
             trained, hukou_in, hukou_out):
    """First whom anything may happen to anywhere, by whole numbers; the rest for those only."""
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
                skill[i] = 1 + (u >= schooling[place, local, 0]) + (u >= schooling[place, local, 1])
            if luck[i] < trains[c] and skill[i] == 1 and res_zone[i] == 1 and first_age <= age <= last_age:
                skill[i] = 2
                trained[c] += 1
            if h != c and luck[i] >= converts[c] and (year - arrived[i] >= years_asked or skill[i] == 3):
                hukou_in[c] += 1
                if h < n:
                    hukou_out[h] += 1
                hukou_county[i] = c
                if hukou_rural[i] and unit(word[BLOCK + j]) >= keep_land:
                    hukou_rural[i] = 0


def settle(model) -> None:
    """Log-odds of senior school and college at 18 that reproduce the skills of ages 20-24 in the base year."""
    persons, base = model.persons, model.base
    age = base.year - persons.born
    young = persons.skill[(age >= 20) & (age < 25)]
    share = np.array([np.mean(young == k) for k in (1, 2, 3)])
    base.schooling_log_odds = np.log(share[1:] / share[0])


def upgrade(model) -> None:
    """Schooling ends at 18, some are trained, some register where they live."""
    p, now, counties, base, q = model.parameters, model.now, model.counties, model.base, model.persons
    years = float(min(model.year - base.year, p.schooling_trend_years))
    schooling = np.empty((model.n, 2, 3))
    _finish_school(counties.service_level[:, 0], base.mean_education_level, model.active, base.schooling_log_odds,
                   (p.senior_trend, p.college_trend), now.vocational, years, p.education_service_effect,
                   p.education_nonlocal_penalty, float(model.prices.nonlocal_entitlement), schooling)
    convert = conversion_probability(p.hukou_conversion_rate, counties.hukou_open_reached)
    years_asked, training = residence_years(p.hukou_residence_years, now.hukou_open), model.lever("skill_training")

    def part(first, last):
        tallies = tuple(np.zeros(model.n, dtype=np.int64) for _ in range(3))
        _upgrade(first, last, np.uint64(model.seed), model.year, model.n, q.uid, q.born, q.skill, q.hukou_county,
                 q.hukou_rural, q.res_county, q.res_zone, q.arrived, q.luck_status, schooling, training,
                 p.training_first_age, p.training_last_age, convert, years_asked, now.homestead, *tallies)
        return tallies

    trained, hukou_in, hukou_out = summed(in_parts(len(q), model.threads, part))
    counties.hukou_in[:], counties.hukou_out[:] = hukou_in * model.weight, hukou_out * model.weight
    counties.trained[:] = trained * model.weight
