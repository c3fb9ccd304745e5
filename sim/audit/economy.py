"""Output, incomes, and the stocks behind output and welfare."""

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
    """Terms of the equations other than columns: local services in money, non-wage payments to residents."""
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
    """This year's money of the list of named projects, as far as levers implement it; [county, sector]."""
    t, observed = m.year - BASE_YEAR, m.observed
    return m.now.hub_projects * observed.hub_projects_planned[t] + _from_outside(m)


def _from_outside(m):
    """Investment funds brought by central enterprises and national institutes; [county, sector]."""
    money = m.now.soe_invest * m.observed.soe_invest_planned[m.year - BASE_YEAR]
    money[:, 4] += m.parameters.institute_capital * m.lever("institutes")
    return money


def _capital_outside(m):
    """Capital owned outside: what remains of it and what was built with outside funds."""
    c, s, p = m.counties, m.start, m.parameters
    left = (1.0 - p.depreciation_rate) * (1.0 - c.typhoon_damage[:, None]) * s["capital_outside"][:, :5]
    return c.capital_outside[:, :5], left + _from_outside(m) / (1.0 - _admitted(m) * p.equipment_import_share)


def _farm_rent(m):
    """Share of farm rents paid to households, where there are members of collectives."""
    c, p = m.counties, m.parameters
    pool = p.farm_household_share * (c.factor_land[:, 0] + p.farm_capital_ownership * c.factor_capital[:, 0])
    return pool * m.counted.rows_with_rights_at_payment.reshape(m.n, -1).any(axis=1)


def _remittances(m):
    """Remittances: a share of the earnings of rural members at work outside, if anyone remains at home; by skill."""
    earned = m.counted.rows_working_outside_at_payment[:m.n, 1, 1:] * m.outside.outside_income
    at_home = m.start["population_zone"][:, RURAL, None] > 0
    return m.parameters.remittance_rate * m.weight / 1e6 * earned * at_home


def _property_income(m):
    """Net profits after land rents and offsets go to residents or owners elsewhere, housing rents to residents."""
    c, s, p = m.counties, m.start, m.parameters
    made = c.factor_capital[:, 1:5] + c.factor_land[:, 1:5] - p.depreciation_rate * s["capital"][:, 1:5]
    profit = np.maximum(0.0, made)
    rents, offsets = np.minimum(s["housing_income"], profit[:, 1]), np.minimum(c.offset_cost, profit[:, 0])
    return rents + np.maximum(0.0, profit.sum(axis=1) - rents - offsets - c.land_rent_paid - c.sea_use_fees)


def _capital(m):
    """Investment buys capital at its price, and more of it when equipment is duty-free."""
    c, s, p = m.counties, m.start, m.parameters
    left = (1.0 - p.depreciation_rate) * (1.0 - c.typhoon_damage[:, None]) * s["capital"][:, :5]
    price = 1.0 - _admitted(m) * p.equipment_import_share
    return c.capital[:, :5], left + c.investment[:, :5] / price


def _admitted(m):
    """Duty removed by zero tariffs, as a share of the price including duty."""
    return m.now.zero_tariff * m.parameters.import_tariff / (1.0 + m.parameters.import_tariff)


def _resources(m):
    """Value added and rent of resource extraction within the county's industry."""
    c, made = m.counties, m.observed.resource_part[m.year - BASE_YEAR] * m.counties.value_added[:, 1]
    expected = made, m.parameters.resource_rent_share * made
    return np.stack([c.resource_value, c.resource_rent], axis=-1), np.stack(expected, axis=-1)


def _duty(m):
    """Duty forgone: the additional cost of investment and inputs if duty were charged."""
    c, p, part = m.counties, m.parameters, _admitted(m)
    equipment = c.investment[:, :5].sum(axis=1) * (1.0 / (1.0 - part * p.equipment_import_share) - 1.0)
    kept = np.asarray(p.imported_inputs) * part
    return c.duty_saved, equipment + (c.value_added[:, :5] * (1.0 - 1.0 / (1.0 + kept))).sum(axis=1)


def _public_capital(m):
    c, s, p = m.counties, m.start, m.parameters
    built = p.public_investment_efficiency * (1.0 - p.social_capital_share) * c.spending_capital
    return c.public_capital, (1.0 - p.public_capital_depreciation) * s["public_capital"] + built + c.public_capital_held


def _services(m):
    """Service spending and its share of capital spending build services at their efficiency; aid comes in kind."""
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
    """Theil's T and L of output per head: the parts between and within coast and inland sum to the index."""
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
    Identity("AI6d", "pay above the marginal product of labour is borne by owners of capital",
             ("by cell: pay_wedge + wages_at_margin = wages_of_market",
              "by cell: capital_at_margin - pay_wedge = capital_of_market")),
    Identity("AI6b", "output is the sum of sectors and of branches", "gdp = value_added = gdp_branch"),
    Identity("AI6c", "the market of local services clears", "services_sold = services_made"),
    Identity("AI7", "spending of visitors is received by counties", "in all: visitor_spending = visitor_total"),
    Identity("AI7b", "seasonal residents are spread over the counties",
             "in all: seasonal_residents = seasonal_residents_expected"),
    # Households spend their planned amount somewhere on the island; demand is met wherever services are produced.
    Identity("AI7c", "demand for local services is met, households spend their planned amount",
             ("services_demanded = services_made", "in all: shopping = shopping_meant")),
    Identity("AI19", "capital is depreciated capital plus investment", _capital),
    Identity("AI19b", "homes are the remaining stock, completions and homes in newly urban places", _homes),
    Identity("AI19d", "investment in named projects equals the money of the list",
             "project_investment = projects_listed"),
    Identity("AI19h", "capital owned outside is its remaining stock plus investment from outside", _capital_outside),
    Identity("AI19e", "public capital is the remaining stock plus public works", _public_capital),
    Identity("AI19f", "service stocks are the remaining stock, new services and services in kind", _services),
    Identity("AI19g", "investment is private, public and in homes",
             "capital_formation = investment + spending_capital + housing_investment"),
    Identity("AI21", "inequality is the sum of its parts between and within groups of counties", _decomposed),
    Identity("AI22", "pensions equal contributions plus subsidy",
             "pensions = social_contributions + social_subsidy"),
    Identity("AI22b", "farm and forest subsidies received equal those paid by the province",
             "in all: farm_support = province_farm_support"),
    Identity("AI23", "output is consumption, investment, government use and net exports",
             ("gdp = consumption + capital_formation + government + net_exports",
              "in all: gdp = consumption + capital_formation + government + province_net_exports"
              " + province_programmes")),
    Identity("AI24", "last year's public purchases are supplied here or elsewhere",
             ("last_public_purchases = public_purchases@start",
              "last_public_purchases = purchases_local + purchases_imported")),
    Identity("AI24b", "government spending other than pay, public works and payments to persons is purchases",
             "public_purchases = spending_bought + spending_training + spending_ecology + programmes_here"),
    Identity("AI24c", "governments and duty-free shops are included in the demand for local services",
             "service_demand = private_demand + purchases_local + duty_free_value"),
    Identity("AI7d", "duty-free sales are value added here plus goods from outside",
             "duty_free_sales = duty_free_value + duty_free_goods"),
    Identity("AI26", "duty forgone is the saving on equipment and inputs", _duty),
    Identity("AI25", "farm rent paid is farm rent received",
             "in all: farm_rent + farm_rent_away = farm_rent_paid"),
    Identity("AI25b", "remittances sent are remittances received",
             "remittances = remittances_sent"),
    Identity("AI25c", "property income paid is received by residents, owners elsewhere or the county of a resource",
             "property_income + profit_outside + pay_from_owners + resource_benefit = property_income_paid"),
    Identity("AI27", "shared resource rent does not exceed rent earned",
             "resource_benefit <= resource_rent"),
    Identity("AI27b", "resource extraction is part of industry, and rent is part of its value added", _resources),
)
