"""The people of the base year: a weighted synthetic population of census 2010 (A.2).

One row is `weight` persons. Residents of a county meet its census margins within about one row per margin cell
(`fit_report`); Hainan-hukou persons living outside are rows too. The population is a function of data and weight: no
random numbers, identical bytes each time. Individual values (productivity, participation) are hashes of the uid.
"""

from __future__ import annotations

import functools

import numpy as np
import pandas as pd

from sim.core.declare import Fault, UserError
from sim.core.normal import normal_quantile
from sim.region import geography
from sim.region.fitting import (
    SHAPE,
    apportion,
    fit_county,
    largest_remainder,
    odds_times,
    seed_table,
    systematic,
    tilted,
    whole_persons,
)
from sim.region.margins import (
    ACTIVITIES,
    AGE_BOUNDS,
    DEFAULTS,
    HUKOU,
    LOCAL,
    OTHER_COUNTY,
    SECTOR_LETTERS,
    SEXES,
    SKILL_LABELS,
    ZONES,
    Margins,
    Parameters,
    census_margins,
)
from sim.region.pack import Pack
from sim.words import AGES, BASE_YEAR, RURAL, URBAN, WORK_AGE

FEMALE = 0
MOTHER_YOUNGEST, MOTHER_OLDEST = 18, 45
MOVER_YEARS_MOST = 30
RATE_WINDOW = 2
CLEAR = 2.0**-20  # keeps float32 values away from the bounds 0, rate and 1

COLUMNS = {
    "uid": np.uint64, "born": np.int16, "sex": np.uint8, "skill": np.uint8, "minority": np.uint8,
    "hukou_county": np.uint8, "hukou_rural": np.uint8, "res_county": np.uint8, "res_zone": np.uint8, "sector": np.int8,
    "arrived": np.int16, "mother": np.int32, "productivity": np.float32, "participation": np.float32,
    "low_income": np.uint8,
}


def build_people(pack: Pack, weight: int, parameters: Parameters = DEFAULTS) -> dict[str, np.ndarray]:
    """The base population as columns of one length; one row is `weight` persons.

    Rows are sorted by county of residence (those outside Hainan last, by hukou county), sex and age.
    """
    if weight != int(weight) or weight < 1:
        raise UserError(Fault("weight", f"{weight} is not a number of residents", "write an integer of 1 or more"))
    margins, tables = fitted(pack, parameters)
    moved = whole_moves(margins, weight)
    parts = [_residents(margins, tables[c], moved, c, weight) for c in np.flatnonzero(margins.active)]
    parts += [_outside(margins, tables[c], int(moved[c, -1]), c, parameters) for c in np.flatnonzero(margins.active)]
    people = {name: np.concatenate([part.pop(name) for part in parts]) for name in list(parts[0])}
    people["hukou_rural"] = rural_hukou(margins, people, parameters)
    people["low_income"] = poor(margins, people)
    people["arrived"] = last_moves(people, parameters.mover_years_mean)
    people["mother"] = mothers(people, parameters.mother_age)
    people["productivity"] = productivity(people["uid"], parameters.person_productivity_sd)
    people["participation"] = participation(people, pack.n)
    return {name: np.ascontiguousarray(people[name], dtype) for name, dtype in COLUMNS.items()}


@functools.lru_cache(maxsize=4)
def fitted(pack: Pack, parameters: Parameters = DEFAULTS) -> tuple[Margins, dict[int, np.ndarray]]:
    """Margins of a pack and the fitted joint table of each county with persons."""
    margins = census_margins(pack, geography.travel_minutes(pack, BASE_YEAR), parameters)
    seed = seed_table()
    return margins, {int(c): fit_county(margins, c, seed) for c in np.flatnonzero(margins.active)}


def rows_of(persons: float, weight: int) -> int:
    """Number of rows that represent a number of persons."""
    return int(np.floor(persons / weight + 0.5))


def whole_moves(margins: Margins, weight: int) -> np.ndarray:
    """Rows by hukou county and place of residence [hukou county, county then outside].

    A column sums to the residents of a county registered in other counties, a row to the absent of the hukou county.
    """
    arriving = np.array([
        largest_remainder(h, rows_of(r, weight))[OTHER_COUNTY] for h, r in zip(margins.hukou, margins.residents)])
    arriving = np.append(arriving, rows_of(margins.moved[:, -1].sum(), weight))
    leaving = largest_remainder(margins.moved.sum(1), int(arriving.sum()))
    return apportion(arriving, margins.moved.T, leaving).T


def _residents(margins: Margins, table: np.ndarray, moved: np.ndarray, county: int, weight: int) -> dict:
    """Rows of the residents of a county, without individual values."""
    counts = whole_persons(table, rows_of(margins.residents[county], weight)).ravel()
    place = np.repeat(np.arange(counts.size), counts)
    sex, age, zone, hukou, minority, skill, activity = np.unravel_index(place, SHAPE)
    del place
    hukou_county = np.where(hukou == LOCAL, county, len(margins.codes)).astype(np.uint8)
    movers = np.flatnonzero(hukou == OTHER_COUNTY)
    hukou_county[movers] = origins(moved[:, county], minority[movers], margins)
    return {
        "uid": _uids(margins.codes[county], len(sex), outside=False), "born": (BASE_YEAR - age).astype(np.int16),
        "sex": sex.astype(np.uint8), "skill": skill.astype(np.uint8), "minority": minority.astype(np.uint8),
        "hukou_county": hukou_county, "res_county": np.full(len(sex), county, np.uint8),
        "res_zone": zone.astype(np.uint8), "sector": (activity - 1).astype(np.int8),
    }


def origins(from_county: np.ndarray, minority: np.ndarray, margins: Margins) -> np.ndarray:
    """Hukou counties of in-migrants in the order of their rows; minority persons preferably from minority counties.

    Origins are interleaved evenly over the rows, so that age, sex and skill do not depend on the origin.
    """
    share = margins.minority / np.maximum(margins.residents, 1.0)[:, None]
    chances = from_county[None, :] * share.T
    rows = np.array([np.sum(minority == 0), np.sum(minority == 1)])
    chances[:, chances.sum(0) == 0] = from_county[None, chances.sum(0) == 0]
    table = apportion(rows, chances, from_county)
    out = np.zeros(len(minority), np.uint8)
    for group, counts in enumerate(table):
        out[minority == group] = interleaved(counts)
    return out


def interleaved(counts: np.ndarray) -> np.ndarray:
    """Labels 0, 1, ... with the given counts, each spread evenly over the sequence."""
    label = np.repeat(np.arange(len(counts)), counts)
    nth = np.arange(len(label)) - np.repeat(np.cumsum(counts) - counts, counts)
    return label[np.argsort((nth + 0.5) / np.maximum(counts, 1)[label], kind="stable")]


def _outside(margins: Margins, table: np.ndarray, rows: int, county: int, parameters: Parameters) -> dict:
    """Rows of persons registered in a county and living outside Hainan: younger, more often male, better educated."""
    local = table[:, :, :, LOCAL].sum(axis=(2, 5))
    chances = outside_profile(local, parameters)
    counts = systematic(chances.ravel() * (rows / max(chances.sum(), 1e-300)), rows)
    sex, age, minority, skill = np.unravel_index(np.repeat(np.arange(counts.size), counts), chances.shape)
    return {
        "uid": _uids(margins.codes[county], rows, outside=True), "born": (BASE_YEAR - age).astype(np.int16),
        "sex": sex.astype(np.uint8), "skill": skill.astype(np.uint8), "minority": minority.astype(np.uint8),
        "hukou_county": np.full(rows, county, np.uint8),
        "res_county": np.full(rows, len(margins.codes), np.uint8), "res_zone": np.full(rows, URBAN, np.uint8),
        "sector": np.full(rows, -1, np.int8),
    }


def outside_profile(local: np.ndarray, parameters: Parameters) -> np.ndarray:
    """Distribution of persons living outside [sex, age, minority, skill], from local residents of the same cells."""
    peak, descent, ascent = parameters.outside_age_profile
    since = np.arange(AGES) - peak
    leaving = np.exp(-descent * since - np.exp(np.minimum(-ascent * since, 50.0)))
    chances = local * leaving[:, None, None] * np.array(parameters.outside_skill_odds)
    chances = chances * np.array([1.0, parameters.outside_minority_odds])[:, None]
    men = parameters.outside_male_share
    by_sex = np.maximum(chances.sum(axis=(1, 2, 3)), 1e-300)
    return chances * (np.array([1.0 - men, men]) / by_sex)[:, None, None, None]


def _uids(code: int, rows: int, outside: bool) -> np.ndarray:
    """Permanent identities: county code, whether outside, position in the list."""
    first = (np.uint64(code) << np.uint64(32)) + (np.uint64(1 << 31) if outside else np.uint64(0))
    return first + np.arange(1, rows + 1, dtype=np.uint64)


def uniform(uid: np.ndarray, purpose: int) -> np.ndarray:
    """A fixed number in (0, 1) for a person and a purpose: the finaliser of SplitMix64."""
    x = uid + np.uint64((purpose * 0x9E3779B97F4A7C15) % 2**64)
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
        x = (x ^ (x >> np.uint64(shift))) * np.uint64(factor)
    x = x ^ (x >> np.uint64(31))
    return ((x >> np.uint64(11)).astype(float) + 0.5) * 2.0**-53


PRODUCTIVITY, PARTICIPATION, ARRIVAL, MOTHER_AGE = range(1, 5)


def productivity(uid: np.ndarray, sd: float) -> np.ndarray:
    """Permanent productivity exp(N(-s2/2, s2)), mean 1."""
    return np.exp(sd * normal_quantile(uniform(uid, PRODUCTIVITY)) - sd * sd / 2).astype(np.float32)


def rural_hukou(margins: Margins, people: dict, parameters: Parameters) -> np.ndarray:
    """Rural collective membership by row.

    The probability of non-rural hukou depends on zone, skill and farm work, with a level by hukou county that
    reproduces the published share among residents of local hukou. Persons away from their county are half-way between
    the zones; those registered in other provinces have no land rights in Hainan.
    """
    out = np.zeros(len(people["born"]), np.uint8)
    away = people["res_county"] != people["hukou_county"]
    group = (np.where(away, 2, people["res_zone"]).astype(np.int64) * len(SKILL_LABELS) + people["skill"]) * 2
    group += people["sector"] == SECTOR_LETTERS.index("A")
    zone = np.array([parameters.hukou_urban_odds, 1.0, parameters.hukou_urban_odds**0.5])
    ratio = zone[:, None, None] * np.array(parameters.hukou_skill_odds)[:, None]
    ratio = (ratio * np.array([1.0, parameters.hukou_farm_odds])).ravel()
    for county in np.flatnonzero(margins.active):
        mine = np.flatnonzero(people["hukou_county"] == county)
        here = mine[~away[mine]]
        level = _level(ratio, np.bincount(group[here], minlength=len(ratio)), margins.urban_hukou[county])
        for rows in (here, mine[away[mine]]):
            out[rows] = picked(1.0 - odds_times(level, ratio)[group[rows]])
    return out


def _level(ratio: np.ndarray, count: np.ndarray, share: float) -> float:
    """The share at odds ratio 1 for which the mean over groups is `share`."""
    total = share * float(count.sum())
    if not 0 < total < count.sum():
        return float(share)
    start = odds_times(np.full(len(ratio), 0.5), ratio)
    at_first = tilted(start, count, total)[0]
    return float(odds_times(at_first, 1.0 / ratio[0]))


def picked(chances: np.ndarray) -> np.ndarray:
    """0 or 1 for each row by systematic sampling in the order of the rows; the expected number to the nearest row."""
    total = int(np.floor(float(np.sum(chances)) + 0.5))
    return systematic(tilted(chances, np.ones(len(chances)), total), total).astype(np.uint8)


def poor(margins: Margins, people: dict) -> np.ndarray:
    """Registered poor: rural hukou, rural zone, below college, in the county's share of its rural-hukou residents."""
    out = np.zeros(len(people["born"]), np.uint8)
    rural = (people["hukou_rural"] == 1) & (people["res_zone"] == RURAL) & (people["res_county"] < len(margins.codes))
    could = rural & (people["skill"] < len(SKILL_LABELS) - 1)
    for county in np.flatnonzero(margins.active):
        rows = np.flatnonzero(could & (people["res_county"] == county))
        among = np.sum(rural & (people["res_county"] == county)) / max(len(rows), 1)
        out[rows] = picked(np.full(len(rows), min(1.0, margins.poor[county] * among)))
    return out


def last_moves(people: dict, mean_years: float) -> np.ndarray:
    """Year of the last move between counties: birth for persons in their hukou county, else exponentially distributed.
    """
    born = people["born"].astype(np.int64)
    years = np.floor(-mean_years * np.log(uniform(people["uid"], ARRIVAL)))
    year = np.maximum(BASE_YEAR - np.minimum(years, MOVER_YEARS_MOST).astype(np.int64), born)
    return np.where(people["hukou_county"] == people["res_county"], born, year).astype(np.int16)


def mothers(people: dict, mother_age: tuple[float, float] = DEFAULTS.mother_age) -> np.ndarray:
    """Row of the mother of each child below 16, or -1 if no woman matches.

    A mother lives in the same county and zone, has the same hukou county and is 18 to 45 years older. Each child is
    assigned an age difference and matched to the nearest age with women in the place, first of its own minority status;
    children matched to the same women are distributed among them in turn.
    """
    age = BASE_YEAR - people["born"].astype(np.int64)
    place = (people["res_county"].astype(np.int64) * 256 + people["hukou_county"]) * 2 + people["res_zone"]
    children = np.flatnonzero(age < WORK_AGE)
    women = np.flatnonzero((people["sex"] == FEMALE) & (age >= MOTHER_YOUNGEST) & (age < WORK_AGE + MOTHER_OLDEST))
    mean, sd = mother_age
    wish = mean + sd * normal_quantile(uniform(people["uid"][children], MOTHER_AGE))
    wish = np.clip(np.rint(wish), MOTHER_YOUNGEST, MOTHER_OLDEST).astype(np.int64)
    out = np.full(len(age), -1, np.int32)
    for kind in (place * 2 + people["minority"], place):
        left = out[children] < 0
        still = children[left]
        out[still] = _dealt(kind[still], age[still], wish[left], kind[women], age[women], women)
    return out


def _dealt(kind, age, wish, kind_women, age_women, women) -> np.ndarray:
    """A woman for each child, of its kind and close to the assigned age difference; -1 if there is none."""
    found = np.full(len(kind), -1, np.int32)
    if not len(kind) or not len(women):
        return found
    kinds, of_women = np.unique(kind_women, return_inverse=True)
    row = np.minimum(np.searchsorted(kinds, kind), len(kinds) - 1)
    known = kinds[row] == kind
    cell = of_women * AGES + age_women
    number = np.bincount(cell, minlength=len(kinds) * AGES)
    sorted_women = women[np.argsort(cell, kind="stable")]
    first = np.cumsum(number) - number
    at = np.full(len(kind), -1, np.int64)
    for step in sorted(range(MOTHER_YOUNGEST - MOTHER_OLDEST, MOTHER_OLDEST - MOTHER_YOUNGEST + 1), key=abs):
        open_rows = np.flatnonzero(known & (at < 0))
        if not len(open_rows):
            break
        older = wish[open_rows] + step
        mine = row[open_rows] * AGES + age[open_rows] + older
        fits = (older >= MOTHER_YOUNGEST) & (older <= MOTHER_OLDEST)
        fits &= number[np.where(fits, mine, 0)] > 0
        at[open_rows[fits]] = mine[fits]
    served = np.flatnonzero(at >= 0)
    served = served[np.argsort(at[served], kind="stable")]
    mine = at[served]
    turn = np.arange(len(mine)) - np.searchsorted(mine, mine)
    found[served] = sorted_women[first[mine] + turn % number[mine]]
    return found


def participation_rates(people: dict, n_counties: int) -> np.ndarray:
    """Share at work among residents [sex, age, zone], mean of five neighbouring ages; 0 below 16 (`lfp`)."""
    age = BASE_YEAR - people["born"].astype(np.int64)
    home = (people["res_county"] < n_counties) & (age >= WORK_AGE)
    cell = (people["sex"].astype(np.int64) * AGES + age) * len(ZONES) + people["res_zone"]
    persons, working = (
        _neighbours(np.bincount(cell[mask], minlength=len(SEXES) * AGES * len(ZONES)))
        for mask in (home, home & (people["sector"] >= 0)))
    rates = np.where(persons > 0, working / np.where(persons > 0, persons, 1), 0.0)
    rates[:, :WORK_AGE] = 0.0
    return rates


def _neighbours(counts: np.ndarray) -> np.ndarray:
    """Counts by sex, age and zone, summed over neighbouring ages."""
    counts = counts.reshape(len(SEXES), AGES, len(ZONES))
    padded = np.pad(counts, ((0, 0), (RATE_WINDOW, RATE_WINDOW), (0, 0)))
    return sum(padded[:, k:k + AGES] for k in range(2 * RATE_WINDOW + 1))


def participation(people: dict, n_counties: int) -> np.ndarray:
    """Fixed uniform number; among residents it is below the rate of sex, age and zone exactly for those at work."""
    age = BASE_YEAR - people["born"].astype(np.int64)
    rate = participation_rates(people, n_counties)[people["sex"], age, people["res_zone"]]
    own = (uniform(people["uid"], PARTICIPATION) + CLEAR) / (1.0 + 2.0 * CLEAR)
    placed = np.where(people["sector"] >= 0, rate * own, rate + (1.0 - rate) * own)
    free = (people["res_county"] == n_counties) | (age < WORK_AGE)
    return np.where(free, own, placed).astype(np.float32)


def fit_report(pack: Pack, people: dict, weight: int, parameters: Parameters = DEFAULTS) -> pd.DataFrame:
    """All margin cells of all counties: target and synthetic persons, and the error (synthetic - target)."""
    margins, _ = fitted(pack, parameters)
    made = counted(people, len(margins.codes))
    frames = []
    for name, (target, labels) in _targets(margins).items():
        rows = np.flatnonzero(margins.active)
        cell = made[name][rows].reshape(len(rows), -1) * float(weight)
        frames.append(pd.DataFrame({
            "margin": name, "cell": np.tile(labels, len(rows)), "county": np.repeat(margins.codes[rows], len(labels)),
            "target": target[rows].reshape(len(rows), -1).ravel(), "made": cell.ravel()}))
    report = pd.concat(frames, ignore_index=True)
    return report.assign(error=report["made"] - report["target"])


def fit_summary(report: pd.DataFrame, weight: int) -> pd.DataFrame:
    """By margin: number of cells, largest error in rows, largest and mean relative error (cells above 20 rows)."""
    rows = []
    for name, part in report.groupby("margin", sort=False):
        error, target = part["error"].abs(), part["target"]
        large = target > 20 * weight
        relative = error[large] / target[large]
        total = error.sum() / target.sum()
        rows.append((name, len(part), error.max() / weight, relative.max(), relative.mean(), total))
    names = ["margin", "cells", "max_error_rows", "max_relative", "mean_relative", "total_relative"]
    return pd.DataFrame(rows, columns=names).set_index("margin")


def _targets(m: Margins) -> dict[str, tuple[np.ndarray, list[str]]]:
    """Targets by margin [county, ...] and the labels of their cells."""
    groups = np.add.reduceat(m.sex_age, _GROUP_STARTS, axis=2)
    return {
        "residents": (m.residents[:, None], ["all"]),
        "sex_age": (groups, [f"{s} {a}" for s in SEXES for a in _GROUP_STARTS]),
        "zone": (m.zone, list(ZONES)), "hukou": (m.hukou, list(HUKOU)), "minority": (m.minority, ["other", "minority"]),
        "sex_skill": (m.sex_skill, [f"{s} {k}" for s in SEXES for k in SKILL_LABELS]),
        "activity": (m.activity, list(ACTIVITIES)), "registered": (m.registered[:, None], ["all"]),
        "registered_place": (_where_registered(m), ["local", "elsewhere in Hainan", "outside"]),
        "urban_hukou": ((m.urban_hukou * m.hukou[:, LOCAL])[:, None], ["local residents"]),
    }


_GROUP_STARTS = [0, *AGE_BOUNDS[2:-1]]


def _where_registered(m: Margins) -> np.ndarray:
    """Registered persons living at home, elsewhere in Hainan, outside [county, 3], as fitted."""
    return np.stack([m.hukou[:, LOCAL], m.moved[:, :-1].sum(1), m.moved[:, -1]], axis=1)


def counted(people: dict, n: int) -> dict[str, np.ndarray]:
    """Rows of a population by the cells of the margins, by county of residence (registration: by hukou county)."""
    age = BASE_YEAR - people["born"].astype(np.int64)
    home = people["res_county"] < n
    res, hukou = people["res_county"].astype(np.int64), people["hukou_county"].astype(np.int64)
    local = home & (res == hukou)

    def table(place, cell, size, mask):
        return np.bincount(place[mask] * size + cell[mask], minlength=n * size).reshape(n, size)

    zero = np.zeros(len(age), np.int64)
    group = people["sex"].astype(np.int64) * len(_GROUP_STARTS)
    group = group + np.searchsorted(_GROUP_STARTS, age, side="right") - 1
    kind = np.where(res == hukou, 0, np.where(hukou < n, 1, 2))
    place = np.where(local, 0, np.where(home, 1, 2))
    registered = hukou < n
    return {
        "residents": table(res, zero, 1, home), "sex_age": table(res, group, len(SEXES) * len(_GROUP_STARTS), home),
        "zone": table(res, people["res_zone"].astype(np.int64), len(ZONES), home),
        "hukou": table(res, kind, len(HUKOU), home),
        "minority": table(res, people["minority"].astype(np.int64), 2, home),
        "sex_skill": table(res, people["sex"].astype(np.int64) * len(SKILL_LABELS) + people["skill"],
                           2 * len(SKILL_LABELS), home),
        "activity": table(res, people["sector"].astype(np.int64) + 1, len(ACTIVITIES), home),
        "registered": table(hukou, zero, 1, registered), "registered_place": table(hukou, place, 3, registered),
        "urban_hukou": table(res, zero, 1, local & (people["hukou_rural"] == 0)),
    }
