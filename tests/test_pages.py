"""Pages of docs/ that a reader may run: their blocks, in the order they stand in, in one namespace a page."""

import importlib.util
import json
import multiprocessing
import re
import sys
import warnings
from pathlib import Path

import pytest

from outputs import notebook

DOCS = Path(__file__).resolve().parents[1] / "docs"
OPTIONAL = "ema_workbench"  # no library of the lock: what a page shows of it is carried out where it is installed


def blocks(page: str) -> list[tuple[int, str]]:
    """(first line, source) of every fenced python block."""
    text = (DOCS / page).read_text(encoding="utf-8")
    return [(text[:found.start(1)].count("\n"), found[1]) for found in re.finditer(r"```python\n(.*?)```", text, re.S)]


@pytest.fixture
def carried_out(tmp_path, monkeypatch):
    """A function that runs a page in an empty folder: what its blocks have made by name."""
    monkeypatch.chdir(tmp_path)
    method = multiprocessing.get_start_method(allow_none=True)  # Mesa's batch_run sets another one

    def run(page: str) -> dict:
        namespace = {"__name__": page.removesuffix(".md")}
        with warnings.catch_warnings():
            warnings.simplefilter("default")  # a reader's session turns no warning into an error
            for line, source in blocks(page):
                if OPTIONAL in source and importlib.util.find_spec(OPTIONAL) is None:
                    break
                exec(compile("\n" * line + source, str(DOCS / page), "exec"), namespace)
        return namespace

    yield run
    multiprocessing.set_start_method(method, force=True)


def test_the_tutorial_runs_from_its_first_block_to_its_last(carried_out, tmp_path):
    made = carried_out("tutorial.md")
    folder = tmp_path / "runs" / "tutorial"
    assert (folder / "effect.png").stat().st_size > 1000 and (folder / "study" / "manifest.json").exists()
    assert (folder / "study.nc").exists() and (folder / "study_iamc.csv").exists()
    assert made["own"].attrs["history_until"] == 2022 and made["own"].attrs["follow"].startswith("gdp_branch = { error")
    assert made["closed"].attrs["history_until"] == 2015 and float(abs(made["last"]).min()) > 0


def test_the_notebook_of_the_tutorial_is_current_and_its_cells_are_the_blocks_of_the_page():
    text = (DOCS / "tutorial.ipynb").read_text(encoding="utf-8")
    assert text == notebook.notebook((DOCS / "tutorial.md").read_text(encoding="utf-8")), (
        "docs/tutorial.ipynb is stale; run: python3 run.py refresh")
    found = json.loads(text)
    assert (found["nbformat"], found["nbformat_minor"]) == (4, 5) and found["cells"][0]["cell_type"] == "markdown"
    code = ["".join(cell["source"]) for cell in found["cells"] if cell["cell_type"] == "code"]
    assert code[1:] == [source.rstrip("\n") for _, source in blocks("tutorial.md")]
    assert len({cell["id"] for cell in found["cells"]}) == len(found["cells"])


def test_the_first_cell_of_a_notebook_finds_the_project_from_docs(monkeypatch):
    monkeypatch.chdir(DOCS)
    monkeypatch.setattr(sys, "path", list(sys.path))
    exec(notebook.BEGIN, {})
    assert Path.cwd() == DOCS.parent and sys.path[0] == str(DOCS.parent)


def test_the_page_from_mesa_finds_an_effect_in_pairs(carried_out):
    made = carried_out("from_mesa.md")
    assert made["effect"].shape == (3, 12) and (made["effect"][2021] != 0).all()
    assert len(made["frame"]) == 4 * made["model"].n and 460100 in made["frame"].index.get_level_values("AgentID")


def test_the_page_from_xarray_finds_an_effect_in_pairs(carried_out, tmp_path):
    made = carried_out("from_xarray.md")
    assert made["effect"].sizes == {"draw": 1, "seed": 3, "year": 12} and float(abs(made["end"]).min()) > 0
    assert (tmp_path / "two_variables.nc").stat().st_size > 1000


def test_the_page_from_ema_workbench_and_salib_finds_an_effect_in_pairs(carried_out):
    made = carried_out("from_ema_workbench.md")
    assert made["gaps"].shape == (8,) and (made["gaps"] != 0).all()
    assert abs(made["paired"].sel(year=2021, seed=0).values - made["gaps"]).max() < 1e-6
    assert len(made["experiments"]) == 4 if importlib.util.find_spec(OPTIONAL) else "experiments" not in made
