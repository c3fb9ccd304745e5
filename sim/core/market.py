"""A market that clears: one price at which what is offered is what is wanted, and who buys, sells and pays.

One solver serves construction quota, the compensation of farmland, and carbon (B.6 L4, L7, B.7 E9). Offers may not fall
and wishes may not rise with the price; steps are allowed. Where no price balances the two (everything has a fixed
amount, a floor or a ceiling binds, the price sits on a step) the long side is served in proportion.

A side of a market is a formula of one trader, `side(price, trader, traits)`; `traits` is whatever it needs, mostly
arrays by trader. Kernels call the solver with their formulas, tests with functions of Python.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from sim.core.arrays import Floats
from sim.core.cache import either

RELATIVE = 1e-12
"""Width of the interval of prices, relative to the price, at which the search ends."""
WIDEST = 400
"""Doublings of the first guess before the search gives up: beyond any price in any unit."""


Side = Callable[[float, int, Any], float]
"""The amount of a trader at a price: side(price, trader, traits)."""


@either
def clear_market(offer: Side, wish: Side, traits: Any, traders: int, floor: float, ceiling: float,
                 guess: float) -> tuple[float, Floats, Floats]:
    """The price at which what all offer meets what all wish, and what each trader buys and sells at it.

    `offer`, `wish`: the amount of a trader at a price; one trader may stand on both sides. Returns the price, what is
    bought and what is sold, both [trader]. The price is found by
    bisection to 1e-12 of itself, within `floor` and `ceiling` (0 and inf where there is none); `guess` is where the
    search for an interval begins. At the floor sellers, at the ceiling buyers are served in proportion. Nothing is
    traded, at price 0, where one side is empty. Demand that exceeds supply at every price is refused, unless a ceiling
    says what is paid then.
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
    # On a step the two ends differ: the one at which more changes hands serves all who gain by trading.
    above, below = _trade(offer, wish, traits, traders, high), _trade(offer, wish, traits, traders, low)
    return below if below[1].sum() > above[1].sum() else above


@either
def _excess(offer, wish, traits, traders, price):
    """What is offered beyond what is wanted at a price."""
    offered, wanted = 0.0, 0.0
    for k in range(traders):
        offered += offer(price, k, traits)
        wanted += wish(price, k, traits)
    return offered - wanted


@either
def _interval(offer, wish, traits, traders, floor, ceiling, guess):
    """Prices around the clearing one: too little is offered at the lower, enough at the higher.

    Where enough is offered at any price the interval shrinks to next to nothing: the price is nil.
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
    """Price, bought and sold: the short side trades in full, the long side in proportion."""
    bought, sold = np.zeros(traders), np.zeros(traders)
    for k in range(traders):
        bought[k], sold[k] = wish(price, k, traits), offer(price, k, traits)
    wanted, offered = bought.sum(), sold.sum()
    if offered <= 0.0 or wanted <= 0.0:
        return 0.0, np.zeros(traders), np.zeros(traders)
    traded = min(offered, wanted)
    return price, bought * (traded / wanted), sold * (traded / offered)
