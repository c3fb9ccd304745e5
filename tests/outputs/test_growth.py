"""Where growth comes from: rates of the made-up runs, which are known, and what cannot be told."""

import numpy as np
import pytest

from outputs import growth
from outputs.view import View
from tests.outputs import synthetic


@pytest.fixture(scope="module")
def view():
    results, past, shapes = synthetic.small()
    return View(results, past, polygons=shapes)


def test_premium_and_parts_add_up(view):
    """The nation grows by 4.5 %; what no part explains is the rest."""
    found = growth.decomposed(view, "full", 2015, 2020)
    output = view.runs("province_gdp", "full")
    value = np.log(output[:, view.at(2020)] / output[:, view.at(2015)]) / 5
    assert found.value.middle == pytest.approx(np.median(value))
    assert found.premium.middle == pytest.approx(found.volume.middle - 0.045, abs=1e-6)
    assert found.parts["labour"].middle == pytest.approx(0.01) and found.parts["shock"].middle == pytest.approx(-0.001)
    values = view.runs("province_gdp_volume", "full")
    rates = np.log(values[:, view.at(2020)] / values[:, view.at(2015)]) / 5
    known = sum(rate for part, rate in synthetic.GROWTH.items() if part != "nation")
    assert found.parts["rest"].middle == pytest.approx(np.median(rates) - known, abs=1e-6)
    assert found.volume.low == pytest.approx(rates.min()) and found.volume.high == pytest.approx(rates.max())


def test_the_table_has_a_row_for_every_part_of_every_period(view):
    table = growth.table(view, ((2011, 2015), (2015, 2022)))
    assert len(table) == 2 * len(view.scenarios) * (len(growth.PARTS) + 5)
    labour = table[table.part == "labour"]
    assert labour["middle"].to_numpy() == pytest.approx(1.0)


def test_no_growth_is_told_of_years_that_are_not_there(view):
    assert growth.decomposed(view, "full", 2015, 2040) is None
    assert growth.decomposed(view, "full", 2020, 2020) is None
