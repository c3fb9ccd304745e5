"""A pack from the cache folder is the pack that was read, and never one of other bytes or with faults."""

import shutil

import pandas as pd
import pytest

from sim.core import cache
from sim.core.declare import UserError
from sim.region import parsed, reading, schema
from sim.region.pack import DEFAULT_PATH, pack_hash


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A cache folder of its own."""
    monkeypatch.setattr(cache, "cache_folder", lambda: tmp_path)
    return tmp_path


@pytest.fixture
def copied(tmp_path):
    """A copy of the shipped pack."""
    place = tmp_path / "pack"
    place.mkdir()
    for name in schema.FILES:
        if (DEFAULT_PATH / name).is_file():
            shutil.copy(DEFAULT_PATH / name, place)
    return place


def test_every_table_comes_back_with_its_columns_types_and_texts(folder):
    read = reading.read(DEFAULT_PATH)
    for _ in range(2):  # made, and taken from the folder
        found, digest = parsed.read(DEFAULT_PATH, pack_hash)
        assert digest == pack_hash(DEFAULT_PATH) and found.geojson == read.geojson
        assert list(found.tables) == list(read.tables)
        for name, table in read.tables.items():
            pd.testing.assert_frame_equal(found.tables[name], table)
            assert {type(word) for word in found.tables[name].select_dtypes(object).stack()} <= {str}
    assert len(list(folder.glob("pack-*.arrays"))) == 1


def test_a_pack_that_is_in_the_folder_is_not_read_again_and_another_is(folder, copied, monkeypatch):
    parsed.read(copied, pack_hash)
    read = []
    monkeypatch.setattr(reading, "read", lambda path: read.append(path) or reading.Read(faults=["one"]))
    parsed.read(copied, pack_hash)
    assert read == []
    with open(copied / "sources.csv", "a", encoding="utf-8") as file:
        file.write("another,,\n")
    with pytest.raises(UserError, match="one"):
        parsed.read(copied, pack_hash)
    assert read == [copied] and len(list(folder.glob("pack-*.arrays"))) == 1


def test_a_pack_that_changes_while_it_is_read_is_not_kept(folder, copied):
    digests = iter("ab")
    with pytest.raises(UserError, match="was changed while it was read"):
        parsed.read(copied, lambda path: next(digests) * 64)
    assert not list(folder.glob("pack-*"))
