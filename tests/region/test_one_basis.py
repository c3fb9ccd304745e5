"""Output on one basis: what was first published is brought to the revised accounts, and adds up to the province."""

import numpy as np
import pytest

from sim.region import past_output as output
from sim.region.history import history
from sim.region.pack import DERIVED, IMPUTED, MISSING, OFFICIAL, RECALLED, SECONDARY, load_pack
from sim.region.panels import YEARS, Panel
from tests.tiny_pack import HAIKOU, PROVINCE, QIONGZHONG, SANYA, write_tiny_pack

SHIPPED = load_pack()
HISTORY = history()


def at(year: int) -> int:
    return YEARS.index(year)


def nominal(name: str, year: int) -> np.ndarray:
    """A variable of history in 1e8 CNY of the day."""
    return HISTORY[name].sel(year=year).values * SHIPPED.deflator[year] / 100


@pytest.mark.parametrize("year", range(2018, 2022))
def test_units_add_up_to_the_province_from_2018_on(year):
    assert np.nansum(nominal("gdp", year)) == pytest.approx(float(nominal("province_gdp", year)), rel=1e-3)
    assert np.isfinite(nominal("gdp", year)).sum() == 18


def test_to_the_earlier_census_printed_rows_stay_as_they_are():
    for year in (2005, 2010, 2013):
        printed = SHIPPED.values("economy", "gdp", year)
        known = np.isfinite(printed)
        assert nominal("gdp", year)[known] == pytest.approx(printed[known], rel=1e-6)
        flags = HISTORY["gdp_flag"].sel(year=year).values[known]
        assert (flags == SHIPPED.flags("economy", "gdp", year)[known]).all()


def test_between_the_censuses_the_ratio_of_2018_tapers():
    row = SHIPPED.row(469001)
    ratio = 31.3169 / 29.0509
    for year, part in ((2014, 0.2), (2016, 0.6), (2017, 0.8)):
        assert nominal("gdp", year)[row] == pytest.approx(
            SHIPPED.values("economy", "gdp", year)[row] * ratio ** part, rel=1e-5)
        assert HISTORY["gdp_flag"].sel(year=year).values[row] == DERIVED


def test_from_the_census_year_on_the_revised_total_is_taken_as_printed():
    row = SHIPPED.row(460200)
    assert nominal("gdp", 2018)[row] == pytest.approx(622.2669, rel=1e-6)
    assert HISTORY["gdp_flag"].sel(year=2018).values[row] == OFFICIAL
    assert nominal("gdp_first", 2018)[row] == pytest.approx(595.5057, rel=1e-6)
    assert nominal("gdp_revised", 2018)[row] == pytest.approx(622.2669, rel=1e-6)


@pytest.mark.parametrize("year", range(2018, 2022))
def test_branches_add_up_to_the_revised_total_and_are_derived(year):
    parts, total = nominal("gdp_branch", year), nominal("gdp", year)
    known = np.isfinite(parts).all(axis=1)
    assert known.sum() >= 7 and parts[known].sum(axis=1) == pytest.approx(total[known], rel=1e-5)
    assert (HISTORY["gdp_branch_flag"].sel(year=year).values[known] == DERIVED).all()


def test_danzhou_is_with_yangpu_throughout():
    row = SHIPPED.row(460400)
    known = HISTORY["gdp"].isel(county=row).notnull()
    assert HISTORY["year"].values[known].tolist() == [2015, 2018, 2019, 2020, 2021]
    # what the county yearbook and the city yearbook print without the zone is not taken for it
    assert np.isnan(nominal("gdp_branch", 2010)[row]).all() and np.isnan(nominal("gdp_branch", 2019)[row]).all()
    assert nominal("gdp_branch_excl_yangpu", 2010)[row, :2] == pytest.approx(
        [SHIPPED.values("economy", f"gdp_{b}_ccy", 2010)[row] for b in ("primary", "secondary")], rel=1e-6)


def test_primary_and_secondary_output_of_2010_is_observed_in_all_units_but_one():
    flags = HISTORY["gdp_branch_flag"].sel(year=2010).values
    observed = np.isin(flags, (OFFICIAL, SECONDARY))
    assert observed[:, :2].all(axis=1).sum() == 17 and observed[:, 2].sum() == 7


def test_values_of_low_grade_are_left_out():
    row = SHIPPED.row(469006)
    assert SHIPPED.values("economy", "gdp_primary_ccy", 2011)[row] > 0
    assert SHIPPED.doubtful("economy", "gdp_primary_ccy", 2011)[row]
    assert np.isnan(nominal("gdp_branch", 2011)[row, 0]) and np.isfinite(nominal("gdp_branch", 2011)[row, 1])


def test_branches_of_the_province_are_first_published_shares_of_its_revised_output():
    share = HISTORY["province_gdp_branch"] / HISTORY["province_gdp"]
    printed = np.array([809.55, 874.38, 1816.79])
    assert share.sel(year=2014).values == pytest.approx(printed / 3500.72, rel=1e-6)
    assert (HISTORY["province_gdp_branch_flag"].sel(year=2014) == RECALLED).all()
    assert (HISTORY["province_gdp_branch_flag"].sel(year=2013) == DERIVED).all()


def test_a_single_year_without_shares_lies_between_its_neighbours():
    known = np.array([1, 0, 1, 0, 0], dtype=np.uint8)
    bridged = output._bridged(Panel(np.array([0.2, np.nan, 0.4, np.nan, np.nan]), known))
    assert bridged.values[:3] == pytest.approx([0.2, 0.3, 0.4]) and np.isnan(bridged.values[3:]).all()
    assert bridged.flags.tolist() == [1, IMPUTED, 1, 0, 0]


# --- arithmetic, on three counties


def revised(tables):
    """Haikou is revised upwards by a tenth in 2018; Sanya has no first-published value of that year."""
    rows = tables["economy"]
    rows[:] = [r for r in rows if not (r["adcode"] == SANYA and r["year"] == 2018 and r["variable"] == "gdp")]
    for code, year, value in ((HAIKOU, 2018, 14.3), (SANYA, 2018, 8.0), (HAIKOU, 2017, 11.0), (QIONGZHONG, 2018, 1.9)):
        name = {HAIKOU: "Haikou", SANYA: "Sanya", QIONGZHONG: "Qiongzhong"}[code]
        rows.append({"adcode": code, "county": name, "year": year, "variable": "gdp_yb2024", "value": value,
                     "unit": "1e8 yuan", "source": "made for tests", "confidence": "official", "note": ""})


def test_a_unit_without_a_ratio_takes_that_of_the_province(tmp_path):
    pack = load_pack(write_tiny_pack(tmp_path / "pack", revised))
    first = pack.values("economy", "gdp", 2018)
    ratio = output.census_ratio(pack)
    assert ratio[0] == pytest.approx(14.3 / first[0]) and ratio[2] == pytest.approx(1.9 / first[2])
    whole = pack.province("gdp", 2018, file="economy-province") / pack.province("gdp_prelim", 2018)
    assert ratio[1] == pytest.approx(whole)


def test_after_the_census_year_a_first_published_value_stands_as_it_is(tmp_path):
    pack = load_pack(write_tiny_pack(tmp_path / "pack", revised))
    made = output.one_basis(pack)
    assert made.values[at(2019), 0] == pytest.approx(pack.values("economy", "gdp", 2019)[0])
    assert made.flags[at(2019), 0] == SECONDARY


def test_a_pack_without_revised_rows_keeps_what_it_prints(tmp_path):
    pack = load_pack(write_tiny_pack(tmp_path / "pack"))
    made = output.one_basis(pack)
    for year in (2012, 2016, 2018, 2021):
        assert made.values[at(year)] == pytest.approx(pack.values("economy", "gdp", year))
        assert (made.flags[at(year)] == SECONDARY).all()
    assert (output.one_basis(pack).flags[at(2004)] == MISSING).all()


def test_a_gap_of_two_years_in_the_branches_of_the_province_is_left_open(tmp_path):
    def gaps(tables):
        cut = {(PROVINCE, "gdp_primary_prelim", year) for year in (2012, 2015, 2016)}
        rows = tables["economy-province"]
        rows[:] = [r for r in rows if (r["adcode"], r["variable"], r["year"]) not in cut]

    made = output.province_branches(load_pack(write_tiny_pack(tmp_path / "pack", gaps)))
    assert (made.flags[at(2012), 0], made.flags[at(2015), 0], made.flags[at(2013), 0]) == (IMPUTED, MISSING, DERIVED)
