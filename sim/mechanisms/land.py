"""Land: what a county may convert is planned, other land becomes construction land, each county's land adds to its
area (B.6 L5, L6, L9, A.5).

Quota, its market and enclaves, the compensation of farmland, idle rural land and the sea have files of their own; they
meet here in the columns `land_use_right` and `cultivated_matched`. Sections 2.1, 3.2, 4.1, 8.1.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.agents.persons import FARMING
from sim.core.cache import either, kernel
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


@either
def admissible(right, outflow, barred):
    """Hectares a county may convert: its right, less the barred part of what it would convert without selling (L5).

    Whoever sells or passes on quota gives away what is barred first.
    """
    return np.maximum(0.0, np.minimum(right, (1.0 - barred) * (right + outflow)))


@either
def conversion(quota, origins, cultivated_share, available):
    """Hectares a county takes from each origin, within what is available (L5, L6).

    Cultivated land gives its fixed share, the others in proportion to their area; what one cannot give is not taken.
    """
    cultivated, garden, forest, other = origins
    rest, all_others = (1.0 - cultivated_share) * quota, np.maximum(garden + forest + other, 1e-12)
    return (np.minimum(cultivated_share * quota, available * cultivated),
            np.minimum(rest * (garden / all_others), available * garden),
            np.minimum(rest * (forest / all_others), available * forest),
            np.minimum(rest * (other / all_others), available * other))


@either
def uses(converted, residential, infrastructure):
    """New residential, industrial and infrastructure land (L9); the three add to what is converted."""
    home, works = residential * converted, infrastructure * converted
    return home, converted - home - works, works


@either
def concentrated(park_share, concentration, before):
    """Park share of new industrial land: what lies outside shrinks by (1 - pk) / (1 - pk_2018) (L9)."""
    return 1.0 - (1.0 - park_share) * np.minimum(1.0, (1.0 - concentration) / (1.0 - before))


@kernel
def sector_shares(rent, park_share, concentration, before):
    """Shares of I, T, M, H in new industrial land: by land rent; what parks take from a county without one goes to its
    other sectors (L9). They add to 1 where rent is paid."""
    share = rent / max(rent.sum(), 1e-12)
    kept = 1.0 if park_share > 0 else min(1.0, (1.0 - concentration) / (1.0 - before))
    to_parks, others = (share * IN_PARKS).sum(), (share * (1.0 - IN_PARKS)).sum()
    if others > 0.0:
        for s in range(share.size):
            share[s] *= kept if IN_PARKS[s] > 0 else 1.0 + (1.0 - kept) * to_parks / others
    return share


@kernel
def _take(wanted, matched, cultivated_share, available, cultivated, garden, forest, other, reclaimed, farm_land, taken,
          farmed):
    """What is not won from the sea is taken from other land, by origin; cultivated land as far as it is matched."""
    for c in range(wanted.size):
        origins = cultivated[c], garden[c], forest[c], other[c]
        farm, orchard, wood, rest = conversion(wanted[c], origins, cultivated_share, available)
        farm = min(farm, matched[c])
        if cultivated[c] > 0:
            reclaimed[c] *= 1.0 - farm / cultivated[c]
        cultivated[c] -= farm
        garden[c] -= orchard
        forest[c] -= wood
        other[c] -= rest
        farm_land[c] -= farm + orchard
        taken[c], farmed[c] = farm + orchard + wood + rest, farm


@kernel
def _use(converted, quota, enclave_right, works_quota, home_share, works_share, residential, industrial, infrastructure,
         new_urban, enclave_land):
    """New land goes to homes, industry and works; gives what is new for industry, and for enclaves, by host."""
    n = converted.size
    industry, enclave = np.zeros(n), np.zeros(n)
    for c in range(n):
        used = converted[c] / quota[c] if quota[c] > 0 else 0.0
        for owner in range(n):
            enclave[c] += enclave_right[owner, c]
            enclave_land[owner, c] += used * enclave_right[owner, c]
        enclave[c] *= used
        works = used * works_quota[c]
        home, industry[c], more_works = uses(converted[c] - enclave[c] - works, home_share, works_share)
        residential[c] += home
        industrial[c] += industry[c] + enclave[c]
        infrastructure[c] += works + more_works
        new_urban[c] = home + industry[c] + enclave[c]
    return industry, enclave


@kernel
def _open_up(land_rent, concentration, before, industry, enclave, carried_out, host, hosted_share, park_share,
             sector_land, park_area):
    """New land of sectors and enclaves is built on, part of it in parks; the share of a county's parks follows."""
    rent, land_input = land_rent[:, URBAN_SECTORS], sector_land[:, URBAN_SECTORS]
    park_land, hosted = np.zeros(industry.size), np.zeros(industry.size)
    for c in range(industry.size):
        share = sector_shares(rent[c], park_share[c], concentration, before)
        in_parks = concentrated(park_share[c], concentration, before)
        rents, old, new, on_park = 0.0, 0.0, 0.0, 0.0
        for s in range(4):
            rents += rent[c, s] * IN_PARKS[s]
            old += land_input[c, s] * ON_PARKS[s]
        for s in range(4):
            of_enclave = enclave[c] * (rent[c, s] * IN_PARKS[s] / max(rents, 1e-12))
            built = carried_out * (industry[c] * share[s] + of_enclave)
            new += built * ON_PARKS[s]
            on_park += carried_out * (in_parks * industry[c] * share[s] + of_enclave) * ON_PARKS[s]
            land_input[c, s] += built
        has = park_share[c] > 0
        park_land[c] = park_share[c] * old + (on_park if has else 0.0)
        park_share[c] = park_land[c] / max(old + new, 1e-12) if has else 0.0
    for park in range(host.size):
        hosted[host[park]] += hosted_share[park]
    for park in range(host.size):
        park_area[park] = park_land[host[park]] * hosted_share[park] / max(hosted[host[park]], 1e-12)


@kernel
def _crowd(residential, industrial, population_zone, seasonal_year, snowbirds, density):
    """Urban residents, and seasonal ones for their part of the year, per hectare of urban land (M2)."""
    for c in range(density.size):
        urban = residential[c] + industrial[c]
        persons = population_zone[c, 0] + seasonal_year * snowbirds[c]
        density[c] = persons / urban if urban > 0 else 1.0


# ---- verbs ----------------------------------------------------------------------------------------------------


def settle(model) -> None:
    """Land in production in the base year: farm land for agriculture, urban land by land rent for the others."""
    counties, base, p, parks = model.counties, model.base, model.parameters, model.parks
    for kind in KINDS:
        getattr(counties, kind)[:] = base.land[kind]
    rent = base.ga[:, 1:] * counties.value_added[:, 1:5]
    share = rent / np.maximum(rent.sum(axis=1, keepdims=True), 1e-12)
    counties.land_input[:, FARMING] = counties.land_cultivated + counties.land_garden
    counties.land_input[:, URBAN_SECTORS] = share * counties.land_industrial[:, None]
    update_density(model)
    base.urban_density = counties.urban_density.copy()
    counties.new_urban[:] = (1.0 - p.infrastructure_share) * base.quota_guess
    counties.converted[:] = base.quota_guess
    counties.land_use_right[:] = base.quota_guess
    counties.park_share[:] = base.park_share
    parks.host[:], parks.start[:], parks.output_share[:] = base.park_host, base.park_start, base.park_output_share
    parks.area[:] = shares_of_open(model) * (counties.land_input[:, URBAN_SECTORS] * ON_PARKS).sum(axis=1)[parks.host]


def shares_of_open(model) -> np.ndarray:
    """Share of each park in the land of its host that parks can take [park]; 0 before it is founded."""
    return np.where(model.parks.start <= model.year, model.parks.output_share, 0.0)


def found_parks(model) -> None:
    """Parks founded this year take their share of what stands there on industry, marine and high-technology land."""
    counties, parks = model.counties, model.parks
    new = parks.start == model.year
    if new.any():
        taken = np.bincount(parks.host[new], weights=parks.output_share[new], minlength=model.n)
        counties.park_share[:] = np.minimum(1.0, counties.park_share + taken)


def update_density(model) -> None:
    """How densely urban land is lived on."""
    counties = model.counties
    _crowd(counties.land_residential, counties.land_industrial, counties.population_zone,
           model.parameters.seasonal_year, counties.seasonal_residents, counties.urban_density)


def plan(model) -> None:
    """Counties plan what they convert: quota of all kinds, less what land control and ecology bar (L5)."""
    counties = model.counties
    outflow = np.maximum(0.0, -counties.quota_traded - counties.quota_enclave)
    counties.land_use_right[:] = np.where(
        model.active, admissible(all_quota(counties), outflow, counties.land_barred), 0.0)


def choose_origins(model) -> None:
    """What is not won from the sea is to come from cultivated, garden, forest and other land (L6)."""
    p, counties = model.parameters, model.counties
    origins = tuple(getattr(counties, source) for source in SOURCES)
    counties.cultivated_planned[:], *_ = conversion(
        counties.land_use_right - counties.sea_reclaimed, origins, p.cultivated_origin_share, p.available_share)


def all_quota(counties) -> np.ndarray:
    """Quota of all kinds: allotted, carried over, reclaimed, taken in for enclaves, bought; less passed on and sold."""
    return (counties.quota + counties.quota_balance + counties.quota_reclaimed + counties.quota_enclave
            + counties.quota_traded)


def convert(model) -> None:
    """Counties use their quota: farm, garden and other land, and what the sea gave, becomes homes, parks and roads.

    New industrial land is shared by sectors; part of it lies in parks, all of an enclave does.
    """
    p, now, counties, parks = model.parameters, model.now, model.counties, model.parks
    right, sea, taken = counties.land_use_right, counties.sea_reclaimed, np.empty(model.n)
    quota = all_quota(counties)
    _take(right - sea, counties.cultivated_matched, p.cultivated_origin_share, p.available_share,
          counties.land_cultivated, counties.land_garden, counties.land_forest, counties.land_other,
          counties.land_reclaimed, counties.land_input[:, FARMING], taken, counties.cultivated_converted)
    counties.converted[:] = taken + sea
    counties.quota_balance[:] = p.quota_carry_share * (right - counties.converted)
    industry, enclave = _use(
        counties.converted, quota, counties.enclave_right, counties.quota_infrastructure, p.residential_share,
        p.infrastructure_share, counties.land_residential, counties.land_industrial, counties.land_infrastructure,
        counties.new_urban, counties.enclave_land)
    _open_up(counties.factor_land, now.park_concentration, p.park_concentration_2018, industry, enclave, now.multi_plan,
             parks.host, shares_of_open(model), counties.park_share, counties.land_input, parks.area)
    update_density(model)
