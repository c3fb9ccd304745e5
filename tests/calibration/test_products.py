"""What rubber would have to be of farming, on numbers that can be counted and on the record."""

import pytest

from calibration import products
from sim.region.pack import load_pack


def test_the_part_of_rubber_that_a_halved_price_asks_for():
    # others make a quarter more, rubber half of what it brought; who stands still has a third of it:
    # 1/3 x .5 + 2/3 x 1.25 = 1, and a sixth is left
    assert products.share_asked(1.0, 1.25, 0.5) == pytest.approx(1 / 3)
    assert products.share_left(1 / 3, 1.0, 0.5) == pytest.approx(1 / 6)
    assert products.share_asked(1.5, 1.25, 0.5) < 0  # who outgrows the others has less than none


def test_the_price_of_rubber_is_read_from_the_pack():
    # 3.65 and 2.79 dollars at 6.77 and 6.20 yuan: .70 at current prices
    pack = load_pack()
    rubber = products.rubber_price(pack)
    assert rubber[2013] / rubber[2010] == pytest.approx(
        2.79 * 6.20 / (3.65 * 6.77) * pack.deflator[2010] / pack.deflator[2013])


def test_the_price_of_rubber_does_not_part_the_farms_of_counties():
    """Qiongzhong would have to live on rubber while its price fell to 2013, and on less than none while it fell on;
    Baoting, where much rubber grows, gained on the others."""
    asked = products.table().set_index(["county", "first"])["asked"]
    assert asked["Qiongzhong", 2010] > 0.6 and asked["Qiongzhong", 2013] < 0
    assert asked["Baoting", 2010] < 0 and asked["Lingao", 2010] < -0.4
