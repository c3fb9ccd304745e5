"""What 2010 reveals of places: persons in cells of equal choice, targets, and the search that meets them (F.2)."""

from types import SimpleNamespace

import numpy as np
import pytest

from sim.agents.persons import RURAL, URBAN
from sim.mechanisms import amenities


def test_persons_of_equal_choice_are_counted_together():
    """Two alike, one of the other sex who is alike too, one insured by her work, one who has retired, a child."""
    column = lambda *values: np.array(values)  # noqa: E731
    persons = SimpleNamespace(
        born=column(1980, 1980, 1980, 1980, 1940, 2000), sex=column(0, 0, 1, 0, 1, 0), skill=column(1, 1, 1, 1, 1, 0),
        minority=np.zeros(6, dtype=int), hukou_rural=np.zeros(6, dtype=int), hukou_county=np.zeros(6, dtype=int),
        res_county=np.zeros(6, dtype=int), res_zone=np.full(6, URBAN), sector=column(-1, -1, -1, 1, -1, -1))
    model = SimpleNamespace(
        persons=persons, n=2, year=2010, now=SimpleNamespace(portability=0.0), parameters=SimpleNamespace(
            retirement_age_women=55, retirement_age_men=60, retirement_reform_years=3, portability_cost=np.log(2)))
    evaluation, cost = np.full(101, 0.1), np.full(101, 0.5)
    counts, o, y, h, e, _, land, leave, considers = amenities._cells(model, evaluation, cost)
    assert sorted(zip(counts, e, leave, strict=True)) == [(1, 0, 0.25), (1, amenities.RETIRED, 0.5), (3, 0, 0.5)]
    assert not (o.any() or h.any() or land.any()) and np.all(y == URBAN) and np.all(considers == 0.1)


def test_nobody_leaves_or_returns_who_does_not_consider_it():
    """800 live outside for 8 years: 100 leave and return a year, 60 outsiders too; of 50 who consider it at most 45."""
    model = SimpleNamespace(
        n=1, weight=10, people=SimpleNamespace(network=np.array([[0, 80], [0, 0]]), by_home=np.array([[0, 0, 60]])),
        parameters=SimpleNamespace(outside_stay_years=8.0, outside_growth=0.0, outsider_stay_years=10.0))
    origin = np.array([0, 1])
    assert amenities._targets(model, np.array([1000, 1000]), origin, np.ones(2)) == pytest.approx((100.0, 160.0))
    assert amenities._targets(model, np.array([5, 5]), origin, np.ones(2)) == pytest.approx((45.0, 45.0))


@pytest.mark.parametrize("start", [np.zeros(3), np.full(3, 5.0)])
def test_the_search_ends_where_nothing_is_missing(start):
    wanted = np.array([1.0, -2.0, 0.5])
    found = amenities._solved(lambda x: np.clip(np.tanh(wanted - x), -1.0, 1.0), start)
    assert found == pytest.approx(wanted, abs=1e-6)


def test_moves_between_the_zones_of_a_county_are_told_by_where_they_begin():
    from tests.choices import expected, person, place

    _, zones = expected(place(2), person(0, RURAL), person(1, URBAN))
    assert zones == pytest.approx(np.array([[0, 0.25], [0.25, 0]]))
