"""Indicators of a county and of history: two counties and numbers written out."""

import numpy as np
import pytest
import xarray as xr

from sim.indicators import INDICATORS, add_indicators, cards, county_group
from sim.indicators import counties as ind
from sim.indicators.registry import compute

MEANINGS = "missing official secondary derived recalled imputed"


def history(**columns):
    years, codes = [2010, 2011], [460100, 460200, 460300]
    data = {name: (("year", "county"), np.array(values, dtype=float)) for name, values in columns.items()}
    return xr.Dataset(data, coords={"year": years, "county": codes, "active": ("county", [True, True, False])})


def test_output_per_head_is_in_yuan():
    assert ind.per_head(200.0, 4000) == pytest.approx(50_000)
    assert np.isnan(ind.per_head(200.0, 0))


def test_incomes_of_town_and_country_average_to_the_income_of_all():
    income, persons = np.array([[30.0, 10.0]]), np.array([[1000, 2000]])
    assert ind.income_urban(income, persons) == pytest.approx(30_000)
    assert ind.income_rural(income, persons) == pytest.approx(5_000)
    assert ind.income_per_head(income, persons) == pytest.approx(40e6 / 3000)


def test_old_and_young_are_counted_from_the_census_groups():
    ages = np.zeros(18)
    ages[0], ages[2], ages[3], ages[12], ages[13], ages[17] = 10, 10, 30, 20, 20, 10
    assert ind.old_share(ages) == pytest.approx(0.3)
    assert ind.young_share(ages) == pytest.approx(0.2)


def test_standard_heads_give_costly_counties_more_and_keep_the_sum():
    heads = ind.standard_heads(np.array([30.0, 10.0]), np.array([100.0, 100.0]))
    assert heads == pytest.approx([150, 50])
    assert ind.resources_per_standard_head(np.array([3.0, 1.0]), np.array([30.0, 10.0]),
                                           np.array([100.0, 100.0])) == pytest.approx([20_000, 20_000])


def test_a_county_without_need_has_no_standard_heads_and_harms_no_other():
    heads = ind.standard_heads(np.array([30.0, 10.0, np.nan]), np.array([100.0, 100.0, 5.0]))
    assert heads[:2] == pytest.approx([150, 50]) and np.isnan(heads[2])


def test_leverage_counts_land_revenue_as_a_resource():
    assert ind.leverage(90.0, 40.0, 20.0) == pytest.approx(1.5)


def test_net_migration_counts_both_borders():
    assert ind.net_migration_rate(30, 10, 5, 15, 1000.0) == pytest.approx(0.01)


def test_incomes_meet_the_mean_residents_of_the_year():
    zone = np.array([[[100.0, 300.0]], [[300.0, 300.0]]])  # year, county, zone
    income = np.array([[[1.0, 3.0]], [[1.0, 3.0]]])
    made = compute({"population_zone": zone, "disposable_income": income}, years=[2010, 2011])
    assert made["inc_u"][:, 0] == pytest.approx([10_000, 5_000])  # 100 in the first year, then (100 + 300) / 2


def test_years_that_do_not_follow_each_other_are_not_averaged():
    made = compute({"population": np.array([[100.0], [300.0]]), "gdp": np.array([[1.0], [3.0]])}, years=[2010, 2020])
    assert made["gdp_pc"][:, 0] == pytest.approx([10_000, 10_000])


def test_history_with_a_county_unknown_has_no_gap_index():
    ds = history(gdp=[[10, 30, 1], [10, np.nan, 1]], population_mid=[[100, 100, 1], [100, 100, 1]])
    out = add_indicators(ds)
    assert out["cv_gdp_pc"].values[0] == pytest.approx(0.5)
    assert np.isnan(out["cv_gdp_pc"].values[1])
    assert out["gdp_pc"].values[1, 0] == pytest.approx(100_000)


def test_sansha_is_compared_only_when_asked():
    ds = history(gdp=[[10, 10, 90], [10, 10, 90]], population_mid=[[100, 100, 100]] * 2)
    assert add_indicators(ds)["theil_gdp_pc"].values == pytest.approx([0, 0])
    assert (add_indicators(ds, include_sansha=True)["theil_gdp_pc"].values > 0.1).all()
    marked = county_group(ds, active=[True, True, True])
    assert (add_indicators(marked)["theil_gdp_pc"].values > 0.1).all()


def test_coast_against_landlocked_needs_the_groups():
    ds = history(gdp=[[10, 30, 1]] * 2, population_mid=[[100] * 3] * 2)
    assert "theil_between_gdp_pc" not in add_indicators(ds)
    out = add_indicators(county_group(ds, coast=[True, False, False]))
    assert out["theil_between_gdp_pc"].values == pytest.approx(out["theil_gdp_pc"].values)
    assert out["theil_within_gdp_pc"].values == pytest.approx([0, 0], abs=1e-7)
    assert out["landcoast_gdp_pc"].values == pytest.approx([3, 3])


def test_what_history_prints_is_not_computed_again():
    ds = history(gdp=[[10, 30, 1]] * 2, population_mid=[[100] * 3] * 2, gdp_pc=[[1, 2, 3]] * 2)
    assert add_indicators(ds)["gdp_pc"].values[0].tolist() == [1, 2, 3]


def test_an_indicator_is_never_trusted_more_than_its_sources():
    ds = history(gdp=[[10, 30, 1]] * 2, population_mid=[[100] * 3] * 2)
    flags = {"flag_values": np.arange(6), "flag_meanings": MEANINGS}
    ds["gdp_flag"] = (("year", "county"), np.array([[2, 5, 1], [2, 2, 1]], dtype=np.uint8), flags)
    out = add_indicators(ds)
    assert out["gdp_pc_flag"].values[0].tolist() == [3, 5, 3]
    assert out["theil_gdp_pc_flag"].values.tolist() == [5, 3]
    assert out["gdp_pc_flag"].attrs["flag_meanings"] == MEANINGS


def test_a_run_and_its_history_get_the_same_names():
    ds = history(gdp=[[10, 30, 1]] * 2, population=[[100] * 3] * 2)
    run = ds.expand_dims(scenario=["a", "b"], seed=[0, 1])
    assert set(add_indicators(run).data_vars) == set(add_indicators(ds).data_vars)
    assert add_indicators(run)["gdp_pc"].dims == ("scenario", "seed", "year", "county")


def test_every_indicator_has_unit_names_and_section():
    for name, card in cards().items():
        assert card.unit and card.long_name and card.long_name_zh and card.section, name
        assert card.name == name


def test_indicators_of_the_whole_province_are_sums_over_counties():
    ds = history(gdp=[[10, 30, 1]] * 2, population=[[100, 200, 3]] * 2)
    out = add_indicators(ds)
    assert out["province_gdp"].values[0] == 41
    assert out["province_population"].values[0] == 303


def test_names_of_indicators_and_columns_do_not_clash():
    from sim.agents.county import Counties

    assert not set(INDICATORS) & set(Counties.columns())


def test_rent_and_price_are_told_by_the_income_of_one_person():
    # 25 m2 at 200 CNY are 5,000 of 20,000; at a price of 8,000 they cost ten years
    assert ind.rent_burden(np.array([200.0]), np.array([20_000.0])) == pytest.approx([0.25])
    assert ind.price_to_income(np.array([8000.0]), np.array([20_000.0])) == pytest.approx([10.0])
    assert np.isnan(ind.rent_burden(np.array([0.0]), np.array([0.0])))


def test_homes_are_counted_per_urban_resident():
    assert ind.homes_per_head(np.array([3000.0]), np.array([[100.0, 900.0]])) == pytest.approx([30.0])
