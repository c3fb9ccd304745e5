"""The weight of a row changes noise, not what is expected (LC30)."""

import numpy as np
import pytest

from sim.model import HainanModel

YEAR, SEEDS = 2020, 12
GENEROUS_T = 4.0


def last(weight, seed):
    """Residents of the province, persons outside, and the share of urban residents, in the last year."""
    model = HainanModel("baseline", seed=seed, weight=weight, until=YEAR)
    while model.running:
        model.step()
    c = model.counties
    residents = float(c.population.sum())
    return residents, float(c.registered_outside.sum()), float(c.population_zone[:, 0].sum()) / residents


@pytest.mark.slow
def test_expectations_do_not_depend_on_the_weight():
    coarse, fine = (np.array([last(weight, seed) for seed in range(SEEDS)]) for weight in (1000, 200))
    gap = coarse.mean(axis=0) - fine.mean(axis=0)
    error = np.sqrt(coarse.var(axis=0, ddof=1) / SEEDS + fine.var(axis=0, ddof=1) / SEEDS)
    rounding = np.array([2000.0, 2000.0, 0.0005])  # rows of the base year: whole rows in every county and cell
    print("gap", gap, "standard error", error, "noise, coarse and fine", coarse.std(axis=0), fine.std(axis=0))
    assert np.all(np.abs(gap) <= GENEROUS_T * error + 5 * rounding)
    assert np.all(fine.std(axis=0, ddof=1)[:2] < coarse.std(axis=0, ddof=1)[:2])
