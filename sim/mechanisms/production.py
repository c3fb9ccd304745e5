"""Production: output of each sector from capital, labour and land, and factor incomes (B.3 P1-P5, P8-P10).

Six sectors: agriculture A, industry I, local services T, marine M, high technology H, public service G. Labour is
nested by skill. Agglomeration and public capital raise output. Sections 2.1, 3.2.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.core.bind import InOut, Out
from sim.core.cache import either, kernel
from sim.core.declare import column, parameter
from sim.core.table import Constants
from sim.words import (
    CNY_PER_MILLION,
    COLLEGE,
    FARMING,
    HIGH_TECH,
    INDUSTRY,
    JUNIOR,
    LOCAL_SERVICES,
    MARINE,
    MARKET,
    MARKET_SECTORS,
    NON_FARM,
    PRIMARY_BRANCH,
    PUBLIC_SERVICE,
    SECONDARY_BRANCH,
    SENIOR,
    SKILLS,
    TERTIARY_BRANCH,
    URBAN,
)

MINUTES_A_DAY, MINUTES_AN_HOUR = 1440.0, 60.0
LEAST_OF_A_SKILL = 0.01  # minimum share of each skill in a sector's labour, so that the college premium can be met
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Parameters:
    capital_share: tuple = parameter(
        (0.20, 0.50, 0.40, 0.40, 0.40), unit="share", bounds=(0.1, 0.6), source="growth accounting for China",
        says="capital share by market sector; with the land share it divides the non-labour part (al)")
    land_share: tuple = parameter(
        (0.30, 0.08, 0.08, 0.08, 0.05), unit="share", bounds=(0.02, 0.35), source="assumed", confidence="low",
        says="land share by market sector (ga)")
    wage_pass_through: tuple = parameter(
        (0.6, 0.25, 0.8, 0.5, 0.5), unit="elasticity", bounds=(0.0, 1.0), confidence="low",
        source="rent sharing: smallest in capital-intensive plants, largest in small services",
        says="elasticity of a county's wage to its output per worker in settling labour shares")
    labour_share_min: float = parameter(0.08, unit="share", bounds=(0.05, 0.2), source="capital-intensive plants",
                                        confidence="low", says="minimum settled labour share")
    labour_share_max: float = parameter(0.80, unit="share", bounds=(0.6, 0.9), source="guard", confidence="low",
                                        says="maximum settled labour share")
    skill_substitution_elasticity: float = parameter(
        1.8, unit="1", bounds=(1.4, 3), source="Katz and Murphy 1992: about 1.4; later estimates higher",
        says="elasticity of substitution between college and other labour (sg)")
    skill_premium: float = parameter(1.5, unit="ratio", bounds=(1.3, 1.8), source="Mincer returns in China",
                                     says="wage of a college worker relative to junior school in the base year")
    mid_skill_efficiency: float = parameter(1.2, unit="ratio", bounds=(1.1, 1.35), source="Mincer returns in China",
                                            says="efficiency of senior-school relative to junior-school workers (h2)")
    agglomeration_elasticity: float = parameter(
        0.05, unit="elasticity", bounds=(0, 0.12), source="Combes, Demurger and Li 2013, 2017",
        says="elasticity of productivity to access to urban employment (z)")
    agglomeration_by_sector: tuple = parameter(
        (0.0, 1.0, 1.0, 0.5, 1.0), unit="ratio", bounds=(0.0, 1.0), source="assumed: farms gain nothing, ports half",
        confidence="low", says="response of a market sector to access to employment, relative to that elasticity")
    spillover_decay: float = parameter(0.03, unit="1/minute", bounds=(0.01, 0.06), source="assumed", confidence="low",
                                       says="decay of agglomeration with travel time (ph)")
    public_capital_elasticity: float = parameter(
        0.08, unit="elasticity", bounds=(0.03, 0.15), source="Bom and Ligthart 2014: about 0.1",
        says="elasticity of productivity to public capital per head (z_P)")
    time_cost_of_goods: tuple = parameter(
        (0.021, 0.006, 0.0, 0.015, 0.010), unit="share of value a day", bounds=(0.0, 0.03), confidence="low",
        source="Hummels and Schaur 2013: .6 to 2.1 % of value a day in transit (recalled); highest for perishables",
        says="cost of a day in transit, by market sector; local services are not transported")
    freight_rate: float = parameter(
        24.0, unit="CNY per tonne and hour", bounds=(12.0, 40.0), confidence="low",
        source="road freight in China, .3 to .5 CNY per tonne-km at 60 km an hour (recalled)",
        says="freight cost per tonne and hour in transit, ferries and waiting included")
    goods_value: tuple = parameter(
        (4000.0, 8000.0, 8000.0, 15000.0, 100000.0), unit="CNY per tonne", bounds=(2000.0, 300000.0), confidence="low",
        source="approximate prices of a tonne of fruit and vegetables; paper, fuel and food; fish; devices and "
               "medicines (recalled)",
        says="value of a tonne at the gate by market sector; local services are not transported")
    common_pay: float = parameter(
        0.6, unit="share", bounds=(0.0, 0.9), confidence="low",
        source="chosen on urban incomes of five counties, 2010-2017; one minimum wage by class of county, pay scales "
               "and moves between jobs tie pay across counties",
        says="share of non-farm pay growth in a sector that follows the province rather than the county (eta)")
    common_public_pay: float = parameter(
        0.8, unit="share", bounds=(0.0, 1.0), confidence="low",
        source="national pay scales of the public service; allowances are local (assumed)",
        says="share of public pay that follows the provincial rather than the county wage")
    pay_wedge_limit: float = parameter(
        0.8, unit="share of the return to capital", bounds=(0.5, 1.0), source="guard", confidence="low",
        says="maximum loss of owners through pay above the marginal product")
    market_access_elasticity: float = parameter(
        0.10, unit="elasticity", bounds=(0.0, 0.25), confidence="low",
        source="Redding and Venables 2004: producer prices rise with market access by 1/sigma, sigma 5 to 10",
        says="elasticity of gate prices of traded goods to closer links with the mainland")
    outside_price_elasticity: tuple = parameter(
        (5.0, 4.0, 4.0, 5.0, 3.0), unit="elasticity", bounds=(2.0, 12.0), confidence="low",
        source="Bajzik and others 2020, a meta-analysis of Armington elasticities: 2.5 to 5.1, median 3; more for "
               "crops, less for modern services; the value for local services is not used",
        says="price elasticity of outside demand for Hainan's output, by market sector: prices fall when sales outgrow "
             "the market")
    marine_bridge: tuple = parameter(
        (0.45, 0.25, 0.30), unit="share", bounds=(0.1, 0.6), source="assumed: fishing, marine industry, ports",
        confidence="low", says="marine value added by published branch (phi_M)")
    hightech_bridge: tuple = parameter(
        (0.0, 0.25, 0.75), unit="share", bounds=(0.0, 0.9), source="assumed: high-tech industry, modern services",
        confidence="low", says="high-technology value added by published branch (phi_H)")
    marine_productivity: float = parameter(1.1, unit="ratio", bounds=(0.8, 1.5), source="assumed", confidence="low",
                                           says="marine output per worker relative to the county's non-farm mean")
    hightech_productivity: float = parameter(1.3, unit="ratio", bounds=(1.0, 2.0), source="assumed",
                                             confidence="low",
                                             says="high-technology output per worker relative to the non-farm mean")
    construction_share_cap: float = parameter(
        0.55, unit="share", bounds=(0.3, 0.8), source="guard", confidence="low",
        says="maximum share of construction in a county's secondary branch in the base year")
    public_share_cap: float = parameter(
        0.6, unit="share", bounds=(0.5, 0.6), source="guard", confidence="low",
        says="maximum share of public service in a county's tertiary branch in the base year")
    marine_share_cap: float = parameter(
        0.9, unit="share", bounds=(0.7, 0.95), source="guard", confidence="low",
        says="maximum share of marine output in a county's primary branch in the base year")
    hightech_share_cap: float = parameter(
        0.4, unit="share", bounds=(0.3, 0.4), source="guard", confidence="low",
        says="maximum share of high technology in a county's tertiary branch in the base year")
    industry_share_min: float = parameter(
        0.3, unit="share", bounds=(0.2, 0.5), source="guard", confidence="low",
        says="minimum share of a county's secondary branch other than marine and high technology in the base year")
    least_crew_shares: tuple = parameter(
        (0.10, 0.02), unit="share", bounds=(0.0, 0.2), source="guard", confidence="low",
        says="minimum labour below college and of college, as a share of a sector's base-year labour, for wage offers "
             "of empty sectors")


class Settled(Constants):
    share_capital = column("county", "market_sector", unit="share", says=(
        "Capital share of value added after taxes (al); sums to one with labour and land"))
    share_labour = column("county", "market_sector", unit="share", says="Labour share of value added after taxes (be)")
    share_land = column("county", "market_sector", unit="share", says="Land share of value added after taxes (ga)")
    sector_present = column("county", "market_sector", unit="0 or 1", dtype="bool",
                            says="Whether the sector produces with labour in the base year")
    college_weight = column("county", "market_sector", unit="share", says=(
        "Weight of college labour in the nest, settled on the base-year premium (th)"))
    pay_base = column("county", "market_sector", unit="CNY per efficiency unit", says=(
        "Pay at the marginal product in the base year, the reference of later years"))
    public_wage_base = column("county", unit="CNY per efficiency unit", says="Wage of public service in the base year")
    urban_access_base = column("county", unit="persons", says="Urban jobs within reach in the base year")
    market_quantity_base = column("market_sector", unit="million CNY", says="Hainan's output in the base year")
    minutes_goods_base = column("county", unit="minutes", says="Travel time of goods to the outside in the base year")
    least_crew_below = column("county", "market_sector", unit="efficiency units", says=(
        "Labour below college used for wage offers of empty sectors"))
    least_crew_college = column("county", "market_sector", unit="efficiency units", says=(
        "College labour used for wage offers of empty sectors"))


# ---- formulas -------------------------------------------------------------------------------------------------


@either
def below_college(junior: float, senior: float, mid: float) -> float:
    """N = units of junior + h2 units of senior labour (P2)."""
    return junior + mid * senior


@either
def composite_labour(low: float, high: float, share: float, elasticity: float) -> float:
    """Nested labour Lb (P2); low = junior + h2 senior, high = college; share th weighs college."""
    rho = (elasticity - 1.0) / elasticity
    return (share * high**rho + (1.0 - share) * low**rho) ** (1.0 / rho)


@either
def college_pay_share(low: float, high: float, share: float, elasticity: float) -> float:
    """Share of the wage bill that college labour earns (P8)."""
    rho = (elasticity - 1.0) / elasticity
    top, rest = share * high**rho, (1.0 - share) * low**rho
    return top / np.maximum(top + rest, 1e-300)


def share_for_premium(low: float, high: float, premium: float, elasticity: float) -> float:
    """The weight th at which college earns `premium` times junior labour (base-year inversion of P8)."""
    odds = premium * (high / low) ** (1.0 / elasticity)
    return odds / (1.0 + odds)


@either
def output(productivity: float, scale: float, capital: float, labour: float, land: float, al: float, be: float,
           ga: float) -> float:
    """Y = A scale K^al Lb^be T^ga (P1)."""
    return productivity * scale * capital**al * labour**be * land**ga


def agglomeration(employment: Floats, minutes: Floats, decay: float) -> Floats:
    """Access to urban non-farm employment, sum over counties of E e^(-ph tau) (P3)."""
    return np.einsum("...cd,...d->...c", np.exp(-decay * minutes), employment)


@either
def carriage(time_cost: float, freight: float, value: float) -> float:
    """Share of value lost per minute in transit: time cost by the day, freight by the tonne and hour (P5)."""
    return time_cost / MINUTES_A_DAY + freight / (MINUTES_AN_HOUR * value)


@either
def tied_pay(pay: float, base: float, common: float) -> float:
    """Factor on pay at the marginal product that ties its growth to the province's: (mpl / base-year mpl)^-eta.

    Scaled to preserve the provincial wage bill, ln w = (1 - eta) ln mpl + eta ln w(province), both relative to the base
    year. 1 where there was no pay in the base year.
    """
    return np.where((base > 0) & (pay > 0), (np.maximum(pay, 1e-9) / np.maximum(base, 1e-9)) ** -common, 1.0)


@either
def gate_price(minutes: float, base_minutes: float, rate: float, base_rate: float) -> float:
    """Price at the gate net of iceberg cost to the outside (P5): exp(vt_2010 tau_2010 - vt tau)."""
    return np.exp(base_rate * base_minutes - rate * minutes)


@either
def link_price(link: float, elasticity: float) -> float:
    """Factor of closer links on the price of a traded good: link^e (2.1, P5)."""
    return link**elasticity


@either
def market_price_of(made: float, market: float, elasticity: float) -> float:
    """Price on outside markets of Hainan's output, relative to the base year: (market / made)^(1/e)."""
    return np.where(made > 0, (market / np.maximum(made, 1e-9)) ** (1.0 / elasticity), 1.0)


@either
def branches(value_added: Floats, construction: float, marine: Floats, hightech: Floats) -> tuple[float, float, float]:
    """The three published branches of the six sectors of a county (A.4 bridge)."""
    m, h = value_added[MARINE], value_added[HIGH_TECH]
    primary = value_added[FARMING] + m * marine[PRIMARY_BRANCH] + h * hightech[PRIMARY_BRANCH]
    secondary = value_added[INDUSTRY] + m * marine[SECONDARY_BRANCH] + h * hightech[SECONDARY_BRANCH] + construction
    tertiary = (value_added[LOCAL_SERVICES] + value_added[PUBLIC_SERVICE] + m * marine[TERTIARY_BRANCH]
                + h * hightech[TERTIARY_BRANCH] - construction)
    return primary, secondary, tertiary


def labour_shares(target_wage: Floats, output_per_unit: Floats, taxes: Floats, pass_through: Floats, low: float,
                  high: float) -> Floats:
    """Settled labour shares: wage = target (x / mean x)^pass-through, share = wage / ((1 - t) x).

    x is value added per unit of composite labour, [county, sector]; the mean is weighted by output.
    """
    wage = target_wage * output_per_unit ** np.asarray(pass_through)
    with np.errstate(divide="ignore", invalid="ignore"):
        share = wage / ((1.0 - taxes) * output_per_unit)
    return np.clip(share, low, high)


# ---- rules ----------------------------------------------------------------------------------------------------


def reach_jobs(rows_at_work, minutes, n, weight, spillover_decay, urban_access: Out) -> None:
    """Accessible urban non-farm jobs of a county (P3)."""
    jobs = rows_at_work[:, URBAN, :, INDUSTRY:].sum(axis=(1, 2)) * float(weight)
    urban_access[:] = agglomeration(jobs, minutes[:, :n], spillover_decay)


@kernel
def make(active, productivity, capital, labour, land_input, college_weight, share_capital, share_labour, share_land,
         mid_skill_efficiency, skill_substitution_elasticity, urban_access, urban_access_base, agglomeration_elasticity,
         agglomeration_by_sector, public_capital, population, public_capital_per_head_base, public_capital_elasticity,
         sector_residual, labour_nested: Out, quantity: InOut):
    """Output quantities of the market sectors (P1), with effects of access to jobs and public capital per head relative
    to the base year (P3, P4) and of the historical residual.
    """
    for c in range(active.size):
        near = urban_access[c] / urban_access_base[c] if active[c] else 1.0
        first = public_capital_per_head_base[c]
        works = public_capital[c] / max(population[c], 1) / first if first > 0 else 1.0
        for s in range(MARKET_SECTORS):
            low = below_college(labour[c, s, JUNIOR], labour[c, s, SENIOR], mid_skill_efficiency)
            composite = composite_labour(low, labour[c, s, COLLEGE], college_weight[c, s],
                                         skill_substitution_elasticity)
            labour_nested[c, s] = composite
            scale = (near ** (agglomeration_elasticity * agglomeration_by_sector[s])
                     * works**public_capital_elasticity * np.exp(sector_residual[c, s]))
            made = output(productivity[c, s], scale, capital[c, s], composite, land_input[c, s], share_capital[c, s],
                          share_labour[c, s], share_land[c, s])
            quantity[c, s] = made if productivity[c, s] > 0 and composite > 0 else 0.0


def face_markets(quantity, market_quantity_base, foreign_demand, national_growth, outside_price_elasticity,
                 market_price: Out) -> None:
    """Prices of traded goods and services for Hainan as a whole, whose market grows with the nation (P5).

    Local services are not traded; their price clears in the county.
    """
    made = quantity[:, MARKET].sum(axis=0) / np.where(market_quantity_base > 0, market_quantity_base, 1.0)
    market_price[:] = market_price_of(made, foreign_demand * (1.0 + national_growth),
                                      np.asarray(outside_price_elasticity))
    market_price[LOCAL_SERVICES] = 1.0


@kernel
def sell(quantity, market_price, minutes_goods, minutes_goods_base, ecommerce, time_cost_of_goods, freight_rate,
         goods_value, market_link, market_access_elasticity, input_duty_saved, value_added: InOut, goods_price: Out):
    """Value added of the market sectors at gate prices; local services are not shipped.

    Saved duty on inputs stays with producers (2.1). Goods from elsewhere arrive by the route on which industrial goods
    leave, so a shorter route makes them cheaper.
    """
    for c in range(quantity.shape[0]):
        goods = carriage(time_cost_of_goods[INDUSTRY], freight_rate, goods_value[INDUSTRY])
        goods_price[c] = 1.0 / gate_price(minutes_goods[c], minutes_goods_base[c], ecommerce * goods, goods)
        for s in range(MARKET_SECTORS):
            price = 1.0
            if s != LOCAL_SERVICES:
                rate = carriage(time_cost_of_goods[s], freight_rate, goods_value[s])
                price = (market_price[s] * gate_price(minutes_goods[c], minutes_goods_base[c], ecommerce * rate, rate)
                         * link_price(market_link[c], market_access_elasticity)) * (1.0 + input_duty_saved[s])
            value_added[c, s] = price * quantity[c, s]


@kernel
def price_services(quantity, service_demand, value_added: InOut, service_price: Out):
    """Market-clearing price of local services: value demanded over quantity produced (P5)."""
    for c in range(service_demand.size):
        made = quantity[c, LOCAL_SERVICES]
        value_added[c, LOCAL_SERVICES] = service_demand[c] * (made > 0)
        service_price[c] = value_added[c, LOCAL_SERVICES] / made if made > 0 else 1.0


@kernel
def share_out(value_added, tax_rate, share_capital, share_labour, share_land, labour, pay_base, common_pay,
              pay_wedge_limit, factor_taxes: Out, factor_wages: Out, factor_capital: Out, factor_land: Out,
              pay_wedge: Out):
    """Value added net of taxes is distributed to labour, capital and land (P8).

    Non-farm pay is partly common to all counties: its deviation from the marginal product of labour is a loss or gain
    of owners of capital. The deviations sum to zero in the province, as far as owners can bear them.
    """
    n = share_labour.shape[0]
    bill, tied = np.empty(n), np.empty(n)
    for s in range(MARKET_SECTORS):
        common, at_margin, in_all = common_pay if s != FARMING else 0.0, 0.0, 0.0
        for c in range(n):
            units = labour[c, s, JUNIOR] + labour[c, s, SENIOR] + labour[c, s, COLLEGE]
            bill[c] = share_labour[c, s] * ((1.0 - tax_rate[c, s]) * value_added[c, s])
            pay = CNY_PER_MILLION * bill[c] / units if units > 0 else 0.0
            tied[c] = bill[c] * tied_pay(pay, pay_base[c, s], common)
            at_margin += bill[c]
            in_all += tied[c]
        level = at_margin / in_all if in_all > 0 else 1.0
        for c in range(n):
            net = (1.0 - tax_rate[c, s]) * value_added[c, s]
            capital = share_capital[c, s] * net
            wedge = min(level * tied[c] - bill[c], pay_wedge_limit * capital)
            factor_taxes[c, s], factor_land[c, s] = tax_rate[c, s] * value_added[c, s], share_land[c, s] * net
            pay_wedge[c, s] = wedge
            factor_wages[c, s], factor_capital[c, s] = bill[c] + wedge, capital - wedge


@kernel
def pay_wages(factor_wages, labour, college_weight, least_crew_below, least_crew_college, mid_skill_efficiency,
              skill_substitution_elasticity, wage: Out, wage_offer: Out):
    """Wages per efficiency unit by skill in the market sectors; offers of empty sectors assume a minimum labour input.
    """
    mid, sigma = mid_skill_efficiency, skill_substitution_elasticity
    for c in range(factor_wages.shape[0]):
        for s in range(MARKET_SECTORS):
            low = below_college(labour[c, s, JUNIOR], labour[c, s, SENIOR], mid)
            high, weight, paid = labour[c, s, COLLEGE], college_weight[c, s], CNY_PER_MILLION * factor_wages[c, s]
            college = college_pay_share(low, high, weight, sigma)
            junior = paid * (1 - college) / low if low > 0 else 0.0
            wage[c, s, JUNIOR], wage[c, s, SENIOR] = junior, mid * junior
            wage[c, s, COLLEGE] = paid * college / high if high > 0 else 0.0
            low, high = max(low, least_crew_below[c, s]), max(high, least_crew_college[c, s])
            college = college_pay_share(low, high, weight, sigma)
            junior = paid * (1 - college) / max(low, 1e-9)
            wage_offer[c, s, JUNIOR], wage_offer[c, s, SENIOR] = junior, mid * junior
            wage_offer[c, s, COLLEGE] = paid * college / max(high, 1e-9)


@kernel
def serve_public(labour, public_wage_ratio, common_public_pay, public_wage_base, construction, marine_bridge,
                 hightech_bridge, factor_wages: InOut, wage: InOut, wage_offer: InOut, quantity: InOut,
                 value_added: InOut, public_wage: Out, gdp: Out, gdp_branch: Out):
    """Output of public service is its wage bill, at a ratio to the mean wage of the other non-farm sectors (P9).

    Pay scales are partly provincial. The volume is staff at base-year pay. This completes the year's output, which is
    then summed and converted to the three published branches.
    """
    all_units, all_bill = 0.0, 0.0
    for c in range(public_wage.size):
        for s in range(INDUSTRY, MARKET_SECTORS):
            all_bill += factor_wages[c, s]
            for e in range(SKILLS):
                all_units += labour[c, s, e]
    everywhere = all_bill / max(all_units, 1e-9)
    for c in range(public_wage.size):
        units, bill, staff = 0.0, 0.0, 0.0
        for s in range(INDUSTRY, MARKET_SECTORS):
            bill += factor_wages[c, s]
            for e in range(SKILLS):
                units += labour[c, s, e]
        here = bill / units if units > 0 else 0.0
        scale = here ** (1.0 - common_public_pay) * everywhere**common_public_pay if here > 0 else 0.0
        public_wage[c] = public_wage_ratio * (CNY_PER_MILLION * scale)
        for e in range(SKILLS):
            staff += labour[c, PUBLIC_SERVICE, e]
            wage[c, PUBLIC_SERVICE, e] = wage_offer[c, PUBLIC_SERVICE, e] = public_wage[c]
        paid = public_wage[c] * staff / CNY_PER_MILLION
        factor_wages[c, PUBLIC_SERVICE] = value_added[c, PUBLIC_SERVICE] = paid
        first = public_wage_base[c]
        quantity[c, PUBLIC_SERVICE] = first * staff / CNY_PER_MILLION if first > 0 else paid
        gdp[c] = value_added[c].sum()
        gdp_branch[c, PRIMARY_BRANCH], gdp_branch[c, SECONDARY_BRANCH], gdp_branch[c, TERTIARY_BRANCH] = branches(
            value_added[c], construction[c], marine_bridge, hightech_bridge)

# ---- rules of the base year -----------------------------------------------------------------------------------


def _nests(labour, mid_skill_efficiency):
    """Labour of the market sectors below college, in junior-labour units, and of college; [county, sector] each."""
    market = labour[:, MARKET]
    return below_college(market[..., JUNIOR], market[..., SENIOR], mid_skill_efficiency), market[..., COLLEGE]


def settle_bridge(active, branch_value_added, labour, public_wage, investment_guess, mid_skill_efficiency,
                  public_share_cap, marine_productivity, marine_share_cap, marine_bridge, hightech_productivity,
                  hightech_share_cap, hightech_bridge, industry_share_min, construction_value_added_share,
                  construction_share_cap, value_added: Out, construction: Out) -> None:
    """Split the published branches of the base year into the six sectors (A.4).

    Public service is its wage bill; marine and high technology are separated by employment; construction moves from
    industry to local services.
    """
    first, second, third = (
        branch_value_added[:, branch] for branch in (PRIMARY_BRANCH, SECONDARY_BRANCH, TERTIARY_BRANCH))
    low, high = _nests(labour, mid_skill_efficiency)
    workers = low + high
    non_farm = workers[:, NON_FARM].sum(axis=1)
    public = np.minimum(public_wage * labour[:, PUBLIC_SERVICE].sum(axis=1) / CNY_PER_MILLION, public_share_cap * third)
    per_worker = (branch_value_added[:, SECONDARY_BRANCH:].sum(axis=1) - public) / np.maximum(non_farm, 1e-9)
    marine = np.minimum(marine_productivity * per_worker * workers[:, MARINE],
                        marine_share_cap * first / marine_bridge[PRIMARY_BRANCH])
    hightech = hightech_productivity * per_worker * workers[:, HIGH_TECH]
    hightech = np.minimum(hightech, hightech_share_cap * third / hightech_bridge[TERTIARY_BRANCH])
    industry = second - marine_bridge[SECONDARY_BRANCH] * marine - hightech_bridge[SECONDARY_BRANCH] * hightech
    squeeze = np.where(industry < industry_share_min * second,
                       (1.0 - industry_share_min) * second / np.maximum(second - industry, 1e-9), 1.0)
    marine, hightech = marine * squeeze, hightech * squeeze
    industry = second - marine_bridge[SECONDARY_BRANCH] * marine - hightech_bridge[SECONDARY_BRANCH] * hightech
    building = np.minimum(construction_value_added_share * investment_guess, construction_share_cap * industry)
    services = third - marine_bridge[TERTIARY_BRANCH] * marine - hightech_bridge[TERTIARY_BRANCH] * hightech - public
    value = np.stack([first - marine_bridge[PRIMARY_BRANCH] * marine, industry - building, services + building, marine,
                      hightech, public], axis=1)
    value_added[:] = np.where(active[:, None], value, 0.0)
    construction[:] = building


def settle_shares(value_added, labour, tax_rate, wage_level, farm_wage_ratio, mid_skill_efficiency, skill_premium,
                  skill_substitution_elasticity, wage_pass_through, labour_share_min, labour_share_max,
                  capital_share, land_share, college_weight: Out, share_capital: Out, share_labour: Out,
                  share_land: Out, sector_present: Out) -> None:
    """Factor shares by county and sector from the wage levels of the base year, and weights of college labour."""
    value = value_added[:, MARKET]
    low, high = _nests(labour, mid_skill_efficiency)
    floor = LEAST_OF_A_SKILL * (low + high) + 1e-9
    college_weight[:] = share_for_premium(np.maximum(low, floor), np.maximum(high, floor), skill_premium,
                                          skill_substitution_elasticity)
    composite = composite_labour(low, high, college_weight, skill_substitution_elasticity)
    sector_present[:] = (composite > 0) & (value > 0)
    per_unit = np.where(sector_present, value / np.maximum(composite, 1e-12), 1.0) * CNY_PER_MILLION
    mean = (value.sum(axis=0) / np.maximum(composite.sum(axis=0), 1e-12)) * CNY_PER_MILLION
    units = low + high
    wage_scale = units.sum(axis=0) / np.maximum(composite.sum(axis=0), 1e-12)
    on_land = np.arange(MARKET_SECTORS) == FARMING
    target = wage_level * np.where(on_land, farm_wage_ratio, 1.0) * wage_scale
    share_labour[:] = labour_shares(target / mean, per_unit / mean, tax_rate[:, MARKET], wage_pass_through,
                                    labour_share_min, labour_share_max)
    rest = 1.0 - share_labour
    al, ga = np.asarray(capital_share), np.asarray(land_share)
    share_capital[:], share_land[:] = rest * al / (al + ga), rest * ga / (al + ga)


def settle_productivity(value_added, capital, labour, land_input, sector_present, college_weight, share_capital,
                        share_labour, share_land, mid_skill_efficiency, skill_substitution_elasticity,
                        productivity: Out) -> None:
    """Productivity that reproduces value added of the base year at its capital, labour and land (P1 inverted)."""
    composite = composite_labour(*_nests(labour, mid_skill_efficiency), college_weight, skill_substitution_elasticity)
    held, land = capital[:, MARKET], land_input[:, MARKET]
    made = sector_present & (held > 0) & (land > 0)
    plain = output(1.0, 1.0, held, composite, land, share_capital, share_labour, share_land)
    productivity[:, MARKET] = np.where(made, value_added[:, MARKET] / np.where(made, plain, 1.0), 0.0)


def settle_places(urban_access, minutes_goods, urban_access_base: Out, minutes_goods_base: Out) -> None:
    """Base-year access to jobs and travel times, the reference for agglomeration and transport costs (P3, P5)."""
    urban_access_base[:] = urban_access
    minutes_goods_base[:] = minutes_goods


def settle_crew(labour, mid_skill_efficiency, wage_crew_floor, least_crew_shares, least_crew_below: Out,
                least_crew_college: Out) -> None:
    """Labour below college and of college used for wage offers of empty sectors."""
    total = labour[:, MARKET].sum(axis=-1)
    for crew, there, share in zip((least_crew_below, least_crew_college), _nests(labour, mid_skill_efficiency),
                                  least_crew_shares, strict=True):
        crew[:] = wage_crew_floor * (np.maximum(there, share * total) + 1e-6)


def settle_pay(labour, factor_wages, public_wage, pay_base: Out, public_wage_base: Out) -> None:
    """Pay of the base year, the starting point of common pay; until it is settled, pay equals the marginal product."""
    units = labour[:, MARKET].sum(axis=-1)
    pay_base[:] = np.where(units > 0, CNY_PER_MILLION * factor_wages[:, MARKET] / np.where(units > 0, units, 1.0), 0.0)
    public_wage_base[:] = public_wage


def settle_markets(quantity, market_quantity_base: Out, market_price: Out) -> None:
    """Hainan's output in the base year, at prices of one."""
    market_quantity_base[:], market_price[:] = quantity[:, MARKET].sum(axis=0), 1.0


def settle_service_price(value_added, service_price: Out, service_demand: Out) -> None:
    """In the base year the price of local services is one: demand equals output."""
    service_price[:] = 1.0
    service_demand[:] = value_added[:, LOCAL_SERVICES]
