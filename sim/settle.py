"""The base year: the order in which its constants are settled, so that it comes out as observed or imputed."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np

from sim.agents import budget, counts, persons, place_choice, province
from sim.mechanisms import (
    amenities,
    business,
    capital,
    carbon,
    ecology,
    gdp_by_use,
    housing,
    hukou,
    income,
    infrastructure,
    labour,
    land,
    land_compensation,
    land_quota,
    living,
    local_services,
    monitoring,
    production,
    revenue,
    sea,
    services,
    skills,
)
from sim.names import bound

PLACES = (
    persons.settle_efficiency, counts.count, counts.remember_paid, labour.assemble,
    business.settle, hukou.settle, hukou.open_registration,
    infrastructure.connect, infrastructure.cross_borders, infrastructure.count_market, infrastructure.settle_access,
    infrastructure.measure_access, infrastructure.settle_networks,
    land.guess_quota, income.guess_investment, income.start_wages, income.settle_efficiency,
    housing.settle_prices, housing.choose_winter_homes, housing.settle_homes, housing.sell,
)

# Wage levels are found by going round until survey incomes are met.
WAGES = (
    production.settle_bridge, revenue.settle, revenue.set_rates, production.settle_shares, capital.price_capital,
    capital.settle_capital, land.settle, land.crowd, land.settle_density, production.settle_productivity,
    production.reach_jobs, production.settle_places, production.settle_crew, production.make, production.sell,
    production.settle_service_price, production.share_out, production.pay_wages, production.serve_public, sea.charge,
    income.settle_outside, income.pay_workers, income.pay_farm_rent, income.share_profits, income.pay_pensions,
    income.send_remittances, income.add_up, income.expect,
    housing.settle_outside, housing.fill_winter_purses, housing.settle_rents,
    income.settle_wages,
)
WAGE_ROUNDS, NEAR_ENOUGH = 300, 1e-9

# Transfers and services are found by going round until the service index that steers earmarked money is its own result.
BUDGETS = (
    land_compensation.settle, land_compensation.match, land_compensation.settle_red_line, revenue.collect,
    revenue.sell_land, land_compensation.settle_costs, ecology.charge_park,
    province.settle, province.assess, province.settle_unit_cost, province.weigh_need, province.pay_for_reform,
    province.fill_pools, province.pay_pools, province.share_earmarked, province.close_account, budget.settle,
    budget.gather, budget.share_out, budget.build_and_borrow, province.cover_emergencies, province.measure_unit_cost,
    services.entitle, services.settle_stocks, services.settle_unit, services.reach, services.weigh,
    services.settle_education,
)
BUDGET_ROUNDS = 20

BEFORE_MOVES = (
    ecology.lay_out, ecology.settle_shares, ecology.settle_levels, ecology.treat, ecology.discharge,
    ecology.settle_abatement, ecology.drain, ecology.run_down, ecology.settle_loads,
    ecology.discharge, ecology.drain, ecology.run_down, ecology.test_sections, ecology.judge_water, ecology.sum_load,
    ecology.bar_industry, ecology.settle_water,
    carbon.settle, carbon.emit, carbon.settle_net, carbon.measure_intensity,
    capital.settle_public, capital.carry_out_projects, capital.price_capital, capital.invest,
    local_services.settle_visitors, local_services.guess_last_year, local_services.shop, local_services.settle,
    skills.settle,
    labour.settle_participation, labour.settle_public, labour.settle_sectors,
)

# Amenities are found by a search: what each trial leaves missing of the migration observed says where to go on.
TIES = (
    place_choice.settle_expectations, place_choice.settle_ages, place_choice.weigh_leaving, place_choice.tie_home,
    place_choice.count_costs, place_choice.weigh_ties, amenities.gather_cells, amenities.aim,
    amenities.settle_newcomers,
)
TRIAL = (amenities.lay_out, *place_choice.FOLLOW_AMENITIES, amenities.expect, amenities.compare)

REST = (
    amenities.settle_inflow,
    housing.settle_end,
    capital.follow_trend, capital.settle_end, capital.build_public,
    land_quota.value_land, land_quota.bar,
    living.find_rest, living.share, living.measure,
    monitoring.settle, gdp_by_use.use_output, gdp_by_use.balance_trade, monitoring.measure_journeys,
    monitoring.measure_coverage,
)


def carry_out(rules: Iterable[Callable], model) -> None:
    """Carry rules out on a model, in their order."""
    for rule in rules:
        bound(rule)(model)


def settle(model) -> None:
    """Settle the base year: every constant that makes it come out as observed or imputed."""
    carry_out(PLACES, model)
    for _ in range(WAGE_ROUNDS):
        carry_out(WAGES, model)
        if model.settled.income_gap < NEAR_ENOUGH:
            break
    for _ in range(BUDGET_ROUNDS):
        carry_out(BUDGETS, model)
    carry_out(BEFORE_MOVES, model)
    carry_out(TIES, model)
    _search_amenities(model)
    carry_out(REST, model)


def _search_amenities(model) -> None:
    """Amenities of places and of the outside that make net migration of the base year the observed one."""
    sought = model.settled.amenity_sought

    def missing(x):
        sought[:] = x
        carry_out(TRIAL, model)
        return model.settled.moves_missing.copy()

    found = amenities.solved(missing, np.zeros_like(sought))
    missing(found)  # the last trial may have been another one
