"""Immutable numbers by name; for an unknown name the closest one is suggested."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sim.core.declare import nearest


class Frozen:
    """Attributes are names, values are numbers or arrays; nothing can be added or changed."""

    kind = "number"

    def __init__(self, values: Mapping[str, object]):
        self.__dict__.update(values)

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(f"no {self.kind} {name}; {nearest(name, self.__dict__) or 'no name is near'}")

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"a {self.kind} does not change: {name}")

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.__dict__})"
