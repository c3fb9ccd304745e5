"""Incomes: from value added to what residents can spend, by zone (B.4 Y2-Y8).

Output and income are kept apart: profits of outside owners leave, farm rent follows registration, pensions and
remittances come in. Sections 1, 5, 7.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.agents.persons import kept_of_wage, zone_efficiency
from sim.core.bind import InOut, Out
from sim.core.cache import either, kernel
from sim.core.declare import column, parameter
from sim.core.table import Constants
from sim.words import FARMING, INDUSTRY, LOCAL_SERVICES, MARKET_SECTORS, NON_FARM, RURAL, URBAN

FIRST_WAGE_RATIO = 1.3  # where the search for the wage level starts; the result does not depend on it
WAGE_STEP = 0.6  # part of the gap that a round of the search closes; the whole would overshoot, so rounds would not end


@dataclass(frozen=True)
class Parameters:
    social_contribution_rate: float = parameter(
        0.08, unit="share of wage", bounds=(0.05, 0.11), source="employee contributions", confidence="medium",
        says="employee social contributions of urban workers outside farming (tw)")
    local_capital_ownership: float = parameter(
        0.4, unit="share", bounds=(0.1, 0.7), source="ranking gap between output and income per head (F.1)",
        says="share of net profits that residents own (ko)")
    ownership_trend: float = parameter(
        0.02, unit="1/year", bounds=(0.0, 0.03), confidence="low",
        source="fitted to the rise of household income over GDP of the province, 2010-2017",
        says="yearly rise of the share of net profits that residents own")
    ownership_trend_years: float = parameter(10.0, unit="year", bounds=(5, 15), source="2010-2020",
                                             says="years over which that share rises")
    farm_capital_ownership: float = parameter(
        0.8, unit="share", bounds=(0.5, 1.0), source="assumed", confidence="low",
        says="share of farm capital owned on the spot rather than by companies outside (own_A)")
    farm_household_share: float = parameter(
        0.12, unit="share", bounds=(0.05, 0.4), confidence="low",
        source="set so that farm wages and rents meet the rural survey income of 2010; the rest is state farms and "
               "agribusiness",
        says="share of farm land and capital income that reaches rural households")
    away_rent_share: float = parameter(0.5, unit="share", bounds=(0, 1), source="assumed", confidence="low",
                                       says="farm rent of a rights holder who lives elsewhere against one at home (rr)")
    property_urban_weight: float = parameter(
        4.0, unit="ratio", bounds=(1, 10), source="household survey: property income per head, urban over rural",
        confidence="low", says="property income of an urban adult against a rural adult")
    pension_replacement_urban: float = parameter(
        0.55, unit="share of mean non-farm wage", bounds=(0.3, 0.7), source="pension statistics",
        says="pension of an urban retired person")
    pension_replacement_rural: float = parameter(
        0.05, unit="share of mean non-farm wage", bounds=(0.02, 0.12), source="pension statistics",
        says="pension and minimum-living top-up of a rural retired person")
    remittance_rate: float = parameter(0.20, unit="share", bounds=(0.1, 0.3), source="rural household surveys",
                                       says="share of outside labour income sent home by rural members (rem)")
    outside_income_ratio: float = parameter(
        1.25, unit="ratio", bounds=(1.0, 1.6), source="national over Hainan urban wage, about 2010 (recalled)",
        confidence="low", says="income outside against the mean non-farm income in Hainan in the base year")
    investment_rate_2010: float = parameter(
        0.43, unit="share of GDP", bounds=(0.35, 0.55),
        source="capital formation of the province about 2010 (recalled)",
        confidence="low", says="investment by which construction is told from industry in the base year")
    base_year_growth: float = parameter(
        0.09, unit="1/year", bounds=(0.06, 0.13), source="real growth of the province before 2010",
        says="growth with which last year's flows are guessed in the base year")


class Settled(Constants):
    wage_level = column(unit="CNY per efficiency unit", says="Mean wage outside farming that meets survey incomes")
    farm_wage_ratio = column(unit="ratio", says="Wage in farming against that level")
    income_gap = column(unit="log", says="Largest gap between incomes made and those of the surveys, by zone")
    investment_guess = column("county", unit="million CNY", says=(
        "Investment of the base year at the provincial rate, before there is a better one"))
    mean_efficiency = column(unit="efficiency units per worker", says=(
        "Labour of a worker of the base year, zone and sector apart"))


# ---- formulas -------------------------------------------------------------------------------------------------


@either
def shared_equally(pool, home, away, away_weight):
    """Payment per right at home and away: pool over (home + w away); zero where nobody holds a right (Y3)."""
    weight = home + away_weight * away
    per = (weight > 0) * pool / np.maximum(weight, 1e-12)
    return per, away_weight * per


@either
def net_profit(taxes, al, ga, value, depreciation, capital):
    """Profit and rent after depreciation, never negative (Y4)."""
    return np.maximum(0.0, (1.0 - taxes) * (al + ga) * value - depreciation * capital)


@either
def pension_subsidy(pensions, contributions):
    """What budgets add to contributions so that pensions are paid (AI22); negative is a surplus handed up."""
    return pensions - contributions


@kernel
def _pay_workers(labour, wage, millions, contribution, income, contributions):
    """Wages of zones in million CNY; contributions are paid on urban wages outside farming."""
    for c in range(labour.shape[0]):
        for z in range(2):
            income[c, z], insured = 0.0, 0.0
            for s in range(labour.shape[2]):
                paid = 0.0
                for e in range(labour.shape[3]):
                    paid += labour[c, z, s, e] * wage[c, s, e]
                income[c, z] += paid * millions
                insured += paid * millions if s != FARMING else 0.0
            if z == URBAN:
                contributions[c, z] = contribution * insured


@kernel
def _share_profits(taxes, al, ga, value, depreciation, capital, rents, offsets, land_rent, sea_fees, adults,
                   urban_weight, owned, property_income, profit_outside):
    """Net profits outside farming reach the adults of both zones, or owners elsewhere.

    Homes are part of the capital of local services: rents that residents receive come out of its profit; what industry
    spends on carbon offsets comes out of its own. So are the rents of village land and the fees of the sea: they are
    paid before profits are shared.
    """
    for c in range(rents.size):
        profit, rent, paid = 0.0, 0.0, 0.0
        for s in range(INDUSTRY, al.shape[1]):
            made = net_profit(taxes[c, s], al[c, s], ga[c, s], value[c, s], depreciation, capital[c, s])
            profit += made
            if s == LOCAL_SERVICES:
                rent = min(rents[c], made)
            elif s == INDUSTRY:
                paid = min(offsets[c], made)
        shared = max(0.0, profit - (rent + paid + land_rent[c] + sea_fees[c]))
        urban = (adults[c, URBAN, 0] + adults[c, URBAN, 1]) * urban_weight
        rural = adults[c, RURAL, 0] + adults[c, RURAL, 1]
        everybody = max(urban + rural, 1.0)
        property_income[c, URBAN] = owned * shared * (urban / everybody) + rent
        property_income[c, RURAL] = owned * shared * (rural / everybody)
        profit_outside[c] = (1.0 - owned) * shared


@kernel
def _pay_rights(pool, rights, weight, away_weight, per_right, paid, paid_away):
    """What rights [registered, resident and outside, zone] are paid where their holders live, and outside Hainan."""
    n = rights.shape[0]
    paid[:] = 0.0
    for h in range(n):
        at_home = weight * (rights[h, h, URBAN] + rights[h, h, RURAL])
        away = weight * rights[h].sum() - at_home
        home_pay, away_pay = shared_equally(pool[h], at_home, away, away_weight)
        per_right[h], paid_away[h] = 1e6 * home_pay, 0.0
        for c in range(n + 1):
            for z in range(2):
                amount = weight * rights[h, c, z] * (home_pay if c == h else away_pay)
                if c < n:
                    paid[c, z] += amount
                else:
                    paid_away[h] += amount


@kernel
def _pay_retired(bill, workers, retired, weight, replacement, contributions, level, pensions, subsidy):
    """Pensions at a part of the mean non-farm wage of all Hainan by zone; budgets add what contributions lack."""
    paid, employed = 0.0, 0
    for c in range(retired.shape[0]):
        for s in range(INDUSTRY, MARKET_SECTORS):
            paid += bill[c, s]
            employed += workers[c, s]
    wage = 1e6 * paid / max(weight * employed, 1.0)
    for c in range(retired.shape[0]):
        for z in range(2):
            level[c, z] = wage * replacement[z]
            pensions[c, z] = retired[c, z] * (weight / 1e6) * level[c, z]
        subsidy[c] = pension_subsidy(pensions[c, URBAN] + pensions[c, RURAL],
                                     contributions[c, URBAN] + contributions[c, RURAL])


@kernel
def _mean_income(workers, weight, shrinkage, offer, factor, efficiency, contribution, beside, adults, income):
    """Pay offered per worker of a zone and skill, over sectors as they work, and what an adult has beside it (M8).

    Small cells have in part the sectors of the province.
    """
    n, zones, skills, sectors = workers.shape
    prior = np.empty(sectors)
    for z in range(zones):
        for e in range(skills):
            everywhere = 0.0
            for s in range(sectors):
                prior[s] = 0.0
                for c in range(n):
                    prior[s] += weight * workers[c, z, e, s]
                everywhere += prior[s]
            for c in range(n):
                all_sectors, pay = 0.0, 0.0
                for s in range(sectors):
                    all_sectors += weight * workers[c, z, e, s] + shrinkage * (prior[s] / max(everywhere, 1.0))
                for s in range(sectors):
                    mix = weight * workers[c, z, e, s] + shrinkage * (prior[s] / max(everywhere, 1.0))
                    pay += mix / all_sectors * offer[c, s, e] * (factor[z, s] * kept_of_wage(contribution, z, s))
                heads = max(weight * (adults[c, z, 0] + adults[c, z, 1]), 1.0)
                income[c, z, e] = pay * efficiency + 1e6 * beside[c, z] / heads


# ---- verbs ----------------------------------------------------------------------------------------------------


def distribute(model) -> None:
    """Wages, farm rent, property, pensions and remittances reach residents; what is left leaves."""
    p, base, counties, people = model.parameters, model.base, model.counties, model.people
    w, n = model.weight, model.n
    _pay_workers(people.labour, counties.wage, w / 1e6, p.social_contribution_rate, counties.labour_income,
                 counties.social_contributions)
    _pay_farm_rent(model)
    owned = p.local_capital_ownership + p.ownership_trend * min(model.year - base.year, p.ownership_trend_years)
    _share_profits(counties.tax_rate, base.share_capital, base.share_land, counties.value_added, p.depreciation_rate,
                   counties.capital, counties.housing_income, counties.offset_cost, counties.land_rent_paid,
                   counties.sea_use_fees, people.adults, p.property_urban_weight, owned, counties.property_income,
                   counties.profit_outside)
    _pay_pensions(model)
    sent = p.remittance_rate * np.einsum("he,e->h", people.outside_workers[:n, 1, 1:] * float(w),
                                         model.outside.outside_income) / 1e6
    counties.remittances[:, RURAL] = sent * (people.by_zone[:, RURAL] > 0)
    counties.disposable_income[:] = (
        counties.labour_income - counties.social_contributions + counties.farm_rent + counties.property_income
        + counties.pensions + counties.remittances)
    counties.disposable_income[:, RURAL] += counties.collective_land_income + counties.carbon_income
    _expect_incomes(model)


def _pay_farm_rent(model) -> None:
    p, counties, people = model.parameters, model.counties, model.people
    pool = p.farm_household_share * (
        counties.factor_land[:, FARMING] + p.farm_capital_ownership * counties.factor_capital[:, FARMING])
    _pay_rights(pool, people.rights, model.weight, p.away_rent_share, counties.farm_rent_per_right, counties.farm_rent,
                counties.farm_rent_away)


def _pay_pensions(model) -> None:
    p, counties, people = model.parameters, model.counties, model.people
    _pay_retired(counties.factor_wages, people.by_sector, people.retired, model.weight,
                 (p.pension_replacement_urban, p.pension_replacement_rural), counties.social_contributions,
                 counties.pension_level, counties.pensions, counties.social_subsidy)


def _expect_incomes(model) -> None:
    """Mean income of an adult of each zone and skill: labour income and the zone's other income per adult (M8)."""
    p, counties, people, w = model.parameters, model.counties, model.people, model.weight
    beside = counties.property_income.copy()
    beside[:, RURAL] += (counties.farm_rent[:, RURAL] + counties.remittances[:, RURAL]
                         + counties.collective_land_income + counties.carbon_income)
    _mean_income(people.by_sector_zone, w, p.share_smoothing * w, counties.wage_offer, zone_efficiency(p),
                 model.base.mean_efficiency, p.social_contribution_rate, beside, people.adults, counties.income_skill)
    counties.income_skill[~model.active] = 1.0


def guess_investment(branch_value_added, investment_rate_2010, investment_guess: Out) -> None:
    """Investment of the base year at the provincial rate, by output, while it is not known."""
    investment_guess[:] = investment_rate_2010 * branch_value_added.sum(axis=1)


def start_wages(survey_income, public_wage_ratio, wage_level: Out, farm_wage_ratio: Out, public_wage: Out,
                service_index: Out) -> None:
    """First guesses of the base year: wages near the survey income, services everywhere at the mean."""
    wage_level[...] = FIRST_WAGE_RATIO * survey_income[URBAN]
    farm_wage_ratio[...] = survey_income[RURAL] / survey_income[URBAN]
    public_wage[:] = public_wage_ratio * wage_level
    service_index[:] = 1.0


def settle_efficiency(model) -> None:
    """Labour of a worker of the base year, zone and sector apart."""
    people = model.people
    weighted = np.einsum("czes,zs->", people.by_sector_zone.astype(float), zone_efficiency(model.parameters))
    model.base.mean_efficiency = people.labour.sum() / max(weighted, 1.0)


def settle_wages(survey_income, population_zone, disposable_income, wage_level: InOut, farm_wage_ratio: InOut,
                 income_gap: Out) -> None:
    """Move the wage levels of the base year towards those at which survey incomes are met."""
    people = population_zone.sum(axis=0)
    made = 1e6 * disposable_income.sum(axis=0) / np.maximum(people, 1)
    gap = survey_income / made
    step = gap**WAGE_STEP
    farm = wage_level * farm_wage_ratio
    wage_level *= step[URBAN]
    farm_wage_ratio[...] = farm * step[RURAL] / wage_level
    income_gap[...] = np.abs(np.log(gap)).max()


def settle_outside(model) -> None:
    """Income outside Hainan by skill in the base year, from the mean non-farm income here."""
    p, counties, people, w = model.parameters, model.counties, model.people, model.weight
    workers = people.by_sector_zone[:, :, :, NON_FARM].sum(axis=(0, 1, 3)) * float(w)
    pay = np.einsum("cse,cse->e", counties.wage[:, NON_FARM], counties.labour[:, NON_FARM])
    model.outside.outside_income[:] = p.outside_income_ratio * pay / np.maximum(workers, 1)
    model.outside.outside_pool[:] = 1.0
    model.outside.wage_index[...] = 1.0


def look_outside(outside_wage_growth, outside_pool_junior, outside_pool_senior, outside_pool_college,
                 outside_income: InOut, wage_index: InOut, outside_pool: Out) -> None:
    """Income and population outside Hainan follow the outlook."""
    outside_income *= 1.0 + outside_wage_growth
    wage_index *= 1.0 + outside_wage_growth
    outside_pool[:] = outside_pool_junior, outside_pool_senior, outside_pool_college
