"""`run` writes a whole file or none, never over anything else, on any disk, and says in a sentence what it refuses."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import hainan2035
from sim import simulate
from sim.core import dataset, files
from tests.disks import disk, fill, read_only, use_up_inodes

ROOT = Path(__file__).resolve().parents[1]
RUN = ["run", "baseline", "--central", "--weight", "1000", "--to", "2011"]


@pytest.fixture(scope="module")
def model():
    return simulate.simulated(simulate.load_plan("baseline"), weight=1000, until=2011)


@pytest.fixture
def ran(model, monkeypatch, tmp_path):
    """Runs are made at once here, and counted; the current folder and the temporary folder are the test's own."""
    made = []
    monkeypatch.setattr(simulate, "simulated", lambda *told, **more: made.append(told) or model)
    monkeypatch.setattr(simulate, "with_indicators", lambda ds: ds)
    monkeypatch.setattr("hainan2035.runs.compile_first", lambda: None)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "temporary"))
    (tmp_path / "temporary").mkdir()
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    return made


def refused(capsys, *words) -> str:
    """The one sentence with which a command is refused."""
    capsys.readouterr()
    assert hainan2035.main([*map(str, words)]) == 2
    out, err = capsys.readouterr()
    assert out == "" and err.strip().count("\n") == 0 and "Traceback" not in err
    return err.rpartition("\r")[2]


def names(folder) -> list[str]:
    return sorted(path.name for path in Path(folder).iterdir())


# --- names


@pytest.mark.parametrize(("more", "name"), [
    ([], "baseline-seed0-weight1000-to2011-central.nc"),
    (["--seed", "3", "--set", "hukou_open=0.5"], "baseline-seed3-weight1000-to2011-central-hukou_open=0.5.nc"),
    (["--weight", "100"], "baseline-seed0-to2011-central.nc"),
    (["--set", "hukou_open = { to = 1.0, ramp = [2019, 2020] }"],
     "baseline-seed0-weight1000-to2011-central-set????????.nc"),
])
def test_the_usual_name_says_what_is_not_as_usual(more, name, ran, tmp_path):
    assert hainan2035.main([*RUN, *more]) == 0
    assert [path.name for path in Path("runs").glob(name)] == names("runs")


# --- what stands there already


def test_a_result_is_written_over_itself_and_over_no_other(ran, capsys):
    assert hainan2035.main([*RUN, "--out", "a.nc", "--people", "p.nc"]) == 0
    before = Path("a.nc").read_bytes(), Path("p.nc").read_bytes()
    assert hainan2035.main([*RUN, "--out", "a.nc", "--people", "p.nc"]) == 0
    assert (Path("a.nc").read_bytes(), Path("p.nc").read_bytes()) == before
    assert "its scenario_hash differ" in refused(capsys, *RUN, "--out", "a.nc", "--set", "hukou_open=1")
    assert "its seed differ" in refused(capsys, *RUN, "--out", "a.nc", "--seed", "1")
    assert "holds persons" in refused(capsys, *RUN, "--out", "p.nc")
    assert "holds results" in refused(capsys, *RUN, "--out", "b.nc", "--people", "a.nc")
    assert (Path("a.nc").read_bytes(), Path("p.nc").read_bytes()) == before and len(ran) == 2
    assert hainan2035.main([*RUN, "--out", "a.nc", "--seed", "1", "--force"]) == 0
    assert dataset.open_dataset("a.nc").attrs["seed"] == 1


def test_a_result_of_other_code_is_another_result(ran, capsys, monkeypatch):
    assert hainan2035.main([*RUN, "--out", "a.nc"]) == 0
    monkeypatch.setattr(simulate, "code_hash", lambda: "other")
    assert "its code_hash differ" in refused(capsys, *RUN, "--out", "a.nc")


@pytest.mark.parametrize(("name", "said"), [
    ("mine.toml", "write mine.nc"), ("a.csv", "write a.nc"), ("a", "write a.nc"), ("..", "does not end in .nc"),
    ("notes.nc", "is not a result"), ("link.nc", "is a link"), ("device.nc", "is a device"),
    ("folder.nc", "is a folder"), ("file/x.nc", "a file stands where a folder is needed"),
])
def test_nothing_else_is_written_over(name, said, ran, tmp_path, capsys):
    Path("mine.toml").write_text("inherits = 'baseline'\n")
    Path("notes.nc").write_text("hello")
    Path("file").write_text("x")
    (tmp_path / "precious.nc").write_text("x")
    Path("link.nc").symlink_to(tmp_path / "precious.nc")
    os.mkfifo("device.nc")
    Path("folder.nc").mkdir()
    before = names(".")
    assert said in refused(capsys, *RUN, "--out", name)
    assert said in refused(capsys, *RUN, "--out", "good.nc", "--people", name)
    assert names(".") == before and ran == [] and (tmp_path / "precious.nc").read_text() == "x"
    assert Path("mine.toml").read_text() == "inherits = 'baseline'\n"


def test_told_to_a_link_is_replaced_and_never_followed_and_a_device_stays(ran, tmp_path, capsys):
    (tmp_path / "precious.nc").write_text("x")
    Path("link.nc").symlink_to(tmp_path / "precious.nc")
    assert hainan2035.main([*RUN, "--out", "link.nc", "--force"]) == 0
    assert (tmp_path / "precious.nc").read_text() == "x" and not Path("link.nc").is_symlink()
    os.mkfifo("device.nc")
    assert "is a device" in refused(capsys, *RUN, "--out", "device.nc", "--force")


@pytest.mark.parametrize("people", ["a.nc", "./a.nc", "below/../a.nc"])
def test_results_and_persons_need_two_files(people, ran, capsys):
    Path("below").mkdir()
    assert "name two files" in refused(capsys, *RUN, "--out", "a.nc", "--people", people)


def test_what_was_put_there_during_the_run_stays(model, ran, monkeypatch, capsys, tmp_path):
    def meanwhile(*told, **more):
        Path("a.nc").write_text("somebody else's")
        return model

    monkeypatch.setattr(simulate, "simulated", meanwhile)
    said = refused(capsys, *RUN, "--out", "a.nc")
    assert "in the meantime" in said and Path("a.nc").read_text() == "somebody else's"
    kept, = (tmp_path / "temporary").iterdir()
    assert str(kept) in said and dataset.open_dataset(kept).attrs["until"] == 2011


# --- disks


def test_on_a_disk_that_fills_the_finished_run_is_kept_elsewhere_or_said_to_be_lost(ran, capsys, tmp_path):
    with disk(tmp_path / "disk", size="100k") as small:
        said = refused(capsys, *RUN, "--out", small / "a.nc")
        kept, = (tmp_path / "temporary").iterdir()
        assert "the disk is full" in said and str(kept) in said and names(small) == []
        assert dataset.open_dataset(kept)["gdp"].size
        with disk(tmp_path / "temporary", size="100k"):
            said = refused(capsys, *RUN, "--out", small / "a.nc")
            assert "what was computed is lost" in said and names(tmp_path / "temporary") == names(small) == []


def test_full_out_of_inodes_or_read_only_is_refused_before_the_run(ran, capsys, tmp_path):
    with disk(tmp_path / "disk", inodes=20) as small:
        use_up_inodes(small)
        assert "the disk is full" in refused(capsys, *RUN, "--out", small / "a.nc")
        (small / "empty0").unlink()
        assert hainan2035.main([*RUN, "--out", str(small / "a.nc")]) == 0
        before = (small / "a.nc").read_bytes()
        read_only(small)
        assert "the disk is read-only" in refused(capsys, *RUN, "--out", small / "a.nc")
        assert (small / "a.nc").read_bytes() == before and len(ran) == 1


@pytest.mark.skipif(os.name == "nt", reason="limits of a shell")
def test_a_limit_on_the_size_of_files_is_a_sentence_and_no_signal(tmp_path):
    code = ("import resource, pathlib, sys; from sim.core.files import claimed\n"
            "resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000))\n"
            "from sim.core.declare import UserError\n"
            "try:\n    with claimed(pathlib.Path(sys.argv[1])) as place: place.put(bytes(100_000))\n"
            "except UserError as said: print(said)")
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path / "a.nc")], cwd=ROOT, capture_output=True,
                          text=True, env=os.environ | {"TMPDIR": str(tmp_path)})
    assert done.returncode == 0 and "a file may not be that large here" in done.stdout
    assert "what was computed is lost" in done.stdout and names(tmp_path) == []


def test_a_full_disk_keeps_the_result_that_stood_there(ran, tmp_path, capsys):
    with disk(tmp_path / "disk", size="2m") as small:
        assert hainan2035.main([*RUN, "--out", str(small / "a.nc")]) == 0
        before = (small / "a.nc").read_bytes()
        fill(small, leave=8192)
        assert "the disk is full" in refused(capsys, *RUN, "--out", small / "a.nc", "--seed", "1", "--force")
        assert (small / "a.nc").read_bytes() == before and names(small) == ["a.nc", "filler"]


# --- two at once, and kills


def test_two_runs_to_one_file_are_one_run_and_one_sentence(ran, tmp_path, capsys):
    with files.claimed(Path("a.nc")) as place:
        other = subprocess.run([sys.executable, "-m", "hainan2035", *RUN, "--out", str(Path("a.nc").absolute())],
                               capture_output=True, text=True, cwd=ROOT)
        assert other.returncode == 2 and other.stderr.count("\n") == 1
        assert "another process is about to write this file" in other.stderr
        place.put(b"ours")
    assert names(".") == ["a.nc"] and Path("a.nc").read_bytes() == b"ours"


def test_only_half_files_of_killed_runs_are_swept(ran, tmp_path):
    kept = [".notes.tmp", ".a.nc.tmp", "a.nc.12.tmp", ".draft.12x.tmp", ".notes.12.tmp", ".notes.txt.13.tmp"]
    for name in (*kept, ".a.nc.12.tmp", ".other.nc.13.tmp"):
        Path(name).write_text("x")
    Path(".linked.14.tmp").symlink_to(".notes.tmp")
    with files.claimed(Path("b.nc")) as living, files.claimed(Path("c.nc")):
        assert living.half.name in names(".")
    assert names(".") == sorted([*kept, ".linked.14.tmp"])


def kill_runs(folder, times: int, seed: int) -> None:
    """Start `run`, kill it at some moment, and look: a whole file or none, and the next run as if nothing had been."""
    chance, command = random.Random(seed), [sys.executable, "-m", "hainan2035", *RUN]
    out, people = folder / "a.nc", folder / "p.nc"
    start = time.monotonic()
    subprocess.run([*command, "--out", str(folder / "whole.nc")], cwd=ROOT, check=True, capture_output=True)
    length, whole = time.monotonic() - start, (folder / "whole.nc").read_bytes()
    for _ in range(times):
        child = subprocess.Popen([*command, "--out", str(out), "--people", str(people)], cwd=ROOT,
                                 stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(chance.uniform(0.2, 1.1) * length)
        child.send_signal(chance.choice([signal.SIGKILL, signal.SIGTERM, signal.SIGINT]))
        child.wait()
        assert not out.exists() or out.read_bytes() == whole
        assert not people.exists() or dataset.provenance(people)
        if chance.random() < 0.5:
            out.unlink(missing_ok=True)
    done = subprocess.run([*command, "--out", str(out), "--people", str(people)], cwd=ROOT, capture_output=True)
    assert done.returncode == 0 and out.read_bytes() == whole
    assert names(folder) == ["a.nc", "p.nc", "whole.nc"]


def test_a_run_killed_at_some_moments_leaves_a_whole_file_or_none(model, tmp_path):
    kill_runs(tmp_path, 2, seed=1)


@pytest.mark.slow
def test_a_run_killed_a_hundred_times_leaves_a_whole_file_or_none(model, tmp_path):
    kill_runs(tmp_path, 100, seed=2)
