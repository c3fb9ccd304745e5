"""Paths over the years: fans of the runs, with what was observed laid over them.

Observed values are solid, derived or recalled ones grey, values that rest on imputation hollow. The years kept unseen
in fitting and the years of the forecast are shaded; where runs follow history, those of the forecast.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from collections.abc import Set as AbstractSet
from operator import itemgetter
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FixedLocator

from outputs import spread, style
from outputs.style import Look
from outputs.view import IMPUTED, OBSERVED, SOFT, Band, Past, View, band
from outputs.words import factor, followed_by, say
from sim.indicators.windows import FORECAST_FROM, HOLD_OUT

MARKS: dict[str, dict[str, Any]] = {
    OBSERVED: {"marker": "o", "ms": 3.6, "mfc": style.INK, "mec": style.INK, "mew": 0.6},
    SOFT: {"marker": "o", "ms": 3.6, "mfc": "#A8A8A8", "mec": style.INK, "mew": 0.6},
    IMPUTED: {"marker": "o", "ms": 3.6, "mfc": "white", "mec": style.INK, "mew": 0.8},
}
MARK_WORDS = {OBSERVED: "observed", SOFT: "derived", IMPUTED: "imputed"}
COLUMNS = 6


def shade(ax: Axes, view: View, look: Look, named: bool = True) -> None:
    """The forecast behind the lines, and before it the years kept unseen in fitting, or those in which a run follows
    history."""
    ax.set_ymargin(0.13 if named else 0.05)
    followed = int(view.results.attrs.get("history_until") or 0)
    border = (followed + 1 if followed else FORECAST_FROM) - 0.5
    before = (view.first - 0.5, "followed_years") if followed else (HOLD_OUT[0] - 0.5, "hold_out")
    spans = ((before[0], border, before[1], "white" if followed else "#F1F1F1", "right", border - 0.2),
             (border, view.last + 0.5, "forecast", "#F4F4F4" if followed else "#F8F8F8", "left", border + 0.2))
    for start, end, key, colour, side, place in spans:
        if view.last < start:
            continue
        ax.axvspan(start, min(end, view.last + 0.5), color=colour, lw=0, zorder=0)
        if named:
            ax.text(min(place, view.last + 0.4), 0.985, say(key, look.lang), transform=ax.get_xaxis_transform(),
                    va="top", ha=side, fontsize=6.5, color=style.GREY)
    ax.set_xlim(view.first - 0.5, view.last + 0.5)


def from_floor(ax: Axes, floor: float) -> None:
    """The axis from a natural lower end, with room for the words at the top."""
    top = ax.get_ylim()[1]
    ax.set_ylim(floor, top + 0.08 * (top - floor))


def fan(ax: Axes, years: np.ndarray, fanned: Band, colour: str, width: float = 1.6, inner: bool = True) -> None:
    """A line for the median, bands for the intervals; of a single run the line alone."""
    if fanned.has_interval:
        ax.fill_between(years, fanned.low, fanned.high, color=colour, alpha=0.14, lw=0)
        if inner and fanned.has_quantiles:
            ax.fill_between(years, fanned.inner_low, fanned.inner_high, color=colour, alpha=0.24, lw=0)
    ax.plot(years, fanned.centre, color=colour, lw=width)


def widths(number: int) -> np.ndarray:
    """Line widths, the first the widest: lines that coincide are all seen."""
    return np.linspace(1.3 + 0.55 * min(number - 1, 3), 1.3, number)


def dots(ax: Axes, past: Past | None, scale: float = 1.0, size: float = 1.0) -> set[str]:
    """What was observed; the kinds of marks that were needed."""
    if past is None:
        return set()
    for trust, mark in MARKS.items():
        at = past.trust == trust
        if at.any():
            ax.plot(past.years[at], past.values[at] * scale, ls="", zorder=4, **mark | {"ms": mark["ms"] * size})
    return set(past.trust)


def legend(fig: Figure, view: View, look: Look, marks: AbstractSet[str] = frozenset(),
           extra: Sequence[Line2D] = (), scenarios: Sequence[str] | None = None) -> None:
    """Scenarios, bands and marks, once for the figure, above it; that nothing was observed is said."""
    handles = [Line2D([], [], color=look.of(name), lw=2, label=view.called(name, look.lang))
               for name in (view.shown if scenarios is None else scenarios)]
    handles += list(extra)
    handles += [Line2D([], [], ls="", label=say(MARK_WORDS[trust], look.lang), **MARKS[trust])
                for trust in MARKS if trust in marks]
    title = interval_words(view, look.lang)
    if scenarios is None and len(view.shown) < len(view.scenarios):
        some = say("some_scenarios", look.lang, k=len(view.shown), n=len(view.scenarios))
        title = followed_by(title, some, look.lang, ";")
    if not marks and view.history is not None:
        title = followed_by(title, say("no_observation", look.lang), look.lang, ";")
    fig.legend(handles=handles, loc="outside upper left", ncols=min(len(handles), 3), alignment="left",
               title=title, title_fontsize=8)


def interval_words(view: View, lang: str) -> str:
    """What the bands (or bars) are; those of seeds alone are chance, not uncertainty."""
    return spread.words_of(view.basis, lang)


def panel(ax: Axes, view: View, look: Look, name: str, scale: float = 1.0, pick: Callable | None = None,
          past: Past | None = None, size: float = 1.0, scenarios: Sequence[str] | None = None) -> set[str]:
    """All scenarios of one variable (or of one county of it), with history."""
    shown = view.shown if scenarios is None else scenarios
    for scenario, width in zip(shown, widths(len(shown)), strict=True):
        values = view.runs(name, scenario)
        fan(ax, view.years, band((pick(values) if pick else values) * scale), look.of(scenario), width, pick is None)
    return dots(ax, past, scale, size)


def name_years(axes: Iterable[Axes], look: Look) -> None:
    """The year under the axes."""
    for ax in axes:
        ax.set_xlabel(say("year", look.lang))
        ax.locator_params(axis="x", integer=True, nbins=6)


PROVINCE = (
    ("province_population", "persons_million"), ("province_urb", "share_percent"),
    ("province_gdp", "billion"), ("province_gdp_volume", "billion"),
    ("province_inc_pc", "cny_thousand"), ("province_real_inc_pc", "cny_thousand"),
)


def province(view: View, look: Look) -> Figure | None:
    """Totals of the province with their history."""
    shown = [entry for entry in PROVINCE if view.has(entry[0])]
    if not shown:
        return None
    rows = (len(shown) + 1) // 2
    fig = style.figure(0.6 + 2.6 * rows)
    axes = fig.subplots(rows, 2, squeeze=False).ravel()
    marks: set[str] = set()
    for ax, (name, unit) in zip(axes, shown):
        scale = factor(unit, look.lang)
        shade(ax, view, look)
        seen = panel(ax, view, look, name, scale, past=view.past(name))
        marks |= seen
        if not seen and view.history is not None:
            ax.text(0.02, 0.86, say("no_observation", look.lang), transform=ax.transAxes, fontsize=7, color=style.GREY)
        ax.set_title(say(name, look.lang))
        ax.set_ylabel(say(unit, look.lang))
    for ax in axes[len(shown):]:
        ax.remove()
    name_years(axes[:len(shown)], look)
    legend(fig, view, look, marks)
    return fig


def small_multiples(view: View, look: Look, name: str, scale: float, unit: str) -> Figure | None:
    """One panel a county: fans of the scenarios and what was observed there; every panel has its own scale."""
    if not view.has(name):
        return None
    shown = np.flatnonzero(view.members)
    rows = -(-len(shown) // COLUMNS)
    fig = style.figure(0.9 + 1.45 * rows)
    axes = fig.subplots(rows, min(COLUMNS, len(shown)), squeeze=False, sharex=True).ravel()
    marks: set[str] = set()
    words = view.names(look.lang)
    for ax, row in zip(axes, shown):
        shade(ax, view, look, named=False)
        marks |= panel(ax, view, look, name, scale, itemgetter((..., row)), view.past(name, int(row)), 0.85)
        ax.set_title(words[row], fontsize=8)
        ax.tick_params(labelsize=7)
        ax.locator_params(axis="y", nbins=4)
        ax.xaxis.set_major_locator(_decades(view))
    for ax in axes[len(shown):]:
        ax.remove()
    fig.supylabel(unit, fontsize=8.5)
    legend(fig, view, look, marks)
    return fig


def _decades(view: View) -> FixedLocator:
    return FixedLocator([year for year in range(view.first, view.last + 1) if year % 10 == 0])


def population_by_county(view: View, look: Look) -> Figure | None:
    """Residents of each county beside the censuses."""
    return _in_unit(view, look, "population", "persons_thousand")


def output_by_county(view: View, look: Look) -> Figure | None:
    """Output per head of each county."""
    return _in_unit(view, look, "gdp_pc", "cny_thousand")


def income_by_county(view: View, look: Look) -> Figure | None:
    """Disposable income per head of each county."""
    return _in_unit(view, look, "inc_pc", "cny_thousand")


def _in_unit(view: View, look: Look, name: str, unit: str) -> Figure | None:
    label = f"{say(name, look.lang)}{'，' if look.lang == 'zh' else ', '}{say(unit, look.lang)}"
    return small_multiples(view, look, name, factor(unit, look.lang), label)


def ageing_by_county(view: View, look: Look) -> Figure | None:
    """Share of residents of 65 and over: censuses and the last year."""
    return dumbbells(view, look, "old", 100.0, say("old_axis", look.lang), observed=(2010, 2020))


def transfers_by_county(view: View, look: Look) -> Figure | None:
    """Transfers in the resources of the general budget, in 2020 and in the last year."""
    return dumbbells(view, look, "transfer_share", 100.0, say("transfer_axis", look.lang), start=2020)


def dumbbells(view: View, look: Look, name: str, scale: float, unit: str, observed: Sequence[int] = (),
              start: int | None = None) -> Figure | None:
    """One row a county: where it was, and where each scenario takes it; sorted by the last year of the focus."""
    if not view.has(name):
        return None
    shown = np.flatnonzero(view.members)
    final = {s: band(view.runs(name, s)[:, -1] * scale) for s in dict.fromkeys([*view.shown, view.focus])}
    order = shown[np.argsort(-final[view.focus].centre[shown], kind="stable")]
    fig = style.figure(1.2 + 0.235 * len(order), 8.4)
    ax = fig.subplots()
    height = np.arange(len(order))
    handles = _starts(ax, view, look, name, scale, order, observed, start)
    offsets = np.linspace(-0.22, 0.22, len(final)) if len(final) > 1 else [0.0]
    for offset, (scenario, fanned) in zip(offsets, final.items(), strict=True):
        if fanned.has_interval:
            ax.hlines(height + offset, fanned.low[order], fanned.high[order], color=look.of(scenario), lw=1.8,
                      alpha=0.5)
        handles += ax.plot(fanned.centre[order], height + offset, "o", ms=4, color=look.of(scenario),
                           label=say("run_year", look.lang, year=view.last, scenario=view.called(scenario, look.lang)))
    ax.set_ylim(len(order) - 0.4, -0.6)
    ax.set_yticks(height, [view.names(look.lang)[row] for row in order])
    ax.grid(axis="x", visible=True)
    ax.set_xlabel(unit)
    fig.legend(handles=handles, loc="outside upper left", ncols=2, alignment="left", title_fontsize=8,
               title=interval_words(view, look.lang))
    return fig


def _starts(ax, view: View, look: Look, name, scale, order, observed, start) -> list:
    """Marks for observed years, or for the focus scenario in a start year."""
    height, handles = np.arange(len(order)), []
    for year, mark in zip(observed, ("|", "D")):
        places, values, trusted = [], [], []
        for place, row in enumerate(order):
            past = view.past(name, int(row))
            if past is not None and (past.years == year).any():
                places.append(place)
                values.append(past.values[past.years == year][0] * scale)
                trusted.append(past.trust[past.years == year][0] != IMPUTED)
        if places:
            face = style.INK if all(trusted) else "white"
            handles += ax.plot(values, places, mark, ms=5 if mark == "|" else 3.4, mew=1.4 if mark == "|" else 0.8,
                               mec=style.INK, mfc=face, ls="", label=say(f"seen_{year}", look.lang), zorder=4)
    if start is not None and view.first <= start <= view.last:
        centre = np.median(view.runs(name, view.focus)[:, view.at(start)], axis=0)[order] * scale
        handles += ax.plot(centre, height, "o", ms=4.2, mfc="white", mec=style.INK, mew=0.9, ls="",
                           label=say("run_year", look.lang, year=start, scenario=view.called(view.focus, look.lang)))
    return handles
