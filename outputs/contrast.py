"""Effects of policy: paired differences between scenarios with the same draw and the same random numbers (F.12).

Never two means side by side: a run is compared with the run of the reference that shares its draw and seed.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from outputs import spread, style
from outputs.spread import paired
from outputs.style import Look
from outputs.view import View, once
from outputs.words import say

GAPS = tuple(f"{index}_{of}" for of in ("gdp_volume_pc", "real_inc_pc", "gdp_pc", "inc_pc", "svc")
             for index in ("theil", "cv", "maxmin"))
GAPS_TOO = ("province_ur_ratio",)
LEVELS = ("province_gdp_volume", "province_real_inc_pc", "province_gdp", "province_population", "province_inc_pc",
          "province_urb")
RANKED = (("real_inc_pc", "inc_pc"), ("gdp_volume_pc", "gdp_pc"), ("population",))
BY_COUNTY = ("real_inc_pc", "gdp_volume_pc", "inc_pc", "gdp_pc", "population")


@once
def effects(view: View, year: int | None = None) -> pd.DataFrame:
    """Effects on the headline gaps and levels of every scenario against the reference, in one year."""
    at = view.at(year or view.last)
    rows = []
    for name in (*GAPS, *GAPS_TOO, *LEVELS):
        if not view.has(name):
            continue
        for scenario in view.others:
            one, other = view.pairs(name, scenario, view.reference)
            rows.append({"scenario": scenario, "variable": name, "year": int(view.years[at]), "unit": view.unit(name),
                         **paired(one[:, at], other[:, at], view.draws_of(scenario, view.reference))})
    return pd.DataFrame(rows)


def registered(view: View, contrasts: Mapping[str, tuple[str, str]], year: int | None = None) -> pd.DataFrame:
    """The contrasts a study registered before it ran: first scenario less second, on the headline gaps and levels."""
    at = view.at(year or view.last)
    rows = []
    for contrast, (scenario, reference) in contrasts.items():
        for name in (*GAPS, *GAPS_TOO, *LEVELS):
            if view.has(name):
                one, other = view.pairs(name, scenario, reference)
                rows.append({"contrast": contrast, "scenario": scenario, "against": reference, "variable": name,
                             "year": int(view.years[at]), "unit": view.unit(name),
                             **paired(one[:, at], other[:, at], view.draws_of(scenario, reference))})
    return pd.DataFrame(rows)


@once
def county_effects(view: View, year: int | None = None) -> pd.DataFrame:
    """Effects by county on output and income per head and on residents: who gains, who loses."""
    at = view.at(year or view.last)
    rows = []
    for name in BY_COUNTY:
        if not view.has(name):
            continue
        for scenario in view.others:
            one, other = view.pairs(name, scenario, view.reference)
            for row in np.flatnonzero(view.members):
                rows.append({
                    "scenario": scenario, "variable": name, "year": int(view.years[at]),
                    **view.county(int(row)),
                    **paired(one[:, at, row], other[:, at, row], view.draws_of(scenario, view.reference)),
                })
    return pd.DataFrame(rows)


def same_as_reference(view: View, scenario: str) -> str:
    """Whether a scenario is the reference under another name ("identical"), has the same results in every pair and year
    although the two plan differently ("later": what they differ in acts after the horizon, or on nothing), or neither
    (""). Nothing is said where there is no pair."""
    names = [name for name in (*GAPS, *GAPS_TOO, *LEVELS, *BY_COUNTY) if view.has(name)]
    both = [view.pairs(name, scenario, view.reference) for name in names]
    if not both or not len(both[0][0]) or not all(np.array_equal(*pair, equal_nan=True) for pair in both):
        return ""
    plans = dict(word.rpartition("=")[::2] for word in str(view.results.attrs.get("scenario_hash", "")).split())
    return "later" if plans.get(scenario) != plans.get(view.reference) else "identical"


def _dots(ax, table: pd.DataFrame, places, look: Look, scenarios, view: View) -> None:
    """Dots with bars, one row a place; the scenarios of a place side by side."""
    offsets = np.linspace(-0.26, 0.26, len(scenarios)) if len(scenarios) > 1 else [0.0]
    for offset, scenario in zip(offsets, scenarios, strict=True):
        rows = table[table.scenario == scenario].set_index("place").reindex(places)
        height = np.arange(len(places)) + offset
        ax.hlines(height, rows.low_percent, rows.high_percent, color=look.of(scenario), lw=2.2, alpha=0.55)
        ax.plot(rows.median_percent, height, "o", ms=4, color=look.of(scenario), label=view.called(scenario, look.lang),
                zorder=3)
    ax.axvline(0, color=style.INK, lw=0.9)
    ax.set_xmargin(0.07)
    ax.set_ylim(len(places) - 0.5, -0.5)
    ax.grid(axis="y", visible=False)
    for line in np.arange(len(places) - 1) + 0.5:
        ax.axhline(line, color="#EFEFEF", lw=0.6, zorder=0)


def dot_plot(view: View, look: Look) -> Figure | None:
    """Effects on the province, in % of the reference, with their ranges."""
    table = effects(view)
    names = [n for n in (*LEVELS, *GAPS_TOO) if len(table) and n in set(table.variable)]
    if not names or not table.pairs.max():
        return None
    shown = _shown(view)
    fig = style.figure(0.9 + len(names) * (0.24 + 0.07 * len(shown)), 8.4)
    ax = fig.subplots()
    _dots(ax, table.assign(place=table.variable), names, look, shown, view)
    ax.set_yticks(range(len(names)), [say("name_ur_ratio" if n in GAPS_TOO else n, look.lang) for n in names])
    ax.set_xlabel(say("effect_axis_point", look.lang, year=view.last, reference=view.called(view.reference, look.lang)))
    _legend(fig, ax, view, look)
    return fig


def _shown(view: View) -> list[str]:
    """The scenarios drawn side by side."""
    return [name for name in view.shown if name != view.reference]


def _legend(fig: Figure, ax, view: View, look: Look) -> None:
    handles, labels = ax.get_legend_handles_labels()
    rests = spread.Basis(*(int(max(effects(view)[name], default=0)) for name in ("pairs", "draws")))
    ranges = spread.words_of(rests, look.lang)
    fig.legend(handles, labels, loc="outside upper left", ncols=2, title=say("effects_note", look.lang, ranges=ranges),
               alignment="left", title_fontsize=8)


def ranking(view: View, look: Look) -> Figure | None:
    """Effects by county, sorted by the effect of the strongest scenario on income (or the first variable there is)."""
    table = county_effects(view)
    if table.empty or not table.pairs.max():
        return None
    table = table.assign(place=table.county)
    names = [next((n for n in either if n in set(table.variable)), "") for either in RANKED]
    names = [name for name in names if name]
    first = table[(table.variable == names[0]) & (table.scenario == view.strongest)]
    places = list(first.sort_values(["median_percent", "county"], ascending=[False, True]).county)
    words = dict(zip(view.results["county"].values.tolist(), view.names(look.lang), strict=True))
    shown = _shown(view)
    fig = style.figure(1.0 + len(places) * (0.2 + 0.045 * len(shown)))
    axes = fig.subplots(1, len(names), sharey=True, squeeze=False)[0]
    for ax, name in zip(axes, names, strict=True):
        _dots(ax, table[table.variable == name], places, look, shown, view)
        ax.set_title(say(name, look.lang))
    axes[0].set_yticks(range(len(places)), [words[code] for code in places])
    _legend(fig, axes[0], view, look)
    fig.supxlabel(say("effect_axis_point", look.lang, year=view.last, reference=view.called(view.reference, look.lang)),
                  fontsize=8.5)
    return fig
