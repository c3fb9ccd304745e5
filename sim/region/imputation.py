"""Value added of 2010 by county and branch: observed where published in a yearbook, imputed elsewhere (F.2).

Seven units are observed in full (Haikou, Sanya and five former poverty counties) and are kept as published. Primary
and secondary output of the other eleven is published too, so only their tertiary output and the Yangpu zone are
imputed, subject to the known totals (`sim.region.tertiary`).

If a unit has no branch data at all, its total is estimated by two indicators with errors of opposite sign, of which the
geometric mean is taken: output of the first half of 2018, the only cross-section of all units, and census employment by
branch times the output per worker of the group. Its branches follow the closest published structure of the unit,
adjusted by the change of the provincial structure; without one, employment by branch times the median output per worker
of the units with data (the mean would attribute the refineries of Danzhou and Dongfang to their neighbours). Finally,
cells are raked until units sum to their totals and branches to the province.

The province is the revised series (2,020.5 for 2010, in 1e8 CNY), 1.5 % below the first-published total (2,052.12); it
takes the branch shares of the latter, as revised branches are unavailable. County yearbook values are not revised, so
the revision gap falls on the group not observed in full. Imputation errors are log-normal; draw 0 is the central
estimate, draws 1..20 have fixed random errors and meet the totals as well.

Sansha has no significant economy in 2010 and is set to 0 by convention; this is not an observation.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from sim.core.declare import Fault, UserError, parameter
from sim.core.normal import normal_quantile
from sim.core.randomness import uniforms
from sim.region import tertiary
from sim.region.pack import Pack
from sim.words import BASE_YEAR, SECONDARY_BRANCH, TERTIARY_BRANCH

BRANCHES = ("primary", "secondary", "tertiary")
CROSS_SECTION_YEAR = 2018
STRUCTURE_YEARS = (2006, *range(2015, 2022))              # closest to 2010 first
DRAWS = 20
MILLION_PER_1E8 = 100.0
_PROCESS = 101                                              # random-number address of these draws

INDUSTRY_OF_BRANCH = {
    "primary": ("agriculture",),
    "secondary": ("mining", "manufacturing", "utilities", "construction"),
}


@dataclass(frozen=True)
class Parameters:
    imputation_total_sd: float = parameter(
        0.10, unit="log", bounds=(0.05, 0.20), source="backtest on the seven observed units (F.2)",
        says="error of the imputed total of a unit")
    imputation_split_sd: float = parameter(
        0.30, unit="log", bounds=(0.10, 0.60), source="assumed (F.2): employment alone has errors of .1 to .8",
        says="error of the imputed branch of a unit, before raking")
    imputation_cross_section_weight: float = parameter(
        0.5, unit="share", bounds=(0.0, 1.0), source="backtest: equal weights are best (F.14)",
        says="weight of the cross-section of 2018 relative to employment of 2010, in logs")
    zone_secondary_share: float = parameter(
        0.80, unit="share", bounds=(0.6, 0.95), source="assumed: refinery, pulp and port of the Yangpu zone in 2015",
        says="secondary share of the development zone that later tables exclude from its county", confidence="low")


CENTRAL = Parameters()


def rake(seed: ArrayLike, rows: ArrayLike, columns: ArrayLike, rounds: int = 500) -> np.ndarray:
    """The seed [row, column] scaled until rows and columns have the given sums (iterative proportional fitting)."""
    cells = np.array(seed, dtype=np.float64)
    rows, columns = np.asarray(rows, dtype=np.float64), np.asarray(columns, dtype=np.float64)
    if not np.isclose(rows.sum(), columns.sum(), rtol=1e-9):
        raise ValueError("rows and columns to rake to have different sums")
    for _ in range(rounds):
        cells *= _ratio(columns, cells.sum(axis=0))
        step = _ratio(rows, cells.sum(axis=1))
        cells *= step[:, None]
        if np.abs(step - 1).max(initial=0.0) < 1e-14:
            break
    return cells


def _ratio(asked, have) -> np.ndarray:
    return np.divide(asked, have, out=np.zeros_like(asked), where=have > 0)


# -- data of the pack -------------------------------------------------------------------------------------------------


def observed(pack: Pack) -> np.ndarray:
    """Published value added [county, branch] of 2010, million CNY at current prices; nan where a unit has no full
    table.
    """
    return tertiary.full_tables(pack)


def imputed_mask(pack: Pack) -> np.ndarray:
    """Units [county] whose value added of 2010 is not observed in full (Sansha among them)."""
    return np.isnan(observed(pack)).any(axis=1)


def imputed_cells(pack: Pack) -> np.ndarray:
    """Cells [county, branch] of 2010 that are imputed: all of a unit without a full table or, with two published
    branches, its tertiary output and the secondary output of a unit whose zone keeps separate accounts.
    """
    mask = np.repeat(imputed_mask(pack)[:, None], len(BRANCHES), axis=1)
    if tertiary.two_branches_known(pack, observed(pack)):
        mask[pack.active, :TERTIARY_BRANCH] = False
        apart = [row for _, row in pack.parts if mask[row, TERTIARY_BRANCH]]
        mask[apart, SECONDARY_BRANCH] = True
    return mask


def province_branches(pack: Pack, year: int = BASE_YEAR) -> np.ndarray:
    """Provincial value added [branch], million CNY at current prices: the revised total with first-published branch
    shares.
    """
    first = np.array([pack.province(f"gdp_{b}_prelim", year, file="economy-province") for b in BRANCHES])
    total = pack.province("gdp", year, file="economy-province")
    return total * first / first.sum() * MILLION_PER_1E8


def employment(pack: Pack) -> np.ndarray:
    """Employed persons of the long-form census sample [county, branch] of 2010 (used as shares)."""
    def industry(name):
        return np.nan_to_num(pack.values("population", f"lf_ind_{name}", BASE_YEAR))

    all_industries = np.nan_to_num(pack.values("population", "lf_employed_by_industry", BASE_YEAR))
    primary, secondary = (sum(industry(i) for i in names) for names in INDUSTRY_OF_BRANCH.values())
    return np.stack([primary, secondary, np.maximum(0.0, all_industries - primary - secondary)], axis=-1)


def nearest_structure(pack: Pack, parameters: Parameters = CENTRAL) -> np.ndarray:
    """Branch shares [county, branch] of 2010 by the closest published structure; nan for units without one.

    share(2010) is proportional to share(year) times the province's share of 2010 over that of the year (if the pack has
    it). A county whose tables exclude a development zone is completed by the zone: total with minus total without.
    """
    out = np.full((pack.n, len(BRANCHES)), np.nan)
    base = province_branches(pack)
    for year in STRUCTURE_YEARS:
        shares = _structure(pack, year, parameters)
        province = np.where(np.isnan(now := province_branches(pack, year)), base, now)
        new = np.isnan(out).any(axis=1) & ~np.isnan(shares).any(axis=1)
        moved = shares[new] * (base / base.sum()) / (province / province.sum())
        out[new] = moved / moved.sum(axis=1, keepdims=True)
    return out


def _structure(pack, year: int, parameters: Parameters) -> np.ndarray:
    levels = np.stack([pack.values("economy", f"gdp_{b}", year) for b in BRANCHES], axis=-1)
    shares = np.stack([pack.values("economy", f"gdp_share_{b}", year) for b in BRANCHES], axis=-1)
    without = np.stack([pack.values("economy", f"gdp_{b}_excl_yangpu", year) for b in BRANCHES], axis=-1)
    zone = pack.values("economy", "gdp", year) - pack.values("economy", "gdp_excl_yangpu", year)
    secondary = parameters.zone_secondary_share
    whole = without + zone[:, None] * np.array([0.0, secondary, 1 - secondary])
    chosen = np.where(np.isnan(levels), np.where(np.isnan(shares), whole, shares), levels)
    return chosen / chosen.sum(axis=1, keepdims=True)


# -- the estimate -----------------------------------------------------------------------------------------------------


def total_estimates(pack: Pack, known: np.ndarray, parameters: Parameters = CENTRAL) -> tuple[np.ndarray, np.ndarray]:
    """Totals [county] of unknown units, raked to the provincial remainder, and the branches [branch] of that remainder.
    `known` [county, branch], nan where unknown; million CNY at current prices."""
    missing = _missing(pack, known)
    rest = province_branches(pack) - np.nansum(known, axis=0)
    total = rest.sum()
    witnesses = _witnesses(pack, missing, rest)
    weight = parameters.imputation_cross_section_weight
    cross, work = witnesses["cross_section"], witnesses["employment"]
    both = np.where(np.isnan(cross), work, np.where(np.isnan(work), cross, np.exp(
        weight * np.log(np.where(cross > 0, cross, 1.0)) + (1 - weight) * np.log(np.where(work > 0, work, 1.0)))))
    out = np.where(missing, both, 0.0)
    return out * total / out.sum() if missing.any() else out, rest


def _missing(pack, known) -> np.ndarray:
    return np.isnan(known).any(axis=1) & pack.active


def _witnesses(pack, missing, rest) -> dict[str, np.ndarray]:
    """The two estimates of a total [county], nan where an indicator is missing.

    Employment is scaled to the group's total; the cross-section to the employment estimate of the units it covers.
    """
    half_year = np.where(missing, pack.values("economy", "gdp_h1", CROSS_SECTION_YEAR), np.nan)
    workers = np.where(missing[:, None], employment(pack), 0.0)
    per_worker = _ratio(rest, workers.sum(axis=0))
    work = np.sum(workers * per_worker, axis=1)
    covered = half_year > 0
    scale = work[covered].sum() / half_year[covered].sum() if covered.any() else np.nan
    return {"cross_section": half_year * scale, "employment": np.where(work > 0, work, np.nan)}


def branch_seed(pack: Pack, known: np.ndarray, totals: np.ndarray, parameters: Parameters = CENTRAL) -> np.ndarray:
    """Initial cells [county, branch] of the missing units, before raking."""
    missing = _missing(pack, known)
    structure = nearest_structure(pack, parameters)
    cells = np.where(missing[:, None], totals[:, None] * structure, known)
    workers = employment(pack)
    silent = missing & np.isnan(structure).any(axis=1)
    work = workers * typical_output_per_worker(cells, workers)
    share = work[silent] / work[silent].sum(axis=1, keepdims=True)
    cells[silent] = totals[silent, None] * share
    return np.where(missing[:, None], cells, 0.0)


def typical_output_per_worker(cells: np.ndarray, workers: np.ndarray) -> np.ndarray:
    """Median output per worker [branch] over the units [county, branch] with both; 1 if there is none."""
    per_worker = np.full(cells.shape, np.nan)
    np.divide(cells, workers, out=per_worker, where=(workers > 0) & ~np.isnan(cells))
    has = ~np.isnan(per_worker).any(axis=1)
    return np.median(per_worker[has], axis=0) if has.any() else np.ones(cells.shape[1])


def errors(pack: Pack, draw: int, parameters: Parameters = CENTRAL) -> tuple[np.ndarray, np.ndarray]:
    """Factors of a draw on totals [county] and on cells [county, branch]; 1 in draw 0. By county code, not by row."""
    luck = luck_of(pack, draw)
    if luck is None:
        return np.ones(pack.n), np.ones((pack.n, len(BRANCHES)))
    return (np.exp(parameters.imputation_total_sd * luck[:, 0]),
            np.exp(parameters.imputation_split_sd * luck[:, 1:1 + len(BRANCHES)]))


def luck_of(pack: Pack, draw: int) -> np.ndarray | None:
    """Standard normal errors of a draw [county, total and branches]; None for draw 0. By county code, not by row."""
    number = imputation_number(draw)
    return None if number == 0 else normal_quantile(uniforms(number, _PROCESS, BASE_YEAR, pack.codes))


def imputation_number(draw: int) -> int:
    """The imputation 1..20 of a draw; 0 is the central one."""
    return 0 if draw == 0 else 1 + (int(draw) - 1) % DRAWS


def nominal(pack: Pack, draw: int = 0, parameters: Parameters = CENTRAL) -> np.ndarray:
    """Value added [county, branch] of 2010, million CNY at current prices."""
    known = observed(pack)
    missing = _missing(pack, known)
    cells = np.where(np.isnan(known), 0.0, known)
    if not missing.any():
        return cells
    rest = province_branches(pack) - np.nansum(known, axis=0)
    if not (rest > 0).all():
        left = ", ".join(f"{b} {r:.1f}" for b, r in zip(BRANCHES, rest, strict=True))
        raise UserError(Fault("economy-province.csv", f"observed counties leave in {BASE_YEAR}: {left} million",
                              "provincial value added must exceed their sum in every branch"))
    if tertiary.two_branches_known(pack, known):
        luck = luck_of(pack, draw)
        return tertiary.completed(pack, province_branches(pack), known, None if luck is None else luck[:, 1:])
    totals, rest = total_estimates(pack, known, parameters)
    on_totals, on_cells = errors(pack, imputation_number(draw), parameters)
    totals = totals * on_totals
    totals *= rest.sum() / totals.sum()
    seed = branch_seed(pack, known, totals, parameters) * on_cells
    cells[missing] = rake(seed[missing], totals[missing], rest)
    return cells


@functools.lru_cache(maxsize=64)
def _cached(pack, number: int, parameters: Parameters) -> np.ndarray:
    cells = nominal(pack, number, parameters) / pack.deflator[BASE_YEAR]
    cells.setflags(write=False)
    return cells


def branch_value_added(pack: Pack, draw: int = 0, parameters: Parameters = CENTRAL) -> np.ndarray:
    """Value added [county, branch] of 2010, million CNY at 2020 prices; draw 0 central, 1..20 imputed (higher draws
    repeat).
    """
    return _cached(pack, imputation_number(draw), parameters)


# -- backtest ---------------------------------------------------------------------------------------------------------


def backtest(pack: Pack, parameters: Parameters = CENTRAL) -> pd.DataFrame:
    """Each observed unit predicted as if none of its branches were published: total, both indicators, and log errors.

    The mean absolute log error by estimate is in `attrs["mean_abs_log_error"]`.
    """
    known = observed(pack)
    rows = []
    for i in np.flatnonzero(~np.isnan(known).any(axis=1)):
        without = known.copy()
        without[i] = np.nan
        totals, rest = total_estimates(pack, without, parameters)
        witnesses = _witnesses(pack, _missing(pack, without), rest)
        rows.append({
            "adcode": int(pack.codes[i]), "county": pack.names_en[i], "observed": known[i].sum(),
            "cross_section": witnesses["cross_section"][i], "employment": witnesses["employment"][i],
            "imputed": totals[i],
        })
    table = pd.DataFrame(rows)
    for name in ("cross_section", "employment", "imputed"):
        table[f"log_error_{name}"] = np.log(table[name] / table["observed"])
    table.attrs["mean_abs_log_error"] = {
        name: float(table[f"log_error_{name}"].abs().mean()) for name in ("cross_section", "employment", "imputed")}
    return table


def table(pack: Pack, parameters: Parameters = CENTRAL) -> pd.DataFrame:
    """Value added of 2010 by county for the report: 1e8 CNY at current prices, per head, spread over the draws, and a
    flag.
    """
    cells = nominal(pack, 0, parameters) / MILLION_PER_1E8
    draws = np.stack([nominal(pack, m, parameters).sum(axis=1) for m in range(1, DRAWS + 1)]) / MILLION_PER_1E8
    persons = pack.values("population", "resident_census", BASE_YEAR)
    total = cells.sum(axis=1)
    return pd.DataFrame({
        "adcode": pack.codes, "county": pack.names_en, **{b: cells[:, j] for j, b in enumerate(BRANCHES)},
        "gdp": total, "gdp_low": draws.min(axis=0), "gdp_high": draws.max(axis=0),
        "per_head_cny": total * 1e8 / persons,
        "at_2020_prices_million": total * MILLION_PER_1E8 / pack.deflator[BASE_YEAR],
        "flag": np.choose(imputed_cells(pack).any(axis=1).astype(int) + imputed_cells(pack).all(axis=1),
                          ["observed", "partly imputed", "imputed"]),
    })
