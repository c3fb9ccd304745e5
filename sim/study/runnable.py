"""The interface of a model for studies: an object with the methods below.

`sim.simulate.HAINAN` is the model of this project, and the default wherever a study takes a model. Another one (a small
model in a test, another place) is an object of its own. It is pickled for the workers of a batch, so its class must be
defined at the top level of an importable module.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from sim.core.dataset import Labels
from sim.core.declare import Card, Limits

if TYPE_CHECKING:
    import xarray as xr

    from sim.scenario.follow import Choice


class Plan(Protocol):
    """A scenario as used by studies: frozen, with a name, titles, and a hash of everything that affects its results."""

    @property
    def name(self) -> str:
        """The name under which its runs are stored."""
        ...

    @property
    def title(self) -> str:
        """Title in English; empty if not given."""
        ...

    @property
    def title_zh(self) -> str:
        """Title in Chinese; empty if not given."""
        ...

    @property
    def hash(self) -> str:
        """A hash of everything that affects its results."""
        ...

    def to_toml(self) -> str:
        """The scenario as a self-contained file that `load_plan` reads back to the same hash."""
        ...


@runtime_checkable
class Runnable(Protocol):
    """A model that studies can run.

    A run depends only on (plan, seed, draw, weight, until): equal values give identical bytes in any process.
    """

    horizon: int
    """The default last year."""
    horizons: Limits
    """The permitted last years."""
    weight: int
    """The default number of residents represented by one simulated person."""
    weights: Limits
    """The permitted weights."""

    history_until: int | None
    """The last year of followed history; None for free runs."""

    follow: Choice | None
    """The choice of historical series; None for all observed ones."""

    pack: Path | None
    """The folder of the data pack in place of the model's own; None where there is none."""

    def on_pack(self, pack: Path) -> Runnable:
        """This model on the data pack of a folder, unless it has one already; UserError with all faults of it."""
        ...

    def following(self, history_until: int | None, follow: Choice | None = None) -> Runnable:
        """This model, following history up to that year under a choice of series; UserError if impossible."""
        ...

    def load_plan(self, scenario: Any) -> Plan:
        """A frozen scenario, given by name, file or object; UserError with all faults."""
        ...

    def draw_limits(self, header: Sequence[str]) -> Mapping[str, Limits]:
        """The ranges of the numbers in a draw, by name; at least those in the header."""
        ...

    def draw_of(self, row: Mapping[str, float]) -> Any:
        """A draw (draw, imputation, numbers by name) in the form used by `run_arrays`."""
        ...

    def remark_on(self, rows: Sequence[Mapping[str, float]]) -> str:
        """A notice for the user who starts a batch on these draws; empty if none."""
        ...

    def cards(self) -> Mapping[str, Card]:
        """The cards of all variables recorded by a run."""
        ...

    def coordinates(self, until: int) -> Labels:
        """The labels of `year`, `county` and every other dimension of the cards."""
        ...

    def hashes(self) -> Mapping[str, str]:
        """`code_hash`, `data_hash` and `lock_hash`: the provenance of results, in addition to the request."""
        ...

    def attributes(self) -> Mapping[str, str]:
        """Further attributes of results: price basis, vintage of the data."""
        ...

    def solving(self, plan: Any, draw: Any, until: int) -> tuple[str, int, float] | None:
        """The solution required for a draw before its runs to a year: a name shared by draws with a common solution,
        the number of reference runs, and approximate processor seconds; None if nothing is solved.
        """
        ...

    def seconds(self, weight: int, until: int) -> float:
        """Approximate processor seconds per run, excluding prior solutions; 0 if unknown."""
        ...

    def prepare(self, weight: int) -> None:
        """Prepare what all runs share, before workers start (compiled code, base data)."""
        ...

    def run_arrays(self, plan: Any, seed: int, draw: Any, weight: int, until: int,
                   keep: str) -> Mapping[str, NDArray[np.generic]]:
        """One run: arrays [year, *card.dims] of the variables kept at this level of detail, in the cards' types.

        `plan` and `draw` are the results of `load_plan` and `draw_of`, whose types are internal to the model. An
        exception ends this run only.
        """
        ...

    def sources(self, indicator: str) -> set[str]:
        """The names of all variables from which an indicator is computed; empty if it is not an indicator."""
        ...

    def with_indicators(self, dataset: xr.Dataset) -> xr.Dataset:
        """The Dataset with the indicators that its variables allow."""
        ...
