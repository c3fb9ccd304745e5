"""Arrays in the cache folder: whole and the same, or made again."""

import os
import re

import numpy as np
import pytest

from sim.core import kept
from sim.core.declare import UserError

ARRAYS = {"one": np.float64(2.5).reshape(()), "many": np.arange(6, dtype="int32").reshape(2, 3),
          "none": np.zeros((0, 4), dtype="uint8"), "true": np.array([True, False])}


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setattr("sim.core.cache.cache_folder", lambda: tmp_path)
    return tmp_path


def asked(name, made):
    def make():
        made.append(name)
        return ARRAYS
    return kept.kept(name, make)


def test_arrays_are_made_once_and_come_back_as_they_were_aligned_and_writable(folder):
    made = []
    asked("people-1.arrays", made)
    found = asked("people-1.arrays", made)
    assert made == ["people-1.arrays"] and list(folder.iterdir()) == [folder / "people-1.arrays"]
    assert found.keys() == ARRAYS.keys()
    for name, array in ARRAYS.items():
        assert (found[name].dtype, found[name].shape) == (array.dtype, array.shape)
        assert found[name].tobytes() == array.tobytes() and found[name].flags.writeable and found[name].flags.aligned


def test_whatever_byte_is_changed_or_lost_the_arrays_are_made_again(folder):
    path, made = folder / "people-1.arrays", []
    asked("people-1.arrays", made)
    whole = path.read_bytes()
    damaged = [whole[:place] + bytes([whole[place] ^ 4]) + whole[place + 1:] for place in range(len(whole))]
    damaged += [whole[:place] for place in range(0, len(whole), 7)]
    damaged += [b"[" * 100_000 + b"\n", b'{"hash": 1, "arrays": 2}\n', b'{"hash": "", "arrays": [["a"]]}\n', b""]
    for content in damaged:
        path.write_bytes(content)
        assert kept.read(path) is None
    found = asked("people-1.arrays", made)
    assert len(made) == 2 and found["many"].tolist() == [[0, 1, 2], [3, 4, 5]] and path.read_bytes() == whole


def test_objects_are_never_read_whatever_the_hash_says():
    for about, body in (([["a", "|O", [1]]], b"12345678"), ([["a", "<f8", [-1]]], b""), ([["a", "<f8", [10**9]]], b""),
                        ([["a", "S4", [1]]], b"1234")):
        with pytest.raises(ValueError):
            kept._unpacked(about, body)


@pytest.mark.skipif(os.name == "nt", reason="links and pipes as POSIX has them")
def test_a_link_is_refused_a_pipe_keeps_nobody_waiting_and_a_folder_is_left_alone(folder):
    (folder / "link").symlink_to(folder / "elsewhere")
    with pytest.raises(UserError, match="which the cache folder must not hold"):
        asked("link", [])
    os.mkfifo(folder / "pipe")
    (folder / "folder").mkdir()
    (folder / "folder" / "mine.txt").write_text("mine", encoding="utf-8")
    assert kept.read(folder / "pipe") is None
    assert asked("folder", []).keys() == ARRAYS.keys() and (folder / "folder" / "mine.txt").read_text() == "mine"
    assert not (folder / "elsewhere").exists()


def test_a_folder_that_takes_no_files_is_no_hindrance(folder, monkeypatch):
    def full(path, arrays):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(kept, "write", full)
    made = []
    assert asked("people-1.arrays", made).keys() == asked("people-1.arrays", made).keys() and len(made) == 2


def test_the_newest_files_of_a_kind_stay_and_what_has_another_name_too(folder):
    names = [f"draw-{number}.arrays" for number in range(4)]
    for age, name in enumerate(reversed(names)):
        (folder / name).write_text("x")
        os.utime(folder / name, (1_000_000 - age, 1_000_000 - age))
    (folder / "draw-of-mine.txt").write_text("x")
    (folder / "draw-9.arrays").symlink_to(folder / "draw-of-mine.txt")
    kept.newest(re.compile(r"draw-\d\.arrays"), 2)
    assert sorted(path.name for path in folder.iterdir()) == ["draw-2.arrays", "draw-3.arrays", "draw-9.arrays",
                                                              "draw-of-mine.txt"]
