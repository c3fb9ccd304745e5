"""A resolved, frozen scenario: all levers, and the parameters and outlook series that differ from the defaults.

The model reads `scenario.at(year)`: one number per lever. Attained values (lag, capacity, persistence) are computed by
`levers.attained` for all levers.
"""

from __future__ import annotations

import hashlib
import json
import numbers
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from sim import levers as registry
from sim.core.declare import Fault, ParameterCard, UserError, nearest
from sim.core.files import kind_of, write_whole, writing
from sim.core.frozen import Frozen
from sim.core.stages import WORDS, AddFault, Stage, Stages, number, read_value, written
from sim.core.toml_file import parse_toml, proper_name, quoted
from sim.levers import OPINIONS, Lever, attained, governance
from sim.words import BASE_YEAR, LAST_YEAR

if TYPE_CHECKING:  # loaded only if a file sets one
    from sim.outlook import Series

BY_HAND = "command line"
GROUPS = ("sections", "levers", "parameters", "outlook", "shifts")
"""Groups of settings that can be overridden, in order of application."""
PROJECTION = 2025
"""First year after the data, from which an outlook value without `since` applies."""

Note = Callable[..., None]
"""note(path, what, mend=""): a fault of the key at `path`."""


class FrozenDict(dict):
    """An immutable dictionary."""

    def _refuse(self, *args, **kw):
        raise TypeError("a scenario does not change; use with_levers, with_parameters, with_outlook")

    __setitem__ = __delitem__ = update = pop = popitem = clear = setdefault = __ior__ = _refuse

    def __reduce__(self):
        return type(self), (dict(self),)


class Now(Frozen):
    """The levers of one year: attributes are lever names, values plain numbers."""

    kind = "lever"

    def __init__(self, year: int, values: Mapping[str, float]):
        super().__init__({**values, "year": year})


@dataclass(frozen=True, eq=False)
class Scenario:
    """The settings of a run. Equal if name and content agree; `hash` covers the content only."""

    name: str
    title: str
    title_zh: str
    since: int | None
    sections: Mapping[str, str | float]
    levers: Mapping[str, Stages]
    parameters: Mapping[str, object]
    outlook_stages: Mapping[str, Stages]
    origins: Mapping[str, str]
    shifts: Mapping[str, Stages] = field(default_factory=dict)

    def __post_init__(self):
        for one in fields(self):
            value = getattr(self, one.name)
            if isinstance(value, Mapping):
                object.__setattr__(self, one.name, FrozenDict(value))

    def __reduce__(self):
        return type(self), tuple(getattr(self, one.name) for one in fields(self))

    def __eq__(self, other) -> bool:
        return isinstance(other, Scenario) and (self.name, self.hash) == (other.name, other.hash)

    def __hash__(self) -> int:
        return hash((self.name, self.hash))

    def __repr__(self) -> str:
        return f"Scenario({self.name}, {self.hash[:12]})"

    @cached_property
    def hash(self) -> str:
        """sha256 of the resolved content, excluding name, titles, comments and the order of lines."""
        content = {
            "levers": {n: [one.none, one.needs_capacity, self.levers[n]] for n, one in registry.REGISTRY.items()},
            "parameters": dict(self.parameters),
            "outlook": dict(self.outlook_stages), **({"shifts": dict(self.shifts)} if self.shifts else {}),
        }
        return hashlib.sha256(json.dumps(content, sort_keys=True, allow_nan=False).encode()).hexdigest()

    @cached_property
    def outlook(self) -> Mapping[str, Mapping[int, float]]:
        """The outlook values set by the scenario: {series: {year: value}}."""
        return FrozenDict({name: FrozenDict(_named_years(stages)) for name, stages in self.outlook_stages.items()})

    @cached_property
    def shifted(self) -> Mapping[str, Mapping[int, float]]:
        """Amounts added to outlook series: {series: {year: amount}}."""
        return FrozenDict({name: FrozenDict(_named_years(stages)) for name, stages in self.shifts.items()})

    @cached_property
    def _table(self) -> dict[int, Now]:
        return self._years(LAST_YEAR)

    def _years(self, last: int) -> dict[int, Now]:
        """Attained values of all levers, from the base year to the last."""
        years = tuple(range(BASE_YEAR, last + 1))
        ones = governance((0,) * len(years), (1.0,) * len(years), (1.0,) * len(years), years)
        steer = [attained(self.levers[n], registry.REGISTRY[n].none, False, ones) for n in registry.GOVERNANCE]
        lags, capacity, persistence = steer
        how = governance(lags, capacity, persistence, years)
        paths = {name: attained(self.levers[name], one.none, one.needs_capacity, how)
                 for name, one in registry.REGISTRY.items()}
        return {year: Now(year, {name: path[i] for name, path in paths.items()}) for i, year in enumerate(years)}

    def at(self, year: int) -> Now:
        """Lever values of a year, as read by the model."""
        if year in self._table:
            return self._table[year]
        return self._years(int(year))[year] if year > LAST_YEAR else self._table[BASE_YEAR]

    def planned(self, name: str, years: Sequence[int]) -> tuple[float, ...]:
        """A lever's planned values, implemented without delay, fully and permanently."""
        how = registry.as_planned(tuple(years))
        return attained(self.levers[name], registry.REGISTRY[name].none, True, how)

    def origin(self, name: str) -> str:
        """The file that sets a lever, parameter or outlook series."""
        return self.origins[name] if name in self.origins else registry.REGISTRY[name].file

    # ---- overrides

    def with_levers(self, **values: object) -> Scenario:
        """The scenario with some levers overridden, from its own `since` on; UserError lists all faults."""
        return self._with(values, "levers", "levers", read_lever)

    def with_sections(self, values: Mapping[str, object]) -> Scenario:
        """The scenario with whole sections at a setting: a word, or a share between none (0) and full (1).

        `{"2.1": 0.5, "8.2": "full"}`; "all" applies to every section before those named. UserError with all faults.
        """
        faults: list[Fault] = []

        def note(path: tuple, what: str, mend: str = "") -> None:
            faults.append(Fault(".".join(quoted(part) for part in path), what, mend))

        settings = read_sections(values, note, ("sections",))
        if faults:
            raise UserError(*faults)
        levers, moved = dict(self.levers), levers_of(settings, self.since)
        for name, stages in moved.items():
            levers[name] = laid_over(levers[name], stages, self.since, none_of(name))
        own = {f.name: getattr(self, f.name) for f in fields(self)}
        return Scenario(**{**own, "levers": levers, "sections": {**self.sections, **settings},
                           "origins": {**self.origins, **dict.fromkeys(moved, BY_HAND)}})

    def with_settings(self, **groups: Mapping[str, object]) -> Scenario:
        """The scenario with settings of GROUPS overridden, in that order; UserError lists all faults."""
        faults: list[Fault] = []
        plan = self
        for group in (name for name in GROUPS if groups.get(name)):
            values = dict(groups[group])
            try:
                plan = plan.with_sections(values) if group == "sections" else getattr(plan, f"with_{group}")(**values)
            except UserError as error:
                faults += error.faults
        if faults:
            raise UserError(*faults)
        return plan

    def with_parameters(self, **values: object) -> Scenario:
        """The scenario with some parameters overridden; UserError lists all faults."""
        return self._with(values, "parameters", "parameters", read_parameter)

    def with_outlook(self, **values: object) -> Scenario:
        """The scenario with some outlook series overridden; UserError lists all faults."""
        return self._with(values, "outlook", "outlook_stages", read_outlook)

    def with_shifts(self, **values: object) -> Scenario:
        """The scenario with an amount added to some outlook series; UserError lists all faults."""
        return self._with(values, "shifts", "shifts", read_shift)

    def _with(self, values: Mapping[str, object], group: str, field: str, read: Callable) -> Scenario:
        faults: list[Fault] = []

        def note(path: tuple, what: str, mend: str = "") -> None:
            faults.append(Fault(".".join(quoted(part) for part in path), what, mend))

        changed, origins = dict(getattr(self, field)), dict(self.origins)
        for given, value in values.items():
            found = read((group, given), value, None if group == "parameters" else self.since, note)
            if found is not None:
                name, new = found
                changed[name] = new if group == "parameters" else laid_over(
                    changed.get(name, ()), new, self.since, none_of(name))
                origins[name] = BY_HAND
        if faults:
            raise UserError(*faults)
        own = {f.name: getattr(self, f.name) for f in fields(self)}
        return Scenario(**{**own, field: changed, "origins": origins})

    # ---- output

    def resolved(self) -> dict:
        """All values with the file that sets them, as plain data."""
        return {
            "name": self.name, "title": self.title, "title_zh": self.title_zh, "hash": self.hash,
            "levers": {n: {"section": one.section, "value": as_written(self.levers[n]), "unit": one.unit,
                           "from": self.origin(n)} for n, one in registry.REGISTRY.items()},
            "parameters": {n: {"value": v, "from": self.origin(n)} for n, v in sorted(self.parameters.items())},
            "outlook": {n: {"value": as_written(s, PROJECTION), "from": self.origin(n)}
                        for n, s in sorted(self.outlook_stages.items())},
            "shifts": {n: {"value": as_shift(s), "from": self.origin(n)} for n, s in sorted(self.shifts.items())},
        }

    def save(self, path: str | Path, replace: bool = False) -> Path:
        """Write a file without parents that loads to the same content under its file name.

        UserError for an invalid scenario name, an existing file (unless it is to be replaced), or a failure to write.
        """
        path = Path(path)
        if path.suffix != ".toml" or not proper_name(path.stem):
            raise UserError(Fault(quoted(path, 120), "is not the name of a scenario file",
                                  "letters, digits, _ and -, at most 64, then .toml"))
        with writing(path, "choose another place"):
            if not replace and kind_of(path):
                raise UserError(Fault(str(path), "already exists", "choose another name, or replace it"))
            write_whole(path, self.to_toml())
        return path

    def to_toml(self) -> str:
        """A file without parents that resolves to the same content."""
        lines = [f"title = {toml_value(self.title)}", f"title_zh = {toml_value(self.title_zh)}", "", "[levers]"]
        lines += [f"{n} = {toml_value(as_written(self.levers[n]))}" for n in registry.REGISTRY]
        outlook = {name: as_written(stages, PROJECTION) for name, stages in self.outlook_stages.items()}
        shifts = {name: as_shift(stages) for name, stages in self.shifts.items()}
        for group, table in (("parameters", self.parameters), ("outlook", outlook), ("shifts", shifts)):
            if table:
                lines += ["", f"[{group}]", *(f"{name} = {toml_value(table[name])}" for name in sorted(table))]
        return "\n".join(lines) + "\n"


def laid_over(old: Stages, new: Stages, since: int | None, none: float | None = None) -> Stages:
    """A file's stages applied to its parent's; repeating the parent (or none, by default) changes nothing."""
    if since is None:
        return new
    last = old[-1] if old else Stage(to=none)
    same = {last._replace(since=None)}
    if none is not None:
        same.add(registry.from_none(last, none)._replace(since=None))
    if len(new) == 1 and new[0]._replace(since=None) in same:
        return old
    return (*(s for s in old if s.since is None or s.since < since), *new)


def none_of(name: str) -> float | None:
    """A lever's value without policy; None if not a lever."""
    return registry.REGISTRY[name].none if name in registry.REGISTRY else None


def as_written(stages: Stages, number_from: int = OPINIONS) -> object:
    """The TOML value of stages."""
    if not stages:
        return "none"
    if len(stages) == 1:
        return written(stages[0], number_from)
    return [{"to": stage.to, "since": stage.since} if stage.is_number else written(stage, None) for stage in stages]


def as_shift(stages: Stages) -> object:
    """The TOML value of an amount added to a series: a number, or stages."""
    written_stages = [stage.to if stage.since == PROJECTION else {"to": stage.to, "since": stage.since}
                      for stage in stages]
    return written_stages[0] if len(stages) == 1 and stages[0].since == PROJECTION else [
        one if isinstance(one, dict) else {"to": one, "since": PROJECTION} for one in written_stages]


def toml_value(value: object) -> str:
    """A value as TOML."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{key} = {toml_value(v)}" for key, v in value.items()) + " }"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(toml_value, value)) + "]"
    return repr(value)


def _named_years(stages: Stages) -> dict[int, float]:
    """The years set by the stages of an outlook series, and their values."""
    named: dict[int, float] = {}
    for stage in stages:
        since = PROJECTION if stage.since is None else stage.since
        first = since if stage.is_number else max(since, stage.path[0][0])
        named.update({year: stage.plan(year, 0.0) for year in range(first, LAST_YEAR + 1)})
    return named


# ---- values of a lever, a parameter, an outlook series ---------------------------------------------------------------

def read_lever(path: tuple, value: object, since: int | None, note: Note) -> tuple[str, Stages] | None:
    """The lever's proper name and the stages of the value at `path` (..., name)."""
    name = registry.find(path[-1], registry.REGISTRY)
    if name is None:
        note(path, *registry.no_such_lever(path[-1]))
        return None
    lever: Lever = registry.REGISTRY[name]
    stages = read_value(value, _inside(path, note), lever.range, since, lever.setting, OPINIONS, lever.unit)
    return None if stages is None else (name, stages)


def read_sections(table: Mapping, note: Note, path: tuple = ()) -> dict[str, str | float]:
    """Settings by section of a table of sections: a word or a share; `all` first, then individual sections."""
    found = {key: setting for key, value in table.items()
             if (setting := _read_section((*path, key), value, table, note)) is not None}
    common = found.pop("all", None)
    return found if common is None else {**dict.fromkeys(registry.SECTIONS, common), **found}


def _read_section(path: tuple, value: object, table: Mapping, note: Note) -> str | float | None:
    """The setting of one section, or None with faults noted."""
    key, known = path[-1], ("all", *registry.SECTIONS)
    if key not in known:
        whole = isinstance(value, Mapping) and [f"{key}.{n}" for n in value if f"{key}.{n}" in registry.SECTIONS]
        note(path, "no such section", f'a dotted id stands in quotes: "{whole[0]}" = "none"' if whole
             else nearest(str(key), known) or f"known are {', '.join(known)}")
    elif isinstance(value, numbers.Real) and not isinstance(value, bool):
        return number(value, _inside(path, note), (0.0, 1.0))
    elif not isinstance(value, str) or value not in WORDS:
        note(path, f"{quoted(value)} is no setting",
             nearest(str(value), WORDS) or 'write "none", "baseline" or "full", or a share from 0 (none) to 1 (full)')
    else:
        return value
    return None


def levers_of(settings: Mapping[str, str | float], since: int | None) -> dict[str, Stages]:
    """The stages of all levers of some sections at their settings."""
    return {name: one.setting(value, since) if isinstance(value, str) else one.between(value, since)
            for section, value in settings.items()
            for name in registry.SECTIONS[section].levers for one in (registry.REGISTRY[name],)}


def read_outlook(path: tuple, value: object, since: int | None, note: Note) -> tuple[str, Stages] | None:
    """An outlook series: a number, a path, or stages of them; from `since`, else from the first year after the data."""
    series = outlook_series()
    name = registry.find(path[-1], series)
    if name is None:
        note(path, "no such outlook series", nearest(str(path[-1]), series))
        return None
    add_fault = _inside(path, note)
    low, high = series[name].bounds
    first = PROJECTION if since is None else since
    stages = read_value(value, add_fault, (low, high), None, None, first, series[name].unit)
    if stages is None:
        return None
    if since is None and stages[0].since is not None:  # an entry's own `since` has the same effect as the file's
        first = min(first, stages[0].since)
    if any(stage.ramp for stage in stages):
        add_fault("an outlook series has no setting to start from", "write { path = { 2026 = ..., 2030 = ... } }")
        return None
    stages = tuple(s._replace(since=max(first, s.since or first)) if i == 0 else s for i, s in enumerate(stages))
    if any((s.since is not None and s.since < first) or (s.path and s.path[0][0] < first) for s in stages):
        add_fault(f"a year before {first}, where history stands",
                 "name later years, or give the file an earlier `since`")
        return None
    return name, stages


def read_shift(path: tuple, value: object, since: int | None, note: Note) -> tuple[str, Stages] | None:
    """An amount added to an outlook series: a number, or stages of numbers, from the first year after the data.

    It has the units of the series and is bounded by its range; whether the sum leaves the range is checked in the run.
    """
    series = outlook_series()
    name = registry.find(path[-1], series)
    if name is None:
        note(path, "no such outlook series", nearest(str(path[-1]), series))
        return None
    low, high = series[name].bounds
    first = PROJECTION if since is None else since
    add_fault = _inside(path, note)
    entries = value if isinstance(value, list | tuple) else [{"to": value, "since": first}]
    stages: list[Stage] = []
    for entry in entries:
        if not isinstance(entry, Mapping) or entry.keys() != {"to", "since"}:
            add_fault("a number is expected, or numbers from a year on", "[{ to = 0.01, since = 2025 }]")
            return None
        amount, year = number(entry["to"], add_fault, (low - high, high - low), unit=series[name].unit), entry["since"]
        if amount is None:
            return None
        if isinstance(year, bool) or not isinstance(year, int) or not BASE_YEAR < year <= LAST_YEAR or (
                stages and year <= (stages[-1].since or 0)):
            add_fault(f"since = {quoted(year)} is not a later year", f"{BASE_YEAR + 1} to {LAST_YEAR}")
            return None
        stages.append(Stage(since=year, to=amount))
    return name, tuple(stages)


def read_parameter(path: tuple, value: object, since: int | None, note: Note) -> tuple[str, object] | None:
    """A parameter, of the type of its default and within its bounds, constant over years."""
    cards = parameter_cards()
    name = registry.find(path[-1], cards)
    add_fault = _inside(path, note)
    if name is None:
        note(path, "no such parameter", nearest(str(path[-1]), cards))
    elif since is not None:
        add_fault(f"a parameter holds in all years, also before {since}", "put it into a file without `since`")
    else:
        found = _parameter_value(value, cards[name], add_fault)
        return None if found is None else (name, found)
    return None


def _parameter_value(value: object, card, add_fault: AddFault):
    """The value checked against the default's type and the bounds."""
    default, bounds = card.default, tuple(card.bounds) if card.bounds else None
    if isinstance(default, str):
        if not isinstance(value, str) or (bounds and isinstance(bounds[0], str) and value not in bounds):
            add_fault("no such variant", f"one of {', '.join(bounds)}" if bounds else "a name is expected")
            return None
        return value
    if isinstance(default, bool):
        if not isinstance(value, bool):
            add_fault("true or false is expected")
            return None
        return value
    if isinstance(default, tuple | list):
        return _vector(value, len(default), bounds, card.unit, add_fault)
    found = number(value, add_fault, bounds, unit=card.unit)
    if found is None or not isinstance(default, numbers.Integral):
        return found
    if found != int(found):
        add_fault(f"{found:g} where a whole number is expected")
        return None
    return int(found)


def _vector(value: object, length: int, bounds, unit: str, add_fault: AddFault) -> tuple[float, ...] | None:
    if not isinstance(value, list | tuple) or len(value) != length:
        add_fault(f"a list of {length} numbers is expected")
        return None
    entries = [number(v, add_fault, bounds, (i,), unit) for i, v in enumerate(value)]
    known = tuple(entry for entry in entries if entry is not None)
    return known if len(known) == length else None


def _inside(path: tuple, note: Note) -> AddFault:
    """Note a fault of a value at its key."""
    def add_fault(what: str, mend: str = "", *, at: tuple = ()) -> None:
        note((*path, *at), what, mend)
    return add_fault


def parameter_cards() -> Mapping[str, ParameterCard]:
    """The parameters of all mechanisms (loaded only if a file sets one)."""
    from sim.names import parameter_cards as cards

    return cards()


def outlook_series() -> Mapping[str, Series]:
    """The outlook series (loaded only if a file sets one)."""
    from sim.outlook import SERIES

    return SERIES


def parse_set(text: str) -> tuple[str, str, object]:
    """`NAME=VALUE` of the command line: group (one of GROUPS), proper name and checked value.

    NAME is a lever, a section (or `all`), a parameter or an outlook series, in this order of precedence;
    `shift:NAME` is an amount added to an outlook series.
    """
    given, sign, value = str(text).partition("=")
    given, value = given.strip(), value.strip()
    section, shift = given == "all" or given in registry.SECTION_IDS, given.startswith(f"{SHIFT}:")
    name = given.removeprefix(f"{SHIFT}:") if shift else given
    if not sign or not value or not (section or proper_name(name)) or len(value.splitlines()) > 1:
        raise UserError(Fault(f"--set {quoted(text)}", "not NAME=VALUE", "for example --set hukou_open=0.8"))
    shown = f"--set {given}"
    if not value.isalpha():
        try:
            value = parse_toml(f"value = {value}", shown).data["value"]
        except (UserError, KeyError):
            forms = 'a number, none, baseline, full, or "{ to = 0.8, ramp = [2025, 2030] }"'
            raise UserError(Fault(shown, f"{quoted(value)} is not a value", forms)) from None
    faults: list[Fault] = []

    def note(path: tuple, what: str, mend: str = "") -> None:
        faults.append(Fault(shown, what, mend))

    group = "sections" if section else "shifts" if shift else _likely_group_of(given)
    found: tuple[str, object] | None
    if section:
        found = given, read_sections({given: value}, note)
    else:
        readers = {"levers": read_lever, "parameters": read_parameter, "outlook": read_outlook, "shifts": read_shift}
        found = readers[group]((name,), value, None, note)
    if faults or found is None:
        raise UserError(*faults)
    return group, found[0], value


def _groups() -> dict[str, Mapping]:
    """The groups to which a single name may belong, other than sections, in order of precedence."""
    return {"levers": registry.REGISTRY, "parameters": parameter_cards(), "outlook": outlook_series()}


SECTION, SHIFT = "section", "shift"
"""Prefixes of a section id and of a shifted series: `section:2.1` and `shift:visitors` as columns of a table of draws,
`section_2_1` and `shift_visitors` as keywords."""


def place_of(name: str) -> tuple[str, str] | None:
    """The group (one of GROUPS) that a column name or keyword changes, and its proper name; None if unknown."""
    word, _, rest = name.partition(":") if ":" in name else name.partition("_")
    section = rest.replace("_", ".") if ":" not in name else rest
    if word == SECTION and (section == "all" or section in registry.SECTION_IDS):
        return "sections", section
    if word == SHIFT and registry.find(rest, outlook_series()) is not None:
        return "shifts", rest
    if name in registry.SECTION_IDS:
        return "sections", name
    group = group_of(name)
    return None if group is None else (group, name)


def group_of(name: str) -> str | None:
    """The group of a name: "levers", "parameters" or "outlook"; None if unknown."""
    return next((group for group, names in _groups().items() if registry.find(name, names) is not None), None)


def _likely_group_of(given: str) -> str:
    """The group of a name; for an unknown name that of the closest one, so that the fault can suggest it."""
    near = nearest(given, [name for names in _groups().values() for name in names])
    return group_of(given) or group_of(near.removeprefix("did you mean ").removesuffix("?")) or "levers"


def with_set(plan: Scenario, settings: Sequence[str]) -> Scenario:
    """A scenario with the settings of `--set NAME=VALUE`, later ones last; UserError lists all faults."""
    groups: dict[str, dict[str, object]] = {group: {} for group in GROUPS}
    faults: list[Fault] = []
    for text in settings:
        try:
            group, name, value = parse_set(text)
        except UserError as error:
            faults += error.faults
        else:
            groups[group][name] = value
    if faults:
        raise UserError(*faults)
    return plan.with_settings(**groups)
