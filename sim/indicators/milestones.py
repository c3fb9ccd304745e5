"""Milestones of chapter 1 made testable (D.5): conditions on indicators in 2020, 2025 and 2035; thresholds are ours.

A milestone is met in a run when all its conditions hold; over an ensemble this is a probability. What a run lacks is
"not computed", with its reason, and never passed in silence.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

RELATIONS: Mapping[str, Callable] = {
    ">=": np.greater_equal, ">": np.greater, "<=": np.less_equal, "<": np.less,
}


class Condition(NamedTuple):
    """An indicator of the province, or its ratio to a year before, against a bound."""

    indicator: str
    relation: str
    bound: float
    against: int | None = None

    def __str__(self) -> str:
        return f"{self.indicator}{f' / {self.against}' if self.against else ''} {self.relation} {self.bound:g}"


class Milestone(NamedTuple):
    """A test of an aim in a year."""

    id: str
    year: int
    section: str
    says: str
    says_zh: str
    conditions: tuple[Condition, ...]


AIMS = {
    2020: ("the new mechanism stands; breakthroughs in services, policy regulation and safeguards",
           "新机制建立，公共服务、政策调控与保障取得突破"),
    2025: ("fits the free trade port; business environment first-rate in China, services nationally advanced, "
           "transport network basically built, ecology leading",
           "与自由贸易港相适应，营商环境国内一流，公共服务国内先进，交通网络基本建成，生态领先"),
    2035: ("mature; business environment among the world's best, services advanced, resource efficiency leading",
           "更加成熟完善，营商环境全球前列，公共服务先进，资源利用效率领先"),
    2050: ("modern governance and prosperity: reported, without a pass mark", "治理现代化：只报告，不设标准"),
}
MILESTONES = (
    Milestone("M20a", 2020, "6.1", "compensation on all rivers of 500 km2 that cross counties",
              "流域面积500平方公里以上跨市县河流全部建立横向补偿", (Condition("compensation_covered", ">=", 0.99),)),
    Milestone("M20b", 2020, "1", "rural poverty below half a per cent", "农村贫困发生率低于0.5%",
              (Condition("poverty_rural", "<", 0.005),)),
    Milestone("M20c", 2020, "7", "public services less unequal than in 2018", "公共服务差距小于2018年",
              (Condition("cvu_svc", "<", 1.0, 2018),)),
    Milestone("M20d", 2020, "8.2", "lowest budget resources per standard head at three quarters of the mean",
              "最低标准人均财力达到均值的75%", (Condition("fis_low", ">=", 0.75),)),
    Milestone("M25a", 2025, "3.1", "business environment", "营商环境",
              (Condition("province_business_env", ">=", 0.80),)),
    Milestone("M25b", 2025, "7", "services 15 % above 2019, the lowest at .85 of the mean",
              "公共服务比2019年提高15%，最低者达到均值的85%",
              (Condition("province_svc", ">=", 1.15, 2019), Condition("svc_low", ">=", 0.85))),
    Milestone("M25c", 2025, "4.1", "every county reached from every other in three hours", "各市县间三小时互通",
              (Condition("longest_journey", "<=", 180.0),)),
    Milestone("M25d", 2025, "6.1", "river sections at class III or better", "断面水质优良比例",
              (Condition("province_water_good", ">=", 0.95),)),
    Milestone("M25e", 2025, "1", "income per head less unequal than in 2019", "人均收入差距小于2019年",
              (Condition("theil_inc_pc", "<", 1.0, 2019),)),
    Milestone("M35a", 2035, "3.1", "business environment among the best", "营商环境全球前列",
              (Condition("province_business_env", ">=", 0.92),)),
    Milestone("M35b", 2035, "7", "equal services, to which all residents are entitled",
              "公共服务均等并覆盖全部常住人口",
              (Condition("cvu_svc", "<=", 0.10), Condition("province_entitlement", ">=", 0.98))),
    Milestone("M35c", 2035, "1", "output and income per head clearly less unequal than in 2019",
              "人均生产总值与人均收入差距明显小于2019年",
              (Condition("cv_gdp_pc", "<=", 0.85, 2019), Condition("theil_inc_pc", "<=", 0.80, 2019))),
    Milestone("M35d", 2035, "3.2", "urban over rural income", "城乡居民收入比",
              (Condition("province_ur_ratio", "<=", 1.9),)),
    Milestone("M35e", 2035, "6.1", "clean rivers, and half the carbon dioxide per GDP of 2019",
              "河流清洁，碳排放强度比2019年减半",
              (Condition("province_water_good", ">=", 0.97),
               Condition("province_emission_intensity", "<=", 0.5, 2019))),
    Milestone("M35f", 2035, "8.3", "no county under a red debt light", "没有债务率红色市县",
              (Condition("leverage_sound", ">=", 1.0),)),
)
NEEDED = tuple(dict.fromkeys(c.indicator for m in MILESTONES for c in m.conditions))


class Outcome(NamedTuple):
    """A milestone over an ensemble: the share of runs that meet it, or why that is not known.

    `values` are the medians of the quantities of its conditions.
    """

    milestone: Milestone
    probability: float
    runs: int
    values: tuple[float, ...]
    reason: str = ""

    @property
    def computed(self) -> bool:
        """Whether there is a probability."""
        return not self.reason


def quantity(condition: Condition, year: int, values: ArrayLike, years: Sequence[int]) -> np.ndarray:
    """What a condition bounds [run]: `values` [run, year] of a year, or over those of the year it is against.

    nan or infinite where the earlier value is zero; ValueError where a year is not among `years`.
    """
    years = list(np.asarray(years))
    values = np.asarray(values, dtype=float)
    now = values[..., years.index(year)]
    if condition.against is None:
        return now
    with np.errstate(divide="ignore", invalid="ignore"):
        return now / values[..., years.index(condition.against)]


def outcome(milestone: Milestone, known: Mapping[str, np.ndarray], years: Sequence[int],
            why: Callable[[str], str] = lambda name: "") -> Outcome:
    """A milestone over the runs of a scenario; `known` [run, year] by indicator, `why(name)` why one is lacking."""
    years = [int(year) for year in years]
    lacking = _lacking(milestone, known, years, why)
    if lacking:
        return Outcome(milestone, float("nan"), 0, (), lacking)
    found = [quantity(c, milestone.year, known[c.indicator], years) for c in milestone.conditions]
    counted = np.isfinite(np.stack(found)).all(axis=0)
    if not counted.any():
        names = ", ".join(c.indicator for c, x in zip(milestone.conditions, found) if not np.isfinite(x).any())
        return Outcome(milestone, float("nan"), 0, (), f"{names or 'a value'} is not known in {milestone.year}")
    met = np.stack([RELATIONS[c.relation](x[counted], c.bound) for c, x in zip(milestone.conditions, found)])
    return Outcome(milestone, float(met.all(axis=0).mean()), int(counted.sum()),
                   tuple(float(np.median(x[counted])) for x in found))


def _lacking(milestone, known, years, why) -> str:
    names = [c.indicator for c in milestone.conditions if c.indicator not in known]
    if names:
        return "; ".join(f"{name} is not there" + (f" ({reason})" if (reason := why(name)) else "") for name in names)
    wanted = {milestone.year, *(c.against for c in milestone.conditions if c.against)} - set(years)
    return f"no {', '.join(map(str, sorted(wanted)))} in the years {years[0]}-{years[-1]}" if wanted else ""


def outcomes(known: Mapping[str, np.ndarray], years: Sequence[int],
             why: Callable[[str], str] = lambda name: "") -> list[Outcome]:
    """All milestones, in order."""
    return [outcome(milestone, known, years, why) for milestone in MILESTONES]
