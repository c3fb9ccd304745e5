"""Persons are counted: who is counted where, two counties, row 2 is outside."""

import numpy as np
import pytest

from sim.agents import counts
from sim.agents.counts import CHILD, FIXED_POINT, KINDS, LEVELS
from tests import rules

YEAR, N = 2020, 2


RULES = dict(
    efficiency_at_18=0.7, efficiency_at_60=0.8, rural_nonfarm_efficiency=0.5, urban_farm_efficiency=2.0,
    retirement_age_women=55, retirement_age_men=60, retirement_reform_years=3.0)


def counted(persons):
    return rules.counted(persons, YEAR, N, **RULES)


def test_three_persons_are_counted_by_zone_age_skill_and_home(make_persons):
    persons = make_persons(
        3, born=[1990, 2010, 1940], res_county=[0, 0, 1], res_zone=[0, 1, 1], hukou_county=[0, 1, 2], skill=[3, 0, 1],
        sex=[0, 0, 1], minority=[1, 1, 0], low_income=[0, 1, 0])
    out = counted(persons)
    assert out.rows_by_zone.tolist() == [[1, 1], [0, 1]]
    assert out.rows_by_age[0].nonzero()[0].tolist() == [2, 6]
    assert out.rows_by_age[1].nonzero()[0].tolist() == [16]  # 10, 30; 80
    assert out.rows_by_skill.tolist() == [[0, 0, 1], [1, 0, 0]]  # the child has no skill
    assert out.rows_by_home.tolist() == [[1, 1, 0], [0, 0, 1]]
    assert out.rows_by_registration.tolist() == [[1, 0, 0], [1, 0, 0], [0, 1, 0]]
    assert out.rows_minority.tolist() == [2, 0] and out.rows_poor.tolist() == [1, 0]
    assert out.rows_school_age.tolist() == [[0, 1], [0, 0]]
    assert out.rows_by_health_age[0].tolist() == [[1, 0, 0], [1, 0, 0]]
    assert out.rows_by_health_age[1].tolist() == [[0, 0, 0], [0, 0, 1]]
    assert out.rows_adult.tolist() == [[[1, 0], [0, 0]], [[0, 0], [0, 1]]]
    assert out.rows_retired.tolist() == [[0, 0], [0, 1]]


@pytest.mark.parametrize(("age", "group"), [(0, 0), (4, 0), (5, 1), (84, 16), (85, 17), (99, 17), (-1, 0)])
def test_ages_fall_into_the_groups_of_the_census(make_persons, age, group):
    assert counted(make_persons(1, born=YEAR - age)).rows_by_age[0].argmax() == group


@pytest.mark.parametrize(("age", "place"), [(0, 0), (49, 0), (50, 1), (69, 1), (70, 2), (95, 2)])
def test_the_use_of_health_services_changes_at_50_and_at_70(make_persons, age, place):
    found = counted(make_persons(1, born=YEAR - age)).rows_by_health_age
    assert found[0, 0].tolist() == [int(k == place) for k in range(3)]


@pytest.mark.parametrize(("age", "at_school"), [(2, 0), (3, 1), (17, 1), (18, 0)])
def test_children_of_3_to_17_are_at_school(make_persons, age, at_school):
    assert counted(make_persons(1, born=YEAR - age)).rows_school_age.sum() == at_school


def test_labour_is_productivity_times_age_times_zone_by_sector_and_skill(make_persons):
    persons = make_persons(
        3, born=[1980, 1960, 1980], sector=[2, 0, 2], skill=[3, 1, 3], res_zone=[0, 0, 1], productivity=[1.5, 2.0, 1.0])
    labour = counted(persons).labour_by_zone
    assert labour[0, 0, 2, 2] == pytest.approx(1.5)  # age 40: 1.5 x 1 x 1
    assert labour[0, 0, 0, 0] == pytest.approx(2.0 * 0.8 * 2.0, abs=4 / FIXED_POINT)  # age 60, urban farm work
    assert labour[0, 1, 2, 2] == pytest.approx(0.5)  # rural work outside farming
    assert np.count_nonzero(labour) == 3


def test_labour_is_the_same_in_whatever_order_persons_stand(make_persons):
    rng = np.random.default_rng(1)
    said = dict(productivity=rng.lognormal(0, 0.5, 500).astype(np.float32), sector=rng.integers(0, 6, 500),
                born=rng.integers(1950, 2000, 500), res_county=rng.integers(0, 2, 500))
    order = rng.permutation(500)
    one = counted(make_persons(500, **said)).labour_by_zone
    other = counted(make_persons(500, **{name: array[order] for name, array in said.items()})).labour_by_zone
    np.testing.assert_array_equal(one, other)


def test_persons_counted_in_several_goes_are_those_counted_in_one(make_persons, monkeypatch):
    """Numbers of a cell share their bits; as many rows as these hold are counted at a time."""
    rng = np.random.default_rng(4)
    k = 1000
    persons = make_persons(
        k, born=rng.integers(1920, 2021, k), res_county=rng.integers(0, 3, k), hukou_county=rng.integers(0, 3, k),
        res_zone=rng.integers(0, 2, k), sector=rng.integers(-1, 6, k), skill=rng.integers(0, 4, k),
        minority=rng.integers(0, 2, k), low_income=rng.integers(0, 2, k), hukou_rural=rng.integers(0, 2, k),
        productivity=rng.lognormal(0, 0.5, k).astype(np.float32))
    whole = {name: value.copy() for name, value in counted(persons).arrays().items()}
    monkeypatch.setattr(counts, "MOST_ROWS", 70)
    for name, value in counted(persons).arrays().items():
        np.testing.assert_array_equal(value, whole[name], err_msg=name)
    assert whole["rows_minority"].sum() == persons.minority[persons.res_county < N].sum()
    assert whole["rows_poor"].sum() == persons.low_income[persons.res_county < N].sum()


def test_each_person_is_kept_as_what_it_was_counted(make_persons):
    """A woman of forty in sector 2, college, of county 0, in the town of county 1: place 2, kind 2, level 3."""
    persons = make_persons(2, born=[1980, 2015], sector=[2, -1], skill=[3, 0], res_county=[1, 0], hukou_county=0,
                           hukou_rural=1, productivity=[1.5, 1.0])
    counted(persons)
    out = persons
    assert out.cell.tolist() == [(2 * KINDS + 2) * LEVELS + 3, CHILD * LEVELS]
    assert out.units.tolist() == [1.5 * FIXED_POINT, 0.7 * FIXED_POINT // 1]
    assert out.right.tolist() == [2 + 1, 0]  # away and a member; a child is none yet


def test_those_without_work_retire_at_their_pension_age_and_those_who_work_do_not(make_persons):
    persons = make_persons(3, born=[1965, 1965, 1966], sector=[-1, 2, -1])  # women of 55, 55 and 54
    assert counted(persons).rows_retired.sum() == 1


def test_men_retire_later_than_women(make_persons):
    assert counted(make_persons(2, born=1962, sex=[0, 1])).rows_retired.sum() == 1  # both 58


def test_land_rights_stay_where_the_collective_is(make_persons):
    """Members of 16 and over: at home, in another county, outside; an urban registration has none."""
    persons = make_persons(5, hukou_rural=[1, 1, 1, 0, 1], res_county=[0, 1, 2, 0, 0], hukou_county=0,
                           res_zone=[1, 0, 0, 0, 1], born=[1980, 1980, 1980, 1980, 2010])
    rights = counted(persons).rows_with_rights
    assert rights[0, 0].tolist() == [0, 1] and rights[0, 1].tolist() == [1, 0] and rights[0, 2].tolist() == [1, 0]
    assert rights.sum() == 3


def test_those_outside_are_counted_by_home_and_skill_and_nowhere_else(make_persons):
    persons = make_persons(3, res_county=2, hukou_county=[0, 0, 1], hukou_rural=[1, 0, 1], skill=[2, 3, 1],
                           born=[1990, 1990, 1955])
    out = counted(persons)
    assert out.rows_working_outside[0].tolist() == [[0, 0, 0, 1], [0, 0, 1, 0]]
    assert out.rows_working_outside[1].sum() == 0  # 65 years old
    assert out.rows_by_registration[:, 2].tolist() == [2, 1, 0]
    assert out.rows_by_zone.sum() == out.rows_by_home.sum() == out.rows_by_age.sum() == 0


def test_every_count_adds_to_the_residents(make_persons):
    rng = np.random.default_rng(3)
    k = 400
    persons = make_persons(
        k, born=rng.integers(1920, 2021, k), res_county=rng.integers(0, 3, k), hukou_county=rng.integers(0, 3, k),
        res_zone=rng.integers(0, 2, k), sector=rng.integers(-1, 6, k), skill=rng.integers(0, 4, k))
    out, residents = counted(persons), np.bincount(persons.res_county, minlength=3)
    for name in ("rows_by_zone", "rows_by_age", "rows_by_home"):
        np.testing.assert_array_equal(getattr(out, name).sum(axis=1), residents[:2], err_msg=name)
    np.testing.assert_array_equal(out.rows_by_health_age.sum(axis=(1, 2)), residents[:2])
    np.testing.assert_array_equal(out.rows_by_registration.sum(axis=0), residents)
    np.testing.assert_array_equal(out.rows_at_work.sum(axis=(1, 2)), out.rows_by_sector)
