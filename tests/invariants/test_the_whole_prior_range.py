"""Anywhere in the range of the parameters the model runs, closes its accounts and keeps its counties."""

import numpy as np
import pytest

from sim import names
from sim.model import HainanModel
from sim.scenario import load_scenario

BASE_POPULATION_ONLY = "sim.region"  # numbers that shape the base population are not drawn: it would be built anew


def drawn(number: int) -> dict[str, object]:
    """Parameters drawn evenly from their ranges; vectors by one factor, and what adds to one still does."""
    luck = np.random.Generator(np.random.Philox(key=number))
    out = {}
    for name, card in names.parameter_cards().items():
        low, high = card.bounds
        place = luck.random()
        if card.home.startswith(BASE_POPULATION_ONLY) or low == high:
            continue
        if isinstance(card.default, tuple):
            nearest = np.clip(np.asarray(card.default) * (0.85 + 0.3 * place), low, high)
            if np.isclose(sum(card.default), 1.0):
                nearest = np.asarray(card.default)
            out[name] = tuple(float(v) for v in nearest)
        else:
            value = low + (high - low) * place
            out[name] = round(value) if isinstance(card.default, int) else float(value)
    return out


def run(number: int, until: int) -> HainanModel:
    plan = load_scenario("baseline").with_parameters(**drawn(number))
    model = HainanModel(plan, seed=number, weight=1000, until=until)
    while model.running:
        model.step()
    return model


def believable(model) -> list[str]:
    """What a draw must not do: a value that is no number, a county without residents, one that holds nearly all."""
    faults = [name for name, array in model.record.items() if not np.isfinite(array).all()]
    people = model.counties.population[model.active]
    if people.min() < 0.1 * model.record["population"][0][model.active].min():
        faults.append("a county is emptied")
    if people.max() > 0.85 * people.sum():
        faults.append("a county swallows the island")
    return faults


def test_a_draw_from_the_whole_range_runs_and_closes_its_accounts():
    assert believable(run(1, until=2020)) == []


@pytest.mark.slow
@pytest.mark.parametrize("number", range(2, 202))
def test_two_hundred_draws_run_to_2035(number):
    assert believable(run(number, until=2035)) == []
