"""One folder for what can be made again: compiled kernels and base populations, under the hash of what made it.

Numba's own cache does not see a change in a function called from another file. So the kernels of a file lie in a folder
named by the hash of that file and of all the model's files it imports, and of what these import: a change compiles
anew what depends on it, and nothing else. Import `kernel` from here, never Numba's decorators.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import os
import re
import shutil
import sys
import tempfile
import time
from pathlib import Path

import numba

SOURCES = Path(__file__).resolve().parents[1]
KEPT_UNUSED = 7 * 24 * 3600.0  # seconds


def _hash_of(files) -> str:
    """Hash of files of the model, by their places and what stands in them."""
    digest = hashlib.sha256()
    for path in sorted(files):
        digest.update(path.relative_to(SOURCES).as_posix().encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


@functools.cache
def source_hash() -> str:
    """Hash of every Python source of the model."""
    return _hash_of(SOURCES.rglob("*.py"))


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


def compiled_mark() -> Path:
    """A file that stands where all kernels of these sources have been compiled, by this Numba for this processor."""
    from llvmlite.binding import get_host_cpu_name

    python = f"{sys.version_info.major}.{sys.version_info.minor}"
    return cache_folder() / f"compiled-{source_hash()[:16]}-{python}-{numba.__version__}-{get_host_cpu_name()}"


_IMPORT = re.compile(r"^from (sim[\w.]*) import (\([^)]*\)|.*)$", re.MULTILINE)


@functools.cache
def imported(path: Path) -> frozenset[Path]:
    """Files of the model that this file of the model imports by name."""
    found = set()
    for home, names in _IMPORT.findall(path.read_text(encoding="utf-8")):
        folder = SOURCES.joinpath(*home.split(".")[1:])
        places = [folder, *(folder / name for name in re.findall(r"\w+", names))]
        found |= {file for place in places for file in (place.with_suffix(".py"), place / "__init__.py")
                  if file.is_file()}
    return frozenset(found)


@functools.cache
def made_of(path: Path) -> str:
    """Hash of a file of the model and of all it stands on."""
    files, new = set(), {path}
    while new:
        files |= new
        new = set().union(*(imported(file) for file in new)) - files
    return _hash_of(files)


KERNELS: dict[str, object] = {}
"""Every kernel by its name."""
keeps = True  # whether kernels are kept; who compiles for others says of each


def kernel(function):
    """A compiled function, kept in the folder of what its file is made of."""
    compiled = numba.njit(nogil=True, error_model="numpy")(function)
    KERNELS[f"{function.__module__}.{function.__qualname__}"] = compiled
    return kept(compiled) if keeps else compiled


def kept(compiled):
    """A kernel that is looked for, and kept, in its folder."""
    path = Path(sys.modules[compiled.py_func.__module__].__file__).resolve()
    hashed = made_of(path) if path.is_relative_to(SOURCES) else source_hash()
    numba.config.CACHE_DIR = str(_used_folder(f"kernels-{hashed[:16]}"))
    compiled.enable_caching()
    return compiled


def compile_for(kernel, types: str) -> None:
    """Compile a kernel for arguments of these types, which are said in Numba's words."""
    kernel.compile(numba.core.sigutils.normalize_signature(types)[0])


@functools.cache
def _used_folder(name: str) -> Path:
    """A folder of the cache, with the time of its last use."""
    folder = cache_folder() / name
    folder.mkdir(exist_ok=True)
    os.utime(folder)
    return folder


def sweep() -> None:
    """Remove kernels, marks and populations that no process has used for long: those of former sources."""
    for path in [path for name in ("kernels-*", "compiled-*", "people-*") for path in cache_folder().glob(name)]:
        with contextlib.suppress(OSError):  # somebody else has just swept here
            if path.stat().st_mtime < time.time() - KEPT_UNUSED:
                shutil.rmtree(path) if path.is_dir() else path.unlink()


inlined = numba.njit(inline="always", error_model="numpy")
either = numba.extending.register_jitable(inline="always")  # a formula for numbers in kernels and for NumPy's arrays
