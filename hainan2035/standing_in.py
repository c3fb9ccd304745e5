"""Stand-ins for libraries that another library loads at its start, and that one run never calls."""

from __future__ import annotations

import contextlib
import importlib
import inspect
import sys
from collections.abc import Iterator
from types import FrameType, ModuleType
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


@contextlib.contextmanager
def frames_by_name() -> Iterator[None]:
    """Meanwhile the frames of a call are told by file, line and name, without their sources.

    Mesa asks for the names of functions and modules that log; to show the line of each, and to find its module,
    `inspect` looks through all modules that are loaded.
    """
    before, module_before = inspect.getframeinfo, inspect.getmodule

    def told(frame: Any, context: int = 1) -> inspect.Traceback:
        if not isinstance(frame, FrameType):
            return before(frame, context)
        return inspect.Traceback(frame.f_code.co_filename, frame.f_lineno, frame.f_code.co_name, None, None)

    def module_of(asked: Any, *more: Any) -> ModuleType | None:
        if not isinstance(asked, FrameType):
            return module_before(asked, *more)
        return sys.modules.get(asked.f_globals.get("__name__", ""))

    inspect.getframeinfo, inspect.getmodule = told, module_of
    try:
        yield
    finally:
        inspect.getframeinfo, inspect.getmodule = before, module_before
