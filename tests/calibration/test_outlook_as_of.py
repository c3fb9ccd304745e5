"""The outlook of a year: made of what had happened by then, and kept in the library as it is made."""

import numpy as np
import pytest

from calibration import outlook_as_of
from sim import outlook
from sim.region.pack import load_pack
from sim.scenario import load_scenario


@pytest.fixture(scope="module")
def pack():
    return load_pack()


def test_growth_is_the_mean_of_five_years():
    assert outlook_as_of.mean_growth({2013: 0.1, 2014: 0.2, 2015: 0.3, 2016: 0.4, 2017: 0.5, 2018: 9.0}, 2017) == 0.3


def test_national_growth_is_known_to_the_origin_and_held_after_it():
    known, as_of = (outlook_as_of.national_growth([2016, 2017, 2020], origin) for origin in (None, 2017))
    assert known.tolist() == [0.068, 0.069, 0.022]
    assert as_of[:2].tolist() == known[:2].tolist()
    assert as_of[2] == pytest.approx(np.mean([0.078, 0.074, 0.070, 0.068, 0.069]))


def test_nothing_after_the_origin_is_read(pack, monkeypatch):
    made = outlook_as_of.as_of(pack, 2017)
    past = outlook_as_of.exogenous.observed(pack)
    later = {name: {y: v * (3.0 if y > 2017 else 1.0) for y, v in values.items()} for name, values in past.items()}
    gap = {y: v * (3.0 if y > 2017 else 1.0) for y, v in outlook_as_of.exogenous.budget_gap(pack).items()}
    monkeypatch.setattr(outlook_as_of.exogenous, "observed", lambda _: later)
    monkeypatch.setattr(outlook_as_of.exogenous, "budget_gap", lambda _: gap)
    assert outlook_as_of.as_of(pack, 2017) == made


def test_what_is_held_lies_within_the_bounds_of_its_series(pack):
    for name, value in outlook_as_of.as_of(pack).items():
        low, high = outlook.series(name).bounds
        assert all(low <= one <= high for one in (value.values() if isinstance(value, dict) else [value]))


def test_the_scenario_of_the_library_is_the_one_that_is_made(pack):
    scenario = load_scenario(outlook_as_of.SCENARIO)
    made = outlook_as_of.as_of(pack)
    assert set(scenario.outlook) == set(made)
    for name, value in made.items():
        for year in (2018, 2021):
            held = value[year] if isinstance(value, dict) else value
            assert scenario.outlook[name][year] == pytest.approx(held, abs=1e-4, rel=1e-5)
    assert min(min(years) for years in scenario.outlook.values()) == 2018


def test_a_pandemic_is_not_foreseen(pack):
    made = outlook_as_of.as_of(pack)
    assert made["visitor_shock"] == 1.0 and made["purchase_restriction"] == 1.0
