"""Statistics against histories one can count: what they are, what they look at, and how well they are known."""

import dataclasses

import numpy as np
import pytest

from calibration.posterior.design import CARDS, PRODUCTION, TO_2017
from calibration.posterior.statistics import CATALOGUE, Past, values
from sim.region.history import history
from sim.words import BASE_YEAR

STARTS = (2011, 2013, 2015, 2016, 2018)
SIZES = {"county": 19, "branch": 3}
YEARS = 12


@pytest.fixture(scope="module")
def past():
    return Past(history(), 2021)


def made(**given):
    """Runs of one draw and two seeds in which nothing changes but what is given [year, origin, ...]."""
    found = {}
    for name, card in CARDS.items():
        shape = (1, 2, YEARS, len(STARTS), *(SIZES[dim] for dim in card.dims if dim in SIZES))
        found[name] = np.ones(shape)
        if name in given:
            found[name] *= given[name]
    return found


def one_of(name, runs, past, information=TO_2017, **changes):
    asked = next(one for one in CATALOGUE if one.name == name)
    return values(runs, past, information, [dataclasses.replace(asked, **changes)], STARTS)[0]


def test_a_run_that_grows_as_history_did_has_no_error(past):
    seen = past.series("province_population", None, (1, 2, 3, 4)).values[:, 0]
    grown = np.where(np.isfinite(seen), seen, 1.0).reshape(1, 1, -1, 1, 1)
    found = one_of("province_residents", made(population=grown), past)
    assert found.runs == pytest.approx(np.zeros((1, 2)), abs=1e-9)
    faster = grown * np.exp(0.01 * np.arange(YEARS)).reshape(1, 1, -1, 1, 1)
    assert one_of("province_residents", made(population=faster), past).runs == pytest.approx(np.full((1, 2), 0.01))


def test_figures_after_2017_do_not_enter_what_is_learned_to_2017(past):
    runs = made(population=np.exp(0.01 * np.arange(YEARS)).reshape(1, 1, -1, 1, 1))
    before = values(runs, past, TO_2017, None, STARTS)
    changed = Past(history(), 2021)
    changed.history = changed.history.copy(deep=True)
    for name in changed.history.data_vars:
        table = changed.history[name]
        if "year" in table.dims and table.dtype.kind == "f":
            changed.history[name] = table.where(table["year"] <= 2017, 7.7 * table)
    after = values(runs, changed, TO_2017, None, STARTS)
    assert len(before) > 30
    for one, other in zip(before, after, strict=True):
        assert np.array_equal(one.runs, other.runs) and one.cells == other.cells, one.statistic.name
    later = values(runs, past, PRODUCTION, None, STARTS)
    assert len(later) > len(before)


def test_no_run_after_2017_enters_what_is_learned_to_2017(past):
    runs = made()
    spoilt = {name: array.copy() for name, array in runs.items()}
    for array in spoilt.values():
        array[:, :, 2018 - BASE_YEAR:] = np.nan
        array[:, :, :, STARTS.index(2018)] = np.nan
    for one, other in zip(values(runs, past, TO_2017, None, STARTS), values(spoilt, past, TO_2017, None, STARTS),
                          strict=True):
        assert np.array_equal(one.runs, other.runs), one.statistic.name


def test_luck_and_measurement_of_two_forecasts_are_counted_by_hand(past):
    """Rural income of the province is printed on one definition from 2014: from 2015 one and two years on, from 2016
    one year on. Errors are weighted by their leads, 1, 2 and 1 of 6; the shock of 2016 enters two forecasts, that of
    2017 two."""
    found = one_of("province_income_rural", made(), past, luck=1.0, measurement=1.0)
    assert found.cells == 3
    # 2016: 1/6 + 2/6; 2017: 2/6 + 1/6
    assert found.luck == pytest.approx(np.hypot(3 / 6, 3 / 6))
    # values: 2015 -(1 + 2)/6; 2016 +1/6 - 1/6; 2017 +(2 + 1)/6
    assert found.measurement == pytest.approx(np.hypot(3 / 6, 3 / 6))


def test_a_break_is_never_crossed(past):
    """Revenue of the province has a break between 2014 and 2015."""
    found = one_of("province_revenue", made(), past)
    pairs = {(origin, year) for origin in (2011, 2013, 2015, 2016)
             for year in range(origin + 1, min(origin + 4, 2017) + 1) if (origin < 2015) == (year < 2015)}
    assert found.cells == len(pairs)


def test_the_size_of_residuals_is_that_of_printed_changes(past):
    steps = np.zeros((1, 1, YEARS, 1, 19))
    steps[:, :, 1::2] = 0.1  # up and down by .1
    found = one_of("size_revenue", made(revenue_residual=steps), past)
    assert found.runs == pytest.approx(np.log(np.full((1, 2), 0.1)))
    assert found.luck == pytest.approx(1.0 / np.sqrt(2 * found.cells))


def test_a_level_of_2020_is_held_against_the_census(past):
    seen = past.level("farm_share")[past.pack.active]
    found = one_of("farm_workers_2020", made(farm_share=0.5 * np.ones(19)), past, PRODUCTION)
    assert found.runs[0, 0] == pytest.approx(0.5 - np.nanmean(seen))
    assert found.cells == np.isfinite(seen).sum()


def test_replicate_error_is_that_of_the_mean_of_seeds(past):
    runs = made(farm_share=0.5 * np.ones(19))
    runs["farm_share"][:, 1] += 0.1
    assert one_of("farm_workers_2020", runs, past, PRODUCTION).replicate == pytest.approx(0.1 / np.sqrt(2) / np.sqrt(2))
