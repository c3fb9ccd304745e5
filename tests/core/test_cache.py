"""What can be made again lies in one folder, under the hash of what made it."""

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

from sim.core import cache
from sim.core.declare import UserError

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def sources(tmp_path, monkeypatch):
    """A folder of sources of which the hash is taken."""
    folder = tmp_path / "sim"
    (folder / "core").mkdir(parents=True)
    (folder / "core" / "a.py").write_text("x = 1\n", encoding="utf-8")
    monkeypatch.setattr(cache, "SOURCES", folder)
    return folder


def taken() -> str:
    return cache.source_hash.__wrapped__()


def test_the_same_sources_have_the_same_hash(sources):
    assert taken() == taken() and len(taken()) == 64


def test_a_changed_a_new_and_a_renamed_source_change_the_hash(sources):
    seen = {taken()}
    (sources / "core" / "a.py").write_text("x = 2\n", encoding="utf-8")
    seen.add(taken())
    (sources / "b.py").write_text("", encoding="utf-8")
    seen.add(taken())
    (sources / "b.py").rename(sources / "c.py")
    seen.add(taken())
    assert len(seen) == 4


def test_what_is_no_source_does_not_change_the_hash(sources):
    before = taken()
    (sources / "notes.txt").write_text("hello", encoding="utf-8")
    assert taken() == before


def test_the_cache_stands_where_the_user_wants_it(tmp_path, monkeypatch):
    wanted = tmp_path / "deep" / "cache"
    monkeypatch.setenv("HAINAN_CACHE", str(wanted))
    assert cache.cache_folder.__wrapped__() == wanted and wanted.is_dir()
    assert list(wanted.iterdir()) == []


SHOWN = "from sim.core import cache; f = cache.cache_folder(); print(f, cache.is_temporary()); (f / 'x').touch()"


def in_a_process(code, **environment):
    return subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=os.environ | environment, capture_output=True,
                          text=True, check=True).stdout.split()


def test_a_place_that_cannot_be_written_is_replaced_by_a_temporary_folder_that_goes_with_its_process(tmp_path):
    blocked, temporary = tmp_path / "file", tmp_path / "temporary"
    blocked.write_text("", encoding="utf-8")
    temporary.mkdir()
    places = {"HAINAN_CACHE": str(blocked / "cache"), "TMPDIR": str(temporary)}
    found, is_temporary = in_a_process(SHOWN, **places)
    assert Path(found).parent == temporary and is_temporary == "True" and list(temporary.iterdir()) == []
    again = f"import subprocess, sys; {SHOWN}; subprocess.run([sys.executable, '-c', {SHOWN!r}], check=True)"
    mine, _, child, _ = in_a_process(again, **places)
    assert mine == child and list(temporary.iterdir()) == []


@pytest.mark.skipif(os.name == "nt", reason="processes are asked for in the way of POSIX")
def test_a_temporary_folder_of_a_killed_process_is_removed_by_the_next_and_no_other_is(tmp_path):
    places = {"HAINAN_CACHE": "/dev/null/cache", "TMPDIR": str(tmp_path)}
    killed, _ = in_a_process(f"{SHOWN}; import os; print(flush=True); os._exit(0)", **places)
    assert [path.name for path in tmp_path.iterdir()] == [Path(killed).name]
    others = [tmp_path / f"hainan-cache-{name}" for name in (f"{os.getpid()}-alive", "notes", "1-")]
    for folder in others:
        folder.mkdir()
    linked = tmp_path / f"{killed}x"
    linked.symlink_to(others[1])
    in_a_process(SHOWN, **places)
    assert sorted(tmp_path.iterdir()) == sorted([*others, linked])


def test_links_and_devices_in_the_cache_folder_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(cache, "cache_folder", lambda: tmp_path)
    (tmp_path / "kernels-1").symlink_to(tmp_path)
    with pytest.raises(UserError, match="is a link"):
        cache.entry("kernels-1")
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "people-1")
        with pytest.raises(UserError, match="is a device"):
            cache.entry("people-1")


def test_a_kernel_is_made_of_its_file_and_of_all_that_this_stands_on(sources):
    """c imports b imports a: a change of a concerns c, a change of what nobody imports does not."""
    (sources / "__init__.py").write_text("", encoding="utf-8")
    (sources / "b.py").write_text("from sim.core.a import (\n    x,\n)\n", encoding="utf-8")
    (sources / "c.py").write_text("from sim import b\n\ny = b.x\n", encoding="utf-8")
    (sources / "alone.py").write_text("z = 1\n", encoding="utf-8")

    def forget() -> None:
        for known in (cache.imported, cache.made_of, cache._digest_of, cache._content, cache._sources):
            known.cache_clear()

    def made() -> str:
        forget()
        return cache.made_of(sources / "c.py")

    assert cache.imported(sources / "c.py") == {sources / "__init__.py", sources / "b.py"}
    before = made()
    assert made() == before
    (sources / "alone.py").write_text("z = 2\n", encoding="utf-8")
    assert made() == before
    (sources / "core" / "a.py").write_text("x = 2\n", encoding="utf-8")
    assert made() != before
    forget()


def test_every_import_between_files_of_the_model_is_seen():
    """The hash of a kernel follows imports at the start of a line, in the form `from sim... import ...`."""
    for path in sorted((ROOT / "sim").rglob("*.py")):
        tree, seen = ast.parse(path.read_text(encoding="utf-8")), cache.imported(path)
        for node in tree.body:
            if isinstance(node, ast.Import):
                assert not any(name.name.split(".")[0] == "sim" for name in node.names), path.relative_to(ROOT)
            if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "sim":
                place = ROOT.joinpath(*node.module.split("."))
                assert seen & {place.with_suffix(".py"), place / "__init__.py"}, (path.relative_to(ROOT), node.module)


def test_kernels_are_kept_under_the_hash_of_what_they_are_made_of(tmp_path):
    code = ("from sim.core import cache, randomness; from pathlib import Path;"
            "print(randomness.mixed.stats.cache_path); print(cache.made_of(Path(randomness.__file__).resolve()))")
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env={**os.environ, "HAINAN_CACHE": str(tmp_path)},
                          capture_output=True, text=True, check=True)
    folder, digest = done.stdout.split()
    assert Path(folder).parent == tmp_path / f"kernels-{digest[:16]}"


def test_nobody_takes_numbas_decorators_but_the_cache():
    """A kernel compiled with Numba's own decorators would not notice a change in a function of another file."""
    for path in sorted((ROOT / "sim").rglob("*.py")):
        if path.name not in ("cache.py", "loading.py"):
            text = path.read_text(encoding="utf-8")
            assert "import numba" not in text and "from numba" not in text, path.relative_to(ROOT)
