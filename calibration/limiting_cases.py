"""Limiting cases of the whole model: something is taken away at once, and what follows is set beside what economics
expects of it in sign, size and speed.

Every case runs the baseline twice with the same luck; from `SINCE` on the second run lacks something. Effects are in
per cent of the first (log points x 100).
"""

from __future__ import annotations

import copy
import dataclasses
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sim.core.stages import Stage
from sim.indicators import inequality
from sim.words import BASE_YEAR

if TYPE_CHECKING:
    from sim.model import HainanModel

Array = NDArray[np.float64]

SINCE = 2025
AFTER = (1, 3, 6, 11)
"""Years of the case that are told: 2025, 2027, 2030, 2035."""
NO_DEBT = 1e-9  # of yearly resources: a limit at which nobody lends


class Case(NamedTuple):
    """What is taken away at the end of the year before `SINCE`, and what economics expects."""

    says: str
    expected: str
    change: Callable[[HainanModel], None]


def no_transfers(model: HainanModel) -> None:
    """Central transfers are nought."""
    model.outlook = {name: path.copy() for name, path in model.outlook.items()}
    model.outlook["central_transfer"][SINCE - BASE_YEAR:] = 0.0


def rich_outside(model: HainanModel) -> None:
    """Incomes outside are three times as high."""
    model.outside.outside_income *= 3.0


def no_moves(model: HainanModel) -> None:
    """Nobody considers moving, nobody comes."""
    model.settled = copy.deepcopy(model.settled)
    model.settled.evaluation[:] = 0.0
    model.settled.inflow_base[:] = 0.0


def no_visitors(model: HainanModel) -> None:
    """No visitor comes any more; visitors grow from nothing, so it stays so."""
    model.outside.visitor_total[...] = 0.0


def no_debt(model: HainanModel) -> None:
    """Nobody lends to a county; what is owed is repaid."""
    model.plan = dataclasses.replace(model.plan, levers={**model.plan.levers, "debt_ceiling": (Stage(to=NO_DEBT),)})


CASES: Mapping[str, Case] = {
    "no_transfers": Case(
        "no central transfers", "budgets buy less from the next year on, and output in value falls by the local part "
        "of that, most in poor counties; in volume slowly, as works and people are missed", no_transfers),
    "rich_outside": Case(
        "incomes outside times three", "what migrants send home triples at once; people leave, faster as they learn of "
        "it (half in the first year), and output in volume follows labour by its share", rich_outside),
    "no_moves": Case(
        "no moves at all", "nothing at once; then fewer people, above all in the cities, and incomes of counties drift "
        "apart", no_moves),
    "no_visitors": Case(
        "no visitors", "values fall at once by the part of visitors in output; volumes stand at first, for hotels and "
        "staff are there, and fall as capital wears out; resorts lose most, so gaps narrow", no_visitors),
    "no_debt": Case(
        "no debt market", "works fall at once by what was borrowed, output in value by their local part; debt falls "
        "by the rate of repayment; volume follows public capital by its elasticity, over decades", no_debt),
}


def finished(change: Callable[[HainanModel], None] | None = None, seed: int = 0, weight: int = 400,
             until: int = SINCE - 1 + AFTER[-1]) -> HainanModel:
    """The baseline at its horizon, with a change at the end of the year before `SINCE` if one is given."""
    from sim.model import HainanModel

    model = HainanModel("baseline", seed=seed, weight=weight, until=until)
    while model.running:
        if change is not None and model.year == SINCE - 1:
            change(model)
        model.step()
    return model


def measure(names: Sequence[str] = tuple(CASES), seeds: int = 2, weight: int = 400,
            until: int = SINCE - 1 + AFTER[-1]) -> pd.DataFrame:
    """Effects of the cases on the province in the years told, means over seeds: a row for each case and year."""
    rows = []
    for seed in range(seeds):
        plain = finished(None, seed, weight, until)
        for name in names:
            other = finished(CASES[name].change, seed, weight, until)
            rows += [{"case": name, "seed": seed, "year": year, **effects(plain, other, year)}
                     for year in (SINCE - 1 + after for after in AFTER) if year <= until]
    found = pd.DataFrame(rows).groupby(["case", "year"], sort=False).mean()
    return found.drop(columns="seed").reset_index()


def effects(plain: HainanModel, other: HainanModel, year: int) -> dict[str, float]:
    """What a case does by a year, % of the plain run: output in value, in volume and per head, residents, works of
    counties, debt, and the Theil index of income per head; and the output lost per money withdrawn to that year."""
    one, two = _numbers(plain, year), _numbers(other, year)
    found = {name: 100.0 * float(np.log(two[name] / one[name])) if two[name] > 0 else -np.inf for name in one}
    return found | {"multiplier": multiplier(plain, other, year)}


def _numbers(model: HainanModel, year: int) -> dict[str, float]:
    t, here = year - BASE_YEAR, model.active
    record = {name: model.record[name][t].astype(float) for name in (
        "gdp", "population", "population_mid", "disposable_income", "spending_capital", "debt")}
    income = record["disposable_income"][here].sum(axis=1) / record["population_mid"][here]
    volume = float(model.record["province_gdp_volume"][t])
    return {"gdp": record["gdp"].sum(), "gdp_volume": volume, "gdp_volume_pc": volume / record["population_mid"].sum(),
            "population": record["population"].sum(), "works": record["spending_capital"].sum(),
            "debt": record["debt"].sum(),
            "theil_inc_pc": float(inequality.theil_t(income, record["population_mid"][here]))}


def multiplier(plain: HainanModel, other: HainanModel, year: int) -> float:
    """Output in value lost from `SINCE` to a year per central money withdrawn; nan where none is."""
    span = slice(SINCE - BASE_YEAR, year - BASE_YEAR + 1)
    money = float((plain.outlook["central_transfer"] - other.outlook["central_transfer"])[span].sum())
    lost = float((plain.record["gdp"].astype(float) - other.record["gdp"])[span].sum())
    return lost / money if money else np.nan


def imported_share(model: HainanModel, year: int = SINCE) -> float:
    """Part of what governments of counties buy in a year that is made elsewhere."""
    here, away = (float(model.record[name][year - BASE_YEAR].astype(float).sum())
                  for name in ("purchases_local", "purchases_imported"))
    return away / (here + away)


def lines(found: pd.DataFrame) -> list[str]:
    """The table for a terminal: what is expected of each case, then a line a year."""
    out = []
    for name, rows in found.groupby("case", sort=False):
        out += [f"{CASES[str(name)].says}: {CASES[str(name)].expected}"]
        for row in rows.to_dict("records"):
            numbers = ", ".join(f"{key} {value:+.1f}" for key, value in row.items()
                                if key not in ("case", "year", "multiplier"))
            paid = "" if np.isnan(row["multiplier"]) else f"; lost per money withdrawn {row['multiplier']:.2f}"
            out.append(f"  {row['year']}: {numbers}{paid}")
    return out
