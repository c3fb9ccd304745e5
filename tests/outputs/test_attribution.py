"""Shares of the parts of a plan, from runs named by the coalition they carry out."""

import numpy as np
import pytest
import xarray as xr

from outputs.attribution import shares
from sim.study.designs import Part

PARTS = tuple(Part(name, name.upper(), name, frozenset()) for name in ("x", "y"))
ORDERS = [("x", "y"), ("y", "x")]


def runs_of(values):
    """province_gdp of every scenario in 2030 and 2035: two seeds that differ by one around the value of 2035."""
    names = list(values)
    gdp = np.array([[[[0.0, values[name] + luck] for luck in (-1.0, 1.0)]] for name in names])
    return xr.Dataset({"province_gdp": (("scenario", "draw", "seed", "year"), gdp)},
                      {"scenario": names, "draw": [0], "seed": [0, 1], "year": [2030, 2035]})


def test_shares_are_means_over_the_orders_and_add_to_the_whole():
    # x adds 3 first and 5 second, y 1 first and 3 second: 4 and 2 of 6
    table = shares(runs_of({"low": 10.0, "with_a": 13.0, "with_b": 11.0, "high": 16.0}), "province_gdp", 2035, PARTS,
                   ORDERS, "low", "high")
    assert table.part.tolist() == ["x", "y"] and table.share.tolist() == pytest.approx([4.0, 2.0])
    assert table.percent.tolist() == pytest.approx([200 / 3, 100 / 3])


def test_where_nothing_changes_there_is_no_percentage():
    level = runs_of(dict.fromkeys(("low", "with_a", "with_b", "high"), 5.0))
    table = shares(level, "province_gdp", 2035, PARTS, ORDERS, "low", "high")
    assert table.share.tolist() == [0.0, 0.0] and table.percent.isna().all()
