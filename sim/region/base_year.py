"""The base year: all observations and imputations for 2010 from which the model starts, collected once.

Observations are frozen (`Observed`); the constants that reproduce the base year are `Settled` columns of the mechanisms
that need them. The synthetic population depends only on data and weight; it is built once and kept in the cache folder
under the hash of its inputs.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.core.cache import source_hash
from sim.core.kept import kept
from sim.region import base_targets, exogenous, homes, imputation, land_cover, parks, projects, resources, vital
from sim.region.geography import gateway_minutes, gateways, opened_by, paired, travel_minutes
from sim.region.links import built, planned, with_links
from sim.region.pack import Pack
from sim.region.people import build_people
from sim.region.rivers import Rivers, rivers
from sim.region.vital import Vital
from sim.words import BASE_YEAR, LAST_YEAR

DEFAULT_FLOOR_AREA = 25.0
MILLION_PER_1E8 = 100.0
FIRST_CENSUS = 2000
HOTEL_YEAR, LEAST_GUESTS = 2006, 1e-3
NETWORK_CENSUS = 2020
GATEWAY_KINDS = ("strait", "air", "port")
INTEGRATED = ("circle_N", "circle_S", "circle_E", "circle_W", "coast", "active")
"""Groups whose pairs of counties the levers of 4.1 and 9.1 integrate: four circles, the coast belt, the island."""

def people(pack: Pack, weight: int) -> dict[str, np.ndarray]:
    """The base population, from the cache if it has been built before."""
    name = f"people-{pack.hash[:16]}-{source_hash()[:16]}-{weight}.arrays"
    return kept(name, lambda: build_people(pack, weight))


def net_migration_target(pack: Pack) -> np.ndarray:
    """Net migration by county, persons per year, mean of 2000-2010: growth between censuses less natural growth.

    Natural growth by county is known for 2010 only; its pattern is scaled to the province's mean of the decade.
    """
    first, last = pack.values("population", "resident_census", FIRST_CENSUS), pack.values(
        "population", "resident_census", BASE_YEAR)
    years = BASE_YEAR - FIRST_CENSUS
    growth = np.log(last / first) / years
    natural = (pack.values("population", "birth_rate", BASE_YEAR)
               - pack.values("population", "death_rate", BASE_YEAR)) / 1000.0
    province = (pack.province("birth_rate") - pack.province("death_rate")).dropna() / 1000.0
    mean = province.loc[FIRST_CENSUS:BASE_YEAR].mean()
    weight = np.where(pack.active, last, 0.0)
    natural = natural + mean - np.nansum(natural * weight) / weight.sum()
    return np.where(pack.active, (growth - natural) * 0.5 * (first + last), 0.0)


def exogenous_residents(pack: Pack, years: int) -> np.ndarray:
    """Residents of units without persons (Sansha), interpolated between censuses and constant after: [year, county]
    integers.
    """
    last = 2020
    first_count, last_count = (pack.values("population", "resident_census", y) for y in (BASE_YEAR, last))
    t = np.minimum(np.arange(years), last - BASE_YEAR)[:, None] / (last - BASE_YEAR)
    path = first_count * (last_count / first_count) ** t
    return np.where(pack.active[None], 0, np.rint(path)).astype(np.int64)


def visitor_share(pack: Pack) -> np.ndarray:
    """Shares of overnight visitors by county, January-November 2010; of hotel guests in 2006 if a pack has none."""
    guests = base_targets.base_targets(pack)["visitors_overnight_11m"].values
    if not np.isfinite(guests).any():
        guests = pack.values("economy", "tourists_hotel_overnight_ytd11", HOTEL_YEAR)
    guests = np.where(pack.active, np.maximum(np.nan_to_num(guests), LEAST_GUESTS), 0.0)
    return guests / guests.sum()


def income_known(pack: Pack, draw: int) -> np.ndarray:
    """Income per head of the base year by county and zone, CNY at 2020 prices, rural income converted to the
    later basis with the provincial factor; nan where it is not published."""
    urban, rural = base_targets.base_targets(pack)["inc_u"], base_targets.rural_income(pack, draw)
    return np.stack([np.where(pack.active, found.values, np.nan) for found in (urban, rural)], axis=-1)


def floor_area_per_person(pack: Pack) -> np.ndarray:
    """Floor area of family households per person in the census, m2; the mean of the others where unknown."""
    area = pack.values("population", "floor_area_per_person", BASE_YEAR)
    known = pack.active & np.isfinite(area)
    mean = area[known].mean() if known.any() else DEFAULT_FLOOR_AREA
    return np.where(pack.active, np.where(known, area, mean), 0.0)


def network_covered(pack: Pack) -> np.ndarray:
    """Mean share of households with the networks in the census (piped water, toilet), long form 2020.

    Roads, fibre, power and gas are not counted by county, so these two represent all. The mean is used where a county
    has no value.
    """
    homes = pack.values("population", "lf_households", NETWORK_CENSUS)
    asked = ("lf_hh_piped_water", "lf_hh_toilet")
    covered = np.mean([pack.values("population", name, NETWORK_CENSUS) / homes for name in asked], axis=0)
    known = ~np.isnan(covered)
    mean = np.average(covered[known], weights=homes[known]) if known.any() else 1.0
    return np.where(known, covered, mean)


Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Travel = Callable[[int, float], tuple[Floats, Floats]]


@dataclass(frozen=True, eq=False)
class Observed:
    """Data on the base year and the region: observed, derived or imputed, never settled by the model.

    Money in million CNY at 2020 prices, per head in CNY. Shapes: C counties in the order of the pack, P parks,
    K gateways, T years from the base year to the last year of the outlook.
    """

    # people
    vital: Vital  # birth and death rates by year, sex and age
    exogenous_residents: NDArray[np.int64]  # [T, C] residents of units without persons
    net_migration_target: Floats  # [C] net migration, persons a year, mean of the decade before
    survey_income: Floats  # [zone] disposable income per head of the province by household surveys
    income_known: Floats  # [C, zone] the same by county, nan where not published
    floor_area_per_person: Floats  # [C] m2
    # output and its location
    branch_value_added: Floats  # [C, branch] observed, or imputed by draw
    visitor_share: Floats  # [C] shares of visitors, sum 1
    hub_projects_planned: Floats  # [T, C, market sector] money of the projects of 4.1
    soe_invest_planned: Floats  # [T, C, market sector] money of the projects of 5
    park_share_observed: Floats  # [C] share of modern output on the land of parks, imputed
    park_host_observed: NDArray[np.int64]  # [P] row of the host
    park_start_observed: NDArray[np.int64]  # [P] first year
    park_output_share_observed: Floats  # [P] share of the host's modern output, imputed
    resource_part: Floats  # [T, C] share of oil, gas and ore extraction in industry, imputed
    duty_free_shops: Floats  # [C] shares in duty-free sales
    house_price_known: Floats  # [C] CNY per m2, nan where not published
    # public finance
    local_revenue: float  # of the province and its counties
    observed_revenue: Floats  # [C] own revenue, nan where not published
    province_spending: float  # of all tiers in the province
    # groups of counties
    haikou: Flags  # [C]
    sanya: Flags  # [C]
    big_cities: Flags  # [C] both
    petrochemical: Flags  # [C] refining counties
    north_east: Flags  # [C] counties exposed to typhoon landfalls
    coast: Flags  # [C]
    mountains: Flags  # [C]
    ethnic: Flags  # [C]
    poverty_counties: Flags  # [C]
    key_ecology: Flags  # [C] in the national key-ecological-zone transfer
    subcentre: Flags  # [C]
    # land, networks and travel times
    county_area: Floats  # [C] ha
    land_cover: Mapping[str, Floats]  # by category: [C] ha
    rivers: Rivers
    network_covered: Floats  # [C] share of households with networks at the census named next
    network_census: int
    travel: Travel  # (year, share of planned links) -> minutes [C, C], minutes to gateways [C, K]; read-only
    gateways: Mapping[str, Flags]  # by kind: [K]
    pairs: Flags  # [C, C] different active counties
    partners: NDArray[np.int64]  # [C] number of possible partner counties, at least 1
    rings: Flags  # [ring, C, C] pairs inside the four circles, the coast belt, the island
    circles: Flags  # [circle, C, C] the first four of them
    health_regions: Flags  # [C, C]
    culture_visits: Flags  # [C, centre]
    exogenous_path: Mapping[str, Floats]  # the outlook of the registry, by series: [T]


@functools.lru_cache(maxsize=64)
def gather(pack: Pack, imputation_draw: int) -> Observed:
    """Data on the base year under an imputation of missing values (0: central); shared, read-only."""
    years = LAST_YEAR - BASE_YEAR + 1
    price = float(pack.deflator[BASE_YEAR])
    codes = np.asarray(pack.codes)
    urban = np.nan_to_num(pack.values("population", "urban_population", BASE_YEAR)) * pack.active
    rural = np.nan_to_num(pack.values("population", "rural_population", BASE_YEAR)) * pack.active
    works, found = projects.projects(pack), parks.parks(pack)
    hub, soe = (projects.plan(codes, lever, BASE_YEAR, LAST_YEAR, works) for lever in ("hub_projects", "soe_invest"))
    haikou, sanya = pack.group("haikou"), pack.group("sanya")
    return Observed(
        vital=vital.vital_rates(pack),
        exogenous_residents=exogenous_residents(pack, years),
        net_migration_target=net_migration_target(pack),
        survey_income=np.array([float(pack.province("income_urban", BASE_YEAR)) / price,
                                base_targets.province_rural_income(pack, imputation_draw)]),
        income_known=income_known(pack, imputation_draw),
        floor_area_per_person=floor_area_per_person(pack),
        branch_value_added=imputation.branch_value_added(pack, imputation_draw),
        visitor_share=visitor_share(pack),
        hub_projects_planned=hub, soe_invest_planned=soe,
        park_share_observed=parks.park_share(codes, BASE_YEAR, found),
        park_host_observed=parks.host_rows(codes, found),
        park_start_observed=np.array([park.start for park in found], dtype=np.int64),
        park_output_share_observed=np.array([park.share for park in found]),
        resource_part=resources.resource_part(codes, BASE_YEAR, LAST_YEAR, resources.resources(pack)),
        duty_free_shops=pack.of_places("duty_free_share", 0.0),
        house_price_known=homes.price_2010(pack) / price,
        local_revenue=float(pack.province("gpb_revenue", BASE_YEAR)) * MILLION_PER_1E8 / price,
        observed_revenue=np.where(pack.active, base_targets.base_targets(pack)["own_revenue"].values, np.nan),
        province_spending=float(pack.province("gpb_expenditure", BASE_YEAR)) * MILLION_PER_1E8 / price,
        haikou=haikou, sanya=sanya, big_cities=haikou | sanya,
        petrochemical=pack.group("refinery"), north_east=pack.group("typhoon_coast"),
        coast=pack.group("coast"), mountains=pack.group("mountains"), ethnic=pack.group("ethnic"),
        poverty_counties=pack.group("poverty"),
        key_ecology=pack.active & ~pack.group("outside_national_ecology"),
        subcentre=pack.group("subcentres"),
        county_area=np.where(pack.active, pack.counties["area_km2"].to_numpy(float) * land_cover.HECTARES_PER_KM2, 0.0),
        land_cover=land_cover.land_cover(pack, urban, rural),
        rivers=rivers(pack),
        network_covered=network_covered(pack), network_census=NETWORK_CENSUS,
        exogenous_path=exogenous.path(pack),
        **_space(pack))


def _space(pack: Pack) -> dict[str, object]:
    """Travel times by year, gateways, and the groups within which services and borders are integrated."""
    found = gateways(pack)
    links = planned(pack, [g.name for g in found])

    @functools.lru_cache(maxsize=512)
    def opened(year: int):
        return travel_minutes(pack, year), gateway_minutes(pack, year)

    @functools.lru_cache(maxsize=512)
    def travel(year: int, share: float):
        """Minutes between counties and to the gateways with a share of the planned links; read-only.

        Shared by all seeds of a scenario.
        """
        minutes, gates = opened(opened_by(pack, year))
        return with_links(minutes, gates, links, built(links.opens, year, share)) if share > 0.0 else (minutes, gates)

    pairs = pack.active[:, None] & pack.active[None, :] & ~np.eye(pack.n, dtype=bool)
    rings = paired(np.array([pack.group(name) for name in INTEGRATED]))
    region = pack.counties["health_region"].fillna("").to_numpy()
    return {
        "travel": travel, "gateways": {kind: np.array([g.kind == kind for g in found]) for kind in GATEWAY_KINDS},
        "pairs": pairs, "partners": np.maximum(pairs.sum(axis=1), 1), "rings": rings,
        "circles": rings[: INTEGRATED.index("coast")],
        "health_regions": (region[:, None] == region[None, :]) & pack.active[:, None] & pack.active[None, :],
        "culture_visits": pack.active[:, None] & pack.group("culture_centres")[None, :],
    }
