"""The tables of a pack as they were read before, from the cache folder.

Reading and checking the texts of a pack takes ten times as long as taking its columns from a file. They lie there under
the hash of the pack's files and of the code that reads them; a pack with faults is read again each time.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from sim.core.cache import made_of
from sim.core.declare import Fault, UserError
from sim.core.kept import Arrays, kept
from sim.region import reading, schema

WORDS = "words"  # the texts of all tables, each once, as JSON in UTF-8; columns of text hold their places in it
PLACE = np.int32  # the type of such a column: those of numbers are int64 or float64


def read(path: Path, hash_of: Callable[[Path], str]) -> tuple[reading.Read, str]:
    """A pack without faults, and the hash of its files; UserError with every fault it has."""
    digest = hash_of(path)

    def arrays() -> Arrays:
        found = reading.read(path)
        if found.faults:
            raise UserError(*found.faults)
        if hash_of(path) != digest:
            raise UserError(Fault(path.name, "was changed while it was read", "start again"))
        return _arrays(found.tables)

    code = made_of(Path(reading.__file__).resolve())
    tables = _tables(kept(f"pack-{digest[:16]}-{code[:16]}.arrays", arrays))
    return reading.Read(tables, json.loads((path / schema.BOUNDARIES).read_text(encoding="utf-8-sig"))), digest


def _arrays(tables: Mapping[str, pd.DataFrame]) -> Arrays:
    """The columns of tables as arrays of numbers."""
    words: dict[str, int] = {}
    found: Arrays = {}
    for table, frame in tables.items():
        for name, column in frame.items():
            if column.dtype.kind in "if":
                found[f"{table}/{name}"] = column.to_numpy()
            else:
                found[f"{table}/{name}"] = np.array([words.setdefault(word, len(words)) for word in column], PLACE)
    return {WORDS: np.frombuffer(json.dumps(list(words)).encode(), np.uint8), **found}


def _tables(arrays: Arrays) -> dict[str, pd.DataFrame]:
    """The tables whose columns these are."""
    words = np.array(json.loads(arrays[WORDS].tobytes()), dtype=object)
    columns: dict[str, dict[str, object]] = {}
    for place, array in arrays.items():
        table, _, name = place.partition("/")
        if table != WORDS:
            text = array.dtype == PLACE
            columns.setdefault(table, {})[name] = pd.Series(words[array], dtype=object) if text else array
    return {table: pd.DataFrame(held) for table, held in columns.items()}
