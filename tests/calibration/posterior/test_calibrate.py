"""A whole calibration of a small model: what it learns, what it leaves, and that a kill changes no byte of it."""

import numpy as np
import pytest

from calibration.posterior import abc, report
from calibration.posterior import calibrate as whole
from calibration.posterior.choice import Choice
from calibration.posterior.design import PRODUCTION, TO_2017, Size
from calibration.posterior.match import Evidence
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


def test_runs_and_minutes_are_said_before_the_first_run_and_by_a_dry_run(small, tmp_path):
    new = whole.cost((TO_2017,), SMALL, tmp_path, kind=SmallEpisodes)
    assert "120 runs" in new[0] and "are done" not in new[0] and not list(tmp_path.iterdir())
    done = whole.cost((TO_2017,), SMALL, small[0], kind=SmallEpisodes)
    assert "; 120 runs are done" in done[0] and done[1].startswith("about 0 minutes") and "resume" in done[1]
    assert "60 points x 2 seeds" in small[2][0] and "120 runs" in small[2][0] and "minutes" in small[2][1]


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
                  "Known truths", "nobody moves", "mean square"):
        assert words in text
    again = report.page([], text)
    assert report.section(small[1]).strip() in again  # a set that is not calibrated now is kept


def test_a_history_of_another_model_is_flagged(small):
    assert len(small[1].wrong) == 3 and all(one.flagged > 0.95 for one in small[1].wrong)
    assert [one.part for one in small[1].wrong if one.found] == ["people"]  # it touches no moves and no output
    assert small[1].likely.whole > 0.05  # what happened is one that this model makes


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
    """Chance makes .0008 of the variance of these statistics (.002 against a spread of .05 by the parameters, two
    seeds): no emulator predicts .9999 of it."""
    assert (small[1].q2 < 0.9999).all()
    with pytest.raises(UserError, match="the emulator predicts"):
        calibrated(small[0], q2=0.9999)


TOLD_WELL = {name: {"measurement": 1e-4, "luck": 1e-4, "discrepancy": 0.008} for name in LOOKED_AT}
"""Errors so small that history rules most of the ranges out."""


def test_a_second_wave_runs_where_nothing_was_ruled_out_and_narrows_what_is_left(tmp_path, monkeypatch):
    """The first wave leaves a part of the ranges; the second lies in it, tells its statistics better, and what is
    learned is no wider."""
    monkeypatch.setattr(whole, "RESTARTS", (0,))  # faster
    lines: list[str] = []
    first, both = (whole.calibrate((TO_2017,), Size(48, second, 2, 1000), tmp_path,
                                   Choice(UNUSED, errors=TOLD_WELL), workers=2, say=lines.append,
                                   kind=SmallEpisodes)[0] for second in (0, 24))
    assert any("a second wave of 24 points where it was not ruled out" in line for line in lines)
    assert first.pooled().share < 0.5 and both.second[0] == 24 and both.points == first.points + 24
    again = both.emulator.y[-24:]  # what the second wave made
    far = np.abs(again - both.evidence.observed) / both.evidence.error
    before = np.abs(first.emulator.y - first.evidence.observed) / first.evidence.error
    assert (np.sort(far, axis=1)[:, -2] <= 4.0).mean() > 0.9 > 0.6 > (np.sort(before, axis=1)[:, -2] <= 4.0).mean()
    inside = abc.bank(first.emulator, len(first.learned), first.evidence.error, 5, 2000)
    near = inside.places[np.sort(np.abs(inside.mean - first.evidence.observed) / inside.spread, axis=1)[:, -2] <= 3.0]
    unsure = [one.emulator.predict(near)[1].mean() for one in (first, both)]
    assert unsure[1] < unsure[0]
    moved = [one.name for one in first.learned if one.name in {name for name, _ in MOVED.values()}]
    sd = [report.parameters(one).set_index("parameter")["sd"][moved] for one in (first, both)]
    assert (sd[1] <= 1.1 * sd[0]).all() and (sd[1] < sd[0]).any()
    assert "24 of them in a second wave where it was not ruled out" in report.section(both)


def test_a_second_wave_that_is_asked_for_lies_at_the_posterior_where_next_to_nothing_is_ruled_out(small):
    """Errors so large that the ranges stand: no second wave unless it is asked for; what is learned lies closer
    together there than in the prior."""
    found, size = small[1], SMALL._replace(second=40)
    evidence = Evidence(found.evidence.observed, np.full_like(found.evidence.error, 0.03))
    at = [[one.name for one in priors()].index(one.name) for one in found.learned]
    asked = (found.emulator, evidence, at, priors())
    share, none = whole._second_wave(*asked, size, Choice(UNUSED))
    assert share > 0.9 and none is None
    _, (places, rows) = whole._second_wave(*asked, size._replace(asked=True), Choice(UNUSED))
    assert len(rows) == 40 and rows[0]["draw"] == 61 and "likely" in whole.where(share)
    known = {name for name, _ in MOVED.values()}
    moved = [row for row, one in zip(at, found.learned, strict=True) if one.name in known]
    assert places[:, moved].std(axis=0).mean() < 0.8 * 12**-0.5  # of a uniform distribution


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
