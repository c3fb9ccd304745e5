"""Carbon: who emits, who owes offsets, and a market that a small province takes prices in."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.mechanisms import carbon as c
from sim.scenario import load_scenario

amounts = st.lists(st.floats(0.0, 1e6), min_size=3, max_size=3).map(np.array)


def test_only_what_exceeds_the_free_amount_owes_offsets():
    assert c.duty(np.array([50.0, 100.0, 300.0]), 100.0, 0.1) == pytest.approx([0.0, 0.0, 20.0])


def test_all_sinks_are_offered_at_the_full_price_fewer_below():
    assert c.sinks_offered(np.array([90.0, 30.0]), 50.0, 100.0, 1.0) == pytest.approx([45.0, 15.0])
    assert c.sinks_offered(np.array([90.0]), 150.0, 100.0, 1.0) == pytest.approx([90.0])


def test_spare_sinks_go_to_the_national_market_at_its_price():
    # at 100 two thirds of 300 are offered (all at 150): 200, of which 60 are owed here
    price, bought, sold, lacking, spare = c.trade(np.array([60.0, 0.0]), np.array([0.0, 300.0]), 100.0, 1.5, 1.0)
    assert price == 100.0 and bought.tolist() == [60, 0] and lacking.tolist() == [0, 0]
    assert (sold[1], spare[1]) == pytest.approx((60.0, 140.0))


def test_where_sinks_are_short_emitters_buy_the_rest_outside():
    price, _, sold, lacking, spare = c.trade(np.array([500.0, 0.0]), np.array([0.0, 300.0]), 100.0, 1.5, 1.0)
    assert price == pytest.approx(150.0) and sold[1] == pytest.approx(300.0) and lacking[0] == pytest.approx(200.0)
    assert spare.sum() == 0.0


def test_in_between_the_price_clears_the_market_of_the_province():
    # 240 owed of 300 (p / 150): p = 120
    price, bought, sold, lacking, spare = c.trade(np.array([240.0, 0.0]), np.array([0.0, 300.0]), 100.0, 1.5, 1.0)
    assert price == pytest.approx(120.0) and bought.sum() == pytest.approx(240.0) == sold.sum()
    assert lacking.sum() == pytest.approx(0.0, abs=1e-6) and spare.sum() == pytest.approx(0.0, abs=1e-6)


@given(amounts, amounts, st.floats(10, 200), st.floats(1.0, 2.0))
@settings(max_examples=50, deadline=None)
def test_offsets_bought_are_offsets_sold_and_no_more_than_certified(owed, certified, price, premium):
    paid, bought, sold, lacking, spare = c.trade(owed, certified, price, premium, 1.0)
    size = 1 + owed.sum() + certified.sum()
    assert bought.sum() == pytest.approx(sold.sum(), abs=1e-9 * size)
    assert bought + lacking == pytest.approx(owed)
    assert np.all(sold + spare <= certified * (1 + 1e-9) + 1e-9) and price <= paid <= premium * price * (1 + 1e-9)


# ---- in the model -----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def plain(run):
    return run("no_policy", until=2026)


def with_levers(run, **levers):
    return run(load_scenario("no_policy").with_levers(**levers), until=2026)


def test_the_base_year_emits_what_the_province_emitted(plain):
    assert plain.record["emissions"][0].sum() == pytest.approx(plain.parameters.emissions_2010, rel=1e-6)


def test_emissions_of_2018_are_near_the_record(plain):
    assert plain.record["emissions"][8].sum() / 1e6 == pytest.approx(42.0, rel=0.1)


def test_without_policy_nobody_trades_and_net_is_gross(plain):
    assert plain.record["offsets_bought"].sum() == plain.record["offsets_sold"].sum() == 0.0
    assert np.array_equal(plain.record["net_emissions"], plain.record["emissions"])


def test_forest_counties_sell_to_the_country_and_share_with_their_villages(run):
    model = with_levers(run, carbon_market="full")
    k, c_ = model.counties, model.parameters
    revenue = (k.carbon_budget + k.carbon_income)[model.active]
    assert np.all(revenue > 0) and model.prices.offset_money_outside == pytest.approx(revenue.sum())
    assert k.carbon_income[model.active] / revenue == pytest.approx(c_.carbon_household_share)
    assert k.offset_cost.sum() == 0.0


def test_large_emitters_without_a_market_buy_outside_and_their_owners_earn_less(run, plain):
    model = with_levers(run, carbon_offset="full")
    assert model.counties.offsets_bought.sum() == pytest.approx(float(model.prices.offsets_from_outside))
    # added up one by one: the last digit too, or a province that earns nothing has accounts that do not close
    assert model.prices.offset_money_outside == -np.cumsum(model.counties.offset_cost)[-1]
    assert model.record["province_emission_intensity"][-1] < plain.record["province_emission_intensity"][-1]
    hit = int(np.argmax(model.counties.offset_cost))
    assert model.record["disposable_income"][-1, hit].sum() < plain.record["disposable_income"][-1, hit].sum() * 1.01


def test_both_together_trade_inside_the_province(run):
    model = with_levers(run, carbon_offset="full", carbon_market="full")
    inside = model.counties.offsets_bought.sum() - model.prices.offsets_from_outside
    assert inside > 0 and model.prices.carbon_price >= 92 * 1.04 ** (2026 - 2024) * (1 - 1e-9)


def test_a_cap_on_yangpu_holds_its_industrial_capital(run, plain):
    model = with_levers(run, yangpu_cap="full")
    danzhou = model.names.index("Danzhou")
    limit = model.counties.industry_reference[danzhou]
    assert limit == pytest.approx(plain.counties.industry_reference[danzhou])
    assert np.all(model.record["capital"][11:, danzhou, 1] <= limit * (1 + 1e-6))
    others = np.arange(model.n) != danzhou
    assert np.all(model.counties.industry_limit[others] == c.NO_LIMIT)


def test_named_projects_are_built_under_a_cap(run):
    model = with_levers(run, yangpu_cap="full", hub_projects="full", soe_invest="full")
    danzhou = model.names.index("Danzhou")
    assert model.record["project_investment"][-1, danzhou].sum() >= 0.0  # the accounts of projects closed every year
