"""Where natural resources are taken out of the ground and the sea: the part of a county's industry that does so.

The places and first years are known; the parts are imputed, as no table parts the industry of counties. Most offshore
gas is booked where its operators sit, so what comes ashore counts for little.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np


class Resource(NamedTuple):
    """A resource: host county, first year, and the imputed part of the host's industrial value added."""

    name: str
    name_zh: str
    host: int
    start: int
    part: float


RESOURCES = (
    Resource("Shilu iron ore", "石碌铁矿", 469026, 1957, 0.30),
    Resource("Gas of Dongfang and Ledong, landed at Dongfang", "东方、乐东气田（东方登陆）", 469007, 2003, 0.15),
    Resource("Fushan oil field", "福山油田", 469023, 2002, 0.10),
    Resource("Oil fields off Wenchang, sands of its coast", "文昌油田与锆钛砂矿", 469005, 2002, 0.10),
    Resource("Zircon and titanium sands of Wanning", "万宁锆钛砂矿", 469006, 1995, 0.05),
    Resource("Deep-sea gas off Lingshui", "陵水“深海一号”气田", 469028, 2021, 0.20),
)


def resource_part(codes: np.ndarray, first_year: int, last_year: int,
                  resources: Iterable[Resource] = RESOURCES) -> np.ndarray:
    """Part of industry that takes resources, by year and county in the order of `codes`; others are left out."""
    part = np.zeros((last_year - first_year + 1, len(codes)))
    for one in resources:
        if one.host in codes:
            part[max(0, one.start - first_year):, list(codes).index(one.host)] += one.part
    return part
