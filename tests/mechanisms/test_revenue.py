"""Revenue: the regimes of sharing, tiers that add to what is collected, the price of land."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim import names, settle
from sim.agents.province import province_shares
from sim.mechanisms import revenue
from sim.mechanisms.revenue import capitalised_rent, net_land_revenue, since_vat_reform, tiers
from sim.region.pack import load_pack
from sim.words import FARMING
from tests.rules import do, world

SETTLE = (revenue.settle, revenue.set_rates)
HAIKOU, SANYA = np.array([True, False, False]), np.array([False, True, False])
BEFORE = (0.45, 0.35, 0.25)
money = st.floats(0, 1e5)
part = st.floats(0, 1)


def test_to_2017_each_unit_shares_by_its_own_ratio():
    general, prop = province_shares(2017, BEFORE, 0.3, 0.6, HAIKOU, SANYA)
    assert general == pytest.approx([0.45, 0.35, 0.25]) and prop == pytest.approx([0.45, 0.35, 0.25])


def test_from_2018_all_units_share_alike_and_property_by_its_own_ratio():
    general, prop = province_shares(2018, BEFORE, 0.3, 0.6, HAIKOU, SANYA)
    assert general == pytest.approx([0.3] * 3) and prop == pytest.approx([0.6] * 3)


def test_a_part_of_shared_taxes_is_the_provinces_alone_to_2017():
    general, prop = province_shares(2017, BEFORE, 0.3, 0.6, HAIKOU, SANYA, 0.2)
    assert general == pytest.approx([0.56, 0.48, 0.40]) and prop == pytest.approx([0.45, 0.35, 0.25])
    assert province_shares(2018, BEFORE, 0.3, 0.6, HAIKOU, SANYA, 0.2)[0] == pytest.approx([0.3] * 3)


def test_taxes_by_tier_are_countable():
    # shared taxes 100: centre 50, of the rest the province 30 %: 15; property 40: province 60 %: 24; fixed 10: county
    centre, province, county = tiers(100.0, 40.0, 10.0, 0.5, 0.3, 0.6)
    assert (centre, province, county) == pytest.approx((50.0, 39.0, 61.0))


@given(general=money, prop=money, local=money, central=part, share_general=part, share_property=part)
@settings(max_examples=50, deadline=None)
def test_what_is_collected_is_split_without_rest(general, prop, local, central, share_general, share_property):
    split = tiers(general, prop, local, central, share_general, share_property)
    assert sum(split) == pytest.approx(general + prop + local, rel=1e-12, abs=1e-9)
    assert min(split) >= -1e-9 * (general + prop + local)


def test_land_costs_its_rent_for_ever():
    # 12 a year from 100 ha at 6 %: 2 a hectare
    assert capitalised_rent(np.array([12.0, 5.0]), np.array([100.0, 0.0]), 0.06) == pytest.approx([2.0, 0.0])


def test_of_land_sales_the_costs_and_the_part_handed_up_are_gone():
    # sold for 100; 70 go into acquiring it, a tenth of the rest upwards
    assert net_land_revenue(100.0, 0.7, 0.1) == pytest.approx(27.0)


# ---- three counties whose taxes are settled on what is known ---------------------------------------------------


def three_counties(observed):
    model = world(
        parameters={"residential_share": 0.4, "infrastructure_share": 0.2},
        observed={"local_revenue": 60.0, "observed_revenue": np.array(observed), "haikou": HAIKOU, "sanya": SANYA},
        now={"resource_tenure": 1.0},
        outlook={"land_market": 1.0, "tax_burden": 1.0, "nontax_level": 1.0})
    model.counties.property_base[:] = [50.0, 80.0, 5.0]
    model.counties.value_added[:] = [[20, 60, 100, 5, 30, 10], [10, 5, 80, 5, 10, 5], [50, 10, 20, 5, 1, 5]]
    do(*SETTLE, on=model)
    return model


@pytest.mark.parametrize("observed", [(np.nan, np.nan, np.nan), (20.0, np.nan, np.nan), (20.0, 15.0, np.nan)])
def test_settled_taxes_raise_the_revenue_of_the_province_and_of_the_counties_that_print_theirs(observed):
    model = three_counties(observed)
    do(revenue.collect, on=model)
    c = model.counties
    assert c.own_revenue.sum() + model.account.province_own_revenue == pytest.approx(60.0)
    known = np.isfinite(observed)
    assert c.own_revenue[known] == pytest.approx(np.array(observed)[known])
    assert np.ptp(model.settled.tax_effort[~known]) == pytest.approx(0.0, abs=1e-12)


def test_tax_rates_collect_what_the_tax_groups_collect():
    model = three_counties((20.0, np.nan, np.nan))
    do(revenue.collect, on=model)
    c = model.counties
    by_rate = (c.tax_rate * c.value_added).sum(axis=1)
    assert by_rate == pytest.approx(c.tax_base_general + c.tax_base_local)
    assert c.tax_collected == pytest.approx(by_rate + c.tax_base_property)


def test_resources_bring_the_county_more_of_its_own_taxes():
    model = three_counties((np.nan, np.nan, np.nan))
    plain = model.counties.tax_rate.copy()
    model.now.resource_tenure = 1.5
    do(revenue.set_rates, on=model)
    effort, fixed = model.settled.tax_effort, model.settled.rate_local
    more = model.counties.tax_rate - plain
    assert more[:, 1] == pytest.approx(effort * 0.5 * fixed)
    assert more[:, 2] == pytest.approx(effort * 0.5 * fixed)
    assert np.all(more[:, [0, 3, 4, 5]] == 0)
    before = model.counties.tax_base_local.copy()
    do(revenue.collect, on=model)
    assert np.all(model.counties.tax_base_local > before)


def test_taxes_of_parks_are_those_of_the_output_on_park_land_as_it_is_this_year():
    model = three_counties((np.nan, np.nan, np.nan))
    model.counties.park_share[:] = [0.5, 0.0, 0.0]
    do(revenue.collect, on=model)
    c = model.counties
    assert c.tax_parks[0] == pytest.approx(0.5 * (c.tax_rate * c.value_added)[0, [1, 3, 4]].sum())
    assert np.all(c.tax_parks[1:] == 0)


def test_property_taxes_follow_what_is_sold_at_the_county_s_effort():
    model = three_counties((np.nan, np.nan, np.nan))
    do(revenue.collect, on=model)
    c = model.counties
    assert c.tax_base_property / c.tax_base_property[2] == pytest.approx([10.0, 16.0, 1.0])
    c.property_base *= [2.0, 1.0, 0.0]
    first = c.tax_base_property.copy()
    do(revenue.collect, on=model)
    assert c.tax_base_property == pytest.approx(first * [2.0, 1.0, 0.0])


def test_national_law_moves_shared_taxes_alone_and_fees_stand_in_their_own_ratio():
    model = three_counties((20.0, np.nan, np.nan))
    do(revenue.collect, on=model)
    c = model.counties
    general, local, prop = (getattr(c, f"tax_base_{kind}").copy() for kind in ("general", "local", "property"))
    model.outlook["tax_burden"][:], model.outlook["nontax_level"][:] = 0.8, 2.0
    do(revenue.set_rates, revenue.collect, on=model)
    assert c.tax_base_general == pytest.approx(0.8 * general)
    assert c.tax_base_local == pytest.approx(local) and c.tax_base_property == pytest.approx(prop)
    taxes = c.own_revenue - c.nontax_revenue
    assert c.nontax_revenue / taxes == pytest.approx(2.0 * 0.135 / 0.865)


def test_the_centre_takes_more_since_vat_replaced_business_tax():
    assert [since_vat_reform(year) for year in (2015, 2016, 2017)] == pytest.approx([0.0, 8 / 12, 1.0])
    model = three_counties((20.0, np.nan, np.nan))
    model.year = 2017
    do(revenue.set_rates, revenue.collect, on=model)
    c = model.counties
    assert c.tax_to_centre == pytest.approx(0.545 * c.tax_base_general)


def test_public_service_pays_no_tax():
    model = three_counties((20.0, np.nan, np.nan))
    assert np.all(model.counties.tax_rate[:, 5] == 0.0)


def test_nontax_revenue_stands_in_one_ratio_to_taxes_of_the_tier():
    model = three_counties((np.nan, np.nan, np.nan))
    do(revenue.collect, on=model)
    c = model.counties
    taxes = c.own_revenue - c.nontax_revenue
    assert np.ptp(c.nontax_revenue / taxes) == pytest.approx(0.0, abs=1e-12)
    assert (c.nontax_revenue / c.own_revenue)[0] == pytest.approx(model.parameters.nontax_share)


def test_land_for_homes_is_sold_at_its_price_and_land_for_industry_at_its_rent():
    model = three_counties((np.nan, np.nan, np.nan))
    c, p = model.counties, model.parameters
    p.land_discount_rate, p.land_sold_share, p.land_cost_share, p.land_revenue_upstream = 0.05, 0.5, 0.7, 0.1
    # industry: rent 4 x 3 on 120 ha at 5 %: 2 a hectare; of 8 ha of homes and industry at .4 : .4, 4 ha are industry's
    c.factor_land[:, 1:5], c.land_industrial[:] = 3.0, 120.0
    c.new_urban[:], c.residential_sold[:], c.land_price_residential[:] = [8.0, 0.0, 0.0], [3.0, 0.0, 1.0], 10.0
    do(revenue.settle, revenue.sell_land, on=model)
    assert c.land_price_industrial == pytest.approx([2.0] * 3) and c.land_price == pytest.approx([6.0] * 3)
    # sales 3 x 10 + 4 x 2 = 38 and 1 x 10, half of them for money, of which .3 x .9 is left
    assert c.land_revenue == pytest.approx([38 * 0.5 * 0.27, 0.0, 10 * 0.5 * 0.27])


def test_the_province_keeps_a_third_of_local_revenue_under_both_regimes(run):
    record = run("baseline", until=2022).record
    province = record["province_own_revenue"].astype(float)
    share = province / (province + record["own_revenue"].sum(axis=1))
    assert np.all((share[2:] >= 0.32) & (share[2:] <= 0.355))


# ---- provincial shares against what counties print --------------------------------------------------------------

PRINTED, OWN, HANDED_UP = np.array([60.0, 30.0]), np.array([60.0, 60.0]), np.array([40.0, 40.0])


def test_provincial_shares_that_leave_room_for_all_counties_stand():
    # efforts 1 and 1/2: 100 + 50 are collected where it is printed; the others at a half collect 20 of 40
    assert revenue.share_that_fits(PRINTED, OWN, HANDED_UP, 40.0, 170.0) == 1.0


def test_provincial_shares_that_would_leave_a_county_less_than_nothing_are_lowered():
    # of 145 the known counties alone would hold 150: the rest would be -5, taxes at a negative rate
    part = revenue.share_that_fits(PRINTED, OWN, HANDED_UP, 40.0, 145.0)
    effort = PRINTED / (OWN + (1 - part) * HANDED_UP)
    assert 0 < part < 1
    assert (effort * 100).sum() + effort.min() * 40 == pytest.approx(145.0)


def test_a_draw_whose_shares_ask_for_more_than_there_is_settles_taxes_above_nought():
    """High provincial shares made the one county that prints no revenue collect less than nothing."""
    high = {"province_share_before": (0.5175, 0.4025, 0.2875), "province_only_share": 0.2, "local_tax_share": 0.08,
            "property_tax_share": 0.35}
    values = {name: card.default for name, card in names.parameter_cards().items()} | high
    values = {name: np.array(value) if isinstance(value, tuple) else value for name, value in values.items()}
    model = settle.BaseYear(load_pack(), 1000, 0, values)
    settle.carry_out((*settle.PLACES, *settle.WAGES), model)
    assert model.settled.tax_effort[model.active].min() > 0.3
    assert model.settled.province_tax_share[0].max() < 0.5175 + 0.2 * (1 - 0.5175)


def test_what_history_asks_comes_on_top_of_taxes_and_touches_no_income():
    def collected(residual):
        here = world(2, year=2018, parameters={"central_share_rise": 0.0})
        here.settled.tax_effort[:], here.settled.rate_general[:] = 1.0, 0.1
        here.prices.general_rate[:], here.prices.central_share[...], here.prices.nontax_ratio[...] = 0.1, 0.5, 0.2
        here.counties.value_added[:, FARMING] = 100.0
        here.counties.revenue_residual[:] = residual
        do(revenue.collect, on=here)
        return here.counties

    plain, asked = collected(0.0), collected(np.log([2.0, 0.5]))
    assert np.allclose(plain.own_revenue, 0.5 * 10.0 * 1.2) and not plain.revenue_asked.any()
    assert np.allclose(asked.own_revenue, [12.0, 3.0]) and np.allclose(asked.revenue_asked, [6.0, -3.0])
    assert np.allclose(asked.tax_collected, plain.tax_collected)
    assert np.allclose(asked.collection_effort, [2.0, 0.5])
