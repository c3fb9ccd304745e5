"""Types of what formulas take and return."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Number = float | Floats
"""One number, or an array of them: of counties, or of any shape that its companions share."""
