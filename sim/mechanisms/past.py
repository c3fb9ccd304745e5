"""History followed: what observed years ask for beyond the mechanisms, as residuals of declared equations.

A residual is the log of a factor on the productivity of a branch, by county; of the tertiary branch it is one on what
local services capture and sell outside as well, so that prices do not answer it. Residuals are solved once for a draw
(`sim.closure`) and applied to every seed and scenario; after the last year followed they stay as they are.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.core.bind import Out
from sim.words import BASE_YEAR

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
