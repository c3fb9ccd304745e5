"""What holds of every run of the whole model, whatever its numbers: accounts, seeds, scenarios, time."""

import numpy as np
import pytest

from sim import schedule
from sim.audit import differences
from sim.levers import REGISTRY
from sim.model import HainanModel
from sim.scenario import load_scenario
from tests.whole_runs import assert_same_bytes, state

WEIGHT, UNTIL = 1000, 2035


def started(plan="baseline", seed=0, until=UNTIL):
    return HainanModel(plan, seed=seed, weight=WEIGHT, until=until)


@pytest.fixture(scope="module")
def baseline(run):
    """A finished run of the baseline to 2035."""
    return run("baseline", until=UNTIL)


# ---- accounts -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("plan", ["no_policy", "baseline", "full"])
def test_the_accounts_close_every_year(plan):
    model = started(plan)
    while model.running:
        model.step()
        assert differences(model) == [], model.year


def test_the_accounts_close_with_other_luck(run):
    for seed in (1, 2):
        assert differences(run(seed=seed, until=2020)) == []


def test_every_recorded_number_is_finite(baseline):
    for name, array in baseline.record.items():
        assert np.isfinite(array).all(), name


def test_persons_counted_one_by_one_are_the_residents_of_the_tables(baseline):
    q, c, w, n = baseline.persons, baseline.counties, WEIGHT, baseline.n
    here = q.res_county < n
    residents = np.bincount(q.res_county[here], minlength=n) * w
    np.testing.assert_array_equal(c.population[baseline.active], residents[baseline.active])
    at_work = here & (q.sector >= 0)
    assert c.employed.sum() == at_work.sum() * w
    adults = here & (baseline.year - q.born.astype(int) >= 18)
    assert c.population_skill.sum() == adults.sum() * w
    assert c.registered.sum() == (q.hukou_county < n).sum() * w


def test_disposable_income_is_the_sum_of_what_reaches_residents(baseline):
    c = baseline.counties
    parts = (c.labour_income - c.social_contributions + c.farm_rent + c.property_income + c.pensions + c.remittances
             + c.talent_relief)
    parts[:, 1] += c.collective_land_income + c.carbon_income + c.living_allowance + c.farm_support
    np.testing.assert_allclose(c.disposable_income, parts, rtol=1e-12)


def test_what_the_province_passes_on_is_what_counties_receive(baseline):
    c = baseline.counties
    received = sum(getattr(c, name).sum() for name in c.columns()
                   if name.startswith("transfer_") and name not in ("transfer_emergency", "transfer_aid"))
    assert baseline.account.province_to_counties == pytest.approx(received)
    assert baseline.account.province_aid_received == pytest.approx(c.transfer_aid.sum()) and c.transfer_aid.sum() > 0


def test_units_without_persons_have_residents_and_nothing_else(baseline):
    c, empty = baseline.counties, ~baseline.active
    assert c.population[empty].min() > 0
    for name in ("gdp", "labour", "employed", "own_revenue", "moved", "births", "disposable_income", "registered"):
        assert not getattr(c, name)[empty].any(), name
    assert not c.moved[:, np.append(empty, False)].any()


# ---- persons ------------------------------------------------------------------------------------------------------


def test_columns_of_persons_keep_their_meaning():
    model = started(until=2020)
    n = model.n
    while model.running:
        model.step()
        q, age = model.persons, model.year - model.persons.born.astype(int)
        assert {len(array) for array in q.arrays().values()} == {len(q)}
        assert age.min() >= 0
        assert q.res_county.max() <= n and q.hukou_county.max() <= n
        assert not ((q.res_county == n) & (q.hukou_county == n)).any(), "someone of no concern to Hainan is followed"
        assert np.isin(q.res_zone, (0, 1)).all() and np.isin(q.sex, (0, 1)).all() and q.skill.max() <= 3
        assert (q.skill[age > 18] >= 1).all() and (q.skill[age < 16] == 0).all()
        assert ((q.sector >= -1) & (q.sector <= 5)).all()
        assert (q.sector[(age < 16) | (q.res_county == n)] == -1).all()
        assert (q.arrived <= model.year).all() and (q.productivity > 0).all()
        assert ((q.participation >= 0) & (q.participation <= 1)).all()
        child = q.mother >= 0
        mothers = q.mother[child]
        assert mothers.max() < len(q) and (q.sex[mothers] == 0).all()
        assert (q.born[child].astype(int) - q.born[mothers] >= 12).all()


def test_identities_are_unique_and_never_used_twice():
    model = started()
    alive = seen = set(model.persons.uid.tolist())
    while model.running:
        model.step()
        now = set(model.persons.uid.tolist())
        assert len(now) == len(model.persons)
        new = now - alive
        assert not new & seen, model.year
        alive, seen = now, seen | new


def test_a_person_keeps_what_she_is_born_with():
    model = started(until=2016)
    before = {name: dict(zip(model.persons.uid.tolist(), getattr(model.persons, name).tolist()))
              for name in ("born", "sex", "minority", "productivity", "participation", "low_income")}
    while model.running:
        model.step()
    for name, known in before.items():
        now = dict(zip(model.persons.uid.tolist(), getattr(model.persons, name).tolist()))
        assert all(now[uid] == known[uid] for uid in now.keys() & known.keys()), name


def test_a_newborn_is_the_same_child_in_two_scenarios(run):
    """Identity comes from mother and year, so the same child is found in both, born with the same gifts."""
    one, other = (run(plan, until=2030).persons for plan in ("no_policy", "full"))
    gifts = ("born", "sex", "productivity", "participation")
    young = {}
    for q in (one, other):
        rows = np.flatnonzero(q.born > 2019)
        young[id(q)] = {q.uid[i]: tuple(getattr(q, name)[i] for name in gifts) for i in rows}
    both = young[id(one)].keys() & young[id(other)].keys()
    assert len(both) > 0.5 * len(young[id(one)])
    assert all(young[id(one)][uid] == young[id(other)][uid] for uid in both)


# ---- seeds, scenarios, levers ---------------------------------------------------------------------------------------


def test_the_same_seed_gives_the_same_bytes(baseline, run):
    assert_same_bytes(baseline, run("baseline", until=UNTIL))


def test_a_shorter_run_is_the_beginning_of_a_longer_one(baseline, run):
    shorter = run("baseline", until=2016)
    for name, array in shorter.record.items():
        assert array.tobytes() == baseline.record[name][:7].tobytes(), name


def test_another_seed_gives_another_history_from_the_same_base_year(baseline, run):
    other = run("baseline", seed=1)
    assert_same_bytes(baseline, other, years=1)
    assert (baseline.record["population"][3] != other.record["population"][3]).any()
    assert (baseline.record["gdp"][3] != other.record["gdp"][3]).any()


def first_difference(one, other) -> int:
    """First year in which a lever of two scenarios differs."""
    return next(y for y in range(2010, UNTIL + 1) if vars(one.at(y)) != vars(other.at(y)))


@pytest.mark.parametrize("plan", ["full", "baseline", "weak_implementation"])
def test_two_scenarios_agree_bit_for_bit_until_their_first_different_lever(run, plan):
    one, other = load_scenario("no_policy"), load_scenario(plan)
    year = first_difference(one, other)
    before, apart = (run(p, until=min(year + 3, UNTIL)) for p in (one, other))
    assert_same_bytes(before, apart, years=year - 2010)
    assert any(before.record[k].tobytes() != apart.record[k].tobytes() for k in before.record)
    assert_same_bytes(*(run(p, until=year - 1) for p in (one, other)))


def test_levers_at_their_none_values_change_nothing_bit_for_bit(run):
    """Each alone leaves the levers of every year as they were; all together leave the run as it was."""
    plain = load_scenario("no_policy")
    for name, lever in REGISTRY.items():
        written = plain.with_levers(**{name: lever.none})
        assert all(vars(written.at(year)) == vars(plain.at(year)) for year in range(2010, 2051)), name
    written = plain.with_levers(**{name: lever.none for name, lever in REGISTRY.items()})
    assert_same_bytes(run(plain, until=2025), run(written, until=2025))


def test_a_lever_carried_out_in_time_reaches_the_model_in_its_year(run):
    """One lever moved alone in 2021, without lag: nothing before, something in 2021."""
    plain = load_scenario("no_policy").with_levers(action_plan=0.0)
    moved = plain.with_levers(quota_tilt={"path": {2021: 0.5}})
    one, other = run(plain, until=2022), run(moved, until=2022)
    assert_same_bytes(one, other, years=11)
    assert (one.record["quota"][11] != other.record["quota"][11]).any()


def test_models_in_one_process_do_not_share_state(run):
    alone = run("full", until=2018)
    one, other, third = started("full", until=2018), started("baseline", seed=3, until=2018), started("no_policy")
    shared = {name: value.tobytes() for name, value in third.settled.arrays().items()}
    while one.running:
        one.step()
        other.step()
    assert_same_bytes(alone, one)
    assert third.year == 2010
    for name, value in third.settled.arrays().items():
        assert value.tobytes() == shared[name], f"settled.{name} was changed by another model"
    for name, array in state(third).items():
        assert not any(np.shares_memory(array, state(other)[name]) for other in (one, other)), name


# ---- the year -----------------------------------------------------------------------------------------------------


def test_the_record_holds_the_state_at_the_end_of_each_year():
    model = started(until=2013)
    for row in range(4):
        for name, array in model.record.items():
            tables = model.counties, model.account, model.prices, model.watch, model.reaches
            table = next(table for table in tables if name in table.columns())
            np.testing.assert_array_equal(array[row], getattr(table, name).astype(array.dtype), err_msg=name)
        model.step()


def test_the_record_has_the_shape_and_type_of_its_cards(baseline):
    sizes = baseline.counties.sizes
    for name, card in baseline.cards().items():
        array = baseline.record[name]
        assert array.shape == (26, *(sizes[d] for d in card.dims)) and array.dtype == card.dtype, name


def test_the_middle_of_the_year_lies_between_its_ends(baseline):
    population, middle = baseline.record["population"].astype(float), baseline.record["population_mid"]
    np.testing.assert_allclose(middle[1:], (population[1:] + population[:-1]) / 2, rtol=1e-6)
    np.testing.assert_allclose(middle[0], population[0], rtol=1e-6)


def test_running_turns_false_at_the_horizon_and_further_steps_do_nothing():
    model = started(until=2012)
    assert model.running and model.year == 2010
    model.step()
    assert model.running
    model.step()
    assert not model.running and model.year == 2012
    before = {name: array.tobytes() for name, array in state(model).items()}
    model.step()
    assert model.year == 2012 and {name: array.tobytes() for name, array in state(model).items()} == before


def test_a_run_beyond_2035_keeps_its_accounts(run):
    assert differences(run("full", until=2050)) == []


def test_every_step_of_the_year_says_what_happens_and_serves_known_sections():
    from sim.levers import SECTION_IDS

    for step in schedule.SCHEDULE:
        assert step.says and all(map(callable, step.each()))
        assert set(step.sections.split()) <= set(SECTION_IDS), step
    rules = [rule for step in schedule.SCHEDULE for rule in step.each()]
    assert len(set(rules)) == len(rules)
