"""Residuals that were solved before: a table beside the draws that are shipped, so that a forecast need not solve them.

A row is found by the hash of all that its residuals depend on: the code, the data, the last year followed, the
parameters, the outlook, the imputation, the errors of measurement and the choice of series. Whatever differs in one of
these is solved anew. Residuals are rounded to single precision, kept or not, so that a run is the same bytes either
way.
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
    """What residuals depend on, as a hash; `data` and `plan` are hashes."""
    chosen = [choice.hash] if choice else []
    said = json.dumps([source_hash(), data, plan, until, imputation, observation, *chosen])
    return hashlib.sha256(said.encode()).hexdigest()


def find(wanted: str) -> Followed | None:
    """The residuals kept under a key; None where there are none. UserError where the table is damaged."""
    table = _table(TABLE, *_seen(TABLE))
    return table.get(wanted)


def as_kept(found: Followed) -> Followed:
    """Residuals as they are kept: rounded to single precision."""
    rounded = {name: _rounded(value) for name, value in _arrays(found).items()}
    return _followed(rounded, found.history.until, found.unmet)


def keep(found: Mapping[str, Followed], path: Path = TABLE) -> Path:
    """Write a table of residuals by key, in place of the one that stood there; all follow history to one year."""
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
    """What tells that a file has changed."""
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
        return {}  # of other code, whose residuals may have other names
    return _Rows(columns, said["keys"], said["until"], said["unmet"])


class _Rows(Mapping[str, Followed]):
    """The rows of a table by key, each made when it is asked for."""

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
