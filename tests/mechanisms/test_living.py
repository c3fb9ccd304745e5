"""Living standards: incomes of persons add to the accounts of their zone, are shared in purses, and are counted."""

from types import SimpleNamespace

import numpy as np
import pytest

from sim import names
from sim.agents.counts import count
from sim.agents.persons import settle_efficiency
from sim.indicators.persons import BINS, lower_edges
from sim.mechanisms import living
from sim.mechanisms.living import MEMBER, MONEY, purses, rest_per_adult
from sim.words import FARMING, INDUSTRY, JUNIOR, RURAL, URBAN
from tests.rules import do, world

YEAR, WEIGHT = 2012, 100


def model_of(persons, said=None, **columns):
    """Two counties with these persons; money in the columns of the county table."""
    given = {"social_contribution_rate": 0.08, "away_rent_share": 0.5} | (said or {})
    model = world(n=2, year=YEAR, parameters=given, persons=persons, weight=WEIGHT)
    do(settle_efficiency, count, on=model)
    for name, values in columns.items():
        getattr(model.counties, name)[:] = values
    return model


def shared(model):
    """Where the purses of a county-zone start, how many there are, and what is in each."""
    do(living.find_rest, on=model)
    tables, opened = (names.bound(found)(model) for found in (living.income_tables, living.open_purses))
    purse = living.filled(model.persons, model.threads, tables, opened)
    return opened.start[:model.n], opened.number[:model.n], purse


def distributed(model):
    """Residents and their incomes by county and bin, then of all; the poor by zone."""
    do(living.find_rest, living.share, on=model)
    found = model.counted
    return found.rows_by_income, found.income_by_bin, found.rows_in_poverty


def by_zone(purses_of):
    """Members, and CNY of all of them together, of each county-zone."""
    start, number, purse = purses_of
    members = (purse + MEMBER // 2) // MEMBER
    held = [[(members[s:s + k].sum(), (purse - members * MEMBER)[s:s + k].sum() / MONEY)
             for s, k in zip(*rows, strict=True)] for rows in zip(start, number, strict=True)]
    return np.moveaxis(np.array(held), -1, 0)


def incomes(model):
    """CNY of all persons of a county-zone together, per row of the table."""
    return by_zone(shared(model))[1]


def test_a_worker_has_the_wage_of_sector_and_skill_less_contributions(make_persons):
    # forty years old: full efficiency
    model = model_of(make_persons(2, sector=[INDUSTRY, FARMING], born=1972, res_zone=[URBAN, RURAL]))
    model.counties.wage[0, INDUSTRY, JUNIOR], model.counties.wage[0, FARMING, JUNIOR] = 20_000, 5_000
    model.counties.disposable_income[0] = [WEIGHT * 20_000 * 0.92 / 1e6, WEIGHT * 5_000 / 1e6]
    model.counties.labour_income[0] = [WEIGHT * 20_000 / 1e6, WEIGHT * 5_000 / 1e6]
    model.counties.social_contributions[0, 0] = WEIGHT * 20_000 * 0.08 / 1e6
    assert incomes(model)[0] == pytest.approx([18_400, 5_000], abs=0.1)


def test_a_worker_brings_home_the_pay_of_the_zone(make_persons):
    model = model_of(make_persons(2, sector=INDUSTRY, born=1972, res_zone=[URBAN, RURAL]))
    model.counties.wage[0, INDUSTRY, JUNIOR] = 20_000
    model.counties.pay_over_yield[0] = np.log([1.1, 0.5])
    rural = model.settled.efficiency_by_zone[RURAL, INDUSTRY] * 20_000 * 0.5
    model.counties.labour_income[0] = model.counties.disposable_income[0] = [WEIGHT * 0.022, WEIGHT * rural / 1e6]
    model.counties.social_contributions[0, 0] = WEIGHT * 22_000 * 0.08 / 1e6
    model.counties.disposable_income[0, 0] -= model.counties.social_contributions[0, 0]
    assert incomes(model)[0] == pytest.approx([22_000 * 0.92, rural], abs=0.1)


def test_farm_rent_follows_the_right_and_counts_less_away(make_persons):
    persons = make_persons(3, hukou_rural=1, hukou_county=[0, 0, 1], res_county=[0, 1, 1], res_zone=1)
    model = model_of(persons, farm_rent_per_right=[600.0, 100.0])
    model.counties.farm_rent[:, 1] = [600 * WEIGHT / 1e6, (300 + 100) * WEIGHT / 1e6]
    model.counties.disposable_income[:] = model.counties.farm_rent
    assert incomes(model)[:, 1] == pytest.approx([600, 300 + 100], abs=0.1)


def test_the_retired_have_their_pension_and_adults_share_the_rest(make_persons):
    persons = make_persons(3, born=[1940, 1980, 2005], res_zone=1)  # 72 without work, 32, 7 years old
    model = model_of(persons, pension_level=1_000.0)
    model.counties.pensions[0, 1] = 1_000 * WEIGHT / 1e6
    model.counties.disposable_income[0, 1] = (1_000 + 4_000) * WEIGHT / 1e6
    assert incomes(model)[0, 1] == pytest.approx(5_000, abs=0.2)
    accounted = model.counties.pensions
    rest = rest_per_adult(model.counties.disposable_income, accounted, model.counted.rows_adult.sum(axis=2), WEIGHT)
    assert rest[0, 1] == pytest.approx(2_000)


def test_a_purse_has_the_mean_of_its_members(make_persons):
    persons = make_persons(4, born=1972, sector=[1, -1, -1, -1])
    model = model_of(persons, {"purse_size": 4.0})
    model.counties.wage[0, INDUSTRY, JUNIOR] = 10_000
    model.counties.labour_income[0, 0], model.counties.disposable_income[0, 0] = 1.0, 0.92
    model.counties.social_contributions[0, 0] = 0.08
    counts, _, poor = distributed(model)
    assert counts[0].max() == 4  # one purse: all four have 2,300
    place = int(np.argmax(counts[0]))
    assert lower_edges()[place] <= 2_300 * MONEY < lower_edges()[place + 1]
    assert poor[0, 0] == 4  # below 4,000


def test_a_child_belongs_to_the_purse_of_its_mother(make_persons):
    """Many women earn 8,000 each; as many children come. With their mothers nobody has all or nothing."""
    women = 200
    born = np.r_[np.full(women, 1980), np.full(women, 2005)]
    mother = np.r_[np.full(women, -1), np.arange(women)]
    persons = make_persons(2 * women, born=born, mother=mother)
    model = model_of(persons, {"purse_size": 2.0})
    model.counties.disposable_income[0, 0] = women * 8_000 * WEIGHT / 1e6
    counts, sums, _ = distributed(model)
    assert counts[0].sum() == 2 * women
    mean = sums[0][counts[0] > 0] / counts[0][counts[0] > 0] / MONEY
    assert mean == pytest.approx(4_000, rel=1e-3)  # half of every purse are children


def test_the_number_of_purses_follows_residents():
    assert purses(np.array([0, 1, 2, 32]), 3.2).tolist() == [0, 1, 1, 10]


def test_what_is_lived_on_does_not_depend_on_the_order_of_persons(make_persons):
    rng = np.random.default_rng(3)
    rows = 300
    told = dict(uid=np.arange(1, rows + 1), born=rng.integers(1940, 1995, rows), sector=rng.integers(-1, 6, rows),
                res_county=rng.integers(0, 2, rows), res_zone=rng.integers(0, 2, rows), skill=rng.integers(1, 4, rows))
    order = rng.permutation(rows)
    found = []
    for rows_in in (np.arange(rows), order):
        model = model_of(make_persons(rows, **{name: values[rows_in] for name, values in told.items()}))
        model.counties.wage[:] = 10_000 + np.arange(36).reshape(2, 6, 3) * 500
        found.append(distributed(model))
    assert all(np.array_equal(a, b) for a, b in zip(*found, strict=True))


@pytest.fixture(scope="module")
def measured():
    """The second year of the whole model: persons and accounts in the moment of measuring, and the model after it."""
    from sim import schedule
    from sim.model import HainanModel

    seen = {}

    def look(model):
        seen.update(purses=shared(model), income=model.counties.disposable_income.copy(),
                    residents=model.counted.rows_by_zone.copy())

    with pytest.MonkeyPatch.context() as patch:
        year = tuple(step._replace(rules=(*step.each(), look)) if living.measure in step.each() else step
                     for step in schedule.SCHEDULE)
        patch.setattr(schedule, "SCHEDULE", year)
        model = HainanModel("baseline", seed=0, weight=1000, until=2013)
        model.step()
        model.step()
    return SimpleNamespace(model=model, **seen)


def test_incomes_of_persons_add_to_disposable_income_by_county_and_zone(measured):
    members, income = by_zone(measured.purses)
    assert income * measured.model.weight / 1e6 == pytest.approx(measured.income, rel=1e-5, abs=1e-3)
    assert np.array_equal(members, measured.residents)


def test_measures_of_the_whole_model_are_sound(measured):
    watch, counties, active = measured.model.watch, measured.model.counties, measured.model.active
    assert 0.25 < watch.person_gini < 0.55
    assert 0 < watch.person_gini_between < watch.person_gini
    assert np.all((counties.basic_living[active] > 0) & (counties.basic_living[active] < 1))
    assert np.all((counties.poverty >= 0) & (counties.poverty <= 1))
    assert watch.province_poverty[1] > watch.province_poverty[0]  # the countryside is poorer
    assert np.all(counties.poorest_income[~active] == 0)


def test_who_sees_a_bin_sees_all_of_them():
    assert living.TOP == BINS - 1
    assert living._bin(np.int64(63)) == 63 and living._bin(np.int64(64)) == 64 and living._bin(np.int64(65)) == 64
    values = np.unique(np.geomspace(1, 2**30, 500).astype(np.int64))
    edges = lower_edges()
    for value in values:
        place = living._bin(value)
        assert edges[place] <= value < edges[place + 1]
