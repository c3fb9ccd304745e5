"""Scenarios in words: what one says, and what differs between two."""

from __future__ import annotations

from sim import levers as registry
from sim.scenario.plan import PROJECTION, Scenario, as_shift, as_written, toml_value
from sim.words import BASE_YEAR, LAST_YEAR

MANNER = {"stay": ("stays", "staying"), "rise": ("rises", "rising"), "fall": ("falls", "falling")}
MOST_STEPS = 4


def describe(scenario: Scenario) -> str:
    """Every lever with what is planned, what is attained, and the file it came from."""
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
    years = (2018, 2025, 2035)
    values = ", ".join(f"{getattr(scenario.at(y), name):.4g}" for y in years)
    return (f"    {name} = {toml_value(as_written(scenario.levers[name]))}  [{scenario.origin(name)}]\n"
            f"        {lever.says}; {lever.unit}; attained {', '.join(map(str, years))}: {values}")


def diff(a: Scenario, b: Scenario) -> list[str]:
    """What b does instead of what a does, a sentence for each lever, parameter and outlook series that differs."""
    lines = [_lever_sentence(a, b, name) for name in registry.REGISTRY if a.levers[name] != b.levers[name]]
    for name in sorted({*a.parameters, *b.parameters}):
        old, new = (s.parameters.get(name, "its default") for s in (a, b))
        if old != new:
            lines.append(f"in all years, parameter {name} is {_number(new)} instead of {_number(old)}")
    for name in sorted({*a.outlook, *b.outlook}):
        old, new = (s.outlook.get(name, {}) for s in (a, b))
        if old != new:
            lines.append(_outlook_sentence(name, old, new))
    for name in sorted({*a.shifted, *b.shifted}):
        old, new = (s.shifted.get(name, {}) for s in (a, b))
        if old != new:
            year = min(year for year in {*old, *new} if old.get(year) != new.get(year))
            lines.append(f"from {year}, {_number(new.get(year, 0.0))} is added to outlook {name} instead of "
                         f"{_number(old.get(year, 0.0))}")
    return lines


def _lever_sentence(a: Scenario, b: Scenario, name: str) -> str:
    lever = registry.REGISTRY[name]
    years = range(BASE_YEAR - 1, LAST_YEAR + 1)
    old, new = a.planned(name, years), b.planned(name, years)
    first = next((i for i, (x, y) in enumerate(zip(old, new)) if x != y), None)
    if first is None:
        return f"{lever.short} has the same plan, held from other years: its erosion begins anew [{lever.section}]"
    return (f"from {years[first]}, {lever.short} {_course(years, new, first, 0)} instead of "
            f"{_course(years, old, first, 1)} [{lever.section}]")


def _course(years, values, first: int, form: int) -> str:
    """How a path goes from its first different year: `rises to 0.8 by 2022 and to 1 by 2030`."""
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
    return steps[0] if len(steps) == 1 else f"{', '.join(steps[:-1])} and {steps[-1].removeprefix('and ')}"


def _when(years, since: int, place: int) -> str:
    return f"in {years[place]}" if place == since + 1 else f"by {years[place]}"


def _knots(values, first: int) -> list[int]:
    """Places from `first` on where a path bends, and its end."""
    slopes = [values[i] - values[i - 1] for i in range(first, len(values))]
    bends = [first + i for i in range(len(slopes) - 1) if abs(slopes[i + 1] - slopes[i]) > 1e-9]
    return [*bends, len(values) - 1]


def _outlook_sentence(name: str, old, new) -> str:
    years = sorted(year for year in {*old, *new} if old.get(year) != new.get(year))
    said = [f"{_number(values[years[0]])} in {years[0]} and {_number(values[LAST_YEAR])} in {LAST_YEAR}"
            if years[0] in values else "as the outlook has it" for values in (new, old)]
    return f"from {years[0]}, outlook {name} is {said[0]} instead of {said[1]}"


def _number(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)
