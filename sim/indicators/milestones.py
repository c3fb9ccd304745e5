"""Testable milestones of chapter 1 (D.5): conditions on indicators in 2020, 2025 and 2035; thresholds are our choice.

A milestone is met in a run when all its conditions hold; over an ensemble this is a probability. A condition without
data is "not computed", with the reason, and never counts as passed.
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
    """A bound on an indicator of the province, or on its ratio to an earlier year."""

    indicator: str
    relation: str
    bound: float
    against: int | None = None

    def __str__(self) -> str:
        return f"{self.indicator}{f' / {self.against}' if self.against else ''} {self.relation} {self.bound:g}"


class Milestone(NamedTuple):
    """A test of a goal in a year."""

    id: str
    year: int
    section: str
    says: str
    says_zh: str
    conditions: tuple[Condition, ...]


AIMS = {
    2020: ("the new mechanism is established; breakthroughs in services, policy regulation and safeguards",
           "新机制建立，公共服务、政策调控与保障取得突破"),
    2025: ("adapted to the free trade port; business environment first-rate in China, services nationally advanced, "
           "transport network basically complete, ecology leading",
           "与自由贸易港相适应，营商环境国内一流，公共服务国内先进，交通网络基本建成，生态领先"),
    2035: ("mature; business environment among the world's best, services advanced, resource efficiency leading",
           "更加成熟完善，营商环境全球前列，公共服务先进，资源利用效率领先"),
    2050: ("modern governance and prosperity: reported, without a pass mark", "治理现代化：只作展示，不设达标标准"),
}
MILESTONES = (
    Milestone("M20a", 2020, "6.1", "horizontal compensation on all cross-county rivers with basins of 500 km2 and more",
              "流域面积500平方公里以上跨市县河流全部建立横向补偿", (Condition("compensation_covered", ">=", 0.99),)),
    Milestone("M20b", 2020, "1", "rural poverty rate below 0.5 %", "农村贫困发生率低于0.5%",
              (Condition("poverty_rural", "<", 0.005),)),
    Milestone("M20c", 2020, "7", "public services less unequal than in 2018", "公共服务差距小于2018年",
              (Condition("cvu_svc", "<", 1.0, 2018),)),
    Milestone("M20d", 2020, "8.2", "lowest budget resources per standard head at least 75 % of the mean",
              "最低标准人均财力达到均值的75%", (Condition("fis_low", ">=", 0.75),)),
    Milestone("M25a", 2025, "3.1", "business environment", "营商环境",
              (Condition("province_business_env", ">=", 0.80),)),
    Milestone("M25b", 2025, "7", "public services 15 % above 2019, the lowest at least 85 % of the mean",
              "公共服务比2019年提高15%，最低者达到均值的85%",
              (Condition("province_svc", ">=", 1.15, 2019), Condition("svc_low", ">=", 0.85))),
    Milestone("M25c", 2025, "4.1", "travel between any two counties within three hours", "各市县间三小时互通",
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
    Milestone("M35c", 2035, "1", "output and income per head markedly less unequal than in 2019",
              "人均生产总值与人均收入差距明显小于2019年",
              (Condition("cv_gdp_pc", "<=", 0.85, 2019), Condition("theil_inc_pc", "<=", 0.80, 2019))),
    Milestone("M35d", 2035, "3.2", "urban over rural income", "城乡居民收入比",
              (Condition("province_ur_ratio", "<=", 1.9),)),
    Milestone("M35e", 2035, "6.1", "clean rivers, and carbon intensity half that of 2019",
              "河流清洁，碳排放强度比2019年减半",
              (Condition("province_water_good", ">=", 0.97),
               Condition("province_emission_intensity", "<=", 0.5, 2019))),
    Milestone("M35f", 2035, "8.3", "no county with a red debt light", "没有债务率红色市县",
              (Condition("leverage_sound", ">=", 1.0),)),
)
NEEDED = tuple(dict.fromkeys(c.indicator for m in MILESTONES for c in m.conditions))


class Outcome(NamedTuple):
    """A milestone over an ensemble: the share of runs that meet it, or the reason it is not computed.

    `values` are the medians of the quantities in its conditions.
    """

    milestone: Milestone
    probability: float
    runs: int
    values: tuple[float, ...]
    reason: str = ""

    @property
    def computed(self) -> bool:
        """Whether a probability is available."""
        return not self.reason


def quantity(condition: Condition, year: int, values: ArrayLike, years: Sequence[int]) -> np.ndarray:
    """The quantity bounded by a condition [run]: `values` [run, year] of its year, or relative to its reference year.

    nan or infinite where the reference value is zero; ValueError where a year is not in `years`.
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
    """A milestone over the runs of a scenario; `known` [run, year] by indicator, `why(name)`: why one is missing."""
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
