"""History: printed values in the units of results, each with where it comes from, and no break is ever joined."""

import numpy as np
import pytest

from sim.agents.county import Counties
from sim.core import dataset
from sim.indicators.registry import add_indicators
from sim.region import pack as packs
from sim.region.history import HALF_YEAR_SERIES, NAMES, SERIES, YEARS, Panel, combined, history, observed
from sim.region.pack import load_pack
from tests.tiny_pack import write_tiny_pack

SHIPPED = load_pack()
HISTORY = history()
COUNTED = [s.card for s in SERIES if "county" in s.card.dims]


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    return load_pack(write_tiny_pack(tmp_path_factory.mktemp("tiny") / "pack"))


@pytest.fixture(scope="module")
def small(tiny):
    return history(tiny)


def at(ds, name, year, row=...):
    return ds[name].sel(year=year).values[row]


def held(ds, name):
    """The years in which a variable has any value."""
    known = ds[name].notnull()
    return ds["year"].values[known.any([d for d in known.dims if d != "year"]).values].tolist()


# --- the schema of results


def test_years_and_counties_are_labelled():
    assert HISTORY["year"].values.tolist() == list(YEARS) == list(range(2000, 2025))
    assert (HISTORY["county"].values == SHIPPED.codes).all()
    assert HISTORY["name_zh"].values[0] == "海口市" and HISTORY["coast"].values.sum() == 12
    assert HISTORY.attrs["data_hash"] == SHIPPED.hash


@pytest.mark.parametrize("name", NAMES)
def test_a_value_and_its_flag_are_there_together(name):
    flags = HISTORY[f"{name}_flag"]
    assert flags.dtype == np.uint8 and flags.dims == HISTORY[name].dims
    assert (HISTORY[name].isnull().values == (flags.values == packs.MISSING)).all()
    assert flags.attrs["flag_meanings"].split() == list(packs.FLAGS)
    assert list(flags.attrs["flag_values"]) == list(range(6))


@pytest.mark.parametrize("name", NAMES)
def test_every_variable_has_unit_and_two_names(name):
    assert all(HISTORY[name].attrs.get(key) for key in ("units", "long_name", "long_name_zh"))


def test_recorded_columns_have_their_own_unit_and_dims():
    for name in sorted(set(NAMES) & Counties.columns().keys()):
        card = Counties.columns()[name].card("county")
        assert HISTORY[name].dims == ("year", *card.dims) and HISTORY[name].attrs["units"] == card.unit


def test_history_is_made_once_and_handed_out_as_a_copy():
    history()["gdp"].values[:] = 0
    assert np.nanmin(history()["gdp"].values) > 0


def test_history_is_saved_and_read_back(tmp_path):
    first, second = (dataset.save(history(), tmp_path / f"{i}.nc") for i in "ab")
    assert first.read_bytes() == second.read_bytes()
    assert dataset.open_dataset(first)["gdp"].equals(HISTORY["gdp"])


# --- checksums


@pytest.mark.parametrize(("year", "total"), [(2000, 7_559_035), (2010, 8_671_485), (2020, 10_081_232)])
def test_residents_add_up_to_the_census(year, total):
    assert at(HISTORY, "population", year).sum() == total


@pytest.mark.parametrize("year", [2010, 2020])
def test_ages_and_zones_add_up_to_residents(year):
    known = np.isfinite(at(HISTORY, "population_age", year)[:, 0])
    residents = at(HISTORY, "population", year)[known]
    assert known.sum() == {2010: 18, 2020: 19}[year]
    assert (at(HISTORY, "population_age", year)[known].sum(1) == residents).all()
    assert (at(HISTORY, "population_zone", year)[known].sum(1) == residents).all()


def test_branches_add_up_to_output():
    gap = HISTORY["gdp_branch"].sum("branch", skipna=False) / HISTORY["gdp"] - 1
    assert gap.notnull().sum() > 100 and np.nanmax(np.abs(gap)) < 5e-4
    province = HISTORY["province_gdp_branch"].sum("branch", skipna=False) / HISTORY["province_gdp"]
    assert np.nanmax(np.abs(province - 1)) < 1e-6


def test_the_half_year_of_2018_is_at_prices_of_2020():
    half = HISTORY["gdp_h1_2018"]
    assert half.dims == ("county",) and int(half.notnull().sum()) == 18
    assert float(half.sum()) == pytest.approx(2390.72 * 100 / SHIPPED.deflator[2018], rel=1e-5)


def test_the_group_residual_is_the_province_less_seven_units():
    complete = [SHIPPED.row(c) for c in (460100, 460200, 469001, 469024, 469025, 469029, 469030)]
    known = at(HISTORY, "gdp", 2012, complete).sum()
    rest = float(at(HISTORY, "province_gdp_rest", 2012))
    assert at(HISTORY, "province_gdp", 2012) - known == pytest.approx(rest, rel=1e-3)


# --- breaks


def test_residents_before_and_after_revision_never_share_a_variable():
    assert held(HISTORY, "population") == [2000, 2010, 2020, 2021]
    assert held(HISTORY, "population_old_basis") == [2015, 2017, 2018, 2019]
    assert at(HISTORY, "population_old_basis", 2019, 0) == 2_327_900 and at(HISTORY, "population", 2020, 0) == 2_873_358


def test_net_income_and_disposable_income_never_share_a_variable():
    for net, disposable in (("inc_r_net", "inc_r"), ("province_inc_r_net", "province_inc_r")):
        assert max(held(HISTORY, net)) == 2013 and min(held(HISTORY, disposable)) == 2014


def test_danzhou_with_and_without_yangpu_are_two_variables():
    row = SHIPPED.row(460400)
    with_zone, without = (HISTORY[n].isel(county=row) for n in ("gdp", "gdp_excl_yangpu"))
    assert with_zone["year"][with_zone.notnull()].values.tolist() == [2015, 2018, 2019, 2020, 2021]
    assert without["year"][without.notnull()].values.tolist() == list(range(2015, 2021))
    whole = SHIPPED.province("gdp", 2018, file="economy-province") / SHIPPED.province("gdp_prelim", 2018)
    assert float(with_zone.sel(year=2015)) == pytest.approx(443.25 * whole ** 0.4 * 100 / SHIPPED.deflator[2015])
    assert HISTORY["gdp_excl_yangpu"].isel(county=[i for i in range(19) if i != row]).isnull().all()


def test_urban_shares_of_the_province_before_revision_are_apart():
    assert held(HISTORY, "province_urb") == [2010, *range(2020, 2025)]
    assert 2019 in held(HISTORY, "province_urb_old_basis")


def test_spending_by_function_starts_when_functions_are_complete():
    assert min(held(HISTORY, "spending_services")) == min(held(HISTORY, "spending_ecology")) == 2011


def test_registered_elsewhere_is_not_known_of_cities_with_districts():
    cities = [SHIPPED.row(460100), SHIPPED.row(460200)]
    for year in (2010, 2020):
        assert np.isnan(at(HISTORY, "residents_other_county", year, cities)).all()
        assert np.isfinite(at(HISTORY, "residents_other_county_printed", year, cities)).all()


def test_residents_are_local_or_from_elsewhere():
    parts = ("residents_local", "residents_other_county", "residents_other_province")
    total = sum(HISTORY[name] for name in parts)
    known = total.notnull()
    assert int(known.sum()) == 32
    assert (total.where(known, 0) == HISTORY["population"].where(known, 0)).all()


def test_no_county_value_stands_after_2021():
    for card in COUNTED:
        assert max(held(HISTORY, card.name)) <= 2021, card.name


# --- flags


def test_a_number_between_two_counts_is_imputed_and_no_observation():
    flags = HISTORY["population_mid_flag"]
    assert (flags.sel(year=2015).values[[0, 1, 3]] == packs.IMPUTED).all()
    assert set(np.unique(flags.sel(year=[2010, 2020]))) == {packs.DERIVED}
    assert observed(HISTORY, "population_mid").isnull().all()


def test_observed_leaves_out_what_is_derived_or_recalled():
    rural = observed(HISTORY, "province_inc_r")
    assert rural.isnull().all() and HISTORY["province_inc_r"].notnull().any()
    assert observed(HISTORY, "population").sel(year=2020).notnull().all()
    sanya_2000 = SHIPPED.row(460200)
    assert HISTORY["population_flag"].sel(year=2000).values[sanya_2000] == packs.RECALLED
    assert np.isnan(observed(HISTORY, "population").sel(year=2000).values[sanya_2000])


def test_a_sum_is_as_trusted_as_its_least_trusted_part():
    a = Panel(np.array([1.0, 2.0, np.nan]), np.array([1, 2, 0], np.uint8))
    b = Panel(np.array([1.0, 2.0, 3.0]), np.array([4, 1, 1], np.uint8))
    made = combined(np.add, a, b)
    assert made.values[:2].tolist() == [2, 4] and np.isnan(made.values[2]) and made.flags.tolist() == [4, 2, 0]
    assert combined(np.add, a, b, least=packs.DERIVED).flags.tolist() == [4, 3, 0]


def test_the_marine_sector_rests_on_an_assumption():
    flags = HISTORY["employed_flag"].sel(year=2020, sector="M").values
    assert (flags[SHIPPED.active] == packs.IMPUTED).all()
    assert (HISTORY["employed_flag"].sel(year=2020, sector="A").values[SHIPPED.active] == packs.DERIVED).all()


def test_indicators_of_history_carry_flags():
    rich = add_indicators(HISTORY)
    urban = rich["urb"].sel(year=2020)
    assert float(urban[0]) == pytest.approx(at(HISTORY, "population_zone", 2020)[0, 0] / 2_873_358, rel=1e-6)
    assert (rich["urb_flag"].sel(year=2020) == packs.DERIVED).all()


# --- arithmetic, on three counties


def test_output_is_in_million_yuan_at_prices_of_2020(small):
    # 6.0 x 1e8 yuan of 2010, ten years of 2 % inflation
    assert at(small, "gdp", 2010, 0) == pytest.approx(600 * 1.02 ** 10, rel=1e-6)
    assert at(small, "gdp_branch", 2010)[2] == pytest.approx(np.array([45, 9, 36]) * 1.02 ** 10, rel=1e-5)
    assert at(small, "province_gdp", 2020) == pytest.approx(1050 * 1.08 ** 10 * 1.02 ** 10, rel=1e-5)


def test_output_grows_by_the_real_rate(small):
    growth = small["gdp"].sel(year=2012).values / small["gdp"].sel(year=2011).values
    assert growth == pytest.approx([1.08] * 3, rel=1e-5)


def test_residents_are_counted_by_age_zone_and_schooling(small):
    assert at(small, "population_age", 2010)[0].tolist() == [750] + [1050] * 12 + [600, 450, 300, 150, 150]
    assert at(small, "population_zone", 2010)[2].tolist() == [1800, 4200]
    assert at(small, "population_schooling", 2010)[0].tolist() == [9600, 3000, 1500]
    skill = at(small, "population_skill", 2010)[0]
    assert skill[2] == 1500 and np.isnan(skill[:2]).all()


def test_registration_closes(small):
    # 15 % and 10 % from elsewhere, the rest local; one in twenty absent
    assert at(small, "residents_local", 2010, 0) == 15_000 * 0.75
    assert at(small, "residents_other_county", 2010, 0) == 1500
    assert at(small, "registered", 2010, 0) == 15_000 * 0.80


def test_mid_year_residents_lie_on_a_line_of_constant_growth(small):
    # from 1 November 2010 to 1 November 2020; mid-2015 is four years and eight months after the first
    expected = 15_000 * (18_000 / 15_000) ** ((2015.5 - 2010 - 10 / 12) / 10)
    assert at(small, "population_mid", 2015, 0) == pytest.approx(expected)
    assert np.isnan(at(small, "population_mid", 2023, 0))


def test_workers_are_raised_from_the_sample_and_shares_are_printed(small):
    # half of 15 000 residents work; the sample is a tenth
    assert at(small, "employed", 2010)[0].sum() == pytest.approx(7500)
    assert at(small, "employed", 2020)[0].sum() == pytest.approx(9000)
    assert at(small, "employed_branch_share", 2010)[2] == pytest.approx([0.70, 0.10, 0.20])
    assert at(small, "employed_branch_share", 2020)[2].sum() == pytest.approx(1)


def test_money_of_budgets_keeps_its_proportions(small):
    gdp, own, spent = (at(small, n, 2014) for n in ("gdp", "own_revenue", "budget_spending"))
    assert own / gdp == pytest.approx([0.1] * 3, rel=1e-4) and spent / gdp == pytest.approx([0.3] * 3, rel=1e-4)
    assert at(small, "spending_services", 2014)[0] / spent[0] == pytest.approx([0.16, 0.06, 0.02, 0.08], rel=1e-4)
    assert at(small, "province_own_revenue", 2015) == pytest.approx(0.34 * at(small, "province_revenue", 2015))


def test_births_are_the_rate_on_mean_residents_where_not_printed(small):
    # 14 per mille of the mean of 30 600 and 31 200
    assert at(small, "province_births", 2012) == pytest.approx(0.014 * 30_900)
    assert small["province_births_flag"].sel(year=2012) == packs.DERIVED


def test_the_half_year_has_no_year(small):
    assert small[HALF_YEAR_SERIES.card.name].values == pytest.approx(np.array([500, 300, 80]) * 1.02 ** 2)
