"""A Dataset as the bytes of a NetCDF-4 file, by HDF5's own calls.

NetCDF-4 is HDF5 by a convention: a dimension is an array marked as a scale, variables are attached to their scales, and
texts are attributes. xarray's writers ask the file back at every step, which took 1.6 s for the 430 variables of a run;
the same content takes .1 s here. xarray, R, MATLAB and ncdump read it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import h5py
import numpy as np
from h5py import h5a, h5d, h5ds, h5p, h5r, h5s, h5t

if TYPE_CHECKING:
    import xarray as xr

FORMAT_OF_HDF5 = ("v110", "v110")  # the first whose own tables have checksums
WITHOUT_LABELS = "This is a netCDF dimension but not a netCDF variable."  # how NetCDF-4 names such a dimension
LEAST_BLOCK = 2**20  # bytes by which the file grows in memory
TEXT = h5py.string_dtype()
KIND_OF_TEXT, OUR_TEXT = h5t.py_create(TEXT, logical=True), h5t.py_create(TEXT)  # in the file, in memory
ALONE = h5s.create(h5s.SCALAR)
SCALES_OF_AXIS = h5py.vlen_dtype(h5py.ref_dtype)  # of an array: the scales of each of its axes
USER_OF_SCALE = np.dtype([("dataset", h5py.ref_dtype), ("dimension", "<u4")], align=True)  # of a scale: array and axis
WITHOUT_TIMES = h5p.create(h5p.DATASET_CREATE)
WITHOUT_TIMES.set_obj_track_times(False)


def encode(dataset: xr.Dataset) -> bytes:
    """The bytes of a file: variables of numbers, truth values or texts; attributes of numbers and texts, or lists of
    them.

    No times are stored: the same Dataset gives the same bytes.
    """
    with h5py.File.in_memory(libver=FORMAT_OF_HDF5, block_size=max(LEAST_BLOCK, dataset.nbytes // 8)) as file:
        sizes = {str(dim): size for dim, size in dataset.sizes.items()}
        scales = {dim: _scale(file, dim, sizes[dim], dataset) for dim in sorted(sizes)}
        tied = _tied(dataset)
        arrays: dict[tuple[str, ...], list[h5d.DatasetID]] = {}
        for name in sorted(set(map(str, dataset.variables)) - set(scales)):
            variable = dataset.variables[name]
            made = _array(file, name, variable.values, {**variable.attrs, **tied.get(name, {})})
            arrays.setdefault(tuple(map(str, variable.dims)), []).append(made)
        _attach(arrays, scales)
        _describe(file.id, {**dataset.attrs, **tied.get("", {})})
        file.flush()
        return file.id.get_file_image()


def _tied(dataset: xr.Dataset) -> dict[str, dict[str, str]]:
    """Which further labels go with a variable, as an attribute by the variable's name (CF); "" for the whole file."""
    arrays = dataset.variables  # without the labels that xarray looks up for each one it hands out
    more = {str(name): set(arrays[name].dims) for name in dataset.coords if name not in dataset.sizes}
    found = {str(name): [label for label in sorted(more) if more[label] <= set(arrays[name].dims)]
             for name in dataset.data_vars}
    left = sorted(set(more) - {label for labels in found.values() for label in labels})
    return {name: {"coordinates": " ".join(labels)} for name, labels in {**found, "": left}.items() if labels}


def _scale(file: h5py.File, dim: str, size: int, dataset: xr.Dataset) -> h5d.DatasetID:
    """A dimension with its labels, or without any."""
    if dim in dataset.coords:
        labels = dataset.coords[dim]
        made = _array(file, dim, labels.values, labels.attrs)
        h5ds.set_scale(made, dim.encode())
    else:
        made = _empty(file, dim, (size,), h5t.IEEE_F32BE)
        h5ds.set_scale(made, f"{WITHOUT_LABELS}{size:10d}".encode())
    return made


def _attach(arrays: Mapping[tuple[str, ...], list[h5d.DatasetID]], scales: Mapping[str, h5d.DatasetID]) -> None:
    """Tie arrays, by their dimensions, to their scales, and the scales to them.

    HDF5's own call writes the list of a scale anew for each array that is added to it.
    """
    places = {dim: h5r.create(scale, b".", h5r.OBJECT) for dim, scale in scales.items()}
    users: dict[str, list[tuple[h5r.Reference, int]]] = {dim: [] for dim in scales}
    for dims, group in arrays.items():
        axes = np.empty(len(dims), dtype=SCALES_OF_AXIS)
        for axis, dim in enumerate(dims):
            axes[axis] = np.array([places[dim]], dtype=h5py.ref_dtype)
        for made in group if dims else ():
            _attribute(made, b"DIMENSION_LIST", axes)
            here = h5r.create(made, b".", h5r.OBJECT)
            for axis, dim in enumerate(dims):
                users[dim].append((here, axis))
    for dim, listed in users.items():
        if listed:
            _attribute(scales[dim], b"REFERENCE_LIST", np.array(listed, dtype=USER_OF_SCALE))


def _array(file: h5py.File, name: str, values: np.ndarray, attributes: Mapping[Any, object]) -> h5d.DatasetID:
    """An array with its attributes; truth values are whole numbers that say so, as xarray writes them."""
    more = {"dtype": "bool"} if values.dtype.kind == "b" else {}
    if values.dtype.kind == "b":
        values = values.astype(np.int8)
    elif values.dtype.kind in "UO":
        values = np.array([str(text) for text in values.ravel()], dtype=object).reshape(values.shape).astype(TEXT)
    elif values.dtype.kind not in "iuf":
        raise TypeError(f"{name}: {values.dtype} is neither number, truth value nor text")
    values = np.ascontiguousarray(values).reshape(values.shape)  # a number stays one
    kind = h5t.py_create(values.dtype, logical=True)
    made = _empty(file, name, values.shape, kind)
    if values.size:
        made.write(h5s.ALL, h5s.ALL, values)
    _describe(made, {**attributes, **more})
    return made


def _empty(file: h5py.File, name: str, shape: tuple[int, ...], kind: h5t.TypeID) -> h5d.DatasetID:
    return h5d.create(file.id, name.encode(), kind, h5s.create_simple(shape) if shape else ALONE, WITHOUT_TIMES)


def _describe(made: Any, attributes: Mapping[Any, object]) -> None:
    """Attributes: a text or a number, or a list of them."""
    for name in sorted(map(str, attributes)):
        said = attributes[name]
        if isinstance(said, str):  # most are
            h5a.create(made, name.encode(), KIND_OF_TEXT, ALONE).write(np.array(said, dtype=TEXT), OUR_TEXT)
            continue
        value = np.asarray(said)
        if value.dtype.kind in "UO":
            value = np.array([str(text) for text in value.ravel()], dtype=object).reshape(value.shape).astype(TEXT)
        _attribute(made, name.encode(), np.ascontiguousarray(value).reshape(value.shape))


def _attribute(made: Any, name: bytes, value: np.ndarray) -> None:
    """An attribute that is an array."""
    kind = h5t.py_create(value.dtype, logical=True)
    h5a.create(made, name, kind, h5s.create_simple(value.shape) if value.shape else ALONE).write(value)
