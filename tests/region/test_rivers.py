"""Rivers: who drains where, what flows, where counties meet; a pack without a county loses pieces, not water."""

import numpy as np
import pytest

from sim.region.geography import basins
from sim.region.pack import load_pack
from sim.region.rivers import NO_COUNTY, SEA, rivers, tables
from tests.tiny_pack import write_tiny_pack


@pytest.fixture(scope="module")
def pack():
    return load_pack()


@pytest.fixture(scope="module")
def tree(pack):
    return rivers(pack)


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    return load_pack(write_tiny_pack(tmp_path_factory.mktemp("rivers") / "pack"))


def test_upper_pieces_stand_before_lower_ones(tree):
    below = tree.downstream
    assert np.all(below[below != SEA] > np.flatnonzero(below != SEA))


def test_every_declared_piece_flows_into_a_known_one_or_the_sea(pack):
    pieces = tables(pack).pieces
    known = {p.name for p in pieces} | {""} | {f"coast_{code}" for code in pack.codes[pack.group("coast")]}
    assert {p.flows_to for p in pieces} <= known and len({p.name for p in pieces}) == len(pieces) == 21


def test_all_of_a_countys_load_enters_some_piece(tree, pack):
    for share in (tree.land_share, tree.town_share):
        assert share.sum(axis=0) == pytest.approx(pack.active.astype(float))


def test_the_great_rivers_have_the_catchments_and_lengths_of_the_data(tree, pack):
    whole = pack.table("basins").query("order == 0").set_index("river")
    for river in ("Nandu", "Changhua", "Wanquan"):
        mouth = [k for k, name in enumerate(tree.river) if name == river and tree.downstream[k] == SEA]
        assert tree.catchment[mouth] == pytest.approx(whole["total_basin_km2"][river])
    on = [tree.names.index(f"nandu_{county}") for county in ("baisha", "danzhou", "chengmai", "haikou")]
    assert tree.km[on].sum() == pytest.approx(whole["total_length_km"]["Nandu"])


def test_the_division_of_catchments_leaves_no_county_with_more_than_its_area(pack):
    area = dict(zip(pack.codes.tolist(), pack.counties["area_km2"].astype(float), strict=True))
    for code in pack.codes[pack.active].tolist():
        drained = sum(piece.drains.get(code, 0.0) for piece in tables(pack).pieces)
        assert drained <= 1.05 * area[code]


def test_counties_stand_along_the_main_stems_as_in_the_data(tree, pack):
    """Where the tree leads from one county to the next, the printed order agrees, tributaries apart."""
    for river, stem in basins(pack).items():
        place = {row: k for k, row in enumerate(stem)}
        for k in range(tree.n):
            lower = tree.downstream[k]
            if tree.river[k] == river and lower != SEA and tree.river[lower] == river:
                ends = place.get(tree.county[k]), place.get(tree.county[lower])
                assert None in ends or ends[0] < ends[1], tree.names[k]


def test_flow_grows_downstream_and_is_that_of_the_river_at_its_mouth(tree):
    below = tree.downstream
    flows_on = below != SEA
    assert np.all(tree.flow[below[flows_on]] > tree.flow[flows_on])
    assert tree.flow[tree.names.index("nandu_haikou")] == pytest.approx(6907, rel=0.01)


def test_the_pilot_has_nine_sections_and_thirteen_counties(tree):
    pilot = tree.stage == 1
    assert pilot.sum() == 9
    assert len(set(tree.county[pilot]) | set(tree.payer[pilot])) == 13


def test_a_section_lies_between_two_counties(tree):
    met = tree.stage > 0
    assert np.all(tree.payer[met] != tree.county[met]) and np.all(tree.payer[~met] == NO_COUNTY)
    assert np.all(tree.county[tree.downstream[met]] == tree.payer[met])


def test_sections_of_the_second_stage_have_the_catchment_the_opinions_name(tree):
    assert np.all(tree.catchment[tree.stage == 2] >= 500)


def test_every_coastal_county_has_a_coastal_piece_and_no_other_has(tree, pack):
    coastal = {tree.county[k] for k in range(tree.n) if tree.names[k].startswith("coast_")}
    assert coastal == set(np.flatnonzero(pack.group("coast") & pack.active))


def test_pieces_of_absent_counties_drop_out_and_the_river_goes_on(tiny):
    tree = rivers(tiny)
    upper, lower = tree.names.index("nandu_qiongzhong"), tree.names.index("nandu_haikou")
    assert tree.downstream[upper] == lower and tree.stage[upper] > 0
    assert tree.payer[upper] == tiny.row(460100)
    assert set(tree.county) == {0, 1, 2} and tree.land_share.sum(axis=0) == pytest.approx(np.ones(3))
    assert tree.flow[lower] == pytest.approx(tables(tiny).rivers["Nandu"].runoff * 1000)  # the whole basin of that pack


def test_a_county_without_any_named_river_gets_its_own(tmp_path):
    pack = load_pack(write_tiny_pack(tmp_path / "pack"))
    codes = np.where(pack.codes == 469030, 469999, pack.codes)

    class Other:
        n, active, names_zh, counties = pack.n, pack.active, pack.names_zh, pack.counties
        table, group, of_places = pack.table, pack.group, pack.of_places

    other = Other()
    other.codes = codes
    tree = rivers.__wrapped__(other)
    assert "coast_469999" in tree.names and tree.land_share.sum(axis=0) == pytest.approx(np.ones(3))


def test_a_pool_belongs_to_a_section(tree):
    (row, pool), = tree.pools
    assert (tree.names[row], pool.first_year, pool.last_year) == ("chitian_baoting", 2022, 2024)
    assert tree.stage[row] > 0


def test_the_identity_of_a_reach_does_not_depend_on_its_row(tree, tiny):
    other = rivers(tiny)
    assert len(set(tree.uid.tolist())) == tree.n
    assert other.uid[other.names.index("nandu_haikou")] == tree.uid[tree.names.index("nandu_haikou")]
