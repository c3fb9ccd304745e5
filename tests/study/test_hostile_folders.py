"""Damaged and hostile study folders: every one is a sentence, none hangs, gives a wrong number or reaches outside.

The fuzz damages copies of one study of twelve runs by a seeded random choice: bits, lengths, missing and exchanged
files, links, pipes, folders, strange contents under a valid seal. What is read must be what the study holds, or nan.
"""

import contextlib
import csv
import hashlib
import io
import json
import os
import random
import shutil
import signal
import time
import warnings
from pathlib import Path

import h5py
import numpy as np
import pytest

from sim.core.declare import UserError
from sim.study.batch import open_results, reproduce, run_study, status
from sim.study.store import sealed, unsealed
from tests.small_model import SMALL, Plan

pytestmark = pytest.mark.skipif(os.name == "nt", reason="links, pipes and alarms of POSIX")
ASKED = {"scenarios": [Plan("low"), Plan("high", 0.5)], "seeds": 3, "draws": 2, "weight": 4, "until": 2012,
         "workers": 1, "progress": False, "model": SMALL}
WORK, PATIENCE = 5, 30  # seconds of this process; of the clock, on which others may be at work


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    """A whole study and its numbers."""
    folder = tmp_path_factory.mktemp("whole") / "study"
    run_study(out=folder, **ASKED)
    return folder, open_results(folder, model=SMALL).load()


@pytest.fixture
def place(study, tmp_path):
    """A copy to be damaged, with a folder outside that nobody may touch."""
    return Place(study[0], tmp_path)


class Place:
    """A copy of a study, and what lies outside it."""

    def __init__(self, whole: Path, at: Path):
        self.whole, self.folder, self.outside = whole, at / "study", at / "outside"
        self.outside.mkdir(parents=True, exist_ok=True)
        for name in ("precious.txt", "manifest.json", "000000.json", "a.toml"):
            (self.outside / name).write_text("precious\n")
        self.before = contents(self.outside)
        self.anew()

    def anew(self) -> Path:
        shutil.rmtree(self.folder, ignore_errors=True)
        shutil.copytree(self.whole, self.folder)
        return self.folder


def contents(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(folder.rglob("*"))
            if path.is_file()}


@contextlib.contextmanager
def in_time():
    """No hang: at most five seconds of work, and an alarm that ends what waits for somebody else."""
    def ring(*_):
        raise AssertionError(f"waits for more than {PATIENCE} s")

    before, started = signal.signal(signal.SIGALRM, ring), time.process_time()
    signal.alarm(PATIENCE)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)
    assert time.process_time() - started < WORK, f"works for more than {WORK} s"


def read_in_every_way(folder: Path, numbers=None, forged: bool = False) -> list[str]:
    """What each way of reading says; only faults of the user may come, and only true numbers."""
    said = []
    for way in (lambda: status(folder), lambda: status(folder, verify=True), lambda: opened(folder, numbers, forged),
                lambda: reproduce(folder, 2, model=SMALL)):
        with in_time(), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                way()
            except UserError as fault:
                assert str(fault).strip() and all(str(each).count("\n") == 0 for each in fault.faults)
                said.append(str(fault))
    return said


def opened(folder: Path, numbers, forged: bool) -> None:
    """Open a study and look at every number."""
    found = open_results(folder, model=SMALL).load()
    if numbers is None or forged:
        return
    for name, variable in found.data_vars.items():
        if "run" in name or name not in numbers:
            continue
        values, true = variable.values.astype(float), numbers[name].values.astype(float)
        assert values.shape == true.shape, name
        assert (np.isnan(values) | (values == true)).all(), f"a wrong number in {name}"


def mended(place: Place, numbers) -> None:
    """A batch mends the folder or refuses it; nothing outside is touched, nothing of others removed."""
    with in_time(), contextlib.suppress(UserError):
        run_study(out=place.folder, **ASKED)
        opened(place.folder, numbers, False)
    assert contents(place.outside) == place.before


# --- one by one


def everything_says(place, words: str) -> None:
    said = read_in_every_way(place.folder)
    assert len(said) == 4 and all(words in sentence for sentence in said), said


@pytest.mark.parametrize(("content", "words"), [
    (b'{"format": "hainan2035-1"}', "was made by another version (hainan2035-1"), (b"[" * 100_000, "is damaged"),
    (b"", "is damaged"), (b"[]", "is damaged"), (b"\xff", "cannot be read"), (b"{}", "is damaged"),
])
def test_a_strange_manifest_is_a_sentence_whoever_reads(content, words, place):
    (place.folder / "manifest.json").write_bytes(content)
    everything_says(place, words)


@pytest.mark.parametrize("text", [
    '{"block": Infinity}', '{"block": 0, "keys": [[1]]}', "[" * 100_000, "null", sealed({"block": 1e18, "runs": [1]}),
    sealed({"block": 0, "size": 1, "sha256": "x", "runs": [{"place": -1}]}),
])
def test_a_strange_marker_vouches_for_nothing(text, place):
    (place.folder / "done" / "000000.json").write_text(text)
    assert read_in_every_way(place.folder) == [] and status(place.folder)["done"] == 10
    assert len(status(place.folder, verify=True)["damaged"]) == 2


@pytest.mark.parametrize("name", ["done/000000.json", "results/000000-02.nc", "runs.csv", "manifest.json", "draws.csv",
                                  "scenarios/low.toml"])
def test_a_pipe_is_not_waited_for(name, place):
    (place.folder / name).unlink()
    os.mkfifo(place.folder / name)
    read_in_every_way(place.folder)


@pytest.mark.parametrize("name", [".lock", ".workers", "log.txt", "results", "done", "scenarios", "failed"])
@pytest.mark.parametrize("kind", ["link", "pipe"])
def test_a_batch_writes_through_no_link_and_waits_for_no_pipe(name, kind, place):
    path = place.folder / name
    shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
    if kind == "pipe":
        os.mkfifo(path)
    else:
        path.symlink_to(place.outside / ("nothing" if "." in name else ""))
    shutil.rmtree(place.folder / ("done" if name != "done" else "results"))  # there is something to do
    with in_time(), pytest.raises(UserError, match=r"is a (link|device), not a (file|folder); remove it"):
        run_study(out=place.folder, **ASKED)
    assert contents(place.outside) == place.before


def test_a_batch_removes_only_what_a_study_wrote(place):
    mine = ["interview.partial", ".draft.tmp", "results/c.x.0", "results/notes.nc", ".manifest.json.12x.tmp",
            "done/.notes.tmp", "done/000000.json.bak", "failed/diary.txt", "scenarios/.low.toml.tmp"]
    theirs = [".manifest.json.12.tmp", "results/.000000-02.nc.12.tmp", "done/.000000.json.12.tmp",
              "results/999999-01.nc"]
    for name in (*mine, *theirs):
        (place.folder / name).parent.mkdir(exist_ok=True)
        (place.folder / name).write_text("mine")
    run_study(out=place.folder, **ASKED)
    assert [name for name in mine if not (place.folder / name).exists()] == []
    assert [name for name in theirs if (place.folder / name).exists()] == []


@pytest.mark.parametrize(("name", "change", "words"), [
    ("runs.csv", lambda text: text.replace("low", "x" * 200_000, 1), "runs.csv"),
    ("draws.csv", lambda text: text.replace("\n1,", "\n7,", 1), "has no draw 1"),
    ("draws.csv", lambda text: text.replace("draw,", "x,", 1), ""),
])
def test_strange_tables_that_the_manifest_vouches_for_are_a_sentence(name, change, words, place):
    path = place.folder / name
    text = path.read_text()
    assert change(text) != text
    path.write_text(change(text))
    vouch(place.folder, name)
    assert any(words in sentence for sentence in read_in_every_way(place.folder)) or not words


def test_a_study_whose_results_are_gone_has_none_and_a_batch_computes_them_again(place, study):
    shutil.rmtree(place.folder / "results")
    assert status(place.folder)["done"] == 0
    run_study(out=place.folder, **ASKED)
    opened(place.folder, study[1], False)
    assert status(place.folder, verify=True)["damaged"] == {} and status(place.folder)["done"] == 12


# --- damage by chance


def ours(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file() and not path.is_symlink())


def flip(chance, place):
    path = chance.choice([path for path in ours(place.folder) if path.stat().st_size])
    content = bytearray(path.read_bytes())
    for _ in range(chance.choice((1, 1, 8))):
        content[chance.randrange(len(content))] ^= 1 << chance.randrange(8)
    path.write_bytes(content)


def cut(chance, place):
    path = chance.choice(ours(place.folder))
    os.truncate(path, chance.randrange(path.stat().st_size + 1))


def lengthen(chance, place):
    path = chance.choice(ours(place.folder))
    with open(path, "ab") as file:
        file.write(chance.choice((b"\0", b"\n", b"x" * 5000, b"}", b"\xff\xfe")))


def remove(chance, place):
    path = chance.choice([*ours(place.folder), *(p for p in place.folder.iterdir() if p.is_dir())])
    shutil.rmtree(path) if path.is_dir() else path.unlink()


def overwrite(chance, place):
    chance.choice(ours(place.folder)).write_bytes(chance.choice(
        (b"", b"{}", b"[]", b"null", b"[" * 100_000, b'{"format": "hainan2035-1"}', b'{"format": "hainan2035-study-1"}',
         b"\x89HDF\r\n\x1a\n" + bytes(100), b"row,scenario,draw,seed,key\n", b"draw\n" + b"9" * 200_000, bytes(4096))))


def exchange(chance, place):
    folder = chance.choice(("results", "done", "scenarios"))
    one, other = chance.sample(sorted((place.folder / folder).iterdir()), 2)
    a, b = one.read_bytes(), other.read_bytes()
    one.write_bytes(b)
    other.write_bytes(a)


def put_in_the_place(chance, place, path: Path):
    """Something that is no file of ours."""
    kind = chance.choice(("link", "dangling", "zero", "loop", "pipe", "folder", "linked folder"))
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
    targets = {"link": place.outside / "precious.txt", "dangling": place.outside / "nothing", "zero": "/dev/zero",
               "loop": path, "linked folder": place.outside}
    if kind in targets:
        path.symlink_to(targets[kind])
    elif kind == "pipe":
        os.mkfifo(path)
    else:
        path.mkdir()


def replace_a_file(chance, place):
    put_in_the_place(chance, place, chance.choice(ours(place.folder)))


def replace_a_folder(chance, place):
    put_in_the_place(chance, place, place.folder / chance.choice(("results", "done", "scenarios", "failed")))


def link_a_folder_to_a_true_copy(chance, place):
    name = chance.choice(("results", "done", "scenarios"))
    shutil.move(place.folder / name, place.outside / name)
    (place.folder / name).symlink_to(place.outside / name)
    place.before = contents(place.outside)


def stray(chance, place):
    folder = place.folder / chance.choice(("", "results", "done", "scenarios", "failed"))
    path = folder / chance.choice(("c.x.0", "000000.json.bak", "999999.json", "999999-01.nc", ".x.12.tmp", "-1.json",
                                   "1e5.json", "٣٣٣٣٣٣.json", "0" * 200 + ".json"))
    if chance.random() < 0.7:
        path.write_bytes(chance.choice((b"", b"{}", bytes(100))))
    else:
        put_in_the_place(chance, place, path)


JUNK = (None, True, [], {}, [[1]], [None], "", "x", "../../outside/precious.txt", "\x00", "\n", "x" * 5000, -1, 2,
        10**30, 0.5, 1e308, {"a": {"b": []}}, ["low", "low"], [0, 0], ["../x"], list(range(3000)))


def walk(thing, path=()):
    """The places of all values in plain data."""
    if isinstance(thing, dict | list):
        for key in (thing if isinstance(thing, dict) else range(len(thing))):
            yield (*path, key)
            yield from walk(thing[key], (*path, key))


def distort(chance, thing) -> None:
    """Put junk somewhere, remove or rename something."""
    *above, last = chance.choice(list(walk(thing)))
    for key in above:
        thing = thing[key]
    if chance.random() < 0.2:
        del thing[last]
    elif isinstance(thing, dict) and chance.random() < 0.2:
        thing[chance.choice(("x", "../x", "", "run", "year", "a\nb", "x" * 300))] = thing.pop(last)
    else:
        thing[last] = json.loads(json.dumps(chance.choice(JUNK)))


def forge_manifest(chance, place):
    path = place.folder / "manifest.json"
    manifest = unsealed(path.read_text())
    manifest.pop("seal", None)
    for _ in range(chance.choice((1, 1, 2))):
        distort(chance, manifest)
    path.write_text(sealed(manifest))


def forge_marker(chance, place):
    path = chance.choice(sorted((place.folder / "done").iterdir()))
    marker = unsealed(path.read_text())
    distort(chance, marker)
    path.write_text(sealed(marker))


def forge_table(chance, place):
    """A table with strange cells, vouched for by the manifest."""
    name = chance.choice(("runs.csv", "draws.csv"))
    path = place.folder / name
    rows = list(csv.reader(io.StringIO(path.read_text())))
    row = chance.choice(rows)
    row[chance.randrange(len(row))] = chance.choice(("", "x", "-1", "1e400", "nan", "9" * 200_000, "9" * 5000, "\0",
                                                     "1.5", "٣", "a,b", "1_0", "=1+1", "../x"))
    if chance.random() < 0.3:
        rows[chance.randrange(len(rows))] = chance.choice(([], ["1"], ["1"] * 100))
    text = io.StringIO()
    csv.writer(text, lineterminator="\n", escapechar="\\").writerows(rows)
    path.write_text(text.getvalue())
    vouch(place.folder, name)


def vouch(folder: Path, name: str) -> None:
    manifest = unsealed((folder / "manifest.json").read_text())
    manifest["files"][name] = hashlib.sha256((folder / name).read_bytes()).hexdigest()
    (folder / "manifest.json").write_text(sealed(manifest))


def forge_block(chance, place):
    """A block's file with other contents than those of a run, vouched for by its marker."""
    path = chance.choice(sorted((place.folder / "results").iterdir()))
    with h5py.File(path, "r+") as file:
        name = chance.choice(sorted(file))
        shape = file[name].shape
        del file[name]
        kind = chance.choice(("missing", "huge", "other shape", "texts", "group", "external link", "soft link",
                              "external data", "scalar", "void", "object"))
        if kind == "huge":
            file.create_dataset(name, shape=(*shape[:1], 10**7, 10**6), chunks=(1, 1, 1), dtype="f4")
        elif kind == "other shape":
            file[name] = np.zeros((*shape, 2), dtype="f4")
        elif kind == "texts":
            file[name] = np.full(shape or (1,), "x", dtype=object).astype(h5py.string_dtype())
        elif kind == "group":
            file.create_group(name)
        elif kind == "external link":
            file[name] = h5py.ExternalLink(str(place.outside / "other.h5"), "/x")
        elif kind == "soft link":
            file[name] = h5py.SoftLink(f"/{name}")
        elif kind == "external data":
            file.create_dataset(name, shape=(8,), dtype="u1", external=[(str(place.outside / "precious.txt"), 0, 8)])
        elif kind == "scalar":
            file[name] = 3.0
        elif kind == "void":
            file[name] = np.void(b"\x00\x01")
        elif kind == "object":
            file.create_dataset(name, shape=(2,), dtype=h5py.ref_dtype)
    for marker in (place.folder / "done").iterdir():
        found = unsealed(marker.read_text())
        if path.name.startswith(f"{found['block']:06d}-"):
            found |= {"size": path.stat().st_size, "sha256": hashlib.sha256(path.read_bytes()).hexdigest()}
            marker.write_text(sealed(found))


BY_CHANCE = (flip, cut, lengthen, remove, overwrite, exchange, replace_a_file, replace_a_folder,
             link_a_folder_to_a_true_copy, stray)
FORGED = (forge_manifest, forge_manifest, forge_manifest, forge_marker, forge_table, forge_block)


def fuzz(place: Place, numbers, seeds) -> None:
    """Damage, read in every way, let a batch mend; whoever finds a fault runs its number alone."""
    for seed in seeds:
        chance = random.Random(seed)
        damage = chance.choice(BY_CHANCE if seed % 3 else FORGED)
        place.anew()
        shutil.rmtree(place.outside)
        place = Place(place.whole, place.folder.parent)
        damage(chance, place)
        forged = damage in FORGED
        try:
            read_in_every_way(place.folder, numbers, forged)
            assert contents(place.outside) == place.before
            if seed % 3 and not forged and (seed % 2 or damage not in (flip, cut, lengthen)):
                mended(place, numbers)
            elif seed % 4 == 0:
                with in_time(), contextlib.suppress(UserError):
                    run_study(out=place.folder, **ASKED)
                assert contents(place.outside) == place.before
        except BaseException as fault:
            fault.add_note(f"case {seed}: {damage.__name__}")
            raise


def test_three_hundred_damaged_folders_are_each_a_sentence(place, study):
    fuzz(place, study[1], range(300))


@pytest.mark.slow
def test_five_thousand_damaged_folders_are_each_a_sentence(place, study):
    fuzz(place, study[1], range(1000, 6000))
