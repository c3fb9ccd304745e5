"""County budgets: spending in a fixed order, borrowing for public works, the debt warning light (B.5 F11-F14).

Money in million CNY at 2020 prices. Sections 7, 8.2, 8.3.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.core.bind import InOut, Out
from sim.core.cache import either, kernel
from sim.core.declare import parameter
from sim.indicators import lights
from sim.words import CNY_PER_MILLION

Floats = NDArray[np.float64]
SWITCHED_ON = 0.5  # threshold of a lever that is either on or off
ROUNDING = 1e-12  # tolerance for rounding in a debt ratio
LEAST_FUND = 1e-9  # million CNY; avoids division by zero in a province without land sales


@dataclass(frozen=True)
class Parameters:
    service_spending_share: float = parameter(
        0.55, unit="share", bounds=(0.45, 0.7), source="functions of county spending 2011-2019",
        says="share of spending above the floor that goes to public services (sv)")
    service_weights: tuple = parameter(
        (0.30, 0.30, 0.10, 0.30), unit="share", bounds=(0.05, 0.5), source="functions of county spending 2011-2019",
        says="education, health, culture, social security in service spending and in the service index (w_k)")
    three_guarantees_floor: float = parameter(
        0.40, unit="share", bounds=(0.3, 0.6), source="assumed: basic livelihood, wages and operation",
        confidence="low",
        says="floor per person against last year's mean county spending per standard user (G0)")
    ecology_spending_share: float = parameter(0.03, unit="share", bounds=(0.0, 0.06), source="functions 2011-2019",
                                              says="share of resources spent on ecology (e0)")
    ecology_transfer_propensity: float = parameter(0.5, unit="share", bounds=(0.2, 1.0), source="assumed",
                                                   confidence="low",
                                                   says="ecology transfers and compensation spent on ecology (mpe)")
    eco_stake_response: float = parameter(0.5, unit="ratio", bounds=(0.0, 1.0), source="assumed", confidence="low",
                                          says="ecology spending per money at stake in a county's water tests (st)")
    capital_spending_target: float = parameter(
        0.11, unit="share of GDP", bounds=(0.04, 0.15), source="provincial accounts",
        says="capital spending a county plans, without special bonds (ck)")
    special_bond_ratio: float = parameter(
        1.25, unit="ratio", bounds=(0.8, 1.6), confidence="medium",
        source="special debt of Hainan's counties grew by 4.0 % of provincial GDP in 2021 (provincial budget), the "
               "nation's quota was 3.2 % of national GDP",
        says="projects open to special bonds over GDP in Hainan's counties, against the nation")
    debt_supply_steepness: float = parameter(
        4.0, unit="elasticity", bounds=(2.0, 8.0),
        source="assumed: half of the amount requested is granted at the limit",
        confidence="low",
        says="steepness with which the share granted by lenders and the province falls around the debt limit")
    debt_repayment: float = parameter(0.08, unit="1/year", bounds=(0.05, 0.12), source="bond terms",
                                      says="share of debt repaid a year (rep)")
    debt_interest: float = parameter(0.035, unit="1/year", bounds=(0.025, 0.05), source="bond coupons",
                                     says="interest on debt (rB)")
    base_debt_ratio: float = parameter(0.8, unit="share of resources", bounds=(0.3, 1.0),
                                       source="provincial debt 2018 carried back", confidence="low",
                                       says="debt over resources in the base year")
    leverage_thresholds: tuple = parameter(lights.BY_NAME["leverage"].borders, unit="ratio", bounds=(1.0, 4.0),
                                           source="usual classes",
                                           says="debt ratio at which the light turns yellow, orange, red")
    leverage_room: tuple = parameter((1.0, 0.7, 0.4, 0.0), unit="share", bounds=(0.0, 1.0), source="scenario",
                                     confidence="low",
                                     says="share of the borrowing limit granted under green, yellow, orange, red (rk)")
    social_capital_share: float = parameter(0.25, unit="share", bounds=(0.1, 0.4), source="assumed", confidence="low",
                                            says="share of capital spending that builds public services (kS)")
    training_cost: float = parameter(5000.0, unit="CNY per person", bounds=(2000, 10000), source="assumed",
                                     confidence="low", says="cost of a training course (ctr)")


# ---- formulas -------------------------------------------------------------------------------------------------


@either
def light(leverage: float, thresholds: Floats) -> int:
    """The debt light (F14): 0 green, 1 yellow, 2 orange, 3 red; a ratio at a threshold takes the more severe colour.

    A county that has borrowed up to its ceiling lies on a threshold, up to rounding.
    """
    colour = 0
    for threshold in thresholds:
        colour = colour + (leverage >= threshold * (1.0 - ROUNDING))
    return colour


@either
def owed_over(debt: float, resources: float) -> float:
    """Debt over the resources of a year; 0 where there are none."""
    return np.where(resources > 0, debt / np.maximum(resources, 1e-9), 0.0)


@either
def granted_share(leverage: Floats, thresholds: Floats, by_light: Floats) -> Floats:
    """Share of its request that a county may borrow under its debt light (F14); `by_light` from green to red."""
    return np.asarray(by_light)[light(leverage, thresholds)]


@either
def offered_share(leverage: Floats, limit: float, steepness: float) -> Floats:
    """Share of a county's request that lenders and the province grant (F13): 1 / (1 + (leverage / limit)^k).

    All of it without debt, half of it at the limit, less beyond: credit becomes scarcer gradually, without a hard stop.
    """
    return 1.0 / (1.0 + (np.maximum(0.0, leverage) / limit) ** steepness)


@either
def special_projects(ratio: float, gdp: Floats, fund: Floats) -> Floats:
    """Projects open to special bonds, million CNY: a share of the province's GDP, distributed by fund revenue.

    Special bonds are repaid from land and other fund revenue, so counties with such revenue are granted them.
    """
    able = np.maximum(0.0, fund)
    return ratio * gdp.sum() * able / np.maximum(able.sum(), LEAST_FUND)


@either
def new_debt(plan: Floats, own_funds: Floats, granted: Floats | float) -> Floats:
    """New = granted max(0, plan - own funds) (F13): million CNY, `granted` a share."""
    return granted * np.maximum(0.0, plan - own_funds)


@either
def split_budget(resources: Floats, first: Floats, floor: Floats, service_share: float, ecology: Floats,
                 training: Floats) -> tuple[Floats, Floats, Floats, Floats, Floats, Floats]:
    """Spending in order of priority (F12): interest and repayment, floor, services, training and ecology, public works.

    Later items are cut first. Returns floor, services, training, ecology, public works and the shortfall on the first
    two.
    """
    left = resources - first
    paid_floor = np.minimum(np.maximum(floor, 0.0), np.maximum(left, 0.0))
    lacking = np.maximum(0.0, first + floor - resources)
    above = np.maximum(0.0, left - paid_floor)
    services = service_share * above
    rest = above - services
    paid_training = np.minimum(training, rest)
    paid_ecology = np.minimum(ecology, rest - paid_training)
    works = rest - paid_training - paid_ecology
    return paid_floor, services, paid_training, paid_ecology, works, lacking


@either
def ecology_claim(resources: Floats, transfers: Floats, stake: Floats, sinks: Floats, base: float, propensity: float,
                  response: float) -> Floats:
    """ec = e0 R + mpe (ecology transfer and compensation) + st stake + sink revenue (E6)."""
    return base * resources + propensity * transfers + response * stake + sinks


@either
def bought(current: Floats, wage_share: Floats) -> Floats:
    """Current spending that is not pay of public staff, million CNY."""
    return np.maximum(0.0, 1.0 - wage_share) * current


# ---- rules ----------------------------------------------------------------------------------------------------


def settle(own_revenue, transfers, base_debt_ratio, debt: Out, cash: Out) -> None:
    """Debt and cash of the base year."""
    debt[:] = base_debt_ratio * (own_revenue + transfers)
    cash[:] = 0.0


def gather(own_revenue, transfers, horizontal_enclave, water_received, water_paid, water_award, carbon_budget,
           land_revenue, sea_use_fees, land_rent_county, horizontal_quota, horizontal_compensation,
           spending_reclamation, quota_proceeds_paid, resource_benefit, budget_resources: Out,
           fund_resources: Out) -> None:
    """Resources of a county this year, on its two accounts.

    The general budget takes in net payments between counties for water and enclaves, water awards, and the county's
    share of carbon-sink revenue and resource rent. The fund account provides for public works the proceeds of land
    sales, fees, rents and horizontal payments, less reclamation and payments to villages and state farms (F11).
    """
    budget_resources[:] = own_revenue + transfers + horizontal_enclave + (
        water_received - water_paid + water_award + carbon_budget) + resource_benefit
    fund_resources[:] = (land_revenue + sea_use_fees + land_rent_county + horizontal_quota + horizontal_compensation
                         - spending_reclamation - quota_proceeds_paid)


def share_out(budget_resources, debt, living_allowance, unit_cost, standard_heads, earmark_repair, earmark_projects,
              transfer_ecology, water_received, water_award, water_stake, carbon_budget, trained, svc_share,
              service_spending_share, service_weights, three_guarantees_floor, ecology_spending_share,
              ecology_transfer_propensity, eco_stake_response, training_cost, debt_interest, debt_repayment,
              transfer_aid,
              interest: Out, repayment: Out, guarantees_due: Out, spending_floor: Out, spending_services: Out,
              spending_training: Out, spending_ecology: Out, money_for_works: Out, money_lacking: Out) -> None:
    """Allocate the general budget in order of priority (F12), with the rest for public works and any shortfall.

    The living allowance is the first of the three guarantees and, like debt service, is statutory. Transfers earmarked
    for coastal restoration go to ecology, those for major projects to public works, partner aid to services.
    """
    interest[:], repayment[:] = debt_interest * debt, debt_repayment * debt
    guarantees_due[:] = np.maximum(0.0, three_guarantees_floor * unit_cost * standard_heads - living_allowance)
    free = budget_resources - earmark_repair - earmark_projects
    claim = ecology_claim(free, transfer_ecology + water_received + water_award, water_stake, carbon_budget,
                          ecology_spending_share, ecology_transfer_propensity, eco_stake_response)
    served = min(1.0, service_spending_share + svc_share)
    spending_floor[:], services, spending_training[:], ecology, works, money_lacking[:] = split_budget(
        free, interest + repayment + living_allowance, guarantees_due, served, claim,
        training_cost * trained / CNY_PER_MILLION)
    spending_services[:] = (services + transfer_aid)[:, None] * service_weights
    spending_ecology[:] = ecology + earmark_repair
    money_for_works[:] = works + earmark_projects


def build_and_borrow(gdp, budget_resources, fund_resources, money_for_works, money_lacking, guarantees_due,
                     earmark_projects, interest, repayment, living_allowance, spending_services, spending_training,
                     spending_ecology, special_bonds, special_bond_ratio, lev_warning, debt_ceiling,
                     debt_supply_steepness, leverage_thresholds, leverage_room, capital_spending_target,
                     social_capital_share, transfer_aid, spending_floor: InOut, spending_capital: Out,
                     spending_public_works: Out,
                     spending_current: Out, transfer_emergency: Out, capital_plan: Out, borrowing: Out, debt: InOut,
                     cash: InOut) -> None:
    """Finance public works from own funds and new debt; shortfalls of the budget and of the fund account are met from
    these first, then by the province (F13).

    A county plans works in proportion to its output, plus projects eligible for special bonds.
    """
    whole, for_works = budget_resources + fund_resources, money_for_works + fund_resources
    own_funds, short = np.maximum(0.0, for_works), money_lacking + np.maximum(0.0, -for_works)
    leverage = owed_over(debt, whole)
    granted = offered_share(leverage, debt_ceiling, debt_supply_steepness) * (
        granted_share(leverage, leverage_thresholds, leverage_room) if lev_warning > SWITCHED_ON else 1.0)
    capital_plan[:] = capital_spending_target * gdp + special_projects(special_bond_ratio * special_bonds, gdp,
                                                                       fund_resources)
    borrowing[:] = new_debt(capital_plan, own_funds, granted)
    covered = np.minimum(short, np.maximum(0.0, own_funds - earmark_projects) + borrowing)
    transfer_emergency[:] = short - covered
    spending_floor[:] = np.where(short > 0, guarantees_due, spending_floor)
    spending_capital[:] = own_funds + borrowing - covered
    spending_public_works[:] = (1.0 - social_capital_share) * spending_capital
    spending_current[:] = spending_floor + spending_services.sum(axis=1)
    used = interest + repayment + living_allowance + spending_current + spending_training + spending_ecology + (
        spending_capital)
    cash += whole + transfer_aid + transfer_emergency + borrowing - used
    debt += borrowing - repayment


def buy(spending_current, spending_training, spending_ecology, programmes_here, public_wage_share,
        public_purchases: Out) -> None:
    """Public purchases: current spending other than staff pay, training, ecology and provincial programmes here.

    Where the pay of staff exceeds county spending, the province pays some of them (Haikou).
    """
    public_purchases[:] = bought(spending_current, public_wage_share) + (
        spending_training + spending_ecology + programmes_here)


@kernel
def show_lights(debt, budget_resources, fund_resources, active, leverage_thresholds, leverage_light: InOut,
                leverage_yellow: Out, leverage_orange: Out, leverage_red: Out):
    """Debt lights from the debt at the end of the year, and the number of counties of each colour (F14)."""
    counts = np.zeros(leverage_thresholds.size + 1, dtype=np.int64)
    for c in range(debt.size):
        if active[c]:
            owed = owed_over(debt[c], budget_resources[c] + fund_resources[c])
            leverage_light[c] = light(owed, leverage_thresholds)
            counts[leverage_light[c]] += 1
    leverage_yellow[()], leverage_orange[()], leverage_red[()] = counts[1], counts[2], counts[3]
