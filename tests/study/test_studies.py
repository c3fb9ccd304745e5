"""Studies: what is run together, checked as strictly as scenarios."""

import os
from types import SimpleNamespace

import pytest

from sim.core.declare import Limits, UserError
from sim.scenario import plan
from sim.simulate import HAINAN
from sim.study import draws
from sim.study.draws import read_draws
from sim.study.studies import check, load_study

GOOD = 'title = "T"\nscenarios = ["no_policy", "full"]\n'


@pytest.fixture(autouse=True)
def small_registries(monkeypatch):
    card = SimpleNamespace(default=4.0, unit="utils", bounds=(2.5, 6.0), source="", limits=Limits(2.5, 6.0))
    years = SimpleNamespace(default=60, unit="years", bounds=(60, 65), source="", limits=Limits(60, 65, whole=True))
    monkeypatch.setattr(plan, "parameter_cards", lambda: {"moving_cost": card, "retirement_age": years})
    monkeypatch.setattr(plan, "outlook_series", lambda: {})


@pytest.fixture
def study(tmp_path):
    def load(text, **tables):
        for name, table in tables.items():
            (tmp_path / f"{name}.csv").write_text(table, encoding="utf-8")
        (tmp_path / "study.toml").write_text(text, encoding="utf-8")
        return load_study(tmp_path / "study.toml")
    return load


def test_the_flagship_study(monkeypatch):
    monkeypatch.undo()  # its draws name the parameters of the model
    demo = load_study("demo")
    assert [s.name for s in demo.scenarios] == ["no_policy", "baseline", "full"]
    assert (demo.seeds, demo.draws, demo.weight, demo.until) == (1, 19, 100, 2035)
    assert (demo.reference, demo.keep, demo.name) == ("no_policy", "county", "demo")
    assert check("scenarios/studies/demo.toml") == []


def test_what_a_study_does_not_say(study):
    found = study(GOOD)
    assert (found.seeds, found.draws, found.weight, found.until, found.keep) == (5, 0, 100, 2035, "county")
    assert found.reference == "no_policy" and found.draw_table is None


def test_a_scenario_beside_the_study(study, tmp_path):
    (tmp_path / "mine.toml").write_text('inherits = "baseline"\ntitle = "Mine"\n')
    found = study('scenarios = ["mine", "no_policy"]\nreference = "MINE"\n')
    assert found.scenarios[0].title == "Mine" and found.reference == "mine"


def test_seeds_by_name(study):
    assert study(GOOD + "seeds = [7, 0]\n").seeds == (7, 0)
    for wrong in ("[]", "[1, 1]", "[true]", "[-1]", "[1.0]", '["1"]'):
        with pytest.raises(UserError, match="distinct whole numbers from 0"):
            study(GOOD + f"seeds = {wrong}\n")


def test_a_study_of_the_library_is_checked_by_name(monkeypatch):
    monkeypatch.undo()  # its draws name the parameters of the model
    assert check("demo") == []


def test_goalposts_and_weights(study):
    found = study(GOOD + "[goalposts]\ncvu_svc = [0.5, 0.05]\n[weights]\ncvu_svc = 2\n")
    assert found.goalposts == {"cvu_svc": (0.5, 0.05)} and found.weights == {"cvu_svc": 2.0}


def test_a_table_of_draws_beside_the_study(study):
    found = study(GOOD + 'draws = "draws.csv"\n', draws="imputation,moving_cost,hukou_open\n1,3.5,0.5\n2,4.5,0.9\n")
    assert found.draws == 2
    assert found.draw_table == ({"draw": 1, "imputation": 1, "moving_cost": 3.5, "hukou_open": 0.5},
                                {"draw": 2, "imputation": 2, "moving_cost": 4.5, "hukou_open": 0.9})


@pytest.mark.parametrize(("text", "key", "reason"), [
    (GOOD + "seds = 3\n", "seds", "did you mean seeds?"), (GOOD + "seeds = 0\n", "seeds", "out of range"),
    (GOOD + "seeds = true\n", "seeds", "whole number"), (GOOD + "seeds = 2.0\n", "seeds", "whole number"),
    (GOOD + "weight = 0\n", "weight", "out of range"), (GOOD + 'weight = "100"\n', "weight", "whole number"),
    (GOOD + "until = 2100\n", "until", "out of range"), (GOOD + "draws = -1\n", "draws", "not a number of draws"),
    (GOOD + "draws = nan\n", "draws", "not a number of draws"), (GOOD + 'keep = "al"\n', "keep", "did you mean all?"),
    (GOOD + 'draws = "../x.csv"\n', "draws", "not a CSV file beside"), (GOOD + 'draws = "x.csv"\n', "draws", "no file"),
    (GOOD + 'draws = "/etc/passwd"\n', "draws", "is not a CSV file beside"),
    (GOOD + "title_zh = 3\n", "title_zh", "a line of"),
    (GOOD + 'reference = "baseline"\n', "reference", "none of the scenarios"),
    (GOOD + "reference = 1\n", "reference", "none"),
    (GOOD + "weights = 3\n", "weights", "a table is expected"),
    (GOOD + "[weights]\nx = true\n", "weights.x", "a number"),
    (GOOD + "[goalposts]\ncvu_svk = [1, 0]\n", "goalposts.cvu_svk", "did you mean cvu_svc?"),
    (GOOD + "[goalposts]\ncvu_svc = [1, 1]\n", "goalposts.cvu_svc", "the same"),
    (GOOD + "[weights]\ncvu_svc = -1\n", "weights.cvu_svc", "at least 0"),
    (GOOD + "[goalposts]\nx = 1\n", "goalposts.x", "two numbers"), ("title = 'x'\n", "scenarios", "names of scenarios"),
    ("scenarios = []\n", "scenarios", "names of scenarios"),
    ('scenarios = "full"\n', "scenarios", "names of scenarios"),
    ("scenarios = [3]\n", "scenarios.0", "a name is expected"),
    ('scenarios = ["fulll"]\n', "scenarios.0", "did you mean full?"),
    ('scenarios = ["full",\n "FULL"]\n', "scenarios.1", "named twice"),
    ('scenarios = ["../x"]\n', "scenarios.0", "outside"),
])
def test_a_wrong_study_is_refused_with_line_and_key(study, text, key, reason):
    with pytest.raises(UserError) as caught:
        study(text)
    said = str(caught.value)
    assert "study.toml:" in said and f": {key}:" in said and reason in said


def test_the_faults_of_a_study_and_of_its_scenarios_come_at_once(study, tmp_path):
    (tmp_path / "mine.toml").write_text("[levers]\nhukou_opn = 1\n")
    with pytest.raises(UserError) as caught:
        study('scenarios = ["mine", "no_policy"]\nseeds = 0\n')
    assert "mine.toml:2: levers.hukou_opn" in str(caught.value) and "study.toml:2: seeds" in str(caught.value)
    assert len(check(tmp_path / "study.toml")) == 2


@pytest.mark.parametrize(("table", "reason"), [
    ("", "a header and"), ("moving_cost\n", "0 draws"), ("moving_cst\n3\n", "did you mean moving_cost?"),
    ("moving_cost\nnan\n", '"nan" is not a number'), ("moving_cost\n9\n", "from 2.5 to 6"),
    ("moving_cost\n3,4\n", "2 values under"),
    ("moving_cost,moving_cost\n3,4\n", "listed twice"), ("draw\n1\n1\n", "listed twice"),
    ("imputation\n1.5\n", "whole number"), ("retirement_age\n61.5\n", "is not a whole number from 60 to 65"),
    ("moving_cost\n1_0\n", '"1_0" is not a number'), ("moving_cost\n0x4\n", '"0x4" is not'),
    ("moving_cost\n４\n", "is not"),
    ("moving_cost\n" + "x," * 3000 + "\n", "values under"), ("x," * 3000 + "y\n1\n", "3001 columns"),
    ("moving_cost\n3\nx\n", ":3: moving_cost"), ("moving_cost\n" + "9" * 99 + "\n", "is not a number"),
    ('"moving_cost\n3', "CSV"),
])
def test_a_wrong_table_of_draws_is_refused(tmp_path, table, reason):
    path = tmp_path / "draws.csv"
    path.write_text(table, encoding="utf-8")
    with pytest.raises(UserError) as caught:
        read_draws(path, HAINAN.draw_limits)
    assert reason in str(caught.value)


def test_a_table_of_draws_that_is_not_text_is_refused(tmp_path):
    (tmp_path / "d.csv").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(UserError, match="not a CSV file in UTF-8"):
        read_draws(tmp_path / "d.csv")
    with pytest.raises(UserError, match="cannot be read"):
        read_draws(tmp_path / "nowhere.csv")


def test_a_table_of_draws_of_another_model_holds_any_name_and_any_finite_number(tmp_path):
    path = tmp_path / "draws.csv"
    path.write_text("beta,draw\n-1e9,2000000\n", encoding="utf-8")
    assert read_draws(path) == ({"draw": 2000000, "imputation": 0, "beta": -1e9},)
    path.write_text("beta\n1\ninf\n", encoding="utf-8")
    with pytest.raises(UserError, match=r'draws.csv:3: beta: "inf" is not a number$'):
        read_draws(path)


def test_whole_numbers_of_a_table_are_whole_numbers(tmp_path):
    (tmp_path / "d.csv").write_text("retirement_age,moving_cost\n61.0,3\n", encoding="utf-8")
    (row,) = read_draws(tmp_path / "d.csv", HAINAN.draw_limits)
    assert row == {"draw": 1, "imputation": 0, "retirement_age": 61, "moving_cost": 3.0}
    assert type(row["retirement_age"]) is int


def test_a_table_of_draws_that_is_no_file_or_too_large_is_not_waited_for(tmp_path, monkeypatch):
    os.mkfifo(tmp_path / "pipe.csv")
    (tmp_path / "zero.csv").symlink_to("/dev/zero")
    for name in ("pipe.csv", "zero.csv"):
        with pytest.raises(UserError, match=r"cannot be read \(is not a regular file\)"):
            read_draws(tmp_path / name)
    (tmp_path / "d.csv").write_text("x\n1\n2\n")
    (tmp_path / "link.csv").symlink_to(tmp_path / "d.csv")
    assert len(read_draws(tmp_path / "link.csv")) == 2
    monkeypatch.setattr(draws, "MAX_BYTES", 3)
    with pytest.raises(UserError, match="is larger than 3 bytes"):
        read_draws(tmp_path / "d.csv")
