"""The policy table: the 22 provisions with their levers, where each is read, what it should reach and what it does.

From the registry (scenarios/policies/) and the effects as they were measured last (docs/policy_effects.csv, made by
calibration/effects.py): as lines, as rows for a program, as CSV, and as the page docs/policy.md.
"""

from __future__ import annotations

import csv
import io
import math
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from outputs import surprises
from outputs.clauses import clauses
from outputs.documentation import table
from outputs.measured import Measured
from outputs.readers import Reader, readers, steering
from outputs.surprises import figure, interval, percent, relative, signed
from sim.core.files import write_whole
from sim.levers import (
    ASSUMED,
    GOVERNANCE,
    KINDS,
    REGISTRY,
    SECTIONS,
    Lever,
    Section,
    kind_words,
    kinds_of,
    policy_table,
)

PAGE = Path(__file__).resolve().parents[1] / "docs" / "policy.md"
NOT_MEASURED = "not measured yet"
MOST_LABELS = 3
LINE = re.compile(r"\.py:\d+")
COLUMNS = ("section", "title", "title_zh", "kinds", "lever", "kind", "evaluation", "multiplies", "says", "says_zh",
           "unit", "none", "baseline", "full", "range", "where", "source", "confidence", "moves", "read_in", "world",
           "output", "declared", "label", "place", "years", "output_unit", "reference", "mean", "low", "high",
           "above_zero", "stands_out")


def places_of(lever: Lever, found: dict[str, list[Reader]] | None = None) -> list[str]:
    """Where a lever is read: file:line (verb), each verb once."""
    places = [steering()] if lever.name in GOVERNANCE else (found or readers()).get(lever.name, [])
    first: dict[tuple[str, str], Reader] = {}
    for one in places:
        first.setdefault((one.file, one.verb), one)
    return [f"{one.file}:{one.line} {one.verb}".strip() for one in first.values()]


def settings(lever: Lever) -> dict[str, str]:
    """None, baseline, full and range in words."""
    from outputs.assumptions import number_words, range_words, stage_words

    return {"none": number_words(lever.none), "baseline": stage_words(lever.baseline), "full": stage_words(lever.full),
            "range": range_words(lever.range)}


def aimed_at(lever: Lever) -> str:
    """The counties in which the effect of a lever is shown beside that on the province."""
    return "poorest_third" if lever.where == "all" else lever.where


# ---- for a terminal and for programs -----------------------------------------------------------------------------


def rows(measured: Measured) -> list[dict]:
    """The policy table with settings, places of reading and measured effects; plain data."""
    found, made = readers(), policy_table()
    for row in made:
        for entry in row["levers"]:
            lever = REGISTRY[entry["lever"]]
            entry.update(settings(lever), read_in=places_of(lever, found), world=measured.world(lever.name),
                         effects=list(map(_plain, measured.of("lever", lever.name))))
        row["effects"] = list(map(_plain, measured.of("provision", row["section"])))
    return made


def _plain(one) -> dict[str, object]:
    """An effect as plain data; nothing for what one pair alone does not know."""
    return {name: None if isinstance(value, float) and not math.isfinite(value) else value
            for name, value in one._asdict().items()}


def lines(measured: Measured, now: dict[str, str]) -> list[str]:
    """The table for a terminal; `now` is the state of code, data and levers as they stand."""
    made = []
    for section in SECTIONS.values():
        made.append(f"{section.id:5} {section.title} ({section.title_zh}): {status_words(section)}")
        for name in section.levers:
            lever = REGISTRY[name]
            made.append(f"        {name} [{lever.kind_note}]: {lever.says}")
            made += [f"            {one}" for one in effect_lines(lever, measured)]
        made += [f"        {kind.replace('_', ' ')}: {entry.says}: {entry.reason}"
                 for kind in ("monitored", "out_of_scope") for entry in getattr(section, kind)]
        made += [f"        {section.reason}"] if section.reason else []
    return [*made, *(f"        {note}" for note in state_notes(measured, now))]


def state_notes(measured: Measured, now: dict[str, str]) -> list[str]:
    """What made the effects, and what has changed since."""
    if not measured.about:
        return [f"effects: {NOT_MEASURED}; policy --measure does it"]
    made = "effects: " + ", ".join(f"{name} {value}" for name, value in measured.about.items())
    changed = [name for name, value in now.items() if measured.about.get(name) != value]
    return [made, *([f"changed since they were measured: {', '.join(changed)}; policy --measure measures them again"]
                    if changed else [])]


def effect_lines(lever: Lever, measured: Measured) -> Iterator[str]:
    """What a lever does to each output it is meant for, a line each."""
    for output in lever.outputs:
        chosen = choice(measured.of("lever", lever.name, output, "all"))
        if not chosen:
            yield f"{output}: {NOT_MEASURED}"
        for one in chosen:
            yield f"{output}{_label(one)}: {signed(one.mean)} {interval(one)} {one.unit}, {one.years}{assumed(lever)}"


def assumed(lever: Lever) -> str:
    """What is said beside the effect of a lever whose size is an assumption."""
    return f" ({ASSUMED})" if lever.kind == ASSUMED else ""


def status_words(section: Section) -> str:
    """The status of a provision with the kinds of its levers; where none moves the model, the status says it all."""
    return f"{section.status}: {kind_words(kinds_of(section, REGISTRY))}" if section.levers else section.status


def as_csv(measured: Measured) -> str:
    """One line for each declared output of each lever, in the province and in the counties it is for."""
    text, found = io.StringIO(), readers()
    sheet = csv.DictWriter(text, COLUMNS, lineterminator="\n", restval="")
    sheet.writeheader()
    for lever in REGISTRY.values():
        section = SECTIONS[lever.section]
        about = {"section": section.id, "title": section.title, "title_zh": section.title_zh, "lever": lever.name,
                 "moves": lever.parameter, "read_in": "; ".join(places_of(lever, found)), **settings(lever),
                 "world": measured.world(lever.name)}
        about |= {"kinds": kind_words(kinds_of(section, REGISTRY))}
        about |= {name: getattr(lever, name) for name in ("kind", "evaluation", "multiplies")}
        about |= {name: getattr(lever, name) for name in ("says", "says_zh", "unit", "where", "source", "confidence")}
        for output in lever.outputs:
            about |= {"output": output, "declared": lever.direction[output]}
            found_effects = measured.of("lever", lever.name, output)
            for numbers in map(_numbers, found_effects) if found_effects else ({},):
                sheet.writerow(about | numbers)
    return text.getvalue()


def _numbers(one) -> dict[str, object]:
    names = ("reference", "mean", "low", "high", "above_zero", "stands_out")
    return {"label": one.label, "place": one.place, "years": one.years, "output_unit": one.unit,
            **{name: f"{getattr(one, name):.6g}" for name in names}}


# ---- the page ----------------------------------------------------------------------------------------------------


def choice(effects: Sequence) -> list:
    """Of the entries of one output (sectors, skills ...) those that stand out, at most three, else the largest."""
    ordered = sorted(effects, key=lambda one: (-abs(percent(one)), one.label))
    return [one for one in ordered if one.clear][:MOST_LABELS] or ordered[:1]


def page(measured: Measured) -> str:
    """docs/policy.md as it should be."""
    found = readers()
    parts = [_head(measured), *(_provision(section, measured, found) for section in SECTIONS.values()),
             surprises.chapter(measured), _glossary(measured)]
    return "\n".join(parts)


def _head(measured) -> str:
    counted = {status: sum(s.status == status for s in SECTIONS.values())
               for status in ("active", "monitored", "no lever yet")}
    status = ", ".join(f"{number} {name}" for name, number in counted.items() if number)
    about = measured.about
    how = (f"Measured with {about['seeds']} seeds, one simulated person for {about['weight']} residents, to "
           f"{about['until']} (code {about['code']}, data {about['data']}, levers {about['levers']}).") if about else (
        f"Effects are {NOT_MEASURED}.")
    return f"""# The Opinions in the model

Made by `python3 run.py refresh` from the registry (`scenarios/policies/`), the source text and
`docs/policy_effects.csv`; not written by hand.

The Opinions have {len(SECTIONS)} provisions: {status}. {len(REGISTRY)} levers move the model. Active: a lever moves a
state or the input of a formula. Monitored: seen in the results alone. Out of scope: the reason is given.

Each provision is quoted as it stands; the summary in English and the levers are our reading of it, not its words.

Every lever has its kind. Causal: it moves a cause (a price, a rule, a right, a flow of money or land), and the result
follows from what people, firms and governments make of it. Assumed size: it is itself the size of a result that nobody
has measured here (a premium, an efficiency, a drift); its effect is an assumption, as large as its range allows, and an
evaluation is named where there is one. Governance scalar: it multiplies other levers and has no effect of its own.
Monitored: it publishes, and acts through what answers it. {_kinds_counted()}.

{how}

An effect is a paired difference: the same seed with the lever at full and at none, all other levers at none, and the
plan carried out in full, in time and for good. Intervals are 5-95 % of the pairs (the range of fewer than ten). P(+) is
the share of pairs above zero, ties count half. **Bold**: the interval leaves zero out and the mean is larger than
chance between these seeds would make it (95 %); of effects that are nothing at most one in twenty would look so. Values
are of the last year; a flow that has ended by then is its yearly mean since the Opinions. Shares and indices are means
over counties, all else is a sum. `poorest_third`: the third of counties with the lowest income per head before the
Opinions. The settings of levers are assumptions: see source, confidence and range; `(assumed size)` beside an effect
says that the effect is one as well.
"""


def _kinds_counted() -> str:
    """How many levers are of each kind."""
    every = [lever.kind for lever in REGISTRY.values()]
    return ", ".join(f"{kind} {every.count(kind)}" for kind in KINDS)


def _provision(section: Section, measured, found: dict[str, list[Reader]]) -> str:
    levers = [REGISTRY[name] for name in section.levers]
    parts = [f"## {section.id} {section.title} ({section.title_zh}): {status_words(section)}\n"]
    clause = clauses()[section.id]
    parts.append(f"The clause:\n\n> {clause.zh}\n\nIn short (our summary): {clause.en}\n")
    if levers:
        parts.append("In the model (our reading): " + "; ".join(f"{lever.short} (`{lever.name}`)" for lever in levers)
                     + ".\n")
    parts += [f"{section.reason[0].upper()}{section.reason[1:]}.\n"] if section.reason else []
    entries = [f"- {kind.replace('_', ' ').capitalize()}: {entry.says} ({entry.says_zh}): {entry.reason}\n"
               for kind in ("monitored", "out_of_scope") for entry in getattr(section, kind)]
    parts += ["".join(entries)] if entries else []
    if levers:
        parts += [_settings_table(levers, found), _effects_table(levers, measured), _whole(section, measured)]
    return "\n".join(parts)


def _settings_table(levers: Sequence[Lever], found: dict[str, list[Reader]]) -> str:
    header = ("lever", "kind", "what", "unit", "none", "baseline", "full", "range", "where", "moves", "read in",
              "source", "confidence")
    made = []
    for lever in levers:
        words = settings(lever)
        where = "<br>".join(f"`{place}`" for place in places_of(lever, found))
        made.append((f"`{lever.name}`", lever.kind_note, f"{lever.says}<br>{lever.says_zh}", lever.unit,
                     *words.values(), lever.where, lever.parameter, where, lever.source, lever.confidence))
    return table(header, made)


def _effects_table(levers: Sequence[Lever], measured) -> str:
    header = ("lever", "output", "declared", "in", "years", "unit", "reference", "none to full", "interval", "P(+)")
    made = []
    for lever in levers:
        world = measured.world(lever.name)
        name = f"`{lever.name}`" + (f" ({world})" if world else "")
        for output in lever.outputs:
            chosen = choice(measured.of("lever", lever.name, output, "all"))
            if lever.where != "all" or lever.direction[output] == "?":
                chosen += choice(measured.of("lever", lever.name, output, aimed_at(lever)))
            made += [(name, f"`{output}`{_label(one)}", lever.direction[output], *_cells(one, assumed(lever)))
                     for one in chosen]
            if not chosen:
                made.append((name, f"`{output}`", lever.direction[output], *[""] * 4, NOT_MEASURED, "", ""))
    return table(header, made) + _open_signs(levers)


def _open_signs(levers: Sequence[Lever]) -> str:
    """Why signs are left open, a line each."""
    said = [f"- `{lever.name}`: {lever.open}." for lever in levers if lever.open]
    return "\nDirections left open (?):\n\n" + "\n".join(said) + "\n" if said else ""


def _label(one) -> str:
    return f" ({one.label})" if one.label else ""


def _cells(one, note: str = "") -> tuple[str, ...]:
    mean = f"**{signed(one.mean)}**" if one.clear else signed(one.mean)
    return (one.place, one.years, one.unit, figure(one.reference), f"{mean}{relative(one)}{note}", interval(one),
            f"{one.above_zero:.2f}")


def _whole(section: Section, measured) -> str:
    """What all levers of a provision do together to the headline indicators."""
    outputs = {output for name in section.levers for output in REGISTRY[name].outputs}
    made = [(f"`{one.variable}`{_label(one)}", *_cells(one)) for one in measured.of("provision", section.id)
            if one.variable not in outputs or one.variable in surprises.LOCAL]
    if not made:
        return f"The provision as a whole: {NOT_MEASURED}.\n"
    header = ("the provision as a whole", "in", "years", "unit", "reference", "none to full", "interval", "P(+)")
    return table(header, made)


def _glossary(measured) -> str:
    """What the names of outputs mean, in both languages."""
    from sim.indicators import cards
    from sim.model import HainanModel

    known = {**HainanModel.cards(), **cards()}
    names = {one.variable for one in measured.effects} | {o for lever in REGISTRY.values() for o in lever.outputs}
    made = [(f"`{name}`", known[name].unit, known[name].long_name, known[name].long_name_zh)
            for name in sorted(names & known.keys())]
    return "## Names of outputs\n\n" + table(("name", "unit", "meaning", "含义"), made)


def without_lines(text: str) -> str:
    """A page without the line numbers of source files, which move with every edit."""
    return LINE.sub(".py", text)


def write(measured: Measured, path: Path = PAGE) -> Path:
    """Bring docs/policy.md up to date."""
    write_whole(path, page(measured))
    return path
