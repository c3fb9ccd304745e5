"""A market that clears: one price at which what is offered is what is wanted, and who buys, sells and pays.

One solver serves construction quota, the compensation of farmland, and carbon (B.6 L4, L7, B.7 E9). Offers may not fall
and wishes may not rise with the price; steps are allowed. Where no price balances the two (everything has a fixed
amount, a floor or a ceiling binds, the price sits on a step) the long side is served in proportion.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from scipy.optimize import brentq

RELATIVE = 1e-12
"""Width of the interval of prices, relative to the price, at which the search ends."""
WIDEST = 400
"""Doublings of the first guess before the search gives up: beyond any price in any unit."""

Side = np.ndarray | Callable[[float], np.ndarray]


class Market(NamedTuple):
    """What a market has done: a price (0 where nothing is traded), and by trader amounts and money.

    `bought` and `sold` add up to the same amount; `paid` is positive for who pays, negative for who receives, and adds
    to zero.
    """

    price: float
    bought: np.ndarray
    sold: np.ndarray

    @property
    def net(self) -> np.ndarray:
        """What a trader ends up with beyond what it had: bought less sold."""
        return self.bought - self.sold

    @property
    def paid(self) -> np.ndarray:
        """Money a trader pays, net: price times net amount."""
        return self.price * self.net

    @property
    def amount(self) -> float:
        """Amount traded."""
        return float(self.bought.sum())


def clear_market(supply: Side, demand: Side, *, supply_cap=None, demand_cap=None, floor: float = 0.0,
                 ceiling: float = math.inf, guess: float = 1.0) -> Market:
    """The price at which `supply` meets `demand`, and what each trader buys and sells at it.

    `supply`, `demand`: amounts by trader, or functions of the price that give them; one trader may stand on both
    sides. `supply_cap`, `demand_cap`: the most each may sell or buy. The price is found by bisection to 1e-12 of
    itself, within `floor` and `ceiling`, once Brent's method has looked where it lies; `guess` is where the search for
    an interval begins. At the floor sellers, at the ceiling buyers are served in proportion. Nothing is traded where
    one side is empty. Demand that exceeds supply at every price is refused, unless a ceiling says what is paid then.
    """
    offer, wish = _side(supply, supply_cap), _side(demand, demand_cap)
    if not all(callable(side) or np.any(side) for side in (supply, demand)):
        return _trade(guess, offer(guess), wish(guess))
    excess = _Excess(offer, wish)
    if floor > 0.0 and excess.enough(floor):
        return _trade(floor, offer(floor), wish(floor))
    if math.isfinite(ceiling) and excess(ceiling) <= 0.0:
        return _trade(ceiling, offer(ceiling), wish(ceiling))
    low, high = _interval(excess, floor, ceiling, guess)
    if low < high:
        brentq(excess, low, high, xtol=RELATIVE * low, rtol=RELATIVE, disp=False)
    while high - low > RELATIVE * high:
        middle = math.sqrt(low) * math.sqrt(high)
        if excess.enough(middle):
            high = middle
        else:
            low = middle
    # On a step the two ends differ: the one at which more changes hands serves all who gain by trading.
    ends = [_trade(price, offer(price), wish(price)) for price in (high, low)]
    return max(ends, key=lambda end: end.amount)


class _Excess:
    """What is offered beyond what is wanted at a price. Whether it is enough at one price tells so of all above, or
    below: they are not asked again."""

    def __init__(self, offer: Callable, wish: Callable):
        self.offer, self.wish, self.known = offer, wish, {}
        self.enough_from, self.lacking_to = math.inf, -math.inf

    def __call__(self, price: float) -> float:
        if price in self.known:
            return self.known[price]
        found = self.known[price] = float(self.offer(price).sum() - self.wish(price).sum())
        if found >= 0.0:
            self.enough_from = min(price, self.enough_from)
        else:
            self.lacking_to = max(price, self.lacking_to)
        return found

    def enough(self, price: float) -> bool:
        return price >= self.enough_from or (price > self.lacking_to and self(price) >= 0.0)


def _side(amounts: Side, cap) -> Callable[[float], np.ndarray]:
    """Amounts as a function of the price, within the caps."""
    if callable(amounts):
        return amounts if cap is None else lambda price: np.minimum(amounts(price), cap)
    fixed = np.asarray(amounts, dtype=float)
    fixed = fixed if cap is None else np.minimum(fixed, cap)
    return lambda price: fixed


def _interval(excess, floor, ceiling, guess) -> tuple[float, float]:
    """Prices around the clearing one: too little is offered at the lower, enough at the higher.

    Where enough is offered at any price the interval shrinks to next to nothing: the price is nil.
    """
    high = min(max(guess, 2.0 * floor), ceiling)
    for _ in range(WIDEST):
        if excess.enough(high):
            break
        high = min(2.0 * high, ceiling)
    else:
        raise ArithmeticError("no price clears the market: more is wanted than offered at any price; give a ceiling")
    low = max(0.5 * high, floor)
    for _ in range(WIDEST):
        if low == floor > 0.0 or not excess.enough(low):
            return low, high
        low, high = max(0.5 * low, floor), low
    return high, high


def _trade(price: float, offered: np.ndarray, wanted: np.ndarray) -> Market:
    """The short side trades in full, the long side in proportion."""
    all_offered, all_wanted = offered.sum(), wanted.sum()
    if all_offered <= 0.0 or all_wanted <= 0.0:
        return Market(0.0, np.zeros_like(wanted), np.zeros_like(offered))
    traded = min(all_offered, all_wanted)
    return Market(float(price), wanted * (traded / all_wanted), offered * (traded / all_offered))
