"""What of observed history a run follows: which series, in which counties and years, and how closely.

A run with `history_until` meets every series that is observed. A TOML file chooses among them, and says only what
differs; `scenarios/follow/example.toml` is one with every word explained:

    debt = false                                    # not met at all
    own_revenue = { until = 2019 }                  # met to that year
    gdp_branch = { error = 0.05, except_years = [2020] }

A series that is not met leaves its residual at nought while history is followed; one that is met to a year, in some
counties or in some years leaves it there as it was last, or on the way between two years that are met. Afterwards all
residuals go on by their law, which is estimated on what was met. With an `error` (a standard deviation, relative) a
value is met as far as the error asks: `sim.closure.nearness`.
"""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.core.declare import Fault, UserError, nearest
from sim.core.toml_file import MAX_FAULTS, Document, parse_toml, quoted, read_toml, shown
from sim.levers import LIBRARY
from sim.region.pack import Pack, load_pack
from sim.words import BASE_YEAR, LAST_OF_ROWS

EXAMPLE = LIBRARY / "follow" / "example.toml"
SERIES: Mapping[str, str] = {
    "gdp_branch": "output of counties by branch",
    "gdp": "output of counties, all branches together",
    "province_gdp_branch": "output of the province by branch",
    "own_revenue": "own revenue of counties",
    "budget_spending": "spending of counties, as parts of what all spend",
    "inc_u": "income per head in towns of counties",
    "inc_r": "income per head in villages of counties (before 2014 net income times a ratio)",
    "province_inc_u": "income per head in towns of the province",
    "province_inc_r": "income per head in villages of the province",
    "population": "residents of counties, at the last count of all (2020)",
    "debt": "debt of counties, when it was first printed (2020)",
}
"""The series that can be followed, by their names in history, and what they are."""
OF_PROVINCE = tuple(name for name in SERIES if name.startswith("province_"))
MET_OR_NOT = ("population", "debt")  # met once, by numbers that no law moves: nothing to weigh an error against
KEYS = ("met", "until", "error", "except", "except_years")
MOST_ERROR = 1.0
NEEDS_A_YEAR = ("chooses what of history is followed, and none is",
                "say to which year: history_until = 2021 in a study, --history-until 2021 on the command line")


class Series(NamedTuple):
    """How a series is met. `until`: the last year, None for all that are followed. `error`: standard deviation of the
    error of measurement, relative; None as usual, 0 for none. `counties`, `years`: those that are not met."""

    met: bool = True
    until: int | None = None
    error: float | None = None
    counties: tuple[int, ...] = ()
    years: tuple[int, ...] = ()


@dataclass(frozen=True)
class Choice:
    """What of history is followed: the series that are not met as usual, in the order of `SERIES`."""

    differing: tuple[tuple[str, Series], ...] = ()

    def __bool__(self) -> bool:
        """Whether anything differs from meeting all that is observed."""
        return bool(self.differing)

    def of(self, name: str) -> Series:
        """How a series is met."""
        return dict(self.differing).get(name, Series())

    def mask(self, name: str, years: Sequence[int], codes: Sequence[int]) -> NDArray[np.bool_]:
        """Whether a value is to be met where there is one [year, county]."""
        one = self.of(name)
        last = max(years) if one.until is None else one.until
        when = np.array([one.met and year <= last and year not in one.years for year in years], dtype=bool)
        return when[:, None] & ~np.isin(codes, one.counties)

    def last_seen(self, until: int) -> int:
        """The last year of which anything is met where history is followed to `until`."""
        found = BASE_YEAR
        for one in map(self.of, SERIES):
            last = until if one.until is None else min(until, one.until)
            years = [year for year in range(BASE_YEAR + 1, last + 1) if one.met and year not in one.years]
            found = max(found, *years[-1:], BASE_YEAR)
        return found

    @property
    def text(self) -> str:
        """The choice as a file that `choice_of_text` reads back; empty where nothing differs."""
        return "".join(f"{name} = {_toml(one)}\n" for name, one in self.differing)

    @property
    def hash(self) -> str:
        """A hash of the choice; empty where nothing differs."""
        return hashlib.sha256(self.text.encode()).hexdigest() if self else ""

    def attributes(self) -> dict[str, str]:
        """The choice as attributes of results; none where nothing differs."""
        return {"follow": self.text, "follow_hash": self.hash} if self else {}

    def lines(self) -> list[str]:
        """The choice in words, a line for each series that is not met as usual."""
        return [f"{name} ({SERIES[name]}): {_words(one)}" for name, one in self.differing]


EVERYTHING = Choice()
"""All that is observed, as closely as it was measured."""


def load_choice(follow: str | Path | Choice | None) -> Choice:
    """The choice of a file, or itself; None is everything. UserError with all faults of the file."""
    if follow is None or isinstance(follow, Choice):
        return follow or EVERYTHING
    if not isinstance(follow, str | Path):
        raise UserError(Fault("follow", f"{quoted(follow)} is not a file", 'follow = "follow.toml"'))
    return _read(read_toml(Path(follow), shown(Path(follow))))


@functools.lru_cache(maxsize=32)
def choice_of_text(text: str) -> Choice:
    """The choice of a text that `Choice.text` wrote."""
    return _read(parse_toml(text, "follow.toml"))


def needs_a_year(choice: Choice, history_until: int | None) -> None:
    """UserError where series are chosen and no history is followed."""
    if choice and history_until is None:
        raise UserError(Fault("follow", *NEEDS_A_YEAR))


def _read(document: Document) -> Choice:
    """The choice of a document; UserError with all its faults."""
    faults: list[Fault] = []
    found = {}
    for name, value in document.data.items():
        if name in ("title", "title_zh"):
            if not isinstance(value, str):
                faults.append(document.fault((name,), "a line of text is expected"))
        elif name not in SERIES:
            faults.append(document.fault((name,), "no such series", nearest(name, SERIES)
                                         or f"known are {', '.join(SERIES)}"))
        else:
            found[name] = _series(name, value, document, faults)
    if not faults and all(not found.get(name, Series()).met for name in SERIES):
        faults.append(document.fault((), "no series is met", "leave out the year for a run that follows no history"))
    if faults:
        raise UserError(*faults[:MAX_FAULTS])
    return Choice(tuple((name, found[name]) for name in SERIES if found.get(name, Series()) != Series()))


def _series(name: str, value: object, document: Document, faults: list[Fault]) -> Series:
    """What a file says of one series; faults are noted."""
    if isinstance(value, bool):
        return Series(met=value)
    if not isinstance(value, dict):
        faults.append(document.fault((name,), f"{_written(value)} is neither true, false nor a table",
                                     f"{name} = false, or {name} = {{ until = 2019 }}"))
        return Series()
    faults += [document.fault((name, key), "no such key", nearest(key, KEYS) or ", ".join(KEYS))
               for key in value if key not in KEYS]
    met = value.get("met", True)
    if not isinstance(met, bool):
        faults.append(document.fault((name, "met"), f"{_written(met)} is neither true nor false", "met = false"))
    elif not met:
        faults += [document.fault((name, key), "says how a series is met that is not met", "leave one of them out")
                   for key in value if key in KEYS and key != "met"]
        return Series(met=False)
    until = value.get("until")
    if until is not None and not _is_year(until):
        faults.append(document.fault((name, "until"), *_no_year(until)))
    return Series(True, until if _is_year(until) else None, _error(name, value, document, faults),
                  _counties(name, value.get("except", []), document, faults),
                  _years(name, value.get("except_years", []), document, faults))


def _error(name: str, value: Mapping[str, object], document: Document, faults: list[Fault]) -> float | None:
    error = value.get("error")
    if error is None:
        return None
    if isinstance(error, bool) or not isinstance(error, int | float) or not 0.0 <= error <= MOST_ERROR:
        what = f"{_written(error)} is not a standard deviation, 0 to {MOST_ERROR:g}"
        faults.append(document.fault((name, "error"), what, "error = 0.03 is three per cent"))
    elif name in MET_OR_NOT:
        faults.append(document.fault((name, "error"), "is met exactly or not at all: once, by what no law moves",
                                     f"leave it out, or write {name} = false"))
    else:
        return float(error)
    return None


def _counties(name: str, value: object, document: Document, faults: list[Fault]) -> tuple[int, ...]:
    """Codes of counties named in English or Chinese, or by their codes."""
    if not isinstance(value, list):
        example = load_pack().names_en[0]
        faults.append(document.fault((name, "except"), "a list of counties is expected", f'except = ["{example}"]'))
        return ()
    if value and name in OF_PROVINCE:
        faults.append(document.fault((name, "except"), "is a series of the province, which has no counties",
                                     "leave it out"))
        return ()
    known = _named(load_pack())
    codes = []
    for place, county in enumerate(value):
        code = known.get(str(county).strip().casefold()) if not isinstance(county, bool) else None
        if code is None:
            faults.append(document.fault((name, "except", place), f"{_written(county)} is not a county",
                                         nearest(str(county), load_pack().names_en) or "write a name or a code"))
        else:
            codes.append(code)
    return tuple(sorted(set(codes)))


def _named(pack: Pack) -> dict[str, int]:
    return {str(word).casefold(): int(code) for words in (pack.codes, pack.names_en, pack.names_zh)
            for word, code in zip(words, pack.codes, strict=True)}


def _years(name: str, value: object, document: Document, faults: list[Fault]) -> tuple[int, ...]:
    if not isinstance(value, list):
        faults.append(document.fault((name, "except_years"), "a list of years is expected", "except_years = [2020]"))
        return ()
    faults += [document.fault((name, "except_years", place), *_no_year(year))
               for place, year in enumerate(value) if not _is_year(year)]
    return tuple(sorted({year for year in value if _is_year(year)}))


def _is_year(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and BASE_YEAR < value <= LAST_OF_ROWS


def _no_year(value: object) -> tuple[str, str]:
    return f"{_written(value)} is not a year that can be followed", f"{BASE_YEAR + 1} to {LAST_OF_ROWS}"


def _written(value: object) -> str:
    """A value as a file has it: a text within quotes, which tells it from a number."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return f'"{quoted(value)}"' if isinstance(value, str) else quoted(value)


def _toml(one: Series) -> str:
    if not one.met:
        return "false"
    parts = {"until": one.until, "error": one.error, "except": list(one.counties), "except_years": list(one.years)}
    said = ", ".join(f"{key} = {value}" for key, value in parts.items() if value not in (None, []))
    return f"{{ {said} }}"


def _words(one: Series) -> str:
    if not one.met:
        return "not met"
    names = dict(zip(map(int, load_pack().codes), load_pack().names_en, strict=True))
    parts = ["met" if one.until is None else f"met to {one.until}"]
    if one.error is not None:
        parts.append("exactly, without an error of measurement" if one.error == 0 else
                     f"as far as an error of {100 * one.error:g} % asks")
    if one.counties:
        parts.append(f"not in {', '.join(names[code] for code in one.counties)}")
    if one.years:
        parts.append(f"not in {', '.join(map(str, one.years))}")
    return ", ".join(parts)
