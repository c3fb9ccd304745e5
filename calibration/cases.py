"""A target in numbers: what was observed, what the runs say, and the naive forecast, on the same years and units."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from calibration import naive, outlook_as_of, segments
from calibration.targets import CHANGE, COUNTY, MADE, POINTS, SHARE, Target
from calibration.view import CONDITIONAL, KNOWN, SCORED, Array, RunsAndHistory
from sim.words import BASE_YEAR


class Absent(Exception):
    """What a target lacks, in words."""


@dataclass(frozen=True)
class Case:
    """A target with its numbers: arrays [year, unit], of the runs [run, year, unit].

    Logarithms of the form of the target; points are as they are. `units` are rows of the county table.
    """

    target: Target
    years: tuple[int, ...]
    units: NDArray[np.int64]
    model: Array
    truth: Array
    recalled: NDArray[np.bool_]
    naive: naive.Forecast

    @property
    def centre(self) -> Array:
        """The median run [year, unit]."""
        return np.median(self.model, axis=0)

    @property
    def known(self) -> NDArray[np.bool_]:
        """What observation, runs and naive forecast all have [year, unit]."""
        point = np.isfinite(self.naive.point) if self.naive.name else True
        return np.isfinite(self.truth) & np.isfinite(self.model).all(axis=0) & point


@dataclass(frozen=True)
class _Form:
    """How values are compared: which units, and relative to what."""

    target: Target
    units: NDArray[np.bool_]
    whole: bool

    def of(self, values: Array, whole: Array | None) -> Array:
        """Values [..., unit] in the form of the target; `whole` [...] is the provincial value where there is one."""
        if self.target.level != COUNTY:
            return values
        values = np.where(self.units, values, np.nan)
        return values / (self._together(values) if whole is None else whole)[..., None]

    def _together(self, values: Array) -> Array:
        """The sum of the units, or the geometric mean of a ratio; nan unless all of them are known."""
        chosen = values[..., self.units]
        return chosen.sum(axis=-1) if self.target.form == SHARE else np.exp(_log(chosen).mean(axis=-1))


def _log(values: Array) -> Array:
    with np.errstate(divide="ignore", invalid="ignore"):
        logs = np.log(values)
    return np.where(np.isfinite(logs), logs, np.nan)


def case_of(view: RunsAndHistory, target: Target) -> Case:
    """The numbers of a target; Absent where something is lacking."""
    years = tuple(year for year in target.years if year in view.years)
    series, recalled, form = _observed(view, target, years)
    at, origin = [series.row(year) for year in years], series.row(target.origin)
    truth = series.logs[at]
    if not np.isfinite(truth).any():
        raise Absent("nothing observed in its years")
    model = _modelled(view, target, (target.origin, *years), form)
    if not np.isfinite(model[:, 1:]).any():
        raise Absent("the runs do not reach its years")
    if target.start == CHANGE:
        joined = np.array([series.same(origin, row) for row in at])
        model = np.where(joined, series.logs[origin] + model[:, 1:] - model[:, :1], np.nan)
    else:
        model = model[:, 1:]
    inside = np.flatnonzero((np.isfinite(truth) & np.isfinite(model).all(axis=0)).any(axis=0))
    if not len(inside):
        raise Absent("no two years on one definition")
    forecast = naive.forecast(series, target.origin, years)
    forecast = forecast._replace(
        point=forecast.point[:, inside], points={name: point[:, inside] for name, point in forecast.points.items()},
        members=None if forecast.members is None else forecast.members[..., inside])
    return Case(target, years, inside, model[..., inside], truth[:, inside], recalled[at][:, inside], forecast)


# --- the observed side


def _observed(view: RunsAndHistory, target: Target,
              years: Sequence[int]) -> tuple[naive.Series, NDArray[np.bool_], _Form]:
    """The observed series in the form of the target, which values are recalled, and the form."""
    if target.observed not in view.history:
        raise Absent(target.lacks or "not in the data pack")
    values, recalled = seen(view, target, target.observed)
    if target.over:
        values = values / seen(view, target, target.over)[0]
    labels = segments.labels(view.history, target.observed, view.years)
    form, whole = _Form(target, np.ones(1, dtype=bool), False), None
    if target.level == COUNTY:
        form, whole = _form(view, target, years, values, labels)
        if whole is not None:
            labels = _joint(labels, segments.labels(view.history, target.whole, view.years))
    branches, of_branches = _branches(view, target)
    series = naive.Series(
        view.years, form.of(values, whole), labels, {"nation": _nation(view, target)} if target.nation else {},
        branches, of_branches, proportion(view, target), _cohort(view, target, form), target.level == COUNTY,
        target.form == POINTS)
    return series, recalled, form


def seen(view: RunsAndHistory, target: Target, name: str) -> tuple[Array, NDArray[np.bool_]]:
    """A variable of history [year, unit] (one unit for the province), and which of its values are recalled.

    A county value of memory may start a forecast but is never scored.
    """
    values, firm = (_part(view.observed(name, view.years, flags), target) for flags in (KNOWN, SCORED))
    if target.level == COUNTY:
        values = np.where(view.members & ((view.years <= target.origin)[:, None] | np.isfinite(firm)), values, np.nan)
    return values, np.isfinite(values) & ~np.isfinite(firm)


def _part(values: Array, target: Target) -> Array:
    """[..., unit] of what may have a last axis for parts, and no axis of counties."""
    if values.ndim > (2 if target.level == COUNTY else 1):
        values = values[..., target.part]
    return values if target.level == COUNTY else values[..., None]


def _form(view: RunsAndHistory, target: Target, years, values: Array, labels) -> tuple[_Form, Array | None]:
    """Which counties are compared and relative to what: the province, or those observed in all years compared."""
    inside = np.isfinite(values).any(axis=0)
    if target.complete:
        span = (view.years >= target.complete) & (view.years <= max(years))
        inside &= np.isfinite(values[span]).all(axis=0)
    if has_whole(view, target):
        whole = view.observed(target.whole, view.years, KNOWN)
        return _Form(target, inside, True), whole if whole.ndim == 1 else whole[:, target.part]
    scored, known = np.isin(view.years, years), np.isfinite(values)
    at_origin = (view.years == target.origin) & (target.start == CHANGE)
    if at_origin.any():
        known = known & known[at_origin]
    # a year that less than half of the units have is left out, rather than the units that have the others
    kept = at_origin | (scored & (2 * known.sum(axis=1) >= known[scored].sum(axis=1).max()))
    inside &= known[kept].all(axis=0) & (labels[kept] == labels[kept][:1]).all(axis=0)
    if inside.sum() < 2:
        raise Absent("fewer than two units are observed in all of its years")
    return _Form(target, inside, False), None


def has_whole(view: RunsAndHistory, target: Target) -> bool:
    """Whether both sides know the provincial value that counties are compared with."""
    name = target.whole
    return bool(name) and name in view.history and (name in view.results or name in MADE)


def _joint(first, second) -> NDArray[np.int64]:
    """Labels of what needs two series: one definition of both."""
    return np.where((first < 0) | (second < 0), -1, first * 1000 + second)


def _nation(view: RunsAndHistory, target: Target) -> Array:
    """Output of the nation, 2010 = 1 [year]; as it was to be expected at the origin where the runs know no more."""
    known = view.years >= BASE_YEAR
    growth = outlook_as_of.national_growth(
        view.years[known], None if view.information == CONDITIONAL else target.origin)
    path = np.full(len(view.years), np.nan)
    path[known] = np.cumprod(np.where(view.years[known] == BASE_YEAR, 1.0, 1.0 + growth))
    return path


def _branches(view: RunsAndHistory,
              target: Target) -> tuple[tuple[Array, Array], NDArray[np.int64]] | tuple[None, None]:
    """Branches of the counties and of the province, and their segments, for shift-share; none where not known."""
    name, whole = "gdp_branch", "province_gdp_branch"
    if not target.branches or not (name in view.history and whole in view.history):
        return None, None
    return ((view.observed(name, view.years), view.observed(whole, view.years, KNOWN)),
            segments.labels(view.history, whole, view.years)[:, 0])


def proportion(view: RunsAndHistory, target: Target) -> Array | None:
    """Shares of the units in what was known of them last, at the origin [unit]."""
    if not target.proportion or target.proportion not in view.history:
        return None
    values = np.full(len(view.members), np.nan)
    for row in view.observed(target.proportion, range(BASE_YEAR, target.origin + 1), SCORED):
        values = np.where(np.isfinite(row) & view.members, row, values)
    return values / np.nansum(values)


def _cohort(view: RunsAndHistory, target: Target, form: _Form) -> Array | None:
    """Those who will be of the ages of the target, if nobody moves, in the form of the target [unit]."""
    if not target.cohort or "population_age" not in view.history:
        return None
    ages = view.observed("population_age", (target.origin,))[0]
    first = target.cohort - (target.years[-1] - target.origin)
    old = view.history["age"].values >= first
    return form.of(ages[:, old].sum(axis=-1) / ages.sum(axis=-1), None)


# --- the side of the runs


def read(view: RunsAndHistory, name: str, years: Sequence[int]) -> Array:
    """A variable of results, or one made from them [run, year, ...]; Absent where it is not recorded."""
    def recorded(one: str) -> Array:
        if one not in view.results:
            raise Absent(f'{one} is not recorded (keep = "all" does)')
        return view.model(one, years)

    return MADE[name](recorded) if name in MADE else recorded(name)


def _modelled(view: RunsAndHistory, target: Target, years: Sequence[int], form: _Form) -> Array:
    """The runs in the form of the target [run, year, unit], in logarithms unless points."""
    values = read(view, target.modelled, years)
    if values.ndim > (3 if target.level == COUNTY else 2):
        values = values[..., target.part]
    if target.over and target.modelled not in MADE:
        with np.errstate(divide="ignore", invalid="ignore"):
            values = values / read(view, target.over, years)
    whole = None
    if form.whole:
        whole = read(view, target.whole, years)
        whole = whole if whole.ndim == 2 else whole[..., target.part]
    values = form.of(values if target.level == COUNTY else values[..., None], whole)
    return values if target.form == POINTS else _log(values)
