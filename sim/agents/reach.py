"""Reaches: pieces of rivers, their water quality and the payments at their sections (B.7).

One row per reach, upstream before downstream, in the order of `sim.region.rivers`. Loads: ammonia-nitrogen equivalents.
"""

from __future__ import annotations

from sim.agents.table_agent import TableAgent
from sim.core.declare import column
from sim.core.table import Table


class Reaches(Table):
    """One row per reach; its monitoring section, if any, is at its lower end."""

    row_dim = "reach"

    reach_county = column(unit="row of the county", says="County in which the reach lies", dtype="int64")
    reach_below = column(unit="row of the reach", says="Reach downstream (-1: the sea)", dtype="int64")
    reach_payer = column(unit="row of the county", says="Downstream county of the section (-1: no section)",
                         dtype="int64")
    reach_stage = column(unit="stage", says="Stage at which the section enters compensation (0: no section)",
                         dtype="int64")
    reach_flow = column(unit="million m3 a year", says="Mean flow at the end of the reach")
    reach_great = column(unit="0 or 1", says="On one of the three great rivers", dtype="bool")
    reach_uid = column(unit="identity", says="Identity of the reach, the key of its random numbers", dtype="uint64")

    reach_load = column(unit="t/year", says="Local load entering the reach",
                        says_zh="本河段入河污染负荷", kind="flow", keep="all", section="6.1")
    reach_load_through = column(unit="t/year", says="Load at the end of the reach", says_zh="河段出口负荷",
                                kind="flow", keep="all", section="6.1")
    reach_load_lost = column(unit="t/year", says="Upstream load that decays along the reach", says_zh="河段自净负荷",
                             kind="flow", keep="all", section="6.1")
    reach_quality = column(unit="class III limit = 1",
                           says="Water quality at the end of the reach: concentration over the class III limit",
                           says_zh="断面水质指数", kind="flow", keep="all", section="6.1")
    reach_class = column(unit="class 1-6", says="Water quality class at the end of the reach (6: worse than V)",
                         says_zh="断面水质类别", kind="flow", keep="all", section="6.1")
    reach_tests_passed = column(unit="quarters", says="Quarterly tests passed at the target of the section",
                                says_zh="季度考核达标次数", kind="flow", keep="all", section="6.1")
    reach_covered = column(unit="share", says="Coverage of the section by horizontal compensation",
                           says_zh="横向生态补偿覆盖度", kind="flow", keep="all", section="6.1")
    reach_payment = column(unit="million CNY",
                           says="Paid by the downstream to the upstream county (negative: the reverse)",
                           says_zh="下游对上游补偿", kind="flow", keep="all", section="6.1")
    reach_award = column(unit="million CNY", says="Paid by the province to the upstream county (negative: the reverse)",
                         says_zh="省级奖补", kind="flow", keep="all", section="6.1")
    reach_stake = column(unit="million CNY", says="Payments at stake in the tests of the section", kind="flow",
                         section="6.1")


class Reach(TableAgent):
    """A reach as an agent; attributes read and write its row, e.g. `model.reach["nandu_baisha"].reach_quality`."""

    def __init__(self, model, row: int, name: str, name_zh: str):
        super().__init__(model, model.reaches, row)
        self.name, self.name_zh = name, name_zh

    def __repr__(self) -> str:
        return f"Reach({self.name})"
