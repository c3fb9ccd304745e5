"""The composite index of regional coordination (D.4): three areas, their mean and their coupling.

Each component is scaled between goalposts, u = clip((x - worst) / (best - worst), 0, 1); an area U is the mean of its
known components, of which at least three are required. Every component is an outcome for people, places, land or water,
never the setting of a lever. The goalposts are our choice; other goalposts and weights are arguments. Pure functions on
arrays of any shape.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from sim.core.arrays import Floats


class Part(NamedTuple):
    """One indicator of an area with its goalposts: the values scored 0 and 1."""

    name: str
    worst: float
    best: float
    says: str
    says_zh: str


AREAS: Mapping[str, tuple[Part, ...]] = {
    "gaps": (
        Part("theil_inc_pc", 0.15, 0.0, "Theil index of income per head", "人均收入泰尔指数"),
        Part("cv_gdp_pc", 0.8, 0.1, "weighted coefficient of variation of GDP per head", "人均生产总值加权变异系数"),
        Part("cvu_svc", 0.5, 0.05, "coefficient of variation of public services", "公共服务变异系数"),
        Part("cvu_fis_pc", 0.6, 0.05, "coefficient of variation of budget resources per standard head",
             "标准人均财力变异系数"),
        Part("province_basic_living", 0.3, 0.6, "income of the poorest fifth over the median", "最低收入组相对收入"),
    ),
    "integration": (
        Part("province_ur_ratio", 3.0, 1.5, "urban over rural income", "城乡居民收入比"),
        Part("cvu_acc", 0.6, 0.1, "coefficient of variation of market access", "交通可达性变异系数"),
        Part("province_registered_here", 0.6, 0.95, "share of residents registered where they live",
             "户籍在常住地人口比重"),
        Part("province_net_r", 0.5, 1.0, "share of rural residents with the five networks", "农村五网覆盖率"),
    ),
    "environment": (
        Part("province_water_good", 0.8, 1.0, "river sections at class III or better", "断面水质优良比例"),
        Part("province_redline", 0.97, 1.03, "cultivated land over its red line", "耕地与红线之比"),
        Part("carbon_left", 1.0, 0.2, "carbon dioxide per unit of GDP relative to 2010",
             "单位生产总值碳排放与2010年之比"),
        Part("land_left", 1.0, 0.2, "new land per unit of GDP growth relative to 2010-15",
             "单位增长新增建设用地与2010-15年之比"),
        Part("leverage_sound", 0.7, 1.0, "share of counties without a red debt light", "债务率非红色市县比例"),
    ),
}
PARTS = {part.name: part for area in AREAS.values() for part in area}
LEAST_PARTS = 3

CLASSES = (
    (0.4, "out of balance", "失调"), (0.5, "near imbalance", "濒临失调"), (0.6, "barely coordinated", "勉强协调"),
    (0.7, "primary coordination", "初级协调"), (0.8, "intermediate coordination", "中级协调"),
    (0.9, "good coordination", "良好协调"), (np.inf, "high coordination", "优质协调"),
)


def merit(x: ArrayLike, worst: float, best: float) -> Floats:
    """u = clip((x - worst) / (best - worst), 0, 1): 0 at the worst goalpost, 1 at the best, in either direction."""
    return np.clip((np.asarray(x, dtype=float) - worst) / (best - worst), 0.0, 1.0)


def area_index(values: Mapping[str, np.ndarray], goalposts: Mapping | None = None,
               weights: Mapping | None = None) -> Floats:
    """U of an area, 0 to 1: the weighted mean of the scores of its components; `values` by component, of one shape.

    `goalposts` (worst, best) and `weights` by name replace ours.
    """
    posts, weights = goalposts or {}, weights or {}
    total, sums = np.zeros(()), 0.0
    for name, x in values.items():
        worst, best = posts.get(name, (PARTS[name].worst, PARTS[name].best))
        weight = weights.get(name, 1.0)
        total, sums = total + weight * merit(x, worst, best), sums + weight
    return total / sums


def composite(*areas: Floats) -> Floats:
    """RCI = 100 (U1 U2 U3)^(1/3): the geometric mean, so that no area compensates for another at zero."""
    return 100.0 * np.prod(np.stack(np.broadcast_arrays(*areas)), axis=0) ** (1.0 / len(areas))


def coupling(*areas: Floats) -> Floats:
    """C = sqrt( [1 - sum |U_i - U_j| / (n (n-1) / 2)] [prod U_i / max U]^(1/(n-1)) ) (Wang et al. 2021).

    1 where all areas are equal, 0 where one is zero.
    """
    u = np.stack(np.broadcast_arrays(*areas)).astype(float)
    n = len(u)
    first, second = np.triu_indices(n, 1)
    apart = np.sum(np.abs(u[first] - u[second]), axis=0) / (n * (n - 1) / 2)
    most = u.max(axis=0)
    relative = u / np.where(most > 0, most, 1.0)
    return np.sqrt(np.maximum(0.0, 1.0 - apart) * np.prod(relative, axis=0) ** (1.0 / (n - 1)))


def development(*areas: Floats) -> Floats:
    """T = mean U, 0 to 1; areas of one shape."""
    return np.mean(np.stack(np.broadcast_arrays(*areas)), axis=0)


def coordination(*areas: Floats) -> Floats:
    """D = sqrt(C T), 0 to 1; areas of one shape."""
    return np.sqrt(coupling(*areas) * development(*areas))


def class_of(value: float, lang: str = "en") -> str:
    """The class of D in words; empty where D is unknown."""
    if not np.isfinite(value):
        return ""
    return next(words[lang == "zh"] for border, *words in CLASSES if value < border)


# ---- sensitivity to weights -----------------------------------------------------------------------------------


def entropy_weights(merits: ArrayLike) -> Floats:
    """Entropy weights of components: scores [observation, component] -> [component], summing to 1.

    e = -sum p ln p / ln n with p the share of an observation in its component; a constant component gets no weight.
    """
    u = np.asarray(merits, dtype=float)
    total = u.sum(axis=0)
    p = np.where(total > 0, u / np.where(total > 0, total, 1.0), 1.0 / len(u))
    entropy = -np.sum(np.where(p > 0, p * np.log(np.where(p > 0, p, 1.0)), 0.0), axis=0) / np.log(len(u))
    told = np.clip(1.0 - entropy, 0.0, None)
    return told / told.sum() if told.sum() > 0 else np.full(u.shape[1], 1.0 / u.shape[1])


def dirichlet_weights(parts: int, draws: int, seed: int = 0) -> Floats:
    """Weights [draw, component] drawn uniformly from the simplex."""
    return np.random.default_rng(seed).dirichlet(np.ones(parts), draws)


def under_weights(merits: ArrayLike, weights: Floats) -> Floats:
    """U under each set of weights: scores [..., component], weights [draw, component] -> [draw, ...]."""
    return np.einsum("...p,dp->d...", np.asarray(merits, dtype=float), weights)
