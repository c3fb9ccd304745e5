"""The cache folder: compiled kernels and base populations, under the hash of their inputs.

Numba's own cache does not detect changes in functions called from other files. The kernels of a file are therefore kept
in a folder named by the hash of that file and of all the model's files that it imports, directly or indirectly: a
change recompiles only what depends on it. Import `kernel` from here, never Numba's decorators.
"""

from __future__ import annotations

import atexit
import contextlib
import functools
import hashlib
import os
import re
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numba

from sim.core import loading
from sim.core.declare import Fault, UserError
from sim.core.files import kind_of

SOURCES = Path(__file__).resolve().parents[1]
KEPT_UNUSED = 7 * 24 * 3600.0  # seconds
TEMPORARY = re.compile(r"hainan-cache-(\d+)-\w+")
SWEPT_FILE = re.compile(r"compiled-[0-9a-f]{16}-3\.\d+-.+|\.(people|settled|vital|totals|pack|nearest)-.+\.\d+\.tmp|"
                        r"(people|settled|vital|totals)-([0-9a-f]{16}-){2,3}\d+\.(npz|arrays)|"
                        r"(pack|nearest)-[0-9a-f]{16}-[0-9a-f]{16}\.arrays")
SWEPT_FOLDER = re.compile(r"kernels-[0-9a-f]{16}")
NUMBA_FOLDER = re.compile(r"\w*_[0-9a-f]{40}")
NUMBA_FILE = re.compile(r"\.py\d+\w*(\.\d+)?\.nb[ic](\.tmp\.\w+)?$")


def _hash_of(files) -> str:
    """Hash of files of the model, by path and content."""
    digest = hashlib.sha256()
    for path in sorted(files):
        digest.update(path.relative_to(SOURCES).as_posix().encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


@functools.cache
def source_hash() -> str:
    """Hash of all Python sources of the model."""
    return _hash_of(SOURCES.rglob("*.py"))


@functools.cache
def cache_folder() -> Path:
    """$HAINAN_CACHE, or `.cache` beside the sources; a temporary folder of this process where it cannot be written."""
    wanted = Path(os.environ.get("HAINAN_CACHE") or SOURCES.parent / ".cache").absolute()
    try:
        wanted.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=wanted):
            pass
        return wanted
    except OSError:
        return _temporary()


def is_temporary() -> bool:
    """Whether compiled kernels are lost at the end of this process."""
    return bool(TEMPORARY.fullmatch(cache_folder().name))


def _temporary() -> Path:
    """A folder for this process and those it starts, removed at its end; those of killed processes are removed now."""
    for left in Path(tempfile.gettempdir()).glob("hainan-cache-*"):
        named = TEMPORARY.fullmatch(left.name)
        if named and kind_of(left) == "folder" and _is_ours_and_dead(left, int(named[1])):
            shutil.rmtree(left, ignore_errors=True)
    folder = Path(tempfile.mkdtemp(prefix=f"hainan-cache-{os.getpid()}-"))
    os.environ["HAINAN_CACHE"] = str(folder)  # for the processes that this one starts
    maker = os.getpid()
    atexit.register(lambda: os.getpid() == maker and shutil.rmtree(folder, ignore_errors=True))
    return folder


def _is_ours_and_dead(folder: Path, process: int) -> bool:
    """Whether a folder was created by a process that has ended."""
    try:
        if os.name == "nt" or folder.lstat().st_uid != os.getuid():
            return False
        os.kill(process, 0)
    except ProcessLookupError:
        return True
    except OSError:
        pass
    return False


def entry(name: str) -> Path:
    """A path in the cache folder; UserError if it is a link or a device."""
    path = cache_folder() / name
    kind = kind_of(path)
    if kind in ("link", "device"):
        raise UserError(Fault(str(path), f"is a {kind}, which the cache folder must not hold", "remove it"))
    return path


def compiled_mark() -> Path:
    """A marker file that exists if all kernels of these sources have been compiled, by this Numba for this processor.
    """
    from llvmlite.binding import get_host_cpu_name

    python = f"{sys.version_info.major}.{sys.version_info.minor}"
    return entry(f"compiled-{source_hash()[:16]}-{python}-{numba.__version__}-{get_host_cpu_name()}")


_IMPORT = re.compile(r"^from (sim[\w.]*) import (\([^)]*\)|.*)$", re.MULTILINE)


@functools.cache
def imported(path: Path) -> frozenset[Path]:
    """Files of the model that this file of the model imports by name."""
    known, found = _sources(SOURCES), set()
    for home, names in _IMPORT.findall(_content(path).decode()):
        found |= {home, *(f"{home}.{name}" for name in re.findall(r"\w+", names))}
    return frozenset(known[name] for name in found & known.keys())


@functools.cache
def _sources(folder: Path) -> dict[str, Path]:
    """All Python sources below a folder by module name: `sim.core.cache`, `sim.core`."""
    return {".".join(("sim", *path.parent.relative_to(folder).parts, path.stem)).removesuffix(".__init__"): path
            for path in folder.rglob("*.py")}


@functools.cache
def _content(path: Path) -> bytes:
    """The content of a file of the model, read once, as most are needed many times."""
    return path.read_bytes()


@functools.cache
def made_of(path: Path) -> str:
    """Hash of a file of the model and of all its imports."""
    files, new = set(), {path}
    while new:
        files |= new
        new = set().union(*(imported(file) for file in new)) - files
    return hashlib.sha256(b"".join(_digest_of(file) for file in sorted(files, key=str))).hexdigest()


@functools.cache
def _digest_of(file: Path) -> bytes:
    """Digest of one file of the model; most are part of many hashes."""
    return hashlib.sha256(file.relative_to(SOURCES).as_posix().encode() + b"\n" + _content(file)).digest()


KERNELS: dict[str, object] = {}
"""All kernels by name."""
keeps = True  # whether kernels are cached; compiling workers set it per kernel


def kernel(function: Callable) -> Any:
    """A compiled function, cached in the folder of its sources."""
    compiled = numba.njit(nogil=True, error_model="numpy")(function)
    KERNELS[f"{function.__module__}.{function.__qualname__}"] = compiled
    return kept(compiled) if keeps else compiled


def kept(compiled: Any) -> Any:
    """Look up a kernel, and store it, in its folder."""
    path = Path(sys.modules[compiled.py_func.__module__].__file__).resolve()
    hashed = made_of(path) if path.is_relative_to(SOURCES) else source_hash()
    numba.config.CACHE_DIR = str(_used_folder(f"kernels-{hashed[:16]}"))
    loading.keep(compiled)
    return compiled


def compile_for(kernel: Any, types: str) -> None:
    """Compile a kernel for arguments of these types, which are said in Numba's words."""
    kernel.compile(numba.core.sigutils.normalize_signature(types)[0])


@functools.cache
def _used_folder(name: str) -> Path:
    """A folder of the cache, with the time of its last use."""
    folder = entry(name)
    folder.mkdir(exist_ok=True)
    used(folder)
    return folder


def used(path: Path) -> bool:
    """Whether an item is in the cache; if so, its time of use is updated, which protects it from removal for a while.
    """
    try:
        os.utime(path)
    except FileNotFoundError:
        return False
    except OSError:  # owned by another user
        pass
    return True


def sweep() -> None:
    """Remove kernels, markers and arrays of former sources that have not been used for long.

    Processes mark what they use (`used`), and rebuild it if it has just been removed. Only items with the full names of
    this cache are removed; from a folder of kernels the files of Numba, then the folder if it is empty.
    """
    old = time.time() - KEPT_UNUSED
    for path in cache_folder().iterdir():
        with contextlib.suppress(OSError):  # another process has just cleaned up
            if path.lstat().st_mtime >= old:
                continue
            if SWEPT_FILE.fullmatch(path.name) and kind_of(path) == "file":
                path.unlink()
            elif SWEPT_FOLDER.fullmatch(path.name) and kind_of(path) == "folder":
                _remove_kernels(path)


def _remove_kernels(folder: Path) -> None:
    """Remove the files of Numba, up to two folders deep, and the folders that are then empty."""
    for inner in folder.iterdir():
        if NUMBA_FOLDER.fullmatch(inner.name) and kind_of(inner) == "folder":
            for file in inner.iterdir():
                if NUMBA_FILE.search(file.name) and kind_of(file) == "file":
                    file.unlink()
            with contextlib.suppress(OSError):
                inner.rmdir()
    folder.rmdir()


inlined = numba.njit(inline="always", error_model="numpy")
either = numba.extending.register_jitable(inline="always")  # a formula for numbers in kernels and for NumPy's arrays
