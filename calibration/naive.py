"""Naive forecasts as benchmarks (F.7), as distributions.

A series is [year, unit] with its segments: values of two segments stand on different definitions, so a forecast never
leaves the segment of its origin. A naive forecast carries on, from the origin, the level or the trend of a series, by
itself or relative to a reference that the model knows as well (the total of the province, output of the nation).
Trends take five to ten years.

It becomes a distribution by its own errors from earlier origins (residual bootstrap), and the best one is the best at
those earlier origins: neither looks at a year after the origin. If some candidate has no past to be judged on,
the first of `UNJUDGED` is taken: for people the trend is known to be hard to beat, so this does not favour the model.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

SHORTEST_TREND, LONGEST_TREND = 5, 10
DAMPED = 0.5
MEMBERS = 199
FEWEST_ERRORS = 3  # from which a spread is taken
FEWEST_ORIGINS = 3  # from which errors at a lead are drawn; with fewer, those of a shorter lead are scaled
MEAN = "mean"
UNJUDGED = ("cohort", "share_trend", "nation_trend", "trend", MEAN)
"""Which candidate is taken where the past cannot tell, in this order."""

WORDS = {
    "persistence": ("no change", "不变"),
    "trend": ("own trend", "自身趋势"),
    "damped": ("half the own trend", "自身趋势减半"),
    "share": ("in step with the province", "与全省同步"),
    "share_trend": ("trend against the province", "相对全省的趋势"),
    "share_damped": ("half that trend", "相对趋势减半"),
    "shift_share": ("shift-share", "偏离-份额法"),
    "nation": ("in step with the nation", "与全国同步"),
    "nation_trend": ("trend against the nation", "相对全国的趋势"),
    "cohort": ("today's ages grown older", "现有年龄结构推移"),
    "proportion": ("in proportion", "按比例"),
    "gravity": ("residents over minutes", "人口除以行程时间"),
    MEAN: ("mean of these", "各朴素预测平均"),
}


@dataclass(frozen=True)
class Series:
    """Information available to a naive forecast.

    values [year, unit], positive, nan where not known; segments [year, unit], below 0 where there is none; references
    by name [year]; `branches` are the branches of each unit [year, unit, branch] and of the province [year, branch],
    with their own segments [year].
    `proportion` [unit] stands in where the series has no past; `cohort` [unit] is what the ages of the origin lead to,
    in the years asked for. `is_share`: values are shares of a known total.
    `linear`: values are taken as they are, not in logarithms (shares of residents that may be below 0).
    """

    years: NDArray[np.int64]
    values: Array
    segments: NDArray[np.int64]
    references: Mapping[str, Array] = field(default_factory=dict)
    branches: tuple[Array, Array] | None = None
    branch_segments: NDArray[np.int64] | None = None
    proportion: Array | None = None
    cohort: Array | None = None
    is_share: bool = False
    linear: bool = False

    def __post_init__(self):
        object.__setattr__(self, "references", MappingProxyType(dict(self.references)))
        if self.branch_segments is None:
            object.__setattr__(self, "branch_segments", np.zeros(len(self.years), dtype=int))

    @property
    def logs(self) -> Array:
        """Logarithms of the values, or the values where these are linear [year, unit]."""
        if self.linear:
            return np.asarray(self.values, dtype=float)
        return _log(self.values)

    def row(self, year: int) -> int:
        """Where a year stands."""
        found = np.flatnonzero(self.years == year)
        if not len(found):
            raise KeyError(f"no year {year} in the series {self.years[0]}-{self.years[-1]}")
        return int(found[0])

    def same(self, first: int, second: int) -> NDArray[np.bool_]:
        """Units with the same definition in two years."""
        return (self.segments[first] == self.segments[second]) & (self.segments[first] >= 0)


@dataclass(frozen=True)
class Candidate:
    """A naive forecast: `ahead(series, origin row, target row)` gives logarithms [unit], nan where it has none.

    `own(series, origin row)` says for which units it has what it needs, and is not just the level of the origin [unit].
    `judged`: it can be made from earlier origins.
    """

    ahead: Callable[[Series, int, int], Array]
    own: Callable[[Series, int], NDArray[np.bool_]]
    judged: bool = True


def _log(values) -> Array:
    values = np.asarray(values, dtype=float)
    with np.errstate(divide="ignore", invalid="ignore"):
        logs = np.log(values)
    return np.where(np.isfinite(logs), logs, np.nan)


def trend(series: Series, origin: int, against: Array | None = None) -> Array:
    """Mean yearly change of the logarithms up to the origin row [unit]: the shortest span of five to ten years.

    `against` [year] is taken off first. nan where no span lies whole inside the segment of the origin.
    """
    logs = series.logs - (0.0 if against is None else _log(against)[:, None])
    found = np.full(logs.shape[1], np.nan)
    for span in range(LONGEST_TREND, SHORTEST_TREND - 1, -1):
        back = np.flatnonzero(series.years == series.years[origin] - span)
        if not len(back):
            continue
        change = (logs[origin] - logs[back[0]]) / span
        usable = np.isfinite(change) & series.same(origin, back[0])
        found = np.where(usable, change, found)
    return found


def carried(part: float = 0.0, reference: str = "") -> Candidate:
    """The level of the origin, with a part of the trend, relative to a reference where one is named.

    A unit without five years of its own goes on at its level.
    """
    def ahead(series: Series, origin: int, target: int) -> Array:
        known = series.references[reference] if reference else None
        step = 0.0 if known is None else (_log(known)[target] - _log(known)[origin])
        slope = trend(series, origin, known) if part else np.zeros(series.values.shape[1])
        moved = np.where(np.isfinite(slope), part * slope, 0.0) * (series.years[target] - series.years[origin])
        return np.where(series.same(origin, target), series.logs[origin] + moved + step, np.nan)

    def own(series: Series, origin: int) -> NDArray[np.bool_]:
        if part:
            return np.isfinite(trend(series, origin, series.references[reference] if reference else None))
        return np.isfinite(series.logs[origin])

    return Candidate(ahead, own)


def _shift_share(series: Series, origin: int, target: int) -> Array:
    assert series.branches is not None and series.branch_segments is not None
    of_unit, of_province = series.branches
    now, then = (np.sum(of_unit[origin] / of_province[origin] * of_province[row], axis=-1) for row in (origin, target))
    total = of_province[target].sum() / of_province[origin].sum() if series.is_share else 1.0
    joined = series.same(origin, target) & (series.branch_segments[origin] == series.branch_segments[target])
    # the branches give the change alone, so that a total that is not their sum keeps its level
    return np.where(joined, series.logs[origin] + _log(then / now / total), np.nan)


def _knows_branches(series: Series, origin: int) -> NDArray[np.bool_]:
    assert series.branches is not None
    return np.isfinite(series.branches[0][origin]).all(axis=-1)


SHIFT_SHARE = Candidate(_shift_share, _knows_branches)
"""The share of each branch of the province at the origin, on the branches of the target year (B3)."""
PROPORTION = Candidate(lambda series, origin, target: _log(series.proportion),
                       lambda series, origin: np.isfinite(_log(series.proportion)), judged=False)
"""In proportion to another variable, for units without a past."""
COHORT = Candidate(lambda series, origin, target: _log(series.cohort),
                   lambda series, origin: np.isfinite(_log(series.cohort)), judged=False)
"""Ageing of the age structure at the origin, with equal survival everywhere (B4, reduced to one age group)."""


def candidates(series: Series, origin: int, targets: Sequence[int] | None = None) -> dict[str, Candidate]:
    """All naive forecasts a series allows from an origin row, for the target rows where these are named."""
    if series.is_share:
        found = {"share": carried(), "share_trend": carried(1.0), "share_damped": carried(DAMPED)}
    else:
        found = {"persistence": carried(), "trend": carried(1.0), "damped": carried(DAMPED)}
    for name in series.references:
        found |= {name: carried(0.0, name), f"{name}_trend": carried(1.0, name)}
    if series.branches is not None:
        found["shift_share"] = SHIFT_SHARE
    if series.cohort is not None:
        found["cohort"] = COHORT
    found = {name: one for name, one in found.items() if one.own(series, origin).any()}
    if "shift_share" in found and targets is not None and not all(
            np.isfinite(SHIFT_SHARE.ahead(series, origin, row)).any() for row in targets):
        del found["shift_share"]
    return found or ({"proportion": PROPORTION} if series.proportion is not None else {})


def past_errors(series: Series, candidate: Candidate, until: int, leads: int) -> Array:
    """Errors of a candidate from every origin and at every lead that end by the row `until`: [origin, lead, unit].

    Forecast less value, in logarithms; lead 1 comes first. Only where the candidate has what it needs.
    """
    errors = np.full((until + 1, leads, series.values.shape[1]), np.nan)
    for origin in range(until if candidate.judged else 0):
        own = candidate.own(series, origin)
        if not own.any():
            continue
        for target in range(origin + 1, until + 1):
            lead = series.years[target] - series.years[origin]
            if lead <= leads:
                error = candidate.ahead(series, origin, target) - series.logs[target]
                errors[origin, lead - 1] = np.where(own, error, np.nan)
    return errors


class Judged(NamedTuple):
    """Selection from past performance: the chosen candidate, its errors, and the mean absolute error of each."""

    name: str
    errors: Array
    past: dict[str, float]


def choose(series: Series, origin: int, leads: int, targets: Sequence[int] | None = None) -> Judged:
    """The candidate with the least mean absolute error at origins before, on the cases that all of them have.

    The mean over leads of the means at each. If some candidate has no case: the first of `UNJUDGED` there is.
    """
    made = candidates(series, origin, targets)
    errors = {name: past_errors(series, one, origin, leads) for name, one in made.items()}
    if not errors:
        return Judged("", np.full((1, leads, series.values.shape[1]), np.nan), {})
    common = np.all([np.isfinite(e) for e in errors.values()], axis=0)
    if len(errors) > 1:
        errors[MEAN] = np.mean(list(errors.values()), axis=0)
    past = {name: _by_lead(np.where(common, e, np.nan)) for name, e in errors.items()}
    if common.any():
        name = min(past, key=past.__getitem__)
    else:
        name = next((one for one in UNJUDGED if one in errors), next(iter(errors)))
    return Judged(name, errors[name], past)


def _by_lead(errors: Array) -> float:
    """Mean over leads of the mean absolute error at each."""
    by_lead = [np.abs(e[np.isfinite(e)]).mean() for e in np.moveaxis(errors, 1, 0) if np.isfinite(e).any()]
    return float(np.mean(by_lead)) if by_lead else np.nan


class Forecast(NamedTuple):
    """A naive forecast: its name, point [year, unit] and members [member, year, unit] in logarithms.

    `members` is None where nothing before the origin tells how far it errs. `points` holds those of all candidates.
    """

    name: str
    point: Array
    members: Array | None
    points: dict[str, Array]
    past: dict[str, float]


def forecast(series: Series, origin_year: int, years: Sequence[int], members: int = MEMBERS) -> Forecast:
    """The best naive forecast from an origin for the years, as a distribution; without a name where there is none."""
    origin = series.row(origin_year)
    targets, ahead = [series.row(int(year)) for year in years], [int(year) - origin_year for year in years]
    judged = choose(series, origin, max(ahead), targets)
    points = {name: np.stack([one.ahead(series, origin, target) for target in targets])
              for name, one in candidates(series, origin, targets).items()}
    if len(points) > 1:
        points[MEAN] = np.mean(list(points.values()), axis=0)
    if not judged.name:
        return Forecast("", np.full((len(targets), series.values.shape[1]), np.nan), None, {}, {})
    drawn = drawn_errors(judged.errors, ahead, members)
    point = points[judged.name]
    return Forecast(judged.name, point, None if drawn is None else point + drawn, points, judged.past)


def drawn_errors(errors: Array, leads: Sequence[int], members: int = MEMBERS) -> Array | None:
    """Errors for some leads drawn from past ones [member, lead, unit]; None where there are none.

    A member takes one origin for all units, so what the units share in a year is kept, and for each unit the error of
    a unit drawn at that origin. Errors have their mean taken off: a naive forecast is not mended by its own errors.
    Where fewer than three origins reach a lead, errors of the longest lead that three reach are taken, times the root
    of the ratio of the leads (those of a random walk); failing that, the lead that most origins reach.
    """
    reached = np.array([np.isfinite(e).any(axis=-1).sum() for e in np.moveaxis(errors, 1, 0)])
    if max(np.isfinite(e).sum() for e in np.moveaxis(errors, 1, 0)) < FEWEST_ERRORS:
        return None
    generator = np.random.Generator(np.random.Philox(key=0))
    units = errors.shape[-1]
    out = np.empty((members, len(leads), units))
    pick, which = generator.random(members), generator.random((members, units))
    for k, lead in enumerate(leads):
        enough = np.flatnonzero(reached[:lead] >= FEWEST_ORIGINS)
        source = int(enough[-1] if len(enough) else np.argmax(reached)) + 1
        pool = errors[:, source - 1]
        pool = pool - pool[np.isfinite(pool)].mean()
        rows = [row[np.isfinite(row)] for row in pool if np.isfinite(row).any()]
        for m in range(members):
            row = rows[int(pick[m] * len(rows))]
            out[m, k] = row[(which[m] * len(row)).astype(int)]
        out[:, k] *= np.sqrt(lead / source)
    return out
