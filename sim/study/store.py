"""A study on disk: one folder with everything needed to rerun it.

    manifest.json         what the folder is: study, scenarios, draws, seeds, weight, horizon, level of detail; every
                          stored variable with its dimensions, type and attributes; the labels of dimensions; hashes of
                          code, data and lock; the hashes of the tables below
    study.toml, scenarios/*.toml, draws.csv    the request, resolved; parts.csv for an attribution between
                          parts other than the provisions
    runs.csv              the runs that the study names, and the row planned for each: block * runs of a block + place
    results/BBBBBB-NN.nc  the NN finished runs of block BBBBBB, in the order of their places (sim/study/container.py)
    done/BBBBBB.json      its marker: the file's size and SHA-256, and the runs in it by their places
    failed/*.txt          the causes of failed runs
    log.txt, .lock, .workers

A block corresponds to one task of a worker, one file and one marker: at most two files per block, for any number of
variables. Only runs named by a marker count as present: failed or interrupted runs of a block are not in its file, and
when they are run later, the file is replaced by one with more runs. Missing runs have no rows.

Everything is verified. `manifest.json` and the markers are sealed: their last entry is the SHA-256 of the text before
it. A marker contains the hash of its block's file, the manifest those of the tables and labels. Reading verifies the
seals, the keys of the runs in the file and the checksums of the arrays; `damage` and a starting batch verify the hash
of every block's file. A key is the hash of all inputs of a run: scenario, draw, seed, weight, horizon, level of detail,
code and data. No times are stored.

Every file is written under a temporary name, synced to disk and then renamed; a marker only after its block's file.
Only regular files are read, no links are followed, and only files with the names above are ever removed.
"""

from __future__ import annotations

import contextlib
import csv
import errno
import hashlib
import io
import json
import os
import re
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sim.core.declare import Fault, UserError
from sim.core.files import HALF, open_regular, read_regular, refuse_strange_places, sync_folder, write_whole, writing
from sim.core.toml_file import proper_name
from sim.study.draws import Draw, read_draws
from sim.study.manifest import check

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

FORMAT = "hainan2035-study-2"
RESUME = "then run the same command again: finished runs are kept"
AGAIN = "run the same batch again: damaged files are recomputed"
HARMLESS = {".DS_Store", "Thumbs.db", "desktop.ini"}
LOCKS = {".lock", ".workers"}
FOLDERS = ("scenarios", "results", "done", "failed")
RUNS_HEADER = ("row", "scenario", "draw", "seed", "key")
CONTAINER = re.compile(r"\d{6,}-\d{2,}\.nc")
MARKER = re.compile(r"\d{6,}\.json")
KEY = re.compile(r"[0-9a-f]{32}")
PATIENCE = 60.0  # seconds to wait for the workers of a killed batch to exit
MOST_BYTES = {"manifest.json": 64_000_000, "runs.csv": 256_000_000, "marker": 1_000_000}
MOST_IN_BLOCK = 32


def block_rows(weight: int) -> int:
    """Runs per block: a function of the weight only, about a second of work."""
    return max(1, min(MOST_IN_BLOCK, int(weight**0.5)))


def refuse_no_room(folder: Path) -> None:
    """UserError where a folder takes no files or cannot be made: a file is in its way, or writing is not allowed."""
    place = folder.absolute()
    while not os.path.lexists(place):
        place = place.parent
    with writing(folder):
        if not place.is_dir():
            raise NotADirectoryError(errno.ENOTDIR, "")
        if not os.access(place, os.W_OK | os.X_OK):
            raise PermissionError(errno.EACCES, "")


def digest(thing: object) -> str:
    """Hash of JSON-compatible data."""
    text = json.dumps(thing, sort_keys=True, ensure_ascii=True, allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()[:32]


class DamagedStudy(UserError):
    """A file of a study differs from what was written."""


@dataclass(frozen=True)
class Run:
    """One run of a study. `key` is the hash of all its inputs."""

    scenario: str
    draw: int
    seed: int
    key: str

    def __str__(self) -> str:
        return f"{self.scenario}, draw {self.draw}, seed {self.seed}"

    @property
    def file(self) -> str:
        """The name of its file in failed/."""
        return f"{self.scenario}_draw{self.draw}_seed{self.seed}.txt"


@dataclass(frozen=True)
class Marker:
    """The marker of a block's file: its size, its hash, and its runs by position."""

    block: int
    size: int
    sha256: str
    runs: Mapping[int, Run]

    @property
    def file(self) -> str:
        """The name of the block's file in results/."""
        return f"{self.block:06d}-{len(self.runs):02d}.nc"

    @property
    def keys(self) -> list[str]:
        """The keys of the runs, in the order of the file."""
        return [self.runs[place].key for place in sorted(self.runs)]

    def text(self) -> str:
        """The marker as text."""
        runs = [{"place": place, **asdict(self.runs[place])} for place in sorted(self.runs)]
        return sealed({"block": self.block, "size": self.size, "sha256": self.sha256, "runs": runs})

    @classmethod
    def read(cls, text: str) -> Marker:
        """Parse a marker; ValueError if it is invalid or has been changed."""
        found = unsealed(text)
        try:
            runs = {_whole(run["place"]): Run(_name(run["scenario"]), _whole(run["draw"]), _whole(run["seed"]),
                                              _key(run["key"])) for run in found["runs"]}
            marker = cls(_whole(found["block"]), _whole(found["size"]), str(found["sha256"]), runs)
        except (KeyError, TypeError) as reason:
            raise ValueError("it is not a marker") from reason
        if not runs or len(runs) != len(found["runs"]) or max(runs) >= MOST_IN_BLOCK or marker.block >= 10**9:
            raise ValueError("it is not a marker")
        return marker


def _whole(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 2**63:
        raise ValueError(f"{str(value)[:40]!r} is not a whole number")
    return value


def _name(value: object) -> str:
    if not proper_name(value):
        raise ValueError("a scenario has no name")
    return str(value)


def _key(value: object) -> str:
    if not isinstance(value, str) or not KEY.fullmatch(value):
        raise ValueError("a run has no key")
    return value


def sealed(thing: Mapping[str, object]) -> str:
    """Data as JSON, one entry per line, whose last entry, `seal`, is the SHA-256 of the text before it."""
    text = "{\n " + ",\n ".join(f"{json.dumps(name)}: {json.dumps(value, ensure_ascii=False, allow_nan=False)}"
                                for name, value in thing.items())
    return f'{text},\n "seal": "{hashlib.sha256(text.encode()).hexdigest()}"\n}}\n'


def unsealed(text: str) -> dict:
    """The data of a sealed text; ValueError if it has been changed."""
    before, sign, seal = text.rpartition(',\n "seal": "')
    if not sign or seal != f'{hashlib.sha256(before.encode()).hexdigest()}"\n}}\n':
        raise ValueError("it has been changed")
    try:
        found = json.loads(before + "\n}")
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
    if not isinstance(found, dict):
        raise ValueError("it is not a table")
    return found


class Folder:
    """The files of a study, by name."""

    def __init__(self, path: str | Path):
        self.path = Path(path)

    @property
    def exists(self) -> bool:
        """Whether the folder is a study."""
        return (self.path / "manifest.json").is_file()

    def manifest(self) -> dict:
        """The manifest: study, level of detail, variables, labels and hashes."""
        path = self.path / "manifest.json"
        try:
            text = read_regular(path, MOST_BYTES["manifest.json"]).decode()
        except FileNotFoundError:
            raise UserError(Fault(str(self.path), "is not the folder of a study (it has no manifest.json)")) from None
        except NotADirectoryError:
            raise UserError(Fault(str(self.path), "is a file, not the folder of a study")) from None
        except (OSError, ValueError):
            raise DamagedStudy(Fault(str(path), "cannot be read", AGAIN)) from None
        refuse_strange_places(self.path, folders=FOLDERS)
        try:
            found = unsealed(text)
            check(found)
            return found
        except ValueError as reason:
            _refuse_another_version(self.path, text)
            raise DamagedStudy(Fault(str(path), f"is damaged: {reason}", AGAIN)) from None

    # --- runs, draws, scenarios

    def write_tables(self, runs: Mapping[int, Run], draws: Sequence[Mapping], scenarios: Mapping[str, str],
                     study: str, manifest: Mapping, more: Mapping[str, str] | None = None) -> None:
        """Write the table of runs and all inputs; `more` are further files named in the study."""
        files = {f"scenarios/{name}.toml": text for name, text in scenarios.items()} | dict(more or {})
        files |= {"draws.csv": _csv(draws), "study.toml": study,
                  "runs.csv": _csv([{"row": row, **vars(runs[row])} for row in sorted(runs)], RUNS_HEADER)}
        hashes = {name: hashlib.sha256(text.encode()).hexdigest() for name, text in files.items()}
        about = sealed({"format": FORMAT, **manifest, "files": hashes})
        if not self.exists:  # the first file marks the folder as a study
            write_whole(self.path / "manifest.json", about)
        for folder in FOLDERS:
            (self.path / folder).mkdir(exist_ok=True)
        for name, text in files.items():
            write_whole(self.path / name, text)
        write_whole(self.path / "manifest.json", about)

    def _table(self, name: str) -> str:
        """The text of a table, verified against the manifest."""
        path = self.path / name
        try:
            content = read_regular(path, MOST_BYTES["runs.csv"])
        except OSError:
            raise DamagedStudy(Fault(str(path), "cannot be read", AGAIN)) from None
        if hashlib.sha256(content).hexdigest() != self._hashes().get(name):
            raise DamagedStudy(Fault(str(path), "is damaged: its contents have changed since it was written", AGAIN))
        return content.decode()

    def _hashes(self) -> Mapping[str, str]:
        found = self.manifest().get("files")
        return found if isinstance(found, dict) else {}

    def runs(self) -> dict[int, Run]:
        """The runs of the study, by row."""
        text = self._table("runs.csv")
        try:
            return {int(r["row"]): Run(r["scenario"], int(r["draw"]), int(r["seed"]), r["key"])
                    for r in csv.DictReader(io.StringIO(text))}
        except (ValueError, KeyError, TypeError, csv.Error):
            raise DamagedStudy(Fault(str(self.path / "runs.csv"), "cannot be read", AGAIN)) from None

    def draws(self) -> list[Draw]:
        """The rows of draws.csv."""
        self._table("draws.csv")
        return list(read_draws(self.path / "draws.csv"))

    def scenario(self, name: str) -> Path:
        """The file of a scenario, verified."""
        self._table(f"scenarios/{name}.toml")
        return self.path / "scenarios" / f"{name}.toml"

    # --- blocks

    def container(self, marker: Marker) -> Path:
        """The file of a block."""
        return self.path / "results" / marker.file

    def markers(self, whole: bool = False) -> tuple[dict[int, Marker], dict[int, str]]:
        """The valid markers by block, and the faults of the others.

        A marker is valid if it can be read and its block's file has the given size; with `whole`, also the given hash.
        """
        markers, damaged = {}, {}
        for name in _names(self.path / "done", MARKER):
            number, path = int(name.removesuffix(".json")), self.path / "done" / name
            if name != f"{number:06d}.json":  # not a marker
                continue
            try:
                marker = Marker.read(read_regular(path, MOST_BYTES["marker"]).decode())
                if marker.block != number:
                    raise ValueError("it names another block")
            except (OSError, ValueError) as reason:
                _refuse_what_may_pass(path, reason)
                damaged[number] = f"its marker is damaged ({_reason(reason)})"
                continue
            wrong = self._wrong_with(marker, whole)
            if wrong:
                damaged[number] = wrong
            else:
                markers[number] = marker
        return markers, damaged

    def _wrong_with(self, marker: Marker, whole: bool) -> str:
        """The fault of a block's file, or an empty text."""
        try:
            with open_regular(self.container(marker)) as file:
                if os.fstat(file.fileno()).st_size != marker.size:
                    return f"{marker.file} has another size than when it was written"
                if whole and hashlib.file_digest(file, "sha256").hexdigest() != marker.sha256:
                    return f"{marker.file} is not what was written"
        except OSError as reason:
            _refuse_what_may_pass(self.container(marker), reason)
            return f"{marker.file} cannot be read ({_reason(reason)})"
        return ""

    def damage(self) -> dict[str, str]:
        """All damaged runs and tables with their faults, verified byte by byte."""
        found = {}
        try:
            runs = self.runs()
        except DamagedStudy as error:
            runs = {}
            found["runs.csv"] = error.faults[0].what
        for name in self._hashes():
            if name != "runs.csv":
                try:
                    self._table(name)
                except DamagedStudy as error:
                    found[name] = error.faults[0].what
        rows = self.manifest().get("block", 1)
        for number, wrong in self.markers(whole=True)[1].items():
            named = [run for row, run in runs.items() if row // rows == number]
            found |= {str(run): wrong for run in named} or {f"block {number}": wrong}
        return found

    def write_container(self, block: int, runs: Mapping[int, Run], content: bytes) -> Marker:
        """Write the file of a block, without its marker."""
        marker = Marker(block, len(content), hashlib.sha256(content).hexdigest(), dict(sorted(runs.items())))
        write_whole(self.container(marker), content)
        return marker

    def mark(self, marker: Marker, before: Marker | None = None) -> None:
        """Mark the runs of a block as finished, and remove the file it replaces."""
        sync_folder(self.path / "results")
        write_whole(self.path / "done" / f"{marker.block:06d}.json", marker.text())
        sync_folder(self.path / "done")
        if before is not None and before.file != marker.file:
            with contextlib.suppress(OSError):
                self.container(before).unlink()

    def drop(self, block: int) -> None:
        """Remove the marker and the file of a damaged block."""
        (self.path / "done" / f"{block:06d}.json").unlink(missing_ok=True)
        for name in _names(self.path / "results", CONTAINER):
            if name.startswith(f"{block:06d}-"):
                (self.path / "results" / name).unlink(missing_ok=True)

    def read(self, marker: Marker, names: Iterable[str]) -> dict[str, NDArray[np.generic]]:
        """Variables of a block [run, year, ...], verified; UserError if they are damaged."""
        from sim.study import container

        path = self.container(marker)
        try:
            with open_regular(path) as raw, container.opened(raw) as file:
                if container.keys_of(file) != marker.keys:
                    raise ValueError("it holds other runs")
                found = {name: container.array_of(file, name) for name in names}
            if any(len(values) != len(marker.runs) for values in found.values()):
                raise ValueError("it holds more or fewer runs")
            return found
        except container.DAMAGE as reason:
            raise damaged(path, reason) from None

    # --- failures and the log

    def fail(self, run: Run, sentence: str, cause: str) -> None:
        """Record the cause of a failed run."""
        write_whole(self.path / "failed" / run.file, f"{run}: {sentence}\n\n{cause}".rstrip() + "\n")

    def forget_failure(self, run: Run) -> None:
        """Remove the record of failed runs that are retried."""
        (self.path / "failed" / run.file).unlink(missing_ok=True)

    def failure(self, run: Run) -> str:
        """The error message of a failed run, or an empty text."""
        try:
            text = read_regular(self.path / "failed" / run.file, MOST_BYTES["marker"]).decode(errors="replace")
        except OSError:
            return ""
        return text.partition("\n")[0].removeprefix(f"{run}: ")

    def log(self, *lines: str) -> None:
        """Add lines to log.txt."""
        with (self.path / "log.txt").open("a", encoding="utf-8", newline="\n") as file:
            file.writelines(line + "\n" for line in lines)

    # --- one batch at a time

    @contextlib.contextmanager
    def locked(self, announce: Callable[[str], object] = lambda sentence: None) -> Iterator[None]:
        """Lock the folder for one batch; the operating system releases the lock when the process dies."""
        self.check()
        with writing(self.path):
            self.path.mkdir(parents=True, exist_ok=True)
            lock = (self.path / ".lock").open("ab")
        with lock:
            if not _lock(lock):
                raise UserError(Fault(str(self.path), "another batch is running in this folder",
                                      "wait for it, or choose another folder with --out"))
            _mine.add(lock)
            try:
                with writing(self.path, RESUME):
                    workers = (self.path / ".workers").open("ab")
                with workers:
                    _wait_for(workers, announce)
                self._sweep()
                yield
            finally:
                _mine.discard(lock)

    def _sweep(self) -> None:
        """Remove leftovers of a killed batch, identified by name: temporary files, and block files without a marker or
        with a different number of runs than their marker.
        """
        named = {marker.file for marker in self.markers()[0].values()}
        left = [self.path / "results" / name for name in _names(self.path / "results", CONTAINER) if name not in named]
        for folder in ("", *FOLDERS):
            left += [self.path / folder / name for name in _names(self.path / folder, HALF)
                     if (half := HALF.fullmatch(name)) and _ours(folder, half[1])]
        for path in left:
            with contextlib.suppress(OSError):
                path.unlink()

    def check(self) -> None:
        """UserError if a batch may not write here."""
        if not os.path.lexists(self.path):
            refuse_no_room(self.path)
        self._refuse_foreign()
        with writing(self.path):  # without following links or blocking on a pipe
            refuse_strange_places(self.path, [*LOCKS, "log.txt"], FOLDERS)

    def _refuse_foreign(self) -> None:
        """UserError unless the folder is empty or that of the study."""
        if self.exists:
            try:
                self.manifest()
            except DamagedStudy:
                if not self._looks_like_a_study():
                    raise UserError(Fault(str(self.path / "manifest.json"), "is not that of a study, or damaged beyond "
                                          "what can be mended", "choose another folder with --out")) from None
            return
        try:
            there = [entry.name for entry in os.scandir(self.path)]
        except (FileNotFoundError, NotADirectoryError):
            return
        except OSError as reason:
            raise UserError(Fault(str(self.path), f"cannot be opened ({reason.strerror})")) from None
        foreign = sorted(name for name in there if name not in HARMLESS | LOCKS and not HALF.fullmatch(name))
        if foreign:
            raise UserError(Fault(str(self.path), f"is not empty and not a study (it holds {foreign[0]!r})",
                                  "choose an empty or a new folder with --out"))

    def _looks_like_a_study(self) -> bool:
        """Whether a folder with a damaged manifest is still a study of this version, which a batch can repair."""
        try:
            text = read_regular(self.path / "manifest.json", MOST_BYTES["manifest.json"]).decode(errors="replace")
            header = read_regular(self.path / "runs.csv", MOST_BYTES["runs.csv"]).decode(errors="replace")
        except OSError:
            return False
        return f'"{FORMAT}"' in text[:200] and header.startswith(",".join(RUNS_HEADER) + "\n")


def _refuse_another_version(path: Path, text: str) -> None:
    """UserError for a manifest of an earlier version."""
    found = re.search(r'"format": "(hainan2035-[\w-]{1,20})"', text[:2000])
    if found and found[1] != FORMAT:
        raise UserError(Fault(str(path), f"was made by another version ({found[1]}, not {FORMAT})",
                              "run the study again into an empty folder"))


def _refuse_what_may_pass(path: Path, reason: Exception) -> None:
    """Only a missing file or a non-file counts as damage to be recomputed; other system errors (too many open files,
    disk failure, missing permissions) are raised.
    """
    if isinstance(reason, OSError) and reason.errno not in (None, errno.ENOENT, errno.ELOOP, errno.ENXIO, errno.EISDIR):
        raise UserError(Fault(str(path), f"cannot be read ({_reason(reason)})"))


def damaged(path: Path, reason: Exception) -> DamagedStudy:
    """The fault of a damaged file."""
    return DamagedStudy(Fault(str(path), f"is damaged ({_reason(reason)})", AGAIN))


def _names(folder: Path, pattern: re.Pattern[str]) -> list[str]:
    """The matching names in a folder, sorted; empty without a folder."""
    if folder.is_symlink():
        return []
    try:
        return sorted(entry.name for entry in os.scandir(folder) if pattern.fullmatch(entry.name))
    except OSError:
        return []


def _ours(folder: str, name: str) -> bool:
    """Whether a file name is one that a study writes in its folders."""
    return {"": name in ("manifest.json", "runs.csv", "draws.csv", "parts.csv", "study.toml"),
            "results": bool(CONTAINER.fullmatch(name)), "done": bool(MARKER.fullmatch(name)),
            "scenarios": proper_name(name.removesuffix(".toml")) and name.endswith(".toml"),
            "failed": bool(re.fullmatch(r".+_draw\d+_seed\d+\.txt", name))}[folder]


def _reason(reason: Exception) -> str:
    """The message of a system or library error, on one line."""
    if isinstance(reason, OSError) and reason.strerror and reason.errno:
        return reason.strerror.lower()
    return (str(reason).strip().splitlines() or [type(reason).__name__])[0][:120]


def _csv(rows: Sequence[Mapping], columns: Sequence[str] = ()) -> str:
    text = io.StringIO()
    names = list(columns or rows[0])
    table = csv.writer(text, lineterminator="\n")
    table.writerow(names)
    table.writerows([[row[name] for name in names] for row in rows])
    return text.getvalue()


# --- locks of the operating system

if sys.platform != "win32":
    import fcntl

    def _lock(file, shared: bool = False) -> bool:
        """Acquire a lock if free; the kernel releases it when the file is closed or the process ends."""
        try:
            fcntl.flock(file, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
            return True
        except OSError:
            return False
else:
    import msvcrt

    def _lock(file, shared: bool = False) -> bool:
        """Acquire a lock if free; shared locks are not available here and are skipped."""
        if shared:
            return True
        try:
            file.seek(0)
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
            return True
        except OSError:
            return False


_mine: set = set()  # locks held by batches of this process


def _let_go() -> None:
    """Release locks in a fork, which would otherwise keep the folder locked after this process ends."""
    while _mine:
        _mine.pop().close()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_let_go)


def _wait_for(workers, announce: Callable[[str], object]) -> None:
    """Wait until the workers of a killed batch, which share a lock on this file, have ended."""
    announced = False
    for _ in range(int(PATIENCE / 0.05)):
        if _lock(workers):
            return
        if not announced:
            announce("waiting for the workers of an earlier batch to end")
            announced = True
        time.sleep(0.05)
    raise UserError(Fault(str(Path(workers.name).parent), "workers of an earlier batch are still running here",
                          "stop them, or choose another folder with --out"))


@contextlib.contextmanager
def worker_at(path: Path) -> Iterator[None]:
    """A worker's shared lock on the folder, for its lifetime."""
    with (Path(path) / ".workers").open("ab") as file:
        _lock(file, shared=True)
        yield
