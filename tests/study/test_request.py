"""What a batch is asked to run: study files, studies, names and objects all say the same."""

from pathlib import Path

import pytest

from sim import simulate
from sim.core.declare import UserError
from sim.scenario import load_scenario
from sim.study.request import resolve
from sim.study.studies import load_study

STUDIES = Path(simulate.ROOT) / "scenarios" / "studies"


def test_a_study_is_known_by_file_by_name_and_by_itself():
    by_file = resolve([STUDIES / "demo.toml"])
    assert by_file == resolve("demo") == resolve(load_study(STUDIES / "demo.toml"))
    assert by_file.name == "demo"
    assert [plan.name for plan in by_file.plans] == ["no_policy", "baseline", "full"]
    assert by_file.reference == "no_policy"


def test_what_is_said_goes_before_what_the_study_says():
    found = resolve("demo", seeds=2, weight=1000, draws=3)
    assert (found.seeds, found.weight) == ((0, 1), 1000)
    assert [row["imputation"] for row in found.draws] == [1, 2, 3]


def test_scenarios_without_a_study_take_our_defaults():
    found = resolve(["baseline", load_scenario("full")])
    assert (found.name, len(found.seeds), found.weight, found.until, found.keep) == ("batch", 5, 100, 2035, "county")
    assert [dict(row) for row in found.draws] == [{"draw": 0, "imputation": 0}]
    assert resolve("baseline").name == "baseline"


def test_the_study_file_of_a_folder_is_the_same_study_again(tmp_path):
    first = resolve("demo", draws=2)
    (tmp_path / "scenarios").mkdir()
    for plan in first.plans:
        (tmp_path / "scenarios" / f"{plan.name}.toml").write_text(plan.to_toml(), encoding="utf-8")
    (tmp_path / "draws.csv").write_text("draw,imputation\n1,1\n2,2\n")
    (tmp_path / "study.toml").write_text(first.to_toml(), encoding="utf-8")
    again = resolve(tmp_path / "study.toml")
    assert [plan.hash for plan in again.plans] == [plan.hash for plan in first.plans]
    assert (again.seeds, again.weight, again.until, again.keep, again.reference, again.title) == (
        first.seeds, first.weight, first.until, first.keep, first.reference, first.title)
    assert [dict(row) for row in again.draws] == [dict(row) for row in first.draws]


def test_a_misspelt_scenario_or_parameter_is_refused():
    with pytest.raises(UserError, match="baselin"):
        resolve(["baselin"])
    with pytest.raises(UserError, match="did you mean hukou_open"):
        resolve("baseline", draws=[{"draw": 1, "hukou_opn": 0.5}])
