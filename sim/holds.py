"""The causes of change, and how each is held fixed: runs in which one of them does not change.

The effect of a cause is measured with the model itself: a run in which a term is held fixed from some year on is
compared with one in which it is not. All decompositions of this project use the same list: seven causes, and the
historical residuals by kind. A term is held by

    levers    its levers keep the value of that year; `flows` among them, which act anew every year, are zero
    series    its outlook series keep their value; growth rates are zero
    reads     values that replace what a rule reads: a stopped clock, a zero trend
    instead   a rule that replaces another
    after     a rule that runs after another
    keeps     columns restored after a rule

Every lever and every series belongs to one term. When held, people keep their age; capital, land and public works keep
their stocks; services keep their level per user; transfers keep their amounts per resident and the sharing rules
between tiers; outside conditions keep their levels, and technology is constant. The change that remains when all terms
are held is called other: adjustment of market prices, changes of sector, the dynamics of debt and housing.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim import schedule
from sim.agents import province
from sim.core.declare import Fault, UserError, nearest
from sim.levers import REGISTRY
from sim.mechanisms import (
    business,
    capital,
    demography,
    ecology,
    held,
    income,
    infrastructure,
    labour,
    land,
    local_services,
    migration,
    past,
    revenue,
    rural_land,
    services,
    shocks,
    skills,
)
from sim.names import WHEN_HELD, bound
from sim.outlook import SERIES
from sim.scenario.plan import Now
from sim.words import BASE_YEAR

Rule = Callable[..., object]
CLOCK = "m.held_from"
ELAPSED = f"(m.held_from - {BASE_YEAR})"
PER_HEAD = (f"(m.outlook['central_transfer'][m.held_from - {BASE_YEAR}]"
            " * m.counties.population.sum() / m.when_held['population'].sum())")


class Hold(NamedTuple):
    """A term of the list: its name, its description, and how it is held."""

    name: str
    says: str
    says_zh: str
    how: str
    levers: tuple[str, ...] = ()
    flows: tuple[str, ...] = ()
    series: tuple[str, ...] = ()
    reads: Mapping[Rule, Mapping[str, str]] = {}
    instead: Mapping[Rule, Rule] = {}
    after: Mapping[Rule, Rule] = {}
    keeps: Mapping[Rule, tuple[str, ...]] = {}


PEOPLE_HELD = Hold(
    "people", "people", "人口", "no migration, births, deaths, ageing, training or transfers of registration",
    levers=("hukou_open", "local_urban", "homestead", "hr_parks", "labour_export", "talent", "portability",
            "skill_training", "vocational", "sector_fusion", "ftp_pit"),
    series=("total_fertility_rate", "sex_ratio_at_birth"),
    reads={labour.take_part: {"elapsed": ELAPSED, "year": CLOCK}, labour.share_sectors: {"elapsed": ELAPSED}},
    instead={skills.upgrade: held.learn_nothing, migration.reclassify: held.stay_rural,
             migration.migrate: held.move_nobody, demography.renew: held.bear_nobody,
             ecology.resettle: held.resettle_nobody},
    after={local_services.remember: held.grow_no_older})
CAPITAL_HELD = Hold(
    "capital", "capital", "资本", "firms only replace depreciation and storm damage",
    levers=("ftp_cit", "zero_tariff", "services_open", "exchange", "flex_tenure", "bay_area_capital", "yangpu_cap"),
    reads={income.share_profits: {"elapsed": ELAPSED}},
    after={capital.invest: held.replace_capital})
LAND_HELD = Hold(
    "land", "land", "土地", "no quota is allocated, no land is converted or released",
    levers=("multi_plan", "reclaim_cap", "sea_market", "quota_plan", "coll_land", "state_farm", "comp_pool",
            "quota_trade", "enclave", "enclave_share", "park_concentration", "jiangdong_land", "subcentres",
            "quota_tilt", "infra_land", "eco_ban"),
    instead={rural_land.release: held.release_nothing},
    after={province.allot_quota: held.allot_nothing})
SERVICES_HELD = Hold(
    "services", "services", "公共服务", "public services per user stay constant, whatever the spending",
    levers=("svc_share", "resident_based", "edu_import", "education_coop", "primary_care", "health_consortia",
            "culture_share", "subcentres_services", "county_tilt"),
    after={services.entitle: held.serve_as_before})
TRANSFERS_HELD = Hold(
    "transfers", "transfers", "转移支付",
    "central, provincial and paired-assistance transfers per resident and tax shares stay constant",
    levers=("equal_pool", "weak_area", "weak_area_pool", "eco_pool", "paired_help", "major_projects", "coast_repair",
            "park_fiscal", "eco_comp", "eco_comp_scale", "resource_share", "resource_tenure"),
    series=("central_transfer", "central_transfer_growth"),
    reads={province.fill_pools: {"central_transfer": PER_HEAD}, revenue.set_rates: {"year": CLOCK},
           revenue.collect: {"year": CLOCK}, province.pay_for_reform: {"year": CLOCK}},
    after={province.receive_aid: held.pay_as_before})
PROJECTS_HELD = Hold(
    "projects", "projects and programmes", "项目与规划",
    "no new roads, ports, networks, parks, public works or named projects; no programme advances",
    levers=("national_link", "ecommerce", "coast_cluster", "park_protect", "green_value", "be_target",
            "tech_allocation", "rural_net", "permit_trade", "carbon_market", "circle_N", "circle_S", "circle_E",
            "circle_W", "coast_belt", "five_net", "strait", "leizhou", "bay_area", "copy_ftz",
            "paired_help_cooperation", "basin_std", "basin_infra", "carbon_offset", "debt_ceiling", "lev_warning",
            "one_island", "merge_yangpu", "basin_plan", "monitor", "feedback", "law", "capacity", "action_plan",
            "duty_free_allowance", "gateway", "cadres"),
    flows=("hub_projects", "soe_invest", "institutes", "ftp_tfp", "ftp_tourism", "intl_platforms",
           "intl_platforms_hightech", "marine_tfp", "marine_tfp_coast", "green_value_farm", "contract_land"),
    reads={infrastructure.connect: {"year": CLOCK}, ecology.treat: {"year": CLOCK, "elapsed": ELAPSED}},
    instead={land.found_parks: held.found_nothing, capital.add_premia: held.bring_no_premia},
    after={capital.build_public: held.replace_works},
    keeps={business.improve: ("business_env", "border_time"), business.cooperate: ("cooperation",),
           infrastructure.extend_networks: ("network_coverage",),
           infrastructure.enlarge_gateways: ("gateway_capacity",)})
WORLD_HELD = Hold(
    "world", "prices, technology and the world outside", "价格、技术与外部环境",
    "national growth, outside wages and services, visitors, tax law, credit constant; no productivity trend",
    series=tuple(name for name in SERIES if name not in (*PEOPLE_HELD.series, *TRANSFERS_HELD.series)),
    reads={local_services.receive_visitors: {"tourism_demand_drift": "0.0", "tourism_drift_later": "0.0",
                                             "visit_spending_growth": "0.0"},
           local_services.turn_to_services: {"service_spending_drift": "0.0"},
           income.let_pay_follow: {"elapsed": ELAPSED}},
    instead={capital.follow_trend: held.follow_no_trend,
             capital.compare_productivity: held.catch_up_with_nobody},
    keeps={services.serve_nation: ("outside_service",)})
CAUSES = (PEOPLE_HELD, CAPITAL_HELD, LAND_HELD, SERVICES_HELD, TRANSFERS_HELD, WORLD_HELD, PROJECTS_HELD)

OUTPUT_HELD = Hold("residual_output", "residual of output", "产出残差",
                   "the historical residual of output stays constant; productivity has no shocks",
                   after={shocks.shake: held.be_shaken_by_nothing}, keeps={past.follow: ("output_residual",)})
REVENUE_HELD = Hold("residual_revenue", "residual of revenue", "财政收入残差",
                    "the historical residual of own revenue stays constant", keeps={past.follow: ("revenue_residual",)})
SPENDING_HELD = Hold("residual_spending", "residual of spending and debt", "财政支出与债务残差",
                     "the historical residual of spending shares stays constant, and debt is not restated",
                     reads={past.restate_debt: {"debt_of_history": "(0.0 * m.history.debt)"}},
                     keeps={past.follow: ("spending_residual",)})
PAY_HELD = Hold("residual_pay", "residual of pay", "劳动报酬残差",
                "the historical residual of pay over the yield of labour stays constant",
                keeps={past.follow: ("pay_residual",)})
RESIDENTS_HELD = Hold("residual_people", "residual of residents", "人口残差",
                      "the historical residual of the attractiveness of places stays constant",
                      keeps={past.follow: ("people_residual",)})
RESIDUALS = (OUTPUT_HELD, REVENUE_HELD, SPENDING_HELD, PAY_HELD, RESIDENTS_HELD)
TERMS: Mapping[str, Hold] = {term.name: term for term in (*CAUSES, *RESIDUALS)}
"""The list, by name: causes first."""


# ---- the request ------------------------------------------------------------------------------------------------


def asked(terms: str | Iterable[str], since: int | None, until: int) -> tuple[tuple[str, ...], int]:
    """Terms to be held, in the order of the list, and the year from whose end they are held (default: the base year).

    A text lists them separated by blanks or commas. UserError with all faults.
    """
    names = terms.replace(",", " ").split() if isinstance(terms, str) else list(terms)
    faults = [Fault("held", f"{name!r} is not one of the causes",
                    nearest(str(name), TERMS) or ", ".join(TERMS)) for name in names if name not in TERMS]
    since = BASE_YEAR if since is None else since
    if isinstance(since, bool) or not isinstance(since, int) or not BASE_YEAR <= since < until:
        faults.append(Fault("held_from", f"{since!r} is not a year from {BASE_YEAR} to {until - 1}",
                            "give the year from whose end the causes are held"))
    if faults:
        raise UserError(*faults)
    return tuple(name for name in TERMS if name in names), since


def remembered(model: Any) -> dict[str, NDArray[np.float64]]:
    """Columns at the time from which terms are held, by name."""
    return {name: getattr(getattr(model, table), name).copy() for name, table in WHEN_HELD.items()}


def levers(now: Now, then: Now, terms: Iterable[str]) -> Now:
    """The levers of a year in which some terms keep their values of `then`."""
    one_of = [TERMS[name] for name in terms]
    stay = {name: getattr(then, name) for term in one_of for name in term.levers}
    rest = {name: 0.0 for term in one_of for name in term.flows}
    own = {name: getattr(now, name) for name in REGISTRY}
    return Now(now.year, {**own, **stay, **rest})


def outlook(paths: Mapping[str, NDArray[np.float64]], terms: Iterable[str],
            since: int) -> dict[str, NDArray[np.float64]]:
    """Outlook series in which those of some terms are constant from a year on; growth rates are zero from the next."""
    found = dict(paths)
    for name in (name for term in terms for name in TERMS[term].series):
        path = found[name].copy()
        path[since - BASE_YEAR + 1:] = 0.0 if SERIES[name].unit == "share per year" else path[since - BASE_YEAR]
        found[name] = path
    return found


# ---- the year -----------------------------------------------------------------------------------------------------


@functools.lru_cache(maxsize=4096)
def year(terms: tuple[str, ...]) -> tuple[Callable[[Any], object], ...]:
    """The rules of a year in which terms are held, in order, as functions of the model."""
    chosen, found = [TERMS[name] for name in terms], []
    for rule in (rule for step in schedule.SCHEDULE for rule in step.each()):
        places = {name: text for term in chosen for name, text in term.reads.get(rule, {}).items()}
        own = next((term.instead[rule] for term in chosen if rule in term.instead), rule)
        found.append(bound(own, tuple(sorted(places.items()))))
        found += [bound(term.after[rule]) for term in chosen if rule in term.after]
        found += [_kept(column) for term in chosen for column in term.keeps.get(rule, ())]
    return tuple(found)


@functools.cache
def _kept(column: str) -> Callable[[Any], None]:
    """A rule that restores a column."""
    table = WHEN_HELD[column]

    def put_back(model: Any) -> None:
        getattr(getattr(model, table), column)[...] = model.when_held[column]

    return put_back
