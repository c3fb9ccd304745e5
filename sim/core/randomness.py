"""Counter-based random numbers: Philox4x32-10 (Salmon et al. 2011).

Key = seed, counter = (uid, year, process). A person has the same uniforms in the same year and process in every
scenario, regardless of other persons, so that the difference between two scenarios with the same seed is due to policy.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sim.core.arrays import Number
from sim.core.cache import either, inlined, kernel
from sim.core.parts import BLOCK

# Processes: the last word of the counter. A block gives four words, so related choices share a block.
LIFE, MOVE, WORK, STATUS, INFLOW, SHOCK, STORM = 1, 2, 3, 4, 5, 6, 7
LUCK, WATER, RESETTLE, RESIDUAL, RESIDUAL_MORE, MEASURING = 8, 11, 12, 13, 14, 15

_LOW = np.uint64(0xFFFFFFFF)
_32 = np.uint64(32)
_M0, _M1 = np.uint64(0xD2511F53), np.uint64(0xCD9E8D57)
_W0, _W1 = np.uint64(0x9E3779B9), np.uint64(0xBB67AE85)

Words = tuple[np.uint64, np.uint64, np.uint64, np.uint64]
"""The four words of a block, 32 bits each."""


@inlined
def block(seed: np.uint64, process: int, year: int, uid: np.uint64) -> Words:
    """Four 32-bit words (in uint64) of the block at (seed; uid, year, process)."""
    k0, k1 = seed & _LOW, seed >> _32
    c0, c1 = uid & _LOW, uid >> _32
    c2, c3 = np.uint64(year), np.uint64(process)
    for _ in range(10):
        p0, p1 = _M0 * c0, _M1 * c2
        c0, c1, c2, c3 = (p1 >> _32) ^ c1 ^ k0, p1 & _LOW, (p0 >> _32) ^ c3 ^ k1, p0 & _LOW
        k0, k1 = (k0 + _W0) & _LOW, (k1 + _W1) & _LOW
    return c0, c1, c2, c3


@inlined
def unit(word: np.uint64) -> float:
    """A word as a uniform in the open interval (0, 1)."""
    return (np.float64(word) + 0.5) * 2.0**-32


@either
def normal(radius: Number, turn: Number) -> Number:
    """A standard normal from two uniforms, one for the radius and one for the angle (Box and Muller 1958)."""
    return np.sqrt(-2.0 * np.log(radius)) * np.cos(2.0 * np.pi * turn)


@either
def lognormal(normal: Number, spread: Number) -> Number:
    """A lognormal number with mean one from a standard normal; `spread`: standard deviation of its logarithm."""
    return np.exp(spread * normal - 0.5 * spread * spread)


@inlined
def mix(a: np.uint64, b: np.uint64) -> np.uint64:
    """A new identity from two numbers (SplitMix64 finaliser), below 2**63 and never 0."""
    z = a + (b + np.uint64(1)) * np.uint64(0x9E3779B97F4A7C15)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return ((z ^ (z >> np.uint64(31))) >> np.uint64(1)) | np.uint64(1)


@inlined
def limit(probability: float) -> np.uint64:
    """The integer limit such that word < limit exactly if unit(word) < probability; 0 for non-positive probabilities.
    """
    if not probability > 0.0:
        return np.uint64(0)
    return np.uint64(max(0.0, np.ceil(min(probability, 1.0) * 2.0**32 - 0.5)))


@inlined
def floor_of(probability: float) -> np.uint64:
    """The integer threshold such that word >= floor_of(p) with probability p."""
    return np.uint64(2**32) - limit(probability)


@kernel
def words(seed: np.uint64, process: int, year: int, uids: NDArray[np.uint64], rows: np.ndarray,
          out: NDArray[np.uint64]) -> None:
    """The blocks of up to BLOCK persons, by row; word k of the j-th is out[k * BLOCK + j]."""
    ids = np.empty(rows.size, dtype=np.uint64)
    for j in range(rows.size):
        ids[j] = uids[np.uint64(rows[j])]
    for j in range(ids.size):  # a separate loop, so that it is vectorised
        a, b, c, d = block(seed, process, year, ids[j])
        out[j] = a
        out[BLOCK + j] = b
        out[2 * BLOCK + j] = c
        out[3 * BLOCK + j] = d


@kernel
def _fill(seed, process, year, uids, out):
    for i in range(uids.size):
        a, b, c, d = block(seed, process, year, uids[i])
        out[i, 0], out[i, 1], out[i, 2], out[i, 3] = unit(a), unit(b), unit(c), unit(d)


@kernel
def draw(first: int, last: int, seed: np.uint64, process: int, year: int, uids: NDArray[np.uint64],
         one: NDArray[np.uint32], two: NDArray[np.uint32], three: NDArray[np.uint32], four: NDArray[np.uint32]) -> None:
    """The words of identities `first` to `last`, each into an array of its own (uint32)."""
    for i in range(np.uint64(first), np.uint64(last)):
        a, b, c, d = block(seed, process, year, uids[i])
        one[i], two[i], three[i], four[i] = np.uint32(a), np.uint32(b), np.uint32(c), np.uint32(d)


@kernel
def _fill_normals(seed, process, year, uids, out):
    for i in range(uids.size):
        a, b, c, d = block(seed, process, year, uids[i])
        out[i, 0], out[i, 1] = normal(unit(a), unit(c)), normal(unit(b), unit(d))


def uniforms(seed: int, process: int, year: int, uids: ArrayLike) -> np.ndarray:
    """Uniforms [n, 4] in (0, 1) of the given identities."""
    return _filled(_fill, 4, seed, process, year, uids)


def normals(seed: int, process: int, year: int, uids: ArrayLike) -> np.ndarray:
    """Standard normals [n, 2] of the given identities."""
    return _filled(_fill_normals, 2, seed, process, year, uids)


def _filled(fill, numbers: int, seed: int, process: int, year: int, uids) -> np.ndarray:
    """So many numbers for each identity; [n, numbers]."""
    uids = np.ascontiguousarray(uids, dtype=np.uint64)
    out = np.empty((uids.size, numbers))
    fill(np.uint64(seed), process, year, uids, out)
    return out


@kernel
def mixed(uids: NDArray[np.uint64], salt: int) -> NDArray[np.uint64]:
    """`mix` of identities [n] with one number; [n], below 2**63 and never 0."""
    out = np.empty(uids.size, dtype=np.uint64)
    for i in range(uids.size):
        out[i] = mix(uids[i], np.uint64(salt))
    return out
