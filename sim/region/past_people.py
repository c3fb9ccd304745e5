"""Observed population: residents, registration, schooling, employment, in the units of results."""

from __future__ import annotations

import numpy as np

from sim.region import margins
from sim.region.pack import DERIVED, IMPUTED, MISSING, Pack
from sim.region.panels import LAST_PRINTED_YEAR, YEARS, Panel, combined, counties, stacked, total
from sim.region.schema import AGE_LABELS
from sim.words import BASE_YEAR

CENSUS_YEARS = (2000, 2010, 2020)
CENSUS_MOMENT = 10 / 12  # 1 November, as a fraction of the year
OLD_BASIS_YEARS = range(2011, 2020)  # residents between two censuses, before revision
REVISED_FROM = 2020
AGE_PARTS = (("0", "1_4"), *((a,) for a in AGE_LABELS[2:]))
BRANCHES = ("primary", "secondary", "tertiary")


def population(pack: Pack) -> Panel:
    """Residents: censuses, and year ends on the basis of the 2020 census."""
    census = counties(pack, "resident_census").only(CENSUS_YEARS)
    return census.or_else(counties(pack, "resident_yearend").only(range(REVISED_FROM + 1, LAST_PRINTED_YEAR + 1)))


def population_old_basis(pack: Pack) -> Panel:
    """Residents at year end before the revision by the 2020 census."""
    printed = counties(pack, "resident_yearend").or_else(counties(pack, "resident_yearend", "economy"))
    return printed.or_else(counties(pack, "resident_yearend_prerevision")).only(OLD_BASIS_YEARS)


def population_mid(pack: Pack) -> Panel:
    """Residents at mid-year, interpolated at constant growth between two counts of `population`."""
    counted = population(pack).only((*CENSUS_YEARS[1:], *range(REVISED_FROM + 1, LAST_PRINTED_YEAR + 1)))
    before = population(pack).only(CENSUS_YEARS[:1])
    points = counted.or_else(before)
    moments = np.array([y + (CENSUS_MOMENT if y in CENSUS_YEARS else 1.0) for y in YEARS])
    middles = np.array(YEARS) + 0.5
    values = np.full(points.values.shape, np.nan)
    for row in range(values.shape[1]):
        known = points.flags[:, row] != MISSING
        if known.sum() > 1:
            line = np.log(np.maximum(points.values[known, row], 1.0))
            values[:, row] = np.exp(np.interp(middles, moments[known], line, left=np.nan, right=np.nan))
    near = np.isin(YEARS, CENSUS_YEARS)[:, None]
    flags = np.where(np.isnan(values), MISSING, np.where(near, DERIVED, IMPUTED)).astype(np.uint8)
    return Panel(values, flags)


def population_zone(pack: Pack) -> Panel:
    """Urban and rural residents of the censuses."""
    return stacked(counties(pack, "urban_population"), counties(pack, "rural_population")).only(CENSUS_YEARS)


def population_age(pack: Pack) -> Panel:
    """Residents by census age group, both sexes."""
    groups = [[counties(pack, f"{sex}_age_{a}") for sex in ("male", "female") for a in ages] for ages in AGE_PARTS]
    return stacked(*(total(*parts) for parts in groups)).only(CENSUS_YEARS)


def schooling(pack: Pack) -> Panel:
    """Residents by schooling in three classes, of the ages covered by each census."""
    low = [counties(pack, f"education_{level}") for level in ("none", "primary", "junior_secondary")]
    preschool = counties(pack, "education_preschool")
    known = (preschool.flags != MISSING) | (low[0].flags == MISSING)
    none_there = Panel(np.where(known, preschool.values, 0.0), np.where(known, preschool.flags, low[0].flags))
    college = [counties(pack, f"education_{level}") for level in ("junior_college", "bachelor_plus")]
    senior = counties(pack, "education_senior_secondary")
    return stacked(total(none_there, *low), senior, total(*college)).only(CENSUS_YEARS)


def population_skill(pack: Pack) -> Panel:
    """Residents of 18 and over with college; the lower classes of 18 and over are not published."""
    college = schooling(pack)
    unknown = np.array([True, True, False])
    return college.without(unknown).flagged(DERIVED)


def registered(pack: Pack) -> Panel:
    """Registered population: the count of the 2010 census, then police year ends."""
    later = counties(pack, "hukou_population").only(range(CENSUS_YEARS[1] + 1, LAST_PRINTED_YEAR + 1))
    return counties(pack, "hukou_population_census").only(CENSUS_YEARS[1:2]).or_else(later)


def residents_other_province(pack: Pack) -> Panel:
    """Residents registered in another province."""
    return counties(pack, "migrants_hukou_other_province").only(CENSUS_YEARS)


def residents_local(pack: Pack) -> Panel:
    """Residents registered in the county: registered less absent persons; unknown for cities with districts."""
    return combined(np.subtract, registered(pack), counties(pack, "registered_absent_est"), least=DERIVED)


def residents_other_county(pack: Pack) -> Panel:
    """Residents registered in another county: residents minus local minus other province."""
    return combined(lambda all_of_them, local, other: all_of_them - local - other,
                    population(pack), residents_local(pack), residents_other_province(pack), least=DERIVED)


def printed_other_county(pack: Pack) -> Panel:
    """The published class, including moves between the districts of Haikou and of Sanya."""
    return counties(pack, "migrants_hukou_other_county").only(CENSUS_YEARS)


def branch_workers(pack: Pack) -> Panel:
    """Shares of the branches in employed residents; in 2020 from the industries of the long form."""
    printed = stacked(*(counties(pack, f"employed_{b}_share") for b in BRANCHES)).scaled(0.01)
    industry = {name: counties(pack, f"lf_ind_{name}").only(CENSUS_YEARS[2:]) for name in _industries(pack)}
    secondary = ("mining", "manufacturing", "utilities", "construction")
    if not set(secondary) <= industry.keys():
        return printed
    filled = {name: _zero_where_unprinted(panel, industry["agriculture"]) for name, panel in industry.items()}
    parts = (filled["agriculture"], total(*(filled[n] for n in secondary)),
             total(*(p for n, p in filled.items() if n not in ("agriculture", *secondary))))
    everyone = total(*parts)
    return printed.or_else(stacked(*(combined(np.divide, p, everyone, least=DERIVED) for p in parts)))


def _industries(pack: Pack) -> tuple[str, ...]:
    names = (v for v in pack.variables("population") if v.startswith("lf_ind_"))
    return tuple(v.removeprefix("lf_ind_") for v in names)


def _zero_where_unprinted(panel: Panel, beside: Panel) -> Panel:
    """An industry without workers in the sample is not published: zero, if the county has a long form."""
    gap = (panel.flags == MISSING) & (beside.flags != MISSING)
    return Panel(np.where(gap, 0.0, panel.values), np.where(gap, beside.flags, panel.flags).astype(np.uint8))


def employed(pack: Pack) -> Panel:
    """Employed residents by sector: industries of the long form, scaled by its share of households."""
    values = np.full((len(YEARS), pack.n, len(margins.SECTOR_LETTERS)), np.nan)
    for year in CENSUS_YEARS[1:]:
        by_industry = _workers_of(pack, year)
        if by_industry is not None:
            there = pack.active & (by_industry.sum(0) > 0)
            made = margins.sectors(by_industry, pack.group("coast"))
            values[YEARS.index(year)] = np.where(there[:, None], made, np.nan)
    trust = np.where([s == "M" for s in margins.SECTOR_LETTERS], IMPUTED, DERIVED)
    return Panel(values, np.where(np.isnan(values), MISSING, trust).astype(np.uint8))


def _workers_of(pack: Pack, year: int) -> np.ndarray | None:
    """Workers [industry, county] of a census year, scaled from the sample; None without a long form."""
    households, everyone = (margins.census(pack, name, year) for name in ("lf_households", "households_family"))
    needed = [households, everyone, margins.census(pack, "lf_ind_agriculture", year)]
    if np.isnan(needed).any():
        return None
    if year == BASE_YEAR:
        sample = margins.workers(pack)
    else:
        sample = np.stack([np.nan_to_num(margins.census(pack, f"lf_ind_{i.name}", year)) for i in margins.INDUSTRIES])
    rate = np.where(everyone > 0, households / np.where(everyone > 0, everyone, 1.0), 1.0)
    return sample / rate


def college_residents(pack: Pack) -> Panel:
    """Residents with junior college or more: the class defined alike in both censuses."""
    return total(*(counties(pack, f"education_{level}") for level in ("junior_college", "bachelor_plus"))).only(
        CENSUS_YEARS)


def old_residents(pack: Pack) -> Panel:
    """Residents of 65 and over."""
    return counties(pack, "age_65plus").only(CENSUS_YEARS)
