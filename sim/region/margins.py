"""County margins of the 2010 census that the synthetic population reproduces.

Every margin is in persons and sums to the residents of the county. Published counts are used as they are; unpublished
ones (single years of age, workers of some industries, registration of Haikou and Sanya) are derived here, with the rule
documented. Industries are assigned to the six sectors by the shares of `INDUSTRIES`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from sim.core.declare import Fault, UserError, parameter
from sim.region.pack import Pack
from sim.words import ADULT_AGE, AGES, BASE_YEAR, WORK_AGE

STRUCTURE_YEAR = 2020
SEXES = ("female", "male")
CENSUS_AGES = ("age_0", "age_1_4", *(f"age_{a}_{a + 4}" for a in range(5, 85, 5)), "age_85plus")
AGE_BOUNDS = np.array([0, 1, *range(5, 90, 5), AGES])
ZONES = ("urban", "rural")
HUKOU = ("local", "other_county", "other_province")
LOCAL, OTHER_COUNTY, OTHER_PROVINCE = range(3)
SKILL_LABELS = ("under_18", "junior", "senior", "college")
SECTOR_LETTERS = tuple("AITMHG")
ACTIVITIES = ("none", *SECTOR_LETTERS)
SENIOR_SCHOOL = slice(15, 18)
SHARE = "share"


class Industry(NamedTuple):
    """An industry of the census and the sector of its workers, less the shares assigned to M and H.

    `marine` applies in coastal counties only. `bounds` apply to each assigned share.
    """

    name: str
    sector: str
    marine: float = 0.0
    high_tech: float = 0.0
    unit: str = "share of the industry's workers"
    bounds: tuple[float, float] = (0.0, 0.0)
    source: str = "the industry belongs entirely to one sector (A.4)"


INDUSTRIES = (
    Industry("agriculture", "A", marine=0.03, bounds=(0.0, 0.08),
             source="deep-sea fishing as a minor part of coastal farming and fishing; ours, low confidence"),
    Industry("mining", "I", marine=0.05, bounds=(0.0, 0.2),
             source="offshore oil, gas and sea salt; ours, low confidence"),
    Industry("manufacturing", "I", marine=0.08, high_tech=0.06, bounds=(0.0, 0.2),
             source="fish processing, shipyards; medicines, electronics; ours, low confidence"),
    Industry("utilities", "I"),
    Industry("construction", "T"),
    Industry("trade", "T"),
    Industry("transport", "T", marine=0.25, bounds=(0.1, 0.4), source="ports and shipping; ours, low confidence"),
    Industry("hospitality", "T"),
    Industry("real_estate", "T"),
    Industry("personal_services", "T"),
    Industry("finance", "H"),
    Industry("it", "H"),
    Industry("science", "H"),
    Industry("business_services", "H"),
    Industry("education", "G"),
    Industry("health", "G"),
    Industry("culture", "G"),
    Industry("public_admin", "G"),
    Industry("public_facilities", "G"),
)
SECONDARY_PRINTED = ("mining", "manufacturing", "construction")
TERTIARY_PRINTED = ("hospitality", "finance", "real_estate", "education", "public_admin")
TERTIARY_UNPRINTED = ("trade", "transport", "it", "business_services", "science", "public_facilities",
                      "personal_services", "health", "culture")


@dataclass(frozen=True)
class Parameters:
    """Parameters of the base population not published by the census."""

    long_form_sampling_share: float = parameter(
        0.10, unit=SHARE, bounds=(0.088, 0.105), confidence="medium",
        source="census 2010 design, a tenth of households; published households imply .093",
        says="Share of persons counted by the long form, province; county rates follow the published households")
    senior_school_share: float = parameter(
        0.50, unit=SHARE, bounds=(0.3, 0.7), confidence="low",
        source="ours, from gross enrolment in senior secondary schools near .75 in 2010, ages 15 mostly below it",
        says="Share of persons aged 15-17 who have or attend senior secondary school")
    cities_absent_share: float = parameter(
        0.06, unit=SHARE, bounds=(0.0, 0.10), confidence="low",
        source="ours; .023-.265 elsewhere; more than .104 in Haikou would exceed its published in-migrants",
        says="Share of registered persons living elsewhere, where the pack has no estimate (Haikou, Sanya)")
    origin_distance_decay: float = parameter(
        1.3, unit="log hour", bounds=(0.6, 2.5), source="as migration_distance_decay (H.2)",
        says="Distance decay between county of registration and of residence")
    person_productivity_sd: float = parameter(
        0.45, unit="log", bounds=(0.35, 0.60), source="H.1, to the Gini of persons",
        says="Permanent log productivity, standard deviation")
    rural_poor_share: float = parameter(
        0.16, unit=SHARE, bounds=(0.08, 0.24), confidence="low",
        source="recalled: rural headcount ratio .24 in 2010 at the 2010 line, registered poor .085 in 2014; between",
        says="Share of registered poor among rural-hukou residents of rural zones, province 2010")
    poverty_county_ratio: float = parameter(
        2.0, unit="ratio", bounds=(1.0, 3.5), source="ours", confidence="low",
        says="Poor share in national poverty counties relative to other counties")
    mover_years_mean: float = parameter(
        5.0, unit="yr", bounds=(3.0, 8.0), source="ours; recent arrivals dominate hukou-elsewhere stocks",
        confidence="low", says="Mean duration of residence of persons living outside their hukou county")
    mother_age: tuple = parameter(
        (26.0, 5.0), unit="yr", bounds=(3.0, 32.0), source="mean age at birth, UN WPP 2022, China 1995-2010; rounded",
        says="Age of mothers at birth, mean and standard deviation, for the link of children to mothers")
    hukou_urban_odds: float = parameter(
        12.0, unit="odds ratio", bounds=(4.0, 30.0), source="ours", confidence="low",
        says="Non-rural hukou in urban relative to rural zones; half-way for persons living elsewhere")
    hukou_skill_odds: tuple = parameter(
        (1.0, 1.0, 3.0, 12.0), unit="odds ratio", bounds=(1.0, 30.0), source="ours", confidence="low",
        says="Non-rural hukou by skill (under 18, junior, senior, college)")
    hukou_farm_odds: float = parameter(
        0.25, unit="odds ratio", bounds=(0.05, 1.0), source="ours; above 0, as workers of state farms hold urban hukou",
        confidence="low", says="Non-rural hukou of farm workers relative to others")
    outside_male_share: float = parameter(
        0.55, unit=SHARE, bounds=(0.48, 0.62), source="ours", confidence="low",
        says="Share of men among Hainan-hukou persons living outside")
    outside_age_profile: tuple = parameter(
        (22.0, 0.06, 0.40), unit="yr, 1/yr, 1/yr", bounds=(0.0, 40.0),
        source="Rogers and Castro 1981 (H.2), flatter for a stock", confidence="medium",
        says="Peak, descent and ascent of the age profile of persons living outside")
    outside_skill_odds: tuple = parameter(
        (1.0, 1.0, 1.3, 1.5), unit="odds ratio", bounds=(1.0, 3.0), source="ours", confidence="low",
        says="Skill of persons living outside relative to local residents of the same age and sex")
    outside_minority_odds: float = parameter(
        0.7, unit="odds ratio", bounds=(0.3, 1.2), source="ours", confidence="low",
        says="Minority persons among those living outside relative to local residents")


DEFAULTS = Parameters()


class Margins(NamedTuple):
    """Targets in persons; the first axis is the county in the order of the pack, 0 for units without persons."""

    active: np.ndarray          # [county] bool
    codes: np.ndarray           # [county] six-digit codes
    residents: np.ndarray       # [county]
    sex_age: np.ndarray         # [county, sex, single year 0..100]
    zone: np.ndarray            # [county, zone]
    hukou: np.ndarray           # [county, hukou class]
    minority: np.ndarray        # [county, (other, minority)]
    sex_skill: np.ndarray       # [county, sex, skill]
    activity: np.ndarray        # [county, (none, sectors)]
    registered: np.ndarray      # [county]
    moved: np.ndarray           # [hukou county, county of residence then outside Hainan]
    urban_hukou: np.ndarray     # [county] share of non-rural hukou
    poor: np.ndarray            # [county] share of poor among rural residents


def census(pack: Pack, name: str, year: int = BASE_YEAR) -> np.ndarray:
    """A published count of the population table [county], 0 for units without persons."""
    return np.where(pack.active, pack.values("population", name, year), 0.0)


def needed() -> tuple[str, ...]:
    """The published variables required for the base population."""
    ages = [f"{sex}_{group}" for sex in SEXES for group in CENSUS_AGES]
    schools = [f"education_{level}_{sex}" for sex in SEXES
               for level in ("senior_secondary", "junior_college", "bachelor_plus")]
    return (*ages, *schools, "urban_population", "rural_population", "ethnic_minority_share",
            "migrants_hukou_other_county", "migrants_hukou_other_province", "hukou_population_census",
            "nonagricultural_hukou_share", "employed_secondary_share", "employed_tertiary_share",
            "lf_employed_by_industry", "lf_ind_agriculture", "lf_households", "households_family")


def check_needed(pack: Pack) -> None:
    """Report all missing margins of active counties as a UserError."""
    faults = []
    for name in needed():
        lacking = pack.active & np.isnan(pack.values("population", name, BASE_YEAR))
        faults += [Fault("population.csv", f"{code}: no {name} in {BASE_YEAR}", "the base population needs it")
                   for code in pack.codes[lacking]]
    if faults:
        raise UserError(*faults)


def single_years(groups: np.ndarray, bounds: Sequence[int] = AGE_BOUNDS) -> np.ndarray:
    """Counts by single year from counts of age groups [..., group]: monotone (PCHIP) cumulative counts."""
    cumulative = np.concatenate([np.zeros(groups.shape[:-1] + (1,)), np.cumsum(groups, axis=-1)], axis=-1)
    ages = np.arange(bounds[0], bounds[-1] + 1)
    from scipy.interpolate import PchipInterpolator  # slow to import, and its results are usually in the cache

    return np.maximum(np.diff(PchipInterpolator(bounds, cumulative, axis=-1)(ages), axis=-1), 0.0)


def skills(pack: Pack, sex_age: np.ndarray, senior_school_share: float) -> np.ndarray:
    """Skill of adults by sex [county, sex, skill] from schooling of six and over.

    College graduates count as adults; senior secondary is reduced by persons aged 15-17 in senior school, whose share
    follows the county's schooling; the remaining adults have junior secondary or less.
    """
    def printed(level):
        return np.stack([census(pack, f"education_{level}_{sex}") for sex in SEXES], axis=1)

    minors, adults = sex_age[:, :, :ADULT_AGE].sum(2), sex_age[:, :, ADULT_AGE:].sum(2)
    college = printed("junior_college") + printed("bachelor_plus")
    senior = printed("senior_secondary")
    schooling = senior / np.maximum(sex_age[:, :, WORK_AGE:].sum(2), 1.0)
    mean = senior.sum() / sex_age[:, :, WORK_AGE:].sum()
    pupils = np.minimum(senior_school_share * schooling / mean, 0.95) * sex_age[:, :, SENIOR_SCHOOL].sum(2)
    senior = np.maximum(senior - pupils, 0.0)
    return np.stack([minors, np.maximum(adults - senior - college, 0.0), senior, college], axis=2)


def workers(pack: Pack) -> np.ndarray:
    """Workers by industry in the long form [industry, county], with unpublished industries derived.

    Utilities are the secondary sector less its published industries. The tertiary sector less its published industries
    is split by the structure of the same industries in the long form of 2020 over all counties.
    """
    def long_form(name, year=BASE_YEAR):
        return np.nan_to_num(census(pack, f"lf_ind_{name}", year))

    employed = census(pack, "lf_employed_by_industry")
    known = {name: long_form(name) for name in ("agriculture", *SECONDARY_PRINTED, *TERTIARY_PRINTED)}
    secondary = employed * census(pack, "employed_secondary_share") / 100
    known["utilities"] = np.maximum(secondary - sum(known[name] for name in SECONDARY_PRINTED), 0.0)
    tertiary = employed * census(pack, "employed_tertiary_share") / 100
    rest = np.maximum(tertiary - sum(known[name] for name in TERTIARY_PRINTED), 0.0)
    later = {name: long_form(name, STRUCTURE_YEAR).sum() for name in TERTIARY_UNPRINTED}
    known |= {name: rest * count / sum(later.values()) for name, count in later.items()}
    table = np.stack([known[industry.name] for industry in INDUSTRIES])
    return table * employed / np.where(employed > 0, table.sum(0), 1.0)


def sectors(by_industry: np.ndarray, coast: np.ndarray) -> np.ndarray:
    """Workers by sector [county, sector] from workers by industry [industry, county]."""
    out = np.zeros((by_industry.shape[1], len(SECTOR_LETTERS)))
    for industry, count in zip(INDUSTRIES, by_industry, strict=True):
        marine = count * industry.marine * coast
        high_tech = count * industry.high_tech
        out[:, SECTOR_LETTERS.index("M")] += marine
        out[:, SECTOR_LETTERS.index("H")] += high_tech
        out[:, SECTOR_LETTERS.index(industry.sector)] += count - marine - high_tech
    return out


def employed(pack: Pack, sampling_share: float) -> np.ndarray:
    """Employed residents [county]: long form divided by its sampling share.

    The sampling share of a county is that of its households; the total follows the common share.
    """
    sample = census(pack, "lf_employed_by_industry")
    households, all_households = census(pack, "lf_households"), census(pack, "households_family")
    rate = np.where(pack.active, households / np.where(all_households > 0, all_households, 1.0), 1.0)
    raised = sample / rate
    return raised * sample.sum() / sampling_share / raised.sum()


def registration(pack: Pack, residents: np.ndarray, cities_absent_share: float) -> tuple[np.ndarray, np.ndarray,
                 np.ndarray]:
    """Hukou class of residents [county, class], registered [county] and absent registered persons [county].

    Other county is the closure residents - local - other province, because the published class counts moves between
    districts of one city. Where absence is not estimated it is a share, bounded by the published class. In-migrants in
    excess of the absences of other counties come from outside the pack, as if from another province.
    """
    registered = census(pack, "hukou_population_census")
    other_province = census(pack, "migrants_hukou_other_province")
    printed = census(pack, "migrants_hukou_other_county")
    ceiling = np.maximum(registered - (residents - other_province - printed), 0.0)
    absent = census(pack, "registered_absent_est")
    absent = np.where(np.isnan(absent), np.minimum(cities_absent_share * registered, ceiling), absent)
    local = np.minimum(registered - absent, residents - other_province)
    other_county = np.minimum(residents - other_province - local, absent.sum() - absent)
    other_county = other_county * min(1.0, absent.sum() / max(other_county.sum(), 1e-9))
    return np.stack([local, other_county, residents - local - other_county], axis=1), registered, absent


def gravity(leaving: np.ndarray, arriving: np.ndarray, attraction: np.ndarray, rounds: int = 400) -> np.ndarray:
    """Doubly constrained gravity table [origin, destination]: rows sum to `leaving`, columns to `arriving`.

    Columns are met exactly, rows as far as the zeros of `attraction` permit.
    """
    table = attraction * (leaving[:, None] > 0) * (arriving[None, :] > 0)
    for _ in range(rounds):
        rows = table.sum(1)
        table = table * np.where(rows > 0, leaving / np.where(rows > 0, rows, 1.0), 0.0)[:, None]
        columns = table.sum(0)
        table = table * np.where(columns > 0, arriving / np.where(columns > 0, columns, 1.0), 0.0)[None, :]
    return table


def moved_table(absent: np.ndarray, arrived: np.ndarray, minutes: np.ndarray, active: np.ndarray,
                distance_decay: float) -> np.ndarray:
    """Residence of absent registered persons [hukou county, county of residence then outside] (M3).

    In-margins are residents registered in another county; out-margins the absent. Absent persons not elsewhere in
    Hainan live outside.
    """
    closeness = np.where(np.isfinite(minutes), (1.0 + minutes / 60.0) ** -distance_decay, 0.0)
    closeness = closeness * active[:, None] * active[None, :]
    np.fill_diagonal(closeness, 0.0)
    attraction = np.concatenate([closeness, active[:, None] * closeness[closeness > 0].mean()], axis=1)
    outside = max(absent.sum() - arrived.sum(), 0.0)
    return gravity(absent, np.append(arrived, outside), attraction)


def poor_shares(pack: Pack, rural: np.ndarray, share: float, ratio: float) -> np.ndarray:
    """Poor among rural residents [county]: `ratio` times higher in poverty counties, `share` over all."""
    relative = np.where(pack.group("poverty"), ratio, 1.0)
    return share * relative * rural.sum() / max((relative * rural).sum(), 1e-9)


def census_margins(pack: Pack, minutes: np.ndarray, parameters: Parameters = DEFAULTS) -> Margins:
    """All margins of a pack; `minutes` is the travel time between counties [county, county]."""
    check_needed(pack)
    p = parameters
    groups = np.stack([np.stack([census(pack, f"{sex}_{g}") for g in CENSUS_AGES], 1) for sex in SEXES], 1)
    sex_age = single_years(groups)
    residents = groups.sum((1, 2))
    zone = np.stack([census(pack, f"{z}_population") for z in ZONES], axis=1)
    zone = zone * (residents / np.maximum(zone.sum(1), 1.0))[:, None]
    minority = residents * census(pack, "ethnic_minority_share") / 100
    hukou, registered, absent = registration(pack, residents, p.cities_absent_share)
    working = employed(pack, p.long_form_sampling_share)
    by_sector = sectors(workers(pack), pack.group("coast"))
    by_sector = by_sector * (working / np.maximum(by_sector.sum(1), 1e-9))[:, None]
    return Margins(
        active=np.asarray(pack.active, bool), codes=np.asarray(pack.codes, np.int64), residents=residents,
        sex_age=sex_age, zone=zone, hukou=hukou, minority=np.stack([residents - minority, minority], axis=1),
        sex_skill=skills(pack, sex_age, p.senior_school_share),
        activity=np.concatenate([(residents - working)[:, None], by_sector], axis=1), registered=registered,
        moved=moved_table(absent, hukou[:, OTHER_COUNTY], minutes, np.asarray(pack.active, bool),
                          p.origin_distance_decay),
        urban_hukou=census(pack, "nonagricultural_hukou_share") / 100,
        poor=poor_shares(pack, zone[:, 1], p.rural_poor_share, p.poverty_county_ratio))
