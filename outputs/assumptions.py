"""What is assumed: sizes of levers and of parameters, with range, source and confidence, from the registries."""

from __future__ import annotations

import math

import pandas as pd


def levers(lang: str = "en") -> pd.DataFrame:
    """Every lever with its three settings."""
    from sim.levers import REGISTRY

    rows = []
    for lever in REGISTRY.values():
        rows.append({
            "section": lever.section, "name": lever.name,
            "says": (lever.says_zh if lang == "zh" and lever.says_zh else lever.says), "unit": lever.unit,
            "none": _number(lever.none), "baseline": _stage(lever.baseline), "full": _stage(lever.full),
            "range": _range(lever.range), "source": lever.source, "confidence": lever.confidence,
        })
    return pd.DataFrame(rows)


def parameters() -> pd.DataFrame:
    """Every parameter with its value and range."""
    from sim.schedule import parameter_cards

    rows = []
    for card in parameter_cards().values():
        rows.append({
            "name": card.name, "says": card.says, "unit": card.unit, "default": _number(card.default),
            "range": _range(card.bounds), "source": card.source, "confidence": card.confidence,
            "home": card.home.removeprefix("sim."),
        })
    return pd.DataFrame(rows)


def _number(value) -> str:
    """A number (or a vector of them) in few digits."""
    if isinstance(value, (tuple, list)):
        return ", ".join(_number(v) for v in value)
    if isinstance(value, float) and math.isfinite(value):
        return f"{value:.6g}"
    return str(value)


def _stage(stage) -> str:
    """A setting in words: a number, a ramp or a path."""
    if stage.path:
        return ", ".join(f"{year}: {_number(value)}" for year, value in stage.path)
    if stage.ramp:
        return f"{_number(stage.to)} ({stage.ramp[0]}-{stage.ramp[1]})"
    return _number(stage.to)


def _range(bounds) -> str:
    return f"{_number(bounds[0])} to {_number(bounds[1])}"
