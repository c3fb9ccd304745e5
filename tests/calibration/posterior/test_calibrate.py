"""A whole calibration of a small model: what it learns, what it leaves, and that a kill changes no byte of it."""

import numpy as np
import pytest

from calibration.posterior import calibrate as whole
from calibration.posterior import report
from calibration.posterior.choice import Choice
from calibration.posterior.design import PRODUCTION, TO_2017, Size
from calibration.posterior.priors import Prior, priors
from calibration.posterior.statistics import CATALOGUE
from sim.core.declare import UserError
from sim.simulate import HAINAN
from sim.study.draws import read_draws
from tests.small_calibration import LOOKED_AT, MOVED, SmallEpisodes

SMALL = Size(60, 0, 2, 1000)
UNUSED = frozenset(one.name for one in CATALOGUE) - set(LOOKED_AT)


def calibrated(folder, said=None, **chosen):
    return whole.calibrate((TO_2017,), SMALL, folder, Choice(UNUSED, **chosen), workers=2,
                           say=([] if said is None else said).append, kind=SmallEpisodes)[0]


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    folder = tmp_path_factory.mktemp("small")
    said = []
    return folder, calibrated(folder, said=said), said


def test_runs_and_minutes_are_said_before_the_first_run(small):
    assert "60 points x 2 seeds" in small[2][0] and "120 runs" in small[2][0] and "minutes" in small[2][0]


def test_the_parameters_that_move_the_model_are_found(small):
    names = {one.name for one in small[1].learned}
    assert {parameter for parameter, _ in MOVED.values()} <= names
    assert 8 <= len(names) <= 12
    assert len(names) + len(small[1].others) == len(priors())


def test_what_history_tells_contracts_and_the_rest_does_not(small):
    table = report.parameters(small[1]).set_index("parameter")["contraction"]
    assert table["inflow_scale"] > 0.3
    idle = [name for name in table.index if name not in {parameter for parameter, _ in MOVED.values()}]
    assert table[idle].mean() < 0.15


def test_draws_are_complete_and_load_as_draws_of_a_study(small, tmp_path):
    path = report.write_draws(small[1], tmp_path / "draws.csv")
    rows = read_draws(path, HAINAN.draw_limits)
    assert len(rows) == 199 and [row["draw"] for row in rows] == list(range(1, 200))
    assert {one.name for one in priors()} <= set(rows[0])
    assert all(isinstance(HAINAN.draw_of(row), dict) for row in rows[:3])


def test_the_page_names_what_is_not_identified_and_what_was_seen(small):
    text = report.page([small[1]])
    for words in ("figures to 2017", "Not identified", small[1].others[0].name, "Contraction", "restart 2", "Q2",
                  "Known truths", "nobody moves"):
        assert words in text
    again = report.page([], text)
    assert report.section(small[1]).strip() in again  # a set that is not calibrated now is kept


def test_a_history_of_another_model_is_flagged(small):
    assert len(small[1].wrong) == 2 and all(one.found for one in small[1].wrong)


def test_a_design_that_was_killed_gives_the_same_bytes(small, tmp_path):
    """What a kill leaves: blocks without their marker."""
    folder, found, _ = small
    first = report.write_draws(found, tmp_path / "first.csv").read_bytes()
    markers = sorted((folder / "wave_1" / "done").glob("*.json"))
    markers[0].unlink()
    markers[-1].unlink()
    again = calibrated(folder)
    assert sorted((folder / "wave_1" / "done").glob("*.json")) == markers
    assert report.write_draws(again, tmp_path / "again.csv").read_bytes() == first
    assert report.section(again) == report.section(found)


def test_an_emulator_that_tells_too_little_is_refused(small):
    with pytest.raises(UserError, match="the emulator predicts"):
        calibrated(small[0], q2=0.99999)


def test_named_parameters_are_learned_without_screening(small):
    named = ("inflow_scale", "nontax_share", "saving_rate", "moving_cost", "freight_rate")
    found = calibrated(small[0], parameters=named)
    assert tuple(one.name for one in found.learned) == named and found.screening is None


def test_too_few_points_are_a_fault(tmp_path):
    with pytest.raises(UserError, match="too few"):
        whole.calibrate((PRODUCTION,), Size(5, 0, 1, 1000), tmp_path, kind=SmallEpisodes)


def test_places_and_values_of_a_prior_are_inverse():
    prior = Prior("p", 1.0, 2.0, 5.0)
    places = np.linspace(0.0, 1.0, 21)
    assert prior.places(prior.values(places)) == pytest.approx(places, abs=1e-4)
    drawn = prior.values((np.arange(20_000) + 0.5) / 20_000)
    assert drawn.mean() == pytest.approx(prior.mean, abs=1e-3) and drawn.std() == pytest.approx(prior.spread, abs=1e-3)
    assert Prior("whole", 50, 55, 60, True).values(np.array([0.0, 0.5, 1.0])).tolist() == [50, 55, 60]
