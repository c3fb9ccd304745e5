"""Cases of one target from many origins as the arrays that `calibration.comparison.compare` takes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from calibration.cases import Case

Array = NDArray[np.float64]


class Stacked(NamedTuple):
    """forecast, rival [member, origin, lead, unit]; observed [origin, lead, unit]; nan where a case has nothing.

    origins: their years, each one after the other without a gap; units: rows of the county table (0 of the province).
    """

    forecast: Array
    rival: Array
    observed: Array
    origins: tuple[int, ...]
    units: tuple[int, ...]


def stacked(cases: Iterable[Case]) -> Stacked:
    """The runs, the drawn naive forecasts and what was observed, with leads in years from 1 on.

    Cases whose naive forecast has no members, or that are of a target of another name, are a fault of the caller.
    """
    cases = sorted(cases, key=lambda case: case.target.origin)
    if len({case.target.name for case in cases}) != 1:
        raise ValueError(f"cases of one target, not of {sorted({case.target.name for case in cases})}")
    rivals = [case.naive.members for case in cases]
    known = [one for one in rivals if one is not None]
    if len(known) < len(cases):
        raise ValueError(f"{cases[0].target.name}: an origin without a naive distribution")
    first, last = cases[0].target.origin, cases[-1].target.origin
    units = tuple(sorted({int(unit) for case in cases for unit in case.units}))
    leads = max(max(case.years) - case.target.origin for case in cases)
    shape = (last - first + 1, leads, len(units))
    made = Stacked(np.full((min(len(case.model) for case in cases), *shape), np.nan),
                   np.full((min(len(one) for one in known), *shape), np.nan), np.full(shape, np.nan),
                   tuple(range(first, last + 1)), units)
    for case, rival in zip(cases, known, strict=True):
        place = np.ix_([case.target.origin - first], [year - case.target.origin - 1 for year in case.years],
                       [units.index(int(unit)) for unit in case.units])
        made.observed[place] = np.where(case.known, case.truth, np.nan)[None]
        for table, values in ((made.forecast, case.model), (made.rival, rival)):
            for member in range(len(table)):
                table[member][place] = values[member][None]
    return made
