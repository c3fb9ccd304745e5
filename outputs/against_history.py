"""How far from history, as a figure: the 2020 census by county, and errors beside those of naive forecasts.

The tables are handed in; nothing is scored here.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from outputs import style
from outputs.style import Look
from outputs.view import short_name
from outputs.words import say, term, window
from sim.indicators.windows import HOLD_OUT

NAIVE = {"marker": "o", "ms": 4, "mfc": "white", "mec": style.INK, "mew": 0.9, "ls": ""}
UNSEEN = ("census", str(HOLD_OUT[0]))  # windows that were kept unseen in fitting


def draw(tables: Mapping[str, pd.DataFrame] | None, look: Look) -> Figure | None:
    """Left the error of every county in the 2020 census, right the mean errors of all targets."""
    if not tables:
        return None
    people, scores = tables.get("population_2020", pd.DataFrame()), tables.get("scores", pd.DataFrame())
    scores = scores[scores["model_error"].notna()] if len(scores) else scores
    if people.empty and scores.empty:
        return None
    scores = scores[scores["window"].str.startswith(UNSEEN)] if len(scores) else scores
    fig = style.figure(1.3 + 0.235 * max(len(people), len(scores)), 9.8)
    axes = fig.subplots(1, 2, width_ratios=(1.1, 1))
    _census(axes[0], people, look)
    _errors(axes[1], scores, look)
    handles = [Line2D([], [], marker="o", ms=4.2, color=style.BLUE, lw=2.2, label=say("model", look.lang)),
               Line2D([], [], **NAIVE, label=say("naive_marks", look.lang))]
    fig.legend(handles=handles, loc="outside upper left", ncols=2)
    return fig


def _percent(log_error) -> np.ndarray:
    return 100 * np.expm1(np.asarray(log_error, dtype=float))


def _census(ax, table: pd.DataFrame, look: Look) -> None:
    """Where each county lies in 2020, in % of the census; sorted by the model's error."""
    if table.empty:
        ax.remove()
        return
    table = table.assign(error=_percent(table["log_error"])).sort_values("error", ascending=False, kind="stable")
    height = np.arange(len(table))
    bounds = 100 * (table[["model_low", "model_high"]].to_numpy() / table[["observed_2020"]].to_numpy() - 1)
    ax.hlines(height, bounds[:, 0], bounds[:, 1], color=style.BLUE, lw=2.2, alpha=0.5)
    ax.plot(table["error"], height, "o", ms=4.2, color=style.BLUE)
    ax.plot(_percent(table["log_error_naive"]), height, **NAIVE)
    ax.axvline(0, color=style.INK, lw=0.9)
    names = table[f"name_{look.lang}"] if f"name_{look.lang}" in table else table["county"]
    ax.set_yticks(height, [short_name(str(n), look.lang) for n in names])
    ax.set_ylim(len(table) - 0.4, -0.6)
    ax.set_xlabel(say("error_axis", look.lang))
    ax.set_title(say("how_far_title", look.lang))


def _errors(ax, table: pd.DataFrame, look: Look) -> None:
    """Mean absolute error of the model and of the best naive forecast, one row a target."""
    if table.empty:
        ax.remove()
        return
    naive = table[[c for c in table if c.startswith("error_")]].min(axis=1)
    height = np.arange(len(table))
    own = 100 * table["model_error"].to_numpy()
    better = own <= 100 * naive.to_numpy()
    ax.hlines(height, 100 * naive, own, color=np.where(better, style.BLUE, style.ORANGE), lw=1.4, alpha=0.6)
    ax.plot(own, height, "o", ms=4.2, color=style.BLUE)
    ax.plot(100 * naive, height, **NAIVE)
    words = [f"{term(row.target, look.lang)}\n{_short(row, look.lang)}" for row in table.itertuples()]
    ax.set_yticks(height, words, fontsize=6.8)
    ax.set_ylim(len(table) - 0.4, -0.6)
    ax.set_xlim(left=0)
    ax.set_xlabel(say("error_axis_abs", look.lang))
    ax.set_title(say("how_far_scores", look.lang))


def _short(row, lang: str) -> str:
    """Years and form of a target, short."""
    form = {"share of the province": "share", "persons": "persons"}.get(row.form, "level")
    return f"{term(form, lang)}, {window(row.window.removeprefix('census '), lang)}"
