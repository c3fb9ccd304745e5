"""What a batch is asked to run: study files, studies, names and objects all say the same."""

from pathlib import Path

import pytest

import hainan2035
from sim import simulate
from sim.core.declare import UserError
from sim.scenario import load_scenario
from sim.simulate import HAINAN
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


STUDY = 'scenarios = ["no_policy", "baseline"]\n'


@pytest.mark.parametrize(("name", "value", "sentence"), [
    ("weight", 5000, "1 to 2000"), ("weight", 0, "1 to 2000"), ("until", 2051, "2011 to 2050"),
    ("until", 2010, "2011 to 2050"), ("seeds", 0, "1 to 100"), ("seeds", 100_001, "1 to 100"),
    ("draws", 1_000_001, "0 to 1"),
])
def test_a_limit_is_the_same_by_file_by_command_and_from_python(tmp_path, name, value, sentence):
    said = []
    with pytest.raises(UserError) as fault:
        resolve(["no_policy", "baseline"], **{name: value})
    said.append(str(fault.value))
    (tmp_path / "study.toml").write_text(f"{STUDY}{name} = {value}\n")
    with pytest.raises(UserError) as fault:
        resolve(tmp_path / "study.toml")
    said.append(str(fault.value))
    with pytest.raises(UserError) as fault:
        hainan2035.parsed(["batch", "baseline", {"until": "--to"}.get(name, f"--{name}"), str(value)])
    said.append(str(fault.value))
    assert all(sentence in one.replace(",", "") for one in said), said


@pytest.mark.parametrize(("column", "value"), [("hukou_open", 7), ("hukou_open", 1e308), ("retirement_age_men", 61.5)])
def test_a_draw_out_of_range_is_refused_by_every_road(tmp_path, column, value):
    table = tmp_path / "draws.csv"
    table.write_text(f"{column}\n{value}\n")
    (tmp_path / "study.toml").write_text(f'{STUDY}draws = "draws.csv"\n')
    for what, draws in (("baseline", [{column: value}]), ("baseline", table), ("baseline", str(table)),
                        (tmp_path / "study.toml", None)):
        with pytest.raises(UserError, match=column):
            resolve(what, draws=draws)


def test_whole_numbers_of_any_library_are_taken_and_written_in_one_way(tmp_path):
    import numpy as np

    (tmp_path / "draws.csv").write_text("retirement_age_men\n61\n")
    rows = [resolve("baseline", draws=draws).draws for draws in (
        [{"retirement_age_men": 61}], [{"retirement_age_men": np.float64(61)}], tmp_path / "draws.csv")]
    assert rows[0] == rows[1] == rows[2] and {type(r[0]["retirement_age_men"]) for r in rows} == {int}
    found = resolve("baseline", weight=np.int64(1000), seeds=np.array([3, 1]), until=np.int32(2012))
    assert (found.weight, found.seeds, found.until) == (1000, (3, 1), 2012)
    assert type(found.weight) is int and type(found.seeds[0]) is int


def test_a_column_of_a_section_sets_all_its_levers_at_a_share():
    (row,) = resolve("no_policy", draws=[{"section:2.1": 0.5, "section:all": 0.25}]).draws
    draw = HAINAN.draw_of(row)
    assert draw["sections"] == {"2.1": 0.5, "all": 0.25}
    plan = HAINAN.load_plan("no_policy")
    moved = plan.with_settings(sections=draw["sections"])
    assert moved.levers == plan.with_sections({"all": 0.25, "2.1": 0.5}).levers != plan.levers


@pytest.mark.parametrize("column", [{"section:2.1": 1.5}, {"section:9.9": 0.5}, {"2.1": 0.5}])
def test_a_wrong_column_of_a_section_is_refused(column):
    with pytest.raises(UserError):
        resolve("no_policy", draws=[column])


def test_a_table_of_draws_says_once_what_the_number_of_a_lever_means():
    said = HAINAN.remark_on([{"draw": 1, "hukou_open": 0.5}, {"draw": 2, "hukou_open": 0.6}])
    assert said.count("hukou_open") == 1 and "attained from 2019" in said
    assert HAINAN.remark_on([{"draw": 1, "section:2.1": 0.5}]) == ""
