"""Panels: values with flags of their provenance, year first, and arithmetic that preserves both.

The flag refers to the published value: unit conversion, deflation and summation of published parts keep it (a sum takes
the flag of its least reliable part); other arithmetic makes a value derived, an assumption makes it imputed.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from sim.region.pack import MISSING, Pack
from sim.words import LAST_OF_ROWS

FIRST_YEAR, LAST_PRINTED_YEAR = 2000, LAST_OF_ROWS
YEARS = tuple(range(FIRST_YEAR, LAST_PRINTED_YEAR + 1))
MILLION_PER_PRINTED = 100.0  # 1e8 CNY in million CNY


class Panel(NamedTuple):
    """Values with their flags, year first."""

    values: np.ndarray
    flags: np.ndarray

    def scaled(self, factor: ArrayLike) -> Panel:
        """Converted to another unit or price base; the flag is kept."""
        return Panel(self.values * _lift(factor, self.values.ndim), self.flags)

    def flagged(self, least: int) -> Panel:
        """With at best this flag."""
        flags = np.where(self.flags == MISSING, MISSING, np.maximum(self.flags, least))
        return Panel(self.values, flags.astype(np.uint8))

    def only(self, years: Iterable[int]) -> Panel:
        """The values of some years; the others are missing."""
        keep = _lift(np.isin(YEARS, tuple(years)), self.values.ndim)
        return Panel(np.where(keep, self.values, np.nan), np.where(keep, self.flags, MISSING).astype(np.uint8))

    def dropped(self, cells: np.ndarray) -> Panel:
        """Without some cells."""
        return Panel(np.where(cells, np.nan, self.values), np.where(cells, MISSING, self.flags).astype(np.uint8))

    def without(self, rows: np.ndarray) -> Panel:
        """Without some counties [county]."""
        return self.dropped(np.broadcast_to(rows, self.values.shape))

    def or_else(self, other: Panel) -> Panel:
        """Missing values filled from another panel."""
        gap = self.flags == MISSING
        return Panel(np.where(gap, other.values, self.values), np.where(gap, other.flags, self.flags).astype(np.uint8))


def _lift(by_year, ndim: int) -> np.ndarray:
    """A factor by year (or one for all) with trailing axes."""
    array = np.asarray(by_year, dtype=None)
    return array if array.ndim == 0 else array.reshape(array.shape[:1] + (1,) * (ndim - 1))


def combined(function: Callable, *panels: Panel, least: int = 0) -> Panel:
    """Arithmetic on panels: known where all parts are, with the flag of the least reliable one."""
    with np.errstate(divide="ignore", invalid="ignore"):
        values = function(*(p.values for p in panels))
    flags = np.max(np.stack(np.broadcast_arrays(*(p.flags for p in panels))), axis=0)
    known = np.all(np.stack(np.broadcast_arrays(*(p.flags != MISSING for p in panels))), axis=0) & np.isfinite(values)
    return Panel(np.where(known, values, np.nan), np.where(known, np.maximum(flags, least), MISSING).astype(np.uint8))


def total(*panels: Panel) -> Panel:
    """Sum of published parts."""
    return combined(lambda *parts: np.sum(parts, axis=0), *panels)


def stacked(*panels: Panel) -> Panel:
    """Panels stacked along a last axis."""
    return Panel(np.stack([p.values for p in panels], -1), np.stack([p.flags for p in panels], -1))


# --- reading the pack


def counties(pack: Pack, variable: str, file: str = "population") -> Panel:
    """A published variable of the counties [year, county], without low-grade values."""
    values, flags, doubtful = pack.printed(file, variable, YEARS)
    return Panel(values, flags).dropped(doubtful)


def first_of(pack: Pack, file: str, *variables: str) -> Panel:
    """A quantity published by several sources: for each cell the first source with a value."""
    return functools.reduce(Panel.or_else, (counties(pack, name, file) for name in variables))


def with_parts(pack: Pack, variable: str, file: str) -> Panel:
    """A published variable of the counties, including areas with separate accounts."""
    panel = counties(pack, variable, file)
    values, flags = panel.values.copy(), panel.flags.copy()
    for code, row in pack.parts:
        part = pack.area(code, variable, file).reindex(YEARS)
        values[:, row] += part["value"].to_numpy(float)
        flags[:, row] = np.maximum(flags[:, row], part["flag"].fillna(MISSING).to_numpy(np.uint8))
    return _known(Panel(values, flags))


def area(pack: Pack, code: int, variable: str, file: str) -> Panel:
    """A published variable of an area that is not a county [year]."""
    part = pack.area(code, variable, file).reindex(YEARS)
    return Panel(part["value"].to_numpy(float), part["flag"].fillna(MISSING).to_numpy(np.uint8))


def province(pack: Pack, variable: str, file: str) -> Panel:
    """A published variable of the province [year]."""
    return Panel(pack.province(variable, file=file).reindex(YEARS).to_numpy(np.float64),
                 pack.province_flags(variable, file=file).reindex(YEARS, fill_value=MISSING).to_numpy(np.uint8))


def prices(pack: Pack) -> np.ndarray:
    """Value of a yuan of the year at 2020 prices [year]; nan before the deflator begins."""
    return 1.0 / pack.deflator.reindex(YEARS).to_numpy(np.float64)


def million(pack: Pack, panel: Panel) -> Panel:
    """1e8 CNY at current prices converted to million CNY at 2020 prices."""
    return _known(panel.scaled(MILLION_PER_PRINTED * prices(pack)))


def per_head(pack: Pack, panel: Panel) -> Panel:
    """CNY at current prices converted to 2020 prices."""
    return _known(panel.scaled(prices(pack)))


def _known(panel: Panel) -> Panel:
    return Panel(panel.values, np.where(np.isfinite(panel.values), panel.flags, MISSING).astype(np.uint8))
