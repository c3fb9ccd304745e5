"""Budgets: the order of spending, debt within its limits."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.agents import budget, province
from sim.agents.budget import (
    bought,
    ecology_claim,
    granted_share,
    light,
    new_debt,
    offered_share,
    special_projects,
    split_budget,
)
from tests.rules import do, world

SPEND_AND_BORROW = (budget.gather, budget.share_out, budget.build_and_borrow, budget.buy, province.cover_emergencies,
                    province.measure_unit_cost)
THRESHOLDS, BY_LIGHT = (1.2, 2.0, 3.0), (1.0, 0.7, 0.4, 0.0)
money = st.floats(0, 1e5)


# ---- budget (F12) ---------------------------------------------------------------------------------------------


def split(resources, first=10.0, floor=40.0, share=0.5, ecology=5.0, training=3.0):
    return split_budget(np.array([resources]), np.array([first]), np.array([floor]), share, np.array([ecology]),
                        np.array([training]))


def test_a_budget_in_good_times():
    # 110 - 10 - 40 = 60 above the floor: 30 services, of the other 30 training 3, ecology 5, works 22
    floor, services, training, ecology, works, lacking = split(110.0)
    assert (floor[0], training[0], ecology[0], works[0], lacking[0]) == pytest.approx((40, 3, 5, 22, 0))
    assert services == pytest.approx([30.0])


def test_works_are_cut_first_and_then_ecology():
    # 60 - 10 - 40 = 10: 5 services, training 3, ecology 2, no works
    floor, services, training, ecology, works, lacking = split(60.0)
    assert (floor[0], services.sum(), training[0], ecology[0]) == pytest.approx((40, 5, 3, 2))
    assert works[0] == lacking[0] == 0.0


def test_a_county_that_cannot_pay_its_floor_lacks_the_rest():
    floor, services, training, ecology, works, lacking = split(35.0)
    assert (floor[0], lacking[0]) == pytest.approx((25.0, 15.0))
    assert services.sum() == training[0] == ecology[0] == works[0] == 0.0


def test_interest_beyond_resources_is_lacking_too():
    floor, _, _, _, works, lacking = split(4.0)
    assert (floor[0], works[0], lacking[0]) == pytest.approx((0.0, 0.0, 46.0))


@given(resources=money, first=money, floor=money, share=st.floats(0, 1), ecology=money, training=money)
@settings(max_examples=50, deadline=None)
def test_a_budget_is_spent_exactly_and_nobody_pays_back(resources, first, floor, share, ecology, training):
    paid_floor, services, paid_training, paid_ecology, works, lacking = split(
        resources, first, floor, share, ecology, training)
    spent = first + floor + services.sum() + paid_training + paid_ecology + works
    assert spent[0] == pytest.approx(resources + lacking[0], rel=1e-9, abs=1e-6)
    assert min(paid_floor.min(), services.min(), paid_training.min(), paid_ecology.min(), works.min()) >= -1e-9
    assert paid_floor[0] <= floor and paid_training[0] <= training and paid_ecology[0] <= ecology


@given(resources=money, more=money, share=st.floats(0, 1))
@settings(max_examples=50, deadline=None)
def test_a_richer_county_spends_no_less_on_anything(resources, more, share):
    poor, rich = split(resources, share=share), split(resources + more, share=share)
    for less, plenty in zip(poor[:5], rich[:5]):
        assert np.all(plenty >= less - 1e-9)
    assert rich[5] <= poor[5]


# ---- debt (F13, F14) ------------------------------------------------------------------------------------------


def test_lights_turn_at_their_thresholds():
    granted = granted_share(np.array([0.0, 1.19, 1.2, 1.99, 2.0, 3.0, 9.0]), THRESHOLDS, BY_LIGHT)
    assert granted.tolist() == [1.0, 1.0, 0.7, 0.7, 0.4, 0.0, 0.0]


def test_who_owes_all_it_may_stands_on_the_threshold_whatever_its_last_bit():
    beside = np.nextafter(1.2, [0.0, 2.0])
    assert light(beside, THRESHOLDS).tolist() == [1, 1] and light(1.2 - 1e-9, THRESHOLDS) == 0


@given(low=st.floats(0, 5), more=st.floats(0, 5))
@settings(max_examples=50, deadline=None)
def test_more_debt_never_grants_more_borrowing(low, more):
    few, many = (granted_share(np.array([owed]), THRESHOLDS, BY_LIGHT) for owed in (low, low + more))
    assert many <= few


def test_new_debt_is_the_granted_part_of_what_works_lack():
    # planned 100, of which 60 are there: 40, or half of it
    assert new_debt(100.0, 60.0, 1.0) == pytest.approx(40.0) and new_debt(100.0, 60.0, 0.5) == pytest.approx(20.0)
    assert new_debt(100.0, 160.0, 1.0) == 0.0


def test_who_owes_nothing_is_offered_all_who_owes_the_limit_half_and_nobody_meets_a_wall():
    # at twice the limit 1 / (1 + 2^4); without a limit everybody is offered all
    assert offered_share(np.array([0.0, 1.5, 3.0]), 1.5, 4.0) == pytest.approx([1.0, 0.5, 1 / 17])
    assert offered_share(7.0, np.inf, 4.0) == 1.0


@given(owed=st.floats(0, 5), more=st.floats(0.01, 5), limit=st.floats(1, 2), wider=st.floats(0, 1))
@settings(max_examples=50, deadline=None)
def test_more_debt_is_offered_less_and_a_wider_limit_no_less(owed, more, limit, wider):
    here = offered_share(owed, limit, 4.0)
    assert 0 < offered_share(owed + more, limit, 4.0) < here + 1e-15
    assert offered_share(owed, limit + wider, 4.0) >= here


def test_debt_settles_inside_the_limit_by_what_is_needed():
    """Resources 100 for ever, a tenth repaid: debt where the granted part of the need is what is repaid; no two needs
    end at one leverage."""
    owed = {}
    for need in (5.0, 10.0, 20.0):
        debt = 0.0
        for _ in range(300):
            debt += new_debt(need, 0.0, offered_share(debt / 100.0, 1.5, 4.0)) - 0.1 * debt
        owed[need] = debt / 100.0
        assert need * offered_share(owed[need], 1.5, 4.0) == pytest.approx(10.0 * owed[need], rel=1e-6)
    assert owed[5.0] < owed[10.0] < owed[20.0] < 1.5


def test_special_bonds_are_open_where_funds_can_repay_them():
    # 2 % of 1000, by funds 30 : 10; who owes for land gets none; without any fund nobody does
    gdp = np.array([600.0, 300.0, 100.0])
    assert special_projects(0.02, gdp, np.array([30.0, 10.0, -5.0])) == pytest.approx([15.0, 5.0, 0.0])
    assert special_projects(0.02, gdp, np.zeros(3)) == pytest.approx([0.0, 0.0, 0.0])


def test_what_does_not_pay_staff_buys():
    assert bought(np.array([100.0, 100.0]), np.array([0.4, 1.2])) == pytest.approx([60.0, 0.0])


@given(start=money, deficit=st.floats(0, 100).map(lambda x: round(x, 3)), rate=st.floats(0.01, 0.1))
@settings(max_examples=50, deadline=None)
def test_a_constant_deficit_grows_debt_by_its_closed_form(start, deficit, rate):
    """No ceiling, no repayment: B_t = B_0 (1 + r)^t + d ((1 + r)^t - 1) / r (LC19)."""
    debt, target = start, 1000.0
    for _ in range(20):
        own_funds = target - deficit - rate * debt  # interest is paid before works
        debt += new_debt(target, own_funds, offered_share(debt, np.inf, 4.0))
    grown = (1 + rate) ** 20
    assert debt == pytest.approx(start * grown + deficit * (grown - 1) / rate, rel=1e-9, abs=1e-6)


# ---- a year of two counties' money -----------------------------------------------------------------------------


def two_budgets(own=(100.0, 20.0), debt=(0.0, 200.0), ceiling=2.0, warning=0.0):
    model = world(
        n=2, now={"svc_share": 0.0, "lev_warning": warning, "debt_ceiling": ceiling}, outlook={"special_bonds": 0.0},
        parameters={
            "debt_supply_steepness": 4.0,
            "debt_interest": 0.05, "debt_repayment": 0.1, "three_guarantees_floor": 0.4, "ecology_spending_share": 0.05,
            "ecology_transfer_propensity": 0.5, "eco_stake_response": 0.5, "training_cost": 5000.0,
            "service_spending_share": 0.5, "service_weights": (0.3, 0.3, 0.1, 0.3), "leverage_thresholds": THRESHOLDS,
            "leverage_room": BY_LIGHT, "capital_spending_target": 0.1, "social_capital_share": 0.25})
    counties = model.counties
    counties.own_revenue[:], counties.debt[:], counties.gdp[:] = own, debt, [500.0, 300.0]
    counties.transfers[:], counties.land_revenue[:], counties.standard_heads[:] = [0.0, 30.0], [10.0, 0.0], 100.0
    model.account.unit_cost[...], model.account.province_balance[...] = 1.0, 50.0
    return model


def balance(c):
    came = (c.own_revenue + c.transfers + c.transfer_emergency + c.land_revenue + c.borrowing)
    went = (c.interest + c.repayment + c.living_allowance + c.spending_floor + c.spending_services.sum(axis=1)
            + c.spending_training + c.spending_ecology + c.spending_capital)
    return came - went


def test_a_sound_county_borrows_for_the_works_it_aims_at():
    model = two_budgets()
    do(*SPEND_AND_BORROW, on=model)
    c = model.counties
    # 100 less floor 40: services 30, ecology 5, works 25; with land 10 own funds 35; aim 50: borrows 15
    assert (c.spending_floor[0], c.spending_services[0].sum(), c.spending_ecology[0]) == pytest.approx((40, 30, 5))
    assert c.spending_services[0] == pytest.approx([9.0, 9.0, 3.0, 9.0])
    assert (c.borrowing[0], c.spending_capital[0], c.debt[0]) == pytest.approx((15, 50, 15))
    assert c.spending_public_works[0] == pytest.approx(37.5)


def test_an_indebted_county_pays_interest_and_floor_first_and_the_province_stands_in():
    model = two_budgets()
    do(*SPEND_AND_BORROW, on=model)
    c = model.counties
    # 50 less interest 10 and repayment 20 leaves 20 of a floor of 40: 20 lacking; it owes 4 times what it has, twice
    # its limit of 2: of the 30 it wants for works 30 / 17 are lent, and spent on the floor
    assert (c.interest[1], c.repayment[1], c.borrowing[1]) == pytest.approx((10, 20, 30 / 17))
    assert (c.spending_floor[1], c.spending_capital[1], c.transfer_emergency[1]) == pytest.approx((40, 0, 20 - 30 / 17))
    assert model.account.province_balance == pytest.approx(50 - (20 - 30 / 17))
    assert c.debt[1] == pytest.approx(180.0 + 30 / 17)


@pytest.mark.parametrize("own", [(100.0, 20.0), (5.0, 0.0), (400.0, 300.0)])
@pytest.mark.parametrize("warning", [0.0, 1.0])
def test_what_came_is_what_went(own, warning):
    model = two_budgets(own, warning=warning)
    do(*SPEND_AND_BORROW, on=model)
    c = model.counties
    assert balance(c) == pytest.approx([0.0, 0.0], abs=1e-9) and c.cash == pytest.approx([0.0, 0.0], abs=1e-9)


def test_the_warning_cuts_the_room_of_a_county_under_a_yellow_light():
    free, warned = two_budgets(debt=(200.0, 0.0)), two_budgets(debt=(200.0, 0.0), warning=1.0)
    for model in (free, warned):
        do(*SPEND_AND_BORROW, on=model)
    # 100 less 10, 20 and 40 leaves 30: services 15, ecology 5, works 10; with land 10 it lacks 30 of the 50 it aims at;
    # leverage 200 / 110 against a limit of 2; the light is yellow: it gets .7 of that
    lent = 30 / (1 + (20 / 11 / 2) ** 4)
    assert free.counties.borrowing[0] == pytest.approx(lent)
    assert warned.counties.borrowing[0] == pytest.approx(0.7 * lent)


def test_the_living_allowance_is_paid_before_the_rest_of_the_guarantees_and_is_part_of_them():
    model = two_budgets()
    model.counties.living_allowance[:] = [10.0, 0.0]
    do(*SPEND_AND_BORROW, on=model)
    c = model.counties
    # of a floor of 40 ten are paid to persons: 30 are left of it, and services, ecology and works as without
    assert (c.spending_floor[0], c.spending_services[0].sum(), c.spending_ecology[0]) == pytest.approx((30, 30, 5))
    assert balance(c) == pytest.approx([0.0, 0.0], abs=1e-9)


def test_governments_buy_what_they_spend_beside_pay_and_works():
    model = two_budgets()
    model.settled.public_wage_share[:], model.counties.programmes_here[:] = 0.4, [3.0, 1.0]
    do(*SPEND_AND_BORROW, on=model)
    # .6 of a floor of 40 and services of 30, ecology 5, what the province does here 3
    assert model.counties.public_purchases[0] == pytest.approx(42 + 5 + 3)


def test_ecology_claims_its_share_of_resources_of_transfers_of_what_is_at_stake_and_all_sink_revenue():
    # .03 x 1000 + .5 x 40 + .5 x 12 + 5
    assert ecology_claim(1000.0, 40.0, 12.0, 5.0, 0.03, 0.5, 0.5) == pytest.approx(61.0)


def test_money_for_water_and_sinks_enters_the_budget():
    model = two_budgets()
    c = model.counties
    c.water_received[:], c.water_paid[:], c.water_award[:], c.carbon_budget[:] = [8, 0], [0, 8], [2, 0], [1, 0]
    do(*SPEND_AND_BORROW, on=model)
    assert c.budget_resources == pytest.approx([111.0, 42.0])
    # .05 of 111, half of 8 + 2 and the sinks
    assert c.spending_ecology[0] == pytest.approx(5.55 + 5 + 1)


def test_next_year_s_unit_cost_is_this_year_s_mean_spending():
    model = two_budgets()
    do(*SPEND_AND_BORROW, on=model)
    assert model.account.unit_cost == pytest.approx((100 + 50) / 200)


def test_who_is_owed_money_is_granted_all_whatever_the_slope():
    assert budget.offered_share(np.array([-0.2, 0.0, 1.0]), 1.0, 3.7) == pytest.approx([1.0, 1.0, 0.5])
