"""Segments: within one a series may be compared with itself, across a break every comparison is refused."""

import numpy as np
import pytest

from sim.core.declare import UserError
from sim.region import segments
from sim.region.history import NAMES, history
from sim.region.pack import check_pack, load_pack
from sim.region.segments import growth, same_segment, segment_of, within
from tests.tiny_pack import CODES, HAIKOU, QIONGZHONG, write_tiny_pack

SHIPPED = load_pack()
HISTORY = history()
BAISHA, DANZHOU, SANYA, WUZHISHAN = 469025, 460400, 460200, 469001


@pytest.mark.parametrize(("series", "code", "before", "after", "which"), [
    ("inc_u", WUZHISHAN, 2013, 2014, "the urban survey gives way to the integrated one"),
    ("inc_r_net", WUZHISHAN, 2013, 2014, "net income ends"),
    ("inc_r", WUZHISHAN, 2013, 2014, "disposable income begins"),
    ("ur_ratio", WUZHISHAN, 2012, 2016, "the ratio of incomes stands on rural income"),
    ("province_inc_u", None, 2013, 2014, "the same for the province"),
    ("gdp_first", WUZHISHAN, 2018, 2019, "census of the economy of 2018"),
    ("gdp_branch", WUZHISHAN, 2018, 2019, "branches after the census of the economy of 2018"),
    ("province_gdp_branch", None, 2018, 2019, "branches of the province"),
    ("gdp_revised", WUZHISHAN, 2017, 2018, "2017 is hardly revised"),
    ("gdp", 460100, 2013, 2014, "census of the economy of 2013 in Haikou"),
    ("gdp", BAISHA, 2010, 2011, "state farms"),
    ("gdp", SANYA, 2008, 2009, "Sanya before 2009 is not usable"),
    ("population_old_basis", WUZHISHAN, 2017, 2020, "census of people of 2020"),
    ("province_population_old_basis", None, 2019, 2020, "census of people of 2020, province"),
    ("registered", WUZHISHAN, 2010, 2011, "census against police"),
    ("population_schooling", WUZHISHAN, 2010, 2020, "ages that were asked"),
    ("own_revenue", DANZHOU, 2017, 2018, "Yangpu"),
    ("budget_spending", DANZHOU, 2017, 2018, "Yangpu"),
    ("wage_average", DANZHOU, 2020, 2021, "Yangpu"),
    ("own_revenue", WUZHISHAN, 2014, 2015, "funds moved into the general budget"),
    ("farm_workers", DANZHOU, 2010, 2011, "state farms in the county yearbook"),
    ("fixed_investment_yearbook", 469028, 2012, 2013, "rural households"),
])
def test_growth_across_a_break_is_refused(series, code, before, after, which):
    with pytest.raises(UserError, match="fall under different definitions") as refused:
        growth(HISTORY, series, code, before, after)
    assert series in str(refused.value) and "compare within" in str(refused.value), which


@pytest.mark.parametrize(("series", "code", "first", "last"), [
    ("inc_u", WUZHISHAN, 2010, 2013), ("inc_r", WUZHISHAN, 2014, 2021), ("gdp", WUZHISHAN, 2010, 2021),
    ("gdp", 460100, 2014, 2021), ("gdp_first", WUZHISHAN, 2011, 2018), ("gdp_revised", WUZHISHAN, 2018, 2021),
    ("population", WUZHISHAN, 2010, 2020), ("own_revenue", DANZHOU, 2018, 2021), ("province_gdp", None, 2010, 2023),
])
def test_growth_within_a_segment_is_the_log_of_the_ratio(series, code, first, last):
    values = HISTORY[series] if code is None else HISTORY[series].sel(county=code)
    ratio = float(values.sel(year=last)) / float(values.sel(year=first))
    assert growth(HISTORY, series, code, first, last) == pytest.approx(np.log(ratio))


def test_growth_of_branches_is_an_array_of_them():
    made = growth(HISTORY, "gdp_branch", WUZHISHAN, 2014, 2018)
    assert made.shape == (3,) and np.isfinite(made).all()


def test_branches_are_not_compared_across_a_census_of_the_economy():
    for first, last in ((2013, 2014), (2018, 2019)):
        with pytest.raises(UserError, match="different definitions"):
            growth(HISTORY, "gdp_branch", WUZHISHAN, first, last)


def test_a_year_without_a_value_is_said():
    with pytest.raises(UserError, match="has no value in 2012"):
        growth(HISTORY, "gdp", 469006, 2012, 2018)


def test_a_series_that_is_not_declared_has_one_segment():
    assert segment_of("night_lights", HAIKOU, 2001).basis == "one definition"
    assert segments.comparable("night_lights", HAIKOU, range(2001, 2021))


def test_a_county_may_have_segments_of_its_own():
    assert segment_of("gdp", WUZHISHAN, 2010) == segment_of("gdp", WUZHISHAN, 2011)
    assert segment_of("gdp", BAISHA, 2010) != segment_of("gdp", BAISHA, 2011)
    assert segments.breaks("gdp", BAISHA) == (2011,) and segments.breaks("gdp", WUZHISHAN) == ()


def test_a_year_outside_every_segment_has_none():
    assert segment_of("inc_r", WUZHISHAN, 2010) is None
    assert not segments.comparable("inc_r", WUZHISHAN, (2010,))


def test_the_mask_holds_the_years_that_share_the_definition_of_the_origin():
    mask = same_segment("gdp", SHIPPED.codes.tolist(), 2010, range(2010, 2022))
    assert mask.shape == (12, 19) and mask[0].all()
    assert mask[:, SHIPPED.row(WUZHISHAN)].all()
    assert mask[:, SHIPPED.row(BAISHA)].tolist() == [True] + [False] * 11
    assert mask[:, 0].tolist() == [True] * 4 + [False] * 8  # Haikou to 2013


def test_a_series_within_a_segment_has_gaps_beyond_it():
    rural = within(HISTORY, "inc_u", 2017)
    assert rural.sel(year=2013).isnull().all() and rural.sel(year=2014).notnull().sum() == 5
    whole = within(HISTORY, "province_inc_u", 2012)
    assert whole.dims == ("year",) and whole.sel(year=2014).isnull() and whole.sel(year=2010).notnull()


def test_every_declared_series_is_one_of_history_or_an_indicator_of_it():
    declared = set(segments.table()["series"])
    assert declared <= {*NAMES, "ur_ratio", "province_ur_ratio"}


def test_breaks_stand_in_the_attributes_of_history():
    assert HISTORY["inc_u"].attrs["breaks"] == "2014: integrated survey"
    assert "2014: one basis (460100)" in HISTORY["gdp"].attrs["breaks"]
    assert "breaks" not in HISTORY["night_lights"].attrs


# --- another pack


def test_a_pack_declares_its_own_segments(tmp_path):
    def two(tables):
        for first, last, basis in ((2000, 2012, "old"), (2013, "", "new")):
            tables["segments"].append({"series": "gdp", "adcode": QIONGZHONG, "first_year": first, "last_year": last,
                                       "basis": basis, "says": "made for tests"})

    pack = load_pack(write_tiny_pack(tmp_path / "pack", two))
    past = history(pack)
    assert growth(past, "gdp", QIONGZHONG, 2010, 2012, pack) == pytest.approx(2 * np.log(1.08), rel=1e-4)
    assert growth(past, "gdp", HAIKOU, 2010, 2014, pack) == pytest.approx(4 * np.log(1.08), rel=1e-4)
    with pytest.raises(UserError, match=r"2000-2012 \(old\); 2013- \(new\)"):
        growth(past, "gdp", QIONGZHONG, 2012, 2013, pack)
    assert same_segment("gdp", CODES, 2010, (2012, 2013), pack).tolist() == [[True] * 3, [True, True, False]]


@pytest.mark.parametrize(("row", "what"), [
    ({"first_year": 2012, "last_year": 2015}, "overlaps the one before it"),
    ({"first_year": 2015, "last_year": 2014}, "ends before it begins"),
    ({"first_year": 2015, "last_year": "", "adcode": 460999}, "no area has the code 460999"),
])
def test_faulty_segments_are_found(tmp_path, row, what):
    def wrong(tables):
        about = {"series": "gdp", "adcode": "", "basis": "some", "says": "made for tests"}
        tables["segments"] += [{**about, "first_year": 2000, "last_year": 2012}, {**about, **row}]

    faults = check_pack(write_tiny_pack(tmp_path / "pack", wrong))
    assert len(faults) == 1 and what in str(faults[0]) and "segments.csv:3" in str(faults[0])
