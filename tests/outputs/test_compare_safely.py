"""`compare` writes all of a report or nothing of it, follows no link, and leaves alone what it did not write."""

import contextlib
import os
import random
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

import hainan2035
from outputs import compare as compare_module
from outputs import style
from outputs.compare import compare
from sim.core.declare import UserError
from sim.core.files import MIXED, staged
from sim.study.batch import run_study
from sim.study.store import Folder
from tests.disks import disk, fill, read_only, use_up_inodes
from tests.outputs import synthetic
from tests.outputs.test_compare import ASSUMED
from tests.small_model import SmallModel

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module", autouse=True)
def one_picture():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(style, "DPI", 30)
        patch.setattr(compare_module, "FIGURES", {"effects": compare_module.FIGURES["effects"]})
        yield


@pytest.fixture(scope="module")
def write():
    """A function that writes the report of one and the same study into a folder."""
    results, past, shapes = synthetic.small()
    return lambda out: compare(results, past, out, assumed=ASSUMED, polygons=shapes)


def files(folder) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(Path(folder).rglob("*"))
            if path.is_file() and not path.is_symlink()}


@pytest.fixture(scope="module")
def whole(write, tmp_path_factory):
    """The files of the report."""
    folder = tmp_path_factory.mktemp("whole")
    write(folder)
    return files(folder)


def test_all_files_are_in_their_places_and_nothing_else(whole):
    assert {"report.html", "tables/codebook.csv", "figures/effects.svg", "figures/effects.png"} <= set(whole)
    assert all(compare_module.ours(name) for name in whole)


@pytest.mark.parametrize("name", ["report.html", "tables", "figures"])
@pytest.mark.parametrize("kind", ["link", "dangling link", "device", "other"])
def test_a_link_or_device_in_a_place_is_refused_and_nothing_is_written_outside(name, kind, write, tmp_path):
    outside, out = tmp_path / "outside", tmp_path / "study"
    outside.mkdir()
    out.mkdir()
    (outside / "precious").write_text("x")
    if kind == "link":
        (out / name).symlink_to(outside / "precious" if "." in name else outside)
    elif kind == "dangling link":
        (out / name).symlink_to(outside / "nothing")
    elif kind == "device":
        os.mkfifo(out / name)
    elif "." in name:
        (out / name).mkdir()
    else:
        (out / name).write_text("mine")
    with pytest.raises(UserError, match=r"is a (link|device|folder|file), not a (file|folder); remove it"):
        write(out)
    assert files(outside) == {"precious": b"x"} and [path.name for path in out.iterdir()] == [name]


def test_links_below_the_places_are_refused_and_never_followed(write, tmp_path):
    (tmp_path / "precious").write_text("x")
    out = tmp_path / "study"
    (out / "tables").mkdir(parents=True)
    (out / "tables" / "counties.csv").symlink_to(tmp_path / "precious")
    with pytest.raises(UserError, match=r"counties.csv: is a link, not a file"):
        write(out)
    assert (tmp_path / "precious").read_text() == "x" and [path.name for path in out.iterdir()] == ["tables"]


def test_what_others_put_there_stays_and_what_an_earlier_report_left_goes(write, whole, tmp_path):
    for name in ("tables/notes.csv", "figures/mine.svg", "figures/effects.old.svg", "notes.txt", "tables/deep/x.csv"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("mine")
    mine = files(tmp_path)
    for name in ("tables/how_far_gdp.csv", "figures/how_far.png"):
        (tmp_path / name).write_text("of an earlier report")
    write(tmp_path)
    assert files(tmp_path) == whole | mine


def test_on_a_disk_that_is_full_the_report_that_stood_there_stays_whole(write, whole, tmp_path):
    with disk(tmp_path / "disk", size="4m") as small:
        write(small)
        for leave in (0, 60_000):
            fill(small, leave)
            with pytest.raises(UserError, match="the disk is full"):
                write(small)
            (small / "filler").unlink()
            assert files(small) == whole and len(list(small.iterdir())) == 3
        write(small)
        read_only(small)
        with pytest.raises(UserError, match="the disk is read-only"):
            write(small)
        assert files(small) == whole


def test_out_of_inodes_is_a_sentence_and_leaves_nothing_behind(write, tmp_path):
    with disk(tmp_path / "disk", inodes=60) as small:
        use_up_inodes(small)
        for number in range(5):
            (small / f"empty{number}").unlink()
        with pytest.raises(UserError, match="the disk is full"):
            write(small)
        assert all(path.name.startswith("empty") for path in small.iterdir())


def test_two_reports_at_once_into_one_folder_are_one_and_a_sentence(write, tmp_path):
    with staged(tmp_path, compare_module.ours), pytest.raises(UserError, match="another process is writing"):
        write(tmp_path)
    assert list(tmp_path.iterdir()) == []


# --- the verb


@pytest.fixture
def study(tmp_path, monkeypatch):
    """The folder of a study, and a verb that finds the synthetic results in it."""
    results, past, shapes = synthetic.small()
    folder = tmp_path / "study"
    run_study(["a"], seeds=1, until=2011, workers=1, out=folder, progress=False, model=SmallModel())
    monkeypatch.setattr("sim.study.batch.open_results", lambda folder: results.assign_attrs(study="small"))
    monkeypatch.setattr("sim.region.history.history", lambda: past)
    monkeypatch.setattr("calibration.hindcast.how_far", lambda results, past: None)
    monkeypatch.setattr("outputs.maps.outlines_of", lambda results: shapes)
    return folder


def refused(capsys, *words) -> str:
    capsys.readouterr()
    assert hainan2035.main([*map(str, words)]) == 2
    out, err = capsys.readouterr()
    assert out == "" and err.count("\n") == 1
    return err


def test_the_report_goes_to_another_folder_and_is_made_anew_there(study, tmp_path, capsys):
    before = files(study)
    for lang in ("en", "zh"):
        assert hainan2035.main(["compare", str(study), "--out", str(tmp_path / "out"), "--lang", lang]) == 0
        said = "replaces the report in English; with --out DIR both are kept"
        assert (said in capsys.readouterr().out) == (lang == "zh")
        (tmp_path / "out" / "explorer.html").write_text("may stand beside it")
    assert files(study) == before and "report.html" in files(tmp_path / "out")


def test_a_read_only_study_is_read_and_its_report_goes_elsewhere(study, tmp_path, capsys):
    import shutil

    with disk(tmp_path / "disk") as small:
        there = shutil.copytree(study, small / "study")
        read_only(small)
        assert "choose another place with --out" in refused(capsys, "compare", there)
        assert hainan2035.main(["compare", str(there), "--out", str(tmp_path / "out")]) == 0


@pytest.mark.parametrize("foreign", ["thesis.doc", "tables", "report.html"])
def test_another_folder_that_is_not_empty_is_refused(foreign, study, tmp_path, capsys):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / foreign).write_text("mine")
    assert "is not empty and holds no report" in refused(capsys, "compare", study, "--out", tmp_path / "out")
    assert files(tmp_path / "out") == {foreign: b"mine"}


def test_a_folder_in_which_a_batch_is_at_work_is_left_alone(study, capsys):
    with Folder(study).locked():
        assert "running in this folder" in refused(capsys, "compare", study)
    assert not (study / "report.html").exists()


def test_a_folder_that_is_no_study_is_not_made_one(study, tmp_path, capsys):
    assert "is not the folder of a study" in refused(capsys, "compare", tmp_path / "none")
    assert not (tmp_path / "none").exists()


# --- kills

WRITERS = """
import os, sys
from outputs import compare as compare_module, style
from tests.outputs import synthetic
from tests.outputs.test_compare import ASSUMED
style.DPI = 30
compare_module.FIGURES = {"effects": compare_module.FIGURES["effects"]}
results, past, shapes = synthetic.small()
compare_module.compare(results, past, sys.argv[1] + "-first", assumed=ASSUMED, polygons=shapes)
for asked in sys.stdin:
    child = os.fork()
    if not child:
        while True:
            compare_module.compare(results, past, sys.argv[1], assumed=ASSUMED, polygons=shapes)
    print(child, flush=True)
    os.waitpid(child, 0)
    print("gone", flush=True)
"""


def kill_reports(write, whole, folder, times: int, seed: int) -> None:
    """Writers that do nothing else are started from one process, which has all that is needed, and killed."""
    chance = random.Random(seed)
    starter = subprocess.Popen([sys.executable, "-c", WRITERS, str(folder)], cwd=ROOT, stdin=subprocess.PIPE,
                               stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    with starter:
        for _ in range(times):
            print("go", file=starter.stdin, flush=True)
            writer = int(starter.stdout.readline())
            time.sleep(chance.uniform(0.0, 3.0))
            os.kill(writer, chance.choice([signal.SIGKILL, signal.SIGTERM, signal.SIGINT]))
            asked_again = threading.Timer(20.0, os.kill, (writer, signal.SIGKILL))  # Python drops a few interrupts
            asked_again.start()
            assert starter.stdout.readline() == "gone\n"
            asked_again.cancel()
            found = files(folder) if folder.exists() else {}
            assert all(whole[name] == content for name, content in found.items()
                       if name != MIXED and not name.startswith("."))
            assert MIXED in found or len({*whole} & {*found}) in (0, len(whole), len(whole) - 1)  # one is removed below
            if chance.random() < 0.3:
                write(folder)
                assert files(folder) == whole
                with contextlib.suppress(OSError):
                    (folder / "report.html").unlink()
        starter.stdin.close()
    write(folder)
    assert files(folder) == whole and len(list(folder.iterdir())) == 3


def test_a_report_killed_at_some_moments_has_no_half_file(write, whole, tmp_path):
    kill_reports(write, whole, tmp_path / "out", 1, seed=1)


@pytest.mark.slow
def test_a_report_killed_a_hundred_times_has_no_half_file(write, whole, tmp_path):
    kill_reports(write, whole, tmp_path / "out", 100, seed=2)
