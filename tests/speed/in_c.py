"""The migration rule as a literal C loop, compiled on the spot where there is a compiler."""

from __future__ import annotations

import ctypes
import shutil
import subprocess
from pathlib import Path

import numpy as np

from sim.agents.place_choice import Choices
from sim.mechanisms.migration import _move

SOURCE = Path(__file__).with_name("literal.c")
LUCK = _move.py_func.__code__.co_varnames.index("luck") - 6  # after first, last, seed, year, n, uid


def compiled(folder: Path):
    """A function with the arguments of the kernel `_move`, or None where nothing compiles C."""
    compiler = next(filter(None, map(shutil.which, ("cc", "gcc", "clang"))), None)
    if compiler is None:
        return None
    library = Path(folder) / "literal.so"
    subprocess.run([compiler, "-O3", "-march=native", "-ffp-contract=off", "-shared", "-fPIC", str(SOURCE), "-o",
                    str(library), "-lm"], check=True)
    loop = ctypes.CDLL(str(library)).move
    loop.restype = None

    def move(first, last, seed, year, n, uid, *rest):
        rest = [uid, *(a for place, a in enumerate(rest) if place != LUCK)]  # it draws its own, person by person
        rest = [a for given in rest for a in (given[1:-1] if isinstance(given, Choices) else (given,))]
        rest = [np.ascontiguousarray(a) if isinstance(a, np.ndarray) else a for a in rest]
        given = [a.ctypes.data_as(ctypes.c_void_p) if isinstance(a, np.ndarray) else ctypes.c_double(a) for a in rest]
        loop(ctypes.c_int64(rest[0].size), ctypes.c_uint64(int(seed)), ctypes.c_int(year), ctypes.c_int(n), *given)

    return move
