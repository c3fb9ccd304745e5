"""Land cover of the base year: provincial totals shared by what they depend on, adding to each county's area."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.audit import LAND
from sim.region.land_cover import Parameters, land_cover
from sim.region.pack import load_pack

PLAIN = Parameters(urban_residential_per_head=100.0, urban_industrial_per_head=50.0, rural_construction_per_head=200.0,
                   infrastructure_area_share=0.02, wetland_area_share=0.05, relief_effect_farm=0.0,
                   relief_effect_forest=1.0)


class Fake:
    """A plain and a mountain county of 100 km2 each and a unit without land; relief 0.5 and 1.5 (mean 1)."""

    active = np.array([True, True, False])
    counties = pd.DataFrame({"area_km2": [100.0, 100.0, 5.0]})

    def __init__(self, park=10.0, relief=(0.5, 1.5, 9.0)):
        self.totals = {"cultivated_land": 4.0, "garden_land": 6.0, "forest_land": 8.0}  # thousand ha
        self.park, self.relief = park, relief

    def values(self, file, variable, year):
        return np.array(self.relief)

    def province(self, variable, year):
        return self.totals.get(variable, self.park)

    def group(self, name):
        return np.array([False, True, False])


def made(urban=(0.0, 0.0, 0.0), rural=(0.0, 0.0, 0.0), **kw):
    return land_cover(Fake(**kw), np.array(urban), np.array(rural), PLAIN)


def test_settlement_land_is_counted_by_heads():
    # 10 000 at 100 m2 are 100 ha; at 50 m2 50 ha; 5 000 villagers at 200 m2 are 100 ha
    cover = made(urban=(10_000, 0, 0), rural=(5_000, 0, 0))
    assert cover["land_residential"].tolist() == [100, 0, 0] and cover["land_industrial"].tolist() == [50, 0, 0]
    assert cover["land_rural"].tolist() == [100, 0, 0]


def test_roads_and_water_take_their_share_of_the_area():
    cover = made()
    assert cover["land_infrastructure"] == pytest.approx([200, 200, 0])
    assert cover["land_wet"] == pytest.approx([500, 500, 0])


def test_open_land_keeps_the_proportions_of_what_is_wished():
    # wished of the plain: cultivated 2000 (equal), garden 3000, forest 8000 x 50 / 200 = 2000, other .03 x 9300 = 279;
    # 9300 ha are there, 7279 wished
    cover = made()
    scale = 9300 / 7279
    assert [cover[k][0] for k in ("land_cultivated", "land_garden", "land_forest", "land_other")] == pytest.approx(
        [2000 * scale, 3000 * scale, 2000 * scale, 279 * scale])


def test_forest_thickens_and_fields_thin_out_with_relief():
    steep = land_cover(Fake(), np.zeros(3), np.zeros(3), Parameters())
    assert steep["land_forest"][1] + steep["land_forest_park"][1] > steep["land_forest"][0]
    assert steep["land_cultivated"][1] < steep["land_cultivated"][0]


def test_the_national_park_is_forest_of_its_counties():
    cover = made(park=10.0)
    assert cover["land_forest_park"] == pytest.approx([0, 1000, 0])
    huge = made(park=500.0)
    assert huge["land_forest_park"][1] == pytest.approx(0.9 * (huge["land_forest_park"] + huge["land_forest"])[1])


two_counts = st.lists(st.floats(0, 2e5), min_size=2, max_size=2)


@given(urban=two_counts, rural=two_counts, park=st.floats(0, 200),
       relief=st.lists(st.floats(0, 2), min_size=2, max_size=2))
@settings(max_examples=50, deadline=None)
def test_all_uses_add_to_the_area_and_none_is_negative(urban, rural, park, relief):
    cover = made((*urban, 0.0), (*rural, 0.0), park=park, relief=(*relief, 0.0))
    assert set(cover) == set(LAND)
    assert sum(cover.values()) == pytest.approx([1e4, 1e4, 0.0])
    assert all(np.all(hectares >= 0) for hectares in cover.values())


def test_hainan_keeps_its_mountains_wooded_and_its_coast_tilled():
    pack = load_pack()
    urban, rural = (np.nan_to_num(pack.values("population", f"{zone}_population", 2010)) * pack.active
                    for zone in ("urban", "rural"))
    cover = land_cover(pack, urban, rural)
    area = sum(cover.values())
    forest = (cover["land_forest"] + cover["land_forest_park"])[pack.active] / area[pack.active]
    tilled = cover["land_cultivated"][pack.active] / area[pack.active]
    inland = pack.group("mountains")[pack.active]
    assert forest[inland].mean() > forest[~inland].mean() and tilled[inland].mean() < tilled[~inland].mean()
