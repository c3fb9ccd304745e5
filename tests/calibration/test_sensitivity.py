"""Designs and indices on functions whose indices are known."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from calibration import sensitivity
from calibration.outcomes import EFFECT, LEVEL, Outcome
from calibration.priors import Prior, centre, contraction, latin, priors, rows_at
from sim.core.declare import UserError

FLAT = tuple(Prior(name, -np.pi, 0.0, np.pi, drawn=tuple(np.linspace(-np.pi, np.pi, 1001))) for name in "abc")
OUT = [Outcome("y", 2035, LEVEL)]


def ishigami(x):
    a, b, c = np.asarray(x).T
    return np.sin(a) + 7 * np.sin(b) ** 2 + 0.1 * c**4 * np.sin(a)


def test_indices_of_ishigami_are_those_of_its_paper():
    x = np.column_stack([prior.spaced(column) for prior, column in zip(FLAT, latin(300, 3, 1).T)])
    found = sensitivity.sobol(FLAT, x, ishigami(x)[:, None, None], OUT)
    table = found.table.set_index("parameter")
    assert table["first"].tolist() == pytest.approx([0.314, 0.442, 0.0], abs=0.05)
    assert table["total"].tolist() == pytest.approx([0.558, 0.442, 0.244], abs=0.06)
    assert found.quality["chance_share"][0] < 0.05 and found.quality["told"][0]


def test_an_additive_outcome_has_the_shares_of_its_slopes_and_luck_stands_apart():
    """Uniform parameters on -pi..pi with slopes 3, 1 and 0: shares .9, .1, 0; luck of variance 3.29 is half of
    the variance by the slope of 1 alone."""
    rng = np.random.default_rng(7)
    x = np.column_stack([prior.spaced(column) for prior, column in zip(FLAT, latin(150, 3, 2).T)])
    luck = np.sqrt(3.29) * rng.normal(size=(150, 4))
    y = np.stack([(x @ [3, 1, 0])[:, None] + luck, np.full((150, 4), 5.0)], axis=-1)
    found = sensitivity.sobol(FLAT, x, y, [*OUT, Outcome("still", 2035, EFFECT)])
    table = found.table.set_index("parameter")
    assert set(found.table["variable"]) == {"y"}
    assert table["first"].tolist() == pytest.approx([0.9, 0.1, 0.0], abs=0.04)
    assert table["total"].tolist() == pytest.approx([0.9, 0.1, 0.0], abs=0.04)
    assert found.quality["chance_share"].tolist() == pytest.approx([3.29 / (3.29 + 32.9), 0.0], abs=0.03)


def test_chance_of_a_seed_that_all_draws_share_limits_no_emulator():
    """Of luck of variance 4 a run, means over four seeds keep 1 where it is each draw's own, and nothing that parts
    draws where all share it: of a variance of 1 by parameters half can be predicted, and all of it."""
    rng = np.random.default_rng(3)
    told, luck = rng.normal(size=(4000, 1)), 2.0 * rng.normal(size=(4000, 4))
    found = sensitivity._allowed(np.stack([told + luck, told + luck[:1]], axis=-1))
    assert found == pytest.approx([0.5, 1.0], abs=0.03)


def test_an_outcome_that_is_not_predicted_has_no_indices():
    x = np.column_stack([prior.spaced(column) for prior, column in zip(FLAT, latin(60, 3, 2).T)])
    luck = np.random.default_rng(1).normal(size=(60, 1))
    found = sensitivity.sobol(FLAT, x, np.stack([x[:, :1], luck], axis=-1), [*OUT, Outcome("luck", 2035, LEVEL)])
    assert found.quality["told"].tolist() == [True, False] and set(found.table["variable"]) == {"y"}
    with pytest.raises(UserError, match="more seeds"):
        sensitivity.sobol(FLAT, x, luck[..., None], OUT)


def test_draws_with_a_run_that_lacks_are_left_out():
    x = np.column_stack([prior.spaced(column) for prior, column in zip(FLAT, latin(60, 3, 2).T)])
    y = (x @ [1, 1, 0])[:, None, None]
    y[5] = np.nan
    assert sensitivity.sobol(FLAT, x, y, OUT).quality["runs"].tolist() == [59]


def test_morris_finds_slopes_over_whole_ranges_and_ranks_by_them():
    known = tuple(Prior(name, 0.0, 5.0, 10.0) for name in ("large", "small", "none"))
    places = sensitivity.morris_places(known, 6)
    rows = sensitivity.morris_rows(known, places)
    values = np.array([[row[prior.name] for prior in known] for row in rows])
    assert values.min() == 0 and values.max() == 10 and len(rows) == 6 * 4
    y = (values @ [2.0, -0.5, 0.0])[:, None, None]
    table = sensitivity.morris(known, places, y, OUT).set_index("parameter")
    assert table["size"].tolist() == pytest.approx([20.0, 5.0, 0.0], abs=1e-4)
    assert table["mean"].tolist() == pytest.approx([20.0, -5.0, 0.0], abs=1e-4)
    assert sensitivity.retained(table.reset_index(), 2) == ["large", "small"]
    assert sensitivity.held(table.reset_index(), ["large"]) == {OUT[0]: pytest.approx(16 / 17)}  # 20^2 of 20^2 + 5^2
    assert sensitivity.morris_places(known, 6).tolist() == places.tolist()


def test_a_trajectory_with_a_run_that_lacks_is_left_out_and_too_few_are_refused():
    known = (Prior("a", 0.0, 1.0, 2.0),)
    places = sensitivity.morris_places(known, 3)
    y = places[:, :, None].copy()
    y[0] = np.nan
    assert sensitivity.morris(known, places, y, OUT)["size"][0] == pytest.approx(1.0)
    y[2] = np.nan
    with pytest.raises(UserError, match="1 trajectories"):
        sensitivity.morris(known, places, y, OUT)


def test_every_switch_is_within_the_declared_ranges():
    rows = sensitivity.switch_rows(centre(Path("none")))
    assert len(rows) == len(sensitivity.SWITCHES) + 1 and rows[0]["draw"] == 1
    known = {prior.name: prior for prior in priors(
        (name for name in rows[0] if name not in ("draw", "imputation")), Path("none"))}
    for row in rows:
        for name, prior in known.items():
            assert prior.low <= row[name] <= prior.high


def test_a_switch_turns_an_effect_only_where_both_signs_are_beyond_luck():
    luck = np.array([-0.1, 0.0, 0.1])
    turned, weak = luck + 1.0, 20 * luck + 1.0
    y = np.stack([luck - 1.0, turned, weak])[..., None]
    switches = [sensitivity.Switch("clear", {}, "", ""), sensitivity.Switch("unclear", {}, "", "")]
    table = sensitivity.switched(y, luck[:, None] - 2.0, [Outcome("y", 2035, EFFECT)], switches).set_index("switch")
    assert table["turns"].to_dict() == {"clear": True, "unclear": False, "closure_off": False}
    assert table["difference"].to_dict() == pytest.approx({"clear": 2.0, "unclear": 2.0, "closure_off": -1.0})
    levels = sensitivity.switched(y, None, OUT, switches)
    assert not levels["turns"].any() and set(levels["switch"]) == {"clear", "unclear"}


def test_a_prior_is_the_declared_triangle_or_the_draws_of_a_posterior(tmp_path):
    (plain,) = priors(["moving_cost"], tmp_path / "none.csv")
    assert (plain.low, plain.central, plain.high) == (1.5, 2.4, 6.0)
    assert plain.at([0, 1]).tolist() == [1.5, 6.0] and plain.place(plain.at(0.3)) == pytest.approx(0.3, abs=2e-3)
    assert plain.spread == pytest.approx(np.sqrt((1.5**2 + 2.4**2 + 36 - 1.5 * 2.4 - 1.5 * 6 - 2.4 * 6) / 18), rel=1e-3)
    (tmp_path / "production.csv").write_text("draw,imputation,moving_cost\n1,1,2.0\n2,2,3.0\n3,3,2.5\n")
    (learnt,) = priors(["moving_cost"], tmp_path / "production.csv")
    assert (learnt.low, learnt.central, learnt.high) == (1.5, 2.5, 6.0)
    assert learnt.at([0, 0.5, 1]).tolist() == [2, 2.5, 3]


def test_the_centre_is_the_median_of_the_draws_and_the_declared_value_of_what_they_lack(tmp_path):
    (tmp_path / "production.csv").write_text("draw,imputation,moving_cost\n1,1,2.0\n2,2,3.0\n3,3,2.5\n")
    found, declared = centre(tmp_path / "production.csv"), centre(tmp_path / "none.csv")
    assert found["moving_cost"] == 2.5 and declared["moving_cost"] == 2.4
    assert {name for name in declared if found[name] != declared[name]} == {"moving_cost"}


def test_contraction_is_nought_without_draws_and_what_the_draws_say_else(tmp_path):
    (tmp_path / "production.csv").write_text("draw,imputation,moving_cost\n1,1,2.0\n2,2,3.0\n3,3,2.5\n")
    found = contraction(tmp_path / "production.csv")
    (plain,) = priors(["moving_cost"], tmp_path / "none.csv")
    assert found["moving_cost"] == pytest.approx(1 - np.std([2.0, 3.0, 2.5]) / plain.spread)
    assert found["inflow_scale"] == 0.0


def test_a_screening_of_many_does_not_take_chance_for_a_parameter():
    """Forty parameters: one moves an outcome that chance blurs a little, none the outcome that is chance alone."""
    known = tuple(Prior(f"p{number}", 0.0, 0.5, 1.0) for number in range(40))
    places = sensitivity.morris_places(known, 4)
    rng = np.random.default_rng(3)
    told, chance = 0.5 * places[:, 7] + 0.1 * rng.normal(size=len(places)), rng.normal(size=len(places))
    y = np.stack([told, chance], axis=-1)[:, None]
    table = sensitivity.morris(known, places, y, [Outcome("told", 2035, LEVEL), Outcome("chance", 2035, EFFECT)])
    chance = table.drop_duplicates("variable").set_index("variable")["chance"]
    assert 0.1 < chance["told"] < 0.5 and chance["chance"] > 0.7
    assert sensitivity.retained(table, 1) == ["p7"]
    by_share = table.sort_values("share", ascending=False)
    assert by_share["variable"].iloc[0] == "chance" or by_share["parameter"].iloc[0] == "p7"


def test_a_parameter_is_retained_for_its_part_in_all_outcomes():
    """One moves a single outcome, and most of all; the other moves all three."""
    of = {"y": {"a": 3.0, "b": 2.0, "c": 1.0}, "z": {"a": 0.0, "b": 2.0, "c": 0.0}, "w": {"a": 0.0, "b": 1.0, "c": 1.0}}
    table = pd.DataFrame([{"variable": name, "year": 2035, "kind": LEVEL, "parameter": parameter, "worth": worth,
                           "chance": 0.0} for name, row in of.items() for parameter, worth in row.items()])
    assert sensitivity.retained(table, 1) == ["b"]
    assert sensitivity.held(table, ["b", "a"])[Outcome("y", 2035, LEVEL)] == pytest.approx(13 / 14)


def test_sizes_of_chance_are_parameters_with_a_range():
    assert set(sensitivity.SIZES_OF_CHANCE) <= {prior.name for prior in priors()}


def test_whole_parameters_stay_whole_and_values_are_those_of_the_table():
    ages = Prior("age", 50.0, 55.0, 60.0, whole=True)
    cost = Prior("cost", 0.0, 0.1, 1 / 3)
    rows = rows_at((ages, cost), np.column_stack([ages.at([0.2, 0.9]), cost.at([0.123456789, 1.0])]))
    assert all(isinstance(row["age"], int) for row in rows)
    assert rows[1]["cost"] <= 1 / 3 and len(str(rows[0]["cost"])) < 12


def test_a_name_that_is_no_parameter_is_answered_with_the_nearest():
    with pytest.raises(UserError, match="moving_cost"):
        priors(["moving_cots"])


def test_a_latin_hypercube_uses_every_part_of_each_range_once():
    places = latin(20, 3, 5)
    assert (np.sort(np.floor(20 * places), axis=0) == np.arange(20)[:, None]).all()
