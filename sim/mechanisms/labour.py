"""Labour: who takes part, and in which sector (B.4 Y1).

Participation is a person-stable uniform against a table by age, sex and zone, so a status persists. A sector is
chosen by relative wages by those who are new, have moved or reconsider; public jobs are filled first, from budgets.
Sections 2.2, 3.2.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.agents.persons import age_at, retirement_ages
from sim.core.bind import Out
from sim.core.cache import either, kernel
from sim.core.declare import parameter
from sim.core.parts import BLOCK, block_size, chosen, in_parts, summed
from sim.core.randomness import WORK, limit, unit, words
from sim.region.people import participation_rates
from sim.words import AGES, RURAL, WORK_AGE

WRITES = (
    "persons.sector", "counties.employed", "counties.labour", "counties.population", "counties.population_zone",
    "counties.population_age", "counties.population_skill", "counties.residents_local",
    "counties.residents_other_county", "counties.residents_other_province", "counties.registered",
    "counties.registered_outside",
)
FARM, SERVICES, PUBLIC = 0, 2, 5  # places of agriculture, local services and of public services among the sectors
LEAST_OFFER = 1e-6  # CNY: its logarithm is taken
OLDEST, FALLS_FROM = 100, 50  # the curve of participation by age falls from 50 on


@dataclass(frozen=True)
class Parameters:
    sector_reconsider_rate: float = parameter(
        0.20, unit="1/year", bounds=(0.05, 0.3), source="assumed; the farm share of 2020 asks for the upper half",
        says="share of workers who reconsider their sector in a year (nu)")
    sector_choice_elasticity: float = parameter(
        1.5, unit="log-odds per log wage", bounds=(0.6, 3), source="Roy-type estimates",
        says="response of sector choice to relative wages (ks)")
    farm_exit_trend: float = parameter(
        0.17, unit="log-odds a year", bounds=(0.0, 0.25),
        source="fitted to the provincial farm share of employment, 59.1 % (2010) and 32.0 % (2020)",
        says="yearly fall of the odds of farming at given wages: mechanisation and tastes of entrants")
    farm_exit_years: float = parameter(
        15.0, unit="year", bounds=(10, 25), source="assumed: the shift ends when surplus labour is gone",
        confidence="low", says="years after 2010 over which the farm exit trend runs")
    participation_trend: float = parameter(
        -0.035, unit="log-odds a year", bounds=(-0.06, 0.0),
        source="fitted to employed per resident, .49 (2010) and .42 (2020)",
        says="yearly change of the odds of taking part in work, to 2020 and fading after")
    participation_trend_years: float = parameter(10.0, unit="year", bounds=(8, 20), source="2010-2020",
                                                 says="years over which the participation trend runs")
    public_wage_ratio: float = parameter(1.15, unit="ratio", bounds=(1.0, 1.3), source="assumed", confidence="low",
                                         says="public wage against the mean non-farm wage of the county (mG)")
    public_hiring_cap: float = parameter(0.5, unit="share", bounds=(0.2, 0.8), source="guard", confidence="low",
                                         says="largest share of skilled job seekers hired into public service a year")
    wage_crew_floor: float = parameter(
        0.05, unit="share of base-year labour", bounds=(0.01, 0.2), source="guard: offers stay finite in tiny sectors",
        confidence="low", says="labour at which the wage offered by an emptied sector is computed")
    share_smoothing: float = parameter(
        20.0, unit="workers", bounds=(5, 50), source="shrinkage of small cells to the zone and skill mean",
        confidence="low", says="weight of the provincial shares when base-year sector shares are settled")


# ---- formulas -------------------------------------------------------------------------------------------------


@either
def log_odds_shift(probability, shift):
    """A probability with its log-odds shifted."""
    odds = probability / (1.0 - probability) * np.exp(shift)
    return odds / (1.0 + odds)


@kernel
def sector_shares(log_wage, taste, elasticity, shares):
    """P(s) = softmax( ks ln we + o ) over sectors, written into `shares` (Y1)."""
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
def public_target(wage_budget, wage):
    """Efficiency labour that the public wage budget pays for (P9)."""
    return (wage > 0) * wage_budget / np.maximum(wage, 1e-9)


@either
def hiring(target, staying, candidates, cap):
    """Share of candidates hired and share of staff laid off so that staff meets its target, within the cap."""
    missing = target - staying
    hire = np.minimum(np.maximum(missing / np.maximum(candidates, 1e-9), 0.0), cap)
    lay_off = np.minimum(np.maximum(-missing / np.maximum(staying, 1e-9), 0.0), 1.0)
    return (candidates > 0) * hire, (staying > 0) * lay_off


@kernel
def _take_part(table, shift, later, part):
    """Participation of a year by zone, sex and age, with the odds of the base year shifted.

    After the statutory reform the falling part of the curve sits `later` by some years.
    """
    for z in range(part.shape[0]):
        for x in range(part.shape[1]):
            for age in range(WORK_AGE, OLDEST + 1):
                part[z, x, age] = log_odds_shift(table[z, x, age], shift)
            for age in range(OLDEST, FALLS_FROM, -1):  # from above, so that who is younger is still as before
                if later > 0.0:
                    as_old = max(float(FALLS_FROM), age - later)
                    low = int(np.floor(as_old))
                    weight = as_old - low
                    part[z, x, age] = part[z, x, low] * (1 - weight) + part[z, x, low + 1] * weight


@kernel
def _fill_posts(budget, wage, per_head, staying, candidates, cap, hire, lay_off):
    """Public posts of the year by county: shares of candidates hired and of staff laid off."""
    for c in range(hire.size):
        target = public_target(budget[c], wage[c]) / per_head[c]
        hire[c], lay_off[c] = hiring(target, float(staying[c]), float(candidates[c]), cap)


@kernel
def _share_sectors(offer, settled_taste, farm_exit, fusion, elasticity, up_to):
    """Shares of the market sectors by county, zone and skill at the wages offered, added up over sectors."""
    log_wage, taste = np.empty(PUBLIC), np.empty(PUBLIC)
    for c in range(up_to.shape[0]):
        for e in range(up_to.shape[2]):
            for s in range(PUBLIC):
                log_wage[s] = np.log(max(offer[c, s, e], LEAST_OFFER))
            for z in range(up_to.shape[1]):
                taste[:] = settled_taste[c, z, e]
                taste[FARM] -= farm_exit
                if z == RURAL:
                    taste[SERVICES] += fusion[c]
                sector_shares(log_wage, taste, elasticity, up_to[c, z, e])
                for s in range(1, PUBLIC):
                    up_to[c, z, e, s] += up_to[c, z, e, s - 1]


@kernel
def _look(first, last, year, n, born, sex, skill, res_county, res_zone, sector, participation, luck, takes_part,
          reconsider, rows, staying, candidates):
    """Who no longer works has no sector; rows of public staff and of those who look for work, and how many.

    takes_part [zone, sex, age] without its shape. Rows are written from `first` on.
    """
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
            works[j] = at_work & ((s < 0) | (s == PUBLIC) | (luck[i] < again))
            sector[i] = s | (np.int8(at_work) - np.int8(1))  # no sector, -1, has all bits
        found = chosen(works, size, start, rows, found)
    for k in range(np.uint64(first), found):
        i = np.uint64(rows[k])
        c, public = res_county[i], sector[i] == PUBLIC
        staying[c] += public
        candidates[c] += (skill[i] >= 2) & ~public
    return found


@kernel
def _choose(rows, seed, year, n, uid, skill, res_county, res_zone, sector, hire, lay_off, shares):
    """Of those who look: public posts first, then a market sector by its share."""
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
            if sector[i] == PUBLIC:
                if luck >= leaves[c]:
                    continue
            elif skill[i] >= 2 and luck < enters[c]:
                sector[i] = PUBLIC
                continue
            u, s = unit(word[2 * BLOCK + j]), 0
            for k in range(PUBLIC - 1):
                s += u >= shares[c, z, e, k]
            sector[i] = s


# ---- verbs ----------------------------------------------------------------------------------------------------


def settle_participation(model) -> None:
    """Participation by zone, sex and age of the base year, with which the stable uniforms of persons agree."""
    columns = model.persons.arrays()
    rates = participation_rates(columns, model.n)
    table = np.ascontiguousarray(np.moveaxis(rates, -1, 0))
    model.base.participation_table = np.clip(table, 1e-6, 1 - 1e-6)


def settle_sectors(model) -> None:
    """Tastes for sectors that make the shares of the base year the choice at its wages, by county, zone and skill."""
    p, base, people = model.parameters, model.base, model.people
    counts = people.by_sector_zone[..., :PUBLIC].astype(float)
    prior = counts.sum(axis=0) + 0.5
    prior = prior / prior.sum(axis=-1, keepdims=True)
    county = counts.sum(axis=(1, 2)) + 1e-9
    present = (counts.sum(axis=(1, 2)) > 0)[:, None, None, :]
    lift = (county / county.sum(axis=-1, keepdims=True)) / (county.sum(axis=0) / county.sum())
    prior = prior[None] * lift[:, None, None, :]
    prior = prior / prior.sum(axis=-1, keepdims=True)
    share = counts + p.share_smoothing * prior
    share = np.where(present, share / share.sum(axis=-1, keepdims=True), 0.0)
    taste = np.log(np.maximum(share, 1e-12)) - p.sector_choice_elasticity * _log_offers(model)
    base.sector_taste = np.where(share > 0, taste, -1e6)


def settle_public(model) -> None:
    """Share of current spending that pays public staff in the base year, by county."""
    base, counties, people = model.base, model.counties, model.people
    bill = counties.factor_wages[:, PUBLIC]
    base.public_wage_share = np.where(counties.spending_current > 0,
                                      bill / np.maximum(counties.spending_current, 1e-9), 0.0)
    staff = people.by_sector[:, PUBLIC].astype(float)
    units = people.labour[:, :, PUBLIC].sum(axis=(1, 2))
    mean = units.sum() / max(staff.sum(), 1.0)
    base.public_efficiency_per_worker = np.where(staff > 0, units / np.maximum(staff, 1), mean)


def takes_part(model) -> np.ndarray:
    """Probability of taking part this year: [zone, sex, age]."""
    p, base = model.parameters, model.base
    years = min(model.year - base.year, p.participation_trend_years)
    women, _ = retirement_ages(model.year, p.retirement_age_women, p.retirement_age_men, p.retirement_reform_years)
    part = np.zeros(base.participation_table.shape)
    _take_part(base.participation_table, p.participation_trend * years, women - p.retirement_age_women, part)
    return part


def _log_offers(model):
    """Log of the wage offered per efficiency unit by county, zone, skill and the five market sectors: [c, z, e, s]."""
    wage = np.log(np.maximum(model.counties.wage_offer[:, :PUBLIC], LEAST_OFFER))
    return wage.transpose(0, 2, 1)[:, None].repeat(2, axis=1)


def choose_sector(model) -> None:
    """Public posts are filled as budgets allow; the others choose by wages; the rest stay where they work."""
    p, base, counties, q, n = model.parameters, model.base, model.counties, model.persons, model.n
    part = takes_part(model)
    seed, rows = np.uint64(model.seed), np.empty(len(q), dtype=np.int32)

    def looking(first, last):
        staying, candidates = np.zeros(n, dtype=np.int64), np.zeros(n, dtype=np.int64)
        found = _look(first, last, model.year, n, q.born, q.sex, q.skill, q.res_county, q.res_zone, q.sector,
                      q.participation, q.luck_work, part.reshape(-1), p.sector_reconsider_rate, rows, staying,
                      candidates)
        return rows[first:found], staying, candidates

    looked = in_parts(len(q), model.threads, looking)
    staying, candidates = summed([tallies for _, *tallies in looked])
    per_head = base.public_efficiency_per_worker * model.weight
    hire, lay_off, shares = np.empty(n), np.empty(n), np.empty((n, 2, 3, PUBLIC))
    _fill_posts(1e6 * base.public_wage_share * counties.spending_current, counties.public_wage, per_head, staying,
                candidates, p.public_hiring_cap, hire, lay_off)
    _share_sectors(counties.wage_offer, base.sector_taste,
                   p.farm_exit_trend * min(model.year - base.year, p.farm_exit_years), model.lever("sector_fusion"),
                   p.sector_choice_elasticity, shares)
    seekers = np.concatenate([found for found, *_ in looked])
    in_parts(seekers.size, model.threads, lambda first, last: _choose(
        seekers[first:last], seed, model.year, n, q.uid, q.skill, q.res_county, q.res_zone, q.sector, hire, lay_off,
        shares))


def assemble(
        n, weight, elapsed, exogenous_residents, rows_by_zone, rows_by_age, rows_by_skill, rows_by_home, rows_by_sector,
        rows_by_registration, labour_by_zone, population: Out, population_zone: Out, population_age: Out,
        population_skill: Out, residents_local: Out, residents_other_county: Out, residents_other_province: Out,
        registered: Out, registered_outside: Out, employed: Out, labour: Out) -> None:
    """Residents by kind, in persons, and efficiency labour by sector and skill for the year to come."""
    population_zone[:] = rows_by_zone * weight
    population[:] = rows_by_zone.sum(axis=1) * weight + exogenous_residents[elapsed]
    population_age[:] = rows_by_age * weight
    population_skill[:] = rows_by_skill * weight
    residents_local[:], residents_other_county[:], residents_other_province[:] = rows_by_home.T * weight
    registered[:] = rows_by_registration[:n].sum(axis=1) * weight
    registered_outside[:] = rows_by_registration[:n, n] * weight
    employed[:] = rows_by_sector * weight
    labour[:] = labour_by_zone.sum(axis=1).swapaxes(1, 2) * weight
