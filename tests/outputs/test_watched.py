"""What the province watches, as readers see it: milestones with reasons, lights, the split of output and people."""

import json

import numpy as np
import pytest

from outputs import accounts, chapters, watched
from outputs.bulletin import bulletin, lines
from sim.core.declare import UserError
from sim.indicators.inequality import growth_split
from tests.outputs import synthetic


@pytest.fixture(scope="module")
def alone():
    results, _, _ = synthetic.small(scenarios=("full",), seeds=1)
    return results.isel(scenario=0, draw=0, seed=0, drop=True)


def test_a_milestone_is_a_share_of_runs_or_has_a_reason(view):
    table = watched.milestone_table(view)
    assert set(table.scenario) == {"no_policy", "full"}
    known = table.probability.notna()
    assert table.probability[known].between(0, 1).all() and (table.reason[known] == "").all()
    assert (table.reason[~known] != "").all()
    services = table[(table.milestone == "M20c") & (table.scenario == "full")].iloc[0]
    assert services.probability == 1.0 and services.runs == 2 and services.found  # the synthetic policy closes the gap
    late = table[table.milestone == "M35d"].iloc[0]
    assert late.reason == "no 2035 in the years 2010-2022"


def test_lights_are_shares_of_runs_by_county(view):
    table = watched.light_table(view)
    assert {"leverage", "income", "services", "population"} <= set(table.light)
    assert (table.red <= table.orange_or_red).all() and table["median"].isin([0, 1, 2, 3]).all()
    assert 460300 not in set(table.county)


def test_the_skill_of_lights_is_counted_within_runs(view):
    table = watched.skill_table(view)
    assert (table.warned <= table.events).all() and (table.false <= table.alarms).all()
    none = table[table.events == 0]
    assert none.hit_rate.isna().all()


def test_output_and_people_add_to_relative_output_per_head(view):
    parts = accounts.split(view, "full")
    assert parts["relative"] == pytest.approx(parts["output"] - parts["people"])
    gdp, people = (view.runs(name, "full")[0][:, view.members] for name in ("gdp", "population_mid"))
    first, last = view.at(2019), view.at(2022)
    expected = growth_split(gdp[first], people[first], gdp[last], people[last])[0]
    assert parts["relative"][0] == pytest.approx(100 * expected)
    table = accounts.split_table(view)
    assert set(table["from"]) == {2019} and len(table) == 2 * view.members.sum()


def test_people_come_by_birth_and_by_moves(view):
    parts = accounts.balance(view, "full")
    assert np.all(parts["natural"] > 0) and np.all(parts["internal"] < 0)  # births above deaths, more leave than come
    assert parts["natural"] == pytest.approx(np.full(view.members.sum(), 1.5), rel=0.1)  # half a per cent, three years


def test_the_report_tells_of_milestones_and_lights(view):
    text = chapters.watched_section(view, "en")
    assert "milestones that can be computed" in text
    table = watched.light_table(view)
    shown = table[(table.scenario == "full") & (table.year == 2022)]
    assert f"{(shown['median'] == 3).sum()} are red, {(shown['median'] == 2).sum()} orange" in text
    section = chapters.milestones_section(view, "en")
    assert "M20c" in section and "no 2035 in the years 2010-2022" in section
    assert "目标" in chapters.milestones_section(view, "zh")


def test_the_bulletin_of_a_run_says_what_is_known_and_what_is_not(alone):
    found = bulletin(alone, 2020)
    assert found["year"] == 2020 and found["years"] == [2010, 2015, 2020]
    assert found["indices"]["theil_inc_pc"][2020] == pytest.approx(
        float(alone["theil_inc_pc"].sel(year=2020)), rel=1e-3)
    assert {m["id"] for m in found["milestones"]} == {"M20a", "M20b", "M20c", "M20d"}  # only those that are due
    reasons = {m["id"]: m["reason"] for m in found["milestones"] if m["met"] is None}
    assert "M20a" in reasons and "compensation_covered" in reasons["M20a"]
    assert "light_water" in found["left_out"]
    light = found["lights"]["services"]
    assert light["known"] == light["green"] + light["yellow"] + len(light["warnings"])
    json.dumps(found)


def test_the_bulletin_reads_as_lines_in_both_languages(alone):
    for lang, word in (("en", "Theil index: GDP per head"), ("zh", "人均地区生产总值泰尔指数")):
        text = "\n".join(lines(bulletin(alone), lang))
        assert word in text and "M20c" in text


def test_a_year_that_was_not_run_is_a_users_fault(alone):
    with pytest.raises(UserError, match="2010-2022"):
        bulletin(alone, 2031)
