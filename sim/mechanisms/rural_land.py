"""Idle rural and state-farm construction land: brought into use, or reclaimed for quota; its income reaches villages,
farms and counties (B.6 L11, L12, L14, B.4 Y7).

Released land enters production on the spot as collective operating land, or becomes farmland again and its quota is
sold. Idle homesteads may be leased. Rent is paid out of the land rent of the sectors that use the land. Section 3.2.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.core.declare import parameter
from sim.region.land_cover import MILLION_PER_HECTARE

WRITES = (
    "counties.quota_reclaimed", "counties.quota_state_farm", "counties.land_rural", "counties.land_cultivated",
    "counties.land_reclaimed",
    "counties.land_collective", "counties.land_homestead", "counties.land_state_farm", "counties.land_input",
    "counties.collective_land_income", "counties.land_rent_county", "counties.land_rent_paid",
    "counties.quota_proceeds_paid", "counties.spending_reclamation",
)
URBAN_SECTORS = slice(1, 5)
LOCAL_SERVICES = 2


@dataclass(frozen=True)
class Parameters:
    idle_rural_share: float = parameter(0.10, unit="share", bounds=(0.05, 0.2), source="village surveys (recalled)",
                                        confidence="low", says="rural construction land that lies idle (id)")
    idle_state_farm_share: float = parameter(
        0.002, unit="share of garden land", bounds=(0.0005, 0.005), source="assumed: state farms hold the rubber land",
        confidence="low", says="idle construction land of state farms against garden land of the county")
    release_price_half: float = parameter(15.0, unit="10,000 CNY per mu", bounds=(8.0, 30.0), source="assumed",
                                          confidence="low",
                                          says="price at which half of what could be is released (p50)")
    direct_entry_share: float = parameter(
        0.4, unit="share", bounds=(0.2, 0.7), source="assumed", confidence="low",
        says="released land that enters the market on the spot; the rest is reclaimed for quota")
    rural_reclamation_cost: float = parameter(
        5.0, unit="10,000 CNY per mu", bounds=(3.0, 12.0), source="assumed", confidence="low",
        says="cost of clearing and reclaiming idle construction land")
    collective_land_usability: float = parameter(
        0.7, unit="share", bounds=(0.5, 1.0), source="assumed", confidence="low",
        says="part of collective and state-farm land that is usable in production, against urban land")
    homestead_usability: float = parameter(
        0.3, unit="share", bounds=(0.1, 0.6), source="assumed: villages against commercial land", confidence="low",
        says="what a leased homestead gives local services against a hectare of urban land")
    homestead_lease_share: float = parameter(0.5, unit="share", bounds=(0.2, 0.8), source="assumed", confidence="low",
                                             says="idle homesteads that are leased under full reform")
    household_land_share: float = parameter(0.60, unit="share", bounds=(0.4, 0.8), source="land ticket rules, pilots",
                                            says="share of households in the income of rural land (sHH)")
    collective_land_share: float = parameter(
        0.25, unit="share", bounds=(0.1, 0.4), source="land ticket rules, pilots",
        says="share of collectives, paid out to members, in the income of rural land (sCO); the county has the rest")
    state_farm_county_share: float = parameter(0.3, unit="share", bounds=(0.1, 0.5), source="assumed",
                                               confidence="low",
                                               says="share of the county in the income of state-farm land")


# ---- formulas -------------------------------------------------------------------------------------------------


def released(idle, rate, price, half):
    """rel = up idle p / (p + p50) (L11)."""
    return rate * idle * price / (price + half)


def proceeds(hectares, price, cost):
    """What is left of quota sold at a price after clearing the land; never negative."""
    return hectares * np.maximum(0.0, price - cost)


# ---- verbs ----------------------------------------------------------------------------------------------------


def release(model) -> None:
    """Idle land of villages and state farms is released at last year's price of quota; homesteads are leased."""
    p, now, counties = model.parameters, model.now, model.counties
    price = np.maximum(counties.land_value, float(model.account.quota_price)) / _unit(model)
    idle = np.maximum(0.0, p.idle_rural_share * counties.land_rural - counties.land_collective)
    homestead = now.homestead * p.homestead_lease_share * idle
    farm_idle = np.maximum(0.0, p.idle_state_farm_share * counties.land_garden - counties.land_state_farm)
    villages = released(idle - homestead, now.coll_land, price, p.release_price_half)
    farms = np.minimum(released(farm_idle, now.state_farm, price, p.release_price_half),
                       p.idle_rural_share * counties.land_rural)
    _use(model, p.direct_entry_share * villages, p.direct_entry_share * farms, homestead)
    _reclaim(model, (1.0 - p.direct_entry_share) * villages, (1.0 - p.direct_entry_share) * farms)


def _unit(model) -> float:
    """Million CNY per hectare in the unit of prices of land, which rise with wages."""
    return MILLION_PER_HECTARE * float(model.outside.wage_index)


def _use(model, villages, farms, homestead) -> None:
    """Released land enters production where it lies: by land rent, homesteads in local services."""
    p, counties = model.parameters, model.counties
    rent = counties.factor_land[:, URBAN_SECTORS]
    share = rent / np.maximum(rent.sum(axis=1, keepdims=True), 1e-12)
    opened = p.collective_land_usability * (villages + farms)
    counties.land_input[:, URBAN_SECTORS] += opened[:, None] * share
    counties.land_input[:, LOCAL_SERVICES] += p.homestead_usability * (homestead - counties.land_homestead)
    counties.land_collective += villages
    counties.land_state_farm += farms
    counties.land_homestead[:] = homestead


def _reclaim(model, villages, farms) -> None:
    """Cleared land becomes farmland again; as much quota may be used or sold."""
    p, counties = model.parameters, model.counties
    both = villages + farms
    counties.quota_reclaimed[:] = both
    counties.quota_state_farm[:] = farms
    counties.land_rural -= both
    counties.land_cultivated += both
    counties.land_reclaimed += both
    counties.land_input[:, 0] += p.reclaimed_quality * both


def pay_proceeds(model) -> None:
    """What reclaimed quota is worth goes to villages and state farms, the county keeps its share (L11, L14)."""
    p, counties = model.parameters, model.counties
    traded, unit = float(model.account.quota_price), _unit(model)
    cost = unit * p.rural_reclamation_cost
    price = traded if traded > 0.0 else np.minimum(counties.land_value, unit * p.quota_price_reference)
    net = proceeds(counties.quota_reclaimed, price, cost)
    farm = proceeds(counties.quota_state_farm, price, cost)
    rural = (p.household_land_share + p.collective_land_share) * (net - farm)
    counties.collective_land_income[:] = rural
    counties.quota_proceeds_paid[:] = rural + (1.0 - p.state_farm_county_share) * farm
    counties.spending_reclamation += cost * counties.quota_reclaimed


def pay_rents(model) -> None:
    """Those who use collective, homestead and state-farm land pay its rent (Y7)."""
    p, counties = model.parameters, model.counties
    per_hectare = _rent_per_hectare(counties.factor_land[:, URBAN_SECTORS].sum(axis=1),
                                    counties.land_input[:, URBAN_SECTORS].sum(axis=1))
    services = _rent_per_hectare(counties.factor_land[:, LOCAL_SERVICES], counties.land_input[:, LOCAL_SERVICES])
    usable = p.collective_land_usability
    collective = usable * per_hectare * counties.land_collective
    homes = p.homestead_usability * services * counties.land_homestead
    farms = usable * per_hectare * counties.land_state_farm
    villages = p.household_land_share + p.collective_land_share
    counties.collective_land_income += villages * collective + homes
    counties.land_rent_county[:] = (1.0 - villages) * collective + p.state_farm_county_share * farms
    counties.land_rent_paid[:] = collective + homes + p.state_farm_county_share * farms


def _rent_per_hectare(rent, land):
    return np.where(land > 0, rent / np.maximum(land, 1e-12), 0.0)
