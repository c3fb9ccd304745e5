"""History followed: what observed years ask for beyond the mechanisms, as residuals of declared equations.

A residual is the log of a factor on the productivity of a branch, by county; a sector whose output is told by several
branches shares theirs by the same bridge. Of the secondary branch it is one on what is built here of investment as
well, of the tertiary branch one on what local services capture and sell outside, so that prices do not answer it.
Residuals are solved once for a draw (`sim.closure`) and applied to every seed and scenario; after the last year
followed they stay as they are.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.core.bind import Out
from sim.words import (
    BASE_YEAR,
    FARMING,
    HIGH_TECH,
    INDUSTRY,
    LOCAL_SERVICES,
    MARINE,
    PRIMARY_BRANCH,
    SECONDARY_BRANCH,
    TERTIARY_BRANCH,
)

Floats = NDArray[np.float64]


class History(NamedTuple):
    """The residuals of a draw.

    `until`: the last year followed. `output`: [year from the base year to `until`, county, branch], logs.
    """

    until: int
    output: Floats


def nothing_followed(counties: int, branches: int) -> History:
    """The history of a free run: none after the base year."""
    return History(BASE_YEAR, np.zeros((1, counties, branches)))


def follow(output_residual_of_history, output_residual: Out) -> None:
    """Take over the residuals of the year."""
    output_residual[:] = output_residual_of_history


def pass_on(output_residual, marine_bridge, hightech_bridge, sector_residual: Out) -> None:
    """What a sector takes of the residuals of its branches: the mean, weighted as its value added is told by them."""
    sector_residual[:, FARMING] = output_residual[:, PRIMARY_BRANCH]
    sector_residual[:, INDUSTRY] = output_residual[:, SECONDARY_BRANCH]
    sector_residual[:, LOCAL_SERVICES] = output_residual[:, TERTIARY_BRANCH]
    sector_residual[:, MARINE] = output_residual @ np.asarray(marine_bridge)
    sector_residual[:, HIGH_TECH] = output_residual @ np.asarray(hightech_bridge)
