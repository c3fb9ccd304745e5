"""Public services: stocks built by spending, levels per user, and entitlement (B.8).

Sections 4.1, 5, 7.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.agents.users import service_users
from sim.core.arrays import Flags, Floats, Number
from sim.core.bind import InOut, Out
from sim.core.cache import either, kernel
from sim.core.declare import column, parameter
from sim.core.table import Constants
from sim.region.geography import integration
from sim.words import CULTURE, EDUCATION, HEALTH, RURAL, SOCIAL, URBAN

LEAST = 1e-9  # avoids division by zero in a county without users
LEAST_LEVEL = 1e-12  # avoids the logarithm of zero in a county without a service


@dataclass(frozen=True)
class Parameters:
    service_depreciation: float = parameter(0.08, unit="1/year", bounds=(0.04, 0.12), source="assumed",
                                            says="depreciation of service stocks (dS)")
    service_spending_efficiency: float = parameter(1.0, unit="ratio", bounds=(0.5, 1.8), source="fitted (F.1)",
                                                   says="service stock formed per spending (effS)")
    service_rivalry: tuple = parameter((1.0, 1.0, 0.6, 1.0), unit="elasticity", bounds=(0.4, 1.0), source="assumed",
                                       says="rivalry in use (congestion), by service (rk)")
    nonlocal_entitlement_2018: float = parameter(
        0.6, unit="share", bounds=(0.4, 0.85), source="assumed", confidence="low",
        says="entitlement of residents registered elsewhere before provision follows residence (phi0)")
    urban_rural_service_gap: float = parameter(
        0.6, unit="share", bounds=(0.25, 1.0), confidence="low",
        source="assumed: urban areas in China have about 1.5 to 2 times the teachers, doctors and beds per head",
        says="urban over rural service level, minus one (du)")
    snowbird_health_use: float = parameter(
        1.5, unit="ratio", bounds=(0.5, 3), source="assumed: mostly elderly", confidence="low",
        says="use of health services by a seasonal resident relative to a resident under 50 (hS)")
    base_service_growth: float = parameter(0.10, unit="1/year", bounds=(0.05, 0.15),
                                           source="growth of service spending before 2010",
                                           says="growth of spending assumed in settling base-year stocks")
    service_access_decay: float = parameter(0.04, unit="1/minute", bounds=(0.02, 0.08), source="assumed",
                                            confidence="low",
                                            says="decay of the use of another county's services with travel time (phS)")
    least_own_service: float = parameter(0.6, unit="share", bounds=(0.5, 0.9), source="assumed", confidence="low",
                                         says="minimum weight of the own county in its residents' accessible services")


class Settled(Constants):
    service_unit = column("service", unit="million CNY per user", says=(
        "Service level of the base year, resident mean, the reference of later levels"))
    mean_education_level = column(unit="base-year mean = 1",
                                  says="Accessible level of education in the base year, resident mean")


# ---- formulas -------------------------------------------------------------------------------------------------


@either
def nonlocal_share(floor: float, resident_based: float, before: float) -> float:
    """phi of a resident registered elsewhere: phi0 + (1 - phi0) rb, rb = 0 at the weight before the lever (S6)."""
    reached = min(max((resident_based - before) / (1.0 - before), 0.0), 1.0)
    return floor + (1.0 - floor) * reached


@either
def renewed(stock: Number, depreciation: Number, efficiency: Number, spending: Number, cost_factor: Number,
            aid: Number) -> Number:
    """SV' = (1 - dS) SV + effS spending / cf + aid (S1)."""
    return (1.0 - depreciation) * stock + efficiency * spending / cost_factor + aid


@either
def nation_renewed(stock: Number, depreciation: float, growth: float, spending: Number) -> Number:
    """S_out' = (1 - dS) S_out + (dS + g) spending, both relative to the base year, whose stock grew at g (N1)."""
    return (1.0 - depreciation) * stock + (depreciation + growth) * spending


@either
def level(stock: Number, users: Number, rivalry: Number) -> Number:
    """Service per user, SV / U^rk (S3)."""
    return np.where(users > 0, stock / np.maximum(users, LEAST) ** rivalry, 0.0)


@either
def nearness(minutes: Number, decay: Number) -> Number:
    """Decay of service use with travel time, e^(-phS tau') (S4)."""
    return np.exp(-decay * minutes)


@either
def shared_beyond(sharing: Floats, part: float, pairs: Flags) -> Floats:
    """Sharing of a service between pairs of counties, in addition to that of their circles (S4)."""
    return 1.0 - (1.0 - sharing) * (1.0 - part * pairs)


@kernel
def sharing_weights(sharing: Floats, near: Floats, least_own: float) -> Floats:
    """om [c, d]: weight of d's services in those accessible to residents of c (S4); rows sum to 1, the own weight is >=
    least_own.

    Off the diagonal om ~ sharing e^(-phS tau'); with nothing shared, om is the identity.
    """
    weights = sharing * near
    for c in range(near.shape[0]):
        weights[c, c] = 0.0
        reach = weights[c].sum()
        part = min(reach / (1.0 + reach), 1.0 - least_own)
        for d in range(near.shape[1]):
            weights[c, d] = weights[c, d] * part / (reach if reach > 0.0 else 1.0)
        weights[c, c] = 1.0 - part
    return weights


@kernel
def accessible(levels: Floats, weights: Floats) -> Floats:
    """sacc_c = sum_d om_cd s_d (S4) of one service."""
    reached = np.zeros(levels.size)
    for c in range(levels.size):
        for d in range(levels.size):
            reached[c] += weights[c, d] * levels[d]
    return reached


@kernel
def index(levels: Floats, weights: Floats) -> float:
    """S = exp( sum w ln s ) (S5)."""
    total = 0.0
    for k in range(levels.size):
        total += weights[k] * np.log(max(levels[k], LEAST_LEVEL))
    return np.exp(total)


@either
def by_zone(service: float, ratio: float, urban: float, rural: float) -> tuple[float, float]:
    """Urban and rural level at a ratio q, so that the resident mean is S: S_r = S N / (q N_u + N_r), S_u = q S_r (S5).

    Without residents, the levels are those that a first resident would have.
    """
    people = urban + rural
    lower = service * people / (ratio * urban + rural) if people > 0 else service
    return ratio * lower, lower


@either
def added(now: float, before: float) -> float:
    """This year's increase of a lever that counts cumulative stock; existing stock is not removed."""
    return max(0.0, now - before)


# ---- rules ----------------------------------------------------------------------------------------------------


def serve_nation(national_spending, national_spending_path, service_depreciation, base_service_growth,
                 outside_service: InOut) -> None:
    """Services outside depreciate as in Hainan and are built by national spending per head."""
    outside_service[...] = nation_renewed(outside_service, service_depreciation, base_service_growth,
                                          national_spending / national_spending_path[0])


@kernel
def entitle(active, weight, rows_school_age, rows_by_health_age, rows_by_home, rows_adult, seasonal_residents,
            resident_based, resident_based_weight_before, nonlocal_entitlement_2018, health_weight_middle,
            health_weight_old, snowbird_health_use, seasonal_year, users: Out, entitlement: Out,
            nonlocal_entitlement: Out):
    """Users of services, and entitlement of residents registered elsewhere.

    Seasonal residents count as users of health services.
    """
    entitled = nonlocal_share(nonlocal_entitlement_2018, resident_based, resident_based_weight_before)
    use_by_age = 1.0, health_weight_middle, health_weight_old
    users[:] = service_users(rows_school_age, rows_by_health_age, rows_by_home, rows_adult, weight, entitled,
                             use_by_age)
    seasonal_use = snowbird_health_use * seasonal_year
    for c in range(active.size):
        users[c, HEALTH] += seasonal_use * seasonal_residents[c]
        others = rows_by_home[c, 1] + rows_by_home[c, 2]
        mean = (rows_by_home[c, 0] + entitled * others) / max(rows_by_home[c, 0] + others, 1)
        entitlement[c] = mean if active[c] else 1.0
    nonlocal_entitlement[()] = entitled


@kernel
def renew(spending_services, spending_capital, social_capital_share, service_weights, cost_factor, service_depreciation,
          service_spending_efficiency, education_coop, primary_care, edu_import, edu_import_before,
          subcentres_services, subcentres_services_before, subcentre,
          service_stock: InOut, service_aid: Out):
    """Update service stocks: depreciation, spending, imported schools and services moved to regional centres."""
    lift = education_coop, primary_care, 1.0, 1.0
    imported = added(edu_import, edu_import_before)  # two schools and one kindergarten, as a share of the stock
    moved = added(subcentres_services, subcentres_services_before)
    for c in range(service_stock.shape[0]):
        for k in range(service_stock.shape[1]):
            service_aid[c, k] = 0.0
            if k == EDUCATION:
                service_aid[c, k] += imported * service_stock[c, k]
            service_aid[c, k] += moved * subcentre[c] * service_stock[c, k]
            spent = spending_services[c, k] + social_capital_share * spending_capital[c] * service_weights[k]
            service_stock[c, k] = renewed(service_stock[c, k], service_depreciation,
                                          service_spending_efficiency * lift[k], spent, cost_factor[c],
                                          service_aid[c, k])


def reach(n, active, service_stock, users, service_rivalry, service_unit, minutes_effective, service_access_decay,
          circles, circle_N, circle_S, circle_E, circle_W, health_consortia, health_regions, culture_share,
          culture_visits, least_own_service, service_level: Out) -> None:
    """Service levels accessible to residents, at home and through sharing: circles share all services, five regions
    health, centres culture (S3, S4).

    The levers of the circles are in the order of `circles`.
    """
    at_home = np.where(active[:, None], level(service_stock, users, service_rivalry) / service_unit, 1.0)
    near = nearness(minutes_effective[:, :n], service_access_decay)
    all_services = integration(circles, (circle_N, circle_S, circle_E, circle_W))
    health = shared_beyond(all_services, health_consortia, health_regions)
    culture = shared_beyond(all_services, culture_share, culture_visits)
    for sharing, kinds in ((all_services, (EDUCATION, SOCIAL)), (health, (HEALTH,)), (culture, (CULTURE,))):
        weights = sharing_weights(sharing, near, least_own_service)
        for kind in kinds:
            service_level[:, kind] = accessible(at_home[:, kind], weights)


@kernel
def weigh(service_level, service_weights, urban_rural_service_gap, county_tilt, population_zone, service_index: Out,
          service_zone: Out):
    """Service index of counties, and of urban and rural zones at a common ratio, which counties may narrow (8.2)."""
    ratio = 1.0 + urban_rural_service_gap * (1.0 - county_tilt)
    for c in range(service_index.size):
        service_index[c] = index(service_level[c], service_weights)
        service_zone[c, URBAN], service_zone[c, RURAL] = by_zone(
            service_index[c], ratio, population_zone[c, URBAN], population_zone[c, RURAL])


# ---- rules: the base year -------------------------------------------------------------------------------------


def settle_stocks(spending_services, spending_capital, social_capital_share, service_weights, cost_factor,
                  service_spending_efficiency, service_depreciation, base_service_growth,
                  service_stock: Out) -> None:
    """Service stocks of the base year: those implied by steady spending."""
    spending = spending_services + social_capital_share * spending_capital[:, None] * service_weights
    built = service_spending_efficiency * spending / cost_factor[:, None]
    service_stock[:] = built / (service_depreciation + base_service_growth)


def settle_outside(outside_service: Out) -> None:
    """Services outside, relative to the base year."""
    outside_service[...] = 1.0


def settle_unit(active, population, service_stock, users, service_rivalry, service_unit: Out) -> None:
    """The base-year level, the reference of later years."""
    people = np.where(active, population, 0).astype(float)
    plain = level(service_stock, users, service_rivalry)
    service_unit[:] = (plain * people[:, None]).sum(axis=0) / people.sum()


def settle_education(active, population, service_level, mean_education_level: Out) -> None:
    """The level of education services behind base-year schooling."""
    people = np.where(active, population, 0).astype(float)
    mean_education_level[...] = (service_level[:, EDUCATION] * people).sum() / people.sum()
