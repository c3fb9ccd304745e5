"""Multithreading over persons in parts: compiled kernels release the GIL, so parts run in parallel.

A kernel receives the range of its rows and its own integer tallies; tallies are added in the order of parts. Events of
a person do not depend on others of the same pass. Results are therefore identical for any number of threads.

Within a part a kernel proceeds block by block, with several loops over each block: loops with arithmetic only are
vectorised, those with table look-ups are not, and a block stays in the fastest cache in between. Four such loops take a
third of the time of a single one.
"""

from __future__ import annotations

import functools
import itertools
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait

import numpy as np

from sim.core.arrays import Flags
from sim.core.cache import inlined

BLOCK = 512  # persons per block, whose columns fit in the fastest cache
LEAST_ROWS = 50_000  # minimum rows per thread, below which the overhead exceeds the gain


def usable_cores() -> int:
    """Cores that this process may use."""
    mine = getattr(os, "sched_getaffinity", None)
    return len(mine(0)) if mine else os.cpu_count() or 1


def in_parts(rows: int, threads: int, work: Callable[[int, int], object]) -> list:
    """The results of `work(first, last)` for each part of the rows, in order."""
    parts = max(1, min(threads, rows // LEAST_ROWS))
    if parts == 1:
        return [work(0, rows)]
    edges = [rows * k // parts for k in range(parts + 1)]
    others = [_crew(parts - 1).submit(work, *part) for part in itertools.pairwise(edges[1:])]
    try:
        mine = work(0, edges[1])
    finally:
        wait(others)  # they work on the caller's arrays
    return [mine, *(other.result() for other in others)]


@functools.cache
def _crew(size: int) -> ThreadPoolExecutor:
    """Threads kept for the next call; starting and ending them took a twentieth of a run."""
    return ThreadPoolExecutor(size)


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_crew.cache_clear)  # a fork has none of its parent's threads


def summed(tallies: list) -> tuple:
    """Tallies of the parts, each a tuple of arrays of whole numbers, added."""
    first, *rest = tallies
    for other in rest:
        for mine, theirs in zip(first, other, strict=True):
            mine += theirs
    return first


@inlined
def chosen(mask: Flags, size: np.uint64, first: np.uint64, rows: np.ndarray, found: np.uint64) -> np.uint64:
    """Write the rows of a block whose mask is set behind those `found` already; how many there are then."""
    for j in range(size):
        rows[found] = first + j
        found += np.uint64(mask[j])
    return found


@inlined
def block_size(begin: int, last: int) -> np.uint64:
    """Rows of the block that begins here, as an unsigned number: loops over it look at no sign."""
    return np.uint64(min(BLOCK, last - begin))
