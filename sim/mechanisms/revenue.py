"""Revenue: taxes by group and tier, non-tax revenue, net land revenue (B.5 F1-F3).

Shared and county-fixed taxes fall on value added; property taxes fall on sales of homes and the gain of land, and are
paid out of these values.

Shared taxes are split with the centre, then between province and county by the regime of the year: unit-specific
ratios to 2017, one uniform ratio and a property ratio from 2018. Sections 6.2, 8.2.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.agents.province import REFORM_YEAR, tax_shares
from sim.core.cache import either, kernel
from sim.core.declare import parameter

WRITES = (
    "counties.tax_rate", "counties.tax_parks",
    "counties.tax_base_general", "counties.tax_base_property", "counties.tax_base_local", "counties.nontax_revenue",
    "counties.tax_collected", "counties.tax_to_centre", "counties.tax_to_province", "counties.own_revenue",
    "counties.land_revenue", "counties.land_price", "counties.land_price_industrial", "account.province_own_revenue",
)
I, T, M, H = 1, 2, 3, 4


@dataclass(frozen=True)
class Parameters:
    tax_take_by_sector: tuple = parameter(
        (0.01, 0.25, 0.20, 0.12, 0.25), unit="relative", bounds=(0.0, 0.5), source="tax by industry, national",
        confidence="low", says="relative weight of sectors in shared taxes; the level is settled (t_s)")
    property_tax_share: float = parameter(
        0.26, unit="share of local tax", bounds=(0.15, 0.35), source="provincial tax table 2014",
        confidence="high", says="land value-added, deed and farmland occupation tax in local tax of the base year")
    local_tax_share: float = parameter(
        0.14, unit="share of local tax", bounds=(0.08, 0.2), source="provincial tax table 2014", confidence="high",
        says="resource, land use, house property and construction tax in local tax of the base year")
    nontax_share: float = parameter(0.135, unit="share of local revenue", bounds=(0.08, 0.22),
                                    source="provincial accounts 2014", confidence="high",
                                    says="non-tax revenue in local revenue of the base year")
    central_tax_share: float = parameter(0.50, unit="share", bounds=(0.45, 0.56),
                                         source="VAT, business and income taxes 2014-2017 at their legal shares",
                                         confidence="medium", says="central share of the shared taxes (sC)")
    province_only_share: float = parameter(
        0.115, unit="share", bounds=(0.05, 0.20), confidence="low",
        source="business tax of finance and insurance is the province's alone to 2017 (official); size set so that the "
               "province keeps 34.5 % of local revenue in 2015 (official, January-May)",
        says="part of the local share of shared taxes that is the province's alone to 2017")
    province_share_before: tuple = parameter(
        (0.45, 0.35, 0.25), unit="share", bounds=(0.2, 0.6), source="provincial finance department on the 2017 reform",
        confidence="high", says="provincial share to 2017: Haikou, Sanya, the others")
    province_share_general: float = parameter(
        0.32, unit="share", bounds=(0.25, 0.40), confidence="low",
        source="set so that the province keeps .33-.36 of local revenue (34.2 % in 2022)",
        says="provincial share of shared taxes from 2018")
    province_share_property: float = parameter(0.60, unit="share", bounds=(0.50, 0.80), source="as the general share",
                                               confidence="low", says="provincial share of property taxes from 2018")
    land_cost_share: float = parameter(
        0.7, unit="share", bounds=(0.5, 0.85), source="scenario", confidence="low",
        says="cost of acquiring and preparing land, compensation of farmland included, in its sale (cost_share)")
    land_revenue_upstream: float = parameter(0.10, unit="share", bounds=(0, 0.2), source="assumed", confidence="low",
                                             says="net land revenue handed up (s_up)")
    land_discount_rate: float = parameter(0.06, unit="1/year", bounds=(0.04, 0.1), source="assumed", confidence="low",
                                          says="rate at which the rent of urban land is capitalised in its price")
    land_sold_share: float = parameter(0.6, unit="share", bounds=(0.4, 0.8), source="assumed", confidence="low",
                                       says="share of new residential and industrial land sold rather than allotted")


# ---- formulas -------------------------------------------------------------------------------------------------


@either
def tiers(general, prop, local, central_share, share_general, share_property):
    """Central, provincial and county part of taxes collected (F2); the three add to the total."""
    centre = central_share * general
    province = share_general * (general - centre) + share_property * prop
    return centre, province, general + prop + local - centre - province


@either
def land_price(rent, hectares, discount):
    """Price of urban land: rent per hectare capitalised, million CNY per ha."""
    return np.where(hectares > 0, rent / np.maximum(hectares, 1e-9) / discount, 0.0)


@either
def net_land_revenue(sales, cost_share, upstream):
    """LandRev = (1 - cost_share)(1 - s_up) Pland ha (F3); sales in million CNY."""
    return (1.0 - cost_share) * (1.0 - upstream) * sales


@kernel
def _collect(value_added, tax_rate, effort, property_base, park_share, rates, local_rates, property_rate, central_share,
             shares, nontax_ratio, general, prop, local, parks, collected, to_centre, to_province, nontax, own):
    """Taxes of each group are collected and split between the tiers; gives what the province has of them."""
    in_all = 0.0
    for c in range(effort.size):
        on_value, fixed, on_parks = 0.0, 0.0, 0.0
        for s in range(local_rates.size):
            on_value += value_added[c, s] * rates[s]
            fixed += value_added[c, s] * local_rates[s]
            on_parks += value_added[c, s] * tax_rate[c, s] if s in (I, M, H) else 0.0
        general[c], local[c], parks[c] = effort[c] * on_value, effort[c] * fixed, park_share[c] * on_parks
        prop[c] = effort[c] * property_base[c] * property_rate
        to_centre[c], to_province[c], county = tiers(general[c], prop[c], local[c], central_share, shares[0][c],
                                                     shares[1][c])
        collected[c] = to_centre[c] + to_province[c] + county
        nontax[c] = nontax_ratio * county
        own[c] = county + nontax[c]
        in_all += to_province[c]
    return in_all


@kernel
def _sell_land(land_rent, industrial, discount, mix, home_price, homes_sold, new_urban, market, sold_share, cost_share,
               upstream, industrial_price, price, revenue):
    """Prices of land for industry and of the mix of both, and what sales leave."""
    for c in range(revenue.size):
        industrial_price[c] = land_price(land_rent[c, 1:5].sum(), industrial[c], discount)
        price[c] = mix * home_price[c] + (1.0 - mix) * industrial_price[c]
        sales = home_price[c] * homes_sold[c] + industrial_price[c] * (1.0 - mix) * new_urban[c] * market
        revenue[c] = net_land_revenue(sold_share * sales, cost_share[c], upstream)


# ---- verbs ----------------------------------------------------------------------------------------------------


def settle(model) -> None:
    """Tax rates by county and sector that raise the revenue of the base year, observed by county where known.

    The province's local revenue is met exactly; counties whose revenue is printed get the effort that reproduces it,
    the others share one effort.
    """
    p, base, counties, active = model.parameters, model.base, model.counties, model.active
    value = counties.value_added[:, :5]
    total = base.local_revenue
    local_tax = (1.0 - p.nontax_share) * total
    shape = np.asarray(p.tax_take_by_sector)
    net_general = (1.0 - p.property_tax_share - p.local_tax_share) * local_tax
    general = shape * net_general / (1.0 - p.central_tax_share) / (value * shape).sum()
    prop = p.property_tax_share * local_tax / counties.property_base.sum()
    fixed = p.local_tax_share * local_tax / value[:, (I, T)].sum()
    base.rate_general, base.rate_property, base.rate_local = general, prop, fixed
    base.tax_shares = tuple(tax_shares(year, p, base.tax_units) for year in (REFORM_YEAR - 1, REFORM_YEAR))
    taxes = value * general, counties.property_base * prop, value[:, (I, T)].sum(axis=1) * fixed
    _, province, county = tiers(taxes[0].sum(axis=1), taxes[1], taxes[2], p.central_tax_share, *base.tax_shares[0])
    nontax = p.nontax_share / (1.0 - p.nontax_share)
    own = county * (1.0 + nontax)
    whole = own + province * (1.0 + nontax)
    known = active & np.isfinite(base.observed_revenue)
    effort = np.where(known, np.where(known, base.observed_revenue, 1.0) / np.where(own > 0, own, 1.0), 1.0)
    rest = (total - (effort * whole)[known].sum()) / whole[active & ~known].sum()
    base.tax_effort = np.where(known, effort, np.where(active, rest, 0.0))
    base.nontax_ratio = nontax
    base.land_cost_share = np.full(model.n, p.land_cost_share)  # until reclamation has an account of its own
    set_rates(model)


def _local_rates(model):
    """Rates of the taxes that stay in the county by market sector, t_loc (F1).

    Property rights in natural resources raise them (3.3); central resource firms share their benefit with the place
    they mine or refine in (6.2).
    """
    base, now = model.base, model.now
    fixed = base.rate_local * now.resource_tenure
    return np.array([0.0, fixed + now.resource_share, fixed, 0.0, 0.0])


def set_rates(model) -> None:
    """Tax rates of the year by county and sector, shared and local taxes together."""
    base, counties = model.base, model.counties
    counties.tax_rate[:, :5] = base.tax_effort[:, None] * (base.rate_general + _local_rates(model))


def collect(model) -> None:
    """Taxes are collected and split between the tiers; land is sold."""
    p, base, counties = model.parameters, model.base, model.counties
    province = _collect(
        counties.value_added, counties.tax_rate, base.tax_effort, counties.property_base, counties.park_share,
        base.rate_general, _local_rates(model), base.rate_property, p.central_tax_share,
        base.tax_shares[model.year >= REFORM_YEAR], base.nontax_ratio, counties.tax_base_general,
        counties.tax_base_property, counties.tax_base_local, counties.tax_parks, counties.tax_collected,
        counties.tax_to_centre, counties.tax_to_province, counties.nontax_revenue, counties.own_revenue)
    model.account.province_own_revenue[...] = (1.0 + base.nontax_ratio) * province
    _price_and_sell(model)


def _price_and_sell(model) -> None:
    """Residential land is sold at what homes leave for it, industrial land at its capitalised rent."""
    p, counties = model.parameters, model.counties
    homes, works = p.residential_share, 1.0 - p.residential_share - p.infrastructure_share
    _sell_land(counties.factor_land, counties.land_industrial, p.land_discount_rate, homes / (homes + works),
               counties.land_price_residential, counties.residential_sold, counties.new_urban,
               model.outlook["land_market"][model.year - model.base.year], p.land_sold_share,
               model.base.land_cost_share, p.land_revenue_upstream, counties.land_price_industrial,
               counties.land_price, counties.land_revenue)
