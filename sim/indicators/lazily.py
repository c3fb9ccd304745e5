"""Indicators of variables that are read when they are looked at: computed when they are looked at, and then kept.

An array of an xarray backend (https://docs.xarray.dev/en/stable/internals/how-to-add-new-backend.html): xarray asks for
parts of a variable, and keeps what it has been given.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray
from xarray import Variable
from xarray.backends import BackendArray, BackendEntrypoint
from xarray.core import indexing


class _Indicator(BackendArray):
    """An indicator as the Dataset holds it: in single precision."""

    def __init__(self, of: Callable[[str], NDArray], name: str, shape: tuple[int, ...]):
        self.of, self.name, self.shape, self.dtype = of, name, shape, np.dtype(np.float32)

    def __getitem__(self, key: indexing.ExplicitIndexer) -> NDArray:
        return indexing.explicit_indexing_adapter(key, self.shape, indexing.IndexingSupport.BASIC, self._part)

    def _part(self, key: tuple) -> NDArray:
        return np.asarray(self.of(self.name)[key], dtype=self.dtype)


class _Backend(BackendEntrypoint):
    """What makes xarray keep the values that have been read."""

    def open_dataset(self, filename_or_obj: Any, *, drop_variables: Any = None, found: Any = None) -> xr.Dataset:
        """The Dataset that is handed in."""
        return found


def kept(found: xr.Dataset) -> xr.Dataset:
    """A Dataset of arrays of a backend that keeps what has been read of it."""
    return xr.open_dataset("", engine=_Backend, found=found)


def variables(of: Callable[[str], NDArray], about: Mapping[str, tuple[tuple[str, ...], Mapping[str, str]]],
              sizes: Mapping[str, int]) -> dict[str, Variable]:
    """Indicators by name, none of them computed yet; `about` gives dims and attributes, `of` the values when asked."""
    arrays = {name: (dims, indexing.LazilyIndexedArray(_Indicator(of, name, tuple(sizes[dim] for dim in dims))), attrs)
              for name, (dims, attrs) in about.items()}
    return {str(name): variable for name, variable in kept(xr.Dataset(arrays)).variables.items()}
