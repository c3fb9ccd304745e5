"""Indicators of a county (D.1): pure functions on arrays [..., county] and further dims behind.

Money comes in million CNY at 2020 prices and leaves per head in CNY. Shares are shares (0.03, not 3).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from sim.core.arrays import Floats
from sim.words import RURAL, URBAN

MILLION = 1e6
OLD_FROM, YOUNG_UNTIL = 65, 15
HOME_AREA = 25.0  # m2 a person, about what urban families had in 2010; kept, so that rents alone move the burden
AGE_STEP = 5
STANDING_TRANSFERS = (
    "transfer_base", "transfer_equalisation", "transfer_ecology", "transfer_weak_area", "transfer_earmarked")
TRANSFERS = (*STANDING_TRANSFERS, "transfer_emergency")


def ratio(above: ArrayLike, below: ArrayLike) -> Floats:
    """above / below, nan where there is nothing below."""
    above, below = np.asarray(above, dtype=float), np.asarray(below, dtype=float)
    return above / np.where(below > 0, below, np.nan)


def per_head(money: ArrayLike, persons: ArrayLike) -> Floats:
    """Million CNY over persons, in CNY per head; nan where there is nobody."""
    return ratio(np.asarray(money, dtype=float) * MILLION, persons)


def income_per_head(disposable_income: Floats, persons_zone: Floats) -> Floats:
    """Disposable income of all residents over all residents (Y8); both [..., county, zone]."""
    return per_head(np.sum(disposable_income, axis=-1), np.sum(persons_zone, axis=-1))


def real_income_per_head(disposable_income: Floats, living_cost: Floats, persons_zone: Floats) -> Floats:
    """Disposable income of all residents at the cost of living of their place and zone, over all residents, CNY.

    All [..., county, zone] -> [..., county]; the cost of living is one on the mean of the base year.
    """
    return income_per_head(np.asarray(disposable_income, dtype=float) / living_cost, persons_zone)


def income_urban(disposable_income: Floats, persons_zone: Floats) -> Floats:
    """Disposable income per urban resident, CNY; both [..., county, zone] -> [..., county]."""
    return per_head(disposable_income[..., URBAN], persons_zone[..., URBAN])


def income_rural(disposable_income: Floats, persons_zone: Floats) -> Floats:
    """Disposable income per rural resident, CNY; both [..., county, zone] -> [..., county]."""
    return per_head(disposable_income[..., RURAL], persons_zone[..., RURAL])


def effective_service(service_index: Floats, entitlement: Floats) -> Floats:
    """Service index that residents have: the mean of phi S (S5, S6)."""
    return service_index * entitlement


def urban_share(population_zone: Floats) -> Floats:
    """Urban residents over residents; [..., county, zone] -> [..., county]."""
    return ratio(population_zone[..., URBAN], np.sum(population_zone, axis=-1))


def _age_share(population_age, first, end):
    """Residents of the census groups [first, end) over all; groups of five years from 0."""
    groups = slice(first // AGE_STEP, None if end is None else end // AGE_STEP)
    return ratio(np.sum(population_age[..., groups], axis=-1), np.sum(population_age, axis=-1))


def old_share(population_age: Floats) -> Floats:
    """Share of residents aged 65 and over; [..., county, age] -> [..., county]."""
    return _age_share(population_age, OLD_FROM, None)


def young_share(population_age: Floats) -> Floats:
    """Share of residents under 15; [..., county, age] -> [..., county]."""
    return _age_share(population_age, 0, YOUNG_UNTIL)


def net_migration_rate(arrivals_internal: Floats, departures_internal: Floats, arrivals_outside: Floats,
                       departures_outside: Floats, population_mid: Floats) -> Floats:
    """Arrivals less departures over the mean residents of the year."""
    net = (arrivals_internal - departures_internal) + (arrivals_outside - departures_outside)
    return ratio(net, population_mid)


def standard_heads(standard_need: Floats, population_mid: Floats) -> Floats:
    """Cost-adjusted standard persons: the standard expenditure (F4) over what one resident needs on average."""
    known = np.isfinite(standard_need) & np.isfinite(population_mid)
    need = np.sum(np.where(known, standard_need, 0.0), axis=-1, keepdims=True)
    people = np.sum(np.where(known, population_mid, 0.0), axis=-1, keepdims=True)
    return standard_need * ratio(people, need)


def own_revenue_per_standard_head(own_revenue: Floats, standard_need: Floats, population_mid: Floats) -> Floats:
    """Own general budget revenue per cost-adjusted standard head, CNY."""
    return per_head(own_revenue, standard_heads(standard_need, population_mid))


def resources_per_standard_head(budget_resources: Floats, standard_need: Floats, population_mid: Floats) -> Floats:
    """Resources of the general budget per cost-adjusted standard head, CNY."""
    return per_head(budget_resources, standard_heads(standard_need, population_mid))


def leverage(debt: Floats, budget_resources: Floats, fund_resources: Floats) -> Floats:
    """LEV = B / (R + LandRev) (F13, F14); funds as they are left for works."""
    return ratio(debt, budget_resources + fund_resources)


def transfer_share(budget_resources: Floats, *transfers: Floats) -> Floats:
    """Transfers of the province over the resources of the general budget."""
    return ratio(sum(transfers), budget_resources)


def rent_burden(house_rent: Floats, inc_u: Floats) -> Floats:
    """Rent of 25 m2 over urban income per head."""
    return ratio(np.asarray(house_rent, dtype=float) * HOME_AREA, inc_u)


def price_to_income(house_price: Floats, inc_u: Floats) -> Floats:
    """Years of urban income per head that 25 m2 cost."""
    return ratio(np.asarray(house_price, dtype=float) * HOME_AREA, inc_u)


def homes_per_head(housing_stock: Floats, population_zone: Floats) -> Floats:
    """Floor area of urban homes, those of outside owners included, per urban resident."""
    return ratio(housing_stock, population_zone[..., URBAN])


def own_share(own_revenue: Floats, budget_resources: Floats) -> Floats:
    """Own revenue over the resources of the general budget."""
    return ratio(own_revenue, budget_resources)


def resident_mean(by_zone: Floats, persons_zone: Floats) -> Floats:
    """The mean over residents of what a county has by zone; both [..., county, zone]."""
    return ratio(np.sum(by_zone * persons_zone, axis=-1), np.sum(persons_zone, axis=-1))


def same(values: ArrayLike) -> Floats:
    """The column itself under the name readers use."""
    return np.asarray(values, dtype=float)


def total(values: ArrayLike) -> Floats:
    """Sum over counties; [..., county] -> [...]."""
    return np.sum(np.asarray(values, dtype=float), axis=-1)


def mean_of_years(stock: ArrayLike, before: ArrayLike) -> Floats:
    """Mean of the end of the year and the end of the year before; the stock itself where no year is before."""
    stock, before = np.asarray(stock, dtype=float), np.asarray(before, dtype=float)
    return np.where(np.isnan(before), stock, (stock + before) / 2)
