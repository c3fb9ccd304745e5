"""Stand-ins for libraries that another library loads at its start, and that one run never calls."""

from __future__ import annotations

import contextlib
import importlib
import sys
from collections.abc import Iterator
from types import ModuleType
from typing import Any


class StandIn(ModuleType):
    """A library in name: whoever calls one of its functions or classes loads and calls the real one."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)

        def called(*arguments: Any, **named: Any) -> Any:
            return getattr(importlib.import_module(self.__name__), name)(*arguments, **named)

        return called


@contextlib.contextmanager
def standing_in(*names: str) -> Iterator[None]:
    """What is imported meanwhile finds stand-ins for these libraries, unless they are loaded; later imports do not."""
    made = {name: StandIn(name) for name in names if name not in sys.modules}
    sys.modules.update(made)
    try:
        yield
    finally:
        for name, one in made.items():
            if sys.modules.get(name) is one:
                del sys.modules[name]
