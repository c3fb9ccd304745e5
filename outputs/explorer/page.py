"""The page: template, styles, scripts and the content of a study in one file.

Text of a study reaches the page as JSON alone and is put on it as text, never as markup. A Content-Security-Policy lets
only these scripts and styles run and forbids every request.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import json
import re
from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

from outputs import beside
from outputs.explorer.content import content
from outputs.explorer.words import say
from outputs.maps import outlines_of
from outputs.view import View
from outputs.words import LANGUAGES
from sim.core.declare import Fault, UserError, nearest
from sim.core.files import claimed

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

    from sim.region.geography import Polygon

HERE = Path(__file__).resolve().parent
STYLE = "page.css"
SCRIPTS = ("data.js", "words.js", "drawing.js", "state.js", "map.js", "lines.js", "effects.js", "ranking.js",
           "provisions.js", "county.js", "flows.js", "main.js")
NAME = beside.EXPLORER
MARK = '<meta name="generator" content="hainan2035 explorer">'


def write(results: xr.Dataset, history: xr.Dataset | None, path: str | Path, lang: str = "en",
          polygons: Sequence[Polygon] | None = None, reference: str | None = None,
          orders: xr.Dataset | None = None, causes: pd.DataFrame | None = None) -> Path:
    """Write the page of a study; it opens in the language `lang` and speaks both.

    `orders` are the runs of its attribution (`open_orders`), `causes` why counties change (`outputs.causes.read`).

    `polygons` are the outlines of the counties, those of the shipped pack where they are not given, () for no map.
    """
    if lang not in LANGUAGES:
        raise UserError(Fault("lang", f"no language {lang!r}", nearest(lang, LANGUAGES) or "write en or zh"))
    path = Path(path)
    outlines = outlines_of(results) if polygons is None else polygons
    text = page(View(results, history, reference, outlines, orders), lang, causes)
    with claimed(path) as place:
        place.put(text.encode("utf-8"))
    if path.name == NAME:
        beside.link(path.parent)
    return path


def is_explorer(path: Path) -> bool:
    """Whether a file is a page of this kind."""
    with contextlib.suppress(OSError), open(path, "rb") as file:
        return MARK.encode() in file.read(4096)
    return False


def page(view: View, lang: str = "en", causes: pd.DataFrame | None = None) -> str:
    """The whole page as text."""
    held = content(view, causes=causes)
    script = "\n".join(['"use strict";', *(_file(name) for name in SCRIPTS)])
    style = _file(STYLE)
    title = held["title"][lang] or say("heading", lang)
    filled = {
        "language": "zh-CN" if lang == "zh" else "en", "policy": _policy(script, style), "mark": MARK,
        "title": escape(title), "style": style, "script": script, "study": _json(held | {"language": lang}),
        "too_old": escape(" ".join(say("too_old", each) for each in LANGUAGES)),
    }
    return re.sub(r"\{\{(\w+)\}\}", lambda found: filled[found[1]], _file("page.html"))


def _file(name: str) -> str:
    return (HERE / name).read_text(encoding="utf-8")


def _json(held: object) -> str:
    """JSON that cannot end the element it stands in."""
    text = json.dumps(held, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026").replace("\u2028", "\\u2028")


def _policy(script: str, style: str) -> str:
    """Only the scripts and styles of this page, by their hashes; no request of any kind."""
    return (f"default-src 'none'; script-src {_hash(script)}; style-src {_hash(style)}; base-uri 'none'; "
            "form-action 'none'")


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode('utf-8')).digest()).decode('ascii')}'"
