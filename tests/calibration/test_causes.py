"""Changes shared out to causes: contributions add up exactly, and runs are kept."""

import numpy as np
import pytest

from calibration import causes
from sim import holds
from sim.core.declare import UserError
from sim.indicators.shapley import Coalition
from sim.scenario import load_scenario
from tests.whole_runs import WEIGHT, finished

TERMS = ("people", "capital", "world")


def case(last=2012, plan="baseline", seed=0):
    return causes.Case(load_scenario(plan), 0, 0, seed, WEIGHT, 2010, last, None)


@pytest.fixture(scope="module")
def orders():
    return causes.sampled_orders(causes.terms_of(2010, None), 1)


@pytest.fixture(scope="module")
def found(orders):
    return causes.rerun(case(), orders)


def test_every_order_holds_all_terms_and_is_followed_by_its_reverse():
    orders = causes.sampled_orders(TERMS, 3)
    assert len(orders) == 6 and all(sorted(order) == sorted(TERMS) for order in orders)
    assert all(orders[k + 1] == orders[k][::-1] for k in (0, 2, 4)) and orders == causes.sampled_orders(TERMS, 3)


def test_residuals_are_terms_where_history_is_followed():
    seven = tuple(term.name for term in holds.CAUSES)
    assert causes.terms_of(2010, None) == (*seven, "residual_output")
    assert causes.terms_of(2010, 2021) == (*seven, *(term.name for term in holds.RESIDUALS))
    assert causes.terms_of(2021, 2021) == (*seven, *(term.name for term in holds.RESIDUALS[:-1]))


def planted(one):
    """Values that add up by term: people 1, capital 2, world nothing; 0.5 where all are held."""
    worth = {"people": 1.0, "capital": 2.0, "world": 0.0}
    orders = causes.sampled_orders(TERMS, 2)
    values = {free: np.full((4, 19), 0.5 + sum(worth[name] for name in free)) for free in causes.ranked(orders)}
    return causes.Reruns(np.zeros((4, 19)), values), orders


def test_what_a_term_adds_in_any_order_is_its_contribution():
    found, orders = planted(1)
    shares = causes.contributions(found, orders)
    assert np.allclose(shares[:, 0, 0], [1.0, 2.0, 0.0, 0.5])  # in the order of the list, other last
    assert np.allclose(causes.errors(found, orders), 0.0)


def test_contributions_add_up_to_the_change_of_a_plain_run(found, orders):
    plain = finished("baseline", 2012)
    change = causes.logs(plain, 2012) - causes.logs(plain, 2010)
    assert np.allclose(causes.contributions(found, orders).sum(axis=0), change, atol=1e-12, equal_nan=True)
    assert np.isfinite(change[:, plain.active]).all() and np.isnan(change[:, ~plain.active]).all()


def test_people_alone_move_residents_in_two_years(found):
    free, held = (found.values[Coalition(names)] for names in (causes.terms_of(2010, None), ()))
    residents = list(causes.MEASURES).index("residents")
    assert np.nanmax(np.abs(held - found.start)[residents]) == 0.0
    assert np.nanmax(np.abs(free - found.start)[residents]) > 0.0


def test_a_case_is_run_once_and_again_where_its_file_is_damaged(tmp_path, found, orders, monkeypatch):
    runs = []
    monkeypatch.setattr(causes, "rerun", lambda one, asked: runs.append(one) or found)
    for _ in range(2):
        made, = causes.all_reruns([case()], orders, tmp_path)
        assert all(np.array_equal(made.values[free], found.values[free], equal_nan=True) for free in found.values)
    assert len(runs) == 1
    path, = tmp_path.iterdir()
    path.write_bytes(path.read_bytes()[:100])
    causes.all_reruns([case()], orders, tmp_path)
    assert len(runs) == 2


def test_another_seed_or_window_is_another_case(orders):
    keys = {causes.key(one, orders) for one in (case(), case(2013), case(seed=1), case(plan="full"))}
    assert len(keys) == 4 and causes.key(case(), orders) == causes.key(case(), orders)


def test_the_cost_is_told_before(orders):
    assert causes.cost([case(), case(seed=1)], orders) == (2 * len(causes.ranked(orders)), 0)
    assert causes.cost([case()._replace(history_until=2012)], orders)[1] == 1


def test_cases_stand_in_one_table(found, orders):
    table = causes.together([case(), case(seed=1)], [found, found], orders)
    assert table.contribution.dims == ("scenario", "draw", "seed", "term", "measure", "county")
    assert table.sizes["seed"] == 2 and str(table.term.values[-1]) == causes.OTHER
    assert table.contribution.attrs["unit"] == "log points x 100"


def test_scenarios_are_the_same_to_the_year_before_they_differ():
    plain, full = load_scenario("no_policy"), load_scenario("full")
    year = causes.last_common(plain, full)
    assert 2010 < year < 2020 and causes.last_common(plain, plain) > 2035
    one, other = finished("no_policy", year + 1), finished("full", year + 1)
    at = year - 2010
    assert all(one.record[name][:at + 1].tobytes() == other.record[name][:at + 1].tobytes() for name in one.record)
    with pytest.raises(UserError, match="parameters"):
        causes.last_common(plain, plain.with_parameters(depreciation_rate=0.1))
