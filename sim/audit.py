"""The accounts: identities that must hold every year in every run (G.1). A broken one stops the run.

People are exact; money and land hold to 1e-9 of their size. An identity is a name, a sentence and two sides by county
(or for the province); what breaks is reported with where and by how much.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

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
    return (np.stack([c.population_zone.sum(axis=1), c.population_age.sum(axis=1), homes]), np.stack([here, here,
                                                                                                      here]))


def _registered(m):
    c = m.counties
    inside = c.residents_local.sum() + c.residents_other_county.sum() + c.registered_outside.sum()
    return c.registered.sum(), inside


def _labour_income(m):
    c = m.counties
    return c.labour_income.sum(axis=1), c.factor_wages.sum(axis=1)


def _factors(m):
    c = m.counties
    return c.value_added, c.factor_wages + c.factor_capital + c.factor_land + c.factor_taxes


def _gdp(m):
    c = m.counties
    return np.stack([c.gdp, c.gdp]), np.stack([c.value_added.sum(axis=1), c.gdp_branch.sum(axis=1)])


def _service_price(m):
    c = m.counties
    return c.service_price * c.quantity[:, 2], c.value_added[:, 2]


def _visitors(m):
    return m.counties.visitor_spending.sum(), m.outside.visitor_total


def _tax_groups(m):
    c = m.counties
    on_value_added = c.tax_base_general + c.tax_base_local
    return np.stack([c.tax_collected, on_value_added]), np.stack([on_value_added + c.tax_base_property,
                                                                  c.factor_taxes.sum(axis=1)])


def _tax_tiers(m):
    c = m.counties
    county = c.own_revenue - c.nontax_revenue
    return c.tax_collected, c.tax_to_centre + c.tax_to_province + county


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
    return (np.stack([c.land_cultivated, c.quota_reclaimed]),
            np.stack([s["land_cultivated"] + c.cultivated_reclaimed + cleared - c.cultivated_converted, cleared]))


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
    return np.stack([np.minimum(c.land_use_right, quota), c.quota_balance]), np.stack([c.land_use_right, left])


def _compensation(m):
    c = m.counties
    gained, lost = _two_sides(c.horizontal_compensation)
    matched = c.cultivated_reclaimed.sum() + c.cultivated_linked.sum()
    return np.append(gained, c.cultivated_matched.sum()), np.append(lost, matched)


def _farmland_kept(m):
    c = m.counties
    return np.minimum(c.cultivated_converted, c.cultivated_matched), c.cultivated_converted


def _enclaves(m):
    c = m.counties
    new = c.enclave_land - m.start["enclave_land"]
    return np.minimum(new, c.enclave_right), new


def _enclave_taxes(m):
    return _two_sides(m.counties.horizontal_enclave)


def _water_payments(m):
    c, a = m.counties, m.account
    return (np.stack([c.water_received.sum(), c.water_award.sum()]),
            np.stack([c.water_paid.sum(), a.province_awards]))


def _offsets(m):
    c, a = m.counties, m.account
    return (np.stack([c.offsets_bought.sum() + a.offsets_to_outside,
                      c.carbon_budget.sum() + c.carbon_income.sum()]),
            np.stack([c.offsets_sold.sum() + a.offsets_from_outside, c.offset_cost.sum() + a.offset_money_outside]))


def _certified(m):
    c, p = m.counties, m.parameters
    most = m.now.carbon_market * p.sequestration_rate * (c.land_forest + c.land_forest_park)
    return np.maximum(c.offsets_sold, most), most


def _river_loads(m):
    r, tree = m.reaches, m.base.rivers
    out = r.reach_load_through[tree.downstream == SEA].sum() + r.reach_load_lost.sum()
    return np.stack([out, r.reach_load.sum()]), np.stack([r.reach_load.sum(), m.counties.water_load.sum()])


def _capital(m):
    c, s, p = m.counties, m.start, m.parameters
    left = (1.0 - p.depreciation_rate) * (1.0 - c.typhoon_damage[:, None]) * s["capital"][:, :5]
    return c.capital[:, :5], left + c.investment[:, :5]


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
    """Earmarked money that is free is never negative: what is tied to a purpose is part of it."""
    c = m.counties
    tied = c.earmark_repair + c.earmark_projects
    return np.minimum(c.transfer_earmarked, tied), tied


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
    held = m.people.rights_at_payment.sum(axis=(1, 2)) > 0
    return c.farm_rent.sum() + c.farm_rent_away.sum(), pool[held].sum()


IDENTITIES = (
    Identity("AI1", "residents change by births, deaths and moves", _residents, exact=True),
    Identity("AI2", "arrivals and departures are the margins of the moves", _moves, exact=True),
    Identity("AI3", "registered persons outside change by leaving, returning and dying", _outside_stock, exact=True),
    Identity("AI4", "zones, ages and places of registration add to residents", _heads, exact=True),
    Identity("AI4b", "registered persons are residents or outside", _registered, exact=True),
    Identity("AI5", "wages received are wages paid", _labour_income),
    Identity("AI6", "value added is wages, capital, land and taxes", _factors),
    Identity("AI6b", "output is the sum of sectors and of branches", _gdp),
    Identity("AI6c", "local services clear in price", _service_price),
    Identity("AI7", "visitors spend what counties receive", _visitors),
    Identity("AI8", "taxes are those on value added and those on property", _tax_groups),
    Identity("AI8b", "taxes go to the centre, the province or the county", _tax_tiers),
    Identity("AI9", "county budgets balance", _county_account),
    Identity("AI10", "the provincial account balances", _province_account),
    Identity("AI12", "debt changes by borrowing and repayment", _debt),
    Identity("AI13", "land by use adds to the area", _land),
    Identity("AI13b", "what is converted or won from the sea is built on", _converted),
    Identity("AI13c", "land won from the sea adds up", _sea),
    Identity("AI13d", "cultivated land changes by conversion, reclamation and clearing", _farmland),
    Identity("AI14", "quotas add to the quota of the province", _quota),
    Identity("AI14b", "quota bought is quota sold, payments cancel, what is passed on is taken in", _quota_moves),
    Identity("AI14c", "quota is converted, carried over or lapses", _quota_use),
    Identity("AI15", "farmland compensated is farmland reclaimed, payments cancel", _compensation),
    Identity("AI15b", "no more farmland is converted than compensated", _farmland_kept),
    Identity("AI18", "enclaves are built on no more quota than was passed on", _enclaves),
    Identity("AI18b", "what enclave owners receive in taxes hosts give", _enclave_taxes),
    Identity("AI16", "what counties pay for water is received, awards come from the province", _water_payments),
    Identity("AI17", "offsets bought are offsets sold, and paid for", _offsets),
    Identity("AI17b", "no more sinks are sold than are certified", _certified),
    Identity("AI20", "what enters the rivers reaches the sea or decays", _river_loads),
    Identity("AI19", "capital is what is left and what is invested", _capital),
    Identity("AI19b", "homes are what is left, what is finished and what new urban places bring", _homes),
    Identity("AI19c", "residential land is sold or waits", _land_reserve),
    Identity("AI7b", "seasonal residents are spread over the counties", _seasonal),
    Identity("AI19d", "named projects are built with the money of the list", _projects),
    Identity("AI10b", "what is earmarked for a purpose is part of earmarked money", _earmarks),
    Identity("AI22", "pensions are contributions and subsidy", _social),
    Identity("AI23", "output is consumed, invested, used by government or sold outside", _uses),
    Identity("AI25", "farm rent paid is farm rent received", _farm_rent),
)
NEVER_NEGATIVE = ("population", "debt", "cash", "capital", "land_cultivated", "land_garden", "land_forest",
                  "land_other", "land_rural", "land_use_right", "quota_reclaimed", "spending_capital", "service_stock",
                  "public_capital", "housing_stock", "land_reserve",
                  "house_rent", "house_price", "typhoon_damage", "outside_home_budget")


def differences(model) -> list[str]:
    """Every identity that does not hold this year, in words; empty when the accounts close."""
    sides = [[np.asarray(side, dtype=float) for side in identity.sides(model)] for identity in IDENTITIES]
    found = [] if _all_fit(sides) else _misfits(model, sides)
    for name in NEVER_NEGATIVE:
        value = getattr(model.counties, name)
        if value.min() >= 0.0:  # false for what is not a number
            continue
        value = np.asarray(value, dtype=float)
        bad = ~(value >= -TOLERANCE * max(1.0, float(np.max(np.abs(value)))))
        if np.any(bad):
            found.append(f"{name} is negative or not a number: {_where(model, bad, value, np.zeros_like(value))}")
    return found


def _all_fit(sides) -> bool:
    """Whether all identities hold, looked at in one go; False where that cannot be said so quickly."""
    if any(left.shape != right.shape for left, right in sides):
        return False
    left, right = (np.concatenate([pair[k].ravel() for pair in sides]) for k in (0, 1))
    lengths = np.array([pair[0].size for pair in sides])
    size = np.abs(left)
    largest = np.maximum.reduceat(size, np.cumsum(lengths) - lengths)
    tolerance = np.array([0.0 if identity.exact else TOLERANCE for identity in IDENTITIES])
    allowed = np.repeat(tolerance, lengths) * np.maximum(size, np.repeat(1e-3 * np.maximum(1.0, largest), lengths))
    return bool((np.abs(left - right) <= allowed).all())


def _misfits(model, sides) -> list[str]:
    """The identities that do not hold, one after the other."""
    found = []
    for identity, (left, right) in zip(IDENTITIES, sides, strict=True):
        gap, size = np.abs(left - right), np.abs(left)
        allowed = 0.0 if identity.exact else TOLERANCE * np.maximum(size, 1e-3 * max(1.0, float(size.max())))
        fits = gap <= allowed
        if not fits.all():
            found.append(f"{identity.id}: {identity.says}: {_where(model, ~fits, left, right)}")
    return found


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
