"""Arrays inside a page: single precision, bytes of equal weight side by side, deflated, in base64.

Nothing is rounded: what the page shows is what the Dataset holds. The four bytes of a number are parted because the
first ones hardly change from run to run; the scripts put them together again (`data.js`).
"""

from __future__ import annotations

import base64
import zlib

import numpy as np
from numpy.typing import ArrayLike, NDArray

WIDTH = 4  # bytes of a number


def packed(values: ArrayLike) -> str:
    """An array of any shape as text; its numbers are those of single precision, little-endian, in C order."""
    numbers = np.ascontiguousarray(values, dtype="<f4").reshape(-1)
    planes = numbers.view(np.uint8).reshape(-1, WIDTH).T
    return base64.b64encode(zlib.compress(planes.tobytes(), 6)).decode("ascii")


def unpacked(text: str) -> NDArray[np.float32]:
    """The numbers of a packed array, flat."""
    planes = np.frombuffer(zlib.decompress(base64.b64decode(text)), np.uint8).reshape(WIDTH, -1)
    return np.ascontiguousarray(planes.T).view("<f4").reshape(-1)
