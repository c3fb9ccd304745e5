"""Hukou: registration opens from where it stands."""

import numpy as np
import pytest

from sim.mechanisms import hukou
from sim.mechanisms.hukou import openness
from tests.rules import do, world


def test_registration_opens_from_where_it_stands():
    # .3 before, half opened: .3 + .7 x .5
    assert openness(np.array([0.3, 0.6]), np.array([0.5, 0.0])) == pytest.approx([0.65, 0.6])
    assert openness(0.3, 1.0) == pytest.approx(1.0)


@pytest.mark.parametrize(("opened", "reached"), [(0.0, [0.2, 0.2, 0.6]), (0.5, [0.6, 0.6, 0.8]), (1.0, [1, 1, 1])])
def test_the_two_big_cities_start_more_closed_and_end_as_open(opened, reached):
    model = world(parameters={"hukou_open_2018": np.array([0.2, 0.6])}, now={"hukou_open": opened},
                  observed={"big_cities": np.array([True, True, False])})
    do(hukou.settle, hukou.open_registration, on=model)
    assert model.counties.hukou_open_reached == pytest.approx(reached)
