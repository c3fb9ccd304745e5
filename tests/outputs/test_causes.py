"""Why counties changed, told from planted contributions: tables, sentences and figures say the same numbers."""

import numpy as np
import pytest
import xarray as xr

from outputs import causes
from sim.core.declare import UserError

KINDS = ("primary", "secondary", "tertiary", "revenue", "spending", "pay_urban", "pay_rural", "people")
TERMS = ("people", "capital", "residual_output", "other")
CODES = (460100, 460200, 460300)


def planted(draws=1, seeds=1, change=1.0):
    """Two scenarios; Haikou: people 5, capital 20, residual -8, other 1; Sanya a tenth of it; no number of Sansha."""
    by_term = np.array([5.0, 20.0, -8.0, 1.0])
    values = np.zeros((2, draws, seeds, 4, 4, 3))
    values += by_term[:, None, None] * np.array([1.0, 0.1, np.nan])
    values[1] *= 0.5
    values += change * (np.arange(draws) - (draws - 1) / 2)[:, None, None, None, None] * np.array([1, 0, 0, 0])[
        :, None, None]
    dims = ("scenario", "draw", "seed", "term", "measure", "county")
    return xr.Dataset(
        {"contribution": (dims, values), "order_error": (dims, np.zeros_like(values))},
        {"scenario": ["baseline", "no_policy"], "draw": list(range(draws)), "seed": list(range(seeds)),
         "term": list(TERMS), "measure": list(causes.MEASURES), "county": list(CODES),
         "name_en": ("county", ["Haikou", "Sanya", "Sansha"]), "name_zh": ("county", ["海口市", "三亚市", "三沙市"]),
         "title_en": ("scenario", ["Baseline", "None"]), "title_zh": ("scenario", ["基准", "无政策"])},
        {"first": 2021, "last": 2035})


def rows(found, scenario="baseline", county=460100):
    table = causes.table(found)
    return table[(table.scenario == scenario) & (table.county == county)]


def value(table, term, measure="output", column="contribution"):
    return float(table[(table.term == term) & (table.measure == measure)][column].iloc[0])


def test_the_whole_is_the_sum_of_its_terms_and_lacking_counties_are_left_out():
    table = causes.table(planted())
    assert set(table.county) == {460100, 460200}
    for _, group in table.groupby(["scenario", "county", "measure"]):
        whole = value(group, "whole", group.measure.iloc[0])
        assert group[group.term != "whole"].contribution.sum() == pytest.approx(whole)
    assert value(rows(planted()), "whole") == pytest.approx(18.0)


def test_ranges_are_over_draws_alone():
    assert np.isnan(value(rows(planted(seeds=3)), "people", column="low"))
    table = rows(planted(draws=19))
    assert value(table, "people", column="low") == pytest.approx(5 - 8)  # the second of nineteen, from -9 to 9
    assert value(table, "people", column="high") == pytest.approx(5 + 8)
    assert value(table, "capital", column="low") == value(table, "capital", column="high") == 20.0


def test_two_scenarios_differ_by_what_their_contributions_differ():
    apart = causes.less(planted(draws=3), "baseline", "no_policy")
    table = rows(apart, "baseline_less_no_policy")
    assert value(table, "capital") == pytest.approx(10.0) and value(table, "whole") == pytest.approx(9.0)
    assert value(table, "people", column="low") == value(table, "people", column="high")  # draws are paired
    assert str(apart.title_zh.values[0]) == "“基准”减“无政策”"


def test_a_paragraph_names_the_terms_that_matter_with_their_numbers():
    told = causes.paragraph(rows(planted()))
    assert told.startswith("Haikou, 2021–2035. Output rose by 18.0 (20 %): capital +20.0, residual of output −8.0, "
                           "people +5.0, other +1.0; all else 0.0. Income per resident rose by")
    small = causes.paragraph(rows(planted(), county=460200))
    assert "Output rose by 1.8 (2 %): capital +2.0; all else −0.2." in small
    assert causes.paragraph(rows(planted()), "zh").startswith(
        "海口市，2021—2035年：地区生产总值上升18.0（20%）：资本+20.0，产出残差−8.0，人口+5.0，其他+1.0，其余合计0.0；")


def test_a_paragraph_follows_its_numbers():
    falling = planted()
    falling["contribution"] = -falling["contribution"]
    assert "Output fell by 18.0 (16 %): capital −20.0" in causes.paragraph(rows(falling))
    apart = causes.paragraph(rows(causes.less(planted(), "no_policy", "baseline"), "no_policy_less_baseline"))
    assert "Output is lower by 9.0 (9 %): capital −10.0" in apart and "Residents are lower by 9.0" in apart
    assert "people +5.0 (−3.0 to +13.0)" in causes.paragraph(rows(planted(draws=19)))


def test_what_is_no_larger_than_its_error_is_not_named():
    unsure = planted()
    unsure["order_error"] = unsure["order_error"] + 11.0
    assert "no single cause stands out; all else +18.0" in causes.paragraph(rows(unsure))


def test_bars_of_all_counties_end_where_the_whole_is():
    table = causes.table(planted())
    figure = causes.of_counties(table[table.scenario == "baseline"])
    for ax in figure.axes:
        right = sum(bar.get_width() for bar in ax.patches if bar.get_y() > 0.5 and bar.get_width() > 0)
        left = sum(bar.get_width() for bar in ax.patches if bar.get_y() > 0.5 and bar.get_width() < 0)
        assert (right, left) == (pytest.approx(26.0), pytest.approx(-8.0))  # Haikou on top: its output rose most
    assert [text.get_text() for text in figure.axes[0].get_yticklabels()] == ["Sanya", "Haikou"]
    assert figure.axes[0].get_xlabel() == causes.say("axis", "en")


def test_a_county_has_a_panel_a_measure():
    figure = causes.of_county(rows(planted(draws=9)), ("Baseline", "基准"), "zh")
    assert [ax.get_title() for ax in figure.axes] == ["地区生产总值", "居民人均可支配收入", "常住人口", "公共服务水平"]
    widths = [bar.get_width() for bar in figure.axes[0].patches]
    assert widths == pytest.approx([5.0, 20.0, -8.0, 1.0, 18.0])
    assert "9组抽样的80%区间" in figure._suptitle.get_text()


def test_the_largest_residuals_name_the_branch_that_asks_most():
    table = rows(planted())
    level = np.array([[0.1, -0.9, 0.05, 0.3, 0.2, 0.1, 0.1, 0.1]])
    year = np.array([[2012, 2014, 2016, 2018, 2018, 2018, 2018, 2010]])
    told = causes.largest_residuals(table, level, year, np.array([[0.1, 0.3, 0.6]]), [460100],
                                    KINDS)
    assert [(one["term"], one["kind"], one["year"]) for one in told] == [("residual_output", "secondary", 2014)]
    words = causes.residual_words(told[0])
    assert words.startswith("Haikou, residual of output: −8.0 of output; observed output of the secondary ")
    assert "plants" in words
    assert "工厂" in causes.residual_words(told[0], "zh")


def test_tables_come_with_a_codebook_of_every_column(tmp_path):
    causes.write(planted(), tmp_path, "causes_baseline")
    text = (tmp_path / "codebook.csv").read_text(encoding="utf-8-sig")
    header = (tmp_path / "causes_baseline.csv").read_text(encoding="utf-8-sig").splitlines()[0].split(",")
    assert all(f"column,{name}," in text for name in header) and "term,world," in text


def test_the_page_holds_every_county_in_both_languages(tmp_path):
    table = causes.table(planted())
    about = {"first": 2010, "last": 2021, "runs": 3, "weight": 1000, "seeds": 1, "orders": 2, "code_hash": "c",
             "data_hash": "d"}
    path = causes.write_page(table[table.scenario == "baseline"], [], about, tmp_path / "causes.md")
    text = path.read_text(encoding="utf-8")
    assert "| Haikou | +18.0 | +5.0 | +20.0 | −8.0 | +1.0 |" in text and "海口市，2021—2035年" in text
    assert (tmp_path / "figures" / f"{causes.PICTURE}.png").is_file()


def test_tables_of_a_study_are_read_back_and_damage_is_said(tmp_path):
    assert causes.read(tmp_path) is None
    causes.write(planted(draws=9), tmp_path / causes.FOLDER, "causes_baseline")
    found = causes.read(tmp_path)
    assert len(found) == len(causes.table(planted())) and value(found[found.county == 460100], "capital") == 20.0
    path = tmp_path / causes.FOLDER / "causes_baseline.csv"
    for damage in (b"scenario,first\n1,2\n", b"\xff\xfe\x00"):
        path.write_bytes(damage)
        with pytest.raises(UserError, match="causes_baseline"):
            causes.read(tmp_path)


def test_json_holds_every_number():
    made = causes.as_json(rows(planted(draws=19)))
    assert made["measures"]["output"]["people"] == pytest.approx(
        {"contribution": 5.0, "error": made["measures"]["output"]["people"]["error"], "low": -3.0, "high": 13.0})
    assert made["paragraph_zh"].startswith("海口市")


def test_results_without_any_county_are_refused():
    empty = planted()
    empty["contribution"] = empty["contribution"] * np.nan
    with pytest.raises(UserError, match="no county"):
        causes.table(empty)
