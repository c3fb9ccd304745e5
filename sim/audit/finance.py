"""Public finance: taxes and their tiers, budgets, transfers, debt."""

from __future__ import annotations

import numpy as np

from sim.agents.budget import light_room
from sim.audit.identity import Identity

TRANSFERS = ("transfer_base", "transfer_equalisation", "transfer_ecology", "transfer_weak_area", "transfer_earmarked")


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


def _earmarks(m):
    """Earmarked money that is free is never negative, to a billionth of all that is passed on."""
    c = m.counties
    free, passed_on = c.transfer_earmarked - c.earmark_repair - c.earmark_projects, _transfers(c)
    return passed_on + np.minimum(free, 0.0), passed_on


IDENTITIES = (
    Identity("AI8", "taxes are those on value added and those on property", _tax_groups),
    Identity("AI8b", "taxes go to the centre, the province or the county", _tax_tiers),
    Identity("AI8c", "own revenue is taxes and, at one ratio, what is no tax", _own_revenue),
    Identity("AI9", "county budgets balance", _county_account),
    Identity("AI10", "the provincial account balances", _province_account),
    Identity("AI10b", "what is earmarked for a purpose is part of earmarked money", _earmarks),
    Identity("AI10c", "transfers are what their pools hold", _pools),
    Identity("AI11", "payments between governments cancel", _consolidated),
    Identity("AI12", "debt changes by borrowing and repayment", _debt),
    Identity("AI12b", "no county borrows beyond its room", _debt_room),
)
