"""What can be run in a study: a model as an object with the methods below.

`sim.simulate.HAINAN` is the model of this project, and the default wherever a study takes a model. Another one (a small
model in a test, another place) is an object of its own. It is pickled for the workers of a batch, so its class stands
at the top level of a module, where a worker can import it.
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
    """A scenario as studies know it: frozen, with a name, titles, and a hash of everything that moves its results."""

    @property
    def name(self) -> str:
        """The name under which its runs are stored."""
        ...

    @property
    def title(self) -> str:
        """What it is, in English; empty where nothing is given."""
        ...

    @property
    def title_zh(self) -> str:
        """What it is, in Chinese; empty where nothing is given."""
        ...

    @property
    def hash(self) -> str:
        """A hash of everything that moves its results."""
        ...

    def to_toml(self) -> str:
        """The scenario as a file that `load_plan` reads back to the same hash, without any other file."""
        ...


@runtime_checkable
class Runnable(Protocol):
    """A model that studies can run.

    A run depends on (plan, seed, draw, weight, until) alone: the same five give the same bytes in any process.
    """

    horizon: int
    """The last year unless another is asked for."""
    horizons: Limits
    """The last years that may be asked for."""
    weight: int
    """Residents that one simulated person stands for unless another weight is asked for."""
    weights: Limits
    """The weights that may be asked for."""

    history_until: int | None
    """The last year whose history is followed; None where runs are free from their first year on."""

    follow: Choice | None
    """What of history is met; None where it is all that is observed."""

    pack: Path | None
    """The folder of the data pack in place of the model's own; None where there is none."""

    def on_pack(self, pack: Path) -> Runnable:
        """This model on the data pack of a folder, unless it has one already; UserError with all faults of it."""
        ...

    def following(self, history_until: int | None, follow: Choice | None = None) -> Runnable:
        """This model, following history to that year, as a choice says; UserError where it cannot."""
        ...

    def load_plan(self, scenario: Any) -> Plan:
        """A frozen scenario, of a name, a file or itself; UserError with all its faults."""
        ...

    def draw_limits(self, header: Sequence[str]) -> Mapping[str, Limits]:
        """The ranges of the numbers that a draw may hold, by their names; at least of those in the header."""
        ...

    def draw_of(self, row: Mapping[str, float]) -> Any:
        """A draw (draw, imputation, numbers by name) as `run_arrays` takes it."""
        ...

    def remark_on(self, rows: Sequence[Mapping[str, float]]) -> str:
        """A sentence that who starts a batch on these draws should read; empty where there is none."""
        ...

    def cards(self) -> Mapping[str, Card]:
        """The cards of all variables that a run records."""
        ...

    def coordinates(self, until: int) -> Labels:
        """The labels of `year`, `county` and every other dimension of the cards."""
        ...

    def hashes(self) -> Mapping[str, str]:
        """`code_hash`, `data_hash` and `lock_hash`: what, beside the request, makes the results."""
        ...

    def attributes(self) -> Mapping[str, str]:
        """What results shall say of themselves beside the request and the hashes: prices, vintage of the data."""
        ...

    def solving(self, plan: Any, draw: Any, until: int) -> tuple[str, int, float] | None:
        """What is solved for a draw before its runs to a year: a name that draws share which are solved as one, how
        many reference runs it takes, and about how many seconds of a processor; None where nothing is."""
        ...

    def seconds(self, weight: int, until: int) -> float:
        """About how many seconds of a processor a run takes, beside what is solved before it; 0: not known."""
        ...

    def prepare(self, weight: int) -> None:
        """Make once what all runs share, before workers start (compiled code, base data)."""
        ...

    def run_arrays(self, plan: Any, seed: int, draw: Any, weight: int, until: int,
                   keep: str) -> Mapping[str, NDArray[np.generic]]:
        """One run: arrays [year, *card.dims] of the variables kept at this level of detail, in the cards' types.

        `plan` is what `load_plan` gave, `draw` what `draw_of` gave: their kind is the model's own affair. Whatever it
        raises ends this run alone.
        """
        ...

    def sources(self, indicator: str) -> set[str]:
        """The names of all that an indicator may be computed from; none where it is not an indicator."""
        ...

    def with_indicators(self, dataset: xr.Dataset) -> xr.Dataset:
        """The Dataset with the indicators that its variables allow."""
        ...
