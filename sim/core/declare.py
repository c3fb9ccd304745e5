"""Declarations: every number of the model is declared once, with unit, range and source.

`parameter` declares a number of a mechanism, `column` a state of an agent; `Card` is the description of a column or an
indicator in results. `UserError` is the exception for user errors: it carries all faults at once and prints without a
traceback.
"""

from __future__ import annotations

import dataclasses
import difflib
import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

KEEP_LEVELS = ("headline", "county", "all")
KINDS = ("stock", "flow", "index")


class Fault(NamedTuple):
    """One fault of an input: its location, what is wrong, how to mend it."""

    where: str
    what: str
    mend: str = ""

    def __str__(self) -> str:
        line = f"{self.where}: {self.what}" if self.where else self.what
        return printable(f"{line}; {self.mend}" if self.mend else line)


class UserError(Exception):
    """A user error, with all faults found: where, what, and how to mend it."""

    def __init__(self, *faults: Fault | str):
        self.faults = tuple(f if isinstance(f, Fault) else Fault("", f) for f in faults)
        super().__init__("\n".join(map(str, self.faults)))

    def __reduce__(self):
        return type(self), self.faults


def printable(text: str) -> str:
    """Control characters escaped, so that a file's text cannot drive a terminal."""
    return "".join(c if c.isprintable() or c in "\n\t" else c.encode("unicode_escape").decode() for c in text)


def nearest(word: str, words: Iterable[str]) -> str:
    """'did you mean ...?' for a misspelt name, or an empty text."""
    close = difflib.get_close_matches(str(word)[:80], list(words), n=1, cutoff=0.6)
    return f"did you mean {close[0]}?" if close else ""


class Limits(NamedTuple):
    """The range of a number, and whether it is an integer."""

    low: float = -math.inf
    high: float = math.inf
    whole: bool = False

    def admit(self, value: float) -> bool:
        """Whether a number is within the range (finite, and an integer if required)."""
        return self.low <= value <= self.high and math.isfinite(value) and (not self.whole or value == int(value))

    def at(self, share: float) -> float:
        """The number at a fraction of the range (0 to 1), for samplers; integers are equally likely."""
        if not self.whole:
            return self.low + share * (self.high - self.low)
        return min(int(self.high), int(self.low) + int(share * (self.high - self.low + 1)))

    def __str__(self) -> str:
        kind = "a whole number" if self.whole else "a number"
        if math.isinf(self.high):
            return kind if math.isinf(self.low) else f"{kind} of at least {self.low:g}"
        return f"{kind} from {self.low:.15g} to {self.high:.15g}"


_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?")


def plain_number(text: str) -> float:
    """A finite number from the text of a table or command: at most 64 characters, no `1_0`, `0x1` or `inf`; else nan.
    """
    text = text.strip()
    value = float(text) if len(text) <= 64 and _NUMBER.fullmatch(text) else math.nan
    return value if math.isfinite(value) else math.nan


@dataclass(frozen=True)
class ParameterCard:
    """Metadata of a parameter: default, unit, range, source, confidence (high, medium, low)."""

    name: str
    default: object
    unit: str
    bounds: tuple[float, float]
    source: str
    says: str
    confidence: str
    home: str

    @property
    def limits(self) -> Limits:
        """Its range; a parameter with an integer default takes integers only."""
        whole = isinstance(self.default, int) and not isinstance(self.default, bool)
        return Limits(float(self.bounds[0]), float(self.bounds[1]), whole)


def parameter(default: Any, *, unit: str, bounds: tuple[float, float], source: str, says: str = "",
              confidence: str = "medium") -> Any:
    """Declare a parameter of a mechanism as a dataclass field.

    A tuple as default is a vector (by sector, service ...), its bounds hold for each entry.
    """
    about = dict(unit=unit, bounds=bounds, source=source, says=says, confidence=confidence)
    return dataclasses.field(default=default, metadata=about)


def parameter_cards(parameters: type) -> dict[str, ParameterCard]:
    """The cards of a `Parameters` dataclass, by name."""
    home = parameters.__module__
    return {
        f.name: ParameterCard(name=f.name, default=f.default, home=home, **f.metadata)
        for f in dataclasses.fields(parameters)
    }


@dataclass(frozen=True)
class Card:
    """The description of a variable in results.

    `dims` exclude scenario, draw, seed and year. `kind`: stock (end of year), flow (of the year) or index.
    `keep` says from which level of detail it is stored in a study (headline, county, all; "" is never).
    """

    name: str
    dims: tuple[str, ...]
    unit: str
    long_name: str
    long_name_zh: str = ""
    kind: str = "stock"
    section: str = ""
    keep: str = "county"
    dtype: str = "float32"

    def kept(self, level: str) -> bool:
        """Whether a study at this level of detail stores the variable."""
        return bool(self.keep) and KEEP_LEVELS.index(self.keep) <= KEEP_LEVELS.index(level)


@dataclass(frozen=True)
class Column:
    """A declared state: an array over the rows of a table (and further dims)."""

    dims: tuple[str, ...]
    unit: str
    says: str
    says_zh: str = ""
    kind: str = "stock"
    section: str = ""
    keep: str = ""
    dtype: str = "float64"
    name: str = dataclasses.field(default="", init=False, repr=False, compare=False)

    def __set_name__(self, owner: type, name: str) -> None:
        object.__setattr__(self, "name", name)

    def card(self, row_dim: str | None) -> Card:
        """The reader's card; counts stay integers, all else is stored as float32."""
        dims = ((row_dim,) if row_dim else ()) + self.dims
        dtype = "int64" if self.dtype.startswith("int") else "float32"
        return Card(
            self.name, dims, self.unit, self.says, self.says_zh, self.kind, self.section, self.keep, dtype
        )


def column(*dims: str, unit: str, says: str, says_zh: str = "", kind: str = "stock", section: str = "",
           keep: str = "", dtype: str = "float64") -> Column:
    """Declare a state of a table; `keep` other than "" records it in results."""
    return Column(tuple(dims), unit, says, says_zh, kind, section, keep, dtype)


def merged(*groups: Mapping[str, object]) -> dict:
    """Several registries combined; a duplicate name is a programming error."""
    out: dict = {}
    for group in groups:
        twice = out.keys() & group.keys()
        if twice:
            raise ValueError(f"declared twice: {sorted(twice)}")
        out.update(group)
    return out
