"""A step changes only what its module declares in WRITES."""

import sys

import numpy as np
import pytest

from sim import schedule
from sim.model import HainanModel

TABLES = ("counties", "persons", "account", "prices", "watch", "outside", "parks", "reaches")
MODULES = sorted({step.verb.__module__ for step in schedule.SCHEDULE})


def columns(model) -> dict[str, np.ndarray]:
    return {f"{table}.{name}": array for table in TABLES for name, array in getattr(model, table).arrays().items()}


def differs(one, other) -> bool:
    return one.shape != other.shape or one.tobytes() != other.tobytes()


@pytest.fixture(scope="module")
def changed() -> dict[str, set[str]]:
    """Columns that the steps of each module changed in a run of the whole catalogue of levers to 2026."""
    found: dict[str, set[str]] = {module: set() for module in MODULES}

    def watched(step):
        def verb(model):
            before = {name: array.copy() for name, array in columns(model).items()}
            step.verb(model)
            found[step.verb.__module__] |= {
                name for name, array in columns(model).items() if differs(array, before[name])}

        return step._replace(verb=verb)

    plain = schedule.SCHEDULE
    model = HainanModel("full", seed=0, weight=1000, until=2026)
    try:
        schedule.SCHEDULE = tuple(watched(step) for step in plain)
        while model.running:
            model.step()
    finally:
        schedule.SCHEDULE = plain
    return found


def declared(module: str) -> set[str]:
    return set(sys.modules[module].WRITES)


@pytest.mark.parametrize("module", MODULES)
def test_a_step_changes_only_what_its_module_declares(changed, module):
    writes = declared(module)
    secret = {name for name in changed[module] if name not in writes and f"{name.split('.')[0]}.*" not in writes}
    assert secret == set()


@pytest.mark.parametrize("module", MODULES)
def test_what_a_module_declares_exists(module):
    tables = HainanModel("no_policy", weight=1000, until=2011)
    known = set(columns(tables)) | {f"{table}.*" for table in TABLES}
    assert declared(module) <= known
    assert len(declared(module)) == len(sys.modules[module].WRITES), "declared twice"


def test_a_step_that_writes_elsewhere_would_be_found(changed):
    """The comparison sees a single number: the steps of a year do change columns of every table."""
    assert {name.split(".")[0] for names in changed.values() for name in names} == set(TABLES)
    assert not differs(np.array([0.0, 1.0]), np.array([0.0, 1.0])) and differs(np.array([0.0]), np.array([1e-300]))


def test_every_flow_is_written_anew_by_a_step_of_the_year(changed):
    """No recorded column of the counties lies idle: somebody writes it, or it stands still by what it means."""
    from sim.agents.county import Counties

    written = set().union(*changed.values())
    standing = {"transfer_emergency", "leverage_light", "land_forest_park", "land_rural", "land_wet", "business_env",
                "population_mid"}
    idle = {name for name, card in Counties.cards().items() if f"counties.{name}" not in written}
    assert idle <= standing
