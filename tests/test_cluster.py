"""A batch on a cluster: a scheduler and two workers as processes of their own on loopback, one of them killed."""

import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from sim import batch
from sim.core.declare import UserError
from tests.small_model import NAME, Plan

pytest.importorskip("distributed")
pytestmark = pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")

ROOT = Path(__file__).resolve().parents[1]
PATIENCE = 120.0
SEEDS = 24  # blocks of two runs
LOOPBACK = ("--host", "127.0.0.1", "--no-dashboard")


class Cluster:
    """A scheduler and its workers, ended with the test."""

    def __init__(self, folder: Path):
        self.folder, self.file, self.processes = folder, folder / "scheduler.json", []
        self._start("dask_scheduler", "--port", "0", "--scheduler-file", str(self.file))
        self._wait(lambda: self.file.is_file() and self.file.stat().st_size > 0)
        self.address = json.loads(self.file.read_text())["address"]
        self.workers = [self._start("dask_worker", self.address, "--no-nanny", "--nthreads", "1", "--local-directory",
                                    str(folder / str(name))) for name in range(2)]

    def _start(self, command: str, *more: str) -> subprocess.Popen:
        with (self.folder / f"{command}.log").open("ab") as log:
            process = subprocess.Popen([sys.executable, "-m", f"distributed.cli.{command}", *more, *LOOPBACK], cwd=ROOT,
                                       stdout=log, stderr=log, env={**os.environ, "PYTHONPATH": str(ROOT)})
        self.processes.append(process)
        return process

    def _wait(self, ready) -> None:
        until = time.monotonic() + PATIENCE
        while not ready() and time.monotonic() < until and self.processes[0].poll() is None:
            time.sleep(0.05)

    def end(self) -> None:
        for process in reversed(self.processes):
            process.kill()
        for process in self.processes:
            process.wait()


@pytest.fixture
def cluster(tmp_path):
    made = Cluster(tmp_path)
    yield made
    made.end()


def files(folder):
    return {path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in sorted(folder.rglob("*")) if path.is_file() and path.name != "log.txt"}


def run(out, **more):
    plans = [Plan("full", lever=2.0, seconds=0.1), Plan("baseline", seconds=0.1)]
    return batch.run_study(plans, seeds=SEEDS, weight=4, until=2012, out=out, progress=False, source=NAME, **more)


@pytest.mark.slow
def test_a_batch_whose_worker_is_killed_in_the_middle_gives_the_bytes_of_processes(tmp_path, cluster):
    there = tmp_path / "there"
    script = (f"from sim.batch import run_study; from tests.small_model import Plan; "
              f"run_study([Plan('full', lever=2.0, seconds=0.1), Plan('baseline', seconds=0.1)], seeds={SEEDS}, "
              f"weight=4, until=2012, out={str(there)!r}, progress=False, source={NAME!r}, "
              f"scheduler={cluster.address!r})")
    going = subprocess.Popen([sys.executable, "-c", script], cwd=ROOT)
    until = time.monotonic() + PATIENCE
    done = there / "done"
    while going.poll() is None and time.monotonic() < until and len(list(done.glob("*.json"))) < 5:
        time.sleep(0.01)
    assert going.poll() is None, "the batch was over before a worker could be killed"
    cluster.workers[0].send_signal(signal.SIGKILL)
    assert going.wait(PATIENCE) == 0
    run(tmp_path / "here", workers=2)
    assert files(there) == files(tmp_path / "here")
    assert batch.status(there)["failed"] == {}


@pytest.mark.slow
def test_a_worker_with_other_sources_is_refused(tmp_path, cluster, monkeypatch):
    monkeypatch.setenv("SMALL_MODEL_CODE", "2")
    with pytest.raises(UserError, match="another code hash"):
        run(tmp_path / "s", scheduler=cluster.address)


def test_an_address_where_nobody_answers_is_a_fault_in_words(tmp_path):
    with pytest.raises(UserError, match="no scheduler answers"):
        run(tmp_path / "s", scheduler="not-a-place")
