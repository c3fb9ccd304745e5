"""The accounts: identities that must hold every year in every run (G.1). A broken one stops the run.

People are exact; money and land hold to 1e-9 of their size. An identity is a name, a sentence and two sides by county
(or for the province); what breaks is reported with where and by how much.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from sim.agents.budget import light_room
from sim.agents.persons import RURAL
from sim.indicators.inequality import theil_l, theil_t
from sim.region.rivers import SEA

TOLERANCE = 1e-9
LAND = ("land_cultivated", "land_garden", "land_forest_park", "land_forest", "land_residential", "land_industrial",
        "land_rural", "land_infrastructure", "land_wet", "land_other")
TRANSFERS = ("transfer_base", "transfer_equalisation", "transfer_ecology", "transfer_weak_area", "transfer_earmarked")


class BrokenAccount(ArithmeticError):
    """An accounting identity does not hold: which, where, by how much."""


class Identity(NamedTuple):
    """One identity: `sides(model)` gives two arrays that must agree (exactly, where `exact`)."""

    id: str
    says: str
    sides: Callable
    exact: bool = False


def _residents(m):
    c, s = m.counties, m.start
    change = (c.births - c.deaths + c.arrivals_internal - c.departures_internal + c.arrivals_outside
              - c.departures_outside + c.exogenous_change)
    return c.population, s["population"] + change


def _moves(m):
    c = m.counties
    return (np.concatenate([c.arrivals_internal, c.departures_internal]),
            np.concatenate([c.moved[:, :m.n].sum(axis=0), c.moved[:, :m.n].sum(axis=1)]))


def _outside_stock(m):
    c, s, a = m.counties, m.start, m.account
    left = c.departures_outside.sum() - a.outsiders_left
    returned = c.arrivals_outside.sum() - a.newcomers
    return c.registered_outside.sum(), s["registered_outside"].sum() + left - returned - c.deaths_outside.sum()


def _heads(m):
    c = m.counties
    here = c.population - m.base.exogenous_residents[m.year - m.base.year]
    homes = c.residents_local + c.residents_other_county + c.residents_other_province
    return (np.array([c.population_zone.sum(axis=1), c.population_age.sum(axis=1), homes]), np.array([here, here,
                                                                                                      here]))


def _registered(m):
    c = m.counties
    inside = c.residents_local.sum() + c.residents_other_county.sum() + c.registered_outside.sum()
    return c.registered.sum(), inside


def _registration(m):
    c = m.counties
    return c.registered, m.start["registered"] + c.registered_births - c.registered_deaths + c.hukou_in - c.hukou_out


def _working_age(m):
    """By zone, those at work and those in retirement are among those of working age; sectors add to those at work."""
    people = m.people
    at_work = people.by_sector_zone.sum(axis=(2, 3))
    busy = (at_work + people.retired).T
    return (np.array([*np.minimum(busy, people.adults.sum(axis=2).T), m.counties.employed.sum(axis=1)]),
            np.array([*busy, at_work.sum(axis=1) * m.weight]))


def _labour_income(m):
    c = m.counties
    return c.labour_income.sum(axis=1), c.factor_wages.sum(axis=1)


def _disposable_income(m):
    c = m.counties
    parts = c.labour_income - c.social_contributions + c.farm_rent + c.property_income + c.pensions + c.remittances
    parts[:, RURAL] += c.collective_land_income + c.carbon_income
    return c.disposable_income, parts


def _factors(m):
    c = m.counties
    return c.value_added, c.factor_wages + c.factor_capital + c.factor_land + c.factor_taxes


def _gdp(m):
    c = m.counties
    return np.array([c.gdp, c.gdp]), np.array([c.value_added.sum(axis=1), c.gdp_branch.sum(axis=1)])


def _service_price(m):
    c = m.counties
    return c.service_price * c.quantity[:, 2], c.value_added[:, 2]


def _visitors(m):
    return m.counties.visitor_spending.sum(), m.outside.visitor_total


def _local_services(m):
    """What is demanded is sold where any is made; households spend all they mean to, somewhere on the island."""
    c, p = m.counties, m.parameters
    spent = p.local_service_expenditure_share * (1.0 - p.saving_rate) * c.last_disposable_income.sum()
    demanded = np.where(c.quantity[:, 2] > 0, c.service_demand, 0.0)
    return np.append(demanded, c.shopping.sum()), np.append(c.value_added[:, 2], spent)


def _tax_groups(m):
    c = m.counties
    on_value_added = c.tax_base_general + c.tax_base_local
    return np.array([c.tax_collected, on_value_added]), np.array([on_value_added + c.tax_base_property,
                                                                  c.factor_taxes.sum(axis=1)])


def _tax_tiers(m):
    c = m.counties
    county = c.own_revenue - c.nontax_revenue
    return c.tax_collected, c.tax_to_centre + c.tax_to_province + county


def _own_revenue(m):
    """Taxes of a tier and, at one ratio, what else it takes in."""
    c, a = m.counties, m.account
    taxes = np.append(c.tax_collected - c.tax_to_centre - c.tax_to_province, c.tax_to_province.sum())
    return np.append(c.own_revenue, a.province_own_revenue), (1.0 + m.base.nontax_ratio) * taxes


def _transfers(c):
    return sum(getattr(c, name) for name in TRANSFERS)


def _county_account(m):
    c, s = m.counties, m.start
    horizontal = c.horizontal_quota + c.horizontal_compensation + c.horizontal_enclave
    water = c.water_received - c.water_paid + c.water_award
    fund = c.land_revenue + c.sea_use_fees + c.land_rent_county
    came = (c.own_revenue + _transfers(c) + c.transfer_emergency + fund + horizontal + water + c.carbon_budget
            + c.borrowing)
    went = (c.spending_floor + c.spending_services.sum(axis=1) + c.spending_training + c.spending_ecology
            + c.spending_capital + c.spending_reclamation + c.quota_proceeds_paid + c.interest + c.repayment)
    return s["cash"] + came, went + c.cash


def _province_account(m):
    a, c = m.account, m.counties
    came = a.province_own_revenue + a.province_central_transfer
    went = (_transfers(c).sum() + a.province_programmes + c.social_subsidy.sum() + c.transfer_emergency.sum()
            + a.province_awards + a.province_national_park_cost)
    return came + m.start_account["province_balance"], went + a.province_balance


def _pools(m):
    """What equalisation leaves of its pool is earmarked."""
    c, a = m.counties, m.account
    return (np.array([c.transfer_equalisation.sum() + c.transfer_earmarked.sum(), c.transfer_ecology.sum(),
                      c.transfer_weak_area.sum()]),
            np.array([a.pool_equalisation + a.pool_earmarked, a.pool_ecology, a.pool_weak_area]))


def _consolidated(m):
    """All governments of Hainan as one: what they pay each other cancels, the centre gives and takes."""
    c, a, s = m.counties, m.account, m.start
    from_centre = a.province_central_transfer - c.tax_to_centre.sum()
    nontax = c.nontax_revenue.sum() + m.base.nontax_ratio * c.tax_to_province.sum()
    fund = (c.land_revenue + c.sea_use_fees + c.land_rent_county).sum()
    came = c.tax_collected.sum() + nontax + from_centre + fund + c.carbon_budget.sum() + c.borrowing.sum()
    went = (c.spending_floor + c.spending_training + c.spending_ecology + c.spending_capital + c.spending_reclamation
            + c.quota_proceeds_paid + c.interest + c.repayment + c.social_subsidy).sum() + c.spending_services.sum()
    kept = c.cash.sum() - s["cash"].sum() + a.province_balance - m.start_account["province_balance"]
    return came, went + a.province_programmes + a.province_national_park_cost + kept


def _debt_room(m):
    c, p, now, before = m.counties, m.parameters, m.now, m.start["debt"]
    whole = c.budget_resources + c.fund_resources
    leverage = np.where(whole > 0, before / np.maximum(whole, 1e-9), 0.0)
    granted = light_room(leverage, p.leverage_thresholds, p.leverage_room) if now.lev_warning > 0.5 else 1.0
    room = np.maximum(0.0, now.debt_ceiling * whole - before + c.repayment) * granted
    return np.minimum(c.borrowing, room), c.borrowing


def _debt(m):
    c, s = m.counties, m.start
    return c.debt, s["debt"] + c.borrowing - c.repayment


def _land(m):
    return sum(getattr(m.counties, name) for name in LAND), m.base.area + m.counties.land_sea


def _converted(m):
    c, s = m.counties, m.start
    built = sum(getattr(c, k) - s[k] for k in ("land_residential", "land_industrial", "land_infrastructure"))
    return c.converted, built


def _sea(m):
    c, s = m.counties, m.start
    return c.land_sea, s["land_sea"] + c.sea_reclaimed


def _farmland(m):
    c, s = m.counties, m.start
    cleared = s["land_rural"] - c.land_rural
    return (np.array([c.land_cultivated, c.quota_reclaimed]),
            np.array([s["land_cultivated"] + c.cultivated_reclaimed + cleared - c.cultivated_converted, cleared]))


def _quota(m):
    return m.counties.quota.sum(), m.account.province_quota


def _two_sides(*flows):
    """What some gain and what others lose, by flow: they agree where a flow runs between counties."""
    return (np.array([np.maximum(flow, 0.0).sum() for flow in flows]),
            np.array([np.maximum(-flow, 0.0).sum() for flow in flows]))


def _quota_moves(m):
    c = m.counties
    return _two_sides(c.quota_traded, c.quota_enclave, c.horizontal_quota)


def _quota_use(m):
    c, s = m.counties, m.start
    quota = c.quota + s["quota_balance"] + c.quota_reclaimed + c.quota_enclave + c.quota_traded
    left = m.parameters.quota_carry_share * (c.land_use_right - c.converted)
    return np.array([np.minimum(c.land_use_right, quota), c.quota_balance]), np.array([c.land_use_right, left])


def _compensation(m):
    c = m.counties
    gained, lost = _two_sides(c.horizontal_compensation)
    matched = c.cultivated_reclaimed.sum() + c.cultivated_linked.sum()
    return np.append(gained, c.cultivated_matched.sum()), np.append(lost, matched)


def _farmland_kept(m):
    c = m.counties
    return np.minimum(c.cultivated_converted, c.cultivated_matched), c.cultivated_converted


def _red_line(m):
    """Farmland, the reclaimed at its quality, stays above the line of the province where it stood above it."""
    c, s, lost = m.counties, m.start, 1.0 - m.parameters.reclaimed_quality
    before = (s["land_cultivated"] - lost * s["land_reclaimed"]).sum()
    line = np.minimum(before, m.base.redline.sum())
    return np.minimum((c.land_cultivated - lost * c.land_reclaimed).sum(), line), line


def _enclaves(m):
    c = m.counties
    new = c.enclave_land - m.start["enclave_land"]
    return np.minimum(new, c.enclave_right), new


def _enclave_taxes(m):
    return _two_sides(m.counties.horizontal_enclave)


def _water_payments(m):
    c, a = m.counties, m.account
    return (np.array([c.water_received.sum(), c.water_award.sum()]),
            np.array([c.water_paid.sum(), a.province_awards]))


def _offsets(m):
    c, a = m.counties, m.account
    return (np.array([c.offsets_bought.sum() + a.offsets_to_outside,
                      c.carbon_budget.sum() + c.carbon_income.sum()]),
            np.array([c.offsets_sold.sum() + a.offsets_from_outside, c.offset_cost.sum() + a.offset_money_outside]))


def _certified(m):
    c, p = m.counties, m.parameters
    most = m.now.carbon_market * p.sequestration_rate * (c.land_forest + c.land_forest_park)
    return np.maximum(c.offsets_sold, most), most


def _river_loads(m):
    r, tree = m.reaches, m.base.rivers
    out = r.reach_load_through[tree.downstream == SEA].sum() + r.reach_load_lost.sum()
    return np.array([out, r.reach_load.sum()]), np.array([r.reach_load.sum(), m.counties.water_load.sum()])


def _capital(m):
    c, s, p = m.counties, m.start, m.parameters
    left = (1.0 - p.depreciation_rate) * (1.0 - c.typhoon_damage[:, None]) * s["capital"][:, :5]
    return c.capital[:, :5], left + c.investment[:, :5]


def _public_capital(m):
    c, s, p = m.counties, m.start, m.parameters
    built = p.public_investment_efficiency * (1.0 - p.social_capital_share) * c.spending_capital
    return c.public_capital, (1.0 - p.public_capital_depreciation) * s["public_capital"] + built


def _services(m):
    """Money for services and their part of capital spending build at their efficiency; help comes in kind."""
    c, s, p, now = m.counties, m.start, m.parameters, m.now
    money = c.spending_services + np.multiply.outer(p.social_capital_share * c.spending_capital, p.service_weights)
    efficiency = p.service_spending_efficiency * np.array([now.education_coop, now.primary_care, 1.0, 1.0])
    cost = np.where(m.base.mountains, p.cost_factor_mountain, 1.0)[:, None]
    left = (1.0 - p.service_depreciation) * s["service_stock"]
    return c.service_stock, left + efficiency * money / cost + c.service_aid


def _investment(m):
    c = m.counties
    return c.capital_formation, c.investment.sum(axis=1) + c.spending_capital + c.housing_investment


def _homes(m):
    c, s, p = m.counties, m.start, m.parameters
    left = (1.0 - p.housing_depreciation) * (1.0 - p.home_vulnerability * c.typhoon_damage) * s["housing_stock"]
    return c.housing_stock, left + c.homes_completed + c.homes_brought


def _land_reserve(m):
    c, s = m.counties, m.start
    return c.land_reserve + c.residential_sold, s["land_reserve"] + c.land_residential - s["land_residential"]


def _seasonal(m):
    return m.counties.snowbirds.sum(), m.outlook["snowbirds"][m.year - m.base.year]


def _projects(m):
    c, t = m.counties, m.year - m.base.year
    listed = sum(getattr(m.now, lever) * m.base.projects[lever][t].sum(axis=1) for lever in m.base.projects)
    return c.project_investment.sum(axis=1), listed


def _earmarks(m):
    """Earmarked money that is free is never negative, to a billionth of all that is passed on."""
    c = m.counties
    free, passed_on = c.transfer_earmarked - c.earmark_repair - c.earmark_projects, _transfers(c)
    return passed_on + np.minimum(free, 0.0), passed_on


def _social(m):
    c = m.counties
    return c.pensions.sum(axis=1), c.social_contributions.sum(axis=1) + c.social_subsidy


def _uses(m):
    c, a = m.counties, m.account
    used = c.consumption + c.capital_formation + c.government
    abroad = a.province_net_exports + a.province_programmes
    return np.append(c.gdp, c.gdp.sum()), np.append(used + c.net_exports, used.sum() + abroad)


def _farm_rent(m):
    c, p = m.counties, m.parameters
    pool = p.farm_household_share * (c.factor_land[:, 0] + p.farm_capital_ownership * c.factor_capital[:, 0])
    held = m.people.at_payment.rights.sum(axis=(1, 2)) > 0
    return c.farm_rent.sum() + c.farm_rent_away.sum(), pool[held].sum()


def _remittances(m):
    """Rural members at work outside send home a share of what they earn there, if anybody is at home."""
    earned = (m.people.at_payment.outside_workers[:m.n, 1, 1:] * m.outside.outside_income).sum(axis=1)
    sent = m.parameters.remittance_rate * m.weight / 1e6 * earned * (m.start["population_zone"][:, RURAL] > 0)
    return m.counties.remittances.sum(axis=1), sent


def _property_income(m):
    """Net profits after rents of land and offsets go to residents or owners elsewhere, rents of homes to residents."""
    c, s, p = m.counties, m.start, m.parameters
    made = c.factor_capital[:, 1:5] + c.factor_land[:, 1:5] - p.depreciation_rate * s["capital"][:, 1:5]
    profit = np.maximum(0.0, made)
    rents, offsets = np.minimum(s["housing_income"], profit[:, 1]), np.minimum(c.offset_cost, profit[:, 0])
    shared = np.maximum(0.0, profit.sum(axis=1) - rents - offsets - c.land_rent_paid - c.sea_use_fees)
    return c.property_income.sum(axis=1) + c.profit_outside, rents + shared


def _decomposed(m):
    """Theil's T and L of output per head: what lies between coast and inland and within them adds to the index."""
    coast, output, people = (x[m.active] for x in (m.base.coast, m.counties.gdp, m.counties.population_mid))
    side, share, heads = coast.astype(np.intp), output / output.sum(), people / people.sum()
    between = np.log(np.bincount(side, share) / np.bincount(side, heads))[side]
    within = np.log(share / heads) - between
    parts = [(share * between).sum() + (share * within).sum(), -(heads * between).sum() - (heads * within).sum()]
    per_head = output / people
    return np.array([theil_t(per_head, people), theil_l(per_head, people)]), np.array(parts)


IDENTITIES = (
    Identity("AI1", "residents change by births, deaths and moves", _residents, exact=True),
    Identity("AI2", "arrivals and departures are the margins of the moves", _moves, exact=True),
    Identity("AI3", "registered persons outside change by leaving, returning and dying", _outside_stock, exact=True),
    Identity("AI3b", "registered persons change by births, deaths and registration", _registration, exact=True),
    Identity("AI4", "zones, ages and places of registration add to residents", _heads, exact=True),
    Identity("AI4b", "registered persons are residents or outside", _registered, exact=True),
    Identity("AI4c", "those at work and in retirement are of working age, sectors add to those at work", _working_age,
             exact=True),
    Identity("AI5", "wages received are wages paid", _labour_income),
    Identity("AI5b", "disposable income is the sum of what reaches residents", _disposable_income),
    Identity("AI6", "value added is wages, capital, land and taxes", _factors),
    Identity("AI6b", "output is the sum of sectors and of branches", _gdp),
    Identity("AI6c", "local services clear in price", _service_price),
    Identity("AI7", "visitors spend what counties receive", _visitors),
    Identity("AI7c", "local services demanded are sold, households spend what they mean to", _local_services),
    Identity("AI8", "taxes are those on value added and those on property", _tax_groups),
    Identity("AI8b", "taxes go to the centre, the province or the county", _tax_tiers),
    Identity("AI8c", "own revenue is taxes and, at one ratio, what is no tax", _own_revenue),
    Identity("AI9", "county budgets balance", _county_account),
    Identity("AI10", "the provincial account balances", _province_account),
    Identity("AI10c", "transfers are what their pools hold", _pools),
    Identity("AI11", "payments between governments cancel", _consolidated),
    Identity("AI12", "debt changes by borrowing and repayment", _debt),
    Identity("AI12b", "no county borrows beyond its room", _debt_room),
    Identity("AI13", "land by use adds to the area", _land),
    Identity("AI13b", "what is converted or won from the sea is built on", _converted),
    Identity("AI13c", "land won from the sea adds up", _sea),
    Identity("AI13d", "cultivated land changes by conversion, reclamation and clearing", _farmland),
    Identity("AI14", "quotas add to the quota of the province", _quota),
    Identity("AI14b", "quota bought is quota sold, payments cancel, what is passed on is taken in", _quota_moves),
    Identity("AI14c", "quota is converted, carried over or lapses", _quota_use),
    Identity("AI15", "farmland compensated is farmland reclaimed, payments cancel", _compensation),
    Identity("AI15b", "no more farmland is converted than compensated", _farmland_kept),
    Identity("AI15c", "farmland stays above the red line of the province", _red_line),
    Identity("AI18", "enclaves are built on no more quota than was passed on", _enclaves),
    Identity("AI18b", "what enclave owners receive in taxes hosts give", _enclave_taxes),
    Identity("AI16", "what counties pay for water is received, awards come from the province", _water_payments),
    Identity("AI17", "offsets bought are offsets sold, and paid for", _offsets),
    Identity("AI17b", "no more sinks are sold than are certified", _certified),
    Identity("AI20", "what enters the rivers reaches the sea or decays", _river_loads),
    Identity("AI19", "capital is what is left and what is invested", _capital),
    Identity("AI19b", "homes are what is left, what is finished and what new urban places bring", _homes),
    Identity("AI19c", "residential land is sold or waits", _land_reserve),
    Identity("AI19e", "public capital is what is left and what is built", _public_capital),
    Identity("AI19f", "stocks of public services are what is left, what is built and help in kind", _services),
    Identity("AI19g", "investment is private, public and in homes", _investment),
    Identity("AI7b", "seasonal residents are spread over the counties", _seasonal),
    Identity("AI19d", "named projects are built with the money of the list", _projects),
    Identity("AI10b", "what is earmarked for a purpose is part of earmarked money", _earmarks),
    Identity("AI22", "pensions are contributions and subsidy", _social),
    Identity("AI23", "output is consumed, invested, used by government or sold outside", _uses),
    Identity("AI25", "farm rent paid is farm rent received", _farm_rent),
    Identity("AI25b", "remittances sent are remittances received", _remittances),
    Identity("AI25c", "property income paid is received here or elsewhere", _property_income),
    Identity("AI21", "inequality is that between and that within groups of counties", _decomposed),
)
NEVER_NEGATIVE = ("population", "debt", "cash", "capital", "land_cultivated", "land_garden", "land_forest",
                  "land_other", "land_rural", "land_use_right", "quota_reclaimed", "spending_capital", "service_stock",
                  "public_capital", "housing_stock", "land_reserve",
                  "house_rent", "house_price", "typhoon_damage", "outside_home_budget")


def differences(model) -> list[str]:
    """Every identity that does not hold this year, in words; empty when the accounts close."""
    sides = [identity.sides(model) for identity in IDENTITIES]
    found = [] if _all_fit(sides) else _misfits(model, sides)
    columns = [getattr(model.counties, name) for name in NEVER_NEGATIVE]
    if not _joined(columns).min() >= -TOLERANCE:  # nor is what is not a number
        found += [below for name, column in zip(NEVER_NEGATIVE, columns, strict=True)
                  if (below := _below_zero(model, name, column.astype(float)))]
    return found


def _joined(arrays) -> np.ndarray:
    """Arrays of any shape in one row."""
    return np.concatenate(arrays, axis=None, dtype=float)


def _all_fit(sides) -> bool:
    """Whether all identities hold, looked at in one go; False where that cannot be said so quickly."""
    shapes = [np.shape(left) for left, _ in sides]
    if any(shape != np.shape(right) for shape, (_, right) in zip(shapes, sides, strict=True)):
        return False
    left, right = _joined([left for left, _ in sides]), _joined([right for _, right in sides])
    first, place, tolerance = _places(tuple(shapes))
    size = np.abs(left)
    least = 1e-3 * np.maximum(1.0, np.maximum.reduceat(size, first))
    return bool((np.abs(left - right) <= tolerance * np.maximum(size, least[place])).all())


@functools.lru_cache(maxsize=8)
def _places(shapes) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Of the joined sides: where each identity starts, which one a number belongs to, and what it tolerates."""
    lengths = np.array([math.prod(shape) for shape in shapes])
    place = np.repeat(np.arange(len(IDENTITIES)), lengths)
    tolerance = np.array([0.0 if identity.exact else TOLERANCE for identity in IDENTITIES])
    return np.cumsum(lengths) - lengths, place, tolerance[place]


def _misfits(model, sides) -> list[str]:
    """The identities that do not hold, one after the other."""
    found = []
    for identity, pair in zip(IDENTITIES, sides, strict=True):
        left, right = (np.asarray(side, dtype=float) for side in pair)
        gap, size = np.abs(left - right), np.abs(left)
        allowed = 0.0 if identity.exact else TOLERANCE * np.maximum(size, 1e-3 * max(1.0, float(size.max())))
        fits = gap <= allowed
        if not fits.all():
            found.append(f"{identity.id}: {identity.says}: {_where(model, ~fits, left, right)}")
    return found


def _below_zero(model, name: str, value) -> str:
    """Where a column that is never negative is, in words; empty where it is only so by a rounding error."""
    bad = ~(value >= -TOLERANCE * max(1.0, float(np.max(np.abs(value)))))
    if not bad.any():
        return ""
    return f"{name} is negative or not a number: {_where(model, bad, value, np.zeros_like(value))}"


def _where(model, bad, left, right) -> str:
    bad, left, right = np.atleast_1d(bad), np.atleast_1d(left), np.atleast_1d(right)
    axis = next((k for k, size in enumerate(bad.shape) if size == model.n), None)
    places = []
    for at in np.argwhere(bad)[:4]:
        county = model.names[at[axis]] if axis is not None else "province"
        index = tuple(at)
        rest = [int(i) for k, i in enumerate(at) if k != axis]
        where = f"{county}{rest if rest and axis is not None else ''}"
        places.append(f"{where} {left[index]:.10g} against {right[index]:.10g} ({left[index] - right[index]:+.3g})")
    more = int(bad.sum()) - len(places)
    return "; ".join(places) + (f"; and {more} more" if more > 0 else "")


def audit(model) -> None:
    """Stop the run if an identity is broken, and say which, where and by how much."""
    broken = differences(model)
    if broken:
        raise BrokenAccount(f"accounts of {model.year} do not close:\n" + "\n".join(broken))
