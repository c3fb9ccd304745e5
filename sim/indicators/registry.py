"""All indicators by name: a card for the reader, the function, and the variables it needs.

`add_indicators` puts on a Dataset all that its variables allow; results of the model and history take the same road.
A variable that is there already stays (history prints incomes per head; it does not print their parts).
"""

from __future__ import annotations

import functools
import json
from collections.abc import Iterable, Mapping, Sequence
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

if TYPE_CHECKING:  # the model takes cards and functions from here and never makes a Dataset
    import xarray as xr

TAIL = {  # further dims of sources that are compared over years; all others have those of the Dataset
    "disposable_income": ("county", "zone"), "population_zone": ("county", "zone"),
    "persons_zone": ("county", "zone"), "network_coverage": ("county", "zone"),
    "living_cost": ("county", "zone"), "population_age": ("county", "age"), "gdp_branch": ("county", "branch"),
    "province_own_revenue": (),
    **dict.fromkeys(PROVINCIAL, ()), "province_poverty": ("zone",),
}

POOREST = 0.2  # share of residents
A_THIRD = 1 / 3  # of the counties
COMPARED = {one.name: one for one in COUNTY_INDICATORS if one.gaps}  # whose gaps between counties are measured
# index -> function(x, weight, members, groups), says, says_zh, unit, needs the groups
INDICES = {
    "theil": (lambda x, w, m, g: inequality.theil_t(x, w, m), "Theil index", "泰尔指数", "index", False),
    "theil_between": (lambda x, w, m, g: inequality.theil_t_by_group(x, g, w, m).between,
                      "Theil index between coast and landlocked", "沿海与内陆间泰尔指数", "index", True),
    "theil_within": (lambda x, w, m, g: inequality.theil_t_by_group(x, g, w, m).within,
                     "Theil index within coast and landlocked", "沿海与内陆内部泰尔指数", "index", True),
    "theil_l": (lambda x, w, m, g: inequality.theil_l(x, w, m), "Theil L", "泰尔L指数", "index", False),
    "cv": (lambda x, w, m, g: inequality.williamson(x, w, m), "Weighted coefficient of variation",
           "加权变异系数", "ratio", False),
    "cvu": (lambda x, w, m, g: inequality.variation(x, None, m), "Unweighted coefficient of variation",
            "未加权变异系数", "ratio", False),
    "gini": (lambda x, w, m, g: inequality.gini(x, w, m), "Gini index between counties", "市县间基尼系数", "index",
             False),
    "atkinson": (lambda x, w, m, g: inequality.atkinson(x, 1.0, w, m), "Atkinson index, aversion 1",
                 "阿特金森指数", "index", False),
    "maxmin": (lambda x, w, m, g: inequality.max_over_min(x, m), "Highest over lowest county", "最高与最低之比",
               "ratio", False),
    "top3bottom3": (lambda x, w, m, g: inequality.top_over_bottom(x, 3, m), "Top three over bottom three counties",
                    "前三与后三之比", "ratio", False),
    "p90p10": (lambda x, w, m, g: inequality.p90_over_p10(x, m), "90th over 10th percentile of counties",
               "九成与一成分位之比", "ratio", False),
    "sigma": (lambda x, w, m, g: inequality.sigma(x, m), "Standard deviation of logarithms", "对数标准差", "log points",
              False),
    "below75": (lambda x, w, m, g: inequality.share_below(x, w, 0.75, m),
                "People in counties below 75 % of the provincial mean", "低于全省均值75%市县的人口比重", "share",
                False),
    "landcoast": (lambda x, w, m, g: inequality.group_ratio(x, np.asarray(g) == 0, w, m), "Landlocked over coast",
                  "内陆与沿海之比", "ratio", True),
    "poorest": (lambda x, w, m, g: inequality.poorest_over_mean(x, w, POOREST, m),
                "Counties of the poorest fifth of residents over the mean",
                "最低五分之一人口所在市县与均值之比", "ratio", False),
    "theil_less_one": (lambda x, w, m, g: inequality.least_without_one(
                           lambda x, w, m, g: inequality.theil_t(x, w, m), x, w, m),
                       "Theil index without the county that adds most to it", "剔除贡献最大市县的泰尔指数", "index",
                       False),
    "cvu_less_one": (lambda x, w, m, g: inequality.least_without_one(
                         lambda x, w, m, g: inequality.variation(x, None, m), x, w, m),
                     "Unweighted coefficient of variation without the county that adds most to it",
                     "剔除贡献最大市县的未加权变异系数", "ratio", False),
}
HEADLINE_INDICES = ("theil", "theil_between", "theil_within", "cv", "cvu", "maxmin", "gini", "top3bottom3", "landcoast",
                    "poorest", "theil_less_one", "cvu_less_one")
GAP_MEASURES: Mapping[str, int] = {"theil": 1, "cvu": 1, "landcoast": -1, "top3bottom3": 1, "poorest": -1}
"""The measures by which every statement on a gap is checked: 1 where a larger value is a wider gap, else -1."""


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
               "Public services in the third of counties of lowest income over the third of highest",
               "收入最低三分之一与最高三分之一市县公共服务之比", "7", dims=(), keep="headline", compares=True),
)
INDICATORS: Mapping[str, Indicator] = {
    i.name: i for i in (*COUNTY_INDICATORS, *PROVINCE_INDICATORS, *GAP_INDICATORS, *WHO_IS_SERVED, *MONITORED)
}


def cards() -> dict[str, Card]:
    """The cards of all indicators, by name."""
    return {name: indicator.card for name, indicator in INDICATORS.items()}


def compared_units(ds: xr.Dataset, include_sansha: bool = False) -> np.ndarray:
    """The units that gap indices compare: those with persons of the model (coordinate `active`, all without it)."""
    if include_sansha or "active" not in ds.coords:
        return np.ones(ds.sizes["county"], dtype=bool)
    return ds.coords["active"].values.astype(bool)


def county_group(ds: xr.Dataset, **groups: ArrayLike) -> xr.Dataset:
    """The Dataset with groups of counties (masks [county]) as coordinates, e.g. coast=pack.group("coast")."""
    return ds.assign_coords({name: ("county", np.asarray(mask, dtype=bool)) for name, mask in groups.items()})


def tail(name: str) -> tuple[str, ...]:
    """The dims of a source behind scenario, draw, seed and year."""
    if name in INDICATORS:
        return INDICATORS[name].card.dims
    return TAIL.get(name, () if name.startswith("province_") else ("county",))


def _mid(stock: np.ndarray, years, behind: int) -> np.ndarray:
    """Mean over the year of a stock at its ends; the year is the axis before the last `behind` ones."""
    stock = np.asarray(stock, dtype=float)
    if years is None:
        return stock
    axis = stock.ndim - behind - 1
    before = np.roll(stock, 1, axis=axis)
    follows = np.diff(np.asarray(years), prepend=np.asarray(years)[0] - 2) == 1
    follows = follows.reshape((-1,) + (1,) * behind)
    return counties.mean_of_years(stock, np.where(follows, before, np.nan))


def _prepared(arrays, years) -> dict[str, np.ndarray]:
    """The arrays, with means over the year of residents where only stocks stand.

    `persons_zone`, the persons behind a year's income: the mean of this and the last year's end (as `population_mid`).
    """
    have = dict(arrays)
    if "population" in have:
        mid = have.get("population_mid")
        stock = np.asarray(have["population"], dtype=float)
        have["population_mid"] = _mid(stock, years, 1) if mid is None else np.where(np.isnan(mid), stock, mid)
    if "population_zone" in have:
        have.setdefault("persons_zone", _mid(have["population_zone"], years, 2))
    return have


def _at(values: np.ndarray, years, moment: str, behind: int) -> np.ndarray:
    """The values of a year (`2010`), or of some years before (`-5`), in every year; nan where there is none."""
    values, years = np.asarray(values, dtype=float), [int(year) for year in years]
    axis = values.ndim - behind - 1
    wanted = [year + int(moment) if moment.startswith("-") else int(moment) for year in years]
    places = np.array([years.index(year) if year in years else -1 for year in wanted])
    found = np.take(values, places, axis=axis)
    return np.where((places >= 0).reshape((-1,) + (1,) * behind), found, np.nan)


@functools.cache
def _asked(names: tuple[str, ...] | None) -> tuple[Indicator, ...]:
    """The indicators asked for and those that they rest on, in the order in which they are computed; none: all."""
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
    """The variables that are no indicators themselves, on which these indicators rest (with `@` where of a year)."""
    return {need for one in _asked(tuple(names)) for need in (*one.needs, *one.joins)
            if need.partition("@")[0] not in INDICATORS}


def compute(arrays: Mapping[str, np.ndarray], years: Sequence[int] | NDArray | None = None,
            members: Flags | None = None, coast: Flags | None = None, names: Iterable[str] | None = None,
            goalposts: Mapping | None = None, weights: Mapping | None = None) -> dict[str, np.ndarray]:
    """All indicators that the arrays allow (`[..., year, county, ...]`; without `years`: of one year `[..., county]`).

    `members` [county] are the units compared, `coast` [county] those on the coast; `names` asks for some alone;
    `goalposts` and `weights` of the composite index where they differ from ours.
    """
    have = _prepared(arrays, years)
    made: dict[str, np.ndarray] = {}
    for one in _asked(None if names is None else tuple(names)):
        name = one.name
        if name in have or (one.by_group and coast is None):
            continue
        if years is not None:
            _look_back(one, have, years)
        try:
            sources: list[object] = [np.asarray(have[need], dtype=float) for need in one.needs]
        except KeyError:
            continue
        if one.joins:
            joined = {join: np.asarray(have[join], dtype=float) for join in one.joins if join in have}
            if len(joined) < one.least:
                continue
            sources = [joined, goalposts, weights] if one.placed else [joined]
        if one.compares:
            sources += [members, coast]
        values = one.function(*sources)
        if one.masked and members is not None:
            values = np.where(members, values, np.nan)
        made[name] = have[name] = values
    return made


def _look_back(one: Indicator, have: dict, years) -> None:
    """Values of earlier years that an indicator needs, where the years are there."""
    for need in one.needs:
        base, moment = need.partition("@")[::2]
        if moment and need not in have and base in have:
            have[need] = _at(have[base], years, moment, len(tail(base)))


def why_missing(name: str, there: Iterable[str]) -> str:
    """Why an indicator is not among the variables: the columns it lacks."""
    there = set(there) | ({"population_mid"} if "population" in there else set())
    there |= {"persons_zone"} if "population_zone" in there else set()
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


def _arrays(ds: xr.Dataset, leading, wanted: Iterable[str]) -> dict[str, np.ndarray]:
    """The sources of wanted indicators on the Dataset, all with the same leading axes."""
    needs = {need.partition("@")[0] for name in wanted for need in (*INDICATORS[name].needs, *INDICATORS[name].joins)}
    found = {}
    for name in sorted(needs | {"population", "population_zone", "population_mid"}):
        if name not in ds or not set(tail(name)) <= set(ds[name].dims):
            continue
        variable = ds[name].expand_dims([d for d in leading if d not in ds[name].dims])
        further = [d for d in variable.dims if d not in leading and d not in tail(name)]
        found[name] = variable.transpose(*leading, *tail(name), *further).values
    return found


def add_indicators(ds: xr.Dataset, include_sansha: bool = False) -> xr.Dataset:
    """All indicators that the variables allow, on results and on history alike.

    Indices between coast and landlocked need the coordinate `coast` [county] (`county_group`). Where companions
    `<name>_flag` stand, a computed indicator has one too: the flag of the least trusted source, at best derived. The
    attributes `goalposts` and `weights` (JSON) hold those of the composite index where they differ from ours. What an
    index goes without is named in its attribute `without`.
    """
    import xarray as xr

    members = compared_units(ds, include_sansha)
    coast = ds.coords["coast"].values.astype(int) if "coast" in ds.coords else None
    leading = [d for d in LEADING if d in ds.dims]
    years = ds["year"].values if "year" in ds.dims else None
    placed = [json.loads(ds.attrs[name]) if name in ds.attrs else None for name in ("goalposts", "weights")]
    made: dict[str, xr.DataArray] = {}
    wanted = [name for name in INDICATORS if name not in ds]  # each rests on variables, or on others that are wanted
    found = compute(_arrays(ds, leading, wanted), years, members, coast, None, *placed) if wanted else {}
    found = {name: values for name, values in found.items() if name not in ds}
    for name, values in found.items():
        card = INDICATORS[name].card
        about = dataset.card_attributes(card)
        if without := [join for join in INDICATORS[name].joins if join not in ds and join not in found]:
            about["without"] = ", ".join(without)
        made[name] = xr.DataArray(np.asarray(values).astype(np.float32), dims=(*leading, *card.dims), attrs=about)
        flag = _flag(ds, INDICATORS[name], made, members)
        if flag is not None:
            made[f"{name}_flag"] = flag
    return ds.assign(made)


SOURCES = {"population_mid": "population", "persons_zone": "population_zone"}


def _flag(ds, indicator, made, members) -> xr.DataArray | None:
    """The flag of a computed indicator, or none where no source has one."""
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
