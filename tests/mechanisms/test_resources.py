"""Resources: what they add, the rent in it, and who has it."""

import numpy as np
import pytest

from sim.agents import budget
from sim.mechanisms import income, resources
from sim.mechanisms.resources import rent
from sim.region.pack import load_pack
from sim.region.resources import Resource, resource_part
from sim.region.resources import resources as declared
from sim.words import INDUSTRY, URBAN
from tests.rules import do, world


def test_rent_is_a_share_of_what_a_part_of_industry_makes():
    assert rent(0.2, 50.0, 0.5) == 5.0 and rent(0.0, 50.0, 0.5) == 0.0


def test_parts_stand_where_resources_are_and_from_when_they_are_taken():
    some = (Resource("ore", "矿", 2, 2000, 0.3), Resource("gas", "气", 2, 2012, 0.1),
            Resource("oil", "油", 9, 2000, 0.5))
    assert resource_part(np.array([1, 2]), 2010, 2012, some) == pytest.approx(np.array([[0, 0.3], [0, 0.3], [0, 0.4]]))


def test_no_county_takes_more_than_its_industry():
    found = declared(load_pack())
    codes = np.array(sorted({one.host for one in found}))
    part = resource_part(codes, 2010, 2035, found)
    assert np.all(part[-1] > 0) and np.all(part <= 1)


def mine(shared, owned=0.4):
    """Industry adds 100 and leaves 60 + 20 - .1 x 300 = 50; half of it is a mine, a quarter of whose output is rent."""
    on = world(2, parameters={"depreciation_rate": 0.1, "resource_rent_share": 0.25, "local_capital_ownership": owned,
                              "ownership_trend": 0.0},
               observed={"resource_part": np.array([[0.5, 0.0]])}, now={"resource_share": shared})
    c = on.counties
    c.value_added[:, INDUSTRY], c.factor_capital[:, INDUSTRY], c.factor_land[:, INDUSTRY] = 100.0, 60.0, 20.0
    c.capital[:, INDUSTRY] = 300.0
    on.counted.rows_adult[:, URBAN, 0] = 1
    do(resources.earn_rent, income.share_profits, on=on)
    return c, on


def test_resources_are_a_visible_part_of_industry():
    c, _ = mine(0.0)
    assert c.resource_value == pytest.approx([50, 0]) and c.resource_rent == pytest.approx([12.5, 0])
    assert not c.resource_due.any() and not c.resource_benefit.any()


def test_owners_outside_lose_what_the_county_gains_and_residents_keep_theirs():
    before, _ = mine(0.0)
    after, on = mine(0.4)
    assert after.resource_benefit == pytest.approx([5, 0])
    assert after.profit_outside == pytest.approx(before.profit_outside - [5, 0])
    assert np.array_equal(after.property_income, before.property_income)
    do(budget.gather, on=on)
    assert after.budget_resources == pytest.approx([5, 0])


def test_who_has_no_profit_outside_pays_no_more_than_that():
    c, _ = mine(0.4, owned=1.0)
    assert not c.resource_benefit.any() and not c.profit_outside.any()
