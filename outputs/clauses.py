"""The clauses of the Opinions: their text, and our summaries of it in English (docs/opinions.toml)."""

from __future__ import annotations

import functools
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

CLAUSES = Path(__file__).resolve().parents[1] / "docs" / "opinions.toml"


class Clause(NamedTuple):
    """What a provision says: its text, and our summary of it in English."""

    zh: str
    en: str


@functools.cache
def clauses() -> Mapping[str, Clause]:
    """The clauses by the ids of their provisions."""
    return {name: Clause(**one) for name, one in tomllib.loads(CLAUSES.read_text(encoding="utf-8")).items()}
