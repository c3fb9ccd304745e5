"""Public finance: taxes and their tiers, budgets, transfers, debt."""

from __future__ import annotations

from typing import Any

import numpy as np

from sim.agents.budget import SWITCHED_ON, granted_share, offered_share
from sim.audit.identity import Identity
from sim.indicators.counties import STANDING_TRANSFERS

TRANSFERS = " + ".join(STANDING_TRANSFERS)


def beside(m: Any) -> dict:
    """What the equations speak of beside columns: what is no tax, at the ratio to taxes, and how much a county may
    borrow."""
    c, ratio = m.counties, m.prices.nontax_ratio
    return {
        "nontax_at_the_ratio": ratio * (c.tax_collected - c.tax_to_centre - c.tax_to_province),
        "province_nontax": ratio * c.tax_to_province, "debt_allowed": _debt_allowed(m),
        "allocation_given": np.maximum(c.allocation_asked, 0.0),
        "allocation_taken": np.maximum(-c.allocation_asked, 0.0),
    }


def _billed(m):
    """What last year's help in kind would have cost to build."""
    aid = (m.start["service_aid"] * m.counties.cost_factor[:, None]).sum()
    return m.account.province_service_aid, aid / m.parameters.service_spending_efficiency


def _debt_allowed(m):
    """What lenders and the light of its debt leave of what a county plans to build."""
    c, p, now, before = m.counties, m.parameters, m.now, m.start["debt"]
    whole = c.budget_resources + c.fund_resources
    leverage = np.where(whole > 0, before / np.maximum(whole, 1e-9), 0.0)
    granted = (granted_share(leverage, p.leverage_thresholds, p.leverage_room)
               if now.lev_warning > SWITCHED_ON else 1.0)
    return c.capital_plan * offered_share(leverage, now.debt_ceiling, p.debt_supply_steepness) * granted


IDENTITIES = (
    Identity("AI8", "taxes are those on value added, less what talent does not pay, and those on property",
             ("tax_collected = tax_base_general + tax_base_local + tax_base_property",
              "tax_base_general + tax_base_local + talent_relief = factor_taxes")),
    Identity("AI8b", "taxes go to the centre, the province or the county",
             "tax_collected = tax_to_centre + tax_to_province + own_revenue - nontax_revenue - revenue_asked"),
    Identity("AI8c", "own revenue is taxes, at one ratio what is no tax, and what history asks beyond",
             ("own_revenue = tax_collected - tax_to_centre - tax_to_province + nontax_at_the_ratio + revenue_asked",
              "in all: province_own_revenue = tax_to_province + province_nontax")),
    Identity("AI9", "county budgets balance",
             f"cash@start + own_revenue + {TRANSFERS} + transfer_aid + transfer_emergency + land_revenue + sea_use_fees"
             " + land_rent_county + horizontal_quota + horizontal_compensation + horizontal_enclave + water_received"
             " - water_paid + water_award + carbon_budget + resource_benefit + allocation_asked + borrowing"
             " = living_allowance + spending_floor + spending_services + spending_training + spending_ecology"
             " + spending_capital + spending_reclamation + quota_proceeds_paid + interest + repayment + cash"),
    Identity("AI10", "the provincial account balances",
             "in all: province_balance@start + province_own_revenue + province_central_transfer + province_aid_received"
             f" = {TRANSFERS} + transfer_aid + transfer_emergency + province_programmes + social_subsidy + farm_support"
             " + province_service_aid + province_awards + province_national_park_cost + province_balance"),
    Identity("AI10b", "what is earmarked for a purpose is part of earmarked money",  # to a billionth of all transfers
             f"{TRANSFERS} - transfer_earmarked + earmark_repair + earmark_projects <= {TRANSFERS}"),
    Identity("AI10c", "transfers are what their pools hold",  # what equalisation leaves of its pool is earmarked
             ("in all: transfer_equalisation + transfer_earmarked = pool_equalisation + pool_earmarked",
              "in all: transfer_ecology = pool_ecology", "in all: transfer_weak_area = pool_weak_area")),
    Identity("AI10d", "programmes of the province are carried out in counties, or belong to none",
             "in all: province_programmes = programmes_here + province_programmes_rest"),
    Identity("AI10f", "what history gives some counties it takes from others",  # to a billionth of all there is
             "in all: budget_resources + allocation_given - allocation_taken = budget_resources"),
    Identity("AI11", "payments between governments cancel",  # all of Hainan as one: the centre gives and takes
             "in all: tax_collected + nontax_revenue + revenue_asked + province_nontax + province_central_transfer"
             " + province_aid_received"
             " - tax_to_centre + land_revenue + sea_use_fees + land_rent_county + carbon_budget + resource_benefit"
             " + borrowing"
             " = living_allowance + spending_floor + spending_services + spending_training + spending_ecology"
             " + spending_capital + spending_reclamation + quota_proceeds_paid + interest + repayment + social_subsidy"
             " + farm_support + province_programmes + province_service_aid + province_national_park_cost"
             " + cash - cash@start"
             " + province_balance - province_balance@start"),
    Identity("AI10e", "services brought in kind are billed to the province the year after", _billed),
    Identity("AI12", "debt changes by borrowing and repayment, and by what history adds",
             "debt = debt@start + borrowing - repayment + debt_asked"),
    Identity("AI12b", "no county borrows more than it may", "borrowing <= debt_allowed"),
)
