"""Maps: matplotlib on the polygons of the pack. Sansha is a schematic mark in the corner, never a value."""

from __future__ import annotations

from typing import TYPE_CHECKING

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.collections import PathCollection
from matplotlib.colors import BoundaryNorm, Colormap, Normalize
from matplotlib.figure import Figure

from outputs import style
from outputs.style import Look
from outputs.view import View
from outputs.words import factor, say

if TYPE_CHECKING:
    import xarray as xr

    from sim.region.geography import Polygon

CLASSES, CLASSES_OF_A_SIDE = 6, 4
MOST_ROWS = 4
CHANGE_FROM = 2020


def outlines_of(results: xr.Dataset) -> tuple[Polygon, ...] | None:
    """Outlines of the shipped pack in the order of the results; none where the counties are others."""
    from sim.region.geography import polygons
    from sim.region.pack import load_pack

    pack = load_pack()
    codes = list(results["county"].values)
    known = {int(code): shape for code, shape in zip(pack.codes, polygons(pack), strict=True)}
    return tuple(known[int(code)] for code in codes) if set(map(int, codes)) <= set(known) else None


def draw(ax: Axes, view: View, values: np.ndarray, norm: Normalize, cmap: Colormap, look: Look,
         names: bool = True) -> None:
    """Counties filled by their values; those without a value stay white and hatched."""
    shown = list(view.shapes)
    paths = [path for path, _ in view.shapes.values()]
    known = np.isfinite(values[shown])
    faces = [cmap(norm(v)) if k else (1, 1, 1, 1) for v, k in zip(values[shown], known, strict=True)]
    ax.add_collection(PathCollection(paths, facecolors=faces, edgecolors="white", linewidths=0.7))
    if not known.all():
        blank = [path for path, k in zip(paths, known, strict=True) if not k]
        ax.add_collection(PathCollection(blank, facecolors="none", edgecolors=style.GREY, linewidths=0.5, hatch="////"))
    points = np.concatenate([path.vertices for path in paths])
    low, high = points.min(axis=0), points.max(axis=0)
    ax.set_xlim(low[0] - 0.04, high[0] + 0.04)
    ax.set_ylim(low[1] - 0.04, high[1] + 0.04)
    ax.set_aspect(1 / np.cos(np.radians((low[1] + high[1]) / 2)))  # degrees of longitude are shorter than of latitude
    ax.set_axis_off()
    if names:
        _names(ax, view, faces, look)
    _sansha(ax, view, look)


def _names(ax, view: View, faces, look: Look) -> None:
    """Names inside the counties, dark on light and light on dark."""
    words = view.names(look.lang)
    for (row, (_, (x, y))), face in zip(view.shapes.items(), faces, strict=True):
        bright = 0.299 * face[0] + 0.587 * face[1] + 0.114 * face[2]
        ax.text(x, y, words[row], ha="center", va="center", fontsize=5.3, color=style.INK if bright > 0.5 else "white")


def _sansha(ax, view: View, look: Look) -> None:
    """Units that are a mark, not a border, as a small hatched square in the corner."""
    if not any(shape.schematic for shape in view.polygons or ()):
        return
    corner = ax.inset_axes((0.9, 0.02, 0.07, 0.08))
    corner.set_xticks([])
    corner.set_yticks([])
    corner.grid(visible=False)
    for spine in corner.spines.values():
        spine.set(visible=True, color=style.GREY, linewidth=0.6)
    corner.patch.set(facecolor="white", hatch="/////", edgecolor=style.PALE)
    ax.text(0.97, 0.125, say("sansha", look.lang), transform=ax.transAxes, ha="right", va="bottom", fontsize=5.3,
            color=style.GREY)


def classes(values: np.ndarray, centred: bool = False) -> tuple[BoundaryNorm, Colormap]:
    """Class limits at rounded quantiles of the values, so that every class is used, and the colours between them.

    Centred: limits of the sizes, the same on both sides of zero; the colours tell rises from falls.
    """
    known = values[np.isfinite(values)]
    known = known if known.size else np.array([0.0, 1.0])
    if centred:
        inner = _limits(np.abs(known), CLASSES_OF_A_SIDE, floor=0.0)[1:]
        limits = np.concatenate([-inner[::-1], [0.0], inner])
    else:
        limits = _limits(known, CLASSES)
    cmap = mpl.colormaps[style.DIFFERENCES if centred else style.LEVELS]
    return BoundaryNorm(limits, cmap.N), cmap


def _limits(values: np.ndarray, number: int, floor: float | None = None) -> np.ndarray:
    """Rising limits of at most `number` classes that hold about the same number of values, rounded to as many digits as
    keep them apart; the outer ones hold all values."""
    ends = np.quantile(values, np.linspace(0, 1, number + 1))
    if floor is not None:
        ends[0] = floor
    if not ends[-1] > ends[0]:
        return np.array([ends[0], ends[0] + 1.0]) if floor is not None else np.array([ends[0] - 0.5, ends[0] + 0.5])
    apart = np.diff(np.unique(ends))
    step = 10.0 ** np.floor(np.log10(max(np.median(apart), (ends[-1] - ends[0]) / 1000)))
    step = step / 2 if np.median(apart) < 2 * step else step
    inner = np.round(ends[1:-1] / step) * step
    low = np.floor(ends[0] / step) * step if floor is None else floor
    high = np.ceil(ends[-1] / step + 1e-9) * step
    return np.unique(np.round([low, *inner[(inner > low) & (inner < high)], high], 10))


def _panel(fig: Figure, ax, view: View, values, title: str, unit: str, look: Look, centred: bool, norm=None) -> None:
    norm, cmap = norm or classes(values, centred)
    draw(ax, view, values, norm, cmap, look)
    ax.set_title(title)
    bar = fig.colorbar(ScalarMappable(norm, cmap), ax=ax, orientation="horizontal", shrink=0.86, aspect=28, pad=0.02,
                       spacing="uniform")
    bar.set_label(unit, fontsize=7.5)
    bar.outline.set_visible(False)
    bar.ax.tick_params(labelsize=6.5, length=0)
    bar.set_ticks(norm.boundaries, labels=[f"{limit:,.4g}".replace("-", "−") for limit in norm.boundaries])


def levels(view: View, look: Look) -> Figure | None:
    """The last year in the scenario in focus: output and income per head, and the change of residents."""
    if view.polygons is None:
        return None
    scale = factor("cny_thousand", look.lang)
    panels = [(f"{say(name, look.lang)} {view.last}", say("cny_thousand", look.lang),
               _middle(view, name, view.focus)[-1] * scale, False) for name in _told(view)[:2]]
    start = min(CHANGE_FROM, view.last)
    if view.has("population") and view.last > start:
        people = _middle(view, "population", view.focus)
        before = np.where(people[view.at(start)] > 0, people[view.at(start)], np.nan)
        title = say("population_change", look.lang, first=start, last=view.last)
        panels.append((title, say("percent", look.lang), 100 * (people[-1] / before - 1), True))
    if not panels:
        return None
    fig = style.figure(3.5, 3.4 * len(panels))
    for ax, (title, unit, values, centred) in zip(fig.subplots(1, len(panels), squeeze=False)[0], panels, strict=True):
        _panel(fig, ax, view, np.where(view.members, values, np.nan), title, unit, look, centred)
    fig.suptitle(view.called(view.focus, look.lang), x=0.01, ha="left",
                 fontsize=9.5)
    return fig


def _middle(view: View, name: str, scenario: str) -> np.ndarray:
    return np.median(view.runs(name, scenario), axis=0)


def differences(view: View, look: Look) -> Figure | None:
    """Median paired effects of the other scenarios on output, income and residents, in % of the reference."""
    names = [name for name in (*_told(view), "population") if view.has(name)]
    shown = _shown(view)
    if view.polygons is None or not names or not shown:
        return None
    effects = {(s, n): _percent(view, n, s) for s in shown for n in names}
    fig = style.figure(3.4 * len(shown), 3.4 * len(names))
    axes = fig.subplots(len(shown), len(names), squeeze=False)
    for column, name in enumerate(names):
        together = classes(np.concatenate([effects[s, name] for s in shown]), centred=True)
        for row, scenario in enumerate(shown):
            title = f"{say(name, look.lang)} {view.last}"
            unit = say("effect_axis", look.lang, reference=view.called(view.reference, look.lang, 24))
            _panel(fig, axes[row, column], view, effects[scenario, name], title, unit, look, True, together)
            if column == 0:
                axes[row, 0].text(-0.03, 0.5, view.called(scenario, look.lang), rotation=90, va="center", ha="center",
                                  fontweight="bold", transform=axes[row, 0].transAxes)
    return fig


def _shown(view: View) -> list[str]:
    """The scenarios mapped: all, or the strongest and the first of many."""
    told = [s for s in view.shown if s != view.reference]
    paired = [s for s in told if not view.has("population")
              or len(view.pairs("population", s, view.reference)[0])]
    first = [s for s in (view.strongest,) if s in paired]
    return (first + [s for s in paired if s not in first])[:MOST_ROWS]


def _percent(view: View, name: str, scenario: str) -> np.ndarray:
    """Median difference of the pairs in the last year, in % of the reference [county]."""
    one, other = (values[:, -1] for values in view.pairs(name, scenario, view.reference))
    change = np.median(100 * (one - other) / np.where(other > 0, other, np.nan), axis=0)
    return np.where(view.members, change, np.nan)


def _told(view: View) -> list[str]:
    """Output in volume and income at the local cost of living, in values where results hold no others."""
    pairs = (("gdp_volume_pc", "gdp_pc"), ("real_inc_pc", "inc_pc"))
    return [name for name in (next((n for n in names if view.has(n)), None) for names in pairs) if name]
