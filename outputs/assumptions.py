"""What is assumed: sizes of levers and of parameters, with range, source and confidence, from the registries."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

import pandas as pd

from sim.core.stages import Stage

if TYPE_CHECKING:
    from sim.levers import Section

UNITS_ZH = {
    "share": "比例", "1/year": "每年", "multiplier": "倍数", "share/year": "每年比例", "share a year": "每年比例",
    "share of rent": "占租金比例", "log-odds": "对数几率", "ratio": "比值", "stage": "阶段", "switch": "开关",
    "years": "年", "minutes": "分钟", "ha/year": "公顷/年", "CNY a year": "元/年", "persons a year": "人/年",
}
CONFIDENCE_ZH = {"high": "高", "medium": "中", "low": "低"}
OUR_VALUE = re.compile(r"Opinions ([\d.]+); value ours")


def levers(lang: str = "en") -> pd.DataFrame:
    """Every lever with its three settings."""
    from sim.levers import KINDS_ZH, REGISTRY

    rows = []
    for lever in REGISTRY.values():
        rows.append({
            "section": lever.section, "name": lever.name,
            "says": (lever.says_zh if lang == "zh" and lever.says_zh else lever.says), "unit": lever.unit,
            "none": number_words(lever.none), "baseline": stage_words(lever.baseline), "full": stage_words(lever.full),
            "range": range_words(lever.range), "source": lever.source, "confidence": lever.confidence,
            "kind": KINDS_ZH[lever.kind] if lang == "zh" else lever.kind_note,
        })
    return in_chinese(pd.DataFrame(rows)) if lang == "zh" else pd.DataFrame(rows)


def in_chinese(table: pd.DataFrame) -> pd.DataFrame:
    """The table of levers with Chinese units, grades of confidence, ranges and, where it is our value, source."""
    return table.assign(
        unit=table.unit.replace(UNITS_ZH), confidence=table.confidence.replace(CONFIDENCE_ZH),
        range=table.range.str.replace(" to ", "至", regex=False),
        source=table.source.str.replace(OUR_VALUE, r"《实施意见》\1；取值为本项目设定", regex=True))


def kinds_moved(scenario: str, lang: str = "en") -> str:
    """The kinds of the levers that a scenario of a design moves (`only_2_1`, `without_8_3`); empty for others."""
    from sim.levers import SECTIONS

    design, _, part = scenario.partition("_")
    section = SECTIONS.get(part.replace("_", "."))
    return kinds_in_words(section, lang) if section and design in ("only", "without") else ""


def kinds_in_words(section: Section, lang: str = "en") -> str:
    """How many levers of a provision are of which kind."""
    from sim.levers import REGISTRY, kind_words, kinds_of

    return kind_words(kinds_of(section, REGISTRY), lang)


def parameters() -> pd.DataFrame:
    """Every parameter with its value and range."""
    from sim.names import parameter_cards

    rows = []
    for card in parameter_cards().values():
        rows.append({
            "name": card.name, "says": card.says, "unit": card.unit, "default": number_words(card.default),
            "range": range_words(card.bounds), "source": card.source, "confidence": card.confidence,
            "home": card.home.removeprefix("sim."),
        })
    return pd.DataFrame(rows)


def number_words(value: object) -> str:
    """A number (or a vector of them) in few digits."""
    if isinstance(value, (tuple, list)):
        return ", ".join(number_words(v) for v in value)
    if isinstance(value, float) and math.isfinite(value):
        return f"{value:.6g}"
    return str(value)


def stage_words(stage: Stage) -> str:
    """A setting in words: a number, a ramp or a path."""
    if stage.path:
        return ", ".join(f"{year}: {number_words(value)}" for year, value in stage.path)
    if stage.ramp:
        return f"{number_words(stage.to)} ({stage.ramp[0]}-{stage.ramp[1]})"
    return number_words(stage.to)


def range_words(bounds: tuple[float, float]) -> str:
    """A range in few digits."""
    return f"{number_words(bounds[0])} to {number_words(bounds[1])}"
