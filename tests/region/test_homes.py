"""Declared prices of homes: every unit has one, two are recalled, none is an observation."""

import numpy as np

from sim.region import homes
from sim.region.pack import load_pack


def test_every_unit_with_persons_has_a_price_of_its_own():
    pack = load_pack()
    assert {int(code) for code in np.asarray(pack.codes)[pack.active]} == set(homes.PRICE_2010)


def test_cities_are_dearer_than_counties_and_counties_lie_in_the_stated_range():
    cities = [homes.PRICE_2010[code] for code in homes.RECALLED]
    others = [price for code, price in homes.PRICE_2010.items() if code not in homes.RECALLED]
    assert min(cities) > max(others) and 3000.0 <= min(others) and max(others) <= 4500.0


def test_a_unit_that_is_not_listed_gets_the_common_price():
    assert list(homes.price_2010([460100, 999999])) == [7500.0, homes.OTHER]
