"""Fit of the settled base year to county observations: budgets, incomes, output, visitors.

Quantities without a counterpart in the model (beds, pupils, deposits, urban investment of a yearbook) are listed with
their number of counties, so that omission is not mistaken for fit.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sim.region.base_targets import Target, base_targets, rural_income
from sim.region.pack import Pack
from sim.words import CNY_PER_MILLION, PRIMARY_BRANCH, RURAL, SECONDARY_BRANCH, TERTIARY_BRANCH, URBAN

Array = NDArray[np.float64]


def _per_head(model, zone: int) -> Array:
    income, people = (getattr(model.counties, name)[:, zone] for name in ("disposable_income", "population_zone"))
    return CNY_PER_MILLION * np.divide(income, people, out=np.full(len(income), np.nan), where=people > 0)


MADE: dict[str, Callable[[Any], Array]] = {
    "gdp_primary": lambda model: model.counties.gdp_branch[:, PRIMARY_BRANCH],
    "gdp_secondary": lambda model: model.counties.gdp_branch[:, SECONDARY_BRANCH],
    "gdp_tertiary": lambda model: model.counties.gdp_branch[:, TERTIARY_BRANCH],
    "own_revenue": lambda model: model.counties.own_revenue,
    "budget_spending": lambda model: model.counties.budget_resources,
    "inc_u": lambda model: _per_head(model, URBAN),
    "inc_r": lambda model: _per_head(model, RURAL),
    "visitors_overnight_11m": lambda model: model.observed.visitor_share,
}
"""The model's value of an observed quantity, [county], at the end of its base year."""
SHARES_ALONE = ("visitors_overnight_11m",)  # eleven months of visits against a share


def targets(pack: Pack) -> dict[str, Target]:
    """Observations, with rural income converted to disposable income."""
    found = dict(base_targets(pack))
    found.pop("inc_r_net")
    return found | {"inc_r": rural_income(pack)}


def base_misfit(model: Any) -> pd.DataFrame:
    """A row per quantity: number of counties, mean absolute log error of level and share, the worst county by name.

    `model` is at its base year. Shares are among the counties with a known value.
    """
    rows = []
    for name, target in targets(model.pack).items():
        known = np.isfinite(target.values) & (target.values > 0) & model.pack.active
        row = {"quantity": name, "counties": int(known.sum()), "observed": int((known & target.observed).sum())}
        if name in MADE and known.any():
            made = np.asarray(MADE[name](model), dtype=float)
            known &= made > 0
            level = np.log(made[known] / target.values[known])
            share = level - np.log(made[known].sum() / target.values[known].sum())
            worst = int(np.abs(share).argmax())
            row |= {"level_error": np.nan if name in SHARES_ALONE else float(np.abs(level).mean()),
                    "share_error": float(np.abs(share).mean()),
                    "worst": model.pack.names_en[np.flatnonzero(known)[worst]], "worst_error": float(share[worst])}
        rows.append(row)
    return pd.DataFrame(rows, columns=["quantity", "counties", "observed", "level_error", "share_error", "worst",
                                       "worst_error"])


def lines(table: pd.DataFrame) -> list[str]:
    """The table as text; errors in per cent, a dash for quantities without a counterpart."""
    head = f"{'base year, by county':24} counties  level %  share %  worst (share)"
    made = [head]
    for row in table.itertuples():
        if row.share_error != row.share_error:
            made.append(f"{row.quantity:24} {row.counties:8}  {'no counterpart in the model':>16}")
            continue
        level = f"{100 * row.level_error:8.1f}" if row.level_error == row.level_error else f"{'-':>8}"
        made.append(f"{row.quantity:24} {row.counties:8} {level} {100 * row.share_error:8.1f}  "
                    f"{row.worst} {100 * row.worst_error:+.0f} %")
    return made
