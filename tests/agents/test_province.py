"""The province: quota, need, the pools of transfers, what the tax reform gives back."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.agents import province
from sim.agents.province import (
    counted_against,
    equalisation,
    poorest_third,
    province_shares,
    quota_allotment,
    reform_return,
    reserve_claims,
    shared,
    standard_need,
)
from tests.rules import do, world

positive = st.floats(0.1, 1000)
four = st.lists(positive, min_size=4, max_size=4).map(np.array)
part = st.floats(0, 1)


# ---- quota (L2) -----------------------------------------------------------------------------------------------


def test_quota_follows_parks_people_output_and_need():
    # 100 ha, 20 reserved for the only park (second). Of 80: not tilted 60, half by people 1 : 1, half by output 1 : 3:
    # 30 (.5, .5) + 30 (.25, .75) = (22.5, 37.5). Mean income (10 + 30) / 2 = 20: only the first is poor: tilted 20.
    quota = quota_allotment(100.0, 0.2, 0.25, np.array([1.0, 1.0]), np.array([1.0, 3.0]), np.array([10.0, 30.0]),
                            np.array([0.0, 5.0]), 0.5)
    assert quota == pytest.approx([22.5 + 20.0, 20.0 + 37.5])


def test_where_all_are_equally_rich_the_tilt_follows_people():
    quota = quota_allotment(100.0, 0.0, 1.0, np.array([3.0, 1.0]), np.array([1.0, 1.0]), np.array([10.0, 10.0]),
                            np.array([1.0, 1.0]), 0.5)
    assert quota == pytest.approx([75.0, 25.0])


@given(total=st.floats(0, 5000), reserve=part, tilt=part, weight=part, people=four, output=four, income=four, park=four)
@settings(max_examples=50, deadline=None)
def test_quota_adds_to_the_total_and_nobody_gets_less_than_none(total, reserve, tilt, weight, people, output, income,
                                                                park):
    quota = quota_allotment(total, reserve, tilt, people, output, income, park, weight)
    assert quota.sum() == pytest.approx(total) and np.all(quota >= 0)


def test_the_reserve_is_claimed_by_infrastructure_regional_centres_and_parks():
    # a fifth for infrastructure by area, a quarter of the rest for the centres, what is left for parks 1 : 3
    claims = reserve_claims(np.array([1.0, 3.0]), np.array([0.0, 9.0]), np.array([3.0, 1.0]), 0.25, 0.2)
    assert claims == pytest.approx(np.array([[0.15, 0.45], [0.0, 0.2], [0.15, 0.05]]))
    assert claims.sum() == pytest.approx(1.0)


def test_before_the_levers_the_whole_reserve_goes_to_parks():
    claims = reserve_claims(np.array([1.0, 3.0]), np.array([0.0, 9.0]), np.array([3.0, 1.0]), 0.0, 0.0)
    assert claims.sum(axis=0) == pytest.approx([0.25, 0.75])


# ---- need and equalisation (F4, F6) ---------------------------------------------------------------------------


def test_need_grows_with_users_cost_and_smallness():
    # 100 heads and persons at 2 each, mountain cost 1.2, a quarter of the mean size with elasticity .5: administration
    # costs twice; 1.2 x 2 x (.7 x 100 + .3 x 100 x 2)
    assert standard_need(100.0, 2.0, 1.2, 100.0, 0.5, 0.3, 400.0) == pytest.approx(1.2 * 2 * (70 + 60))


def test_without_economies_of_scale_need_is_by_head():
    assert standard_need(100.0, 2.0, 1.0, 100.0, 0.0, 0.3, 400.0) == pytest.approx(200.0)


def test_half_a_pool_fills_half_of_each_gap():
    # gaps 40, 20, 0; a pool of 30 fills half
    paid, coefficient = equalisation(np.array([50.0, 50, 50]), np.array([10.0, 30, 80]), 30.0, np.zeros(3))
    assert paid == pytest.approx([20.0, 10.0, 0.0]) and coefficient == pytest.approx(0.5)


def test_a_tilt_moves_money_within_the_pool():
    # weights 40 x 1.5 = 60 and 20: 30 is split 3 : 1
    paid, _ = equalisation(np.array([50.0, 50, 50]), np.array([10.0, 30, 80]), 30.0, np.array([0.5, 0.0, 0.5]))
    assert paid == pytest.approx([22.5, 7.5, 0.0])


def test_a_pool_that_covers_all_gaps_brings_everyone_to_need():
    """Pool >= gaps (LC18)."""
    need, capacity = np.array([50.0, 50, 50]), np.array([10.0, 30, 80])
    paid, coefficient = equalisation(need, capacity, 500.0, np.zeros(3))
    assert capacity + paid == pytest.approx([50.0, 50.0, 80.0]) and coefficient == 1.0


def test_an_empty_pool_pays_nothing():
    """Pool = 0 (LC18)."""
    paid, coefficient = equalisation(np.array([50.0, 50]), np.array([10.0, 30]), 0.0, np.zeros(2))
    assert paid == pytest.approx([0.0, 0.0]) and coefficient == 0.0


def test_where_nobody_lacks_nothing_is_paid():
    paid, coefficient = equalisation(np.array([5.0, 5]), np.array([10.0, 30]), 100.0, np.zeros(2))
    assert np.all(paid == 0.0) and coefficient == 0.0


@given(need=four, capacity=four, pool=st.floats(0, 5000), tilt=st.lists(part, min_size=4, max_size=4).map(np.array))
@settings(max_examples=50, deadline=None)
def test_equalisation_pays_out_the_pool_or_the_gaps_and_takes_from_nobody(need, capacity, pool, tilt):
    paid, coefficient = equalisation(need, capacity, pool, tilt)
    gaps = np.maximum(0, need - capacity).sum()
    assert paid.sum() == pytest.approx(min(pool, gaps), abs=1e-9) and np.all(paid >= 0) and 0 <= coefficient <= 1
    assert np.all(paid[need <= capacity] == 0)


@given(need=four, capacity=four, pool=st.floats(0, 5000), richer=positive)
@settings(max_examples=50, deadline=None)
def test_a_county_that_grows_richer_never_gets_more_equalisation(need, capacity, pool, richer):
    before, _ = equalisation(need, capacity, pool, np.zeros(4))
    after, _ = equalisation(need, capacity + richer * (np.arange(4) == 0), pool, np.zeros(4))
    assert after[0] <= before[0] + 1e-9


@given(capacity=four, need=positive, pool=st.floats(0, 5000))
@settings(max_examples=50, deadline=None)
def test_of_two_counties_of_equal_need_the_richer_gets_no_more_and_stays_no_poorer(capacity, need, pool):
    paid, _ = equalisation(np.full(4, need), capacity, pool, np.zeros(4))
    order = np.argsort(capacity)
    assert np.all(np.diff(paid[order]) <= 1e-9) and np.all(np.diff((capacity + paid)[order]) >= -1e-9)


@given(capacity=four, need=positive, pool=st.floats(0, 4000), more=st.floats(0, 1000))
@settings(max_examples=50, deadline=None)
def test_a_larger_pool_never_spreads_resources_further(capacity, need, pool, more):
    """Dispersion of resources is non-increasing in the pool (LC18)."""
    def spread(pool):
        resources = capacity + equalisation(np.full(4, need), capacity, pool, np.zeros(4))[0]
        return resources.std() / resources.mean()

    assert spread(pool + more) <= spread(pool) + 1e-9


# ---- pools by keys (F7-F9) ------------------------------------------------------------------------------------


def test_a_pool_is_shared_by_two_keys():
    # 100: .6 by area 1 : 3, .4 by people 1 : 1
    paid = shared(100.0, 0.6, np.array([10.0, 30.0]), 0.4, np.array([5.0, 5.0]))
    assert paid == pytest.approx([15 + 20, 45 + 20])


def test_an_empty_key_leaves_its_part_to_the_other():
    assert shared(100.0, 0.6, np.zeros(2), 0.4, np.array([1.0, 3.0])) == pytest.approx([25.0, 75.0])
    assert shared(100.0, 0.6, np.zeros(2), 0.4, np.zeros(2)) == pytest.approx([0.0, 0.0])


def test_keys_without_weight_count_alike_so_that_the_pool_is_spent():
    assert shared(100.0, 0.0, np.array([1.0, 3.0]), 0.0, np.ones(2)) == pytest.approx([12.5 + 25, 37.5 + 25])
    assert shared(100.0, 0.0, np.array([1.0, 3.0]), 0.0, np.zeros(2)) == pytest.approx([25.0, 75.0])


a_weight = st.just(0.0) | st.floats(1e-6, 1)  # the ranges of parameters hold no weight between


@given(pool=st.floats(0, 1e5), first=four, second=four, weight=a_weight, other=a_weight)
@settings(max_examples=50, deadline=None)
def test_a_pool_is_spent_exactly(pool, first, second, weight, other):
    paid = shared(pool, weight, first, other, second)
    assert paid.sum() == pytest.approx(pool) and np.all(paid >= 0)


# ---- the reform of 2018 (F2) ----------------------------------------------------------------------------------


def test_the_reform_first_makes_good_what_counties_lost():
    paid = reform_return(50.0, np.array([30.0, 10.0, 0.0]), np.array([1.0, 1.0, 2.0]), 0.5)
    # 40 make good; of the other 10 half by growth 1 : 1 : 2, half by loss 3 : 1 : 0
    assert paid == pytest.approx([30 + 1.25 + 3.75, 10 + 1.25 + 1.25, 2.5])


def test_who_won_hands_the_gain_up():
    assert reform_return(20.0, np.array([30.0, -10.0]), np.array([1.0, 9.0]), 0.5).tolist() == [30.0, -10.0]


def test_without_growth_the_rest_follows_loss():
    assert reform_return(80.0, np.array([30.0, 10.0]), np.zeros(2), 0.5) == pytest.approx([60.0, 20.0])


def test_where_nobody_lost_nothing_returns_and_a_loss_is_made_good_without_a_gain():
    assert np.all(reform_return(20.0, np.zeros(2), np.ones(2), 0.5) == 0)
    assert reform_return(-5.0, np.ones(2), np.ones(2), 0.5).tolist() == [1.0, 1.0]


@given(gain=st.floats(-100, 1000), loss=four, growth=four, reward=part)
@settings(max_examples=50, deadline=None)
def test_losses_are_made_good_and_the_whole_gain_beyond_them_returns(gain, loss, growth, reward):
    paid = reform_return(gain, loss, growth, reward)
    assert paid.sum() == pytest.approx(max(gain, loss.sum()), abs=1e-9) and np.all(paid >= loss - 1e-9)


def two_units(year):
    model = world(n=2, year=year, parameters={"growth_reward_share": 0.5})
    c = model.counties
    c.tax_base_general[:], c.tax_base_property[:] = [200.0, 100.0], [50.0, 20.0]
    units = np.array([True, False]), np.array([False, False])
    model.settled.province_tax_share[:] = [
        province_shares(year, (0.45, 0.35, 0.25), 0.3, 0.6, *units, 0.1) for year in (2017, 2018)]
    model.prices.nontax_ratio[...], model.prices.central_share[...] = 0.1, 0.5
    return model


def reform_payments(model):
    do(province.pay_for_reform, on=model)
    return model.counties.transfer_base


def test_before_the_reform_nothing_returns():
    model = two_units(2016)
    assert np.all(reform_payments(model) == 0) and np.all(model.counties.hold_harmless == 0)
    assert model.counties.last_tax_general.tolist() == [200.0, 100.0]


def test_what_the_reform_takes_at_the_accounts_of_2017_is_made_good_for_good():
    model = two_units(2017)
    assert np.all(reform_payments(model) == 0)
    # before: (.1 + .9 x .45) x 100 + .45 x 50 = 73 and (.1 + .9 x .25) x 50 + .25 x 20 = 21.25;
    # after: .3 x 100 + .6 x 50 = 60 and .3 x 50 + .6 x 20 = 27; the first wins 13, the second loses 5.75
    assert model.counties.hold_harmless == pytest.approx([-13.0, 5.75])
    model.year = 2018
    assert reform_payments(model) == pytest.approx([-14.3, 6.325])  # with the non-tax part


# ---- transfers of a year, and what is learned from it -----------------------------------------------------------


def two_counties(**levers):
    model = world(
        n=2, outlook={"central_transfer": 1000.0},
        now={"equal_pool": 0.0, "eco_pool": 1.0, "weak_area_pool": 1.0, "major_projects": 0.0, "coast_repair": 0.0,
             "weak_area": 0.0} | levers,
        parameters={"county_share_of_central": 0.8, "pool_share_equalisation": 0.5, "pool_share_ecology": 0.1,
                    "pool_share_weak_area": 0.05, "province_reserve_share": 0.01, "ecology_area_weight": 0.5,
                    "earmarked_by_population": 1.0})
    model.counted.rows_minority[:] = [10, 30]
    c, s = model.counties, model.settled
    c.population[:], c.service_index[:] = [100, 300], 1.0
    c.standard_need[:], c.standard_capacity[:] = [900.0, 500.0], [100.0, 500.0]
    s.in_ecology[:], s.ecology_area[:], s.coast_area[:] = 1.0, [30.0, 10.0], [0.0, 8.0]
    return model


PAY = (province.fill_pools, province.pay_pools, province.share_earmarked, province.close_account)


def test_pools_are_parts_of_what_is_passed_on_and_each_goes_to_whom_its_key_names():
    model = two_counties()
    do(*PAY, on=model)
    c, a = model.counties, model.account
    # of 1000, 800 are passed on: 400, 80, 40, and what is left, 280, is earmarked
    assert (a.pool_equalisation, a.pool_ecology, a.pool_weak_area, a.pool_earmarked) == (400.0, 80.0, 40.0, 280.0)
    assert c.transfer_equalisation == pytest.approx([400.0, 0.0])  # the first lacks 800, the second nothing
    assert c.transfer_ecology == pytest.approx([40.0, 40.0])  # half by area 3 : 1, half by people 1 : 3
    assert c.transfer_weak_area == pytest.approx([10.0, 30.0]) and c.transfer_earmarked == pytest.approx([70.0, 210.0])
    assert c.transfers == pytest.approx([520.0, 280.0]) and a.province_to_counties == pytest.approx(800.0)


def test_what_other_pools_paid_last_year_is_no_longer_lacking():
    # half of ecology is spent on ecology: .5 x 80 + 40 + (100 - 30 tied)
    assert counted_against(80.0, 0.5, 40.0, 100.0, 30.0) == pytest.approx(150.0)
    model = two_counties()
    model.parameters.ecology_transfer_propensity = 0.5
    do(*PAY, on=model)
    c = model.counties
    assert c.counted_transfers == pytest.approx([20.0 + 10.0 + 70.0, 20.0 + 30.0 + 210.0])
    c.standard_need[:] = [400.0, 800.0]
    do(*PAY, on=model)
    # last year 100 and 260: the first lacks 400 - 100 - 100, the second 800 - 500 - 260; without them 300 and 300
    assert c.transfer_equalisation == pytest.approx([200.0, 40.0])


def test_need_and_production_share_one_cost_factor():
    # a small mountain county: need over plain need of its users; the large coastal one costs less than the mean
    model = world(n=2, observed={"mountains": np.array([True, False])}, now={"resident_based": 1.0},
                  parameters={"cost_factor_mountain": 1.2, "small_county_need": 0.5, "administration_share": 1.0})
    model.settled.mean_effort[...] = 1.0
    c, rows = model.counties, model.counted
    rows.rows_by_home[:, 0] = c.population[:] = c.registered[:] = [200, 1800]
    do(province.assess, on=model)
    # administration alone: (size / 1000)^-.5
    assert c.cost_factor == pytest.approx([1.2 / 0.2**0.5, 1 / 1.8**0.5])
    assert c.standard_heads == pytest.approx(c.cost_factor * np.array([200, 1800]))


def test_programmes_are_carried_out_by_residents_and_the_rest_belongs_to_none():
    model = two_counties()
    model.parameters.programme_purchase_share = 0.7
    model.account.province_programmes[...] = 100.0
    do(province.carry_out_programmes, on=model)
    assert model.counties.programmes_here == pytest.approx([17.5, 52.5])
    assert model.account.province_programmes_rest == pytest.approx(30.0)
    model.account.province_programmes[...] = -100.0
    do(province.carry_out_programmes, on=model)
    assert not model.counties.programmes_here.any() and model.account.province_programmes_rest == -100.0


def test_the_province_pays_farm_subsidies_out_of_its_programmes():
    model = two_counties()
    model.counties.farm_support[:] = [6.0, 4.0]
    do(*PAY, on=model)
    assert model.account.province_farm_support == 10.0
    assert model.account.province_programmes == pytest.approx(1000.0 - 800.0 - 10.0 - 10.0)  # a reserve of 10 too


def test_projects_come_on_top_of_earmarked_money_and_coast_repair_out_of_it():
    model = two_counties(major_projects=0.1, coast_repair=0.25)
    do(*PAY, on=model)
    c = model.counties
    # 28 for projects by people, 70 for the coast, 210 free by people
    assert c.earmark_projects == pytest.approx([7.0, 21.0]) and c.earmark_repair == pytest.approx([0.0, 70.0])
    assert c.transfer_earmarked == pytest.approx([7.0 + 52.5, 21.0 + 70.0 + 157.5])
    assert model.account.province_to_counties == pytest.approx(828.0)


def test_the_province_keeps_its_reserve_and_spends_the_rest_on_its_programmes():
    model = two_counties()
    a = model.account
    a.province_own_revenue[...], a.province_balance[...], a.province_awards[...] = 200.0, 20.0, 5.0
    do(*PAY, on=model)
    # a hundredth of 1200 is 12: 8 of the balance are spent with it
    assert a.province_balance == pytest.approx(12.0)
    assert a.province_programmes == pytest.approx(1200.0 - 800.0 - 5.0 + 8.0)


def test_in_the_base_year_a_standard_user_costs_what_counties_have():
    model = two_counties()
    c = model.counties
    c.own_revenue[:], c.standard_heads[:] = [100.0, 300.0], [100.0, 500.0]
    do(province.settle_unit_cost, province.weigh_need, on=model)
    assert model.account.unit_cost == pytest.approx(2.0)  # 400 of their own and 800 passed on, for 600
    assert c.standard_need == pytest.approx([200.0, 1000.0])


def test_an_emergency_is_paid_out_of_the_reserve_and_the_year_s_spending_sets_next_year_s_cost():
    model = two_counties()
    c, a = model.counties, model.account
    c.transfer_emergency[:], a.province_balance[...] = [4.0, 0.0], 12.0
    c.budget_resources[:], c.standard_heads[:] = [150.0, 450.0], [100.0, 300.0]
    do(province.cover_emergencies, province.measure_unit_cost, on=model)
    assert a.province_balance == pytest.approx(8.0) and a.unit_cost == pytest.approx(1.5)


# ---- help (5) -------------------------------------------------------------------------------------------------


def test_a_third_of_six_is_the_two_poorest():
    assert poorest_third(np.array([5.0, 1.0, 4.0, 2.0, 6.0, 3.0])).tolist() == [False, True, False, True, False, False]


def test_equals_are_told_apart_by_their_order_alone():
    assert poorest_third(np.array([1.0, 1.0, 1.0])).tolist() == [True, False, False]


# ---- help from outside and in kind ----------------------------------------------------------------------------


def test_partners_pay_a_share_of_what_a_helped_county_spends_by_itself():
    """40 and 4 of help last year: of the other 36, a quarter."""
    model = world(2, now={"paired_help": 0.25})
    c = model.counties
    c.spending_services[:], c.helped[:], c.transfer_aid[:] = 10.0, [1, 0], 4.0
    do(province.receive_aid, on=model)
    assert c.transfer_aid == pytest.approx([9.0, 0.0]) and model.account.province_aid_received == pytest.approx(9.0)


def test_help_in_kind_is_billed_at_what_building_it_would_cost():
    """10 and 5 of schools at cost 1 and 1.2, where two of money build one."""
    model = world(2, parameters={"service_spending_efficiency": 0.5})
    c = model.counties
    c.service_aid[:, 0], c.cost_factor[:] = [10.0, 5.0], [1.0, 1.2]
    do(province.charge_help_in_kind, on=model)
    assert model.account.province_service_aid == pytest.approx((10 + 6) / 0.5)


def test_what_is_brought_in_kind_is_missing_in_programmes_and_help_of_partners_is_not():
    plain, billed, helped = two_counties(), two_counties(), two_counties()
    billed.account.province_service_aid[...] = 25.0
    helped.counties.transfer_aid[:], helped.account.province_aid_received[...] = 5.0, 10.0
    for model in (plain, billed, helped):
        do(*PAY, on=model)
    left = [float(model.account.province_programmes) for model in (plain, billed, helped)]
    assert left[1] == pytest.approx(left[0] - 25) and left[2] == left[0]
