"""What is observed of the base year, and rural income on the basis of later years: derived, drawn, never scored."""

import numpy as np
import pytest

from sim.region import base_targets as targets
from sim.region.pack import DERIVED, MISSING, load_pack
from tests.tiny_pack import write_tiny_pack

PACK = load_pack()


@pytest.mark.parametrize(("name", "units"), [
    ("own_revenue", 17), ("budget_spending", 17), ("inc_u", 5), ("inc_r_net", 5), ("visitors_overnight_11m", 18),
    ("fixed_investment_urban", 15), ("household_deposits", 14), ("hospital_beds", 16), ("pupils_primary", 16),
    ("pupils_secondary", 16), ("gdp_primary", 17), ("gdp_secondary", 17), ("gdp_tertiary", 7),
])
def test_so_many_counties_are_observed_in_2010(name, units):
    assert int(targets.base_targets(PACK)[name].observed.sum()) == units


def test_money_is_at_prices_of_2020():
    revenue = targets.base_targets(PACK)["own_revenue"].values
    assert revenue[0] == pytest.approx(50.3663 * 100 / PACK.deflator[2010], rel=1e-4)
    assert np.isnan(revenue[~PACK.active]).all()


def test_rural_income_is_brought_to_disposable_income_and_is_derived():
    net, made = targets.base_targets(PACK)["inc_r_net"], targets.rural_income(PACK)
    known = net.flags != MISSING
    assert made.values[known] / net.values[known] == pytest.approx(np.exp(0.06))
    assert (made.flags[known] == DERIVED).all() and not made.observed.any()
    assert targets.province_rural_income(PACK) == pytest.approx(
        np.exp(0.06) * PACK.province("income_rural_net", 2010) / PACK.deflator[2010])


def test_the_step_of_the_survey_is_drawn():
    steps = np.log([targets.survey_step(draw) for draw in range(1, 21)])
    assert steps.mean() == pytest.approx(0.06, abs=0.02) and 0.015 < steps.std() < 0.045
    assert targets.survey_step(21) == targets.survey_step(1) != targets.survey_step(2)


def test_the_step_lies_within_what_the_five_counties_show():
    steps = []
    for row in np.flatnonzero(np.isfinite(PACK.values("economy", "income_rural_net", 2013))):
        income = {year: PACK.values("economy", name, year)[row] for name, year in
                  (("income_rural_net", 2012), ("income_rural_net", 2013), ("income_rural", 2014),
                   ("income_rural", 2015))}
        growth = (np.log(income[2013] / income[2012]) + np.log(income[2015] / income[2014])) / 2
        steps.append(np.log(income[2014] / income[2013]) - growth)
    assert len(steps) == 5
    assert abs(np.mean(steps) - targets.CENTRAL.survey_step) < targets.CENTRAL.survey_step_sd


def test_a_budget_without_its_zone_does_not_speak_for_its_county():
    row = PACK.row(460400)
    assert np.isfinite(PACK.values("fiscal", "gpb_revenue_ccy", 2010)[row])
    found = targets.base_targets(PACK)
    assert np.isnan(found["own_revenue"].values[row]) and np.isfinite(found["visitors_overnight_11m"].values[row])


def test_values_cannot_be_written_to():
    with pytest.raises(ValueError, match="read-only"):
        targets.base_targets(PACK)["own_revenue"].values[0] = 1


def test_three_counties_by_hand(tmp_path):
    pack = load_pack(write_tiny_pack(tmp_path / "pack"))
    found = targets.base_targets(pack)
    assert found["own_revenue"].values == pytest.approx(np.array([60, 36, 9]) * 1.02 ** 10, rel=1e-4)
    assert found["inc_u"].values == pytest.approx(np.array([16_000, 16_000, 12_000]) * 1.02 ** 10, rel=1e-3)
    assert np.isnan(found["hospital_beds"].values).all()
