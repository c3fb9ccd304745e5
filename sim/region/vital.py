"""Birth and death rates of the province by year, sex and single year of age (B.1).

The shapes are the schedules of China (World Population Prospects 2022, five-year means), their levels those of Hainan.
A reconstruction projects the census of 2010 forward year by year with the published crude birth and death rates, using
the rule of the model: a person of age a at the start of the year dies with probability q(a), a surviving woman gives
birth with probability TFR f(a), survivors age by one year, newborns end the year at age 0. Net migration between the
censuses is the residual of each cohort in the census of 2020, spread over the years like the published provincial
residual; later it has the mean age profile of that decade.

Assumed, since data are missing or doubtful: deaths of 2020 (mean of the rates of 2019 and 2021); deaths of 2024 (the
inferred 5.31 per mille, a fall of 1.16 in a year, is replaced by the mean level of 2021-2023 improved by one year); the
stationary age structure of the schedule for persons aged 85 and over; past children behind the county ratios. After the
last year mortality falls by a constant share per year and the TFR moves linearly to the outlook's value.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from sim import outlook
from sim.core.arrays import Floats
from sim.core.cache import source_hash
from sim.core.declare import parameter
from sim.core.kept import kept
from sim.region.pack import Pack
from sim.words import AGES, BASE_YEAR, LAST_YEAR, OLDEST

CENSUS_YEARS = (2010, 2020)
LAST_OBSERVED = 2024

EVERY_AGE = np.arange(OLDEST + 1)
FIRST_BIRTH, LAST_BIRTH = 15, 49
SEXES = ("female", "male")
FEMALE, MALE = 0, 1

# lower bounds of the census groups and their names
CENSUS_AGES = (0, 1, *range(5, 90, 5))
CENSUS_NAMES = ("0", "1_4", *(f"{a}_{a + 4}" for a in range(5, 85, 5)), "85plus")
MORTALITY_AGES = (0, 1, *range(5, 105, 5))
MORTALITY_NAMES = ("0", "1", *map(str, range(5, 100, 5)), "100plus")
FERTILITY_AGES = tuple(range(15, 50, 5))
SCHEDULE_YEARS = (2005, 2010, 2015, 2020)
HALF_PERIOD = 2.5

DOUBTFUL_DEATHS = (2024,)
LEVEL_YEARS = (2021, 2022, 2023)
ROUNDS = 40


@dataclass(frozen=True)
class Parameters:
    mortality_improvement: float = parameter(
        0.015, unit="1/year", bounds=(0.005, 0.025), source="assumed (H.1)",
        says="yearly fall of death rates after 2024")
    net_migration_smoothing: int = parameter(
        5, unit="years of age", bounds=(1, 15), source="assumed", confidence="low",
        says="width of the running mean of the age profile of net migration after 2020")


CENTRAL = Parameters()

# total fertility of China by year, for the children ever born by age of women in 2010: recalled (United Nations), used
# only for the age correction of county ratios, so that only its decline matters
PAST_FERTILITY: Mapping[int, float] = {1960: 5.5, 1970: 6.0, 1980: 2.7, 1990: 2.4, 2000: 1.6, 2010: 1.7}


@dataclass(frozen=True)
class Vital:
    """Rates by year (index 0 = 2010), sex (0 female) and single year of age 0..100.

    `births`, `deaths` and `assumed` (whether deaths were assumed) end with the last observed year.
    """

    years: np.ndarray
    mortality: np.ndarray
    fertility_shape: np.ndarray
    tfr: np.ndarray
    county_fertility: np.ndarray
    male_share_at_birth: np.ndarray
    mortality_scale: np.ndarray
    births: np.ndarray
    deaths: np.ndarray
    assumed: np.ndarray


# -- schedules --------------------------------------------------------------------------------------------------------


def probability(rate: ArrayLike) -> Floats:
    """Probability of death in a year from the death rate: q = 1 - exp(-m) (D1)."""
    return -np.expm1(-np.asarray(rate, dtype=np.float64))


def between_years(years: Iterable[int], points: Mapping[float, np.ndarray], log: bool = False) -> np.ndarray:
    """Schedules [year, ...] interpolated linearly (or log-linearly) between the given points in time, constant beyond
    them.
    """
    knots = np.array(sorted(points))
    stack = np.stack([np.asarray(points[k], dtype=np.float64) for k in knots])
    stack = np.log(stack) if log else stack
    years = np.clip(np.asarray(years, dtype=np.float64), knots[0], knots[-1])
    right = np.clip(np.searchsorted(knots, years), 1, len(knots) - 1)
    weight = (years - knots[right - 1]) / (knots[right] - knots[right - 1])
    weight = weight.reshape(-1, *([1] * (stack.ndim - 1)))
    out = stack[right - 1] * (1 - weight) + stack[right] * weight
    return np.exp(out) if log else out


def death_rates_by_age(rates: np.ndarray, lower: Sequence[int] = MORTALITY_AGES) -> np.ndarray:
    """Rates [..., age 0..100] from group rates: log-linear between group midpoints, at the mean age in the year.

    A person of age a at the start of the year is between a and a + 2 during it, a + 1 on average. Age 0 keeps the
    infant rate, which applies to a newborn in the first full year.
    """
    rates = np.log(np.asarray(rates, dtype=np.float64))
    upper = np.array([*lower[1:], lower[-1] + 5])
    middle = (np.array(lower) + upper) / 2
    flat = rates.reshape(-1, rates.shape[-1])
    out = np.stack([np.exp(np.interp(EVERY_AGE + 1.0, middle, row)) for row in flat])
    out = out.reshape(*rates.shape[:-1], AGES)
    out[..., 0] = np.exp(rates[..., 0])
    return out


def _through(ages: Floats, counts: Floats) -> Callable[[ArrayLike], Floats]:
    """A smooth monotone curve through cumulative counts."""
    from scipy.interpolate import PchipInterpolator  # slow to import, and its results are usually in the cache

    return PchipInterpolator(ages, counts)


def births_by_age(group_rates: ArrayLike) -> np.ndarray:
    """Fertility shape [age 0..100], sum 1, from rates of five-year groups 15-19 .. 45-49.

    The share of births by women of age a at the start of the year: those between a + 1/2 and a + 3/2.
    """
    edges = np.array([*FERTILITY_AGES, LAST_BIRTH + 1], dtype=np.float64)
    done = np.concatenate([[0.0], np.cumsum(group_rates)])
    curve = _through(edges, done)
    bounds = np.clip(EVERY_AGE[FIRST_BIRTH:LAST_BIRTH + 1][:, None] + np.array([0.5, 1.5]), edges[0], edges[-1])
    bounds[0, 0], bounds[-1, 1] = edges[0], edges[-1]
    shape = np.zeros(AGES)
    shape[FIRST_BIRTH:LAST_BIRTH + 1] = np.diff(curve(bounds), axis=1)[:, 0]
    return shape / shape.sum()


def single_years(counts: ArrayLike, oldest_rates: np.ndarray) -> np.ndarray:
    """Persons [age 0..100] from the census groups; 85 and over by the survivors of the death rates [age]."""
    edges = np.array([*CENSUS_AGES], dtype=np.float64)
    done = np.concatenate([[0.0], np.cumsum(np.asarray(counts, dtype=np.float64)[:-1])])
    persons = np.zeros(AGES)
    last = CENSUS_AGES[-1]
    persons[:last] = np.diff(_through(edges, done)(EVERY_AGE[:last + 1]))
    survivors = np.exp(-np.concatenate([[0.0], np.cumsum(oldest_rates[last:-1])]))
    persons[last:] = counts[-1] * survivors / survivors.sum()
    return persons


def _country(pack, template: str) -> dict[float, float]:
    """A national five-year mean by the middle of its period."""
    return {float(y) + HALF_PERIOD: v for y, v in pack.country(template, "population-province").items()}


def national_death_rates(pack: Pack, years: Iterable[int]) -> np.ndarray:
    """Death rates of China [year, sex, age 0..100]."""
    points: dict[float, np.ndarray] = {}
    for sex, name in enumerate(SEXES):
        for group, lower in enumerate(MORTALITY_NAMES):
            for when, rate in _country(pack, f"mx_{name}_{lower}_5y").items():
                points.setdefault(when, np.full((2, len(MORTALITY_NAMES)), np.nan))[sex, group] = rate
    return death_rates_by_age(between_years(years, points, log=True))


def national_fertility_shape(pack: Pack, years: Iterable[int]) -> np.ndarray:
    """Fertility shape of China [year, age 0..100], each year summing to 1."""
    points: dict[float, np.ndarray] = {}
    for group, lower in enumerate(FERTILITY_AGES):
        for when, rate in _country(pack, f"asfr_{lower}_{lower + 4}_5y").items():
            points.setdefault(when, np.full(len(FERTILITY_AGES), np.nan))[group] = rate
    shapes = {when: births_by_age(rates) for when, rates in points.items()}
    return between_years(years, shapes)


# -- the province -----------------------------------------------------------------------------------------------------


def census(pack: Pack, year: int, death_rates: np.ndarray) -> np.ndarray:
    """Residents of a census [sex, age 0..100]."""
    def counts(sex):
        return np.array([pack.province(f"{sex}_age_{g}", year, file="population-province") for g in CENSUS_NAMES])

    return np.stack([single_years(counts(name), death_rates[sex]) for sex, name in enumerate(SEXES)])


def crude_rates(pack: Pack) -> pd.DataFrame:
    """Births and deaths per person, published net migration and its share of a decade, by year, with their status."""
    years = range(BASE_YEAR, LAST_OBSERVED + 1)
    births = pack.province("birth_rate", file="population-province") / 1000
    deaths = pack.province("death_rate", file="population-province").drop(list(DOUBTFUL_DEATHS), errors="ignore") / 1000
    migration = pack.province("net_migration_residual", file="population-province")
    out = pd.DataFrame({"birth_rate": births, "death_rate": deaths, "net_migration": migration}).reindex(years)
    out.index.name = "year"
    out["death_rate_status"] = np.where(out["death_rate"].notna(), "published", "assumed")
    out["net_migration_status"] = np.where(out["net_migration"].notna(), "published", "residual of year-end stocks")
    out.loc[BASE_YEAR, "net_migration_status"] = "not needed"
    inside = out["death_rate"].interpolate(limit_area="inside")
    out["death_rate"] = inside
    stock = pack.province("resident_yearend", file="population-province")
    for year in out.index[1:][out["net_migration"].isna()[1:]]:
        middle = (stock[year] + stock[year - 1]) / 2
        natural = (out.at[year, "birth_rate"] - out.at[year, "death_rate"]) * middle
        out.at[year, "net_migration"] = stock[year] - stock[year - 1] - natural
    return out


@dataclass
class Account:
    """The reconstruction: stocks [year, sex, age] at the end of each year, and the underlying levels."""

    stock: np.ndarray
    tfr: np.ndarray
    scale: np.ndarray
    births: np.ndarray
    deaths: np.ndarray
    migrants: np.ndarray


def _scale_for(deaths: float, start, rates) -> float:
    """The factor s with sum of persons (1 - exp(-s m)) equal to the deaths (Newton; the sum is concave in s)."""
    scale = 1.0
    for _ in range(50):
        gone = np.sum(start * probability(scale * rates)) - deaths
        slope = np.sum(start * rates * np.exp(-scale * rates))
        step = gone / slope
        scale = max(scale - step, scale / 10)
        if abs(step) < 1e-13:
            break
    return float(scale)


def year_of(start: np.ndarray, rates: np.ndarray, shape: np.ndarray, male_share: float, birth_rate: float,
            death_rate: float, migrants: np.ndarray, scale: float | None = None) -> tuple[float, float, np.ndarray,
            float, float]:
    """One year: scale of mortality, TFR, stock at the end, births and deaths consistent with the crude rates.

    The crude rates refer to the mean of start and end, which itself depends on them: with N = mean,
    N (1 - (b - d)/2) = start + migrants / 2. With a `scale` given, deaths follow from it.
    """
    moved = np.sum(migrants)
    if scale is None:
        middle = (np.sum(start) + moved / 2) / (1 - (birth_rate - death_rate) / 2)
        deaths = death_rate * middle
        scale = _scale_for(deaths, start, rates)
    else:
        deaths = np.sum(start * probability(scale * rates))
        middle = (np.sum(start) + (moved - deaths) / 2) / (1 - birth_rate / 2)
    births = birth_rate * middle
    alive = start * (1 - probability(scale * rates))
    tfr = births / np.sum(alive[FEMALE] * shape)
    return scale, tfr, aged(alive, births, male_share) + migrants, births, deaths


def aged(alive: np.ndarray, births: float, male_share: float) -> np.ndarray:
    """Survivors one year older (with an open last age group), newborns at age 0."""
    end = np.zeros_like(alive)
    end[:, 1:] = alive[:, :-1]
    end[:, -1] += alive[:, -1]
    end[:, 0] = births * np.array([1 - male_share, male_share])
    return end


def sex_ratio_at_birth(pack: Pack) -> dict[int, float]:
    """Males per female among the children of the 2020 census, by mean year of birth.

    Censuses undercount infant girls; the ratio of the same children at later ages is more reliable.
    """
    year = CENSUS_YEARS[1]
    groups = {year - 2: ("0", "1_4"), year - 7: ("5_9",), year - 12: ("10_14",)}

    def total(sex, names):
        return sum(pack.province(f"{sex}_age_{g}", year, file="population-province") for g in names)

    points = {y: total("male", names) / total("female", names) for y, names in sorted(groups.items())}
    years = range(BASE_YEAR, year + 1)
    return dict(zip(years, np.interp(years, list(points), list(points.values())).tolist(), strict=True))


def reconstruct(pack: Pack, parameters: Parameters = CENTRAL) -> Account:
    """Project the census of 2010 to 2024 with the published crude rates, meeting the census of 2020."""
    years = np.arange(BASE_YEAR, LAST_OBSERVED + 1)
    rates, shapes = national_death_rates(pack, years), national_fertility_shape(pack, years)
    crude = {name: column.to_numpy() for name, column in crude_rates(pack).items()}
    ratio = outlook.projection(years.tolist(), sex_ratio_at_birth(pack), outlook.series("sex_ratio_at_birth").future)
    male_share = np.array([ratio[y] / (1 + ratio[y]) for y in years])
    start, target = (census(pack, y, rates[y - BASE_YEAR]) for y in CENSUS_YEARS)
    decade = CENSUS_YEARS[1] - CENSUS_YEARS[0]
    share = crude["net_migration"][1:decade + 1]
    share = share / share.sum()
    by_cohort = np.zeros((2, AGES))                       # by age at the end of 2020
    account = None
    for _ in range(ROUNDS):
        account = _decade(start, rates, shapes, male_share, crude, by_cohort, share)
        missing = target - account.stock[decade]
        by_cohort += missing
        if np.abs(missing).max() < 1e-6:
            break
    return _after(account, rates, shapes, male_share, crude, parameters)


def cohort_moves(by_cohort: np.ndarray, share: np.ndarray, step: int) -> np.ndarray:
    """Net migrants [sex, age at the end of the year] in the year `step` (1..10) of the decade.

    Cohorts move in proportion to the yearly total; those born in the decade from their year of birth on.
    """
    years = len(share)
    later = years - step
    left = np.array([share[born:].sum() for born in range(years)])    # migration in the year of birth and later
    part = share[step - 1] / left[np.maximum(years - 1 - EVERY_AGE[later:], 0)]
    moved = np.zeros_like(by_cohort)
    moved[:, :AGES - later] += by_cohort[:, later:] * part
    return moved


def _decade(start, rates, shapes, male_share, crude, by_cohort, share) -> Account:
    n = len(rates)
    account = Account(np.zeros((n, 2, AGES)), *(np.zeros(n) for _ in range(4)), np.zeros((n, 2, AGES)))
    account.stock[0] = start
    _first_year(account, rates, shapes, crude)
    for t in range(1, len(share) + 1):
        _advance(account, t, rates, shapes, male_share, crude, cohort_moves(by_cohort, share, t))
    return account


def _advance(account: Account, t, rates, shapes, male_share, crude, migrants, scale=None) -> None:
    account.scale[t], account.tfr[t], account.stock[t], account.births[t], account.deaths[t] = year_of(
        account.stock[t - 1], rates[t], shapes[t], male_share[t], crude["birth_rate"][t], crude["death_rate"][t],
        migrants, scale)
    account.migrants[t] = migrants


def _first_year(account: Account, rates, shapes, crude) -> None:
    """Levels of 2010 from its census: persons aged a + 1 at the end were aged a at the start."""
    end = account.stock[0]
    before = np.zeros_like(end)
    before[:, :-1] = end[:, 1:]
    account.births[0], account.deaths[0] = crude["birth_rate"][0] * end.sum(), crude["death_rate"][0] * end.sum()
    account.scale[0] = _scale_for(account.deaths[0], before, rates[0])
    account.tfr[0] = account.births[0] / np.sum(before[FEMALE] * shapes[0])


def migration_profile(migrants: np.ndarray, width: int) -> np.ndarray:
    """Mean age profile [sex, age] of net migration, smoothed over ages, summing to 1."""
    total = migrants.sum(axis=0)
    kernel = np.ones(width) / width
    padded = np.pad(total, ((0, 0), (width // 2, width // 2)), mode="edge")
    smooth = np.stack([np.convolve(row, kernel, mode="valid") for row in padded])
    return smooth / smooth.sum()


def _after(account: Account, rates, shapes, male_share, crude, parameters: Parameters) -> Account:
    """The years after the second census: published totals with the age profile of the decade before."""
    decade = CENSUS_YEARS[1] - CENSUS_YEARS[0]
    profile = migration_profile(account.migrants[1:decade + 1], parameters.net_migration_smoothing)
    for t in range(decade + 1, len(rates)):
        scale = None
        if np.isnan(crude["death_rate"][t]):
            level = np.mean([account.scale[y - BASE_YEAR] for y in LEVEL_YEARS])
            years_on = BASE_YEAR + t - LEVEL_YEARS[len(LEVEL_YEARS) // 2]
            scale = float(level * np.exp(-parameters.mortality_improvement * years_on))
        migrants = profile * crude["net_migration"][t]
        _advance(account, t, rates, shapes, male_share, crude, migrants, scale)
    return account


# -- counties ---------------------------------------------------------------------------------------------------------


def children_by_age(shape: np.ndarray, year: int) -> np.ndarray:
    """Children ever born to a woman of age a by `year`, given past total fertility [age 0..100]."""
    known = sorted(PAST_FERTILITY)
    level = np.interp(np.arange(year - OLDEST, year + 1), known, [PAST_FERTILITY[y] for y in known])
    out = np.zeros(AGES)
    for age in EVERY_AGE:
        lived = np.arange(age + 1)
        out[age] = np.sum(shape[lived] * level[OLDEST - (age - lived)])
    return out


def county_ratio(children: np.ndarray, women: np.ndarray, schedule: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Fertility of counties relative to the province (rel_c of D2), women-weighted mean 1.

    children ever born per woman [county] relative to those of women [county, age] under the provincial `schedule`
    [age]; nan where unknown. weights [county]: births expected at equal fertility.
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        expected = np.sum(women * schedule, axis=-1) / np.sum(women, axis=-1)
        ratio = children / expected
    known = np.isfinite(ratio)
    mean = np.sum(weights[known] * ratio[known]) / np.sum(weights[known])
    return np.where(known, ratio / mean, 1.0)


def county_women(pack: Pack, year: int) -> np.ndarray:
    """Women by single year of age [county, age], from the census groups; 0 where a unit has none."""
    groups = [np.nan_to_num(pack.values("population", f"female_age_{g}", year)) for g in CENSUS_NAMES]
    flat = np.full(AGES, 0.1)
    return np.stack([single_years(row, flat) for row in np.stack(groups, axis=-1)])


def county_fertility(pack: Pack, shape: np.ndarray) -> np.ndarray:
    """rel_c [county] of 2010 from children ever born per woman of 15 to 64, corrected for the ages of the women."""
    women = county_women(pack, BASE_YEAR)
    weights = np.sum(women * shape, axis=-1)
    asked = women.copy()
    asked[:, (EVERY_AGE < 15) | (EVERY_AGE > 64)] = 0.0
    children = pack.values("population", "children_ever_born_15_64", BASE_YEAR)
    return county_ratio(children, asked, children_by_age(shape, BASE_YEAR), weights)


# -- the result -------------------------------------------------------------------------------------------------------


@functools.lru_cache(maxsize=8)
def vital_rates(pack: Pack, until: int = LAST_YEAR, parameters: Parameters = CENTRAL) -> Vital:
    """Rates of every year from 2010; after 2024 projected (the TFR by the outlook, without a scenario's changes).

    The central rates, which every run needs, are kept in the cache folder.
    """
    def made() -> dict[str, np.ndarray]:
        return {name: np.ascontiguousarray(array) for name, array in vars(_made(pack, until, parameters)).items()}

    central = parameters == CENTRAL and pack.from_files
    rates = kept(f"vital-{pack.hash[:16]}-{source_hash()[:16]}-{until}.arrays", made) if central else made()
    for array in rates.values():
        array.setflags(write=False)
    return Vital(**rates)


def _made(pack: Pack, until: int, parameters: Parameters) -> Vital:
    years = np.arange(BASE_YEAR, until + 1)
    account = reconstruct(pack, parameters)
    known = len(account.scale)
    rates = national_death_rates(pack, np.minimum(years, LAST_OBSERVED))
    scale = np.concatenate([account.scale, np.full(max(0, len(years) - known), account.scale[-1])])[:len(years)]
    beyond = np.maximum(0, years - LAST_OBSERVED)
    scale = scale * np.exp(-parameters.mortality_improvement * beyond)
    shape = national_fertility_shape(pack, np.minimum(years, LAST_OBSERVED))
    past = {BASE_YEAR + t: float(v) for t, v in enumerate(account.tfr)}
    tfr = outlook.series("total_fertility_rate").path(years, past)
    ratio = outlook.series("sex_ratio_at_birth").path(years, sex_ratio_at_birth(pack))
    return Vital(
        years=years, mortality=probability(scale[:, None, None] * rates), fertility_shape=shape, tfr=tfr,
        county_fertility=county_fertility(pack, shape[0]), male_share_at_birth=ratio / (1 + ratio),
        mortality_scale=scale, births=account.births, deaths=account.deaths,
        assumed=(crude_rates(pack)["death_rate_status"] == "assumed").to_numpy(bool))


def reconstruction(pack: Pack, parameters: Parameters = CENTRAL) -> pd.DataFrame:
    """The reconstruction by year: levels, flows and assumptions."""
    account = reconstruct(pack, parameters)
    crude = crude_rates(pack)
    rates = national_death_rates(pack, np.arange(BASE_YEAR, LAST_OBSERVED + 1))
    return pd.DataFrame({
        "tfr": account.tfr, "mortality_scale": account.scale, "population": account.stock.sum(axis=(1, 2)),
        "births": account.births, "deaths": account.deaths, "net_migration": account.migrants.sum(axis=(1, 2)),
        "life_expectancy_female": [life_expectancy(s * m[FEMALE]) for s, m in zip(account.scale, rates, strict=True)],
        "life_expectancy_male": [life_expectancy(s * m[MALE]) for s, m in zip(account.scale, rates, strict=True)],
        "net_migration_published": crude["net_migration"].to_numpy(),
        "death_rate_status": crude["death_rate_status"].to_numpy(),
        "net_migration_status": crude["net_migration_status"].to_numpy(),
    }, index=crude.index)


def life_expectancy(rates: np.ndarray) -> float:
    """Life expectancy at birth under death rates by age, with half a year in the year of death."""
    alive = np.exp(-np.concatenate([[0.0], np.cumsum(rates)]))
    return float(np.sum((alive[:-1] + alive[1:]) / 2) + alive[-1] / rates[-1])
