"""Where natural resources are taken out of the ground and the sea: the part of a county's industry that does so.

The places and first years are known (resources.csv of the pack); the parts are assumed, as no table parts the industry
of counties. Most offshore gas is booked where its operators sit, so what comes ashore counts for little.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

from sim.region.pack import Pack


class Resource(NamedTuple):
    """A resource: host county, first year, and the assumed part of the host's industrial value added."""

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
    """Part of industry that takes resources, by year and county in the order of `codes`; others are left out."""
    part = np.zeros((last_year - first_year + 1, len(codes)))
    for one in found:
        if one.host in codes:
            part[max(0, one.start - first_year):, list(codes).index(one.host)] += one.part
    return part
