"""Public services: stocks built by spending, levels per user, and who is entitled to them (B.8).

Sections 4.1, 5, 7.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.agents.budget import service_users, use_by_age
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
    imported_schools_years: float = parameter(6.0, unit="year", bounds=(4, 8), source="2017-2022", confidence="high",
                                              says="years over which imported schools are built")
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


def renewed(stock, depreciation, efficiency, spending, cost_factor, aid):
    """SV' = (1 - dS) SV + effS spending / cf + aid (S1)."""
    return (1.0 - depreciation) * stock + efficiency * spending / cost_factor + aid


def level(stock, users, rivalry):
    """Service per user, SV / U^rk (S3)."""
    return np.where(users > 0, stock / np.maximum(users, 1e-9) ** np.asarray(rivalry), 0.0)


def sharing_weights(sharing, minutes, decay, least_own):
    """om [.., c, d]: what residents of c can use of d's services (S4); rows sum to 1, the own weight is >= least_own.

    Off the diagonal om ~ sharing e^(-phS tau'); with nothing shared, om is the identity.
    """
    own = np.arange(minutes.shape[-1])
    near = np.exp(-decay * minutes)
    near[..., own, own] = 0.0
    weights = sharing * near
    reach = weights.sum(axis=-1, keepdims=True)
    part = np.minimum(reach / (1.0 + reach), 1.0 - least_own)
    weights = weights * part / np.where(reach > 0.0, reach, 1.0)
    weights[..., own, own] = 1.0 - part[..., 0]
    return weights


def accessible(levels, weights):
    """sacc_ck = sum_d om_cd s_dk (S4); levels [county, service], weights [service, county, county]."""
    return np.einsum("kcd,dk->ck", weights, levels)


def index(levels, weights):
    """S = exp( sum w ln s ) (S5)."""
    return np.exp(np.einsum("...k,k->...", np.log(np.maximum(levels, 1e-12)), np.asarray(weights)))


def by_zone(service, gap, urban, rural):
    """Urban S (1 + du), rural so that the resident mean is S, but not under a quarter of it (S5); [county, zone]."""
    upper = service * (1.0 + gap)
    total = urban + rural
    floor = 0.25 * service
    lower = np.where(rural > 0, (service * total - upper * urban) / np.maximum(rural, 1e-9), 0.0)
    fits = lower >= floor
    return np.stack([np.where(fits, upper, np.where(urban > 0, (service * total - floor * rural)
                                                    / np.maximum(urban, 1e-9), service)),
                     np.where(fits, lower, floor)], axis=-1)


# ---- verbs ----------------------------------------------------------------------------------------------------


def settle(model) -> None:
    """Service stocks of the base year: what steady spending has built, and the level all later years compare with."""
    p, counties, base = model.parameters, model.counties, model.base
    _entitle(model)
    spending = counties.spending_services + _capital_part(model)
    cost = np.where(base.mountains, p.cost_factor_mountain, 1.0)[:, None]
    counties.service_stock[:] = (p.service_spending_efficiency * spending / cost
                                 / (p.service_depreciation + p.base_service_growth))
    people = np.where(model.active, counties.population, 0).astype(float)
    plain = level(counties.service_stock, counties.users, p.service_rivalry)
    base.service_unit = (plain * people[:, None]).sum(axis=0) / people.sum()
    _measure(model)
    base.mean_education_level = float((counties.service_level[:, EDUCATION] * people).sum() / people.sum())


def _capital_part(model):
    p, counties = model.parameters, model.counties
    return p.social_capital_share * counties.spending_capital[:, None] * np.asarray(p.service_weights)


def _entitle(model) -> None:
    p, counties, people, account = model.parameters, model.counties, model.people, model.account
    account.nonlocal_entitlement[...] = entitlement(p.nonlocal_entitlement_2018, model.now.resident_based,
                                                    p.resident_based_weight_before)
    counties.users[:] = service_users(people.school, people.health, people.by_home, people.adults, model.weight,
                                      float(account.nonlocal_entitlement), use_by_age(p))
    counties.users[:, HEALTH] += p.snowbird_health_use * p.seasonal_year * counties.snowbirds
    local = people.by_home[:, 0].astype(float)
    others = people.by_home[:, 1:].sum(axis=1)
    total = np.maximum(local + others, 1)
    counties.entitlement[:] = np.where(model.active, (local + account.nonlocal_entitlement * others) / total, 1.0)


def _measure(model) -> None:
    p, counties, base = model.parameters, model.counties, model.base
    plain = level(counties.service_stock, counties.users, p.service_rivalry) / base.service_unit
    plain = np.where(model.active[:, None], plain, 1.0)
    weights = sharing_weights(_sharing(model), counties.minutes_effective[:, : model.n], p.service_access_decay,
                              p.least_own_service)
    counties.service_level[:] = accessible(plain, weights)
    counties.service_index[:] = index(counties.service_level, p.service_weights)
    zones = counties.population_zone.astype(float)
    gap = p.urban_rural_service_gap * (1.0 - model.now.county_tilt)  # counties favour the countryside (8.2)
    counties.service_zone[:] = by_zone(counties.service_index, gap, zones[:, 0], zones[:, 1])


def _sharing(model):
    """How far pairs of counties share each service: circles share all, five regions health, centres culture (S4)."""
    now, base = model.now, model.base
    circles = integration(base.circles, (now.circle_N, now.circle_S, now.circle_E, now.circle_W))
    apart = (1.0 - circles)[None].repeat(4, axis=0)
    apart[HEALTH] *= 1.0 - now.health_consortia * base.health_regions
    apart[CULTURE] *= 1.0 - now.culture_share * base.culture_visits
    return 1.0 - apart


def entitle(model) -> None:
    """Who counts as a user this year, and how far residents registered elsewhere are served."""
    _entitle(model)


def update(model) -> None:
    """Spending builds service stocks; schools are imported, help is sent; levels and the index follow."""
    p, now, counties, base = model.parameters, model.now, model.counties, model.base
    spending = counties.spending_services + _capital_part(model)
    cost = np.where(base.mountains, p.cost_factor_mountain, 1.0)[:, None]
    lift = np.array([now.education_coop, now.primary_care, 1.0, 1.0])
    aid = now.paired_help * counties.spending_services * counties.helped[:, None]
    aid[:, EDUCATION] += _imported_schools(model) * counties.service_stock[:, EDUCATION]
    built = _added(now.subcentres_services, model.before.subcentres_services)
    aid += built * base.subcentres[:, None] * counties.service_stock
    counties.service_aid[:] = aid
    counties.service_stock[:] = renewed(counties.service_stock, p.service_depreciation,
                                        p.service_spending_efficiency * lift, spending, cost, aid)
    _entitle(model)
    _measure(model)


def _imported_schools(model):
    """Share of the education stock added this year by imported schools (two schools and one kindergarten)."""
    return _added(model.now.edu_import, model.before.edu_import)


def _added(now, before):
    """What a lever that counts built stock in all has added this year; what is built is not taken down."""
    return max(0.0, now - before)
