"""What is read of effects as they were measured; calibration/effects.py makes them, and no output imports it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol


class Effect(Protocol):
    """The effect of a lever, a provision or a pair of them on one output in one group of counties.

    `reference`, `mean`, `low`, `high` and `stands_out` are in `unit`: the value without it, the mean difference, its
    interval, and the size from which a difference is told from noise. `above_zero` is a share of the pairs.
    """

    @property
    def kind(self) -> str: ...

    @property
    def subject(self) -> str: ...

    @property
    def variable(self) -> str: ...

    @property
    def label(self) -> str: ...

    @property
    def place(self) -> str: ...

    @property
    def years(self) -> str: ...

    @property
    def unit(self) -> str: ...

    @property
    def reference(self) -> float: ...

    @property
    def mean(self) -> float: ...

    @property
    def low(self) -> float: ...

    @property
    def high(self) -> float: ...

    @property
    def above_zero(self) -> float: ...

    @property
    def stands_out(self) -> float: ...

    @property
    def clear(self) -> bool: ...

    def _asdict(self) -> dict[str, object]: ...


class Measured(Protocol):
    """All effects, with what made them (hashes of code, data and levers; seeds, weight, horizon)."""

    @property
    def about(self) -> Mapping[str, str]: ...

    @property
    def effects(self) -> Sequence[Effect]: ...

    def of(self, kind: str, subject: str, variable: str | None = None, place: str | None = None) -> Sequence[Effect]:
        """The effects of a subject, on one variable or in one place where given."""
        ...

    def world(self, lever: str) -> str:
        """The world in which a lever was moved, in words; empty for the common one."""
        ...
