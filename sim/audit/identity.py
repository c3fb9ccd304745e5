"""An identity: a name, a sentence, and its equations."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple


class Identity(NamedTuple):
    """One identity. `holds`: equations between columns as text (`sim.core.ledger`; `debt@start` is the debt before the
    year) or, where addition does not suffice, a function of the model that returns two arrays which must agree
    (exactly, if `exact`)."""

    id: str
    says: str
    holds: str | tuple[str, ...] | Callable
    exact: bool = False
