"""Infrastructure: border time, gateways, market access, networks to villages, and the levers that move them."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.agents.place_choice import network_amenity
from sim.mechanisms.infrastructure import (
    CAPACITY_YEAR,
    cross_borders,
    effective_time,
    gateway_time,
    linked_market,
    market_access,
    network_carried_back,
    network_renewed,
    outside_market,
)
from sim.region.geography import travel_minutes
from sim.region.pack import load_pack
from sim.scenario import load_scenario

MINUTES = np.array([[0.0, 30.0, 50.0], [30.0, 0.0, 40.0], [50.0, 40.0, 0.0]])
HALF_IN_TEN = np.log(2) / 10


# ---- borders (I2) ---------------------------------------------------------------------------------------------


def with_borders(minutes, border, integration):
    """Times with borders by the kernel, all counties integrated alike, and what borders add on the mean."""
    n = len(minutes)
    effective, added, others = np.zeros((n, n + 1)), np.zeros(n), ~np.eye(n, dtype=bool)
    rings = np.repeat(others[None].astype(float), 6, axis=0)
    cross_borders(
        minutes=np.hstack([minutes, np.zeros((n, 1))]), border_time=border, circle_N=integration, circle_S=0.0,
        circle_E=0.0, circle_W=0.0, coast_belt=0.0, one_island=0.0, rings=rings, pairs=others,
        partners=others.sum(axis=1), minutes_effective=effective, border_minutes=added)
    return effective[:, :n], added


def test_a_border_costs_time_and_home_has_none():
    effective, added = with_borders(MINUTES, 20.0, 0.5)
    assert effective == pytest.approx(MINUTES + 10 * (1 - np.eye(3))) and added == pytest.approx([10, 10, 10])
    assert effective_time(30.0, 20.0, 0.5) == 40.0


@pytest.mark.parametrize("border, integration", [(0.0, 0.0), (20.0, 1.0)])
def test_no_border_or_full_integration_leaves_travel_time(border, integration):
    """b = 0 or iota = 1: tau' = tau (LC24)."""
    effective, added = with_borders(MINUTES, border, integration)
    assert np.array_equal(effective, MINUTES) and not added.any()


def _is_a_metric(minutes):
    best = (minutes[:, :, None] + minutes[None, :, :]).min(axis=1)
    return (np.allclose(minutes, minutes.T) and np.all(np.diag(minutes) == 0) and np.all(minutes >= 0)
            and np.all(minutes <= best + 1e-9))


@pytest.mark.parametrize("year", [2010, 2016, 2025])
def test_travel_times_of_hainan_are_symmetric_and_no_detour_is_shorter(year):
    """tau is symmetric and obeys the triangle inequality (LC24); a common border time keeps both."""
    minutes = travel_minutes(load_pack(), year)
    assert _is_a_metric(minutes) and _is_a_metric(with_borders(minutes, 20.0, 0.3)[0])


# ---- gateways and access (I3, I5) -----------------------------------------------------------------------------


def test_the_best_gateway_counts():
    # ferry 150 and airport 90 of waiting: the first county is nearer to the ferry but flies
    to_gateways = np.array([[10.0, 300.0], [60.0, 30.0]])
    both, ferry = np.array([True, True]), np.array([True, False])
    assert gateway_time(to_gateways, np.array([150.0, 90.0]), both) == pytest.approx([150.0, 120.0])
    assert gateway_time(to_gateways, np.array([20.0, 90.0]), both) == pytest.approx([30.0, 120.0])
    assert gateway_time(to_gateways, np.array([150.0, 90.0]), ferry) == pytest.approx([160.0, 450.0])


def test_closer_links_with_the_mainland_multiply_the_market_outside():
    """Three parts of four lie inside: half more outside is an eighth more in all; nothing is added at 1."""
    assert linked_market(3.0, 1.0, 1.5) == pytest.approx(1.125) and linked_market(3.0, 1.0, 1.0) == 1.0


def test_access_adds_people_near():
    # halving every 10 minutes: 100 here and 40 at 20 minutes (10); 40 here and 100 at 20 minutes (25)
    access = market_access(np.array([100.0, 40.0]), np.array([[0.0, 20.0], [20.0, 0.0]]), HALF_IN_TEN)
    assert access == pytest.approx([110.0, 65.0])


def test_leizhou_adds_to_the_market_outside_at_the_distance_of_the_strait():
    # weight 4 at 10 minutes (2), Leizhou .8 at 20 minutes (.2); without Leizhou the strait does not matter
    assert outside_market(10.0, 4.0, 20.0, 0.8, HALF_IN_TEN) == pytest.approx(2.2)
    assert outside_market(10.0, 4.0, 20.0, 0.0, HALF_IN_TEN) == pytest.approx(2.0)


@given(saved=st.floats(0.1, 29), decay=st.floats(0.01, 0.06))
@settings(max_examples=50, deadline=None)
def test_a_faster_road_brings_both_its_ends_nearer_and_harms_nobody(saved, decay):
    faster = MINUTES.copy()
    faster[0, 1] = faster[1, 0] = 30.0 - saved
    people = np.array([10.0, 20.0, 30.0])
    before, after = (market_access(people, m, decay) for m in (MINUTES, faster))
    assert np.all(after[:2] > before[:2]) and after[2] == before[2]


# ---- networks (I4) --------------------------------------------------------------------------------------------


def test_networks_close_their_part_of_what_is_missing():
    # .4 of .5 missing stays .5 + .1 x .5; the rural half closes a fifth of .5
    assert network_renewed(np.array([0.5, 0.5]), 1.0, (0.1, 0.2)) == pytest.approx([0.55, 0.6])


def test_a_census_ten_years_later_is_met_by_the_speeds_it_was_carried_back_at():
    # 2020: 20 % missing; a fifth urban, villages lack three times as much: u + 3 x 4u = .2 x 5 -> u = 1/13
    first = network_carried_back(np.array([0.8]), np.array([0.2]), 3.0, (0.10, 0.05), 10, 0.99)
    later = first
    for _ in range(10):
        later = network_renewed(later, 1.0, (0.10, 0.05))
    assert later[0] == pytest.approx([1 - 1 / 13, 1 - 3 / 13])
    assert 0.2 * later[0, 0] + 0.8 * later[0, 1] == pytest.approx(0.8)


def test_a_place_that_has_all_networks_always_had_them():
    assert network_carried_back(np.array([1.0]), np.array([0.5]), 3.0, (0.1, 0.05), 10, 0.9) == pytest.approx(1.0)


def test_networks_count_beyond_what_a_place_had_in_the_base_year():
    assert np.array_equal(network_amenity(np.array([0.7, 0.9]), np.array([0.7, 0.9]), 0.2), np.zeros(2))
    assert network_amenity(0.8, 0.4, 0.2) == pytest.approx(0.2 * np.log(2))


# ---- the model ------------------------------------------------------------------------------------------------


def test_the_base_year_has_its_networks_full_borders_and_gateways_with_room(run):
    model = run("no_policy", until=2011)
    coverage, border, use, outside = (
        model.record[name][0] for name in ("network_coverage", "border_minutes", "gateway_use", "outside_access"))
    assert np.all((coverage > 0.1) & (coverage <= 1.0)) and np.all(coverage[:, 0] >= coverage[:, 1])
    assert border[model.active] == pytest.approx(20.0) and 0.1 < use < 0.5 and outside == pytest.approx(1.0)


def test_gateways_do_not_bind_in_the_years_of_the_record(run):
    model = run("baseline", until=2020)
    assert model.record["visits_turned_away"].max() == 0.0 and model.record["gateway_use"].max() < 1.0


def test_visits_of_2019_are_near_the_record(run):
    """83 million visits were counted in 2019; spending is turned into visits by its growth a visit."""
    model = run("baseline", until=CAPACITY_YEAR)
    assert model.record["gateway_use"][-1] * model.record["gateway_capacity"][-1] == pytest.approx(83.1, rel=0.05)


def test_full_gateways_cap_what_visitors_spend(run):
    small = load_scenario("no_policy").with_parameters(gateway_capacity_2019=100.0)
    capped, free = run(small, until=2032), run("no_policy", until=2020)
    spent = capped.record["visitor_spending"].sum(axis=1)
    assert np.array_equal(spent[:10], free.record["visitor_spending"].sum(axis=1)[:10])
    full = capped.record["gateway_use"] > 1.0
    assert full[-1] and np.all(capped.record["visits_turned_away"][full] > 0)
    a_visit = capped.settled.visit_spending_base * (1 + capped.parameters.visit_spending_growth) ** 10  # to 2020
    assert spent[-1] == pytest.approx(capped.record["gateway_capacity"][-1] * a_visit, rel=1e-6)
