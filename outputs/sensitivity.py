"""Sensitivity to read: lines for a terminal, two figures, and the page docs/sensitivity.md.

The tables are handed in (`calibration.sensitivity`); nothing is computed here.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from outputs import style
from outputs.documentation import table as markdown
from sim.core.files import write_whole

PAGE = Path(__file__).resolve().parents[1] / "docs" / "sensitivity.md"
EFFECT, LEVEL = "effect", "level"
STILL = "does not vary"
TOLD = 5  # parameters for each outcome
SCREENED = 15
DRAWN = ("theil_real_inc_pc", "theil_gdp_volume_pc", "cv_svc", "province_gdp_volume", "province_real_inc_pc",
         "province_population")
WORDS = {
    "theil_real_inc_pc": ("Theil, real income", "泰尔指数：实际收入"),
    "theil_inc_pc": ("Theil, income", "泰尔指数：收入"),
    "theil_gdp_volume_pc": ("Theil, output per resident (volume)", "泰尔指数：人均产出（不变价）"),
    "theil_gdp_pc": ("Theil, output per resident", "泰尔指数：人均产出"),
    "cv_svc": ("CV, services", "变异系数：公共服务"), "theil_svc": ("Theil, services", "泰尔指数：公共服务"),
    "province_gdp_volume": ("output of the province", "全省产出"),
    "province_real_inc_pc": ("real income of the province", "全省实际收入"),
    "province_population": ("residents of the province", "全省常住人口"),
    "province_ur_ratio": ("urban over rural income", "城乡收入比"),
    "province_water_good": ("rivers in good state", "优良水体比例"),
}
OF_COUNTIES = {"gdp_volume": ("output (volume)", "产出（不变价）"), "population": ("residents", "常住人口"),
               "real_inc_pc": ("real income per resident", "人均实际收入")}
OF_OTHERS = ("uncertainty", "overturn")
"""Parts of the page that verbs of these names write."""
FIRST = "# Sensitivity: what answers depend on"
LEAD = FIRST + """

Made by `python3 run.py sensitivity --write`; code `{code_hash}`, data `{data_hash}`, weight {weight}, to {last}. An
effect is `{scenario}` against `{reference}` under the same parameters and random numbers, in % (log points x 100).

- {screened} of the {ranged} parameters that are one number with a range are screened over their whole ranges by Morris'
  elementary effects ({trajectories} trajectories, a seed each): {names}. These runs are free from the base year on, for
  each of their draws would need residuals of its own. Most parameters do next to nothing, so the size that half of
  them stay below is what chance makes of any, and parameters are ranked by what they have beyond it.
- The {retained} with the largest part in the squared effects on outcomes, beyond chance and in the mean of all
  outcomes, go into a design of {runs} draws with {seeds} seeds each, in which history
  is followed to {history_until}: residuals are solved for each draw and shared by its seeds and both scenarios. All
  other parameters are at the median of the posterior's draws.
- Held: what the parameters of the design have of the squared effects of all that are screened. What they do not hold
  is in no index; the part on where uncertainty comes from has all parameters.
- On that design stands an emulator (a Gaussian process for each outcome). Q2 is the share of an outcome's variance,
  mean over seeds, that it predicts for draws left out; beside it the most that chance left in these means allows. An
  outcome whose emulator predicts less than {q2_least} of that has no indices.
- Indices share out the variance of what is expected; chance, named beside it, is no part of it. First index: the share
  of that variance, over the posterior's draws, that goes if this parameter were known; total index: the share that
  stays if all others were. Chance: standard deviation over seeds (persons, and shocks of residuals after
  {history_until}), and its share in the variance of a single run.
"""
TITLES = {
    "static_expectations": ("static expectations", "静态预期"), "no_catch_up": ("no catch-up", "无追赶"),
    "no_network": ("no network", "无迁移网络"), "no_agglomeration": ("no agglomeration", "无集聚"),
    "closure_off": ("history not followed", "不沿用历史")}
CENTRAL = ("central", "中心情形")
OF_SWITCHES = """## Structures switched off

Each switch sets one mechanism to its limit; history is followed to {history_until} in all but the last, with residuals
of its own, {switch_seeds} seeds, parameters at the median of the posterior's draws. Base-year constants are settled
anew, so that the base year is met in each. An effect turns where its sign is another and both are beyond twice their
standard errors.
"""


def name_of(variable: str, lang: str = "en") -> str:
    """An outcome in words; its own name where it has none."""
    return (WORDS | OF_COUNTIES).get(variable, (variable, variable))[lang == "zh"]


def lines(morris: pd.DataFrame, indices: pd.DataFrame, quality: pd.DataFrame, switches: pd.DataFrame) -> list[str]:
    """The tables for a terminal: what moves each outcome, and which switch turns an effect."""
    out = []
    if len(morris):
        most = morris.groupby("parameter")["worth"].max().sort_values(ascending=False, kind="stable").head(SCREENED)
        out.append("largest elementary effects beyond chance, in standard deviations of an outcome: "
                   + ", ".join(f"{name} {share:.2f}" for name, share in most.items()))
    last = quality[(quality["year"] == quality["year"].max()) & quality["variable"].isin(list(WORDS))]
    out += [f"{row.variable} {row.year} ({row.kind}): Q2 {row.q2:.2f}, chance {100 * row.chance_share:.0f} %: "
            f"{_leading(indices, row)}" for row in last.itertuples() if row.told and _varies(indices, row)]
    silent = [f"{row.variable} ({row.kind}) {row.q2:.2f}" for row in last.itertuples() if not row.told]
    out += [f"no indices, Q2 is too low: {', '.join(silent)}"] if silent else []
    for row in switches.itertuples() if len(switches) else ():
        if row.kind == EFFECT and row.turns:
            out.append(f"{row.switch} turns {row.variable} {row.year}: {row.central:+.2f} % -> {row.switched:+.2f} %")
    if len(switches) and not switches["turns"].any():
        out.append("no structural switch turns the sign of an effect")
    return out


def _varies(indices: pd.DataFrame, row: Any) -> bool:
    """Whether there is something to tell of an outcome: what no parameter of the design moves is left out."""
    return not row.told or _leading(indices, row) != STILL


def _held(row: Any) -> str:
    share = getattr(row, "held", np.nan)
    return "–" if np.isnan(share) else f"{100 * share:.0f} %"


def _leading(indices: pd.DataFrame, row: Any) -> str:
    mine = indices[(indices.variable == row.variable) & (indices.year == row.year) & (indices.kind == row.kind)]
    most = mine.sort_values("total", ascending=False, kind="stable").head(TOLD)
    return ", ".join(f"{one.parameter} {one.first:.2f}/{one.total:.2f}" for one in most.itertuples()) or STILL


# ---- figures


def indices_figure(indices: pd.DataFrame, quality: pd.DataFrame, lang: str) -> Figure | None:
    """Total indices of the effects in the last year: a column an outcome, a row a parameter, chance at the bottom."""
    last = quality["year"].max()
    shown = [(kind, name) for kind in (EFFECT, LEVEL) for name in DRAWN
             if len(indices[(indices.variable == name) & (indices.year == last) & (indices.kind == kind)])]
    if not shown:
        return None
    table = indices[indices.year == last].pivot_table(index="parameter", columns=["kind", "variable"], values="total")
    table = table[shown].clip(0, 1)
    table = table.loc[table.max(axis=1).sort_values(ascending=False, kind="stable").index]
    chance = quality[quality.year == last].set_index(["kind", "variable"])["chance_share"].loc[shown]
    fig = style.figure(1.3 + 0.27 * (len(table) + 1), 11.5)
    axes = fig.subplots()
    values = np.vstack([table.to_numpy(), chance.to_numpy()])
    axes.imshow(values, cmap=style.LEVELS, vmin=0, vmax=1, aspect="auto")
    for (row, column), value in np.ndenumerate(values):
        axes.text(column, row, f"{value:.2f}", ha="center", va="center", fontsize=7.5,
                  color="white" if value > 0.55 else style.INK)
    kinds = {EFFECT: ("effect", "效果"), LEVEL: ("level", "水平")}
    axes.set_xticks(range(len(shown)), ["\n".join([*textwrap.wrap(name_of(name, lang), (13, 6)[lang == "zh"]),
                                                   f"({kinds[kind][lang == 'zh']})"]) for kind, name in shown],
                    fontsize=7)
    axes.set_yticks(range(len(values)), [*table.index, ("chance of a single run", "单次运行的偶然性")[lang == "zh"]])
    axes.grid(visible=False)
    axes.axhline(len(table) - 0.5, color="white", lw=3)
    axes.set_title((f"Total index of each parameter in {last}, and the share of chance in single runs",
                    f"{last}年各参数的总效应指数与偶然性占比")[lang == "zh"])
    return fig


def switches_figure(switches: pd.DataFrame, lang: str) -> Figure | None:
    """Effects in the last year under each switch beside the central world; a panel an outcome."""
    if switches.empty:
        return None
    mine = switches[(switches.kind == EFFECT) & (switches.year == switches["year"].max())]
    shown = [name for name in DRAWN if name in set(mine.variable)]
    if not shown:
        return None
    names = list(dict.fromkeys(mine["switch"]))
    titles = [TITLES.get(name, (name, name))[lang == "zh"] for name in names]
    fig = style.figure(0.9 + 0.42 * (len(names) + 1) * ((len(shown) + 2) // 3), 11.5)
    axes = fig.subplots(-(-len(shown) // 3), 3, squeeze=False, sharey=True)
    for ax, variable in zip(axes.ravel(), shown):
        rows = mine[mine.variable == variable].set_index("switch").loc[names]
        means = [rows["central"].iloc[0], *rows["switched"]]
        errors = 2 * np.array([rows["central_error"].iloc[0], *rows["switched_error"]])
        colours = [style.GREY, *(style.ORANGE if turns else style.BLUE for turns in rows["turns"])]
        ax.axvline(0, color=style.INK, lw=0.8)
        ax.axvline(means[0], color=style.PALE, lw=1.2, zorder=0)
        ax.hlines(range(len(means)), means - errors, means + errors, color=colours, lw=2, alpha=0.5)
        ax.scatter(means, range(len(means)), c=colours, s=20, zorder=3)
        ax.set_yticks(range(len(means)), [CENTRAL[lang == "zh"], *titles])
        ax.set_ylim(len(means) - 0.5, -0.5)
        ax.set_title(name_of(variable, lang))
        ax.set_xlabel(("effect, %", "效果（%）")[lang == "zh"])
    for ax in axes.ravel()[len(shown):]:
        ax.set_visible(False)
    return fig


def draw(folder: Path, indices: pd.DataFrame, quality: pd.DataFrame, switches: pd.DataFrame, lang: str) -> list[str]:
    """Write the figures there are into a folder, as SVG and PNG; their stems."""
    folder.mkdir(parents=True, exist_ok=True)
    makers = {"sensitivity_indices": partial(indices_figure, indices, quality),
              "sensitivity_switches": partial(switches_figure, switches)}
    return [stem for stem, make in makers.items() if style.write(make, folder, stem, lang) is not None]


# ---- the page


def page(tables: Mapping[str, pd.DataFrame], about: Mapping[str, object], figures: Sequence[str]) -> str:
    """The page with the tables of effects and levels in the last year; `figures`: stems that lie in docs/figures."""
    morris, indices, quality, switches = (tables[name] for name in ("morris", "indices", "quality", "switches"))
    parts = [LEAD.format(**about)]
    parts += [f"![Total indices](figures/{stem}.svg)\n" for stem in figures if stem == "sensitivity_indices"]
    for kind, title in ((EFFECT, "Effects"), (LEVEL, "Levels")):
        rows = [[name_of(row.variable), str(row.year), _held(row), f"{row.q2:.2f} ({row.q2_allowed:.2f})",
                 f"{row.spread:.3g}",
                 f"{row.chance:.3g} ({100 * row.chance_share:.0f} %)",
                 _leading(indices, row) if row.told else "none: Q2 is too low"]
                for row in quality[quality.kind == kind].itertuples()
                if row.variable in WORDS and _varies(indices, row)]
        parts.append(f"## {title}\n\nSpread: standard deviation over the priors"
                     f"{', in % points' if kind == EFFECT else ''}. Indices are first/total.\n")
        parts.append(markdown(("outcome", "year", "held", "Q2 (allowed)", "spread", "chance", "largest indices"), rows))
    parts += _of_prior(indices, about)
    if len(morris):
        most = morris.loc[morris.groupby("parameter")["worth"].idxmax()].sort_values("worth", ascending=False,
                                                                                    kind="stable").head(SCREENED)
        parts.append("## Screening\n\nLargest elementary effects over a whole range, in standard deviations of the "
                     "outcome over the screening (mu*), and what is left of them beyond chance, with the outcome that "
                     "is moved most.\n")
        parts.append(markdown(("parameter", "mu*", "beyond chance", "outcome", "year", "kind"),
                              [[row.parameter, f"{row.share:.2f}", f"{row.worth:.2f}", name_of(row.variable),
                                str(row.year), row.kind] for row in most.itertuples()]))
    if len(switches):
        parts.append(OF_SWITCHES.format(**about))
        parts += [f"![Switches](figures/{stem}.svg)\n" for stem in figures if stem == "sensitivity_switches"]
        said = switches.drop_duplicates("switch")
        parts.append(markdown(("switch", "what it means"), [[_title(row.switch), row.says]
                                                            for row in said.itertuples()]))
        mine = switches[(switches.kind == EFFECT) & (switches.year == switches["year"].max())]
        names = list(said["switch"])
        rows = []
        for variable in (name for name in WORDS if name in set(mine.variable)):
            of = mine[mine.variable == variable].set_index("switch")
            rows.append([name_of(variable), f"{of['central'].iloc[0]:+.2f}",
                         *(f"{of['switched'][name]:+.2f}{' turns' if of['turns'][name] else ''}" for name in names)])
        parts.append(markdown(("effect in the last year, %", "central", *map(_title, names)), rows))
    return "\n".join(part.rstrip() + "\n" for part in parts)


OF_PRIOR = """## What hangs on parameters that stay at their prior

Of the parameters of the design history tells {told} (contraction of at least {learned:g}, docs/posterior.md); all
others are as uncertain as before. By them: their part of the sum of total indices in the last year; what hangs on them
hangs on assumptions.
"""


def _of_prior(indices: pd.DataFrame, about: Mapping[str, Any]) -> list[str]:
    """How much of each outcome hangs on parameters that history does not tell, as a section; nothing of no indices."""
    last = indices[indices["year"] == indices["year"].max()] if len(indices) else indices
    rows = []
    for (kind, variable), of in last.groupby(["kind", "variable"], sort=False):
        if variable in WORDS and of["total"].sum() > 0:
            mine = of[~of["parameter"].isin(about["told"])].sort_values("total", ascending=False, kind="stable")
            rows.append([name_of(str(variable)), str(kind), f"{100 * mine['total'].sum() / of['total'].sum():.0f} %",
                         ", ".join(f"{one.parameter} {one.total:.2f}" for one in mine.head(3).itertuples())])
    known = [name for name in dict.fromkeys(indices["parameter"]) if name in about["told"]] if len(indices) else []
    return [OF_PRIOR.format(told=", ".join(f"`{name}`" for name in known) or "none", learned=about["learned"]),
            markdown(("outcome", "kind", "by them", "the largest of them, total index"), rows)] if rows else []


def _title(switch: str) -> str:
    return TITLES.get(switch, (switch,))[0]


def kept(path: Path, name: str) -> str:
    """A part of the page that another verb has written, with its marks; nothing where it has not."""
    text = path.read_text(encoding="utf-8") if path.is_file() else ""
    found = re.search(f"<!-- {name} -->\n.*?<!-- end -->\n", text, flags=re.DOTALL)
    return found.group(0) if found else ""


def put(path: Path, name: str, part: str) -> Path:
    """Write a part of the page, at its end or in place of the one that stood there."""
    marked, before = f"<!-- {name} -->\n{part.rstrip()}\n<!-- end -->\n", kept(path, name)
    text = path.read_text(encoding="utf-8") if path.is_file() else f"{FIRST}\n"
    write_whole(path, text.replace(before, marked) if before else text.rstrip() + "\n\n" + marked)
    return path


def write(tables: Mapping[str, pd.DataFrame], about: Mapping[str, object], path: Path = PAGE) -> Path:
    """Write the page and its figures beside it."""
    figures = draw(path.parent / "figures", tables["indices"], tables["quality"], tables["switches"], "en")
    others = [kept(path, name) for name in OF_OTHERS]
    write_whole(path, "\n".join([page(tables, about, figures), *filter(None, others)]))
    return path
