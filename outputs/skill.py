"""The distance from history as a table to read: in the terminal, in the report, and as the page docs/skill.md.

The tables are handed in; nothing is scored here.
"""

from __future__ import annotations

import textwrap
import unicodedata
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from outputs.documentation import table as markdown
from outputs.words import say, term
from sim.core.files import write_whole

PAGE = Path(__file__).resolve().parents[1] / "docs" / "skill.md"
COLUMNS = ("target", "started", "window", "own_error", "naive_error", "naive_name", "ratio", "needs", "values",
           "independent", "covers", "verdict", "as_of")
WORDS = ("target", "started", "window", "naive_name", "verdict")
RANKS = "ranks"
HASH = 12
LEAD = """# Distance from history

How far the model is from history, target by target, beside the best forecast that needs no model. Made by
`python3 run.py hindcast DIR --write` from a run of `scenarios/studies/skill.toml`; every report holds the same table,
and `tables/how_far_*.csv` of a study all scores.
"""
MADE_OF = """Scenarios {scenarios}, {runs} runs of each at weight {weight} to {until}; code `{code_hash}`, data
`{data_hash}`.
"""
LOOKS = """Every look at the years kept unseen makes them a little less so; those that were used are listed.
"""


def head(lang: str = "en") -> list[str]:
    """Titles of the columns."""
    return [say(f"skill_{name}", lang) for name in COLUMNS]


def rows(scores: pd.DataFrame, lang: str = "en") -> list[list[str]]:
    """One line a target that could be scored: with observed inputs where there are both, the other ratio beside it."""
    if scores.empty:
        return []
    known = scores[scores["n"] > 0]
    other = known[known["information"] == "unconditional"].set_index("target")["ratio"].to_dict()
    return [_row(row, other.get(row["target"], np.nan), lang) for row in _told(known).to_dict("records")]


def _told(scores: pd.DataFrame) -> pd.DataFrame:
    """One row a target: the conditional one where there are two."""
    return scores.drop_duplicates("target")


def _row(row: Mapping, unconditional: float, lang: str) -> list[str]:
    ranks = row["form"] == RANKS
    error = (lambda value: _fixed(value, 2)) if ranks else (lambda value: _fixed(100 * value, 1))
    which = row["naive_says_zh" if lang == "zh" else "naive_says"]
    return [
        named(row, lang), started(row, lang), window(row), error(row["model_error"]), error(row["naive_error"]),
        which or "–", _fixed(row["ratio"] if row["information"] == "conditional" else np.nan, 2),
        _fixed(_needed(row), 2), str(row["n"]), _fixed(row["n_effective"], 0), _fixed(row["coverage_80"], 2),
        term(row["verdict"], lang), _fixed(unconditional, 2),
    ]


def named(row: Mapping, lang: str) -> str:
    """What the target is."""
    words = row["says_zh" if lang == "zh" else "says"]
    return say("skill_of_province", lang, what=words) if row["level"] == "province" else words


def started(row: Mapping, lang: str) -> str:
    """Where the forecast starts: the year whose change it is, or a free run from 2010."""
    if row["form"] == RANKS or row["start"] == "level":
        return say("skill_free_run", lang)
    return str(row["origin"])


def window(row: Mapping) -> str:
    """The years scored."""
    return str(row["first"]) if row["first"] == row["last"] else f"{row['first']}-{row['last'] % 100}"


def _needed(row: Mapping) -> float:
    """The ratio below which chance alone is not enough; nan where no ratio is."""
    return 1 - row["smallest_gain"] if row["smallest_gain"] < 1 else np.nan


def _fixed(value: float, digits: int) -> str:
    return f"{value:.{digits}f}" if np.isfinite(value) else "–"


def lines(tables: Mapping[str, pd.DataFrame], lang: str = "en") -> list[str]:
    """The table for a terminal, then what could not be scored and why, then how to read it."""
    scores = tables["scores"]
    text = [head(lang), *rows(scores, lang)]
    width = [max(_wide(line[k]) for line in text) for k in range(len(COLUMNS))]
    out = ["  ".join(_padded(cell, w, COLUMNS[k] in WORDS) for k, (cell, w) in enumerate(zip(line, width))).rstrip()
           for line in text]
    return [*out, "", *(say("skill_left_out", lang, what=what, why=why) for what, why in left_out(scores, lang)),
            counted(scores, lang)]


def _wide(text: str) -> int:
    """Columns a text takes in a terminal (Chinese characters take two)."""
    return sum(2 if unicodedata.east_asian_width(one) in "WF" else 1 for one in text)


def _padded(text: str, width: int, left: bool) -> str:
    blank = " " * (width - _wide(text))
    return text + blank if left else blank + text


def left_out(scores: pd.DataFrame, lang: str = "en") -> list[tuple[str, str]]:
    """Targets without a score, and what they lack."""
    if scores.empty:
        return []
    found = {named(row, lang): row["note"] for row in scores[scores["n"] == 0].to_dict("records")}
    return list(found.items())


CHANCE = 0.05  # share of targets that chance alone makes better, and worse


def tally(scores: pd.DataFrame) -> tuple[int, int, int]:
    """How many targets can be tested, and of these how many are better and how many worse than naive."""
    told = _told(scores[scores["n"] > 0]) if len(scores) else scores
    tested = told[np.isfinite(told["smallest_gain"].astype(float))] if len(told) else told
    counts = tested["verdict"].value_counts() if len(tested) else {}
    return len(tested), int(counts.get("better than naive", 0)), int(counts.get("worse than naive", 0))


def counted(scores: pd.DataFrame, lang: str = "en") -> str:
    """How many targets there are a verdict of, and how many chance alone would make better or worse."""
    tested, better, worse = tally(scores)
    return say("skill_counted", lang, n=tested, better=better, worse=worse, chance=f"{CHANCE * tested:.0f}")


def html_rows(scores: pd.DataFrame, lang: str) -> tuple[list[list[str]], list[str], int]:
    """Rows and titles with the words first, as the report's tables want them, and how many columns are words."""
    order = [*(COLUMNS.index(name) for name in WORDS), *(k for k, name in enumerate(COLUMNS) if name not in WORDS)]
    titles = head(lang)
    return [[row[k] for k in order] for row in rows(scores, lang)], [titles[k] for k in order], len(WORDS)


def page(tables: Mapping[str, pd.DataFrame], about: Mapping[str, Any], looks: Sequence[Mapping] = ()) -> str:
    """The page docs/skill.md: the table of a stated study, how to read it, patterns, and how often it was looked at."""
    scores, patterns = tables["scores"], tables["patterns"]
    parts = [
        LEAD, MADE_OF.format(scenarios=" and ".join(about["scenarios"]), **{
            name: str(about[name])[:HASH] for name in ("runs", "weight", "until", "code_hash", "data_hash")}),
        "## The table\n", _listed(say("skill_reading", "en")), markdown(head(), rows(scores)), counted(scores) + "\n",
        "## Not scored\n", markdown(("target", "why"), left_out(scores)),
        "## Patterns the model was not fitted to\n",
        markdown(("id", "asked", "observed", "model", "met"), patterns.to_numpy().tolist()),
    ]
    if looks:
        parts += ["## Looks at 2018-2021\n", LOOKS,
                  markdown(("what", "years", "code", "why"), [tuple(one.values()) for one in looks])]
    return "\n".join(part.rstrip() + "\n" for part in parts)


def _listed(text: str) -> str:
    """Sentences as a list, in lines of a page."""
    found = text.removesuffix(".").split(". ")
    return "\n".join(textwrap.fill(f"- {one}.", 120, subsequent_indent="  ") for one in found) + "\n"


def about(results: xr.Dataset, scores: pd.DataFrame) -> dict[str, object]:
    """What the page says of its study."""
    return {"scenarios": [str(name) for name in results["scenario"].values], "runs": int(scores["runs"].max()),
            "weight": results.attrs.get("weight", ""), "until": int(results["year"].max()),
            "code_hash": results.attrs.get("code_hash", ""), "data_hash": results.attrs.get("data_hash", "")}


def write(tables: Mapping[str, pd.DataFrame], results: xr.Dataset, looks: Sequence[Mapping] = (),
          path: Path = PAGE) -> Path:
    """Write the page from the tables of a study and its results."""
    write_whole(path, page(tables, about(results, tables["scores"]), looks))
    return path
