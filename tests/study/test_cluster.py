"""A batch on a cluster: a scheduler and its workers as processes of their own on loopback, and some of them killed."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from sim.core.declare import UserError
from sim.study import batch, engines
from tests.batches import BEGINNINGS, files
from tests.small_model import SMALL, Plan

pytest.importorskip("distributed")
pytestmark = pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 120.0
SEEDS = 24  # blocks of two runs
LOOPBACK = ("--host", "127.0.0.1", "--no-dashboard")


class Cluster:
    """A scheduler and its workers, ended with the test."""

    def __init__(self, folder: Path, workers: int = 2):
        self.folder, self.file, self.processes = folder, folder / "scheduler.json", []
        self._start("dask_scheduler", "--port", "0", "--scheduler-file", str(self.file))
        self.wait(lambda: self.file.is_file() and self.file.stat().st_size > 0)
        self.address = json.loads(self.file.read_text())["address"]
        self.workers = []
        for _ in range(workers):
            self.hire()

    def hire(self) -> None:
        """One more worker."""
        self.workers.append(self._start("dask_worker", self.address, "--no-nanny", "--nthreads", "1",
                                        "--local-directory", str(self.folder / str(len(self.workers)))))

    def lose_one(self) -> None:
        """The oldest worker that lives is killed, and another hired."""
        next(worker for worker in self.workers if worker.poll() is None).kill()
        self.hire()

    def _start(self, command: str, *more: str) -> subprocess.Popen:
        with (self.folder / f"{command}.log").open("ab") as log:
            process = subprocess.Popen([sys.executable, "-m", f"distributed.cli.{command}", *more, *LOOPBACK], cwd=ROOT,
                                       stdout=log, stderr=log, env={**os.environ, "PYTHONPATH": str(ROOT)})
        self.processes.append(process)
        return process

    def wait(self, ready) -> None:
        until = time.monotonic() + PATIENCE
        while not ready() and time.monotonic() < until and self.processes[0].poll() is None:
            time.sleep(0.05)

    def end(self) -> None:
        for process in reversed(self.processes):
            process.kill()
        for process in self.processes:
            process.wait()


@pytest.fixture
def cluster(tmp_path, request):
    made = Cluster(tmp_path, getattr(request, "param", 2))
    yield made
    made.end()


def written(path):
    return path.stat().st_size if path.is_file() else 0


def run(out, **more):
    plans = [Plan("full", lever=2.0, seconds=0.1), Plan("baseline", seconds=0.1)]
    return batch.run_study(plans, seeds=SEEDS, weight=4, until=2012, out=out, progress=False, model=SMALL, **more)


def start(out, cluster):
    """The same batch on the cluster, in a process that can be killed."""
    script = (f"from sim.study.batch import run_study; from tests.small_model import SMALL, Plan; "
              f"run_study([Plan('full', lever=2.0, seconds=0.1), Plan('baseline', seconds=0.1)], seeds={SEEDS}, "
              f"weight=4, until=2012, out={str(out)!r}, progress=False, model=SMALL, "
              f"scheduler={cluster.address!r})")
    return subprocess.Popen([sys.executable, "-c", script], cwd=ROOT, stderr=subprocess.DEVNULL)


@pytest.mark.slow
@pytest.mark.parametrize("cluster", [1, 2, 4], indirect=True)
def test_a_batch_killed_at_random_moments_and_whose_workers_are_killed_ends_as_if_nothing_had_been(tmp_path, cluster):
    luck, out, done = random.Random(len(cluster.workers)), tmp_path / "killed", 0
    for moment in range(8):
        told = written(out / "log.txt")
        going = start(out, cluster)
        cluster.wait(lambda told=told: written(out / "log.txt") > told)
        time.sleep(luck.uniform(0.0, 2.0))
        if moment % 2:
            cluster.lose_one()
            time.sleep(luck.uniform(0.0, 0.5))
        going.kill()
        going.wait()
        now = len(list((out / "done").glob("*.json"))) if out.exists() else 0
        assert now >= done, "a finished block was lost"
        done = now
    assert done > 0
    assert run(out, scheduler=cluster.address).code == 0
    run(tmp_path / "here", workers=2)
    assert files(out) == files(tmp_path / "here")


@pytest.mark.slow
def test_a_batch_whose_worker_is_killed_in_the_middle_gives_the_bytes_of_processes(tmp_path, cluster):
    there = tmp_path / "there"
    going = start(there, cluster)
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
def test_one_study_of_the_model_is_the_same_bytes_for_every_engine_and_any_workers(tmp_path, cluster, monkeypatch):
    def results(name, started_by=None, **more):
        if started_by:
            monkeypatch.setattr(engines, "STARTED_BY", started_by)
        batch.run_study(["no_policy", "full"], seeds=16, weight=100, until=2012, out=tmp_path / name, progress=False,
                        **more)
        assert len(list((tmp_path / name / "done").glob("*.json"))) == 4
        return files(tmp_path / name)

    here = results("here", workers=1)
    for started_by, workers in (*((way, 2) for way in BEGINNINGS), (BEGINNINGS[-1], 4)):
        assert results(f"{started_by}-{workers}", started_by, workers=workers) == here
    assert results("dask", scheduler=cluster.address) == here


@pytest.mark.slow
def test_a_worker_with_other_sources_is_refused(tmp_path, cluster, monkeypatch):
    monkeypatch.setenv("SMALL_MODEL_CODE", "2")
    with pytest.raises(UserError, match="another code hash"):
        run(tmp_path / "s", scheduler=cluster.address)


def test_an_address_where_nobody_answers_is_a_fault_in_words(tmp_path):
    with pytest.raises(UserError, match="no scheduler answers"):
        run(tmp_path / "s", scheduler="not-a-place")
