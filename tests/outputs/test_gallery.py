"""Figures by name, the page that lists them, and the gallery with the README's verdict, made of a study."""

import re

import pytest
from matplotlib.figure import Figure

from outputs import figures, gallery
from outputs.view import View
from sim.core.declare import UserError
from tests.outputs import synthetic


def test_every_figure_is_a_function_of_a_dataset():
    results, past, shapes = synthetic.small()
    made = figures.draw("gaps", results, past, polygons=shapes)
    assert isinstance(made, Figure) and made.axes
    with pytest.raises(UserError, match="did you mean gaps"):
        figures.draw("gap", results)
    with pytest.raises(UserError, match="do not hold"):
        figures.draw("leaning", results)


def test_the_page_of_figures_lists_them_all_and_is_up_to_date():
    text = figures.PAGE.read_text(encoding="utf-8")
    assert text == figures.page()
    assert set(re.findall(r"^## (\w+)$", text, re.MULTILINE)) == set(figures.FIGURES)


def test_the_gallery_and_the_readme_tell_the_verdict_of_the_study(tmp_path):
    results, past, shapes = synthetic.small()
    readme = f"# x\n{gallery.BEGIN}\nold\n{gallery.END}\nrest\n"
    (tmp_path / "README.md").write_text(readme)
    written = gallery.write(View(results, past, polygons=shapes), None, tmp_path)
    told = (tmp_path / "README.md").read_text(encoding="utf-8")
    assert "old" not in told and told.endswith("rest\n") and "Do the gaps between counties narrow?" in told
    page = (tmp_path / "docs" / "gallery.md").read_text(encoding="utf-8")
    pictures = set(re.findall(r"\(figures/(\w+\.png)\)", page))
    assert pictures == {path.name for path in written if path.suffix == ".png"} and "gaps.png" in pictures


def test_the_readme_has_its_verdict_and_the_gallery_its_pictures():
    readme = (gallery.ROOT / "README.md").read_text(encoding="utf-8")
    assert readme.count(gallery.BEGIN) == 1 and "docs/figures/gaps.png" in readme
    page = (gallery.ROOT / "docs" / "gallery.md").read_text(encoding="utf-8")
    for name in re.findall(r"\((figures/\w+\.png)\)", page):
        assert (gallery.ROOT / "docs" / name).read_bytes().startswith(b"\x89PNG")
