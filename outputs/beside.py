"""Report and explorer of a study link to each other where both stand in one folder.

Each page holds its link hidden, since it may be the only one; when the other is written too, both are shown.
"""

from __future__ import annotations

from pathlib import Path

from sim.core.files import kind_of, write_whole

REPORT, EXPLORER = "report.html", "explorer.html"
HIDDEN = {one: f'<a class="beside" href="{other}" hidden>' for one, other in ((REPORT, EXPLORER), (EXPLORER, REPORT))}
"""The link of each page to the other one, as it is written."""


def link(folder: Path) -> None:
    """Show the links of the two pages of a folder to each other, where both are there and hold one."""
    texts = {name: (folder / name).read_text(encoding="utf-8") for name in HIDDEN
             if kind_of(folder / name) == "file"}
    if len(texts) == len(HIDDEN) and all(_head(name, texts[name]) for name in HIDDEN):
        for name, hidden in HIDDEN.items():
            if hidden in texts[name]:
                shown = hidden.replace(" hidden>", ">")
                write_whole(folder / name, texts[name].replace(hidden, shown, 1))


def _head(name: str, text: str) -> bool:
    """Whether a page is one of ours, which holds its link, shown or hidden."""
    return HIDDEN[name].removesuffix(" hidden>") in text
