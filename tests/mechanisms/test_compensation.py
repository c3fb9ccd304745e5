"""Compensation: who pays whom for a clean river, and that nothing is made or lost on the way."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.mechanisms import compensation as c
from sim.scenario import load_scenario
from tests.rules import do

PAY = (c.cover, c.share_pools, c.pay, c.sum_awards)
STAGES = np.array([0, 1, 2, 3])


def test_four_passes_pay_four_two_none_none_minus_four():
    """LC23."""
    assert c.section_payment(np.array([4.0, 3.0, 2.0, 0.0]), 1.5).tolist() == [6.0, 3.0, 0.0, -6.0]


@pytest.mark.parametrize(("reached", "covered"), [(0.0, [0, 0, 0, 0]), (0.5, [0, 0.5, 0, 0]), (1.0, [0, 1, 0, 0]),
                                                  (1.7, [0, 1, 0.7, 0]), (3.0, [0, 1, 1, 1])])
def test_sections_are_covered_stage_by_stage(reached, covered):
    assert c.coverage(reached, STAGES) == pytest.approx(covered)


def test_the_pool_of_chitian_pays_out_what_is_earned():
    # 200 a year: province 110, Sanya 60, Baoting 30; a clean year gives Baoting 170 beyond its own 30
    assert c.pool_payment(4.0, 30.0, 60.0, 110.0) == pytest.approx((60.0, 110.0))
    # half a year: 100 are not earned; 60/170 of it go back to Sanya, 110/170 to the province
    lower, province = c.pool_payment(2.0, 30.0, 60.0, 110.0)
    assert (lower, province) == pytest.approx((60 - 100 * 60 / 170, 110 - 100 * 110 / 170))
    assert lower + province == pytest.approx(100 - 30)


@given(st.integers(0, 4), *(st.floats(1.0, 200.0) for _ in range(3)))
@settings(max_examples=50, deadline=None)
def test_a_pool_is_paid_out_whole(passed, upper, lower, province):
    by_lower, by_province = c.pool_payment(float(passed), upper, lower, province)
    earned = passed / 4 * (upper + lower + province)
    assert by_lower + by_province == pytest.approx(earned - upper)


# ---- on the rivers of Hainan ------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def covered(run):
    return run(load_scenario("no_policy").with_levers(eco_comp="full"), until=2026)


@pytest.fixture(scope="module")
def plain(run):
    return run("no_policy", until=2026)


def test_nothing_is_paid_before_the_opinions(covered, plain):
    early = covered.record["reach_covered"][:9]
    assert np.all(early == 0.0) and np.all(plain.record["reach_payment"] == 0.0)


def test_what_one_bank_pays_the_other_receives(covered):
    paid, received = (covered.record[name].sum(axis=1) for name in ("water_paid", "water_received"))
    assert paid[-1] > 0 and paid == pytest.approx(received)


def test_awards_come_from_the_province(covered):
    assert covered.record["water_award"].sum(axis=1) == pytest.approx(covered.record["province_awards"], rel=1e-5)


def test_upper_counties_of_clean_rivers_gain_and_lower_ones_pay(covered):
    net = (covered.record["water_received"] - covered.record["water_paid"])[-1]
    name = covered.names.index
    assert net[name("Baoting")] > 0 > net[name("Sanya")] and net[name("Qiongzhong")] > 0 > net[name("Haikou")]


def test_a_failed_river_makes_the_upper_county_pay(run):
    model = run(load_scenario("no_policy").with_levers(eco_comp="full"), until=2024)
    model.reaches.reach_tests_passed[:] = 0.0
    do(*PAY, on=model)
    met = model.reaches.reach_covered > 0
    assert met.sum() > 9 and np.all(model.reaches.reach_payment[met] < 0) and np.all(model.reaches.reach_award <= 0)
    qiongzhong = model.names.index("Qiongzhong")
    assert model.counties.water_paid[qiongzhong] > 0 == model.counties.water_received[qiongzhong]
    assert model.counties.water_paid.sum() == pytest.approx(model.counties.water_received.sum())


def test_what_is_at_stake_and_received_is_spent_on_rivers(covered, plain):
    name = covered.names.index("Baoting")
    more = [m.record["spending_ecology"][-1, name] for m in (covered, plain)]
    assert more[0] > more[1]
    assert covered.record["abatement"][-1, name] > plain.record["abatement"][-1, name]


def test_a_larger_scale_pays_more_for_the_same_quarters(run, covered):
    larger = run(load_scenario("no_policy").with_levers(eco_comp="full", eco_comp_scale="full"), until=2026)
    chitian = larger.reach["chitian_baoting"].row
    others = (larger.observed.rivers.stage > 0) & (np.arange(larger.observed.rivers.n) != chitian)
    assert np.all(larger.reaches.reach_payment[others] >= covered.reaches.reach_payment[others])
    assert larger.reaches.reach_payment[others].sum() > 2 * covered.reaches.reach_payment[others].sum()
    assert larger.reach["chitian_baoting"].reach_payment == pytest.approx(60.0)  # the pool has its own size


def test_a_pool_that_is_not_renewed_ends_with_its_printed_years(run):
    plan = load_scenario("no_policy").with_levers(eco_comp="full").with_parameters(pool_renewed=0.0)
    model = run(plan, until=2026)
    row = model.reach["chitian_baoting"].row
    payments = model.record["reach_payment"][:, row]
    assert payments[2022 - 2010] == pytest.approx(60.0) and abs(payments[2026 - 2010]) <= 4.0
