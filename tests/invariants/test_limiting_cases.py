"""Limiting cases of the whole model (LC25-LC27), and the table of all limiting cases: each has a test that names it."""

import ast
import copy
import dataclasses
import re
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from calibration import limiting_cases as limits
from sim import levers, schedule
from sim.core.stages import Stage
from sim.indicators import inequality
from sim.mechanisms import capital, services
from sim.model import HainanModel
from sim.scenario import load_scenario
from sim.words import MARKET
from tests.rules import do
from tests.whole_runs import assert_same_bytes, finished

TESTS = Path(__file__).resolve().parents[1]
CASES = {
    1: "all units equal: no inequality",
    2: "one of n units owns all: T = ln n, Gini = (n-1)/n, CV = sqrt(n-1)",
    3: "two equal groups at mu(1+h) and mu(1-h): closed forms of T, Gini, CV, Atkinson(2)",
    4: "all incomes scaled, every unit twice: relative indices unchanged",
    5: "free moving, constant utilities: shares of places are the softmax of their utilities",
    6: "the same with rents that clear: real incomes equalise like one over the weight of income",
    7: "no nests: expected flows are a gravity model in ln(1 + tau/60)",
    8: "nests of dissimilarity 1 are none; of 0 the better zone takes all",
    9: "the slope of the inclusive value is the choice within the nest; irrelevant alternatives inside it",
    10: "persons drawn one by one have the expected flows and the multinomial variance",
    11: "constant rates, no moves: powers of the Leslie matrix, then the dominant eigenvalue",
    12: "constant chances of moving: the unit left eigenvector",
    13: "Solow: capital per worker, and the factor by which its log gap shrinks a year",
    14: "user cost at fixed labour and prices: the log gap of capital shrinks by 1 - lK (1 - al)",
    15: "Euler: factor payments and tax add to output; the wage is the marginal product",
    16: "demand for local services doubled: price and value double, quantity stands",
    17: "housing demand times k: rent times k; in the long run the stock answers by eta_h",
    18: "a pool beyond all gaps fills them, an empty one pays nothing, a larger one never widens",
    19: "constant deficit, no repayment: debt by its closed form",
    20: "quota market without caps: closed price, no trade where quota follows value, nobody loses",
    21: "pooled compensation against each alone: price between, cost not higher, the like do not trade",
    22: "straight river, constant loads: a sum of exponentials; without decay all arrives",
    23: "4, 0 and 2 tests passed: +4, -4 and 0 base payments",
    24: "no border time or full integration: effective time is travel time, which obeys the triangle",
    25: "none = baseline = full for all levers: three scenarios are one, bit for bit",
    26: "capacity 0: what needs capacity stays at none",
    27: "frozen world: stocks constant for 25 years",
    28: "three equal areas are wholly coupled; one at zero couples nothing",
    29: "one member is scored by its error; a perfect forecast by 0",
    30: "half the weight, twice the rows: nothing changes but noise",
    31: "perfect substitutes of equal weight: labour is their mean, the premium 1",
    32: "full rights and no networks: registration changes no choice",
    33: "a small change of one place's utility changes a flow by pe N P (1 - P) dV",
    34: "incomes outside times three: people leave, at odds up to 3 to the weight of income, as they learn of it",
    35: "no moves after 2019: incomes per head of counties drift apart",
    36: "no visitors: values fall at once by their part of output, volumes later, resorts most",
    37: "no debt market: works fall by what was borrowed, debt by repayment, volume over decades",
    38: "no central transfers: a third of the money is lost in output, poor counties lose most",
}


# ---- levers -------------------------------------------------------------------------------------------------------


def test_where_none_baseline_and_full_are_the_same_three_scenarios_are_one(monkeypatch):
    """LC25: a registry in which every lever's baseline and full are its none."""
    sections, registry = levers.SECTIONS, levers.REGISTRY
    flat = {name: dataclasses.replace(lever, baseline=Stage(to=lever.none), full=Stage(to=lever.none))
            for name, lever in registry.items()}
    monkeypatch.setattr(levers, "_registry", lambda: (sections, flat))
    no_policy, *others = (finished(load_scenario(name), until=2026) for name in ("no_policy", "baseline", "full"))
    for other in others:
        assert_same_bytes(no_policy, other)


def test_without_capacity_what_needs_it_stays_at_none():
    """LC26: the full plan at capacity 0 is the plan in which those levers are none, year by year and in a run."""
    full = load_scenario("full")
    written = dict(full.levers) | {"capacity": (Stage(to=0.0),)}
    without = dataclasses.replace(full, levers=written)
    needy = {name: lever.none for name, lever in levers.REGISTRY.items() if lever.needs_capacity}
    assert 0 < len(needy) < len(levers.REGISTRY)
    for year in range(2010, 2051):
        now = without.at(year)
        assert {name: getattr(now, name) for name in needy} == needy, year
    none = dataclasses.replace(full, levers=written | {name: () for name in needy})
    assert_same_bytes(finished(without, until=2026), finished(none, until=2026))


# ---- a frozen world -------------------------------------------------------------------------------------------------


@pytest.fixture
def frozen():
    """A base year in which nothing grows, and what is spent replaces what wears out."""
    model = HainanModel("no_policy", weight=1000, until=2035)
    still = {name: 0.0 for name in ("tfp_national_link", "tfp_catchup_speed")}
    still |= {"tfp_growth": np.zeros(5), "tfp_growth_later": np.zeros(5), "capital_target_later": 1.0}
    model.parameters = p = SimpleNamespace(**vars(model.parameters) | still)
    c, model.settled = model.counties, copy.deepcopy(model.settled)  # the base year is shared with other models
    do(capital.price_capital, on=model)
    plain = capital.wanted_capital(model.settled.share_capital, c.value_added[:, MARKET], c.capital_cost, 1.0)
    model.settled.capital_scale[:] = np.divide(c.capital[:, MARKET], plain, out=np.zeros_like(plain), where=plain > 0)
    c.spending_public_works[:] = p.public_capital_depreciation * c.public_capital / p.public_investment_efficiency
    cost = c.cost_factor[:, None]
    c.spending_services[:] = p.service_depreciation * c.service_stock * cost / p.service_spending_efficiency
    c.spending_capital[:] = 0.0
    return model


def test_in_a_frozen_world_stocks_stand_still_for_25_years(frozen):
    """LC27: capital, public capital, productivity and services, renewed by the verbs of the year."""
    investing = next(step for step in schedule.SCHEDULE if capital.carry_over in step.each()).each()
    serving = next(step for step in schedule.SCHEDULE if services.renew in step.each()).each()
    names = ("capital", "public_capital", "productivity", "service_stock", "service_index")
    first = {name: getattr(frozen.counties, name).copy() for name in names}
    for year in range(2011, 2036):
        frozen.year, frozen.before, frozen.now = year, frozen.now, frozen.plan.at(year)
        do(*serving, *investing, on=frozen)
        for name, before in first.items():
            np.testing.assert_allclose(getattr(frozen.counties, name), before, rtol=1e-9, atol=1e-12, err_msg=name)


# ---- the table ----------------------------------------------------------------------------------------------------


def claimed() -> dict[int, list[str]]:
    """Tests by the limiting case that their docstring names."""
    found: dict[int, list[str]] = {}
    for path in sorted(TESTS.rglob("test_*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                for number in re.findall(r"\bLC(\d+)\b", ast.get_docstring(node) or ""):
                    found.setdefault(int(number), []).append(f"{path.relative_to(TESTS)}::{node.name}")
    return found


def test_every_limiting_case_has_a_test_that_names_it():
    assert sorted(CASES) == list(range(1, 39))
    assert sorted(CASES.keys() - claimed().keys()) == [], "no test names them"
    assert sorted(claimed().keys() - CASES.keys()) == [], "no such limiting cases"


# ---- migration ----------------------------------------------------------------------------------------------------


def moved_on(until, change=lambda model: None, weight=1000, plan="no_policy", seed=0):
    """A run with something changed at the end of a year; departures, and the model."""
    model = HainanModel(plan, seed=seed, weight=weight, until=until)
    model.settled = copy.deepcopy(model.settled)
    while model.running:
        change(model)
        model.step()
    return model


def left(model, year):
    """Departures of the year among those registered here, children included."""
    return float(model.record["departures_outside"][year - 2010].sum())


def test_incomes_outside_times_three_empty_hainan_as_fast_as_people_learn_of_them():
    """LC34: odds of leaving times 2^1.2 = 2.3 in the first year, when half is expected, up to 3^1.2 = 3.7.

    Those who consider moving bound it: a share of them would have left anyway. Later there are fewer left to go.
    """
    def richer(model):
        if model.year == 2010:
            model.outside.outside_income *= 3.0

    plain, other = moved_on(2012, weight=200), moved_on(2012, richer, weight=200)
    first, second = (left(other, year) / left(plain, year) for year in (2011, 2012))
    assert 1.6 < first < 2.0**1.2 and 1.5 < second < 3.0**1.2
    assert left(other, 2012) > 1.1 * left(other, 2011)
    people = [m.record["population"][:, m.active].sum(axis=1) for m in (plain, other)]
    assert np.all(np.diff(people[1] - people[0]) < 0)
    came = [m.record["arrivals_outside"][2].sum() for m in (plain, other)]
    assert came[1] < came[0]


@pytest.mark.slow
def test_without_moves_after_2019_incomes_drift_apart():
    """LC35: nobody considers moving, nobody comes: the Theil index of income per head rises instead of falling."""
    def stand(model):
        if model.year == 2019:
            model.settled.evaluation[:] = 0.0
            model.settled.inflow_base[:] = 0.0

    plain, still = moved_on(2035, weight=400), moved_on(2035, stand, weight=400)
    assert still.record["departures_outside"][10:].sum() == still.record["arrivals_outside"][10:].sum() == 0
    assert still.record["moved"][10:].sum() == 0

    def theil(model, year):
        people, total = (model.record[name][year - 2010] for name in ("population_mid", "disposable_income"))
        return inequality.theil_t(total.sum(axis=1)[model.active] / people[model.active], people[model.active])

    assert theil(still, 2035) > theil(still, 2019) and theil(still, 2035) > 1.1 * theil(plain, 2035)


# ---- something is taken away -----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def plain():
    """The baseline to 2030."""
    return limits.finished(weight=1000, until=2030)


def by_county(model, name, year):
    return model.record[name][year - 2010].astype(float)[model.active]


def test_without_visitors_values_fall_at_once_and_volumes_later(plain):
    """LC36: by the part of visitors in output at first, by more as those who served them spend less; resorts most."""
    gone = limits.finished(limits.no_visitors, weight=1000, until=2030)
    assert np.all(gone.record["visitor_spending"][15:] == 0)
    part = by_county(plain, "visitor_spending", 2025).sum() / by_county(plain, "gdp", 2025).sum()
    first, later = (limits.effects(plain, gone, year) for year in (2025, 2030))
    assert 0.75 * part < -first["gdp"] / 100 < 1.5 * part and abs(first["gdp_volume"]) < 0.1
    assert -6.0 < later["gdp_volume"] < -0.5 and later["gdp"] < later["gdp_volume"]
    lost = by_county(gone, "gdp", 2030) / by_county(plain, "gdp", 2030)
    part = by_county(plain, "visitor_spending", 2030) / by_county(plain, "gdp", 2030)
    assert set(np.argsort(lost)[:3]) & set(np.argsort(-part)[:2]) == set(np.argsort(-part)[:2])


def test_without_a_debt_market_works_fall_at_once_and_output_slowly(plain):
    """LC37: nobody borrows, what is owed falls by the rate of repayment, works by what was borrowed."""
    alone = limits.finished(limits.no_debt, weight=1000, until=2030)
    assert np.all(alone.record["borrowing"][15:] < 1e-6)
    kept = 1.0 - alone.parameters.debt_repayment
    np.testing.assert_allclose(by_county(alone, "debt", 2030), by_county(plain, "debt", 2024) * kept**6, rtol=1e-5)
    works, borrowed = (by_county(plain, name, 2025).sum() for name in ("spending_capital", "borrowing"))
    assert by_county(alone, "spending_capital", 2025).sum() == pytest.approx(works - borrowed, rel=0.05)
    first, later = (limits.effects(plain, alone, year) for year in (2025, 2030))
    assert abs(first["gdp_volume"]) < 0.01 and -4.0 < later["gdp_volume"] < -0.5
    assert later["gdp_volume"] > -100 * alone.parameters.public_capital_elasticity  # less than all public capital


def test_without_central_transfers_a_third_of_the_money_is_lost_and_the_poor_lose_most(plain):
    """LC38: two thirds of what governments buy come from elsewhere; the year after the cut is the first to feel it."""
    cut = limits.finished(limits.no_transfers, weight=1000, until=2030)
    assert limits.multiplier(plain, cut, 2025) == pytest.approx(0.0, abs=0.01)
    assert 0.35 < limits.multiplier(plain, cut, 2030) < 0.60 and 0.6 < limits.imported_share(plain) < 0.75
    lost = np.log(by_county(plain, "gdp", 2030) / by_county(cut, "gdp", 2030))
    leaning = by_county(plain, "budget_resources", 2024) / by_county(plain, "gdp", 2024)
    assert np.all(lost > 0) and inequality.rank_correlation(lost, leaning) > 0.5
    effect = limits.effects(plain, cut, 2030)
    assert effect["population"] < 0 and effect["gdp_volume"] < effect["gdp_volume_pc"] < 0
