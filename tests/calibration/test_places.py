"""Orders of units and of partners, and the exponents of a gravity fit, by hand."""

from types import SimpleNamespace

import numpy as np
import pytest
import xarray as xr

from calibration import places
from calibration.cases import Absent
from calibration.places import Order
from calibration.targets import by_name


def test_an_order_of_units_is_a_rank_correlation():
    found = places.agreement(Order(np.array([1.0, 2, 3, 4]), np.array([10.0, 20, 30, 40]), np.array([4.0, 3, 2, 1])))
    assert (found.model, found.naive) == pytest.approx((1.0, -1.0))
    assert (found.gains >= 0).all()


def test_partners_are_ordered_for_each_unit_apart():
    # the second unit has ten times the flow of the first: no matter
    truth = np.array([[1.0, 40], [2, 30], [3, 20], [4, 10]])
    found = places.agreement(Order(truth * [1, 10], truth, truth[::-1]))
    assert (found.model, found.naive) == pytest.approx((1.0, -1.0))
    assert found.gains == pytest.approx(np.full(len(found.gains), 2.0))


def test_a_gravity_fit_finds_the_exponents_that_made_the_flows():
    people = np.array([1e5, 2e5, 5e5, 3e5])
    apart = np.array([[1.0, 60, 100, 200], [60, 1, 90, 150], [100, 90, 1, 80], [200, 150, 80, 1]])
    flow = 1e-6 * people[:, None] ** 0.9 * people[None] ** 1.1 * apart**-1.6
    inside = ~np.eye(4, dtype=bool)
    assert places.gravity(flow, people, apart, inside) == pytest.approx([0.9, 1.1, -1.6])
    flow[0, 1] = 0.0  # a pair without flow is left out
    assert places.gravity(flow, people, apart, inside) == pytest.approx([0.9, 1.1, -1.6])


def test_moves_of_runs_that_end_before_the_years_compared_are_absent():
    runs = xr.Dataset(coords={"year": [2010, 2011], "county": [460100, 460200]})
    with pytest.raises(Absent, match="no year after"):
        places.flows(SimpleNamespace(results=runs, members=np.ones(2, bool)), by_name("moves"))
