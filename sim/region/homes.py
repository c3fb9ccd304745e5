"""Prices of urban homes in the base year by county: no county series is published.

Haikou and Sanya are recalled from city statistics and price reports of 2010 (a year of boom after the announcement of
the international tourism island); the other units are assumed, with the coast and tourist places above the interior
(places.csv of the pack). None of them is an observation; the model uses them as initial price levels.
"""

from __future__ import annotations

import numpy as np

from sim.region.pack import Pack

OTHER = 3500.0  # CNY per square metre; for units not listed in the pack


def price_2010(pack: Pack) -> np.ndarray:
    """Price of urban homes in 2010 by county, CNY per square metre at prices of 2010."""
    return pack.of_places("home_price_2010", OTHER)
