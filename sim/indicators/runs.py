"""Runs of a Dataset: draws and seeds of a scenario on one axis, runs paired by draw and seed, and missing runs.

A missing run is nan in all its variables; counts are then floats.
"""

from __future__ import annotations

import weakref

import numpy as np
import xarray as xr

RUN_DIMS = ("scenario", "draw", "seed")
BASELINE = "baseline"
ALONE = "run"
WITNESSES = ("population", "gdp", "gdp_pc", "inc_pc")
ENOUGH = 10  # number of runs from which quantiles are reported instead of the range


def canonical(ds: xr.Dataset) -> xr.Dataset:
    """The Dataset with scenario, draw and seed as dimensions, even if of length one."""
    for dim, label in zip(RUN_DIMS, (str(ds.attrs.get("scenario", ALONE)), 0, 0), strict=True):
        if dim not in ds.dims:
            given = ds.coords[dim].item() if dim in ds.coords else label
            ds = ds.drop_vars(dim, errors="ignore").expand_dims({dim: [given]})
        elif dim not in ds.coords:
            ds = ds.assign_coords({dim: np.arange(ds.sizes[dim])})
    return ds


def scenarios(ds: xr.Dataset) -> list[str]:
    """Names of the scenarios that have at least one run, in the order of the study."""
    there = present(ds).any(("draw", "seed")).values
    return [str(name) for name, run in zip(ds["scenario"].values, there, strict=True) if run]


def reference_of(ds: xr.Dataset, wanted: str | None = None) -> str:
    """The reference scenario of effects: the requested one, that of the study, no_policy, or the first."""
    names = scenarios(ds)
    for name in (wanted, ds.attrs.get("reference"), "no_policy", BASELINE):
        if name in names:
            return name
    return names[0]


def present(ds: xr.Dataset) -> xr.DataArray:
    """Which runs are present [scenario, draw, seed]; cached per Dataset until its witness variable changes."""
    witness = next((name for name in WITNESSES if name in ds), None) or next(iter(ds.data_vars))
    seen = _PRESENT.get(id(ds))
    if seen is None or seen[0]() is not ds or seen[1] is not ds.variables[witness]:
        values = ds[witness]
        found = values.notnull().any([d for d in values.dims if d not in RUN_DIMS]).transpose(*RUN_DIMS)
        place = id(ds)
        seen = _PRESENT[place] = weakref.ref(ds, lambda _: _PRESENT.pop(place, None)), ds.variables[witness], found
    return seen[2]


_PRESENT: dict[int, tuple[weakref.ref, xr.Variable, xr.DataArray]] = {}


def _stacked(ds: xr.Dataset, name: str, scenario: str) -> np.ndarray:
    """[draw * seed, year, ...] of a scenario, in double precision."""
    place = [str(s) for s in ds.variables["scenario"].values].index(scenario)
    values = ds.variables[name].isel(scenario=place)
    behind = [d for d in values.dims if d not in ("draw", "seed")]
    array = values.transpose("draw", "seed", *behind).values.astype(float)
    return array.reshape(-1, *array.shape[2:])


def _there(ds: xr.Dataset, scenario: str) -> np.ndarray:
    place = [str(s) for s in ds.variables["scenario"].values].index(scenario)
    return present(ds).variable.isel(scenario=place).values.reshape(-1)


def ensemble(ds: xr.Dataset, name: str, scenario: str) -> np.ndarray:
    """All runs of a scenario [run, year, ...]."""
    return _stacked(ds, name, scenario)[_there(ds, scenario)]


def pairs(ds: xr.Dataset, name: str, scenario: str, reference: str) -> tuple[np.ndarray, np.ndarray]:
    """The runs of two scenarios that share draw and seed [pair, year, ...], in the same order."""
    both = _there(ds, scenario) & _there(ds, reference)
    return _stacked(ds, name, scenario)[both], _stacked(ds, name, reference)[both]


def count(ds: xr.Dataset, scenario: str) -> int:
    """Number of runs of a scenario."""
    return int(_there(ds, scenario).sum())


def effect(scenario: np.ndarray, reference: np.ndarray) -> dict[str, float]:
    """Mean, median, interval and sign of the paired differences; arrays [pair].

    Only pairs with both values known are used: `pairs` counts them, `lower` those with a negative difference, `equal`
    those without a difference. The interval is 5-95 % of the pairs (their range if there are few, none for a single
    pair); `above_zero` is a share in which ties count half.
    """
    scenario, reference = (np.asarray(values, dtype=float) for values in (scenario, reference))
    known = np.isfinite(scenario) & np.isfinite(reference)
    apart, reference = (scenario - reference)[known], reference[known]
    number = len(apart)
    outer = (0.05, 0.95) if number >= ENOUGH else (0.0, 1.0)
    low, high = np.quantile(apart, outer) if number > 1 else (np.nan, np.nan)
    base = float(np.mean(reference)) if number else np.nan
    scale = 100.0 / abs(base) if number and base else np.nan
    mean = float(apart.mean()) if number else np.nan
    lower, equal = int(np.sum(apart < 0)), int(np.sum(apart == 0))
    return {
        "pairs": number, "lower": lower, "equal": equal, "reference": base, "mean": mean,
        "median": float(np.median(apart)) if number else np.nan, "low": float(low), "high": float(high),
        "above_zero": (number - lower - 0.5 * equal) / number if number else np.nan,
        "mean_percent": mean * scale, "low_percent": float(low) * scale, "high_percent": float(high) * scale,
    }
