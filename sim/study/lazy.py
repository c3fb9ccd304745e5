"""The block files of a study as one Dataset whose variables are read on access.

An xarray backend (https://docs.xarray.dev/en/stable/internals/how-to-add-new-backend.html): xarray requests parts of a
variable and keeps them.
"""

from __future__ import annotations

import os
import threading
import weakref
from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from xarray import Dataset, Variable
from xarray.backends import BackendArray
from xarray.core import indexing

from sim.core import dataset
from sim.core.files import open_regular
from sim.indicators.lazily import kept
from sim.study import container
from sim.study.store import Folder, Marker, damaged

if TYPE_CHECKING:
    import h5py
    import xarray as xr

AXES = ("scenario", "draw", "seed")
OPEN_FILES = 200  # maximum number of open files, for the next variable

Place = tuple[int, int, int]
"""Positions of a run on the axes."""


def opened(folder: Folder, there: Mapping[Place, tuple[Marker, int]], shape: Place, variables: Mapping[str, Mapping],
           sizes: Mapping[str, Sequence], labels: dataset.Labels, attrs: Mapping[str, object]) -> xr.Dataset:
    """Stored variables [scenario, draw, seed, year, ...]; `there`: the file and row of every finished run.

    `variables` (dims, dtype, attributes) and `sizes` (labels of their dimensions) are those of the manifest, `labels`
    those of the Dataset.
    """
    blocks = Blocks(folder, there, shape)
    lazy = {name: _variable(blocks, name, about, {dim: len(words) for dim, words in sizes.items()})
            for name, about in variables.items()}
    return kept(dataset.labelled(lazy, labels, attrs))


def without_missing(found: xr.Dataset, names: Iterable[str], finished: NDArray[np.bool_]) -> xr.Dataset:
    """Some variables with nan for the runs that are not there [scenario, draw, seed], also those that count."""
    masked = {name: (found[name].dims, indexing.LazilyIndexedArray(_Finished(found.variables[name], finished)),
                     found[name].attrs) for name in names}
    return found.assign(kept(Dataset(masked)).variables)


def _variable(blocks: Blocks, name: str, about: Mapping, sizes: Mapping[str, int]) -> Variable:
    dims = ("year", *about["dims"])
    array = _Stored(blocks, name, tuple(sizes[dim] for dim in dims), np.dtype(about["dtype"]))
    return Variable((*AXES, *dims), indexing.LazilyIndexedArray(array), about["attrs"])


class Blocks:
    """The block files; some stay open to speed up the next variable."""

    def __init__(self, folder: Folder, there: Mapping[Place, tuple[Marker, int]], shape: Place):
        self.folder, self.there, self.shape = folder, there, shape
        self.is_whole = len(there) == int(np.prod(shape))
        self._start()

    def _start(self) -> None:
        grouped: dict[int, tuple[Marker, list[Place], list[int]]] = {}
        for place, (marker, row) in self.there.items():
            _, places, rows = grouped.setdefault(marker.block, (marker, [], []))
            places.append(place)
            rows.append(row)
        self._blocks = [(marker, np.array(places), np.array(rows)) for marker, places, rows in grouped.values()]
        self._files: OrderedDict[int, tuple[h5py.File, ExitStack]] = OrderedDict()
        weakref.finalize(self, _close, self._files)
        self._lock, self._process = threading.Lock(), os.getpid()

    def __getstate__(self) -> dict:
        return {name: getattr(self, name) for name in ("folder", "there", "shape", "is_whole")}

    def __setstate__(self, state: dict) -> None:
        vars(self).update(state)
        self._start()

    def read(self, name: str, axes: Sequence[NDArray], into: NDArray) -> None:
        """Fill an array [scenario, draw, seed, ...] of selected positions with the available runs."""
        if self._process != os.getpid():  # a fork would share the file positions of the process that opened them
            self._start()
        shape = into.shape[len(AXES):]
        whole = all(np.array_equal(axis, np.arange(size)) for axis, size in zip(axes, self.shape))
        with self._lock:
            for marker, places, rows in self._blocks:
                if whole:
                    into[tuple(places.T)] = self._values(marker, name, shape)[rows]
                else:
                    self._read_some(marker, places, rows, name, axes, into)

    def _read_some(self, marker: Marker, places: NDArray, rows: NDArray, name: str, axes: Sequence[NDArray],
                   into: NDArray) -> None:
        """The requested runs of a block; a position may be requested more than once."""
        asked = np.all([np.isin(places[:, n], axis) for n, axis in enumerate(axes)], axis=0)
        if not asked.any():
            return
        values = self._values(marker, name, into.shape[len(AXES):])
        if all(len(np.unique(axis)) == len(axis) for axis in axes):
            into[tuple(_positions(axis)[places[asked, n]] for n, axis in enumerate(axes))] = values[rows[asked]]
            return
        for place, row in zip(places[asked], rows[asked]):
            into[np.ix_(*(np.flatnonzero(axis == at) for axis, at in zip(axes, place)))] = values[row]

    def _values(self, marker: Marker, name: str, shape: tuple[int, ...]) -> NDArray:
        """A variable of a block [run, ...]; its checksum is verified."""
        try:
            values = container.array_of(self._file(marker), name)
            if values.shape != (len(marker.runs), *shape):
                raise ValueError(f"{name} has another shape")
            return values
        except container.DAMAGE as reason:
            raise damaged(self.folder.container(marker), reason) from None

    def _file(self, marker: Marker) -> h5py.File:
        """The file of a block, checked against the runs named by its marker."""
        if marker.block not in self._files:
            if len(self._files) >= OPEN_FILES:
                self._files.popitem(last=False)[1][1].close()
            with ExitStack() as held:
                raw = held.enter_context(open_regular(self.folder.container(marker)))
                file = held.enter_context(container.opened(raw))
                if container.keys_of(file) != marker.keys:
                    raise ValueError("it holds other runs")
                self._files[marker.block] = file, held.pop_all()
        return self._files[marker.block][0]


def _close(files: OrderedDict[int, tuple[h5py.File, ExitStack]]) -> None:
    """Close the files that are still open."""
    while files:
        files.popitem()[1][1].close()


def _positions(axis: NDArray) -> NDArray:
    """Where each place of an axis stands among those that are asked for, each at most once."""
    found = np.zeros(int(axis.max(initial=-1)) + 1, dtype=int)
    found[axis] = np.arange(len(axis))
    return found


class _Finished(BackendArray):
    """A variable [scenario, draw, seed, ...] in floating point, nan where a run is not there."""

    def __init__(self, variable: Variable, finished: NDArray[np.bool_]):
        self.variable, self.finished, self.shape = variable, finished, variable.shape
        self.dtype = variable.dtype if variable.dtype.kind == "f" else np.dtype(float)

    def __getitem__(self, key: indexing.ExplicitIndexer) -> NDArray:
        return indexing.explicit_indexing_adapter(key, self.shape, indexing.IndexingSupport.BASIC, self._part)

    def _part(self, key: tuple) -> NDArray:
        dims = self.variable.dims
        finished = Variable(AXES, self.finished).transpose(*(dim for dim in dims if dim in AXES)).values
        shape = [size if dim in AXES else 1 for dim, size in zip(dims, self.shape)]
        return np.where(finished.reshape(shape), self.variable.values, self.dtype.type(np.nan))[key]


class _Stored(BackendArray):
    """A stored variable of all runs [scenario, draw, seed, year, ...]; counts are float64 where a run is missing."""

    def __init__(self, blocks: Blocks, name: str, shape: tuple[int, ...], dtype: np.dtype):
        self.blocks, self.name = blocks, name
        self.shape = (*blocks.shape, *shape)
        self.dtype = dtype if blocks.is_whole or dtype.kind == "f" else np.dtype(float)

    def __getitem__(self, key: indexing.ExplicitIndexer) -> NDArray:
        return indexing.explicit_indexing_adapter(key, self.shape, indexing.IndexingSupport.OUTER, self._read)

    def _read(self, key: tuple) -> NDArray:
        axes = [np.atleast_1d(np.arange(size)[part]) for size, part in zip(self.blocks.shape, key)]
        missing = np.nan if self.dtype.kind == "f" else 0
        values = np.full((*map(len, axes), *self.shape[len(AXES):]), missing, dtype=self.dtype)
        self.blocks.read(self.name, axes, values)
        for axis, part in enumerate(key[len(AXES):], len(AXES)):
            if not isinstance(part, int | np.integer):
                values = values[(slice(None),) * axis + (part,)]
        scalars = [axis for axis, part in enumerate(key) if isinstance(part, int | np.integer)]
        behind = tuple(int(key[axis]) if axis in scalars and axis >= len(AXES) else 0 if axis in scalars
                       else slice(None) for axis in range(len(key)))
        return values[behind]
