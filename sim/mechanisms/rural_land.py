"""Idle rural and state-farm construction land: brought into use, or reclaimed for quota; its income reaches villages,
farms and counties (B.6 L11, L12, L14, B.4 Y7).

Released land enters production on the spot as collective operating land, or becomes farmland again and its quota is
sold. Idle homesteads may be leased. Rent is paid out of the land rent of the sectors that use the land. Section 3.2.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.core.cache import either, kernel
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


@either
def released(idle, rate, price, half):
    """rel = up idle p / (p + p50) (L11)."""
    return rate * idle * price / (price + half)


@either
def proceeds(hectares, price, cost):
    """What is left of quota sold at a price after clearing the land; never negative."""
    return hectares * np.maximum(0.0, price - cost)


@either
def rent_per_hectare(rent, land):
    """Land rent that a hectare in use earns; 0 where none is used."""
    return rent / land if land > 0 else 0.0


@kernel
def _release(land_value, quota_price, unit, half, idle_share, farm_idle_share, leased, village_rate, farm_rate, direct,
             usable, homestead_usable, quality, land_rent, garden, rural, cultivated, reclaimed, collective, homestead,
             state_farm, sector_land, quota_reclaimed, quota_state_farm):
    """Idle land is released: a part enters production where it lies, the rest becomes farmland again."""
    rent, land_input = land_rent[:, URBAN_SECTORS], sector_land[:, URBAN_SECTORS]
    for c in range(rural.size):
        price = max(land_value[c], quota_price) / unit
        idle = max(0.0, idle_share * rural[c] - collective[c])
        homes = leased * idle
        farm_idle = max(0.0, farm_idle_share * garden[c] - state_farm[c])
        villages = released(idle - homes, village_rate, price, half)
        farms = min(released(farm_idle, farm_rate, price, half), idle_share * rural[c])
        # On the spot: by land rent, homesteads in local services.
        opened, rents = usable * (direct * villages + direct * farms), max(rent[c].sum(), 1e-12)
        for s in range(4):
            land_input[c, s] += opened * (rent[c, s] / rents)
        sector_land[c, LOCAL_SERVICES] += homestead_usable * (homes - homestead[c])
        collective[c] += direct * villages
        state_farm[c] += direct * farms
        homestead[c] = homes
        # Reclaimed: as much quota may be used or sold.
        quota_state_farm[c] = (1.0 - direct) * farms
        quota_reclaimed[c] = both = (1.0 - direct) * villages + quota_state_farm[c]
        rural[c] -= both
        cultivated[c] += both
        reclaimed[c] += both
        sector_land[c, 0] += quality * both


@kernel
def _pay_proceeds(quota_reclaimed, quota_state_farm, land_value, traded_at, reference, cost, villages_part, county_part,
                  income, paid, reclamation):
    """Reclaimed quota is worth the price it was traded at, or what it is worth at home up to the reference price."""
    for c in range(paid.size):
        price = traded_at if traded_at > 0.0 else min(land_value[c], reference)
        net = proceeds(quota_reclaimed[c], price, cost)
        farm = proceeds(quota_state_farm[c], price, cost)
        income[c] = villages_part * (net - farm)
        paid[c] = income[c] + (1.0 - county_part) * farm
        reclamation[c] = cost * quota_reclaimed[c]


@kernel
def _pay_rents(land_rent, land_input, usable, homestead_usable, villages_part, county_part, collective, homestead,
               state_farm, income, county_rent, paid):
    """Rent of collective, homestead and state-farm land, by hectare as urban land and local services pay it."""
    for c in range(paid.size):
        per_hectare = rent_per_hectare(land_rent[c, URBAN_SECTORS].sum(), land_input[c, URBAN_SECTORS].sum())
        services = rent_per_hectare(land_rent[c, LOCAL_SERVICES], land_input[c, LOCAL_SERVICES])
        villages = usable * per_hectare * collective[c]
        homes = homestead_usable * services * homestead[c]
        farms = usable * per_hectare * state_farm[c]
        income[c] += villages_part * villages + homes
        county_rent[c] = (1.0 - villages_part) * villages + county_part * farms
        paid[c] = villages + homes + county_part * farms


# ---- verbs ----------------------------------------------------------------------------------------------------


def release(model) -> None:
    """Idle land of villages and state farms is released at last year's price of quota; homesteads are leased."""
    p, now, counties = model.parameters, model.now, model.counties
    _release(counties.land_value, float(model.account.quota_price), _unit(model), p.release_price_half,
             p.idle_rural_share, p.idle_state_farm_share, now.homestead * p.homestead_lease_share, now.coll_land,
             now.state_farm, p.direct_entry_share, p.collective_land_usability, p.homestead_usability,
             p.reclaimed_quality, counties.factor_land, counties.land_garden, counties.land_rural,
             counties.land_cultivated, counties.land_reclaimed, counties.land_collective, counties.land_homestead,
             counties.land_state_farm, counties.land_input, counties.quota_reclaimed, counties.quota_state_farm)


def _unit(model) -> float:
    """Million CNY per hectare in the unit of prices of land, which rise with wages."""
    return MILLION_PER_HECTARE * float(model.outside.wage_index)


def _villages_part(p) -> float:
    """What households and collectives have of the income of rural land; the county has the rest."""
    return p.household_land_share + p.collective_land_share


def pay_proceeds(model) -> None:
    """What reclaimed quota is worth goes to villages and state farms, the county keeps its share (L11, L14)."""
    p, counties, unit = model.parameters, model.counties, _unit(model)
    _pay_proceeds(counties.quota_reclaimed, counties.quota_state_farm, counties.land_value,
                  float(model.account.quota_price), unit * p.quota_price_reference, unit * p.rural_reclamation_cost,
                  _villages_part(p), p.state_farm_county_share, counties.collective_land_income,
                  counties.quota_proceeds_paid, counties.spending_reclamation)


def pay_rents(model) -> None:
    """Those who use collective, homestead and state-farm land pay its rent (Y7)."""
    p, counties = model.parameters, model.counties
    _pay_rents(counties.factor_land, counties.land_input, p.collective_land_usability, p.homestead_usability,
               _villages_part(p), p.state_farm_county_share, counties.land_collective, counties.land_homestead,
               counties.land_state_farm, counties.collective_land_income, counties.land_rent_county,
               counties.land_rent_paid)
