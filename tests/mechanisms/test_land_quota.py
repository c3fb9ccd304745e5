"""The quota market and enclaves: quota goes where a hectare is worth more, and who lets it go is paid."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.core.market import clear_market
from sim.mechanisms import land_quota
from sim.mechanisms.land_quota import (
    enclave_account,
    hectare_value,
    hosts_for,
    quota_offer,
    quota_wanted,
    quota_wish,
)
from tests.rules import do, world
from tests.whole_runs import without_policy

some = st.lists(st.floats(0.1, 100.0), min_size=6, max_size=6).map(np.array)


# ---- what a hectare is worth (L3) -------------------------------------------------------------------------------


def test_a_hectare_is_worth_what_its_sale_leaves_and_the_taxes_it_brings():
    # .3 x .9 x 10 x .5 of its sale, 5 years of 2 of taxes
    assert hectare_value(10.0, 0.5, 0.7, 0.1, 2.0, 5.0) == pytest.approx(1.35 + 10.0)


def test_a_county_that_pays_its_own_value_wants_its_size():
    assert quota_wanted(40.0, 3.0, 3.0, 1.5) == pytest.approx(40.0)
    assert quota_wanted(40.0, 6.0, 3.0, 1.0) == pytest.approx(80.0)


def test_a_county_asks_the_market_for_what_it_wants_beyond_what_it_keeps_and_has_land_for():
    def wish(kept, room):
        wanted = quota_wanted(40.0, 6.0, 1.0, 1.5)
        sides = np.zeros(1), np.array([wanted]), np.array([kept]), np.array([room]), 1.5
        return quota_wish(3.0, 0, sides)

    wanted = quota_wanted(40.0, 6.0, 3.0, 1.5)
    assert wish(30.0, np.inf) == pytest.approx(wanted - 30.0)
    assert wish(30.0, 50.0) == pytest.approx(20.0)
    assert wish(200.0, np.inf) == 0.0 == wish(30.0, 20.0)


# ---- the market without caps ------------------------------------------------------------------------------------


def market_of(quota, size, value, elasticity):
    """Price, net amounts and payments where all quota is for sale and land is plenty."""
    nothing_kept, plenty = np.zeros(quota.size), np.full(quota.size, np.inf)
    sides = quota, quota_wanted(size, value, 1.0, elasticity), nothing_kept, plenty, elasticity
    price, bought, sold = clear_market(quota_offer, quota_wish, sides, quota.size, 0.0, np.inf, 1.0)
    return price, bought - sold, price * (bought - sold)


@settings(max_examples=40, deadline=None)
@given(some, some, some, st.floats(0.8, 3.0))
def test_without_caps_the_price_of_quota_has_its_closed_form(size, value, quota, elasticity):
    """LC20: p = [ sum q v^eq / Q ]^(1/eq)."""
    price, _, _ = market_of(quota, size, value, elasticity)
    closed = ((size * value**elasticity).sum() / quota.sum()) ** (1.0 / elasticity)
    assert price == pytest.approx(closed, rel=1e-10)


@settings(max_examples=40, deadline=None)
@given(some, some, st.floats(0.8, 3.0), st.floats(0.1, 10.0))
def test_nobody_trades_when_quota_follows_size_and_value(size, value, elasticity, scale):
    """LC20: no trade where quota is proportional to q v^eq."""
    quota = scale * size * value**elasticity
    _, net, _ = market_of(quota, size, value, elasticity)
    assert np.abs(net).max() <= 1e-9 * quota.max()


@settings(max_examples=40, deadline=None)
@given(some, some, some, st.floats(1.1, 3.0))
def test_everyone_gains_by_trade(size, value, quota, elasticity):
    """LC20: the area under a county's demand between what it had and ends with is worth more than it pays."""
    _, net, paid = market_of(quota, size, value, elasticity)
    after = quota + net
    power = 1.0 - 1.0 / elasticity
    worth = value * size ** (1.0 / elasticity) * (after**power - quota**power) / power
    assert np.all(worth - paid >= -1e-8 * (1.0 + np.abs(paid)))


# ---- enclaves (L10) ---------------------------------------------------------------------------------------------


MINUTES = np.array([[0.0, 60.0, 100.0, 200.0], [60.0, 0.0, 80.0, 90.0], [100.0, 80.0, 0.0, 50.0],
                    [200.0, 90.0, 50.0, 0.0]])


def test_the_host_is_the_best_park_within_reach():
    origin, host = np.array([True, False, False, True]), np.array([False, True, True, False])
    value = np.array([1.0, 3.0, 5.0, 2.0])
    # from the first both parks are within 120 minutes, the last reaches both; the third county is worth most
    assert hosts_for(origin, host, value, MINUTES, 120.0).tolist() == [2, -1, -1, 2]
    assert hosts_for(origin, host, value, MINUTES, 90.0).tolist() == [1, -1, -1, 2]


def test_nobody_passes_quota_to_a_place_where_land_is_worth_less_or_to_itself():
    origin, host = np.array([True, True, False, False]), np.array([True, True, False, False])
    assert hosts_for(origin, host, np.array([2.0, 1.0, 0.0, 0.0]), MINUTES, 500.0).tolist() == [-1, 0, -1, -1]


def test_taxes_of_an_enclave_are_shared_between_origin_and_host():
    # the first holds 10 of 50 ha in the second: a fifth of its output of 100 and of its revenue of 20
    held = np.array([[0.0, 10.0], [0.0, 0.0]])
    output, tax, net = enclave_account(held, np.array([0.0, 100.0]), np.array([0.0, 50.0]), np.array([0.0, 20.0]), 0.5)
    assert output == pytest.approx([20.0, 0.0]) and tax == pytest.approx([4.0, 0.0])
    assert net == pytest.approx([2.0, -2.0])


# ---- the rules on two counties ---------------------------------------------------------------------------------


def seller_and_buyer():
    model = world(n=2, parameters={"quota_demand_elasticity": 1.0, "quota_price_reference": 15.0})
    c = model.counties
    model.outside.wage_index[...] = 1.0
    c.quota_offered[:], c.quota_demand[:], c.quota_kept[:] = [10.0, 0.0], [0.0, 30.0], [0.0, 5.0]
    c.land_convertible[:], c.quota_reclaimed[:] = 1000.0, [4.0, 0.0]
    return model


def test_quota_is_sold_at_the_price_at_which_all_that_is_offered_is_wanted():
    model = seller_and_buyer()
    do(land_quota.trade, on=model)
    c = model.counties
    # 30 / p - 5 = 10
    assert model.prices.quota_price == pytest.approx(2.0) and model.prices.quota_volume == pytest.approx(10.0)
    assert c.quota_traded == pytest.approx([-10.0, 10.0]) and c.horizontal_quota == pytest.approx([20.0, -20.0])
    assert c.quota_linked == pytest.approx([0.0, 4.0])  # what was reclaimed brings its farmland


def test_where_nothing_is_offered_the_market_is_empty_and_has_no_price():
    model = seller_and_buyer()
    do(land_quota.trade, on=model)
    model.counties.quota_offered[:] = 0.0
    do(land_quota.trade, on=model)
    c = model.counties
    assert not (c.quota_traded.any() or c.quota_linked.any() or c.horizontal_quota.any())
    assert model.prices.quota_price == 0.0 == model.prices.quota_volume


def test_quota_that_is_passed_on_is_missed_at_home_and_counted_at_the_host():
    model = world(n=2, year=2020, now={"enclave": 0.2}, parameters={"enclave_reach": 120.0})
    c, parks = model.counties, model.parks
    c.helped[:], c.quota[:], c.land_value[:], c.minutes[:] = [1, 0], [50.0, 80.0], [1.0, 3.0], 60.0
    parks.host[:], parks.start[:] = 1, 2015
    do(land_quota.pass_on, on=model)
    assert c.enclave_right[0, 1] == pytest.approx(10.0) and c.quota_enclave == pytest.approx([-10.0, 10.0])
    model.year = 2014  # the park is not founded yet
    do(land_quota.pass_on, on=model)
    assert not (c.enclave_right.any() or c.quota_enclave.any())


# ---- in a run ---------------------------------------------------------------------------------------------------


def test_no_quota_changes_hands_before_it_may():
    model = without_policy(2018)
    assert not model.record["quota_traded"].any() and not model.record["quota_price"].any()
    assert not model.record["horizontal_quota"].any() and not model.record["quota_enclave"].any()


def test_quota_moves_from_counties_where_land_is_cheap_to_where_it_is_dear():
    c = without_policy(2024, quota_trade=1.0).counties
    bought, sold = c.quota_traded > 0, c.quota_traded < 0
    assert bought.any() and sold.any()
    assert c.land_value[bought].mean() > c.land_value[sold].mean()
    assert np.all(c.horizontal_quota[sold] > 0) and np.all(c.horizontal_quota[bought] < 0)
    assert c.horizontal_quota.sum() == pytest.approx(0.0, abs=1e-6)


def test_with_little_tradable_quota_sellers_sell_no_more_than_that():
    c = without_policy(2024, quota_trade=0.2).counties
    assert np.all(c.quota_traded >= -0.2 * c.quota * (1 + 1e-9))


def test_enclaves_belong_to_poor_counties_and_lie_where_parks_are():
    model = without_policy(2028, enclave=0.2)
    c = model.counties
    hosts = np.flatnonzero(c.enclave_land[:, : model.n].sum(axis=0))
    assert hosts.size and np.all(c.park_share[hosts] > 0)
    owners = np.flatnonzero(c.enclave_land.sum(axis=1))
    assert np.all(c.horizontal_enclave[owners].sum() > 0) and c.enclave_output[owners].min() > 0
    assert c.enclave_tax[owners].sum() >= c.horizontal_enclave[owners].sum()


def test_a_larger_share_of_enclave_taxes_only_moves_money():
    few, many = (without_policy(2026, enclave=0.2, enclave_share=share) for share in (0.3, 0.7))
    gain = (many.record["horizontal_enclave"] - few.record["horizontal_enclave"]).sum(axis=0, dtype=float)
    assert np.any(gain > 0) and abs(gain.sum()) < 1e-3 * np.abs(gain).sum()


def test_what_is_barred_in_key_ecological_zones_and_haikou_is_not_built():
    model, plain = without_policy(2024, eco_ban=0.4, jiangdong_land=0.25), without_policy(2024)
    built, before = model.counties.converted, plain.counties.converted
    zones, haikou = model.pack.group("key_eco"), model.pack.group("haikou")
    assert built[haikou].sum() == pytest.approx(0.75 * before[haikou].sum(), rel=0.05)
    assert np.all(built[zones] < before[zones])


def test_the_park_is_an_agent_that_knows_its_host_and_its_enclaves():
    model = without_policy(2024, enclave=0.2)
    park = model.park["Yangpu development zone"]
    assert park.county.name_en == "Danzhou" and park.start == 1992 and park.area > 0
    contracts = [contract for p in model.park.values() for contract in p.contracts]
    assert contracts and set(contracts) <= set(model.codes.tolist())
    assert "Yangpu" in repr(park)


def test_enclaves_carry_no_more_than_their_host_has():
    # 30 and 10 ha are held in a host that works on 20: three quarters and one quarter of its output 8 and revenue 4
    output, tax, _ = land_quota.enclave_account(np.array([[0.0, 30.0], [0.0, 10.0]]), np.array([5.0, 8.0]),
                                                np.array([50.0, 20.0]), np.array([2.0, 4.0]), 0.5)
    assert output == pytest.approx([6.0, 2.0]) and tax == pytest.approx([3.0, 1.0])
