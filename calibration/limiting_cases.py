"""Limiting cases of the whole model: one element is removed at once, and the response is compared with economic theory
in sign, size and speed.

Every case runs the baseline twice with the same random numbers; from `SINCE` on the second run lacks one element.
Effects are in per cent of the first (log points x 100).
"""

from __future__ import annotations

import copy
import dataclasses
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sim import names, schedule
from sim.agents import province
from sim.core.bind import Out
from sim.core.stages import Stage
from sim.indicators import inequality
from sim.words import BASE_YEAR

if TYPE_CHECKING:
    from sim.model import HainanModel

Array = NDArray[np.float64]

SINCE = 2025
AFTER = (1, 3, 6, 11)
"""Years reported: 2025, 2027, 2030, 2035."""
IMPORTED = "imported"
OF_PROVINCE = ("transfer_base", "transfer_equalisation", "transfer_ecology", "transfer_weak_area", "transfer_earmarked")
NO_DEBT = 1e-9  # of yearly resources: a limit that stops all lending


LITERATURE = ("Estimates of local multipliers are 1.5 to 2 (Nakamura and Steinsson 2014; Suarez Serrato and Wingender "
              "2016; recalled): of counties and states that import less, with prices that stand and idle labour.")


class Case(NamedTuple):
    """What is taken away at the end of the year before `SINCE`, or with `each_year` in every year from it on, and what
    economics expects. `told_of` gives the rows of the counties that effects are told of; None: the province.
    """

    says: str
    expected: str
    change: Callable[[HainanModel], None]
    each_year: bool = False
    told_of: Callable[[HainanModel], Array] | None = None


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


def leaning(model: HainanModel) -> Array:
    """The county whose output leans most on transfers in the year before `SINCE`, as its row."""
    last = SINCE - 1 - BASE_YEAR
    paid, gdp = _paid(model)[last], model.record["gdp"][last].astype(float)
    return np.array([np.argmax(np.where(model.active, paid / np.maximum(gdp, 1e-9), 0.0))])


def _paid(model: HainanModel) -> Array:
    """Transfers of the province [year, county], emergencies apart."""
    return np.asarray(sum(model.record[name].astype(float) for name in OF_PROVINCE))


def own_transfers(model: HainanModel) -> None:
    """One year in which that county is paid no transfer of the province; what it would have had, the province keeps."""
    row = int(leaning(model)[0])

    def refuse(transfer_base: Out, transfer_equalisation: Out, transfer_ecology: Out, transfer_weak_area: Out,
               transfer_earmarked: Out, earmark_projects: Out, earmark_repair: Out, pool_equalisation: Out,
               pool_ecology: Out, pool_weak_area: Out, pool_earmarked: Out, pool_projects: Out, pool_repair: Out,
               pool_untied: Out) -> None:
        for paid in (transfer_base, transfer_equalisation, transfer_ecology, transfer_weak_area, transfer_earmarked,
                     earmark_projects, earmark_repair):
            paid[row] = 0.0
        pool_equalisation[...], pool_ecology[...] = transfer_equalisation.sum(), transfer_ecology.sum()
        pool_weak_area[...], pool_earmarked[...] = transfer_weak_area.sum(), transfer_earmarked.sum()
        pool_projects[...], pool_repair[...] = earmark_projects.sum(), earmark_repair.sum()
        pool_untied[...] = pool_earmarked - pool_projects - pool_repair

    model.begin_year()
    for rule in (rule for step in schedule.SCHEDULE for rule in step.each()):
        names.bound(rule)(model)
        if rule is province.receive_aid:
            names.bound(refuse)(model)
    model.end_year()


CASES: Mapping[str, Case] = {
    "no_transfers": Case(
        "no central transfers", "budgets buy less from the next year on, and output in value falls by the local part "
        "of that, most in poor counties; in volume slowly, as works and people are missed", no_transfers),
    "own_transfers": Case(
        "no transfers to the county that leans on them most, which is told of", "its output falls as its budget buys "
        "and builds less; people follow, so that output per head falls by less; what is not made there is imported "
        "less, so it loses less than is withdrawn", own_transfers, each_year=True, told_of=leaning),
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
             until: int = SINCE - 1 + AFTER[-1], each_year: bool = False) -> HainanModel:
    """The baseline at its horizon, with a change at the end of the year before `SINCE` if one is given.

    `each_year`: from then on the change carries out every year itself.
    """
    from sim.model import HainanModel

    model = HainanModel("baseline", seed=seed, weight=weight, until=until)
    while model.running:
        if change is not None and each_year and model.year >= SINCE - 1:
            change(model)
            continue
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
            case = CASES[name]
            other = finished(case.change, seed, weight, until, case.each_year)
            rows += [{"case": name, "seed": seed, "year": year, **effects(plain, other, year, case.told_of)}
                     for year in (SINCE - 1 + after for after in AFTER) if year <= until]
    found = pd.DataFrame(rows).groupby(["case", "year"], sort=False).mean()
    return found.drop(columns="seed").reset_index()


def effects(plain: HainanModel, other: HainanModel, year: int,
            told_of: Callable[[HainanModel], Array] | None = None) -> dict[str, float]:
    """What a case does by a year, % of the plain run: output in value, in volume and per head, residents, works of
    counties, debt, and the Theil index of income per head between all counties; the output lost per money withdrawn to
    that year, and the part of public purchases that is imported.
    """
    rows = None if told_of is None else told_of(plain)
    one, two = (_numbers(model, year, rows) for model in (plain, other))
    found = {name: 100.0 * float(np.log(two[name] / one[name])) if two[name] > 0 else -np.inf for name in one}
    return found | {"multiplier": multiplier(plain, other, year, rows), IMPORTED: imported_share(plain, rows=rows)}


def _numbers(model: HainanModel, year: int, rows: Array | None = None) -> dict[str, float]:
    """Of the province, or of some counties together."""
    t, here = year - BASE_YEAR, model.active
    own = np.flatnonzero(here) if rows is None else rows
    record = {name: model.record[name][t].astype(float) for name in (
        "gdp", "gdp_volume", "population", "population_mid", "disposable_income", "spending_capital", "debt")}
    income = record["disposable_income"][here].sum(axis=1) / record["population_mid"][here]
    volume = float(model.record["province_gdp_volume"][t] if rows is None else record["gdp_volume"][own].sum())
    people = record["population_mid"].sum() if rows is None else record["population_mid"][own].sum()
    return {"gdp": record["gdp"][own].sum(), "gdp_volume": volume, "gdp_volume_pc": volume / people,
            "population": (record["population"] if rows is None else record["population"][own]).sum(),
            "works": record["spending_capital"][own].sum(), "debt": record["debt"][own].sum(),
            "theil_inc_pc": float(inequality.theil_t(income, record["population_mid"][here]))}


def multiplier(plain: HainanModel, other: HainanModel, year: int, rows: Array | None = None) -> float:
    """Output in value lost from `SINCE` to a year per central money withdrawn, or of some counties per transfer
    withdrawn from them; nan where none is.
    """
    span = slice(SINCE - BASE_YEAR, year - BASE_YEAR + 1)
    one, two = (model.outlook["central_transfer"][span] if rows is None else
                _paid(model)[span][:, rows] for model in (plain, other))
    made, left = (model.record["gdp"][span].astype(float) if rows is None else
                  model.record["gdp"][span][:, rows].astype(float) for model in (plain, other))
    money, lost = float((one - two).sum()), float((made - left).sum())
    return lost / money if money else np.nan


def imported_share(model: HainanModel, year: int = SINCE, rows: Array | None = None) -> float:
    """Part of what governments of counties, or of some of them, buy in a year that is made elsewhere."""
    own = slice(None) if rows is None else rows
    here, away = (float(model.record[name][year - BASE_YEAR][own].astype(float).sum())
                  for name in ("purchases_local", "purchases_imported"))
    return away / (here + away)


def lines(found: pd.DataFrame) -> list[str]:
    """The table for a terminal: what is expected of each case, then a line a year."""
    out = []
    for name, rows in found.groupby("case", sort=False):
        out += [f"{CASES[str(name)].says}: {CASES[str(name)].expected}"]
        for row in rows.to_dict("records"):
            told = {key: value for key, value in row.items() if key not in ("case", "year", "multiplier", IMPORTED)}
            numbers = ", ".join(f"{key} {value:+.1f}" if np.isfinite(value) else f"{key} gone"
                                for key, value in told.items())
            paid = "" if np.isnan(row["multiplier"]) else f"; lost per money withdrawn {row['multiplier']:.2f}"
            out.append(f"  {row['year']}: {numbers}{paid}")
        if rows["multiplier"].notna().any():
            share = 100 * rows[IMPORTED].iloc[0]
            out.append(f"  {share:.0f} % of what is bought with such money comes from elsewhere. {LITERATURE}")
    return out
