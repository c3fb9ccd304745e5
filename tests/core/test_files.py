"""Files are written whole, by one process at a time, and never through a link."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from sim.core import files
from sim.core.declare import UserError

ROOT = Path(__file__).resolve().parents[2]


def names(folder) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*"))


def test_a_claimed_file_appears_when_it_is_put_and_nothing_stays_when_it_is_not(tmp_path):
    with files.claimed(tmp_path / "deep" / "a.nc") as place:
        assert names(tmp_path / "deep") == [place.half.name]
        place.put(b"whole")
        assert (tmp_path / "deep" / "a.nc").read_bytes() == b"whole"
    with pytest.raises(ZeroDivisionError), files.claimed(tmp_path / "deep" / "b.nc"):
        _ = 1 / 0
    assert names(tmp_path / "deep") == ["a.nc"]


@pytest.mark.skipif(os.name == "nt", reason="an open file cannot be removed there")
def test_the_half_of_a_killed_process_is_swept_and_that_of_a_living_one_is_not(tmp_path):
    code = ("import sys, os, pathlib; from sim.core import files\n"
            "with files.claimed(pathlib.Path(sys.argv[1])):\n    os._exit(1)")
    subprocess.run([sys.executable, "-c", code, str(tmp_path / "a.nc")], cwd=ROOT)
    assert [files.HALF.fullmatch(name)[1] for name in names(tmp_path)] == ["a.nc"]
    with files.claimed(tmp_path / "b.nc") as b:
        assert names(tmp_path) == [b.half.name]
        with pytest.raises(UserError, match="another process is about to write this file"), \
                files.claimed(tmp_path / "b.nc"):
            pass
        with files.claimed(tmp_path / "a.nc"):
            assert b.half.exists()


def test_what_stands_in_the_place_is_refused(tmp_path):
    (tmp_path / "folder.nc").mkdir()
    (tmp_path / "link.nc").symlink_to(tmp_path / "none.nc")
    for name, kind in {"folder.nc": "folder", "link.nc": "link"}.items():
        with pytest.raises(UserError, match=f"is a {kind}"), files.claimed(tmp_path / name):
            pass
    assert names(tmp_path) == ["folder.nc", "link.nc"]


def test_staged_files_arrive_together_or_not_at_all(tmp_path):
    def ours(name: str) -> bool:
        return name.endswith(".csv")

    (tmp_path / "sub").mkdir()
    for name in ("sub/old.csv", "sub/notes.txt"):
        (tmp_path / name).write_text("old")
    with pytest.raises(ZeroDivisionError), files.staged(tmp_path, ours) as stage:
        (stage / "sub").mkdir()
        (stage / "sub" / "new.csv").write_text("new")
        _ = 1 / 0
    assert names(tmp_path) == ["sub", "sub/notes.txt", "sub/old.csv"]
    with files.staged(tmp_path, ours) as stage:
        (stage / "sub").mkdir()
        (stage / "sub" / "new.csv").write_text("new")
    assert names(tmp_path) == ["sub", "sub/new.csv", "sub/notes.txt"]


def test_files_of_two_times_are_told_as_such_until_all_are_moved_again(tmp_path):
    (tmp_path / "a.csv").write_text("old")
    (tmp_path / "b.csv").write_text("old")
    code = ("import sys, os, pathlib; from sim.core import files\n"
            "move, done = os.replace, []\n"
            "def dying(one, other):\n"
            "    move(one, other)\n"
            "    if str(other).endswith('a.csv'): os._exit(9)\n"
            "files.os.replace = dying\n"
            "with files.staged(pathlib.Path(sys.argv[1]), lambda name: name.endswith('.csv')) as stage:\n"
            "    [(stage / name).write_text('new') for name in ('a.csv', 'b.csv')]")
    died = subprocess.run([sys.executable, "-c", code, str(tmp_path)], cwd=ROOT)
    assert died.returncode == 9
    assert [(tmp_path / name).read_text() for name in ("a.csv", "b.csv")] == ["new", "old"]
    assert "side by side" in (tmp_path / files.MIXED).read_text()
    with files.staged(tmp_path, lambda name: name.endswith(".csv")) as stage:
        for name in ("a.csv", "b.csv"):
            (stage / name).write_text("newest")
    assert names(tmp_path) == ["a.csv", "b.csv"] and (tmp_path / "b.csv").read_text() == "newest"


def test_a_stage_that_a_killed_process_left_is_swept_and_what_others_put_there_stays(tmp_path):
    for name in (".stage.7.tmp/sub/a.csv", ".stage.8.tmp/diary.txt"):
        (tmp_path / name).parent.mkdir(parents=True)
        (tmp_path / name).write_text("x")
    with files.staged(tmp_path, lambda name: name.endswith(".csv")):
        pass
    assert names(tmp_path) == [".stage.8.tmp", ".stage.8.tmp/diary.txt"]


def test_kinds_are_seen_without_following_links(tmp_path):
    (tmp_path / "file").touch()
    (tmp_path / "link").symlink_to(tmp_path / "file")
    kinds = {"none": "", "file": "file", "link": "link", "file/below": ""}
    assert {name: files.kind_of(tmp_path / name) for name in kinds} == kinds
    assert files.kind_of(tmp_path) == "folder"
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "pipe")
        assert files.kind_of(tmp_path / "pipe") == "device"


HELD = """
import os, sys, time
from pathlib import Path
from sim.core.files import staged
with staged(Path(sys.argv[1]), lambda name: True):
    if not os.fork():  # the copy says itself when it is there
        print(os.getpid(), flush=True)
    time.sleep(60)
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="processes cannot begin as copies here")
def test_a_folder_is_free_when_its_writer_is_killed_though_a_copy_of_it_lives(tmp_path):
    writer = subprocess.Popen([sys.executable, "-c", HELD, str(tmp_path)], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    with writer:
        copy = int(writer.stdout.readline())
        with pytest.raises(UserError, match="another process is writing"), files.staged(tmp_path, lambda name: True):
            pass
        writer.kill()
        writer.wait()
        with files.staged(tmp_path, lambda name: True) as stage:
            (stage / "a.txt").write_text("a")
        os.kill(copy, signal.SIGKILL)
    assert (tmp_path / "a.txt").read_text() == "a"
