"""Targets and weights as a user's choice: a TOML file with what differs from the catalogue of statistics.

    q2 = 0.3                    # least share of variance an emulator has to predict of runs left out
    cut = 3.0                   # implausibility above which history matching rules out
    parameters = ["inflow_scale", "moving_cost"]    # learn these, without screening

    [statistics.province_gdp]   # a name of the catalogue
    use = false
    [statistics.output_inland]
    weight = 2.0                # counts as two independent ones of the same error
    luck = 0.02                 # standard deviations; measurement and discrepancy likewise
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from calibration.posterior.match import CUT
from calibration.posterior.screening import MOST
from calibration.posterior.statistics import CATALOGUE, Statistic, of_information
from sim.core.declare import Fault, Limits, UserError, nearest
from sim.core.toml_file import Document, quoted, read_toml, shown

KEYS = {"q2": Limits(0.0, 0.99), "cut": Limits(1.0, 10.0)}
ERRORS = {"measurement": Limits(0.0, 1.0), "luck": Limits(0.0, 2.0), "discrepancy": Limits(1e-6, 2.0)}
WEIGHT = Limits(1e-3, 1e3)
Q2 = 0.3
FEWEST = 5


@dataclass(frozen=True)
class Choice:
    """What a calibration uses: statistics left out, weights and errors by name, the least Q2, the cut, and parameters
    (none: a screening names them)."""

    unused: frozenset[str] = frozenset()
    weights: Mapping[str, float] = field(default_factory=dict)
    errors: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    q2: float = Q2
    cut: float = CUT
    parameters: tuple[str, ...] = ()

    def statistics(self, information: str) -> tuple[Statistic, ...]:
        """The statistics used, with the errors chosen."""
        return tuple(_with_errors(one, self.errors.get(one.name, {})) for one in of_information(information)
                     if one.name not in self.unused)

    def weight(self, name: str) -> float:
        """How many independent ones of its error a statistic counts as."""
        return self.weights.get(name, 1.0)


def _with_errors(one: Statistic, chosen: Mapping[str, float]) -> Statistic:
    return replace(one, measurement=chosen.get("measurement", one.measurement), luck=chosen.get("luck", one.luck),
                   discrepancy=chosen.get("discrepancy", one.discrepancy))


def read_choice(path: Path, parameters: Sequence[str]) -> Choice:
    """The choice of a file; UserError with all its faults. `parameters`: those that have a prior."""
    return _Reader(read_toml(path, shown(path)), parameters).choice()


class _Reader:
    """The checks of one file."""

    def __init__(self, document: Document, parameters: Sequence[str]):
        self.document, self.parameters = document, parameters
        self.faults: list[Fault] = []

    def choice(self) -> Choice:
        """The choice, or all faults."""
        data = self.document.data
        known = (*KEYS, "parameters", "statistics")
        for key in data:
            if key not in known:
                self._add((key,), "no such key", nearest(key, known) or ", ".join(known))
        whole = {key: self._number((key,), data[key], limits) for key, limits in KEYS.items() if key in data}
        learned = self._learned(data.get("parameters", []))
        unused, weights, errors = self._statistics(data.get("statistics", {}))
        if len(unused) > len(CATALOGUE) - FEWEST:
            self._add(("statistics",), f"{len(CATALOGUE) - len(unused)} statistics are left", f"at least {FEWEST}")
        if self.faults:
            raise UserError(*self.faults)
        return Choice(frozenset(unused), weights, errors, parameters=learned, **whole)

    def _add(self, path: tuple, what: str, mend: str = "") -> None:
        self.faults.append(self.document.fault(path, what, mend))

    def _number(self, path: tuple, value: object, limits: Limits) -> float:
        good = isinstance(value, int | float) and not isinstance(value, bool) and limits.admit(value)
        if not good:
            self._add(path, f"{quoted(value)} is not {limits}")
        return float(value) if good else 0.0  # type: ignore[arg-type]

    def _learned(self, named: object) -> tuple[str, ...]:
        if not isinstance(named, list) or len(named) > MOST:
            self._add(("parameters",), f"a list of at most {MOST} names is expected", 'parameters = ["inflow_scale"]')
            return ()
        for place, name in enumerate(named):
            if name not in self.parameters:
                self._add(("parameters", place), f"{quoted(name)} is no parameter with a range",
                          nearest(str(name), self.parameters))
            elif name in named[:place]:
                self._add(("parameters", place), f"{quoted(name)} is listed twice")
        return tuple(map(str, named))

    def _statistics(self, tables: object) -> tuple[list[str], dict[str, float], dict[str, dict[str, float]]]:
        unused, weights, errors = [], {}, {}
        names = [one.name for one in CATALOGUE]
        if not isinstance(tables, dict):
            self._add(("statistics",), "tables by name are expected", "[statistics.province_gdp]")
            return [], {}, {}
        for name, table in tables.items():
            path = ("statistics", name)
            if name not in names:
                self._add(path, "no such statistic", nearest(name, names))
            elif not isinstance(table, dict):
                self._add(path, "a table is expected", f"[statistics.{name}]")
            else:
                self._keys(path, table)
                if not self._used(path, table.get("use", True)):
                    unused.append(name)
                if "weight" in table:
                    weights[name] = self._number((*path, "weight"), table["weight"], WEIGHT)
                errors[name] = {key: self._number((*path, key), table[key], limits)
                                for key, limits in ERRORS.items() if key in table}
        return unused, weights, errors

    def _keys(self, path: tuple, table: Mapping) -> None:
        known = ("use", "weight", *ERRORS)
        for key in table:
            if key not in known:
                self._add((*path, key), "no such key", nearest(key, known) or ", ".join(known))

    def _used(self, path: tuple, value: object) -> bool:
        if not isinstance(value, bool):
            self._add((*path, "use"), f"{quoted(value)} where true or false is expected", "use = false")
        return value is not False
