"""Births and deaths: the accounting rule of one year by hand, then Hainan from census to census."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.region import vital
from sim.region.pack import load_pack

N_AGES = 101


def at(age, persons, sex=vital.FEMALE):
    stock = np.zeros((2, N_AGES))
    stock[sex, age] = persons
    return stock


def shape_at(age):
    shape = np.zeros(N_AGES)
    shape[age] = 1.0
    return shape


@pytest.fixture(scope="module")
def pack():
    return load_pack()


@pytest.fixture(scope="module")
def rates(pack):
    return vital.vital_rates(pack)


def test_a_rate_of_zero_kills_nobody_and_a_probability_stays_below_one():
    assert vital.probability(0.0) == 0.0
    assert vital.probability(np.log(2)) == pytest.approx(0.5)
    assert vital.probability(50.0) <= 1.0


def test_survivors_grow_a_year_older_and_newborns_end_the_year_at_age_zero():
    end = vital.aged(at(30, 10.0) + at(100, 4.0) + at(99, 6.0), births=100.0, male_share=0.52)
    assert end[vital.FEMALE, 31] == 10.0
    assert end[vital.FEMALE, 100] == 10.0                     # 4 stay, 6 arrive
    assert end[:, 0].tolist() == pytest.approx([48.0, 52.0])


def test_one_year_without_deaths_by_hand():
    # 1000 women of 25; 20 births per 1000 of the mean population: births = .02 (1000 + births/2) = 20.2020...
    births = 20 / 0.99
    scale, tfr, end, made, deaths = vital.year_of(
        at(25, 1000.0), np.full((2, N_AGES), 1e-12), shape_at(25), 0.5, 0.02, None, np.zeros((2, N_AGES)), scale=0.0)
    assert made == pytest.approx(births)
    assert deaths == 0.0 and scale == 0.0
    assert tfr == pytest.approx(births / 1000)                # all fertility falls on age 25
    assert end.sum() == pytest.approx(1000 + births)


def test_a_year_meets_both_crude_rates_with_migration():
    start = at(30, 500.0) + at(70, 300.0, vital.MALE)
    rates = np.full((2, N_AGES), 0.01)
    _, _, end, births, deaths = vital.year_of(start, rates, shape_at(30), 0.5, 0.015, 0.006, at(40, 50.0))
    middle = (start.sum() + end.sum()) / 2
    assert births / middle == pytest.approx(0.015)
    assert deaths / middle == pytest.approx(0.006)
    assert end.sum() == pytest.approx(start.sum() + births - deaths + 50)


def test_the_fertility_shape_sums_to_one_within_fifteen_to_forty_nine():
    shape = vital.births_by_age([10, 80, 100, 60, 20, 5, 1])
    assert shape.sum() == pytest.approx(1.0)
    assert (shape >= 0).all() and shape[:15].sum() == 0 and shape[50:].sum() == 0
    assert 24 <= shape.argmax() <= 27


def test_single_years_add_to_their_census_groups():
    counts = np.arange(19, 0, -1) * 100.0
    persons = vital.single_years(counts, np.full(N_AGES, 0.2))
    assert persons[0] == pytest.approx(counts[0])
    assert persons[1:5].sum() == pytest.approx(counts[1])
    assert persons[20:25].sum() == pytest.approx(counts[5])
    assert persons[85:].sum() == pytest.approx(counts[-1])
    assert persons[85] > persons[90] > persons[100]


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(0, 100_000), min_size=19, max_size=19))
def test_single_years_are_never_negative(counts):
    persons = vital.single_years(counts, np.full(N_AGES, 0.1))
    assert (persons >= -1e-6).all()
    assert persons.sum() == pytest.approx(sum(counts), abs=1e-3)


def test_schedules_between_two_years_are_straight_and_level_outside():
    points = {2000.0: np.array([1.0, 2.0]), 2010.0: np.array([3.0, 4.0])}
    made = vital.between_years([1990, 2005, 2020], points)
    assert made.tolist() == [[1.0, 2.0], [2.0, 3.0], [3.0, 4.0]]


def test_cohorts_move_in_proportion_to_the_yearly_totals():
    share = np.array([0.5, 0.3, 0.2])
    by_cohort = np.zeros((2, N_AGES))
    by_cohort[0, 30] = 100.0                                  # aged 30 at the end of the third year
    by_cohort[0, 1] = 10.0                                    # born in the second year
    moves = [vital.cohort_moves(by_cohort, share, step) for step in (1, 2, 3)]
    assert [m[0, 28 + k] for k, m in enumerate(moves)] == pytest.approx([50, 30, 20])
    assert [m.sum() for m in moves] == pytest.approx([50, 30 + 6, 20 + 4])      # .3 and .2 of .5


def test_county_ratios_have_the_mean_one_and_unknown_counties_stand_at_it():
    women = np.zeros((3, N_AGES))
    women[:, 30] = [100.0, 300.0, 50.0]
    ratio = vital.county_ratio(np.array([2.0, 1.0, np.nan]), women, np.full(N_AGES, 1.5), np.array([100.0, 300.0, 0.0]))
    # mean of children (2 x 100 + 1 x 300) / 400 = 1.25
    assert ratio.tolist() == pytest.approx([1.6, 0.8, 1.0])


def test_older_women_alone_do_not_make_a_county_fertile():
    women = np.zeros((2, N_AGES))
    women[0, 20], women[1, 60] = 1.0, 1.0
    schedule = vital.children_by_age(vital.births_by_age([10, 80, 100, 60, 20, 5, 1]), 2010)
    children = schedule[[20, 60]]
    assert vital.county_ratio(children, women, schedule, np.ones(2)).tolist() == pytest.approx([1.0, 1.0])


def test_a_constant_rate_gives_the_exponential_life_expectancy():
    # with the rate .5 at all ages: half-year steps of the trapezoid, close to 1/.5 = 2
    assert vital.life_expectancy(np.full(N_AGES, 0.5)) == pytest.approx(2.04, abs=0.01)


# -- Hainan -----------------------------------------------------------------------------------------------------------


def test_rates_have_one_row_a_year_and_proper_values(rates):
    assert rates.years.tolist() == list(range(2010, 2051))
    assert rates.mortality.shape == (41, 2, N_AGES) and rates.fertility_shape.shape == (41, N_AGES)
    assert ((rates.mortality > 0) & (rates.mortality < 1)).all()
    assert rates.fertility_shape.sum(axis=1) == pytest.approx(np.ones(41))
    assert ((rates.male_share_at_birth > 0.5) & (rates.male_share_at_birth < 0.56)).all()


def test_the_reconstruction_meets_the_published_crude_rates(pack, rates):
    table = vital.reconstruction(load_pack())
    middle = (table["population"] + table["population"].shift()) / 2
    births = pack.province("birth_rate", file="population-province") / 1000
    deaths = pack.province("death_rate", file="population-province") / 1000
    for year in range(2011, 2025):
        assert table.at[year, "births"] / middle[year] == pytest.approx(births[year], rel=1e-6), year
        if year not in (2020, 2024):
            assert table.at[year, "deaths"] / middle[year] == pytest.approx(deaths[year], rel=1e-6), year
    assert table.at[2010, "births"] / table.at[2010, "population"] == pytest.approx(births[2010])


def test_the_doubtful_deaths_of_2024_are_not_used_and_missing_2020_is_marked(rates):
    status = vital.reconstruction(load_pack())["death_rate_status"]
    assert status[status == "assumed"].index.tolist() == [2020, 2024]


def test_the_reconstruction_passes_through_both_censuses_by_age_and_sex(pack):
    account = vital.reconstruct(pack)
    for t, year in ((0, 2010), (10, 2020)):
        for sex, name in enumerate(vital.SEXES):
            for lower in (0, 20, 60, 80):
                group = f"{lower}_{lower + 4}" if lower else "0"
                printed = pack.province(f"{name}_age_{group}", year, file="population-province")
                ages = slice(lower, lower + 5) if lower else slice(0, 1)
                assert account.stock[t, sex, ages].sum() == pytest.approx(printed, rel=1e-6)
    assert (account.stock >= 0).all()


def test_net_migration_between_the_censuses_is_close_to_the_published_residual(rates):
    inside = vital.reconstruction(load_pack()).loc[2011:2020]
    assert inside["net_migration"].sum() == pytest.approx(inside["net_migration_published"].sum(), rel=0.05)


def test_fertility_is_plausible_and_the_projection_does_not_jump(rates):
    tfr = dict(zip(rates.years.tolist(), rates.tfr, strict=True))
    assert all(1.6 < tfr[y] < 2.0 for y in range(2010, 2020))
    assert all(1.2 < tfr[y] < 1.5 for y in range(2020, 2025))
    assert abs(tfr[2025] - tfr[2024]) < 0.03
    assert tfr[2035] == pytest.approx(1.3) == tfr[2050]


def test_mortality_improves_by_its_rate_after_the_data(rates):
    assert rates.mortality_scale[16] / rates.mortality_scale[15] == pytest.approx(np.exp(-0.015))
    assert (rates.mortality[40] < rates.mortality[14]).all()


def test_life_expectancy_lies_where_hainan_is_known_to_be(rates):
    # census: 76.3 years for both sexes in 2010, close to 79 in 2020
    both = vital.reconstruction(load_pack())[["life_expectancy_female", "life_expectancy_male"]].mean(axis=1)
    assert both[2010] == pytest.approx(76.3, abs=1.5)
    assert both[2020] == pytest.approx(79.0, abs=1.5)


def test_counties_differ_in_fertility_around_one(pack, rates):
    ratio = rates.county_fertility
    women = vital.county_women(pack, 2010)
    weights = (women * rates.fertility_shape[0]).sum(axis=1)
    assert np.sum(weights * ratio) / weights.sum() == pytest.approx(1.0)
    by_name = dict(zip(pack.names_en, ratio, strict=True))
    assert min(by_name, key=by_name.get) == "Haikou" and by_name["Lingao"] > 1.1
    assert by_name["Sansha"] == 1.0


def test_the_sex_ratio_falls_to_its_goal_in_2035(rates):
    ratio = rates.male_share_at_birth / (1 - rates.male_share_at_birth)
    assert ratio[25] == pytest.approx(1.08)
    assert (np.diff(ratio) <= 1e-12).all()


def test_results_cannot_be_changed_by_a_user_of_them(rates):
    with pytest.raises(ValueError):
        rates.tfr[0] = 9.0


def test_the_rates_of_every_run_are_kept_and_come_back_as_they_were_made(pack, tmp_path, monkeypatch):
    monkeypatch.setattr("sim.core.cache.cache_folder", lambda: tmp_path)
    fresh, making = vital.vital_rates.__wrapped__, vital._made
    made = []
    monkeypatch.setattr(vital, "_made", lambda *asked: made.append(asked) or making(*asked))
    first, again = vars(fresh(pack)), vars(fresh(pack))
    assert len(made) == 1 and len(list(tmp_path.iterdir())) == 1
    for name, array in first.items():
        assert array.tobytes() == again[name].tobytes() and array.dtype == again[name].dtype, name
        assert not again[name].flags.writeable, name
    fresh(pack, 2030)
    fresh(load_pack(pack.path), 2030, vital.Parameters(mortality_improvement=0.02))
    fresh(type(pack)(pack.path, pack._tables, pack.geojson, pack.hash))
    assert len(made) == 4 and len(list(tmp_path.iterdir())) == 2
