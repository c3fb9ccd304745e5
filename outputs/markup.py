"""Pieces of the report's page: tables, paragraphs and inline pictures. All text is escaped."""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import escape


def html_table(rows: Sequence[Sequence[str]], head: Sequence[str], text: int = 1) -> str:
    """A table; the first `text` columns are words, the rest numbers. Everything is escaped."""
    def cells(values, tag):
        kind = (' class="text"' if i < text else "" for i in range(len(values)))
        return "".join(f"<{tag}{k}>{escape(str(v))}</{tag}>" for k, v in zip(kind, values))

    body = "".join(f"<tr>{cells(row, 'td')}</tr>" for row in rows)
    return f'<div class="wide"><table><thead><tr>{cells(head, "th")}</tr></thead><tbody>{body}</tbody></table></div>'


def inline(svg: str) -> str:
    """An SVG for use inside a page: without its prolog."""
    return re.sub(r"^.*?(?=<svg)", "", svg, count=1, flags=re.DOTALL)


def worded(text: str) -> str:
    """A sentence as HTML; what stands between backquotes is a command."""
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(text))


def paragraphs(sentences: Sequence[str]) -> str:
    """Sentences, each a paragraph."""
    return "".join(f"<p>{worded(one)}</p>" for one in sentences)


def folded(title: str, inside: str, name: str = "") -> str:
    """What is shown on demand, below a title; `inside` is HTML."""
    tag = f"<details id='{escape(name)}'>" if name else "<details>"
    return f"{tag}<summary>{escape(title)}</summary>{inside}</details>"
