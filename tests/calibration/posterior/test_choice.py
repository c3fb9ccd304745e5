"""Targets and weights of a user's own: all faults of a file at once, and what a good one changes."""

import pytest

from calibration.posterior.choice import Choice, read_choice
from calibration.posterior.design import PRODUCTION, TO_2017
from sim.core.declare import UserError

KNOWN = ("inflow_scale", "moving_cost")


def read(tmp_path, text):
    path = tmp_path / "targets.toml"
    path.write_text(text, encoding="utf-8")
    return read_choice(path, KNOWN)


def test_a_file_with_many_faults_names_all_of_them(tmp_path):
    with pytest.raises(UserError) as caught:
        read(tmp_path, """
q2 = 2
colour = "red"
parameters = ["inflow_scal", "moving_cost", "moving_cost"]
[statistics.province_gdq]
use = false
[statistics.province_gdp]
weight = -1
luck = "much"
wait = 3
[statistics.output_sanya]
use = 0
""")
    said = [str(fault) for fault in caught.value.faults]
    for words in ("2: q2", "colour", "did you mean inflow_scale", "listed twice", "did you mean province_gdp",
                  "weight: -1 is not", "luck: much is not", "wait: no such key; did you mean weight",
                  "true or false"):
        assert any(words in line for line in said), (words, said)
    assert len(said) == 9


def test_a_good_file_changes_what_it_names_alone(tmp_path):
    found = read(tmp_path, """
q2 = 0.5
parameters = ["moving_cost"]
[statistics.province_gdp]
use = false
[statistics.output_sanya]
weight = 4
luck = 0.5
""")
    asked = {one.name: one for one in found.statistics(TO_2017)}
    usual = {one.name: one for one in Choice().statistics(TO_2017)}
    assert set(usual) - set(asked) == {"province_gdp"}
    assert asked["output_sanya"].luck == 0.5 and found.weight("output_sanya") == 4.0
    assert asked["output_haikou"] == usual["output_haikou"] and found.weight("output_haikou") == 1.0
    assert found.parameters == ("moving_cost",) and found.q2 == 0.5 and found.cut == Choice().cut


def test_next_to_nothing_left_to_learn_from_is_a_fault(tmp_path):
    names = [one.name for one in Choice().statistics(PRODUCTION)]
    with pytest.raises(UserError, match="statistics are left"):
        read(tmp_path, "".join(f"[statistics.{name}]\nuse = false\n" for name in names[2:]))


def test_the_census_of_2020_is_for_production_alone():
    early = {one.name for one in Choice().statistics(TO_2017)}
    late = {one.name for one in Choice().statistics(PRODUCTION)}
    assert early < late and all(name.endswith("_2020") or name == "output_landlocked" for name in late - early)
