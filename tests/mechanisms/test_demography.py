"""Deaths, births and ageing: rules on three persons, and a population that follows Leslie (B.1)."""

from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.core.randomness import LUCK, mix, uniforms
from sim.mechanisms import demography
from sim.mechanisms.demography import county_fertility_rate, death_probability
from tests.luck import luck_falls
from tests.rules import do, world

NOBODY, EVERYBODY = np.zeros((2, 101)), np.ones((2, 101))
FIRST_YEAR, N = 2010, 2


def renew(model):
    """The year's luck falls, then people live and die."""
    luck_falls(model.persons, model.year, model.seed)
    do(demography.renew, on=model)


def life_world(persons, year=2011, mortality=NOBODY, fertility=None, male_share=0.0, seed=0, weight=10, until=2200):
    """What `renew` needs to know: two counties, row 2 is outside; fertility [age] is the chance of a birth a year."""
    years = until - FIRST_YEAR
    shape = np.zeros(101) if fertility is None else np.asarray(fertility)
    total = max(shape.sum(), 1e-12)
    constant = lambda x: np.broadcast_to(x, (years, *np.shape(x)))  # noqa: E731
    residents = np.zeros((years, N), dtype=np.int64)
    residents[:, 1] = 7 * np.arange(years)
    vital = SimpleNamespace(
        county_fertility=np.ones(N), fertility_shape=constant(shape / total), mortality=constant(mortality),
        male_share_at_birth=constant(male_share))
    return world(
        N, year, dict(fertility_convergence=1.0, mortality_scale=1.0, person_productivity_sd=0.4), persons=persons,
        observed=dict(vital=vital, exogenous_residents=residents), weight=weight, seed=seed,
        outlook=dict(total_fertility_rate=total))


# ---- formulas -----------------------------------------------------------------------------------------------------


def test_county_differences_in_fertility_fade():
    """A county with twice the births of the province: 2^(0.5^t) = 2, 1.414, 1.189 times 1.5 births."""
    for years, expected in ((0, 3.0), (1, 1.5 * 2**0.5), (2, 1.5 * 2**0.25), (60, 1.5)):
        assert county_fertility_rate(1.5, 2.0, years, 0.5) == pytest.approx(expected)


def test_county_differences_in_fertility_last_where_nothing_fades():
    assert county_fertility_rate(1.5, 2.0, 100, 1.0) == 3.0


def test_doubled_death_rates_leave_the_square_of_survivors():
    assert death_probability(0.1, 2.0) == pytest.approx(1 - 0.9**2)
    assert death_probability(0.1, 1.0) == pytest.approx(0.1)
    assert death_probability(np.array([0.0, 1.0]), 1.7).tolist() == [0.0, 1.0]


@settings(max_examples=50, deadline=None)
@given(st.floats(0, 1), st.floats(0.5, 2), st.floats(0, 0.5))
def test_death_is_a_probability_and_rises_with_the_rates(probability, scale, more):
    low, high = death_probability(probability, scale), death_probability(probability, scale + more)
    assert 0 <= low <= high <= 1


# ---- deaths -------------------------------------------------------------------------------------------------------


def test_nobody_dies_and_nobody_is_born_where_rates_are_zero(make_persons):
    model = life_world(make_persons(3))
    renew(model)
    assert model.persons.uid.tolist() == [1, 2, 3]
    assert model.counties.births.sum() == model.counties.deaths.sum() == 0


def test_everybody_dies_where_death_is_certain_and_bears_no_more_children(make_persons):
    model = life_world(make_persons(3, res_county=[0, 1, 2], hukou_county=[0, 1, 1]), mortality=EVERYBODY,
                  fertility=np.ones(101))
    renew(model)
    assert len(model.persons) == 0
    assert model.counties.deaths.tolist() == [10, 10]  # one row each, ten persons a row
    assert model.counties.deaths_outside.tolist() == [0, 10]  # who dies outside is missed where she is registered
    assert model.counties.births.sum() == 0


def test_the_dead_are_taken_off_the_register_of_their_county(make_persons):
    """Two registered in county 1, one of them living in county 0; a third in no register of Hainan (row 2)."""
    model = life_world(make_persons(3, res_county=[0, 1, 0], hukou_county=[1, 1, 2]), mortality=EVERYBODY)
    renew(model)
    assert model.counties.deaths.tolist() == [20, 10]
    assert model.counties.registered_deaths.tolist() == [0, 20]


def test_death_follows_sex_and_the_age_at_the_start_of_the_year(make_persons):
    mortality = NOBODY.copy()
    mortality[1, 40] = 1.0
    persons = make_persons(4, born=[1970, 1970, 1969, 1971], sex=[0, 1, 1, 1])  # in 2011: 40, 40, 41, 39 at its start
    model = life_world(persons, mortality=mortality)
    renew(model)
    assert sorted(model.persons.uid.tolist()) == [1, 3, 4]


def test_nobody_is_older_than_the_table(make_persons):
    mortality = NOBODY.copy()
    mortality[:, 100] = 1.0
    model = life_world(make_persons(3, born=[1880, 1910, 1912]), mortality=mortality)
    renew(model)
    assert model.persons.uid.tolist() == [3]


def test_who_dies_is_decided_by_her_own_number(make_persons):
    mortality = np.full((2, 101), 0.3)
    model = life_world(make_persons(50), mortality=mortality, seed=4)
    expected = 1 + np.flatnonzero(uniforms(4, LUCK, 2011, np.arange(1, 51))[:, 3] >= 0.3)
    renew(model)
    assert sorted(model.persons.uid.tolist()) == expected.tolist()


def test_who_dies_does_not_depend_on_the_order_of_persons(make_persons):
    mortality, order = np.full((2, 101), 0.3), np.random.default_rng(0).permutation(60)
    fertility = np.full(101, 0.2)
    one = life_world(make_persons(60), mortality=mortality, fertility=fertility)
    other = life_world(make_persons(60, uid=1 + order), mortality=mortality, fertility=fertility)
    renew(one)
    renew(other)
    assert sorted(one.persons.uid) == sorted(other.persons.uid)


# ---- births -------------------------------------------------------------------------------------------------------


def test_women_of_15_to_49_living_in_hainan_bear_children(make_persons):
    persons = make_persons(6, born=[1996, 1995, 1961, 1960, 1980, 1980], sex=[0, 0, 0, 0, 1, 0],
                           res_county=[0, 0, 0, 0, 0, 2], hukou_county=0)
    model = life_world(persons, fertility=np.ones(101))  # at the start of 2011: 14, 15, 49, 50; a man; a woman outside
    renew(model)
    children = model.persons.born == 2011
    assert model.persons.mother[children].tolist() == [1, 2]
    assert model.counties.births.tolist() == [20, 0]


def test_newborns_are_registered_where_their_mothers_are(make_persons):
    """Three mothers in county 0: registered there, in county 1, and outside Hainan (row 2).

    Of other provinces' children none or all are registered where they are born.
    """
    for local, registered, of_the_third in ((0.0, [10, 10], 2), (1.0, [20, 10], 0)):
        persons = make_persons(3, born=1985, sex=0, res_county=0, hukou_county=[0, 1, 2])
        model = life_world(persons, fertility=np.ones(101))
        model.parameters.newborn_local_share = local
        renew(model)
        assert model.counties.births.tolist() == [30, 0]
        assert model.counties.registered_births.tolist() == registered
        assert model.persons.hukou_county[3:].tolist() == [0, 1, of_the_third]


def test_children_of_other_provinces_are_registered_where_they_are_born_at_their_share(make_persons):
    model = life_world(make_persons(4000, hukou_county=2), fertility=np.ones(101))
    model.parameters.newborn_local_share = 0.3
    renew(model)
    here = (model.persons.hukou_county[4000:] == 0).mean()
    assert here == pytest.approx(0.3, abs=4 * (0.3 * 0.7 / 4000) ** 0.5)


def test_a_newborn_lives_and_is_registered_like_the_mother(make_persons):
    persons = make_persons(1, res_county=1, hukou_county=0, res_zone=1, hukou_rural=1, minority=1, low_income=1,
                           skill=3,
                           sector=2)
    model = life_world(persons, fertility=np.ones(101))
    renew(model)
    q = model.persons
    row = {name: array[1].item() for name, array in q.arrays().items()}
    assert row["uid"] == int(mix(np.uint64(1), np.uint64(2011)))
    assert (row["born"], row["mother"], row["skill"], row["sector"], row["arrived"]) == (2011, 0, 0, -1, 2011)
    assert (row["res_county"], row["res_zone"], row["hukou_county"], row["hukou_rural"]) == (1, 1, 0, 1)
    assert (row["minority"], row["low_income"]) == (1, 1)
    assert 0 < row["participation"] < 1 and row["productivity"] > 0


def test_all_children_are_boys_or_girls_where_the_share_says_so(make_persons):
    for share in (0.0, 1.0):
        model = life_world(make_persons(5), fertility=np.ones(101), male_share=share)
        renew(model)
        assert model.persons.sex[5:].tolist() == [share] * 5


def test_boys_are_born_at_their_share(make_persons):
    model = life_world(make_persons(4000), fertility=np.ones(101), male_share=0.54)
    renew(model)
    assert model.persons.sex[4000:].mean() == pytest.approx(0.54, abs=4 * (0.54 * 0.46 / 4000) ** 0.5)


def test_productivity_of_newborns_has_mean_1_and_the_spread_of_the_parameter(make_persons):
    model = life_world(make_persons(20_000), fertility=np.ones(101))
    renew(model)
    born = model.persons.productivity[20_000:].astype(float)
    assert np.log(born).std() == pytest.approx(0.4, rel=0.03)
    assert born.mean() == pytest.approx(1.0, abs=4 * born.std() / 20_000**0.5)


def test_a_newborn_is_the_same_child_whatever_happened_to_others(make_persons):
    """Identity, sex, productivity and participation come from mother and year alone."""
    crowd = life_world(make_persons(30), fertility=np.ones(101), male_share=0.5)
    renew(crowd)
    few = life_world(make_persons(1, uid=17, res_county=1), fertility=np.ones(101), male_share=0.5)
    renew(few)
    place = int(np.flatnonzero(crowd.persons.mother == 16)[0])
    for name in ("uid", "sex", "productivity", "participation", "born"):
        assert getattr(crowd.persons, name)[place] == getattr(few.persons, name)[1], name


def test_a_place_without_persons_follows_its_census(make_persons):
    model = life_world(make_persons(1), year=2013)
    renew(model)
    assert model.counties.exogenous_change.tolist() == [0, 7]


# ---- limiting cases -----------------------------------------------------------------------------------------------


def leslie(survival, fertility):
    """Women by age at the end of a year from those at its start; all children are girls."""
    matrix = np.zeros((101, 101))
    matrix[np.arange(1, 101), np.arange(100)] = survival[:100]
    matrix[100, 100] = survival[100]
    matrix[0] = survival * fertility
    return matrix


@pytest.fixture
def rates():
    """Death rises with age; children come between 20 and 39."""
    ages = np.arange(101)
    death = np.minimum(1.0, 0.002 * np.exp(0.06 * ages))
    fertility = np.where((ages >= 20) & (ages < 40), 0.06, 0.0)
    return death, fertility


def by_age(persons, year):
    return np.bincount(np.minimum(100, year - persons.born), minlength=101)


def test_a_closed_population_follows_the_powers_of_leslie(make_persons, rates):
    """LC11: ten years, four hundred women of each age 0 to 49, the mean of several seeds within Monte-Carlo error."""
    death, fertility = rates
    start = np.repeat(np.arange(50), 400)
    expected = np.bincount(start, minlength=101).astype(float)
    matrix = leslie(1 - death, fertility)
    for _ in range(10):
        expected = matrix @ expected
    found = []
    for seed in range(5):
        model = life_world(make_persons(start.size, born=2010 - start), mortality=np.stack([death, death]),
                      fertility=fertility, seed=seed)
        for year in range(2011, 2021):
            model.year = year
            renew(model)
        found.append(by_age(model.persons, 2020))
    mean = np.mean(found, axis=0)
    error = (mean - expected) / np.sqrt(np.maximum(expected, 1) / 5)
    assert np.abs(error).max() < 4.5
    assert mean.sum() == pytest.approx(expected.sum(), rel=0.01)


def test_growth_tends_to_the_dominant_eigenvalue(make_persons, rates):
    """LC11: from the stable age structure on, the population grows by the dominant eigenvalue a year."""
    death, fertility = rates
    values, vectors = np.linalg.eig(leslie(1 - death, fertility))
    growth = values.real.max()
    stable = np.abs(vectors[:, values.real.argmax()].real)
    ages = np.repeat(np.arange(101), np.rint(20_000 * stable / stable.sum()).astype(int))
    model = life_world(make_persons(ages.size, born=2010 - ages), mortality=np.stack([death, death]),
                       fertility=fertility)
    for year in range(2011, 2051):
        model.year = year
        renew(model)
    assert (len(model.persons) / ages.size) ** (1 / 40) == pytest.approx(growth, abs=0.001)


def test_the_weight_of_a_row_changes_no_expectation(make_persons, rates):
    """LC30: half the weight and twice the rows give the same births and deaths, within Monte-Carlo error."""
    death, fertility = rates
    made = {}
    for weight, rows in ((20, 5_000), (10, 10_000)):
        model = life_world(make_persons(rows, born=1985), mortality=np.stack([death, death]), fertility=fertility,
                      weight=weight)
        renew(model)
        made[weight] = model.counties.births[0], model.counties.deaths[0]
    for one, other in zip(made[20], made[10], strict=True):
        assert abs(one - other) < 4 * np.sqrt(20 * one + 10 * other)
