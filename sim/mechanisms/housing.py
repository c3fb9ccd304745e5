"""Housing: construction on last year's land, market-clearing rents, prices, and seasonal residents (H.4).

One market for urban homes per county. Residents, seasonal residents ("snowbirds") and outside owners share the stock in
proportion to their spending; purchases by outsiders are limited by the purchase rules. Seasonal residents use homes,
services and local trade, but are not counted as residents. Sections 2.1, 3.2, 8.2.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.core.arrays import Flags, Floats, Number
from sim.core.bind import InOut, Out
from sim.core.cache import either, kernel
from sim.core.declare import column, parameter
from sim.core.table import Constants
from sim.words import CNY_PER_MILLION, JUNIOR, NON_FARM, URBAN

M2_PER_HECTARE = 1e4
LEAST = 1e-9  # avoids division by zero in a county without homes


@dataclass(frozen=True)
class Parameters:
    housing_expenditure_share: float = parameter(
        0.22, unit="share of income", bounds=(0.15, 0.30), source="household survey shares",
        says="housing in urban residents' spending, with imputed rents of owner-occupiers (s_h)")
    housing_supply_elasticity: float = parameter(
        0.8, unit="elasticity", bounds=(0.3, 1.5), source="Fu, Zheng and Liu 2012: .75-1.09 for Chinese cities",
        says="elasticity of floor area per land with respect to the price of homes (eta_h)")
    housing_user_cost: float = parameter(0.05, unit="1/year", bounds=(0.03, 0.07), source="interest, upkeep and risk",
                                         says="yearly cost of owning a home over its price (uh)")
    housing_yield_floor: float = parameter(0.02, unit="1/year", bounds=(0.01, 0.03), source="guard",
                                           says="lower bound of rent over price: user cost less expected growth")
    expected_rent_growth: float = parameter(0.02, unit="1/year", bounds=(0.0, 0.03), source="assumed", confidence="low",
                                            says="growth of real rents expected by buyers in the base year")
    rent_expectation_speed: float = parameter(
        0.015, unit="1/year", bounds=(0.0, 0.1), source="assumed: after April 2018 sales fell, prices hardly did",
        confidence="low", says="speed of adjustment of expected to actual growth of rents")
    housing_depreciation: float = parameter(0.015, unit="1/year", bounds=(0.01, 0.025), source="service life of homes",
                                            says="share of homes lost per year (del_h)")
    floor_area_ratio: float = parameter(
        1.25, unit="m2 per m2 of land", bounds=(1.0, 2.5),
        source="compromise between floor areas and property taxes of 2010-2020",
        confidence="low", says="floor area built on residential land at base-year prices (FAR)")
    building_cost: float = parameter(3000.0, unit="CNY per m2", bounds=(2500, 4500), source="builders, 2020 prices",
                                     says="cost of building and selling a home, excluding land (cb)")
    land_price_share: float = parameter(
        0.6, unit="share", bounds=(0.4, 0.8), source="assumed", confidence="low",
        says="share of the price above building cost that accrues to land (th_l)")
    land_price_floor: float = parameter(2.0, unit="million CNY per ha", bounds=(1.0, 4.0), source="acquisition",
                                        confidence="low", says="minimum price of residential land")
    second_home_area: float = parameter(
        35.0, unit="m2 per seasonal resident", bounds=(20, 60), source="assumed: homes of 70-90 m2 for two",
        confidence="low", says="floor area of outside owners in the base year per seasonal resident")
    outside_purchase_ratio: float = parameter(
        3.0, unit="ratio", bounds=(1.5, 4.0), source="outsiders bought over half of the homes sold, 2010-17 (recalled)",
        confidence="low", says="outsiders' share of purchases relative to their share of the stock")
    outside_purchase_cap: float = parameter(0.85, unit="share", bounds=(0.7, 0.95), source="Sanya, recalled",
                                            confidence="low", says="maximum share of purchases by outsiders")
    outside_adjustment: float = parameter(
        0.15, unit="1/year", bounds=(0.05, 0.5), source="assumed: owners keep homes for years", confidence="low",
        says="speed of adjustment of outside holdings to permitted purchases")
    builder_adjustment: float = parameter(
        0.3, unit="1/year", bounds=(0.1, 1.0), source="assumed: projects take three years", confidence="low",
        says="speed of adjustment of builders' expectations of permitted outside purchases")
    land_release_rate: float = parameter(
        0.2, unit="1/year", bounds=(0.05, 0.5), source="assumed: sales of 2019 and after stayed low",
        confidence="low", says="share of unsold land offered again in a year")
    resale_rate: float = parameter(0.02, unit="1/year", bounds=(0.01, 0.04), source="assumed", confidence="low",
                                   says="share of existing homes resold in a year")
    net_rent_share: float = parameter(
        0.07, unit="share", bounds=(0.05, 0.2), source="household survey: net rents 2-3 % of urban income",
        confidence="low",
        says="share of all rents received by residents as income, net of upkeep and owner-occupied homes")
    seasonal_year: float = parameter(5.0 / 12.0, unit="share of a year", bounds=(0.3, 0.5), source="November to March",
                                     says="share of the year that seasonal residents stay")
    seasonal_income: float = parameter(
        25000.0, unit="CNY per year", bounds=(15000, 40000), source="urban income per head of China, 2010",
        says="income of a seasonal resident in the base year")
    snowbird_coast: float = parameter(1.5, unit="utility", bounds=(0.5, 2.5), source="assumed", confidence="low",
                                      says="weight of the coast in the choice of a winter home (b_sb)")
    snowbird_visitor_link: float = parameter(
        0.5, unit="elasticity", bounds=(0.2, 1.0), source="assumed: winter homes are less concentrated than hotels",
        confidence="low", says="elasticity of seasonal residents with respect to visitors, by county")
    snowbird_price_elasticity: float = parameter(1.0, unit="elasticity", bounds=(0.3, 2.0), source="assumed",
                                                 confidence="low",
                                                 says="elasticity of seasonal residents to the price of homes (e_sb)")


class Settled(Constants):
    house_price_base = column("county", unit="CNY per m2", says="Price of urban homes in the base year")
    house_rent_base = column("county", unit="CNY per m2", says="Yearly rent of urban homes in the base year")
    price_multiple = column("county", unit="ratio",
                            says="Price of homes relative to that explained by rents, in the base year (k)")
    seasonal_appeal = column("county", unit="share",
                             says="Visitor shares, the starting point of seasonal residents' choice")
    resident_homes = column("county", unit="m2", says="Urban homes occupied by residents in the base year")
    outside_home_budget_base = column("county", unit="million CNY",
                                      says="Income of outside home owners in the base year")
    outside_income_base = column("skill", unit="CNY", says="Yearly income of a worker outside Hainan in the base year")


# ---- formulas -------------------------------------------------------------------------------------------------


@either
def seasonal_shares(coast: Flags, appeal: Floats, price_ratio: Floats, coast_gain: float, link: float,
                    elasticity: float) -> Floats:
    """Where seasonal residents stay: softmax( b coast + link ln appeal - e ln(P / P_2010) ) (B.2)."""
    weight = np.exp(coast_gain * coast) * appeal**link * price_ratio**-elasticity
    return weight / weight.sum()


@either
def clearing_rent(budgets: Number, share: Number, stock: Number) -> Number:
    """Market-clearing rent, s_h budgets / HS (H.4); million CNY and m2 in, CNY per m2 and year out."""
    return np.where(stock > 0, share * budgets * CNY_PER_MILLION / np.maximum(stock, LEAST), 0.0)


@either
def net_rents(share: Number, rent: Number, stock: Number) -> Number:
    """Rents received by residents, million CNY."""
    return share * rent * stock / CNY_PER_MILLION


@either
def price_of_rent(rent: Number, multiple: Number, user_cost: Number, growth: Number, floor: Number) -> Number:
    """P = k rent / max(floor, uh - expected growth) (H.4)."""
    return multiple * rent / np.maximum(floor, user_cost - growth)


@either
def floor_area(hectares: Number, ratio: Number, price_ratio: Number, elasticity: Number) -> Number:
    """Floor area built on land sold, FAR 1e4 ha (P / P_2010)^eta (H.4)."""
    return ratio * M2_PER_HECTARE * hectares * price_ratio**elasticity


@either
def stock_after(stock: Number, depreciation: Number, added: Number, damage: Number = 0.0) -> Number:
    """HS' = (1 - del_h)(1 - dmg) HS + homes added (H.4, P14)."""
    return (1.0 - depreciation) * (1.0 - damage) * stock + added


@either
def residential_land_price(price: Number, cost: Number, ratio: Number, share: Number, floor: Number) -> Number:
    """Pland = max(floor, FAR 1e4 (P - cb) th_l), million CNY per ha (H.4)."""
    return np.maximum(floor, ratio * M2_PER_HECTARE * share * (price - cost) / CNY_PER_MILLION)


@either
def outside_purchases(part_of_stock: Number, ratio: Number, cap: Number) -> Number:
    """Share of homes for sale that outsiders would buy without purchase rules."""
    return np.minimum(cap, ratio * part_of_stock)


@either
def absorbed(outside_part: Number, allowed: Number, expected: Number) -> Number:
    """Share of homes and land for sale that finds a buyer: 1 - o max(0, 1 - hpr / builders' expectation)."""
    return 1.0 - outside_part * np.maximum(0.0, 1.0 - allowed / np.maximum(expected, LEAST))


@either
def offered(new: Number, waiting: Number, release: Number) -> Number:
    """Residential land offered in a year: new land and a share of unsold land, ha."""
    return new + release * waiting


@either
def holdings(held: Number, growth: Number, wanted: Number, speed: Number) -> Number:
    """Outside holdings grow with outside incomes and adjust to permitted purchases: b(1+g) + x (wanted - b(1+g))."""
    grown = held * growth
    return grown + speed * (wanted - grown)


def margin_of(agglomeration: Number, land: Number, capital: Number, housing: Number, elasticity: Number) -> Number:
    """ga + (1 - al) s_h / (1 + eta_h) - z: if positive, activity does not concentrate in one place (B.3)."""
    return land + (1.0 - capital) * housing / (1.0 + elasticity) - agglomeration


@either
def price_ratio(price: float, first: float, has_market: bool) -> float:
    """Price of homes relative to the base year; 1 without a market."""
    return price / first if has_market else 1.0


@either
def against(income: Floats, first: Floats) -> float:
    """Incomes outside relative to the base year, measured for the lowest skill."""
    return income[JUNIOR] / first[JUNIOR]


# ---- rules: seasonal residents --------------------------------------------------------------------------------


def choose_winter_homes(active, snowbirds, coast, seasonal_appeal, house_price, house_price_base, snowbird_coast,
                        snowbird_visitor_link, snowbird_price_elasticity, seasonal_residents: Out) -> None:
    """Seasonal residents choose where to spend the winter; their number is given by the outlook."""
    ratio = np.divide(house_price, house_price_base, out=np.ones(active.size), where=active)
    seasonal_residents[:] = snowbirds * seasonal_shares(
        coast, seasonal_appeal, ratio, snowbird_coast, snowbird_visitor_link, snowbird_price_elasticity)


def fill_winter_purses(seasonal_residents, seasonal_year, seasonal_income, outside_income, outside_income_base,
                       seasonal_budget: Out) -> None:
    """Spending power of seasonal residents while here; it grows with incomes outside."""
    each = seasonal_year * seasonal_income * against(outside_income, outside_income_base)
    seasonal_budget[:] = each * seasonal_residents / CNY_PER_MILLION


# ---- rules: the base year -------------------------------------------------------------------------------------


def settle_prices(active, house_price_known, visitor_share, house_price: Out, house_price_base: Out,
                  seasonal_appeal: Out) -> None:
    """Prices of homes and the attraction to seasonal residents in the base year."""
    house_price_base[:] = np.where(active, house_price_known, 0.0)
    house_price[:] = house_price_base
    seasonal_appeal[:] = np.where(active, np.maximum(visitor_share, LEAST), 0.0)


def settle_homes(active, floor_area_per_person, population_zone, seasonal_residents, second_home_area,
                 residential_share, quota_guess, building_cost, floor_area_ratio, housing_supply_elasticity,
                 expected_rent_growth, resident_homes: Out, housing_stock: Out, rent_growth_expected: Out,
                 residential_sold: Out, homes_completed: Out, housing_investment: Out, homes_absorbed: Out,
                 purchases_expected: Out) -> None:
    """Housing stock, completions and sales of the base year, which do not depend on incomes."""
    resident_homes[:] = np.where(active, floor_area_per_person * population_zone[:, URBAN], 0.0)
    housing_stock[:] = resident_homes + second_home_area * seasonal_residents
    rent_growth_expected[:] = expected_rent_growth
    residential_sold[:] = residential_share * quota_guess
    homes_completed[:] = floor_area(residential_sold, floor_area_ratio, 1.0, housing_supply_elasticity)
    housing_investment[:] = building_cost * homes_completed / CNY_PER_MILLION
    homes_absorbed[:] = 1.0
    purchases_expected[...] = 1.0


def settle_outside(outside_income, outside_income_base: Out) -> None:
    """Incomes outside in the base year, the reference of later years."""
    outside_income_base[:] = outside_income


def settle_rents(active, disposable_income, seasonal_budget, housing_stock, resident_homes, house_price_base,
                 housing_expenditure_share, housing_user_cost, expected_rent_growth, housing_yield_floor,
                 net_rent_share, base_year_growth, outside_home_budget: Out, outside_home_budget_base: Out,
                 house_rent: Out, house_rent_base: Out, price_multiple: Out, housing_income: Out) -> None:
    """Rents of the base year: residents' spending over the census floor area; the remainder is outside demand."""
    income = disposable_income[:, URBAN]
    rent = clearing_rent(income, housing_expenditure_share, resident_homes)
    second = rent * (housing_stock - resident_homes) / CNY_PER_MILLION / housing_expenditure_share
    outside_home_budget_base[:] = np.maximum(0.0, second - seasonal_budget)
    outside_home_budget[:] = outside_home_budget_base
    house_rent[:] = clearing_rent(income + seasonal_budget + outside_home_budget_base, housing_expenditure_share,
                                  housing_stock)
    house_rent_base[:] = house_rent
    plain = price_of_rent(house_rent_base, 1.0, housing_user_cost, expected_rent_growth, housing_yield_floor)
    price_multiple[:] = np.where(active, house_price_base / np.maximum(plain, LEAST), 0.0)
    housing_income[:] = net_rents(net_rent_share, house_rent, housing_stock) / (1.0 + base_year_growth)


def settle_end(house_rent, housing_stock, net_rent_share, agglomeration_elasticity, share_land, share_capital,
               sector_present, housing_expenditure_share, housing_supply_elasticity, housing_income: Out,
               agglomeration_margin: Out) -> None:
    """Rents of the base year are paid out in the next year; the agglomeration margin is recorded."""
    housing_income[:] = net_rents(net_rent_share, house_rent, housing_stock)
    margin = margin_of(agglomeration_elasticity, share_land[:, NON_FARM], share_capital[:, NON_FARM],
                       housing_expenditure_share, housing_supply_elasticity)
    agglomeration_margin[...] = margin[sector_present[:, NON_FARM]].min()


# ---- rules: the year ------------------------------------------------------------------------------------------


@kernel
def complete(active, residential_sold, house_price, house_price_base, floor_area_ratio, housing_supply_elasticity,
             floor_area_per_person, reclassified, housing_depreciation, typhoon_damage, home_vulnerability,
             building_cost, land_residential, land_residential_at_start, homes_completed: Out, homes_brought: Out,
             housing_stock: InOut, housing_investment: Out, land_reserve: InOut) -> None:
    """Update the housing stock: completions, losses through age and storms, homes in newly urban places.

    New residential land is added to the unsold reserve.
    """
    for c in range(housing_stock.size):
        ratio = price_ratio(house_price[c], house_price_base[c], active[c])
        homes_completed[c] = floor_area(residential_sold[c], floor_area_ratio, ratio, housing_supply_elasticity)
        homes_brought[c] = floor_area_per_person[c] * reclassified[c]
        housing_stock[c] = stock_after(housing_stock[c], housing_depreciation, homes_completed[c] + homes_brought[c],
                                       home_vulnerability * typhoon_damage[c])
        housing_investment[c] = building_cost * homes_completed[c] / CNY_PER_MILLION
        land_reserve[c] += land_residential[c] - land_residential_at_start[c]


@kernel
def clear(active, disposable_income, seasonal_budget, housing_stock, outside_home_budget_base, outside_income,
          outside_income_base, outside_wage_growth, purchase_restriction, outside_adjustment, housing_expenditure_share,
          rent_expectation_speed, price_multiple, housing_user_cost, housing_yield_floor, net_rent_share,
          outside_home_budget: InOut, outside_home_wanted: Out, house_rent: InOut, rent_growth_expected: InOut,
          house_price: Out, housing_income: Out) -> None:
    """Market-clearing rents, expectations and prices; outside holdings adjust to permitted purchases."""
    index, grown = against(outside_income, outside_income_base), 1.0 + outside_wage_growth
    for c in range(housing_stock.size):
        outside_home_wanted[c] = outside_home_budget_base[c] * index
        outside_home_budget[c] = holdings(
            outside_home_budget[c], grown, purchase_restriction * outside_home_wanted[c], outside_adjustment)
        last = house_rent[c]
        house_rent[c] = clearing_rent(disposable_income[c, URBAN] + seasonal_budget[c] + outside_home_budget[c],
                                      housing_expenditure_share, housing_stock[c])
        rise = np.log(house_rent[c] / last) if active[c] else 0.0
        rent_growth_expected[c] += rent_expectation_speed * (rise - rent_growth_expected[c])
        house_price[c] = price_of_rent(
            house_rent[c], price_multiple[c], housing_user_cost, rent_growth_expected[c], housing_yield_floor)
        housing_income[c] = net_rents(net_rent_share, house_rent[c], housing_stock[c])


@kernel
def offer_land(active, disposable_income, seasonal_budget, outside_home_wanted, outside_purchase_ratio,
               outside_purchase_cap, purchase_restriction, land_market, land_residential, land_residential_at_start,
               land_release_rate, builder_adjustment, purchases_expected: InOut, land_reserve: InOut,
               residential_sold: Out, homes_absorbed: Out) -> None:
    """Sales of land and homes intended for outsiders, limited by permitted purchases; unsold land stays in reserve.

    Builders' expectations adapt to permitted purchases.
    """
    expected = purchases_expected[()]
    for c in range(land_reserve.size):
        second = seasonal_budget[c] + outside_home_wanted[c]
        part = second / max(second + disposable_income[c, URBAN], LEAST) if active[c] else 0.0
        homes_absorbed[c] = land_market * absorbed(
            outside_purchases(part, outside_purchase_ratio, outside_purchase_cap), purchase_restriction, expected)
        new = land_residential[c] - land_residential_at_start[c]
        residential_sold[c] = homes_absorbed[c] * offered(new, land_reserve[c] - new, land_release_rate)
        land_reserve[c] -= residential_sold[c]
    purchases_expected[()] = expected + builder_adjustment * (purchase_restriction - expected)


@kernel
def sell(active, homes_absorbed, residential_sold, house_price, house_price_base, housing_stock, building_cost,
         floor_area_ratio, housing_supply_elasticity, land_price_share, land_price_floor, resale_rate,
         land_price_residential: Out, homes_sold: Out, property_base: Out) -> None:
    """Sales of new and existing homes, and the price of land.

    Property taxes are levied on sales and on the appreciation of land.
    """
    for c in range(housing_stock.size):
        worth = residential_land_price(house_price[c], building_cost, floor_area_ratio, land_price_share,
                                       land_price_floor)
        land_price_residential[c] = worth if active[c] else 0.0
        ratio = price_ratio(house_price[c], house_price_base[c], active[c])
        new = floor_area(residential_sold[c], floor_area_ratio, ratio, housing_supply_elasticity)
        homes_sold[c] = new + resale_rate * homes_absorbed[c] * housing_stock[c]
        gain = max(0.0, house_price[c] - building_cost) * new
        property_base[c] = (house_price[c] * homes_sold[c] + gain) / CNY_PER_MILLION
