"""From margins to integer persons: proportional fitting of one county's joint table, and its integer counts.

The joint table of a county is sex x age x zone x hukou class x minority x skill x activity. Its seed carries structure
known from elsewhere (employment, schooling, migration); proportional fitting adjusts it to the margins of the county
and preserves the odds ratios of the seed. Integer counts are obtained by truncating, replicating and sampling (Lovelace
and Ballas 2013), attribute by attribute: the integer part of an expected count is kept, the rest is sampled
systematically in a sorted order, so that every margin is met within one person of the sample. No random numbers.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from sim.core.declare import parameter
from sim.region.margins import ACTIVITIES, HUKOU, LOCAL, SECTOR_LETTERS, SEXES, SKILL_LABELS, ZONES, Margins
from sim.words import ADULT_AGE, AGES, WORK_AGE

SHAPE = (len(SEXES), AGES, len(ZONES), len(HUKOU), 2, len(SKILL_LABELS), len(ACTIVITIES))
AXES = ("sex", "age", "zone", "hukou", "minority", "skill", "activity")
TOLERANCE, ROUNDS = 1e-7, 500
FIXED_POINT = 1 << 32
FIVE_YEARS = np.arange(2.0, 90.0, 5.0)


@dataclass(frozen=True)
class Seed:
    """Structure not given by the margins. Levels follow the margins; only ratios between cells of the seed matter.

    Profiles by age refer to the eighteen five-year groups 0-4 ... 85+, interpolated linearly between their midpoints.
    """

    seed_work_men: tuple = parameter(
        (0, 0, 0, .38, .78, .94, .96, .96, .96, .95, .91, .80, .56, .38, .22, .11, .05, .03),
        unit="share", bounds=(0, 1), source="shape of census 2010, national, recalled",
        says="Men at work by age")
    seed_work_women: tuple = parameter(
        (0, 0, 0, .36, .72, .84, .88, .90, .90, .88, .72, .52, .34, .22, .11, .05, .03, .01),
        unit="share", bounds=(0, 1), source="shape of census 2010, national, recalled",
        says="Women at work by age")
    seed_work_rural_odds: tuple = parameter(
        (1.3, 2.2), unit="odds ratio", bounds=(1, 6), source="ours; rural elderly work on", confidence="low",
        says="At work in rural relative to urban zones, below 55 and from 55 on")
    seed_student_odds: float = parameter(
        0.25, unit="odds ratio", bounds=(0.05, 1), source="ours", confidence="low",
        says="At work, ages 18-21, with college relative to others")
    seed_college: tuple = parameter(
        (0, 0, 0, .10, .25, .20, .15, .11, .09, .07, .05, .045, .04, .03, .025, .02, .015, .01),
        unit="share", bounds=(0, 1), source="shape of census 2010, national, recalled", says="College by age")
    seed_senior: tuple = parameter(
        (0, 0, 0, .45, .28, .20, .17, .16, .17, .20, .20, .14, .08, .06, .05, .04, .03, .02),
        unit="share", bounds=(0, 1), source="shape of census 2010, national, recalled",
        says="Senior secondary or vocational by age")
    seed_skill_urban_odds: tuple = parameter(
        (1.0, 1.0, 2.5, 7.0), unit="odds ratio", bounds=(1, 20), source="ours", confidence="low",
        says="Skill in urban relative to rural zones")
    seed_skill_minority_odds: tuple = parameter(
        (1.0, 1.0, 0.8, 0.6), unit="odds ratio", bounds=(0.2, 1.5), source="ours", confidence="low",
        says="Skill of minority persons relative to others of the same zone")
    seed_mover_age: tuple = parameter(
        (.5, .5, .7, 1.6, 2.4, 2.4, 2.0, 1.6, 1.2, .9, .8, .8, .8, .6, .5, .4, .35, .3),
        unit="ratio", bounds=(0, 4), source="Rogers and Castro 1981, stock of movers", says="In-migrants by age")
    seed_mover_urban_odds: tuple = parameter(
        (1.0, 4.0, 3.0), unit="odds ratio", bounds=(1, 15), source="ours", confidence="low",
        says="Urban residence by hukou class relative to local residents")
    seed_mover_college_odds: tuple = parameter(
        (1.0, 1.6, 1.6), unit="odds ratio", bounds=(0.5, 4), source="ours", confidence="low",
        says="College by hukou class relative to local residents")
    seed_minority_rural_odds: float = parameter(
        2.5, unit="odds ratio", bounds=(1, 6), source="ours", confidence="low",
        says="Minority persons in rural relative to urban zones")
    seed_minority_mover_odds: tuple = parameter(
        (1.0, 1.0, 0.3), unit="odds ratio", bounds=(0.1, 2), source="ours", confidence="low",
        says="Minority persons by hukou class relative to local residents")
    seed_sector_urban: tuple = parameter(
        (.26, .17, .47, .03, .03, .04,
         .08, .15, .44, .03, .09, .21,
         .02, .08, .24, .02, .20, .44),
        unit="share", bounds=(0, 1), source="ours", confidence="low",
        says="Sectors (A I T M H G) of urban workers of skill junior, senior, college")
    seed_sector_rural: tuple = parameter(
        (.80, .05, .12, .01, .01, .01,
         .52, .08, .24, .01, .03, .12,
         .16, .06, .20, .01, .10, .47),
        unit="share", bounds=(0, 1), source="ours", confidence="low",
        says="Sectors (A I T M H G) of rural workers of skill junior, senior, college")
    seed_farm_mover_odds: float = parameter(
        0.4, unit="odds ratio", bounds=(0.1, 1), source="ours", confidence="low",
        says="Farm work of in-migrants relative to local residents")
    seed_farm_elder_odds: float = parameter(
        3.0, unit="odds ratio", bounds=(1, 8), source="ours", confidence="low",
        says="Farm work of workers aged 60 and over relative to younger workers")


SEED = Seed()
ELDER_WORK, ELDER_FARM, STUDENT_END = 55, 60, 22


class Cells(NamedTuple):
    """The possible cells of the joint table: their index in the dense table and their attributes."""

    place: np.ndarray
    sex: np.ndarray
    age: np.ndarray
    zone: np.ndarray
    hukou: np.ndarray
    minority: np.ndarray
    skill: np.ndarray
    activity: np.ndarray


@functools.lru_cache(maxsize=1)
def cells() -> Cells:
    """Cells that can hold persons: no skill below 18, no work below 16."""
    axes = np.indices(SHAPE).reshape(len(SHAPE), -1)
    age, skill, activity = axes[1], axes[5], axes[6]
    possible = ((age >= ADULT_AGE) == (skill > 0)) & ((age >= WORK_AGE) | (activity == 0))
    return Cells(np.flatnonzero(possible), *(a[possible] for a in axes))


def by_age(profile: ArrayLike) -> np.ndarray:
    """A profile of five-year groups at single years."""
    return np.interp(np.arange(AGES) + 0.5, FIVE_YEARS + 0.5, np.asarray(profile, float))


def odds_times(share: np.ndarray, ratio: np.ndarray) -> np.ndarray:
    """A share with its odds multiplied by a factor."""
    return share * ratio / (1.0 - share + share * ratio)


def seed_table(seed: Seed = SEED) -> np.ndarray:
    """The seed over `cells()`: persons by skill and zone, then work, then sector."""
    c = cells()
    return _seed_people(seed, c) * _seed_skill(seed, c) * _seed_activity(seed, c)


def _seed_people(seed: Seed, c: Cells) -> np.ndarray:
    """Weight of zone, hukou class and minority at an age."""
    mover = np.where(c.hukou == LOCAL, 1.0, by_age(seed.seed_mover_age)[c.age])
    urban = np.where(c.zone == 0, np.array(seed.seed_mover_urban_odds)[c.hukou], 1.0)
    minority = np.where(c.zone == 1, seed.seed_minority_rural_odds, 1.0)
    minority = minority * np.array(seed.seed_minority_mover_odds)[c.hukou]
    return mover * urban * np.where(c.minority == 1, minority, 1.0)


def _seed_skill(seed: Seed, c: Cells) -> np.ndarray:
    """Share of a skill at an age, tilted by zone, hukou class and minority."""
    college, senior = by_age(seed.seed_college), by_age(seed.seed_senior)
    share = np.stack([np.ones(AGES), 1.0 - college - senior, senior, college], axis=1)[c.age, c.skill]
    tilt = np.where(c.zone == 0, np.array(seed.seed_skill_urban_odds)[c.skill], 1.0)
    tilt = tilt * np.where(c.minority == 1, np.array(seed.seed_skill_minority_odds)[c.skill], 1.0)
    mover = np.where(c.skill == len(SKILL_LABELS) - 1, np.array(seed.seed_mover_college_odds)[c.hukou], 1.0)
    return share * tilt * mover


def _seed_activity(seed: Seed, c: Cells) -> np.ndarray:
    """Share at work by sex, age and zone, times the share of the sector by skill and zone."""
    work = np.stack([by_age(seed.seed_work_women), by_age(seed.seed_work_men)])[c.sex, c.age]
    rural = np.where(c.age < ELDER_WORK, *seed.seed_work_rural_odds)
    student = (c.skill == len(SKILL_LABELS) - 1) & (c.age < STUDENT_END)
    work = odds_times(work, np.where(c.zone == 1, rural, 1.0) * np.where(student, seed.seed_student_odds, 1.0))
    work = np.where(c.age < WORK_AGE, 0.0, work)
    shares = np.array([seed.seed_sector_urban, seed.seed_sector_rural]).reshape(2, 3, len(SECTOR_LETTERS))
    farm = np.where(c.hukou == LOCAL, 1.0, seed.seed_farm_mover_odds)
    farm = farm * np.where(c.age >= ELDER_FARM, seed.seed_farm_elder_odds, 1.0)
    of_zone_and_skill = shares[c.zone, np.maximum(c.skill, 1) - 1]
    farming = odds_times(of_zone_and_skill[:, 0], farm)
    elsewhere = (1.0 - farming) / (1.0 - of_zone_and_skill[:, 0])
    sector = np.take_along_axis(of_zone_and_skill, np.maximum(c.activity, 1)[:, None] - 1, axis=1)[:, 0]
    sector = np.where(c.activity == 1, farming, sector * elsewhere)
    return np.where(c.activity == 0, 1.0 - work, work * sector)


def fit(seed: np.ndarray, margins: Sequence[tuple[np.ndarray, np.ndarray]], tolerance: float = TOLERANCE,
        rounds: int = ROUNDS) -> np.ndarray:
    """Iterative proportional fitting: the table closest to `seed` that meets all margins.

    `margins` is a list of (margin cell of each table cell, targets). Stops when no margin cell deviates by more
    than `tolerance` of the total before its adjustment.
    """
    table, total = np.array(seed, float), max(float(np.sum(margins[0][1])), 1e-300)
    for _ in range(rounds):
        worst = 0.0
        for index, target in margins:
            made = np.bincount(index, weights=table, minlength=len(target))
            worst = max(worst, float(np.max(np.abs(made - target))) / total)
            table *= np.where(made > 0, target / np.where(made > 0, made, 1.0), 0.0)[index]
        if worst < tolerance:
            break
    return table


def fit_county(margins: Margins, county: int, seed: np.ndarray) -> np.ndarray:
    """The joint table of a county in persons (dense)."""
    c, m = cells(), margins
    targets = [
        (c.activity, m.activity[county]), (c.sex * len(SKILL_LABELS) + c.skill, m.sex_skill[county].ravel()),
        (c.minority, m.minority[county]), (c.hukou, m.hukou[county]), (c.zone, m.zone[county]),
        (c.sex * AGES + c.age, m.sex_age[county].ravel()),
    ]
    dense = np.zeros(int(np.prod(SHAPE)))
    dense[c.place] = fit(seed, targets)
    return dense.reshape(SHAPE)


def largest_remainder(shares: np.ndarray, total: int) -> np.ndarray:
    """Integers in proportion to `shares` that sum to `total`, each within one of its share."""
    shares = np.asarray(shares, float)
    quota = shares * (total / max(float(np.sum(shares)), 1e-300))
    whole = np.floor(quota).astype(np.int64)
    left = int(total - whole.sum())
    whole[np.argsort(whole - quota, kind="stable")[:left]] += 1
    return whole


def systematic(expected: np.ndarray, total: int) -> np.ndarray:
    """Integers next to `expected`, summing to `total`: one person each time the running sum passes a half.

    Any run of neighbours is within one of its expected sum. The sum of `expected` is adjusted to `total` in fixed
    point, leaving integer entries unchanged.
    """
    if not len(expected):
        return np.zeros(0, np.int64)
    fixed = np.rint(np.asarray(expected, float) * FIXED_POINT).astype(np.int64)
    fixed = _close(fixed, total * FIXED_POINT - int(fixed.sum()))
    passed = (np.cumsum(fixed) + FIXED_POINT // 2) // FIXED_POINT
    return np.diff(passed, prepend=0)


def _close(fixed: np.ndarray, gap: int) -> np.ndarray:
    """Spread a rounding gap over non-integer entries, never past the adjacent integers."""
    if gap == 0:
        return fixed
    part = fixed % FIXED_POINT
    room = np.where(part > 0, FIXED_POINT - part if gap > 0 else part, 0)
    filled = np.minimum(np.cumsum(room), abs(gap))
    return fixed + np.sign(gap) * np.diff(filled, prepend=0)


def tilted(share: np.ndarray, count: np.ndarray, total: float) -> np.ndarray:
    """Shares with all odds multiplied by a common factor, such that sum count * share = total (bisection)."""
    if total >= count[share > 0].sum():
        return (share > 0).astype(float)
    if total <= count[share >= 1].sum():
        return (share >= 1).astype(float)
    low, high = -60.0, 60.0
    for _ in range(90):
        middle = 0.5 * (low + high)
        over = float(np.sum(count * odds_times(share, np.exp(middle)))) > total
        low, high = (low, middle) if over else (middle, high)
    return odds_times(share, np.exp(0.5 * (low + high)))


def apportion(counts: np.ndarray, chances: np.ndarray, totals: np.ndarray) -> np.ndarray:
    """Divide the persons of each row among categories: rows sum to `counts`, columns to `totals`.

    Category by category, probabilities are adjusted to the total of the column and sampled systematically over the rows
    in the order given; a row with an integer expected number receives exactly that.
    """
    left = np.array(counts, np.int64)
    out = np.zeros(chances.shape, np.int64)
    for k in range(chances.shape[1] - 1):
        tail = chances[:, k:].sum(1)
        share = np.where(chances[:, k + 1:].sum(1) > 0, chances[:, k] / np.where(tail > 0, tail, 1.0), tail > 0)
        wanted = int(np.clip(totals[k], left[share >= 1].sum(), left[share > 0].sum()))
        out[:, k] = systematic(left * tilted(share, left, wanted), wanted)
        left -= out[:, k]
    out[:, -1] = left
    return out


# (attribute, sort keys of its rows; the first is met most closely)
STAGES = (
    ("zone", ("age", "sex")),
    ("hukou", ("zone", "age", "sex")),
    ("minority", ("zone", "hukou", "age", "sex")),
    ("skill", ("sex", "zone", "age", "hukou", "minority")),
    ("activity", ("skill", "zone", "sex", "age", "hukou", "minority")),
)


def whole_persons(table: np.ndarray, persons: int) -> np.ndarray:
    """Integer counts of persons in the cells of a joint table (dense), margins within one person.

    Sex by age first, then each attribute of `STAGES` given those before it.
    """
    margin = {a: table.sum(axis=tuple(i for i in range(table.ndim) if i != n)) for n, a in enumerate(AXES)}
    sex_age = table.sum(axis=(2, 3, 4, 5, 6))
    expected = sex_age.ravel() * (persons / sex_age.sum())
    counts = systematic(expected, persons).reshape(sex_age.shape)
    for attribute, order in STAGES:
        axis = AXES.index(attribute)
        chances = table.sum(axis=tuple(range(axis + 1, table.ndim)))
        if attribute == "skill":
            counts = _by_sex(counts, chances, table)
            continue
        totals = largest_remainder(margin[attribute], persons)
        counts = _stage(counts, chances, totals, order)
    return counts


def _by_sex(counts: np.ndarray, chances: np.ndarray, table: np.ndarray) -> np.ndarray:
    """The stage of skill, separately by sex: adults by skill are met within each sex."""
    sex_skill = table.sum(axis=(1, 2, 3, 4, 6))
    order = STAGES[3][1][1:]
    out = np.zeros(chances.shape, np.int64)
    for sex in range(len(SEXES)):
        minors = int(counts[sex, :ADULT_AGE].sum())
        adults = int(counts[sex].sum()) - minors
        totals = np.append(minors, largest_remainder(sex_skill[sex, 1:], adults))
        out[sex:sex + 1] = _stage(counts[sex:sex + 1], chances[sex:sex + 1], totals, order)
    return out


def _stage(counts: np.ndarray, chances: np.ndarray, totals: np.ndarray, order: tuple[str, ...]) -> np.ndarray:
    """One attribute for all rows that hold persons, sorted by `order`."""
    rows = np.flatnonzero(counts)
    place = dict(zip(AXES, np.unravel_index(rows, counts.shape)))
    rows = rows[np.lexsort(tuple(place[a] for a in reversed(order)))]
    out = np.zeros(chances.shape, np.int64)
    flat = out.reshape(-1, chances.shape[-1])
    flat[rows] = apportion(counts.reshape(-1)[rows], chances.reshape(-1, chances.shape[-1])[rows], totals)
    return out
