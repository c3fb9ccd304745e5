"""`compare` writes a study: tables with a codebook, figures, one report without a network; the same bytes twice."""

import re
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from calibration.hindcast import how_far
from outputs import compare as compare_module
from outputs import lettering, report, style, tables
from outputs.compare import compare
from outputs.numbers import number, signed
from outputs.view import View
from sim.core.declare import UserError
from tests.outputs import synthetic

DRAWN = ("gaps", "effects", "gap_paths", "map_effects", "population_by_county", "transfers_by_county")
EVIL = "<script>alert(1)</script>"
ASSUMED = (
    pd.DataFrame([{"section": "3.2", "name": "hukou_open", "kind": "causal", "says": EVIL, "unit": "share", "none": "0",
                   "baseline": "1",
                   "full": "1", "range": "0 to 1", "source": "Opinions 3.2", "confidence": "low"}]),
    pd.DataFrame([{"name": "moving_cost", "says": "cost of moving", "unit": "utility", "default": "1.3",
                   "range": "0.6 to 2.5", "source": "fitted", "confidence": "medium"}]),
)


@pytest.fixture(scope="module", autouse=True)
def few_pictures():
    """One figure of each kind, as coarse PNG: drawn faster, and just as much the same twice."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(style, "DPI", 40)
        patch.setattr(compare_module, "FIGURES", {stem: compare_module.FIGURES[stem] for stem in DRAWN})
        yield


def files(folder):
    return {p.relative_to(folder): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


@pytest.fixture(scope="module")
def study():
    return synthetic.small(missing={(1, 0, 1)})


@pytest.fixture(scope="module")
def folder(study, tmp_path_factory):
    results, past, shapes = study
    out = tmp_path_factory.mktemp("study")
    compare(results, past, out, "en", how_far(results, past, "full"), ASSUMED, shapes)
    return out


@pytest.fixture(scope="module")
def page(folder):
    return (folder / "report.html").read_text(encoding="utf-8")


def test_made_twice_the_files_are_the_same_bytes(study, folder, tmp_path):
    results, past, shapes = study
    compare(results, past, tmp_path, "en", how_far(results, past, "full"), ASSUMED, shapes)
    assert files(tmp_path) == files(folder)


def test_every_figure_is_there_as_svg_and_png(folder):
    stems = {p.stem for p in (folder / "figures").iterdir()}
    assert stems == {*DRAWN, "how_far"}
    for stem in stems:
        assert (folder / "figures" / f"{stem}.svg").read_text(encoding="utf-8").startswith("<?xml")
        assert (folder / "figures" / f"{stem}.png").read_bytes().startswith(b"\x89PNG")


def test_the_report_needs_no_network(page):
    assert "default-src 'none'" in page
    outside = re.findall(r"""(?:src|href)\s*=\s*["'](?!#|data:)([^"']+)""", page)
    assert set(outside) <= {"explorer.html"}  # the page beside it
    assert "<script" not in page and "@import" not in page and "url(http" not in page


def test_texts_from_files_are_escaped(page):
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page


class Balance(HTMLParser):
    """Counts tags that must be closed."""

    def __init__(self):
        super().__init__()
        self.open: list[str] = []
        self.ids: list[str] = []

    def handle_starttag(self, tag, attrs):
        if tag not in ("meta", "br", "img"):
            self.open.append(tag)
        self.ids += [v for k, v in attrs if k == "id"]

    def handle_startendtag(self, tag, attrs):
        pass

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def test_the_report_is_well_formed(page):
    parser = Balance()
    parser.feed(page)
    assert parser.open == []
    assert {"story", "effects", "counties", "history", "milestones", "assumptions",
            "provenance", "coverage"} <= set(parser.ids)


def test_the_story_tells_the_numbers_of_the_study(page):
    assert "In 2022, “full” against “no_policy”: in income at local living costs the gap is" in page
    assert re.search(r"Under “full” the GDP of the province in volume grows by \d.\d\d % a year from 2021", page)
    assert "Labour contributes +1.00 points a year to this growth, private capital +2.00" in page
    assert "“no_policy”: 2 runs, “full”: 1 runs" in page


def test_the_report_lists_assumptions_and_verdicts(page):
    assert "hukou_open" in page and "moving_cost" in page
    assert "Where no skill is shown" in page and "PO13" in page


def test_nothing_tells_when_where_or_by_whom_it_was_made(folder):
    content = b"".join(files(folder).values())
    assert str(Path.home()).encode() not in content and str(folder).encode() not in content
    assert b"dc:date" not in content


def test_tables_have_a_codebook(folder):
    book = pd.read_csv(folder / "tables" / "codebook.csv")
    for path in (folder / "tables").glob("*.csv"):
        if path.name != "codebook.csv":
            assert set(pd.read_csv(path).columns) <= set(book[book.table == path.name].name)
    counties = pd.read_csv(folder / "tables" / "counties.csv")
    assert set(counties.variable) <= set(book[book.kind == "variable"].name)
    assert set(counties.year) == {2010, 2020, 2022}


def test_the_county_table_holds_observation_beside_the_runs(folder):
    table = pd.read_csv(folder / "tables" / "counties.csv")
    row = table[(table.county == 460100) & (table.variable == "population") & (table.year == 2020)].iloc[0]
    assert row.observed == pytest.approx(2_873_358, rel=1e-5) and row.trust == "observed"


def test_a_single_run_gets_a_report_without_intervals(tmp_path):
    results, past, shapes = synthetic.small(scenarios=("baseline",), seeds=1)
    one = results[["population", "population_age", "gdp"]].isel(scenario=0, draw=0, seed=0, drop=True)
    one = one.assign_attrs(scenario="baseline")
    written = compare(one, past, tmp_path, assumed=ASSUMED, polygons=shapes)
    text = written.report.read_text(encoding="utf-8")
    assert "There is no second scenario to compare with" in text and "“baseline”: 1 runs" in text
    assert not (tmp_path / "figures" / "effects.svg").exists()
    assert "This report contains no comparison with history" in text


def test_the_report_speaks_chinese(study, tmp_path):
    results, past, shapes = study
    text = report.page(View(results, past, polygons=shapes), [], how_far(results, past, "full"), ASSUMED, "zh")
    assert '<html lang="zh-CN">' in text
    assert "与历史数据的偏差" in text and "海口" in text and "情景" in text


def test_an_unknown_language_is_a_users_fault(study, tmp_path):
    results, past, shapes = study
    with pytest.raises(UserError, match="write en or zh"):
        compare(results, past, tmp_path, "fr", polygons=shapes)


def test_numbers_are_written_for_readers():
    assert number(1234.56) == "1,234.6" and number(-0.04) == "0.0" and number(float("nan")) == "–"
    assert signed(2.0) == "+2.0" and signed(-2.0) == "−2.0" and signed(0.0) == "0.0"


def test_tables_hold_all_digits_of_results_and_spell_a_county_as_they_do(tmp_path):
    people = np.float32(2873358.0)
    tables.write_csv(pd.DataFrame({"population": [people], "index": [np.float32(0.0123456789)]}), tmp_path / "a.csv")
    text = (tmp_path / "a.csv").read_bytes()
    assert text.startswith(b"\xef\xbb\xbf") and b"2873358," in text
    assert np.float32(text.decode("utf-8-sig").splitlines()[1].split(",")[1]) == np.float32(0.0123456789)
    results, past, shapes = synthetic.small()
    view = View(results.assign_coords(name_zh=("county", ["海口市"] * results.sizes["county"])), past, polygons=shapes)
    assert view.county(0)["name_zh"] == "海口市" and view.names("zh")[0] == "海口"
    assert set(tables.county_table(view)["name_zh"]) == {"海口市"}


# --- what is drawn, as what, and to which year


def test_only_the_figures_that_are_named_are_drawn_and_the_report_shows_no_other(study, tmp_path):
    results, past, shapes = study
    seen = []
    written = compare(results, past, tmp_path, assumed=ASSUMED, polygons=shapes, figures=["effects", "gaps"],
                      formats=["svg"], on_part=seen.append)
    assert [path.name for path in written.figures] == ["gaps.svg", "effects.svg"]  # in the order of the report
    assert {path.name for path in (tmp_path / "figures").iterdir()} == {"gaps.svg", "effects.svg"}
    page = written.report.read_text(encoding="utf-8")
    assert set(re.findall(r"id='figure-(\w+)'", page)) == {"gaps", "effects"}
    assert sorted(seen) == sorted(compare_module.parts(["effects", "gaps"])) and seen[-1] == "report"
    assert (tmp_path / "tables" / "counties.csv").exists()  # tables are made whatever is drawn


def test_a_figure_and_a_format_that_there_is_not_are_named_before_anything_is_written(study, tmp_path):
    results, past, shapes = study
    for asked, says in (({"figures": ["gapz"]}, r"figures: no figure 'gapz'; did you mean gaps\?"),
                        ({"figures": ["x"]}, "figures: no figure 'x'; one or more of gaps, effects"),
                        ({"figures": []}, "figures: names none"),
                        ({"formats": ["jpg"]}, "formats: no format 'jpg'; one or more of svg, png, pdf"),
                        ({"until": 2050}, r"until: the results have no course to 2050; a year from \d{4} to \d{4}")):
        with pytest.raises(UserError, match=says):
            compare(results, past, tmp_path, polygons=shapes, **asked)
    assert list(tmp_path.iterdir()) == []


def test_figures_are_written_in_the_formats_that_are_asked_for_and_the_same_bytes_twice(study, tmp_path):
    results, past, shapes = study
    for folder in ("first", "again"):
        compare(results, past, tmp_path / folder, assumed=ASSUMED, polygons=shapes, figures=["effects"],
                formats=["pdf", "png"])
    first = files(tmp_path / "first")
    assert first == files(tmp_path / "again")
    kinds = {path.suffix: content[:5] for path, content in first.items() if path.stem == "effects" and
             path.parent.name == "figures"}
    assert kinds == {".svg": b"<?xml", ".png": b"\x89PNG\r", ".pdf": b"%PDF-"}
    compare(results, past, tmp_path / "first", assumed=ASSUMED, polygons=shapes, figures=["effects"], formats=["svg"])
    assert [path.name for path in (tmp_path / "first" / "figures").iterdir()] == ["effects.svg"]  # no older ones stay


def test_tables_and_words_end_with_the_year_that_is_asked_for(study, tmp_path):
    results, past, shapes = study
    year = int(results["year"][-1]) - 1
    for folder, given in (("asked", {"until": year}), ("cut", {})):
        shown = results if given else results.sel(year=slice(None, year))
        compare(shown, past, tmp_path / folder, assumed=ASSUMED, polygons=shapes, figures=["gaps"], formats=["svg"],
                **given)
    assert files(tmp_path / "asked") == files(tmp_path / "cut")
    assert pd.read_csv(tmp_path / "asked" / "tables" / "headline.csv").year.max() == year


def test_tables_of_history_may_be_made_while_figures_are_drawn(study, folder, tmp_path):
    results, past, shapes = study
    compare(results, past, tmp_path, "en", lambda: how_far(results, past, "full"), ASSUMED, shapes)
    assert files(tmp_path) == files(folder)


def test_text_is_drawn_as_matplotlib_draws_it(study, monkeypatch):
    results, past, shapes = study
    view = View(results, past, polygons=shapes)
    look = style.Look("en", style.colours(view.scenarios))

    def drawn():
        return {stem: style.as_files(lambda lang, make=make: make(view, look), "en")
                for stem, make in compare_module.FIGURES.items()}

    ours = drawn()
    assert len(lettering._kept) > 20
    monkeypatch.setattr(lettering, "KNOWN", ())
    assert drawn() == ours
