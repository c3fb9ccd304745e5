"""Wrong models and cancelled policies, on numbers that can be counted."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from calibration import cancelled, rolling, wrong
from sim import levers
from sim.mechanisms.past import nothing_asked
from sim.model import HainanModel
from sim.region.pack import load_pack


def test_an_error_is_seen_where_it_worsens_by_more_than_twice_its_spread():
    right = pd.DataFrame({"output": [0.1, 0.2, 0.3], "pay": [0.1, 0.2, 0.3]})
    worse = pd.DataFrame({"output": [0.2, 0.31, 0.39], "pay": [0.2, 0.5, 0.2]})  # by .1, .11, .09 and .1, .3, -.1
    found = wrong.compared(right, worse, "no_moves").set_index("measure")
    assert found["worse"].tolist() == pytest.approx([0.1, 0.1])
    assert found["spread"].tolist() == pytest.approx([0.01, 0.2])
    assert found["seen"].tolist() == [True, False]


def test_sizes_of_residuals_leave_the_pandemic_out():
    told = nothing_asked(load_pack().n, 2021)
    told.output[5:] = 0.9  # one change of nine, in 2015
    told.revenue[10:] = 5.0  # in 2020
    told.people[load_pack().active] = -0.3
    found = wrong.residual_sizes(told)
    assert found["output"] == pytest.approx(0.1) and found["revenue"] == 0.0 and found["people"] == pytest.approx(0.3)


def test_a_wrong_model_differs_in_what_it_says_and_keeps_the_draw():
    draw = {"imputation": 2, "observation": 3, "parameters": {"agglomeration_elasticity": 0.06, "saving_rate": 0.3}}
    plan, rest = wrong.as_asked(wrong.WRONG["agglomeration"], draw)
    assert plan.parameters["agglomeration_elasticity"] == pytest.approx(0.18) and plan.parameters["saving_rate"] == 0.3
    assert rest == {"imputation": 2, "observation": 3}
    assert wrong.as_asked(wrong.RIGHT, draw)[0].parameters["agglomeration_elasticity"] == 0.06


def test_draws_of_an_origin_start_with_the_central_one_and_stay_near_it():
    first, *others = rolling.draws(3)
    assert first == {"imputation": 0} and [one["observation"] for one in others] == [1, 2]
    lever, model = others[0]["parameters"], HainanModel("baseline", draw=others[0], weight=1000, until=2011)
    assert 0.045 < lever["agglomeration_elasticity"] < 0.0645 and lever["agglomeration_elasticity"] != 0.05
    assert model.parameters.agglomeration_elasticity == lever["agglomeration_elasticity"]


# --- policy and residuals


def test_a_stretched_lever_stays_in_its_range():
    lever = SimpleNamespace(none=1.0, range=(0.5, 1.6))
    found = [cancelled.stretched(1.4, lever, times) for times in (0.0, 0.5, 1.0, 2.0)]
    assert found == pytest.approx([1, 1.2, 1.4, 1.6])


def test_only_levers_of_the_provision_are_stretched():
    model = HainanModel("baseline", weight=1000, until=2021)
    before = model.plan.at(2021)
    cancelled.Stretched("3.2", 0.0)(model)
    after = model.plan.at(2021)
    inside = levers.SECTIONS["3.2"].levers
    assert all(getattr(after, name) == levers.REGISTRY[name].none for name in inside)
    assert any(getattr(before, name) != levers.REGISTRY[name].none for name in inside)
    assert all(getattr(after, name) == getattr(before, name) for name in levers.REGISTRY if name not in inside)


def test_what_residuals_take_back_is_counted_with_its_error():
    # they ask -.03 and -.01 where effects are .04 and .02: (.0012 + .0002) / (.0016 + .0004) of equal counties
    part, error = cancelled.taken_back(np.array([-0.03, -0.01]), np.array([0.04, 0.02]), np.array([0.5, 0.5]))
    left = np.array([-0.03 + 0.7 * 0.04, -0.01 + 0.7 * 0.02])
    assert part == pytest.approx(0.7)
    assert error == pytest.approx(np.sqrt(((np.array([0.04, 0.02]) * left) ** 2).sum()) / 0.002)
    assert np.isnan(cancelled.taken_back(np.ones(2), np.zeros(2), np.ones(2) / 2)).all()


def test_an_effect_next_to_nothing_is_not_named():
    share = np.array([0.5, 0.5])
    large, small = (cancelled._row(size * np.ones(2), [np.zeros(2), np.zeros(2)], -size * np.ones(2), share)
                    for size in (0.01, 1e-4))
    assert large["named"] and large["taken_back"] == pytest.approx(1.0) and not small["named"]
