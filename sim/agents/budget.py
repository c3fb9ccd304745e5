"""What a county decides: its budget, what it borrows for works, the light its debt stands under (B.5 F11-F14).

The budget follows a fixed order. Money in million CNY at 2020 prices. Sections 7, 8.2, 8.3.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.core.cache import either, kernel
from sim.core.declare import parameter
from sim.indicators import lights

WRITES = (
    "counties.budget_resources", "counties.spending_floor", "counties.spending_services", "counties.spending_training",
    "counties.spending_ecology", "counties.spending_capital", "counties.spending_public_works",
    "counties.spending_current", "counties.fund_resources", "counties.interest", "counties.borrowing",
    "counties.repayment", "counties.debt",
    "counties.cash", "counties.leverage_light", "counties.transfer_emergency", "account.province_balance",
    "account.unit_cost", "account.leverage_yellow", "account.leverage_orange", "account.leverage_red",
)
ROUNDING = 1e-12


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
                                          says="ecology spending per money that depends on a county's tests (st)")
    capital_spending_target: float = parameter(
        0.11, unit="share of GDP", bounds=(0.04, 0.15), source="provincial accounts",
        says="capital spending a county aims at (ck)")
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
                                     says="share of the borrowing room granted under green, yellow, orange, red (rk)")
    social_capital_share: float = parameter(0.25, unit="share", bounds=(0.1, 0.4), source="assumed", confidence="low",
                                            says="share of capital spending that builds public services (kS)")
    training_cost: float = parameter(5000.0, unit="CNY per person", bounds=(2000, 10000), source="assumed",
                                     confidence="low", says="cost of a training course (ctr)")
    health_weight_middle: float = parameter(2.0, unit="ratio", bounds=(1.5, 3), source="national health accounts",
                                            says="use of health services at 50-69 against younger")
    health_weight_old: float = parameter(4.0, unit="ratio", bounds=(3, 6), source="national health accounts",
                                         says="use of health services from 70 against under 50")


# ---- formulas -------------------------------------------------------------------------------------------------


@kernel
def service_users(school, health, by_home, adults, weight, entitlement, by_age):
    """Users of the four services: school age, health by age, all, adults; those registered elsewhere count by their
    entitlement (S2); [county, service]. `by_age`: use of health services under 50, at 50-69, from 70."""
    users = np.zeros((by_home.shape[0], 4))
    for c in range(users.shape[0]):
        for local in range(2):
            counted = 1.0 if local == 0 else entitlement
            users[c, 0] += school[c, local] * counted
            for a in range(3):
                users[c, 1] += health[c, local, a] * counted * by_age[a]
        users[c, 2] = by_home[c, 0] + entitlement * (by_home[c, 1] + by_home[c, 2])
        users[c, 3] = (adults[c, 0, 0] + adults[c, 1, 0]
                       + (adults[c, 0, 1] * entitlement + adults[c, 1, 1] * entitlement))
    return users * float(weight)


@kernel
def standard_users(users, residents, weights):
    """Standard users of a county: users of the four services, each scaled to one per resident of the province (F4)."""
    heads = np.zeros(users.shape[0])
    for k in range(users.shape[1]):
        everywhere = max(users[:, k].sum(), 1.0)
        for c in range(users.shape[0]):
            heads[c] += users[c, k] / everywhere * residents * weights[k]
    return heads


def use_by_age(p):
    """Use of health services by a resident under 50, of 50-69, and from 70."""
    return 1.0, p.health_weight_middle, p.health_weight_old


@either
def light(leverage, thresholds):
    """The debt light (F14): 0 green, 1 yellow, 2 orange, 3 red; a threshold belongs to the darker colour.

    A county that owes all it may under a ceiling stands on a threshold, give or take the last bit of a number.
    """
    colour = 0
    for threshold in thresholds:
        colour = colour + (leverage >= threshold * (1.0 - ROUNDING))
    return colour


@either
def owed_over(debt, resources):
    """Debt over the resources of a year; 0 where there are none."""
    return np.where(resources > 0, debt / np.maximum(resources, 1e-9), 0.0)


@either
def light_room(leverage, thresholds, room):
    """Share of borrowing room granted by the debt light (F14)."""
    return np.asarray(room)[light(leverage, thresholds)]


@either
def new_debt(target, own_funds, limit, resources, debt, room):
    """New = min( max(0, target - own funds), max(0, lim RES - B) rk ) (F13)."""
    return np.minimum(np.maximum(0.0, target - own_funds), np.maximum(0.0, limit * resources - debt) * room)


@either
def split_budget(resources, first, floor, service_share, ecology, training):
    """Spending in its order (F12): interest and repayment, floor, services, training and ecology, works.

    Whoever comes later is cut first. Returns floor, services, training, ecology, works and what is lacking for the
    first two.
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
def ecology_claim(resources, transfers, stake, sinks, base, propensity, response):
    """ec = e0 R + mpe (ecology transfer and compensation) + st stake + sink revenue (E6)."""
    return base * resources + propensity * transfers + response * stake + sinks


@kernel
def _show(debt, resources, fund, active, thresholds, lights_shown):
    """The light of every county; gives how many stand under each colour."""
    counts = np.zeros(4, dtype=np.int64)
    for c in range(debt.size):
        if active[c]:
            lights_shown[c] = light(owed_over(debt[c], resources[c] + fund[c]), thresholds)
            counts[lights_shown[c]] += 1
    return counts


# ---- verbs ----------------------------------------------------------------------------------------------------


def settle(model) -> None:
    """Debt and cash of the base year."""
    p, counties = model.parameters, model.counties
    resources = counties.own_revenue + _transfers(counties)
    counties.debt[:] = p.base_debt_ratio * resources
    counties.cash[:] = 0.0


def _transfers(counties):
    return (counties.transfer_base + counties.transfer_equalisation + counties.transfer_ecology
            + counties.transfer_weak_area + counties.transfer_earmarked)


def fund_income(counties):
    """What the fund account leaves for works: land sales, fees, rents and horizontal payments, less reclamation and
    what is passed on to villages and state farms (F11)."""
    return (counties.land_revenue + counties.sea_use_fees + counties.land_rent_county + counties.horizontal_quota
            + counties.horizontal_compensation - counties.spending_reclamation - counties.quota_proceeds_paid)


def _water_and_sinks(counties):
    """Money from or to other counties for water, awards for it, and the county's part of sink revenue."""
    return (counties.water_received - counties.water_paid + counties.water_award
            + counties.carbon_budget)


def spend_and_borrow(model) -> None:
    """Counties spend in their order, borrow for works within their room, and repay (F11-F14).

    Money earmarked for coast repair goes to ecology, for major projects to works; the rest is free.
    """
    p, counties, base, account = model.parameters, model.counties, model.base, model.account
    counties.budget_resources[:] = resources = (
        counties.own_revenue + _transfers(counties) + counties.horizontal_enclave + _water_and_sinks(counties))
    counties.fund_resources[:] = fund = fund_income(counties)
    floor = p.three_guarantees_floor * float(account.unit_cost) * base.standard_heads
    works, lacking = _share_out(model, resources, floor)
    _build(model, resources + fund, works + fund, lacking, floor)
    account.province_balance -= counties.transfer_emergency.sum()
    heads = base.standard_heads.sum()
    account.unit_cost[...] = (resources.sum() / heads) if heads > 0 else 0.0


def _share_out(model, resources, floor):
    """Money is shared out in its order; gives what is left for works, projects included, and what is lacking (F12)."""
    p, c = model.parameters, model.counties
    c.interest[:], c.repayment[:] = p.debt_interest * c.debt, p.debt_repayment * c.debt
    free = resources - c.earmark_repair - c.earmark_projects
    claim = ecology_claim(free, c.transfer_ecology + c.water_received + c.water_award, c.water_stake, c.carbon_budget,
                          p.ecology_spending_share, p.ecology_transfer_propensity, p.eco_stake_response)
    served = min(1.0, p.service_spending_share + model.now.svc_share)
    c.spending_floor[:], services, c.spending_training[:], ecology, works, lacking = split_budget(
        free, c.interest + c.repayment, floor, served, claim, p.training_cost * c.trained / 1e6)
    c.spending_services[:] = services[:, None] * np.asarray(p.service_weights)
    c.spending_ecology[:] = ecology + c.earmark_repair
    return works + c.earmark_projects, lacking


def _build(model, whole, for_works, lacking, floor) -> None:
    """Works are paid out of own funds and what may be borrowed; what is lacking, and what is owed for land, comes out
    of them, then from the province (F13)."""
    p, now, c = model.parameters, model.now, model.counties
    own_funds, short = np.maximum(0.0, for_works), lacking + np.maximum(0.0, -for_works)
    granted = (light_room(owed_over(c.debt, whole), p.leverage_thresholds, p.leverage_room)
               if now.lev_warning > 0.5 else 1.0)
    c.borrowing[:] = new_debt(p.capital_spending_target * c.gdp, own_funds, now.debt_ceiling, whole,
                              c.debt - c.repayment, granted)
    covered = np.minimum(short, np.maximum(0.0, own_funds - c.earmark_projects) + c.borrowing)
    c.transfer_emergency[:] = short - covered
    c.spending_floor[:] = np.where(short > 0, floor, c.spending_floor)
    c.spending_capital[:] = own_funds + c.borrowing - covered
    c.spending_public_works[:] = (1.0 - p.social_capital_share) * c.spending_capital
    c.spending_current[:] = c.spending_floor + c.spending_services.sum(axis=1)
    used = (c.interest + c.repayment + c.spending_current + c.spending_training + c.spending_ecology
            + c.spending_capital)
    c.cash += whole + c.transfer_emergency + c.borrowing - used
    c.debt += c.borrowing - c.repayment


def show_lights(model) -> None:
    """Debt lights of the year by what is owed at its end, and how many counties stand under each colour (F14)."""
    counties, account = model.counties, model.account
    _, account.leverage_yellow[...], account.leverage_orange[...], account.leverage_red[...] = _show(
        counties.debt, counties.budget_resources, counties.fund_resources, model.active,
        np.asarray(model.parameters.leverage_thresholds), counties.leverage_light)
