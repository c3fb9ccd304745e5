"""Scenarios share their luck: the difference of two runs with one seed is policy, and hardly ever luck."""

import numpy as np
import pytest

from sim.indicators import inequality
from sim.model import HainanModel
from sim.scenario import load_scenario

WEIGHT, SEEDS = 400, 12


def theil(plan, seed, until=2035, weight=WEIGHT):
    """Theil index of output per head between counties in the last year."""
    model = HainanModel(plan, seed=seed, weight=weight, until=until)
    while model.running:
        model.step()
    people = model.counties.population.astype(float)
    return float(inequality.theil_t(model.counties.gdp / np.maximum(people, 1.0), people, model.active))


@pytest.mark.slow
def test_a_paired_effect_varies_ten_times_less_than_one_between_other_seeds():
    plan = load_scenario("baseline")
    plans = {"baseline": plan, "no_policy": load_scenario("no_policy"), "pool": plan.with_levers(equal_pool=0.1)}
    found = {name: np.array([theil(p, seed) for seed in range(SEEDS)]) for name, p in plans.items()}
    for name in ("no_policy", "pool"):
        apart = found[name] - found["baseline"]
        independent = np.var(found[name], ddof=1) + np.var(found["baseline"], ddof=1)  # of two that share nothing
        paired = np.var(apart, ddof=1)
        print(f"{name}: variance of the effect {paired:.3g}, with other seeds {independent:.3g}, "
              f"{independent / paired:.0f} times; effect {apart.mean():.3g}")
        assert np.all(apart != 0)
        assert paired <= independent / 10


@pytest.mark.parametrize("lever", ["monitor"])
def test_a_lever_that_moves_nothing_has_an_effect_of_exactly_nothing(lever):
    plan = load_scenario("baseline")
    assert theil(plan.with_levers(**{lever: 0}), 3, 2024, 1000) == theil(plan.with_levers(**{lever: 1}), 3, 2024, 1000)
