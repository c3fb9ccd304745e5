"""Compile the kernels on all cores before a first run, which would compile them sequentially.

The argument types of all kernels are listed in `signatures.txt`, so that no run is needed to find them. Missing or
wrong types only cost time: what is not compiled here is compiled on the first call.
"""

from __future__ import annotations

import contextlib
import importlib
import os
import subprocess
import sys
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from sim.core import cache
from sim.core.parts import usable_cores

SIGNATURES = Path(__file__).with_name("signatures.txt")
LEAST_SHARE = 8  # minimum number of kernels per process, below which start-up takes longer than compiling


def signatures() -> dict[str, str]:
    """A line per kernel: its name, and the types of its arguments in Numba's notation."""
    lines = SIGNATURES.read_text(encoding="utf-8").splitlines() if SIGNATURES.is_file() else ()
    return {line.split()[0]: line for line in lines}


def compile_kernels(tell: Callable[[int, int], object] | None = None) -> None:
    """Compile the kernels missing from the cache, in separate processes; `tell` is called with the number done and the
    total.
    """
    known = {name: cache.KERNELS[name] for name in signatures() if name in cache.KERNELS}
    missing = [name for name, kernel in known.items() if not _is_kept(kernel)]
    missing.sort(key=lambda name: len(known[name].py_func.__code__.co_code),
                 reverse=True)  # roughly, the most expensive first
    lines, done = deque(signatures()[name] for name in missing), []

    def feed(worker) -> None:
        with contextlib.suppress(OSError, IndexError):  # it has died, or nothing remains
            while True:
                print(line := lines.popleft(), file=worker.stdin, flush=True)
                if not worker.stdout.readline():
                    return
                done.append(line)
                if tell:
                    tell(len(done), len(missing))

    crew = min(usable_cores(), len(missing) // LEAST_SHARE)
    if crew < 2:
        return
    workers = []
    with contextlib.suppress(OSError), ThreadPoolExecutor(crew) as pool:
        try:
            workers += (_worker() for _ in range(crew))
            list(pool.map(feed, workers))
        finally:  # remaining workers end without an answer, as do the threads waiting for them
            for worker in workers:
                worker.kill()
    for worker in workers:
        worker.communicate()


def _is_kept(kernel) -> bool:
    """Whether the cache has this kernel."""
    function, python = kernel.py_func, f"py{sys.version_info.major}{sys.version_info.minor}"
    file = f"{function.__module__.rpartition('.')[2]}.{function.__qualname__}-*.{python}*.nbc"
    return any(Path(kernel.stats.cache_path).glob(file))


def _worker() -> subprocess.Popen:
    """A process that compiles kernels on request, into the same folder."""
    paths = os.pathsep.join(filter(None, (str(cache.SOURCES.parent), os.environ.get("PYTHONPATH"))))
    return subprocess.Popen(
        [sys.executable, "-m", __name__], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        text=True, env=os.environ | {"PYTHONPATH": paths, "HAINAN_CACHE": str(cache.cache_folder())})


def _compile(name: str, types: list[str]) -> None:
    """Compile a kernel and cache it."""
    importlib.import_module(name.rpartition(".")[0])
    kernel = cache.kept(cache.KERNELS[name])
    for each in types:
        cache.compile_for(kernel, each)


def _work() -> None:
    """Main loop of a worker: read a line, compile a kernel, answer.

    It stores only the requested kernels, so that no two processes write the same kernel; called kernels are included.
    """
    cache.keeps = False
    for line in sys.stdin:
        with contextlib.suppress(Exception):  # the error recurs when the kernel is called
            name, *types = line.split()
            _compile(name, types)
        print(flush=True)


if __name__ == "__main__":
    _work()
