"""Rivers and their payments, carbon."""

from __future__ import annotations

from typing import Any

from sim.audit.identity import Identity
from sim.region.rivers import SEA


def beside(m: Any) -> dict:
    """Terms of the equations other than columns: load reaching the sea, certified sinks."""
    c = m.counties
    per_hectare = m.now.carbon_market * m.parameters.sequestration_rate
    return {
        "load_to_sea": m.reaches.reach_load_through[m.observed.rivers.downstream == SEA],
        "certified": per_hectare * (c.land_forest + c.land_forest_park),
    }


IDENTITIES = (
    Identity("AI16", "water payments of counties are received, awards are paid by the province",
             ("in all: water_received = water_paid", "in all: water_award = province_awards")),
    Identity("AI17", "offsets bought equal offsets sold, and payments match",
             ("in all: offsets_bought + offsets_to_outside = offsets_sold + offsets_from_outside",
              "in all: carbon_budget + carbon_income = offset_cost + offset_money_outside")),
    Identity("AI17b", "sinks sold do not exceed sinks certified", "offsets_sold <= certified"),
    Identity("AI20", "load entering rivers reaches the sea or decays",
             ("in all: reach_load = load_to_sea + reach_load_lost", "in all: reach_load = water_load")),
)
