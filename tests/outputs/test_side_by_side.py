"""Jobs on all cores: their results come, what they raise is raised, and no process is left."""

import contextlib
import multiprocessing
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from outputs.side_by_side import begun
from sim.core.declare import UserError

ROOT = Path(__file__).resolve().parents[2]


def squares(*numbers):
    return {str(n): lambda n=n: n * n for n in numbers}


def results_of(jobs, workers):
    """(name, result) of every job, in the order in which they are finished."""
    with begun(jobs, workers) as crew:
        yield from crew.results()


def broken():
    raise UserError("a figure cannot be drawn")


@pytest.mark.parametrize("workers", [1, 2, 3, 9])
def test_every_job_is_done_once_whoever_does_it(workers):
    found = list(results_of(squares(*range(7)), workers))
    assert sorted(found) == [(str(n), n * n) for n in range(7)]
    assert list(results_of({}, workers)) == []


def in_copies(jobs, workers=2):
    """The results of jobs of which this process does none."""
    with begun(jobs, workers) as crew:
        return dict(crew.results(joins=False))


def test_jobs_are_done_in_copies_of_the_process_where_there_are_several():
    pids = in_copies({"a": os.getpid, "b": os.getpid})
    assert os.getpid() not in pids.values() or multiprocessing.get_all_start_methods()[0] != "fork"
    assert set(in_copies({"a": os.getpid, "b": os.getpid}, 1).values()) == {os.getpid()}


def test_copies_work_while_this_process_does_something_else_and_large_results_hold_none_of_them_up():
    with begun({str(n): lambda n=n: bytes(n * 10**6) for n in range(4)}, 2) as crew:
        done, until = {}, time.monotonic() + 20
        while len(done) < 4 and time.monotonic() < until:
            done |= dict(crew.so_far())
            time.sleep(0.01)
        assert {name: len(made) for name, made in done.items()} == {str(n): n * 10**6 for n in range(4)}
        assert list(crew.results()) == []


def test_who_is_free_takes_the_next_job():
    jobs = {"long": lambda: time.sleep(1) or os.getpid(), **{str(n): os.getpid for n in range(6)}}
    pids = in_copies(jobs, 3)
    assert len({pids[str(n)] for n in range(6)} - {pids["long"]}) == 1 and list(pids)[-1] == "long"


def running(process):
    """Whether a process runs; one that has ended and was not asked for does not."""
    with contextlib.suppress(OSError):
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return False


@pytest.mark.skipif(sys.platform != "linux", reason="copies are made on Linux alone")
def test_copies_end_when_the_process_that_asked_is_killed():
    code = ("import os, sys, time; sys.path.insert(0, sys.argv[1]); from outputs.side_by_side import begun\n"
            "def job(): os.write(1, b'%d\\n' % os.getpid()); time.sleep(0.2); return bytes(10**6)\n"
            "with begun({str(n): job for n in range(200)}, 3) as crew: time.sleep(60)")
    with subprocess.Popen([sys.executable, "-c", code, str(ROOT)], stdout=subprocess.PIPE) as first:
        copies = {int(first.stdout.readline()) for _ in range(6)}
        first.kill()
    until = time.monotonic() + 10
    while any(map(running, copies)) and time.monotonic() < until:
        time.sleep(0.05)
    assert copies and not any(map(running, copies))


@pytest.mark.parametrize("workers", [1, 2])
def test_what_a_job_raises_is_raised_and_no_process_is_left(workers):
    with pytest.raises(UserError, match="cannot be drawn"):
        list(results_of({**squares(1, 2, 3), "broken": broken}, workers))
    assert multiprocessing.active_children() == []


def test_a_process_that_dies_is_a_fault_that_names_its_job():
    with pytest.raises(RuntimeError, match=r"before it was made \(exit code 9\)"):
        in_copies({"this": lambda: 1, "it": lambda: os._exit(9)})
    assert multiprocessing.active_children() == []


def test_who_stops_listening_leaves_no_process():
    found = results_of(squares(*range(50)), 2)
    next(found)
    found.close()
    assert multiprocessing.active_children() == []
