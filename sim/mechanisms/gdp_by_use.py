"""Output by use: consumption, investment, government and, as the residual, net exports (AI23). Section 1."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.core.arrays import Flags, Number
from sim.core.bind import InOut, Out
from sim.core.cache import either, kernel
from sim.core.declare import parameter


@dataclass(frozen=True)
class Parameters:
    trade_bound: float = parameter(
        0.6, unit="share of GDP", bounds=(0.4, 0.8), source="plausibility: large net inflows need large transfers",
        confidence="low", says="absolute ratio of net exports to GDP above which a unit counts as implausible")


# ---- formulas -------------------------------------------------------------------------------------------------


@either
def unused_output(output: Number, consumption: Number, investment: Number, government: Number) -> Number:
    """NX = GDP - C - I - Gov (AI23)."""
    return output - consumption - investment - government


@either
def implausible(trade: Number, output: Number, bound: Number) -> bool | Flags:
    """Units whose net exports reach the bound in absolute value; a unit without output has none."""
    return (np.abs(trade) >= bound * output) & (output > 0)


# ---- rules ----------------------------------------------------------------------------------------------------


@kernel
def use_output(gdp, disposable_income, saving_rate, investment, spending_capital, housing_investment, spending_current,
               spending_training, spending_ecology, trade_bound, consumption: Out, capital_formation: Out,
               government: Out, net_exports: Out, unlikely_trade: Out) -> None:
    """C, I, Gov and net exports by county; number of counties with implausibly large net exports."""
    unlikely = 0
    for c in range(gdp.size):
        consumption[c] = (1.0 - saving_rate) * disposable_income[c].sum()
        capital_formation[c] = investment[c].sum() + spending_capital[c] + housing_investment[c]
        government[c] = spending_current[c] + spending_training[c] + spending_ecology[c]
        net_exports[c] = unused_output(gdp[c], consumption[c], capital_formation[c], government[c])
        unlikely += implausible(net_exports[c], gdp[c], trade_bound)
    unlikely_trade[()] = unlikely


def balance_trade(gdp, net_exports, province_programmes, trade_bound, province_net_exports: Out,
                  unlikely_trade: InOut) -> None:
    """Net exports of the province, whose own programmes belong to no county; the same bound applies."""
    province_net_exports[...] = trade = net_exports.sum() - province_programmes
    unlikely_trade += implausible(trade, gdp.sum(), trade_bound)
