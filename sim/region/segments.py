"""Segments: periods in which a series has one definition, and comparisons that never cross a break.

A pack declares the segments of a series in segments.csv: a census revises levels, a survey is replaced, an area joins a
county. A series not listed there has one segment. Growth, comparisons and scores are computed within a segment:
`growth` refuses to cross a break, `same_segment` is the mask of comparable values.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from sim.core.declare import Fault, UserError
from sim.region.pack import PROVINCE, Pack, load_pack

FIRST, LAST = -(2**31), 2**31


class Segment(NamedTuple):
    """The years `first` to `last` of a series in one area (None: every area), and the definition that applies to them.
    """

    series: str
    code: int | None
    first: int
    last: int
    basis: str
    says: str

    def __contains__(self, year: object) -> bool:
        return isinstance(year, int | np.integer) and self.first <= year <= self.last

    def __str__(self) -> str:
        first = "" if self.first == FIRST else str(self.first)
        last = "" if self.last == LAST else str(self.last)
        return f"{first}-{last} ({self.basis})"


def segments(series: str, code: int | None = None, pack: Pack | None = None) -> tuple[Segment, ...]:
    """The segments of a variable of history in a county (None or the province: those of every area), by year."""
    table = _declared(pack or load_pack())
    found = table.get((series, None if code is None else int(code))) or table.get((series, None))
    return found or (Segment(series, None, FIRST, LAST, "one definition", "no break is declared"),)


def segment_of(series: str, code: int | None, year: int, pack: Pack | None = None) -> Segment | None:
    """The segment of a series that contains a year in a county; None if there is no definition for it."""
    return next((s for s in segments(series, code, pack) if s.first <= int(year) <= s.last), None)


def comparable(series: str, code: int | None, years: Iterable[int], pack: Pack | None = None) -> bool:
    """Whether all years lie within one segment."""
    found = {segment_of(series, code, year, pack) for year in years}
    return len(found) == 1 and None not in found


def require(series: str, code: int | None, years: Sequence[int], pack: Pack | None = None) -> Segment:
    """The common segment of the years; a `UserError` that names the break if there is none."""
    if comparable(series, code, years, pack):
        return segment_of(series, code, years[0], pack)
    place = f"{series} of {code or PROVINCE}"
    listed = "; ".join(map(str, segments(series, code, pack)))
    raise UserError(Fault(place, f"{' and '.join(map(str, years))} fall under different definitions",
                          f"compare within {listed}"))


def growth(history: xr.Dataset, series: str, code: int | None, first: int, last: int,
           pack: Pack | None = None) -> float | NDArray[np.float64]:
    """Log growth of a historical series between two years; a `UserError` if it would cross a break.

    `code` names the county (None: the province, for a series without counties). A series with further dimensions
    gives an array.
    """
    require(series, code, (first, last), pack)
    values = history[series]
    if "county" in values.dims:
        values = values.sel(county=int(code))
    start, end = (values.sel(year=year).values.astype(float) for year in (first, last))
    gap = [str(year) for year, value in ((first, start), (last, end)) if not np.isfinite(value).any()]
    if gap:
        raise UserError(Fault(f"{series} of {code or PROVINCE}", f"has no value in {' and '.join(gap)}",
                              "`run.py history` shows what there is"))
    with np.errstate(divide="ignore", invalid="ignore"):
        made = np.log(end / start)
    return float(made) if made.ndim == 0 else made


def same_segment(series: str, codes: Sequence[int | None], origin: int, years: Iterable[int],
                 pack: Pack | None = None) -> NDArray[np.bool_]:
    """Years by county [year, county] that are comparable with the origin."""
    pack, years = pack or load_pack(), list(years)
    out = np.zeros((len(years), len(codes)), dtype=bool)
    for column, code in enumerate(codes):
        home = segment_of(series, code, origin, pack)
        if home is not None:
            out[:, column] = [home.first <= year <= home.last for year in years]
    return out


def within(history: xr.Dataset, series: str, origin: int, pack: Pack | None = None) -> xr.DataArray:
    """A historical series with nan where the definition differs from that of the origin."""
    values = history[series]
    codes = values["county"].values.tolist() if "county" in values.dims else [None]
    mask = same_segment(series, codes, origin, values["year"].values.tolist(), pack)
    if "county" in values.dims:
        return values.where(xr.DataArray(mask, dims=("year", "county")))
    return values.where(xr.DataArray(mask[:, 0], dims=("year",)))


def breaks(series: str, code: int | None = None, pack: Pack | None = None) -> tuple[int, ...]:
    """The first years of all segments but the first: where a figure draws a gap."""
    return tuple(segment.first for segment in segments(series, code, pack)[1:])


def table(pack: Pack | None = None) -> pd.DataFrame:
    """The declared segments of the pack."""
    return (pack or load_pack()).table("segments")


@functools.lru_cache(maxsize=8)
def _declared(pack: Pack) -> dict[tuple[str, int | None], tuple[Segment, ...]]:
    """(series, county or None) -> its segments by year."""
    out: dict[tuple[str, int | None], list[Segment]] = {}
    rows = pack.table("segments").sort_values("first_year", kind="stable")
    for series, code, first, last, basis, says in rows.itertuples(index=False):
        area = None if code != code else int(code)
        out.setdefault((series, area), []).append(
            Segment(series, area, int(first), LAST if last != last else int(last), basis, says))
    return {key: tuple(found) for key, found in out.items()}
