"""Imputed value added of 2010 where yearbooks publish two branches: the tertiary one, and areas with separate accounts.

Seven units have a full table and are kept as published. The county yearbook has primary and secondary output of the
others, excluding areas with separate accounts. The remainder is known in total, from the province:

- secondary output not in any county is that of the separate areas (Yangpu) and is assigned to their county;
- primary output of the county yearbook is scaled to the provincial total net of the full tables (2.8 % less, as it is
  first-published and the province is revised; the separate areas are assumed to have no farms);
- tertiary output net of the full tables is distributed by the geometric mean of two indicators of 2010: census
  employment in services, and own revenue of the county budget. A separate area is included in the census but not in the
  budget of its county, so there only employment is used.

No data after 2010 are used, so output of 2018 remains a test. Mean absolute log errors for full units left out are .26
(employment), .23 (revenue) and .11 for their mean (rms .13, optimistic, as the two indicators were chosen among six);
for urban residents .27, night lights .38, output of 2018 less the published branches .20. In draws the distributed
tertiary output has its own error, and values of the county yearbook that of five counties with double readings; both
are raked to the totals.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sim.core.declare import Fault, UserError, parameter
from sim.region.pack import Pack
from sim.words import BASE_YEAR, PRIMARY_BRANCH, SECONDARY_BRANCH, TERTIARY_BRANCH

BRANCHES = ("primary", "secondary", "tertiary")
MILLION_PER_1E8 = 100.0
WITNESSES = ("employment", "own_revenue")


@dataclass(frozen=True)
class Parameters:
    imputation_tertiary_sd: float = parameter(
        0.15, unit="log", bounds=(0.05, 0.30),
        source="leave-one-out: rms .13, optimistic owing to the choice of indicators",
        says="error of the imputed tertiary output of a unit")
    imputation_primary_reading_sd: float = parameter(
        0.06, unit="log", bounds=(0.02, 0.12), source="five counties in two yearbooks for 2010 (rms .050)",
        says="error of primary output of the county yearbook")
    imputation_secondary_reading_sd: float = parameter(
        0.09, unit="log", bounds=(0.03, 0.15), source="five counties in two yearbooks for 2010 (rms .088)",
        says="error of secondary output of the county yearbook")


CENTRAL = Parameters()


def full_tables(pack: Pack) -> NDArray[np.float64]:
    """Value added [county, branch] of units with all three branches in one table, million CNY at current prices; else
    nan.
    """
    cells = np.stack([pack.values("economy", f"gdp_{b}", BASE_YEAR) for b in BRANCHES], axis=-1) * MILLION_PER_1E8
    cells[np.isnan(cells).any(axis=1)] = np.nan
    return cells


def yearbook(pack: Pack) -> NDArray[np.float64]:
    """Primary and secondary output [county, branch] of the county yearbook, million CNY at current prices; tertiary
    nan.
    """
    cells = np.full((pack.n, len(BRANCHES)), np.nan)
    for place in (PRIMARY_BRANCH, SECONDARY_BRANCH):
        name = f"gdp_{BRANCHES[place]}_ccy"
        values = pack.values("economy", name, BASE_YEAR)
        cells[:, place] = np.where(pack.doubtful("economy", name, BASE_YEAR), np.nan, values) * MILLION_PER_1E8
    return cells


def two_branches_known(pack: Pack, full: NDArray[np.float64]) -> bool:
    """Whether every active unit has a full table or both branches of the county yearbook."""
    known = ~np.isnan(full).any(axis=1) | np.isfinite(yearbook(pack)[:, :TERTIARY_BRANCH]).all(axis=1)
    return bool(known[pack.active].all())


def witnesses(pack: Pack, unknown: NDArray[np.bool_]) -> dict[str, NDArray[np.float64]]:
    """Tertiary output [county] of the units to be imputed by each indicator, in any unit; nan if missing."""
    workers = pack.values("population", "lf_employed_by_industry", BASE_YEAR)
    for names in (("agriculture",), ("mining", "manufacturing", "utilities", "construction")):
        workers = workers - sum(np.nan_to_num(pack.values("population", f"lf_ind_{n}", BASE_YEAR)) for n in names)
    own, read = (pack.values("fiscal", name, BASE_YEAR) for name in ("gpb_revenue", "gpb_revenue_ccy"))
    revenue = np.where(np.isnan(own), read, own)
    revenue[[row for _, row in pack.parts]] = np.nan  # excludes the budget of a separate area
    made = {"employment": workers, "own_revenue": revenue}
    return {name: np.where(unknown & (values > 0), values, np.nan) for name, values in made.items()}


def shared_out(total: float, told: dict[str, NDArray[np.float64]], unknown: NDArray[np.bool_]) -> NDArray[np.float64]:
    """A total distributed over the unknown units [county] by the geometric mean of the indicators; zero elsewhere.

    An indicator missing for a unit is scaled to the first one over the units with both.
    """
    first = told[WITNESSES[0]]
    logs = []
    for values in told.values():
        both = np.isfinite(values) & np.isfinite(first)
        scale = first[both].sum() / values[both].sum() if both.any() else 1.0
        logs.append(np.log(values * scale))
    with np.errstate(invalid="ignore"):
        known = np.isfinite(logs)
        mean = np.where(known, logs, 0.0).sum(axis=0) / np.maximum(known.sum(axis=0), 1)
    part = np.where(unknown & known.any(axis=0), np.exp(mean), 0.0)
    return total * part / part.sum()


def completed(pack: Pack, province: NDArray[np.float64], full: NDArray[np.float64],
              luck: NDArray[np.float64] | None = None, parameters: Parameters = CENTRAL) -> NDArray[np.float64]:
    """Value added [county, branch], million CNY at current prices: full tables as published, the rest subject to the
    known totals.

    `province` [branch]; `luck` [county, branch] are standard normal errors of a draw, None for the central estimate.
    """
    luck = np.zeros((pack.n, len(BRANCHES))) if luck is None else luck
    unknown = np.isnan(full).any(axis=1) & pack.active
    rest = province - np.nansum(full, axis=0)
    read = np.where(unknown[:, None], yearbook(pack), 0.0)
    sizes = (parameters.imputation_primary_reading_sd, parameters.imputation_secondary_reading_sd)
    cells = np.where(np.isnan(full), 0.0, full)
    primary, secondary = (read[:, b] * np.exp(sizes[b] * luck[:, b]) for b in (PRIMARY_BRANCH, SECONDARY_BRANCH))
    cells[unknown, PRIMARY_BRANCH] = (primary * rest[PRIMARY_BRANCH] / primary.sum())[unknown]
    cells[unknown, SECONDARY_BRANCH] = _with_areas_apart(pack, secondary, rest[SECONDARY_BRANCH])[unknown]
    told = shared_out(rest[TERTIARY_BRANCH], witnesses(pack, unknown), unknown)
    told = told * np.exp(parameters.imputation_tertiary_sd * luck[:, TERTIARY_BRANCH])
    cells[unknown, TERTIARY_BRANCH] = (told * rest[TERTIARY_BRANCH] / told.sum())[unknown]
    return cells


def _with_areas_apart(pack, printed, total: float) -> NDArray[np.float64]:
    """Secondary output [county], with the unattributed remainder assigned to counties of separate areas; all scaled if
    none.
    """
    rows = [row for _, row in pack.parts if printed[row] > 0]
    left = total - printed.sum()
    if not rows:
        return printed * total / printed.sum()
    if left < 0:
        raise UserError(Fault("economy-province.csv", f"counties exceed secondary output of {BASE_YEAR} by {-left:.1f} "
                              "million", "provincial value added must exceed their sum in every branch"))
    out = printed.copy()
    out[rows] += left / len(rows)
    return out


def backtest(pack: Pack, province: NDArray[np.float64], full: NDArray[np.float64]) -> pd.DataFrame:
    """Each unit with a full table predicted as if its tertiary output were unknown: log errors by indicator.

    `attrs` holds the mean absolute and the root mean square log error of each.
    """
    rows = []
    for row in np.flatnonzero(~np.isnan(full).any(axis=1)):
        without = full.copy()
        without[row] = np.nan
        unknown = np.isnan(without).any(axis=1) & pack.active
        total = province[TERTIARY_BRANCH] - np.nansum(without[:, TERTIARY_BRANCH])
        told = witnesses(pack, unknown)
        made = {name: shared_out(total, {WITNESSES[0]: told[name]}, unknown) for name in WITNESSES}
        made["imputed"] = shared_out(total, told, unknown)
        printed = full[row, TERTIARY_BRANCH]
        rows.append({"adcode": int(pack.codes[row]), "county": pack.names_en[row], "observed": printed,
                     **{f"log_error_{name}": float(np.log(v[row] / printed)) for name, v in made.items()}})
    table = pd.DataFrame(rows)
    errors = {name: table[f"log_error_{name}"] for name in (*WITNESSES, "imputed")}
    table.attrs["mean_abs_log_error"] = {name: float(e.abs().mean()) for name, e in errors.items()}
    table.attrs["rms_log_error"] = {name: float(np.sqrt((e ** 2).mean())) for name, e in errors.items()}
    return table
