"""What an effect hangs on: draws in which one parameter makes it, and one does nothing."""

import numpy as np
import pytest
import xarray as xr

from outputs import hangs_on
from outputs.spread import least_correlation
from sim.core.declare import UserError

DRAWS = 30
STRONG = np.linspace(-1.0, 1.0, DRAWS)
IDLE = np.tile([1.0, 2.0], DRAWS // 2)
SAYS = {"strong": "what makes the effect", "idle": "what does nothing", "unknown": "what no draw has"}


def study(chance=0.0):
    """Effects of 10 strong + 2 %, two seeds that are `chance` % apart; the reference is 3 in all runs."""
    effect = (10.0 * STRONG + 2.0)[:, None] + chance * np.array([-0.5, 0.5])
    both = np.stack([np.full((DRAWS, 2), 3.0), 3.0 * np.exp(effect / 100)])
    return xr.Dataset({"theil_inc_pc": (("scenario", "draw", "seed", "year"), both[..., None])},
                      {"scenario": ["none", "plan"], "draw": np.arange(1, DRAWS + 1), "seed": [0, 1], "year": [2035],
                       "strong": ("draw", STRONG), "idle": ("draw", IDLE)})


def test_the_summary_is_over_draws_and_knows_which_way_a_gap_narrows():
    row = hangs_on.summary(study(), "plan", "none").iloc[0]
    assert row["mean"] == pytest.approx(2.0) and row.draws == DRAWS and row.chance == pytest.approx(0.0, abs=1e-12)
    assert row.low == pytest.approx(10 * np.quantile(STRONG, 0.05) + 2)
    assert row.as_wanted == pytest.approx(np.mean(10 * STRONG + 2 < 0)) == 0.4


def test_chance_is_the_part_of_the_variance_within_draws():
    chance = 4.0
    within, between = chance**2 / 2, 100 * np.var(STRONG)  # two seeds apart by chance; draws with two runs each
    row = hangs_on.summary(study(chance), "plan", "none").iloc[0]
    assert row.chance == pytest.approx(within / ((between + chance**2 / 4) * 2 * DRAWS / (2 * DRAWS - 1)))


def test_the_parameter_that_turns_a_sign_is_found():
    found = hangs_on.decisive(study(), "plan", "none", SAYS, least=0.5).set_index("parameter")
    assert list(found.index) == ["strong", "idle"]
    strong, idle = found.loc["strong"], found.loc["idle"]
    assert strong.correlation == pytest.approx(1.0) and strong.clear and strong.turns
    assert strong.mean_low == pytest.approx((10 * STRONG[:10] + 2).mean())
    assert strong.mean_high == pytest.approx((10 * STRONG[-10:] + 2).mean())
    assert not idle.clear and not idle.turns and abs(idle.correlation) < 0.1


def test_draws_with_a_missing_run_are_left_out():
    results = study()
    results["theil_inc_pc"].loc[{"scenario": "plan", "draw": 30, "seed": 1}] = np.nan
    assert hangs_on.summary(results, "plan", "none").draws[0] == DRAWS - 1
    few = results.isel(draw=slice(0, 5))
    with pytest.raises(UserError, match="5 draws have all their runs"):
        hangs_on.summary(few, "plan", "none")


def test_equal_values_have_their_mean_rank():
    # ranks 1.5, 1.5, 3 against 1, 2, 3: covariance .75 over 3 of sqrt(.5 * 2/3)
    assert hangs_on.rank_correlation(np.array([1.0, 1.0, 2.0]), np.array([1.0, 2.0, 3.0])) == pytest.approx(0.8660254)
    assert hangs_on.rank_correlation(np.ones(3), np.arange(3.0)) == 0.0


def test_lines_name_what_clearly_matters_alone():
    results = study(chance=1.0)
    text = "\n".join(hangs_on.lines(hangs_on.summary(results, "plan", "none"),
                                    hangs_on.decisive(results, "plan", "none", SAYS, least=0.5), 0.5))
    assert "narrows in 40 % of 30 draws" in text and "strong (rank correlation +1.00)" in text
    assert "turns the sign" in text and "idle" not in text


def test_chance_reaches_the_least_correlation_as_rarely_as_it_says():
    least, chance = least_correlation(100, 50), np.random.Generator(np.random.Philox(key=3))
    studies = [max(abs(np.corrcoef(chance.random((51, 100)))[0, 1:])) >= least for _ in range(400)]
    assert 0.02 < np.mean(studies) < 0.09
    assert least_correlation(100, 1) == pytest.approx(0.197, abs=0.002)  # tables of Pearson's r, 5 %, two-sided
