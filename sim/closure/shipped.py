"""Stored residuals: a table accompanying the draws of the library, so that forecasts need not solve them.

A row is identified by the hash of all inputs of its residuals: code, data, the last year followed, parameters, outlook,
imputation, errors of measurement and choice of series. Any other combination is solved. Residuals are rounded to single
precision, stored or not, so that runs are byte-identical either way.
"""

from __future__ import annotations

import functools
import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np

from sim.closure.found import Followed, Misfit, Unmet
from sim.core import dataset
from sim.core.cache import source_hash
from sim.core.declare import Fault, UserError
from sim.core.files import kind_of
from sim.levers import LIBRARY
from sim.mechanisms.past import History
from sim.scenario.follow import EVERYTHING, Choice

TABLE = LIBRARY / "draws" / "residuals.nc"
KIND = "residuals of draws"
MISFIT = "misfit"


def key(until: int, data: str, plan: str, imputation: int, observation: int, choice: Choice = EVERYTHING) -> str:
    """A hash of all inputs of residuals; `data` and `plan` are hashes."""
    chosen = [choice.hash] if choice else []
    said = json.dumps([source_hash(), data, plan, until, imputation, observation, *chosen])
    return hashlib.sha256(said.encode()).hexdigest()


def find(wanted: str) -> Followed | None:
    """The residuals stored under a key; None if there are none. UserError if the table is damaged."""
    table = _table(TABLE, *_seen(TABLE))
    return table.get(wanted)


def as_kept(found: Followed) -> Followed:
    """Residuals as stored: rounded to single precision."""
    rounded = {name: _rounded(value) for name, value in _arrays(found).items()}
    return _followed(rounded, found.history.until, found.unmet)


def keep(found: Mapping[str, Followed], path: Path = TABLE) -> Path:
    """Write a table of residuals by key, replacing the previous one; all follow history up to the same year."""
    import xarray as xr

    keys = sorted(found)
    rows = [_arrays(found[one]) for one in keys]
    columns = {name: np.array([_single(row[name]) for row in rows]) for name in rows[0]}
    about = json.dumps({"sources": source_hash(), "keys": keys, "until": found[keys[0]].history.until,
                        "unmet": [[list(cell) for cell in found[one].unmet] for one in keys]})
    made = {name: (("draw", *(f"{name}_{place}" for place in range(1, values.ndim))), values)
            for name, values in columns.items()}
    return dataset.save(xr.Dataset(made, attrs={"format": dataset.FORMAT, "title": KIND, "about": about,
                                                "content_hash": dataset.content_hash(columns, about)}), path)


def _arrays(found: Followed) -> dict[str, np.ndarray]:
    return {name: np.asarray(value) for name, value in {**found.history.arrays(), MISFIT: found.misfit}.items()}


def _single(value: np.ndarray) -> np.ndarray:
    return value.astype(np.float32) if value.dtype.kind == "f" else value


def _rounded(value: np.ndarray) -> np.ndarray:
    return _single(value).astype(np.float64) if value.dtype.kind == "f" else value


def _seen(path: Path) -> tuple[int, int]:
    """A stamp that changes with the file."""
    if kind_of(path) != "file":
        return 0, 0
    found = path.stat()
    return found.st_mtime_ns, found.st_size


@functools.lru_cache(maxsize=2)
def _table(path: Path, *seen: int) -> Mapping[str, Followed]:
    if not any(seen):
        return {}
    columns, attrs = dataset.open_arrays(path)
    about = str(attrs.get("about"))
    if attrs.get("title") != KIND or attrs.get("content_hash") != dataset.content_hash(columns, about):
        raise UserError(Fault(str(path), "is damaged: its contents have changed since it was written",
                              "restore it from the repository, or rebuild it with refresh --residuals"))
    said = json.loads(about)
    if said.get("sources") != source_hash():
        return {}  # from other code, whose residuals may have other names
    return _Rows(columns, said["keys"], said["until"], said["unmet"])


class _Rows(Mapping[str, Followed]):
    """The rows of a table by key, each built on access."""

    def __init__(self, columns: Mapping[str, np.ndarray], keys: Sequence[str], until: int, unmet: Sequence):
        self._columns, self._until, self._unmet = columns, until, unmet
        self._row = {one: row for row, one in enumerate(keys)}

    def __getitem__(self, one: str) -> Followed:
        row = self._row[one]
        return _followed({name: _rounded(values[row]) for name, values in self._columns.items()}, self._until,
                         self._unmet[row])

    def __iter__(self) -> Iterator[str]:
        return iter(self._row)

    def __len__(self) -> int:
        return len(self._row)


def _followed(row: Mapping[str, np.ndarray], until: int, unmet: Sequence[Sequence]) -> Followed:
    told = {name: value for name, value in row.items() if name != MISFIT}
    return Followed(History.of_arrays(until, told), Misfit(*map(float, row[MISFIT])),
                    tuple(Unmet(*cell) for cell in unmet))
