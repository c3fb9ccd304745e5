"""Agents that are rows of a table."""

from __future__ import annotations

from types import EllipsisType

import mesa

from sim.core.table import Table, Window


class TableAgent(mesa.Agent):
    """An agent whose attributes are the columns of its row: reads and writes go to the table.

    Tables without rows, such as an account, are seen whole; an agent may have several.
    """

    def __init__(self, model, table: Table, row: int | EllipsisType = ..., more: tuple[Table, ...] = ()):
        super().__init__(model)
        self.row = row
        self.window = Window(table, row, *more)

    def __getattr__(self, name):
        if name == "window" or name.startswith("__"):
            raise AttributeError(name)
        return getattr(self.window, name)

    def __setattr__(self, name, value):
        if "window" in self.__dict__ and name in self.window:
            setattr(self.window, name, value)
        else:
            super().__setattr__(name, value)
