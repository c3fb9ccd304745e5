"""Who takes part in work and in which sector (B.4 Y1, P9)."""


import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.agents.counts import count, remember_paid
from sim.core.randomness import WORK, uniforms
from sim.mechanisms import labour
from sim.mechanisms.labour import (
    LookRules,
    LookTally,
    WorkRules,
    _choose,
    _look,
    assemble,
    hiring,
    log_odds_shift,
    public_target,
    settle_sectors,
    share_sectors,
    take_part,
)
from sim.words import FARMING, PUBLIC_SERVICE
from tests.luck import luck_falls
from tests.rules import do, world

YEAR, N = 2015, 2
ALL_WORK, NOBODY_WORKS = np.ones((2, 2, 101)), np.zeros((2, 2, 101))
ALL_WORK[..., :16] = 0.0


def sector_shares(log_wage, taste, elasticity):
    shares = np.empty(len(taste))
    labour.sector_shares(log_wage, taste, elasticity, shares)
    return shares


# ---- formulas -----------------------------------------------------------------------------------------------------


def test_shifted_odds_of_one_half():
    """Even odds times 3 are 3 to 1."""
    assert log_odds_shift(0.5, np.log(3)) == pytest.approx(0.75)
    assert log_odds_shift(0.3, 0.0) == pytest.approx(0.3)


def test_equal_wages_and_tastes_share_workers_equally():
    assert sector_shares(np.zeros(5), np.zeros(5), 1.5) == pytest.approx([0.2] * 5)


def test_twice_the_wage_draws_two_to_the_power_of_the_elasticity():
    """Elasticity 2, wages 1 and 2: weights 1 and 4."""
    assert sector_shares(np.log([1.0, 2.0]), np.zeros(2), 2.0) == pytest.approx([0.2, 0.8])


def test_tastes_draw_as_log_odds():
    assert sector_shares(np.zeros(2), np.log([1.0, 3.0]), 2.0) == pytest.approx([0.25, 0.75])


def test_a_sector_that_does_not_exist_draws_nobody():
    assert sector_shares(np.zeros(3), np.array([0.0, -1e6, 0.0]), 1.0).tolist() == [0.5, 0.0, 0.5]


def test_a_wage_budget_pays_for_as_much_labour_as_it_covers():
    assert public_target(np.array([1000.0, 50.0]), np.array([20.0, 0.0])).tolist() == [50.0, 0.0]


def test_public_posts_are_filled_from_candidates_within_the_cap():
    """Ten missing of 40 candidates: a quarter; of 12: the cap of a half."""
    hire, lay_off = hiring(np.array([30.0, 30.0]), np.array([20.0, 20.0]), np.array([40.0, 12.0]), 0.5)
    assert hire.tolist() == [0.25, 0.5] and lay_off.tolist() == [0.0, 0.0]


def test_staff_that_cannot_be_paid_is_laid_off():
    """Eight too many of 20: two in five; without any money all go; without staff nobody does."""
    hire, lay_off = hiring(np.array([12.0, 0.0, 0.0]), np.array([20.0, 20.0, 0.0]), np.array([9.0, 0.0, 0.0]), 0.5)
    assert hire.tolist() == [0.0, 0.0, 0.0] and lay_off.tolist() == [0.4, 1.0, 0.0]


vector = st.lists(st.floats(-2, 2), min_size=5, max_size=5).map(np.array)


@settings(max_examples=50, deadline=None)
@given(vector, vector, st.floats(0.5, 3), st.integers(0, 4), st.floats(0.01, 1))
def test_sector_shares_are_a_distribution_and_a_higher_wage_draws_more(wage, taste, elasticity, sector, more):
    before = sector_shares(wage, taste, elasticity)
    after = sector_shares(wage + more * (np.arange(5) == sector), taste, elasticity)
    assert before.sum() == pytest.approx(1) and np.all(before > 0)
    assert after[sector] > before[sector]
    assert np.all(np.delete(after, sector) < np.delete(before, sector))


@settings(max_examples=50, deadline=None)
@given(st.floats(0, 100), st.floats(0, 100), st.floats(0, 100), st.floats(0.1, 1))
def test_staff_never_overshoots_its_target(target, staying, candidates, cap):
    hire, lay_off = hiring(np.array([target]), np.array([staying]), np.array([candidates]), cap)
    staff = staying * (1 - lay_off[0]) + candidates * hire[0]
    assert 0 <= hire[0] <= cap and 0 <= lay_off[0] <= 1
    assert staff == pytest.approx(target) or staff < target
    assert (staff >= min(staying, target) - 1e-9) and not (hire[0] > 0 and lay_off[0] > 0)


# ---- the choice of a sector ---------------------------------------------------------------------------------------


def look(persons, part, reconsider):
    """Rows of those who look, public staff, candidates."""
    rows, tally = np.empty(len(persons), dtype=np.int32), LookTally(*(np.zeros(N, dtype=np.int64) for _ in range(2)))
    found = _look(0, len(persons), YEAR, N, persons.rows(), LookRules(part.reshape(-1), reconsider), tally, rows)
    return rows[:found], *tally


def choose(persons, part=ALL_WORK, shares=(0, 0, 1, 0, 0), hire=(0.0, 0.0), lay_off=(0.0, 0.0), reconsider=0.0, seed=0):
    """Every county, zone and skill has the same shares of the five market sectors."""
    table = np.broadcast_to(np.cumsum(shares, dtype=float), (N, 2, 3, 5)).copy()
    rows, *_ = look(luck_falls(persons, YEAR, seed), part, reconsider)
    _choose(rows, np.uint64(seed), YEAR, N, persons.rows(), WorkRules(np.array(hire), np.array(lay_off), table))
    return persons.sector.tolist()


def test_those_without_a_sector_choose_and_the_others_stay(make_persons):
    assert choose(make_persons(3, sector=[-1, 0, 1])) == [2, 0, 1]


def test_everybody_chooses_again_where_all_reconsider(make_persons):
    assert choose(make_persons(3, sector=[-1, 0, 1]), reconsider=1.0) == [2, 2, 2]


def test_children_and_those_outside_do_not_work_here(make_persons):
    assert choose(make_persons(3, born=[YEAR - 15, YEAR - 16, 1980], res_county=[0, 0, 2], sector=2)) == [-1, 2, -1]


def test_a_status_persists_because_the_number_that_decides_is_the_persons_own(make_persons):
    """Half take part: those whose stable number is below one half, this year and every year."""
    persons = make_persons(4, participation=[0.1, 0.49, 0.51, 0.9], sector=[-1, 2, 2, -1])
    assert choose(persons, part=ALL_WORK / 2) == choose(persons, part=ALL_WORK / 2, seed=9) == [2, 2, -1, -1]


def test_participation_goes_by_zone_sex_and_age(make_persons):
    part = NOBODY_WORKS.copy()
    part[1, 0, 35] = 1.0
    persons = make_persons(4, born=[YEAR - 35, YEAR - 35, YEAR - 35, YEAR - 36], sex=[0, 1, 0, 0],
                           res_zone=[1, 1, 0, 1])
    assert choose(persons, part=part) == [2, -1, -1, -1]


def test_public_service_takes_the_skilled_alone(make_persons):
    assert choose(make_persons(3, skill=[1, 2, 3]), hire=(1.0, 1.0)) == [2, PUBLIC_SERVICE, PUBLIC_SERVICE]


def test_public_servants_stay_even_if_others_reconsider(make_persons):
    assert choose(make_persons(2, skill=3, sector=PUBLIC_SERVICE), reconsider=1.0) == [PUBLIC_SERVICE, PUBLIC_SERVICE]


def test_public_servants_who_are_laid_off_choose_a_market_sector(make_persons):
    persons = make_persons(2, skill=3, sector=PUBLIC_SERVICE, res_county=[0, 1])
    assert choose(persons, lay_off=(1.0, 0.0)) == [2, PUBLIC_SERVICE]


def test_sectors_are_chosen_at_their_shares(make_persons):
    shares, rows = np.array([0.1, 0.2, 0.3, 0.15, 0.25]), 5000
    found = np.bincount(choose(make_persons(rows), shares=shares), minlength=5)
    chi = ((found - rows * shares) ** 2 / (rows * shares)).sum()
    assert chi < 23  # four degrees of freedom, one in ten thousand


def test_the_choice_follows_the_persons_number_not_her_place(make_persons):
    shares, order = (0.2, 0.2, 0.2, 0.2, 0.2), np.random.default_rng(2).permutation(100)
    one = np.array(choose(make_persons(100), shares=shares))
    other = np.array(choose(make_persons(100, uid=1 + order), shares=shares))
    np.testing.assert_array_equal(other, one[order])
    assert one[0] == int(uniforms(0, WORK, YEAR, [1])[0, 2] * 5)


def test_candidates_are_skilled_and_free_and_staff_is_counted_where_it_lives(make_persons):
    persons = make_persons(6, skill=[2, 1, 3, 3, 2, 3], sector=[-1, -1, PUBLIC_SERVICE, 2, -1, PUBLIC_SERVICE],
                           res_county=[0, 0, 0, 1, 2, 1])
    _, staying, candidates = look(luck_falls(persons, YEAR), ALL_WORK, 0.0)
    assert staying.tolist() == [1, 1] and candidates.tolist() == [1, 0]


def test_staff_meets_its_target_when_enough_apply(make_persons):
    """200 posts for 100 in office and 1000 who look for work: 100 hired, give or take the luck of the draw."""
    persons = make_persons(1100, skill=3, sector=np.where(np.arange(1100) < 100, PUBLIC_SERVICE, -1))
    hire, lay_off = hiring(np.array([200.0, 0]), np.array([100.0, 0]), np.array([1000.0, 0]), 0.5)
    staff = choose(persons, hire=hire, lay_off=lay_off).count(PUBLIC_SERVICE)
    assert abs(staff - 200) < 4 * np.sqrt(1000 * 0.1 * 0.9)


# ---- participation ------------------------------------------------------------------------------------------------


def participation(year, trend=0.0, reform=0.0, table=0.5):
    """Participation of a year by zone, sex and age, where it was `table` in the base year."""
    model = world(1, year, parameters=dict(
        participation_trend=trend, participation_trend_years=10.0, retirement_age_women=55, retirement_age_men=60,
        retirement_reform_years=reform))
    model.settled.participation_base[:] = table
    do(take_part, on=model)
    return model.choices.participation_chance


def test_the_trend_of_participation_runs_for_its_years_and_stops():
    for year, years in ((2010, 0), (2015, 5), (2020, 10), (2035, 10)):
        part = participation(year, trend=-0.1)
        assert part[0, 0, 40] == pytest.approx(1 / (1 + np.exp(0.1 * years)))


def test_nobody_takes_part_below_working_age():
    part = participation(2015)
    assert part[..., :16].max() == 0.0 and part[..., 16:].min() > 0


def test_after_the_reform_the_fall_of_participation_comes_later_by_the_years_added():
    part = participation(2045, reform=3.0, table=np.where(np.arange(101) < 57, 0.5, 0.1))
    assert part[0, 0, [56, 59]] == pytest.approx([0.5, 0.5]) and part[0, 0, [60, 70]] == pytest.approx([0.1, 0.1])


# ---- settling and counting ----------------------------------------------------------------------------------------


def test_settled_tastes_return_the_sector_shares_of_the_base_year():
    """Three farmers and one shopkeeper in a zone, no smoothing: shares .75 and .25 at whatever wages."""
    counts = np.zeros((N, 2, 3, 6), dtype=np.int64)
    counts[0, 1, 0, [FARMING, 2]] = 3, 1
    counts[0, 0, 2, [1, 2, PUBLIC_SERVICE]] = 1, 1, 5
    counts[1, :, :, :5] = 1
    wage = np.random.default_rng(0).lognormal(10, 0.5, (N, 6, 3))
    model = world(N, parameters=dict(share_smoothing=1e-9, sector_choice_elasticity=1.7), now=dict(sector_fusion=0.0))
    model.counted.rows_at_work[:], model.counties.wage_offer[:] = counts, wage
    do(settle_sectors, share_sectors, on=model)
    up_to = model.choices.sector_up_to
    shares = np.diff(up_to, axis=-1, prepend=0.0)
    assert shares[0, 1, 0] == pytest.approx([0.75, 0, 0.25, 0, 0], abs=1e-6)
    assert shares[0, 0, 2] == pytest.approx([0, 0.5, 0.5, 0, 0], abs=1e-6)
    assert shares[1] == pytest.approx(np.full((2, 3, 5), 0.2))


def counting_world(persons, weight, residents_without_rows=(0, 0)):
    """What counting needs to know; efficiency of work is 1 everywhere."""
    made = world(N, 2010, weight=weight, persons=persons, observed={
        "exogenous_residents": np.array([residents_without_rows] * 2)})
    made.settled.efficiency_by_age[:] = made.settled.efficiency_by_zone[:] = 1.0
    return made


def test_persons_are_counted_into_the_tables_times_their_weight(make_persons):
    persons = make_persons(4, res_county=[0, 0, 1, 2], hukou_county=[0, 1, 2, 1], res_zone=[0, 1, 1, 0],
                           sector=[2, -1, 0, -1], skill=[3, 1, 2, 1])
    model = counting_world(persons, 100, residents_without_rows=(0, 5))
    do(count, assemble, on=model)
    c = model.counties
    assert c.population.tolist() == [200, 105]
    assert c.population_zone.tolist() == [[100, 100], [0, 100]]
    assert c.residents_local.tolist() == [100, 0] and c.residents_other_county.tolist() == [100, 0]
    assert c.residents_other_province.tolist() == [0, 100]
    assert c.registered.tolist() == [100, 200] and c.registered_outside.tolist() == [0, 100]
    assert c.employed[0].tolist() == [0, 0, 100, 0, 0, 0] and c.employed[1].tolist() == [100, 0, 0, 0, 0, 0]
    assert c.labour[0, 2].tolist() == [0, 0, 100] and c.labour[1, 0].tolist() == [0, 100, 0]
    assert c.population_skill.tolist() == [[100, 0, 100], [0, 100, 0]]


def test_farm_rights_are_remembered_as_they_stood_when_rent_was_paid(make_persons):
    """Rent of a year goes to those who held rights at its start; the count of the year's end comes after it."""
    model = counting_world(make_persons(2, hukou_rural=1), 1)
    do(count, remember_paid, on=model)
    assert model.counted.rows_with_rights_at_payment.sum() == 2
    model.persons.hukou_rural[:] = 0
    do(remember_paid, count, on=model)
    assert model.counted.rows_with_rights_at_payment.sum() == 2 and model.counted.rows_with_rights.sum() == 0


def test_those_who_leave_farming_and_villages_with_services_shift_the_odds_of_the_base_year():
    """Even tastes and wages; odds of farming halved: 1/2 of 4.5. In villages odds of services doubled: 2 of 5.5."""
    model = world(1, 2011, parameters=dict(farm_exit_trend=np.log(2), farm_exit_years=15.0),
                  now=dict(sector_fusion=np.log(2)))
    model.counties.wage_offer[:] = 1.0
    do(share_sectors, on=model)
    up_to = model.choices.sector_up_to
    shares = np.diff(up_to, axis=-1, prepend=0.0)
    assert shares[0, 0, 1] == pytest.approx(np.array([0.5, 1, 1, 1, 1]) / 4.5)
    assert shares[0, 1, 1] == pytest.approx(np.array([0.5, 1, 2, 1, 1]) / 5.5)
