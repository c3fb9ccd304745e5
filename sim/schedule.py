"""The year as a table of contents.

Read in order `SCHEDULE` is the year; sorted by section it is the contents page of the Opinions.
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
    """One process of the year: what happens, the rules that do it in order, the sections of the Opinions it serves."""

    says: str
    rules: Callable | tuple[Callable, ...]
    sections: str = ""

    def each(self) -> tuple[Callable, ...]:
        """Its rules, one or more."""
        return self.rules if isinstance(self.rules, tuple) else (self.rules,)

    def happen(self, model: object) -> None:
        """Carry the rules out on a model."""
        for rule in _bound(self.rules):
            rule(model)


@functools.cache
def _bound(rules: Callable | tuple[Callable, ...]) -> tuple[Callable, ...]:
    """The rules of a step as functions of the model."""
    return tuple(map(bound, rules if isinstance(rules, tuple) else (rules,)))


SCHEDULE = (
    # Before anything overwrites them: what households and firms expect this year rests on last year's values.
    Step("last year is remembered", local_services.remember),
    Step("history asks for its residuals", past.follow, "1"),
    Step("the world outside moves on", (income.look_outside, services.serve_nation), "5"),
    # Drawn before any choice of the year; what they destroy is missing when stocks are carried over at its end.
    Step("typhoons strike", (shocks.strike, shocks.count_damage)),
    Step("seasonal residents come", (housing.choose_winter_homes, housing.fill_winter_purses), "2.1"),
    # Institutions and links come before every choice that weighs them: land, trade, investment, moving.
    Step("business environment, help, cooperation", (business.improve, business.help_poorest, business.cooperate),
         "3.1 4.2 5"),
    Step("registration opens", hukou.open_registration, "3.2"),
    Step("travel times, borders, networks, gateways", (
        infrastructure.connect, infrastructure.cross_borders, infrastructure.count_market,
        infrastructure.measure_access, infrastructure.extend_networks, infrastructure.enlarge_gateways),
         "2.1 3.2 4.1 4.2 4.3 9.1"),
    Step("tax rates of the year", revenue.set_rates, "3.3 6.2"),
    Step("duty on equipment and inputs", free_port.open_customs, "2.1"),
    Step("parks are founded", land.found_parks, "3.2"),
    # Land first: what is converted this year is built and worked on from this year, at last year's prices.
    Step("land quota is allotted", province.allot_quota, "3.2 4.1 8.1"),
    Step("land is valued, development barred", (land_quota.value_land, land_quota.bar), "3.2 4.1 8.1"),
    Step("idle land is released", rural_land.release, "3.2"),
    Step("quota is passed on to enclaves", land_quota.pass_on, "3.2"),
    Step("quota is traded", (land_quota.offer, land_quota.trade), "3.2"),
    Step("proceeds of quota reach villages", rural_land.pay_proceeds, "3.2"),
    Step("conversion is planned", land.plan, "3.2"),
    Step("land is won from the sea", sea.reclaim, "2.3"),
    Step("the origins of new land are chosen", land.choose_origins, "3.2"),
    Step("farmland is compensated",
         (land_compensation.allow, land_compensation.match, land_compensation.plough), "3.2"),
    Step("land is converted", (land.take, land.use, land.open_up, land.crowd), "2.1 3.2"),
    Step("homes are finished", housing.complete, "3.2"),
    # Those who live and work here at the end of last year make this year's output.
    Step("output is made", (past.pass_on, production.reach_jobs, production.make, production.face_markets,
                             production.sell), "2.1 3.1 3.2"),
    Step("visitors and households buy", (
        local_services.receive_visitors, local_services.spread_visitors, free_port.sell_duty_free,
        local_services.turn_to_services, local_services.shop, local_services.demand,
    ), "2.1 2.2 4.3"),
    Step("local services clear in price", production.price_services),
    Step("factors are paid", (production.share_out, production.pay_wages, production.serve_public)),
    Step("growth is explained, output told in volume", (volumes.explain_growth, volumes.chain), "1"),
    Step("village land and the sea earn rent", rural_land.pay_rents, "3.2"),
    Step("the use of the sea is charged", sea.charge, "2.3"),
    Step("resources earn rent, and part of it is due to the place", resources.earn_rent, "6.2"),
    Step("carbon is counted, offset and sold", (
        carbon.emit, carbon.cap_industry, carbon.offset, carbon.measure_intensity), "3.3 6.1"),
    Step("incomes reach residents", (
        income.yielded, income.let_pay_follow, income.pay_workers, free_port.relieve_talent, income.pay_farm_rent,
        income.share_profits, income.pay_pensions, income.support_farms, income.send_remittances, income.add_up,
        income.expect,
    ), "1 2.1 5 7"),
    # Rents and prices answer the incomes of the year; land for homes is sold at these prices, and its proceeds are
    # revenue below.
    Step("homes are let and sold", (housing.clear, housing.offer_land, housing.sell), "3.2"),
    Step("what living costs", volumes.price_living, "1"),
    Step("taxes and land revenue", (revenue.collect, revenue.sell_land), "3.3 6.2 8.2"),
    Step("taxes of enclaves are shared", land_quota.share_taxes, "2.1 3.2"),
    # Water is tested before counties pay each other by the tests, and both before budgets, which hold the payments.
    Step("rivers and their sections", (
        ecology.treat, ecology.discharge, ecology.drain, ecology.run_down, ecology.test_sections, ecology.judge_water,
        ecology.sum_load, ecology.bar_industry), "3.3 6.1 9.1"),
    Step("counties pay each other for water", (
        compensation.cover, compensation.share_pools, compensation.pay, compensation.sum_awards), "6.1"),
    Step("the park is kept", (ecology.plan_resettlement, ecology.charge_park, ecology.resettle), "2.2 6.2"),
    Step("transfers",
         (province.assess, province.weigh_need, province.pay_for_reform, province.fill_pools, province.pay_pools,
          province.share_earmarked, province.receive_aid, province.charge_help_in_kind,
          province.close_account, province.carry_out_programmes), "2.3 4.1 5 6.2 7 8.2"),
    # Counties spend what they have collected and received; only then can the province see who is short.
    Step("county budgets and debt",
         (budget.gather, past.recompose, budget.share_out, budget.build_and_borrow, past.restate_debt,
          budget.buy), "2.3 6.2 7 8.2 8.3"),
    Step("the province stands in", (province.cover_emergencies, province.measure_unit_cost), "8.2 8.3"),
    Step("debt lights", budget.show_lights, "8.3"),
    # Budgets are closed: what they spend on rivers and services acts from here on, and is seen next year in tests.
    Step("load is kept out of rivers", (ecology.spend_on_rivers, ecology.trade_permits, ecology.abate), "3.3 6.1 9.1"),
    Step("public services", (services.renew, services.entitle, services.reach, services.weigh),
         "4.1 5 7 8.2"),
    Step("shocks of productivity and inflow", (shocks.shake, shocks.vary_inflow)),
    Step("investment and productivity", (
        # Capital is wanted, and productivity compared, at this year's stocks: both are renewed last.
        capital.carry_out_projects, capital.price_capital, capital.invest, capital.compare_productivity,
        capital.follow_trend, capital.add_premia, capital.build_public, capital.carry_over,
        capital.own_from_outside,
        free_port.forgo_duty,
    ), "2.1 2.2 2.3 3.1 3.2 3.3 4.1 4.2 4.3 5"),
    # Those who earned the year's incomes are still here, as they were when they earned them.
    Step("living standards are measured", (living.find_rest, living.share, living.measure), "1"),
    # People decide last, on what the year has shown them.
    Step("random numbers of the year are drawn", persons.draw_random_numbers),
    Step("schooling, training, registration", (skills.finish_school, skills.upgrade), "2.2 3.2 7"),
    Step("places become urban", (migration.share_made_urban, migration.reclassify), "3.2"),
    Step("places are weighed", (place_choice.update_expectations, *place_choice.WEIGH), "3.2 5 7"),
    Step("moving", (migration.expect_newcomers, migration.migrate, migration.record_moves), "3.2 5 7 8.1"),
    Step("choice of sector", (labour.take_part, labour.look_for_work, labour.fill_posts, labour.share_sectors,
                              labour.choose_sector), "2.2 3.2"),
    Step("deaths, ageing, births", demography.renew),
    # After the last person has moved, died or been born: tables hold the end of the year.
    Step("persons are counted", (counts.remember_paid, counts.count, labour.assemble)),
    Step("output by use", (gdp_by_use.use_output, gdp_by_use.balance_trade), "1"),
    Step("lights and their answer", (
        monitoring.measure_journeys, monitoring.measure_coverage, monitoring.light, monitoring.answer_red), "9.2"),
)


class Flow(NamedTuple):
    """What one rule of the year reads and writes, by name."""

    step: str
    rule: str
    reads: tuple[str, ...]
    writes: tuple[str, ...]
    sections: str


def data_flow() -> list[Flow]:
    """The data flow of a year, in its order: every rule with what it reads and writes, from its signature."""
    return [Flow(step.says, name_of(rule), found.reads, found.writes, step.sections)
            for step in SCHEDULE for rule in step.each() for found in (contract(rule),)]
