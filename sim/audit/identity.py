"""What an identity is: a name, a sentence, and what holds."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple


class Identity(NamedTuple):
    """One identity. `holds`: equations between columns in words (`sim.core.ledger`; `debt@start` is the debt before
    the year), or, where more than adding is needed, a function of the model that gives two arrays which must agree
    (exactly, where `exact`)."""

    id: str
    says: str
    holds: str | tuple[str, ...] | Callable
    exact: bool = False
