"""The composite index of coordination (D.4): goalposts, areas, coupling, and what weights do."""

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.indicators import add_indicators
from sim.indicators import coordination as ind
from sim.indicators.registry import compute, why_missing

share = st.floats(0, 1)


def test_goalposts_are_nought_and_one_and_what_lies_beyond_is_no_more():
    assert ind.merit([0.5, 0.275, 0.05, 0.6, 0.0], 0.5, 0.05) == pytest.approx([0, 0.5, 1, 0, 1])
    assert ind.merit([0.5, 0.75, 1.0], 0.5, 1.0) == pytest.approx([0, 0.5, 1])


def test_an_area_is_the_mean_of_its_parts():
    values = {"theil_inc_pc": 0.075, "province_basic_living": 0.6, "cvu_svc": 0.5}  # .5, 1, 0
    assert ind.area_index(values) == pytest.approx(0.5)
    assert ind.area_index(values, weights={"cvu_svc": 0.0}) == pytest.approx(0.75)
    assert ind.area_index(values, goalposts={"theil_inc_pc": (0.075, 0.0)}) == pytest.approx(1 / 3)


def test_equal_areas_are_wholly_coupled():
    """LC28: U1 = U2 = U3 = u: C = 1, D = sqrt(u)."""
    for u in (0.2, 0.5, 1.0):
        assert ind.coupling(u, u, u) == pytest.approx(1.0)
        assert ind.coordination(u, u, u) == pytest.approx(np.sqrt(u))
        assert ind.composite(u, u, u) == pytest.approx(100 * u)


def test_one_area_at_zero_couples_nothing():
    """LC28: one U = 0: C = 0."""
    assert ind.coupling(0.0, 0.8, 0.6) == 0.0 and ind.coordination(0.0, 0.8, 0.6) == 0.0
    assert ind.composite(0.0, 0.8, 0.6) == 0.0
    assert ind.coupling(0.0, 0.0, 0.0) == 0.0


def test_coupling_of_three_areas_by_hand():
    # |.9-.6| + |.9-.3| + |.6-.3| = 1.2, over 3: .4; (.9 .6 .3 / .9^3)^(1/2) = sqrt(2/9)
    assert ind.coupling(0.9, 0.6, 0.3) == pytest.approx(np.sqrt(0.6 * np.sqrt(2 / 9)))
    assert ind.development(0.9, 0.6, 0.3) == pytest.approx(0.6)


@given(share, share, share)
@settings(max_examples=50, deadline=None)
def test_coupling_lies_between_nought_and_one_and_does_not_know_the_order(a, b, c):
    found = ind.coupling(a, b, c)
    assert 0 <= found <= 1 + 1e-12
    assert ind.coupling(c, a, b) == pytest.approx(found, abs=1e-9)
    assert 0 <= ind.coordination(a, b, c) <= 1 + 1e-12


def test_classes_are_named_from_balance_lost_to_high():
    assert [ind.class_of(d) for d in (0.39, 0.4, 0.55, 0.85, 0.95)] == [
        "out of balance", "near imbalance", "barely coordinated", "good coordination", "high coordination"]
    assert ind.class_of(0.95, "zh") == "优质协调" and ind.class_of(float("nan")) == ""


def test_a_part_that_never_differs_has_no_weight_by_entropy():
    weights = ind.entropy_weights(np.array([[0.5, 0.1], [0.5, 0.9], [0.5, 0.2]]))
    assert weights == pytest.approx([0, 1], abs=1e-9)
    assert ind.entropy_weights(np.full((3, 2), 0.5)) == pytest.approx([0.5, 0.5])


def test_drawn_weights_sum_to_one_and_are_the_same_twice():
    weights = ind.dirichlet_weights(5, 200, seed=1)
    assert weights.shape == (200, 5) and weights.sum(axis=1) == pytest.approx(np.ones(200))
    assert np.array_equal(weights, ind.dirichlet_weights(5, 200, seed=1))
    merits = np.array([[0.2, 0.4, 0.4, 0.4, 0.4]])
    spread = ind.under_weights(merits, weights)
    assert spread.shape == (200, 1) and 0.2 <= spread.min() <= spread.max() <= 0.4


# ---- on results -----------------------------------------------------------------------------------------------


def parts(**more):
    """A year of three parts of each area, all half way between their goalposts."""
    chosen = [part for area in ind.AREAS.values() for part in area[:3]]
    return {part.name: np.array([(part.worst + part.best) / 2]) for part in chosen} | more


def test_parts_half_way_make_an_index_of_fifty():
    made = compute(parts(), years=[2030], names=["rci", "coordination"])
    assert made["rci"] == pytest.approx([50]) and made["coordination"] == pytest.approx([np.sqrt(0.5)])


def test_an_area_with_two_parts_known_is_not_computed():
    known = parts()
    known.pop("carbon_left")
    made = compute(known, years=[2030], names=["rci"])
    assert "u_gaps" in made and "u_environment" not in made and "rci" not in made
    assert "province_emission_intensity" in why_missing("rci", known)


def test_a_part_that_comes_later_joins_by_itself():
    area = ind.AREAS["gaps"]
    without = compute(parts(), years=[2030], names=["u_gaps"])["u_gaps"]
    joined = compute(parts(**{area[3].name: np.array([area[3].best])}), years=[2030], names=["u_gaps"])["u_gaps"]
    assert without == pytest.approx([0.5]) and joined == pytest.approx([(3 * 0.5 + 1) / 4])


def test_an_index_names_what_it_goes_without_and_heeds_the_goalposts_of_a_study():
    data = {name: (("year",), values) for name, values in parts().items()}
    ds = xr.Dataset(data, coords={"year": [2030], "county": [460100]})
    out = add_indicators(ds)
    assert out["u_gaps"].attrs["without"] == "cvu_fis_pc, province_basic_living"
    strict = add_indicators(ds.assign_attrs(goalposts='{"theil_inc_pc": [0.075, 0.0]}'))
    assert strict["u_gaps"].values == pytest.approx([1 / 3], rel=1e-6)
    assert strict["u_integration"].values == out["u_integration"].values


def test_every_part_of_the_index_is_an_outcome():
    """No part is the setting of a lever: none rests on a column that a rule copies from one."""
    copied = {"entitlement", "border_minutes", "business_env", "cooperation", "hukou_open"}
    from sim.indicators.registry import sources

    assert sources(ind.PARTS) & copied - {"entitlement"} == set()
    resting = {part for part in ind.PARTS if "entitlement" in sources([part])}
    assert resting == {"cvu_svc"}  # services are counted by who may use them
