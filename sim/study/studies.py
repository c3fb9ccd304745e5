"""Studies: scenarios run together with the same seeds and draws."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from sim import levers as registry
from sim.core.declare import KEEP_LEVELS, Fault, UserError, nearest
from sim.core.stages import number
from sim.core.toml_file import MAX_FAULTS, Document, proper_name, quoted, read_toml, same_name, shown
from sim.scenario import files
from sim.scenario.files import LIBRARY, MAX_TITLE, load_beside
from sim.scenario.follow import EVERYTHING, NEEDS_A_YEAR, Choice, load_choice
from sim.scenario.plan import Scenario
from sim.simulate import HAINAN, Hainan
from sim.study import designs, orders
from sim.study.draws import library_draws, read_draws
from sim.study.orders import Attribution
from sim.study.tables import Named, read_runs
from sim.words import (
    BASE_YEAR,
    HORIZON,
    LARGEST_SEED,
    LAST_FOLLOWED,
    LAST_OF_ROWS,
    LAST_YEAR,
    MOST_DRAWS,
    MOST_SEEDS,
    USUAL_WEIGHT,
    WEIGHTS,
)

KEYS = ("title", "title_zh", "scenarios", "seeds", "draws", "weight", "until", "reference", "keep", "goalposts",
        "weights", "contrasts", "design", "history_until", "follow", "runs", "attribution", "pack")
DESIGN_KEYS = ("kind", "low", "high", "parts", "orders")
SHARED_KEYS = ("low", "high", "parts", "orders", "draws", "seeds", "stream", "keep")
PROVISIONS = ("sections", "provisions")
SEEDS = (5, 1, MOST_SEEDS)
WHOLE = {"weight": (USUAL_WEIGHT, *WEIGHTS), "until": (HORIZON, BASE_YEAR + 1, LAST_YEAR)}
"""Integer settings of a study: default, minimum, maximum."""


@dataclass(frozen=True)
class Study:
    """A set of scenarios, draws and seeds to run together.

    `seeds`: their number (0, 1, 2 ...), or a list. `draw_table`: rows of the draws' CSV file (draw, imputation, names)
    or None. `runs`: the runs listed in a table beside the study, None for all combinations. `history_until`: the last
    year of followed history, None for free runs; `follow`: the choice of series. `contrasts`: differences between
    scenarios, registered before the run. `design`: the design that generated scenarios from two others, which are also
    in `scenarios`. `attribution`: the effect attributed by sampled orders, in runs separate from those of the
    scenarios. `pack`: the folder of a data pack in place of the shipped one.
    """

    name: str
    title: str
    title_zh: str
    scenarios: tuple[Scenario, ...]
    seeds: int | tuple[int, ...]
    draws: int
    weight: int
    until: int
    reference: str
    keep: str
    draw_table: tuple[Mapping[str, float], ...] | None = field(default=None, hash=False)
    goalposts: Mapping[str, tuple[float, float]] = field(default_factory=dict, hash=False)
    weights: Mapping[str, float] = field(default_factory=dict, hash=False)
    contrasts: Mapping[str, tuple[str, str]] = field(default_factory=dict, hash=False)
    history_until: int | None = None
    runs: tuple[Named, ...] | None = None
    design: designs.Design | None = field(default=None, hash=False)
    attribution: Attribution | None = field(default=None, hash=False)
    follow: Choice = EVERYTHING
    pack: Path | None = None


def load_study(study: str | Path) -> Study:
    """A study of scenarios/studies by name, or a file; UserError with all faults."""
    path = Path(study)
    if proper_name(str(study)):
        path = LIBRARY / "studies" / f"{study}.toml"
    if not proper_name(path.stem):
        raise UserError(Fault(quoted(study, 120), "a study's name is letters, digits, _ and -, at most 64"))
    return _Reader(path, read_toml(path, shown(path))).study()


def check(file: str | Path) -> list[Fault]:
    """All faults of a study or scenario file, or of one of the library by name (nothing is run)."""
    try:
        path = _library_study(file) or files.file_of(file)
        if "scenarios" not in read_toml(path, shown(path)).data:
            return files.check(path)
        load_study(path)
    except UserError as error:
        return list(error.faults)
    return []


def _library_study(name: object) -> Path | None:
    """The library's study of that name; a scenario of the same name takes precedence."""
    path = LIBRARY / "studies" / f"{name}.toml"
    return path if proper_name(name) and path.is_file() and name not in files.library() else None


class _Reader:
    """Checks of one study file."""

    def __init__(self, path: Path, document: Document):
        self.path, self.document, self.data = path, document, document.data
        self.faults: list[Fault] = []

    def add_fault(self, path: tuple, what: str, mend: str = "") -> None:
        """Note a fault of the key at `path`, up to a maximum number."""
        if len(self.faults) < MAX_FAULTS:
            self.faults.append(self.document.fault(path, what, mend))

    def study(self) -> Study:
        """The study, or all faults."""
        for key in self.data:
            if key not in KEYS:
                self.add_fault((key,), "no such key", nearest(key, KEYS) or f"known are {', '.join(KEYS)}")
        self.model = self._model()
        scenarios = self._scenarios()
        design, designed = self._designed(scenarios)
        scenarios = (*scenarios, *designed)
        whole = {key: self._whole(key, *limits) for key, limits in WHOLE.items()}
        seeds = self._seeds()
        draws, table = self._draws()
        found = Study(
            name=self.path.stem, title=self._text("title") or self.path.stem, title_zh=self._text("title_zh"),
            scenarios=scenarios, draws=draws, draw_table=table, reference=self._reference(scenarios),
            keep=self._keep(), goalposts=self._numbers("goalposts", 2), weights=self._numbers("weights", 1),
            contrasts=self._contrasts(scenarios), seeds=seeds, history_until=self._history(),
            runs=self._runs(), design=design, attribution=self._attribution(scenarios), follow=self._follow(),
            pack=self.model.pack, **whole)
        if self.faults:
            raise UserError(*self.faults)
        return found

    def _model(self) -> Hainan:
        """The model on the data pack that the study names, beside itself or anywhere."""
        name = self.data.get("pack")
        if name is None:
            return HAINAN
        if not isinstance(name, str) or not name or "\0" in name:
            self.add_fault(("pack",), "the folder of a data pack is expected", 'pack = "my_pack"')
            return HAINAN
        try:
            return HAINAN.on_pack(self.path.parent / name)
        except UserError as error:
            self.faults += error.faults[:MAX_FAULTS]
            return HAINAN

    def _text(self, key: str) -> str:
        value = self.data.get(key, "")
        if not isinstance(value, str) or len(value) > MAX_TITLE or not value.isprintable():
            self.add_fault((key,), f"a line of text of at most {MAX_TITLE} characters is expected")
            return ""
        return value

    def _whole(self, key: str, default: int, least: int, most: int) -> int:
        value = self.data.get(key, default)
        if isinstance(value, bool) or not isinstance(value, int):
            self.add_fault((key,), f"{quoted(value)} where a whole number is expected", f"{key} = {default}")
        elif not least <= value <= most:
            self.add_fault((key,), f"{quoted(value)} is out of range", f"{least} to {most}")
        else:
            return value
        return default

    def _seeds(self) -> int | tuple[int, ...]:
        """A number of seeds, or a list of distinct seeds."""
        value = self.data.get("seeds", SEEDS[0])
        if not isinstance(value, list):
            return self._whole("seeds", *SEEDS)
        whole = all(isinstance(seed, int) and not isinstance(seed, bool) and 0 <= seed <= LARGEST_SEED
                    for seed in value)
        if not value or not whole or len(set(value)) < len(value) or len(value) > MOST_SEEDS:
            self.add_fault(("seeds",), "distinct whole numbers from 0 are expected", "seeds = 5, or seeds = [0, 3, 7]")
        return tuple(value)

    def _scenarios(self) -> tuple[Scenario, ...]:
        """The scenarios, each with its own faults."""
        names = self.data.get("scenarios")
        if not isinstance(names, list) or not names:
            self.add_fault(("scenarios",), "names of scenarios are expected", 'scenarios = ["no_policy", "baseline"]')
            return ()
        found: dict[str, Scenario] = {}
        for place, name in enumerate(names):
            try:
                scenario = load_beside(name, self.path.parent)
            except UserError as error:
                for fault in error.faults:
                    if fault.where:
                        self.faults.append(fault)
                    else:
                        self.add_fault(("scenarios", place), fault.what, fault.mend)
                continue
            if same_name(scenario.name) in found:
                self.add_fault(("scenarios", place), f"{scenario.name} is named twice (without case)",
                          "rename one of the files")
            found[same_name(scenario.name)] = scenario
        return tuple(found.values())

    def _designed(self, scenarios: tuple[Scenario, ...],
                  ) -> tuple[designs.Design | None, tuple[Scenario, ...]]:
        """The [design] table, and the scenarios that it generates from two of those listed."""
        table = self.data.get("design", {})
        if not isinstance(table, dict):
            self.add_fault(("design",), "a table is expected", "[design]")
            return None, ()
        if not table:
            return None, ()
        for key in table:
            if key not in DESIGN_KEYS:
                self.add_fault(("design", key), "no such key", nearest(key, DESIGN_KEYS) or ", ".join(DESIGN_KEYS))
        kinds = table.get("kind", [])
        kinds = [kinds] if isinstance(kinds, str) else kinds
        if not isinstance(kinds, list) or not kinds or not all(kind in designs.KINDS for kind in kinds):
            self.add_fault(("design", "kind"), "no such design", ", ".join(designs.KINDS))
            return None, ()
        low, high = (self._named(("design", key), table.get(key, ""), scenarios) for key in ("low", "high"))
        try:
            parts = self._parts(table.get("parts", "sections"))
            listed = designs.read_orders(self._beside("orders", table), parts) if "orders" in kinds else ()
        except UserError as error:
            self.faults += error.faults
            return None, ()
        if low is None or high is None:
            return None, ()
        made: dict[str, Scenario] = {}
        for kind in kinds:
            made |= designs.made(kind, low, high, parts, listed)
        return designs.Design(tuple(kinds), low.name, high.name, parts), tuple(made.values())

    def _parts(self, named: object, within: str = "design") -> tuple[designs.Part, ...]:
        if named in PROVISIONS:
            return designs.provisions()
        return designs.read_parts(self._beside("parts", {"parts": named}, within))

    def _beside(self, key: str, table: Mapping, within: str = "design") -> Path:
        """A CSV file beside the study."""
        name = table.get(key, "")
        if not isinstance(name, str) or not name.endswith(".csv") or not proper_name(name.removesuffix(".csv")):
            raise UserError(self.document.fault((within, key), "the name of a CSV file beside the study is expected",
                                                f'{key} = "{key}.csv"'))
        return self.path.parent / name

    def _attribution(self, scenarios: tuple[Scenario, ...]) -> Attribution | None:
        """The [attribution] table: effect, parts, and number of orders."""
        table = self.data.get("attribution")
        if table is None:
            return None
        if not isinstance(table, dict):
            self.add_fault(("attribution",), "a table is expected", "[attribution]")
            return None
        before = len(self.faults)
        for key in table:
            if key not in SHARED_KEYS:
                self.add_fault(("attribution", key), "no such key", nearest(key, SHARED_KEYS) or ", ".join(SHARED_KEYS))
        low, high = (self._named(("attribution", key), table.get(key, usual), scenarios)
                     for key, usual in (("low", "no_policy"), ("high", "baseline")))
        if low is not None and high is low:
            self.add_fault(("attribution", "high"), "is the scenario low itself", "name two scenarios")
        numbers = {key: self._number(("attribution", key), table[key], least, most)
                   for key, least, most in (("orders", 2, orders.MOST_ORDERS), ("draws", 1, MOST_DRAWS),
                                            ("seeds", 1, MOST_SEEDS), ("stream", 0, LARGEST_SEED)) if key in table}
        if numbers.get("orders", 2) % 2:
            self.add_fault(("attribution", "orders"), "each order runs beside its reverse", "an even number")
        if table.get("keep", orders.KEEP) not in KEEP_LEVELS:
            self.add_fault(("attribution", "keep"), f"{quoted(table['keep'])} is not a level of detail",
                           ", ".join(KEEP_LEVELS))
        if "runs" in self.data:
            self.add_fault(("attribution",), "needs every run of its scenarios", "leave out the table of runs")
        try:
            parts = self._parts(table.get("parts", "provisions"), "attribution")
        except UserError as error:
            self.faults += error.faults
        if len(self.faults) > before or low is None or high is None:
            return None
        return Attribution(low.name, high.name, parts, keep=table.get("keep", orders.KEEP), **numbers)

    def _number(self, path: tuple, value: object, least: int, most: int) -> int:
        """An integer of a table; otherwise a fault, and the minimum."""
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            self.add_fault(path, f"{quoted(value)} is not a whole number, {least} to {most}")
            return least
        return value

    def _named(self, path: tuple, name: object, scenarios: tuple[Scenario, ...]) -> Scenario | None:
        """One of the study's scenarios by name."""
        known = {same_name(one.name): one for one in scenarios}
        found = known.get(same_name(name)) if isinstance(name, str) else None
        if found is None:
            self.add_fault(path, f"{quoted(name)} is none of the scenarios", nearest(str(name), known))
        return found

    def _contrasts(self, scenarios: tuple[Scenario, ...]) -> dict[str, tuple[str, str]]:
        """Registered contrasts: a name, and two scenarios of the study."""
        table = self.data.get("contrasts", {})
        if not isinstance(table, dict):
            self.add_fault(("contrasts",), "a table is expected", "[contrasts]")
            return {}
        found = {}
        for name, pair in table.items():
            if not proper_name(name) or not isinstance(pair, list) or len(pair) != 2:
                self.add_fault(("contrasts", name), "two scenarios are expected",
                               'opinions = ["baseline", "no_policy"]')
                continue
            left, right = (self._named(("contrasts", name), one, scenarios) for one in pair)
            if left is not None and right is not None:
                found[name] = (left.name, right.name)
        return found

    def _reference(self, scenarios: tuple[Scenario, ...]) -> str:
        names = [s.name for s in scenarios]
        value = self.data.get("reference", "no_policy" if "no_policy" in names else names[0] if names else "")
        found = registry.find(value, tuple(names)) if isinstance(value, str) else None
        if found is None and names:
            self.add_fault(("reference",), f"{quoted(value)} is none of the scenarios", nearest(str(value), names))
        return found or ""

    def _keep(self) -> str:
        value = self.data.get("keep", "county")
        if value not in KEEP_LEVELS:
            self.add_fault(("keep",), f"{quoted(value)} is not a level of detail", nearest(str(value), KEEP_LEVELS)
                      or f"one of {', '.join(KEEP_LEVELS)}")
            return "county"
        return value

    def _numbers(self, key: str, count: int) -> dict:
        """A table of numbers, or of pairs of numbers, by component of the composite index."""
        table = self.data.get(key, {})
        if not isinstance(table, dict):
            self.add_fault((key,), "a table is expected", f"[{key}]")
            return {}
        found = {}
        for name, value in table.items():
            entries = value if count > 1 else [value]
            if not isinstance(entries, list) or len(entries) != count:
                self.add_fault((key, name), "two numbers are expected, the worst and the best")
                continue

            def add_fault(what: str, mend: str = "", *, at: tuple = (), place: tuple = (key, name)) -> None:
                self.add_fault(place, what, mend)

            numbers = [number(entry, add_fault) for entry in entries]
            if None not in numbers and self._is_part(key, name, numbers):
                found[name] = tuple(numbers) if count > 1 else numbers[0]
        return found

    def _is_part(self, key: str, name: str, numbers: list) -> bool:
        """Whether these are goalposts or a weight of a component of the composite index."""
        from sim.indicators.coordination import PARTS  # imported here, as few studies have such a table

        if name not in PARTS:
            self.add_fault((key, name), "no such part of the composite index", nearest(name, PARTS) or ", ".join(PARTS))
        elif len(numbers) > 1 and numbers[0] == numbers[1]:
            self.add_fault((key, name), "the worst and the best are the same")
        elif len(numbers) == 1 and numbers[0] < 0:
            self.add_fault((key, name), "a weight is at least 0")
        else:
            return True
        return False

    def _history(self) -> int | None:
        """The last year of followed history, or None."""
        return self._whole("history_until", LAST_FOLLOWED, BASE_YEAR + 1, LAST_OF_ROWS) if (
            "history_until" in self.data) else None

    def _follow(self) -> Choice:
        """The choice of historical series: a file beside the study, or all observed ones."""
        name = self.data.get("follow")
        if name is None:
            return EVERYTHING
        if not isinstance(name, str) or not name.endswith(".toml") or not proper_name(name.removesuffix(".toml")):
            self.add_fault(("follow",), "the name of a TOML file beside the study is expected",
                           'follow = "follow.toml"')
            return EVERYTHING
        if "history_until" not in self.data:
            self.add_fault(("follow",), *NEEDS_A_YEAR)
        try:
            return load_choice(self.path.parent / name)
        except UserError as error:
            self.faults += error.faults
            return EVERYTHING

    def _runs(self) -> tuple[Named, ...] | None:
        """The runs of a table beside the study, or None."""
        if "runs" not in self.data:
            return None
        if "seeds" in self.data:
            self.add_fault(("seeds",), "seeds are already given by the table of runs", "give one or the other")
        path = self._csv("runs", self.data["runs"])
        try:
            return read_runs(path) if path else None
        except UserError as error:
            self.faults += error.faults[:MAX_FAULTS]
        return None

    def _draws(self) -> tuple[int, tuple[Mapping[str, float], ...] | None]:
        """The number of draws, and their table if the study names a file."""
        value = self.data.get("draws", 0)
        if isinstance(value, str):
            table = self._table(value)
            return len(table), table
        if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= MOST_DRAWS:
            self.add_fault(("draws",), f"{quoted(value)} is not a number of draws",
                           f'0 to {MOST_DRAWS}, "production:19", or a file "draws.csv"')
            return 0, None
        return value, None

    def _table(self, name: str) -> tuple[Mapping[str, float], ...]:
        try:
            if (rows := library_draws(name, self.model.draw_limits)) is not None:
                return rows
            path = self._csv("draws", name)
            return read_draws(path, self.model.draw_limits) if path else ()
        except UserError as error:
            self.faults += error.faults[:MAX_FAULTS]
        return ()

    def _csv(self, key: str, name: object) -> Path | None:
        """A CSV file within the folder of the study, or a fault."""
        path = self.path.parent / name if isinstance(name, str) and "\0" not in name else None
        below = path is not None and path.resolve().is_relative_to(self.path.parent.resolve())
        if path is None or path.suffix != ".csv" or Path(str(name)).is_absolute() or not below:
            self.add_fault((key,), f'"{quoted(name)}" is not a CSV file beside the study')
        elif not path.is_file():
            self.add_fault((key,), f'no file "{quoted(name)}" beside the study')
        else:
            return path
        return None
