"""The declaration of an indicator: a card for the reader, its pure function, and the names of its inputs."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from sim.core.declare import Card


@dataclass(frozen=True)
class Indicator:
    """A card, its pure function and the names of the function's arguments, in order.

    A name may carry a year (`border_minutes@2010`) or a number of years back (`population@-5`). `joins` are used as
    far as available, at least `least` of them; the function then receives one mapping of names to arrays. `gaps` also
    declares every index of the gap between counties: True, or the quantity in English and in Chinese where the title
    of the card does not suit.
    """

    card: Card
    function: Callable
    needs: tuple[str, ...] = ()
    compares: bool = False  # over the units of the mask; nan unless all are known
    by_group: bool = False
    masked: bool = False  # nan outside the mask
    joins: tuple[str, ...] = ()
    least: int = 1
    placed: bool = False  # receives the goalposts and weights of the composite index
    gaps: bool | tuple[str, str] = False

    @property
    def name(self) -> str:
        """The name of the resulting variable."""
        return self.card.name

    @property
    def gap_in(self) -> tuple[str, str]:
        """The quantity of its gap, as the end of a title, in English and in Chinese."""
        if isinstance(self.gaps, tuple):
            return self.gaps
        title = self.card.long_name
        return title if title[:2].isupper() else title[:1].lower() + title[1:], self.card.long_name_zh


def indicator(name: str, function: Callable, needs: Iterable[str], unit: str, says: str, says_zh: str, section: str,
              dims: tuple[str, ...] = ("county",), keep: str = "county", kind: str = "index", **more: Any) -> Indicator:
    """An indicator with its card."""
    return Indicator(Card(name, dims, unit, says, says_zh, kind, section, keep), function, tuple(needs), **more)
