"""Monitoring of the province (9.2): components of the composite index, the index, lights, milestone quantities.

Each is computed where its inputs are available; missing inputs are listed, never imputed.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from sim.core.arrays import Flags, Floats
from sim.indicators import coordination, counties, inequality, lights
from sim.indicators.declared import indicator
from sim.words import BASE_YEAR, RURAL

FIRST_WINDOW_END, WINDOW = 2015, 5
BUILT = ("land_residential", "land_industrial", "land_infrastructure", "land_rural")


# ---- formulas -------------------------------------------------------------------------------------------------


def relative(county: ArrayLike, province: ArrayLike) -> Floats:
    """County value over the provincial value; [..., county] and [...]."""
    return counties.ratio(county, np.asarray(province, dtype=float)[..., None])


def lowest_over_mean(x: ArrayLike, weight: ArrayLike, members: ArrayLike | None = None) -> Floats:
    """The lowest value over the weighted mean."""
    values, _ = inequality.chosen(x, weight, members)
    return values.min(axis=-1) / inequality.mean(x, weight, members)


def change(now: ArrayLike, before: ArrayLike) -> Floats:
    """now / before - 1."""
    return counties.ratio(now, before) - 1.0


def mean_ratio(now: ArrayLike, people_now: ArrayLike, before: ArrayLike, people_before: ArrayLike,
               members: ArrayLike | None = None) -> Floats:
    """Resident-weighted mean of now over that of an earlier year."""
    return counties.ratio(inequality.mean(now, people_now, members), inequality.mean(before, people_before, members))


def land_intensity(built: ArrayLike, built_before: ArrayLike, output: ArrayLike, output_before: ArrayLike) -> Floats:
    """New construction land per growth of output, ha per million CNY; infinite for land conversion without growth."""
    new, growth = np.asarray(built) - built_before, np.asarray(output) - output_before
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(growth > 0, new / np.where(growth > 0, growth, 1.0), np.where(np.isnan(new + growth), np.nan,
                                                                                    np.inf))


def share_of(part: Floats, whole: Floats, members: Flags | None = None) -> Floats:
    """Share of a group of persons in all persons, over the units compared."""
    inside = slice(None) if members is None else members
    return np.sum(part[..., inside], axis=-1) / np.sum(whole[..., inside], axis=-1)


def share_below(x: ArrayLike, border: float, members: ArrayLike | None = None) -> Floats:
    """Share of units below a threshold, unweighted; nan unless all are known."""
    values, _ = inequality.chosen(x, None, members)
    return np.where(np.isnan(values).any(axis=-1), np.nan, (values < border).mean(axis=-1))


# ---- the table ------------------------------------------------------------------------------------------------


def _province(name, function, needs, unit, says, says_zh, section, keep="county", **more):
    return indicator(name, function, needs, unit, says, says_zh, section, dims=(), keep=keep, **more)


PARTS = (
    indicator("inc_rel", relative, ("inc_pc", "province_inc_pc"), "ratio", "Income per head over that of the province",
              "居民人均收入与全省之比", "1"),
    _province("province_svc", lambda x, w, m, g: inequality.mean(x, w, m), ("svc", "population_mid"),
              "base-year mean = 1", "Public services of the province, mean of residents", "全省公共服务指数", "7",
              compares=True),
    indicator("svc_rel", relative, ("svc", "province_svc"), "ratio", "Public services over those of the province",
              "公共服务与全省之比", "7"),
    indicator("pop_change5", change, ("population", "population@-5"), "share", "Change of residents in five years",
              "五年常住人口变动", "5"),
    _province("cvu_fis_pc", lambda x, m, g: inequality.variation(x, None, m), ("fis_pc",), "ratio",
              "Unweighted coefficient of variation: budget resources per standard head", "标准人均财力未加权变异系数",
              "8.2", compares=True),
    _province("fis_low", lambda x, w, m, g: lowest_over_mean(x, w, m), ("fis_pc", "population_mid"), "ratio",
              "Lowest budget resources per standard head over the mean", "最低标准人均财力与均值之比", "8.2",
              compares=True),
    _province("svc_low", lambda x, w, m, g: lowest_over_mean(x, w, m), ("svc", "population_mid"), "ratio",
              "Lowest public services over the mean", "最低公共服务与均值之比", "7", compares=True),
    _province("cvu_acc", lambda x, m, g: inequality.variation(x, None, m), ("acc",), "ratio",
              "Unweighted coefficient of variation: market access", "交通可达性未加权变异系数", "4.1", compares=True),
    _province("province_entitlement", lambda x, w, m, g: inequality.mean(x, w, m), ("entitlement", "population_mid"),
              "share", "Entitlement of residents to local services", "全省公共服务享有度", "7", compares=True),
    _province("province_registered_here", lambda local, everybody, m, g: share_of(local, everybody, m),
              ("residents_local", "population"), "share", "Share of residents registered in their county of residence",
              "户籍在常住地人口比重", "3.2", compares=True),
    _province("province_business_env", lambda x, w, m, g: inequality.mean(x, w, m), ("business_env", "population_mid"),
              "share", "Business environment, mean of residents", "全省营商环境", "3.1", compares=True),
    _province("province_net_r", lambda x, zones, m, g: inequality.mean(x, zones[..., RURAL], m),
              ("net_r", "population_zone"), "share", "Share of the province's rural residents with the five networks",
              "全省农村五网覆盖率", "3.2", compares=True),
    _province("border_left", lambda a, wa, b, wb, m, g: mean_ratio(a, wa, b, wb, m),
              ("border_minutes", "population_mid", f"border_minutes@{BASE_YEAR}", f"population_mid@{BASE_YEAR}"),
              "ratio", "Border time between counties relative to 2010", "行政边界时间与2010年之比",
              "9.1", compares=True),
    _province("province_redline", lambda x, land, m, g: inequality.mean(x, land, m),
              ("redline_ratio", "land_cultivated"), "ratio", "Cultivated land of the province over its red line",
              "全省耕地与红线之比", "3.2", compares=True),
    _province("carbon_left", counties.ratio,
              ("province_emission_intensity", f"province_emission_intensity@{BASE_YEAR}"), "ratio",
              "Carbon dioxide per unit of GDP relative to 2010", "单位生产总值碳排放与2010年之比", "6.1"),
    _province("province_built", lambda *uses: np.sum(sum(uses), axis=-1), BUILT, "ha",
              "Construction land of the province", "全省建设用地", "3.2", kind="stock"),
    _province("land_intensity", land_intensity,
              ("province_built", f"province_built@-{WINDOW}", "province_gdp", f"province_gdp@-{WINDOW}"),
              "ha per million CNY", "New construction land over five years per unit of GDP growth",
              "单位增长新增建设用地", "3.2"),
    _province("land_left", counties.ratio, ("land_intensity", f"land_intensity@{FIRST_WINDOW_END}"), "ratio",
              "New construction land per unit of GDP growth, relative to 2010-15",
              "单位增长新增建设用地与2010-15年之比", "3.2"),
    _province("leverage_sound", lambda x, m, g: share_below(x, lights.BY_NAME["leverage"].borders[2], m), ("lev",),
              "share", "Share of counties without a red debt light", "债务率非红色市县比例", "8.3", compares=True),
    _province("poverty_rural", lambda zones: zones[..., RURAL], ("province_poverty",), "share",
              "Share of rural residents below the poverty line", "农村贫困发生率", "1"),
)


def _light(light):
    card_words = (f"Light: {light.says.lower()}", f"{light.says_zh}预警灯")
    return indicator(f"light_{light.name}", lambda x: lights.colour(x, light.borders, light.much_is_bad),
                     (light.watches,), "0 green to 3 red", *card_words, light.section, masked=True)


LIGHT_NAMES = tuple(f"light_{light.name}" for light in lights.LIGHTS)
LIGHTS = (
    *map(_light, lights.LIGHTS),
    indicator("worst_light", lambda found: lights.worst(*found.values()), (), "0 green to 3 red",
              "Most severe light of a county", "最差预警灯", "9.2", joins=LIGHT_NAMES),
    _province("lights_orange", lambda found: lights.number(lights.ORANGE, *found.values()), (), "lights",
              "Number of orange lights, all counties and kinds", "橙灯数", "9.2", joins=LIGHT_NAMES),
    _province("lights_red", lambda found: lights.number(lights.RED, *found.values()), (), "lights",
              "Number of red lights, all counties and kinds", "红灯数", "9.2", joins=LIGHT_NAMES),
)
AREA_WORDS = {
    "gaps": ("narrowing gaps", "区域差距"), "integration": ("urban-rural and regional integration", "城乡区域一体化"),
    "environment": ("resources and environment", "资源环境"),
}
AREA_NAMES = tuple(f"u_{area}" for area in coordination.AREAS)
COORDINATION = (
    *(_province(f"u_{area}", coordination.area_index, (), "index 0 to 1",
                f"Area of coordination: {AREA_WORDS[area][0]}", f"协调分指数：{AREA_WORDS[area][1]}", "9.2",
                joins=tuple(part.name for part in parts), least=coordination.LEAST_PARTS, placed=True)
      for area, parts in coordination.AREAS.items()),
    _province("rci", coordination.composite, AREA_NAMES, "index 0 to 100", "Composite index of regional coordination",
              "区域协调发展指数", "9.2", keep="headline"),
    _province("coupling", coordination.coupling, AREA_NAMES, "index 0 to 1", "Coupling of the three areas (C)",
              "耦合度", "9.2"),
    _province("development", coordination.development, AREA_NAMES, "index 0 to 1", "Mean of the three areas (T)",
              "综合发展指数", "9.2"),
    _province("coordination", coordination.coordination, AREA_NAMES, "index 0 to 1",
              "Degree of coordinated development (D)", "耦合协调度", "9.2"),
)
MONITORED = (*PARTS, *LIGHTS, *COORDINATION)
PROVINCIAL = ("province_poverty", "longest_journey", "compensation_covered")
"""Provincial columns used by indicators or milestones."""
