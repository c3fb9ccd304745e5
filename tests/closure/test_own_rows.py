"""Rows of one's own add a year: history is followed to it and the run goes on from there, with nothing calibrated."""

import numpy as np
import pytest

from sim import closure, run
from sim.core.declare import UserError
from sim.region.history import history
from sim.region.pack import laid_over, load_pack
from sim.scenario.follow import choice_of_text
from sim.simulate import Hainan

QUICK = choice_of_text("population = false\n")  # without a count three walks are enough
GROWN = {460100: 1.1, 460200: 0.9}


@pytest.fixture(scope="module")
def rows(tmp_path_factory):
    """Output of two counties in 2022, invented: a tenth more than in 2021, and a tenth less, at prices of 2022."""
    folder, pack = tmp_path_factory.mktemp("rows"), load_pack()
    last = history()["gdp"].sel(year=2021)
    text = "adcode,county,year,variable,value,unit,source,confidence,note\n"
    for code, factor in GROWN.items():
        printed = float(last.sel(county=code)) * factor * pack.deflator[2022] / 100
        text += f"{code},{pack.names_en[pack.row(code)]},2022,gdp,{printed:.4f},1e8 yuan,invented,secondary,\n"
    (folder / "economy.csv").write_text(text, encoding="utf-8")
    return folder


def test_rows_of_a_year_let_history_be_followed_to_it(rows):
    assert closure.last_followed(load_pack()) == 2021
    with laid_over(rows):
        assert closure.last_followed(load_pack()) == 2022
    for year, data in ((2022, None), (2023, rows)):
        with pytest.raises(UserError, match=f"{year} is not a year, 2011 to {year - 1}"):
            Hainan(data).following(year)
    assert Hainan(rows).following(2022).history_until == 2022


def test_a_run_meets_the_rows_and_goes_on_from_there(rows):
    with laid_over(rows):
        found = closure.followed(2022, follow=QUICK, last=2023)
        results = run("baseline", weight=1000, until=2023, history_until=2022, follow=QUICK)
        wanted = history()["gdp"].sel(year=2022)
    assert found.misfit.output < 1e-4 and found.unmet == () and results.attrs["history_until"] == 2022
    assert "overlay_hash" in results.attrs and "counties to 2022" in results.attrs["data_vintage"]
    made = results["gdp"].sel(year=2022)
    for code in GROWN:
        assert float(made.sel(county=code) / wanted.sel(county=code)) == pytest.approx(1.0, abs=0.2)  # luck of one run
    steps = np.diff(found.history.output[-2:], axis=0)[0]
    assert steps[0].mean() > 0.0 > steps[1].mean()
    assert (results["gdp"].sel(year=2023) > 0).sum() == 18
