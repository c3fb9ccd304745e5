"""Possible histories: errors of measurement of the sizes said, none across a break, and sums that hold."""

import numpy as np
import pytest

from sim import closure, simulate
from sim.closure import measuring, targets
from sim.closure.measuring import DERIVED, Errors
from sim.core.declare import UserError
from sim.model import HainanModel
from sim.region.history import history
from sim.region.pack import load_pack
from sim.study.draws import checked_draws

ERRORS = Errors(1, (0.03, 0.01), 0.005, 0.02, 0.005, 2.0)
PRINTED = 1


def told(series, years=12, number=1, flag=PRINTED, errors=ERRORS):
    flags = np.full((years, load_pack().n), flag, dtype=np.uint8)
    return np.log(measuring.factors(load_pack(), series, flags, errors._replace(number=number)))


def test_number_nought_is_history_as_printed():
    assert not told("own_revenue", number=0).any()
    plain, same = (targets.targets(load_pack(), 2013, errors=one) for one in (None, ERRORS._replace(number=0)))
    assert all(np.array_equal(one, other, equal_nan=True) for one, other in zip(plain[:-1], same[:-1], strict=True))


def test_errors_have_the_size_of_their_series():
    many = np.array([told("inc_u", number=number) for number in range(1, 41)])
    assert many.std() == pytest.approx(0.02, rel=0.1) and abs(many.mean()) < 0.003
    output = np.array([told("gdp", number=number) for number in range(1, 41)])
    assert output[:, :9].std() == pytest.approx(0.03, rel=0.1) and output[:, 9:].std() == pytest.approx(0.01, rel=0.1)


def test_half_of_an_error_stays_within_a_definition_and_none_of_it_beyond():
    # urban incomes are of one survey to 2013, of another from 2014 on
    many = np.array([told("inc_u", number=number) for number in range(1, 81)])
    within, across = (np.corrcoef(many[:, 4].ravel(), many[:, row].ravel())[0, 1] for row in (5, 3))
    assert within == pytest.approx(0.5, abs=0.1) and abs(across) < 0.1


def test_what_is_derived_errs_more_and_another_number_errs_otherwise():
    assert np.allclose(told("own_revenue", flag=DERIVED), 2 * told("own_revenue"))
    assert not np.allclose(told("own_revenue"), told("own_revenue", number=2))
    assert not told("debt").any()


def test_a_possible_history_keeps_the_sums_of_the_province():
    pack = load_pack()
    plain, other = (targets.targets(pack, 2021, errors=one) for one in (None, ERRORS))
    assert not np.allclose(plain.totals[-1, pack.active], other.totals[-1, pack.active], rtol=1e-3)
    assert np.nansum(other.totals[-1]) == pytest.approx(np.nansum(plain.totals[-1]))
    whole = np.isfinite(other.cells).all(axis=-1)
    assert np.allclose(other.cells[whole].sum(axis=-1), other.totals[whole])
    assert np.array_equal(plain.province, other.province)
    assert np.nansum(other.people[10]) == pytest.approx(np.nansum(plain.people[10]))
    assert not np.allclose(plain.people[10, pack.active], other.people[10, pack.active], rtol=1e-4)
    assert np.array_equal(np.isfinite(plain.spending), np.isfinite(other.spending))
    assert history(pack)["gdp"].notnull().any()  # the pack itself is left alone


def test_a_draw_follows_its_own_history_and_a_free_run_has_none():
    plain, other = (closure.followed(2011, draw=draw) for draw in (0, {"observation": 7}))
    assert other.misfit.output < 1e-4 and not np.allclose(plain.history.output, other.history.output, atol=1e-3)
    assert closure.followed(2011, draw={"observation": 7}) is other
    free = [simulate.run_arrays(simulate.load_plan("baseline"), draw=draw, weight=1000, until=2011)
            for draw in (0, {"observation": 7})]
    assert np.array_equal(free[0]["gdp"], free[1]["gdp"])


def test_observation_is_a_column_of_tables_of_draws():
    (row,) = checked_draws([{"draw": 1, "observation": 3}], simulate.draw_limits)
    assert simulate.draw_of(row) == {"imputation": 0, "observation": 3}
    assert simulate.draw_of({"draw": 2, "imputation": 2, "observation": 0}) == 2
    with pytest.raises(UserError, match="observation"):
        checked_draws([{"draw": 1, "observation": 0.5}], simulate.draw_limits)
    with pytest.raises(UserError, match="observation"):
        HainanModel("baseline", draw={"observation": -1}, weight=1000)
