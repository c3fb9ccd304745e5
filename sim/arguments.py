"""Arguments of a model, checked together so that all faults are reported at once.

Besides the named arguments, every lever, section, parameter and outlook series is a plain keyword, so that tools that
vary keywords (a loop, `mesa.batch_run`, EMA Workbench) can vary all of them: `hukou_open=1.0`, `section_2_1=0.5`.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from sim import levers as registry
from sim.core.declare import Fault, Limits, UserError, nearest
from sim.core.toml_file import quoted
from sim.levers import SECTION_IDS
from sim.mechanisms.past import History
from sim.scenario import Scenario, load_scenario
from sim.scenario.plan import GROUPS, SECTION, outlook_series, parameter_cards, place_of
from sim.words import BASE_YEAR, LARGEST_SEED, LAST_YEAR, MOST_DRAWS, MOST_WORKERS, WEIGHTS

NAMED = ("plan", "seed", "weight", "until", "draw", "rng", "threads", "history", "held", "held_from", "pack")
WHOLE = {
    "weight": (Limits(*WEIGHTS, whole=True), "100 is usual"),
    "until": (Limits(BASE_YEAR + 1, LAST_YEAR, whole=True), "2035 is usual"),
    "threads": (Limits(1, MOST_WORKERS, whole=True), "1 is usual"),
}
SEED, DRAW = Limits(0, LARGEST_SEED, whole=True), Limits(0, MOST_DRAWS, whole=True)
NO_SEED = (
    "no seed is given, so it is 0: runs that differ in a lever alone stay paired, runs that differ in nothing are "
    "equal; give a seed, or several to mesa.batch_run as rng=range(5) (it puts its own in the place of a \"seed\" "
    "among its parameters)")


class Arguments(NamedTuple):
    """Checked arguments of a model. `draw` is the imputation of the base data."""

    plan: Scenario
    seed: int
    weight: int
    until: int
    draw: int
    threads: int


def checked(plan: Scenario | str, seed: object, rng: object, draw: object, settings: Mapping[str, object],
            history: object = None, **whole: object) -> Arguments:
    """Check the arguments of a model; UserError lists all faults.

    `whole`: weight, until, threads.
    """
    faults: list[Fault] = []
    found = {name: _whole(name, value, *WHOLE[name], faults) for name, value in whole.items()}
    luck = _seed(seed, rng, faults)
    drawn = dict(draw) if isinstance(draw, Mapping) else {"imputation": draw}
    for part in [part for part in GROUPS if part in drawn and not isinstance(drawn[part], Mapping)]:
        faults.append(Fault(f"draw[{part!r}]", f"{quoted(drawn.pop(part))} is not a mapping of names to values",
                            f"write {{{part!r}: {{NAME: VALUE}}}}"))
    if history is not None and not isinstance(history, History):
        faults.append(Fault("history", f"{quoted(history)} is not a result of the closure",
                            "sim.closure.followed(YEAR).history follows history up to a year"))
    faults += [Fault(f"draw[{quoted(name)!r}]", "no such part of a draw", nearest(str(name), parts) or ", ".join(parts))
               for name in drawn if name not in (parts := ("imputation", "observation", *GROUPS))]
    _whole("draw['observation']", drawn.get("observation", 0), DRAW, "0 is history as published", faults)
    imputation = _whole("draw", drawn.get("imputation", 0), DRAW, "0 is central", faults)
    try:
        scenario = load_scenario(plan)
    except UserError as error:
        faults += error.faults
        scenario = load_scenario("no_policy")  # so that the settings are checked as well
    for groups in ({part: drawn[part] for part in GROUPS if drawn.get(part)}, sorted_out(settings, faults)):
        try:
            scenario = scenario.with_settings(**groups)
        except UserError as error:
            faults += error.faults
    if faults:
        raise UserError(*dict.fromkeys(faults))
    return Arguments(scenario, luck, draw=imputation, **found)


def plan_of(plan: Scenario | str, drawn: Mapping) -> Scenario:
    """A scenario, given by name, path or object, with the changes of a draw."""
    return load_scenario(plan).with_settings(**{part: drawn[part] for part in GROUPS if drawn.get(part)})


def sorted_out(settings: Mapping[str, object], faults: list[Fault]) -> dict[str, dict[str, object]]:
    """Values by name, sorted by what they change (GROUPS); unknown names are reported.

    A section is "2.1", "section:2.1" as in a table of draws, or section_2_1 as a keyword; an amount added to an outlook
    series is "shift:visitors" or shift_visitors.
    """
    groups: dict[str, dict[str, object]] = {group: {} for group in GROUPS}
    for name, value in settings.items():
        plain = value.item() if isinstance(value, np.generic) else value
        place = place_of(name)
        if place is None:
            known = [*NAMED, *map(keyword, SECTION_IDS), *registry.REGISTRY, *parameter_cards(), *outlook_series()]
            faults.append(Fault(quoted(name), "no such argument, lever, section, parameter or outlook series",
                                nearest(name, known)))
        else:
            groups[place[0]][place[1]] = plain
    return {group: values for group, values in groups.items() if values}


def keyword(section: str) -> str:
    """A section as a keyword: section_2_1."""
    return f"{SECTION}_{section.replace('.', '_')}"


def _whole(name: str, value: object, limits: Limits, usual: str, faults: list[Fault]) -> int:
    """An integer within limits; otherwise a fault, and the lower limit."""
    plain = value.item() if isinstance(value, np.generic) else value
    if isinstance(plain, int | float) and not isinstance(plain, bool) and limits.admit(plain):
        return int(plain)
    within = f"a whole number from {int(limits.low)} to {int(limits.high)}"  # all digits, of seeds too
    faults.append(Fault(name, f"{quoted(value)} is not {within}", usual))
    return int(limits.low)


def _seed(seed: object, rng: object, faults: list[Fault]) -> int:
    """The seed: `rng` (a number or a generator) takes precedence over `seed`; 0 with a warning if neither is given."""
    given, name = (seed, "seed") if rng is None else (rng, "rng")
    if given is None:
        warnings.warn(NO_SEED, UserWarning, stacklevel=4)
        return 0
    if isinstance(given, np.random.Generator | np.random.BitGenerator | np.random.SeedSequence):
        return int(np.random.default_rng(given).integers(2**31))
    return _whole(name, given, SEED, "0 is usual", faults)
