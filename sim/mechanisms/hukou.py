"""Hukou: openness of registration to migrants (B.10). Section 3.2."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.core.arrays import Number
from sim.core.bind import Out
from sim.core.declare import column, parameter
from sim.core.table import Constants


@dataclass(frozen=True)
class Parameters:
    hukou_open_2018: tuple = parameter(
        (0.6, 0.6), unit="share", bounds=(0.1, 0.8), confidence="low",
        source="size assumed; equal for both, as the registered population of the two cities grew by 22 and 17 % in "
               "2010-2020 on one basis",
        says="openness of registration before the lever: Haikou and Sanya, other counties (open0)")


class Settled(Constants):
    hukou_open_base = column("county", unit="share", says="Openness of registration before the lever (open0)")


# ---- formulas -------------------------------------------------------------------------------------------------


def openness(before: Number, opened: Number) -> Number:
    """open = open0 + (1 - open0) hukou_open: the lever opens a share of what was closed (B.10). Shares."""
    return before + (1.0 - before) * opened


# ---- rules ----------------------------------------------------------------------------------------------------


def settle(big_cities, hukou_open_2018, hukou_open_base: Out) -> None:
    """Openness before the lever, in the two large cities and in other counties."""
    cities, others = hukou_open_2018
    hukou_open_base[:] = np.where(big_cities, cities, others)


def open_registration(hukou_open_base, hukou_open_by_county, hukou_open_reached: Out) -> None:
    """Open registration from each county's initial level."""
    hukou_open_reached[:] = openness(hukou_open_base, hukou_open_by_county)
