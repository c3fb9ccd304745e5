"""Terms of the list of causes held at their start: each hold does what it says, and accounts close all the same."""

import copy

import numpy as np
import pytest

from sim import holds, schedule
from sim.audit import LAND
from sim.core.bind import contract, name_of
from sim.core.declare import UserError
from sim.levers import REGISTRY
from sim.mechanisms import past
from sim.mechanisms.past import nothing_asked
from sim.mechanisms.services import level
from sim.model import HainanModel
from sim.outlook import SERIES
from sim.words import MARKET
from tests.whole_runs import WEIGHT, assert_same_bytes

CAUSES = tuple(term.name for term in holds.CAUSES)
SINCE, UNTIL = 2013, 2017


def told(until=2016):
    """Residuals of all kinds that grow over the years."""
    years = np.arange(until - 2010 + 1)
    return nothing_asked(19, until)._replace(
        people=np.full(19, 0.05), output=0.02 * years[:, None, None] + np.zeros((19, 3)),
        revenue=0.01 * years[:, None] + np.zeros(19), pay=0.01 * years[:, None, None] + np.zeros((19, 2)),
        spending=0.01 * years[:, None] * np.linspace(-1.0, 1.0, 19))


def finished(plan="full", held=(), since=SINCE, until=UNTIL, history=None, seed=0):
    model = HainanModel(plan, seed=seed, weight=WEIGHT, until=until, held=held, held_from=since, history=history)
    while model.running:
        model.step()
    return model


def later(model, name, since=SINCE):
    """A recorded variable from the year on in which terms were held."""
    return model.record[name][since - 2010:].astype(float)


def stays(values):
    return np.allclose(values[1:], values[0], rtol=1e-6, atol=1e-9)


@pytest.fixture(scope="module")
def held():
    """A run for each term that is held alone."""
    return {name: finished(held=name, history=told()) for name in holds.TERMS}


# --- the list


def test_every_lever_belongs_to_one_term():
    assert sorted(name for term in holds.TERMS.values() for name in (*term.levers, *term.flows)) == sorted(REGISTRY)


def test_every_series_of_the_outlook_belongs_to_one_term():
    assert sorted(name for term in holds.TERMS.values() for name in term.series) == sorted(SERIES)


def test_holds_act_on_rules_of_the_year():
    of_the_year = {rule for step in schedule.SCHEDULE for rule in step.each()}
    named = {rule for term in holds.TERMS.values()
             for group in (term.reads, term.instead, term.after, term.keeps) for rule in group}
    assert {name_of(rule) for rule in named - of_the_year} == set()


def test_a_rule_in_the_place_of_another_writes_what_that_only_writes():
    for term in holds.TERMS.values():
        for rule, other in term.instead.items():
            found, fresh = contract(rule), set(contract(rule).writes) - set(contract(rule).reads) - {"persons"}
            assert fresh <= set(contract(other).writes) | set(found.reads), f"{term.name}: {name_of(other)}"


def test_every_residual_of_history_is_a_term():
    kept = {column for term in holds.RESIDUALS for column in term.keeps[past.follow]}
    assert set(contract(past.follow).writes) - {"capital_residual"} == kept  # capital held answers no residual


# --- each hold does what it says


def test_people_held_are_the_same_persons_at_the_same_age(held):
    model = held["people"]
    for name in ("population", "population_age", "registered", "residents_local"):
        assert stays(later(model, name)[:, model.active]), name  # of units without persons they are observed
    assert not later(model, "births")[1:].any() and not later(model, "moved")[1:].any()
    assert later(finished(history=told()), "births")[1:].any()


def test_capital_held_is_replaced_and_no_more(held):
    assert stays(later(held["capital"], "capital")[..., MARKET] - _built_by_projects(held["capital"]))
    assert not stays(later(held["land"], "capital"))


def _built_by_projects(model):
    """Nothing before 2019: projects of the list start with the Opinions."""
    assert not model.now.hub_projects and not model.now.soe_invest
    return 0.0


def test_land_held_is_not_converted(held):
    for name in (*LAND, "land_reclaimed"):
        if name in held["land"].record:
            assert stays(later(held["land"], name)), name
    assert not later(held["land"], "converted")[1:].any() and later(held["people"], "converted")[1:].all(axis=0).any()


def test_services_held_serve_every_user_as_before(held):
    model = held["services"]
    assert np.allclose(level(model.counties.service_stock, model.counties.users, model.parameters.service_rivalry),
                       level(model.when_held["service_stock"], model.when_held["users"],
                             model.parameters.service_rivalry))
    assert not stays(later(held["people"], "service_stock"))


def test_transfers_held_are_the_same_per_resident(held):
    model = held["transfers"]
    people = np.maximum(later(model, "population"), 1.0)
    for name in ("transfer_equalisation", "transfer_ecology", "transfer_weak_area", "transfer_earmarked"):
        # paid by the residents of the end of the year before
        per_head = later(model, name)[1:] / people[:-1]
        assert stays(per_head) and per_head.any(), name
    whole = later(model, "province_central_transfer")[1:] / people[:-1].sum(axis=1)
    assert stays(whole)


def test_the_world_held_neither_grows_nor_shrinks(held):
    model = held["world"]
    since = SINCE - 2010
    for name, series in SERIES.items():
        path = model.outlook[name][since + 1:]
        if name in holds.WORLD_HELD.series:
            wanted = 0.0 if series.unit == "share per year" else model.outlook[name][since]
            assert np.array_equal(path, np.full(path.size, wanted), equal_nan=True), name
    assert not model.counties.productivity_gap.any() and not model.prices.productivity_trend.any()


def test_projects_held_open_nothing(held):
    model = held["projects"]
    for name in ("minutes", "public_capital", "business_env", "network_coverage", "gateway_capacity"):
        if name in model.record:
            assert stays(later(model, name)), name
    assert model.counties.public_capital_held.any() and not held["people"].counties.public_capital_held.any()


@pytest.mark.parametrize("kind", ["output", "revenue", "spending", "pay", "people"])
def test_residuals_held_stay_and_the_others_go_on(held, kind):
    name = f"{kind}_residual"
    assert stays(later(held[f"residual_{kind}"], name))
    assert kind == "people" or not stays(later(held["land"], name))


def test_residuals_held_from_the_base_year_are_nought():
    model = finished(held="residual_output residual_revenue residual_people", since=2010, until=2012, history=told())
    for name in ("output_residual", "revenue_residual", "people_residual"):
        assert not model.record[name].any()


def test_debt_is_not_restated_where_the_residual_of_spending_is_held():
    owed = told(2020)._replace(debt=np.full(19, 5.0))
    free, held = (finished(held=term, since=2018, until=2020, history=owed) for term in ("land", "residual_spending"))
    assert free.counties.debt_asked.any() and not held.counties.debt_asked.any()


# --- limiting cases


def test_where_all_terms_are_held_hardly_anything_changes():
    model = finished("baseline", tuple(holds.TERMS), since=2010, until=2021, history=told(2021))
    start, end = (model.record["gdp"][year][model.active].astype(float) for year in (0, -1))
    assert stays(later(model, "population", 2010)[:, model.active]) and stays(later(model, "service_index", 2010))
    assert abs(np.log(end.sum() / start.sum())) < 0.05 and np.abs(np.log(end / start)).mean() < 0.06
    free = finished("baseline", since=2010, until=2021, history=told(2021)).record["gdp"]
    assert np.log(free[-1].sum() / free[0].sum()) > 0.5


def test_scenarios_that_share_their_past_are_one_where_all_causes_are_held():
    one, other = (finished(plan, CAUSES, since=2018, until=2026) for plan in ("full", "no_policy"))
    assert_same_bytes(one, other)
    free = [finished(plan, since=2018, until=2026) for plan in ("full", "no_policy")]
    assert free[0].record["gdp"].tobytes() != free[1].record["gdp"].tobytes()


def test_nothing_held_is_a_plain_run():
    plain = HainanModel("full", weight=WEIGHT, until=UNTIL)
    while plain.running:
        plain.step()
    assert_same_bytes(plain, finished())


def test_before_the_year_a_run_is_the_same_whatever_is_held(held):
    free = finished(history=told())
    for model in held.values():
        assert_same_bytes(free, model, years=SINCE - 2010 + 1)


@pytest.mark.parametrize("seed", range(5))
def test_accounts_close_whatever_is_held(seed):
    luck = np.random.default_rng(seed)
    some = tuple(name for name in holds.TERMS if luck.random() < 0.5)
    finished(held=some, since=int(luck.integers(2010, 2026)), until=2030, seed=seed, history=told())


# --- held on the way, kept on the way


def test_held_from_a_year_is_held_in_that_year():
    model = HainanModel("full", weight=WEIGHT, until=UNTIL)
    while model.running:
        if model.year == SINCE:
            model.hold("people, world")
        model.step()
    assert_same_bytes(model, finished(held=("world", "people")))


def test_a_copy_and_a_file_go_on_as_held(tmp_path):
    model = HainanModel("full", weight=WEIGHT, until=UNTIL, held=("services", "world", "projects"), held_from=SINCE)
    while model.year <= SINCE:
        model.step()
    copied, stored = copy.deepcopy(model), HainanModel.load(model.save(tmp_path / "state.nc"))
    for other in (copied, stored, model):
        while other.running:
            other.step()
    for other in (copied, stored):
        assert_same_bytes(model, other)


@pytest.mark.parametrize(("given", "says"), [
    ({"held": "peple"}, "people"), ({"held": ["people", 3]}, "is not one of the causes"),
    ({"held": "people", "held_from": 2009}, "held_from"), ({"held": "people", "held_from": UNTIL}, "held_from")])
def test_what_cannot_be_held_is_said(given, says):
    with pytest.raises(UserError, match=says):
        HainanModel("full", weight=WEIGHT, until=UNTIL, **given)
