"""The free trade port: what no duty saves, what an allowance lets visitors buy, and what a cap on tax leaves."""

import numpy as np
import pytest

from sim.mechanisms import capital, free_port, income
from sim.mechanisms.free_port import bought_within, income_tax, normal_share, relief_share, saved_duty
from sim.scenario import load_scenario
from sim.words import COLLEGE, HIGH_TECH, INDUSTRY, LOCAL_SERVICES, URBAN
from tests.rules import do, world

UNTIL = 2026


# ---- formulas


def test_duty_is_part_of_a_price_that_holds_it():
    # of a price of 110 with 10 % duty 10 are duty; half of the price is from abroad, half of that is admitted
    assert saved_duty(0.5, 0.10, 0.5) == pytest.approx(0.25 * 10 / 110)
    assert saved_duty(0.5, 0.10, 0.0) == 0.0


def test_the_scale_of_the_income_tax_by_hand():
    # 36,000 at 3 %, 108,000 at 10, 156,000 at 20, 100,000 at 25
    assert income_tax(np.array([36_000.0, 144_000.0, 400_000.0])) == pytest.approx([1_080, 11_880, 68_080])


def test_the_cap_leaves_what_the_scale_asks_above_it():
    """With pay all alike only the tax of one income counts: 460,000 is 400,000 above what is free."""
    alike = 1e-9
    assert relief_share(np.array([460_000.0]), 0.15, alike) == pytest.approx([(68_080 - 60_000) / 460_000])
    assert relief_share(np.array([200_000.0]), 0.15, alike) == pytest.approx([0.0], abs=1e-12)  # mean rate 11 %


def test_no_cap_no_relief_and_more_dispersion_more_of_it():
    pay = np.array([0.0, 80_000.0])
    assert not relief_share(pay, 0.45, 1.1).any()
    narrow, wide = relief_share(pay, 0.15, 0.7)[1], relief_share(pay, 0.15, 1.1)[1]
    assert 0 < narrow < wide < 0.05 and relief_share(pay, 0.15, 1.1)[0] == 0


def test_the_normal_distribution_is_that_of_the_tables():
    assert [normal_share(x) for x in (-1.96, 0.0, 1.0)] == pytest.approx([0.0249979, 0.5, 0.8413447], abs=1e-6)


def test_purchases_within_an_allowance_by_drawing_them():
    wishes = 1000.0 * np.exp(1.6 * np.random.default_rng(0).standard_normal(400_000))
    assert bought_within(1000.0, 1.6, 30_000.0) == pytest.approx(np.minimum(wishes, 30_000.0).mean(), rel=0.01)
    assert bought_within(1000.0, 1.6, 1e12) == pytest.approx(1000.0 * np.exp(1.28), rel=1e-4)


# ---- rules


def customs(admitted):
    on = world(1, parameters={"import_tariff": 0.25, "equipment_import_share": 0.5,
                              "imported_inputs": (0.0, 0.5, 0.0, 0.0, 1.0)}, now={"zero_tariff": admitted})
    do(free_port.open_customs, on=on)
    return on


def test_customs_take_a_fifth_of_a_price_with_a_quarter_on_top():
    on = customs(1.0)
    assert on.prices.equipment_duty_saved == pytest.approx(0.1)
    assert on.prices.input_duty_saved == pytest.approx([0, 0.1, 0, 0, 0.2])
    shut = customs(0.0)
    assert shut.prices.equipment_duty_saved == 0 and not shut.prices.input_duty_saved.any()


def test_the_same_money_forms_more_capital_without_duty():
    on = customs(1.0)
    c = on.counties
    c.capital[0, INDUSTRY], c.investment[0, INDUSTRY] = 100.0, 18.0
    c.cooperation[:] = 1.0
    on.parameters.depreciation_rate = 0.1
    do(capital.carry_over, on=on)
    assert c.capital[0, INDUSTRY] == pytest.approx(90 + 18 / 0.9)


def test_duty_forgone_is_counted_on_equipment_and_on_inputs():
    on = customs(1.0)
    c = on.counties
    c.investment[0, INDUSTRY], c.value_added[0, INDUSTRY], c.value_added[0, HIGH_TECH] = 90.0, 110.0, 12.0
    do(free_port.forgo_duty, on=on)
    assert c.duty_saved[0] == pytest.approx(10 + 10 + 2)  # 90 buy what cost 100; 110 and 12 were 100 and 10


def test_visitors_spend_in_the_shops_and_the_margin_stays():
    on = world(2, parameters={"duty_free_buyers": 0.1, "duty_free_wish": 1e9, "duty_free_margin": 0.25},
               now={"duty_free_allowance": 50_000.0}, observed={"duty_free_shops": np.array([0.75, 0.25])})
    on.watch.gateway_use[...], on.prices.gateway_capacity[...], on.outside.wage_index[...] = 0.5, 80.0, 1.0
    do(free_port.sell_duty_free, on=on)
    c = on.counties  # 40 million visits, every tenth buys all it may: 20,000 CNY more than before
    assert c.duty_free_sales == pytest.approx([60_000, 20_000], rel=1e-3)
    assert c.duty_free_value == pytest.approx(0.25 * c.duty_free_sales)
    assert c.duty_free_value + c.duty_free_goods == pytest.approx(c.duty_free_sales)


def test_tax_that_talent_does_not_pay_is_income_and_missing_revenue():
    on = world(1, parameters={"talent_pay_spread": 1e-9}, now={"ftp_pit": 0.15}, weight=1)
    on.counted.rows_at_work[0, URBAN, COLLEGE, HIGH_TECH] = 100
    on.counted.labour_by_zone[0, URBAN, COLLEGE, HIGH_TECH] = 100.0
    on.counties.wage[0, HIGH_TECH, COLLEGE] = 460_000.0
    do(free_port.relieve_talent, income.add_up, on=on)
    c = on.counties
    assert c.talent_relief[0] == pytest.approx([100 * 8_080 / 1e6, 0])
    assert c.disposable_income[0] == pytest.approx(c.talent_relief[0])


# ---- in the model


@pytest.fixture(scope="module")
def pair(run):
    """Two runs of all other policy that differ in one lever, from none to full."""
    quiet = load_scenario("full").with_levers
    return lambda name: [run(quiet(**{name: word}), until=UNTIL) for word in ("none", "full")]


def test_zero_tariffs_lower_user_cost_and_raise_capital(pair):
    before, after = pair("zero_tariff")
    assert np.all(after.counties.capital_cost[after.active, :5] < before.counties.capital_cost[before.active, :5])
    assert after.counties.capital[:, :5].sum() > before.counties.capital[:, :5].sum()
    assert not before.counties.duty_saved.any() and after.counties.duty_saved.sum() > 0
    assert after.counties.value_added[:, INDUSTRY].sum() > before.counties.value_added[:, INDUSTRY].sum()


def test_the_cap_on_income_tax_reaches_the_pay_of_college_alone(pair):
    before, after = pair("ftp_pit")
    assert not before.counties.talent_relief.any() and after.counties.talent_relief.sum() > 0
    more = after.record["talent_relief"][2020 - 2010]
    first = after.record["tax_collected"][2020 - 2010].sum() - before.record["tax_collected"][2020 - 2010].sum()
    assert -more.sum() < first < -0.7 * more.sum()  # part of it is spent on homes, whose sale is taxed


def test_duty_free_trade_stands_where_the_shops_are(pair):
    before, after = pair("duty_free_allowance")
    c = after.counties
    assert (c.duty_free_value > 0).sum() == 4 and not before.counties.duty_free_value.any()
    more = c.value_added[:, LOCAL_SERVICES] - before.counties.value_added[:, LOCAL_SERVICES]
    assert np.argmax(more) == np.argmax(c.duty_free_value)
