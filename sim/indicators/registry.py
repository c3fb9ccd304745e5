"""All indicators by name: a card for the reader, the function, and the variables it requires.

`add_indicators` adds to a Dataset all indicators that its variables allow, for model results and history alike.
Existing variables are kept (history publishes incomes per head, but not their components).
"""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sim.core import dataset
from sim.core.arrays import Flags
from sim.core.declare import Card
from sim.indicators import counties, inequality
from sim.indicators.counties import COUNTY_INDICATORS, PROVINCE_INDICATORS
from sim.indicators.declared import Indicator
from sim.indicators.declared import indicator as _indicator
from sim.indicators.monitored import MONITORED, PROVINCIAL

if TYPE_CHECKING:  # the model uses cards and functions from here and never creates a Dataset
    import xarray as xr

TAIL = {  # further dims of sources compared over years; all others have the dims of the Dataset
    "disposable_income": ("county", "zone"), "population_zone": ("county", "zone"),
    "persons_zone": ("county", "zone"), "network_coverage": ("county", "zone"),
    "living_cost": ("county", "zone"), "population_age": ("county", "age"), "gdp_branch": ("county", "branch"),
    "province_own_revenue": (),
    **dict.fromkeys(PROVINCIAL, ()), "province_poverty": ("zone",),
}

POOREST = 0.2  # share of residents
A_THIRD = 1 / 3  # of the counties
COMPARED = {one.name: one for one in COUNTY_INDICATORS if one.gaps}  # quantities with gap indices
# index -> function(x, weight, members, groups), says, says_zh, unit, whether it needs the groups
INDICES = {
    "theil": (lambda x, w, m, g: inequality.theil_t(x, w, m), "Theil index", "泰尔指数", "index", False),
    "theil_between": (lambda x, w, m, g: inequality.theil_t_by_group(x, g, w, m).between,
                      "Theil index between coastal and landlocked counties", "沿海与内陆组间泰尔指数", "index", True),
    "theil_within": (lambda x, w, m, g: inequality.theil_t_by_group(x, g, w, m).within,
                     "Theil index within coastal and landlocked counties", "沿海、内陆组内泰尔指数", "index", True),
    "theil_l": (lambda x, w, m, g: inequality.theil_l(x, w, m), "Theil L", "泰尔L指数", "index", False),
    "cv": (lambda x, w, m, g: inequality.williamson(x, w, m), "Weighted coefficient of variation",
           "加权变异系数", "ratio", False),
    "cvu": (lambda x, w, m, g: inequality.variation(x, None, m), "Unweighted coefficient of variation",
            "未加权变异系数", "ratio", False),
    "gini": (lambda x, w, m, g: inequality.gini(x, w, m), "Gini index between counties", "市县间基尼系数", "index",
             False),
    "atkinson": (lambda x, w, m, g: inequality.atkinson(x, 1.0, w, m), "Atkinson index, aversion 1",
                 "阿特金森指数", "index", False),
    "maxmin": (lambda x, w, m, g: inequality.max_over_min(x, m), "Ratio of the highest to the lowest county",
               "最高与最低之比", "ratio", False),
    "top3bottom3": (lambda x, w, m, g: inequality.top_over_bottom(x, 3, m),
                    "Ratio of the top three to the bottom three counties", "前三位与后三位市县之比", "ratio", False),
    "p90p10": (lambda x, w, m, g: inequality.p90_over_p10(x, m), "Ratio of the 90th to the 10th percentile of counties",
               "90分位与10分位之比", "ratio", False),
    "sigma": (lambda x, w, m, g: inequality.sigma(x, m), "Standard deviation of logarithms", "对数标准差", "log points",
              False),
    "below75": (lambda x, w, m, g: inequality.share_below(x, w, 0.75, m),
                "Population share of counties below 75 % of the provincial mean", "低于全省均值75%市县的人口比重",
                "share", False),
    "landcoast": (lambda x, w, m, g: inequality.group_ratio(x, np.asarray(g) == 0, w, m),
                  "Ratio of landlocked to coastal counties", "内陆与沿海之比", "ratio", True),
    "poorest": (lambda x, w, m, g: inequality.poorest_over_mean(x, w, POOREST, m),
                "Counties of the poorest fifth of residents relative to the mean",
                "最低五分之一人口所在市县与均值之比", "ratio", False),
    "theil_less_one": (lambda x, w, m, g: inequality.least_without_one(
                           lambda x, w, m, g: inequality.theil_t(x, w, m), x, w, m),
                       "Theil index without the county that contributes most", "剔除贡献最大市县的泰尔指数", "index",
                       False),
    "cvu_less_one": (lambda x, w, m, g: inequality.least_without_one(
                         lambda x, w, m, g: inequality.variation(x, None, m), x, w, m),
                     "Unweighted coefficient of variation without the county that contributes most",
                     "剔除贡献最大市县的未加权变异系数", "ratio", False),
}
HEADLINE_INDICES = ("theil", "theil_between", "theil_within", "cv", "cvu", "maxmin", "gini", "top3bottom3", "landcoast",
                    "poorest", "theil_less_one", "cvu_less_one")
GAP_MEASURES: Mapping[str, int] = {"theil": 1, "cvu": 1, "landcoast": -1, "top3bottom3": 1, "poorest": -1}
"""The measures on which every statement on a gap is checked: 1 if a larger value means a wider gap, else -1."""


def _gap(index: str, of: str) -> Indicator:
    function, says, says_zh, unit, by_group = INDICES[index]
    what, what_zh = COMPARED[of].gap_in
    keep = "headline" if index in HEADLINE_INDICES else "county"
    card = Card(f"{index}_{of}", (), unit, f"{says}: {what}", f"{what_zh}{says_zh}", "index",
                COMPARED[of].card.section, keep)
    return Indicator(card, function, (of, "population_mid"), compares=True, by_group=by_group)


GAP_INDICATORS = tuple(_gap(index, of) for of in COMPARED for index in INDICES)
WHO_IS_SERVED = (
    _indicator("svc_inc_rank", lambda svc, inc, m, g: inequality.rank_correlation(svc, inc, m), ("svc", "inc_pc"),
               "-1 to 1", "Rank correlation of public services with income per head over counties",
               "公共服务与人均收入秩相关系数", "7", dims=(), keep="headline", compares=True),
    _indicator("svc_poor_rich", lambda svc, inc, w, m, g: inequality.poor_over_rich(svc, inc, w, A_THIRD, m),
               ("svc", "inc_pc", "population_mid"), "ratio",
               "Public services in the lowest-income third of counties relative to the highest-income third",
               "收入最低三分之一与最高三分之一市县公共服务之比", "7", dims=(), keep="headline", compares=True),
)
INDICATORS: Mapping[str, Indicator] = {
    i.name: i for i in (*COUNTY_INDICATORS, *PROVINCE_INDICATORS, *GAP_INDICATORS, *WHO_IS_SERVED, *MONITORED)
}


def cards() -> dict[str, Card]:
    """The cards of all indicators, by name."""
    return {name: indicator.card for name, indicator in INDICATORS.items()}


def compared_units(ds: xr.Dataset, include_sansha: bool = False) -> np.ndarray:
    """The units compared by gap indices: those with persons in the model (coordinate `active`; all if absent)."""
    if include_sansha or "active" not in ds.coords:
        return np.ones(ds.sizes["county"], dtype=bool)
    return ds.coords["active"].values.astype(bool)


def county_group(ds: xr.Dataset, **groups: ArrayLike) -> xr.Dataset:
    """The Dataset with groups of counties (masks [county]) as coordinates, e.g. coast=pack.group("coast")."""
    return ds.assign_coords({name: ("county", np.asarray(mask, dtype=bool)) for name, mask in groups.items()})


def tail(name: str) -> tuple[str, ...]:
    """The dims of a source after scenario, draw, seed and year."""
    if name in INDICATORS:
        return INDICATORS[name].card.dims
    return TAIL.get(name, () if name.startswith("province_") else ("county",))


def _mid(stock: np.ndarray, years, behind: int) -> np.ndarray:
    """Mean of a stock over the year, from its values at both ends; the year axis precedes the last `behind` axes."""
    stock = np.asarray(stock, dtype=float)
    if years is None:
        return stock
    axis = stock.ndim - behind - 1
    before = np.roll(stock, 1, axis=axis)
    follows = np.diff(np.asarray(years), prepend=np.asarray(years)[0] - 2) == 1
    follows = follows.reshape((-1,) + (1,) * behind)
    return counties.mean_of_years(stock, np.where(follows, before, np.nan))


def _at(values: np.ndarray, years, moment: str, behind: int) -> np.ndarray:
    """The values of a given year (`2010`), or of some years earlier (`-5`), in every year; nan if there is none."""
    values, years = np.asarray(values, dtype=float), [int(year) for year in years]
    axis = values.ndim - behind - 1
    wanted = [year + int(moment) if moment.startswith("-") else int(moment) for year in years]
    places = np.array([years.index(year) if year in years else -1 for year in wanted])
    found = np.take(values, places, axis=axis)
    return np.where((places >= 0).reshape((-1,) + (1,) * behind), found, np.nan)


@functools.cache
def _asked(names: tuple[str, ...] | None) -> tuple[Indicator, ...]:
    """The requested indicators and those they depend on, in the order of computation; none: all."""
    if names is None:
        return tuple(INDICATORS.values())
    found, left = set(), list(names)
    while left:
        name = left.pop().partition("@")[0]
        if name in INDICATORS and name not in found:
            found.add(name)
            left += [*INDICATORS[name].needs, *INDICATORS[name].joins]
    return tuple(one for name, one in INDICATORS.items() if name in found)


def sources(names: Iterable[str]) -> set[str]:
    """The variables, other than indicators, on which these indicators depend (with `@` if of a given year)."""
    return {need for one in _asked(tuple(names)) for need in (*one.needs, *one.joins)
            if need.partition("@")[0] not in INDICATORS}


def possible(there: Iterable[str], names: Iterable[str] | None = None, by_year: bool = True,
             grouped: bool = True) -> list[Indicator]:
    """The indicators that these variables allow, each after those that it rests on; `names` asks for some alone.

    `by_year`: whether values of earlier years can be looked up; `grouped`: whether it is known which counties lie on
    the coast.
    """
    have, found = _with_means(there), []
    for one in _asked(None if names is None else tuple(names)):
        if one.name in have or (one.by_group and not grouped):
            continue
        needed = (need if need in have or not by_year else need.partition("@")[0] for need in one.needs)
        if have.issuperset(needed) and (not one.joins or len(have & set(one.joins)) >= one.least):
            found.append(one)
            have.add(one.name)
    return found


def _with_means(there: Iterable[str]) -> set[str]:
    """The variables with the means over the year of residents, which are made of stocks where only these stand."""
    have = set(there)
    return have | {mean for mean, stock in SOURCES.items() if stock in have}


class Computation:
    """Indicators of variables, each computed when it is asked for; what it rests on is computed once.

    `read` gives a variable `[..., year, county, ...]` (without `years`: of one year) by its name, which is one of
    `there`; the others are those of `compute`. Arrays are kept while there is room for them.
    """

    def __init__(self, read: Callable[[str], NDArray], there: Iterable[str],
                 years: Sequence[int] | NDArray | None = None, members: Flags | None = None,
                 coast: Flags | None = None, names: Iterable[str] | None = None, goalposts: Mapping | None = None,
                 weights: Mapping | None = None):
        self.read, self.there, self.years = read, frozenset(there), years
        self.members, self.coast, self.placed = members, coast, (goalposts, weights)
        self.possible = {one.name: one for one in possible(self.there, names, years is not None, coast is not None)}
        self._kept: dict[str, NDArray] = {}

    def __getstate__(self) -> dict:
        return vars(self) | {"_kept": {}, "possible": list(self.possible)}

    def __setstate__(self, state: dict) -> None:
        vars(self).update(state | {"possible": {name: INDICATORS[name] for name in state["possible"]}})

    def of(self, name: str) -> NDArray:
        """An indicator, a variable, or one of these at a moment (`population@-5`)."""
        if name in self._kept:
            return self._kept[name]
        values = self._made(name)
        if sum(kept.nbytes for kept in self._kept.values()) + values.nbytes <= MOST_KEPT:
            self._kept[name] = values
        return values

    def _made(self, name: str) -> NDArray:
        if name in self.possible:
            return self._computed(self.possible[name])
        base, moment = name.partition("@")[::2]
        if moment and name not in self.there:
            return _at(self.of(base), self.years, moment, len(tail(base)))
        if name == "population_mid" and "population" in self.there:
            stock = np.asarray(self.of("population"), dtype=float)
            known = self.read(name) if name in self.there else None
            return _mid(stock, self.years, 1) if known is None else np.where(np.isnan(known), stock, known)
        if name == "persons_zone" and name not in self.there:
            return _mid(self.of("population_zone"), self.years, 2)
        return self.read(name)

    def _computed(self, one: Indicator) -> NDArray:
        sources: list[object] = [np.asarray(self.of(need), dtype=float) for need in one.needs]
        if one.joins:
            have = _with_means(self.there) | self.possible.keys()
            joined = {join: np.asarray(self.of(join), dtype=float) for join in one.joins if join in have}
            sources = [joined, *self.placed] if one.placed else [joined]
        if one.compares:
            sources += [self.members, self.coast]
        values = one.function(*sources)
        return np.where(self.members, values, np.nan) if one.masked and self.members is not None else values


def compute(arrays: Mapping[str, np.ndarray], years: Sequence[int] | NDArray | None = None,
            members: Flags | None = None, coast: Flags | None = None, names: Iterable[str] | None = None,
            goalposts: Mapping | None = None, weights: Mapping | None = None) -> dict[str, np.ndarray]:
    """All indicators that the arrays allow (`[..., year, county, ...]`; without `years`: of one year `[..., county]`).

    `members` [county] are the units compared, `coast` [county] those on the coast; `names` selects indicators;
    `goalposts` and `weights` of the composite index, if they differ from the defaults.
    """
    made = Computation(arrays.__getitem__, arrays, years, members, coast, names, goalposts, weights)
    return {name: made.of(name) for name in made.possible}


def why_missing(name: str, there: Iterable[str]) -> str:
    """Why an indicator is not among the variables: its missing columns."""
    there = _with_means(there)
    lacking = sorted(set(_lacking(name, there)))
    few = f"fewer than {INDICATORS[name].least} of its parts; " if name in INDICATORS and INDICATORS[name].joins else ""
    return f"{few}without {', '.join(lacking)}" if lacking and lacking != [name] else f"no column {name}"


def _lacking(name: str, there: set[str]) -> list[str]:
    name = name.partition("@")[0]
    if name in there:
        return []
    if name not in INDICATORS:
        return [name]
    return [lack for need in (*INDICATORS[name].needs, *INDICATORS[name].joins) for lack in _lacking(need, there)]


LEADING = ("scenario", "draw", "seed", "year")
SOURCES = {"population_mid": "population", "persons_zone": "population_zone"}
MOST_KEPT = 2**30  # bytes of arrays that a computation keeps
MOST_LOADED = 2**24  # bytes of a source that stays in memory once an indicator has needed it


def _sources_on(ds: xr.Dataset, wanted: Iterable[str]) -> list[str]:
    """The sources of wanted indicators that stand on the Dataset."""
    needs = {need.partition("@")[0] for name in wanted for need in (*INDICATORS[name].needs, *INDICATORS[name].joins)}
    return [name for name in sorted(needs | {"population", "population_zone", "population_mid"})
            if name in ds and set(tail(name)) <= set(ds[name].dims)]


def _array(ds: xr.Dataset, leading: Sequence[str], name: str) -> NDArray:
    """A source with the same leading axes as all others."""
    variable = ds.variables[name]
    if variable.nbytes <= MOST_LOADED:
        variable.load()
    lacking = [dim for dim in leading if dim not in variable.dims]
    variable = variable.set_dims([*lacking, *variable.dims]) if lacking else variable
    further = [dim for dim in variable.dims if dim not in leading and dim not in tail(name)]
    return variable.transpose(*leading, *tail(name), *further).values


def add_indicators(ds: xr.Dataset, include_sansha: bool = False, lazily: bool = False) -> xr.Dataset:
    """Add all indicators that the variables allow, to results and history alike.

    Indices between coastal and landlocked counties need the coordinate `coast` [county] (`county_group`). Where sources
    have companions `<name>_flag`, a computed indicator has one too: the flag of the least reliable source, at best
    derived. The attributes `goalposts` and `weights` (JSON) hold those of the composite index if they differ from the
    defaults. Components missing from an index are listed in its attribute `without`. With `lazily` an indicator is
    computed when it is looked at (variables without flags, which do not change meanwhile).
    """
    import xarray as xr

    members = compared_units(ds, include_sansha)
    coast = ds.coords["coast"].values.astype(int) if "coast" in ds.coords else None
    leading = [d for d in LEADING if d in ds.dims]
    years = ds["year"].values if "year" in ds.dims else None
    placed = [json.loads(ds.attrs[name]) if name in ds.attrs else None for name in ("goalposts", "weights")]
    wanted = [name for name in INDICATORS if name not in ds]  # their sources: variables or others of them
    computation = Computation(functools.partial(_array, ds, leading), _sources_on(ds, wanted), years, members, coast,
                              None, *placed)
    about = {name: ((*leading, *one.card.dims), _attributes(one, {*ds, *computation.possible}))
             for name, one in computation.possible.items() if name not in ds}
    if lazily:
        from sim.indicators.lazily import variables

        sizes = {str(dim): size for dim, size in ds.sizes.items()}
        return ds.assign(variables(computation.of, about, sizes)) if about else ds
    made: dict[str, xr.DataArray] = {}
    for name, (dims, attrs) in about.items():
        made[name] = xr.DataArray(np.asarray(computation.of(name)).astype(np.float32), dims=dims, attrs=attrs)
        flag = _flag(ds, INDICATORS[name], made, members)
        if flag is not None:
            made[f"{name}_flag"] = flag
    return ds.assign(made)


def _attributes(one: Indicator, there: set) -> dict[str, str]:
    """What an indicator says of itself, and what an index goes without."""
    without = [join for join in one.joins if join not in there]
    return dataset.card_attributes(one.card) | ({"without": ", ".join(without)} if without else {})


def _flag(ds, indicator, made, members) -> xr.DataArray | None:
    """The flag of a computed indicator, or none if no source has one."""
    import xarray as xr

    needs = [need.partition("@")[0] for need in (*indicator.needs, *indicator.joins)]
    names = (f"{need if need in ds or need in made else SOURCES.get(need, need)}_flag" for need in needs)
    sources = [made[n] if n in made else ds[n] for n in names if n in made or n in ds]
    if not sources:
        return None
    values = made[indicator.name]
    worst = xr.DataArray(dataset.FLAGS.index("derived"))
    for source in sources:
        source = source.drop_vars(source.coords)
        if indicator.compares and "county" in source.dims:
            source = source.isel(county=np.flatnonzero(members))
        worst = np.maximum(worst, source.max([d for d in source.dims if d not in values.dims]))
    flag = worst.broadcast_like(values).transpose(*values.dims)
    known = flag.where(values.notnull(), dataset.FLAGS.index("missing"))
    return known.astype(np.uint8).assign_attrs(sources[0].attrs)
