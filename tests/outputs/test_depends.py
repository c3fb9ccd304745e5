"""Tables of sensitivity, of shares of uncertainty and of what overturns a verdict, as they are read."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from hainan2035 import depends
from outputs import answers, overturns, sensitivity, style, uncertainty, verdict
from outputs.tables import write_all
from sim.core.declare import UserError
from tests.outputs.test_verdict import planted, spread_around

ROW = {"variable": "theil_real_inc_pc", "year": 2035, "kind": "effect"}
INDICES = pd.DataFrame([
    {**ROW, "parameter": name, "first": first, "first_interval": 0.01, "total": total, "total_interval": 0.02}
    for name, first, total in (("moving_cost", 0.7, 0.8), ("inflow_scale", 0.1, 0.2))])
QUALITY = pd.DataFrame([
    {**ROW, "runs": 90, "seeds": 2, "q2": 0.91, "q2_allowed": 0.98, "told": True, "spread": 0.5, "chance": 0.25,
     "chance_share": 0.2, "held": 0.61},
    {**ROW, "variable": "cv_svc", "runs": 90, "seeds": 2, "q2": 0.1, "q2_allowed": 0.98, "told": False, "spread": 0.0,
     "chance": 1.0, "chance_share": 0.9, "held": np.nan}])
SWITCHES = pd.DataFrame([
    {**ROW, "switch": name, "says": f"{name} says", "seeds": 8, "central": -1.0, "central_error": 0.1,
     "switched": there, "switched_error": 0.2, "difference": there + 1, "difference_error": 0.1, "turns": there > 0.5}
    for name, there in (("no_network", 0.9), ("no_catch_up", -0.8))])
MORRIS = pd.DataFrame([{**ROW, "parameter": "moving_cost", "mean": 1.0, "size": 1.0, "size_interval": 0.1,
                        "spread": 0.2, "share": 2.5, "chance": 0.1, "worth": 2.0}])
ABOUT = {"code_hash": "c", "data_hash": "d", "weight": 1000, "last": 2035, "scenario": "baseline",
         "reference": "no_policy", "screened": 2, "ranged": 300, "names": "a, b", "trajectories": 2, "retained": 2,
         "runs": 90, "seeds": 2, "q2_least": 0.5, "history_until": 2021, "switch_seeds": 8,
         "told": ["moving_cost"], "learned": 0.15}


def test_lines_name_what_leads_what_is_not_told_and_which_switch_turns():
    text = "\n".join(sensitivity.lines(MORRIS, INDICES, QUALITY, SWITCHES))
    assert "moving_cost 0.70/0.80, inflow_scale 0.10/0.20" in text
    assert "no indices, Q2 is too low: cv_svc (effect) 0.10" in text and "beyond chance" in text
    assert "no_network turns theil_real_inc_pc 2035: -1.00 % -> +0.90 %" in text and "no_catch_up turns" not in text
    assert "no structural switch" in sensitivity.lines(MORRIS, INDICES, QUALITY, SWITCHES.assign(turns=False))[-1]


def test_the_page_holds_tables_switches_and_its_figures(tmp_path):
    tables = {"morris": MORRIS, "indices": INDICES, "quality": QUALITY, "switches": SWITCHES}
    page = sensitivity.write(tables, ABOUT, tmp_path / "sensitivity.md").read_text(encoding="utf-8")
    assert ("| Theil, real income | 2035 | 61 % | 0.91 (0.98) | 0.5 | 0.25 (20 %) | moving_cost 0.70/0.80, "
            "inflow_scale 0.10/0.20 |") in page
    assert "history tells `moving_cost`" in page
    assert "| Theil, real income | effect | 20 % | inflow_scale 0.20 |" in page
    assert "none: Q2 is too low" in page and "| +0.90 turns | -0.80 |" in page
    for stem in ("sensitivity_indices", "sensitivity_switches"):
        assert f"figures/{stem}.svg" in page and (tmp_path / "figures" / f"{stem}.svg").stat().st_size > 1000
    sensitivity.write({**tables, "morris": pd.DataFrame(), "switches": pd.DataFrame()}, ABOUT, tmp_path / "few.md")
    assert "Structures" not in (tmp_path / "few.md").read_text(encoding="utf-8")


def shares(**of):
    return pd.DataFrame([
        {"variable": "theil_real_inc_pc", "kind": kind, "scenario": scenario, "year": year, "source": source,
         "variance": share, "share": share, "low": share - 0.1, "high": share + 0.1, "classes": 20,
         "negative": source == "scenario" and share == 0, "additive": 1.0}
        for kind, scenario in (("level", ""), ("effect", "baseline")) for year in (2021, 2022, 2035)
        for source, share in of.items()])


def test_shares_are_told_with_bands_and_what_is_negative_or_not_told_is_marked():
    text = "\n".join(uncertainty.lines(shares(chance=0.25, parameters=0.75, base_data=np.nan, scenario=0.0)))
    assert "chance 25 (15-35), parameters 75 (65-85), base data -, scenario 0 (-10-10)*" in text


def test_the_page_keeps_the_parts_of_other_verbs(tmp_path):
    page = tmp_path / "sensitivity.md"
    about = {"points": 20, "runs": 360, "weight": 400, "history_until": 2021, "code_hash": "c", "data_hash": "d",
             "scenarios": "`no_policy`, `baseline`", "reference": "no_policy"}
    uncertainty.write_page(shares(chance=0.25, parameters=0.75), 2021, about, page)
    overturns.write_page(table({}), "demo", 12, page)
    sensitivity.write({"morris": MORRIS, "indices": INDICES, "quality": QUALITY, "switches": SWITCHES}, ABOUT, page)
    uncertainty.write_page(shares(chance=0.5, parameters=0.5), 2021, about, page)
    text = page.read_text(encoding="utf-8")
    assert text.count("# Sensitivity") == 1 and text.count("## Where uncertainty") == text.count("## What would") == 1
    assert "| Theil, real income | 2035 | 1 | 50 (40-60) | – | 50 (40-60) |" in text and "moving_cost at 3.1" in text
    assert (tmp_path / "figures" / "uncertainty_shares.svg").is_file()


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_shares_are_stacked_to_a_hundred_after_the_years_followed(lang):
    with style.drawing(lang):
        made = uncertainty.figure(shares(chance=0.25, parameters=0.75), 2021, lang)
    axes = made.axes
    assert len(axes) == 2 and axes[0].get_xlim() == (2022, 2035) and axes[0].get_ylim() == (0, 100)
    tops = max(path.vertices[:, 1].max() for area in axes[0].collections for path in area.get_paths())
    assert tops == pytest.approx(100)


@pytest.mark.parametrize(("lang", "name"), [("en", "Baisha"), ("zh", "白沙")])
def test_a_bar_of_a_county_is_one_standard_deviation_parted_by_variance(lang, name):
    named = {"county": "469025", "name_en": "Baisha", "name_zh": "白沙黎族自治县"}
    rows = pd.DataFrame([{"variable": "population", **named,
                          "scenario": "baseline", "year": 2035, "source": source, "variance": variance}
                         for source, variance in (("chance", 9.0), ("parameters", 16.0))])
    with style.drawing(lang):
        made = uncertainty.county_figure(rows, lang)
    bars = [bar for bar in made.axes[0].patches if bar.get_width() > 0]
    assert [bar.get_width() for bar in bars] == pytest.approx([5 * 9 / 25, 5 * 16 / 25])
    assert [tick.get_text() for tick in made.axes[0].get_yticklabels()] == [name]
    assert uncertainty.county_figure(pd.DataFrame(), lang) is None


def table(*rows):
    usual = {"quantity": "income", "measure": "theil", "verdict": "narrower", "state": "confirmed", "central": "2.4",
             "parameters": "moving_cost", "values": "3.1", "distance": 0.8, "seeds": 12, "places": "0.7"}
    return pd.DataFrame([usual | row for row in rows])


def test_what_overturns_is_told_nearest_first_and_the_rest_in_one_sentence_each():
    found = overturns.sentences(table(
        {"distance": 2.0, "parameters": "moving_cost inflow_scale", "central": "2.4 1.7", "values": "3 2"}, {},
        {"state": "holds", "measure": "cvu", "parameters": "", "central": "", "values": ""},
        {"state": "not_told", "quantity": "services"}), "en")
    assert found[1] == ("income at local living costs by the Theil index: no longer narrower with moving_cost at 3.1 "
                        "instead of 2.4 (0.8 standard deviations of the prior away; 12 pairs).")
    assert "moving_cost at 3 instead of 2.4, inflow_scale at 2 instead of 1.7" in found[2].replace(" and ", ", ")
    assert "unweighted variation" in found[3] and "public services" in found[4]
    assert "moving_cost由2.4变为3.1" in overturns.sentences(table({}), "zh")[1]
    assert overturns.sentences(table({"state": "holds"}), "en")[0].startswith("No change")


def test_the_report_tells_it_where_a_study_holds_the_table(tmp_path):
    view = planted(spread_around(-5, 2))
    usual = answers.assumptions_that_turn(view, "en")
    assert overturns.read(tmp_path) is None
    write_all({overturns.STEM: table({}, {"parameters": "", "state": "holds"})}, tmp_path / "tables")
    view.overturns = overturns.read(tmp_path)
    assert answers.assumptions_that_turn(view, "en") != usual
    assert "moving_cost at 3.1 instead of 2.4" in " ".join(answers.assumptions_that_turn(view, "en"))
    sure = answers.answers(view, None, "en").lines["sure"]
    assert "overturns 1 of the verdicts" in sure and "moving_cost at 3.1 instead of 2.4" in sure
    leaning = {"verdict": "leans_narrower"}
    view.overturns = table(leaning, leaning | {"parameters": "inflow_scale", "distance": 3.0})  # two ways for one gap
    assert "reverses the mean effect on 1 of the gaps" in answers.answers(view, None, "en").lines["sure"]
    (tmp_path / "tables" / "overturns.csv").write_text("a,b\n1,2\n")
    assert overturns.read(tmp_path) is None


def test_clear_verdicts_say_on_which_side_of_nought_the_effect_lies():
    view = planted(spread_around(-5, 2))
    found = {measure: positive for quantity, measure, _, word, positive in verdict.clear(verdict.gaps(view), "full")
             if quantity == "income" and word == "narrower"}
    assert found == {measure: sign < 0 for measure, sign in verdict.GAP_MEASURES.items()}
    assert verdict.clear(verdict.gaps(planted(spread_around(0, 5))), "full") == []


def test_what_is_undecided_is_tried_where_most_runs_go_one_way():
    leaning = overturns.tried(verdict.gaps(planted(spread_around(-3, 5))), "full")
    assert leaning and {(word, positive == (verdict.MEASURES[measure] < 0)) for _, measure, _, word, positive in leaning
                        } == {("leans_narrower", True)}
    assert overturns.tried(verdict.gaps(planted(spread_around(0, 5))), "full") == []
    decided = verdict.gaps(planted(spread_around(-5, 2)))
    assert overturns.tried(decided, "full") == verdict.clear(decided, "full")
    assert overturns.sentences(table(), "en") == [
        "No gap narrows or widens in two thirds of the runs, so there is nothing to overturn."]


@pytest.mark.parametrize(("study", "analysis", "said"), [
    ({}, {"history_until": 2021}, "sens: follows history to 2021, and the study runs freely"),
    ({"history_until": 2017}, {"history_until": 2021}, "sens: follows history to 2021, and the study .* to 2017"),
    ({"history_until": 2021}, {}, "sens: runs freely, and the study follows history to 2021"),
    ({"follow": "debt = false"}, {}, "sens: follows other series of history than the study"),
    ({"data_hash": "b", "attributes": {"data_pack": "mine"}}, {}, "demo: was made on other .* its pack .mine."),
    ({}, {"data_hash": "b"}, "sens: was made on other data"),
])
def test_a_study_is_not_tried_by_an_analysis_that_rests_on_something_else(study, analysis, said):
    same = {"data_hash": "a"}
    depends._refuse_another_basis(Path("demo"), same | {"history_until": 2021}, Path("sens"),
                                  same | {"history_until": 2021}, same)
    with pytest.raises(UserError, match=said) as error:
        depends._refuse_another_basis(Path("demo"), same | study, Path("sens"), same | analysis, same)
    assert len(error.value.faults) == 1
