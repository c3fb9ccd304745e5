"""How far from history, as a figure: shares of residents in the census by county, and scores beside naive forecasts.

The tables are handed in; nothing is scored here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from outputs import skill, style
from outputs.style import Look
from outputs.view import short_name
from outputs.words import say

NAIVE: dict[str, Any] = {"marker": "o", "ms": 4, "mfc": "white", "mec": style.INK, "mew": 0.9, "ls": ""}
CENSUS = "residents_2020"
WIDEST = 4.0  # ratios beyond are drawn at the edge


def draw(tables: Mapping[str, pd.DataFrame] | None, look: Look) -> Figure | None:
    """Left the error of every county in the 2020 census, right the ratio of all targets that can be tested."""
    if not tables:
        return None
    people, scores = tables.get("by_unit", pd.DataFrame()), tables.get("scores", pd.DataFrame())
    if len(people):
        people = people[(people["target"] == CENSUS) & (people["information"] == people["information"].iloc[0])]
    if len(scores):
        scores = scores[scores["smallest_gain"].notna() & (scores["information"] == scores["information"].iloc[0])]
    if people.empty and scores.empty:
        return None
    fig = style.figure(1.3 + 0.235 * max(len(people), len(scores)), 9.8)
    axes = fig.subplots(1, 2, width_ratios=(1, 1.1))
    _census(axes[0], people, look)
    _ratios(axes[1], scores, look)
    handles = [Line2D([], [], marker="o", ms=4.2, color=style.BLUE, lw=2.2, label=say("model", look.lang)),
               Line2D([], [], **NAIVE, label=say("naive_marks", look.lang))]
    fig.legend(handles=handles, loc="outside upper left", ncols=2)
    return fig


def _percent(log_error) -> np.ndarray:
    return 100 * np.expm1(np.asarray(log_error, dtype=float))


def _census(ax, table: pd.DataFrame, look: Look) -> None:
    """Where each county's share lies in 2020, in % of the census; sorted by the model's error."""
    if table.empty:
        ax.remove()
        return
    table = table.sort_values("error", ascending=False, kind="stable")
    height = np.arange(len(table))
    bounds = 100 * (table[["model_low", "model_high"]].to_numpy() / table[["observed"]].to_numpy() - 1)
    ax.hlines(height, bounds[:, 0], bounds[:, 1], color=style.BLUE, lw=2.2, alpha=0.5)
    ax.plot(_percent(table["error"]), height, "o", ms=4.2, color=style.BLUE)
    ax.plot(_percent(table["naive_error"]), height, **NAIVE)
    ax.axvline(0, color=style.INK, lw=0.9)
    names = table[f"name_{look.lang}"] if (table[f"name_{look.lang}"] != "").all() else table["county"]
    ax.set_yticks(height, [short_name(str(n), look.lang) for n in names])
    ax.set_ylim(len(table) - 0.4, -0.6)
    ax.set_xlabel(say("error_axis", look.lang))
    ax.set_title(say("how_far_title", look.lang))


def _ratios(ax, table: pd.DataFrame, look: Look) -> None:
    """Score of the model over that of the best naive forecast, beside the ratios that chance alone could make."""
    if table.empty:
        ax.remove()
        return
    height, gain = np.arange(len(table)), table["smallest_gain"].to_numpy(float)
    ratio = table["ratio"].to_numpy(float)
    ax.hlines(height, np.maximum(1 - gain, 0), np.minimum(1 + gain, WIDEST), color=style.INK, lw=5, alpha=0.15)
    colour = np.where(ratio < 1 - gain, style.BLUE, np.where(ratio > 1 + gain, style.ORANGE, style.INK))
    ax.scatter(np.minimum(ratio, WIDEST), height, s=18, color=colour, zorder=3)
    ax.axvline(1, color=style.INK, lw=0.9)
    words = [f"{skill.named(row, look.lang)} ({skill.started(row, look.lang)}; {skill.window(row)})"
             for row in table.to_dict("records")]
    ax.set_yticks(height, words, fontsize=6.8)
    ax.set_ylim(len(table) - 0.4, -0.6)
    ax.set_xlim(0, WIDEST)
    ax.set_xlabel(say("ratio_axis", look.lang))
    ax.set_title(say("how_far_scores", look.lang))
