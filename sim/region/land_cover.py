"""Land by use in the base year, imputed: only provincial totals and county areas are published, not county surveys.

Provincial totals are distributed by the determinants of each use (area, terrain relief, rural and urban residents),
then each county's categories are scaled to sum to its area. Every value is imputed and flagged accordingly.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.core.declare import parameter
from sim.region.pack import Pack


@dataclass(frozen=True)
class Parameters:
    urban_residential_per_head: float = parameter(80.0, unit="m2 per urban resident", bounds=(60, 110),
                                                  source="planning standards", confidence="low",
                                                  says="urban residential land in the base year")
    urban_industrial_per_head: float = parameter(90.0, unit="m2 per urban resident", bounds=(60, 130),
                                                 source="planning standards", confidence="low",
                                                 says="industrial, commercial and park land in the base year")
    rural_construction_per_head: float = parameter(230.0, unit="m2 per rural resident", bounds=(150, 300),
                                                   source="Qiongzhong survey 2014; planning standards",
                                                   confidence="low",
                                                   says="homesteads and collective construction land in the base year")
    infrastructure_area_share: float = parameter(0.022, unit="share of area", bounds=(0.015, 0.035),
                                                 source="provincial plan outline", confidence="low",
                                                 says="transport and hydraulic land in the base year")
    wetland_area_share: float = parameter(0.055, unit="share of area", bounds=(0.04, 0.08), source="provincial survey",
                                          confidence="low", says="wetland and water in the base year")
    relief_effect_farm: float = parameter(1.0, unit="elasticity", bounds=(0.5, 1.5), source="assumed", confidence="low",
                                          says="decay of cultivated land with terrain relief")
    relief_effect_forest: float = parameter(1.0, unit="elasticity", bounds=(0.5, 1.5), source="assumed",
                                            confidence="low", says="increase of forest with terrain relief")


CENTRAL = Parameters()
HECTARES_PER_KM2 = 100.0
MILLION_PER_HECTARE = 0.15
"""Conversion of the land price unit 10,000 CNY per mu to million CNY per hectare (15 mu to the hectare)."""


def land_cover(pack: Pack, urban: np.ndarray, rural: np.ndarray, parameters: Parameters = CENTRAL) -> dict[str,
               np.ndarray]:
    """Hectares by use and county in the base year; uses sum to the area of the county.

    `urban` and `rural` are residents. Provincial totals of cultivated, garden and forest land are those of the third
    survey (2019), before the conversions since.
    """
    p, active = parameters, pack.active
    area = np.where(active, pack.counties["area_km2"].to_numpy(float) * HECTARES_PER_KM2, 0.0)
    relief = np.nan_to_num(pack.values("land", "terrain_relief_rdls", 2020), nan=0.1)
    relief = np.maximum(relief, 0.02) / np.maximum(relief, 0.02)[active].mean()
    total = {name: float(pack.province(f"{name}_land", 2019)) * 1000.0 for name in ("cultivated", "garden", "forest")}
    fixed = {
        "land_residential": p.urban_residential_per_head * urban / 1e4,
        "land_industrial": p.urban_industrial_per_head * urban / 1e4,
        "land_rural": p.rural_construction_per_head * rural / 1e4,
        "land_infrastructure": p.infrastructure_area_share * area,
        "land_wet": p.wetland_area_share * area,
    }
    open_land = area - sum(fixed.values())
    share = lambda x: np.where(active, x, 0.0) / np.where(active, x, 0.0).sum()  # noqa: E731
    wish = {
        "land_cultivated": total["cultivated"] * share(np.sqrt(area * (rural + 1.0)) * relief**-p.relief_effect_farm),
        "land_garden": total["garden"] * share(area),
        "land_forest": total["forest"] * share(area * relief**p.relief_effect_forest),
    }
    wish["land_other"] = np.maximum(0.03 * open_land, 0.0)
    scale = np.where(active, open_land / np.where(active, sum(wish.values()), 1.0), 0.0)
    cover = fixed | {name: scale * hectares for name, hectares in wish.items()}
    park = share(np.where(pack.group("national_park"), cover["land_forest"], 0.0)) * float(
        pack.province("national_park_area", 2021)) * HECTARES_PER_KM2
    cover["land_forest_park"] = np.minimum(park, 0.9 * cover["land_forest"])
    cover["land_forest"] = cover["land_forest"] - cover["land_forest_park"]
    return cover
