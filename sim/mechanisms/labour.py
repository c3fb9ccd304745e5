"""Labour: participation and choice of sector (B.4 Y1).

Participation compares a fixed uniform number of each person with a table by age, sex and zone, so that status persists.
Entrants, movers and workers who reconsider choose a sector by relative wages; public posts are filled first, from
budgets.
Sections 2.2, 3.2.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.agents.persons import age_at, retirement_ages
from sim.core.arrays import Floats, Number
from sim.core.bind import InOut, Out
from sim.core.cache import either, kernel
from sim.core.declare import column, parameter
from sim.core.parts import BLOCK, block_size, chosen, in_parts, summed
from sim.core.randomness import WORK, limit, unit, words
from sim.core.table import Constants
from sim.region.people import participation_rates
from sim.words import (
    AGES,
    FARMING,
    LOCAL_SERVICES,
    MARKET,
    MARKET_SECTORS,
    OLDEST,
    PUBLIC_SERVICE,
    RURAL,
    SENIOR,
    WORK_AGE,
)

LEAST_OFFER = 1e-6  # CNY; lower bound before taking the logarithm
FALLS_FROM = 50  # age from which participation declines
LEAST_CHANCE = 1e-6  # lower bound of a rate and of its complement, for log-odds
LEAST_SHARE = 1e-12  # lower bound of a sector share, for its logarithm
ABSENT = -1e6  # log-odds of an empty sector
LEAST = 1e-9  # replaces a zero divisor


@dataclass(frozen=True)
class Parameters:
    sector_reconsider_rate: float = parameter(
        0.20, unit="1/year", bounds=(0.05, 0.3),
        source="assumed; the farm share of 2020 implies the upper half of the range",
        says="share of workers who reconsider their sector in a year (nu)")
    sector_choice_elasticity: float = parameter(
        1.5, unit="log-odds per log wage", bounds=(0.6, 3), source="Roy-type estimates",
        says="response of sector choice to relative wages (ks)")
    farm_exit_trend: float = parameter(
        0.17, unit="log-odds a year", bounds=(0.0, 0.25),
        source="fitted to the provincial farm share of employment, 59.1 % (2010) and 32.0 % (2020)",
        says="yearly decline of the odds of farming at given wages: mechanisation and preferences of entrants")
    farm_exit_years: float = parameter(
        15.0, unit="year", bounds=(10, 25), source="assumed: the shift ends when surplus labour is exhausted",
        confidence="low", says="years after 2010 over which the farm exit trend runs")
    participation_trend: float = parameter(
        -0.035, unit="log-odds a year", bounds=(-0.06, 0.0),
        source="fitted to employed per resident, .49 (2010) and .42 (2020)",
        says="yearly change of the odds of participation, up to 2020 and fading after")
    participation_trend_years: float = parameter(10.0, unit="year", bounds=(8, 20), source="2010-2020",
                                                 says="years over which the participation trend runs")
    public_wage_ratio: float = parameter(1.15, unit="ratio", bounds=(1.0, 1.3), source="assumed", confidence="low",
                                         says="public wage relative to the mean non-farm wage of the county (mG)")
    public_hiring_cap: float = parameter(0.5, unit="share", bounds=(0.2, 0.8), source="guard", confidence="low",
                                         says="maximum share of skilled job seekers hired into public service per year")
    wage_crew_floor: float = parameter(
        0.05, unit="share of base-year labour", bounds=(0.01, 0.2),
        source="guard: keeps wage offers finite in tiny sectors",
        confidence="low", says="minimum labour at which the wage offer of an empty sector is computed")
    share_smoothing: float = parameter(
        20.0, unit="workers", bounds=(5, 50), source="shrinkage of small cells to the mean of zone and skill",
        confidence="low", says="weight of provincial shares in settling base-year sector shares")


class Settled(Constants):
    participation_base = column("zone", "sex", "single_age", unit="share",
                                says="Participation rates of the base year, consistent with the persons' fixed numbers")
    sector_taste = column("county", "zone", "skill", "market_sector", unit="log-odds", says=(
        "Sector preferences that reproduce base-year shares at base-year wages (o)"))
    public_wage_share = column("county", unit="share", says="Share of current spending for public staff pay")
    public_efficiency_per_worker = column("county", unit="efficiency units of a row", says="Labour of a public servant")


# ---- formulas -------------------------------------------------------------------------------------------------


@either
def log_odds_shift(probability: Number, shift: Number) -> Number:
    """A probability with its log-odds shifted."""
    odds = probability / (1.0 - probability) * np.exp(shift)
    return odds / (1.0 + odds)


@kernel
def sector_shares(log_wage: Floats, taste: Floats, elasticity: float, shares: Floats) -> None:
    """P(s) = softmax( ks ln we + o ) over sectors, stored in `shares` (Y1)."""
    best, weights = -np.inf, 0.0
    for s in range(shares.size):
        shares[s] = elasticity * log_wage[s] + taste[s]
        best = max(best, shares[s])
    for s in range(shares.size):
        shares[s] = np.exp(shares[s] - best)
        weights += shares[s]
    for s in range(shares.size):
        shares[s] /= weights


@either
def public_target(wage_budget: Number, wage: Number) -> Number:
    """Efficiency labour that the public wage budget pays for (P9)."""
    return (wage > 0) * wage_budget / np.maximum(wage, LEAST)


@either
def hiring(target: Number, staying: Number, candidates: Number, cap: float) -> tuple[Number, Number]:
    """Shares of candidates hired and of staff dismissed to reach the staff target, within the cap."""
    missing = target - staying
    hire = np.minimum(np.maximum(missing / np.maximum(candidates, LEAST), 0.0), cap)
    lay_off = np.minimum(np.maximum(-missing / np.maximum(staying, LEAST), 0.0), 1.0)
    return (candidates > 0) * hire, (staying > 0) * lay_off


# ---- persons, one by one ----------------------------------------------------------------------------------------


class LookRules(NamedTuple):
    """Participation, and the share of workers who reconsider their sector."""

    takes_part: NDArray[np.float64]  # [zone, sex, age] without its shape
    reconsider: float


class LookTally(NamedTuple):
    """Rows by county."""

    staying: NDArray[np.int64]  # public staff
    candidates: NDArray[np.int64]  # applicants to public posts


class WorkRules(NamedTuple):
    """Probabilities of job seekers."""

    hire: NDArray[np.float64]  # [county]
    lay_off: NDArray[np.float64]  # [county]
    up_to: NDArray[np.float64]  # [county, zone, skill, market sector]


@kernel
def _look(first, last, year, n, persons, rules, tally, rows):
    """Clear the sector of persons who stop working; collect rows and numbers of public staff and job seekers.

    Rows are written from `first` on.
    """
    born, sex, skill, sector = persons.born, persons.sex, persons.skill, persons.sector
    res_county, res_zone, participation, luck = (
        persons.res_county, persons.res_zone, persons.participation, persons.random_work)
    takes_part, reconsider, staying, candidates = rules.takes_part, rules.reconsider, tally.staying, tally.candidates
    again, found, this_year, outside = limit(reconsider), np.uint64(first), np.int16(year), np.uint8(n)
    cell, works = np.empty(BLOCK, dtype=np.uint16), np.empty(BLOCK, dtype=np.uint8)
    for begin in range(first, last, BLOCK):
        start, size = np.uint64(begin), block_size(begin, last)
        for j in range(size):
            i = start + j
            cell[j] = (np.uint16(age_at(this_year, born[i])) + np.uint16(AGES) * np.uint16(sex[i])
                       + np.uint16(2 * AGES) * np.uint16(res_zone[i]))
        for j in range(size):
            works[j] = participation[start + j] < takes_part[np.uint64(cell[j])]
        for j in range(size):
            i = start + j
            s, at_work = sector[i], works[j] & np.uint8(res_county[i] < outside)
            works[j] = at_work & ((s < 0) | (s == PUBLIC_SERVICE) | (luck[i] < again))
            sector[i] = s | (np.int8(at_work) - np.int8(1))  # no sector, -1, has all bits set
        found = chosen(works, size, start, rows, found)
    for k in range(np.uint64(first), found):
        i = np.uint64(rows[k])
        c, public = res_county[i], sector[i] == PUBLIC_SERVICE
        staying[c] += public
        candidates[c] += (skill[i] >= SENIOR + 1) & ~public
    return found


@kernel
def _choose(rows, seed, year, n, persons, rules):
    """Assign job seekers to public posts first, then to market sectors by their shares."""
    uid, skill, res_county, res_zone, sector = (
        persons.uid, persons.skill, persons.res_county, persons.res_zone, persons.sector)
    hire, lay_off, shares = rules.hire, rules.lay_off, rules.up_to
    leaves, enters = np.zeros(n, dtype=np.uint64), np.zeros(n, dtype=np.uint64)
    for c in range(n):
        leaves[c], enters[c] = limit(lay_off[c]), limit(hire[c])
    word = np.empty(4 * BLOCK, dtype=np.uint64)
    for start in range(0, rows.size, BLOCK):
        some = rows[start:min(start + BLOCK, rows.size)]
        words(seed, WORK, year, uid, some, word)
        for j in range(some.size):
            i = some[j]
            c, z, e, luck = res_county[i], res_zone[i], max(0, skill[i] - 1), word[BLOCK + j]
            if sector[i] == PUBLIC_SERVICE:
                if luck >= leaves[c]:
                    continue
            elif skill[i] >= SENIOR + 1 and luck < enters[c]:
                sector[i] = PUBLIC_SERVICE
                continue
            u, s = unit(word[2 * BLOCK + j]), 0
            for k in range(MARKET_SECTORS - 1):
                s += u >= shares[c, z, e, k]
            sector[i] = s


# ---- rules of the base year -------------------------------------------------------------------------------------


def settle_participation(persons, n, participation_base: Out) -> None:
    """Base-year participation by zone, sex and age, with which the fixed uniform numbers of persons are consistent."""
    rates = participation_rates(persons.arrays(), n)
    participation_base[:] = np.clip(np.moveaxis(rates, -1, 0), LEAST_CHANCE, 1 - LEAST_CHANCE)


def settle_sectors(rows_at_work, wage_offer, share_smoothing, sector_choice_elasticity, sector_taste: Out) -> None:
    """Sector preferences that reproduce base-year shares at base-year wages, by county, zone and skill.

    Shares of small cells are shrunk to those of the province, scaled by the county's share of the sector.
    """
    counts = rows_at_work[..., MARKET].astype(float)
    prior = counts.sum(axis=0) + 0.5
    prior = prior / prior.sum(axis=-1, keepdims=True)
    county = counts.sum(axis=(1, 2)) + LEAST
    present = (counts.sum(axis=(1, 2)) > 0)[:, None, None, :]
    lift = (county / county.sum(axis=-1, keepdims=True)) / (county.sum(axis=0) / county.sum())
    prior = prior[None] * lift[:, None, None, :]
    prior = prior / prior.sum(axis=-1, keepdims=True)
    share = counts + share_smoothing * prior
    share = np.where(present, share / share.sum(axis=-1, keepdims=True), 0.0)
    offers = np.log(np.maximum(wage_offer[:, MARKET], LEAST_OFFER)).transpose(0, 2, 1)[:, None]
    taste = np.log(np.maximum(share, LEAST_SHARE)) - sector_choice_elasticity * offers
    sector_taste[:] = np.where(share > 0, taste, ABSENT)


def settle_public(factor_wages, spending_current, rows_by_sector, labour_by_zone, public_wage_share: Out,
                  public_efficiency_per_worker: Out) -> None:
    """Share of current spending for public staff pay in the base year, and labour per public employee, by county."""
    public_wage_share[:] = np.where(
        spending_current > 0, factor_wages[:, PUBLIC_SERVICE] / np.maximum(spending_current, LEAST), 0.0)
    staff = rows_by_sector[:, PUBLIC_SERVICE].astype(float)
    units = labour_by_zone[..., PUBLIC_SERVICE].sum(axis=(1, 2))
    mean = units.sum() / max(staff.sum(), 1.0)
    public_efficiency_per_worker[:] = np.where(staff > 0, units / np.maximum(staff, 1), mean)


# ---- rules of the year ------------------------------------------------------------------------------------------


def take_part(year, elapsed, participation_base, participation_trend, participation_trend_years, retirement_age_women,
              retirement_age_men, retirement_reform_years, participation_chance: Out) -> None:
    """Participation of the year by zone, sex and age: odds follow their trend, the decline with age the pension ages.
    """
    women, _ = retirement_ages(year, retirement_age_women, retirement_age_men, retirement_reform_years)
    shift = participation_trend * min(elapsed, participation_trend_years)
    _take_part(participation_base, shift, women - retirement_age_women, participation_chance)


@kernel
def _take_part(table, shift, later, part):
    """Participation of a year by zone, sex and age, from shifted base-year odds.

    After the statutory reform the declining part of the curve is shifted by `later` years.
    """
    part[:] = 0.0
    for z in range(part.shape[0]):
        for x in range(part.shape[1]):
            for age in range(WORK_AGE, OLDEST + 1):
                part[z, x, age] = log_odds_shift(table[z, x, age], shift)
            for age in range(OLDEST, FALLS_FROM, -1):  # downwards, so that younger ages are still unshifted
                if later > 0.0:
                    as_old = max(float(FALLS_FROM), age - later)
                    low = int(np.floor(as_old))
                    weight = as_old - low
                    part[z, x, age] = part[z, x, low] * (1 - weight) + part[z, x, low + 1] * weight


def look_for_work(persons: InOut, n, year, threads, participation_chance, sector_reconsider_rate, post_holders: Out,
                  post_seekers: Out) -> None:
    """Exits from employment; entrants, movers and workers who reconsider become job seekers."""
    rows, found = persons.rows(), np.empty(len(persons), dtype=np.int32)
    rules = LookRules(participation_chance.reshape(-1), sector_reconsider_rate)

    def part(first, last):
        tally = LookTally(*(np.zeros(n, dtype=np.int64) for _ in LookTally._fields))
        end = _look(first, last, year, n, rows, rules, tally, found)
        return found[first:end], *tally

    parts = in_parts(len(persons), threads, part)
    post_holders[:], post_seekers[:] = summed([tally for _, *tally in parts])
    persons.seekers = np.concatenate([rows for rows, *_ in parts])


@kernel
def fill_posts(weight, public_wage_share, spending_current, public_wage, public_efficiency_per_worker, post_holders,
               post_seekers, public_hiring_cap, hiring_chance: Out, dismissal_chance: Out) -> None:
    """Public posts by county as budgets allow: shares of candidates hired and of staff dismissed."""
    for c in range(hiring_chance.size):
        budget = 1e6 * public_wage_share[c] * spending_current[c]
        target = public_target(budget, public_wage[c]) / (public_efficiency_per_worker[c] * weight)
        hiring_chance[c], dismissal_chance[c] = hiring(target, float(post_holders[c]), float(post_seekers[c]),
                                                       public_hiring_cap)


@kernel
def share_sectors(elapsed, wage_offer, sector_taste, farm_exit_trend, farm_exit_years, sector_fusion_by_county,
                  sector_choice_elasticity, sector_up_to: Out) -> None:
    """Cumulative shares of market sectors by county, zone and skill at the wages offered."""
    log_wage, taste = np.empty(MARKET_SECTORS), np.empty(MARKET_SECTORS)
    farm_exit = farm_exit_trend * min(float(elapsed), farm_exit_years)
    for c in range(sector_up_to.shape[0]):
        for e in range(sector_up_to.shape[2]):
            for s in range(MARKET_SECTORS):
                log_wage[s] = np.log(max(wage_offer[c, s, e], LEAST_OFFER))
            for z in range(sector_up_to.shape[1]):
                taste[:] = sector_taste[c, z, e]
                taste[FARMING] -= farm_exit
                if z == RURAL:
                    taste[LOCAL_SERVICES] += sector_fusion_by_county[c]
                sector_shares(log_wage, taste, sector_choice_elasticity, sector_up_to[c, z, e])
                for s in range(1, MARKET_SECTORS):
                    sector_up_to[c, z, e, s] += sector_up_to[c, z, e, s - 1]


def choose_sector(persons: InOut, n, year, seed, threads, hiring_chance, dismissal_chance, sector_up_to) -> None:
    """Fill public posts, then let the other job seekers choose a market sector by wages; other workers keep their
    sector.
    """
    rows, rules, seekers = persons.rows(), WorkRules(hiring_chance, dismissal_chance, sector_up_to), persons.seekers
    in_parts(seekers.size, threads, lambda first, last: _choose(
        seekers[first:last], np.uint64(seed), year, n, rows, rules))


def assemble(
        n, weight, elapsed, exogenous_residents, rows_by_zone, rows_by_age, rows_by_skill, rows_by_home, rows_by_sector,
        rows_by_registration, labour_by_zone, population: Out, population_zone: Out, population_age: Out,
        population_skill: Out, residents_local: Out, residents_other_county: Out, residents_other_province: Out,
        registered: Out, registered_outside: Out, employed: Out, labour: Out) -> None:
    """Residents by kind, in persons, and efficiency labour by sector and skill for the next year."""
    population_zone[:] = rows_by_zone * weight
    population[:] = rows_by_zone.sum(axis=1) * weight + exogenous_residents[elapsed]
    population_age[:] = rows_by_age * weight
    population_skill[:] = rows_by_skill * weight
    residents_local[:], residents_other_county[:], residents_other_province[:] = rows_by_home.T * weight
    registered[:] = rows_by_registration[:n].sum(axis=1) * weight
    registered_outside[:] = rows_by_registration[:n, n] * weight
    employed[:] = rows_by_sector * weight
    labour[:] = labour_by_zone.sum(axis=1).swapaxes(1, 2) * weight
