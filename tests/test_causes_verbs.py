"""The verbs `decompose` and `explain`: what they write, what they say before and after, and what they refuse."""

import json

import numpy as np
import pandas as pd
import pytest

from calibration import causes
from hainan2035 import causes as verbs
from hainan2035.line import main
from sim.simulate import code_hash
from sim.study.batch import open_results, run_study

WEIGHT = 1000


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    """Two scenarios that part after 2018, two seeds, without history."""
    folder = tmp_path_factory.mktemp("study") / "small"
    outcome = run_study(["full", "no_policy"], seeds=2, weight=WEIGHT, until=2020, workers=1, out=folder)
    assert not outcome.failed
    return folder


def said(capsys, *words):
    code = main([*map(str, words)])
    out = capsys.readouterr()
    return code, out.out, out.err


def test_explain_adds_up_to_what_the_study_stores(study, capsys):
    words = ("explain", study, "Haikou", "--scenario", "full", "--orders", 2, "--seeds", 2, "--json")
    code, out, err = said(capsys, *words)
    told = json.loads(out)
    assert code == 0 and "32 runs of 2010-2020 (2 of 2 cases x 16 sets of causes)" in err and "minute" in err
    gdp = open_results(study, ["gdp"])["gdp"].sel(scenario="full", draw=0, county=460100)
    change = 100 * np.log(gdp.sel(year=2020) / gdp.sel(year=2010)).mean().item()
    terms = told["measures"]["output"]
    assert terms["whole"]["contribution"] == pytest.approx(change, abs=1e-4)
    assert sum(one["contribution"] for name, one in terms.items() if name != "whole") == pytest.approx(change, abs=1e-4)
    assert told["paragraph"].startswith("Haikou, 2010–2020. Output rose by")
    table = pd.read_csv(study / "causes" / "causes_full.csv")
    assert table.county.nunique() == 18 and (study / "causes" / "460100_full.png").is_file()


def test_explain_begins_where_two_scenarios_part_and_resumes(study, capsys, monkeypatch):
    words = ("explain", study, "儋州", "--scenario", "full", "--against", "no_policy", "--orders", "2")
    code, out, err = said(capsys, *words)
    assert code == 0 and "Danzhou, 2018–2020. Output is" in out and "of 2018-2020" in err
    population = open_results(study, ["population"])["population"].sel(draw=0, seed=0, year=2020, county=460400)
    apart = 100 * np.log(population.sel(scenario="full") / population.sel(scenario="no_policy")).item()
    table = pd.read_csv(study / "causes" / "causes_full_less_no_policy.csv")
    whole = table[(table.county == 460400) & (table.measure == "residents") & (table.term == "whole")]
    assert whole.contribution.item() == pytest.approx(apart, abs=1e-4)
    monkeypatch.setattr(causes, "rerun", lambda case, orders: pytest.fail("is kept"))
    code, again, err = said(capsys, *words)
    assert code == 0 and again == out and "runs of" not in err


@pytest.mark.parametrize(("more", "says"), [
    (("Haikow",), "Haikou"), (("Sansha",), "no such county"), (("Haikou", "--against", "ful"), "full"),
    (("Haikou", "--scenario", "full", "--against", "full"), "itself"), (("Haikou", "--orders", "3"), "write 4")])
def test_what_cannot_be_explained_is_said(study, capsys, more, says):
    code, _, err = said(capsys, "explain", study, *more)
    assert code == 2 and says in err


def test_decompose_writes_table_figure_and_paragraphs(tmp_path, capsys):
    words = ("decompose", "--until", "2012", "--orders", "2", "--seeds", "1", "--weight", WEIGHT, "--out", tmp_path)
    code, out, err = said(capsys, *words)
    assert code == 0 and "Haikou, 2010–2012. Output rose by" in out and "residuals of history solved 1 times" in err
    table = pd.read_csv(tmp_path / "causes_baseline.csv")
    assert set(table.term) == {*causes.terms_of(2010, 2012), "other", "whole"}
    for name in ("codebook.csv", "counties.svg", "counties.png"):
        assert (tmp_path / name).is_file()
    sums = table[table.term != "whole"].groupby(["county", "measure"]).contribution.sum()
    wholes = table[table.term == "whole"].set_index(["county", "measure"]).contribution
    assert np.allclose(sums, wholes.reindex(sums.index), atol=1e-3)


def test_a_study_of_another_version_of_the_code_is_said_to_be_one(capsys):
    verbs._of_this_code({"code_hash": code_hash()})
    assert capsys.readouterr().err == ""
    verbs._of_this_code({"code_hash": "0" * 64})
    assert "another version of the code" in capsys.readouterr().err
