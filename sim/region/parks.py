"""Provincial parks, where free-trade-port incentives apply, and their shares of county output in modern sectors.

The hosts are the eleven key parks of June 2020 and two later ones (parks.csv of the pack). The shares are assumed;
key parks are known to have contributed about half of provincial tax revenue in 2022-24.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

from sim.region.pack import Pack


class Park(NamedTuple):
    """A park: host county, first year, and the assumed share of the host's industry, marine and high-tech output."""

    name: str
    host: int
    start: int
    share: float


@functools.lru_cache(maxsize=8)
def parks(pack: Pack) -> tuple[Park, ...]:
    """The parks of a pack, in its order."""
    table = pack.table("parks")
    columns = (table[name] for name in ("name", "adcode", "first_year", "share"))
    return tuple(Park(name, int(host), int(start), float(share))
                 for name, host, start, share in zip(*columns, strict=True))


def park_share(codes: np.ndarray, year: int, found: Iterable[Park]) -> np.ndarray:
    """Share of a county's industry, marine and high-tech output in parks founded by that year, in the order of `codes`.
    """
    found = tuple(found)
    return np.array([sum(p.share for p in found if p.host == code and p.start <= year) for code in codes])


def host_rows(codes: np.ndarray, found: Iterable[Park]) -> np.ndarray:
    """Row of each park's host in `codes`."""
    row = {int(code): k for k, code in enumerate(codes)}
    return np.array([row[park.host] for park in found], dtype=np.int64)
