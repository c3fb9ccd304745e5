"""The migration rule as a literal C loop, compiled on the spot where there is a compiler."""

from __future__ import annotations

import ctypes
import shutil
import subprocess
from pathlib import Path

import numpy as np

SOURCE = Path(__file__).with_name("literal.c")
COLUMNS = ("uid", "born", "sex", "skill", "minority", "hukou_county", "hukou_rural", "res_county", "res_zone", "sector",
           "arrived", "low_income")
RULES = ("evaluation", "leave", "leave_insurance", "export", "retire_women", "retire_men")


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

    def move(first, last, seed, year, persons, rules, choices, tally, stays):
        rest = [*(getattr(persons, name) for name in COLUMNS), *(getattr(rules, name) for name in RULES),
                *choices[1:-1], *tally, stays]  # it draws its luck itself, person by person
        rest = [np.ascontiguousarray(a) if isinstance(a, np.ndarray) else a for a in rest]
        given = [a.ctypes.data_as(ctypes.c_void_p) if isinstance(a, np.ndarray) else ctypes.c_double(a) for a in rest]
        loop(ctypes.c_int64(rest[0].size), ctypes.c_uint64(int(seed)), ctypes.c_int(year),
             ctypes.c_int(choices.n), *given)

    return move
