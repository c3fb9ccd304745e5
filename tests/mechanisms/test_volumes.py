"""Volumes: Fisher's index, the chain, where growth comes from, what living costs."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.mechanisms import volumes
from sim.mechanisms.volumes import cost_of_living, fisher
from sim.words import INDUSTRY, LOCAL_SERVICES, MARKET, PUBLIC_SERVICE, RURAL, URBAN
from tests.rules import do, world

positive = st.floats(0.1, 100)
CHAIN = (volumes.explain_growth, volumes.chain)


def test_fisher_of_two_sectors_by_hand():
    """Industry 4 at price 1, then 8 at 1; services 4 at 1, then 4 at 2: Laspeyres 12 / 8, Paasche 16 / 12, root 2."""
    assert fisher(8.0, 12.0, 12.0, 16.0) == pytest.approx(np.sqrt(2))
    assert fisher(0.0, 0.0, 0.0, 5.0) == 1.0


def two_counties():
    """Base year: the first makes 4 of industry and 4 of services, the second 2 of industry; all prices one."""
    model = world(n=2, outlook={"national_growth": 0.0})
    c, settled = model.counties, model.settled
    c.quantity[0, INDUSTRY], c.quantity[0, LOCAL_SERVICES], c.quantity[1, INDUSTRY] = 4.0, 4.0, 2.0
    c.value_added[:] = c.quantity
    c.gdp[:] = c.value_added.sum(axis=1)
    settled.share_capital[:], settled.share_labour[:], settled.share_land[:] = 0.4, 0.5, 0.1
    c.goods_price[:] = 1.0
    c.capital[:], c.labour_nested[:], c.land_input[:], c.productivity[:] = 10.0, 3.0, 2.0, 1.0
    c.house_rent[:], c.population_zone[:] = [120.0, 60.0], 10
    c.service_price[:] = 1.0
    do(volumes.settle, volumes.settle_inputs, volumes.settle_living, on=model)
    model.prices.service_taste[...] = 1.0
    return model


def test_volume_of_the_base_year_is_its_value():
    model = two_counties()
    assert model.counties.gdp_volume == pytest.approx([8.0, 2.0])
    assert model.watch.province_gdp_volume == pytest.approx(10.0)


def test_dearer_services_are_no_growth():
    """Quantities stand, the price of services doubles: value 14, volume as it was."""
    model = two_counties()
    model.counties.value_added[0, LOCAL_SERVICES] = 8.0
    do(*CHAIN, on=model)
    assert model.counties.gdp_volume == pytest.approx([8.0, 2.0])
    assert model.watch.province_gdp_volume == pytest.approx(10.0)


def test_the_chain_weighs_by_the_prices_of_both_years():
    model = two_counties()
    c = model.counties
    c.quantity[0, INDUSTRY] = c.value_added[0, INDUSTRY] = 8.0
    c.value_added[0, LOCAL_SERVICES] = 8.0
    do(volumes.chain, on=model)
    assert c.gdp_volume == pytest.approx([8.0 * np.sqrt(2), 2.0])
    # of the province: sqrt(14 / 10 x 18 / 14)
    assert model.watch.province_gdp_volume == pytest.approx(10.0 * np.sqrt(1.8))
    do(volumes.chain, on=model)  # a year like the last adds nothing
    assert c.gdp_volume == pytest.approx([8.0 * np.sqrt(2), 2.0])


@given(now=st.lists(positive, min_size=2, max_size=2))
@settings(max_examples=30, deadline=None)
def test_at_prices_of_one_volume_is_value(now):
    model = two_counties()
    c = model.counties
    c.quantity[0, INDUSTRY], c.quantity[0, LOCAL_SERVICES] = now
    c.value_added[:] = c.quantity
    do(volumes.chain, on=model)
    assert c.gdp_volume == pytest.approx(c.value_added.sum(axis=1), rel=1e-9)
    assert model.watch.province_gdp_volume == pytest.approx(c.value_added.sum(), rel=1e-9)


def test_what_is_made_for_the_first_time_has_todays_price():
    model = two_counties()
    c = model.counties
    c.quantity[1, LOCAL_SERVICES], c.value_added[1, LOCAL_SERVICES] = 1.0, 3.0  # 3 a piece in both years: 2 becomes 5
    do(volumes.chain, on=model)
    assert c.gdp_volume[1] == pytest.approx(5.0)
    c.quantity[1, LOCAL_SERVICES] = c.value_added[1, LOCAL_SERVICES] = 0.0  # and at that price it is missed
    do(volumes.chain, on=model)
    assert c.gdp_volume[1] == pytest.approx(2.0)


def grown(**factors):
    """The next year, with inputs multiplied and output as Y = A K^.4 L^.5 T^.1 has it."""
    model = two_counties()
    c = model.counties
    for name, factor in factors.items():
        getattr(c, name)[:] *= factor
    power = {"productivity": 1.0, "capital": 0.4, "labour_nested": 0.5, "land_input": 0.1}
    made = np.prod([factor ** power[name] for name, factor in factors.items()])
    c.quantity[:, MARKET] *= made
    c.value_added[:] = c.quantity
    do(*CHAIN, on=model)
    return model.watch


def test_growth_by_its_causes_adds_up():
    """Capital, labour and land twice as much: ln 2 in all, .4, .5 and .1 of it; nothing is left to nearness."""
    found = grown(capital=2.0, labour_nested=2.0, land_input=2.0)
    assert np.log(found.province_gdp_volume / 10.0) == pytest.approx(np.log(2))
    assert found.province_growth_capital == pytest.approx(0.4 * np.log(2))
    assert found.province_growth_labour == pytest.approx(0.5 * np.log(2))
    assert found.province_growth_land == pytest.approx(0.1 * np.log(2))
    assert found.province_growth_nearness == pytest.approx(0.0, abs=1e-12)


def test_productivity_beside_trend_premia_and_shocks_is_catching_up():
    found = grown(productivity=1.1)
    assert found.province_growth_catch_up == pytest.approx(np.log(1.1))
    model = two_counties()
    c = model.counties
    model.prices.productivity_trend[:], c.productivity_premium[:], c.productivity_shock[:] = 0.02, 0.01, -0.005
    c.productivity *= 1.1
    do(volumes.explain_growth, on=model)
    w = model.watch
    assert w.province_growth_trend == pytest.approx(0.02) and w.province_growth_policy == pytest.approx(0.01)
    assert w.province_growth_shock == pytest.approx(-0.005)
    assert w.province_growth_catch_up == pytest.approx(np.log(1.1) - 0.025)


def test_staff_of_public_service_is_labour():
    model = two_counties()
    c = model.counties
    c.quantity[:, PUBLIC_SERVICE] = c.value_added[:, PUBLIC_SERVICE] = 2.5
    do(volumes.settle, on=model)
    c.quantity[:, PUBLIC_SERVICE] = c.value_added[:, PUBLIC_SERVICE] = 5.0
    do(*CHAIN, on=model)
    weight = 0.5 * (5 / 15 + 10 / 20)  # in value, before and after
    c = model.watch
    assert c.province_growth_labour == pytest.approx(weight * np.log(2))


def test_a_cost_of_living_by_hand():
    # rents four times (a quarter of spending), services as they were, goods twice (a half): 4^.25 x 2^.5 = 2
    assert cost_of_living(4.0, 1.0, 2.0, 0.25, 0.25) == pytest.approx(2.0)


def test_living_is_dear_where_rents_are_and_villagers_pay_none():
    model = two_counties()
    c, p = model.counties, model.parameters
    c.service_price[:] = [1.0, 1.5]
    do(volumes.price_living, on=model)
    assert model.settled.rent_level_base == pytest.approx(90.0)
    services = p.local_service_expenditure_share
    assert model.prices.living_service_share == services
    assert c.living_cost[0] == pytest.approx([(4 / 3) ** p.urban_rent_share, 1.0])
    assert c.living_cost[1, RURAL] == pytest.approx(1.5**services)
    assert c.living_cost[1, URBAN] == pytest.approx((2 / 3) ** p.urban_rent_share
                                                    * 1.5 ** (services - p.urban_rent_share))


def test_cheaper_goods_make_living_cheaper_in_both_zones():
    model = two_counties()
    c = model.counties
    c.service_price[:], c.house_rent[:], c.goods_price[:] = 1.0, 90.0, [0.8, 1.0]
    do(volumes.price_living, on=model)
    goods, rent = 1.0 - model.parameters.local_service_expenditure_share, (4 / 3) ** model.parameters.urban_rent_share
    assert c.living_cost[0] == pytest.approx([rent * (90 / 120) ** model.parameters.urban_rent_share * 0.8**goods,
                                              0.8**goods])
    assert c.living_cost[1] == pytest.approx([1.0, 1.0])


def test_weights_of_the_cost_of_living_are_those_of_last_year():
    """Services double in two years in a row; half as much again is spent on them from the first year on: the first
    change weighs with the share of the base year, the second with one half more."""
    model = two_counties()
    c, first = model.counties, model.parameters.local_service_expenditure_share
    model.prices.service_taste[...], c.service_price[:] = 1.5, 2.0
    do(volumes.price_living, on=model)
    assert c.living_cost[:, RURAL] == pytest.approx(2.0**first)
    c.service_price[:] = 4.0
    do(volumes.price_living, on=model)
    assert c.living_cost[:, RURAL] == pytest.approx(2.0**first * 2.0 ** (1.5 * first))
    do(volumes.price_living, on=model)  # a year like the last changes nothing
    assert c.living_cost[:, RURAL] == pytest.approx(2.0**first * 2.0 ** (1.5 * first))
