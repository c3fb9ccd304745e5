"""Public money in the whole model: what budgets buy, what a county loses with its transfers, where debt settles."""

import numpy as np
import pytest

from calibration import limiting_cases as limits
from sim.model import HainanModel
from sim.region.history import history
from sim.words import BASE_YEAR

UNTIL = 2030


@pytest.mark.parametrize("draw", range(20))
def test_the_base_year_can_be_settled_with_governments_among_the_buyers(draw):
    model = HainanModel("no_policy", weight=1000, draw=draw, until=2011)
    c, settled, here = model.counties, model.settled, model.active
    assert settled.income_gap < 1e-6  # survey incomes are met with payments to persons in them
    assert np.all((settled.local_capture[here] > 0) & (settled.local_capture[here] <= 1))
    assert np.all(settled.sales_outside_base >= 0) and np.all(c.construction >= 0)
    for name in ("private_demand", "purchases_local", "purchases_imported", "public_purchases", "programmes_here"):
        assert np.all(getattr(c, name) >= 0), name
    assert c.private_demand + c.purchases_local == pytest.approx(c.value_added[:, 2])


def finished(until=UNTIL):
    model = HainanModel("baseline", weight=1000, until=until)
    while model.running:
        model.step()
    return model


def test_a_county_whose_own_transfers_are_cut_loses_output_and_people_and_less_a_head():
    """It is the one that leans on them most; every account closes, for the province keeps the money."""
    plain, cut = finished(), limits.finished(limits.own_transfers, weight=1000, until=UNTIL, each_year=True)
    first, later = (limits.effects(plain, cut, year, limits.leaning) for year in (limits.SINCE, UNTIL))
    assert first["gdp"] == pytest.approx(0.0, abs=0.01)  # it bought this year by the budget of the last
    assert later["gdp"] < -5.0 and later["population"] < 0.0
    assert later["gdp_volume"] < later["gdp_volume_pc"] < 0.0
    assert 0.1 < later["multiplier"] < 1.0 - later["imported"] + 0.1
    row, here = int(limits.leaning(plain)[0]), plain.active
    assert not any(cut.record[name][limits.SINCE - BASE_YEAR:, row].any() for name in limits.OF_PROVINCE)
    others = cut.record["gdp"][-1].astype(float) / plain.record["gdp"][-1].astype(float).clip(1.0)
    assert np.all(np.delete(others, row)[np.delete(here, row)] > 0.97)  # nobody else is hit as hard


def test_debt_has_a_reason_and_settles_on_no_line():
    model = finished(2035)
    c, here = model.counties, model.active
    leverage = c.debt[here] / (c.budget_resources + c.fund_resources)[here]
    lines = (model.now.debt_ceiling, *model.parameters.leverage_thresholds)
    assert sum(np.abs(leverage / line - 1) < 0.01 for line in lines).sum() <= 4
    assert np.ptp(leverage) > 0.3


def test_counties_that_owed_much_in_2021_owe_much_in_the_model():
    model = finished(2021)
    told = history()["debt"].sel(year=2021).to_numpy().astype(float)
    known = np.isfinite(told)
    made = model.counties.debt[known]
    assert np.corrcoef(np.log(made), np.log(told[known]))[0, 1] > 0.85
    assert 0.65 < made.sum() / told[known].sum() < 1.35


def test_own_revenue_falls_over_output_as_national_taxes_do():
    model = finished(2024)
    own = model.record["own_revenue"].astype(float).sum(axis=1) + model.record["province_own_revenue"]
    share = own / model.record["gdp"].astype(float).sum(axis=1)
    assert share[2015 - BASE_YEAR] > share[0] > share[2024 - BASE_YEAR]
