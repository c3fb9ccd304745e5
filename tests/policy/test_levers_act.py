"""Each lever moved alone from none to full, in a world without other policy: what its policy file says it moves moves.

Runs are paired by seed: a person meets the same luck in both, so a difference is the lever's. Every year of every run
is audited (a broken identity stops it).
"""

import functools

import numpy as np
import pytest

from calibration.effects import world
from sim import simulate
from sim.levers import GOVERNANCE, REGISTRY
from sim.model import HainanModel
from sim.region.pack import load_pack
from sim.scenario import load_scenario

ACTIVE = [name for name in REGISTRY if name not in GOVERNANCE]
SIGNED = [name for name in ACTIVE if set(REGISTRY[name].direction.values()) - {"?"}]
UNSIGNED = [name for name in ACTIVE if name not in SIGNED]
WEIGHT, UNTIL = 400, 2030
YEARS = range(2010, UNTIL + 1)
FEW, MANY = (0, 1), tuple(range(6))
NO_POLICY = load_scenario("no_policy")
SIGN = {"+": 1.0, "-": -1.0}


@functools.cache
def run(plan, seed):
    return simulate.run_arrays(plan, seed=seed, weight=WEIGHT, until=UNTIL)


def reference(seed, name=None):
    return run(world(name), seed)


def moved_alone(name, seed, setting="full"):
    return run(world(name).with_levers(**{name: setting}), seed)


def first_year(name):
    """The first year in which the lever attains something else than none."""
    plan = NO_POLICY.with_levers(**{name: "full"})
    return next(year for year in YEARS if getattr(plan.at(year), name) != REGISTRY[name].none)


def output(arrays, name, seed):
    """A recorded column, or an indicator computed from them: [year, ...]."""
    if name in arrays:
        return arrays[name].astype(float)
    return simulate.as_dataset(arrays, NO_POLICY, seed, WEIGHT, UNTIL)[name].to_numpy().astype(float)


def change(name, what, seed):
    """Change of an output, [year, ...], by the lever moved alone."""
    return output(moved_alone(name, seed), what, seed) - output(reference(seed, name), what, seed)


def in_declared_direction(name, seeds):
    """By signed output: whether its total over years, counties and seeds moved as declared."""
    return {what: sum(np.nansum(change(name, what, seed)) for seed in seeds) * SIGN[declared] > 0
            for what, declared in REGISTRY[name].direction.items() if declared in SIGN}


@pytest.mark.parametrize("name", ACTIVE)
def test_nothing_moves_before_a_lever_starts(name):
    """Bit for bit: every recorded column agrees in all years before the first in which the lever differs (A.7)."""
    rows = first_year(name) - YEARS[0]
    without, alone = reference(0, name), moved_alone(name, 0)
    assert [k for k in without if not np.array_equal(without[k][:rows], alone[k][:rows])] == []
    assert any(not np.array_equal(without[k][rows:], alone[k][rows:]) for k in without)


@pytest.mark.parametrize("name", SIGNED)
def test_a_lever_moves_its_signed_outputs_as_its_section_says(name):
    """What two seeds do not show, because the lever is small against their luck, six must."""
    moved = in_declared_direction(name, FEW)
    if not all(moved.values()):
        moved = in_declared_direction(name, MANY)
    assert all(moved.values()), moved


@pytest.mark.parametrize("name", ACTIVE)
def test_a_lever_reaches_each_of_its_outputs(name):
    still = [what for what in REGISTRY[name].outputs if not np.nansum(np.abs(change(name, what, 0))) > 0]
    assert still == []


@pytest.mark.slow
@pytest.mark.parametrize("name", SIGNED)
def test_a_lever_moves_all_its_signed_outputs_on_the_mean_of_six_seeds(name):
    moved = in_declared_direction(name, MANY)
    assert all(moved.values()), moved


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name in SIGNED if REGISTRY[name].baseline != REGISTRY[name].full])
def test_a_lever_at_baseline_moves_a_signed_output_less_than_at_full(name):
    """Half a policy is not more than a whole one: what six seeds show of it is within two standard errors.

    Where the two plans differ in few years (`labour_export` after 2025) the luck of single persons is larger than that.
    """
    more = {}
    for what, sign in ((what, SIGN[sign]) for what, sign in REGISTRY[name].direction.items() if sign in SIGN):
        beyond = np.array([sign * np.nansum(output(moved_alone(name, seed, "baseline"), what, seed)
                                            - output(moved_alone(name, seed), what, seed)) for seed in MANY])
        more[what] = beyond.mean() > 2.0 * beyond.std(ddof=1) / np.sqrt(len(beyond))
    assert not any(more.values()), more


# ---- levers whose sections leave the sign of their totals open: who gains, who loses ---------------------------


def total(name, what, axes=(), seeds=FEW):
    """Change by county (or more dims), summed over years and seeds."""
    return sum(change(name, what, seed).sum(axis=(0, *axes)) for seed in seeds)


def test_training_turns_junior_into_senior_workers():
    junior, senior, _ = total("skill_training", "population_skill", axes=(1,))
    assert senior > 0 > junior


def test_vocational_schools_turn_out_more_senior_and_fewer_junior():
    junior, senior, _ = total("vocational", "population_skill", axes=(1,))
    assert senior > 0 > junior


def test_talent_comes_from_college():
    _, _, college = total("talent", "population_skill", axes=(1,))
    assert college > 0


def test_a_tilted_quota_goes_where_people_are_poor():
    pack = load_pack()
    given = total("quota_tilt", "quota")
    income = sum(reference(seed)["disposable_income"][-10:].sum(axis=(0, 2)) for seed in FEW)
    people = sum(reference(seed)["population"][-10:].sum(axis=0) for seed in FEW)
    per_head = np.where(pack.active, income / np.maximum(people, 1), np.inf)
    poorest, richest = np.argsort(per_head)[:6], np.argsort(np.where(pack.active, -per_head, np.inf))[:3]
    assert given[poorest].sum() > 0 > given[richest].sum()
    assert abs(given.sum()) < 1e-3 * np.abs(given).sum()


def test_a_reserve_of_quota_goes_where_parks_are():
    from sim.region.parks import park_share, parks

    pack = load_pack()
    hosts = park_share(np.asarray(pack.codes), 2035, parks(pack)) > 0
    given = total("quota_plan", "quota")
    assert given[hosts].sum() > 0 > given[~hosts].sum()


def test_a_tilted_equalisation_goes_to_the_weak_areas_within_the_pool():
    pack = load_pack()
    weak = pack.group("mountains") | pack.group("ethnic") | pack.group("poverty")
    paid = total("weak_area", "transfer_equalisation")
    assert paid[weak & pack.active].sum() > 0 > paid[~weak].sum()
    assert abs(paid.sum()) < 1e-3 * np.abs(paid).sum()


def test_who_keeps_the_homestead_leaves_the_village_sooner():
    moved = total("homestead", "departures_internal").sum() + total("homestead", "zone_moves").sum()
    assert moved > 0


def test_help_goes_to_the_third_of_counties_with_the_lowest_income_per_head():
    run, rows = moved_alone("paired_help", 0), slice(first_year("paired_help") - YEARS[0], None)
    pack = load_pack()
    helped = run["transfer_aid"][rows] > 0
    assert np.all(helped.sum(axis=1) == 6) and not helped[:, ~pack.active].any()
    last = slice(rows.start - 1, -1)  # help of a year goes by the incomes of the year before
    people = np.maximum(run["population"][last], 1)
    income = np.where(pack.active, run["disposable_income"][last].sum(axis=2) / people, np.nan)
    assert np.all(np.nanmax(np.where(helped, income, np.nan), axis=1)
                  <= np.nanmin(np.where(helped, np.nan, income), axis=1))


def test_the_end_of_the_year_before_is_the_same_state_in_both_worlds():
    """Not only what is recorded: persons themselves agree until the lever starts."""
    start = first_year("hukou_open")
    models = [HainanModel(plan, seed=3, weight=1000, until=start)
              for plan in (NO_POLICY, NO_POLICY.with_levers(hukou_open="full"))]
    for model in models:
        while model.year < start - 1:
            model.step()
    left, right = (model.persons.arrays() for model in models)
    assert all(np.array_equal(left[name], right[name]) for name in left)
    for model in models:
        model.step()
    assert any(not np.array_equal(a, b) for a, b in zip(*(m.persons.arrays().values() for m in models), strict=False))
