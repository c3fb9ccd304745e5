"""Two studies side by side: what made them differ, and which verdicts do."""

from pathlib import Path

import pytest

from outputs import two_studies
from sim.core.declare import Fault, UserError
from tests.outputs.test_verdict import planted, spread_around


def test_verdicts_that_differ_are_marked():
    said = two_studies.lines(planted(spread_around(-5, 2)), planted(spread_around(5, 2)))
    assert said[0] == "both studies were made in the same way"
    assert "15 of 15 verdicts differ" in said[1]
    assert said[2].startswith("* full, income at local living costs, Theil index: −5.0 %")
    assert said[2].endswith("+3.2 to +6.8 wider") and "narrower" in said[2]


def test_the_same_study_has_no_difference():
    said = two_studies.lines(planted(spread_around(-5, 2)), planted(spread_around(-5, 2)))
    assert "0 of 15 verdicts differ" in said[1]


def test_what_made_them_differ_is_named():
    first, second = planted(spread_around(-5, 2), draws=12), planted(spread_around(-5, 2), draws=19)
    second.results.attrs |= {"code_hash": "b" * 64, "weight": 200}
    found = two_studies.made_differently(first, second)
    assert found["draws"] == ("12", "19") and found["code_hash"] == ("", "b" * 12) and found["weight"] == ("", "200")


def test_studies_of_other_references_are_refused():
    with pytest.raises(UserError, match="one reference"):
        two_studies.table(planted(spread_around(-5, 2)), planted(spread_around(1, 1), scenarios=("baseline", "full")))


def test_studies_that_share_nothing_say_so():
    first = planted(lambda *_: 1.0, scenarios=("no_policy", "full"))
    second = planted(lambda *_: 1.0, scenarios=("no_policy", "other"))
    assert "share no scenario" in two_studies.lines(first, second)[-1]


def test_a_study_without_runs_is_named(monkeypatch):
    from hainan2035 import looks
    from sim.study import batch

    def view(results):
        raise UserError(Fault("results", "no finished run to look at"))

    monkeypatch.setattr(batch, "open_results", lambda folder: folder)
    monkeypatch.setattr("outputs.view.View", view)
    with pytest.raises(UserError, match="second: no finished run"):
        looks._view_of(Path("second"))
