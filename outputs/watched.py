"""What the province watches (9.2): milestones with probabilities, lights by county, the composite index over time."""

from __future__ import annotations

import textwrap
from functools import partial

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from outputs import paths, style
from outputs.style import Look
from outputs.view import View, once
from outputs.words import say
from sim.indicators import coordination, lights, milestones
from sim.indicators.registry import why_missing

LIGHT_COLOURS = (style.GREEN, "#F0E442", style.AMBER, style.ORANGE)
INDICES = ("rci", *(f"u_{area}" for area in coordination.AREAS), "coordination")
WARNED_FROM = 2020
LIMITS_WIDTH = 130  # letters a line of limits holds
SAYS_WIDTH = {"en": 54, "zh": 28}  # letters a line of a milestone holds
TITLE_WIDTH = 40  # letters a title of a small panel holds
SKILL_WINDOW = 5  # years in which a warning must be followed


# --- milestones


def outcomes(view: View, scenario: str) -> list[milestones.Outcome]:
    """All milestones of a scenario over its runs."""
    known = {name: view.runs(name, scenario) for name in milestones.NEEDED if view.has(name)}
    why = partial(why_missing, there=tuple(map(str, view.results.data_vars)))
    return milestones.outcomes(known, view.years.tolist(), why)


def milestone_table(view: View) -> pd.DataFrame:
    """Every milestone by scenario: probability, what was found beside the bound, or why it is not computed."""
    return pd.DataFrame([
        {"scenario": scenario, "milestone": o.milestone.id, "year": o.milestone.year, "section": o.milestone.section,
         "says": o.milestone.says, "says_zh": o.milestone.says_zh, "runs": o.runs, "probability": o.probability,
         "conditions": "; ".join(map(str, o.milestone.conditions)),
         "found": "; ".join(f"{value:.4g}" for value in o.values), "reason": o.reason}
        for scenario in view.scenarios for o in outcomes(view, scenario)])


def milestone_grid(view: View, look: Look) -> Figure | None:
    """Probability of each milestone in each scenario; a dash where it is not computed."""
    table = milestone_table(view)
    if table.probability.isna().all():
        return None
    ids = list(dict.fromkeys(table.milestone))
    grid = table.pivot(index="milestone", columns="scenario", values="probability").loc[ids, view.shown].to_numpy()
    says = table.drop_duplicates("milestone").set_index("milestone")["says_zh" if look.lang == "zh" else "says"]
    bounds = table.drop_duplicates("milestone").set_index("milestone")["conditions"]
    width = SAYS_WIDTH[look.lang]
    words = ["\n".join([*textwrap.wrap(says[name], width), *textwrap.wrap(f"{name}: {bounds[name]}", SAYS_WIDTH["en"])])
             for name in ids]
    fig = style.figure(1.1 + 0.36 * len(ids), 9.0)
    ax = fig.subplots()
    ax.imshow(grid, cmap=style.LEVELS, vmin=0, vmax=1, aspect="auto", alpha=0.75)
    for (row, column), value in np.ndenumerate(grid):
        ax.text(column, row, f"{100 * value:.0f}" if np.isfinite(value) else "–", ha="center", va="center",
                color="white" if value > 0.7 else style.INK)
    ax.set_yticks(range(len(ids)), words, fontsize=6.5)
    ax.set_xticks(range(len(view.shown)), [textwrap.fill(view.called(s, look.lang), 14 if look.lang == "en" else 8)
                                           for s in view.shown])
    ax.xaxis.tick_top()
    ax.grid(visible=False)
    for line in np.flatnonzero(np.diff([int(name[1:3]) for name in ids])) + 0.5:
        ax.axhline(line, color=style.INK, lw=0.8)
    ax.set_xlabel(say("milestone_axis", look.lang))
    return fig


# --- lights


@once
def light_table(view: View) -> pd.DataFrame:
    """Lights by county, kind and year: the median colour, and the shares of runs at orange or red, and at red."""
    rows = []
    for light in (x for x in lights.LIGHTS if view.has(f"light_{x.name}")):
        for scenario in view.scenarios:
            runs = view.runs(f"light_{light.name}", scenario)
            for year in _shown_years(view):
                levels = runs[:, view.at(year)]
                for row in np.flatnonzero(view.members & np.isfinite(levels).all(axis=0)):
                    rows.append({
                        "scenario": scenario, "light": light.name, "year": year,
                        **view.county(int(row)), "runs": len(levels), "median": float(_middle(levels[:, row])),
                        "orange_or_red": float((levels[:, row] >= lights.ORANGE).mean()),
                        "red": float((levels[:, row] >= lights.RED).mean())})
    return pd.DataFrame(rows)


def skill_table(view: View) -> pd.DataFrame:
    """Whether an orange light foretells a red one, over all runs, counties and years of a scenario.

    It is the skill of lights within runs: history holds no yearly series of counties to score them against.
    """
    rows = []
    for light in (x for x in lights.LIGHTS if view.has(f"light_{x.name}")):
        for scenario in view.scenarios:
            levels = view.runs(f"light_{light.name}", scenario)[:, :, view.members]
            found = lights.skill(levels == lights.ORANGE, levels >= lights.RED, SKILL_WINDOW)
            rows.append({"scenario": scenario, "light": light.name, "window": SKILL_WINDOW, **found._asdict()})
    return pd.DataFrame(rows)


def _shown_years(view: View) -> list[int]:
    inside = [year for year in (WARNED_FROM, 2025) if view.first <= year < view.last]
    return [*inside, view.last]


def _middle(levels):
    """The median colour, the worse one of two."""
    return np.ceil(np.median(levels, axis=0))


def light_grid(view: View, look: Look) -> Figure | None:
    """Lights of the scenario in focus by county and kind in three years: the median run."""
    shown = [light for light in lights.LIGHTS if view.has(f"light_{light.name}")]
    if not shown:
        return None
    members, years = np.flatnonzero(view.members), _shown_years(view)
    fig = style.figure(1.9 + 0.21 * len(members))
    axes = fig.subplots(1, len(years), squeeze=False, sharey=True)[0]
    for ax, year in zip(axes, years, strict=True):
        for column, light in enumerate(shown):
            level = _middle(view.runs(f"light_{light.name}", view.focus)[:, view.at(year)])[members]
            for colour in np.unique(level[np.isfinite(level)]):
                places = np.flatnonzero(level == colour)
                ax.plot(np.full(len(places), column), places, "o", ms=8, mec=style.INK, mew=0.4,
                        mfc=LIGHT_COLOURS[int(colour)])
            for place in np.flatnonzero(np.isfinite(level)):
                ax.text(column, place, f"{level[place]:.0f}", ha="center", va="center", fontsize=5.5)
        ax.set_xticks(range(len(shown)), [_light_word(light, look.lang) for light in shown], rotation=40, ha="right")
        ax.set_xlim(-0.6, len(shown) - 0.4)
        ax.set_title(str(year))
        ax.set_ylim(len(members) - 0.4, -0.6)
    axes[0].set_yticks(range(len(members)), [view.names(look.lang)[row] for row in members])
    handles = [Patch(fc=colour, ec=style.INK, lw=0.4, label=f"{level} {words[look.lang == 'zh']}")
               for level, (colour, words) in enumerate(zip(LIGHT_COLOURS, lights.COLOURS, strict=True))]
    fig.legend(handles=handles, loc="outside upper left", ncols=4, alignment="left",
               title_fontsize=8, title=f"{view.called(view.focus, look.lang)}; {say('lights_note', look.lang)}\n"
                                       f"{_limits(shown, look.lang)}")
    return fig


def _light_word(light: lights.Light, lang: str) -> str:
    return light.says_zh if lang == "zh" else light.name


def _limits(shown, lang: str) -> str:
    """The three limits where the colour of each light changes."""
    words = [f"{_light_word(x, lang)} {'≥' if x.much_is_bad else '<'} {'/'.join(f'{b:g}' for b in x.borders)}"
             for x in shown]
    return textwrap.fill("; ".join(words).replace("-", "−"), LIMITS_WIDTH if lang == "en" else LIMITS_WIDTH // 2)


# --- the composite index


def composite(view: View, look: Look) -> Figure | None:
    """The composite index, its three areas and the degree of coordination over the years."""
    shown = [name for name in INDICES if view.has(name)]
    if not shown:
        return None
    columns = min(3, len(shown))
    rows = -(-len(shown) // columns)
    fig = style.figure(0.8 + 2.3 * rows)
    axes = fig.subplots(rows, columns, squeeze=False, sharex=True).ravel()
    for ax, name in zip(axes, shown):
        paths.shade(ax, view, look, named=False)
        paths.panel(ax, view, look, name, past=view.past(name))
        ax.set_title(textwrap.fill(view.label(name, look.lang), TITLE_WIDTH), fontsize=8)
        ax.set_ylabel(say("index_100" if name == "rci" else "index_1", look.lang))
        ax.tick_params(labelbottom=True)
        ax.locator_params(axis="x", integer=True, nbins=6)
    for ax in axes[len(shown):]:
        ax.remove()
    paths.name_years(axes[:len(shown)][-columns:], look)
    last = Line2D([], [], ls="", label=_without(view, look.lang))
    paths.legend(fig, view, look, extra=[last] if _without(view, look.lang) else [])
    return fig


def left_out(view: View) -> list[str]:
    """Parts of the composite index that the results do not hold."""
    return [part.name for area in coordination.AREAS.values() for part in area if not view.has(part.name)]


def _without(view: View, lang: str) -> str:
    lacking = left_out(view)
    return say("composite_without", lang, parts=", ".join(lacking)) if lacking else ""
