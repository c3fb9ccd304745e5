"""Distributions that are drawn by the inverse of their distribution function, so that one uniform gives one number."""

from __future__ import annotations

import numpy as np
from scipy.special import pdtr, pdtrik


def poisson_quantile(luck, mean):
    """The least whole number whose Poisson distribution function reaches `luck`."""
    above = np.ceil(pdtrik(luck, mean))
    below = np.maximum(above - 1.0, 0.0)
    return np.where(pdtr(below, mean) >= luck, below, above).astype(np.int64)
