"""Priors of parameters, for designs, sensitivity indices and the search for overturning changes.

The prior of a parameter is a triangular distribution on its declared range, most likely at its central value
(`calibration.spread`). A parameter that a table of posterior draws holds has the distribution of its draws.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike, NDArray

from calibration.spread import ranged, triangular, written
from sim.core.declare import Fault, UserError, nearest
from sim.study.draws import SHIPPED, read_draws

Array = NDArray[np.float64]

POSTERIOR = SHIPPED / "production.csv"
GRID = (np.arange(2000) + 0.5) / 2000


@dataclass(frozen=True)
class Prior:
    """The distribution of one parameter: range, central value, and its draws where a posterior is known.

    `low`, `high`: the declared range, which designs cover; `whole`: whether it takes whole numbers only.
    """

    name: str
    low: float
    central: float
    high: float
    whole: bool = False
    says: str = ""
    drawn: tuple[float, ...] = ()

    def at(self, places: ArrayLike) -> Array:
        """Values at places between 0 and 1 of the distribution."""
        places = np.asarray(places, dtype=float)
        found = np.quantile(self.drawn, places) if self.drawn else triangular(places, self.low, self.central, self.high)
        return self.written(found)

    def spaced(self, places: ArrayLike) -> Array:
        """Values at places between 0 and 1 of the range, all equally likely."""
        return self.written(self.low + np.asarray(places, dtype=float) * (self.high - self.low))

    def written(self, values: ArrayLike) -> Array:
        """Values as a table of draws holds them."""
        return written(np.asarray(values, dtype=float), self.low, self.high, self.whole)

    @property
    def spread(self) -> float:
        """Standard deviation."""
        return float(np.std(self.at(GRID)))

    def place(self, value: float) -> float:
        """Share of the distribution below a value."""
        return float(np.mean(self.at(GRID) < value))


def priors(names: Iterable[str] | None = None, posterior: Path = POSTERIOR) -> tuple[Prior, ...]:
    """Priors of all parameters with a range, or of the named ones; with draws where the table of a posterior is there.

    UserError for a name that is no such parameter.
    """
    cards = ranged()
    wanted = list(cards if names is None else names)
    faults = [Fault("parameters", f"{name} is no parameter with a range", nearest(name, cards))
              for name in wanted if name not in cards]
    if faults:
        raise UserError(*faults)
    known = _posterior(posterior)
    return tuple(_prior(name, cards[name], known.get(name, ())) for name in wanted)


def centre(posterior: Path = POSTERIOR) -> dict[str, float]:
    """The central value of every parameter with a range, as a row of a table of draws holds it: the median of the
    posterior's draws, the declared value where there are none."""
    return {prior.name: _whole(prior, prior.central) for prior in priors(posterior=posterior)}


def contraction(posterior: Path = POSTERIOR) -> dict[str, float]:
    """Contraction of every parameter: 1 - sd of its draws / sd of the declared triangle; zero without draws. For an
    unchanged prior, sampling gives values close to zero of either sign."""
    declared = {prior.name: prior.spread for prior in priors(posterior=posterior.with_name("none"))}
    return {prior.name: 1.0 - float(np.std(prior.drawn)) / declared[prior.name] if prior.drawn else 0.0
            for prior in priors(posterior=posterior)}


def _whole(prior: Prior, value: float) -> float:
    return int(value) if prior.whole else float(value)


def _prior(name: str, card, drawn: Sequence[float]) -> Prior:
    low, high = map(float, card.bounds)
    central = float(card.default)
    whole = isinstance(card.default, int)
    if len(set(drawn)) > 1:
        central = float(written(np.array([np.median(drawn)]), low, high, whole)[0])
    else:
        drawn = ()
    return Prior(name, low, central, high, whole, card.says, tuple(drawn))


def _posterior(path: Path) -> Mapping[str, tuple[float, ...]]:
    """Columns of a table of posterior draws; nothing where there is none."""
    if not path.is_file():
        return {}
    rows = read_draws(path)
    return {name: tuple(float(row[name]) for row in rows) for name in rows[0] if name not in ("draw", "imputation")}


def posterior_draws(path: Path = POSTERIOR) -> tuple[Mapping[str, float], ...]:
    """The rows of the table of posterior draws, parameters alone; none where there is no table."""
    if not path.is_file():
        return ()
    cards = ranged()
    return tuple({name: value for name, value in row.items() if name in cards} for row in read_draws(path))


def rows_at(priors: Sequence[Prior], values: Array, others: Mapping[str, float] | None = None,
            imputation: int = 0) -> list[dict[str, float]]:
    """Rows of a table of draws with these values [draw, parameter], numbered from 1; `others`: values of parameters
    that are the same in all of them."""
    return [{"draw": number, "imputation": imputation, **(others or {}),
             **{prior.name: _whole(prior, value) for prior, value in zip(priors, row, strict=True)}}
            for number, row in enumerate(values, 1)]


def latin(draws: int, parameters: int, seed: int) -> Array:
    """Places [draw, parameter] between 0 and 1 by Latin hypercube sampling (McKay, Beckman and Conover 1979)."""
    generator = np.random.Generator(np.random.Philox(key=[seed, draws]))
    cells = np.column_stack([generator.permutation(draws) for _ in range(parameters)])
    return (cells + generator.random((draws, parameters))) / draws
