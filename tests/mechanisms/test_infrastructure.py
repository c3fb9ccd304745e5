"""Infrastructure: border time, gateways, market access, open registration."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.mechanisms.infrastructure import effective_time, gateway_time, market_access, openness
from sim.region.geography import travel_minutes
from sim.region.pack import load_pack

MINUTES = np.array([[0.0, 30.0, 50.0], [30.0, 0.0, 40.0], [50.0, 40.0, 0.0]])


def test_a_border_costs_time_and_home_has_none():
    assert effective_time(MINUTES, 20.0, 0.5) == pytest.approx(MINUTES + 10 * (1 - np.eye(3)))


@pytest.mark.parametrize("border, integration", [(0.0, 0.0), (20.0, 1.0)])
def test_no_border_or_full_integration_leaves_travel_time(border, integration):
    """b = 0 or iota = 1: tau' = tau (LC24)."""
    assert np.array_equal(effective_time(MINUTES, border, integration), MINUTES)


def _is_a_metric(minutes):
    best = (minutes[:, :, None] + minutes[None, :, :]).min(axis=1)
    return (np.allclose(minutes, minutes.T) and np.all(np.diag(minutes) == 0) and np.all(minutes >= 0)
            and np.all(minutes <= best + 1e-9))


@pytest.mark.parametrize("year", [2010, 2016, 2025])
def test_travel_times_of_hainan_are_symmetric_and_no_detour_is_shorter(year):
    """tau is symmetric and obeys the triangle inequality (LC24); a common border time keeps both."""
    minutes = travel_minutes(load_pack(), year)
    assert _is_a_metric(minutes) and _is_a_metric(effective_time(minutes, 20.0, 0.3))


def test_the_best_gateway_counts():
    # ferry 150 and airport 90 of waiting: the first county is nearer to the ferry but flies
    to_gateways = np.array([[10.0, 300.0], [60.0, 30.0]])
    assert gateway_time(to_gateways, (150.0, 90.0)) == pytest.approx([150.0, 120.0])
    assert gateway_time(to_gateways, (20.0, 90.0)) == pytest.approx([30.0, 120.0])


def test_access_adds_people_near_and_the_market_outside():
    # halving every 10 minutes: 100 here and 40 at 20 minutes (10), outside 80 at 30 minutes (10)
    access = market_access(np.array([100.0, 40.0]), np.array([[0.0, 20.0], [20.0, 0.0]]), np.array([30.0, 30.0]),
                           np.log(2) / 10, 80.0)
    assert access == pytest.approx([120.0, 75.0])


@given(saved=st.floats(0.1, 29), decay=st.floats(0.01, 0.06))
@settings(max_examples=50, deadline=None)
def test_a_faster_road_brings_both_its_ends_nearer_and_harms_nobody(saved, decay):
    faster = MINUTES.copy()
    faster[0, 1] = faster[1, 0] = 30.0 - saved
    people, gate = np.array([10.0, 20.0, 30.0]), np.array([40.0, 60.0, 80.0])
    before, after = (market_access(people, m, gate, decay, 50.0) for m in (MINUTES, faster))
    assert np.all(after[:2] > before[:2]) and after[2] == before[2]


def test_registration_opens_from_where_it_stands():
    # .3 before, half opened: .3 + .7 x .5
    assert openness(np.array([0.3, 0.6]), np.array([0.5, 0.0])) == pytest.approx([0.65, 0.6])
    assert openness(0.3, 1.0) == pytest.approx(1.0)
