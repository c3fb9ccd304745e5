"""A possible history: published values with errors of measurement of the size shown by double readings (F.15 R0).

Half of the variance of an error is common to the years of one definition of a series in a county, half is specific to
the year; errors are not correlated across breaks. Errors stated by the user are specific to the year. Derived values
have larger errors. Provincial series have none. Error `number` 0 means none: history as published.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.core import dataset
from sim.core.normal import normal_quantile
from sim.core.randomness import MEASURING, uniforms
from sim.region import segments
from sim.region.pack import Pack
from sim.words import BASE_YEAR

Floats = NDArray[np.float64]
SERIES = ("gdp", "gdp_branch", "own_revenue", "budget_spending", "inc_u", "inc_r", "inc_r_net", "population")
"""Series of counties that are measured with an error; a place here addresses its random numbers."""
PARTS = 10  # more than the further dimensions of any series
DERIVED = dataset.FLAGS.index("derived")
MEASURED_BETTER = 2019  # first year with output from a single revision


class Errors(NamedTuple):
    """Errors of a possible history: its number, and standard deviations, in logs. `output`: before 2019 and from then
    on; `derived`: how many times as large where a figure is derived."""

    number: int
    output: tuple[float, float]
    budgets: float
    incomes: float
    people: float
    derived: float

    def size(self, series: str, year: int) -> float:
        """Standard deviation of the error of a series in a year."""
        if series.startswith("gdp"):
            return self.output[year >= MEASURED_BETTER]
        if series.startswith("inc"):
            return self.incomes
        return self.people if series == "population" else self.budgets


def factors(pack: Pack, series: str, flags: NDArray[np.uint8], errors: Errors | None,
            stated: Floats | None = None) -> Floats:
    """What a series [year from the base year on, county, ...] is multiplied by, from its flags; one of other series.

    `stated`: standard deviations [year, county] in place of those of `errors`, all of them of their year alone, as the
    filter of `nearness` takes them to be.
    """
    if errors is None or not errors.number or series not in SERIES:
        return np.ones(flags.shape)
    years = range(BASE_YEAR, BASE_YEAR + len(flags))
    flat = flags.reshape(*flags.shape[:2], -1)
    drawn = np.zeros(flat.shape)
    first = np.array([[_first_year(pack, series, int(code), year) for code in pack.codes] for year in years])
    for part in range(flat.shape[2]):
        uids = (np.asarray(pack.codes, dtype=np.int64) * len(SERIES) + SERIES.index(series)) * PARTS + part
        own = [uniforms(errors.number, MEASURING, year, uids)[:, 0] for year in years]
        kept = {one: uniforms(errors.number, MEASURING, int(one), uids)[:, 1] for one in np.unique(first)}
        for row in range(len(flags)):
            of_year = normal_quantile(own[row])
            common = normal_quantile(np.array([kept[one][c] for c, one in enumerate(first[row])]))
            drawn[row, :, part] = (of_year + common) / np.sqrt(2.0) if stated is None else of_year
    size = np.array([errors.size(series, year) for year in years])[:, None, None]
    size = np.where(flat == DERIVED, errors.derived, 1.0) * size if stated is None else stated[..., None]
    return np.exp(size * drawn).reshape(flags.shape)


def _first_year(pack: Pack, series: str, code: int, year: int) -> int:
    """The first year of the definition that applies to a year; the year itself if there is none."""
    found = segments.segment_of(series, code, year, pack)
    return year if found is None else max(found.first, 0)


def alone(series: str, flags: NDArray[np.uint8], errors: Errors) -> Floats:
    """Variance of the year-specific part of an error [year from the base year on, county, ...], logs."""
    years = range(BASE_YEAR, BASE_YEAR + len(flags))
    size = np.array([errors.size(series, year) for year in years]).reshape(-1, *[1] * (flags.ndim - 1))
    return 0.5 * (np.where(flags == DERIVED, errors.derived, 1.0) * size) ** 2
