"""What an indicator is: a card for the reader, its pure function, and the names of what it needs."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from sim.core.declare import Card


@dataclass(frozen=True)
class Indicator:
    """A card, its pure function and the names of the function's arguments, in order.

    A name may carry a year (`border_minutes@2010`) or a number of years back (`population@-5`). `joins` are taken as
    they are there, at least `least` of them: the function then gets one mapping of names to arrays.
    """

    card: Card
    function: Callable
    needs: tuple[str, ...] = ()
    compares: bool = False  # over the units of the mask: nan unless all of them are known
    by_group: bool = False
    masked: bool = False  # nan outside the mask
    joins: tuple[str, ...] = ()
    least: int = 1
    placed: bool = False  # takes the goalposts and weights of the composite index

    @property
    def name(self) -> str:
        """The name of the variable it makes."""
        return self.card.name


def indicator(name: str, function: Callable, needs: Iterable[str], unit: str, says: str, says_zh: str, section: str,
              dims: tuple[str, ...] = ("county",), keep: str = "county", kind: str = "index", **more: Any) -> Indicator:
    """An indicator with its card."""
    return Indicator(Card(name, dims, unit, says, says_zh, kind, section, keep), function, tuple(needs), **more)
