"""Capital and productivity: private investment by user cost, public capital, catch-up (B.3 P11-P15, F15).

Named projects are invested in addition to investment driven by the user cost. Sections 2.1, 2.3, 3.1, 3.2, 3.3, 4.1,
4.3, 5.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.core.bind import InOut, Out
from sim.core.cache import either, kernel
from sim.core.declare import column, parameter
from sim.core.table import Constants
from sim.outlook import still_holds
from sim.words import FARMING, HIGH_TECH, INDUSTRY, LOCAL_SERVICES, MARINE, MARKET, MARKET_SECTORS

OPENED = (LOCAL_SERVICES, HIGH_TECH)  # sectors affected by the opening of services trade (3.1)
SHIFTED = (INDUSTRY, MARINE, HIGH_TECH)  # sectors that receive industry relocating from the Bay Area (4.2)
LEASED = (INDUSTRY, HIGH_TECH)  # sectors on leased industrial land (L13)
PREFERRED = (MARINE, HIGH_TECH)  # sectors taxed less on park land; of industry only a part
PRODUCTIVE_TENTH = 0.9  # the frontier is the threshold of the most productive tenth of workers
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Parameters:
    depreciation_rate: float = parameter(0.09, unit="1/year", bounds=(0.06, 0.12),
                                         source="Zhang, Wu and Zhang 2004 use .096",
                                         says="depreciation of capital (del)")
    required_return: float = parameter(0.08, unit="1/year", bounds=(0.06, 0.12), source="assumed",
                                       says="required return on private investment (r*)")
    depreciation_allowance: float = parameter(0.7, unit="present value", bounds=(0.6, 0.9), source="tax code",
                                              says="present value of depreciation allowances (zd)")
    corporate_tax_rate: float = parameter(0.25, unit="share", bounds=(0.15, 0.33), source="statute", confidence="high",
                                          says="statutory corporate income tax")
    business_env_wedge: float = parameter(0.3, unit="share of user cost", bounds=(0, 0.6), source="assumed",
                                          says="cost added by a poor business environment (om)")
    encouraged_industry_share: float = parameter(
        0.3, unit="share", bounds=(0.1, 0.6), source="assumed: part of industry in the encouraged catalogue",
        confidence="low", says="share of industry on park land taxed at the preferential rate")
    capital_adjustment_speed: float = parameter(0.10, unit="1/year", bounds=(0.05, 0.3), source="fitted (F.1)",
                                                says="speed of adjustment of capital to its target (lK)")
    base_capital_output_ratio: float = parameter(2.0, unit="ratio", bounds=(1.5, 2.6), source="perpetual inventory",
                                                 says="private capital over GDP in the base year")
    base_capital_growth: float = parameter(
        0.13, unit="1/year", bounds=(0.08, 0.15), source="investment boom around 2010",
        says="growth of private capital in the base year, on which the capital target is settled")
    tfp_growth: tuple = parameter(
        (0.0245, -0.032, 0.012, 0.005, 0.02), unit="1/year", bounds=(-0.09, 0.06),
        source="farming and industry: fitted to provincial output by branch, 2013-2017, net of the reclassification "
               "between branches by the census of 2013, in values at the GDP deflator, so that a fall in relative "
               "prices beyond that due to larger sales counts against productivity; others: assumed",
        says="growth of productivity by market sector (g)")
    tfp_national_link: float = parameter(
        0.85, unit="elasticity", bounds=(0.0, 1.0), source="assumed: the national frontier carries most of the trend",
        confidence="low", says="change of productivity growth per change of national growth from its 2011-2017 mean")
    national_growth_reference: float = parameter(
        0.0752, unit="1/year", bounds=(0.07, 0.08), source="mean national growth 2011-2017", confidence="high",
        says="national growth rate at which productivity grows at its fitted trend")
    capital_target_later: float = parameter(
        0.75, unit="ratio", bounds=(0.5, 1.0), source="assumed: the investment boom of 2010 fades", confidence="low",
        says="desired capital relative to its base-year scale once the fitted trends have faded")
    tfp_growth_later: tuple = parameter(
        (0.008, 0.015, -0.002, -0.002, 0.0), unit="1/year", bounds=(-0.04, 0.04), confidence="low",
        source="assumed: relative prices settle; output then grows somewhat faster than the national outlook",
        says="growth of productivity by market sector once the fitted trends have faded")
    trend_fade_years: float = parameter(8.0, unit="year", bounds=(4, 18), source="assumed", confidence="low",
                                        says="years after 2020 over which fitted trends fade into the later ones")
    national_growth_later: float = parameter(
        0.04, unit="1/year", bounds=(0.03, 0.05), source="mean of the national outlook 2025-2035",
        says="national growth rate at which productivity grows at its later trend")
    tfp_catchup_speed: float = parameter(0.015, unit="1/year", bounds=(0, 0.04), source="Barro and Sala-i-Martin 1992",
                                         says="speed of catch-up with the most productive tenth (rA)")
    public_capital_depreciation: float = parameter(0.05, unit="1/year", bounds=(0.03, 0.08), source="assumed",
                                                   says="depreciation of public capital (delP)")
    institute_capital: float = parameter(
        0.6, unit="million CNY per person", bounds=(0.3, 1.2), confidence="low",
        source="assumed: about the fixed assets per researcher of national research institutes",
        says="buildings and instruments brought by an institute per member of staff")
    public_investment_efficiency: float = parameter(0.8, unit="share", bounds=(0.5, 1.0), source="assumed",
                                                    says="public capital formed per capital spending (effP)")


class Settled(Constants):
    capital_scale = column("county", "market_sector", unit="ratio", says=(
        "Desired capital relative to that implied by the user cost, settled on base-year capital growth (kn)"))
    public_capital_per_head_base = column("county", unit="million CNY", says=(
        "Public capital per resident in the base year; zero until settled"))


# ---- formulas -------------------------------------------------------------------------------------------------


@either
def effective_tax(statutory: float, preferential: float, on_parks: float) -> float:
    """Corporate tax: the statutory rate, less the preferential one on park land (2.1)."""
    return statutory + on_parks * (preferential - statutory)


@either
def wedge(cost: float, opened: float, exchange: float) -> float:
    """Cost added by a poor business environment, om (P11).

    Exchanges reduce it in all sectors (3.3), the opening of services trade in the sectors opened (3.1).
    """
    return cost * (1.0 - opened) * (1.0 - exchange)


@either
def subsidy(moved: float, tenure: float) -> float:
    """Share of user cost saved by relocation of industry from the Bay Area (4.2) and leased land (L13)."""
    return 1.0 - (1.0 - moved) * (1.0 - tenure)


@either
def user_cost(required_return: float, depreciation: float, tax: float, allowance: float, wedge: float,
              environment: float, subsidy: float = 0.0) -> float:
    """uc = (r + del)(1 - tax zd)/(1 - tax)(1 + om (1 - BE))(1 - sub) (P11; Hall and Jorgenson 1967)."""
    taxed = (1.0 - tax * allowance) / (1.0 - tax)
    return (required_return + depreciation) * taxed * (1.0 + wedge * (1.0 - environment)) * (1.0 - subsidy)


@either
def wanted_capital(al: float, value: float, cost: float, scale: float) -> float:
    """K* = al pY / uc kn (P12)."""
    return al * value / cost * scale


@either
def beside_the_park(wanted: float, capital: float, open_part: float) -> float:
    """Desired industrial capital where park land bars part of its growth (E8)."""
    return wanted - (1.0 - open_part) * np.maximum(0.0, wanted - capital)


@either
def invested_by_market(depreciation: float, capital: float, wanted: float, speed: float) -> float:
    """I = max(0, del K + lK (K* - K)) (P13)."""
    return np.maximum(0.0, depreciation * capital + speed * (wanted - capital))


@either
def accumulated(capital: float, depreciation: float, invested: float, damage: float = 0.0) -> float:
    """K' = (1 - del)(1 - dmg) K + I (P14)."""
    return (1.0 - depreciation) * (1.0 - damage) * capital + invested


@kernel
def frontier(level: Floats, weight: Floats, quantile: float = PRODUCTIVE_TENTH) -> Floats:
    """Weighted quantile of levels over counties for each sector: the most productive tenth (P15); [county, sector]."""
    n, best = level.shape[0], np.empty(level.shape[1])
    for s in range(best.size):
        everybody, below, passed = 0.0, 0.0, np.zeros(n, dtype=np.bool_)
        for c in range(n):
            everybody += weight[c, s]
        for _ in range(n):  # in ascending order of levels
            lowest = -1
            for c in range(n):
                if not passed[c] and (lowest < 0 or level[c, s] < level[lowest, s]):
                    lowest = c
            below, best[s], passed[lowest] = below + weight[lowest, s], level[lowest, s], True
            if below / max(everybody, 1e-300) >= quantile:
                break
    return best


@either
def trend_growth(first: float, later: float, fitted: float, link: float, national: float, reference_first: float,
                 reference_later: float) -> float:
    """Trend of productivity: the fitted rates fade into the later ones; both vary with national growth around its
    reference rate for the period."""
    reference = fitted * reference_first + (1.0 - fitted) * reference_later
    return fitted * first + (1.0 - fitted) * later + link * (national - reference)


@either
def overlapping(one: float, two: float, three: float) -> float:
    """Premia of programmes that target the same firms: the root of the sum of squares, so that a single one counts in
    full and several count less than their sum.
    """
    return np.sqrt(one * one + two * two + three * three)


@either
def productivity_growth(trend: float, speed: float, environment: float, cooperation: float, gap: float,
                        premium: float) -> float:
    """d ln A = g + rA BE coop (ln A* - ln A) + prem (P15)."""
    return trend + speed * environment * cooperation * gap + premium


# ---- rules ----------------------------------------------------------------------------------------------------


@kernel
def price_capital(required_return, depreciation_rate, depreciation_allowance, corporate_tax_rate, ftp_cit, park_share,
                  encouraged_industry_share, bay_area_capital, flexible_tenure_effect, flex_tenure, business_env_wedge,
                  services_open, exchange, business_env, equipment_duty_saved, duty_free_value, value_added,
                  capital_cost: Out) -> None:
    """User cost of capital by county and market sector (P11), at the price of capital goods, which is lower without
    duty on equipment. Duty-free retailers are located in parks, and their part of local services is taxed accordingly
    (2.1).
    """
    tenure = flexible_tenure_effect * flex_tenure
    for c in range(capital_cost.shape[0]):
        for s in range(MARKET_SECTORS):
            preferred = encouraged_industry_share if s == INDUSTRY else (1.0 if s in PREFERRED else 0.0)
            on_parks = park_share[c] * preferred
            if s == LOCAL_SERVICES:
                on_parks = min(1.0, duty_free_value[c] / max(value_added[c, s], 1e-9))
            tax = effective_tax(corporate_tax_rate, ftp_cit, on_parks)
            friction = wedge(business_env_wedge, services_open if s in OPENED else 0.0, exchange)
            saved = subsidy(bay_area_capital if s in SHIFTED else 0.0, tenure if s in LEASED else 0.0)
            capital_cost[c, s] = (1.0 - equipment_duty_saved) * user_cost(
                required_return, depreciation_rate, tax, depreciation_allowance, friction, business_env[c], saved)


@kernel
def carry_out_projects(hub_projects, hub_projects_planned, soe_invest, soe_invest_planned, elapsed,
                       institutes_by_county, institute_capital, project_investment: Out, investment_outside: Out):
    """Investment in named projects this year by county and market sector: Proj (P13; 4.1, 5).

    Central enterprises and national institutes build with outside funds.
    """
    for c in range(project_investment.shape[0]):
        for s in range(MARKET_SECTORS):
            investment_outside[c, s] = soe_invest * soe_invest_planned[elapsed, c, s]
            if s == HIGH_TECH:
                investment_outside[c, s] += institute_capital * institutes_by_county[c]
            project_investment[c, s] = (hub_projects * hub_projects_planned[elapsed, c, s]
                                        + investment_outside[c, s])


@kernel
def own_from_outside(depreciation_rate, typhoon_damage, investment_outside, equipment_duty_saved,
                     capital_outside: InOut):
    """Capital built with outside funds remains with owners outside, and depreciates like all capital."""
    for c in range(typhoon_damage.size):
        for s in range(MARKET_SECTORS):
            capital_outside[c, s] = accumulated(capital_outside[c, s], depreciation_rate,
                                                investment_outside[c, s] / (1.0 - equipment_duty_saved),
                                                typhoon_damage[c])


@kernel
def invest(year, capital, value_added, share_capital, capital_cost, capital_scale, capital_residual,
           capital_target_later, trend_fade_years, capital_adjustment_speed, depreciation_rate, industry_open,
           industry_limit, project_investment, equipment_duty_saved, investment: Out) -> None:
    """Investment in the market sectors: named projects, and investment driven by the user cost (P12, P13).

    Named projects have approval; other investment may use what they leave of a capacity cap (6.1). Investment is money:
    without duty the same capital costs less. After the last year of followed history, a residual makes capital respond
    to subsequent changes, not to the level of productivity that reproduces observed output.
    """
    price = 1.0 - equipment_duty_saved
    fading = capital_target_later + (1.0 - capital_target_later) * still_holds(year, trend_fade_years)
    for c in range(share_capital.shape[0]):
        for s in range(MARKET_SECTORS):
            held, projects = capital[c, s], project_investment[c, s]
            wanted = wanted_capital(share_capital[c, s], value_added[c, s], capital_cost[c, s],
                                    capital_scale[c, s] * np.exp(capital_residual[c, s]) * fading)
            target = beside_the_park(wanted, held, industry_open[c]) if s == INDUSTRY else wanted
            market = invested_by_market(depreciation_rate, held, target, capital_adjustment_speed)
            if s == INDUSTRY:
                room = industry_limit[c] - (1.0 - depreciation_rate) * held
                market = min(market, max(0.0, room - projects / price))
            investment[c, s] = projects + market * price


@kernel
def compare_productivity(quantity, capital, employed, land_input, capital_share, land_share,
                         productivity_gap: Out) -> None:
    """Gap between the frontier ln A* and ln A, both at common factor shares, so that counties with different techniques
    are comparable (P15); zero without output.
    """
    level, workers = np.empty(productivity_gap.shape), np.zeros(productivity_gap.shape)
    for c in range(level.shape[0]):
        for s in range(MARKET_SECTORS):
            held, made, land = capital[c, s], quantity[c, s], land_input[c, s]
            al, ga = capital_share[s], land_share[s]
            if min(made, held, land) > 0 and employed[c, s] > 0:
                workers[c, s] = employed[c, s]
                inputs = held**al * workers[c, s] ** (1 - al - ga) * land**ga
                level[c, s] = np.log(made / inputs)
            else:
                level[c, s] = -np.inf
    best = frontier(level, workers)
    for c in range(level.shape[0]):
        for s in range(MARKET_SECTORS):
            productivity_gap[c, s] = max(0.0, best[s] - level[c, s]) if level[c, s] > -np.inf else 0.0


@kernel
def build_public(spending_public_works, public_investment_efficiency, public_capital_depreciation,
                 public_capital: InOut) -> None:
    """Depreciation and construction of public capital."""
    for c in range(public_capital.size):
        public_capital[c] = accumulated(public_capital[c], public_capital_depreciation,
                                        public_investment_efficiency * spending_public_works[c])


@kernel
def follow_trend(year, national_growth, tfp_growth, tfp_growth_later, trend_fade_years, tfp_national_link,
                 national_growth_reference, national_growth_later, productivity_trend: Out) -> None:
    """This year's trend growth of productivity by market sector."""
    fitted = still_holds(year, trend_fade_years)
    for s in range(MARKET_SECTORS):
        productivity_trend[s] = trend_growth(tfp_growth[s], tfp_growth_later[s], fitted, tfp_national_link,
                                             national_growth, national_growth_reference, national_growth_later)


@kernel
def add_premia(ftp_tfp, park_share, contract_land_by_county, green_value_farm_by_county, marine_tfp_by_county,
               marine_tfp_coast_by_county, intl_platforms_hightech_by_county, productivity_premium: Out) -> None:
    """Productivity premia of levers by county and sector, prem (P15).

    Parks (2.1), marine demonstrations and the coast (2.3), contracted land (3.2), platforms (4.3).
    """
    productivity_premium[:] = 0.0
    for c in range(park_share.size):
        parks = ftp_tfp * park_share[c]
        productivity_premium[c, FARMING] = contract_land_by_county[c] + green_value_farm_by_county[c]
        productivity_premium[c, MARINE] = overlapping(parks, marine_tfp_by_county[c], marine_tfp_coast_by_county[c])
        productivity_premium[c, HIGH_TECH] = overlapping(parks, intl_platforms_hightech_by_county[c], 0.0)


@kernel
def carry_over(depreciation_rate, investment, typhoon_damage, productivity_gap, productivity_trend, tfp_catchup_speed,
               business_env, cooperation, productivity_premium, productivity_shock, equipment_duty_saved,
               capital: InOut, productivity: InOut) -> None:
    """Capital after storm damage and investment at the price of capital goods; productivity by trend, catch-up with the
    frontier (outside farming), premia and shocks.
    """
    for c in range(productivity_gap.shape[0]):
        for s in range(MARKET_SECTORS):
            formed = investment[c, s] / (1.0 - equipment_duty_saved)
            capital[c, s] = accumulated(capital[c, s], depreciation_rate, formed, typhoon_damage[c])
            gap = productivity_gap[c, s] if s != FARMING else 0.0
            growth = productivity_growth(productivity_trend[s], tfp_catchup_speed, business_env[c], cooperation[c], gap,
                                         productivity_premium[c, s])
            productivity[c, s] *= np.exp(growth + productivity_shock[c])


# ---- rules of the base year -----------------------------------------------------------------------------------


def settle_capital(value_added, share_capital, capital_cost, base_capital_output_ratio, base_capital_growth,
                   capital_adjustment_speed, capital: Out, capital_scale: Out) -> None:
    """Capital of the base year: provincial perpetual inventory, distributed by profits over user cost; its target."""
    value = value_added[:, MARKET]
    plain = np.where(value > 0, share_capital * value / capital_cost, 0.0)
    total = base_capital_output_ratio * value_added.sum()
    capital[:, MARKET] = plain * total / plain.sum()
    capital_scale[:] = (1.0 + base_capital_growth / capital_adjustment_speed) * total / plain.sum()


def settle_public(population, spending_public_works, public_investment_efficiency, public_capital_depreciation,
                  base_year_growth, public_capital: Out, public_capital_per_head_base: Out) -> None:
    """Public capital of the base year: the stock implied by steady capital spending."""
    public_capital[:] = (public_investment_efficiency * spending_public_works
                         / (public_capital_depreciation + base_year_growth))
    public_capital_per_head_base[:] = public_capital / np.maximum(population, 1)


def settle_end(depreciation_rate, investment, productivity_trend, capital: InOut, productivity: InOut) -> None:
    """Private capital and productivity at the end of the base year; output of 2010 used those at its start."""
    capital[:, MARKET] = accumulated(capital[:, MARKET], depreciation_rate, investment[:, MARKET])
    productivity[:, MARKET] *= np.exp(productivity_trend)
