"""One variable over the years: of the province, of all counties, or of those that are named (`plot`)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from outputs import paths, style
from outputs.style import Look
from outputs.view import View, found_by_name
from outputs.words import say
from sim.core.declare import Fault, UserError, nearest
from sim.core.files import ELSEWHERE, kind_of, write_whole, writing
from sim.indicators.runs import RUN_DIMS

KINDS = (".svg", ".png")
PNG = b"\x89PNG\r\n\x1a\n"
MOST_PANELS_A_ROW = 6
ROW, TOP = 1.7, 1.1  # inches


def chosen(results: xr.Dataset, wanted: str) -> tuple[xr.Dataset, str]:
    """The results with the variable that `NAME` or `NAME:LABEL` means (a label of its own dimension, such as a sector),
    and its name."""
    name, _, label = wanted.partition(":")
    if name not in results.data_vars:
        near = nearest(name, [str(one) for one in results.data_vars])
        mend = near or "`export DIR --long FILE.csv` lists them"
        raise UserError(Fault(name, "no such variable in these results", mend))
    values = results[name]
    rest = [str(dim) for dim in values.dims if dim not in (*RUN_DIMS, "year", "county")]
    if "year" not in values.dims or len(rest) > 1:
        raise UserError(Fault(name, f"has the dimensions {', '.join(map(str, values.dims))}",
                              "plot takes variables by year, with county and at most one further dimension"))
    if not rest:
        if label:
            raise UserError(Fault(wanted, f"{name} has no further dimension", f"write {name}"))
        return results, name
    labels = [str(one) for one in results[rest[0]].values]
    if label not in labels:
        mend = nearest(label, labels) if label else ""
        mend = mend or " or ".join(f"{name}:{one}" for one in labels[:4])
        raise UserError(Fault(wanted, f"{name} has a further dimension, {rest[0]}", mend))
    part = values.isel({rest[0]: labels.index(label)}, drop=True)
    made = f"{name}_{label}"
    attrs = {key: f"{text}: {label}" if key.startswith("long_name") else text for key, text in values.attrs.items()}
    return results.assign({made: part.assign_attrs(attrs)}), made


def counties(view: View, wanted: Sequence[str]) -> list[int]:
    """Rows of counties by code or by name in English or Chinese, short or whole."""
    known: dict[str, int] = {}
    for row, code in enumerate(view.results["county"].values):
        whole = [str(view.results[c].values[row]) for c in ("name_en", "name_zh") if c in view.results.coords]
        for word in (str(code), *whole, *(view.names(lang)[row] for lang in ("en", "zh"))):
            known[word] = row
    return found_by_name(wanted, known)


def draw(view: View, name: str, look: Look, rows: Sequence[int] = ()) -> Figure:
    """Lines with bands for all scenarios beside what was observed: one panel, or one for each county."""
    by_county = "county" in view.results[name].dims
    if rows and not by_county:
        raise UserError(Fault(name, "is a series of the province", f"leave the counties out: plot DIR {name}"))
    shown: list[int | None] = [None]
    if by_county:
        shown = list(rows) or [int(row) for row in np.flatnonzero(view.members)]
    columns = min(MOST_PANELS_A_ROW if len(shown) > 4 else 2, len(shown))
    lines = -(-len(shown) // columns)
    small = len(shown) > 4
    fig = style.figure(TOP + lines * (ROW if small else 2.9), style.WIDTH if columns > 1 else 6.4)
    axes = fig.subplots(lines, columns, squeeze=False, sharex=True).ravel()
    marks: set[str] = set()
    for ax, row in zip(axes, shown):
        pick = None if row is None else (lambda values, at=row: values[..., at])
        paths.shade(ax, view, look, named=not small)
        marks |= paths.panel(ax, view, look, name, pick=pick, past=view.past(name, row))
        if row is not None:
            ax.set_title(view.names(look.lang)[row], fontsize=8 if small else 9)
        ax.locator_params(axis="x", integer=True, nbins=3 if small else 6)
        ax.tick_params(labelsize=7 if small else 8, labelbottom=True)
    for ax in axes[len(shown):]:
        ax.remove()
    unit = view.unit(name)
    fig.supylabel(f"{view.label(name, look.lang)}{f', {unit}' if unit else ''}", fontsize=8.5)
    fig.supxlabel(say("year", look.lang), fontsize=8.5)
    paths.legend(fig, view, look, marks)
    return fig


def write(view: View, name: str, lang: str, out: Path, rows: Sequence[int] = ()) -> list[Path]:
    """The figure as SVG and PNG beside each other, or as the one kind that the ending of `out` names; other pictures of
    that name are replaced, nothing else is."""
    kinds = [out.suffix.lower()] if out.suffix.lower() in KINDS else list(KINDS)
    if out.suffix and out.suffix.lower() not in KINDS:
        raise UserError(Fault(str(out), f"pictures are {' or '.join(KINDS)}", f"write {out.with_suffix('.png').name}"))
    with writing(out):
        if kind_of(out) == "folder":
            raise UserError(Fault(str(out), "is a folder", "name a file in it"))
    places = [out.with_suffix(kind) for kind in kinds]
    for place in places:
        with writing(place):
            place.parent.mkdir(parents=True, exist_ok=True)
            if kind_of(place) not in ("", "file"):
                raise UserError(Fault(str(place), "is not a file", ELSEWHERE))
            if place.exists() and not _is_picture(place):
                raise UserError(Fault(str(place), "already exists and is not a picture", ELSEWHERE))
    drawn = style.png_language(lang) if kinds == [".png"] else lang
    with style.drawing(drawn):
        figure = draw(view, name, Look(drawn, style.colours(view.scenarios)), rows)
        made = {".svg": style.as_svg(figure).encode()} if ".svg" in kinds else {}
    if ".png" in kinds:
        png = style.png_language(lang)
        with style.drawing(png):
            figure = draw(view, name, Look(png, style.colours(view.scenarios)), rows)
            made[".png"] = style.as_png(figure)
    for place in places:
        with writing(place):
            write_whole(place, made[place.suffix])
    return places


def _is_picture(path: Path) -> bool:
    """Whether a file starts as a picture of its kind does."""
    with open(path, "rb") as file:
        head = file.read(1024)
    return head.startswith(PNG) if path.suffix == ".png" else b"<svg" in head
