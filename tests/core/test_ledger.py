"""Equations in words: by row, in all, by cell; signs, chains, and the place of each sum."""

import numpy as np
import pytest

from sim.core.ledger import Equation, Ledger, agree, read


def sides(texts, **columns):
    ledger = Ledger([equation for text in texts for equation in read(text)])
    left, right, plan = ledger.sides([{name: np.asarray(columns[name.replace("@", "_")]) for name in ledger.names}])
    return [(left[piece].reshape(shape).tolist(), right[piece].reshape(shape).tolist())
            for piece, shape in plan.pieces]


def test_a_line_is_read_term_by_term():
    assert read("debt = debt@start + new - paid") == [
        Equation("by row", ((1.0, "debt"),), "=", ((1.0, "debt@start"), (1.0, "new"), (-1.0, "paid")))]


def test_several_equals_signs_share_the_left_side():
    assert [e.right for e in read("in all: a = b = c - d")] == [((1.0, "b"),), ((1.0, "c"), (-1.0, "d"))]


def test_a_scope_that_is_none_is_refused():
    with pytest.raises(ValueError, match="no such scope, one of by row, in all, by cell"):
        read("by zone: a = b")


def test_what_a_column_tells_in_more_detail_is_added_up():
    # 1 + 2 against 5 - 2, 3 + 4 against 6 + 1
    assert sides(["zones = people - away"], zones=[[1, 2], [3, 4]], people=[5, 6], away=[2, -1]) == [
        ([3.0, 7.0], [3.0, 7.0])]


def test_in_all_adds_rows_and_takes_single_numbers():
    assert sides(["in all: paid = got + kept"], paid=[1.0, 2.0], got=[[0.5, 0.0], [0.0, 2.0]], kept=0.5) == [(3.0, 3.0)]


def test_by_cell_compares_number_by_number():
    assert sides(["by cell: value = wages + rent"], value=[[3, 4]], wages=[[1, 1]], rent=[[2, 3]]) == [
        ([[3.0, 4.0]], [[3.0, 4.0]])]


def test_a_bound_that_is_kept_shows_as_what_it_bounds():
    assert sides(["sold <= certified"], sold=[1.0, 5.0], certified=[2.0, 4.0]) == [([1.0, 5.0], [1.0, 4.0])]


def test_names_are_looked_for_table_by_table_and_may_be_called_otherwise_there():
    ledger = Ledger(read("in all: debt = debt@start + new"), [{"debt": "debt"}, {"debt@start": "debt"}])
    assert ledger.names == ("debt", "debt@start", "new")
    for new in (2.0, 3.0):  # the plan of the first time serves the next
        left, right, _ = ledger.sides([{"debt": np.array([7.0])}, {"debt": np.array([5.0])}, {"new": np.array([new])}])
        assert (left.tolist(), right.tolist()) == ([7.0], [5.0 + new])


def test_sides_agree_to_the_tolerance_of_their_equation():
    """A billionth of 1000 is a millionth; the second equation allows nothing."""
    ledger = Ledger([*read("a = b"), *read("c = d")])

    def fits(**columns):
        left, right, plan = ledger.sides([{name: np.array([value]) for name, value in columns.items()}])
        return agree(left, right, plan.edges, np.array([1e-9, 0.0]))

    assert fits(a=1000.0, b=1000.0 + 5e-7, c=1.0, d=1.0)
    assert not fits(a=1000.0, b=1000.0 + 2e-6, c=1.0, d=1.0)
    assert not fits(a=1000.0, b=1000.0, c=1.0, d=1.0 + 1e-12)
    assert not fits(a=1000.0, b=np.nan, c=1.0, d=1.0)


def test_equations_stand_one_after_the_other():
    found = sides(["a = b", "in all: a = b", "b = a@start"], a=[1, 2], b=[3, 4], a_start=[5, 6])
    assert found == [([1.0, 2.0], [3.0, 4.0]), (3.0, 7.0), ([3.0, 4.0], [5.0, 6.0])]
