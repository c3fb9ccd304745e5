"""Figures of the attribution: what each part contributes to the effect on the gaps and on the province."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from outputs import answers, attribution, gap_figures, style
from outputs.attribution import WHOLE
from outputs.style import Look
from outputs.view import View
from outputs.words import say
from sim.levers import ASSUMED, CAUSAL, MONITORED, SCALAR

COLOURS = {CAUSAL: (style.GREEN, ""), ASSUMED: (style.AMBER, "////"), SCALAR: ("#B9B9B9", ""),
           MONITORED: (style.SKY, "....")}
"""Colour and hatching of the bars by the kind of the levers."""
HEIGHT = 0.68  # of a bar, between one row and the next


def gaps(view: View, look: Look, measure: str = "theil") -> Figure | None:
    """What each part contributes to the effect on each gap by one measure, sorted by the first; the parts add up to the
    whole. Bars are means, lines the ranges of the pairs of draw and seed."""
    table = attribution.contributions(view)
    table = table[table["measure"] == measure] if len(table) else table
    titles = {name: say(gap_figures.TITLED[quantity], look.lang)
              for name, quantity in zip(table.get("variable", ()), table.get("quantity", ()))}
    return _bars(view, table, titles, say("attribution_axis", look.lang, year=view.last,
                                          measure=say(f"measure_{measure}", look.lang)), look)


def levels(view: View, look: Look) -> Figure | None:
    """What each part contributes to the effect on output, income and residents of the province, sorted by the first."""
    table = attribution.contributions(view)
    table = table[table["quantity"] == ""] if len(table) else table
    titles = {name: say(name, look.lang) for name in table.get("variable", ())}
    return _bars(view, table, titles, say("attribution_axis_levels", look.lang, year=view.last), look, rises=True)


def _bars(view: View, table: pd.DataFrame, titles: dict[str, str], axis: str, look: Look,
          rises: bool = False) -> Figure | None:
    """A panel for each variable, a row for each part and one for all of them; `rises`: the largest first."""
    if table.empty:
        return None
    first = table[(table["variable"] == next(iter(titles))) & (table["part"] != WHOLE)]
    order = list(first.sort_values(["percent", "part"], ascending=[not rises, True], kind="stable")["part"])
    fig = style.figure(1.5 + 0.23 * (len(order) + 1))
    axes = fig.subplots(1, len(titles), squeeze=False, sharey=True)[0]
    for ax, (name, title) in zip(axes, titles.items(), strict=True):
        _panel(ax, table[table["variable"] == name].set_index("part"), order)
        ax.set_title("\n".join(gap_figures.wrapped(title, look.lang)))
    names = [answers.part_of_plan(view, part, look.lang) for part in order]
    axes[0].set_yticks(range(len(order) + 1), [*names, say("attribution_all", look.lang)])
    fig.supxlabel(axis, fontsize=8.5)
    kinds = [kind for kind in COLOURS if kind in {attribution.kind_of(part) for part in order}]
    fig.legend(handles=[Patch(facecolor=COLOURS[kind][0], hatch=COLOURS[kind][1], edgecolor="white",
                              label=say(f"attribution_{kind.replace(' ', '_')}", look.lang)) for kind in kinds],
               loc="outside upper left", ncols=2, alignment="left", title_fontsize=8,
               title=answers.shared_ranges(table, look.lang))
    return fig


def _panel(ax: Axes, rows: pd.DataFrame, order: list[str]) -> None:
    """Bars with their ranges, all of them whole; that of the whole stands below a line."""
    for place, part in enumerate([*order, WHOLE]):
        row = rows.loc[part]
        colour, hatch = COLOURS.get(attribution.kind_of(part), (style.INK if part == WHOLE else style.PINK, ""))
        ax.barh(place, row["percent"], HEIGHT, color=colour, hatch=hatch, edgecolor="white", linewidth=0)
        if np.isfinite(row["percent_low"]):
            ax.errorbar(row["percent"], place, xerr=[[max(0.0, row["percent"] - row["percent_low"])],
                                                     [max(0.0, row["percent_high"] - row["percent"])]],
                        color=style.GREY if part == WHOLE else style.INK, lw=1.1, capsize=2.2, capthick=1.1)
    ends = rows.loc[[*order, WHOLE], ["percent", "percent_low", "percent_high"]].to_numpy(dtype=float)
    low, high = min(0.0, np.nanmin(ends)), max(0.0, np.nanmax(ends))
    room = 0.06 * (high - low) or 1.0
    ax.set_xlim(low - room, high + room)
    ax.axvline(0, color=style.INK, lw=0.9)
    ax.axhline(len(order) - 0.5, color=style.GREY, lw=0.8)
    ax.set_ylim(len(order) + 0.5, -0.5)
    ax.grid(axis="y", visible=False)
