"""Output by use: what is not used here is sold elsewhere, and how much of that is plausible."""

import numpy as np
import pytest

from sim.mechanisms import gdp_by_use
from sim.mechanisms.gdp_by_use import implausible, unused_output
from tests.rules import do, world


def test_net_exports_are_what_is_not_used_here():
    assert unused_output(100.0, 40.0, 45.0, 20.0) == pytest.approx(-5.0)


def test_trade_is_implausible_from_the_bound_on_either_side():
    trade, output = np.array([59.0, 60.0, -60.0, 0.0]), np.array([100.0, 100.0, 100.0, 0.0])
    assert implausible(trade, output, 0.6).tolist() == [False, True, True, False]


def test_programmes_of_the_province_are_no_county_s_exports():
    # three counties of 100 that use 100, 140 and 30 and sell the rest; the province spends 20 more, of 300 in all
    model = world(parameters={"saving_rate": 0.0, "trade_bound": 0.6})
    model.counties.gdp[:], model.counties.disposable_income[:, 0] = 100.0, [100.0, 140.0, 30.0]
    model.account.province_programmes[...] = 20.0
    do(gdp_by_use.use_output, gdp_by_use.balance_trade, on=model)
    assert model.counties.net_exports == pytest.approx([0.0, -40.0, 70.0])
    assert model.watch.province_net_exports == pytest.approx(10.0) and model.watch.unlikely_trade == 1


def test_output_by_use_adds_to_gdp_and_is_plausible(run):
    record = run("no_policy", seed=1, until=2024).record
    plain = {name: values.astype(float) for name, values in record.items()}
    uses = plain["consumption"] + plain["government"] + plain["capital_formation"] + plain["net_exports"]
    assert uses == pytest.approx(plain["gdp"], rel=1e-5, abs=1.0)
    whole = plain["province_net_exports"] / plain["gdp"].sum(axis=1)
    assert np.all(np.abs(whole) < 0.6)
    counted = (np.abs(plain["net_exports"]) >= 0.6 * plain["gdp"]) & (plain["gdp"] > 0)
    assert np.array_equal(plain["unlikely_trade"], counted.sum(axis=1) + (np.abs(whole) >= 0.6))
