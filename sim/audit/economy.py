"""Output, incomes, and the stocks that make output and welfare."""

from __future__ import annotations

import numpy as np

from sim.agents.persons import RURAL
from sim.audit.identity import Identity
from sim.indicators.inequality import theil_l, theil_t


def _labour_income(m):
    c = m.counties
    return c.labour_income.sum(axis=1), c.factor_wages.sum(axis=1)


def _disposable_income(m):
    c = m.counties
    parts = c.labour_income - c.social_contributions + c.farm_rent + c.property_income + c.pensions + c.remittances
    parts[:, RURAL] += c.collective_land_income + c.carbon_income
    return c.disposable_income, parts


def _factors(m):
    c = m.counties
    return c.value_added, c.factor_wages + c.factor_capital + c.factor_land + c.factor_taxes


def _gdp(m):
    c = m.counties
    return np.array([c.gdp, c.gdp]), np.array([c.value_added.sum(axis=1), c.gdp_branch.sum(axis=1)])


def _service_price(m):
    c = m.counties
    return c.service_price * c.quantity[:, 2], c.value_added[:, 2]


def _visitors(m):
    return m.counties.visitor_spending.sum(), m.outside.visitor_total


def _local_services(m):
    """What is demanded is sold where any is made; households spend all they mean to, somewhere on the island."""
    c, p = m.counties, m.parameters
    spent = p.local_service_expenditure_share * (1.0 - p.saving_rate) * c.last_disposable_income.sum()
    demanded = np.where(c.quantity[:, 2] > 0, c.service_demand, 0.0)
    return np.append(demanded, c.shopping.sum()), np.append(c.value_added[:, 2], spent)


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


def _investment(m):
    c = m.counties
    return c.capital_formation, c.investment.sum(axis=1) + c.spending_capital + c.housing_investment


def _homes(m):
    c, s, p = m.counties, m.start, m.parameters
    left = (1.0 - p.housing_depreciation) * (1.0 - p.home_vulnerability * c.typhoon_damage) * s["housing_stock"]
    return c.housing_stock, left + c.homes_completed + c.homes_brought


def _seasonal(m):
    return m.counties.snowbirds.sum(), m.outlook["snowbirds"][m.year - m.base.year]


def _projects(m):
    c, t = m.counties, m.year - m.base.year
    listed = sum(getattr(m.now, lever) * m.base.projects[lever][t].sum(axis=1) for lever in m.base.projects)
    return c.project_investment.sum(axis=1), listed


def _social(m):
    c = m.counties
    return c.pensions.sum(axis=1), c.social_contributions.sum(axis=1) + c.social_subsidy


def _uses(m):
    c, a = m.counties, m.account
    used = c.consumption + c.capital_formation + c.government
    abroad = a.province_net_exports + a.province_programmes
    return np.append(c.gdp, c.gdp.sum()), np.append(used + c.net_exports, used.sum() + abroad)


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
    Identity("AI5", "wages received are wages paid", _labour_income),
    Identity("AI5b", "disposable income is the sum of what reaches residents", _disposable_income),
    Identity("AI6", "value added is wages, capital, land and taxes", _factors),
    Identity("AI6b", "output is the sum of sectors and of branches", _gdp),
    Identity("AI6c", "local services clear in price", _service_price),
    Identity("AI7", "visitors spend what counties receive", _visitors),
    Identity("AI7b", "seasonal residents are spread over the counties", _seasonal),
    Identity("AI7c", "local services demanded are sold, households spend what they mean to", _local_services),
    Identity("AI19", "capital is what is left and what is invested", _capital),
    Identity("AI19b", "homes are what is left, what is finished and what new urban places bring", _homes),
    Identity("AI19d", "named projects are built with the money of the list", _projects),
    Identity("AI19e", "public capital is what is left and what is built", _public_capital),
    Identity("AI19f", "stocks of public services are what is left, what is built and help in kind", _services),
    Identity("AI19g", "investment is private, public and in homes", _investment),
    Identity("AI21", "inequality is that between and that within groups of counties", _decomposed),
    Identity("AI22", "pensions are contributions and subsidy", _social),
    Identity("AI23", "output is consumed, invested, used by government or sold outside", _uses),
    Identity("AI25", "farm rent paid is farm rent received", _farm_rent),
    Identity("AI25b", "remittances sent are remittances received", _remittances),
    Identity("AI25c", "property income paid is received here or elsewhere", _property_income),
)
