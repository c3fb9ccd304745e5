"""A study on disk: one folder that holds all that is needed to run it again.

    study.toml  scenarios/  draws.csv  runs.csv  results.zarr  done/  failed/  manifest.json  log.txt

Arrays have one growing axis, `run`: `[run, year, county, ...]`, numbers only; `runs.csv` says which scenario, draw and
seed a row is. A block of rows is at once the task, the chunk and the marker: written whole by one worker, then
`done/<block>.json` names the keys of its runs. A block without a marker is garbage and is written again. Every file is
written beside its place and then renamed, so that a killed process leaves no half of one.
"""

from __future__ import annotations

import contextlib
import csv
import hashlib
import io
import json
import os
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from sim.core.dataset import FORMAT, card_attributes, coordinate_attributes, writing
from sim.core.declare import Card, Fault, UserError
from sim.study.draws import read_draws

RESUME = "then run the same command again: finished runs are kept"
HARMLESS = {".DS_Store", "Thumbs.db", "desktop.ini"}
COMPRESSION = 1  # zstd level: the first already takes what counts give away
FLAT = {"name": "default", "separator": "."}  # the chunks of an array lie side by side
COORDINATES = ("year", "county")  # arrays that are labels
PATIENCE = 60.0  # seconds to wait for the workers of a killed batch to notice it


def missing_value(dtype) -> float | int:
    """What stands in the row of a run that is not there: nan, or -1 among counts."""
    return np.nan if np.dtype(dtype).kind == "f" else -1


def block_rows(weight: int) -> int:
    """Runs in a block: from the weight alone, about a second of work whatever the machine."""
    return max(1, min(32, int(weight**0.5)))


def digest(thing: object) -> str:
    """Hash of plain data."""
    text = json.dumps(thing, sort_keys=True, ensure_ascii=True, allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()[:32]


@dataclass(frozen=True)
class Run:
    """One run of a study: what a row of the arrays is."""

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


def write_whole(path: Path, content: str | bytes) -> None:
    """Write a file beside its place, then rename it."""
    half = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    half.write_bytes(content.encode() if isinstance(content, str) else content)
    os.replace(half, path)


class Folder:
    """The files of a study, by name."""

    def __init__(self, path: str | Path):
        self.path = Path(path)

    @property
    def zarr(self) -> Path:
        return self.path / "results.zarr"

    @property
    def exists(self) -> bool:
        """Whether the folder is a study."""
        return (self.path / "manifest.json").is_file()

    def manifest(self) -> dict:
        """What the folder is: its study, level of detail and hashes."""
        try:
            manifest = json.loads((self.path / "manifest.json").read_text(encoding="utf-8"))
            found = manifest["format"]
        except FileNotFoundError:
            raise UserError(Fault(str(self.path), "is not the folder of a study (it has no manifest.json)")) from None
        except NotADirectoryError:
            raise UserError(Fault(str(self.path), "is a file, not the folder of a study")) from None
        except (OSError, ValueError, KeyError, TypeError):
            raise UserError(Fault(str(self.path / "manifest.json"), "cannot be read")) from None
        if found != FORMAT:
            raise UserError(Fault(str(self.path), f"was made by another version ({found}, not {FORMAT})",
                                  "run the study again into an empty folder"))
        return manifest

    # --- runs, draws, scenarios

    def write_tables(self, runs: Mapping[int, Run], draws: Sequence[Mapping], scenarios: Mapping[str, str],
                     study: str, manifest: Mapping) -> None:
        """Write down which rows are which runs, and all that made them."""
        about = json.dumps(manifest, indent=1, ensure_ascii=False) + "\n"
        if not self.exists:  # the first file says that the folder is a study
            write_whole(self.path / "manifest.json", about)
        for folder in (self.path / name for name in ("scenarios", "done", "failed")):
            folder.mkdir(exist_ok=True)
        for name, text in scenarios.items():
            write_whole(self.path / "scenarios" / f"{name}.toml", text)
        rows = [{"row": row, **vars(runs[row])} for row in sorted(runs)]
        write_whole(self.path / "draws.csv", _csv(draws))
        write_whole(self.path / "runs.csv", _csv(rows, ("row", "scenario", "draw", "seed", "key")))
        write_whole(self.path / "study.toml", study)
        write_whole(self.path / "manifest.json", about)

    def runs(self) -> dict[int, Run]:
        """The runs that the study names, by row."""
        path = self.path / "runs.csv"
        try:
            with path.open(encoding="utf-8", newline="") as file:
                return {int(r["row"]): Run(r["scenario"], int(r["draw"]), int(r["seed"]), r["key"])
                        for r in csv.DictReader(file)}
        except (OSError, ValueError, KeyError, TypeError):
            raise UserError(Fault(str(path), "cannot be read", f"restore it, or {RESUME}")) from None

    def draws(self) -> list[dict]:
        """The rows of draws.csv."""
        return list(read_draws(self.path / "draws.csv"))

    # --- markers

    def done(self) -> dict[str, int]:
        """Keys of finished runs and their rows; only blocks whose chunks are all there count."""
        found: dict[str, int] = {}
        for block, keys in self._markers().items():
            for place, key in enumerate(keys):
                if key:
                    found[key] = block * len(keys) + place
        return found

    def finished_blocks(self) -> set[int]:
        """Blocks with a marker and all their chunks."""
        return set(self._markers())

    def _markers(self) -> dict[int, list]:
        """Keys by finished block. A marker that cannot be read, or whose chunks are not all there, is none."""
        chunks = Counter(int(entry.name.split(".")[1]) for name in self.stored()
                         for entry in os.scandir(self.zarr / name) if entry.name.startswith("c."))
        markers = {}
        for path in sorted((self.path / "done").glob("[0-9]*.json")):
            with contextlib.suppress(ValueError, KeyError, TypeError):
                marker = json.loads(path.read_text(encoding="utf-8"))
                block, keys = int(marker["block"]), list(marker["keys"])
                if chunks[block] >= int(marker["arrays"]):
                    markers[block] = keys
        return markers

    def mark(self, block: int, keys: Sequence[str | None], arrays: int) -> None:
        """Say that a block is finished; a run that failed has no key."""
        marker = {"block": block, "arrays": arrays, "keys": list(keys)}
        write_whole(self.path / "done" / f"{block:06d}.json", json.dumps(marker) + "\n")

    # --- failures and the log

    def fail(self, run: Run, sentence: str, cause: str) -> None:
        """Keep the cause of a failed run."""
        write_whole(self.path / "failed" / run.file, f"{run}: {sentence}\n\n{cause}".rstrip() + "\n")

    def forget_failure(self, run: Run) -> None:
        """A run that is tried again has not failed yet."""
        (self.path / "failed" / run.file).unlink(missing_ok=True)

    def failure(self, run: Run) -> str:
        """The sentence of a failed run, or an empty text."""
        try:
            first = (self.path / "failed" / run.file).read_text(encoding="utf-8").splitlines()[0]
        except (OSError, IndexError):
            return ""
        return first.removeprefix(f"{run}: ")

    def log(self, *lines: str) -> None:
        """Add lines to log.txt."""
        with (self.path / "log.txt").open("a", encoding="utf-8", newline="\n") as file:
            file.writelines(line + "\n" for line in lines)

    # --- one batch at a time

    @contextlib.contextmanager
    def held(self, announce: Callable[[str], object] = lambda sentence: None) -> Iterator[None]:
        """Hold the folder for one batch; the operating system frees it when the holder dies."""
        self._refuse_foreign()
        with writing(self.path):
            self.path.mkdir(parents=True, exist_ok=True)
            lock = (self.path / ".lock").open("ab")
        with lock:
            if not _lock(lock):
                raise UserError(Fault(str(self.path), "another batch is at work in this folder",
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
        """Remove the halves of files that a killed batch left behind (they are ours by their names)."""
        places = [self.path, *(self.path / name for name in ("scenarios", "done", "failed")), self.zarr,
                  *(self.zarr / name for name in self.stored())]
        for half in (path for place in places for kind in (".*.tmp", "*.partial") for path in place.glob(kind)):
            with contextlib.suppress(OSError):
                half.unlink(missing_ok=True)

    def _refuse_foreign(self) -> None:
        """A study writes into an empty folder or into its own."""
        if self.exists:
            self.manifest()
            return
        try:
            there = [entry.name for entry in os.scandir(self.path)]
        except (FileNotFoundError, NotADirectoryError):
            return
        except OSError as reason:
            raise UserError(Fault(str(self.path), f"cannot be opened ({reason.strerror})")) from None
        foreign = sorted(n for n in there if n not in HARMLESS | {".lock", ".workers"} and not n.endswith(".tmp"))
        if foreign:
            raise UserError(Fault(str(self.path), f"is not empty and not a study (it holds {foreign[0]!r})",
                                  "choose an empty or a new folder with --out"))

    # --- arrays

    def create_arrays(self, cards: Mapping[str, Card], sizes: Mapping[str, int], rows: int, block: int,
                  labels: Mapping[str, Sequence[int]]) -> None:
        """Create the arrays and lengthen them to hold this many rows (only the parent does so, between blocks)."""
        import zarr
        from zarr.codecs import ZstdCodec

        group = zarr.open_group(self.zarr, mode="a", attributes={"format": FORMAT})
        for name, values in labels.items():
            values = np.asarray(values, dtype=np.int64)
            if name not in group:
                group.create_array(name, shape=values.shape, dtype=values.dtype, chunks=values.shape, fill_value=0,
                                   dimension_names=[name], chunk_key_encoding=FLAT,
                                   attributes=coordinate_attributes(name))
            if not np.array_equal(group[name][:], values):  # also where a batch was killed between array and labels
                group[name][:] = values
        for name, card in cards.items():
            shape = shape_of(card, sizes)
            if name not in group:
                group.create_array(
                    name, shape=(rows, *shape), chunks=(block, *shape), dtype=card.dtype,
                    fill_value=missing_value(card.dtype), compressors=ZstdCodec(level=COMPRESSION),
                    chunk_key_encoding=FLAT,
                    dimension_names=["run", "year", *card.dims], attributes=card_attributes(card),
                )
                continue
            array = group[name]
            if array.chunks != (block, *shape) or array.dtype != np.dtype(card.dtype):
                raise UserError(Fault(str(self.path), f"holds {name} in another shape, from other sources",
                                      "choose another folder with --out"))
            if array.shape[0] < rows:
                array.resize((rows, *shape))

    def rows(self) -> int:
        """The length of the axis; 0 before there is one."""
        lengths = []
        for path in self.zarr.glob("*/zarr.json"):
            about = json.loads(path.read_text(encoding="utf-8"))
            if about.get("dimension_names", [""])[0] == "run":
                lengths.append(about["shape"][0])
        return max(lengths, default=0)

    def write_block(self, block: int, arrays: Mapping[str, np.ndarray]) -> None:
        """Write the chunks of a block; each array is whole and no other chunk is touched.

        A chunk is the block by construction, so it is written as the format says (little-endian bytes, zstd) without
        opening the arrays: a tenth of the time, and nothing that a reader would notice.
        """
        from numcodecs.zstd import Zstd

        codec = Zstd(level=COMPRESSION)
        for name, values in arrays.items():
            values = np.ascontiguousarray(values, dtype=values.dtype.newbyteorder("<"))
            write_whole(self.zarr / name / _chunk(block, values.ndim), codec.encode(values))

    def read(self, names: Iterable[str], rows: Sequence[int]) -> dict[str, np.ndarray]:
        """Rows of the arrays."""
        import zarr

        group = zarr.open_group(self.zarr, mode="r")
        rows = np.asarray(rows, dtype=np.int64)
        found = {}
        for name in names:
            array = group[name]
            whole = (slice(None),) * (array.ndim - 1)
            found[name] = array.oindex[(rows, *whole)] if rows.size else np.empty((0, *array.shape[1:]), array.dtype)
        return found

    def read_label(self, name: str) -> np.ndarray:
        """The labels of a dimension."""
        import zarr

        return zarr.open_group(self.zarr, mode="r")[name][:]

    def stored(self) -> tuple[str, ...]:
        """Names of the stored variables."""
        return tuple(sorted(p.parent.name for p in self.zarr.glob("*/zarr.json")
                            if p.parent.name not in COORDINATES))


def shape_of(card: Card, sizes: Mapping[str, int]) -> tuple[int, ...]:
    """The shape of one run of a variable: year and its own dimensions."""
    return tuple(sizes[dim] for dim in ("year", *card.dims))


def _chunk(block: int, dims: int) -> str:
    return ".".join(["c", str(block), *["0"] * (dims - 1)])


def _csv(rows: Sequence[Mapping], columns: Sequence[str] = ()) -> str:
    text = io.StringIO()
    names = list(columns or rows[0])
    table = csv.writer(text, lineterminator="\n")
    table.writerow(names)
    table.writerows([[row[name] for name in names] for row in rows])
    return text.getvalue()


# --- locks of the operating system

try:
    import fcntl

    def _lock(file, shared: bool = False) -> bool:
        """Take a lock if it is free; the kernel gives it back when the file or its process ends."""
        try:
            fcntl.flock(file, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
            return True
        except OSError:
            return False
except ImportError:  # Windows
    import msvcrt

    def _lock(file, shared: bool = False) -> bool:
        """Take a lock if it is free; shared locks do not exist here and are left out."""
        if shared:
            return True
        try:
            file.seek(0)
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
            return True
        except OSError:
            return False


_mine: set = set()  # locks that batches of this process hold


def _let_go() -> None:
    """A copy of this process is not the batch: were it to keep the lock, the folder would not be free when we die."""
    while _mine:
        _mine.pop().close()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_let_go)


def _wait_for(workers, announce: Callable[[str], object]) -> None:
    """Wait until the workers of a killed batch have noticed it; they hold this file together."""
    announced = False
    for _ in range(int(PATIENCE / 0.05)):
        if _lock(workers):
            return
        if not announced:
            announce("waiting for the workers of an earlier batch to end")
            announced = True
        time.sleep(0.05)
    raise UserError(Fault(str(Path(workers.name).parent), "workers of an earlier batch are still at work here",
                          "end them, or choose another folder with --out"))


@contextlib.contextmanager
def worker_at(path: Path) -> Iterator[None]:
    """A worker's share of the folder, for as long as it lives."""
    with (Path(path) / ".workers").open("ab") as file:
        _lock(file, shared=True)
        yield
