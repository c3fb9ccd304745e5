"""The sea as land: reclamation from the sea within its cap, and fees for the use of the sea (B.6 L5, F3).

Coastal counties where urban land is worth more than filling the sea build part of their quota on land won from it.
Section 2.3.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.core.cache import either, kernel
from sim.core.declare import parameter
from sim.region.land_cover import MILLION_PER_HECTARE

WRITES = ("counties.sea_reclaimed", "counties.land_sea", "counties.land_input", "counties.sea_use_fees")
MARINE = 3


@dataclass(frozen=True)
class Parameters:
    sea_reclamation_cost: float = parameter(20.0, unit="10,000 CNY per mu", bounds=(10.0, 40.0), source="assumed",
                                            confidence="low", says="price of urban land from which the sea is filled")
    sea_use_fee_share: float = parameter(0.10, unit="share of marine land rent", bounds=(0.03, 0.3), source="assumed",
                                         confidence="low", says="sea-use fees in the land rent of the marine sector")
    sea_fee_response: float = parameter(
        2.0, unit="ratio", bounds=(0.5, 4.0), source="catalogue: land efficiency +10 %, fees +20 %", confidence="low",
        says="rise of fees per rise of the efficiency of marine land under market allocation of sea areas")


# ---- formulas -------------------------------------------------------------------------------------------------


@either
def reclamation(cap, rent, price, cost):
    """The cap shared by marine rent among counties whose land is worth more than filling the sea (L5)."""
    weight = rent * np.maximum(0.0, price - cost)
    return cap * weight / weight.sum() if weight.sum() > 0 else np.zeros_like(weight)


@either
def fees(share, rent, efficiency, response):
    """Sea-use fees: a share of the marine land rent, raised with the efficiency of marine land (F3)."""
    return share * rent * (1.0 + response * (efficiency - 1.0))


@kernel
def _reclaim(cap, land_rent, coast, price, cost, right, better, won, land_sea, land_input):
    """What is won from the sea, within what a county may convert, and what better use makes of marine land."""
    rent = np.where(coast, land_rent[:, MARINE], 0.0)
    wanted = reclamation(cap, rent, price, cost)
    for c in range(right.size):
        won[c] = min(wanted[c], right[c])
        land_sea[c] += won[c]
        if coast[c]:
            land_input[c, MARINE] *= better


@kernel
def _charge(share, land_rent, coast, efficiency, response, paid):
    """Fees of coastal counties."""
    for c in range(paid.size):
        paid[c] = fees(share, land_rent[c, MARINE], efficiency, response) if coast[c] else 0.0


# ---- verbs ----------------------------------------------------------------------------------------------------


def reclaim(model) -> None:
    """Part of what is built is won from the sea, within the cap of the year; the rest must come from the land. Market
    allocation makes better use of marine land."""
    p, now, before, counties, base = model.parameters, model.now, model.before, model.counties, model.base
    cost = MILLION_PER_HECTARE * p.sea_reclamation_cost * float(model.outside.wage_index)
    _reclaim(now.reclaim_cap, counties.factor_land, base.coast, counties.land_price, cost, counties.land_use_right,
             now.sea_market / before.sea_market, counties.sea_reclaimed, counties.land_sea, counties.land_input)


def charge(model) -> None:
    """Those who use the sea pay for it."""
    p, counties = model.parameters, model.counties
    _charge(p.sea_use_fee_share, counties.factor_land, model.base.coast, model.now.sea_market, p.sea_fee_response,
            counties.sea_use_fees)
