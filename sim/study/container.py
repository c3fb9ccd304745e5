"""A block of runs as one NetCDF-4 file: all variables [run, year, ...], with scenario, draw and seed of each run.

NetCDF-4 is HDF5 by a convention; h5py writes it here and xarray, R, MATLAB or ncdump read it. Each array is one chunk
with a Fletcher-32 checksum, which the library verifies whenever it reads, and the format (HDF5 1.10) keeps checksums of
its own tables. No times are stored: the same runs give the same bytes.

Files are built in memory. The part common to all blocks of a size (names, units, labels: most of the work) is built
once and copied.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import BinaryIO

import h5py
import numpy as np
from numpy.typing import NDArray

from sim.core.dataset import FORMAT, card_attributes, coordinate_attributes
from sim.core.declare import Card

Labels = tuple[tuple[str, tuple], ...]
"""(dimension, its labels) of every dimension but `run`: numbers, or words."""

KEY, NAME = 32, 256  # bytes of a run's key, and of a scenario's name in UTF-8, at most
TEXTS = {"key": ("key_byte", KEY, "hash of all that makes the run"),
         "scenario": ("scenario_byte", NAME, "scenario")}
NUMBERS = {"draw": "draw of parameters and imputation", "seed": "seed of the random numbers"}
ABOUT_RUNS = (*TEXTS, *NUMBERS)
FORMAT_OF_HDF5 = ("v110", "v110")  # the first version with checksums of its own tables
WITHOUT_LABELS = "This is a netCDF dimension but not a netCDF variable."  # NetCDF-4 convention for such a dimension
ROWS_AT_MOST, CELLS_AT_MOST = 32, 10**9  # limits of a file and of an array in it; larger ones are no blocks of a study
FASTEST = 1  # compression level: higher ones take five times as long for 3 %
DAMAGE = (OSError, KeyError, ValueError, RuntimeError, TypeError)
"""Exceptions raised by HDF5 for damaged files."""


def encode(cards: Mapping[str, Card], labels: Labels, about: Mapping[str, Sequence],
           arrays: Mapping[str, NDArray]) -> bytes:
    """The bytes of a block.

    `arrays`: by the names of `cards`, [run, year, ...] in the cards' types. `about`: scenario (names), draw, seed
    (numbers) and key (texts of 32 characters) of every run.
    """
    number = len(about["key"])
    with h5py.File.in_memory(_template(tuple(cards.values()), labels, number)) as file:
        for name, (_, length, _) in TEXTS.items():
            texts = np.array([text.encode() for text in about[name]], dtype=f"S{length}")
            _write(file, name, texts.view("S1").reshape(number, length))
        for name in NUMBERS:
            _write(file, name, np.array(about[name], dtype="<i8"))
        for name, card in cards.items():
            values = arrays[name]
            _write(file, name, np.ascontiguousarray(values, dtype=np.dtype(card.dtype).newbyteorder("<")))
        file.flush()
        return file.id.get_file_image()


def _write(file: h5py.File, name: str, values: NDArray) -> None:
    """Fill an existing array (with the low-level HDF5 call, a third of the time of `file[name][...] = values`)."""
    h5py.h5d.open(file.id, name.encode()).write(h5py.h5s.ALL, h5py.h5s.ALL, values)


@functools.lru_cache(maxsize=8)
def _template(cards: tuple[Card, ...], labels: Labels, number: int) -> bytes:
    """A block for a number of runs, complete except for the values."""
    sizes = {"run": number, **{dim: len(words) for dim, words in labels}}
    sizes |= {dim: length for dim, length, _ in TEXTS.values()}
    used = {"run", "year", *(dim for card in cards for dim in card.dims), *(dim for dim, _, _ in TEXTS.values())}
    with h5py.File.in_memory(libver=FORMAT_OF_HDF5) as file:
        file.attrs["Conventions"], file.attrs["format"] = "CF-1.11", FORMAT
        scales = {dim: _scale(file, dim, sizes[dim], dict(labels).get(dim, ())) for dim in sorted(used)}
        for name, (dim, length, says) in TEXTS.items():
            made = _array(file, name, (number, length), "S1", {"long_name": says, "_Encoding": "utf-8"})
            _attach(made, (scales["run"], scales[dim]))
        for name, says in NUMBERS.items():
            _attach(_array(file, name, (number,), "<i8", {"long_name": says}), (scales["run"],))
        for card in cards:
            dims = ("run", "year", *card.dims)
            made = _array(file, card.name, tuple(sizes[dim] for dim in dims),
                          np.dtype(card.dtype).newbyteorder("<"), card_attributes(card))
            _attach(made, [scales[dim] for dim in dims])
        file.flush()
        return file.id.get_file_image()


def _array(file: h5py.File, name: str, shape: tuple[int, ...], dtype, attributes: Mapping[str, str]) -> h5py.Dataset:
    """A single compressed chunk with a checksum."""
    made = file.create_dataset(name, shape=shape, dtype=dtype, chunks=shape, fletcher32=True, shuffle=True,
                               compression="gzip", compression_opts=FASTEST, track_times=False)
    for key, text in attributes.items():
        made.attrs[key] = text
    return made


def _scale(file: h5py.File, dim: str, size: int, words: Sequence) -> h5py.Dataset:
    """A dimension with its labels: numbers, positions with their meanings (CF flags), or none."""
    about = coordinate_attributes(dim)
    if words and isinstance(words[0], str):
        about["flag_meanings"] = " ".join(words)
        words = range(size)
    made = _array(file, dim, (size,), "<i8", about)
    if words:
        made[...] = np.asarray(words, dtype="<i8")
    made.make_scale(dim if words else f"{WITHOUT_LABELS}{size:10d}")
    return made


def _attach(made: h5py.Dataset, scales: Sequence[h5py.Dataset]) -> None:
    for axis, scale in enumerate(scales):
        made.dims[axis].attach_scale(scale)


# --- reading


@contextmanager
def opened(raw: BinaryIO) -> Iterator[h5py.File]:
    """A block's file, opened for reading through Python, so that HDF5 needs no lock, which shared disks may not
    support.
    """
    file = h5py.File(raw, "r")
    try:
        yield file
    finally:
        file.close()


def keys_of(file: h5py.File) -> list[str]:
    """The keys of the runs in a file, in order."""
    found = _plain(file, "key")
    if found.rank != 2 or found.shape[1] != KEY or found.dtype != "S1" or found.shape[0] > ROWS_AT_MOST:
        raise ValueError("its keys cannot be used")
    return [text.decode("ascii") for text in _values(found).view(f"S{KEY}").ravel()]


def array_of(file: h5py.File, name: str) -> NDArray:
    """A variable of all runs of a file [run, year, ...]; the library verifies its checksum."""
    found = _plain(file, name)
    if found.rank < 2 or found.dtype.kind not in "fi" or np.prod(found.shape, dtype=float) > CELLS_AT_MOST:
        raise ValueError(f"{name} is no array of numbers")
    return _values(found)


def _values(found: h5py.h5d.DatasetID) -> NDArray:
    values = np.empty(found.shape, dtype=found.dtype)
    found.read(h5py.h5s.ALL, h5py.h5s.ALL, values)
    return values


def _plain(file: h5py.File, name: str) -> h5py.h5d.DatasetID:
    """An array stored in the file itself, not in a link or another file; checked before reading. (By HDF5's own calls:
    half the time of `file[name][...]`.)"""
    word = name.encode()
    if file.id.links.get_info(word).type != h5py.h5l.TYPE_HARD:
        raise ValueError(f"{name} lies elsewhere")
    found = h5py.h5o.open(file.id, word)
    if not isinstance(found, h5py.h5d.DatasetID):
        raise ValueError(f"{name} is no array")
    made = found.get_create_plist()
    if made.get_external_count() or made.get_layout() == h5py.h5d.VIRTUAL:
        raise ValueError(f"{name} is no array")
    return found
