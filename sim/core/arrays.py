"""Types of the arguments and results of formulas."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Number = float | Floats
"""A number, or an array by county or of any shape shared with the other arguments."""
