"""Prices of urban homes in the base year by county: a small declared table, because no county series is published.

Haikou and Sanya are recalled from city statistics and price reports of 2010 (a year of boom after the announcement of
the international tourism island); the other units are assumed between 3,000 and 4,500 CNY, coast and tourism above the
interior. None of them is an observation; the model uses them as the level from which prices move.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

PRICE_2010 = {  # CNY per square metre, prices of 2010
    460100: 7500.0,  # Haikou, recalled 7,000-8,000
    460200: 16000.0,  # Sanya, recalled 15,000 and more
    460400: 3600.0, 469001: 3800.0, 469002: 4500.0, 469005: 4300.0, 469006: 4500.0, 469007: 3300.0, 469021: 3500.0,
    469022: 3000.0, 469023: 4300.0, 469024: 3400.0, 469025: 3000.0, 469026: 3200.0, 469027: 3700.0, 469028: 4500.0,
    469029: 4000.0, 469030: 3000.0,
}
RECALLED = (460100, 460200)
OTHER = 3500.0  # a unit that is not listed


def price_2010(codes: Iterable[int]) -> np.ndarray:
    """Price of urban homes in 2010 by county, CNY per square metre at prices of 2010."""
    return np.array([PRICE_2010.get(int(code), OTHER) for code in codes])
