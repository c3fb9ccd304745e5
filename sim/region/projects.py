"""Named projects: those listed by place in the Opinions, and those of central enterprises in Hainan (4.1, 5).

The list (projects.csv of the pack) is an explicit assumption. The projects are named in the Opinions (hubs) or are
known projects of central enterprises; totals are recalled from press reports or, at low grade, set to a plausible order
of magnitude. A total is spent evenly over its years. Money is in million CNY at 2020 prices.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

from sim.region.pack import Pack
from sim.words import MARKET_SECTORS

SECTOR_OF_LETTER = {"I": 1, "T": 2, "M": 3, "H": 4}


class Project(NamedTuple):
    """A project: its lever, host county, sector, first and last year, total, and the reliability of the total."""

    name: str
    name_zh: str
    lever: str
    host: int
    sector: str
    first: int
    last: int
    total: float
    grade: str

    @property
    def yearly(self) -> float:
        """Spending per year during construction."""
        return self.total / (self.last - self.first + 1)


def projects(pack: Pack) -> tuple[Project, ...]:
    """The projects of a pack, in its order."""
    table = pack.table("projects")
    names = ("name", "name_zh", "lever", "adcode", "sector", "first_year", "last_year", "total", "grade")
    return tuple(Project(*row) for row in zip(*(table[name].tolist() for name in names), strict=True))


def plan(codes: np.ndarray, lever: str, first_year: int, last_year: int, found: Iterable[Project]) -> np.ndarray:
    """Spending on a lever's projects by year, county (in the order of `codes`) and market sector; others are omitted.
    """
    out = np.zeros((last_year - first_year + 1, len(codes), MARKET_SECTORS))
    for one in found:
        if one.lever == lever and one.host in codes:
            years = slice(max(0, one.first - first_year), max(0, one.last - first_year + 1))
            out[years, list(codes).index(one.host), SECTOR_OF_LETTER[one.sector]] += one.yearly
    return out
