"""Land: what a quota takes from whom, what it becomes, and that nothing is lost."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.mechanisms import land
from sim.mechanisms.land import KINDS, SOURCES, admissible, concentrated, conversion, sector_shares, share_if_open, uses
from tests.rules import do, world

hectares = st.floats(0, 1e5)


def test_a_quota_takes_its_share_of_farmland_and_the_rest_by_area():
    # 100 ha: 30 cultivated; 70 from garden 200, forest 500, other 0: 20 and 50
    taken = conversion(100.0, (1000.0, 200.0, 500.0, 0.0), 0.3, 1.0)
    assert taken == pytest.approx((30.0, 20.0, 50.0, 0.0))


def test_what_an_origin_cannot_give_is_not_taken():
    # a tenth may go in a year: of cultivated land 10 only, of the others 20 and 50
    taken = conversion(100.0, (100.0, 200.0, 500.0, 0.0), 0.3, 0.1)
    assert taken == pytest.approx((10.0, 20.0, 50.0, 0.0))


def test_a_county_without_open_land_converts_none():
    assert conversion(100.0, (0.0, 0.0, 0.0, 0.0), 0.3, 0.1) == (0.0, 0.0, 0.0, 0.0)


@given(quota=hectares, origins=st.lists(hectares, min_size=4, max_size=4), share=st.floats(0, 1),
       most=st.floats(0, 0.1))
@settings(max_examples=50, deadline=None)
def test_conversion_never_exceeds_the_quota_nor_what_is_available(quota, origins, share, most):
    taken = np.array(conversion(quota, origins, share, most))
    assert taken.sum() <= quota * (1 + 1e-9) + 1e-9
    assert np.all(taken >= 0) and np.all(taken <= most * np.array(origins) + 1e-9)


def test_new_land_is_homes_parks_and_roads():
    home, industry, works = uses(np.array([100.0]), 0.4, 0.25)
    assert (home[0], industry[0], works[0]) == pytest.approx((40.0, 35.0, 25.0))


@given(converted=hectares, residential=st.floats(0, 0.5), infrastructure=st.floats(0, 0.5))
@settings(max_examples=50, deadline=None)
def test_uses_add_to_what_is_converted(converted, residential, infrastructure):
    split = uses(converted, residential, infrastructure)
    assert sum(split) == pytest.approx(converted) and min(split) >= -1e-9 * (1 + converted)


def test_what_is_barred_is_not_built():
    assert admissible(np.array([100.0]), np.array([0.0]), np.array([0.2])) == pytest.approx([80.0])


def test_who_sells_gives_away_what_is_barred_first():
    # 100 ha, a fifth barred: who has sold 15 may still build 80 of the 85 left, who has sold 30 all 70
    right = admissible(np.array([85.0, 70.0]), np.array([15.0, 30.0]), np.array([0.2, 0.2]))
    assert right == pytest.approx([80.0, 70.0])


def test_new_land_splits_as_the_old_until_parks_are_asked_for():
    assert concentrated(np.array([0.4, 0.0]), 0.5, 0.5) == pytest.approx([0.4, 0.0])


def test_concentration_shrinks_what_lies_outside_parks():
    # of what lies outside, (1 - .8) / (1 - .5) = .4 stays
    assert concentrated(np.array([0.4]), 0.8, 0.5) == pytest.approx([1.0 - 0.6 * 0.4])


def test_a_county_without_a_park_builds_for_services_instead():
    # rents 1 : 2 : 1 : 0 of I, T, M, H; of industry's quarter .4 stays, the rest goes to T and M as 2 : 1
    rent = np.array([1.0, 2.0, 1.0, 0.0])
    assert sector_shares(rent, 0.0, 0.8, 0.5) == pytest.approx([0.1, 0.6, 0.3, 0.0])
    assert sector_shares(rent, 0.3, 0.8, 0.5) == pytest.approx(rent / 4)
    assert sector_shares(rent, 0.0, 0.5, 0.5) == pytest.approx(rent / 4)


@given(rent=st.lists(st.floats(0, 100), min_size=4, max_size=4), park=st.floats(0, 1), pk=st.floats(0.5, 0.95))
@settings(max_examples=50, deadline=None)
def test_sectors_share_all_new_land(rent, park, pk):
    shares = sector_shares(np.array(rent), park, pk, 0.5)
    assert np.all(shares >= -1e-12)
    assert shares.sum() == pytest.approx(1.0 if sum(rent) > 1e-9 else shares.sum())


# ---- the rules on two counties ---------------------------------------------------------------------------------


def two_counties():
    model = world(
        n=2, year=2020, now={"multi_plan": 0.9, "park_concentration": 0.5},
        parameters={"cultivated_origin_share": 0.3, "available_share": 1.0, "residential_share": 0.4,
                    "infrastructure_share": 0.25, "park_concentration_2018": 0.5, "quota_carry_share": 0.5,
                    "seasonal_year": 0.5})
    counties, parks = model.counties, model.parks
    for k, kind in enumerate(KINDS):
        getattr(counties, kind)[:] = [1000.0 + 100 * k, 500.0]
    counties.population_zone[:] = [[50_000, 20_000], [10_000, 30_000]]
    counties.factor_land[:, 1:5] = [[1, 2, 1, 0], [0, 1, 0, 0]]
    counties.land_input[:, 0] = counties.land_cultivated + counties.land_garden
    counties.land_input[:, 1:5] = [[10.0, 20.0, 10.0, 0.0], [0.0, 10.0, 0.0, 0.0]]
    counties.quota[:], counties.quota_balance[:] = [8.0, 0.0], [2.0, 0.0]
    counties.park_share[:] = [0.5, 0.0]
    parks.host[:], parks.output_share[:] = 0, 0.5
    return model


CONVERT = (land.take, land.use, land.open_up, land.crowd)


def convert(model):
    """Plan, choose origins, compensate in full, convert."""
    do(land.plan, land.choose_origins, on=model)
    model.counties.cultivated_matched[:] = model.counties.cultivated_planned
    do(*CONVERT, on=model)


def total(counties):
    return sum(getattr(counties, kind) for kind in KINDS)


def test_all_kinds_of_land_add_to_the_area_before_and_after():
    model = two_counties()
    area = total(model.counties)
    convert(model)
    assert total(model.counties) == pytest.approx(area)
    assert set(SOURCES) < set(KINDS)


def test_quota_and_what_was_carried_over_are_used():
    model = two_counties()
    before = model.counties.land_input[0, 1:5].copy()
    convert(model)
    c = model.counties
    assert c.converted == pytest.approx([10.0, 0.0]) and c.new_urban == pytest.approx([7.5, 0.0])
    assert c.quota_balance == pytest.approx([0.0, 0.0])
    # of 3.5 ha for industry .9 are usable, shared by rent 1 : 2 : 1
    assert c.land_input[0, 1:5] - before == pytest.approx([3.15 / 4, 3.15 / 2, 3.15 / 4, 0.0])


def test_farmland_that_is_not_compensated_is_not_converted():
    model = two_counties()
    do(land.plan, land.choose_origins, on=model)
    assert model.counties.cultivated_planned == pytest.approx([3.0, 0.0])
    model.counties.cultivated_matched[:] = [1.0, 0.0]
    do(*CONVERT, on=model)
    c = model.counties
    assert c.converted[0] == pytest.approx(8.0) and c.cultivated_converted[0] == pytest.approx(1.0)
    assert c.quota_balance[0] == pytest.approx(1.0)


def test_what_the_sea_gave_is_not_taken_from_the_land():
    model = two_counties()
    area = total(model.counties)
    model.counties.sea_reclaimed[:] = [4.0, 0.0]
    convert(model)
    c = model.counties
    assert c.converted[0] == pytest.approx(10.0) and c.cultivated_converted[0] == pytest.approx(1.8)
    assert total(c) == pytest.approx(area + [4.0, 0.0])


def test_an_enclave_is_built_in_a_park_of_the_host():
    model = two_counties()
    c = model.counties
    c.enclave_right[1, 0], c.quota_enclave[:], c.quota[1] = 2.0, [2.0, -2.0], 5.0
    built = c.land_industrial.copy()
    convert(model)
    assert c.enclave_land[1, 0] == pytest.approx(2.0) and c.converted == pytest.approx([12.0, 3.0])
    # 2 ha of the enclave and .35 of the other ten
    assert c.land_industrial - built == pytest.approx([2.0 + 3.5, 0.35 * 3.0])


def test_guaranteed_infrastructure_becomes_infrastructure():
    model = two_counties()
    c = model.counties
    c.quota_infrastructure[:] = [4.0, 0.0]
    roads = c.land_infrastructure.copy()
    convert(model)
    assert c.land_infrastructure - roads == pytest.approx([4.0 + 0.25 * 6.0, 0.0])


def test_the_park_share_stands_until_parks_are_asked_for_and_rises_then():
    model = two_counties()
    convert(model)
    assert model.counties.park_share == pytest.approx([0.5, 0.0])
    more = two_counties()
    more.now.park_concentration = 0.95
    convert(more)
    c = more.counties
    assert c.park_share[0] > 0.5 and c.park_share[1] == 0.0
    assert more.parks.area[0] == pytest.approx(c.park_share[0] * c.land_input[0, [1, 3, 4]].sum())


def test_a_park_takes_its_share_in_the_year_it_is_founded_and_none_before():
    model = two_counties()
    model.parks.host[:], model.parks.output_share[:], model.parks.start[:] = 1, 0.25, 2021
    for model.year, share in ((2020, 0.0), (2021, 0.25), (2022, 0.25)):
        do(land.found_parks, on=model)
        assert model.counties.park_share == pytest.approx([0.5, share])
        assert share_if_open(model.parks.start, model.parks.output_share, model.year) == pytest.approx([share])


def test_farming_loses_the_farmland_that_is_built_on():
    model = two_counties()
    c = model.counties
    before = c.land_input[:, 0].copy()
    convert(model)
    assert c.land_input[:, 0] == pytest.approx(c.land_cultivated + c.land_garden)
    assert c.land_input[0, 0] < before[0] and c.land_input[1, 0] == before[1]


def test_half_of_unused_quota_waits():
    model = two_counties()
    model.parameters.available_share = 1e-3  # 1.0, 1.1, 1.3 and 1.0 ha are more than nothing but less than 10
    convert(model)
    c = model.counties
    assert c.quota_balance[0] == pytest.approx(0.5 * (10.0 - c.converted[0])) and c.converted[0] < 10.0


def test_the_national_park_and_wetland_are_never_converted():
    model = two_counties()
    park, wet = model.counties.land_forest_park.copy(), model.counties.land_wet.copy()
    convert(model)
    assert np.array_equal(model.counties.land_forest_park, park) and np.array_equal(model.counties.land_wet, wet)


def test_density_is_urban_residents_over_urban_land_and_seasonal_ones_for_their_part_of_the_year():
    model = two_counties()
    c = model.counties
    c.seasonal_residents[:] = [10_000, 0]
    do(land.crowd, on=model)
    urban = c.land_residential + c.land_industrial
    assert c.urban_density == pytest.approx(np.array([55_000, 10_000]) / urban)
