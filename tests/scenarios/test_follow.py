"""What of history is followed: read from a file with all its faults, told in words, and the same when read back."""

import numpy as np
import pytest

from sim.core.declare import UserError
from sim.scenario.follow import EVERYTHING, EXAMPLE, SERIES, Choice, Series, choice_of_text, load_choice
from sim.simulate import chosen
from sim.study.batch import run_study
from sim.study.request import resolve
from sim.study.studies import load_study

YEARS, CODES = range(2010, 2022), [460100, 460200, 460400]


@pytest.fixture
def written(tmp_path):
    def write(text):
        (tmp_path / "mine.toml").write_text(text, encoding="utf-8")
        return tmp_path / "mine.toml"
    return write


def test_the_example_is_read_and_told_in_words():
    choice = load_choice(EXAMPLE)
    assert [name for name, _ in choice.differing] == ["gdp_branch", "own_revenue", "budget_spending", "debt"]
    assert choice.lines()[0] == "gdp_branch (output of counties by branch): met, not in Danzhou, not in 2020"
    assert choice.lines()[1].endswith("met to 2019") and choice.lines()[3].endswith("not met")
    assert "an error of 5 %" in choice.lines()[2]
    assert all(f"{name}" in EXAMPLE.read_text(encoding="utf-8") for name in SERIES)
    assert choice_of_text(choice.text) == choice and choice.attributes() == {"follow": choice.text,
                                                                             "follow_hash": choice.hash}


def test_what_says_nothing_else_is_everything(written):
    assert load_choice(None) is EVERYTHING and not EVERYTHING and EVERYTHING.attributes() == {}
    assert load_choice(written('title = "all"\ndebt = true\ngdp = { met = true, except = [] }\n')) == EVERYTHING


def test_counties_are_named_in_any_way(written):
    choice = load_choice(written('gdp = { except = ["Sanya", "儋州市", 460100] }'))
    assert choice.of("gdp").counties == (460100, 460200, 460400)


def test_what_is_met_by_year_and_county():
    choice = Choice((("gdp", Series(until=2015, counties=(460200,), years=(2012,))), ("debt", Series(met=False))))
    met = choice.mask("gdp", YEARS, CODES)
    assert met.shape == (12, 3) and not met[:, 1].any()
    assert [YEARS[row] for row in np.flatnonzero(met[:, 0])] == [2010, 2011, 2013, 2014, 2015]
    assert not choice.mask("debt", YEARS, CODES).any() and choice.mask("inc_u", YEARS, CODES).all()


def test_the_last_year_seen_is_that_of_the_series_that_goes_farthest():
    early = Choice(tuple((name, Series(until=2016)) for name in SERIES))
    assert early.last_seen(2021) == 2016 and early.last_seen(2014) == 2014 and EVERYTHING.last_seen(2021) == 2021


def test_all_faults_are_told_at_once_with_their_lines(written):
    file = written("\n".join([
        "gdp_brnch = false", "gdp = { until = 2009, error = -0.1 }", "own_revenue = 3", "debt = { error = 0.1 }",
        'inc_u = { met = false, until = 2015 }', 'inc_r = { except = ["Beijing"], except_years = [1999], eror = 1 }',
        'province_inc_u = { except = ["Haikou"] }', "budget_spending = { error = true }"]))
    with pytest.raises(UserError) as error:
        load_choice(file)
    told = [str(fault) for fault in error.value.faults]
    for line, said in ((1, "gdp_brnch: no such series; did you mean gdp_branch?"),
                       (2, "gdp.until: 2009 is not a year that can be followed; 2011 to 2024"),
                       (2, "gdp.error: -0.1 is not a standard deviation, 0 to 1"),
                       (3, "own_revenue: 3 is neither true, false nor a table"),
                       (4, "debt.error: is met exactly or not at all"), (5, "inc_u.until: says how a series is met"),
                       (6, 'inc_r.except.0: "Beijing" is not a county'),
                           (6, "inc_r.except_years.0: 1999 is not a year"),
                       (6, "inc_r.eror: no such key; did you mean error?"),
                       (7, "province_inc_u.except: is a series of the province"),
                       (8, "budget_spending.error: true is not a standard deviation")):
        assert any(f"mine.toml:{line}: {said}" in one for one in told), (line, said, told)
    assert len(told) == 11


@pytest.mark.parametrize(("text", "said"), [
    ("\n".join(f"{name} = false" for name in SERIES), "no series is met"), ("gdp = [", "mine.toml:1")])
def test_what_cannot_be_followed_is_refused(written, text, said):
    with pytest.raises(UserError, match=said):
        load_choice(written(text))


def test_series_are_chosen_of_a_history_that_is_followed(written, tmp_path):
    file = written("debt = false")
    assert chosen(file, 2015) == choice_of_text("debt = false")
    study = tmp_path / "study.toml"
    study.write_text('scenarios = ["no_policy"]\nfollow = "mine.toml"\n')
    for ask in (lambda: chosen(file, None), lambda: load_study(study), lambda: resolve("baseline", follow=file)):
        with pytest.raises(UserError, match="chooses what of history is followed, and none is"):
            ask()
    study.write_text('scenarios = ["no_policy"]\nhistory_until = 2015\nfollow = "mine.toml"\n')
    assert load_study(study).follow == resolve(study).follow == chosen(file, 2015)
    study.write_text('scenarios = ["no_policy"]\nhistory_until = 2015\nfollow = "../mine.toml"\n')
    with pytest.raises(UserError, match="beside the study"):
        load_study(study)


def test_a_dry_run_says_what_is_solved_first(written, tmp_path):
    told = run_study("baseline", seeds=3, draws=2, weight=400, until=2012, workers=2, history_until=2011, dry_run=True,
                     follow=written("debt = false"), out=tmp_path / "out").lines
    assert "history followed to 2011 as chosen" in told[0]
    # two draws of three runs each in one block: once a draw, by four runs of three walks and four that go on
    assert "for each draw and process: 2 x 16 reference runs; about" in told[2] and "2 free processors" in told[2]
