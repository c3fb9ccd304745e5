"""Land: quota is used, other land becomes construction land, each county's land adds to its area (B.6 L5, L6, L9).

Sections 3.2, 8.1.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.core.declare import parameter

WRITES = (
    "counties.converted", "counties.new_urban", "counties.quota_balance", "counties.land_input",
    "counties.urban_density",
    "counties.land_cultivated", "counties.land_garden", "counties.land_forest", "counties.land_other",
    "counties.land_residential", "counties.land_industrial", "counties.land_infrastructure",
)
SOURCES = ("land_cultivated", "land_garden", "land_forest", "land_other")
KINDS = SOURCES + ("land_forest_park", "land_residential", "land_industrial", "land_rural", "land_infrastructure",
                   "land_wet")


@dataclass(frozen=True)
class Parameters:
    cultivated_origin_share: float = parameter(0.30, unit="share", bounds=(0.15, 0.5), source="approvals of conversion",
                                               confidence="low", says="cultivated land in what is converted (sc)")
    residential_share: float = parameter(0.40, unit="share", bounds=(0.25, 0.5), source="land supply by use",
                                         confidence="low", says="residential use of new construction land (mr)")
    infrastructure_share: float = parameter(0.25, unit="share", bounds=(0.15, 0.4), source="land supply by use",
                                            confidence="low", says="infrastructure in new construction land (mi)")
    plan_efficiency: float = parameter(0.90, unit="share", bounds=(0.85, 1.0), source="assumed", confidence="low",
                                       says="part of new industrial land that is usable in production (plan_eff)")
    available_share: float = parameter(
        0.01, unit="share a year", bounds=(0.003, 0.03), source="assumed: outside red lines and slopes",
        confidence="low",
        says="part of the land of each origin that can be converted in one year at most")
    quota_carry_share: float = parameter(0.5, unit="share", bounds=(0, 1), source="assumed", confidence="low",
                                         says="part of unused quota that may be used later")


# ---- formulas -------------------------------------------------------------------------------------------------


def conversion(quota, origins, cultivated_share, available):
    """Hectares taken from each origin, [county, origin], within what is available (L5, L6).

    Cultivated land gives its fixed share, the others in proportion to their area; what one cannot give is not taken.
    """
    others = origins[:, 1:]
    weight = others / np.maximum(others.sum(axis=1, keepdims=True), 1e-12)
    wanted = np.concatenate([cultivated_share * quota[:, None], (1.0 - cultivated_share) * quota[:, None] * weight], 1)
    return np.minimum(wanted, available * origins)


def uses(converted, residential, infrastructure):
    """New residential, industrial and infrastructure land (L9); the three add to what is converted."""
    home, works = residential * converted, infrastructure * converted
    return home, converted - home - works, works


# ---- verbs ----------------------------------------------------------------------------------------------------


def settle(model) -> None:
    """Land in production in the base year: farm land for agriculture, urban land by land rent for the others."""
    counties, base, p = model.counties, model.base, model.parameters
    for kind in KINDS:
        getattr(counties, kind)[:] = base.land[kind]
    rent = base.ga[:, 1:] * counties.value_added[:, 1:5]
    share = rent / np.maximum(rent.sum(axis=1, keepdims=True), 1e-12)
    counties.land_input[:, 0] = counties.land_cultivated + counties.land_garden
    counties.land_input[:, 1:5] = share * counties.land_industrial[:, None]
    update_density(model)
    base.urban_density = counties.urban_density.copy()
    counties.new_urban[:] = (1.0 - p.infrastructure_share) * base.quota_guess
    counties.converted[:] = base.quota_guess


def update_density(model) -> None:
    """Urban residents, and seasonal ones for their part of the year, per hectare of urban land (M2)."""
    counties = model.counties
    urban = counties.land_residential + counties.land_industrial
    persons = counties.population_zone[:, 0] + model.parameters.seasonal_year * counties.snowbirds
    counties.urban_density[:] = np.where(urban > 0, persons / np.maximum(urban, 1e-9), 1.0)


def convert(model) -> None:
    """Counties use their quota: farm, garden and other land becomes homes, parks and roads."""
    p, counties, active = model.parameters, model.counties, model.active
    quota = np.where(active, counties.quota + counties.quota_balance, 0.0)
    origins = np.stack([getattr(counties, kind) for kind in SOURCES], axis=1)
    taken = conversion(quota, origins, p.cultivated_origin_share, p.available_share)
    converted = taken.sum(axis=1)
    for k, kind in enumerate(SOURCES):
        getattr(counties, kind)[:] -= taken[:, k]
    home, industry, works = uses(converted, p.residential_share, p.infrastructure_share)
    counties.land_residential += home
    counties.land_industrial += industry
    counties.land_infrastructure += works
    counties.converted[:], counties.new_urban[:] = converted, home + industry
    counties.quota_balance[:] = p.quota_carry_share * (quota - converted)
    rent = counties.factor_land[:, 1:5]
    share = rent / np.maximum(rent.sum(axis=1, keepdims=True), 1e-12)
    counties.land_input[:, 1:5] += p.plan_efficiency * industry[:, None] * share
    counties.land_input[:, 0] -= taken[:, 0] + taken[:, 1]
    update_density(model)
