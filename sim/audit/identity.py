"""What an identity is: a name, a sentence and two sides."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np


class Identity(NamedTuple):
    """One identity: `sides(model)` gives two arrays that must agree (exactly, where `exact`)."""

    id: str
    says: str
    sides: Callable
    exact: bool = False


def two_sides(*flows):
    """What some gain and what others lose, by flow: they agree where a flow runs between counties."""
    return (np.array([np.maximum(flow, 0.0).sum() for flow in flows]),
            np.array([np.maximum(-flow, 0.0).sum() for flow in flows]))
