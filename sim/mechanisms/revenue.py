"""Revenue: taxes by group and tier, non-tax revenue, net land revenue (B.5 F1-F3).

Shared and county-fixed taxes are levied on value added; property taxes on sales of homes and the appreciation of land,
out of which they are paid.

Shared taxes are split with the centre, then between province and county under the regime of the year: unit-specific
ratios up to 2017, one uniform ratio and a property ratio from 2018. Sections 6.2, 8.2.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.agents.province import REFORM_YEAR, province_shares
from sim.core.arrays import Number
from sim.core.bind import Out
from sim.core.cache import either, kernel
from sim.core.declare import column, parameter
from sim.core.table import Constants
from sim.words import INDUSTRY, LOCAL_SERVICES, MARKET, MARKET_SECTORS, PARK_SECTORS

Floats = NDArray[np.float64]
HALVINGS = 60  # bisection steps, down to machine precision
VAT_REFORM_YEAR, VAT_MONTHS = 2016, 8.0  # months of the first year under the new rule


@dataclass(frozen=True)
class Parameters:
    tax_take_by_sector: tuple = parameter(
        (0.01, 0.25, 0.20, 0.12, 0.25), unit="relative", bounds=(0.0, 0.5), source="tax by industry, national",
        confidence="low", says="relative shared tax rates of sectors; the level is settled (t_s)")
    property_tax_share: float = parameter(
        0.26, unit="share of local tax", bounds=(0.15, 0.35), source="provincial tax table 2014",
        confidence="high",
        says="share of land value-added, deed and farmland occupation tax in local tax of the base year")
    local_tax_share: float = parameter(
        0.14, unit="share of local tax", bounds=(0.08, 0.2), source="provincial tax table 2014", confidence="high",
        says="share of resource, land use, house property and construction tax in local tax of the base year")
    nontax_share: float = parameter(0.135, unit="share of local revenue", bounds=(0.08, 0.22),
                                    source="provincial accounts 2014", confidence="high",
                                    says="share of non-tax revenue in local revenue of the base year")
    central_tax_share: float = parameter(0.50, unit="share", bounds=(0.45, 0.56),
                                         source="VAT, business and income taxes 2014-2017 at their legal shares",
                                         confidence="medium", says="central share of the shared taxes (sC)")
    central_share_rise: float = parameter(
        0.045, unit="share", bounds=(0.0, 0.08), confidence="medium",
        source="half instead of a quarter of VAT, and none instead of all of business tax, to the centre and the place "
               "from May 2016: .495 of shared taxes in 2015, .541 in 2017 (provincial tax tables at legal shares)",
        says="rise of the central share of shared taxes when VAT replaced business tax")
    province_only_share: float = parameter(
        0.115, unit="share", bounds=(0.05, 0.20), confidence="low",
        source="business tax of finance and insurance belongs to the province alone until 2017 (official); size set so "
               "that the province keeps 34.5 % of local revenue in 2015 (official, January-May)",
        says="part of the local share of shared taxes that belongs to the province alone until 2017")
    province_share_before: tuple = parameter(
        (0.45, 0.35, 0.25), unit="share", bounds=(0.2, 0.6), source="provincial finance department on the 2017 reform",
        confidence="high", says="provincial share until 2017: Haikou, Sanya, other counties")
    province_share_general: float = parameter(
        0.33, unit="share", bounds=(0.25, 0.40), confidence="low",
        source="set so that the province keeps .33-.36 of local revenue (34.2 % in 2022)",
        says="provincial share of shared taxes from 2018")
    province_share_property: float = parameter(0.55, unit="share", bounds=(0.50, 0.80), source="as the general share",
                                               confidence="low", says="provincial share of property taxes from 2018")
    land_cost_share: float = parameter(
        0.7, unit="share", bounds=(0.5, 0.85), source="scenario", confidence="low",
        says="share of acquisition and preparation costs, including farmland compensation, in land sales (cost_share)")
    land_revenue_upstream: float = parameter(0.10, unit="share", bounds=(0, 0.2), source="assumed", confidence="low",
                                             says="share of net land revenue transferred to upper levels (s_up)")
    land_discount_rate: float = parameter(0.06, unit="1/year", bounds=(0.04, 0.1), source="assumed", confidence="low",
                                          says="rate at which the rent of urban land is capitalised in its price")
    land_sold_share: float = parameter(0.6, unit="share", bounds=(0.4, 0.8), source="assumed", confidence="low",
                                       says="share of new residential and industrial land sold rather than allocated")


class Settled(Constants):
    rate_general = column("market_sector", unit="share of value added", says="Shared taxes per value added (t_s)")
    rate_local = column(unit="share of value added",
                        says="County-fixed taxes per value added of industry and local services (t_loc)")
    rate_property = column(unit="share of base", says="Property taxes per property base")
    tax_effort = column("county", unit="ratio",
                        says="Collection effort of a county relative to the common rates, settled on its revenue")
    nontax_base = column(unit="ratio", says="Non-tax revenue per unit of tax kept, in the base year")
    province_tax_share = column("regime", "tax_group", "county", unit="share", says=(
        "Provincial share of shared and property taxes, under the rules until 2017 and from 2018"))
    county_land_cost_share = column("county", unit="share", says=(
        "Share of acquisition and preparation costs in land sales, excluding farmland compensation"))


# ---- formulas -------------------------------------------------------------------------------------------------


@either
def tiers(general: Number, prop: Number, local: Number, central_share: Number, share_general: Number,
          share_property: Number) -> tuple[Number, Number, Number]:
    """Central, provincial and county share of taxes collected (F2); the three sum to the total."""
    centre = central_share * general
    province = share_general * (general - centre) + share_property * prop
    return centre, province, general + prop + local - centre - province


@either
def capitalised_rent(rent: Number, hectares: Number, discount: float) -> Number:
    """Price of urban land: rent per hectare capitalised, million CNY per ha."""
    return np.where(hectares > 0, rent / np.maximum(hectares, 1e-9) / discount, 0.0)


@either
def net_land_revenue(sales: Number, cost_share: float, upstream: float) -> Number:
    """LandRev = (1 - cost_share)(1 - s_up) Pland ha (F3); sales in million CNY."""
    return (1.0 - cost_share) * (1.0 - upstream) * sales


def share_that_fits(observed: Floats, own: Floats, province: Floats, others: float, total: float) -> float:
    """Scale of the provincial shares at which published county revenue is consistent with that of other counties.

    1, unless the provincial shares exceed local revenue `total` net of published county revenue and of other counties'
    revenue at the lowest observed effort. `observed`, `own`, `province`: published revenue, and county and provincial
    revenue at common rates, [county with published revenue]; `others`: their sum elsewhere; million CNY.
    """
    whole = own + province

    def left(part):
        stays = whole - part * province
        effort = observed / np.where(stays > 0, stays, np.inf)
        return total - (effort * whole).sum() - effort.min(initial=np.inf, where=stays > 0) * others

    if not observed.size or others <= 0 or left(1.0) >= 0:
        return 1.0
    fits, too_much = 0.0, 1.0
    for _ in range(HALVINGS):
        middle = 0.5 * (fits + too_much)
        fits, too_much = (middle, too_much) if left(middle) >= 0 else (fits, middle)
    return fits


@either
def since_vat_reform(year: int) -> float:
    """Degree to which VAT has replaced business tax, from May 2016."""
    return 0.0 if year < VAT_REFORM_YEAR else VAT_MONTHS / 12.0 if year == VAT_REFORM_YEAR else 1.0


# ---- rules ----------------------------------------------------------------------------------------------------


def settle(value_added, property_base, local_revenue, observed_revenue, active, haikou, sanya, tax_take_by_sector,
           property_tax_share, local_tax_share, nontax_share, central_tax_share, province_share_before,
           province_share_general, province_share_property, province_only_share, land_cost_share,
           rate_general: Out, rate_local: Out, rate_property: Out, tax_effort: Out, nontax_base: Out,
           province_tax_share: Out, county_land_cost_share: Out) -> None:
    """Tax rates by county and sector that reproduce base-year revenue, by county where observed.

    Provincial local revenue is reproduced exactly; counties with published revenue get the effort that reproduces it,
    the others a common effort. Where provincial shares exceed what this leaves, they are reduced until 2017.
    """
    value = value_added[:, MARKET]
    local_tax = (1.0 - nontax_share) * local_revenue
    shape = np.asarray(tax_take_by_sector)
    net_general = (1.0 - property_tax_share - local_tax_share) * local_tax
    rate_general[:] = shape * net_general / (1.0 - central_tax_share) / (value * shape).sum()
    rate_property[...] = property_tax_share * local_tax / property_base.sum()
    fixed = value[:, (INDUSTRY, LOCAL_SERVICES)]
    rate_local[...] = local_tax_share * local_tax / fixed.sum()
    for regime, year in enumerate((REFORM_YEAR - 1, REFORM_YEAR)):
        province_tax_share[regime] = province_shares(
            year, province_share_before, province_share_general, province_share_property, haikou, sanya,
            province_only_share)
    taxes = (value * rate_general).sum(axis=1), property_base * rate_property, fixed.sum(axis=1) * rate_local
    _, province, county = tiers(*taxes, central_tax_share, *province_tax_share[0])
    nontax_base[...] = ratio = nontax_share / (1.0 - nontax_share)
    own, handed_up = county * (1.0 + ratio), province * (1.0 + ratio)
    whole = own + handed_up
    known = active & np.isfinite(observed_revenue)
    fits = share_that_fits(observed_revenue[known], own[known], handed_up[known], whole[active & ~known].sum(),
                           local_revenue)
    province_tax_share[0] *= fits
    own = whole - fits * handed_up
    effort = np.where(known, np.where(known, observed_revenue, 1.0) / np.where(own > 0, own, 1.0), 1.0)
    rest = (local_revenue - (effort * whole)[known].sum()) / whole[active & ~known].sum()
    tax_effort[:] = np.where(known, effort, np.where(active, rest, 0.0))
    county_land_cost_share[:] = land_cost_share  # until reclamation is accounted for separately


def set_rates(year, rate_general, rate_local, tax_effort, nontax_base, central_tax_share, central_share_rise,
              tax_burden, nontax_level, resource_tenure, general_rate: Out, local_rate: Out,
              tax_rate: Out, nontax_ratio: Out, central_share: Out) -> None:
    """Tax rates of the year by county and sector, shared plus local, and the sharing terms between tiers (F1, F2).

    Shared taxes follow the national ratio of tax to output, since cuts and refunds are national law. Property rights in
    natural resources raise county-fixed taxes (3.3).
    """
    general_rate[:] = tax_burden * rate_general
    local_rate[INDUSTRY] = rate_local * resource_tenure
    local_rate[LOCAL_SERVICES] = rate_local * resource_tenure
    tax_rate[:, MARKET] = tax_effort[:, None] * (general_rate + local_rate)
    nontax_ratio[...] = nontax_level * nontax_base
    central_share[...] = central_tax_share + central_share_rise * since_vat_reform(year)


@kernel
def collect(year, value_added, tax_rate, tax_effort, revenue_residual, property_base, park_share, general_rate,
            local_rate, rate_property, central_share, province_tax_share, nontax_ratio, talent_relief,
            tax_base_general: Out, tax_base_property: Out, tax_base_local: Out, tax_parks: Out, tax_collected: Out,
            tax_to_centre: Out, tax_to_province: Out, nontax_revenue: Out, revenue_asked: Out, collection_effort: Out,
            own_revenue: Out, province_own_revenue: Out):
    """Collect taxes by group and split them between tiers; tax relief for talent reduces the revenue of all tiers.

    Historical residual revenue of a county comes, like fees, from firms owned outside and has no tax base here.
    """
    in_all, regime = 0.0, 1 if year >= REFORM_YEAR else 0
    for c in range(tax_effort.size):
        on_value, fixed, on_parks = 0.0, 0.0, 0.0
        for s in range(MARKET_SECTORS):
            on_value += value_added[c, s] * general_rate[s]
            fixed += value_added[c, s] * local_rate[s]
            on_parks += value_added[c, s] * tax_rate[c, s] if s in PARK_SECTORS else 0.0
        relief = talent_relief[c].sum()
        tax_base_general[c], tax_base_local[c] = tax_effort[c] * on_value - relief, tax_effort[c] * fixed
        tax_parks[c] = park_share[c] * on_parks
        tax_base_property[c] = tax_effort[c] * property_base[c] * rate_property
        tax_to_centre[c], tax_to_province[c], county = tiers(
            tax_base_general[c], tax_base_property[c], tax_base_local[c], central_share,
            province_tax_share[regime, 0, c], province_tax_share[regime, 1, c])
        tax_collected[c] = tax_to_centre[c] + tax_to_province[c] + county
        nontax_revenue[c] = nontax_ratio * county
        revenue_asked[c] = (np.exp(revenue_residual[c]) - 1.0) * (county + nontax_revenue[c])
        own_revenue[c] = county + nontax_revenue[c] + revenue_asked[c]
        collection_effort[c] = tax_effort[c] * np.exp(revenue_residual[c])
        in_all += tax_to_province[c]
    province_own_revenue[()] = (1.0 + nontax_ratio) * in_all


@kernel
def sell_land(factor_land, land_industrial, land_discount_rate, residential_share, infrastructure_share,
              land_price_residential, residential_sold, new_urban, land_market, land_sold_share, county_land_cost_share,
              land_revenue_upstream, land_price_industrial: Out, land_price: Out, land_revenue: Out):
    """Sell residential land at its residual value, industrial land at its capitalised rent (F3)."""
    works = 1.0 - residential_share - infrastructure_share
    mix = residential_share / (residential_share + works)
    for c in range(land_revenue.size):
        rent = factor_land[c, INDUSTRY:MARKET_SECTORS].sum()
        land_price_industrial[c] = capitalised_rent(rent, land_industrial[c], land_discount_rate)
        land_price[c] = mix * land_price_residential[c] + (1.0 - mix) * land_price_industrial[c]
        industrial_sales = land_price_industrial[c] * (1.0 - mix) * new_urban[c] * land_market
        sales = land_price_residential[c] * residential_sold[c] + industrial_sales
        land_revenue[c] = net_land_revenue(land_sold_share * sales, county_land_cost_share[c], land_revenue_upstream)
