"""What provisions do, and what they do to one another: effects of a factorial study (`[design] kind = "factorial"`).

Each run of the design has half of the parts at high. The main effect of a part is the mean of all runs with it less the
mean of all without it, so it holds on average over what else is carried out. What a pair does beyond the sum of its two
is the effect of one part where the other is at high less where it is at low. Runs are paired: every combination is run
with the same draws and seeds.

At resolution V effects of parts and pairs have columns of their own, but share them with effects of three parts or
more. Columns that belong to no part and no pair hold nothing but such effects and chance: their size is the yardstick
(`noise`), beside the standard error over pairs of draw and seed (`error`), which is chance alone.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations

import numpy as np
import pandas as pd
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from outputs import style
from outputs.words import say
from sim.core.declare import Fault, UserError
from sim.indicators.runs import present
from sim.study.designs import Design, two_level, walsh_columns

Array = NDArray[np.float64]

OUTCOMES = ("theil_real_inc_pc", "theil_inc_pc", "cvu_gdp_volume_pc", "province_gdp_volume", "province_population")
DRAWN = OUTCOMES[:4]
STANDS_OUT = 3.0
"""Times the yardstick: of 210 pairs that do nothing, less than one would be called clear in a study."""
MOST_PAIRS = 8
TITLE_WIDTH = 28  # characters
COLUMNS = ("variable", "year", "kind", "first", "second", "title", "title_zh", "effect", "error", "noise", "clear",
           "first_alone", "second_alone", "together", "says")
PART, PAIR = "part", "pair"


def screened(results: xr.Dataset, design: Design, variables: Sequence[str] = OUTCOMES,
             year: int | None = None) -> pd.DataFrame:
    """Effects of all parts and pairs on some variables in one year (the last one if not said), in per cent.

    Per cent are log points x 100; a variable that is not above zero in every run is left out. `first_alone`: the effect
    of the first part with the second at low; `together`: of both; `effect` of a pair: together less both alone. A pair
    `says` complement where both together do more than the sum in either direction, substitute where they do less.
    UserError where runs of a combination are missing for every draw and seed.
    """
    rows: list[dict[str, object]] = []
    year = int(results["year"][-1]) if year is None else year
    places = _whole_pairs(results, design)
    for variable in (name for name in variables if name in results):
        values = _values(results, variable, year, design)[:, places]
        if np.all(values > 0):
            rows += (found | {"variable": variable, "year": year}
                     for found in effects(100.0 * np.log(values), design))
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _combinations(design: Design) -> list[str]:
    """The scenario of every run of the design."""
    names = np.array([part.name for part in design.parts])
    return [design.coalition(names[row]) for row in two_level(len(names))]


def _whole_pairs(results: xr.Dataset, design: Design) -> NDArray[np.bool_]:
    """Which draws and seeds [pair] have every run of the design."""
    wanted = _combinations(design)
    lacking = set(wanted) - set(map(str, results["scenario"].values))
    there = None if lacking else present(results).sel(scenario=wanted).values.reshape(len(wanted), -1)
    if there is None or not there.all(axis=0).any():
        raise UserError(Fault("results", "no seed has every run of the design", "run the study to its end"))
    return there.all(axis=0)


def _values(results: xr.Dataset, variable: str, year: int, design: Design) -> Array:
    """A variable in a year by run of the design and pair of draw and seed, [run, pair]."""
    values = results[variable].sel(year=year).transpose("scenario", "draw", "seed").values
    rows = {str(name): row for row, name in enumerate(results["scenario"].values)}
    chosen = values[[rows[name] for name in _combinations(design)]]
    return chosen.reshape(len(chosen), -1).astype(float)


def effects(values: Array, design: Design) -> Iterator[dict[str, object]]:
    """Effects of each part, then of each pair, from values [run, pair of draw and seed]."""
    names, columns = [part.name for part in design.parts], walsh_columns(len(design.parts))
    contrasts = _contrasts(values)
    pairs = list(combinations(range(len(names)), 2))
    of_pair = {pair: columns[pair[0]] ^ columns[pair[1]] for pair in pairs}
    free = sorted(set(range(1, len(values))) - set(columns) - set(of_pair.values()))
    noise = float(np.sqrt(np.mean(contrasts[free].mean(axis=1) ** 2))) if free else np.nan
    main = {place: contrasts[column].mean() for place, column in enumerate(columns)}
    for place, part in enumerate(design.parts):
        yield {"kind": PART, "first": part.name, "second": "", "title": part.title, "title_zh": part.title_zh,
               **_judged(contrasts[columns[place]], noise)}
    for one, other in pairs:
        # both at one end against one at each end: minus half of the difference of differences
        found = _judged(-2.0 * contrasts[of_pair[one, other]], 2.0 * noise)
        beyond = float(str(found["effect"]))
        alone = [main[place] - beyond / 2 for place in (one, other)]
        together = sum(alone) + beyond
        yield {"kind": PAIR, "first": names[one], "second": names[other],
               "title": f"{design.parts[one].title} x {design.parts[other].title}",
               "title_zh": f"{design.parts[one].title_zh} x {design.parts[other].title_zh}", **found,
               "first_alone": alone[0], "second_alone": alone[1], "together": together,
               "says": "complement" if abs(together) > abs(sum(alone)) else "substitute"}


def _contrasts(values: Array) -> Array:
    """Runs with a Walsh function at one less runs without it, means, [column, pair] (fast Walsh-Hadamard transform)."""
    out, step = values.copy(), 1
    while step < len(out):
        halves = out.reshape(-1, 2, step, out.shape[1])
        out = np.stack([halves[:, 0] + halves[:, 1], halves[:, 0] - halves[:, 1]], axis=1).reshape(out.shape)
        step *= 2
    return -2.0 * out / len(values)


def _judged(found: Array, noise: float) -> dict[str, object]:
    """Mean of an effect over pairs, its standard error, the yardstick, and whether it stands out of both."""
    number = len(found)
    error = float(np.std(found, ddof=1)) / np.sqrt(number) if number > 1 else np.nan
    effect = float(found.mean())
    return {"effect": effect, "error": error, "noise": noise,
            "clear": bool(abs(effect) > STANDS_OUT * np.fmax(error, noise))}


# ---- to read -----------------------------------------------------------------------------------------------------


def largest(table: pd.DataFrame, variable: str, kind: str, number: int = MOST_PAIRS) -> pd.DataFrame:
    """The largest effects of one kind on a variable, largest first."""
    rows = table[(table.variable == variable) & (table.kind == kind)]
    return rows.reindex(rows.effect.abs().sort_values(ascending=False, kind="stable").index).head(number)


def lines(table: pd.DataFrame, lang: str = "en") -> list[str]:
    """Largest effects of parts, and the largest complements and substitutes, for a terminal."""
    out = []
    for variable in dict.fromkeys(table.variable):
        rows = table[table.variable == variable]
        pairs = rows[rows.kind == PAIR]
        out.append(say("screen_head", lang, variable=variable, year=rows.year.iloc[0],
                       noise=f"{rows.noise[rows.kind == PART].iloc[0]:.2f}", pairs=f"{pairs.noise.iloc[0]:.2f}"))
        out += [f"  {_number(row.first)}: {row.effect:+.2f}{_error(row.error)}{_mark(row)}"
                for row in largest(table, variable, PART).itertuples()]
        out += [f"  {_number(row.first)} x {_number(row.second)}: {row.effect:+.2f}{_error(row.error)}{_mark(row)}, "
                f"{say('screen_' + row.says, lang)}: {row.first_alone:+.2f}, {row.second_alone:+.2f} -> "
                f"{row.together:+.2f}" for row in largest(table, variable, PAIR).itertuples()]
    return out


def _error(error: float) -> str:
    """A standard error; nothing where one seed tells none."""
    return f" (± {error:.2f})" if np.isfinite(error) else ""


def _number(name: str) -> str:
    """The number of a provision from the name of its part; other parts keep their names."""
    return name.replace("_", ".") if name.replace("_", "").isdigit() else name


def _mark(row) -> str:
    return " *" if row.clear else ""


def figure(table: pd.DataFrame, lang: str) -> Figure | None:
    """Effects of every part (above), the largest of pairs beyond their sum (below), a column for each variable."""
    drawn = [name for name in DRAWN if name in set(table.variable)] or list(dict.fromkeys(table.variable))[:len(DRAWN)]
    if not drawn:
        return None
    parts = list(dict.fromkeys(table[table.kind == PART]["first"]))
    fig = style.figure(2.2 + 0.2 * (len(parts) + MOST_PAIRS), 11.5)
    axes = fig.subplots(2, len(drawn), squeeze=False, height_ratios=[len(parts), MOST_PAIRS + 1])
    for place, variable in enumerate(drawn):
        of_parts = table[(table.variable == variable) & (table.kind == PART)]
        _bars(axes[0, place], of_parts, [_number(name) for name in of_parts["first"]])
        axes[0, place].set_title("\n".join(textwrap.wrap(_titled(variable, lang), TITLE_WIDTH)))
        pairs = largest(table, variable, PAIR)
        names = [f"{_number(one)} × {_number(other)}" for one, other in zip(pairs["first"], pairs.second)]
        _bars(axes[1, place], pairs, names)
        axes[1, place].set_xlabel(say("screen_axis", lang))
    axes[0, 0].set_ylabel(say("screen_parts", lang))
    axes[1, 0].set_ylabel(say("screen_pairs", lang))
    fig.suptitle(say("screen_note", lang, year=table.year.iloc[0]), fontsize=8, x=0.01, ha="left")
    return fig


def _titled(variable: str, lang: str) -> str:
    index, _, of = variable.partition("_")
    known: Mapping[str, str] = {"theil": "name_theil", "cvu": "name_cvu", "cv": "name_cv"}
    return f"{say(known[index], lang)}: {say(of, lang)}" if index in known else say(variable, lang)


def _bars(ax: Axes, rows: pd.DataFrame, names: Sequence[str]) -> None:
    """A dot with twice its error a row; hollow where it does not stand out, the yardstick shaded."""
    height = np.arange(len(rows))
    reach = STANDS_OUT * float(rows.noise.iloc[0])
    ax.axvspan(-reach, reach, color="#F1F1F1", lw=0, zorder=0)
    ax.axvline(0, color=style.INK, lw=0.8)
    error = 2.0 * rows.error.fillna(0.0)
    colours = [style.ORANGE if effect > 0 else style.BLUE for effect in rows.effect]
    ax.hlines(height, rows.effect - error, rows.effect + error, color=colours, lw=2.0, alpha=0.5)
    ax.scatter(rows.effect, height, s=18, zorder=3, linewidths=1.0, edgecolors=colours,
               facecolors=[colour if clear else "white" for colour, clear in zip(colours, rows.clear)])
    ax.set_yticks(height, names)
    ax.set_xmargin(0.08)
    ax.set_ylim(len(rows) - 0.5, -0.5)
    ax.grid(axis="y", visible=False)
