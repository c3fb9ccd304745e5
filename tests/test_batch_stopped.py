"""Batches that are stopped: killed, interrupted, started twice. Nothing finished is lost, nothing half is believed."""

import hashlib
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from sim import batch
from sim.core.declare import UserError
from tests.small_model import NAME, Plan

ROOT = Path(__file__).resolve().parents[1]
SEEDS = 24
SCRIPT = """
import sys
from sim.batch import Interrupted, run_study
from tests.small_model import Plan
try:
    run_study([Plan("baseline", seconds={seconds})], seeds={seeds}, weight=4, until=2012, workers={workers},
              out={out!r}, progress=False, source="tests.small_model")
except Interrupted as reason:
    print(reason, file=sys.stderr)
    sys.exit(130)
"""

pytestmark = pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")


def start(out, seconds=0.05, workers=2, seeds=SEEDS, script=SCRIPT):
    """A batch in a process group of its own, as a terminal starts it."""
    script = script.format(out=str(out), seconds=seconds, workers=workers, seeds=seeds)
    return subprocess.Popen([sys.executable, "-c", script], cwd=ROOT, start_new_session=True, stderr=subprocess.PIPE,
                            text=True)


def finish(out):
    return batch.run_study(["baseline"], seeds=SEEDS, weight=4, until=2012, workers=1, out=out, progress=False,
                           source=NAME)


def markers(out):
    return len(list((out / "done").glob("*.json"))) if (out / "done").is_dir() else 0


def wait_for_markers(out, number, process):
    while markers(out) < number and process.poll() is None:
        time.sleep(0.01)


def files(folder):
    return {path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in sorted(folder.rglob("*")) if path.is_file() and path.name != "log.txt"}


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


@pytest.mark.slow
def test_a_batch_killed_at_a_hundred_moments_ends_as_if_nothing_had_been(tmp_path):
    finish(tmp_path / "straight")
    luck = random.Random(7)
    out, round_ = tmp_path / "killed-0", 0
    for moment in range(100):
        process = start(out, seconds=0.02, workers=luck.choice((1, 2)))
        time.sleep(luck.uniform(0.1, 2.0))
        kill(process)
        if moment % 5 == 4:
            finish(out)
            assert files(out) == files(tmp_path / "straight")
            round_ += 1
            out = tmp_path / f"killed-{round_}"


def test_a_second_batch_is_kept_out_until_the_first_is_gone(tmp_path):
    out = tmp_path / "s"
    process = start(out, seconds=0.3)
    wait_for_markers(out, 1, process)
    with pytest.raises(UserError, match="another batch is at work in this folder"):
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
    assert "run the same command again to go on" in said
    assert "Traceback" not in said and "KeyboardInterrupt" not in said
    kept = batch.status(out)["done"]
    assert kept >= 4
    outcome = finish(out)
    assert outcome.before == kept
    finish(tmp_path / "straight")
    assert files(out) == files(tmp_path / "straight")


def test_a_script_without_a_main_guard_works_too(tmp_path):
    script = tmp_path / "script.py"
    script.write_text(SCRIPT.format(out=str(tmp_path / "s"), seconds=0, workers=2, seeds=4))
    done = subprocess.run([sys.executable, script], cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}, text=True,
                          capture_output=True, timeout=120, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert batch.status(tmp_path / "s")["done"] == 4


def test_workers_end_with_a_parent_that_is_killed(tmp_path):
    out = tmp_path / "s"
    process = start(out, seconds=0.5)
    while not (out / "manifest.json").exists() and process.poll() is None:
        time.sleep(0.01)
    time.sleep(1.0)  # the workers are at work now
    kill(process)
    began = time.monotonic()
    batch.run_study([Plan("other")], seeds=2, weight=4, until=2012, workers=1, out=out, progress=False, source=NAME)
    assert time.monotonic() - began < 60
    assert batch.open_results(out, source=NAME)["gdp"][0, 0, :, 0, 0].values.tolist() == [0.0, 10.0]
