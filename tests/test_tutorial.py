"""docs/tutorial.md: its blocks run in the order they stand in, in one namespace."""

import re
import warnings
from pathlib import Path

PAGE = Path(__file__).resolve().parents[1] / "docs" / "tutorial.md"


def blocks() -> list[tuple[int, str]]:
    """(first line, source) of every fenced python block."""
    text = PAGE.read_text(encoding="utf-8")
    return [(text[:found.start(1)].count("\n"), found[1]) for found in re.finditer(r"```python\n(.*?)```", text, re.S)]


def test_the_tutorial_runs_from_its_first_block_to_its_last(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    namespace = {"__name__": "tutorial"}
    with warnings.catch_warnings():
        warnings.simplefilter("default")  # a reader's session turns no warning into an error
        for line, source in blocks():
            exec(compile("\n" * line + source, str(PAGE), "exec"), namespace)
    assert (tmp_path / "first_gap.png").stat().st_size > 1000
    assert (tmp_path / "runs" / "first_hour" / "manifest.json").exists()
    assert len(namespace["frames"]) > 0
