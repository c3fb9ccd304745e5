"""Rivers and their payments, carbon."""

from __future__ import annotations

import numpy as np

from sim.audit.identity import Identity
from sim.region.rivers import SEA


def _water_payments(m):
    c, a = m.counties, m.account
    return (np.array([c.water_received.sum(), c.water_award.sum()]),
            np.array([c.water_paid.sum(), a.province_awards]))


def _offsets(m):
    c, a = m.counties, m.account
    return (np.array([c.offsets_bought.sum() + a.offsets_to_outside,
                      c.carbon_budget.sum() + c.carbon_income.sum()]),
            np.array([c.offsets_sold.sum() + a.offsets_from_outside, c.offset_cost.sum() + a.offset_money_outside]))


def _certified(m):
    c, p = m.counties, m.parameters
    most = m.now.carbon_market * p.sequestration_rate * (c.land_forest + c.land_forest_park)
    return np.maximum(c.offsets_sold, most), most


def _river_loads(m):
    r, tree = m.reaches, m.base.rivers
    out = r.reach_load_through[tree.downstream == SEA].sum() + r.reach_load_lost.sum()
    return np.array([out, r.reach_load.sum()]), np.array([r.reach_load.sum(), m.counties.water_load.sum()])


IDENTITIES = (
    Identity("AI16", "what counties pay for water is received, awards come from the province", _water_payments),
    Identity("AI17", "offsets bought are offsets sold, and paid for", _offsets),
    Identity("AI17b", "no more sinks are sold than are certified", _certified),
    Identity("AI20", "what enters the rivers reaches the sea or decays", _river_loads),
)
