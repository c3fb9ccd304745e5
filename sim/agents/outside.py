"""The world outside: the rest of China as a labour market, a source of newcomers and a product market."""

from __future__ import annotations

from sim.agents.table_agent import TableAgent
from sim.core.declare import column
from sim.core.table import Table


class OutsideAccount(Table):
    """Conditions outside Hainan, by skill."""

    outside_income = column("skill", unit="CNY", says="Yearly income of a worker outside Hainan", kind="index")
    expected_outside_income = column("skill", unit="CNY", kind="index", says=(
        "Expected yearly income outside Hainan"))
    outside_service = column(unit="base year = 1", kind="index", says=(
        "National stock of public services per head, built by national spending"))
    wage_index = column(unit="base year = 1", says="Income of a worker outside Hainan, which land costs follow",
                        kind="index")
    visitor_total = column(unit="million CNY", says="Spending of all visitors, as value added", kind="flow")
    foreign_demand = column(unit="base year = 1", says="Demand outside Hainan for its local services", kind="index")
    purchases_expected = column(unit="share", says="Share of outside home purchases that builders expect", kind="index")
    outside_pool = column("skill", unit="base year = 1", says="Outside population from which newcomers come",
                          kind="index")


class Outside(TableAgent):
    """The world outside as an agent; attributes read and write its account."""

    def __init__(self, model):
        super().__init__(model, model.outside)
