"""One provision, or one lever, told whole: what the clause says, what was made of it, what it attains, what it does."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence

from outputs import policy
from outputs.clauses import clauses
from outputs.measured import Effect, Measured
from outputs.surprises import interval, relative, signed
from sim.levers import REGISTRY, SECTIONS, Lever, Section
from sim.scenario import load_scenario

SHOWN_YEARS = (2018, 2020, 2025, 2030, 2035)
SHOWN_SCENARIOS = ("baseline", "full")
WIDTH = 110
WIDTH_ZH = 52  # a Chinese character is as wide as two letters


def attained(lever: Lever) -> dict[str, dict[int, float]]:
    """What a lever attains by scenario and year, after delay, capacity and erosion."""
    return {name: {year: float(getattr(load_scenario(name).at(year), lever.name)) for year in SHOWN_YEARS}
            for name in SHOWN_SCENARIOS}


# ---- for a program -----------------------------------------------------------------------------------------------


def section_row(section: Section, measured: Measured) -> dict[str, object]:
    """A provision as plain data."""
    row = next(row for row in policy.rows(measured) if row["section"] == section.id)
    levers = [entry | {"attained": attained(REGISTRY[entry["lever"]])} for entry in row["levers"]]
    return row | {"clause": clauses()[section.id]._asdict(), "levers": levers}


def lever_row(lever: Lever, measured: Measured) -> dict[str, object]:
    """A lever as plain data, with the clause it was made of."""
    row = section_row(SECTIONS[lever.section], measured)
    entry = next(entry for entry in row["levers"] if entry["lever"] == lever.name)  # type: ignore[attr-defined]
    return {"section": lever.section, "clause": row["clause"], **entry}


# ---- for a person ------------------------------------------------------------------------------------------------


def section_lines(section: Section, measured: Measured) -> list[str]:
    """A provision for a terminal: the clause, its levers, and what all of them do together."""
    lines = [*_head(section), ""]
    for name in section.levers:
        lines += [*_lever(REGISTRY[name], measured), ""]
    for kind in ("monitored", "out_of_scope"):
        lines += [f"{kind.replace('_', ' ')}: {one.says} ({one.says_zh}): {one.reason}"
                  for one in getattr(section, kind)]
    lines += [section.reason] if section.reason else []
    if section.levers:
        lines += ["The provision as a whole, none to full:", *_whole(section, measured)]
    return lines


def lever_lines(lever: Lever, measured: Measured) -> list[str]:
    """A lever for a terminal: the clause, what was made of it, and what it does."""
    settings = policy.settings(lever)
    return [*_head(SECTIONS[lever.section]), "", *_lever(lever, measured),
            f"    acts on {lever.where}; range {settings['range']}; needs capacity: "
            f"{'yes' if lever.needs_capacity else 'no'}",
            *(f"    read in {place}" for place in policy.places_of(lever)),
            *([f"    direction left open: {lever.open}"] if lever.open else []),
            f"    source: {lever.source}; confidence {lever.confidence}; declared in {lever.file}"]


def _head(section: Section) -> list[str]:
    clause = clauses()[section.id]
    return [f"{section.id} {section.title} ({section.title_zh}): {policy.status_words(section)}", "",
            "The clause:", *(f"    {clause.zh[i:i + WIDTH_ZH]}" for i in range(0, len(clause.zh), WIDTH_ZH)),
            "In short (our summary):",
            *textwrap.wrap(clause.en, WIDTH, initial_indent="    ", subsequent_indent="    ")]


def _lever(lever: Lever, measured: Measured) -> Iterator[str]:
    settings = policy.settings(lever)
    yield f"{lever.name} [{lever.kind_note}]: {lever.says} ({lever.says_zh})"
    yield f"    unit {lever.unit}; none {settings['none']}, baseline {settings['baseline']}, full {settings['full']}"
    for scenario, values in attained(lever).items():
        yield f"    attained, {scenario}: " + ", ".join(f"{year} {value:.4g}" for year, value in values.items())
    yield f"    moves {lever.parameter}, read by {lever.mechanism}; declared effects: " + ", ".join(
        f"{output} ({lever.direction[output]})" for output in lever.outputs)
    for line in policy.effect_lines(lever, measured):
        yield f"    none to full: {line}"


def _whole(section: Section, measured: Measured) -> Sequence[str]:
    return [f"    {line}" for line in map(_effect, measured.of("provision", section.id))] or [
        f"    {policy.NOT_MEASURED}"]


def _effect(one: Effect) -> str:
    label = f" ({one.label})" if one.label else ""
    noise = "" if one.clear else ", indistinguishable from noise"
    size = f"{signed(one.mean)}{relative(one)} {interval(one)} {one.unit}, {one.years}"
    return f"{one.variable}{label}, {one.place}: {size}{noise}"
