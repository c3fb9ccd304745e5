"""Local services and visitors: what is demanded of trade, catering, building and other local services (B.3 P6, P7).

Households spend near home, firms buy services, visitors come, investment is built. What a county's services cannot
capture of the demand is imported; what they serve beyond it goes outside Hainan. Sections 2.1, 2.2, 4.3.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from sim.core.cache import kernel
from sim.core.declare import parameter
from sim.outlook import still_holds

WRITES = ("counties.service_demand", "counties.shopping", "counties.visitor_spending", "counties.construction",
          "counties.last_service_sales", "counties.last_disposable_income", "counties.last_investment",
          "outside.visitor_total", "outside.foreign_demand", "account.gateway_use", "account.visits_turned_away")
T = 2


@dataclass(frozen=True)
class Parameters:
    local_service_expenditure_share: float = parameter(
        0.45, unit="share", bounds=(0.3, 0.6), source="household survey shares",
        says="share of consumption spent on local services, in value added (mu_T)")
    saving_rate: float = parameter(0.30, unit="share", bounds=(0.2, 0.4), source="household survey",
                                   says="share of disposable income saved (sav)")
    business_service_share: float = parameter(
        0.12, unit="share", bounds=(0.05, 0.2), source="assumed", confidence="low",
        says="local services bought per value added of the other sectors (mu_B)")
    construction_value_added_share: float = parameter(
        0.25, unit="share", bounds=(0.18, 0.32), source="construction value added over investment",
        says="value added of construction per investment (nu_b)")
    huff_decay: float = parameter(0.04, unit="1/minute", bounds=(0.02, 0.08), source="Huff 1964 form",
                                  confidence="low", says="decay of shopping with travel time (phT)")
    visitor_value_added_2010: float = parameter(
        0.075, unit="share of GDP", bounds=(0.05, 0.10),
        source="tourism revenue of 2010 about 12 % of GDP, about 60 % of it value added (recalled)", confidence="low",
        says="visitor spending in the base year, as value added, over provincial GDP")
    tourism_price_elasticity: float = parameter(1.5, unit="elasticity", bounds=(0.5, 3),
                                                source="tourism demand studies",
                                                says="response of a county's visitor share to its prices (eT)")
    tourism_income_elasticity: float = parameter(1.2, unit="elasticity", bounds=(0.8, 1.8),
                                                 source="tourism demand studies",
                                                 says="response of visitor spending to national growth (eN)")
    tourism_demand_drift: float = parameter(0.05, unit="1/year", bounds=(-0.02, 0.06), source="fitted (F.1)",
                                            says="growth of visitor spending beyond national growth (gT)")
    tourism_drift_later: float = parameter(
        0.01, unit="1/year", bounds=(-0.02, 0.04), source="assumed: the boom of 2010-2019 does not last",
        confidence="low",
        says="growth of visitor spending beyond national growth once the fitted drift has faded")
    tourism_distance_decay: float = parameter(0.002, unit="1/minute", bounds=(0.0005, 0.006), source="assumed",
                                              confidence="low", says="decay of visits with time to the gateway (vt_T)")
    visit_spending_growth: float = parameter(
        0.024, unit="1/year", bounds=(0.0, 0.04), confidence="low",
        source="growth of visitor spending here less growth of visits in the record, 2010-2019",
        says="growth of what a visit spends, by which spending is turned into visits")
    outside_market_elasticity: float = parameter(
        0.05, unit="elasticity", bounds=(0.0, 0.2), source="assumed", confidence="low",
        says="response of services sold outside Hainan to access to markets outside")


# ---- formulas -------------------------------------------------------------------------------------------------


@kernel
def huff_shares(attraction, minutes, decay):
    """Where households of d buy: attraction_c e^(-phT tau_dc) / sum; [home d, shop c], rows sum to 1 (P6)."""
    shares = attraction * np.exp(-decay * minutes)
    for d in range(shares.shape[0]):
        shares[d] /= shares[d].sum()
    return shares


@kernel
def visitor_shares(attraction, minutes, price, decay, elasticity):
    """Shares of visitor spending by county: att e^(-vt tau_gw) p^-eT / sum (P7)."""
    weight = attraction * np.exp(-decay * minutes) * price**-elasticity
    return weight / weight.sum()


def visitor_growth(national, income_elasticity, drift, policy):
    """Log growth of visitor spending in a year without shocks: eN gnat + gT + d_ftp (P7)."""
    return income_elasticity * national + drift + policy


def carried(spending, spending_per_visit, capacity):
    """Visits wanted (million), and the spending of those the gateways can carry: TOUR capped by GW (P7)."""
    wanted = spending / spending_per_visit
    return wanted, spending_per_visit * min(wanted, capacity)


def capture(demand, value):
    """Share of local demand captured and sales beyond it, so that captured demand + sales = value (base inversion)."""
    share = np.where(demand > 0, np.minimum(1.0, value / np.maximum(demand, 1e-9)), 0.0)
    return share, np.maximum(0.0, value - demand)


# ---- verbs ----------------------------------------------------------------------------------------------------


def _local_demand(model, sales, income):
    """Demand of households, seasonal residents, firms and visitors facing each county, before capture; million CNY."""
    p, counties = model.parameters, model.counties
    spent = p.local_service_expenditure_share * (1.0 - p.saving_rate)
    shares = huff_shares(sales, counties.minutes_effective[:, : model.n], p.huff_decay)
    counties.shopping[:] = np.einsum("dc,d->c", shares, spent * income)
    others = counties.value_added.sum(axis=1) - counties.value_added[:, T]
    return (counties.shopping + spent * counties.seasonal_budget + p.business_service_share * others
            + counties.visitor_spending)


def _invested(counties):
    """Private, housing and public investment (AI19)."""
    return counties.investment.sum(axis=1) + counties.housing_investment + counties.spending_capital


def settle(model) -> None:
    """Visitor attraction, capture of local demand and sales outside that make local services of the base year."""
    p, base, counties, active, n = model.parameters, model.base, model.counties, model.active, model.n
    minutes = counties.minutes[:, n]
    share = base.visitor_share
    base.attraction = np.where(active, share * np.exp(p.tourism_distance_decay * minutes), 0.0)
    base.visitor_total = p.visitor_value_added_2010 * counties.gdp.sum()
    counties.visitor_spending[:] = base.visitor_total * share
    base.visit_spending = base.visitor_total / model.outlook["visitors"][0]
    model.account.gateway_use[...] = model.outlook["visitors"][0] / model.account.gateway_capacity
    value = counties.value_added[:, T] - counties.construction
    growth = 1.0 + p.base_year_growth
    income = counties.disposable_income.sum(axis=1) / growth
    base.capture, base.sales_outside = capture(_local_demand(model, counties.value_added[:, T], income), value)
    invested = _invested(counties) / growth
    base.construction_rate = np.where(active, counties.construction / np.maximum(invested, 1e-9), 0.0)
    counties.service_demand[:] = counties.value_added[:, T]
    model.outside.visitor_total[...] = base.visitor_total
    model.outside.foreign_demand[...] = 1.0


def remember(model) -> None:
    """Carry over what this year's demand looks back to."""
    counties = model.counties
    counties.last_service_sales[:] = counties.value_added[:, T]
    counties.last_disposable_income[:] = counties.disposable_income.sum(axis=1)
    counties.last_investment[:] = _invested(counties)


def demand(model) -> None:
    """Visitors come, households and firms buy, investment of last year is built."""
    p, base, counties, now = model.parameters, model.base, model.counties, model.now
    outlook, t, outside, account = model.outlook, model.year - base.year, model.outside, model.account
    national, shock = float(outlook["national_growth"][t]), outlook["visitor_shock"]
    capacity = float(account.gateway_capacity)
    fitted = still_holds(model.year, p.trend_fade_years)
    drift = fitted * p.tourism_demand_drift + (1.0 - fitted) * p.tourism_drift_later
    trend = visitor_growth(math.log1p(national), p.tourism_income_elasticity, drift,
                           now.ftp_tourism + now.intl_platforms)
    wanted, came = carried(float(outside.visitor_total) * (math.exp(trend) * float(shock[t]) / float(shock[t - 1])),
                           base.visit_spending * (1.0 + p.visit_spending_growth) ** t, capacity)
    account.gateway_use[...], account.visits_turned_away[...] = wanted / capacity, max(0.0, wanted - capacity)
    outside.visitor_total[...] = came
    outside.foreign_demand *= 1.0 + national
    counties.visitor_spending[:] = came * visitor_shares(
        _attraction(model), counties.minutes[:, model.n], counties.service_price, p.tourism_distance_decay,
        p.tourism_price_elasticity)
    local = base.capture * _local_demand(model, counties.last_service_sales, counties.last_disposable_income)
    counties.construction[:] = base.construction_rate * counties.last_investment
    closer = counties.outside_access**p.outside_market_elasticity
    sold_outside = base.sales_outside * closer * (float(outside.foreign_demand) * now.national_link)
    counties.service_demand[:] = counties.construction + local + sold_outside


def _attraction(model):
    """Attraction of a county to visitors, att (P7): more of it on a coast built up and around the park (2.2)."""
    return model.base.attraction * (1.0 + model.lever("coast_cluster") + model.lever("green_value"))
