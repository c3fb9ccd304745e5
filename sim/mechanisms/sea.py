"""The sea as land: reclamation from the sea within its cap, and fees for the use of the sea (B.6 L5, F3).

Coastal counties where urban land is worth more than filling the sea build part of their quota on land won from it.
Section 2.3.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

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


def reclamation(cap, rent, price, cost):
    """The cap shared by marine rent among counties whose land is worth more than filling the sea (L5)."""
    weight = rent * np.maximum(0.0, price - cost)
    return cap * weight / weight.sum() if weight.sum() > 0 else np.zeros_like(weight)


def fees(share, rent, efficiency, response):
    """Sea-use fees: a share of the marine land rent, raised with the efficiency of marine land (F3)."""
    return share * rent * (1.0 + response * (efficiency - 1.0))


# ---- verbs ----------------------------------------------------------------------------------------------------


def reclaim(model) -> None:
    """Part of what is built is won from the sea, within the cap of the year; the rest must come from the land. Market
    allocation makes better use of marine land."""
    p, now, before, counties, base = model.parameters, model.now, model.before, model.counties, model.base
    rent = np.where(base.coast, counties.factor_land[:, MARINE], 0.0)
    cost = MILLION_PER_HECTARE * p.sea_reclamation_cost * float(model.outside.wage_index)
    wanted = reclamation(now.reclaim_cap, rent, counties.land_price, cost)
    counties.sea_reclaimed[:] = np.minimum(wanted, counties.land_use_right)
    counties.land_sea += counties.sea_reclaimed
    counties.land_input[:, MARINE] *= np.where(base.coast, now.sea_market / before.sea_market, 1.0)


def charge(model) -> None:
    """Those who use the sea pay for it."""
    p, counties, base = model.parameters, model.counties, model.base
    efficiency = np.where(base.coast, model.now.sea_market, 1.0)
    rent = np.where(base.coast, counties.factor_land[:, MARINE], 0.0)
    counties.sea_use_fees[:] = fees(p.sea_use_fee_share, rent, efficiency, p.sea_fee_response)
