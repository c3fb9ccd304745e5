"""What a shell, a limit, a variable or a strange file may do to a verb: a sentence and exit 2, never a traceback.

Where the tests of safety stand:

| what                                                         | tests                                                |
| ------------------------------------------------------------ | ---------------------------------------------------- |
| a run on a full or limited disk; kills of a run              | tests/test_run_safely.py                             |
| damaged chunks and flipped bits of a study                   | tests/study/test_verified.py                         |
| a set-up that is killed, a closed checkout                   | tests/test_run_py.py                                 |
| a result written over another, two runs at once              | tests/test_run_safely.py, tests/core/test_files.py   |
| what a batch is asked, checked before its start              | tests/study/test_request.py, test_studies.py         |
| damaged and hostile folders, links, the fuzz                 | tests/study/test_hostile_folders.py                  |
| files of others in study, report and cache folders           | the same, tests/outputs/test_compare_safely.py,      |
|                                                              | tests/core/test_cache.py, test_compiling.py          |
| a checkout that cannot be written                            | tests/test_run_py.py, tests/test_surroundings.py     |
| half a report, kills of `compare`, another folder            | tests/outputs/test_compare_safely.py                 |
| full, read-only disks and inodes for a batch                 | tests/study/test_full_disks.py                       |
| tables that are pipes, endless, huge                         | tests/test_surroundings.py                           |
| streams, folders, limits, variables, polygons, settings      | tests/test_surroundings.py, tests/region/test_pack.py |
"""

import gc
import os
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

import hainan2035
from hainan2035 import faults, line, shared
from sim.core.declare import UserError
from sim.core.toml_file import parse_toml, quoted
from sim.scenario import parse_set
from sim.study import store

ROOT = Path(__file__).resolve().parents[1]
pytestmark = pytest.mark.skipif(os.name == "nt", reason="shells and limits of POSIX")
COMMAND = f'exec "{sys.executable}" -P -m hainan2035'


def shell(line: str, **environment):
    """A line of a shell, with our command line as `$H`."""
    return subprocess.run(["sh", "-c", line.replace("$H", COMMAND)], capture_output=True, text=True, timeout=120,
                          cwd=ROOT, env=os.environ | {"PYTHONPATH": str(ROOT)} | environment)


def in_a_sentence(done) -> str:
    assert done.returncode == 2 and "Traceback" not in done.stderr and done.stderr.count("\n") == 1, done.stderr
    return done.stderr


@pytest.mark.parametrize("words", ["scenario list", "scenario check baseline", "run baseline", "status runs/demo"])
def test_a_current_folder_that_is_gone_is_said(words, tmp_path):
    done = shell(f'mkdir "{tmp_path}/gone"; cd "{tmp_path}/gone"; rmdir ../gone; $H {words}')
    assert "the current folder no longer exists" in in_a_sentence(done)


@pytest.mark.parametrize(("name", "value"), [
    ("NUMBA_NUM_THREADS", "0"), ("NUMBA_NUM_THREADS", "-1"), ("NUMBA_NUM_THREADS", "many"), ("NUMBA_DISABLE_JIT", "1"),
])
def test_variables_with_which_numba_cannot_work_are_named(name, value):
    assert name in in_a_sentence(shell("$H scenario list", **{name: value}))


def test_variables_that_mean_nothing_to_us_do_no_harm():
    code = "import hainan2035, sys; hainan2035.main(['scenario', 'list']); import outputs.style"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT,
                          env=os.environ | {"MPLBACKEND": "nonsense", "NUMBA_NUM_THREADS": "1",
                                            "NUMBA_DISABLE_JIT": "0"})
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("locked", [True, False])
def test_where_the_home_takes_no_files_matplotlib_keeps_its_own_in_the_cache(locked, tmp_path, monkeypatch):
    monkeypatch.setattr(faults.os, "access", lambda folder, how: not (locked and folder == str(tmp_path)))
    monkeypatch.setenv("HOME", str(tmp_path / "nobody" / "home"))
    monkeypatch.setenv("HAINAN_CACHE", str(tmp_path / "cache"))
    for name in ("XDG_CONFIG_HOME", "MPLCONFIGDIR"):
        monkeypatch.delenv(name, raising=False)
    faults.check_surroundings()
    found = os.environ.pop("MPLCONFIGDIR", None)
    assert found == (str(tmp_path / "cache" / "matplotlib") if locked else None)


@pytest.mark.parametrize("closed", [">&-", "2>&-", "<&-", "<&- >&- 2>&-"])
def test_closed_streams_are_no_fault_and_no_file_takes_their_place(closed):
    done = shell(f"$H scenario list {closed}")
    assert (done.returncode, done.stderr) == (0, "")
    assert ("no_policy" in done.stdout) == (">&-" not in closed.replace("2>&-", ""))


def test_a_fault_with_stderr_closed_still_exits_2():
    assert shell("$H scenario chek 2>&-").returncode == 2


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no device that is always full")
def test_a_full_disk_below_stdout_is_a_sentence():
    assert "the disk is full" in in_a_sentence(shell("$H scenario list > /dev/full"))


@pytest.mark.parametrize("limit", ["-v 200000", "-v 400000", "-v 600000", "-n 8"])
def test_limits_of_the_shell_are_a_sentence_or_no_hindrance(limit):
    done = shell(f"ulimit {limit}; $H batch baseline --dry-run", OPENBLAS_NUM_THREADS="1")
    ended_by_the_library = done.stderr.startswith("OpenBLAS error: Memory allocation")  # it asks nobody, and says why
    assert done.returncode == 0 or ended_by_the_library or in_a_sentence(done)


@pytest.mark.parametrize("words", [["refresh"], ["policy", "--measure"], ["policy", "--write"],
                                   ["calibrate", "--write"], ["decompose", "--write"], ["skill", "--write"]])
def test_a_verb_that_changes_a_project_one_may_not_write_says_so_before_it_works(words, monkeypatch, capsys):
    monkeypatch.setattr(shared, "os", SimpleNamespace(access=lambda folder, how: False, W_OK=os.W_OK))
    assert hainan2035.main(words) == 2
    said = capsys.readouterr().err
    assert "cannot be written, and " in said and "use a checkout that you may write to" in said


def test_a_locked_project_is_no_hindrance_to_verbs_that_leave_it_as_it_is(monkeypatch, capsys):
    monkeypatch.setattr(shared, "os", SimpleNamespace(access=lambda folder, how: False, W_OK=os.W_OK))
    assert hainan2035.main(["scenario", "list"]) == 0


def test_a_fault_of_ours_stays_a_traceback(monkeypatch):
    for ours in (RuntimeError("ours"), ImportError("No module named 'sim.nothing'"), OSError(5, "Input/output error")):
        def broken(options, ours=ours):
            raise ours

        asked = type("O", (), {"verb": broken, "quiet": False, "verbose": False})
        monkeypatch.setattr(line, "parsed", lambda arguments, asked=asked: asked)
        monkeypatch.setattr(faults, "memory_is_limited", lambda: False)
        with pytest.raises(type(ours)):
            hainan2035.main(["scenario", "list"])


# --- files and words


@pytest.mark.parametrize(("content", "said"), [
    ("pipe", "is not a regular file"), ("/dev/zero", "is not a regular file"), (10**10, "is larger than"),
    ("draw," + ",".join(f"unknown{i}" for i in range(20_000)) + "\n1", "20001 columns"),
    ("draw,draw\n1,1", "listed twice"),
    ("draw,hukou_open\n1,7", "hukou_open"), ("draw,hukou_open\n1,1_0", "hukou_open"), ("draw\n" + "9" * 200_000, "CSV"),
])
def test_a_strange_table_of_draws_is_refused_at_once(content, said, tmp_path, capsys):
    table = tmp_path / "draws.csv"
    if content == "pipe":
        os.mkfifo(table)
    elif isinstance(content, int):
        with open(table, "wb") as file:
            file.truncate(content)
    elif content.startswith("/"):
        table.symlink_to(content)
    else:
        table.write_text(content)
    assert hainan2035.main(["batch", "baseline", "--draws", str(table), "--out", str(tmp_path / "out")]) == 2
    err = capsys.readouterr().err
    assert said in err and "Traceback" not in err and not (tmp_path / "out").exists()


@pytest.mark.parametrize("seeds", ["99999999999", "1" * 21, "10000000", "1" * 5000])
def test_a_huge_number_of_seeds_is_refused_at_once(seeds, capsys):
    assert hainan2035.main(["batch", "baseline", "--seeds", seeds]) == 2
    assert "is not a whole number" in capsys.readouterr().err


def test_a_number_of_thousands_of_digits_is_refused_in_decimals_and_in_hexadecimals():
    for text in ("0x" + "f" * 4000, "9" * 4000, "0b" + "1" * 4000, "0o" + "7" * 4000):
        with pytest.raises(UserError, match="a number of more than 40 digits"):
            parse_toml(f"since = {text}", "a.toml")
    assert quoted(16**5000) == "a number of thousands of digits"


def test_a_lever_of_several_lines_is_refused_and_not_cut():
    for text in ("hukou_open=1\nfoo=2", "hukou_open=1\r\nfoo=2", "hukou_open=1\u2028foo=2"):
        with pytest.raises(UserError, match="not NAME=VALUE"):
            parse_set(text)
    assert parse_set("hukou_open=1")[:2] == ("levers", "hukou_open")


@pytest.mark.parametrize(("words", "said"), [
    (["monitor", "history", "--set", "hukou_open=1"], "no lever changes it"),
    (["batch", "baseline", "--scheduler", ""], "is not an address"),
    (["batch", "baseline", "--scheduler", "here"], "is not an address"),
    (["batch", "baseline", "--scheduler", "file:///etc/passwd"], "is not an address"),
])
def test_what_would_be_ignored_is_refused(words, said, capsys):
    assert hainan2035.main(words) == 2
    err = capsys.readouterr().err
    assert said in err and err.count("\n") == 1


def test_a_place_that_takes_no_folder_is_said_before_long_work(tmp_path, monkeypatch):
    (tmp_path / "notes").write_text("mine")
    shared.made_ready(tmp_path / "new" / "folder")
    assert (tmp_path / "new" / "folder").is_dir()
    for refused in (lambda: shared.made_ready(tmp_path / "notes"), lambda: shared.made_ready(tmp_path / "notes" / "a"),
                    lambda: store.Folder(tmp_path / "notes" / "a").check()):
        with pytest.raises(UserError, match=r"notes.*; choose another place with --out"):
            refused()
    monkeypatch.setattr(os, "access", lambda place, how: False)
    for refused in (shared.made_ready, lambda place: store.Folder(place).check()):
        with pytest.raises(UserError, match=r"b: .*; choose another place with --out"):
            refused(tmp_path / "b")


@pytest.mark.parametrize("scheduler", ["tls://127.0.0.1:1", "ucx://127.0.0.1:1", "tcp://127.0.0.1:1"])
def test_a_scheduler_that_cannot_be_reached_is_a_sentence(scheduler, tmp_path, monkeypatch):
    pytest.importorskip("distributed")
    from sim.study.engines import Dask

    monkeypatch.setattr("sim.study.engines.PATIENCE", 1.0)
    began = time.monotonic()
    with pytest.raises(UserError, match=r"--scheduler: (no scheduler answers at|.* requires TLS keys)"):
        list(Dask(scheduler).reports([], lambda n: None, lambda: None))
    gc.collect()
    assert time.monotonic() - began < 15.0  # a client that failed half made waited for itself for 20 s
