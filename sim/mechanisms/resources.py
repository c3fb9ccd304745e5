"""Natural resources: what central enterprises take out, the rent it leaves them, and the part that stays (6.2).

Oil, gas and ore are taken out by firms of owners outside Hainan. What their output leaves beyond a usual profit is
rent. A rule of sharing gives the county of the place a part of it, which owners outside lose and residents do not.
"""

from __future__ import annotations

from dataclasses import dataclass

from sim.core.bind import Out
from sim.core.cache import either, kernel
from sim.core.declare import parameter
from sim.words import INDUSTRY


@dataclass(frozen=True)
class Parameters:
    resource_rent_share: float = parameter(
        0.25, unit="share of value added", bounds=(0.10, 0.40), confidence="low",
        source="rents of oil, gas and minerals, about 1.1 % of China's GDP in the mean of 2010-2020 (World Bank), over "
               "value added of mining, 3 to 5 % of it (recalled)",
        says="rent in the value added of those who take resources; the rest is wages, taxes and a usual return (rR)")


# ---- formulas -------------------------------------------------------------------------------------------------


@either
def rent(part: float, value: float, share: float) -> float:
    """Rent of resources: `share` of the value added that `part` of an industry makes."""
    return share * part * value


# ---- rules ----------------------------------------------------------------------------------------------------


@kernel
def earn_rent(elapsed, resource_part, value_added, resource_rent_share, resource_share, resource_value: Out,
              resource_rent: Out, resource_due: Out):
    """What resources add to the industry of their counties, the rent in it, and what of it is due to the place."""
    for c in range(resource_rent.size):
        part = resource_part[elapsed, c]
        resource_value[c] = part * value_added[c, INDUSTRY]
        resource_rent[c] = rent(part, value_added[c, INDUSTRY], resource_rent_share)
        resource_due[c] = resource_share * resource_rent[c]
