"""Kernels are compiled by several processes into one folder: once, whatever goes wrong with it."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numba
import numpy as np
import pytest

from sim.core import cache, compiling, kept
from tests.core.signatures import spelled

ROOT = Path(__file__).resolve().parents[2]
TWO_CORES = """
import sim.model
from sim.core import cache, compiling, kept
from tests.core.signatures import spelled
compiling.usable_cores, compiling.LEAST_SHARE, asked = lambda: 2, 1, compiling.signatures()
"""
THREE = TWO_CORES + """
names = ["sim.core.distributions._each", "sim.indicators.persons._reach_half", "sim.region.links._lay"]
lines = {name: asked[name] for name in names} | {
    "sim.indicators.lights._colour": "sim.indicators.lights._colour (f8,f8,f8,f8)"}
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


def test_types_are_written_in_words_that_numba_reads_back():
    fixed = np.zeros(3)
    fixed.flags.writeable = False
    for value in (np.zeros(()), np.zeros(3), np.zeros((3, 2), np.int32), np.zeros((3, 2, 2))[:, 0], fixed, 1.5, True):
        kind = numba.typeof(value)
        assert numba.core.sigutils.normalize_signature(f"({spelled(kind)},)")[0] == (kind,), spelled(kind)


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


def test_what_was_not_used_for_a_week_is_swept_and_what_is_not_ours_stays(tmp_path, monkeypatch):
    """Ours by their whole names: neither people-interviews/ nor kernels-of-truth.doc are."""
    monkeypatch.setattr(cache, "cache_folder", lambda: tmp_path)
    long_ago, hashed = time.time() - cache.KEPT_UNUSED - 60.0, "0123456789abcdef"
    inner = f"core_{hashed * 2}{hashed[:8]}"
    ours = [f"kernels-{hashed}/{inner}/cache.mixed-1.py313.nbi", f"kernels-{hashed}/{inner}/cache.mixed-1.py313.1.nbc",
            f"compiled-{hashed}-3.13-0.62-rocketlake", f"people-{hashed}-{hashed}-100.npz",
            f"people-{hashed}-{hashed}-100.arrays", f"settled-{hashed}-{hashed}-100.arrays",
            f"settled-{hashed}-{hashed}-{hashed}-100.arrays",
            f"vital-{hashed}-{hashed}-2050.arrays", f"totals-{hashed}-{hashed}-2021.arrays",
            f"pack-{hashed}-{hashed}.arrays", f"nearest-{hashed}-{hashed}.arrays",
            f".settled-{hashed}-{hashed}-100.arrays.77.tmp",
            f".people-{hashed}-{hashed}-100.npz.77.tmp"]
    others = ["kernels-of-truth.doc", "people-interviews/one.txt", "compiled-notes", "people-list.npz", "setup.log",
              f"kernels-{hashed[::-1]}/{inner}/mine.txt", f"kernels-{hashed[::-1]}/diary.txt"]
    for name in [*ours, *others]:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("x")
    (tmp_path / "kernels-aaaaaaaaaaaaaaaa").symlink_to(tmp_path / "people-interviews")
    (tmp_path / "kernels-bbbbbbbbbbbbbbbb" / inner).mkdir(parents=True)
    for path in tmp_path.iterdir():
        if path.name != "kernels-bbbbbbbbbbbbbbbb":
            os.utime(path, (long_ago, long_ago), follow_symlinks=False)
    cache.sweep()
    left = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if not path.is_dir()}
    assert left == {*others} and (tmp_path / "kernels-bbbbbbbbbbbbbbbb" / inner).is_dir()
    assert (tmp_path / "kernels-aaaaaaaaaaaaaaaa").is_symlink()


def test_what_is_used_stays_however_long_ago_it_was_made(tmp_path, monkeypatch):
    """Of two versions, each with a mark, kernels and arrays, the one in use is left: three of six."""
    monkeypatch.setattr(cache, "cache_folder", lambda: tmp_path)
    long_ago = time.time() - cache.KEPT_UNUSED - 60.0
    for version in ("0" * 16, "1" * 16):
        (tmp_path / f"kernels-{version}").mkdir()
        (tmp_path / f"compiled-{version}-3.13-0.62-rocketlake").touch()
        kept.kept(f"people-{version}-{version}-100.arrays", lambda: {"a": np.arange(3)})
    for path in tmp_path.iterdir():
        os.utime(path, (long_ago, long_ago))
    cache._used_folder.__wrapped__("kernels-" + "1" * 16)
    assert cache.used(tmp_path / f"compiled-{'1' * 16}-3.13-0.62-rocketlake")
    kept.kept(f"people-{'1' * 16}-{'1' * 16}-100.arrays", lambda: pytest.fail("they are kept"))
    cache.sweep()
    assert len(left := [path.name for path in tmp_path.iterdir()]) == 3 and all("1" * 16 in name for name in left)
    assert not cache.used(tmp_path / f"compiled-{'0' * 16}-3.13-0.62-rocketlake")
