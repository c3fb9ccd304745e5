"""Planned links: the list, how far it is built, and travel times that stay shortest."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.region.geography import gateway_minutes, gateways, integration, paired, travel_minutes
from sim.region.links import Planned, built, planned, with_links
from sim.region.pack import load_pack

MINUTES = np.array([[0.0, 60.0, 100.0], [60.0, 0.0, 50.0], [100.0, 50.0, 0.0]])
GATES = np.array([[10.0, 70.0, 110.0]])


def links(*rows):
    origin, destination, to_gateway, minutes = (np.array(column) for column in zip(*rows, strict=True))
    return Planned(origin, destination, to_gateway, minutes, np.full(len(rows), 2025))


def test_a_new_link_shortens_its_pair_and_all_ways_over_it():
    # 0-1 in 30: 0-2 over 1 in 80 instead of 100; the gateway at county 0 comes nearer to 1 and 2
    minutes, gates = with_links(MINUTES, GATES, links((0, 1, False, 30.0)), [1.0])
    assert minutes == pytest.approx(np.array([[0, 30, 80], [30, 0, 50], [80, 50, 0]]))
    assert gates == pytest.approx(np.array([[10, 40, 90]]))


def test_a_link_half_built_saves_half_the_time():
    assert with_links(MINUTES, GATES, links((0, 1, False, 30.0)), [0.5])[0][0, 1] == pytest.approx(45.0)


def test_a_link_slower_than_the_way_there_is_changes_nothing():
    minutes, gates = with_links(MINUTES, GATES, links((0, 1, False, 90.0)), [1.0])
    assert np.array_equal(minutes, MINUTES) and np.array_equal(gates, GATES)


def test_a_link_to_a_gateway_serves_all_who_go_over_it():
    # from county 1 straight to the gateway in 20: county 2 over 1 in 70; county 0 stays
    minutes, gates = with_links(MINUTES, GATES, links((1, 0, True, 20.0)), [1.0])
    assert np.array_equal(minutes, MINUTES) and gates == pytest.approx(np.array([[10, 20, 70]]))


def test_the_share_of_the_list_is_its_first_part_and_each_link_waits_for_its_year():
    opens = np.array([2023, 2026, 2026, 2033])
    assert built(opens, 2030, 0.5).tolist() == [1, 1, 0, 0]
    assert built(opens, 2030, 0.625).tolist() == [1, 1, 0.5, 0]
    assert built(opens, 2030, 1.0).tolist() == [1, 1, 1, 0] and built(opens, 2022, 1.0).sum() == 0
    assert built(opens, 2040, 0.0).sum() == 0


def test_every_planned_link_of_hainan_beats_the_way_there_is_or_stands_with_one_that_does():
    pack = load_pack()
    names = [g.name for g in gateways(pack)]
    listed = planned(pack, names)
    assert listed.opens.size == len(pack.table("links")) == 19 and np.all(np.diff(listed.opens) >= 0)
    minutes, gates = travel_minutes(pack, 2025), gateway_minutes(pack, 2025)
    for a, b, to_gateway, new in zip(*listed[:4], strict=True):
        assert new < (gates[b, a] if to_gateway else minutes[a, b])


@pytest.mark.parametrize("year, share", [(2026, 0.4), (2040, 1.0)])
def test_travel_times_with_links_are_shortest_ways(year, share):
    pack = load_pack()
    listed = planned(pack, [g.name for g in gateways(pack)])
    first, gates = travel_minutes(pack, year), gateway_minutes(pack, year)
    minutes, reached = with_links(first, gates, listed, built(listed.opens, year, share))
    detour = (minutes[:, :, None] + minutes[None]).min(axis=1)
    assert np.all(minutes <= detour + 1e-9) and np.allclose(minutes, minutes.T) and np.all(minutes <= first)
    assert np.all(reached <= gates)


# ---- pairs integrated by groups (I2) --------------------------------------------------------------------------

GROUPS = np.array([[True, True, False], [False, True, True]])


def test_a_pair_is_integrated_where_a_group_holds_both():
    found = integration(paired(GROUPS), [0.5, 0.2])
    assert found == pytest.approx(np.array([[0, 0.5, 0], [0.5, 0, 0.2], [0, 0.2, 0]]))


def test_two_groups_leave_what_neither_removes():
    # .5 by the first, .2 of the rest by the second: 1 - .5 x .8
    assert integration(paired(np.array([[True, True], [True, True]])), [0.5, 0.2])[0, 1] == pytest.approx(0.6)


@given(first=st.floats(0, 1), second=st.floats(0, 1))
@settings(max_examples=50, deadline=None)
def test_integration_is_a_share_and_the_order_of_groups_does_not_matter(first, second):
    found = integration(paired(GROUPS), [first, second])
    assert np.all((found >= 0) & (found <= 1)) and np.array_equal(found, found.T)
    assert np.allclose(found, integration(paired(GROUPS[::-1]), [second, first]))
