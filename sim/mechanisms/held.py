"""Rules for terms held fixed: they replace other rules, or run after them, when a change is attributed to causes.

They are not part of the regular schedule. `sim.holds` defines which term each holds, and where it acts. Money is still
earned and spent, so that all accounts close; what it would have built beyond the held stock is recorded in separate
columns (`service_held`, `public_capital_held`), which are zero in all other runs.
"""

from __future__ import annotations

import numpy as np

from sim.core.bind import InOut, Out
from sim.words import MARKET

LEAST = 1e-9  # avoids division by zero in a county without users or residents


# ---- people -----------------------------------------------------------------------------------------------------


def grow_no_older(persons: InOut) -> None:
    """Keep ages and durations of residence constant."""
    persons.born += 1
    persons.arrived += 1


def learn_nothing(trained: Out, hukou_in: Out, hukou_out: Out) -> None:
    """No graduations, training or transfers of registration."""
    trained[:] = hukou_in[:] = hukou_out[:] = 0


def stay_rural(reclassified: Out) -> None:
    """No reclassification of places as urban."""
    reclassified[:] = 0


def resettle_nobody(resettled: Out) -> None:
    """No resettlement from the park."""
    resettled[:] = 0


def move_nobody(rows_moved: Out, rows_between_zones: Out, rows_net: Out, newcomers: Out, outsiders_left: Out) -> None:
    """No moves, arrivals or departures."""
    rows_moved[:] = rows_between_zones[:] = rows_net[:] = newcomers[...] = outsiders_left[...] = 0


def bear_nobody(elapsed, exogenous_residents, births: Out, deaths: Out, deaths_outside: Out, zone_births: Out,
                zone_deaths: Out, registered_births: Out, registered_deaths: Out, exogenous_change: Out) -> None:
    """No births or deaths; residents of units without persons are as observed."""
    births[:] = deaths[:] = deaths_outside[:] = zone_births[:] = zone_deaths[:] = 0
    registered_births[:] = registered_deaths[:] = 0
    exogenous_change[:] = exogenous_residents[elapsed] - exogenous_residents[elapsed - 1]


# ---- capital, land, services --------------------------------------------------------------------------------------


def replace_capital(depreciation_rate, typhoon_damage, capital, project_investment, equipment_duty_saved,
                    investment: InOut) -> None:
    """Firms replace depreciation and storm damage; named projects are invested in addition."""
    left = (1.0 - depreciation_rate) * (1.0 - typhoon_damage[:, None]) * capital[:, MARKET]
    worn = capital[:, MARKET] - left
    investment[:, MARKET] = project_investment[:, MARKET] + (1.0 - equipment_duty_saved) * worn


def allot_nothing(quota: Out, quota_infrastructure: Out, province_quota: Out, province_quota_reserve: Out,
                  quota_balance: Out) -> None:
    """No quota is allocated or carried over."""
    quota[:] = quota_infrastructure[:] = quota_balance[:] = 0.0
    province_quota[...] = province_quota_reserve[...] = 0.0


def release_nothing(quota_reclaimed: Out, quota_state_farm: Out) -> None:
    """No idle land is released."""
    quota_reclaimed[:] = quota_state_farm[:] = 0.0


def serve_as_before(users, users_when_held, service_stock_when_held, service_rivalry, service_stock: InOut,
                    service_held: Out) -> None:
    """Service stocks that keep the level per user constant (S3)."""
    served = np.maximum(users_when_held, LEAST)
    wanted = service_stock_when_held * (np.maximum(users, LEAST) / served) ** np.asarray(service_rivalry)
    wanted = np.where((users > 0) & (users_when_held > 0), wanted, service_stock)
    service_held[:] = wanted - service_stock
    service_stock[:] = wanted


# ---- transfers ----------------------------------------------------------------------------------------------------


def pay_as_before(population, population_when_held, transfer_base_when_held, transfer_equalisation_when_held,
                  transfer_ecology_when_held, transfer_weak_area_when_held, transfer_earmarked_when_held,
                  earmark_projects_when_held, earmark_repair_when_held, transfer_aid_when_held, transfer_base: Out,
                  transfer_equalisation: Out, transfer_ecology: Out, transfer_weak_area: Out, transfer_earmarked: Out,
                  earmark_projects: Out, earmark_repair: Out, transfer_aid: Out, pool_equalisation: Out,
                  pool_ecology: Out, pool_weak_area: Out, pool_earmarked: Out, pool_projects: Out, pool_repair: Out,
                  pool_untied: Out, province_aid_received: Out) -> None:
    """Each kind of transfer stays constant per resident; pools equal the transfers paid.

    The province balances its account through its own programmes.
    """
    more = population / np.maximum(population_when_held, LEAST)
    transfer_base[:], transfer_equalisation[:] = more * transfer_base_when_held, more * transfer_equalisation_when_held
    transfer_ecology[:], transfer_weak_area[:] = more * transfer_ecology_when_held, more * transfer_weak_area_when_held
    transfer_earmarked[:], transfer_aid[:] = more * transfer_earmarked_when_held, more * transfer_aid_when_held
    earmark_projects[:], earmark_repair[:] = more * earmark_projects_when_held, more * earmark_repair_when_held
    pool_equalisation[...], pool_ecology[...] = transfer_equalisation.sum(), transfer_ecology.sum()
    pool_weak_area[...], pool_earmarked[...] = transfer_weak_area.sum(), transfer_earmarked.sum()
    pool_projects[...], pool_repair[...] = earmark_projects.sum(), earmark_repair.sum()
    pool_untied[...] = pool_earmarked - pool_projects - pool_repair
    province_aid_received[...] = transfer_aid.sum()


# ---- the world outside, projects, residuals -----------------------------------------------------------------------


def follow_no_trend(productivity_trend: Out) -> None:
    """No trend of productivity and relative prices."""
    productivity_trend[:] = 0.0


def catch_up_with_nobody(productivity_gap: Out) -> None:
    """No catch-up with the productivity frontier."""
    productivity_gap[:] = 0.0


def found_nothing() -> None:
    """No new parks."""


def bring_no_premia(productivity_premium: Out) -> None:
    """No further productivity premia of programmes."""
    productivity_premium[:] = 0.0


def replace_works(public_capital_when_held, public_capital: InOut, public_capital_held: Out) -> None:
    """Keep public capital constant; public works beyond depreciation add nothing."""
    public_capital_held[:] = public_capital_when_held - public_capital
    public_capital[:] = public_capital_when_held


def be_shaken_by_nothing(productivity_shock: Out) -> None:
    """No productivity shocks."""
    productivity_shock[:] = 0.0
