"""One folder for what can be made again: compiled kernels and base populations, under the hash of what made it.

Numba's own cache does not see a change in a function called from another file, so the folder is named by the hash of
all sources of the model. It is set before Numba is imported: import `kernel` from here, never Numba's decorators.
"""

from __future__ import annotations

import functools
import hashlib
import os
import tempfile
from pathlib import Path

SOURCES = Path(__file__).resolve().parents[1]


@functools.cache
def source_hash() -> str:
    """Hash of every Python source of the model."""
    digest = hashlib.sha256()
    for path in sorted(SOURCES.rglob("*.py")):
        digest.update(path.relative_to(SOURCES).as_posix().encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


@functools.cache
def cache_folder() -> Path:
    """$HAINAN_CACHE, or `.cache` beside the sources; a temporary folder where neither can be written."""
    wanted = Path(os.environ.get("HAINAN_CACHE") or SOURCES.parent / ".cache")
    try:
        wanted.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=wanted):
            pass
        return wanted
    except OSError:
        return Path(tempfile.mkdtemp(prefix="hainan-cache-"))


os.environ["NUMBA_CACHE_DIR"] = str(cache_folder() / f"kernels-{source_hash()[:16]}")

import numba  # noqa: E402  (after its cache folder is set)

kernel = numba.njit(cache=True, nogil=True, error_model="numpy")
inlined = numba.njit(inline="always", error_model="numpy")
either = numba.extending.register_jitable(inline="always")  # a formula for numbers in kernels and for NumPy's arrays
