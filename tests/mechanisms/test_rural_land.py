"""Idle rural land: released when it pays, leased or reclaimed, and its income reaches villages."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.mechanisms import rural_land
from sim.mechanisms.rural_land import proceeds, released
from sim.region.land_cover import MILLION_PER_HECTARE
from sim.words import FARMING, INDUSTRY, LOCAL_SERVICES
from tests.rules import do, world
from tests.whole_runs import without_policy


def test_at_the_half_price_half_of_the_rate_is_released():
    assert released(100.0, 0.04, 15.0, 15.0) == pytest.approx(2.0)
    assert released(100.0, 0.04, 0.0, 15.0) == 0.0


@settings(max_examples=40, deadline=None)
@given(st.floats(0, 1e4), st.floats(0, 0.1), st.floats(0, 1e3), st.floats(0, 1e3), st.floats(1, 50))
def test_a_higher_price_releases_more_and_never_more_than_the_rate(idle, rate, price, more, half):
    assert released(idle, rate, price, half) <= released(idle, rate, price + more, half) + 1e-9 <= rate * idle + 2e-9


def test_who_clears_at_a_loss_gets_nothing():
    assert proceeds(10.0, 2.0, 0.75) == pytest.approx(12.5) and proceeds(10.0, 0.5, 0.75) == 0.0


def test_no_idle_land_moves_before_the_reforms():
    record = without_policy(2018).record
    for name in ("land_collective", "land_homestead", "land_state_farm", "quota_reclaimed", "collective_land_income"):
        assert not record[name].any(), name


def test_a_unified_land_market_pays_villages_and_makes_quota():
    model, plain = without_policy(2030, coll_land=0.08), without_policy(2030)
    c = model.counties
    rural = c.population_zone[:, 1] > 0
    assert np.all(c.collective_land_income[rural] > 0) and not c.collective_land_income[~rural].any()
    assert c.land_rural.sum() < plain.counties.land_rural.sum()
    assert c.land_cultivated.sum() > plain.counties.land_cultivated.sum()
    assert np.all(c.land_collective[rural] > 0)


def test_released_land_is_never_more_than_lies_idle():
    model = without_policy(2050, coll_land=0.08, state_farm=0.05, homestead=0.9)
    p, c = model.parameters, model.counties
    assert np.all(c.land_collective <= p.idle_rural_share * c.land_rural * 1.2 + 1e-9)
    assert np.all(c.land_homestead <= p.homestead_lease_share * p.idle_rural_share * c.land_rural + 1e-9)
    assert np.all(c.land_state_farm <= p.idle_state_farm_share * c.land_garden * 1.2 + 1e-9)


def test_leased_homesteads_earn_rent_and_change_no_land_use():
    model, plain = without_policy(2026, homestead=0.9), without_policy(2026)
    c = model.counties
    assert c.collective_land_income.sum() > 0 and not c.quota_reclaimed.any()
    assert c.land_rural == pytest.approx(plain.counties.land_rural)


def test_rents_of_village_land_come_out_of_the_land_rent_of_its_users():
    c = without_policy(2028, coll_land=0.08, homestead=0.9, state_farm=0.05).counties
    assert np.all(c.land_rent_paid <= c.factor_land[:, 1:5].sum(axis=1) + 1e-9)
    assert np.all(c.collective_land_income + c.land_rent_county <= c.land_rent_paid + c.quota_proceeds_paid + 1e-9)


def test_income_of_state_farm_land_goes_to_farms_and_counties_not_to_villages():
    c = without_policy(2028, state_farm=0.05).counties
    assert c.land_rent_county.sum() > 0 and c.quota_proceeds_paid.sum() > 0
    assert not c.collective_land_income.any()


def test_clearing_idle_land_is_paid_beside_the_compensation_of_farmland():
    """Hectares cleared for quota times what a hectare costs to clear, over what reclaiming farmland costs."""
    model, plain = (without_policy(2024, comp_pool=1.0, **levers) for levers in ({"coll_land": 0.08}, {}))
    c, p = model.counties, model.parameters
    each = MILLION_PER_HECTARE * p.rural_reclamation_cost * float(model.outside.wage_index)
    cleared = each * c.quota_reclaimed.sum()
    rise = p.reclamation_elasticity / (1.0 + p.reclamation_elasticity)
    ploughed = rise * float(model.prices.compensation_price_pool) * c.cultivated_reclaimed.sum()
    assert cleared > 0.0
    assert c.spending_reclamation.sum() == pytest.approx(cleared + ploughed, rel=1e-9)
    assert not plain.counties.quota_reclaimed.any()


# ---- the rules on two counties ---------------------------------------------------------------------------------


def two_counties(**more):
    model = world(
        n=2, now={"homestead": 0.0, "coll_land": 0.1, "state_farm": 0.0} | more,
        parameters={
            "idle_rural_share": 0.1, "idle_state_farm_share": 0.01, "release_price_half": 15.0,
            "homestead_lease_share": 0.5, "direct_entry_share": 0.4, "collective_land_usability": 0.5,
            "homestead_usability": 0.3, "reclaimed_quality": 0.9, "household_land_share": 0.5,
            "collective_land_share": 0.25, "state_farm_county_share": 0.3, "quota_price_reference": 15.0,
            "rural_reclamation_cost": 5.0})
    c = model.counties
    model.outside.wage_index[...] = 1.0
    c.land_rural[:], c.land_garden[:], c.land_cultivated[:] = [1000.0, 0.0], 0.0, 500.0
    c.land_value[:] = 15.0 * MILLION_PER_HECTARE
    c.factor_land[:, INDUSTRY], c.land_input[:, INDUSTRY] = 6.0, 10.0
    return model


def test_idle_land_is_opened_where_it_lies_or_becomes_farmland_and_quota():
    model = two_counties()
    do(rural_land.release, on=model)
    c = model.counties
    # of 100 idle ha a twentieth is released at the half price: 2 on the spot, 3 reclaimed
    assert c.land_collective == pytest.approx([2.0, 0.0]) and c.quota_reclaimed == pytest.approx([3.0, 0.0])
    assert c.land_rural == pytest.approx([997.0, 0.0]) and c.land_cultivated == pytest.approx([503.0, 500.0])
    assert c.land_input[0, INDUSTRY] == pytest.approx(11.0) and c.land_input[0, FARMING] == pytest.approx(2.7)


def test_leased_homesteads_serve_local_services_alone():
    model = two_counties(homestead=1.0, coll_land=0.0)
    do(rural_land.release, on=model)
    c = model.counties
    assert c.land_homestead == pytest.approx([50.0, 0.0]) and c.land_input[0, LOCAL_SERVICES] == pytest.approx(15.0)
    assert not c.quota_reclaimed.any()


def test_of_what_quota_brings_villages_have_three_quarters_and_farms_most():
    model = two_counties()
    c = model.counties
    c.quota_reclaimed[:], c.quota_state_farm[:] = [3.0, 0.0], [1.0, 0.0]
    model.prices.quota_price[...] = 1.75
    do(rural_land.pay_proceeds, on=model)
    # a hectare is sold at 1.75 and costs .75 to clear: 2 for villages, 1 for farms, of which the county keeps .3
    assert c.collective_land_income == pytest.approx([1.5, 0.0])
    assert c.quota_proceeds_paid == pytest.approx([1.5 + 0.7, 0.0])
    assert c.spending_reclamation == pytest.approx([2.25, 0.0])


def test_rents_of_village_land_are_those_of_urban_land_at_its_use():
    model = two_counties()
    c = model.counties
    c.land_collective[:], c.land_state_farm[:] = [4.0, 0.0], [0.0, 10.0]
    do(rural_land.pay_rents, on=model)
    # .6 a hectare, half usable: 1.2 of villages, of which a quarter is the county's; 3 of farms, .3 of it the county's
    assert c.collective_land_income == pytest.approx([0.9, 0.0])
    assert c.land_rent_county == pytest.approx([0.3, 0.9]) and c.land_rent_paid == pytest.approx([1.2, 0.9])
