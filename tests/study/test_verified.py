"""What stands on disk is verified: every flipped bit is found, and none changes a number that is read."""

import errno
import os
import random
import shutil

import pytest

from sim.core.declare import UserError
from sim.study import batch, store
from tests.batches import files
from tests.small_model import SMALL, Plan

PLANS = [Plan("full", lever=2.0), Plan("基准")]
NUMBERS = ("gdp", "population", "spending", "moved", "gdp_pc")
RUNS = [f"{plan.name}, draw 0, seed {seed}" for plan in PLANS for seed in range(10)]
NOT_VERIFIED = {"log.txt", ".lock", ".workers"}  # words for a person, and nothing at all


def run(out):
    return batch.run_study(PLANS, seeds=10, weight=16, until=2012, keep="all", workers=2, out=out, progress=False,
                           model=SMALL)


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    """A study of 20 runs in 5 blocks."""
    folder = tmp_path_factory.mktemp("study") / "s"
    assert run(folder).code == 0
    return folder


@pytest.fixture(scope="module")
def expected(study):
    return batch.open_results(study, model=SMALL).load()


def flipped(path, luck):
    """One bit of a file, any but a time, is turned; where it was."""
    content = bytearray(path.read_bytes())
    place = luck.randrange(8 * len(content))
    content[place // 8] ^= 1 << place % 8
    path.write_bytes(content)
    return place


def same_numbers(results, expected):
    """Whether everything that can be read is what was written: numbers and labels."""
    same = all(results[name].variable.equals(expected[name].variable) for name in (*NUMBERS, *expected.coords))
    return same and results.attrs == expected.attrs


def flip_one_bit(study, expected, folder, seed):
    """Where a bit was flipped, whether `status --verify` finds it, and what reading gives."""
    luck = random.Random(seed)
    shutil.copytree(study, folder)
    paths = [path for path in sorted(folder.rglob("*")) if path.is_file() and path.name not in NOT_VERIFIED]
    path = luck.choices(paths, [path.stat().st_size for path in paths])[0]
    where = f"{path.relative_to(folder)}, bit {flipped(path, luck)}"
    try:
        found = bool(batch.status(folder, verify=True)["damaged"])
    except UserError:
        found = True
    try:
        read = "the same" if same_numbers(batch.open_results(folder, model=SMALL), expected) else "other numbers"
    except UserError:
        read = "refused"
    return where, found, read


@pytest.mark.parametrize("tens", [0, *(pytest.param(n, marks=pytest.mark.slow) for n in range(1, 10))])
def test_a_flipped_bit_is_found_and_changes_no_number_that_is_read(study, expected, tmp_path, tens):
    seen = []
    for seed in range(10 * tens, 10 * tens + 10):
        where, found, read = flip_one_bit(study, expected, tmp_path / str(seed), seed)
        assert found, where
        # what is not needed to read (padding, resolved scenarios) may be damaged; a lost marker makes its runs missing
        assert read in ("the same", "refused") or "done/" in where, where
        seen.append(read)
    assert "refused" in seen


def test_every_kind_of_file_is_verified(study, expected, tmp_path):
    for kind in ("manifest.json", "runs.csv", "draws.csv", "study.toml", "scenarios/full.toml", "done/000000.json",
                 "results/000001-04.nc"):
        for seed in range(3):
            folder = tmp_path / f"{kind.replace('/', '-')}-{seed}"
            shutil.copytree(study, folder)
            flipped(folder / kind, random.Random(f"{kind} {seed}"))
            try:
                assert batch.status(folder, verify=True)["damaged"]
            except UserError:
                assert kind in ("manifest.json", "runs.csv")


def test_a_batch_mends_every_kind_of_file(study, tmp_path):
    before = files(study)
    for kind, again in (("manifest.json", 0), ("runs.csv", 0), ("draws.csv", 0), ("study.toml", 0),
                        ("scenarios/full.toml", 0), ("done/000000.json", 4), ("results/000001-04.nc", 4)):
        folder = tmp_path / kind.replace("/", "-")
        shutil.copytree(study, folder)
        flipped(folder / kind, random.Random(kind))
        assert run(folder).done == again, kind
        assert files(folder) == before, kind


def test_a_damaged_block_is_named_by_its_runs(study, tmp_path):
    shutil.copytree(study, tmp_path / "s")
    path = tmp_path / "s" / "results" / "000004-04.nc"
    path.write_bytes(path.read_bytes()[:-100])
    found = batch.status(tmp_path / "s", verify=True)
    assert set(found["damaged"]) == set(RUNS[16:])
    assert (found["done"], found["left"]) == (16, 4)


def test_a_block_that_was_exchanged_for_another_is_found_when_it_is_read(study, tmp_path):
    shutil.copytree(study, tmp_path / "s")
    shutil.copy(tmp_path / "s" / "results" / "000000-04.nc", tmp_path / "s" / "results" / "000001-04.nc")
    if batch.status(tmp_path / "s")["done"] == 20:  # the same size by chance
        with pytest.raises(UserError, match=r"000001-04.nc: is damaged \(it holds other runs\)"):
            batch.open_results(tmp_path / "s", model=SMALL)["gdp"].load()
    assert set(batch.status(tmp_path / "s", verify=True)["damaged"]) == set(RUNS[4:8])


def test_a_study_of_an_earlier_version_says_so(tmp_path):
    (tmp_path / "manifest.json").write_text('{\n "format": "hainan2035-1",\n "study": "demo"\n}\n')
    for look in (batch.status, batch.open_results, run):
        with pytest.raises(UserError, match=r"was made by another version \(hainan2035-1, not hainan2035-study-2\)"):
            look(tmp_path)


@pytest.mark.parametrize("text", ["", "{}", "[" * 100_000, '{\n "seal": "x"\n}', "null", "\0" * 100, '{"a": 1e999}'])
def test_a_text_that_is_not_sealed_is_refused(text):
    with pytest.raises(ValueError):
        store.unsealed(text)


def test_a_sealed_text_is_read_as_it_was_written():
    thing = {"a": [1, 2.5, "海口"], "b": {"c": None}}
    assert store.unsealed(store.sealed(thing)) == {**thing}
    for place in range(len(store.sealed(thing))):
        text = store.sealed(thing)
        changed = text[:place] + chr(ord(text[place]) ^ 1) + text[place + 1:]
        with pytest.raises(ValueError):
            store.unsealed(changed)


def test_links_and_pipes_in_place_of_files_are_refused_and_not_waited_for(study, tmp_path):
    for kind in ("manifest.json", "runs.csv", "done/000000.json", "results/000001-04.nc"):
        for how in ("link", "pipe"):
            folder = tmp_path / f"{how}-{kind.replace('/', '-')}"
            shutil.copytree(study, folder)
            (folder / kind).unlink()
            if how == "link":
                (folder / kind).symlink_to(study / kind)
            else:
                os.mkfifo(folder / kind)
            try:
                assert set(batch.status(folder)["failed"]) == set()
                assert batch.status(folder)["left"] == 4
            except UserError:
                assert kind in ("manifest.json", "runs.csv")


def test_what_cannot_be_read_for_now_is_not_taken_for_damage(study, tmp_path, monkeypatch):
    shutil.copytree(study, tmp_path / "s")
    before = files(tmp_path / "s")

    def no_more_files(path, *more):
        raise OSError(errno.EMFILE, "Too many open files")

    for name in ("read_regular", "open_regular"):
        with monkeypatch.context() as patched, pytest.raises(UserError, match="too many open files"):
            patched.setattr(store, name, no_more_files)
            store.Folder(tmp_path / "s").markers(whole=True)
    assert run(tmp_path / "s").done == 0
    assert files(tmp_path / "s") == before


def test_a_marker_under_another_name_is_not_ours_and_stays(study, tmp_path):
    shutil.copytree(study, tmp_path / "s")
    other = tmp_path / "s" / "done" / "0000001.json"
    other.write_text("mine")
    assert run(tmp_path / "s").done == 0
    assert other.read_text() == "mine" and batch.status(tmp_path / "s", verify=True)["damaged"] == {}
