"""Output, incomes, and the stocks that make output and welfare."""

from __future__ import annotations

from typing import Any

import numpy as np

from sim.agents.budget import bought
from sim.agents.persons import RURAL
from sim.audit.identity import Identity
from sim.core.cache import kernel
from sim.indicators.inequality import theils
from sim.words import BASE_YEAR


def beside(m: Any) -> dict:
    """What the equations speak of beside columns: local services in money, what is to reach residents beside wages."""
    c, p = m.counties, m.parameters
    rural = np.zeros_like(c.disposable_income)
    net = ((1.0 - c.tax_rate) * c.value_added)[:, :5]
    rural[:, RURAL] = c.collective_land_income + c.carbon_income + c.living_allowance + c.farm_support
    meant = m.prices.service_taste * p.local_service_expenditure_share * (1.0 - p.saving_rate)
    return {
        "rural_income": rural, "seasonal_residents_expected": m.outlook["snowbirds"][m.year - BASE_YEAR, None],
        "services_made": c.value_added[:, 2], "services_sold": c.service_price * c.quantity[:, 2],
        "services_demanded": c.service_demand * (c.quantity[:, 2] > 0),
        "spending_bought": bought(c.spending_current, m.settled.public_wage_share),
        "shopping_meant": meant * c.last_disposable_income,
        "wages_at_margin": m.settled.share_labour * net, "wages_of_market": c.factor_wages[:, :5],
        "capital_at_margin": m.settled.share_capital * net, "capital_of_market": c.factor_capital[:, :5],
        "pay_above_yield": -c.labour_income * np.expm1(-c.pay_over_yield),
        "projects_listed": _projects(m), "farm_rent_paid": _farm_rent(m), "remittances_sent": _remittances(m),
        "property_income_paid": _property_income(m),
    }


def _projects(m):
    """Money that the list of named projects has for this year, as far as levers carry it out; [county, sector]."""
    t, observed = m.year - BASE_YEAR, m.observed
    return m.now.hub_projects * observed.hub_projects_planned[t] + _from_outside(m)


def _from_outside(m):
    """Money that central enterprises and national institutes bring for what they build; [county, sector]."""
    money = m.now.soe_invest * m.observed.soe_invest_planned[m.year - BASE_YEAR]
    money[:, 4] += m.parameters.institute_capital * m.lever("institutes")
    return money


def _capital_outside(m):
    """What owners outside hold is what is left of it and what was built with their money."""
    c, s, p = m.counties, m.start, m.parameters
    left = (1.0 - p.depreciation_rate) * (1.0 - c.typhoon_damage[:, None]) * s["capital_outside"][:, :5]
    return c.capital_outside[:, :5], left + _from_outside(m) / (1.0 - _admitted(m) * p.equipment_import_share)


def _farm_rent(m):
    """The part of rents of farms that households are paid, where there are members of collectives."""
    c, p = m.counties, m.parameters
    pool = p.farm_household_share * (c.factor_land[:, 0] + p.farm_capital_ownership * c.factor_capital[:, 0])
    return pool * m.counted.rows_with_rights_at_payment.reshape(m.n, -1).any(axis=1)


def _remittances(m):
    """Rural members at work outside send home a share of what they earn there, if anybody is at home; by skill."""
    earned = m.counted.rows_working_outside_at_payment[:m.n, 1, 1:] * m.outside.outside_income
    at_home = m.start["population_zone"][:, RURAL, None] > 0
    return m.parameters.remittance_rate * m.weight / 1e6 * earned * at_home


def _property_income(m):
    """Net profits after rents of land and offsets go to residents or owners elsewhere, rents of homes to residents."""
    c, s, p = m.counties, m.start, m.parameters
    made = c.factor_capital[:, 1:5] + c.factor_land[:, 1:5] - p.depreciation_rate * s["capital"][:, 1:5]
    profit = np.maximum(0.0, made)
    rents, offsets = np.minimum(s["housing_income"], profit[:, 1]), np.minimum(c.offset_cost, profit[:, 0])
    return rents + np.maximum(0.0, profit.sum(axis=1) - rents - offsets - c.land_rent_paid - c.sea_use_fees)


def _capital(m):
    """What is invested buys capital at its price: without duty on equipment more of it."""
    c, s, p = m.counties, m.start, m.parameters
    left = (1.0 - p.depreciation_rate) * (1.0 - c.typhoon_damage[:, None]) * s["capital"][:, :5]
    price = 1.0 - _admitted(m) * p.equipment_import_share
    return c.capital[:, :5], left + c.investment[:, :5] / price


def _admitted(m):
    """Duty that zero tariffs take away, of the price with duty."""
    return m.now.zero_tariff * m.parameters.import_tariff / (1.0 + m.parameters.import_tariff)


def _resources(m):
    """Value added and rent of resources, from the industry of the county."""
    c, made = m.counties, m.observed.resource_part[m.year - BASE_YEAR] * m.counties.value_added[:, 1]
    expected = made, m.parameters.resource_rent_share * made
    return np.stack([c.resource_value, c.resource_rent], axis=-1), np.stack(expected, axis=-1)


def _duty(m):
    """Duty forgone: what investment and inputs would have cost more with it."""
    c, p, part = m.counties, m.parameters, _admitted(m)
    equipment = c.investment[:, :5].sum(axis=1) * (1.0 / (1.0 - part * p.equipment_import_share) - 1.0)
    kept = np.asarray(p.imported_inputs) * part
    return c.duty_saved, equipment + (c.value_added[:, :5] * (1.0 - 1.0 / (1.0 + kept))).sum(axis=1)


def _public_capital(m):
    c, s, p = m.counties, m.start, m.parameters
    built = p.public_investment_efficiency * (1.0 - p.social_capital_share) * c.spending_capital
    return c.public_capital, (1.0 - p.public_capital_depreciation) * s["public_capital"] + built + c.public_capital_held


def _services(m):
    """Money for services and their part of capital spending build at their efficiency; help comes in kind."""
    c, s, p, now = m.counties, m.start, m.parameters, m.now
    money = c.spending_services + np.multiply.outer(p.social_capital_share * c.spending_capital, p.service_weights)
    efficiency = p.service_spending_efficiency * np.array([now.education_coop, now.primary_care, 1.0, 1.0])
    left = (1.0 - p.service_depreciation) * s["service_stock"]
    return c.service_stock, left + efficiency * money / c.cost_factor[:, None] + c.service_aid + c.service_held


def _homes(m):
    c, s, p = m.counties, m.start, m.parameters
    left = (1.0 - p.housing_depreciation) * (1.0 - p.home_vulnerability * c.typhoon_damage) * s["housing_stock"]
    return c.housing_stock, left + c.homes_completed + c.homes_brought


def _decomposed(m):
    """Theil's T and L of output per head: what lies between coast and inland and within them adds to the index."""
    output, people = m.counties.gdp[m.active], m.counties.population_mid[m.active]
    return theils(output / people, people), _between_and_within(m.observed.coast[m.active], output, people)


@kernel
def _between_and_within(coast, output, people):
    """Theil's T and L as sums over counties: ln of a side's output over its people, and of a county's over its side's.

    With shares s of output and m of people: T = sum s (ln(s_g / m_g) + ln(s / m) - ln(s_g / m_g)), L alike with -m.
    """
    side_output, side_people, found = np.zeros(2), np.zeros(2), np.zeros(2)
    all_output, all_people = output.sum(), people.sum()
    for c in range(output.size):
        side_output[int(coast[c])] += output[c] / all_output
        side_people[int(coast[c])] += people[c] / all_people
    for c in range(output.size):
        share, heads = output[c] / all_output, people[c] / all_people
        between = np.log(side_output[int(coast[c])] / side_people[int(coast[c])])
        within = np.log(share / heads) - between
        found[0] += share * between + share * within
        found[1] -= heads * between + heads * within
    return found


IDENTITIES = (
    Identity("AI5", "wages received are wages paid, and what owners outside add or keep",
             ("labour_income = factor_wages + pay_from_owners", "by cell: pay_from_owners = pay_above_yield")),
    Identity("AI5b", "disposable income is the sum of what reaches residents",
             "by cell: disposable_income = labour_income - social_contributions + farm_rent + property_income"
             " + pensions + remittances + talent_relief + rural_income"),
    Identity("AI6", "value added is wages, capital, land and taxes",
             "by cell: value_added = factor_wages + factor_capital + factor_land + factor_taxes"),
    Identity("AI6d", "what pay is above the marginal product of labour, owners of capital lose",
             ("by cell: pay_wedge + wages_at_margin = wages_of_market",
              "by cell: capital_at_margin - pay_wedge = capital_of_market")),
    Identity("AI6b", "output is the sum of sectors and of branches", "gdp = value_added = gdp_branch"),
    Identity("AI6c", "local services clear in price", "services_sold = services_made"),
    Identity("AI7", "visitors spend what counties receive", "in all: visitor_spending = visitor_total"),
    Identity("AI7b", "seasonal residents are spread over the counties",
             "in all: seasonal_residents = seasonal_residents_expected"),
    # Households spend all they mean to, somewhere on the island; what is demanded is sold where any is made.
    Identity("AI7c", "local services demanded are sold, households spend what they mean to",
             ("services_demanded = services_made", "in all: shopping = shopping_meant")),
    Identity("AI19", "capital is what is left and what is invested", _capital),
    Identity("AI19b", "homes are what is left, what is finished and what new urban places bring", _homes),
    Identity("AI19d", "named projects are built with the money of the list",
             "project_investment = projects_listed"),
    Identity("AI19h", "capital owned outside is what is left of it and built with money from there", _capital_outside),
    Identity("AI19e", "public capital is what is left and what is built", _public_capital),
    Identity("AI19f", "stocks of public services are what is left, what is built and help in kind", _services),
    Identity("AI19g", "investment is private, public and in homes",
             "capital_formation = investment + spending_capital + housing_investment"),
    Identity("AI21", "inequality is that between and that within groups of counties", _decomposed),
    Identity("AI22", "pensions are contributions and subsidy",
             "pensions = social_contributions + social_subsidy"),
    Identity("AI22b", "farm and forest subsidies received are those the province pays",
             "in all: farm_support = province_farm_support"),
    Identity("AI23", "output is consumed, invested, used by government or sold outside",
             ("gdp = consumption + capital_formation + government + net_exports",
              "in all: gdp = consumption + capital_formation + government + province_net_exports"
              " + province_programmes")),
    Identity("AI24", "public purchases of last year are made here or elsewhere",
             ("last_public_purchases = public_purchases@start",
              "last_public_purchases = purchases_local + purchases_imported")),
    Identity("AI24b", "what governments spend beside pay, works and payments to persons is bought",
             "public_purchases = spending_bought + spending_training + spending_ecology + programmes_here"),
    Identity("AI24c", "governments and duty-free shops are part of the demand for local services",
             "service_demand = private_demand + purchases_local + duty_free_value"),
    Identity("AI7d", "duty-free sales are value added here and goods from outside",
             "duty_free_sales = duty_free_value + duty_free_goods"),
    Identity("AI26", "duty forgone is what equipment and inputs cost less", _duty),
    Identity("AI25", "farm rent paid is farm rent received",
             "in all: farm_rent + farm_rent_away = farm_rent_paid"),
    Identity("AI25b", "remittances sent are remittances received",
             "remittances = remittances_sent"),
    Identity("AI25c", "property income paid is received here or elsewhere, or by the county of a resource",
             "property_income + profit_outside + pay_from_owners + resource_benefit = property_income_paid"),
    Identity("AI27", "the rent of resources that is shared is no more than is earned",
             "resource_benefit <= resource_rent"),
    Identity("AI27b", "those who take resources are part of industry, and rent is part of what they make", _resources),
)
