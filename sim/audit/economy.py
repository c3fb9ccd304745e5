"""Output, incomes, and the stocks that make output and welfare."""

from __future__ import annotations

import numpy as np

from sim.agents.persons import RURAL
from sim.audit.identity import Identity
from sim.indicators.inequality import theil_l, theil_t


def beside(m) -> dict:
    """What the equations speak of beside columns: local services in money, what the countryside has beside."""
    c, p = m.counties, m.parameters
    rural = np.zeros_like(c.disposable_income)
    rural[:, RURAL] = c.collective_land_income + c.carbon_income
    meant = p.local_service_expenditure_share * (1.0 - p.saving_rate)
    return {
        "rural_income": rural, "seasonal_residents": m.outlook["snowbirds"][m.year - m.base.year, None],
        "services_made": c.value_added[:, 2], "services_sold": c.service_price * c.quantity[:, 2],
        "services_demanded": c.service_demand * (c.quantity[:, 2] > 0),
        "shopping_meant": meant * c.last_disposable_income,
    }


def _capital(m):
    c, s, p = m.counties, m.start, m.parameters
    left = (1.0 - p.depreciation_rate) * (1.0 - c.typhoon_damage[:, None]) * s["capital"][:, :5]
    return c.capital[:, :5], left + c.investment[:, :5]


def _public_capital(m):
    c, s, p = m.counties, m.start, m.parameters
    built = p.public_investment_efficiency * (1.0 - p.social_capital_share) * c.spending_capital
    return c.public_capital, (1.0 - p.public_capital_depreciation) * s["public_capital"] + built


def _services(m):
    """Money for services and their part of capital spending build at their efficiency; help comes in kind."""
    c, s, p, now = m.counties, m.start, m.parameters, m.now
    money = c.spending_services + np.multiply.outer(p.social_capital_share * c.spending_capital, p.service_weights)
    efficiency = p.service_spending_efficiency * np.array([now.education_coop, now.primary_care, 1.0, 1.0])
    cost = np.where(m.base.mountains, p.cost_factor_mountain, 1.0)[:, None]
    left = (1.0 - p.service_depreciation) * s["service_stock"]
    return c.service_stock, left + efficiency * money / cost + c.service_aid


def _homes(m):
    c, s, p = m.counties, m.start, m.parameters
    left = (1.0 - p.housing_depreciation) * (1.0 - p.home_vulnerability * c.typhoon_damage) * s["housing_stock"]
    return c.housing_stock, left + c.homes_completed + c.homes_brought


def _projects(m):
    c, t = m.counties, m.year - m.base.year
    listed = sum(getattr(m.now, lever) * m.base.projects[lever][t].sum(axis=1) for lever in m.base.projects)
    return c.project_investment.sum(axis=1), listed


def _farm_rent(m):
    c, p = m.counties, m.parameters
    pool = p.farm_household_share * (c.factor_land[:, 0] + p.farm_capital_ownership * c.factor_capital[:, 0])
    held = m.people.at_payment.rights.sum(axis=(1, 2)) > 0
    return c.farm_rent.sum() + c.farm_rent_away.sum(), pool[held].sum()


def _remittances(m):
    """Rural members at work outside send home a share of what they earn there, if anybody is at home."""
    earned = (m.people.at_payment.outside_workers[:m.n, 1, 1:] * m.outside.outside_income).sum(axis=1)
    sent = m.parameters.remittance_rate * m.weight / 1e6 * earned * (m.start["population_zone"][:, RURAL] > 0)
    return m.counties.remittances.sum(axis=1), sent


def _property_income(m):
    """Net profits after rents of land and offsets go to residents or owners elsewhere, rents of homes to residents."""
    c, s, p = m.counties, m.start, m.parameters
    made = c.factor_capital[:, 1:5] + c.factor_land[:, 1:5] - p.depreciation_rate * s["capital"][:, 1:5]
    profit = np.maximum(0.0, made)
    rents, offsets = np.minimum(s["housing_income"], profit[:, 1]), np.minimum(c.offset_cost, profit[:, 0])
    shared = np.maximum(0.0, profit.sum(axis=1) - rents - offsets - c.land_rent_paid - c.sea_use_fees)
    return c.property_income.sum(axis=1) + c.profit_outside, rents + shared


def _decomposed(m):
    """Theil's T and L of output per head: what lies between coast and inland and within them adds to the index."""
    coast, output, people = (x[m.active] for x in (m.base.coast, m.counties.gdp, m.counties.population_mid))
    side, share, heads = coast.astype(np.intp), output / output.sum(), people / people.sum()
    between = np.log(np.bincount(side, share) / np.bincount(side, heads))[side]
    within = np.log(share / heads) - between
    parts = [(share * between).sum() + (share * within).sum(), -(heads * between).sum() - (heads * within).sum()]
    per_head = output / people
    return np.array([theil_t(per_head, people), theil_l(per_head, people)]), np.array(parts)


IDENTITIES = (
    Identity("AI5", "wages received are wages paid", "labour_income = factor_wages"),
    Identity("AI5b", "disposable income is the sum of what reaches residents",
             "by cell: disposable_income = labour_income - social_contributions + farm_rent + property_income"
             " + pensions + remittances + rural_income"),
    Identity("AI6", "value added is wages, capital, land and taxes",
             "by cell: value_added = factor_wages + factor_capital + factor_land + factor_taxes"),
    Identity("AI6b", "output is the sum of sectors and of branches", "gdp = value_added = gdp_branch"),
    Identity("AI6c", "local services clear in price", "services_sold = services_made"),
    Identity("AI7", "visitors spend what counties receive", "in all: visitor_spending = visitor_total"),
    Identity("AI7b", "seasonal residents are spread over the counties", "in all: snowbirds = seasonal_residents"),
    # Households spend all they mean to, somewhere on the island; what is demanded is sold where any is made.
    Identity("AI7c", "local services demanded are sold, households spend what they mean to",
             ("services_demanded = services_made", "in all: shopping = shopping_meant")),
    Identity("AI19", "capital is what is left and what is invested", _capital),
    Identity("AI19b", "homes are what is left, what is finished and what new urban places bring", _homes),
    Identity("AI19d", "named projects are built with the money of the list", _projects),
    Identity("AI19e", "public capital is what is left and what is built", _public_capital),
    Identity("AI19f", "stocks of public services are what is left, what is built and help in kind", _services),
    Identity("AI19g", "investment is private, public and in homes",
             "capital_formation = investment + spending_capital + housing_investment"),
    Identity("AI21", "inequality is that between and that within groups of counties", _decomposed),
    Identity("AI22", "pensions are contributions and subsidy",
             "pensions = social_contributions + social_subsidy"),
    Identity("AI23", "output is consumed, invested, used by government or sold outside",
             ("gdp = consumption + capital_formation + government + net_exports",
              "in all: gdp = consumption + capital_formation + government + province_net_exports"
              " + province_programmes")),
    Identity("AI25", "farm rent paid is farm rent received", _farm_rent),
    Identity("AI25b", "remittances sent are remittances received", _remittances),
    Identity("AI25c", "property income paid is received here or elsewhere", _property_income),
)
