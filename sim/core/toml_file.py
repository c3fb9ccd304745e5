"""Strict TOML reading: all faults of a file with line numbers, in linear time for any input.

`tomllib` gives values without line numbers, stops at its first fault, and can be made very slow (a dotted key of 64 kB
costs it 13 s). So a scanner walks the text first, in one pass without recursion of the input's depth: it notes the line
of every key, rejects implausible input, and finds duplicate keys. Then `tomllib` reads the values.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from dataclasses import dataclass, field
from pathlib import Path

from sim.core.declare import Fault, UserError

PROJECT = Path(__file__).resolve().parents[2]
MAX_BYTES = 1_000_000
MAX_LINE = 4096
MAX_DEPTH = 12
MAX_KEY_PARTS = 8
MAX_DIGITS = 40
MAX_VALUES = 20_000
MAX_FAULTS = 40

_BLANK = re.compile(r"[ \t]*")
_BLANK_LINES = re.compile(r"(?:[ \t\r\n]++|#[^\n]*+)*+")
_BARE = re.compile(r"[A-Za-z0-9_-]+")
_BASIC = re.compile(r'"(?:[^"\\\n]++|\\.)*+"')
_LITERAL = re.compile(r"'[^'\n]*+'")
_BASIC_LONG = re.compile(r'"""(?:[^"\\]++|\\.|"{1,2}(?!"))*+"{3,5}', re.DOTALL)
_LITERAL_LONG = re.compile(r"'''(?:[^']++|'{1,2}(?!'))*+'{3,5}")
_ATOM = re.compile(r"[^,\]}#\r\n]+")
_DIGITS = re.compile(f"[0-9A-Fa-f_]{{{MAX_DIGITS},}}")
_AT_LINE = re.compile(r"\s*\(at line (\d+), column \d+\)")


def quoted(text: object, limit: int = 60) -> str:
    """A user's text for a message: on one line, control characters escaped, not longer than the limit."""
    try:
        text = str(text)
    except ValueError:  # a whole number too long to be written in decimals
        text = "a number of thousands of digits"
    short = text if len(text) <= limit else text[: limit - 3] + "..."
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in short)


def proper_name(name: object) -> bool:
    """Whether a name is letters of any script, digits, _ and -, at most 64: never a path."""
    if not isinstance(name, str) or not 1 <= len(name) <= 64:
        return False
    return all(c in "_-" or c.isalnum() or unicodedata.category(c).startswith("M") for c in name)


def same_name(name: str) -> str:
    """The form in which names are compared: case-folded and composed."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())


def shown(path: Path) -> str:
    """The name of a file in messages: relative to the current folder or the project, otherwise unchanged."""
    for base in (Path.cwd, lambda: PROJECT):
        try:
            return Path(path).absolute().relative_to(base()).as_posix()
        except (ValueError, OSError):  # not below it; or the current folder is gone
            continue
    return str(path)


@dataclass
class Document:
    """The values of a file, and the line of each key."""

    shown: str
    data: dict = field(default_factory=dict)
    lines: dict[tuple, int] = field(default_factory=dict)

    def line(self, path: tuple) -> int:
        """Line of a key, or of the closest enclosing table."""
        for length in range(len(path), 0, -1):
            if path[:length] in self.lines:
                return self.lines[path[:length]]
        return 1

    def fault(self, path: tuple, what: str, mend: str = "") -> Fault:
        """A fault of a key: `file:line: key: what is wrong; how to mend it`."""
        key = ".".join(quoted(part) for part in path)
        where = f"{self.shown}:{self.line(path)}"
        return Fault(f"{where}: {key}" if key else where, what, mend)


def read_toml(path: Path, shown: str) -> Document:
    """Read a file; `shown` is its name in messages. UserError with all faults."""
    return parse_toml(_text(_bytes(path, shown), shown), shown)


def parse_toml(text: str, shown: str) -> Document:
    """Values and lines of a TOML text."""
    text = text.replace("\r\n", "\n")
    long = [Fault(f"{shown}:{n}", f"the line has {len(line)} characters", f"at most {MAX_LINE}")
            for n, line in enumerate(text.split("\n"), 1) if len(line) > MAX_LINE]
    if long:
        raise UserError(*long[:MAX_FAULTS])
    scan = _Scanner(text, shown)
    scan.run()
    if scan.faults:
        last = scan.faults[-1]
        unseen = "mend this first, what else the file holds was not checked"
        raise UserError(*scan.faults[:-1], last._replace(mend=f"{last.mend}; {unseen}" if last.mend else unseen))
    try:
        data = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, ValueError, OverflowError, RecursionError) as error:
        raise UserError(_syntax_fault(error, text, shown)) from None
    return Document(shown, data, scan.lines)


def _bytes(path: Path, shown: str) -> bytes:
    """The bytes of a regular file of at most 1 MB."""
    try:
        if path.is_dir():
            raise UserError(Fault(shown, "is a folder", "name a .toml file in it"))
        if not path.exists():
            raise UserError(Fault(shown, "no such file"))
        if not path.is_file():
            raise UserError(Fault(shown, "is not a regular file"))
        with open(path, "rb") as stream:
            data = stream.read(MAX_BYTES + 1)
    except OSError as error:
        raise UserError(Fault(shown, f"cannot be read ({error.strerror or 'system error'})")) from None
    except ValueError:
        raise UserError(Fault(quoted(shown), "is not a file name")) from None
    if len(data) > MAX_BYTES:
        raise UserError(Fault(shown, f"is larger than {MAX_BYTES:,} bytes", "a scenario is a page of text"))
    return data


def _text(data: bytes, shown: str) -> str:
    """UTF-8 with or without a byte-order mark."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise UserError(Fault(f"{shown}:{line}", "is not UTF-8 text", "save the file as UTF-8")) from None


def _syntax_fault(error: Exception, text: str, shown: str) -> Fault:
    """The fault found by tomllib, which stops at the first one."""
    message = str(error)
    at = _AT_LINE.search(message)
    line = int(at.group(1)) if at else text.count("\n") + 1 if "end of document" in message else 1
    what = quoted(_AT_LINE.sub("", message).replace(" (at end of document)", ""), 120)
    return Fault(f"{shown}:{line}", f"not TOML: {what[:1].lower()}{what[1:]}",
                 "fix this first; what follows has not been checked")


class _Stop(Exception):
    """The scanner found something it does not handle; tomllib reports the fault."""


class _Scanner:
    """One pass over the text: lines of keys, duplicate keys, and implausible input."""

    def __init__(self, text: str, shown: str):
        self.text, self.shown = text, shown
        self.at, self.line, self.values = 0, 1, 0
        self.lines: dict[tuple, int] = {}
        self.given: dict[tuple, int] = {}
        self.arrays: dict[tuple, int] = {}
        self.faults: list[Fault] = []

    def run(self) -> None:
        """Walk the document: headers and pairs until the end or the first thing that is not TOML."""
        table: tuple = ()
        try:
            while self._skip(_BLANK_LINES) < len(self.text):
                if self.text[self.at] == "[":
                    table = self._header()
                else:
                    self._pair(table, 0)
        except _Stop:
            return

    def _skip(self, pattern: re.Pattern) -> int:
        """Move behind a match, counting lines."""
        match = pattern.match(self.text, self.at)
        if match:
            self._move(match.end())
        return self.at

    def _move(self, end: int) -> None:
        self.line += self.text.count("\n", self.at, end)
        self.at = end

    def _expect(self, sign: str) -> None:
        if not self.text.startswith(sign, self.at):
            raise _Stop
        self.at += len(sign)

    def _refuse(self, what: str, mend: str = "") -> None:
        self.faults.append(Fault(f"{self.shown}:{self.line}", what, mend))
        raise _Stop

    def _twice(self, path: tuple, line: int) -> None:
        key = ".".join(quoted(part) for part in path)
        self.faults.append(Fault(f"{self.shown}:{line}: {key}", f"given twice, first on line {self.given[path]}",
                                 "keep one of them"))
        if len(self.faults) >= MAX_FAULTS:
            raise _Stop

    def _key(self) -> tuple:
        """A dotted key."""
        parts: list[str] = []
        while True:
            self._skip(_BLANK)
            parts.append(self._key_part())
            if len(parts) > MAX_KEY_PARTS:
                self._refuse(f"a key of more than {MAX_KEY_PARTS} dotted parts", "no table is that deep")
            self._skip(_BLANK)
            if not self.text.startswith(".", self.at):
                return tuple(parts)
            self.at += 1

    def _key_part(self) -> str:
        for pattern in (_BARE, _BASIC, _LITERAL):
            match = pattern.match(self.text, self.at)
            if match:
                self.at = match.end()
                return match.group() if pattern is _BARE else _unquoted(match.group())
        raise _Stop

    def _note(self, path: tuple, line: int) -> None:
        if len(path) > MAX_DEPTH:
            self._refuse(f"nested deeper than {MAX_DEPTH} levels")
        for length in range(1, len(path) + 1):
            self.lines.setdefault(path[:length], line)

    def _header(self) -> tuple:
        """`[table]` or `[[array of tables]]`."""
        line, many = self.line, self.text.startswith("[[", self.at)
        self._expect("[[" if many else "[")
        path = self._key()
        self._expect("]]" if many else "]")
        self._count()
        if many:
            number = self.arrays[path] = self.arrays.get(path, -1) + 1
            path = (*path, number)
        else:
            self._give(path, line)
        self._note(path, line)
        return path

    def _pair(self, table: tuple, depth: int) -> None:
        """`key = value`."""
        line = self.line
        path = table + self._key()
        self._expect("=")
        self._count()
        self._give(path, line)
        self._note(path, line)
        self._value(path, depth)

    def _give(self, path: tuple, line: int) -> None:
        """A key is given once, but anew in every entry of an array of tables."""
        if path in self.given and not any(path[:n] in self.arrays for n in range(len(path))):
            self._twice(path, line)
        else:
            self.given[path] = line

    def _count(self) -> None:
        self.values += 1
        if self.values > MAX_VALUES:
            self._refuse(f"the file holds more than {MAX_VALUES:,} values", "a scenario is a page of text")

    def _value(self, path: tuple, depth: int) -> None:
        """A value of any kind; only arrays and inline tables go deeper, to a fixed depth."""
        self._skip(_BLANK)
        sign = self.text[self.at:self.at + 1]
        if sign == "[":
            self._array(path, self._deeper(depth))
        elif sign == "{":
            self._inline(path, self._deeper(depth))
        elif sign in ('"', "'"):
            self._string()
        else:
            self._atom()

    def _deeper(self, depth: int) -> int:
        if depth >= MAX_DEPTH:
            self._refuse(f"nested deeper than {MAX_DEPTH} levels")
        return depth + 1

    def _string(self) -> None:
        for long, pattern in (('"""', _BASIC_LONG), ("'''", _LITERAL_LONG)):
            if self.text.startswith(long, self.at):
                self._expect_match(pattern)
                return
        self._expect_match(_BASIC if self.text[self.at] == '"' else _LITERAL)

    def _atom(self) -> None:
        start = self.at
        self._expect_match(_ATOM)
        if _DIGITS.search(self.text, start, self.at):
            self._refuse(f"a number of more than {MAX_DIGITS} digits")

    def _expect_match(self, pattern: re.Pattern) -> None:
        match = pattern.match(self.text, self.at)
        if not match:
            raise _Stop
        self._move(match.end())

    def _array(self, path: tuple, depth: int) -> None:
        self._expect("[")
        number = 0
        while True:
            self._skip(_BLANK_LINES)
            if self.text.startswith("]", self.at):
                self.at += 1
                return
            self._count()
            self.lines.setdefault((*path, number), self.line)
            self._value((*path, number), depth)
            number += 1
            self._skip(_BLANK_LINES)
            if not self.text.startswith("]", self.at):
                self._expect(",")

    def _inline(self, path: tuple, depth: int) -> None:
        self._expect("{")
        while True:
            self._skip(_BLANK_LINES)
            if self.text.startswith("}", self.at):
                self.at += 1
                return
            self._pair(path, depth)
            self._skip(_BLANK_LINES)
            if not self.text.startswith("}", self.at):
                self._expect(",")


def _unquoted(text: str) -> str:
    """The key behind its quotes (escapes by tomllib itself)."""
    if text[0] == "'" or "\\" not in text:
        return text[1:-1]
    try:
        return tomllib.loads(f"k = {text}")["k"]
    except tomllib.TOMLDecodeError:
        raise _Stop from None
