"""Text of figures measured and laid out once: the same pictures in less time.

Matplotlib reads the tables of a font for the height of every line of text, and asks for the shapes of all its letters
again whenever a place is sought for it: a third of the time of a figure with small panels. Here what was found is kept,
for all figures of a process. This relies on how the versions of matplotlib in KNOWN work inside; with any other, text
is drawn in matplotlib's own way.
"""

from __future__ import annotations

import contextlib
import functools
import math
import os
from collections.abc import Callable, Iterator
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.backends.backend_agg import RendererAgg, get_hinting_flag
from matplotlib.backends.backend_svg import RendererSVG
from matplotlib.font_manager import FontProperties, fontManager, get_font
from matplotlib.ft2font import RenderMode

KNOWN = ("3.11.",)
MOST = 20_000  # texts that are kept
POINTS = 72  # an inch: what an SVG is drawn in
TABLES = (("OS/2", "sTypoLineGap", "sTypoAscender", "sTypoDescender"), ("hhea", "lineGap", "ascent", "descent"))
"""Where a font says how high its lines are, in matplotlib's order."""

_kept: dict[tuple, Any] = {}
os.register_at_fork(after_in_child=_kept.clear)  # fonts cannot be used in a copy of the process that opened them


@contextlib.contextmanager
def kept() -> Iterator[None]:
    """Figures that are drawn inside keep what they found about their text."""
    if not mpl.__version__.startswith(KNOWN):
        yield
        return
    own = {
        (RendererSVG, "get_text_width_height_descent"): _measured(RendererSVG.get_text_width_height_descent),
        (RendererAgg, "get_text_width_height_descent"): _measured(RendererAgg.get_text_width_height_descent),
        (RendererSVG, "_get_font_height_metrics"): lambda renderer, prop: _heights(prop, POINTS),
        (RendererAgg, "_get_font_height_metrics"): lambda renderer, prop: _heights(prop, renderer.dpi),
        (RendererAgg, "draw_text"): _draw_text(RendererAgg.draw_text),
    }
    before = {place: vars(place[0]).get(place[1]) for place in own}
    try:
        for (renderer, name), function in own.items():
            setattr(renderer, name, function)
        yield
    finally:
        for (renderer, name), former in before.items():
            if former is None:
                delattr(renderer, name)
            else:
                setattr(renderer, name, former)


def _found(key: tuple, make: Callable[[], Any]) -> Any:
    if key not in _kept:
        if len(_kept) >= MOST:
            _kept.clear()
        _kept[key] = make()
    return _kept[key]


def _named(prop: FontProperties) -> tuple:
    """All that a font is chosen by, its size included."""
    return tuple(vars(prop).values())


def _measured(measure: Callable) -> Callable:
    """Width, height and descent of a text, measured once."""
    @functools.wraps(measure)
    def found(renderer: Any, text: str, prop: FontProperties, ismath: Any) -> tuple[float, float, float]:
        if ismath:
            return measure(renderer, text, prop, ismath)
        key = (type(renderer), getattr(renderer, "dpi", POINTS), mpl.rcParams["text.hinting"], text, _named(prop))
        return _found(key, lambda: measure(renderer, text, prop, ismath))
    return found


def _heights(prop: FontProperties, dpi: float) -> tuple[float | None, float | None, float | None]:
    """Ascent, descent and gap of a line, in dots; none where the font does not say."""
    found = _found(("heights", _named(prop)), lambda: _table(prop))
    if found is None:
        return None, None, None
    gap, ascent, descent, units = found
    scale = 1 / units * prop.get_size_in_points() * dpi / POINTS
    return ascent * scale, -descent * scale, gap * scale


def _table(prop: FontProperties) -> tuple[float, float, float, float] | None:
    """Gap, ascent and descent of a font in its own units, and how many of these the size is."""
    font: Any = get_font(fontManager._find_fonts_by_props(prop))
    for name, *words in TABLES:
        table = font.get_sfnt_table(name)
        if table is not None:
            gap, ascent, descent = (table[word] for word in words)
            return gap, ascent, descent, font.get_sfnt_table("head")["unitsPerEm"]
    return None


def _draw_text(draw: Callable) -> Callable:
    """Text in a PNG: its letters laid out once, and turned all at once."""
    @functools.wraps(draw)
    def drawn(renderer: Any, gc: Any, x: float, y: float, text: str, prop: FontProperties, angle: float,
              ismath: Any = False, mtext: Any = None) -> None:
        if ismath or (mtext is not None and (mtext.get_fontfeatures() or mtext.get_language())):
            draw(renderer, gc, x, y, text, prop, angle, ismath, mtext)
            return
        flags, size = get_hinting_flag(), prop.get_size_in_points()
        key = ("layout", renderer.dpi, mpl.rcParams["text.hinting"], text, _named(prop))
        letters = _found(key, lambda: [(one.ft_object, one.glyph_index, one.x, one.y)
                                       for one in renderer._prepare_font(prop)._layout(text, flags=flags)])
        cos, sin = math.cos(math.radians(angle)), math.sin(math.radians(angle))
        turned = (0x10000 * np.array([[cos, -sin], [sin, cos]])).round().astype(int)
        smooth = gc.get_antialiased()
        mode = RenderMode.NORMAL if smooth else RenderMode.MONO
        for font, glyph, right, up in letters:
            font.set_size(size, renderer.dpi)
            font._set_transform(turned, [round(0x40 * (x + right * cos - up * sin)),
                                         round(0x40 * (renderer.height - y + right * sin + up * cos))])
            picture = font._render_glyph(glyph, flags, mode)
            dots = picture.buffer if smooth else picture.buffer * 0xff
            renderer._renderer.draw_text_image(dots, picture.left, int(renderer.height) - picture.top + dots.shape[0],
                                               0, gc)
    return drawn
