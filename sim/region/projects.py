"""Named projects: what the Opinions list by place, and what central enterprises build in Hainan (4.1, 5).

The list is an assumption made visible. The projects are named in the Opinions (hubs) or are known works of central
enterprises; totals are recalled from press reports or, where `confidence` is low, set to the order of magnitude of such
works. A total is spent evenly over its years. Money is in million CNY at 2020 prices.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

from sim.words import MARKET_SECTORS

SECTOR_OF_LETTER = {"I": 1, "T": 2, "M": 3, "H": 4}


class Project(NamedTuple):
    """A project: its lever, host county, sector, first and last year, total, and how well it is known."""

    name: str
    name_zh: str
    lever: str
    host: int
    sector: str
    first: int
    last: int
    total: float
    confidence: str

    @property
    def yearly(self) -> float:
        """Money a year while it is built."""
        return self.total / (self.last - self.first + 1)


PROJECTS = (
    Project("Jiangdong headquarters district",
            "江东新区总部经济区",
            "hub_projects", 460100, "H", 2019, 2030, 30000.0, "low"),
    Project("Wenchang space city",
            "文昌国际航天城",
            "hub_projects", 469005, "H", 2020, 2030, 11000.0, "low"),
    Project("Nanfan breeding and germplasm centre",
            "国家南繁科研育种基地、全球动植物种质资源引进中转基地",
            "hub_projects", 460200, "H", 2019, 2030, 12000.0, "low"),
    Project("Southern centre of the deep-sea base",
            "国家深海基地南方中心",
            "hub_projects", 460200, "M", 2019, 2028, 5000.0, "low"),
    Project("Boao platform and health tourism zone",
            "东部国际经济合作和文化交流平台、大健康旅游示范区",
            "hub_projects", 469002, "H", 2019, 2030, 7000.0, "low"),
    Project("Yangpu shipping and logistics hub",
            "西部航运物流基地（洋浦）",
            "hub_projects", 460400, "M", 2020, 2027, 12000.0, "low"),
    Project("Western energy trade and storage base: Yangpu",
            "西部能源交易和储备基地（洋浦）",
            "hub_projects", 460400, "I", 2019, 2027, 8000.0, "low"),
    Project("Western energy base: Dongfang",
            "西部能源基地（东方）",
            "hub_projects", 469007, "I", 2022, 2028, 10000.0, "low"),
    Project("Yangpu ethylene and refinery expansion",
            "洋浦百万吨乙烯及炼油改扩建",
            "soe_invest", 460400, "I", 2019, 2023, 28500.0, "medium"),
    Project("Changjiang nuclear power, second phase",
            "昌江核电二期",
            "soe_invest", 469026, "I", 2021, 2027, 39000.0, "medium"),
    Project("Changjiang small modular reactor",
            "昌江小型堆（玲龙一号）",
            "soe_invest", 469026, "I", 2021, 2026, 5000.0, "low"),
    Project("Wenchang gas power station",
            "文昌燃气电厂",
            "soe_invest", 469005, "I", 2019, 2021, 2500.0, "medium"),
    Project("Dongfang oil, gas and chemical base",
            "东方油气化工基地",
            "soe_invest", 469007, "I", 2019, 2025, 6000.0, "low"),
    Project("Danzhou offshore wind",
            "儋州海上风电",
            "soe_invest", 460400, "I", 2022, 2025, 12000.0, "low"),
    Project("Sanya deep-water supply base",
            "三亚深水装备与后勤基地",
            "soe_invest", 460200, "M", 2019, 2025, 3000.0, "low"),
)


def plan(codes: np.ndarray, lever: str, first_year: int, last_year: int,
         projects: Iterable[Project] = PROJECTS) -> np.ndarray:
    """Money of a lever's projects by year, county (in the order of `codes`) and market sector; others are left out."""
    out = np.zeros((last_year - first_year + 1, len(codes), MARKET_SECTORS))
    for one in projects:
        if one.lever == lever and one.host in codes:
            years = slice(max(0, one.first - first_year), max(0, one.last - first_year + 1))
            out[years, list(codes).index(one.host), SECTOR_OF_LETTER[one.sector]] += one.yearly
    return out
