"""Local services and visitors: demand for trade, catering, construction and other local services (B.3 P6, P7).

Demand comes from households nearby, firms, visitors and construction. Demand not captured by a county's services is
imported; output beyond captured demand is sold outside Hainan. Sections 2.1, 2.2, 4.3.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.core.bind import InOut, Out
from sim.core.cache import either, kernel
from sim.core.declare import column, parameter
from sim.core.table import Constants
from sim.outlook import LAST_FITTED_YEAR, still_holds
from sim.words import BASE_YEAR, LOCAL_SERVICES, SECONDARY_BRANCH, TERTIARY_BRANCH

Floats = NDArray[np.float64]


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
    public_purchase_share: float = parameter(
        0.5, unit="share", bounds=(0.3, 0.7), confidence="low",
        source="assumed: half of government purchases are local services, in value added; goods come from elsewhere",
        says="local services in public purchases, in value added, before capture (m_g)")
    service_spending_drift: float = parameter(
        0.018, unit="1/year", bounds=(0.0, 0.036), confidence="low",
        source="fitted to the tertiary branch of the province, 2013-2017, without what the census of 2013 moved there; "
               "all services in consumption of households, those that are other sectors here among them, rose by 2 to "
               "4 % a year, 2013-2019 (National Bureau of Statistics, recalled); fades with the fitted trends",
        says="yearly growth of the part of spending that goes to local services where it is that of the base year; "
             "slowing towards the ceiling")
    service_share_ceiling: float = parameter(
        0.70, unit="share", bounds=(0.65, 0.85), confidence="low",
        source="Herrendorf, Rogerson and Valentinyi 2013: services make some .85 of US consumption in value added and "
               "have hardly grown since 2000 (recalled), less some .15 for finance, information, health and education",
        says="upper limit of the share of consumption spent on local services as incomes rise, in value added")
    service_threshold_elasticity: float = parameter(
        0.3, unit="elasticity", bounds=(0.0, 0.6), confidence="low",
        source="chosen on changes of county shares of the tertiary branch to 2017; the kinds of services a town offers "
               "grow with its market (Berry and Garrison 1958), for each asks a least demand (Bresnahan and Reiss "
               "1991)",
        says="elasticity with which the uncaptured share of local demand falls as demand grows (e_th)")
    service_replacement_share: float = parameter(
        0.7, unit="share", bounds=(0.0, 1.0), confidence="low",
        source="assumed: what the cities sell beyond their own demand is .7 of what other counties do not capture in "
               "the base year, and what these come to make themselves was bought in this proportion",
        says="share of newly captured demand lost by places with sales beyond their own demand (th_s)")
    huff_decay: float = parameter(
        0.067, unit="1/minute", bounds=(0.04, 0.1), confidence="low",
        source="Huff 1964: an exponent of about two, at half an hour; trips of all kinds between units thin out by .04 "
               "a minute within 90 (January 2020), and those to shop by more",
        says="decay of shopping trips with travel time (phT)")
    visitor_value_added_2010: float = parameter(
        0.075, unit="share of GDP", bounds=(0.05, 0.10),
        source="tourism revenue of 2010 about 12 % of GDP, about 60 % of it value added (recalled)", confidence="low",
        says="visitor spending in the base year, as value added, over provincial GDP")
    tourism_price_elasticity: float = parameter(1.5, unit="elasticity", bounds=(0.5, 3),
                                                source="tourism demand studies",
                                                says="price elasticity of a county's visitor share (eT)")
    tourism_income_elasticity: float = parameter(1.2, unit="elasticity", bounds=(0.8, 1.8),
                                                 source="tourism demand studies",
                                                 says="elasticity of visitor spending to national income (eN)")
    tourism_demand_drift: float = parameter(
        0.008, unit="1/year", bounds=(-0.02, 0.036), confidence="low",
        source="value added of tourism over GDP rose from some 7 to some 8 % in 2010-2019 (recalled), 1.5 % a year, "
               "while output grew by 7.8 % in the money of the accounts; also the trend from which shocks to visits "
               "are measured",
        says="growth of visitor spending beyond national growth (gT)")
    tourism_drift_later: float = parameter(
        0.0, unit="1/year", bounds=(-0.02, 0.03), source="assumed: growth beyond income does not continue indefinitely",
        confidence="low",
        says="growth of visitor spending beyond national growth once the fitted drift has faded")
    visitor_adjustment: float = parameter(
        0.2, unit="1/year", bounds=(0.05, 0.3), confidence="low",
        source="assumed: hotels take some years to build and last for decades",
        says="part of the way to the shares that prices and access ask for, which visitors go in a year (a)")
    tourism_distance_decay: float = parameter(0.002, unit="1/minute", bounds=(0.0005, 0.006), source="assumed",
                                              confidence="low",
                                              says="decay of visits with travel time from the gateway (vt_T)")
    visit_spending_growth: float = parameter(
        -0.017, unit="1/year", bounds=(-0.035, 0.0), confidence="low",
        source="growth of visitor spending here (9.3 % a year) less growth of visits in the record (11.1), 2010-2019",
        says="growth of spending per visit up to 2020, used to convert spending into visits; none later")
    outside_market_elasticity: float = parameter(
        0.05, unit="elasticity", bounds=(0.0, 0.2), source="assumed", confidence="low",
        says="elasticity of services sold outside Hainan to outside market access")


class Settled(Constants):
    attraction = column("county", unit="share", says=(
        "Attraction of a county to visitors, settled on its share given its distance from the gateway (att)"))
    visit_spending_base = column(unit="CNY", says="Spending per visit in the base year, as value added")
    local_capture = column("county", unit="share", says=(
        "Share of local demand captured by local services in the base year"))
    local_demand_base = column("county", unit="million CNY", says=(
        "Demand for local services in a county in the base year, before capture"))
    sales_outside_base = column("county", unit="million CNY",
                                says="Local services sold outside Hainan in the base year")
    construction_rate = column("county", unit="ratio", says="Value added of construction per investment of last year")


# ---- formulas -------------------------------------------------------------------------------------------------


@kernel
def huff_shares(attraction: Floats, minutes: Floats, decay: float) -> Floats:
    """Shopping destinations of households of d: attraction_c e^(-phT tau_dc) / sum; [home d, shop c], rows sum to 1
    (P6).

    Attraction is selling space (Huff 1964), proxied by the capital of local services.
    """
    shares = attraction * np.exp(-decay * minutes)
    for d in range(shares.shape[0]):
        shares[d] /= shares[d].sum()
    return shares


@kernel
def visitor_shares(attraction: Floats, minutes: Floats, price: Floats, decay: float, elasticity: float) -> Floats:
    """Shares of visitor spending by county: att e^(-vt tau_gw) p^-eT / sum (P7)."""
    weight = attraction * np.exp(-decay * minutes) * price**-elasticity
    return weight / weight.sum()


@kernel
def drawn_slowly(shares: Floats, wanted: Floats, speed: float) -> Floats:
    """ln s' = ln s + a (ln s* - ln s), normalised to one (P7): hotel capacity adjusts over years."""
    moved = shares ** (1.0 - speed) * wanted**speed
    return moved / moved.sum()


def saturating(share: float, ceiling: float, growth: float, first: float) -> float:
    """A share one year later: its log-odds relative to the ceiling grow at a constant rate, such that the share grows
    by `growth` (log) at `first`; it approaches the ceiling without reaching it (logistic Engel curve).
    """
    grown = share * math.exp(growth * ceiling / (ceiling - first))
    return ceiling * grown / (ceiling - share + grown)


def visitor_growth(national: float, income_elasticity: float, drift: float, policy: float) -> float:
    """Log growth of visitor spending in a year without shocks: eN gnat + gT + d_ftp (P7)."""
    return income_elasticity * national + drift + policy


def carried(spending: float, spending_per_visit: float, capacity: float) -> tuple[float, float]:
    """Visits demanded (million), and the spending of those within gateway capacity: TOUR capped by GW (P7)."""
    wanted = spending / spending_per_visit
    return wanted, spending_per_visit * min(wanted, capacity)


@either
def local_demand(shopping: float, seasonal: float, firms: float, visitors: float, spent: float,
                 business: float) -> float:
    """Demand of households, seasonal residents, firms and visitors in a county before capture (P6); million CNY.

    `spent`: local services bought per income of seasonal residents, `business`: per value added of other sectors.
    """
    return shopping + spent * seasonal + business * firms + visitors


@either
def made_here(purchases: Floats, share: float, capture: Floats) -> Floats:
    """Public purchases supplied by local services of the county, in value added: `share` of them is local services, of
    which the county captures the same part as of all demand (P6).
    """
    return capture * share * purchases


@either
def captured(first: float, demand: float, demand_base: float, elasticity: float) -> float:
    """Share of local demand captured (P6): the uncaptured share falls as the market grows beyond its base-year size,
    since more kinds of services reach their minimum demand: 1 - (1 - s0) (D / D0)^-e.
    """
    grown = np.maximum(demand, 1e-9) / np.maximum(demand_base, 1e-9)
    return 1.0 - np.minimum(1.0, (1.0 - first) * grown**-elasticity)


def sold(outside: Floats, lost: float) -> Floats:
    """Sales beyond a county's own demand, reduced by the demand newly captured elsewhere (or raised if less is
    captured), in proportion to these sales; never negative (P6).
    """
    return outside * max(0.0, 1.0 - lost / max(float(outside.sum()), 1e-9))


def capture(demand: Floats, value: Floats) -> tuple[Floats, Floats]:
    """Share of local demand captured and sales beyond it, so that captured demand + sales = value (base inversion)."""
    share = np.where(demand > 0, np.minimum(1.0, value / np.maximum(demand, 1e-9)), 0.0)
    return share, np.maximum(0.0, value - demand)


# ---- rules ----------------------------------------------------------------------------------------------------


@kernel
def remember(disposable_income, investment, housing_investment, spending_capital, public_purchases,
             last_disposable_income: Out, last_investment: Out, last_public_purchases: Out):
    """Store the lagged values on which this year's demand depends: income, all investment (AI19), public purchases.
    """
    for c in range(last_investment.size):
        last_disposable_income[c] = disposable_income[c].sum()
        last_investment[c] = investment[c].sum() + housing_investment[c] + spending_capital[c]
        last_public_purchases[c] = public_purchases[c]


def receive_visitors(year, elapsed, national_growth, visitor_shock_path, trend_fade_years, tourism_income_elasticity,
                     tourism_demand_drift, tourism_drift_later, ftp_tourism, intl_platforms, visit_spending_base,
                     visit_spending_growth, gateway_capacity, visitor_total: InOut, gateway_use: Out,
                     visits_turned_away: Out) -> None:
    """Visits, limited by gateway capacity (P7)."""
    fitted = still_holds(year, trend_fade_years)
    drift = fitted * tourism_demand_drift + (1.0 - fitted) * tourism_drift_later
    trend = visitor_growth(math.log1p(national_growth), tourism_income_elasticity, drift, ftp_tourism + intl_platforms)
    growth = math.exp(trend) * float(visitor_shock_path[elapsed]) / float(visitor_shock_path[elapsed - 1])
    a_visit = visit_spending_base * (1.0 + visit_spending_growth) ** min(elapsed, LAST_FITTED_YEAR - BASE_YEAR)
    wanted, came = carried(float(visitor_total) * growth, a_visit, gateway_capacity)
    gateway_use[...], visits_turned_away[...] = wanted / gateway_capacity, max(0.0, wanted - gateway_capacity)
    visitor_total[...] = came


@kernel
def spread_visitors(n, visitor_total, attraction, coast_cluster_by_county, green_value_by_county, minutes,
                    service_price, tourism_distance_decay, tourism_price_elasticity, visitor_adjustment,
                    visitor_part: InOut, visitor_spending: Out):
    """Distribution of visitors over counties (P7), shifting gradually to the developed coast and the park (2.2)."""
    drawn = attraction * (1.0 + coast_cluster_by_county + green_value_by_county)
    wanted = visitor_shares(drawn, minutes[:, n], service_price, tourism_distance_decay, tourism_price_elasticity)
    visitor_part[:] = drawn_slowly(visitor_part, wanted, visitor_adjustment)
    visitor_spending[:] = visitor_total * visitor_part


def turn_to_services(year, trend_fade_years, service_spending_drift, service_share_ceiling,
                     local_service_expenditure_share, service_taste: InOut) -> None:
    """As incomes rise, households spend a larger share on services, up to a ceiling, and firms outsource services (P6).
    """
    first = local_service_expenditure_share
    growth = service_spending_drift * still_holds(year, trend_fade_years)
    service_taste[...] = saturating(first * float(service_taste), service_share_ceiling, growth, first) / first


def shop(n, capital, last_disposable_income, minutes_effective, huff_decay, local_service_expenditure_share,
         urban_rent_share, saving_rate, service_taste, shopping: Out) -> None:
    """Household demand for local services by place (P6): housing at the place of residence, the rest nearby and in
    proportion to selling space.
    """
    consumed = (1.0 - saving_rate) * last_disposable_income
    elsewhere = service_taste * local_service_expenditure_share - urban_rent_share
    shares = huff_shares(capital[:, LOCAL_SERVICES], minutes_effective[:, :n], huff_decay)
    shopping[:] = urban_rent_share * consumed + np.einsum("dc,d->c", shares, elsewhere * consumed)


def demand(shopping, seasonal_budget, visitor_spending, value_added, last_investment, last_public_purchases,
           outside_access, national_growth, national_link, local_service_expenditure_share, saving_rate,
           business_service_share, public_purchase_share, outside_market_elasticity, local_capture, local_demand_base,
           service_threshold_elasticity, service_replacement_share, sales_outside_base, construction_rate,
           output_residual, duty_free_value, service_taste, foreign_demand: InOut, construction: Out,
           private_demand: Out, purchases_local: Out, purchases_imported: Out, service_demand: Out) -> None:
    """Demand for local services by households, firms, governments, outside markets and construction (P6).

    Larger demand in a county supports more kinds of services: a larger share is captured, at the expense of the places
    that supplied it. With the historical residual a county may sell more than its own demand; the rest goes outside.
    Public works are in construction, and staff pay is output of public service, so neither is counted again. The
    historical residual multiplies captured demand and outside sales as well as output, so prices do not respond to it.
    That of the secondary branch multiplies construction by firms of the county.
    """
    spent = service_taste * local_service_expenditure_share * (1.0 - saving_rate)
    firms = value_added.sum(axis=1) - value_added[:, LOCAL_SERVICES]
    wanted = local_demand(shopping, seasonal_budget, firms, visitor_spending, spent,
                          service_taste * business_service_share)
    faced = wanted + public_purchase_share * last_public_purchases
    part = captured(local_capture, faced, local_demand_base, service_threshold_elasticity)
    foreign_demand *= 1.0 + national_growth
    closer = outside_access**outside_market_elasticity
    more_built, more = np.exp(output_residual[:, SECONDARY_BRANCH]), np.exp(output_residual[:, TERTIARY_BRANCH])
    construction[:] = construction_rate * last_investment * more_built
    lost = service_replacement_share * ((part - local_capture) * faced).sum()
    outside = sales_outside_base * closer * (foreign_demand * national_link)
    private_demand[:] = construction + more * (part * wanted + sold(outside, lost))
    purchases_local[:] = np.minimum(
        more * made_here(last_public_purchases, public_purchase_share, part), last_public_purchases)
    purchases_imported[:] = last_public_purchases - purchases_local
    service_demand[:] = private_demand + purchases_local + duty_free_value


# ---- rules of the base year -----------------------------------------------------------------------------------


def settle_visitors(n, active, gdp, visitor_share, visitors, visitor_value_added_2010, tourism_distance_decay, minutes,
                    gateway_capacity, attraction: Out, visit_spending_base: Out, visitor_total: Out,
                    visitor_part: Out, visitor_spending: Out, gateway_use: Out) -> None:
    """Visitors of the base year, and the attraction that reproduces each county's share."""
    attraction[:] = np.where(active, visitor_share * np.exp(tourism_distance_decay * minutes[:, n]), 0.0)
    visitor_total[...] = visitor_value_added_2010 * gdp.sum()
    visitor_part[:] = visitor_share
    visitor_spending[:] = visitor_total * visitor_share
    visit_spending_base[...] = visitor_total / visitors
    gateway_use[...] = visitors / gateway_capacity


def settle_taste(service_taste: Out) -> None:
    """Shares of spending in the base year."""
    service_taste[...] = 1.0


def guess_last_year(disposable_income, investment, housing_investment, spending_capital, public_purchases,
                    base_year_growth, last_disposable_income: Out, last_investment: Out,
                    last_public_purchases: Out) -> None:
    """Lagged values for demand of the base year: flows less one year's growth."""
    growth = 1.0 + base_year_growth
    last_disposable_income[:] = disposable_income.sum(axis=1) / growth
    last_investment[:] = (investment.sum(axis=1) + housing_investment + spending_capital) / growth
    last_public_purchases[:] = public_purchases / growth


def settle(active, value_added, construction, shopping, seasonal_budget, visitor_spending, last_investment,
           last_public_purchases, local_service_expenditure_share, saving_rate, business_service_share,
           public_purchase_share, local_capture: Out, local_demand_base: Out, sales_outside_base: Out,
           construction_rate: Out, private_demand: Out, purchases_local: Out, purchases_imported: Out,
           service_demand: Out, foreign_demand: Out) -> None:
    """Capture of local demand and outside sales that reproduce local services of the base year, with their
    construction.

    Public purchases not captured are imported like other demand, so no demand is negative.
    """
    spent = local_service_expenditure_share * (1.0 - saving_rate)
    firms = value_added.sum(axis=1) - value_added[:, LOCAL_SERVICES]
    wanted = local_demand(shopping, seasonal_budget, firms, visitor_spending, spent, business_service_share)
    wanted += public_purchase_share * last_public_purchases
    local_demand_base[:] = wanted
    local_capture[:], sales_outside_base[:] = capture(wanted, value_added[:, LOCAL_SERVICES] - construction)
    construction_rate[:] = np.where(active, construction / np.maximum(last_investment, 1e-9), 0.0)
    purchases_local[:] = made_here(last_public_purchases, public_purchase_share, local_capture)
    purchases_imported[:] = last_public_purchases - purchases_local
    service_demand[:] = value_added[:, LOCAL_SERVICES]
    private_demand[:] = service_demand - purchases_local
    foreign_demand[...] = 1.0
