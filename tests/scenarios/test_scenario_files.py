"""Scenarios: inheritance, priority, since, hash, and the way there and back."""

import json
import pickle
import subprocess
import sys
from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim import scenario as face
from sim.core.declare import UserError
from sim.levers import LIBRARY, REGISTRY, SECTIONS
from sim.scenario import check, describe, diff, library, load_scenario, parse_set, plan, with_set
from sim.scenario.schema import SCHEMA, json_schema, schema_text

CARDS = {
    "moving_cost": SimpleNamespace(default=4.0, unit="utils", bounds=(2.5, 6.0), source=""),
    "capital_share": SimpleNamespace(default=(0.2, 0.5, 0.4), unit="share", bounds=(0.05, 0.7), source=""),
    "investment_rule": SimpleNamespace(default="user_cost", unit="", bounds=("user_cost", "solow"), source=""),
    "lag_years": SimpleNamespace(default=2, unit="years", bounds=(0, 5), source=""),
}
SERIES = {
    "national_growth": SimpleNamespace(unit="share per year", bounds=(-0.1, 0.15)),
    "visitors": SimpleNamespace(unit="million visits", bounds=(0.0, 1000.0)),
}


@pytest.fixture(autouse=True)
def small_registries(monkeypatch, request):
    """Small registries of parameters and outlook, but for the files of the library, which name real ones."""
    if "of_the_library" in request.node.name:
        return
    monkeypatch.setattr(plan, "parameter_cards", lambda: CARDS)
    monkeypatch.setattr(plan, "outlook_series", lambda: SERIES)


@pytest.fixture
def folder(tmp_path):
    def write(**files):
        for name, text in files.items():
            (tmp_path / f"{name}.toml").write_text(text, encoding="utf-8")
        return lambda name: load_scenario(tmp_path / f"{name}.toml")
    return write


def levers_of(scenario, years=range(2010, 2051)):
    return {year: vars(scenario.at(year)) for year in years}


# ---- the library

@pytest.mark.parametrize("name", list(library()))
def test_every_scenario_of_the_library_loads_and_has_both_titles(name):
    scenario = load_scenario(name)
    assert scenario.name == name and scenario.title and scenario.title_zh
    assert check(name) == []


def test_the_library_holds_the_three_settings():
    assert {"no_policy", "baseline", "full"} <= set(library())
    assert library()["no_policy"] == "No policy"


def test_without_policy_every_lever_stays_at_none_for_ever():
    scenario = load_scenario("no_policy")
    assert all(getattr(scenario.at(year), n) == one.none for n, one in REGISTRY.items() for year in range(2010, 2051))


@pytest.mark.parametrize("name", list(library()))
def test_history_to_2018_is_the_same_in_every_scenario_of_the_library(name):
    assert levers_of(load_scenario(name), range(2010, 2019)) == levers_of(load_scenario("no_policy"), range(2010, 2019))


def test_full_attains_what_it_plans():
    full = load_scenario("full")
    for name, lever in REGISTRY.items():
        assert getattr(full.at(2050), name) == pytest.approx(lever.full.values[-1])
    assert (full.at(2025).capacity, full.at(2025).action_plan, full.at(2025).law) == (1.0, 0.0, 1.0)


def test_hukou_openness_of_the_baseline_by_hand():
    baseline = load_scenario("baseline")
    # lag 1 from 2019, so 2023 carries out the plan of 2022 (.8); capacity in 2023: .7 + .15 * 4/6 = .8
    assert baseline.at(2023).hukou_open == pytest.approx(0.8 * 0.8)
    # plan complete in 2030, carried out in 2031 at capacity .85; law since 2025, so nothing erodes
    assert baseline.at(2031).hukou_open == pytest.approx(0.85)
    assert baseline.at(2050).hukou_open == pytest.approx(0.85)


def test_a_quota_rule_complete_before_the_law_loses_three_per_cent_a_year_until_2025():
    baseline = load_scenario("baseline")
    # ramp 2019-2021 with lag 1: complete in 2022; erodes in 2023 and 2024 (.97 each), law from 2025
    left = 0.97**2
    capacity = 0.7 + 0.15 * 6 / 6
    assert baseline.at(2030).quota_tilt == pytest.approx(0.10 + 0.15 * capacity * left)


def test_names_are_compared_without_case():
    assert load_scenario("No_Policy").hash == load_scenario("no_policy").hash


def test_an_unknown_name_is_refused_with_the_nearest():
    with pytest.raises(UserError, match="no such scenario; did you mean baseline"):
        load_scenario("baselin")


def test_a_year_after_the_horizon_goes_on_and_one_before_the_base_year_has_no_policy():
    baseline = load_scenario("baseline")
    assert baseline.at(2160).hukou_open == baseline.at(2050).hukou_open
    assert baseline.at(2000).hukou_open == 0.0


def test_an_unknown_lever_is_an_attribute_error_that_names_the_nearest():
    with pytest.raises(AttributeError, match="did you mean hukou_open"):
        load_scenario("baseline").at(2020).hukou_opn  # noqa: B018


# ---- inheritance and priority

def test_three_generations_each_change_what_they_name(folder):
    load = folder(
        a='inherits = "baseline"\n[levers]\nsvc_share = 0.01\nquota_tilt = 0.2\ntalent = 0.1\n',
        b='inherits = "a"\n[levers]\nsvc_share = 0.02\nquota_tilt = 0.3\n',
        c='inherits = "b"\n[levers]\nsvc_share = 0.04\n',
    )
    now = load("c").at(2030)
    assert (now.svc_share, now.quota_tilt, now.talent) == (0.04, 0.3, 0.1)
    assert now.hukou_open == load_scenario("baseline").at(2030).hukou_open
    assert [load("c").origin(n) for n in ("svc_share", "quota_tilt", "talent", "hukou_open")] == [
        "c.toml", "b.toml", "a.toml", "scenarios/baseline.toml"]


def test_a_section_gives_way_to_a_lever_and_all_to_a_section(folder):
    load = folder(x='inherits = "full"\n[levers]\nhukou_open = 0.5\n[sections]\n"3.2" = "none"\nall = "baseline"\n')
    scenario = load("x")
    assert scenario.levers["hukou_open"][0].to == 0.5
    assert scenario.levers["homestead"] == ()
    assert scenario.levers["talent"] == (REGISTRY["talent"].baseline,)
    assert scenario.sections["3.2"] == "none" and scenario.sections["8.1"] == "baseline"


def test_a_section_of_the_child_overrides_a_lever_of_the_parent(folder):
    load = folder(a="[levers]\nhukou_open = 0.5\n", b='inherits = "a"\n[sections]\n"3.2" = "baseline"\n')
    assert load("b").levers["hukou_open"] == (REGISTRY["hukou_open"].baseline,)


def test_a_file_without_parent_says_only_what_it_names(folder):
    load = folder(a='title = "A"\n[levers]\nsvc_share = 0.05\n')
    assert load("a").at(2018).svc_share == 0.0 and load("a").at(2019).svc_share == 0.05
    assert load("a").at(2030).hukou_open == 0.0


def test_the_command_line_comes_last(folder):
    load = folder(a="[levers]\nhukou_open = 0.5\n")
    changed = load("a").with_levers(hukou_open=0.9)
    assert changed.at(2030).hukou_open == 0.9 and changed.origin("hukou_open") == "command line"
    assert load("a").at(2030).hukou_open == 0.5


def test_a_parent_is_found_beside_the_file_before_the_library(folder):
    load = folder(baseline='inherits = "baseline"\n[levers]\ntalent = 0.7\n', x='inherits = "baseline"\ntitle = "x"\n')
    assert load("x").at(2030).talent == 0.7
    assert load("x").at(2030).hukou_open == load_scenario("baseline").at(2030).hukou_open


def test_a_parent_may_lie_below_the_files_own_folder(tmp_path):
    (tmp_path / "below").mkdir()
    (tmp_path / "below" / "p.toml").write_text("[levers]\ntalent = 0.7\n")
    (tmp_path / "x.toml").write_text('inherits = "below/p.toml"\n')
    scenario = load_scenario(tmp_path / "x.toml")
    assert scenario.at(2030).talent == 0.7 and scenario.origin("talent") == "below/p.toml"


# ---- since

def test_before_since_the_parents_paths_hold_and_after_it_the_files(folder):
    load = folder(x='inherits = "baseline"\nsince = 2025\n[levers]\nquota_tilt = 0.5\n[sections]\n"7" = "none"\n')
    baseline, forward = load_scenario("baseline"), load("x")
    assert levers_of(forward, range(2010, 2025)) == levers_of(baseline, range(2010, 2025))
    assert forward.at(2025).quota_tilt == 0.5 and forward.at(2025).svc_share == 0.0


def test_a_ramp_under_since_starts_from_what_the_parent_attains(folder):
    load = folder(x='inherits = "baseline"\nsince = 2025\n[levers]\n'
                    "quota_tilt = { to = 0.5, ramp = [2026, 2028] }\n"
                    "action_plan = 0\ncapacity = 1\n")
    before, forward = load_scenario("baseline"), load("x")
    # under full capacity the parent's tilt is .10 + .15 * .97 * .97 (its erosion stays); half way in 2027
    parent = 0.10 + 0.15 * 0.97**2
    assert forward.at(2024).quota_tilt == before.at(2024).quota_tilt
    assert forward.at(2026).quota_tilt == pytest.approx(parent)
    assert forward.at(2027).quota_tilt == pytest.approx((parent + 0.5) / 2)
    assert forward.at(2028).quota_tilt == pytest.approx(0.5)


def test_a_word_under_since_means_the_registrys_own_years(folder):
    load = folder(x='inherits = "no_policy"\nsince = 2025\n[levers]\nhomestead = "baseline"\n')
    # ramp 2020-2030 to .4, lag 2 and capacity .7 of no_policy: in 2025 the plan of 2023 is carried out
    assert load("x").at(2024).homestead == 0.0
    assert load("x").at(2025).homestead == pytest.approx(0.4 * 0.3 * 0.7)


def test_a_forward_file_that_repeats_its_parent_changes_nothing(folder):
    load = folder(x='inherits = "baseline"\nsince = 2025\n[sections]\nall = "baseline"\n',
                  y='inherits = "no_policy"\nsince = 2025\n[sections]\nall = "none"\n')
    assert load("x").hash == load_scenario("baseline").hash
    assert load("y").hash == load_scenario("no_policy").hash


def test_set_on_a_forward_scenario_leaves_history_alone(folder):
    load = folder(x='inherits = "baseline"\nsince = 2025\n')
    changed = load("x").with_levers(hukou_open=0.1)
    assert changed.at(2024).hukou_open == load_scenario("baseline").at(2024).hukou_open
    assert changed.at(2025).hukou_open == 0.1


def test_a_parameter_in_a_forward_file_is_refused(folder):
    load = folder(x='inherits = "baseline"\nsince = 2025\n[parameters]\nmoving_cost = 3.0\n')
    with pytest.raises(UserError, match=r"x\.toml:4: parameters.moving_cost: a parameter holds in all years"):
        load("x")


VALUES = st.one_of(
    st.floats(0, 1), st.sampled_from(["none", "baseline", "full"]),
    st.builds(lambda to, y, n: {"to": to, "ramp": [y, y + n]}, st.floats(0, 1), st.integers(2010, 2040),
              st.integers(1, 12)),
    st.builds(lambda points: {"path": {str(y): v for y, v in sorted(points.items())}},
              st.dictionaries(st.integers(2010, 2045), st.floats(0, 1), min_size=1, max_size=4)),
)


@settings(max_examples=50, deadline=None)
@given(st.integers(2011, 2045), VALUES, VALUES, st.floats(0.4, 1), st.floats(0, 4), st.floats(0.9, 1))
def test_no_value_under_since_alters_an_earlier_year(since, first, second, capacity, lag, law):
    parent = load_scenario("baseline").with_levers(hukou_open=first)
    own = {f: getattr(parent, f) for f in parent.__dataclass_fields__}
    child = plan.Scenario(**{**own, "since": since}).with_levers(
        hukou_open=second, capacity=capacity, action_plan=lag, law=law)
    assert levers_of(child, range(2010, since)) == levers_of(parent, range(2010, since))


@settings(max_examples=50, deadline=None)
@given(st.integers(2011, 2045), VALUES, VALUES)
def test_what_is_written_out_reads_back_as_the_same_content(since, first, second):
    import tempfile
    from pathlib import Path

    parent = load_scenario("full").with_levers(hukou_open=first)
    own = {f: getattr(parent, f) for f in parent.__dataclass_fields__}
    child = plan.Scenario(**{**own, "since": since}).with_levers(hukou_open=second)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "again.toml"
        path.write_text(child.to_toml(), encoding="utf-8")
        assert load_scenario(path).hash == child.hash


# ---- hash, copies, written out

def test_comments_order_and_spelling_do_not_change_the_hash(folder):
    load = folder(
        a='title = "A"\n[levers]\nsvc_share = 0.05\nhukou_open = { to = 1.0, ramp = [2020, 2025] }\n',
        b='# a comment\ntitle = "Other"\n[levers]\nHUKOU_OPEN = { ramp = [ 2020, 2025 ], to = 1 }\n'
          '"svc_share" = 5e-2\n',
    )
    assert load("a").hash == load("b").hash and load("a") != load("b")
    assert load("a").levers == load("b").levers


def test_any_value_changes_the_hash():
    baseline = load_scenario("baseline")
    changed = [baseline.with_levers(talent=0.31), baseline.with_levers(talent="none"),
               baseline.with_parameters(moving_cost=3.0), baseline.with_outlook(national_growth=0.03)]
    assert len({s.hash for s in [baseline, *changed]}) == 5


def test_a_word_and_its_values_are_the_same_content(folder):
    load = folder(a='[levers]\nhukou_open = "full"\n', b="[levers]\nhukou_open = { to = 1.0, ramp = [2019, 2020] }\n")
    assert load("a").hash == load("b").hash


@pytest.mark.parametrize("name", list(library()))
def test_every_scenario_of_the_library_goes_there_and_back(name, folder):
    scenario = load_scenario(name)
    again = folder(again=scenario.to_toml())("again")
    assert again.hash == scenario.hash and levers_of(again) == levers_of(scenario)
    assert (again.title, again.title_zh) == (scenario.title, scenario.title_zh)


def test_parameters_and_outlook_go_there_and_back(folder):
    scenario = load_scenario("baseline").with_parameters(
        moving_cost=3, capital_share=[0.1, 0.2, 0.3], investment_rule="solow", lag_years=3,
    ).with_outlook(national_growth={"path": {"2026": 0.03, "2030": 0.01}}, visitors=90)
    again = folder(again=scenario.to_toml())("again")
    assert again.hash == scenario.hash and again.outlook == scenario.outlook
    assert again.parameters["capital_share"] == (0.1, 0.2, 0.3) and again.parameters["lag_years"] == 3


def test_a_scenario_is_frozen_hashable_and_can_be_sent_to_a_worker():
    scenario = load_scenario("baseline")
    scenario.at(2020)
    assert pickle.loads(pickle.dumps(scenario)) == scenario and len({scenario, load_scenario("baseline")}) == 1
    with pytest.raises(TypeError, match="does not change"):
        scenario.levers["hukou_open"] = ()
    with pytest.raises(AttributeError):
        scenario.at(2020).hukou_open = 1.0


def test_loading_a_scenario_gives_itself():
    scenario = load_scenario("baseline")
    assert load_scenario(scenario) is scenario


def test_the_resolved_scenario_is_plain_data_with_origins_and_no_absolute_path(folder):
    scenario = folder(x='inherits = "baseline"\n[levers]\ntalent = 0.5\n')("x")
    data = json.loads(json.dumps(scenario.resolved()))
    assert data["levers"]["talent"] == {"section": "8.1", "value": 0.5, "unit": "share", "from": "x.toml"}
    assert data["levers"]["hukou_open"]["from"] == "scenarios/baseline.toml"
    assert str(LIBRARY.parent) not in json.dumps(data)


# ---- changed by hand

def test_all_faults_of_values_by_hand_come_at_once():
    with pytest.raises(UserError) as caught:
        load_scenario("baseline").with_levers(hukou_opn=1, svc_share=0.5, talent=True)
    text = str(caught.value)
    assert "levers.hukou_opn: no such lever; did you mean hukou_open (section 3.2)?" in text
    assert "levers.svc_share: 0.5 is out of range; 0 to 0.08 share" in text
    assert "levers.talent: true (true or false) where a number is expected" in text


def test_numbers_of_numpy_are_numbers():
    import numpy as np

    scenario = load_scenario("baseline").with_levers(talent=np.float32(0.5), capacity=np.int64(1))
    assert scenario.at(2030).talent == 0.5 and type(scenario.at(2030).talent) is float


def test_parameters_are_checked_by_kind_and_bounds():
    with pytest.raises(UserError) as caught:
        load_scenario("baseline").with_parameters(
            moving_cost=9, capital_share=[0.1], investment_rule="x", lag_years=1.5, moving_cst=1)
    text = str(caught.value)
    for part in ("parameters.moving_cost: 9 is out of range; 2.5 to 6 utils", "capital_share: a list of 3 numbers",
                 "no such variant; one of user_cost, solow", "1.5 where a whole number", "did you mean moving_cost?"):
        assert part in text


def test_an_outlook_number_holds_from_the_first_year_after_the_data():
    scenario = load_scenario("baseline").with_outlook(national_growth=0.03)
    years = scenario.outlook["national_growth"]
    assert min(years) == 2025 and set(years.values()) == {0.03}


def test_an_outlook_path_names_the_years_from_its_first():
    path = {"path": {"2026": 0.04, "2028": 0.02}}
    named = load_scenario("baseline").with_outlook(national_growth=path).outlook["national_growth"]
    assert min(named) == 2026
    assert [named[y] for y in (2026, 2027, 2028, 2040)] == pytest.approx([0.04, 0.03, 0.02, 0.02])


def test_an_outlook_value_before_the_projection_needs_an_earlier_since(folder):
    with pytest.raises(UserError, match="a year before 2025, where history stands"):
        load_scenario("baseline").with_outlook(national_growth={"path": {"2015": 0.03}})
    load = folder(x='inherits = "baseline"\nsince = 2015\n[outlook]\nnational_growth = { path = { 2016 = 0.03 } }\n')
    assert min(load("x").outlook["national_growth"]) == 2016


@pytest.mark.parametrize(("text", "expected"), [
    ("hukou_open=0.8", ("levers", "hukou_open", 0.8)), ("hukou_open = full", ("levers", "hukou_open", "full")),
    ("Talent=\"none\"", ("levers", "talent", "none")),
    ("hukou_open={ to = 0.5, ramp = [2025, 2030] }", ("levers", "hukou_open", {"to": 0.5, "ramp": [2025, 2030]})),
    ("8.2=full", ("sections", "8.2", "full")), ("2.1=0.3", ("sections", "2.1", 0.3)), ("all=0", ("sections", "all", 0)),
    ("moving_cost=4.0", ("parameters", "moving_cost", 4.0)),
    ("national_growth=0.04", ("outlook", "national_growth", 0.04)),
])
def test_a_setting_of_the_command_line(text, expected):
    assert parse_set(text) == expected


@pytest.mark.parametrize(("text", "says"), [
    ("hukou_open", "not NAME=VALUE"), ("=3", "not NAME=VALUE"), ("hukou_opn=1", "did you mean hukou_open"),
    ("hukou_open=2", "out of range"), ("hukou_open=nan", "no setting"), ("hukou_open=[[[", "is not a value"),
    ("hukou_open=true", "no setting"), ("hukou_open=-inf", "not a finite number"), ("a b=1", "not NAME=VALUE"),
    ("9.9=1", "not NAME=VALUE"), ("2.1=1.5", "out of range"), ("2.1=half", "no setting"),
    ("8.2=ful", "did you mean full"),
    ("moving_cos=0.5", "did you mean moving_cost"),
    ("moving_cost=1e9", "out of range"),
    ("hukou_open=1\nx=2", "not a value"),
])
def test_a_wrong_setting_of_the_command_line_is_refused(text, says):
    if "\n" in text:
        text = text.replace("1\nx=2", "1 x=2")
    with pytest.raises(UserError, match=says):
        parse_set(text)


# ---- words

def test_a_difference_in_words():
    lines = diff(load_scenario("no_policy"), load_scenario("baseline"))
    # .8 of the plan for 2022 a year late, at .85 of what was planned; 1 by 2030
    assert ("hukou openness of all counties (hukou_open, 3.2): 0.2 in 2021, 0.723 in 2025 and 0.85 from 2031 on "
            "instead of 0 throughout. The plan rises to 0.8 by 2022 and to 1 by 2030 instead of staying at 0.") in lines
    assert ("effective corporate income tax of encouraged sectors on park land (ftp_cit, 2.1): 0.15 from 2020 on "
            "instead of 0.25 throughout. The plan falls to 0.15 in 2020 instead of staying at 0.25.") in lines
    assert len(lines) == len(REGISTRY)


def test_scenarios_of_the_same_content_do_not_differ():
    assert diff(load_scenario("baseline"), load_scenario("baseline")) == []


def test_levers_of_one_plan_that_attain_something_else_are_named():
    baseline = load_scenario("baseline")
    lines = diff(baseline, baseline.with_levers(capacity=0.5))
    assert len(lines) == 2 and "(capacity, 10.1): 0.5 from " in lines[0]
    assert lines[1].endswith(" more: planned alike but attained differently, as capacity, delay or persistence differ")


def test_a_scenario_is_saved_as_a_file_that_loads_to_the_same(tmp_path):
    made = load_scenario("baseline").with_levers(hukou_open={"to": 0.5, "ramp": [2026, 2030]}).with_sections(
        {"8.2": 0.3}).with_parameters(moving_cost=3).with_outlook(visitors=90).with_shifts(national_growth=-0.01)
    path = made.save(tmp_path / "mine.toml")
    again = load_scenario(path)
    assert (again.hash, again.name, again.title, again.title_zh) == (made.hash, "mine", made.title, made.title_zh)
    assert diff(made, again) == [] and check(path) == [] and [one.name for one in tmp_path.iterdir()] == ["mine.toml"]
    with pytest.raises(UserError, match="already exists; choose another name, or replace it"):
        load_scenario("full").save(path)
    assert load_scenario(load_scenario("full").save(path, replace=True)).hash == load_scenario("full").hash
    for name in ("mine.txt", "a b.toml", ".toml"):
        with pytest.raises(UserError, match="is not the name of a scenario file"):
            made.save(tmp_path / name)
    with pytest.raises(UserError, match=r"no/mine\.toml: "):
        made.save(tmp_path / "no" / "mine.toml")


def test_an_amount_added_to_an_outlook_series_is_set_on_the_command_line():
    assert parse_set("shift:National_growth=-0.01") == ("shifts", "national_growth", -0.01)
    found = with_set(load_scenario("baseline"), ["shift:visitors=5", "visitors=90"])
    assert found.shifted["visitors"][2030] == 5.0 and found.outlook["visitors"][2030] == 90.0
    for text, said in (("shift:visiters=5", "did you mean visitors"), ("shift:=5", "not NAME=VALUE"),
                       ("shift:visitors=many", "a number is expected"),
                       ("shift:hukou_open=1", "no such outlook series")):
        with pytest.raises(UserError, match=said):
            parse_set(text)


def test_parameters_and_outlook_stand_in_the_difference():
    baseline = load_scenario("baseline")
    lines = diff(baseline, baseline.with_parameters(moving_cost=3).with_outlook(visitors=90))
    assert lines == ["parameter moving_cost: 3 instead of its default, in all years",
                     "outlook visitors: 90 from 2025 on instead of what the outlook says"]


def test_a_description_names_every_lever_its_plan_and_its_file():
    text = describe(load_scenario("baseline_without_3_2"))
    assert all(name in text for name in REGISTRY) and all(s.title in text for s in SECTIONS.values())
    part = text[text.index("    hukou_open: "):]
    assert part.index("attains 0 throughout\n") < part.index("hukou_open = ")
    assert 'hukou_open = "none"  [scenarios/baseline_without_3_2.toml]' in text


def test_the_example_of_the_readme_loads(folder):
    text = (LIBRARY / "README.md").read_text(encoding="utf-8").split("```toml\n")[1].split("```")[0]
    scenario = folder(example=text)("example")
    assert scenario.since == 2025 and scenario.sections["8.2"] == "full"
    assert scenario.outlook["national_growth"][2028] == pytest.approx(0.025)


# ---- schema, import

def test_the_json_schema_for_editors_is_current():
    hint = "python -c 'from sim.scenario.schema import write_schema; write_schema()'"
    assert SCHEMA.read_text(encoding="utf-8") == schema_text(), f"write it anew: {hint}"


def test_the_schema_knows_every_section_and_lever():
    properties = json_schema()["properties"]
    assert set(properties["levers"]["properties"]) == set(REGISTRY)
    assert set(properties["sections"]["properties"]) == {"all", *SECTIONS}


def test_reading_scenarios_loads_no_numeric_library():
    code = ("import sys; from sim.scenario import load_scenario, describe, diff; a = load_scenario('baseline'); "
            "describe(a); diff(load_scenario('full'), a); "
            "print([m for m in ('numpy', 'pandas', 'xarray', 'mesa', 'numba') if m in sys.modules])")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=LIBRARY.parent, check=True)
    assert done.stdout.strip() == "[]"


def test_the_face_offers_what_it_names():
    assert all(hasattr(face, name) for name in face.__all__)


# ---- settings between none and full


def test_a_section_at_half_plans_half_of_every_lever_in_the_years_of_full():
    half, full, none = (load_scenario("no_policy").with_sections({"3.2": value}) for value in (0.5, 1.0, 0.0))
    years = range(2010, 2051)
    for name in SECTIONS["3.2"].levers:
        bounds = [plan.planned(name, years) for plan in (none, full)]
        assert half.planned(name, years) == pytest.approx([(a + b) / 2 for a, b in zip(*bounds)], abs=1e-12)


def test_the_ends_of_a_share_are_the_words_and_carry_the_same_hash():
    no_policy = load_scenario("no_policy")
    for share, word in ((0, "none"), (1, "full")):
        assert no_policy.with_sections({"all": share}).hash == no_policy.with_sections({"all": word}).hash
    assert no_policy.with_sections({"all": 0.0}).hash == no_policy.hash
    assert no_policy.with_sections({"all": 1.0}).levers == load_scenario("full").levers


def test_a_file_may_write_a_share_and_a_section_goes_over_all(folder):
    load = folder(x='inherits = "baseline"\n[sections]\nall = 0.25\n"8.2" = "full"\n',
                  y='title = "y"\n[sections]\n"2.1" = 0.5\n')
    assert load("x").levers == load_scenario("no_policy").with_sections({"all": 0.25, "8.2": "full"}).levers
    assert load("y").sections["2.1"] == 0.5
    assert load("x").sections["3.2"] == 0.25


def test_a_share_from_a_year_on_leaves_what_was_before(folder):
    load = folder(x='inherits = "baseline"\nsince = 2027\n[sections]\n"3.2" = 0.5\n')
    baseline, later = load_scenario("baseline"), load("x")
    name = SECTIONS["3.2"].levers[0]
    assert later.planned(name, range(2010, 2027)) == baseline.planned(name, range(2010, 2027))
    assert later.planned(name, range(2030, 2040)) != baseline.planned(name, range(2030, 2040))


def test_settings_of_the_command_line_go_over_each_other_by_kind_and_name_every_fault():
    plan = with_set(load_scenario("baseline"), ["hukou_open=0.5", "3.2=full", "moving_cost=4.0"])
    assert plan.at(2035).hukou_open == 0.5 and plan.parameters["moving_cost"] == 4.0
    with pytest.raises(UserError) as found:
        with_set(load_scenario("baseline"), ["hukou_opn=1", "2.1=7", "moving_cost=1e9"])
    assert len(found.value.faults) == 3
