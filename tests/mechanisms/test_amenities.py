"""What 2010 reveals of places: persons in cells of equal choice, targets, and the search that meets them (F.2)."""


import numpy as np
import pytest

from sim.agents.place_choice import weigh_leaving
from sim.mechanisms import amenities
from sim.words import RURAL, URBAN
from tests.rules import do, world


def test_persons_of_equal_choice_are_counted_together(make_persons):
    """Two alike, one of the other sex who is alike too, one insured by her work, one who has retired, a child."""
    persons = make_persons(6, born=[1980, 1980, 1980, 1980, 1940, 2000], sex=[0, 0, 1, 0, 1, 0],
                           skill=[1, 1, 1, 1, 1, 0], sector=[-1, -1, -1, 1, -1, -1])
    model = world(2, 2010, persons=persons, cells=amenities.Cells({"cell": 0}), now=dict(portability=0.0, hr_parks=1.0),
                  parameters=dict(retirement_age_women=55, retirement_age_men=60, retirement_reform_years=3,
                                  portability_cost=np.log(2), moving_cost=np.log(2)))
    model.settled.evaluation[:], model.settled.age_cost[:] = 0.1, 1.0
    do(weigh_leaving, amenities.gather_cells, on=model)
    c = model.cells
    found = sorted(zip(c.count.tolist(), c.mover.tolist(), c.leave.tolist(), strict=True))
    assert found == [(1, 0, 0.25), (1, amenities.RETIRED, 0.5), (3, 0, 0.5)]
    assert not (c.origin.any() or c.registration.any() or c.land.any())
    assert np.all(c.zone == URBAN) and np.all(c.evaluation == 0.1)


def cells_of(counts, origin):
    """Cells of persons who all consider moving, by origin."""
    made, k = amenities.Cells({"cell": 0}), len(counts)
    columns = {name: np.zeros(k) for name in made.columns()}
    made.gather(**columns | {"count": np.array(counts), "origin": np.array(origin), "evaluation": np.ones(k)})
    return made


def test_nobody_leaves_or_returns_who_does_not_consider_it():
    """800 live outside for 8 years: 100 leave and return a year, 60 outsiders too; of 50 who consider it at most 45."""
    model = world(1, weight=10, parameters=dict(outside_stay_years=8.0, outside_growth=0.0, outsider_stay_years=10.0))
    model.counted.rows_by_registration[:], model.counted.rows_by_home[:] = [[0, 80], [0, 0]], [[0, 0, 60]]
    for considering, wanted in (([1000, 1000], (100.0, 160.0)), ([5, 5], (45.0, 45.0))):
        model.cells = cells_of(considering, [0, 1])
        do(amenities.aim, on=model)
        assert (model.settled.return_target, model.settled.departure_target) == pytest.approx(wanted)


def test_amenities_of_counties_have_mean_zero_and_none_is_worth_more_than_the_farthest():
    model = world(3)
    model.active[2] = False
    model.settled.amenity_sought[:] = [1.0, 3.0, 9.0, 0.5, 0.0, 0.0, 50.0, -2.0]
    do(amenities.lay_out, on=model)
    assert model.settled.amenity.tolist() == [[-0.5, -1.5], [1.0, 1.0], [0.0, 0.0]]
    assert (model.settled.out_amenity, model.settled.out_barrier) == (amenities.FARTHEST, -2.0)


@pytest.mark.parametrize("start", [np.zeros(3), np.full(3, 5.0)])
def test_the_search_ends_where_nothing_is_missing(start):
    wanted = np.array([1.0, -2.0, 0.5])
    found = amenities.solved(lambda x: np.clip(np.tanh(wanted - x), -1.0, 1.0), start)
    assert found == pytest.approx(wanted, abs=1e-6)


def test_moves_between_the_zones_of_a_county_are_told_by_where_they_begin():
    from tests.choices import expected, person, place

    _, zones = expected(place(2), person(0, RURAL), person(1, URBAN))
    assert zones == pytest.approx(np.array([[0, 0.25], [0.25, 0]]))
