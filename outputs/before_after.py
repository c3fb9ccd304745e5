"""The effect of every provision as two tables of measured effects have it: before and after a change of the model.

Both are made by `policy --measure` (docs/policy_effects.csv); docs/policy_effects_0.1.csv keeps those of the first
release. An output that the earlier table lacks is held against the nearest one it has (`STANDS_FOR`).
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from outputs import style
from outputs.measured import Effect, Measured
from outputs.surprises import percent
from outputs.words import say
from sim.core.files import writing
from sim.levers import SECTIONS

STEM = "policy_before_after"
VARIABLES = ("theil_inc_pc", "theil_gdp_pc", "theil_svc", "province_gdp_volume", "province_population")
STANDS_FOR = {"province_gdp_volume": "province_gdp"}
"""What was measured before an output existed: output was told in values."""


def table(before: Measured, after: Measured) -> pd.DataFrame:
    """Effects of provisions in both tables, in % of the reference: a row for each provision and variable.

    `moved` tells whether the intervals (5-95 % of the pairs) do not overlap, `turned` whether both are clear of noise
    and of opposite signs. Provisions or variables that only one table has are left out.
    """
    rows = []
    for section in SECTIONS:
        for variable in VARIABLES:
            old, new = _measured(before, section, variable), _measured(after, section, variable)
            if old is not None and new is not None:
                one, other = _numbers(old, "before"), _numbers(new, "after")
                apart = max(one["before_low"], other["after_low"]) > min(one["before_high"], other["after_high"])
                rows.append({"section": section, "variable": variable, "before_variable": old.variable, **one, **other,
                             "moved": apart, "turned": old.clear and new.clear and old.mean * new.mean < 0})
    return pd.DataFrame(rows)


def _measured(measured: Measured, section: str, variable: str) -> Effect | None:
    """The effect of a provision on the province, or on what stands for the variable."""
    names = [name for name in (variable, STANDS_FOR.get(variable)) if name]
    return next((one for name in names for one in measured.of("provision", section, name, "all")), None)


def _numbers(one: Effect, when: str) -> dict[str, float]:
    return {when: percent(one), f"{when}_low": percent(one, one.low), f"{when}_high": percent(one, one.high)}


def lines(rows: pd.DataFrame) -> list[str]:
    """The table for a terminal, one line each, what moved or turned marked."""
    return list(_lines(rows)) if len(rows) else ["no provision stands in both tables"]


def _lines(rows: pd.DataFrame) -> Iterator[str]:
    for variable, group in rows.groupby("variable", sort=False):
        yield f"{variable}, none to full, %: before -> after"
        for row in group.itertuples():
            said = " (value before)" if row.before_variable != variable else ""
            mark = ", turned" if row.turned else ", moved" if row.moved else ""
            yield f"  {row.section:5}{row.before:+8.2f} -> {row.after:+8.2f}{mark}{said}"


def figure(rows: pd.DataFrame, lang: str) -> Figure | None:
    """Both effects of every provision side by side, one column a variable: hollow before, filled after."""
    names = [name for name in VARIABLES if name in set(rows.variable)] if len(rows) else []
    if not names:
        return None
    sections = [section for section in SECTIONS if section in set(rows.section)]
    fig = style.figure(1.6 + 0.3 * len(sections), 12.0)
    axes = fig.subplots(1, len(names), sharey=True, squeeze=False)[0]
    for ax, name in zip(axes, names):
        _draw(ax, rows[rows.variable == name].set_index("section").reindex(sections))
        ax.set_title(_titled(name, lang))
        ax.set_xlabel(say("percent", lang))
    axes[0].set_yticks(range(len(sections)), sections)
    axes[0].set_ylim(len(sections) - 0.5, -0.5)
    marks = [Line2D([], [], marker="o", ls="-", color=style.GREY, mfc="white", label=say("effects_before", lang)),
             Line2D([], [], marker="o", ls="-", color=style.BLUE, label=say("effects_after", lang))]
    fig.legend(handles=marks, loc="outside upper left", ncols=2, title=say("effects_before_after", lang),
               alignment="left", title_fontsize=8)
    return fig


def _titled(variable: str, lang: str) -> str:
    """Two lines: the index or total, and of what."""
    index, _, of = variable.partition("_")
    if index == "theil":
        return f"{say('name_theil', lang)}:\n{say(of, lang)}"
    return say(f"short_{variable}", lang)


def _draw(ax: Axes, rows: pd.DataFrame) -> None:
    height = np.arange(len(rows))
    ax.axvline(0, color=style.INK, lw=0.8)
    for when, shift, colour, fill in (("before", -0.17, style.GREY, "white"), ("after", 0.17, style.BLUE, style.BLUE)):
        ax.hlines(height + shift, rows[f"{when}_low"], rows[f"{when}_high"], color=colour, lw=2.0, alpha=0.55)
        ax.plot(rows[when], height + shift, "o", ms=4.2, color=colour, mfc=fill, zorder=3)
    for line in height[:-1] + 0.5:
        ax.axhline(line, color="#EFEFEF", lw=0.6, zorder=0)
    ax.set_xmargin(0.07)
    ax.grid(axis="y", visible=False)


def write(rows: pd.DataFrame, folder: Path, lang: str = "en") -> list[Path]:
    """The figure as SVG and PNG in a folder; nothing where there is nothing to draw."""
    with writing(folder):
        folder.mkdir(parents=True, exist_ok=True)
        drawn = style.write(lambda language: figure(rows, language), folder, STEM, lang)
    return [] if drawn is None else [folder / f"{STEM}.{kind}" for kind in ("svg", "png")]
