"""The base year: everything observed or imputed about 2010 that the model starts from, gathered once.

Mechanisms add the constants they settle to the same namespace. The synthetic population depends on data and weight
alone; it is built once and kept in the cache folder under the hash of what made it.
"""

from __future__ import annotations

import copy
import functools
import os
import tempfile
from types import SimpleNamespace

import numpy as np

from sim import outlook
from sim.core.cache import cache_folder, source_hash
from sim.region import exogenous, homes, imputation, land_cover, parks, projects, vital
from sim.region.geography import gateway_minutes, gateways, opened_by, paired, travel_minutes
from sim.region.links import built, planned, with_links
from sim.region.pack import Pack
from sim.region.people import build_people

BASE_YEAR = 2010
DEFAULT_FLOOR_AREA = 25.0
LAST_YEAR = outlook.LAST_YEAR
MILLION_PER_1E8 = 100.0
HAIKOU, SANYA, DANZHOU = 460100, 460200, 460400
FIRST_CENSUS = 2000
NORTH_EAST = (460100, 469002, 469005, 469021)
"""Where most damaging typhoons come ashore: Haikou, Qionghai, Wenchang, Ding'an."""
NETWORK_CENSUS = 2020
INTEGRATED = ("circle_N", "circle_S", "circle_E", "circle_W", "coast", "active")
"""Groups whose pairs of counties the levers of 4.1 and 9.1 integrate: four circles, the coast belt, the island."""
OUTSIDE_NATIONAL_ECOLOGY = (460100, 469005, 469002, 469023, 469024, 469022, 469021)
"""Units outside the national key-ecological-zone transfer in 2015: Haikou, Wenchang, Qionghai, Chengmai, Lingao,
Tunchang, Ding'an (provincial measures of 2015)."""


def people(pack: Pack, weight: int) -> dict[str, np.ndarray]:
    """The base population, from the cache where it has been built before."""
    path = cache_folder() / f"people-{pack.hash[:16]}-{source_hash()[:16]}-{weight}.npz"
    try:
        with np.load(path, allow_pickle=False) as stored:
            return {name: stored[name] for name in stored.files}
    except (OSError, ValueError, EOFError):
        pass
    built = build_people(pack, weight)
    handle, made = tempfile.mkstemp(dir=cache_folder(), suffix=".npz")
    with os.fdopen(handle, "wb") as file:
        np.savez(file, **built)
    os.replace(made, path)
    return built


def net_migration_target(pack: Pack) -> np.ndarray:
    """Net migration by county, persons a year, mean of 2000-2010: growth between censuses less natural growth.

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
    """Residents of units without persons (Sansha), from census to census and level after: [year, county] whole."""
    last = 2020
    first_count, last_count = (pack.values("population", "resident_census", y) for y in (BASE_YEAR, last))
    t = np.minimum(np.arange(years), last - BASE_YEAR)[:, None] / (last - BASE_YEAR)
    path = first_count * (last_count / first_count) ** t
    return np.where(pack.active[None], 0, np.rint(path)).astype(np.int64)


def visitor_share(pack: Pack) -> np.ndarray:
    """Shares of hotel guests by county, January-November 2006: the last year with all counties."""
    guests = np.nan_to_num(pack.values("economy", "tourists_hotel_overnight_ytd11", 2006))
    guests = np.where(pack.active, np.maximum(guests, 1e-3), 0.0)
    return guests / guests.sum()


def floor_area_per_person(pack: Pack) -> np.ndarray:
    """Floor area of family households per person in the census, m2; the mean of the others where it is not known."""
    area = pack.values("population", "floor_area_per_person", BASE_YEAR)
    known = pack.active & np.isfinite(area)
    mean = area[known].mean() if known.any() else DEFAULT_FLOOR_AREA
    return np.where(pack.active, np.where(known, area, mean), 0.0)


def network_covered(pack: Pack) -> np.ndarray:
    """Households with the networks the census asks about (piped water, a toilet), mean share, long form 2020.

    Roads, fibre, power and gas are not counted by county; these two stand for all. The mean stands in where a county
    has none.
    """
    homes = pack.values("population", "lf_households", NETWORK_CENSUS)
    asked = ("lf_hh_piped_water", "lf_hh_toilet")
    covered = np.mean([pack.values("population", name, NETWORK_CENSUS) / homes for name in asked], axis=0)
    known = ~np.isnan(covered)
    mean = np.average(covered[known], weights=homes[known]) if known.any() else 1.0
    return np.where(known, covered, mean)


def gather(pack: Pack, imputation_draw: int) -> SimpleNamespace:
    """What is known of the base year, the caller's own; money in million CNY at 2020 prices."""
    return copy.deepcopy(_gathered(pack, imputation_draw))


@functools.lru_cache(maxsize=64)
def _gathered(pack: Pack, imputation_draw: int) -> SimpleNamespace:
    years = LAST_YEAR - BASE_YEAR + 1
    price = float(pack.deflator[BASE_YEAR])
    codes = np.asarray(pack.codes)
    urban = np.nan_to_num(pack.values("population", "urban_population", BASE_YEAR)) * pack.active
    rural = np.nan_to_num(pack.values("population", "rural_population", BASE_YEAR)) * pack.active
    branch = imputation.branch_value_added(pack, imputation_draw)
    revenue = pack.values("fiscal", "gpb_revenue", BASE_YEAR)
    spending = pack.province("gpb_expenditure", BASE_YEAR)
    local_revenue = float(pack.province("gpb_revenue", BASE_YEAR)) * MILLION_PER_1E8 / price
    base = SimpleNamespace(
        year=BASE_YEAR,
        vital=vital.vital_rates(pack),
        exogenous_residents=exogenous_residents(pack, years),
        branch_value_added=branch,
        survey_income=np.array([float(pack.province("income_urban", BASE_YEAR)),
                                float(pack.province("income_rural_net", BASE_YEAR))]) / price,
        net_migration_target=net_migration_target(pack),
        visitor_share=visitor_share(pack),
        park_share=parks.park_share(codes, BASE_YEAR),
        projects={lever: projects.plan(codes, lever, BASE_YEAR, LAST_YEAR) for lever in ("hub_projects", "soe_invest")},
        park_host=parks.host_rows(codes), park_start=np.array([park.start for park in parks.PARKS]),
        park_output_share=parks.output_shares(codes),
        local_revenue=local_revenue,
        observed_revenue=np.where(pack.active, revenue * MILLION_PER_1E8 / price, np.nan),
        province_spending=float(spending) * MILLION_PER_1E8 / price,
        tax_units=(codes == HAIKOU, codes == SANYA),
        petrochemical=codes == DANZHOU,
        big_cities=(codes == HAIKOU) | (codes == SANYA),
        north_east=pack.active & np.isin(codes, NORTH_EAST),
        house_price_known=homes.price_2010(codes) / price,
        floor_area_per_person=floor_area_per_person(pack),
        coast=pack.group("coast"), mountains=pack.group("mountains"), ethnic=pack.group("ethnic"),
        poverty=pack.group("poverty"),
        key_ecology=pack.active & ~np.isin(codes, OUTSIDE_NATIONAL_ECOLOGY),
        network_covered=network_covered(pack), network_census=NETWORK_CENSUS,
        area=np.where(pack.active, pack.counties["area_km2"].to_numpy(float) * land_cover.HECTARES_PER_KM2, 0.0),
        land=land_cover.land_cover(pack, urban, rural),
    )
    base.exogenous_path = exogenous.path(pack)
    _add_space(base, pack)
    return base


def _add_space(base: SimpleNamespace, pack: Pack) -> None:
    """Travel times by year, gateways, and the groups inside which services and borders are shared."""
    found = gateways(pack)
    links = planned(pack.codes, [g.name for g in found])

    @functools.lru_cache(maxsize=512)
    def opened(year: int):
        return travel_minutes(pack, year), gateway_minutes(pack, year)

    @functools.lru_cache(maxsize=512)
    def travel(year: int, share: float):
        """Minutes between counties and to the gateways with a share of the planned links; not to be written to.

        All seeds of a scenario ask for the same.
        """
        minutes, gates = opened(opened_by(pack, year))
        return with_links(minutes, gates, links, built(links.opens, year, share)) if share > 0.0 else (minutes, gates)

    base.travel = travel
    base.gateways = {kind: np.array([g.kind == kind for g in found]) for kind in ("strait", "air", "port")}
    base.pairs = pack.active[:, None] & pack.active[None, :] & ~np.eye(pack.n, dtype=bool)
    base.partners = np.maximum(base.pairs.sum(axis=1), 1)
    base.rings = paired(np.array([pack.group(name) for name in INTEGRATED]))
    base.circles = base.rings[: INTEGRATED.index("coast")]
    region = pack.counties["health_region"].fillna("").to_numpy()
    base.health_regions = (region[:, None] == region[None, :]) & pack.active[:, None] & pack.active[None, :]
    base.culture_visits = pack.active[:, None] & pack.group("culture_centres")[None, :]
    base.subcentres = pack.group("subcentres")
