"""Provincial parks: where free-trade-port incentives hold, and how much of a county's modern output stands on them.

The hosts are the eleven key parks of June 2020 and two later ones. The shares are imputed: what is known is that key
parks gave about half of provincial tax revenue in 2022-24.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np


class Park(NamedTuple):
    """A park: host county, first year, and the imputed share of the host's industry, marine and high-tech output."""

    name: str
    host: int
    start: int
    share: float


PARKS = (
    Park("Yangpu development zone", 460400, 1992, 0.70),
    Park("Boao Lecheng medical zone", 469002, 2013, 0.15),
    Park("Jiangdong new area", 460100, 2018, 0.10),
    Park("Haikou high-tech zone", 460100, 1991, 0.20),
    Park("Haikou comprehensive bonded zone", 460100, 2008, 0.08),
    Park("Fuxingcheng internet park", 460100, 2015, 0.07),
    Park("Yazhou Bay science city", 460200, 2018, 0.20),
    Park("Sanya central business district", 460200, 2019, 0.15),
    Park("Wenchang space city", 469005, 2020, 0.20),
    Park("Li'an education zone", 469028, 2020, 0.15),
    Park("Ecological software park", 469023, 2009, 0.35),
    Park("Dongfang port park", 469007, 2021, 0.30),
    Park("Lingao Jinpai port park", 469024, 2021, 0.20),
)


DUTY_FREE_SHOPS = {460200: 0.68, 460100: 0.30, 469002: 0.01, 469006: 0.01}
"""Shares of duty-free sales by host: Sanya, Haikou, Qionghai, Wanning; about those of the sales areas of the shops in
2020-2023 (recalled)."""


def duty_free_shops(codes: np.ndarray) -> np.ndarray:
    """Share of each county in duty-free sales, in the order of `codes`."""
    return np.array([DUTY_FREE_SHOPS.get(int(code), 0.0) for code in codes])


def park_share(codes: np.ndarray, year: int) -> np.ndarray:
    """Share of a county's industry, marine and high-tech output on the land of parks founded by then (imputed), in the
    order of `codes`."""
    return np.array([sum(p.share for p in PARKS if p.host == code and p.start <= year) for code in codes])


def host_rows(codes: np.ndarray) -> np.ndarray:
    """Row of each park's host in `codes`; 0 where the host is not among them (its output share is then 0)."""
    row = {int(code): k for k, code in enumerate(codes)}
    return np.array([row.get(park.host, 0) for park in PARKS], dtype=np.int64)


def output_shares(codes: np.ndarray) -> np.ndarray:
    """Share of its host's output on each park's land (imputed); 0 where the host is not among `codes`."""
    return np.array([park.share if park.host in codes else 0.0 for park in PARKS])
