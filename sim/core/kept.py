"""Arrays that can be rebuilt, cached under the hash of their inputs.

A file is a line of JSON (hash, and name, type, shape of each array) and the bytes of the arrays after it. It is written
under a temporary name and renamed; if it is found damaged, the arrays are rebuilt.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import math
import os
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from sim.core import cache
from sim.core.files import kind_of

Arrays = dict[str, np.ndarray[Any, Any]]
LONGEST_HEAD = 2**20  # bytes
NUMBERS = "biuf"  # permitted types of arrays


def kept(name: str, make: Callable[[], Arrays]) -> Arrays:
    """The arrays of a name in the cache; built and stored if missing or damaged.

    UserError if a link or a device is in the way.
    """
    path = cache.entry(name)
    found = read(path)
    if found is not None:
        cache.used(path)
        return found
    found = make()
    with contextlib.suppress(OSError):  # they are rebuilt if they cannot be stored
        write(path, found)
    return found


def newest(name: re.Pattern[str], most: int) -> None:
    """Of the files in the cache folder whose whole name is such, leave the newest ones and remove the rest."""
    with contextlib.suppress(OSError):  # somebody else has just removed one
        found = [path for path in cache.cache_folder().iterdir()
                 if name.fullmatch(path.name) and kind_of(path) == "file"]
        for path in sorted(found, key=lambda path: path.stat().st_mtime)[:-most]:
            path.unlink()


def write(path: Path, arrays: Mapping[str, np.ndarray[Any, Any]]) -> None:
    """Write arrays completely or not at all."""
    plain = {name: np.asarray(array) for name, array in arrays.items()}
    about = [[name, array.dtype.str, list(array.shape)] for name, array in plain.items()]
    body = b"".join(array.tobytes() for array in plain.values())
    head = json.dumps({"hash": _hash_of(about, body), "arrays": about}).encode() + b"\n"
    half = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with open(half, "xb") as file:
            file.write(head + body)
        os.replace(half, path)
    finally:
        half.unlink(missing_ok=True)


def read(path: Path) -> Arrays | None:
    """The arrays of a file; None if it is missing or damaged."""
    try:
        if kind_of(path) != "file":  # a pipe would block
            return None
        head, _, body = path.read_bytes().partition(b"\n")
        about = json.loads(head) if len(head) <= LONGEST_HEAD else {}
        if about["hash"] != _hash_of(about["arrays"], body):
            return None
        return _unpacked(about["arrays"], body)
    except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None


def _unpacked(about: list[list[Any]], body: bytes) -> Arrays:
    """The arrays in the bytes; ValueError where these are not what is said of them.

    Copies, for kernels are compiled for arrays that are aligned and may be written to.
    """
    arrays, place = {}, 0
    for name, kind, shape in about:
        dtype = np.dtype(str(kind))
        if dtype.kind not in NUMBERS or not all(isinstance(length, int) and length >= 0 for length in shape):
            raise ValueError(f"{name} is no array of numbers")
        count = math.prod(shape)
        arrays[str(name)] = np.frombuffer(body, dtype, count, place).reshape(shape).copy()
        place += count * dtype.itemsize
    return arrays


def _hash_of(about: list[list[Any]], body: bytes) -> str:
    return hashlib.sha256(json.dumps(about).encode() + b"\n" + body).hexdigest()
