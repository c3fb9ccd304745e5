"""How much a verb says beside its results: progress, nothing (`--quiet`), or what it used as well (`--verbose`)."""

from __future__ import annotations

import argparse
import contextlib
import os
import platform
import sys
import time
from collections.abc import Iterator

PROGRAM = "hainan2035"


def arguments(one: argparse.ArgumentParser) -> None:
    """The two options, which every verb has."""
    much = one.add_mutually_exclusive_group()
    much.add_argument("--quiet", "-q", action="store_true", help="no progress and no notes; faults are still printed")
    much.add_argument("--verbose", "-v", action="store_true", help="also print version, cache, time and memory")


@contextlib.contextmanager
def spoken(options: argparse.Namespace, version: str) -> Iterator[None]:
    """Carry a verb out with stderr as it was asked for; what goes to stdout is the same."""
    if options.quiet:
        with open(os.devnull, "w", encoding="utf-8") as nothing, contextlib.redirect_stderr(nothing):
            yield
    elif options.verbose:
        start, before = time.perf_counter(), _processor_time()
        print(f"{PROGRAM}: {version}, Python {platform.python_version()}, {_cache()}", file=sys.stderr)
        try:
            yield
        finally:
            print(f"{PROGRAM}: {time.perf_counter() - start:.1f} s, {_processor_time() - before:.1f} s of processor "
                  f"time{_memory()}", file=sys.stderr)
    else:
        yield


def say(sentence: str) -> None:
    """A sentence beside the results, on stderr."""
    print(f"{PROGRAM}: {sentence}", file=sys.stderr, flush=True)


def _processor_time() -> float:
    """Seconds of processor time of this process and of those it waited for."""
    used = os.times()
    return used.user + used.system + used.children_user + used.children_system


def _cache() -> str:
    """Where compiled kernels are kept, without loading what compiles them."""
    from hainan2035.shared import cache_folder

    return f"cache {cache_folder()}"


def peak_memory() -> int | None:
    """Megabytes this process held at most; None where the system does not say."""
    try:
        import resource
    except ImportError:
        return None
    unit = 2**20 if sys.platform == "darwin" else 2**10
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // unit


def _memory() -> str:
    held = peak_memory()
    return f", {held:,} MB of memory" if held else ""
