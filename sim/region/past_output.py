"""Output on one basis: first-published and revised gross domestic product combined into one series.

Yearbooks publish output first in preliminary form and, after an economic census, revised. The series of a county is on
the revised basis: from the census year the revised total, with branches scaled to it; before, first-published rows
times the ratio of the two in the census year, which tapers to one in the year of the previous census. Scaled values are
derived; up to that earlier census published rows are kept. A pack without revised rows keeps its published values.
"""

from __future__ import annotations

import numpy as np

from sim.region.pack import DERIVED, IMPUTED, MISSING, Pack
from sim.region.panels import YEARS, Panel, combined, counties, first_of, million, province, stacked, total

CENSUS_BEFORE, CENSUS_YEAR = 2013, 2018  # censuses of the economy
REVISED = "gdp_yb2024"
BRANCHES = ("primary", "secondary", "tertiary")
HALF_YEAR = 2018
COMPLETE_ZONE_TO = 2010  # last year whose county yearbook excludes the separate areas from value added

_year = np.array(YEARS)[:, None]


def first_published(pack: Pack) -> Panel:
    """Gross domestic product of the counties as first published, 1e8 CNY at current prices [year, county]."""
    return first_of(pack, "economy", "gdp", "gdp_ccy")


def revised(pack: Pack) -> Panel:
    """Gross domestic product of the counties as revised, 1e8 CNY at current prices; not for the year before the census.
    """
    return counties(pack, REVISED, "economy")


def census_ratio(pack: Pack) -> np.ndarray:
    """Revised over first-published output of the census year [county]; the provincial ratio if a county lacks either.
    """
    at = YEARS.index(CENSUS_YEAR)
    own = revised(pack).values[at] / first_published(pack).values[at]
    if not np.isfinite(revised(pack).values[at]).any():
        return np.ones(pack.n)
    after, before = (pack.province(name, CENSUS_YEAR, file="economy-province") for name in ("gdp", "gdp_prelim"))
    whole = after / before
    return np.where(np.isfinite(own), own, whole if np.isfinite(whole) else 1.0)


def tapered(pack: Pack) -> np.ndarray:
    """Factor on first-published rows [year, county]: one up to the earlier census, the ratio at the later."""
    part = np.clip((_year - CENSUS_BEFORE) / (CENSUS_YEAR - CENSUS_BEFORE), 0.0, 1.0)
    return np.where(_year > CENSUS_YEAR, 1.0, census_ratio(pack) ** part)


def one_basis(pack: Pack) -> Panel:
    """Gross domestic product of the counties on the revised basis, 1e8 CNY at current prices [year, county]."""
    early = revised(pack).only(range(YEARS[0], CENSUS_YEAR))
    late = revised(pack).only(range(CENSUS_YEAR, YEARS[-1] + 1))
    factor = tapered(pack)
    first = first_published(pack).or_else(early)
    return late.or_else(_scaled(first, factor))


def _scaled(panel: Panel, factor: np.ndarray) -> Panel:
    """A panel times factors of its cells: derived where the factor is not one."""
    flags = np.where((factor != 1) & (panel.flags != MISSING), np.maximum(panel.flags, DERIVED), panel.flags)
    return Panel(panel.values * factor, flags.astype(np.uint8))


def printed_branches(pack: Pack) -> Panel:
    """Value added of the branches as published [year, county, branch]: full tables first, then the county yearbook.

    The county yearbook excludes areas with separate accounts, so it is not used for their counties.
    """
    apart = with_accounts_apart(pack)
    return stacked(*(counties(pack, f"gdp_{b}", "economy").or_else(_of_yearbook(pack, b).without(apart))
                     for b in BRANCHES))


def with_accounts_apart(pack: Pack) -> np.ndarray:
    """Counties [county] with an area that keeps separate accounts."""
    apart = np.zeros(pack.n, dtype=bool)
    apart[[row for _, row in pack.parts]] = True
    return apart


def _of_yearbook(pack: Pack, branch: str) -> Panel:
    """Value added of a branch in the county yearbook, which has no tertiary branch."""
    if branch == "tertiary":
        return Panel(np.full((len(YEARS), pack.n), np.nan), np.zeros((len(YEARS), pack.n), np.uint8))
    return counties(pack, f"gdp_{branch}_ccy", "economy")


def branches_one_basis(pack: Pack) -> Panel:
    """Value added of the branches on the basis of `one_basis` [year, county, branch]."""
    printed, whole = printed_branches(pack), one_basis(pack)
    factor = np.broadcast_to(tapered(pack)[..., None], printed.values.shape)
    before = _scaled(printed, factor)
    shares = stacked(*(counties(pack, f"gdp_share_{b}", "economy") for b in BRANCHES))
    shares = shares.dropped((counties(pack, "gdp_excl_yangpu", "economy").flags != MISSING)[..., None])
    late = np.isin(YEARS, range(CENSUS_YEAR, YEARS[-1] + 1))[:, None] & (revised(pack).flags != MISSING)
    of_table, of_shares = (_fitted(parts, whole) for parts in (printed, shares))
    after = of_table.or_else(of_shares)
    return Panel(np.where(late[..., None], after.values, before.values),
                 np.where(late[..., None], after.flags, before.flags).astype(np.uint8))


def _fitted(parts: Panel, whole: Panel) -> Panel:
    """Branches scaled to the total of their county and year, if all are known: derived."""
    columns = [Panel(parts.values[..., i], parts.flags[..., i]) for i in range(len(BRANCHES))]
    everything = total(*columns)
    return stacked(*(combined(lambda p, e, w: p / e * w, part, everything, whole, least=DERIVED) for part in columns))


def branches_without_zone(pack: Pack) -> Panel:
    """Value added of the branches of a county excluding its area with separate accounts, as published."""
    whole, years = ~with_accounts_apart(pack), range(YEARS[0], COMPLETE_ZONE_TO + 1)
    return stacked(*(counties(pack, f"gdp_{b}_excl_yangpu", "economy").or_else(
        _of_yearbook(pack, b).without(whole).only(years)) for b in BRANCHES))


def half_year(pack: Pack) -> Panel:
    """Gross domestic product of January to June 2018 in million CNY at base prices [county]."""
    at = YEARS.index(HALF_YEAR)
    panel = million(pack, counties(pack, "gdp_h1", "economy"))
    return Panel(panel.values[at], panel.flags[at])


# --- province


def province_output(pack: Pack) -> Panel:
    """Gross domestic product of the province, revised, 1e8 CNY at current prices; the last year as first published."""
    whole = province(pack, "gdp", "economy-province")
    last = max((year for year, flag in zip(YEARS, whole.flags, strict=True) if flag != MISSING), default=YEARS[-1])
    first = province(pack, "gdp_prelim", "economy-province").only(range(last + 1, YEARS[-1] + 1))
    return whole.or_else(first)


def province_branches(pack: Pack) -> Panel:
    """First-published shares of the branches on the revised total, 1e8 CNY at current prices [year, branch].

    A single missing year takes the mean of its neighbours and is imputed.
    """
    parts = [province(pack, f"gdp_{b}_prelim", "economy-province") for b in BRANCHES]
    everything, whole = total(*parts), province_output(pack)
    shares = [_bridged(combined(np.divide, part, everything, least=DERIVED)) for part in parts]
    return stacked(*(combined(np.multiply, share, whole, least=DERIVED) for share in shares))


def _bridged(panel: Panel) -> Panel:
    """A series [year] with single gaps filled by the mean of their neighbours: imputed."""
    known = panel.flags != MISSING
    gap = np.zeros_like(known)
    gap[1:-1] = ~known[1:-1] & known[:-2] & known[2:]
    values, flags = panel.values.copy(), panel.flags.copy()
    at = np.flatnonzero(gap)
    values[at], flags[at] = (panel.values[at - 1] + panel.values[at + 1]) / 2, IMPUTED
    return Panel(values, flags)
