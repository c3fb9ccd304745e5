"""Tables of draws that spread all parameters over their declared ranges, to show which assumptions matter."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.core.declare import Fault, ParameterCard, UserError
from sim.words import MOST_DRAWS

BASE_POPULATION = "sim.region"
"""Parameters declared there shape the base population, which is built once."""
DIGITS = 6


def spread(draws: int, seed: int = 2019) -> list[dict[str, float]]:
    """Rows for `run_study(draws=...)`: every parameter with a range and one number, each row with its own imputation.

    Values come from triangular distributions on the declared ranges with the central value most likely, by Latin
    hypercube sampling (McKay, Beckman and Conover 1979): each of as many equally likely parts of a range is used once.
    The same arguments give the same rows.
    """
    if not 2 <= draws <= MOST_DRAWS:
        raise UserError(Fault("draws", f"{draws} is not a number of draws", f"2 to {MOST_DRAWS:,}"))
    generator = np.random.Generator(np.random.Philox(key=[seed, draws]))
    columns = {name: _values(card, (generator.permutation(draws) + generator.random(draws)) / draws)
               for name, card in ranged().items()}
    return [{"draw": row + 1, "imputation": row + 1, **{name: found[row] for name, found in columns.items()}}
            for row in range(draws)]


def ranged() -> dict[str, ParameterCard]:
    """Cards of the parameters that are one number with a range, in the order of their files."""
    from sim.names import parameter_cards

    return {name: card for name, card in parameter_cards().items()
            if isinstance(card.default, int | float) and not isinstance(card.default, bool)
            and card.bounds[0] < card.bounds[1] and not card.home.startswith(BASE_POPULATION)}


def _values(card: ParameterCard, places: NDArray[np.float64]) -> list[float]:
    """Values of a parameter at places between 0 and 1 of its distribution, as a table of draws holds them."""
    low, high = map(float, card.bounds)
    whole = isinstance(card.default, int)
    found = written(triangular(places, low, float(str(card.default)), high), low, high, whole).tolist()
    return [int(value) for value in found] if whole else found


def written(values: NDArray[np.float64], low: float, high: float, whole: bool) -> NDArray[np.float64]:
    """Values as a table of draws holds them: whole where the parameter is, else to six digits within the range."""
    if whole:
        return np.rint(values)
    short = np.array([float(f"{value:.{DIGITS}g}") for value in values.ravel()]).reshape(values.shape)
    return np.clip(short, low, high)


def triangular(places: NDArray[np.float64], low: float, mode: float, high: float) -> NDArray[np.float64]:
    """Quantiles of the triangular distribution."""
    width = high - low
    below = low + np.sqrt(places * width * (mode - low))
    above = high - np.sqrt((1.0 - places) * width * (high - mode))
    return np.where(places * width < mode - low, below, above)
