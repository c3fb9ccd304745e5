"""Housing: homes are built on the land of last year, rents clear, prices follow rents, seasonal residents come (H.4).

One market of urban homes a county. Residents, seasonal residents ("snowbirds") and outside owners share the stock by
what they spend; what outsiders may buy is limited by the purchase rules. Seasonal residents use homes, services and
local trade; they are never counted as residents. Sections 2.1, 3.2, 8.2.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.agents.persons import URBAN
from sim.core.cache import either, kernel
from sim.core.declare import parameter

WRITES = (
    "counties.seasonal_residents", "counties.seasonal_budget", "counties.outside_home_budget", "counties.house_rent",
    "counties.house_price", "counties.rent_growth_expected", "counties.housing_stock", "counties.homes_completed",
    "counties.homes_brought", "counties.homes_sold", "counties.housing_investment", "counties.housing_income",
    "counties.land_reserve", "counties.residential_sold", "counties.land_price_residential", "counties.property_base",
    "account.agglomeration_margin", "outside.purchases_expected",
)
M2_PER_HECTARE = 1e4
CNY_PER_MILLION = 1e6


@dataclass(frozen=True)
class Parameters:
    housing_expenditure_share: float = parameter(
        0.22, unit="share of income", bounds=(0.15, 0.30), source="household survey shares",
        says="housing in what urban residents spend, own homes at their rent (s_h)")
    housing_supply_elasticity: float = parameter(
        0.8, unit="elasticity", bounds=(0.3, 1.5), source="Fu, Zheng and Liu 2012: .75-1.09 for Chinese cities",
        says="floor area built on land against the price of homes (eta_h)")
    housing_user_cost: float = parameter(0.05, unit="1/year", bounds=(0.03, 0.07), source="interest, upkeep and risk",
                                         says="yearly cost of owning a home over its price (uh)")
    housing_yield_floor: float = parameter(0.02, unit="1/year", bounds=(0.01, 0.03), source="guard",
                                           says="smallest rent over price: user cost less expected growth")
    expected_rent_growth: float = parameter(0.02, unit="1/year", bounds=(0.0, 0.03), source="assumed", confidence="low",
                                            says="growth of real rents that buyers of the base year expect")
    rent_expectation_speed: float = parameter(
        0.015, unit="1/year", bounds=(0.0, 0.1), source="assumed: prices hardly fell after April 2018, sales did",
        confidence="low", says="speed at which expected growth follows the growth of rents")
    housing_depreciation: float = parameter(0.015, unit="1/year", bounds=(0.01, 0.025), source="service life of homes",
                                            says="share of homes lost in a year (del_h)")
    floor_area_ratio: float = parameter(
        1.25, unit="m2 per m2 of land", bounds=(1.0, 2.5), source="between floor areas and property taxes of 2010-2020",
        confidence="low", says="floor area built on residential land at base-year prices (FAR)")
    building_cost: float = parameter(3000.0, unit="CNY per m2", bounds=(2500, 4500), source="builders, 2020 prices",
                                     says="cost of building and selling a home without its land (cb)")
    land_price_share: float = parameter(
        0.6, unit="share", bounds=(0.4, 0.8), source="assumed", confidence="low",
        says="part of the price above building cost that goes into land (th_l)")
    land_price_floor: float = parameter(2.0, unit="million CNY per ha", bounds=(1.0, 4.0), source="acquisition",
                                        confidence="low", says="least price of residential land")
    second_home_area: float = parameter(
        35.0, unit="m2 per seasonal resident", bounds=(20, 60), source="assumed: homes of 70-90 m2 for two",
        confidence="low", says="floor area of outside owners in the base year, against seasonal residents")
    outside_purchase_ratio: float = parameter(
        3.0, unit="ratio", bounds=(1.5, 4.0), source="outsiders bought over half of homes sold, 2010-17 (recalled)",
        confidence="low", says="outsiders' part of purchases against their part of the stock")
    outside_purchase_cap: float = parameter(0.85, unit="share", bounds=(0.7, 0.95), source="Sanya, recalled",
                                            confidence="low", says="largest part of purchases by outsiders")
    outside_adjustment: float = parameter(
        0.15, unit="1/year", bounds=(0.05, 0.5), source="assumed: owners keep homes for years", confidence="low",
        says="speed at which outside holdings follow what outsiders may buy")
    builder_adjustment: float = parameter(
        0.3, unit="1/year", bounds=(0.1, 1.0), source="assumed: projects take three years", confidence="low",
        says="speed at which builders come to count on what outsiders may buy")
    land_release_rate: float = parameter(
        0.2, unit="1/year", bounds=(0.05, 0.5), source="assumed: sales of 2019 and after stayed low",
        confidence="low", says="share of the land that waits for a buyer which is offered again in a year")
    resale_rate: float = parameter(0.02, unit="1/year", bounds=(0.01, 0.04), source="assumed", confidence="low",
                                   says="share of homes sold again in a year")
    net_rent_share: float = parameter(
        0.07, unit="share", bounds=(0.05, 0.2), source="household survey: net rents 2-3 % of urban income",
        confidence="low",
        says="part of all rents that residents receive as income, net of upkeep and of homes lived in by their owners")
    seasonal_year: float = parameter(5.0 / 12.0, unit="share of a year", bounds=(0.3, 0.5), source="November to March",
                                     says="part of the year that seasonal residents stay")
    seasonal_income: float = parameter(
        25000.0, unit="CNY per year", bounds=(15000, 40000), source="urban income per head of China, 2010",
        says="income of a seasonal resident in the base year")
    snowbird_coast: float = parameter(1.5, unit="utility", bounds=(0.5, 2.5), source="assumed", confidence="low",
                                      says="what the coast adds to the choice of a winter home (b_sb)")
    snowbird_visitor_link: float = parameter(
        0.5, unit="elasticity", bounds=(0.2, 1.0), source="assumed: winter homes are spread wider than hotels",
        confidence="low", says="seasonal residents against hotel guests by county")
    snowbird_price_elasticity: float = parameter(1.0, unit="elasticity", bounds=(0.3, 2.0), source="assumed",
                                                 confidence="low",
                                                 says="response of seasonal residents to the price of homes (e_sb)")


# ---- formulas -------------------------------------------------------------------------------------------------


@either
def seasonal_shares(coast, appeal, price_ratio, coast_gain, link, elasticity):
    """Where seasonal residents stay: softmax( b coast + link ln appeal - e ln(P / P_2010) ) (B.2)."""
    weight = np.exp(coast_gain * coast) * appeal**link * price_ratio**-elasticity
    return weight / weight.sum()


@either
def clearing_rent(budgets, share, stock):
    """Rent at which the stock is let, s_h budgets / HS (H.4); million CNY and m2 in, CNY per m2 and year out."""
    return np.where(stock > 0, share * budgets * CNY_PER_MILLION / np.maximum(stock, 1e-9), 0.0)


@either
def net_rents(share, rent, stock):
    """What residents receive of all rents, million CNY."""
    return share * rent * stock / CNY_PER_MILLION


@either
def house_price(rent, multiple, user_cost, growth, floor):
    """P = k rent / max(floor, uh - expected growth) (H.4)."""
    return multiple * rent / np.maximum(floor, user_cost - growth)


@either
def floor_area(hectares, ratio, price_ratio, elasticity):
    """Floor area built on land sold, FAR 1e4 ha (P / P_2010)^eta (H.4)."""
    return ratio * M2_PER_HECTARE * hectares * price_ratio**elasticity


@either
def stock_after(stock, depreciation, added, damage=0.0):
    """HS' = (1 - del_h)(1 - dmg) HS + homes added (H.4, P14)."""
    return (1.0 - depreciation) * (1.0 - damage) * stock + added


@either
def residential_land_price(price, cost, ratio, share, floor):
    """Pland = max(floor, FAR 1e4 (P - cb) th_l), million CNY per ha (H.4)."""
    return np.maximum(floor, ratio * M2_PER_HECTARE * share * (price - cost) / CNY_PER_MILLION)


@either
def outside_purchases(part_of_stock, ratio, cap):
    """Part of homes for sale that outsiders would buy without purchase rules."""
    return np.minimum(cap, ratio * part_of_stock)


@either
def absorbed(outside_part, allowed, expected):
    """Part of homes and land for sale that finds a buyer: 1 - o max(0, 1 - hpr / what builders count on)."""
    return 1.0 - outside_part * np.maximum(0.0, 1.0 - allowed / np.maximum(expected, 1e-9))


@either
def offered(new, waiting, release):
    """Residential land offered in a year: what is new, and a part of what has waited, ha."""
    return new + release * waiting


@either
def holdings(held, growth, wanted, speed):
    """Outside holdings drift with outside incomes and move towards what may be bought: b(1+g) + x (wanted - b(1+g))."""
    grown = held * growth
    return grown + speed * (wanted - grown)


def agglomeration_margin(agglomeration, land, capital, housing, elasticity):
    """ga + (1 - al) s_h / (1 + eta_h) - z: where it is positive no place draws everything to itself (B.3)."""
    return land + (1.0 - capital) * housing / (1.0 + elasticity) - agglomeration


@either
def price_ratio(price, first, has_market):
    """Price of homes against the base year; 1 where there is no market."""
    return price / first if has_market else 1.0


@kernel
def _complete(sold, price, first, active, ratio, elasticity, brought_each, reclassified, depreciation, damage,
              vulnerability, building_cost, land, land_before, completed, brought, stock, invested, reserve):
    """Homes finished and brought, what storms and age leave, and new land that waits to be sold."""
    for c in range(stock.size):
        completed[c] = floor_area(sold[c], ratio, price_ratio(price[c], first[c], active[c]), elasticity)
        brought[c] = brought_each[c] * reclassified[c]
        stock[c] = stock_after(stock[c], depreciation, completed[c] + brought[c], vulnerability * damage[c])
        invested[c] = building_cost * completed[c] / CNY_PER_MILLION
        reserve[c] += land[c] - land_before[c]


@kernel
def _clear(income, seasonal, wanted, grown, restriction, adjustment, share, stock, active, expectation_speed, multiple,
           user_cost, yield_floor, net_share, outside, rent, growth, price, earned):
    """Rents clear, expectations follow them, and prices follow both."""
    for c in range(stock.size):
        outside[c] = holdings(outside[c], grown, restriction * wanted[c], adjustment)
        last = rent[c]
        rent[c] = clearing_rent(income[c, URBAN] + seasonal[c] + outside[c], share, stock[c])
        rise = np.log(rent[c] / last) if active[c] else 0.0
        growth[c] += expectation_speed * (rise - growth[c])
        price[c] = house_price(rent[c], multiple[c], user_cost, growth[c], yield_floor)
        earned[c] = net_rents(net_share, rent[c], stock[c])


@kernel
def _offer_land(income, seasonal, wanted, active, purchase_ratio, purchase_cap, restriction, expected, market, land,
                land_before, release, reserve, sold_land):
    """Land meant for homes is sold as far as buyers may buy; gives the part of all that finds a buyer."""
    sold = np.zeros(reserve.size)
    for c in range(reserve.size):
        second = seasonal[c] + wanted[c]
        part = second / max(second + income[c, URBAN], 1e-9) if active[c] else 0.0
        sold[c] = market * absorbed(outside_purchases(part, purchase_ratio, purchase_cap), restriction, expected)
        new = land[c] - land_before[c]
        sold_land[c] = sold[c] * offered(new, reserve[c] - new, release)
        reserve[c] -= sold_land[c]
    return sold


@kernel
def _sell(sold, sold_land, price, first, active, stock, building_cost, ratio, elasticity, land_share, land_floor,
          resale_rate, land_price, homes_sold, property_base):
    """Land price, homes sold, and what property taxes are levied on: sales, and the value that land has gained."""
    for c in range(stock.size):
        worth = residential_land_price(price[c], building_cost, ratio, land_share, land_floor)
        land_price[c] = worth if active[c] else 0.0
        new = floor_area(sold_land[c], ratio, price_ratio(price[c], first[c], active[c]), elasticity)
        homes_sold[c] = new + resale_rate * sold[c] * stock[c]
        gain = max(0.0, price[c] - building_cost) * new
        property_base[c] = (price[c] * homes_sold[c] + gain) / CNY_PER_MILLION


# ---- verbs ----------------------------------------------------------------------------------------------------


def _outside_index(model):
    """Incomes outside against the base year."""
    return float(model.outside.outside_income[0] / model.base.outside_income[0])


def settle_homes(model) -> None:
    """Seasonal residents, homes, prices, what is built and sold in the base year: all known before incomes."""
    p, base, counties, active = model.parameters, model.base, model.counties, model.active
    base.house_price = np.where(active, base.house_price_known, 0.0)
    counties.house_price[:] = base.house_price
    base.seasonal_appeal = np.where(active, np.maximum(base.visitor_share, 1e-9), 0.0)
    come(model)
    second = p.second_home_area * counties.seasonal_residents
    base.resident_homes = np.where(active, base.floor_area_per_person * counties.population_zone[:, URBAN], 0.0)
    base.second_home_part = np.where(active, second / np.maximum(second + base.resident_homes, 1e-9), 0.0)
    counties.housing_stock[:] = base.resident_homes + second
    counties.rent_growth_expected[:] = p.expected_rent_growth
    counties.residential_sold[:] = p.residential_share * base.quota_guess
    counties.homes_completed[:] = floor_area(counties.residential_sold, p.floor_area_ratio, 1.0,
                                             p.housing_supply_elasticity)
    counties.housing_investment[:] = p.building_cost * counties.homes_completed / CNY_PER_MILLION
    model.outside.purchases_expected[...] = 1.0
    _sell_homes(model, np.ones(model.n))


def settle_rents(model) -> None:
    """Rents of the base year: what residents spend on the floor area the census saw; the rest is outside demand."""
    p, base, counties, active = model.parameters, model.base, model.counties, model.active
    base.outside_income = model.outside.outside_income.copy()
    _seasonal_budget(model)
    income = counties.disposable_income[:, URBAN]
    rent = clearing_rent(income, p.housing_expenditure_share, base.resident_homes)
    second = rent * (counties.housing_stock - base.resident_homes) / CNY_PER_MILLION / p.housing_expenditure_share
    base.outside_budget = np.maximum(0.0, second - counties.seasonal_budget)
    counties.outside_home_budget[:] = base.outside_budget
    counties.house_rent[:] = clearing_rent(income + counties.seasonal_budget + base.outside_budget,
                                           p.housing_expenditure_share, counties.housing_stock)
    base.house_rent = counties.house_rent.copy()
    plain = house_price(base.house_rent, 1.0, p.housing_user_cost, p.expected_rent_growth, p.housing_yield_floor)
    base.price_multiple = np.where(active, base.house_price / np.maximum(plain, 1e-9), 0.0)
    earned = net_rents(p.net_rent_share, counties.house_rent, counties.housing_stock)
    counties.housing_income[:] = earned / (1.0 + p.base_year_growth)


def settle_end(model) -> None:
    """Rents of the base year are paid out in the next; whether concentration has a bound is noted."""
    p, base, counties = model.parameters, model.base, model.counties
    counties.housing_income[:] = net_rents(p.net_rent_share, counties.house_rent, counties.housing_stock)
    margin = agglomeration_margin(p.agglomeration_elasticity, base.ga[:, 1:], base.al[:, 1:],
                                  p.housing_expenditure_share, p.housing_supply_elasticity)
    model.account.agglomeration_margin[...] = margin[base.made[:, 1:]].min()


def _seasonal_budget(model) -> None:
    """What seasonal residents have to spend while they are here."""
    p, counties = model.parameters, model.counties
    each = p.seasonal_year * p.seasonal_income * _outside_index(model)
    counties.seasonal_budget[:] = each * counties.seasonal_residents / CNY_PER_MILLION


def come(model) -> None:
    """Seasonal residents choose where to spend the winter; their number is given by the outlook."""
    p, base, counties = model.parameters, model.base, model.counties
    total = model.outlook["snowbirds"][model.year - base.year]
    ratio = np.divide(counties.house_price, base.house_price, out=np.ones(model.n), where=model.active)
    counties.seasonal_residents[:] = total * seasonal_shares(base.coast, base.seasonal_appeal, ratio, p.snowbird_coast,
                                                    p.snowbird_visitor_link, p.snowbird_price_elasticity)


def winter(model) -> None:
    """Seasonal residents come, with what they have to spend."""
    come(model)
    _seasonal_budget(model)


def complete(model) -> None:
    """Homes sold last year are finished; storms and age take some; places that became urban bring theirs."""
    p, base, counties = model.parameters, model.base, model.counties
    _complete(counties.residential_sold, counties.house_price, base.house_price, model.active, p.floor_area_ratio,
              p.housing_supply_elasticity, base.floor_area_per_person, counties.reclassified, p.housing_depreciation,
              counties.typhoon_damage, p.home_vulnerability, p.building_cost, counties.land_residential,
              model.start["land_residential"], counties.homes_completed, counties.homes_brought,
              counties.housing_stock, counties.housing_investment, counties.land_reserve)


def clear(model) -> None:
    """Rents clear, prices follow, homes and land are sold to those who may buy."""
    p, base, counties, year = model.parameters, model.base, model.counties, model.year - model.base.year
    restriction = model.outlook["purchase_restriction"][year]
    wanted = base.outside_budget * _outside_index(model)
    _clear(counties.disposable_income, counties.seasonal_budget, wanted,
           1.0 + model.outlook["outside_wage_growth"][year], restriction, p.outside_adjustment,
           p.housing_expenditure_share, counties.housing_stock, model.active, p.rent_expectation_speed,
           base.price_multiple, p.housing_user_cost, p.housing_yield_floor, p.net_rent_share,
           counties.outside_home_budget, counties.house_rent, counties.rent_growth_expected, counties.house_price,
           counties.housing_income)
    _sell_land(model, wanted, restriction, model.outlook["land_market"][year])


def _sell_land(model, wanted, restriction, market) -> None:
    """Land and homes meant for outsiders find buyers as far as these may buy; the rest of the land waits.

    In time builders build for those who may buy.
    """
    p, counties, outside = model.parameters, model.counties, model.outside
    sold = _offer_land(counties.disposable_income, counties.seasonal_budget, wanted, model.active,
                       p.outside_purchase_ratio, p.outside_purchase_cap, restriction,
                       float(outside.purchases_expected), market, counties.land_residential,
                       model.start["land_residential"], p.land_release_rate, counties.land_reserve,
                       counties.residential_sold)
    outside.purchases_expected += p.builder_adjustment * (restriction - outside.purchases_expected)
    _sell_homes(model, sold)


def _sell_homes(model, sold) -> None:
    """Homes are sold, new ones and old ones, and land has its price."""
    p, counties = model.parameters, model.counties
    _sell(sold, counties.residential_sold, counties.house_price, model.base.house_price, model.active,
          counties.housing_stock, p.building_cost, p.floor_area_ratio, p.housing_supply_elasticity, p.land_price_share,
          p.land_price_floor, p.resale_rate, counties.land_price_residential, counties.homes_sold,
          counties.property_base)
