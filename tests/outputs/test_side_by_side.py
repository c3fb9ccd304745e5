"""Jobs on all cores: their results come, what they raise is raised, and no process is left."""

import multiprocessing
import os

import pytest

from outputs.side_by_side import results_of
from sim.core.declare import UserError


def squares(*numbers):
    return {str(n): lambda n=n: n * n for n in numbers}


def broken():
    raise UserError("a figure cannot be drawn")


@pytest.mark.parametrize("workers", [1, 2, 3, 9])
def test_every_job_is_done_once_whoever_does_it(workers):
    found = list(results_of(squares(*range(7)), workers))
    assert sorted(found) == [(str(n), n * n) for n in range(7)]
    assert list(results_of({}, workers)) == []


def test_jobs_are_done_in_copies_of_the_process_where_there_are_several():
    pids = dict(results_of({"a": os.getpid, "b": os.getpid}, 2))
    assert os.getpid() not in pids.values() or multiprocessing.get_all_start_methods()[0] != "fork"
    assert set(dict(results_of({"a": os.getpid, "b": os.getpid}, 1)).values()) == {os.getpid()}


@pytest.mark.parametrize("workers", [1, 2])
def test_what_a_job_raises_is_raised_and_no_process_is_left(workers):
    with pytest.raises(UserError, match="cannot be drawn"):
        list(results_of({**squares(1, 2, 3), "broken": broken}, workers))
    assert multiprocessing.active_children() == []


def test_a_process_that_dies_is_a_fault_that_names_its_job():
    with pytest.raises(RuntimeError, match=r"before it was made \(exit code 9\)"):
        list(results_of({"this": lambda: 1, "it": lambda: os._exit(9)}, 2))
    assert multiprocessing.active_children() == []


def test_who_stops_listening_leaves_no_process():
    found = results_of(squares(*range(50)), 2)
    next(found)
    found.close()
    assert multiprocessing.active_children() == []
