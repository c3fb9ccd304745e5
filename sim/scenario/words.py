"""Descriptions of scenarios, and of the differences between two."""

from __future__ import annotations

from sim import levers as registry
from sim.scenario.plan import PROJECTION, Scenario, as_shift, as_written, toml_value
from sim.words import BASE_YEAR, LAST_YEAR

MANNER = {"stay": ("stays", "staying"), "rise": ("rises", "rising"), "fall": ("falls", "falling")}
MOST_STEPS = 4
SHOWN_YEARS = (2018, 2025, 2035)
SAME = 1e-9
MOST_NAMES = 6


def describe(scenario: Scenario) -> str:
    """All levers with attained and planned values and the file that sets them."""
    lines = [f"{scenario.name}: {scenario.title}" + (f" ({scenario.title_zh})" if scenario.title_zh else ""),
             f"content {scenario.hash[:16]}"]
    for section in registry.SECTIONS.values():
        lines += ["", f"{section.id} {section.title} ({section.title_zh})"]
        lines += [_lever_line(scenario, name) for name in section.levers]
        if not section.levers:
            lines.append(f"    {section.status}{': ' + section.reason if section.reason else ''}")
    outlook = {name: as_written(stages, PROJECTION) for name, stages in scenario.outlook_stages.items()}
    shifts = {name: as_shift(stages) for name, stages in scenario.shifts.items()}
    for group, values in (("parameters", scenario.parameters), ("outlook", outlook), ("shifts", shifts)):
        if values:
            lines += ["", group]
            lines += [f"    {n} = {toml_value(values[n])}  [{scenario.origin(n)}]" for n in sorted(values)]
    return "\n".join(lines)


def _lever_line(scenario: Scenario, name: str) -> str:
    lever = registry.REGISTRY[name]
    return (f"    {name}: {lever.says} ({lever.unit})\n"
            f"        attains {_told(scenario, name, SHOWN_YEARS[0])}\n"
            f"        plan: {name} = {toml_value(as_written(scenario.levers[name]))}  [{scenario.origin(name)}]")


def diff(a: Scenario, b: Scenario) -> list[str]:
    """The differences of b from a, a sentence for each lever, parameter and outlook series that differs.

    For a lever, attained values (after delay, capacity and erosion) come first, then planned ones.
    """
    lines = [_lever_sentence(a, b, name) for name in registry.REGISTRY if a.levers[name] != b.levers[name]]
    lines += _moved_along(a, b)
    for name in sorted({*a.parameters, *b.parameters}):
        old, new = (s.parameters.get(name, "its default") for s in (a, b))
        if old != new:
            lines.append(f"parameter {name}: {_number(new)} instead of {_number(old)}, in all years")
    for name in sorted({*a.outlook, *b.outlook}):
        old, new = (s.outlook.get(name, {}) for s in (a, b))
        if old != new:
            lines.append(_outlook_sentence(name, old, new))
    for name in sorted({*a.shifted, *b.shifted}):
        old, new = (s.shifted.get(name, {}) for s in (a, b))
        if old != new:
            year = min(year for year in {*old, *new} if old.get(year) != new.get(year))
            lines.append(f"outlook {name}: {_number(new.get(year, 0.0))} is added from {year} on instead of "
                         f"{_number(old.get(year, 0.0))}")
    return lines


def _moved_along(a: Scenario, b: Scenario) -> list[str]:
    """Levers with the same plan in both but different attained values, as capacity, delay or persistence differ."""
    names = [name for name in registry.REGISTRY
             if a.levers[name] == b.levers[name] and _first_difference(a, b, name) is not None]
    more = f" and {len(names) - MOST_NAMES} more" if len(names) > MOST_NAMES else ""
    return [f"{', '.join(names[:MOST_NAMES])}{more}: planned alike but attained differently, as capacity, delay or "
            "persistence differ"] if names else []


def _first_difference(a: Scenario, b: Scenario, name: str) -> int | None:
    """The first year in which the attained values of a lever differ."""
    return next((year for year in range(BASE_YEAR, LAST_YEAR + 1)
                 if abs(getattr(a.at(year), name) - getattr(b.at(year), name)) > SAME), None)


def _told(scenario: Scenario, name: str, since: int) -> str:
    """Attained values of a lever from a year on: `0 throughout`, `0.15 from 2020 on`, `0.2 in 2021 and 0.85 from 2034
    on`.
    """
    def value(year: int) -> str:
        return _short(getattr(scenario.at(year), name))

    last, holds = value(LAST_YEAR), LAST_YEAR
    while holds > since and value(holds - 1) == last:
        holds -= 1
    if holds == since and value(max(since - 1, BASE_YEAR)) == last:
        return f"{last} throughout"
    shown = [year for year in (since, *SHOWN_YEARS) if year >= since]
    said = [f"{value(year)} in {year}" for year in sorted({*shown}) if year < holds]
    if holds <= max(shown):
        said.append(f"{last} from {holds} on")
    return _listed(said)


def _lever_sentence(a: Scenario, b: Scenario, name: str) -> str:
    lever = registry.REGISTRY[name]
    head = f"{lever.short} ({name}, {lever.section}): "
    different = _first_difference(a, b, name)
    attained = ("the same is attained" if different is None else
                f"{_told(b, name, different)} instead of {_told(a, name, different)}")
    years = range(BASE_YEAR - 1, LAST_YEAR + 1)
    old, new = a.planned(name, years), b.planned(name, years)
    first = next((i for i, (x, y) in enumerate(zip(old, new)) if x != y), None)
    if first is None:
        return f"{head}{attained}. The plan is the same but starts again, and with it the loss of effect over time."
    return f"{head}{attained}. The plan {_course(years, new, first, 0)} instead of {_course(years, old, first, 1)}."


def _course(years, values, first: int, form: int) -> str:
    """The course of a path from its first different year: `rises to 0.8 by 2022 and to 1 by 2030`."""
    knots = _knots(values, first)
    steps: list[str] = []
    manner = ""
    start, since = values[first - 1], first - 1
    for place in knots:
        move = "stay" if values[place] == start else "rise" if values[place] > start else "fall"
        goal = f"at {_number(start)}" if move == "stay" else f"to {_number(values[place])} {_when(years, since, place)}"
        if move == "stay" and place < len(values) - 1:
            goal += f" until {years[place]}"
        if move == "stay" and place == len(values) - 1 and steps:
            break
        steps.append(goal if move == manner else f"{MANNER[move][form]} {goal}")
        manner, start, since = move, values[place], place
    if len(steps) > MOST_STEPS:
        steps = [*steps[:MOST_STEPS], f"and so on to {_number(values[-1])}"]
    return _listed([step.removeprefix("and ") for step in steps])


def _when(years, since: int, place: int) -> str:
    return f"in {years[place]}" if place == since + 1 else f"by {years[place]}"


def _knots(values, first: int) -> list[int]:
    """Positions from `first` on where a path changes direction or slope, and its end."""
    slopes = [values[i] - values[i - 1] for i in range(first, len(values))]
    bends = [first + i for i in range(len(slopes) - 1) if abs(slopes[i + 1] - slopes[i]) > 1e-9]
    return [*bends, len(values) - 1]


def _outlook_sentence(name: str, old, new) -> str:
    years = sorted(year for year in {*old, *new} if old.get(year) != new.get(year))
    return f"outlook {name}: {_path(new, years[0])} instead of {_path(old, years[0])}"


def _path(values, since: int) -> str:
    """Values of a series from a year on, by first and last value."""
    if since not in values:
        return "what the outlook says"
    if all(values.get(year) == values[since] for year in range(since, LAST_YEAR + 1)):
        return f"{_number(values[since])} from {since} on"
    return f"{_number(values[since])} in {since} and {_number(values[LAST_YEAR])} in {LAST_YEAR}"


def _listed(parts: list[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"


def _short(value: float) -> str:
    """A number to three digits: 0.0235, 65,000."""
    return f"{float(f'{value:.3g}'):,g}"


def _number(value: object) -> str:
    return f"{value:,g}" if isinstance(value, float) else str(value)
