"""Atomic files: written under a temporary name, synced to disk, then renamed; with a single writer at a time.

A partial file is called `.NAME.PID.tmp` and is locked by the process that writes it, so that other processes can tell
an active writer from a killed one, and remove the leftovers of the latter.
"""

from __future__ import annotations

import contextlib
import errno
import io
import os
import re
import stat
import tempfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from sim.core.declare import Fault, UserError

STAGE = re.compile(r"\.stage\.\d+\.tmp")
MIXED = "old_and_new.txt"  # stands in a folder while its files are moved
MIXED_SAYS = "Old and new files stand here side by side: writing stopped while they were moved. Write them again.\n"
HALF = re.compile(r"\.(.+)\.\d+\.tmp")
ELSEWHERE = "choose another place with --out"


@contextlib.contextmanager
def writing(path: Path, mend: str = ELSEWHERE) -> Iterator[None]:
    """A file system error as one sentence."""
    try:
        yield
    except OSError as reason:
        raise UserError(Fault(str(path), refusal(reason), mend)) from reason


def refusal(reason: OSError) -> str:
    """Reasons for a failure to write, in words."""
    return {
        errno.ENOSPC: "the disk is full",
        errno.EDQUOT: "the disk quota is used up",
        errno.EFBIG: "a file may not be that large here (ulimit -f)",
        errno.EROFS: "the disk is read-only",
        errno.EACCES: "writing is not allowed here",
        errno.EPERM: "writing is not allowed here",
        errno.ENOTDIR: "a file stands where a folder is needed",
        errno.EEXIST: "a file stands where a folder is needed",
        errno.EISDIR: "a folder stands where a file is needed",
        errno.ENAMETOOLONG: "the name is too long",
        errno.EMFILE: "too many files are open (ulimit -n)",
        errno.ENOMEM: "there is not enough memory",
        errno.EAGAIN: "no further process or thread can be started (ulimit -u, -v)",
    }.get(reason.errno, f"cannot be written ({first_line(reason)})")


def first_line(reason: Exception) -> str:
    """The message of a system error, on one line."""
    text = str(reason).strip().splitlines()
    return (reason.strerror if isinstance(reason, OSError) and reason.strerror else text[0] if text else "")[:200]


class Place:
    """A file reserved for writing by this process; see `claimed`."""

    def __init__(self, path: Path, half: Path, file, before: os.stat_result | None):
        self.path, self.half, self.file, self.before = path, half, file, before

    def put(self, content: bytes | memoryview) -> None:
        """Write the file. If this fails, the content is kept in the temporary folder, as stated in the fault."""
        try:
            self._write(content)
        except OSError as reason:
            self.drop()
            raise UserError(Fault(str(self.path), refusal(reason), _kept_elsewhere(self.path, content))) from reason

    def _write(self, content: bytes | memoryview) -> None:
        view = memoryview(content)
        while view:
            view = view[self.file.write(view):]
        os.fsync(self.file.fileno())
        if not same_file(self.before, _looked_at(self.path)):
            raise OSError(errno.EBUSY, "somebody else has written it in the meantime")
        os.replace(self.half, self.path)
        sync_folder(self.path.parent)

    def drop(self) -> None:
        """Release the claim; no temporary file remains."""
        with contextlib.suppress(OSError):
            self.half.unlink(missing_ok=True)
        self.file.close()


@contextlib.contextmanager
def claimed(path: Path, replace_link: bool = False) -> Iterator[Place]:
    """A file to be written later, whose temporary file is created now, so that errors occur early.

    UserError if the file cannot be created, is a link (unless the link is to be replaced; it is never followed), or is
    about to be written by another process.
    """
    _refuse_what_is_no_file(path, replace_link)
    with writing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        with _held(path.parent):
            for half in left_halves(path.parent, path.suffix):
                with contextlib.suppress(OSError):
                    half.unlink()
            if any(HALF.fullmatch(name)[1] == path.name for name in _halves(path.parent)):
                raise UserError(Fault(str(path), "another process is about to write this file",
                                      f"wait for it, or {ELSEWHERE}"))
            half = path.with_name(f".{path.name}.{os.getpid()}.tmp")
            file = open(half, "xb", buffering=0)
            _lock(file.fileno())
    place = Place(path, half, file, _looked_at(path))
    try:
        yield place
    finally:
        place.drop()


def _refuse_what_is_no_file(path: Path, replace_link: bool) -> None:
    with writing(path):
        kind = kind_of(path)
    if kind == "link" and replace_link:
        return
    if kind in ("folder", "link", "device"):
        mend = {"folder": "name a file in it", "link": "name the file that it leads to"}.get(kind, ELSEWHERE)
        raise UserError(Fault(str(path), f"is a {kind}", mend))


def _halves(folder: Path) -> list[str]:
    return [entry.name for entry in os.scandir(folder) if HALF.fullmatch(entry.name) and not entry.is_symlink()
            and entry.is_file()]


def left_halves(folder: Path, suffix: str) -> Iterator[Path]:
    """Partial files left by killed processes: regular files with such a name that are not locked."""
    for name in (name for name in _halves(folder) if HALF.fullmatch(name)[1].endswith(suffix)):
        with contextlib.suppress(OSError), open(folder / name, "rb") as file:
            if _lock(file.fileno()):
                yield folder / name


def write_whole(path: Path, content: str | bytes) -> None:
    """Write a file under a temporary name, sync it to disk, then rename it."""
    half = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with open(half, "wb") as file:
            file.write(content.encode() if isinstance(content, str) else content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(half, path)
    finally:
        with contextlib.suppress(OSError):
            half.unlink(missing_ok=True)


def sync_folder(folder: Path) -> None:
    """Sync a folder to disk, where supported."""
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def open_regular(path: Path, follow: bool = False) -> io.BufferedReader:
    """A regular file, open for reading, without blocking on a pipe or device; links are followed only on request."""
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    handle = os.open(path, flags if follow else flags | getattr(os, "O_NOFOLLOW", 0))
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise OSError("is not a regular file")
    return os.fdopen(handle, "rb")


def read_regular(path: Path, most: int, follow: bool = False) -> bytes:
    """A regular file of at most so many bytes; OSError where it is larger, or none (see `open_regular`)."""
    with open_regular(path, follow) as file:
        content = file.read(most + 1)
    if len(content) > most:
        raise OSError(f"is larger than {most:,} bytes")
    return content


def kind_of(path: Path) -> str:
    """The kind of object at a path, without following a link: "" (nothing), "file", "folder", "link" or "device"."""
    found = _looked_at(path)
    if found is None:
        return ""
    kinds = ((stat.S_ISREG, "file"), (stat.S_ISDIR, "folder"), (stat.S_ISLNK, "link"))
    return next((name for test, name in kinds if test(found.st_mode)), "device")


def same_file(one: os.stat_result | None, other: os.stat_result | None) -> bool:
    """Whether two stat results refer to the same file, or both to none."""
    if one is None or other is None:
        return one is other
    return (one.st_dev, one.st_ino, one.st_mtime_ns) == (other.st_dev, other.st_ino, other.st_mtime_ns)


def _looked_at(path: Path) -> os.stat_result | None:
    try:
        return os.lstat(path)
    except (FileNotFoundError, NotADirectoryError):
        return None


def _kept_elsewhere(path: Path, content: bytes) -> str:
    """The location where a finished result is kept if it cannot be written, as the remedy in a fault."""
    name = ""
    try:
        handle, name = tempfile.mkstemp(prefix=f"{path.stem}-", suffix=path.suffix)
        with open(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
    except OSError:
        with contextlib.suppress(OSError):
            os.unlink(name)
        return "what was computed is lost, there is no room in the temporary folder either; make room and run it again"
    return f"what was computed is kept as {name}"


# --- several files at once


@contextlib.contextmanager
def staged(folder: Path, ours: Callable[[str], bool]) -> Iterator[Path]:
    """A new folder inside `folder`, whose files are moved to their places there when all of them are written.

    Where anything fails, nothing has been moved. `ours` knows the paths (such as "tables/x.csv") that are written in
    this way: files of such names that were not written this time go, any others stay. Links are never followed.
    UserError where another process is at the same work, or where a link or device stands in a place.
    """
    with writing(folder), contextlib.ExitStack() as held:
        folder.mkdir(parents=True, exist_ok=True)
        if not _hold_alone(folder, held):
            raise UserError(Fault(str(folder), "another process is writing the same files",
                                  "wait until it has finished"))
        for left in folder.iterdir():
            if STAGE.fullmatch(left.name) and kind_of(left) == "folder":
                _remove(left, ours)
        stage = folder / f".stage.{os.getpid()}.tmp"
        stage.mkdir()
        try:
            yield stage
            _move(stage, folder, ours)
        finally:
            _remove(stage, ours)


def refuse_strange_places(folder: Path, files: Iterable[str] = (), folders: Iterable[str] = ()) -> None:
    """UserError where something else stands in the place of a file or folder that is to be written."""
    mend = "remove it, or " + ELSEWHERE
    faults = [Fault(str(folder / name), f"is a {kind}, not a {wanted}", mend)
              for wanted, names in (("file", files), ("folder", folders)) for name in names
              if (kind := kind_of(folder / name)) not in ("", wanted)]
    if faults:
        raise UserError(*faults)


def _move(stage: Path, folder: Path, ours: Callable[[str], bool]) -> None:
    """Move the files of a stage to their places, those of the top last; remove what is ours and of an earlier time.

    Meanwhile, and after a kill until the next time, a file says that old and new stand side by side.
    """
    made = _files(stage)
    inner = {name.partition("/")[0] for name in made if "/" in name}
    refuse_strange_places(folder, [*made, MIXED], inner)
    (stage / MIXED).write_text(MIXED_SAYS, encoding="utf-8")
    for name in (*made, MIXED):
        with open(stage / name, "rb+") as file:
            os.fsync(file.fileno())
    os.replace(stage / MIXED, folder / MIXED)
    sync_folder(folder)
    for name in sorted(made, key=lambda name: "/" not in name):
        (folder / name).parent.mkdir(exist_ok=True)
        os.replace(stage / name, folder / name)
    for name in (name for sub in inner for name in _files(folder / sub, f"{sub}/") if ours(name) and name not in made):
        (folder / name).unlink()
    for sub in ("", *inner):
        sync_folder(folder / sub)
    (folder / MIXED).unlink()
    sync_folder(folder)


def _files(folder: Path, before: str = "") -> list[str]:
    """The regular files of a folder and of those directly inside it, by their paths."""
    found = []
    for entry in sorted(os.scandir(folder), key=lambda entry: entry.name):
        if entry.is_file(follow_symlinks=False):
            found.append(before + entry.name)
        elif entry.is_dir(follow_symlinks=False) and not before:
            found += _files(folder / entry.name, f"{entry.name}/")
    return found


def _remove(stage: Path, ours: Callable[[str], bool]) -> None:
    """Remove a stage: what is ours in it, and the folders that are then empty."""
    with contextlib.suppress(OSError):
        for name in _files(stage):
            if ours(name) or name == MIXED:
                (stage / name).unlink()
        for inner in [*(path for path in stage.iterdir() if kind_of(path) == "folder"), stage]:
            inner.rmdir()


# --- locks

try:
    import fcntl
except ImportError:  # Windows, where a file that is open cannot be removed: that is the lock
    fcntl = None


def _lock(handle: int) -> bool:
    """Lock an open file if it is free; where locks are unsupported, files of other processes count as locked."""
    try:
        if fcntl:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return True
    except OSError:
        return False


def _hold_alone(folder: Path, held: contextlib.ExitStack) -> bool:
    """Hold a folder as long as the stack does; False where another process holds it."""
    if not fcntl:
        return True
    handle = os.open(folder, os.O_RDONLY)
    held.callback(os.close, handle)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:  # a disk without locks
        pass
    LOCKED.add(handle)
    held.callback(LOCKED.discard, handle)
    return True


LOCKED: set[int] = set()
"""Open files that hold the locks of this process."""


def _let_go() -> None:
    """A fork releases inherited locks, so that they end with the original process."""
    while LOCKED:
        with contextlib.suppress(OSError):
            os.close(LOCKED.pop())


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_let_go)


@contextlib.contextmanager
def _held(folder: Path) -> Iterator[None]:
    """One claim at a time in a folder, where folders can be locked."""
    with contextlib.ExitStack() as held:
        if fcntl:
            handle = os.open(folder, os.O_RDONLY)
            held.callback(os.close, handle)
            with contextlib.suppress(OSError):
                fcntl.flock(handle, fcntl.LOCK_EX)
        yield
