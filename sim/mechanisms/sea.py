"""The sea: land reclamation within its cap, and sea-use fees (B.6 L5, F3).

Coastal counties where urban land is worth more than the cost of reclamation use part of their quota on reclaimed land.
Section 2.3.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.core.bind import InOut, Out
from sim.core.cache import either, kernel
from sim.core.declare import parameter
from sim.region.land_cover import MILLION_PER_HECTARE
from sim.words import MARINE

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Parameters:
    sea_reclamation_cost: float = parameter(20.0, unit="10,000 CNY per mu", bounds=(10.0, 40.0), source="assumed",
                                            confidence="low",
                                            says="price of urban land above which land is reclaimed from the sea")
    sea_use_fee_share: float = parameter(0.10, unit="share of marine land rent", bounds=(0.03, 0.3), source="assumed",
                                         confidence="low",
                                         says="share of sea-use fees in the land rent of the marine sector")
    sea_fee_response: float = parameter(
        2.0, unit="ratio", bounds=(0.5, 4.0), source="catalogue: land efficiency +10 %, fees +20 %", confidence="low",
        says="increase of fees relative to that of marine land efficiency under market allocation of sea areas")


# ---- formulas -------------------------------------------------------------------------------------------------


@either
def reclamation(cap: float, rent: Floats, price: Floats, cost: float) -> Floats:
    """Distribute the cap by marine rent among counties whose land is worth more than reclamation (L5): ha [county].

    Rent in million CNY, price and cost in million CNY per ha.
    """
    weight = rent * np.maximum(0.0, price - cost)
    return cap * weight / weight.sum() if weight.sum() > 0 else np.zeros_like(weight)


@either
def fees(share: float, rent: float, efficiency: float, response: float) -> float:
    """Sea-use fees: a share of the marine land rent, rising with the efficiency of marine land (F3)."""
    return share * rent * (1.0 + response * (efficiency - 1.0))


# ---- rules ----------------------------------------------------------------------------------------------------


@kernel
def reclaim(reclaim_cap, sea_market, sea_market_before, coast, wage_index, sea_reclamation_cost, factor_land,
            land_price, land_use_right, sea_reclaimed: Out, land_sea: InOut, land_input: InOut) -> None:
    """Reclaim land from the sea within the cap of the year; other construction needs existing land. Market allocation
    raises the efficiency of marine land.
    """
    cost = MILLION_PER_HECTARE * sea_reclamation_cost * wage_index
    wanted = reclamation(reclaim_cap, np.where(coast, factor_land[:, MARINE], 0.0), land_price, cost)
    for c in range(wanted.size):
        sea_reclaimed[c] = min(wanted[c], land_use_right[c])
        land_sea[c] += sea_reclaimed[c]
        if coast[c]:
            land_input[c, MARINE] *= sea_market / sea_market_before


@kernel
def charge(coast, factor_land, sea_market, sea_use_fee_share, sea_fee_response, sea_use_fees: Out) -> None:
    """Sea-use fees paid by the marine sector."""
    for c in range(sea_use_fees.size):
        paid = fees(sea_use_fee_share, factor_land[c, MARINE], sea_market, sea_fee_response)
        sea_use_fees[c] = paid if coast[c] else 0.0
