"""What is observed of the past, on the terms of the model; and what is asked where nothing is."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from sim.closure.measuring import SERIES, Errors, alone, factors
from sim.core import dataset
from sim.core.cache import source_hash
from sim.core.kept import kept
from sim.region import base_targets, segments
from sim.region.history import history
from sim.region.pack import Pack, load_pack
from sim.words import BASE_YEAR

Floats = NDArray[np.float64]
LEAST_PART = 0.02  # of a branch of the province, left to the counties that print none
FITTINGS = 200  # of rows and columns to their margins
TRUSTED = tuple(dataset.FLAGS.index(flag) for flag in ("official", "secondary"))
MADE_UP = (*TRUSTED, dataset.FLAGS.index("derived"))  # sums of what is printed as well
RECALLED = (*MADE_UP, dataset.FLAGS.index("recalled"))  # of the province, where the tables are not at hand
ONE_SURVEY = 2014  # from which town and country are asked in one survey of disposable income


class Targets(NamedTuple):
    """What is observed, in years from the base year on; nan where nothing is.

    Output, million CNY at base prices: `cells` [year, county, branch], `totals` [year, county], `province` [year,
    branch]. `revenue`, `spending` [year, county]: own revenue and spending of the general budget, million CNY.
    `incomes` [year, county, zone], `province_incomes` [year, zone]: disposable income per head, CNY; of the countryside
    before 2014 net income times what is taken for their ratio. `people` [year, county]: residents counted. `debt`
    [year, county]: owed at the end of the year, million CNY. `same_...` [year, county] (of incomes
    with a zone): whether a year stands on the definition of the one before.
    """

    cells: Floats
    totals: Floats
    province: Floats
    revenue: Floats
    spending: Floats
    incomes: Floats
    province_incomes: Floats
    people: Floats
    debt: Floats
    same_output: NDArray[np.bool_]
    same_totals: NDArray[np.bool_]
    same_revenue: NDArray[np.bool_]
    same_spending: NDArray[np.bool_]
    same_incomes: NDArray[np.bool_]


def targets(pack: Pack, until: int, draw: int = 0, errors: Errors | None = None) -> Targets:
    """What is observed from the base year to `until`, margins of output made consistent.

    `draw`: the imputation, which says what disposable income was over net income in the countryside. `errors`: of
    measurement, which make it one possible history; none: as printed.
    The province's branches stand as they are. Where counties with a figure of their own add up to all of it, totals
    take the ratio of the two: statistical offices revise the one before the other.
    """
    ds = _measured(pack, history(pack).sel(year=slice(BASE_YEAR, until)), errors)
    cells, totals, province = (ds[name].values for name in ("gdp_branch", "gdp", "province_gdp_branch"))
    active = pack.active
    whole = np.isfinite(cells).all(axis=-1)
    totals = np.where(whole, np.nansum(cells, axis=-1), totals)
    every = np.isfinite(totals[:, active]).all(axis=1)
    ratio = np.where(every, np.nansum(province, axis=1) / np.nansum(totals[:, active], axis=1), 1.0)
    years = range(BASE_YEAR, until + 1)
    incomes, of_province, same = _incomes(pack, ds, years, draw)
    return Targets(
        np.where(whole[..., None], cells * ratio[:, None, None], np.nan), totals * ratio[:, None], province,
        *(_seen(ds, name, active, MADE_UP) for name in ("own_revenue", "budget_spending")), incomes, of_province,
        _seen(ds, "population", active), _seen(ds, "debt", active), *(_same(pack, series, years) for series in (
            "gdp_branch", "gdp", "own_revenue", "budget_spending")), same)


def observed_totals(pack: Pack, until: int) -> Floats:
    """The totals of output alone [year, county], kept in the cache folder: every run that follows history asks."""
    def made() -> dict[str, Floats]:
        return {"totals": targets(pack, until).totals}

    shipped = pack is load_pack()  # a pack made by hand has no hash
    return (kept(f"totals-{pack.hash[:16]}-{source_hash()[:16]}-{until}.arrays", made) if shipped else made())["totals"]


def noise(pack: Pack, until: int, errors: Errors) -> Floats:
    """Variance of the error of measurement of a year alone [year, county, kind of residual], logs."""
    ds = history(pack).sel(year=slice(BASE_YEAR, until))
    return np.dstack([alone(name, ds[f"{name}_flag"].values, errors) for name in (
        "gdp_branch", "own_revenue", "budget_spending", "inc_u", "inc_r")])


def _measured(pack: Pack, ds: xr.Dataset, errors: Errors | None) -> xr.Dataset:
    """History with errors of measurement; residents of all counties stay what they are together."""
    if errors is None or not errors.number:
        return ds
    made = {name: ds[name] * factors(pack, name, ds[f"{name}_flag"].values, errors) for name in SERIES}
    counted = np.isin(ds["population_flag"].values, TRUSTED)
    before, after = (np.where(counted, one.values, 0.0).sum(axis=1, keepdims=True)
                     for one in (ds["population"], made["population"]))
    made["population"] = made["population"] * np.where(after > 0, before / np.where(after > 0, after, 1.0), 1.0)
    return ds.assign(made)


def _seen(ds, name: str, active: NDArray[np.bool_] | bool = True, flags: tuple[int, ...] = TRUSTED) -> Floats:
    """A series where it stands with one of these flags; nan elsewhere, and where nobody lives."""
    return np.where(np.isin(ds[f"{name}_flag"].values, flags) & active, ds[name].values, np.nan)


def _incomes(pack: Pack, ds, years: range, draw: int) -> tuple[Floats, Floats, NDArray[np.bool_]]:
    """Incomes of counties [year, county, zone] and of the province [year, zone], and whether a year goes on from the
    one before."""
    old = np.array(years) < ONE_SURVEY
    step = base_targets.survey_step(draw)
    county, province = ({name: _seen(ds, f"{part}{name}", *how) for name in ("inc_u", "inc_r", "inc_r_net")}
                        for part, how in (("", (pack.active, MADE_UP)), ("province_", (True, RECALLED))))
    same = {name: _same(pack, name, years) for name in county}
    rural = np.where(old[:, None], step * county["inc_r_net"], county["inc_r"])
    return (np.stack([county["inc_u"], rural], axis=-1),
            np.stack([province["inc_u"], np.where(old, step * province["inc_r_net"], province["inc_r"])], axis=-1),
            np.stack([same["inc_u"], same["inc_r"] | same["inc_r_net"]], axis=-1))


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
