"""What 2010 reveals of places: persons in cells of equal choice, targets, and the search that meets them (F.2)."""


import numpy as np
import pytest

from sim import settle
from sim.agents import place_choice
from sim.agents.place_choice import weigh_leaving
from sim.mechanisms import amenities
from sim.region.pack import load_pack
from sim.words import RURAL, URBAN
from tests.choices import year_world
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


def cells_of(counts, origin, registration):
    """Cells of persons who all consider moving, by origin and registration."""
    made, k = amenities.Cells({"cell": 0}), len(counts)
    columns = {name: np.zeros(k) for name in made.columns()}
    made.gather(**columns | {"count": np.array(counts), "origin": np.array(origin), "evaluation": np.ones(k),
                             "registration": np.array(registration)})
    return made


def test_nobody_leaves_or_returns_who_does_not_consider_it():
    """800 live outside for 8 years: 100 leave and return a year; 600 of others stay for 10: 60 of them leave.

    Of 50 who consider it at most 45.
    """
    model = world(1, weight=10, parameters=dict(outside_stay_years=8.0, outside_growth=0.0, outsider_stay_years=10.0))
    model.counted.rows_by_registration[:], model.counted.rows_by_home[:] = [[0, 80], [0, 0]], [[0, 0, 60]]
    for considering, wanted in (([1000] * 3, (100.0, 100.0, 60.0)), ([5] * 3, (45.0, 45.0, 45.0))):
        model.cells = cells_of(considering, [0, 1, 0], [0, 0, 1])
        do(amenities.aim, on=model)
        aimed = (model.settled.return_target, model.settled.departure_target, model.settled.outsider_departure_target)
        assert aimed == pytest.approx(wanted)


def test_amenities_of_counties_have_mean_zero_and_none_is_worth_more_than_the_farthest():
    model = world(3)
    model.active[2] = False
    model.settled.amenity_sought[:] = [1.0, 3.0, 9.0, 0.5, 0.0, 0.0, 50.0, -2.0, 1.5]
    do(amenities.lay_out, on=model)
    assert model.settled.amenity.tolist() == [[-0.5, -1.5], [1.0, 1.0], [0.0, 0.0]]
    assert (model.settled.out_amenity, model.settled.out_barrier) == (amenities.FARTHEST, -2.0)
    assert model.settled.outsider_return_gain == 1.5


def newcomers_of(model, skills, counties):
    """The barriers with which newcomers of these skills go to counties in these shares."""
    model.settled.newcomer_skills[:], model.settled.newcomer_counties[:] = skills, counties
    do(place_choice.tie_home, place_choice.count_costs, place_choice.value_places, place_choice.value_outside,
       place_choice.weigh_places, amenities.bar_newcomers, place_choice.weigh_ties, place_choice.add_up, on=model)
    return model.settled.newcomer_barrier


def test_newcomers_to_equal_counties_spread_as_those_who_came_before():
    """Two equal counties, three quarters live in the first: a barrier of ln 3 keeps them from the second."""
    model = year_world()
    for name in ("expected_income", "service_zone", "house_rent", "urban_density", "service_price", "water_index"):
        column = getattr(model.counties, name)
        column[1] = column[0]
    for name in ("house_rent_base", "urban_density_base", "water_index_base"):
        column = getattr(model.settled, name)
        column[1] = column[0]
    model.counties.minutes_effective[:, 2] = 300.0
    assert newcomers_of(model, [0.2, 0.3, 0.5], [0.75, 0.25]) == pytest.approx([0.0, np.log(3)])
    np.testing.assert_allclose(model.choices.choice_inflow[:, 0] / model.choices.choice_inflow[:, 1], 3.0)


@pytest.mark.parametrize("counties", [[0.5, 0.5], [0.99, 0.01], [0.001, 0.999]])
def test_newcomers_of_all_skills_go_where_people_of_other_provinces_live(counties):
    """Whatever the counties are worth to each skill; the least barrier is nought."""
    model, skills = year_world(network_elasticity=0.3, openness=(0.3, 0.6)), np.array([0.2, 0.3, 0.5])
    barrier = newcomers_of(model, skills, counties)
    weights = model.choices.choice_inflow
    assert skills @ (weights / weights.sum(axis=1, keepdims=True)) == pytest.approx(counties, abs=1e-10)
    assert barrier.min() == 0.0


def test_newcomers_follow_a_county_that_becomes_worth_more():
    """Barriers are settled once: a county worth ln 2 more later draws twice the odds it had."""
    model = year_world()
    newcomers_of(model, [0.0, 0.0, 1.0], [0.75, 0.25])
    model.settled.amenity[1] += np.log(2)
    do(*place_choice.WEIGH[3:], on=model)
    came = model.choices.choice_inflow[2]
    assert came[1] / came[0] == pytest.approx(2 / 3)


@pytest.mark.parametrize("imputation", range(21))
def test_the_moves_of_the_base_year_are_met_under_every_imputation(imputation):
    settled = settle.base_year(load_pack(), 1000, imputation, {}).settled
    assert np.abs(settled.moves_missing).max() < 1e-6
    assert np.abs(settled.migration_residual).max() < 1.0


@pytest.mark.parametrize("start", [np.zeros(3), np.full(3, 5.0)])
def test_the_search_ends_where_nothing_is_missing(start):
    wanted = np.array([1.0, -2.0, 0.5])
    found = amenities.solved(lambda x: np.clip(np.tanh(wanted - x), -1.0, 1.0), start)
    assert found == pytest.approx(wanted, abs=1e-6)


def test_moves_between_the_zones_of_a_county_are_told_by_where_they_begin():
    from tests.choices import expected, person, place

    _, zones = expected(place(2), person(0, RURAL), person(1, URBAN))
    assert zones == pytest.approx(np.array([[0, 0.25], [0.25, 0]]))
