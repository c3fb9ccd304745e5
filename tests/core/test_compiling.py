"""Kernels are compiled by several processes into one folder: once, whatever goes wrong with it."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from sim.core import cache, compiling

ROOT = Path(__file__).resolve().parents[2]
TWO_CORES = """
import sim.model
from sim.core import cache, compiling
compiling.usable_cores, compiling.LEAST_SHARE, asked = lambda: 2, 1, compiling.signatures()
"""
THREE = TWO_CORES + """
names = ["sim.agents.persons._forget", "sim.mechanisms.business._improve", "sim.mechanisms.sea._charge"]
lines = {name: asked[name] for name in names} | {"sim.mechanisms.sea._reclaim": "sim.mechanisms.sea._reclaim (f8)"}
compiling.signatures = lambda: lines | {"sim.gone.gone": "sim.gone.gone (f8)"}
told = []
compiling.compile_kernels(lambda done, total: told.append((done, total)))
print(sorted(told))
for name in names:
    kernel = cache.KERNELS[name]
    cache.compile_for(kernel, asked[name].split()[1])
    print(sum(kernel.stats.cache_hits.values()), sum(kernel.stats.cache_misses.values()))
"""
ALL = TWO_CORES + """
compiling.compile_kernels(lambda done, total: print(done, flush=True))
"""


def started(program, folder):
    return subprocess.Popen([sys.executable, "-c", program], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                            text=True, env=os.environ | {"HAINAN_CACHE": str(folder), "PYTHONPATH": str(ROOT)})


def test_what_the_processes_compiled_is_loaded_and_what_they_cannot_compile_is_left(tmp_path):
    said, complaints = started(THREE, tmp_path).communicate(timeout=300)
    assert complaints == ""
    assert said.splitlines() == ["[(1, 4), (2, 4), (3, 4), (4, 4)]", "1 0", "1 0", "1 0"]


@pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")
def test_an_interrupt_ends_all_processes_and_leaves_whole_kernels(tmp_path):
    process = started(ALL, tmp_path)
    assert process.stdout.readline() == "1\n"
    process.send_signal(signal.SIGINT)
    _, complaints = process.communicate(timeout=60)  # it ends when nobody holds its pipes any more
    assert complaints.rstrip().endswith("KeyboardInterrupt")
    said, complaints = started(THREE, tmp_path).communicate(timeout=300)
    assert complaints == "" and [line.split()[1] for line in said.splitlines()[1:]] == ["0", "0", "0"]


def test_one_core_starts_no_process(monkeypatch):
    monkeypatch.setattr(compiling, "usable_cores", lambda: 1)
    monkeypatch.setattr(compiling, "_is_kept", lambda kernel: False)
    monkeypatch.setattr(compiling, "_worker", lambda: pytest.fail("a process is started"))
    compiling.compile_kernels()


def test_a_system_that_starts_no_process_compiles_later(monkeypatch):
    def refuse():
        raise OSError("no processes here")

    monkeypatch.setattr(compiling, "usable_cores", lambda: 4)
    monkeypatch.setattr(compiling, "_is_kept", lambda kernel: False)
    monkeypatch.setattr(compiling, "_worker", refuse)
    compiling.compile_kernels()


def test_what_was_not_used_for_a_week_is_swept_and_strange_files_stay(tmp_path, monkeypatch):
    monkeypatch.setattr(cache, "cache_folder", lambda: tmp_path)
    long_ago = time.time() - cache.KEPT_UNUSED - 60.0
    for name in ("kernels-old", "kernels-new"):
        (tmp_path / name / "core").mkdir(parents=True)
        (tmp_path / name / "core" / "kernel.nbc").touch()
    for name in ("compiled-old", "people-old.npz", "setup.log", "compiled-new"):
        (tmp_path / name).touch()
    for name in ("kernels-old", "compiled-old", "people-old.npz", "setup.log"):
        os.utime(tmp_path / name, (long_ago, long_ago))
    cache.sweep()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["compiled-new", "kernels-new", "setup.log"]
    assert (tmp_path / "kernels-new" / "core" / "kernel.nbc").is_file()
