"""Early-warning lights (D.6): colours, the worst, counts, and how good they are at warning."""

import numpy as np
import pytest

from sim.indicators import lights as ind
from sim.indicators.registry import compute


def test_leverage_turns_at_its_borders():
    light = ind.BY_NAME["leverage"]
    found = ind.colour([1.19, 1.2, 1.99, 2.0, 2.99, 3.0], light.borders, light.much_is_bad)
    assert found.tolist() == [0, 1, 1, 2, 2, 3]


def test_income_turns_below_its_borders():
    light = ind.BY_NAME["income"]
    found = ind.colour([0.86, 0.85, 0.84, 0.75, 0.74, 0.65, 0.64], light.borders, light.much_is_bad)
    assert found.tolist() == [0, 0, 1, 1, 2, 2, 3]


def test_what_is_not_known_has_no_colour():
    assert np.isnan(ind.colour([np.nan, 0.5], (0.85, 0.75, 0.65), False)).tolist() == [True, False]


def test_borders_of_every_light_run_from_good_to_bad():
    for light in ind.LIGHTS:
        steps = np.diff(light.borders)
        assert np.all(steps > 0) if light.much_is_bad else np.all(steps < 0), light.name


def test_the_worst_light_passes_over_what_is_not_known():
    first, second = np.array([0.0, np.nan, np.nan]), np.array([2.0, 1.0, np.nan])
    assert ind.worst(first, second)[:2].tolist() == [2, 1] and np.isnan(ind.worst(first, second)[2])


def test_lights_of_a_colour_are_counted_over_counties_and_kinds():
    first, second = np.array([3.0, 3.0, 0.0]), np.array([3.0, np.nan, 2.0])
    assert ind.number(ind.RED, first, second) == 3 and ind.number(ind.ORANGE, first, second) == 1
    assert np.isnan(ind.number(ind.RED, np.full(3, np.nan)))


def test_five_years_of_leaving_turn_the_light_of_population_red():
    population = np.array([[100.0, 100.0]] + [[99.0, 95.0]] * 4 + [[98.5, 89.0]])
    made = compute({"population": population}, years=range(2010, 2016), names=["light_population"])
    assert np.isnan(made["light_population"][:5]).all()
    assert made["light_population"][5].tolist() == [0, 3]


def test_a_unit_outside_the_comparison_has_no_light():
    made = compute({"population": np.ones((6, 2))}, years=range(2010, 2016), members=np.array([True, False]),
                   names=["light_population", "worst_light", "lights_red"])
    assert made["worst_light"][5, 0] == 0 and np.isnan(made["worst_light"][5, 1]) and made["lights_red"][5] == 0


# ---- skill ----------------------------------------------------------------------------------------------------


def column(text):
    """Truth values of one county, a letter a year."""
    return np.array([[letter != "." for letter in text]]).T


def test_a_warning_two_years_before_is_a_hit_with_a_lead_of_two():
    found = ind.skill(column("..w......."), column("....e....."), window=3)
    assert found[:4] == (1, 1, 1, 0)
    assert found.hit_rate == 1 and found.false_alarm_rate == 0 and found.lead == 2


def test_an_event_without_warning_is_missed():
    found = ind.skill(column(".........."), column("....e....."), window=3)
    assert found.hit_rate == 0 and np.isnan(found.false_alarm_rate) and np.isnan(found.lead)


def test_a_warning_that_nothing_follows_is_false():
    found = ind.skill(column("ww........"), column(".......e.."), window=3)
    assert found[:4] == (1, 0, 1, 1) and found.false_alarm_rate == 1


def test_alarms_that_can_not_be_judged_yet_are_not_counted():
    assert ind.skill(column("........w."), column(".........."), window=3).alarms == 0


def test_an_event_that_lasts_is_one_event():
    assert ind.skill(column("w........."), column(".eeee....."), window=3)[:2] == (1, 1)


def test_events_of_all_counties_and_runs_are_counted_together():
    warning = np.stack([column("w....."), column("......")])
    event = np.stack([column(".e...."), column(".e....")])
    found = ind.skill(warning, event, window=2)
    assert found.events == 2 and found.hit_rate == pytest.approx(0.5)
