"""Tables: arrays of one length under declared names; an agent's attributes are views of its row."""

from __future__ import annotations

from collections.abc import Mapping
from types import EllipsisType
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from sim.core.declare import Card, Column, merged


class Table:
    """A structure of arrays. Subclasses declare columns with `column(...)`; rows are entities.

    `sizes` gives the length of the row dimension and of every further dimension a column names.
    """

    row_dim: str | None = None
    _declared: Mapping[str, Column] = {}

    def __init_subclass__(cls) -> None:
        """Declarations are stored separately: without a class attribute of the same name, array access is four times as
        fast.
        """
        own = {name: value for name, value in vars(cls).items() if isinstance(value, Column)}
        for name in own:
            delattr(cls, name)
        cls._declared = {**cls._declared, **own}

    def __init__(self, sizes: Mapping[str, int]):
        self.sizes = dict(sizes)
        for name, declared in self.columns().items():
            lead = (sizes[self.row_dim],) if self.row_dim else ()
            shape = lead + tuple(sizes[d] for d in declared.dims)
            setattr(self, name, np.zeros(shape, dtype=declared.dtype))

    @classmethod
    def columns(cls) -> Mapping[str, Column]:
        """Declared columns in the order of the file."""
        return cls._declared

    @classmethod
    def cards(cls) -> dict[str, Card]:
        """Cards of the columns that are recorded."""
        return {name: c.card(cls.row_dim) for name, c in cls.columns().items() if c.keep}

    def copied(self) -> Self:
        """A table of the same kind with arrays of its own."""
        copy = type(self)(self.sizes)
        for name, array in self.arrays().items():
            setattr(copy, name, array.copy())
        return copy

    def arrays(self) -> dict[str, np.ndarray]:
        """All columns by name (the arrays themselves, not copies)."""
        return {name: getattr(self, name) for name in self.columns()}


class Constants(Table):
    """Numbers settled once to reproduce the base year: columns of any dimensions, without a row dimension.

    A mechanism declares those it needs as `class Settled(Constants)` beside its parameters; a model holds all of them
    in one table. They do not change from year to year.
    """

    if TYPE_CHECKING:
        def __getattr__(self, name: str) -> np.ndarray:
            """A constant by name; the columns are collected from the mechanisms on import."""

    @classmethod
    def together(cls, *parts: type[Constants]) -> type[Constants]:
        """One table of the constants of several mechanisms; a duplicate name is a programming error."""
        whole: type[Constants] = type(
            "Settled", (Constants,), {"__doc__": "All constants that are settled in the base year."})
        whole._declared = merged(*(part.columns() for part in parts))
        return whole


class Window:
    """Attributes of one row of a table, for an agent: reading and writing go there.

    With `...` for the row, of a table without rows, or of several of them.
    """

    def __init__(self, table: Table, row: int | EllipsisType, *more: Table):
        object.__setattr__(self, "_tables", (table, *more))
        object.__setattr__(self, "_row", row)

    def __contains__(self, name: object) -> bool:
        return any(name in type(table).columns() for table in self._tables)

    def _table_of(self, name) -> Table:
        for table in self._tables:
            if name in type(table).columns():
                return table
        raise AttributeError(f"no such column: {name}")

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(f"no such column: {name}")
        value = getattr(self._table_of(name), name)[self._row]
        return value.item() if np.ndim(value) == 0 else value

    def __setattr__(self, name: str, value: object) -> None:
        getattr(self._table_of(name), name)[self._row] = value
