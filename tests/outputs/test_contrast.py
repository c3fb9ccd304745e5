"""Effects are paired differences: by draw and seed, with interval and sign."""

import numpy as np
import pytest
import xarray as xr

from outputs import chapters, contrast, spread
from outputs.view import View
from sim.core.declare import UserError
from tests.outputs import synthetic


def runs(values, name="province_gdp", missing=()):
    """Results [scenario, draw, seed, year] of one number a run; missing places are nan."""
    array = np.array(values, dtype=float)[:, None, :, None]
    for place in missing:
        array[place[0], 0, place[1]] = np.nan
    dims = ("scenario", "draw", "seed", "year")
    scenarios = ["no_policy", "full", "third"][: len(array)]
    ds = xr.Dataset({name: (dims, array)}, coords={"scenario": scenarios, "draw": [0], "seed": range(array.shape[2]),
                                                    "year": [2035], "county": [460100]})
    ds["gdp"] = ds[name].expand_dims(county=1)
    return ds


def effect(scenario, reference):
    return spread.paired(scenario, reference, np.zeros(len(scenario)))


def test_an_effect_is_the_mean_of_paired_differences():
    found = effect([11.0, 23, 36], [10.0, 20, 30])
    assert found["mean"] == pytest.approx(10 / 3) and found["median"] == pytest.approx(3)
    assert (found["low"], found["high"]) == (1, 6)
    assert found["median_percent"] == pytest.approx(15) and found["low_percent"] == pytest.approx(10)
    assert found["above_zero"] == 1.0


def test_the_sign_counts_ties_as_half():
    found = effect([1.0, 2, 3, 4], [1.0, 1, 4, 4])
    assert found["above_zero"] == pytest.approx((1 + 0.5 * 2) / 4)


def test_a_pair_with_an_unknown_value_is_not_used_and_never_counts_as_lower():
    found = effect([1.0, np.nan, 2.0, 5.0], [2.0, 1.0, np.nan, 2.0])
    assert (found["pairs"], found["lower"], found["equal"]) == (2, 1, 0)
    assert found["mean"] == 1.0 and found["reference"] == 2.0 and found["above_zero"] == 0.5
    nothing = effect([np.nan], [1.0])
    assert (nothing["pairs"], nothing["lower"]) == (0, 0) and np.isnan(nothing["mean"])


def with_theil(values, hashes=""):
    """Results of a Theil index and of GDP by run."""
    ds = runs(values, "theil_gdp_pc").assign(province_gdp=runs(values)["province_gdp"])
    ds["theil_gdp_pc"].attrs["units"] = "index"
    ds["population"] = ds["gdp"]
    return View(ds.assign_attrs(scenario_hash=hashes))


def story(view):
    return " ".join(chapters._gains(view, "en"))


def test_scenarios_that_are_the_same_are_called_identical():
    said = story(with_theil([[0.1, 0.2], [0.1, 0.2]], "no_policy=a full=a"))
    assert said == ("“full” and “no_policy” are the same scenario under two names: all 2 paired runs are identical.")


def test_a_scenario_that_differs_after_the_horizon_alone_says_so():
    said = story(with_theil([[0.1, 0.2], [0.1, 0.2]], "no_policy=a full=b"))
    assert "Up to 2035, “full” gives the same results as “no_policy” in all 2 paired runs" in said
    assert "differ only after 2035, or the differences have no effect" in said


def test_one_pair_has_no_interval():
    found = effect([3.0], [2.0])
    assert found["mean"] == 1 and np.isnan(found["low"]) and np.isnan(found["high"])


def test_many_pairs_have_quantiles():
    found = effect(np.arange(101.0), np.zeros(101))
    assert (found["low"], found["high"]) == (9, 91)  # the tenth from either end holds four in five


def test_common_chance_cancels():
    chance = np.random.default_rng(0).normal(0, 50, 6)
    found = contrast.effects(View(runs([100 + chance, 103 + chance])))
    row = found[found.variable == "province_gdp"].iloc[0]
    assert row["mean"] == pytest.approx(3) and row.low == pytest.approx(3) and row.high == pytest.approx(3)


def test_a_run_that_is_missing_takes_its_pair_out():
    view = View(runs([[10, 20, 30], [11, 22, 33]], missing=[(1, 2)]))
    row = contrast.effects(view).iloc[0]
    assert row.pairs == 2 and row["mean"] == pytest.approx(1.5)


def test_every_scenario_but_the_reference_has_effects():
    view = View(runs([[10, 20], [11, 22], [9, 18]]))
    assert set(contrast.effects(view).scenario) == {"full", "third"}
    assert view.reference == "no_policy"
    other = View(runs([[10, 20], [11, 22], [9, 18]]), reference="third")
    assert set(contrast.effects(other).scenario) == {"no_policy", "full"}


def test_registered_contrasts_are_the_first_scenario_less_the_second():
    view = View(runs([[10, 20], [11, 24]]))
    found = contrast.registered(view, {"there": ("full", "no_policy"), "back": ("no_policy", "full")})
    there, back = (found[found.contrast == name]["mean"].to_numpy() for name in ("there", "back"))
    assert there == pytest.approx([2.5]) and back == pytest.approx([-2.5])


def test_a_single_scenario_has_no_effects_and_no_dot_plot():
    view = View(runs([[10, 20]]))
    assert contrast.effects(view).empty
    assert contrast.dot_plot(view, None) is None


def test_a_study_without_a_finished_run_says_so():
    with pytest.raises(UserError, match="no finished run"):
        View(runs([[np.nan]]))


def test_counties_are_ranked_without_sansha():
    results, past, shapes = synthetic.small()
    table = contrast.county_effects(View(results, past, polygons=shapes))
    assert 460300 not in set(table.county)
    assert set(table.variable) == set(contrast.BY_COUNTY)
    inland = table[(table.variable == "inc_pc") & (table.county == 469001)].iloc[0]
    coast = table[(table.variable == "inc_pc") & (table.county == 460100)].iloc[0]
    assert inland["mean"] > 0 > coast["mean"]
