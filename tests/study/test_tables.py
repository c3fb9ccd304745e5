"""A study may be a table of runs: a design needs no full product, and says so in all it leaves behind."""

import numpy as np
import pytest

from sim.core.declare import UserError
from sim.study import batch
from sim.study.precision import run_to_precision
from sim.study.request import resolve
from sim.study.studies import load_study
from sim.study.tables import Named, checked_runs, read_runs
from tests.small_model import SMALL, Plan

TABLE = [{"scenario": "full", "draw": 2, "seed": 7}, {"scenario": "baseline", "draw": 2, "seed": 7},
         {"scenario": "baseline", "draw": 0, "seed": 1}]
PLANS = [Plan("full", lever=5.0), Plan("baseline")]


def run(out, runs=TABLE, **asked):
    return batch.run_study(PLANS, runs=runs, weight=16, until=2012, workers=1, out=out, progress=False, model=SMALL,
                           **asked)


def test_the_runs_of_a_table_are_run_and_no_others(tmp_path):
    outcome = run(tmp_path / "s")
    assert (outcome.named, outcome.done) == (3, 3)
    found = batch.open_results(tmp_path / "s", model=SMALL)
    assert dict(found.sizes) | {"year": 3} == dict(found.sizes) and found["seed"].values.tolist() == [1, 7]
    assert found["draw"].values.tolist() == [0, 2]
    there = found["gdp"].notnull().all(["year", "county"])
    assert int(there.sum()) == 3 and bool(there.sel(scenario="full", draw=2, seed=7))
    assert found["gdp"].sel(scenario="full", draw=2, seed=7).values[0].tolist() == [275.0, 550.0, 825.0]
    assert found["population"].dtype == float and int(found["gdp_pc"].notnull().sum()) == 3 * 9
    assert found.attrs["runs"] == 3 and found.attrs["runs_missing"] == 0 and "missing" not in found.attrs


def test_a_table_goes_on_where_it_was_and_grows(tmp_path):
    run(tmp_path / "s")
    again = run(tmp_path / "s", [*TABLE, {"scenario": "full", "draw": 0, "seed": 1}])
    assert (again.named, again.before, again.done) == (4, 3, 1)


def test_a_table_is_a_file_rows_or_a_frame(tmp_path):
    import pandas as pd

    path = tmp_path / "runs.csv"
    path.write_text("scenario,draw,seed\n" + "".join(f"{r['scenario']},{r['draw']},{r['seed']}\n" for r in TABLE))
    asked = [resolve(PLANS, SMALL, runs=runs).asked for runs in (TABLE, path, str(path), pd.DataFrame(TABLE))]
    assert asked[0] == asked[1] == asked[2] == asked[3] and len(asked[0]) == 3
    assert read_runs(path) == checked_runs(TABLE) == tuple(Named(**row) for row in TABLE)


def test_the_folder_of_a_table_can_be_run_and_reproduced_from_itself(tmp_path):
    run(tmp_path / "s")
    assert read_runs(tmp_path / "s" / "runs.csv")[0].seed in (1, 7)
    text = (tmp_path / "s" / "study.toml").read_text()
    assert 'runs = "runs.csv"' in text and "seeds" not in text
    assert batch.reproduce(tmp_path / "s", model=SMALL)["same"]
    assert batch.status(tmp_path / "s")["named"] == 3


def test_draws_that_the_table_names_have_a_table_of_their_own(tmp_path):
    draws = [{"draw": 2, "beta": 0.5}, {"draw": 3, "beta": 0.25}]
    request = resolve(PLANS, SMALL, runs=TABLE[:2], draws=draws)
    assert {row["beta"] for row, _, _ in request.asked} == {0.5}
    with pytest.raises(UserError, match="draw 0 is not among the draws of this study"):
        resolve(PLANS, SMALL, runs=TABLE, draws=draws)


def test_a_study_file_names_its_table(tmp_path):
    (tmp_path / "design.csv").write_text("scenario,draw,seed\nfull,1,4\nno_policy,1,4\nbaseline,3,0\n")
    path = tmp_path / "study.toml"
    path.write_text('scenarios = ["no_policy", "baseline", "full"]\nruns = "design.csv"\n')
    study = load_study(path)
    assert study.runs[0] == Named("full", 1, 4)
    request = resolve(path)
    assert [(row["imputation"], plan.name, seed) for row, plan, seed in request.asked] == [
        (1, "no_policy", 4), (1, "full", 4), (3, "baseline", 0)]
    path.write_text('scenarios = ["no_policy"]\nruns = "design.csv"\nseeds = 3\n')
    with pytest.raises(UserError, match="seeds are already given by"):
        load_study(path)
    path.write_text('scenarios = ["no_policy"]\nruns = "../design.csv"\n')
    with pytest.raises(UserError, match="is not a CSV file beside the study"):
        load_study(path)


@pytest.mark.parametrize(("asked", "sentence"), [
    ({"seeds": 3}, "seeds: are already given by the table of runs"),
    ({"runs": [{"scenario": "ful"}]}, "did you mean full"),
    ({"runs": [{"scenario": "full", "seed": 0.5}]}, "is not a whole number"),
    ({"runs": [{"scenario": "full", "draw": -1}]}, "is not a whole number"),
    ({"runs": [{"scenario": "full"}, {"scenario": "full", "seed": 0}]}, "has other columns"),
    ({"runs": [{"scenario": "full"}, {"scenario": "full"}]}, "is listed twice"),
    ({"runs": [{"seed": 0}]}, "scenario included"), ({"runs": [{"scenario": "full", "sed": 0}]}, "mean seed"),
    ({"runs": []}, "0 runs"), ({"runs": 7}, "neither a file nor a table"),
])
def test_a_table_that_makes_no_sense_is_refused_in_sentences(tmp_path, asked, sentence):
    with pytest.raises(UserError, match=sentence):
        run(tmp_path / "s", **({"runs": TABLE} | asked))
    assert not (tmp_path / "s").exists()


def test_a_file_that_is_no_table_is_refused_with_its_lines(tmp_path):
    path = tmp_path / "runs.csv"
    for text, sentence in (("", "holds no runs"), ("scenario,seed\nfull\n", "runs.csv:2.*not 2 values"),
                           ("scenario,seed\nfull,1\nfull,x\n", "runs.csv:3: seed"), ("scenario\n", "0 runs")):
        path.write_text(text)
        with pytest.raises(UserError, match=sentence):
            read_runs(path)


def test_a_table_names_its_seeds_so_none_are_added(tmp_path):
    with pytest.raises(UserError, match="a table of runs fixes them"):
        run_to_precision(PLANS, {"gdp": 1.0}, runs=TABLE, model=SMALL, out=tmp_path / "s", until=2012)


# --- history that is followed


def test_a_study_follows_history_and_its_results_say_so(tmp_path):
    asked = {"seeds": 2, "weight": 16, "until": 2012, "workers": 1, "progress": False, "model": SMALL}
    batch.run_study(PLANS, out=tmp_path / "s", history_until=2011, **asked)
    found = batch.open_results(tmp_path / "s", model=SMALL)
    assert found.attrs["history_until"] == 2011 and found.attrs["prices"] == "at prices of 2020"
    np.testing.assert_array_equal(found["gdp"].sel(draw=0, scenario="full", seed=1)[:2, 0], [2010, 2011])
    again = batch.reproduce(tmp_path / "s", model=SMALL)  # the year is read from the folder
    assert again["same"] and not again["other"]
    with pytest.raises(UserError, match=r"was made with history followed to 2011, not to 2012"):
        batch.reproduce(tmp_path / "s", model=SMALL.following(2012))


def test_a_folder_holds_runs_of_one_history(tmp_path):
    asked = {"seeds": 2, "weight": 16, "until": 2012, "workers": 1, "progress": False, "model": SMALL}
    batch.run_study(PLANS, out=tmp_path / "s", **asked)
    with pytest.raises(UserError, match="holds runs with history_until = None, not 2011"):
        batch.run_study(PLANS, out=tmp_path / "s", history_until=2011, **asked)
    assert "history_until" not in batch.open_results(tmp_path / "s", model=SMALL).attrs


def test_a_folder_holds_runs_of_one_choice_of_series_and_says_which(tmp_path):
    asked = {"seeds": 2, "weight": 16, "until": 2012, "workers": 1, "progress": False, "model": SMALL}
    (tmp_path / "f.toml").write_text("debt = false\n")
    asked |= {"history_until": 2011, "follow": tmp_path / "f.toml", "out": tmp_path / "s"}
    batch.run_study(PLANS, **asked)
    found = batch.open_results(tmp_path / "s", model=SMALL)
    assert found.attrs["follow"] == (tmp_path / "s" / "follow.toml").read_text() == "debt = false\n"
    assert 'follow = "follow.toml"' in (tmp_path / "s" / "study.toml").read_text() and found.attrs["follow_hash"]
    assert batch.run_study(PLANS, **asked).before == 4 and batch.reproduce(tmp_path / "s", model=SMALL)["same"]
    (tmp_path / "f.toml").write_text("debt = false\ngdp = { error = 0.1 }\n")
    for changed in (asked, asked | {"follow": None}):
        with pytest.raises(UserError, match="holds runs that follow other series of history"):
            batch.run_study(PLANS, **changed)
    batch.run_study(PLANS, **asked | {"out": tmp_path / "t"})
    assert batch.open_results(tmp_path / "t", model=SMALL).attrs["follow_hash"] != found.attrs["follow_hash"]


def test_the_year_is_a_key_of_study_files_and_what_is_said_goes_before_it(tmp_path):
    path = tmp_path / "study.toml"
    path.write_text('scenarios = ["no_policy"]\nhistory_until = 2021\n')
    assert load_study(path).history_until == resolve(path).history_until == 2021
    assert resolve(path, history_until=2015).history_until == 2015
    assert "history_until = 2021" in resolve(path).to_toml() and "history" not in resolve("baseline").to_toml()
    path.write_text('scenarios = ["no_policy"]\nhistory_until = 2025\n')
    with pytest.raises(UserError, match="2025 is out of range; 2011 to 2024"):
        load_study(path)


def test_the_model_refuses_a_year_that_cannot_be_followed():
    from sim.simulate import HAINAN

    assert HAINAN.following(None) is HAINAN and HAINAN.following(2021).following(None).history_until is None
    for year in (2010, 2022):
        with pytest.raises(UserError, match=f"{year} is not a year, 2011 to 2021"):
            HAINAN.following(year)
