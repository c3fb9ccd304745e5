"""Figures of the verdict: the effects on every gap, the gaps over the years, groups, parts of the plan, assumptions.

They draw the rows of the one table of gaps (`verdict`), which the sentences read too.
"""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from outputs import answers, paths, style, verdict
from outputs.numbers import signed
from outputs.style import Look
from outputs.verdict import NARROWER, POLICY, WIDER
from outputs.view import View, band
from outputs.words import followed_by, say

MOST_SCENARIOS = 4
FIRST_WIDTH, SMALL_WIDTH = 7.6, 4.4  # inches: the figure is read beside the answers, or on a small screen
TITLED = {"income": "gap_title_income", "output": "gap_title_output", "services": "gap_title_services"}
WIDEST, USUAL = 2.5, 0.8  # times this quantile of the range ends: what lies beyond is drawn at the edge
MOST_NUMBERS = 12
TITLE_WIDTH = {"en": 20, "zh": 10}  # letters a title beside others holds


def wrapped(title: str, lang: str, width: int = 0) -> list[str]:
    """The lines of a title that stands beside others."""
    return textwrap.wrap(title, width or TITLE_WIDTH[lang])


def told_scenarios(view: View) -> list[str]:
    """The scenarios that figures of effects show: the one told first, then the strongest, then the others; parts of a
    plan that run alone or are left out have a figure of their own."""
    parts = set(verdict.provisions(view).get("scenario", ()))
    rest = [name for name in view.others if name not in parts]
    first = [name for name in (view.headline, view.strongest) if name in rest]
    return list(dict.fromkeys([*first, *rest]))[:MOST_SCENARIOS]


def limit(table: pd.DataFrame, names: Sequence[str]) -> float:
    """How far an axis of changes goes: all that lies near the others is seen whole."""
    ends = np.abs(table[list(names)].to_numpy(dtype=float))
    ends = ends[np.isfinite(ends) & (ends > 0)]
    return float(1.1 * min(ends.max(), WIDEST * np.quantile(ends, USUAL))) if ends.size else 1.0


def dot(ax: Axes, place: float, row: Any, colour: str, edge: float) -> None:
    """A median with its range: solid where the range lies on one side, hollow where not; beyond the edge its number. An
    arrow says that a range goes on beyond the edge."""
    solid = row.verdict in (NARROWER, WIDER)
    if np.isfinite(row.gap_low):
        ax.plot(np.clip([row.gap_low, row.gap_high], -edge, edge), [place, place], color=colour, lw=2.4, alpha=0.55,
                solid_capstyle="butt")
        for end, mark in ((row.gap_low, "<"), (row.gap_high, ">")):
            if abs(end) > edge:
                ax.plot(np.sign(end) * edge * 0.985, place, mark, ms=4, color=colour, mew=0)
    if abs(row.gap_percent) > edge:
        side = np.sign(row.gap_percent)
        ax.plot(side * edge * 0.985, place, ">" if side > 0 else "<", ms=5, color=colour)
        ax.text(side * edge * 0.94, place, signed(row.gap_percent, 0), ha="right" if side > 0 else "left", va="center",
                fontsize=7, color=colour)
    else:
        ax.plot(row.gap_percent, place, "o", ms=5, color=colour, mfc=colour if solid else "white", mew=1.3, zorder=3)


def gaps(view: View, look: Look, columns: int | None = None) -> Figure | None:
    """The change of every gap by measure: effects of the scenarios against the reference, or of one over time."""
    table = verdict.gaps(view)
    told, kind = verdict.scenario_told(view)
    scenarios = told_scenarios(view) if kind == POLICY else [told]
    table = table[(table.kind == kind) & table.scenario.isin(scenarios)] if len(table) else table
    table = table[table.gap_percent.notna()] if len(table) else table
    if table.empty:
        return None
    quantities = list(dict.fromkeys(table.quantity))
    columns = columns or len(quantities)
    rows = -(-len(quantities) // columns)
    measures = [name for name in verdict.MEASURES if name in set(table.measure)]
    height = (0.34 if columns > 1 else 0.24) + 0.09 * min(len(scenarios), MOST_SCENARIOS)
    fig = style.figure(1.15 + rows * (0.45 + height * len(measures)), FIRST_WIDTH if columns > 1 else SMALL_WIDTH)
    axes = fig.subplots(rows, columns, squeeze=False, sharey=columns > 1, sharex=False).ravel()
    offsets = np.linspace(-0.24, 0.24, len(scenarios)) if len(scenarios) > 1 else [0.0]
    for ax, quantity in zip(axes, quantities):
        mine = table[table.quantity == quantity]
        edge = limit(mine, ("gap_low", "gap_high") if mine.gap_low.notna().any() else ("gap_percent",))
        for offset, scenario in zip(offsets, scenarios):
            for row in mine[mine.scenario == scenario].itertuples():
                dot(ax, measures.index(row.measure) + offset, row, look.of(scenario), edge)
        ax.axvline(0, color=style.INK, lw=0.9)
        ax.set_xlim(-edge, edge)
        ax.set_ylim(len(measures) - 0.5, -0.5)
        ax.grid(axis="y", visible=False)
        title = say(TITLED[quantity], look.lang)
        ax.set_title("\n".join(wrapped(title, look.lang)) if columns > 1 else title)
        for line in np.arange(len(measures) - 1) + 0.5:
            ax.axhline(line, color="#EFEFEF", lw=0.6, zorder=0)
        names = [_measure_word(mine, measure, look.lang, columns == 1) for measure in measures]
        ax.set_yticks(range(len(measures)), names)
    for ax in axes[len(quantities):]:
        ax.remove()
    if columns > 1:
        for ax in axes[1:len(quantities)]:
            ax.tick_params(labelleft=False)
    key = "gap_axis" if kind == POLICY else "gap_axis_time"
    fig.supxlabel(say(key, look.lang, year=view.last, start=verdict.start_of(view),
                      reference=view.called(view.reference, look.lang)), fontsize=8.5)
    handles = [Line2D([], [], marker="o", ms=5, lw=2.4, color=look.of(name), label=view.called(name, look.lang))
               for name in scenarios]
    note = f"{answers.ranges_words(view, look.lang)}\n{say('marks_note', look.lang)}\n{say('turned_note', look.lang)}"
    fig.legend(handles=handles, loc="outside upper left", ncols=2 if columns > 1 else 1, title=note, alignment="left",
               title_fontsize=7.5 if columns == 1 else 8)
    return fig


def _measure_word(rows: pd.DataFrame, measure: str, lang: str, named: bool) -> str:
    """The name of a measure on an axis; where one axis names it for several gaps, the county left out is not named."""
    mine = rows[rows.measure == measure]
    if measure == verdict.WITHOUT and (not named or mine.empty):
        return say("measure_theil_without_any", lang)
    return answers.measure_name(mine.iloc[0].to_dict() if len(mine) else {"measure": measure}, lang)


def gap_paths(view: View, look: Look) -> Figure | None:
    """Over the years: the Theil index of each gap with what was observed, the effect on it, landlocked over coast."""
    shown = list(verdict.quantities(view))
    if not shown:
        return None
    scenarios = told_scenarios(view)
    lines = ["theil", *(["effect"] if scenarios else []),
             *(["landcoast"] if any(view.has(f"landcoast_{of}") for _, of in shown) else [])]
    fig = style.figure(0.9 + 2.05 * len(lines))
    axes = fig.subplots(len(lines), len(shown), squeeze=False, sharex=True)
    marks: set[str] = set()
    for column, (quantity, of) in enumerate(shown):
        for row, line in enumerate(lines):
            ax = axes[row, column]
            paths.shade(ax, view, look, named=row == 0)
            if line == "effect":
                _effect_over_years(ax, view, look, f"theil_{of}", scenarios)
            elif view.has(f"{line}_{of}"):
                marks |= paths.panel(ax, view, look, f"{line}_{of}", past=view.past(f"{line}_{of}"),
                                     scenarios=[view.reference, *scenarios])
            if line == "theil":
                ax.set_title(say(TITLED[quantity], look.lang))
                paths.from_floor(ax, 0)
    for ax, line in zip(axes[:, 0], lines):
        ax.set_ylabel(say({"theil": "theil_axis", "effect": "over_years_axis", "landcoast": "coast_axis"}[line],
                          look.lang))
    paths.name_years(axes[-1], look)
    paths.legend(fig, view, look, marks, scenarios=[view.reference, *scenarios])
    return fig


def _effect_over_years(ax: Axes, view: View, look: Look, name: str, scenarios: Sequence[str]) -> None:
    """The paired effect in % of the reference by year, with its range."""
    for scenario in scenarios:
        one, other = view.pairs(name, scenario, view.reference)
        if not len(one):
            continue
        with np.errstate(divide="ignore", invalid="ignore"):
            paths.fan(ax, view.years, band(100 * (one / other - 1)), look.of(scenario), inner=False)
    ax.axhline(0, color=style.INK, lw=0.9)


def who(view: View, look: Look) -> Figure | None:
    """Effects on rich and poor, coast and centre: real income, output, residents."""
    table = verdict.who_gains(view)
    scenarios = told_scenarios(view)
    table = table[table.scenario.isin(scenarios)] if len(table) else table
    if table.empty or not table.pairs.max():
        return None
    names, places = list(dict.fromkeys(table.variable)), [g for g in verdict.GROUPS if g in set(table.group)]
    fig = style.figure(1.0 + (0.3 + 0.1 * len(scenarios)) * len(places))
    axes = fig.subplots(1, len(names), squeeze=False, sharey=True)[0]
    offsets = np.linspace(-0.24, 0.24, len(scenarios)) if len(scenarios) > 1 else [0.0]
    for ax, name in zip(axes, names, strict=True):
        for offset, scenario in zip(offsets, scenarios, strict=True):
            for row in table[(table.variable == name) & (table.scenario == scenario)].itertuples():
                place, colour = places.index(row.group) + offset, look.of(scenario)
                ax.hlines(place, row.low_percent, row.high_percent, color=colour, lw=2.4, alpha=0.55)
                open_sign = row.low_percent < 0 < row.high_percent
                ax.plot(row.median_percent, place, "o", ms=5, color=colour, mew=1.3,
                        mfc="white" if open_sign else colour)
        ax.axvline(0, color=style.INK, lw=0.9)
        ax.set_xmargin(0.08)
        ax.set_ylim(len(places) - 0.5, -0.5)
        ax.grid(axis="y", visible=False)
        ax.set_title(say(answers.WHO[name], look.lang))
    axes[0].set_yticks(range(len(places)), [say(f"group_{place}", look.lang) for place in places])
    fig.supxlabel(say("effect_axis_point", look.lang, year=view.last,
                      reference=view.called(view.reference, look.lang)), fontsize=8.5)
    handles = [Line2D([], [], marker="o", ms=5, lw=2.4, color=look.of(name), label=view.called(name, look.lang))
               for name in scenarios]
    fig.legend(handles=handles, loc="outside upper left", ncols=2, alignment="left", title_fontsize=8,
               title=answers.ranges_words(view, look.lang))
    return fig


def provisions(view: View, look: Look) -> Figure | None:
    """What each part of the plan does to the Theil index of each gap, sorted by the first."""
    table = verdict.provisions(view)
    table = table[table.measure == "theil"] if len(table) else table
    if table.empty:
        return None
    quantities, kinds = list(dict.fromkeys(table.quantity)), list(dict.fromkeys(table.kind))
    first = table[(table.quantity == quantities[0]) & (table.kind == kinds[0])]
    order = list(first.sort_values(["gap_percent", "part"], kind="stable").part)
    order += [part for part in dict.fromkeys(table.part) if part not in order]
    scenario_of = dict(zip(table.part, table.scenario))
    fig = style.figure(1.1 + 0.24 * len(order))
    axes = fig.subplots(1, len(quantities), squeeze=False, sharey=True)[0]
    colours = dict(zip(kinds, (style.GREEN, style.PINK)))
    for ax, quantity in zip(axes, quantities, strict=True):
        mine = table[table.quantity == quantity]
        edge = limit(mine, ("gap_low", "gap_high") if mine.gap_low.notna().any() else ("gap_percent",))
        for shift, kind in zip((-0.15, 0.15) if len(kinds) > 1 else (0.0,), kinds):
            for row in mine[mine.kind == kind].itertuples():
                dot(ax, order.index(row.part) + shift, row, colours[kind], edge)
        ax.axvline(0, color=style.INK, lw=0.9)
        ax.set_xlim(-edge, edge)
        ax.set_ylim(len(order) - 0.5, -0.5)
        ax.set_title(say(TITLED[quantity], look.lang))
    axes[0].set_yticks(range(len(order)), [answers.part_name(view, scenario_of[part], look.lang) for part in order])
    fig.supxlabel(f"{say('over_years_axis', look.lang)} ({view.last})", fontsize=8.5)
    handles = [Line2D([], [], marker="o", ms=5, lw=2.4, color=colours[kind], label=say(f"kind_{kind}", look.lang))
               for kind in kinds]
    fig.legend(handles=handles, loc="outside upper left", ncols=2, alignment="left", title_fontsize=8,
               title=followed_by(answers.ranges_words(view, look.lang), say("marks_note", look.lang), look.lang, ";"))
    return fig


def leaning(view: View, look: Look) -> Figure | None:
    """Rank correlation of the effect with each number that differs between draws, beside what chance makes."""
    table = verdict.leaning(view).head(MOST_NUMBERS)
    if table.empty:
        return None
    fig = style.figure(0.9 + 0.22 * len(table), 7.2)
    ax = fig.subplots()
    height, chance = np.arange(len(table)), float(table["by_chance"].iloc[0])
    ax.axvspan(-chance, chance, color="#F1F1F1", lw=0)
    values = table["rank_correlation"].to_numpy()
    ax.hlines(height, 0, values, color=style.GREY, lw=1.2)
    for place, row in enumerate(table.itertuples()):
        ax.plot(row.rank_correlation, place, "D" if row.turns else "o", ms=5, color=style.INK,
                mfc=style.INK if abs(row.rank_correlation) > chance else "white")
    ax.axvline(0, color=style.INK, lw=0.9)
    ax.set_xlim(-1, 1)
    ax.set_ylim(len(table) - 0.5, -0.5)
    ax.set_yticks(height, list(table["name"]))
    ax.set_xlabel(say("leaning_axis", look.lang))
    return fig
