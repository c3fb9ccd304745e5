"""Trips between units, if the pack has their folder: shares by origin and a size index.

The folder has its own terms of use (TERMS.md) and is optional. Its shares are means over the days of a period, in per
cent of all trips into or out of a unit; the index makes units comparable. Trips are not changes of residence.
"""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sim.region.pack import Pack

FOLDER = "baidu-trips"
SHARES, INDEX = "trips.csv", "index.csv"
PERIOD = "20200101_09"  # nine days before the rush of the Spring Festival
OUTSIDE = 0
SIZE_IN, SIZE_OUT = (f"baidu_move_{way}_index_{PERIOD}" for way in ("in", "out"))


def there(pack: Pack) -> bool:
    """Whether the pack has its folder of trips."""
    return all((Path(pack.path) / FOLDER / name).is_file() for name in (SHARES, INDEX))


def trips(pack: Pack, period: str = PERIOD) -> NDArray[np.float64]:
    """Trips per day [origin, destination] in units of the index, the outside last; nan where neither side is recorded.

    Each pair is recorded twice, at the origin and at the destination, and the mean is taken. Trips within a unit are
    not counted.
    """
    place = {int(code): i for i, code in enumerate(pack.codes)} | {OUTSIDE: pack.n}
    told = np.full((2, pack.n + 1, pack.n + 1), np.nan)
    size = _sizes(pack, place)
    for row in _rows(pack, SHARES):
        unit, partner = place.get(int(row["adcode"])), place.get(int(row["partner"]))
        if row["period"] != period or unit is None or partner is None:
            continue
        way = ("in", "out").index(row["direction"])
        pair = (partner, unit) if way == 0 else (unit, partner)
        told[(way, *pair)] = float(row["share_percent"]) / 100.0 * size[way, unit]
    known = np.isfinite(told)
    count = known.sum(axis=0)
    return np.where(count > 0, np.where(known, told, 0.0).sum(axis=0) / np.maximum(count, 1), np.nan)


def _sizes(pack: Pack, place: dict[int, int]) -> NDArray[np.float64]:
    """The index of trips [in or out, unit]."""
    size = np.full((2, pack.n + 1), np.nan)
    for row in _rows(pack, INDEX):
        for way, name in enumerate((SIZE_IN, SIZE_OUT)):
            if row["variable"] == name and int(row["adcode"]) in place:
                size[way, place[int(row["adcode"])]] = float(row["value"])
    return size


def _rows(pack: Pack, name: str) -> list[dict[str, str]]:
    with (Path(pack.path) / FOLDER / name).open(encoding="utf-8-sig", newline="") as stream:
        return list(csv.DictReader(stream))
