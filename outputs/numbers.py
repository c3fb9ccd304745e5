"""Numbers as readers see them: a real minus, a sign where it is a change, few digits."""

from __future__ import annotations

import numpy as np

NARROW_PERCENT = "\u00a0%"  # a space that does not break the line


def number(value: float, digits: int = 1) -> str:
    """A number for readers, with a real minus; a dash where there is none."""
    if value is None or not np.isfinite(value):
        return "–"
    text = f"{value:,.{digits}f}"
    return text.replace("-", "−") if float(text.replace(",", "")) else text.replace("-", "")


def signed(value: float, digits: int = 1) -> str:
    """A change, with its sign."""
    text = number(value, digits)
    return f"+{text}" if np.isfinite(value) and value > 0 and text.strip("0.,") else text


def percent(value: float, lang: str, digits: int = 1) -> str:
    """A change in per cent, with its sign."""
    return f"{signed(value, digits)}{'%' if lang == 'zh' else NARROW_PERCENT}"


def to(low: float, high: float, lang: str, digits: int = 1) -> str:
    """A range of changes."""
    return f"{signed(low, digits)}{'至' if lang == 'zh' else ' to '}{signed(high, digits)}"


def listed(words: list[str], lang: str) -> str:
    """Words in a row."""
    return ("、" if lang == "zh" else ", ").join(words)


def listed_and(words: list[str], lang: str) -> str:
    """Words in a row, the last two joined by "and"."""
    if lang == "zh" or len(words) < 2:
        return listed(words, lang)
    return f"{', '.join(words[:-1])} and {words[-1]}"
