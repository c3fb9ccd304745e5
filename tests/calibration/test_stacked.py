"""Cases from two origins laid side by side, by hand."""

import dataclasses

import numpy as np
import pytest

from calibration import naive
from calibration.cases import Case
from calibration.comparison import compare
from calibration.stacked import stacked
from calibration.targets import by_name


def case(origin, years, units, value, members=2, rival=3, name="gdp"):
    """Runs value + 0, 1, ...; naive members 10, 11, ...; observed are years, and units in hundredths."""
    shape = (len(years), len(units))
    truth = np.array(years, dtype=float)[:, None] + np.array(units) / 100
    drawn = None if rival is None else 10.0 + np.arange(rival)[:, None, None] + np.zeros((rival, *shape))
    forecast = naive.Forecast("share", np.zeros(shape), drawn, {"share": np.zeros(shape)}, {})
    return Case(dataclasses.replace(by_name(name), origin=origin), years, np.array(units),
                value + np.arange(members)[:, None, None] + np.zeros((members, *shape)), truth,
                np.zeros(shape, dtype=bool), forecast)


def test_origins_leads_and_units_find_their_places():
    """From 2011 units 2 and 5 two and three years on; from 2013 unit 5 one year on; nothing from 2012."""
    made = stacked([case(2013, (2014,), (5,), 7.0, members=4), case(2011, (2013, 2014), (2, 5), 3.0)])
    assert (made.origins, made.units) == ((2011, 2012, 2013), (2, 5))
    assert made.forecast.shape == (2, 3, 3, 2) and made.rival.shape == (3, 3, 3, 2)
    seen = np.full((3, 3, 2), np.nan)
    seen[0, 1:], seen[2, 0, 1] = [[2013.02, 2013.05], [2014.02, 2014.05]], 2014.05
    assert made.observed == pytest.approx(seen, nan_ok=True)
    assert made.forecast[:, 0, 1, 0] == pytest.approx([3, 4]) and made.forecast[:, 2, 0, 1] == pytest.approx([7, 8])
    assert made.rival[:, 2, 0, 1] == pytest.approx([10, 11, 12]) and np.isnan(made.rival[:, 1]).all()


def test_what_is_stacked_can_be_compared():
    made = stacked([case(2011, (2012, 2013), (2, 5), 2010.0), case(2012, (2013,), (2, 5), 2012.0)])
    rows = compare(made.forecast, made.rival, made.observed)
    assert [row.cases for row in rows] == [4, 2, 6]
    assert all(row.crps < row.rival_crps for row in rows)


def test_cases_that_do_not_belong_together_are_refused():
    with pytest.raises(ValueError, match="one target"):
        stacked([case(2011, (2012,), (2,), 1.0), case(2011, (2012,), (2,), 1.0, name="debt")])
    with pytest.raises(ValueError, match="without a naive distribution"):
        stacked([case(2011, (2012,), (2,), 1.0, rival=None)])
