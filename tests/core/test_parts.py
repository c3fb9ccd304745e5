"""Persons in parts: every row once, in order, whatever the number of threads; the same bytes of the whole model."""

import itertools
import os
import threading

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.core import parts
from sim.core.parts import in_parts, summed
from sim.model import HainanModel


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 10**7), st.integers(1, 12))
def test_every_row_is_in_one_part_and_parts_stand_in_order(rows, threads):
    seen = in_parts(rows, threads, lambda first, last: (first, last))
    assert seen[0][0] == 0 and seen[-1][1] == rows
    assert all(one[1] == other[0] for one, other in itertools.pairwise(seen))
    assert len(seen) <= threads


def test_few_rows_are_one_part_in_the_thread_that_asks():
    assert in_parts(2 * parts.LEAST_ROWS - 1, 8, lambda first, last: (first, last)) == [(0, 2 * parts.LEAST_ROWS - 1)]
    assert len(in_parts(2 * parts.LEAST_ROWS, 8, lambda first, last: (first, last))) == 2


def test_tallies_of_parts_are_added():
    made = [(np.array([1, 2]), np.array(3)), (np.array([10, 20]), np.array(30))]
    pair, single = summed(made)
    assert pair.tolist() == [11, 22] and single == 33


def test_a_failure_in_a_part_is_a_failure():
    def fails(first, last):
        raise ValueError("in a part")

    for threads in (1, 4):
        with pytest.raises(ValueError, match="in a part"):
            in_parts(10 * parts.LEAST_ROWS, threads, fails)


def after_years(threads):
    model = HainanModel("full", seed=5, weight=1000, until=2024, threads=threads)
    while model.running:
        model.step()
    return model.record | {f"persons.{name}": array for name, array in model.persons.arrays().items()}


def test_the_whole_model_gives_the_same_bytes_with_any_number_of_threads(monkeypatch):
    """Parts of a hundred rows at least, so that some nine thousand rows are shared by all threads asked for."""
    monkeypatch.setattr(parts, "LEAST_ROWS", 100)
    one = after_years(1)
    for threads in (2, 3, 7):
        other = after_years(threads)
        assert [name for name in one if one[name].tobytes() != other[name].tobytes()] == []


def test_the_first_part_is_done_by_the_thread_that_asks_and_the_others_by_threads_that_stay():
    def who(first, last):
        return threading.get_ident()

    one, again = (in_parts(3 * parts.LEAST_ROWS, 3, who) for _ in range(2))
    assert one[0] == again[0] == threading.get_ident() and threading.get_ident() not in {*one[1:], *again[1:]}
    assert {*again[1:]} <= {thread.ident for thread in threading.enumerate()}


@pytest.mark.skipif(not hasattr(os, "fork"), reason="processes are copied in the way of POSIX")
def test_a_copy_of_a_process_has_threads_of_its_own():
    in_parts(2 * parts.LEAST_ROWS, 2, lambda first, last: None)
    copy = os.fork()
    if not copy:
        os._exit(len(in_parts(2 * parts.LEAST_ROWS, 2, lambda first, last: last)))
    assert os.waitstatus_to_exitcode(os.waitpid(copy, 0)[1]) == 2
