"""Scenario files: located by name, read with their parents, all faults reported at once.

`inherits` names one parent: a file beside this one, one of the library, or a path below this file's own folder; links
are resolved, and nothing outside is read.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from sim import levers as registry
from sim.core.declare import Fault, UserError, nearest
from sim.core.toml_file import (
    MAX_FAULTS,
    Document,
    parse_toml,
    proper_name,
    quoted,
    read_toml,
    same_name,
    shown,
)
from sim.levers import LIBRARY
from sim.scenario.plan import (
    Scenario,
    laid_over,
    levers_of,
    read_lever,
    read_outlook,
    read_parameter,
    read_sections,
    read_shift,
)

TABLES = ("sections", "levers", "parameters", "outlook", "shifts")
KEYS = ("inherits", "title", "title_zh", "since", *TABLES)
MAX_PARENTS = 16
MAX_TITLE = 200
SINCE = (2011, 2050)


def load_scenario(scenario: str | Path | Scenario) -> Scenario:
    """Load a scenario by its name in the library, or from a file; UserError lists all faults."""
    if isinstance(scenario, Scenario):
        return scenario
    return _Loader(file_of(scenario)).scenario()


def scenario_of_text(text: str, name: str) -> Scenario:
    """Load a scenario, under this name, from the text of `Scenario.to_toml`; UserError lists all faults."""
    faults: list[Fault] = []
    document = parse_toml(text, f"{name}.toml")
    found = _Layer(Path(f"{name}.toml"), document, faults, f"{name}.toml").over(_nothing_said(name))
    if faults:
        raise UserError(*faults[:MAX_FAULTS])
    return found


def _nothing_said(name: str) -> Scenario:
    """An empty scenario, in which no section is implemented."""
    sections, levers = dict.fromkeys(registry.SECTIONS, "none"), dict.fromkeys(registry.REGISTRY, ())
    return Scenario(name, "", "", None, sections, levers, {}, {}, {})


def load_beside(name: object, folder: Path) -> Scenario:
    """A scenario named in a study in `folder`, located like the parent of a scenario file."""
    return _Loader(_parent(name, folder, None)).scenario()


def check(scenario: str | Path) -> list[Fault]:
    """All faults of a scenario file (nothing is run)."""
    try:
        load_scenario(scenario)
    except UserError as error:
        return list(error.faults)
    return []


def library() -> dict[str, str]:
    """Names and titles of the library's scenarios."""
    found = {}
    for path in sorted(LIBRARY.glob("*.toml")):
        try:
            title = read_toml(path, shown(path)).data.get("title", path.stem)
        except UserError:
            title = "(not readable: see scenario check)"
        found[path.stem] = quoted(title, MAX_TITLE)
    return found


def file_of(scenario: object) -> Path:
    """The file for a name or a path."""
    text = os.fspath(scenario) if isinstance(scenario, str | os.PathLike) else ""
    if isinstance(text, str) and (text.endswith(".toml") or len(Path(text).parts) > 1):
        return _named_file(Path(text))
    found = _in_folder(text, LIBRARY) if proper_name(text) else None
    if found is None:
        hint = nearest(text, library()) or "see scenario list; a file is named with its .toml"
        raise UserError(Fault(quoted(scenario), "no such scenario", hint))
    return found


def _named_file(path: Path) -> Path:
    if not proper_name(path.stem):
        raise UserError(Fault(quoted(path, 120), "a scenario's name is letters, digits, _ and -, at most 64"))
    return path


def _in_folder(name: str, folder: Path, but: Path | None = None) -> Path | None:
    """The file of that name, ignoring case, other than `but`."""
    wanted = same_name(name.removesuffix(".toml"))
    for path in sorted(folder.glob("*.toml")):
        if same_name(path.stem) == wanted and (but is None or _real(path) != but):
            return path
    return None


def _parent(name: object, folder: Path, child: Path | None) -> Path:
    """The file named in a scenario or study; UserError if there is none, or if it lies outside."""
    if not isinstance(name, str) or not name:
        raise UserError("a name is expected, such as \"baseline\"")
    base = folder.resolve()
    if proper_name(name.removesuffix(".toml")):
        found = _in_folder(name, folder, child)
        if found is None:
            found, base = _in_folder(name, LIBRARY), LIBRARY
        if found is None:
            names = {*library(), *(p.stem for p in folder.glob("*.toml"))}
            raise UserError(Fault("", f'no scenario "{quoted(name)}"', nearest(name, names)))
    else:
        parts = name.replace("\\", "/").split("/")
        if name.startswith(("/", "\\", "~")) or ".." in parts or any(":" in p or "\0" in p for p in parts):
            raise UserError(Fault("", f'"{quoted(name)}" leads outside', "use a path inside the folder of this file"))
        found = folder / (name if name.endswith(".toml") else f"{name}.toml")
        if not found.exists():
            raise UserError(Fault("", f'no file "{quoted(name)}" below this folder'))
    if not _real(found).is_relative_to(base):
        raise UserError(Fault("", f'"{quoted(name)}" is a link that leads outside', "use a file inside the folder"))
    return found


def _real(path: Path) -> Path:
    """The file after resolving links."""
    try:
        return path.resolve()
    except (OSError, RuntimeError):
        raise UserError(Fault("", f'"{quoted(path.name)}" is a link to itself')) from None


class _Loader:
    """One scenario with its parents: read all, then apply them in order, root first."""

    def __init__(self, path: Path):
        self.path = path
        self.faults: list[Fault] = []

    def scenario(self) -> Scenario:
        """The resolved scenario, or all faults."""
        documents = self._chain()
        resolved = _nothing_said(self.path.stem)
        for path, document in reversed(documents):
            resolved = _Layer(path, document, self.faults, self._origin(path)).over(resolved)
        if self.faults:
            first = list(dict.fromkeys(self.faults))
            more = len(first) - MAX_FAULTS
            rest = [Fault(shown(self.path), f"and {more} more faults")] if more > 0 else []
            raise UserError(*first[:MAX_FAULTS], *rest)
        return resolved

    def _origin(self, path: Path) -> str:
        """The name of a file in results: relative to the project or to the scenario's folder, never an absolute path.
        """
        real = path.resolve()
        for base in (LIBRARY.parent, self.path.resolve().parent):
            if real.is_relative_to(base):
                return real.relative_to(base).as_posix()
        return path.name

    def _chain(self) -> list[tuple[Path, Document]]:
        """The file and its parents, youngest first."""
        chain: list[tuple[Path, Document]] = []
        path, seen = self.path, []
        while True:
            try:
                document = read_toml(path, shown(path))
            except UserError as error:
                self.faults += error.faults
                return chain
            chain.append((path, document))
            seen.append(path.resolve())
            if "inherits" not in document.data:
                return chain
            try:
                path = _parent(document.data["inherits"], path.parent, path.resolve())
            except UserError as error:
                self._add_parent_fault(document, error.faults[0])
                return chain
            if path.resolve() in seen:
                circle = " -> ".join(quoted(file.name) for file in [*seen, path])
                self._add_parent_fault(document, Fault("", f"a circle: {circle}", "give one of them another parent"))
                return chain
            if len(chain) >= MAX_PARENTS:
                self._add_parent_fault(document, Fault("", f"more than {MAX_PARENTS} parents in a row"))
                return chain

    def _add_parent_fault(self, document: Document, fault: Fault) -> None:
        self.faults.append(document.fault(("inherits",), fault.what, fault.mend))


class _Layer:
    """Apply one file to what it inherits."""

    def __init__(self, path: Path, document: Document, faults: list[Fault], origin: str):
        self.path, self.document, self.faults, self.origin = path, document, faults, origin
        self.data = document.data

    def add_fault(self, path: tuple, what: str, mend: str = "") -> None:
        """A fault of this file."""
        if len(self.faults) < 4 * MAX_FAULTS:
            self.faults.append(self.document.fault(path, what, mend))

    def over(self, parent: Scenario) -> Scenario:
        """The parent with this file's values; faults are noted."""
        self._keys()
        since = self._since()
        sections = read_sections(self._table("sections"), self.add_fault, ("sections",))
        levers, origins = dict(parent.levers), dict(parent.origins)
        for name, stages in {**levers_of(sections, since), **self._levers(since)}.items():
            levers[name] = laid_over(levers[name], stages, since, registry.REGISTRY[name].none)
            origins[name] = self.origin
        parameters = self._values("parameters", read_parameter, since)
        outlook = self._values("outlook", read_outlook, since)
        shifts = self._values("shifts", read_shift, since)
        origins.update(dict.fromkeys([*parameters, *outlook, *shifts], self.origin))
        return Scenario(
            name=parent.name, title=self._title("title") or self.path.stem, title_zh=self._title("title_zh"),
            since=since, sections={**parent.sections, **sections}, levers=levers,
            parameters={**parent.parameters, **parameters}, origins=origins,
            outlook_stages={**parent.outlook_stages,
                            **{n: laid_over(parent.outlook_stages.get(n, ()), s, since) for n, s in outlook.items()}},
            shifts={**parent.shifts, **{n: laid_over(parent.shifts.get(n, ()), s, since) for n, s in shifts.items()}},
        )

    def _keys(self) -> None:
        if not self.data:
            self.add_fault((), "the file says nothing", "give at least a title")
        if not proper_name(self.path.stem):
            self.add_fault((), "a scenario's name is letters, digits, _ and -, at most 64", "rename the file")
        for key, value in self.data.items():
            if key not in KEYS:
                self.add_fault((key,), "no such key", self._mend(key))
            elif key in TABLES and not isinstance(value, dict):
                self.add_fault((key,), "a table is expected", f"[{key}]")

    def _mend(self, key: str) -> str:
        if registry.find(key, registry.REGISTRY):
            return "levers stand under [levers]"
        if key in registry.SECTIONS or key == "all":
            return "sections stand under [sections]"
        return nearest(key, KEYS) or f"known are {', '.join(KEYS)}"

    def _table(self, key: str) -> Mapping:
        table = self.data.get(key, {})
        return table if isinstance(table, dict) else {}

    def _title(self, key: str) -> str:
        value = self.data.get(key, "")
        if not isinstance(value, str):
            self.add_fault((key,), "a text is expected")
        elif len(value) > MAX_TITLE or not value.isprintable():
            self.add_fault((key,), f"a title is one line of at most {MAX_TITLE} characters")
        else:
            return value
        return ""

    def _since(self) -> int | None:
        if "since" not in self.data:
            return None
        value = self.data["since"]
        if isinstance(value, bool) or not isinstance(value, int):
            self.add_fault(("since",), "a year is expected", "since = 2025")
        elif not SINCE[0] <= value <= SINCE[1]:
            self.add_fault(("since",), f"{quoted(value)} is out of range", f"{SINCE[0]} to {SINCE[1]}")
        else:
            return value
        return None

    def _levers(self, since: int | None) -> dict:
        return self._values("levers", read_lever, since)

    def _values(self, key: str, read, since: int | None) -> dict:
        """The values of a table by their proper names; a name given twice (ignoring case) is a fault."""
        values: dict = {}
        for given, value in self._table(key).items():
            found = read((key, given), value, since, self.add_fault)
            if found is None:
                continue
            if found[0] in values:
                self.add_fault((key, given), f"{found[0]} is given twice (names are compared without case)")
            values[found[0]] = found[1]
        return values
