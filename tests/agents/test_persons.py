"""Persons in columns: who is counted where, and what a renewal keeps."""

from functools import partial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.agents.persons import age_efficiency, efficiency_in_zones, retirement_ages


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
        np.testing.assert_array_equal(array, getattr(before, name), err_msg=name)
        assert array.dtype == getattr(before, name).dtype, name


def test_a_copy_of_persons_shares_nothing_with_them(make_persons):
    persons = make_persons(2)
    copy = persons.copied()
    copy.skill[0] = 3
    assert persons.skill.tolist() == [1, 1]


def test_an_unknown_column_is_not_taken(make_persons):
    with pytest.raises(AssertionError, match="hat"):
        make_persons(1, hat=1)


# ---- formulas -----------------------------------------------------------------------------------------------------


def test_pension_ages_are_those_of_the_statute_until_the_reform_and_rise_straight_for_fifteen_years():
    ages = partial(retirement_ages, women=55, men=60, reform_years=3)
    assert ages(2010) == (55, 60)
    assert ages(2024) == (55, 60)
    assert ages(2025) == pytest.approx((55.2, 60.2))  # 3 years in 15 steps
    assert ages(2029) == pytest.approx((56, 61))
    assert ages(2039) == ages(2050) == (58, 63)


def test_efficiency_rises_to_35_stays_to_50_and_falls_to_60():
    curve = age_efficiency(0.7, 0.8)
    assert curve.shape == (101,)
    assert curve[[16, 18, 35, 42, 50, 60, 80]] == pytest.approx([0.7, 0.7, 1, 1, 1, 0.8, 0.8])
    assert curve[55] == pytest.approx(0.9)


def test_urban_farmers_and_rural_workers_have_efficiencies_of_their_own():
    assert efficiency_in_zones(2.0, 0.5).tolist() == [[2, 1, 1, 1, 1, 1], [1, .5, .5, .5, .5, .5]]
