"""The table of skill: one line a target, what could not be scored, the page of the documentation."""

import numpy as np
import pandas as pd
import pytest

from calibration.hindcast import how_far
from outputs import grounds, skill
from outputs.words import LANGUAGES
from sim.region.history import history
from tests.outputs import synthetic

ROW = {
    "target": "gdp", "says": "GDP", "says_zh": "地区生产总值", "level": "county", "form": "share", "start": "change",
    "origin": 2018, "first": 2019, "last": 2021, "information": "conditional", "runs": 10, "n": 54, "n_effective": 12.4,
    "model_error": 0.028, "naive_error": 0.035, "naive_says": "in step with the province",
    "naive_says_zh": "与全省同步",
    "ratio": 0.78, "smallest_gain": 0.23, "coverage_80": 0.8, "verdict": "not told apart", "note": "",
}


@pytest.fixture(scope="module")
def tables():
    runs = synthetic.results(scenarios=("baseline", "as_of_2017"), seeds=2, until=2022)
    return how_far(runs, history())


def table(*changes):
    return pd.DataFrame([ROW | change for change in changes])


def test_a_line_says_errors_in_percent_and_what_chance_needs():
    assert skill.rows(table({})) == [
        ["GDP", "2018", "2019-21", "2.8", "3.5", "in step with the province", "0.78", "0.77", "54", "12", "0.80",
         "not told apart", "–"]]


def test_a_target_has_one_line_with_both_ratios():
    both = table({}, {"information": "unconditional", "ratio": 0.89})
    assert [line[6:7] + line[-1:] for line in skill.rows(both)] == [["0.78", "0.89"]]
    alone = skill.rows(table({"information": "unconditional", "ratio": 0.89}))
    assert [line[6:7] + line[-1:] for line in alone] == [["–", "0.89"]]


def test_a_gain_that_no_ratio_reaches_is_not_asked_for():
    assert skill.rows(table({"smallest_gain": 1.3}))[0][7] == "–"
    assert skill.rows(table({"smallest_gain": np.nan}))[0][7] == "–"


def test_ranks_a_free_run_and_the_province_are_told_as_such():
    ranks = {"form": "ranks", "start": "", "first": 2021, "model_error": 0.184, "naive_error": 0.14}
    ranks = skill.rows(table(ranks))[0]
    assert ranks[1:5] == ["free run", "2021", "0.18", "0.14"]
    assert skill.rows(table({"level": "province"}), "zh")[0][0] == "全省：地区生产总值"


def test_what_could_not_be_scored_is_named_once_with_its_reason():
    missing = {"target": "debt", "says": "government debt", "n": 0, "note": "not in the data pack"}
    found = table({}, missing, missing | {"information": "unconditional"})
    assert skill.left_out(found) == [("government debt", "not in the data pack")]
    assert len(skill.rows(found)) == 1


def test_lines_count_what_chance_would_make():
    found = table({"verdict": "better than naive"}, *({"target": f"t{k}"} for k in range(19)))
    assert skill.counted(found) == ("Of 20 lines that can be tested, 1 are better and 0 worse than naive; by chance "
                                    "alone about 1 of each would be expected.")


@pytest.mark.parametrize("lang", LANGUAGES)
def test_columns_stand_under_each_other(tables, lang):
    lines = skill.lines(tables, lang)
    number = len(skill.rows(tables["scores"], lang))
    starts = {skill._wide(line[:line.index(cell)]) for line, cell in zip(
        lines[1:number + 1], (row[1] for row in skill.rows(tables["scores"], lang)), strict=True) if cell in line}
    assert len(starts) <= 3  # a year may stand in the name of a target as well
    assert all(len(row) == len(skill.head(lang)) for row in skill.rows(tables["scores"], lang))


def test_the_page_holds_the_table_and_says_what_it_is_made_of(tables, tmp_path):
    runs = synthetic.results(scenarios=("baseline", "as_of_2017"), seeds=2, until=2022)
    looks = [{"what": "all targets", "years": "2018-2021", "code": "abc", "why": "a table"}]
    text = skill.write(tables, runs, looks, tmp_path / "skill.md").read_text(encoding="utf-8")
    assert "baseline and as_of_2017, 2 runs of each" in text and "`c0dec0dec0de`" in text
    assert "| residents | 2010 | 2020 |" in text and "| PO13 |" in text and "| all targets | 2018-2021 | abc |" in text
    assert text.count("| province: GDP | 2017 |") == 1


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_report_shows_the_same_table(tables, lang):
    made = grounds.history_section(SimpleView, tables, lang)
    for row in skill.rows(tables["scores"], lang):
        assert f"<td>{row[6]}</td>" in made or row[6] == "–"
    assert made.count("<tr>") >= len(skill.rows(tables["scores"], lang))


class SimpleView:
    """What the section asks of a view."""

    focus = "baseline"

    @staticmethod
    def called(scenario, lang):
        return scenario
