"""Volumes: output at constant prices, growth accounting, and the cost of living.

Accounts are in values at the provincial deflator. A rise in the relative price of local services raises values but not
quantities, so growth is measured by a chained volume, and living standards by incomes at local cost of living. Relative
prices of traded goods are part of the fitted productivity trends: up to 2020 a fall relative to the deflator appears
here as a fall in volume. Section 1.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.core.bind import InOut, Out
from sim.core.cache import either, kernel
from sim.core.declare import column, parameter
from sim.core.table import Constants
from sim.words import MARKET, PUBLIC_SERVICE, RURAL, URBAN

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Parameters:
    urban_rent_share: float = parameter(
        0.2, unit="share", bounds=(0.1, 0.3), confidence="low",
        source="household survey: residence in urban consumption, with the rents of owners imputed (recalled)",
        says="share of rents in urban residents' consumption; rural residents own their homes")


class Settled(Constants):
    rent_level_base = column(unit="CNY per m2", says="Rent of the base year, urban resident mean")


# ---- formulas -------------------------------------------------------------------------------------------------


@either
def fisher(value_before: float, now_at_old_prices: float, before_at_new_prices: float, value_now: float) -> float:
    """Growth of a volume: geometric mean of quantity indices at the prices of the previous and of this year.

    sqrt( sum p0 q1 / sum p0 q0 * sum p1 q1 / sum p1 q0 ) (Fisher 1922); 1 without previous output.
    """
    if value_before <= 0.0 or before_at_new_prices <= 0.0:
        return 1.0
    return np.sqrt(now_at_old_prices / value_before * (value_now / before_at_new_prices))


@either
def cost_of_living(rent: float, services: float, goods: float, rent_share: float, service_share: float) -> float:
    """Geometric mean of relative prices of housing, local services and goods, weighted by their shares."""
    return rent**rent_share * services**service_share * goods ** (1.0 - rent_share - service_share)


# ---- rules ----------------------------------------------------------------------------------------------------


def explain_growth(quantity, value_added, capital, labour_nested, land_input, productivity, share_capital, share_labour,
                   share_land, productivity_trend, productivity_premium, productivity_shock, national_growth,
                   volume_quantity, volume_price, sector_residual, residual_used: InOut,
                   capital_used: InOut, labour_used: InOut, land_used: InOut, productivity_used: InOut,
                   province_growth_labour: Out, province_growth_capital: Out, province_growth_land: Out,
                   province_growth_nearness: Out, province_growth_trend: Out, province_growth_catch_up: Out,
                   province_growth_policy: Out, province_growth_shock: Out, province_growth_nation: Out) -> None:
    """Growth accounting: changes of inputs and productivity, weighted by mean value shares (Tornqvist).

    Goods not produced in both years, and shifts between sectors, form the remainder. Trend, premia and shocks are those
    of the end of last year, which determine this year's productivity; its remaining growth is catch-up. Historical
    residuals and the shocks that continue them count as shocks.
    """
    inputs = (capital[:, MARKET], labour_nested, land_input[:, MARKET], productivity[:, MARKET])
    before = (capital_used, labour_used, land_used, productivity_used)
    weight = 0.5 * (value_added / value_added.sum() + volume_price * volume_quantity
                    / (volume_price * volume_quantity).sum())
    public = weight[:, PUBLIC_SERVICE] * _log_change(quantity[:, PUBLIC_SERVICE], volume_quantity[:, PUBLIC_SERVICE])
    made, weight = _log_change(quantity[:, MARKET], volume_quantity[:, MARKET]), weight[:, MARKET]
    weight = np.where(np.minimum(quantity[:, MARKET], volume_quantity[:, MARKET]) > 0, weight, 0.0)
    by_capital, by_labour, by_land, by_productivity = (_log_change(*pair) for pair in zip(inputs, before, strict=True))
    by_capital, by_labour, by_land = share_capital * by_capital, share_labour * by_labour, share_land * by_land
    shock, province_growth_nation[...] = productivity_shock[:, None], np.log1p(national_growth)
    province_growth_labour[...] = (weight * by_labour).sum() + public.sum()
    province_growth_capital[...] = (weight * by_capital).sum()
    province_growth_land[...] = (weight * by_land).sum()
    asked, residual_used[:] = sector_residual - residual_used, sector_residual
    province_growth_nearness[...] = (
        weight * (made - by_capital - by_labour - by_land - by_productivity - asked)).sum()
    province_growth_trend[...] = (weight * productivity_trend).sum()
    province_growth_policy[...] = (weight * productivity_premium).sum()
    province_growth_shock[...] = (weight * (shock + asked)).sum()
    province_growth_catch_up[...] = (
        weight * (by_productivity - productivity_trend - productivity_premium - shock)).sum()
    for kept, now in zip(before, inputs, strict=True):
        kept[:] = now


def _log_change(now: Floats, before: Floats) -> Floats:
    """ln(now / before), zero where either is zero."""
    both = (now > 0) & (before > 0)
    return np.log(np.where(both, now, 1.0) / np.where(both, before, 1.0))


@kernel
def chain(quantity, value_added, volume_quantity: InOut, volume_price: InOut, gdp_volume: InOut,
          province_gdp_volume: InOut):
    """Output in volume by county and for the province: last year's volume times this year's Fisher index.

    Goods not produced in one of the two years take the price of the other. The provincial volume is chained separately,
    as chained volumes are not additive.
    """
    sums = np.zeros((quantity.shape[0], 4))
    for c in range(quantity.shape[0]):
        for s in range(quantity.shape[1]):
            before, now, old = volume_quantity[c, s], quantity[c, s], volume_price[c, s]
            new = value_added[c, s] / now if now > 0 else old
            old = old if before > 0 else new
            sums[c, 0] += old * before
            sums[c, 1] += old * now
            sums[c, 2] += new * before
            sums[c, 3] += new * now
            volume_quantity[c, s], volume_price[c, s] = now, new
        gdp_volume[c] *= fisher(sums[c, 0], sums[c, 1], sums[c, 2], sums[c, 3])
    province_gdp_volume[()] *= fisher(sums[:, 0].sum(), sums[:, 1].sum(), sums[:, 2].sum(), sums[:, 3].sum())


@kernel
def price_living(active, house_rent, service_price, goods_price, urban_rent_share, local_service_expenditure_share,
                 service_taste, living_rent: InOut, living_service_price: InOut, living_goods_price: InOut,
                 living_service_share: InOut, living_cost: InOut):
    """Cost of living by zone of a county: last year's index times the change of prices, weighted by last year's
    spending, so that weights follow the shift of spending to services.
    """
    services = living_service_share[()]
    for c in range(active.size):
        if active[c]:
            rent = house_rent[c] / living_rent[c] if house_rent[c] > 0 and living_rent[c] > 0 else 1.0
            served, goods = service_price[c] / living_service_price[c], goods_price[c] / living_goods_price[c]
            living_cost[c, URBAN] *= cost_of_living(rent, served, goods, urban_rent_share, services - urban_rent_share)
            living_cost[c, RURAL] *= cost_of_living(1.0, served, goods, 0.0, services)
        living_rent[c], living_service_price[c] = house_rent[c], service_price[c]
        living_goods_price[c] = goods_price[c]
    living_service_share[()] = service_taste * local_service_expenditure_share


# ---- rules of the base year -----------------------------------------------------------------------------------


def settle(active, quantity, value_added, gdp, house_rent, population_zone, volume_quantity: Out, volume_price: Out,
           gdp_volume: Out, province_gdp_volume: Out, rent_level_base: Out) -> None:
    """In the base year volume equals value; rents are relative to their mean over urban residents."""
    made = quantity > 0
    volume_quantity[:] = quantity
    volume_price[:] = np.where(made, value_added / np.where(made, quantity, 1.0), 1.0)
    gdp_volume[:] = gdp
    province_gdp_volume[...] = gdp.sum()
    urban = np.where(active, population_zone[:, URBAN], 0).astype(float)
    rent_level_base[...] = (house_rent * urban).sum() / urban.sum()


def settle_living(active, house_rent, service_price, goods_price, rent_level_base, urban_rent_share,
                  local_service_expenditure_share, living_rent: Out, living_service_price: Out, living_goods_price: Out,
                  living_service_share: Out, living_cost: Out) -> None:
    """Cost of living in the base year relative to its mean: rents differ between counties, other prices are one."""
    paid = active & (house_rent > 0)
    living_cost[:] = 1.0
    living_cost[:, URBAN] = np.where(paid, house_rent / rent_level_base, 1.0) ** urban_rent_share
    living_rent[:], living_service_price[:], living_goods_price[:] = house_rent, service_price, goods_price
    living_service_share[...] = local_service_expenditure_share


def settle_inputs(capital, labour_nested, land_input, productivity, capital_used: Out, labour_used: Out,
                  land_used: Out, productivity_used: Out) -> None:
    """Inputs to base-year output, for comparison with the next year."""
    labour_used[:] = labour_nested
    capital_used[:], land_used[:] = capital[:, MARKET], land_input[:, MARKET]
    productivity_used[:] = productivity[:, MARKET]
