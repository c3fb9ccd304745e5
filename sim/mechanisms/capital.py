"""Capital and productivity: private investment by user cost, public capital, catch-up (B.3 P11-P15, F15).

A list of named projects is invested beside what the user cost asks for. Sections 2.1, 2.3, 3.1, 3.2, 3.3, 4.1, 4.3, 5.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.core.cache import either, kernel
from sim.core.declare import parameter
from sim.outlook import still_holds

WRITES = ("counties.capital", "counties.investment", "counties.project_investment", "counties.productivity",
          "counties.public_capital")
MARKET = slice(0, 5)
A, I, T, M, H = range(5)
OPENED = np.array([0.0, 0.0, 1.0, 0.0, 1.0])  # sectors of the opening of services trade (3.1)
SHIFTED = np.array([0.0, 1.0, 0.0, 1.0, 1.0])  # sectors that industry of the Bay Area moves into (4.2)
LEASED = np.array([0.0, 1.0, 0.0, 0.0, 1.0])  # sectors on leased industrial land: I, H (L13)
PREFERRED = np.array([0.0, 0.0, 0.0, 1.0, 1.0])  # sectors taxed less on park land; of industry a part is


@dataclass(frozen=True)
class Parameters:
    depreciation_rate: float = parameter(0.09, unit="1/year", bounds=(0.06, 0.12),
                                         source="Zhang, Wu and Zhang 2004 use .096",
                                         says="depreciation of capital (del)")
    required_return: float = parameter(0.08, unit="1/year", bounds=(0.06, 0.12), source="assumed",
                                       says="return asked of private investment (r*)")
    depreciation_allowance: float = parameter(0.7, unit="present value", bounds=(0.6, 0.9), source="tax code",
                                              says="present value of depreciation allowances (zd)")
    corporate_tax_rate: float = parameter(0.25, unit="share", bounds=(0.15, 0.33), source="statute", confidence="high",
                                          says="statutory corporate income tax")
    business_env_wedge: float = parameter(0.3, unit="share of user cost", bounds=(0, 0.6), source="assumed",
                                          says="cost added by a bad business environment (om)")
    encouraged_industry_share: float = parameter(
        0.3, unit="share", bounds=(0.1, 0.6), source="assumed: part of industry in the encouraged catalogue",
        confidence="low", says="share of industry on park land that pays the preferential rate")
    capital_adjustment_speed: float = parameter(0.10, unit="1/year", bounds=(0.05, 0.3), source="fitted (F.1)",
                                                says="speed at which capital follows its target (lK)")
    base_capital_output_ratio: float = parameter(2.0, unit="ratio", bounds=(1.5, 2.6), source="perpetual inventory",
                                                 says="private capital over GDP in the base year")
    base_capital_growth: float = parameter(
        0.13, unit="1/year", bounds=(0.08, 0.15), source="investment boom around 2010",
        says="growth of private capital in the base year, which the target of capital is settled on")
    tfp_growth: tuple = parameter(
        (0.017, -0.065, 0.012, 0.005, 0.016), unit="1/year", bounds=(-0.09, 0.06),
        source="fitted to provincial growth by branch, 2010-2017, in values at the GDP deflator: a fall in relative "
               "prices counts against productivity",
        says="growth of productivity by market sector (g)")
    tfp_national_link: float = parameter(
        0.85, unit="elasticity", bounds=(0.0, 1.0), source="assumed: the national frontier carries most of the trend",
        confidence="low", says="change of productivity growth per change of national growth against 2011-2017")
    national_growth_reference: float = parameter(
        0.0752, unit="1/year", bounds=(0.07, 0.08), source="mean national growth 2011-2017", confidence="high",
        says="national growth at which productivity grows at its fitted trend")
    capital_target_later: float = parameter(
        0.75, unit="ratio", bounds=(0.5, 1.0), source="assumed: the investment boom of 2010 fades", confidence="low",
        says="wanted capital against its base-year scale once the fitted trends have faded")
    tfp_growth_later: tuple = parameter(
        (0.008, 0.015, -0.002, -0.002, 0.0), unit="1/year", bounds=(-0.04, 0.04), confidence="low",
        source="assumed: relative prices settle; output then grows somewhat faster than the national outlook",
        says="growth of productivity by market sector once the fitted trends have faded")
    trend_fade_years: float = parameter(8.0, unit="year", bounds=(4, 18), source="assumed", confidence="low",
                                        says="years after 2020 over which fitted trends fade into later ones")
    national_growth_later: float = parameter(
        0.04, unit="1/year", bounds=(0.03, 0.05), source="mean of the national outlook 2025-2035",
        says="national growth at which productivity grows at its later trend")
    tfp_catchup_speed: float = parameter(0.015, unit="1/year", bounds=(0, 0.04), source="Barro and Sala-i-Martin 1992",
                                         says="speed of catching up with the productive tenth (rA)")
    public_capital_depreciation: float = parameter(0.05, unit="1/year", bounds=(0.03, 0.08), source="assumed",
                                                   says="depreciation of public capital (delP)")
    public_investment_efficiency: float = parameter(0.8, unit="share", bounds=(0.5, 1.0), source="assumed",
                                                    says="public capital formed per capital spending (effP)")


# ---- formulas -------------------------------------------------------------------------------------------------


@either
def effective_tax(statutory, preferential, on_parks):
    """Corporate tax: the statutory rate, less the preferential one on park land (2.1)."""
    return statutory + on_parks * (preferential - statutory)


@either
def wedge(cost, opened, exchange):
    """Cost added by a bad business environment, om (P11).

    Exchanges take a part of it everywhere (3.3), the opening of services trade in the sectors it opens (3.1).
    """
    return cost * (1.0 - opened) * (1.0 - exchange)


@either
def subsidy(moved, tenure):
    """Part of user cost that is saved where industry moves in from the Bay Area (4.2) and land is leased (L13)."""
    return 1.0 - (1.0 - moved) * (1.0 - tenure)


@either
def user_cost(required_return, depreciation, tax, allowance, wedge, environment, subsidy=0.0):
    """uc = (r + del)(1 - tax zd)/(1 - tax)(1 + om (1 - BE))(1 - sub) (P11; Hall and Jorgenson 1967)."""
    taxed = (1.0 - tax * allowance) / (1.0 - tax)
    return (required_return + depreciation) * taxed * (1.0 + wedge * (1.0 - environment)) * (1.0 - subsidy)


@either
def wanted_capital(al, value, cost, scale):
    """K* = al pY / uc kn (P12)."""
    return al * value / cost * scale


@either
def beside_the_park(wanted, capital, open_part):
    """Industrial capital wanted where park land bars part of its growth (E8)."""
    return wanted - (1.0 - open_part) * np.maximum(0.0, wanted - capital)


@either
def investment(depreciation, capital, wanted, speed):
    """I = max(0, del K + lK (K* - K)) (P13)."""
    return np.maximum(0.0, depreciation * capital + speed * (wanted - capital))


@either
def accumulated(capital, depreciation, invested, damage=0.0):
    """K' = (1 - del)(1 - dmg) K + I (P14)."""
    return (1.0 - depreciation) * (1.0 - damage) * capital + invested


@kernel
def frontier(level, weight, quantile=0.9):
    """Weighted quantile of levels over counties for each sector: the productive tenth (P15); [county, sector]."""
    n, best = level.shape[0], np.empty(level.shape[1])
    for s in range(best.size):
        everybody, below, passed = 0.0, 0.0, np.zeros(n, dtype=np.bool_)
        for c in range(n):
            everybody += weight[c, s]
        for _ in range(n):  # from the lowest level up
            lowest = -1
            for c in range(n):
                if not passed[c] and (lowest < 0 or level[c, s] < level[lowest, s]):
                    lowest = c
            below, best[s], passed[lowest] = below + weight[lowest, s], level[lowest, s], True
            if below / max(everybody, 1e-300) >= quantile:
                break
    return best


def trend_growth(first, later, fitted, link, national, reference_first, reference_later):
    """Trend of productivity: the fitted rates fade into the later ones; either moves with national growth around the
    national growth of its time."""
    reference = fitted * reference_first + (1.0 - fitted) * reference_later
    return fitted * first + (1.0 - fitted) * later + link * (national - reference)


@either
def overlapping(one, two, three):
    """Premia of programmes that court the same firms: the root of the sum of squares, so that one alone counts in full
    and several count less than their sum."""
    return np.sqrt(one * one + two * two + three * three)


@either
def productivity_growth(trend, speed, environment, cooperation, gap, premium):
    """d ln A = g + rA BE coop (ln A* - ln A) + prem (P15)."""
    return trend + speed * environment * cooperation * gap + premium


@kernel
def _cost_of_use(required_return, depreciation, allowance, statutory, preferential, park_share, encouraged, moved,
                 tenure, plain_wedge, opened, exchange, environment, cost):
    """User cost of capital by county and market sector (P11)."""
    for c in range(cost.shape[0]):
        for s in range(cost.shape[1]):
            on_parks = park_share[c] * (encouraged if s == I else PREFERRED[s])
            cost[c, s] = user_cost(
                required_return, depreciation, effective_tax(statutory, preferential, on_parks), allowance,
                wedge(plain_wedge, opened * OPENED[s], exchange), environment[c],
                subsidy(moved * SHIFTED[s], tenure * LEASED[s]))


@kernel
def _invest_market(capital, wanted, speed, depreciation, open_part, limit, projects, invested):
    """What is invested in the market sectors: projects of the list, and what the user cost asks for.

    Named projects are approved; what they leave of a cap on capacity is open to the others (6.1).
    """
    for c in range(wanted.shape[0]):
        for s in range(wanted.shape[1]):
            target = beside_the_park(wanted[c, s], capital[c, s], open_part[c]) if s == I else wanted[c, s]
            market = investment(depreciation, capital[c, s], target, speed)
            if s == I:
                room = limit[c] - (1.0 - depreciation) * capital[c, s]
                market = min(market, max(0.0, room - projects[c, s]))
            invested[c, s] = projects[c, s] + market


@kernel
def _measure_levels(quantity, capital, employed, land, al, ga, level, workers):
    """ln A on common factor shares, so that counties with other techniques compare; workers where anything is made."""
    for c in range(level.shape[0]):
        for s in range(level.shape[1]):
            if min(quantity[c, s], capital[c, s], land[c, s]) > 0 and employed[c, s] > 0:
                workers[c, s] = employed[c, s]
                inputs = capital[c, s] ** al[s] * workers[c, s] ** (1 - al[s] - ga[s]) * land[c, s] ** ga[s]
                level[c, s] = np.log(quantity[c, s] / inputs)
            else:
                workers[c, s], level[c, s] = 0.0, -np.inf


@kernel
def _add_premia(parks, land, farms, marine, coast, institutes, platforms, premium):
    """Productivity premia of the levers by county and sector, prem (P15).

    Parks (2.1), marine demonstrations and the coast (2.3), contracted land (3.2), platforms (4.3), institutes (5).
    """
    for c in range(premium.shape[0]):
        premium[c, A] = land[c] + farms[c]
        premium[c, M] = overlapping(parks[c], marine[c], coast[c])
        premium[c, H] = overlapping(parks[c], institutes[c], platforms[c])


@kernel
def _carry_over(capital, depreciation, invested, damage, level, best, trend, speed, environment, cooperation, premium,
                shock, productivity):
    """Capital is renewed; productivity grows, spreads from the frontier outside farming, and is shaken."""
    for c in range(level.shape[0]):
        for s in range(level.shape[1]):
            capital[c, s] = accumulated(capital[c, s], depreciation, invested[c, s], damage[c])
            gap = max(0.0, best[s] - level[c, s]) if s != A and level[c, s] > -np.inf else 0.0
            growth = productivity_growth(trend[s], speed, environment[c], cooperation[c], gap, premium[c, s])
            productivity[c, s] *= np.exp(growth + shock[c])


# ---- verbs ----------------------------------------------------------------------------------------------------


def _cost(model) -> np.ndarray:
    p, now, counties = model.parameters, model.now, model.counties
    cost = np.empty((model.n, 5))
    _cost_of_use(p.required_return, p.depreciation_rate, p.depreciation_allowance, p.corporate_tax_rate, now.ftp_cit,
                 counties.park_share, p.encouraged_industry_share, now.bay_area_capital,
                 p.flexible_tenure_effect * now.flex_tenure, p.business_env_wedge, now.services_open, now.exchange,
                 counties.business_env, cost)
    return cost


def settle_capital(model) -> None:
    """Capital of the base year: provincial perpetual inventory, shared by profits over user cost; its target."""
    p, base, counties = model.parameters, model.base, model.counties
    value = counties.value_added[:, MARKET]
    plain = np.where(value > 0, base.al * value / _cost(model), 0.0)
    total = p.base_capital_output_ratio * counties.value_added.sum()
    counties.capital[:, MARKET] = plain * total / plain.sum()
    base.capital_scale = (1.0 + p.base_capital_growth / p.capital_adjustment_speed) * total / plain.sum()


def settle_investment(model) -> None:
    """Private investment of the base year."""
    _invest(model)


def settle_end(model) -> None:
    """Stocks at the end of the base year: output of 2010 was made with those at its start."""
    p, counties = model.parameters, model.counties
    counties.capital[:, MARKET] = accumulated(counties.capital[:, MARKET], p.depreciation_rate,
                                              counties.investment[:, MARKET])
    counties.public_capital[:] = accumulated(counties.public_capital, p.public_capital_depreciation,
                                             p.public_investment_efficiency * counties.spending_public_works)
    counties.productivity[:, MARKET] *= np.exp(_trend(model))


def settle_public(model) -> None:
    """Public capital of the base year: what steady capital spending has built."""
    p, counties, base = model.parameters, model.counties, model.base
    counties.public_capital[:] = (p.public_investment_efficiency * counties.spending_public_works
                                  / (p.public_capital_depreciation + p.base_year_growth))
    base.public_capital_per_head = counties.public_capital / np.maximum(counties.population, 1)


def carried_out(model):
    """Money of the named projects carried out this year by county and market sector: Proj (P13; 4.1, 5)."""
    t, now, planned = model.year - model.base.year, model.now, model.base.projects
    return now.hub_projects * planned["hub_projects"][t] + now.soe_invest * planned["soe_invest"][t]


def _invest(model) -> None:
    p, base, counties = model.parameters, model.base, model.counties
    scale = base.capital_scale * (p.capital_target_later + (1.0 - p.capital_target_later) * _fitted(model))
    counties.project_investment[:, MARKET] = carried_out(model)
    wanted = wanted_capital(base.al, counties.value_added[:, MARKET], _cost(model), scale)
    _invest_market(counties.capital, wanted, p.capital_adjustment_speed, p.depreciation_rate, counties.industry_open,
                   counties.industry_limit, counties.project_investment, counties.investment)


def invest(model) -> None:
    """Private and public capital are renewed after what storms took; productivity grows, spreads and is shaken."""
    p, counties = model.parameters, model.counties
    _invest(model)
    level, best = _levels(model)
    counties.public_capital[:] = accumulated(counties.public_capital, p.public_capital_depreciation,
                                             p.public_investment_efficiency * counties.spending_public_works)
    _carry_over(counties.capital, p.depreciation_rate, counties.investment, counties.typhoon_damage, level, best,
                _trend(model), p.tfp_catchup_speed, counties.business_env, counties.cooperation, _premium(model),
                counties.productivity_shock, counties.productivity)


def _fitted(model) -> float:
    return still_holds(model.year, model.parameters.trend_fade_years)


def _trend(model):
    """Trend growth of productivity by sector this year."""
    p = model.parameters
    national = model.outlook["national_growth"][model.year - model.base.year]
    return trend_growth(np.asarray(p.tfp_growth), np.asarray(p.tfp_growth_later), _fitted(model), p.tfp_national_link,
                        national, p.national_growth_reference, p.national_growth_later)


def _premium(model):
    lever, premium = model.lever, np.zeros((model.n, 5))
    _add_premia(model.now.ftp_tfp * model.counties.park_share, lever("contract_land"), lever("green_value_farm"),
                lever("marine_tfp"), lever("marine_tfp_coast"), lever("institutes"), lever("intl_platforms_hightech"),
                premium)
    return premium


def _levels(model):
    """Productivity of each county and sector on common factor shares, ln A, and the frontier ln A*."""
    p, counties = model.parameters, model.counties
    level, workers = np.empty((model.n, 5)), np.empty((model.n, 5))
    _measure_levels(counties.quantity, counties.capital, counties.employed, counties.land_input, p.capital_share,
                    p.land_share, level, workers)
    return level, frontier(level, workers)
