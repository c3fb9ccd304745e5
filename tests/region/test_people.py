"""The base population: fitting, whole persons, and what every row must satisfy."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.core.declare import UserError, parameter_cards
from sim.region import fitting, margins, people
from sim.region.pack import Pack, load_pack
from sim.words import AGES
from tests.tiny_pack import write_tiny_pack

WEIGHT = 100
SANYA, SANSHA, LINGSHUI, BAOTING = 460200, 460300, 469028, 469029
TABLES = ("counties", "population", "population-province", "travel", "adjacency", "groups", "places")


def part_of(pack: Pack, codes, drop: str = "") -> Pack:
    """A pack of a few counties, perhaps without one variable."""
    tables = {name: pack.table(name) for name in TABLES}
    tables["counties"] = tables["counties"][tables["counties"]["adcode"].isin(codes)]
    for name, ends in (("travel", ("origin_adcode", "dest_adcode")), ("adjacency", ("adcode_a", "adcode_b"))):
        for end in ends:
            tables[name] = tables[name][tables[name][end].isin(codes)]
    tables["population"] = tables["population"][tables["population"]["variable"] != drop]
    return Pack(pack.path, tables, pack.geojson, "part")


@pytest.fixture(scope="module")
def pack():
    return load_pack()


@pytest.fixture(scope="module")
def small(pack):
    """Sanya, Lingshui, Baoting, and Sansha without persons."""
    return part_of(pack, (SANYA, SANSHA, LINGSHUI, BAOTING))


@pytest.fixture(scope="module")
def everyone(pack):
    return people.build_people(pack, WEIGHT)


@pytest.fixture(scope="module")
def report(pack, everyone):
    return people.fit_report(pack, everyone, WEIGHT)


def age_of(rows):
    return 2010 - rows["born"].astype(int)


# fitting

def test_fitting_meets_margins_that_can_be_counted_by_hand():
    # seed 1 1 / 1 1, rows 4 and 6, columns 5 and 5: independence, so 2 2 / 3 3
    rows, columns = np.array([0, 0, 1, 1]), np.array([0, 1, 0, 1])
    table = fitting.fit(np.ones(4), [(rows, np.array([4.0, 6.0])), (columns, np.array([5.0, 5.0]))])
    assert table == pytest.approx([2, 2, 3, 3])


def test_fitting_keeps_the_odds_ratio_of_the_seed():
    # seed odds ratio 6 * 1 / (1 * 1) = 6; rows 10 and 10, columns 10 and 10: x / (10 - x) = sqrt 6
    rows, columns = np.array([0, 0, 1, 1]), np.array([0, 1, 0, 1])
    table = fitting.fit(np.array([6.0, 1, 1, 1]), [(rows, np.array([10.0, 10])), (columns, np.array([10.0, 10]))])
    a, b, c, d = table
    assert a * d / (b * c) == pytest.approx(6.0)
    assert a == pytest.approx(10 * 6**0.5 / (1 + 6**0.5))


def test_no_cell_gives_work_to_children_or_skill_to_minors():
    cells = fitting.cells()
    assert cells.age[cells.activity > 0].min() == 16
    assert cells.age[cells.skill > 0].min() == 18
    assert cells.age[cells.skill == 0].max() == 17


def test_the_seed_is_positive_and_work_and_skill_are_shares():
    seed = fitting.seed_table()
    assert np.all(seed > 0) and np.all(np.isfinite(seed))


# whole persons

def test_systematic_sampling_takes_one_each_time_the_running_sum_passes_a_half():
    # running sums .4 .8 1.2 1.6 2.0 pass .5 at the second and 1.5 at the fourth
    assert fitting.systematic(np.full(5, 0.4), 2).tolist() == [0, 1, 0, 1, 0]


def test_whole_expected_numbers_are_taken_as_they_are():
    assert fitting.systematic(np.array([3.0, 0.5, 2.0, 0.5]), 6).tolist() == [3, 1, 2, 0]


def test_largest_remainder_gives_the_left_person_to_the_largest_fraction():
    assert fitting.largest_remainder(np.array([1.2, 1.7, 2.1]), 5).tolist() == [1, 2, 2]


def test_truncation_replication_and_sampling_in_a_table_of_two_rows():
    # 3 persons with chances .5 .5, 1 person with chances 1 0; columns 2 and 2: the single one is in the first column,
    # so the three give 1 to the first and 2 to the second
    made = fitting.apportion(np.array([3, 1]), np.array([[0.5, 0.5], [1.0, 0.0]]), np.array([2, 2]))
    assert made.tolist() == [[1, 2], [1, 0]]


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 30), st.tuples(*[st.floats(0.01, 1)] * 4)), min_size=1, max_size=40))
def test_apportioning_keeps_row_and_column_totals_and_stays_next_to_the_expected(rows):
    counts = np.array([n for n, _ in rows])
    chances = np.array([c for _, c in rows])
    totals = fitting.largest_remainder(np.sum(counts[:, None] * chances / chances.sum(1)[:, None], 0), counts.sum())
    made = fitting.apportion(counts, chances, totals)
    assert np.array_equal(made.sum(1), counts)
    assert np.array_equal(made.sum(0), totals)
    assert made.min() >= 0


@settings(max_examples=50, deadline=None)
@given(st.lists(st.floats(0, 9), min_size=1, max_size=60))
def test_any_run_of_neighbours_is_within_one_of_its_expected_sum(expected):
    expected = np.array(expected)
    total = int(np.floor(expected.sum() + 0.5))
    made = fitting.systematic(expected, total)
    assert made.sum() == total
    scaled = np.cumsum(expected)
    assert np.abs(np.cumsum(made) - scaled).max() <= 1.0 + 1e-6


def test_whole_persons_keep_the_total_and_meet_each_margin_within_one(small):
    _, tables = people.fitted(small)
    table = tables[small.row(BAOTING)]
    for persons in (1, 7, 146, 1467):
        made = fitting.whole_persons(table, persons)
        assert made.sum() == persons
        for axis in range(2, table.ndim):
            others = tuple(i for i in range(table.ndim) if i != axis)
            expected = table.sum(axis=others) * persons / table.sum()
            assert np.abs(made.sum(axis=others) - expected).max() < 2.0


# margins

@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(0, 10000), min_size=19, max_size=19))
def test_single_years_add_to_their_age_groups(groups):
    years = margins.single_years(np.array(groups, float))
    sums = [years[a:b].sum() for a, b in zip(margins.AGE_BOUNDS, margins.AGE_BOUNDS[1:])]
    assert sums == pytest.approx(groups, abs=1e-6)
    assert years.min() >= 0


def test_a_flat_population_stays_flat_in_single_years():
    groups = 7.0 * np.diff(margins.AGE_BOUNDS)
    assert margins.single_years(groups) == pytest.approx(np.full(AGES, 7.0))


def test_marine_jobs_are_carved_out_of_coastal_counties_only():
    workers = np.zeros((len(margins.INDUSTRIES), 2))
    names = [industry.name for industry in margins.INDUSTRIES]
    workers[names.index("agriculture")] = 100.0
    workers[names.index("transport")] = 40.0
    sea, inland = margins.sectors(workers, np.array([True, False]))
    assert sea == pytest.approx([97, 0, 30, 13, 0, 0])
    assert inland == pytest.approx([100, 0, 40, 0, 0, 0])


def test_every_carved_share_lies_in_its_range_and_no_industry_is_unknown():
    for industry in margins.INDUSTRIES:
        for share in (industry.marine, industry.high_tech):
            assert share == 0 or industry.bounds[0] <= share <= industry.bounds[1]
    known = {"agriculture", "utilities", *margins.SECONDARY_PRINTED, *margins.TERTIARY_PRINTED,
             *margins.TERTIARY_UNPRINTED}
    assert {industry.name for industry in margins.INDUSTRIES} == known


def test_every_parameter_lies_in_its_range():
    for declared in (margins.Parameters, fitting.Seed):
        for card in parameter_cards(declared).values():
            low, high = card.bounds
            assert np.all(np.asarray(card.default) >= low) and np.all(np.asarray(card.default) <= high), card.name


def test_a_gravity_table_of_two_equal_roads_is_shared_equally():
    # 10 leave the first place for two equal ones that receive 4 and 6
    attraction = np.array([[0.0, 1.0, 1.0], [0, 0, 0], [0, 0, 0]])
    table = margins.gravity(np.array([10.0, 0, 0]), np.array([0.0, 4, 6]), attraction)
    assert table == pytest.approx(np.array([[0.0, 4, 6], [0, 0, 0], [0, 0, 0]]))


def test_closeness_decides_where_the_absent_are():
    minutes = np.array([[0.0, 30, 300], [30, 0, 300], [300, 300, 0]])
    active = np.ones(3, bool)
    moved = margins.moved_table(np.array([10.0, 10, 10]), np.array([6.0, 6, 6]), minutes, active, 1.3)
    assert moved[0, 1] > moved[0, 2]
    assert moved[:, :3].sum(0) == pytest.approx([6, 6, 6])
    assert moved.sum(1) == pytest.approx([10, 10, 10])
    assert np.all(np.diag(moved) == 0)


def test_employment_of_the_province_is_the_long_form_over_its_sampling_share(pack):
    working = margins.employed(pack, 0.10)
    assert working.sum() == pytest.approx(10 * 426801)
    assert working.sum() / margins.census(pack, "hukou_population_census").sum() == pytest.approx(0.5, abs=0.02)


def test_other_county_is_the_closure_where_districts_blur_the_printed_class(pack):
    fitted, _ = people.fitted(pack)
    printed = margins.census(pack, "migrants_hukou_other_county")
    other = fitted.hukou[:, margins.OTHER_COUNTY]
    cities = np.isin(pack.codes, (460100, 460200))
    assert np.all(other[cities] < printed[cities])
    assert other[~cities] == pytest.approx(printed[~cities], abs=1.0)


def test_registered_persons_are_at_home_elsewhere_or_outside(pack):
    fitted, _ = people.fitted(pack)
    made = fitted.hukou[:, margins.LOCAL] + fitted.moved.sum(1)
    assert made == pytest.approx(fitted.registered, rel=1e-6)


def test_a_missing_margin_is_a_fault_that_names_the_counties(pack):
    broken = part_of(pack, (SANYA, LINGSHUI), drop="male_age_0")
    with pytest.raises(UserError) as caught:
        people.build_people(broken, WEIGHT)
    assert len(caught.value.faults) == 2
    assert "male_age_0" in str(caught.value)


# the population

def test_columns_have_their_types_and_one_length(everyone):
    assert list(everyone) == list(people.COLUMNS)
    assert {name: column.dtype for name, column in everyone.items()} == {
        name: np.dtype(kind) for name, kind in people.COLUMNS.items()}
    assert len({len(column) for column in everyone.values()}) == 1


def test_rows_of_a_county_are_its_residents_over_the_weight(pack, everyone):
    residents = np.nan_to_num(pack.values("population", "resident_census", 2010)) * pack.active
    made = np.bincount(everyone["res_county"], minlength=pack.n + 1)[:pack.n]
    assert np.abs(made - residents / WEIGHT).max() <= 0.5


def test_no_margin_is_off_by_much_more_than_one_row(report):
    summary = people.fit_summary(report, WEIGHT)
    assert summary["max_error_rows"].max() < 1.5
    one_way = ["residents", "sex_age", "zone", "hukou", "minority", "activity", "registered"]
    assert summary.loc[one_way, "max_error_rows"].max() <= 1.0
    assert summary["total_relative"].max() < 0.005


def test_margins_hold_at_a_coarse_weight_too(pack):
    coarse = people.build_people(pack, 1000)
    assert people.fit_summary(people.fit_report(pack, coarse, 1000), 1000)["max_error_rows"].max() < 2.0


def test_identities_are_unique_and_never_zero(everyone):
    uid = everyone["uid"]
    assert len(np.unique(uid)) == len(uid)
    assert uid.min() > 0 and uid.max() < 2**63


def test_the_population_is_the_same_bytes_each_time(small):
    first = people.build_people(small, WEIGHT)
    people.fitted.cache_clear()
    second = people.build_people(small, WEIGHT)
    assert all(first[name].tobytes() == second[name].tobytes() for name in first)


def test_children_have_no_sector_and_minors_no_skill(everyone):
    age = age_of(everyone)
    assert np.all(everyone["sector"][age < 16] == -1)
    assert np.all(everyone["skill"][age < 18] == 0)
    assert np.all(everyone["skill"][age >= 18] > 0)


def test_mothers_are_women_18_to_45_years_older_in_the_same_place(everyone):
    children = np.flatnonzero(everyone["mother"] >= 0)
    mother = everyone["mother"][children]
    age = age_of(everyone)
    older = age[mother] - age[children]
    assert np.all(everyone["sex"][mother] == 0)
    assert older.min() >= 18 and older.max() <= 45
    for column in ("res_county", "res_zone", "hukou_county"):
        assert np.array_equal(everyone[column][mother], everyone[column][children])
    assert age[children].max() < 16
    assert len(children) > 0.95 * np.sum(age < 16)


def test_two_children_with_one_woman_of_the_right_age_share_her():
    rows = {
        "uid": np.array([1, 2, 3, 4], np.uint64), "born": np.array([2008, 2005, 1980, 1950]),
        "sex": np.array([0, 1, 0, 0]), "minority": np.zeros(4, int), "res_county": np.zeros(4, np.uint8),
        "hukou_county": np.zeros(4, np.uint8), "res_zone": np.ones(4, np.uint8),
    }
    assert people.mothers(rows).tolist() == [2, 2, -1, -1]
    rows["res_zone"] = np.array([1, 0, 1, 1], np.uint8)
    assert people.mothers(rows).tolist() == [2, -1, -1, -1]


def test_hukou_accounting_closes_in_rows(pack, everyone):
    n, hukou, res = pack.n, everyone["hukou_county"], everyone["res_county"]
    home, registered = res < n, hukou < n
    assert np.all(home | registered)
    assert np.all(hukou[~home] < n)
    local = np.sum(home & (hukou == res))
    elsewhere = np.sum(home & registered & (hukou != res))
    assert np.sum(registered) == local + elsewhere + np.sum(~home)
    published = margins.census(pack, "hukou_population_census")
    assert np.abs(np.bincount(hukou[registered], minlength=n) - published / WEIGHT).max() <= 1.0


def test_rural_land_rights_belong_to_hainan_hukou_and_mostly_to_rural_zones(pack, everyone):
    rural = everyone["hukou_rural"] == 1
    assert not np.any(rural & (everyone["hukou_county"] == pack.n))
    local = everyone["hukou_county"] == everyone["res_county"]
    in_villages = local & (everyone["res_zone"] == 1)
    assert rural[in_villages].mean() > 0.8 > rural[local & ~in_villages].mean()


def test_the_poor_are_rural_and_more_frequent_in_poverty_counties(pack, everyone):
    low = everyone["low_income"] == 1
    assert np.all(everyone["res_zone"][low] == 1) and np.all(everyone["hukou_rural"][low] == 1)
    villages = (everyone["hukou_rural"] == 1) & (everyone["res_zone"] == 1)
    listed = np.append(pack.group("poverty"), False)[everyone["res_county"]]
    ratio = low[villages & listed].mean() / low[villages & ~listed].mean()
    assert ratio == pytest.approx(margins.DEFAULTS.poverty_county_ratio, rel=0.05)
    assert low[villages].mean() == pytest.approx(margins.DEFAULTS.rural_poor_share, rel=0.05)


def test_participation_below_the_rate_is_work_in_the_base_year(pack, everyone):
    age = age_of(everyone)
    rate = people.participation_rates(everyone, pack.n)[everyone["sex"], age, everyone["res_zone"]]
    grown = (everyone["res_county"] < pack.n) & (age >= 16)
    takes_part = everyone["participation"] < rate
    assert np.array_equal(takes_part[grown], (everyone["sector"] >= 0)[grown])
    assert everyone["participation"].min() >= 0 and everyone["participation"].max() < 1


def test_productivity_has_mean_one_and_the_declared_spread(everyone):
    assert everyone["productivity"].mean() == pytest.approx(1.0, abs=0.01)
    assert np.log(everyone["productivity"]).std() == pytest.approx(margins.DEFAULTS.person_productivity_sd, rel=0.01)


def test_nobody_moved_before_birth_and_those_at_home_not_at_all(everyone):
    assert np.all(everyone["arrived"] >= everyone["born"]) and everyone["arrived"].max() <= 2010
    at_home = everyone["hukou_county"] == everyone["res_county"]
    assert np.array_equal(everyone["arrived"][at_home], everyone["born"][at_home])


def test_structure_is_that_of_the_island(pack, everyone):
    home = everyone["res_county"] < pack.n
    age, work = age_of(everyone), everyone["sector"] >= 0
    farm = everyone["sector"] == 0
    assert farm[work].mean() == pytest.approx(0.58, abs=0.02)
    assert work[home].mean() == pytest.approx(0.492, abs=0.005)
    inland = np.append(pack.group("landlocked"), False)[everyone["res_county"]]
    assert not np.any(inland & (everyone["sector"] == 3))
    mover = everyone["hukou_county"] != everyone["res_county"]
    young = home & (age >= 20) & (age < 35)
    assert mover[young].mean() > 1.5 * mover[home].mean()
    college = everyone["skill"] == 3
    assert college[home & (age >= 20) & (age < 35)].mean() > 3 * college[home & (age >= 45)].mean()


def test_origins_are_dealt_evenly_over_the_rows():
    assert people.interleaved(np.array([2, 4])).tolist() == [1, 0, 1, 1, 0, 1]


def test_a_pack_of_three_counties_makes_a_population_at_any_weight(small):
    for weight in (20, 500, 10000):
        rows = people.build_people(small, weight)
        summary = people.fit_summary(people.fit_report(small, rows, weight), weight)
        assert summary.loc[["residents", "zone", "activity"], "max_error_rows"].max() <= 1.0
        assert not np.any(rows["res_county"] == small.row(SANSHA))


def test_the_tiny_pack_is_three_hundred_rows_and_its_registration_closes(tmp_path):
    tiny = load_pack(write_tiny_pack(tmp_path / "pack"))
    rows = people.build_people(tiny, 100)
    assert np.sum(rows["res_county"] < tiny.n) == 300
    summary = people.fit_summary(people.fit_report(tiny, rows, 100), 100)
    assert summary["max_error_rows"].max() < 2.0
    assert people.build_people(tiny, 7)["uid"].size > 4200


def test_in_migrants_from_outside_a_part_of_the_island_count_as_from_another_province(pack):
    # Haikou has more in-migrants than Lingshui and Baoting miss: the rest comes from outside this pack
    part = part_of(pack, (460100, LINGSHUI, BAOTING))
    fitted, _ = people.fitted(part)
    assert fitted.hukou.sum(1) == pytest.approx(fitted.residents)
    assert fitted.hukou[0, margins.OTHER_COUNTY] == pytest.approx(7340 + 33283, abs=1)
    assert fitted.moved.sum(1) == pytest.approx(fitted.registered - fitted.hukou[:, margins.LOCAL], abs=100)


def test_a_weight_that_is_no_number_of_persons_is_refused(small):
    with pytest.raises(UserError):
        people.build_people(small, 0)
