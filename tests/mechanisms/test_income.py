"""Incomes: farm rent by rights, profits after depreciation, what pensions cost budgets, wages to persons."""

from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim import words
from sim.agents.county import Counties
from sim.mechanisms import income
from sim.mechanisms.income import net_profit, pension_subsidy, shared_equally
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
    # (1 - .2) (.4 + .1) 100 - .09 x 200 = 40 - 18
    assert net_profit(0.2, 0.4, 0.1, 100.0, 0.09, 200.0) == pytest.approx(22.0)


def test_a_loss_is_not_charged_to_residents():
    assert net_profit(0.2, 0.4, 0.1, 100.0, 0.09, 1000.0) == 0.0


def test_budgets_add_what_contributions_do_not_cover():
    assert pension_subsidy(np.array([30.0, 5.0]), np.array([10.0, 8.0])) == pytest.approx([20.0, -3.0])


# ---- verbs on two counties and a world outside ----------------------------------------------------------------


def two_counties():
    sizes = words.SIZES | {"county": 2, "destination": 3}
    counties = Counties(sizes)
    parameters = SimpleNamespace(
        farm_household_share=0.5, farm_capital_ownership=0.8, away_rent_share=0.5, pension_replacement_urban=0.5,
        pension_replacement_rural=0.1)
    rights = np.zeros((2, 3, 2), dtype=np.int64)  # registered in, living in (last: outside), zone
    people = SimpleNamespace(rights=rights, by_sector=np.zeros((2, 6), dtype=np.int64), retired=np.zeros((2, 2)))
    return SimpleNamespace(counties=counties, parameters=parameters, people=people, n=2, weight=100)


def test_farm_rent_follows_registration_and_reaches_who_lives_elsewhere():
    model = two_counties()
    model.counties.factor_land[0, 0], model.counties.factor_capital[0, 0] = 12.0, 10.0  # pool .5 (12 + .8 x 10) = 10
    model.people.rights[0, 0, 1] = 6  # at home, rural
    model.people.rights[0, 1, 0] = 4  # of the first county, living in towns of the second
    model.people.rights[0, 2, 0] = 4  # outside Hainan
    income._pay_farm_rent(model)  # 10 over 6 + 4 = 10 weights: 1 a right at home (of 1 row), .5 away
    c = model.counties
    assert c.farm_rent == pytest.approx(np.array([[0.0, 6.0], [2.0, 0.0]]))
    assert c.farm_rent_away == pytest.approx([2.0, 0.0])


def test_pensions_are_a_share_of_the_mean_wage_outside_farming():
    model = two_counties()
    model.counties.factor_wages[:, 1] = [6.0, 2.0]  # 8 million for 2 rows of 100 persons: 40 000 each
    model.people.by_sector[0, 1] = 2
    model.people.retired[:] = [[1, 2], [0, 0]]
    model.counties.social_contributions[0, 0] = 0.5
    income._pay_pensions(model)
    c = model.counties
    assert c.pension_level == pytest.approx(np.array([[20_000.0, 4_000.0]] * 2))
    assert c.pensions == pytest.approx(np.array([[2.0, 0.8], [0.0, 0.0]]))
    assert c.social_subsidy == pytest.approx([2.3, 0.0])


def test_wage_levels_of_the_base_year_move_toward_the_survey_incomes():
    model = world(n=2, observed={"survey_income": np.array([20_000.0, 5_000.0])})
    settled, c = model.settled, model.counties
    settled.wage_level[...], settled.farm_wage_ratio[...] = 30_000.0, 0.2
    c.population_zone[:] = [[100, 300], [100, 100]]
    c.disposable_income[:] = 1.0  # 10 000 a head in towns, half of the survey; 5 000 in the country, which is met
    do(income.settle_wages, on=model)
    assert settled.wage_level == pytest.approx(30_000 * 2**0.6)
    assert settled.wage_level * settled.farm_wage_ratio == pytest.approx(6_000.0)
    assert settled.income_gap == pytest.approx(np.log(2))


def world_of_workers():
    """One county: in town a farm worker and a plant worker, in the country a farm worker; two adults a zone."""
    model = two_counties()
    model.active = np.ones(2, dtype=bool)
    model.base = SimpleNamespace(mean_efficiency=1.0)
    p = model.parameters
    p.share_smoothing, p.social_contribution_rate = 0.0, 0.1
    p.urban_farm_efficiency, p.rural_nonfarm_efficiency = 2.0, 0.5
    workers = model.people.by_sector_zone = np.zeros((2, 2, 3, 6), dtype=np.int64)
    workers[0, 0, 0, :2], workers[0, 1, 0, 0] = 1, 1
    model.people.adults = np.ones((2, 2, 2), dtype=np.int64)
    model.counties.wage_offer[0, 0], model.counties.wage_offer[0, 1] = 5_000.0, 30_000.0
    return model


def test_contributions_are_expected_where_they_are_paid():
    """Urban farming 5,000 x 2 whole, industry 30,000 less a tenth: (10,000 + 27,000) / 2; rural farming 5,000."""
    model = world_of_workers()
    income._expect_incomes(model)
    assert model.counties.income_skill[0, :, 0] == pytest.approx([18_500.0, 5_000.0])


def test_rural_residents_expect_what_village_land_and_sinks_earn():
    """.2 + .1 + .3 + .4 million for two rows of 100 adults: 5,000 each, in the country alone."""
    model = world_of_workers()
    c = model.counties
    c.farm_rent[0, 1], c.remittances[0, 1], c.collective_land_income[0], c.carbon_income[0] = 0.2, 0.1, 0.3, 0.4
    income._expect_incomes(model)
    assert c.income_skill[0, :, 0] == pytest.approx([18_500.0, 10_000.0])
