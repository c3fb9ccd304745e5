"""Geography: ways are symmetric, never grow longer, and obey the triangle; borders and maps are those of the pack."""

import numpy as np
import pytest

from sim.region import geography
from sim.region.pack import load_pack
from tests.tiny_pack import HAIKOU, write_tiny_pack

SHIPPED = load_pack()
YEARS = range(2000, 2026)
ON_THE_ISLAND = np.ix_(SHIPPED.active, SHIPPED.active)


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    return load_pack(write_tiny_pack(tmp_path_factory.mktemp("tiny") / "pack"))


def assert_triangles(minutes):
    around = (minutes[:, :, None] + minutes[None, :, :]).min(axis=1)
    assert (minutes <= around + 1e-9).all()


@pytest.mark.parametrize("year", YEARS)
def test_travel_is_a_distance(year):
    minutes = geography.travel_minutes(SHIPPED, year)
    assert (minutes == minutes.T).all() and (np.diag(minutes) == 0).all() and np.isfinite(minutes).all()
    assert (minutes[~np.eye(SHIPPED.n, dtype=bool)] > 0).all()
    assert_triangles(minutes)


def test_no_way_is_ever_longer_than_the_year_before():
    ways = np.stack([geography.travel_minutes(SHIPPED, year) for year in YEARS])
    assert (np.diff(ways, axis=0) <= 0).all()


def test_roads_of_the_pack_obey_the_triangle_in_every_year():
    for year in (2010, 2013, 2015, 2019, 2020, 2021):
        roads = geography.road_minutes(SHIPPED, year)[ON_THE_ISLAND]
        assert np.isfinite(roads).all() and (roads == roads.T).all()
        assert_triangles(roads)


def test_the_east_ring_opens_in_2011_and_the_west_ring_in_2016():
    haikou, wanning, dongfang = (SHIPPED.row(code) for code in (460100, 469006, 469007))
    opened = {year: np.isfinite(geography.train_minutes(SHIPPED, year)[haikou]) for year in YEARS}
    assert not opened[2010][wanning] and opened[2011][wanning]
    assert not opened[2015][dongfang] and opened[2016][dongfang]


def test_the_west_ring_does_not_slow_the_east_ring():
    haikou, sanya = SHIPPED.row(460100), SHIPPED.row(460200)
    assert geography.train_minutes(SHIPPED, 2016)[haikou, sanya] == 90


def test_a_station_far_from_its_seat_costs_time():
    access = dict(zip(SHIPPED.codes.tolist(), geography.station_access(SHIPPED), strict=True))
    assert access[460100] == pytest.approx(60 * 5 / 40)
    far = {code for code, minutes in access.items() if minutes > access[460100]}
    assert far == {460400, 469023, 469024, 469026, 469027}
    assert all(60 * 10 / 40 <= access[code] <= 60 * 45 / 40 for code in far)


def test_every_assumption_lies_in_its_range_and_has_a_source():
    for assumption in geography.ASSUMPTIONS.values():
        assert assumption.range[0] <= assumption.value <= assumption.range[1] and assumption.source and assumption.unit


def test_a_train_is_taken_only_when_it_is_faster_door_to_door(tiny):
    # 90 in the train, 25 to board, twice 5 km at 40 km/h; 200 by road
    assert geography.travel_minutes(tiny, 2010)[0, 1] == 200
    assert geography.travel_minutes(tiny, 2011)[0, 1] == pytest.approx(90 + 25 + 2 * 7.5)
    assert geography.travel_minutes(tiny, 2011)[0, 2] == 150


def test_a_new_road_shortens_ways_through_it(tiny):
    before, after = (geography.travel_minutes(tiny, year) for year in (2014, 2015))
    assert before[0, 2] == 150 and after[0, 2] == 100
    assert (after <= before).all()


def test_years_before_the_first_road_take_its_roads(tiny):
    assert (geography.travel_minutes(tiny, 1995) == geography.travel_minutes(tiny, 2010)).all()


def test_islands_are_reached_from_the_coast_by_ship():
    sansha, sanya, qiongzhong = (SHIPPED.row(code) for code in (460300, 460200, 469030))
    minutes = geography.travel_minutes(SHIPPED, 2020)
    assert minutes[sansha, sanya] <= 60 + 60 * 339.9 / 35 + 1e-9
    assert minutes[sansha, qiongzhong] > minutes[sansha, SHIPPED.active & SHIPPED.group("coast")].min()


def test_travel_is_handed_out_as_a_copy(tiny):
    geography.travel_minutes(tiny, 2010)[:] = 0
    assert geography.travel_minutes(tiny, 2010)[0, 1] == 200


def test_a_gateway_is_as_far_as_its_county_and_the_way_from_there(tiny):
    minutes, found = geography.gateway_minutes(tiny, 2010), geography.gateways(tiny)
    assert [g.name for g in found] == ["strait_haikou", "air_haikou", "air_sanya"] and minutes.shape == (3, 3)
    assert minutes[0].tolist() == [30, 230, 180]
    assert geography.gateway_minutes(SHIPPED, 2020).shape == (4, 19)


def test_neighbours_are_mutual_and_sansha_has_none():
    neighbours = geography.adjacency(SHIPPED)
    assert (neighbours == neighbours.T).all() and not np.diag(neighbours).any() and not neighbours[2].any()
    assert (geography.border_km(SHIPPED) > 0).sum() == 2 * 39 and neighbours.sum() == 2 * 38
    assert not neighbours[SHIPPED.row(469027), SHIPPED.row(469029)]  # a point touch


def test_every_county_is_drawn_around_its_seat():
    drawn = geography.polygons(SHIPPED)
    assert len(drawn) == SHIPPED.n and [p.schematic for p in drawn] == (~SHIPPED.active).tolist()
    for polygon, (x, y) in zip(drawn, geography.seats(SHIPPED), strict=True):
        low, high = (f(np.concatenate(polygon.rings), axis=0) for f in (np.min, np.max))
        assert polygon.schematic or ((low <= (x, y)).all() and ((x, y) <= high).all())


def test_rivers_run_from_source_to_mouth(tiny):
    named = {river: [SHIPPED.names_en[row] for row in rows] for river, rows in geography.basins(SHIPPED).items()}
    assert named["Changhua"] == ["Qiongzhong", "Wuzhishan", "Ledong", "Dongfang", "Changjiang"]
    assert named["Nandu"][0] == "Baisha" and named["Nandu"][-1] == "Haikou"
    assert geography.basins(tiny) == {"Nandu": (2, 0)}
    assert geography.areas_ha(tiny).tolist() == [100_000] * 3 and HAIKOU == tiny.codes[0]
