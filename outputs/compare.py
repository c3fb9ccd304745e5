"""`compare`: tables, figures and the report of a study, into its folder."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

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
HOW_FAR = "how_far"
SMALL = "gaps for a small screen"
LONGEST = ("population_by_county", "gdp_per_head_by_county", "income_per_head_by_county", "map_effects", "lights",
           "province", "map_levels", "land_account", "ageing_by_county", "people_by_source", "transfers_by_county")
"""The figures that take longest to draw, and use least of what tables are made of: copies begin with them."""
AS_TABLES = ("effects", "milestones", "who", "ranking", "leaning", "provisions", "attribution_levels", "attribution",
             SMALL, "gaps", "composite", "gap_paths")
"""The figures that show what tables hold: the process that makes tables begins with the last."""
PLAIN = ("svg",)
"""What the command line writes figures as where nothing else is asked for: the report needs no other, and a PNG of each
takes a third of the time."""


class Written(NamedTuple):
    """The files that were written."""

    report: Path
    figures: list[Path]
    tables: list[Path]


def parts(figures: Sequence[str] | None = None) -> tuple[str, ...]:
    """What a comparison with these figures (none named: all) is made of."""
    return "tables", *chosen(figures), "report"


def chosen(figures: Sequence[str] | None = None) -> tuple[str, ...]:
    """The figures of these names, in the order of the report; UserError with all that name none."""
    known = (*FIGURES, HOW_FAR)
    if figures is None:
        return known
    faults = [Fault("figures", f"no figure {name!r}", nearest(name, known) or "one or more of " + ", ".join(known))
              for name in figures if name not in known]
    if faults or not figures:
        raise UserError(*(faults or [Fault("figures", "names none", "name one or more of " + ", ".join(known))]))
    return tuple(name for name in known if name in figures)


def formats_of(words: Sequence[str]) -> tuple[str, ...]:
    """These formats of pictures, with SVG, which the report is made of; UserError with all that are none."""
    faults = [Fault("formats", f"no format {word!r}", f"one or more of {', '.join(style.PICTURES)}")
              for word in words if word not in style.PICTURES]
    if faults:
        raise UserError(*faults)
    return tuple(kind for kind in style.PICTURES if kind in words or kind == "svg")


def up_to(results: xr.Dataset, year: int) -> xr.Dataset:
    """Results without the years after this one; UserError where they do not reach it or begin with it."""
    first, last = int(results["year"][0]), int(results["year"][-1])
    if not first < year <= last:
        raise UserError(Fault("until", f"the results have no course to {year}", f"a year from {first + 1} to {last}"))
    return results.sel(year=slice(None, year))


def compare(results: xr.Dataset, history: xr.Dataset | None, out: str | Path, lang: str = "en",
            how_far: tables.HowFar = None, assumed: tuple[pd.DataFrame, pd.DataFrame] | None = None,
            polygons: Sequence[Polygon] | None = None, reference: str | None = None,
            measured: Measured | None = None, on_part: Callable[[str], object] | None = None,
            orders: xr.Dataset | None = None, overturns: pd.DataFrame | None = None,
            figures: Sequence[str] | None = None, formats: Sequence[str] = style.USUAL,
            until: int | None = None) -> Written:
    """Write tables/, figures/ and report.html of a study into the folder `out`.

    `figures` names those that are drawn (of FIGURES, and `how_far`; all of them where it is None), `formats` what they
    are written as (svg, png, pdf; svg always, for the report). `until` is the year in which tables, figures and words
    say what comes of it: the last one of the results where it is None, else later ones are left out.
    `measured` are effects of provisions measured apart from the study, told where it runs none alone. `orders` are the
    runs of its attribution (`open_orders`), `overturns` the table of what overturns its verdicts (`overturns.read`).
    `how_far` are the tables of the comparison with history, or what makes them, called while other processes draw;
    `assumed` the tables of levers and parameters and `polygons` the outlines of the counties (both from the house where
    they are not given). Made twice, the files are the same bytes. They are moved to their places when all of them are
    made; files of others stay. `on_part` is called with the name of every part that has been made (one of `parts`).

    UserError for a language, a figure, a format or a year that there is not.
    """
    if lang not in LANGUAGES:
        raise UserError(Fault("lang", f"no language {lang!r}", nearest(lang, LANGUAGES) or "write en or zh"))
    wanted, formats = chosen(figures), formats_of(formats)
    if until is not None:
        results, overturns = up_to(results, until), None  # what overturns a verdict was found for the last year
        orders = None if orders is None else orders.sel(year=slice(None, until))
    view = View(results, history, reference, maps.outlines_of(results) if polygons is None else polygons, orders,
                overturns)
    out = Path(out)
    refuse_strange_places(out, ["report.html"], ["tables", "figures"])
    tested = functools.cache(functools.partial(tables.told, how_far))
    with staged(out, ours) as stage, side_by_side.begun(_jobs(view, wanted, lang, formats)) as crew:
        (stage / "figures").mkdir()
        pictures = _Pictures(stage / "figures", on_part or str)
        made = tables.all_tables(view, tested, lambda _: pictures.put(crew.so_far()))
        written = tables.write_all(made, stage / "tables")
        pictures.made("tables")
        if HOW_FAR in wanted:
            last = _job(partial(against_history.draw, tested()), style.colours(view.scenarios), lang, formats)
            pictures.put([(HOW_FAR, last())])
        pictures.put(crew.results())
        drawn = [(stem, caption(view, stem, lang), pictures.drawn[stem]) for stem in wanted if stem in pictures.drawn]
        assumed = (assumptions.levers(lang), assumptions.parameters()) if assumed is None else assumed
        text = report.page(view, drawn, tested(), assumed, lang, pictures.small, measured)
        (stage / "report.html").write_text(text, encoding="utf-8", newline="\n")
        pictures.made("report")
    beside.link(out)
    placed = [out / "figures" / f"{stem}.{kind}" for stem, _, _ in drawn for kind in formats]
    return Written(out / "report.html", placed, [out / "tables" / path.name for path in written])


class _Pictures:
    """Files of figures, put into a folder as they come."""

    def __init__(self, folder: Path, made: Callable[[str], object]):
        self.folder, self.made = folder, made
        self.drawn: dict[str, str] = {}
        self.small = ""

    def put(self, finished: Iterable[tuple[str, Any]]) -> None:
        """Write what is finished; of the first figure there is one for a small screen too."""
        for stem, files in finished:
            if stem == SMALL:
                self.small = files
                continue
            if files is not None:
                self.drawn[stem] = style.put(files, self.folder, stem)
            self.made(stem)


def _jobs(view: View, wanted: Sequence[str], lang: str, formats: Sequence[str]) -> dict[str, side_by_side.Job]:
    """How to draw each figure but that of the comparison with history, in the order in which they are begun."""
    colours = style.colours(view.scenarios)
    jobs: dict[str, side_by_side.Job] = {
        stem: _job(partial(make, view), colours, lang, formats) for stem, make in FIGURES.items() if stem in wanted}
    if report.FIRST in jobs:
        jobs[SMALL] = partial(_for_a_small_screen, view, lang)
    between = (stem for stem in FIGURES if stem not in LONGEST and stem not in AS_TABLES)
    return {stem: jobs[stem] for stem in (*LONGEST, *between, *AS_TABLES) if stem in jobs}


def _job(make: Callable[[Look], Figure | None], colours: dict[str, str], lang: str,
         formats: Sequence[str]) -> Callable[[], dict[str, bytes] | None]:
    return partial(style.as_files, partial(_in_language, make, colours), lang, formats)


def ours(name: str) -> bool:
    """Whether a file of a study's folder is one that `compare` may have written."""
    folder, _, file = name.rpartition("/")
    stem, _, kind = file.rpartition(".")
    return (name == "report.html"
            or (folder == "figures" and kind in style.PICTURES and stem in (*FIGURES, HOW_FAR))
            or (folder == "tables" and kind == "csv" and (stem in tables.NAMES or stem.startswith("how_far_"))))


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
