"""Effects of policy: paired differences between scenarios with the same draw and the same luck (F.12).

Never two means side by side: a run is compared with the run of the reference that shares its draw and seed.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from outputs import style
from outputs.style import Look
from outputs.view import ENOUGH, View
from outputs.words import say
from sim.indicators import runs
from sim.indicators.runs import effect

GAPS = tuple(f"{index}_{of}" for of in ("gdp_volume_pc", "real_inc_pc", "gdp_pc", "inc_pc", "svc")
             for index in ("theil", "cv", "maxmin"))
GAPS_TOO = ("province_ur_ratio",)
LEVELS = ("province_gdp_volume", "province_real_inc_pc", "province_gdp", "province_population", "province_inc_pc",
          "province_urb")
BY_COUNTY = ("real_inc_pc", "gdp_volume_pc", "inc_pc", "gdp_pc", "population")


def effects(view: View, year: int | None = None) -> pd.DataFrame:
    """Effects on the headline gaps and levels of every scenario against the reference, in one year."""
    at = view.at(year or view.last)
    rows = []
    for name in (*GAPS, *GAPS_TOO, *LEVELS):
        if not view.has(name):
            continue
        for scenario in view.others:
            one, other = runs.pairs(view.results, name, scenario, view.reference)
            rows.append({"scenario": scenario, "variable": name, "year": int(view.years[at]), "unit": view.unit(name),
                         **effect(one[:, at], other[:, at])})
    return pd.DataFrame(rows)


def registered(view: View, contrasts: Mapping[str, tuple[str, str]], year: int | None = None) -> pd.DataFrame:
    """The contrasts a study registered before it ran: first scenario less second, on the headline gaps and levels."""
    at = view.at(year or view.last)
    rows = []
    for contrast, (scenario, reference) in contrasts.items():
        for name in (*GAPS, *GAPS_TOO, *LEVELS):
            if view.has(name):
                one, other = runs.pairs(view.results, name, scenario, reference)
                rows.append({"contrast": contrast, "scenario": scenario, "against": reference, "variable": name,
                             "year": int(view.years[at]), "unit": view.unit(name), **effect(one[:, at], other[:, at])})
    return pd.DataFrame(rows)


def county_effects(view: View, year: int | None = None) -> pd.DataFrame:
    """Effects by county on output and income per head and on residents: who gains, who loses."""
    at = view.at(year or view.last)
    rows = []
    for name in BY_COUNTY:
        if not view.has(name):
            continue
        for scenario in view.others:
            one, other = runs.pairs(view.results, name, scenario, view.reference)
            for row in np.flatnonzero(view.members):
                rows.append({
                    "scenario": scenario, "variable": name, "year": int(view.years[at]),
                    **view.county(int(row)), **effect(one[:, at, row], other[:, at, row]),
                })
    return pd.DataFrame(rows)


def same_as_reference(view: View, scenario: str) -> str:
    """Whether a scenario is the reference under another name ("identical"), has the same results in every pair and year
    although the two plan differently ("later": what they differ in acts after the horizon, or on nothing), or neither
    (""). Nothing is said where there is no pair."""
    names = [name for name in (*GAPS, *GAPS_TOO, *LEVELS, *BY_COUNTY) if view.has(name)]
    paired = [runs.pairs(view.results, name, scenario, view.reference) for name in names]
    if not paired or not len(paired[0][0]) or not all(np.array_equal(*pair, equal_nan=True) for pair in paired):
        return ""
    plans = dict(word.rpartition("=")[::2] for word in str(view.results.attrs.get("scenario_hash", "")).split())
    return "later" if plans.get(scenario) != plans.get(view.reference) else "identical"


def interval_words(pairs: int, lang: str) -> str:
    """What the bar around a dot is."""
    key = "pairs_none" if pairs < 2 else "pairs_90" if pairs >= ENOUGH else "pairs_range"
    return say(key, lang, n=pairs)


def _dots(ax, table: pd.DataFrame, places, look: Look, scenarios) -> None:
    """Dots with bars, one row a place; the scenarios of a place side by side."""
    offsets = np.linspace(-0.26, 0.26, len(scenarios)) if len(scenarios) > 1 else [0.0]
    for offset, scenario in zip(offsets, scenarios, strict=True):
        rows = table[table.scenario == scenario].set_index("place").reindex(places)
        height = np.arange(len(places)) + offset
        ax.hlines(height, rows.low_percent, rows.high_percent, color=look.of(scenario), lw=2.2, alpha=0.55)
        ax.plot(rows.mean_percent, height, "o", ms=4, color=look.of(scenario), label=scenario, zorder=3)
    ax.axvline(0, color=style.INK, lw=0.9)
    ax.set_xmargin(0.07)
    ax.set_ylim(len(places) - 0.5, -0.5)
    ax.grid(axis="y", visible=False)
    for line in np.arange(len(places) - 1) + 0.5:
        ax.axhline(line, color="#EFEFEF", lw=0.6, zorder=0)


def _row_name(name: str, lang: str) -> str:
    """The short name of a gap or level in a dot plot."""
    index, _, of = name.partition("_")
    if name in GAPS:
        return f"{say('name_' + index, lang)}: {say(of, lang)}"
    return say("name_ur_ratio", lang) if name == "province_ur_ratio" else say(name, lang)


def dot_plot(view: View, look: Look) -> Figure | None:
    """Effects on gaps and on levels, in % of the reference, with their intervals."""
    table = effects(view)
    if table.empty or not table.pairs.max():
        return None
    table = table.assign(place=table.variable)
    groups = [(key, [n for n in names if n in set(table.variable)])
              for key, names in (("gaps", (*GAPS, *GAPS_TOO)), ("levels", LEVELS))]
    groups = [(key, names) for key, names in groups if names]
    rows = sum(len(names) for _, names in groups)
    fig = style.figure(0.9 + rows * (0.22 + 0.07 * len(view.others)), 8.4)
    axes = fig.subplots(len(groups), 1, squeeze=False, height_ratios=[len(names) for _, names in groups])[:, 0]
    for ax, (key, names) in zip(axes, groups, strict=True):
        _dots(ax, table, names, look, view.others)
        ax.set_yticks(range(len(names)), [_row_name(name, look.lang) for name in names])
        ax.set_title(say(key, look.lang))
        if key == "gaps":
            for line in (2.5, 5.5, 8.5):
                ax.axhline(line, color=style.PALE, lw=0.9, zorder=0)
    axes[-1].set_xlabel(say("effect_axis_point", look.lang, year=view.last, reference=view.reference))
    _legend(fig, axes[0], int(table.pairs.max()), look)
    return fig


def _legend(fig: Figure, ax, pairs: int, look: Look) -> None:
    handles, labels = ax.get_legend_handles_labels()
    note = say("effects_note", look.lang, interval=interval_words(pairs, look.lang))
    fig.legend(handles, labels, loc="outside upper left", ncols=min(len(labels), 5), title=note, alignment="left",
               title_fontsize=8)


def ranking(view: View, look: Look) -> Figure | None:
    """Effects by county, sorted by the effect of the strongest scenario on income (or the first variable there is)."""
    table = county_effects(view)
    if table.empty or not table.pairs.max():
        return None
    table = table.assign(place=table.county)
    names = [name for name in ("inc_pc", "gdp_pc", "population") if name in set(table.variable)]
    first = table[(table.variable == names[0]) & (table.scenario == view.strongest)]
    places = list(first.sort_values(["mean_percent", "county"], ascending=[False, True]).county)
    words = dict(zip(view.results["county"].values.tolist(), view.names(look.lang), strict=True))
    fig = style.figure(1.0 + len(places) * (0.2 + 0.045 * len(view.others)))
    axes = fig.subplots(1, len(names), sharey=True, squeeze=False)[0]
    for ax, name in zip(axes, names, strict=True):
        _dots(ax, table[table.variable == name], places, look, view.others)
        ax.set_title(say(name, look.lang))
    axes[0].set_yticks(range(len(places)), [words[code] for code in places])
    _legend(fig, axes[0], int(table.pairs.max()), look)
    fig.supxlabel(say("effect_axis_point", look.lang, year=view.last, reference=view.reference), fontsize=8.5)
    return fig
