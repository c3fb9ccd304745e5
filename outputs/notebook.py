"""A page of docs/ as a Jupyter notebook (format 4.5): its prose and its Python blocks, in order, without outputs.

`python3 run.py refresh` writes docs/tutorial.ipynb from docs/tutorial.md, so that there is one text.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

from sim.core.files import write_whole

DOCS = Path(__file__).resolve().parents[1] / "docs"
PAGES = ("tutorial",)
BLOCK = re.compile(r"^```python\n(.*?)^```\n?", re.MULTILINE | re.DOTALL)
BEGIN = '''# The notebook stands in docs/; the project is imported, and files are written, from the folder above it.
import os
import sys
from pathlib import Path

for place in (Path.cwd(), *Path.cwd().parents):
    if (place / "run.py").is_file() and (place / "sim").is_dir():
        os.chdir(place)
        sys.path.insert(0, str(place))
        break
'''


def cells(text: str) -> list[tuple[str, str]]:
    """(kind, source) of every cell of a page: `markdown` for prose, `code` for a fenced Python block."""
    found, end = [], 0
    for block in BLOCK.finditer(text):
        found += [("markdown", text[end:block.start()]), ("code", block[1])]
        end = block.end()
    found.append(("markdown", text[end:]))
    return [(kind, source.strip("\n")) for kind, source in found if source.strip()]


def notebook(text: str) -> str:
    """The notebook of a page, as JSON; the same page gives the same bytes."""
    first, *rest = cells(text)
    every = [first, ("code", BEGIN.strip("\n")), *rest]
    return json.dumps({
        "cells": [_cell(number, kind, source) for number, (kind, source) in enumerate(every, start=1)],
        "metadata": {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
                     "language_info": {"name": "python"}},
        "nbformat": 4, "nbformat_minor": 5}, ensure_ascii=False, indent=1) + "\n"


def _cell(number: int, kind: str, source: str) -> dict[str, object]:
    made: dict[str, object] = {"cell_type": kind, "id": f"cell-{number:02}", "metadata": {},
                               "source": source.splitlines(keepends=True)}
    return made | {"execution_count": None, "outputs": []} if kind == "code" else made


def write(docs: Path = DOCS) -> list[Path]:
    """Bring the notebooks up to date; their paths."""
    written = []
    for page in PAGES:
        path = docs / f"{page}.ipynb"
        write_whole(path, notebook((docs / f"{page}.md").read_text(encoding="utf-8")))
        written.append(path)
    return written
