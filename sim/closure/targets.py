"""Historical observations in the terms of the model, and targets where there are none."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from sim.closure.measuring import SERIES, Errors, alone, factors
from sim.closure.nearness import Gains, gain, toward
from sim.core import dataset
from sim.core.cache import source_hash
from sim.core.kept import kept
from sim.region import base_targets, segments
from sim.region.history import history
from sim.region.pack import Pack
from sim.scenario.follow import EVERYTHING, MET_OR_NOT, OF_PROVINCE, Choice
from sim.scenario.follow import SERIES as WORDS_OF_SERIES
from sim.words import BASE_YEAR, LAST_OF_ROWS

Floats = NDArray[np.float64]
FOLLOWED = tuple(WORDS_OF_SERIES)
GAINED = tuple(name for name in FOLLOWED if name not in MET_OR_NOT)  # series that may be followed partly
BUDGETS = ("own_revenue", "budget_spending")  # which the base year misses: of their residuals it says nothing
NO_SPREAD: Mapping[str, float] = {}
LEAST_PART = 0.02  # of a branch of the province, left to the counties that print none
FITTINGS = 200  # tolerance of rows and columns to their margins
TRUSTED = tuple(dataset.FLAGS.index(flag) for flag in ("official", "secondary"))
MADE_UP = (*TRUSTED, dataset.FLAGS.index("derived"))  # published sums are met as well
RECALLED = (*MADE_UP, dataset.FLAGS.index("recalled"))  # of the province, where the tables are not at hand
ONE_SURVEY = 2014  # first year of the integrated survey of disposable income


class Targets(NamedTuple):
    """What is observed, in years from the base year on; nan where nothing is.

    Output, million CNY at base prices: `cells` [year, county, branch], `totals` [year, county], `province` [year,
    branch]. `revenue`, `spending` [year, county]: own revenue and spending of the general budget, million CNY.
    `incomes` [year, county, zone], `province_incomes` [year, zone]: disposable income per head, CNY; of the countryside
    before 2014 net income times what is taken for their ratio. `people` [year, county]: residents counted. `debt`
    [year, county]: owed at the end of the year, million CNY. `same_...` [year, county] (of incomes
    with a zone): whether a year stands on the definition of the one before. `gains`: how far what is observed is met.
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
    gains: Gains


def targets(pack: Pack, until: int, draw: int = 0, errors: Errors | None = None,
            choice: Choice = EVERYTHING, spread: Mapping[str, float] = NO_SPREAD) -> Targets:
    """What is observed from the base year to `until`, margins of output made consistent.

    `draw`: the imputation, which says what disposable income was over net income in the countryside. `errors`: of
    measurement, which make it one possible history; none: as printed. `choice`: what of it is to be met;
    `spread`: of the residual behind a series in a year (`nearness`), needed where the choice states an error.
    The province's branches stand as they are. Where counties with a figure of their own add up to all of it, totals
    take the ratio of the two: statistical offices revise the one before the other.
    """
    years, printed = range(BASE_YEAR, until + 1), history(pack).sel(year=slice(BASE_YEAR, until))
    meets = {name: choice.mask(name, years, pack.codes) for name in FOLLOWED}
    meets |= {name: meets[name].any(axis=1, keepdims=True) for name in OF_PROVINCE}
    near = {name: gain(meets[name] & _told(printed, name, pack.active), choice.of(name).error, spread.get(name, 0.0),
                       name in BUDGETS) for name in GAINED}
    ds = _measured(pack, printed, errors, choice, near)
    cells, totals, province = (ds[name].values for name in ("gdp_branch", "gdp", "province_gdp_branch"))
    active = pack.active
    whole = np.isfinite(cells).all(axis=-1)
    totals = np.where(whole, np.nansum(cells, axis=-1), totals)
    every = np.isfinite(totals[:, active]).all(axis=1) & np.isfinite(province).all(axis=1)
    ratio = np.where(every, np.nansum(province, axis=1) / np.where(every, np.nansum(totals[:, active], axis=1), 1.0),
                     1.0)
    incomes, of_province, same = _incomes(pack, ds, years, draw)

    def met(name: str, values: Floats) -> Floats:
        there = meets[name]
        return np.where(there.reshape(*there.shape, *[1] * (values.ndim - there.ndim)), values, np.nan)

    def zones(one: str, other: str) -> Floats:
        return np.stack([near[one][0], near[other][0]], axis=-1)

    same_output, same_totals, same_revenue, same_spending = (_same(pack, name, years) for name in (
        "gdp_branch", "gdp", *BUDGETS))
    return Targets(
        cells=met("gdp_branch", np.where(whole[..., None], cells * ratio[:, None, None], np.nan)),
        totals=met("gdp", totals * ratio[:, None]), province=met("province_gdp_branch", province),
        revenue=met("own_revenue", _seen(ds, "own_revenue", active, MADE_UP)),
        spending=met("budget_spending", _seen(ds, "budget_spending", active, MADE_UP)),
        incomes=np.stack([met(name, incomes[..., z]) for z, name in enumerate(("inc_u", "inc_r"))], axis=-1),
        province_incomes=np.hstack([met(name, of_province[:, [z]])
                                    for z, name in enumerate(("province_inc_u", "province_inc_r"))]),
        people=met("population", _counts(_seen(ds, "population", active), active)),
        debt=met("debt", _seen(ds, "debt", active)),
        same_output=same_output, same_totals=same_totals, same_revenue=same_revenue, same_spending=same_spending,
        same_incomes=same,
        gains=Gains(*(near[name][0] for name in GAINED[:5]), zones("inc_u", "inc_r"),
                    zones("province_inc_u", "province_inc_r")[:, 0]))


def observed_totals(pack: Pack, until: int) -> Floats:
    """The totals of output alone [year, county], cached, as every run that follows history needs them."""
    def made() -> dict[str, Floats]:
        return {"totals": targets(pack, until).totals}

    name = f"totals-{pack.hash[:16]}-{source_hash()[:16]}-{until}.arrays"
    return (kept(name, made) if pack.from_files else made())["totals"]


def last_followed(pack: Pack) -> int:
    """The last year of which anything of counties is known that can be followed; rows over the pack may add years."""
    wanted = targets(pack, LAST_OF_ROWS)
    known = [np.isfinite(one).reshape(len(one), -1).any(axis=1) for one in (
        wanted.totals, wanted.revenue, wanted.spending, wanted.incomes)]
    return BASE_YEAR + int(np.flatnonzero(np.any(known, axis=0))[-1])


def noise(pack: Pack, until: int, errors: Errors, choice: Choice = EVERYTHING) -> Floats:
    """Variance of the error of measurement of a year alone [year, county, kind of residual], logs.

    Zero where an error is stated, since the values met then already reflect it.
    """
    ds = history(pack).sel(year=slice(BASE_YEAR, until))
    return np.dstack([alone(name, ds[f"{name}_flag"].values, errors) * (choice.of(name).error is None) for name in (
        "gdp_branch", "own_revenue", "budget_spending", "inc_u", "inc_r")])


def _told(ds: xr.Dataset, name: str, active: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Whether a series has any value [year, county], for the province [year, 1]."""
    if name.startswith("gdp"):
        known = np.isfinite(ds["gdp_branch"].values).all(axis=-1)
        return known | np.isfinite(ds["gdp"].values) if name == "gdp" else known
    trusted = RECALLED if name in OF_PROVINCE else MADE_UP
    names = (name, f"{name}_net") if name.endswith("inc_r") else (name,)
    known = np.any([np.isin(ds[f"{one}_flag"].values, trusted) for one in names], axis=0)
    return known.reshape(len(known), -1).all(axis=1, keepdims=True) if name in OF_PROVINCE else known & active


def _counts(people: Floats, active: NDArray[np.bool_]) -> Floats:
    """Residents [year, county] of census years."""
    return np.where(np.isfinite(people[:, active]).all(axis=1)[:, None], people, np.nan)


def _measured(pack: Pack, ds: xr.Dataset, errors: Errors | None, choice: Choice,
              near: Mapping[str, tuple[Floats, Floats]]) -> xr.Dataset:
    """History with errors of measurement; total residents are unchanged."""
    if errors is None or not errors.number:
        return ds

    def stated(name: str) -> Floats | None:
        error = choice.of(name).error
        return None if error is None or name not in near else error * near[name][1]

    made = {name: ds[name] * factors(pack, name, ds[f"{name}_flag"].values, errors, stated(name.removesuffix("_net")))
            for name in SERIES}
    counted = np.isin(ds["population_flag"].values, TRUSTED)
    before, after = (np.where(counted, one.values, 0.0).sum(axis=1, keepdims=True)
                     for one in (ds["population"], made["population"]))
    made["population"] = made["population"] * np.where(after > 0, before / np.where(after > 0, after, 1.0), 1.0)
    return ds.assign(made)


def _seen(ds, name: str, active: NDArray[np.bool_] | bool = True, flags: tuple[int, ...] = TRUSTED) -> Floats:
    """A series where it has one of these flags; nan elsewhere, and without residents."""
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
    """The branches [county, branch] of a year closest to `seed` that are consistent with observations.

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


def goal(made: Floats, wanted: Targets, row: int, active: NDArray[np.bool_]) -> Floats:
    """The branches [county, branch] that are asked of a year in which the model makes `made` by itself."""
    gains = wanted.gains
    totals = toward(made.sum(axis=1), wanted.totals[row], gains.totals[row])
    cells = toward(made, wanted.cells[row], gains.cells[row][:, None])
    closer = (gains.totals[row] > gains.cells[row]) & np.isfinite(totals)  # then the total is more reliable
    cells = np.where(closer[:, None], cells * (totals / np.where(closer, cells.sum(axis=1), 1.0))[:, None], cells)
    return fitted(made, cells, totals,
                  toward(made[active].sum(axis=0), wanted.province[row], gains.province[row]), active)


def bridged(residuals: Floats, own: NDArray[np.bool_]) -> Floats:
    """Residuals of years without a figure [year, county, ...], interpolated linearly between those with one.

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
