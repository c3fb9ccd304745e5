"""Whole runs that many tests make, and what it means that two of them are the same."""

from sim.model import HainanModel
from sim.scenario import load_scenario

WEIGHT = 1000
NO_POLICY = load_scenario("no_policy")
TABLES = ("counties", "persons", "account", "prices", "watch", "outside", "parks")


def finished(plan, until, seed=0):
    """A run of a plan to its last year."""
    model = HainanModel(plan, seed=seed, weight=WEIGHT, until=until)
    while model.running:
        model.step()
    return model


def without_policy(until, **levers):
    """A run in which only the levers that are named move."""
    return finished(NO_POLICY.with_levers(**levers), until)


def state(model):
    """Every column of every table, by name."""
    return {f"{table}.{name}": array for table in TABLES for name, array in getattr(model, table).arrays().items()}


def assert_same_bytes(one, other, years=None):
    """Two models, or the first years of their records, agree bit for bit."""
    for name in one.record:
        a, b = one.record[name][:years], other.record[name][:years]
        assert a.tobytes() == b.tobytes(), name
    if years is None:
        for name, array in state(one).items():
            assert array.tobytes() == state(other)[name].tobytes(), name
