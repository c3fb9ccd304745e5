"""`compare` writes a study: tables with a codebook, figures, one report without a network; the same bytes twice."""

import re
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from calibration.hindcast import how_far
from outputs import compare as compare_module
from outputs import report, style, tables
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
