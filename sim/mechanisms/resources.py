"""Natural resources: extraction by central enterprises, its rent, and the share left to the county (6.2).

Oil, gas and ore are extracted by firms owned outside Hainan. Profit above a normal return is rent. A sharing rule gives
part of it to the county of extraction, at the expense of owners outside rather than of residents.
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
        says="share of rent in the value added of extraction; the rest is wages, taxes and a normal return (rR)")


# ---- formulas -------------------------------------------------------------------------------------------------


@either
def rent(part: float, value: float, share: float) -> float:
    """Resource rent: `share` of the value added of a `part` of industry."""
    return share * part * value


# ---- rules ----------------------------------------------------------------------------------------------------


@kernel
def earn_rent(elapsed, resource_part, value_added, resource_rent_share, resource_share, resource_value: Out,
              resource_rent: Out, resource_due: Out):
    """Value added of extraction by county, its rent, and the share due to the county."""
    for c in range(resource_rent.size):
        part = resource_part[elapsed, c]
        resource_value[c] = part * value_added[c, INDUSTRY]
        resource_rent[c] = rent(part, value_added[c, INDUSTRY], resource_rent_share)
        resource_due[c] = resource_share * resource_rent[c]
