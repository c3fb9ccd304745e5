"""Production: what each sector makes from capital, labour and land, and what each factor earns (B.3 P1-P5, P8-P10).

Six sectors: agriculture A, industry I, local services T, marine M, high technology H, public service G. Labour is
nested by skill. Agglomeration and public capital raise output. Sections 2.1, 3.2.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.core.cache import either, kernel
from sim.core.declare import parameter

WRITES = (
    "counties.quantity", "counties.value_added", "counties.gdp", "counties.gdp_branch", "counties.service_price",
    "counties.wage", "counties.wage_offer", "counties.public_wage", "counties.factor_taxes", "counties.factor_wages",
    "counties.factor_capital", "counties.factor_land",
)
A, I, T, M, H, G = range(6)
MARKET = slice(0, 5)  # sectors that produce for a market
NON_FARM = slice(1, 5)
NEARNESS = np.array([0.0, 1.0, 1.0, 0.5, 1.0])  # how far a market sector gains from jobs nearby


@dataclass(frozen=True)
class Parameters:
    capital_share: tuple = parameter(
        (0.20, 0.50, 0.40, 0.40, 0.40), unit="share", bounds=(0.1, 0.6), source="growth accounting for China",
        says="capital share by market sector; with the land share it splits what labour leaves (al)")
    land_share: tuple = parameter(
        (0.30, 0.08, 0.08, 0.08, 0.05), unit="share", bounds=(0.02, 0.35), source="assumed", confidence="low",
        says="land share by market sector (ga)")
    wage_pass_through: tuple = parameter(
        (0.6, 0.25, 0.8, 0.5, 0.5), unit="elasticity", bounds=(0.0, 1.0), confidence="low",
        source="rent sharing: least where plants are capital-heavy, most in small services",
        says="response of a county's wage to its output per worker when labour shares are settled")
    labour_share_min: float = parameter(0.08, unit="share", bounds=(0.05, 0.2), source="capital-heavy plants",
                                        confidence="low", says="smallest settled labour share")
    labour_share_max: float = parameter(0.80, unit="share", bounds=(0.6, 0.9), source="guard", confidence="low",
                                        says="largest settled labour share")
    skill_substitution_elasticity: float = parameter(
        1.8, unit="1", bounds=(1.4, 3), source="Katz and Murphy 1992: about 1.4; later estimates higher",
        says="substitution between college and other labour (sg)")
    skill_premium: float = parameter(1.5, unit="ratio", bounds=(1.3, 1.8), source="Mincer returns in China",
                                     says="wage of a college worker against junior school in the base year")
    mid_skill_efficiency: float = parameter(1.2, unit="ratio", bounds=(1.1, 1.35), source="Mincer returns in China",
                                            says="efficiency of senior-school workers against junior (h2)")
    agglomeration_elasticity: float = parameter(
        0.05, unit="elasticity", bounds=(0, 0.12), source="Combes, Demurger and Li 2013, 2017",
        says="response of productivity to access to urban employment (z)")
    spillover_decay: float = parameter(0.03, unit="1/minute", bounds=(0.01, 0.06), source="assumed", confidence="low",
                                       says="decay of agglomeration with travel time (ph)")
    public_capital_elasticity: float = parameter(
        0.08, unit="elasticity", bounds=(0.03, 0.15), source="Bom and Ligthart 2014: about 0.1",
        says="response of productivity to public capital per head (z_P)")
    iceberg_rate: tuple = parameter(
        (0.0006, 0.0004, 0.0, 0.0002, 0.0002), unit="1/minute", bounds=(0.0, 0.003), source="assumed",
        confidence="low", says="loss of farm- and factory-gate price per minute to the gateway (vt)")
    market_access_elasticity: float = parameter(
        0.10, unit="elasticity", bounds=(0.0, 0.25), confidence="low",
        source="Redding and Venables 2004: the price a place gets rises with market access by 1/sigma, sigma 5 to 10",
        says="response of gate prices of traded goods to closer links with the mainland")
    marine_bridge: tuple = parameter(
        (0.45, 0.25, 0.30), unit="share", bounds=(0.1, 0.6), source="assumed: fishing, marine industry, ports",
        confidence="low", says="marine value added by published branch (phi_M)")
    hightech_bridge: tuple = parameter(
        (0.0, 0.25, 0.75), unit="share", bounds=(0.0, 0.9), source="assumed: high-tech industry, modern services",
        confidence="low", says="high-technology value added by published branch (phi_H)")
    marine_productivity: float = parameter(1.1, unit="ratio", bounds=(0.8, 1.5), source="assumed", confidence="low",
                                           says="marine output per worker against the county's non-farm mean")
    hightech_productivity: float = parameter(1.3, unit="ratio", bounds=(1.0, 2.0), source="assumed",
                                             confidence="low",
                                             says="high-technology output per worker against the non-farm mean")
    construction_share_cap: float = parameter(
        0.55, unit="share", bounds=(0.3, 0.8), source="guard", confidence="low",
        says="largest share of a county's secondary branch that is construction in the base year")


# ---- formulas -------------------------------------------------------------------------------------------------


@either
def below_college(junior, senior, mid):
    """N = units of junior + h2 units of senior labour (P2)."""
    return junior + mid * senior


@either
def composite_labour(low, high, share, elasticity):
    """Nested labour Lb (P2); low = junior + h2 senior, high = college; share th weighs college."""
    rho = (elasticity - 1.0) / elasticity
    return (share * high**rho + (1.0 - share) * low**rho) ** (1.0 / rho)


@either
def college_pay_share(low, high, share, elasticity):
    """Share of the wage bill that college labour earns (P8)."""
    rho = (elasticity - 1.0) / elasticity
    top, rest = share * high**rho, (1.0 - share) * low**rho
    return top / np.maximum(top + rest, 1e-300)


def share_for_premium(low, high, premium, elasticity):
    """The weight th at which college earns `premium` times junior labour (base-year inversion of P8)."""
    odds = premium * (high / low) ** (1.0 / elasticity)
    return odds / (1.0 + odds)


@either
def output(productivity, scale, capital, labour, land, al, be, ga):
    """Y = A scale K^al Lb^be T^ga (P1)."""
    return productivity * scale * capital**al * labour**be * land**ga


def agglomeration(employment, minutes, decay):
    """Access to urban non-farm employment, sum over counties of E e^(-ph tau) (P3)."""
    return np.einsum("...cd,...d->...c", np.exp(-decay * minutes), employment)


@either
def gate_price(minutes, base_minutes, rate, base_rate):
    """Price at the gate net of iceberg cost to the outside (P5): exp(vt_2010 tau_2010 - vt tau)."""
    return np.exp(base_rate * base_minutes - rate * minutes)


@either
def link_price(link, elasticity):
    """What closer links add to the price of a traded good: link^e (2.1, P5)."""
    return link**elasticity


@either
def branches(value_added, construction, marine, hightech):
    """The three published branches of the six sectors of a county (A.4 bridge)."""
    m, h = value_added[M], value_added[H]
    primary = value_added[A] + m * marine[0] + h * hightech[0]
    secondary = value_added[I] + m * marine[1] + h * hightech[1] + construction
    tertiary = value_added[T] + value_added[G] + m * marine[2] + h * hightech[2] - construction
    return primary, secondary, tertiary


def labour_shares(target_wage, output_per_unit, taxes, pass_through, low, high):
    """Settled labour shares: wage = target (x / mean x)^pass-through, share = wage / ((1 - t) x).

    x is value added per unit of composite labour, [county, sector]; the mean is weighted by output.
    """
    wage = target_wage * output_per_unit ** np.asarray(pass_through)
    with np.errstate(divide="ignore", invalid="ignore"):
        share = wage / ((1.0 - taxes) * output_per_unit)
    return np.clip(share, low, high)


@kernel
def _make(productivity, capital, labour, land, college_weight, al, be, ga, mid, sigma, near, near_effect, works,
          works_effect, quantity):
    """Output of the market sectors in quantities, [county, sector]."""
    for c in range(productivity.shape[0]):
        for s in range(al.shape[1]):
            low, high = below_college(labour[c, s, 0], labour[c, s, 1], mid), labour[c, s, 2]
            composite = composite_labour(low, high, college_weight[c, s], sigma)
            scale = near[c] ** near_effect[s] * works[c] ** works_effect
            made = output(productivity[c, s], scale, capital[c, s], composite, land[c, s], al[c, s], be[c, s], ga[c, s])
            quantity[c, s] = made if productivity[c, s] > 0 and composite > 0 else 0.0


@kernel
def _sell(quantity, minutes, base_minutes, cheaper, rate, link, link_effect, value_added):
    """Value added of the market sectors at the prices of their gates; local services do not leave the county."""
    for c in range(quantity.shape[0]):
        for s in range(rate.size):
            price = gate_price(minutes[c], base_minutes[c], cheaper * rate[s], rate[s])
            if s != T:
                price *= link_price(link[c], link_effect)
            value_added[c, s] = price * quantity[c, s]


@kernel
def _share_out(value, rate, al, be, ga, taxes, wages, capital, land):
    """Taxes are taken off value added; what is left goes to labour, capital and land (P8)."""
    for c in range(al.shape[0]):
        for s in range(al.shape[1]):
            net = (1.0 - rate[c, s]) * value[c, s]
            taxes[c, s], wages[c, s] = rate[c, s] * value[c, s], be[c, s] * net
            capital[c, s], land[c, s] = al[c, s] * net, ga[c, s] * net


@kernel
def _serve_public(labour, ratio, construction, marine, hightech, wages, public_wage, wage, offer, quantity, value_added,
                  gdp, branch):
    """Public service is its wage bill, at a ratio of the mean wage of the other sectors off the land (P9)."""
    for c in range(public_wage.size):
        units, bill, staff = 0.0, 0.0, 0.0
        for s in range(I, G):
            bill += wages[c, s]
            for e in range(labour.shape[2]):
                units += labour[c, s, e]
        public_wage[c] = ratio * (1e6 * bill / units) if units > 0 else 0.0
        for e in range(labour.shape[2]):
            staff += labour[c, G, e]
            wage[c, G, e] = offer[c, G, e] = public_wage[c]
        wages[c, G] = quantity[c, G] = value_added[c, G] = public_wage[c] * staff / 1e6
        gdp[c] = value_added[c].sum()
        branch[c, 0], branch[c, 1], branch[c, 2] = branches(value_added[c], construction[c], marine, hightech)


@kernel
def _pay_wages(bill, labour, college_weight, least, mid, sigma, wage, offer):
    """Wages per efficiency unit by skill, [county, sector, skill]; offers of emptied sectors are those of a least crew.
    """
    for c in range(bill.shape[0]):
        for s in range(bill.shape[1]):
            low, high = below_college(labour[c, s, 0], labour[c, s, 1], mid), labour[c, s, 2]
            paid = 1e6 * bill[c, s]
            college = college_pay_share(low, high, college_weight[c, s], sigma)
            junior = paid * (1 - college) / low if low > 0 else 0.0
            wage[c, s, 0], wage[c, s, 1] = junior, mid * junior
            wage[c, s, 2] = paid * college / high if high > 0 else 0.0
            low, high = max(low, least[0, c, s]), max(high, least[1, c, s])
            college = college_pay_share(low, high, college_weight[c, s], sigma)
            junior = paid * (1 - college) / max(low, 1e-9)
            offer[c, s, 0], offer[c, s, 1] = junior, mid * junior
            offer[c, s, 2] = paid * college / max(high, 1e-9)


# ---- verbs ----------------------------------------------------------------------------------------------------


def _labour_nest(model):
    p, labour = model.parameters, model.counties.labour
    return below_college(labour[..., 0], labour[..., 1], p.mid_skill_efficiency), labour[..., 2]


def settle_bridge(model) -> None:
    """Split the published branches of the base year into the six sectors (A.4).

    Public service is its wage bill; marine and high technology are carved out by employment; construction leaves
    industry for local services, which build.
    """
    p, base, counties = model.parameters, model.base, model.counties
    branch = base.branch_value_added
    low, high = _labour_nest(model)
    workers = low + high
    non_farm = workers[:, NON_FARM].sum(axis=1)
    public = np.minimum(counties.public_wage * counties.labour[:, G].sum(axis=1) / 1e6, 0.6 * branch[:, 2])
    per_worker = (branch[:, 1:].sum(axis=1) - public) / np.maximum(non_farm, 1e-9)
    marine = np.minimum(p.marine_productivity * per_worker * workers[:, M], 0.9 * branch[:, 0] / p.marine_bridge[0])
    hightech = p.hightech_productivity * per_worker * workers[:, H]
    hightech = np.minimum(hightech, 0.4 * branch[:, 2] / p.hightech_bridge[2])
    secondary = branch[:, 1] - p.marine_bridge[1] * marine - p.hightech_bridge[1] * hightech
    squeeze = np.where(secondary < 0.3 * branch[:, 1],
                       0.7 * branch[:, 1] / np.maximum(branch[:, 1] - secondary, 1e-9), 1.0)
    marine, hightech = marine * squeeze, hightech * squeeze
    secondary = branch[:, 1] - p.marine_bridge[1] * marine - p.hightech_bridge[1] * hightech
    building = np.minimum(p.construction_value_added_share * base.investment_guess,
                          p.construction_share_cap * secondary)
    tertiary = branch[:, 2] - p.marine_bridge[2] * marine - p.hightech_bridge[2] * hightech - public
    value = np.stack([branch[:, 0] - p.marine_bridge[0] * marine, secondary - building, tertiary + building, marine,
                      hightech, public], axis=1)
    counties.value_added[:] = np.where(model.active[:, None], value, 0.0)
    counties.construction[:] = building


def settle_shares(model) -> None:
    """Factor shares by county and sector from the wage levels of the base year; capital, skill weights."""
    p, base, counties = model.parameters, model.base, model.counties
    value = counties.value_added[:, MARKET]
    low, high = (x[:, MARKET] for x in _labour_nest(model))
    floor = 0.01 * (low + high) + 1e-9
    base.skill_weight = share_for_premium(np.maximum(low, floor), np.maximum(high, floor), p.skill_premium,
                                          p.skill_substitution_elasticity)
    composite = composite_labour(low, high, base.skill_weight, p.skill_substitution_elasticity)
    made = (composite > 0) & (value > 0)
    per_unit = np.where(made, value / np.maximum(composite, 1e-12), 1.0) * 1e6
    mean = (value.sum(axis=0) / np.maximum(composite.sum(axis=0), 1e-12)) * 1e6
    relative = per_unit / mean
    units = low + high
    wage_scale = units.sum(axis=0) / np.maximum(composite.sum(axis=0), 1e-12)
    target = base.wage_level * np.where(np.arange(5) == A, base.farm_wage_ratio, 1.0) * wage_scale
    be = labour_shares(target / mean, relative, counties.tax_rate[:, MARKET], p.wage_pass_through, p.labour_share_min,
                       p.labour_share_max)
    al_ga = 1.0 - be
    al0, ga0 = np.asarray(p.capital_share), np.asarray(p.land_share)
    base.al, base.be, base.ga = al_ga * al0 / (al0 + ga0), be, al_ga * ga0 / (al0 + ga0)
    base.made = made


def settle_productivity(model) -> None:
    """Productivity that reproduces value added of the base year at its capital, labour and land (P1 inverted)."""
    p, base, counties = model.parameters, model.base, model.counties
    low, high = (x[:, MARKET] for x in _labour_nest(model))
    composite = composite_labour(low, high, base.skill_weight, p.skill_substitution_elasticity)
    made = base.made & (counties.capital[:, MARKET] > 0) & (counties.land_input[:, MARKET] > 0)
    plain = output(1.0, 1.0, counties.capital[:, MARKET], composite, counties.land_input[:, MARKET], base.al, base.be,
                   base.ga)
    counties.productivity[:, MARKET] = np.where(made, counties.value_added[:, MARKET] / np.where(made, plain, 1.0), 0.0)
    base.urban_access = agglomeration(_urban_jobs(model), counties.minutes[:, :model.n], p.spillover_decay)
    base.gateway_minutes = counties.minutes_goods.copy()
    base.least_crew = least_crew(model)


def _urban_jobs(model):
    return model.people.by_sector_zone[:, 0, :, 1:].sum(axis=(1, 2)) * float(model.weight)


def _public_works(model):
    """Public capital per head against the base year (P4); 1 while the base year is being settled."""
    base, counties = model.base, model.counties
    each, first = counties.public_capital / np.maximum(counties.population, 1), base.public_capital_per_head
    return np.divide(each, first, out=np.ones(each.size), where=first > 0)


def produce(model) -> None:
    """Output, prices, and what taxes, workers, capital and land get of it."""
    p, base, counties, n = model.parameters, model.base, model.counties, model.n
    access = agglomeration(_urban_jobs(model), counties.minutes[:, :n], p.spillover_decay)
    near = np.divide(access, base.urban_access, out=np.ones(n), where=model.active)
    _make(counties.productivity, counties.capital, counties.labour, counties.land_input, base.skill_weight, base.al,
          base.be, base.ga, p.mid_skill_efficiency, p.skill_substitution_elasticity, near,
          p.agglomeration_elasticity * NEARNESS, _public_works(model), p.public_capital_elasticity, counties.quantity)
    _sell(counties.quantity, counties.minutes_goods, base.gateway_minutes, model.now.ecommerce,
          np.asarray(p.iceberg_rate), counties.market_link, p.market_access_elasticity, counties.value_added)


def settle_service_price(model) -> None:
    """In the base year local services cost 1: what is demanded is what is made."""
    counties = model.counties
    counties.service_price[:] = 1.0
    counties.service_demand[:] = counties.value_added[:, T]


def price_services(model) -> None:
    """The price at which local services clear: value demanded over quantity made (P5)."""
    counties = model.counties
    made = counties.quantity[:, T]
    counties.value_added[:, T] = counties.service_demand * (made > 0)
    counties.service_price[:] = np.divide(counties.value_added[:, T], made, out=np.ones(made.size), where=made > 0)


def pay_factors(model) -> None:
    """Taxes, wages, capital and land share out value added (P8); public service pays its wage bill (P9)."""
    p, base, counties = model.parameters, model.base, model.counties
    _share_out(counties.value_added, counties.tax_rate, base.al, base.be, base.ga, counties.factor_taxes,
               counties.factor_wages, counties.factor_capital, counties.factor_land)
    _pay_wages(counties.factor_wages[:, MARKET], counties.labour, base.skill_weight, base.least_crew,
               p.mid_skill_efficiency, p.skill_substitution_elasticity, counties.wage, counties.wage_offer)
    _serve_public(counties.labour, p.public_wage_ratio, counties.construction, p.marine_bridge, p.hightech_bridge,
                  counties.factor_wages, counties.public_wage, counties.wage, counties.wage_offer, counties.quantity,
                  counties.value_added, counties.gdp, counties.gdp_branch)


def least_crew(model):
    """Junior and college labour at which the offers of emptied sectors are computed; [2, county, sector]."""
    total = model.counties.labour[:, MARKET].sum(axis=-1)
    low, high = (x[:, MARKET] for x in _labour_nest(model))
    crew = np.array([np.maximum(low, 0.1 * total) + 1e-6, np.maximum(high, 0.02 * total) + 1e-6])
    return model.parameters.wage_crew_floor * crew
