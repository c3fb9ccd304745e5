"""Tables of draws of the library, called by name; and the draw that stands for all."""

import pytest

from sim.core import cache
from sim.core.declare import Limits, UserError
from sim.study import draws
from sim.study.request import resolve
from sim.study.studies import load_study
from tests.small_model import SmallModel


@pytest.fixture(autouse=True)
def library(tmp_path, monkeypatch):
    monkeypatch.setattr(draws, "SHIPPED", tmp_path / "library")
    (tmp_path / "library").mkdir()
    (tmp_path / "library" / "learnt.csv").write_text("draw,imputation,beta\n1,4,0.5\n2,7,0.2\n3,1,0.6\n")


def test_a_table_is_called_by_name_and_its_first_rows_by_a_number():
    assert [row["imputation"] for row in draws.library_draws("learnt")] == [4, 7, 1]
    assert [row["draw"] for row in draws.library_draws("learnt:2")] == [1, 2]
    assert draws.library_draws("draws.csv") is None and draws.library_draws("19") is None


@pytest.mark.parametrize(("said", "word"), [
    ("lernt", "did you mean learnt?"), ("nothing:3", "known are learnt"), ("learnt:4", "the table has 3 draws"),
    ("learnt:0", "the table has 3 draws")])
def test_a_table_or_row_that_is_not_there_is_named(said, word):
    with pytest.raises(UserError) as error:
        draws.library_draws(said)
    assert word in str(error.value)


def test_the_draw_nearest_the_mean_is_measured_in_standard_deviations():
    rows = [{"draw": 1, "imputation": 9, "a": 0.0, "b": 100.0}, {"draw": 2, "imputation": 0, "a": 0.4, "b": 0.0},
            {"draw": 3, "imputation": 5, "a": 1.0, "b": 70.0}]
    # means .467 and 56.7, standard deviations .411 and 41.9: squared distances 2.36, 1.86 and 1.78
    assert draws.nearest_mean(rows)["draw"] == 3
    assert draws.nearest_mean(rows[:1]) == rows[0]


def test_the_usual_draw_is_found_once_and_again_in_another_table(tmp_path, monkeypatch):
    """Of .5, .2 and .6, whose mean is .433, the first is nearest; of .5, .2 and -.6, whose mean is .033, the second."""
    monkeypatch.setattr(cache, "cache_folder", lambda: tmp_path)
    table = tmp_path / "library" / "learnt.csv"

    def limits(header):
        return {"beta": Limits(-1.0, 1.0)}

    found = {"draw": 1, "imputation": 4, "beta": 0.5}
    assert draws.usual_draw("learnt", limits) == found
    with monkeypatch.context() as patched:
        patched.setattr(draws, "nearest_mean", lambda rows: pytest.fail("its place is kept"))
        assert draws.usual_draw("learnt", limits) == found
    table.write_text(table.read_text().replace("0.6", "-0.6"))
    assert draws.usual_draw("learnt", limits) == {"draw": 2, "imputation": 7, "beta": 0.2}
    table.write_text(table.read_text().replace("0.5", "1.5"))
    with pytest.raises(UserError, match=r"learnt\.csv:2"):
        draws.usual_draw("learnt", limits)


def test_a_study_and_a_request_take_a_table_by_name(tmp_path):
    asked = resolve([SmallModel().load_plan("a")], SmallModel(), draws="learnt:2")
    assert [(row["draw"], row["imputation"]) for row in asked.draws] == [(1, 4), (2, 7)]
    (tmp_path / "library" / "plain.csv").write_text("draw,imputation\n1,4\n2,7\n")
    study = tmp_path / "study.toml"
    study.write_text('scenarios = ["baseline"]\ndraws = "plain:1"\n')
    assert load_study(study).draw_table == ({"draw": 1, "imputation": 4},)
    study.write_text('scenarios = ["baseline"]\ndraws = "plain:9"\n')
    with pytest.raises(UserError, match="the table has 2 draws"):
        load_study(study)
