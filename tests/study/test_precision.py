"""Seeds by need: how many are added, when it stops, what is said; standard errors one can count."""

import math

import numpy as np
import pytest

from sim.core.declare import UserError
from sim.study.precision import Reached, _lengthened, _seeds_needed, run_to_precision, standard_error
from tests.small_model import SMALL, Plan

COMMON = {"weight": 16, "until": 2012, "workers": 1, "progress": False, "model": SMALL}


def run(out, precision, scenarios=None, **asked):
    """Two scenarios: the effect on gdp of the first county is 5, and 1 more or less from seed to seed."""
    scenarios = scenarios or [Plan("full", lever=5.0, noise=1.0), Plan("baseline")]
    return run_to_precision(scenarios, precision, out=out, **COMMON | asked)


def test_a_standard_error_is_the_spread_over_the_root_of_the_number():
    assert standard_error([1.0, -1.0, 1.0, -1.0]) == pytest.approx(math.sqrt(4 / 3) / 2)
    assert standard_error([[1.0, 5.0], [1.0, 9.0]]) == pytest.approx(2.0)  # the worst county
    assert standard_error([[2.0, np.nan], [2.0, np.nan]]) == 0.0
    assert standard_error([1.0]) == math.inf


def test_seeds_are_added_until_the_effect_is_known_well_enough(tmp_path):
    outcome = run(tmp_path / "s", {"gdp": 0.5}, seeds=4)  # county three: 3 (-1)^seed, error 3 sqrt(n/(n-1)) / sqrt(n)
    said = outcome.lines[-1]
    seeds = int(said.split(" with ")[1].split()[0])
    assert 3 / math.sqrt(seeds - 1) <= 0.5 < 3 / math.sqrt(seeds / 2 - 1)
    assert "met" in said and "not met" not in said
    assert outcome.done == outcome.named == 2 * seeds


def test_an_effect_that_is_the_same_with_every_seed_takes_no_more_seeds(tmp_path):
    outcome = run(tmp_path / "s", {"gdp": 1e-9}, [Plan("full", lever=5.0), Plan("baseline")], seeds=5)
    assert outcome.named == 10
    assert outcome.lines[-1] == "gdp, full: standard error 0 with 5 seeds (asked 1e-09: met)"


def test_it_stops_at_the_stated_number_of_seeds_and_says_so(tmp_path):
    outcome = run(tmp_path / "s", {"gdp": 1e-6}, seeds=4, most_seeds=7)
    assert outcome.named == 14
    assert "not met" in outcome.lines[-2]
    assert outcome.lines[-1] == "7 seeds are the most that were allowed"


def test_the_same_request_again_has_nothing_to_do(tmp_path):
    first = run(tmp_path / "s", {"gdp": 0.5})
    again = run(tmp_path / "s", {"gdp": 0.5})
    assert (again.done, again.named) == (0, first.named)


def test_the_luck_of_draws_is_not_counted_as_luck_of_seeds(tmp_path):
    outcome = run(tmp_path / "s", {"gdp": 1e-9}, [Plan("full", lever=5.0), Plan("baseline")], seeds=4, draws=3)
    assert outcome.named == 24  # draws differ by hundreds, the effect of a seed is the same in all


def test_runs_that_fail_end_the_search(tmp_path):
    outcome = run(tmp_path / "s", {"gdp": 1e-6}, [Plan("full", noise=1.0, fails_at_seed=2), Plan("baseline")], seeds=4)
    assert (outcome.code, outcome.named) == (1, 8)
    assert outcome.lines[-1] == "runs failed: no seeds were added"


def test_seeds_grow_at_most_twofold_and_as_the_spread_asks():
    effect = Reached("full", "gdp", error=2.0, asked=1.0, seeds=10)
    assert _seeds_needed([effect], 10) == 20
    assert _seeds_needed([effect._replace(error=1.1)], 10) == 14  # 1.1 x 10 x 1.21
    assert _seeds_needed([effect._replace(error=1.0)], 10) == 10
    assert _lengthened((3, 0), 4) == (3, 0, 1, 2)


@pytest.mark.parametrize(("precision", "scenarios", "more", "words"), [
    ({"gdp": 0.0}, None, {}, "not a standard error"),
    ({"gdp": 1.0}, [Plan("baseline")], {}, "needs two scenarios"),
    ({"gdpp": 1.0}, None, {}, "did you mean gdp"),
    ({"foo": 1.0}, None, {}, "foo is not among the results"),
    ({"moved": 1.0}, None, {}, r"moved is not among the results \(keep = county\)"),
    ({"gdp": float("nan")}, None, {}, "not a standard error"),
    ({"gdp": 1.0}, None, {"seeds": 9, "most_seeds": 5}, "is not between the 9 seeds asked for"),
])
def test_a_request_that_cannot_be_met_is_a_fault_in_words(tmp_path, precision, scenarios, more, words):
    with pytest.raises(UserError, match=words):
        run(tmp_path / "s", precision, scenarios, **more)
    assert list(tmp_path.iterdir()) == []
