"""`compare`: tables, figures and the report of a study, into its folder."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple

import pandas as pd
import xarray as xr
from matplotlib.figure import Figure

from outputs import (
    accounts,
    against_history,
    assumptions,
    attribution_figures,
    beside,
    contrast,
    gap_figures,
    maps,
    paths,
    report,
    side_by_side,
    style,
    tables,
    watched,
)
from outputs.measured import Measured
from outputs.style import Look
from outputs.view import View
from outputs.words import LANGUAGES, say
from sim.core.declare import Fault, UserError, nearest
from sim.core.files import refuse_strange_places, staged
from sim.region.geography import Polygon

FIGURES: Mapping[str, Callable] = {
    "effects": contrast.dot_plot,
    "ranking": contrast.ranking,
    "gaps": gap_figures.gaps,
    "gap_paths": gap_figures.gap_paths,
    "who": gap_figures.who,
    "attribution": attribution_figures.gaps,
    "attribution_levels": attribution_figures.levels,
    "provisions": gap_figures.provisions,
    "leaning": gap_figures.leaning,
    "province": paths.province,
    "map_levels": maps.levels,
    "map_effects": maps.differences,
    "population_by_county": paths.population_by_county,
    "gdp_per_head_by_county": paths.output_by_county,
    "income_per_head_by_county": paths.income_by_county,
    "transfers_by_county": paths.transfers_by_county,
    "ageing_by_county": paths.ageing_by_county,
    "output_and_people": accounts.split_bars,
    "people_by_source": accounts.people_bars,
    "land_account": accounts.land_account,
    "milestones": watched.milestone_grid,
    "composite": watched.composite,
    "lights": watched.light_grid,
}
SMALL = "gaps for a small screen"
PARTS = ("tables", *FIGURES, "how_far", "report")
"""What a comparison is made of, in the order in which it is made."""


class Written(NamedTuple):
    """The files that were written."""

    report: Path
    figures: list[Path]
    tables: list[Path]


def compare(results: xr.Dataset, history: xr.Dataset | None, out: str | Path, lang: str = "en",
            how_far: Mapping[str, pd.DataFrame] | None = None, assumed: tuple[pd.DataFrame, pd.DataFrame] | None = None,
            polygons: Sequence[Polygon] | None = None, reference: str | None = None,
            measured: Measured | None = None, on_part: Callable[[str], object] | None = None,
            orders: xr.Dataset | None = None, overturns: pd.DataFrame | None = None) -> Written:
    """Write tables/, figures/ (SVG and PNG) and report.html of a study into the folder `out`.

    `measured` are effects of provisions measured apart from the study, told where it runs none alone. `orders` are the
    runs of its attribution (`open_orders`), `overturns` the table of what overturns its verdicts (`overturns.read`).
    `how_far` are the tables of the comparison with history; `assumed` the tables of levers and parameters and
    `polygons` the outlines of the counties (both from the house where they are not given). Made twice, the files are
    the same bytes. They are moved to their places when all of them are made; files of others stay. `on_part` is called
    with the name of every part that has been made (one of PARTS).
    """
    if lang not in LANGUAGES:
        raise UserError(Fault("lang", f"no language {lang!r}", nearest(lang, LANGUAGES) or "write en or zh"))
    view = View(results, history, reference, maps.outlines_of(results) if polygons is None else polygons, orders,
                overturns)
    out = Path(out)
    refuse_strange_places(out, ["report.html"], ["tables", "figures"])
    made = on_part or _silent
    with staged(out, ours) as stage:
        (stage / "figures").mkdir()
        written = tables.write_all(tables.all_tables(view, how_far), stage / "tables")
        made("tables")
        drawn, small = draw_all(view, stage / "figures", lang, how_far, made)
        assumed = (assumptions.levers(lang), assumptions.parameters()) if assumed is None else assumed
        text = report.page(view, drawn, how_far, assumed, lang, small, measured)
        (stage / "report.html").write_text(text, encoding="utf-8", newline="\n")
        made("report")
    beside.link(out)
    figures = [out / "figures" / f"{stem}.{kind}" for stem, _, _ in drawn for kind in ("svg", "png")]
    return Written(out / "report.html", figures, [out / "tables" / path.name for path in written])


def ours(name: str) -> bool:
    """Whether a file of a study's folder is one that `compare` may have written."""
    folder, _, file = name.rpartition("/")
    stem, _, kind = file.rpartition(".")
    return (name == "report.html"
            or (folder == "figures" and kind in ("svg", "png") and stem in (*FIGURES, "how_far"))
            or (folder == "tables" and kind == "csv" and (stem in tables.NAMES or stem.startswith("how_far_"))))


def draw_all(view: View, folder: Path, lang: str,
             how_far: Mapping[str, pd.DataFrame] | None = None,
             made: Callable[[str], object] | None = None) -> tuple[list[tuple[str, str, str]], str]:
    """Draw every figure the results allow, on all cores; (stem, caption, svg) in the order of the report, and the svg
    of the first one for a small screen."""
    colours = style.colours(view.scenarios)
    drawn: dict[str, str] = {}
    makers = {stem: partial(make, view) for stem, make in FIGURES.items()}
    makers["how_far"] = partial(against_history.draw, how_far)
    jobs = {stem: partial(style.as_files, partial(_in_language, make, colours), lang) for stem, make in makers.items()}
    small = ""
    for stem, files in side_by_side.results_of(jobs | {SMALL: partial(_for_a_small_screen, view, lang)}):
        if stem == SMALL:
            small = files
            continue
        if files is not None:
            drawn[stem] = style.put(files, folder, stem)
        (made or _silent)(stem)
    return [(stem, caption(view, stem, lang), drawn[stem]) for stem in makers if stem in drawn], small


def _silent(part: str) -> None:
    pass


def _for_a_small_screen(view: View, lang: str) -> str:
    """The first figure with its panels one below the other."""
    with style.drawing(lang):
        drawn = gap_figures.gaps(view, Look(lang, style.colours(view.scenarios)), columns=1)
        return "" if drawn is None else style.as_svg(drawn)


def _in_language(make: Callable[[Look], Figure | None], colours: dict[str, str], language: str) -> Figure | None:
    return make(Look(language, colours))


def caption(view: View, stem: str, lang: str) -> str:
    """What a figure shows, with the reference named."""
    counted: dict[str, object] = {"up": "–", "down": "–", "n": "–"}
    table = contrast.county_effects(view) if stem == "ranking" else pd.DataFrame()
    told = view.headline or view.focus
    if len(table):
        income = next((n for n in ("real_inc_pc", "inc_pc") if view.has(n)), "")
        rows = table[(table.scenario == told) & (table.variable == income)]["median"]
        counted = {"up": int((rows > 0).sum()), "down": int((rows < 0).sum()), "n": len(rows)}
    return say(f"caption_{stem}", lang, reference=view.called(view.reference, lang), last=view.last,
               focus=view.called(view.focus, lang), told=view.called(told, lang), start=accounts.start_of(view),
               **counted)
