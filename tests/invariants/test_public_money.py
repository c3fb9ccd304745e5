"""Public money in the whole model: what budgets buy, what a county loses with its transfers, where debt settles."""

import numpy as np
import pytest

from sim import model as model_file
from sim import schedule
from sim.agents import province
from sim.model import HainanModel
from sim.region.history import history
from sim.words import BASE_YEAR

CUT, UNTIL, POOR = 2025, 2030, 469030  # Qiongzhong lives on transfers more than others
OF_A_COUNTY = ("transfer_base", "transfer_equalisation", "transfer_ecology", "transfer_weak_area", "transfer_earmarked",
               "earmark_projects", "earmark_repair", "transfers")


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


def finished(until=UNTIL, each_year=lambda model: None):
    model = HainanModel("baseline", weight=1000, until=until)
    while model.running:
        each_year(model)
        model.step()
    return model


def test_a_county_whose_own_transfers_are_halved_loses_output_and_people(monkeypatch):
    plain = finished()
    row = int(np.flatnonzero(plain.codes == POOR)[0])

    def lose(model):
        if model.year >= CUT:
            for name in OF_A_COUNTY:
                getattr(model.counties, name)[row] *= 0.5

    steps = tuple(step._replace(rules=tuple(one for rule in step.each() for one in (
        (rule, lose) if rule is province.close_account else (rule,)))) for step in schedule.SCHEDULE)
    monkeypatch.setattr(schedule, "SCHEDULE", steps)
    monkeypatch.setattr(model_file, "audit", lambda model: None)  # what is taken goes to nobody
    poorer = finished()
    gdp, people = (poorer.record[name][-1, row] / plain.record[name][-1, row] - 1 for name in ("gdp", "population"))
    assert gdp < -0.02 and people <= 0
    assert abs((1 + gdp) / (1 + people) - 1) < 0.1  # output per head need not fall: people leave


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
