"""Market clearing: the price at which supply equals demand, and the purchases and sales of each trader.

One solver serves construction quota, farmland compensation and carbon (B.6 L4, L7, B.7 E9). Supply must be
non-decreasing and demand non-increasing in the price; steps are allowed. Where no price balances the two (fixed
amounts, a binding floor or ceiling, a price at a step) the long side is rationed in proportion.

A side of a market is a formula for one trader, `side(price, trader, traits)`; `traits` are its inputs, mostly arrays by
trader. Kernels call the solver with compiled formulas, tests with Python functions.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from sim.core.arrays import Floats
from sim.core.cache import either

RELATIVE = 1e-12
"""Relative width of the price interval at which the search ends."""
WIDEST = 400
"""Maximum number of doublings of the initial guess: beyond any price in any unit."""


Side = Callable[[float, int, Any], float]
"""The amount of a trader at a price: side(price, trader, traits)."""


@either
def clear_market(offer: Side, wish: Side, traits: Any, traders: int, floor: float, ceiling: float,
                 guess: float) -> tuple[float, Floats, Floats]:
    """The market-clearing price, and each trader's purchases and sales at it.

    `offer`, `wish`: the amount of a trader at a price; a trader may be on both sides. Returns the price, purchases and
    sales, both [trader]. The price is found by bisection to a relative 1e-12, within `floor` and `ceiling` (0 and inf
    if none); `guess` is the starting point of the search. At the floor sellers, at the ceiling buyers are rationed in
    proportion. If one side is empty, nothing is traded and the price is 0. Demand that exceeds supply at every price is
    an error unless there is a ceiling.
    """
    if floor > 0.0 and _excess(offer, wish, traits, traders, floor) >= 0.0:
        return _trade(offer, wish, traits, traders, floor)
    if ceiling < np.inf and _excess(offer, wish, traits, traders, ceiling) <= 0.0:
        return _trade(offer, wish, traits, traders, ceiling)
    low, high = _interval(offer, wish, traits, traders, floor, ceiling, guess)
    while high - low > RELATIVE * high:
        middle = math.sqrt(low) * math.sqrt(high)
        if _excess(offer, wish, traits, traders, middle) >= 0.0:
            high = middle
        else:
            low = middle
    # At a step the two ends differ: the one with the larger traded volume serves all traders who gain.
    above, below = _trade(offer, wish, traits, traders, high), _trade(offer, wish, traits, traders, low)
    return below if below[1].sum() > above[1].sum() else above


@either
def _excess(offer, wish, traits, traders, price):
    """Excess supply at a price."""
    offered, wanted = 0.0, 0.0
    for k in range(traders):
        offered += offer(price, k, traits)
        wanted += wish(price, k, traits)
    return offered - wanted


@either
def _interval(offer, wish, traits, traders, floor, ceiling, guess):
    """Prices that bracket the clearing price: excess demand at the lower, none at the higher.

    If supply suffices at any price, the interval shrinks towards zero, which is then the price.
    """
    high, doublings = min(max(guess, 2.0 * floor), ceiling), 0
    while _excess(offer, wish, traits, traders, high) < 0.0:
        high, doublings = min(2.0 * high, ceiling), doublings + 1
        if doublings == WIDEST:
            raise ArithmeticError("no price clears the market: more is wanted than offered at any; give a ceiling")
    low = max(0.5 * high, floor)
    for _ in range(WIDEST):
        if low == floor > 0.0 or _excess(offer, wish, traits, traders, low) < 0.0:
            return low, high
        low, high = max(0.5 * low, floor), low
    return high, high


@either
def _trade(offer, wish, traits, traders, price):
    """Price, purchases and sales: the short side trades in full, the long side in proportion."""
    bought, sold = np.zeros(traders), np.zeros(traders)
    for k in range(traders):
        bought[k], sold[k] = wish(price, k, traits), offer(price, k, traits)
    wanted, offered = bought.sum(), sold.sum()
    if offered <= 0.0 or wanted <= 0.0:
        return 0.0, np.zeros(traders), np.zeros(traders)
    traded = min(offered, wanted)
    return price, bought * (traded / wanted), sold * (traded / offered)
