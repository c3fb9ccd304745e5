"""The draws that ship: complete, of equal weight, within their ranges, and taken by a study as they are."""

import numpy as np
import pytest

from calibration.posterior.priors import priors
from calibration.posterior.report import LOOKS, PAGE, SHIPPED
from sim.simulate import HAINAN
from sim.study.draws import NUMBERED, read_draws
from sim.study.studies import load_study

SETS = ("to2017", "production")


@pytest.fixture(scope="module", params=SETS)
def shipped(request):
    return request.param, read_draws(SHIPPED / f"{request.param}.csv", HAINAN.draw_limits)


def test_every_parameter_with_a_prior_is_drawn_and_nothing_else(shipped):
    _, rows = shipped
    assert len(rows) == 199
    assert set(rows[0]) - set(NUMBERED) == {one.name for one in priors()}
    assert [row["draw"] for row in rows] == list(range(1, 200))
    assert {row["imputation"] for row in rows} == {row["observation"] for row in rows} == set(range(1, 200))


def test_draws_vary_over_the_middle_of_every_prior(shipped):
    """What is not learned keeps its prior: its mean is that of the prior within what 199 draws allow."""
    name, rows = shipped
    learned = page_of(name).split("### Not identified")[0]
    for prior in priors():
        values = np.array([row[prior.name] for row in rows], dtype=float)
        assert values.std() > 0, prior.name
        if f"| {prior.name} |" not in learned:
            allowed = 0.15 * prior.spread + (0.1 if prior.whole else 0.0)
            assert values.mean() == pytest.approx(prior.mean, abs=allowed), prior.name


def test_a_study_takes_them(shipped, tmp_path):
    name, rows = shipped
    (tmp_path / "draws.csv").write_bytes((SHIPPED / f"{name}.csv").read_bytes())
    (tmp_path / "forecast.toml").write_text('scenarios = ["baseline"]\ndraws = "draws.csv"\n', encoding="utf-8")
    study = load_study(tmp_path / "forecast.toml")
    assert study.draws == 199 and study.draw_table[7] == rows[7]


def page_of(name):
    return PAGE.read_text(encoding="utf-8").split(f"<!-- {name} -->")[1].split("<!-- end -->")[0]


def test_the_page_and_the_record_of_looks_name_what_each_has_seen():
    assert "Figures looked at: to 2017" in page_of("to2017")
    assert "Figures looked at: to 2021" in page_of("production")
    looks = LOOKS.read_text(encoding="utf-8")
    assert "posterior to2017" in looks and "posterior production" in looks
