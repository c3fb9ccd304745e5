"""What history holds, at a glance: a panel for each series, units against years, coloured by where values come from.

`draw` makes the figure, `lines` the table on the command line, `changes` what rows laid over the pack do to history.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from outputs import style
from sim.core.files import write_whole, writing
from sim.region.history import coverage, history
from sim.region.pack import Pack, load_pack

KINDS = ("observed", "derived", "recalled", "imputed")
COLOURS = {"observed": style.BLUE, "derived": style.SKY, "recalled": style.PINK, "imputed": style.PALE}
WORDS_ZH = {"observed": "观测", "derived": "推算", "recalled": "待核引用", "imputed": "插补"}
COLUMNS = 6
PANEL, PROVINCE_ROW = 1.25, 0.13  # inches
PROVINCE = 0


def spans(years: Iterable[int]) -> str:
    """Years with runs drawn together: 2005-2009, 2012."""
    runs: list[list[int]] = []
    for year in sorted(set(map(int, years))):
        if runs and year == runs[-1][1] + 1:
            runs[-1][1] = year
        else:
            runs.append([year, year])
    return ", ".join(str(first) if first == last else f"{first}-{last}" for first, last in runs)


def summary(ds: xr.Dataset) -> pd.DataFrame:
    """A row for each series: units (0 for the province), years, and how many of its cells come from where."""
    rows = []
    for name, part in coverage(ds).groupby("series", sort=False):
        count = Counter(part["says"])
        units = part.loc[part["county"] != PROVINCE, "county"].nunique()
        rows.append({"series": name, "units": units, "years": spans(part["year"]),
                     **{kind: count[kind] for kind in KINDS}, "breaks": ds[name].attrs.get("breaks", "")})
    return pd.DataFrame(rows)


def lines(ds: xr.Dataset) -> list[str]:
    """The summary as a table for a person."""
    table = summary(ds)
    width = table["series"].str.len().max()
    head = f"{'series':{width}} units " + "".join(f"{kind:>9}" for kind in KINDS) + "  years"
    made = [f"{row.series:{width}} {row.units or 'prov.':>5} "
            + "".join(f"{getattr(row, kind) or '':>9}" for kind in KINDS) + f"  {row.years}"
            for row in table.itertuples()]
    return [head, *made]


def grid(ds: xr.Dataset, name: str) -> list[str]:
    """One series, units against years: a letter for where each value comes from, a bar where the definition changes."""
    table = coverage(ds)
    part = table[table["series"] == name].pivot(index="county", columns="year", values="says")
    years = list(range(int(part.columns.min()), int(part.columns.max()) + 1))
    names = dict(zip(ds["county"].values.tolist(), ds["name_en"].values.tolist(), strict=True)) | {PROVINCE: "Hainan"}
    order = [code for code in (*ds["county"].values.tolist(), PROVINCE) if code in part.index]
    part = part.reindex(index=order, columns=years)
    said = [f"{ds[name].attrs.get('long_name', name)} ({ds[name].attrs.get('units', '')})",
            " " * 13 + " ".join(f"{year % 100:02d}" for year in years)]
    said += [f"{names[code]:12} " + "  ".join(" " + (word[0] if isinstance(word, str) else ".") for word in row)
             .replace("   ", "  ") for code, row in zip(order, part.to_numpy(object), strict=True)]
    said += ["o observed, d derived, r recalled, i imputed"]
    return said + ([f"breaks: {ds[name].attrs['breaks']}"] if "breaks" in ds[name].attrs else [])


# --- the figure


def draw(ds: xr.Dataset, lang: str = "en") -> Figure:
    """All series of history: a panel each for those of counties, one panel for those of the province."""
    table = coverage(ds)
    of_counties = [n for n in dict.fromkeys(table["series"]) if (table.loc[table["series"] == n, "county"] > 0).any()]
    of_province = [n for n in dict.fromkeys(table["series"]) if n not in of_counties]
    rows = -(-len(of_counties) // COLUMNS)
    low = PROVINCE_ROW * len(of_province) + 0.5
    figure = Figure(figsize=(style.WIDTH, rows * PANEL + low + 0.4))
    upper, lower = figure.subfigures(2, 1, squeeze=False, height_ratios=(rows * PANEL, low)).ravel()
    axes = upper.subplots(rows, COLUMNS, sharex=True, squeeze=False).ravel()
    years, codes = ds["year"].values.tolist(), ds["county"].values.tolist()
    for ax, name in zip(axes, of_counties, strict=False):
        _panel(ax, _cells(table, name, codes, years), years)
        ax.set_title(_wrapped(_title(ds, name, lang)), fontsize=5.5)
        ax.set_yticks([])
        ax.tick_params(labelsize=5)
    for ax in axes[len(of_counties):]:
        ax.set_visible(False)
    ax = lower.subplots()
    cells = np.concatenate([_cells(table, name, [PROVINCE], years) for name in of_province])
    _panel(ax, cells, years)
    ax.set_yticks(np.arange(len(of_province)) + 0.5, [_title(ds, name, lang) for name in of_province], fontsize=5)
    ax.tick_params(axis="x", labelsize=6)
    handles = [Patch(facecolor=COLOURS[kind], hatch="//////" if kind == "imputed" else None, edgecolor=style.GREY,
                     linewidth=0,
                     label=WORDS_ZH[kind] if lang == "zh" else kind) for kind in KINDS]
    upper.legend(handles=handles, loc="upper right", ncols=4, fontsize=6)
    upper.suptitle("历史数据覆盖：各单位（行，按代码）与年份" if lang == "zh" else
                   "What history holds: units (rows, by code) and years", x=0.01, ha="left", fontsize=8)
    return figure


def _title(ds: xr.Dataset, name: str, lang: str) -> str:
    return ds[name].attrs.get("long_name_zh" if lang == "zh" else "long_name", name)


def _wrapped(text: str, width: int = 34) -> str:
    """A title on at most two lines."""
    if len(text) <= width:
        return text
    cut = text.rfind(" ", 0, width + 1)
    cut = cut if cut > 0 else width
    rest = text[cut:].strip()
    return f"{text[:cut]}\n{rest if len(rest) <= width else rest[:width - 1] + '…'}"


def _cells(table: pd.DataFrame, name: str, codes, years) -> np.ndarray:
    """Places in KINDS [row, year] of one series, nan where there is no value."""
    part = table[table["series"] == name]
    out = np.full((len(codes), len(years)), np.nan)
    at = {code: row for row, code in enumerate(codes)}
    for code, year, word in zip(part["county"], part["year"], part["says"], strict=True):
        if code in at:
            out[at[code], years.index(year)] = KINDS.index(word)
    return out


def _panel(ax, cells: np.ndarray, years) -> None:
    """Cells by kind; imputed ones are hatched, so that nobody takes them for observations."""
    edges = np.arange(len(years) + 1) + years[0] - 0.5
    rows = np.arange(len(cells) + 1)
    shades = ListedColormap([COLOURS[kind] for kind in KINDS])
    ax.pcolor(edges, rows, np.ma.masked_invalid(cells), cmap=shades, vmin=-0.5, vmax=len(KINDS) - 0.5,
              edgecolor="white", linewidth=0.3)  # leaves out what is masked, which keeps the SVG small
    guessed = np.ma.masked_where(cells != KINDS.index("imputed"), cells)
    if not guessed.mask.all():
        ax.pcolor(edges, rows, guessed, facecolor="none", edgecolor=style.GREY, hatch="//////", linewidth=0)
    ax.set_xlim(edges[0], edges[-1])
    ax.set_ylim(rows[-1], rows[0])
    ax.set_xticks([2000, 2010, 2020])
    ax.grid(False)


def write(ds: xr.Dataset, folder: Path, lang: str = "en") -> list[Path]:
    """coverage.csv (a row a series, unit and year), coverage.svg and coverage.png in a folder."""
    with writing(folder):
        folder.mkdir(parents=True, exist_ok=True)
        write_whole(folder / "coverage.csv", coverage(ds).to_csv(index=False, lineterminator="\n"))
        style.write(lambda chosen: draw(ds, chosen), folder, "coverage", lang)
    return [folder / f"coverage.{ending}" for ending in ("csv", "svg", "png")]


# --- what rows over the pack change


def changes(pack: Pack) -> pd.DataFrame:
    """Cells of history that rows over a pack change: series, county, year, place (of branches, ages), before, after."""
    before, after = history(load_pack(pack.path)), history(pack)
    rows = []
    for name in map(str, after.data_vars):
        if name.endswith("_flag") or name not in before:
            continue
        old, new = before[name], after[name]
        differs = ~((old == new) | (old.isnull() & new.isnull()))
        for index in np.argwhere(differs.values):
            labels = {dim: new[dim].values[i] for dim, i in zip(new.dims, index, strict=True)}
            rest = [str(label) for dim, label in labels.items() if dim not in ("year", "county")]
            rows.append({"series": name, "county": int(labels.get("county", PROVINCE)),
                         "year": int(labels.get("year", 0)), "part": " ".join(rest),
                         "before": float(old.values[tuple(index)]), "after": float(new.values[tuple(index)])})
    return pd.DataFrame(rows, columns=["series", "county", "year", "part", "before", "after"])


def change_lines(pack: Pack, most: int = 40) -> list[str]:
    """What rows over the pack do: to the pack by kind, with every conflict, and to history."""
    count = Counter(change.kind for change in pack.changes)
    found = changes(pack)
    said = [f"{pack.overlay.name if pack.overlay else 'nothing'} over the pack: {count['added']} values added, "
            f"{count['conflict']} in the place of others, {count['same']} the same"]
    said += [f"  {c.place}: {c.variable} {c.adcode} {c.year}: {c.old:g} becomes {c.new:g}"
             for c in pack.changes if c.kind == "conflict"]
    said += [f"history: {len(found)} values change"]
    for row in found.head(most).itertuples():
        was = "none" if row.before != row.before else f"{row.before:,.6g}"
        now = "none" if row.after != row.after else f"{row.after:,.6g}"
        said.append(f"  {row.series} {row.county or 'province'} {row.year} {row.part}".rstrip() + f": {was} -> {now}")
    return said + ([f"  and {len(found) - most} more (--json has them all)"] if len(found) > most else [])
