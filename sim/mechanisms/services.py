"""Public services: stocks built by spending, levels per user, and who is entitled to them (B.8).

Sections 4.1, 5, 7.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.agents.users import service_users, use_by_age
from sim.core.cache import either, kernel
from sim.core.declare import parameter
from sim.region.geography import integration

WRITES = ("counties.service_stock", "counties.users", "counties.service_level", "counties.service_index",
          "counties.service_zone", "counties.entitlement", "counties.service_aid", "account.nonlocal_entitlement")
EDUCATION, HEALTH, CULTURE, SOCIAL = range(4)


@dataclass(frozen=True)
class Parameters:
    service_depreciation: float = parameter(0.08, unit="1/year", bounds=(0.04, 0.12), source="assumed",
                                            says="depreciation of service stocks (dS)")
    service_spending_efficiency: float = parameter(1.0, unit="ratio", bounds=(0.5, 1.8), source="fitted (F.1)",
                                                   says="service stock formed per spending (effS)")
    service_rivalry: tuple = parameter((1.0, 1.0, 0.6, 1.0), unit="elasticity", bounds=(0.4, 1.0), source="assumed",
                                       says="how far one more user takes from the others, by service (rk)")
    nonlocal_entitlement_2018: float = parameter(
        0.6, unit="share", bounds=(0.4, 0.85), source="assumed", confidence="low",
        says="services a resident registered elsewhere can use before provision follows residence (phi0)")
    urban_rural_service_gap: float = parameter(0.25, unit="share", bounds=(0.1, 0.5), source="assumed",
                                               confidence="low",
                                               says="urban against mean service level (du)")
    snowbird_health_use: float = parameter(
        1.5, unit="ratio", bounds=(0.5, 3), source="assumed: mostly elderly", confidence="low",
        says="use of health services by a seasonal resident against a resident under 50 (hS)")
    base_service_growth: float = parameter(0.10, unit="1/year", bounds=(0.05, 0.15),
                                           source="growth of service spending before 2010",
                                           says="growth on which base-year stocks are settled")
    service_access_decay: float = parameter(0.04, unit="1/minute", bounds=(0.02, 0.08), source="assumed",
                                            confidence="low",
                                            says="decay of the use of another county's services with travel time (phS)")
    least_own_service: float = parameter(0.6, unit="share", bounds=(0.5, 0.9), source="assumed", confidence="low",
                                         says="least weight of the own county in what its residents can use")


# ---- formulas -------------------------------------------------------------------------------------------------


def entitlement(floor, resident_based, before):
    """phi of a resident registered elsewhere: phi0 + (1 - phi0) rb, rb = 0 at the weight before the lever (S6)."""
    reached = min(max((resident_based - before) / (1.0 - before), 0.0), 1.0)
    return floor + (1.0 - floor) * reached


@either
def renewed(stock, depreciation, efficiency, spending, cost_factor, aid):
    """SV' = (1 - dS) SV + effS spending / cf + aid (S1)."""
    return (1.0 - depreciation) * stock + efficiency * spending / cost_factor + aid


@either
def level(stock, users, rivalry):
    """Service per user, SV / U^rk (S3)."""
    return np.where(users > 0, stock / np.maximum(users, 1e-9) ** rivalry, 0.0)


@either
def nearness(minutes, decay):
    """How far the use of a service reaches a travel time away, e^(-phS tau') (S4)."""
    return np.exp(-decay * minutes)


@either
def shared_beyond(sharing, part, pairs):
    """Sharing of a service that some pairs share beyond what their circles do (S4)."""
    return 1.0 - (1.0 - sharing) * (1.0 - part * pairs)


@kernel
def sharing_weights(sharing, near, least_own):
    """om [c, d]: what residents of c can use of d's services (S4); rows sum to 1, the own weight is >= least_own.

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
def accessible(levels, weights):
    """sacc_c = sum_d om_cd s_d (S4) of one service."""
    reached = np.zeros(levels.size)
    for c in range(levels.size):
        for d in range(levels.size):
            reached[c] += weights[c, d] * levels[d]
    return reached


@kernel
def index(levels, weights):
    """S = exp( sum w ln s ) (S5)."""
    total = 0.0
    for k in range(levels.size):
        total += weights[k] * np.log(max(levels[k], 1e-12))
    return np.exp(total)


@either
def by_zone(service, gap, urban, rural):
    """Urban S (1 + du), rural so that the resident mean is S, but not under a quarter of it (S5)."""
    upper, floor, total = service * (1.0 + gap), 0.25 * service, urban + rural
    lower = (service * total - upper * urban) / rural if rural > 0 else 0.0
    if lower >= floor:
        return upper, lower
    return (service * total - floor * rural) / urban if urban > 0 else service, floor


@kernel
def _count(school, health, by_home, adults, weight, entitled, use_by_age, seasonal_use, snowbirds, active, users,
           entitled_mean):
    """Users of services, seasonal residents among those of health, and how far residents are entitled on average."""
    users[:] = service_users(school, health, by_home, adults, weight, entitled, use_by_age)
    for c in range(active.size):
        users[c, HEALTH] += seasonal_use * snowbirds[c]
        others = by_home[c, 1] + by_home[c, 2]
        mean = (by_home[c, 0] + entitled * others) / max(by_home[c, 0] + others, 1)
        entitled_mean[c] = mean if active[c] else 1.0


@kernel
def _renew(spending, capital, social_share, service_weights, mountains, mountain_cost, depreciation, efficiency, lift,
           help_part, helped, imported, centre_part, centres, stock, aid):
    """Stocks wear and are built: by spending, by help, imported schools and what moves to the regional centres."""
    for c in range(stock.shape[0]):
        cost = mountain_cost if mountains[c] else 1.0
        for k in range(stock.shape[1]):
            aid[c, k] = help_part * spending[c, k] * helped[c]
            if k == EDUCATION:
                aid[c, k] += imported * stock[c, k]
            aid[c, k] += centre_part * centres[c] * stock[c, k]
            spent = spending[c, k] + social_share * capital[c] * service_weights[k]
            stock[c, k] = renewed(stock[c, k], depreciation, efficiency * lift[k], spent, cost, aid[c, k])


@kernel
def _weigh(levels, weights, gap, population_zone, indices, zones):
    """The service index of counties, and of their towns and countryside."""
    for c in range(indices.size):
        indices[c] = index(levels[c], weights)
        zones[c, 0], zones[c, 1] = by_zone(indices[c], gap, population_zone[c, 0], population_zone[c, 1])


# ---- verbs ----------------------------------------------------------------------------------------------------


def settle(model) -> None:
    """Service stocks of the base year: what steady spending has built, and the level all later years compare with."""
    p, counties, base = model.parameters, model.counties, model.base
    _entitle(model)
    capital_part = p.social_capital_share * counties.spending_capital[:, None] * np.asarray(p.service_weights)
    spending = counties.spending_services + capital_part
    cost = np.where(base.mountains, p.cost_factor_mountain, 1.0)[:, None]
    counties.service_stock[:] = (p.service_spending_efficiency * spending / cost
                                 / (p.service_depreciation + p.base_service_growth))
    people = np.where(model.active, counties.population, 0).astype(float)
    plain = level(counties.service_stock, counties.users, np.asarray(p.service_rivalry))
    base.service_unit = (plain * people[:, None]).sum(axis=0) / people.sum()
    _measure(model)
    base.mean_education_level = float((counties.service_level[:, EDUCATION] * people).sum() / people.sum())


def _entitle(model) -> None:
    """Who counts as a user this year, and how far residents registered elsewhere are served."""
    p, counties, people, account = model.parameters, model.counties, model.people, model.account
    account.nonlocal_entitlement[...] = reached = entitlement(
        p.nonlocal_entitlement_2018, model.now.resident_based, p.resident_based_weight_before)
    _count(people.school, people.health, people.by_home, people.adults, model.weight, reached, use_by_age(p),
           p.snowbird_health_use * p.seasonal_year, counties.seasonal_residents, model.active, counties.users,
           counties.entitlement)


def _measure(model) -> None:
    p, now, counties, base = model.parameters, model.now, model.counties, model.base
    plain = level(counties.service_stock, counties.users, np.asarray(p.service_rivalry)) / base.service_unit
    counties.service_level[:] = _reached(model, np.where(model.active[:, None], plain, 1.0))
    gap = p.urban_rural_service_gap * (1.0 - now.county_tilt)  # counties favour the countryside (8.2)
    _weigh(counties.service_level, p.service_weights, gap, counties.population_zone, counties.service_index,
           counties.service_zone)


def _reached(model, plain):
    """Levels that residents can use, at home and where counties share: circles share all services, five regions
    health, centres culture (S4)."""
    p, now, base, n = model.parameters, model.now, model.base, model.n
    near = nearness(model.counties.minutes_effective[:, :n], p.service_access_decay)
    circles = integration(base.circles, (now.circle_N, now.circle_S, now.circle_E, now.circle_W))
    health = shared_beyond(circles, now.health_consortia, base.health_regions)
    culture = shared_beyond(circles, now.culture_share, base.culture_visits)
    reached = np.empty_like(plain)
    for sharing, kinds in ((circles, (EDUCATION, SOCIAL)), (health, (HEALTH,)), (culture, (CULTURE,))):
        weights = sharing_weights(sharing, near, p.least_own_service)
        for kind in kinds:
            reached[:, kind] = accessible(plain[:, kind], weights)
    return reached


def update(model) -> None:
    """Spending builds service stocks; schools are imported, help is sent; levels and the index follow."""
    p, now, counties, base = model.parameters, model.now, model.counties, model.base
    _renew(counties.spending_services, counties.spending_capital, p.social_capital_share, p.service_weights,
           base.mountains, p.cost_factor_mountain, p.service_depreciation, p.service_spending_efficiency,
           (now.education_coop, now.primary_care, 1.0, 1.0), now.paired_help, counties.helped, _imported_schools(model),
           _added(now.subcentres_services, model.before.subcentres_services), base.subcentres, counties.service_stock,
           counties.service_aid)
    _entitle(model)
    _measure(model)


def _imported_schools(model):
    """Share of the education stock added this year by imported schools (two schools and one kindergarten)."""
    return _added(model.now.edu_import, model.before.edu_import)


def _added(now, before):
    """What a lever that counts built stock in all has added this year; what is built is not taken down."""
    return max(0.0, now - before)
