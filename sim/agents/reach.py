"""Reaches: river pieces, the water that runs through them and what is paid at their sections (B.7).

A row a piece, upper before lower, in the order of `sim.region.rivers`. Loads are ammonia-nitrogen equivalents.
"""

from __future__ import annotations

from sim.agents.table_agent import TableAgent
from sim.core.declare import column
from sim.core.table import Table


class Reaches(Table):
    """One row a river piece; its section, where it has one, is at its foot."""

    row_dim = "reach"

    reach_county = column(unit="row of the county", says="County in which the reach lies", dtype="int64")
    reach_below = column(unit="row of the reach", says="Reach that it flows into (-1: the sea)", dtype="int64")
    reach_payer = column(unit="row of the county", says="Lower county of the section (-1: no section)", dtype="int64")
    reach_stage = column(unit="stage", says="Stage of compensation that the section joins (0: no section)",
                         dtype="int64")
    reach_flow = column(unit="million m3 a year", says="Mean flow at the foot of the reach")
    reach_great = column(unit="0 or 1", says="On one of the three great rivers", dtype="bool")
    reach_uid = column(unit="identity", says="Identity of the reach, by which it draws its luck", dtype="uint64")

    reach_load = column(unit="t/year", says="Load that enters the reach from its own banks",
                        says_zh="本河段入河污染负荷", kind="flow", keep="all", section="6.1")
    reach_load_through = column(unit="t/year", says="Load that passes the foot of the reach", says_zh="河段出口负荷",
                                kind="flow", keep="all", section="6.1")
    reach_load_lost = column(unit="t/year", says="Load from above that decays along the reach", says_zh="河段自净负荷",
                             kind="flow", keep="all", section="6.1")
    reach_quality = column(unit="class III limit = 1",
                           says="Water quality at the foot of the reach: concentration over the limit of class III",
                           says_zh="断面水质指数", kind="flow", keep="all", section="6.1")
    reach_class = column(unit="class 1-6", says="Water quality class at the foot of the reach (6: worse than V)",
                         says_zh="断面水质类别", kind="flow", keep="all", section="6.1")
    reach_tests_passed = column(unit="quarters", says="Quarterly tests passed at the target of the section",
                                says_zh="季度考核达标次数", kind="flow", keep="all", section="6.1")
    reach_covered = column(unit="share", says="Coverage of the section by horizontal compensation",
                           says_zh="横向生态补偿覆盖度", kind="flow", keep="all", section="6.1")
    reach_payment = column(unit="million CNY", says="Paid by the lower county to the upper (negative: the reverse)",
                           says_zh="下游对上游补偿", kind="flow", keep="all", section="6.1")
    reach_award = column(unit="million CNY", says="Paid by the province to the upper county (negative: the reverse)",
                         says_zh="省级奖补", kind="flow", keep="all", section="6.1")
    reach_stake = column(unit="million CNY", says="Payments that depend on the tests of the section", kind="flow",
                         section="6.1")


class Reach(TableAgent):
    """A river piece as an agent: a window on its row, e.g. `model.reach["nandu_baisha"].reach_quality`."""

    def __init__(self, model, row: int, name: str, name_zh: str):
        super().__init__(model, model.reaches, row)
        self.name, self.name_zh = name, name_zh

    def __repr__(self) -> str:
        return f"Reach({self.name})"
