"""Segments of a series as labels: two years with the same label stand on one definition (`sim.region.segments`)."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from sim.region import segments
from sim.region.pack import load_pack


def labels(history: xr.Dataset, name: str, years: Iterable[int]) -> NDArray[np.int64]:
    """Labels [year, unit] of a variable of history, one unit for the province; -1 where no definition holds."""
    years, pack = np.asarray(years), load_pack()  # asked once: each asking looks at the files of the pack
    codes = history["county"].values.tolist() if "county" in history[name].dims else [None]
    found = np.full((len(years), len(codes)), -1)
    for column, code in enumerate(codes):
        for label, one in enumerate(segments.segments(name, code, pack)):
            found[(years >= one.first) & (years <= one.last), column] = label
    return found
