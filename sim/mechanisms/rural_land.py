"""Idle rural and state-farm construction land: brought into use or reclaimed for quota; its income goes to villages,
state farms and counties (B.6 L11, L12, L14, B.4 Y7).

Released land enters production locally as collective operating land, or is turned back into farmland and its quota
sold. Idle homesteads may be leased. Rent is paid out of the land rent of the sectors that use the land. Section 3.2.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.core.bind import InOut, Out
from sim.core.cache import either, kernel
from sim.core.declare import parameter
from sim.region.land_cover import MILLION_PER_HECTARE
from sim.words import FARMING, LOCAL_SERVICES, NON_FARM


@dataclass(frozen=True)
class Parameters:
    idle_rural_share: float = parameter(0.10, unit="share", bounds=(0.05, 0.2), source="village surveys (recalled)",
                                        confidence="low", says="share of rural construction land that is idle (id)")
    idle_state_farm_share: float = parameter(
        0.002, unit="share of garden land", bounds=(0.0005, 0.005), source="assumed: state farms hold the rubber land",
        confidence="low", says="idle construction land of state farms relative to garden land of the county")
    release_price_half: float = parameter(15.0, unit="10,000 CNY per mu", bounds=(8.0, 30.0), source="assumed",
                                          confidence="low",
                                          says="price at which half of the potential is released (p50)")
    direct_entry_share: float = parameter(
        0.4, unit="share", bounds=(0.2, 0.7), source="assumed", confidence="low",
        says="share of released land that enters the local market; the rest is reclaimed for quota")
    rural_reclamation_cost: float = parameter(
        5.0, unit="10,000 CNY per mu", bounds=(3.0, 12.0), source="assumed", confidence="low",
        says="cost of clearing and reclaiming idle construction land")
    collective_land_usability: float = parameter(
        0.7, unit="share", bounds=(0.5, 1.0), source="assumed", confidence="low",
        says="productive value of collective and state-farm land relative to urban land")
    homestead_usability: float = parameter(
        0.3, unit="share", bounds=(0.1, 0.6), source="assumed: villages against commercial land", confidence="low",
        says="productive value of leased homestead land for local services relative to urban land")
    homestead_lease_share: float = parameter(0.5, unit="share", bounds=(0.2, 0.8), source="assumed", confidence="low",
                                             says="share of idle homesteads leased under full reform")
    household_land_share: float = parameter(0.60, unit="share", bounds=(0.4, 0.8), source="land ticket rules, pilots",
                                            says="households' share of rural land income (sHH)")
    collective_land_share: float = parameter(
        0.25, unit="share", bounds=(0.1, 0.4), source="land ticket rules, pilots",
        says="collectives' share of rural land income, paid out to members (sCO); the rest goes to the county")
    state_farm_county_share: float = parameter(0.3, unit="share", bounds=(0.1, 0.5), source="assumed",
                                               confidence="low",
                                               says="county share of state-farm land income")


# ---- formulas -------------------------------------------------------------------------------------------------


@either
def released(idle: float, rate: float, price: float, half: float) -> float:
    """rel = up idle p / (p + p50) (L11): ha; half the rate at the price p50."""
    return rate * idle * price / (price + half)


@either
def proceeds(hectares: float, price: float, cost: float) -> float:
    """Net proceeds of quota sold at a price after clearing the land; never negative."""
    return hectares * np.maximum(0.0, price - cost)


@either
def rent_per_hectare(rent: float, land: float) -> float:
    """Land rent per hectare in use; 0 where none is used."""
    return rent / land if land > 0 else 0.0


@either
def price_unit(wage_index: float) -> float:
    """Conversion of land prices to million CNY per hectare, indexed to wages."""
    return MILLION_PER_HECTARE * wage_index


@either
def villages_part(household_land_share: float, collective_land_share: float) -> float:
    """Share of rural land income received by households and collectives; the rest goes to the county."""
    return household_land_share + collective_land_share


# ---- rules ----------------------------------------------------------------------------------------------------


@kernel
def release(land_value, quota_price, wage_index, factor_land, homestead, coll_land, state_farm, release_price_half,
            idle_rural_share, idle_state_farm_share, homestead_lease_share, direct_entry_share,
            collective_land_usability, homestead_usability, reclaimed_quality, land_garden, land_rural: InOut,
            land_cultivated: InOut, land_reclaimed: InOut, land_collective: InOut, land_homestead: InOut,
            land_state_farm: InOut, land_input: InOut, quota_reclaimed: Out, quota_state_farm: Out) -> None:
    """Release of idle land of villages and state farms at last year's quota price, and leasing of homesteads.

    Part of the released land enters production locally, the rest is turned back into farmland.
    """
    rent, urban_land = factor_land[:, NON_FARM], land_input[:, NON_FARM]
    unit, leased = price_unit(wage_index), homestead * homestead_lease_share
    for c in range(land_rural.size):
        price = max(land_value[c], quota_price) / unit
        idle = max(0.0, idle_rural_share * land_rural[c] - land_collective[c])
        homes = leased * idle
        farm_idle = max(0.0, idle_state_farm_share * land_garden[c] - land_state_farm[c])
        villages = released(idle - homes, coll_land, price, release_price_half)
        farms = min(released(farm_idle, state_farm, price, release_price_half), idle_rural_share * land_rural[c])
        # Local use: by land rent, homesteads in local services.
        opened = collective_land_usability * (direct_entry_share * villages + direct_entry_share * farms)
        rents = max(rent[c].sum(), 1e-12)
        for s in range(rent.shape[1]):
            urban_land[c, s] += opened * (rent[c, s] / rents)
        land_input[c, LOCAL_SERVICES] += homestead_usability * (homes - land_homestead[c])
        land_collective[c] += direct_entry_share * villages
        land_state_farm[c] += direct_entry_share * farms
        land_homestead[c] = homes
        # Reclaimed: an equal amount of quota may be used or sold.
        quota_state_farm[c] = (1.0 - direct_entry_share) * farms
        quota_reclaimed[c] = both = (1.0 - direct_entry_share) * villages + quota_state_farm[c]
        land_rural[c] -= both
        land_cultivated[c] += both
        land_reclaimed[c] += both
        land_input[c, FARMING] += reclaimed_quality * both


@kernel
def pay_proceeds(quota_reclaimed, quota_state_farm, land_value, quota_price, wage_index, quota_price_reference,
                 rural_reclamation_cost, household_land_share, collective_land_share, state_farm_county_share,
                 collective_land_income: Out, quota_proceeds_paid: Out, spending_reclamation: Out) -> None:
    """Distribute the value of reclaimed quota to villages, state farms and the county (L11, L14).

    Its value is the traded price, or its value at home up to the reference price.
    """
    unit, part = price_unit(wage_index), villages_part(household_land_share, collective_land_share)
    reference, cost = unit * quota_price_reference, unit * rural_reclamation_cost
    for c in range(quota_reclaimed.size):
        price = quota_price if quota_price > 0.0 else min(land_value[c], reference)
        net = proceeds(quota_reclaimed[c], price, cost)
        farm = proceeds(quota_state_farm[c], price, cost)
        collective_land_income[c] = part * (net - farm)
        quota_proceeds_paid[c] = collective_land_income[c] + (1.0 - state_farm_county_share) * farm
        spending_reclamation[c] = cost * quota_reclaimed[c]


@kernel
def pay_rents(factor_land, land_input, collective_land_usability, homestead_usability, household_land_share,
              collective_land_share, state_farm_county_share, land_collective, land_homestead, land_state_farm,
              collective_land_income: InOut, land_rent_county: Out, land_rent_paid: Out) -> None:
    """Rent paid for collective, homestead and state-farm land, per hectare at the rates of urban land and local
    services (Y7).
    """
    part = villages_part(household_land_share, collective_land_share)
    for c in range(land_rent_paid.size):
        per_hectare = rent_per_hectare(factor_land[c, NON_FARM].sum(), land_input[c, NON_FARM].sum())
        services = rent_per_hectare(factor_land[c, LOCAL_SERVICES], land_input[c, LOCAL_SERVICES])
        villages = collective_land_usability * per_hectare * land_collective[c]
        homes = homestead_usability * services * land_homestead[c]
        farms = collective_land_usability * per_hectare * land_state_farm[c]
        collective_land_income[c] += part * villages + homes
        land_rent_county[c] = (1.0 - part) * villages + state_farm_county_share * farms
        land_rent_paid[c] = villages + homes + state_farm_county_share * farms
