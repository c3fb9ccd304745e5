"""Schooling at 18, training, and registering where one lives (B.1 D5, B.2 M10)."""


import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.mechanisms import skills
from sim.mechanisms.skills import (
    conversion_probability,
    residence_years,
    schooling_odds,
    schooling_probabilities,
    settle,
)
from tests.luck import luck_falls
from tests.rules import do, world

YEAR, N = 2015, 2
NEVER, SURE = -40.0, 40.0  # log-odds


def upgrade(model):
    """The year's luck falls, then people learn and register."""
    luck_falls(model.persons, model.year, model.seed)
    do(skills.finish_school, skills.upgrade, on=model)


def school_world(persons, log_odds=(NEVER, NEVER), training=(0.0, 0.0), openness=(0.0, 0.0), entitlement=1.0, year=YEAR,
                 service_level=1.0, **said):
    """What `upgrade` needs to know: two counties, row 2 is outside."""
    numbers = dict(education_service_effect=0.0, education_nonlocal_penalty=0.0, college_trend=0.0, senior_trend=0.0,
                   schooling_trend_years=20.0, hukou_conversion_rate=1e3, hukou_residence_years=0.0,
                   training_first_age=18, training_last_age=50)
    now = dict(vocational=0.0, hukou_open=0.0, homestead=0.0)
    for name, value in said.items():
        next(group for group in (numbers, now) if name in group)[name] = value
    model = world(N, year, numbers, now=now, persons=persons, weight=10, lever=lambda name: np.array(training))
    model.counties.service_level[:], model.counties.hukou_open_reached[:] = service_level, openness
    model.settled.mean_education_level[...], model.settled.schooling_log_odds[:] = 1.0, log_odds
    model.prices.nonlocal_entitlement[...] = entitlement
    return model


# ---- formulas -----------------------------------------------------------------------------------------------------


def test_log_odds_of_a_school_add_up_trend_services_and_what_a_stranger_lacks():
    """-1 + .05 x 4 + .5 x ln 2 - .3 x (1 - .6) = -.5734."""
    assert schooling_odds(-1.0, 4, 0.05, np.log(2), 0.5, 0.3, 0.6) == pytest.approx(-1 + 0.2 + 0.5 * np.log(2) - 0.12)


def test_even_odds_give_a_third_to_each_level():
    assert schooling_probabilities(np.array(0.0), np.array(0.0)) == pytest.approx([1 / 3, 1 / 3, 1 / 3])


def test_odds_are_odds_against_junior_school():
    """Log-odds ln 3 and ln 6: weights 1, 3, 6 of 10."""
    assert schooling_probabilities(np.log(3.0), np.log(6.0)) == pytest.approx([0.1, 0.3, 0.6])


def test_residents_register_at_the_rate_of_an_open_county_and_never_in_a_closed_one():
    assert conversion_probability(0.1, 1.0) == pytest.approx(1 - np.exp(-0.1))
    assert conversion_probability(0.1, 0.0) == 0.0


def test_the_residence_asked_fades_as_registration_opens():
    assert [residence_years(5.0, x) for x in (0.0, 0.4, 1.0)] == pytest.approx([5.0, 3.0, 0.0])


number = st.floats(-6, 6)


@settings(max_examples=50, deadline=None)
@given(number, number, st.floats(0.01, 3))
def test_schooling_is_a_distribution_and_better_services_bring_more_to_college(senior, college, more):
    before, after = (schooling_probabilities(np.array(senior), np.array(college + x)) for x in (0.0, more))
    assert sum(before) == pytest.approx(1) and min(before) >= 0
    assert after[2] > before[2] and after[0] < before[0]


# ---- schooling ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("log_odds", "skill"), [((NEVER, NEVER), 1), ((SURE, NEVER), 2), ((NEVER, SURE), 3)])
def test_those_who_turn_18_leave_school_with_what_the_odds_say(make_persons, log_odds, skill):
    model = school_world(make_persons(3, born=[YEAR - 17, YEAR - 18, YEAR - 19], skill=[0, 0, 1]), log_odds=log_odds)
    upgrade(model)
    assert model.persons.skill.tolist() == [0, skill, 1]


def test_children_outside_finish_school_by_the_odds_of_their_home_county(make_persons):
    level = np.ones((N, 4))
    level[1, 0] = np.exp(80.0)
    model = school_world(make_persons(2, born=YEAR - 18, skill=0, res_county=2, hukou_county=[0, 1]),
                  log_odds=(NEVER, NEVER), education_service_effect=1.0, service_level=level)
    upgrade(model)
    assert model.persons.skill[0] == 1 and model.persons.skill[1] > 1


def test_school_leavers_split_as_the_probabilities_say(make_persons):
    rows = 6000
    model = school_world(make_persons(rows, born=YEAR - 18, skill=0), log_odds=(np.log(3.0), np.log(6.0)))
    upgrade(model)
    share = np.bincount(model.persons.skill, minlength=4)[1:] / rows
    np.testing.assert_allclose(share, [0.1, 0.3, 0.6], atol=4 * 0.5 / rows**0.5)


def test_children_who_are_not_entitled_lose_odds_of_college(make_persons):
    rows, odds = 4000, (NEVER, 0.0)
    said = dict(log_odds=odds, education_nonlocal_penalty=1.0)
    shares = {}
    for entitlement in (1.0, 0.0):
        model = school_world(make_persons(rows, born=YEAR - 18, skill=0, hukou_county=1), entitlement=entitlement,
                             **said)
        upgrade(model)
        shares[entitlement] = (model.persons.skill == 3).mean()
    assert shares[1.0] == pytest.approx(1 / 2, abs=0.04)
    assert shares[0.0] == pytest.approx(np.exp(-1) / (1 + np.exp(-1)), abs=0.04)


def test_the_trend_of_schooling_ends_after_its_years(make_persons):
    shares = []
    for year in (2020, 2030, 2040):
        model = school_world(make_persons(2000, born=year - 18, skill=0), log_odds=(NEVER, -1.0), year=year,
                             college_trend=0.1,
                      schooling_trend_years=20.0)
        upgrade(model)
        shares.append((model.persons.skill == 3).mean())
    assert shares == pytest.approx([1 / 2, 1 / (1 + np.exp(-1)), 1 / (1 + np.exp(-1))], abs=0.045)


def test_the_base_year_settles_odds_that_reproduce_the_skills_of_the_young(make_persons):
    """Ten of 20 to 24: two junior, three senior, five college; the fifty-year-old does not count."""
    skill = [1, 1, 2, 2, 2, 3, 3, 3, 3, 3, 1]
    born = [1990] * 5 + [1986] * 5 + [1960]
    model = school_world(make_persons(11, born=born, skill=skill), year=2010)
    do(settle, on=model)
    assert schooling_probabilities(*model.settled.schooling_log_odds) == pytest.approx([0.2, 0.3, 0.5])


# ---- training -----------------------------------------------------------------------------------------------------


def test_rural_adults_with_low_skill_are_trained_where_training_reaches_them(make_persons):
    persons = make_persons(7, born=[1980, 1980, 1980, 1980, YEAR - 17, 1960, 1980], skill=[1, 1, 2, 1, 1, 1, 1],
                           res_zone=[1, 0, 1, 1, 1, 1, 1], res_county=[0, 0, 0, 1, 0, 0, 2], hukou_county=0)
    model = school_world(persons, training=(1.0, 0.0))
    upgrade(model)
    assert model.persons.skill.tolist() == [2, 1, 2, 1, 1, 1, 1]
    assert model.counties.trained.tolist() == [10, 0]


# ---- registration -------------------------------------------------------------------------------------------------


def test_nobody_registers_where_registration_is_closed(make_persons):
    model = school_world(make_persons(3, hukou_county=1), openness=(0.0, 1.0))
    upgrade(model)
    assert model.persons.hukou_county.tolist() == [1, 1, 1]
    assert model.counties.hukou_in.sum() == 0


def test_strangers_register_where_registration_is_open(make_persons):
    """One from county 1, one from another province; the local one and the one outside are left alone."""
    model = school_world(make_persons(4, res_county=[0, 0, 0, 2], hukou_county=[1, 2, 0, 1]), openness=(1.0, 1.0))
    upgrade(model)
    assert model.persons.hukou_county.tolist() == [0, 0, 0, 1]
    assert model.counties.hukou_in.tolist() == [20, 0] and model.counties.hukou_out.tolist() == [0, 10]


def test_five_years_of_residence_are_asked_but_not_of_college_graduates(make_persons):
    persons = make_persons(3, arrived=[YEAR - 5, YEAR - 4, YEAR], skill=[1, 1, 3], hukou_county=1)
    model = school_world(persons, openness=(1.0, 1.0), hukou_residence_years=5.0)
    upgrade(model)
    assert model.persons.hukou_county.tolist() == [0, 1, 0]


@pytest.mark.parametrize(("homestead", "kept"), [(0.0, 0), (1.0, 1)])
def test_land_rights_are_lost_with_registration_unless_homesteads_are_kept(make_persons, homestead, kept):
    model = school_world(make_persons(5, hukou_county=1, hukou_rural=1), openness=(1.0, 1.0), homestead=homestead)
    upgrade(model)
    assert model.persons.hukou_county.tolist() == [0] * 5
    assert model.persons.hukou_rural.tolist() == [kept] * 5


def test_registration_moves_persons_from_one_county_to_another_and_loses_none(make_persons):
    rng = np.random.default_rng(5)
    persons = make_persons(300, res_county=rng.integers(0, 2, 300), hukou_county=rng.integers(0, 2, 300))
    before = np.bincount(persons.hukou_county, minlength=N)
    model = school_world(persons, openness=(0.5, 1.0), hukou_conversion_rate=0.7)
    upgrade(model)
    change = 10 * (np.bincount(persons.hukou_county, minlength=N) - before)
    assert (model.counties.hukou_in - model.counties.hukou_out).tolist() == change.tolist()
    assert change.sum() == 0 and change.any()
