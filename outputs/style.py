"""Colours, type and files of figures: safe for colour-blind readers, text kept as text, the same bytes twice."""

from __future__ import annotations

import contextlib
import functools
import io
import itertools
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import matplotlib as mpl
from matplotlib import font_manager
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

from outputs import lettering

# Okabe and Ito 2008, the palette most colour-blind readers can tell apart
BLUE, ORANGE, GREEN, PINK, AMBER, SKY = "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9"
INK, GREY, PALE = "#222222", "#7A7A7A", "#D9D9D9"
OF_SCENARIO = {"no_policy": GREY, "baseline": BLUE, "full": ORANGE}
OTHERS = (GREEN, PINK, AMBER, SKY, "#8C564B", "#000000", "#999933", "#882255")
DASHES = ("-", (0, (5, 1.5)), (0, (1, 1)), (0, (4, 1, 1, 1)))
LEVELS, DIFFERENCES = "YlGnBu", "PuOr_r"
CJK_FAMILIES = (
    "Noto Sans CJK SC", "Noto Sans CJK JP", "Noto Sans SC", "Source Han Sans SC", "Source Han Sans CN",
    "Microsoft YaHei", "PingFang SC",
    "Hiragino Sans GB", "WenQuanYi Micro Hei", "WenQuanYi Zen Hei", "SimHei", "Heiti SC", "Arial Unicode MS",
)
"""Families with Chinese glyphs, the first one installed is used. Of a collection matplotlib sees the first face alone,
so that of Noto CJK goes by its Japanese name there; it holds the same characters."""
CJK_FILES = ("notosanscjk", "notosanssc", "sourcehansans", "msyh", "pingfang", "hiragino", "wqy", "simhei", "stheiti")
INSTALL = ("PNG figures are in English, since no font with Chinese characters is installed: install Noto Sans CJK "
           "(Debian and Ubuntu: fonts-noto-cjk; Fedora: google-noto-sans-cjk-fonts)")
LATIN = "DejaVu Sans"  # comes with matplotlib: the same on every machine
IN_BROWSER = f"'{LATIN}', 'Noto Sans', 'Noto Sans CJK SC', 'Microsoft YaHei', 'PingFang SC', sans-serif"
DPI = 150
FAST = 1  # level of compression of a PNG: the usual one takes three times as long for 8 %
SALT = "hainan2035"
WIDTH = 9.6  # inches

SETTINGS: Any = {  # their names are matplotlib's own, whose types it lists one by one
    "font.family": [LATIN], "font.size": 8.5, "axes.titlesize": 9, "axes.titleweight": "bold", "axes.labelsize": 8.5,
    "axes.titlelocation": "left", "axes.edgecolor": GREY, "axes.labelcolor": INK, "text.color": INK,
    "xtick.color": GREY, "ytick.color": GREY, "xtick.labelcolor": INK, "ytick.labelcolor": INK,
    "axes.spines.top": False, "axes.spines.right": False, "axes.grid": True, "grid.color": "#E8E8E8",
    "grid.linewidth": 0.6, "axes.axisbelow": True, "lines.linewidth": 1.6, "legend.frameon": False,
    "figure.constrained_layout.use": True, "figure.constrained_layout.w_pad": 0.07,  # text is a little wider in a PNG
    "svg.fonttype": "none", "svg.hashsalt": SALT, "path.simplify": True,
    "hatch.linewidth": 0.6, "axes.formatter.useoffset": False, "axes.unicode_minus": True,
    "text.parse_math": False,  # a title may hold a dollar sign
    "axes.titley": 1.0,  # where titles stand anyhow: to make sure, matplotlib would lay out all ticks three times
}


@dataclass(frozen=True)
class Look:
    """How a figure is drawn: its language and the colour of each scenario."""

    lang: str
    colours: dict[str, str]

    def of(self, scenario: str) -> str:
        """The colour of a scenario."""
        return self.colours[scenario]


def colours(scenarios: Sequence[str]) -> dict[str, str]:
    """A colour for each scenario; the three standard ones always keep theirs."""
    free = itertools.cycle(OTHERS)
    return {name: OF_SCENARIO.get(name) or next(free) for name in scenarios}


def cjk_family() -> str | None:
    """The first installed family with Chinese glyphs; fonts newer than matplotlib's list of fonts are looked for."""
    return _installed() or (_look_for_fonts() and _installed()) or None


def _installed() -> str | None:
    installed = {font.name for font in font_manager.fontManager.ttflist}
    return next((family for family in CJK_FAMILIES if family in installed), None)


@functools.cache
def _look_for_fonts() -> bool:
    """Add the fonts of the machine whose files bear a name with Chinese glyphs; whether there are any."""
    found = [path for path in font_manager.findSystemFonts() if Path(path).name.lower().startswith(CJK_FILES)]
    for path in sorted(found):
        with contextlib.suppress(RuntimeError, OSError):
            font_manager.fontManager.addfont(path)
    return bool(found)


def png_language(lang: str) -> str:
    """The language of a PNG or PDF: Chinese needs a font, else it is English (matplotlib would draw boxes)."""
    return lang if lang == "en" or cjk_family() else "en"


@contextlib.contextmanager
def drawing(lang: str = "en") -> Iterator[None]:
    """Settings of the house for the figures made inside. (Text of an SVG stays text: glyphs may be missing here.)"""
    family = cjk_family() if lang == "zh" else None
    with mpl.rc_context(), warnings.catch_warnings(), lettering.kept():
        mpl.rcdefaults()
        mpl.rcParams.update(SETTINGS)
        if family:
            mpl.rcParams["font.family"] = [LATIN, family]
        warnings.filterwarnings("ignore", message="Glyph .* missing from")
        yield


# A canvas prints a figure at once; `savefig` would draw it into nowhere first, to find the places of things.


def as_svg(figure: Figure) -> str:
    """The figure as SVG with its text as text, without a date."""
    out = io.StringIO()
    FigureCanvasSVG(figure).print_svg(out, metadata={"Date": None, "Creator": None})
    return _for_browsers(out.getvalue())


def _for_browsers(svg: str) -> str:
    """Font families that a browser may fall back to, in place of the one the text was measured with."""
    for family in (LATIN, *CJK_FAMILIES):
        svg = svg.replace(f"'{LATIN}', '{family}'", f"'{LATIN}'")
    return svg.replace(f"'{LATIN}'", IN_BROWSER)


def as_png(figure: Figure, dpi: int | None = None, level: int | None = None) -> bytes:
    """The figure as PNG, without the name of the program that made it; `level` of compression (1 to 9)."""
    out = io.BytesIO()
    figure.set_dpi(dpi or DPI)
    pressed = {} if level is None else {"compress_level": level}
    FigureCanvasAgg(figure).print_png(out, metadata={"Software": None}, pil_kwargs=pressed)
    return out.getvalue()


def as_pdf(figure: Figure) -> bytes:
    """The figure as PDF, without a date and the name of the program that made it."""
    from matplotlib.backends.backend_pdf import FigureCanvasPdf

    out = io.BytesIO()
    FigureCanvasPdf(figure).print_pdf(out, metadata={"CreationDate": None, "Creator": None, "Producer": None})
    return out.getvalue()


PICTURES: Mapping[str, Callable[[Figure], bytes]] = {
    "svg": lambda figure: as_svg(figure).encode(), "png": lambda figure: as_png(figure, level=FAST),
    "pdf": as_pdf}
"""How a figure is written, by the ending of its file."""
USUAL = ("svg", "png")


def write(draw: Callable[[str], Figure | None], folder: Path, stem: str, lang: str) -> str | None:
    """Draw a figure as `<stem>.svg` and `<stem>.png`; the text of the SVG, or None where there is nothing to draw."""
    made = as_files(draw, lang)
    return None if made is None else put(made, folder, stem)


def put(made: Mapping[str, bytes], folder: Path, stem: str) -> str:
    """Write the files of a figure, `<stem>.svg` and others; the text of the SVG."""
    for kind, content in made.items():
        (folder / f"{stem}.{kind}").write_bytes(content)
    return made["svg"].decode()


def as_files(draw: Callable[[str], Figure | None], lang: str,
             formats: Sequence[str] = USUAL) -> dict[str, bytes] | None:
    """A figure as SVG and in the other formats (of PICTURES), or None where there is nothing to draw."""
    others = [kind for kind in formats if kind != "svg"]
    with drawing(lang):
        figure = draw(lang)
        if figure is None:
            return None
        made = _drawn(figure, ["svg", *(others if png_language(lang) == lang else ())])
    if len(made) <= len(others):
        with drawing("en"):
            made |= _drawn(cast(Figure, draw("en")), others)  # what one language shows, the other shows too
    return made


def _drawn(figure: Figure, formats: Sequence[str]) -> dict[str, bytes]:
    """The figure in some formats, the places of things found once."""
    made = {}
    for kind in formats:
        made[kind] = PICTURES[kind](figure)
        figure.set_layout_engine("none")
    return made


def figure(rows: float, width: float = WIDTH) -> Figure:
    """An empty figure of the usual width and a height in inches."""
    return Figure(figsize=(width, rows))
