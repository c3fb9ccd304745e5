"""Levers: the policy instruments of the Opinions, one number a year each, and how plans become attained values.

The registry is `scenarios/policies/`, one TOML file a section. What a scenario writes for a lever:

    a number                                 an attained value, from 2019 (or `since`) on
    "none" | "baseline" | "full"             the registry's setting, in its own years
    a ramp, a path, stages                   a plan (forms: sim/core/stages.py)

A section also takes a word, or a share: 0.5 plans each of its levers half-way between none and full.

Before its first year (or before `since`) the previous value applies: `none` or, with `since`, the attained value of the
parent file. A ramp leads from the previous value to its goal; a path states levels.

A plan that needs administrative effort (`needs_capacity`) is implemented late and in part, and erodes (C.1):

    l(t) = none + (plan(carried(t)) - none) * imp(t) * E(t)
    carried(t) = latest of t' - lag(t'), t' <= t      lag: lever `action_plan` (10.2); the plan never runs backwards
    imp(t)                                            lever `capacity` (10.1)
    E(t) = product of pers over the years after the   pers: lever `law` (9.3); 1 while the plan is still moving;
           year in which the plan's end was attained  what has eroded does not come back

A lever that needs none (a tax rate, a legal limit, a switch, and these three levers themselves) takes effect as
written, from its date. Under `full`, plans are attained: imp 1, lag 0, pers 1.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from sim.core.declare import Fault, UserError, nearest
from sim.core.stages import YEARS, Stage, Stages, blend, number, read_value
from sim.core.toml_file import Document, proper_name, quoted, read_toml, same_name

OPINIONS = 2019
"""Year of the Opinions; before it, a lever set to a plain number is at none."""

CONFIDENCE = ("high", "medium", "low")
CAUSAL, ASSUMED, SCALAR, MONITORED = KINDS = ("causal", "assumed size", "governance scalar", "monitored")
"""Kinds of levers: causal (changes a price, a rule, a flow or a right; the result follows from the reaction of people,
firms and governments); assumed size (is itself the size of an effect that has not been measured: a premium, an
efficiency, a trend); governance (multiplies other levers); monitoring (measures, warns, and responds to warnings)."""
KINDS_ZH = {CAUSAL: "因果机制", ASSUMED: "效应假定", SCALAR: "治理调节系数", MONITORED: "监测"}
GROUPS = ("all", "coast", "landlocked", "inland", "centre", "mountains", "ethnic", "poverty", "key_eco",
          "national_park", "circle_N", "circle_S", "circle_E", "circle_W", "haikou", "subcentres", "poorest_third",
          "park", "marine_cities", "marine_coast", "research_cities", "platform_cities")
GOVERNANCE = ("action_plan", "capacity", "law")
SECTION_IDS = ("1", "2.1", "2.2", "2.3", "3.1", "3.2", "3.3", "4.1", "4.2", "4.3", "5", "6.1", "6.2", "7",
               "8.1", "8.2", "8.3", "9.1", "9.2", "9.3", "10.1", "10.2")
LIBRARY = Path(__file__).resolve().parent.parent / "scenarios"


@dataclass(frozen=True)
class Lever:
    """A lever of the registry; settings are stages.

    `direction`: for each output, the sign of its change when the lever goes from none to full ("?": the section leaves
    it open, or it differs between counties; `open` gives the reason). `kind`: one of KINDS; `evaluation` gives the
    evidence for an assumed size, if any, and `multiplies` names what a governance scalar multiplies.
    """

    name: str
    section: str
    says: str
    says_zh: str
    unit: str
    none: float
    baseline: Stage
    full: Stage
    range: tuple[float, float]
    where: str
    mechanism: str
    needs_capacity: bool
    source: str
    confidence: str
    parameter: str
    outputs: tuple[str, ...]
    direction: Mapping[str, str]
    open: str
    kind: str
    evaluation: str
    multiplies: str
    file: str

    def __hash__(self) -> int:
        return hash(self.name)

    @property
    def short(self) -> str:
        """Its description, without the explanation of its end points."""
        return self.says.split(":")[0]

    @property
    def kind_note(self) -> str:
        """Its kind, with the evidence for an assumed size and the levers a scalar multiplies."""
        if self.kind == ASSUMED:
            return f"{self.kind} ({self.evaluation or 'no evaluation'})"
        return f"{self.kind} ({self.multiplies})" if self.multiplies else self.kind

    def setting(self, word: str, since: int | None = None) -> Stages:
        """The stages of a word, in the registry's years, or from `since` if a file has one."""
        if word == "none":
            return () if since is None else (Stage(since, self.none),)
        return self._from(self.baseline if word == "baseline" else self.full, since)

    def between(self, share: float, since: int | None = None) -> Stages:
        """The stages at a share between none (0) and full (1): the years of `full`, its goals in part."""
        if share in (0.0, 1.0):
            return self.setting("full" if share else "none", since)
        return self._from(in_part(self.full, self.none, share), since)

    def _from(self, stage: Stage, since: int | None) -> Stages:
        return (stage,) if since is None else (from_none(stage, self.none)._replace(since=since),)


def from_none(stage: Stage, none: float) -> Stage:
    """A stage independent of the value it replaces: a path that begins at none, long before."""
    if stage.is_number:
        return stage
    points = ((stage.ramp[0], none), (stage.ramp[1], stage.to)) if stage.ramp else stage.path
    if stage.path:
        points = ((points[0][0] - 1, none), *points)
    return Stage(path=((YEARS[0], none), *points))


def in_part(stage: Stage, none: float, share: float) -> Stage:
    """A stage whose goals are scaled from none by a share; its years are unchanged."""
    if stage.path:
        return stage._replace(path=tuple((year, blend(none, value, share)) for year, value in stage.path))
    return stage._replace(to=blend(none, stage.to, share))


@dataclass(frozen=True)
class Entry:
    """A clause without a lever: monitored (visible in results) or out of scope, with the reason."""

    name: str
    says: str
    says_zh: str
    reason: str


@dataclass(frozen=True)
class Section:
    """One of the 22 provisions. `reason`: why it has no lever, if it is represented by indicators alone."""

    id: str
    title: str
    title_zh: str
    file: str
    levers: tuple[str, ...]
    monitored: tuple[Entry, ...]
    out_of_scope: tuple[Entry, ...]
    reason: str = ""

    @property
    def status(self) -> str:
        """active (has a lever), monitored (indicators alone, with a reason), or no lever yet."""
        return "active" if self.levers else "monitored" if self.reason else "no lever yet"


def kinds_of(section: Section, registry: Mapping[str, Lever]) -> dict[str, int]:
    """Number of a provision's levers by kind, in the order of KINDS; a provision without levers is monitored."""
    kinds = [registry[name].kind for name in section.levers]
    return {kind: kinds.count(kind) for kind in KINDS if kind in kinds} or {MONITORED: 0}


def kind_words(kinds: Mapping[str, int], lang: str = "en") -> str:
    """The kinds of a provision in words: the common kind of all levers, or the number of levers of each kind."""
    said = {kind: KINDS_ZH[kind] if lang == "zh" else kind for kind in kinds}
    if len(kinds) == 1:
        return next(iter(said.values()))
    if lang == "zh":
        return "、".join(f"{said[kind]}{count}项" for kind, count in kinds.items())
    return ", ".join(f"{count} {said[kind]}" for kind, count in kinds.items())


# ---- from plan to attained value ------------------------------------------------------------------------------------

class Governance(NamedTuple):
    """By year: the plan year being implemented, implementation capacity, persistence."""

    years: tuple[int, ...]
    carried: tuple[float, ...]
    capacity: tuple[float, ...]
    persistence: tuple[float, ...]


def as_planned(years: tuple[int, ...]) -> Governance:
    """Plans implemented without delay, fully and permanently."""
    ones = (1.0,) * len(years)
    return Governance(years, tuple(map(float, years)), ones, ones)


def governance(lags: Iterable[float], capacity: Iterable[float], persistence: Iterable[float],
               years: tuple[int, ...]) -> Governance:
    """The paths of the three levers that act on the others; the plan never runs backwards."""
    carried, latest = [], -math.inf
    for year, lag in zip(years, lags):
        latest = max(latest, year - lag)
        carried.append(latest)
    return Governance(years, tuple(carried), tuple(capacity), tuple(persistence))


def attained(stages: Stages, none: float, needs_capacity: bool, how: Governance) -> tuple[float, ...]:
    """Attained value of a lever by year: its stages in sequence, delayed, partial and eroding (C.1)."""
    how = how if needs_capacity else as_planned(how.years)
    values = (none,) * len(how.years)
    for stage in stages:
        values = _attain(stage, values, none, how)
    return values


def _attain(stage: Stage, before: tuple[float, ...], none: float, how: Governance) -> tuple[float, ...]:
    """Apply one stage to the values it replaces."""
    values, left, complete = [], 1.0, False
    for year, carried, capacity, persistence, old in zip(how.years, how.carried, how.capacity, how.persistence, before):
        if stage.since is not None and year < stage.since:
            values.append(old)
        elif stage.is_number:
            values.append(stage.to)
        else:
            left *= persistence if complete else 1.0
            complete = complete or carried >= stage.end
            values.append(_carried_out(stage, carried, old, none, capacity * left))
    return tuple(values)


def _carried_out(stage: Stage, year: float, old: float, none: float, effect: float) -> float:
    """A plan's value in the plan year being implemented: a ramp leads to its goal, a path states levels."""
    if stage.ramp:
        return blend(old, blend(none, stage.to, effect), stage.progress(year))
    if year < stage.path[0][0]:
        return old
    return blend(none, stage.plan(year, old), effect)


# ---- the registry --------------------------------------------------------------------------------------------------

_LEVER_KEYS = ("says", "says_zh", "unit", "none", "baseline", "full", "range", "where", "mechanism", "needs_capacity",
               "source", "confidence", "parameter", "outputs", "direction", "open", "kind", "evaluation", "multiplies")
_SECTION_KEYS = ("section", "title", "title_zh", "reason", "monitored", "out_of_scope")


def read_registry(folder: Path) -> tuple[dict[str, Section], dict[str, Lever]]:
    """All sections and levers of a folder of policy files, in the order of the Opinions; UserError with all faults."""
    faults: list[Fault] = []
    read = []
    for path in sorted(folder.glob("*.toml")):
        try:
            document = read_toml(path, f"{folder.parent.name}/{folder.name}/{path.name}")
        except UserError as error:
            faults += error.faults
        else:
            read.append(_PolicyFile(document, faults).section())
    read = sorted((r for r in read if r), key=lambda r: SECTION_IDS.index(r[0].id))
    sections, levers = {}, {}
    for section, own in read:
        if section.id in sections:
            faults.append(Fault(section.file, f"section {section.id} is also in {sections[section.id].file}"))
        for name in own:
            if name in levers:
                faults.append(Fault(section.file, f"lever {name} is also in {levers[name].file}"))
        sections[section.id] = section
        levers.update(own)
    faults += [Fault(folder.name, f"no file of section {i}") for i in SECTION_IDS if i not in sections and not faults]
    faults += [Fault(folder.name, f"no lever {n}", "lag, capacity and persistence are read from it")
               for n in GOVERNANCE if n not in levers and not faults]
    faults += [Fault(levers[n].file, f"{n}.needs_capacity is true", "write false: governance levers need no capacity")
               for n in GOVERNANCE if n in levers and levers[n].needs_capacity]
    if faults:
        raise UserError(*faults)
    return sections, levers


class _PolicyFile:
    """Checks of one policy file."""

    def __init__(self, document: Document, faults: list[Fault]):
        self.document, self.faults = document, faults

    def add_fault(self, path: tuple, what: str, mend: str = "") -> None:
        """Note a fault of the key at `path`."""
        self.faults.append(self.document.fault(path, what, mend))

    def text(self, table: Mapping, key: str, at: tuple = (), needed: bool = True, choices: tuple = ()) -> str:
        """A text (one of the choices)."""
        value = table.get(key, "")
        if not isinstance(value, str) or (needed and not value.strip()):
            self.add_fault((*at, key) if key in table else at, f"{key}: a text is expected")
            return ""
        if choices and value not in choices:
            self.add_fault((*at, key), f'"{quoted(value)}" is none of the known',
                          nearest(value, choices) or ", ".join(choices))
        return value

    def section(self) -> tuple[Section, dict[str, Lever]] | None:
        """The section with its levers by name, or None with faults noted."""
        data = self.document.data
        if data.get("section") not in SECTION_IDS:
            self.add_fault(("section",), "no such section of the Opinions", 'section = "3.2"')
            return None
        names = [key for key, value in data.items() if key not in _SECTION_KEYS]
        levers = {}
        for name in names:
            if not proper_name(name) or not isinstance(data[name], dict):
                self.add_fault((name,), "no such key", nearest(name, _SECTION_KEYS) or "a lever is a table [name]")
                continue
            lever = self.lever(name, data[name], data["section"])
            if lever is not None:
                levers[name] = lever
        return Section(
            id=data["section"], title=self.text(data, "title"), title_zh=self.text(data, "title_zh"),
            file=self.document.shown, levers=tuple(levers), monitored=self.entries("monitored"),
            out_of_scope=self.entries("out_of_scope"), reason=self.text(data, "reason", needed=False),
        ), levers

    def entries(self, kind: str) -> tuple[Entry, ...]:
        """Clauses that are monitored or out of scope, with the reasons."""
        found = []
        for name, table in self.document.data.get(kind, {}).items():
            at = (kind, name)
            if not isinstance(table, dict):
                self.add_fault(at, "a table is expected", f"[{kind}.{quoted(name)}]")
                continue
            for key in table.keys() - {"says", "says_zh", "reason"}:
                self.add_fault((*at, key), "no such key", nearest(key, ("says", "says_zh", "reason")))
            found.append(Entry(name, *(self.text(table, key, at) for key in ("says", "says_zh", "reason"))))
        return tuple(found)

    def lever(self, name: str, table: Mapping, section: str) -> Lever | None:
        """A lever, or None with faults noted."""
        before, at = len(self.faults), (name,)
        for key in table:
            if key not in _LEVER_KEYS:
                self.add_fault((name, key), "no such key", nearest(key, _LEVER_KEYS))
        for key in ("none", "baseline", "full", "range", "needs_capacity", "outputs", "direction"):
            if key not in table:
                self.add_fault(at, f"{key} is missing")
        plain = ("says", "says_zh", "unit", "source", "parameter", "mechanism")
        texts = {key: self.text(table, key, at) for key in plain}
        texts["confidence"] = self.text(table, "confidence", at, choices=CONFIDENCE)
        texts["where"] = self.text(table, "where", at, choices=GROUPS)
        texts |= self.kind(table, at)
        if len(self.faults) > before:
            return None
        bounds = self.bounds(table["range"], (name, "range"))
        none = number(table["none"], functools.partial(self._within, (name, "none")), bounds)
        settings = {key: self.stage(table[key], (name, key), bounds) for key in ("baseline", "full")}
        outputs, direction = self.outputs(table, name)
        texts["open"] = self.reason_of_open_signs(table, name, direction)
        if not isinstance(table["needs_capacity"], bool):
            self.add_fault((name, "needs_capacity"), "true or false is expected")
        if len(self.faults) > before:
            return None
        return Lever(name=name, section=section, none=none, range=bounds, needs_capacity=table["needs_capacity"],
                     outputs=outputs, direction=direction, file=self.document.shown, **texts, **settings)

    def kind(self, table: Mapping, at: tuple) -> dict[str, str]:
        """The kind of a lever, with its evidence and what it multiplies; each key is allowed for its own kind only."""
        texts = {"kind": self.text(table, "kind", at, choices=KINDS)}
        for key, kind in (("evaluation", ASSUMED), ("multiplies", SCALAR)):
            texts[key] = self.text(table, key, at, needed=False)
            if texts[key] and texts["kind"] != kind:
                self.add_fault((*at, key), f'{key} belongs to the kind "{kind}"', f'kind = "{kind}", or leave it out')
        if texts["kind"] == SCALAR and not texts["multiplies"]:
            self.add_fault(at, "multiplies is missing", "say what this lever multiplies")
        return texts

    def _within(self, path: tuple, what: str, mend: str = "", *, at: tuple = ()) -> None:
        self.add_fault(path + at, what, mend)

    def bounds(self, value: object, path: tuple) -> tuple[float, float] | None:
        """The range of a lever, lower end first, or None with faults noted."""
        add_fault = functools.partial(self._within, path)
        if not isinstance(value, list) or len(value) != 2:
            add_fault("two numbers are expected", "range = [0.0, 1.0]")
            return None
        low, high = (number(v, add_fault) for v in value)
        if low is None or high is None or low > high:
            add_fault("the range is empty")
            return None
        return low, high

    def stage(self, value: object, path: tuple, bounds: tuple[float, float] | None) -> Stage | None:
        """The single stage of a setting, or None with faults noted."""
        stages = None
        if isinstance(value, str | list):
            self.add_fault(path, "a number, a ramp or a path is expected")
        else:
            stages = read_value(value, functools.partial(self._within, path), bounds, None,
                                number_from=OPINIONS)
        return stages[0] if stages else None

    def outputs(self, table: Mapping, name: str) -> tuple[tuple[str, ...], dict[str, str]]:
        """The outputs a lever is expected to affect, and the sign for each."""
        outputs, direction = table["outputs"], table["direction"]
        if not isinstance(outputs, list) or not outputs or not all(isinstance(o, str) for o in outputs):
            self.add_fault((name, "outputs"), "names of outputs are expected", 'outputs = ["urb"]')
            return (), {}
        signs = direction if isinstance(direction, dict) else dict.fromkeys(outputs, direction)
        if signs.keys() != set(outputs):
            self.add_fault((name, "direction"), "not one sign for each of the outputs")
        if not all(sign in ("+", "-", "?") for sign in signs.values()):
            self.add_fault((name, "direction"), 'a direction is "+", "-" or "?"')
        return tuple(outputs), signs

    def reason_of_open_signs(self, table: Mapping, name: str, direction: Mapping[str, str]) -> str:
        """The reason for an open sign: required if there is one, and only then."""
        reason = self.text(table, "open", (name,)) if "open" in table else ""
        if ("?" in direction.values()) != bool(reason):
            self.add_fault((name, "open"),
                          '"open" gives the reason for a direction "?": required if there is one, and only then')
        return reason


@functools.cache
def _registry() -> tuple[dict[str, Section], dict[str, Lever]]:
    return read_registry(LIBRARY / "policies")


def __getattr__(name: str):
    """SECTIONS (id -> Section) and REGISTRY (name -> Lever) are read from the policy files on first use."""
    if name == "SECTIONS":
        return _registry()[0]
    if name == "REGISTRY":
        return _registry()[1]
    raise AttributeError(name)


def find(name: object, names: Mapping | tuple) -> str | None:
    """A name among names, ignoring case."""
    if name in names:
        return name
    folded = {same_name(n): n for n in names}
    return folded.get(same_name(str(name)))


def no_such_lever(name: object) -> tuple[str, str]:
    """The fault of an unknown lever, with the closest name."""
    registry = _registry()[1]
    hint = nearest(str(name), registry)
    close = hint.removeprefix("did you mean ").removesuffix("?")
    return "no such lever", f"did you mean {close} (section {registry[close].section})?" if hint else ""


def policy_table() -> list[dict]:
    """The 22 provisions: levers and their descriptions, clauses monitored or out of scope with reasons, and status."""
    sections, registry = _registry()
    rows = []
    for section in sections.values():
        levers = [
            {"lever": n, "says": registry[n].says, "says_zh": registry[n].says_zh, "moves": registry[n].parameter,
             "mechanism": registry[n].mechanism, "where": registry[n].where, "unit": registry[n].unit,
             "reaches": dict(registry[n].direction), "source": registry[n].source,
             "confidence": registry[n].confidence, "kind": registry[n].kind, "evaluation": registry[n].evaluation,
             "multiplies": registry[n].multiplies}
            for n in section.levers
        ]
        rest = {kind: [{"name": e.name, "says": e.says, "says_zh": e.says_zh, "reason": e.reason} for e in entries]
                for kind, entries in (("monitored", section.monitored), ("out_of_scope", section.out_of_scope))}
        rows.append({"section": section.id, "title": section.title, "title_zh": section.title_zh,
                     "status": section.status, "kinds": kinds_of(section, registry), "reason": section.reason,
                     "levers": levers, **rest})
    return rows
