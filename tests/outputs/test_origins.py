"""Skill from rolling origins, as the report of a study that follows history tells it."""

import pandas as pd
import pytest

from calibration.hindcast import how_far
from outputs import answers, origins
from sim.core.declare import UserError
from tests.outputs import synthetic


def series(ratio, gain=0.1, skill=False, in_sample=False, information="conditional", leads=(1, 4)):
    return {"first_lead": leads[0], "last_lead": leads[1], "in_sample": in_sample, "information": information,
            "ratio": ratio, "smallest_gain": gain, "skill": skill}


TABLE = pd.DataFrame([
    series(0.7, skill=True), series(0.85), series(0.95), series(1.05), series(1.4),
    series(0.2, skill=True, in_sample=True), series(0.2, information="unconditional"), series(0.2, leads=(1, 1)),
    series(0.2, gain=float("nan")),
])


def test_series_are_counted_that_no_parameter_was_set_by_and_that_chance_does_not_explain():
    assert origins.standing(TABLE) == (5, 2, 1, 1)


@pytest.mark.parametrize(("lang", "words"), [
    ("en", "Mostly no better than naive: in forecasts from earlier years"), ("zh", "在5项序列中，2项优于、1项劣于")])
def test_a_study_that_follows_history_tells_the_skill_from_earlier_years(lang, words):
    assert words in answers.trust(None, lang, TABLE)


def test_nothing_is_told_where_nothing_was_scored():
    assert answers.trust(None, "en", pd.DataFrame()) == answers.trust(None, "en")


def test_what_was_written_is_read(tmp_path):
    assert origins.read(tmp_path / "none.csv").empty
    TABLE.to_csv(tmp_path / "origins.csv", index=False)
    assert origins.standing(origins.read(tmp_path / "origins.csv")) == (5, 2, 1, 1)


@pytest.mark.parametrize(("lang", "words"), [
    ("en", "half or more of the assumed effect of 8.1 and 2.3 (of 3"), ("zh", "在截至2021年已实施的3项条款中")])
def test_provisions_whose_assumed_effect_residuals_take_back_are_named(lang, words, tmp_path):
    table = pd.DataFrame({"section": ["8.1", "3.2", "2.3"], "named": [True, False, True]})
    kept = origins.read(origins.write_policy(table, tmp_path / "kept.csv"))
    assert words in origins.taken_back(kept, lang)
    none = origins.taken_back(table.assign(named=False), lang)
    assert "Of the 3 provisions under way by 2021, none" in none or "没有一项" in none
    assert origins.taken_back(pd.DataFrame(), lang) == ""


def test_what_follows_history_is_not_scored_against_it():
    results, past, _ = synthetic.small()
    with pytest.raises(UserError, match="follows history to 2021 and cannot be scored against it"):
        how_far(results.assign_attrs(history_until=2021), past)
