"""What a model is made with: plain keywords, all faults at once, a seed that is there."""

import fractions
import math

import numpy as np
import pytest

from sim import arguments
from sim.core.declare import UserError
from sim.model import HainanModel
from sim.outlook import SERIES
from sim.scenario import load_scenario
from sim.scenario.plan import place_of


def checked(**said):
    usual = {"plan": "baseline", "seed": 0, "rng": None, "draw": 0, "settings": {}, "weight": 1000, "until": 2012,
             "threads": 1}
    return arguments.checked(**(usual | said))


def faults(**said) -> list[str]:
    with pytest.raises(UserError) as error:
        checked(**said)
    return [str(fault) for fault in error.value.faults]


def test_a_lever_a_section_a_parameter_and_a_series_are_plain_keywords():
    name, series = next(iter(SERIES.items()))
    middle = sum(series.bounds) / 2
    plan = checked(settings={"hukou_open": 1.0, "section_2_1": 0.5, "hukou_conversion_rate": 0.1, "8.2": "full",
                             name: middle}).plan
    by_hand = load_scenario("baseline").with_settings(
        sections={"2.1": 0.5, "8.2": "full"}, levers={"hukou_open": 1.0}, parameters={"hukou_conversion_rate": 0.1},
        outlook={name: middle})
    assert plan.hash == by_hand.hash != load_scenario("baseline").hash


@pytest.mark.parametrize(("name", "place"), [
    ("section_2_1", ("sections", "2.1")), ("2.1", ("sections", "2.1")), ("section:2.1", ("sections", "2.1")),
    ("section_all", ("sections", "all")), ("section:all", ("sections", "all")), ("all", None), ("section_9_9", None),
    ("hukou_open", ("levers", "hukou_open")), ("saving_rate", ("parameters", "saving_rate")),
    ("visitors", ("outlook", "visitors")), ("shift_visitors", ("shifts", "visitors")),
    ("shift:visitors", ("shifts", "visitors")), ("shift_hukou_open", None), ("shift_", None)])
def test_whatever_can_be_swept_has_a_name_that_is_a_keyword(name, place):
    assert place_of(name) == place


@pytest.mark.parametrize("value", [np.float64(0.5), np.float32(0.5), fractions.Fraction(1, 2)])
def test_numbers_of_any_library_are_numbers(value):
    half = checked(settings={"hukou_open": 0.5}).plan
    assert checked(settings={"hukou_open": value}).plan.hash == half.hash
    assert checked(weight=np.int64(1000)).weight == 1000 and type(checked(weight=1000.0).weight) is int


def test_all_faults_are_named_at_once():
    found = faults(plan="baselin", weight=0, until="2012", threads=0, seed=-1, draw={"imputation": 0, "lever": {}},
                   settings={"hukou_opn": 1.0, "section_2_1": 3, "hukou_open": 7})
    for word in ("baselin", "weight", "until", "threads", "seed", "'lever'", "hukou_opn", "sections.2.1",
                 "levers.hukou_open"):
        assert sum(fault.startswith((word, f"draw[{word}")) for fault in found) == 1, word
    assert len(found) == 9


@pytest.mark.parametrize(("said", "mend"), [
    ({"settings": {"wieght": 100}}, "did you mean weight?"), ({"settings": {"hukou_opn": 1}}, "hukou_open"),
    ({"settings": {"section_2_11": 1}}, "section_2_1"), ({"draw": {"levrs": {}}}, "levers"),
    ({"weight": math.nan}, "100 is usual"), ({"seed": 1.5}, "whole number"),
    ({"seed": 1e19}, f"0 to {2**63 - 1}; 0 is usual"),
    ({"rng": "seven"}, "rng"), ({"plan": 7}, "no such scenario"), ({"weight": True}, "weight"), ({"draw": -1}, "draw"),
    ({"history": 3}, "sim.closure.followed(YEAR).history"), ({"draw": {"shifts": 3}}, "{'shifts': {NAME: VALUE}}"),
])
def test_a_fault_says_how_to_mend_it(said, mend):
    found = faults(**said)
    assert len(found) == 1 and mend in found[0]


def test_no_seed_is_seed_0_and_a_warning_that_says_how_mesa_takes_seeds():
    with pytest.warns(UserWarning, match=r"it is 0.*rng=range\(5\)"):
        assert HainanModel(seed=None, weight=1000).seed == 0


def test_a_seed_or_a_generator_may_be_given_as_mesa_calls_it():
    assert checked(rng=7).seed == checked(seed=7).seed == checked(seed=3, rng=np.int64(7)).seed == 7
    first, second = (checked(rng=np.random.default_rng(3)).seed for _ in range(2))
    assert first == second == checked(rng=np.random.PCG64(3)).seed
