"""The gallery docs/gallery.md and the first screen of the README, made of a study: `refresh --gallery DIR`."""

from __future__ import annotations

import re
import textwrap
from pathlib import Path

import pandas as pd

from outputs import answers, style
from outputs.compare import FIGURES, caption
from outputs.measured import Measured
from outputs.style import Look
from outputs.view import View
from sim.core.files import write_whole

ROOT = Path(__file__).resolve().parents[1]
SHOWN = ("gaps", "gap_paths", "attribution", "attribution_levels", "who", "ranking", "leaning", "map_levels",
         "map_effects", "province", "population_by_county", "output_and_people", "transfers_by_county", "milestones",
         "lights")
DPI = 80
BEGIN, END = "<!-- verdict: made by outputs.gallery -->", "<!-- verdict: end -->"


def draw_all(view: View, folder: Path) -> list[str]:
    """The pictures of the gallery as PNG; the names of those that there were results for."""
    drawn = []
    for name in SHOWN:
        with style.drawing():
            figure = FIGURES[name](view, Look("en", style.colours(view.scenarios)))
            if figure is not None:
                write_whole(folder / f"{name}.png", style.as_png(figure, DPI))
                drawn.append(name)
    return drawn


def about(view: View) -> str:
    """What study the pictures show, with the hashes that made it."""
    attrs = view.results.attrs
    return (f"Study `{attrs.get('study', '')}`: {len(view.scenarios)} scenarios, {view.basis.draws} draws of "
            f"{answers.varied_words(view, 'en')}, {view.basis.runs} runs of each at weight {attrs.get('weight', '–')}; "
            f"code `{str(attrs.get('code_hash', ''))[:12]}`, data `{str(attrs.get('data_hash', ''))[:12]}`.")


def page(view: View, drawn: list[str], scores: pd.DataFrame | None = None,
         skill_from_origins: pd.DataFrame | None = None, measured: Measured | None = None) -> str:
    """The page docs/gallery.md; `measured` is told where the study shares out no effect to provisions."""
    told = answers.answers(view, scores, "en", measured, skill_from_origins)
    parts = ["# Gallery", _filled(about(view) + " Made by `python3 run.py refresh --gallery DIR`; every figure is a "
                                  "function of the results ([figures](figures.md))."),
             _filled(f"**{told.word}.** {told.sentence}"), *(_filled(line) for line in told.lines.values())]
    parts += [f"## {name}\n\n![{caption(view, name, 'en')}](figures/{name}.png)\n\n{_filled(caption(view, name, 'en'))}"
              for name in drawn]
    return "\n\n".join(parts) + "\n"


def first_screen(view: View, text: str) -> str:
    """The README with its verdict replaced by that of the study."""
    told = answers.answers(view, None, "en")
    made = (f"{BEGIN}\n![{caption(view, 'gaps', 'en')}](docs/figures/gaps.png)\n\n"
            f"{_filled(f'**Do the gaps between counties narrow? {told.word}.** {told.sentence}')}\n"
            f"{_filled(told.lines['sure'])} {END}")
    return re.sub(re.escape(BEGIN) + ".*?" + re.escape(END), lambda _: made, text, flags=re.DOTALL)


def _filled(text: str) -> str:
    return textwrap.fill(text, 120, break_long_words=False, break_on_hyphens=False)


def write(view: View, scores: pd.DataFrame | None = None, root: Path = ROOT,
          skill_from_origins: pd.DataFrame | None = None, measured: Measured | None = None) -> list[Path]:
    """Pictures, gallery and the verdict of the README, from a study."""
    folder = root / "docs" / "figures"
    folder.mkdir(parents=True, exist_ok=True)
    drawn = draw_all(view, folder)
    gallery, readme = root / "docs" / "gallery.md", root / "README.md"
    write_whole(gallery, page(view, drawn, scores, skill_from_origins, measured))
    write_whole(readme, first_screen(view, readme.read_text(encoding="utf-8")))
    return [gallery, readme, *(folder / f"{name}.png" for name in drawn)]
