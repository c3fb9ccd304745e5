"""Every figure by its name: a function of a Dataset that returns a matplotlib Figure. `docs/figures.md` lists them.

    from outputs.figures import draw
    draw("gaps", open_results("runs/demo")).savefig("gaps.png")
"""

from __future__ import annotations

import inspect
import textwrap
from collections.abc import Sequence
from pathlib import Path

import xarray as xr
from matplotlib.figure import Figure

from outputs import maps, style
from outputs.compare import FIGURES
from outputs.style import Look
from outputs.view import View
from outputs.words import say
from sim.core.declare import Fault, UserError, nearest
from sim.core.files import write_whole
from sim.region.geography import Polygon

PAGE = Path(__file__).resolve().parents[1] / "docs" / "figures.md"
LEAD = """# Figures

`python3 run.py compare DIR` draws these into the folder of a study, in English or (`--lang zh`) Chinese: as SVG, and
with `--formats svg,png,pdf` as PNG and PDF as well. `--figures gaps,effects` draws only those that it names, and the
report then shows no others; `--to 2030` ends them, the tables and the text with that year. In Python these are the
arguments `figures`, `formats` and `until` of `outputs.compare.compare`. Each is also a function of a Dataset that
returns a matplotlib `Figure`; [the gallery](gallery.md) shows them. A figure whose variables the results do not hold is
left out. This page is made by `python3 run.py refresh`.

```python
from outputs.figures import draw
from sim.region.history import history
from sim.study.batch import open_results

results = open_results("runs/demo")
figure = draw("gaps", results, history())        # a matplotlib Figure; lang="zh" for Chinese
figure.savefig("gaps.png", dpi=150)
```

The figures of contributions draw the runs of an attribution: `draw("attribution", results, orders=open_orders(DIR))`.

Colours are those of Okabe and Ito; a scenario has one colour in all figures, and what is no scenario has other ones.
Bands and bars hold 80 % of 19 runs, 80 to 89 % of other numbers, as the figure says (order statistics; of fewer than
nine runs all of them); where runs differ by their
seed alone the figure says that this is chance and no uncertainty. Observed values are solid, derived or recalled ones
grey, those that rest on imputation hollow; that nothing was observed is said. A variable of your own choice is drawn by
`python3 run.py plot DIR VARIABLE [COUNTY...]`.
"""


def draw(name: str, results: xr.Dataset, history: xr.Dataset | None = None, lang: str = "en",
         reference: str | None = None, polygons: Sequence[Polygon] | None = None,
         orders: xr.Dataset | None = None) -> Figure:
    """A figure of results [scenario, draw, seed, year, ...] by its name, beside history where that is given.

    `orders` are the runs of an attribution (`open_orders`), which the figures of contributions draw.

    UserError where there is no such figure, or where the results do not hold what it shows.
    """
    if name not in FIGURES:
        raise UserError(Fault("figure", f"no figure {name!r}", nearest(name, FIGURES) or ", ".join(FIGURES)))
    view = View(results, history, reference, maps.outlines_of(results) if polygons is None else polygons, orders)
    with style.drawing(lang):
        made = FIGURES[name](view, Look(lang, style.colours(view.scenarios)))
    if made is None:
        raise UserError(Fault(name, "the results do not hold what this figure shows",
                              "run more scenarios, or keep more variables (keep = \"county\")"))
    return made


def page() -> str:
    """The page docs/figures.md."""
    parts = [LEAD]
    for name, make in FIGURES.items():
        shows = say(f"caption_{name}", "en", reference="reference", focus="the scenario in focus",
                    last="the last year", start="2019", told="the scenario told first", up="k", n="n", down="m")
        place = f"{make.__module__}.{make.__name__}"
        says = " ".join((inspect.getdoc(make) or "").split())
        parts.append(f"## {name}\n\n{textwrap.fill(shows, 120)}\n\n{textwrap.fill(says, 120)}\n\n"
                     f"`draw(\"{name}\", results, history())`, from `{place}`.\n")
    return "\n".join(parts)


def write(path: Path = PAGE) -> Path:
    """Bring docs/figures.md up to date; returns its path."""
    write_whole(path, page())
    return path
