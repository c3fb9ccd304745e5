"""Shares of variance of planted additive outcomes: each source has a variance of its own, so each share is known."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from calibration import components
from calibration.components import CHANCE, DATA, OUTLOOK, PARAMETERS, RESIDUAL, SCENARIO
from calibration.outcomes import EFFECT, LEVEL
from sim.core.declare import Limits, UserError
from sim.mechanisms.past import SHARED_ABOVE, luck_of_shocks

SHIFTS = {f"shift:{name}": Limits(-1, 1) for name in components.OUTLOOK_SPREAD}
SD = {CHANCE: 1.0, RESIDUAL: 2.0, PARAMETERS: 3.0, DATA: 1.5, OUTLOOK: 0.5}


def planted(design, scenarios, scenario_step=4.0, interaction=0.0, sd=SD, world=0):
    """Results [scenario, draw, seed, year] of the design: a sum of parts, each of which one source alone decides."""
    def luck(*key):
        return np.random.default_rng([world, *map(int, key)]).normal()

    draws = {row["draw"]: row for row in design.draws}
    seeds = sorted({run["seed"] for run in design.runs})
    y = np.full((len(scenarios), len(draws), len(seeds), 2), np.nan)
    for run in design.runs:
        row, s = draws[run["draw"]], scenarios.index(run["scenario"])
        low, high = run["seed"] % 2**SHARED_ABOVE, luck_of_shocks(run["seed"])
        of_parameters = luck(1, round(1e9 * row["moving_cost"]))
        value = 100 + scenario_step * s + sd[PARAMETERS] * of_parameters + sd[DATA] * luck(2, row["imputation"])
        value += sd[OUTLOOK] * luck(3, round(1e9 * (row["shift:national_growth"] + 1)))
        value += sd[CHANCE] * luck(4, run["seed"]) + sd[RESIDUAL] * luck(5, high) + interaction * s * of_parameters
        y[s, list(draws).index(run["draw"]), seeds.index(run["seed"])] = value, low + value
    columns = {name: ("draw", [row[name] for row in draws.values()]) for name in design.draws[0] if name != "draw"}
    return xr.Dataset({"theil_inc_pc": (("scenario", "draw", "seed", "year"), y)}, coords={
        "scenario": scenarios, "draw": list(draws), "seed": seeds, "year": [2034, 2035], **columns})


def shares(table, kind=LEVEL, scenario="", year=2034):
    mine = table[(table.kind == kind) & (table.scenario == scenario) & (table.year == year)]
    return mine.set_index("source")


def test_the_design_changes_one_source_at_a_time():
    design = components.stars(10, ["a", "b"], SHIFTS)
    assert len(design.draws) == 40 and len(design.runs) == 10 * components.OF_A_POINT * 2
    assert components.stars(10, ["a", "b"], SHIFTS) == design
    first, *others = design.draws[:4]
    same = [{name for name in first if row[name] == first[name] and name != "draw"} for row in others]
    assert [len({"moving_cost", "imputation", "shift:national_growth"} - kept) for kept in same] == [1, 1, 1]
    assert "imputation" not in same[1] and "moving_cost" not in same[0] and "shift:national_growth" not in same[2]
    seeds = {run["seed"] for run in design.runs if run["draw"] == 1}
    assert len(seeds) == 3 and len({luck_of_shocks(seed) for seed in seeds}) == 2


def test_points_have_draws_of_their_own():
    with pytest.raises(UserError, match="at most 99"):
        components.stars(100, ["a"], SHIFTS)


def test_planted_shares_are_found_within_their_bands():
    results = planted(components.stars(80, ["a", "b", "c"], SHIFTS), ["a", "b", "c"])
    found = shares(components.components(results, ["theil_inc_pc"], "a"))
    true = {name: sd**2 for name, sd in SD.items()} | {SCENARIO: 16.0}
    total = sum(true.values())
    for source, variance in true.items():
        assert found["variance"][source] == pytest.approx(variance, rel=0.5, abs=0.15)
        assert found["low"][source] <= found["share"][source] <= found["high"][source]
        assert found["low"][source] - 0.05 < variance / total < found["high"][source] + 0.05
    assert found["share"].sum() == pytest.approx(1.0)
    assert not found["negative"].any()


def test_what_is_additive_is_said_to_be_so():
    """The ratio of two estimates from 40 points has a standard deviation of .25; the mean of forty worlds, of .04."""
    design = components.stars(40, ["a", "b"], SHIFTS)
    found = [shares(components.components(planted(design, ["a", "b"], world=world), ["theil_inc_pc"], "a"))
             for world in range(1, 41)]
    assert np.mean([one["additive"][CHANCE] for one in found]) == pytest.approx(1.0, abs=0.15)


def test_a_paired_effect_holds_what_differs_between_scenarios_alone():
    design = components.stars(40, ["a", "b"], SHIFTS)
    plain = components.components(planted(design, ["a", "b"], sd=dict.fromkeys(SD, 1e-9)), ["theil_inc_pc"], "a")
    assert shares(plain, EFFECT, "b")["variance"].max() < 1e-6
    mixed = planted(design, ["a", "b"], interaction=2.0, sd=dict.fromkeys(SD, 1e-9))
    found = shares(components.components(mixed, ["theil_inc_pc"], "a"), EFFECT, "b")
    assert found["share"][PARAMETERS] > 0.99 and SCENARIO not in found.index


def test_a_component_that_comes_out_negative_is_nought_and_flagged():
    none = {**dict.fromkeys(SD, 0.0), CHANCE: 1.0}
    design = components.stars(40, ["a", "b"], SHIFTS)
    results = planted(design, ["a", "b"], scenario_step=0.0, sd=none)
    results["theil_inc_pc"][1] += np.random.default_rng(1).normal(size=results["theil_inc_pc"][1].shape)
    found = shares(components.components(results, ["theil_inc_pc"], "a"))
    negative = found[found["negative"]]
    assert set(negative.index) <= {RESIDUAL, SCENARIO} and (negative["share"] == 0).all()
    flat = results.assign(theil_inc_pc=results["theil_inc_pc"].where(results.scenario == "a").max("scenario")
                          .expand_dims(scenario=2).assign_coords(scenario=["a", "b"]))
    again = shares(components.components(flat, ["theil_inc_pc"], "a"))
    assert again["variance"][SCENARIO] == 0 and again["share"][CHANCE] > 0.6


def test_sources_that_runs_do_not_tell_apart_are_not_given_a_share():
    """Seeds and parameters alone, crossed: no base data, no outlook, and shocks come with the seed."""
    rng = np.random.default_rng(5)
    y = 10 + 2 * rng.normal(size=(1, 30, 1, 1)) + rng.normal(size=(1, 30, 20, 1)) + np.zeros((2, 1, 1, 1))
    results = xr.Dataset({"theil_inc_pc": (("scenario", "draw", "seed", "year"), y)}, coords={
        "scenario": ["a", "b"], "draw": range(30), "seed": range(20), "year": [2035],
        "moving_cost": ("draw", np.linspace(2, 4, 30)), "imputation": ("draw", [0] * 30)})
    found = shares(components.components(results, ["theil_inc_pc"], "a"), year=2035)
    assert found["share"][[RESIDUAL, DATA, OUTLOOK]].isna().all()
    assert found["variance"][CHANCE] == pytest.approx(1.0, rel=0.15)
    assert found["variance"][PARAMETERS] == pytest.approx(5.0, rel=0.5)
    assert found["share"][SCENARIO] == 0 and np.isnan(found["additive"][CHANCE])


def test_runs_that_a_scenario_lacks_are_left_out():
    design = components.stars(20, ["a", "b"], SHIFTS)
    results = planted(design, ["a", "b"])
    whole = components.cells(results)
    lacking = results.copy(deep=True)
    lacking["theil_inc_pc"][1, 0] = np.nan
    assert len(components.cells(lacking).places) < len(whole.places)
    with pytest.raises(UserError, match="run of every scenario"):
        components.cells(results.where(results.scenario == "a"))


def test_points_are_blocks_of_their_own():
    of = components.cells(planted(components.stars(12, ["a"], SHIFTS), ["a"]))
    assert np.bincount(components.blocks(of)).tolist() == [components.OF_A_POINT] * 12
    assert isinstance(components.classes(of, RESIDUAL)[0], np.ndarray) and len(components.classes(of, DATA)) == 12


def test_bands_are_the_same_for_the_same_runs():
    results = planted(components.stars(12, ["a", "b"], SHIFTS), ["a", "b"])
    first, second = (components.components(results, ["theil_inc_pc"], "a") for _ in range(2))
    pd.testing.assert_frame_equal(first, second)


def test_seeds_below_the_shared_bits_have_their_own_shocks():
    assert luck_of_shocks(7) == 7 and luck_of_shocks(0) == 0
    assert luck_of_shocks(components.seed_of(7, 3)) == luck_of_shocks(components.seed_of(9, 3)) == 3


def test_the_sources_of_a_county_are_those_of_its_own_values():
    """In one county parameters alone decide, in another chance alone; a third is empty."""
    design = components.stars(12, ["a"], SHIFTS)
    parts = [planted(design, ["a"], sd=dict.fromkeys(SD, 0.0) | {source: 1.0})["theil_inc_pc"]
             for source in (PARAMETERS, CHANCE)]
    results = planted(design, ["a"])
    values = xr.concat([*(np.exp(part / 100) for part in parts), 0.0 * parts[0]], "county")
    results = results.assign(population=values).assign_coords(county=[1, 2, 3], name_en=("county", ["X", "Y", "Z"]))
    found = components.by_county(results, "a")
    assert set(found.name_en) == {"X", "Y"}
    one = found[found.year == 2034].set_index(["name_en", "source"]).share
    assert one["X", PARAMETERS] == pytest.approx(1.0) and one["Y", CHANCE] > 0.5
