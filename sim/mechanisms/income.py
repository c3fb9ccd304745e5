"""Incomes: from value added to disposable income of residents, by zone (B.4 Y2-Y8).

Output and income are distinct: profits of outside owners flow out, farm rent follows registration, pensions and
remittances flow in. Sections 1, 5, 7.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.agents.persons import kept_of_wage
from sim.core.bind import InOut, Out
from sim.core.cache import either, kernel
from sim.core.declare import column, parameter
from sim.core.table import Constants
from sim.words import (
    CNY_PER_MILLION,
    COLLEGE,
    FARMING,
    INDUSTRY,
    LOCAL_SERVICES,
    MARKET_SECTORS,
    NON_FARM,
    RURAL,
    RURAL_MEMBER,
    SECTORS,
    SKILLS,
    URBAN,
)

FIRST_WAGE_RATIO = 1.3  # starting value of the search for the wage level; the result does not depend on it
LEAST_PAY = 1e-6  # million CNY; where other incomes exceed the published income, pay falls to its bound
WAGE_STEP = 0.6  # share of the gap closed per iteration; closing it fully overshoots and does not converge


@dataclass(frozen=True)
class Parameters:
    social_contribution_rate: float = parameter(
        0.08, unit="share of wage", bounds=(0.05, 0.11), source="employee contributions", confidence="medium",
        says="employee social contributions of urban workers outside farming (tw)")
    local_capital_ownership: float = parameter(
        0.4, unit="share", bounds=(0.1, 0.7), source="ranking gap between output and income per head (F.1)",
        says="share of net profits owned by residents (ko)")
    ownership_trend: float = parameter(
        0.02, unit="1/year", bounds=(0.0, 0.03), confidence="low",
        source="fitted to the rise of household income over GDP of the province, 2010-2017",
        says="yearly rise of the share of net profits owned by residents")
    ownership_trend_years: float = parameter(10.0, unit="year", bounds=(5, 15), source="2010-2020",
                                             says="years over which that share rises")
    farm_capital_ownership: float = parameter(
        0.8, unit="share", bounds=(0.5, 1.0), source="assumed", confidence="low",
        says="share of farm capital owned locally rather than by companies outside (own_A)")
    farm_household_share: float = parameter(
        0.12, unit="share", bounds=(0.05, 0.4), confidence="low",
        source="set so that farm wages and rents meet the rural survey income of 2010; the rest is state farms and "
               "agribusiness",
        says="share of farm land and capital income that reaches rural households")
    away_rent_share: float = parameter(0.5, unit="share", bounds=(0, 1), source="assumed", confidence="low",
                                       says="farm rent of an absent relative to a resident rights holder (rr)")
    property_urban_weight: float = parameter(
        4.0, unit="ratio", bounds=(1, 10), source="household survey: property income per head, urban over rural",
        confidence="low", says="property income of an urban relative to a rural adult")
    pension_replacement_urban: float = parameter(
        0.55, unit="share of mean non-farm wage", bounds=(0.3, 0.7), source="pension statistics",
        says="pension of an urban retired person")
    pension_replacement_rural: float = parameter(
        0.045, unit="share of mean non-farm wage", bounds=(0.02, 0.12), confidence="low",
        source="residents' pension in Hainan, basic part 55 CNY a month (2010), 178 (2020), with accounts (recalled)",
        says="residents' pension of a rural retired person")
    living_allowance_share: float = parameter(
        0.03, unit="share of mean non-farm wage", bounds=(0.01, 0.06), confidence="low",
        source="rural minimum living allowance, relief of the destitute and the old in Hainan, about 0.6 billion CNY "
               "in 2010 and 1.5 in 2020 (recalled), over those registered as poor",
        says="minimum living allowance and relief per resident registered as poor")
    farm_subsidy: float = parameter(
        1000.0, unit="CNY per ha", bounds=(400, 2000), confidence="low",
        source="subsidies to grain, soil, seed, machines and rubber, 70-80 CNY a mu and year (recalled)",
        says="subsidies to farmers per hectare of cultivated land, at 2020 prices")
    forest_subsidy: float = parameter(
        150.0, unit="CNY per ha", bounds=(60, 300), confidence="low",
        source="public-welfare forest, 900,000 ha of 2.1 million, at 20-28 CNY a mu and year (recalled)",
        says="payments for public-welfare forest per hectare of all forest, at 2020 prices")
    remittance_rate: float = parameter(0.20, unit="share", bounds=(0.1, 0.3), source="rural household surveys",
                                       says="share of outside labour income remitted by rural members (rem)")
    outside_income_ratio: float = parameter(
        1.25, unit="ratio", bounds=(1.0, 1.6), source="national over Hainan urban wage, about 2010 (recalled)",
        confidence="low", says="income outside relative to the mean non-farm income in Hainan in the base year")
    zone_pay_range: tuple = parameter(
        (0.3, 1.8), unit="ratio", bounds=(0.2, 3.0), confidence="low",
        source="guard: a published income beyond it would indicate an error in a county's output or population",
        says="bounds of residents' pay relative to the yield of their labour, in matching published incomes")
    zone_pay_memory: tuple = parameter(
        (1.0, 0.85), unit="1/year", bounds=(0.7, 1.0), confidence="low",
        source="chosen on incomes of five counties against the province, 2011-2017",
        says="yearly persistence of log pay over the yield of labour, by zone")
    pay_stickiness: float = parameter(
        0.9, unit="share", bounds=(0.5, 1.0), confidence="medium",
        source="what printed incomes of five counties ask of pay, on what work yields there against the province, "
               "2011-2017: 1.0 in towns and more in villages; set below one",
        says="share of a county's growth of labour yield in excess of the province's that owners retain")
    pay_catch_up: float = parameter(
        0.05, unit="1/year", bounds=(0.0, 0.2), confidence="low",
        source="assumed: no catch-up is observed within ten years, but a permanent gap is implausible",
        says="share of the accumulated gap between pay and the yield of labour closed per year")
    investment_rate_2010: float = parameter(
        0.43, unit="share of GDP", bounds=(0.35, 0.55),
        source="capital formation of the province about 2010 (recalled)",
        confidence="low", says="investment used to separate construction from industry in the base year")
    base_year_growth: float = parameter(
        0.09, unit="1/year", bounds=(0.06, 0.13), source="real growth of the province before 2010",
        says="growth rate used to estimate the previous year's flows in the base year")


class Settled(Constants):
    wage_level = column(unit="CNY per efficiency unit", says="Mean non-farm wage that reproduces survey incomes")
    farm_wage_ratio = column(unit="ratio", says="Farm wage relative to that level")
    zone_pay = column("county", "zone", unit="log", says=(
        "Pay of residents over the yield of their labour in the base year, settled on published county incomes"))
    income_gap = column(unit="log", says="Largest deviation of modelled from target incomes, by zone and county")
    investment_guess = column("county", unit="million CNY", says=(
        "Investment of the base year at the provincial rate, a first estimate"))
    mean_efficiency = column(unit="efficiency units per worker", says=(
        "Labour of a base-year worker, before zone and sector factors"))


# ---- formulas -------------------------------------------------------------------------------------------------


@either
def shared_equally(pool: float, home: float, away: float, away_weight: float) -> tuple[float, float]:
    """Payment per right at home and away: pool over (home + w away); zero without rights holders (Y3)."""
    weight = home + away_weight * away
    per = (weight > 0) * pool / np.maximum(weight, 1e-12)
    return per, away_weight * per


@either
def net_profit(to_capital: float, to_land: float, depreciation: float, capital: float) -> float:
    """Profit and rent after depreciation, never negative (Y4)."""
    return np.maximum(0.0, to_capital + to_land - depreciation * capital)


@either
def built_outside(outside: float, capital: float) -> float:
    """Share of capital built with outside funds, at most one."""
    return np.minimum(1.0, outside / np.maximum(capital, 1e-9))


@either
def behind(before: float, growth: float, of_all: float, stickiness: float, catch_up: float) -> float:
    """Log of pay over the yield of labour: its persistent part, less the retained part of relative growth (N7)."""
    return (1.0 - catch_up) * before - stickiness * (growth - of_all)


@either
def paid_above(yielded: float, over: float) -> float:
    """Pay of residents above the yield of their labour, yield x (e^w - 1); w is the log of pay over yield (F.15 R5)."""
    return yielded * (np.exp(over) - 1.0)


@either
def pension_subsidy(pensions: float, contributions: float) -> float:
    """Subsidy from budgets to balance pensions with contributions (AI22); a negative value is a surplus paid in."""
    return pensions - contributions


# ---- rules ----------------------------------------------------------------------------------------------------


def look_outside(outside_wage_growth, outside_pool_junior, outside_pool_senior, outside_pool_college,
                 outside_income: InOut, wage_index: InOut, outside_pool: Out) -> None:
    """Update income and population outside Hainan from the outlook."""
    outside_income *= 1.0 + outside_wage_growth
    wage_index *= 1.0 + outside_wage_growth
    outside_pool[:] = outside_pool_junior, outside_pool_senior, outside_pool_college


def yielded(labour_by_zone, wage, population_zone, work_yield: Out) -> None:
    """Yield of residents' labour at market wages, per resident of the zone."""
    made = np.einsum("czes,cse->cz", labour_by_zone, wage)
    work_yield[:] = made / np.maximum(population_zone, 1)


def let_pay_follow(elapsed, zone_pay, zone_pay_memory, pay_residual, work_yield, work_yield_at_start,
                   population_zone_at_start, pay_behind_at_start, pay_stickiness, pay_catch_up, pay_behind: Out,
                   pay_over_yield: Out) -> None:
    """Pay follows the yield of labour in the province, and only weakly that of the county (B.4 Y2).

    The base-year ratio of pay to yield fades at a rate of the zone; historical residuals account for the rest.
    """
    there = (work_yield > 0) & (work_yield_at_start > 0)
    growth = np.log(np.where(there, work_yield, 1.0) / np.where(there, work_yield_at_start, 1.0))
    weights = np.where(there, population_zone_at_start * work_yield_at_start, 0.0)
    of_all = (weights * growth).sum(axis=0) / np.maximum(weights.sum(axis=0), 1e-9)
    pay_behind[:] = np.where(there, behind(pay_behind_at_start, growth, of_all, pay_stickiness, pay_catch_up), 0.0)
    pay_over_yield[:] = zone_pay * np.asarray(zone_pay_memory) ** elapsed + pay_behind + pay_residual


@kernel
def pay_workers(labour_by_zone, weight, wage, pay_over_yield, social_contribution_rate, labour_income: Out,
                social_contributions: Out, pay_from_owners: Out):
    """Pay of zones in million CNY; contributions are paid on urban pay outside farming (Y2).

    Pay above the yield of labour in the county is a loss of owners outside; pay below it, a gain.
    """
    millions = weight / CNY_PER_MILLION
    for c in range(labour_income.shape[0]):
        for z in range(2):
            labour_income[c, z], insured, factor = 0.0, 0.0, np.exp(pay_over_yield[c, z])
            for s in range(SECTORS):
                paid = 0.0
                for e in range(SKILLS):
                    paid += labour_by_zone[c, z, e, s] * wage[c, s, e]
                labour_income[c, z] += paid * millions
                insured += paid * millions if s != FARMING else 0.0
            pay_from_owners[c, z] = paid_above(labour_income[c, z], pay_over_yield[c, z])
            labour_income[c, z] += pay_from_owners[c, z]
            social_contributions[c, z] = social_contribution_rate * factor * insured if z == URBAN else 0.0


@kernel
def pay_farm_rent(factor_land, factor_capital, rows_with_rights, weight, farm_household_share, farm_capital_ownership,
                  away_rent_share, farm_rent_per_right: Out, farm_rent: Out, farm_rent_away: Out):
    """Farm rent is paid to rights holders at their place of residence, in Hainan and outside (Y3)."""
    n = farm_rent.shape[0]
    farm_rent[:] = 0.0
    for h in range(n):
        pool = farm_household_share * (factor_land[h, FARMING] + farm_capital_ownership * factor_capital[h, FARMING])
        at_home = weight * (rows_with_rights[h, h, URBAN] + rows_with_rights[h, h, RURAL])
        away = weight * rows_with_rights[h].sum() - at_home
        home_pay, away_pay = shared_equally(pool, at_home, away, away_rent_share)
        farm_rent_per_right[h], farm_rent_away[h] = CNY_PER_MILLION * home_pay, 0.0
        for c in range(n + 1):
            for z in range(2):
                amount = weight * rows_with_rights[h, c, z] * (home_pay if c == h else away_pay)
                if c < n:
                    farm_rent[c, z] += amount
                else:
                    farm_rent_away[h] += amount


@kernel
def share_profits(elapsed, factor_capital, factor_land, depreciation_rate, capital, housing_income, offset_cost,
                  land_rent_paid, sea_use_fees, capital_outside, resource_due, rows_adult, property_urban_weight,
                  local_capital_ownership, ownership_trend, ownership_trend_years, pay_from_owners,
                  property_income: Out, profit_outside: Out, resource_benefit: Out):
    """Net non-farm profits go to the adults of both zones, or to owners elsewhere (Y4).

    Owners elsewhere bear the excess of pay over the yield of labour, or gain from a deficit.

    Homes are part of the capital of local services, so rents received by residents are deducted from its profit;
    industry bears its carbon offsets. Rents of village land and sea-use fees are also paid before profits are
    distributed. Profit on capital built with outside funds goes to its owners in full. Owners outside pay the shared
    resource rent, as far as they have profits (6.2).
    """
    owned = local_capital_ownership + ownership_trend * min(elapsed, ownership_trend_years)
    for c in range(profit_outside.size):
        profit, rent, paid, away = 0.0, 0.0, 0.0, 0.0
        for s in range(INDUSTRY, MARKET_SECTORS):
            made = net_profit(factor_capital[c, s], factor_land[c, s], depreciation_rate, capital[c, s])
            profit += made
            away += made * built_outside(capital_outside[c, s], capital[c, s])
            if s == LOCAL_SERVICES:
                rent = min(housing_income[c], made)
            elif s == INDUSTRY:
                paid = min(offset_cost[c], made)
        shared = max(0.0, profit - (rent + paid + land_rent_paid[c] + sea_use_fees[c]))
        urban = rows_adult[c, URBAN].sum() * property_urban_weight
        rural = rows_adult[c, RURAL].sum()
        everybody = max(urban + rural, 1.0)
        mixed = max(0.0, shared - away)
        property_income[c, URBAN] = owned * mixed * (urban / everybody) + rent
        property_income[c, RURAL] = owned * mixed * (rural / everybody)
        leaves = (1.0 - owned) * mixed + (shared - mixed)
        resource_benefit[c] = min(resource_due[c], leaves)
        profit_outside[c] = leaves - resource_benefit[c] - (pay_from_owners[c, URBAN] + pay_from_owners[c, RURAL])


@kernel
def pay_pensions(factor_wages, rows_by_sector, rows_retired, rows_poor, weight, pension_replacement_urban,
                 pension_replacement_rural, living_allowance_share, social_contributions, pension_level: Out,
                 pensions: Out, social_subsidy: Out, living_allowance: Out):
    """Pensions at a share of Hainan's mean non-farm wage, by zone; budgets cover the deficit of contributions.

    Persons registered as poor, all rural, receive the minimum living allowance of their county.
    """
    paid, employed = 0.0, 0
    for c in range(social_subsidy.size):
        for s in range(INDUSTRY, MARKET_SECTORS):
            paid += factor_wages[c, s]
            employed += rows_by_sector[c, s]
    wage = CNY_PER_MILLION * paid / max(weight * employed, 1.0)
    for c in range(social_subsidy.size):
        for z in range(2):
            replacement = pension_replacement_urban if z == URBAN else pension_replacement_rural
            pension_level[c, z] = wage * replacement
            pensions[c, z] = rows_retired[c, z] * (weight / CNY_PER_MILLION) * pension_level[c, z]
        social_subsidy[c] = pension_subsidy(pensions[c, URBAN] + pensions[c, RURAL],
                                            social_contributions[c, URBAN] + social_contributions[c, RURAL])
        living_allowance[c] = rows_poor[c] * (weight / CNY_PER_MILLION) * (living_allowance_share * wage)


@kernel
def support_farms(land_cultivated, land_forest, land_forest_park, rows_by_zone, farm_subsidy, forest_subsidy,
                  farm_support: Out):
    """Subsidies by cultivated and forest land, in counties with rural residents."""
    for c in range(farm_support.size):
        amount = farm_subsidy * land_cultivated[c] + forest_subsidy * (land_forest[c] + land_forest_park[c])
        farm_support[c] = amount / CNY_PER_MILLION if rows_by_zone[c, RURAL] > 0 else 0.0


def send_remittances(n, weight, rows_working_outside, rows_by_zone, outside_income, remittance_rate,
                     remittances: Out) -> None:
    """Rural members working outside Hainan remit part of their earnings to their villages (Y6)."""
    members = rows_working_outside[:n, RURAL_MEMBER, 1:] * float(weight)  # aged 18 and over, by skill
    sent = remittance_rate * np.einsum("he,e->h", members, outside_income) / CNY_PER_MILLION
    remittances[:, RURAL] = sent * (rows_by_zone[:, RURAL] > 0)


@kernel
def add_up(labour_income, social_contributions, farm_rent, property_income, pensions, remittances, living_allowance,
           farm_support, collective_land_income, carbon_income, talent_relief, disposable_income: Out):
    """Disposable income of residents by zone; rural residents also receive village land and sink income and subsidies.

    Wages are net of taxes, so the tax relief for talent is added.
    """
    for c in range(disposable_income.shape[0]):
        for z in range(2):
            disposable_income[c, z] = (labour_income[c, z] - social_contributions[c, z] + farm_rent[c, z]
                                       + property_income[c, z] + pensions[c, z] + remittances[c, z]
                                       + talent_relief[c, z])
        disposable_income[c, RURAL] += (collective_land_income[c] + carbon_income[c] + living_allowance[c]
                                        + farm_support[c])


@kernel
def expect(active, rows_at_work, rows_adult, weight, share_smoothing, wage_offer, pay_over_yield,
           efficiency_by_zone, mean_efficiency, social_contribution_rate, property_income, farm_rent, remittances,
           farm_support, collective_land_income, carbon_income, talent_relief_share, income_skill: Out):
    """Mean income of an adult by zone and skill: offered pay weighted by the sectors of its workers, tax relief for
    talent, and other income of an adult (M8); poverty relief is not counted.

    Small cells are shrunk towards the sector structure of the province.
    """
    n, zones, skills, sectors = rows_at_work.shape
    shrinkage, prior = share_smoothing * weight, np.empty(sectors)
    for z in range(zones):
        for e in range(skills):
            everywhere = 0.0
            for s in range(sectors):
                prior[s] = 0.0
                for c in range(n):
                    prior[s] += weight * rows_at_work[c, z, e, s]
                everywhere += prior[s]
            for c in range(n):
                all_sectors, pay, beside, factor = 0.0, 0.0, property_income[c, z], np.exp(pay_over_yield[c, z])
                for s in range(sectors):
                    all_sectors += weight * rows_at_work[c, z, e, s] + shrinkage * (prior[s] / max(everywhere, 1.0))
                for s in range(sectors):
                    mix = weight * rows_at_work[c, z, e, s] + shrinkage * (prior[s] / max(everywhere, 1.0))
                    pay += mix / all_sectors * wage_offer[c, s, e] * factor * (
                        efficiency_by_zone[z, s] * kept_of_wage(social_contribution_rate, z, s))
                if e == COLLEGE:
                    pay *= 1.0 + talent_relief_share[c, z]
                if z == RURAL:
                    beside += farm_rent[c, z] + remittances[c, z] + farm_support[c] + (
                        collective_land_income[c] + carbon_income[c])
                heads = max(weight * rows_adult[c, z].sum(), 1.0)
                income_skill[c, z, e] = (pay * mean_efficiency + CNY_PER_MILLION * beside / heads) if active[c] else 1.0


# ---- rules of the base year -----------------------------------------------------------------------------------


def guess_investment(branch_value_added, investment_rate_2010, investment_guess: Out) -> None:
    """First estimate of base-year investment, at the provincial rate, by output."""
    investment_guess[:] = investment_rate_2010 * branch_value_added.sum(axis=1)


def start_wages(survey_income, public_wage_ratio, wage_level: Out, farm_wage_ratio: Out, zone_pay: Out,
                public_wage: Out, service_index: Out) -> None:
    """Initial values of the base year: wages near the survey income, services at the mean everywhere."""
    wage_level[...] = FIRST_WAGE_RATIO * survey_income[URBAN]
    farm_wage_ratio[...] = survey_income[RURAL] / survey_income[URBAN]
    zone_pay[:] = 0.0
    public_wage[:] = public_wage_ratio * wage_level
    service_index[:] = 1.0


def start_pay(zone_pay, pay_behind: Out, pay_over_yield: Out) -> None:
    """Pay over the yield of labour in the base year, the starting point of its dynamics."""
    pay_behind[:], pay_over_yield[:] = 0.0, zone_pay


def settle_efficiency(rows_at_work, labour_by_zone, efficiency_by_zone, mean_efficiency: Out) -> None:
    """Labour of a base-year worker, before zone and sector factors."""
    weighted = np.einsum("czes,zs->", rows_at_work.astype(float), efficiency_by_zone)
    mean_efficiency[...] = labour_by_zone.sum() / max(weighted, 1.0)


def settle_wages(survey_income, income_known, zone_pay_range, population_zone, disposable_income, labour_income,
                 social_contributions, wage_level: InOut, farm_wage_ratio: InOut, zone_pay: InOut,
                 income_gap: Out) -> None:
    """One iteration towards survey incomes of the base year: provincial incomes by wage levels, published county
    incomes by residents' pay over the yield of their labour.
    """
    kept = labour_income - social_contributions
    known = np.isfinite(income_known) & (kept > 0)
    printed = np.where(known, income_known, 0.0) * population_zone / CNY_PER_MILLION
    wanted = printed - (disposable_income - kept)
    step = np.log(np.maximum(np.where(known, wanted, 1.0), LEAST_PAY) / np.where(known, kept, 1.0))
    low, high = np.log(zone_pay_range)
    asked = np.where(known, zone_pay + WAGE_STEP * step, zone_pay)
    zone_pay[:] = np.clip(asked, low, high)
    free = known & (low < asked) & (asked < high)
    missed = np.log(np.where(free, printed, 1.0) / np.where(free, disposable_income, 1.0))
    people = population_zone.sum(axis=0)
    made = CNY_PER_MILLION * disposable_income.sum(axis=0) / np.maximum(people, 1)
    gap = survey_income / made
    step = gap**WAGE_STEP
    farm = wage_level * farm_wage_ratio
    wage_level *= step[URBAN]
    farm_wage_ratio[...] = farm * step[RURAL] / wage_level
    income_gap[...] = max(np.abs(np.log(gap)).max(), np.abs(missed).max())


def settle_outside(rows_at_work, weight, wage, labour, outside_income_ratio, outside_income: Out, outside_pool: Out,
                   wage_index: Out) -> None:
    """Income outside Hainan by skill in the base year, derived from the mean non-farm income here."""
    workers = rows_at_work[:, :, :, NON_FARM].sum(axis=(0, 1, 3)) * float(weight)
    pay = np.einsum("cse,cse->e", wage[:, NON_FARM], labour[:, NON_FARM])
    outside_income[:] = outside_income_ratio * pay / np.maximum(workers, 1)
    outside_pool[:] = 1.0
    wage_index[...] = 1.0
