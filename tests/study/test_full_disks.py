"""A batch on a disk that fills, has no room for another file, or is read-only: a sentence, and the rest later."""

import os

import pytest

from sim.core.declare import UserError
from sim.core.files import write_whole
from sim.study.batch import open_results, run_study, status
from tests.batches import files
from tests.disks import disk, fill, read_only, use_up_inodes
from tests.small_model import SMALL, Plan

pytestmark = pytest.mark.skipif(os.name == "nt", reason="file systems are mounted as on POSIX")
ASKED = {"scenarios": [Plan("low"), Plan("high", 0.5)], "seeds": 4, "weight": 1, "until": 2012, "workers": 1,
         "progress": False, "model": SMALL}


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    folder = tmp_path_factory.mktemp("whole") / "study"
    run_study(out=folder, **ASKED)
    return files(folder)


@pytest.mark.parametrize("leave", [0, 8_000, 60_000, 150_000])
def test_a_batch_on_a_disk_that_fills_says_so_and_is_finished_when_there_is_room(leave, whole, tmp_path):
    with disk(tmp_path / "disk", size="2m") as small:
        fill(small, leave)
        with pytest.raises(UserError, match="the disk is full"):
            run_study(out=small / "study", **ASKED)
        if (small / "study" / "runs.csv").exists():  # the last table before the first run
            before = status(small / "study", verify=True)
            assert before["damaged"] == {} and before["done"] < 8
        (small / "filler").unlink()
        run_study(out=small / "study", **ASKED)
        assert files(small / "study") == whole


@pytest.mark.parametrize("free", [0, 3, 12, 20])
def test_a_batch_without_inodes_says_so_and_is_finished_when_there_are_some(free, whole, tmp_path):
    with disk(tmp_path / "disk", inodes=60) as small:
        use_up_inodes(small)
        for number in range(free):
            (small / f"empty{number}").unlink()
        with pytest.raises(UserError, match="the disk is full"):
            run_study(out=small / "study", **ASKED)
        for path in small.glob("empty*"):
            path.unlink()
        run_study(out=small / "study", **ASKED)
        assert files(small / "study") == whole


def test_a_read_only_study_is_read_and_refused_to_a_batch(whole, tmp_path):
    with disk(tmp_path / "disk") as small:
        run_study(out=small / "study", **ASKED)
        read_only(small)
        assert status(small / "study", verify=True)["done"] == 8
        assert open_results(small / "study", model=SMALL).load().attrs["runs_missing"] == 0
        with pytest.raises(UserError, match="the disk is read-only"):
            run_study(out=small / "study", **ASKED | {"seeds": 5})
        assert files(small / "study") == whole


def test_a_file_that_cannot_be_written_whole_stays_as_it_was(tmp_path):
    with disk(tmp_path / "disk", size="100k") as small:
        write_whole(small / "page.md", "before")
        fill(small, leave=4096)
        with pytest.raises(OSError, match="No space left"):
            write_whole(small / "page.md", "after" * 10_000)
        assert (small / "page.md").read_text() == "before" and len(list(small.iterdir())) == 2
