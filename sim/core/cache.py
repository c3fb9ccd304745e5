"""One folder for what can be made again: compiled kernels and base populations, under the hash of what made it.

Numba's own cache does not see a change in a function called from another file. So the kernels of a file lie in a folder
named by the hash of that file and of all the model's files it imports, and of what these import: a change compiles
anew what depends on it, and nothing else. Import `kernel` from here, never Numba's decorators.
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
    """Whether what is compiled will be gone with this process."""
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
    """Whether we made a folder for a process that has ended."""
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
    """A place in the cache folder; UserError where a link or a device stands there."""
    path = cache_folder() / name
    kind = kind_of(path)
    if kind in ("link", "device"):
        raise UserError(Fault(str(path), f"is a {kind}, which the cache folder must not hold", "remove it"))
    return path


def compiled_mark() -> Path:
    """A file that stands where all kernels of these sources have been compiled, by this Numba for this processor."""
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
    """Every Python source below a folder under the name it is imported by: `sim.core.cache`, `sim.core`."""
    return {".".join(("sim", *path.parent.relative_to(folder).parts, path.stem)).removesuffix(".__init__"): path
            for path in folder.rglob("*.py")}


@functools.cache
def _content(path: Path) -> bytes:
    """What stands in a file of the model, which is read once: most are asked for many times."""
    return path.read_bytes()


@functools.cache
def made_of(path: Path) -> str:
    """Hash of a file of the model and of all it stands on."""
    files, new = set(), {path}
    while new:
        files |= new
        new = set().union(*(imported(file) for file in new)) - files
    return hashlib.sha256(b"".join(_digest_of(file) for file in sorted(files, key=str))).hexdigest()


@functools.cache
def _digest_of(file: Path) -> bytes:
    """Digest of one file of the model; most stand in the hashes of many."""
    return hashlib.sha256(file.relative_to(SOURCES).as_posix().encode() + b"\n" + _content(file)).digest()


KERNELS: dict[str, object] = {}
"""Every kernel by its name."""
keeps = True  # whether kernels are kept; who compiles for others says of each


def kernel(function: Callable) -> Any:
    """A compiled function, kept in the folder of what its file is made of."""
    compiled = numba.njit(nogil=True, error_model="numpy")(function)
    KERNELS[f"{function.__module__}.{function.__qualname__}"] = compiled
    return kept(compiled) if keeps else compiled


def kept(compiled: Any) -> Any:
    """A kernel that is looked for, and kept, in its folder."""
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
    """Whether something of the cache is there; if so it has been used now, and is not swept for a while."""
    try:
        os.utime(path)
    except FileNotFoundError:
        return False
    except OSError:  # it belongs to somebody else
        pass
    return True


def sweep() -> None:
    """Remove kernels, marks and arrays that no process has used for long: those of former sources.

    Whoever uses one says so (`used`), and makes it again where it has just been removed. They are ours by their full
    names; a folder of kernels loses what Numba wrote there, and goes when it is empty.
    """
    old = time.time() - KEPT_UNUSED
    for path in cache_folder().iterdir():
        with contextlib.suppress(OSError):  # somebody else has just swept here
            if path.lstat().st_mtime >= old:
                continue
            if SWEPT_FILE.fullmatch(path.name) and kind_of(path) == "file":
                path.unlink()
            elif SWEPT_FOLDER.fullmatch(path.name) and kind_of(path) == "folder":
                _remove_kernels(path)


def _remove_kernels(folder: Path) -> None:
    """Remove what Numba wrote: its files two folders deep, and the folders that are then empty."""
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
