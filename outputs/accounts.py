"""Accounts behind the gaps: output against people (D.3), where people come from and go to, the land of the province.

Whether a county gains on the others because activity arrives or because people leave is read off the first.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.artist import Artist
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from outputs import paths, style
from outputs.style import Look
from outputs.view import View, band
from outputs.words import say
from sim.indicators.inequality import growth_split

SINCE = 2019  # the year of the Opinions
PEOPLE = ("births", "deaths", "arrivals_internal", "departures_internal", "arrivals_outside", "departures_outside")
USES = (
    ("land_cultivated", style.GREEN), ("land_garden", "#999933"), ("land_forest", "#225522"),
    ("land_residential", style.PINK), ("land_industrial", "#882255"), ("land_infrastructure", "#332288"),
    ("land_rural", "#8C564B"), ("land_other", "#000000"),
)
CONSTRUCTION = ("land_residential", "land_industrial", "land_infrastructure")


def start_of(view: View) -> int:
    """The year from which changes are told."""
    return SINCE if view.first <= SINCE < view.last else view.first


# --- output and people


def split(view: View, scenario: str) -> dict[str, np.ndarray]:
    """Change of relative GDP per head and its two parts by run and compared county [run, county], log points x 100."""
    first, last = view.at(start_of(view)), view.at(view.last)
    gdp, people = (view.runs(name, scenario)[:, :, view.members] for name in ("gdp", "population_mid"))
    found = growth_split(gdp[:, first], people[:, first], gdp[:, last], people[:, last])
    return dict(zip(("relative", "output", "people"), (100 * x for x in found), strict=True))


def split_table(view: View) -> pd.DataFrame:
    """Means over the runs of the change of relative GDP per head, of the output share and of the people share: relative
    is output less people in the means too, as it would not be in medians."""
    if not view.has("gdp", "population_mid"):
        return pd.DataFrame()
    rows = []
    for scenario in view.scenarios:
        parts = {name: values.mean(axis=0) for name, values in split(view, scenario).items()}
        for place, row in enumerate(np.flatnonzero(view.members)):
            rows.append({
                "scenario": scenario, "from": start_of(view), "year": view.last,
                **view.county(int(row)), "relative": parts["relative"][place],
                "output_share": parts["output"][place], "people_share": parts["people"][place]})
    return pd.DataFrame(rows)


def split_bars(view: View, look: Look) -> Figure | None:
    """By county: what its share in output and its share in people did to its relative GDP per head."""
    if not view.has("gdp", "population_mid"):
        return None
    told = view.headline or view.strongest
    shown = [view.focus] if len(view.shown) == 1 else list(dict.fromkeys([view.reference, told]))
    parts = {s: {name: x.mean(axis=0) for name, x in split(view, s).items()} for s in shown}
    order = np.argsort(-parts[shown[-1]]["relative"], kind="stable")
    names = [view.names(look.lang)[row] for row in np.flatnonzero(view.members)[order]]
    fig = style.figure(1.1 + 0.24 * len(order))
    axes = fig.subplots(1, len(shown), squeeze=False, sharey=True, sharex=True)[0]
    height = np.arange(len(order))
    for ax, scenario in zip(axes, shown, strict=True):
        ax.barh(height - 0.19, parts[scenario]["output"][order], 0.36, color=style.GREEN)
        ax.barh(height + 0.19, -parts[scenario]["people"][order], 0.36, color=style.PINK)
        ax.plot(parts[scenario]["relative"][order], height, "D", ms=4, color=style.INK)
        ax.axvline(0, color=style.INK, lw=0.9)
        ax.set_title(view.called(scenario, look.lang))
        ax.set_ylim(len(order) - 0.4, -0.6)
    axes[0].set_yticks(height, names)
    fig.supxlabel(say("split_axis", look.lang, first=start_of(view), last=view.last), fontsize=8.5)
    handles = [Patch(color=style.GREEN, label=say("split_output", look.lang)),
               Patch(color=style.PINK, label=say("split_people", look.lang)),
               Line2D([], [], marker="D", ms=4, ls="", color=style.INK, label=say("split_relative", look.lang))]
    fig.legend(handles=handles, loc="outside upper left", ncols=3, alignment="left")
    return fig


# --- people who come and go


def balance(view: View, scenario: str) -> dict[str, np.ndarray]:
    """Natural growth, net moves inside Hainan and net moves with the outside since the start year, in % of residents
    then; by compared county, means over the runs (the parts add up to the mean of all)."""
    first = view.at(start_of(view))
    start = view.runs("population", scenario)[:, first]

    def since(plus, minus):
        flow = view.runs(plus, scenario) - view.runs(minus, scenario)
        part = 100 * flow[:, first + 1:].sum(axis=1)[:, view.members] / start[:, view.members]
        return part.mean(axis=0)

    return {"natural": since("births", "deaths"), "internal": since("arrivals_internal", "departures_internal"),
            "outside": since("arrivals_outside", "departures_outside")}


def people_bars(view: View, look: Look) -> Figure | None:
    """By county: natural growth, moves inside Hainan and with the outside since the start year."""
    if not view.has("population", *PEOPLE) or view.first == view.last:
        return None
    parts = balance(view, view.focus)
    total = np.sum(list(parts.values()), axis=0)
    order = np.argsort(-total, kind="stable")
    colours = {"natural": style.GREEN, "internal": style.PINK, "outside": "#8C564B"}
    fig = style.figure(1.1 + 0.23 * len(order), 8.4)
    ax = fig.subplots()
    height = np.arange(len(order))
    for sign in (1, -1):
        left = np.zeros(len(order))
        for name, colour in colours.items():
            width = np.where(sign * parts[name][order] > 0, parts[name][order], 0.0)
            ax.barh(height, width, 0.62, left=left, color=colour)
            left = left + width
    ax.plot(total[order], height, "D", ms=4, color=style.INK)
    ax.axvline(0, color=style.INK, lw=0.9)
    ax.set_yticks(height, [view.names(look.lang)[row] for row in np.flatnonzero(view.members)[order]])
    ax.set_ylim(len(order) - 0.4, -0.6)
    ax.set_xlabel(say("people_axis", look.lang, first=start_of(view), last=view.last,
                      scenario=view.called(view.focus, look.lang)))
    handles: list[Artist] = [Patch(color=colour, label=say(f"people_{name}", look.lang))
                             for name, colour in colours.items()]
    handles.append(Line2D([], [], marker="D", ms=4, ls="", color=style.INK, label=say("people_all", look.lang)))
    fig.legend(handles=handles, loc="outside upper left", ncols=4, alignment="left")
    return fig


# --- land


def land_account(view: View, look: Look) -> Figure | None:
    """What each use of land has gained and lost since 2010 in the province, and new construction land by county."""
    uses = [(name, colour) for name, colour in USES if view.has(name)]
    built = [name for name in CONSTRUCTION if view.has(name)]
    if not uses or not built:
        return None
    fig = style.figure(4.6)
    left, right = fig.subplots(1, 2, width_ratios=[1.25, 1.0])
    paths.shade(left, view, look, named=False)
    for name, colour in uses:
        change = view.runs(name, view.focus).sum(axis=2)
        paths.fan(left, view.years, band((change - change[:, :1]) / 1000), colour, inner=False)
    left.axhline(0, color=style.INK, lw=0.9)
    left.set_ylabel(say("land_axis", look.lang, first=view.first))
    left.set_title(view.called(view.focus, look.lang))
    paths.name_years([left], look)
    members, offsets = np.flatnonzero(view.members), np.linspace(-0.27, 0.27, len(view.shown))
    height = np.arange(len(members))
    for offset, scenario in zip(offsets if len(view.shown) > 1 else [0.0], view.shown, strict=True):
        stock = np.sum([view.runs(name, scenario) for name in built], axis=0)[:, :, members]
        new = np.median(stock[:, -1] - stock[:, view.at(start_of(view))], axis=0)
        right.barh(height + offset, new, 0.8 / len(view.shown), color=look.of(scenario),
                   label=view.called(scenario, look.lang))
    right.set_yticks(height, [view.names(look.lang)[row] for row in members])
    right.set_ylim(len(members) - 0.4, -0.6)
    right.tick_params(labelsize=7)
    right.set_xlabel(say("land_new", look.lang, first=start_of(view), last=view.last))
    handles: list[Artist] = [Line2D([], [], color=colour, lw=2, label=view.label(name, look.lang))
                             for name, colour in uses]
    handles += [Patch(color=look.of(s), label=view.called(s, look.lang)) for s in view.shown]
    fig.legend(handles=handles, loc="outside upper left", ncols=4, alignment="left",
               title=paths.interval_words(view, look.lang), title_fontsize=8)
    return fig
