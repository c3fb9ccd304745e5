"""Shocks: typhoons, productivity shocks, and shocks to migration into the province (B.11, P14, P15).

A typhoon destroys a share of a county's capital and homes; typhoons occur at random, more often in the north-east, or
in the years given by the outlook. Productivity has county and common shocks. The inflow from outside varies from year
to year. Shocks to visitors and to the purchase rules enter through the outlook.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.core.bind import InOut, Out
from sim.core.declare import parameter
from sim.core.distributions import poisson_quantile
from sim.core.normal import normal_quantile
from sim.core.randomness import SHOCK, STORM, lognormal, normals, uniforms
from sim.words import CNY_PER_MILLION, MARKET

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Parameters:
    typhoon_hazard_rate: tuple = parameter(
        (0.05, 0.02), unit="1/year", bounds=(0.01, 0.1), source="landfalls that did severe damage since 2000",
        confidence="low", says="damaging typhoons per year: the north-east, other counties (ptyp)")
    typhoon_damage_mean: float = parameter(
        0.02, unit="share of capital", bounds=(0.005, 0.05), source="losses of ordinary landfalls, assumed",
        confidence="low", says="mean share of capital destroyed by a damaging typhoon")
    typhoon_damage_sd: float = parameter(0.8, unit="log", bounds=(0.3, 1.2), source="assumed", confidence="low",
                                         says="spread of that share (lognormal)")
    severe_typhoon_damage: float = parameter(
        0.04, unit="share of capital", bounds=(0.02, 0.08), source="losses of Rammasun 2014, Yagi 2024 (recalled)",
        confidence="low", says="share of capital in the north-east destroyed by a severe typhoon")
    typhoon_damage_cap: float = parameter(0.3, unit="share of capital", bounds=(0.2, 0.5), source="guard",
                                          says="maximum share of capital lost in a year")
    home_vulnerability: float = parameter(0.3, unit="ratio", bounds=(0.1, 1.0), source="urban homes of concrete",
                                          confidence="low",
                                          says="share of homes lost relative to the share of capital lost")
    county_tfp_shock_sd: float = parameter(0.02, unit="log", bounds=(0, 0.06), source="residual variance (F.1)",
                                           says="yearly shock of a county's productivity (sA)")
    province_tfp_sd: float = parameter(0.012, unit="log", bounds=(0, 0.03), source="assumed",
                                       says="yearly innovation of the common shock (s_p)")
    province_tfp_ar: float = parameter(0.5, unit="1", bounds=(0, 0.9), source="assumed",
                                       says="persistence of the common shock (rho_p)")
    newcomers_sd: float = parameter(
        0.2, unit="log", bounds=(0.05, 0.4), confidence="low",
        source="yearly growth of provincial residents 2013-2017 varies by .3 % of residents, a fifth of arrivals",
        says="yearly shock of the inflow from outside")


# ---- formulas -------------------------------------------------------------------------------------------------


def storms(uniform: Floats, hazard: Floats) -> Floats:
    """Number of damaging typhoons in a year: Poisson, by inverse distribution."""
    return poisson_quantile(uniform, hazard)


def calm(hazard: Floats) -> Floats:
    """Probability of a year without a damaging typhoon."""
    return np.exp(-hazard)


def destroyed(number: Floats, uniform: Floats, mean: float, spread: float, cap: float) -> Floats:
    """Share of capital destroyed by `number` typhoons of one severity: 1 - (1 - d)^n, d lognormal."""
    each = np.minimum(cap, mean * lognormal(normal_quantile(uniform), spread))
    return np.minimum(cap, 1.0 - (1.0 - each) ** number)


def together(first: Floats, second: Floats) -> Floats:
    """Two successive losses: 1 - (1 - a)(1 - b)."""
    return 1.0 - (1.0 - first) * (1.0 - second)


# ---- rules ----------------------------------------------------------------------------------------------------


def strike(seed, year, codes, active, north_east, in_history, typhoon_hazard, typhoon_forced, typhoon_hazard_rate,
           typhoon_damage_mean, typhoon_damage_sd, typhoon_damage_cap, severe_typhoon_damage,
           typhoon_damage: Out) -> None:
    """Typhoons of the year, random and as given by the outlook: share of capital lost by county.

    While history is followed there are no random typhoons: the residuals contain the effects of storms and other
    shocks.
    """
    often, seldom = typhoon_hazard_rate
    hazard = np.where(north_east, often, seldom) * (0.0 if in_history else typhoon_hazard)
    luck = uniforms(seed, STORM, year, codes)
    typhoon_damage[:] = typhoon_forced * severe_typhoon_damage * north_east
    struck = np.flatnonzero((luck[:, 0] > calm(hazard)) & active)
    if struck.size:
        number, how_bad = storms(luck[struck, 0], hazard[struck]), luck[struck, 1]
        chance = destroyed(number, how_bad, typhoon_damage_mean, typhoon_damage_sd, typhoon_damage_cap)
        typhoon_damage[struck] = together(chance, typhoon_damage[struck])


def count_damage(typhoon_damage, capital, housing_stock, building_cost, home_vulnerability, damage_value: Out) -> None:
    """Value of capital and homes destroyed by typhoons of the year."""
    homes = building_cost * home_vulnerability * housing_stock / CNY_PER_MILLION
    damage_value[:] = typhoon_damage * (capital[:, MARKET].sum(axis=1) + homes)


def shake(seed, year, codes, province_code, residuals_hold_shocks, province_tfp_ar, province_tfp_sd,
          county_tfp_shock_sd, common_productivity_shock: InOut, productivity_shock: Out) -> None:
    """Apply productivity shocks: county shocks, and the change of a common autoregressive shock.

    None where historical residuals contain them, or continue with shocks of their own.
    """
    if residuals_hold_shocks:
        productivity_shock[:] = 0.0
        return
    luck = normals(seed, SHOCK, year, np.append(codes, province_code))[:, 0]
    common = province_tfp_ar * common_productivity_shock + province_tfp_sd * luck[-1]
    productivity_shock[:] = county_tfp_shock_sd * luck[:-1] + (common - common_productivity_shock)
    common_productivity_shock[...] = common


def vary_inflow(seed, year, province_code, in_history, newcomers_sd, newcomers_shock: Out) -> None:
    """Shock to the inflow from outside; none while history is followed."""
    luck = normals(seed, SHOCK, year, [province_code])[0, 1]
    newcomers_shock[()] = 0.0 if in_history else newcomers_sd * (luck - 0.5 * newcomers_sd)
