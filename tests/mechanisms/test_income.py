"""Incomes: farm rent by rights, profits after depreciation, what pensions cost budgets, wages to persons."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.agents.persons import efficiency_in_zones
from sim.mechanisms import income
from sim.mechanisms.income import net_profit, pension_subsidy, shared_equally
from sim.words import COLLEGE, FARMING, INDUSTRY, JUNIOR, NO_MEMBER, RURAL, RURAL_MEMBER, URBAN
from tests.rules import do, world

amount = st.floats(0, 1e4)


def test_farm_rent_is_shared_by_rights_and_those_away_get_their_part():
    # 100 for 8 at home and 4 away who count half: 100 / 10 = 10 a right at home, 5 away
    home, away = shared_equally(np.array([100.0]), np.array([8.0]), np.array([4.0]), 0.5)
    assert home == pytest.approx([10.0]) and away == pytest.approx([5.0])


def test_where_nobody_holds_a_right_nothing_is_paid():
    home, away = shared_equally(np.array([100.0]), np.array([0.0]), np.array([0.0]), 0.5)
    assert home[0] == 0.0 and away[0] == 0.0


@given(pool=amount, at_home=st.integers(0, 1000), away=st.integers(0, 1000), weight=st.floats(0, 1))
@settings(max_examples=50, deadline=None)
def test_payments_of_farm_rent_sum_to_the_pool_where_somebody_holds_a_right(pool, at_home, away, weight):
    per_home, per_away = shared_equally(pool, float(at_home), float(away), weight)
    held = at_home + weight * away
    expected = pool if held > 1e-9 else 0.0
    if held == 0 or held > 1e-9:
        assert at_home * per_home + away * per_away == pytest.approx(expected, rel=1e-9, abs=1e-9)


def test_profit_is_what_taxes_labour_and_depreciation_leave():
    # 32 to capital and 8 to land, less .09 x 200 = 18
    assert net_profit(32.0, 8.0, 0.09, 200.0) == pytest.approx(22.0)


def test_a_loss_is_not_charged_to_residents():
    assert net_profit(32.0, 8.0, 0.09, 1000.0) == 0.0


def test_budgets_add_what_contributions_do_not_cover():
    assert pension_subsidy(np.array([30.0, 5.0]), np.array([10.0, 8.0])) == pytest.approx([20.0, -3.0])


# ---- rules on two counties and a world outside ----------------------------------------------------------------


def two_counties(**parameters):
    return world(n=2, weight=100, parameters={
        "farm_household_share": 0.5, "farm_capital_ownership": 0.8, "away_rent_share": 0.5,
        "pension_replacement_urban": 0.5, "pension_replacement_rural": 0.1} | parameters)


def test_farm_rent_follows_registration_and_reaches_who_lives_elsewhere():
    model = two_counties()
    c, rights = model.counties, model.counted.rows_with_rights  # registered in, living in (last: outside), zone
    c.factor_land[0, FARMING], c.factor_capital[0, FARMING] = 12.0, 10.0  # pool .5 (12 + .8 x 10) = 10
    rights[0, 0, RURAL] = 6  # at home
    rights[0, 1, URBAN] = 4  # of the first county, living in towns of the second
    rights[0, 2, URBAN] = 4  # outside Hainan
    do(income.pay_farm_rent, on=model)  # 10 over 6 + 4 = 10 weights: 1 a right at home (of 1 row), .5 away
    assert c.farm_rent == pytest.approx(np.array([[0.0, 6.0], [2.0, 0.0]]))
    assert c.farm_rent_away == pytest.approx([2.0, 0.0])


def test_pensions_are_a_share_of_the_mean_wage_outside_farming():
    model = two_counties()
    c, counted = model.counties, model.counted
    c.factor_wages[:, INDUSTRY] = [6.0, 2.0]  # 8 million for 2 rows of 100 persons: 40 000 each
    counted.rows_by_sector[0, INDUSTRY] = 2
    counted.rows_retired[:] = [[1, 2], [0, 0]]
    c.social_contributions[0, URBAN] = 0.5
    do(income.pay_pensions, on=model)
    assert c.pension_level == pytest.approx(np.array([[20_000.0, 4_000.0]] * 2))
    assert c.pensions == pytest.approx(np.array([[2.0, 0.8], [0.0, 0.0]]))
    assert c.social_subsidy == pytest.approx([2.3, 0.0])


def test_wages_are_paid_by_sector_and_skill_and_townspeople_outside_farming_contribute():
    model = two_counties(social_contribution_rate=0.1)
    c, labour = model.counties, model.counted.labour_by_zone
    c.wage[0, FARMING, JUNIOR], c.wage[0, INDUSTRY, COLLEGE] = 5_000.0, 40_000.0
    labour[0, URBAN, JUNIOR, FARMING], labour[0, URBAN, COLLEGE, INDUSTRY] = 2.0, 1.0
    labour[0, RURAL, COLLEGE, INDUSTRY] = 0.5
    do(income.pay_workers, on=model)  # of 100 persons a row: 1 million of farming, 4 of industry; 2 in the country
    assert c.labour_income == pytest.approx(np.array([[5.0, 2.0], [0.0, 0.0]]))
    assert c.social_contributions == pytest.approx(np.array([[0.4, 0.0], [0.0, 0.0]]))
    assert not c.pay_from_owners.any()


def test_what_pay_is_above_the_yield_of_work_owners_elsewhere_lose():
    """Work yields 5 in town, 4 of it insured, and 2 in the country; pay is 1.2 times and a half of it: 6 and 1. Of a
    profit of 20, residents own .4; owners elsewhere have 12, less 1 to towns, and keep 1 of villagers."""
    model = two_counties(social_contribution_rate=0.1, depreciation_rate=0.1, local_capital_ownership=0.4,
                         ownership_trend=0.0, property_urban_weight=1.0)
    c, labour = model.counties, model.counted.labour_by_zone
    c.wage[0, FARMING, JUNIOR], c.wage[0, INDUSTRY, COLLEGE] = 5_000.0, 40_000.0
    labour[0, URBAN, JUNIOR, FARMING], labour[0, URBAN, COLLEGE, INDUSTRY] = 2.0, 1.0
    labour[0, RURAL, COLLEGE, INDUSTRY] = 0.5
    model.counties.pay_over_yield[0] = np.log([1.2, 0.5])
    c.factor_capital[0, INDUSTRY], c.capital[0, INDUSTRY] = 40.0, 200.0
    model.counted.rows_adult[0] = [[3, 0], [2, 0]]
    do(income.pay_workers, income.share_profits, on=model)
    assert c.labour_income[0] == pytest.approx([6.0, 1.0])
    assert c.social_contributions[0] == pytest.approx([0.48, 0.0])
    assert c.pay_from_owners[0] == pytest.approx([1.0, -1.0])
    assert c.property_income[0] == pytest.approx([4.8, 3.2]) and c.profit_outside[0] == pytest.approx(12.0)
    model.counties.pay_over_yield[0] = np.log([1.2, 1.0])
    do(income.pay_workers, income.share_profits, on=model)
    assert c.property_income[0].sum() == pytest.approx(8.0) and c.profit_outside[0] == pytest.approx(11.0)


def test_profits_are_parted_between_residents_and_owners_elsewhere():
    """Industry leaves 40 + 10 - .1 x 200 = 30, less 5 for offsets, 3 of rent and 2 of fees: 20, of which .4 is owned
    here; of five adults' weights (3 urban of weight 1, 2 rural) three fifths are urban."""
    model = two_counties(depreciation_rate=0.1, local_capital_ownership=0.3, ownership_trend=0.02,
                         ownership_trend_years=5.0, property_urban_weight=1.0)
    model.year += 9  # the trend has ended after five years
    c = model.counties
    c.factor_capital[0, INDUSTRY], c.factor_land[0, INDUSTRY] = 40.0, 10.0
    c.capital[0, INDUSTRY] = 200.0
    c.offset_cost[0], c.land_rent_paid[0], c.sea_use_fees[0] = 5.0, 3.0, 2.0
    model.counted.rows_adult[0] = [[2, 1], [2, 0]]
    do(income.share_profits, on=model)
    assert c.property_income == pytest.approx(np.array([[4.8, 3.2], [0.0, 0.0]]))
    assert c.profit_outside == pytest.approx([12.0, 0.0])


def test_members_outside_send_money_to_villages_where_somebody_lives():
    model = two_counties(remittance_rate=0.2)
    c, counted = model.counties, model.counted
    counted.rows_working_outside[:2, RURAL_MEMBER] = [[5, 2, 0, 1], [5, 2, 0, 1]]  # the first under 18: sends nothing
    counted.rows_working_outside[:2, NO_MEMBER] = 9
    counted.rows_by_zone[:] = [[3, 4], [3, 0]]
    model.outside.outside_income[:] = [10_000.0, 20_000.0, 30_000.0]
    do(income.send_remittances, on=model)  # .2 of 100 x (2 x 10 000 + 30 000)
    assert c.remittances == pytest.approx(np.array([[0.0, 1.0], [0.0, 0.0]]))


def test_disposable_income_is_what_a_zone_receives_and_village_land_is_rural():
    model = two_counties()
    c = model.counties
    c.labour_income[:], c.social_contributions[:, URBAN], c.farm_rent[:], c.property_income[:] = 10.0, 1.0, 2.0, 3.0
    c.pensions[:], c.remittances[:, RURAL], c.collective_land_income[:], c.carbon_income[:] = 4.0, 5.0, 0.5, 0.25
    c.living_allowance[:], c.farm_support[:] = 0.125, 0.0625
    do(income.add_up, on=model)
    assert c.disposable_income == pytest.approx(np.array([[18.0, 24.9375]] * 2))


def test_the_poor_have_an_allowance_by_the_mean_wage():
    # two factories pay 6 million to 2 x 100 workers: 30 000; .03 of it to 300 and 100 poor
    model = two_counties(living_allowance_share=0.03)
    c, counted = model.counties, model.counted
    c.factor_wages[:, INDUSTRY], counted.rows_by_sector[:, INDUSTRY], counted.rows_poor[:] = 3.0, 1, [3, 1]
    do(income.pay_pensions, on=model)
    assert c.living_allowance == pytest.approx([0.27, 0.09])


def test_farms_and_forests_are_supported_by_the_hectare_where_villagers_live():
    # 1000 x 500 + 150 x (1000 + 200)
    model = two_counties(farm_subsidy=1000.0, forest_subsidy=150.0)
    c = model.counties
    c.land_cultivated[:], c.land_forest[:], c.land_forest_park[:] = 500.0, 1000.0, 200.0
    model.counted.rows_by_zone[0, RURAL] = 1
    do(income.support_farms, on=model)
    assert c.farm_support == pytest.approx([0.68, 0.0])


def paid_in_a_later_year(**parameters):
    """Two counties of 100 people a zone, two years on, at which work yields what it did."""
    model = two_counties(**parameters)
    model.counties.work_yield[:], model.year = 20.0, model.year + 2
    model.start = {"work_yield": np.full((2, 2), 20.0), "population_zone": np.full((2, 2), 100),
                   "pay_behind": np.zeros((2, 2))}
    return model


def test_pay_over_the_yield_of_work_wears_off_by_zone():
    """After two years .9 x .9 is left in the country and all of it in towns; history asks for .05 more in one."""
    model = paid_in_a_later_year(zone_pay_memory=(1.0, 0.9))
    model.settled.zone_pay[0], model.counties.pay_residual[1, URBAN] = [0.2, -0.5], 0.05
    do(income.let_pay_follow, on=model)
    assert model.counties.pay_over_yield == pytest.approx(np.array([[0.2, -0.405], [0.05, 0.0]]))


def test_pay_moves_with_the_yield_of_all_and_hardly_with_that_of_one():
    # work yields twice as much in one county: .5 ln 2 more in the mean of two that yielded the same before; of what is
    # beyond it owners keep .8, and of what pay had fallen behind by, half is made up
    model = paid_in_a_later_year(pay_stickiness=0.8, pay_catch_up=0.5)
    model.counties.work_yield[0, URBAN], model.start["pay_behind"][1, RURAL] = 40.0, -0.2
    do(income.let_pay_follow, on=model)
    moved = 0.8 * 0.5 * np.log(2)
    assert model.counties.pay_behind == pytest.approx(np.array([[-moved, 0.0], [moved, -0.1]]))
    assert model.counties.pay_over_yield == pytest.approx(model.counties.pay_behind)


def test_pay_of_a_place_without_work_is_behind_nothing():
    model = paid_in_a_later_year()
    model.counties.work_yield[0, URBAN] = 0.0
    do(income.let_pay_follow, on=model)
    assert not model.counties.pay_behind.any()


def test_wage_levels_of_the_base_year_move_toward_the_survey_incomes():
    known = np.array([[np.nan, 4_000.0], [np.nan, np.nan]])
    model = world(n=2, observed={"survey_income": np.array([20_000.0, 5_000.0]), "income_known": known},
                  parameters={"zone_pay_range": (0.5, 3.0)})
    settled, c = model.settled, model.counties
    settled.wage_level[...], settled.farm_wage_ratio[...] = 30_000.0, 0.2
    c.population_zone[:] = [[100, 300], [100, 100]]
    c.disposable_income[:] = 1.0  # 10 000 a head in towns, half of the survey; 5 000 in the country, which is met
    c.labour_income[:] = 0.6
    do(income.settle_wages, on=model)
    assert settled.wage_level == pytest.approx(30_000 * 2**0.6)
    assert settled.wage_level * settled.farm_wage_ratio == pytest.approx(6_000.0)
    assert settled.income_gap == pytest.approx(np.log(2))
    # the first county's villagers are to have 1.2 in place of 1, .4 of it not pay: pay is to rise from .6 to .8
    assert settled.zone_pay == pytest.approx(np.array([[0.0, 0.6 * np.log(0.8 / 0.6)], [0.0, 0.0]]))


def test_pay_goes_no_further_than_its_range_where_other_income_alone_exceeds_the_printed_one():
    """.4 that is not pay, and printed are 1,000 a head of 300, .3 in all: pay falls to a half, and that is all."""
    known = np.array([[np.nan, 1_000.0], [np.nan, np.nan]])
    model = world(n=2, observed={"survey_income": np.array([10_000.0, 5_000.0]), "income_known": known},
                  parameters={"zone_pay_range": (0.5, 3.0)})
    model.settled.wage_level[...], model.settled.farm_wage_ratio[...] = 30_000.0, 0.2
    c = model.counties
    c.population_zone[:], c.disposable_income[:], c.labour_income[:] = [[100, 300], [100, 100]], 1.0, 0.6
    do(income.settle_wages, on=model)
    assert model.settled.zone_pay[0, RURAL] == pytest.approx(np.log(0.5))
    assert model.settled.income_gap == pytest.approx(0.0, abs=1e-12)


def world_of_workers():
    """One county: in town a farm worker and a plant worker, in the country a farm worker; two adults a zone."""
    model = two_counties(share_smoothing=0.0, social_contribution_rate=0.1)
    model.settled.mean_efficiency[...] = 1.0
    model.settled.efficiency_by_zone[:] = efficiency_in_zones(urban_farm=2.0, rural_nonfarm=0.5)
    workers = model.counted.rows_at_work
    workers[0, URBAN, JUNIOR, :2], workers[0, RURAL, JUNIOR, FARMING] = 1, 1
    model.counted.rows_adult[:] = 1
    model.counties.wage_offer[0, FARMING], model.counties.wage_offer[0, INDUSTRY] = 5_000.0, 30_000.0
    return model


def test_contributions_are_expected_where_they_are_paid():
    """Urban farming 5,000 x 2 whole, industry 30,000 less a tenth: (10,000 + 27,000) / 2; rural farming 5,000."""
    model = world_of_workers()
    do(income.expect, on=model)
    assert model.counties.income_skill[0, :, JUNIOR] == pytest.approx([18_500.0, 5_000.0])


def test_residents_expect_the_pay_of_their_zone():
    model = world_of_workers()
    model.counties.pay_over_yield[0] = np.log([2.0, 0.5])
    do(income.expect, on=model)
    assert model.counties.income_skill[0, :, JUNIOR] == pytest.approx([37_000.0, 2_500.0])


def test_rural_residents_expect_what_village_land_and_sinks_earn():
    """.2 + .1 + .3 + .4 million for two rows of 100 adults: 5,000 each, in the country alone."""
    model = world_of_workers()
    c = model.counties
    c.farm_rent[0, RURAL], c.remittances[0, RURAL] = 0.2, 0.1
    c.collective_land_income[0], c.carbon_income[0] = 0.3, 0.4
    do(income.expect, on=model)
    assert c.income_skill[0, :, JUNIOR] == pytest.approx([18_500.0, 10_000.0])


def test_what_capital_of_owners_outside_earns_leaves_whole():
    """Profit 30 of which a third is made by capital built from outside; of the rest residents own .4."""
    model = world(1, parameters={"depreciation_rate": 0.1, "local_capital_ownership": 0.4, "ownership_trend": 0.0})
    c = model.counties
    c.factor_capital[0, INDUSTRY], c.capital[0, INDUSTRY], c.capital_outside[0, INDUSTRY] = 60.0, 300.0, 100.0
    model.counted.rows_adult[0] = [[1, 0], [0, 0]]
    do(income.share_profits, on=model)
    assert c.property_income[0] == pytest.approx([0.4 * 20, 0]) and c.profit_outside[0] == pytest.approx(0.6 * 20 + 10)
