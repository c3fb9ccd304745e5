"""Naive forecasts that a model has to beat (F.7): arrays [..., county], formulas that know no model.

A forecast of shares takes the total of the target year as known; so does the model's own share.
"""

from __future__ import annotations

import numpy as np


def _share(values, members=None):
    """Each unit over the sum of the compared units."""
    values = np.asarray(values, dtype=float)
    total = values.sum(axis=-1) if members is None else values[..., members].sum(axis=-1)
    return values / total[..., None]


def persistence(base):
    """Tomorrow is as the base year (B0)."""
    return np.asarray(base, dtype=float)


def constant_share(base, base_total, total):
    """The share of the base year in the total of the target year (B3 with one sector)."""
    return np.asarray(base, dtype=float) / np.asarray(base_total)[..., None] * np.asarray(total)[..., None]


def constant_branch_shares(base, base_totals, totals):
    """The base-year share of each branch's provincial total, summed over branches (B3).

    base [county, branch]; base_totals [branch]; totals [..., branch] -> [..., county].
    """
    share = np.asarray(base, dtype=float) / np.asarray(base_totals, dtype=float)
    return np.einsum("...b,cb->...c", np.asarray(totals, dtype=float), share)


def carried_share_change(earlier, base, total, periods=1.0, members=None):
    """The change of a unit's share from `earlier` to `base` carried on over `periods` such spans (B1 on shares).

    The ratio of shares is carried on and the shares are scaled to sum to one.
    """
    before, now = _share(earlier, members), _share(base, members)
    ahead = now * (now / before) ** periods
    return _share(ahead, members) * np.asarray(total, dtype=float)[..., None]


def carried_growth(earlier, base, span, ahead):
    """Own past growth carried on (B1): the mean yearly log growth over `span` years, for `ahead` years."""
    earlier, base = np.asarray(earlier, dtype=float), np.asarray(base, dtype=float)
    return base * np.exp(np.log(base / earlier) / span * ahead)


def mean_of(*forecasts):
    """Geometric mean of forecasts (B7)."""
    return np.exp(np.mean([np.log(f) for f in forecasts], axis=0))
