"""The free trade port: zero tariffs, duty-free shopping of visitors, and income tax relief for talent (2.1).

Duty-free equipment and inputs lower the costs of firms, visitors buy in duty-free shops within their allowance, and
high earners keep income tax above the cap. Duty forgone by the centre is recorded; income tax relief reduces the taxes
of all tiers.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.core.bind import Out
from sim.core.cache import either, kernel
from sim.core.declare import parameter
from sim.words import CNY_PER_MILLION, COLLEGE, MARKET_SECTORS, SECTORS

Floats = NDArray[np.float64]
TAX_FREE = 60_000.0
TAX_SCALE = ((0.0, 0.03), (36_000.0, 0.10), (144_000.0, 0.20), (300_000.0, 0.25), (420_000.0, 0.30), (660_000.0, 0.35),
             (960_000.0, 0.45))
"""Income tax of 2019: the yearly exempt income, and the taxable income at which each rate begins; CNY."""
DEVIATIONS = np.linspace(-4.0, 7.0, 221)
"""Quantiles, in standard deviations, of the log-normal pay distribution; extended upwards, where the tax cap applies.
"""


@dataclass(frozen=True)
class Parameters:
    import_tariff: float = parameter(
        0.07, unit="share of the price before duty", bounds=(0.04, 0.10),
        source="China's mean most-favoured-nation tariff, 7.5 % since late 2018 (recalled); value-added tax on imports "
               "is credited, so its waiver saves nothing",
        confidence="medium", says="duty on equipment and inputs removed by zero tariffs (tm)")
    equipment_import_share: float = parameter(
        0.08, unit="share", bounds=(0.03, 0.15), confidence="low",
        source="assumed: equipment is about a fifth of investment, two fifths of it from abroad",
        says="share of dutiable imported equipment in private investment, at prices including duty")
    imported_inputs: tuple = parameter(
        (0.01, 0.20, 0.0, 0.05, 0.10), unit="share of value added", bounds=(0.0, 0.4), confidence="low",
        source="assumed: crude oil and ore, the bulk of industrial imports, were duty-free before; parts, packaging "
               "and medical materials were not",
        says="dutiable imported inputs per value added, by market sector, at prices including duty")
    talent_pay_spread: float = parameter(
        1.1, unit="log", bounds=(0.7, 1.2), confidence="low",
        source="yields tax relief of .6 billion CNY in 2022; 2.4 billion were reported for 2020-2022 (14,000 persons, "
               "recalled)",
        says="standard deviation of the log of pay of college-educated workers in a county and zone, its top included")
    duty_free_allowance_2018: float = parameter(
        30_000.0, unit="CNY a year", bounds=(30_000.0, 30_000.0), source="customs rule of December 2018",
        confidence="high", says="allowance before the lever, above which additional purchases are counted")
    duty_free_buyers: float = parameter(
        0.075, unit="share of visits", bounds=(0.04, 0.10), confidence="medium",
        source="6.76 million buyers in 90 million visits, 2023 (customs and tourism statistics, recalled)",
        says="share of visits with a purchase in a duty-free shop")
    duty_free_wish: float = parameter(
        650.0, unit="CNY at outside incomes of the base year", bounds=(300.0, 1500.0), confidence="low",
        source="with the spread, 3,500 CNY a buyer at the allowance of 2019 (13.5 billion CNY, 3.8 million buyers, "
               "recalled)",
        says="purchase of the median buyer in the absence of an allowance")
    duty_free_spread: float = parameter(
        1.6, unit="log", bounds=(1.2, 2.0),
        source="assumed: a few buyers of watches and jewellery account for much of sales",
        confidence="low", says="standard deviation of log desired purchases")
    duty_free_margin: float = parameter(
        0.30, unit="share of sales", bounds=(0.2, 0.4), confidence="medium",
        source="gross margin of the largest operator, 28 to 34 % in 2020-2023 (annual reports, recalled)",
        says="value added of duty-free retail; the rest of the price pays for goods from outside")


# ---- formulas -------------------------------------------------------------------------------------------------


@either
def saved_duty(share: float, tariff: float, admitted: float) -> float:
    """Share of a price saved: imported goods are `share` of it, of which `admitted` is exempt from duty."""
    return admitted * share * tariff / (1.0 + tariff)


@kernel
def normal_share(x: float) -> float:
    """Share of a standard normal distribution below x (Abramowitz and Stegun 26.2.17, error below 1e-7)."""
    t = 1.0 / (1.0 + 0.2316419 * abs(x))
    poly = t * (0.319381530 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))))
    upper = poly * np.exp(-0.5 * x * x) / np.sqrt(2.0 * np.pi)
    return 1.0 - upper if x >= 0 else upper


@kernel
def bought_within(median: float, spread: float, allowance: float) -> float:
    """Mean purchase for log-normal desired purchases capped at the allowance, in their unit."""
    z = np.log(allowance / median) / spread
    return (median * np.exp(0.5 * spread * spread) * normal_share(z - spread)
            + allowance * (1.0 - normal_share(z)))


def income_tax(above: Floats) -> Floats:
    """Tax on yearly income above the exemption, by the tax scale; CNY."""
    tax, lower_rate = np.zeros_like(above), 0.0
    for start, rate in TAX_SCALE:
        tax += (rate - lower_rate) * np.maximum(0.0, above - start)
        lower_rate = rate
    return tax


def relief_share(mean_pay: Floats, cap: float, spread: float) -> Floats:
    """Share of a wage bill that is relieved as tax above `cap` of taxable income; pay is log-normal around a mean.

    Zero at the top rate of the scale, which no mean rate reaches.
    """
    if cap >= TAX_SCALE[-1][1]:
        return np.zeros_like(mean_pay)
    weight = np.exp(-0.5 * DEVIATIONS**2)
    weight /= weight.sum()
    pay = mean_pay[..., None] * np.exp(spread * DEVIATIONS - 0.5 * spread**2)
    above = np.maximum(0.0, pay - TAX_FREE)
    excess = (weight * np.maximum(0.0, income_tax(above) - cap * above)).sum(axis=-1)
    return np.where(mean_pay > 0, excess / np.where(mean_pay > 0, mean_pay, 1.0), 0.0)


# ---- rules ----------------------------------------------------------------------------------------------------


@kernel
def open_customs(zero_tariff, import_tariff, equipment_import_share, imported_inputs, equipment_duty_saved: Out,
                 input_duty_saved: Out):
    """Savings on equipment, and on inputs retained by firms, from duty-free imports."""
    equipment_duty_saved[()] = saved_duty(equipment_import_share, import_tariff, zero_tariff)
    for s in range(MARKET_SECTORS):
        input_duty_saved[s] = saved_duty(imported_inputs[s], import_tariff, zero_tariff)


@kernel
def sell_duty_free(gateway_use, gateway_capacity, wage_index, duty_free_allowance, duty_free_allowance_2018,
                   duty_free_buyers, duty_free_wish, duty_free_spread, duty_free_margin, duty_free_shops,
                   duty_free_sales: Out, duty_free_goods: Out, duty_free_value: Out):
    """Duty-free purchases of visitors beyond those under the 2018 allowance, which are part of their other spending.
    The margin is value added of duty-free retailers; the goods come from outside.
    """
    visits = min(gateway_use, 1.0) * gateway_capacity  # million visits, so money below is in million CNY
    wish = duty_free_wish * wage_index
    more = (bought_within(wish, duty_free_spread, duty_free_allowance)
            - bought_within(wish, duty_free_spread, duty_free_allowance_2018))
    for c in range(duty_free_sales.size):
        duty_free_sales[c] = duty_free_shops[c] * (visits * duty_free_buyers * more)
        duty_free_value[c] = duty_free_margin * duty_free_sales[c]
        duty_free_goods[c] = duty_free_sales[c] - duty_free_value[c]


def relieve_talent(labour_by_zone, rows_at_work, wage, pay_over_yield, weight, ftp_pit, talent_pay_spread,
                   talent_relief_share: Out, talent_relief: Out) -> None:
    """College-educated workers are relieved of income tax above the cap.

    Only high earners benefit; the spread of pay determines their number and share of pay.
    """
    bill = np.einsum("czs,cs->cz", labour_by_zone[:, :, COLLEGE, :SECTORS], wage[:, :SECTORS, COLLEGE])
    bill = bill * np.exp(pay_over_yield)
    heads = rows_at_work[:, :, COLLEGE].sum(axis=-1)
    mean = np.where(heads > 0, bill / np.maximum(heads, 1), 0.0)
    talent_relief_share[:] = relief_share(mean, ftp_pit, talent_pay_spread)
    talent_relief[:] = talent_relief_share * bill * (weight / CNY_PER_MILLION)


@kernel
def forgo_duty(investment, value_added, equipment_duty_saved, input_duty_saved, duty_saved: Out):
    """Duty forgone by the centre on the imports of a county's firms."""
    for c in range(duty_saved.size):
        duty_saved[c] = 0.0
        for s in range(MARKET_SECTORS):
            duty_saved[c] += investment[c, s] * equipment_duty_saved / (1.0 - equipment_duty_saved)
            duty_saved[c] += value_added[c, s] * input_duty_saved[s] / (1.0 + input_duty_saved[s])
