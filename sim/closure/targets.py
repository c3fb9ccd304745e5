"""What is observed of the past, on the terms of the model; and what is asked where nothing is."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.core import dataset
from sim.region import segments
from sim.region.history import history
from sim.region.pack import Pack
from sim.words import BASE_YEAR

Floats = NDArray[np.float64]
LEAST_PART = 0.02  # of a branch of the province, left to the counties that print none
FITTINGS = 200  # of rows and columns to their margins
TRUSTED = tuple(dataset.FLAGS.index(flag) for flag in ("official", "secondary"))


class Targets(NamedTuple):
    """What is observed, in years from the base year on; nan where nothing is.

    Output, million CNY at base prices: `cells` [year, county, branch], `totals` [year, county], `province` [year,
    branch]. `revenue` [year, county]: own revenue, million CNY. `people` [year, county]: residents counted.
    `same_output`, `same_revenue` [year, county]: whether a year stands on the definition of the one before.
    """

    cells: Floats
    totals: Floats
    province: Floats
    revenue: Floats
    people: Floats
    same_output: NDArray[np.bool_]
    same_revenue: NDArray[np.bool_]


def targets(pack: Pack, until: int) -> Targets:
    """What is observed from the base year to `until`, margins of output made consistent.

    The province's branches stand as they are. Where counties with a figure of their own add up to all of it, totals
    take the ratio of the two: statistical offices revise the one before the other.
    """
    ds = history(pack).sel(year=slice(BASE_YEAR, until))
    cells, totals, province = (ds[name].values for name in ("gdp_branch", "gdp", "province_gdp_branch"))
    active = pack.active
    whole = np.isfinite(cells).all(axis=-1)
    totals = np.where(whole, np.nansum(cells, axis=-1), totals)
    every = np.isfinite(totals[:, active]).all(axis=1)
    ratio = np.where(every, np.nansum(province, axis=1) / np.nansum(totals[:, active], axis=1), 1.0)
    return Targets(
        np.where(whole[..., None], cells * ratio[:, None, None], np.nan), totals * ratio[:, None], province,
        _trusted(ds, "own_revenue", active), _trusted(ds, "population", active),
        *(_same(pack, series, range(BASE_YEAR, until + 1)) for series in ("gdp_branch", "own_revenue")))


def _trusted(ds, name: str, active: NDArray[np.bool_]) -> Floats:
    """A county series where it is printed; nan where it is derived, recalled or imputed, and where nobody lives."""
    seen = np.isin(ds[f"{name}_flag"].values, TRUSTED) & active
    return np.where(seen, ds[name].values, np.nan)


def _same(pack: Pack, series: str, years: range) -> NDArray[np.bool_]:
    return np.stack([segments.same_segment(series, list(map(int, pack.codes)), year - 1, [year], pack)[0]
                     for year in years])


def fitted(seed: Floats, cells: Floats, totals: Floats, province: Floats, active: NDArray[np.bool_]) -> Floats:
    """The branches [county, branch] of a year nearest to `seed` that meet what is observed.

    Cells printed by branch stand; rows with a total and columns of the province are met by turns (iterative
    proportional fitting: the least change in the sense of Kullback and Leibler). A column in which everything is
    printed is not scaled.
    """
    known = np.isfinite(cells).all(axis=-1) & active
    out = np.where(known[:, None], cells, np.where(active[:, None], np.maximum(seed, 1e-9), 0.0))
    free, rows = active & ~known, active & ~known & np.isfinite(totals)
    left = province - out[known].sum(axis=0)
    if not free.any() or not np.isfinite(left).all():
        if rows.any():
            out[rows] *= (totals[rows] / out[rows].sum(axis=1))[:, None]
        return out
    left = np.maximum(left, LEAST_PART * out[free].sum(axis=0))
    for _ in range(FITTINGS):
        out[free] *= left / out[free].sum(axis=0)
        if not rows.any():
            break
        out[rows] *= (totals[rows] / out[rows].sum(axis=1))[:, None]
    return out


def bridged(residuals: Floats, own: NDArray[np.bool_]) -> Floats:
    """Residuals of years without an own figure [year, county, ...] in equal steps between those with one.

    nan where a figure is there, and after the last one, where what was solved stands.
    """
    out = np.full(residuals.shape, np.nan)
    years = np.arange(residuals.shape[0])
    flat, filled = (values.reshape(*residuals.shape[:2], -1) for values in (residuals, out))
    for c in range(residuals.shape[1]):
        at = np.union1d([0], np.flatnonzero(own[:, c]))
        gaps = [y for y in years[: at[-1]] if y not in at]
        for b in range(flat.shape[2]):
            filled[gaps, c, b] = np.interp(gaps, at, flat[at, c, b])
    return filled.reshape(residuals.shape)
