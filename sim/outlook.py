"""The outlook: external conditions that Hainan takes as given.

One registry, `SERIES`. A series has a past and a future. Observations are in the data pack (`in_pack`, mostly in
outlook.csv) and are read by `region.exogenous`; the level of a series that is one in a given year by definition is set
here (`defined`). The future, an assumption, takes one of three forms:

- `future`: values at some years, interpolated linearly, also from the last year of the past, and constant after the
last; - `grows_by`: a level that grows at the yearly rate of another series; - `follows`: another series plus a
constant.

A scenario that lowers national growth thus also lowers the growth of wages outside, unless it sets both. Rates and
shares are fractions (0.03, not 3); money is in million CNY at 2020 prices. A scenario overrides the years it sets; in
all other years the path given here applies.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

import numpy as np

from sim.core.cache import either
from sim.core.declare import Fault, UserError, nearest
from sim.words import BASE_YEAR

LAST_FITTED_YEAR = 2020  # last year of the observations to which trends are fitted

Override = Mapping[int, float] | Callable[[int], float | None]


@dataclass(frozen=True)
class Series:
    """An outlook series: past, future, and their confidence."""

    name: str
    unit: str
    says: str
    says_zh: str
    source: str
    confidence: str
    bounds: tuple[float, float]
    defined: Mapping[int, float] = field(default_factory=dict)
    future: Mapping[int, float] = field(default_factory=dict)
    in_pack: bool = False
    grows_by: str = ""
    follows: str = ""
    offset: float = 0.0
    steps: bool = False
    default: float = math.nan

    def __post_init__(self):
        for key in ("defined", "future"):
            object.__setattr__(self, key, MappingProxyType(dict(sorted(getattr(self, key).items()))))

    def path(self, years: Iterable[int], observed: Mapping[int, float] | None = None) -> np.ndarray:
        """Values over the years; `observed` is the past from the pack, which completes the path of a pack series."""
        past = {} if observed is None else {self.name: observed}
        if self.in_pack and observed is None:
            raise LookupError(f"outlook {self.name}: its past is in the data pack; use exogenous.path")
        return paths(years, past, names=[self.name])[self.name]


def _registry(series: Iterable[Series]) -> Mapping[str, Series]:
    return MappingProxyType({s.name: s for s in series})


SERIES: Mapping[str, Series] = _registry((
    Series(
        "national_growth", "share per year", "Growth of real GDP of China", "全国实际国内生产总值增长率",
        "data pack to 2024; then 4.8 % in 2025 falling to 3.0 % in 2035, assumed", "medium", (-0.10, 0.15),
        in_pack=True, future={2025: 0.048, 2035: 0.030}),
    Series(
        "outside_wage_growth", "share per year", "Growth of real income a worker finds outside Hainan",
        "省外实际工资增长率",
        "data pack to 2024, real growth of urban disposable income per head of China; then national growth less half a "
        "point, assumed", "medium",
        (-0.10, 0.15),
        in_pack=True, follows="national_growth", offset=-0.005),
    Series(
        "national_spending", "CNY per head", "National general-budget expenditure per head, at 2020 prices",
        "全国人均一般公共预算支出（2020年价）",
        "data pack to 2024; then by national growth, assumed",
        "medium", (1e3, 2e5),
        in_pack=True, grows_by="national_growth"),
    Series(
        "national_coverage", "share",
        "Households of China with infrastructure networks (comparable to network coverage of counties)",
        "全国基础设施网络覆盖率",
        "data pack, 2010 and 2020; 2035 assumed", "low",
        (0.1, 1.0), in_pack=True, future={2035: 0.98}),
    Series(
        "visitors", "million visits", "Visitors to Hainan, including day visitors", "接待游客总人数",
        "data pack (tourists_total 2015-2023); other years from the growth of visitors", "medium",
        (0.0, 1000.0), in_pack=True, grows_by="visitor_growth"),
    Series(
        "visitor_growth", "share per year", "Growth of the number of visitors", "接待游客增长率",
        "data pack, to 2015 of overnight visitors, from 2016 of all; from 2025 on assumed", "medium", (-0.6, 1.0),
        in_pack=True, future={2025: 0.07, 2035: 0.04}),
    Series(
        "visitor_shock", "ratio", "Visitors relative to undisturbed demand", "旅游需求冲击（相对趋势）",
        "2020-2024 visitors of the data pack over the trend of (P7) from 2019; before 1, later as in 2024, assumed",
        "medium", (0.0, 1.5), in_pack=True, default=1.0),
    Series(
        "central_transfer", "million CNY", "Central transfers to Hainan", "中央对海南转移支付",
        "data pack (2014-2016, 2020-2022), the other years to 2019 estimated from the gap of the provincial budget; "
        "then by its growth", "medium", (0.0, 1e6), in_pack=True, grows_by="central_transfer_growth"),
    Series(
        "central_transfer_growth", "share per year", "Real growth of central transfers", "中央转移支付实际增长率",
        "assumed; 2016-2022 saw 9.3 % a year in current prices", "low", (-0.3, 0.3), future={2023: 0.03}),
    Series(
        "tax_burden", "2010 = 1", "Tax revenue over GDP of China, relative to 2010", "全国税收占生产总值比重（2010=1）",
        "data pack to 2024: VAT replaced business tax in 2016, rates fell from 17 to 13 % in 2018-19; then as in "
        "2023-24, assumed",
        "medium", (0.3, 1.5),
        in_pack=True, future={2025: 0.76}),
    Series(
        "nontax_level", "2010 = 1", "Non-tax over tax revenue of Hainan, relative to 2010",
        "海南非税与税收收入之比（2010=1）",
        "data pack to 2022, from shares of non-tax revenue; then to that of 2017, assumed", "medium", (0.2, 5.0),
        in_pack=True, future={2025: 1.54}),
    Series(
        "special_bonds", "share of GDP", "New special bonds of local governments over GDP, China",
        "全国新增专项债券占生产总值比重",
        "data pack to 2024, quotas of the yearly budgets; 4.4 trillion CNY in 2025 (recalled), then falling to 2 % by "
        "2035, assumed", "medium", (0.0, 0.1),
        in_pack=True, future={2025: 0.0314, 2035: 0.02}),
    Series(
        "total_fertility_rate", "children per woman", "Total fertility rate of Hainan", "总和生育率",
        "to 2024 derived: births of the data pack over the reconstructed women (region.vital); then straight to 1.3 in "
        "2035, assumed", "medium", (0.5, 3.0), in_pack=True, future={2035: 1.3}),
    Series(
        "sex_ratio_at_birth", "males per female", "Sex ratio at birth", "出生人口性别比",
        "to 2020 children of the 2020 census by age (region.vital); then straight to 1.08 in 2035, assumed", "medium",
        (1.0, 1.3), in_pack=True, future={2035: 1.08}),
    Series(
        "outside_pool_growth_junior", "share per year",
        "Growth of rest-of-China population 18-59, junior secondary or less", "省外18-59岁初中及以下人口增长率",
        "recalled national census totals 2010 and 2020 by schooling; then assumed from cohorts that retire", "low",
        (-0.10, 0.10), future={2010: -0.027, 2020: -0.027, 2025: -0.031, 2035: -0.033}),
    Series(
        "outside_pool_growth_senior", "share per year", "Growth of rest-of-China population 18-59, senior secondary",
        "省外18-59岁高中人口增长率",
        "recalled national census totals 2010 and 2020 by schooling; then assumed", "low",
        (-0.10, 0.10), future={2010: 0.008, 2020: 0.008, 2025: 0.0, 2035: -0.005}),
    Series(
        "outside_pool_growth_college", "share per year", "Growth of rest-of-China population 18-59, college",
        "省外18-59岁大专及以上人口增长率",
        "recalled national census totals 2010 (120 million) and 2020 (218 million); then assumed from graduates a year",
        "low", (-0.05, 0.15), future={2010: 0.062, 2020: 0.058, 2025: 0.042, 2035: 0.020}),
    Series(
        "outside_pool_junior", "2010 = 1", "Rest-of-China population 18-59, junior secondary or less, relative to 2010",
        "省外初中及以下人口（2010=1）", "follows from its growth", "low", (0.0, 5.0), defined={2010: 1.0},
        grows_by="outside_pool_growth_junior"),
    Series(
        "outside_pool_senior", "2010 = 1", "Rest-of-China population 18-59, senior secondary, relative to 2010",
        "省外高中人口（2010=1）", "follows from its growth", "low", (0.0, 5.0), defined={2010: 1.0},
        grows_by="outside_pool_growth_senior"),
    Series(
        "outside_pool_college", "2010 = 1", "Rest-of-China population 18-59, college, relative to 2010",
        "省外大专及以上人口（2010=1）", "follows from its growth", "low", (0.0, 10.0), defined={2010: 1.0},
        grows_by="outside_pool_growth_college"),
    Series(
        "snowbirds", "persons", "Winter residents from the north", "候鸟人口",
        "1.2 million in 2017 recalled (0.9-1.65 million by source); the other years assumed; no county series exists",
        "low", (0.0, 4e6), future={2010: 0.7e6, 2017: 1.2e6, 2024: 1.2e6, 2035: 1.5e6}),
    Series(
        "purchase_restriction", "ratio", "Share of outside demand for homes permitted by the purchase rules",
        "限购后省外购房需求比例",
        "rules of April 2018; size and fading assumed (0.5 from 2018, 0.8 by 2030)", "medium", (0.0, 1.0),
        future={2010: 1.0, 2017: 1.0, 2018: 0.5, 2030: 0.8}),
    Series(
        "land_market", "ratio", "Market turnover of land and homes, relative to that implied by prices and rules",
        "土地与住房市场成交比例（相对正常）",
        "data pack: to 2021 undisturbed, to 2024 new homes sold in China by area; back to .8 by 2030, assumed", "low",
        (0.0, 1.5), default=1.0, in_pack=True, future={2030: 0.8}),
    Series(
        "network_pull", "ratio", "Attraction of earlier emigrants from Hainan, relative to the estimate",
        "省外同乡网络拉力（相对估计值）",
        "1: as estimated", "low", (0.3, 2.0), default=1.0),
    Series(
        "typhoon_forced", "0 or 1", "Severe typhoon landfall in the north-east", "强台风登陆（东北部）",
        "data pack: Rammasun 2014 and Yagi 2024; later at random", "high", (0.0, 1.0),
        in_pack=True, future={2025: 0.0}, steps=True),
    Series(
        "typhoon_hazard", "ratio", "Frequency of typhoons relative to the past", "台风频率（相对历史）",
        "1: no trend assumed", "low", (0.0, 3.0), default=1.0),
    Series(
        "province_gdp_growth", "share per year", "Growth of real GDP of Hainan (for comparison, not an input)",
        "海南实际生产总值增长率（仅供比较）", "data pack, first-published growth", "medium",
        (-0.20, 0.30), in_pack=True),
))


def series(name: str) -> Series:
    """A series by its name; a misspelt name raises a `KeyError` that suggests the closest one."""
    if name not in SERIES:
        raise KeyError(f"no outlook series {name!r}; {nearest(name, SERIES) or 'one of ' + ', '.join(SERIES)}")
    return SERIES[name]


def value(name: str, year: int) -> float:
    """The value of a year; a series whose past is in the pack needs `exogenous.path` instead."""
    return float(series(name).path([year])[0])


@either
def still_holds(year: int, fade_years: float) -> float:
    """Weight of trends fitted to the past in a year: 1 during the fitting period, then declining to 0."""
    return 1.0 - min(max((year - LAST_FITTED_YEAR) / fade_years, 0.0), 1.0)


def paths(years: Iterable[int], observed: Mapping[str, Mapping[int, float]] | None = None,
          overrides: Mapping[str, Override] | None = None, names: Iterable[str] | None = None,
          shifts: Mapping[str, Mapping[int, float]] | None = None) -> dict[str, np.ndarray]:
    """All series over the years: overrides take precedence over the past, the past over the projection.

    `observed` holds the past from the pack. An override is {year: value}, or a function of the year that returns None
    (or nan) where the path is kept. `shifts` {year: amount} are added to the series, and so act on series that grow
    with it or follow it. All faults of the overrides are raised at once, then those of the shifts.
    """
    years = [int(y) for y in years]
    observed, overrides = observed or {}, overrides or {}
    first, last = min([BASE_YEAR, *years]), max(years, default=BASE_YEAR)
    span = range(first, last + 1)
    chosen = _chosen(overrides, span)
    done: dict[str, dict[int, float]] = {}
    names = list(SERIES) if names is None else list(names)
    for name in names:
        _whole(series(name), span, observed, chosen, done, shifts or {})
    _refuse_far_shifts(done, shifts or {})
    return {name: np.array([done[name][y] for y in years]) for name in names}


def _chosen(overrides: Mapping[str, Override], span: range) -> dict[str, dict[int, float]]:
    """Checked overrides by series and year."""
    faults, out = [], {}
    for name, override in overrides.items():
        if name not in SERIES:
            faults.append(Fault(f"outlook.{name}", "no such series", nearest(name, SERIES)))
            continue
        given = override if callable(override) else override.get
        low, high = SERIES[name].bounds
        out[name] = {}
        for year in span:
            number = given(year)
            if number is None or math.isnan(number):
                continue
            if not low <= number <= high:
                mend = f"write a value from {low:g} to {high:g} ({SERIES[name].unit})"
                faults.append(Fault(f"outlook.{name}", f"{number:g} in {year} is out of range", mend))
                break
            out[name][year] = float(number)
    if faults:
        raise UserError(*faults)
    return out


def _refuse_far_shifts(done: Mapping[str, Mapping[int, float]], shifts: Mapping[str, Mapping[int, float]]) -> None:
    """UserError if a shifted series leaves its range."""
    faults = []
    for name, amounts in shifts.items():
        low, high = SERIES[name].bounds
        out = [year for year in sorted(amounts) if not low <= done.get(name, {}).get(year, low) <= high]
        if out:
            faults.append(Fault(f"shifts.{name}", f"{amounts[out[0]]:g} makes it {done[name][out[0]]:g} in {out[0]}",
                                f"{low:g} to {high:g} ({SERIES[name].unit})"))
    if faults:
        raise UserError(*faults)


def _whole(one: Series, span: range, observed, chosen, done, shifts) -> dict[int, float]:
    """The values of one series over the span; series it depends on are computed first."""
    if one.name in done:
        return done[one.name]
    past = {**one.defined, **observed.get(one.name, {})}
    named = chosen.get(one.name, {})
    leader = one.grows_by or one.follows
    lead = _whole(SERIES[leader], span, observed, chosen, done, shifts) if leader else {}
    straight = {} if leader else projection(span, past, one.future, one.default, one.steps)
    values: dict[int, float] = {}
    for year in span:
        if year in named:
            values[year] = named[year]
        elif year in past:
            values[year] = past[year]
        elif one.follows:
            values[year] = lead[year] + one.offset
        elif one.grows_by:
            values[year] = values.get(year - 1, math.nan) * (1.0 + lead[year])
        else:
            values[year] = straight[year]
    if one.grows_by:
        _backward(values, lead, span)
    for year, amount in shifts.get(one.name, {}).items():
        if year in values:
            values[year] += amount
    done[one.name] = values
    return values


def _backward(values: dict[int, float], growth: Mapping[int, float], span: range) -> None:
    """Extrapolate before the first known level, at the growth rate."""
    for year in reversed(span[:-1]):
        if math.isnan(values[year]):
            values[year] = values[year + 1] / (1.0 + growth[year + 1])


def projection(span: Iterable[int], past: Mapping[int, float], future: Mapping[int, float], default: float = math.nan,
               steps: bool = False) -> dict[int, float]:
    """Linear interpolation from the last year of the past through the future values, constant after the last of them.

    Missing years within the past are also interpolated linearly; years before the first value take the default or,
    without a default, the first value. With `steps` a value holds until the next.
    """
    points = {**{y: v for y, v in future.items() if y > max(past, default=-math.inf)}, **past}
    if not points:
        return dict.fromkeys(span, default)
    if not future and math.isnan(default):
        # observed only: no projection
        return {y: (_line(points, y, steps) if y <= max(points) else math.nan) for y in span}
    first = min(points)
    before = default if not math.isnan(default) else points[first]
    return {y: (before if y < first else _line(points, y, steps)) for y in span}


def _line(points: Mapping[int, float], year: int, steps: bool) -> float:
    knots = sorted(points)
    if steps:
        return points[max([k for k in knots if k <= year], default=knots[0])]
    return float(np.interp(year, knots, [points[k] for k in knots]))
