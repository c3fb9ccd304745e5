"""The generated half of docs/ODD.md; `python3 run.py refresh` brings its tables up to date.

State variables, settled constants, schedule and data flow, parameters, levers and identities are read from their
registries; the prose is by hand.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from pathlib import Path

from sim import names, schedule
from sim.agents.county import Counties
from sim.agents.outside import OutsideAccount
from sim.agents.persons import Persons
from sim.agents.province import PROVINCE_TABLES
from sim.audit import IDENTITIES
from sim.core.bind import name_of
from sim.core.files import write_whole
from sim.core.table import Table
from sim.levers import REGISTRY

PAGE = Path(__file__).resolve().parents[1] / "docs" / "ODD.md"
TABLES_OF_STATE: tuple[type[Table], ...] = (Persons, Counties, *PROVINCE_TABLES.values(), OutsideAccount)


def table(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A Markdown table."""
    lines = [header, ["---"] * len(header), *rows]
    return "".join("| " + " | ".join(str(cell).replace("|", "\\|") for cell in line) + " |\n" for line in lines)


def states() -> str:
    """Every declared state: table, name, dimensions, unit, meaning."""
    parts = []
    for one in TABLES_OF_STATE:
        rows = [(f"`{name}`", " x ".join((one.row_dim or "-", *c.dims)), c.unit, c.says)
                for name, c in one.columns().items()]
        parts.append(f"#### {one.__name__}\n\n" + table(("name", "dims", "unit", "meaning"), rows))
    return "\n".join(parts)


def year() -> str:
    """The schedule, in its order."""
    rows = [(k, step.says, ", ".join(f"`{name_of(rule)}`" for rule in step.each()), step.sections)
            for k, step in enumerate(schedule.SCHEDULE, start=1)]
    return table(("", "process", "verb", "sections"), rows)


def flow() -> str:
    """What every rule of the year reads and writes, in order: the data flow, from the signatures."""
    rows = [(f"`{one.rule}`", " ".join(one.reads), " ".join(one.writes)) for one in schedule.data_flow()]
    return table(("rule", "reads", "writes"), rows)


def settled() -> str:
    """Every constant that is settled so that the base year comes out right: its file, dimensions, unit, meaning."""
    rows = [(f"`{name}`", home.__name__.removeprefix("sim."), " x ".join(c.dims) or "-", c.unit, c.says)
            for home in names.SETTLED_HOMES for name, c in home.Settled.columns().items()]
    return table(("name", "file", "dims", "unit", "meaning"), rows)


def parameters() -> str:
    """Every parameter: default, unit, range, source, confidence."""
    rows = []
    for name, card in names.parameter_cards().items():
        default = ", ".join(map(str, card.default)) if isinstance(card.default, tuple) else card.default
        low, high = card.bounds
        rows.append((f"`{name}`", default, card.unit, f"{low} to {high}", card.confidence, card.says, card.source))
    return table(("name", "central", "unit", "range", "confidence", "meaning", "source"), rows)


def levers() -> str:
    """Every active lever: section, meaning, none, range."""
    rows = [(f"`{name}`", lever.section, lever.says, lever.unit, f"{lever.range[0]} to {lever.range[1]}")
            for name, lever in REGISTRY.items()]
    return table(("lever", "section", "meaning", "unit", "range"), rows)


def identities() -> str:
    """Every identity audited each year."""
    return table(("id", "says", "tolerance"),
                 [(i.id, i.says, "exact" if i.exact else "1e-9") for i in IDENTITIES])


PARTS: dict[str, Callable[[], str]] = {
    "states": states, "settled": settled, "schedule": year, "flow": flow, "parameters": parameters,
    "levers": levers, "identities": identities}


def _instead(made: str, found: re.Match[str]) -> str:
    return made


def page(text: str) -> str:
    """The page with every generated part replaced."""
    for name, make in PARTS.items():
        begin, end = f"<!-- {name}: made by outputs.documentation -->", f"<!-- {name}: end -->"
        pattern = re.compile(re.escape(begin) + ".*?" + re.escape(end), re.DOTALL)
        made = f"{begin}\n\n{make().strip()}\n\n{end}"
        text = pattern.sub(partial(_instead, made), text)
    return text


def write() -> Path:
    """Bring docs/ODD.md up to date; returns its path."""
    write_whole(PAGE, page(PAGE.read_text(encoding="utf-8")))
    return PAGE
