"""The common result type: history, a run and a batch are the same kind of `xarray.Dataset`.

`make` adds names, units and labels to plain arrays, `save` and `open_dataset` write and read NetCDF. A Dataset carries
its provenance (hashes and numbers) but no time, host, user or absolute path, so that repeated writes are identical byte
by byte.
"""

from __future__ import annotations

import gc
import hashlib
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypeGuard

import numpy as np
from numpy.typing import NDArray

from sim.core.declare import Card, Fault, UserError
from sim.core.files import claimed, first_line, open_regular
from sim.core.files import refusal as refusal
from sim.core.files import writing as writing

if TYPE_CHECKING:  # not needed by the workers of a batch, which write arrays
    import xarray as xr

Labels = Mapping[str, Sequence | NDArray | tuple[str, NDArray]]
"""Labels of a dimension by its name, or (dimension, labels) for a second label of one."""

FORMAT = "hainan2035-1"
CONVENTIONS = "CF-1.11"

# provenance of a value: its flag is its index here; "missing" means no value
FLAGS = ("missing", "official", "secondary", "derived", "recalled", "imputed")

# meaning of the positions along a dimension, in the order of the arrays
LABELS: dict[str, tuple] = {
    "zone": ("urban", "rural"),
    "sector": ("A", "I", "T", "M", "H", "G"),
    "market_sector": ("A", "I", "T", "M", "H"),
    "branch": ("primary", "secondary", "tertiary"),
    "skill": ("junior", "senior", "college"),
    "service": ("education", "health", "culture", "social"),
    "sex": ("F", "M"),
    "age": tuple(range(0, 90, 5)),
}

ABOUT = {
    "scenario": ("scenario", "情景", ""),
    "draw": ("draw of parameters and imputation (0: central values)", "参数与插补抽样", "1"),
    "seed": ("seed of the random numbers", "随机种子", "1"),
    "year": ("year: flows of the year, stocks at its end", "年份", "year"),
    "price_level": ("price level of the province: implicit deflator of its GDP; nan after the data",
                    "价格水平：全省生产总值隐含平减指数（2020年=1）", "2020 = 1"),
    "county": ("county code (GB/T 2260)", "市县代码", "1"),
    "name_en": ("name of the county", "市县英文名", ""),
    "name_zh": ("name of the county in Chinese", "市县名称", ""),
    "zone": ("urban or rural zone", "城乡", ""),
    "sector": ("sector: agriculture, industry, tourism and local services, marine, high technology, government", "部门",
               ""),
    "branch": ("published branch of industry", "三次产业", ""),
    "skill": ("skill: junior secondary or less, senior secondary or vocational, college", "受教育程度", ""),
    "service": ("public service", "公共服务", ""),
    "sex": ("sex", "性别", ""),
    "age": ("lower bound of the census age group (85: 85 and over)", "年龄组下限", "year"),
    "reach": ("river piece, upper before lower", "河段", "1"),
    "reach_name": ("name of the river piece", "河段名", ""),
    "reach_name_zh": ("name of the river piece in Chinese", "河段中文名", ""),
    "origin": ("county code of origin (0: outside Hainan)", "迁出地代码", "1"),
    "destination": ("county code of destination (0: outside Hainan)", "迁入地代码", "1"),
}

CELL_METHODS = {"stock": "year: point", "flow": "year: sum", "index": "year: mean"}


def make(arrays: Mapping[str, np.ndarray], cards: Mapping[str, Card], coords: Labels,
         attrs: Mapping[str, object] | None = None, lead: Sequence[str] = ("year",)) -> xr.Dataset:
    """A Dataset of arrays [*lead, *card.dims].

    `coords` gives the labels of a dimension by its name, or (dimension, labels) for a second label of one; unused
    dimensions are omitted. Counts are stored as int64, all else as float32.
    """
    variables = {}
    for name, values in arrays.items():
        card = cards[name]
        dims = (*lead, *card.dims)
        values = np.asarray(values)
        if values.ndim != len(dims):
            raise ValueError(f"{name}: {values.ndim} dimensions, declared are {dims}")
        variables[name] = (dims, values.astype(card.dtype, copy=False), card_attributes(card))
    return labelled(variables, coords, attrs)


def labelled(variables: Mapping[str, object], coords: Labels,
             attrs: Mapping[str, object] | None = None) -> xr.Dataset:
    """Variables (dims, values, attributes), with the labels of their dimensions; those of others are left out."""
    import xarray as xr

    found = xr.Dataset(variables)
    used, labels = set(found.dims), {}
    for name, given in coords.items():
        dims, values = (given[0], given[1]) if names_its_dimension(given) else (name, given)
        if dims in used:
            labels[name] = (dims, _label(values), coordinate_attributes(name))
    return found.assign_coords(labels).assign_attrs({"Conventions": CONVENTIONS, "format": FORMAT, **(attrs or {})})


def card_attributes(card: Card) -> dict[str, str]:
    """A card as attributes of a variable (with CF names where available)."""
    about = {
        "units": card.unit, "long_name": card.long_name, "long_name_zh": card.long_name_zh,
        "provision": card.section, "kind": card.kind, "cell_methods": CELL_METHODS.get(card.kind, ""),
    }
    return {name: text for name, text in about.items() if text}


def coordinate_attributes(name: str) -> dict[str, str]:
    """The attributes of a coordinate."""
    if name not in ABOUT:
        return {}
    long_name, long_name_zh, unit = ABOUT[name]
    return {"long_name": long_name, "long_name_zh": long_name_zh, **({"units": unit} if unit else {})}


def names_its_dimension(given: object) -> TypeGuard[tuple[str, NDArray]]:
    """Whether labels are a second label (dimension, labels), not those of a dimension by their own name."""
    return isinstance(given, tuple) and len(given) == 2 and isinstance(given[0], str) and not isinstance(given[1], str)


def _label(values) -> np.ndarray:
    """Labels as int64, float64, bool, or text as wide as its longest."""
    array = np.asarray(values)
    if array.dtype.kind in "OUST":
        return np.array([str(v) for v in array.ravel()], dtype=str).reshape(array.shape)
    return array.astype(np.int64) if array.dtype.kind in "iu" else array


def with_flags(dataset: xr.Dataset, flags: Mapping[str, np.ndarray]) -> xr.Dataset:
    """The Dataset with a companion `<name>_flag` of each variable: the provenance of its values (an index of FLAGS)."""
    companions = {}
    for name, given in flags.items():
        variable, values = dataset.variables[name], np.asarray(given, dtype=np.uint8)
        if values.shape != variable.shape:
            raise ValueError(f"{name}: flags {values.shape} for values {variable.shape}")
        if values.size and values.max() >= len(FLAGS):
            raise ValueError(f"{name}: flag {values.max()}, known are 0 to {len(FLAGS) - 1}")
        companions[f"{name}_flag"] = (variable.dims, values, {
            "long_name": f"where it comes from: {variable.attrs.get('long_name', name)}",
            "flag_values": np.arange(len(FLAGS), dtype=np.uint8), "flag_meanings": " ".join(FLAGS)})
    dataset = dataset.assign(companions)
    for name in flags:
        dataset.variables[name].attrs["ancillary_variables"] = f"{name}_flag"
    return dataset


def observed(dataset: xr.Dataset, name: str) -> xr.DataArray:
    """Where a value was observed (official or secondary), not derived, recalled or imputed."""
    return dataset[f"{name}_flag"].isin([FLAGS.index("official"), FLAGS.index("secondary")])


# --- files


def save(dataset: xr.Dataset, path: str | Path) -> Path:
    """Write a Dataset as NetCDF, completely or not at all, with reproducible bytes. UserError if writing fails."""
    path = Path(path)
    with claimed(path) as place:
        place.put(as_netcdf(dataset))
    return path


def as_netcdf(dataset: xr.Dataset) -> bytes:
    """A Dataset as the bytes of a NetCDF file.

    They are built in memory, as the HDF5 library can terminate the process when a disk is full.
    """
    from sim.core.netcdf import encode

    return encode(plain(dataset))


def content_hash(arrays: Mapping[str, NDArray], about: str) -> str:
    """Hash of named arrays and their attributes."""
    digest = hashlib.sha256(about.encode())
    for name in sorted(arrays):
        array = np.ascontiguousarray(arrays[name])
        digest.update(f"{name} {array.dtype} {array.shape}".encode())
        digest.update(array)
    return digest.hexdigest()


def provenance(path: str | Path) -> tuple[dict[str, object], frozenset[str]] | None:
    """Attributes and dimensions of a file written by `save`, without its values; None for other files."""
    import h5py

    try:
        with h5py.File(path, "r") as file:
            attrs = {name: value.item() if np.size(value) == 1 and hasattr(value, "item") else value
                     for name, value in file.attrs.items() if not name.startswith("_")}
            dims = frozenset(name for name in file if file[name].attrs.get("CLASS") == b"DIMENSION_SCALE")
    except Exception:  # as in `open_dataset`
        return None
    return (attrs, dims) if attrs.get("format") == FORMAT else None


def open_dataset(path: str | Path) -> xr.Dataset:
    """Read a NetCDF file written by `save` into memory; UserError if it is missing, damaged, or of another version."""
    path = Path(path)
    try:
        open_regular(path, follow=True).close()
    except FileNotFoundError:
        raise UserError(Fault(str(path), "no such file")) from None
    except OSError as reason:
        raise UserError(Fault(str(path), f"cannot be read as NetCDF ({first_line(reason)})")) from None
    dataset, why = _read(path)
    if dataset is None:
        raise UserError(Fault(str(path), f"cannot be read as NetCDF ({why})",
                              "it is damaged, or of another kind: write it again"))
    if dataset.attrs.get("format") != FORMAT:
        found = dataset.attrs.get("format", "no format")
        raise UserError(Fault(str(path), f"is not a result of this version ({found}, not {FORMAT})"))
    return plain(dataset)


def open_arrays(path: str | Path) -> tuple[dict[str, NDArray], dict[str, object]]:
    """The variables of a file written by `save`, without labels, and its attributes; in a tenth of the time of
    `open_dataset`, whose UserErrors it raises."""
    import h5py

    try:
        with h5py.File(path, "r") as file:
            held = {name: one for name, one in file.items() if one.attrs.get("CLASS") != b"DIMENSION_SCALE"}
            arrays = {name: one[()].astype(bool) if one.attrs.get("dtype") == "bool" else one[()]
                      for name, one in held.items()}
            attrs = dict(file.attrs)
    except Exception:  # of a damaged file the layers below raise whatever they stumble over
        attrs = {}
    if attrs.get("format") == FORMAT and all(array.dtype.kind in "biuf" for array in arrays.values()):
        return arrays, attrs
    found = open_dataset(path)
    return {str(name): one.values for name, one in found.data_vars.items()}, dict(found.attrs)


def _read(path: Path) -> tuple[xr.Dataset | None, str]:
    """The Dataset read by xarray, or None with the reason."""
    import xarray as xr

    loud = sys.unraisablehook
    try:
        with xr.open_dataset(path, engine="h5netcdf", decode_times=False) as opened:
            return opened.load(), ""
    except Exception as reason:  # of a damaged file the layers below raise whatever they stumble over
        why = first_line(reason) or type(reason).__name__
        sys.unraisablehook = lambda _: None
    try:
        gc.collect()  # a half-opened file complains when it is let go
    finally:
        sys.unraisablehook = loud
    return None, why


def plain(dataset: xr.Dataset) -> xr.Dataset:
    """Without what a file or a library left behind, so that it is written in one way only."""
    dataset = dataset.copy().drop_encoding()
    text = {name: c for name, c in dataset.coords.items() if c.dtype.kind in "OUT"}
    dataset = dataset.assign_coords({name: (c.dims, _label(c.values), c.attrs) for name, c in text.items()})
    for variable in dataset.variables.values():
        variable.attrs = {name: value for name, value in variable.attrs.items() if value is not None}
    dataset.attrs = {name: value for name, value in dataset.attrs.items() if value is not None}
    return dataset
