"""Declared prices of homes: every unit has one, two are recalled, none is an observation."""

import numpy as np

from sim.region import homes
from sim.region.pack import load_pack
from tests.tiny_pack import write_tiny_pack


def prices():
    table = load_pack().table("places")
    return table[(table["variable"] == "home_price_2010").to_numpy(bool)]


def test_every_unit_with_persons_has_a_price_of_its_own():
    pack = load_pack()
    assert set(pack.codes[pack.active].tolist()) == set(prices()["adcode"])


def test_cities_are_dearer_than_counties_and_counties_lie_in_the_stated_range():
    table = prices()
    recalled = (table["confidence"] == "recalled").to_numpy(bool)
    cities, others = table["value"][recalled], table["value"][~recalled]
    assert min(cities) > max(others) and 3000.0 <= min(others) and max(others) <= 4500.0


def test_a_unit_that_is_not_listed_gets_the_common_price(tmp_path):
    def unlist(tables):
        tables["places"] = [row for row in tables["places"] if row["adcode"] != "460200"]

    assert np.array_equal(homes.price_2010(load_pack(write_tiny_pack(tmp_path, unlist))),
                          [7500.0, homes.OTHER, 3000.0])
