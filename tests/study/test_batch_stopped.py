"""Batches that are stopped: killed, interrupted, started twice. Nothing finished is lost, nothing half is believed."""

import contextlib
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from sim.core.declare import UserError
from sim.study import batch
from sim.study.engines import STARTED_BY
from sim.study.store import Marker
from tests.batches import BEGINNINGS, files
from tests.small_model import SMALL, Plan

ROOT = Path(__file__).resolve().parents[2]
SEEDS = 24
SCRIPT = """
import sys
from sim.study import engines
from sim.study.batch import Interrupted, run_study
from tests.small_model import SMALL, Plan
engines.STARTED_BY = {started_by!r}
try:
    run_study([Plan("baseline", seconds={seconds})], seeds={seeds}, weight={weight}, until=2012, workers={workers},
              out={out!r}, progress=False, model=SMALL)
except Interrupted as reason:
    print(reason, file=sys.stderr)
    sys.exit(130)
"""

pytestmark = pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")


def start(out, seconds=0.05, workers=2, seeds=SEEDS, started_by=STARTED_BY, weight=4):
    """A batch in a process group of its own, as a terminal starts it."""
    script = SCRIPT.format(out=str(out), seconds=seconds, workers=workers, seeds=seeds, started_by=started_by,
                           weight=weight)
    return subprocess.Popen([sys.executable, "-c", script], cwd=ROOT, start_new_session=True, stderr=subprocess.PIPE,
                            text=True)


def finish(out, weight=4):
    return batch.run_study(["baseline"], seeds=SEEDS, weight=weight, until=2012, workers=1, out=out, progress=False,
                           model=SMALL)


def markers(out):
    return len(list((out / "done").glob("*.json"))) if (out / "done").is_dir() else 0


def wait_for_markers(out, number, process):
    while markers(out) < number and process.poll() is None:
        time.sleep(0.01)


def wait_for_log(out, process):
    """Wait until a batch has laid out its runs, and workers may be at work."""
    log = out / "log.txt"
    before = log.stat().st_size if log.exists() else 0
    while not (log.exists() and log.stat().st_size > before) and process.poll() is None:
        time.sleep(0.01)


def kill(process):
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()


def test_a_killed_batch_goes_on_where_it_was(tmp_path):
    finish(tmp_path / "straight")
    out = tmp_path / "killed"
    for number in (1, 4):
        process = start(out)
        wait_for_markers(out, number, process)
        kill(process)
    before = batch.status(out)["done"]
    assert 0 < before < SEEDS
    outcome = finish(out)
    assert (outcome.before, outcome.done) == (before, SEEDS - before)
    assert files(out) == files(tmp_path / "straight")


def marked(folder):
    """What stands on disk of whole blocks (of two runs): markers and files, with the moment they were written."""
    whole = (path for path in (folder / "done").glob("*.json") if len(Marker.read(path.read_text()).runs) == 2)
    return {path: (path.stat().st_ino, path.stat().st_mtime_ns)
            for marker in whole for path in (marker, folder / "results" / f"{marker.stem}-02.nc")}


def finished_runs(folder):
    """The keys of all runs that a marker names."""
    return {key for path in (folder / "done").glob("*.json") for key in Marker.read(path.read_text()).keys}


def workers_of(process):
    """Its processes; that which Python keeps beside those that start anew is no worker."""
    with contextlib.suppress(psutil.NoSuchProcess):
        return [child for child in psutil.Process(process.pid).children()
                if not any("resource_tracker" in word for word in child.cmdline())]
    return []


@pytest.mark.slow
@pytest.mark.parametrize("workers", [1, 2, 4])
@pytest.mark.parametrize("started_by", BEGINNINGS)
def test_a_batch_killed_at_random_moments_ends_as_if_nothing_had_been(tmp_path, workers, started_by):
    finish(tmp_path / "straight")
    luck = random.Random(f"{workers} {started_by}")
    lost = 0
    for round_ in range(4):
        out, finished, runs = tmp_path / f"killed-{round_}", {}, set()
        for _ in range(5):
            process = start(out, seconds=0.04 * workers, workers=workers, started_by=started_by)
            if luck.random() < 0.7:  # when it has begun, however long this machine takes for that
                wait_for_log(out, process)
            time.sleep(luck.uniform(0.1, 1.5))
            for worker in workers_of(process)[:luck.choice((0, 1))]:
                worker.kill()
                lost += 1
                time.sleep(luck.uniform(0.0, 0.3))
            kill(process)
            assert finished.items() <= marked(out).items(), "a finished block was written again"
            assert runs <= finished_runs(out), "a finished run was lost"
            finished, runs = marked(out), finished_runs(out)
        assert finish(out).code == 0
        assert finished.items() <= marked(out).items()
        assert files(out) == files(tmp_path / "straight")
    assert workers == 1 or lost > 0


def test_a_second_batch_is_kept_out_until_the_first_is_gone(tmp_path):
    out = tmp_path / "s"
    process = start(out, seconds=0.3)
    wait_for_markers(out, 1, process)
    with pytest.raises(UserError, match="another batch is running in this folder"):
        finish(out)
    kill(process)
    assert finish(out).code == 0
    assert batch.status(out)["done"] == SEEDS


@pytest.mark.parametrize("workers", [1, 2])
def test_ctrl_c_ends_cleanly_and_the_same_command_goes_on(tmp_path, workers):
    out = tmp_path / "s"
    process = start(out, workers=workers)
    wait_for_markers(out, 2, process)
    os.killpg(process.pid, signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "rerun the same command to resume" in said
    assert "Traceback" not in said and "KeyboardInterrupt" not in said
    kept = batch.status(out)["done"]
    assert kept >= 4
    outcome = finish(out)
    assert outcome.before == kept
    finish(tmp_path / "straight")
    assert files(out) == files(tmp_path / "straight")


def in_flight(process, out, seconds):
    """Wait until every worker has finished some runs of its first block, and no block is whole."""
    while not (out / "log.txt").exists() and process.poll() is None:
        time.sleep(0.01)
    time.sleep(seconds)
    assert markers(out) == 0


@pytest.mark.parametrize("workers", [1, 2])
def test_ctrl_c_keeps_the_finished_runs_of_blocks_in_flight(tmp_path, workers):
    out = tmp_path / "s"
    process = start(out, seconds=0.6, workers=workers, weight=100)  # blocks of ten runs: 6 seconds
    in_flight(process, out, 2.5)
    began = time.monotonic()
    os.killpg(process.pid, signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 130 and "Traceback" not in said
    assert time.monotonic() - began < 5  # the runs under way are broken off, not waited for
    kept = batch.status(out)["done"]
    assert workers <= kept < 10 * workers
    assert f"interrupted: {kept} of {SEEDS} runs are finished and kept" in said
    outcome = finish(out, weight=100)
    assert (outcome.before, outcome.done) == (kept, SEEDS - kept)
    finish(tmp_path / "straight", weight=100)
    assert files(out) == files(tmp_path / "straight")


def test_a_second_ctrl_c_ends_a_batch_whose_runs_do_not_break_off(tmp_path):
    out = tmp_path / "s"
    process = start(out, seconds="30.0, deaf=True", workers=2, weight=100)
    in_flight(process, out, 1.5)
    os.killpg(process.pid, signal.SIGINT)
    time.sleep(1.0)
    assert process.poll() is None
    os.killpg(process.pid, signal.SIGINT)
    _, said = process.communicate(timeout=10)
    assert process.returncode == 130 and "Traceback" not in said


@pytest.mark.parametrize("started_by", BEGINNINGS)
def test_a_script_without_a_main_guard_works_too(tmp_path, started_by):
    script = tmp_path / "script.py"
    said = {"seconds": 0, "workers": 2, "seeds": 4, "started_by": started_by, "weight": 4}
    script.write_text(SCRIPT.format(out=str(tmp_path / "s"), **said))
    done = subprocess.run([sys.executable, script], cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}, text=True,
                          capture_output=True, timeout=120, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert batch.status(tmp_path / "s")["done"] == 4


@pytest.mark.parametrize("started_by", BEGINNINGS)
def test_workers_end_with_a_parent_that_is_killed(tmp_path, started_by):
    out = tmp_path / "s"
    process = start(out, seconds=0.5, workers=3, started_by=started_by)
    while not (out / "manifest.json").exists() and process.poll() is None:
        time.sleep(0.01)
    time.sleep(1.0)  # the workers are at work now
    workers = workers_of(process)
    kill(process)
    began = time.monotonic()
    batch.run_study([Plan("other")], seeds=2, weight=4, until=2012, workers=1, out=out, progress=False, model=SMALL)
    assert time.monotonic() - began < 60
    assert len(workers) == 3
    assert psutil.wait_procs(workers, timeout=5)[1] == []
    assert batch.open_results(out, model=SMALL)["gdp"][0, 0, :, 0, 0].values.tolist() == [0.0, 10.0]
