"""Natural resource extraction: its share in a county's industry.

The places and first years are known (resources.csv of the pack); the shares are assumed, as no table divides the
industry of counties. Most offshore gas is recorded at the seat of its operators, so landing sites have small shares.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

from sim.region.pack import Pack


class Resource(NamedTuple):
    """A resource: host county, first year, and the assumed share of the host's industrial value added."""

    name: str
    name_zh: str
    host: int
    start: int
    part: float


def resources(pack: Pack) -> tuple[Resource, ...]:
    """The resources of a pack, in its order."""
    table = pack.table("resources")
    columns = (table[name] for name in ("name", "name_zh", "adcode", "first_year", "share"))
    return tuple(Resource(name, name_zh, int(host), int(start), float(part))
                 for name, name_zh, host, start, part in zip(*columns, strict=True))


def resource_part(codes: np.ndarray, first_year: int, last_year: int, found: Iterable[Resource]) -> np.ndarray:
    """Share of extraction in industry, by year and county in the order of `codes`; others are omitted."""
    part = np.zeros((last_year - first_year + 1, len(codes)))
    for one in found:
        if one.host in codes:
            part[max(0, one.start - first_year):, list(codes).index(one.host)] += one.part
    return part
