"""The report: one HTML file without a network. The answer first, then chapters with figures and what is assumed.

Every sentence is made of numbers of the study, from the same tables that figures and CSV files show (`chapters`: what
was found; `grounds`: what that rests on). All text from files passes through `escape`; the page carries a
Content-Security-Policy that forbids everything but its own styles and inline images.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from html import escape
from pathlib import Path

import pandas as pd

from outputs import answers, chapters, grounds, methods
from outputs.beside import HIDDEN, REPORT
from outputs.markup import folded, inline, worded
from outputs.measured import Measured
from outputs.origins import ORIGINS
from outputs.view import View
from outputs.words import say

POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"
STYLE = Path(__file__).with_suffix(".css")
FIRST = "gaps"
CHAPTERS: Mapping[str, Sequence[str]] = {
    "gaps": ("gap_paths",), "who": ("who", "ranking", "map_effects"),
    "thanks": ("attribution", "attribution_levels", "provisions"),
    "province": ("effects", "province"), "causes": ("output_and_people", "people_by_source", "land_account",
                                                    "transfers_by_county"),
    "watched": ("milestones", "composite", "lights"),
    "counties": ("map_levels", "population_by_county", "gdp_per_head_by_county", "income_per_head_by_county",
                 "ageing_by_county"),
}
"""The figures of each chapter; those of the chapter on counties are folded."""
Figures = Sequence[tuple[str, str, str]]
Chapter = tuple[str, str, str]


def first_screen(view: View, figure: str, narrow: str, how_far: Mapping[str, pd.DataFrame] | None, lang: str,
                 measured: Measured | None = None) -> str:
    """The verdict in a word and a sentence, the figure of the effects with how sure they are, and an answer to each of
    the other questions."""
    tested = how_far or {}
    told = answers.answers(view, tested.get("scores"), lang, measured, tested.get(ORIGINS))
    lines = {key: f"<h3>{escape(say(f'ask_{key}', lang))}</h3><p id='answer-{key}'>{worded(text)}</p>"
             for key, text in told.lines.items()}
    slim = f"<div class='narrow'>{inline(narrow)}</div>" if narrow else ""
    shown = (f"<figure id='figure-{FIRST}' class='{'has-narrow' if narrow else ''}'><div class='broad'>{inline(figure)}"
             f"</div>{slim}</figure>") if figure else ""
    beside = "".join(text for key, text in lines.items() if key != "sure")
    missing = view.results.attrs.get("missing")
    return (f"<p class='verdict'>{escape(say('ask_gaps', lang))} {escape(told.word)}</p>"
            f"<p id='verdict'>{worded(told.sentence)}</p><div class='first'>"
            f"<div class='answers'>{shown}{lines['sure']}</div><div class='answers'>{beside}</div></div>"
            + (f"<p class='bad'>{escape(say('missing', lang, missing=missing))}</p>" if missing else ""))


def page(view: View, figures: Figures, how_far: Mapping[str, pd.DataFrame] | None,
         assumed: tuple[pd.DataFrame, pd.DataFrame], lang: str, narrow: str = "",
         measured: Measured | None = None) -> str:
    """The whole report; `figures` are (stem, caption, svg), `narrow` the first figure for a small screen."""
    title = say("title", lang, last=view.last, n=len(view.scenarios))
    svgs = {stem: svg for stem, _, svg in figures}
    drawn = {stem: f"<figure id='figure-{escape(stem)}'>{inline(svg)}<figcaption>{escape(words)}</figcaption></figure>"
             for stem, words, svg in figures}
    told = [*_findings(view, drawn, lang, measured), *_grounds(view, drawn, how_far, assumed, lang)]
    links = "".join(f"<a href='#{key}'>{escape(words)}</a>" for key, words, _ in told)
    body = "\n".join(f"<section><h2 id='{key}'>{escape(words)}</h2>{inside}</section>" for key, words, inside in told)
    language = "zh-CN" if lang == "zh" else "en"
    first = first_screen(view, svgs.get(FIRST, ""), narrow, how_far, lang, measured)
    explorer = f"{HIDDEN[REPORT]}{escape(say('to_explorer', lang))}</a>"
    return (f'<!doctype html>\n<html lang="{language}"><head><meta charset="utf-8">'
            f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
            f'<meta name="viewport" content="width=device-width, initial-scale=1"><title>{escape(title)}</title>'
            f"<style>{STYLE.read_text(encoding='utf-8')}</style></head><body>\n"
            f"<header id='story'><h1>{escape(title)} {explorer}</h1>{first}<nav>{links}</nav></header>\n{body}"
            "\n</body></html>\n")


def _findings(view: View, drawn: Mapping[str, str], lang: str, measured: Measured | None) -> Iterator[Chapter]:
    """What the study found: the chapters for which it has words or figures."""
    words = {
        "gaps": chapters.gap_section(view, lang), "who": chapters.who_section(view, lang) if view.others else "",
        "thanks": chapters.thanks_section(view, lang, measured), "province": chapters.province_section(view, lang),
        "causes": chapters.causes_section(view, lang), "watched": chapters.watched_section(view, lang),
        "counties": chapters.county_section(view, lang),
    }
    for chapter, text in words.items():
        shown = "".join(drawn[stem] for stem in CHAPTERS[chapter] if stem in drawn)
        if chapter == "counties" and shown:
            shown = folded(say("figures", lang), shown)
        if text or shown:
            yield chapter, say(f"chapter_{chapter}", lang), text + shown


def _grounds(view: View, drawn: Mapping[str, str], how_far: Mapping[str, pd.DataFrame] | None,
             assumed: tuple[pd.DataFrame, pd.DataFrame], lang: str) -> Iterator[Chapter]:
    """What that rests on."""
    for key, words, text in (
        ("history", "how_far", drawn.get("how_far", "") + grounds.history_section(view, how_far, lang)),
        ("coverage", "coverage", grounds.coverage_section(how_far, lang)),
        ("assumptions", "assumptions", drawn.get("leaning", "") + grounds.assumptions_section(view, *assumed, lang)),
        ("provenance", "chapter_how", grounds.provenance_section(view, lang)),
        ("method", "chapter_method", f"<p>{escape(methods.paragraph(view, lang))}</p>"
                                     f"<p>{escape(methods.citation(view, lang))}</p>"),
    ):
        if text:
            yield key, say(words, lang), text
