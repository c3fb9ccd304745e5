"""Shares of variance by source over the years, to read: lines, a table and a figure (`calibration.components`)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from outputs import sensitivity, style
from outputs.documentation import table as markdown
from outputs.sensitivity import EFFECT, LEVEL, name_of
from outputs.view import short_name

COLOURS: Mapping[str, str] = {"chance": style.PALE, "residual_law": style.GREY, "parameters": style.BLUE,
                              "base_data": style.SKY, "outlook": style.AMBER, "scenario": style.ORANGE}
NAMES: Mapping[str, tuple[str, str]] = {
    "chance": ("chance", "偶然性"), "residual_law": ("shocks of residuals", "残差冲击"),
    "parameters": ("parameters", "参数"), "base_data": ("base data", "基期数据"), "outlook": ("outlook", "外部展望"),
    "scenario": ("scenario", "政策情景")}
DRAWN = ("theil_real_inc_pc", "theil_gdp_volume_pc", "cv_svc", "province_gdp_volume")
STEM, COUNTY_STEM = "uncertainty_shares", "uncertainty_by_county"


def lines(table: pd.DataFrame, lang: str = "en") -> list[str]:
    """Shares of every outcome in the last year, in per cent with their bands."""
    last = table[table.year == table.year.max()]
    out = []
    for (variable, kind, scenario), rows in last.groupby(["variable", "kind", "scenario"], sort=False):
        told = ", ".join(_share(row, lang) for row in rows.itertuples())
        what = f"{kind} of {scenario}" if scenario else str(kind)
        total = float(rows["variance"].sum())
        out.append(f"{variable} {rows.year.iloc[0]} ({what}, sd {np.sqrt(total):.3g}): {told}")
    return [*out, "% of the sum of components (5-95 % over points drawn again); * negative, set to nought; - not told "
                  "apart by these runs"]


def _share(row, lang: str) -> str:
    name = NAMES[row.source][lang == "zh"]
    if not np.isfinite(row.share):
        return f"{name} -"
    return f"{name} {100 * row.share:.0f} ({100 * row.low:.0f}-{100 * row.high:.0f}){'*' if row.negative else ''}"


def told_of(scenarios: Iterable[str]) -> str:
    """The scenario told first: `baseline`, else the first; nothing where there is none."""
    known = list(scenarios)
    return "baseline" if "baseline" in known else next(iter(known), "")


def figure(table: pd.DataFrame, followed: int | None, lang: str) -> Figure | None:
    """Stacked shares against the year: levels above, effects of the scenario told first below; a column an outcome.

    `followed`: the last year whose history is followed; the years to it are left out.
    """
    table = table[table.year > (followed or table.year.min())]
    effects = table[table.kind == EFFECT]
    told = told_of(effects.scenario)
    rows_of = {LEVEL: table[table.kind == LEVEL], EFFECT: effects[effects.scenario == told]}
    shown = [name for name in DRAWN if name in set(table.variable)] or list(dict.fromkeys(table.variable))[:4]
    rows_of = {kind: rows for kind, rows in rows_of.items() if len(rows)}
    if not shown or not rows_of:
        return None
    fig = style.figure(0.8 + 2.5 * len(rows_of), 11.5)
    axes = fig.subplots(len(rows_of), len(shown), squeeze=False, sharex=True, sharey=True)
    for of_kind, (kind, rows) in zip(axes, rows_of.items()):
        for ax, variable in zip(of_kind, shown):
            _stack(ax, rows[rows.variable == variable])
            kinds = {LEVEL: ("level", "水平"), EFFECT: (f"effect of {told}", f"{told}的效果")}
            ax.set_title(f"{name_of(variable, lang)}\n({kinds[kind][lang == 'zh']})")
        of_kind[0].set_ylabel(("share of variance, %", "方差占比（%）")[lang == "zh"])
    keys = [Patch(color=COLOURS[source], label=NAMES[source][lang == "zh"]) for source in COLOURS]
    fig.legend(handles=keys, loc="outside lower center", ncols=len(keys))
    return fig


def _stack(ax: Axes, rows: pd.DataFrame) -> None:
    wide = rows.pivot_table(index="year", columns="source", values="share").reindex(columns=list(COLOURS)).fillna(0.0)
    ax.stackplot(wide.index, 100 * wide.to_numpy().T, colors=[COLOURS[name] for name in wide], lw=0)
    ax.locator_params(axis="x", integer=True, nbins=4)
    ax.set_xlim(wide.index.min(), wide.index.max())
    ax.set_ylim(0, 100)
    ax.grid(visible=False)


def county_figure(table: pd.DataFrame, lang: str) -> Figure | None:
    """How far off the forecast of each county may be in the last year, and by which source; a panel an outcome.

    The length of a bar is one standard deviation in per cent, its parts are shares of the variance.
    """
    if table.empty:
        return None
    last = table[table.year == table.year.max()]
    shown, counties = list(dict.fromkeys(last.variable)), list(dict.fromkeys(last.county))[::-1]
    named = dict(zip(last.county, last[f"name_{lang}"], strict=True))
    fig = style.figure(1.6 + 0.22 * len(counties), 11.5)
    for ax, variable in zip(fig.subplots(1, len(shown), squeeze=False, sharey=True)[0], shown):
        rows = last[last.variable == variable]
        wide = rows.pivot_table(index="county", columns="source", values="variance").reindex(
            index=counties, columns=[name for name in COLOURS if name != "scenario"]).fillna(0.0)
        total = wide.sum(axis=1)
        start = np.zeros(len(wide))
        for source in wide:
            length = (np.sqrt(total) * wide[source] / total.where(total > 0, 1.0)).to_numpy()
            ax.barh(np.arange(len(wide)), length, left=start, color=COLOURS[source], height=0.75)
            start += length
        ax.set_yticks(np.arange(len(wide)), [short_name(named[one], lang) for one in counties])
        ax.set_title(name_of(variable, lang))
        ax.set_xlabel(("standard deviation, %", "标准差（%）")[lang == "zh"])
    keys = [Patch(color=COLOURS[source], label=NAMES[source][lang == "zh"]) for source in wide]
    fig.suptitle((f"How far off the forecast for {last.year.iloc[0]} may be, by source",
                  f"{last.year.iloc[0]} 年各市县预测的离散程度及其来源")[lang == "zh"])
    fig.legend(handles=keys, loc="outside lower center", ncols=len(keys))
    return fig


def write(table: pd.DataFrame, counties: pd.DataFrame, followed: int | None, folder: Path, lang: str) -> list[Path]:
    """Write tables and figures into a study's folder; `counties`: of `components.by_county`, may be empty."""
    from functools import partial

    from outputs.tables import write_all

    (folder / "figures").mkdir(parents=True, exist_ok=True)
    style.write(partial(figure, table, followed), folder / "figures", STEM, lang)
    style.write(partial(county_figure, counties), folder / "figures", COUNTY_STEM, lang)
    tables = {"uncertainty": table} | ({} if counties.empty else {"uncertainty_by_county": counties})
    return write_all(tables, folder / "tables")


PART = """## Where uncertainty comes from

Made by `python3 run.py uncertainty --write`: {points} points, {runs} runs at weight {weight}, history followed to
{history_until}; code `{code_hash}`, data `{data_hash}`. Around each point (parameters from the posterior's draws, base
data, outlook and random numbers) one source at a time is drawn anew; its share of the variance follows, with 5-95 %
over points drawn again. A draw's residuals are solved once and shared by its seeds and scenarios. Chance: what persons
happen to do. Shocks of residuals: how what history asked of each county goes on. Base data: imputation and errors of
measurement. Scenario: which of {scenarios} is carried out. Effects are in % against `{reference}`.

![Shares of variance](figures/{stem}.svg)
"""
YEARS = (2025, 2035)


def page(table: pd.DataFrame, about: Mapping[str, object]) -> str:
    """The part of docs/sensitivity.md on sources: shares of levels and of the effect of the scenario told first."""
    told = told_of(table[table.kind == EFFECT].scenario)
    parts = [PART.format(stem=STEM, **about)]
    for kind, scenario, title in ((LEVEL, "", "Levels"), (EFFECT, told, f"Effects of `{told}`")):
        chosen = table[(table.kind == kind) & (table.scenario == scenario) & table.year.isin(YEARS)]
        rows = [[name_of(str(variable)), str(year), f"{np.sqrt(float(of['variance'].sum())):.3g}",
                 *(_cell(of[of.source == source]) for source in COLOURS)]
                for (variable, year), of in chosen.groupby(["variable", "year"], sort=False)]
        parts.append(f"### {title}\n\nShares in %, sd: standard deviation of all sources together.\n")
        parts.append(markdown(("outcome", "year", "sd", *(NAMES[source][0] for source in COLOURS)), rows))
    return "\n".join(part.rstrip() + "\n" for part in parts)


def _cell(rows: pd.DataFrame) -> str:
    told = next(rows.itertuples(), None)
    return "–" if told is None else _share(told, "en").removeprefix(NAMES[told.source][0]).strip()


def write_page(table: pd.DataFrame, followed: int | None, about: Mapping[str, object],
               path: Path = sensitivity.PAGE) -> Path:
    """Write this part of the page, and its figure beside it."""
    from functools import partial

    (path.parent / "figures").mkdir(parents=True, exist_ok=True)
    style.write(partial(figure, table, followed), path.parent / "figures", STEM, "en")
    return sensitivity.put(path, "uncertainty", page(table, about))
