"""The schedule of a year.

`SCHEDULE` lists the steps of a year in order; sorted by section it is the table of contents of the Opinions.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import NamedTuple

from sim.agents import budget, counts, persons, place_choice, province
from sim.core.bind import contract, name_of
from sim.mechanisms import (
    business,
    capital,
    carbon,
    compensation,
    demography,
    ecology,
    free_port,
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
    migration,
    monitoring,
    past,
    production,
    resources,
    revenue,
    rural_land,
    sea,
    services,
    shocks,
    skills,
    volumes,
)
from sim.names import bound


class Step(NamedTuple):
    """One step of the year: a description, its rules in order, the sections of the Opinions it represents."""

    says: str
    rules: Callable | tuple[Callable, ...]
    sections: str = ""

    def each(self) -> tuple[Callable, ...]:
        """Its rules, one or more."""
        return self.rules if isinstance(self.rules, tuple) else (self.rules,)

    def happen(self, model: object) -> None:
        """Apply the rules to a model."""
        for rule in _bound(self.rules):
            rule(model)


@functools.cache
def _bound(rules: Callable | tuple[Callable, ...]) -> tuple[Callable, ...]:
    """The rules of a step as functions of the model."""
    return tuple(map(bound, rules if isinstance(rules, tuple) else (rules,)))


SCHEDULE = (
    # Before anything overwrites them: expectations of households and firms depend on last year's values.
    Step("store lagged values", local_services.remember),
    Step("set historical residuals", past.follow, "1"),
    Step("update the world outside", (income.look_outside, services.serve_nation), "5"),
    # Drawn before any decision; losses are deducted when stocks are updated at the end of the year.
    Step("typhoons", (shocks.strike, shocks.count_damage)),
    Step("seasonal residents", (housing.choose_winter_homes, housing.fill_winter_purses), "2.1"),
    # Institutions and links come before the decisions that depend on them: land, trade, investment, migration.
    Step("business environment, help, cooperation", (business.improve, business.help_poorest, business.cooperate),
         "3.1 4.2 5"),
    Step("openness of registration", hukou.open_registration, "3.2"),
    Step("travel times, borders, networks, gateways", (
        infrastructure.connect, infrastructure.cross_borders, infrastructure.count_market,
        infrastructure.measure_access, infrastructure.extend_networks, infrastructure.enlarge_gateways),
         "2.1 3.2 4.1 4.2 4.3 9.1"),
    Step("tax rates of the year", revenue.set_rates, "3.3 6.2"),
    Step("duty on equipment and inputs", free_port.open_customs, "2.1"),
    Step("new parks", land.found_parks, "3.2"),
    # Land first: land converted this year is used from this year on; decisions rest on last year's prices.
    Step("allocation of land quota", province.allot_quota, "3.2 4.1 8.1"),
    Step("value of land, restrictions on development", (land_quota.value_land, land_quota.bar), "3.2 4.1 8.1"),
    Step("release of idle land", rural_land.release, "3.2"),
    Step("enclaves", land_quota.pass_on, "3.2"),
    Step("quota market", (land_quota.offer, land_quota.trade), "3.2"),
    Step("distribution of quota proceeds", rural_land.pay_proceeds, "3.2"),
    Step("planned conversion", land.plan, "3.2"),
    Step("reclamation from the sea", sea.reclaim, "2.3"),
    Step("origins of new construction land", land.choose_origins, "3.2"),
    Step("farmland compensation",
         (land_compensation.allow, land_compensation.match, land_compensation.plough), "3.2"),
    Step("conversion of land", (land.take, land.use, land.open_up, land.crowd), "2.1 3.2"),
    Step("completion of homes", housing.complete, "3.2"),
    # This year's output uses the labour counted at the end of last year.
    Step("output", (past.pass_on, production.reach_jobs, production.make, production.face_markets,
                             production.sell), "2.1 3.1 3.2"),
    Step("demand of visitors and households", (
        local_services.receive_visitors, local_services.spread_visitors, free_port.sell_duty_free,
        local_services.turn_to_services, local_services.shop, local_services.demand,
    ), "2.1 2.2 4.3"),
    Step("market for local services", production.price_services),
    Step("factor incomes", (production.share_out, production.pay_wages, production.serve_public)),
    Step("growth accounting, output in volume", (volumes.explain_growth, volumes.chain), "1"),
    Step("rents of village land and the sea", rural_land.pay_rents, "3.2"),
    Step("sea-use fees", sea.charge, "2.3"),
    Step("resource rents and their sharing", resources.earn_rent, "6.2"),
    Step("carbon emissions, offsets and sinks", (
        carbon.emit, carbon.cap_industry, carbon.offset, carbon.measure_intensity), "3.3 6.1"),
    Step("incomes of residents", (
        income.yielded, income.let_pay_follow, income.pay_workers, free_port.relieve_talent, income.pay_farm_rent,
        income.share_profits, income.pay_pensions, income.support_farms, income.send_remittances, income.add_up,
        income.expect,
    ), "1 2.1 5 7"),
    # Rents and prices respond to this year's incomes; residential land is sold at these prices, and the proceeds are
    # revenue below.
    Step("housing market", (housing.clear, housing.offer_land, housing.sell), "3.2"),
    Step("cost of living", volumes.price_living, "1"),
    Step("taxes and land revenue", (revenue.collect, revenue.sell_land), "3.3 6.2 8.2"),
    Step("sharing of enclave taxes", land_quota.share_taxes, "2.1 3.2"),
    # Water tests precede the payments between counties, and both precede budgets, which include the payments.
    Step("rivers and their sections", (
        ecology.treat, ecology.discharge, ecology.drain, ecology.run_down, ecology.test_sections, ecology.judge_water,
        ecology.sum_load, ecology.bar_industry), "3.3 6.1 9.1"),
    Step("water compensation between counties", (
        compensation.cover, compensation.share_pools, compensation.pay, compensation.sum_awards), "6.1"),
    Step("national park", (ecology.plan_resettlement, ecology.charge_park, ecology.resettle), "2.2 6.2"),
    Step("transfers",
         (province.assess, province.weigh_need, province.pay_for_reform, province.fill_pools, province.pay_pools,
          province.share_earmarked, province.receive_aid, province.charge_help_in_kind,
          province.close_account, province.carry_out_programmes), "2.3 4.1 5 6.2 7 8.2"),
    # Counties spend what they have collected and received; only then are shortfalls known to the province.
    Step("county budgets and debt",
         (budget.gather, past.recompose, budget.share_out, budget.build_and_borrow, past.restate_debt,
          budget.buy), "2.3 6.2 7 8.2 8.3"),
    Step("emergency transfers of the province", (province.cover_emergencies, province.measure_unit_cost), "8.2 8.3"),
    Step("debt lights", budget.show_lights, "8.3"),
    # Budgets are closed: spending on rivers and services takes effect from here on, visible in next year's tests.
    Step("abatement of river loads", (ecology.spend_on_rivers, ecology.trade_permits, ecology.abate), "3.3 6.1 9.1"),
    Step("public services", (services.renew, services.entitle, services.reach, services.weigh),
         "4.1 5 7 8.2"),
    Step("shocks to productivity and inflow", (shocks.shake, shocks.vary_inflow)),
    Step("investment and productivity", (
        # Desired capital and productivity gaps depend on this year's stocks, so both are updated last.
        capital.carry_out_projects, capital.price_capital, capital.invest, capital.compare_productivity,
        capital.follow_trend, capital.add_premia, capital.build_public, capital.carry_over,
        capital.own_from_outside,
        free_port.forgo_duty,
    ), "2.1 2.2 2.3 3.1 3.2 3.3 4.1 4.2 4.3 5"),
    # Before persons change: the earners of the year's incomes are still as they were.
    Step("living standards", (living.find_rest, living.share, living.measure), "1"),
    # Persons decide last, given the outcomes of the year.
    Step("random numbers of the year", persons.draw_random_numbers),
    Step("schooling, training, registration", (skills.finish_school, skills.upgrade), "2.2 3.2 7"),
    Step("reclassification as urban", (migration.share_made_urban, migration.reclassify), "3.2"),
    Step("values of places", (place_choice.update_expectations, *place_choice.WEIGH), "3.2 5 7"),
    Step("moving", (migration.expect_newcomers, migration.migrate, migration.record_moves), "3.2 5 7 8.1"),
    Step("choice of sector", (labour.take_part, labour.look_for_work, labour.fill_posts, labour.share_sectors,
                              labour.choose_sector), "2.2 3.2"),
    Step("deaths, ageing, births", demography.renew),
    # After all moves, deaths and births: tables hold the end of the year.
    Step("counts of persons", (counts.remember_paid, counts.count, labour.assemble)),
    Step("output by use", (gdp_by_use.use_output, gdp_by_use.balance_trade), "1"),
    Step("warning lights and the response", (
        monitoring.measure_journeys, monitoring.measure_coverage, monitoring.light, monitoring.answer_red), "9.2"),
)


class Flow(NamedTuple):
    """Names that a rule of the year reads and writes."""

    step: str
    rule: str
    reads: tuple[str, ...]
    writes: tuple[str, ...]
    sections: str


def data_flow() -> list[Flow]:
    """The data flow of a year in order: every rule with the names it reads and writes, from its signature."""
    return [Flow(step.says, name_of(rule), found.reads, found.writes, step.sections)
            for step in SCHEDULE for rule in step.each() for found in (contract(rule),)]
