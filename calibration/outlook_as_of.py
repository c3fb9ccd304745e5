"""The outlook as it stood at the end of a year, from what had happened by then: for unconditional forecasts (F.6).

Growth goes on at the mean of the last five years, levels of people's behaviour, of taxes and of bonds as in the last
year; nobody foresees a pandemic or a typhoon, and rules of the housing market stay as they are. Of series nothing after
the origin is read but birth rates between two censuses; laws already passed by now (taxes of 2016 and 2018, the levers
of the baseline) are known from the start.
The scenario `as_of_2017` of the library holds the outlook of 2017; `python -m calibration.outlook_as_of` writes it
anew after the data changed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sim import outlook
from sim.core.files import write_whole
from sim.levers import LIBRARY
from sim.region import exogenous
from sim.region.pack import Pack, load_pack

ORIGIN = 2017
AS_OF = "as_of_"
SCENARIO = f"{AS_OF}{ORIGIN}"
MEAN_OF = 5
LAST_YEAR = 2035
GROWTH = ("national_growth", "outside_wage_growth")
HELD = ("national_coverage", "snowbirds")
AS_LAST = ("total_fertility_rate", "sex_ratio_at_birth")
NATIONAL_LAW = ("tax_burden", "nontax_level", "special_bonds")
UNDISTURBED = ("visitor_shock", "land_market")
POOLS = ("outside_pool_growth_junior", "outside_pool_growth_senior", "outside_pool_growth_college")


def mean_growth(growth: Mapping[int, float], origin: int) -> float:
    """Mean of the five years up to the origin, or of as many of them as are known."""
    return float(np.mean([growth[year] for year in range(origin - MEAN_OF + 1, origin + 1) if year in growth]))


def _last(values: Mapping[int, float], origin: int) -> float:
    """The value of the last year that is known by then."""
    return values[max(year for year in values if year <= origin)]


def national_growth(years: Iterable[int], origin: int | None = None) -> NDArray[np.float64]:
    """Growth of national output by year: as it was, or after an origin the mean of the five years before."""
    known = exogenous.observed(load_pack())["national_growth"]
    path = outlook.series("national_growth").path(years := list(years), known)
    if origin is None:
        return path
    return np.where(np.array(years) > origin, mean_growth(known, origin), path)


def as_of(pack: Pack, origin: int = ORIGIN) -> dict[str, float | dict[int, float]]:
    """Outlook series after the origin: a number that holds, or values by year (million CNY for transfers)."""
    past = exogenous.observed(pack)
    found: dict[str, float | dict[int, float]] = {
        name: mean_growth(past[name], origin) for name in GROWTH}
    found |= {name: past[name][origin] for name in AS_LAST}
    found |= {name: _last(past[name], origin) for name in NATIONAL_LAW}
    found |= {name: _last({**outlook.series(name).future, **past.get(name, {})}, origin) for name in HELD}
    found["national_spending"] = _grown(past["national_spending"], origin)
    found["typhoon_forced"] = 0.0
    found |= dict.fromkeys(UNDISTURBED, 1.0)
    # the second point of these lines is a census after the origin
    found |= {name: min(outlook.series(name).future.items())[1] for name in POOLS}
    found["purchase_restriction"] = next(value for year, value in sorted(
        outlook.series("purchase_restriction").future.items(), reverse=True) if year <= origin)
    found["central_transfer"] = _transfers(pack, origin)
    return found


def _grown(values: Mapping[int, float], origin: int) -> dict[int, float]:
    """A series after the origin at its mean growth of the five years before, or of as many as are known."""
    first = max(origin - MEAN_OF, min(values))
    growth = (values[origin] / values[first]) ** (1 / (origin - first))
    return {year: round(values[origin] * growth ** (year - origin)) for year in range(origin + 1, LAST_YEAR + 1)}


def _transfers(pack, origin: int) -> dict[int, float]:
    """Central transfers by year: as printed to the origin, then at the mean growth of five years.

    Before the first printed year the gap of the budget, which they fill, stands for them; where five years are not
    known, they grow with the nation.
    """
    marks = exogenous.flags(pack)["central_transfer"]
    printed = {year: value for year, value in exogenous.observed(pack)["central_transfer"].items()
               if year <= origin and marks[year] != exogenous.IMPUTED}
    gap = {year: value for year, value in exogenous.budget_gap(pack).items() if year <= origin}
    known = exogenous.filled_by_guide(printed, gap, until=origin) or gap
    first = origin - MEAN_OF
    growth = ((known[origin] / known[first]) ** (1 / MEAN_OF) if first in known
              else 1 + mean_growth(exogenous.observed(pack)["national_growth"], origin))
    return {year: known[origin] * growth ** (year - origin) for year in range(origin + 1, LAST_YEAR + 1)}


def table(pack: Pack, origin: int = ORIGIN) -> str:
    """The [outlook] table of a scenario file."""
    lines = ["[outlook]"]
    for name, value in as_of(pack, origin).items():
        if isinstance(value, dict):
            inner = ", ".join(f"{year} = {number:.0f}" for year, number in value.items())
            lines.append(f"{name} = {{ path = {{ {inner} }} }}")
        else:
            lines.append(f"{name} = {{ path = {{ {origin + 1} = {value:.4f} }} }}")
    return "\n".join(lines) + "\n"


def main() -> None:
    """Bring the scenario of the library up to date."""
    from sim.region.pack import load_pack

    path = Path(LIBRARY) / f"{SCENARIO}.toml"
    head = re.sub(r"\[outlook\].*", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
    write_whole(path, head + table(load_pack()))


if __name__ == "__main__":
    main()
