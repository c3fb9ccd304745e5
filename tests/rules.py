"""Rules on a few counties: a world with the tables of a model, and rules carried out on it as the schedule does."""

from types import SimpleNamespace

import numpy as np

from sim import names
from sim.agents.counts import count
from sim.agents.persons import settle_efficiency
from sim.mechanisms.past import nothing_asked
from sim.words import BASE_YEAR, SIZES


def do(*rules, on) -> None:
    """Carry rules out on a world, one after the other."""
    for rule in rules:
        names.bound(rule)(on)


def world(n=3, year=BASE_YEAR, parameters=None, observed=None, now=None, before=None, outlook=None, **more):
    """What rules find on a model: tables of nought for `n` active counties, and the rest as given.

    `parameters` override the defaults of all mechanisms; `observed`, `now` and `before` hold only what a test needs;
    `outlook` holds series by name as one number for all years.
    """
    sizes = SIZES | {"county": n, "destination": n + 1, "registration": n + 1, "county_or_all": n + 1,
                     "unknown": 2 * n + 3,
                     "reach": 1, "park": 1}
    values = {name: card.default for name, card in names.parameter_cards().items()} | (parameters or {})
    values = {name: np.array(value) if isinstance(value, tuple) else value for name, value in values.items()}
    made = SimpleNamespace(
        n=n, active=np.ones(n, dtype=bool), year=year, weight=1, seed=0, threads=1,
        parameters=SimpleNamespace(**values), settled=names.SETTLED(sizes),
        observed=SimpleNamespace(**(observed or {})), now=SimpleNamespace(**(now or {})),
        before=SimpleNamespace(**(before or {})), history=nothing_asked(n),
        outlook={name: np.full(60, value) for name, value in (outlook or {}).items()},
        **{name: table(sizes) for name, table in names.TABLES.items()})
    made.lever = lambda name: np.full(n, float(getattr(made.now, name)))
    made.__dict__.update(more)
    return made


def counted(persons, year, n, **parameters):
    """Persons of `n` counties counted at the end of a year; efficiency and pension ages by `parameters`."""
    found = world(n, year, parameters, persons=persons)
    do(settle_efficiency, count, on=found)
    return found.counted
