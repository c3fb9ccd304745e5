"""A rule changes only what its signature says it writes."""

import numpy as np
import pytest

from sim import closure, names, schedule
from sim.core.bind import contract, name_of
from sim.mechanisms.past import held
from sim.model import HainanModel

RULES = {name_of(rule): rule for step in schedule.SCHEDULE for rule in step.each()}
TABLES = (*names.TABLES, "settled", "persons")


def columns(model) -> dict[str, np.ndarray]:
    """Every column of every table by the expression under which the house finds it."""
    return {f"m.{table}.{name}": array for table in TABLES for name, array in getattr(model, table).arrays().items()}


def differs(one, other) -> bool:
    return one.shape != other.shape or one.tobytes() != other.tobytes()


@pytest.fixture(scope="module")
def changed() -> dict[str, set[str]]:
    """Columns that each rule changed in a run of the whole catalogue of levers to 2026 that follows history first."""
    found: dict[str, set[str]] = {name: set() for name in RULES}

    def watched(rule):
        happen = names.bound(rule)

        def watch(model):
            before = {name: array.copy() for name, array in columns(model).items()}
            happen(model)
            found[name_of(rule)] |= {name for name, array in columns(model).items() if differs(array, before[name])}

        return watch

    plain = schedule.SCHEDULE
    told = closure.followed(2012).history
    # residuals of all kinds, without shocks of their own, so that the luck of the year is seen
    told = told._replace(people=np.full(len(told.people), 0.01), law=held(*told.law.spread.shape))
    model = HainanModel("full", seed=0, weight=1000, until=2026, history=told)
    try:
        schedule.SCHEDULE = tuple(step._replace(rules=tuple(map(watched, step.each()))) for step in plain)
        while model.running:
            model.step()
    finally:
        schedule.SCHEDULE = plain
    return found


def declared(rule) -> set[str]:
    """What a rule may change: the columns it names as written, and persons where it is given them."""
    found = contract(rule)
    persons = {name for name in columns_of_persons() if "persons" in found.arguments}
    return {names.PLACES[name].write for name in found.writes} | persons


def columns_of_persons() -> set[str]:
    from sim.agents.persons import Persons

    return {f"m.persons.{name}" for name in Persons.columns()}


@pytest.mark.parametrize("name", RULES)
def test_a_rule_changes_only_what_it_names(changed, name):
    assert changed[name] - declared(RULES[name]) == set()


def test_every_rule_of_the_year_is_bound_by_name():
    assert [name for name, rule in RULES.items() if contract(rule).arguments == ("model",)] == []


def test_a_rule_that_writes_elsewhere_would_be_found(changed):
    """The comparison sees a single number: the rules of a year do change columns of every table but what is settled."""
    assert {name.split(".")[1] for found in changed.values() for name in found} == set(TABLES) - {"settled"}
    assert not differs(np.array([0.0, 1.0]), np.array([0.0, 1.0])) and differs(np.array([0.0]), np.array([1e-300]))


def test_every_flow_is_written_anew_by_a_rule_of_the_year(changed):
    """No recorded column of the counties lies idle: somebody writes it, or it stands still by what it means."""
    from sim.agents.county import Counties

    written = set().union(*changed.values())
    standing = {"transfer_emergency", "leverage_light", "land_forest_park", "land_rural", "land_wet", "business_env",
                "population_mid", "water_good",  # every section may be good throughout
                "debt_asked",  # in the year alone in which debt was first printed
                "productivity_shock"}  # in free runs alone: this one has followed history
    assert {name for name in Counties.cards() if f"m.counties.{name}" not in written} <= standing
