"""The base year of a draw: its tables, and the order in which its constants are settled.

To reproduce the observed or imputed base year, some groups of rules are iterated to convergence. All seeds and
scenarios of a draw start from copies of the same base year.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import re
from collections.abc import Callable, Iterable, Iterator, Mapping

import numpy as np

from sim import names
from sim.agents import budget, counts, persons, place_choice, province
from sim.agents.persons import Persons
from sim.core.cache import source_hash
from sim.core.frozen import Frozen
from sim.core.kept import kept, newest
from sim.levers import REGISTRY
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
    resources,
    revenue,
    sea,
    services,
    skills,
    volumes,
)
from sim.mechanisms.amenities import Cells
from sim.names import bound
from sim.region import base_year as observed_base_year
from sim.region.pack import Pack
from sim.region.parks import parks
from sim.region.rivers import rivers
from sim.scenario import load_scenario
from sim.words import BASE_YEAR, SIZES

PLACES = (
    persons.settle_efficiency, counts.count, counts.remember_paid, labour.assemble,
    business.settle, hukou.settle, hukou.open_registration,
    infrastructure.connect, infrastructure.cross_borders, infrastructure.count_market, infrastructure.settle_access,
    infrastructure.measure_access, infrastructure.settle_networks,
    land.guess_quota, income.guess_investment, income.start_wages, income.settle_efficiency,
    housing.settle_prices, housing.choose_winter_homes, housing.settle_homes, housing.sell,
)

# Wage levels are iterated until survey incomes are reproduced.
WAGES = (
    production.settle_bridge, revenue.settle, revenue.set_rates, production.settle_shares, capital.price_capital,
    capital.settle_capital, land.settle, land.crowd, land.settle_density, production.settle_productivity,
    production.reach_jobs, production.settle_places, production.settle_crew, production.make,
    production.settle_markets, production.sell,
    production.settle_service_price, production.share_out, production.pay_wages, production.serve_public, sea.charge,
    income.settle_outside, income.yielded, income.start_pay, income.pay_workers, income.pay_farm_rent,
    income.share_profits, income.pay_pensions, income.support_farms, income.send_remittances, income.add_up,
    income.expect,
    housing.settle_outside, housing.fill_winter_purses, housing.settle_rents,
    income.settle_wages,
)
WAGE_ROUNDS, NEAR_ENOUGH = 300, 1e-9

# Transfers and services are iterated until the service index that determines earmarked transfers is consistent.
BUDGETS = (
    land_compensation.settle, land_compensation.match, land_compensation.settle_red_line, revenue.collect,
    revenue.sell_land, land_compensation.settle_costs, ecology.charge_park,
    province.settle, province.assess, province.settle_unit_cost, province.weigh_need, province.pay_for_reform,
    province.fill_pools, province.pay_pools, province.share_earmarked, province.close_account,
    province.carry_out_programmes, budget.settle,
    budget.gather, budget.share_out, budget.build_and_borrow, province.cover_emergencies, province.measure_unit_cost,
    services.entitle, services.settle_stocks, services.settle_unit, services.reach, services.weigh,
    services.settle_education,
)
BUDGET_ROUNDS = 20

BEFORE_MOVES = (
    production.settle_pay, volumes.settle, volumes.settle_inputs, volumes.settle_living,
    ecology.lay_out, ecology.settle_shares, ecology.settle_levels, ecology.treat, ecology.discharge,
    ecology.settle_abatement, ecology.drain, ecology.run_down, ecology.settle_loads,
    ecology.discharge, ecology.drain, ecology.run_down, ecology.test_sections, ecology.judge_water, ecology.sum_load,
    ecology.bar_industry, ecology.settle_water,
    carbon.settle, carbon.emit, carbon.settle_net, carbon.measure_intensity,
    capital.settle_public, capital.carry_out_projects, capital.price_capital, capital.invest,
    labour.settle_participation, labour.settle_public, budget.buy,
    local_services.settle_visitors, local_services.guess_last_year, local_services.settle_taste,
    local_services.shop, local_services.settle,
    skills.settle, labour.settle_sectors,
)

# Amenities are solved for: the deviation of each trial from observed migration gives the next step.
TIES = (
    place_choice.settle_expectations, place_choice.settle_ages, place_choice.weigh_leaving,
    place_choice.settle_leaving, services.settle_outside, place_choice.tie_home, place_choice.count_costs,
    amenities.gather_cells, amenities.aim, amenities.settle_newcomers,
)
TRIAL = (amenities.lay_out, place_choice.value_places, place_choice.value_outside, place_choice.weigh_places,
         amenities.bar_newcomers, place_choice.weigh_ties, place_choice.add_up, amenities.expect, amenities.compare)

REST = (
    amenities.settle_inflow,
    housing.settle_end,
    capital.follow_trend, capital.settle_end, capital.build_public,
    land_quota.value_land, land_quota.bar, resources.earn_rent,
    living.find_rest, living.share, living.measure,
    monitoring.settle, gdp_by_use.use_output, gdp_by_use.balance_trade, monitoring.measure_journeys,
    monitoring.measure_coverage,
)


class Parameters(Frozen):
    """The parameters of a draw by name: numbers, or arrays by sector, service, skill."""

    kind = "parameter"


class BaseYear:
    """The base year of a draw: the state on which its rules act, and the starting point of every run of the draw.

    It has the contents of a model under the same names: tables, persons, parameters, observations and settled
    constants. Levers are constant, and no random numbers are drawn.
    """

    seed, threads, year = 0, 1, BASE_YEAR

    def __init__(self, pack: Pack, weight: int, imputation: int, parameters: Mapping[str, object]):
        self.pack, self.weight, self.n, self.active = pack, weight, pack.n, pack.active
        self.parameters = Parameters(parameters)
        self.observed = observed_base_year.gather(pack, imputation)
        sizes = sizes_of(pack)
        self.settled = names.SETTLED(sizes)
        for name, table in names.TABLES.items():
            setattr(self, name, table(sizes))
        self.persons = Persons(observed_base_year.people(pack, weight))
        self.now = self.before = load_scenario("no_policy").at(BASE_YEAR)
        self.outlook = self.observed.exogenous_path
        self.cells = Cells(sizes)

    def lever(self, name: str) -> np.ndarray:
        """A lever's value by county."""
        return acts_in(self.pack, name) * getattr(self.now, name)


def sizes_of(pack: Pack) -> dict[str, int]:
    """The length of each dimension of a model's tables."""
    n = pack.n
    return SIZES | {"county": n, "destination": n + 1, "registration": n + 1, "county_or_all": n + 1,
                    "unknown": 2 * n + 3, "cell": 0, "park": len(parks(pack)), "reach": rivers(pack).n}


@functools.lru_cache(maxsize=256)
def acts_in(pack: Pack, lever: str) -> np.ndarray:
    """1 in the counties of the group that a lever acts on, else 0; [county]."""
    group = REGISTRY[lever].where
    return (pack.group(group) if group else pack.active).astype(float)


def base_year(pack: Pack, weight: int, imputation: int, changed: Mapping[str, object]) -> BaseYear:
    """The settled base year of a draw, computed once per process; `changed` parameters replace the central values."""
    plain = {name: tuple(value) if isinstance(value, list | tuple | np.ndarray) else value
             for name, value in changed.items()}
    return _settled(pack, weight, imputation, tuple(sorted(plain.items())))


MOST_DRAWS_KEPT = 8  # settled base years of draws in the cache folder
OF_A_DRAW = re.compile(r"settled-([0-9a-f]{16}-){3}\d+\.arrays")
_keeps = [False]


@contextlib.contextmanager
def keeping() -> Iterator[None]:
    """Within this context, store settled base years in the cache, and take them from it.

    For single runs, whose draw is likely to be used again; studies have more draws than a cache should hold.
    """
    before, _keeps[0] = _keeps[0], True
    try:
        yield
    finally:
        _keeps[0] = before


@functools.lru_cache(maxsize=4)
def _settled(pack: Pack, weight: int, imputation: int, changed: tuple) -> BaseYear:
    values = {name: card.default for name, card in names.parameter_cards().items()} | dict(changed)
    values = {name: np.array(value) if isinstance(value, tuple) else value for name, value in values.items()}
    made = BaseYear(pack, weight, imputation, values)
    of_a_draw = bool(imputation or changed)
    if not pack.from_files or (of_a_draw and not _keeps[0]):
        settle(made)
    else:
        _settle_once(made, _name_of((imputation, changed)) if of_a_draw else "")
        if of_a_draw:
            newest(OF_A_DRAW, MOST_DRAWS_KEPT)
    return made


def _name_of(draw: tuple) -> str:
    return hashlib.sha256(repr(draw).encode()).hexdigest()[:16] + "-"


def _settle_once(made: BaseYear, of_draw: str) -> None:
    """Settle the base year, or take it from the cache; `of_draw` names a draw other than the central one."""
    def settled() -> dict[str, np.ndarray]:
        settle(made)
        return {f"{place}.{name}": array for place in (*names.TABLES, "settled")
                for name, array in getattr(made, place).arrays().items()} | {
                    f"persons.{name}": array for name, array in made.persons.arrays().items()}

    found = kept(f"settled-{made.pack.hash[:16]}-{source_hash()[:16]}-{of_draw}{made.weight}.arrays", settled)
    by_place: dict[str, dict[str, np.ndarray]] = {}
    for name, array in found.items():
        place, _, column = name.partition(".")
        by_place.setdefault(place, {})[column] = array
    made.persons = Persons(by_place.pop("persons"))
    for place, arrays in by_place.items():
        for column, array in arrays.items():
            setattr(getattr(made, place), column, array)


def carry_out(rules: Iterable[Callable], model: object) -> None:
    """Apply rules to a model, in order."""
    for rule in rules:
        bound(rule)(model)


def settle(model: BaseYear) -> None:
    """Settle all constants such that the base year is as observed or imputed."""
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
    """Amenities of places and of the outside that reproduce observed net migration of the base year."""
    sought = model.settled.amenity_sought

    def missing(x):
        sought[:] = x
        carry_out(TRIAL, model)
        return model.settled.moves_missing.copy()

    found = amenities.solved(missing, np.zeros_like(sought))
    missing(found)  # the last trial may have been a different one
