"""Land: planning and conversion to construction land; land uses sum to the county's area (B.6 L5, L6, L9, A.5).

Quota, its market and enclaves, farmland compensation, idle rural land and the sea have files of their own; they are
linked here by the columns `land_use_right` and `cultivated_matched`. Sections 2.1, 3.2, 4.1, 8.1.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.core.bind import InOut, Out
from sim.core.cache import either, kernel
from sim.core.declare import column, parameter
from sim.core.table import Constants
from sim.words import FARMING, MOVABLE_SECTORS, NON_FARM, PARK_SECTORS, SECTORS, URBAN

Floats = NDArray[np.float64]
SOURCES = ("land_cultivated", "land_garden", "land_forest", "land_other")
KINDS = SOURCES + ("land_forest_park", "land_residential", "land_industrial", "land_rural", "land_infrastructure",
                   "land_wet")
SENT_TO_PARKS, ON_PARKS = (
    np.array([float(s in group) for s in range(SECTORS)])[NON_FARM] for group in (MOVABLE_SECTORS, PARK_SECTORS))
"""Among non-farm market sectors: 1 for those that can be directed to a park; 1 for those located on park land."""


@dataclass(frozen=True)
class Parameters:
    cultivated_origin_share: float = parameter(0.30, unit="share", bounds=(0.15, 0.5), source="approvals of conversion",
                                               confidence="low", says="share of cultivated land in conversion (sc)")
    residential_share: float = parameter(0.40, unit="share", bounds=(0.25, 0.5), source="land supply by use",
                                         confidence="low", says="residential use of new construction land (mr)")
    infrastructure_share: float = parameter(0.25, unit="share", bounds=(0.15, 0.4), source="land supply by use",
                                            confidence="low", says="infrastructure in new construction land (mi)")
    available_share: float = parameter(
        0.01, unit="share a year", bounds=(0.003, 0.03), source="assumed: outside red lines and slopes",
        confidence="low", says="maximum share of the land of each origin that can be converted in a year")
    quota_carry_share: float = parameter(0.5, unit="share", bounds=(0, 1), source="assumed", confidence="low",
                                         says="share of unused quota carried over")
    park_concentration_2018: float = parameter(
        0.5, unit="share", bounds=(0.3, 0.7), source="parks contributed about half of provincial taxes in 2022-24",
        confidence="low", says="share of new industrial land in provincial parks before the lever (pk_new)")
    flexible_tenure_effect: float = parameter(
        0.05, unit="share of user cost", bounds=(0, 0.12), source="assumed", confidence="low",
        says="user cost of capital of industry and high technology saved by flexible land tenure (fx)")


class Settled(Constants):
    quota_guess = column("county", unit="ha",
                         says="Construction land converted in the base year: a year's quota, by output")
    urban_density_base = column("county", unit="persons per ha",
                                says="Urban residents per urban hectare in the base year")


# ---- formulas -------------------------------------------------------------------------------------------------


@either
def admissible(right: float, outflow: float, barred: float) -> float:
    """Hectares a county may convert: its right, less the barred part of the quota it would use itself (L5).

    Quota that is barred from use is sold or passed on first.
    """
    return np.maximum(0.0, np.minimum(right, (1.0 - barred) * (right + outflow)))


@either
def conversion(quota: float, origins: tuple, cultivated_share: float, available: float) -> tuple:
    """Hectares converted from each origin, within availability (L5, L6).

    Cultivated land contributes a fixed share, other land in proportion to area; shortages are not replaced.
    """
    cultivated, garden, forest, other = origins
    rest, all_others = (1.0 - cultivated_share) * quota, np.maximum(garden + forest + other, 1e-12)
    return (np.minimum(cultivated_share * quota, available * cultivated),
            np.minimum(rest * (garden / all_others), available * garden),
            np.minimum(rest * (forest / all_others), available * forest),
            np.minimum(rest * (other / all_others), available * other))


@either
def uses(converted: float, residential: float, infrastructure: float) -> tuple:
    """New residential, industrial and infrastructure land, ha (L9); the three sum to the land converted."""
    home, works = residential * converted, infrastructure * converted
    return home, converted - home - works, works


@either
def concentrated(park_share: float, concentration: float, before: float) -> float:
    """Park share of new industrial land: land outside parks shrinks by (1 - pk) / (1 - pk_2018) (L9)."""
    return 1.0 - (1.0 - park_share) * np.minimum(1.0, (1.0 - concentration) / (1.0 - before))


@kernel
def sector_shares(rent: Floats, park_share: float, concentration: float, before: float) -> Floats:
    """Shares of non-farm market sectors in new industrial land (L9), by land rent; land of park sectors in a county
    without a park goes to its other sectors. They sum to 1 where rent is paid.
    """
    share = rent / max(rent.sum(), 1e-12)
    kept = 1.0 if park_share > 0 else min(1.0, (1.0 - concentration) / (1.0 - before))
    to_parks, others = (share * SENT_TO_PARKS).sum(), (share * (1.0 - SENT_TO_PARKS)).sum()
    if others > 0.0:
        for s in range(share.size):
            share[s] *= kept if SENT_TO_PARKS[s] > 0 else 1.0 + (1.0 - kept) * to_parks / others
    return share


@either
def share_if_open(start: int, output_share: float, year: int) -> float:
    """Share of a park in the host's land eligible for parks; 0 before its foundation."""
    return np.where(start <= year, output_share, 0.0)


# ---- rules ----------------------------------------------------------------------------------------------------


def guess_quota(construction_quota_total, branch_value_added, quota_guess: Out) -> None:
    """Conversion in the base year: a share of one year's quota, by output."""
    quota_guess[:] = construction_quota_total * branch_value_added.sum(axis=1) / branch_value_added.sum()


def settle(year, land_cover, share_land, value_added, quota_guess, infrastructure_share, park_share_observed,
           park_host_observed, park_start_observed, park_output_share_observed, land_cultivated: Out, land_garden: Out,
           land_forest: Out, land_other: Out, land_forest_park: Out, land_residential: Out, land_industrial: Out,
           land_rural: Out, land_infrastructure: Out, land_wet: Out, land_input: Out, new_urban: Out, converted: Out,
           land_use_right: Out, park_share: Out, park_host: Out, park_start: Out, park_output_share: Out,
           park_area: Out) -> None:
    """Land in production in the base year: farm land for agriculture, urban land by land rent for other sectors."""
    kinds = (land_cultivated, land_garden, land_forest, land_other, land_forest_park, land_residential,
             land_industrial, land_rural, land_infrastructure, land_wet)
    for kind, hectares in zip(KINDS, kinds, strict=True):
        hectares[:] = land_cover[kind]
    rent = share_land[:, 1:] * value_added[:, NON_FARM]
    share = rent / np.maximum(rent.sum(axis=1, keepdims=True), 1e-12)
    land_input[:] = 0.0
    land_input[:, FARMING] = land_cultivated + land_garden
    land_input[:, NON_FARM] = share * land_industrial[:, None]
    new_urban[:] = (1.0 - infrastructure_share) * quota_guess
    converted[:] = land_use_right[:] = quota_guess
    park_share[:] = park_share_observed
    park_host[:], park_start[:], park_output_share[:] = (
        park_host_observed, park_start_observed, park_output_share_observed)
    on_parks = (land_input[:, NON_FARM] * ON_PARKS).sum(axis=1)
    park_area[:] = share_if_open(park_start, park_output_share, year) * on_parks[park_host]


def settle_density(urban_density, urban_density_base: Out) -> None:
    """Density of urban land in the base year, the reference of congestion."""
    urban_density_base[:] = urban_density


def found_parks(n, year, park_start, park_host, park_output_share, park_share: InOut) -> None:
    """Parks founded this year take over their share of industrial, marine and high-technology land."""
    new = park_start == year
    if new.any():
        taken = np.bincount(park_host[new], weights=park_output_share[new], minlength=n)
        park_share[:] = np.minimum(1.0, park_share + taken)


@kernel
def plan(active, quota, quota_balance, quota_reclaimed, quota_enclave, quota_traded, land_barred, quota_in_all: Out,
         land_use_right: Out) -> None:
    """Planned conversion of counties: quota of all kinds, less the part barred by land control and ecology (L5).

    Quota is allocated, carried over, reclaimed, received for enclaves and bought, less quota passed on and sold.
    """
    for c in range(active.size):
        quota_in_all[c] = quota[c] + quota_balance[c] + quota_reclaimed[c] + quota_enclave[c] + quota_traded[c]
        outflow = np.maximum(0.0, -quota_traded[c] - quota_enclave[c])
        land_use_right[c] = admissible(quota_in_all[c], outflow, land_barred[c]) if active[c] else 0.0


@kernel
def choose_origins(land_use_right, sea_reclaimed, land_cultivated, land_garden, land_forest, land_other,
                   cultivated_origin_share, available_share, cultivated_planned: Out) -> None:
    """Planned conversion, other than from the sea, by origin: cultivated, garden, forest and other land (L6)."""
    for c in range(cultivated_planned.size):
        origins = land_cultivated[c], land_garden[c], land_forest[c], land_other[c]
        wanted = land_use_right[c] - sea_reclaimed[c]
        cultivated_planned[c] = conversion(wanted, origins, cultivated_origin_share, available_share)[0]


@kernel
def take(land_use_right, sea_reclaimed, cultivated_matched, cultivated_origin_share, available_share, quota_carry_share,
         land_cultivated: InOut, land_garden: InOut, land_forest: InOut, land_other: InOut, land_reclaimed: InOut,
         land_input: InOut, converted: Out, cultivated_converted: Out, quota_balance: Out) -> None:
    """Conversion, other than from the sea, by origin; cultivated land as far as it is compensated.

    Part of the unused quota is carried over.
    """
    for c in range(converted.size):
        origins = land_cultivated[c], land_garden[c], land_forest[c], land_other[c]
        wanted = land_use_right[c] - sea_reclaimed[c]
        farm, orchard, wood, rest = conversion(wanted, origins, cultivated_origin_share, available_share)
        farm = min(farm, cultivated_matched[c])
        if land_cultivated[c] > 0:
            land_reclaimed[c] *= 1.0 - farm / land_cultivated[c]
        land_cultivated[c] -= farm
        land_garden[c] -= orchard
        land_forest[c] -= wood
        land_other[c] -= rest
        land_input[c, FARMING] -= farm + orchard
        cultivated_converted[c] = farm
        taken = farm + orchard + wood + rest
        converted[c] = taken + sea_reclaimed[c]
        quota_balance[c] = quota_carry_share * (land_use_right[c] - converted[c])


@kernel
def use(converted, quota_in_all, enclave_right, quota_infrastructure, residential_share, infrastructure_share,
        land_residential: InOut, land_industrial: InOut, land_infrastructure: InOut, enclave_land: InOut,
        new_urban: Out, new_industry: Out, new_enclave: Out) -> None:
    """Allocate new land to homes, industry and enclaves, and infrastructure (L9)."""
    n = converted.size
    for c in range(n):
        used = converted[c] / quota_in_all[c] if quota_in_all[c] > 0 else 0.0
        enclave = 0.0
        for owner in range(n):
            enclave += enclave_right[owner, c]
            enclave_land[owner, c] += used * enclave_right[owner, c]
        new_enclave[c] = enclave * used
        works = used * quota_infrastructure[c]
        home, new_industry[c], more_works = uses(
            converted[c] - new_enclave[c] - works, residential_share, infrastructure_share)
        land_residential[c] += home
        land_industrial[c] += new_industry[c] + new_enclave[c]
        land_infrastructure[c] += works + more_works
        new_urban[c] = home + new_industry[c] + new_enclave[c]


@kernel
def open_up(year, factor_land, park_concentration, park_concentration_2018, multi_plan, new_industry, new_enclave,
            park_host, park_start, park_output_share, park_share: InOut, land_input: InOut, park_area: Out) -> None:
    """New land of sectors and enclaves enters production, partly in parks, enclaves entirely; update the land share of
    parks (L9, L10).
    """
    n, rent, urban_land = park_share.size, factor_land[:, NON_FARM], land_input[:, NON_FARM]
    park_land, hosted = np.zeros(n), np.zeros(n)
    for c in range(n):
        share = sector_shares(rent[c], park_share[c], park_concentration, park_concentration_2018)
        in_parks = concentrated(park_share[c], park_concentration, park_concentration_2018)
        rents, old, new, on_park = 0.0, 0.0, 0.0, 0.0
        for s in range(share.size):
            rents += rent[c, s] * SENT_TO_PARKS[s]
            old += urban_land[c, s] * ON_PARKS[s]
        for s in range(share.size):
            of_enclave = new_enclave[c] * (rent[c, s] * SENT_TO_PARKS[s] / max(rents, 1e-12))
            built = multi_plan * (new_industry[c] * share[s] + of_enclave)
            new += built * ON_PARKS[s]
            on_park += multi_plan * (in_parks * new_industry[c] * share[s] + of_enclave) * ON_PARKS[s]
            urban_land[c, s] += built
        has = park_share[c] > 0
        park_land[c] = park_share[c] * old + (on_park if has else 0.0)
        park_share[c] = park_land[c] / max(old + new, 1e-12) if has else 0.0
    for park in range(park_host.size):
        park_area[park] = share_if_open(park_start[park], park_output_share[park], year)
        hosted[park_host[park]] += park_area[park]
    for park in range(park_host.size):
        host = park_host[park]
        park_area[park] = park_land[host] * park_area[park] / max(hosted[host], 1e-12)


@kernel
def crowd(land_residential, land_industrial, population_zone, seasonal_year, seasonal_residents,
          urban_density: Out) -> None:
    """Urban residents, and seasonal residents for their share of the year, per hectare of urban land (M2)."""
    for c in range(urban_density.size):
        urban = land_residential[c] + land_industrial[c]
        persons = population_zone[c, URBAN] + seasonal_year * seasonal_residents[c]
        urban_density[c] = persons / urban if urban > 0 else 1.0
