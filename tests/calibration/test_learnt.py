"""Draws of a posterior are scored by years they have not seen, on the same cells as usual draws."""

import numpy as np
import pandas as pd
import pytest

from calibration import learnt
from sim.core.declare import UserError


@pytest.fixture(scope="module")
def told():
    return learnt.table("to2017", members=2, weight=1000, origins=(2016,), names=("gdp", "province_residents"))


def test_both_are_scored_on_the_same_cells_after_what_was_seen(told):
    assert set(told["target"]) == {"gdp", "province_residents"}
    assert (told["n_usual"] == told["n_learnt"]).all()
    of_province = told.set_index("target").loc["province_residents"]
    assert of_province["n_usual"] == 3  # 2018, 2019 and 2020; 2017 was seen
    assert (told["model_error_usual"] != told["model_error_learnt"]).all()


def test_the_gain_is_a_geometric_mean_over_series_with_a_ratio():
    table = pd.DataFrame({"ratio_usual": [1.0, 1.0, np.nan], "ratio_learnt": [0.5, 2.0, 0.1]})
    closer, of, ratio = learnt.gain(table)
    assert (closer, of) == (1, 2) and ratio == pytest.approx(1.0)


def test_draws_that_have_seen_all_years_are_refused():
    with pytest.raises(UserError, match="seen all years"):
        learnt.draws("production", 3)
    assert len(learnt.draws("to2017", 3)) == 3
