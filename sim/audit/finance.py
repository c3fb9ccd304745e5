"""Public finance: taxes by tier, budgets, transfers, debt."""

from __future__ import annotations

from typing import Any

import numpy as np

from sim.agents.budget import SWITCHED_ON, granted_share, offered_share
from sim.audit.identity import Identity
from sim.indicators.counties import STANDING_TRANSFERS

TRANSFERS = " + ".join(STANDING_TRANSFERS)


def beside(m: Any) -> dict:
    """Terms of the equations other than columns: non-tax revenue at its ratio to taxes, and the borrowing limit of a
    county."""
    c, ratio = m.counties, m.prices.nontax_ratio
    return {
        "nontax_at_the_ratio": ratio * (c.tax_collected - c.tax_to_centre - c.tax_to_province),
        "province_nontax": ratio * c.tax_to_province, "debt_allowed": _debt_allowed(m),
        "allocation_given": np.maximum(c.allocation_asked, 0.0),
        "allocation_taken": np.maximum(-c.allocation_asked, 0.0),
    }


def _billed(m):
    """Cost of building last year's services in kind."""
    aid = (m.start["service_aid"] * m.counties.cost_factor[:, None]).sum()
    return m.account.province_service_aid, aid / m.parameters.service_spending_efficiency


def _debt_allowed(m):
    """Part of planned borrowing that lenders and the debt light permit."""
    c, p, now, before = m.counties, m.parameters, m.now, m.start["debt"]
    whole = c.budget_resources + c.fund_resources
    leverage = np.where(whole > 0, before / np.maximum(whole, 1e-9), 0.0)
    granted = (granted_share(leverage, p.leverage_thresholds, p.leverage_room)
               if now.lev_warning > SWITCHED_ON else 1.0)
    return c.capital_plan * offered_share(leverage, now.debt_ceiling, p.debt_supply_steepness) * granted


IDENTITIES = (
    Identity("AI8", "taxes are those on value added, less the relief for talent, and those on property",
             ("tax_collected = tax_base_general + tax_base_local + tax_base_property",
              "tax_base_general + tax_base_local + talent_relief = factor_taxes")),
    Identity("AI8b", "taxes go to the centre, the province or the county",
             "tax_collected = tax_to_centre + tax_to_province + own_revenue - nontax_revenue - revenue_asked"),
    Identity("AI8c", "own revenue is taxes, non-tax revenue at a common ratio, and the historical residual",
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
    Identity("AI10b", "purpose-specific transfers are part of earmarked transfers",  # to a billionth of all transfers
             f"{TRANSFERS} - transfer_earmarked + earmark_repair + earmark_projects <= {TRANSFERS}"),
    Identity("AI10c", "transfers equal their pools",  # the unused part of the equalisation pool is earmarked
             ("in all: transfer_equalisation + transfer_earmarked = pool_equalisation + pool_earmarked",
              "in all: transfer_ecology = pool_ecology", "in all: transfer_weak_area = pool_weak_area")),
    Identity("AI10d", "programmes of the province are attributed to counties or to none",
             "in all: province_programmes = programmes_here + province_programmes_rest"),
    Identity("AI10f", "historical reallocation between counties sums to zero",  # to a billionth of total resources
             "in all: budget_resources + allocation_given - allocation_taken = budget_resources"),
    Identity("AI11", "payments between governments cancel",  # Hainan as a whole, against the centre
             "in all: tax_collected + nontax_revenue + revenue_asked + province_nontax + province_central_transfer"
             " + province_aid_received"
             " - tax_to_centre + land_revenue + sea_use_fees + land_rent_county + carbon_budget + resource_benefit"
             " + borrowing"
             " = living_allowance + spending_floor + spending_services + spending_training + spending_ecology"
             " + spending_capital + spending_reclamation + quota_proceeds_paid + interest + repayment + social_subsidy"
             " + farm_support + province_programmes + province_service_aid + province_national_park_cost"
             " + cash - cash@start"
             " + province_balance - province_balance@start"),
    Identity("AI10e", "services in kind are billed to the province a year later", _billed),
    Identity("AI12", "debt changes by borrowing, repayment and the historical adjustment",
             "debt = debt@start + borrowing - repayment + debt_asked"),
    Identity("AI12b", "no county exceeds its borrowing limit", "borrowing <= debt_allowed"),
)
