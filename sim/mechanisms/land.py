"""Land: what a county may convert is planned, other land becomes construction land, each county's land adds to its
area (B.6 L5, L6, L9, A.5).

Quota, its market and enclaves, the compensation of farmland, idle rural land and the sea have files of their own; they
meet here in the columns `land_use_right` and `cultivated_matched`. Sections 2.1, 3.2, 4.1, 8.1.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.core.cache import kernel
from sim.core.declare import parameter

WRITES = (
    "counties.converted", "counties.new_urban", "counties.quota_balance", "counties.land_use_right",
    "counties.cultivated_planned", "counties.cultivated_converted", "counties.land_input", "counties.urban_density",
    "counties.land_cultivated", "counties.land_garden", "counties.land_forest", "counties.land_other",
    "counties.land_residential", "counties.land_industrial", "counties.land_infrastructure", "counties.park_share",
    "counties.enclave_land", "counties.land_reclaimed", "parks.area",
)
SOURCES = ("land_cultivated", "land_garden", "land_forest", "land_other")
KINDS = SOURCES + ("land_forest_park", "land_residential", "land_industrial", "land_rural", "land_infrastructure",
                   "land_wet")
URBAN_SECTORS = slice(1, 5)
IN_PARKS = np.array([1.0, 0.0, 0.0, 1.0])  # of I, T, M, H: those a rule can send to a park
ON_PARKS = np.array([1.0, 0.0, 1.0, 1.0])  # of I, T, M, H: those that stand on park land


@dataclass(frozen=True)
class Parameters:
    cultivated_origin_share: float = parameter(0.30, unit="share", bounds=(0.15, 0.5), source="approvals of conversion",
                                               confidence="low", says="cultivated land in what is converted (sc)")
    residential_share: float = parameter(0.40, unit="share", bounds=(0.25, 0.5), source="land supply by use",
                                         confidence="low", says="residential use of new construction land (mr)")
    infrastructure_share: float = parameter(0.25, unit="share", bounds=(0.15, 0.4), source="land supply by use",
                                            confidence="low", says="infrastructure in new construction land (mi)")
    available_share: float = parameter(
        0.01, unit="share a year", bounds=(0.003, 0.03), source="assumed: outside red lines and slopes",
        confidence="low", says="part of the land of each origin that can be converted in one year at most")
    quota_carry_share: float = parameter(0.5, unit="share", bounds=(0, 1), source="assumed", confidence="low",
                                         says="part of unused quota that may be used later")
    park_concentration_2018: float = parameter(
        0.5, unit="share", bounds=(0.3, 0.7), source="parks gave about half of provincial taxes in 2022-24",
        confidence="low", says="share of new industrial land that lay in provincial parks before the lever (pk_new)")
    flexible_tenure_effect: float = parameter(
        0.05, unit="share of user cost", bounds=(0, 0.12), source="assumed", confidence="low",
        says="user cost of capital of industry and high technology saved by flexible land tenure (fx)")


# ---- formulas -------------------------------------------------------------------------------------------------


def admissible(right, outflow, barred):
    """Hectares a county may convert: its right, less the barred part of what it would convert without selling (L5).

    Whoever sells or passes on quota gives away what is barred first.
    """
    return np.maximum(0.0, np.minimum(right, (1.0 - barred) * (right + outflow)))


def conversion(quota, origins, cultivated_share, available):
    """Hectares taken from each origin, [county, origin], within what is available (L5, L6).

    Cultivated land gives its fixed share, the others in proportion to their area; what one cannot give is not taken.
    """
    others = origins[:, 1:]
    weight = others / np.maximum(others.sum(axis=1, keepdims=True), 1e-12)
    cultivated, rest = cultivated_share * quota[:, None], (1.0 - cultivated_share) * quota[:, None]
    return np.minimum(np.concatenate([cultivated, rest * weight], axis=1), available * origins)


def uses(converted, residential, infrastructure):
    """New residential, industrial and infrastructure land (L9); the three add to what is converted."""
    home, works = residential * converted, infrastructure * converted
    return home, converted - home - works, works


def concentrated(park_share, concentration, before):
    """Park share of new industrial land: what lies outside shrinks by (1 - pk) / (1 - pk_2018) (L9)."""
    return 1.0 - (1.0 - park_share) * np.minimum(1.0, (1.0 - concentration) / (1.0 - before))


def sector_shares(rent, park_share, concentration, before):
    """Shares of I, T, M, H in new industrial land: by land rent; what parks take from a county without one goes to its
    other sectors (L9). Rows add to 1 where rent is paid."""
    share = rent / np.maximum(rent.sum(axis=1, keepdims=True), 1e-12)
    kept = np.where(park_share > 0, 1.0, np.minimum(1.0, (1.0 - concentration) / (1.0 - before)))[:, None]
    left = share * np.where(IN_PARKS > 0, kept, 1.0)
    others = share * (1.0 - IN_PARKS)
    free = share.sum(axis=1, keepdims=True) - left.sum(axis=1, keepdims=True)
    room = others.sum(axis=1, keepdims=True)
    return np.where(room > 0, left + free * others / np.where(room > 0, room, 1.0), share)


@kernel
def _build(rent, share, new_share, industry, enclave, carried_out, park_share, land_input, park_land):
    """New land of sectors and enclaves is built on, part of it in parks; the share of a county's parks follows."""
    for c in range(industry.size):
        rents, before, new, on_park = 0.0, 0.0, 0.0, 0.0
        for s in range(4):
            rents += rent[c, s] * IN_PARKS[s]
            before += land_input[c, s] * ON_PARKS[s]
        for s in range(4):
            in_park = rent[c, s] * IN_PARKS[s] / max(rents, 1e-12)
            built = carried_out * (industry[c] * share[c, s] + enclave[c] * in_park)
            new += built * ON_PARKS[s]
            on_park += carried_out * (new_share[c] * industry[c] * share[c, s] + enclave[c] * in_park) * ON_PARKS[s]
            land_input[c, s] += built
        has = park_share[c] > 0
        park_land[c] = park_share[c] * before + (on_park if has else 0.0)
        park_share[c] = park_land[c] / max(before + new, 1e-12) if has else 0.0


# ---- verbs ----------------------------------------------------------------------------------------------------


def settle(model) -> None:
    """Land in production in the base year: farm land for agriculture, urban land by land rent for the others."""
    counties, base, p, parks = model.counties, model.base, model.parameters, model.parks
    for kind in KINDS:
        getattr(counties, kind)[:] = base.land[kind]
    rent = base.ga[:, 1:] * counties.value_added[:, 1:5]
    share = rent / np.maximum(rent.sum(axis=1, keepdims=True), 1e-12)
    counties.land_input[:, 0] = counties.land_cultivated + counties.land_garden
    counties.land_input[:, URBAN_SECTORS] = share * counties.land_industrial[:, None]
    update_density(model)
    base.urban_density = counties.urban_density.copy()
    counties.new_urban[:] = (1.0 - p.infrastructure_share) * base.quota_guess
    counties.converted[:] = base.quota_guess
    counties.land_use_right[:] = base.quota_guess
    counties.park_share[:] = base.park_share
    parks.host[:], parks.start[:], parks.share[:] = base.park_host, base.park_start, base.park_output_share
    parks.area[:] = parks.share * (counties.land_input[:, URBAN_SECTORS] * ON_PARKS).sum(axis=1)[parks.host]


def update_density(model) -> None:
    """Urban residents, and seasonal ones for their part of the year, per hectare of urban land (M2)."""
    counties = model.counties
    urban = counties.land_residential + counties.land_industrial
    persons = counties.population_zone[:, 0] + model.parameters.seasonal_year * counties.snowbirds
    counties.urban_density[:] = np.where(urban > 0, persons / np.maximum(urban, 1e-9), 1.0)


def plan(model) -> None:
    """Counties plan what they convert: quota of all kinds, less what land control and ecology bar (L5)."""
    counties = model.counties
    outflow = np.maximum(0.0, -counties.quota_traded - counties.quota_enclave)
    right = admissible(all_quota(counties), outflow, counties.land_barred)
    counties.land_use_right[:] = np.where(model.active, right, 0.0)


def choose_origins(model) -> None:
    """What is not won from the sea is to come from cultivated, garden, forest and other land (L6)."""
    p, counties = model.parameters, model.counties
    counties.cultivated_planned[:] = conversion(
        counties.land_use_right - counties.sea_reclaimed, _origins(counties), p.cultivated_origin_share,
        p.available_share)[:, 0]


def all_quota(counties):
    """Quota of all kinds: allotted, carried over, reclaimed, taken in for enclaves, bought; less passed on and sold."""
    return (counties.quota + counties.quota_balance + counties.quota_reclaimed + counties.quota_enclave
            + counties.quota_traded)


def _origins(counties):
    return np.stack([getattr(counties, kind) for kind in SOURCES], axis=1)


def convert(model) -> None:
    """Counties use their quota: farm, garden and other land, and what the sea gave, becomes homes, parks and roads."""
    p, counties = model.parameters, model.counties
    right, quota = counties.land_use_right, all_quota(counties)
    origins = _origins(counties)
    taken = conversion(right - counties.sea_reclaimed, origins, p.cultivated_origin_share, p.available_share)
    taken[:, 0] = np.minimum(taken[:, 0], counties.cultivated_matched)
    converted = taken.sum(axis=1) + counties.sea_reclaimed
    lost = np.where(origins[:, 0] > 0, taken[:, 0] / np.maximum(origins[:, 0], 1e-12), 0.0)
    counties.land_reclaimed *= 1.0 - lost
    for k, kind in enumerate(SOURCES):
        getattr(counties, kind)[:] -= taken[:, k]
    used = np.where(quota > 0, converted / np.maximum(quota, 1e-12), 0.0)
    enclave, works = used * counties.enclave_right.sum(axis=0)[: model.n], used * counties.quota_infrastructure
    home, industry, more_works = uses(converted - enclave - works, p.residential_share, p.infrastructure_share)
    counties.land_residential += home
    counties.land_industrial += industry + enclave
    counties.land_infrastructure += works + more_works
    counties.converted[:], counties.new_urban[:] = converted, home + industry + enclave
    counties.cultivated_converted[:] = taken[:, 0]
    counties.quota_balance[:] = p.quota_carry_share * (right - converted)
    counties.enclave_land[:, : model.n] += used * counties.enclave_right[:, : model.n]
    counties.land_input[:, 0] -= taken[:, 0] + taken[:, 1]
    _open_up(model, industry, enclave)
    update_density(model)


def _open_up(model, industry, enclave) -> None:
    """New industrial land is shared by sectors; part of it lies in parks, all of an enclave does."""
    p, now, counties, parks = model.parameters, model.now, model.counties, model.parks
    rent, park_land = counties.factor_land[:, URBAN_SECTORS], np.empty(model.n)
    share = sector_shares(rent, counties.park_share, now.park_concentration, p.park_concentration_2018)
    new_share = concentrated(counties.park_share, now.park_concentration, p.park_concentration_2018)
    _build(rent, share, new_share, industry, enclave, now.multi_plan, counties.park_share,
           counties.land_input[:, URBAN_SECTORS], park_land)
    hosted = np.bincount(parks.host, parks.share, minlength=model.n)
    parks.area[:] = park_land[parks.host] * parks.share / np.maximum(hosted[parks.host], 1e-12)
