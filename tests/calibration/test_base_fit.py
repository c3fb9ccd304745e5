"""The base year against what is observed of it: errors by hand, and what has no counterpart in the model is said."""

from types import SimpleNamespace

import numpy as np
import pytest

from calibration import base_fit
from sim.model import HainanModel
from sim.region.base_targets import base_targets
from sim.region.pack import load_pack
from tests.tiny_pack import write_tiny_pack


def stand_in(pack, **changed):
    """A model whose base year is what was observed, but for factors by quantity."""
    found = {name: target.values.copy() for name, target in base_targets(pack).items()}
    for name, factor in changed.items():
        found[name] = found[name] * np.asarray(factor)
    branches = np.stack([found[f"gdp_{b}"] for b in ("primary", "secondary", "tertiary")], axis=1)
    people = np.full((pack.n, 2), 1000.0)
    incomes = np.stack([found["inc_u"], base_fit.targets(pack)["inc_r"].values], axis=1) * people / 1e6
    counties = SimpleNamespace(gdp_branch=branches, own_revenue=found["own_revenue"], population_zone=people,
                               budget_resources=found["budget_spending"], disposable_income=incomes)
    even = SimpleNamespace(visitor_share=np.ones(pack.n) / pack.n)
    return SimpleNamespace(pack=pack, counties=counties, observed=even)


@pytest.fixture
def pack(tmp_path):
    return load_pack(write_tiny_pack(tmp_path / "pack"))


def test_a_base_year_that_is_what_was_observed_has_no_error(pack):
    table = base_fit.base_misfit(stand_in(pack)).set_index("quantity")
    for name in ("gdp_primary", "gdp_tertiary", "own_revenue", "budget_spending", "inc_u", "inc_r"):
        assert table.loc[name, ["level_error", "share_error"]].tolist() == pytest.approx([0, 0], abs=1e-12), name
        assert table.loc[name, "counties"] == 3
    assert table.loc["inc_r", "observed"] == 0  # derived: settled on, never scored


def test_errors_of_level_and_of_share_are_told_apart(pack):
    table = base_fit.base_misfit(stand_in(pack, own_revenue=2, budget_spending=(1, 1, 3))).set_index("quantity")
    assert table.loc["own_revenue", "level_error"] == pytest.approx(np.log(2))
    assert table.loc["own_revenue", "share_error"] == pytest.approx(0, abs=1e-12)
    # 180, 108, 27 become 180, 108, 81: the sum grows by 369/315
    assert table.loc["budget_spending", "level_error"] == pytest.approx(np.log(3) / 3)
    assert table.loc["budget_spending", "worst"] == "Qiongzhong"
    assert table.loc["budget_spending", "worst_error"] == pytest.approx(np.log(3) - np.log(369 / 315), rel=1e-3)


def test_what_has_no_counterpart_is_said(pack):
    table = base_fit.base_misfit(stand_in(pack))
    said = "\n".join(base_fit.lines(table))
    assert "no counterpart in the model" in said and "hospital_beds" in said
    assert table.set_index("quantity").loc["hospital_beds", "counties"] == 0


def test_the_model_meets_the_output_that_is_observed():
    table = base_fit.base_misfit(HainanModel("baseline", weight=1000, until=2011)).set_index("quantity")
    assert table.loc["gdp_tertiary", "counties"] == 7 and table.loc["gdp_tertiary", "level_error"] < 0.01
    assert table.loc["own_revenue", "counties"] == 17 and 0 < table.loc["own_revenue", "share_error"] < 1
