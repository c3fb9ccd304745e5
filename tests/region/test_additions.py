"""The county panel of the pack: terms, grades, decided conflicts, mended values, checksums, and trips apart."""

import shutil

import numpy as np
import pytest

from sim.region import schema, trips
from sim.region.history import HALF_YEAR_SERIES, NAMES, coverage, history
from sim.region.pack import DEFAULT_PATH, DERIVED, MISSING, SECONDARY, check_pack, load_pack
from tests.tiny_pack import HAIKOU, QIONGZHONG, SANYA, write_tiny_pack

SHIPPED = load_pack()
HISTORY = history()
CONFLICTS = SHIPPED.table("conflicts")

# where history has a quantity whose sources disagree: (variables of the pack) -> series, factor, branch
IN_HISTORY = {
    "gdp_growth_real": ("gdp_growth", 0.01, None),
    "gpb_revenue": ("own_revenue", None, None), "gpb_expenditure": ("budget_spending", None, None),
    "gdp_primary": ("gdp_branch", None, 0), "gdp_secondary": ("gdp_branch", None, 1),
}


def test_every_row_has_a_source_with_terms():
    for name in schema.TIDY_FILES:
        for source in SHIPPED.table(name)["source"].unique():
            assert SHIPPED.terms(source), (name, source)


def test_grades_are_kept_per_row():
    grades = SHIPPED.table("economy")["grade"].value_counts()
    assert grades["medium"] > 1000 and grades["low"] == 55
    assert set(SHIPPED.table("population")["grade"]) == {"", "high", "medium", "low"}


def test_every_conflict_is_decided_with_a_reason():
    assert len(CONFLICTS) == 140 and set(CONFLICTS["holds"]) == {"stored", "new", "both"}
    assert CONFLICTS["reason"].str.len().min() > 30


def test_both_sides_of_a_conflict_stand_in_the_pack_but_for_what_was_mended():
    mended = 0
    for row in CONFLICTS.itertuples():
        file = next(f for f in ("economy", "fiscal", "population") if schema.declared(f, row.stored_variable))
        at = SHIPPED.row(row.adcode)
        assert SHIPPED.values(file, row.new_variable, row.year)[at] == pytest.approx(row.new_value)
        stored = SHIPPED.values(file, row.stored_variable, row.year)[at]
        if stored != pytest.approx(row.stored_value):
            assert stored == pytest.approx(row.new_value, rel=1e-5) and row.holds == "new"
            mended += 1
    assert mended == 5


@pytest.mark.parametrize("row", [r for r in CONFLICTS.itertuples() if r.stored_variable in IN_HISTORY],
                         ids=lambda r: f"{r.county}-{r.year}-{r.stored_variable}")
def test_history_takes_the_side_that_holds(row):
    name, factor, branch = IN_HISTORY[row.stored_variable]
    value = HISTORY[name].sel(county=row.adcode, year=row.year).values
    value = float(value if branch is None else value[branch])
    factor = factor or 100 / SHIPPED.deflator[row.year]
    if branch is not None and row.year > 2013:  # brought to one basis
        factor *= (HISTORY["gdp"] / HISTORY["gdp_first"]).sel(county=row.adcode, year=row.year).item()
    wanted = row.new_value if row.holds == "new" else row.stored_value
    assert value == pytest.approx(wanted * factor, rel=1e-4)


@pytest.mark.parametrize(("file", "code", "year", "variable", "value"), [
    ("fiscal", 469022, 2020, "gpb_revenue", 2.9502), ("fiscal", 469027, 2020, "gpb_revenue", 7.5625),
    ("economy", 469023, 2020, "gdp_growth_real", 5.4), ("economy", 469028, 2021, "gdp", 224.3271),
    ("economy", 469028, 2021, "gdp_growth_real", 9.0),
])
def test_stored_values_found_wrong_are_mended(file, code, year, variable, value):
    assert SHIPPED.values(file, variable, year)[SHIPPED.row(code)] == value
    table = SHIPPED.table(file)
    row = table[(table["adcode"] == code) & (table["year"] == year) & (table["variable"] == variable)].iloc[0]
    assert row["note"].startswith("mended: ") and row["confidence"] == "official"


def test_what_was_rejected_is_named_and_not_taken():
    rejected = SHIPPED.table("rejected")
    assert len(rejected) == 11 and (rejected["unit"] == "Ding'an").sum() == 2
    page = (DEFAULT_PATH.parents[2] / "docs" / "data.md").read_text(encoding="utf-8")
    for row in rejected.itertuples():
        assert f"| {row.panel_year} | {row.unit} | {row.column} |" in page
    beds = SHIPPED.values("services", "welfare_beds_ccy", 2004)
    assert np.isnan(beds[SHIPPED.row(469021)]) and np.isfinite(beds).sum() > 10


# --- checksums of the additions


@pytest.mark.parametrize("year", [2020, 2021])
@pytest.mark.parametrize("variable", ["gov_debt_balance_yearend", "gov_debt_limit", "gov_debt_balance_special"])
def test_debt_of_units_and_the_provincial_tier_is_that_of_the_province(year, variable):
    apart = sum(SHIPPED.area(code, variable, "fiscal")["value"][year] for code in (460001, 460400499))
    units = np.nansum(SHIPPED.values("fiscal", variable, year))
    assert units + apart == pytest.approx(SHIPPED.province(variable, year, file="fiscal"), abs=0.011)


@pytest.mark.parametrize("year", range(2018, 2022))
@pytest.mark.parametrize("kind", ["revenue", "expenditure"])
def test_budgets_of_units_add_up_to_the_subtotal_of_the_yearbook(year, kind):
    subtotal = SHIPPED.province(f"gpb_{kind}_counties_subtotal_yb", year, file="fiscal")
    assert SHIPPED.values("fiscal", f"gpb_{kind}_yb", year).sum() == pytest.approx(subtotal, abs=1e-3)


def test_debt_and_transfers_of_danzhou_hold_yangpu():
    row, million = SHIPPED.row(460400), 100 / SHIPPED.deflator[2021]
    assert HISTORY["debt"].sel(year=2021).values[row] == pytest.approx((166.10 + 51.60) * million, rel=1e-5)
    assert HISTORY["transfers_budgeted"].sel(year=2021).values[row] == pytest.approx(
        (40.05708 + 7.47674) * million, rel=1e-5)


# --- the new series


@pytest.mark.parametrize(("name", "year", "units"), [
    ("own_revenue", 2010, 18), ("budget_spending", 2010, 18), ("own_revenue", 2021, 19), ("budget_spending", 2018, 19),
    ("debt", 2020, 18), ("transfers_budgeted", 2021, 18), ("fixed_investment_urban", 2010, 16),
    ("visitors_overnight_11m", 2010, 18), ("visitors_hotel_11m", 2006, 17), ("hospital_beds", 2010, 16),
    ("pupils_primary", 2010, 16), ("registered_yearbook", 2011, 16), ("gdp_growth", 2021, 18),
    ("population_old_basis", 2018, 19), ("migrants_same_county", 2020, 19), ("college_residents", 2010, 18),
    ("old_residents", 2020, 19), ("emissions_modelled", 2017, 16), ("household_deposits", 2010, 15),
])
def test_a_series_has_so_many_units(name, year, units):
    assert int(HISTORY[name].sel(year=year).notnull().sum()) == units


def test_modelled_emissions_are_no_observation():
    flags = HISTORY["emissions_modelled_flag"].values
    assert set(np.unique(flags)) == {MISSING, DERIVED}


def test_coverage_has_a_row_for_every_cell_of_history():
    table = coverage(HISTORY)
    assert set(table["series"]) == set(NAMES) - {HALF_YEAR_SERIES.card.name}
    gdp = table[table["series"] == "gdp"]
    assert len(gdp) == int(HISTORY["gdp"].notnull().sum())
    assert set(gdp["says"]) == {"observed", "derived"}
    assert (table[table["series"] == "province_gdp"]["county"] == 0).all()
    branches = table[(table["series"] == "gdp_branch") & (table["county"] == 469006) & (table["year"] == 2010)]
    assert branches["cells"].tolist() == [2] and branches["flag"].tolist() == [SECONDARY]


# --- trips, in a folder with terms of their own


def test_trips_have_origin_and_destination_and_are_derived():
    moved = HISTORY["trips"]
    assert moved.dims == ("origin", "destination") and moved["origin"].values[-1] == 0
    assert int(moved.notnull().sum()) > 340 and float(moved.sum()) > 0
    assert set(np.unique(HISTORY["trips_flag"])) == {MISSING, DERIVED}
    assert np.isnan(np.diag(moved.values)).all()
    # to Haikou from Sanya: told by Haikou with its size of trips in, and by Sanya with its size of trips out
    assert float(moved.sel(origin=460200, destination=460100)) == pytest.approx(0.13, abs=0.03)


def test_the_folder_of_trips_says_its_terms():
    text = (DEFAULT_PATH / trips.FOLDER / "TERMS.md").read_text(encoding="utf-8")
    assert "non-commercial" in text and "Baidu" in text
    for name in schema.FILES:
        assert "baidu_" not in (DEFAULT_PATH / name).read_text(encoding="utf-8"), name


def test_everything_works_without_the_folder_of_trips(tmp_path):
    copy = tmp_path / "pack"
    shutil.copytree(DEFAULT_PATH, copy, ignore=shutil.ignore_patterns(trips.FOLDER))
    assert check_pack(copy) == []
    bare = load_pack(copy)
    assert not trips.there(bare) and bare.hash == SHIPPED.hash
    past = history(bare)
    assert "trips" not in past and "origin" not in past.dims
    for name in NAMES:
        assert past[name].equals(HISTORY[name]), name
    assert len(coverage(past)) == len(coverage(HISTORY))


def test_trips_are_the_mean_of_what_both_ends_tell(tmp_path):
    folder = write_tiny_pack(tmp_path / "pack")
    (folder / trips.FOLDER).mkdir()
    shares = ["direction,adcode,partner,period,share_percent,confidence",
              f"in,{HAIKOU},{SANYA},{trips.PERIOD},40,derived", f"out,{SANYA},{HAIKOU},{trips.PERIOD},50,derived",
              f"in,{QIONGZHONG},0,{trips.PERIOD},10,derived", f"in,{HAIKOU},{SANYA},20200110_22,99,derived"]
    sizes = ["adcode,county,year,variable,value,unit,source,confidence,note"]
    for code, inward, outward in ((HAIKOU, 2.0, 1.0), (SANYA, 3.0, 2.0), (QIONGZHONG, 0.5, 0.4)):
        sizes += [f"{code},x,2020,{trips.SIZE_IN},{inward},index,x,derived,",
                  f"{code},x,2020,{trips.SIZE_OUT},{outward},index,x,derived,"]
    for name, lines in ((trips.SHARES, shares), (trips.INDEX, sizes)):
        (folder / trips.FOLDER / name).write_text("\n".join(lines) + "\n", encoding="utf-8")
    made = trips.trips(load_pack(folder))
    assert made[1, 0] == pytest.approx((0.4 * 2.0 + 0.5 * 2.0) / 2)
    assert made[3, 2] == pytest.approx(0.1 * 0.5) and np.isnan(made[0, 1])
    assert history(load_pack(folder))["trips"].sel(origin=0, destination=QIONGZHONG) == pytest.approx(0.05)
