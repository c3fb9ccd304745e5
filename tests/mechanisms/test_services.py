"""Public services: entitlement, stocks, levels per user, the index, urban and rural."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.mechanisms import services
from sim.mechanisms.services import (
    accessible,
    by_zone,
    index,
    level,
    nearness,
    nonlocal_share,
    renewed,
    shared_beyond,
    sharing_weights,
)
from tests.rules import do, world

positive = st.floats(0.05, 20)


def test_provision_by_residence_lifts_who_is_registered_elsewhere():
    # floor .6; the lever stands at .3 before: at .3 the floor, at 1 all, halfway (.65) .8
    assert [nonlocal_share(0.6, r, 0.3) for r in (0.3, 0.65, 1.0)] == pytest.approx([0.6, 0.8, 1.0])


def test_entitlement_never_falls_below_its_floor():
    assert nonlocal_share(0.6, 0.1, 0.3) == pytest.approx(0.6)


def test_a_stock_wears_and_is_renewed_at_its_cost():
    # .92 x 100 + 1 x 24 / 1.2 + 3
    assert renewed(100.0, 0.08, 1.0, 24.0, 1.2, 3.0) == pytest.approx(92 + 20 + 3)


@given(stock=positive, spending=positive, wear=st.floats(0.04, 0.12))
@settings(max_examples=30, deadline=None)
def test_a_constant_budget_settles_where_wear_eats_it(stock, spending, wear):
    for _ in range(1000):
        stock = renewed(stock, wear, 1.0, spending, 1.0, 0.0)
    assert stock == pytest.approx(spending / wear, rel=1e-6)


def test_a_level_is_the_stock_per_user():
    assert level(np.array([100.0, 5.0]), np.array([50.0, 0.0]), 1.0) == pytest.approx([2.0, 0.0])


def test_a_library_is_taken_less_from_others_than_a_hospital_bed():
    # four times the users: a rival service falls to a quarter, one with rivalry .5 to half
    few = level(np.array([8.0, 8.0]), np.array([1.0, 1.0]), (1.0, 0.5))
    many = level(np.array([8.0, 8.0]), np.array([4.0, 4.0]), (1.0, 0.5))
    assert many / few == pytest.approx([0.25, 0.5])


def test_the_index_is_a_weighted_geometric_mean():
    # 4^.5 x 1^.25 x 16^.25 = 2 x 1 x 2
    assert index(np.array([4.0, 1.0, 16.0]), np.array([0.5, 0.25, 0.25])) == pytest.approx(4.0)
    assert index(np.array([3.0, 3.0]), np.array([0.4, 0.6])) == pytest.approx(3.0)


@given(levels=st.lists(positive, min_size=4, max_size=4))
@settings(max_examples=50, deadline=None)
def test_the_index_lies_between_the_worst_and_the_best_service(levels):
    value = index(np.array(levels), np.array([0.3, 0.3, 0.1, 0.3]))
    assert min(levels) * (1 - 1e-9) <= value <= max(levels) * (1 + 1e-9)


def test_towns_are_served_better_and_the_resident_mean_stands():
    # index 2, towns at 1.5 times the countryside; 40 urban and 60 rural: 2 x 100 / (1.5 x 40 + 60)
    assert by_zone(2.0, 1.5, 40.0, 60.0) == pytest.approx((2.5, 200 / 120))


def test_the_countryside_does_not_fall_behind_as_people_move_to_town():
    # the same ratio with 90 urban and 10 rural: 200 / (135 + 10)
    urban, rural = by_zone(2.0, 1.5, 90.0, 10.0)
    assert (urban, rural) == pytest.approx((300 / 145, 200 / 145)) and urban / rural == pytest.approx(1.5)


def test_one_ratio_of_one_serves_all_alike_and_one_zone_alone_has_the_mean():
    assert by_zone(2.0, 1.0, 90.0, 10.0) == pytest.approx((2.0, 2.0))
    assert by_zone(2.0, 1.5, 100.0, 0.0)[0] == pytest.approx(2.0) == by_zone(2.0, 1.5, 0.0, 100.0)[1]


@given(service=positive, ratio=st.floats(1.0, 2.0), urban=st.integers(0, 1000), rural=st.integers(0, 1000))
@settings(max_examples=50, deadline=None)
def test_the_resident_mean_of_the_zones_is_the_index_of_the_county(service, ratio, urban, rural):
    served = by_zone(service, ratio, urban, rural)
    if urban + rural > 0:
        assert (served[0] * urban + served[1] * rural) / (urban + rural) == pytest.approx(service)
    assert min(served) > 0 and served[0] == pytest.approx(ratio * served[1])


def test_a_tilt_to_the_countryside_narrows_the_gap_in_every_county():
    # du .6: towns at 1.6 times; a tilt of half leaves 1.3
    model = world(n=2, now={"county_tilt": 0.5}, parameters={"urban_rural_service_gap": 0.6,
                                                            "service_weights": (0.25, 0.25, 0.25, 0.25)})
    model.counties.service_level[:], model.counties.population_zone[:] = 2.0, [[90, 10], [10, 90]]
    do(services.weigh, on=model)
    assert model.counties.service_zone == pytest.approx(np.array([[260 / 127, 200 / 127], [260 / 103, 200 / 103]]))


# ---- sharing (S4) ---------------------------------------------------------------------------------------------

NEAR = np.array([[0.0, 10.0, 90.0], [10.0, 0.0, 80.0], [90.0, 80.0, 0.0]])
HALF_IN_TEN = np.log(2) / 10


def test_with_nothing_shared_everybody_uses_what_is_at_home():
    assert np.array_equal(sharing_weights(np.zeros((3, 3)), nearness(NEAR, 0.04), 0.6), np.eye(3))


def test_a_shared_neighbour_counts_by_its_distance():
    # .8 shared at ten minutes, which halve: .4 against 1 at home; own weight 1 / 1.4
    sharing = np.zeros((3, 3))
    sharing[0, 1] = 0.8
    weights = sharing_weights(sharing, nearness(NEAR, HALF_IN_TEN), 0.6)
    assert weights[0] == pytest.approx([1 / 1.4, 0.4 / 1.4, 0.0]) and np.array_equal(weights[1:], np.eye(3)[1:])


def test_at_least_six_tenths_are_used_at_home():
    # two neighbours on the spot would take 2 / 3; they get .4 together, in equal parts
    weights = sharing_weights(np.ones((3, 3)), nearness(np.zeros((3, 3)), 0.04), 0.6)
    assert weights == pytest.approx(0.6 * np.eye(3) + 0.2 * (1 - np.eye(3)))


@given(shared=st.floats(0, 1), decay=st.floats(0.02, 0.08), own=st.floats(0.5, 0.9),
       levels=st.lists(positive, min_size=3, max_size=3))
@settings(max_examples=50, deadline=None)
def test_sharing_weights_add_to_one_and_narrow_the_range_of_levels(shared, decay, own, levels):
    weights = sharing_weights(np.full((3, 3), shared), nearness(NEAR, decay), own)
    assert weights.sum(axis=-1) == pytest.approx(np.ones(3)) and np.all(weights >= 0)
    assert np.all(np.diag(weights) >= own - 1e-12)
    reached = accessible(np.array(levels), weights)
    assert min(levels) * (1 - 1e-9) <= reached.min() and reached.max() <= max(levels) * (1 + 1e-9)


def test_what_is_shared_half_and_half_is_reached_by_half():
    levels = np.array([1.0, 3.0])
    assert accessible(levels, np.eye(2)) == pytest.approx(levels)
    assert accessible(levels, np.array([[0.5, 0.5], [0.0, 1.0]])) == pytest.approx([2.0, 3.0])


def test_partners_of_one_service_share_a_part_of_what_their_circle_keeps_apart():
    # a circle shares .2; of the other .8 a consortium of the first pair shares a quarter
    assert shared_beyond(np.array([0.2, 0.2]), 0.25, np.array([True, False])) == pytest.approx([0.4, 0.2])


# ---- the rules on three counties ------------------------------------------------------------------------------


def test_a_school_that_is_imported_and_a_centre_that_is_built_up_add_to_stocks_once():
    # stocks 100, no wear, no money: a tenth more education everywhere, a fifth more of all in the centre
    model = world(parameters={"service_depreciation": 0.0},
                  observed={"subcentre": np.array([False, True, False])},
                  now={"education_coop": 1.0, "primary_care": 1.0, "edu_import": 0.1,
                       "subcentres_services": 0.2}, before={"edu_import": 0.0, "subcentres_services": 0.0})
    stock = model.counties.service_stock
    stock[:], model.counties.cost_factor[:] = 100.0, 1.0
    do(services.renew, on=model)
    assert stock[0] == pytest.approx([110, 100, 100, 100]) and stock[1] == pytest.approx([130, 120, 120, 120])
    model.before = model.now
    do(services.renew, on=model)
    assert stock[0] == pytest.approx([110, 100, 100, 100])


def test_seasonal_residents_use_health_services_and_nothing_else():
    model = world(parameters={"snowbird_health_use": 1.5, "seasonal_year": 0.4}, now={"resident_based": 1.0})
    model.counties.seasonal_residents[:] = [100.0, 0.0, 0.0]
    do(services.entitle, on=model)
    assert model.counties.users[:, 1] == pytest.approx([60.0, 0.0, 0.0])
    assert not np.delete(model.counties.users, 1, axis=1).any() and model.prices.nonlocal_entitlement == 1.0


# ---- the world outside ------------------------------------------------------------------------------------------


def nation(spending):
    """Stock of services outside after a year, in a year in which the nation spends so much against the base year."""
    model = world(1, parameters=dict(service_depreciation=0.08, base_service_growth=0.10),
                  outlook=dict(national_spending=1.0))
    do(services.settle_outside, on=model)
    model.year += 1
    model.outlook["national_spending"][1] = spending
    do(services.serve_nation, on=model)
    return float(model.outside.outside_service)


def test_services_outside_are_built_by_what_the_nation_spends_and_wear_as_here():
    """.92 of the stock is left, spending adds .18 of it in the base year: 1.1, and 1.118 if it is a tenth higher."""
    assert nation(1.0) == pytest.approx(1.1) and nation(1.1) == pytest.approx(1.118)
    assert nation(0.0) == pytest.approx(0.92)


def test_a_county_that_spends_as_the_nation_does_has_the_services_of_the_nation():
    """Twenty years of the same growth of spending a head: the same stock against the base year."""
    stock, outside = 1.0 / 0.18, 1.0
    for year in range(1, 21):
        spent = 1.07**year
        stock = services.renewed(stock, 0.08, 1.0, spent, 1.0, 0.0)
        outside = services.nation_renewed(outside, 0.08, 0.10, spent)
    assert outside == pytest.approx(stock * 0.18)
