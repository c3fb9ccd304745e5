"""All names a rule may use, and where their values are found (core/bind.py).

A name is unique: a column of a table, a parameter, a settled constant, a lever, an outlook series, an observation, or a
number of the run. Besides the plain names there are

    LEVER_before        the lever of the previous year
    LEVER_by_county     the lever by county: zero outside the group it acts on
    COLUMN_at_start     a column at the end of the previous year
    COLUMN_when_held    a column at the end of the year from which causes are held (`sim.holds`)
    SERIES_path         a complete outlook series, from the base year on
"""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable, Mapping

from sim.agents import budget, persons, place_choice, province, users
from sim.agents.choices import ChoiceTables
from sim.agents.counts import Counted
from sim.agents.county import Counties
from sim.agents.outside import OutsideAccount
from sim.agents.park import Parks
from sim.agents.province import PROVINCE_TABLES
from sim.agents.reach import Reaches
from sim.core import declare
from sim.core.bind import Place, bind, contract
from sim.core.declare import merged
from sim.core.table import Constants, Table
from sim.indicators.monitored import WINDOW
from sim.levers import REGISTRY
from sim.mechanisms import (
    amenities,
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
from sim.outlook import SERIES
from sim.region import margins
from sim.region.base_year import Observed
from sim.words import BASE_YEAR

TABLES: Mapping[str, type[Table]] = {
    "counties": Counties, **PROVINCE_TABLES, "outside": OutsideAccount, "reaches": Reaches, "parks": Parks,
    "counted": Counted, "choices": ChoiceTables}
"""Tables of the model by the attribute that holds them."""

START_OF_YEAR = ("population", "population_zone", "work_yield", "pay_behind", "registered", "registered_outside",
                 "cash", "debt", "capital", "public_purchases", "public_capital", "service_stock",
                 "land_residential", "land_industrial", "land_infrastructure", "capital_outside", "service_aid",
                 "land_cultivated", "land_reclaimed", "land_rural", "land_sea", "land_reserve", "housing_stock",
                 "housing_income", "quota_balance", "enclave_land")
"""Columns of counties that are stored at the start of a year."""

HELD_COLUMNS = (
    "population", "users", "service_stock", "public_capital", "transfer_base", "transfer_equalisation",
    "transfer_ecology", "transfer_weak_area", "transfer_earmarked", "earmark_projects", "earmark_repair",
    "transfer_aid", "business_env", "border_time", "cooperation", "network_coverage", "gateway_capacity",
    "outside_service", "output_residual", "revenue_residual", "spending_residual", "pay_residual", "people_residual")
WHEN_HELD: Mapping[str, str] = {
    name: next(table for table, kind in TABLES.items() if name in kind.columns()) for name in HELD_COLUMNS}
"""Columns that are stored when causes are held, with their tables."""

RUN = {
    "n": "m.n", "active": "m.active", "year": "m.year", "elapsed": f"(m.year - {BASE_YEAR})", "weight": "m.weight",
    "seed": "m.seed", "threads": "m.threads", "codes": "m.codes", "province_code": "m.province_code",
    "in_history": "(m.year <= m.history.until)",
    "residuals_of_history": f"m.history.told[min(m.year, m.history.until) - {BASE_YEAR}]",
    "people_residual_of_history": "m.history.people", "debt_of_history": "m.history.debt",
    "capital_residual_of_history": "m.history.capital",
    "residual_law": "m.history.law", "damping_of_year": "m.history.damped(m.year)",
    "last_followed": "m.history.until",
    "residuals_hold_shocks": f"(m.history.until > {BASE_YEAR})",
    "population_lagged": (f"(m.record['population'][m.year - {BASE_YEAR + WINDOW}] "
                          f"if m.year >= {BASE_YEAR + WINDOW} else None)"),
}
"""Numbers of the run: `elapsed` counts years since the base year, `weight` is persons per row, `codes` are county
codes; `in_history` tells whether history is followed in the year, `residuals_of_history` and the like are its
residuals, `residual_law` their law of motion after `last_followed`, `damping_of_year` the additional change of output
residuals, `residuals_hold_shocks` tells whether they contain productivity shocks; `population_lagged` are residents at
the lag of the population light, None before that lag is reached.
"""


GROUPS = {"persons": Place("persons", "m.persons", "m.persons"), "choices": Place("choices", "m.choices.group()"),
          "cells": Place("cells", "m.cells", "m.cells")}
"""Groups passed as one argument to rules over persons: their table, weights of places, and cells of identical choices.
"""


PREFIXES = {"parks": "park_"}
"""Tables whose columns are prefixed in names: `park_area` is `model.parks.area`."""


def _columns(table: str, columns: type[Table]) -> dict[str, Place]:
    """A column is read as an array, or as a number if it has no dimension; it is written as an array."""
    found = {}
    for name, column in columns.columns().items():
        array = f"m.{table}.{name}"
        number = columns.row_dim is None and not column.dims
        found[PREFIXES.get(table, "") + name] = Place(table, f"{array}[()]" if number else array, array)
    return found


def places(settled: type[Constants], parameters: Mapping[str, object]) -> dict[str, Place]:
    """The location of every name; `settled` and `parameters` are those of all mechanisms."""
    read_only = {
        "parameter": {name: f"m.parameters.{name}" for name in parameters},
        "observed": {field.name: f"m.observed.{field.name}" for field in dataclasses.fields(Observed)},
        "lever": {name: f"m.now.{name}" for name in REGISTRY},
        "lever of last year": {f"{name}_before": f"m.before.{name}" for name in REGISTRY},
        "lever by county": {f"{name}_by_county": f"m.lever({name!r})" for name in REGISTRY},
        "outlook": {name: f"m.outlook[{name!r}][m.year - {BASE_YEAR}]" for name in SERIES},
        "outlook, whole": {f"{name}_path": f"m.outlook[{name!r}]" for name in SERIES},
        "start of year": {f"{name}_at_start": f"m.start[{name!r}]" for name in START_OF_YEAR},
        "when held": {f"{name}_when_held": f"m.when_held[{name!r}]" for name in WHEN_HELD},
        "run": RUN,
    }
    return merged(
        *(_columns(name, table) for name, table in TABLES.items()), _columns("settled", settled), GROUPS,
        *({name: Place(owner, read) for name, read in names.items()} for owner, names in read_only.items()))


PARAMETER_HOMES = (
    margins, persons, budget, users, province, demography, skills, place_choice, amenities, migration, labour,
    production, local_services, income, capital, revenue, land, land_quota, land_compensation, rural_land, sea, housing,
    services, business, hukou, infrastructure, shocks, ecology, compensation, carbon, living, monitoring, gdp_by_use,
    volumes, past, free_port, resources,
)


@functools.cache
def parameter_cards() -> dict:
    """Cards of all parameters of the model by name, in the order of their files."""
    return merged(*(declare.parameter_cards(home.Parameters) for home in PARAMETER_HOMES))


SETTLED_HOMES = tuple(home for home in PARAMETER_HOMES if hasattr(home, "Settled"))
SETTLED = Constants.together(*(home.Settled for home in SETTLED_HOMES))
"""The constants settled in the base year, of all mechanisms."""
PLACES = places(SETTLED, parameter_cards())
"""The location of every name that a rule may use."""


@functools.cache
def bound(rule: Callable, reads: tuple[tuple[str, str], ...] = ()) -> Callable:
    """A rule as a function of the model. A rule that takes the model itself is returned unchanged.

    `reads`: names whose values come from elsewhere, each with the expression of the model to be read instead.
    """
    if contract(rule).arguments == ("model",):
        return rule
    return bind(rule, {**PLACES, **{name: Place("held", text) for name, text in reads}})
