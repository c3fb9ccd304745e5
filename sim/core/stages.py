"""Yearly values: the forms permitted in a file, and the planned values.

    a number                                 from `since` (or a first year the caller names) for ever
    a word                                   a setting the caller knows
    { to = x, ramp = [y0, y1] }              straight to x between the two years (a jump: two years in a row)
    { path = { 2022 = 0.8, 2030 = 1.0 } }    straight between the years, constant after the last
    [ {...}, {..., since = 2025 }, ... ]     stages, each but the first with its own `since`

Before its first year (or before `since`) the previous value applies.
"""

from __future__ import annotations

import math
import numbers
import re
from collections.abc import Callable, Mapping
from typing import NamedTuple

from sim.core.declare import nearest
from sim.core.toml_file import quoted

WORDS = ("none", "baseline", "full")
YEARS = (2000, 2100)

AddFault = Callable[..., None]
"""add_fault(what, mend="", *, at=()): notes a fault of a value; `at` is the key inside it."""


class Stage(NamedTuple):
    """One value of a lever, from the year `since` on (None: from ever). Exactly one form is used:

    a number (`to` alone), a ramp (`to`, `ramp`), a path (`path`: pairs of year and value).
    """

    since: int | None = None
    to: float | None = None
    ramp: tuple[int, int] | None = None
    path: tuple[tuple[int, float], ...] = ()

    @property
    def is_number(self) -> bool:
        """A plain number, taken as attained."""
        return self.ramp is None and not self.path

    @property
    def end(self) -> int:
        """The year in which a plan is complete."""
        return self.ramp[1] if self.ramp else self.path[-1][0]

    @property
    def values(self) -> tuple[float, ...]:
        """All values the stage names."""
        return tuple(v for _, v in self.path) if self.path else (self.to,)

    def plan(self, year: float, before: float) -> float:
        """The planned value of a year, over what the stage replaces."""
        if self.is_number:
            return self.to
        if self.ramp:
            return blend(before, self.to, self.progress(year))
        return self._on_path(year, before)

    def progress(self, year: float) -> float:
        """How far a ramp has come: 0 before it, 1 after it."""
        start, end = self.ramp
        return min(1.0, max(0.0, (year - start) / (end - start)))

    def _on_path(self, year: float, before: float) -> float:
        if year < self.path[0][0]:
            return before
        for (y0, v0), (y1, v1) in zip(self.path, self.path[1:]):
            if year < y1:
                return blend(v0, v1, (year - y0) / (y1 - y0))
        return self.path[-1][1]


def blend(old: float, new: float, weight: float) -> float:
    """old + weight (new - old), exact at both ends."""
    if weight <= 0:
        return old
    return new if weight >= 1 else old + weight * (new - old)


Stages = tuple[Stage, ...]
Setting = Callable[[str, int | None], Stages]
"""setting(word, since): the stages of a word."""


def number(value: object, add_fault: AddFault, bounds: tuple[float, float] | None = None, at: tuple = (),
           unit: str = "") -> float | None:
    """A finite number within its range, or a fault."""
    if isinstance(value, bool) or not isinstance(value, numbers.Real):
        add_fault(f"{_kind(value)} where a number is expected", at=at)
        return None
    try:
        value = float(value) + 0.0  # no minus zero
    except OverflowError:
        value = math.inf
    if not math.isfinite(value):
        add_fault(f"{value} is not a finite number", at=at)
        return None
    if bounds and not bounds[0] <= value <= bounds[1]:
        add_fault(f"{value:g} is out of range", f"{bounds[0]:g} to {bounds[1]:g}{' ' + unit if unit else ''}", at=at)
        return None
    return value


def year_of(value: object, add_fault: AddFault, at: tuple = ()) -> int | None:
    """A whole, plausible year, or a fault."""
    if isinstance(value, bool) or not isinstance(value, numbers.Integral):
        add_fault(f"{_kind(value)} where a year is expected", "a year is a whole number such as 2025", at=at)
        return None
    if not YEARS[0] <= value <= YEARS[1]:
        add_fault(f"{quoted(value)} is not a plausible year", f"{YEARS[0]} to {YEARS[1]}", at=at)
        return None
    return int(value)


def read_value(value: object, add_fault: AddFault, bounds: tuple[float, float] | None, since: int | None,
               setting: Setting | None = None, number_from: int | None = None, unit: str = "") -> Stages | None:
    """The stages of what a file writes for a number a year, or None and faults.

    `since` is the file's own; a plain number without it holds from `number_from`; `setting` knows the words.
    """
    if isinstance(value, str):
        return _read_word(value, add_fault, since, setting)
    if isinstance(value, list | tuple):
        return _read_stages(value, add_fault, bounds, since, number_from, unit)
    if isinstance(value, Mapping):
        stage = _read_table(value, add_fault, bounds, since, (), unit)
    else:
        found = number(value, add_fault, bounds, unit=unit)
        stage = None if found is None else Stage(since, found)
    if stage is None:
        return None
    if stage.is_number and stage.since is None:
        stage = stage._replace(since=number_from)
    return (stage,)


def _read_word(word: str, add_fault: AddFault, since: int | None, setting: Setting | None) -> Stages | None:
    if setting is None:
        add_fault("text where a number is expected")
    elif word not in WORDS:
        add_fault(f'"{quoted(word)}" is no setting', nearest(word, WORDS) or 'a number, or "none", "baseline", "full"')
    else:
        return setting(word, since)
    return None


def _read_stages(values: list, add_fault: AddFault, bounds, since: int | None, number_from: int | None,
                 unit: str) -> Stages | None:
    """A list of inline tables, each from its own year on."""
    if not values:
        add_fault("an empty list", 'write "none", or the stages')
        return None
    stages: list[Stage] = []
    good = True
    for place, value in enumerate(values):
        if not isinstance(value, Mapping):
            add_fault(f"{_kind(value)} where a stage is expected", "a stage is { to = ..., since = year }", at=(place,))
            good = False
            continue
        stage = _read_table(value, add_fault, bounds, since, (place,), unit)
        good = good and stage is not None
        if stage is None:
            continue
        if stage.is_number and stage.since is None:
            stage = stage._replace(since=number_from)
        if stages and (stage.since is None or (stages[-1].since is not None and stage.since <= stages[-1].since)):
            add_fault("stages out of order", "each stage but the first has a later `since`", at=(place,))
            good = False
        stages.append(stage)
    return tuple(stages) if good else None


def _read_table(table: Mapping, add_fault: AddFault, bounds, since, at: tuple, unit: str) -> Stage | None:
    """`{ to, ramp, since }` or `{ path, since }`."""
    known = ("to", "ramp", "path", "since")
    good = True
    for key in table:
        if key not in known:
            add_fault("no such key here",
                      nearest(key, known) or "{ to = ..., ramp = [year, year] } or { path = {...} }",
                      at=(*at, key))
            good = False
    if "since" in table:
        own = year_of(table["since"], add_fault, (*at, "since"))
        if own is not None and since is not None and own < since:
            add_fault(f"{own} lies before the file's since = {since}", at=(*at, "since"))
            own = None
        good, since = good and own is not None, own
    form = _read_path if "path" in table else _read_ramp
    stage = form(table, add_fault, bounds, at, unit)
    return stage._replace(since=since) if good and stage is not None else None


def _read_ramp(table: Mapping, add_fault: AddFault, bounds, at: tuple, unit: str) -> Stage | None:
    if "to" not in table:
        add_fault("neither `to` nor `path`", "{ to = ..., ramp = [year, year] } or { path = { year = value } }", at=at)
        return None
    to = number(table["to"], add_fault, bounds, (*at, "to"), unit)
    if "ramp" not in table:
        return None if to is None else Stage(to=to)
    ramp = table["ramp"]
    where = (*at, "ramp")
    if not isinstance(ramp, list | tuple) or len(ramp) != 2:
        add_fault(f"{_kind(ramp)} where two years are expected", "ramp = [2025, 2030]", at=where)
        return None
    years = [year_of(year, add_fault, where) for year in ramp]
    if None in years:
        return None
    if years[0] >= years[1]:
        add_fault(f"the ramp ends in {years[1]}, not after its start in {years[0]}",
                 f"a jump is a ramp of one year: [{years[0]}, {years[0] + 1}]", at=where)
        return None
    return None if to is None else Stage(to=to, ramp=(years[0], years[1]))


def _read_path(table: Mapping, add_fault: AddFault, bounds, at: tuple, unit: str) -> Stage | None:
    where = (*at, "path")
    for other in ("to", "ramp"):
        if other in table:
            add_fault(f"`path` and `{other}` together", "write one of them", at=(*at, other))
    path = table["path"]
    if not isinstance(path, Mapping) or not path:
        add_fault(f"{_kind(path)} where years with values are expected", "path = { 2022 = 0.8, 2030 = 1.0 }", at=where)
        return None
    points, good, last = [], not ("to" in table or "ramp" in table), None
    for key, value in path.items():
        spot = (*where, key)
        year = year_of(int(key) if re.fullmatch(r"[0-9]{4}", str(key)) else str(key), add_fault, spot)
        found = number(value, add_fault, bounds, spot, unit)
        if year is not None and last is not None and year <= last:
            add_fault(f"{year} stands after {last}", "years of a path ascend", at=spot)
            good = False
        last = year if year is not None else last
        good = good and year is not None and found is not None
        points.append((year, found))
    return Stage(path=tuple(points)) if good else None


def _kind(value: object) -> str:
    """What a wrong value is, in words."""
    if isinstance(value, bool):
        return f"{str(value).lower()} (true or false)"
    if isinstance(value, str):
        return f'the text "{quoted(value, 40)}"'
    if isinstance(value, Mapping):
        return "a table"
    if isinstance(value, list | tuple):
        return f"a list of {len(value)}"
    return quoted(value, 40)


def written(stage: Stage, number_from: int | None) -> float | dict:
    """What a file writes for a stage."""
    if stage.is_number and stage.since == number_from:
        return stage.to
    form: dict = {"path": {str(y): v for y, v in stage.path}} if stage.path else {"to": stage.to}
    if stage.ramp:
        form["ramp"] = list(stage.ramp)
    return form if stage.since is None else {**form, "since": stage.since}
