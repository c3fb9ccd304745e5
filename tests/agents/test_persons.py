"""Persons in columns: who is counted where, and what a renewal keeps."""

from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.agents import persons as people_module
from sim.agents.persons import (
    CHILD,
    FIXED_POINT,
    KINDS,
    LEVELS,
    age_efficiency,
    count,
    retirement_ages,
    zone_efficiency,
)

RULES = SimpleNamespace(
    efficiency_at_18=0.7, efficiency_at_60=0.8, rural_nonfarm_efficiency=0.5, urban_farm_efficiency=2.0,
    retirement_age_women=55, retirement_age_men=60, retirement_reform_years=3.0)


def newcomers(*mothers, **said):
    """Columns of new rows with the given mothers (rows before the renewal)."""
    k = len(mothers)
    columns = dict(uid=np.arange(100, 100 + k), born=2011, sex=0, skill=0, minority=0, hukou_county=0, hukou_rural=0,
                   res_county=0, res_zone=0, sector=-1, arrived=2011, productivity=1.0, participation=0.5, low_income=0)
    columns = {name: np.broadcast_to(np.asarray(v), k) for name, v in (columns | said).items()}
    return columns | {"mother": np.asarray(mothers)}


# ---- renewal ------------------------------------------------------------------------------------------------------


def test_newcomers_take_the_rows_of_those_who_go_and_then_stand_at_the_end(make_persons):
    persons = make_persons(4)
    persons.renew(np.array([True, False, True, True]), newcomers(-1, -1))
    assert persons.uid.tolist() == [1, 100, 3, 4, 101]
    assert len(persons) == 5


def test_where_more_go_than_come_the_last_rows_fill_the_gaps(make_persons):
    persons = make_persons(5)
    persons.renew(np.array([False, True, False, False, True]), newcomers(-1))
    assert persons.uid.tolist() == [100, 2, 5]


def test_a_childs_mother_is_found_again_after_rows_have_moved(make_persons):
    persons = make_persons(4, mother=[-1, -1, 3, 0])  # row 2 is a child of row 3, row 3 of row 0
    persons.renew(np.array([False, True, True, True]), newcomers())
    assert persons.uid.tolist() == [4, 2, 3]
    assert persons.mother.tolist() == [-1, -1, 0]  # row 3 became row 0; the mother in row 0 is gone


def test_a_newborn_whose_mother_left_has_no_mother(make_persons):
    persons = make_persons(2)
    persons.renew(np.array([True, False]), newcomers(1, 0))
    assert persons.mother.tolist() == [-1, -1, 0]


@given(stays=st.lists(st.booleans(), min_size=1, max_size=40), coming=st.integers(0, 30), luck=st.randoms())
@settings(max_examples=50, deadline=None)
def test_a_renewal_keeps_whoever_stays_with_all_they_have_and_their_mothers(make_persons, stays, coming, luck):
    rows = len(stays)
    mother = [luck.randrange(-1, rows) for _ in range(rows)]
    persons = make_persons(rows, mother=mother, born=np.arange(1950, 1950 + rows))
    of_new = [luck.randrange(-1, rows) for _ in range(coming)]
    identity = [*range(1, rows + 1), *range(100, 100 + coming)]
    expected = {
        who: (identity[m] if m >= 0 and stays[m] else None, 1950 + row if row < rows else 2011)
        for row, (who, m) in enumerate(zip(identity, mother + of_new, strict=True)) if row >= rows or stays[row]}
    persons.renew(np.array(stays), newcomers(*of_new))
    found = {int(who): (int(persons.uid[m]) if m >= 0 else None, int(born))
             for who, m, born in zip(persons.uid, persons.mother, persons.born, strict=True)}
    assert found == expected
    persons.renew(np.ones(len(persons), dtype=bool), newcomers(-1, uid=[999]))  # and once more, with room to spare
    assert {int(who) for who in persons.uid} == {*expected, 999}


def test_a_renewal_without_anybody_new_or_gone_changes_nothing(make_persons):
    persons = make_persons(3, mother=[-1, 0, 0], res_county=[0, 1, 1])
    before = persons.copied()
    persons.renew(np.ones(3, dtype=bool), newcomers())
    for name, array in persons.arrays().items():
        np.testing.assert_array_equal(array, before[name], err_msg=name)
        assert array.dtype == before[name].dtype, name


def test_a_copy_of_persons_shares_nothing_with_them(make_persons):
    persons = make_persons(2)
    copy = persons.copied()
    copy["skill"][0] = 3
    assert persons.skill.tolist() == [1, 1]


def test_an_unknown_column_is_not_taken(make_persons):
    with pytest.raises(AssertionError, match="hat"):
        make_persons(1, hat=1)


# ---- formulas -----------------------------------------------------------------------------------------------------


def test_pension_ages_are_those_of_the_statute_until_the_reform_and_rise_straight_for_fifteen_years():
    assert retirement_ages(RULES, 2010) == (55, 60)
    assert retirement_ages(RULES, 2024) == (55, 60)
    assert retirement_ages(RULES, 2025) == pytest.approx((55.2, 60.2))  # 3 years in 15 steps
    assert retirement_ages(RULES, 2029) == pytest.approx((56, 61))
    assert retirement_ages(RULES, 2039) == retirement_ages(RULES, 2050) == (58, 63)


def test_efficiency_rises_to_35_stays_to_50_and_falls_to_60():
    curve = age_efficiency(RULES)
    assert curve.shape == (101,)
    assert curve[[16, 18, 35, 42, 50, 60, 80]] == pytest.approx([0.7, 0.7, 1, 1, 1, 0.8, 0.8])
    assert curve[55] == pytest.approx(0.9)


def test_urban_farmers_and_rural_workers_have_efficiencies_of_their_own():
    assert zone_efficiency(RULES).tolist() == [[2, 1, 1, 1, 1, 1], [1, .5, .5, .5, .5, .5]]


# ---- counting: two counties, row 2 is outside ---------------------------------------------------------------------

YEAR, N = 2020, 2


def counted(persons, year=YEAR):
    return count(persons, year, N, RULES)


def test_three_persons_are_counted_by_zone_age_skill_and_home(make_persons):
    persons = make_persons(
        3, born=[1990, 2010, 1940], res_county=[0, 0, 1], res_zone=[0, 1, 1], hukou_county=[0, 1, 2], skill=[3, 0, 1],
        sex=[0, 0, 1], minority=[1, 1, 0], low_income=[0, 1, 0])
    out = counted(persons)
    assert out.by_zone.tolist() == [[1, 1], [0, 1]]
    assert out.by_age[0].nonzero()[0].tolist() == [2, 6] and out.by_age[1].nonzero()[0].tolist() == [16]  # 10, 30; 80
    assert out.by_skill.tolist() == [[0, 0, 1], [1, 0, 0]]  # the child has no skill
    assert out.by_home.tolist() == [[1, 1, 0], [0, 0, 1]]
    assert out.network.tolist() == [[1, 0, 0], [1, 0, 0], [0, 1, 0]]
    assert out.minorities.tolist() == [2, 0] and out.poor.tolist() == [1, 0]
    assert out.school.tolist() == [[0, 1], [0, 0]]
    assert out.health[0].tolist() == [[1, 0, 0], [1, 0, 0]] and out.health[1].tolist() == [[0, 0, 0], [0, 0, 1]]
    assert out.adults.tolist() == [[[1, 0], [0, 0]], [[0, 0], [0, 1]]]
    assert out.retired.tolist() == [[0, 0], [0, 1]]


@pytest.mark.parametrize(("age", "group"), [(0, 0), (4, 0), (5, 1), (84, 16), (85, 17), (99, 17), (-1, 0)])
def test_ages_fall_into_the_groups_of_the_census(make_persons, age, group):
    assert counted(make_persons(1, born=YEAR - age)).by_age[0].argmax() == group


@pytest.mark.parametrize(("age", "place"), [(0, 0), (49, 0), (50, 1), (69, 1), (70, 2), (95, 2)])
def test_the_use_of_health_services_changes_at_50_and_at_70(make_persons, age, place):
    assert counted(make_persons(1, born=YEAR - age)).health[0, 0].tolist() == [int(k == place) for k in range(3)]


@pytest.mark.parametrize(("age", "at_school"), [(2, 0), (3, 1), (17, 1), (18, 0)])
def test_children_of_3_to_17_are_at_school(make_persons, age, at_school):
    assert counted(make_persons(1, born=YEAR - age)).school.sum() == at_school


def test_labour_is_productivity_times_age_times_zone_by_sector_and_skill(make_persons):
    persons = make_persons(
        3, born=[1980, 1960, 1980], sector=[2, 0, 2], skill=[3, 1, 3], res_zone=[0, 0, 1], productivity=[1.5, 2.0, 1.0])
    labour = counted(persons).labour
    assert labour[0, 0, 2, 2] == pytest.approx(1.5)  # age 40: 1.5 x 1 x 1
    assert labour[0, 0, 0, 0] == pytest.approx(2.0 * 0.8 * 2.0, abs=4 / FIXED_POINT)  # age 60, urban farm work
    assert labour[0, 1, 2, 2] == pytest.approx(0.5)  # rural work outside farming
    assert np.count_nonzero(labour) == 3


def test_labour_is_the_same_in_whatever_order_persons_stand(make_persons):
    rng = np.random.default_rng(1)
    said = dict(productivity=rng.lognormal(0, 0.5, 500).astype(np.float32), sector=rng.integers(0, 6, 500),
                born=rng.integers(1950, 2000, 500), res_county=rng.integers(0, 2, 500))
    order = rng.permutation(500)
    one = counted(make_persons(500, **said)).labour
    other = counted(make_persons(500, **{name: array[order] for name, array in said.items()})).labour
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
    whole = {name: value.copy() for name, value in vars(counted(persons)).items()}
    monkeypatch.setattr(people_module, "MOST_ROWS", 70)
    for name, value in vars(counted(persons)).items():
        np.testing.assert_array_equal(value, whole[name], err_msg=name)
    assert whole["minorities"].sum() == persons.minority[persons.res_county < N].sum()
    assert whole["poor"].sum() == persons.low_income[persons.res_county < N].sum()


def test_each_person_is_kept_as_what_it_was_counted(make_persons):
    """A woman of forty in sector 2, college, of county 0, in the town of county 1: place 2, kind 2, level 3."""
    out = counted(make_persons(2, born=[1980, 2015], sector=[2, -1], skill=[3, 0], res_county=[1, 0], hukou_county=0,
                               hukou_rural=1, productivity=[1.5, 1.0]))
    assert out.cell.tolist() == [(2 * KINDS + 2) * LEVELS + 3, CHILD * LEVELS]
    assert out.units.tolist() == [1.5 * FIXED_POINT, 0.7 * FIXED_POINT // 1]
    assert out.right.tolist() == [2 + 1, 0]  # away and a member; a child is none yet


def test_those_without_work_retire_at_their_pension_age_and_those_who_work_do_not(make_persons):
    persons = make_persons(3, born=[1965, 1965, 1966], sector=[-1, 2, -1])  # women of 55, 55 and 54
    assert counted(persons).retired.sum() == 1


def test_men_retire_later_than_women(make_persons):
    assert counted(make_persons(2, born=1962, sex=[0, 1])).retired.sum() == 1  # both 58


def test_land_rights_stay_where_the_collective_is(make_persons):
    """Members of 16 and over: at home, in another county, outside; an urban registration has none."""
    persons = make_persons(5, hukou_rural=[1, 1, 1, 0, 1], res_county=[0, 1, 2, 0, 0], hukou_county=0,
                           res_zone=[1, 0, 0, 0, 1], born=[1980, 1980, 1980, 1980, 2010])
    rights = counted(persons).rights
    assert rights[0, 0].tolist() == [0, 1] and rights[0, 1].tolist() == [1, 0] and rights[0, 2].tolist() == [1, 0]
    assert rights.sum() == 3


def test_those_outside_are_counted_by_home_and_skill_and_nowhere_else(make_persons):
    persons = make_persons(3, res_county=2, hukou_county=[0, 0, 1], hukou_rural=[1, 0, 1], skill=[2, 3, 1],
                           born=[1990, 1990, 1955])
    out = counted(persons)
    assert out.outside_workers[0].tolist() == [[0, 0, 0, 1], [0, 0, 1, 0]]
    assert out.outside_workers[1].sum() == 0  # 65 years old
    assert out.network[:, 2].tolist() == [2, 1, 0]
    assert out.by_zone.sum() == out.by_home.sum() == out.by_age.sum() == 0


def test_every_count_adds_to_the_residents(make_persons):
    rng = np.random.default_rng(3)
    k = 400
    persons = make_persons(
        k, born=rng.integers(1920, 2021, k), res_county=rng.integers(0, 3, k), hukou_county=rng.integers(0, 3, k),
        res_zone=rng.integers(0, 2, k), sector=rng.integers(-1, 6, k), skill=rng.integers(0, 4, k))
    out, residents = counted(persons), np.bincount(persons.res_county, minlength=3)
    for name in ("by_zone", "by_age", "by_home"):
        np.testing.assert_array_equal(getattr(out, name).sum(axis=1), residents[:2], err_msg=name)
    np.testing.assert_array_equal(out.health.sum(axis=(1, 2)), residents[:2])
    np.testing.assert_array_equal(out.network.sum(axis=0), residents)
    np.testing.assert_array_equal(out.by_sector_zone.sum(axis=(1, 2)), out.by_sector)
